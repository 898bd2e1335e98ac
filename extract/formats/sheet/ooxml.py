"""The sheets of an .xlsx (ECMA-376 Part 1, 18.2 workbooks, 18.3 worksheets): what cells hold and how they look."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from extract.document import Document, UnreadableFileError
from extract.formats.package import Container, Package, parsed, part_name
from extract.formats.sheet.elements import named
from extract.formats.sheet.layout import check_size
from extract.formats.sheet.markup import Worksheet, column, worksheet
from extract.formats.sheet.narrow import At
from extract.formats.sheet.printed import GENERAL, Value, is_date, moment, shown
from extract.formats.sheet.seen import covers, measure, see
from extract.formats.sheet.strings import characters, in_pieces, shared, text_of
from extract.formats.sheet.styles import KIND, MEDIA_TYPE, Colour, Styles, cell_styles
from extract.formats.sheet.workbook import PLAIN, Content, Look, Style, build, check_sheets
from extract.labels import clean
from extract.shown import dim

_STYLE, _TYPE = re.compile(rb' s="(\d{1,6})"'), re.compile(rb' t="(\w+)"')
_NO_ZEROS = re.compile(rb'<sheetView\b[^<>]*\bshowZeros="(?:0|false)"')
_FORMULAS = re.compile(rb'<sheetView\b[^<>]*\bshowFormulas="(?:1|true)"')
_MERGE = re.compile(rb'<mergeCell [^<>]*\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_NUMERAL = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_SERIAL = "serial"  # a number in a format of dates
_DATES = (_SERIAL, "d")

_PACKAGE, _WORKBOOK = "_rels/.rels", "xl/workbook.xml"


def read(data: Container) -> Document:
    """Parse an .xlsx.

    Raises UnreadableFileError where the container or a part is damaged, encrypted or larger than its limits.
    """
    package = Package(data, MEDIA_TYPE, KIND)
    if "xl/workbook.bin" in package:
        raise UnreadableFileError("found a binary workbook (.xlsb); expected .xlsx or .xls", MEDIA_TYPE)
    try:
        return build(_contents(package), MEDIA_TYPE)
    except ValueError as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(f"found damage ({error}); expected a whole workbook", MEDIA_TYPE) from error


class _Book(NamedTuple):
    """What all sheets share: the visible ones (their names, their parts), the parts with styles and strings, whether
    formulas are computed anew when it is opened, the first year of its dates, and whether all its windows are hidden.
    """

    sheets: tuple[tuple[str, str], ...]
    styles: str
    strings: str
    is_stale: bool
    since_1904: bool
    is_hidden: bool


def _main_part(package: Package) -> str:
    """The name of the part with the workbook, as nearly all name it or as the package says."""
    if _WORKBOOK in package:
        return _WORKBOOK
    targets = (
        one.get("Target") for one in package.tree(_PACKAGE) if (one.get("Type") or "").endswith("/officeDocument")
    )
    return part_name(next(targets, None) or _WORKBOOK)


@lru_cache(maxsize=64)
def _book(main: str, content: bytes, relations: bytes) -> _Book:
    """A workbook (18.2.27) and its parts, by their relations. Files of one producer share them."""
    workbook, related = (parsed(xml, main, MEDIA_TYPE, KIND) for xml in (content, relations))
    folder = posixpath.dirname(main)
    targets = {
        one.get("Id"): (one.get("Type") or "", part_name(posixpath.join(folder, one.get("Target") or "")))
        for one in related
    }
    parts = {kind.rpartition("/")[2]: part for kind, part in targets.values()}
    windows = [node.get("visibility", "visible") for node in named(workbook, "workbookView")]
    return _Book(
        tuple(_visible(list(named(workbook, "sheet")), targets)),
        parts.get("styles", ""),
        parts.get("sharedStrings", ""),
        any(node.get("fullCalcOnLoad") in ("1", "true") for node in named(workbook, "calcPr")),
        any(node.get("date1904") in ("1", "true") for node in named(workbook, "workbookPr")),
        bool(windows) and "visible" not in windows,
    )


def _visible(sheets: list[etree._Element], targets: dict[str | None, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The names of the worksheets that are shown, and their parts."""
    check_sheets(len(sheets), MEDIA_TYPE)
    for sheet in sheets:
        if sheet.get("state", "visible") != "visible":
            continue
        identity = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        if identity not in targets:
            raise ValueError(f"no content of the sheet {sheet.get('name')}")
        kind, part = targets[identity]
        if kind.endswith("/worksheet"):
            yield sheet.get("name") or "", part


def _contents(package: Package) -> Iterator[Content]:
    main = _main_part(package)
    folder, name = posixpath.split(main)
    book = _book(main, package.content(main), package.content(posixpath.join(folder, "_rels", f"{name}.rels")))
    styles = cell_styles(package.content(book.styles)) if book.styles in package else Styles()
    strings = shared(package.content(book.strings), book.strings) if book.strings in package else []
    for name, part in book.sheets:
        sheet, look = worksheet(package.content(part), part), Look()
        measure(sheet.head, look.widths)
        look.widths.largest = max(styles.scales, default=1.0)
        look.shows_zeros = not _NO_ZEROS.search(sheet.head)
        texts, long = _Cells(book, styles, strings, look).texts(name, sheet)
        see(sheet, look, styles.conditional)
        if book.is_hidden:
            look.cover(0, 0, look.rows, look.columns)
        for cover in covers(package, part) if b"rawing" in sheet.tail else ():
            look.cover(*cover)
        merges = [
            (int(top) - 1, column(left), int(bottom) - 1, column(right))
            for left, top, right, bottom in _MERGE.findall(sheet.tail)
        ]
        yield Content(name, texts, long, merges, look)


