"""The messages between box and hub, as JSON.

Readers are strict about what they know (sizes, ranges, names) and ignore fields they don't know.
`v` is the version of the contract; this release writes and reads 1. A report is passed through as
the box wrote it, so that a hub stores kinds of reports which are newer than itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from sorter.engine.reports import AnyReport
from sorter.protocol.topics import KIND_PATTERN, NAME_PATTERN

MAX_MESSAGE_BYTES = 64 << 10
MAX_REPORT_BYTES = 48 << 10
MAX_BATCH_EVENTS = 1000
EVENT_FRAME_BYTES = 240
"""No event takes more beside its report: its field names, two revisions, seq and UTC."""

_LARGEST = (1 << 53) - 1

Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
Seq = Annotated[int, Meta(ge=1, le=_LARGEST)]
Cursor = Annotated[int, Meta(ge=0, le=_LARGEST)]
Epoch = Annotated[int, Meta(ge=1, le=_LARGEST)]
Revision = Annotated[int, Meta(ge=0, le=_LARGEST)]
Utc = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z\Z")]

_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


class MessageError(ValueError):
    """A payload that can't be accepted; `reason` is a stable word, fit to be counted by."""

    def __init__(self, reason: str, found: str) -> None:
        self.reason = reason
        super().__init__(f"{reason}: {found}")


class EventBody(msgspec.Struct, frozen=True, kw_only=True):
    """One report with its number, time and the revisions in force (None: not known yet)."""

    seq: Seq
    utc: Utc
    utc_quality: Annotated[str, Meta(pattern=r"^[a-z_]{1,20}\Z")]
    table_revision: Revision | None = None
    plan_revision: Revision | None = None
    report: msgspec.Raw


class EventMessage(EventBody, frozen=True, kw_only=True):
    """A single report, on `line/{line}/event/{kind}`."""

    v: Literal[1] = 1
    box: Name
    line: Name
    epoch: Epoch


class BatchMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one epoch with contiguous seqs, on `line/{line}/batch`."""

    v: Literal[1] = 1
    box: Name
    line: Name
    epoch: Epoch
    events: Annotated[tuple[EventBody, ...], Meta(min_length=1, max_length=MAX_BATCH_EVENTS)]


class AckMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The hub has stored every report of the epoch up to `seq`, on the box's `ack`.

    `resume` is the hub's answer to `connection`: whatever it was sent before, `seq` is all it has.
    """

    v: Literal[1] = 1
    line: Name
    epoch: Epoch
    seq: Cursor
    resume: bool = False


class HeldReports(msgspec.Struct, frozen=True, kw_only=True):
    """What a box can still deliver of a line: `first_held` to `last`; none when last is lower."""

    line: Name
    epoch: Epoch
    first_held: Seq
    last: Cursor


class ConnectionMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a box is there, retained on `connection`; the broker says CONNECTIONBROKEN for it."""

    v: Literal[1] = 1
    box: Name
    state: Literal["ONLINE", "OFFLINE", "CONNECTIONBROKEN"]
    lines: Annotated[tuple[HeldReports, ...], Meta(max_length=64)] = ()


class AboutMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a box is, retained on `about`: its release and the contract versions it reads."""

    v: Literal[1] = 1
    box: Name
    software: str
    reads: tuple[int, ...]
    lines: tuple[Name, ...]


class ReportKey(msgspec.Struct, frozen=True):
    """The two fields of a report that every kind may be found by."""

    kind: Annotated[str, Meta(pattern=KIND_PATTERN)]
    parcel: Revision | None = None


AnyMessage = EventMessage | BatchMessage | AckMessage | ConnectionMessage | AboutMessage
_Message = TypeVar("_Message", EventMessage, BatchMessage, AckMessage, ConnectionMessage, ReportKey)

_to_json = msgspec.json.Encoder().encode


def utc_text(utc_ns: int) -> str:
    """ISO 8601 with nanoseconds and Z, of nanoseconds since 1970; sorts as text by time."""
    seconds, fraction_ns = divmod(utc_ns, 1_000_000_000)
    moment = _EPOCH_START + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction_ns:09d}Z"


def encode_message(message: AnyMessage) -> bytes:
    """The payload of a message. Raises MessageError beyond MAX_MESSAGE_BYTES."""
    payload = _to_json(message)
    if len(payload) > MAX_MESSAGE_BYTES:
        raise MessageError("too_large", f"{len(payload)} bytes of {type(message).__name__}")
    return payload


def encode_report(report: AnyReport) -> msgspec.Raw:
    """A report's JSON; one too long for any message is told by its kind and size instead.

    The number must reach the hub all the same, or nothing behind it could be acknowledged.
    """
    content = _to_json(report)
    if len(content) > MAX_REPORT_BYTES:
        kind = report.__struct_config__.tag
        content = _to_json({"kind": "oversized", "of": kind, "bytes": len(content)})
    return msgspec.Raw(content)


def batch_length(events: Sequence[EventBody]) -> int:
    """How many of the first `events` surely fit in one batch message."""
    room = MAX_MESSAGE_BYTES - EVENT_FRAME_BYTES
    for place, event in enumerate(events[:MAX_BATCH_EVENTS]):
        room -= len(memoryview(event.report)) + EVENT_FRAME_BYTES
        if room < 0:
            return place
    return min(len(events), MAX_BATCH_EVENTS)


def decode_message(payload: bytes, shape: type[_Message], max_bytes: int) -> _Message:
    """Read a payload as `shape`. Raises MessageError (too_large, malformed)."""
    if len(payload) > max_bytes:
        raise MessageError("too_large", f"{len(payload)} bytes, at most {max_bytes} are read")
    try:
        return _DECODERS[shape].decode(payload)  # type: ignore[no-any-return]  # keyed by its type
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("malformed", str(error)) from error


_DECODERS: dict[type, msgspec.json.Decoder] = {  # type: ignore[type-arg]  # one of each shape
    shape: msgspec.json.Decoder(shape)
    for shape in (EventMessage, BatchMessage, AckMessage, ConnectionMessage, ReportKey)
}
