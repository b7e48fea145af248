"""The build campaign draws the same rows however they are cut, and finds a small build right."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benches.build_campaign import campaign, rows_from, write_source
from sorter.table import read_source


def test_rows_are_the_same_however_they_are_cut() -> None:
    whole = rows_from(0, 1000)
    part = rows_from(300, 200)
    assert (whole.codes[300:500] == part.codes).all()
    assert (whole.destinations[300:500] == part.destinations).all()
    assert len(np.unique(whole.codes)) == 1000


def test_what_is_written_is_a_sound_source_of_so_many_rows(tmp_path: Path) -> None:
    assert write_source(tmp_path, 5000) == (tmp_path / "parcels.csv").stat().st_size
    read = read_source(tmp_path)
    assert len(read.parcels) == 5000
    assert not read.problems.kept


def test_a_small_campaign_ends_well(tmp_path: Path) -> None:
    found = campaign(tmp_path, 20_000, 500)
    assert (found["exit_code"], found["wrong"]) == (0, 0)
    assert found["limit_mb"] in {None, 500}
