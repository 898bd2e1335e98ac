"""The door of the room: bytes in, every printed statutory cell out, each with its fate.

Cells are found by the label of their line and the path of their column header. Where a label is damaged, lines are
aligned between certain neighbours, only if exactly one way fits, and marked. Values are never placed by counting
numbers over a whole table.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from extract.document import Cell, Document, UnreadableFileError
from extract.forms import Block, Column, Line, Table
from extract.labels import normalise, unit_in
from extract.recognise import RecognisedTable, Row, lines_by_name, looks_like_value, printed_labels, recognise
from extract.sniff import parse

# Below half alike, a label in the gap is another line, not a damaged one (乱码 and typos keep most characters).
LABEL_LIKENESS = 0.5
# Prose may hold a label or two on a line of its own; that many are a form whose table structure is lost.
STRAY_LABELS = 5


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


@dataclass(frozen=True, slots=True)
class ReadCell:
    """A statutory cell as printed; `place` is "" for a cell the form has and the page does not.

    `type` and `unit` are the indicator's; `unit_printed` is the unit of money its header states. `method` is labelled
    or aligned; `issue` the code of the issue that names this cell, "" for none.
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


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a cell of a recognised table: label, header, value, ignored or issue; `note` says which or why."""

    kind: str
    note: str


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
        return Reading(digest, name, len(data), error.media_type, "unreadable", str(error), Document(error.media_type))
    reading = Reading(digest, name, len(data), document.media_type, "report", "", document)
    reading.tables = recognise(document)
    for recognised in reading.tables:
        _TableReader(recognised, reading).read()
    _conserve(reading)
    reading.prose = list(_prose(reading))
    _conclude(reading)
    return reading


def _conclude(reading: Reading) -> None:
    """Tell a report from what only looks like one."""
    found = {recognised.table.key for recognised in reading.tables}
    if not found:
        if len(printed_labels(reading.document)) >= STRAY_LABELS:
            reading.outcome = "unreadable"
            reading.reason = (
                "labels of the statutory form stand in the text, but no table structure; expected its three tables"
            )
        else:
            reading.outcome = "not_a_report"
            reading.reason = "no statutory table found; expected the tables of section 二, 三 or 四"
    elif not any(cell.printed for cell in reading.cells):
        reading.outcome = "unreadable"
        reading.reason = (
            "statutory tables found, but every value cell is blank; expected at least one figure (blank form?)"
        )


def _prose(reading: Reading) -> Iterable[str]:
    """The text around the statutory tables, a line a paragraph or grid row."""
    in_table = {id(row.cells) for recognised in reading.tables for row in recognised.rows}
    for block in reading.document.blocks:
        if isinstance(block, str):
            yield block
        else:
            for cells in block.rows:
                notes = all(f.kind == "ignored" for c in cells if c.text and (f := reading.fates.get(c)))
                line = " ".join(cell.text for cell in cells if cell.text)
                if line and (id(cells) not in in_table or notes):
                    yield line


def _conserve(reading: Reading) -> None:
    """Every cell of a recognised table has exactly one fate, every value cell one fact."""
    for recognised in reading.tables:
        for row in recognised.rows:
            for cell in row.cells:
                if cell not in reading.fates:
                    raise AssertionError(f"cell at {cell.place} of {reading.source_name} has no fate")
    values = sum(fate.kind == "value" for fate in reading.fates.values())
    placed = sum(bool(cell.place) and cell.issue != "ragged_line" for cell in reading.cells)
    if values != placed:
        raise AssertionError(f"{values} value cells but {placed} facts in {reading.source_name}")
    keys = [(cell.indicator_code, cell.applicant_code) for cell in reading.cells]
    if len(keys) != len(set(keys)):
        raise AssertionError(f"a statutory cell was read twice in {reading.source_name}")


@dataclass(slots=True)
class _Header:
    """Column headers over a block: the value columns in printed order with the cells that name them."""

    columns: list[Column]
    cells: list[Cell | None]
    issue: str


@dataclass(slots=True)
class _Candidate:
    """A row with values whose label is not known; `after` is the printed order of the line before it."""

    row: Row
    first_value: int
    after: int


class _TableReader:
    def __init__(self, recognised: RecognisedTable, reading: Reading) -> None:
        self.table: Table = recognised.table
        self.rows = recognised.rows
        self.reading = reading
        self.names = lines_by_name(self.table)
        lines = [line for block in self.table.blocks for line in block.every_line()]
        self.order = {line.code: number for number, line in enumerate(lines)}
        self.seen: dict[str, tuple[str, ...]] = {}
        self.headers: dict[int, _Header] = {}
        self.parsed: dict[tuple[int, ...], _Header] = {}
        self.header_rows: list[Row] = []
        self.candidates: list[_Candidate] = []
        self.line_headers: dict[int, list[Row]] = {}
        self.grid_of = {cell: row.grid.number for row in self.rows for cell in row.cells}

    def read(self) -> None:
        """Give every cell of the table's rows its fate; add facts and issues to the reading."""
        last = -1
        previous = ""
        for row in self.rows:
            if row.role == "caption":
                self.header_rows = []
                self._set_fate(row.cells, "label", "caption")
            elif row.role == "header":
                if previous not in ("header", "note"):
                    self.header_rows = []
                self.header_rows = [*self.header_rows, row]
                self._set_fate(row.cells, "header", "")
            elif row.role == "line":
                block_number, line = self.names[normalise(row.cells[row.label_at].text)]
                last = self.order[line.code]
                self._read_line(self.table.blocks[block_number], line, row, row.label_at + 1, "labelled")
            elif row.role == "data" and not self.table.blocks[0].labelled:
                labelled = len(row.cells) == len(self.table.blocks[0].leaves) + 1
                first = 1 if labelled and not looks_like_value(row.cells[0].text) else 0
                self._read_line(self.table.blocks[0], self.table.blocks[0].lines[0], row, first, "labelled")
            else:
                previous = self._read_other(row, last, previous)
                continue
            previous = row.role
        self._align()
        self._report_missing()

    def _read_other(self, row: Row, last: int, previous: str) -> str:
        """A row of no known role: a note, or a line whose label is damaged."""
        first = len(row.cells)
        while first > 0 and (not row.cells[first - 1].text or looks_like_value(row.cells[first - 1].text)):
            first -= 1
        if any(cell.text for cell in row.cells[first:]) and len(row.cells) >= 2:
            self.candidates.append(_Candidate(row, first, last))
            self.line_headers[id(row)] = self.header_rows
            return "candidate"
        self._set_fate(row.cells, "ignored", "note")
        return previous if previous != "header" else "note"

    # -- lines -------------------------------------------------------------------------------------------------

    def _read_line(self, block: Block, line: Line, row: Row, first: int, method: str) -> None:
        self._set_fate(row.cells[:first], "label", line.code)
        header = self._header(block)
        values = row.cells[first:]
        while len(values) > len(header.columns) and not values[-1].text:
            self._set_fate([values.pop()], "ignored", "blank cell beyond the last column")
        printed = tuple(cell.text for cell in values)
        if not any(printed) and line.parts and line.printed != "whole" and len(values) < len(header.columns):
            self._set_fate(values, "ignored", "heading")  # a group label alone in its row
            return
        if line.code in self.seen:
            self._repeat(line, values, printed)
        elif line.printed == "heading":
            self._issue("unknown_line", "statutory", line, "", " | ".join(printed), "no number on this heading")
            self._set_fate(values, "issue", "unknown_line")
        elif len(values) != len(header.columns):
            self.seen[line.code] = printed
            self._ragged(line, header, values)
        else:
            self.seen[line.code] = printed
            for column, head, cell in zip(header.columns, header.cells, values, strict=True):
                self._read_cell(line, column, head, cell, method, header.issue)

    def _read_cell(
        self, line: Line, column: Column, head: Cell | None, cell: Cell, method: str, header_issue: str
    ) -> None:
        indicator, applicant = self.table.address(line, column)
        issue = "label_aligned" if method == "aligned" else header_issue
        if head is not None and not _overlap(head, cell):
            issue = "column_doubt"
            self._issue(
                issue, "statutory", line, applicant, f"{cell.text!r} stands in grid column {cell.first + 1}",
                f"under its header in column {head.first + 1}", indicator,
            )  # fmt: skip
        method = "aligned" if header_issue else method
        unit = unit_in(head.text) if head is not None else ""
        self._add(indicator, applicant, column, cell.text, method, issue, cell, unit)
        self._set_fate([cell], "value", f"{indicator}/{applicant}" if applicant else indicator)

    def _repeat(self, line: Line, values: list[Cell], printed: tuple[str, ...]) -> None:
        if printed == self.seen[line.code]:
            self._set_fate(values, "ignored", "printed before with the same values")
            return
        self._issue(
            "conflicting_line", "critical", line, "", " | ".join(printed),
            f"the values printed before: {' | '.join(self.seen[line.code])}",
        )  # fmt: skip
        self._set_fate(values, "issue", "conflicting_line")

    def _ragged(self, line: Line, header: _Header, values: list[Cell]) -> None:
        printed = " | ".join(cell.text for cell in values)
        found = f"{len(values)} cells: {printed}"
        self._issue("ragged_line", "statutory", line, "", found, f"{len(header.columns)} cells, one a column")
        for column in header.columns:
            indicator, applicant = self.table.address(line, column)
            self._add(indicator, applicant, column, printed, "labelled", "ragged_line", values[0] if values else None)
        self._set_fate(values, "issue", "ragged_line")

    # -- headers -----------------------------------------------------------------------------------------------

    def _header(self, block: Block, rows: list[Row] | None = None) -> _Header:
        """The header that stands over a line: the nearest one printed, the one before where a repeat is cut short."""
        rows = self.header_rows if rows is None else rows
        key = (block.number, *map(id, rows))
        known = self.headers.get(block.number)
        if key not in self.parsed:
            parsed = _parse_header(block, rows, self.table)
            if parsed.issue and known is not None and (not rows or len(self.table.blocks) == 1):
                parsed = known
            elif parsed.issue:
                where = f"{self.table.key} / {block.caption.zh if block.caption else 'header'}"
                printed = " | ".join(cell.text for row in rows for cell in row.cells if cell.text)
                expected = " | ".join(column.label.zh for column in block.leaves)
                self.reading.issues.append(Issue(parsed.issue, "statutory", where, printed, expected))
            self.parsed[key] = parsed
        self.headers[block.number] = self.parsed[key]
        return self.parsed[key]

    # -- damaged labels ----------------------------------------------------------------------------------------

    def _align(self) -> None:
        """Give rows with damaged labels the lines that are missing at their place, if only one way fits."""
        gaps: dict[int, list[_Candidate]] = defaultdict(list)
        for candidate in self.candidates:
            gaps[candidate.after].append(candidate)
        standard = self.table.standard_lines()
        found = sorted(self.order[code] for code in self.seen)
        for after, rows in gaps.items():
            before = next((number for number in found if number > after), len(self.order))
            missing = [(block, line) for block, line in standard if after < self.order[line.code] < before]
            fits = len(missing) == len(rows) and all(
                self._alike(candidate, line) and self._as_wide(candidate, block)
                for candidate, (block, line) in zip(rows, missing, strict=True)
            )
            for number, candidate in enumerate(rows):
                if fits:
                    block, line = missing[number]
                    self._read_aligned(candidate, block, line)
                else:
                    self._unknown(candidate)

    def _as_wide(self, candidate: _Candidate, block: Block) -> bool:
        width = len(self._header(block, self.line_headers[id(candidate.row)]).columns)
        return len(candidate.row.cells) - candidate.first_value == width

    @staticmethod
    def _alike(candidate: _Candidate, line: Line) -> bool:
        label = next((normalise(c.text) for c in reversed(candidate.row.cells[: candidate.first_value]) if c.text), "")
        if not label:
            return True
        return any(SequenceMatcher(None, label, name).ratio() >= LABEL_LIKENESS for name in line.label.names)

    def _read_aligned(self, candidate: _Candidate, block: Block, line: Line) -> None:
        label = " ".join(cell.text for cell in candidate.row.cells[: candidate.first_value] if cell.text)
        self._issue("label_aligned", "statutory", line, "", label, line.label.zh)
        self.header_rows = self.line_headers[id(candidate.row)]
        self._read_line(block, line, candidate.row, candidate.first_value, "aligned")

    def _unknown(self, candidate: _Candidate) -> None:
        cells = candidate.row.cells
        self.reading.issues.append(
            Issue(
                "unknown_line", "statutory", f"{self.table.key} / {cells[0].place if cells else ''}",
                " | ".join(cell.text for cell in cells), "a line of the form, in its order",
            )
        )  # fmt: skip
        self._set_fate(cells, "issue", "unknown_line")

    # -- accounts ----------------------------------------------------------------------------------------------

    def _report_missing(self) -> None:
        """Statutory cells the page does not have. A group printed whole stands for its parts, and the reverse."""
        covered = set(self.seen)
        for block in self.table.blocks:
            for line in block.every_line():
                if line.parts and line.code in self.seen:
                    covered.update(part.code for part in line.every())
                elif any(part.code in self.seen for part in line.parts) and line.printed == "whole":
                    covered.add(line.code)
        for block, line in self.table.standard_lines():
            columns = self.headers[block.number].columns if block.number in self.headers else block.leaves
            absent = block.leaves if line.code not in covered else [c for c in block.leaves if c not in columns]
            if absent:
                expected = " / ".join(label.zh for label in line.path if label.zh) or self.table.label.zh
                self._issue("missing_cell", "statutory", line, "", "", f"the line {expected}")
            for column in absent:
                indicator, applicant = self.table.address(line, column)
                self._add(indicator, applicant, column, "", "", "missing_cell", None)

    def _add(
        self, indicator: str, applicant: str, column: Column, printed: str, method: str, issue: str, cell: Cell | None,
        unit: str = "",
    ) -> None:  # fmt: skip
        self.reading.cells.append(
            ReadCell(
                self.table.key, self.table.edition, indicator, applicant, column.type, column.unit,
                printed, method, issue, unit or unit_in(column.label.zh),
                self.grid_of[cell] if cell else 0, cell.row if cell else 0, cell.column if cell else 0,
                cell.place if cell else "",
            )
        )  # fmt: skip

    def _issue(
        self, code: str, severity: str, line: Line, applicant: str, found: str, expected: str, indicator: str = ""
    ) -> None:
        where = " / ".join(filter(None, (self.table.key, indicator or line.code, applicant)))
        self.reading.issues.append(Issue(code, severity, where, found, expected, indicator or line.code, applicant))

    def _set_fate(self, cells: Iterable[Cell], kind: str, note: str) -> None:
        for cell in cells:
            blank_label = kind in ("label", "header") and not cell.text
            self.reading.fates[cell] = Fate("ignored", "continues the cell above") if blank_label else Fate(kind, note)


