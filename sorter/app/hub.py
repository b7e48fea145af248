"""The composition root of a hub process, and what the command line asks of its store."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import threading
from pathlib import Path

from sorter.adapters.hub_sqlite import HubStoreError, SqliteStore, read_status, stored_reports
from sorter.adapters.mqtt import MqttLink
from sorter.hub.collector import Collector
from sorter.protocol.broker_link import BrokerAddress
from sorter.protocol.topics import hub_filters

__all__ = ["HubStoreError", "read_status", "serve_hub", "stored_reports"]


def serve_hub(broker: BrokerAddress, db: Path, site: str | None) -> None:
    """Collect the reports of a site's boxes (None: of all sites) into `db` until SIGTERM or SIGINT.

    Prints {"ready": true} once subscribed. Raises HubStoreError for a file of another kind,
    TopicError for a site's name that can't stand in a topic, and sqlite3.Error when it can't write.
    """
    link = MqttLink(
        broker, client_id=f"sorter-hub-{secrets.token_hex(6)}", subscriptions=hub_filters(site)
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with SqliteStore(db) as store:
        Collector(link, store).run(stop.is_set, _ready)


def _ready() -> None:
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
