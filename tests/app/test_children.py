"""Children that die, dawdle, chatter or will not end, and what their parent makes of it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sorter.app import children
from sorter.app.children import Child, ChildError
from tests.app.boxes import LoggedProcess, kill, lives
from tests.support.loops import on_loop
from tests.support.waiting import until

PATIENCE_S = 20.0
READY = 'import sys; print(\'{"ready": {"port": 7}}\', flush=True); '
STAY = "sys.stdin.read()"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@contextlib.asynccontextmanager
async def child(code: str, **options: Any) -> AsyncIterator[Child]:
    one = Child("worker", python(code), **options)
    try:
        yield one
    finally:
        await one.stop()


@on_loop
async def test_a_child_says_when_it_is_ready_and_is_gone_after_its_stop() -> None:
    async with child(READY + STAY) as worker:
        assert worker.pid is None
        assert await worker.start(PATIENCE_S) == {"port": 7}
        pid = worker.pid
        assert pid is not None
        assert lives(pid)
        await worker.stop()
        assert worker.pid is None
        assert not lives(pid)
        assert worker.restarts == 0


@on_loop
async def test_what_it_says_later_is_handed_on_and_what_it_is_told_arrives() -> None:
    heard: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    code = READY + "[print(line, end='', flush=True) for line in sys.stdin]"
    async with child(code, on_line=heard.put_nowait) as worker:
        await worker.start(PATIENCE_S)
        worker.send({"do": "status"})
        assert await asyncio.wait_for(heard.get(), PATIENCE_S) == {"do": "status"}


@on_loop
async def test_a_child_that_was_never_started_can_t_be_told_anything() -> None:
    async with child("") as worker:
        with pytest.raises(ChildError, match="worker is not running"):
            worker.send({})


@on_loop
async def test_a_stray_print_does_not_cost_us_the_child(caplog: pytest.LogCaptureFixture) -> None:
    code = "print('Traceback...'); print('[1]'); print(5); print('{\"a'); " + READY + STAY
    async with child(code) as worker:
        assert await worker.start(PATIENCE_S) == {"port": 7}
        assert caplog.text.count("worker said") == 4


@on_loop
async def test_a_child_that_dies_is_started_again_and_each_time_a_little_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(children, "RESTART_FIRST_S", 0.01)
    monkeypatch.setattr(children, "RESTART_MOST_S", 0.03)
    pids: list[int] = []
    often = asyncio.Event()

    def note(name: str, pid: int) -> None:
        assert name == "worker"
        pids.append(pid)
        if len(pids) == 5:
            often.set()

    async with child(READY + "sys.exit(3)", on_pid=note) as worker:
        worker.launch()
        await asyncio.wait_for(often.wait(), PATIENCE_S)
        assert worker.restarts == 4
    assert len(set(pids)) == 5
    assert [record.message for record in caplog.records][:4] == [
        "worker ended with code 3; starting it again in 0.01 s",
        "worker ended with code 3; starting it again in 0.02 s",
        "worker ended with code 3; starting it again in 0.03 s",
        "worker ended with code 3; starting it again in 0.03 s",
    ]


@on_loop
async def test_a_killed_child_is_started_again() -> None:
    pids: asyncio.Queue[int] = asyncio.Queue()
    async with child(READY + STAY, on_pid=lambda _, pid: pids.put_nowait(pid)) as worker:
        await worker.start(PATIENCE_S)
        first = await pids.get()
        kill(first)
        second = await asyncio.wait_for(pids.get(), PATIENCE_S)
        assert second != first
        assert worker.pid == second


@on_loop
async def test_a_child_that_waits_for_its_restart_is_stopped_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "RESTART_FIRST_S", 3600.0)
    async with child("import sys; sys.exit(1)") as worker:
        keeping = worker.launch()
        while not worker.restarts:
            await asyncio.sleep(0.01)
        await worker.stop()
        assert keeping.done()


@on_loop
async def test_a_child_that_is_stopped_before_it_runs_does_not_stay() -> None:
    pids: list[int] = []
    async with child(READY + STAY, on_pid=lambda _, pid: pids.append(pid)) as worker:
        keeping = worker.launch()
        await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE_S):
            await worker.stop(timeout_s=3600)
        assert keeping.done()
    assert not any(lives(pid) for pid in pids)


@on_loop
async def test_a_child_that_will_not_end_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY
    async with child(deaf + "import time; time.sleep(3600)") as worker:
        await worker.start(PATIENCE_S)
        pid = worker.pid
        assert pid is not None
        await worker.stop(timeout_s=0.2)
        assert not lives(pid)
        assert "worker did not end in 0.2 s and is killed" in caplog.text


@on_loop
async def test_a_child_that_never_gets_ready_is_named_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    code = "import sys; [print('line', n, file=sys.stderr) for n in range(9)]; sys.exit('no port')"
    async with child(code, log_file=log, restart=False) as worker:
        with pytest.raises(ChildError) as refused:
            await worker.start(PATIENCE_S)
    assert str(refused.value) == (
        "worker ended with code 1; its last words:\n"
        "  line 5\n  line 6\n  line 7\n  line 8\n  no port"
    )


@on_loop
async def test_a_silent_child_is_ended_and_named() -> None:
    async with child("import sys; sys.stdin.read()") as worker:
        with pytest.raises(ChildError, match=r"^worker was not ready in 0.1 s$"):
            await worker.start(0.1)
        assert worker.pid is None


@on_loop
async def test_a_child_whose_log_can_t_be_written_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = tmp_path / "not" / "there" / "worker.log"
    async with child(READY + STAY, log_file=log) as worker:
        worker.launch()
        while not worker.restarts:
            await asyncio.sleep(0.01)
        assert "worker can't be started: [Errno 2]" in caplog.text
        log.parent.mkdir(parents=True)
        assert await asyncio.wait_for(worker.ready, PATIENCE_S) == {"port": 7}


PARENT = """
import asyncio, sys
from sorter.app.children import Child

async def main():
    worker = Child("worker", [sys.executable, "-c", "import time; time.sleep(3600)"], speaks=False,
                   on_pid=lambda name, pid: print("child", pid, flush=True))
    worker.launch()
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    with LoggedProcess(tmp_path / "log", "-c", PARENT) as parent:
        until(lambda: parent.said("child ") and parent.said("\n"), "the child runs")
        pid = int(parent.log.read_text().split()[1])
        assert lives(pid)
        # The kernel is asked by the child itself, a moment after it was started.
        until(lambda: "sleep" in command_of(pid), "the child is past its first steps")
        parent.kill()
        until(lambda: not lives(pid), "the child has ended too")


def command_of(pid: int) -> str:
    """The command line of a process; of the asker itself until it has become the child."""
    command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    return "" if "setpriv" in command else command
