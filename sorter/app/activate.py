"""Putting a routing table and a chute plan in force: through control while the line runs.

A stopped line has nobody to ask; then the store's pointer alone is moved, and the line starts on
the new pair.
"""

from __future__ import annotations

from typing import Any

from sorter.adapters.local_socket import call
from sorter.config import Config
from sorter.control.activation import point_line_at
from sorter.protocol.local import MAX_LINE_BYTES, Activate, Answer, decode_answer, encode
from sorter.table import TableStore


class RefusedError(RuntimeError):
    """Control would not do it, and says why."""


def activate_pair(config: Config, line: str, table: str, plan: str | None) -> dict[str, Any]:
    """Put a pair of the store in force on `line`; `table` and `plan` as the store finds them.

    Gives the pair and whether the line was `running`. Raises RefusedError, StoreError,
    SourceError, TableFileError, OSError, and KeyError for a line that is not configured.
    """
    line_config = config.line(line)
    store = TableStore(config.store_dir)
    found_table = store.find_table(table)
    found_plan = store.find_plan(line, plan)
    request = Activate(table=found_table.digest, plan=found_plan.digest)
    answer = _ask_control(config, line, request)
    if answer is None:
        point_line_at(store, line_config, found_table.digest, found_plan.digest)
        # A control process that began meanwhile may have looked before the pointer was moved.
        answer = _ask_control(config, line, request)
    if answer is not None and answer.refused is not None:
        raise RefusedError(answer.refused)
    return {
        "line": line,
        "running": answer is not None,
        "table": found_table.name,
        "revision": found_table.revision,
        "digest": found_table.digest,
        "plan_revision": found_plan.revision,
        "plan_digest": found_plan.digest,
    }


def _ask_control(config: Config, line: str, request: Activate) -> Answer | None:
    """What control answers; None when no control process runs this line."""
    try:
        return decode_answer(call(config.control_socket(line), encode(request), MAX_LINE_BYTES))
    except (FileNotFoundError, ConnectionRefusedError):
        return None
