"""An alarm comes, is taken in hand and goes; one that comes again and again storms nobody."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sorter import engine
from sorter.engine.alarms import CAUSES, LATCHES_AT, Alarms, AlarmState
from sorter.engine.events import ArmUnknown
from sorter.engine.instructions import AlarmAcknowledged
from sorter.engine.reports import AlarmCleared, AlarmInHand, AlarmRaised, InstructionRefused
from tests.engine.belt_model import Belt, of


def _state(alarms: Alarms) -> AlarmState | None:
    kept = alarms.kept()
    return kept[0].state if kept else None


def test_an_alarm_says_what_happened_where_how_urgent_it_is_and_what_to_do() -> None:
    told = Alarms().raised("chute_full", "C1", 5, "since 9:00")
    assert told == AlarmRaised(
        cause="chute_full",
        place="C1",
        advice="Empty the chute.",
        priority="medium",
        detail="since 9:00",
        count=1,
    )


def test_a_cause_that_repeats_counts_up_and_is_told_again_at_powers_of_ten() -> None:
    alarms = Alarms()
    told = [alarms.raised("no_confirm", "C1", now_ns) for now_ns in range(1000)]
    assert [report.count for report in told if report is not None] == [1, 10, 100, 1000]


def test_a_cleared_alarm_tells_how_often_it_came_and_how_long_it_was_there() -> None:
    alarms = Alarms()
    for now_ns in (100, 200, 300):
        alarms.raised("no_confirm", "C1", now_ns)
    assert alarms.cleared("no_confirm", "C1", 700) == AlarmCleared(
        cause="no_confirm", place="C1", count=3, lasted_ns=600
    )
    assert alarms.cleared("no_confirm", "C1", 800) is None


def test_an_alarm_in_hand_is_normal_as_soon_as_its_cause_is_gone() -> None:
    alarms = Alarms()
    alarms.raised("chute_full", "C1", 1)
    assert alarms.acknowledged("chute_full", "C1", "ann") == AlarmInHand(
        cause="chute_full", place="C1", count=1, by="ann", over=False
    )
    assert alarms.acknowledged("chute_full", "C1", "bob") is None
    assert alarms.cleared("chute_full", "C1", 2) is not None
    assert not alarms.kept()


def test_an_alarm_that_came_and_went_unseen_is_kept_until_somebody_has_seen_it() -> None:
    alarms = Alarms()
    alarms.raised("device_lost", "plc", 1)
    alarms.cleared("device_lost", "plc", 2)
    assert _state(alarms) is AlarmState.CLEARED
    back = alarms.raised("device_lost", "plc", 3)
    assert back is not None
    assert back.count == 2
    alarms.cleared("device_lost", "plc", 4)
    seen = alarms.acknowledged("device_lost", "plc", "ann")
    assert seen is not None
    assert seen.over
    assert not alarms.kept()


def test_an_alarm_that_flaps_stays_until_a_person_has_acknowledged_it() -> None:
    alarms = Alarms()
    told: list[AlarmRaised | AlarmCleared | None] = []
    for moment in range(1000):
        told.append(alarms.raised("chute_full", "C1", moment))
        told.append(alarms.cleared("chute_full", "C1", moment))
    assert _state(alarms) is AlarmState.LATCHED
    cleared = [report for report in told if isinstance(report, AlarmCleared)]
    assert len(cleared) == LATCHES_AT - 1
    raised = [report for report in told if isinstance(report, AlarmRaised)]
    assert [report.count for report in raised] == [*range(1, LATCHES_AT + 1), 100, 1000]
    assert alarms.acknowledged("chute_full", "C1", "ann") is not None
    assert not alarms.kept()


def test_the_same_cause_at_another_place_is_another_alarm() -> None:
    alarms = Alarms()
    assert alarms.raised("chute_full", "C1", 1) is not None
    assert alarms.raised("chute_full", "C2", 1) is not None
    assert alarms.cleared("chute_full", "C1", 2) is not None
    assert [(alarm.place, alarm.state) for alarm in alarms.kept()] == [
        ("C1", AlarmState.CLEARED),
        ("C2", AlarmState.ACTIVE),
    ]


def test_a_person_takes_an_alarm_of_the_line_in_hand() -> None:
    belt = Belt()
    belt.tell(ArmUnknown(**belt.now, sequence=1))
    word = AlarmAcknowledged(**belt.now, cause="plc_silent", place="L1", by="ann")
    (told,) = of(belt.tell(word), AlarmInHand)
    assert (told.by, told.over) == ("ann", False)
    assert not belt.tell(word)


def test_an_alarm_that_is_not_there_is_refused_with_those_that_are() -> None:
    belt = Belt()
    belt.tell(ArmUnknown(**belt.now, sequence=1))
    word = AlarmAcknowledged(**belt.now, cause="jam", place="tunnel", by="ann")
    (refused,) = of(belt.tell(word), InstructionRefused)
    assert refused.why == "there is no alarm jam at tunnel"
    assert refused.allowed == ("plc_silent L1",)


def test_an_alarm_that_comes_again_is_as_old_as_its_last_coming() -> None:
    alarms = Alarms()
    alarms.raised("jam", "tunnel", 1)
    alarms.cleared("jam", "tunnel", 2)
    alarms.raised("jam", "tunnel", 50)
    told = alarms.cleared("jam", "tunnel", 60)
    assert told is not None
    assert (told.count, told.lasted_ns) == (2, 10)


def test_every_cause_that_the_engine_raises_stands_in_the_table() -> None:
    used = set()
    for file in Path(engine.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"raise_alarm", "clear_alarm"}
                and isinstance(node.args[0], ast.Constant)
            ):
                used.add(node.args[0].value)
    assert used
    assert used <= set(CAUSES)
    assert {meaning.priority for meaning in CAUSES.values()} == {"high", "medium"}


WORDS = ("raise", "acknowledge", "clear")


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["C1", "C2"])), max_size=60))
def test_alarms_agree_with_a_plain_account_of_what_holds_and_who_knows(
    words: list[tuple[str, str]],
) -> None:
    alarms = Alarms()
    holds: dict[str, bool] = {}
    known: dict[str, bool] = {}
    count: dict[str, int] = {}
    for moment, (word, place) in enumerate(words):
        if word == "raise":
            told = alarms.raised("chute_full", place, moment)
            came_back = not holds.get(place, False) and count.get(place, 0) < LATCHES_AT
            count[place] = count.get(place, 0) + 1
            known[place] = known.get(place, False) and holds.get(place, False)
            holds[place] = True
            assert (told is not None) == (came_back or str(count[place]).strip("0") == "1")
        elif word == "acknowledge":
            seen = alarms.acknowledged("chute_full", place, "ann")
            assert (seen is not None) == (place in holds and not known[place])
            known[place] = True
        else:
            gone = alarms.cleared("chute_full", place, moment)
            latched = not known.get(place, False) and count.get(place, 0) >= LATCHES_AT
            assert (gone is not None) == (holds.get(place, False) and not latched)
            if place in holds:
                holds[place] = False
        if not holds.get(place, True) and known[place]:
            del holds[place], known[place], count[place]
        if place not in holds:
            known.pop(place, None)
    kept = {alarm.place: alarm for alarm in alarms.kept()}
    assert set(kept) == set(holds)
    for place, alarm in kept.items():
        assert alarm.count == count[place]
        held = alarm.state in {AlarmState.ACTIVE, AlarmState.ACKNOWLEDGED}
        assert held == holds[place]
        assert (alarm.state is AlarmState.ACKNOWLEDGED) == (holds[place] and known[place])
