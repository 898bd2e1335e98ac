"""How the cells of an .xlsx are seen, by what stands around them: sizes of rows and columns, formats under conditions,
what is drawn on the sheet (ECMA-376 Part 1, 18.3 worksheets, 20.5 drawings; [MS-XLSX] 2.6.3).
"""

import posixpath
import re
from collections.abc import Iterator

from lxml import etree

from extract.formats.package import Package, parsed, part_name
from extract.formats.sheet.elements import FOREIGN, decimal, index, inside, named
from extract.formats.sheet.layout import MAX_COLUMNS
from extract.formats.sheet.markup import Worksheet, column
from extract.formats.sheet.narrow import USUAL, At, Widths
from extract.formats.sheet.styles import KIND, MEDIA_TYPE, is_dark, may_hide
from extract.formats.sheet.workbook import Look

_ROW, _COLUMN = re.compile(rb"<row\b([^<>]*)>"), re.compile(rb"<col ([^<>]*)>")
_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"|\b(?:ht|width)="0(?:\.0+)?"')
_MAY_HIDE = b'hidden="1"', b'hidden="true"', b'ht="0', b'width="0'
_LOW = re.compile(rb' ht="(?:[1-5](?:\.\d+)?|0?\.\d*[1-9]\d*)"')  # points; half of the usual type
_CUT = re.compile(rb'\br="(\d{1,7})".*' + _LOW.pattern)
_RANGE = re.compile(rb'\b(min|max)="(\d{1,5})"')
_USUAL = re.compile(rb'<sheetFormatPr\b[^<>]*\bdefaultColWidth="(\d{1,4}(?:\.\d+)?)"')
_MEASURED = re.compile(
    rb'<col (?=[^<>]*\bmin="(\d{1,5})")(?=[^<>]*\bmax="(\d{1,5})")[^<>]*\bwidth="(\d{1,5}(?:\.\d+)?)"'
)
_CONDITION, _END_OF_CONDITION = re.compile(rb"<(?:\w+:)?conditionalFormatting\b"), b"conditionalFormatting>"
_OF_RULE = re.compile(rb'\bdxfId="(\d{1,5})"')
_IN_RULE = re.compile(rb"<(?:\w+:)?dxf>" + inside(rb"(?:\w+:)?dxf") + rb"</(?:\w+:)?dxf>")
_NO_VALUE = re.compile(rb'<(?:\w+:)?(?:dataBar|iconSet)\b[^<>]*\bshowValue="(?:0|false)"')  # in place of it a sign
_GROUNDS = re.compile(rb'<(?:\w+:)?(?:color|fillColor)\b[^<>]*\brgb="([0-9A-Fa-f]{6,8})"')
_SQREF = re.compile(rb"sqref>([^<]*)<")
_CLIENT = re.compile(rb'<x:ClientData ObjectType="(\w+)"[^<>]*>(' + inside(b"x:ClientData") + rb")</x:ClientData>")
_VML_ANCHOR = re.compile(rb"<x:Anchor>\s*(\d{1,7}(?:\s*,\s*\d{1,7}){7})\s*</x:Anchor>")
_VISIBLE = re.compile(rb"<x:Visible\s*/?>(?!\s*(?:False|f)\b)", re.IGNORECASE)
_PREFIX = re.compile(rb"(</?)\w+:")
_FIELDS = re.compile(rb"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")
_LEAST_ROW, _LEAST_COLUMN = 10 * 12_700, 20 * 12_700  # English Metric Units


def see(sheet: Worksheet, look: Look, formats: frozenset[int]) -> None:
    """Note hidden rows and columns, and what may hide cells; `formats` under a condition do."""
    if any(mark in part for mark in _MAY_HIDE for part in (sheet.head, sheet.rows)):
        _hide(look, sheet.head + sheet.rows)
    if _LOW.search(sheet.rows):
        for row in filter(None, map(_CUT.search, _ROW.findall(sheet.rows))):
            look.cover(int(row[1]) - 1, 0, int(row[1]) - 1, look.columns)
    if b"conditionalFormatting" in sheet.tail:
        _doubt(look, sheet.tail, formats)


def measure(head: bytes, widths: Widths) -> None:
    """Note how wide the columns are (18.3.1.13)."""
    usual = _USUAL.search(head)
    widths.usual = float(usual[1]) if usual else USUAL
    for first, last, width in _MEASURED.findall(head):
        widths.columns |= dict.fromkeys(range(int(first) - 1, min(int(last), MAX_COLUMNS)), float(width))


def _hide(look: Look, xml: bytes) -> None:
    """Note the hidden rows (18.3.1.73) and columns (18.3.1.13)."""
    look.hidden_rows = frozenset(
        int(found[1]) - 1 for row in _ROW.findall(xml) if _HIDDEN.search(row) and (found := _NUMBER.search(row))
    )
    look.hidden_columns = frozenset(
        number - 1
        for col in _COLUMN.findall(xml)
        if _HIDDEN.search(col) and len(ends := dict(_RANGE.findall(col))) == 2
        for number in range(int(ends[b"min"]), min(int(ends[b"max"]), look.columns) + 1)
    )


def _doubt(look: Look, xml: bytes, formats: frozenset[int]) -> None:
    """Mark what a format under a condition (18.3.1.18, [MS-XLSX] 2.6.3) may hide, for no condition is computed here."""
    for condition in _CONDITION.split(xml)[1:]:
        attributes, _, behind = condition.partition(b">")
        rules = behind.partition(_END_OF_CONDITION)[0]
        if not formats.isdisjoint(map(int, _OF_RULE.findall(rules))) or _may_hide(rules):
            for left, top, right, bottom in _FIELDS.findall(attributes + b"".join(_SQREF.findall(rules))):
                first, last = column(left), column(right or left)
                look.cover(int(top) - 1, first, int(bottom or top) - 1, last)


def _may_hide(rules: bytes) -> bool:
    """Whether rules show bars or signs without the value, paint its ground as dark as ink, or bear such formats."""
    if _NO_VALUE.search(rules) or any(map(is_dark, _GROUNDS.findall(_IN_RULE.sub(b"", rules)))):
        return True
    formats = (FOREIGN.sub(b"", _PREFIX.sub(rb"\1", one)) for one in _IN_RULE.findall(rules))
    return any(may_hide(parsed(one, "a rule of a sheet", MEDIA_TYPE, KIND)) for one in formats)


def covers(package: Package, name: str) -> Iterator[tuple[int, int, int, int]]:
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
