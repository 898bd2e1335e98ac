"""Bytes that rot are noticed, named and made good: every file of a store, wherever a bit of it flips."""

import shutil
from collections.abc import Callable
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random

import pytest

from tests.warehouse.conftest import Store
from warehouse.lake import checked
from warehouse.lake import compaction as log
from warehouse.lake.compaction import clean, compact
from warehouse.lake.errors import DamageError, LossError, StoreError
from warehouse.lake.store import Lake, read_index
from warehouse.lake.verify import verify
from warehouse.load import build

FLIPS = 63  # of each kind of file
CELLS = [("requests", "req_new", "total", "3", Decimal(3)), ("requests", "res_full", "total", "", "blank")]
FOLDERS = {
    "parts": "lake/[!c]*/*.parquet", "cells": "lake/cell/*.parquet", "manifests": "lake/commits/*.json",
    "copies": "lake/copies/*.json", "compactions": "lake/compactions/*.json", "index": "raw/*.parquet",
    "originals": "raw/??/*", "warehouse": "gongkai.duckdb",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few commits are many."""
    monkeypatch.setattr(log, "WAITING", 3)


def fill(store: Store) -> None:
    """Some commits put together and some not, originals, a warehouse."""
    for number, letter in enumerate("abcde"):
        store.add(letter, year=2020 + number, cells=CELLS, checks=[("R3-ROW", "pass")], issues=["unit_inferred"])
        store.lake.originals.keep(letter.encode())
        store.commit(f"r{number}")
        if number == 2:
            compact(store.lake)
            clean(store.lake)
    store.build()
    assert not verify(store.lake, deep=True).damages


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Such a store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "WAITING", 3)
        fill(store := Store(tmp_path_factory.mktemp("whole") / "store"))
    return store


@pytest.fixture
def filled(whole: Store, store: Store) -> Store:
    """A copy of it to harm."""
    shutil.copytree(whole.path, store.path, dirs_exist_ok=True)
    return store


def test_every_flip_and_every_cut_is_noticed(filled, series):
    """A bit, or the end, of any file: whoever would use it is refused, and `verify` names it and nothing else."""
    store, path = filled, filled.path
    facts = store.ask("FROM fact ORDER BY ALL")
    files = {kind: sorted(path.glob(pattern)) for kind, pattern in FOLDERS.items()}
    assert all(files.values())
    for kind, number in product(FOLDERS, series(FLIPS, 12)):
        random = Random(f"{kind} {number}")
        file = random.choice(files[kind])
        whole = file.read_bytes()
        harmed = bytearray(whole)
        if random.random() < 0.2:
            del harmed[random.randrange(len(whole)) :]
        else:
            harmed[random.randrange(len(whole))] ^= 1 << random.randrange(8)
        file.write_bytes(harmed)

        name = file.relative_to(path).as_posix()
        found = verify(Lake(path), deep=True)
        missing_original = [damage.file for damage in found.all if damage.file not in (name, "lake/compactions")]
        assert any(damage.file == name for damage in found.all), (name, kind, number)
        assert all(other.startswith("raw/") or kind in ("manifests", "compactions") for other in missing_original)
        if kind in ("parts", "cells", "manifests", "compactions"):
            with pytest.raises(StoreError, match=file.name):
                read_everything(Lake(path))
        elif kind == "warehouse":
            with pytest.raises(DamageError, match="other bytes than were built"):
                store.ask("FROM fact")
        elif kind == "originals":
            with pytest.raises(DamageError, match="other bytes than archived"):
                store.lake.originals.read(file.name)
        else:
            read_everything(Lake(path))
            assert store.ask("FROM fact ORDER BY ALL") == facts
        file.write_bytes(whole)
    store.build()
    assert store.ask("FROM fact ORDER BY ALL") == facts


def read_everything(lake: Lake) -> None:
    """Ask for the rows of every table."""
    for table in ("document", "report", "cell", "quality_check", "quality_issue"):
        lake.scan(table)


def test_what_is_known_to_be_good_is_not_read_again(store, monkeypatch):
    """Nor by the next process; a file that was touched, or a record that is lost, is."""
    fill(store)
    read: list[str] = []
    sha256 = type(store.lake.files).sha256
    monkeypatch.setattr(type(store.lake.files), "sha256", lambda self, name: read.append(name) or sha256(self, name))
    build(store.path)
    Lake(store.path).documents()
    assert read == []
    part = next((store.path / "lake" / "document").glob("compacted*"))
    part.touch()
    Lake(store.path).documents()
    assert read == [f"lake/document/{part.name}"]
    (store.path / checked.NAME).write_text("[")
    read.clear()
    assert Lake(store.path).documents().num_rows == 5
    assert len(read) == 3


def lose(*patterns: str) -> Callable[[Path], object]:
    """Files go."""
    return lambda path: [file.unlink() for pattern in patterns for file in path.glob(pattern)]


@pytest.mark.parametrize(
    "harm",
    [
        lose("lake/commits/00000005-*"),
        lose("lake/commits/00000004-*"),
        lose("lake/commits/*", "lake/compactions/*"),
        lose("lake/copies/*"),
        lose("lake/document/0*"),
        lose("raw/*.parquet"),
        lose("raw/??/*"),
    ],
    ids=["last", "middle", "all", "copies", "documents", "index", "originals"],
)
def test_what_lies_twice_is_made_good(filled, harm):
    """Lost manifests, copies, rows of documents and originals: byte for byte what they were."""
    store, path = filled, filled.path
    letters = {store.lake.originals.keep(letter.encode()): letter.encode() for letter in "abcde"}
    for sha256, data in list(letters.items()):  # the rows of the tests name documents by a letter
        letters[data.decode() * 64] = letters[sha256]
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file() and file.name != checked.NAME}
    harm(path)
    Lake(path)
    found = verify(store.lake, mend=True, source=letters.get)
    assert not found.needs_rebuild
    after = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    compacted = {file for file in before if file.match("raw/*-0000000[123]-*")}
    assert {file for file, data in before.items() if after.get(file) != data} - compacted - set(path.glob(".lock")) <= {
        file for file in before if file.match("raw/??/*")
    }
    assert Lake(path).documents().num_rows == 5


def test_a_part_that_lies_once_asks_for_a_rebuild(filled):
    """And says which reports rest on it."""
    store = filled
    part = next((store.path / "lake" / "cell").glob("00000004*"))
    part.write_bytes(b"")
    found = verify(store.lake, mend=True)
    assert found.needs_rebuild
    (damage,) = [damage for damage in found.damages if damage.file.startswith("lake/cell")]
    assert damage.reports == ("d" * 16,)


@pytest.mark.parametrize("copies", [True, False])
def test_a_lake_that_lost_commits_is_not_cleaned_and_replaces_nothing(filled, copies):
    """Whether it is the copies, the warehouse or the parts that know of them; who insists may go on."""
    store, path = filled, filled.path
    facts = store.ask("SELECT count(*) FROM fact")
    lose("lake/commits/00000005-*", *(() if copies else ("lake/copies/*",)))(path)
    parts = sorted(path.glob("lake/*/*.parquet"))
    for act in (clean, lambda lake: build(lake.store)):
        with pytest.raises(DamageError if copies else LossError, match="verify --repair"):
            act(Lake(path))
    assert sorted(path.glob("lake/*/*.parquet")) == parts
    assert store.ask("SELECT count(*) FROM fact") == facts
    if not copies:
        clean(Lake(path), accept_loss=True)
        assert build(path, accept_loss=True).reports == 4


def test_parts_and_no_commits(store):
    """After a writer that ended well its manifests are lost: nothing goes. After one that was killed it is its own."""
    store.add("a", cells=CELLS)
    store.commit()
    lose("lake/commits/*", "lake/copies/*")(store.path)
    with pytest.raises(LossError, match="parts and no commits"):
        clean(store.lake)
    (store.path / ".lock").write_text("process 7 on night since 2026-01-03")
    with pytest.raises(LossError, match=r"0 commits, without 00000001-.*originals came with"):
        clean(store.lake)  # what lies beside the originals is written after the manifest
    lose("raw/*.parquet")(store.path)
    assert clean(store.lake) == 3


def test_who_insists_goes_on_once_and_for_all(store):
    """Originals of commits that were given up keep their names, before all others."""
    for letter in "ab":
        store.add(letter, cells=CELLS)
        store.commit(letter)
    lose("lake/commits/00000002*", "lake/copies/00000002*")(store.path)
    with pytest.raises(LossError, match="1 commits, without 00000002-"):
        clean(store.lake)
    clean(store.lake, accept_loss=True)
    assert clean(store.lake) == 0
    assert [number for number, _ in read_index(store.lake.files, "document")] == [0, 1]
    store.add("c", cells=CELLS)
    store.commit("c")
    assert clean(store.lake) == 0
    assert not verify(store.lake).needs_rebuild


def test_a_load_that_would_lose_much_is_refused(store):
    """Yesterday's warehouse stands until a person agrees; a handful may go without a word."""
    cells = [("requests", f"i{n}", "total", "1", Decimal(1)) for n in range(300)]
    for number, letter in enumerate("abcdef"):
        store.add(letter, year=2015 + number, cells=cells)
    store.commit()
    store.build()
    for letter in "abcd":
        store.add(letter, outcome="not_a_report", day=2)
    store.commit("r2")
    with pytest.raises(LossError, match=r"600 facts would take the place of .* 1800; .*--accept-loss"):
        store.build()
    assert store.ask("SELECT count(*) FROM fact") == [(1800,)]
    assert not list(store.path.glob("*.tmp*"))
    assert build(store.path, accept_loss=True).facts == 600
    store.add("e", outcome="not_a_report", day=3)
    store.commit("r3")
    assert store.build().facts == 300


def test_the_lock_holds_though_its_file_is_taken_away(store):
    """A second writer is refused, and the first told at its next step."""
    import subprocess
    import sys

    from tests.warehouse.test_lake import HOLDER, ROOT

    with store.lake.lock():
        (store.path / ".lock").unlink()
        line = [sys.executable, "-c", HOLDER, store.path]
        other = subprocess.run(line, input=b"", capture_output=True, cwd=ROOT, check=False)
        assert b"StoreLockedError" in other.stderr
        assert b"whose lock file was taken away" in other.stderr
        store.add("a")
        with pytest.raises(StoreError, match="taken away or replaced; expected the lock of this process"):
            store.commit()
    shutil.rmtree(store.path)


def test_a_new_store_is_its_owners(store):
    """One that stands keeps its mode."""
    with store.lake.lock():
        assert store.path.stat().st_mode & 0o777 == 0o700
    store.path.chmod(0o750)
    with store.lake.lock():
        assert store.path.stat().st_mode & 0o777 == 0o750
