"""The demo's end of the twin process: commands out, answers and the end of the run back."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sorter.app.children import Child

ANSWER_WITHIN_S = 10.0
READY_WITHIN_S = 30.0


class Twin:
    """The twin, told when to start and asked what is true."""

    def __init__(
        self,
        plant: Path,
        manifest: Path,
        seed: int,
        log_file: Path,
        on_pid: Callable[[str, int], None],
    ) -> None:
        argv = [sys.executable, "-m", "firmware_sim", "--plant", str(plant)]
        argv += ["--manifest", str(manifest), "--seed", str(seed)]
        self.done = asyncio.Event()
        self.child = Child(
            "twin", argv, log_file=log_file, restart=False, on_line=self._hear, on_pid=on_pid
        )
        self._awaited: dict[str, asyncio.Future[Any]] = {}

    async def start(self) -> dict[str, int]:
        """Start the process; gives its `modbus_port` and `scanner_port`."""
        ports: Any = await self.child.start(READY_WITHIN_S)
        return {name: int(port) for name, port in ports.items()}

    def feed(self) -> None:
        """Let the parcels come."""
        self.child.send({"do": "start"})

    def release(self, hold: str) -> None:
        """Let the parcel pass that waits for `hold`."""
        self.child.send({"do": "release", "hold": hold})

    async def ask(self, what: str) -> dict[str, Any]:
        """Its `status` or `truth`. Raises ChildError when it has ended or does not answer."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._awaited[what] = answer
        self.child.send({"do": what})
        return await self.child.outlives(answer, ANSWER_WITHIN_S, f"did not tell its {what}")

    def _hear(self, message: dict[str, Any]) -> None:
        if "done" in message:
            self.done.set()
        for what, content in message.items():
            answer = self._awaited.pop(what, None)
            if answer is not None and not answer.done():
                answer.set_result(content)
