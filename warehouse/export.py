"""A release of the warehouse for people without it: Parquet, CSV, a workbook, the DuckDB file, and what they mean.

    parquet/fact/report_year=2023/part.parquet   facts, hive-partitioned by year; other tables one file each
    csv/<table>.csv                              UTF-8 with a byte order mark, which Excel needs; no text in it becomes
                                                 a number, a date or a formula there
    gongkai.xlsx                                 the wide tables, where they are small enough to be looked through
    gongkai.duckdb                               the file itself; not written for a selection
    dictionary.md, dictionary.csv                every table, column and code
    datapackage.json                             the same for programs (Frictionless Data Package)
    SHA256SUMS

Equal content gives equal bytes, but for the DuckDB file, which is a build product.
"""

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from warehouse.dictionary import NAMES, Entry, dictionary, markdown
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.load import build_as_of
from warehouse.query import QueryError
from warehouse.schema import row_keys
from warehouse.spreadsheets import inert_sql
from warehouse.workbook import Sheet, write_workbook

# What a release holds, and by which columns its rows are in order. A table without report_id is written whole.
TABLES = {
    "report": ("agency_id", "report_year", "scope", "version", "report_id"),
    "panel": ("agency_id", "report_year", "scope", "report_id"),
    "disclosure_summary": ("agency_id", "report_year", "scope", "report_id"),
    "request_summary": ("agency_id", "report_year", "scope", "report_id"),
    "request_by_applicant": ("agency_id", "report_year", "scope", "report_id", "applicant_code"),
    "request_rates": ("agency_id", "report_year", "scope", "report_id"),
    "review_summary": ("agency_id", "report_year", "scope", "report_id"),
    "review_outcomes": ("agency_id", "report_year", "scope", "report_id"),
    "region_year": ("province", "report_year", "agency_level", "agency_type", "scope"),
    "coverage": ("agency_id", "report_year"),
    "series": ("agency_id", "report_year", "scope", "series_code", "report_id"),
    "quality_check": ("report_id", "check_code", "location", "message_en", "found"),
    "check_cell": ("report_id", "check_code", "location", "indicator_code", "applicant_code", "run_id"),
    "dim_agency": ("agency_id",),
    "dim_agency_alias": ("agency_id", "alias", "kind"),
    "dim_agency_successor": ("agency_id", "successor_id", "last_year"),
    "dim_division": ("division_code",),
    "dim_applicant": ("sort_order",),
    "dim_indicator": ("indicator_code",),
    "dim_indicator_edition": ("indicator_code", "edition"),
    "dim_series": ("series_code", "edition"),
    "dim_rule": ("check_code",),
    "dim_issue": ("code",),
}
_FACT_ORDER = ("agency_id", "scope", "report_id", "indicator_code", "applicant_code")
# Long tables, which nobody opens in Excel.
_PARQUET_ONLY = ("series", "quality_check", "check_cell")
# Sums and lists over all reports: of a selection they would say what is not so.
_OF_ALL = ("region_year", "coverage")
_SHEETS = ("panel", "report", "disclosure_summary", "request_summary", "review_summary")
_SHEET_ROWS = 50_000

