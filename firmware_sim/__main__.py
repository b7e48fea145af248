"""Run the twin: `python -m firmware_sim --plant FILE --manifest FILE [--seed S]`.

Standard output, JSON Lines: first `{"ready": {"modbus_port", "scanner_port"}}`, then answers, and
once `{"done": {...}}` when all parcels have left the belt. Standard input, JSON Lines:
`{"do": "start"}`, `{"do": "release", "hold": NAME}`, `{"do": "status"}`, `{"do": "truth"}`. End of
input, SIGTERM or SIGINT ends it with exit code 0; files that cannot be run or a port that is
taken end it with 2.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
from collections import deque
from pathlib import Path

from firmware_sim import console
from firmware_sim.clock import Pace
from firmware_sim.description import DescriptionError
from firmware_sim.line import Line
from firmware_sim.manifest import read_manifest
from firmware_sim.modbus_server import ModbusServer
from firmware_sim.plant import read_plant
from firmware_sim.scanner_server import ScannerServer

TICK_S = 0.001


class PortError(Exception):
    """A port that cannot be listened on, named with its setting."""


def main() -> int:
    """Run until told to end; the exit code."""
    arguments = _parse_arguments()
    try:
        plant = read_plant(arguments.plant)
        manifest = read_manifest(arguments.manifest, plant)
    except DescriptionError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the command line of the twin
        return 2
    seed = manifest.seed if arguments.seed is None else arguments.seed
    line = Line(plant, manifest, seed)
    try:
        asyncio.run(_run(line, arguments))
    except PortError as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
        return 2
    except BrokenPipeError:
        # Whoever read our answers has gone; Python must not try to flush to them at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="firmware_sim", description="A sorting line to test on.")
    parser.add_argument("--plant", type=Path, required=True, help="what is built (JSON)")
    parser.add_argument("--manifest", type=Path, required=True, help="what is fed (JSON)")
    parser.add_argument("--seed", type=int, help="seed of all chance; the manifest's by default")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--modbus-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--scanner-port", type=int, default=0, help="0: any free port")
    return parser.parse_args()


async def _run(line: Line, arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    modbus, scanner = ModbusServer(line.plc), ScannerServer()
    try:
        host = arguments.host
        ports = {
            "modbus_port": await _bind("--modbus-port", modbus, host, arguments.modbus_port),
            "scanner_port": await _bind("--scanner-port", scanner, host, arguments.scanner_port),
        }
        console.say({"ready": ports})
        orders: deque[bytes] = deque()
        console.listen(loop, orders.append, ended.set)
        gc.freeze()
        await _keep_pace(line, scanner, orders, ended)
    finally:
        await modbus.close()
        await scanner.close()


async def _bind(setting: str, server: ModbusServer | ScannerServer, host: str, port: int) -> int:
    try:
        return await server.listen(host, port)
    except (OSError, OverflowError) as error:
        raise PortError(f"{setting} {port}: cannot listen on {host}: {error}") from error


async def _keep_pace(
    line: Line, scanner: ScannerServer, orders: deque[bytes], ended: asyncio.Event
) -> None:
    pace = Pace(time.monotonic_ns())
    told_done = False
    while not ended.is_set():
        await asyncio.sleep(TICK_S)
        while orders:
            reply = console.obey(line, pace, orders.popleft())
            if reply is not None:
                console.say(reply)
        line.advance(pace.due_steps(time.monotonic_ns()))
        for telegram in line.take_telegrams():
            scanner.send(telegram)
        if not told_done and line.done:
            told_done = True
            console.say({"done": console.tell_status(line, pace)})


if __name__ == "__main__":
    sys.exit(main())
