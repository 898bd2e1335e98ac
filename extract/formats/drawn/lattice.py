"""From the characters and rulings of drawn pages to paragraphs and tables.

A drawn page does not say "table". Pieces of lines are joined into rulings, rulings that touch make a
lattice, and a cell is a rectangle that no ruling crosses. All coordinates are points in reading
direction: x to the right, y down.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from operator import attrgetter
from statistics import median
from string import ascii_letters, digits
from typing import NamedTuple

from extract.document import UnreadableFileError
from extract.labels import clean, normalise, squeeze
from extract.vocabulary import DATA_WIDTH, looks_like_value, vocabulary

MAX_CELLS = 20_000

# Rulings come in pieces that miss each other by a hair, and tables of spaced cells draw every line twice, up to 2.3
# points apart. Print is at least 5 points high.
SNAP = 3.0
SHORT = 5.0
STRAIGHT = 0.5
NUMERALS = frozenset("0123456789０１２３４５６７８９.,．，+-－万亿元")
_LATIN = frozenset(digits + ascii_letters)
_NEAR = 2 * SNAP  # between the halves of a table
_NOWHERE = -2 * _NEAR
# Room in a cell for another line, or digit, in heights of a digit: official letters have lines two and a half apart and
# indents of three.
_ROOM, _ASIDE = 4, 6
_LEAST = 4  # characters that tell what a label begins with

_NUMBERED = re.compile(r"^(?:[(（]?[一二三四五六七八九十]{1,3}[)）、.]|\d{1,2}[)）、.](?!\d))")
_NUMBER_OF_LINE = re.compile(r"^[(（]?\d{1,2}[)）、.]?$")
_FOLIO = re.compile(r"^(?:page|第)?[-—–·~]*\d{1,3}[-—–·~]*页?(?:(?:[/、共]|of)+\d{1,3}页?)?$", re.IGNORECASE)
NO_SPACE, GUESSED_SPACE, SPACE = range(3)
UNCLEAR = "\ufffd"  # stands for what cannot be told: it must never pass for a digit


class Char(NamedTuple):
    """What is shown at a place: its box, its base line, the white space before it, the place in the file."""

    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    glyph: str  # a character, or a word without digits that no ruling cuts
    space: int  # NO_SPACE, GUESSED_SPACE, SPACE
    order: int


class Ruling(NamedTuple):
    """A straight line along one axis, or a piece of one."""

    at: float
    start: float
    end: float


class Line(NamedTuple):
    """Characters on one base line."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


Box = tuple[float, float, float, float]


@dataclass(slots=True, eq=False)
class Part:
    """A cell of a lattice: the numbers of the grid lines on its sides, its place, and what stands in it.

    `start` and `end` are measured from the left edge of its table.
    """

    left: int
    top: int
    right: int
    bottom: int
    start: float = 0
    end: float = 0
    box: Box = (0, 0, 0, 0)
    page: int = 0
    chars: list[Char] = field(default_factory=list)
    text: str = ""


Pair = tuple[Part, Part]  # what may be the halves of a cell: at the foot of a page, and at the head of the next


@dataclass(slots=True, eq=False)
class Table:
    """A ruled table of one page; a row holds the cells that begin at its height.

    `columns` are the left edges of its grid columns, counted from its own left edge; `labels` is that of the last one
    that names lines.
    """

    y0: float
    width: float
    rows: list[list[Part]]
    columns: list[float]
    labels: float = _NOWHERE


@dataclass(slots=True, eq=False)
class Page:
    """Lines outside tables, and tables, from top to bottom."""

    blocks: list[Line | Table]


