"""Page breaks: what stands on every page is dropped, and a table that a page ends within becomes one again.

A page may end between two rows, between the lines of a label, or within a row. The halves of a cell are put together
only where it is certain that they are halves; where that cannot be told, what stands in them is no figure any more.
"""

import re
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from itertools import pairwise
from operator import attrgetter

from extract.formats.drawn.lattice import NEAR, NOWHERE, SNAP, LatticeCell, Page, Table
from extract.formats.drawn.lines import UNCLEAR, TextLine
from extract.labels import clean, normalise, squeeze
from extract.vocabulary import DATA_WIDTH, looks_like_value, vocabulary

# Room in a cell for another line, or digit, in heights of a digit: official letters have lines two and a half apart and
# indents of three.
_ROOM, _ASIDE = 4, 6
_LEAST = 4  # characters that tell what a label begins with

_NUMBERED = re.compile(r"^(?:[(（]?[一二三四五六七八九十]{1,3}[)）、.]|\d{1,2}[)）、.](?!\d))")
_NUMBER_OF_LINE = re.compile(r"^[(（]?\d{1,2}[)）、.]?$")
_FOLIO = re.compile(r"^(?:page|第)?[-—–·~]*\d{1,3}[-—–·~]*页?(?:(?:[/、共]|of)+\d{1,3}页?)?$", re.IGNORECASE)

Pair = tuple[
    LatticeCell, LatticeCell
]  # what may be the halves of a cell: at the foot of a page, at the head of the next


# -- headers and footers -----------------------------------------------------------------------------------------------


def drop_furniture(pages: list[Page]) -> None:
    """Take away page numbers, and headers and footers that come back on other pages at the same height."""
    for _ in range(3):
        edges = [(end, page, page.blocks[end]) for page in pages for end in (0, -1) if page.blocks]
        lines = [(end, page, block, _shape(block.text)) for end, page, block in edges if isinstance(block, TextLine)]
        heights: dict[tuple[int, str], list[float]] = defaultdict(list)
        for end, _, line, shape in lines:
            heights[end, shape].append(line.y0)
        for end, page, line, shape in lines:
            again = sum(abs(line.y0 - height) <= SNAP for height in heights[end, shape]) > 1
            if (again or _FOLIO.match(squeeze(line.text))) and line in page.blocks:
                page.blocks.remove(line)


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", squeeze(text))


# -- tables over pages -------------------------------------------------------------------------------------------------


def mend_breaks(pages: list[Page]) -> None:
    """Make one table of those on consecutive pages that are as wide and have nothing between them."""
    breaks = []
    last_label = cache(_last_label)  # of a table between two others it is asked twice
    for page, following in pairwise(pages):
        above, below = next(reversed(page.tables), None), next(iter(following.tables), None)
        if above and below and abs(above.width - below.width) <= NEAR:
            above.labels = max(above.labels, last_label(above))
            below.labels = max(above.labels, last_label(below))
            breaks.append((above, below, following, above is page.blocks[-1] and below is following.blocks[0]))
    for above, below, *_ in reversed(breaks):
        above.labels = below.labels
    begun: dict[Table, Table] = {}
    for half, below, following, adjoins in breaks:
        above = begun.get(half, half)
        for left in below.columns:
            if all(abs(left - other) > NEAR for other in above.columns):
                insort(above.columns, left)
        below.columns = above.columns  # counted alike even where a note stands between
        if adjoins:
            _mend(above, below)
            _append(above, below)
            begun[below] = above
            del following.blocks[0]


def _last_label(table: Table) -> float:
    """Where the last column begins that names lines; left of the table if none does."""
    names = vocabulary().line_names
    cells = [cell for row in table.rows for cell in row if cell.text and not cell.text.isdigit()]
    cells.sort(key=attrgetter("start"), reverse=True)
    return next((cell.start for cell in cells if normalise(cell.text) in names), NOWHERE)


def _append(above: Table, below: Table) -> None:
    """Put the rows of a table below those of another."""
    height = max(cell.bottom for row in above.rows for cell in row)
    for row in below.rows:
        for cell in row:
            cell.top, cell.bottom = cell.top + height, cell.bottom + height
    above.rows += below.rows


