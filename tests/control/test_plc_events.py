"""What the wiring makes of inputs: eyes, full sensors, and sensors that read full when cut off."""

from __future__ import annotations

from typing import Any

from sorter.config import LineConfig
from sorter.control.plc_events import FieldMap
from sorter.engine.events import (
    AnyEvent,
    ChuteEmptied,
    ChuteFilled,
    EndEmptied,
    EndFilled,
    EyeBlocked,
    EyeCleared,
)
from sorter.engine.layout import confirm_eye
from sorter.protocol.plc import RingEntry
from tests.control.lines import line_config


def _map(**end: Any) -> FieldMap:
    config = line_config().model_dump(mode="json")
    config["eyes"]["end"] |= end
    config["chutes"][1]["full_when"] = "off"
    return FieldMap(LineConfig.model_validate(config))


def _told(field: FieldMap, kind: str, index: int) -> AnyEvent:
    (event,) = field.entry(RingEntry(7, kind, index, 500, 0), 1, 600, 500)
    return event


def test_every_eye_tells_when_it_is_covered_and_when_it_is_free() -> None:
    for index, eye in ((0, "induct"), (2, "end"), (8, confirm_eye("A"))):
        now = {"time_ns": 1, "count": 600, "ring": 7}
        assert _told(_map(), "edge_on", index) == EyeBlocked(**now, eye=eye, at_count=500)
        assert _told(_map(), "edge_off", index) == EyeCleared(**now, eye=eye, at_count=500)


def test_a_sensor_wired_to_be_off_when_full_reads_full_when_its_wire_breaks() -> None:
    field = _map(full_input=40, full_when="off")
    now = {"time_ns": 1, "count": 600}
    assert _told(field, "edge_on", 32) == ChuteFilled(**now, ring=7, chute="A")
    assert _told(field, "edge_off", 33) == ChuteFilled(**now, ring=7, chute="B")
    assert _told(field, "edge_off", 40) == EndFilled(**now, ring=7)
    assert _told(field, "edge_on", 40) == EndEmptied(**now, ring=7)
    assert list(field.levels(0, 1, 600)) == [
        ChuteEmptied(**now, chute="A"),
        ChuteFilled(**now, chute="B"),
        EndFilled(**now),
    ]


def test_an_input_that_is_wired_to_nothing_means_nothing() -> None:
    assert not list(_map().entry(RingEntry(7, "edge_on", 63, 500, 0), 1, 600, 500))


def test_the_tunnel_eye_s_head_alone_tells_the_reading_that_the_plc_triggered_with_it() -> None:
    def trigger(kind: str, index: int, sequence: int) -> int | None:
        (event,) = _map().entry(RingEntry(7, kind, index, 500, sequence), 1, 600, 500)
        return getattr(event, "trigger", None)

    assert trigger("edge_on", 1, 65_535) == 65_535
    assert trigger("edge_on", 1, 0) is None, "0 is no number: the PLC triggers nothing"
    assert trigger("edge_off", 1, 9) is None
    assert trigger("edge_on", 0, 9) is None, "the induct eye triggers nothing"
