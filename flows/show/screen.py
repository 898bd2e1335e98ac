"""Tables in the terminal: Chinese aligned, colour only where the terminal has it.

Names, prose and cells come from strangers: nothing in them is markup, and what would steer a terminal is written out.
"""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
from pyarrow import csv, parquet
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # an answer needs no dictionary
    from warehouse.dictionary import Entry

VERDICT_STYLE = {
    "pass": "green",
    "flagged": "yellow",
    "quarantined": "red",
    "unreadable": "red",
    "report_without_tables": "red",
    "replaced": "red",
    "offered": "dim",
    "not_a_report": "dim",
    "duplicate": "dim",
}
# A log or a pipe has no width of its own; nothing is folded there.
_UNFOLDED = 100_000
_PAGE = 100
# Rows of an answer that are looked through on a screen.
LISTED = 200


# Control characters, those that turn the direction of writing, line and paragraph ends, and halves of characters.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def printable(text: str) -> str:
    """A text in one line that does nothing to who shows it: what cannot be seen is written as in Python."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Terminal(Console):
    """A console that takes no text for markup, and lets only its own control sequences through."""

    def __init__(self, width: int) -> None:
        known = None if sys.stdout.isatty() else width
        super().__init__(width=known, highlight=False, markup=False, emoji=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Segments of what is shown."""
        for segment in super().render(renderable, options):
            if segment.control or not _UNPRINTABLE.search(segment.text.replace("\n", "")):
                yield segment
            else:
                yield Segment("\n".join(map(printable, segment.text.split("\n"))), segment.style)


def terminal() -> Console:
    """Standard output as wide as the terminal; a page wide in a log."""
    return _Terminal(_PAGE)


def show_table(result: pa.Table) -> None:
    """A table on standard output."""
    _print_rows(result.schema, result.to_pylist())
    _console().print(Text(_counted(result.num_rows), style="dim"))


def show_answer(first: pa.Table, total: int) -> None:
    """The first rows of an answer on standard output, and how many more there are."""
    _print_rows(first.schema, first.to_pylist())
    left = total - first.num_rows
    more = f"{left:,} more rows: --format csv, json or parquet prints all" if left else ""
    _console().print(Text(more or _counted(total), style="dim"))


def _counted(rows: int) -> str:
    return f"{rows} row" if rows == 1 else f"{rows} rows"


def _console() -> Console:
    return _Terminal(_UNFOLDED)


def _print_rows(schema: pa.Schema, rows: Iterable[dict[str, object]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in schema:
        number = (
            pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) or pa.types.is_floating(column.type)
        )
        table.add_column(column.name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_value(value) for value in row.values()))
    _console().print(table)


def _value(value: object) -> Text:
    if value is None:
        return Text("NULL", style="dim")
    if isinstance(value, datetime):
        return Text(f"{value:%Y-%m-%d %H:%M:%S}")
    return Text(printable(plain(value)))


def show_dictionary(entries: "Sequence[Entry]") -> None:
    """Views with their columns below them, then codes; each in both languages, with what to know about it."""
    console = _console()
    for entry in entries:
        column = entry.kind == "column"
        facts = " · ".join(fact for fact in (entry.type, entry.unit, entry.edition) if fact)
        head = Text("  " if column else "\n", no_wrap=False)
        head.append(entry.name, style="bold")
        head.append(f"  {entry.kind}{f' of {entry.of}' if entry.of else ''}  {facts}", style="dim")
        console.print(head)
        pad = "    " if column else "  "
        lines = [entry.zh, entry.en, f"Regulation, article {entry.article}" if entry.article else ""]
        for line in (*lines, entry.note_zh, entry.note_en, entry.example):
            if line:
                console.print(Padding(Text(line), (0, 0, 0, len(pad)), expand=False))


def to_json(value: object) -> str:
    """JSON with Chinese as it is. Decimals are text, so that no reader rounds them; times are ISO 8601."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=plain)


def plain(value: object) -> str:
    """A value as text: decimals without needless zeros, dates and times in ISO 8601."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def write_table(result: pa.Table, fmt: str, out: BinaryIO) -> None:
    """A table for programs: csv, json (an array of objects) or parquet."""
    write_answer(pa.RecordBatchReader.from_batches(result.schema, result.to_batches()), fmt, out)


def write_answer(batches: pa.RecordBatchReader, fmt: str, out: BinaryIO) -> None:
    """An answer for programs, batch by batch, in the formats of `write_table`."""
    if fmt == "csv":
        from warehouse.spreadsheets import inert  # noqa: PLC0415 - slow, and what is shown on a screen needs it not

        with csv.CSVWriter(out, batches.schema) as writer:
            for batch in batches:
                writer.write_batch(inert(batch))
    elif fmt == "parquet":
        with parquet.ParquetWriter(out, batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    else:
        between = b"[\n"
        for batch in batches:
            for row in batch.to_pylist():
                out.write(between + json.dumps(row, ensure_ascii=False, default=plain).encode())
                between = b",\n"
        out.write(b"[]\n" if between == b"[\n" else b"\n]\n")
