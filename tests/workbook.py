"""Sheets of `tests.render` as workbooks, by openpyxl and by XlsxWriter, and of the binary kind by xlwt.

A report is one worksheet, or one for each of its tables. Numbers stand as numbers or as text, in the formats people
give them; what is written besides (hidden sheets, rows and columns, text under merged cells) is not shown.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import openpyxl
import xlsxwriter
import xlwt
from openpyxl.styles import Border, Font, Side

from tests.render import Box, Layout, Sheet, back_matter, front_matter, padded

_NUMBER = re.compile(r"^(?:0|[1-9]\d{0,10})(?:\.\d{0,4}[1-9])?$")  # one that comes back as it is written
_WHOLE, _BROKEN = ("General", "0", "0_ ", "@", "0_);[Red]\\(0\\)"), ("General", "@", "0.#####")
_GROUPED_WHOLE, _GROUPED_BROKEN = ("#,##0", "#,##0_ "), ("#,##0.00####", "0.00####")
WIDTH = 18  # characters: room for every number
OTHER = "7"  # what stands where nobody sees it


@dataclass(frozen=True)
class BookLayout(Layout):
    """A layout with what only workbooks do."""

    sheets: bool = False  # a worksheet for each table
    margin: bool = False  # a blank column and row before everything
    unmerged: bool = False  # headings and prose in the first cell of their row
    typed: bool = True  # numbers as numbers
    grouped: bool = False  # with separators, and as many decimals as a format wants
    unseen: bool = False  # a hidden worksheet, hidden rows and columns between those that are shown


@dataclass(frozen=True)
class Put:
    """A cell to be written: its place, its spans, its value and number format."""

    row: int
    column: int
    rowspan: int
    colspan: int
    value: str | float
    code: str = "General"
    hidden: bool = False  # on a row or column that is not shown


def place(sheets: list[Sheet], layout: BookLayout, rng: Random) -> Iterator[tuple[str, list[Put]]]:
    """The worksheets of a report: names and what is put on them."""
    width = max(sum(box.colspan for box in row) for sheet in sheets for row in sheet.rows)
    page = _Page(width, layout, rng)
    page.lines(front_matter(layout))
    for number, sheet in enumerate(sheets, 1):
        if layout.sheets:
            yield f"Sheet{number}", page.take()
        page.lines([sheet.heading])
        page.table(sheet.rows)
    if layout.sheets:
        yield "tables", page.take()
    page.lines(back_matter(layout))
    yield "report", page.take()


class _Page:
    def __init__(self, width: int, layout: BookLayout, rng: Random) -> None:
        self.width, self.layout, self.rng = width, layout, rng
        self.put: list[Put] = []
        self.top = self.at = int(layout.margin)

    def take(self) -> list[Put]:
        found, self.put, self.at = self.put, [], self.top
        return found

    def lines(self, texts: list[str]) -> None:
        for text in texts:
            self.put.append(Put(self.at, self.top, 1, 1 if self.layout.unmerged else self.width, text))
            self.at += 1

    def table(self, rows: list[list[Box]]) -> None:
        taken: set[tuple[int, int]] = set()
        for number, row in enumerate(rows):
            column = 0
            for box in row:
                while (number, column) in taken:
                    column += 1
                spans = range(number, number + box.rowspan), range(column, column + box.colspan)
                taken.update((r, c) for r in spans[0] for c in spans[1])
                value, code = self.value(box)
                self.put.append(Put(self.at + number, self.top + column, box.rowspan, box.colspan, value, code))
                column += box.colspan
        self.at += len(rows)

    def value(self, box: Box) -> tuple[str | float, str]:
        text = "\n".join(padded(line, self.layout, self.rng) for line in box.text.split("\n")) if box.text else ""
        if box.kind != "value" or not self.layout.typed or not _NUMBER.match(box.text):
            return text, "General"
        number = Decimal(box.text)
        if number == number.to_integral_value():
            return int(number), self.rng.choice(_GROUPED_WHOLE if self.layout.grouped else _WHOLE)
        return float(number), self.rng.choice(_GROUPED_BROKEN if self.layout.grouped else _BROKEN)


def by_openpyxl(sheets: list[Sheet], layout: BookLayout, rng: Random) -> bytes:
    """The workbook openpyxl writes of a report."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    thin = Side(style="thin")
    for name, cells in place(sheets, layout, rng):
        sheet = book.create_sheet(name)
        for put in cells:
            cell = sheet.cell(put.row + 1, put.column + 1, put.value)
            cell.number_format = put.code
            cell.border = Border(thin, thin, thin, thin)
            cell.font = Font(name="宋体", size=11)
            if put.rowspan * put.colspan > 1:
                sheet.merge_cells(
                    start_row=put.row + 1, end_row=put.row + put.rowspan,
                    start_column=put.column + 1, end_column=put.column + put.colspan,
                )  # fmt: skip
        for number in range(1, 2 + max(put.column + put.colspan for put in cells)):
            sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].width = WIDTH
        if layout.unseen:
            column = 1 + max(put.column + put.colspan for put in cells)
            sheet.cell(1, column + 1, OTHER)
            sheet.column_dimensions[openpyxl.utils.get_column_letter(column + 1)].hidden = True
    if layout.unseen:
        sheet = book.create_sheet("hidden")
        sheet.sheet_state = "hidden"
        for row in book.worksheets[0].iter_rows(values_only=True):
            sheet.append([OTHER if isinstance(value, int | float) else value for value in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_xlsxwriter(sheets: list[Sheet], layout: BookLayout, rng: Random) -> bytes:
    """The workbook XlsxWriter writes of a report."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "constant_memory": False}) as book:
        formats: dict[str, Any] = {}
        for name, cells in place(sheets, layout, rng):
            sheet = book.add_worksheet(name)
            sheet.set_column(0, max(put.column + put.colspan for put in cells), WIDTH)
            for put in cells:
                look = formats.setdefault(put.code, book.add_format({"num_format": put.code, "border": 1}))
                last = put.row + put.rowspan - 1, put.column + put.colspan - 1
                if last != (put.row, put.column):
                    sheet.merge_range(put.row, put.column, *last, put.value, look)
                elif put.value == "":
                    sheet.write_blank(put.row, put.column, None, look)
                elif isinstance(put.value, str):
                    sheet.write_string(put.row, put.column, put.value, look)
                else:
                    sheet.write_number(put.row, put.column, put.value, look)
            if layout.unseen:
                below = 1 + max(put.row + put.rowspan for put in cells)
                sheet.write_number(below, 0, 7)
                sheet.set_row(below, None, None, {"hidden": True})
        if layout.unseen:
            sheet = book.add_worksheet("hidden")
            sheet.write_string(0, 0, "规章")
            sheet.write_number(0, 1, 7)
            sheet.very_hidden()
    return target.getvalue()


def by_xlwt(sheets: list[Sheet], layout: BookLayout, rng: Random) -> bytes:
    """The binary workbook xlwt writes of a report."""
    book = xlwt.Workbook(encoding="utf-8")
    looks: dict[str, Any] = {}
    for name, cells in place(sheets, layout, rng):
        sheet = book.add_sheet(name)
        for number in range(max(put.column + put.colspan for put in cells)):
            sheet.col(number).width = 256 * WIDTH
        for put in cells:
            look = looks.setdefault(put.code, xlwt.easyxf("border: left thin, top thin", num_format_str=put.code))
            sheet.write_merge(
                put.row, put.row + put.rowspan - 1, put.column, put.column + put.colspan - 1, put.value, look
            )
        if layout.unseen:
            below = 1 + max(put.row + put.rowspan for put in cells)
            sheet.write(below, 0, 7)
            sheet.row(below).hidden = True
            column = 1 + max(put.column + put.colspan for put in cells)
            sheet.write(0, column, OTHER)
            sheet.col(column).hidden = True
    if layout.unseen:
        sheet = book.add_sheet("hidden")
        sheet.write(0, 0, 7)
        sheet.visibility = rng.choice((1, 2))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


Writer = Callable[[list[Sheet], BookLayout, Random], bytes]
PRODUCERS: dict[str, Writer] = {"openpyxl": by_openpyxl, "XlsxWriter": by_xlsxwriter}
FLAGS = ("sheets", "margin", "unmerged", "typed", "grouped", "unseen")


def drawn(layout: Layout, rng: Random, *, grouped: bool = True) -> BookLayout:
    """A layout with some of what workbooks do."""
    fields = {name: getattr(layout, name) for name in Layout.__dataclass_fields__}
    flags = {name: rng.random() < 0.4 for name in FLAGS} | {"typed": rng.random() < 0.8}
    return BookLayout(**fields, **flags | {"grouped": grouped and flags["grouped"]})
