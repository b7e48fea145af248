"""The local socket of a control process: a door for the box's own people and gateway.

Mode 0660, a bounded number of callers, one bounded line a request, and the kernel's word for who
is calling. Nothing here is on the path from scan to divert.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Self

MOST_CALLERS = 8
CALL_TIMEOUT_S = 30.0
SOCKET_MODE = 0o660

OnLine = Callable[[bytes, str], Awaitable[bytes]]


class LocalDoor:
    """A unix socket with somebody behind it: callers may knock inside a `with`, `run` answers them.

    Entering raises OSError when another process answers on the socket already.
    """

    def __init__(self, path: Path, max_line_bytes: int) -> None:
        self._path = path
        self._max_line_bytes = max_line_bytes
        self._callers = 0
        self._door: socket.socket | None = None

    def __enter__(self) -> Self:
        self._door = _bound(self._path)
        self._door.listen(MOST_CALLERS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._door is not None:
            self._door.close()
        self._path.unlink(missing_ok=True)

    async def run(self, on_line: OnLine) -> None:
        """Answer each line with `on_line(line, who)` until cancelled; raises what that raises."""
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._serve(reader, writer, on_line)
            except Exception as error:  # noqa: BLE001 - raised by `run`; left to asyncio it would be
                # logged, and the line would go on in an unknown state.
                if not broken.done():
                    broken.set_exception(error)

        server = await asyncio.start_unix_server(
            serve, sock=self._door, limit=self._max_line_bytes, start_serving=False
        )
        async with server:
            await server.start_serving()
            await broken

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_line: OnLine
    ) -> None:
        self._callers += 1
        try:
            if self._callers > MOST_CALLERS:
                return
            who = _caller(writer)
            while line := await self._read_line(reader):
                # Without a time limit: what was begun for a caller is not cut in the middle.
                answer = await on_line(line, who)
                await self._write_line(writer, answer)
        except _CallerGoneError:
            return
        finally:
            self._callers -= 1
            writer.close()

    @staticmethod
    async def _read_line(reader: asyncio.StreamReader) -> bytes:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                return await reader.readline()
        except (TimeoutError, ConnectionError, ValueError) as error:
            # asyncio raises ValueError for a line that is longer than the limit.
            raise _CallerGoneError from error

    @staticmethod
    async def _write_line(writer: asyncio.StreamWriter, line: bytes) -> None:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                writer.write(line)
                await writer.drain()
        except (TimeoutError, ConnectionError) as error:
            raise _CallerGoneError from error


class _CallerGoneError(Exception):
    """A caller that is slow, gone, or sends an endless line is not answered any more."""


def call(path: Path, line: bytes, max_line_bytes: int) -> bytes:
    """Send one line to the door at `path` and give the line it answers.

    Raises OSError when nobody answers there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(CALL_TIMEOUT_S)
        with _short(path) as short:
            wire.connect(short)
        wire.sendall(line)
        try:
            with wire.makefile("rb") as answers:
                answer = answers.readline(max_line_bytes)
        except TimeoutError as error:
            raise TimeoutError(f"{path}: no answer within {CALL_TIMEOUT_S:g} s") from error
    if not answer:
        raise ConnectionError(f"{path}: closed without an answer")
    return answer


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """The socket's path by way of its folder's descriptor: the kernel takes no more than 107 bytes.

    See unix(7), sun_path.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _caller(writer: asyncio.StreamWriter) -> str:
    """Who is calling, by the kernel's word."""
    wire = writer.get_extra_info("socket")
    credentials = wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _bound(path: Path) -> socket.socket:
    """A socket at `path` that nobody can reach yet, with its mode already set."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_if_dead(path)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as short:
            door.bind(short)
        path.chmod(SOCKET_MODE)
    except OSError:
        door.close()
        raise
    return door


def _remove_if_dead(path: Path) -> None:
    """Remove the socket a killed process left behind; leave one that answers."""
    if not path.exists():
        return
    if not path.is_socket():
        raise FileExistsError(f"{path}: expected a socket or nothing, found something else there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        try:
            with _short(path) as short:
                wire.connect(short)
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise FileExistsError(f"{path}: another control process answers here")
