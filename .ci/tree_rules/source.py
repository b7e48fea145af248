"""What a rule looks at: the files of the tree, and what can be read out of Python-like source.

One scanner reads .py and .pyx alike, because Python's own parser refuses Cython. It blanks strings
and comments first, so that no rule is misled by an example in a docstring. The tests hold it
against Python's parser on every .py file of the tree.
"""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

CYTHON_SUFFIXES = frozenset({".pyx", ".pxd", ".pxi"})
PYTHON_SUFFIXES = frozenset({".py", ".pyi"}) | CYTHON_SUFFIXES

_STRING_OR_COMMENT = re.compile(
    r"""
    (?P<string> \"{3}.*?(?<!\\)\"{3} | '{3}.*?(?<!\\)'{3}
              | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
  | (?P<comment> \#[^\n]* )
    """,
    re.VERBOSE | re.DOTALL,
)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<base>[.\w]+)[ \t]+c?import[ \t]*(?P<names>\([^)]*\)|[^\n]*)"
    r"|c?import[ \t]+(?P<modules>[^\n]*))",
    re.MULTILINE,
)
_FUNCTION = re.compile(
    r"^(?P<indent>[ \t]*)(?:async[ \t]+def|def|cpdef|cdef)\b"
    r"(?![ \t]*(?:class|struct|enum|union|extern|packed)[ \t:])[^\n(=:]*?(?P<name>\w+)[ \t]*\(",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str
    note: bool = False

    def __str__(self) -> str:
        return f"{'note: ' * self.note}{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Import:
    line: int
    module: str
    """Absolute dotted name; a relative import is resolved by the file's place."""
    names: tuple[str, ...]
    """What `from module import ...` takes; empty for a plain import."""

    def reaches(self, package: str) -> bool:
        """Whether this brings in `package` or something inside it."""
        full = (self.module, *(f"{self.module}.{name}" for name in self.names))
        return any(name == package or name.startswith(f"{package}.") for name in full)


@dataclass(frozen=True)
class Function:
    name: str
    first_line: int
    last_line: int

    @property
    def line_count(self) -> int:
        return self.last_line - self.first_line + 1


@dataclass(frozen=True)
class SourceFile:
    path: str
    """Relative to the root, with forward slashes."""
    text: str

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix

    @property
    def is_python(self) -> bool:
        return self.suffix in PYTHON_SUFFIXES

    @property
    def is_cython(self) -> bool:
        return self.suffix in CYTHON_SUFFIXES

    def inside(self, *folders: str) -> bool:
        return any(self.path.startswith(f"{folder}/") for folder in folders)

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def code(self) -> str:
        """The text with comments, and strings after their first quote, blanked; offsets stay."""

        def blank(hit: re.Match[str]) -> str:
            kept = 1 if hit["string"] else 0
            return hit[0][:kept] + re.sub(r"[^\n]", " ", hit[0][kept:])

        return _STRING_OR_COMMENT.sub(blank, self.text)

    @cached_property
    def lines_inside_strings(self) -> frozenset[int]:
        """Lines that begin inside a string, so that their indentation means nothing."""
        hits = _STRING_OR_COMMENT.finditer(self.text)
        spans = ((self.line_of(hit.start()), hit[0].count("\n")) for hit in hits)
        return frozenset(
            line for first, more in spans for line in range(first + 1, first + more + 1)
        )

    @cached_property
    def comments(self) -> tuple[tuple[int, str], ...]:
        """(line, text from the # on) of each comment."""
        hits = _STRING_OR_COMMENT.finditer(self.text)
        return tuple((self.line_of(hit.start()), hit[0]) for hit in hits if hit["comment"])

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(self._imports())

    def _imports(self) -> Iterator[Import]:
        for hit in _IMPORT.finditer(self.code):
            line = self.line_of(hit.start("base") if hit["base"] else hit.start("modules"))
            if hit["base"]:
                names = re.split(r"[,\s]+", re.sub(r"\bas\s+\w+", "", hit["names"]).strip("()\n ,"))
                yield Import(line, self._absolute(hit["base"]), tuple(filter(None, names)))
            else:
                for module in re.sub(r"\bas\s+\w+", "", hit["modules"]).split(","):
                    yield Import(line, module.strip(), ())

    def _absolute(self, name: str) -> str:
        dots = len(name) - len(name.lstrip("."))
        if dots == 0:
            return name
        packages = PurePosixPath(self.path).parts[:-1]
        return ".".join((*packages[: len(packages) - dots + 1], *filter(None, [name[dots:]])))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(self._functions())

    def _functions(self) -> Iterator[Function]:
        lines = self.code.split("\n")
        for hit in _FUNCTION.finditer(self.code):
            first = self.line_of(hit.start("name"))
            body = self._end_of_signature(hit.end() - 1)
            if body is None:
                continue
            last = signature_end = self.line_of(body)
            for number in range(signature_end + 1, len(lines) + 1):
                line = lines[number - 1]
                if number not in self.lines_inside_strings:
                    if not line.strip():
                        continue
                    if len(line) - len(line.lstrip()) <= len(hit["indent"]):
                        break
                last = number
            yield Function(hit["name"], first, last)

    def _end_of_signature(self, offset: int) -> int | None:
        """Where the colon stands, or None for a declaration, a call or a C variable."""
        depth = 0
        for position in range(offset, len(self.code)):
            character = self.code[position]
            depth += (character in "([{") - (character in ")]}")
            if depth == 0 and character == ":":
                return position
            if depth == 0 and character == "\n":
                return None
        return None


@dataclass(frozen=True)
class Settings:
    """`[tool.tree]` of pyproject.toml."""

    top_level: tuple[str, ...]
    io_libraries: tuple[str, ...]
    pure_imports: tuple[str, ...]
    native_imports: tuple[str, ...]
    file_lines: int
    function_lines: int
    file_lines_aim: int
    function_lines_aim: int
    exceptions: dict[str, str] = field(default_factory=dict)
    """`path` or `path::function` to the reason why it may be over the size limit."""

    @classmethod
    def from_pyproject(cls, path: Path) -> "Settings":
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["tree"]
        for key, value in table.items():
            if isinstance(value, list):
                table[key] = tuple(value)
        return cls(**table)


@dataclass(frozen=True)
class Tree:
    root: Path
    settings: Settings
    files: tuple[SourceFile, ...]

    @classmethod
    def from_git(cls, root: Path) -> "Tree":
        """The tracked files and those that would be added; what git ignores is no part of it."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
        paths = sorted(set(listed.decode().split("\0")) - {""})
        return cls.from_paths(root, [path for path in paths if (root / path).is_file()])

    @classmethod
    def from_paths(cls, root: Path, paths: list[str]) -> "Tree":
        files = (
            SourceFile(path, (root / path).read_bytes().decode("utf-8", "replace"))
            for path in paths
        )
        return cls(root, Settings.from_pyproject(root / "pyproject.toml"), tuple(files))

    @property
    def python(self) -> Iterator[SourceFile]:
        return (file for file in self.files if file.is_python)
