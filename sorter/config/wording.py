"""From what pydantic found to what a controls engineer can act on: key, found, expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sorter.config.shape import Config

_SHOWN_CHARACTERS = 60


def worded(detail: ErrorDetails, content: dict[str, Any]) -> list[str]:
    """One line for each problem that `detail` holds about the file's `content`."""
    key = _key(detail["loc"], content)
    section, field = _declared(detail["loc"])
    match detail["type"]:
        case "too_short" if len(detail["input"]) >= detail["ctx"]["min_length"]:
            # pydantic counts only the sound ones; what is wrong with the others it tells as well.
            return []
        case "extra_forbidden":
            return [f"{key}: unknown key; {_known_instead(str(detail['loc'][-1]), section)}"]
        case "missing":
            return [f"{key}: missing, expected {_expected(field, detail)}"]
        case "value_error":
            problems = detail["msg"].removeprefix("Value error, ").splitlines()
            return [f"{key}: {problem}" if key else problem for problem in problems]
    found = repr(detail["input"])
    if len(found) > _SHOWN_CHARACTERS:
        found = found[:_SHOWN_CHARACTERS] + "..."
    return [f"{key}: found {found}, expected {_expected(field, detail)}"]


def _key(loc: tuple[int | str, ...], content: object) -> str:
    """The key as a person looks for it: things in a list by their name, else by their place."""
    key = ""
    for part in loc:
        if isinstance(part, str):
            key += f".{part}" if key else part
            content = content.get(part) if isinstance(content, dict) else None
        else:
            known = isinstance(content, list) and part < len(content)
            content = content[part] if isinstance(content, list) and known else None
            name = content.get("name") if isinstance(content, dict) else None
            key += f"[{name}]" if isinstance(name, str) else f"[#{part + 1}]"
    return key


def _declared(loc: tuple[int | str, ...]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The section that `loc` leads to, and the field there; None for one that does not exist."""
    section: type[BaseModel] = Config
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int):
            continue
        if field is not None:
            section = next(_sections_in(field.annotation), section)
        field = section.model_fields.get(part)
    return section, field


def _sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections_in(argument)


def _expected(field: FieldInfo | None, detail: ErrorDetails) -> str:
    in_a_list = bool(detail["loc"]) and isinstance(detail["loc"][-1], int)
    if field is not None and field.description is not None and not in_a_list:
        return field.description
    section = next(_sections_in(field.annotation), None) if field is not None else None
    if section is None:
        return detail["msg"]
    return f"a section with {', '.join(section.model_fields)}"


def _known_instead(key: str, section: type[BaseModel]) -> str:
    known = section.model_fields
    nearest = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else f"expected one of {', '.join(known)}"
