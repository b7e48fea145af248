"""`sorter journal replay` as a person or a script uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from sorter.cli.main import app
from sorter.disk.segments import segment_path
from sorter.engine.reports import ParcelDecided
from sorter.engine.run_events import LineStarted
from sorter.table import compile_table, read_source
from tests.simulation.plant import DESTINATIONS, Mix
from tests.simulation.run import PLAN, simulate
from tests.support.recorded import Body, bodies_of, write_journal


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    """Run `sorter journal ...`; standard output and standard error."""
    result = CliRunner().invoke(app, ["journal", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def the_object(text: str) -> dict[str, Any]:
    """The one JSON object there is."""
    (line,) = text.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.fixture(scope="module")
def shift() -> list[Body]:
    return bodies_of(simulate(Mix(40, 5, no_read=0.1)).journal)


@pytest.fixture
def journal(shift: list[Body], tmp_path: Path) -> Path:
    write_journal(tmp_path / "journal", shift)
    return tmp_path / "journal"


def routes(shift: list[Body]) -> dict[str, str]:
    decided = [body for body in shift if isinstance(body, ParcelDecided)]
    return {one.codes[0]: one.destination for one in decided if one.destination is not None}


def table_of(rows: dict[str, str], folder: Path) -> Path:
    """A compiled table of these rows."""
    source = folder / "source"
    source.mkdir()
    names = "".join(f'"{name}", ' for name in DESTINATIONS)
    (source / "table.toml").write_text(
        f'name = "next"\nsite = "liege"\nrevision = 7\ndestinations = [{names}]\n'
    )
    lines = "".join(f"{code},{destination}\n" for code, destination in rows.items())
    (source / "parcels.csv").write_text("barcode,destination\n" + lines)
    compile_table(read_source(source), folder / "next.table")
    return folder / "next.table"


def plan_of(folder: Path, **moved: str) -> Path:
    """A plan source like the recorded plan, with these chutes for some destinations."""
    chutes = {name: list(entry.chutes) for name, entry in PLAN.destinations.items()}
    chutes |= {name: [chute] for name, chute in moved.items()}
    lines = [f"{name} = {{ chutes = {chutes[name]} }}" for name in chutes]
    fallback = "".join(
        f'{rule} = "end"\n' for rule in ("no_read", "unknown", "conflict", "misread")
    )
    path = folder / "plan.toml"
    path.write_text(
        'line = "L1"\nrevision = 5\n[destinations]\n'
        + "\n".join(lines)
        + f'\n[fallback]\n{fallback}overflow = ["OVF"]\n'
    )
    return path


def test_a_journal_that_comes_out_again_is_equal(journal: Path, shift: list[Body]) -> None:
    told = the_object(run("replay", journal, "--json")[0])
    assert (told["equal"], told["runs"], told["records"]) == (True, 1, len(shift))
    assert told["events"] + told["commands"] + told["reports"] == len(shift)
    assert "difference" not in told
    text, _ = run("replay", journal)
    assert f"equal; {told['events']} events gave the recorded {told['commands']} commands" in text
    assert "events/s" in text


def test_the_first_difference_is_shown_with_its_event(shift: list[Body], tmp_path: Path) -> None:
    bodies = list(shift)
    at = next(at for at, body in enumerate(bodies) if isinstance(body, ParcelDecided))
    bodies[at] = msgspec.structs.replace(bodies[at], chute="C\x1b9", reason="alternate")
    write_journal(tmp_path, bodies)
    told = the_object(run("replay", tmp_path, "--json", code=1)[0])
    assert not told["equal"]
    difference = told["difference"]
    assert difference["record"] + 1 + difference["place"] == at + 1
    assert difference["event"]["event"] == "route_found"
    assert difference["recorded"]["chute"] == "C\x1b9"
    assert difference["fields"] == ["chute", "reason"]
    text, _ = run("replay", tmp_path, code=1)
    assert f"differs at record {difference['record']}, run 1, " in text
    assert "  event        route found: parcel 1, rule exact" in text
    assert "  recorded     decided: parcel 1, " in text
    assert "  reason: recorded alternate, regenerated assigned" in text
    assert r"chute 'C\x1b9'" in text, "nothing that a terminal would act on"


def test_a_candidate_table_tells_what_would_have_gone_elsewhere(
    journal: Path, shift: list[Body], tmp_path: Path
) -> None:
    rows = routes(shift)
    code = next(code for code in rows if rows[code] == "NAMUR")
    table = table_of(rows | {code: "GHENT"}, tmp_path)
    told = the_object(run("replay", journal, "--table", table, "--json")[0])
    assert told["candidate"] == {"table": "next@7", "plan": None}
    assert (told["decided"], told["elsewhere"], told["same_chute"]) == (40, 1, 0)
    assert told["by_destination"] == [{"was": "NAMUR", "would_be": "GHENT", "parcels": 1}]
    assert told["by_chute"] == [{"was": "C2", "would_be": "C5", "parcels": 1}]
    (sample,) = told["samples"]
    assert (sample["codes"], sample["would_be"]["table_revision"]) == ([code], 7)
    text, _ = run("replay", journal, "--table", table)
    assert "40 parcels decided; 1 would have gone elsewhere" in text
    assert "  NAMUR -> GHENT: 1\n" in text
    assert "  C2 -> C5: 1\n" in text
    assert (
        f"{code}: was NAMUR (exact) to C2 (assigned), would be GHENT (exact {code}) to C5" in text
    )


def test_a_candidate_plan_may_be_asked_alone_and_with_a_table(
    journal: Path, shift: list[Body], tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, GHENT="C7")
    told = the_object(run("replay", journal, "--plan", plan, "--json")[0])
    moved = sum(isinstance(body, ParcelDecided) and body.chute == "C5" for body in shift)
    assert told["by_chute"] == [{"was": "C5", "would_be": "C7", "parcels": moved}]
    assert len(told["samples"]) == 3
    table = table_of(routes(shift), tmp_path)
    both = ("--plan", plan, "--table", table, "--samples", 0)
    told = the_object(run("replay", journal, *both, "--json")[0])
    assert told["candidate"] == {"table": "next@7", "plan": "L1@5"}
    assert (told["elsewhere"], told["samples"]) == (moved, [])


def test_what_can_t_be_a_candidate_is_refused(journal: Path, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, GHENT="C99")
    assert "'C99'" in run("replay", journal, "--plan", plan, code=1)[1]
    plan.write_text(plan.read_text().replace('"L1"', '"L2"'))
    assert "for line 'L2'" in run("replay", journal, "--plan", plan, code=2)[1]
    assert "No such file" in run("replay", journal, "--plan", tmp_path / "none", code=2)[1]
    assert "--table" in run("replay", journal, "--delta", plan, code=2)[1]
    run("replay", journal, "--table", plan, code=1)


def test_what_another_release_recorded_is_said_beside_the_candidate(
    shift: list[Body], tmp_path: Path
) -> None:
    bodies = list(shift)
    at = next(at for at, body in enumerate(bodies) if isinstance(body, ParcelDecided))
    bodies[at] = msgspec.structs.replace(bodies[at], reason="older words")
    write_journal(tmp_path / "journal", bodies)
    plan = plan_of(tmp_path)
    text, error = run("replay", tmp_path / "journal", "--plan", plan)
    assert "1 turns come out otherwise than recorded even without the candidate" in text
    assert "recorded older words, regenerated assigned" in error


def test_a_journal_is_named_by_its_line_too(
    shift: list[Body], tmp_path: Path, box_config: Path
) -> None:
    config = ("--config", box_config)
    assert "found no journal" in run("replay", "line-1", *config, code=2)[1]
    write_journal(tmp_path / "state" / "journal" / "line-1", shift)
    assert "equal" in run("replay", "line-1", *config)[0]
    assert "'line-9' is no folder, and no line of" in run("replay", "line-9", *config, code=2)[1]
    assert "no such folder" in run("replay", "line-1", "--config", tmp_path / "none", code=2)[1]
    assert "found no journal" in run("replay", tmp_path, code=2)[1]
    assert "found no journal" in run("replay", tmp_path / "none", code=2)[1]
    assert "Not a directory" in run("replay", box_config, code=2)[1]


def test_damage_ends_with_segment_and_byte(journal: Path) -> None:
    path = segment_path(journal, 1)
    content = bytearray(path.read_bytes())
    content[3000] ^= 1
    path.write_bytes(content)
    assert f"{path}, byte " in run("replay", journal, code=1)[1]
    told = the_object(run("replay", journal, "--json", code=1)[0])
    assert (told["ok"], told["file"]) == (False, str(journal))
    assert f"{path}, byte " in told["error"]


def test_a_journal_without_any_layout_proves_nothing(shift: list[Body], tmp_path: Path) -> None:
    start = shift[0]
    assert isinstance(start, LineStarted)
    write_journal(tmp_path, [msgspec.structs.replace(start, layout=None), *shift[1:]])
    text, _ = run("replay", tmp_path, code=1)
    assert "nothing to replay" in text
    assert "recorded without their layout" in " ".join(text.split())
    assert not the_object(run("replay", tmp_path, "--json", code=1)[0])["equal"]
