"""The collector: stores what the boxes report, then acknowledges. Everything sent is hostile.

Whatever is waiting is stored in one commit, so a quiet hub answers at once and a busy one commits
by hundreds. An acknowledgement is sent only behind the commit, and says the highest seq up to which
nothing is missing. A message that breaks a rule is refused whole, counted by its reason, and
changes nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import assert_never

from sorter.hub.ports import BrokerLink, ReportStore
from sorter.protocol.broker_link import LinkDown, LinkUp, MessageArrived, Outgoing
from sorter.protocol.messages import (
    MAX_MESSAGE_BYTES,
    AckMessage,
    BatchMessage,
    ConnectionMessage,
    EventBody,
    EventMessage,
    MessageError,
    ReportKey,
    decode_message,
    encode_message,
)
from sorter.protocol.streams import StoredReport, Stream
from sorter.protocol.topics import BoxTopics, TopicError, UpTopic, parse_up

_log = logging.getLogger(__name__)

MAX_COMMIT_MESSAGES = 500
"""In one commit at most; a commit of so many events still ends within some 10 ms."""

MAX_AHEAD = 1_000_000
"""A seq farther ahead of the stream's cursor is refused: no box sends so far without an ack."""

_IDLE_WAIT_S = 0.2
_STOP_WAIT_S = 1.0


class Collector:
    """One collector over its ports. `refused` counts messages that broke a rule since the start."""

    def __init__(self, link: BrokerLink, store: ReportStore) -> None:
        self.refused: Counter[str] = Counter()
        self._link = link
        self._store = store
        self._due: dict[tuple[str, Stream], AckMessage] = {}

    def run(self, stop: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        """Collect until `stop` says so; `on_ready` is called once when first subscribed.

        Raises what the store raises when it can't commit; nothing of that is acknowledged.
        """
        self._link.start()
        try:
            self._collect(stop, on_ready)
        finally:
            self._link.stop(None, _STOP_WAIT_S)
            self._store.close()

    def _collect(self, stop: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        ready = False
        while not stop():
            messages: list[MessageArrived] = []
            timeout_s = _IDLE_WAIT_S if not self._due else 0.01
            while len(messages) < MAX_COMMIT_MESSAGES:
                happening = self._link.next(timeout_s)
                timeout_s = 0.0
                match happening:
                    case None:
                        break
                    case LinkUp():
                        _log.info("subscribed at the broker")
                        if not ready:
                            on_ready()
                            ready = True
                    case LinkDown(why):
                        _log.warning("the broker is out of reach: %s", why)
                        self._due.clear()
                    case MessageArrived():
                        messages.append(happening)
                    case _:
                        assert_never(happening)
            if messages:
                self.take(messages)
            self._acknowledge()

    def take(self, messages: Sequence[MessageArrived]) -> None:
        """Store the reports of all messages in one commit, and have their boxes told."""
        reports: list[StoredReport] = []
        sites: dict[Stream, str] = {}
        refused: Counter[str] = Counter()
        greeted: list[tuple[str, ConnectionMessage]] = []
        for message in messages:
            try:
                topic = _up_topic(message)
                if topic.what == "connection":
                    greeted.append((topic.site, _connection(topic, message)))
                    continue
                found = self._reports(topic, message)
            except MessageError as error:
                refused[error.reason] += 1
                _log.warning("refused a message on %.200s: %.300s", message.topic, error)
                continue
            reports += found
            sites[found[0].stream] = topic.site
        if reports or refused:
            for stream, seq in self._store.add(reports, refused).items():
                self._tell(sites[stream], stream, seq, resume=False)
        for site, connection in greeted:
            self._greet(site, connection)
        self.refused += refused
        for message in messages:
            self._link.accept(message)

    def _reports(self, topic: UpTopic, message: MessageArrived) -> list[StoredReport]:
        """The rows of an event or batch message, all of one stream."""
        if message.retained:
            raise MessageError("retained", "reports are never retained")
        if topic.what == "event":
            event = decode_message(message.payload, EventMessage, MAX_MESSAGE_BYTES)
            stream = _stream(topic, event)
            events: Sequence[EventBody] = (event,)
        else:
            batch = decode_message(message.payload, BatchMessage, MAX_MESSAGE_BYTES)
            stream, events = _stream(topic, batch), batch.events
            if any(after.seq != before.seq + 1 for before, after in pairwise(events)):
                raise MessageError("not_contiguous", f"a batch from seq {events[0].seq}")
        if events[-1].seq > self._store.cursor(stream) + MAX_AHEAD:
            raise MessageError("too_far_ahead", f"seq {events[-1].seq}")
        rows = [_row(stream, event) for event in events]
        if topic.kind is not None and rows[0].kind != topic.kind:
            raise MessageError("wrong_topic", f"kind {rows[0].kind} on topic {topic.kind}")
        return rows

    def _greet(self, site: str, connection: ConnectionMessage) -> None:
        """Keep a box's state; tell one that came online where to go on."""
        self._store.box_said(site, connection)
        if connection.state == "ONLINE":
            for held in connection.lines:
                stream = Stream(connection.box, held.line, held.epoch)
                self._tell(site, stream, self._store.cursor(stream), resume=True)

    def _tell(self, site: str, stream: Stream, seq: int, *, resume: bool) -> None:
        """Have a stream's cursor sent; a resume that is still unsent stays one."""
        before = self._due.get((site, stream))
        self._due[site, stream] = AckMessage(
            line=stream.line,
            epoch=stream.epoch,
            seq=seq,
            resume=resume or (before is not None and before.resume),
        )

    def _acknowledge(self) -> None:
        """Send what is due as far as the connection takes it; the rest stays due."""
        for (site, stream), ack in list(self._due.items()):
            topic = BoxTopics(site, stream.box).ack
            if not self._link.publish(Outgoing(topic, encode_message(ack))):
                return
            del self._due[site, stream]


def _up_topic(message: MessageArrived) -> UpTopic:
    try:
        return parse_up(message.topic)
    except TopicError as error:
        raise MessageError("wrong_topic", str(error)) from error


def _connection(topic: UpTopic, message: MessageArrived) -> ConnectionMessage:
    connection = decode_message(message.payload, ConnectionMessage, MAX_MESSAGE_BYTES)
    if connection.box != topic.box:
        raise MessageError("wrong_topic", f"box {connection.box} on the topic of {topic.box}")
    return connection


def _stream(topic: UpTopic, message: EventMessage | BatchMessage) -> Stream:
    if (message.box, message.line) != (topic.box, topic.line):
        raise MessageError(
            "wrong_topic",
            f"box {message.box} line {message.line} on the topic of {topic.box} {topic.line}",
        )
    return Stream(message.box, message.line, message.epoch)


def _row(stream: Stream, event: EventBody) -> StoredReport:
    content = bytes(event.report)
    key = decode_message(content, ReportKey, MAX_MESSAGE_BYTES)
    try:
        body = content.decode()
    except UnicodeDecodeError as error:
        raise MessageError("malformed", str(error)) from error
    return StoredReport(
        stream,
        event.seq,
        key.kind,
        key.parcel,
        event.utc,
        event.utc_quality,
        event.table_revision,
        event.plan_revision,
        body,
    )
