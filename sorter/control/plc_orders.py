"""Arms and cancels on their way to the PLC: joined in one write, due ones left out, none twice.

Of every arm that is written or not, the outcome is told: sent, not sent for certain, or unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sorter.control.ports import Clock, RegisterLink
from sorter.engine.commands import ArmDivert, CancelDivert
from sorter.engine.events import AnyEvent, ArmSent, ArmUnknown, ArmUnsent
from sorter.protocol import plc
from sorter.protocol.links import LinkDownError, LinkRefusedError, LinkSilentError


class PlcOrders:
    """The orders that wait for one PLC. `diverters` gives the PLC's number for a name."""

    def __init__(
        self,
        diverters: Mapping[str, int],
        link: RegisterLink,
        clock: Clock,
        tell: Callable[[AnyEvent], None],
        count_at: Callable[[int], int],
    ) -> None:
        self._diverters = diverters
        self._link = link
        self._clock = clock
        self._tell = tell
        self._count_at = count_at
        self._waiting: list[ArmDivert | CancelDivert] = []

    def __bool__(self) -> bool:
        """Whether any order waits."""
        return bool(self._waiting)

    def add(self, order: ArmDivert | CancelDivert) -> None:
        """Let an order wait for the next write."""
        self._waiting.append(order)

    async def send(self, session: int) -> None:
        """Write all that waits. Raises the errors of sorter.protocol.links."""
        while self._waiting:
            batch, self._waiting = self._waiting[: plc.SLOTS], self._waiting[plc.SLOTS :]
            slots, arms = self._slots(batch, session)
            if slots:
                await self._write(slots, arms)

    def drop(self, why: str) -> None:
        """Give up what waits: the session in which it was meant is over."""
        dropped, self._waiting = self._waiting, []
        self._tell_unsent([order for order in dropped if isinstance(order, ArmDivert)], why)

    def _slots(
        self, batch: list[ArmDivert | CancelDivert], session: int
    ) -> tuple[list[int], list[ArmDivert]]:
        slots: list[int] = []
        arms: list[ArmDivert] = []
        for order in batch:
            if isinstance(order, CancelDivert):
                slots += plc.encode_cancel(session=session, sequence=order.sequence)
            elif order.target_count <= self._count_at(self._clock.monotonic_ns()):
                self._tell_unsent([order], "too_late")
            else:
                arms.append(order)
                slots += plc.encode_arm(
                    session=session,
                    sequence=order.sequence,
                    diverter=self._diverters[order.diverter],
                    side=order.side,
                    target_count=order.target_count,
                    pulse_ms=order.pulse_ms,
                )
        return slots, arms

    async def _write(self, slots: list[int], arms: list[ArmDivert]) -> None:
        sent_ns = self._clock.monotonic_ns()
        try:
            await self._link.write(plc.SLOTS_ADDRESS, slots)
        except (LinkDownError, LinkRefusedError) as error:
            self._tell_unsent(arms, str(error))
            raise
        except LinkSilentError:
            for arm in arms:
                self._tell(ArmUnknown(**self._now(), sequence=arm.sequence))
            raise
        for arm in arms:
            self._tell(ArmSent(**self._now(), sequence=arm.sequence, sent_ns=sent_ns))

    def _tell_unsent(self, arms: list[ArmDivert], why: str) -> None:
        for arm in arms:
            self._tell(ArmUnsent(**self._now(), sequence=arm.sequence, why=why))

    def _now(self) -> dict[str, int]:
        now_ns = self._clock.monotonic_ns()
        return {"time_ns": now_ns, "count": self._count_at(now_ns)}
