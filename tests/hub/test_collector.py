"""The collector stores each report once, whatever order and however often it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sorter.adapters.hub_sqlite import HubStoreError, SqliteStore, read_status, stored_reports
from sorter.hub.collector import MAX_AHEAD, Collector
from sorter.protocol.broker_link import LinkDown, MessageArrived
from sorter.protocol.messages import (
    AckMessage,
    BatchMessage,
    ConnectionMessage,
    EventBody,
    EventMessage,
    HeldReports,
    encode_message,
    encode_report,
    utc_text,
)
from sorter.protocol.streams import StoredReport, Stream, contiguous
from sorter.protocol.topics import BoxTopics
from tests.support.links import HandLink
from tests.support.reports import UTC_NS, closed

TOPICS = BoxTopics("LGG", "b1")
STREAM = Stream("b1", "north", 77)


def body(seq: int, parcel: int | None = None) -> EventBody:
    return EventBody(
        seq=seq,
        utc=utc_text(UTC_NS),
        utc_quality="synced",
        table_revision=3,
        report=encode_report(closed(seq if parcel is None else parcel)),
    )


def batch(*seqs: int, epoch: int = 77) -> MessageArrived:
    message = BatchMessage(
        box="b1", line="north", epoch=epoch, events=tuple(body(seq) for seq in seqs)
    )
    return MessageArrived(TOPICS.batch("north"), encode_message(message), False)


def event(seq: int, *, parcel: int | None = None, box: str = "b1", v: int = 1) -> MessageArrived:
    of = body(seq, parcel)
    message = EventMessage(
        box=box,
        line="north",
        epoch=77,
        seq=seq,
        utc=of.utc,
        utc_quality=of.utc_quality,
        report=of.report,
    )
    payload = encode_message(message).replace(b'"v":1', b'"v":%d' % v)
    return MessageArrived(TOPICS.event("north", "closed"), payload, False)


class Hub:
    """A collector turned by hand over a real store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.link = HandLink()
        self.store = SqliteStore(path)
        self.collector = Collector(self.link, self.store)
        self.was_ready = 0

    def run(self, *messages: MessageArrived) -> None:
        """Let everything come at once, and end when nothing more comes."""
        self.link.coming += messages
        turns = iter((False, False))
        self.collector.run(lambda: next(turns, True), self._ready)
        self.store = SqliteStore(self.path)
        self.collector = Collector(self.link, self.store)

    def _ready(self) -> None:
        self.was_ready += 1

    def acks(self) -> list[tuple[int, bool]]:
        said = [json.loads(m.payload) for m in self.link.published if m.topic == TOPICS.ack]
        return [(ack["seq"], ack["resume"]) for ack in said]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path / "hub.sqlite")
    yield hub
    hub.store.close()


def test_reports_are_stored_with_what_they_can_be_found_by_and_acknowledged_once(hub: Hub) -> None:
    hub.run(batch(1, 2, 3), event(4))
    assert hub.was_ready == 1
    assert hub.acks() == [(4, False)]
    assert len(stored_reports(hub.path)) == 4
    assert len(hub.link.accepted) == 2
    [stream] = read_status(hub.path)["streams"]
    assert (stream["stored"], stream["contiguous"], stream["received_again"]) == (4, 4, 0)


def test_what_comes_again_is_counted_and_acknowledged_again(hub: Hub) -> None:
    hub.run(batch(1, 2, 3))
    hub.run(batch(2, 3, 4))
    assert hub.acks() == [(3, False), (4, False)]
    [stream] = read_status(hub.path)["streams"]
    assert (stream["stored"], stream["received_again"], stream["conflicting"]) == (4, 2, 0)


def test_another_content_under_a_known_number_is_counted_and_the_first_stays(hub: Hub) -> None:
    hub.run(event(1))
    hub.run(event(1, parcel=99))
    [stream] = read_status(hub.path)["streams"]
    assert (stream["stored"], stream["received_again"], stream["conflicting"]) == (1, 0, 1)


def test_a_hole_is_never_acknowledged_over(hub: Hub) -> None:
    hub.run(batch(1, 2), batch(5, 6), event(4, parcel=4))
    assert hub.acks() == [(2, False)]
    hub.run(event(3))
    assert hub.acks() == [(2, False), (6, False)]


def test_a_box_that_comes_online_is_told_where_to_go_on(hub: Hub) -> None:
    hub.run(batch(1, 2, 3))
    lines = tuple(
        HeldReports(line="north", epoch=epoch, first_held=1, last=9) for epoch in (77, 78)
    )
    online = ConnectionMessage(box="b1", state="ONLINE", lines=lines)
    hub.run(MessageArrived(TOPICS.connection, encode_message(online), True))
    assert hub.acks()[1:] == [(3, True), (0, True)]
    assert read_status(hub.path)["boxes"] == [{"box": "b1", "site": "LGG", "state": "ONLINE"}]
    gone = ConnectionMessage(box="b1", state="CONNECTIONBROKEN")
    hub.run(MessageArrived(TOPICS.connection, encode_message(gone), False))
    assert len(hub.acks()) == 3


def test_an_acknowledgement_waits_for_a_connection_that_takes_it(hub: Hub) -> None:
    hub.link.room = 0
    hub.collector.take([batch(1)])
    assert hub.acks() == []
    hub.link.room = 9
    hub.run()
    assert hub.acks() == [(1, False)]


def test_what_was_due_on_a_lost_connection_is_not_said_on_the_next(hub: Hub) -> None:
    hub.link.room = 0
    hub.collector.take([batch(1)])
    hub.link.room = 9
    hub.link.coming.append(LinkDown("cable"))
    hub.run()
    assert hub.acks() == []


