"""Routing table and chute plan: from a source that people edit to answers for scanned codes.

The one door to the native core. A table's way: `read_source` judges a folder, `compile_table`
writes the file a box maps, `RoutingTable.open` checks it and answers.
"""

from sorter._native import PrefixMatch
from sorter.table.answer import Answer, Clerk, chutes_for
from sorter.table.compact import compact_table
from sorter.table.compile import compile_table
from sorter.table.decide import Decision, decide
from sorter.table.delta import Delta, is_delta
from sorter.table.delta_between import UnlikeTablesError, compile_delta, delta_between
from sorter.table.delta_source import DeltaSource, is_delta_source, read_delta_source
from sorter.table.diff import (
    SORTS_OF_DIFFERENCE,
    Difference,
    Differences,
    HeadDifferences,
    diff_codes,
    diff_heads,
    diff_prefixes,
)
from sorter.table.example import write_example_plan, write_example_table
from sorter.table.file_format import TableFileError
from sorter.table.overlay import DeltaMisfitError
from sorter.table.plan import ChutePlan, read_plan, report_misfits
from sorter.table.problems import Problem, Problems, SourceError, shown
from sorter.table.routing_table import RoutingTable
from sorter.table.source import TableSource, read_source, source_bytes
from sorter.table.store import ActivePair, Stored, StoreError, TableStore

__all__ = [
    "SORTS_OF_DIFFERENCE",
    "ActivePair",
    "Answer",
    "ChutePlan",
    "Clerk",
    "Decision",
    "Delta",
    "DeltaMisfitError",
    "DeltaSource",
    "Difference",
    "Differences",
    "HeadDifferences",
    "PrefixMatch",
    "Problem",
    "Problems",
    "RoutingTable",
    "SourceError",
    "StoreError",
    "Stored",
    "TableFileError",
    "TableSource",
    "TableStore",
    "UnlikeTablesError",
    "chutes_for",
    "compact_table",
    "compile_delta",
    "compile_table",
    "decide",
    "delta_between",
    "diff_codes",
    "diff_heads",
    "diff_prefixes",
    "is_delta",
    "is_delta_source",
    "read_delta_source",
    "read_plan",
    "read_source",
    "report_misfits",
    "shown",
    "source_bytes",
    "write_example_plan",
    "write_example_table",
]
