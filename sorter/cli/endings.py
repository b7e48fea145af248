"""SIGINT and SIGTERM end a long command the way an error does: nothing half done is left."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


class EndedError(BaseException):
    """A signal asked the command to end; no `except Exception` may keep it from doing so."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)

    @property
    def exit_code(self) -> int:
        """The one that shells give a program which a signal has ended."""
        return 128 + self.signal


@contextmanager
def signals_raise() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise EndedError in here; a signal that is ignored stays so.

    The main thread's alone. After the first signal no other one breaks into the clean-up.
    """
    taken = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]

    def end(number: int, _frame: FrameType | None) -> None:
        for one in taken:
            signal.signal(one, signal.SIG_IGN)
        raise EndedError(number)

    before = {number: signal.signal(number, end) for number in taken}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
