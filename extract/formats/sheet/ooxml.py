"""How the sheets of an .xlsx show their cells (ECMA-376 Part 1, 18.3 worksheets, 18.4 strings, 18.8 styles).

A sheet has thousands of cells and most look plain: their markup is searched for what is not, never walked.
"""

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from extract.document import Document, UnreadableFileError
from extract.formats.package import Package, parsed, part_name
from extract.formats.sheet.layout import MAX_CELLS, MAX_COLUMNS, number_of
from extract.formats.sheet.narrow import USUAL, At, Widths
from extract.formats.sheet.printed import BUILT_IN, GENERAL, UNKNOWN
from extract.formats.sheet.workbook import PLAIN, Look, Style, build
from extract.shown import DOUBTFUL, SPECK, TINY, UNSEEN, contrast, has_signs

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND = "a workbook"

# A cell of some styles as most producers write it, its place first; what stands elsewhere than in the field of most
# sheets, of so many rows and columns, or is written otherwise; any.
_ROWS = b"sheetData"
_CELL = rb'<c r="([A-Za-z]{1,3})(\d{1,7})"([^>]*\bs="0*(?:%s)"[^>]*)>'
_FAR_CELL = re.compile(rb'<c(?![\w.-]| r="[A-Za-z]\d{1,3}")')
_NEAR = 999, 26
_PREFIXED_CELL = re.compile(rb"<\w+:c[\s/>]")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c(?:(\s[^>]*)|/?)>")
_OF_STYLE = re.compile(rb'\bs="(\d{1,6})"')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^>]*)>")
_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_PLACE = re.compile(rb'\br="([A-Za-z]{1,3})(\d{1,7})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"|\b(?:ht|width)="0(?:\.0+)?"')
_MAY_HIDE = b'hidden="1"', b'hidden="true"', b'ht="0', b'width="0'
_CUT = re.compile(rb'\br="(\d{1,7})".*\bht="(?:[12](?:\.\d+)?|0?\.\d*[1-9]\d*)"')  # lower than the least type
_RANGE = re.compile(rb'\b(min|max)="(\d{1,5})"')
_USUAL = re.compile(rb'<(?:\w+:)?sheetFormatPr\b[^>]*\bdefaultColWidth="(\d{1,4}(?:\.\d+)?)"')
_WIDTH = re.compile(rb'\bwidth="(\d{1,4}(?:\.\d+)?)"')
_NO_ZEROS = re.compile(rb'<(?:\w+:)?sheetView\b[^>]*\bshowZeros="(?:0|false)"')
# A formula whose result the file does not hold, and any formula.
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></)"
)
_ANY_FORMULA = re.compile(rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b")
_STRING = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="s"[^>]*)>\s*<(?:\w+:)?v>(\d{1,7})<')
_INLINE = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="inlineStr"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_MARKS = re.compile(
    rb'<(?:\w+:)?(?:(?:strike|vertAlign|color|condense|extend)\b|sz\s[^>]*val="[0-2](?:\.\d+)?"|rFont\s[^>]*(?i:dings))'
)
_CONDITION = re.compile(rb"<(?:\w+:)?conditionalFormatting\b([^>]*)>(.*?)</(?:\w+:)?conditionalFormatting>", re.DOTALL)
_OF_RULE = re.compile(rb'\bdxfId="(\d{1,5})"')
_FIELDS = re.compile(rb"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")

_THEME = {"0": "FFFFFF", "1": "000000"}  # what every theme has for paper and ink
_INDEXED = {0: "000000", 1: "FFFFFF", 8: "000000", 9: "FFFFFF", 64: "000000", 65: "FFFFFF"}
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_OFF = ("0", "false", "none")
_LEAST_ROW, _LEAST_COLUMN = 10 * 12_700, 20 * 12_700  # English Metric Units
_AS_HELD = ("@", "general")

Colour = tuple[float, float, float]


def read(data: bytes) -> Document:
    """Parse an .xlsx.

    Raises UnreadableFileError where the container or a part is damaged, encrypted or larger than its limits.
    """
    package = Package(data, MEDIA_TYPE, KIND)
    if "xl/workbook.bin" in package:
        raise UnreadableFileError("found a binary workbook (.xlsb); expected .xlsx or .xls", MEDIA_TYPE)
    return build(data, MEDIA_TYPE, lambda: _looks(package))


