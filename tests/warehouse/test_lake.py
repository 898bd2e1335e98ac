import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.conftest import killed, rewrite
from warehouse.lake.compaction import clean
from warehouse.lake.errors import StoreError, StoreLockedError
from warehouse.lake.store import Lake
from warehouse.schema import arrow_schema, lake_tables

CELLS = [
    ("requests", "req_new", "natural", "3", Decimal(3)),
    ("requests", "req_new", "total", "", "blank"),
    ("proactive", "fee_amount_10k", "", "75.7", Decimal("75.7")),
]


def scan(lake: Lake, table: str) -> list[tuple]:
    """All rows ever committed to a table."""
    return duckdb.sql(lake.scan(table)).fetchall()


def part_bytes(path: Path) -> dict[str, bytes]:
    """The parts of a store by their place."""
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*.parquet")}


def test_commit_is_read_back(store):
    """What was committed comes back with its values, types and the number of its commit."""
    store.add("a", cells=CELLS)
    name = store.commit()
    assert name.startswith("00000001-")
    names = "indicator_code, applicant_code, value, kind, commit_seq"
    assert duckdb.sql(f"SELECT {names} FROM ({store.lake.scan('cell')})").fetchall() == [
        ("fee_amount_10k", "", Decimal("75.700000"), "number", 1),
        ("req_new", "natural", Decimal("3.000000"), "number", 1),
        ("req_new", "total", None, "blank", 1),
    ]
    part = pq.read_table(store.path / "lake" / "cell" / f"{name}.parquet")
    assert part.schema.equals(arrow_schema("cell"))


def test_nothing_committed_is_no_rows(store):
    """A store without a commit answers with no rows, and looking does not create it."""
    assert store.lake.documents().schema.names == arrow_schema("document").names
    assert store.lake.documents().num_rows == store.lake.runs().num_rows == 0
    assert not store.path.exists()


def test_times_are_stored_in_utc(store):
    """A time with a zone is stored as the same instant in UTC."""
    beijing = datetime(2026, 1, 1, 20, tzinfo=timezone(timedelta(hours=8)))
    store.add("a")
    tables = store.take()
    store.lake.commit(tables, store.record(started_at=beijing))
    assert store.lake.runs().to_pylist()[0]["started_at"] == beijing.astimezone(UTC).replace(tzinfo=None)


def test_equal_rows_give_equal_bytes(store, tmp_path):
    """Order, repetition and chunks of the rows leave no trace in parts and names."""
    store.add("a", cells=CELLS, checks=[("R3-ROW", "pass"), ("R3-BAL", "fail")])
    store.add("b", cells=CELLS)
    tables = store.take()
    shuffled = {
        name: pa.concat_tables([table.take(pa.array(range(table.num_rows)[::-1], pa.int64())), table.slice(0, 1)])
        for name, table in tables.items()
    }
    other = Lake(tmp_path / "other")
    assert store.lake.commit(tables, store.record()) == other.commit(shuffled, store.record())
    assert part_bytes(store.path) == part_bytes(tmp_path / "other") != {}


@pytest.mark.parametrize("survived", range(6))
def test_a_kill_at_any_instant_loses_and_invents_nothing(store, survived):
    """Killed before a part or the manifest is in place, the store is as before and can be used again."""
    store.add("a", cells=CELLS)
    store.commit()
    before = {table: scan(store.lake, table) for table in lake_tables()}
    store.add("b", cells=CELLS, checks=[("R3-ROW", "pass")], issues=["unit_inferred"])
    tables = store.take()
    with killed("replace", survived):  # five parts, then the manifest
        store.lake.commit(tables, store.record())
    assert {table: scan(store.lake, table) for table in lake_tables()} == before
    assert clean(store.lake) == survived + 1
    assert clean(store.lake) == 0
    store.lake.commit(tables, store.record())
    assert {row["source_name"] for row in store.lake.documents().to_pylist()} == {"a.html", "b.html"}
    assert len(scan(store.lake, "cell")) == 2 * len(CELLS)


HOLDER = """
import sys
from pathlib import Path
from warehouse.lake.compaction import clean
from warehouse.lake.store import Lake
with Lake(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]


def test_second_writer_is_told_who_writes(store):
    """While another process writes, the store refuses and names its pid; a killed one frees the store."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, store.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        store.add("a")
        tables = store.take()
        with pytest.raises(StoreLockedError, match=f"process {holder.pid} on .* since 20"):
            store.lake.commit(tables, store.record())
        with pytest.raises(StoreLockedError), store.lake.lock():
            pass
        assert store.lake.documents().num_rows == 0  # reading needs no lock
    finally:
        holder.kill()
        holder.communicate()
    store.lake.commit(tables, store.record())
    assert store.lake.documents().num_rows == 1


