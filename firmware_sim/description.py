"""How the files that describe a run are read: strictly, and with every fault of a file at once.

An unknown key, a wrong type or an impossible value refuses the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

_FILE_LIMIT_BYTES = 64 << 20

_File = TypeVar("_File", bound=msgspec.Struct)


class DescriptionError(ValueError):
    """A plant or manifest that cannot be run; the text names every fault found."""


def read(path: Path, kind: type[_File]) -> _File:
    """The file as a `kind`. Raises DescriptionError."""
    try:
        if path.stat().st_size > _FILE_LIMIT_BYTES:
            raise DescriptionError(f"{path}: larger than {_FILE_LIMIT_BYTES} bytes")
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise DescriptionError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DescriptionError(f"{path}: {error}") from error


def refuse(path: Path, wrong: Iterator[str]) -> None:
    """Raise DescriptionError when there is anything wrong with the file."""
    found = list(wrong)
    if found:
        raise DescriptionError("\n".join(f"{path}: {text}" for text in found))


def twice(what: str, names: list[str] | list[int]) -> Iterator[str]:
    """What is wrong with names that should differ."""
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{what} {name!r} is used {times} times, expected once"


def beyond_latin1(where: str, text: str) -> Iterator[str]:
    """What is wrong with a text that the scanner must be able to send."""
    if not all(ord(character) < 256 for character in text):
        yield f"{where}: {text!r} holds characters beyond Latin-1"
