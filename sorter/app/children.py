"""Child processes of `sorter run` and of the demo: started in order, restarted, stopped in order.

A child says it is ready by a JSON line on standard output, `{"ready": ...}`. One that dies is
started again after 0.2 s, doubling to 5 s, and that is said. A child does not outlive its parent,
even one that is killed: the kernel sends it SIGTERM then.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

RESTART_FIRST_S = 0.2
RESTART_MOST_S = 5.0
# A child that ran this long had started well; its next restart is quick again.
SETTLED_S = 10.0
STOP_TIMEOUT_S = 15.0
MOST_LINE_BYTES = 16 * 1024 * 1024

log = logging.getLogger(__name__)

T = TypeVar("T")

OnLine = Callable[[dict[str, object]], None]


class ChildError(RuntimeError):
    """A child did not do what its parent waits for."""


class Child:
    """One process, kept running until it is stopped."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log_file: Path | None = None,
        restart: bool = True,
        speaks: bool = True,
        on_line: OnLine | None = None,
        on_pid: Callable[[str, int], None] | None = None,
    ) -> None:
        self.name = name
        self.restarts = 0
        self.ready: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._argv = _dying_with_parent(argv)
        self._log_file = log_file
        self._restart = restart
        self._speaks = speaks
        self._on_line = on_line
        self._on_pid = on_pid
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.Task[str] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, or None while it is not running."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    async def start(self, ready_within_s: float) -> object:
        """Start it and wait until it says it is ready; gives what it said with that.

        Raises ChildError when it ends or keeps silent.
        """
        self.launch()
        if not self._speaks:
            return None
        try:
            return await self.outlives(self.ready, ready_within_s, "was not ready")
        except ChildError:
            await self.stop()
            raise

    def launch(self) -> asyncio.Task[str]:
        """Start it and keep it running, without waiting for it to be ready."""
        self._keeper = asyncio.create_task(self._keep())
        return self._keeper

    async def outlives(self, awaited: asyncio.Future[T], within_s: float, else_it: str) -> T:
        """What `awaited`, which the child shall bring about, comes to.

        Raises ChildError when the child ends for good before, or when time is up; `else_it` says in
        a few words what it then has failed to do.
        """
        keeper = self._keeper
        if keeper is None:
            raise ChildError(f"{self.name} is not running")
        waited_for: set[asyncio.Future[Any]] = {awaited, keeper}
        await asyncio.wait(waited_for, timeout=within_s, return_when="FIRST_COMPLETED")
        if awaited.done():
            return awaited.result()
        why = keeper.result() if keeper.done() else f"{else_it} in {within_s:g} s"
        raise ChildError(f"{self.name} {why}{self._last_words()}")

    def send(self, message: object) -> None:
        """Send it one JSON line on standard input."""
        if self._process is None or self._process.stdin is None:
            raise ChildError(f"{self.name} is not running")
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """SIGTERM, then SIGKILL when it does not end in time. Does nothing to an ended child."""
        self._stopping.set()
        self._signal(signal.SIGTERM)
        if self._keeper is None:
            return
        done, _ = await asyncio.wait({self._keeper}, timeout=timeout_s)
        if not done:
            log.warning("%s did not end in %g s and is killed", self.name, timeout_s)
            self._signal(signal.SIGKILL)
            await self._keeper

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _keep(self) -> str:
        """Run it until it shall not run any more; gives how it ended, in words."""
        loop = asyncio.get_running_loop()
        pause_s = RESTART_FIRST_S
        ended = "was stopped before it ran"
        while not self._stopping.is_set():
            started_s = loop.time()
            ended = await self._run_once()
            if self._stopping.is_set() or not self._restart:
                break
            if loop.time() - started_s > SETTLED_S:
                pause_s = RESTART_FIRST_S
            self.restarts += 1
            log.warning("%s %s; starting it again in %g s", self.name, ended, pause_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            pause_s = min(pause_s * 2, RESTART_MOST_S)
        return ended

    async def _run_once(self) -> str:
        """From its start to its end; gives how it ended, in words."""
        try:
            process = self._process = await self._spawn()
        except OSError as error:
            return f"can't be started: {error}"
        if self._on_pid is not None:
            self._on_pid(self.name, process.pid)
        if self._stopping.is_set():
            self._signal(signal.SIGTERM)
        if process.stdout is not None:
            await self._listen(process.stdout)
        return f"ended with code {await process.wait()}"

    async def _spawn(self) -> Process:
        with contextlib.ExitStack() as files:
            errors = None
            if self._log_file is not None:
                errors = files.enter_context(self._log_file.open("ab"))
            return await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=PIPE,
                stdout=PIPE if self._speaks else errors,
                stderr=errors,
                limit=MOST_LINE_BYTES,
                # Ctrl-C on the terminal is the parent's to answer: it stops them in order.
                start_new_session=True,
            )

    async def _listen(self, output: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await output.readline()
                message = json.loads(line) if line else None
            except ValueError:
                # What it says on standard output is for us; a stray print must not cost it us.
                log.warning("%s said what is no JSON line", self.name)
                continue
            if not line:
                return
            if not isinstance(message, dict):
                log.warning("%s said no JSON object: %.200r", self.name, line)
            elif "ready" in message and not self.ready.done():
                self.ready.set_result(message["ready"])
            elif self._on_line is not None:
                self._on_line(message)

    def _last_words(self) -> str:
        if self._log_file is None or not self._log_file.exists():
            return ""
        words = self._log_file.read_text(errors="replace").strip().splitlines()[-5:]
        return "; its last words:\n  " + "\n  ".join(words) if words else ""


def _dying_with_parent(argv: Sequence[str]) -> tuple[str, ...]:
    """The command so that the kernel ends it with its parent, where `setpriv` is there to ask."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--", *argv) if setpriv else tuple(argv)
