"""What can be asked of control over its local socket: one JSON object a line, and one back.

The list is short on purpose and every request is checked field by field before anything is done.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

MAX_LINE_BYTES = 16 * 1024

Word = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$")]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Request(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True):
    """Something asked of control."""


class ShowStatus(Request, frozen=True, tag="status"):
    """Tell the line's state."""


class Activate(Request, frozen=True, tag="activate"):
    """Decide by this pair of the box's store from the next parcel on."""

    table: Digest
    plan: Digest


class Instruct(Request, frozen=True, tag="instruct"):
    """Tell the line something; who asks is who says it.

    `what` is the chute to block or unblock, the number of the parcel that was removed, the diverter
    to reset, the mode, the machine's command, the name of the shift that begins, or the cause of
    the alarm to acknowledge, at `place`.
    """

    instruction: Literal["block", "unblock", "removed", "reset", "mode", "machine", "shift", "ack"]
    what: Word
    place: Word | None = None


AnyRequest = ShowStatus | Activate | Instruct


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What control answers: `done` with facts, or `refused` with the reason."""

    done: dict[str, object] | None = None
    refused: str | None = None


_request: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_answer: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def decode_request(line: bytes) -> AnyRequest:
    """Decode one request. Raises ValueError saying what is wrong with it."""
    try:
        return _request.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"no request: {error}") from error


def decode_answer(line: bytes) -> Answer:
    """Decode one answer. Raises ValueError saying what is wrong with it."""
    try:
        return _answer.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"no answer: {error}") from error


def encode(message: AnyRequest | Answer) -> bytes:
    """One message as a line."""
    return msgspec.json.encode(message) + b"\n"