def lay_out(number: int, chars: list[Char], across: list[Ruling], down: list[Ruling]) -> Page:
    """The page of this number that shows these characters and draws these pieces of rulings."""
    lattices: list[_Lattice] = []
    for lattice in sorted(_connected(_join(across), _join(down)), key=lambda lattice: lattice.area):
        rest = lattice.fill(chars)
        # A box around a text or around tables is layout: what it holds is offered to the next larger one.
        filled = sum(bool(part.chars) for part in lattice.parts)
        if (filled > 1 or (filled and len(lattice.parts) > 3)) and not any(map(lattice.frames, lattices)):
            lattices.append(lattice)
            chars = rest
    blocks: list[Line | Table] = [*_lines(chars), *(lattice.table(number) for lattice in lattices)]
    return Page(sorted(blocks, key=lambda block: block.y0))


def cells(across: list[Ruling], down: list[Ruling]) -> list[Box]:
    """What pieces of rulings enclose; boxes around whole tables are left out."""
    lattices = list(_connected(_join(across), _join(down)))
    return [
        box
        for lattice in lattices
        for box in map(lattice.box, lattice.parts)
        if not any(o.x0 > box[0] and o.y0 > box[1] and o.x1 < box[2] and o.y1 < box[3] for o in lattices)
    ]


# -- characters ------------------------------------------------------------------------------------------------------


def _lines(chars: list[Char]) -> list[Line]:
    """Characters by base line, each line by x."""
    if len(chars) < 2:
        return [_line(chars)] if chars else []
    chars = sorted(chars, key=attrgetter("base"))
    if chars[0].base == chars[-1].base:
        return [_line(sorted(chars))]
    group = [chars[0]]
    groups = [group]
    base, height = chars[0].base, chars[0].y1 - chars[0].y0
    for char in chars[1:]:
        _, top, _, bottom, at, _, _, _ = char
        if (size := bottom - top) > height:
            height = size
        if at - base > height / 2:
            group = []
            groups.append(group)
            base, height = at, size
        group.append(char)
    return [_line(sorted(group)) for group in groups]


def _line(chars: list[Char]) -> Line:
    if len(chars) == 1:
        x0, y0, x1, y1, _, glyph, _, _ = chars[0]
        return Line(glyph, x0, y0, x1, y1)
    lefts, tops, rights, bottoms, *_ = zip(*chars, strict=True)
    y0, y1 = min(tops), max(bottoms)
    height = y1 - y0
    narrow, wide, gaping = 0.1 * height, 0.6 * height, 1.5 * height
    left, _, right, _, _, before, _, _ = chars[0]  # the last one that counts
    text = [before]
    for x0, top, x1, bottom, _, glyph, space, _ in islice(chars, 1, None):
        if glyph == before and x0 - left < max(x1 - x0, bottom - top) / 4:
            continue  # printed twice to look bold
        gap = x0 - right
        if not 0 <= gap <= narrow:
            if glyph in _LATIN and before in _LATIN:
                if -gap > min(x1 - x0, right - left) / 2:
                    text.append(UNCLEAR)  # one number printed over another
                elif gap > (narrow if space else wide):
                    text.append(" ")
            elif gap > (narrow if space == SPACE else gaping):
                text.append(" ")
        text.append(glyph)
        left, right, before = x0, x1, glyph
    return Line("".join(text), lefts[0], y0, max(rights), y1)


def _cell_text(chars: list[Char]) -> str:
    if not chars:
        return ""
    lines = _lines(chars)
    if len(lines) == 1:
        return clean(lines[0].text)
    if len(lines) > 2 and all(len(line.text) == 1 for line in lines):
        order = [char.order for char in sorted(chars, key=attrgetter("base"))]
        if order == sorted(order, reverse=True):  # turned to be read from below
            lines.reverse()
    return clean("\n".join(line.text for line in lines))


# -- rulings ---------------------------------------------------------------------------------------------------------


