"""Ranks the codes of one parcel to one destination, or to the reason why there is none.

The ranks, each asked only when no code has an answer at the one before:
1. exact: pre-advice names the code;
2. postcode: the longest prefix of a postcode that a label carries;
3. barcode_prefix: the longest prefix of the code itself.

A wrong divert is worse than none. Codes that lead to different destinations at one rank are a
`conflict`, and so are codes pre-advised for different parcels (`double_induct`). A code that was
read wrongly (every format it has the shape of fails its check) is believed only when pre-advice
names exactly it; when all codes are like that the parcel is a `misread`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from sorter._native import MAX_CODE_LENGTH, MAX_DESTINATIONS
from sorter.engine.labels import Label


class Decision(msgspec.Struct, frozen=True, gc=False):
    """Where a parcel shall go. `destination` and `key` are None unless the rule gives one.

    `rule` is exact, postcode, barcode_prefix, unknown, no_read, misread or conflict; `key` is the
    row that matched: the code itself, or the prefix. `why` tells a conflict that is a
    double_induct from one of destinations. `pieces` are those of the codes that no other parcel
    bears: rows of pre-advice, and numbers of formats that name one piece.
    """

    rule: str
    destination: str | None
    key: str | None
    revision: int
    why: str | None = None
    pieces: tuple[str, ...] = ()


class Routes(Protocol):
    """What deciding needs of a routing table."""

    @property
    def destinations(self) -> Sequence[str]:
        """Names by number."""

    @property
    def revision(self) -> int:
        """The table's revision."""

    def read_label(self, code: str) -> Label:
        """What a code is among the formats the site expects."""

    def find_row(self, code: str) -> int:
        """Destination number + parcel group * 2**16 of exactly this code, or -1."""

    def longest_postcode(self, key: str) -> tuple[int, int]:
        """Destination number and length of the longest prefix, or (-1, 0)."""

    def longest_barcode(self, code: str) -> tuple[int, int]:
        """Destination number and length of the longest prefix, or (-1, 0)."""


class BatchRoutes(Routes, Protocol):
    """What deciding for many parcels at once needs of a routing table."""

    def find_row_batch(self, codes: Sequence[str]) -> NDArray[np.int64]:
        """As `find_row`, for each code."""


def decide(routes: Routes, codes: Sequence[bytes | str]) -> Decision:
    """The decision for all codes that were read on one parcel.

    Raises TypeError when `codes` is one code, or holds what is none.
    """
    texts = _texts(codes)
    return _decide(routes, texts, [routes.find_row(code) for code in texts])


def decide_batch(routes: BatchRoutes, parcels: Iterable[Sequence[bytes | str]]) -> list[Decision]:
    """As `decide`, for many parcels; the exact rows of all their codes are found in one call."""
    if isinstance(parcels, bytes | str):
        raise TypeError("found one code; a batch is a list of parcels, each a list of codes")
    read = [_texts(codes) for codes in parcels]
    rows = routes.find_row_batch([code for codes in read for code in codes]).tolist()
    decisions = []
    first = 0
    for codes in read:
        end = first + len(codes)
        decisions.append(_decide(routes, codes, rows[first:end]))
        first = end
    return decisions


def _texts(codes: Sequence[bytes | str]) -> list[str]:
    if isinstance(codes, bytes | str):
        raise TypeError(f"found one code, {codes!r}; a parcel has a list of them")
    return [code if type(code) is str else _text(code) for code in codes]


def _text(code: object) -> str:
    """A code as plain text; bytes outside ASCII become what can be no code."""
    if isinstance(code, bytes):
        return code.decode("ascii", "replace")
    if isinstance(code, str):
        return str(code)
    raise TypeError(f"a code is bytes or str, not {type(code).__name__}")


def _decide(routes: Routes, codes: Sequence[str], rows: Sequence[int]) -> Decision:
    """The decision for codes of which `rows` are known, as `find_row` has them."""
    if not codes:
        return _nowhere(routes, "no_read")
    decision = _by_exact_row(routes, codes, rows)
    if decision is not None:
        return decision
    labels = [label for label in map(routes.read_label, codes) if not label.misread]
    if not labels:
        return _nowhere(routes, "misread")
    return (
        _by_postcode(routes, labels)
        or _by_barcode_prefix(routes, labels)
        or _nowhere(routes, "unknown")
    )


def _by_exact_row(routes: Routes, codes: Sequence[str], rows: Sequence[int]) -> Decision | None:
    votes = []
    parcels = set()
    for code, row in zip(codes, rows, strict=True):
        if row >= 0:
            parcel, number = divmod(row, MAX_DESTINATIONS)
            votes.append((number, code))
            if parcel:
                parcels.add(parcel)
    if len(parcels) > 1:
        return _nowhere(routes, "conflict", why="double_induct")
    return _agreed(routes, "exact", votes)


def _by_postcode(routes: Routes, labels: Sequence[Label]) -> Decision | None:
    votes = []
    for label in labels:
        for key in label.postcode_keys:
            number, length = routes.longest_postcode(key)
            if length:
                votes.append((number, key[:length]))
    return _agreed(routes, "postcode", votes, labels)


def _by_barcode_prefix(routes: Routes, labels: Sequence[Label]) -> Decision | None:
    votes = []
    for label in labels:
        if could_be_pre_advised(label.code):
            number, length = routes.longest_barcode(label.code)
            if length:
                votes.append((number, label.code[:length]))
    return _agreed(routes, "barcode_prefix", votes, labels)


def could_be_pre_advised(code: str) -> bool:
    """Whether a code could be a row of a table at all: noise must not pass for its beginning."""
    return len(code) <= MAX_CODE_LENGTH and code.isascii() and code.isprintable()


def _agreed(
    routes: Routes, rule: str, votes: Sequence[tuple[int, str]], labels: Sequence[Label] = ()
) -> Decision | None:
    """The destination of all votes (number, key), the conflict between them, or None for none.

    Without labels the keys are rows of pre-advice, each of which names a piece.
    """
    if not votes:
        return None
    number, key = votes[0]
    if any(other != number for other, _ in votes):
        return _nowhere(routes, "conflict")
    if labels:
        pieces = tuple(label.code for label in labels if label.names_piece)
    else:
        pieces = tuple(row for _, row in votes)
    return Decision(rule, routes.destinations[number], key, routes.revision, None, pieces)


def _nowhere(routes: Routes, rule: str, why: str | None = None) -> Decision:
    return Decision(rule, None, None, routes.revision, why)