# -- cells -------------------------------------------------------------------------------------------------------------


class _Cells:
    """What the cells of a sheet show (18.3.1.4)."""

    def __init__(self, book: _Book, styles: Styles, strings: list[str | bytes], look: Look) -> None:
        self.book, self.strings, self.look = book, strings, look
        self.said = _Attributes(styles)

    def texts(self, name: str, sheet: Worksheet) -> tuple[list[dict[int, str]], list[At]]:
        """(their texts, row by row and by their columns, the long numbers among them)."""
        look, said, texts, long = self.look, self.said, defaultdict[int, dict[int, str]](dict), list[At]()
        sizes: dict[At, float] = {}
        fitting, before = look.widths.fitting, b""
        row, line, last, is_ordered = 0, dict[int, str](), -1, True
        is_stale = self.book.is_stale or _FORMULAS.search(sheet.head)  # what is shown is not the result
        hides_zeros = not look.shows_zeros
        value: Value | bytes
        for letters, number, attributes, formula, written, plain, pieces in sheet.cells:
            if number != before:
                before, row, last = number, int(number) - 1, -1
                line = texts[row]
            at, (kind, style, code, scale) = column(letters), said[attributes]
            is_ordered, last = is_ordered and at > last, at
            if plain:
                value = text_of(plain)
                text = value if style is None else look.text(value, style)
            elif kind == "n" and written:
                text, value = _figure(written, code)
                if style is not None or hides_zeros:
                    text = look.text(value, style or Style(code))
            else:
                value = self.value(kind, written or b"")
                inner = pieces or value
                if isinstance(inner, bytes):
                    text = value = in_pieces(inner, said.grounds[attributes], style or PLAIN)
                else:
                    text = look.text(inner, style)
            line[at] = text
            if len(text) > fitting and not isinstance(value, str):
                long.append((row, at))
            if scale != 1:
                sizes[row, at] = scale
            if formula and (is_stale or not written):
                look.unsure.append((row, at))
        if not is_ordered:
            texts.update((row, dict(sorted(line.items()))) for row, line in texts.items())
        look.rows = max(texts, default=-1) + 1
        look.columns = max([next(reversed(line)) for line in texts.values()], default=-1) + 1
        check_size(name, look.rows, look.columns, MEDIA_TYPE)
        look.widths.scale = lambda at: sizes.get(at, 1.0)
        return [texts.get(row, {}) for row in range(look.rows)], long

    def value(self, kind: str, written: bytes) -> Value | bytes:
        """What a cell holds, by the type of its value (18.18.11); of a shared string in pieces, its markup."""
        text = characters(written)
        if kind == "s":
            return self.string(text) if text else ""
        if kind == "b":
            return text in ("1", "true")
        if kind == "n":
            return _number(text)
        if kind in _DATES:
            found = _moment(text, self.book) if kind == _SERIAL else _day(text)
            return found or dim(text)
        return text_of(written) if kind in ("str", "inlineStr", "e") else dim(text)

    def string(self, number: str) -> str | bytes:
        if not number.isdecimal() or int(number) >= len(self.strings):
            raise ValueError(f"found no shared string {number}")
        return self.strings[int(number)]


def _moment(text: str, book: _Book) -> Value:
    """What a number shows in a format of dates: a date, or itself where it stands for none."""
    number = _number(text)
    return number if isinstance(number, str) else moment(number, since_1904=book.since_1904) or number


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=65536)
def _figure(written: bytes, code: str) -> tuple[str, float | str]:
    """(what a number shows in a format, the number); what is none shows itself."""
    number = _number(characters(written))
    return number if isinstance(number, str) else shown(number, code), number


def _number(text: str) -> float | str:
    """A number as a file holds it: a double (18.3.1.96), of which a cell shows 15 digits; one it shows by an exponent
    bears a mark (`printed.held`). What is no number stays the text it is.
    """
    return float(text) if _NUMERAL.fullmatch(text) else clean(text)


class _Attributes(dict[bytes, tuple[str, Style | None, str, float]]):
    """What the attributes of a cell say: the type of its value, its style, its format, the size of its type."""

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self.styles = styles
        self.grounds: dict[bytes, Colour | None] = {}  # of cells with these attributes

    def __missing__(self, attributes: bytes) -> tuple[str, Style | None, str, float]:
        kind, found = _TYPE.search(attributes), _STYLE.search(attributes)
        number = int(found[1]) if found else 0
        style, scale, self.grounds[attributes] = self.styles.of(number)
        code, name = style.code if style else GENERAL, kind[1].decode() if kind else "n"
        if name == "n" and is_date(code):
            name = _SERIAL
        elif name == "n" and style == Style(code):
            style = None  # its format says all
        self[attributes] = told = name, style, code, scale
        return told
