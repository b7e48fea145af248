"""Time zones: UTC is always there, the others come from the machine's data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sorter.config.zones import zone_of


def test_utc_needs_no_data() -> None:
    assert zone_of("UTC") is UTC


def test_a_zone_knows_its_summer() -> None:
    brussels = zone_of("Europe/Brussels")
    assert datetime(2026, 7, 1, tzinfo=brussels).utcoffset() == timedelta(hours=2)
    assert datetime(2026, 12, 1, tzinfo=brussels).utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize("name", ["Europe/Luik", "../passwd", "/etc/passwd", "", "Europe", "a\0b"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        zone_of(name)
