"""The journal's bytes: the head of a segment and its frames. Pure.

All numbers are little-endian. A segment starts with its head; behind it frames follow each other
without padding:

    head    magic 8s, version u16, zero u16, epoch u64, first_index u64, first_seq u64, crc32 u32
    frame   length u32, kind u8, schema u8, index u64, crc32 u32, payload of `length` bytes

`length` is never 0, so a run of zeros is never a frame. The checksum covers everything of the
frame but itself. A payload is msgpack: an event, a command or a ReportRecord. `index` counts the
frames of an epoch, `seq` its reports; both are contiguous from 1 and go on across segments, so the
seq of a report follows from the head's `first_seq` by counting. A payload shape that old readers
would misread gets a new schema number.
"""

from __future__ import annotations

import enum
import struct
from zlib import crc32

import msgspec

from sorter.engine.commands import AnyCommand
from sorter.engine.events import AnyEvent
from sorter.engine.reports import AnyReport

MAGIC = b"SORTJRNL"
VERSION = 1
SCHEMA = 1
SEQ_LIMIT = 1 << 53
"""Epochs and seqs stay below this, where every JSON reader still counts exactly."""

MAX_PAYLOAD_BYTES = 1 << 20
"""A longer length is damage: the longest record, a whole chute plan, stays far below."""

_HEAD = struct.Struct("<8sHHQQQ")
_FRAME = struct.Struct("<IBBQ")
_CRC = struct.Struct("<I")
HEAD_BYTES = _HEAD.size + _CRC.size
FRAME_OVERHEAD_BYTES = _FRAME.size + _CRC.size

UTC_QUALITIES = ("synced", "unsynced", "unknown")
"""Whether the box's clock followed a time source when a UTC was taken."""


class FrameError(Exception):
    """Bytes that are neither a head nor a frame of this version; says what and where."""


class FrameKind(enum.IntEnum):
    """What a frame holds."""

    EVENT = 1
    COMMAND = 2
    REPORT = 3


class SegmentHead(msgspec.Struct, frozen=True):
    """First bytes of a segment: the numbers its first frame and first report have or will have."""

    epoch: int
    first_index: int
    first_seq: int


class Frame(msgspec.Struct, frozen=True):
    """A checked frame; `end` is the byte behind it in the content that it was decoded from."""

    kind: int
    schema: int
    index: int
    payload: bytes
    end: int


class ReportRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A report as journalled: its number, its time, and the revisions in force when it was made.

    `utc_ns` counts nanoseconds since 1970; `utc_quality` is one of UTC_QUALITIES. A revision is
    None before the first activation that this run of the journal's writer has seen.
    """

    seq: int
    utc_ns: int
    utc_quality: str
    report: AnyReport
    table_revision: int | None = None
    plan_revision: int | None = None


AnyBody = AnyEvent | AnyCommand | ReportRecord

_encode = msgspec.msgpack.Encoder().encode
_decoders: dict[int, msgspec.msgpack.Decoder[AnyBody]] = {
    FrameKind.EVENT: msgspec.msgpack.Decoder(AnyEvent),
    FrameKind.COMMAND: msgspec.msgpack.Decoder(AnyCommand),
    FrameKind.REPORT: msgspec.msgpack.Decoder(ReportRecord),
}


def encode_head(head: SegmentHead) -> bytes:
    """The HEAD_BYTES first bytes of a segment."""
    fields = _HEAD.pack(MAGIC, VERSION, 0, head.epoch, head.first_index, head.first_seq)
    return fields + _CRC.pack(crc32(fields))


def decode_head(content: bytes) -> SegmentHead | None:
    """The head that `content` starts with, or None while it is shorter than a head.

    Raises FrameError on anything that is no head of this version.
    """
    if len(content) < HEAD_BYTES:
        return None
    magic, version, _, epoch, first_index, first_seq = _HEAD.unpack_from(content)
    if magic != MAGIC:
        raise FrameError(f"found {magic!r}, expected {MAGIC!r}: this is no journal segment")
    if (checksum := crc32(content[: _HEAD.size])) != _CRC.unpack_from(content, _HEAD.size)[0]:
        raise FrameError(f"the segment head does not have its checksum {checksum:#010x}")
    if version != VERSION:
        raise FrameError(
            f"found journal version {version}, expected {VERSION}: read it with the"
            " release that wrote it"
        )
    if not (0 < epoch < SEQ_LIMIT and first_index > 0 and 0 < first_seq < SEQ_LIMIT):
        raise FrameError(f"impossible numbers: epoch {epoch}, index {first_index}, seq {first_seq}")
    return SegmentHead(epoch, first_index, first_seq)


def encode_frame(kind: FrameKind, index: int, body: AnyBody) -> bytes:
    """One frame. Raises FrameError for a body longer than MAX_PAYLOAD_BYTES."""
    payload = _encode(body)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise FrameError(
            f"{type(body).__name__} takes {len(payload)} bytes, at most"
            f" {MAX_PAYLOAD_BYTES} fit in a frame"
        )
    fields = _FRAME.pack(len(payload), kind, SCHEMA, index)
    return fields + _CRC.pack(crc32(payload, crc32(fields))) + payload


def decode_frame(content: bytes, offset: int) -> Frame | None:
    """The frame at `offset`, or None when `content` ends before the frame does.

    Raises FrameError when the bytes at `offset` can never become a frame.
    """
    start = offset + FRAME_OVERHEAD_BYTES
    if len(content) < start:
        return None
    length, kind, schema, index = _FRAME.unpack_from(content, offset)
    if not 0 < length <= MAX_PAYLOAD_BYTES:
        raise FrameError(f"a frame length of {length} bytes, expected 1 to {MAX_PAYLOAD_BYTES}")
    end = start + length
    if len(content) < end:
        return None
    payload = content[start:end]
    fields_end = offset + _FRAME.size
    found = _CRC.unpack_from(content, fields_end)[0]
    if crc32(payload, crc32(content[offset:fields_end])) != found:
        raise FrameError(f"a frame of {length} bytes does not match its checksum {found:#010x}")
    return Frame(kind, schema, index, payload, end)


def decode_body(frame: Frame) -> AnyBody:
    """What a frame says. Raises FrameError for a kind, schema or shape this version can't read."""
    decoder = _decoders.get(frame.kind)
    if decoder is None or frame.schema != SCHEMA:
        raise FrameError(
            f"frame {frame.index} has kind {frame.kind} schema {frame.schema}, this"
            f" version reads kinds 1 to 3 schema {SCHEMA}: a newer one wrote it"
        )
    try:
        return decoder.decode(frame.payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FrameError(
            f"frame {frame.index} holds no {FrameKind(frame.kind).name.lower()}"
            f" of schema {SCHEMA}: {error}; a newer release may have written it"
        ) from error
