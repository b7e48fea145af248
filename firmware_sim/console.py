"""The operator's channel: orders as JSON Lines on standard input, answers on standard output.

Input is read by a thread, because standard input may be a pipe, a file or a terminal; orders are
obeyed in the event loop, in order. The end of input ends the twin.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable

import msgspec

from firmware_sim.clock import Pace
from firmware_sim.line import Line

_LINE_LIMIT_BYTES = 64 * 1024


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="start"):
    """Start the infeed."""


class Release(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="release"
):
    """Lift a hold of the manifest."""

    hold: str


class Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="status"):
    """Tell where the run stands."""


class TellTruth(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="truth"
):
    """Tell where every parcel ended."""


AnyOrder = Start | Release | Status | TellTruth
_ORDERS: msgspec.json.Decoder[AnyOrder] = msgspec.json.Decoder(AnyOrder)


def obey(line: Line, pace: Pace, text: bytes) -> dict[str, object] | None:
    """Obey one order and return its answer; a bad order changes nothing and answers `error`."""
    try:
        order = _ORDERS.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return {"error": f"order not understood: {error}"}
    match order:
        case Start():
            line.feeder.start()
        case Release(hold) if hold not in line.feeder.holds:
            held = ", ".join(sorted(line.feeder.holds)) or "none"
            return {"error": f"no hold {hold!r} in the manifest, which has: {held}"}
        case Release(hold):
            line.feeder.release(hold)
        case Status():
            return {"status": tell_status(line, pace)}
        case TellTruth():
            return {"truth": line.truth()}
    return None


def tell_status(line: Line, pace: Pace) -> dict[str, object]:
    """Where the run stands, and how far simulated time lags behind the wall clock."""
    return {**msgspec.structs.asdict(line.status()), "lag_ms": pace.lag_ms}


def say(message: dict[str, object]) -> None:
    """One JSON line on standard output."""
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


def listen(
    loop: asyncio.AbstractEventLoop, order: Callable[[bytes], None], end: Callable[[], None]
) -> None:
    """Read standard input in a thread of its own; call `order` and `end` in the loop."""

    def in_loop(call: Callable[..., None], *arguments: bytes) -> bool:
        try:
            loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the loop has ended before its input did
            return False
        return True

    def read() -> None:
        # os.read, because a thread inside a buffered reader would hold its lock at exit.
        kept = b""
        while received := os.read(0, _LINE_LIMIT_BYTES):
            *lines, kept = (kept + received).split(b"\n")
            for text in lines:
                if text.strip() and not in_loop(order, text):
                    return
            if len(kept) > _LINE_LIMIT_BYTES:
                in_loop(order, kept)
                break
        in_loop(end)

    threading.Thread(target=read, name="orders", daemon=True).start()
