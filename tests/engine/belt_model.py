"""A line for the engine's tests: 1 pulse a mm, and a belt that moves parcels along on request.

The tests say what happens to parcels in mm; `Belt` turns it into the events the field would send.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sorter.engine.binding import parcels_under_beam
from sorter.engine.commands import ArmDivert, Command
from sorter.engine.engine import Engine
from sorter.engine.events import (
    AnyEvent,
    ArmAccepted,
    ArmCancelled,
    BeltMoved,
    DeviceReady,
    DivertExecuted,
    EyeBlocked,
    EyeCleared,
    PlanActivated,
    PlanEntry,
    RouteFound,
    TelegramReceived,
)
from sorter.engine.layout import ChutePlace, DiverterPlace, Layout, ScannerPlace, confirm_eye
from sorter.engine.line import Bind, Output
from sorter.engine.reports import ParcelClosed, ParcelDecided, Report
from sorter.engine.run_events import LineStarted

TUNNEL = 1500
SCANNER = 1700
END = 9000
SLIDE = 350
LENGTH = 300

T = TypeVar("T", bound=Report | Command)
R = TypeVar("R", ParcelDecided, ParcelClosed)

LAYOUT = Layout(
    line="L1",
    tunnel=TUNNEL,
    decide_by=4000,
    end=END,
    window=60,
    slide_window=150,
    length_tolerance=30,
    max_length=1200,
    min_ahead=150,
    margin=10,
    scanners={"top": ScannerPlace(at=SCANNER, min_delay=0, max_delay=200)},
    diverters={
        "D1": DiverterPlace(at=4500, lead=100, clear=160, pulse_ms=64),
        "D2": DiverterPlace(at=6000, lead=100, clear=160, pulse_ms=64),
        "D3": DiverterPlace(at=7500, lead=100, clear=160, pulse_ms=64),
    },
    chutes={
        "C1": ChutePlace("D1", "left", SLIDE),
        "C2": ChutePlace("D1", "right", SLIDE),
        "C3": ChutePlace("D2", "left", SLIDE),
        "OVF": ChutePlace("D3", "left", SLIDE, overflow=True),
    },
)

PLAN = {"LIEGE": PlanEntry(("C1", "C3")), "NAMUR": PlanEntry(("C2",))}
FALLBACK: dict[str, tuple[str, ...]] = {"overflow": ("OVF",)}


class Belt:
    """An engine with its line started, and the field around it."""

    def __init__(
        self, bind: Bind = parcels_under_beam, *, ready: bool = True, layout: Layout = LAYOUT
    ) -> None:
        self.engine = Engine(bind)
        self.count = 0
        self._stood_ns = 0
        self.said: list[Output] = []
        self.births: dict[int, int] = {}
        self.tell(LineStarted(time_ns=0, count=0, line="L1", layout=layout))
        self.tell_plan()
        if ready:
            self.tell_ready()

    def tell_plan(self) -> None:
        """The chute plan is put in force."""
        self.tell(
            PlanActivated(
                **self.now, revision=1, digest="d", destinations=PLAN, fallback=FALLBACK, by="test"
            )
        )

    def tell_ready(self) -> None:
        """The PLC takes arms."""
        self.tell(DeviceReady(**self.now, device="plc", boot_counter=1, encoder_generation=1))

    @property
    def now(self) -> dict[str, int]:
        """The moment of the next event."""
        return {"time_ns": self.count * 400_000 + self._stood_ns, "count": self.count}

    def stand(self, ms: int) -> None:
        """So long no pulse comes."""
        self._stood_ns += ms * 1_000_000

    def tell(self, event: AnyEvent) -> list[Output]:
        """One event; its commands and reports."""
        said = self.engine.tell(event)
        self.said += said
        return said

    def move_to(self, count: int) -> list[Output]:
        """Let the belt run until the encoder stands at `count`."""
        self.count = count
        return self.tell(BeltMoved(**self.now))

    def eye(self, eye: str, at_count: int, *, length: int | None = None) -> list[Output]:
        """A head comes to `eye` at `at_count`; with a length, its tail leaves again."""
        self.count = max(self.count, at_count)
        said = self.tell(EyeBlocked(**self.now, eye=eye, at_count=at_count))
        if length is not None:
            self.count = max(self.count, at_count + length)
            said += self.tell(EyeCleared(**self.now, eye=eye, at_count=at_count + length))
        return said

    def eye_clears(self, eye: str, at_count: int) -> list[Output]:
        """A tail leaves `eye`."""
        self.count = max(self.count, at_count)
        return self.tell(EyeCleared(**self.now, eye=eye, at_count=at_count))

    def induct(self, at_count: int, length: int = LENGTH) -> int:
        """A parcel comes in; gives its number."""
        self.eye("induct", at_count, length=length)
        number = len(self.births) + 1
        self.births[number] = at_count
        return number

    def pass_tunnel(self, parcel: int, length: int = LENGTH, shift: int = 0) -> list[Output]:
        """The parcel is seen at the tunnel eye, `shift` pulses late."""
        return self.eye("tunnel", self.births[parcel] + TUNNEL + shift, length=length)

    def scan(self, parcel: int, *codes: str, late: int = 40) -> list[Output]:
        """The scanner reads the parcel's middle and stamps it; the telegram comes `late` after."""
        return self.stamp(self.births[parcel] + SCANNER + LENGTH // 2, *codes, late=late)

    def stamp(self, stamped: int, *codes: str, late: int = 40) -> list[Output]:
        """A telegram of a reading at the count `stamped`, which comes `late` after it."""
        self.count = max(self.count, stamped + late)
        return self.tell(
            TelegramReceived(**self.now, scanner="top", codes=codes, sent_count=stamped)
        )

    def route(
        self,
        parcel: int,
        destination: str | None,
        rule: str = "exact",
        why: str | None = None,
        pieces: tuple[str, ...] = (),
    ) -> list[Output]:
        """The routing table answers."""
        return self.tell(
            RouteFound(
                **self.now,
                why=why,
                parcel=parcel,
                rule=rule,
                destination=destination,
                key=None,
                pieces=pieces,
                table_revision=7,
            )
        )

    def decided(self, parcel: int, destination: str = "LIEGE") -> ArmDivert:
        """Take a parcel from the tunnel through scan and route; gives its arm."""
        self.pass_tunnel(parcel)
        self.scan(parcel, f"CODE{parcel}")
        (arm,) = of(self.route(parcel, destination), ArmDivert)
        return arm

    def fire(self, arm: ArmDivert) -> None:
        """The PLC takes the arm and fires it at its target."""
        self.tell(ArmAccepted(**self.now, sequence=arm.sequence))
        self.count = max(self.count, arm.target_count)
        self.tell(DivertExecuted(**self.now, sequence=arm.sequence, at_count=arm.target_count))

    def confirm(self, parcel: int, chute: str) -> list[Output]:
        """The parcel is seen in the mouth of `chute`."""
        place = LAYOUT.chutes[chute]
        reach = LAYOUT.diverters[place.diverter].at + place.slide
        return self.eye(confirm_eye(chute), self.births[parcel] + reach)

    def reach_end(self, parcel: int) -> list[Output]:
        """The parcel is seen at the end of the belt."""
        return self.eye("end", self.births[parcel] + END)

    def cancel(self, sequence: int, why: str = "by_host") -> list[Output]:
        """The PLC drops an arm."""
        return self.tell(ArmCancelled(**self.now, sequence=sequence, why=why))

    def said_of(self, parcel: int, kind: type[R]) -> list[R]:
        """The reports of one kind about one parcel."""
        return [report for report in of(self.said, kind) if report.parcel == parcel]

    def closed(self, parcel: int) -> ParcelClosed | None:
        """How the parcel ended, if it has."""
        ends = [r for r in of(self.said, ParcelClosed) if r.parcel == parcel]
        assert len(ends) <= 1, f"parcel {parcel} closed twice: {ends}"
        return ends[0] if ends else None

    def end_of(self, parcel: int) -> tuple[str, str]:
        """Outcome and reason of a parcel that must have ended."""
        end = self.closed(parcel)
        assert end is not None, f"parcel {parcel} is still on the belt"
        return end.outcome, end.reason


def of(said: Iterable[Any], kind: type[T]) -> list[T]:
    """The outputs of one kind."""
    return [output for output in said if isinstance(output, kind)]
