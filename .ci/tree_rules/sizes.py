"""Files and functions stay short enough to be read in one go.

A function is counted from its `def` to its last line, docstring included. An exception needs a
reason, and is itself a finding once nothing needs it.
"""

from collections.abc import Iterator

from tree_rules.source import Finding, SourceFile, Tree


def check_sizes(tree: Tree) -> Iterator[Finding]:
    limits = tree.settings
    excused = dict(limits.exceptions)
    for file in tree.python:
        for key, line, what, count, aim, limit in _measures(tree, file):
            if count <= aim:
                continue
            over = count > limit
            if over and excused.pop(key, ""):
                continue
            bound = f"the limit is {limit}" if over else f"aim for {aim}"
            yield Finding(file.path, line, "size", f"{what} has {count} lines; {bound}", not over)
    for key in excused:
        message = f"the exception for {key} is not needed"
        yield Finding("pyproject.toml", 1, "size", message)


def _measures(tree: Tree, file: SourceFile) -> Iterator[tuple[str, int, str, int, int, int]]:
    limits = tree.settings
    count = len(file.text.splitlines())
    yield file.path, 1, "the file", count, limits.file_lines_aim, limits.file_lines
    for function in file.functions:
        key = f"{file.path}::{function.name}"
        aim, limit = limits.function_lines_aim, limits.function_lines
        yield key, function.first_line, function.name, function.line_count, aim, limit
