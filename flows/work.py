"""What a worker process does with a batch of files: bytes in, rows of the lake out.

Knows neither Prefect nor Great Expectations, so that a spawned worker is ready in a fraction of a second.
"""

import errno
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from expectations.checks import Check, Verdict, checks_of, verdict_of
from expectations.judge import frames_of
from extract.document import Document
from extract.read import Issue, Reading, read_report
from flows.summary import ReportLine
from transform.agencies import Directory
from transform.interpret import Report, interpret
from warehouse.lake import Lake
from warehouse.schema import arrow_schema

# What a reading depends on; a change re-reads every document.
_READERS = (
    ("extract", (".py", ".yaml")),
    ("transform", (".py", ".csv", ".gz", ".yaml")),
    ("expectations", ("checks.py", "rules.yaml")),
)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """A digest of the code, forms and reference tables that decide what a file is read as."""
    digest = hashlib.sha256()
    for package, endings in _READERS:
        for entry in sorted(_walk(files(package)), key=lambda e: e.name):
            if entry.name.endswith(endings):
                digest.update(entry.name.encode() + entry.read_bytes())
    return digest.hexdigest()[:16]


def _walk(folder: Traversable) -> Iterable[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its path, and its name relative to what the user named.

    A `duplicate` has the bytes of a file read before or earlier in the same run; it is recorded, not read again.
    """

    path: Path
    name: str
    size: int
    modified_ns: int
    duplicate: bool = False


@dataclass(slots=True)
class Result:
    """Rows for the lake, by table, and what the judge and the screen need of them."""

    tables: dict[str, pa.Table]
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
    lines: list[ReportLine]

    def quarantine(self, unfit: Mapping[str, str]) -> None:
        """Withdraw the reports that are not fit to load, by report_id and reason, unless they are withdrawn already."""
        rows = self.tables["report"].to_pylist()
        for row in rows:
            if row["report_id"] in unfit and row["verdict"] != "quarantined":
                row |= {"verdict": "quarantined", "reason": unfit[row["report_id"]]}
        self.tables["report"] = pa.Table.from_pylist(rows, schema=arrow_schema("report"))
        for line in self.lines:
            if line.report_id in unfit and line.verdict != "quarantined":
                line.verdict, line.reason = "quarantined", unfit[line.report_id]


@dataclass(frozen=True, slots=True)
class Judged:
    """A file read, interpreted and checked; `report` is None for what is no report."""

    reading: Reading
    report: Report | None
    checks: tuple[Check, ...] = ()
    verdict: Verdict | None = None


def judge_file(data: bytes, name: str) -> Judged:
    """Bytes to a checked report: all a single file can tell without a store."""
    reading = read_report(data, name)
    if reading.outcome != "report":
        return Judged(reading, None)
    report = interpret(reading, Directory.load())
    checks = checks_of(report)
    return Judged(reading, report, tuple(checks), verdict_of(report, checks))


def digest(source: Source) -> str:
    """The SHA-256 of a file, "" where it cannot be opened (reading it will say why)."""
    try:
        return hashlib.sha256(content(source)).hexdigest()
    except OSError:
        return ""


def content(source: Source) -> bytes:
    """The bytes of a file. Raises OSError, also for what is no regular file: a pipe would never end."""
    if source.path.exists() and not source.path.is_file():
        raise OSError(errno.EINVAL, "not a regular file")
    return source.path.read_bytes()


def process(sources: Sequence[Source], store: Path, run_id: str, now: datetime) -> Result:
    """Read a batch of files. No file's failure touches another: what cannot be read becomes a row that says why."""
    batch = _Batch(run_id, now)
    lake = Lake(store)
    for source in sources:
        try:
            data = content(source)
        except OSError as error:
            batch.add_unreadable(source, "", f"{error.strerror or error}; expected a file this user may read")
            continue
        sha256 = lake.archive(data)
        if source.duplicate:
            reason = "same bytes as another file"
            batch.add(
                source,
                Judged(Reading(sha256, source.name, len(data), "", "duplicate", reason, Document("")), None),
            )
            continue
        try:
            judged = judge_file(data, source.name)
        except Exception as error:
            batch.add_unreadable(source, sha256, f"internal error {type(error).__name__}: {error}; please report it")
            continue
        batch.add(source, judged)
    return batch.result()


def lost(source: Source, store: Path, now: datetime) -> Result:
    """The result of a file whose worker process died."""
    batch = _Batch("", now)
    sha256 = Lake(store).archive(content(source))
    batch.add_unreadable(
        source, sha256, "the process reading it died; expected a file that can be read in bounded memory"
    )
    return batch.result()


class _Batch:
    def __init__(self, run_id: str, now: datetime) -> None:
        self.run_id = run_id
        self.now = now
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.lines: list[ReportLine] = []
        self.reports: list[Report] = []

    def result(self) -> Result:
        tables = {
            name: pa.Table.from_pylist(self.rows[name], schema=arrow_schema(name))
            for name in ("document", "report", "cell", "quality_check", "quality_issue")
        }
        return Result(tables, frames_of(self.reports), self.lines)

    def add_unreadable(self, source: Source, sha256: str, reason: str) -> None:
        reading = Reading(
            sha256, source.name, source.size, "application/octet-stream", "unreadable", reason, Document("")
        )
        self.add(source, Judged(reading, None))

    def add(self, source: Source, judged: Judged) -> None:
        reading, report = judged.reading, judged.report
        self.rows["document"].append(
            document_row(judged) | {
                "modified_ns": source.modified_ns, "first_seen": self.now, "fingerprint": fingerprint(),
            }
        )  # fmt: skip
        line = ReportLine(source.name, reading.outcome, reason=reading.reason)
        self.lines.append(line)
        if report is None or judged.verdict is None:
            return
        self.reports.append(report)
        self.rows["report"].append(report_row(judged) | {"loaded_at": self.now})
        self.rows["cell"].extend(cell_rows(report))
        self.rows["quality_check"].extend({"run_id": self.run_id, **row} for row in check_rows(judged))
        self.rows["quality_issue"].extend(
            {"report_id": report.report_id, "document_sha256": reading.document_sha256, **issue_row(issue)}
            for issue in report.issues
        )
        agency = report.identity.agency
        line.report_id, line.edition = report.report_id, report.edition
        line.agency = agency.name if agency else report.identity.agency_name
        line.year = report.identity.report_year
        line.cells = sum(fact.kind != "missing" for fact in report.facts)
        line.verdict, line.reason = judged.verdict.verdict, judged.verdict.reason
        line.findings = [*_failures(judged.checks), *_open(judged.checks), *map(in_words, report.issues)]


def _failures(checks: Iterable[Check]) -> Iterator[str]:
    """Each failed check; what would mend several of them is said once."""
    said = set()
    for check in checks:
        if check.outcome == "fail":
            statement, _, mending = check.message_en.rpartition(". ")
            yield f"{statement}." if mending in said else check.message_en
            said.add(mending)


def _open(checks: Iterable[Check]) -> Iterator[str]:
    """What cannot be evaluated: the first of a kind in words, the others by name and implied value."""
    by_code: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        if check.outcome == "not_evaluable":
            by_code[check.check_code].append(check)
    for first, *others in by_code.values():
        yield first.message_en
        if others:
            names = (c.location + (f" {c.suggested_value:f}" if c.suggested_value is not None else "") for c in others)
            yield f"The same of {len(others)} more: {', '.join(names)}"


def in_words(issue: Issue) -> str:
    """An issue as a sentence: where, found, expected."""
    return f"{issue.where}: found {issue.found or 'nothing'}; expected {issue.expected} ({issue.code})"


def document_row(judged: Judged) -> dict[str, Any]:
    """The `document` row of a file, without what only a store knows."""
    reading = judged.reading
    return {
        "document_sha256": reading.document_sha256,
        "source_name": reading.source_name,
        "media_type": reading.media_type,
        "bytes": reading.bytes,
        "encoding": reading.document.encoding,
        "outcome": reading.outcome,
        "reason": reading.reason,
        "report_id": judged.report.report_id if judged.report else None,
    }


def report_row(judged: Judged) -> dict[str, Any]:
    """The `report` row of a judged report."""
    report, verdict = judged.report, judged.verdict
    assert report is not None
    assert verdict is not None
    agency = report.identity.agency
    return {
        "report_id": report.report_id,
        "document_sha256": judged.reading.document_sha256,
        "source_name": judged.reading.source_name,
        "agency_id": agency.agency_id if agency else None,
        "agency_name": agency.name if agency else report.identity.agency_name,
        "division_code": agency.division_code if agency else None,
        "agency_level": agency.level if agency else None,
        "agency_type": agency.type if agency else None,
        "province": agency.province if agency else None,
        "prefecture": agency.prefecture if agency else None,
        "county": agency.county if agency else None,
        "parent_id": agency.parent_id if agency else None,
        "report_year": report.identity.report_year,
        "scope": report.identity.scope,
        "edition": report.edition,
        "title": report.identity.title,
        "published_on": report.published_on,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
    }


def cell_rows(report: Report) -> list[dict[str, Any]]:
    """The `cell` rows of a report, in printed order."""
    return [
        {
            "report_id": report.report_id,
            "table_key": fact.cell.table,
            "edition": fact.cell.edition,
            "indicator_code": fact.cell.indicator_code,
            "applicant_code": fact.cell.applicant_code,
            "printed": fact.cell.printed,
            "kind": fact.kind,
            "value": fact.value,
            "unit": fact.unit,
            "method": fact.cell.method,
            "issue": fact.issue,
            "suggested_value": fact.suggested,
            "grid": fact.cell.grid,
            "grid_row": fact.cell.row,
            "grid_column": fact.cell.column,
            "place": fact.cell.place,
        }
        for fact in report.facts
    ]


def check_rows(judged: Judged) -> list[dict[str, Any]]:
    """The `quality_check` rows of a report, without the run."""
    report = judged.report
    assert report is not None
    agency = report.identity.agency
    keys = {
        "report_id": report.report_id,
        "agency_id": agency.agency_id if agency else None,
        "report_year": report.identity.report_year,
    }
    return [keys | {name: getattr(check, name) for name in Check.__slots__} for check in judged.checks]


def issue_row(issue: Issue) -> dict[str, str]:
    """An issue with the column names of the lake (`where` is a word of SQL)."""
    return {"location" if name == "where" else name: getattr(issue, name) for name in Issue.__slots__}
