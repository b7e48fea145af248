"""The twin's constants are those of the register map page, every one of them and no other."""

from __future__ import annotations

import re
from enum import IntEnum
from pathlib import Path

import pytest

from firmware_sim import registers
from firmware_sim.registers import Span

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plc-register-map.md"


def tables() -> dict[str, dict[str, list[int]]]:
    """Every table of the page by its heading: name -> the numbers before its meaning."""
    found: dict[str, dict[str, list[int]]] = {}
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").split(":")[0]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        numbers = [int(cell) for cell in cells[1:-1] if cell.isdigit()]
        if line.startswith("|") and numbers:
            found.setdefault(heading, {})[cells[0]] = numbers
    return found


def spans(holder: type) -> dict[str, list[int]]:
    return {
        name.lower(): list(value) for name, value in vars(holder).items() if isinstance(value, Span)
    }


def codes(holder: type[IntEnum]) -> dict[str, list[int]]:
    return {member.name.lower(): [int(member)] for member in holder}


@pytest.mark.parametrize(
    ("heading", "constants"),
    [
        ("Status block", spans(registers.Status)),
        ("State bits", codes(registers.StateBit)),
        ("Event ring", spans(registers.Entry)),
        ("Kinds of entry", codes(registers.EntryKind)),
        ("Reasons", codes(registers.Reason)),
        ("Command block", spans(registers.Command)),
        ("Control bits", codes(registers.ControlBit)),
        ("Arm slot", spans(registers.Slot)),
    ],
)
def test_a_table_of_the_page_is_the_twin_s(heading: str, constants: dict[str, list[int]]) -> None:
    # In the kinds' table the third column is prose except where it says index 0.
    rows = tables()[heading]
    if heading == "Kinds of entry":
        rows = {name: numbers[:1] for name, numbers in rows.items()}
    assert rows == constants


def test_no_table_of_the_page_is_forgotten() -> None:
    assert set(tables()) == {
        "Status block",
        "State bits",
        "Event ring",
        "Kinds of entry",
        "Reasons",
        "Command block",
        "Control bits",
        "Arm slot",
    }


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        (r"map_id \| 0 \| 1 \| always (\d+)", [registers.MAP_ID_VALUE]),
        (r"map_version \| 1 \| 1 \| (\d+)", [registers.MAP_VERSION_VALUE]),
        (r"status block is (\d+) registers", [registers.STATUS_REGISTERS]),
        (r"\*Input\* numbers 0 to (\d+)", [registers.INPUT_LIMIT - 1]),
        (r"one more every (\d+) ms", [registers.PLC_HEARTBEAT_PERIOD_MS]),
        (
            r"address (\d+) \+ \(\(s - 1\) mod ring_capacity\) \* (\d+)",
            [registers.RING_ADDRESS, registers.ENTRY_REGISTERS],
        ),
        (
            r"watchdog, (\d+) to (\d+); other values are clamped; (\d+) after",
            [
                registers.WATCHDOG_MIN_MS,
                registers.WATCHDOG_MAX_MS,
                registers.WATCHDOG_DEFAULT_MS,
            ],
        ),
        (r"(\d+) arm slots of (\d+)", [registers.SLOT_COUNT, registers.SLOT_REGISTERS]),
        (
            r"begins at address (\d+) \+ (\d+) \* i",
            [registers.Command.SLOTS.address, registers.SLOT_REGISTERS],
        ),
        (
            r"(\d+) arm, (\d+) cancel",
            [registers.SlotCommand.ARM, registers.SlotCommand.CANCEL],
        ),
        (
            r"number \* (\d+) \+ side; side (\d+) left, (\d+) right",
            [registers.DIVERTER_FACTOR, registers.Side.LEFT, registers.Side.RIGHT],
        ),
        (
            r"output stays on, (\d+) to (\d+) ms",
            [registers.PULSE_MIN_MS, registers.PULSE_MAX_MS],
        ),
        (
            r"answered with exception (\d+), an impossible\s+value or length with (\d+), "
            r"another function with (\d+), another unit with (\d+)",
            [
                registers.ModbusException.ILLEGAL_ADDRESS,
                registers.ModbusException.ILLEGAL_VALUE,
                registers.ModbusException.ILLEGAL_FUNCTION,
                registers.ModbusException.WRONG_UNIT,
            ],
        ),
    ],
)
def test_a_number_in_the_page_s_prose_is_the_twin_s(sentence: str, numbers: list[int]) -> None:
    found = re.search(sentence, PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert [int(number) for number in found.groups()] == numbers


def test_the_slots_fill_their_span() -> None:
    slots = registers.Command.SLOTS
    assert slots.registers == registers.SLOT_COUNT * registers.SLOT_REGISTERS


def test_counts_compare_across_the_wrap() -> None:
    assert registers.signed_difference(3, 0xFFFF_FFFE) == 5
    assert registers.signed_difference(0xFFFF_FFFE, 3) == -5
    assert registers.signed_difference(0x8000_0000, 0) == -(1 << 31)
