"""The demo's course: start everything, sort, hold one parcel for customs on the way, reconcile.

Twin, broker, hub, gateway and control are processes of their own, as on a real line. The customs
hold takes the way of every table: built, loaded and activated by the same commands a person types.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from sorter.app.broker import Broker, find_broker
from sorter.app.children import Child
from sorter.app.hub import stored_reports
from sorter.demo.deliveries import compare, journal_records
from sorter.demo.mix import CUSTOMS_HOLD, Mix
from sorter.demo.plant import LINE_NAME
from sorter.demo.reconcile import Reconciliation, Truth, reconcile
from sorter.demo.shift import Shift
from sorter.demo.twin import Twin
from sorter.demo.world import BOX, SITE, World
from sorter.disk.atomic import replace_atomically

READY_WITHIN_S = 30.0
LOOK_EVERY_S = 0.25
ACTIVATE_WITHIN_S = 30.0
BELT_EMPTY_WITHIN_S = 15.0
# Beyond this many times what the parcels need at their rate, something is stuck.
PATIENCE = 3.0
PATIENCE_S = 90.0
# The update is asked for when this share of the parcels has been fed.
UPDATE_AT = 1 / 3

log = logging.getLogger(__name__)


class DemoError(RuntimeError):
    """The demo could not be carried through."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What a demo is asked for. `control_argv` begins the command of the control process."""

    folder: Path
    pids: Path | None = None
    control_argv: tuple[str, ...] = (sys.executable, "-m", "sorter", "control")


@dataclass(slots=True)
class Progress:
    """What there is to show while it runs."""

    mix: Mix
    shift: Shift
    fed: int = 0
    ended: int = 0
    note: str = "starting"
    started_s: float = field(default_factory=time.monotonic)