def _mend(above: Table, below: Table) -> None:
    """Put the halves of cells together where it is certain that they are halves."""
    last = _last_cells(above)
    repeated = _repeated_headers(above, below)
    first = below.rows[repeated]
    groups = row = list(_pairs(last, first))
    if any(map(_is_figure, [*last, *first])):
        labels = sum(upper.start < above.labels + NEAR for upper, _ in row)
        groups, row = row[: max(labels - 1, 0)], row[max(labels - 1, 0) :]
        end = _end_of_line(row, labelled=labels > 0, is_alone=len(below.rows) == repeated + 1)
    else:
        end = _end_of_header(row)
    if end is EndOfLine.UNTOLD:
        _doubt(row[1:])
    is_cut = end is EndOfLine.CUT and _are_whole_rows(row, last, first)
    for pair in [*(row if is_cut else ()), *filter(_are_halves, groups)]:
        _pull(*pair)
    if is_cut and not any(_texts(below, repeated)):
        _drop_row(below, repeated)


def _last_cells(table: Table) -> list[LatticeCell]:
    """The cells at the foot of a table, from left to right."""
    cells = [cell for row in table.rows for cell in row]
    foot = max(cell.bottom for cell in cells)
    return sorted((cell for cell in cells if cell.bottom == foot), key=attrgetter("start"))


def _repeated_headers(above: Table, below: Table) -> int:
    """How many header rows are printed again; they are not mostly blank, as the ends of cut lines are."""
    count = 0
    while count < min(len(above.rows), len(below.rows) - 1):
        texts = _texts(below, count)
        if texts != _texts(above, count) or 2 * texts.count("") > len(texts):
            break
        count += 1
    return count


def _texts(table: Table, row: int) -> list[str]:
    return [cell.text for cell in table.rows[row]]


def _pairs(last: list[LatticeCell], first: list[LatticeCell]) -> Iterator[Pair]:
    """The cells over each other on both sides of a break."""
    for upper in last:
        for lower in first:
            if abs(lower.start - upper.start) <= NEAR and abs(lower.end - upper.end) <= NEAR:
                yield upper, lower


def _are_whole_rows(row: list[Pair], last: list[LatticeCell], first: list[LatticeCell]) -> bool:
    """Whether the pairs of a line take all cells of both rows from its label on."""
    start = min(row[0][0].start, row[0][1].start) - NEAR
    return all(sum(cell.start > start for cell in cells) == len(row) for cells in (last, first))


def _doubt(pairs: list[Pair]) -> None:
    """Mark what stands in these cells as no figures."""
    for pair in pairs:
        for cell in pair:
            cell.text += UNCLEAR


def _drop_row(table: Table, number: int) -> None:
    """Take away a row without texts; its cells over several rows begin in the next."""
    emptied = table.rows.pop(number)
    if number == len(table.rows):
        return
    for cell in emptied:
        cell.top = table.rows[number][0].top
        if cell.top < cell.bottom:
            insort(table.rows[number], cell, key=attrgetter("start"))


def _pull(upper: LatticeCell, lower: LatticeCell) -> None:
    """Move what the lower half holds up; a figure brings its place along."""
    if not upper.text and lower.text:
        upper.box, upper.page, upper.chars = lower.box, lower.page, lower.chars
    upper.text = clean(f"{upper.text}\n{lower.text}")
    lower.text = ""


# -- whether a page ends within a line ---------------------------------------------------------------------------------


class EndOfLine(Enum):
    """How the last line of a page ends: whole, cut by the page, or so that it cannot be told."""

    WHOLE = auto()
    CUT = auto()
    UNTOLD = auto()


def _cut_if(holds: object) -> EndOfLine:
    return EndOfLine.CUT if holds else EndOfLine.WHOLE


def _end_of_header(row: list[Pair]) -> EndOfLine:
    """The end of a row without figures: cut if a label goes on, and none stands against it."""
    against = any(upper.text and lower.text and not _goes_on(upper, lower) for upper, lower in row)
    return _cut_if(not against and any(_goes_on(*pair) for pair in row))


