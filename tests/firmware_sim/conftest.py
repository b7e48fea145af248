"""A PLC with session 7 open and its host ready."""

import pytest

from tests.firmware_sim.panel import Panel


@pytest.fixture
def panel() -> Panel:
    ready = Panel()
    ready.cycles(1)
    ready.open_session()
    return ready
