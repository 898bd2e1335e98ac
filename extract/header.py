"""The headers of a statutory table: which printed column is which column of the form."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from extract.document import Cell, Grid
from extract.forms import Block, Column, Table
from extract.labels import unit_in
from extract.reading import Issue
from extract.recognise import Row
from extract.vocabulary import CUT_LENGTH, column_name


@dataclass(slots=True)
class Header:
    """Column headers over a block: the value columns in printed order with the cells that name them.

    `grids` are the numbers of the grids those cells stand in, None where their place in it is not known; `money` is the
    unit of money they state, "" for none. `partial` tells that columns of the form are not printed: a row with more
    cells than there are columns is no row of such a header. `across` is how many cells the row of the header has, 0 if
    it has several rows.
    """

    columns: tuple[Column, ...]
    cells: list[Cell | None]
    grids: list[int | None]
    issue: str
    partial: bool = False
    across: int = 0
    money: tuple[str, ...] = field(init=False)
    firsts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.money = tuple([unit_in(cell.text) if cell is not None else "" for cell in self.cells])
        self.firsts = [cell.first if cell is not None else -1 for cell in self.cells]

    def is_over(self, values: list[Cell], grid: int) -> bool:
        """Whether every value, one a column, stands under the cell that names its column, as far as both are known."""
        if grid not in self.grids or [cell.first for cell in values] == self.firsts:
            return True
        heads = zip(self.cells, self.grids, values, strict=True)
        return all([number != grid or head is None or overlap(head, cell) for head, number, cell in heads])

    def values(self, cells: list[Cell], grid: Grid) -> list[Cell] | None:
        """The cells that stand under the columns, of those behind a row's label; None if that is not certain.

        Blank cells too many (a label merged over columns, a ruler of empty cells) may stand on either side: they are
        left out where only one way of doing so fits, by what is printed or by the place under the header, which a row
        of as many cells as the header has, too. Where the row's grid is not the header's nor as wide in every row, a
        blank cell further in may as well be the one too many.
        """
        width = len(self.columns)
        surplus = len(cells) - width
        if not surplus:
            return cells
        if surplus < 0 or self.partial:
            return None
        if not any(cell.text for cell in cells):
            return cells[:width]
        ways = [
            cells[start : start + width]
            for start in range(surplus + 1)
            if not any(cell.text for cell in (*cells[:start], *cells[start + width :]))
        ]
        placed = self.grids.count(grid.number) == width
        if not placed and (under := self._under_row(cells)):
            return under
        if placed and any(head is not None and head.colspan < ANYWHERE for head in self.cells):
            ways = [way for way in ways if self._covers(way)] if len(ways) > 1 else ways
        elif not grid.is_even and _may_push(cells, surplus):
            return None
        return ways[0] if len(ways) == 1 else None

    def _under_row(self, cells: list[Cell]) -> list[Cell]:
        """The cells with the numbers of those that name columns, in a row of as many cells; none where another prints
        something.
        """
        if cells[-1].column != self.across:
            return []
        heads = {head.column for head in self.cells if head is not None}
        under = [cell for cell in cells if cell.column in heads]
        strays = any(cell.text for cell in cells if cell.column not in heads)
        return under if len(under) == len(self.columns) and not strays else []

    def _covers(self, way: list[Cell]) -> bool:
        return all([head and overlap(head, cell) for head, cell in zip(self.cells, way, strict=True)])


def _may_push(cells: list[Cell], surplus: int) -> bool:
    """Whether a blank cell between values may be the one too many: there are more blanks than that, in several runs."""
    blanks = [not cell.text for cell in cells]
    runs = sum(blank and not before for blank, before in zip(blanks, [False, *blanks], strict=False))
    return runs > 1 and sum(blanks) > surplus


class Headers:
    """The headers of a table, each read when a line under it is; what is doubtful about one goes to `issues`."""

    def __init__(self, table: Table, issues: list[Issue]) -> None:
        self._table = table
        self._issues = issues
        self._last: dict[int, Header] = {}  # of each block
        self._parsed: dict[tuple[int, tuple[Row, ...]], Header] = {}

    def over(self, block: Block, rows: tuple[Row, ...], width: int = 0) -> Header:
        """The header that stands over a line: the `rows` printed above it, the one before where these are a repeat cut
        short.

        One that lacks columns of the form, over a line `width` cells wide that has them all, is damaged.
        """
        key = (block.number, rows)
        header = self._parsed.get(key) or self._parse(block, rows)
        if header.partial and width >= len(block.leaves):
            header = parse_header(block, (), self._table)
            self._doubt(block, rows, header.issue)
        self._parsed[key] = self._last[block.number] = header
        return header

    def _parse(self, block: Block, rows: tuple[Row, ...]) -> Header:
        """The header that rows print, or the one before; doubtful if they are damaged."""
        known = self._last.get(block.number)
        header = parse_header(block, rows, self._table)
        if header.issue and known is not None and (not rows or len(self._table.blocks) == 1):
            return known
        if header.issue:
            self._doubt(block, rows, header.issue)
        return header

    def _doubt(self, block: Block, rows: tuple[Row, ...], code: str) -> None:
        where = f"{self._table.key} / {block.caption.zh if block.caption else 'header'}"
        printed = " | ".join(cell.text for row in rows for cell in row.cells if cell.text)
        expected = " | ".join(column.label.zh for column in block.leaves)
        self._issues.append(Issue(code, where, printed, expected))


# The span of a header cell in a format that does not tell spans.
ANYWHERE = 1 << 16


def overlap(head: Cell, cell: Cell) -> bool:
    """Whether two cells share a grid column."""
    return head.first < cell.first + cell.colspan and cell.first < head.first + head.colspan


def parse_header(block: Block, rows: Sequence[Row], table: Table) -> Header:
    """Assign header labels to the block's columns. The order of columns is the printed one, with or without spans."""
    if not rows:
        return _unprinted(block, "header_missing")
    columns, places, lacks = _named(table, block, tuple([row.texts for row in rows]))
    cells = [rows[level].cells[at] for level, at in places]
    grids: list[int | None] = [None] * len(cells)
    complete = bool(columns)
    if all([row.grid.spans_known for row in rows]):
        starts = [cell.first for cell in cells]
        complete = complete and starts == sorted(starts)
        grids = [rows[level].grid.number for level, _ in places]
    else:
        cells = [Cell(cell.text, cell.row, cell.column, cell.place, 0, ANYWHERE) for cell in cells]
    if not complete:
        return _unprinted(block, "header_damaged")
    levels = {level for level, _ in places}
    across = len(rows[levels.pop()].cells) if len(levels) == 1 else 0
    return Header(columns, [*cells], grids, "", partial=lacks, across=across)


