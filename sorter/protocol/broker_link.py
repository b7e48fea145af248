"""What passes between a process and its MQTT broker, whatever library carries it."""

from __future__ import annotations

from typing import Literal

import msgspec


class BrokerAddress(msgspec.Struct, frozen=True):
    """Where the broker is and which MQTT it speaks."""

    host: str
    port: int
    mqtt_version: Literal["5", "3.1.1"] = "5"


class Outgoing(msgspec.Struct, frozen=True):
    """A message to publish."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class LinkUp(msgspec.Struct, frozen=True):
    """The broker accepted us and every subscription; nothing of an earlier connection counts."""


class LinkDown(msgspec.Struct, frozen=True):
    """The connection is gone; what was in flight may have arrived or not."""

    why: str


class MessageArrived(msgspec.Struct, frozen=True):
    """A message from the broker, not yet looked at. `token` is for acknowledging it."""

    topic: str
    payload: bytes
    retained: bool
    token: object = None


AnyHappening = LinkUp | LinkDown | MessageArrived
