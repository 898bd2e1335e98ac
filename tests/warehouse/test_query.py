from decimal import Decimal

import pyarrow as pa
import pytest

from warehouse.lake.errors import StoreError
from warehouse.query import QueryError, query


def test_numbers_stay_decimal(small):
    """A value is a DECIMAL, never a float."""
    answer = query(small.path, "SELECT value FROM fact")
    assert answer.schema.field("value").type == pa.decimal128(18, 6)
    assert answer.to_pylist() == [{"value": Decimal(3)}]


@pytest.mark.parametrize("sql", ["FROM fact;", "DESCRIBE fact", "SHOW TABLES", "SUMMARIZE report", "EXPLAIN FROM fact"])
def test_questions(small, sql):
    """Everything that only reads is answered."""
    assert query(small.path, sql).num_rows > 0


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DELETE FROM lake.cell", "type DELETE; expected one SELECT. The warehouse is read-only."),
        ("CREATE TEMP TABLE t AS SELECT 1", "type CREATE"),
        ("COPY fact TO 'facts.csv'", "type COPY"),
        ("SET threads = 1", "type SET"),
        (
            "SELECT 1; SELECT 2",
            "SELECT 1; SELECT 2: 2 statements; expected one SELECT. Ask one question at a time.",
        ),
        ("  ", r"\(nothing\): 0 statements"),
        ("SELECT * FROM read_csv('/etc/passwd')", "file system operations are disabled"),
        ("SELECT no_such FROM fact", '"no_such" not found'),
        ("SELECT * FROM connection", "connection does not exist"),
        ("SELEC 1", "(?s)syntax error.*Views: .*cell, coverage, .*fact, .*; their columns: DESCRIBE <view>"),
    ],
)
def test_what_is_no_question_is_refused(small, sql, message):
    """What writes, leaves the warehouse or is wrong is a QueryError; the file stays as it was."""
    path = small.lake.warehouse
    before = path.read_bytes()
    with pytest.raises(QueryError, match=message):
        query(small.path, sql)
    assert path.read_bytes() == before


def test_no_warehouse(store):
    """Without a warehouse the error says how to get one; looking creates nothing."""
    with pytest.raises(
        StoreError, match=r"no warehouse at .*gongkai.duckdb; expected a built one. Run gongkai ingest first"
    ):
        query(store.path, "SELECT 1")
    assert not store.path.exists()


def test_a_damaged_warehouse(store):
    """A file that is no database is named, with what to do."""
    store.path.mkdir()
    store.lake.warehouse.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"(?s)gongkai.duckdb: .*not a valid DuckDB.*delete it and run gongkai ingest"):
        query(store.path, "SELECT 1")
