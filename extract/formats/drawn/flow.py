"""From pages to a document: the title, paragraphs over lines and pages, and the rows of tables."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from statistics import median

from extract.document import Cell, Grid
from extract.formats.drawn.lattice import NEAR, Page, Table
from extract.formats.drawn.lines import TextLine
from extract.formats.drawn.view import Box
from extract.labels import clean

Row = list[tuple[str, int, int, str, int, int, int]]  # the fields of a Cell
Block = str | list[Row]


def title(page: Page) -> str:
    """The lines in the largest type of a page, if it has a larger one."""
    lines = page.lines
    if not lines:
        return ""
    sizes = [line.y1 - line.y0 for line in lines]
    large = [line.text for line, size in zip(lines, sizes, strict=True) if size > 0.9 * max(sizes)]
    return clean("".join(large)) if max(sizes) > 1.15 * median(sizes) else ""


def flow(pages: list[Page], place: Callable[[int, Box], str]) -> Iterator[Block]:
    """Paragraphs and the rows of tables, in reading order; `place` names a box on a page."""
    paragraph: list[TextLine] = []
    for page in pages:
        column = _Column(page.lines) if page.lines else None
        for number, block in enumerate(page.blocks):
            line = block if isinstance(block, TextLine) else None
            if paragraph and not (line and column and column.goes_on(paragraph[-1], line, not number)):
                yield "".join(piece.text for piece in paragraph)
                paragraph = []
            if line:
                paragraph.append(line)
            elif isinstance(block, Table):
                yield list(_rows(block, place))
    if paragraph:
        yield "".join(piece.text for piece in paragraph)


def to_blocks(flowed: Iterable[Block]) -> list[str | Grid]:
    """The blocks of a document, after their way from one process to another."""
    blocks: list[str | Grid] = []
    grids = 0
    for block in flowed:
        if isinstance(block, str):
            blocks.append(block)
        else:
            grids += 1
            blocks.append(Grid(grids, [[Cell(*cell) for cell in row] for row in block], spans_known=True))
    return blocks


class _Column:
    """Where the lines of a page begin and end."""

    def __init__(self, lines: list[TextLine]) -> None:
        self.left, self.right = min(line.x0 for line in lines), max(line.x1 for line in lines)
        self.size = median(line.y1 - line.y0 for line in lines)
        # The one longest line of a page of short paragraphs fills no column.
        self.filled = sum(line.x1 > self.right - self.size for line in lines) > 1

    def goes_on(self, line: TextLine, after: TextLine, new_page: bool) -> bool:
        """Whether a line goes on in the next: it fills the column, or both are in large type over each other."""
        size, size_after = line.y1 - line.y0, after.y1 - after.y0
        if not 0.75 * size_after < size < 1.33 * size_after or (after.y0 - line.y1 > 1.5 * size and not new_page):
            return False
        if min(size, size_after) > 1.15 * self.size:
            return abs(line.x0 + line.x1 - after.x0 - after.x1) < 2 * size
        return self.filled and line.x1 > self.right - 2 * size and after.x0 < self.left + 1.2 * size


def _rows(table: Table, place: Callable[[int, Box], str]) -> Iterator[Row]:
    tops = sorted({cell.top for row in table.rows for cell in row})
    edges = [column - NEAR for column in table.columns]
    for number, row in enumerate(table.rows, 1):
        yield [
            (
                cell.text, number, column, place(cell.page, cell.box), first := bisect_left(edges, cell.start) - 1,
                max(1, bisect_left(edges, cell.end - NEAR) - first),
                bisect_left(tops, cell.bottom) - bisect_left(tops, cell.top),
            )
            for column, cell in enumerate(row, 1)
        ]  # fmt: skip
