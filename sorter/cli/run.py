"""`sorter run`: gateway and control of every line under one parent."""

from __future__ import annotations

from sorter.cli.options import DEFAULT_CONFIG, ConfigPath, read_config, start_log


def run(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Run the box without a service manager: gateway and every line, restarted when they die."""
    from sorter.app.run import run_box

    start_log("run")
    run_box(read_config(config), config)
