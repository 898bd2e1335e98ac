"""The door of the room: bytes in, every printed statutory cell out, each with its fate.

Cells are found by the label of their line and the path of their column header. Where a label is damaged, lines are
aligned between certain neighbours, only if exactly one way fits, and marked. Values are never placed by counting
numbers over a whole table.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

from extract.document import ArchiveError, Cell, Document, UnreadableFileError
from extract.forms import Block, Column, Line, Table
from extract.header import Header, overlap, parse_header
from extract.labels import normalise, squeeze, unit_in
from extract.lookalikes import look_alike, lost_repeats, names_a_year
from extract.recognise import RecognisedTable, Row, lines_by_name, looks_like_value, printed_labels, recognise
from extract.sniff import parse

# Below half alike, a label in the gap is another line, not a damaged one (乱码 and typos keep most characters).
LABEL_LIKENESS = 0.5
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Prose may hold a label or two on a line of its own; that many are a form whose table structure is lost.
STRAY_LABELS = 5
_NARROW = 3  # columns of section 二; a count of that many digits is none out of the ordinary
_NOTHING = re.compile(r"[-‐-―−_/\\]*")
_BLANK_COPY = "a blank copy of the line"
# How the units of figures begin that are no plain counts (万人次).
_MANY = ("百", "千", "万", "亿")


@dataclass(frozen=True, slots=True)
class Issue:
    """What could not be read as expected. `severity` is critical, statutory or heuristic."""

    code: str
    severity: str
    where: str
    found: str
    expected: str
    indicator_code: str = ""
    applicant_code: str = ""


class ReadCell(NamedTuple):
    """A statutory cell as printed; `place` is "" for a cell the form has and the page does not.

    `type` and `unit` are the indicator's; `unit_printed` is the unit of money its header states. `method` is labelled,
    aligned or ocr (transform adds decoded); `issue` the code of the issue that names this cell, "" for none.
    """

    table: str
    edition: str
    indicator_code: str
    applicant_code: str
    type: str
    unit: str
    printed: str
    method: str
    issue: str
    unit_printed: str
    grid: int
    row: int
    column: int
    place: str


_read_cell = partial(tuple.__new__, ReadCell)  # from its fields in a tuple
_address = itemgetter(*map(ReadCell._fields.index, ("indicator_code", "applicant_code")))


class Fate(NamedTuple):
    """What became of a cell of a recognised table: label, header, value, ignored or issue; `note` says which or why."""

    kind: str
    note: str


_CONTINUES = Fate("ignored", "continues the cell above")


@dataclass(slots=True)
class Reading:
    """Everything a file says, uninterpreted. `outcome` is report, not_a_report or unreadable."""

    document_sha256: str
    source_name: str
    bytes: int
    media_type: str
    outcome: str
    reason: str
    document: Document
    cells: list[ReadCell] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    tables: list[RecognisedTable] = field(default_factory=list)
    fates: dict[Cell, Fate] = field(default_factory=dict)
    prose: list[str] = field(default_factory=list)


def read_report(data: bytes, name: str) -> Reading:
    """Read one file.

    Never raises for bad input: what is no document or no report comes back with an `outcome` and a `reason`.
    """
    digest = hashlib.sha256(data).hexdigest()
    try:
        document = parse(data)
    except UnreadableFileError as error:
        outcome = "not_a_report" if isinstance(error, ArchiveError) else "unreadable"
        return Reading(digest, name, len(data), error.media_type, outcome, str(error), Document(error.media_type))
    reading = Reading(digest, name, len(data), document.media_type, "report", "", document)
    reading.tables = recognise(document)
    for recognised in reading.tables:
        _TableReader(recognised, reading).read()
    if document.doubt:
        _doubt_all(reading)
    _conserve(reading)
    reading.prose = list(_prose(reading))
    _conclude(reading)
    return reading


# What doubt about a whole document means: how its cells were read, how grave that is, what was found and expected.
_WHOLE = {
    "unruled_table": ("aligned", "statutory", "columns parted by white space only", "a table with rulings"),
    "read_by_ocr": ("ocr", "heuristic", "figures recognised in a picture", "figures that can be selected in the file"),
}


def _doubt_all(reading: Reading) -> None:
    """Put every cell in doubt of a document that is in doubt as a whole."""
    method, severity, found, expected = _WHOLE[reading.document.doubt]
    for recognised in reading.tables:
        reading.issues.append(Issue(reading.document.doubt, severity, recognised.table.key, found, expected))
    reading.cells = [
        cell._replace(method=method, issue=cell.issue or reading.document.doubt) if cell.place else cell
        for cell in reading.cells
    ]


def _conclude(reading: Reading) -> None:
    """Tell a report from what only looks like one, and from one whose figures are lost."""
    document, tables = reading.document, reading.tables
    figures = any(cell.printed for cell in reading.cells)
    if tables and not figures and lost_repeats(document):
        reading.outcome = "unreadable"
        reading.reason = (
            "no line of the text is printed twice: the export kept the first of equal lines only, and the figures are "
            "lost; expected a figure in its place in every line"
        )
    elif tables and not figures and names_a_year(document, tables):
        found, expected = "every value cell is blank: not filled in, or the figures are lost", "at least one figure"
        reading.issues.append(Issue("no_figures", "critical", "report", found, expected))
    elif reason := look_alike(document, tables, figures=figures):
        reading.outcome, reading.reason = "not_a_report", reason
    elif not tables and len(printed_labels(document)) >= STRAY_LABELS:
        reading.outcome = "unreadable"
        reading.reason = (
            "labels of the statutory form stand in the text, but no table structure; expected its three tables"
        )
    elif not tables:
        reading.outcome = "not_a_report"
        reading.reason = "no statutory table found; expected the tables of section 二, 三 or 四"


def _prose(reading: Reading) -> Iterable[str]:
    """The text around the statutory tables, a line a paragraph or grid row."""
    fates = reading.fates
    in_table = {id(row.cells) for recognised in reading.tables for row in recognised.rows}
    for block in reading.document.blocks:
        if isinstance(block, str):
            yield block
        else:
            for cells in block.rows:
                if id(cells) in in_table and any(c.text and fates[c].kind != "ignored" for c in cells):
                    continue
                if line := " ".join([cell.text for cell in cells if cell.text]):
                    yield line


def _after_text(cells: list[Cell], start: int) -> int:
    """The index behind the last cell from `start` on that holds words instead of a value."""
    behind = start
    for index, cell in enumerate(cells[start:], start):
        if _HAN.search(cell.text) and not looks_like_value(cell.text):
            behind = index + 1
    return behind


def _ran_together(values: list[Cell], columns: int) -> bool:
    """Whether the figures of a wide row ran together: digits for every column stand in its first cell or in too few."""
    printed = [squeeze(cell.text) for cell in values if cell.text]
    alone = len(printed) == 1 and bool(values[0].text)
    few = alone or len(values) < columns
    return columns > _NARROW and few and len("".join(printed)) >= columns and all(map(str.isdigit, printed))


def _conserve(reading: Reading) -> None:
    """Every cell of a recognised table has exactly one fate, every value cell one fact."""
    fates = reading.fates
    for recognised in reading.tables:
        for row in recognised.rows:
            if not all(map(fates.__contains__, row.cells)):
                cell = next(cell for cell in row.cells if cell not in fates)
                raise AssertionError(f"cell at {cell.place} of {reading.source_name} has no fate")
    values = [fate.kind for fate in fates.values()].count("value")
    placed = len([cell for cell in reading.cells if cell.place and cell.issue != "ragged_line"])
    if values != placed:
        raise AssertionError(f"{values} value cells but {placed} facts in {reading.source_name}")
    if len(reading.cells) != len(set(map(_address, reading.cells))):
        raise AssertionError(f"a statutory cell was read twice in {reading.source_name}")


# What is known of a cell before it is read: the first fields of its ReadCell (none where a column is not of the form),
# its unit of money, its fate.
_Slot = tuple[tuple[str, ...], str, Fate]


@lru_cache(maxsize=4096)
def _slots(table: Table, line: Line, columns: tuple[Column, ...], money: tuple[str, ...]) -> tuple[_Slot, ...]:
    return tuple(_slot(table, line, column, unit) for column, unit in zip(columns, money, strict=True))


def _slot(table: Table, line: Line, column: Column, money: str) -> _Slot:
    if (line, column) not in table.meanings:
        return (), "", Fate("ignored", column.label.zh)
    (indicator, applicant), type_, unit = table.meanings[line, column]
    fate = Fate("value", f"{indicator}/{applicant}" if applicant else indicator)
    means = (table.key, table.edition, indicator, applicant, type_, unit)
    return means, money or unit_in(column.label.zh), fate


@dataclass(slots=True)
class _Candidate:
    """A row with values whose line is not certain. `after` is the printed order of the line before it, `headers` the
    header rows above it; `group` the group whose label alone stands before the values.
    """

    row: Row
    first_value: int
    after: int
    headers: tuple[Row, ...]
    group: Line | None = None


class _TableReader:
    def __init__(self, recognised: RecognisedTable, reading: Reading) -> None:
        self.table: Table = recognised.table
        self.rows = recognised.rows
        self.reading = reading
        self.begin = len(reading.cells)  # of the cells of this table
        self.names = lines_by_name(self.table)
        self.order = self.table.printed_order
        self.seen: dict[str, tuple[str, ...]] = {}
        self.headers: dict[int, Header] = {}
        self.parsed: dict[tuple[int, tuple[Row, ...]], Header] = {}
        self.header_rows: tuple[Row, ...] = ()
        self.candidates: list[_Candidate] = []
        self.pushed: list[Line] = []
        self.is_spread = False
        self.tall: list[tuple[Line, int, Cell]] = []  # value cells merged downwards, with their grid
        self.line_at: dict[tuple[int, int], Line] = {}  # (grid, row) of values -> their line

    def read(self) -> None:
        """Give every cell of the table's rows its fate; add facts and issues to the reading."""
        last = -1
        previous = ""
        lines = self._lines()
        self.is_spread = self._labels_are_spread(lines)
        for row, line in zip(self.rows, lines, strict=True):
            if row.role == "caption":
                self.header_rows = ()
                self._set_fate(row.cells, "label", "caption")
            elif row.role == "header":
                self.header_rows = (*self.header_rows, row) if previous in ("header", "note") else (row,)
                self._set_fate(row.cells, "header", "")
            elif line is not None:
                last = self.order[line.code]
                self._read_labelled(self.table.block_of[line], line, row)
            elif row.role == "data" and not any(cell.text for cell in row.cells) and self._has_numbers():
                self._set_fate(row.cells, "ignored", "a blank row beside the row of numbers")
            elif row.role == "data":
                block = self.table.blocks[0]
                head = row.cells[0].text
                first = int(len(row.cells) > len(block.leaves) and bool(head) and not looks_like_value(head))
                self._read_line(block, block.lines[0], row, first, "labelled")
            elif not self.table.blocks[0].labelled and _ran_together(row.cells, len(self.table.blocks[0].leaves)):
                block = self.table.blocks[0]
                self._read_line(block, block.lines[0], row, 0, "labelled")
            elif not self._is_candidate(row, last):
                self._set_fate(row.cells, "ignored", "note")
                previous = "note" if previous in ("header", "note") else previous
                continue
            previous = row.role
        uncertain = list(self.candidates)
        self._settle_groups()
        self._align()
        for candidate in uncertain:
            self._doubt_neighbours(candidate)
        self._doubt_pushed()
        self._doubt_merged()
        self._doubt_lone_parts()
        self._report_missing()

    def _lines(self) -> list[Line | None]:
        """The line each row is labelled with, None for one without a certain label."""
        found: list[Line | None] = []
        before: Line | None = None
        for row in self.rows:
            line = self._line_named(row.texts[row.label_at], before) if row.role == "line" else None
            before = line or before
            found.append(line)
        return found

    def _labels_are_spread(self, lines: list[Line | None]) -> bool:
        """Whether labels merged over columns leave blank cells behind them: every line, whatever its level, then has as
        many cells more than columns as there are levels below it.
        """
        spread = [
            len(row.cells) - row.label_at - 1 - len(self.table.block_of[line].leaves) == self.table.levels_below(line)
            and not any(cell.text for cell in row.cells[row.label_at + 1 :][: self.table.levels_below(line)])
            for row, line in zip(self.rows, lines, strict=True)
            if line is not None and (not line.parts or row.label_at + 1 < len(row.cells))
        ]
        return len(self.table.blocks) == 1 and len(spread) > 2 and all(spread)

    def _line_named(self, name: str, before: Line | None) -> Line | None:
        """The line of that label; where several groups have one, that of the group being read, if still to come."""
        lines = self.names.get(name, [])
        if len(lines) > 1:
            group = before if before and before.parts else self.table.group_of.get(before) if before else None
            lines = [
                line
                for line in lines
                if before and self.table.group_of.get(line) is group and self.order[line.code] > self.order[before.code]
            ]
        return lines[0] if len(lines) == 1 else None

    def _has_numbers(self) -> bool:
        """Whether the table without line labels has a row that prints anything."""
        return any(row.role == "data" and any(cell.text for cell in row.cells) for row in self.rows)

    def _is_candidate(self, row: Row, last: int) -> bool:
        """Whether a row without a known label holds values; it then waits for its line."""
        first = _after_text(row.cells, 0)
        values = row.cells[first:]
        if len(row.cells) == 1 or not values or (first == 0 and not any(cell.text for cell in values)):
            return False
        if self.table.notes and row.texts[0].startswith(self.table.notes):
            return False
        self.candidates.append(_Candidate(row, first, last, self.header_rows))
        return True

    def _read_labelled(self, block: Block, line: Line, row: Row) -> None:
        """A row with a label of the form. A group's label may stand beside the damaged label of its first part."""
        first = row.label_at + 1
        rest = row.cells[first:]
        if not line.parts or line.printed == "both":
            self._read_line(block, line, row, first, "labelled")
        elif not any(cell.text for cell in rest) and len(rest) < len(block.leaves):
            self._set_fate(row.cells, "label", line.code)  # a group label alone in its row
        elif self.table.unit_column and line.printed == "heading" and all(map(self._prints_no_figure, rest)):
            self._set_fate(row.cells[:first], "label", line.code)
            self._set_fate(rest, "ignored", "a heading has no figure")
        else:
            behind = _after_text(row.cells, first)
            group = line if behind == first else None
            self.candidates.append(_Candidate(row, behind, self.order[line.code], self.header_rows, group))

    def _prints_no_figure(self, cell: Cell) -> bool:
        text = squeeze(cell.text)
        return bool(_NOTHING.fullmatch(text)) or text in self.table.units

    # -- lines -------------------------------------------------------------------------------------------------

    def _read_line(self, block: Block, line: Line, row: Row, first: int, method: str) -> None:
        unit = ""
        if self.table.unit_column is not None:
            first, unit = self._behind_unit(line, row.cells, first)
        elif self.is_spread and method == "labelled":
            first += self.table.levels_below(line)
        self._set_fate(row.cells[:first], "label", line.code)
        rest = row.cells[first:]
        header = self._header(block, width=len(rest))
        values = header.values(rest, row.grid)
        grid = row.grid.number
        if rest:
            self.line_at[grid, rest[0].row] = line
        self.tall += [(line, grid, cell) for cell in rest if cell.rowspan > 1]
        printed = tuple([cell.text for cell in values or rest])
        if line.code in self.seen:
            if any(self.seen[line.code]) or not any(printed):
                self._repeat(line, rest, printed)
                return
            self._forget(line)
        self.seen[line.code] = printed
        if values is None or _ran_together(values, len(values)):
            self._ragged(line, header, row, rest)
            return
        if len(values) < len(rest):
            self._set_fate([cell for cell in rest if cell not in values], "ignored", "blank cell beside the columns")
        if values and rest[0] is not values[0] and self.table.unit_column is None:
            self.pushed.append(line)
        if unit or not header.is_over(values, grid):
            self._read_apart(block, line, header, row, values, method, unit)
            return
        issue = "label_aligned" if method == "aligned" else header.issue
        method = "aligned" if header.issue else method
        found, fates = self.reading.cells, self.reading.fates
        slots = _slots(self.table, line, header.columns, header.money)
        for cell, (means, money, fate) in zip(values, slots, strict=True):
            fates[cell] = fate
            if means:
                where = (cell.text, method, issue, money, grid, cell.row, cell.column, cell.place)
                found.append(_read_cell(means + where))

    def _read_apart(
        self, block: Block, line: Line, header: Header, row: Row, values: list[Cell], method: str, unit: str
    ) -> None:
        """Cells that do not all stand under their headers, or that bear a unit: each is looked at by itself."""
        grid = row.grid.number
        heads = [head for head, at in zip(header.cells, header.grids, strict=True) if at == grid and head]
        moved = not header.is_over(values, grid)
        for column, head, cell in zip(header.columns, header.cells, values, strict=True):
            doubt = False
            if moved and head is not None and head in heads:
                doubt = [other for other in heads if overlap(other, cell)] != [head]
            if column in block.beside:
                self._set_fate([cell], "ignored", column.label.zh)
            else:
                self._read_cell(line, column, head, row, cell, method, "column_doubt" if doubt else header.issue, unit)

    def _behind_unit(self, line: Line, cells: list[Cell], first: int) -> tuple[int, str]:
        """Where the figures of a line begin, and their unit: in a cell of its own, in the label or, with neither, the
        line's.
        """
        if first < len(cells) and squeeze(cells[first].text) in self.table.units:
            first += 1
        cell = squeeze(cells[first - 1].text) if first > 1 else ""
        unit = (cell if cell in self.table.units else unit_in(cells[first - 1].text)) or line.unit
        return first, unit

    def _read_cell(
        self, line: Line, column: Column, head: Cell | None, row: Row, cell: Cell, method: str, doubt: str, unit: str
    ) -> None:
        """`doubt` is the issue of its header, or column_doubt where the cell is not under its header alone."""
        (indicator, applicant), type_, _ = self.table.meanings[line, column]
        issue = "label_aligned" if method == "aligned" and doubt != "column_doubt" else doubt
        if doubt == "column_doubt" and head is not None:
            self._issue(
                issue, "statutory", line, applicant, f"{cell.text!r} stands in grid column {cell.first + 1}",
                f"under its header in column {head.first + 1}", indicator,
            )  # fmt: skip
        method = "aligned" if doubt and doubt != "column_doubt" else method
        amount = type_ == "amount"
        if unit and (unit.endswith("元") != amount or (unit.startswith(_MANY) and not amount)):
            issue = "unit_differs"
            found, expected = f"{cell.text} {unit}", f"a figure in {line.unit}"
            self._issue(issue, "statutory", line, applicant, found, expected, indicator)
        money = (unit if amount else "") or (unit_in(head.text) if head is not None else "")
        self._add(line, column, cell.text, method, issue, row.grid.number, cell, money)
        self._set_fate([cell], "value", f"{indicator}/{applicant}" if applicant else indicator)

    def _forget(self, line: Line) -> None:
        """Pass over the blank copy of a line that was read, for one with figures."""
        codes = {indicator for indicator, _ in self.table.addresses[line]}
        places = {cell.place for cell in self.reading.cells if cell.indicator_code in codes}
        self.reading.cells = [cell for cell in self.reading.cells if cell.indicator_code not in codes]
        printed = [cell for row in self.rows for cell in row.cells if cell.place in places]
        self._set_fate(printed, "ignored", _BLANK_COPY)

    def _repeat(self, line: Line, values: list[Cell], printed: tuple[str, ...]) -> None:
        if printed == self.seen[line.code] or not any(printed):
            same = "printed before with the same values" if any(printed) else _BLANK_COPY
            self._set_fate(values, "ignored", same)
            return
        self._issue(
            "conflicting_line", "critical", line, "", " | ".join(printed),
            f"the values printed before: {' | '.join(self.seen[line.code])}",
        )  # fmt: skip
        self._set_fate(values, "issue", "conflicting_line")

    def _ragged(self, line: Line, header: Header, row: Row, values: list[Cell]) -> None:
        printed = " | ".join(cell.text for cell in values)
        found = f"{len(values)} cells: {printed}"
        self._issue("ragged_line", "statutory", line, "", found, f"{len(header.columns)} cells, one a column")
        # Only under a whole header is it known which columns the values belong to, and in which order.
        leaves = self.table.block_of[line].leaves
        certain = not header.issue and len(header.columns) == len(leaves) and set(header.columns) == set(leaves)
        for column in header.columns if certain else leaves:
            at, method = values[0] if values else None, "labelled" if certain else "aligned"
            self._add(line, column, printed, method, "ragged_line", row.grid.number, at)
        self._set_fate(values, "issue", "ragged_line")

    # -- headers -----------------------------------------------------------------------------------------------

    def _header(self, block: Block, rows: tuple[Row, ...] | None = None, width: int = 0) -> Header:
        """The header that stands over a line: the nearest one printed, the one before where a repeat is cut short.

        One that lacks columns of the form, over a line `width` cells wide that has them all, is damaged.
        """
        rows = self.header_rows if rows is None else rows
        key = (block.number, rows)
        known = self.headers.get(block.number)
        if key not in self.parsed:
            parsed = parse_header(block, rows, self.table)
            if parsed.issue and known is not None and (not rows or len(self.table.blocks) == 1):
                parsed = known
            elif parsed.issue:
                self._doubt_header(block, rows, parsed.issue)
            self.parsed[key] = parsed
        if self.parsed[key].partial and width >= len(block.leaves):
            self.parsed[key] = parse_header(block, (), self.table)
            self._doubt_header(block, rows, self.parsed[key].issue)
        self.headers[block.number] = self.parsed[key]
        return self.parsed[key]

    def _doubt_header(self, block: Block, rows: tuple[Row, ...], code: str) -> None:
        where = f"{self.table.key} / {block.caption.zh if block.caption else 'header'}"
        printed = " | ".join(cell.text for row in rows for cell in row.cells if cell.text)
        expected = " | ".join(column.label.zh for column in block.leaves)
        self.reading.issues.append(Issue(code, "statutory", where, printed, expected))

    # -- damaged labels ----------------------------------------------------------------------------------------

    def _settle_groups(self) -> None:
        """Values right behind a group's label: of the group, if all of its parts are printed or none is; else of a
        part whose own label is lost.
        """
        waiting = []
        for candidate in self.candidates:
            group = candidate.group
            parts = [line.code for line in group.every() if not line.parts] if group else []
            seen = sum(code in self.seen for code in parts)
            if group is not None and group.printed != "heading" and seen in (0, len(parts)):
                self.header_rows = candidate.headers
                self._read_line(self.table.block_of[group], group, candidate.row, candidate.first_value, "labelled")
            else:
                waiting.append(candidate)
        self.candidates = waiting

    def _align(self) -> None:
        """Give rows with damaged labels the lines that are missing at their place, if only one way fits."""
        gaps: dict[int, list[_Candidate]] = defaultdict(list)
        for candidate in self.candidates:
            gaps[candidate.after].append(candidate)
        covered = self._covered()
        standard = [line for _, line in self.table.standard_lines if line.code not in covered]
        found = sorted(self.order[code] for code in self.seen)
        for after, rows in gaps.items():
            before = next((number for number in found if number > after), len(self.order))
            missing = [line for line in standard if after < self.order[line.code] < before]
            fits = len(missing) == len(rows) and all(map(self._fits, rows, missing))
            for candidate, line in zip(rows, missing if fits else [None] * len(rows), strict=True):
                if line is None:
                    self._unknown(candidate)
                else:
                    self._read_aligned(candidate, line)

    def _fits(self, candidate: _Candidate, line: Line) -> bool:
        """Whether a row may be a line: its label like the line's or lost, its values as many as the columns."""
        header = self._header(self.table.block_of[line], candidate.headers)
        if header.values(candidate.row.cells[candidate.first_value :], candidate.row.grid) is None:
            return False
        label = "" if candidate.group else self._label_of(candidate)
        return not label or any(
            SequenceMatcher(None, label, name).ratio() >= LABEL_LIKENESS for name in line.label.names
        )

    def _label_of(self, candidate: _Candidate) -> str:
        cells = (cell for cell in candidate.row.cells[: candidate.first_value] if cell.text)
        texts = [normalise(cell.text) for cell in cells if squeeze(cell.text) not in self.table.units]
        return texts[-1] if texts else ""

    def _read_aligned(self, candidate: _Candidate, line: Line) -> None:
        label = " ".join(cell.text for cell in candidate.row.cells[: candidate.first_value] if cell.text)
        self._issue("label_aligned", "statutory", line, "", label, line.label.zh)
        self.header_rows = candidate.headers
        self._read_line(self.table.block_of[line], line, candidate.row, candidate.first_value, "aligned")

    def _unknown(self, candidate: _Candidate) -> None:
        cells = candidate.row.cells
        self.reading.issues.append(
            Issue(
                "unknown_line", "statutory", f"{self.table.key} / {cells[0].place if cells else ''}",
                " | ".join(cell.text for cell in cells), "a line of the form, in its order",
            )
        )  # fmt: skip
        self._set_fate(cells, "issue", "unknown_line")

    def _doubt_neighbours(self, candidate: _Candidate) -> None:
        """Lines beside a row of figures without a certain label, of which it may be the other half: one without a
        figure, or the one above a row with blank cells, for its numbers may go on there; a page that ends between the
        halves may begin with the header once more.
        """
        at = next(number for number, row in enumerate(self.rows) if row is candidate.row)
        texts = [cell.text for cell in candidate.row.cells]
        unknown = "unknown_line" in {self.reading.fates[cell].note for cell in candidate.row.cells}
        goes_on = not all(texts[candidate.first_value :]) and (unknown or not any(map(_HAN.search, texts)))
        above = next((n for n in range(at - 1, -1, -1) if self.rows[n].role not in ("header", "caption")), -1)
        for other, doubtful in ((above, goes_on), (at + 1, False)):
            cells = self.rows[other].cells if 0 <= other < len(self.rows) else []
            places = [(self.rows[other].grid.number, cell.row) for cell in cells]
            line = next((self.line_at[place] for place in places if self.line_at.get(place)), None)
            if line is not None and (doubtful or (unknown and not any(self.seen.get(line.code, ())))):
                self._issue(
                    "unknown_line", "statutory", line, "", " | ".join(texts), "figures in the row of their label"
                )
                self._mark("unknown_line", line)

    def _doubt_pushed(self) -> None:
        """A blank cell between label and values is the habit of an export if most lines have it; else it may be a value
        that pushed the others out of their columns.
        """
        if 2 * len(self.pushed) > len(self.seen):
            return
        for line in self.pushed:
            self._issue(
                "column_doubt", "statutory", line, "", "a blank cell before the values", "values in their columns"
            )
            self._mark("column_doubt", line)

    def _doubt_merged(self) -> None:
        """A value cell that stands beside two lines says for which of them it speaks to nobody: both are in doubt.

        A span over blank rows is only the height of the line.
        """
        if not self.tall:
            return
        printed = {(row.grid.number, cell.row) for row in self.rows for cell in row.cells if cell.text}
        for line, grid, cell in self.tall:
            below = [(grid, row) for row in range(cell.row + 1, cell.row + cell.rowspan)]
            others = [self.line_at.get(place) for place in below if place in printed or place in self.line_at]
            found = f"{cell.text!r} in a cell merged over {len(others) + 1} lines"
            for other in dict.fromkeys([line, *others] if others else []):
                if other is not None:
                    self._issue("merged_cell", "statutory", other, "", found, "a cell of its own for every line")
                    self._mark("merged_cell", other, cell if other is line else None)

    def _doubt_lone_parts(self) -> None:
        """A part that stands alone may be its group, if that is what the label of the group becomes when cut: 其他 is
        what is left of 其他处理.
        """
        for group, parts in self.table.parts_of.items():
            read = parts.intersection(self.seen)
            if len(read) != 1 or len(parts) == 1 or group.code in self.seen:
                continue
            line = next(line for line in group.every() if line.code in read)
            if any(whole.startswith(tuple(line.label.names)) for whole in group.label.names):
                printed = " | ".join(self.seen[line.code])
                self._issue("unknown_line", "statutory", line, "", printed, f"the other parts of {group.label.zh}, too")
                self._mark("unknown_line", line)

    def _mark(self, code: str, line: Line, at: Cell | None = None) -> None:
        """Put an issue on the cells of a line that bear none, or on the one read `at` a place."""
        codes = {indicator for indicator, _ in self.table.addresses[line]}
        self.reading.cells = [
            cell._replace(issue=cell.issue or code)
            if cell.indicator_code in codes and (at is None or at.place == cell.place)
            else cell
            for cell in self.reading.cells
        ]

    # -- accounts ----------------------------------------------------------------------------------------------

    def _covered(self) -> set[str]:
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

    def _report_missing(self) -> None:
        """Name the statutory cells the page does not have."""
        covered = self._covered()
        read = set(map(_address, self.reading.cells[self.begin :]))
        for block, line in self.table.standard_lines:
            if (line.code in covered and line.code not in self.seen) or read.issuperset(self.table.addresses[line]):
                continue  # its group or its parts stand for it, or it is there
            absent = [column for column in block.leaves if self.table.address(line, column) not in read]
            expected = " / ".join(label.zh for label in line.path if label.zh) or self.table.label.zh
            self._issue("missing_cell", "statutory", line, "", "", f"the line {expected}")
            for column in absent:
                self._add(line, column, "", "", "missing_cell", 0, None)
        for group, parts in self.table.parts_of.items():
            if group.printed == "parts" and group.code not in covered and parts.isdisjoint(covered):
                # Some pages print the group whole: that line, too, may stand there unread.
                expected = " / ".join(label.zh for label in group.path if label.zh)
                self._issue("missing_cell", "statutory", group, "", "", f"the line {expected}, whole or in parts")

    def _add(
        self, line: Line, column: Column, printed: str, method: str, issue: str, grid: int, cell: Cell | None,
        unit: str = "",
    ) -> None:  # fmt: skip
        means, money, _ = _slot(self.table, line, column, unit)
        where = (grid, cell.row, cell.column, cell.place) if cell else (0, 0, 0, "")
        self.reading.cells.append(_read_cell((*means, printed, method, issue, money, *where)))

    def _issue(
        self, code: str, severity: str, line: Line, applicant: str, found: str, expected: str, indicator: str = ""
    ) -> None:
        where = " / ".join(filter(None, (self.table.key, indicator or line.code, applicant)))
        self.reading.issues.append(Issue(code, severity, where, found, expected, indicator or line.code, applicant))

    def _set_fate(self, cells: Iterable[Cell], kind: str, note: str) -> None:
        fate = Fate(kind, note)
        blank = _CONTINUES if kind in ("label", "header") else fate
        fates = self.reading.fates
        for cell in cells:
            fates[cell] = fate if cell.text else blank
