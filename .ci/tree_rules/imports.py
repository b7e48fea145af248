"""Who may import what, where import-linter is blind: .pyx files, extension modules, allow-lists.

import-linter's contracts in pyproject.toml hold the floors between Python modules.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from tree_rules.source import Finding, Import, SourceFile, Tree

_HIDDEN_IMPORT = re.compile(r"\b(?:__import__|import_module)[ \t]*\(")
_IMPURE_CALL = re.compile(
    r"(?<![.\w])(?:open|input|print|breakpoint)[ \t]*\(|\.(?:now|utcnow|today)[ \t]*\("
)


def _reaches_any(found: Import, packages: tuple[str, ...]) -> bool:
    # By the module alone: `from dataclasses import field` must not need `dataclasses.field`.
    return any(found.module == p or found.module.startswith(f"{p}.") for p in packages)


def check_engine_is_pure(tree: Tree) -> Iterator[Finding]:
    """Engine and protocol import from a short list of what can do no I/O and tells no time."""
    for file in tree.python:
        if not file.inside("sorter/engine", "sorter/protocol"):
            continue
        floors = ("sorter.engine", "sorter.protocol") if file.inside("sorter/protocol") else ()
        allowed = (*tree.settings.pure_imports, "sorter.engine", *floors)
        for found in file.imports:
            if not _reaches_any(found, allowed):
                message = f"{found.module} is not in pure_imports of [tool.tree]"
                yield Finding(file.path, found.line, "pure", message)
        for hit in _IMPURE_CALL.finditer(file.code):
            yield Finding(
                file.path,
                file.line_of(hit.start()),
                "pure",
                f"{hit[0]}...) does I/O or reads a clock",
            )


def check_native_core_stands_alone(tree: Tree) -> Iterator[Finding]:
    """Cython lives in native/, the benches' floors aside, and knows nothing of the package."""
    siblings = tuple(
        file.path.removeprefix("native/").rsplit(".", 1)[0]
        for file in tree.files
        if file.is_cython and file.inside("native")
    )
    for file in tree.python:
        if not file.is_cython:
            continue
        if not file.inside("native", "benches"):
            yield Finding(file.path, 1, "native", "Cython sources belong into native/")
        for found in file.imports:
            if not _reaches_any(found, (*tree.settings.native_imports, *siblings)):
                message = f"{found.module} is not in native_imports of [tool.tree]"
                yield Finding(file.path, found.line, "native", message)


def check_native_has_one_door(tree: Tree) -> Iterator[Finding]:
    for file in tree.python:
        if file.inside("sorter/table", "sorter/_native", "tests", "benches"):
            continue
        for found in file.imports:
            if found.reaches("sorter._native"):
                message = "only sorter.table may import sorter._native"
                yield Finding(file.path, found.line, "native-door", message)


def check_io_library_has_one_door(tree: Tree) -> Iterator[Finding]:
    """In sorter each third-party I/O library is imported by one adapter file only."""
    doors: dict[str, dict[str, int]] = defaultdict(dict)
    for file in tree.python:
        if not file.inside("sorter"):
            continue
        for found in file.imports:
            library = found.module.split(".", 1)[0]
            if library not in tree.settings.io_libraries:
                continue
            doors[library].setdefault(file.path, found.line)
            if not file.inside("sorter/adapters"):
                message = f"{library} belongs into an adapter"
                yield Finding(file.path, found.line, "io-library", message)
    for library, files in doors.items():
        if len(files) > 1:
            path, line = sorted(files.items())[-1]
            message = f"{library} is imported by {len(files)} files: {', '.join(sorted(files))}"
            yield Finding(path, line, "io-library", message)


def check_no_hidden_imports(tree: Tree) -> Iterator[Finding]:
    """An import by name at run time goes round every floor."""
    for file in tree.python:
        if not file.inside("sorter", "firmware_sim", "native"):
            continue
        yield from _hidden_imports(file)


def _hidden_imports(file: SourceFile) -> Iterator[Finding]:
    for hit in _HIDDEN_IMPORT.finditer(file.code):
        line = file.line_of(hit.start())
        yield Finding(file.path, line, "hidden-import", "import it by a plain statement")
