"""Questions to the warehouse, read-only."""

from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake

# No files, no network, no variables of this program, and no way to switch that off again.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "python_enable_replacements": False,
    "lock_configuration": True,
}


class QueryError(Exception):
    """A question DuckDB cannot answer; the message says where, what was found and expected, what to do."""

    def __init__(self, sql: str, found: str, next_step: str) -> None:
        where = " ".join(sql.split()) or "(nothing)"
        super().__init__(f"{where[:200]}: {found}; expected one SELECT. {next_step}")


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A connection that can read the warehouse and do nothing else. Raises duckdb.Error."""
    return duckdb.connect(warehouse, read_only=True, config=_CONFIG)


def query(store: Path, sql: str) -> pa.Table:
    """The answer to one SELECT (or DESCRIBE, SHOW, SUMMARIZE, EXPLAIN); DECIMAL stays DECIMAL.

    Raises StoreError if there is no warehouse, QueryError for what DuckDB refuses and for anything but one
    statement that only reads.
    """
    warehouse = Lake(store).sound_warehouse()
    try:
        connection = connect(warehouse)
    except duckdb.Error as error:
        raise StoreError(
            warehouse,
            str(error),
            "a DuckDB file no other program writes to",
            "Close the program; if the file is damaged, delete it and run gongkai ingest.",
        ) from error
    with connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1:
                raise QueryError(sql, f"{len(statements)} statements", "Ask one question at a time.")
            if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
                kind = statements[0].type.name
                raise QueryError(sql, f"a statement of type {kind}", "The warehouse is read-only.")
            return connection.execute(statements[0]).to_arrow_table()
        except duckdb.Error as error:
            views = connection.execute(
                "SELECT string_agg(view_name, ', ' ORDER BY view_name) FROM duckdb_views() "
                "WHERE NOT internal AND schema_name = 'main'"
            ).fetchall()[0][0]
            raise QueryError(sql, str(error), f"Views: {views}; their columns: DESCRIBE <view>") from error
