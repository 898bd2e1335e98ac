"""What a worker process does with a batch of files: bytes in, rows of the lake out.

Knows nothing of Prefect, and of Great Expectations only where reports are judged, so that a spawned worker is ready in
a fraction of a second.
"""

import errno
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from expectations.checks import Check
from expectations.docs import DataDocs
from expectations.judge import Frames, Judgement, Verdict, checks_in, frames_of, internal, judge_sound, without
from extract.document import Document
from extract.issues import issue_kinds
from extract.read import Issue, Reading, read_report
from extract.transcript import restore
from flows.fingerprint import fingerprint, read_with
from flows.show.summary import REPLACED, ReportLine
from flows.show.words import Language, words_in
from transform.agencies import Directory
from transform.corrections import Corrections
from transform.hint import NO_HINT, Hint
from transform.interpret import Report, interpret, read_file
from transform.numbers import plain
from warehouse.lake.errors import DamageError
from warehouse.lake.store import Lake
from warehouse.rows import check_table, document_row, issue_row, report_row, sketch_rows, statement_rows, transcript_row
from warehouse.schema import arrow_schema

# Tables of the lake a batch fills row by row, and those that hold nothing of a report but its own.
_BY_ROW = ("document", "report", "quality_issue", "statement", "sketch", "transcript")
_OF_REPORT = ("cell", "statement", "sketch")


def encodable(text: str) -> str:
    """A text without halves of characters, which no file or database takes."""
    return text.encode("utf-8", "backslashreplace").decode()


def prepare() -> None:
    """Compute what every file is read with, so that workers forked later need not."""
    Directory.load()
    fingerprint()


@dataclass(frozen=True, slots=True)
class File:
    """A file to read: its path, and its name relative to what the user named.

    What was fetched lies in the archive: it has no path, its name is its address, its `sha256` is known, and it has no
    time of change.
    A `duplicate` has the bytes of a file read before or earlier in the same run; it is recorded, not read again. `hint`
    is what its source says of it. `first_seen` is known of what is read again from the archive alone; `was_report`
    tells that a report bore its name before. What is in an archive is named `bundle.zip!/name` and lies in the archive
    of the store, too; a `reason` says why its bytes cannot be had.
    What was a report when its bytes were `read_before` is interpreted anew by its `transcript`, where there is one.
    """

    path: Path | None
    name: str
    size: int
    modified_ns: int | None
    sha256: str = ""
    duplicate: bool = False
    hint: Hint = NO_HINT
    first_seen: datetime | None = None
    was_report: bool = False
    reason: str = ""
    read_before: bool = False
    transcript: str = ""


@dataclass(slots=True)
class Result:
    """What a worker made of a batch: rows for the lake by table, the frames to judge, a line a file for the screen.

    `breaches` says by report_id which promise of ours a report breaks; its row is there, and nothing else of it.
    """

    tables: dict[str, pa.Table]
    frames: Frames
    lines: list[ReportLine]
    breaches: dict[str, str] = field(default_factory=dict)


def settle(results: Sequence[Result], run_id: str, docs: DataDocs) -> dict[str, pa.Table]:
    """Judge the reports of some batches together: the rows of all of them for the lake, with verdicts and checks.

    The lines of the results get their verdicts too, and the Data Docs of the run what was found. A report that breaks
    a promise of ours is quarantined with the reason; it costs no other report anything.
    """
    tables = {name: pa.concat_tables([result.tables[name] for result in results]) for name in results[0].tables}
    if not tables["report"].num_rows:
        return tables
    judgement, found = judge_sound(_joined([result.frames for result in results]))
    breaches = {key: why for result in results for key, why in result.breaches.items()} | found
    verdicts = {report_id: Verdict("quarantined", why) for report_id, why in breaches.items()}
    if judgement is not None:
        docs.add(judgement)
        verdicts |= judgement.verdicts
        tables["quality_check"] = check_table(judgement.checks, run_id)
    rows = tables["report"].to_pylist()
    for row in rows:
        verdict = verdicts[row["report_id"]]
        row |= {"verdict": verdict.verdict, "reason": verdict.reason}
    tables["report"] = pa.Table.from_pylist(rows, schema=arrow_schema("report"))
    for name in _OF_REPORT if found else ():
        tables[name] = without(tables[name], found)
    _complete([line for result in results for line in result.lines], verdicts, judgement)
    return tables


def _joined(frames: Sequence[Frames]) -> Frames:
    return Frames(*(pa.concat_tables([getattr(f, name) for f in frames]) for name in ("checks", "cells", "reports")))


