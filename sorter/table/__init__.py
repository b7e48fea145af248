"""Routing table and chute plan: from a source that people edit to answers for scanned codes.

The one door to the native core. A table's way: `read_source` judges a folder, `compile_table`
writes the file a box maps, `RoutingTable.open` checks it and answers.
"""

from sorter.table.compile import compile_table
from sorter.table.decide import Decision, decide
from sorter.table.file_format import TableFileError
from sorter.table.problems import Problem, Problems, SourceError
from sorter.table.routing_table import PrefixMatch, RoutingTable
from sorter.table.source import TableSource, read_source, source_bytes

__all__ = [
    "Decision",
    "PrefixMatch",
    "Problem",
    "Problems",
    "RoutingTable",
    "SourceError",
    "TableFileError",
    "TableSource",
    "compile_table",
    "decide",
    "read_source",
    "source_bytes",
]
