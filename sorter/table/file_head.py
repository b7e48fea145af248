"""The heads that compiled files carry, read as if a forger had written them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from sorter.table.delta_head import DeltaHead, delta_head_faults
from sorter.table.file_format import TableFileError
from sorter.table.head import TableHead, head_faults
from sorter.table.toml_file import KeyFault

Head = TypeVar("Head", TableHead, DeltaHead)


def read_file_head(section: memoryview) -> TableHead:
    """The head that a compiled table carries. Raises TableFileError."""
    return _read(section, TableHead, head_faults)


def read_delta_file_head(section: memoryview) -> DeltaHead:
    """The head that a compiled delta carries. Raises TableFileError."""
    return _read(section, DeltaHead, delta_head_faults)


def _read(
    section: memoryview,
    kind: type[Head],
    faults_of: Callable[[dict[str, Any]], Iterator[KeyFault]],
) -> Head:
    text = bytes(section)
    try:
        head = msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise TableFileError("head", f"it can't be read: {error}") from error
    for fault in faults_of(msgspec.structs.asdict(head)):
        raise TableFileError("head", f"{fault.key}: found {fault.found}, expected {fault.expected}")
    if msgspec.json.encode(head) != text:
        raise TableFileError("head", "it is not written the one way it can be")
    return head