def _complete(lines: Iterable[ReportLine], verdicts: Mapping[str, Verdict], judgement: Judgement | None) -> None:
    by_report = defaultdict(list)
    if judgement is not None:
        found = judgement.checks[judgement.checks["outcome"].isin(["fail", "not_evaluable"])]
        for check in checks_in(found):
            by_report[check.report_id].append(check)
    for line in lines:
        if verdict := verdicts.get(line.report_id):
            checks = by_report[line.report_id]
            line.verdict, line.reason = verdict.verdict, verdict.reason
            line.findings = [*_failures(checks, "en"), *_open(checks, "en"), *line.findings]
            line.findings_zh = [*_failures(checks, "zh"), *_open(checks, "zh"), *line.findings_zh]


def digest(file: File, lake: Lake) -> str:
    """The SHA-256 of a file, "" where it cannot be opened (reading it will say why)."""
    if file.reason:
        return ""
    try:
        return file.sha256 or hashlib.sha256(content(file, lake)).hexdigest()
    except (OSError, DamageError):
        return ""


def content(file: File, lake: Lake) -> bytes:
    """The bytes of a file. Raises OSError, also for what is no regular file: a pipe would never end; DamageError for
    an original that is not what was archived.
    """
    if file.path is None:
        return lake.originals.read(file.sha256)
    if not file.path.is_file() and file.path.exists():
        raise OSError(errno.EINVAL, "not a regular file")
    return file.path.read_bytes()


def process(files: Sequence[File], lake: Lake, now: datetime, corrections: Corrections) -> Result:
    """Read a batch of files. No file's failure touches another: what cannot be read becomes a row that says why.

    An original that is damaged is told and not read: what was read of it before stands. Raises StoreError if the
    originals cannot be archived.
    """
    batch = _Batch(now)
    with lake.originals.keeping() as archive:
        for file in files:
            if file.reason:
                batch.add_unreadable(file, "", file.reason)
                continue
            if file.transcript:
                batch.interpret(file, partial(lake.originals.read, file.sha256), corrections)
                continue
            try:
                data = content(file, lake)
            except OSError as error:
                batch.add_unreadable(file, "", f"{error.strerror or error}; expected a file this user may read")
                continue
            except DamageError as error:
                batch.lines.append(ReportLine(file.name, "unreadable", reason=str(error), document_sha256=file.sha256))
                continue
            archive(data)
            batch.read(file, data, corrections)
    return batch.result()


def lost(file: File, lake: Lake, now: datetime) -> Result:
    """The result of a file whose worker process died; the next run reads it again, for memory may have been short."""
    batch = _Batch(now)
    sha256 = lake.originals.keep(content(file, lake))
    batch.add_unreadable(
        file, sha256, "the process reading it died; expected a file that can be read in bounded memory"
    )
    batch.rows["document"][0]["fingerprint"] = ""
    return batch.result()


def _asked_nothing(corrections: Corrections) -> Directory:
    """The directory with nothing on record of what it was asked."""
    directory = Directory.load(corrections.aliases)
    directory.asked.clear()
    return directory