def _overlap(head: Cell, cell: Cell) -> bool:
    return head.first < cell.first + cell.colspan and cell.first < head.first + head.colspan


def _parse_header(block: Block, rows: list[Row], table: Table) -> _Header:
    """Assign header labels to the block's columns, level by level.

    Each printed row names, from left to right, columns of the headings still open; a heading hands over to the next
    one when a label is none of its own or repeats. So the order of columns is the printed one, with or without spans.
    """
    open_headings: list[tuple[Column, ...]] = [block.columns]
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
        return _Header(list(block.leaves), [None] * len(block.leaves), "header_missing")
    complete = all(leaf in found for leaf in block.leaves) and not strange
    columns = leaves(block.columns) if complete else list(block.leaves)
    cells_in_order = [found.get(column) for column in columns]
    if all(row.grid.spans_known for row in rows):
        starts = [cell.first for cell in cells_in_order if cell is not None]
        complete = complete and starts == sorted(starts)
    else:
        cells_in_order = _without_position(cells_in_order)
    if complete:
        return _Header(columns, cells_in_order, "")
    return _Header(columns, [None] * len(columns), "header_damaged")


def _without_position(cells: list[Cell | None]) -> list[Cell | None]:
    """Header cells of a format that does not tell spans keep their text, not their place."""
    return [Cell(c.text, c.row, c.column, c.place, 0, 1 << 16) if c is not None else None for c in cells]
