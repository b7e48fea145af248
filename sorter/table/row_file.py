"""A CSV file of a source as a stream of bytes: plain, or unpacked on the way.

Big files are read and unpacked by a thread of their own, so that a second core does it while the
rows are taken in.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import NamedTuple, Self

from sorter.table.regular_file import open_regular
from sorter.table.unpack import SUFFIXES, PackedFileError, Unpacked

Progress = Callable[[int], object]
"""Called now and then with the number of bytes of the file read since the last call."""

_CHUNK_BYTES = 1 << 18
"""Small enough to stay in a core's own cache on the way from one thread to the other."""
_CHUNKS_AHEAD = 8


class Chunk(NamedTuple):
    """A piece of what a file holds, and how much of the file itself had been read by then."""

    content: bytes
    position: int


class RowFile:
    """One open file. Opening raises OSError and PackedFileError; so may reading.

    Bytes are counted as they stand in the file, packed when it is.
    """

    def __init__(self, path: Path, on_progress: Progress | None = None) -> None:
        self._file = open_regular(path)
        self._on_progress = on_progress
        self._told = 0
        self._rows = self._file
        if path.suffix in SUFFIXES:
            try:
                self._rows = io.BufferedReader(Unpacked(self._file, path.suffix), _CHUNK_BYTES)
            except PackedFileError:
                self._file.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def readline(self, most: int) -> bytes:
        """The next line with its line feed, or the next `most` bytes of it; empty at the end."""
        return self._rows.readline(most)

    def tell_progress(self, position: int | None = None) -> None:
        """Tell what was read since it was last told, up to `position` or to here."""
        if self._on_progress is not None:
            position = self._file.tell() if position is None else position
            self._on_progress(position - self._told)
            self._told = position

    def chunks(self) -> Generator[Chunk]:
        """What has not been read yet, read ahead by a thread; ends with an empty chunk.

        Close the iterator (`contextlib.closing`) before the file.
        """
        # Both queues are C code that a signal's exception cannot leave locked; a bounded queue
        # of Python's own could be, and then the thread would never end.
        ready: SimpleQueue[Chunk | BaseException] = SimpleQueue()
        wanted: SimpleQueue[bool] = SimpleQueue()
        for _ in range(_CHUNKS_AHEAD):
            wanted.put(True)
        reader = Thread(target=self._read_ahead, args=(ready, wanted), name="rows", daemon=True)
        reader.start()
        try:
            while True:
                chunk = ready.get()
                if isinstance(chunk, BaseException):
                    raise chunk
                wanted.put(True)
                yield chunk
                if not chunk.content:
                    return
        finally:
            wanted.put(False)
            reader.join()

    def _read_ahead(
        self, ready: SimpleQueue[Chunk | BaseException], wanted: SimpleQueue[bool]
    ) -> None:
        try:
            content = b"?"
            while content and wanted.get():
                content = self._rows.read1(_CHUNK_BYTES)
                ready.put(Chunk(content, self._file.tell()))
        except BaseException as error:  # noqa: BLE001 - raised again where the chunks are wanted
            ready.put(error)
