"""The microscope's way from a file, report or cell to the bytes, and what it tells programs."""

from pathlib import Path
from typing import Any

from flows.work import Judged, cell_rows, check_rows, document_row, issue_row, report_row
from warehouse.lake import Lake


class UnknownTargetError(ValueError):
    """Nothing of that name; the message says what was looked for and where."""


def find_target(target: str, store: Path) -> tuple[bytes, str, tuple[str, str] | None]:
    """(bytes, name, cell) of FILE, REPORT or REPORT:INDICATOR[/APPLICANT].

    Raises UnknownTargetError, and warehouse.lake.StoreError where a store is needed and there is none.
    """
    path = Path(target)
    if path.is_file():
        return path.read_bytes(), path.name, None
    report, _, cell = target.partition(":")
    lake = Lake(store)
    documents = [d for d in lake.documents().to_pylist() if report and d["document_sha256"].startswith(report)]
    digests = {d["document_sha256"] for d in documents}
    if len(digests) != 1:
        found = f"{len(digests)} documents begin with {report!r}" if digests else "no such file, and no such report"
        raise UnknownTargetError(
            f"{target}: {found} in the store {store}; expected a file, a report id or REPORT:INDICATOR/APPLICANT. "
            "See: gongkai query \"SELECT report_id, agency_name, report_year FROM report\""
        )
    indicator, _, applicant = cell.partition("/")
    return lake.original(digests.pop()), documents[0]["source_name"], (indicator, applicant) if cell else None


def explanation(judged: Judged, cell: tuple[str, str] | None = None) -> dict[str, Any]:
    """Document, report, cells, checks and issues of a file as one object; with `cell`, only that cell."""
    report = judged.report
    cells = [_cell(row) for row in cell_rows(report)] if report else []
    return {
        "document": document_row(judged),
        "report": report_row(judged) if report else None,
        "cells": [c for c in cells if cell is None or (c["indicator_code"], c["applicant_code"]) == cell],
        "checks": check_rows(judged) if report else [],
        "issues": [_issue(issue_row(issue)) for issue in (report.issues if report else judged.reading.issues)],
    }


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    place = {"table": row["grid"], "row": row["grid_row"], "column": row["grid_column"], "place": row["place"]}
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
