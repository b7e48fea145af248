"""A small MQTT 3.1.1 broker in Python, for the demo where Mosquitto is missing. Over amqtt.

    python -m sorter.adapters.embedded_broker --port N

It listens on loopback only, lets anybody in there, prints {"ready": {"port": N}} and ends on
SIGTERM, SIGINT or the end of standard input. Needs the extra `demo`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig


async def serve(port: int) -> None:
    """Serve on 127.0.0.1:`port` until asked to end."""
    broker = Broker(
        BrokerConfig.from_dict(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {}},
            }
        )
    )
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await broker.start()
    watching = _end_with_standard_input(loop, ended)
    sys.stdout.write(json.dumps({"ready": {"port": port}}) + "\n")
    sys.stdout.flush()
    await ended.wait()
    if watching:
        loop.remove_reader(sys.stdin)
    await broker.shutdown()


def _end_with_standard_input(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> bool:
    """Have `ended` set when standard input is closed; False where it can't be watched (a file)."""

    def look() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin)
            ended.set()

    try:
        loop.add_reader(sys.stdin, look)
    except PermissionError:
        return False
    return True


def main() -> None:
    """The process's entry point."""
    parser = argparse.ArgumentParser(prog="embedded_broker", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
