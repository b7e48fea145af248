"""Scanner telegrams: bytes -> codes. Framing is configured; every byte of it is hostile.

A code is handed on exactly as sent: no folding of case, no stripping of blanks. What can't be a
code (control characters other than GS, which GS1 uses as FNC1; bytes beyond ASCII; too long) makes
the telegram malformed, and a malformed telegram is reported, not guessed at. The encoder count and
the trigger id of a reading stand before its codes, each behind its own prefix.
"""

from __future__ import annotations

from collections.abc import Container

import msgspec

MAX_FRAME_BYTES = 4096
MAX_CODES = 32
MAX_CODE_CHARACTERS = 256
_GS = "\x1d"
COUNT = "encoder count"
TRIGGER = "trigger id"


class Framing(msgspec.Struct, frozen=True):
    """How a scanner frames its telegrams.

    `count_prefix` and `trigger_prefix` are None when it sends no encoder count or no trigger id.
    """

    start: str
    end: str
    separator: str
    no_read: str
    count_prefix: str | None = None
    trigger_prefix: str | None = None


class Telegram(msgspec.Struct, frozen=True):
    """What a scanner read. No codes: nothing. `count` is the PLC's 32-bit encoder count.

    `trigger` is the number that the PLC gave the reading, as it gave it; never 0.
    """

    codes: tuple[str, ...]
    count: int | None = None
    trigger: int | None = None


class Malformed(msgspec.Struct, frozen=True):
    """A frame that is no telegram, and why; `text` is its beginning, made printable."""

    why: str
    text: str


class TelegramReader:
    """Cuts a scanner's byte stream into telegrams; memory is bounded whatever is sent.

    A telegram is what stands between a frame end and the last start mark before it, if the scanner
    sends start marks: noise and heartbeats before one are passed over. Where no end comes in time
    that is said once, and the next start mark is listened to. How the stream is cut into chunks
    changes nothing.
    """

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._start = framing.start.encode("ascii")
        self._end = framing.end.encode("ascii")
        self._longest = MAX_FRAME_BYTES + len(self._start)
        self._buffer = bytearray()
        self._overlong = False

    def feed(self, received: bytes) -> list[Telegram | Malformed]:
        """Take received bytes, give the telegrams they complete."""
        found: list[Telegram | Malformed] = []
        self._buffer += received
        while (end := self._buffer.find(self._end)) >= 0:
            frame = bytes(self._buffer[:end])
            del self._buffer[: end + len(self._end)]
            if len(frame) > self._longest:
                self._tell_overlong(frame, found)
            if content := self._content(frame):
                found.append(parse(self._framing, content))
            self._overlong = False
        if len(self._buffer) > self._longest + len(self._end) - 1:
            self._tell_overlong(self._buffer, found)
            self._trim()
        return found

    def _tell_overlong(self, frame: bytes | bytearray, found: list[Telegram | Malformed]) -> None:
        if not self._overlong:
            self._overlong = True
            why = f"no frame end within {MAX_FRAME_BYTES} bytes"
            found.append(_malformed(why, bytes(frame[:MAX_FRAME_BYTES])))

    def _content(self, frame: bytes) -> bytes:
        """What of a frame can be a telegram; nothing if it is too long to be one."""
        if not self._start:
            return b"" if self._overlong else frame
        at = frame.rfind(self._start)
        content = frame[at + len(self._start) :] if at >= 0 else b""
        return content if len(content) <= MAX_FRAME_BYTES else b""

    def _trim(self) -> None:
        """Keep what a telegram can still become of: a start mark late enough, or part of a mark."""
        at = self._buffer.rfind(self._start) if self._start else -1
        if at > 0:
            del self._buffer[:at]
        if at <= 0 or len(self._buffer) > self._longest + len(self._end) - 1:
            part = max(len(self._start), len(self._end)) - 1
            del self._buffer[: len(self._buffer) - part]


def parse(framing: Framing, frame: bytes) -> Telegram | Malformed:
    """Read one frame's content."""
    try:
        text = frame.decode("ascii")
    except UnicodeDecodeError as error:
        return _malformed(f"byte {frame[error.start]:#04x} is not ASCII", frame)
    fields = text.split(framing.separator)
    numbers: dict[str, int] = {}
    while fields and (what := _numbered(framing, fields[0], numbers)) is not None:
        digits = fields.pop(0)[len(_prefix(framing, what) or "") :]
        if not (digits.isdigit() and len(digits) <= 10 and int(digits) < 1 << 32):
            return _malformed(f"{what} {digits!r:.20} is no 32-bit number", frame)
        numbers[what] = int(digits)
    codes = tuple(field for field in fields if field and field != framing.no_read)
    if len(codes) > MAX_CODES:
        return _malformed(f"{len(codes)} codes, at most {MAX_CODES} are taken", frame)
    for code in codes:
        if why := _why_no_code(code):
            return _malformed(why, frame)
    return Telegram(codes, numbers.get(COUNT), numbers.get(TRIGGER) or None)


def _numbered(framing: Framing, field: str, taken: Container[str]) -> str | None:
    """Which number of a reading a field before its codes bears, each at most once."""
    for what in (COUNT, TRIGGER):
        prefix = _prefix(framing, what)
        if prefix is not None and what not in taken and field.startswith(prefix):
            return what
    return None


def _prefix(framing: Framing, what: str) -> str | None:
    return framing.count_prefix if what == COUNT else framing.trigger_prefix


def _why_no_code(code: str) -> str | None:
    if len(code) > MAX_CODE_CHARACTERS:
        return f"a code of {len(code)} characters, at most {MAX_CODE_CHARACTERS} are taken"
    if bad := next((c for c in code if not (c.isprintable() or c == _GS)), None):
        return f"control character {ord(bad):#04x} in a code"
    return None


def _malformed(why: str, frame: bytes) -> Malformed:
    return Malformed(
        why, frame[:80].decode("ascii", "backslashreplace").encode("unicode_escape").decode()
    )
