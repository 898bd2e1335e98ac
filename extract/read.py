"""The door of the room: bytes in, every printed statutory cell out, each with its fate."""

import hashlib
from itertools import chain, filterfalse
from operator import attrgetter

from extract.document import ArchiveError, Document, UnreadableFileError
from extract.doubts import address, doubt
from extract.formats.drawn import image
from extract.lookalikes import (
    calls_itself_report,
    has_line_numbers_only,
    look_alike,
    lost_repeats,
    names_a_year,
    ran_together,
    years_in_titles,
)
from extract.placing import place
from extract.reading import Fate, Issue, Method, Outcome, ReadCell, Reading
from extract.recognise import RecognisedTable, printed_labels, recognise
from extract.sniff import parse
from extract.vocabulary import year_of

__all__ = ["Fate", "Issue", "ReadCell", "Reading", "read_report"]

_KIND = attrgetter("kind")
# Prose may hold a label or two on a line of its own; that many are a form whose table structure is lost.
STRAY_LABELS = 5


def read_report(data: bytes, name: str) -> Reading:
    """Read one file.

    Never raises for bad input: what is no document or no report comes back with an `outcome` and a `reason`.
    """
    digest = hashlib.sha256(data).hexdigest()
    try:
        document = parse(data)
    except UnreadableFileError as error:
        outcome: Outcome = "not_a_report" if isinstance(error, ArchiveError) else "unreadable"
        return Reading(digest, name, len(data), error.media_type, outcome, str(error), Document(error.media_type))
    reading = Reading(digest, name, len(data), document.media_type, "report", "", document)
    reading.tables = recognise(document) or _recognise_in_pictures(document)
    document.held.clear()  # nobody needs them any more
    for recognised in reading.tables:
        placed, uncertain = place(recognised, reading.fates)
        doubt(placed, uncertain)
        reading.cells += placed.cells
        reading.issues += placed.issues
    if document.doubt:
        _doubt_all(reading)
    _doubt_years(reading)
    _conserve(reading)
    reading.around = reading.look_around()
    _conclude(reading)
    return reading


def _recognise_in_pictures(document: Document) -> list[RecognisedTable]:
    """The statutory tables in the pictures of a report that has none in its text, where they can be recognised."""
    if not (document.held and calls_itself_report(document, []) and image.is_there()):
        return []
    try:
        image.add_pictures(document)
    except UnreadableFileError:
        return []
    return recognise(document)


# What doubt about a whole document means: how its cells were read, what was found and expected.
_WHOLE: dict[str, tuple[Method, str, str]] = {
    "unruled_table": ("aligned", "columns parted by white space only", "a table with rulings"),
    "glued_table": ("decoded", "names and figures with nothing between them", "cells told apart"),
    "read_by_ocr": ("ocr", "figures recognised in a picture", "figures that can be selected in the file"),
}


def _doubt_all(reading: Reading) -> None:
    """Put every cell in doubt of a document that is in doubt as a whole; a ragged line is no worse for it."""
    method, found, expected = _WHOLE[reading.document.doubt]
    for recognised in reading.tables:
        reading.issues.append(Issue(reading.document.doubt, recognised.table.key, found, expected))
    reading.cells = [
        cell._replace(method=method, issue=cell.issue or reading.document.doubt)
        if cell.place and cell.issue != "ragged_line"
        else cell
        for cell in reading.cells
    ]


def _doubt_years(reading: Reading) -> None:
    """Put the cells of a table in doubt whose column is of another year than the title says (2011年度)."""
    for recognised in reading.tables:
        headers = [cell.text for row in recognised.rows if row.role == "header" for cell in row.cells]
        years = set(filter(None, map(year_of, headers)))
        titled = years_in_titles(reading.document, reading.tables) if years else set()
        if titled and years.isdisjoint(titled):
            key, expected = recognised.table.key, f"{'/'.join(sorted(titled))}, as in the title"
            reading.issues.append(Issue("column_year", key, "/".join(sorted(years)), expected))
            reading.cells = [
                cell._replace(issue=cell.issue or "column_year") if cell.place and cell.table == key else cell
                for cell in reading.cells
            ]