def _end_of_line(row: list[Pair], *, labelled: bool, is_alone: bool) -> EndOfLine:
    """The end of a line with figures; `is_alone` where nothing follows on its page.

    Digits on both pages are a number that goes on: put together they keep their line break, and are marked for it.
    """
    if not row:
        return EndOfLine.WHOLE
    if not labelled:
        return _cut_if(_are_figures_cut(row))
    (upper, lower), *values = row
    above, below = ([pair for pair in values if pair[half].text] for half in (0, 1))
    if upper.text and lower.text:
        return _cut_if(_is_label_cut(upper, lower, is_alone=is_alone, figures_on_one=bool(above) != bool(below)))
    if not above or not below:
        return _cut_if(above if lower.text else upper.text and below)
    if not all(_may_go_on(*pair) for pair in below):
        return EndOfLine.WHOLE
    if lower.text:
        return EndOfLine.UNTOLD  # a line whose label stands below, or one that lost it over another
    return _end_of_unlabelled(below, named=bool(upper.text), is_full=len(below) == len(values))


def _is_label_cut(upper: LatticeCell, lower: LatticeCell, *, is_alone: bool, figures_on_one: bool) -> bool:
    """Whether what stands in the label cells on both pages is one label. A line alone on its page may go on."""
    if _goes_on(upper, lower):
        return True
    if _is_named(upper) or _is_named(lower) or _NUMBERED.match(squeeze(lower.text)):
        return False
    return figures_on_one or (is_alone and _begins_label(upper.text + lower.text))


def _end_of_unlabelled(below: list[Pair], *, named: bool, is_full: bool) -> EndOfLine:
    """The end of a line under which a row without a label stands: its rest, or a line that lost its label.

    A row with blanks is doubted by the reading.
    """
    if is_full and not named:
        return EndOfLine.WHOLE
    if all(upper.text for upper, _ in below):
        return EndOfLine.CUT
    return EndOfLine.UNTOLD if is_full else EndOfLine.WHOLE


def _are_figures_cut(row: list[Pair]) -> bool:
    """Whether a row is cut in a table whose lines have no labels: blank cells tell that one is the rest of another."""
    rest = [pair for pair in row if pair[1].text]
    goes_on = all(_may_go_on(*pair) for pair in rest) and any(upper.text for upper, _ in rest)
    return goes_on and len(row) >= DATA_WIDTH and len(rest) < len(row)


def _may_go_on(upper: LatticeCell, lower: LatticeCell) -> bool:
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
        last = [char for char in upper.chars if char.y1 >= foot - line / 2]
        room = upper.box[2] - upper.box[0] - max(char.x1 for char in last) + min(char.x0 for char in last)
    return room <= _ASIDE * line and upper.box[3] - foot <= _ROOM * line


# -- what a text is ----------------------------------------------------------------------------------------------------


def _is_figure(cell: LatticeCell) -> bool:
    return bool(cell.text) and looks_like_value(cell.text)


def _goes_on(upper: LatticeCell, lower: LatticeCell) -> bool:
    """Whether two texts are the halves of one label of the form; the first may be no more than its number."""
    numbered = _is_number_alone(upper)
    if not (upper.text and lower.text) or (_is_figure(upper) and not numbered) or _is_figure(lower):
        return False
    return normalise(upper.text + lower.text) in vocabulary().labels or (numbered and _is_named(lower))


def _is_number_alone(cell: LatticeCell) -> bool:
    return _NUMBER_OF_LINE.match(squeeze(cell.text)) is not None


def _are_halves(pair: Pair) -> bool:
    """Whether the texts of a pair of cells are one text."""
    return _goes_on(*pair) or _runs_on(*pair)


def _runs_on(upper: LatticeCell, lower: LatticeCell) -> bool:
    """Whether the text of a cell over several rows goes on: a new cell would begin with a number or a label."""
    if not (upper.text and lower.text) or _is_figure(lower):
        return False
    if max(upper.bottom - upper.top, lower.bottom - lower.top) == 1:
        return False
    return not _NUMBERED.match(squeeze(lower.text)) and not _is_named(lower)


def _begins_label(text: str) -> bool:
    core = normalise(text)
    return len(core) >= _LEAST and any(name.startswith(core) for name in vocabulary().line_names)


def _is_named(cell: LatticeCell) -> bool:
    return normalise(cell.text) in vocabulary().labels
