"""The microscope: from a file, report or cell to the bytes, and what they say, for programs and for people."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.compute as pc
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from expectations.checks import Check
from expectations.judge import Judged
from extract.document import UnreadableFileError
from extract.formats.archive import INSIDE, members
from extract.places import place_labels
from extract.reading import ReadCell
from extract.recognise import Row
from flows.batch import in_chinese, in_words
from flows.fingerprint import hint_in
from flows.show.screen import VERDICT_STYLE, plain
from flows.show.words import Language, words_in
from transform.columns import cell_table
from transform.hint import NO_HINT, Hint
from transform.interpret import Fact
from transform.publisher import Imprint
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.query import query
from warehouse.rows import check_row, document_row, issue_row, report_row

# What the views of these names tell beyond the file itself.
_ONLY_IN_A_STORE = {"document": ("first_seen",), "report": ("version", "is_current", "loaded_at")}


class UnknownTargetError(ValueError):
    """Nothing of that name; the message says what was looked for and where."""


class Target(NamedTuple):
    """What is to be explained: the bytes of a file, its name, the cell asked for, what its source knew of it.

    `read_on` is when a store first read it, `doubts` the codes by which its warehouse doubts the cell: what a
    comparison with other reports shows is known there alone.
    """

    data: bytes
    name: str
    cell: tuple[str, str] | None = None
    hint: Hint = NO_HINT
    read_on: datetime | None = None
    doubts: tuple[str, ...] = ()


def find_target(target: str, store: Path) -> Target:
    """The file behind FILE, ARCHIVE!/FILE, REPORT or REPORT:INDICATOR[/APPLICANT].

    Raises UnknownTargetError, and StoreError where a store is needed and there is none.
    """
    path = Path(target)
    if path.is_file():
        return Target(path.read_bytes(), path.name)
    bundle, is_member, name = target.partition(INSIDE)
    if is_member and Path(bundle).is_file():
        return _member(Path(bundle), name)
    report, _, cell = target.partition(":")
    lake = Lake(store)
    known = lake.documents()
    documents = known.filter(pc.starts_with(known["document_sha256"], report)).to_pylist() if report else []
    documents.sort(key=lambda document: document["first_seen"])
    digests = {d["document_sha256"] for d in documents}
    if len(digests) != 1:
        found = f"{len(digests)} documents begin with {report!r}" if digests else "no such file, and no such report"
        raise UnknownTargetError(
            f"{target}: {found} in the store {store}; expected a file, a report id or REPORT:INDICATOR/APPLICANT. "
            'See: gongkai query "FROM report SELECT report_id, agency_name, report_year"'
        )
    indicator, _, applicant = cell.partition("/")
    asked = (indicator, applicant) if cell else None
    first = documents[0]
    return Target(
        lake.originals.read(digests.pop()),
        first["source_name"],
        asked,
        hint_in(first["fingerprint"]),
        first["first_seen"],
        _doubts(store, first["document_sha256"], asked) if asked else (),
    )


def _doubts(store: Path, sha256: str, cell: tuple[str, str]) -> tuple[str, ...]:
    """The codes by which the warehouse doubts a cell, of a line its total; none where there is no warehouse."""
    indicator, applicant = (text.replace("'", "''") for text in cell)
    sql = f"""
        SELECT doubt_codes FROM fact
        WHERE document_sha256 = '{sha256}' AND indicator_code = '{indicator}'
            AND applicant_code IN ('{applicant}', '{applicant or "total"}')
    """  # noqa: S608 - escaped
    try:
        found = query(store, sql)["doubt_codes"].to_pylist()
    except StoreError:
        return ()
    return tuple(code for codes in found for code in codes.split())


def _member(bundle: Path, name: str) -> Target:
    try:
        inside = list(members(bundle.read_bytes(), bundle.name))
    except UnreadableFileError as error:
        raise UnknownTargetError(f"{bundle}: {error}") from error
    found = next((member for member in inside if member.name == name), None)
    if found is None or found.reason:
        lack = found.reason if found else f"no file {name} among {', '.join(one.name for one in inside)[:200]}"
        raise UnknownTargetError(f"{bundle}{INSIDE}{name}: {lack}")
    return Target(found.data, f"{bundle.name}{INSIDE}{name}")


def narrowed(judged: Judged, cell: tuple[str, str]) -> Judged:
    """What a file says of one cell: its table, itself, the checks it takes part in and the issues that name it.

    Raises UnknownTargetError if the report has no such cell.
    """
    report, reading = judged.report, judged.reading
    cell = _one_of(report.facts, cell) if report else cell
    facts = tuple(fact for fact in report.facts if fact.key == cell) if report else ()
    if report is None or not facts:
        raise _unknown_cell(judged, cell)
    address = "/".join(filter(None, cell))
    issues = tuple(issue for issue in report.issues if (issue.indicator_code, issue.applicant_code) == cell)
    return replace(
        judged,
        reading=replace(reading, tables=[t for t in reading.tables if t.table.key == facts[0].cell.table]),
        report=replace(report, facts=facts, issues=issues),
        checks=tuple(check for check in judged.checks if {address, "*"} & set(check.cells.split())),
    )


def _unknown_cell(judged: Judged, cell: tuple[str, str]) -> UnknownTargetError:
    reading, facts = judged.reading, judged.report.facts if judged.report else ()
    applicants = [fact.key[1] for fact in facts if fact.cell.indicator_code == cell[0]]
    meant = f"one of its applicants {', '.join(applicants)}" if applicants else "INDICATOR or INDICATOR/APPLICANT"
    alike = get_close_matches(cell[0], sorted({fact.cell.indicator_code for fact in facts} - {cell[0]}), 3)
    near = f" Near to it: {', '.join(alike)}." if alike else ""
    return UnknownTargetError(
        f"{reading.source_name}: has no cell {'/'.join(filter(None, cell))}; expected {meant} as this report prints "
        f"it.{near} See: gongkai explain {reading.document_sha256[:16]}"
    )


def _one_of(facts: Sequence[Fact], cell: tuple[str, str]) -> tuple[str, str]:
    """The cell of a line that is meant where no applicant is named: its total."""
    total = (cell[0], "total")
    return total if not cell[1] and any(fact.key == total for fact in facts) else cell


def citation(judged: Judged, target: Target) -> str:
    """What a footnote needs of the one cell `judged` was narrowed to: whose figure, of which year, where it stands, of
    which file, and whether it is in doubt.
    """
    report, reading = judged.report, judged.reading
    assert report is not None
    fact, imprint = report.facts[0], report.imprint
    agency = imprint.agency.name if imprint.agency else imprint.agency_name or "an agency not found"
    label = place_labels()["/".join(filter(None, fact.key))]
    table = next(recognised.table for recognised in reading.tables)
    value = "no number" if fact.value is None else f"{plain(fact.value)} {fact.unit}"
    read_on = f", read on {target.read_on:%Y-%m-%d}" if target.read_on else ""
    told = {check.check_code for check in judged.checks if check.outcome in ("fail", "not_evaluable")}
    codes = sorted({*told, *(issue.code for issue in report.issues), fact.issue, *target.doubts} - {""})
    doubts = f"; in doubt: {', '.join(codes)}" if codes else ""
    return (
        f"{agency}, {imprint.report_year or 'a year not found'}: {imprint.title or table.label.zh}. "
        f"Section {table.section} {table.label.zh}, {label.zh}: {fact.cell.printed or 'blank'} ({value}{doubts}). "
        f"Table {fact.cell.grid}, row {fact.cell.row}, column {fact.cell.column} ({fact.cell.place}). "
        f"{target.name}, SHA-256 {reading.document_sha256}{read_on}. gongkai {version('gongkai')}, form "
        f"{table.edition}."
    )


def explanation(judged: Judged) -> dict[str, Any]:
    """Document, report, cells, checks and issues of a file as one object."""
    report = judged.report
    return {
        "document": document_row(judged.reading, report) | dict.fromkeys(_ONLY_IN_A_STORE["document"]),
        "report": report_row(judged.reading, report, *_said_of(judged)) | dict.fromkeys(_ONLY_IN_A_STORE["report"])
        if report
        else None,
        "cells": [_cell(row) for row in cell_table([report]).to_pylist()] if report else [],
        "checks": [check_row(check) for check in judged.checks],
        "issues": [_issue(issue_row(issue)) for issue in (report.issues if report else judged.reading.issues)],
    }


def _said_of(judged: Judged) -> tuple[str | None, str | None]:
    return (judged.verdict.verdict, judged.verdict.reason) if judged.verdict else (None, None)


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    place = {
        "table": row["grid"],
        "row": row["grid_row"],
        "column": row["grid_column"],
        "place": row["place"],
    }
    kept = ("indicator_code", "applicant_code", "edition", "printed", "kind", "unit", "method")
    return {
        **{name: row[name] for name in kept},
        "value": None if row["value"] is None else f"{row['value'].normalize():f}",
        "suggested_value": None if row["suggested_value"] is None else f"{row['suggested_value'].normalize():f}",
        "issue": row["issue"] or None,
        "origin": place if row["place"] else None,
    }


def _issue(row: dict[str, str]) -> dict[str, str]:
    return {"where" if name == "location" else name: value for name, value in row.items()}


def show_explanation(
    console: Console, judged: Judged, cell: tuple[str, str] | None = None, language: Language = "en"
) -> None:
    """The microscope: what the file is, each statutory table as printed with the fate of every cell, the identities.

    `cell` is what `judged` was narrowed to, if it was.
    """
    words, reading, report = words_in(language), judged.reading, judged.report
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    facts.add_row("file", f"{reading.source_name}  ({reading.bytes} bytes, sha256 {reading.document_sha256[:16]}…)")
    encoding = f", {reading.document.encoding}" if reading.document.encoding else ""
    facts.add_row("shape", f"{reading.media_type}{encoding}, {len(reading.document.grids)} grids")
    if report is None:
        facts.add_row("outcome", Text(f"{words.state(reading.outcome)}: {words.said(reading.reason)}", style="red"))
        console.print(facts)
        return
    agency = report.imprint.agency
    facts.add_row("title", report.imprint.title)
    name = f"{agency.name}  {agency.agency_id}" if agency else report.imprint.agency_name or "not found"
    facts.add_row("agency", name)
    facts.add_row("year", str(report.imprint.report_year or "not found"))
    facts.add_row("form", ", ".join(f"{t.table.label.zh} {t.table.edition}" for t in reading.tables))
    assert judged.verdict is not None
    style = VERDICT_STYLE[judged.verdict.verdict]
    facts.add_row(
        "verdict", Text(f"{words.state(judged.verdict.verdict)}  {words.said(judged.verdict.reason)}", style=style)
    )
    if cell is not None:
        _add_cell(facts, report.facts[0])
    console.print(facts)
    for recognised in reading.tables:
        console.print(
            Text(
                f"\n{recognised.table.section}、{recognised.table.label.zh} · form {recognised.table.edition}",
                style="bold",
            )
        )
        console.print(_fates(judged, recognised.rows, cell))
    console.print(Text(
        "\n□ blank   ▲ named by an issue   × ignored   ◆ asked for   labels and headers are dim", style="dim",
    ))  # fmt: skip
    if judged.checks:
        console.print(_identities(judged, language))
    console.print(_evidence(report.imprint))
    for issue in report.issues:
        told = in_words(issue) if language == "en" else in_chinese(issue)
        console.print(Padding(Text(f"▲ {told}", style="yellow"), (0, 0, 0, 1)))


def _add_cell(facts: Table, fact: Fact) -> None:
    """What one cell prints, what that means, and where it stands."""
    label = place_labels()["/".join(filter(None, fact.key))]
    facts.add_row("cell", Text("/".join(filter(None, fact.key)), style="bold"))
    facts.add_row("", f"{label.zh}  {label.en}")
    facts.add_row("printed", Text(fact.cell.printed or "□"))
    value = "no number" if fact.value is None else f"{plain(fact.value)} {fact.unit}"
    facts.add_row("value", f"{value} ({fact.kind}, {fact.cell.method or 'not on the page'})")
    if fact.suggested is not None:
        facts.add_row("suggested", plain(fact.suggested))
    if fact.correction:
        facts.add_row("correction", fact.correction)
    if fact.cell.place:
        grid = f"table {fact.cell.grid}, row {fact.cell.row}, column {fact.cell.column}"
        facts.add_row("place", f"{grid}: {fact.cell.place}")


def _fates(judged: Judged, rows: Sequence[Row], wanted: tuple[str, str] | None) -> Table:
    """One screen row a row of the file. Value cells keep their own columns, so figures stand under each other."""
    reading = judged.reading
    issues, asked = _marked(judged), _places(c for c in reading.cells if (c.indicator_code, c.applicant_code) == wanted)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        fates = [reading.fates[cell] for cell in row.cells]
        labels = Text(overflow="fold")
        values: list[Text] = []
        for cell, fate in zip(row.cells, fates, strict=True):
            at = (row.grid.number, cell.row, cell.column)
            if fate.kind == "value":
                mark = "◆" if at in asked else "▲" if at in issues else ""
                values.append(Text((cell.text or "□") + mark, style="bold" if mark else ""))
            elif fate.kind == "issue":
                values.append(Text(f"{cell.text or '□'}▲", style="yellow"))
            elif cell.text:
                mark = "×" if fate.kind == "ignored" else ""
                labels.append(f"{' ' if labels else ''}{' '.join(cell.text.split())}{mark}", style="dim")
        code = next((fate.note for fate in fates if fate.kind == "label"), "")
        table.add_row(_short(row.cells[0].place) if row.cells else "", _fate_line(code, labels, values))
    return table


def _marked(judged: Judged) -> set[tuple[int, int, int]]:
    """Where the cells stand that are in doubt."""
    facts = judged.report.facts if judged.report else ()
    return _places(c for c in judged.reading.cells if c.issue and c.place) | _places(
        fact.cell for fact in facts if fact.issue and fact.cell.place
    )


def _places(cells: Iterable[ReadCell]) -> set[tuple[int, int, int]]:
    return {(cell.grid, cell.row, cell.column) for cell in cells}


def _short(place: str) -> str:
    """The part of a place that tells rows apart on a screen: the line, the page, the row of a table."""
    row = re.search(r"//tr\)(\[\d+\])", place)
    return f"tr{row[1]}" if row else place.partition(", ")[0].removesuffix("/tc[1]").rpartition("/")[2]


def _fate_line(code: str, labels: Text, values: Sequence[Text]) -> RenderableType:
    if not values:
        return labels
    line = Table.grid(padding=(0, 1))
    cells: list[RenderableType] = [*values, labels]
    if code:
        line.add_column(width=28, no_wrap=True, style="cyan")
        cells.insert(0, code)
    for _ in values:
        line.add_column(justify="right", min_width=3, overflow="fold")
    line.add_column(overflow="fold")
    line.add_row(*cells)
    return line


def _in_word(check: Check) -> str:
    """What a check that does not pass is called: a heuristic rule only notes."""
    noted = check.severity == "heuristic" and check.outcome == "fail"
    return "note" if noted else check.outcome.replace("_", " ")


def _evidence(imprint: Imprint) -> Table:
    """What the page says about whose report it is and of which year, the most trusted first, and what came of it."""
    table = Table(
        title="\nwhose, and of which year", title_style="bold", title_justify="left", box=None, pad_edge=False
    )
    for name in ("trust", "where", "says", "read as", ""):
        table.add_column(name, header_style="dim", overflow="fold")
    for one in imprint.evidence:
        said, found = one.evidence, one.resolution
        several = f"one of {len(found.candidates)}" if found.candidates else ""
        read = found.agency.name if found.agency else several
        years = "/".join(map(str, said.years))
        table.add_row(
            str(one.trust), said.kind, said.name or said.text, " ".join(filter(None, (read, years))), one.role
        )
    return table


def _identities(judged: Judged, language: Language) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    by_code: dict[str, list[Check]] = {}
    for check in judged.checks:
        by_code.setdefault(check.check_code, []).append(check)
    for code, checks in by_code.items():
        held = sum(check.outcome == "pass" for check in checks)
        style = "green" if held == len(checks) else "yellow"
        table.add_row(code, Text(f"{held} of {len(checks)} hold", style=style))
        for check in checks:
            if check.outcome != "pass":
                message = check.message_en if language == "en" else check.message_zh
                table.add_row("", Text(f"{_in_word(check)}: {message or check.location}", style="yellow"))
    return table
