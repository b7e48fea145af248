"""The head of a delta: which table it changes, what that becomes, and the names its rows point to.

The same head stands in `delta.toml` and in the compiled file, and both are held against the same
rules here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sorter.table.head import destination_faults, name_fault, revision_fault
from sorter.table.problems import Problems
from sorter.table.toml_file import KeyFault, read_toml, repr_of

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class DeltaHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a delta says about itself.

    `name` and `site` are the table's, `revision` is the one it has afterwards. `base` is the digest
    of the compiled table, `parent` that of what this delta is made for: the base itself, or the
    delta before this one. `destinations` begin with the parent's, new names come after them.
    """

    name: str
    site: str
    revision: int
    base: str
    parent: str
    destinations: tuple[str, ...]


def delta_head_faults(content: dict[str, Any]) -> Iterator[KeyFault]:
    """Everything that is wrong with the keys and values of a delta's head."""
    known = DeltaHead.__struct_fields__
    for key in sorted(set(content) - set(known)):
        yield KeyFault(key, "an unknown key", f"one of {', '.join(known)}")
    for key in ("name", "site"):
        if fault := name_fault(content.get(key)):
            yield KeyFault(key, *fault)
    if fault := revision_fault(content.get("revision")):
        yield KeyFault("revision", *fault)
    for key in ("base", "parent"):
        value = content.get(key)
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            expected = "a digest as `sorter table show` tells it, 64 of 0-9 a-f"
            yield KeyFault(key, repr_of(value), expected)
    yield from destination_faults(content.get("destinations"))


def read_delta_head(path: Path, problems: Problems) -> DeltaHead | None:
    """Read `delta.toml`; what is wrong with it goes to `problems`, and then there is no head."""
    try:
        file = read_toml(path, problems)
    except OSError as error:
        problems.add(path.name, None, None, (error.strerror or "an error").lower(), "a file")
        return None
    if file is None or file.report(delta_head_faults(file.content), problems):
        return None
    return msgspec.convert(file.content, DeltaHead)
