"""The box's store: what gets in, what stays as it is, and which pair a line runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from sorter.table import (
    RoutingTable,
    SourceError,
    Stored,
    StoreError,
    TableFileError,
    TableStore,
    read_plan,
)
from tests.table.sources import HEAD, compiled, parcels_csv

PLAN = """
line = "line-1"
revision = 1
[destinations]
NORTH = { chutes = ["C01"] }
[fallback]
no_read = "end"
unknown = "end"
misread = "end"
conflict = "end"
overflow = "end"
"""


class Site:
    """A box's store, and a person who writes tables and plans for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = TableStore(folder / "store")

    def table_file(self, revision: int, destination: str = "NORTH") -> Path:
        head = HEAD.replace("revision = 7", f"revision = {revision}")
        return compiled(self.folder, head, parcels=parcels_csv({"CODE": destination}))

    def load_table(self, revision: int, destination: str = "NORTH") -> Stored:
        return self.store.load_table(self.table_file(revision, destination))

    def load_plan(self, revision: int, chute: str = "C01") -> Stored:
        path = self.folder / "plan.toml"
        path.write_text(PLAN.replace("= 1", f"= {revision}").replace("C01", chute))
        return self.store.load_plan(path, "line-1")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_an_empty_store_holds_nothing(site: Site) -> None:
    assert site.store.tables() == site.store.plans() == ()
    assert site.store.active("line-1") is None
    with pytest.raises(StoreError, match="load one first"):
        site.store.find_plan("line-1")


def test_a_loaded_table_is_an_own_copy_named_by_what_it_is(site: Site) -> None:
    stored = site.load_table(1)
    assert site.store.tables() == (stored,)
    assert stored.path.name == f"test-hub@1@{stored.digest}.table"
    (site.folder / "compiled.table").write_bytes(b"gone")
    with RoutingTable.open(stored.path, check_digest=True) as table:
        assert (table.digest, table.lookup("CODE")) == (stored.digest, 0)


def test_loading_the_same_again_changes_nothing(site: Site) -> None:
    stored = site.load_table(1)
    made = stored.path.stat().st_mtime_ns
    assert site.load_table(1) == stored
    assert site.load_plan(1) == site.load_plan(1)
    assert stored.path.stat().st_mtime_ns == made


def test_one_revision_cannot_have_two_contents(site: Site) -> None:
    site.load_table(1, "NORTH")
    with pytest.raises(StoreError, match="raise the revision"):
        site.load_table(1, "SOUTH")
    site.load_plan(1, "C01")
    with pytest.raises(StoreError, match="raise the revision"):
        site.load_plan(1, "C02")


def test_a_damaged_table_does_not_get_in(site: Site) -> None:
    path = site.table_file(1)
    content = bytearray(path.read_bytes())
    content[-70] ^= 1
    path.write_bytes(content)
    with pytest.raises(TableFileError):
        site.store.load_table(path)
    assert site.store.tables() == ()


def test_a_bad_plan_or_one_of_another_line_does_not_get_in(site: Site) -> None:
    path = site.folder / "plan.toml"
    path.write_text(PLAN)
    with pytest.raises(StoreError, match="for line line-1, not for line-2"):
        site.store.load_plan(path, "line-2")
    path.write_text(PLAN.replace("unknown", "unkown"))
    with pytest.raises(SourceError):
        site.store.load_plan(path, "line-1")
    assert site.store.plans() == ()


def test_an_activated_pair_is_what_the_line_runs_on(site: Site) -> None:
    first = site.load_table(1)
    site.load_plan(1)
    pair = site.store.activate("line-1", "test-hub@1")
    assert pair == site.store.active("line-1")
    assert pair.table == first
    assert pair.plan == read_plan(site.folder / "plan.toml")[0]
    assert site.store.active("line-2") is None


def test_a_new_table_keeps_the_plan_and_a_new_plan_can_come_with_it(site: Site) -> None:
    site.load_table(1)
    site.load_plan(1)
    site.store.activate("line-1", "test-hub@1")
    second = site.load_table(2)
    new_plan = site.load_plan(2, "C02")
    kept = site.store.activate("line-1", second.digest)
    assert (kept.table.revision, kept.plan.revision) == (2, 1)
    both = site.store.activate("line-1", second.digest[:8], "2")
    assert (both.table.revision, both.plan.digest) == (2, new_plan.digest)
    back = site.store.activate("line-1", "test-hub@1", new_plan.digest)
    assert (back.table.revision, back.plan.revision) == (1, 2)