def _join(pieces: list[Ruling]) -> list[Ruling]:
    """Whole rulings from pieces that are in line and nearly touch."""
    pieces = sorted(pieces)
    found: list[Ruling] = []
    first = 0
    for last in range(1, len(pieces) + 1):
        if last < len(pieces) and pieces[last].at - pieces[first].at <= STRAIGHT:
            continue
        group = sorted(pieces[first:last], key=attrgetter("start"))
        at, start, end = group[0]
        for piece in group[1:]:
            if piece.start > end + SNAP:
                found.append(Ruling(at, start, end))
                start, end = piece.start, piece.end
            end = max(end, piece.end)
        found.append(Ruling(at, start, end))
        first = last
    return [ruling for ruling in found if ruling.end - ruling.start >= SHORT]


def _connected(across: list[Ruling], down: list[Ruling]) -> Iterator["_Lattice"]:
    """Rulings that hang together, directly or through others."""
    touching: dict[int, list[int]] = defaultdict(list)  # numbers of `across`; of `down` with all bits turned
    reaches = [(j, x, y0 - SNAP, y1 + SNAP) for j, (x, y0, y1) in enumerate(down)]
    for i, (y, start, end) in enumerate(across):
        x0, x1 = start - SNAP, end + SNAP
        for j, x, y0, y1 in reaches:
            if x0 <= x <= x1 and y0 <= y <= y1:
                touching[i].append(~j)
                touching[~j].append(i)
    lone = [ruling for j, ruling in enumerate(down) if ~j not in touching]
    seen: set[int] = set()
    for start in list(touching):
        group = [start] if start not in seen else []
        seen.add(start)
        for member in group:
            fresh = [other for other in touching[member] if other not in seen]
            seen.update(fresh)
            group += fresh
        if group:
            yield _Lattice([across[i] for i in group if i >= 0], [down[~i] for i in group if i < 0], lone)


class _Lattice:
    """Cells between rulings. Sides left open, by design or because the page ends, count as closed."""

    def __init__(self, across: list[Ruling], down: list[Ruling], lone: list[Ruling]) -> None:
        y0, y1 = min(ruling.start for ruling in down), max(ruling.end for ruling in down)
        # The outer side of a cell that runs over a whole page touches nothing there.
        down = down + [r for r in lone if abs(r.start - y0) <= _NEAR and abs(r.end - y1) <= _NEAR]
        self.xs, down = _levels(down, across)
        self.ys, across = _levels(across, down)
        columns, rows = len(self.xs) - 1, len(self.ys) - 1
        if columns * rows > MAX_CELLS:
            raise UnreadableFileError(f"a table of more than {MAX_CELLS} cells; expected a few hundred")
        self.x0, self.y0, self.x1, self.y1 = self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]
        self.area = (self.x1 - self.x0) * (self.y1 - self.y0)
        walls, floors = _barriers(down, self.xs, self.ys), _barriers(across, self.ys, self.xs)
        self.owner: list[list[Part | None]] = [[None] * columns for _ in range(rows)]
        self.parts: list[Part] = []
        self.crossed: list[tuple[Char, Char]] = []
        for top in range(rows):
            for left in range(columns):
                if self.owner[top][left] is None:
                    self.parts.append(self._grow(left, top, walls, floors))

    def _grow(self, left: int, top: int, walls: set[tuple[int, int]], floors: set[tuple[int, int]]) -> Part:
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
        part = Part(left, top, right, bottom)
        for row in self.owner[top:bottom]:
            row[left:right] = [part] * (right - left)
        return part

    def box(self, part: Part) -> Box:
        return self.xs[part.left], self.ys[part.top], self.xs[part.right], self.ys[part.bottom]

    def frames(self, other: "_Lattice") -> bool:
        """Whether one cell holds the whole of another table."""
        return any(
            x0 < other.x0 and y0 < other.y0 and other.x1 < x1 and other.y1 < y1
            for x0, y0, x1, y1 in map(self.box, self.parts)
        )

    def fill(self, chars: list[Char]) -> list[Char]:
        """Put each character into the cell that holds its middle; those outside are returned."""
        rest = []
        last: Char | None = None
        before: Part | None = None
        x0, y0, x1, y1, xs, ys, owner = self.x0, self.y0, self.x1, self.y1, self.xs, self.ys, self.owner
        for char in chars:
            left, top, right, bottom, _, _, _, _ = char
            x, y = (left + right) / 2, (top + bottom) / 2
            if x0 < x < x1 and y0 < y < y1:
                part = owner[bisect_right(ys, y) - 1][bisect_right(xs, x) - 1]
                assert part
                if last and part is not before and _in_one_number(last, char):
                    self.crossed.append((last, char))
                part.chars.append(char)
                last, before = char, part
            else:
                rest.append(char)
        return rest

    def table(self, page: int) -> Table:
        self._open_crossed()
        rows: dict[int, list[Part]] = defaultdict(list)
        for part in self.parts:
            part.page, part.box, part.text = page, self.box(part), _cell_text(part.chars)
            part.start, part.end = self.xs[part.left] - self.x0, self.xs[part.right] - self.x0
            rows[part.top].append(part)
        columns = sorted({part.start for part in self.parts})
        width = self.x1 - self.x0
        return Table(self.y0, width, [sorted(rows[top], key=attrgetter("left")) for top in sorted(rows)], columns)

    def _open_crossed(self) -> None:
        """Make one of cells that a number runs across: whose it is cannot be told, and the reading will say so."""
        for part in self.parts:
            x0, x1 = self.xs[part.left], self.xs[part.right]
            for char in part.chars:
                if char.glyph.isdigit():
                    slack = max(1.0, (char.x1 - char.x0) / 4)
                    if not x0 - slack < char.x0 < char.x1 < x1 + slack:
                        self.crossed.append((char, char))
        for left, right in self.crossed:
            row = self.owner[bisect_right(self.ys, (left.y0 + left.y1) / 2) - 1]
            first, last = (bisect_right(self.xs, x) - 1 for x in (left.x0, right.x1))
            whole, *others = row[max(first, 0) : last + 1]
            for other in others:
                if whole and other and other is not whole and (other.top, other.bottom) == (whole.top, whole.bottom):
                    whole.right = other.right
                    whole.chars += other.chars
                    self.parts.remove(other)
                    for cells in self.owner[other.top : other.bottom]:
                        cells[other.left : other.right] = [whole] * (other.right - other.left)


