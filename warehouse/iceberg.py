"""The tables of the warehouse as Apache Iceberg tables, for the engines of other people.

    <place>/<table>/data/…, metadata/…     an Iceberg table (format 2), by report_year where it has one
    <place>/tables.json                    of each table the file of metadata that is current, and its rows

The place is a folder or any URL PyArrow can write (s3://bucket/prefix). `tables.json` is written last: what it names
belongs together. A table, and in it a year, is written only if its rows changed; readers at work keep what they began
with, and the past can be read as of any snapshot.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pyarrow as pa

from warehouse.dictionary import Entry, dictionary
from warehouse.export import TABLES, opened
from warehouse.lake.errors import StoreError

# What is published beside the tables of a release, and by which columns its rows are in order.
_FACT_ORDER = ("agency_id", "scope", "report_id", "indicator_code")
PUBLISHED = TABLES | {
    "cell": ("report_id", "table_key", "grid", "grid_row", "grid_column", "indicator_code", "applicant_code"),
    "document": ("document_sha256", "source_name"),
    "fact_disclosure": _FACT_ORDER,
    "fact_information_fee": _FACT_ORDER,
    "fact_legacy": _FACT_ORDER,
    "fact_request": (*_FACT_ORDER, "applicant_code"),
    "fact_review_litigation": _FACT_ORDER,
}
INDEX = "tables.json"
# Files through fsspec, which heeds the same settings (AWS_ENDPOINT_URL and such) as the store.
_FILES = {"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"}
_NAMESPACE = "gongkai"
_YEAR = "report_year"
# The property of a table that says what it holds of a year; of a table without years, of everything.
_CONTENT = "gongkai.content."
_WHOLE = "all"
# Rows in memory at once.
_SLICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Published:
    """A table as published: where its metadata lies, how many rows it has, which of its years were written anew."""

    metadata: str
    rows: int
    written: tuple[str, ...]


def publish(store: Path, place: str) -> dict[str, Published]:
    """Bring the Iceberg tables at a place up to the warehouse of a store; what is there by name of table.

    Raises StoreError if there is no warehouse, the extra is not installed, or the place cannot be written.
    """
    try:
        from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise StoreError(place, str(error), "the extra iceberg", "pip install 'gongkai[iceberg]'") from error
    place = (place if "://" in place else Path(place).absolute().as_uri()).rstrip("/")
    entries = dictionary()
    with opened(store) as connection:
        try:
            standing = _index(place)
            catalog = _catalog(place, standing)
            published = {}
            for name, order in PUBLISHED.items():
                schema = _schema(connection, name, entries)
                try:
                    table = catalog.load_table(f"{_NAMESPACE}.{name}")
                except NoSuchTableError:
                    table = _create(catalog, place, name, schema)
                written = _bring_up(connection, table, name, order, schema)
                rows = int(table.current_snapshot().summary["total-records"]) if table.current_snapshot() else 0
                published[name] = Published(table.metadata_location, rows, written)
            told = {name: {"metadata": p.metadata, "rows": p.rows} for name, p in published.items()}
            if told != standing:
                with fsspec.open(f"{place}/{INDEX}", "wb") as file:
                    file.write((json.dumps(told, indent=1) + "\n").encode())
        except OSError as error:
            raise StoreError(place, str(error), "a place this user may write", "See docs/scale.md.") from error
    return published


def _index(place: str) -> dict[str, dict[str, Any]]:
    try:
        with fsspec.open(f"{place}/{INDEX}", "rb") as file:
            found: dict[str, dict[str, Any]] = json.load(file)
            return found
    except FileNotFoundError:
        return {}


def _catalog(place: str, standing: dict[str, dict[str, Any]]) -> Any:
    """A catalog for as long as this lasts, of the tables that stand: what lasts is beside the tables, for everybody."""
    from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415

    catalog = SqlCatalog(_NAMESPACE, uri="sqlite:///:memory:", warehouse=place, **_FILES)
    catalog.create_namespace(_NAMESPACE)
    for name, known in standing.items():
        catalog.register_table(f"{_NAMESPACE}.{name}", known["metadata"])
    return catalog


def _schema(connection: duckdb.DuckDBPyConnection, name: str, entries: list[Entry]) -> pa.Schema:
    """The columns of a table with their meaning."""
    docs = {e.name: f"{e.zh} · {e.en}" for e in entries if e.kind == "column" and e.of == name}
    columns = connection.execute(f"SELECT * FROM {name} LIMIT 0").to_arrow_table().schema
    return pa.schema([column.with_metadata({"doc": docs[column.name]}) for column in columns])


def _create(catalog: Any, place: str, name: str, schema: pa.Schema) -> Any:
    table = catalog.create_table(f"{_NAMESPACE}.{name}", schema, location=f"{place}/{name}")
    if _YEAR in schema.names:
        with table.update_spec() as spec:
            spec.add_identity(_YEAR)
    return table


def _bring_up(
    connection: duckdb.DuckDBPyConnection, table: Any, name: str, order: tuple[str, ...], schema: pa.Schema
) -> tuple[str, ...]:
    """Write the years of a table whose rows are not those it has; returns them."""
    from pyiceberg.expressions import AlwaysTrue  # noqa: PLC0415

    has_years = _YEAR in schema.names
    year = f"coalesce({_YEAR}::VARCHAR, '')" if has_years else f"'{_WHOLE}'"
    found = connection.execute(
        f"SELECT {year}, count(*) || '-' || sum(hash(t)::HUGEINT) FROM {name} AS t GROUP BY ALL"
    ).fetchall()
    now = {f"{_CONTENT}{key}": content for key, content in found}
    before = {key: value for key, value in table.properties.items() if key.startswith(_CONTENT)}
    changed = sorted(key for key in now.keys() | before.keys() if now.get(key) != before.get(key))
    if not changed:
        return ()
    years = tuple(key.removeprefix(_CONTENT) for key in changed)
    kept = ", ".join(f"'{key}'" for key in years)
    by = ", ".join((_YEAR, *order) if has_years else order)
    sql = f"SELECT * FROM {name} WHERE {year} IN ({kept}) ORDER BY {by}"
    with table.transaction() as transaction:
        with transaction.update_schema() as update:
            update.union_by_name(schema)
        if before.keys() & set(changed):
            transaction.delete(_of_years(years) if has_years else AlwaysTrue())
        for part in _slices(connection, sql):
            transaction.append(part.cast(schema))
        if gone := before.keys() - now.keys():
            transaction.remove_properties(*gone)
        transaction.set_properties({key: now[key] for key in changed if key in now})
    return years


def _of_years(years: Sequence[str]) -> Any:
    """What selects the rows of some years; "" stands for rows without one."""
    from pyiceberg.expressions import In, IsNull, Or  # noqa: PLC0415

    known = In(_YEAR, [int(year) for year in years if year])
    return Or(known, IsNull(_YEAR)) if "" in years else known


def _slices(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pa.Table]:
    reader = connection.execute(sql).to_arrow_reader(_SLICE)
    for batch in reader:
        yield pa.Table.from_batches([batch])
