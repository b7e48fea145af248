"""Where things lie and what they are called."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import PurePosixPath

from tree_rules.source import Finding, Tree

_VAGUE_WORD = re.compile(r"(?:manager|helper|utils?|handler)s?(?![a-z])", re.IGNORECASE)
_CLASS = re.compile(r"^[ \t]*(?:cdef[ \t]+)?class[ \t]+(?P<name>\w+)", re.MULTILINE)
_HEAD = re.compile(r"(?:\s*#[^\n]*\n)*\s*[rR]?\"\"\"\s*\S")


def check_top_level(tree: Tree) -> Iterator[Finding]:
    names = {PurePosixPath(file.path).parts[0] for file in tree.files}
    for name in sorted(names):
        if not any(fnmatch(name, pattern) for pattern in tree.settings.top_level):
            yield Finding(name, 1, "top-level", "the layout is fixed: [tool.tree] lists it")


def check_heads(tree: Tree) -> Iterator[Finding]:
    """Each module begins with what it owns and the rules it keeps."""
    for file in tree.python:
        if file.suffix in {".py", ".pyx"} and file.text.strip() and not _HEAD.match(file.text):
            yield Finding(file.path, 1, "head", "begin with a docstring: what it owns, its rules")


def check_names(tree: Tree) -> Iterator[Finding]:
    for file in tree.python:
        stem = PurePosixPath(file.path).stem
        if _VAGUE_WORD.search(stem):
            yield Finding(file.path, 1, "name", f"{stem} does not say what it is")
        for hit in _CLASS.finditer(file.code):
            if _VAGUE_WORD.search(hit["name"]):
                message = f"{hit['name']} does not say what it is"
                yield Finding(file.path, file.line_of(hit.start("name")), "name", message)


def check_test_packages(tree: Tree) -> Iterator[Finding]:
    """Each folder of tests is a package, so that two may hold files of one name."""
    paths = {file.path for file in tree.files}
    folders = {str(PurePosixPath(path).parent) for path in paths if path.startswith("tests/")}
    for folder in sorted(folders):
        has_python = any(fnmatch(path, f"{folder}/*.py") for path in paths)
        if has_python and f"{folder}/__init__.py" not in paths:
            yield Finding(f"{folder}/__init__.py", 1, "test-package", "add an empty one")
