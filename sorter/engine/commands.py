"""What the engine asks of the world. Commands are orders, named in the imperative."""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command"):
    """An order of the engine."""


class LookUpRoute(Command, frozen=True, kw_only=True, tag="look_up_route"):
    """Ask the routing table for the destination of one parcel's codes; answered by RouteFound."""

    parcel: int
    codes: tuple[str, ...]


class ArmDivert(Command, frozen=True, kw_only=True, tag="arm_divert"):
    """Have the PLC fire a diverter when its encoder reaches `target_count` (unwrapped pulses).

    `sequence` is unique within the journal's epoch. `side` is `left` or `right`.
    """

    sequence: int
    parcel: int
    diverter: str
    side: str
    target_count: int
    pulse_ms: int


class CancelDivert(Command, frozen=True, kw_only=True, tag="cancel_divert"):
    """Take an arm back."""

    sequence: int


class HoldInfeed(Command, frozen=True, kw_only=True, tag="hold_infeed"):
    """Let no further parcel onto the belt."""


class ReleaseInfeed(Command, frozen=True, kw_only=True, tag="release_infeed"):
    """Let parcels onto the belt again."""


AnyCommand = LookUpRoute | ArmDivert | CancelDivert | HoldInfeed | ReleaseInfeed
