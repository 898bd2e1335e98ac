"""The workbook of a release: wide tables as sheets to be looked through and filtered, and what their columns mean."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from warehouse.dictionary import Entry

# A spreadsheet keeps 15 digits of a number; a longer one is written as text, so that none is lost.
_DIGITS = 15
# Characters of an address a spreadsheet takes as a link.
_LINK = 2000
# Characters of a column at most, and of one whose values are not looked at.
_WIDEST, _USUAL = 48, 11
# Columns of the dictionary and their widths.
_DICTIONARY = (("table", 22), ("column", 26), ("中文", 60), ("English", 70), ("unit", 8))
# The same bytes for the same cells: a workbook states when it was made.
_MADE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class Sheet(NamedTuple):
    """A table with its columns by name, each with its entry of the dictionary, and its rows."""

    name: str
    columns: Mapping[str, Entry]
    rows: Sequence[Sequence[Any]]


def write_workbook(file: Path, sheets: Iterable[Sheet]) -> None:
    """A sheet a table, with labels over the names of its columns, both frozen, and a filter; last a dictionary."""
    sheets = list(sheets)
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "gongkai", "created": _MADE})
        label = book.add_format({"text_wrap": True, "valign": "top", "font_size": 9, "font_color": "#51606f"})
        name = book.add_format({"bold": True, "bottom": 1})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(2, 0)
            page.set_row(0, 42)
            for place, (column, entry) in enumerate(sheet.columns.items()):
                page.write_string(0, place, entry.zh, label)
                page.write_string(1, place, column, name)
                page.set_column(place, place, _width(column, [row[place] for row in sheet.rows[:200]]))
            for line, row in enumerate(sheet.rows, 2):
                for place, value in enumerate(row):
                    _write(page, line, place, value)
            page.autofilter(1, 0, max(len(sheet.rows) + 1, 1), len(sheet.columns) - 1)
        page = book.add_worksheet("dictionary")
        page.freeze_panes(1, 0)
        for place, (title, width) in enumerate(_DICTIONARY):
            page.write_string(0, place, title, name)
            page.set_column(place, place, width)
        entries = [(sheet.name, column, entry) for sheet in sheets for column, entry in sheet.columns.items()]
        for line, (table, column, entry) in enumerate(entries, 1):
            for place, text in enumerate((table, column, entry.zh, entry.en, entry.unit)):
                page.write_string(line, place, text)
        page.autofilter(0, 0, len(entries), 4)


def write_list(file: Path, title: str, columns: Mapping[str, int], rows: Iterable[Sequence[object]]) -> None:
    """One sheet to be printed and sent: a title, the columns with their widths, lines that wrap."""
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": title, "created": _MADE})
        page = book.add_worksheet()
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(1)
        page.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#f4f6f9"})
        line = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        for place, (name, width) in enumerate(columns.items()):
            page.write_string(1, place, name, head)
            page.set_column(place, place, width)
        for at, row in enumerate(rows, 2):
            for place, value in enumerate(row):
                if isinstance(value, str) and value.startswith(("http://", "https://")) and len(value) < _LINK:
                    page.write_url(at, place, value, line)
                else:
                    _write(page, at, place, "" if value is None else value, line)


def _write(page: Any, line: int, place: int, value: object, style: Any = None) -> None:
    """A cell: numbers as numbers, text never as a formula, nothing for NULL."""
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(line, place, value, style)
    elif isinstance(value, int | float | Decimal):
        number = f"{Decimal(str(value)).normalize():f}"
        if sum(map(str.isdigit, number)) <= _DIGITS or isinstance(value, float):
            page.write_number(line, place, value, style)
        else:
            page.write_string(line, place, number, style)
    elif isinstance(value, datetime.date):
        page.write_string(line, place, value.isoformat(), style)
    else:
        page.write_string(line, place, "".join(c for c in str(value) if c >= " " or c in "\t\n"), style)


def _width(name: str, values: Iterable[object]) -> int:
    """Room for a column: a Chinese character takes that of two others."""
    texts = [name, *(str(value) for value in values if isinstance(value, str))]
    widest = max(sum(2 if ord(char) > 0x2E80 else 1 for char in text) for text in texts)
    return min(max(widest + 1, _USUAL), _WIDEST)
