"""The whole line in simulated time: no parcel is lost track of, and no pace changes a run."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.encoder import Encoder, seeded_encoder
from firmware_sim.faults import RemoveParcel
from firmware_sim.line import Line
from firmware_sim.manifest import Manifest
from firmware_sim.plant import ScannerFraming
from firmware_sim.registers import signed_difference
from tests.firmware_sim.bench import (
    EDGE_ON,
    INDUCT_INPUT,
    SLOTS,
    Entry,
    ScriptedHost,
    entry_at,
    parcel,
    slot,
    small_line,
    small_plant,
    story,
)

parcels = st.lists(
    st.builds(
        lambda length, gap, destination: (length, gap, destination),
        st.floats(60, 900),
        st.floats(20, 700),
        st.sampled_from(["AA", "BB", "XX", None]),
    ),
    min_size=1,
    max_size=8,
)
shots = st.lists(
    st.tuples(st.integers(1, 4500), st.integers(1, 2), st.integers(1, 2), st.integers(1, 300)),
    max_size=12,
)


def line_of(spans: list[tuple[float, float, str | None]], seed: int = 1) -> Line:
    return small_line(
        [
            parcel(f"P{n}", destination, length_mm=length, gap_mm=gap)
            for n, (length, gap, destination) in enumerate(spans)
        ],
        seed=seed,
    )


@settings(max_examples=30)
@given(parcels, shots, st.integers(0, 5))
def test_every_parcel_ends_exactly_once_however_wildly_the_diverters_fire(
    spans: list[tuple[float, float, str | None]],
    wild: list[tuple[int, int, int, int]],
    seed: int,
) -> None:
    line = line_of(spans, seed)

    def shoot(number: int, head: int) -> list[list[int]]:
        return [
            slot(number * 100 + n + 1, head + ahead, diverter=diverter, side=side, pulse_ms=pulse)
            for n, (ahead, diverter, side, pulse) in enumerate(wild)
        ]

    host = ScriptedHost(line, shoot)
    host.run_until_done()
    truth = line.truth()
    assert all(row.ended in {"chute", "end", "lost"} for row in truth.parcels)
    assert truth.in_chutes + truth.at_end + truth.lost == truth.fed == len(spans)
    assert [number for number, *_ in host.entries] == list(range(1, len(host.entries) + 1))
    seen = [count for _, kind, index, count, _ in host.entries if (kind, index) == (EDGE_ON, 0)]
    assert seen == [row.induct_count for row in truth.parcels]
    assert line.status().fed == line.status().ended == len(spans)


@settings(max_examples=20)
@given(parcels, st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(0, 5))
def test_the_grouping_of_steps_changes_nothing(
    spans: list[tuple[float, float, str | None]], groups: list[int], seed: int
) -> None:
    # Orders come at fixed simulated times; only the host's calls of `advance` differ.
    order_ms, end_ms = 400, 4000
    results = []
    for pace in ([1], groups):
        line = line_of(spans, seed)
        line.plc.write(0, [1, 7, 1, 5000])
        telegrams: list[bytes] = []
        turn = 0
        for stop_ms in (order_ms, end_ms):
            while line.now_ms < stop_ms:
                line.advance(min(pace[turn % len(pace)], stop_ms - line.now_ms))
                telegrams += line.take_telegrams()
                turn += 1
            count = line.plc.read_input(4, 2)
            line.plc.write(SLOTS, slot(1, (count[0] << 16 | count[1]) + 1500, pulse_ms=200))
        results.append((line.truth(), telegrams, ring_of(line)))
    assert results[0] == results[1]


def ring_of(line: Line) -> list[Entry]:
    return [entry_at(line.plc.read_input(256 + n * 8, 8)) for n in range(line.plc.ring.newest)]


def test_the_same_seed_and_orders_give_the_same_run_and_another_seed_does_not() -> None:
    def run(seed: int) -> tuple[object, object]:
        line = line_of([(300, 250, "AA"), (200, 300, "BB"), (250, 220, "AA")], seed)
        host = ScriptedHost(
            line, lambda number, head: [slot(number + 1, head + 1900, side=1 + number % 2)]
        )
        host.run_until_done()
        return line.truth(), host.entries

    assert run(1) == run(1)
    assert run(1) != run(2)


@given(
    st.floats(-0.0005, 0.0005),
    st.integers(0, (1 << 32) - 1),
    st.lists(st.floats(0, 500), min_size=1, max_size=50),
)
def test_the_encoder_only_grows_whatever_the_wrap(
    scale_error: float, start: int, moves: list[float]
) -> None:
    encoder = Encoder(1000, scale_error=scale_error, start=start)
    travel = 0.0
    before = encoder.count_at(0)
    assert before == start
    for move in moves:
        travel += move
        count = encoder.count_at(travel)
        assert 0 <= count < 1 << 32
        assert 0 <= signed_difference(count, before) <= move * 1.0005 + 1
        before = count


@given(st.integers(0, 1000))
def test_the_encoder_wraps_while_three_hundred_parcels_are_fed(seed: int) -> None:
    manifest = Manifest(seed=seed, parcels=tuple(parcel(f"P{n}") for n in range(300)))
    encoder = seeded_encoder(small_plant(), manifest, seed)
    fed_mm = 300 * 550
    for started_mm in (0, 25_000):  # the belt runs up to ten seconds before the infeed starts
        first, last = encoder.count_at(started_mm), encoder.count_at(started_mm + fed_mm)
        assert first > last


def test_the_belt_goes_on_across_the_wrap_as_if_nothing_were() -> None:
    plans = [parcel(f"P{n}") for n in range(150)]
    line = Line(small_plant(), Manifest(seed=1, parcels=tuple(plans)), 1)
    host = ScriptedHost(line, lambda number, head: [slot(number + 1, head + 1865, pulse_ms=60)])
    host.run(8000)
    line.feeder.start()
    host.run_until_done()
    heads = [row.induct_count or 0 for row in line.truth().parcels]
    assert heads[0] > heads[-1], "the encoder wrapped while they were fed"
    assert story(line) == [(plan.id, "chute", "A") for plan in plans]


def test_no_parcel_is_fed_before_start_admission_and_release() -> None:
    manifest = Manifest(seed=1, parcels=(parcel("P1"), parcel("P2", hold="customs"), parcel("P3")))
    line = Line(small_plant(), manifest, 1)
    host = ScriptedHost(line)
    host.run(1000)
    assert line.status().fed == 0
    assert line.status().waiting_for_hold is None
    line.feeder.start()
    host.run(1000)
    assert line.status().fed == 1
    assert line.status().waiting_for_hold == "customs"
    line.feeder.release("customs")
    line.plc.write(2, [3])
    host.run(1000)
    assert line.status().fed == 1
    assert not line.status().admitting
    line.plc.write(2, [1])
    host.run_until_done()
    assert line.status().fed == 3


def test_gaps_are_those_of_the_manifest() -> None:
    gaps = [250.0, 20.0, 333.3, 180.5]
    line = small_line([parcel(f"P{n}", gap_mm=gap) for n, gap in enumerate(gaps)])
    host = ScriptedHost(line)
    host.run_until_done()
    edges = [count for _, _, index, count, _ in host.entries if index == INDUCT_INPUT]
    measured = [on - off for off, on in zip(edges[1::2], edges[2::2], strict=False)]
    for gap, seen in zip(gaps[1:], measured, strict=True):
        assert abs(seen - gap) <= 4 + 2


def test_a_telegram_carries_the_count_of_the_parcel_s_middle_and_comes_late() -> None:
    line = small_line([parcel("P1"), parcel("P2", codes=())])
    host = ScriptedHost(line)
    heard: list[str] = []
    counts_then: list[int] = []
    while not line.done:
        host.run(1)
        for telegram in line.take_telegrams():
            high, low = line.plc.read_input(4, 2)
            counts_then.append(high << 16 | low)
            heard.append(telegram.decode("latin-1"))
    assert [text[12:] for text in heard] == [";CODE-P1\x03", ";NoRead\x03"]
    for text, row, then in zip(heard, line.truth().parcels, counts_then, strict=True):
        assert text[:2] == "\x02@"
        middle = int(text[2:12])
        assert abs(signed_difference(middle, row.induct_count or 0) - 850) <= 4
        # 15 to 45 ms at 2.5 mm a millisecond, and the step in which it is noticed.
        assert 15 * 2.5 <= signed_difference(then, middle) <= 47 * 2.5


def test_a_scanner_without_no_read_and_count_keeps_to_its_codes() -> None:
    framing = ScannerFraming(
        frame_start="", frame_end="\r\n", separator=",", no_read=None, count_prefix=None
    )
    line = small_line(
        [parcel("P1", codes=("A", "B\x1dC")), parcel("P2", codes=())],
        plant=small_plant(scanner=framing),
    )
    ScriptedHost(line).run_until_done()
    assert line.take_telegrams() == [b"A,B\x1dC\r\n"]


def test_a_removed_parcel_is_not_read() -> None:
    line = small_line([parcel("P1")], faults=[RemoveParcel(parcel="P1", at_mm=700)])
    ScriptedHost(line).run(2000)
    assert line.take_telegrams() == []
