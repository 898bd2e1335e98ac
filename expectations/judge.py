"""The suites as the one judge: of a batch of reports, and of the comparisons between reports.

What a worker computed comes in as frames: checks with their two sides and the words for the case that they fail, cells,
reports. The suites decide each outcome, run by Great Expectations or, for a few reports, directly; verdicts follow from
the outcomes and nothing else.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.checks import CHECK_COLUMNS, Check, checks_of, clip, doubts_of, in_short, reasons_against
from expectations.direct import hold
from expectations.suites import (
    CELL_KEY,
    CELL_SAYS,
    CHECK_KEY,
    CHECK_SIDES,
    REPORT_KEY,
    REPORT_NEEDS,
    Examine,
    Examined,
    Finding,
    cell_suite,
    comparison_suite,
    identity_suite,
    report_suite,
)
from expectations.validate import validate
from extract.read import Reading
from transform.columns import cell_table
from transform.corrections import Corrections
from transform.hint import NO_HINT, Hint
from transform.interpret import Report, read_file

_LISTED = 20
_REPEATED = (*CHECK_KEY, "severity", "relation", "expected", "found", "agency_name", "cells")
# Columns of frames that are no texts.
_TYPES = {
    **dict.fromkeys(("report_year", "left", "right", "blanks", "unknowns"), pa.int64()),
    **dict.fromkeys(("critical_issues", "lacking", "doubts"), pa.int64()),
    **dict.fromkeys(("against", "doubt"), pa.list_(pa.string())),
    "suggested_value": pa.decimal128(18, 6),
}
# A report that comes alone is held against the suites directly: to import Great Expectations would take longer.
FEW = 1
# A reason is read in a list of reports: what does not fit is counted, the checks and issues carry it in full.
REASON_LENGTH = 300


class MalformedError(Exception):
    """A frame breaks what our own code promises of it; the message lists the offending keys.

    `reports` are those the offending rows belong to, as far as they can be told.
    """

    def __init__(self, message: str, reports: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.reports = frozenset(reports)


@dataclass(frozen=True, slots=True)
class Frames:
    """A batch of reports, not judged yet.

    `checks`: a row per check, columns CHECK_COLUMNS and agency_name, sides as whole numbers. `cells`: a row per fact,
    as `transform.columns.cell_table` has it. `reports`: report_id, agency_id, report_year, critical_issues, lacking,
    doubts, and the words for the case that it cannot be loaded (`against`) or is in doubt (`doubt`).
    """

    checks: pa.Table
    cells: pa.Table
    reports: pa.Table

    def without(self, reports: Collection[str]) -> "Frames":
        """The frames of all other reports."""
        return Frames(*(without(rows, reports) for rows in (self.checks, self.cells, self.reports)))


def without(rows: pa.Table, reports: Collection[str]) -> pa.Table:
    """The rows of all other reports."""
    return rows.filter(pc.invert(pc.is_in(rows["report_id"], pa.array([*reports], pa.string()))))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`verdict` is pass, flagged or quarantined; `reason` says why in one line, "" for pass."""

    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the suites found.

    `checks`: the frame of checks with `outcome`; attribution, suggestion and messages stand only where it is fail or
    not_evaluable. `verdicts` by report_id. `statistics`: a row per expectation: suite, name,
    table_key, severity, title_zh, title_en, outcome, evaluated, unexpected. `results`: what Great Expectations returned
    for each suite it ran, for its Data Docs.
    """

    checks: pd.DataFrame
    verdicts: dict[str, Verdict]
    statistics: pd.DataFrame
    results: tuple[object, ...]


def _examiner(reports: int) -> Examine:
    """Who runs the suites: Great Expectations, but for a few reports."""
    return hold if reports <= FEW else validate


def judge(frames: Frames, examine: Examine | None = None) -> Judgement:
    """Run the suites over a batch, by `examine` if it is told, else as many reports want it.

    Raises MalformedError if checks or cells are not well formed: that is a bug of ours, not of a report.
    """
    examine = examine or _examiner(frames.reports.num_rows)
    last_year = datetime.now(UTC).year + 1
    checks, reports = _in_pandas(frames.checks, _REPEATED), _in_pandas(frames.reports)
    asked = [*CELL_KEY, *CELL_SAYS]
    cells = _in_pandas(frames.cells.select(asked), asked)
    examined = [
        examine(
            checks,
            identity_suite(set(checks["check_code"])),
            CHECK_KEY,
            ("agency_name", "report_year", "found"),
            CHECK_SIDES,
        ),
        examine(cells, cell_suite(), CELL_KEY, (), CELL_SAYS),
        examine(reports, report_suite(last_year), REPORT_KEY, ("agency_name", "report_year"), REPORT_NEEDS),
    ]
    _refuse_malformed(examined)
    checks = _with_outcomes(checks, examined[0].findings)
    verdicts = _verdicts(reports, examined[2], checks)
    return Judgement(checks, verdicts, _statistics(examined), _results(examined))


def judge_comparisons(checks: pd.DataFrame, examine: Examine | None = None) -> Judgement:
    """Decide the outcomes of comparisons, as `expectations.comparisons` lays them out; no verdict hangs on them.

    Where there was nothing to compare (`unknowns`), there is nothing to decide either.
    """
    examine = examine or _examiner(checks["report_id"].nunique())
    asked = checks["unknowns"] == 0
    compared = checks[asked].reset_index(drop=True)
    examined = [
        examine(
            compared,
            comparison_suite(set(compared["check_code"])),
            CHECK_KEY,
            ("agency_name", "report_year", "found"),
            CHECK_SIDES,
        )
    ]
    _refuse_malformed(examined)
    silent = checks[~asked].assign(outcome="not_applicable")
    judged = pd.concat([_with_outcomes(compared, examined[0].findings), silent], ignore_index=True)
    return Judgement(judged, {}, _statistics(examined), _results(examined))


def _results(examined: Iterable[Examined]) -> tuple[object, ...]:
    return tuple(one.result for one in examined if one.result is not None)


def checks_in(judged: pd.DataFrame) -> list[Check]:
    """The rows of a judged frame as checks."""
    return [Check(*row) for row in judged[[*Check._fields]].astype(object).itertuples(index=False, name=None)]


def _refuse_malformed(examined: Iterable[Examined]) -> None:
    malformed = [
        (f"{one.name}: {finding.meta['name']} fails for {_some(one.failing(finding))}", one.failing(finding))
        for one in examined
        for finding in one.findings
        if finding.failing and not finding.meta.keys() & {"outcome", "severity"}
    ]
    if malformed:
        reports = {key[0] for _, failing in malformed for key in failing}
        raise MalformedError("\n".join(message for message, _ in malformed), reports)


def _with_outcomes(checks: pd.DataFrame, findings: Sequence[Finding]) -> pd.DataFrame:
    outcomes = np.full(len(checks), "pass", dtype=object)
    for finding in findings:
        if "outcome" in finding.meta:
            outcomes[finding.failing] = finding.meta["outcome"]
    judged = checks.assign(outcome=outcomes)
    silent = ~judged["outcome"].isin(["fail", "not_evaluable"])
    judged.loc[silent, ["attribution", "message_zh", "message_en"]] = ""
    judged.loc[silent, "suggested_value"] = None
    return judged


# -- verdicts ------------------------------------------------------------------------------------------------


def _verdicts(reports: pd.DataFrame, examined: Examined, checks: pd.DataFrame) -> dict[str, Verdict]:
    unmet: dict[str, list[Finding]] = defaultdict(list)
    for finding in examined.findings:
        for (report_id,) in examined.failing(finding):
            unmet[report_id].append(finding)
    broken: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    counted = checks["outcome"].isin(["fail", "not_evaluable"]) & (checks["severity"] == "statutory")
    columns = ["check_code", "location", "found", "outcome"]
    for report_id, *row in checks[counted][["report_id", *columns]].itertuples(index=False, name=None):
        broken[report_id].append(tuple(row))
    return {
        report_id: _verdict(unmet[report_id], broken[report_id], against, doubt)
        for report_id, against, doubt in reports[["report_id", "against", "doubt"]].itertuples(index=False, name=None)
    }


def _verdict(
    unmet: Sequence[Finding], broken: Sequence[tuple[str, str, str, str]], against: Sequence[str], doubt: Sequence[str]
) -> Verdict:
    """Quarantined for an unmet critical requirement; flagged for an unmet statutory one or a statutory check that
    fails or cannot be told; else pass.
    """
    critical = [finding.meta["title_en"] for finding in unmet if finding.meta["severity"] == "critical"]
    if critical:
        return Verdict("quarantined", _join(list(against) or [f"unmet: {'; '.join(critical)}"]))
    if broken or unmet:
        return Verdict("flagged", _join([*_in_words(broken), *doubt]))
    return Verdict("pass", "")


def _in_words(broken: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    """Each failure; then what cannot be told, by kind and with the first place."""
    places: dict[str, list[str]] = defaultdict(list)
    for code, location, found, outcome in broken:
        if outcome == "fail":
            yield f"{code} {location}: {found}"
        else:
            places[f"{code} not evaluable"].append(location)
    for what, found_at in places.items():
        yield in_short(what, found_at)


def _join(reasons: Sequence[str]) -> str:
    """As many reasons as fit, and how many more there are."""
    for shown in range(len(reasons), 0, -1):
        rest = len(reasons) - shown
        text = "; ".join(reasons[:shown]) + (f"; …(+{rest})" if rest else "")
        if len(text) < REASON_LENGTH:
            return text
    return clip(reasons[0], REASON_LENGTH - 10) + (f"; …(+{len(reasons) - 1})" if len(reasons) > 1 else "")


# -- frames --------------------------------------------------------------------------------------------------


def frames_of(reports: Iterable[Report]) -> Frames:
    """The frames of a batch."""
    reports = list(reports)
    names = {report.report_id: report.agency_name for report in reports}
    checks = [check for report in reports for check in checks_of(report)]
    return Frames(check_frame(checks, names), cell_table(reports), _report_frame(reports, names))


def check_frame(checks: Sequence[Check], names: Mapping[str, str]) -> pa.Table:
    """A row per check. Sides are whole numbers: identities are stated over counts."""
    columns = {name: list(map(itemgetter(at), checks)) for at, name in enumerate(CHECK_COLUMNS)}
    columns["left"] = list(map(_whole, columns["left"]))
    columns["right"] = list(map(_whole, columns["right"]))
    columns["agency_name"] = [names[report_id] for report_id in columns["report_id"]]
    return pa.table({name: pa.array(values, _TYPES.get(name, pa.string())) for name, values in columns.items()})


def _whole(value: Decimal) -> int:
    number = int(value)
    if number != value:
        raise MalformedError(f"an identity over counts has the side {value}; expected a whole number")
    return number


def _report_frame(reports: list[Report], names: Mapping[str, str]) -> pa.Table:
    agencies = [report.imprint.agency for report in reports]
    doubts = [doubts_of(report) for report in reports]
    columns: dict[str, list[object]] = {
        "report_id": [report.report_id for report in reports],
        "agency_id": [agency.agency_id if agency else None for agency in agencies],
        "agency_name": [names[report.report_id] for report in reports],
        "report_year": [report.imprint.report_year for report in reports],
        "critical_issues": [sum(i.severity == "critical" for i in report.issues) for report in reports],
        "lacking": [len(report.lacking) for report in reports],
        "doubts": [len(found) for found in doubts],
        "against": [reasons_against(report) for report in reports],
        "doubt": [*doubts],
    }
    return pa.table({name: pa.array(values, _TYPES.get(name, pa.string())) for name, values in columns.items()})


def _in_pandas(rows: pa.Table, coded: Collection[str] = ()) -> pd.DataFrame:
    """Rows as Great Expectations takes them: what repeats, `coded`, as categories, years as whole numbers."""
    columns = {name: rows[name].dictionary_encode() if name in coded else rows[name] for name in rows.column_names}
    frame: pd.DataFrame = pa.table(columns).unify_dictionaries().to_pandas()
    return frame.astype({"report_year": "Int64"}) if "report_year" in frame else frame


def _statistics(examined: Iterable[Examined]) -> pd.DataFrame:
    columns = ["name", "table_key", "severity", "title_zh", "title_en", "outcome"]
    return pd.DataFrame(
        [
            {
                "suite": one.name,
                **{column: finding.meta.get(column, "") for column in columns},
                "evaluated": finding.evaluated,
                "unexpected": len(finding.failing),
            }
            for one in examined
            for finding in one.findings
        ]
    )


def _some(keys: Sequence[tuple[str, ...]]) -> str:
    """The first keys in words, and how many there are."""
    more = f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else ""
    return ", ".join(" / ".join(map(str, key)) for key in keys[:_LISTED]) + more


# -- files ------------------------------------------------------------------------------------------------------------


def internal(error: Exception) -> str:
    """The reason for a bug of ours, in one line."""
    return f"internal error {type(error).__name__}: {' '.join(str(error).split())}; please report it"


def judge_sound(frames: Frames) -> tuple[Judgement | None, dict[str, str]]:
    """Judge the reports whose frames keep what our code promises of them; the others with the promise they break.

    The judgement is None where no report is left.
    """
    breaches: dict[str, str] = {}
    while frames.reports.num_rows:
        try:
            return judge(frames), breaches
        except MalformedError as error:
            if not error.reports:
                raise
            breaches |= dict.fromkeys(error.reports, internal(error))
            frames = frames.without(error.reports)
    return None, breaches


@dataclass(frozen=True, slots=True)
class Judged:
    """A file read, interpreted and judged; `report` is None for what is no report."""

    reading: Reading
    report: Report | None
    checks: tuple[Check, ...] = ()
    verdict: Verdict | None = None


def judge_files(
    files: Iterable[tuple[bytes, str]], corrections: Corrections | None = None, hint: Hint = NO_HINT
) -> list[Judged]:
    """Files read and judged together and directly, in their order; `hint` goes for all of them."""
    found = [read_file(data, name, corrections, hint) for data, name in files]
    reports = {report.report_id: report for _, report in found if report}
    if not reports:
        return [Judged(reading, None) for reading, _ in found]
    judgement = judge(frames_of(reports.values()), hold)
    by_report = defaultdict(list)
    for check in checks_in(judgement.checks):
        by_report[check.report_id].append(check)
    return [
        Judged(reading, report, tuple(by_report[report.report_id]), judgement.verdicts[report.report_id])
        if report
        else Judged(reading, None)
        for reading, report in found
    ]
