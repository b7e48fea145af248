"""`sorter hub`: what it answers to a person, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sorter.adapters.hub_sqlite import SqliteStore
from sorter.cli.main import app
from sorter.protocol.messages import ConnectionMessage, utc_text
from sorter.protocol.streams import StoredReport, Stream
from tests.support.reports import UTC_NS

runner = CliRunner()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A store with a box, three reports, a hole and a refusal."""
    path = tmp_path / "hub.sqlite"
    stream = Stream("b1", "north", 77)
    with SqliteStore(path) as store:
        store.box_said("LGG", ConnectionMessage(box="b1", state="ONLINE"))
        rows = [
            StoredReport(stream, seq, "closed", seq, utc_text(UTC_NS), "synced", 1, 1, "{}")
            for seq in (1, 2, 5)
        ]
        store.add(rows, {"malformed": 4})
    return path


def test_status_tells_boxes_lines_epochs_and_refusals(db: Path) -> None:
    found = json.loads(runner.invoke(app, ["hub", "status", "--db", str(db), "--json"]).stdout)
    assert found["boxes"] == [{"box": "b1", "site": "LGG", "state": "ONLINE"}]
    [stream] = found["streams"]
    assert (stream["line"], stream["epoch"]) == ("north", 77)
    assert (stream["stored"], stream["contiguous"]) == (3, 2)
    assert found["refused"] == {"malformed": 4}


def test_status_reads_well_for_a_person(db: Path) -> None:
    said = runner.invoke(app, ["hub", "status", "--db", str(db)]).stdout
    assert "box b1 of LGG: ONLINE" in said
    assert "b1/north epoch 77: 3 stored, complete up to 2" in said
    assert "refused as malformed: 4" in said


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = runner.invoke(app, ["hub", "status", "--db", str(tmp_path / "none.sqlite")])
    assert told.exit_code == 2
    assert "none.sqlite" in told.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broker", ["localhost", ":1883", "host:mqtt", "host:0", "host:70000"])
def test_a_broker_that_is_no_address_is_refused(tmp_path: Path, broker: str) -> None:
    db = str(tmp_path / "hub.sqlite")
    told = runner.invoke(app, ["hub", "serve", "--broker", broker, "--db", db])
    assert told.exit_code == 2
    assert "expected HOST:PORT" in told.stderr


def test_a_site_that_could_widen_the_subscription_is_refused(tmp_path: Path) -> None:
    db = str(tmp_path / "hub.sqlite")
    told = runner.invoke(app, ["hub", "serve", "--broker", "h:1", "--db", db, "--site", "#"])
    assert told.exit_code == 2
    assert "found the name '#'" in told.stderr
