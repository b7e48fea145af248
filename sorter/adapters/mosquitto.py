"""Mosquitto as a private broker on loopback: where it is, its configuration, its command line.

For the demo and for tests. It listens on loopback only and lets anybody in there; it keeps nothing
over a restart, so that whoever relies on the broker's memory is found out.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

# Debian installs the broker where a user's PATH does not look.
_SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


def find_mosquitto() -> Path | None:
    """The broker's program, or None where there is none."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=_SYSTEM_FOLDERS)
    return None if found is None else Path(found)


def mosquitto_argv(program: Path, folder: Path, port: int) -> tuple[str, ...]:
    """Write a configuration for a broker on loopback `port` into `folder`; how to start it."""
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\n"
        # Started by root it would change to a user of its own, whereupon the kernel forgets to end
        # it with its parent: a killed demo would leave it running.
        f"user {pwd.getpwuid(os.geteuid()).pw_name}\n"
        "allow_anonymous true\n"
        "persistence false\n"
        # By default it drops what is beyond 1,000 messages of a slow subscriber.
        "max_queued_messages 0\n"
        "max_inflight_messages 500\n"
        "max_packet_size 262144\n"
        "set_tcp_nodelay true\n"
        "log_dest stderr\n"
        "log_type error\n"
        "log_type warning\n"
    )
    return str(program), "-c", str(config)
