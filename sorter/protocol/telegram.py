"""Scanner telegrams: bytes -> codes. Framing is configured; every byte of it is hostile.

A code is handed on exactly as sent: no folding of case, no stripping of blanks. What can't be a
code (control characters other than GS, which GS1 uses as FNC1; bytes beyond ASCII; too long) makes
the telegram malformed, and a malformed telegram is reported, not guessed at. The encoder count and
the trigger id of a reading stand before its codes, each behind its own prefix.
"""

from __future__ import annotations

import msgspec

MAX_FRAME_BYTES = 4096
MAX_CODES = 32
MAX_CODE_CHARACTERS = 256
_GS = "\x1d"
COUNT = "encoder count"
TRIGGER = "trigger id"
SIDE = "side"


class Framing(msgspec.Struct, frozen=True):
    """How a scanner frames its telegrams.

    `count_prefix` and `trigger_prefix` are None when it sends no encoder count or no trigger id;
    `side_prefix` is None when it does not say which of its `sides` read. `heartbeat` is the content
    of a frame by which it only says that it lives.
    """

    start: str
    end: str
    separator: str
    no_read: str
    count_prefix: str | None = None
    trigger_prefix: str | None = None
    side_prefix: str | None = None
    sides: tuple[str, ...] = ()
    heartbeat: str | None = None


class Telegram(msgspec.Struct, frozen=True):
    """What a scanner read. No codes: nothing. `count` is the PLC's 32-bit encoder count.

    `trigger` is the number that the PLC gave the reading, as it gave it; never 0.
    """

    codes: tuple[str, ...]
    count: int | None = None
    trigger: int | None = None
    side: str | None = None


class Malformed(msgspec.Struct, frozen=True):
    """A frame that is no telegram, and why; `text` is its beginning, made printable."""

    why: str
    text: str


class Silent(msgspec.Struct, frozen=True):
    """The scanner's heartbeat is not to be heard any more: `why`."""

    why: str


class SpeaksAgain(msgspec.Struct, frozen=True):
    """A scanner that was silent has sent something."""


Said = Telegram | Malformed | Silent | SpeaksAgain


def side_place(scanner: str, side: str) -> str:
    """The name of one side of a scanner, which is one on its own to the line."""
    return f"{scanner}:{side}"


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
        self._heartbeat = (framing.heartbeat or "").encode("ascii")
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
            if (content := self._content(frame)) and content != self._heartbeat:
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
    head = _Head(framing)
    while fields and head.takes(fields[0]):
        del fields[0]
    if why := head.why_not():
        return _malformed(why, frame)
    codes = tuple(field for field in fields if field and field != framing.no_read)
    if len(codes) > MAX_CODES:
        return _malformed(f"{len(codes)} codes, at most {MAX_CODES} are taken", frame)
    for code in codes:
        if why := _why_no_code(code):
            return _malformed(why, frame)
    return Telegram(codes, head.number(COUNT), head.number(TRIGGER) or None, head.told.get(SIDE))


class _Head:
    """The fields before the codes: each kind once, in any order, known by its prefix."""

    def __init__(self, framing: Framing) -> None:
        self._sides = framing.sides
        self._prefixes = {
            COUNT: framing.count_prefix,
            TRIGGER: framing.trigger_prefix,
            SIDE: framing.side_prefix,
        }
        self.told: dict[str, str] = {}

    def takes(self, field: str) -> bool:
        """Whether a field is one of these and the first of its kind."""
        for what, prefix in self._prefixes.items():
            if prefix is not None and what not in self.told and field.startswith(prefix):
                self.told[what] = field[len(prefix) :]
                return True
        return False

    def number(self, what: str) -> int | None:
        """A number that was told; `why_not` has been asked before."""
        return int(self.told[what]) if what in self.told else None

    def why_not(self) -> str | None:
        """What of it can't be meant."""
        for what in (COUNT, TRIGGER):
            digits = self.told.get(what, "0")
            if not (digits.isdigit() and len(digits) <= 10 and int(digits) < 1 << 32):
                return f"{what} {digits!r:.20} is no 32-bit number"
        side = self.told.get(SIDE)
        if self._sides and side not in self._sides:
            found = "no side" if side is None else f"side {side!r:.20}"
            return f"{found}, expected one of {', '.join(self._sides)}"
        return None


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
