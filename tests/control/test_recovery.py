"""A start after any end: whatever the journal holds, parcels are counted once and numbers go on.

The model reads the records the slow and plain way, each question by itself; LastRun folds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sorter.control.field_mark import FieldMark
from sorter.control.layout import layout_of
from sorter.control.recovery import LastRun, last_run
from sorter.disk.journal import JournalReader, JournalRecord, JournalWriter
from sorter.engine.commands import ArmDivert, CancelDivert
from sorter.engine.engine import Engine
from sorter.engine.events import ArmCancelled, ArmRefused, ArmUnsent, DeviceReady, DivertExecuted
from sorter.engine.instructions import EmergencyReset, EmergencyStopped
from sorter.engine.moment import Event, FieldEvent
from sorter.engine.reports import (
    DivertUnconfirmed,
    ParcelClosed,
    ParcelDecided,
    ParcelInducted,
    ParcelRecirculated,
)
from sorter.engine.run_events import LineStarted, Survivor
from sorter.protocol.journal_frames import HEAD_BYTES, decode_frame
from tests.control.lines import line_config
from tests.control.wild_line import WildLine

T = TypeVar("T")
SEGMENT = "00000001.journal"

seeds = st.integers(0, 1 << 32)
shares = st.floats(0, 1)


def records_in(folder: Path) -> list[JournalRecord]:
    with JournalReader(folder) as reader:
        return reader.read_new(1_000_000)


def run_of(folder: Path) -> LastRun:
    return last_run(records_in(folder))


def live(folder: Path, seed: int, turns: int) -> WildLine:
    """One run of control over what the folder holds."""
    last = run_of(folder)
    wild = WildLine(folder, last, seed)
    wild.live(turns)
    wild.close()
    return wild


def bodies(records: Sequence[JournalRecord], kind: type[T]) -> list[T]:
    return [record.body for record in records if isinstance(record.body, kind)]


def numbers_of(records: Sequence[JournalRecord]) -> dict[str, Any]:
    """What the next run must count on from, over the whole journal whatever runs it holds."""
    inducted = bodies(records, ParcelInducted)
    events = bodies(records, Event)
    rings = [event.ring for event in events if isinstance(event, FieldEvent) and event.ring]
    ready = bodies(records, DeviceReady)
    safety = [e for e in events if isinstance(e, EmergencyStopped | EmergencyReset)]
    return {
        "inducted": len(inducted),
        "closed": Counter(report.outcome for report in bodies(records, ParcelClosed)),
        "next_parcel": max((report.parcel for report in inducted), default=0) + 1,
        "next_sequence": max((a.sequence for a in bodies(records, ArmDivert)), default=0) + 1,
        "mark": FieldMark(
            boot_counter=ready[-1].boot_counter if ready else None,
            encoder_generation=ready[-1].encoder_generation if ready else 0,
            ring=rings[-1] if rings else 0,
            count=events[-1].count if events else 0,
            emergency=bool(safety) and isinstance(safety[-1], EmergencyStopped),
        ),
    }


def survivors_of(records: Sequence[JournalRecord]) -> list[dict[str, Any]]:
    """The parcels on the belt, and what was decided and armed for each."""
    closed = {report.parcel for report in bodies(records, ParcelClosed)}
    heads = {r.parcel: r.head_count for r in bodies(records, ParcelInducted)}
    laps = {r.parcel: r for r in bodies(records, ParcelRecirculated)}
    heads |= {parcel: r.head_count for parcel, r in laps.items()}
    called_back = {order.sequence for order in bodies(records, CancelDivert)}
    fired = {event.sequence for event in bodies(records, DivertExecuted)}
    found = []
    for parcel in sorted(set(heads) - closed):
        decided = [r for r in bodies(records, ParcelDecided) if r.parcel == parcel]
        last = decided[-1] if decided else None
        arm = arm_of(records, parcel)
        found.append(
            {
                "parcel": parcel,
                "head_count": head_of(records, parcel),
                "lap": laps[parcel].lap if parcel in laps else 1,
                "codes": last.codes if last else (),
                "rule": last.rule if last else None,
                "destination": last.destination if last else None,
                "chute": last.chute if last and arm else None,
                "sequence": arm.sequence if arm else None,
                "target_count": arm.target_count if arm else None,
                "called_back": arm is not None and arm.sequence in called_back,
                "fired": arm is not None and arm.sequence in fired,
                "key": last.key if last else None,
                "pieces": last.pieces if last else (),
                "table_revision": last.table_revision if last else 0,
                "straight": straight_by(records, parcel),
            }
        )
    return found


def head_of(records: Sequence[JournalRecord], parcel: int) -> int:
    """Where it was seen last, as far as reports tell."""
    placed = [
        record.body.head_count
        for record in records
        if isinstance(record.body, ParcelInducted | ParcelRecirculated | ParcelDecided)
        and record.body.parcel == parcel
    ]
    last = placed[-1]
    assert last is not None
    return last


def straight_by(records: Sequence[JournalRecord], parcel: int) -> str:
    """Why it was to go straight on, by the last word on that."""
    said = [
        record.body
        for record in records
        if isinstance(record.body, ParcelDecided | DivertUnconfirmed | ParcelRecirculated)
        and record.body.parcel == parcel
    ]
    match said[-1:]:
        case [ParcelDecided(chute=None) as last]:
            return last.reason
        case [DivertUnconfirmed() as last]:
            return last.reason
    return ""


def arm_of(records: Sequence[JournalRecord], parcel: int) -> ArmDivert | None:
    """The parcel's last arm, unless the PLC can't hold it any more or it was given up."""
    arms = [arm for arm in bodies(records, ArmDivert) if arm.parcel == parcel]
    gone = {
        event.sequence
        for event in bodies(records, Event)
        if isinstance(event, ArmCancelled | ArmRefused | ArmUnsent)
    }
    given_up = any(r.parcel == parcel for r in bodies(records, DivertUnconfirmed))
    return arms[-1] if arms and arms[-1].sequence not in gone and not given_up else None


def seen(survivor: Survivor) -> dict[str, Any]:
    found = msgspec.structs.asdict(survivor)
    found.pop("length")
    # Without an arm it goes straight on, whatever chute it had been meant for.
    return found if found["sequence"] else found | {"chute": None}


def assert_goes_on(folder: Path) -> LineStarted:
    """What is read back is what the model says, and a new engine starts from it balanced."""
    records = records_in(folder)
    run = last_run(records)
    started = run.started(layout_of(line_config()), 1)
    expected = numbers_of(records)
    assert run.mark == expected["mark"]
    assert started.inducted == expected["inducted"]
    assert Counter(started.closed) == +expected["closed"]
    assert started.next_parcel == expected["next_parcel"]
    assert started.next_sequence == expected["next_sequence"]
    assert [seen(survivor) for survivor in started.survivors] == survivors_of(records)
    engine = Engine()
    engine.tell(started)
    assert engine.ledger.on_belt == len(started.survivors)
    assert engine.ledger.inducted == sum(engine.ledger.closed.values()) + engine.ledger.on_belt
    return started


def cut_journal(folder: Path, into: Path, at_byte: int) -> None:
    into.mkdir()
    (into / SEGMENT).write_bytes((folder / SEGMENT).read_bytes()[:at_byte])


def frame_ends(content: bytes) -> list[int]:
    ends = [HEAD_BYTES]
    while (frame := decode_frame(content, ends[-1])) is not None:
        ends.append(frame.end)
    return ends


def test_a_journal_that_begins_has_nothing_to_go_on_from() -> None:
    layout = layout_of(line_config())
    started = LastRun().started(layout, 7)
    assert started == LineStarted(time_ns=7, count=0, line="line-1", layout=layout)
    assert LastRun().mark == FieldMark()


@given(seed=seeds, turns=st.integers(0, 150))
def test_what_is_read_back_is_what_the_engine_knew(seed: int, turns: int) -> None:
    with TemporaryDirectory() as folder:
        wild = live(Path(folder), seed, turns)
        started = assert_goes_on(Path(folder))
        assert started.inducted == wild.control.ledger.inducted
        assert len(started.survivors) == wild.control.ledger.on_belt
        line = wild.control._engine._started()
        last_ns = bodies(records_in(Path(folder)), Event)[-1].time_ns
        assert started.shift == line.statistics.tally(last_ns)
        assert (started.mode, started.machine) == (line.machine.mode, line.machine.state.value)
        assert dict.fromkeys(wild.control.ledger.closed, 0) | started.closed == (
            wild.control.ledger.closed
        )


@given(seed=seeds, shares=st.lists(shares, min_size=4, max_size=4))
def test_a_journal_cut_at_any_record_goes_on(seed: int, shares: list[float]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "journal"
        live(folder, seed, 100)
        ends = frame_ends((folder / SEGMENT).read_bytes())
        for number, share in enumerate(shares):
            cut = Path(name) / f"cut-{number}"
            cut_journal(folder, cut, ends[round(share * (len(ends) - 1))])
            assert_goes_on(cut)


@given(seed=seeds, shares=st.lists(shares, min_size=4, max_size=4))
def test_a_control_killed_in_any_byte_of_a_write_goes_on(seed: int, shares: list[float]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "journal"
        live(folder, seed, 60)
        content = (folder / SEGMENT).read_bytes()
        ends = frame_ends(content)
        for number, share in enumerate(shares):
            at_byte = HEAD_BYTES + round(share * (len(content) - HEAD_BYTES))
            torn, whole = Path(name) / f"torn-{number}", Path(name) / f"whole-{number}"
            cut_journal(folder, torn, at_byte)
            JournalWriter.open(torn).close()
            cut_journal(folder, whole, max(end for end in ends if end <= at_byte))
            assert records_in(torn) == records_in(whole)
            assert_goes_on(torn)


@given(lives=st.lists(st.tuples(seeds, st.integers(0, 60), shares), min_size=2, max_size=5))
@settings(max_examples=30)
def test_run_after_run_every_parcel_is_counted_once(lives: list[tuple[int, int, float]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "journal"
        for seed, turns, share in lives:
            wild = live(folder, seed, turns)
            assert_goes_on(folder)
            ledger = wild.control.ledger
            assert ledger.inducted == sum(ledger.closed.values()) + ledger.on_belt
            # A power cut takes the end of what this run wrote.
            content = (folder / SEGMENT).read_bytes()
            ends = frame_ends(content)
            kept = ends[-1 - round(share * min(8, len(ends) - 1))]
            (folder / SEGMENT).write_bytes(content[:kept])
        records = records_in(folder)
        parcels = [report.parcel for report in bodies(records, ParcelInducted)]
        sequences = [arm.sequence for arm in bodies(records, ArmDivert)]
        ends_told = [report.parcel for report in bodies(records, ParcelClosed)]
        assert parcels == list(range(1, len(parcels) + 1))
        assert sequences == list(range(1, len(sequences) + 1))
        assert len(ends_told) == len(set(ends_told))
        assert set(ends_told) <= set(parcels)
