"""A range covers exactly its codes, with as few prefixes as there can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sorter.table.ranges import CodeRange, overlapping, prefixes_of, range_fault

WIDTH = 3
numbers = st.integers(min_value=0, max_value=10**WIDTH - 1)
spans = st.tuples(numbers, numbers).map(sorted)


def code(number: int) -> bytes:
    return b"%0*d" % (WIDTH, number)


def fewest(low: int, high: int) -> int:
    """The number of maximal decades in a span, by trying every one."""

    def inside(start: int, size: int) -> bool:
        return low <= start and start + size - 1 <= high

    count = 0
    for power in range(WIDTH + 1):
        size = 10**power
        for start in range(0, 10**WIDTH, size):
            above = start - start % (size * 10)
            if inside(start, size) and (power == WIDTH or not inside(above, size * 10)):
                count += 1
    return count


@given(spans)
def test_prefixes_cover_the_range_and_nothing_else_and_there_are_no_fewer(
    span: list[int],
) -> None:
    low, high = span
    prefixes = list(prefixes_of(b"X" + code(low), b"X" + code(high)))
    covered = [
        number
        for number in range(10**WIDTH)
        if any((b"X" + code(number)).startswith(prefix) for prefix in prefixes)
    ]
    assert covered == list(range(low, high + 1))
    assert len(prefixes) == fewest(low, high)
    assert prefixes == sorted(prefixes)


def test_whole_decades_fold() -> None:
    assert list(prefixes_of(b"BE4000", b"BE4999")) == [b"BE4"]
    assert list(prefixes_of(b"BE4000", b"BE4000")) == [b"BE4000"]
    assert list(prefixes_of(b"BE0000", b"BE9999")) == [b"BE"]
    assert list(prefixes_of(b"1098", b"1200")) == [b"1098", b"1099", b"11", b"1200"]


def test_a_range_of_everything_is_the_ten_digits_for_no_prefix_is_empty() -> None:
    assert list(prefixes_of(b"000", b"999")) == [b"%d" % digit for digit in range(10)]


def test_faults_are_told_in_the_words_of_the_source() -> None:
    assert range_fault(b"BE4000", b"BE4999") is None
    assert range_fault(b"GB1A", b"GB1A") is None
    assert range_fault(b"1", b"10") == ("1 and 2 characters", "first and last equally long")
    assert range_fault(b"20", b"10") == ("first above last", "first at or below last")
    fault = range_fault(b"1A", b"1C")
    assert fault is not None
    assert fault[0] == "'A' to 'C' at the end"


@given(st.lists(st.tuples(st.sampled_from([b"X", b"Y", b"1"]), spans), max_size=8))
def test_overlaps_are_found_whenever_two_ranges_share_a_code(
    drawn: list[tuple[bytes, list[int]]],
) -> None:
    ranges = [
        CodeRange("barcode", fixed + code(low), fixed + code(high), 0, row)
        for row, (fixed, (low, high)) in enumerate(drawn)
    ]
    sets = [
        {fixed + code(number) for number in range(low, high + 1)} for fixed, (low, high) in drawn
    ]
    sharing = {
        later
        for later in range(len(sets))
        for earlier in range(len(sets))
        if earlier != later and sets[earlier] & sets[later]
    }
    pairs = list(overlapping(ranges))
    assert bool(pairs) == bool(sharing)
    for earlier, later in pairs:
        assert sets[earlier.row] & sets[later.row]


def test_equal_digits_of_another_shape_or_kind_are_no_overlap() -> None:
    ranges = [
        CodeRange("barcode", b"A10", b"A29", 0, 2),
        CodeRange("barcode", b"A1X", b"A1X", 0, 3),
        CodeRange("postcode", b"A10", b"A29", 0, 4),
        CodeRange("barcode", b"A100", b"A299", 0, 5),
    ]
    assert list(overlapping(ranges)) == []
