"""Judges the tree by the rules that ruff, mypy and import-linter cannot see.

Usage: `python .ci/check_tree.py [ROOT]`. Prints one line a finding as `path:line: rule: message`;
exit code 1 when there is any. Lines that begin with `note:` only warn. The limits, lists and
exceptions stand in `[tool.tree]` of pyproject.toml; the rules are in `tree_rules`.
"""

import sys
from pathlib import Path

from tree_rules import RULES
from tree_rules.source import Tree


def main(root: Path) -> int:
    tree = Tree.from_git(root)
    findings = [finding for rule in RULES for finding in rule(tree)]
    errors = [finding for finding in findings if not finding.note]
    for finding in sorted(findings, key=lambda found: (not found.note, found.path, found.line)):
        print(finding)
    print(f"check_tree: {len(tree.files)} files, {len(errors)} findings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
