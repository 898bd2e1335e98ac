"""What is drawn in tables beside their rulings and texts: it may strike a figure, hide it, be part of it or be one.

A page knows paths and pictures, not what they mean (ISO 32000-1, 8.5 and 8.9), and annotations that bring no appearance
are drawn as every viewer likes (12.5.5). No figure is read from any of these. A figure is marked that a line runs
through, that something of its size stands beside, or that an annotation lies over; so is a blank cell in which one of
them may be the figure.
"""

from typing import NamedTuple

import numpy

from extract.formats.drawn.lattice import LatticeCell, Page
from extract.formats.drawn.lines import DIGITS, UNCLEAR, Char, cell_text
from extract.formats.drawn.view import Box, grown
from extract.shown import DIM

_ALONG = 0.08  # of the height of a digit, from above and below: a line there runs along it
_TALLER, _WIDER = 1.5, 4.0  # for the height of a digit: what is larger stands for none
_OVERLAP = 0.2  # of the height of a digit, by which what stands beside it may reach over it
_LEAST, _MOST = 3.0, 30.0  # points of height: what is lower or higher is no figure
_CORNERS = 0.6  # of a cell, that lies between the ends of a line from corner to corner
_PART = 0.25  # of what may be a figure, or of its cell, that they have in common
_HAIR = 0.01
_BORDER = 1.0  # points within a cell where what belongs to its border may reach


class Note(NamedTuple):
    """An annotation without an appearance: where it lies, and whether it bears a text."""

    box: Box
    writes: bool


class Ink(NamedTuple):
    """Lines from a point to another, boxes of what may be a figure, digits a ruling cuts, annotations nobody drew."""

    strokes: list[Box]
    shapes: list[Box]
    cut: list[Box]
    notes: list[Note]


def doubt(page: Page, ink: Ink) -> None:
    """Mark the figures and blank cells of tables that some of this makes unsure."""
    if not (page.loose or any(ink)):
        return
    strokes, shapes, cut = map(Boxes, (ink.strokes + page.loose, ink.shapes + page.loose, ink.cut))
    notes = Boxes([note.box for note in ink.notes])
    written = Boxes([note.box for note in ink.notes if note.writes])
    for cell in (cell for table in page.tables for row in table.rows for cell in row):
        if cell.text:
            _doubt_digits(cell, strokes.near(cell.box), shapes.near(cell.box), notes.near(cell.box))
        elif _may_hold(cell, shapes.near(cell.box), cut.near(cell.box) + written.near(cell.box)):
            cell.text = UNCLEAR


def _may_hold(cell: LatticeCell, shapes: list[Box], parts: list[Box]) -> bool:
    """Whether a blank cell has something of the size of a figure, or a part of one."""
    left, top, right, bottom = grown(cell.box, -_BORDER)
    return any(common(part, cell.box) > _PART for part in parts) or any(
        left < x0 and x1 < right and top < y0 and y1 < bottom and _LEAST < y1 - y0 < _MOST for x0, y0, x1, y1 in shapes
    )


def _doubt_digits(cell: LatticeCell, strokes: list[Box], shapes: list[Box], notes: list[Box]) -> None:
    """Mark the digits of a cell that something runs through, stands beside or lies over."""
    if not (strokes or shapes or notes):
        return
    crossed = any(_crosses(stroke, cell.box) for stroke in strokes)

    def is_doubtful(char: Char) -> bool:
        return (
            crossed
            or any(_runs_through(stroke, char) for stroke in strokes)
            or any(_stands_beside(shape, char) for shape in shapes)
            or any(common(note, char[:4]) > _PART for note in notes)
        )

    doubtful = {char for char in cell.chars if char.glyph in DIGITS and is_doubtful(char)}
    if doubtful:
        cell.chars = [char._replace(glyph=char.glyph + DIM) if char in doubtful else char for char in cell.chars]
        cell.text = cell_text(cell.chars)


def _crosses(stroke: Box, cell: Box) -> bool:
    """Whether a line runs through a cell from corner to corner."""
    x0, y0, x1, y1 = stroke
    around = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return common(around, cell) > _CORNERS and _CORNERS < _size(around) / _size(cell) < 1 / _CORNERS


def _runs_through(stroke: Box, char: Char) -> bool:
    """Whether a line, from a point to another, runs through a character, and not along it."""
    x0, y0, x1, y1 = stroke
    along = _ALONG * (char.y1 - char.y0)
    begin, end = 0.0, 1.0
    for start, way, low, high in ((x0, x1 - x0, char.x0, char.x1), (y0, y1 - y0, char.y0 + along, char.y1 - along)):
        if way:
            first, last = sorted(((low - start) / way, (high - start) / way))
            begin, end = max(begin, first), min(end, last)
        elif not low < start < high:
            return False
    return begin < end


def _stands_beside(shape: Box, char: Char) -> bool:
    """Whether something as large as a sign stands on the line of a digit, next to it."""
    x0, y0, x1, y1 = shape
    height = char.y1 - char.y0
    return (
        y1 - y0 < _TALLER * height
        and x1 - x0 < _WIDER * height
        and char.y0 < (y0 + y1) / 2 < char.y1
        and -_OVERLAP * height < max(x0 - char.x1, char.x0 - x1) < height
    )


def common(one: Box, other: Box) -> float:
    """The part of the smaller of two boxes that lies in the other as well."""
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height) / min(map(_size, (one, other)))


def _size(box: Box) -> float:
    return max(_HAIR, (box[2] - box[0]) * (box[3] - box[1]))


class Boxes:
    """Boxes, or lines from a point to another, and which of them meet a box."""

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes = boxes
        sides = numpy.array(boxes).reshape(-1, 2, 2)
        self.low, self.high = sides.min(axis=1), sides.max(axis=1)

    def near(self, box: Box) -> list[Box]:
        """Those that meet it."""
        if not self.boxes:
            return []
        meet = (self.low <= box[2:]).all(axis=1) & (self.high >= box[:2]).all(axis=1)
        return [self.boxes[n] for n in numpy.flatnonzero(meet).tolist()]
