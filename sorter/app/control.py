"""The composition root of a control process: the only place that joins a line to its devices."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import signal
import sys
from collections.abc import Iterator
from typing import Any

from sorter.adapters import clock
from sorter.adapters.local_socket import LocalDoor
from sorter.adapters.modbus import ModbusLink
from sorter.adapters.scanner_tcp import ScannerDoor, ScannerTcp
from sorter.config import Config, LineConfig, ScannerConfig
from sorter.config.zones import zone_of
from sorter.control.layout import LayoutError
from sorter.control.line_control import LineControl
from sorter.control.local_commands import LocalCommands, plan_event
from sorter.control.ports import ScannerLink
from sorter.control.recovery import LastRun, last_run
from sorter.disk.journal import JournalError, JournalReader, JournalRecord, JournalWriter
from sorter.engine.binding import parcels_under_beam
from sorter.engine.line import Bind
from sorter.protocol.local import MAX_LINE_BYTES
from sorter.protocol.scanner_ear import ScannerEar
from sorter.table import RoutingTable, SourceError, StoreError, TableFileError, TableStore

STOP_WITHIN_S = 3.0
CANCEL_AGAIN_S = 0.1

log = logging.getLogger(__name__)


class NoStartError(RuntimeError):
    """The line can't be taken under control: what it needs on this box is not to be had."""


def run_control(config: Config, line_name: str, *, bind: Bind = parcels_under_beam) -> None:
    """Control a line until SIGTERM or SIGINT.

    Raises KeyError for a line the config does not have, NoStartError, JournalError when the journal
    can't be written any more, and whatever broke the line's one thread: it is started anew rather
    than patched up.
    """
    line = config.line(line_name)
    with contextlib.ExitStack() as held:
        try:
            control, store, door = _take_over(config, line, bind, held)
        except (JournalError, LayoutError, StoreError, SourceError, TableFileError) as error:
            raise NoStartError(str(error)) from error
        except OSError as error:
            raise NoStartError(f"{error}; see state_dir and runtime_dir in the config") from error
        # Nothing is collected while parcels move; what was built up to here stays for good.
        gc.collect()
        gc.freeze()
        gc.disable()
        asyncio.run(_run(control, LocalCommands(control, store, line), door))


def _take_over(
    config: Config, line: LineConfig, bind: Bind, held: contextlib.ExitStack
) -> tuple[LineControl, TableStore, LocalDoor]:
    """The line as its last run left it; journal and door stay open as long as `held`."""
    folder = config.journal_dir(line.name)
    journal = held.enter_context(JournalWriter.open(folder))
    # Before the store is asked: whoever finds no door has moved its pointer before we look there,
    # and whoever comes later waits at the door.
    door = held.enter_context(LocalDoor(config.control_socket(line.name), MAX_LINE_BYTES))
    with JournalReader(folder) as reader:
        run = last_run(_records(reader))
    store = TableStore(config.store_dir)
    control = _control(config, line, journal, run, bind)
    _activate_last(control, store, line.name)
    return control, store, door


def _control(
    config: Config, line: LineConfig, journal: JournalWriter, run: LastRun, bind: Bind
) -> LineControl:
    return LineControl(
        line,
        link=ModbusLink(
            line.plc.host, line.plc.port, unit=line.plc.unit, timeout_ms=line.plc.timeout_ms
        ),
        scanners=[_scanner(scanner) for scanner in line.scanners],
        journal=journal,
        clock=clock,
        last_run=run,
        bind=bind,
        zone=zone_of(config.box.timezone),
    )


def _scanner(config: ScannerConfig) -> ScannerLink:
    ear = ScannerEar(config.framing, config.heartbeat_s)
    if config.mode == "server":
        bind = config.bind or "127.0.0.1"
        return ScannerDoor(
            config.name,
            bind,
            config.port,
            peer=config.host,
            ear=ear,
            monotonic_ns=clock.monotonic_ns,
        )
    return ScannerTcp(
        config.name, config.host, config.port, ear=ear, monotonic_ns=clock.monotonic_ns
    )


def _records(reader: JournalReader) -> Iterator[JournalRecord]:
    while records := reader.read_new():
        yield from records


def _activate_last(control: LineControl, store: TableStore, line: str) -> None:
    """Put the pair in force that was active when the line last ran."""
    pair = store.active(line)
    if pair is None:
        log.warning("%s: no table is active yet; every parcel goes straight on", line)
        return
    table = RoutingTable.open(pair.table.path)
    control.activate(table, plan_event(control, pair.plan, "start"), "start")


async def _run(control: LineControl, commands: LocalCommands, door: LocalDoor) -> None:
    """Until asked to stop; an error in any part ends all, and is raised."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    field = asyncio.create_task(control.plc.run())
    ears = asyncio.create_task(control.listen())
    doors = asyncio.create_task(door.run(commands.answer))
    announcing = asyncio.create_task(_announce(control))
    stopping = asyncio.create_task(asked.wait())
    parts = (field, ears, doors)
    await asyncio.wait({*parts, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not any(part.done() for part in parts):
        control.stop("asked to stop")
        await asyncio.wait({field}, timeout=STOP_WITHIN_S)
    await _cancel(*parts, announcing, stopping)
    for part in parts:
        if not part.cancelled() and (error := part.exception()) is not None:
            raise error


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        # Again, as the wait_for of Python 3.11 loses a cancellation that comes with its result.
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)


async def _announce(control: LineControl) -> None:
    """Tell a parent that the line is proven: the PLC's session is open."""
    await control.plc.proven.wait()
    sys.stdout.write(json.dumps({"ready": control.status()}) + "\n")
    sys.stdout.flush()
