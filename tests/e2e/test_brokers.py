"""The demo on a machine without Mosquitto."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sorter.app import broker
from sorter.demo.mix import make_mix
from sorter.demo.run import Demo, DemoOptions

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_without_mosquitto_the_embedded_broker_carries_every_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "find_mosquitto", lambda: None)

    async def run() -> tuple[str, ...]:
        demo = Demo(make_mix(20, 18_000, seed=10), DemoOptions(tmp_path))
        return (await demo.run(lambda _progress: None)).failures

    assert asyncio.run(run()) == ()