def _in_one_number(last: Char, char: Char) -> bool:
    """Whether two characters stand together in the file and on the page as the digits of a number do."""
    height = max(last.y1 - last.y0, char.y1 - char.y0)
    return (
        char.order == last.order + 1
        and char.x0 - last.x1 < height / 2
        and abs(char.base - last.base) < height / 4
        and {last.glyph, char.glyph} <= NUMERALS
    )


def _levels(rulings: list[Ruling], others: list[Ruling]) -> tuple[list[float], list[Ruling]]:
    """Where grid lines run, and the rulings moved there: close ones are one, and others may end beyond the last."""
    groups: list[list[Ruling]] = []
    for ruling in sorted(rulings):
        if groups and ruling.at - groups[-1][0].at <= SNAP:
            groups[-1].append(ruling)
        else:
            groups.append([ruling])
    means = [sum(ruling.at for ruling in group) / len(group) for group in groups]
    moved = [Ruling(at, start, end) for at, group in zip(means, groups, strict=True) for _, start, end in group]
    low, high = min(other.start for other in others), max(other.end for other in others)
    return [*([low] if low < means[0] - SNAP else []), *means, *([high] if high > means[-1] + SNAP else [])], moved


def _barriers(rulings: list[Ruling], levels: list[float], others: list[float]) -> set[tuple[int, int]]:
    """(grid line, gap between the other grid lines) wherever a ruling is really drawn."""
    middles = [(start + end) / 2 for start, end in pairwise(others)]
    number = {at: index for index, at in enumerate(levels)}
    return {
        (number[ruling.at], gap)
        for ruling in rulings
        for gap in range(bisect_right(middles, ruling.start), bisect_right(middles, ruling.end))
    }


