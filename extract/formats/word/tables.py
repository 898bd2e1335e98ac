"""Tables the way Word keeps them: paragraphs that end cells and rows, rows that know the edges of their cells.

There are no spans in such a file. The grid columns of a table are what the edges of all its rows make together; a
cell covers those between its own two, and a cell merged downwards is told by the cells below that continue it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import le
from typing import Any

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.labels import clean

MAX_CELLS = 20_000  # as for web pages: a statutory table has a few hundred
# Twips (1/1440 inch). Edges nearer than half a millimetre are one line: producers round widths differently from row to
# row, and some leave columns of a single twip behind. No digit is that narrow.
SAME_EDGE = 30

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, eq=False)
class RowShape:
    """What the mark at the end of a row says of its cells. Most rows of a table share one."""

    edges: tuple[int, ...]  # in twips, one more than cells
    joined: tuple[bool, ...]  # merged with the cell before
    down: tuple[int, ...]  # 0 alone, 1 part of the cell above, 3 (or 2) the first of a set merged downwards


@dataclass(frozen=True, slots=True)
class End:
    """What the end of a paragraph says of its place among the tables; `depth` counts the tables it is in."""

    depth: int = 0
    ends_cell: bool = False
    ends_row: bool = False
    shape: RowShape | None = None


def cells_around(ends: Sequence[End]) -> list[list[tuple[int, int]]]:
    """For each paragraph the cells it is in, the innermost first: (number of the paragraph that ends the row, cell)."""
    found: list[list[tuple[int, int]]] = [[] for _ in ends]
    waiting: dict[int, list[tuple[int, int]]] = defaultdict(list)  # by depth, for the end of their row
    cells: Counter[int] = Counter()  # by depth, those of the row that ended
    for number, end in enumerate(ends):
        for depth in range(1, end.depth + 1):
            waiting[depth].append((number, cells[depth]))
        if end.ends_row:
            for paragraph, cell in waiting.pop(end.depth, ()):
                found[paragraph].append((number, cell))
            cells[end.depth] = 0
        elif end.ends_cell:
            cells[end.depth] += 1
    return found


def build(paragraphs: Iterable[tuple[str, End]], media_type: str) -> Document:
    """Paragraphs in their order to paragraphs and grids, the text of tables in cells also as grids of their own.

    Raises UnreadableFileError for text outside the cells of a table, rows that do not end or whose cells are not as
    many as their shape has, and tables of more than `MAX_CELLS`.
    """
    builder = _Builder(media_type)
    builder.add(paragraphs)
    builder.close(0)
    return builder.document


_Content = list["str | _Table"]  # lines of text, and the tables between them


@dataclass(slots=True)
class _Table:
    rows: list[tuple[list[_Content], RowShape | None]] = field(default_factory=list)
    cells: list[_Content] = field(default_factory=list)  # of the row that is being read
    content: _Content = field(default_factory=list)  # of the cell that is being read
    inner: list["_Table"] = field(default_factory=list)

    def contents(self) -> Iterator[_Content]:
        for cells, _ in self.rows:
            yield from cells

    def nested(self) -> list["_Table"]:
        """The tables inside this one; what is drawn around a single cell of text is a frame."""
        return [table for table in self.inner if len(list(table.contents())) > 1 or table.nested()]

    def arranges(self) -> bool:
        """Whether no row prints more than two cells: margins and columns of the page, not figures."""
        return all(sum(bool(_text(content)) for content in cells) <= 2 for cells, _ in self.rows)

    def lines(self) -> Iterator[str]:
        for cells, _ in self.rows:
            yield " ".join(line for content in cells for line in _lines(content))


def _text(content: _Content) -> str:
    if not content:
        return ""
    first = content[0]
    return first if len(content) == 1 and isinstance(first, str) else "\n".join(_lines(content))


def _lines(content: _Content) -> Iterator[str]:
    for part in content:
        yield from [part] if isinstance(part, str) else part.lines()


class _Builder:
    """Keeps the tables that are open, one for each depth."""

    def __init__(self, media_type: str) -> None:
        self.document = Document(media_type)
        self.open: list[_Table] = []
        self.grids = 0

    def damaged(self, found: str, expected: str) -> UnreadableFileError:
        message = f"the tables of the file are damaged: found {found}; expected {expected}"
        return UnreadableFileError(message, self.document.media_type)

    def add(self, paragraphs: Iterable[tuple[str, End]]) -> None:
        table: _Table | None = None
        for text, end in paragraphs:
            if len(self.open) != end.depth:
                self.close(end.depth)
                self.open.extend(_Table() for _ in range(end.depth - len(self.open)))
                table = self.open[-1] if self.open else None
            content: list[Any] = table.content if table else self.document.blocks
            if "\n" in text:
                content += filter(None, map(clean, text.split("\n")))
            elif text and (line := clean(text)):
                content.append(line)
            if not table:
                continue
            if end.ends_row:
                self.end_row(table, end.shape)
            elif end.ends_cell:
                table.cells.append(table.content)
                table.content = []

    def end_row(self, table: _Table, shape: RowShape | None) -> None:
        if table.content:
            raise self.damaged(f"{' '.join(_lines(table.content))[:80]!r} behind the last cell of a row", "nothing")
        if shape and len(shape.edges) != len(table.cells) + 1:
            raise self.damaged(f"a row of {len(table.cells)} cells", f"{len(shape.edges) - 1} by its edges")
        table.rows.append((table.cells, shape))
        table.cells = []

    def close(self, depth: int) -> None:
        """Close the tables deeper than `depth`."""
        while len(self.open) > depth:
            table = self.open.pop()
            if table.cells or table.content:
                raise self.damaged("a table that ends within a row", "the end of the row")
            if self.open:
                self.open[-1].content.append(table)
                self.open[-1].inner.append(table)
            else:
                self.emit(table)

    def emit(self, table: _Table) -> None:
        """A table as a grid; one that only arranges others on the page as the paragraphs and grids in it."""
        nested = table.nested()
        if not nested or not table.arranges():
            self.grids += 1
            self.document.blocks.append(self.lay_out(table, self.grids))
            for inner in nested:
                self.emit(inner)
            return
        for part in (part for content in table.contents() for part in content):
            if isinstance(part, str):
                self.document.blocks.append(part)
            else:
                self.emit(part)

    def lay_out(self, table: _Table, number: int) -> Grid:
        """Cells on their columns, or counted along each row where the table has no edges to go by."""
        if sum(len(cells) for cells, _ in table.rows) > MAX_CELLS:
            raise self.damaged(f"more than {MAX_CELLS} cells in table[{number}]", "a few hundred")
        spans = _spans(table)
        rows: list[list[Cell]] = []
        above: dict[tuple[int, int], Cell] = {}  # cells of the row before that may go on in this one
        for row, (contents, shape) in enumerate(table.rows, 1):
            place = f"table[{number}]/tr[{row}]/tc"
            if spans is None:
                cells = [
                    Cell(_text(content), row, at, f"{place}[{at}]", at - 1) for at, content in enumerate(contents, 1)
                ]
            else:
                cells, above = _on_columns(contents, spans[shape], above, row, place)
            rows.append(cells)
        return Grid(number, rows, spans_known=spans is not None)


# Of a cell as printed: the first of the cells that make it up, the one behind the last, its columns, how it is merged.
_Span = tuple[int, int, int, int, int]


def _spans(table: _Table) -> dict[RowShape | None, list[_Span]] | None:
    """The cells of each shape of a row; None if a row has no edges, or cells too narrow for their text."""
    shapes = {shape for _, shape in table.rows}
    known = [shape for shape in shapes if shape and all(map(le, shape.edges, shape.edges[1:]))]
    if len(known) < len(shapes):
        return None
    columns = _columns({edge for shape in known for edge in shape.edges})
    spans: dict[RowShape | None, list[_Span]] = {}
    narrow: dict[RowShape | None, list[int]] = {}
    for shape in known:
        at = [columns[edge] for edge in shape.edges]
        begins = [number for number, joined in enumerate(shape.joined) if not (joined and number)]
        ends = [*begins[1:], len(at) - 1]
        spans[shape] = [
            (begin, end, at[begin], at[end], shape.down[begin]) for begin, end in zip(begins, ends, strict=True)
        ]
        narrow[shape] = [number for number, (left, right) in enumerate(pairwise(at)) if left == right]
    if any(_text(contents[number]) for contents, shape in table.rows for number in narrow[shape]):
        return None
    return spans


def _columns(edges: set[int]) -> dict[int, int]:
    """Edge -> the column that begins there."""
    columns: dict[int, int] = {}
    line = min(edges, default=0)
    column = 0
    for edge in sorted(edges):
        if edge - line > SAME_EDGE:
            line = edge
            column += 1
        columns[edge] = column
    return columns


def _on_columns(
    contents: list[_Content], spans: list[_Span], above: dict[tuple[int, int], Cell], row: int, place: str
) -> tuple[list[Cell], dict[tuple[int, int], Cell]]:
    """(the cells of a row, those of them or above them that may go on in the next row)."""
    cells: list[Cell] = []
    going_on: dict[tuple[int, int], Cell] = {}
    hidden: Sequence[_Content]
    for at, end, first, last, down in spans:
        if down == 1 and (first, last) in above:
            cell = above[first, last]
            cell.rowspan += 1
            hidden = contents[at:end]
        else:
            cell = Cell(_text(contents[at]), row, at + 1, f"{place}[{at + 1}]", first, last - first)
            if last > first:
                cells.append(cell)
            hidden = contents[at + 1 : end] if end > at + 1 else ()
        for content in hidden:  # Word shows nothing of it; a label is taken up if its head is blank, a figure never
            if not cell.text and not _DIGIT.search(text := _text(content)):
                cell.text = text
        if down:
            going_on[first, last] = cell
    return cells, going_on