def test_a_revision_that_looks_like_a_digest_is_still_a_revision(site: Site) -> None:
    plan = site.load_plan(20261123)
    assert site.store.find_plan("line-1", "20261123") == plan


@pytest.mark.parametrize("reference", ["test-hub@9", "other@1", "", "0123456789", "test-hub"])
def test_what_is_not_in_the_store_cannot_be_activated(site: Site, reference: str) -> None:
    site.load_table(1)
    site.load_plan(1)
    with pytest.raises(StoreError, match="NAME@REVISION"):
        site.store.activate("line-1", reference)
    with pytest.raises(StoreError):
        site.store.activate("line-1", "test-hub@1", "9")
    assert site.store.active("line-1") is None


def test_a_line_name_cannot_lead_out_of_the_store(site: Site) -> None:
    for name in ("../outside", "", "a/b", "."):
        with pytest.raises(StoreError, match="can be no line's name"):
            site.store.active(name)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 10, b"[]", b'{"table": 1}', b"x" * 9999])
def test_a_broken_pointer_is_named_and_can_be_put_right(site: Site, content: bytes) -> None:
    site.load_table(1)
    plan = site.load_plan(1)
    site.store.activate("line-1", "test-hub@1")
    pointer = site.folder / "store" / "active" / "line-1.json"
    pointer.write_bytes(content)
    with pytest.raises(StoreError, match=r"line-1\.json"):
        site.store.active("line-1")
    assert len(site.store.tables()) == 1
    site.store.activate("line-1", "test-hub@1", plan.digest)
    assert site.store.active("line-1") is not None


def test_a_pointer_to_what_is_gone_is_a_named_error(site: Site) -> None:
    stored = site.load_table(1)
    site.load_plan(1)
    site.store.activate("line-1", "test-hub@1")
    stored.path.unlink()
    with pytest.raises(StoreError, match="no routing table"):
        site.store.active("line-1")


def test_a_stored_plan_that_was_changed_is_refused(site: Site) -> None:
    site.load_table(1)
    stored = site.load_plan(1)
    site.store.activate("line-1", "test-hub@1")
    for content in (stored.path.read_bytes().replace(b"C01", b"C02"), b"", b"{}", b"[1]"):
        stored.path.write_bytes(content)
        with pytest.raises(StoreError, match="load it again"):
            site.store.active("line-1")


@pytest.mark.parametrize("rot", [b"", b"\x93SORTTB\n", None])
def test_what_rotted_in_the_store_is_put_right_by_loading_it_again(
    site: Site, rot: bytes | None
) -> None:
    table, plan = site.load_table(1), site.load_plan(1)
    for stored in (table, plan):
        if rot is None:
            stored.path.unlink()
        else:
            stored.path.write_bytes(rot)
    assert (site.load_table(1), site.load_plan(1)) == (table, plan)
    pair = site.store.activate("line-1", "test-hub@1")
    assert (pair.table, pair.plan.digest) == (table, plan.digest)


@pytest.mark.parametrize("name", ["line-1@9@abc", f"line-1@{'9' * 40}@{'0' * 64}", "line-1@9@"])
def test_a_name_that_the_store_would_not_give_is_no_newest_plan(site: Site, name: str) -> None:
    plan = site.load_plan(1)
    plan.path.with_name(f"{name}.plan").touch()
    assert site.store.find_plan("line-1") == plan


def test_files_that_the_store_did_not_write_are_passed_over(site: Site) -> None:
    stored = site.load_table(1)
    for name in ("notes.table", "a@b@c.table", ".test-hub@1@00.table.1-ab.draft", "x@1.table"):
        (stored.path.parent / name).write_bytes(b"?")
    assert site.store.tables() == (stored,)


def test_a_table_in_the_store_that_rotted_is_not_activated(site: Site) -> None:
    stored = site.load_table(1)
    site.load_plan(1)
    stored.path.write_bytes(stored.path.read_bytes()[:-1])
    with pytest.raises(TableFileError):
        site.store.activate("line-1", "test-hub@1")
    assert site.store.active("line-1") is None


def test_a_table_for_another_site_is_not_loaded(site: Site) -> None:
    path = site.table_file(1, "NORTH")
    with pytest.raises(StoreError, match="not for elsewhere"):
        site.store.load_table(path, site="elsewhere")
    assert site.store.tables() == ()