# -- from pages to a document ----------------------------------------------------------------------------------------


def drop_furniture(pages: list[Page]) -> None:
    """Take away page numbers, and headers and footers that come back on other pages at the same height."""
    for _ in range(3):
        edges = [(end, page, page.blocks[end]) for page in pages for end in (0, -1) if page.blocks]
        lines = [(end, page, block, _shape(block.text)) for end, page, block in edges if isinstance(block, Line)]
        heights: dict[tuple[int, str], list[float]] = defaultdict(list)
        for end, _, line, shape in lines:
            heights[end, shape].append(line.y0)
        for end, page, line, shape in lines:
            again = sum(abs(line.y0 - height) <= SNAP for height in heights[end, shape]) > 1
            if (again or _FOLIO.match(squeeze(line.text))) and line in page.blocks:
                page.blocks.remove(line)


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", squeeze(text))


def mend_breaks(pages: list[Page]) -> None:
    """Make one table of parts on consecutive pages that are as wide and have nothing between them."""
    breaks = []
    for page, following in pairwise(pages):
        above = next((block for block in reversed(page.blocks) if isinstance(block, Table)), None)
        below = next((block for block in following.blocks if isinstance(block, Table)), None)
        if above and below and abs(above.width - below.width) <= _NEAR:
            above.labels = max(above.labels, _last_label(above))
            below.labels = max(above.labels, _last_label(below))
            breaks.append((above, below, following, above is page.blocks[-1] and below is following.blocks[0]))
    for above, below, *_ in reversed(breaks):
        above.labels = below.labels
    begun: dict[Table, Table] = {}
    for part_above, below, following, adjoins in breaks:
        above = begun.get(part_above, part_above)
        for left in below.columns:
            if all(abs(left - other) > _NEAR for other in above.columns):
                insort(above.columns, left)
        below.columns = above.columns  # counted alike even where a note stands between
        if adjoins:
            _mend(above, below)
            height = max(part.bottom for row in above.rows for part in row)
            for part in (part for row in below.rows for part in row):
                part.top, part.bottom = part.top + height, part.bottom + height
            above.rows += below.rows
            begun[below] = above
            del following.blocks[0]


def _mend(above: Table, below: Table) -> None:
    """Put the halves of cells together where it is certain that they are halves."""
    parts = [part for row in above.rows for part in row]
    end = max(part.bottom for part in parts)
    last = sorted((part for part in parts if part.bottom == end), key=attrgetter("start"))
    repeated = 0  # header rows printed again, which are not mostly blank, as the ends of cut lines are
    while repeated < min(len(above.rows), len(below.rows) - 1):
        texts = _texts(below, repeated)
        if texts != _texts(above, repeated) or 2 * texts.count("") > len(texts):
            break
        repeated += 1
    first = below.rows[repeated]
    pairs = [
        (upper, lower)
        for upper in last
        for lower in first
        if abs(lower.start - upper.start) <= _NEAR and abs(lower.end - upper.end) <= _NEAR
    ]
    groups = row = pairs
    is_cut: bool | None = False
    if any(map(_is_figure, [*last, *first])):
        labels = sum(upper.start < above.labels + _NEAR for upper, _ in pairs)
        groups, row = pairs[: max(labels - 1, 0)], pairs[max(labels - 1, 0) :]
        if row:
            is_alone = len(below.rows) == repeated + 1
            is_cut = _is_line_cut(row[0], row[1:], is_alone=is_alone) if labels else _are_figures_cut(row)
    elif any(_goes_on(*pair) for pair in row):
        is_cut = not any(a.text and b.text and not _goes_on(a, b) for a, b in row)
    if is_cut:
        start = min(row[0][0].start, row[0][1].start) - _NEAR
        is_cut = all(sum(part.start > start for part in cells) == len(row) for cells in (last, first))
    for part in (part for pair in row[1:] for part in pair) if is_cut is None else ():
        part.text += UNCLEAR
    for pair in [*(row if is_cut else ()), *(pair for pair in groups if _goes_on(*pair) or _runs_on(*pair))]:
        _pull(*pair)
    if is_cut and not any(part.text for part in first):
        del below.rows[repeated]
        for part in first if repeated < len(below.rows) else ():
            part.top = below.rows[repeated][0].top
            if part.top < part.bottom:
                insort(below.rows[repeated], part, key=attrgetter("start"))


