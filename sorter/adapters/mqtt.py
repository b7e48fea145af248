"""The connection to an MQTT broker, over paho. The only file that imports it.

Rules. A lost connection is replaced by a wholly new client with a clean session: paho keeps and
repeats messages over reconnects in its own order, and the journals are the only queue we trust.
Nothing is handed to paho while offline, for the same reason. paho's callbacks run in its thread and
only hand over; the process that owns the link takes what happened with `next`, in one thread.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import random
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sorter.protocol.broker_link import (
    AnyHappening,
    BrokerAddress,
    LinkDown,
    LinkUp,
    MessageArrived,
    Outgoing,
)

_log = logging.getLogger(__name__)

KEEPALIVE_S = 10
"""A broker that vanished without a word is given up after one and a half of these."""

CONNECT_TIMEOUT_S = 4.0
FIRST_RETRY_S = 0.1
LONGEST_RETRY_S = 3.0
"""Quick at first, for a broker that restarts; never slower, for a site that waits for its hub."""

RECEIVE_MAXIMUM = 500
"""Unacknowledged messages that the broker may send us: what a collector takes into one commit."""

_GOODBYE_S = 1.0
MAX_PACKET_BYTES = 128 << 10
MAX_QUEUED_MESSAGES = 5000
"""Arrived and not yet taken; beyond it messages are dropped, and their sender sends again."""


class MqttLink:
    """One client of one broker, kept connected from `start` to `stop`.

    `window` is how many of our messages may be on the way to the broker; `dropped` counts arrived
    messages that nobody took in time.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        client_id: str,
        subscriptions: Sequence[str] = (),
        will: Outgoing | None = None,
        window: int = 100,
    ) -> None:
        """Set up a link that is offline until `start`; all subscriptions are made at QoS 1."""
        self.dropped = 0
        self.broker = broker
        self.client_id = client_id
        self.subscriptions = tuple(subscriptions)
        self.will = will
        self.window = window
        # No SimpleQueue: its `get` waits for ever when a signal comes just as its time runs out
        # (CPython 3.11.2: the time left is then below 0, which the lock takes for no limit).
        self._happenings: queue.Queue[AnyHappening] = queue.Queue()
        self._queued = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._connection: _Connection | None = None
        self._thread = threading.Thread(target=self._keep_connected, name="mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect, and go on trying until `stop`."""
        self._thread.start()

    def next(self, timeout_s: float) -> AnyHappening | None:
        """What happened next; None when nothing did within `timeout_s`."""
        try:
            happening = self._happenings.get(block=timeout_s > 0, timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(happening, MessageArrived):
            with self._lock:
                self._queued -= 1
        return happening

    def publish(self, message: Outgoing) -> bool:
        """Send a message; False, and nothing is kept, while offline or with a full window."""
        connection = self._connection
        return connection is not None and connection.publish(message)

    def accept(self, message: MessageArrived) -> None:
        """Acknowledge an arrived message to the broker, if it still waits for that."""
        match message.token:
            case (_Connection() as connection, int(mid)):
                connection.acknowledge(mid)

    def stop(self, farewell: Outgoing | None, timeout_s: float) -> None:
        """Publish `farewell`, wait at most `timeout_s` for what is on the way, and disconnect."""
        connection = self._connection
        if connection is not None and connection.up:
            deadline_s = time.monotonic() + timeout_s
            while farewell is not None and not connection.publish(farewell):
                if time.monotonic() > deadline_s or connection.ended.wait(0.01):
                    break
            connection.all_sent.wait(max(0.0, deadline_s - time.monotonic()))
        self._stopping.set()
        if connection is not None:
            connection.leave()
        if self._thread.is_alive():
            self._thread.join(CONNECT_TIMEOUT_S + 1)

    def hand_over(self, happening: AnyHappening) -> bool:
        """Queue what happened, for `next`; False when a message found no room."""
        if isinstance(happening, MessageArrived):
            with self._lock:
                if self._queued >= MAX_QUEUED_MESSAGES:
                    self.dropped += 1
                    return False
                self._queued += 1
        self._happenings.put(happening)
        return True

    def _keep_connected(self) -> None:
        pause_s = FIRST_RETRY_S
        told = ""
        while not self._stopping.is_set():
            connection = _Connection(self)
            self._connection = connection
            connection.live()
            self._connection = None
            if self._stopping.is_set():
                return
            if connection.up:
                pause_s = FIRST_RETRY_S
            if connection.up or connection.why != told:
                self.hand_over(LinkDown(connection.why))
                told = connection.why
            self._stopping.wait(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(pause_s * 2, LONGEST_RETRY_S)


class _Connection:
    """One paho client from its connect to its end; `why` says what ended it."""

    def __init__(self, link: MqttLink) -> None:
        self.why = "not connected"
        self.ended = threading.Event()
        self.all_sent = threading.Event()
        self.all_sent.set()
        self._link = link
        self._settled = threading.Event()
        self.up = False
        self._early: list[MessageArrived] = []
        self._on_the_way = 0
        self._window = link.window
        self._lock = threading.Lock()
        self._client = self._new_client()

    def live(self) -> None:
        """Connect and stay until the connection ends; `up` tells whether it ever was."""
        broker = self._link.broker
        address = f"{broker.host}:{broker.port}"
        options = _connect_options(broker)
        try:
            self._client.connect(broker.host, broker.port, KEEPALIVE_S, **options)
        except OSError as error:
            self.end(f"{address}: {error}")
            return
        self._client.loop_start()
        if not self._settled.wait(CONNECT_TIMEOUT_S):
            self.end(f"{address} did not answer in {CONNECT_TIMEOUT_S:g} s")
        self.ended.wait()
        self._client.disconnect()
        if isinstance(left_open := self._client.socket(), socket.socket):
            with contextlib.suppress(OSError):
                left_open.shutdown(socket.SHUT_RDWR)
        self._client.loop_stop()

    def publish(self, message: Outgoing) -> bool:
        with self._lock:
            if not self.up or self.ended.is_set() or self._on_the_way >= self._window:
                return False
            if message.qos:
                self._on_the_way += 1
                self.all_sent.clear()
        # Without our lock: paho holds its own when it calls back, and the callback takes ours.
        sent = self._client.publish(message.topic, message.payload, message.qos, message.retain)
        if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            return True
        self.end(f"publishing failed: {sent.rc.name}")
        return False

    def acknowledge(self, mid: int) -> None:
        if not self.ended.is_set():
            self._client.ack(mid, 1)

    def leave(self) -> None:
        """Say goodbye, or the broker speaks our will; then give the connection up."""
        if self.up:
            self._client.disconnect()
            self.ended.wait(_GOODBYE_S)
        self.end("stopped")

    def end(self, why: str) -> None:
        """Give the connection up; the first reason counts."""
        if not self.ended.is_set():
            self.why = why
            self.ended.set()
            self._settled.set()
            self.all_sent.set()

    def _new_client(self) -> Client:
        newest = self._link.broker.mqtt_version == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._link.client_id,
            clean_session=None if newest else True,
            protocol=MQTTProtocolVersion.MQTTv5 if newest else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(self._window)
        if (will := self._link.will) is not None:
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.on_socket_open = _prepare_socket
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    def _on_connect(
        self, client: Client, _: Any, _flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure:
            self.end(f"the broker refused the connection: {reason}")
            return
        # A broker ends connections that exceed what it said it takes.
        self._window = min(self._window, getattr(properties, "ReceiveMaximum", self._window))
        if self._link.subscriptions:
            client.subscribe([(topic, 1) for topic in self._link.subscriptions])
        else:
            self._now_up()

    def _on_subscribe(
        self, _client: Client, _: Any, _mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        for topic, reason in zip(self._link.subscriptions, reasons, strict=False):
            if reason.is_failure:
                self.end(f"the broker refused the subscription to {topic}: {reason}")
                return
        self._now_up()

    def _now_up(self) -> None:
        self.up = True
        self._link.hand_over(LinkUp())
        for message in self._early:
            self._link.hand_over(message)
        self._early.clear()
        self._settled.set()

    def _on_message(self, _client: Client, _: Any, message: MQTTMessage) -> None:
        token = (self, message.mid) if message.qos else None
        topic = message._topic.decode("utf-8", "replace")
        arrived = MessageArrived(topic, bytes(message.payload), bool(message.retain), token)
        if not self.up:
            self._early.append(arrived)
        elif not self._link.hand_over(arrived) and token is not None:
            self.acknowledge(message.mid)

    def _on_publish(
        self, _client: Client, _: Any, _mid: int, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            _log.warning("the broker refused a message: %s", reason)
        with self._lock:
            self._on_the_way = max(0, self._on_the_way - 1)
            if not self._on_the_way:
                self.all_sent.set()

    def _on_disconnect(
        self, _client: Client, _: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self.end(f"the connection ended: {reason}")


def _prepare_socket(_client: Client, _: Any, opened: Any) -> None:
    """Small messages leave at once, and a peer that is gone is noticed."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, KEEPALIVE_S * 1000)


def _connect_options(broker: BrokerAddress) -> dict[str, Any]:
    if broker.mqtt_version != "5":
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    properties.MaximumPacketSize = MAX_PACKET_BYTES
    return {"clean_start": True, "properties": properties}
