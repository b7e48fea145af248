"""What shuts a chute: sensors that must be believed, people, jams, diverters that miss."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sorter.engine.chute_states import CAUSES, ChuteStates
from sorter.engine.layout import ChutePlace
from tests.engine.belt_model import LAYOUT

SECOND = 1_000_000_000


def _states(**settings: Any) -> ChuteStates:
    chutes = {
        name: msgspec.structs.replace(place, **settings) for name, place in LAYOUT.chutes.items()
    }
    diverters = {
        name: msgspec.structs.replace(place, fault_after=3)
        for name, place in LAYOUT.diverters.items()
    }
    return ChuteStates(chutes, diverters)


def test_a_sensor_is_believed_when_it_has_shown_the_same_for_long_enough() -> None:
    states = _states(full_after_ns=2 * SECOND, open_after_ns=5 * SECOND)
    states.sensor("C1", True, 0)
    states.settle(2 * SECOND - 1)
    assert states.why_shut("C1") is None
    states.settle(2 * SECOND)
    assert states.why_shut("C1") == "full"
    states.sensor("C1", False, 3 * SECOND)
    states.settle(8 * SECOND - 1)
    assert states.why_shut("C1") == "full"
    states.settle(8 * SECOND)
    assert states.why_shut("C1") is None


def test_a_parcel_that_slides_by_the_sensor_fills_nothing() -> None:
    states = _states(full_after_ns=2 * SECOND)
    for moment in range(0, 60 * SECOND, 2 * SECOND):
        states.settle(moment)
        states.sensor("C1", True, moment)
        states.sensor("C1", False, moment + SECOND)
    assert not states.take_changes()
    assert not states.is_settling


def test_one_parcel_taken_out_does_not_open_a_full_chute() -> None:
    states = _states(open_after_ns=5 * SECOND)
    states.sensor("C1", True, 0)
    states.sensor("C1", False, SECOND)
    states.sensor("C1", True, 4 * SECOND)
    states.settle(20 * SECOND)
    assert [change.holds for change in states.take_changes()] == [True]
    assert states.why_shut("C1") == "full"


def test_a_diverter_that_misses_in_a_row_is_faulted_until_a_person_resets_it() -> None:
    states = _states()
    states.missed("D1")
    states.missed("D1")
    states.hit("D1")
    assert [states.missed("D1") for _ in range(4)] == [False, False, True, False]
    assert states.why_shut("C1") == states.why_shut("C2") == "faulted"
    assert states.why_shut("C3") is None
    states.hit("D1")
    assert states.why_shut("C1") == "faulted", "a late confirm repairs nothing"
    states.reset("D1")
    assert states.why_shut("C1") is None
    assert not states.missed("D1")


def test_the_gravest_cause_is_told_first_and_all_of_them_must_go() -> None:
    states = _states()
    states.sensor("C1", True, 0)
    states.shut("C1", "blocked")
    states.fault("D1")
    assert states.causes("C1") == ("faulted", "blocked", "full")
    states.reset("D1")
    states.unshut("C1", "blocked")
    assert states.why_shut("C1") == "full"


def test_what_is_not_on_the_line_is_ignored() -> None:
    states = _states()
    states.sensor("C9", True, 0)
    states.shut("C9", "blocked")
    states.unshut("C9", "blocked")
    states.reset("D9")
    assert not states.take_changes()


class _Model:
    """Every word about one chute kept, and the answer found by reading them all again."""

    def __init__(self, place: ChutePlace) -> None:
        self.place = place
        self.edges: list[tuple[int, bool]] = [(-1, False)]
        self.held: set[str] = set()

    def is_full(self, now_ns: int) -> bool:
        full = False
        since = 0
        shown = False
        ends = [at for at, _ in self.edges[1:]] + [now_ns]
        for (at, on), until in zip(self.edges, ends, strict=True):
            if on is not shown:
                shown, since = on, at
            wait = self.place.full_after_ns if shown else self.place.open_after_ns
            if until - since >= wait:
                full = shown
        return full


@given(
    st.lists(
        st.tuples(st.sampled_from(["on", "off", "block", "unblock", "wait"]), st.integers(0, 40)),
        max_size=40,
    ),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_states_agree_with_a_reading_of_everything_that_was_said(
    words: list[tuple[str, int]], full_after_ns: int, open_after_ns: int
) -> None:
    states = _states(full_after_ns=full_after_ns, open_after_ns=open_after_ns)
    model = _Model(
        msgspec.structs.replace(
            LAYOUT.chutes["C1"], full_after_ns=full_after_ns, open_after_ns=open_after_ns
        )
    )
    told: set[str] = set()
    now_ns = 0
    for word, later in words:
        now_ns += later
        states.settle(now_ns)
        if word in {"on", "off"}:
            states.sensor("C1", word == "on", now_ns)
            model.edges.append((now_ns, word == "on"))
        elif word == "block":
            states.shut("C1", "blocked")
            model.held.add("blocked")
        elif word == "unblock":
            states.unshut("C1", "blocked")
            model.held.discard("blocked")
        expected = model.held | ({"full"} if model.is_full(now_ns) else set())
        assert set(states.causes("C1")) == expected
        for change in states.take_changes():
            assert (change.cause in told) is not change.holds
            told = told | {change.cause} if change.holds else told - {change.cause}
        assert told == expected <= set(CAUSES)
