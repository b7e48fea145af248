"""What an engine must be told before anything else."""

from __future__ import annotations

import pytest

from sorter.engine.engine import Engine, NotStartedError
from sorter.engine.events import BeltMoved
from sorter.engine.run_events import LineStarted
from tests.engine.belt_model import LAYOUT


def test_a_line_begins_with_its_start() -> None:
    engine = Engine()
    with pytest.raises(NotStartedError, match="found no LineStarted"):
        engine.tell(BeltMoved(time_ns=1, count=0))
    with pytest.raises(NotStartedError, match="found no LineStarted"):
        _ = engine.ledger


def test_a_start_without_a_layout_is_refused_and_changes_nothing() -> None:
    engine = Engine()
    engine.tell(LineStarted(time_ns=1, count=0, line="L1", layout=LAYOUT, inducted=2))
    with pytest.raises(NotStartedError, match="L1 was started without its layout"):
        engine.tell(LineStarted(time_ns=2, count=0, line="L1"))
    assert engine.ledger.inducted == 2
