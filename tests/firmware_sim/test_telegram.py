"""What the scanner says, byte for byte."""

from __future__ import annotations

import pytest

from firmware_sim.plant import ScannerFraming
from firmware_sim.telegram import Scanner, build_telegram

PLAIN = ScannerFraming(
    frame_start="", frame_end="\r\n", separator=",", no_read="?", count_prefix=None
)


@pytest.mark.parametrize(
    ("framing", "codes", "telegram"),
    [
        (ScannerFraming(), ["A", "B"], b"\x02@0000000042;A;B\x03"),
        (ScannerFraming(), [], b"\x02@0000000042;NoRead\x03"),
        (ScannerFraming(no_read=None), [], None),
        (PLAIN, ["A", "B\x1dC\xe9"], b"A,B\x1dC\xe9\r\n"),
        (PLAIN, [], b"?\r\n"),
        (ScannerFraming(trigger_prefix="#"), ["A"], b"\x02@0000000042;#0000000007;A\x03"),
        (
            ScannerFraming(trigger_prefix="#", count_prefix=None),
            [],
            b"\x02#0000000007;NoRead\x03",
        ),
    ],
)
def test_a_telegram_is_framed_as_configured(
    framing: ScannerFraming, codes: list[str], telegram: bytes | None
) -> None:
    assert build_telegram(framing, codes, 42, 7) == telegram


def test_telegrams_are_said_when_they_are_due_and_may_overtake() -> None:
    scanner = Scanner(PLAIN)  # 15 to 45 ms late
    scanner.take_reading(["slow"], 0, now_ms=100, delay_share=1.0)
    scanner.take_reading(["quick"], 0, now_ms=110, delay_share=0.0)
    said = {now_ms: scanner.due_telegrams(now_ms) for now_ms in (124, 125, 144, 145)}
    assert said == {124: [], 125: [b"quick\r\n"], 144: [], 145: [b"slow\r\n"]}
    assert scanner.idle