def test_the_writer_may_lock_again(store):
    """A flow that holds the store may commit and clean, through another Lake too, and keeps it to the end."""

    def other() -> bytes:
        command = [sys.executable, "-c", HOLDER, store.path]
        return subprocess.run(command, input=b"", capture_output=True, cwd=ROOT, check=False).stderr

    with store.lake.lock():
        store.add("a")
        store.commit()
        clean(Lake(store.path))
        assert f"process {os.getpid()}".encode() in other()
    assert other() == b""


def test_originals_of_a_batch_are_kept_together(store):
    """All are there when the block ends, the same bytes once; a failure in it keeps none and leaves nothing behind."""
    batch = [b"one", b"two", b"one"]
    with store.lake.originals.keeping() as archive:
        names = [archive(data) for data in batch]
        assert store.lake.originals.names() == set()
    assert [store.lake.originals.read(name) for name in names] == batch
    assert len(store.lake.originals.names()) == 2

    def fail() -> None:
        with store.lake.originals.keeping() as archive:
            archive(b"three")
            raise ValueError("out of the blue")

    with pytest.raises(ValueError, match=r"out of the blue"):
        fail()
    assert {path.name for path in (store.path / "raw").glob("*/*")} == set(names)


@pytest.mark.parametrize("method", ["open", "replace"])
@pytest.mark.parametrize("survived", range(3))
def test_a_batch_killed_at_any_instant_leaves_no_half_original(store, method, survived):
    """What stands under a hash has its bytes; the rest goes when the store is cleaned."""
    batch = [b"one", b"two", b"three"]
    with killed(method, survived), store.lake.originals.keeping() as archive:
        for data in batch:
            archive(data)
    clean(Lake(store.path))
    kept = [Lake(store.path).originals.read(name) for name in Lake(store.path).originals.names()]
    assert len(kept) == (survived if method == "replace" else 0)
    assert set(kept) <= set(batch)
    assert not [*(store.path / "raw").glob("*/.*")]


def test_originals_are_kept(store):
    """Archived bytes come back by their hash; a second time is no work; changed or lost ones are an error."""
    sha = store.lake.originals.keep("政府信息".encode("gb18030"))
    path = store.path / "raw" / sha[:2] / sha
    made = path.stat().st_mtime_ns
    assert store.lake.originals.keep("政府信息".encode("gb18030")) == sha
    assert path.stat().st_mtime_ns == made
    assert store.lake.originals.read(sha) == "政府信息".encode("gb18030")
    path.write_bytes(b"changed")
    with pytest.raises(StoreError, match=r"other bytes than archived"):
        store.lake.originals.read(sha)
    path.unlink()
    with pytest.raises(StoreError, match=r"No such file.*Restore it"):
        store.lake.originals.read(sha)
    with pytest.raises(StoreError, match=r"no SHA-256"):
        store.lake.originals.read("../../etc/passwd")


def damage_part(path: Path) -> None:
    """A part loses its end."""
    part = next(path.glob("lake/cell/*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])


def lose_part(path: Path) -> None:
    """A part is gone."""
    next(path.glob("lake/cell/*.parquet")).unlink()


def lose_manifest(path: Path) -> None:
    """The first manifest is gone."""
    next(path.glob("lake/commits/00000001-*.json")).unlink()


def damage_manifest(path: Path) -> None:
    """A manifest is empty."""
    next(path.glob("lake/commits/00000001-*.json")).write_text("")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (damage_part, r"cell/0.*parquet: \d+ bytes; expected \d+ bytes, as its manifest says. Restore"),
        (lose_part, r"cell/0.*parquet: missing; expected \d+ bytes"),
        (lose_manifest, r"00000002-.*json: out of sequence; expected commit number 1. Restore"),
        (damage_manifest, r"00000001-.*json: unreadable .*; expected a manifest. Restore"),
    ],
)
def test_damage_is_never_read_over(store, harm, message):
    """A missing or damaged part or manifest stops every reader and writer and is named."""
    store.add("a", cells=CELLS)
    store.commit()
    store.add("b")
    store.commit()
    harm(store.path)
    for use in (store.lake.documents, store.lake.runs, partial(clean, store.lake), store.build, store.commit):
        with pytest.raises(StoreError, match=message):
            use()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"outcome": None}, "too many or missing: outcome"),
        ({"extra": ["x", "y"]}, "too many or missing: extra"),
        ({"bytes": ["many", "few"]}, "Failed to parse .*expected the declared types"),
        ({"source_name": [None, "b.html"]}, r"\(None, 'a+'\) is null or stands on rows that differ"),
        (
            {"source_name": ["n", "n"], "document_sha256": ["x", "x"]},
            "'n', 'x'.*rows that differ; expected one row",
        ),
    ],
)
def test_rows_that_break_the_declaration_are_refused(store, changed, message):
    """Columns too many, missing or mistyped and keys null or not unique are refused; nothing is written."""
    store.add("a")
    store.add("b", day=2)
    tables = store.take()
    columns = {
        **dict(zip(tables["document"].column_names, tables["document"].columns, strict=True)),
        **changed,
    }
    document = pa.table({name: values for name, values in columns.items() if values is not None})
    with pytest.raises(StoreError, match=message):
        store.lake.commit({"document": document}, store.record())
    assert store.lake.commits() == []


