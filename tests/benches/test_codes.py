"""What the benches ask for is what carriers print: right check digits, and misses that are near."""

import numpy as np
import pytest

from benches.codes import (
    DESTINATIONS,
    draw_carrier_codes,
    draw_destinations,
    draw_free_codes,
    draw_serials,
    with_wrong_check_digit,
)
from sorter.engine.labels import LabelReader

COUNT = 4000
SHAPES = {13: "s10", 18: "sscc", 14: "dhl_ecommerce_14", 16: "cainiao_lp"}
read = LabelReader(tuple(SHAPES.values()), None).read


def formats_of(code: bytes) -> dict[str, bool]:
    return {match.format: match.valid for match in read(code.decode()).matches}


def test_each_code_is_a_valid_one_of_its_format() -> None:
    drawn = draw_carrier_codes(COUNT, 100, seed=1)
    for code in [*drawn.present.tolist(), *drawn.absent.tolist()]:
        assert formats_of(code)[SHAPES[len(code)]], code


def test_the_four_formats_are_mixed_evenly() -> None:
    codes = draw_carrier_codes(COUNT, 0, seed=1).present
    _, counts = np.unique(np.char.str_len(codes), return_counts=True)
    assert len(counts) == 4
    assert counts.min() > COUNT / 5


def test_no_code_is_drawn_twice_and_none_that_is_absent_is_present() -> None:
    drawn = draw_carrier_codes(COUNT, COUNT, seed=1)
    assert len({*drawn.present.tolist(), *drawn.absent.tolist()}) == 2 * COUNT


def test_a_seed_names_its_codes() -> None:
    first, second = (draw_carrier_codes(COUNT, 10, seed=5) for _ in range(2))
    assert first.present.tolist() == second.present.tolist()
    assert first.absent.tolist() == second.absent.tolist()
    assert first.present.tolist() != draw_carrier_codes(COUNT, 10, seed=6).present.tolist()


def test_a_wrong_check_digit_is_the_only_thing_wrong() -> None:
    codes = draw_carrier_codes(COUNT, 0, seed=1).present
    wrong = with_wrong_check_digit(codes, 500, np.random.default_rng(2)).tolist()
    present = set(codes.tolist())
    for code in wrong:
        assert code not in present
        assert formats_of(code)[SHAPES[len(code)]] is False


def test_codes_without_check_digit_cannot_have_a_wrong_one() -> None:
    with pytest.raises(ValueError, match="check digit"):
        with_wrong_check_digit(np.array([b"12345678901234"]), 1, np.random.default_rng(1))


def test_a_small_space_is_used_up_to_its_last_serial() -> None:
    serials = draw_serials(1000, 1000, np.random.default_rng(1))
    assert sorted(serials.tolist()) == list(range(1000))


def test_free_codes_keep_to_alphabet_and_length() -> None:
    codes = draw_free_codes(COUNT, 1, longest=20, alphabet=b"ABC-").tolist()
    assert {len(code) for code in codes} == set(range(12, 21))
    assert set(b"".join(codes)) == set(b"ABC-")


def test_destinations_cover_all_numbers() -> None:
    destinations = draw_destinations(100_000, 1)
    assert destinations.dtype == np.uint16
    assert destinations.max() > 0.99 * DESTINATIONS
