"""What a scanner said: whose telegram it is, and what it adds to what that parcel's others said.

A telegram that could belong to several parcels belongs to none, and makes all of them doubtful.
After the decision a telegram changes nothing, and one that only says the same again never does.
"""

from __future__ import annotations

from sorter.engine import deciding, reasons
from sorter.engine.binding import beam_of
from sorter.engine.events import (
    ScannerFound,
    ScannerLost,
    TelegramGarbled,
    TelegramReceived,
)
from sorter.engine.line import Line
from sorter.engine.parcel import UNDECIDED, Parcel
from sorter.engine.reports import ParcelScanned, TelegramUnbound, TelegramUnreadable

FOREIGN = "foreign"
SEVERAL = "several"
NO_PLACE = "no_place"
BESIDE_A_STRAY = "beside_a_stray"


def telegram_received(line: Line, event: TelegramReceived) -> None:
    """Bind a telegram to its parcel; between several, nobody gets it."""
    line.scanners.heard(event.scanner, event.count)
    line.clear_alarm("scanner_silent", event.scanner)
    if _has_no_place(line, event):
        _unbound(line, event, [], NO_PLACE)
        return
    candidates = _candidates(line, event)
    if len(candidates) != 1:
        _unbound(line, event, candidates, SEVERAL if candidates else FOREIGN)
    elif _is_beside_a_stray(line, event):
        _unbound(line, event, candidates, BESIDE_A_STRAY)
    else:
        _bound(line, event, candidates[0])
        return
    for parcel in candidates:
        if parcel.state in UNDECIDED:
            _add(parcel, event)
            parcel.doubt = reasons.AMBIGUOUS
            deciding.decide_if_heard(line, parcel)


def telegram_garbled(line: Line, event: TelegramGarbled) -> None:
    """Nothing is guessed from it: its parcel counts as not read."""
    line.say(TelegramUnreadable(scanner=event.scanner, why=event.why, text=event.text))


def scanner_lost(line: Line, event: ScannerLost) -> None:
    """It may be away; the parcels that go by it meanwhile are not read."""
    line.raise_alarm("scanner_lost", event.scanner, event.why)


def scanner_found(line: Line, event: ScannerFound) -> None:
    """It is back."""
    line.clear_alarm("scanner_lost", event.scanner)


def _bound(line: Line, event: TelegramReceived, parcel: Parcel) -> None:
    late = parcel.state not in UNDECIDED
    repeated = parcel.heard.get(event.scanner) == event.codes
    line.say(
        ParcelScanned(
            parcel=parcel.number,
            scanner=event.scanner,
            codes=event.codes,
            late=late,
            repeated=repeated,
        )
    )
    if late or repeated:
        return
    if _is_another(parcel, event):
        line.close(parcel, "position_unknown", reasons.EXCHANGED)
        return
    if _is_contradicted(parcel, event):
        parcel.doubt = reasons.AMBIGUOUS
    _add(parcel, event)
    deciding.decide_if_heard(line, parcel)


def _add(parcel: Parcel, event: TelegramReceived) -> None:
    """Several sides of a parcel are one reading of it."""
    parcel.heard[event.scanner] = parcel.heard.get(event.scanner) or event.codes
    parcel.codes = tuple(dict.fromkeys(parcel.codes + event.codes))


def _is_contradicted(parcel: Parcel, event: TelegramReceived) -> bool:
    """A side that read nothing and then something saw two parcels in this one body."""
    heard = parcel.heard.get(event.scanner)
    return heard is not None and bool(heard) is not bool(event.codes)


def _is_another(parcel: Parcel, event: TelegramReceived) -> bool:
    """On a later lap of a loop: a body that has none of the codes it had came in its place."""
    known = parcel.rule is not None and bool(event.codes)
    return known and not set(event.codes) & set(parcel.codes)


def _has_no_place(line: Line, event: TelegramReceived) -> bool:
    """Without id or stamp, while the encoder is away or nobody knows how late it is."""
    if event.scanner not in line.layout.scanners:
        return True
    if event.trigger is not None or event.sent_count is not None:
        return False
    return event.waited is None or not line.chutes.ready


def _candidates(line: Line, event: TelegramReceived) -> list[Parcel]:
    return line.bind(line.layout, line.parcels.values(), event)


def _is_beside_a_stray(line: Line, event: TelegramReceived) -> bool:
    """By place it can be the stray's; an id that the PLC gave was given to the parcel alone."""
    return event.trigger is None and line.belt.is_obstructed(
        beam_of(line.layout, event), line.count
    )


def _unbound(line: Line, event: TelegramReceived, candidates: list[Parcel], why: str) -> None:
    line.say(
        TelegramUnbound(
            scanner=event.scanner,
            codes=event.codes,
            candidates=tuple(parcel.number for parcel in candidates),
            why=why,
        )
    )
