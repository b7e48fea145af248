"""The broker link over a real Mosquitto: up, down, up again, and nothing kept in between."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from sorter.adapters.mqtt import MqttLink
from sorter.protocol.broker_link import (
    AnyHappening,
    BrokerAddress,
    LinkDown,
    LinkUp,
    MessageArrived,
    Outgoing,
)
from tests.support.broker import PrivateBroker, broker, free_port
from tests.support.waiting import until

__all__ = ["broker"]

pytestmark = [pytest.mark.e2e, pytest.mark.mosquitto]

Version = Literal["5", "3.1.1"]


class Client:
    """A link with everything that happened to it."""

    def __init__(self, port: int, *topics: str, version: Version = "5", **options: object) -> None:
        self.link = MqttLink(
            BrokerAddress("127.0.0.1", port, version),
            f"test-{id(self)}",
            topics,
            **options,  # type: ignore[arg-type]  # the test names them rightly
        )
        self.happened: list[AnyHappening] = []
        self.link.start()

    def saw(self, kind: type[AnyHappening]) -> int:
        """How often such a thing has happened by now."""
        while (happening := self.link.next(0)) is not None:
            self.happened.append(happening)
        return sum(isinstance(happening, kind) for happening in self.happened)

    def wait_up(self, times: int = 1) -> None:
        until(lambda: self.saw(LinkUp) == times, "connected")

    def payloads(self) -> list[bytes]:
        self.saw(MessageArrived)
        return [m.payload for m in self.happened if isinstance(m, MessageArrived)]


@contextmanager
def client(port: int, *topics: str, version: Version = "5", **options: object) -> Iterator[Client]:
    made = Client(port, *topics, version=version, **options)
    try:
        yield made
    finally:
        made.link.stop(None, 0.5)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_messages_pass_in_order_and_a_retained_one_waits(
    broker: PrivateBroker, version: Version
) -> None:
    with client(broker.port, "a/kept", version=version) as sender:
        sender.wait_up()
        assert sender.link.publish(Outgoing("a/kept", b"kept", retain=True))
        until(lambda: sender.payloads() == [b"kept"], "the broker has it")
        with client(broker.port, "a/#", version=version) as receiver:
            receiver.wait_up()
            assert isinstance(receiver.happened[0], LinkUp)
            for number in range(50):
                assert sender.link.publish(Outgoing("a/b", b"%d" % number))
            until(lambda: len(receiver.payloads()) == 51, "all arrived")
            kept = receiver.happened[1]
            assert isinstance(kept, MessageArrived)
            assert (kept.payload, kept.retained) == (b"kept", True)
            assert receiver.payloads()[1:] == [b"%d" % number for number in range(50)]


def test_nothing_is_taken_while_offline_and_nothing_old_is_sent_later(
    tmp_path: Path, broker: PrivateBroker
) -> None:
    unborn = MqttLink(BrokerAddress("127.0.0.1", broker.port), "unborn")
    assert not unborn.publish(Outgoing("a", b"before it was started"))
    with client(broker.port, "a") as both:
        both.wait_up()
        broker.kill()
        until(lambda: both.saw(LinkDown), "the loss is told")
        assert not both.link.publish(Outgoing("a", b"while it is away"))
        broker.start()
        both.wait_up(2)
        assert both.link.publish(Outgoing("a", b"now"))
        until(lambda: both.payloads() == [b"now"], "only the new one arrived")


def test_the_window_is_bounded_by_what_was_not_accepted(broker: PrivateBroker) -> None:
    with client(broker.port, window=5) as sender:
        sender.wait_up()
        taken = [sender.link.publish(Outgoing("a", bytes(60_000))) for _ in range(200)]
        assert not all(taken)
        until(lambda: sender.link.publish(Outgoing("a", b"")), "the window opens again")


def test_unacknowledged_messages_hold_the_broker_back(broker: PrivateBroker) -> None:
    with client(broker.port) as sender, client(broker.port, "a") as receiver:
        sender.wait_up()
        receiver.wait_up()
        for number in range(600):
            message = Outgoing("a", b"%d" % number)
            until(lambda m=message: sender.link.publish(m), "taken")  # type: ignore[misc]  # bound early
        until(lambda: len(receiver.payloads()) == 500, "as many as we said we take")
        for happening in receiver.happened:
            if isinstance(happening, MessageArrived):
                receiver.link.accept(happening)
        until(lambda: len(receiver.payloads()) == 600, "the rest follows")


def test_the_will_is_said_for_the_dead_and_not_for_those_who_left(broker: PrivateBroker) -> None:
    will = Outgoing("state", b"BROKEN", retain=True)
    with client(broker.port, "state") as watcher:
        watcher.wait_up()
        left = Client(broker.port, will=will)
        left.wait_up()
        left.link.stop(Outgoing("state", b"OFFLINE"), 2)
        until(lambda: watcher.payloads() == [b"OFFLINE"], "the farewell arrived")


def test_a_broker_that_accepts_and_never_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sorter.adapters.mqtt.CONNECT_TIMEOUT_S", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        client(deaf.getsockname()[1]) as hopeful,
    ):
        until(lambda: hopeful.saw(LinkDown), "the silence is told")
        [down] = [h for h in hopeful.happened if isinstance(h, LinkDown)]
        assert "did not answer" in down.why


def test_an_absent_broker_is_told_once_and_found_when_it_comes(tmp_path: Path) -> None:
    late = PrivateBroker(tmp_path)
    with client(late.port) as hopeful:
        until(lambda: hopeful.saw(LinkDown), "the absence is told")
        with late:
            hopeful.wait_up()
        assert hopeful.saw(LinkDown) >= 1


def test_a_link_ends_at_once_when_asked_while_it_tries(tmp_path: Path) -> None:
    hopeful = Client(free_port())
    hopeful.link.stop(Outgoing("a", b"farewell"), 5)
    assert not [thread for thread in threading.enumerate() if thread.name == "mqtt"]


def test_a_signal_never_makes_waiting_endless() -> None:
    """SIGTERM comes while the gateway waits for the broker, and it may come just in time."""
    link = MqttLink(BrokerAddress("127.0.0.1", 1), "patient")
    came = 0

    def count(*_: object) -> None:
        nonlocal came
        came += 1

    before = signal.signal(signal.SIGVTALRM, count)
    own = threading.get_ident()
    ended = threading.Event()

    def interrupt() -> None:
        while not ended.wait(0.001):
            signal.pthread_kill(own, signal.SIGVTALRM)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    try:
        while came < 1500:
            assert link.next(0.001) is None
    finally:
        ended.set()
        interrupting.join()
        signal.signal(signal.SIGVTALRM, before)
