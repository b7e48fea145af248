"""`sorter run`: a plain parent of the box's processes, where no service manager does it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

from sorter.app.children import Child
from sorter.config import Config

log = logging.getLogger(__name__)


def run_box(config: Config, config_path: Path) -> None:
    """Run the gateway and a control process for each line until SIGTERM or SIGINT.

    A line without its PLC is no reason to end: its control process goes on trying.
    """
    asyncio.run(_run(config, config_path))


async def _run(config: Config, config_path: Path) -> None:
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    sorter = (sys.executable, "-m", "sorter")
    at = ("--config", str(config_path))
    gateway = Child("gateway", (*sorter, "gateway", *at), on_pid=_say)
    lines = [
        Child(f"control {line.name}", (*sorter, "control", line.name, *at), on_pid=_say)
        for line in config.lines
    ]
    for child in (gateway, *lines):
        child.launch()
    await asked.wait()
    log.info("stopping")
    # Control first: the gateway then still takes its last reports to the hub.
    await asyncio.gather(*(line.stop() for line in lines))
    await gateway.stop()


def _say(name: str, pid: int) -> None:
    log.info("%s runs as process %d", name, pid)
