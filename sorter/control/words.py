"""Events, commands and reports in plain words, for whoever reads a journal. One line, printable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

# The moment is told beside the words.
_UNTOLD = frozenset({"time_ns", "count"})


def told(body: msgspec.Struct) -> str:
    """`armed: parcel 12, sequence 9, chute C01, target_count 4400`; unset fields are left out."""
    name = str(body.__struct_config__.tag).replace("_", " ")
    fields = dict(msgspec.structs.asdict(body))
    defaults = {field.name: _default(field) for field in msgspec.structs.fields(body)}
    words = [
        f"{field} {value_told(value)}"
        for field, value in fields.items()
        if field not in _UNTOLD and value != defaults[field]
    ]
    return f"{name}: {', '.join(words)}" if words else name


def _default(field: msgspec.structs.FieldInfo) -> object:
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()


def value_told(value: object) -> str:
    """A field's value: texts as they are when that is safe to print, the rest short."""
    if isinstance(value, str):
        return value if value and value.isprintable() else repr(value)
    if isinstance(value, Mapping):
        return _mapping_told(value)
    if isinstance(value, Sequence):
        if any(isinstance(one, msgspec.Struct) for one in value):
            return f"of {len(value)}"
        return " ".join(map(value_told, value)) or "none"
    if isinstance(value, msgspec.Struct):
        return "known"
    return "none" if value is None else str(value)


def _mapping_told(value: Mapping[str, object]) -> str:
    if all(isinstance(one, int) for one in value.values()):
        return " ".join(f"{name}={number}" for name, number in value.items()) or "none"
    return f"of {len(value)}"


def utc_told(utc_ns: int | None) -> str:
    """`2026-11-24T00:30:41.123Z`, or that the time of day is not known."""
    return utc_text(utc_ns) or "time of day unknown"


def utc_text(utc_ns: int | None) -> str | None:
    """`2026-11-24T00:30:41.123Z`, None when it is not known."""
    if utc_ns is None:
        return None
    seconds, ns = divmod(utc_ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns // 1_000_000:03d}Z"
