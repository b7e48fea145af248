"""The sound file that tests forge is built once."""

from __future__ import annotations

import pytest

from tests.table.forged_lines import Parts, sound_file
from tests.table.forging import sections_of


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sound_file(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="session")
def parts(sound: bytes) -> Parts:
    return sections_of(sound)
