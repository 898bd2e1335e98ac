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
from extract.formats.sheet.layout import MAX_COLUMNS, check_size, number_of
from extract.formats.sheet.markup import Worksheet, worksheet
from extract.formats.sheet.narrow import USUAL, At, Widths
from extract.formats.sheet.printed import GENERAL, Value, is_date, moment, shown
from extract.formats.sheet.strings import FOREIGN, characters, in_pieces, shared, text_of
from extract.formats.sheet.styles import (
    KIND,
    MEDIA_TYPE,
    Styles,
    cell_styles,
    decimal,
    index,
    is_dark,
    may_hide,
    named,
)
from extract.formats.sheet.workbook import Content, Look, Style, build, check_sheets
from extract.labels import clean
from extract.shown import dim

_STYLE, _TYPE = re.compile(rb' s="(\d{1,6})"'), re.compile(rb' t="(\w+)"')
_ROW, _COLUMN = re.compile(rb"<row\b([^>]*)>"), re.compile(rb"<col ([^>]*)>")
_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"|\b(?:ht|width)="0(?:\.0+)?"')
_MAY_HIDE = b'hidden="1"', b'hidden="true"', b'ht="0', b'width="0'
_LOW = re.compile(rb' ht="(?:[1-5](?:\.\d+)?|0?\.\d*[1-9]\d*)"')  # points; half of the usual type
_CUT = re.compile(rb'\br="(\d{1,7})".*' + _LOW.pattern)
_RANGE = re.compile(rb'\b(min|max)="(\d{1,5})"')
_USUAL = re.compile(rb'<sheetFormatPr\b[^>]*\bdefaultColWidth="(\d{1,4}(?:\.\d+)?)"')
_MEASURED = re.compile(rb'<col (?=[^>]*\bmin="(\d{1,5})")(?=[^>]*\bmax="(\d{1,5})")[^>]*\bwidth="(\d{1,5}(?:\.\d+)?)"')
_NO_ZEROS = re.compile(rb'<sheetView\b[^>]*\bshowZeros="(?:0|false)"')
_FORMULAS = re.compile(rb'<sheetView\b[^>]*\bshowFormulas="(?:1|true)"')
_MERGE = re.compile(rb'<mergeCell [^>]*\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_CONDITION = re.compile(rb"<(?:\w+:)?conditionalFormatting\b([^>]*)>(.*?)</(?:\w+:)?conditionalFormatting>", re.DOTALL)
_OF_RULE = re.compile(rb'\bdxfId="(\d{1,5})"')
_IN_RULE = re.compile(rb"<(?:\w+:)?dxf>.*?</(?:\w+:)?dxf>", re.DOTALL)
_NO_VALUE = re.compile(rb'<(?:\w+:)?(?:dataBar|iconSet)\b[^>]*\bshowValue="(?:0|false)"')  # in place of it a sign
_GROUNDS = re.compile(rb'<(?:\w+:)?(?:color|fillColor)\b[^>]*\brgb="([0-9A-Fa-f]{6,8})"')
_SQREF = re.compile(rb"sqref>([^<]*)<")
_CLIENT = re.compile(rb'<x:ClientData ObjectType="(\w+)"[^>]*>(.*?)</x:ClientData>', re.DOTALL)
_VML_ANCHOR = re.compile(rb"<x:Anchor>\s*(\d{1,7}(?:\s*,\s*\d{1,7}){7})\s*</x:Anchor>")
_VISIBLE = re.compile(rb"<x:Visible\s*/?>(?!\s*(?:False|f)\b)", re.IGNORECASE)
_PREFIX = re.compile(rb"(</?)\w+:")
_FIELDS = re.compile(rb"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")
_NUMERAL = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_SERIAL = "serial"  # a number in a format of dates
_DATES = (_SERIAL, "d")

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STYLES, _STRINGS = "xl/styles.xml", "xl/sharedStrings.xml"
_LEAST_ROW, _LEAST_COLUMN = 10 * 12_700, 20 * 12_700  # English Metric Units


def read(data: Container) -> Document:
    """Parse an .xlsx.

    Raises UnreadableFileError where the container or a part is damaged, encrypted or larger than its limits.
    """
    package = Package(data, MEDIA_TYPE, KIND)
    if "xl/workbook.bin" in package:
        raise UnreadableFileError("found a binary workbook (.xlsb); expected .xlsx or .xls", MEDIA_TYPE)
    try:
        return build(_contents(package), MEDIA_TYPE)
    except (ValueError, IndexError) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(f"found damage ({error}); expected a whole workbook", MEDIA_TYPE) from error


class _Book(NamedTuple):
    """What all sheets share: the visible ones (their names, their parts), whether formulas are computed anew when it is
    opened, the first year of its dates, and whether all its windows are hidden.
    """

    sheets: tuple[tuple[str, str], ...]
    is_stale: bool
    since_1904: bool
    is_hidden: bool


@lru_cache(maxsize=64)
def _book(content: bytes, relations: bytes) -> _Book:
    """A workbook (18.2.27). Files of one producer share them."""
    workbook, related = (
        parsed(xml, part, MEDIA_TYPE, KIND) for xml, part in ((content, _WORKBOOK), (relations, _RELATIONS))
    )
    targets = {one.get("Id"): (one.get("Type") or "", one.get("Target") or "") for one in related}
    windows = [node.get("visibility", "visible") for node in named(workbook, "workbookView")]
    return _Book(
        tuple(_visible(list(named(workbook, "sheet")), targets)),
        any(node.get("fullCalcOnLoad") in ("1", "true") for node in named(workbook, "calcPr")),
        any(node.get("date1904") in ("1", "true") for node in named(workbook, "workbookPr")),
        bool(windows) and "visible" not in windows,
    )


def _visible(sheets: list[etree._Element], targets: dict[str | None, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The names of the worksheets that are shown, and their parts."""
    check_sheets(len(sheets), MEDIA_TYPE)
    for sheet in sheets:
        identity = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        if identity not in targets:
            raise ValueError(f"no content of the sheet {sheet.get('name')}")
        kind, target = targets[identity]
        if sheet.get("state", "visible") == "visible" and kind.endswith("/worksheet"):
            yield sheet.get("name") or "", target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _contents(package: Package) -> Iterator[Content]:
    book = _book(package.content(_WORKBOOK), package.content(_RELATIONS))
    styles = cell_styles(package.content(_STYLES)) if _STYLES in package else Styles()
    strings = shared(package.content(_STRINGS), _STRINGS) if _STRINGS in package else []
    for name, part in book.sheets:
        sheet, look = worksheet(package.content(part), part), Look()
        _measure(sheet.head, look.widths)
        look.widths.largest = max(styles.scales, default=1.0)
        look.shows_zeros = not _NO_ZEROS.search(sheet.head)
        texts, long = _Cells(book, styles, strings, look).texts(name, sheet)
        _see(sheet, look, styles)
        if book.is_hidden:
            look.cover(0, 0, look.rows, look.columns)
        for cover in _covers(package, part) if b"rawing" in sheet.tail else ():
            look.cover(*cover)
        merges = [
            (int(top) - 1, _column(left), int(bottom) - 1, _column(right))
            for left, top, right, bottom in _MERGE.findall(sheet.tail)
        ]
        yield Content(name, texts, long, merges, look)


# -- cells -------------------------------------------------------------------------------------------------------------


class _Cells:
    """What the cells of a sheet show (18.3.1.4)."""

    def __init__(self, book: _Book, styles: Styles, strings: list[str], look: Look) -> None:
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
        value: Value
        for letters, number, attributes, formula, written, plain, pieces in sheet.cells:
            if number != before:
                before, row, last = number, int(number) - 1, -1
                line = texts[row]
            column, (kind, style, code, scale) = _column(letters), said[attributes]
            is_ordered, last = is_ordered and column > last, column
            if plain:
                value = text_of(plain)
                text = value if style is None else look.text(value, style)
            elif kind == "n" and written:
                text, value = _figure(written, code)
                if style is not None or hides_zeros:
                    text = look.text(value, style or Style(code))
            else:
                value = self.value(kind, written or b"", pieces)
                text = look.text(value, style)
            line[column] = text
            if len(text) > fitting and not isinstance(value, str):
                long.append((row, column))
            if scale != 1:
                sizes[row, column] = scale
            if formula and (is_stale or not written):
                look.unsure.append((row, column))
        if not is_ordered:
            texts.update((row, dict(sorted(line.items()))) for row, line in texts.items())
        look.rows = max(texts, default=-1) + 1
        look.columns = max([next(reversed(line)) for line in texts.values()], default=-1) + 1
        check_size(name, look.rows, look.columns, MEDIA_TYPE)
        look.widths.scale = lambda at: sizes.get(at, 1.0)
        return [texts.get(row, {}) for row in range(look.rows)], long

    def value(self, kind: str, written: bytes, pieces: bytes | None) -> Value:
        """What a cell holds, by the type of its value (18.18.11)."""
        if pieces:
            return in_pieces(pieces)
        text = characters(written)
        if kind == "s":
            return self.strings[int(text)] if text else ""
        if kind == "b":
            return text in ("1", "true")
        if kind == "n":
            return _number(text)
        if kind in _DATES:
            found = _moment(text, self.book) if kind == _SERIAL else _day(text)
            return found or dim(text)
        return text_of(written) if kind in ("str", "inlineStr", "e") else dim(text)


def _moment(text: str, book: _Book) -> Value:
    """What a number shows in a format of dates: a date, or itself where it stands for none."""
    number = _number(text)
    return number if isinstance(number, str) else moment(number, since_1904=book.since_1904) or number


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=MAX_COLUMNS)
def _column(letters: bytes) -> int:
    return number_of(letters.decode())


@lru_cache(maxsize=65536)
def _figure(written: bytes, code: str) -> tuple[str, float | str]:
    """(what a number shows in a format, the number); what is none shows itself."""
    number = _number(characters(written))
    return number if isinstance(number, str) else shown(number, code), number


def _number(text: str) -> float | str:
    """A number as a file holds it; what is none stays the text it is."""
    return float(text) if _NUMERAL.fullmatch(text) else clean(text)


class _Attributes(dict[bytes, tuple[str, Style | None, str, float]]):
    """What the attributes of a cell say: the type of its value, its style, its format, the size of its type."""

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self.styles = styles

    def __missing__(self, attributes: bytes) -> tuple[str, Style | None, str, float]:
        kind, found = _TYPE.search(attributes), _STYLE.search(attributes)
        number = int(found[1]) if found else 0
        style, scale = self.styles.of(number)
        code, name = style.code if style else GENERAL, kind[1].decode() if kind else "n"
        if name == "n" and is_date(code):
            name = _SERIAL
        elif name == "n" and style == Style(code):
            style = None  # its format says all
        self[attributes] = told = name, style, code, scale
        return told


# -- what stands around them -------------------------------------------------------------------------------------------


def _see(sheet: Worksheet, look: Look, styles: Styles) -> None:
    """What the markup around the cells says of how they are seen."""
    if any(mark in part for mark in _MAY_HIDE for part in (sheet.head, sheet.rows)):
        _hide(look, sheet.head + sheet.rows)
    if _LOW.search(sheet.rows):
        for row in filter(None, map(_CUT.search, _ROW.findall(sheet.rows))):
            look.cover(int(row[1]) - 1, 0, int(row[1]) - 1, look.columns)
    if b"conditionalFormatting" in sheet.tail:
        _doubt(look, sheet.tail, styles.conditional)


def _measure(head: bytes, widths: Widths) -> None:
    """Note how wide the columns are (18.3.1.13)."""
    usual = _USUAL.search(head)
    widths.usual = float(usual[1]) if usual else USUAL
    for first, last, width in _MEASURED.findall(head):
        for column in range(int(first) - 1, min(int(last), MAX_COLUMNS)):
            widths.columns[column] = float(width)


def _hide(look: Look, xml: bytes) -> None:
    """Note the hidden rows (18.3.1.73) and columns (18.3.1.13)."""
    look.hidden_rows = frozenset(
        int(found[1]) - 1 for row in _ROW.findall(xml) if _HIDDEN.search(row) and (found := _NUMBER.search(row))
    )
    look.hidden_columns = frozenset(
        number - 1
        for column in _COLUMN.findall(xml)
        if _HIDDEN.search(column) and len(ends := dict(_RANGE.findall(column))) == 2
        for number in range(int(ends[b"min"]), min(int(ends[b"max"]), look.columns) + 1)
    )


def _doubt(look: Look, xml: bytes, formats: frozenset[int]) -> None:
    """Mark what a format under a condition (18.3.1.18, [MS-XLSX] 2.6.3) may hide, for no condition is computed here."""
    for attributes, rules in _CONDITION.findall(xml):
        if not formats.isdisjoint(map(int, _OF_RULE.findall(rules))) or _may_hide(rules):
            for left, top, right, bottom in _FIELDS.findall(attributes + b"".join(_SQREF.findall(rules))):
                first, last = _column(left), _column(right or left)
                look.cover(int(top) - 1, first, int(bottom or top) - 1, last)


def _may_hide(rules: bytes) -> bool:
    """Whether rules show bars or signs without the value, paint its ground as dark as ink, or bear such formats."""
    if _NO_VALUE.search(rules) or any(map(is_dark, _GROUNDS.findall(_IN_RULE.sub(b"", rules)))):
        return True
    formats = (FOREIGN.sub(b"", _PREFIX.sub(rb"\1", one)) for one in _IN_RULE.findall(rules))
    return any(may_hide(parsed(one, "a rule of a sheet", MEDIA_TYPE, KIND)) for one in formats)


def _covers(package: Package, name: str) -> Iterator[tuple[int, int, int, int]]:
    """The fields (top, left, bottom, right) that pictures, filled shapes, controls and open notes lie on."""
    folder, part = posixpath.split(name)
    relations = f"{folder}/_rels/{part}.rels"
    targets = [one.get("Target") or "" for one in package.tree(relations)] if relations in package else []
    for target in (part_name(posixpath.join(folder, one)) for one in targets):
        if "drawings/drawing" in target and target in package:
            yield from _drawn(package.tree(target))
        elif "drawings/vmldrawing" in target and target in package:
            yield from _drawn_in_vml(package.content(target))


def _drawn_in_vml(xml: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Where controls and notes lie (20.2.2.3 anchor); VML is not always well-formed."""
    for kind, data in _CLIENT.findall(xml):
        anchor = _VML_ANCHOR.search(data)
        if anchor and (kind != b"Note" or _VISIBLE.search(data)):
            left, _, top, _, right, beside, bottom, below = map(int, anchor[1].split(b","))
            yield top, left, bottom - (not below), right - (not beside)


def _drawn(root: etree._Element) -> Iterator[tuple[int, int, int, int]]:
    """Where pictures and filled shapes lie (20.5.2.33 twoCellAnchor)."""
    for anchor in root:
        sides = [_corner(anchor, "from"), _corner(anchor, "to")]
        if sides[0] is None or not _is_filled(anchor):
            continue
        (top, left), size = sides[0], next(named(anchor, "ext"), None)
        bottom, right = sides[1] or (top, left)
        if sides[1] is None and size is not None:  # lines and columns are not lower or narrower
            bottom += int(decimal(size.get("cy"), 0.0) / _LEAST_ROW)
            right += int(decimal(size.get("cx"), 0.0) / _LEAST_COLUMN)
        yield top, left, bottom, right


def _corner(anchor: etree._Element, name: str) -> At | None:
    """The last cell that a corner lies in; on its edge it is none of that cell."""
    corner = next(anchor.iterchildren(f"{{*}}{name}"), None)
    if corner is None:
        return None
    row, below, column, beside = (index(corner.findtext(f"{{*}}{one}")) for one in ("row", "rowOff", "col", "colOff"))
    return (row, column) if name == "from" else (row - (not below), column - (not beside))


def _is_filled(anchor: etree._Element) -> bool:
    """Whether what hangs on an anchor covers what is under it: pictures and charts do, shapes unless they say so."""
    shapes = [node for node in anchor if etree.QName(node).localname in ("sp", "pic", "graphicFrame", "grpSp")]
    looks = (next(named(node, "spPr"), None) for node in shapes)
    return any(look is None or next(look.iterchildren("{*}noFill"), None) is None for look in looks)
