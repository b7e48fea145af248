"""What comes down the line in one run, drawn from one seed.

The mix is that of a busy e-commerce hub, with a little of everything that goes wrong: of each
special at least one, however short the run. Two things are arranged, not left to luck: one
destination gets enough parcels, early and late, for its first chute to go full in mid-run and for
others to need the second; and the parcel that customs ask for waits in the second half, before
the belt, until the table that holds it is in use.

Parcels follow one another at `per_hour` on average: 18,000 an hour at 2.5 m/s is a pitch of
500 mm, a parcel of about 260 mm and a gap of 240 mm. No gap is shorter than the diverters need,
so a rate beyond about 20,000 is cut to what fits, and `Mix.per_hour` tells the rate got.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sorter.demo.consignments import (
    DESTINATIONS_OF_KIND,
    Consignment,
    PreAdvice,
    Shipper,
)
from sorter.demo.plant import FILLING_DESTINATION, MIN_GAP_MM, SPEED_MPS

SMALLEST_MIX = 20
CUSTOMS = "CUSTOMS"
CUSTOMS_HOLD = "customs"
"""Name of the hold at which the feeder keeps the customs parcel back."""

SHARES = {"dpd": 34, "gs1_420": 12, "gs1_421": 10, "s10": 16, "sscc": 8, "lp_s10": 12,
          "leitcode": 8}  # fmt: skip
SPECIALS_PER_MILLE = {"no_read": 10, "unknown": 10, "misread": 7, "conflict": 7}

BACKGROUND_ROWS = 5_000  # pre-advice of parcels that other lines get
_BACKGROUND_SHARES = {"s10": 4, "sscc": 2, "lp_s10": 3}

_FILLING_SHARE = 0.12
_FILLING_AT_LEAST = 5
# From the parcel that fills the chute to the next for it: the way from scanner to chute and the
# full sensor's delay, about 4 m, or 8 parcels.
_FULL_SEEN_AFTER_PARCELS = 10

_LENGTH_MM = (150.0, 380.0, 250.0)  # shortest, longest, commonest


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of the manifest; `gap_mm` is the free belt in front of it."""

    id: str
    consignment: Consignment
    length_mm: float
    gap_mm: float
    hold: str | None = None

    def described(self) -> dict[str, object]:
        """The parcel as the twin's manifest has it."""
        return {
            "id": self.id,
            "kind": self.consignment.kind,
            "length_mm": self.length_mm,
            "gap_mm": self.gap_mm,
            "codes": self.consignment.codes,
            "destination": self.consignment.destination,
            "divertable": self.consignment.destination is not None,
            "hold": self.hold,
        }


@dataclass(frozen=True, slots=True)
class CustomsParcel:
    """The parcel that customs ask for: its code, where it was bound, and where it must go."""

    code: str
    bound_for: str
    destination: str = CUSTOMS


@dataclass(frozen=True, slots=True)
class Mix:
    """One run: the parcels in order, and the pre-advice that the hub has of them and of others.

    `per_hour` is what the parcels and gaps give; less than `asked_per_hour` when that does not
    fit the belt. `full_at` parcels fill the filling destination's first chute.
    """

    seed: int
    asked_per_hour: float
    per_hour: float
    parcels: tuple[Parcel, ...]
    preadvice: tuple[PreAdvice, ...]
    customs: CustomsParcel
    full_at: int

    def manifest(self) -> dict[str, object]:
        """The content of the twin's manifest.json."""
        return {
            "seed": self.seed,
            "parcels": [parcel.described() for parcel in self.parcels],
            "faults": [],
        }


def make_mix(
    parcels: int, per_hour: float, seed: int, *, background_rows: int = BACKGROUND_ROWS
) -> Mix:
    """Draw a run of `parcels` (20 or more) at `per_hour` on average.

    `background_rows` or one more rows of pre-advice are for parcels that do not come down this
    line. The same arguments give the same mix. Raises ValueError for a run too short to hold one of
    each kind, or a rate that is not above 0.
    """
    if parcels < SMALLEST_MIX:
        raise ValueError(f"parcels is {parcels}, expected {SMALLEST_MIX} or more: one of each kind")
    if not per_hour > 0:
        raise ValueError(f"per_hour is {per_hour}, expected more than 0")
    rng = Random(seed)
    shipper = Shipper(rng)
    due = max(_FILLING_AT_LEAST, round(parcels * _FILLING_SHARE))
    full_at = max(2, round(due * 0.4))
    held = _held(shipper)
    ordered = [*_ordinary(shipper, rng, parcels, due), *_specials(shipper, parcels)]
    _arrange(rng, ordered, full_at)
    ordered.insert(rng.randrange(round(parcels * 0.6), round(parcels * 0.75)), held)
    rows = [row for consignment in ordered for row in consignment.rows]
    rows += _background(shipper, rng, background_rows)
    rng.shuffle(rows)
    spaced, got_per_hour = _spaced(rng, ordered, per_hour)
    return Mix(
        seed=seed,
        asked_per_hour=per_hour,
        per_hour=got_per_hour,
        parcels=spaced,
        preadvice=tuple(rows),
        customs=CustomsParcel(held.codes[0], held.rows[0].destination),
        full_at=full_at,
    )


