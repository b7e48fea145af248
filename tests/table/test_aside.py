"""Long work aside: its errors come back, and a signal need not wait for its end."""

from __future__ import annotations

import os
import signal
from threading import Event, current_thread, main_thread

import pytest

from sorter.table.aside import run_aside


def test_the_work_is_done_by_another_thread_and_waited_for() -> None:
    done = []
    run_aside(lambda: done.append(current_thread()))
    assert done != [main_thread()]


def test_what_the_work_raises_is_raised_where_it_is_waited_for() -> None:
    def fail() -> None:
        raise MemoryError("no memory to sort")

    with pytest.raises(MemoryError, match="to sort"):
        run_aside(fail)


def test_a_signal_ends_the_wait_while_the_work_goes_on() -> None:
    enough = Event()
    ended = Event()

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        enough.wait()
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        run_aside(work)
    assert not ended.is_set()
    enough.set()
    assert ended.wait(60)
