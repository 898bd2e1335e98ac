"""Questions to the warehouse, read-only."""

import codecs
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from csv import reader
from itertools import islice
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
from pyarrow import csv

from warehouse.apart import WrongSumError, refuse_double_counts
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake

# No files, no network, no variables of this program, and no way to switch that off again.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "python_enable_replacements": False,
    "lock_configuration": True,
}
# Rows of a batch of an answer, and of one of which the first rows are shown.
_BATCH, _SHOWN = 20_000, 2_048
# Types that a flat file cannot hold: lists, structs and maps become JSON there.
_NESTED = ("[]", "STRUCT", "MAP", "UNION")

_Found = TypeVar("_Found")


class QueryError(Exception):
    """A question DuckDB cannot answer, or what was given with it; the message says where, what was found and expected,
    what to do.
    """

    def __init__(self, given: str, found: str, expected: str, next_step: str) -> None:
        where = " ".join(given.split()) or "(nothing)"
        super().__init__(f"{where[:200]}: {found}; expected {expected}. {next_step}")


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A connection that can read the warehouse and do nothing else. Raises duckdb.Error."""
    return duckdb.connect(warehouse, read_only=True, config=_CONFIG)


def query(store: Path, sql: str) -> pa.Table:
    """The whole answer to one SELECT (or DESCRIBE, SHOW, SUMMARIZE, EXPLAIN); DECIMAL stays DECIMAL.

    Raises StoreError if there is no warehouse, QueryError for what DuckDB refuses and for anything but one
    statement that only reads.
    """
    with answer(store, sql) as batches:
        return batches.read_all()


def query_all(store: Path, questions: Mapping[str, str]) -> dict[str, pa.Table]:
    """The whole answers to several questions, by name: opening the warehouse takes longer than most of them.

    Raises as `query` does.
    """
    answers = {}
    with _open(store) as connection:
        for name, sql in questions.items():
            with _asked(connection, sql, {}) as (statement, ask):
                answers[name] = _answered(connection, statement, ask).read_all()
    return answers


def read_given(path: Path) -> pa.Table:
    """A CSV file of the user's, in UTF-8 or GB18030. Columns of ids and codes stay text, as they are in the views.

    Raises QueryError for what is no CSV file.
    """
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("gb18030")
        names = next(reader(text.splitlines()), [])
        kept = {name: pa.string() for name in names if name.endswith(("_id", "_code", "sha256"))}
        options = csv.ConvertOptions(column_types=kept, strings_can_be_null=True)
        return csv.read_csv(pa.BufferReader(text.encode()), convert_options=options)
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        raise QueryError(str(path), str(error), "a CSV file with a header", "Give --with another.") from error


@contextmanager
def answer(
    store: Path, sql: str, given: Mapping[str, pa.Table] | None = None, *, flat: bool = False
) -> Iterator[pa.RecordBatchReader]:
    """The answer to a question in batches, as DuckDB makes them: a long one never lies in memory as a whole.

    `given` are further tables by name. With `flat`, lists and structs come as JSON text. An interrupt (Ctrl-C) ends
    the question wherever it is. Raises as `query` does, within the block, too.
    """
    with _open(store) as connection, _asked(connection, sql, given or {}) as (asked, ask):
        to_flatten = flat and asked.type == duckdb.StatementType.SELECT
        statement = _flattened(connection, asked, sql) if to_flatten else asked
        yield _answered(connection, statement, ask)


def _answered(
    connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement, ask: "_Interruptible"
) -> pa.RecordBatchReader:
    result = ask(lambda: connection.execute(statement).to_arrow_reader(_BATCH))
    schema = _named_apart(result.schema)
    return pa.RecordBatchReader.from_batches(schema, _batches(result, schema, ask))


def head(store: Path, sql: str, given: Mapping[str, pa.Table], rows: int) -> tuple[pa.Table, int]:
    """The first rows of an answer, and how many it has: counted without making them. Raises as `query` does."""
    with _open(store) as connection, _asked(connection, sql, given) as (statement, ask):
        result = ask(lambda: connection.execute(statement).to_arrow_reader(_SHOWN))
        schema = _named_apart(result.schema)
        first = list(islice(_batches(result, schema, ask), 2))
        total = sum(batch.num_rows for batch in first)
        if len(first) > 1 and statement.type == duckdb.StatementType.SELECT:
            counted = f"SELECT count(*) FROM ({_bare(statement)}\n)"  # noqa: S608 - the user's own
            ((total,),) = ask(lambda: connection.execute(counted).fetchall())
        return pa.Table.from_batches(first, schema).slice(0, rows), total


@contextmanager
def _open(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
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
        yield connection


@contextmanager
def _asked(
    connection: duckdb.DuckDBPyConnection, sql: str, given: Mapping[str, pa.Table]
) -> Iterator[tuple[duckdb.Statement, "_Interruptible"]]:
    with ThreadPoolExecutor(1) as thread:
        for name, table in given.items():
            connection.register(name, table)
        try:
            statement = _statement(connection, sql)
            own = {name: table.column_names for name, table in given.items()}
            refuse_double_counts(connection, statement.query, own)
            yield statement, _Interruptible(connection, thread)
        except WrongSumError as error:
            raise QueryError(sql, error.found, "a sum that counts nothing twice", error.next_step) from error
        except (duckdb.Error, pa.ArrowException) as error:
            expected = "a question the warehouse can answer"
            raise QueryError(sql, str(error), expected, _where_names_are(connection, error)) from error


def _where_names_are(connection: duckdb.DuckDBPyConnection, error: Exception) -> str:
    """Where to look for the right name: of a column in its view, of a view among all."""
    if isinstance(error, duckdb.BinderException):
        return "The columns of a view: DESCRIBE <view>."
    names = connection.cursor().execute(
        "SELECT string_agg(view_name, ', ' ORDER BY view_name) FROM duckdb_views() "
        "WHERE NOT internal AND schema_name = 'main'"
    )
    return f"Views: {names.fetchall()[0][0]}; their columns: DESCRIBE <view>."


class _Interruptible:
    """Calls that run in a thread of their own, so that this one hears Ctrl-C and can end them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, thread: ThreadPoolExecutor) -> None:
        self.connection = connection
        self.thread = thread

    def __call__(self, call: Callable[[], _Found]) -> _Found:
        return self.wait(self.begin(call))

    def begin(self, call: Callable[[], _Found]) -> Future[_Found]:
        """Start a call."""
        return self.thread.submit(call)

    def wait(self, future: Future[_Found]) -> _Found:
        """What a call returns."""
        try:
            return future.result()
        except KeyboardInterrupt:
            self.connection.interrupt()
            raise


