"""The README promises only what is there: its configuration loads, its files and commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sorter.config import load_config

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Where the README's short paths begin.
FOLDERS = (ROOT, ROOT / "sorter")


def test_the_configuration_in_it_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "sorter.toml"
    path.write_text(example, encoding="utf-8")
    assert load_config(path).line("north").chutes[0].name == "C01"


def test_the_files_it_names_exist() -> None:
    named = set(re.findall(r"`([a-z_]+(?:/[\w.]+)+/?|[A-Z]+\.md)`", README))
    assert len(named) > 15
    missing = {path for path in named if not any((folder / path).exists() for folder in FOLDERS)}
    assert not missing


@pytest.mark.parametrize(
    "command",
    sorted(
        set(
            re.findall(
                r"^    sorter ((?:table|plan|hub|line|journal) \w+|run)", README, re.MULTILINE
            )
        )
    ),
)
def test_the_commands_it_names_answer(command: str) -> None:
    argv = [sys.executable, "-m", "sorter", *command.split(), "--help"]
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_the_way_from_a_source_to_a_line_that_runs_on_it_can_be_walked(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    for folder in ("/var/lib/sorter", "/run/sorter"):
        example = example.replace(folder, f"{tmp_path}{folder}")
    (tmp_path / "sorter.toml").write_text(example, encoding="utf-8")
    (way,) = re.findall(
        r"^## Pointing it at a real line\n(.*?)^## ", README, re.DOTALL | re.MULTILINE
    )
    commands = re.findall(r"^    sorter ((?:table|plan) [^#\n]+)", way, re.MULTILINE)
    assert len(commands) == 8
    for command in commands:
        argv = [sys.executable, "-m", "sorter", *command.split()]
        answer = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert answer.returncode == 0, f"{command}: {answer.stderr}"
        if command.startswith("plan init"):
            plan = tmp_path / "plan.toml"
            line_of_its_own = re.sub(r"chutes = .*]", 'chutes = ["C01"]', plan.read_text())
            line_of_its_own = re.sub(r'= \["C08"\]', '= ["C01"]', line_of_its_own)
            plan.write_text(line_of_its_own.replace("line-1", "north"))


def test_the_make_targets_it_names_exist() -> None:
    targets = set(re.findall(r"`make (\w+)`", README)) | {"demo", "test"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert not {target for target in targets if f"\n{target}:" not in makefile}
