"""One parcel's story is found whole, whatever run, code or number it is asked by."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
import pytest

from sorter.control.journal_turns import JournalTurns
from sorter.control.story import Story, StoryFinder
from sorter.engine.commands import ArmDivert, LookUpRoute
from sorter.engine.events import (
    ArmAccepted,
    ArmCancelled,
    ArmSent,
    DivertExecuted,
    EyeCleared,
    RouteFound,
    TelegramReceived,
)
from sorter.engine.reports import (
    DivertArmed,
    ParcelClosed,
    ParcelDecided,
    ParcelInducted,
    ParcelScanned,
    TelegramUnbound,
)
from sorter.engine.run_events import LineStarted
from tests.simulation.plant import PULSES_PER_M, Mix
from tests.simulation.run import Absence, simulate
from tests.support.recorded import Body, bodies_of, write_journal


@cache
def shift() -> tuple[Body, ...]:
    """Two runs of a line, with parcels on the belt when the first one died."""
    run = simulate(Mix(60, 8, no_read=0.1), absences=(Absence(9000, 1000, dies=True),))
    return tuple(bodies_of(run.journal))


def found(
    folder: Path,
    *codes: str,
    parcels: Iterable[int] = (),
    bodies: Iterable[Body] | None = None,
) -> tuple[list[Story], StoryFinder]:
    write_journal(folder, shift() if bodies is None else bodies)
    finder = StoryFinder(codes, tuple(parcels))
    return list(finder.stories(JournalTurns(folder))), finder


def confirmed() -> ParcelClosed:
    ends = [body for body in shift() if isinstance(body, ParcelClosed)]
    return next(end for end in ends if end.outcome == "confirmed")


def test_a_parcel_s_way_from_the_induct_eye_into_its_chute(tmp_path: Path) -> None:
    end = confirmed()
    (story,), _ = found(tmp_path, end.codes[0])
    assert (story.line, story.parcel, story.end) == ("L1", end.parcel, end)
    assert tuple(story.codes) == end.codes
    assert [type(step.body) for step in story.steps] == [
        *(ParcelInducted, EyeCleared, ParcelScanned),
        *(LookUpRoute, RouteFound, ParcelDecided, ArmDivert),
        *(ArmSent, ArmAccepted, DivertArmed, DivertExecuted, ParcelClosed),
    ]
    assert story.length_mm is not None
    assert 150 <= story.length_mm <= 420
    places = [step.belt_mm for step in story.steps]
    assert places == sorted(places, key=lambda place: place or 0)
    assert places[0] == 0
    times = [step.utc_ns for step in story.steps]
    assert None not in times
    assert [step.record for step in story.steps] == sorted({step.record for step in story.steps})
    for step in story.steps:
        assert shift()[step.record - 1] == step.body


def test_a_code_is_found_as_people_type_it(tmp_path: Path) -> None:
    code = confirmed().codes[0]
    typed = f" {code[:4].lower()} {code[4:].lower()} "
    (story,), _ = found(tmp_path, typed)
    assert tuple(story.codes) == (code,)


def test_a_parcel_is_found_by_its_number_and_many_at_once(tmp_path: Path) -> None:
    stories, _ = found(tmp_path, confirmed().codes[0], parcels=[3, 5])
    assert sorted(story.parcel for story in stories) == sorted({3, 5, confirmed().parcel})
    assert found(tmp_path / "again", "NOWHERE", parcels=[999])[0] == []


def test_a_parcel_that_outlived_its_run_has_one_story(tmp_path: Path) -> None:
    restart = [body for body in shift() if isinstance(body, LineStarted)][1]
    survivor = restart.survivors[0]
    (story,), _ = found(tmp_path, parcels=[survivor.parcel])
    assert [step.run for step in story.steps] == sorted(step.run for step in story.steps)
    assert {step.run for step in story.steps} == {1, 2}
    assert sum(isinstance(step.body, LineStarted) for step in story.steps) == 1
    assert isinstance(story.steps[0].body, ParcelInducted)
    assert story.end is not None


def test_a_parcel_whose_first_run_is_gone_is_told_from_the_next_run_on(tmp_path: Path) -> None:
    at = max(at for at, body in enumerate(shift()) if isinstance(body, LineStarted))
    start = shift()[at]
    assert isinstance(start, LineStarted)
    survivor = next(one for one in start.survivors if one.codes)
    (story,), _ = found(tmp_path, survivor.codes[0], bodies=shift()[at:])
    assert story.steps[0].body == start
    assert story.belt_mm(survivor.head_count + PULSES_PER_M) == pytest.approx(1000)


def test_a_parcel_on_the_belt_is_told_as_far_as_it_came(tmp_path: Path) -> None:
    at = next(at for at, body in enumerate(shift()) if isinstance(body, ParcelDecided))
    decided = shift()[at]
    assert isinstance(decided, ParcelDecided)
    (story,), _ = found(tmp_path, parcels=[decided.parcel], bodies=shift()[: at + 1])
    assert story.end is None
    assert story.steps[-1].body == decided


def test_what_the_plc_tells_of_an_arm_after_the_parcel_s_end_belongs_to_it(tmp_path: Path) -> None:
    end = confirmed()
    at = shift().index(end)
    arm = next(
        body for body in shift() if isinstance(body, ArmDivert) and body.parcel == end.parcel
    )
    late = ArmCancelled(time_ns=1, count=1, sequence=arm.sequence, why="watchdog")
    (story,), _ = found(
        tmp_path, parcels=[end.parcel], bodies=[*shift()[: at + 1], late, *shift()[at + 1 :]]
    )
    assert story.steps[-1].body == late


def test_a_code_that_was_read_beside_every_parcel_is_told_too(tmp_path: Path) -> None:
    spoken = TelegramReceived(time_ns=5, count=5, scanner="top", codes=("LOST1",))
    bodies = [shift()[0], spoken, TelegramUnbound(scanner="top", codes=("LOST1",))] * 150
    stories, finder = found(tmp_path, "lost1", bodies=bodies)
    assert stories == []
    assert len(finder.unbound) == 100
    assert finder.unbound[0].event == spoken


def test_a_telegram_that_could_be_of_two_parcels_is_in_both_stories(tmp_path: Path) -> None:
    first = [body for body in shift() if isinstance(body, ParcelInducted)][:2]
    numbers = tuple(body.parcel for body in first)
    at = shift().index(first[1]) + 1
    said = TelegramUnbound(scanner="top", codes=("TWO",), candidates=numbers)
    bodies = [*shift()[:at], said, *shift()[at:]]
    stories, finder = found(tmp_path, "TWO", bodies=bodies)
    assert tuple(story.parcel for story in stories) == numbers
    assert finder.unbound == []


def test_a_parcel_that_the_next_run_does_not_know_is_told_and_forgotten(tmp_path: Path) -> None:
    at = max(at for at, body in enumerate(shift()) if isinstance(body, LineStarted))
    start = shift()[at]
    assert isinstance(start, LineStarted)
    numbers = [survivor.parcel for survivor in start.survivors]
    unknown = msgspec.structs.replace(start, survivors=())
    stories, _ = found(tmp_path, parcels=numbers, bodies=[*shift()[:at], unknown])
    assert sorted(story.parcel for story in stories) == numbers
    assert {step.run for story in stories for step in story.steps} == {1}


def test_numbers_begin_anew_with_every_epoch(tmp_path: Path) -> None:
    write_journal(tmp_path / "one", shift())
    finder = StoryFinder(parcels=[1])
    turns = list(JournalTurns(tmp_path / "one"))
    write_journal(tmp_path / "two", shift(), segment_bytes=64 << 20)
    turns += list(JournalTurns(tmp_path / "two"))
    stories = list(finder.stories(turns))
    assert [story.parcel for story in stories] == [1, 1]
    assert len({story.epoch for story in stories}) == 2


def test_memory_holds_what_the_belt_holds(tmp_path: Path) -> None:
    _, finder = found(tmp_path)
    assert (finder._live, finder._by_sequence, len(finder._ended)) == ({}, {}, 0)
