"""The controller's register map: it is the page's, and it understands the twin's own registers."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firmware_sim.arms import SlotWrite, read_slot
from firmware_sim.firmware import Edge, Firmware, Hardware
from firmware_sim.registers import EntryKind, Reason
from firmware_sim.ring import EventRing
from sorter.protocol import plc
from tests.firmware_sim.panel import Panel
from tests.protocol.map_page import addresses, numbers_in, sizes, tables

WRAP = 1 << 32
counts = st.integers(0, WRAP - 1)
unwrapped = st.integers(0, 1 << 48)
sequences = st.integers(1, WRAP - 1)


def test_every_table_of_the_page_is_one_of_ours() -> None:
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
    assert addresses("Status block") == plc.STATUS
    assert addresses("State bits") == plc.STATE_BITS
    assert addresses("Event ring") == plc.RING_ENTRY
    assert addresses("Kinds of entry") == plc.KINDS
    assert addresses("Reasons") == plc.REASONS
    assert addresses("Command block") == plc.COMMAND | {"slots": plc.SLOTS_ADDRESS}
    assert addresses("Control bits") == plc.CONTROL_BITS
    assert addresses("Arm slot") == plc.SLOT


def test_the_values_of_a_block_fill_it_without_a_hole() -> None:
    for heading, registers in (
        ("Status block", plc.STATUS_REGISTERS),
        ("Event ring", plc.RING_ENTRY_REGISTERS),
        ("Arm slot", plc.SLOT_REGISTERS),
    ):
        at, size = addresses(heading), sizes(heading)
        taken = sorted(at[name] + i for name in at for i in range(size[name]))
        assert taken == list(range(registers)), heading
    assert sizes("Command block")["slots"] == plc.SLOTS * plc.SLOT_REGISTERS


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        (r"map_id \| 0 \| 1 \| always (\d+)", [plc.MAP_ID]),
        (r"map_version \| 1 \| 1 \| (\d+)", [plc.MAP_VERSION]),
        (r"status block is (\d+) registers", [plc.STATUS_REGISTERS]),
        (
            r"address (\d+) \+ \(\(s - 1\) mod ring_capacity\) \* (\d+)",
            [plc.RING_ADDRESS, plc.RING_ENTRY_REGISTERS],
        ),
        (r"(\d+) arm slots of (\d+)", [plc.SLOTS, plc.SLOT_REGISTERS]),
        (
            r"begins at address (\d+) \+ (\d+) \* i",
            [plc.SLOTS_ADDRESS, plc.SLOT_REGISTERS],
        ),
        (r"(\d+) arm, (\d+) cancel", [plc.ARM, plc.CANCEL]),
        (r"side (\d+) left, (\d+) right", [plc.SIDES["left"], plc.SIDES["right"]]),
    ],
)
def test_a_number_in_the_page_s_prose_is_ours(sentence: str, numbers: list[int]) -> None:
    assert numbers_in(sentence) == numbers


@given(near=unwrapped, count=counts)
def test_unwrapping_keeps_the_plc_s_count_and_takes_the_nearest(near: int, count: int) -> None:
    found = plc.unwrap(count, near)
    assert found % WRAP == count
    assert -(WRAP // 2) <= found - near < WRAP // 2


@given(near=unwrapped, moved=st.integers(-(WRAP // 2), WRAP // 2 - 1))
def test_a_count_that_moved_less_than_half_a_wrap_is_found_again(near: int, moved: int) -> None:
    assert plc.unwrap((near + moved) % WRAP, near) == near + moved


@given(
    capacity=st.integers(1, plc.MAX_RING_ENTRIES),
    after=st.integers(0, 1 << 31),
    share=st.floats(0, 1),
)
def test_ring_reads_fetch_every_entry_once_and_in_order(
    capacity: int, after: int, share: float
) -> None:
    newest = after + round(share * min(capacity, 2000))
    fetched = []
    for first, address, registers in plc.ring_reads(after, newest, capacity):
        assert 0 < registers <= 125
        assert registers % 8 == 0
        assert 256 <= address <= address + registers <= 256 + 8 * capacity
        for entry in range(registers // 8):
            number = first + entry
            assert address + entry * 8 == 256 + (number - 1) % capacity * 8
            fetched.append(number)
    assert fetched == list(range(after + 1, newest + 1))


@given(
    entries=st.lists(
        st.tuples(st.sampled_from(EntryKind), st.integers(0, 63), counts, sequences),
        min_size=1,
        max_size=60,
    ),
    capacity=st.integers(1, 40),
)
def test_the_twin_s_ring_is_read_as_it_was_written(
    entries: list[tuple[EntryKind, int, int, int]], capacity: int
) -> None:
    ring = EventRing(capacity)
    for kind, index, count, sequence in entries:
        ring.enter(kind, index=index, count=count, sequence=sequence)
    after = max(0, len(entries) - capacity)
    found = [
        entry
        for first, address, registers in plc.ring_reads(after, ring.newest, capacity)
        for entry in plc.decode_ring(
            first, ring.registers[address - 256 : address - 256 + registers]
        )
    ]
    assert [(e.number, e.kind, e.index, e.count, e.sequence) for e in found] == [
        (after + i + 1, kind.name.lower(), index, count, sequence)
        for i, (kind, index, count, sequence) in enumerate(entries[after:])
    ]


def test_every_reason_of_the_twin_has_its_name() -> None:
    for reason in Reason:
        entry = plc.RingEntry(1, "arm_refused", int(reason), 0, 1)
        assert entry.reason == reason.name.lower()
    assert plc.RingEntry(1, "arm_refused", 99, 0, 1).reason == "reason_99"


def test_an_overwritten_entry_is_not_taken_for_the_one_expected() -> None:
    ring = EventRing(2)
    for _ in range(3):
        ring.enter(EntryKind.EDGE_ON, count=5)
    with pytest.raises(plc.PlcMapError, match="entry 3 where 1 was expected"):
        plc.decode_ring(1, ring.registers[:8])


def test_an_entry_of_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(plc.PlcMapError, match="entry 1 is of unknown kind 77"):
        plc.decode_ring(1, [0, 1, 77, 0, 0, 0, 0, 0])


def test_the_twin_s_status_block_is_read_value_by_value() -> None:
    panel = Panel(count=WRAP - 3, boot_counter=4, ring_capacity=77, horizon_pulses=70_000)
    panel.cycles(1)
    panel.open_session(session=4711)
    panel.cycles(1, edges=(Edge(0, True, 1), Edge(33, True, 1)))
    status = plc.decode_status(panel.plc.read_input(0, 25))
    assert status == plc.PlcStatus(
        boot_counter=4,
        running=True,
        estop=False,
        host_alive=True,
        infeed_held=False,
        fault=False,
        encoder_count=1,
        encoder_generation=1,
        speed_mm_s=2500,
        diverter_count=2,
        input_count=40,
        ring_capacity=77,
        ring_newest=2,
        session=4711,
        heartbeat_echo=1,
        watchdog_ms=500,
        levels=1 << 33 | 1,
    )
    panel.estop = True
    panel.cycles(1)
    stopped = plc.decode_status(panel.plc.read_input(0, 25))
    assert (stopped.estop, stopped.infeed_held, stopped.session) == (True, True, 0)


@pytest.mark.parametrize("shift", [-1, 1, 2])
def test_a_shifted_map_is_refused_by_name(shift: int) -> None:
    registers = Firmware(Hardware(2, 8, 5000)).read_input(0, 25)
    shifted = (registers[-shift:] + registers[:-shift]) if shift > 0 else [*registers[1:], 0]
    with pytest.raises(plc.PlcMapError, match=r"expected 21328 version 1; is this the right dev"):
        plc.decode_status(shifted)


@pytest.mark.parametrize(
    ("address", "value", "said"),
    [
        (0, 21329, "map 21329 version 1, expected 21328 version 1"),
        (1, 2, "map 21328 version 2, expected 21328 version 1"),
        (10, 0, "event ring of 0 entries, expected 1 to 8160"),
        (10, 8161, "event ring of 8161 entries"),
    ],
)
def test_a_status_block_that_can_t_be_true_is_refused(address: int, value: int, said: str) -> None:
    registers = Firmware(Hardware(2, 8, 5000)).read_input(0, 25)
    registers[address] = value
    with pytest.raises(plc.PlcMapError, match=said):
        plc.decode_status(registers)
    with pytest.raises(plc.PlcMapError, match="24 registers, expected 25"):
        plc.decode_status(registers[:24])


@given(
    session=st.integers(1, 0xFFFF),
    sequence=sequences,
    diverter=st.integers(1, 255),
    side=st.sampled_from(["left", "right"]),
    target=unwrapped,
    pulse_ms=st.integers(1, 2000),
)
def test_an_arm_means_to_the_twin_what_it_means_to_us(
    *, session: int, sequence: int, diverter: int, side: str, target: int, pulse_ms: int
) -> None:
    slot = plc.encode_arm(
        session=session,
        sequence=sequence,
        diverter=diverter,
        side=side,
        target_count=target,
        pulse_ms=pulse_ms,
    )
    assert all(0 <= register <= 0xFFFF for register in slot)
    assert read_slot(slot) == SlotWrite(
        command=1,
        session=session,
        sequence=sequence,
        diverter=diverter,
        side={"left": 1, "right": 2}[side],
        target=target % WRAP,
        pulse_ms=pulse_ms,
    )


@given(session=st.integers(1, 0xFFFF), sequence=sequences)
def test_a_cancel_means_to_the_twin_what_it_means_to_us(session: int, sequence: int) -> None:
    slot = read_slot(plc.encode_cancel(session=session, sequence=sequence))
    assert (slot.command, slot.session, slot.sequence) == (2, session, sequence)
    assert not slot.malformed


@given(
    heartbeat=st.integers(0, 1 << 40),
    ready=st.booleans(),
    hold=st.booleans(),
    watchdog_ms=st.integers(100, 5000),
)
def test_a_command_block_does_to_the_twin_what_it_says(
    heartbeat: int, ready: bool, hold: bool, watchdog_ms: int
) -> None:
    assume(heartbeat & 0xFFFF)
    twin = Firmware(Hardware(2, 8, 5000))
    twin.write(
        plc.COMMAND_ADDRESS,
        plc.encode_command(
            heartbeat=heartbeat, session=9, ready=ready, hold_infeed=hold, watchdog_ms=watchdog_ms
        ),
    )
    twin.cycle(1, 0, speed_mm_s=2500)
    status = plc.decode_status(twin.read_input(0, 25))
    assert (status.session, status.watchdog_ms) == (9, watchdog_ms)
    assert status.heartbeat_echo == heartbeat & 0xFFFF
    assert status.host_alive
    assert status.infeed_held is (hold or not ready)