def _unprinted(block: Block, issue: str) -> Header:
    return Header(block.leaves, [None] * len(block.leaves), [None] * len(block.leaves), issue)


def _groups(columns: tuple[Column, ...]) -> int:
    """How many headings there are over the leaves; each may come without one of its columns, such as its total."""
    return sum(map(_groups, (column.columns for column in columns if column.columns))) or 1


# A printed name of a column and where it stands: its row among the headers, its place in the row.
_Name = tuple[str, tuple[int, int]]


@lru_cache(maxsize=4096)
def _named(
    table: Table, block: Block, rows: tuple[tuple[str, ...], ...]
) -> tuple[tuple[Column, ...], tuple[tuple[int, int], ...], bool]:
    """(the columns that normalised header rows name, in printed order, where they do, whether some are not named).

    No columns where a cell names none of them, or more lack than may, or a form of one level has several. Most reports
    print the same headers, so what they say is worked out once.
    """
    levels = [
        [(column_name(text), (number, at)) for at, text in enumerate(texts) if text and not table.is_stub(text)]
        for number, texts in enumerate(rows)
    ]
    levels = [names for names in levels if names]
    named = _behind_label(table, rows, _flat(block, levels) or _by_levels(block, levels))
    missing = [leaf for leaf in block.leaves if leaf not in named]
    # With several blocks in a table, a header that lacks a column may be that of another block.
    may_lack = _groups(block.columns) if len(table.blocks) == 1 and len(block.leaves) > 2 else 0
    if len(missing) == len(block.leaves) or len(missing) > may_lack:
        return (), (), False
    return tuple(named), tuple(named.values()), bool(missing)


