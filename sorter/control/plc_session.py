"""Control's side of the PLC: one session with its heartbeat, reopened after every break.

Rules: one request at a time; orders go before polls; nothing is sent that is already due; a request
without an answer resets the connection before anything else is sent, and what it carried is of
unknown outcome and never sent again. Whatever made the PLC drop its arms ends the session, so that
arms are only ever sent into a session that was proven since.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable

from sorter.config import LineConfig
from sorter.control.field_mark import FieldMark
from sorter.control.field_reader import FieldReader
from sorter.control.plc_events import FieldMap
from sorter.control.plc_orders import PlcOrders
from sorter.control.ports import Clock, RegisterLink
from sorter.engine.commands import AnyCommand, ArmDivert, CancelDivert, HoldInfeed, ReleaseInfeed
from sorter.engine.events import AnyEvent, DeviceLost, DeviceReady
from sorter.protocol import plc
from sorter.protocol.links import LinkError

HEARTBEATS_PER_WATCHDOG = 5
RETRY_FIRST_S = 0.1
RETRY_MOST_S = 2.0


class PlcNotReadyError(LinkError):
    """The PLC answers, and may not or will not fire for us."""


class PlcSession:
    """Keeps the session with one PLC; `tell` is given every event the PLC causes.

    `count_at`, `moved_by` and `unwrap` are FieldReader's; `proven` is set once a session is open.
    """

    device = "plc"

    def __init__(
        self,
        line: LineConfig,
        link: RegisterLink,
        clock: Clock,
        tell: Callable[[AnyEvent], None],
        mark: FieldMark,
    ) -> None:
        self._config = line.plc
        self._map = FieldMap(line)
        self._link = link
        self._clock = clock
        self._tell = tell
        self._field = FieldReader(line, link, clock, tell, mark)
        self.count_at = self._field.count_at
        self.moved_by = self._field.moved_by
        self.unwrap = self._field.unwrap
        self._orders = PlcOrders(self._map.diverter_numbers, link, clock, tell, self.count_at)
        self._due = asyncio.Event()
        self._ending = asyncio.Event()
        self.proven = asyncio.Event()
        self._open = False
        self._lost_because = ""
        self._hold_infeed = True
        self._session = 0
        self._heartbeat = 0
        self._heartbeat_due_ns = 0

    @property
    def ready(self) -> bool:
        """Whether arms can be sent."""
        return self._open

    def submit(self, command: AnyCommand) -> None:
        """Take a command of the engine; it is on the wire before the next poll."""
        if isinstance(command, ArmDivert | CancelDivert):
            self._orders.add(command)
        elif isinstance(command, HoldInfeed | ReleaseInfeed):
            self._hold_infeed = isinstance(command, HoldInfeed)
            self._heartbeat_due_ns = 0
        self._due.set()

    async def run(self) -> None:
        """Hold the session until `end`, over any number of lost connections."""
        retry_s = RETRY_FIRST_S
        try:
            while not self._ending.is_set():
                try:
                    await self._open_session()
                    retry_s = RETRY_FIRST_S
                    await self._serve()
                except (LinkError, plc.PlcMapError) as error:
                    self._lose(str(error))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), retry_s)
                retry_s = min(retry_s * 2, RETRY_MOST_S)
        finally:
            self._open = False
            self._link.abort()

    def end(self) -> None:
        """Have `run` send what is waiting and return, between two requests.

        A request cut short would leave open whether it was obeyed.
        """
        self._ending.set()
        self._due.set()

    async def _open_session(self) -> None:
        await self._link.connect()
        sighting = await self._field.look()
        status = sighting.status
        self._refuse_unfit(status)
        self._field.begin(status)
        # What the eyes see while the belt coasts to its stop is read before the ring overwrites it.
        await self._field.take_in(sighting)
        self._refuse_unsafe(status)
        self._session = _new_session(status.session)
        # Only a heartbeat that differs from the last one counts, even if that one was not ours.
        self._heartbeat = status.heartbeat_echo
        await self._beat()
        sighting = await self._field.look()
        self._refuse_unproven(sighting.status)
        await self._field.take_in(sighting)
        self._field.tell_levels(sighting.status)
        self._open = True
        self._lost_because = ""
        self.proven.set()
        self._tell(
            DeviceReady(
                **self._now(),
                device=self.device,
                boot_counter=sighting.status.boot_counter,
                encoder_generation=sighting.status.encoder_generation,
            )
        )

    def _refuse_unfit(self, status: plc.PlcStatus) -> None:
        """Raise PlcNotReadyError unless this PLC can serve this line."""
        if status.diverter_count < self._map.highest_diverter:
            raise PlcNotReadyError(
                f"the PLC has {status.diverter_count} diverters, the config names number "
                f"{self._map.highest_diverter}"
            )
        if status.input_count <= self._map.highest_input:
            raise PlcNotReadyError(
                f"the PLC has {status.input_count} inputs, counted from 0, the config names input "
                f"{self._map.highest_input}"
            )

    def _refuse_unsafe(self, status: plc.PlcStatus) -> None:
        """Raise PlcNotReadyError while the PLC itself says that nothing may move."""
        if status.estop:
            raise PlcNotReadyError("emergency stop")
        if status.fault:
            raise PlcNotReadyError("the PLC reports a fault of its own")

    def _refuse_unproven(self, status: plc.PlcStatus) -> None:
        """Raise PlcNotReadyError unless session and watchdog are in force as written."""
        if status.session != self._session:
            raise PlcNotReadyError("the PLC did not open our session")
        if status.watchdog_ms != self._config.watchdog_ms:
            raise PlcNotReadyError(
                f"the PLC's watchdog is {status.watchdog_ms} ms, expected "
                f"{self._config.watchdog_ms} ms as configured"
            )
        if not status.host_alive:
            raise PlcNotReadyError("the PLC's watchdog did not start with our heartbeat")

    async def _serve(self) -> None:
        """Orders as they come, polls and heartbeats when due, until the end is asked for."""
        next_poll_ns = self._clock.monotonic_ns()
        while not self._ending.is_set():
            await self._wait_until(min(next_poll_ns, self._heartbeat_due_ns))
            await self._orders.send(self._session)
            now_ns = self._clock.monotonic_ns()
            if now_ns >= self._heartbeat_due_ns:
                await self._beat()
            if now_ns >= next_poll_ns:
                next_poll_ns = now_ns + self._config.poll_ms * 1_000_000
                await self._poll()
        await self._orders.send(self._session)
        await self._beat()

    async def _poll(self) -> None:
        """Raises PlcNotReadyError when arms that were sent are no longer waiting in the PLC."""
        sighting = await self._field.look()
        if not self._field.goes_on(sighting.status):
            raise PlcNotReadyError("the PLC was restarted")
        dropped = await self._field.take_in(sighting)
        # The PLC takes our heartbeat for a new session after it went safe, so its session alone
        # does not tell that the arms are gone.
        if dropped is not None:
            raise PlcNotReadyError(dropped)
        if sighting.status.session != self._session:
            raise PlcNotReadyError("the PLC dropped our session; is another controller connected?")

    async def _wait_until(self, time_ns: int) -> None:
        """Sleep until `time_ns`, a command or the end, whichever comes first."""
        self._due.clear()
        left_ns = time_ns - self._clock.monotonic_ns()
        if self._orders or self._ending.is_set() or left_ns <= 0:
            return
        timer = asyncio.get_running_loop().call_later(left_ns / 1e9, self._due.set)
        try:
            await self._due.wait()
        finally:
            timer.cancel()

    async def _beat(self) -> None:
        self._heartbeat += 1
        watchdog_ns = self._config.watchdog_ms * 1_000_000
        self._heartbeat_due_ns = self._clock.monotonic_ns() + watchdog_ns // HEARTBEATS_PER_WATCHDOG
        await self._link.write(
            plc.COMMAND_ADDRESS,
            plc.encode_command(
                heartbeat=self._heartbeat,
                session=self._session,
                ready=True,
                hold_infeed=self._hold_infeed,
                watchdog_ms=self._config.watchdog_ms,
            ),
        )

    def _lose(self, why: str) -> None:
        self._open = False
        self._link.abort()
        # Nothing may come onto the belt before the next session is proven.
        self._hold_infeed = True
        if why != self._lost_because:
            self._lost_because = why
            ring = self._field.mark.ring
            self._tell(DeviceLost(**self._now(), ring=ring, device=self.device, why=why))
        self._orders.drop(why)

    def _now(self) -> dict[str, int]:
        now_ns = self._clock.monotonic_ns()
        return {"time_ns": now_ns, "count": self.count_at(now_ns)}


def _new_session(in_force: int) -> int:
    """A session number that is neither 0 nor the one in force."""
    return (in_force + secrets.randbelow(0xFFFE)) % 0xFFFF + 1
