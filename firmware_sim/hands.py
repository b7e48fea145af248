"""What people do to bodies on the belt: take one off, put one on, exchange two.

A hand reaches only a body that lies wholly outside the guards; the stretch from a diverter's
arming eye to the diverter is fenced in (ISO 13857), so there nothing is taken or laid down. A hand
that finds its place behind a fence walks along until it can reach. It lays nothing onto another
body: it waits for room, and what it can lay nowhere it puts aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.agenda import Moment
from firmware_sim.faults import RemoveParcel, StrayBody, SwapParcels
from firmware_sim.manifest import ParcelPlan
from firmware_sim.parcels import Fate, Parcel
from firmware_sim.plant import Plant

if TYPE_CHECKING:
    from firmware_sim.physics import Physics

STRAY = "stray"
"""The kind of what was put onto the belt by hand."""

RETRY_MS = 20.0
CLEARANCE_MM = 15.0
"""A hand leaves this much between two bodies."""


class Placing(NamedTuple):
    """Where a body was laid by an exchange, beside the one whose place it got.

    `eyes_passed`: how many eyes that place went by while it was empty.
    """

    parcel: Parcel
    instead_of: Parcel
    off_mm: float
    length_mm: float
    eyes_passed: int


class _Exchange(NamedTuple):
    """Two bodies in a hand, the places they had, and until when the hand holds them."""

    fault: SwapParcels
    first: Parcel
    second: Parcel
    origins_mm: tuple[float, float]
    lifted_at_mm: float


class Hands:
    """The people beside one belt. `exchanges`: what was laid by the last ones; empty it."""

    def __init__(self, physics: Physics, plant: Plant, seed: int) -> None:
        self._physics = physics
        self._seed = seed
        self._guards = [(guard.from_mm, guard.to_mm) for guard in plant.guards]
        self._begin_mm, self._end_mm = plant.induct_eye_mm, plant.way_mm
        self.exchanges: list[tuple[Placing, ...]] = []

    def take_off(self, parcel: Parcel, travel_mm: float) -> bool:
        """Take it off the belt for good, if a hand reaches it; whether one did."""
        if not self._reaches(parcel, travel_mm):
            return False
        where_mm = parcel.head_mm(travel_mm)
        self._physics.pick_up(parcel, travel_mm)
        self._physics.let_go(parcel, Fate.REMOVED, f"taken off the belt at {where_mm:.0f} mm")
        return True

    def remove(self, parcel: Parcel, fault: RemoveParcel, travel_mm: float) -> None:
        """Take it off the belt, by mistake or for a reason of one's own."""
        if parcel.fate is not Fate.ON_BELT:
            return
        if self.take_off(parcel, travel_mm):
            self._physics.count_fault("remove", parcel)
        else:
            self._again(lambda _, mm: self.remove(parcel, fault, mm))

    def add(self, parcel: Parcel, fault: StrayBody, travel_mm: float) -> None:
        """Put something on, into the first gap behind the parcel that takes it."""
        if parcel.fate is not Fate.ON_BELT:
            return
        line = self._physics.bodies.in_line()
        needs_mm = fault.length_mm + 2 * CLEARANCE_MM
        heads = [body.head_mm(travel_mm) for body in line]
        for n in range(line.index(parcel), len(line)):
            tail_mm = heads[n] - line[n].length_mm
            room_mm = tail_mm - (heads[n + 1] if n + 1 < len(line) else self._begin_mm)
            head_mm = tail_mm - (room_mm - fault.length_mm) / 2
            if room_mm >= needs_mm and self._is_free(head_mm, fault.length_mm):
                break
        else:
            self._again(lambda _, mm: self.add(parcel, fault, mm))
            return
        plan = ParcelPlan(
            id=f"{fault.parcel}+",
            length_mm=fault.length_mm,
            codes=fault.codes,
            destination=fault.destination,
            kind=STRAY,
            divertable=False,
            gap_mm=0.0,
        )
        stray = Parcel(plan, self._seed)
        stray.why = "put onto the belt by hand"
        self._physics.count_fault("stray", stray)
        self._physics.put_down(stray, head_mm, travel_mm)

    def swap(self, parcel: Parcel, fault: SwapParcels, travel_mm: float) -> None:
        """Lift it and the one behind it."""
        if parcel.fate is not Fate.ON_BELT:
            return
        line = self._physics.bodies.in_line()
        place = line.index(parcel) + 1
        other = line[place] if place < len(line) else None
        if other is None or not all(self._reaches(body, travel_mm) for body in (parcel, other)):
            self._again(lambda _, mm: self.swap(parcel, fault, mm))
            return
        exchange = _Exchange(fault, parcel, other, (parcel.origin_mm, other.origin_mm), travel_mm)
        self._physics.count_fault("swap", parcel, other)
        for body in (parcel, other):
            body.why = "lifted to be exchanged with its neighbour"
            self._physics.pick_up(body, travel_mm)
        until_ms = self._physics.agenda.now_ms + fault.takes_ms
        self._physics.agenda.later(until_ms, lambda _, mm: self._lay_down(exchange, mm))

    def _lay_down(self, exchange: _Exchange, travel_mm: float) -> None:
        """Lay each into the place of the other, with the hand's error, as far as there is room."""
        first, second = exchange.first, exchange.second
        error_mm, other_error_mm = exchange.fault.errors_mm
        first_place_mm, second_place_mm = (travel_mm - origin for origin in exchange.origins_mm)
        if second_place_mm - first.length_mm > self._end_mm:
            for body in (first, second):
                self._physics.let_go(body, Fate.REMOVED, "lifted and put aside")
            return
        front_mm, back_mm = self._gap_around(first_place_mm, travel_mm)
        second_mm = min(first_place_mm + other_error_mm, front_mm - CLEARANCE_MM)
        highest_mm = second_mm - second.length_mm - CLEARANCE_MM
        lowest_mm = back_mm + CLEARANCE_MM + first.length_mm
        first_mm = min(max(second_place_mm + error_mm, lowest_mm), highest_mm)
        fits = first_mm >= lowest_mm
        if not (
            fits
            and self._is_free(second_mm, second.length_mm)
            and self._is_free(first_mm, first.length_mm)
        ):
            self._again(lambda _, mm: self._lay_down(exchange, mm))
            return
        passed = self._eyes_between(exchange.lifted_at_mm, travel_mm, exchange.origins_mm)
        self.exchanges.append(
            (
                Placing(first, second, first_mm - second_place_mm, first.length_mm, passed[1]),
                Placing(second, first, second_mm - first_place_mm, second.length_mm, passed[0]),
            )
        )
        self._physics.put_down(second, second_mm, travel_mm)
        self._physics.put_down(first, first_mm, travel_mm)

    def _gap_around(self, place_mm: float, travel_mm: float) -> tuple[float, float]:
        """Tail of the body ahead of a place on the belt, and head of the one behind it."""
        front_mm, back_mm = float("inf"), float("-inf")
        for body in self._physics.bodies.in_line():
            head_mm = body.head_mm(travel_mm)
            if head_mm > place_mm:
                front_mm = min(front_mm, head_mm - body.length_mm)
            else:
                back_mm = max(back_mm, head_mm)
        return front_mm, back_mm

    def _eyes_between(
        self, from_mm: float, to_mm: float, origins_mm: tuple[float, float]
    ) -> tuple[int, int]:
        first, second = (
            sum(
                from_mm - origin < eye.at_mm <= to_mm - origin
                for eye in self._physics.sensors.over_belt
            )
            for origin in origins_mm
        )
        return first, second

    def _reaches(self, body: Parcel, travel_mm: float) -> bool:
        return self._is_free(body.head_mm(travel_mm), body.length_mm)

    def _is_free(self, head_mm: float, length_mm: float) -> bool:
        tail_mm = head_mm - length_mm
        return (
            self._begin_mm + CLEARANCE_MM < tail_mm
            and head_mm < self._end_mm
            and not any(tail_mm < to_mm and from_mm < head_mm for from_mm, to_mm in self._guards)
        )

    def _again(self, happen: Moment) -> None:
        self._physics.agenda.later(self._physics.agenda.now_ms + RETRY_MS, happen)
