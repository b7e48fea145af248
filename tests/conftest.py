"""Where there is no Mosquitto, the tests that need it are left out, and the last lines say so."""

import os
import shutil

import pytest

_NO_MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _NO_MOSQUITTO:
        return
    left_out = [item for item in items if item.get_closest_marker("mosquitto")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _NO_MOSQUITTO:
        terminalreporter.section("NOT RUN: the tests that need Mosquitto", yellow=True)
        terminalreporter.line("There is none here. Run: sudo apt-get install mosquitto")
