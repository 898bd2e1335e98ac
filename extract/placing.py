"""Which line and column each cell of a statutory table is of.

Cells are found by the label of their line and the path of their column header. Where a label is damaged, lines are
aligned between certain neighbours, only if exactly one way fits, and marked. Values are never placed by counting
numbers over a whole table.
"""

import re
from collections import defaultdict
from difflib import SequenceMatcher

from extract.document import Cell
from extract.forms import Column, Line
from extract.header import Header, Headers, overlap
from extract.labels import normalise, squeeze, unit_in
from extract.placed import Candidate, PlacedTable
from extract.reading import Fate, Issue, Method
from extract.recognise import RecognisedTable, Role, Row
from extract.vocabulary import MANY, lines_by_name, looks_like_value

# Below half alike, a label in the gap is another line, not a damaged one (乱码 and typos keep most characters).
LABEL_LIKENESS = 0.5
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NARROW = 3  # columns of section 二; a count of that many digits is none out of the ordinary
_NOTHING = re.compile(r"[-‐-―−_/\\\u2044\u2215]*")


def place(recognised: RecognisedTable, fates: dict[Cell, Fate]) -> tuple[PlacedTable, list[Candidate]]:
    """(the table, the rows whose label did not say their line); what became of its cells goes to `fates`."""
    placer = _Placer(recognised, fates)
    waiting = placer.place_labelled()
    placer.align(placer.settle_groups(waiting))
    return placer.placed, waiting


