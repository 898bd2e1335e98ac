"""What is drawn in front of the text of a Word file, and the rows of tables it may lie on.

A shape hangs on a paragraph and stands some way off; where that is on the page only the program knows that breaks its
lines. Lines have a least height, though: what a shape reaches over lines of that height it may cover, and what it
cannot reach it does not. Where a shape stands by the page, it is taken to reach its own height both ways.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from lxml import etree

from extract.formats.word.styles import w
from extract.formats.word.tables import End
from extract.shown import dim

LINE, ROW = 12.0, 14.0  # points: the least heights of a line of prose and of a row of a table
_CHARACTERS = 45  # of a line of prose, at most
_THIN = 3.0  # points: a line or less covers nothing, but strikes what it crosses
_CLEAR = 2.0  # points below the top of a row that a line may lie in without touching its text
_SEEN_THROUGH = 50_000  # of 100,000: what is fainter covers nothing

_P, _TR, _CELL, _TEXT = w("p tr tc t")
_PICTURES = w("pict object")
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_ANCHOR = f"{_DRAWN}anchor"
_VML, _WRAP = "{urn:schemas-microsoft-com:vml}", "{urn:schemas-microsoft-com:office:word}wrap"
_SHAPES_2010 = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
_SHAPE = f"{_SHAPES_2010}wsp"
_LINES = re.compile("line$|straightConnector")
_LINE_OF_VML = f"{_VML}line"
_OF_VML = tuple(_VML + name for name in ("rect", "roundrect", "oval", "shape", "polyline", "group"))
_FILLS = tuple(_MAIN + name for name in ("solidFill", "gradFill", "pattFill", "blipFill"))
_UNITS = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75, "pc": 12.0}
_EMU = 12_700  # of a point
_MEASURE = re.compile(r"([a-z-]+)\s*:\s*(-?[\d.]+)(pt|in|cm|mm|px|pc)?\s*(?:;|$)")


_DOWN = re.compile(r",\s*(-?[\d.]+)(pt|in|cm|mm|px|pc)?\s*$")


class Cover(NamedTuple):
    """What lies in front of the text: the paragraph or row it hangs on, and how far it reaches above and below that."""

    at: int
    up: float
    down: float


def cover(at: int, top: float | None, height: float) -> Cover | None:
    """A shape of a height, in points, its top so far below that of what it hangs on (None: it stands by the page)."""
    if height < _THIN:
        return line(at, top, height)
    return Cover(at, height, height) if top is None else Cover(at, -top, top + height)


def line(at: int, top: float | None, height: float) -> Cover | None:
    """A line, which strikes what it crosses: where it stands by the page, what it hangs on; of the rows below one that
    slants only the first, for such lines divide the heads of tables.
    """
    if top is None:
        return Cover(at, 0, 1)
    bottom = top + min(max(height, 1), ROW)
    return Cover(at, -top, bottom) if abs(bottom) > _CLEAR else None


def covered(covers: Iterable[Cover], heights: Sequence[float]) -> list[int]:
    """Which of the paragraphs and rows, of such least heights, may be covered."""
    tops = list(accumulate(heights, initial=0.0))
    changes = [0] * (len(heights) + 1)  # how many covers begin or end before each
    for at, up, down in covers:
        first = bisect_right(tops, tops[at] - up) - 1 if up > 0 else at
        last = bisect_left(tops, tops[at] + down) if down > 0 else at
        if first < last:
            changes[max(first, 0)] += 1
            changes[min(last, len(heights))] -= 1
    return [number for number, count in enumerate(accumulate(changes[:-1])) if count]


def height(text: str) -> float:
    """The least height of a paragraph."""
    return LINE * (1 + len(text) // _CHARACTERS)


# -- paragraphs in a row -----------------------------------------------------------------------------------------------


def under(paragraphs: Sequence[tuple[str, End]], covers: Iterable[Cover]) -> Iterator[tuple[str, End]]:
    """The same paragraphs, those of rows that may be covered marked; covers hang on paragraphs, by their numbers."""
    items: list[int] = []  # of each paragraph: the paragraph or row it is part of
    heights: list[float] = []
    in_row = False
    for text, end in paragraphs:
        if not in_row:
            heights.append(ROW if end.depth else height(text))
        items.append(len(heights) - 1)
        in_row = bool(end.depth) and not (end.ends_row and end.depth == 1)
    hidden = set(covered([one._replace(at=items[min(one.at, len(items) - 1)]) for one in covers], heights))
    for (text, end), item in zip(paragraphs, items, strict=True):
        yield (dim(text) if end.depth and item in hidden else text), end


# -- the tree of a .docx -----------------------------------------------------------------------------------------------


def mark(root: etree._Element) -> None:
    """Mark the text of the rows that shapes of a tree may cover."""
    shapes = [*root.iter(_ANCHOR), *root.iter(*_OF_VML)]
    shapes += (line for holder in root.iter(*_PICTURES) for line in holder.iter(_LINE_OF_VML))
    if not shapes:
        return
    items = [node for node in root.iter(_P, _TR) if node.tag == _TR or next(node.iterancestors(_CELL), None) is None]
    rows = [number for number in covered(_covers(shapes, items), list(map(_height, items))) if items[number].tag == _TR]
    for text in (text for number in rows for text in items[number].iter(_TEXT)):
        text.text = dim(text.text or "")


def _covers(shapes: list[etree._Element], items: list[etree._Element]) -> Iterator[Cover]:
    numbers = {node: number for number, node in enumerate(items)}
    for shape in shapes:
        holder = next((node for node in shape.iterancestors(_P, _TR) if node in numbers), None)
        reach = _anchored(shape) if shape.tag == _ANCHOR else _vml(shape)
        made = line if _is_line(shape) else cover
        if holder is not None and reach and (found := made(numbers[holder], *reach)):
            yield found


def _height(node: etree._Element) -> float:
    return ROW if node.tag == _TR else height("".join(text.text or "" for text in node.iter(_TEXT)))


def _anchored(anchor: etree._Element) -> tuple[float | None, float] | None:
    """(top, height) of a drawing in front of the text (20.4.2.3), None for one that is not, or lets it through."""
    behind = anchor.get("behindDoc") in ("1", "true")
    lies_on = _is_line(anchor) or (not behind and _is_filled(anchor))
    if anchor.find(f"{_DRAWN}wrapNone") is None or not lies_on:
        return None
    extent, position = anchor.find(f"{_DRAWN}extent"), anchor.find(f"{_DRAWN}positionV")
    tall = _emu(extent.get("cy") if extent is not None else None)
    offset = position.findtext(f"{_DRAWN}posOffset") if position is not None else None
    near = position is not None and position.get("relativeFrom") in ("paragraph", "line") and offset
    return (_emu(offset) if near else None), tall


def _is_line(shape: etree._Element) -> bool:
    """Whether a drawing is a line that is drawn, which nothing fills (20.1.10.55 ST_ShapeType; Part 4, 19.1.2.12)."""
    if shape.tag != _ANCHOR:
        return shape.tag == _LINE_OF_VML and shape.get("stroked") not in ("f", "false", "0")
    shapes = list(shape.iter(_SHAPE))
    forms = [form for form in shape.iter(f"{_MAIN}prstGeom") if _LINES.match(form.get("prst") or "")]
    lines = (edge for form in forms for edge in form.itersiblings(f"{_MAIN}ln"))
    return 0 < len(shapes) == len(forms) and all(edge.find(f"{_MAIN}noFill") is None for edge in lines)


def _is_filled(anchor: etree._Element) -> bool:
    """Whether something in a drawing is filled: shapes say so themselves or by their style, all else is."""
    shapes = list(anchor.iter(_SHAPE))
    if not shapes:
        return True
    for shape in shapes:
        looks = next(shape.iter(f"{_SHAPES_2010}spPr"), None)
        if looks is not None and looks.find(f"{_MAIN}noFill") is not None:
            continue
        fill = next((part for part in looks if part.tag in _FILLS), None) if looks is not None else None
        styled = next(shape.iter(f"{_MAIN}fillRef"), None)
        if fill is None and (styled is None or styled.get("idx") == "0"):
            continue
        alphas = fill.iter(f"{_MAIN}alpha") if fill is not None else ()
        if all(_emu(alpha.get("val")) * _EMU > _SEEN_THROUGH for alpha in alphas):
            return True
    return False


def _vml(shape: etree._Element) -> tuple[float | None, float] | None:
    """The same of a shape of VML (Part 4, 19.1.2)."""
    said = (shape.get("style") or "").replace(" ", "")
    is_line = _is_line(shape)
    measures = {name: float(number) * _UNITS.get(unit, 1.0) for name, number, unit in _MEASURE.findall(said)}
    grouped = (parent := shape.getparent()) is not None and parent.tag == f"{_VML}group"
    wrap = shape.find(_WRAP)
    flows = wrap is not None and wrap.get("type") not in (None, "none")
    floats = "position:absolute" in said and (is_line or measures.get("z-index", 0) >= 0)
    if grouped or flows or not floats or not (is_line or _is_filled_vml(shape)):
        return None
    top, tall = measures.get("margin-top", measures.get("top", 0.0)), measures.get("height", 0.0)
    if shape.tag == _LINE_OF_VML:
        ends = [_length(shape.get(name)) for name in ("from", "to")]
        top, tall = top + min(ends), max(ends) - min(ends)
    by_page = re.search("mso-position-vertical-relative:(?:page|margin)", said)
    return (None if by_page else top), tall


def _length(point: str | None) -> float:
    """How far down a point of VML lies, in points."""
    found = _DOWN.search(point or "")
    return float(found[1]) * _UNITS.get(found[2], 0.75) if found else 0.0


def _is_filled_vml(shape: etree._Element) -> bool:
    """Whether a shape is filled, as all are that do not say otherwise, or holds a picture."""
    if next(shape.iter(f"{_VML}imagedata"), None) is not None or shape.tag == f"{_VML}group":
        return True
    faint = any((fill.get("opacity") or "1") in ("0", "0f") for fill in shape.iter(f"{_VML}fill"))
    return shape.get("filled") not in ("f", "false", "0") and not faint


def _emu(value: str | None) -> float:
    """English Metric Units as points."""
    found = (value or "").strip()
    return int(found) / _EMU if re.fullmatch(r"-?\d{1,12}", found) else 0.0
