"""Reports, events and commands of one line, as many as a test needs."""

from __future__ import annotations

from hypothesis import strategies as st

from sorter.engine.commands import AnyCommand, CancelDivert, HoldInfeed, LookUpRoute
from sorter.engine.events import AnyEvent, BeltMoved, PlanActivated, PlanEntry, TelegramReceived
from sorter.engine.reports import AlarmRaised, AnyReport, ParcelClosed, ParcelScanned

UTC_NS = 1_795_446_000_123_456_789
"""A moment in November 2026."""


def closed(parcel: int) -> ParcelClosed:
    """The end of one parcel, in the chute it was meant for."""
    return ParcelClosed(
        parcel=parcel,
        outcome="confirmed",
        chute="C01",
        reason="assigned",
        rule="postcode",
        destination="BE-WLG",
        codes=(f"00817270998000002{parcel:011d}",),
    )


_number = st.integers(0, 2**53 - 1)
_text = st.text(max_size=40)

events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(BeltMoved, time_ns=_number, count=_number),
    st.builds(
        TelegramReceived,
        time_ns=_number,
        count=_number,
        scanner=_text,
        codes=st.lists(_text, max_size=3).map(tuple),
    ),
    st.builds(
        PlanActivated,
        time_ns=_number,
        count=_number,
        revision=_number,
        digest=_text,
        destinations=st.dictionaries(_text, st.builds(PlanEntry, chutes=st.tuples(_text))),
        fallback=st.dictionaries(_text, st.tuples(_text)),
        by=_text,
    ),
)
commands: st.SearchStrategy[AnyCommand] = st.one_of(
    st.builds(CancelDivert, sequence=_number),
    st.builds(LookUpRoute, parcel=_number, codes=st.tuples(_text)),
    st.just(HoldInfeed()),
)
reports: st.SearchStrategy[AnyReport] = st.one_of(
    _number.map(closed),
    st.builds(ParcelScanned, parcel=_number, scanner=_text, codes=st.tuples(_text, _text)),
    st.builds(AlarmRaised, cause=_text, place=_text, advice=_text),
)
