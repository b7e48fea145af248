"""The local door on a real unix socket: who may come in, how many, and how much they may say."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sorter.adapters.local_socket import MOST_CALLERS, LocalDoor, OnLine, call
from tests.support.loops import on_loop

PATIENCE_S = 10.0
MAX_LINE_BYTES = 1024


async def echo(line: bytes, who: str) -> bytes:
    return b"%s said %s" % (who.encode(), line)


@contextlib.asynccontextmanager
async def door_at(path: Path, on_line: OnLine = echo) -> AsyncIterator[asyncio.Task[None]]:
    """A door that takes callers, until the block ends."""
    with LocalDoor(path, MAX_LINE_BYTES) as door:
        running = asyncio.create_task(door.run(on_line))
        try:
            yield running
        finally:
            running.cancel()
            await asyncio.wait({running})


async def ask(path: Path, line: bytes) -> bytes:
    return await asyncio.to_thread(call, path, line, MAX_LINE_BYTES)


@on_loop
async def test_a_caller_is_answered_and_known_by_the_kernel_s_word(tmp_path: Path) -> None:
    async with door_at(tmp_path / "run" / "door.sock"):
        answer = await ask(tmp_path / "run" / "door.sock", b"hello\n")
        assert answer == b"%s said hello\n" % getpass.getuser().encode()


@on_loop
async def test_the_door_opens_for_its_user_and_group_only(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    async with door_at(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


@on_loop
async def test_who_knocks_before_anybody_answers_waits(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with LocalDoor(path, MAX_LINE_BYTES) as door:
        asking = asyncio.create_task(ask(path, b"early\n"))
        running = asyncio.create_task(door.run(echo))
        assert (await asking).endswith(b"said early\n")
        running.cancel()
        await asyncio.wait({running})


@on_loop
async def test_a_door_that_closes_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    async with door_at(path):
        pass
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        await ask(path, b"hello\n")


@on_loop
async def test_several_requests_of_one_caller_are_answered_in_order(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    async with door_at(path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"one\ntwo\n")
        assert (await reader.readline()).endswith(b"said one\n")
        assert (await reader.readline()).endswith(b"said two\n")
        writer.close()


@pytest.mark.parametrize("line", [b"x" * 5000 + b"\n", b"x" * 200_000])
@on_loop
async def test_a_line_that_is_too_long_ends_the_call(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "door.sock"
    heard = []

    async def hear(line: bytes, who: str) -> bytes:
        heard.append(line)
        return await echo(line, who)

    async with door_at(path, hear):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        writer.close()
        assert heard == []
        assert await ask(path, b"hello\n")


@on_loop
async def test_too_many_callers_are_turned_away_and_the_rest_are_answered(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    async with door_at(path):
        inside = [await asyncio.open_unix_connection(path) for _ in range(MOST_CALLERS)]
        for reader, writer in inside:
            writer.write(b"here\n")
            assert await reader.readline()
        with pytest.raises(ConnectionError):
            await ask(path, b"hello\n")
        for reader, writer in inside:
            writer.write(b"still here\n")
            assert (await reader.readline()).endswith(b"said still here\n")
            writer.close()


@on_loop
async def test_a_caller_that_hangs_up_in_the_middle_harms_nobody(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(line: bytes, who: str) -> bytes:
        asked.set()
        await go_on.wait()
        return await echo(line, who)

    async with door_at(path, slowly):
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(b"hello\n")
        await asyncio.wait_for(asked.wait(), PATIENCE_S)
        writer.close()
        go_on.set()
        assert await ask(path, b"again\n")


@on_loop
async def test_the_socket_of_a_killed_process_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.is_socket()
    async with door_at(path):
        assert await ask(path, b"hello\n")


@on_loop
async def test_the_socket_of_a_living_process_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    async with door_at(path):
        with pytest.raises(FileExistsError, match="another control process answers here"):
            LocalDoor(path, MAX_LINE_BYTES).__enter__()
        assert await ask(path, b"hello\n")


def test_a_file_that_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    path.write_text("somebody's notes")
    with pytest.raises(FileExistsError, match="expected a socket or nothing"):
        LocalDoor(path, MAX_LINE_BYTES).__enter__()
    assert path.read_text() == "somebody's notes"


@on_loop
async def test_what_breaks_on_a_request_ends_the_door_with_it(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"

    async def break_on_it(_line: bytes, _who: str) -> bytes:
        raise RuntimeError("the line has a bug")

    async with door_at(path, break_on_it) as running:
        with pytest.raises(ConnectionError, match="closed without an answer"):
            await ask(path, b"hello\n")
        with pytest.raises(RuntimeError, match="the line has a bug"):
            await asyncio.wait_for(running, PATIENCE_S)
