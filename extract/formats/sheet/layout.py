"""A sheet as a person sees it, and how it becomes paragraphs and grids.

A sheet is one field of cells. What stands alone in its row, over the width of the tables or before and behind them, is
a paragraph, and the rows between two paragraphs are a grid: a report keeps its headings and prose between its tables.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from extract.document import Cell, Grid, UnreadableFileError
from extract.labels import clean, normalise
from extract.vocabulary import vocabulary

MAX_CELLS = 200_000  # of the used field of a sheet
MAX_COLUMNS = 1_024
_SENTENCE = re.compile(r"[。；;]")
_HEADING = re.compile(r"^(?:[一二三四五六七八九十]{1,2}、|附[件表注]|说明|注[:：])")
_LONG = 60  # characters; no label of a form has as many


@dataclass(slots=True)
class Sheet:
    """What the cells of a sheet show, row by row and column by column from 0; `merges` are (row, column, last row, last
    column); hidden rows and columns are not shown.
    """

    name: str
    texts: list[list[str]]
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
    rows = _Field(sheet).rows()
    while rows and not any(cell.text for cell in rows[-1]):
        rows.pop()
    spoken = [[cell for cell in row if cell.text] for row in rows]
    several = [number for number, cells in enumerate(spoken) if len(cells) > 1]
    first, last = (several[0], several[-1]) if several else (len(rows), -1)
    table: list[list[Cell]] = []
    for number, (row, cells) in enumerate(zip(rows, spoken, strict=True)):
        outside = number < first or number > last
        if len(cells) == 1 and _is_paragraph(cells[0], row, outside=outside):
            if any(cell.text for line in table for cell in line):
                grids += 1
                yield _grid(grids, table)
            table = []
            yield from filter(None, map(clean, cells[0].text.split("\n")))
        elif cells or table:
            table.append(row)
    if any(cell.text for line in table for cell in line):
        yield _grid(grids + 1, table)


def _is_paragraph(cell: Cell, row: list[Cell], *, outside: bool) -> bool:
    """Whether what stands alone in its row is no cell of a table."""
    if len(cell.text) > _LONG or _SENTENCE.search(cell.text):
        return True
    if normalise(cell.text) in vocabulary().words:
        return False
    return outside or len(row) == 1 or (cell is row[0] and bool(_HEADING.match(cell.text)))


def _grid(number: int, rows: list[list[Cell]]) -> Grid:
    """Rows without the blank columns beside them, their cells counted from 1."""
    while len(rows) > 1 and not any(cell.text for row in rows[-2:] for cell in row):
        rows.pop()
    used = [cell for row in rows for cell in row if cell.text]
    left, right = min(cell.first for cell in used), max(cell.first + cell.colspan for cell in used)
    trimmed = []
    for row in rows:
        cells = [cell for cell in row if cell.first + cell.colspan > left and cell.first < right]
        for column, cell in enumerate(cells, 1):
            end = min(cell.first + cell.colspan, right)
            cell.first = max(cell.first, left) - left
            cell.colspan = end - left - cell.first
            cell.column = column
        trimmed.append(cells)
    return Grid(number, trimmed, spans_known=True)


class _Field:
    """The shown rows and columns of a sheet, merged cells in one."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        height = len(sheet.texts)
        width = max(map(len, sheet.texts), default=0)
        self.heads: dict[tuple[int, int], tuple[int, int]] = {}
        merges = [(t, left, min(b, height - 1), right) for t, left, b, right in sheet.merges if t < height]
        for top, left, _, right in merges:
            if left < width and right < MAX_COLUMNS and len(list(filter(None, sheet.texts[top]))) > 1:
                width = max(width, right + 1)
        self.width = width
        self.taken: dict[int, set[int]] = defaultdict(set)  # row -> columns that are part of a merged cell
        covered = 0
        for top, left, bottom, last in merges:
            right = min(last, width - 1)
            if right < left or left in self.taken[top]:
                continue
            covered += (bottom - top + 1) * (right - left + 1)
            if covered > MAX_CELLS:
                raise UnreadableFileError(f"sheet {sheet.name}: found merged cells over more than {MAX_CELLS} cells")
            self.heads[top, left] = bottom, right
            for row in range(top, bottom + 1):
                self.taken[row].update(range(left, right + 1))
        shown = [column for column in range(width) if column not in sheet.hidden_columns]
        self.at = {column: number for number, column in enumerate(shown)}  # column of the sheet -> of those shown
        self.names = [f"{sheet.name}!{letters(column)}" for column in range(width)]

    def rows(self) -> list[list[Cell]]:
        hidden = self.sheet.hidden_rows
        found = {row: self.row(row) for row in range(len(self.sheet.texts)) if row not in hidden}
        for (top, left), (bottom, right) in self.heads.items():
            # What is merged shows in the part of it that is not hidden.
            rows = [row for row in range(top, bottom + 1) if row in found]
            columns = [column for column in range(left, right + 1) if column in self.at]
            if rows and columns:
                found[rows[0]].append(self.cell(top, left, rows[0], columns, rows[-1] - rows[0] + 1))
        for row in found.values():
            row.sort(key=lambda cell: cell.first)
            for number, cell in enumerate(row, 1):
                cell.column = number
        return list(found.values())

    def row(self, row: int) -> list[Cell]:
        """The cells of a row that are not merged."""
        texts = self.sheet.texts[row]
        texts = [*[clean(text) if text else "" for text in texts], *[""] * (self.width - len(texts))]
        number, covered, names = str(row + 1), self.taken.get(row, ()), self.names
        return [
            Cell(texts[column], row + 1, 0, names[column] + number, at)
            for column, at in self.at.items()
            if column not in covered
        ]

    def cell(self, row: int, column: int, shown_in: int, columns: list[int], rowspan: int) -> Cell:
        texts = self.sheet.texts[row]
        text = clean(texts[column]) if column < len(texts) and texts[column] else ""
        place = f"{self.names[column]}{row + 1}"
        return Cell(text, shown_in + 1, 0, place, self.at[columns[0]], len(columns), rowspan)


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
