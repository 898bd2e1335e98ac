"""What all layouts of text have in common: lines become rows of cells, rows become grids."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Final

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.labels import clean
from extract.vocabulary import Kind, Vocabulary

MAX_CELLS = 50_000  # of all tables; a text may hold other tables than those of the form
BLANKS = " \xa0\u3000\r"
LINES: Final[tuple[Kind, ...]] = ("label", "either")  # the kinds of what may name a line
# The number of a page, squeezed.
PAGE = re.compile(r"[-\u2010-\u2015\u2212]+\d{1,3}[-\u2010-\u2015\u2212]+|第\d{1,3}页(?:共\d{1,3}页)?")
# Bars some exports fill short rows up with: without blanks between them, behind the one of the last cell or on a line
# of their own.
FILLED, FILL, FILLING = re.compile(r"[^|\s] ?\| \|{2,}$"), re.compile(r"\| ?\|+$"), re.compile(r"\|{2,}")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)  # within a cell of Markdown


class Layout:
    """Collects rows into grids and text into paragraphs. Lines stand at their `places`, else at their numbers."""

    def __init__(
        self, document: Document, lines: list[str], words: Vocabulary, places: list[str] | None = None
    ) -> None:
        self.document = document
        self.words = words
        self.lines = lines
        self.places = places
        self.rows: list[list[Cell]] = []
        self.cells = self.grids = 0

    def add_row(self, cells: list[tuple[str, int]]) -> None:
        """A row of the open grid, from the text of each cell and the number of its line."""
        self.cells += len(cells)
        check_size(self.cells)
        number = len(self.rows) + 1
        apart = not self.places and len({line for _, line in cells}) == len(cells)
        places = [f"line {line}" for _, line in cells] if apart else self._where_shared(cells)
        self.rows.append(
            [
                Cell(clean(text), number, column, place, column - 1)
                for column, (text, _), place in zip(count(1), cells, places, strict=False)
            ]
        )

    def _where_shared(self, cells: list[tuple[str, int]]) -> Iterator[str]:
        """The places of the cells of a row that share lines: also where in its line each begins."""
        shared, at = 0, 0
        for (text, line), (_, following) in zip(cells, [*cells[1:], ("", 0)], strict=True):
            at = at if line == shared else 0
            if self.places:
                yield self.places[line - 1]
            elif line not in (shared, following):
                yield f"line {line}"
            else:
                first = clean(text).partition("\n")[0]
                at = max(self.lines[line - 1].find(first, at), at)
                yield f"line {line}, column {at + 1}"
                at += max(len(first), 1)
            shared = line

    def end_grid(self) -> None:
        """Make a grid of the rows so far, if there are any."""
        if self.rows:
            self.grids += 1
            self.document.blocks.append(Grid(self.grids, self.rows, spans_known=False))
            self.rows = []

    def add_paragraph(self, line: str) -> None:
        """Text outside of tables; it ends the open grid."""
        self.end_grid()
        if text := clean(line):
            self.document.blocks.append(text)


def check_size(cells: int) -> None:
    """Raise UnreadableFileError for a text of more cells than reports have."""
    if cells > MAX_CELLS:
        raise UnreadableFileError(
            f"the text has more than {MAX_CELLS} cells; expected a report of some hundred", "text/plain"
        )


def between(line: str, separator: str = "|", *, opened: bool = True, closed: bool = True) -> list[str]:
    """The cells of a line; a separator before the first (`opened`) or behind the last (`closed`) parts none."""
    line = line.strip(BLANKS)
    line = line.removeprefix(separator) if opened else line
    cells = (line.removesuffix(separator) if closed else line).split(separator)
    return [_BREAK.sub("\n", cell) for cell in cells] if "<" in line else cells
