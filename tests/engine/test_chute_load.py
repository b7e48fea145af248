"""How much a chute is given: room behind its sensor, a rate its people can take, a fair share."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sorter.engine.chute_load import ChuteLoad
from tests.engine.belt_model import LAYOUT


def _load(**settings: Any) -> ChuteLoad:
    return ChuteLoad(
        {name: msgspec.structs.replace(place, **settings) for name, place in LAYOUT.chutes.items()}
    )


def test_all_that_are_on_their_way_find_room_behind_the_sensor() -> None:
    load = _load(room=2)
    load.give("C1", 1, 0)
    assert load.why_not("C1", 2, 500) is None
    load.give("C1", 2, 500)
    assert load.why_not("C1", 3, 1000) == "no_room"
    assert load.why_not("C1", 2, 500) is None, "it has its place already"
    load.land("C1", 1)
    assert load.why_not("C1", 3, 1000) is None


def test_no_stretch_of_belt_brings_more_than_the_people_behind_a_chute_can_take() -> None:
    load = _load(rate=2, rate_window=1000)
    load.give("C1", 1, 0)
    load.give("C1", 2, 900)
    assert load.why_not("C1", 3, 950) == "rate"
    assert load.why_not("C1", 3, 1000) is None
    load.give("C1", 3, 1000)
    assert load.why_not("C1", 4, 1899) == "rate"
    load.take_back("C1", 2)
    assert load.why_not("C1", 4, 1899) is None


def test_a_chute_that_was_shut_goes_on_beside_the_others() -> None:
    load = _load()
    for parcel in range(10):
        load.lose_turn(["C3"], to="C1")
        load.give("C1", parcel, parcel * 500)
    assert (load.share("C1"), load.share("C3")) == (10, 9)


def test_a_chute_that_is_not_on_the_line_has_no_share() -> None:
    load = _load()
    load.lose_turn(["C9"], to="C1")
    assert load.share("C9") == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["offer", "offer", "offer", "land", "take back"]),
            st.integers(0, 120),
            st.integers(0, 60),
        ),
        max_size=80,
    ),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(1, 400),
)
def test_neither_limit_is_ever_passed_and_nothing_is_refused_below_them(
    steps: list[tuple[str, int, int]], room: int, rate: int, window: int
) -> None:
    load = _load(room=room, rate=rate, rate_window=window)
    on_their_way: dict[int, int] = {}
    given_heads: list[int] = []
    head = 0
    for parcel, (word, gap, back) in enumerate(steps):
        if word == "offer":
            head += gap
            at = max(head - min(back, window), 0)
            why = load.why_not("C1", parcel, at)
            near = [other for other in given_heads if abs(other - at) < window]
            dense = rate > 0 and any(
                sum(start <= other < start + window for other in [*near, at]) > rate
                for start in range(at - window + 1, at + 1)
            )
            full = room > 0 and len(on_their_way) >= room
            assert why == ("no_room" if full else "rate" if dense else None)
            if why is None:
                load.give("C1", parcel, at)
                on_their_way[parcel] = at
                given_heads.append(at)
        elif on_their_way:
            other = list(on_their_way)[back % len(on_their_way)]
            at = on_their_way.pop(other)
            if word == "land":
                load.land("C1", other)
            else:
                load.take_back("C1", other)
                given_heads.remove(at)
        assert load.on_their_way("C1") == len(on_their_way)
    assert load.share("C1") == len(given_heads)
