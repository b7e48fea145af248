"""The box's store of routing tables and chute plans, and which pair of them each line runs on.

A file in the store is named by what it is (name, revision, digest), checked before it gets there
and never changed; one that rotted is put right by loading it again. Which pair a line runs on is
one small pointer file a line, replaced atomically. A revision names one content: another content
under the same number is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from sorter.disk.atomic import replace_atomically
from sorter.table.file_format import TableFileError, copy_sections
from sorter.table.head import name_fault
from sorter.table.memory import hold_file
from sorter.table.plan import ChutePlan, plan_faults, read_plan, report_misfits
from sorter.table.problems import Problems
from sorter.table.routing_table import RoutingTable

_SEPARATOR = "@"  # in no name, so that a file's name can be taken apart again
_IDENTITY = re.compile(r"(?P<name>[^@]+)@(?P<revision>[0-9]{1,16})@(?P<digest>[0-9a-f]{64})")
_TABLE_SUFFIX = ".table"
_PLAN_SUFFIX = ".plan"
_MAX_POINTER_BYTES = 4096
_MAX_PLAN_BYTES = 16 << 20
_SHORTEST_DIGEST = 8


class StoreError(ValueError):
    """The store can't do or give what was asked; says why and what to do."""


class Stored(NamedTuple):
    """A table or plan in the store: `name` is the table's name or the plan's line."""

    name: str
    revision: int
    digest: str
    path: Path


class ActivePair(NamedTuple):
    """What a line runs on."""

    line: str
    table: Stored
    plan: ChutePlan


class _Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a line's pointer file: digests in hexadecimal."""

    table: str
    plan: str


