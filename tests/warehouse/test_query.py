import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from warehouse.lake.errors import StoreError
from warehouse.query import QueryError, answer, head, query


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
        ("SELECT no_such FROM fact", '(?s)"no_such" not found.*; expected a question the warehouse can answer'),
        ("SELECT agency_nme FROM fact", '(?s)"agency_nme" not found.*Candidate bindings: "agency_name"'),
        ("SELECT * FROM fcat", '(?s)fcat does not exist.*Did you mean "fact"'),
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


@pytest.mark.parametrize(
    "sql", ["SELECT [1] AS l, '中;文' AS t; -- c; d", "SELECT [1] AS l, '中;文' AS t -- c", "VALUES (1);"]
)
def test_a_question_may_end_in_a_comment(small, sql):
    """Also where it has to stand within another: lists are flattened, rows counted."""
    with answer(small.path, sql, flat=True) as batches:
        assert batches.read_all().num_rows == 1
    assert head(small.path, f"FROM range(50000) /* ; */; -- {sql}", {}, 1)[1] == 50_000


def test_columns_of_the_same_name_are_all_answered(small):
    """Under names of their own, in whatever shape."""
    sql = "SELECT f.kind, g.kind, 1 AS kind_1, 'x' AS kind FROM fact AS f, fact AS g"
    row = {"kind": "number", "kind_1": "number", "kind_1_1": 1, "kind_2": "x"}
    assert query(small.path, sql).to_pylist() == [row]
    first, total = head(small.path, sql, {}, 9)
    assert (first.to_pylist(), total) == ([row], 1)


def test_ctrl_c_ends_a_question(small):
    """Wherever it is: in a join of three tables without end, without a traceback."""
    endless = "SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b, range(1000000) AS c"
    # In the background of a shell a command hears no interrupt, unless it is told to.
    line = ["env", "--default-signal=INT", sys.executable, "-m", "flows.cli", "query", endless, "--store"]
    with subprocess.Popen([*line, str(small.path)], stderr=subprocess.PIPE, text=True) as command:
        deadline = time.monotonic() + 120
        while _processor_seconds(command.pid) < 3 and time.monotonic() < deadline:
            assert command.poll() is None
            time.sleep(0.1)
        command.send_signal(signal.SIGINT)
        _, told = command.communicate(timeout=30)
    assert command.returncode == 130
    assert "Traceback" not in told


def _processor_seconds(process):
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:13])) / os.sysconf("SC_CLK_TCK")


# A process begins with the weight of the one that started it: so a light one does.
_WEIGHED = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.parametrize("fmt", ["table", "csv", "json", "parquet"])
def test_a_long_answer_never_lies_in_memory(small, fmt, tmp_path):
    """A table shows the first 200 rows and says how many more; other formats pass batch by batch."""
    sql = "SELECT i, 'a text of some length, so that all of it would not fit ' || i AS t FROM range(1000000) AS r(i)"
    line = [sys.executable, "-m", "flows.cli", "query", sql, "--store", str(small.path), "--format", fmt]
    with (tmp_path / "out").open("wb") as out:
        weighed = [sys.executable, "-S", "-c", _WEIGHED, *line]
        done = subprocess.run(weighed, stdout=out, stderr=subprocess.PIPE, text=True, check=True)
    status, kilobytes = map(int, done.stderr.split())
    assert status == 0
    assert kilobytes < 300_000
    if fmt == "table":
        lines = (tmp_path / "out").read_text("utf-8").splitlines()
        assert len(lines) == 202
        assert lines[-1] == "999,800 more rows: --format csv, json or parquet prints all"
