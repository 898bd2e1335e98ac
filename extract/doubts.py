"""Doubts about a table whose rows are placed: what the page leaves open, each named and its cells marked."""

import re
from operator import itemgetter

from extract.forms import Line
from extract.placed import Candidate, PlacedTable
from extract.reading import ReadCell
from extract.recognise import Row

_HAN = re.compile(r"[\u4e00-\u9fff]")
address = itemgetter(*map(ReadCell._fields.index, ("indicator_code", "applicant_code")))


def doubt(placed: PlacedTable, uncertain: list[Candidate]) -> None:
    """Mark what cannot be told of a table, and name the statutory cells it lacks; `uncertain` are the rows whose label
    did not say their line.
    """
    for candidate in uncertain:
        _doubt_neighbours(placed, candidate)
    _doubt_pushed(placed)
    _doubt_merged(placed)
    _doubt_lone_parts(placed)
    _name_missing(placed)


def _doubt_neighbours(placed: PlacedTable, candidate: Candidate) -> None:
    """Lines beside a row of figures without a certain label, of which it may be the other half: one without a figure,
    or the one above a row with blank cells, for its numbers may go on there; a page that ends between the halves may
    begin with the header once more.
    """
    rows = placed.rows
    at = next(number for number, row in enumerate(rows) if row is candidate.row)
    texts = [cell.text for cell in candidate.row.cells]
    unknown = "unknown_line" in {placed.fates[cell].note for cell in candidate.row.cells}
    goes_on = not all(texts[candidate.first_value :]) and (unknown or not any(map(_HAN.search, texts)))
    above = next((row for row in reversed(rows[:at]) if row.role not in ("header", "caption")), None)
    below = rows[at + 1] if at + 1 < len(rows) else None
    for row, doubtful in ((above, goes_on), (below, False)):
        line = _line_of(placed, row) if row else None
        if line is not None and (doubtful or (unknown and not any(placed.seen.get(line.code, ())))):
            placed.add_issue("unknown_line", line, " | ".join(texts), "figures in the row of their label")
            placed.mark("unknown_line", line)


def _line_of(placed: PlacedTable, row: Row) -> Line | None:
    """The line a row was placed on."""
    places = [(row.grid.number, cell.row) for cell in row.cells]
    return next((placed.line_at[place] for place in places if placed.line_at.get(place)), None)


def _doubt_pushed(placed: PlacedTable) -> None:
    """A blank cell between label and values is the habit of an export if most lines have it; else it may be a value
    that pushed the others out of their columns.
    """
    if 2 * len(placed.pushed) > len(placed.seen):
        return
    for line in placed.pushed:
        placed.add_issue("column_doubt", line, "a blank cell before the values", "values in their columns")
        placed.mark("column_doubt", line)


def _doubt_merged(placed: PlacedTable) -> None:
    """A value cell that stands beside two lines says for which of them it speaks to nobody: both are in doubt.

    A span over blank rows is only the height of the line.
    """
    if not placed.tall:
        return
    printed = {(row.grid.number, cell.row) for row in placed.rows for cell in row.cells if cell.text}
    for line, grid, cell in placed.tall:
        below = [(grid, row) for row in range(cell.row + 1, cell.row + cell.rowspan)]
        others = [placed.line_at.get(place) for place in below if place in printed or place in placed.line_at]
        found = f"{cell.text!r} in a cell merged over {len(others) + 1} lines"
        for other in dict.fromkeys([line, *others] if others else []):
            if other is not None:
                placed.add_issue("merged_cell", other, found, "a cell of its own for every line")
                placed.mark("merged_cell", other, cell if other is line else None)


def _doubt_lone_parts(placed: PlacedTable) -> None:
    """A part that stands alone may be its group, if that is what the label of the group becomes when cut: 其他 is what
    is left of 其他处理.
    """
    for group, parts in placed.table.parts_of.items():
        read = parts.intersection(placed.seen)
        if len(read) != 1 or len(parts) == 1 or group.code in placed.seen:
            continue
        line = next(line for line in group.every() if line.code in read)
        if any(whole.startswith(tuple(line.label.names)) for whole in group.label.names):
            printed = " | ".join(placed.seen[line.code])
            placed.add_issue("unknown_line", line, printed, f"the other parts of {group.label.zh}, too")
            placed.mark("unknown_line", line)


def _name_missing(placed: PlacedTable) -> None:
    """Record the statutory cells the page does not have."""
    table, covered = placed.table, placed.covered()
    read = set(map(address, placed.cells))
    for block, line in table.standard_lines if not read.issuperset(table.standard_addresses) else ():
        if (line.code in covered and line.code not in placed.seen) or read.issuperset(table.addresses[line]):
            continue  # its group or its parts stand for it, or it is there
        absent = [column for column in block.leaves if table.address(line, column) not in read]
        placed.add_issue("missing_cell", line, "", f"the line {_path(line) or table.label.zh}")
        for column in absent:
            placed.add_cell(line, column, "", "", "missing_cell", 0, None)
    for group, parts in table.parts_of.items():
        if group.printed == "parts" and group.code not in covered and parts.isdisjoint(covered):
            # Some pages print the group whole: that line, too, may stand there unread.
            placed.add_issue("missing_cell", group, "", f"the line {_path(group)}, whole or in parts")


def _path(line: Line) -> str:
    return " / ".join(label.zh for label in line.path if label.zh)