def test_a_value_too_fine_is_refused_not_rounded(store):
    """A number with more decimals than the lake holds is an error."""
    store.add("a", cells=CELLS)
    cells = store.take()["cell"]
    fine = pa.array([Decimal("0.12345678")] * 3, pa.decimal128(20, 8))
    position = cells.schema.get_field_index("value")
    with pytest.raises(StoreError, match=r"rows for the table cell.*declared types"):
        store.lake.commit({"cell": cells.set_column(position, "value", fine)}, store.record())


def test_places_that_cannot_be_a_store(tmp_path):
    """A URL, a file and a folder that cannot be made are refused with what to do."""
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(StoreError, match=r"s3:/.*: a URL; expected a local folder"):
        Lake(Path("s3://bucket/store"))
    with pytest.raises(StoreError, match=r"file: a file; expected a folder.*Name another place"):
        Lake(file)
    with pytest.raises(StoreError, match=r"cannot be written .*expected a folder this user may fill. Grant"):
        Lake(file / "below").originals.keep(b"")
    with pytest.raises(StoreError, match=r"cannot be written"), Lake(file / "below").lock():
        pass


def test_documents_are_the_newest_with_their_first_day(store):
    """Of a name and content the newest commit counts, but it was first seen on the earliest day."""
    store.add("a", day=3)
    store.add("b", "a.html", day=4)
    store.commit()
    store.add("a", day=5, outcome="unreadable")
    store.commit()
    rows = store.lake.documents().to_pylist()
    found = [(row["document_sha256"][0], row["outcome"], row["first_seen"].day) for row in rows]
    assert found == [("a", "unreadable", 3), ("b", "report", 4)]


def test_documents_asked_for_come_with_their_like(store):
    """By name, that of their archive or content, and with each all that have its content; no content is no likeness."""
    for sha256, name in (
        ("a", "a.html"), ("a", "copy.html"), ("b", "b.zip!/b.html"), ("c", "c.html"), ("", "x.pdf"), ("", "y.pdf"),
    ):  # fmt: skip
        store.add(sha256, name, outcome="report" if sha256 else "unreadable")
        store.commit()
    asked = {
        (): [], ("a.html",): ["a.html", "copy.html"], ("b.zip",): ["b.zip!/b.html"], ("x.pdf",): ["x.pdf"],
        ("c" * 64, "z"): ["c.html"], (".html",): [],
    }  # fmt: skip
    for words, names in asked.items():
        assert store.lake.documents(words)["source_name"].to_pylist() == names
    assert store.lake.documents().num_rows == 6


def test_what_memory_cannot_hold_goes_to_the_disk_of_the_store(store):
    """Not to the folder the program was started in, and nothing of it stays."""
    store.add("a")
    store.commit()
    with store.lake.connect() as connection:
        connection.execute("SET memory_limit = '30MB'")
        connection.execute("CREATE TABLE big AS SELECT hash(range) AS a, hash(range + 1) AS b FROM range(3e6::INT)")
        assert list(store.path.glob("gongkai.duckdb.*.spilled.tmp/*"))
    assert {path.name for path in store.path.iterdir()} == {"lake", "raw", ".lock"}


def test_a_name_is_not_a_pattern(store, tmp_path):
    """A store whose name looks like a pattern or a quotation reads its own parts and no other's."""
    odd, other = type(store)(tmp_path / "it's [1]*"), type(store)(tmp_path / "it's 1b")
    odd.add("a")
    odd.commit()
    other.add("b")
    other.commit()
    assert odd.lake.documents()["source_name"].to_pylist() == ["a.html"]
    assert odd.build().reports == 1


def test_parts_older_than_a_column(store):
    """A part written before a column was declared shows it as null."""
    store.add("a")
    part = store.path / "lake" / "document" / f"{store.commit()}.parquet"
    rewrite(store, 0, "document", pq.read_table(part).drop_columns("modified_ns"))
    assert store.lake.documents().to_pylist()[0]["modified_ns"] is None


def test_runs_are_as_their_last_commit_says(store):
    """A run of several commits is one row with its last counts."""
    for run_id, count in (("r1", 1), ("r1", 2), ("r2", 5)):
        store.lake.commit({}, store.record(run_id, files_read=count))
    runs = store.lake.runs().to_pylist()
    assert [(row["run_id"], row["files_read"]) for row in runs] == [("r1", 2), ("r2", 5)]