class _Placer:
    def __init__(self, recognised: RecognisedTable, fates: dict[Cell, Fate]) -> None:
        self.table = recognised.table
        self.placed = PlacedTable(recognised.table, recognised.rows, fates)
        self.headers = Headers(recognised.table, self.placed.issues)
        self.lines = _lines(recognised)
        self.is_spread = _labels_are_spread(recognised, self.lines)

    # -- rows with a certain label -----------------------------------------------------------------------------

    def place_labelled(self) -> list[Candidate]:
        """Place the rows whose label says their line; those with values but without such a label are returned."""
        waiting: list[Candidate] = []
        headers: tuple[Row, ...] = ()
        last = -1
        previous: Role | None = ""  # None for a note
        for row, line in zip(self.placed.rows, self.lines, strict=True):
            if row.role == "caption":
                headers = ()
                self.placed.set_fate(row.cells, "label", "caption")
            elif row.role == "header":
                headers = (*headers, row) if previous in ("header", None) else (row,)
                self.placed.set_fate(row.cells, "header", "")
            elif line is not None:
                last = self.table.printed_order[line.code]
                waiting += self._place_line(line, row, headers)
            elif self._is_row_of_numbers(row):
                self._place_numbers(row, headers)
            elif candidate := self._candidate(row, last, headers):
                waiting.append(candidate)
            else:
                self.placed.set_fate(row.cells, "ignored", "note")
                previous = None if previous in ("header", None) else previous
                continue
            previous = row.role
        return waiting

    def _place_line(self, line: Line, row: Row, headers: tuple[Row, ...]) -> list[Candidate]:
        """A row with a label of the form. A group's label may stand beside the damaged label of its first part."""
        first = row.label_at + 1
        rest = row.cells[first:]
        if not line.parts or line.printed == "both":
            self._read_line(line, row, first, "labelled", headers)
        elif not any(cell.text for cell in rest) and len(rest) < len(self.table.block_of[line].leaves):
            self.placed.set_fate(row.cells, "label", line.code)  # a group label alone in its row
        elif self.table.unit_column and line.printed == "heading" and all(map(self._prints_no_figure, rest)):
            self.placed.set_fate(row.cells[:first], "label", line.code)
            self.placed.set_fate(rest, "ignored", "a heading has no figure")
        else:
            behind = self._after_text(row.cells, first)
            group = line if behind == first else None
            return [Candidate(row, behind, self.table.printed_order[line.code], headers, group)]
        return []

    def _prints_no_figure(self, cell: Cell) -> bool:
        text = squeeze(cell.text)
        return bool(_NOTHING.fullmatch(text)) or text in self.table.units

    def _is_row_of_numbers(self, row: Row) -> bool:
        """Whether a row without a label is one of the table without line labels (section 四)."""
        block = self.table.blocks[0]
        return row.role == "data" or (not block.labelled and _ran_together(row.cells, len(block.leaves)))

    def _place_numbers(self, row: Row, headers: tuple[Row, ...]) -> None:
        if row.role == "data" and not any(cell.text for cell in row.cells) and self._has_numbers():
            self.placed.set_fate(row.cells, "ignored", "a blank row beside the row of numbers")
            return
        block = self.table.blocks[0]
        head = row.cells[0].text
        named = row.role == "data" and len(row.cells) > len(block.leaves) and head and not looks_like_value(head)
        self._read_line(block.lines[0], row, int(bool(named)), "labelled", headers)

    def _has_numbers(self) -> bool:
        """Whether the table without line labels has a row that prints anything."""
        return any(row.role == "data" and any(cell.text for cell in row.cells) for row in self.placed.rows)

    def _candidate(self, row: Row, last: int, headers: tuple[Row, ...]) -> Candidate | None:
        """A row without a known label that holds values, to wait for its line; None for a note."""
        first = self._after_text(row.cells, 0)
        values = row.cells[first:]
        if len(row.cells) == 1 or not values or (first == 0 and not any(cell.text for cell in values)):
            return None
        if self.table.notes and row.texts[0].startswith(self.table.notes):
            return None
        return Candidate(row, first, last, headers)

    def _after_text(self, cells: list[Cell], start: int) -> int:
        """The index behind the last cell from `start` on that holds words instead of a value or a unit."""
        behind = start
        for index, cell in enumerate(cells[start:], start):
            is_text = _HAN.search(cell.text) and not looks_like_value(cell.text)
            if is_text and not (index and squeeze(cell.text) in self.table.units):
                behind = index + 1
        return behind

    # -- the cells of a line -----------------------------------------------------------------------------------

    def _read_line(self, line: Line, row: Row, first: int, method: Method, headers: tuple[Row, ...]) -> None:
        placed, grid = self.placed, row.grid.number
        unit, units = "", list[Cell]()
        if self.table.unit_column is None:
            first += self.table.levels_below(line) if self.is_spread and method == "labelled" else 0
            rest = row.cells[first:]
        else:
            unit = self._unit(line, row.cells, first)
            rest, units = self._beside_unit(row.cells[first:])
        placed.set_fate([*row.cells[:first], *units], "label", line.code)
        header = self.headers.over(self.table.block_of[line], headers, len(rest))
        values = header.values(rest, row.grid)
        if rest:
            placed.line_at[grid, rest[0].row] = line
        placed.tall += [(line, grid, cell) for cell in rest if cell.rowspan > 1]
        printed = tuple([cell.text for cell in values or rest])
        if placed.settle_repeat(line, rest, printed):
            return
        placed.seen[line.code] = printed
        if values is None or _ran_together(values, len(values)):
            self._place_ragged(line, header, grid, rest)
        else:
            self._read_values(line, header, grid, rest, values, method, unit)

    def _read_values(
        self, line: Line, header: Header, grid: int, rest: list[Cell], values: list[Cell], method: Method, unit: str
    ) -> None:
        """The cells of a line, told from blank ones beside the columns."""
        placed = self.placed
        if len(values) < len(rest):
            placed.set_fate([cell for cell in rest if cell not in values], "ignored", "blank cell beside the columns")
        if values and rest[0] is not values[0] and self.table.unit_column is None:
            placed.pushed.append(line)
        if unit or not header.is_over(values, grid):
            self._read_apart(line, header, grid, values, method, unit)
            return
        issue = "label_aligned" if method == "aligned" else header.issue
        method = "aligned" if header.issue else method
        placed.add_row(line, header.columns, header.money, values, method, issue, grid)

    def _beside_unit(self, cells: list[Cell]) -> tuple[list[Cell], list[Cell]]:
        """(the cells behind a label, without the one that prints the unit, that one), wherever it stands among them."""
        if self.table.unit_column is None:
            return cells, []
        units = [cell for cell in cells if squeeze(cell.text) in self.table.units]
        return ([cell for cell in cells if cell is not units[0]], units) if len(units) == 1 else (cells, [])

    def _unit(self, line: Line, cells: list[Cell], first: int) -> str:
        """The unit of the figures of a line: in a cell of its own, in the label or, with neither, the line's."""
        printed = (squeeze(cell.text) for cell in cells[max(first - 1, 0) :])
        stated = next((text for text in printed if text in self.table.units), "")
        return stated or (unit_in(cells[first - 1].text) if first else "") or line.unit

    def _read_apart(self, line: Line, header: Header, grid: int, values: list[Cell], method: Method, unit: str) -> None:
        """Cells that do not all stand under their headers, or that bear a unit: each is looked at by itself."""
        heads = [head for head, at in zip(header.cells, header.grids, strict=True) if at == grid and head]
        moved = not header.is_over(values, grid)
        for column, head, cell in zip(header.columns, header.cells, values, strict=True):
            if column in self.table.block_of[line].beside:
                self.placed.set_fate([cell], "ignored", column.label.zh)
                continue
            elsewhere = moved and head in heads and [other for other in heads if overlap(other, cell)] != [head]
            self._read_cell(line, column, head if elsewhere else None, header, grid, cell, method, unit)

    def _read_cell(
        self, line: Line, column: Column, missed: Cell | None, header: Header, grid: int, cell: Cell, method: Method,
        unit: str,
    ) -> None:  # fmt: skip
        """`missed` is the head of the column where the cell is not under that alone."""
        (indicator, applicant), type_, _ = self.table.meanings[line, column]
        issue = header.issue
        if missed is not None:
            issue = "column_doubt"
            found = f"{cell.text!r} stands in grid column {cell.first + 1}"
            expected = f"under its header in column {missed.first + 1}"
            self.placed.add_issue(issue, line, found, expected, indicator=indicator, applicant=applicant)
        elif method == "aligned":
            issue = "label_aligned"
        if header.issue and missed is None:
            method = "aligned"
        amount = type_ == "amount"
        if unit and (unit.endswith("元") != amount or (unit.startswith(MANY) and not amount)):
            issue = "unit_differs"
            found, expected = f"{cell.text} {unit}", f"a figure in {line.unit}"
            self.placed.add_issue(issue, line, found, expected, indicator=indicator, applicant=applicant)
        head = header.cells[header.columns.index(column)]
        money = (unit if amount else "") or (unit_in(head.text) if head is not None else "")
        self.placed.add_cell(line, column, cell.text, method, issue, grid, cell, money)
        self.placed.set_fate([cell], "value", f"{indicator}/{applicant}" if applicant else indicator)

    def _place_ragged(self, line: Line, header: Header, grid: int, values: list[Cell]) -> None:
        """Values of which nobody can tell the columns: one issue, and each cell of the line bears all of them."""
        printed = " | ".join(cell.text for cell in values)
        found, expected = f"{len(values)} cells: {printed}", f"{len(header.columns)} cells, one a column"
        self.placed.add_issue("ragged_line", line, found, expected)
        # Only under a whole header is it known which columns the values belong to, and in which order.
        leaves = self.table.block_of[line].leaves
        certain = not header.issue and len(header.columns) == len(leaves) and set(header.columns) == set(leaves)
        method: Method = "labelled" if certain else "aligned"
        for column in header.columns if certain else leaves:
            self.placed.add_cell(line, column, printed, method, "ragged_line", grid, values[0] if values else None)
        self.placed.set_fate(values, "issue", "ragged_line")

    # -- rows without a certain label --------------------------------------------------------------------------

    def settle_groups(self, candidates: list[Candidate]) -> list[Candidate]:
        """Values right behind a group's label: of the group, if all of its parts are printed or none is; else of a
        part whose own label is lost. Returned are the rows that still wait for their line.
        """
        waiting = []
        for candidate in candidates:
            group = candidate.group
            parts = [line.code for line in group.every() if not line.parts] if group else []
            seen = sum(code in self.placed.seen for code in parts)
            if group is not None and group.printed != "heading" and seen in (0, len(parts)):
                self._read_line(group, candidate.row, candidate.first_value, "labelled", candidate.headers)
            else:
                waiting.append(candidate)
        return waiting

    def align(self, candidates: list[Candidate]) -> None:
        """Give rows with damaged labels the lines that are missing at their place, if only one way fits."""
        gaps: dict[int, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            gaps[candidate.after].append(candidate)
        order, covered = self.table.printed_order, self.placed.covered()
        standard = [line for _, line in self.table.standard_lines if line.code not in covered]
        found = sorted(order[code] for code in self.placed.seen)
        for after, rows in gaps.items():
            before = next((number for number in found if number > after), len(order))
            missing = [line for line in standard if after < order[line.code] < before]
            fits = len(missing) == len(rows) and all(map(self._fits, rows, missing))
            for candidate, line in zip(rows, missing if fits else [None] * len(rows), strict=True):
                if line is None:
                    self._place_unknown(candidate)
                else:
                    self._read_aligned(candidate, line)

    def _fits(self, candidate: Candidate, line: Line) -> bool:
        """Whether a row may be a line: its label like the line's or lost, its values as many as the columns."""
        header = self.headers.over(self.table.block_of[line], candidate.headers)
        figures, _ = self._beside_unit(candidate.row.cells[candidate.first_value :])
        if header.values(figures, candidate.row.grid) is None:
            return False
        label = "" if candidate.group else self._label_of(candidate)
        return not label or any(
            SequenceMatcher(None, label, name).ratio() >= LABEL_LIKENESS for name in line.label.names
        )

    def _label_of(self, candidate: Candidate) -> str:
        cells = (cell for cell in candidate.row.cells[: candidate.first_value] if cell.text)
        texts = [normalise(cell.text) for cell in cells if squeeze(cell.text) not in self.table.units]
        return texts[-1] if texts else ""

    def _read_aligned(self, candidate: Candidate, line: Line) -> None:
        label = " ".join(cell.text for cell in candidate.row.cells[: candidate.first_value] if cell.text)
        self.placed.add_issue("label_aligned", line, label, line.label.zh)
        self._read_line(line, candidate.row, candidate.first_value, "aligned", candidate.headers)

    def _place_unknown(self, candidate: Candidate) -> None:
        cells = candidate.row.cells
        where = f"{self.table.key} / {cells[0].place if cells else ''}"
        printed = " | ".join(cell.text for cell in cells)
        issue = Issue("unknown_line", where, printed, "a line of the form, in its order")
        self.placed.issues.append(issue)
        self.placed.set_fate(cells, "issue", "unknown_line")


def _lines(recognised: RecognisedTable) -> list[Line | None]:
    """The line each row is labelled with, None for one without a certain label."""
    table, named = recognised.table, lines_by_name(recognised.table)
    found: list[Line | None] = []
    before: Line | None = None
    for row in recognised.rows:
        lines = named.get(row.texts[row.label_at], []) if row.role == "line" else []
        if len(lines) > 1:  # several groups have such a line: that of the group being read, if still to come
            group = before if before and before.parts else table.group_of.get(before) if before else None
            lines = [
                line
                for line in lines
                if before
                and table.group_of.get(line) is group
                and table.printed_order[line.code] > table.printed_order[before.code]
            ]
        line = lines[0] if len(lines) == 1 else None
        before = line or before
        found.append(line)
    return found


def _labels_are_spread(recognised: RecognisedTable, lines: list[Line | None]) -> bool:
    """Whether labels merged over columns leave blank cells behind them: every line, whatever its level, then has as
    many cells more than columns as there are levels below it.
    """
    table = recognised.table
    if len(table.blocks) > 1:
        return False
    columns = len(table.blocks[0].leaves)
    spread = 0
    for row, line in zip(recognised.rows, lines, strict=True):
        if line is None or (line.parts and row.label_at + 1 == len(row.cells)):
            continue
        behind = row.label_at + 1
        levels = table.levels_below(line)
        if len(row.cells) - behind - columns != levels or any([cell.text for cell in row.cells[behind:][:levels]]):
            return False
        spread += 1
    return spread > 2


def _ran_together(values: list[Cell], columns: int) -> bool:
    """Whether the figures of a wide row ran together: digits for every column stand in its first cell or in too few."""
    is_whole = len(values) >= columns
    if columns <= _NARROW or (is_whole and (not values[0].text or values[-1].text)):  # as nearly all rows
        return False
    printed = [cell.text for cell in values if cell.text]
    if is_whole and len(printed) > 1:
        return False
    digits = list(map(squeeze, printed))
    return len("".join(digits)) >= columns and all(map(str.isdigit, digits))
