"""The lake becomes `gongkai.duckdb`: built aside from all commits, swapped in whole.

Whoever has the old file open keeps reading it; whoever opens it later reads the new one.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from extract.forms import Column, load_forms
from warehouse.lake import Lake, StoreError
from warehouse.query import connect
from warehouse.schema import column_text, lake_tables, table_text


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """The warehouse after a load. `built` is False where it was up to date and its file left alone.

    `commit` is the last one of the lake, "" for none; `reports` and `facts` count current ones.
    """

    path: Path
    built: bool
    commit: str
    reports: int
    facts: int


def build(store: Path) -> LoadSummary:
    """Build the warehouse of a store from its lake, unless it is built from the same commits already.

    A change of the SQL, the texts or the forms builds it again too. Raises StoreError if the lake is damaged
    or the store cannot be written, StoreLockedError if another process writes.
    """
    lake = Lake(store)
    with lake.lock():
        for left in store.glob(f"{lake.warehouse.name}.*.tmp*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        commits = [commit.name for commit in lake.commits()]
        meta = (commits[-1] if commits else "", _digest(commits))
        if (counts := _counts(lake.warehouse, meta)) is not None:
            return LoadSummary(lake.warehouse, False, meta[0], *counts)
        aside = lake.warehouse.with_name(f"{lake.warehouse.name}.{os.getpid()}.tmp")
        try:
            with duckdb.connect(aside) as connection:
                _create(connection, lake)
                connection.execute("CREATE TABLE meta AS SELECT $1 AS last_commit, $2 AS built_from", meta)
                connection.begin()  # one transaction for hundreds of comments, or each waits for the disk
                _comment(connection)
                connection.commit()
                counts = _count(connection)
            # What another program left unsaved beside the old file must not be replayed into the new one.
            lake.warehouse.with_name(f"{lake.warehouse.name}.wal").unlink(missing_ok=True)
            aside.replace(lake.warehouse)
        except (duckdb.Error, OSError) as error:
            raise StoreError(
                lake.warehouse,
                f"cannot be built ({str(error).splitlines()[0]})",
                "readable parts and room for the file",
                "The last one still stands; make room, or restore the lake from a copy.",
            ) from error
    return LoadSummary(lake.warehouse, True, meta[0], *counts)


def _count(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many current reports and facts there are."""
    sql = "SELECT (SELECT count(*) FROM report WHERE is_current), (SELECT count(*) FROM fact)"
    reports, facts = connection.execute(sql).fetchall()[0]
    return reports, facts


def _counts(warehouse: Path, meta: tuple[str, str]) -> tuple[int, int] | None:
    """The counts of a warehouse built from just this; None for any other, even if damaged or locked."""
    try:
        with connect(warehouse) as connection:
            found = connection.execute("SELECT last_commit, built_from FROM meta").fetchone()
            return _count(connection) if found == meta else None
    except duckdb.Error:
        return None


def _digest(commits: list[str]) -> str:
    """What a warehouse is built from: the commits, and everything that says how."""
    digest = hashlib.sha256("\n".join(commits).encode())
    here = files("warehouse")
    for folder in (here, files("extract.forms"), *(here / "sql" / stage for stage in _STAGES)):
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith((".py", ".sql", ".yaml")):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


# The folders of SQL in build order, and what each file of it makes.
_STAGES = {"lake": "TABLE lake.", "tables": "TABLE ", "views": "VIEW "}


def _create(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make every table and view; the SQL files read `committed_<table>` and the rows of the forms."""
    connection.execute("CREATE SCHEMA lake")
    connection.register("committed_run", lake.runs())
    connection.register("form_indicator", _indicators())
    connection.register("form_applicant", _applicants())
    for name in lake_tables():
        if name != "run":
            connection.execute(f"CREATE TEMP VIEW committed_{name} AS {lake.scan(name)}")
    for stage, what in _STAGES.items():
        folder = files("warehouse") / "sql" / stage
        # Tables of the lake build on one another in the order of their declaration, all else on those before.
        names = [*lake_tables()] if stage == "lake" else sorted(file.name[:-4] for file in folder.iterdir())
        for name in names:
            connection.execute(f"CREATE {what}{name} AS {(folder / f'{name}.sql').read_text('utf-8')}")


def _indicators() -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "indicator_code": indicator.code,
                "table_key": indicator.table,
                "edition": edition,
                "sort_order": indicator.order,
                "label_zh": indicator.label_zh,
                "label_en": indicator.label_en,
                "unit": indicator.unit,
                "type": indicator.type,
                "local": indicator.local,
                "evidence": indicator.evidence,
            }
            for edition, form in load_forms().items()
            for indicator in form.indicators()
        ]
    )


def _applicants() -> pa.Table:
    """The columns of the tables whose columns are applicants; labels of the newest edition."""
    rows: dict[str, dict[str, object]] = {}

    def add(column: Column, zh: str = "", en: str = "") -> None:
        zh, en = f"{zh}{column.label.zh}", f"{en}{column.label.en}"
        for below in column.columns:
            add(below, f"{zh} / ", f"{en} / ")
        if not column.columns:
            row = {"applicant_code": column.code, "sort_order": len(rows) + 1, "label_zh": zh, "label_en": en}
            rows.setdefault(column.code, row)

    for form in reversed(load_forms().values()):
        for table in form.tables.values():
            for column in table.blocks[0].columns if table.applicants else ():
                add(column)
    return pa.Table.from_pylist(list(rows.values()))


def _comment(connection: duckdb.DuckDBPyConnection) -> None:
    """COMMENT ON every table, view and column; KeyError where `schema.yaml` has no words for one."""
    objects = connection.execute(
        """
        SELECT schema_name, table_name, 'TABLE' FROM duckdb_tables() WHERE NOT temporary
        UNION ALL
        SELECT schema_name, view_name, 'VIEW' FROM duckdb_views() WHERE NOT internal AND NOT temporary
        """
    ).fetchall()
    for schema, name, kind in objects:
        text = _quoted(table_text(schema, name).comment)
        connection.execute(f"COMMENT ON {kind} {schema}.{name} IS {text}")
    columns = connection.execute(
        """
        SELECT schema_name, table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND database_name = current_database()
        """
    ).fetchall()
    for schema, name, column in columns:
        text = _quoted(column_text(schema, name, column).comment)
        connection.execute(f"COMMENT ON COLUMN {schema}.{name}.{column} IS {text}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
