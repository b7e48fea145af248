"""Writes the demo's routing table and chute plan as the folders that people edit.

The ranges, prefixes and the plan are the shipped ones (liege/); the pre-advice is the mix's. The
revision that brings the customs hold differs from the first by one row.
"""

from __future__ import annotations

import csv
import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from sorter.demo.mix import Mix

PLAN_FILE = "plan.toml"
_SHARED_FILES = ("prefixes.csv", "ranges.csv")


def shipped() -> Traversable:
    """The folder of the shipped Liege table."""
    return resources.files("sorter.demo").joinpath("liege")


def write_table_source(folder: Path, mix: Mix, *, revision: int, customs_hold: bool) -> Path:
    """Write a table source into `folder` (made if need be) and tell where.

    With `customs_hold` the customs parcel's row leads to customs, else to where it was bound.
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = shipped().joinpath("table.toml").read_text(encoding="utf-8")
    head = re.sub(r"^revision = \d+$", f"revision = {revision}", head, count=1, flags=re.MULTILINE)
    (folder / "table.toml").write_text(head, encoding="utf-8")
    for name in _SHARED_FILES:
        (folder / name).write_bytes(shipped().joinpath(name).read_bytes())
    with (folder / "parcels.csv").open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("barcode", "destination", "parcel"))
        for row in mix.preadvice:
            held = customs_hold and row.barcode == mix.customs.code
            writer.writerow(row._replace(destination=mix.customs.destination) if held else row)
    return folder


def write_plan(folder: Path) -> Path:
    """Write the line's chute plan into `folder` and tell where."""
    path = folder / PLAN_FILE
    path.write_bytes(shipped().joinpath(PLAN_FILE).read_bytes())
    return path
