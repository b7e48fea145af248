"""A scanner that babbles is cut off; one that is only busy is not."""

from __future__ import annotations

from sorter.protocol.scanner_ear import (
    MOST_BYTES_A_SECOND,
    MOST_TELEGRAMS_A_SECOND,
    ScannerEar,
)
from sorter.protocol.telegram import Framing, Malformed, Silent, SpeaksAgain, Telegram

FRAMING = Framing(start="\x02", end="\x03", separator=";", no_read="NoRead")
A = b"\x02A\x03"
SECOND_NS = 1_000_000_000


def test_as_many_telegrams_as_a_scanner_can_mean_are_heard_second_by_second() -> None:
    ear = ScannerEar(FRAMING)
    for second in range(1, 4):
        heard = ear.hear(A * MOST_TELEGRAMS_A_SECOND, second * SECOND_NS)
        assert not heard.flooded
        assert heard.said == [Telegram(("A",))] * MOST_TELEGRAMS_A_SECOND


def test_one_more_is_a_flood_that_is_told_once_and_over_with_its_second() -> None:
    ear = ScannerEar(FRAMING)
    heard = ear.hear(A * (MOST_TELEGRAMS_A_SECOND + 1), SECOND_NS)
    assert heard.flooded
    assert len(heard.said) == MOST_TELEGRAMS_A_SECOND + 1
    told = heard.said[-1]
    assert isinstance(told, Malformed)
    assert told.why == "more than 200 telegrams in a second: the connection is reset"
    ear.connected()
    assert ear.hear(A, 2 * SECOND_NS - 1) == ([], True)
    ear.connected()
    assert ear.hear(A, 2 * SECOND_NS) == ([Telegram(("A",))], False)


def test_bytes_that_never_become_a_telegram_are_a_flood_too() -> None:
    ear = ScannerEar(FRAMING)
    for n in range(MOST_BYTES_A_SECOND // 4096):
        assert not ear.hear(b"x" * 4096, SECOND_NS + n).flooded
    (told,) = ear.hear(b"x", SECOND_NS + 99).said
    assert isinstance(told, Malformed)
    assert told.why == "more than 131072 bytes in a second: the connection is reset"


def test_a_heartbeat_that_stops_is_silence_until_anything_is_heard() -> None:
    ear = ScannerEar(FRAMING, heartbeat_s=5)
    assert ear.patience_s == 15
    assert ear.hear(b"ALIVE", SECOND_NS) == ([], False)
    assert ear.silence() is None
    assert ear.silence() == Silent("nothing heard for 15 s")
    ear.connected()
    assert ear.hear(A, 2 * SECOND_NS) == ([SpeaksAgain(), Telegram(("A",))], False)
    assert ear.hear(A, 2 * SECOND_NS) == ([Telegram(("A",))], False)
    assert ear.silence() is None
