"""Compaction: the rows of many commits in few files, and nothing else different."""

import json
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.conftest import Store, killed, rewrite
from warehouse.lake import compaction as log
from warehouse.lake.compaction import clean, compact
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.schema import lake_tables

CELLS = [("requests", "req_new", "total", "3", Decimal(3)), ("requests", "res_full", "total", "", "blank")]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few commits are many."""
    monkeypatch.setattr(log, "WAITING", 6)


def fill(store: Store, count: int = 0) -> None:
    """So many commits of a report each, by default as many as are put together."""
    known = len(store.lake.commits())
    for number in range(known, known + (count or log.WAITING)):
        letter = "abcdef0123456789"[number % 16]
        store.add(letter, name=f"{number}.html", year=2008 + number // 16, cells=CELLS, checks=[("R3-ROW", "pass")])
        store.commit(f"r{number}")


def rows(lake: Lake) -> dict[str, list[tuple]]:
    """Every row of every table, with the number of its commit."""
    with lake.connect() as connection:
        return {t: connection.execute(f"FROM ({lake.scan(t)}) ORDER BY ALL").fetchall() for t in lake_tables()}


def parts(store: Store) -> set[str]:
    """Names of the files with cells."""
    return {path.name for path in (store.path / "lake" / "cell").iterdir()}


def test_rows_commits_and_warehouse_stay_what_they_are(store):
    """Every row keeps its commit, every commit its name and record, and the warehouse needs no new build."""
    fill(store)
    store.build()
    commits, before = store.lake.commits(), rows(store.lake)

    assert compact(store.lake) == log.WAITING
    assert compact(store.lake) == 0
    assert rows(store.lake) == before
    after = store.lake.commits()
    assert [(c.name, c.parts, c.run) for c in after] == [(c.name, c.parts, c.run) for c in commits]
    assert store.lake.runs().num_rows == log.WAITING
    assert not store.build().built
    assert len(parts(store)) == log.WAITING + 1

    assert clean(store.lake) == log.WAITING * (2 + 4)  # manifests and copies, and parts of four tables
    assert len(parts(store)) == 1
    assert rows(store.lake) == before
    assert clean(store.lake) == 0
    assert not store.build().built


def test_who_has_begun_to_read_reads_on(store):
    """The files a reader was told of stay until the lake is cleaned again, in the next run."""
    fill(store)
    sql, commits = store.lake.scan("cell"), store.lake.commits()
    compact(store.lake)
    with store.lake.connect() as connection:
        assert len(connection.execute(sql).fetchall()) == 2 * log.WAITING
        assert len(connection.execute(store.lake.scan("cell", commits)).fetchall()) == 2 * log.WAITING


def test_a_range_of_commits_is_read_across_files(store):
    """Some of a compaction, some of their own."""
    fill(store, log.WAITING + 3)
    compact(store.lake)
    fill(store, 3)
    commits = store.lake.commits()
    with store.lake.connect() as connection:
        for first, end in ((0, 1), (5, 9), (log.WAITING - 1, log.WAITING + 5), (0, len(commits))):
            sql = f"SELECT DISTINCT commit_seq FROM ({store.lake.scan('cell', commits[first:end])}) ORDER BY 1"
            assert connection.execute(sql).fetchall() == [(n,) for n in range(first + 1, end + 1)]


def test_the_warehouse_is_the_same_from_small_and_large_files(store, tmp_path):
    """Built anew from a compacted lake, and grown across a compaction."""
    other = Store(tmp_path / "other")
    for one in (store, other):
        fill(one, log.WAITING + 2)
    compact(other.lake)
    clean(other.lake)
    for one in (store, other):
        one.build()
        fill(one, 2)
        assert one.build().built
    for view in ("fact", "document", "report", "quality_check", "run"):
        assert other.ask(f"SELECT * FROM {view} ORDER BY ALL") == store.ask(f"SELECT * FROM {view} ORDER BY ALL") != []


def test_small_files_are_taken_up_again_and_large_ones_left(store, monkeypatch):
    """Commit after commit; a file is written again until it is large, and none grows beyond the bound."""
    fill(store)
    compact(store.lake)
    fill(store)
    before = rows(store.lake)
    assert compact(store.lake) == 2 * log.WAITING
    clean(store.lake)
    assert [name[:18] for name in parts(store)] == ["compacted-00000002"]

    monkeypatch.setattr(log, "SMALL", 0)
    fill(store)
    assert compact(store.lake) == log.WAITING
    clean(store.lake)
    assert sorted(name[:18] for name in parts(store)) == ["compacted-00000002", "compacted-00000003"]
    assert {t: [r for r in found if r[-1] <= 2 * log.WAITING] for t, found in rows(store.lake).items()} == before

    size = store.lake.commits()[-1].parts["cell"].bytes
    monkeypatch.setattr(log, "LARGE", 6 * size)
    fill(store, 3 * log.WAITING)
    compact(store.lake)
    clean(store.lake)
    held = [len(c["commits"]) for c in manifests(store)][3:]
    assert len(held) > 1
    assert all(1 < count <= 6 for count in held)  # other tables may be the larger ones
    assert {row[-1] for row in rows(store.lake)["cell"]} == set(range(1, 6 * log.WAITING + 1))


def manifests(store: Store) -> list[dict]:
    """What the manifests of compactions say."""
    return [json.loads(path.read_bytes()) for path in sorted((store.path / "lake" / "compactions").glob("*.json"))]


def test_a_file_has_its_rows_by_commit(store):
    """So that those of a range of commits are found in a part of it."""
    fill(store)
    compact(store.lake)
    [file] = [path for path in (store.path / "lake" / "cell").iterdir() if path.name.startswith("compacted")]
    numbers = pq.read_table(file)["commit_seq"].to_pylist()
    assert numbers == sorted(numbers)


def test_columns_of_all_ages_are_kept(store):
    """A column some parts lack is null in their rows, and one this version does not know is not lost."""
    fill(store, log.WAITING - 1)
    file = store.path / "lake" / "cell" / f"{store.lake.commits()[3].name}.parquet"
    other = pq.read_table(file).drop_columns(["place"]).append_column("tomorrow", pa.array(["x", "y"]))
    rewrite(store, 3, "cell", other)
    fill(store, 1)
    compact(store.lake)
    clean(store.lake)
    [file] = (store.path / "lake" / "cell").iterdir()
    table = pq.read_table(file)
    assert table["tomorrow"].drop_null().to_pylist() == ["x", "y"]
    with store.lake.connect() as connection:
        assert connection.execute(f"SELECT count(*) FROM ({store.lake.scan('cell')})").fetchone() == (2 * log.WAITING,)


def test_a_damaged_part_is_found_before_it_is_replaced(store):
    """A flipped bit leaves everything where it is."""
    fill(store)
    file = store.path / "lake" / "cell" / f"{store.lake.commits()[4].name}.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(StoreError, match=rf"{file.name}: other bytes than written; expected those of its manifest"):
        compact(store.lake)
    clean(store.lake)
    assert len(parts(store)) == log.WAITING
    assert not manifests(store)


@pytest.mark.parametrize("survived", range(5))
def test_a_kill_at_any_instant_loses_and_invents_nothing(store, survived):
    """Killed before a file or the manifest is in place, the lake is as before and can be put together again.

    What was written in vain stays until that is done: it might be all there is, if a manifest was lost.
    """
    fill(store)
    before = rows(store.lake)
    with killed("replace", survived):  # four tables, then the manifest
        compact(store.lake)
    assert rows(store.lake) == before
    assert clean(store.lake) == 1  # what was half-written
    assert compact(store.lake) == log.WAITING
    assert clean(store.lake) == survived + 6 * log.WAITING
    assert rows(store.lake) == before


@pytest.mark.parametrize("survived", [0, 1, 10, 20])
def test_a_cleaning_that_is_killed_goes_on(store, survived):
    """Whatever of the small parts is gone, the rows are there."""
    fill(store)
    before = rows(store.lake)
    compact(store.lake)
    with killed("unlink", survived):
        clean(store.lake)
    assert rows(store.lake) == before
    assert clean(store.lake) == log.WAITING * 6 - survived
    assert rows(store.lake) == before


def test_what_is_lost_is_named(store):
    """A compaction without its file, and one without its manifest after the small parts went."""
    fill(store)
    compact(store.lake)
    clean(store.lake)
    [file] = (store.path / "lake" / "cell").iterdir()
    kept = file.read_bytes()
    file.unlink()
    with pytest.raises(StoreError, match=rf"{file.name}: missing; expected {len(kept)} bytes, as its manifest says"):
        store.lake.commits()
    file.write_bytes(kept)
    [manifest] = (store.path / "lake" / "compactions").iterdir()
    text = manifest.read_bytes()
    manifest.write_bytes(text[:100])
    with pytest.raises(StoreError, match=rf"{manifest.name}: unreadable .*; expected a manifest. Restore it"):
        store.lake.commits()
    manifest.unlink()
    for look in (store.lake.commits, partial(clean, store.lake)):
        with pytest.raises(StoreError, match=rf"{manifest.name}: missing; expected the manifest of what was committed"):
            look()
    manifest.write_bytes(text)
    fill(store, 1)
    manifest.unlink()
    with pytest.raises(StoreError, match=r"0000007-.*: out of sequence; expected commit number 1"):
        store.lake.commits()
