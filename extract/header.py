"""The headers of a statutory table: which printed column is which column of the form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extract.document import Cell
from extract.forms import Block, Column, Table
from extract.labels import normalise
from extract.recognise import Row

# A column of the year (2009年度) is the form's column of this year, 2009年统计数 its 统计数.
_YEAR = re.compile(r"^20\d\d年度?")


@dataclass(slots=True)
class Header:
    """Column headers over a block: the value columns in printed order with the cells that name them.

    `partial` tells that columns of the form are not printed: a row with more cells than there are columns is no row of
    such a header.
    """

    columns: list[Column]
    cells: list[Cell | None]
    issue: str
    partial: bool = False

    def values(self, cells: list[Cell], *, placed: bool, even: bool) -> list[Cell] | None:
        """The cells that stand under the columns, of those behind a row's label; None if that is not certain.

        Blank cells too many (a label merged over columns, a ruler of empty cells) may stand on either side: they are
        left out where only one way of doing so fits, by what is printed or by the place under the header. `placed`
        tells that the row stands in one grid with the header, `even` that its grid has as many cells in every row.
        Where neither holds, a blank cell further in may as well be the one too many.
        """
        width = len(self.columns)
        surplus = len(cells) - width
        ways = [
            cells[start : start + width]
            for start in range(surplus + 1)
            if not any(cell.text for cell in (*cells[:start], *cells[start + width :]))
        ]
        if surplus and self.partial:
            return None
        if surplus <= 0 or not any(cell.text for cell in cells):
            return ways[0] if ways else None
        if placed and any(head is not None and head.colspan < ANYWHERE for head in self.cells):
            if len(ways) > 1:
                ways = [way for way in ways if all(h and overlap(h, c) for h, c in zip(self.cells, way, strict=True))]
        elif not even:
            blanks = [not cell.text for cell in cells]
            runs = sum(blank and not before for blank, before in zip(blanks, [False, *blanks], strict=False))
            if runs > 1 and sum(blanks) > surplus:
                return None
        return ways[0] if len(ways) == 1 else None


# The span of a header cell in a format that does not tell spans.
ANYWHERE = 1 << 16


def overlap(head: Cell, cell: Cell) -> bool:
    """Whether two cells share a grid column."""
    return head.first < cell.first + cell.colspan and cell.first < head.first + head.colspan


def parse_header(block: Block, rows: list[Row], table: Table) -> Header:
    """Assign header labels to the block's columns. The order of columns is the printed one, with or without spans."""
    if not rows:
        return Header(list(block.leaves), [None] * len(block.leaves), "header_missing")
    levels = [
        [cell for cell in row.cells if (text := normalise(cell.text)) and not table.is_stub(text)] for row in rows
    ]
    levels = [cells for cells in levels if cells]
    named = _flat(block, levels) or _by_levels(block, levels)
    printed = list(named)
    cells: list[Cell | None] = list(named.values())
    complete = any(leaf in named for leaf in block.leaves)
    if all(row.grid.spans_known for row in rows):
        starts = [cell.first for cell in named.values()]
        complete = complete and starts == sorted(starts)
    else:
        cells = _without_position(cells)
    missing = [leaf for leaf in block.leaves if leaf not in named]
    # With several blocks in a table, a header that lacks a column may be that of another block.
    may_lack = _groups(block.columns) if len(table.blocks) == 1 and len(block.leaves) > 2 else 0
    if complete and len(missing) <= may_lack:
        return Header(printed, cells, "", partial=bool(missing))
    return Header(list(block.leaves), [None] * len(block.leaves), "header_damaged")


def _groups(columns: tuple[Column, ...]) -> int:
    """How many headings there are over the leaves; each may come without one of its columns, such as its total."""
    return sum(map(_groups, (column.columns for column in columns if column.columns))) or 1


def _flat(block: Block, levels: list[list[Cell]]) -> dict[Column, Cell]:
    """The columns of a header in a single row that leaves the headings over its columns out; else none."""
    leaves = [leaf for column in block.headings for leaf in column.leaves()]
    found: dict[Column, Cell] = {}
    if len(levels) == 1:
        for cell in levels[0]:
            alike = [leaf for leaf in leaves if _name(cell) in leaf.label.names]
            if len(alike) != 1 or alike[0] in found:
                return {}
            found[alike[0]] = cell
    return found


def _by_levels(block: Block, levels: list[list[Cell]]) -> dict[Column, Cell]:
    """The columns of a header with a row for each level; none where a cell names none of them.

    Each printed row names, from left to right, columns of the headings still open; a heading hands over to the next
    one when a label is none of its own or repeats. What may stand beside the columns comes last, in any row.
    """
    open_headings: list[tuple[Column, ...]] = [block.columns]
    found: dict[Column, Cell] = {}
    order: dict[int, list[Column]] = {}
    beside: dict[Column, Cell] = {}
    for cells in levels:
        last = next((c for c in block.beside if c not in beside and _name(cells[-1]) in c.label.names), None)
        if last is not None:
            beside[last] = cells.pop()
        at = 0
        still_open: list[tuple[Column, ...]] = []
        for heading in open_headings:
            named: list[Column] = []
            while at < len(cells):
                column = next((c for c in heading if _name(cells[at]) in c.label.names and c not in found), None)
                if column is None:
                    break
                found[column] = cells[at]
                named.append(column)
                at += 1
            if named:
                order[id(heading)] = named
                still_open.extend(column.columns for column in named if column.columns)
            else:
                still_open.append(heading)
        if at < len(cells):
            return {}
        open_headings = still_open

    def leaves(columns: tuple[Column, ...]) -> Iterator[Column]:
        for column in order.get(id(columns), ()):
            if column.columns:
                yield from leaves(column.columns)
            else:
                yield column

    return {leaf: found[leaf] for leaf in leaves(block.columns)} | beside


def _name(cell: Cell) -> str:
    text = normalise(cell.text)
    return _YEAR.sub("", text) or "本年度" if _YEAR.match(text) else text


def _without_position(cells: list[Cell | None]) -> list[Cell | None]:
    """Header cells of a format that does not tell spans keep their text, not their place."""
    return [Cell(c.text, c.row, c.column, c.place, 0, ANYWHERE) if c is not None else None for c in cells]
