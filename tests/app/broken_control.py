"""A control process with a bug: it breaks on the first telegram. `CONFIG`."""

from __future__ import annotations

import sys
from pathlib import Path

from sorter.app.control import run_control
from sorter.config import load_config
from sorter.control.line_control import LineControl
from sorter.protocol.telegram import Malformed, Telegram
from tests.app.boxes import LINE


def break_on_it(
    _self: LineControl, _scanner: str, _telegram: Telegram | Malformed, _received_ns: int
) -> None:
    """What a bug in the engine does."""
    raise RuntimeError("the engine has a bug")


LineControl.hear = break_on_it  # type: ignore[method-assign,assignment] # the bug
run_control(load_config(Path(sys.argv[1])), LINE)
