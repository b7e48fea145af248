"""What control does for callers at its local door. Refusals say why; nothing here blocks a turn.

Opening a table and moving the store's pointer touch the disk, so they happen in a worker thread;
the swap itself is one assignment between two events.
"""

from __future__ import annotations

import asyncio

from sorter.config import LineConfig
from sorter.control.activation import plan_activated, point_line_at
from sorter.control.instructing import answer_of, event_of
from sorter.control.line_control import LineControl
from sorter.engine.events import PlanActivated
from sorter.protocol.local import (
    Activate,
    Answer,
    AnyRequest,
    Instruct,
    ShowStatus,
    decode_request,
    encode,
)
from sorter.table import (
    ChutePlan,
    RoutingTable,
    SourceError,
    StoreError,
    TableFileError,
    TableStore,
)


class LocalCommands:
    """Answers the requests of sorter.protocol.local for one line."""

    def __init__(self, control: LineControl, store: TableStore, line: LineConfig) -> None:
        self._control = control
        self._store = store
        self._line = line
        self._one_activation = asyncio.Lock()

    async def answer(self, line: bytes, who: str) -> bytes:
        """One request line in, one answer line out."""
        try:
            request = decode_request(line)
        except ValueError as error:
            return encode(Answer(refused=str(error)))
        return encode(await self._obey(request, who))

    async def _obey(self, request: AnyRequest, who: str) -> Answer:
        match request:
            case ShowStatus():
                return Answer(done=self._control.status())
            case Instruct():
                return self._instruct(request, who)
            case Activate():
                # One at a time, so that the store's pointer and the line agree on which was last.
                async with self._one_activation:
                    return await self._activate(request, who)

    def _instruct(self, request: Instruct, who: str) -> Answer:
        try:
            told = event_of(request, who, self._control.moment(), self._line.name)
        except ValueError as error:
            return Answer(refused=str(error))
        return answer_of(self._control.instruct(told))

    async def _activate(self, request: Activate, who: str) -> Answer:
        try:
            plan, table = await asyncio.to_thread(self._point, request)
        except (StoreError, SourceError, TableFileError, OSError) as error:
            return Answer(refused=str(error))
        before = self._control.activate(table, plan_event(self._control, plan, who), who)
        if before is not None:
            await asyncio.to_thread(before.close)
        return Answer(
            done={
                "line": self._line.name,
                "table": {"name": table.name, "revision": table.revision, "digest": table.digest},
                "plan": {"revision": plan.revision, "digest": plan.digest},
            }
        )

    def _point(self, request: Activate) -> tuple[ChutePlan, RoutingTable]:
        pair = point_line_at(self._store, self._line, request.table, request.plan)
        return pair.plan, RoutingTable.open(pair.table.path)


def plan_event(control: LineControl, plan: ChutePlan, by: str) -> PlanActivated:
    """The event that puts `plan` in force now."""
    return plan_activated(plan, by, **control.moment())