_FIELD_TYPES = {"VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}


def export(store: Path, to: Path, where: str = "", as_of: datetime | None = None) -> list[Path]:
    """Write a release of a store's warehouse into a folder; returns its files, relative, in order of name.

    `where`, a condition on the columns of the view `report`, restricts it to some reports ("province = '江苏省' AND
    report_year >= 2021"); `as_of` (UTC) lets it hold what was believed then. Raises StoreError if there is no warehouse
    or the folder is not empty, QueryError for a condition DuckDB refuses.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise StoreError(to, "something is there", "a new or empty folder", "Name another place.")
    if as_of is None:
        return _release(Lake(store).sound_warehouse(), to, where)
    with TemporaryDirectory(dir=_standing(to), prefix=".gongkai-") as folder:
        file = Path(folder, "gongkai.duckdb")
        build_as_of(store, as_of, file)
        return _release(file, to, where)


def _standing(place: Path) -> Path:
    """The nearest folder there is above a place."""
    return next(folder for folder in place.absolute().parents if folder.is_dir())


def _release(warehouse: Path, to: Path, where: str) -> list[Path]:
    with _attached(warehouse) as connection:
        entries = dictionary()
        _select(connection, where)
        about = _about(connection)
        to.mkdir(parents=True, exist_ok=True)
        tables = [table for table in TABLES if not (where and table in _OF_ALL)]
        resources = [*_write_facts(connection, to, entries), *_write_tables(connection, to, entries, tables)]
        _write_sheets(connection, to, entries)
    if not where:
        shutil.copyfile(warehouse, to / "gongkai.duckdb")
    _write_dictionary(entries, to)
    for text in files(__package__).joinpath("release").iterdir():
        _write_text(to / text.name, text.read_text("utf-8").format(**about))
    _write_text(to / "datapackage.json", json.dumps(_package(about, resources), ensure_ascii=False, indent=1) + "\n")
    written = sorted(path.relative_to(to) for path in to.rglob("*") if path.is_file())
    _write_text(to / "SHA256SUMS", "".join(f"{_sha256(to / path)}  {path.as_posix()}\n" for path in written))
    return [*written, Path("SHA256SUMS")]


def _about(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the texts of a release say about it: its version, day and size."""
    row = connection.execute(
        "SELECT (SELECT last_commit FROM meta), max(loaded_at)::DATE::VARCHAR, count(DISTINCT report_id), "
        "count(f.report_id), count(f.report_id) FILTER (f.doubt <> '') "
        "FROM report SEMI JOIN chosen USING (report_id) LEFT JOIN fact AS f USING (report_id) WHERE is_current"
    ).fetchone()
    assert row is not None
    return dict(zip(("commit", "created", "reports", "facts", "doubtful"), row, strict=True)) | {
        "version": version("gongkai")
    }


def _package(about: Mapping[str, Any], resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The descriptor of a release (Frictionless Data Package, version 1)."""
    return {
        "profile": "data-package",
        "name": "gongkai",
        "title": "政府信息公开工作年度报告 · Annual reports on government information disclosure",
        "version": about["commit"],
        "created": f"{about['created']}T00:00:00Z",
        "licenses": [
            {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/", "title": "the compilation"},
            {"name": "Apache-2.0", "path": "https://www.apache.org/licenses/LICENSE-2.0", "title": "the program"},
        ],
        "sources": [
            {"title": "Reports as published by the agencies; the address of each stands in report.source_name"}
        ],
        "contributors": [{"title": "gongkai contributors", "role": "publisher"}],
        "resources": resources,
    }


@contextmanager
def opened(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which the warehouse of a store can be read and files written. Raises StoreError."""
    with _attached(Lake(store).sound_warehouse()) as connection:
        yield connection


@contextmanager
def _attached(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{_literal(str(warehouse))}' AS warehouse (READ_ONLY)")
        connection.execute("USE warehouse")
        yield connection


def _select(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    """Reports of the release as the temporary table `chosen`."""
    condition = f"({where})" if where else "TRUE"
    sql = f"SELECT report_id FROM report WHERE {condition}"
    try:
        if len(connection.extract_statements(sql)) != 1:
            raise QueryError(where, "more than a condition", "one condition", "Write what may follow WHERE.")
        connection.execute(f"CREATE TEMP TABLE chosen AS {sql}")
        found = connection.execute("SELECT count(*) FROM chosen").fetchall()[0][0]
        if not found:
            raise QueryError(where or "FROM report", "no report", "at least one", "Choose what some report meets.")
    except duckdb.Error as error:
        raise QueryError(where, str(error), "a condition on a report", "Its columns: DESCRIBE report.") from error


def _rows(table: str, order: Iterable[str], columns: Iterable[str], condition: str = "TRUE") -> str:
    chosen = "SEMI JOIN chosen USING (report_id)" if "report_id" in columns and table not in _OF_ALL else ""
    return f"SELECT t.* FROM {table} AS t {chosen} WHERE {condition} ORDER BY {', '.join(order)}"


def _columns(entries: Iterable[Entry], table: str) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries if entry.kind == "column" and entry.of == table}


def _write_facts(connection: duckdb.DuckDBPyConnection, to: Path, entries: list[Entry]) -> Iterator[dict[str, Any]]:
    columns = _columns(entries, "fact")
    years = connection.execute(
        "SELECT DISTINCT report_year FROM report SEMI JOIN chosen USING (report_id) WHERE is_current ORDER BY ALL"
    ).fetchall()
    for (year,) in years:
        path = Path("parquet", "fact", f"report_year={year}", "part.parquet")
        rows = _rows("fact", _FACT_ORDER, columns, f"report_year = {year}")
        # The year is in the folder's name, where hive readers look for it.
        written = f"SELECT * EXCLUDE report_year FROM ({rows})"
        _copy(connection, written, to / path, "FORMAT parquet, COMPRESSION zstd")
        kept = {name: entry for name, entry in columns.items() if name != "report_year"}
        yield _resource(to, path, f"fact-{year}", kept, "parquet")


def _write_tables(
    connection: duckdb.DuckDBPyConnection, to: Path, entries: list[Entry], tables: Iterable[str]
) -> Iterator[dict[str, Any]]:
    for table in tables:
        order = TABLES[table]
        columns = _columns(entries, table)
        path = Path("parquet", f"{table}.parquet")
        _copy(connection, _rows(table, order, columns), to / path, "FORMAT parquet, COMPRESSION zstd")
        yield _resource(to, path, f"{table}-parquet", columns, "parquet")
        if table not in _PARQUET_ONLY:
            path = Path("csv", f"{table}.csv")
            inert = inert_sql({name: column.type for name, column in columns.items()})
            rows = f"SELECT {inert} FROM ({_rows(table, order, columns)})"
            _copy(connection, rows, to / path, "FORMAT csv, HEADER", "\ufeff")
            yield _resource(to, path, table, columns, "csv")


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, file: Path, options: str, head: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_name(f".{file.name}.tmp") if head else file
    connection.execute(f"COPY ({sql}) TO '{_literal(str(written))}' ({options})")
    if head:
        with file.open("wb") as target, written.open("rb") as source:
            target.write(head.encode())
            shutil.copyfileobj(source, target)
        written.unlink()


# The columns that lead to another table.
_LEADS = {"report_id": "report", "agency_id": "dim-agency", "check_code": "dim-rule", "applicant_code": "dim-applicant"}


def _resource(to: Path, path: Path, name: str, columns: dict[str, Entry], kind: str) -> dict[str, Any]:
    fields = [
        {
            "name": column.name,
            "type": _field_type(column.type),
            "title": column.zh,
            "description": column.en,
            **({"unit": column.unit} if column.unit else {}),
        }
        for column in columns.values()
    ]
    resource = {
        "name": name.replace("_", "-"),
        "path": path.as_posix(),
        "format": kind,
        "bytes": (to / path).stat().st_size,
        "hash": f"sha256:{_sha256(to / path)}",
    }
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if kind == "parquet":
        # Not tabular to most programs that read packages: the file states its types itself.
        media = {"mediatype": "application/vnd.apache.parquet", "profile": "data-resource", "type": "file"}
        return resource | media | {"schema": schema}
    if keys := row_keys(name):
        schema["primaryKey"] = list(keys[0])
    # Dimensions also name what no report of this release is of.
    leads = {} if name.startswith("dim_") else {c: to for c, to in _LEADS.items() if c in columns and to != name}
    schema["foreignKeys"] = [
        {"fields": column, "reference": {"resource": target, "fields": column}} for column, target in leads.items()
    ]
    return resource | {
        "mediatype": "text/csv", "profile": "tabular-data-resource", "encoding": "utf-8-sig", "schema": schema,
    }  # fmt: skip


def _field_type(kind: str) -> str:
    return _FIELD_TYPES.get(kind, "integer" if "INT" in kind else "number")


def _write_dictionary(entries: list[Entry], to: Path) -> None:
    _write_text(to / "dictionary.md", markdown(entries))
    _write_text(to / "dictionary.csv", "\ufeff" + to_csv(entries))


def to_csv(entries: Iterable[Entry]) -> str:
    """The dictionary as CSV with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(NAMES)
    writer.writerows([getattr(entry, name) for name in NAMES] for entry in entries)
    return out.getvalue()


# --- the workbook --------------------------------------------------------------------------------------------


def _write_sheets(connection: duckdb.DuckDBPyConnection, to: Path, entries: list[Entry]) -> None:
    """The wide tables as sheets of a workbook, unless one of them is too long to be looked through."""
    sheets = []
    for table in _SHEETS:
        columns = _columns(entries, table)
        chosen = "SEMI JOIN chosen USING (report_id)" if "report_id" in columns else ""
        cursor = connection.execute(f"SELECT {', '.join(columns)} FROM {table} AS t {chosen} ORDER BY ALL")
        rows = cursor.fetchmany(_SHEET_ROWS + 1)
        if len(rows) > _SHEET_ROWS:
            return
        sheets.append(Sheet(table, columns, rows))
    write_workbook(to / "gongkai.xlsx", sheets)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _literal(text: str) -> str:
    return text.replace("'", "''")