def _behind_label(
    table: Table, rows: tuple[tuple[str, ...], ...], named: dict[Column, tuple[int, int]]
) -> dict[Column, tuple[int, int]]:
    """The columns of a header without those that stand before the labels of the lines (代码 before 指标名称).

    None for a statistical form whose columns are named in several rows: it has one level, and others may go unseen.
    """
    if table.unit_column is None:
        return named
    if len({row for row, _ in named.values()}) > 1:
        return {}
    labels = {row: at for row, texts in enumerate(rows) for at, text in enumerate(texts) if table.names_lines(text)}
    return {column: (row, at) for column, (row, at) in named.items() if at > labels.get(row, -1)}


def _flat(block: Block, levels: list[list[_Name]]) -> dict[Column, tuple[int, int]]:
    """The columns of a header in a single row that leaves the headings over its columns out; else none."""
    if len(levels) != 1:
        return {}
    leaves = [leaf for column in block.headings for leaf in column.leaves()]
    named = [leaf for name, _ in levels[0] for leaf in leaves if name in leaf.label.names]
    found: dict[Column, tuple[int, int]] = {}
    for name, place in levels[0]:
        alike = [leaf for leaf in leaves if name in leaf.label.names] or _cut(name, leaves, named)
        if len(alike) != 1 or alike[0] in found:
            return {}
        found[alike[0]] = place
    return found


def _cut(name: str, columns: Sequence[Column], named: Container[Column]) -> list[Column]:
    """The columns whose name a page may have cut to this one (本年增/), of those it does not name otherwise."""
    if len(name) < CUT_LENGTH:
        return []
    return [c for c in columns if c not in named and any(whole.startswith(name) for whole in c.label.names)]


def _by_levels(block: Block, levels: list[list[_Name]]) -> dict[Column, tuple[int, int]]:
    """The columns of a header with a row for each level; none where a cell names none of them.

    Each printed row names, from left to right, columns of the headings still open; a heading hands over to the next
    one when a label is none of its own or repeats. What may stand beside the columns comes last, in any row.
    """
    open_headings: list[tuple[Column, ...]] = [block.columns]
    found: dict[Column, tuple[int, int]] = {}
    order: dict[int, list[Column]] = {}
    beside: dict[Column, tuple[int, int]] = {}
    for names in levels:
        last = next((c for c in block.beside if c not in beside and names[-1][0] in c.label.names), None)
        if last is not None:
            beside[last] = names.pop()[1]
        at = 0
        still_open: list[tuple[Column, ...]] = []
        for heading in open_headings:
            named: list[Column] = []
            while at < len(names):
                name, place = names[at]
                alike = [c for c in heading if name in c.label.names and c not in found]
                alike = alike or _cut(name, heading, found)
                if not alike or (len(alike) > 1 and name not in alike[0].label.names):
                    break
                column = alike[0]
                found[column] = place
                named.append(column)
                at += 1
            if named:
                order[id(heading)] = named
                still_open.extend(column.columns for column in named if column.columns)
            else:
                still_open.append(heading)
        if at < len(names):
            return {}
        open_headings = still_open

    def leaves(columns: tuple[Column, ...]) -> Iterator[Column]:
        for column in order.get(id(columns), ()):
            if column.columns:
                yield from leaves(column.columns)
            else:
                yield column

    return {leaf: found[leaf] for leaf in leaves(block.columns)} | beside