def _last_label(table: Table) -> float:
    """Where the last column begins that names lines; left of the table if none does."""
    names = _line_names()
    parts = (part for row in table.rows for part in row if part.text and not part.text.isdigit())
    return max((part.start for part in parts if normalise(part.text) in names), default=_NOWHERE)


def _is_line_cut(label: Pair, values: list[Pair], *, is_alone: bool) -> bool | None:
    """Whether a page ends within a line of a table; None if that cannot be told. One alone on its page may go on.

    Digits on both pages are a number that goes on: put together they keep their line break, and are marked for it.
    """
    upper, lower = label
    above, below = ([pair for pair in values if pair[half].text] for half in (0, 1))
    if upper.text and lower.text:
        whole = _is_named(upper) or _is_named(lower) or _NUMBERED.match(squeeze(lower.text))
        begins = is_alone and not whole and _begins_label(upper.text + lower.text)
        return _goes_on(upper, lower) or begins or (not whole and bool(above) != bool(below))
    if not above or not below:
        return bool(above if lower.text else upper.text and below)
    if not all(_may_go_on(*pair) for pair in below):
        return False
    if lower.text:
        return None  # a line whose label stands below, or one that lost it over another
    # A row without a label: the rest of this one, or a line that lost it. One with blanks is doubted by the reading.
    is_full = len(below) == len(values)
    if is_full and not upper.text:
        return False
    return all(part.text for part, _ in below) or (None if is_full else False)


def _are_figures_cut(row: list[Pair]) -> bool:
    """The same for a table whose lines have no labels: blank cells tell that a row is the rest of another."""
    rest = [pair for pair in row if pair[1].text]
    goes_on = all(_may_go_on(*pair) for pair in rest) and any(upper.text for upper, _ in rest)
    return goes_on and len(row) >= DATA_WIDTH and len(rest) < len(row)


def _may_go_on(upper: Part, lower: Part) -> bool:
    """Whether what a cell prints, if anything, may go on: no sign for nothing, no 0, nothing that left room."""
    if not upper.text:
        return True
    if not any(map(str.isdigit, upper.text)):
        return False
    line = max(char.y1 - char.y0 for char in upper.chars)
    foot = max(char.y1 for char in upper.chars)
    room = 0.0
    if upper.text[-1].isdigit() and lower.text[0].isdigit():
        if squeeze(upper.text) == "0":
            return False
        last = [char for char in upper.chars if char.y1 > foot - line / 2]
        room = upper.box[2] - upper.box[0] - max(char.x1 for char in last) + min(char.x0 for char in last)
    return room <= _ASIDE * line and upper.box[3] - foot <= _ROOM * line


def _begins_label(text: str) -> bool:
    core = normalise(text)
    return len(core) >= _LEAST and any(name.startswith(core) for name in _line_names())


def _texts(table: Table, row: int) -> list[str]:
    return [part.text for part in table.rows[row]]


def _is_figure(part: Part) -> bool:
    return bool(part.text) and looks_like_value(part.text)


def _goes_on(upper: Part, lower: Part) -> bool:
    """Whether two texts are the halves of one label of the form; the first may be no more than its number."""
    numbered = _is_number_alone(upper)
    if not (upper.text and lower.text) or (_is_figure(upper) and not numbered) or _is_figure(lower):
        return False
    return normalise(upper.text + lower.text) in _labels() or (numbered and normalise(lower.text) in _labels())


def _is_number_alone(part: Part) -> bool:
    return _NUMBER_OF_LINE.match(squeeze(part.text)) is not None


