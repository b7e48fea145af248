"""The acknowledged seq survives, and a damaged file is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from sorter.disk.cursor import AckCursor, CursorDamagedError, load_cursor, save_cursor


def test_a_cursor_comes_back_and_there_is_none_at_first(tmp_path: Path) -> None:
    path = tmp_path / "gateway" / "north.cursor"
    assert load_cursor(path) is None
    for seq in (1, 2**53 - 1):
        save_cursor(path, AckCursor(epoch=7, seq=seq))
        assert load_cursor(path) == AckCursor(epoch=7, seq=seq)
    assert [file.name for file in path.parent.iterdir()] == ["north.cursor"]


@pytest.mark.parametrize("content", [b"", b"\x00" * 40, b"[]", b'{"epoch":7}', b"\xff"])
def test_a_file_that_holds_no_cursor_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "north.cursor"
    path.write_bytes(content)
    with pytest.raises(CursorDamagedError, match=r"north\.cursor holds no cursor"):
        load_cursor(path)
