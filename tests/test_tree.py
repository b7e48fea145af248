"""The rules of the tree hold here, and each of them can fail.

Every rule of `.ci/tree_rules` and every import contract of pyproject.toml is shown one planted
breach in a small tree of its own: a rule that finds nothing anywhere would pass unnoticed.
"""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tree_rules import RULES
from tree_rules.source import Finding, SourceFile, Tree

ROOT = Path(__file__).resolve().parent.parent
HEAD = '"""What it owns."""\n\n'
MARK = "TO" + "DO"
SKIP = "pytest.mark." + "skip"
IGNORE = "# type: " + "ignore"
NOQA = "# no" + "qa"
RULE_LINE = "-" * 10
MIRROR = "https:/" + "/mirror.example/"


def judge(root: Path, files: dict[str, str]) -> list[Finding]:
    shutil.copy(ROOT / "pyproject.toml", root)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    tree = Tree.from_paths(root, sorted(files))
    return [finding for rule in RULES for finding in rule(tree) if not finding.note]


def test_this_tree_keeps_every_rule() -> None:
    tree = Tree.from_git(ROOT)
    assert len(tree.files) > 20
    findings = [str(found) for rule in RULES for found in rule(tree) if not found.note]
    assert findings == []


BREACHES = [
    ("top-level", "scripts/build.txt", "anything\n"),
    ("head", "sorter/engine/belt.py", "SPEED_MPS = 2.5\n"),
    ("head", "native/plain.pyx", "cdef int slots = 8\n"),
    ("name", "sorter/chute_helpers.py", HEAD),
    ("name", "sorter/chutes.py", HEAD + "class ChuteManager:\n    pass\n"),
    ("test-package", "tests/engine/test_belt.py", HEAD),
    ("size", "sorter/long.py", HEAD + "x = 1\n" * 400),
    ("size", "sorter/long.py", HEAD + "def f() -> None:\n" + "    print()\n" * 50),
    (
        "size",
        "native/long.pyx",
        HEAD + "cdef int f(int a,\n  int b) nogil:\n" + "    a += b\n" * 49,
    ),
    ("pure", "sorter/engine/belt.py", HEAD + "import time\n"),
    ("pure", "sorter/engine/belt.py", HEAD + "def now() -> None:\n    from time import sleep\n"),
    ("pure", "sorter/engine/belt.py", HEAD + "from ..table import lookup\n"),
    ("pure", "sorter/protocol/frames.py", HEAD + "tape = open('tape')\n"),
    ("pure", "sorter/protocol/frames.py", HEAD + "t = datetime.now(tz=UTC)\n"),
    ("native", "native/keys.pyx", HEAD + "from sorter.table.store cimport Store\n"),
    ("native", "native/keys.pxd", HEAD + "cimport cpython.time, socket\n"),
    ("native", "sorter/table/keys.pyx", HEAD),
    ("native-door", "sorter/hub/collector.py", HEAD + "import sorter._native as core\n"),
    ("native-door", "firmware_sim/plant.py", HEAD + "from sorter import (\n    _native,\n)\n"),
    ("io-library", "sorter/control/loop.py", HEAD + "from pymodbus.client import Client\n"),
    ("hidden-import", "sorter/app.py", HEAD + "hub = import_module('sorter.hub')\n"),
    ("machine-path", "docs/manual.md", "Put it into /ro" + "ot/sorter first.\n"),
    ("address", "README.md", "pip install --index-" + f"url={MIRROR}simple sorter\n"),
    ("address", "constraints.txt", f"numpy @ {MIRROR}numpy-2.4.whl\n"),
    ("banner", "sorter/config.py", HEAD + f"# {RULE_LINE} lines {RULE_LINE}\n"),
    ("banner", "native/keys.h", f"/* {RULE_LINE} */\n"),
    ("mark", "sorter/config.py", HEAD + f"x = 1  # {MARK}: read it\n"),
    ("suppression", "sorter/config.py", HEAD + f"x = f()  {IGNORE}\n"),
    ("suppression", "sorter/config.py", HEAD + f"x = f()  {IGNORE}[no-any-return]\n"),
    ("suppression", "sorter/config.py", HEAD + f"x = f()  {NOQA}: BLE001\n"),
    ("skipped-test", "tests/test_belt.py", HEAD + f"@{SKIP}\ndef test_belt() -> None:\n    pass\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_a_breach_is_found_where_it_stands(rule: str, path: str, text: str, tmp_path: Path) -> None:
    around = {"tests/__init__.py": ""} if path == "tests/test_belt.py" else {}
    found = judge(tmp_path, {path: text, **around})
    assert {finding.rule for finding in found} == {rule}
    assert {finding.path.split("/")[0] for finding in found} == {path.split("/", maxsplit=1)[0]}


ALLOWED = [
    ("sorter/engine/belt.py", HEAD + "import struct\nfrom .parcel import Parcel\n"),
    ("sorter/engine/belt.py", '"""An example:\n\nimport time\nopen(1)\n"""\n'),
    ("sorter/protocol/frames.py", HEAD + "from sorter.engine.events import AnyEvent\n"),
    ("sorter/table/lookup.py", HEAD + "from sorter import _native\n"),
    ("sorter/config.py", HEAD + f"x = f()  {IGNORE}[no-any-return]  # f has no stub\n"),
    ("sorter/config.py", HEAD + f"x = f()  {NOQA}: BLE001 - a plug-in may raise anything\n"),
    ("sorter/config.py", HEAD + f'RULE = "{RULE_LINE}"\n'),
    ("docs/manual.md", f"| chute | state |\n|{RULE_LINE}|{RULE_LINE}|\n"),
]


@pytest.mark.parametrize(("path", "text"), ALLOWED)
def test_what_only_looks_like_a_breach_passes(path: str, text: str, tmp_path: Path) -> None:
    assert judge(tmp_path, {path: text}) == []


def test_two_adapters_for_one_library_are_one_too_many(tmp_path: Path) -> None:
    adapter = HEAD + "import paho.mqtt.client\n"
    first = {"sorter/adapters/mqtt.py": adapter}
    assert judge(tmp_path, first) == []
    (found,) = judge(tmp_path, {**first, "sorter/adapters/spare.py": adapter})
    assert found.rule == "io-library"
    assert "mqtt.py, sorter/adapters/spare.py" in found.message


def test_a_size_exception_excuses_its_own_function_and_expires(tmp_path: Path) -> None:
    long = {"sorter/long.py": HEAD + "def f() -> None:\n" + "    print()\n" * 50}
    assert [found.rule for found in judge(tmp_path, long)] == ["size"]
    settings = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    excuse = settings + '\n"sorter/long.py::f" = "a table reads best in one piece"\n'

    def judge_excused(files: dict[str, str]) -> list[Finding]:
        (tmp_path / "pyproject.toml").write_text(excuse, encoding="utf-8")
        sizes = next(rule for rule in RULES if rule.__name__ == "check_sizes")
        tree = Tree.from_paths(tmp_path, sorted(files))
        return [found for found in sizes(tree) if not found.note and "long" in str(found)]

    assert judge_excused(long) == []
    (expired,) = judge_excused({})
    assert "not needed" in expired.message


def test_the_scanner_reads_python_as_python_does() -> None:
    """Its view of functions and imports is what the parser sees, on every module of the tree."""
    for file in Tree.from_git(ROOT).files:
        if file.suffix != ".py":
            continue
        nodes = list(ast.walk(ast.parse(file.text)))
        functions = {
            (node.name, node.lineno, node.end_lineno)
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert {(f.name, f.first_line, f.last_line) for f in file.functions} == functions, file.path
        assert scanned_imports(file) == parsed_imports(nodes), file.path


def scanned_imports(file: SourceFile) -> set[tuple[int, str]]:
    package = ".".join(Path(file.path).parts[:-1])
    return {
        (found.line, name)
        for found in file.imports
        if not (package and file.text.split("\n")[found.line - 1].lstrip().startswith("from ."))
        for name in ([f"{found.module}:{n}" for n in found.names] or [found.module])
    }


def parsed_imports(nodes: list[ast.AST]) -> set[tuple[int, str]]:
    plain = {(n.lineno, a.name) for n in nodes if isinstance(n, ast.Import) for a in n.names}
    return plain | {
        (node.lineno, f"{node.module}:{alias.name}")
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.level == 0
        for alias in node.names
    }


LAYERS = (
    *("cli", "demo", "app", "control", "gateway", "hub"),
    *("adapters", "table", "config", "disk", "protocol", "engine"),
)
BROKEN_CONTRACTS = [
    ("Nothing imports upward", "sorter/engine/belt.py", "import sorter.table"),
    ("Nothing imports upward", "sorter/gateway/uplink.py", "import sorter.hub"),
    ("Only app wires adapters", "sorter/control/loop.py", "import sorter.adapters.modbus"),
    ("Adapters never import one another", "sorter/adapters/mqtt.py", "from . import modbus"),
    ("Engine and protocol are pure", "sorter/protocol/frames.py", "import socket"),
    ("The twin and the controller share no code", "firmware_sim/plant.py", "import sorter.engine"),
]


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages of the right names with nothing in them, under the real contracts."""
    root = tmp_path_factory.mktemp("skeleton")
    shutil.copy(ROOT / "pyproject.toml", root)
    for package in ["sorter", *(f"sorter/{layer}" for layer in LAYERS), "firmware_sim"]:
        (root / package).mkdir()
        (root / package / "__init__.py").touch()
    for module in ("modbus", "mqtt"):
        (root / f"sorter/adapters/{module}.py").touch()
    return root


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(
        command,
        cwd=root,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_accept_an_empty_skeleton(skeleton: Path) -> None:
    run = lint_imports(skeleton)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(("contract", "path", "statement"), BROKEN_CONTRACTS)
def test_a_broken_contract_is_named(
    contract: str, path: str, statement: str, skeleton: Path, tmp_path: Path
) -> None:
    root = tmp_path / "tree"
    shutil.copytree(skeleton, root)
    (root / path).write_text(statement + "\n", encoding="utf-8")
    run = lint_imports(root)
    assert run.returncode == 1
    broken = [line for line in run.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), run.stdout
