"""Messages and topics between box and hub: what fits, what is refused, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorter.engine.reports import AlarmRaised
from sorter.protocol.messages import (
    MAX_MESSAGE_BYTES,
    MAX_REPORT_BYTES,
    AckMessage,
    BatchMessage,
    ConnectionMessage,
    EventBody,
    EventMessage,
    MessageError,
    ReportKey,
    batch_length,
    decode_message,
    encode_message,
    encode_report,
    utc_text,
)
from sorter.protocol.topics import BoxTopics, TopicError, hub_filters, parse_up
from tests.support.reports import UTC_NS, closed, reports

LARGEST = 2**53 - 1


def body(seq: int, alarm_bytes: int = 0) -> EventBody:
    alarm = AlarmRaised(cause="c", place="\u20ac" * (alarm_bytes // 3), advice="")
    return EventBody(
        seq=seq,
        utc=utc_text(UTC_NS),
        utc_quality="unsynced",
        table_revision=LARGEST,
        plan_revision=LARGEST,
        report=encode_report(alarm),
    )


@given(st.lists(reports, min_size=1, max_size=5))
def test_reports_come_through_a_batch_as_they_were(some: list[object]) -> None:
    events = tuple(
        EventBody(seq=n, utc=utc_text(UTC_NS), utc_quality="synced", report=encode_report(r))  # type: ignore[arg-type]  # hypothesis widens it
        for n, r in enumerate(some, 1)
    )
    batch = BatchMessage(box="b1", line="north", epoch=5, events=events)
    again = decode_message(encode_message(batch), BatchMessage, MAX_MESSAGE_BYTES)
    assert (again.box, again.line, again.epoch) == ("b1", "north", 5)
    for before, after in zip(events, again.events, strict=True):
        assert json.loads(bytes(after.report)) == json.loads(bytes(before.report))
        assert (after.seq, after.utc) == (before.seq, before.utc)
        assert decode_message(bytes(after.report), ReportKey, 10**6).kind


@given(st.lists(st.integers(0, MAX_REPORT_BYTES - 200), min_size=1, max_size=30))
def test_what_is_said_to_fit_does_fit_even_with_the_longest_names(sizes: list[int]) -> None:
    events = [body(LARGEST - n, size) for n, size in enumerate(sizes)]
    fitting = batch_length(events)
    assert fitting >= 1
    name = "n" * 64
    batch = BatchMessage(box=name, line=name, epoch=LARGEST, events=tuple(events[:fitting]))
    encode_message(batch)


def test_a_report_too_long_for_any_message_is_told_by_kind_and_size() -> None:
    flood = AlarmRaised(cause="x" * 100_000, place="", advice="")
    told = json.loads(bytes(encode_report(flood)))
    assert told["kind"] == "oversized"
    assert told["of"] == "alarm_raised"
    assert told["bytes"] > 100_000


@given(st.integers(0, 2**62))
def test_utc_text_keeps_the_nanoseconds_and_sorts(utc_ns: int) -> None:
    text = utc_text(utc_ns)
    moment = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    assert int(moment.timestamp()) * 10**9 + int(text[20:29]) == utc_ns
    assert text < utc_text(utc_ns + 1)


def test_an_event_is_flat_json_with_everything_that_identifies_it() -> None:
    message = EventMessage(
        box="b1",
        line="north",
        epoch=5,
        seq=1,
        utc=utc_text(UTC_NS),
        utc_quality="synced",
        report=encode_report(closed(9)),
    )
    content = json.loads(encode_message(message))
    assert content["report"]["kind"] == "closed"
    assert content["utc"] == "2026-11-23T15:00:00.123456789Z"
    assert {"v", "box", "line", "epoch", "seq", "utc_quality", "table_revision"} <= set(content)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"v":1,"line":"north","epoch":5,"seq":9007199254740992}',
        b'{"v":1,"line":"north","epoch":5,"seq":-1}',
        b'{"v":1,"line":"north","epoch":5,"seq":1.5}',
        b'{"v":1,"line":"north","epoch":5,"seq":"1"}',
        b'{"v":1,"line":"north","epoch":5,"seq":true}',
        b'{"v":0,"line":"north","epoch":5,"seq":1}',
        b'{"v":1,"line":"+","epoch":5,"seq":1}',
        b'{"v":1,"line":"north\\n","epoch":5,"seq":1}',
        b'{"v":1,"epoch":5,"seq":1}',
        b'{"v":1,"line":"north","epoch":5,"seq":1} trailing',
        b"{" * 4000,
        b'{"v":1,"line":"\xff","epoch":5,"seq":1}',
    ],
)
def test_an_acknowledgement_is_read_strictly(payload: bytes) -> None:
    with pytest.raises(MessageError) as refused:
        decode_message(payload, AckMessage, 4096)
    assert refused.value.reason == "malformed"


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(payload: bytes) -> None:
    for read in (
        lambda: decode_message(payload, AckMessage, 200),
        lambda: decode_message(payload, BatchMessage, 200),
        lambda: decode_message(payload, EventMessage, 200),
        lambda: decode_message(payload, ConnectionMessage, 200),
        lambda: decode_message(payload, ReportKey, 200),
    ):
        with pytest.raises(MessageError):
            read()


def test_a_message_beyond_the_limit_is_not_sent() -> None:
    events = tuple(body(n, 40_000) for n in (1, 2))
    with pytest.raises(MessageError, match="too_large"):
        encode_message(BatchMessage(box="b", line="l", epoch=1, events=events))


@pytest.mark.parametrize(
    "name", ["", "a/b", "a+", "#", "$SYS", "-a", "a b", "a\n", "é", "a" * 65, ".."]
)
def test_names_that_would_change_a_topic_are_refused(name: str) -> None:
    with pytest.raises(TopicError, match="found the name"):
        BoxTopics(name, "b1")
    with pytest.raises(TopicError):
        BoxTopics("LGG", "b1").batch(name)
    with pytest.raises(TopicError):
        parse_up(f"sorter/v1/LGG/box/b1/line/{name}/batch")


def test_topics_are_taken_apart_as_they_were_built() -> None:
    topics = BoxTopics("LGG", "b1")
    event, batch = parse_up(topics.event("north", "closed")), parse_up(topics.batch("north"))
    assert (event.site, event.box, event.what) == ("LGG", "b1", "event")
    assert (event.line, event.kind) == ("north", "closed")
    assert (batch.what, batch.line, batch.kind) == ("batch", "north", None)
    assert parse_up(topics.connection).what == "connection"
    for other in (topics.ack, "sorter/v2/LGG/box/b1/connection", "", "sorter/v1/LGG/box/b1"):
        with pytest.raises(TopicError, match="expected a topic"):
            parse_up(other)
    with pytest.raises(TopicError, match="report kind"):
        topics.event("north", "Closed!")


def test_a_collector_listens_to_one_site_or_to_all() -> None:
    assert hub_filters("LGG")[0] == "sorter/v1/LGG/box/+/connection"
    assert hub_filters(None)[1] == "sorter/v1/+/box/+/line/+/event/+"
    with pytest.raises(TopicError):
        hub_filters("#")
