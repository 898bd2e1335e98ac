"""The headers of a statutory table: which printed column is which column of the form."""

import re
from dataclasses import dataclass

from extract.document import Cell
from extract.forms import Block, Column, Table
from extract.labels import normalise
from extract.recognise import Row

# A column of the year (2009年度) is the form's column of this year, 2009年统计数 its 统计数.
_YEAR = re.compile(r"^20\d\d年度?")


@dataclass(slots=True)
class Header:
    """Column headers over a block: the value columns in printed order with the cells that name them."""

    columns: list[Column]
    cells: list[Cell | None]
    issue: str

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
    """Assign header labels to the block's columns, level by level.

    Each printed row names, from left to right, columns of the headings still open; a heading hands over to the next
    one when a label is none of its own or repeats. So the order of columns is the printed one, with or without spans.
    """
    open_headings: list[tuple[Column, ...]] = [block.headings]
    found: dict[Column, Cell] = {}
    order: dict[int, list[Column]] = {}
    strange = False
    for row in rows:
        cells = [cell for cell in row.cells if (text := normalise(cell.text)) and not table.is_stub(text)]
        at = 0
        still_open: list[tuple[Column, ...]] = []
        for heading in open_headings:
            named: list[Column] = []
            while at < len(cells):
                text = normalise(cells[at].text)
                text = _YEAR.sub("", text) or "本年度" if _YEAR.match(text) else text
                column = next((c for c in heading if text in c.label.names and c not in found), None)
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
        strange = strange or at < len(cells)
        open_headings = still_open

    def leaves(columns: tuple[Column, ...]) -> list[Column]:
        return [
            leaf
            for column in order.get(id(columns), columns)
            for leaf in (leaves(column.columns) if column.columns else [column])
        ]

    if not rows:
        return Header(list(block.leaves), [None] * len(block.leaves), "header_missing")
    complete = all(leaf in found for leaf in block.leaves) and not strange
    columns = leaves(block.headings) if complete else list(block.leaves)
    cells_in_order = [found.get(column) for column in columns]
    if all(row.grid.spans_known for row in rows):
        starts = [cell.first for cell in cells_in_order if cell is not None]
        complete = complete and starts == sorted(starts)
    else:
        cells_in_order = _without_position(cells_in_order)
    if complete:
        return Header(columns, cells_in_order, "")
    return Header(columns, [None] * len(columns), "header_damaged")


def _without_position(cells: list[Cell | None]) -> list[Cell | None]:
    """Header cells of a format that does not tell spans keep their text, not their place."""
    return [Cell(c.text, c.row, c.column, c.place, 0, ANYWHERE) if c is not None else None for c in cells]
