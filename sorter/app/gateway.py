"""The composition root of a gateway process."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

from sorter import __version__
from sorter.adapters import clock
from sorter.adapters.mqtt import MqttLink
from sorter.config import Config
from sorter.disk.folder_lock import FolderInUseError, lock_folder
from sorter.gateway.gateway import Gateway
from sorter.gateway.settings import GatewaySettings, LineFiles
from sorter.gateway.uplink import connection_message
from sorter.protocol.broker_link import BrokerAddress
from sorter.protocol.topics import BoxTopics


class NoStartError(RuntimeError):
    """The gateway can't work on this box; nothing was begun."""


def run_gateway(config: Config) -> None:
    """Deliver the reports of all lines of a box until SIGTERM or SIGINT, then drain and end.

    Prints {"ready": true} once the journals are followed and {"unacknowledged": {line: n}} at the
    end. Raises NoStartError, and OSError when the disk refuses to sync: only a new start reads what
    is really there.
    """
    settings = gateway_settings(config)
    # Two of them would push each other off the broker for ever, under one client's name.
    try:
        lock = lock_folder(_cursors(config))
    except FolderInUseError as error:
        raise NoStartError(
            f"{error}; one gateway serves a box, stop the other one first"
        ) from error
    except OSError as error:
        raise NoStartError(f"{error}; see state_dir in the config") from error
    try:
        _deliver(config, settings)
    finally:
        os.close(lock)


def _deliver(config: Config, settings: GatewaySettings) -> None:
    link = MqttLink(
        BrokerAddress(config.broker.host, config.broker.port, config.broker.mqtt_version),
        client_id=f"sorter-{settings.site}-{settings.box}",
        subscriptions=[BoxTopics(settings.site, settings.box).ack],
        will=connection_message(settings, "CONNECTIONBROKEN"),
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    left = Gateway(settings, link, clock).run(stop.is_set, lambda: _print({"ready": True}))
    _print({"unacknowledged": left})


def gateway_settings(config: Config) -> GatewaySettings:
    """What the box's config says to its gateway."""
    cursors = _cursors(config)
    return GatewaySettings(
        site=config.box.site,
        box=config.box.name,
        lines=tuple(
            LineFiles(line.name, config.journal_dir(line.name), cursors / f"{line.name}.cursor")
            for line in config.lines
        ),
        software=__version__,
    )


def _cursors(config: Config) -> Path:
    return config.box.state_dir / "gateway"


def _print(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
