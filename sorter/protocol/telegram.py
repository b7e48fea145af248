"""Scanner telegrams: bytes -> codes. Framing is configured; every byte of it is hostile.

A code is handed on exactly as sent: no folding of case, no stripping of blanks. What can't be a
code (control characters other than GS, which GS1 uses as FNC1; bytes beyond ASCII; too long) makes
the telegram malformed, and a malformed telegram is reported, not guessed at.
"""

from __future__ import annotations

import msgspec

MAX_FRAME_BYTES = 4096
MAX_CODES = 32
MAX_CODE_CHARACTERS = 256
_GS = "\x1d"


class Framing(msgspec.Struct, frozen=True):
    """How a scanner frames its telegrams. `count_prefix` is None when it sends no count."""

    start: str
    end: str
    separator: str
    no_read: str
    count_prefix: str | None = None


class Telegram(msgspec.Struct, frozen=True):
    """What a scanner read. No codes: nothing. `count` is the PLC's 32-bit encoder count."""

    codes: tuple[str, ...]
    count: int | None = None


class Malformed(msgspec.Struct, frozen=True):
    """A frame that is no telegram, and why; `text` is its beginning, made printable."""

    why: str
    text: str


class TelegramReader:
    """Cuts a scanner's byte stream into telegrams; memory is bounded whatever is sent."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._start = framing.start.encode("ascii")
        self._end = framing.end.encode("ascii")
        self._buffer = bytearray()
        self._skipping = False

    def feed(self, received: bytes) -> list[Telegram | Malformed]:
        """Take received bytes, give the telegrams they complete."""
        found: list[Telegram | Malformed] = []
        self._buffer += received
        while (end := self._buffer.find(self._end)) >= 0:
            frame = bytes(self._buffer[:end])
            del self._buffer[: end + len(self._end)]
            if self._skipping:
                self._skipping = False
            elif len(frame) > MAX_FRAME_BYTES:
                found.append(_malformed(f"frame of {len(frame)} bytes", frame))
            elif frame := self._after_start(frame):
                found.append(parse(self._framing, frame))
        if len(self._buffer) > MAX_FRAME_BYTES:
            if not self._skipping:
                found.append(_malformed("no frame end", bytes(self._buffer)))
            self._skipping = True
            keep = len(self._end) - 1
            self._buffer[:] = self._buffer[len(self._buffer) - keep :] if keep else b""
        return found

    def _after_start(self, frame: bytes) -> bytes:
        """The frame behind its last start mark: what comes before one is a heartbeat or noise."""
        if not self._start:
            return frame
        return frame[at + len(self._start) :] if (at := frame.rfind(self._start)) >= 0 else b""


def parse(framing: Framing, frame: bytes) -> Telegram | Malformed:
    """Read one frame's content."""
    try:
        text = frame.decode("ascii")
    except UnicodeDecodeError as error:
        return _malformed(f"byte {frame[error.start]:#04x} is not ASCII", frame)
    fields = text.split(framing.separator)
    count = None
    if framing.count_prefix is not None and fields[0].startswith(framing.count_prefix):
        digits = fields.pop(0)[len(framing.count_prefix) :]
        if not (digits.isdigit() and len(digits) <= 10 and int(digits) < 1 << 32):
            return _malformed(f"encoder count {digits!r:.20} is no 32-bit number", frame)
        count = int(digits)
    codes = tuple(field for field in fields if field and field != framing.no_read)
    if len(codes) > MAX_CODES:
        return _malformed(f"{len(codes)} codes, at most {MAX_CODES} are taken", frame)
    for code in codes:
        if why := _why_no_code(code):
            return _malformed(why, frame)
    return Telegram(codes, count)


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
