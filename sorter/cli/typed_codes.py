"""Codes as they are given to a command: as arguments, or one a line on standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from sorter.cli.verdicts import USAGE, refuse


def typed_codes(codes: Iterable[str]) -> Iterator[str]:
    """The codes asked for, those of standard input in the place of `-`."""
    for code in codes:
        if code == "-":
            if sys.stdin is None:
                refuse("standard input is closed; name the codes", USAGE)
            for line in sys.stdin.buffer:
                yield line.removesuffix(b"\n").decode("utf-8", "replace")
        else:
            # Bytes that are no text came in as lone surrogates, which cannot be printed.
            yield code.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
