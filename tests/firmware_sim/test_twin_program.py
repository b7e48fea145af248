"""The twin as its users start it: a process, two ports, orders in and answers out."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from firmware_sim.manifest import Manifest, ParcelPlan
from firmware_sim.plant import Plant, ScannerFraming
from tests.firmware_sim.bench import parcel, small_plant

PATIENCE_S = 30.0


class Twin:
    """A running twin and its operator."""

    def __init__(self, running: subprocess.Popen[bytes]) -> None:
        self.running = running
        self.ports: dict[str, int] = self.hear()["ready"]

    def hear(self) -> Any:
        assert self.running.stdout is not None
        return json.loads(self.running.stdout.readline())

    def say(self, text: bytes) -> None:
        assert self.running.stdin is not None
        self.running.stdin.write(text + b"\n")
        self.running.stdin.flush()

    def end_input(self) -> None:
        assert self.running.stdin is not None
        self.running.stdin.close()

    def order(self, do: str, **more: str) -> None:
        self.say(json.dumps({"do": do, **more}).encode())

    def ask(self, do: str) -> Any:
        self.order(do)
        return self.hear()[do]


@contextmanager
def twin(tmp_path: Path, parcels: list[ParcelPlan], plant: Plant) -> Iterator[Twin]:
    files = {"plant": plant, "manifest": Manifest(seed=1, parcels=tuple(parcels))}
    arguments = [sys.executable, "-m", "firmware_sim", "--seed", "1"]
    for name, content in files.items():
        path = tmp_path / f"{name}.json"
        path.write_bytes(msgspec.json.encode(content))
        arguments += [f"--{name}", str(path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        try:
            yield Twin(running)
        finally:
            running.kill()


def short_plant() -> Plant:
    """All within half a metre, so that real time is short."""
    plant = small_plant()
    return msgspec.structs.replace(
        plant,
        belt_length_mm=700,
        tunnel_eye_mm=100,
        scanner_mm=150,
        end_eye_mm=600,
        scanner=ScannerFraming(delay_ms=(1, 5)),
        diverters=tuple(
            msgspec.structs.replace(diverter, at_mm=300.0 + 100 * diverter.number)
            for diverter in plant.diverters
        ),
    )


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S)


def modbus(wire: socket.socket, request: bytes) -> bytes:
    wire.sendall(struct.pack(">HHHB", 1, 0, len(request) + 1, 1) + request)
    return wire.recv(300)[7:]


def open_session(wire: socket.socket, number: int) -> bool:
    """Heartbeat, session, ready, and the longest watchdog: a story beats once at each turn."""
    request = struct.pack(">BHHB4H", 16, 0, 4, 8, number, number, 1, 5000)
    return modbus(wire, request)[0] == 16


def test_a_run_from_ready_to_done(tmp_path: Path) -> None:
    plans = [parcel("P1"), parcel("P2", hold="customs")]
    with (
        twin(tmp_path, plans, short_plant()) as line,
        connect(line.ports["modbus_port"]) as wire,
        connect(line.ports["scanner_port"]) as scanner,
        connect(line.ports["scanner_port"]) as second,
    ):
        status = line.ask("status")
        assert (status["parcels"], status["fed"], status["admitting"]) == (2, 0, False)
        line.order("start")
        assert open_session(wire, 1)
        for ears in (scanner, second):
            assert ears.recv(100)[12:] == b";CODE-P1\x03"
        assert open_session(wire, 2)
        line.order("release", hold="customs")
        assert scanner.recv(100)[12:] == b";CODE-P2\x03"
        done = line.hear()["done"]
        assert (done["fed"], done["ended"], done["on_belt"]) == (2, 2, 0)
        truth = line.ask("truth")
        assert [row["ended"] for row in truth["parcels"]] == ["end", "end"]
        assert (truth["misdiverted"], truth["lost"], truth["diverted"]) == (0, 0, 0)
        line.end_input()
        assert line.running.wait(PATIENCE_S) == 0


def test_a_scanner_client_may_come_back(tmp_path: Path) -> None:
    plans = [parcel("P1"), parcel("P2", hold="later")]
    with (
        twin(tmp_path, plans, short_plant()) as line,
        connect(line.ports["modbus_port"]) as wire,
    ):
        assert open_session(wire, 1)
        with connect(line.ports["scanner_port"]) as first:
            line.order("start")
            assert b"CODE-P1" in first.recv(100)
        with connect(line.ports["scanner_port"]) as again:
            assert open_session(wire, 2)
            line.order("release", hold="later")
            assert b"CODE-P2" in again.recv(100)


def test_bad_orders_are_answered_and_change_nothing(tmp_path: Path) -> None:
    with twin(tmp_path, [parcel("P1")], short_plant()) as line:
        for text in (b"{", b'{"do": "explode"}', b'{"do": "start", "at": 1}', b"\xff", b"[]"):
            line.say(text)
            assert line.hear()["error"].startswith("order not understood")
        line.order("release", hold="customs")
        assert "which has: none" in line.hear()["error"]
        assert line.ask("status")["fed"] == 0


def test_sigterm_ends_it(tmp_path: Path) -> None:
    with (
        twin(tmp_path, [parcel("P1")], short_plant()) as line,
        connect(line.ports["modbus_port"]) as wire,
    ):
        line.running.send_signal(signal.SIGTERM)
        assert line.running.wait(PATIENCE_S) == 0
        assert wire.recv(1) == b""


def refusal(*arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "firmware_sim", *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return ended.returncode, ended.stderr


def test_files_that_cannot_be_run_end_it_with_2(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.json")
    code, told = refusal("--plant", absent, "--manifest", absent)
    assert code == 2
    assert "absent.json: cannot be read" in told


def test_a_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    with twin(tmp_path, [parcel("P1")], short_plant()) as line:
        taken = str(line.ports["modbus_port"])
        files = [
            *("--plant", str(tmp_path / "plant.json")),
            *("--manifest", str(tmp_path / "manifest.json")),
        ]
        code, told = refusal(*files, "--modbus-port", taken)
    assert code == 2
    assert f"--modbus-port {taken}: cannot listen on 127.0.0.1" in told


def test_it_ends_quietly_when_nobody_hears_its_answers(tmp_path: Path) -> None:
    with twin(tmp_path, [parcel("P1")], short_plant()) as line:
        assert line.running.stdout is not None
        line.running.stdout.close()
        line.order("status")
        assert line.running.wait(PATIENCE_S) == 0
