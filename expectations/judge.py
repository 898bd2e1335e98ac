"""Great Expectations as the judge of a batch of reports, and the proof that it and the pure checks agree.

The worker that read a report has computed each outcome once (`Residual.outcome`); here the suites decide it
again over the frames of the whole batch. Where the two differ, neither is believed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd

from expectations.suites import (
    CELL_KEY,
    REPORT_KEY,
    RESIDUAL_KEY,
    Finding,
    cell_suite,
    examine,
    report_suite,
    residual_suite,
)
from transform.identities import Residual
from transform.interpret import Report

_LISTED = 20


class MalformedError(Exception):
    """A frame breaks what our own code promises of it; the message lists the offending keys."""


class JudgementDisagreesError(Exception):
    """Great Expectations and the pure checks decided differently; the message lists where."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the suites found.

    `outcomes`: a row per residual, in the order of the frame: report_id, table_key, check_code, location,
    outcome. `unfit`: by report_id, what a report lacks to be loaded, in words; such a report is quarantined.
    `statistics`: a row per expectation: suite, name, table_key, severity, title_zh, title_en, outcome,
    evaluated, unexpected.
    """

    outcomes: pd.DataFrame
    unfit: dict[str, str]
    statistics: pd.DataFrame


def judge(residuals: pd.DataFrame, cells: pd.DataFrame, reports: pd.DataFrame) -> Judgement:
    """Run the three suites over the frames of a batch; columns as `frames_of` builds them.

    Raises MalformedError if cells or residuals are not well formed: that is a bug of ours, not of a report.
    """
    last_year = datetime.now(UTC).year + 1
    found = {
        "residuals": examine(residuals, residual_suite(), RESIDUAL_KEY),
        "cells": examine(cells, cell_suite(), CELL_KEY),
        "reports": examine(reports, report_suite(last_year), REPORT_KEY),
    }
    malformed = [
        f"{suite}: {finding.meta['name']} fails for {_some(finding.failing)}"
        for suite, findings in found.items()
        for finding in findings
        if finding.failing and not finding.meta.keys() & {"outcome", "severity"}
    ]
    if malformed:
        raise MalformedError("\n".join(malformed))
    marked = {key: finding.meta["outcome"] for finding in found["residuals"] for key in finding.failing}
    keys = zip(*(residuals[column] for column in RESIDUAL_KEY), strict=True)
    outcomes = residuals[[*RESIDUAL_KEY]].assign(outcome=[marked.get(key, "pass") for key in keys])
    lacking: dict[str, list[str]] = {}
    for finding in found["reports"]:
        for (report_id,) in finding.failing:
            lacking.setdefault(report_id, []).append(finding.meta["title_en"])
    unfit = {report_id: f"unmet: {'; '.join(titles)}" for report_id, titles in lacking.items()}
    return Judgement(outcomes, unfit, _statistics(found))


def confirm(judgement: Judgement, checks: pd.DataFrame) -> None:
    """Compare with the pure checks: a row per check with report_id, check_code, location, outcome.

    Raises JudgementDisagreesError if any outcome differs or one side has a check the other lacks.
    """
    key = ["report_id", "check_code", "location"]
    both = judgement.outcomes[[*key, "outcome"]].merge(
        checks[[*key, "outcome"]], how="outer", on=key, suffixes=("_judged", "_checked")
    )
    differ = both[both["outcome_judged"].fillna("absent") != both["outcome_checked"].fillna("absent")]
    if len(differ):
        rows = [tuple(map(str, row)) for row in differ.itertuples(index=False)]
        raise JudgementDisagreesError(f"(report, check, location, judged, checked) in {_some(rows)}")


def frames_of(reports: Iterable[Report]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(residuals, cells, reports) of a batch, as `judge` takes them."""
    reports = list(reports)
    return (
        residual_frame((report.report_id, residual) for report in reports for residual in report.residuals),
        _cell_frame(reports),
        _report_frame(reports),
    )


def residual_frame(residuals: Iterable[tuple[str, Residual]]) -> pd.DataFrame:
    """A row per (report_id, residual). Sides are whole numbers: identities are stated over counts."""
    pairs = list(residuals)
    found = [residual for _, residual in pairs]
    return pd.DataFrame(
        {
            "report_id": [report_id for report_id, _ in pairs],
            "table_key": pd.Categorical([r.table for r in found]),
            "check_code": pd.Categorical([r.check_code for r in found]),
            "location": [r.location for r in found],
            "relation": pd.Categorical([r.relation for r in found]),
            "left": [_whole(r.left) for r in found],
            "right": [_whole(r.right) for r in found],
            "blanks": [r.blanks for r in found],
            "unknowns": [r.unknowns for r in found],
        }
    )


def _whole(value: Decimal) -> int:
    number = int(value)
    if number != value:
        raise MalformedError(f"a residual over counts has the side {value}; expected a whole number")
    return number


def _cell_frame(reports: list[Report]) -> pd.DataFrame:
    facts = [fact for report in reports for fact in report.facts]
    return pd.DataFrame(
        {
            "report_id": [report.report_id for report in reports for _ in report.facts],
            "table_key": pd.Categorical([fact.cell.table for fact in facts]),
            "edition": pd.Categorical([fact.cell.edition for fact in facts]),
            "indicator_code": [fact.cell.indicator_code for fact in facts],
            "applicant_code": [fact.cell.applicant_code for fact in facts],
            "printed": [fact.cell.printed for fact in facts],
            "kind": pd.Categorical([fact.kind for fact in facts]),
            "value": pd.Series([fact.value for fact in facts], dtype=object),
            "unit": pd.Categorical([fact.unit for fact in facts]),
            "method": pd.Categorical([fact.cell.method for fact in facts]),
            "issue": pd.Categorical([fact.issue for fact in facts]),
        }
    )


def _report_frame(reports: list[Report]) -> pd.DataFrame:
    agencies = [report.identity.agency for report in reports]
    return pd.DataFrame(
        {
            "report_id": [report.report_id for report in reports],
            "agency_id": [agency.agency_id if agency else None for agency in agencies],
            "report_year": pd.array([report.identity.report_year for report in reports], dtype="Int64"),
            "critical_issues": [sum(i.severity == "critical" for i in report.issues) for report in reports],
            "tables": [len({fact.cell.table for fact in report.facts}) for report in reports],
        }
    )


def _statistics(found: dict[str, list[Finding]]) -> pd.DataFrame:
    columns = ["name", "table_key", "severity", "title_zh", "title_en", "outcome"]
    return pd.DataFrame(
        [
            {
                "suite": suite,
                **{column: finding.meta.get(column, "") for column in columns},
                "evaluated": finding.evaluated,
                "unexpected": len(finding.failing),
            }
            for suite, findings in found.items()
            for finding in findings
        ]
    )


def _some(keys: Sequence[tuple[str, ...]]) -> str:
    """The first keys in words, and how many there are."""
    more = f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else ""
    return ", ".join(" / ".join(map(str, key)) for key in keys[:_LISTED]) + more
