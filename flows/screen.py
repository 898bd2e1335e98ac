"""What a person sees in the terminal: Chinese aligned, colour only where the terminal has it."""

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from expectations.checks import Check
from extract.recognise import Row
from flows.ingest import Summary
from flows.work import Judged, ReportLine, in_words

_VERDICT_STYLE = {"pass": "green", "flagged": "yellow", "quarantined": "red", "unreadable": "red", "not_a_report": "dim"}
# One row a report stays readable up to a few screens; after that only what needs a person is listed.
_LISTED = 60
_FINDINGS = 8


def show_summary(console: Console, summary: Summary) -> None:
    """The result of a run: a row a file, then what is wrong in plain words, then the counts."""
    lines = summary.lines
    if len(lines) > _LISTED:
        lines = [line for line in lines if line.verdict != "pass"][:_LISTED]
    if lines:
        console.print(_report_table(lines))
    for line in lines:
        if line.findings or line.outcome != "report" or line.verdict == "quarantined":
            console.print(_findings(line))
    counts = ", ".join(
        f"{count} {word.replace('_', ' ')}"
        for word in ("pass", "flagged", "quarantined", "not_a_report", "unreadable")
        if (count := summary.count(word))
    )
    seconds = (summary.finished_at - summary.started_at).total_seconds()
    console.print(
        f"{summary.files_found} files found, {summary.files_unchanged} known and unchanged, {len(summary.lines)} read"
        f"{': ' + counts if counts else ''} ({seconds:.1f} s)",
        highlight=False,
    )


def _report_table(lines: Sequence[ReportLine]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (("file", "left"), ("agency", "left"), ("year", "right"), ("edition", "left"), ("cells", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    table.add_column("verdict")
    for line in lines:
        verdict = line.verdict or line.outcome
        table.add_row(
            line.source_name, line.agency, str(line.year or ""), line.edition, str(line.cells or ""),
            Text(verdict.replace("_", " "), style=_VERDICT_STYLE[verdict]),
        )  # fmt: skip
    return table


def _findings(line: ReportLine) -> RenderableType:
    head = Text(f"\n{line.source_name}", style="bold")
    if line.reason and (line.outcome != "report" or line.verdict == "quarantined"):
        head.append(f": {line.reason}", style="red")
    shown = [Padding(Text(f"· {finding}"), (0, 0, 0, 2)) for finding in line.findings[:_FINDINGS]]
    if len(line.findings) > _FINDINGS:
        more = f"· and {len(line.findings) - _FINDINGS} more: gongkai explain {line.report_id}"
        shown.append(Padding(Text(more, style="dim"), (0, 0, 0, 2)))
    return Group(head, *shown)


def show_table(console: Console, result: pa.Table) -> None:
    """A query result."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in result.schema:
        number = pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) or pa.types.is_floating(column.type)
        table.add_column(column.name, justify="right" if number else "left", overflow="fold")
    for row in result.to_pylist():
        table.add_row(*(_value(value) for value in row.values()))
    console.print(table)
    console.print(Text(f"{result.num_rows} rows", style="dim"))


def _value(value: object) -> Text:
    if value is None:
        return Text("NULL", style="dim")
    if isinstance(value, Decimal):
        return Text(f"{value.normalize():f}")
    return Text(str(value))


def show_explanation(console: Console, judged: Judged, cell: tuple[str, str] | None = None) -> None:
    """The microscope: what the file is, each statutory table as printed with the fate of every cell, the identities."""
    reading, report = judged.reading, judged.report
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    facts.add_row("file", f"{reading.source_name}  ({reading.bytes} bytes, sha256 {reading.document_sha256[:16]}…)")
    encoding = f", {reading.document.encoding}" if reading.document.encoding else ""
    facts.add_row("shape", f"{reading.media_type}{encoding}, {len(reading.document.grids)} grids")
    if report is None:
        facts.add_row("outcome", Text(f"{reading.outcome.replace('_', ' ')}: {reading.reason}", style="red"))
        console.print(facts)
        return
    agency = report.identity.agency
    facts.add_row("title", report.identity.title)
    name = f"{agency.name}  {agency.agency_id}" if agency else report.identity.agency_name or "not found"
    facts.add_row("agency", name)
    facts.add_row("year", str(report.identity.report_year or "not found"))
    facts.add_row("form", ", ".join(f"{t.table.label.zh} {t.table.edition}" for t in reading.tables))
    assert judged.verdict is not None
    style = _VERDICT_STYLE[judged.verdict.verdict]
    facts.add_row("verdict", Text(f"{judged.verdict.verdict}  {judged.verdict.reason}", style=style))
    console.print(facts)
    for recognised in reading.tables:
        console.print(Text(f"\n{recognised.table.section}、{recognised.table.label.zh} · form {recognised.table.edition}", style="bold"))
        console.print(_fates(judged, recognised.rows, cell))
    console.print(Text(
        "\n□ blank   ▲ named by an issue   × ignored   ◆ asked for   labels and headers are dim", style="dim",
    ))  # fmt: skip
    console.print(_identities(judged))
    for issue in report.issues:
        console.print(Padding(Text(f"▲ {in_words(issue)}", style="yellow"), (0, 0, 0, 1)))


def _fates(judged: Judged, rows: Sequence[Row], wanted: tuple[str, str] | None) -> Table:
    """One screen row a row of the file. Value cells keep their own columns, so figures stand under each other."""
    reading = judged.reading
    issues = {(cell.grid, cell.row, cell.column) for cell in reading.cells if cell.issue and cell.place}
    if judged.report is not None:
        issues |= {(f.cell.grid, f.cell.row, f.cell.column) for f in judged.report.facts if f.issue and f.cell.place}
    asked = {(c.grid, c.row, c.column) for c in reading.cells if (c.indicator_code, c.applicant_code) == wanted}
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        labels = Text(overflow="fold")
        values: list[Text] = []
        for cell in row.cells:
            fate = reading.fates[cell]
            at = (row.grid.number, cell.row, cell.column)
            if fate.kind == "value":
                mark = "◆" if at in asked else "▲" if at in issues else ""
                values.append(Text((cell.text or "□") + mark, style="bold" if mark else ""))
            elif fate.kind == "issue":
                values.append(Text(f"{cell.text or '□'}▲", style="yellow"))
            elif cell.text:
                mark = "×" if fate.kind == "ignored" else ""
                labels.append(f"{' ' if labels else ''}{' '.join(cell.text.split())}{mark}", style="dim")
        code = next((fate.note for cell in row.cells if (fate := reading.fates[cell]).kind == "label"), "")
        table.add_row(row.cells[0].place.split("/", 1)[-1] if row.cells else "", _fate_line(code, labels, values))
    return table


def _fate_line(code: str, labels: Text, values: Sequence[Text]) -> RenderableType:
    if not values:
        return labels
    line = Table.grid(padding=(0, 1))
    line.add_column(width=28, no_wrap=True, style="cyan")
    for _ in values:
        line.add_column(justify="right", min_width=3)
    line.add_column(overflow="fold")
    line.add_row(code, *values, labels)
    return line


def _identities(judged: Judged) -> Table:
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
                table.add_row("", Text(f"{check.outcome.replace('_', ' ')}: {check.message_en}", style="yellow"))
    return table
