"""Journal frames survive the way to bytes and back; nothing else passes for one."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter.engine.reports import AlarmRaised
from sorter.protocol.journal_frames import (
    HEAD_BYTES,
    MAX_PAYLOAD_BYTES,
    AnyBody,
    FrameError,
    FrameKind,
    ReportRecord,
    SegmentHead,
    decode_body,
    decode_frame,
    decode_head,
    encode_frame,
    encode_head,
)
from tests.support.reports import UTC_NS, closed, commands, events, reports

records = st.builds(
    ReportRecord,
    seq=st.integers(1, 2**53 - 1),
    utc_ns=st.integers(0, 2**63 - 1),
    utc_quality=st.sampled_from(["synced", "unsynced", "unknown"]),
    report=reports,
    table_revision=st.none() | st.integers(0, 2**53),
)
Body = tuple[FrameKind, AnyBody]
bodies: st.SearchStrategy[Body] = st.one_of(
    st.tuples(st.just(FrameKind.EVENT), events),
    st.tuples(st.just(FrameKind.COMMAND), commands),
    st.tuples(st.just(FrameKind.REPORT), records),
)


@given(st.lists(bodies, max_size=6), st.integers(1, 2**40), st.binary(max_size=30))
def test_frames_behind_one_another_come_back_as_they_were(
    content: list[Body], first_index: int, before: bytes
) -> None:
    stream = before + b"".join(
        encode_frame(kind, first_index + place, body) for place, (kind, body) in enumerate(content)
    )
    offset = len(before)
    for place, (kind, body) in enumerate(content):
        frame = decode_frame(stream, offset)
        assert frame is not None
        assert (frame.kind, frame.index) == (kind, first_index + place)
        assert decode_body(frame) == body
        offset = frame.end
    assert offset == len(stream)
    assert decode_frame(stream, offset) is None


@given(bodies, st.data())
def test_a_frame_cut_anywhere_is_not_yet_a_frame(kind_and_body: Body, data: st.DataObject) -> None:
    encoded = encode_frame(kind_and_body[0], 7, kind_and_body[1])
    assert decode_frame(encoded[: data.draw(st.integers(0, len(encoded) - 1))], 0) is None


@given(bodies, st.data())
def test_no_flipped_bit_passes_the_checksum(kind_and_body: Body, data: st.DataObject) -> None:
    encoded = bytearray(encode_frame(kind_and_body[0], 7, kind_and_body[1]))
    bit = data.draw(st.integers(0, len(encoded) * 8 - 1))
    encoded[bit // 8] ^= 1 << bit % 8
    with contextlib.suppress(FrameError):
        assert decode_frame(bytes(encoded), 0) is None


def test_a_head_comes_back_and_a_short_one_is_not_yet_there() -> None:
    head = SegmentHead(epoch=2**53 - 1, first_index=99, first_seq=12)
    assert decode_head(encode_head(head) + b"frames") == head
    assert decode_head(encode_head(head)[:-1]) is None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"GIF89a, surely not a journal, and long enough", "no journal segment"),
        (encode_head(SegmentHead(5, 1, 1))[:-1] + b"\x00", "checksum"),
        (encode_head(SegmentHead(0, 1, 1)), "epoch 0"),
        (encode_head(SegmentHead(2**53, 1, 1)), "epoch 9007199254740992"),
    ],
)
def test_what_is_no_head_is_refused_by_what_was_found(content: bytes, found: str) -> None:
    with pytest.raises(FrameError, match=found):
        decode_head(content.ljust(HEAD_BYTES, b"."))


def test_a_record_of_a_newer_version_is_refused_by_its_numbers() -> None:
    frame = decode_frame(
        encode_frame(FrameKind.REPORT, 3, ReportRecord(1, UTC_NS, "synced", closed(1))), 0
    )
    assert frame is not None
    newer = type(frame)(frame.kind, frame.schema + 1, frame.index, frame.payload, frame.end)
    with pytest.raises(FrameError, match="frame 3 has kind 3 schema 2"):
        decode_body(newer)
    other = type(frame)(FrameKind.EVENT, frame.schema, frame.index, frame.payload, frame.end)
    with pytest.raises(FrameError, match="frame 3 holds no event"):
        decode_body(other)


def test_a_body_beyond_the_limit_is_refused_before_it_is_written() -> None:
    flood = AlarmRaised(cause="x" * MAX_PAYLOAD_BYTES, place="", advice="")
    with pytest.raises(FrameError, match="at most 1048576 fit"):
        encode_frame(FrameKind.REPORT, 1, ReportRecord(1, UTC_NS, "synced", flood))


@pytest.mark.parametrize("length", [0, MAX_PAYLOAD_BYTES + 1, 2**32 - 1])
def test_an_impossible_length_is_damage_not_a_wait_for_more(length: int) -> None:
    with pytest.raises(FrameError, match=f"length of {length} bytes"):
        decode_frame(struct.pack("<I", length) + bytes(20), 0)
