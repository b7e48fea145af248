"""Unpacks gzip and zstd files as a stream, in pieces of a bounded size whatever they hold.

gzip is read with the standard library, zstd with its module for that (Python 3.14) or the backport
of it, which the extra `build` brings. A zstd file that needs a window of more than 128 MiB (written
with `--long=28` or more) is refused, so that a small file cannot ask for gigabytes.
"""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PACKED_BYTES = 1 << 17
_GZIP_WRAPPER = 16 + zlib.MAX_WBITS


class PackedFileError(Exception):
    """A packed file can't be unpacked: what was `found`, and what was `expected`."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.found = found
        self.expected = expected


class Decoder(Protocol):
    """Unpacks one stream or frame: the face of the standard library's decompressors."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Packing(NamedTuple):
    """What unpacks one kind of files, and what it raises when they are damaged."""

    new_decoder: Callable[[], Decoder]
    error: type[Exception]


class Unpacked(io.RawIOBase):
    """What a packed file holds, stream after stream. Reading raises PackedFileError."""

    def __init__(self, file: BinaryIO, suffix: str) -> None:
        """Read from `file`, packed as its `suffix` (one of `SUFFIXES`) says."""
        super().__init__()
        self._file = file
        self._suffix = suffix
        self._packing = SUFFIXES[suffix]()
        self._decoder = self._packing.new_decoder()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, room: Buffer) -> int:
        """Unpack into `room` (bytes); how many bytes that were, 0 at the end of the file."""
        view = memoryview(room).cast("B")
        while True:
            packed = b""
            if self._decoder.eof:
                packed = self._after_stream()
                if not packed:
                    return 0
                self._decoder = self._packing.new_decoder()
            elif self._decoder.needs_input:
                packed = self._file.read(_PACKED_BYTES)
                if not packed:
                    raise PackedFileError("packed content that ends too early", self._whole)
            piece = self._unpack(packed, len(view))
            if piece:
                view[: len(piece)] = piece
                return len(piece)

    def _after_stream(self) -> bytes:
        """The beginning of the next stream; zeros before it are padding, as tapes have it."""
        packed = self._decoder.unused_data.lstrip(b"\0")
        while not packed:
            read = self._file.read(_PACKED_BYTES)
            if not read:
                break
            packed = read.lstrip(b"\0")
        return packed

    def _unpack(self, packed: bytes, most: int) -> bytes:
        try:
            return self._decoder.decompress(packed, most)
        except self._packing.error as error:
            raise PackedFileError(f"damaged packed content ({error})", self._whole) from error

    @property
    def _whole(self) -> str:
        return f"a whole {self._suffix} file"


class _GzipDecoder:
    """zlib's decompressor with the face of the newer ones."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_WRAPPER)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        # zlib may hold back output even when it has swallowed all of its input.
        self.needs_input = not self._stream.unconsumed_tail and len(piece) < max_length
        return piece


def _gzip() -> Packing:
    return Packing(_GzipDecoder, zlib.error)


def _zstd() -> Packing:
    try:
        if sys.version_info >= (3, 14):
            from compression.zstd import ZstdDecompressor, ZstdError  # noqa: PLC0415 - optional
        else:
            from backports.zstd import ZstdDecompressor, ZstdError  # noqa: PLC0415 - optional
    except ImportError as error:
        raise PackedFileError(
            "a .zst file, and nothing here that unpacks it",
            "`pip install 'sorter[build]'`, or the file as .gz or plain",
        ) from error
    return Packing(ZstdDecompressor, ZstdError)


SUFFIXES: Mapping[str, Callable[[], Packing]] = {".gz": _gzip, ".zst": _zstd}
"""How the names of packed files end."""
