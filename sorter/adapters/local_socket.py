"""The local socket of a control process: a door for the box's own people and gateway.

Mode 0660, a bounded number of callers, one bounded line a request, and the kernel's word for who
is calling. Nothing here is on the path from scan to divert.
"""

from __future__ import annotations

import asyncio
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

MOST_CALLERS = 8
CALL_TIMEOUT_S = 30.0
SOCKET_MODE = 0o660

OnLine = Callable[[bytes, str], Awaitable[bytes]]


class LocalDoor:
    """Answers callers on a unix socket."""

    def __init__(self, path: Path, max_line_bytes: int) -> None:
        self._path = path
        self._max_line_bytes = max_line_bytes
        self._callers = 0

    async def run(self, on_line: OnLine) -> None:
        """Answer each line with `on_line(line, who)` until cancelled.

        Raises OSError when another process answers on the socket already.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _remove_if_dead(self._path)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(reader, writer, on_line)

        server = await asyncio.start_unix_server(serve, self._path, limit=self._max_line_bytes)
        self._path.chmod(SOCKET_MODE)
        try:
            async with server:
                await server.serve_forever()
        finally:
            self._path.unlink(missing_ok=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_line: OnLine
    ) -> None:
        self._callers += 1
        try:
            if self._callers > MOST_CALLERS:
                return
            who = _caller(writer)
            async with asyncio.timeout(CALL_TIMEOUT_S):
                while line := await reader.readline():
                    writer.write(await on_line(line, who))
                    await writer.drain()
        except (TimeoutError, ConnectionError, ValueError):
            # A caller that is slow, gone, or sends an endless line is not answered any more.
            return
        finally:
            self._callers -= 1
            writer.close()


def call(path: Path, line: bytes, max_line_bytes: int) -> bytes:
    """Send one line to the door at `path` and give the line it answers.

    Raises OSError when nobody answers there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(CALL_TIMEOUT_S)
        wire.connect(str(path))
        wire.sendall(line)
        with wire.makefile("rb") as answers:
            answer = answers.readline(max_line_bytes)
    if not answer:
        raise ConnectionError(f"{path}: closed without an answer")
    return answer


def _caller(writer: asyncio.StreamWriter) -> str:
    """Who is calling, by the kernel's word."""
    wire = writer.get_extra_info("socket")
    credentials = wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _remove_if_dead(path: Path) -> None:
    """Remove the socket a killed process left behind; leave one that answers."""
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        try:
            wire.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise FileExistsError(f"{path}: another control process answers here")