def _conserve(reading: Reading) -> None:
    """Every cell of a recognised table has exactly one fate, every value cell one fact."""
    fates = reading.fates
    rows = [row.cells for recognised in reading.tables for row in recognised.rows]
    for cell in filterfalse(fates.__contains__, chain.from_iterable(rows)):
        raise AssertionError(f"cell at {cell.place} of {reading.source_name} has no fate")
    values = list(map(_KIND, fates.values())).count("value")
    placed = len([cell for cell in reading.cells if cell.place and cell.issue != "ragged_line"])
    if values != placed:
        raise AssertionError(f"{values} value cells but {placed} facts in {reading.source_name}")
    if len(reading.cells) != len(set(map(address, reading.cells))):
        raise AssertionError(f"a statutory cell was read twice in {reading.source_name}")


def _conclude(reading: Reading) -> None:
    """Tell a report from what only looks like one, and from one whose tables or figures are lost."""
    document, tables = reading.document, reading.tables
    numbered = has_line_numbers_only(reading.cells)
    figures = not numbered and any(cell.printed for cell in reading.cells)
    if tables and not figures and lost_repeats(document):
        reading.outcome, reading.reason = "unreadable", _LOST_REPEATS
    elif numbered:
        reading.outcome, reading.reason = "not_a_report", _NUMBERED_FORM
    elif tables and not figures and names_a_year(document, tables):
        found, expected = "every value cell is blank: not filled in, or the figures are lost", "at least one figure"
        reading.issues.append(Issue("no_figures", "report", found, expected))
    elif tables:
        if reason := look_alike(document, tables, figures=figures):
            reading.outcome, reading.reason = "not_a_report", reason
    else:
        reading.outcome, reading.reason = _without_tables(document)


_LOST_REPEATS = (
    "no line of the text is printed twice: the export kept the first of equal lines only, and the figures are lost; "
    "expected a figure in its place in every line"
)
_NUMBERED_FORM = "found a blank form: its only figures are the numbers of its lines; expected at least one figure"
_RAN_TOGETHER = (
    "labels and figures of the statutory form ran together in the text, with nothing between its cells; expected the "
    "file with its tables"
)
_NO_STRUCTURE = "labels of the statutory form stand in the text, but no table structure; expected its three tables"
_NO_TABLE = "no statutory table found; expected the tables of section 二, 三 or 四"
_PICTURES = (
    "needs_ocr: the document calls itself the report of a year, no statutory table stands in its text, and it holds "
    "large pictures that may be the tables; expected tables, or each picture as a file of its own"
)
_PICTURES_WITHOUT = (
    "the document calls itself the report of a year, and no statutory table stands in its text or was recognised in "
    "its pictures; expected the tables of section 二, 三 or 四, or clearer pictures"
)
_TABLES_MISSING = (
    "the document calls itself the report of a year, but no statutory table stands in it: its tables may be in an "
    "attachment or a picture, or it is prose; expected the tables of section 二, 三 or 四"
)


def _without_tables(document: Document) -> tuple[Outcome, str]:
    """(outcome, reason) of a document in which no statutory table was recognised."""
    glued = ran_together(document)
    claimed = glued or calls_itself_report(document, [])
    if reason := look_alike(document, [], figures=False, claimed=claimed):
        return "not_a_report", reason
    if glued:
        return "unreadable", _RAN_TOGETHER
    if len(printed_labels(document)) >= STRAY_LABELS:
        return "unreadable", _NO_STRUCTURE
    if claimed and document.pictures:
        return "unreadable", _PICTURES_WITHOUT if document.doubt == "read_by_ocr" else _PICTURES
    if claimed:
        return "report_without_tables", _TABLES_MISSING
    return "not_a_report", _NO_TABLE