class TableStore:
    """The store in `folder`, which is made when something is put there."""

    def __init__(self, folder: Path) -> None:
        self._tables = folder / "tables"
        self._plans = folder / "plans"
        self._pointers = folder / "active"

    def tables(self) -> tuple[Stored, ...]:
        """The routing tables, by name and revision. Their content is not looked at."""
        return tuple(sorted(_stored_in(self._tables, _TABLE_SUFFIX)))

    def plans(self) -> tuple[Stored, ...]:
        """The chute plans, by line and revision. Their content is not looked at."""
        return tuple(sorted(_stored_in(self._plans, _PLAN_SUFFIX)))

    def load_table(self, path: Path, *, site: str | None = None) -> Stored:
        """Check a compiled table in full, its digest too, and put a copy into the store.

        With `site`, a table that was made for another one is refused: its chutes are elsewhere.
        Raises TableFileError, StoreError, OSError.
        """
        with RoutingTable.open(path, check_digest=True) as table:
            if site not in (None, table.site):
                raise StoreError(f"{path}: this table is for site {table.site}, not for {site}")
            wanted = self._place(
                self._tables, _TABLE_SUFFIX, (table.name, table.revision, table.digest)
            )
        self._refuse_other_content(wanted, self.tables())
        if not _is_sound(wanted):
            view = hold_file(path)

            def write(file: BinaryIO) -> None:
                # The file may have been replaced or written to since it was checked.
                if copy_sections(view, file).hex() != wanted.digest:
                    raise TableFileError("preamble", "it changed while it was loaded", path)

            wanted.path.parent.mkdir(parents=True, exist_ok=True)
            replace_atomically(wanted.path, write)
        return wanted

    def load_plan(self, path: Path, line: str) -> Stored:
        """Judge a `plan.toml` and put it into the store, in its one canonical form.

        Raises SourceError, StoreError when it is for another line, OSError.
        """
        plan, _ = read_plan(path)
        if plan.line != line:
            raise StoreError(f"{path}: this plan is for line {plan.line}, not for {line}")
        wanted = self._place(self._plans, _PLAN_SUFFIX, (plan.line, plan.revision, plan.digest))
        self._refuse_other_content(wanted, self.plans())
        wanted.path.parent.mkdir(parents=True, exist_ok=True)
        replace_atomically(wanted.path, lambda file: file.write(plan.canonical()))
        return wanted

    def find_table(self, reference: str) -> Stored:
        """A table by `NAME@REVISION`, digest or the beginning of one. Raises StoreError."""
        return _only(reference, "routing tables", "NAME@REVISION", self.tables())

    def find_plan(self, line: str, reference: str | None = None) -> Stored:
        """A line's plan by revision, digest or its beginning; without one the highest revision.

        Raises StoreError.
        """
        plans = [plan for plan in self.plans() if plan.name == line]
        if reference is None and plans:
            return max(plans, key=lambda plan: plan.revision)
        if reference is None:
            raise StoreError(f"no chute plan of line {line} in the store; load one first")
        named = [plan for plan in plans if str(plan.revision) == reference]
        if named:
            return named[0]
        return _only(reference, f"chute plans of line {line}", "its revision", plans)

    def read_stored_plan(self, stored: Stored) -> ChutePlan:
        """A plan out of the store, checked. Raises StoreError."""
        try:
            text = _read(stored.path, _MAX_PLAN_BYTES)
            content = msgspec.json.decode(text, type=dict[str, object])
            plan = msgspec.convert(content, ChutePlan)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise StoreError(f"{stored.path}: no chute plan: {error}; load it again") from error
        if hashlib.sha256(text).hexdigest() != stored.digest or any(plan_faults(content)):
            raise StoreError(f"{stored.path}: not the plan its name says; load it again")
        return plan

    def activate(self, line: str, table: str, plan: str | None = None) -> ActivePair:
        """Make a pair the one that `line` runs on from its next look; both must be in the store.

        `table` and `plan` as for `find_table` and `find_plan`; without `plan` the one that is
        active stays, or the highest revision is taken. Raises StoreError, TableFileError, OSError.
        """
        found = self.find_table(table)
        before = self._pointer(line) if plan is None else None
        chosen = self.find_plan(line, before.plan if before else plan)
        pair = ActivePair(line, found, self.read_stored_plan(chosen))
        with RoutingTable.open(found.path, memory="mapped") as opened:
            if opened.digest != found.digest:
                raise StoreError(f"{found.path}: not the table its name says; load it again")
            problems = Problems()
            report_misfits(pair.plan, problems, destinations=opened.destinations)
        problems.raise_errors()
        pointer = msgspec.json.encode(_Pointer(found.digest, chosen.digest))
        self._pointers.mkdir(parents=True, exist_ok=True)
        replace_atomically(self._pointer_path(line), lambda file: file.write(pointer))
        return pair

    def active(self, line: str) -> ActivePair | None:
        """The pair that a line runs on, None when none was ever activated.

        Raises StoreError when the pointer, or what it points to, can't be read. The table itself
        is checked when it is opened.
        """
        pointer = self._pointer(line)
        if pointer is None:
            return None
        plan = self.find_plan(line, pointer.plan)
        return ActivePair(line, self.find_table(pointer.table), self.read_stored_plan(plan))

    def _pointer_path(self, line: str) -> Path:
        if name_fault(line):
            raise StoreError(f"{line!r} can be no line's name")
        return self._pointers / f"{line}.json"

    def _pointer(self, line: str) -> _Pointer | None:
        path = self._pointer_path(line)
        try:
            return msgspec.json.decode(_read(path, _MAX_POINTER_BYTES), type=_Pointer)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise StoreError(
                f"{path}: can't tell which table line {line} runs on: {error}; activate it again"
            ) from error

    @staticmethod
    def _place(folder: Path, suffix: str, identity: tuple[str, int, str]) -> Stored:
        return Stored(*identity, folder / f"{_SEPARATOR.join(map(str, identity))}{suffix}")

    @staticmethod
    def _refuse_other_content(wanted: Stored, present: tuple[Stored, ...]) -> None:
        for stored in present:
            if stored[:2] == wanted[:2] and stored.digest != wanted.digest:
                raise StoreError(
                    f"{wanted.name} revision {wanted.revision} is in the store with another "
                    f"content ({stored.digest[:12]}, this one is {wanted.digest[:12]}); raise the "
                    "revision with every change"
                )


def _stored_in(folder: Path, suffix: str) -> Iterator[Stored]:
    """What the names in a folder say is there; a name that says nothing is not ours."""
    for path in folder.glob(f"*{suffix}"):
        found = _IDENTITY.fullmatch(path.name.removesuffix(suffix))
        if found is not None:
            yield Stored(found["name"], int(found["revision"]), found["digest"], path)


def _is_sound(stored: Stored) -> bool:
    """Whether a table of this name is in the store and is what its name says, to the last byte."""
    try:
        with RoutingTable.open(stored.path, check_digest=True, memory="mapped") as table:
            return table.digest == stored.digest
    except (OSError, TableFileError):
        return False


def _only(reference: str, what: str, short: str, candidates: Iterable[Stored]) -> Stored:
    found = [
        stored
        for stored in candidates
        if reference == f"{stored.name}{_SEPARATOR}{stored.revision}"
        or (len(reference) >= _SHORTEST_DIGEST and stored.digest.startswith(reference))
    ]
    if len(found) == 1:
        return found[0]
    raise StoreError(
        f"{len(found) or 'no'} {what} called {reference!r} in the store; name one by {short} or "
        f"by {_SHORTEST_DIGEST} or more characters of its digest"
    )


def _read(path: Path, most_bytes: int) -> bytes:
    with path.open("rb") as file:
        text = file.read(most_bytes + 1)
    if len(text) > most_bytes:
        raise StoreError(f"{path}: larger than {most_bytes} bytes; it is not what the store wrote")
    return text
