"""The cells of an .xlsx by its XML alone: what the second reading of a workbook compares the first with.

No value is typed and no format applied; hidden sheets, rows and columns are left out as the file lists them.
"""

import posixpath
from collections.abc import Iterator

from lxml import etree

from extract.formats.package import Package
from extract.formats.sheet.layout import number_of
from extract.formats.sheet.printed import held
from extract.formats.sheet.styles import KIND, MEDIA_TYPE

_ON = ("1", "true")


def cells(data: bytes) -> Iterator[str]:
    """The text of each cell, row by row.

    Raises UnreadableFileError as the first reading does, ValueError for numbers that are none.
    """
    package = Package(data, MEDIA_TYPE, KIND)
    relations = package.tree("xl/_rels/workbook.xml.rels")
    targets = {one.get("Id"): posixpath.join("xl", one.get("Target") or "") for one in relations}
    strings: list[str] = []
    if "xl/sharedStrings.xml" in package:
        strings = [_text(item) for item in package.tree("xl/sharedStrings.xml").iterchildren("{*}si")]
    for sheet in package.tree("xl/workbook.xml").iter("{*}sheet"):
        identity = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        if sheet.get("state", "visible") == "visible" and (name := targets.get(identity, "").lstrip("/")) in package:
            yield from _rows(package.tree(name), strings)


def _rows(root: etree._Element, strings: list[str]) -> Iterator[str]:
    hidden = {
        number
        for column in root.iter("{*}col")
        if column.get("hidden") in _ON
        for number in range(int(column.get("min") or 1) - 1, min(int(column.get("max") or 1), 1 << 14))
    }
    for row in root.iter("{*}row"):
        for cell in row.iterchildren("{*}c") if row.get("hidden") not in _ON else ():
            letters = (cell.get("r") or "").rstrip("0123456789")
            if not letters or number_of(letters) not in hidden:
                yield _value(cell, strings)


def _value(cell: etree._Element, strings: list[str]) -> str:
    value = cell.findtext("{*}v") or ""
    kind = cell.get("t", "n")
    if kind == "s":
        return strings[int(value)]
    if kind == "n":
        return held(float(value)) if value else ""
    return value or _text(cell)


def _text(node: etree._Element) -> str:
    """The text of a string in pieces, without the readings above it."""
    return "".join(
        piece.text or ""
        for piece in node.iter("{*}t")
        if (holder := piece.getparent()) is None or etree.QName(holder).localname != "rPh"
    )
