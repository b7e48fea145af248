"""What the text of a tracked file must not hold, whatever its language."""

import re
from collections.abc import Iterator

from tree_rules.source import Finding, SourceFile, Tree

# Written as character classes where the plain word would make this file find itself.
_MARK = re.compile(r"\b(?:T[O]DO|FI[X]ME|X[X]X)\b")
_BANNER = re.compile(r"^\s*(?:#|//|/\*|\*)+\s*(?:[-=*#~_+/]\s?){4,}|#[^\n]*[-=*#~]{4,}\s*$")
_MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|farm|root|home/\w+|Users/\w+)/[\w.]")
_REGISTRY = re.compile(
    r"index-url\s*[=:]|--index-url[ =]\S*:/|\bregistry\s*=\s*[\"']?http|\"resolved\"\s*:"
    r"|://[\w.:-]+/(?:\S*/)?simple\b|://\S+\.(?:whl|deb|tgz|tar\.gz|zip)\b"
    r"|\b(?:pypi|pythonhosted|npmjs|debian|crates)\.(?:org|com|io|net)\b",
    re.IGNORECASE,
)
_SKIPPED = re.compile(
    r"\bpytest\s*\.\s*(?:mark\s*\.\s*)?(?:skip|skipif|xfail|importorskip)\b"
    r"|\bunittest\s*\.\s*skip"
)
_BARE_SUPPRESSION = re.compile(
    r"#\s*(?:"
    r"type:\s*ignore(?!\[[\w, -]+\]\s*#\s*\w)"
    r"|noqa(?!:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*\s*(?:-|#|:)\s*\w)"
    r"|pragma:\s*no\s*cover"
    r"|cython-lint:\s*$)"
)
_CODE_SUFFIXES = frozenset({".py", ".pyi", ".pyx", ".pxd", ".pxi", ".h", ".c", ".sh", ".toml"})


def _is_code(file: SourceFile) -> bool:
    return file.suffix in _CODE_SUFFIXES or file.path == "Makefile" or file.inside(".ci")


def _search(file: SourceFile, pattern: re.Pattern[str], rule: str, why: str) -> Iterator[Finding]:
    for number, line in enumerate(file.text.split("\n"), start=1):
        hit = pattern.search(line)
        if hit:
            yield Finding(file.path, number, rule, f"{hit[0].strip()!r}: {why}")


def check_addresses(tree: Tree) -> Iterator[Finding]:
    """Neither a path of somebody's machine nor where their packages come from."""
    for file in tree.files:
        yield from _search(file, _MACHINE_PATH, "machine-path", "true on one machine only")
        yield from _search(file, _REGISTRY, "address", "each site has its own mirror")
        if file.path == "constraints.txt":
            yield from _search(file, re.compile(r"\S*://\S*"), "address", "pin by version and hash")


def check_banners(tree: Tree) -> Iterator[Finding]:
    for file in filter(_is_code, tree.files):
        why = "split the file instead of drawing sections into it"
        if file.is_python:
            for line, comment in file.comments:
                if _BANNER.search(comment):
                    yield Finding(file.path, line, "banner", why)
        else:
            yield from _search(file, _BANNER, "banner", why)


def check_marks(tree: Tree) -> Iterator[Finding]:
    for file in filter(_is_code, tree.files):
        yield from _search(file, _MARK, "mark", "do it, or open an issue")


def check_suppressions(tree: Tree) -> Iterator[Finding]:
    """A silenced tool says which rule it breaks and why."""
    for file in tree.python:
        for line, comment in file.comments:
            if _BARE_SUPPRESSION.search(comment):
                message = f"{comment!r} needs its code and a reason after it"
                yield Finding(file.path, line, "suppression", message)


def check_tests_run(tree: Tree) -> Iterator[Finding]:
    for file in tree.python:
        if file.inside("tests", "benches"):
            for hit in _SKIPPED.finditer(file.code):
                line = file.line_of(hit.start())
                yield Finding(file.path, line, "skipped-test", "a test runs or is deleted")