def _runs_on(upper: Part, lower: Part) -> bool:
    """Whether the text of a cell over several rows goes on: a new cell would begin with a number or a label."""
    if not (upper.text and lower.text) or _is_figure(lower):
        return False
    if max(upper.bottom - upper.top, lower.bottom - lower.top) == 1:
        return False
    return not _NUMBERED.match(squeeze(lower.text)) and normalise(lower.text) not in _labels()


def _pull(upper: Part, lower: Part) -> None:
    """Move what the lower half holds up; a figure brings its place along."""
    if not upper.text and lower.text:
        upper.box, upper.page = lower.box, lower.page
    upper.text = clean(f"{upper.text}\n{lower.text}")
    lower.text = ""


def _is_named(part: Part) -> bool:
    return normalise(part.text) in _labels()


def _labels() -> frozenset[str]:
    return vocabulary().labels


def _line_names() -> frozenset[str]:
    return vocabulary().line_names


Row = list[tuple[str, int, int, str, int, int, int]]  # the fields of a Cell


def title(page: Page) -> str:
    """The lines in the largest type of a page, if it has a larger one."""
    lines = [block for block in page.blocks if isinstance(block, Line)]
    if not lines:
        return ""
    sizes = [line.y1 - line.y0 for line in lines]
    large = [line.text for line, size in zip(lines, sizes, strict=True) if size > 0.9 * max(sizes)]
    return clean("".join(large)) if max(sizes) > 1.15 * median(sizes) else ""


def flow(pages: list[Page], place: Callable[[int, Box], str]) -> Iterator[str | list[Row]]:
    """Paragraphs and the rows of tables, in reading order; `place` names a box on a page."""
    paragraph: list[Line] = []
    for page in pages:
        lines = [block for block in page.blocks if isinstance(block, Line)]
        column = _Column(lines) if lines else None
        for number, block in enumerate(page.blocks):
            line = block if isinstance(block, Line) else None
            if paragraph and not (line and column and column.goes_on(paragraph[-1], line, not number)):
                yield "".join(piece.text for piece in paragraph)
                paragraph = []
            if line:
                paragraph.append(line)
            elif isinstance(block, Table):
                yield list(_rows(block, place))
    if paragraph:
        yield "".join(piece.text for piece in paragraph)


class _Column:
    """Where the lines of a page begin and end."""

    def __init__(self, lines: list[Line]) -> None:
        self.left, self.right = min(line.x0 for line in lines), max(line.x1 for line in lines)
        self.size = median(line.y1 - line.y0 for line in lines)
        # The one longest line of a page of short paragraphs fills no column.
        self.filled = sum(line.x1 > self.right - self.size for line in lines) > 1

    def goes_on(self, line: Line, after: Line, new_page: bool) -> bool:
        """Whether a line goes on in the next: it fills the column, or both are in large type over each other."""
        size, size_after = line.y1 - line.y0, after.y1 - after.y0
        if not 0.75 < size / size_after < 1.33 or (after.y0 - line.y1 > 1.5 * size and not new_page):
            return False
        if min(size, size_after) > 1.15 * self.size:
            return abs(line.x0 + line.x1 - after.x0 - after.x1) < 2 * size
        return self.filled and line.x1 > self.right - 2 * size and after.x0 < self.left + 1.2 * size


def _rows(table: Table, place: Callable[[int, Box], str]) -> Iterator[Row]:
    tops = sorted({part.top for row in table.rows for part in row})
    edges = [column - _NEAR for column in table.columns]
    for number, row in enumerate(table.rows, 1):
        yield [
            (
                part.text, number, column, place(part.page, part.box), first := bisect_left(edges, part.start) - 1,
                max(1, bisect_left(edges, part.end - _NEAR) - first),
                bisect_left(tops, part.bottom) - bisect_left(tops, part.top),
            )
            for column, part in enumerate(row, 1)
        ]  # fmt: skip