def _local(node: etree._Element, name: str) -> Iterator[etree._Element]:
    """Elements of a name in any namespace: strict and transitional workbooks differ in theirs."""
    yield from node.iter(f"{{*}}{name}")


# -- styles ------------------------------------------------------------------------------------------------------------


class _Font(NamedTuple):
    """What of a font tells whether its text is seen and meant; no colour where nobody can tell it."""

    colour: Colour | None = _BLACK
    struck: bool = False
    raised: bool = False
    points: float = 11.0
    signs: bool = False


def _font(node: etree._Element | None) -> _Font:
    font = _Font()
    for part in node if node is not None else ():
        name, value = etree.QName(part).localname, part.get("val")
        if name == "strike":
            font = font._replace(struck=value not in _OFF)
        elif name == "vertAlign":
            font = font._replace(raised=value in ("superscript", "subscript"))
        elif name == "color":
            font = font._replace(colour=_colour(part))
        elif name == "sz":
            font = font._replace(points=_decimal(value, font.points))
        elif name in ("name", "rFont"):
            font = font._replace(signs=has_signs(value or ""))
    return font


def _style(font: _Font, ground: Colour | None, code: str = GENERAL) -> Style:
    """How text in a font is seen on a ground."""
    ratio = contrast(font.colour, ground) if font.colour and ground else 21.0
    hidden, doubtful = ratio < UNSEEN or font.points < SPECK, ratio < DOUBTFUL or font.points < TINY or font.signs
    return Style(code, "hidden" if hidden else "dim" if doubtful else "shown", font.struck, font.raised)


def _colour(node: etree._Element | None) -> Colour | None:
    """A colour (18.8.19), with its tint; None where only the theme of the file tells it."""
    if node is None:
        return None
    if (rgb := node.get("rgb")) and re.fullmatch(r"[0-9A-Fa-f]{6,8}", rgb):
        code = rgb[-6:]
    elif node.get("auto") in ("1", "true"):
        code = "000000"
    elif (number := node.get("indexed") or "").isdecimal() and int(number) in _INDEXED:
        code = _INDEXED[int(number)]
    elif node.get("theme") in _THEME:
        code = _THEME[node.get("theme") or "0"]
    else:
        return None
    tint = min(max(_decimal(node.get("tint"), 0.0), -1.0), 1.0)
    # Exact for grey, which is what theme and index tell here; other colours come as they are meant.
    red, green, blue = (
        part * (1 + tint) if tint < 0 else part * (1 - tint) + tint
        for part in (int(code[at : at + 2], 16) / 255 for at in (0, 2, 4))
    )
    return red, green, blue


def _decimal(value: str | None, other: float) -> float:
    """The number an attribute states, or else another."""
    return float(value) if value and re.fullmatch(r"-?\d+(?:\.\d+)?", value) else other


def _ground(fill: etree._Element | None) -> Colour | None:
    """The colour behind a cell: the paper's where nothing is filled; None where nobody can tell."""
    pattern = next(_local(fill, "patternFill"), None) if fill is not None else None
    if fill is None or (pattern is not None and (pattern.get("patternType") or "none") == "none"):
        return _WHITE
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    return _colour(next(_local(pattern, "fgColor"), None))


def _crossing(borders: list[etree._Element]) -> set[int]:
    """The borders that draw lines from corner to corner (18.8.4), by their numbers."""
    found = set()
    for number, border in enumerate(borders):
        drawn = any((line.get("style") or "none") != "none" for line in border.iterchildren("{*}diagonal"))
        if drawn and any(border.get(name) in ("1", "true") for name in ("diagonalUp", "diagonalDown")):
            found.add(number)
    return found


class _Styles(NamedTuple):
    """The cell formats of a workbook by their numbers, None for one that shows values plainly, the numbers of the
    formats under a condition that may hide or change what a cell shows, how large their type is for the usual one, and
    what finds the cells that do not show values plainly.
    """

    cells: tuple[Style | None, ...] = ()
    conditional: frozenset[int] = frozenset()
    scales: tuple[float, ...] = ()
    odd: re.Pattern[bytes] | None = None


