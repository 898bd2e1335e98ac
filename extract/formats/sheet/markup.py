"""The markup of a worksheet (ECMA-376 Part 1, 18.3): its cells, and what stands around them.

A sheet has hundreds of cells, and nearly all producers write them alike: one search finds them, and what it leaves must
be the tags of rows. A sheet written otherwise (with prefixes, comments, other quotation marks, cells that do not say
where they stand) is written anew as most are, from its tree.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import compress
from typing import NamedTuple

from lxml import etree

from extract.document import UnreadableFileError
from extract.formats.package import parsed
from extract.formats.sheet.elements import drop_namespaces, inside, is_utf8
from extract.formats.sheet.layout import MAX_CELLS, MAX_COLUMNS, letters, number_of
from extract.formats.sheet.styles import KIND, MEDIA_TYPE

# A run of cells that hold nothing, or one that holds something.
_BLANK = rb'<c r="[A-Z]++\d++"[^</>]*+(?:/>|></c>)'
_CELL = re.compile(
    _BLANK + rb"(?:" + _BLANK + rb')*+|<c r="([A-Z]++)([1-9]\d*+)"([^</>]*+)>(<f(?: [^<>]*)?(?:/>|>[^<]*</f>))?'
    rb'(?:<(?:v>([^<]*)</v>|v/>|is><t(?: xml:space="preserve")?>([^<]*)</t></is>|is>('
    + inside(b"is")
    + rb")</is>))?</c>"
)
_LEAST = len(b'<c r="A1"/>')
_PIECES = _CELL.groups + 1  # of each cell where the rows are split, with what stands before it
_ATTRIBUTES = rb'(?: [\w:.]+="[^"<&]*")*'
_TAGS_OF_ROWS = re.compile(rb"\s*(?:<row" + _ATTRIBUTES + rb" ?(?:/>|>\s*</row>)\s*)*")
_PLAIN = re.compile(_ATTRIBUTES)
_UNUSUAL = b"\t", b"\n", b"\r", b"<!", b"='", b"= ", b" =", b"&#"  # around the cells, where attributes are searched for
_ROOT = b"<worksheet"
_BEGIN, _END, _NO_ROWS = b"<sheetData>", b"</sheetData>", b"<sheetData/>"
_PLACE = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})")


# A cell as it is written: the letters of its column, the number of its row, its other attributes, its formula, its
# value, the text of a string, and the markup of one in pieces; None for what it lacks.
Written = tuple[bytes, bytes, bytes, bytes | None, bytes | None, bytes | None, bytes | None]


class Worksheet(NamedTuple):
    """What stands before the rows of a sheet (views and columns), the tags of the rows, the cells that hold something,
    to be taken once, all attributes of them, and what stands behind them (merges, rules, margins).
    """

    head: bytes
    rows: bytes
    cells: Iterator[Written]
    attributes: set[bytes]
    tail: bytes


def worksheet(xml: bytes, name: str) -> Worksheet:
    """The parts of a sheet; `name` is that of its part.

    Raises UnreadableFileError for what is damaged or has more cells than a report.
    """
    found = _found(xml) if is_utf8(xml) else None
    if found is None or not _is_usual(found):
        found = _found(_written_anew(parsed(xml, name, MEDIA_TYPE, KIND)))
    if found is None:
        raise UnreadableFileError(f"{name}: found no rows of cells; expected a worksheet", MEDIA_TYPE)
    return found


def _found(xml: bytes) -> Worksheet | None:
    """The parts of a sheet that is written as most are; None for another."""
    head, begin, rest = xml.partition(_BEGIN)
    rows, end, tail = rest.rpartition(_END) if begin else (b"", *xml.partition(_NO_ROWS)[1:])
    if not end:
        return None
    if len(rows) > MAX_CELLS * _LEAST and (count := rows.count(b"<c ")) > MAX_CELLS:
        message = f"found {count} cells in a sheet; expected at most {MAX_CELLS}"
        raise UnreadableFileError(message, MEDIA_TYPE)
    split = _CELL.split(rows)
    tags = b"".join(split[::_PIECES])
    if not _TAGS_OF_ROWS.fullmatch(tags):
        return None
    pieces = [split[at::_PIECES] for at in range(1, _PIECES)]
    cells = compress(zip(*pieces, strict=True), pieces[0])  # runs of blank cells have no place
    return Worksheet(head, tags, cells, set(filter(None, pieces[2])), tail)


def _is_usual(sheet: Worksheet) -> bool:
    """Whether what stands around the cells, and their attributes, are written as they are searched for."""
    around = sheet.head[sheet.head.find(_ROOT) :] + sheet.tail
    return not any(sign in around for sign in _UNUSUAL) and all(map(_PLAIN.fullmatch, sheet.attributes))


@lru_cache(maxsize=MAX_COLUMNS)
def column(name: bytes) -> int:
    """The column of that name, counted from 0."""
    return number_of(name.decode())


def _written_anew(root: etree._Element) -> bytes:
    """A sheet as most producers write it."""
    drop_namespaces(root)
    for rows in root.iter("sheetData"):
        rows.attrib.clear()
        rows[:] = [row for row in rows if row.tag == "row"]
        number = 0
        for row in rows:
            row[:] = [_cell_anew(cell) for cell in row if cell.tag == "c"]
            row.text = row.tail = None
            kept = {name: value for name in ("r", "hidden", "ht") if (value := row.get(name))}
            row.attrib.clear()
            row.attrib.update(kept)
            number = int(row.get("r") or number + 1)
            column = -1
            for cell in row:
                place = _PLACE.fullmatch(cell.get("r") or f"{letters(column + 1)}{number}")
                if place is None:
                    raise UnreadableFileError(f"found a cell at {cell.get('r')}; expected a place as A1", MEDIA_TYPE)
                column, number = number_of(place[1]), int(place[2])
                cell.set("r", f"{letters(column)}{number}")
    xml: bytes = etree.tostring(root, encoding="utf-8")
    return xml


def _cell_anew(cell: etree._Element) -> etree._Element:
    """A cell with its place first, and nothing in it but a formula and its value."""
    anew = etree.Element(
        "c", {"r": cell.get("r", "")} | {name: value for name in ("s", "t") if (value := cell.get(name))}
    )
    if cell.find("f") is not None:
        etree.SubElement(anew, "f")
    value, string = cell.find("v"), cell.find("is")
    if value is not None and (string is None or cell.get("t") != "inlineStr"):
        etree.SubElement(anew, "v").text = "".join(value.itertext())
    elif string is not None:
        anew.append(string)
        string.tail = None
    return anew
