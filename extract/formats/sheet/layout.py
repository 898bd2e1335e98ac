"""A sheet as a person sees it, and how it becomes paragraphs and grids.

A sheet is one field of cells. What stands alone in its row, over the width of the tables or before and behind them, is
a paragraph, and the rows between two paragraphs are a grid: a report keeps its headings and prose between its tables.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter

from extract.document import Cell, Grid, UnreadableFileError
from extract.labels import clean, normalise
from extract.vocabulary import vocabulary

MAX_CELLS = 200_000  # of the used field of a sheet
MAX_COLUMNS = 1_024
_SENTENCE = re.compile(r"[。；;]")
_HEADING = re.compile(r"^(?:[一二三四五六七八九十]{1,2}、|附[件表注]|说明|注[:：])")
_LONG = 60  # characters; no label of a form has as many
_FIRST = attrgetter("first")


@dataclass(slots=True)
class Sheet:
    """What the cells of a sheet show, cleaned, row by row, by their columns and in their order, from 0; `merges` are
    (row, column, last row, last column); hidden rows and columns are not shown.
    """

    name: str
    texts: list[dict[int, str]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def check_size(name: str, rows: int, columns: int, media_type: str) -> None:
    """Raise UnreadableFileError for a sheet whose field is too large for a report."""
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise UnreadableFileError(
            f"sheet {name}: found a field of {rows} rows and {columns} columns; expected at most {MAX_CELLS} cells",
            media_type,
        )


def blocks(sheet: Sheet, grids: int) -> Iterator[str | Grid]:
    """The paragraphs and grids of a sheet, in reading order; `grids` have been numbered before."""
    whole = _Field(sheet)
    rows = [(row, whole.said(row)) for row in whole.rows]
    while rows and not rows[-1][1]:
        rows.pop()
    several = [number for number, (_, said) in enumerate(rows) if len(said) > 1]
    first, last = (several[0], several[-1]) if several else (len(rows), -1)
    table: list[_Row] = []
    for number, (row, said) in enumerate(rows):
        outside = number < first or number > last
        if len(said) == 1 and whole.is_paragraph(row, said[0], outside=outside):
            if table:
                grids += 1
                yield whole.grid(grids, table)
            table = []
            yield from filter(None, map(clean, said[0][2].split("\n")))
        elif said or table:
            table.append((row, said))
    if table:
        yield whole.grid(grids + 1, table)


_Said = tuple[int, int, str]  # a cell that says something: its columns among those shown, its text
_Row = tuple[int, list[_Said]]  # of the sheet, and what it says
# A merged cell: the same, and how many rows it spans, where it stands in the sheet.
_Merged = tuple[int, int, str, int, int, int]


class _Field:
    """The shown rows and columns of a sheet, merged cells in one.

    Most cells are blank and beside the tables: only those of a grid are made.
    """

    def __init__(self, sheet: Sheet) -> None:
        height = len(sheet.texts)
        width = max([next(reversed(texts)) for texts in sheet.texts if texts], default=-1) + 1
        merges = [(t, left, min(b, height - 1), right) for t, left, b, right in sheet.merges if t < height]
        for top, left, _, right in merges:
            if left < width <= right < MAX_COLUMNS and len(list(filter(None, sheet.texts[top].values()))) > 1:
                width = right + 1
        self.rows = [row for row in range(height) if row not in sheet.hidden_rows]  # those shown
        columns = [column for column in range(width) if column not in sheet.hidden_columns]
        self.at = {column: number for number, column in enumerate(columns)}  # of the sheet -> of those shown
        # How many are shown before each row and each column.
        self.above = _counted(height, sheet.hidden_rows)
        self.before = _counted(width, sheet.hidden_columns)
        self.names = [f"{sheet.name}!{letters(column)}" for column in range(width)]
        self.texts = sheet.texts
        self.taken: dict[int, set[int]] = defaultdict(set)  # row -> columns that are part of a merged cell
        self.merged: dict[int, list[_Merged]] = defaultdict(list)  # row -> the merged cells that begin there
        covered = 0
        for top, left, bottom, last in merges:
            right = min(last, width - 1)
            if right < left or left in self.taken[top]:
                continue
            covered += (bottom - top + 1) * (right - left + 1)
            if covered > MAX_CELLS:
                raise UnreadableFileError(f"sheet {sheet.name}: found merged cells over more than {MAX_CELLS} cells")
            for row in range(top, bottom + 1):
                self.taken[row].update(range(left, right + 1))
            self._merge(top, left, bottom, right)

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """What is merged shows in the part of it that is not hidden."""
        first, end = self.before[left], self.before[right + 1]
        start, stop = self.above[top], self.above[bottom + 1]
        if start < stop and first < end:
            self.merged[self.rows[start]].append((first, end, self.texts[top].get(left, ""), stop - start, top, left))

    def said(self, row: int) -> list[_Said]:
        """The cells of a row that say something."""
        taken, at, merged = self.taken.get(row, ()), self.at, self.merged.get(row)
        found = [
            (first := at[column], first + 1, text)
            for column, text in self.texts[row].items()
            if text and column not in taken and column in at
        ]
        return found + [one[:3] for one in merged if one[2]] if merged else found

    def is_paragraph(self, row: int, said: _Said, *, outside: bool) -> bool:
        """Whether what stands alone in its row is no cell of a table."""
        first, _, text = said
        if len(text) > _LONG or _SENTENCE.search(text):
            return True
        if normalise(text) in vocabulary().words:
            return False
        if outside:
            return True
        taken = self.taken.get(row, ())
        firsts = [at for column, at in self.at.items() if column not in taken]
        firsts += [merged[0] for merged in self.merged.get(row, ())]
        return len(firsts) == 1 or (first == min(firsts) and bool(_HEADING.match(text)))

    def grid(self, number: int, rows: list[_Row]) -> Grid:
        """Rows without the blank columns beside those in use, their cells counted from 1."""
        while len(rows) > 1 and not rows[-1][1] and not rows[-2][1]:
            rows.pop()
        left = min([first for _, said in rows for first, _, _ in said])
        right = max([end for _, said in rows for _, end, _ in said])
        columns = [(column, self.names[column], at - left) for column, at in self.at.items() if left <= at < right]
        return Grid(number, [self.cells(row, columns, left, right) for row, _ in rows], spans_known=True)

    def cells(self, row: int, columns: list[tuple[int, str, int]], left: int, right: int) -> list[Cell]:
        """The cells of a row in some columns (of the sheet, their names, of the grid), from `left` to `right`."""
        texts, number = self.texts[row], row + 1
        if taken := self.taken.get(row):
            columns = [one for one in columns if one[0] not in taken]
        behind = str(number)
        found = [
            Cell(texts.get(column, ""), number, order, name + behind, at)
            for order, (column, name, at) in enumerate(columns, 1)
        ]
        if row in self.merged:
            for first, end, text, rowspan, top, column in self.merged[row]:
                if end > left and first < right:
                    start, span = max(first, left), min(end, right) - max(first, left)
                    place = f"{self.names[column]}{top + 1}"
                    found.append(Cell(text, number, 0, place, start - left, span, rowspan))
            found.sort(key=_FIRST)
            for order, cell in enumerate(found, 1):
                cell.column = order
        return found


def _counted(count: int, hidden: frozenset[int]) -> list[int]:
    """How many of some rows or columns are shown before each, and in all."""
    return [0, *accumulate(number not in hidden for number in range(count))]


@lru_cache(maxsize=MAX_COLUMNS)
def letters(column: int) -> str:
    """The name of a column, counted from 0: A, B … Z, AA."""
    name, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        name = chr(65 + letter) + name
    return name


def number_of(name: str) -> int:
    """The column of that name, counted from 0."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1
