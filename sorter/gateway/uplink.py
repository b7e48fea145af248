"""One box's conversation with the hub: who it is, what it has, its reports, the hub's acks.

Rules. The hub's acknowledgement is the only proof of delivery. After connecting, the box says what
it holds and the hub what it has; nothing is sent before that answer or a bounded wait for it. While
no acknowledgement comes, one message at a time is sent again, at growing intervals. What arrives is
hostile until proven: an acknowledgement of what was never sent changes nothing and is counted.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from sorter.gateway.line_feed import LineFeed
from sorter.gateway.pace import Pace
from sorter.gateway.ports import BrokerLink
from sorter.gateway.settings import GatewaySettings
from sorter.protocol.broker_link import MessageArrived, Outgoing
from sorter.protocol.messages import (
    MAX_MESSAGE_BYTES,
    AboutMessage,
    AckMessage,
    BatchMessage,
    ConnectionMessage,
    EventBody,
    EventMessage,
    HeldReports,
    MessageError,
    ReportKey,
    decode_message,
    encode_message,
)
from sorter.protocol.topics import BoxTopics

_log = logging.getLogger(__name__)

MAX_ACK_BYTES = 4096
"""An acknowledgement takes about 100 bytes; unknown fields of a newer hub fit as well."""


class Uplink:
    """Sends the outboxes of all lines and takes the hub's acknowledgements.

    `refused` counts what was not accepted from the broker, by reason.
    """

    def __init__(self, settings: GatewaySettings, feeds: Iterable[LineFeed], link: BrokerLink):
        self.refused: Counter[str] = Counter()
        self._settings = settings
        self._link = link
        self._topics = BoxTopics(settings.site, settings.box)
        self._feeds = {feed.line: feed for feed in feeds}
        self._paces = {line: Pace(settings) for line in self._feeds}
        self._unsaid: list[Outgoing] = []

    def connected(self, now_ns: int) -> None:
        """A new connection: say what the box is and holds, and wait for the hub's cursors."""
        held = [held for feed in self._feeds.values() if (held := feed.held())]
        self._unsaid = [self._about(), connection_message(self._settings, "ONLINE", held)]
        for pace in self._paces.values():
            pace.connected(now_ns)

    def disconnected(self) -> None:
        """Nothing on the way counts any more."""
        self._unsaid.clear()
        for feed in self._feeds.values():
            if feed.outbox is not None:
                feed.outbox.rewind()

    def arrived(self, message: MessageArrived, now_ns: int) -> None:
        """Take a message of the hub, or refuse it by a counted reason."""
        try:
            self._acknowledged(message, now_ns)
        except MessageError as error:
            self.refused[error.reason] += 1
            _log.warning("refused a message on %s: %s", message.topic[:200], error)
        finally:
            self._link.accept(message)

    def pump(self, now_ns: int) -> None:
        """Publish what may go; stops where the connection takes no more."""
        while self._unsaid:
            if not self._link.publish(self._unsaid[0]):
                return
            self._unsaid.pop(0)
        for line, feed in self._feeds.items():
            self._pump_line(feed, self._paces[line], now_ns)

    def _pump_line(self, feed: LineFeed, pace: Pace, now_ns: int) -> None:
        outbox = feed.outbox
        if outbox is None:
            return
        if pace.resend_is_due(now_ns, unacknowledged=outbox.unacknowledged > 0):
            outbox.rewind()
        while outbox.unsent and pace.may_send(unacknowledged=outbox.unacknowledged > 0):
            first = outbox.unacknowledged == 0
            events = outbox.next_events()
            if len(events) <= self._settings.single_events:
                events = events[:1]
            if not self._link.publish(self._message(feed.line, outbox.epoch, events)):
                return
            outbox.mark_sent(events[-1].seq)
            if first:
                pace.sent_first(now_ns)

    def _message(self, line: str, epoch: int, events: list[EventBody]) -> Outgoing:
        if len(events) > 1:
            batch = BatchMessage(
                box=self._settings.box, line=line, epoch=epoch, events=tuple(events)
            )
            return Outgoing(self._topics.batch(line), encode_message(batch))
        event = events[0]
        key = decode_message(bytes(event.report), ReportKey, MAX_MESSAGE_BYTES)
        message = EventMessage(
            box=self._settings.box,
            line=line,
            epoch=epoch,
            seq=event.seq,
            utc=event.utc,
            utc_quality=event.utc_quality,
            table_revision=event.table_revision,
            plan_revision=event.plan_revision,
            report=event.report,
        )
        return Outgoing(self._topics.event(line, key.kind), encode_message(message))

    def _acknowledged(self, message: MessageArrived, now_ns: int) -> None:
        """Raises MessageError for everything but an acknowledgement that can be true."""
        if message.topic != self._topics.ack:
            raise MessageError("wrong_topic", f"expected {self._topics.ack}")
        if message.retained:
            raise MessageError("retained", "an acknowledgement is of its moment only")
        ack = decode_message(message.payload, AckMessage, MAX_ACK_BYTES)
        feed = self._feeds.get(ack.line)
        if feed is None:
            raise MessageError("unknown_line", ack.line)
        outbox = feed.outbox
        if outbox is None or ack.epoch != outbox.epoch:
            raise MessageError("other_epoch", f"{ack.epoch} of line {ack.line}")
        if ack.resume:
            self._resume(feed, ack.seq)
        elif ack.seq > outbox.highest_sent:
            raise MessageError("never_sent", f"{ack.seq}, sent up to {outbox.highest_sent}")
        elif ack.seq <= outbox.acked:
            return
        else:
            outbox.acknowledge(ack.seq)
        self._paces[ack.line].heard(now_ns)

    def _resume(self, feed: LineFeed, seq: int) -> None:
        """Go on behind what the hub says it has, be it more or less than it acknowledged."""
        assert feed.outbox is not None
        if not feed.could_have_delivered(seq):
            raise MessageError("never_sent", f"{seq} of line {feed.line}")
        if seq < feed.outbox.acked:
            _log.warning(
                "line %s: the hub has reports up to %d and had acknowledged %d; sending again",
                feed.line,
                seq,
                feed.outbox.acked,
            )
            feed.restart_behind(seq)
            return
        feed.outbox.acknowledge(seq)
        feed.outbox.rewind()

    def _about(self) -> Outgoing:
        about = AboutMessage(
            box=self._settings.box,
            software=self._settings.software,
            reads=(1,),
            lines=tuple(self._feeds),
        )
        return Outgoing(self._topics.about, encode_message(about), retain=True)


def connection_message(
    settings: GatewaySettings,
    state: Literal["ONLINE", "OFFLINE", "CONNECTIONBROKEN"],
    held: Iterable[HeldReports] = (),
) -> Outgoing:
    """What the box, or the broker in its stead, says of its connection; retained."""
    message = ConnectionMessage(box=settings.box, state=state, lines=tuple(held))
    topic = BoxTopics(settings.site, settings.box).connection
    return Outgoing(topic, encode_message(message), retain=True)