class Demo:
    """One run of the demo."""

    def __init__(self, mix: Mix, options: DemoOptions) -> None:
        self._options = options
        self.world = World(options.folder, mix)
        self._pids: dict[str, int] = {}
        self._children: dict[str, Child] = {}
        self._interrupted = asyncio.Event()
        self.progress = Progress(mix, Shift(self.world.journal))

    async def run(self, show: Callable[[Progress], None]) -> Reconciliation:
        """Run it, calling `show` a few times a second.

        SIGINT, SIGTERM or SIGHUP end it early, with what there is to reconcile. Raises DemoError,
        ChildError.
        """
        self._begin_pids()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupted.set)
        self.world.load_first_table()
        async with self._processes() as (twin, broker):
            await self._start_box(broker)
            started_s = time.monotonic()
            self.progress.note = "sorting"
            twin.feed()
            await self._sort(twin, show)
            truth = msgspec.convert(await twin.ask("truth"), Truth)
            seconds = time.monotonic() - started_s
            await self._stop_box()
        return self._reconciled(truth, seconds)

    def _reconciled(self, truth: Truth, seconds: float) -> Reconciliation:
        shift = self.progress.shift
        shift.follow()
        shift.close()
        records, rows = journal_records(self.world.journal), stored_reports(self.world.hub_db)
        return reconcile(
            self.progress.mix,
            shift,
            truth,
            compare(records, rows, BOX, LINE_NAME),
            seconds=seconds,
            restarts={n: c.restarts for n, c in self._children.items() if c.restarts},
            interrupted=self._interrupted.is_set(),
        )

    @contextlib.asynccontextmanager
    async def _processes(self) -> AsyncIterator[tuple[Twin, Broker]]:
        """Twin and broker running; every process of the demo has ended afterwards."""
        world = self.world
        twin = Twin(
            world.plant, world.manifest, self.progress.mix.seed, world.log("twin"), self._note_pid
        )
        self._children["twin"] = twin.child
        try:
            ports = await twin.start()
            broker = find_broker(world.folder)
            await self._start("broker", broker.argv, speaks=broker.speaks)
            await self._accepted(broker)
            world.write_config(
                plc_port=ports["modbus_port"],
                scanner_port=ports["scanner_port"],
                broker_port=broker.port,
                mqtt_version=broker.mqtt_version,
            )
            yield twin, broker
        finally:
            for child in reversed(self._children.values()):
                await child.stop()

    @staticmethod
    async def _accepted(broker: Broker) -> None:
        try:
            await broker.accepting()
        except TimeoutError as error:
            raise DemoError(f"the broker does not answer on port {broker.port}") from error

    async def _start_box(self, broker: Broker) -> None:
        config = ("--config", str(self.world.config))
        sorter = (sys.executable, "-m", "sorter")
        hub = (
            *(*sorter, "hub", "serve", "--broker", f"127.0.0.1:{broker.port}", "--site", SITE),
            *("--db", str(self.world.hub_db), "--mqtt-version", broker.mqtt_version),
        )
        await self._start("hub", hub)
        await self._start("gateway", (*sorter, "gateway", *config))
        await self._start("control", (*self._options.control_argv, LINE_NAME, *config))

    async def _stop_box(self) -> None:
        """In the order that lets every report through: control's last words, then the gateway."""
        for name in ("control", "gateway", "hub"):
            await self._children[name].stop()

    async def _start(self, name: str, argv: tuple[str, ...], *, speaks: bool = True) -> None:
        child = Child(
            name,
            argv,
            log_file=self.world.log(name),
            speaks=speaks,
            on_pid=self._note_pid,
        )
        self._children[name] = child
        await child.start(READY_WITHIN_S)

    async def _sort(self, twin: Twin, show: Callable[[Progress], None]) -> None:
        """Until every parcel has ended and the controller knows it, or somebody interrupts."""
        progress = self.progress
        deadline_s = time.monotonic() + PATIENCE_S
        deadline_s += PATIENCE * len(progress.mix.parcels) * 3600 / progress.mix.per_hour
        update: asyncio.Task[None] | None = None
        try:
            while not (twin.done.is_set() or self._interrupted.is_set()):
                status = await twin.ask("status")
                progress.fed, progress.ended = status["fed"], status["ended"]
                progress.shift.follow()
                show(progress)
                if update is None and progress.fed >= UPDATE_AT * len(progress.mix.parcels):
                    update = asyncio.create_task(self._hold_for_customs(twin))
                if update is not None and update.done():
                    update.result()
                if time.monotonic() > deadline_s:
                    raise DemoError(f"stuck at {status}; see {self.world.folder}")
                await self._pause(twin.done)
        finally:
            if update is not None:
                update.cancel()
                await asyncio.gather(update, return_exceptions=True)
        await self._await_empty_belt(show)

    async def _await_empty_belt(self, show: Callable[[Progress], None]) -> None:
        """The twin's last parcel has ended; the controller needs a moment to close its account."""
        shift = self.progress.shift
        give_up_s = time.monotonic() + BELT_EMPTY_WITHIN_S
        while time.monotonic() < give_up_s and not self._interrupted.is_set():
            shift.follow()
            show(self.progress)
            if shift.inducted and shift.on_belt == 0:
                return
            await self._pause(self._interrupted)

    async def _pause(self, event: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), LOOK_EVERY_S)

    async def _hold_for_customs(self, twin: Twin) -> None:
        """Bring in the table that sends one parcel to customs, then let that parcel come."""
        world = self.world
        self.progress.note = f"customs want {self.progress.mix.customs.code}: building a new table"
        built = str(world.customs_table)
        await self._sorter("table", "build", str(world.customs_source), "-o", built)
        config = ("--config", str(world.config))
        loaded = await self._sorter("table", "load", built, *config, "--json")
        digest = json.loads(loaded)["digest"]
        give_up_s = time.monotonic() + ACTIVATE_WITHIN_S
        while True:
            try:
                await self._sorter("table", "activate", digest, "--line", LINE_NAME, *config)
                break
            except DemoError:
                # Control may have just been killed; it is on its way back.
                if time.monotonic() > give_up_s:
                    raise
                await asyncio.sleep(LOOK_EVERY_S)
        self.progress.note = f"{self.progress.mix.customs.code} is held for customs from now on"
        twin.release(CUSTOMS_HOLD)

    async def _sorter(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sorter", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            command = " ".join(("sorter", *arguments[:2]))
            raise DemoError(f"{command} ended with {process.returncode}: {errors.decode().strip()}")
        return output.decode()

    def _begin_pids(self) -> None:
        """Empty the file of process ids, so that nobody kills by the ids of an earlier run."""
        path = self._options.pids
        if path is not None and path.exists() and not path.is_file():
            raise DemoError(f"--pids {path}: expected a file or nothing there")
        try:
            self._write_pids()
        except OSError as error:
            raise DemoError(f"--pids {self._options.pids}: {error.strerror}") from error

    def _note_pid(self, name: str, pid: int) -> None:
        """Keep the file of process ids right, for whoever wants to kill one."""
        self._pids[name] = pid
        try:
            self._write_pids()
        except OSError as error:
            log.warning("%s runs as process %d, which --pids could not take: %s", name, pid, error)

    def _write_pids(self) -> None:
        path = self._options.pids
        if path is None:
            return
        content = json.dumps(self._pids) + "\n"
        replace_atomically(path, lambda file: file.write(content.encode("ascii")))