def _named_apart(schema: pa.Schema) -> pa.Schema:
    """The columns of an answer under names of their own, as DuckDB gives them within a question: a, a_1, a_2."""
    names: list[str] = []
    for name in schema.names:
        times = 0
        while (apart := f"{name}_{times}" if times else name) in names:
            times += 1
        names.append(apart)
    return pa.schema([column.with_name(name) for column, name in zip(schema, names, strict=True)])


def _batches(result: pa.RecordBatchReader, schema: pa.Schema, ask: _Interruptible) -> Iterator[pa.RecordBatch]:
    def following() -> pa.RecordBatch | None:
        return next(result, None)

    coming = ask.begin(following)  # while the one before is written
    while (batch := ask.wait(coming)) is not None:
        coming = ask.begin(following)
        yield batch.rename_columns(schema.names)


def _statement(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one statement of a question. Raises QueryError for none, several, and those that do not only read."""
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(sql, f"{len(statements)} statements", "one SELECT", "Ask one question at a time.")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        kind = statements[0].type.name
        raise QueryError(sql, f"a statement of type {kind}", "one SELECT", "The warehouse is read-only.")
    return statements[0]


def _flattened(connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement, sql: str) -> duckdb.Statement:
    """A SELECT whose lists and structs are JSON text."""
    described = connection.execute(f"DESCRIBE FROM ({_bare(statement)}\n)").fetchall()
    kinds = [(name, str(kind)) for name, kind, *_ in described]
    nested = [name for name, kind in kinds if any(mark in kind for mark in _NESTED)]
    if not nested:
        return _statement(connection, sql)
    quoted = ('"' + name.replace('"', '""') + '"' for name in nested)
    replaced = ", ".join(f"to_json({name})::VARCHAR AS {name}" for name in quoted)
    return _statement(connection, f"SELECT * REPLACE ({replaced}) FROM ({_bare(statement)}\n)")  # noqa: S608 - the user's own


def _bare(statement: duckdb.Statement) -> str:
    """A statement to stand in brackets, on lines of its own, for it may end in a comment."""
    text = statement.query.encode()
    end = next((place for place, _ in duckdb.tokenize(statement.query) if text[place : place + 1] == b";"), len(text))
    return text[:end].decode()
