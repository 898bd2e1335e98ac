"""The tables of the warehouse in an open format: another engine reads them from object storage, and says the same."""

import ast
import json
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import fsspec
import pytest

from tests.objects import object_storage
from tests.warehouse.conftest import Store
from warehouse.iceberg import INDEX, PUBLISHED, Published, publish
from warehouse.lake.errors import StoreError

pl = pytest.importorskip("polars")
table = pytest.importorskip("pyiceberg.table", reason="the extra iceberg is not installed")

FACTS = [name for name in PUBLISHED if name.startswith("fact_")]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Object storage for the module."""
    with object_storage() as url:
        yield url


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Reports of two years, of no year and quarantined, with cells of every fact table."""
    store = Store(tmp_path_factory.mktemp("filled") / "store")
    cells = [
        ("requests", "req_new", "total", "3", 3), ("requests", "res_full", "total", "", "blank"),
        ("proactive", "fee_amount_10k", "", "24252.311082", Decimal("24252.311082")),
        ("review", "rev_total", "", "7", 7), ("fees", "infofee_collected_yuan", "", "12.5", Decimal("12.5")),
        ("statistics", "lg_req_received", "", "40", 40),
    ]  # fmt: skip
    store.add("a", year=2022, cells=cells)
    store.add("b", year=2023, agency="X", cells=[(t, i, a, p, 5) for t, i, a, p, _ in cells])
    store.add("c", year=None, agency="Y", verdict="quarantined", reason="year_missing")
    store.commit()
    store.build()
    return store


@pytest.fixture(scope="module")
def published(filled: Store, bucket: str) -> tuple[str, dict[str, Published]]:
    """Where its tables were published, and what was."""
    place = f"{bucket}/tables"
    return place, publish(filled.path, place)


def by_polars(metadata: str):
    """A table as Polars reads it from object storage."""
    options = {"s3.endpoint": os.environ["AWS_ENDPOINT_URL"], "s3.region": "us-east-1"}
    return pl.scan_iceberg(metadata, storage_options=options).collect()


def by_duckdb(metadata: str, sql: str) -> list[tuple[object, ...]]:
    """An answer about a table as DuckDB gives it, PyIceberg finding the files."""
    files = {"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"}
    with duckdb.connect() as connection:
        connection.register("published", table.StaticTable.from_metadata(metadata, files).scan().to_arrow())
        return connection.execute(sql.format("published")).fetchall()


AGGREGATES = "SELECT report_id, indicator_code, is_total, kind, count(*), sum(value) FROM {} GROUP BY ALL ORDER BY ALL"


@pytest.mark.filterwarnings("ignore:Iceberg scan planning")
def test_another_engine_gives_the_same_aggregates_of_every_fact_table(filled, published):
    """Polars, and DuckDB by PyIceberg, straight from object storage, by what `tables.json` names."""
    place, _ = published
    index = json.loads(fsspec.filesystem("s3").cat_file(f"{place}/{INDEX}"))

    assert set(index) == set(PUBLISHED)
    for name in FACTS:
        with duckdb.connect(str(filled.path / "gongkai.duckdb"), read_only=True) as connection:  # which refuses no sum
            expected = connection.execute(AGGREGATES.format(name)).fetchall()
        assert expected
        read = by_polars(index[name]["metadata"])
        keys = ["report_id", "indicator_code", "is_total", "kind"]
        summed = read.group_by(keys).agg(pl.len(), pl.when(pl.col("value").count() > 0).then(pl.col("value").sum()))
        assert sorted(summed.rows(), key=str) == sorted(expected, key=str)
        assert by_duckdb(index[name]["metadata"], AGGREGATES) == expected
    for name in PUBLISHED:
        rows = [tuple(row) for row in filled.ask(f"SELECT * FROM {name}")]
        assert sorted(by_polars(index[name]["metadata"]).rows(), key=str) == sorted(rows, key=str), name


def test_a_folder_is_a_place_too(filled, tmp_path):
    """Without object storage: the same tables in a folder."""
    published = publish(filled.path, str(tmp_path / "ice"))

    assert by_duckdb(published["fact_review_litigation"].metadata, "SELECT sum(value) FROM {}") == [(12,)]


def test_only_the_years_that_changed_are_written(filled, published):
    """A second time nothing is; a new version of one year's report leaves the files of other years."""
    place, first = published
    assert first["fact_request"].written == ("2022", "2023")
    assert first["report"].written == ("", "2022", "2023")
    objects = fsspec.filesystem("s3", use_listings_cache=False)
    before = objects.find(place)

    assert not any(table.written for table in publish(filled.path, place).values())
    assert objects.find(place) == before

    filled.add("d", year=2023, agency="X", published=9, cells=[("requests", "req_new", "total", "6", 6)])
    filled.commit("r2")
    filled.build()
    second = publish(filled.path, place)

    assert second["fact_request"].written == ("2023",)
    assert second["dim_indicator"].written == ()
    kept = "fact_request/data/report_year=2022"
    assert {file for file in objects.find(place) if kept in file} == {file for file in before if kept in file}
    found = by_duckdb(second["fact_request"].metadata, "SELECT report_year, value FROM {} ORDER BY ALL")
    assert found == filled.ask("SELECT report_year, value FROM fact_request ORDER BY ALL")
    held = by_duckdb(first["fact_request"].metadata, "SELECT count(*) FROM {}")
    assert held == [(4,)]  # who reads what stood before still can


@pytest.mark.filterwarnings("ignore:Iceberg scan planning")
def test_the_example_of_the_docs_counts_nothing_twice(store, tmp_path):
    """Requests by year as docs/scale.md asks for them: the applicants once, without their total."""
    cells = [("requests", "req_new", who, str(n), n) for who, n in (("natural", 3), ("org_legal", 2), ("total", 5))]
    store.add("a", cells=cells, checks=[("R3-ROW", "fail", "req_new/org_legal")])
    store.commit()
    store.build()
    publish(store.path, str(tmp_path / "ice"))
    docs = (Path(__file__).parents[2] / "docs" / "scale.md").read_text("utf-8")
    example = re.search(r"```python\n(import json, fsspec.+?)```", docs, re.S)
    assert example
    *steps, last = ast.parse(example[1].replace("s3://bucket/tables", str(tmp_path / "ice"))).body
    assert isinstance(last, ast.Expr)
    names: dict[str, object] = {}
    exec(compile(ast.Module(steps, []), "docs/scale.md", "exec"), names)
    answer = eval(compile(ast.Expression(last.value), "docs/scale.md", "eval"), names)
    assert answer.rows() == [(2023, "own", 5, 1)]


def test_nothing_to_publish_is_told(tmp_path):
    """A store without a warehouse, in one sentence."""
    with pytest.raises(StoreError, match="no warehouse"):
        publish(tmp_path, str(tmp_path / "ice"))
