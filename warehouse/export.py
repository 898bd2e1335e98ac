"""A release of the warehouse for people without it: Parquet, CSV, a workbook, the DuckDB file, and what they mean.

    parquet/fact/report_year=2023/part.parquet   facts, hive-partitioned by year; other tables one file each
    csv/<table>.csv                              UTF-8 with a byte order mark, which Excel needs
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
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.dictionary import NAMES, Entry, dictionary, markdown
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.query import QueryError

# What a release holds, and by which columns its rows are in order. A table without report_id is written whole.
TABLES = {
    "report": ("agency_id", "report_year", "scope", "version", "report_id"),
    "disclosure_summary": ("agency_id", "report_year", "scope", "report_id"),
    "request_summary": ("agency_id", "report_year", "scope", "report_id"),
    "request_by_applicant": ("agency_id", "report_year", "scope", "report_id", "applicant_code"),
    "review_summary": ("agency_id", "report_year", "scope", "report_id"),
    "series": ("agency_id", "report_year", "scope", "series_code", "report_id"),
    "quality_check": ("report_id", "check_code", "location", "message_en", "found"),
    "dim_agency": ("agency_id",),
    "dim_agency_alias": ("agency_id", "alias", "kind"),
    "dim_applicant": ("sort_order",),
    "dim_indicator": ("table_key", "edition", "sort_order"),
    "dim_series": ("series_code", "edition"),
}
_FACT_ORDER = ("agency_id", "scope", "report_id", "indicator_code", "applicant_code")
# Long tables, which nobody opens in Excel.
_PARQUET_ONLY = ("series", "quality_check")
_SHEETS = ("report", "disclosure_summary", "request_summary", "review_summary")
_SHEET_ROWS = 50_000
_EPOCH = (1980, 1, 1, 0, 0, 0)

_FIELD_TYPES = {"VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}


def export(store: Path, to: Path, where: str = "") -> list[Path]:
    """Write a release of a store's warehouse into a folder; returns its files, relative, in order of name.

    `where`, a condition on the columns of the view `report`, restricts it to some reports ("province = '江苏省' AND
    report_year >= 2021"). Raises StoreError if there is no warehouse or the folder is not empty, QueryError for a
    condition DuckDB refuses.
    """
    with opened(store) as connection:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise StoreError(to, "something is there", "a new or empty folder", "Name another place.")
        to.mkdir(parents=True, exist_ok=True)
        entries = dictionary()
        _select(connection, where)
        resources = [*_write_facts(connection, to, entries), *_write_tables(connection, to, entries)]
        _write_sheets(connection, to)
    if not where:
        shutil.copyfile(Lake(store).warehouse, to / "gongkai.duckdb")
    _write_dictionary(entries, to)
    package = {
        "profile": "data-package",
        "name": "gongkai",
        "title": "政府信息公开工作年度报告 · Annual reports on government information disclosure",
        "resources": resources,
    }
    _write_text(to / "datapackage.json", json.dumps(package, ensure_ascii=False, indent=1) + "\n")
    written = sorted(path.relative_to(to) for path in to.rglob("*") if path.is_file())
    _write_text(to / "SHA256SUMS", "".join(f"{_sha256(to / path)}  {path.as_posix()}\n" for path in written))
    return [*written, Path("SHA256SUMS")]


@contextmanager
def opened(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which the warehouse of a store can be read and files written. Raises StoreError."""
    warehouse = Lake(store).sound_warehouse()
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
            raise QueryError(where, "more than a condition", "Write what may follow WHERE.")
        connection.execute(f"CREATE TEMP TABLE chosen AS {sql}")
    except duckdb.Error as error:
        raise QueryError(where, str(error), "Conditions are on the columns of the view report.") from error


def _rows(table: str, order: Iterable[str], columns: Iterable[str], condition: str = "TRUE") -> str:
    chosen = "SEMI JOIN chosen USING (report_id)" if "report_id" in columns else ""
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


def _write_tables(connection: duckdb.DuckDBPyConnection, to: Path, entries: list[Entry]) -> Iterator[dict[str, Any]]:
    for table, order in TABLES.items():
        columns = _columns(entries, table)
        path = Path("parquet", f"{table}.parquet")
        _copy(connection, _rows(table, order, columns), to / path, "FORMAT parquet, COMPRESSION zstd")
        yield _resource(to, path, f"{table}-parquet", columns, "parquet")
        if table not in _PARQUET_ONLY:
            path = Path("csv", f"{table}.csv")
            rows = f"SELECT {_inert(columns)} FROM ({_rows(table, order, columns)})"
            _copy(connection, rows, to / path, "FORMAT csv, HEADER", "\ufeff")
            yield _resource(to, path, table, columns, "csv")


# How a formula begins, and what begins so and is none: a negative number, dashes. Both as RE2 has it.
_FORMULA, _NO_FORMULA = r"^\s*[=+@＝＋－＠-]", r"^-[0-9]+([.][0-9]+)?$|^[+＋－-]+$"


def inert(table: pa.Table) -> pa.Table:
    """Rows for a file that is opened in spreadsheets: no text of a report may become a formula there.

    What begins like one gets an apostrophe before it.
    """
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            texts = table[column.name]
            is_formula = pc.and_not(
                pc.match_substring_regex(texts, _FORMULA), pc.match_substring_regex(texts, _NO_FORMULA)
            )
            table = table.set_column(
                place, column.name, pc.if_else(is_formula, pc.binary_join_element_wise("'", texts, ""), texts)
            )
    return table


def _inert(columns: dict[str, Entry]) -> str:
    """SQL for the columns of a file that is opened in spreadsheets, as `inert` has it."""
    formula = f"regexp_matches({{0}}, '{_FORMULA}') AND NOT regexp_matches({{0}}, '{_NO_FORMULA}')"
    text = f"CASE WHEN {formula} THEN chr(39) || {{0}} ELSE {{0}} END AS {{0}}"
    return ", ".join(text.format(name) if column.type == "VARCHAR" else name for name, column in columns.items())


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, file: Path, options: str, head: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_name(f".{file.name}.tmp") if head else file
    connection.execute(f"COPY ({sql}) TO '{_literal(str(written))}' ({options})")
    if head:
        with file.open("wb") as target, written.open("rb") as source:
            target.write(head.encode())
            shutil.copyfileobj(source, target)
        written.unlink()


def _resource(to: Path, path: Path, name: str, columns: dict[str, Entry], kind: str) -> dict[str, Any]:
    fields = [
        {
            "name": column.name,
            # A Parquet file states its types itself.
            "type": _field_type(column.type) if kind == "csv" else "any",
            "title": column.zh,
            "description": column.en,
        }
        for column in columns.values()
    ]
    media = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}[kind]
    resource = {
        "name": name.replace("_", "-"),
        "path": path.as_posix(),
        "format": kind,
        "mediatype": media,
        "schema": {"fields": fields, "missingValues": [""]},
    }
    if kind == "parquet":
        return resource
    return resource | {
        "profile": "tabular-data-resource",
        "encoding": "utf-8-sig",
        "bytes": (to / path).stat().st_size,
        "hash": f"sha256:{_sha256(to / path)}",
    }


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