@lru_cache(maxsize=64)
def _styles(content: bytes) -> _Styles:
    """Cell formats (18.8.10) and those under conditions (18.8.14). Files of one producer share them."""
    root = parsed(content, "xl/styles.xml", MEDIA_TYPE, KIND)
    codes = {f.get("numFmtId"): f.get("formatCode") or GENERAL for f in _local(root, "numFmt")}
    kinds = ("fonts", "fills", "borders", "cellXfs", "dxfs")
    listed = {name: list(next(root.iterchildren(f"{{*}}{name}"), ())) for name in kinds}
    fonts = dict(enumerate(map(_font, listed["fonts"])))
    grounds = dict(enumerate(map(_ground, listed["fills"])))
    crossing = _crossing(listed["borders"])
    usual = fonts.get(0, _Font()).points
    found: list[Style | None] = []
    scales = []
    for xf in listed["cellXfs"]:
        number, font_id, fill, border = (_index(xf.get(name)) for name in ("numFmtId", "fontId", "fillId", "borderId"))
        code, font = codes.get(str(number)) or BUILT_IN.get(number, UNKNOWN), fonts.get(font_id, _Font())
        style = _style(font, grounds.get(fill, _WHITE), GENERAL if code in _AS_HELD else code)
        style = style._replace(struck=style.struck or border in crossing)
        repeated, shrunk = _alignment(xf)
        style = style.doubted() if repeated else style
        found.append(None if style == PLAIN else style)
        scales.append(0.0 if shrunk else font.points / max(usual, SPECK))
    doubtful = (n for n, dxf in enumerate(listed["dxfs"]) if _may_hide(dxf))
    return _Styles(tuple(found), frozenset(doubtful), tuple(scales), _finder(found))


def _alignment(xf: etree._Element) -> tuple[bool, bool]:
    """Whether a text is repeated over the width of its cell, whether it is made to fit in (18.8.1)."""
    said = {name: value for part in xf.iterchildren("{*}alignment") for name, value in part.attrib.items()}
    return said.get("horizontal") == "fill", said.get("shrinkToFit") in ("1", "true")


def _finder(styles: list[Style | None]) -> re.Pattern[bytes] | None:
    """What finds the cells that do not show values plainly; None if all do."""
    odd = [b"%d" % number for number, style in enumerate(styles) if style]
    return re.compile(_CELL % b"|".join(odd)) if odd else None


def _may_hide(dxf: etree._Element) -> bool:
    if next(dxf.iterchildren("{*}numFmt"), None) is not None:
        return True
    font = next(dxf.iterchildren("{*}font"), None)
    fill = next(dxf.iterchildren("{*}fill"), None)
    ground = _WHITE if fill is None else _colour(next(_local(fill, "bgColor"), None))
    return font is not None and _style(_font(font), ground) != PLAIN


