"""CRC-32C in every variant of the core, against the RFC's examples and a model bit by bit."""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import Buffer

from sorter._native import crc32c, first_damaged
from sorter._native.plain import variants

Checksum = Callable[..., int]
LANE_BYTES = 4096


@pytest.fixture(params=variants(), scope="module")
def checksum(request: pytest.FixtureRequest) -> Checksum:
    found: Checksum = import_module(f"sorter._native.{request.param}").crc32c
    return found


def of_one_byte(state: int) -> int:
    for _ in range(8):
        state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state


BY_BYTE = [of_one_byte(byte) for byte in range(256)]


def model(content: bytes, value: int = 0) -> int:
    state = value ^ 0xFFFFFFFF
    for byte in content:
        state = state >> 8 ^ BY_BYTE[(state ^ byte) & 0xFF]
    return state ^ 0xFFFFFFFF


# RFC 3720 appendix B.4.
READ_COMMAND = bytes.fromhex(
    "01c00000 00000000 00000000 00000000 14000000 00000400"
    "00000014 00000018 28000000 00000000 02000000 00000000"
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (READ_COMMAND, 0xD9963A56),
        (b"123456789", 0xE3069283),
        (b"", 0),
    ],
)
def test_known_checksums(checksum: Checksum, content: bytes, expected: int) -> None:
    assert checksum(content) == model(content) == expected


@given(st.binary(max_size=400), st.integers(0, 2**32 - 1), st.integers(0, 9))
def test_any_bytes_from_any_place_on(
    checksum: Checksum, content: bytes, value: int, skipped: int
) -> None:
    view = memoryview(content)[skipped:]
    assert checksum(view, value) == model(bytes(view), value)


@pytest.mark.parametrize("lanes", [3, 6, 18])
@pytest.mark.parametrize("more", [-1, 0, 1, 7, 8, 17])
def test_long_content_is_read_in_lanes(checksum: Checksum, lanes: int, more: int) -> None:
    content = random.Random(lanes).randbytes(lanes * LANE_BYTES + more)
    assert checksum(content) == model(content)


@given(st.binary(max_size=100), st.integers(0, 200_000), st.integers(0, 200_000))
def test_a_checksum_goes_on_where_another_ended(
    checksum: Checksum, pattern: bytes, one: int, other: int
) -> None:
    content = (pattern * 200_000)[: one + other]
    assert checksum(content[one:], checksum(content[:one])) == checksum(content)


@pytest.mark.parametrize(
    "content",
    [bytearray(b"123456789"), memoryview(b"0123456789")[1:], np.arange(49, 58, dtype="u1")],
)
def test_any_contiguous_buffer_will_do(content: Buffer) -> None:
    assert crc32c(content) == 0xE3069283


def test_what_is_none_is_refused() -> None:
    with pytest.raises(BufferError):
        crc32c(memoryview(b"abcdef")[::2])
    with pytest.raises(TypeError):
        crc32c("text")  # type: ignore[arg-type]  # the mistake
    for value in (-1, 2**32):
        with pytest.raises(OverflowError):
            crc32c(b"", value)


def test_the_first_damaged_stretch_is_told() -> None:
    content = random.Random(1).randbytes(200_000)
    places = [(0, 7), (7, 0), (100, 150_000), (199_999, 1), (200_000, 0)]
    sound = [(at, size, crc32c(content[at : at + size])) for at, size in places]
    assert first_damaged(content, []) == -1
    assert first_damaged(content, sound) == -1
    for number, (at, size, checksum) in enumerate(sound):
        changed = [*sound[:number], (at, size, checksum ^ 1), *sound[number + 1 :]]
        assert first_damaged(content, changed) == number
        assert first_damaged(content, [*changed, (0, 1, 0)]) == number


@pytest.mark.parametrize("stretch", [(9, 2, 0), (11, 0, 0), (1 << 64, 1, 0), (-1, 1, 0)])
def test_a_stretch_outside_the_content_is_refused(stretch: tuple[int, int, int]) -> None:
    with pytest.raises((ValueError, OverflowError)):
        first_damaged(b"0123456789", [stretch])
