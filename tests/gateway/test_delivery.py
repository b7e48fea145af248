"""A line reports on while gateway, hub and broker are killed; the hub ends with each report once.

Everything is real: processes, broker, journal, store. The truth is what was appended.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sorter.adapters.mqtt import MqttLink
from sorter.protocol.broker_link import BrokerAddress, LinkUp, Outgoing
from sorter.protocol.topics import BoxTopics
from tests.support.box import BOX, LINE, SITE, Box
from tests.support.broker import PrivateBroker, broker
from tests.support.waiting import until

__all__ = ["broker"]

pytestmark = [pytest.mark.e2e, pytest.mark.mosquitto]


@pytest.fixture
def box(tmp_path: Path, broker: PrivateBroker) -> Iterator[Box]:
    """A box with its hub at a running broker; nothing of it is started."""
    box = Box(tmp_path, broker.port)
    yield box
    box.close()


def strike(box: Box, victim: Callable[[], None]) -> bool:
    """Report a good many, kill when some of them arrived; whether it hit with work under way."""
    wanted = box.at_hub() + 200
    box.report(2000)
    until(lambda: box.at_hub() >= wanted, "some of them arrived")
    victim()
    hit = box.at_hub() < box.journal.next_seq - 1
    box.report(50)
    return hit


def test_reports_arrive_in_order_and_a_drained_gateway_leaves_none_behind(box: Box) -> None:
    hub, gateway = box.start_hub(), box.start_gateway()
    for _ in range(10):
        box.report(7)
    assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
    box.assert_each_once_in_order()
    hub.stop()


def test_a_gateway_killed_in_mid_stream_again_and_again_loses_and_repeats_nothing(box: Box) -> None:
    box.start_hub()
    gateway = box.start_gateway()
    hits = 0
    for _ in range(3):
        hits += strike(box, gateway.kill)
        gateway = box.start_gateway()
    assert hits
    assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
    box.assert_each_once_in_order()


def test_a_broker_killed_with_all_it_held_loses_nothing(box: Box, broker: PrivateBroker) -> None:
    box.start_hub()
    gateway = box.start_gateway()
    hits = 0
    for _ in range(3):
        hits += strike(box, broker.kill)
        broker.start()
    assert hits
    until(lambda: box.acknowledged() == box.journal.next_seq - 1, "everything is acknowledged")
    assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
    box.assert_each_once_in_order()


def test_a_hub_killed_between_commit_and_acknowledgement_gets_nothing_twice(box: Box) -> None:
    hub = box.start_hub()
    gateway = box.start_gateway()
    hits = 0
    for _ in range(3):
        hits += strike(box, hub.kill)
        hub = box.start_hub()
    assert hits
    until(lambda: box.acknowledged() == box.journal.next_seq - 1, "everything is acknowledged")
    assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
    box.assert_each_once_in_order()


def test_a_hub_restored_from_an_older_copy_gets_again_what_it_lost(box: Box) -> None:
    hub, gateway = box.start_hub(), box.start_gateway()
    box.report(300)
    until(lambda: box.acknowledged() == 300, "the first reports are acknowledged")
    hub.stop()
    copy = box.hub_db.with_suffix(".copy")
    shutil.copy(box.hub_db, copy)
    hub = box.start_hub()
    box.report(500)
    until(lambda: box.acknowledged() == 800, "the rest is acknowledged")
    hub.stop()
    shutil.copy(copy, box.hub_db)
    box.start_hub()
    until(lambda: box.acknowledged() == 800, "what was lost came again")
    assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
    box.assert_each_once_in_order()


def test_a_box_starts_before_broker_and_hub_and_delivers_when_they_come(tmp_path: Path) -> None:
    late = PrivateBroker(tmp_path)
    box = Box(tmp_path, late.port)
    try:
        gateway = box.start_gateway()
        box.report(3000)
        with late:
            box.start_hub()
            until(lambda: box.acknowledged() == 3000, "everything is acknowledged")
            assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
            box.assert_each_once_in_order()
    finally:
        box.close()


def test_an_older_mqtt_delivers_the_same(tmp_path: Path, broker: PrivateBroker) -> None:
    box = Box(tmp_path, broker.port, mqtt_version="3.1.1")
    try:
        box.start_hub()
        gateway = box.start_gateway()
        box.report(1000)
        assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
        box.assert_each_once_in_order()
    finally:
        box.close()


def send(stranger: MqttLink, message: Outgoing) -> None:
    until(lambda: stranger.publish(message), "the stranger's message is taken")


HOSTILE = [
    b"",
    b"\xff\xfe\x00",
    b"null",
    b"[" * 60_000,
    b'{"v":1,"line":"north","epoch":1,"seq":1}',
    b'{"v":1,"line":"north","epoch":1,"seq":-1}',
    b'{"v":1,"line":"north","epoch":1,"seq":9999999999999999999999}',
    b'{"v":2,"line":"north","epoch":1,"seq":1}',
    b"x" * 100_000,
]


def test_hostile_messages_are_counted_and_change_nothing(box: Box, broker: PrivateBroker) -> None:
    box.start_hub()
    gateway = box.start_gateway()
    box.report(10)
    stranger = MqttLink(BrokerAddress("127.0.0.1", broker.port), "stranger")
    stranger.start()
    until(lambda: isinstance(stranger.next(1), LinkUp), "the stranger is connected")
    topics = BoxTopics(SITE, BOX)
    own_epoch = b'{"v":1,"line":"north","epoch":%d,"seq":%%d}' % box.journal.epoch
    for payload in [*HOSTILE, own_epoch % 10**9, own_epoch % 11]:
        for topic in (topics.ack, topics.batch(LINE), topics.event(LINE, "closed")):
            for qos in (0, 1):
                send(stranger, Outgoing(topic, payload, qos))
        send(stranger, Outgoing(topics.ack, payload, retain=True))
    box.report(10)
    until(lambda: box.acknowledged() == 20, "the line's own reports are acknowledged")
    refusals = ("malformed: ", "too_large: ", "other_epoch: ", "never_sent: ")
    until(
        lambda: all(refusal in box.log.read_text() for refusal in refusals),
        "every lie is refused",
    )
    stranger.stop(None, 2)
    assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
    box.start_gateway()
    box.report(10)
    until(lambda: box.acknowledged() == 30, "reports go on with a retained lie on the topic")
    box.assert_each_once_in_order()
    until(lambda: "retained: " in box.log.read_text(), "a retained acknowledgement is refused")
