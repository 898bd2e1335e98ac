"""Rows of the lake: what a reading, a report and its judgement are in the columns of `warehouse/schema.yaml`."""

import hashlib
from typing import Any

import pandas as pd
import pyarrow as pa

from extract.read import Issue, Reading
from extract.transcript import transcribe
from transform.interpret import Report
from transform.numbers import plain
from warehouse.schema import arrow_schema


def document_row(reading: Reading, report: Report | None) -> dict[str, Any]:
    """The `document` row of a file, without what only a store knows."""
    return {
        "document_sha256": reading.document_sha256,
        "source_name": reading.source_name,
        "media_type": reading.media_type,
        "bytes": reading.bytes,
        "encoding": reading.document.encoding,
        "outcome": reading.outcome,
        "reason": reading.reason,
        "report_id": report.report_id if report else None,
    }


def report_row(
    reading: Reading, report: Report, verdict: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """The `report` row of a report; verdict and reason are null until it is judged."""
    agency = report.imprint.agency
    return {
        "report_id": report.report_id,
        "document_sha256": reading.document_sha256,
        "source_name": reading.source_name,
        "agency_id": agency.agency_id if agency else None,
        "agency_name": report.agency_name,
        "division_code": agency.division_code if agency else None,
        "agency_level": agency.level if agency else None,
        "agency_type": agency.type if agency else None,
        "province": agency.province if agency else None,
        "prefecture": agency.prefecture if agency else None,
        "county": agency.county if agency else None,
        "parent_id": agency.parent_id if agency else None,
        "report_year": report.imprint.report_year,
        "scope": report.imprint.scope,
        "edition": report.edition,
        "title": report.imprint.title,
        "credit_code": report.imprint.credit_code,
        "published_on": report.published_on,
        "figures": _figures(report),
        "doubtful": sum(bool(fact.cell.issue) for fact in report.facts),
        "verdict": verdict,
        "reason": reason,
    }


def _figures(report: Report) -> str:
    """A digest of all numbers and where they stand."""
    said = sorted(
        (cell.indicator_code, cell.applicant_code, plain(value))
        for cell, _, value, *_ in report.facts
        if value is not None
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def check_row(check: object) -> dict[str, Any]:
    """The `quality_check` row of a judged check, which has its columns as attributes, without the run."""
    return {name: getattr(check, name) for name in arrow_schema("quality_check").names if name != "run_id"}


def statement_rows(report: Report) -> list[dict[str, Any]]:
    """The `statement` rows of a report."""
    return [
        {"report_id": report.report_id, "quantity": s.quantity, "value": s.value, "quote": s.quote}
        for s in report.statements
    ]


def transcript_row(reading: Reading, report: Report, read_with: str) -> dict[str, str]:
    """The `transcript` row of the file of a report."""
    attestation = report.attestation if report.attestation.how else None
    return {
        "document_sha256": reading.document_sha256,
        "read_with": read_with,
        "transcript": transcribe(reading, attestation),
    }


def sketch_rows(report: Report) -> list[dict[str, Any]]:
    """The `sketch` rows of a report."""
    return [
        {"report_id": report.report_id, "chapter": s.chapter, "length": s.length, "hashes": " ".join(s.hashes)}
        for s in report.sketches
    ]


def issue_row(issue: Issue) -> dict[str, str]:
    """An issue with the column names of the lake (`where` is a word of SQL)."""
    return {"location" if name == "where" else name: getattr(issue, name) for name in Issue.__slots__}


def check_table(judged: pd.DataFrame, run_id: str) -> pa.Table:
    """Judged checks as `quality_check` rows."""
    schema = arrow_schema("quality_check")
    frame = judged.assign(run_id=run_id)[schema.names]
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
