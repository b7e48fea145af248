"""A recorded line runs again: the same from any journal, and no record can be changed unseen."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sorter.control.journal_turns import JournalTurns, journal_bytes
from sorter.control.replay import Difference, Replay, replay
from sorter.disk.journal import JournalDamagedError, JournalError
from sorter.disk.segments import segment_numbers, segment_path
from sorter.engine import engine
from sorter.engine.commands import ArmDivert, HoldInfeed
from sorter.engine.events import DivertExecuted, EyeBlocked, TelegramReceived
from sorter.engine.moment import Event
from sorter.engine.reports import ParcelDecided, ParcelInducted
from sorter.engine.run_events import LineStarted
from sorter.protocol.journal_frames import FrameKind, encode_frame
from tests.control.test_recovery import live
from tests.simulation.plant import Mix, Site
from tests.simulation.run import Absence, simulate
from tests.support.recorded import Body, bodies_of, write_journal

# A host that dies with parcels on the belt and comes back, and chutes that fill.
TWO_RUNS = (Absence(9000, 1500, dies=True),)


@cache
def shift() -> tuple[Body, ...]:
    """Two runs of a simulated line, as recorded."""
    run = simulate(Mix(40, 3), Site(full_at={"C1": 3}), absences=TWO_RUNS)
    return tuple(bodies_of(run.journal))


def place(kind: type, number: int = 0) -> int:
    """Where the record of this kind stands in the shift."""
    return [at for at, body in enumerate(shift()) if isinstance(body, kind)][number]


def played(folder: Path) -> tuple[Replay, Difference | None, JournalTurns]:
    turns = JournalTurns(folder)
    return (*replay(turns), turns)


def first_difference(folder: Path, bodies: list[Body]) -> Difference:
    write_journal(folder, bodies)
    _, difference, _ = played(folder)
    assert difference is not None
    return difference


@given(
    seed=st.integers(0, 2**32 - 1),
    stamped=st.booleans(),
    removed=st.sampled_from([0.0, 0.1]),
    fills=st.booleans(),
    away=st.one_of(
        st.none(),
        st.builds(Absence, st.integers(500, 12_000), st.integers(50, 3000), st.booleans()),
    ),
    segment_bytes=st.sampled_from([4096, 64 << 20]),
)
@settings(max_examples=15)
def test_any_simulated_run_comes_out_again_from_its_journal(
    *,
    seed: int,
    stamped: bool,
    removed: float,
    fills: bool,
    away: Absence | None,
    segment_bytes: int,
) -> None:
    site = Site(stamped=stamped, full_at={"C1": 2, "C3": 4} if fills else {})
    run = simulate(
        Mix(30, seed, removed=removed, no_read=0.1), site, absences=(away,) if away else ()
    )
    bodies = bodies_of(run.journal)
    with TemporaryDirectory() as name:
        write_journal(Path(name), bodies, segment_bytes=segment_bytes)
        again, difference, turns = played(Path(name))
    assert difference is None
    assert turns.records == len(bodies) == again.events + again.commands + again.reports
    assert (turns.skipped, again.unplayed, again.cut_short) == (0, 0, 0)
    assert again.runs == sum(isinstance(body, LineStarted) for body in bodies)


@given(lives=st.lists(st.tuples(st.integers(0, 2**32), st.integers(0, 80)), min_size=1, max_size=3))
@settings(max_examples=20)
def test_whatever_control_records_comes_out_again(lives: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as name:
        for seed, turns in lives:
            live(Path(name), seed, turns)
        run, difference, _ = played(Path(name))
    assert (difference, run.runs, run.cut_short) == (None, len(lives), 0)


def test_a_turn_tells_its_run_and_its_time(tmp_path: Path) -> None:
    write_journal(tmp_path, shift())
    turns = list(JournalTurns(tmp_path))
    assert [turn.run for turn in turns if isinstance(turn.event, LineStarted)] == [1, 2]
    assert [turn.run for turn in turns if turn.last_of_run] == [1, 2]
    assert all(turn.run_ns >= 0 for turn in turns)
    first = turns[0].event.time_ns
    for turn in turns:
        assert turn.utc_ns is not None
        assert turns[0].utc_ns is not None
        assert turn.utc_ns - turns[0].utc_ns == turn.event.time_ns - first


def test_a_changed_report_is_found_with_its_event_and_fields(tmp_path: Path) -> None:
    bodies = list(shift())
    at = place(ParcelDecided, 7)
    bodies[at] = msgspec.structs.replace(bodies[at], chute="C7")
    difference = first_difference(tmp_path, bodies)
    assert difference.recorded == bodies[at]
    assert difference.regenerated == shift()[at]
    assert difference.fields == ("chute",)
    assert difference.turn.index + 1 + difference.place == at + 1, "records count from 1"


def test_a_changed_event_is_found_in_what_it_leads_to(tmp_path: Path) -> None:
    bodies = list(shift())
    at = place(TelegramReceived, 5)
    bodies[at] = msgspec.structs.replace(bodies[at], codes=("OTHER",))
    difference = first_difference(tmp_path, bodies)
    assert difference.turn.event == bodies[at]
    assert difference.fields == ("codes",)


def test_what_is_missing_or_too_much_is_found(tmp_path: Path) -> None:
    bodies = list(shift())
    at = place(ArmDivert, 4)
    missing = first_difference(tmp_path / "missing", bodies[:at] + bodies[at + 1 :])
    assert missing.recorded is None
    assert missing.regenerated == bodies[at]
    assert missing.fields == ()
    much = first_difference(tmp_path / "much", [*bodies[: at + 1], HoldInfeed(), *bodies[at + 1 :]])
    assert (much.recorded, much.regenerated) == (HoldInfeed(), None)
    dropped = place(EyeBlocked, 30)
    left_out = bodies[:dropped] + bodies[dropped + 1 :]
    assert first_difference(tmp_path / "event", left_out).turn.index <= dropped + 1


@given(share=st.floats(0, 1), drops=st.booleans())
def test_nothing_that_was_said_can_be_dropped_or_doubled_unseen(share: float, drops: bool) -> None:
    ends = [at for at, body in enumerate(shift()) if isinstance(body, LineStarted)][1:]
    said = [
        at
        for at, body in enumerate(shift()[:-1])
        if not isinstance(body, Event) and at + 1 not in ends
    ]
    at = said[round(share * (len(said) - 1))]
    body = shift()[at]
    bodies = [*shift()[:at], *([] if drops else [body, body]), *shift()[at + 1 :]]
    with TemporaryDirectory() as name:
        difference = first_difference(Path(name), bodies)
    assert difference.turn.index <= at + 1 <= difference.turn.index + difference.place + 1


def test_a_run_that_a_crash_cut_short_is_equal_as_far_as_it_goes(tmp_path: Path) -> None:
    bodies = list(shift())
    restart = place(LineStarted, 1)
    write_journal(tmp_path / "run", [*bodies[: restart - 1], *bodies[restart:]])
    run, difference, _ = played(tmp_path / "run")
    assert (difference, run.runs) == (None, 2)
    decided = place(ParcelDecided, 2)
    write_journal(tmp_path / "end", bodies[:decided])
    run, difference, _ = played(tmp_path / "end")
    assert (difference, run.cut_short) == (None, 1)


def test_a_run_whose_start_is_gone_is_passed_over_and_counted(tmp_path: Path) -> None:
    write_journal(tmp_path, shift(), segment_bytes=2048)
    segment_path(tmp_path, 1).unlink()
    run, difference, turns = played(tmp_path)
    assert (run.runs, difference) == (1, None)
    assert 0 < turns.skipped < turns.records
    assert turns.records == turns.skipped + run.events + run.commands + run.reports


def test_a_run_without_its_layout_is_not_played_and_the_next_one_is(tmp_path: Path) -> None:
    bodies = list(shift())
    bodies[0] = msgspec.structs.replace(bodies[0], layout=None)
    write_journal(tmp_path, bodies)
    run, difference, _ = played(tmp_path)
    assert (run.runs, difference) == (1, None)
    assert run.unplayed == sum(turn.run == 1 for turn in JournalTurns(tmp_path))


def test_an_engine_that_breaks_down_is_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_journal(tmp_path, shift())

    def refuse(_line: object, _event: object) -> None:
        raise RuntimeError("no such move")

    monkeypatch.setitem(engine._RULES, DivertExecuted, refuse)
    run, difference, _ = played(tmp_path)
    assert difference is not None
    assert difference.error == "RuntimeError: no such move"
    assert isinstance(difference.turn.event, DivertExecuted)
    assert not run.runs_on


def test_a_journal_is_read_as_far_as_it_is_written(tmp_path: Path) -> None:
    half = place(ParcelInducted, 20) + 1
    path = segment_path(tmp_path, 1)
    write_journal(tmp_path, shift()[: half + 1])
    whole = path.read_bytes()
    for bytes_short in (1, 20, 45):
        path.write_bytes(whole[:-bytes_short])
        _, difference, turns = played(tmp_path)
        assert (difference, turns.records) == (None, half)


def test_damage_is_told_with_segment_and_byte(tmp_path: Path) -> None:
    write_journal(tmp_path, shift(), segment_bytes=4096)
    path = segment_path(tmp_path, segment_numbers(tmp_path)[1])
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(JournalDamagedError, match=rf"{path}, byte \d+: a frame .* checksum"):
        played(tmp_path)


def test_an_event_that_nobody_knows_is_named(tmp_path: Path) -> None:
    write_journal(tmp_path, shift())
    path = segment_path(tmp_path, 1)
    size, index = path.stat().st_size, len(shift()) + 1
    alien = {"event": "belt_flew", "time_ns": 1, "count": 2}
    path.write_bytes(path.read_bytes() + encode_frame(FrameKind.EVENT, index, alien))  # type: ignore[arg-type]  # what no release wrote
    with pytest.raises(JournalError, match=rf"{path}, byte {size}: frame {index} .*'belt_flew'"):
        played(tmp_path)


def test_progress_comes_to_the_journal_s_size(tmp_path: Path) -> None:
    write_journal(tmp_path, shift(), segment_bytes=4096)
    told: list[int] = []
    list(JournalTurns(tmp_path, told.append))
    assert sum(told) == journal_bytes(tmp_path)
    assert journal_bytes(tmp_path / "none") == 0
