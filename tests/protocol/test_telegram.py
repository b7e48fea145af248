"""Scanner telegrams out of a byte stream: however it is cut, whatever else is in it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sorter.protocol.telegram import (
    MAX_CODE_CHARACTERS,
    MAX_CODES,
    MAX_FRAME_BYTES,
    Framing,
    Malformed,
    Telegram,
    TelegramReader,
)

STX_ETX = Framing(start="\x02", end="\x03", separator=";", no_read="NoRead", count_prefix="@")
CR_LF = Framing(start="", end="\r\n", separator=",", no_read="?")
WORDS = Framing(start="<<", end=">>>", separator="|", no_read="ERROR")
NUMBERED = Framing("\x02", "\x03", ";", "NoRead", count_prefix="@", trigger_prefix="#")
FRAMINGS = (STX_ETX, CR_LF, WORDS)

GOOD = b"\x02@0000001234;008182709980000020033350276C\x03"
GOOD_TELEGRAM = Telegram(("008182709980000020033350276C",), 1234)


def read(framing: Framing, *chunks: bytes) -> list[Telegram | Malformed]:
    reader = TelegramReader(framing)
    return [found for chunk in chunks for found in reader.feed(chunk)]


def why(framing: Framing, stream: bytes) -> str:
    (found,) = read(framing, stream)
    assert isinstance(found, Malformed)
    return found.why


def test_a_telegram_gives_its_codes_and_its_count() -> None:
    assert read(STX_ETX, GOOD) == [GOOD_TELEGRAM]
    assert read(STX_ETX, b"\x02CE123456785BE;LP00123456789012\x03") == [
        Telegram(("CE123456785BE", "LP00123456789012"))
    ]
    assert read(CR_LF, b"A,B\r\nC\r\n") == [Telegram(("A", "B")), Telegram(("C",))]


def test_a_telegram_gives_the_number_of_its_reading_as_the_plc_gave_it() -> None:
    assert read(NUMBERED, b"\x02#65535;A\x03", b"\x02#0000000001;A\x03") == [
        Telegram(("A",), None, 65_535),
        Telegram(("A",), None, 1),
    ]
    assert (
        read(NUMBERED, b"\x02#4294967295;@7;A\x03\x02@7;#4294967295;A\x03")
        == [Telegram(("A",), 7, 0xFFFF_FFFF)] * 2
    )
    assert read(NUMBERED, b"\x02#0;A\x03") == [Telegram(("A",))], "0: nobody triggered it"
    assert read(NUMBERED, b"\x02#7\x03\x02A;#7\x03") == [
        Telegram((), None, 7),
        Telegram(("A", "#7")),
    ], "behind a code it is a code"
    assert read(NUMBERED, b"\x02#7;#8\x03") == [Telegram(("#8",), None, 7)], "only one of a kind"


SIDED = Framing("\x02", "\x03", ";", "NoRead", side_prefix="S=", sides=("left", "right"))


def test_a_telegram_says_which_side_read() -> None:
    assert read(SIDED, b"\x02S=left;A\x03\x02S=right;NoRead\x03") == [
        Telegram(("A",), side="left"),
        Telegram((), side="right"),
    ]
    assert why(SIDED, b"\x02S=top;A\x03") == "side 'top', expected one of left, right"
    assert why(SIDED, b"\x02A\x03") == "no side, expected one of left, right"


def test_the_text_of_a_heartbeat_is_no_telegram() -> None:
    alive = Framing("", "\r\n", ",", "?", heartbeat="ALIVE")
    assert read(alive, b"ALIVE\r\nA\r\nALI", b"VE\r\nALIVE,B\r\n") == [
        Telegram(("A",)),
        Telegram(("ALIVE", "B")),
    ]
    framed = Framing("\x02", "\x03", ";", "NoRead", heartbeat="ALIVE")
    assert read(framed, b"\x02ALIVE\x03ALIVE\x02A\x03") == [Telegram(("A",))]


@pytest.mark.parametrize("number", [b"", b"4294967296", b"12A", b"-1", b"00000000001"])
def test_a_number_of_a_reading_that_the_plc_cannot_have_given_is_malformed(number: bytes) -> None:
    assert why(NUMBERED, b"\x02#" + number + b";A\x03").startswith("trigger id ")


@pytest.mark.parametrize(
    ("framing", "stream"),
    [
        (STX_ETX, b"\x02NoRead\x03"),
        (STX_ETX, b"\x02@0000000007;NoRead\x03"),
        (STX_ETX, b"\x02@7\x03"),
        (CR_LF, b"?\r\n"),
        (WORDS, b"<<ERROR>>>"),
    ],
)
def test_a_scanner_that_read_nothing_says_so(framing: Framing, stream: bytes) -> None:
    (found,) = read(framing, stream)
    assert isinstance(found, Telegram)
    assert found.codes == ()


def test_one_side_that_read_nothing_leaves_the_other_s_code() -> None:
    assert read(STX_ETX, b"\x02NoRead;CODE\x03") == [Telegram(("CODE",))]


def test_a_code_is_handed_on_exactly_as_sent() -> None:
    assert read(STX_ETX, b"\x02 ce 123 ;]C10012\x1d34\x03") == [
        Telegram((" ce 123 ", "]C10012\x1d34"))
    ]


def test_a_heartbeat_is_no_telegram() -> None:
    assert read(STX_ETX, b"\x02\x03\x02\x03", b"\x03") == []
    assert read(CR_LF, b"\r\n\r\n") == []


pieces = st.one_of(
    st.sampled_from(
        [b"\x02", b"\x03", b"\r\n", b"\r", b"<<", b"<", b">>>", b">", b";", b"@", b"CODE", GOOD]
    ),
    st.binary(max_size=20),
    st.integers(MAX_FRAME_BYTES - 8, MAX_FRAME_BYTES + 8).map(lambda size: b"x" * size),
)


@given(
    framing=st.sampled_from(FRAMINGS),
    stream=st.lists(pieces, max_size=12).map(b"".join),
    cuts=st.lists(st.integers(0, 3 * MAX_FRAME_BYTES), max_size=8),
)
@example(framing=CR_LF, stream=b"x" * MAX_FRAME_BYTES + b"\r\n", cuts=[MAX_FRAME_BYTES + 1])
@example(framing=STX_ETX, stream=b"x" * 9000 + GOOD, cuts=[5000, 9010])
@example(framing=WORDS, stream=b"<" * 5000 + b"<<A>>>", cuts=[4200, 5000, 5003])
def test_however_a_stream_is_cut_it_gives_the_same_telegrams(
    framing: Framing, stream: bytes, cuts: list[int]
) -> None:
    at = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[a:b] for a, b in itertools.pairwise(at)]
    assert read(framing, *chunks) == read(framing, stream)


@given(framing=st.sampled_from(FRAMINGS), stream=st.lists(pieces, max_size=4).map(b"".join))
def test_byte_by_byte_is_a_cut_like_any_other(framing: Framing, stream: bytes) -> None:
    short = stream[: MAX_FRAME_BYTES * 2]
    assert read(framing, *(bytes((byte,)) for byte in short)) == read(framing, short)


@given(stream=st.lists(pieces, max_size=12).map(b"".join))
def test_a_good_telegram_is_read_after_any_garbage(stream: bytes) -> None:
    assert read(STX_ETX, stream, GOOD)[-1] == GOOD_TELEGRAM


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("filler", [b"x", b"\x02", b"\x00\xff", b"<", b"\r", b";"])
def test_a_stream_without_a_frame_end_is_said_once_and_costs_no_memory(
    framing: Framing, filler: bytes
) -> None:
    reader = TelegramReader(framing)
    found: list[Telegram | Malformed] = []
    for _ in range(100):
        found += reader.feed(filler * (1000 // len(filler)))
        assert len(reader._buffer) <= 2 * MAX_FRAME_BYTES
    (said,) = found
    assert isinstance(said, Malformed)
    assert said.why == "no frame end within 4096 bytes"


def test_after_an_endless_frame_the_next_whole_one_is_read() -> None:
    found = read(CR_LF, b"x" * 100_000, b"\r\n", b"CODE\r\n")
    assert found[1:] == [Telegram(("CODE",))]


def test_a_start_mark_begins_anew() -> None:
    assert read(STX_ETX, b"noise\x02CUT\x02" + b"WHOLE\x03") == [Telegram(("WHOLE",))]


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"\x02CODE\xff\x03", "byte 0xff is not ASCII"),
        ("\x02Lüttich\x03".encode(), "byte 0xc3 is not ASCII"),
        (b"\x02CO\rDE\x03", "control character 0x0d in a code"),
        (b"\x02CO\nDE\x03", "control character 0x0a in a code"),
        (b"\x02CO\x00DE\x03", "control character 0x00 in a code"),
        (b"\x02CO\x7fDE\x03", "control character 0x7f in a code"),
        (b"\x02@4294967296;A\x03", "encoder count '4294967296' is no 32-bit number"),
        (b"\x02@-1;A\x03", "encoder count '-1' is no 32-bit number"),
        (b"\x02@;A\x03", "encoder count '' is no 32-bit number"),
        (b"\x02@00000000001;A\x03", "encoder count '00000000001' is no 32-bit number"),
        (b"\x02@1 ;A\x03", "encoder count '1 ' is no 32-bit number"),
        (b"\x02" + b"C" * 257 + b"\x03", "a code of 257 characters, at most 256 are taken"),
        (b"\x02" + b"C;" * 33 + b"\x03", "33 codes, at most 32 are taken"),
    ],
)
def test_what_is_no_telegram_is_reported_and_not_guessed_at(stream: bytes, said: str) -> None:
    assert why(STX_ETX, stream) == said


def test_ten_thousand_codes_in_one_telegram_are_one_malformed_telegram() -> None:
    found = read(STX_ETX, b"\x02" + b"C;" * 10_000 + b"\x03" + GOOD)
    assert [type(one) for one in found] == [Malformed, Telegram]


def test_the_limits_themselves_are_allowed() -> None:
    codes = ("C" * MAX_CODE_CHARACTERS,) * 10 + ("D",) * (MAX_CODES - 10)
    assert read(STX_ETX, f"\x02@4294967295;{';'.join(codes)}\x03".encode()) == [
        Telegram(codes, (1 << 32) - 1)
    ]


@given(st.binary(max_size=300))
def test_what_is_reported_of_a_frame_can_be_printed(frame: bytes) -> None:
    for found in read(STX_ETX, b"\x02" + frame + b"\x03"):
        if isinstance(found, Malformed):
            assert found.text.isprintable()
            assert found.text.isascii()
            assert len(found.text) <= 640


@given(st.sampled_from(FRAMINGS), st.binary(max_size=400))
def test_no_code_that_gets_through_can_hurt_anybody_further_on(
    framing: Framing, stream: bytes
) -> None:
    for found in read(framing, stream):
        if isinstance(found, Telegram):
            assert all(c.isprintable() or c == "\x1d" for code in found.codes for c in code)
            assert all(0 < len(code) <= MAX_CODE_CHARACTERS for code in found.codes)
