"""The rules of the tree. Each takes a Tree and yields its findings."""

from collections.abc import Callable, Iterator

from tree_rules.imports import (
    check_engine_is_pure,
    check_io_library_has_one_door,
    check_native_core_stands_alone,
    check_native_has_one_door,
    check_no_hidden_imports,
)
from tree_rules.layout import check_heads, check_names, check_test_packages, check_top_level
from tree_rules.sizes import check_sizes
from tree_rules.source import Finding, Tree
from tree_rules.text import (
    check_addresses,
    check_banners,
    check_marks,
    check_suppressions,
    check_tests_run,
)

Rule = Callable[[Tree], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    check_top_level,
    check_heads,
    check_names,
    check_test_packages,
    check_sizes,
    check_engine_is_pure,
    check_native_core_stands_alone,
    check_native_has_one_door,
    check_io_library_has_one_door,
    check_no_hidden_imports,
    check_addresses,
    check_banners,
    check_marks,
    check_suppressions,
    check_tests_run,
)
