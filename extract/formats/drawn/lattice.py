"""From rulings and characters to tables.

A drawn page does not say "table". As in other readers of drawn tables, pieces of lines that are in line are joined into
rulings, rulings that intersect, directly or through others, make a lattice, close ones snap to one grid line, and a
cell is a rectangle that no ruling crosses. All coordinates are points in reading direction: x to the right, y down.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import NamedTuple

from extract.document import UnreadableFileError
from extract.formats.drawn.lines import NUMERALS, UNCLEAR, Char, TextLine, cell_text, text_lines
from extract.formats.drawn.view import Box

MAX_CELLS = 20_000

# Rulings come in pieces that miss each other by a hair, and tables of spaced cells draw every line twice, up to 2.3
# points apart. Print is at least 5 points high.
SNAP = 3.0
NEAR = 2 * SNAP  # between the halves of a table
NOWHERE = -2 * NEAR
_SHORT = 5.0
_AT_EDGE = 2.0  # points; no printer reaches there
_STRAIGHT = 0.5
_NEXT = 1  # in the order of characters; those of one piece of an OFD file share theirs


_AT, _START, _END = map(itemgetter, range(3))  # of a ruling
_BOX = attrgetter("box")


class Ruling(NamedTuple):
    """A straight line along one axis, or a piece of one."""

    at: float
    start: float
    end: float


new_ruling = partial(tuple.__new__, Ruling)  # from its fields in a tuple


@dataclass(slots=True, eq=False)
class LatticeCell:
    """A cell of a lattice: the numbers of the grid lines on its sides, its place, and what stands in it.

    `start` and `end` are measured from the left edge of its table.
    """

    left: int
    top: int
    right: int
    bottom: int
    box: Box
    start: float = 0
    end: float = 0
    page: int = 0
    chars: list[Char] = field(default_factory=list)
    text: str = ""


@dataclass(slots=True, eq=False)
class Table:
    """A ruled table of one page; a row holds the cells that begin at its height.

    `columns` are the left edges of its grid columns, counted from its own left edge; `labels` is that of the last one
    that names lines.
    """

    y0: float
    width: float
    rows: list[list[LatticeCell]]
    columns: list[float]
    labels: float = NOWHERE


@dataclass(slots=True, eq=False)
class Page:
    """Lines outside tables, and tables, from top to bottom; lines drawn in tables that are no rulings of theirs."""

    blocks: list[TextLine | Table]
    loose: list[Box] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        """The tables, from top to bottom."""
        return [block for block in self.blocks if isinstance(block, Table)]

    @property
    def lines(self) -> list[TextLine]:
        """The lines outside tables, from top to bottom."""
        return [block for block in self.blocks if isinstance(block, TextLine)]

    def doubt_cut(self, sides: Box) -> None:
        """Mark the figures of cells that reach the edge of the paper: a table wider than it is cut there."""
        for cell in (cell for table in self.tables for row in table.rows for cell in row):
            at_edge = cell.box[0] < sides[0] + _AT_EDGE or cell.box[2] > sides[2] - _AT_EDGE
            if at_edge and (not cell.text or any(map(str.isdigit, cell.text))):
                cell.text += UNCLEAR


def lay_out(number: int, chars: list[Char], across: list[Ruling], down: list[Ruling]) -> Page:
    """The page of this number that shows these characters and draws these pieces of rulings."""
    kept: list[_Lattice] = []
    lattices, loose = _lattices(across, down)
    for lattice in sorted(lattices, key=attrgetter("area")):
        rest = lattice.fill(chars)
        # A box around a text or around tables is layout: what it holds is offered to the next larger one.
        filled = sum(bool(cell.chars) for cell in lattice.cells)
        if (filled > 1 or (filled and len(lattice.cells) > 3)) and not any(map(lattice.frames, kept)):
            kept.append(lattice)
            chars = rest
        else:
            loose += _lines(*lattice.drawn)
    blocks: list[TextLine | Table] = [*text_lines(chars), *(lattice.table(number) for lattice in kept)]
    inside = [line for line in loose if any(lattice.meets(line) for lattice in kept)]
    return Page(sorted(blocks, key=attrgetter("y0")), inside)


def boxes(across: list[Ruling], down: list[Ruling]) -> list[Box]:
    """The boxes of the cells between pieces of rulings; those around whole tables are left out."""
    lattices, _ = _lattices(across, down)
    return [
        box
        for lattice in lattices
        for box in map(_BOX, lattice.cells)
        if not any(o.x0 > box[0] and o.y0 > box[1] and o.x1 < box[2] and o.y1 < box[3] for o in lattices)
    ]


# -- from pieces to rulings, from rulings to lattices ------------------------------------------------------------------


def join(pieces: list[Ruling]) -> list[Ruling]:
    """Whole rulings from pieces that are in line and nearly touch."""
    return _by_length(_joined(pieces))[0]


def _joined(pieces: list[Ruling]) -> list[Ruling]:
    """The same, and what is too short to be a ruling."""
    found: list[Ruling] = []
    group: list[Ruling] = []
    for piece in sorted(pieces):
        if group and piece[0] - group[0][0] > _STRAIGHT:
            found += _in_line(group)
            group = []
        group.append(piece)
    return [*found, *_in_line(group)]


def _in_line(pieces: list[Ruling]) -> Iterator[Ruling]:
    """Rulings from pieces that are in line: what nearly touches is one, at the place of its first piece."""
    if not pieces:
        return
    pieces.sort(key=_START)
    at, start, end = pieces[0]
    for _, begin, behind in pieces:
        if begin > end + SNAP:
            yield new_ruling((at, start, end))
            start, end = begin, behind
        elif behind > end:
            end = behind
    yield new_ruling((at, start, end))


def _lattices(across: list[Ruling], down: list[Ruling]) -> tuple[list["_Lattice"], list[Box]]:
    """A lattice of each group of rulings that hang together, directly or through others, and lines that do not."""
    (across, short_across), (down, short_down) = map(_by_length, (_joined(across), _joined(down)))
    touching = _intersect(across, down)
    lone = [ruling for j, ruling in enumerate(down) if ~j not in touching]
    apart = [ruling for i, ruling in enumerate(across) if i not in touching]
    loose = _lines(short_across + apart, short_down + lone)
    found = []
    seen: set[int] = set()
    for start in list(touching):
        group = [start] if start not in seen else []
        seen.add(start)
        for member in group:
            fresh = [other for other in touching[member] if other not in seen]
            seen.update(fresh)
            group += fresh
        if group:
            found.append(_Lattice([across[i] for i in group if i >= 0], [down[~i] for i in group if i < 0], lone))
    return found, loose


def _by_length(lines: list[Ruling]) -> tuple[list[Ruling], list[Ruling]]:
    """Rulings, and what is too short to be one."""
    short = [line for line in lines if line[2] - line[1] < _SHORT]
    return [line for line in lines if line[2] - line[1] >= _SHORT] if short else lines, short


def _lines(across: Iterable[Ruling], down: Iterable[Ruling]) -> list[Box]:
    """Rulings as lines from a point to another."""
    return [(start, at, end, at) for at, start, end in across] + [(at, start, at, end) for at, start, end in down]


def _intersect(across: list[Ruling], down: list[Ruling]) -> dict[int, list[int]]:
    """Which rulings touch which: numbers of `across`, and of `down` with all bits turned."""
    touching: dict[int, list[int]] = defaultdict(list)
    reaches = [(j, x, y0 - SNAP, y1 + SNAP) for j, (x, y0, y1) in enumerate(down)]
    for i, (y, start, end) in enumerate(across):
        x0, x1 = start - SNAP, end + SNAP
        for j, x, y0, y1 in reaches:
            if x0 <= x <= x1 and y0 <= y <= y1:
                touching[i].append(~j)
                touching[~j].append(i)
    return touching


def _snap(rulings: list[Ruling], others: list[Ruling]) -> tuple[list[float], list[Ruling]]:
    """Where grid lines run, and the rulings moved there: close ones are one, and others may end beyond the last."""
    groups: list[list[Ruling]] = []
    group: list[Ruling] = []
    first = -math.inf
    for ruling in sorted(rulings):
        if not ruling[0] - first <= SNAP:
            first, group = ruling[0], []
            groups.append(group)
        group.append(ruling)
    means = [sum(map(_AT, group)) / len(group) for group in groups]
    moved = [new_ruling((at, start, end)) for at, group in zip(means, groups, strict=True) for _, start, end in group]
    low, high = min(map(_START, others)), max(map(_END, others))
    return [*([low] if low < means[0] - SNAP else []), *means, *([high] if high > means[-1] + SNAP else [])], moved


def _barriers(rulings: list[Ruling], levels: list[float], others: list[float]) -> set[tuple[int, int]]:
    """(grid line, gap between the other grid lines) wherever a ruling is really drawn."""
    middles = [(start + end) / 2 for start, end in pairwise(others)]
    number = {at: index for index, at in enumerate(levels)}
    return {
        (number[at], gap)
        for at, start, end in rulings
        for gap in range(bisect_right(middles, start), bisect_right(middles, end))
    }


# -- from lattices to cells --------------------------------------------------------------------------------------------


class _Lattice:
    """Cells between rulings. Sides left open, by design or because the page ends, count as closed."""

    def __init__(self, across: list[Ruling], down: list[Ruling], lone: list[Ruling]) -> None:
        y0, y1 = min(map(_START, down)), max(map(_END, down))
        self.drawn = across, down
        # The outer side of a cell that runs over a whole page touches nothing there.
        down = down + [r for r in lone if abs(r.start - y0) <= NEAR and abs(r.end - y1) <= NEAR]
        self.xs, down = _snap(down, across)
        self.ys, across = _snap(across, down)
        columns, rows = len(self.xs) - 1, len(self.ys) - 1
        if columns * rows > MAX_CELLS:
            raise UnreadableFileError(f"a table of more than {MAX_CELLS} cells; expected a few hundred")
        self.x0, self.y0, self.x1, self.y1 = self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]
        self.area = (self.x1 - self.x0) * (self.y1 - self.y0)
        walls, floors = _barriers(down, self.xs, self.ys), _barriers(across, self.ys, self.xs)
        self.owner: list[list[LatticeCell | None]] = [[None] * columns for _ in range(rows)]
        self.cells: list[LatticeCell] = []
        self.crossed: list[tuple[Char, Char]] = []
        for top, row in enumerate(self.owner):
            for left, owner in enumerate(row):
                if owner is None:
                    self.cells.append(self._grow(left, top, walls, floors))

    def _grow(self, left: int, top: int, walls: set[tuple[int, int]], floors: set[tuple[int, int]]) -> LatticeCell:
        """The largest free rectangle with this corner, wide before high."""
        right, bottom = left + 1, top + 1
        row = self.owner[top]
        while right < len(row) and not row[right] and (right, top) not in walls:
            right += 1
        while (
            bottom < len(self.owner)
            and (bottom, left) not in floors
            and not any(
                self.owner[bottom][at] or (bottom, at) in floors or (at > left and (at, bottom) in walls)
                for at in range(left, right)
            )
        ):
            bottom += 1
        cell = LatticeCell(left, top, right, bottom, (self.xs[left], self.ys[top], self.xs[right], self.ys[bottom]))
        self._give(cell, left, right, top, bottom)
        return cell

    def _give(self, cell: LatticeCell, left: int, right: int, top: int, bottom: int) -> None:
        """Make a cell the owner of a rectangle of the grid."""
        for row in self.owner[top:bottom]:
            row[left:right] = [cell] * (right - left)

    def frames(self, other: "_Lattice") -> bool:
        """Whether one cell holds the whole of another table."""
        return any(
            x0 < other.x0 and y0 < other.y0 and other.x1 < x1 and other.y1 < y1
            for x0, y0, x1, y1 in map(_BOX, self.cells)
        )

    def meets(self, line: Box) -> bool:
        """Whether some of a level or upright line lies within."""
        x0, y0, x1, y1 = line
        return x1 > self.x0 and x0 < self.x1 and y1 > self.y0 and y0 < self.y1

    def fill(self, chars: list[Char]) -> list[Char]:
        """Put each character into the cell that holds its middle; those outside are returned.

        A number that begins or goes on outside is in doubt.
        """
        rest: list[Char] = []
        last: Char | None = None
        last_order = -math.inf
        before: LatticeCell | None = None
        x0, y0, x1, y1, xs, ys, owner = self.x0, self.y0, self.x1, self.y1, self.xs, self.ys, self.owner
        inside: list[Char] = []  # what the cell of the last one holds
        x_from = y_from = x_to = y_to = 0.0  # its sides
        for char in chars:
            left, top, right, bottom, _, _, _, order = char
            x, y = (left + right) / 2, (top + bottom) / 2
            if x_from < x < x_to and y_from < y < y_to:
                inside.append(char)
                last, last_order = char, order
            elif x0 < x < x1 and y0 < y < y1:
                cell = owner[bisect_right(ys, y) - 1][bisect_right(xs, x) - 1]
                assert cell
                if last and cell is not before and _in_one_number(last, char):
                    self.crossed.append((last, char))
                inside = cell.chars
                inside.append(_doubt_begun(rest[-1], char) if rest else char)
                last, last_order, before = char, order, cell
                x_from, y_from, x_to, y_to = cell.box
            else:
                if order - last_order <= _NEXT:
                    _doubt_cut_off(before, last, char)
                rest.append(char)
        return rest

    def table(self, page: int) -> Table:
        """The cells as rows, each with what stands in it."""
        self._open_crossed()
        rows: dict[int, list[LatticeCell]] = defaultdict(list)
        left = self.x0
        for cell in self.cells:
            cell.page, cell.text = page, cell_text(cell.chars)
            x0, _, x1, _ = cell.box
            cell.start, cell.end = x0 - left, x1 - left
            rows[cell.top].append(cell)
        columns = sorted({cell.start for cell in self.cells})
        width = self.x1 - self.x0
        return Table(self.y0, width, [sorted(rows[top], key=attrgetter("left")) for top in sorted(rows)], columns)

    def _open_crossed(self) -> None:
        """Make one of cells that a number runs across: whose it is cannot be told, and the reading will say so."""
        for cell in self.cells:
            x0, _, x1, _ = cell.box
            for char in cell.chars:
                if not x0 < char.x0 < char.x1 < x1 and char.glyph.isdigit() and _reaches_out(char, x0, x1):
                    self.crossed.append((char, char))
        for left, right in self.crossed:
            row = self.owner[bisect_right(self.ys, (left.y0 + left.y1) / 2) - 1]
            first, last = (bisect_right(self.xs, x) - 1 for x in (left.x0, right.x1))
            whole, *others = dict.fromkeys(row[max(first, 0) : last + 1]) or (None,)  # a cell may take several columns
            for other in others:
                if whole and other and (other.top, other.bottom) == (whole.top, whole.bottom):
                    whole.right = other.right
                    whole.box = *whole.box[:2], other.box[2], whole.box[3]
                    whole.chars += other.chars
                    self.cells.remove(other)
                    self._give(whole, other.left, other.right, other.top, other.bottom)


def _doubt_begun(outside: Char, char: Char) -> Char:
    """A character of a cell, marked where its number begins outside of the table."""
    return _unclear(char) if _in_one_number(outside, char) else char


def _doubt_cut_off(cell: LatticeCell | None, last: Char | None, outside: Char) -> None:
    """Mark the last character of a cell if its number goes on outside of the table."""
    if cell and last and _in_one_number(last, outside):
        cell.chars[-1] = _unclear(last)


def _unclear(char: Char) -> Char:
    return char._replace(glyph=char.glyph + UNCLEAR)


def _reaches_out(char: Char, x0: float, x1: float) -> bool:
    """Whether a character stands over a side of its cell by more than a hair."""
    slack = max(1.0, (char.x1 - char.x0) / 4)
    return not x0 - slack < char.x0 < char.x1 < x1 + slack


def _in_one_number(last: Char, char: Char) -> bool:
    """Whether characters that follow one another in the file stand together on the page as the digits of a number."""
    if not (0 <= char.order - last.order <= _NEXT and last.glyph in NUMERALS and char.glyph in NUMERALS):
        return False
    height = max(last.y1 - last.y0, char.y1 - char.y0)
    return char.x0 - last.x1 < height / 2 and abs(char.base - last.base) < height / 4
