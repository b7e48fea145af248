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
import signal
import sys
import time
from pathlib import Path

import msgspec

from firmware_sim import console
from firmware_sim.clock import Pace
from firmware_sim.line import Line
from firmware_sim.modbus_server import ModbusServer
from firmware_sim.plant import DescriptionError, read_manifest, read_plant
from firmware_sim.scanner_server import ScannerServer

TICK_S = 0.001


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
        asyncio.run(_run(line, arguments.host, arguments.modbus_port, arguments.scanner_port))
    except OSError as error:
        where = f"{arguments.host} (--modbus-port, --scanner-port)"
        print(f"cannot listen on {where}: {error}", file=sys.stderr)  # noqa: T201 - as above
        return 2
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


async def _run(line: Line, host: str, modbus_port: int, scanner_port: int) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    modbus, scanner = ModbusServer(line.plc), ScannerServer()
    try:
        ports = {
            "modbus_port": await modbus.listen(host, modbus_port),
            "scanner_port": await scanner.listen(host, scanner_port),
        }
        console.say({"ready": ports})
        console.listen(loop, lambda text: _answer(line, text), ended.set)
        gc.freeze()
        await _keep_pace(line, scanner, ended)
    finally:
        await modbus.close()
        await scanner.close()


def _answer(line: Line, text: bytes) -> None:
    reply = console.obey(line, text)
    if reply is not None:
        console.say(reply)


async def _keep_pace(line: Line, scanner: ScannerServer, ended: asyncio.Event) -> None:
    pace = Pace(time.monotonic_ns())
    told_done = False
    while not ended.is_set():
        await asyncio.sleep(TICK_S)
        line.advance(pace.due_steps(time.monotonic_ns()))
        for telegram in line.take_telegrams():
            scanner.send(telegram)
        if not told_done and line.feeder.finished and line.done:
            told_done = True
            console.say({"done": msgspec.structs.asdict(line.status())})


if __name__ == "__main__":
    sys.exit(main())
