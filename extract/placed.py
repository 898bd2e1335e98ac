"""The account of one statutory table while its rows are placed: which line and column every cell is of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial

from extract.document import Cell
from extract.forms import Column, Line, Table
from extract.labels import unit_in
from extract.reading import Fate, FateKind, Issue, Method, ReadCell
from extract.recognise import Row

_CONTINUES = Fate("ignored", "continues the cell above")
_fate = lru_cache(maxsize=4096)(Fate)  # lines and their labels are those of the forms
_BLANK_COPY = "a blank copy of the line"

_read_cell = partial(tuple.__new__, ReadCell)  # from its fields in a tuple
# What is known of a cell before it is read: the first fields of its ReadCell (none where a column is not of the form)
# and its unit of money.
_Known = tuple[tuple[str, ...], str]


@lru_cache(maxsize=4096)
def _slots(
    table: Table, line: Line, columns: tuple[Column, ...], money: tuple[str, ...]
) -> tuple[tuple[_Known, ...], tuple[Fate, ...]]:
    """(what is known of the cells of a line, their fates)."""
    slots = [_slot(table, line, column, unit) for column, unit in zip(columns, money, strict=True)]
    return tuple(known for known, _ in slots), tuple(fate for _, fate in slots)


def _slot(table: Table, line: Line, column: Column, money: str) -> tuple[_Known, Fate]:
    if (line, column) not in table.meanings:
        return ((), ""), Fate("ignored", column.label.zh)
    (indicator, applicant), type_, unit = table.meanings[line, column]
    fate = Fate("value", f"{indicator}/{applicant}" if applicant else indicator)
    means = (table.key, table.edition, indicator, applicant, type_, unit)
    return (means, money or unit_in(column.label.zh)), fate


@dataclass(slots=True)
class Candidate:
    """A row with values whose line is not certain. `after` is the printed order of the line before it, `headers` the
    header rows above it; `group` the group whose label alone stands before the values.
    """

    row: Row
    first_value: int
    after: int
    headers: tuple[Row, ...]
    group: Line | None = None


@dataclass(slots=True, eq=False)
class PlacedTable:
    """The cells and issues of a table, and what its doubts are told from; `fates` are those of the whole document.

    `seen` has what each line read prints, `line_at` the line of each (grid, row) with values, `pushed` the lines with a
    blank cell before their values, `tall` the value cells merged downwards, with their line and grid.
    """

    table: Table
    rows: list[Row]
    fates: dict[Cell, Fate]
    cells: list[ReadCell] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    line_at: dict[tuple[int, int], Line] = field(default_factory=dict)
    pushed: list[Line] = field(default_factory=list)
    tall: list[tuple[Line, int, Cell]] = field(default_factory=list)

    def set_fate(self, cells: Iterable[Cell], kind: FateKind, note: str) -> None:
        """Say what became of cells; a blank one beside a label or header only continues it."""
        fate = _fate(kind, note)
        blank = _CONTINUES if kind in ("label", "header") else fate
        for cell in cells:
            self.fates[cell] = fate if cell.text else blank

    def add_issue(
        self,
        code: str,
        line: Line,
        found: str,
        expected: str,
        *,
        indicator: str = "",
        applicant: str = "",
    ) -> None:
        """Record an issue with a line or, with `indicator` and `applicant`, one of its cells."""
        where = " / ".join(filter(None, (self.table.key, indicator or line.code, applicant)))
        self.issues.append(Issue(code, where, found, expected, indicator or line.code, applicant))

    def add_cell(
        self, line: Line, column: Column, printed: str, method: Method, issue: str, grid: int, cell: Cell | None,
        unit: str = "",
    ) -> None:  # fmt: skip
        """Record the cell where a line and a column meet; `cell` is None where the page has none."""
        (means, money), _ = _slot(self.table, line, column, unit)
        where = (grid, cell.row, cell.column, cell.place) if cell else (0, 0, 0, "")
        self.cells.append(_read_cell((*means, printed, method, issue, money, *where)))

    def add_row(
        self, line: Line, columns: tuple[Column, ...], money: tuple[str, ...], cells: list[Cell], method: Method,
        issue: str, grid: int,
    ) -> None:  # fmt: skip
        """Record the cells of a line, one a column, and their fates."""
        means, fates = _slots(self.table, line, columns, money)
        self.fates.update(zip(cells, fates, strict=True))
        record = self.cells.append
        for cell, (known, unit) in zip(cells, means, strict=True):
            if known:
                where = (cell.text, method, issue, unit, grid, cell.row, cell.column, cell.place)
                record(_read_cell(known + where))

    def mark(self, code: str, line: Line, at: Cell | None = None) -> None:
        """Put an issue on the cells of a line that bear none, or on the one read `at` a place."""
        codes = {indicator for indicator, _ in self.table.addresses[line]}
        self.cells = [
            cell._replace(issue=cell.issue or code)
            if cell.indicator_code in codes and (at is None or at.place == cell.place)
            else cell
            for cell in self.cells
        ]

    def settle_repeat(self, line: Line, values: list[Cell], printed: tuple[str, ...]) -> bool:
        """Whether a line was read before, so that this copy is passed over: a blank one, one with the same values, or
        one that contradicts it. The blank copy of a line gives way to one with figures.
        """
        before = self.seen.get(line.code)
        if before is None:
            return False
        if any(printed) and not any(before):
            self._forget(line)
            return False
        if printed == before or not any(printed):
            self.set_fate(values, "ignored", "printed before with the same values" if any(printed) else _BLANK_COPY)
        else:
            expected = f"the values printed before: {' | '.join(before)}"
            self.add_issue("conflicting_line", line, " | ".join(printed), expected)
            self.set_fate(values, "issue", "conflicting_line")
        return True

    def _forget(self, line: Line) -> None:
        codes = {indicator for indicator, _ in self.table.addresses[line]}
        places = {cell.place for cell in self.cells if cell.indicator_code in codes}
        self.cells = [cell for cell in self.cells if cell.indicator_code not in codes]
        printed = [cell for row in self.rows for cell in row.cells if cell.place in places]
        self.set_fate(printed, "ignored", _BLANK_COPY)

    def covered(self) -> set[str]:
        """Lines that are read, or stand in another form: a group printed whole for its parts, parts for their group."""
        covered = set(self.seen)
        for line, parts in self.table.parts_of.items():
            if line.printed == "both":
                continue
            if line.code in self.seen and parts.isdisjoint(self.seen):
                covered |= parts
            elif line.printed == "whole" and not parts.isdisjoint(self.seen):
                covered.add(line.code)
        return covered