def _write_sheets(connection: duckdb.DuckDBPyConnection, to: Path) -> None:
    """The wide tables as sheets of a workbook, unless one of them is too long to be looked through."""
    sheets = []
    for table in _SHEETS:
        cursor = connection.execute(f"SELECT t.* FROM {table} AS t SEMI JOIN chosen USING (report_id) ORDER BY ALL")
        rows = cursor.fetchmany(_SHEET_ROWS + 1)
        if len(rows) > _SHEET_ROWS:
            return
        sheets.append((table, [[column[0] for column in cursor.description or ()], *rows]))
    _write_workbook(to / "gongkai.xlsx", sheets)


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _write_workbook(file: Path, sheets: list[tuple[str, list[Any]]]) -> None:
    """A plain workbook (ECMA-376), the same bytes for the same cells."""
    numbers = range(1, len(sheets) + 1)
    type_of = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    override: Callable[[str, str], str] = lambda part, kind: (  # noqa: E731
        f'<Override PartName="/{part}" ContentType="{type_of}.{kind}+xml"/>'
    )
    relation: Callable[[int, str, str], str] = lambda n, kind, target: (  # noqa: E731
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + override("xl/workbook.xml", "sheet.main")
        + "".join(override(f"xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers)
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + relation(1, "officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in enumerate(sheets, start=1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(relation(n, "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
        + "</Relationships>",
    }
    for number, (_, rows) in enumerate(sheets, start=1):
        body = "".join(f"<row>{''.join(map(_sheet_cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, head + text)


# A spreadsheet keeps 15 digits of a number; a longer one is written as text, so that none is lost.
_SHEET_DIGITS = 15


def _sheet_cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | Decimal):
        number = f"{Decimal(value).normalize():f}"
        if sum(map(str.isdigit, number)) <= _SHEET_DIGITS:
            return f"<c><v>{number}</v></c>"
        value = number
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    printable = "".join(char for char in text if char >= " " or char in "\t\n")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(printable)}</t></is></c>'


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _literal(text: str) -> str:
    return text.replace("'", "''")