def write_manifest(folder: Path, mix: Mix) -> Path:
    """Write manifest.json for the twin and tell where."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(mix.manifest()) + "\n", encoding="ascii")
    return path


def _held(shipper: Shipper) -> Consignment:
    """The customs parcel: its row is that of any parcel, its truth what customs will say."""
    sent = shipper.send("s10", shipper.pick_destination("s10"))
    return Consignment("customs", sent.codes, CUSTOMS, sent.rows)


def _special_counts(parcels: int) -> dict[str, int]:
    return {
        kind: max(1, round(parcels * share / 1000)) for kind, share in SPECIALS_PER_MILLE.items()
    }


def _specials(shipper: Shipper, parcels: int) -> Iterator[Consignment]:
    printers = {
        "no_read": shipper.no_read,
        "unknown": shipper.unknown,
        "misread": shipper.misread,
        "conflict": shipper.conflict,
    }
    for kind, count in _special_counts(parcels).items():
        for _ in range(count):
            yield printers[kind]()


def _ordinary(shipper: Shipper, rng: Random, parcels: int, due: int) -> Iterator[Consignment]:
    """All but the specials and the customs parcel, `due` of them for the filling destination."""
    total = parcels - sum(_special_counts(parcels).values()) - 1
    kinds = _apportioned(total)
    able = [n for n, kind in enumerate(kinds) if FILLING_DESTINATION in DESTINATIONS_OF_KIND[kind]]
    filling = set(rng.sample(able, due))
    for place, kind in enumerate(kinds):
        if place in filling:
            yield shipper.send(kind, FILLING_DESTINATION)
        else:
            yield shipper.send(kind, shipper.pick_destination(kind, without=FILLING_DESTINATION))


def _apportioned(total: int) -> list[str]:
    """`total` kinds by their shares, at least one of each; the first takes what rounding leaves."""
    whole = sum(SHARES.values())
    counts = {kind: max(1, total * share // whole) for kind, share in SHARES.items()}
    counts[next(iter(counts))] += total - sum(counts.values())
    return [kind for kind, count in counts.items() for _ in range(count)]


def _arrange(rng: Random, consignments: list[Consignment], full_at: int) -> None:
    """Shuffle until two parcels for the filling destination come well after its chute is full."""
    while True:
        rng.shuffle(consignments)
        places = [n for n, c in enumerate(consignments) if c.destination == FILLING_DESTINATION]
        if places[-2] - places[full_at - 1] >= _FULL_SEEN_AFTER_PARCELS:
            return


def _background(shipper: Shipper, rng: Random, at_least: int) -> list[PreAdvice]:
    rows: list[PreAdvice] = []
    while len(rows) < at_least:
        kind = rng.choices(list(_BACKGROUND_SHARES), weights=list(_BACKGROUND_SHARES.values()))[0]
        rows.extend(shipper.send(kind, shipper.pick_destination(kind)).rows)
    return rows


def _spaced(
    rng: Random, consignments: Sequence[Consignment], per_hour: float
) -> tuple[tuple[Parcel, ...], float]:
    """Lengths and gaps that give the rate asked, or the highest one below it that fits."""
    shortest, longest, commonest = _LENGTH_MM
    lengths = [round(rng.triangular(shortest, longest, commonest), 1) for _ in consignments]
    belt_mm_per_hour = SPEED_MPS * 1000 * 3600
    pitch_mm = belt_mm_per_hour / per_hour
    spare_mm = pitch_mm * len(lengths) - sum(lengths) - MIN_GAP_MM * len(lengths)
    draws = [rng.expovariate(1.0) for _ in lengths]
    spare_each = max(0.0, spare_mm) / sum(draws)
    gaps = [round(MIN_GAP_MM + draw * spare_each, 1) for draw in draws]
    spaced = tuple(
        Parcel(
            f"P{number:04d}",
            consignment,
            length_mm,
            gap_mm,
            hold=CUSTOMS_HOLD if consignment.kind == "customs" else None,
        )
        for number, (consignment, length_mm, gap_mm) in enumerate(
            zip(consignments, lengths, gaps, strict=True), start=1
        )
    )
    return spaced, belt_mm_per_hour * len(lengths) / (sum(lengths) + sum(gaps))
