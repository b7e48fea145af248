"""The list of destinations: judged at once when it is sound, name by name when it is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sorter._native import are_destinations
from sorter.table.head import MAX_DESTINATIONS, destination_faults

a_name = st.text(st.sampled_from("AB ~!\n\x00\x7fé\ud800"), max_size=66) | st.sampled_from(
    ["N" * 64, "N" * 65, "", " N", "N ", "A B"]
)


@given(st.lists(a_name, max_size=6))
@example(["A\nB", "C"])
@example(["A", "A"])
def test_both_ways_of_judging_a_list_agree(names: list[str]) -> None:
    possible = re.compile(r"(?! )[ -~]{1,64}(?<! )")
    sound = all(map(possible.fullmatch, names)) and len(names) == len(set(names)) > 0
    assert are_destinations(names) == sound
    assert (not list(destination_faults(names))) == sound


@pytest.mark.parametrize("names", [[b"A"], ["A", None], [1], [["A"]]])
def test_what_is_no_text_is_no_name(names: list[object]) -> None:
    assert not are_destinations(names)
    assert len(list(destination_faults(names))) == 1


def test_as_many_names_as_a_row_can_tell() -> None:
    names = [f"D{number}" for number in range(MAX_DESTINATIONS)]
    assert are_destinations(names)
    assert not list(destination_faults(names))
    assert not are_destinations([*names, "ONE-MORE"])
    assert len(list(destination_faults([*names, "ONE-MORE"]))) == 1
    names[-1] = names[0]
    assert [fault.found for fault in destination_faults(names)] == ["'D0' twice"]
