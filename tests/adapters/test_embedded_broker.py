"""The broker for a machine without Mosquitto carries a box's reports to its hub all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.box import LINE, Box
from tests.support.broker import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.e2e


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a running embedded broker, ended by the end of its standard input."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "sorter.adapters.embedded_broker", "--port", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as broker:
        assert broker.stdin is not None
        assert broker.stdout is not None
        assert json.loads(broker.stdout.readline()) == {"ready": {"port": port}}
        yield port
        broker.stdin.close()
        assert broker.wait(10) == 0


def test_reports_and_acknowledgements_pass_through_the_embedded_broker(
    tmp_path: Path, port: int
) -> None:
    box = Box(tmp_path, port, mqtt_version="3.1.1")
    try:
        box.start_hub()
        gateway = box.start_gateway()
        box.report(500)
        until(lambda: box.acknowledged() == 500, "everything is acknowledged")
        assert gateway.stop() == [{"unacknowledged": {LINE: 0}}]
        box.assert_each_once_in_order()
    finally:
        box.close()
