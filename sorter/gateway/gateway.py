"""The gateway's loop: one thread that reads journals, talks to the hub and ends by draining.

A line whose journal can't be followed is left out with an error, and the others go on. A disk that
refuses to sync ends the process: what the kernel still holds may never reach the disk, and only a
new start reads what is really there.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import assert_never

from sorter.disk.journal import JournalError
from sorter.gateway.line_feed import LineFeed
from sorter.gateway.ports import BrokerLink, Clock
from sorter.gateway.settings import GatewaySettings
from sorter.gateway.uplink import Uplink, connection_message
from sorter.protocol.broker_link import LinkDown, LinkUp, MessageArrived

_log = logging.getLogger(__name__)
_FAREWELL_S = 1.0
_HAPPENINGS_A_TURN = 100
"""A flood of messages can't keep the gateway from its journals."""


class Gateway:
    """One box's gateway over its ports."""

    def __init__(self, settings: GatewaySettings, link: BrokerLink, clock: Clock) -> None:
        self._settings = settings
        self._link = link
        self._clock = clock
        self._feeds = [LineFeed(files, settings) for files in settings.lines]
        self._uplink = Uplink(settings, self._feeds, link)
        self._broken: set[str] = set()
        self._online = False

    @property
    def refused(self) -> Counter[str]:
        """Messages from the broker that were not accepted, by reason."""
        return self._uplink.refused

    def run(self, stop: Callable[[], bool], on_ready: Callable[[], None]) -> dict[str, int]:
        """Work until `stop` says so, then drain; returns the unacknowledged reports by line.

        `on_ready` is called once the journals are followed, whether or not the broker is there.
        Raises OSError when the disk refuses to sync.
        """
        self._follow()
        self._link.start()
        on_ready()
        while not stop():
            self._turn()
        left = self._drain()
        self._link.stop(connection_message(self._settings, "OFFLINE"), _FAREWELL_S)
        for feed in self._feeds:
            feed.close()
        return left

    def _turn(self) -> None:
        """Wait a moment for the broker, then take in everything that came, and go on."""
        timeout_s = self._settings.poll_s
        for _ in range(_HAPPENINGS_A_TURN):
            happening = self._link.next(timeout_s)
            if happening is None:
                break
            timeout_s = 0.0
            now_ns = self._clock.monotonic_ns()
            match happening:
                case LinkUp():
                    _log.info("connected to the broker")
                    self._online = True
                    self._uplink.connected(now_ns)
                case LinkDown(why):
                    _log.warning("the broker is out of reach: %s", why)
                    self._online = False
                    self._uplink.disconnected()
                case MessageArrived():
                    self._uplink.arrived(happening, now_ns)
                case _:
                    assert_never(happening)
        self._follow()
        if self._online:
            self._uplink.pump(self._clock.monotonic_ns())

    def _follow(self) -> None:
        now_ns = self._clock.monotonic_ns()
        for feed in self._feeds:
            if feed.line in self._broken:
                continue
            try:
                feed.poll(now_ns)
            except JournalError as error:
                self._broken.add(feed.line)
                _log.error("line %s is not delivered any more: %s", feed.line, error)

    def _drain(self) -> dict[str, int]:
        """Deliver what the journals hold, for a bounded time."""
        deadline_ns = self._clock.monotonic_ns() + int(self._settings.drain_s * 1e9)
        while self._clock.monotonic_ns() < deadline_ns:
            self._turn()
            if all(feed.exhausted for feed in self._feeds):
                break
        return self._count_left()

    def _count_left(self) -> dict[str, int]:
        left: dict[str, int] = {}
        for feed in self._feeds:
            try:
                left[feed.line] = feed.count_unacknowledged()
            except JournalError as error:
                _log.error("line %s: what is left can't be counted: %s", feed.line, error)
        if any(left.values()):
            _log.warning("not acknowledged by the hub, kept in the journal: %s", left)
        return left