def spoilt(message: MessageArrived, **changes: object) -> MessageArrived:
    fields = {"topic": message.topic, "payload": message.payload, "retained": False} | changes
    return MessageArrived(**fields)  # type: ignore[arg-type]  # the caller names them rightly


def payload_of(seqs: str, **changes: str) -> bytes:
    fields = {"v": "1", "box": '"b1"', "line": '"north"', "epoch": "77"} | changes
    head = ",".join(f'"{name}":{value}' for name, value in fields.items())
    return f'{{{head},"events":[{seqs}]}}'.encode()


EVENT = '{"seq":1,"utc":"2026-11-23T15:00:00.000000000Z","utc_quality":"synced","report":%s}'
GOOD = EVENT % '{"kind":"x"}'


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 60_000, "malformed"),
        (b" " * 65_537, "too_large"),
        (payload_of(""), "malformed"),
        (payload_of(GOOD, v="2"), "malformed"),
        (payload_of(GOOD, epoch="0"), "malformed"),
        (payload_of(GOOD, epoch="9007199254740992"), "malformed"),
        (payload_of(GOOD, epoch="1e3"), "malformed"),
        (payload_of(GOOD.replace('"seq":1', '"seq":-1')), "malformed"),
        (payload_of(GOOD.replace("2026-11-23T", "yesterday ")), "malformed"),
        (payload_of(GOOD, box='"b2"'), "wrong_topic"),
        (payload_of(GOOD, line='"a/b"'), "malformed"),
        (payload_of(EVENT % "[]"), "malformed"),
        (payload_of(EVENT % '{"kind":"X Y"}'), "malformed"),
        (payload_of(EVENT % '{"kind":"x","parcel":-1}'), "malformed"),
        (payload_of(f"{GOOD},{GOOD}"), "not_contiguous"),
        (payload_of(GOOD.replace('"seq":1', f'"seq":{MAX_AHEAD + 1}')), "too_far_ahead"),
    ],
)
def test_a_hostile_message_is_refused_whole_by_a_counted_reason(
    hub: Hub, payload: bytes, reason: str
) -> None:
    hub.run(spoilt(batch(1), payload=payload), batch(1))
    status = read_status(hub.path)
    assert status["refused"] == {reason: 1}
    assert len(stored_reports(hub.path)) == 1
    assert hub.acks() == [(1, False)]


def test_foreign_topics_and_retained_reports_are_refused(hub: Hub) -> None:
    hub.run(
        spoilt(batch(1), topic="sorter/v1/LGG/box/b1/line/a+b/batch"),
        spoilt(batch(1), topic="sorter/v1/LGG/box/b1/ack"),
        spoilt(batch(1), topic="\ufffd"),
        spoilt(event(1), topic=TOPICS.event("north", "scanned")),
        spoilt(batch(1), retained=True),
    )
    assert read_status(hub.path)["refused"] == {"wrong_topic": 4, "retained": 1}
    assert len(stored_reports(hub.path)) == 0


def test_fields_of_a_newer_box_are_ignored_and_kinds_of_it_kept(hub: Hub) -> None:
    report = '{"kind":"teleported","parcel":5,"to":"C09"}'
    newer = payload_of(EVENT % report, shoe_size="44")
    hub.run(spoilt(batch(1), payload=newer))
    assert len(stored_reports(hub.path)) == 1


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([77, 78]), st.integers(1, 12), st.integers(1, 5)), max_size=25
    )
)
def test_any_order_and_repetition_gives_what_a_set_gives(
    tmp_path_factory: pytest.TempPathFactory, messages: list[tuple[int, int, int]]
) -> None:
    store = SqliteStore(tmp_path_factory.mktemp("hub") / "hub.sqlite")
    model: dict[int, set[int]] = {77: set(), 78: set()}
    with store:
        for epoch, first, count in messages:
            stream = Stream("b1", "north", epoch)
            rows = [row(stream, seq) for seq in range(first, first + count)]
            cursors = store.add(rows, {})
            model[epoch] |= set(range(first, first + count))
            whole = next(n for n in range(100) if n + 1 not in model[epoch])
            assert cursors == {stream: whole}
            assert store.cursor(stream) == whole


def row(stream: Stream, seq: int) -> StoredReport:
    return StoredReport(stream, seq, "closed", seq, utc_text(UTC_NS), "synced", None, None, "{}")


@given(st.integers(0, 50), st.sets(st.integers(1, 80)))
def test_contiguous_is_the_first_number_whose_successor_is_missing(
    start: int, seqs: set[int]
) -> None:
    have = set(range(1, start + 1)) | seqs
    expected = next(n for n in range(start, 200) if n + 1 not in have)
    assert contiguous(start, sorted(seqs)) == expected


def test_a_store_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    other = SqliteStore(tmp_path / "other")
    other._db.execute("PRAGMA user_version = 9")
    other.close()
    with pytest.raises(HubStoreError, match="version 9, expected 1"):
        SqliteStore(tmp_path / "other")
    with pytest.raises(HubStoreError, match="nothing"):
        read_status(tmp_path / "nothing")
    (tmp_path / "text").write_text("no database at all, only words " * 40)
    with pytest.raises(HubStoreError, match="no hub store"):
        read_status(tmp_path / "text")


def test_an_acknowledgement_names_line_and_epoch(hub: Hub) -> None:
    hub.run(batch(1, epoch=5))
    [ack] = [m for m in hub.link.published if m.topic == TOPICS.ack]
    assert ack.payload == encode_message(AckMessage(line="north", epoch=5, seq=1))
    assert not ack.retain