class _Batch:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.lines: list[ReportLine] = []
        self.reports: list[Report] = []
        self.breaches: dict[str, str] = {}

    def result(self) -> Result:
        try:
            return self._result()
        except Exception:  # our own bug: it costs the reports it is about
            for row in (row for rows in self.rows.values() for row in rows):
                row |= {name: encodable(value) for name, value in row.items() if isinstance(value, str)}
            reports, self.reports = self.reports, []
            for report in reports:
                try:
                    frames_of([report]).cells.cast(arrow_schema("cell"))
                    self.reports.append(report)
                except Exception as error:
                    self.breaches[report.report_id] = internal(error)
            for name in {*_OF_REPORT} & {*_BY_ROW}:
                self.rows[name] = [row for row in self.rows[name] if row["report_id"] not in self.breaches]
            return self._result()

    def _result(self) -> Result:
        frames = frames_of(self.reports)
        frames = replace(frames, cells=frames.cells.cast(arrow_schema("cell")))
        tables = {"cell": frames.cells}  # the same object, so that it is handed over once
        for name in _BY_ROW:
            tables[name] = pa.Table.from_pylist(self.rows[name], schema=arrow_schema(name))
        return Result(tables, frames, self.lines, self.breaches)

    def read(self, file: File, data: bytes, corrections: Corrections) -> None:
        """Take in what the bytes of a file say."""
        if file.duplicate:
            sha256, reason = hashlib.sha256(data).hexdigest(), "same bytes as another file"
            self.add(file, Reading(sha256, file.name, len(data), "", "duplicate", reason, Document("")), None)
            if file.was_report:
                self._note_replaced(read_report(data, file.name))
            return
        try:
            directory = _asked_nothing(corrections)
            reading, report = read_file(data, file.name, corrections, file.hint)
            more = {"transcript": [transcript_row(reading, report, read_with())]} if report else {}
            self.add(file, reading, report, directory.asked, more)
            if file.was_report:
                self._note_replaced(reading)
        except Exception as error:
            self.add_unreadable(file, hashlib.sha256(data).hexdigest(), internal(error))

    def interpret(self, file: File, original: Callable[[], bytes], corrections: Corrections) -> None:
        """Take in what a file says by its transcript; `original` brings its bytes for a second reading."""
        try:
            directory = _asked_nothing(corrections)
            reading = restore(file.transcript, file.sha256, file.name)
            report = interpret(reading, directory, corrections, original, file.hint)
            self.add(file, reading, report, directory.asked)
        except Exception as error:
            self.add_unreadable(file, file.sha256, internal(error))

    def _note_replaced(self, reading: Reading) -> None:
        """Say so on the line of a file that is no report any more."""
        if reading.outcome == "not_a_report":
            line = self.lines[-1]
            line.verdict, line.reason = REPLACED, f"a report stood here before; now: {reading.reason}"

    def add_unreadable(self, file: File, sha256: str, reason: str) -> None:
        reading = Reading(sha256, file.name, file.size, "application/octet-stream", "unreadable", reason, Document(""))
        self.add(file, reading, None)

    def add(
        self, file: File, reading: Reading, report: Report | None, names: Iterable[str] = (),
        more: Mapping[str, list[dict[str, Any]]] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """Take in a file with all of its rows, or raise and take in nothing. `names` are those it was told apart by,
        `more` rows of other tables.
        """
        read_by = fingerprint(report.corrections if report else "", file.hint)
        document = document_row(reading, report) | {
            "modified_ns": file.modified_ns, "first_seen": file.first_seen or self.now, "fingerprint": read_by,
            "names": encodable("\n".join(sorted(names))),
        }  # fmt: skip
        line = ReportLine(file.name, reading.outcome, reason=reading.reason, document_sha256=reading.document_sha256)
        rows: dict[str, list[dict[str, Any]]] = {"document": [document], **more}
        if report is not None:
            rows["report"] = [report_row(reading, report) | {"loaded_at": self.now}]
            rows["quality_issue"] = [
                {"report_id": report.report_id, "document_sha256": reading.document_sha256, **issue_row(issue)}
                for issue in report.issues
            ]
            line.report_id, line.edition = report.report_id, report.edition
            line.agency, line.year = report.agency_name, report.imprint.report_year
            line.cells = sum(fact.kind != "missing" for fact in report.facts)
            line.findings = [in_words(issue) for issue in report.issues]
            line.findings_zh = [in_chinese(issue) for issue in report.issues]
            rows |= {"statement": statement_rows(report), "sketch": sketch_rows(report)}
            self.reports.append(report)
        for name, its in rows.items():
            self.rows[name].extend(its)
        self.lines.append(line)


def _failures(checks: Iterable[Check], language: Language) -> Iterator[str]:
    """Each failed check; what would mend several of them is said once."""
    said, end = set(), ". " if language == "en" else "。若"
    for check in checks:
        if check.outcome == "fail":
            message = _message(check, language)
            statement, _, mending = message.rpartition(end)
            yield f"{statement}{end[0]}" if mending in said else message
            said.add(mending)


def _message(check: Check, language: Language) -> str:
    return check.message_en if language == "en" else check.message_zh


def _open(checks: Iterable[Check], language: Language) -> Iterator[str]:
    """What cannot be evaluated: the first of a kind in words, the others by name and implied value."""
    by_code: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        if check.outcome == "not_evaluable":
            by_code[check.check_code].append(check)
    for first, *others in by_code.values():
        yield _message(first, language)
        if others:
            place = str if language == "en" else words_in("zh").said
            values = (f" {plain(c.suggested_value)}" if c.suggested_value is not None else "" for c in others)
            names = ", ".join(place(c.location) + value for c, value in zip(others, values, strict=True))
            more = len(others)
            yield f"The same of {more} more: {names}" if language == "en" else f"另有{more}处相同：{names}"


def in_chinese(issue: Issue) -> str:
    """An issue as a Chinese sentence: what it is, where, found, expected."""
    said = words_in("zh").said
    found = said(issue.found) or "空白"
    return f"{said(issue.where)}：{issue_kinds()[issue.code].title.zh}；实为{found}，应为{said(issue.expected)}"


def in_words(issue: Issue) -> str:
    """An issue as a sentence: where, found, expected."""
    return f"{issue.where}: found {issue.found or 'nothing'}; expected {issue.expected} ({issue.code})"
