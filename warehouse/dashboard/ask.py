"""The tables a page asks with SQL: those of the lake as the warehouse holds them, and its views as they are.

The reader of Parquet is an extension DuckDB fetches from its makers when first used, so that no page can have it
offline; the tables are Arrow streams instead, of the same columns, types and rows. The views over them are made in
the page by the SQL that makes them in the warehouse.
"""

import re
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.dashboard.pages import library
from warehouse.dashboard.writer import Writer
from warehouse.load import sql_files
from warehouse.schema import table_text

# Where the rows of a table are kept together: by the report they are about, by its document, or all in one.
_BY_REPORT_NO = """
cell cell_before quality_check disclosure request review series reading
doubt table_doubt series_doubt report_doubt raised counted
""".split()
_BY_REPORT_ID = "quality_issue statement document".split()
_WHOLE = "commit run unreadable".split()
# Long, and of no use to a reader.
_LEFT_OUT = {"lake.sketch", "lake.fetch"}
_NAME = re.compile(r"(lake\.)?\b([a-z_]+)\b")
_GROUPED = re.compile(r"(?i)\bgroup by\b|\bover\b")
_QUESTION = re.compile(r"\d+\. (.+?)\n.*?```sql\n(.+?)```", re.S)


def write_ask(connection: duckdb.DuckDBPyConnection, writer: Writer, batches: list[list[str]]) -> None:
    """Write the tables, what there is to ask of them, and the database that answers."""
    made = [("view", "lake.report", dict(sql_files("marks"))["report"])]
    made += [("view", name, sql) for name, sql in sql_files("views")]
    made += [("macro", name, sql) for name, sql in sql_files("macros")]
    made = [(kind, name, sql) for kind, name, sql in made if not _words(sql) & _LEFT_OUT]
    views = {name for _, name, _ in made}
    tables = _tables(connection, writer, batches)
    empty = {name: f"SELECT * FROM {name} LIMIT 0" for name in tables}
    for name, sql in empty.items():
        writer.packed(f"ask/empty/{name}", _stream(connection.execute(sql).to_arrow_table()))
    direct = {name: _words(sql) & (views | set(tables)) - {name} for _, name, sql in made}
    writer.value(
        "ask",
        {
            "tables": tables,
            "made": made,
            "needs": {name: sorted(_closure(name, direct, set(tables))) for name in sorted(views | set(tables))},
            "columns": _columns(connection, views | set(tables)),
            "questions": [
                {"title": title, "sql": sql.strip(), "fits": _has_answer(connection, sql)}
                for title, sql in _QUESTION.findall((files("warehouse") / "cookbook.md").read_text("utf-8"))
            ],
        },
    )
    writer.binary("ask/duckdb", library("duckdb-eh.wasm.gz"))
    writer.binary("ask/worker", library("duckdb-browser-eh.worker.js.gz"))


def _has_answer(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether a question finds anything in this warehouse. A count of everything always does, and may take long."""
    if "count(*)" in sql and not _GROUPED.search(sql):
        return True
    return connection.execute(f"FROM ({sql.strip().rstrip(';')}) LIMIT 1").fetchone() is not None


def _words(sql: str) -> set[str]:
    """What a piece of SQL may name: `x` of the schema main, `lake.x` of the lake."""
    code = re.sub(r"--.*", "", sql)
    return {f"{schema}{name}" for schema, name in _NAME.findall(code)}


def _closure(name: str, direct: dict[str, set[str]], tables: set[str]) -> set[str]:
    """The tables something is made of."""
    known: set[str] = set()
    left = [name]
    while left:
        if (found := left.pop()) not in known:
            known.add(found)
            left += direct.get(found, ())
    return known & tables


def _tables(
    connection: duckdb.DuckDBPyConnection, writer: Writer, batches: list[list[str]]
) -> dict[str, dict[str, int]]:
    """Write the rows of every table; returns bytes by table and shard, "" for a table that has but one."""
    connection.execute(
        """
        CREATE TEMP TABLE area AS
        SELECT report_no, report_id,
            coalesce(nullif(regexp_extract(min(agency_id), '^[0-9]{2}'), ''), 'none') AS province,
            coalesce(min(report_year), 0) AS year
        FROM lake.reading GROUP BY report_no, report_id
        """
    )
    found: dict[str, dict[str, int]] = {}
    dims = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT temporary "
        "AND database_name = current_database() ORDER BY ALL"
    ).fetchall()
    for name in [*(f"lake.{name}" for name in _WHOLE), *(name for (name,) in dims)]:
        if name != "version":
            rows = connection.execute(f"FROM {name}").to_arrow_table()
            found[name] = {"": writer.packed(f"ask/{name}", _stream(rows))}
    sharded = {f"lake.{name}": "report_no" for name in _BY_REPORT_NO}
    sharded |= {f"lake.{name}": "report_id" for name in _BY_REPORT_ID} | {"version": "report_id"}
    for name, key in sharded.items():
        found[name] = {}
        for batch in batches:
            rows = connection.execute(
                f"""
                SELECT t.*, coalesce(area.province, 'none') || '-' || coalesce(area.year, 0) AS "shard of the row"
                FROM {name} AS t LEFT JOIN area USING ({key})
                WHERE list_contains($1, coalesce(area.province, 'none'))
                ORDER BY "shard of the row", t.rowid
                """,
                [batch],
            ).to_arrow_table()
            shards = rows.column("shard of the row").value_counts()  # in the order of the rows
            rows = rows.drop_columns(["shard of the row"])
            start = 0
            for shard, length in (count.values() for count in shards.to_pylist()):
                part = _stream(rows.slice(start, length))
                found[name][shard] = writer.packed(f"ask/{name}/{shard}", part, 1)
                start += length
    return found


def _stream(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    return bytes(sink.getvalue())


def _columns(connection: duckdb.DuckDBPyConnection, names: set[str]) -> dict[str, Any]:
    """What there is to ask of: view or table → what it is in both languages, and its columns with their types."""
    rows = connection.execute(
        """
        SELECT table_name, list([column_name, data_type] ORDER BY column_index)
        FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' AND database_name = current_database()
        GROUP BY table_name ORDER BY table_name
        """
    ).fetchall()
    texts = ((name, table_text("main", name), columns) for name, columns in rows if name in names)
    return {name: {"zh": text.zh, "en": text.en, "columns": columns} for name, text, columns in texts}