def _index(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdecimal() else 0


# -- strings in pieces -------------------------------------------------------------------------------------------------


def _marked_strings(package: Package) -> dict[int, str]:
    """The shared strings with pieces that are struck, raised or not seen, by their numbers."""
    if "xl/sharedStrings.xml" not in package:
        return {}
    content = package.content("xl/sharedStrings.xml")
    if not _has_marks(content):
        return {}
    root = package.parsed("xl/sharedStrings.xml", content)
    found = ((number, _rich(item)) for number, item in enumerate(root.iterchildren("{*}si")))
    return {number: text for number, text in found if text is not None}


def _has_marks(xml: bytes) -> bool:
    """Whether strings in pieces may be struck, raised or not seen."""
    return b"rPr" in xml and bool(_MARKS.search(xml))


def _inline(xml: bytes) -> dict[At, str]:
    found = {}
    for attributes, inner in _INLINE.findall(xml):
        if _MARKS.search(inner) and (at := _at(attributes)):
            # Prefixes are declared at the root of the sheet: their names are all that matters here.
            plain = re.sub(rb"(</?)\w+:", rb"\1", re.sub(rb"\s\w+:\w+=", b" x=", inner))
            text = _rich(parsed(b"<c>" + plain + b"</c>", "a cell", MEDIA_TYPE, KIND))
            if text is not None:
                found[at] = text
    return found


def _rich(item: etree._Element) -> str | None:
    """The text of a string in pieces, with marks; None where all of it is plain."""
    pieces, marked = [], False
    for run in item.iter("{*}r"):
        text = "".join(piece.text or "" for piece in run.iterchildren("{*}t"))
        pieces.append(_style(_font(next(run.iterchildren("{*}rPr"), None)), _WHITE).apply(text))
        marked |= pieces[-1] != text
    return "".join(pieces) if marked else None


# -- sheets ------------------------------------------------------------------------------------------------------------


def _looks(package: Package) -> Iterator[tuple[str, Look]]:
    workbook = package.tree("xl/workbook.xml")
    targets = {
        relation.get("Id"): (relation.get("Type") or "", relation.get("Target") or "")
        for relation in package.tree("xl/_rels/workbook.xml.rels")
    }
    styles = _styles(package.content("xl/styles.xml")) if "xl/styles.xml" in package else _Styles()
    strings = _marked_strings(package)
    recalculated = any(node.get("fullCalcOnLoad") in ("1", "true") for node in _local(workbook, "calcPr"))
    for sheet in _local(workbook, "sheet"):
        identity = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        kind, target = targets.get(identity, ("", ""))
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if kind.endswith("/worksheet") and name in package:
            content = package.content(name)
            look = _look(content, styles, strings, recalculated)
            if _is_drawn_on(content):
                for top, left, bottom, right in _covers(package, name):
                    look.cover(range(top, min(bottom + 1, look.rows)), range(left, min(right + 1, look.columns)))
            yield sheet.get("name") or "", look


def _is_drawn_on(xml: bytes) -> bool:
    """Whether a sheet refers to something drawn on it."""
    head, _, tail = _parts(xml)
    return b"drawing" in head or b"drawing" in tail


def _covers(package: Package, name: str) -> Iterator[tuple[int, int, int, int]]:
    """The fields (top, left, bottom, right) that pictures and filled shapes lie on (20.5.2.33 twoCellAnchor)."""
    folder, part = posixpath.split(name)
    relations = f"{folder}/_rels/{part}.rels"
    targets = [one.get("Target") or "" for one in package.tree(relations)] if relations in package else []
    for target in (part_name(posixpath.join(folder, one)) for one in targets if "drawings/drawing" in one):
        for anchor in package.tree(target) if target in package else ():
            sides = [_corner(anchor, "from"), _corner(anchor, "to")]
            if sides[0] is None or not _is_filled(anchor):
                continue
            (top, left), size = sides[0], next(_local(anchor, "ext"), None)
            bottom, right = sides[1] or (top, left)
            if sides[1] is None and size is not None:  # lines and columns are not lower or narrower
                bottom += int(_decimal(size.get("cy"), 0.0) / _LEAST_ROW)
                right += int(_decimal(size.get("cx"), 0.0) / _LEAST_COLUMN)
            yield top, left, bottom, right


def _corner(anchor: etree._Element, name: str) -> At | None:
    """The last cell that a corner lies in; on its edge it is none of that cell."""
    corner = next(anchor.iterchildren(f"{{*}}{name}"), None)
    if corner is None:
        return None
    row, below, column, beside = (_index(corner.findtext(f"{{*}}{one}")) for one in ("row", "rowOff", "col", "colOff"))
    return (row, column) if name == "from" else (row - (not below), column - (not beside))


def _is_filled(anchor: etree._Element) -> bool:
    """Whether what hangs on an anchor covers what is under it: pictures and charts do, shapes unless they say so."""
    shapes = [node for node in anchor if etree.QName(node).localname in ("sp", "pic", "graphicFrame", "grpSp")]
    looks = (next(_local(node, "spPr"), None) for node in shapes)
    return any(look is None or next(look.iterchildren("{*}noFill"), None) is None for look in looks)


def _at(attributes: bytes) -> At | None:
    found = _PLACE.search(attributes)
    return (int(found[2]) - 1, number_of(found[1].decode())) if found else None


def _parts(xml: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the rows of a sheet (views and columns), the rows, and what stands behind them (merges, rules,
    margins).
    """
    head, _, rest = xml.partition(_ROWS)
    rows, _, tail = rest.rpartition(_ROWS)
    return head, rows, tail


def _look(xml: bytes, styles: _Styles, strings: dict[int, str], recalculated: bool) -> Look:
    head, rows, _ = _parts(xml)
    prefixed = b":" in rows  # looking for prefixes takes long
    if _FAR_CELL.search(rows) or (prefixed and _PREFIXED_CELL.search(rows)):
        cells, look = _any_cells(rows)
    else:
        cells, look = styles.odd.findall(rows) if styles.odd else [], Look(*_NEAR)
    look.widths = _widths(head, rows, styles.scales)
    look.shows_zeros = not (b"showZeros" in head and _NO_ZEROS.search(head))
    # In the rows of most sheets some letters stand nowhere, and one is found in no time.
    has_heights = b"h" in rows
    if any(mark in head for mark in _MAY_HIDE) or (has_heights and any(mark in rows for mark in _MAY_HIDE)):
        _hide(look, head + rows)
    if odd := _odd_styles({attributes for _, _, attributes in cells}, styles):
        styled = [cell for cell in cells if cell[2] in odd]
        columns = {letters: number_of(letters.decode()) for letters in {letters for letters, _, _ in styled}}
        look.styles = {(int(row) - 1, columns[letters]): odd[attributes] for letters, row, attributes in styled}
    for number in (
        row[1] for row in map(_CUT.search, _ROW.findall(rows) if has_heights and b' ht="' in rows else ()) if row
    ):
        look.cover(range(int(number) - 1, int(number)), range(look.columns))
    if styles.conditional:
        _doubt(look, xml, styles.conditional)
    if strings:
        look.texts = {
            at: strings[int(n)]
            for attributes, n in _STRING.findall(rows)
            if int(n) in strings and (at := _at(attributes))
        }
    if b"P" in rows and b"inlineStr" in rows and _has_marks(rows):
        look.texts |= _inline(rows)
    if b"f" in rows and (b"<f" in rows or (prefixed and b":f" in rows)):
        formulas = (_ANY_FORMULA if recalculated else _FORMULA).findall(rows)
        look.unsure = frozenset(at for attributes in formulas if (at := _at(attributes)))
    return look


def _any_cells(xml: bytes) -> tuple[list[tuple[bytes, bytes, bytes]], Look]:
    """(the letters of the column, the number of the row and the attributes of each cell that says where it stands, a
    look that counts the field of all).
    """
    every = _ANY_CELL.findall(xml)
    if len(every) > MAX_CELLS:
        raise UnreadableFileError(f"found {len(every)} cells in a sheet; expected at most {MAX_CELLS}", MEDIA_TYPE)
    cells = [(*found.groups(), attributes) for attributes in every if (found := _PLACE.search(attributes))]
    rows = {int(number) for number in {number for _, number, _ in cells}}
    columns = {number_of(letters.decode()) for letters in {letters for letters, _, _ in cells}}
    look = Look(max(rows, default=0), max(columns, default=-1) + 1)
    if unplaced := len(every) - len(cells):
        look.rows, look.columns = look.rows + 1, look.columns + min(unplaced, 1_000)
    return cells, look


def _placed(rows: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """The letters of the column, the number of the row and the attributes of each cell that says where it stands."""
    return [
        (*found.groups(), attributes) for attributes in _ANY_CELL.findall(rows) if (found := _PLACE.search(attributes))
    ]


def _widths(head: bytes, rows: bytes, scales: tuple[float, ...]) -> Widths:
    usual = _USUAL.search(head)
    widths = Widths(float(usual[1]) if usual else USUAL, largest=max(scales, default=1.0))
    for column in _COLUMN.findall(head):
        if (wide := _WIDTH.search(column)) and len(ends := dict(_RANGE.findall(column))) == 2:
            numbers = range(int(ends[b"min"]) - 1, min(int(ends[b"max"]), MAX_COLUMNS))
            widths.columns.update(dict.fromkeys(numbers, float(wide[1])))
    placed: dict[At, float] = {}

    def scale(at: At) -> float:
        if not placed:
            for letters, number, attributes in _placed(rows):
                style = _OF_STYLE.search(attributes)
                index = int(style[1]) if style else 0
                placed[int(number) - 1, number_of(letters.decode())] = scales[index] if index < len(scales) else 1.0
        return placed.get(at, 1.0)

    widths.scale = scale
    return widths


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


def _odd_styles(attributes: set[bytes], styles: _Styles) -> dict[bytes, Style]:
    """The attributes of cells whose style matters, and that style."""
    odd: dict[bytes, Style] = {}
    for one in attributes:
        found = _OF_STYLE.search(one)
        if found and int(found[1]) < len(styles.cells) and (style := styles.cells[int(found[1])]):
            odd[one] = style
    return odd


def _doubt(look: Look, xml: bytes, formats: frozenset[int]) -> None:
    """Mark what a format under a condition (18.3.1.18) may hide, for the condition is not computed here."""
    for attributes, rules in _CONDITION.findall(xml):
        if formats.isdisjoint(map(int, _OF_RULE.findall(rules))):
            continue
        for left, top, right, bottom in _FIELDS.findall(attributes):
            first, last = number_of(left.decode()), number_of((right or left).decode())
            rows = range(int(top) - 1, min(int(bottom or top), look.rows))
            look.cover(rows, range(first, min(last + 1, look.columns)))
