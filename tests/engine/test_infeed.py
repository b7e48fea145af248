"""The infeed is held by causes, and does not flap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sorter.engine.infeed import CAUSES, DEVICE, END_FULL, INSIDE, JAM, OUTSIDE, Infeed

SECOND = 1_000_000_000


def test_it_is_held_until_it_is_released_for_the_first_time_without_a_wait() -> None:
    infeed = Infeed(2 * SECOND)
    infeed.hold(DEVICE)
    assert infeed.is_held
    assert not infeed.turns(True, 0)
    infeed.free(DEVICE, SECOND)
    assert infeed.turns(True, SECOND)
    assert not infeed.is_held


def test_it_opens_when_no_cause_has_held_it_for_long_enough() -> None:
    infeed = Infeed(2 * SECOND)
    assert infeed.turns(True, 0)
    infeed.hold(END_FULL)
    infeed.hold(JAM)
    assert infeed.turns(True, 1)
    infeed.free(END_FULL, 2)
    assert not infeed.turns(True, 9 * SECOND), "the jam is still there"
    infeed.free(JAM, 10 * SECOND)
    assert not infeed.turns(True, 11 * SECOND)
    infeed.hold(END_FULL)
    infeed.free(END_FULL, 11 * SECOND)
    assert not infeed.turns(True, 12 * SECOND), "the wait began anew"
    assert infeed.turns(True, 13 * SECOND)


def test_a_machine_that_admits_nothing_holds_it_and_lets_it_go_at_once() -> None:
    infeed = Infeed(2 * SECOND)
    assert infeed.turns(True, 0)
    assert infeed.turns(False, 1)
    assert infeed.turns(True, 2)


def test_the_oldest_cause_of_a_side_is_the_one_that_is_told() -> None:
    infeed = Infeed(0)
    for cause in (END_FULL, JAM, DEVICE):
        infeed.hold(cause)
    assert (infeed.cause(INSIDE), infeed.cause(OUTSIDE)) == (JAM, END_FULL)
    infeed.free(JAM, 0)
    assert infeed.cause(INSIDE) == DEVICE


steps = st.lists(
    st.tuples(
        st.sampled_from(["hold", "free"]), st.sampled_from(list(CAUSES)), st.integers(0, 3 * SECOND)
    ),
    max_size=60,
)


@given(steps, st.integers(0, 2 * SECOND))
def test_it_is_open_only_after_a_quiet_time_and_shut_at_every_cause(
    told: list[tuple[str, str, int]], release_after_ns: int
) -> None:
    infeed = Infeed(release_after_ns)
    held: set[str] = set()
    now_ns = quiet_since_ns = 0
    ever_open = False
    for word, cause, later in told:
        now_ns += later
        if word == "hold":
            infeed.hold(cause)
            held.add(cause)
        else:
            infeed.free(cause, now_ns)
            if held == {cause}:
                quiet_since_ns = now_ns
            held.discard(cause)
        infeed.turns(True, now_ns)
        quiet = not held and (not ever_open or now_ns - quiet_since_ns >= release_after_ns)
        if held:
            assert infeed.is_held
        elif quiet:
            assert not infeed.is_held
            ever_open = True
