"""What holds for all tests: the same examples in each run, and nothing left out in silence.

Where there is no Mosquitto, the tests that need it are not run, and the last lines say so.
`pytest --hypothesis-profile=search` looks for new examples of the property tests, and `brief` shows
them few: where a processor is emulated.
"""

import os
import shutil
import signal

import hypothesis
import pytest

# A deadline would judge the machine, not the code.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("brief", derandomize=True, deadline=None, max_examples=10)
hypothesis.settings.register_profile("search", max_examples=1000, deadline=None)
hypothesis.settings.load_profile("steady")

# A shell starts what runs in the background deaf to Ctrl-C; whoever tests start would be so too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

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
