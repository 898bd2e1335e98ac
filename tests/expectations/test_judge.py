from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from expectations.checks import Check
from expectations.judge import Frames, MalformedError, check_frame, checks_in, frames_of, judge
from expectations.rules import load_rules
from expectations.suites import identities
from extract.read import Issue
from transform.interpret import Report

Reader = Callable[..., Report]


def failing(checks: pd.DataFrame, outcome: str) -> list[tuple[str, str, str]]:
    """(report_id, check_code, location) of an outcome."""
    rows = checks[checks["outcome"] == outcome]
    return [tuple(row) for row in rows[["report_id", "check_code", "location"]].itertuples(index=False)]


@pytest.fixture(scope="module")
def reports(report_of: Reader) -> list[Report]:
    """A clean report, one with a wrong total, one with a blank and one with a word."""
    return [
        report_of(),
        report_of({("res_total", "total"): "1"}),
        report_of({("res_full", "total"): ""}, edition="2019"),
        report_of({("licence_items_delta", ""): "增"}, edition="2019"),
    ]


@pytest.fixture(scope="module")
def clean(reports: list[Report]) -> Frames:
    """The frames of a batch in which everything is in order."""
    return frames_of(reports[:1])


def test_great_expectations_decides_every_outcome_and_verdict(reports: list[Report]) -> None:
    """Fail, not evaluable and not applicable come from the suites, and the verdicts from them."""
    fine, wrong, blank, word = (report.report_id for report in reports)
    judgement = judge(frames_of(reports))
    assert sorted(failing(judgement.checks, "fail")) == [
        (wrong, "R3-BAL", "total"),
        (wrong, "R3-ROW", "res_total"),
        (wrong, "R3-TOT", "total"),
    ]
    assert sorted(failing(judgement.checks, "not_evaluable")) == [
        (blank, "R3-ROW", "res_full"),
        (blank, "R3-TOT", "total"),
    ]
    assert failing(judgement.checks, "not_applicable") == [(word, "R2-ITEMS", "licence")]
    assert len(judgement.checks) == sum(len(report.residuals) for report in reports)
    verdicts = {report_id: verdict.verdict for report_id, verdict in judgement.verdicts.items()}
    assert verdicts == {fine: "pass", wrong: "flagged", blank: "flagged", word: "flagged"}
    rows = judgement.statistics.set_index(["name", "outcome"])
    items = sum(r.check_code == "R2-ITEMS" for report in reports for r in report.residuals)
    assert rows.loc[("R2-ITEMS", "fail"), "evaluated"] == items - 1
    assert rows.loc[("R3-TOT", "fail"), "unexpected"] == 1
    assert rows.loc[("R3-TOT", "fail"), "evaluated"] == 7 * len(reports) - 1
    assert rows.loc[("R3-TOT", "not_evaluable"), "evaluated"] == 1


CODES = sorted(identities())
SIDES = st.integers(-3, 3) | st.integers(-(10**18), 10**18)


@st.composite
def made_checks(draw: st.DrawFn) -> list[Check]:
    """Checks as no report would hold them: any sides, any number of blanks and words."""
    found = []
    for place in range(draw(st.integers(40, 120))):
        code, table = draw(st.sampled_from(CODES))
        blanks = draw(st.integers(0, 2)) if load_rules()[code].not_evaluable else 0
        found.append(
            Check(
                draw(st.sampled_from("ab")), None, None, table, code, "statutory", f"place {place}",
                draw(st.sampled_from(["=", ">=", "<="])), Decimal(draw(SIDES)), Decimal(draw(SIDES)), blanks,
                draw(st.sampled_from([0, 0, 0, 1])), "source", "", "words", "", "", None, "zh", "en",
            )
        )  # fmt: skip
    return found


def told(check: Check) -> str:
    """The outcome as the rule book words it: a word makes a check inapplicable, a blank leaves it open."""
    holds = {"=": check.left == check.right, ">=": check.left >= check.right, "<=": check.left <= check.right}
    if check.unknowns:
        return "not_applicable"
    return "pass" if holds[check.relation] else "not_evaluable" if check.blanks else "fail"


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a failure is told as it is: making it smaller would take as long as the suite
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(made=made_checks())
def test_outcomes_follow_from_sides_blanks_and_words(clean: Frames, made: list[Check]) -> None:
    """Any sides, whatever the rule; what does not fail says nothing."""
    frame = check_frame(made, {"a": "", "b": ""})
    judged = checks_in(judge(replace(clean, checks=frame)).checks)
    assert [check.outcome for check in judged] == [told(check) for check in made]
    assert all(bool(c.message_en) == (c.outcome in ("fail", "not_evaluable")) for c in judged)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"indicator_code": "no_such_line"}, "no_such_line"),
        ({"kind": "nothing"}, "rules_issued"),
        ({"kind": "blank"}, "rules_issued"),
        ({"value": None}, "rules_issued"),
        ({"printed": None}, "rules_issued"),
        ({"method": "guessed"}, "rules_issued"),
        ({"edition": "1999"}, "rules_issued"),
        ({"indicator_code": "rules_repealed"}, "rules_repealed"),
    ],
)
def test_malformed_cells_are_our_fault_and_raise(clean: Frames, change: dict[str, Any], named: str) -> None:
    """An unknown code, a value that does not fit its kind, a key twice: the offender is named."""
    rows = clean.cells.to_pylist()
    assert rows[0]["indicator_code"] == "rules_issued"
    rows[0].update(change)
    with pytest.raises(MalformedError, match=f"cells: .*{rows[0]['report_id']} / {named}"):
        judge(replace(clean, cells=pa.Table.from_pylist(rows, schema=clean.cells.schema)))


@pytest.mark.parametrize("change", [{"check_code": "R9-NEW"}, {"table_key": "review"}, {"relation": "<"}])
def test_a_check_no_expectation_looks_at_raises(clean: Frames, change: dict[str, str]) -> None:
    """A check nobody judges must not count as passed."""
    rows = clean.checks.to_pylist()
    rows[0].update(change)
    with pytest.raises(MalformedError, match="identities: "):
        judge(replace(clean, checks=pa.Table.from_pylist(rows, schema=clean.checks.schema)))


def test_unfit_reports_are_named_with_what_they_lack(reports: list[Report]) -> None:
    """Agency, year, critical issues and tables are judged report by report."""
    report = reports[0]
    imprint = report.imprint
    critical = Issue("conflicting_line", "requests / req_new", "1", "2")
    batch = [
        replace(report, report_id="fit"),
        replace(report, report_id="nobody", imprint=replace(imprint, agency=None)),
        replace(report, report_id="timeless", imprint=replace(imprint, report_year=None)),
        replace(report, report_id="early", imprint=replace(imprint, report_year=2007)),
        replace(report, report_id="late", imprint=replace(imprint, report_year=2099)),
        replace(report, report_id="critical", issues=(critical,)),
        replace(
            report,
            report_id="short",
            facts=tuple(fact for fact in report.facts if fact.cell.table != "review"),
            residuals=tuple(residual for residual in report.residuals if residual.table != "review"),
        ),
    ]
    verdicts = judge(frames_of(batch)).verdicts
    unfit = {report_id: v.reason for report_id, v in verdicts.items() if v.verdict == "quarantined"}
    assert set(unfit) == {report.report_id for report in batch} - {"fit"}
    assert unfit["nobody"] == "agency not known"
    assert unfit["timeless"] == "report year not known"
    assert "unmet: the report year lies between 2008 and" in unfit["early"]
    assert "unmet: the report year lies between 2008 and" in unfit["late"]
    assert unfit["critical"] == "conflicting line: 1 (requests / req_new)"
    assert unfit["short"] == "unmet: all tables its edition requires are present"


def test_a_batch_without_reports_is_judged(clean: Frames) -> None:
    """A night without anything new is no error."""
    judgement = judge(frames_of([]))
    assert judgement.checks.empty
    assert judgement.verdicts == {}


def test_frames_keep_every_residual_and_cell(reports: list[Report]) -> None:
    """A row per residual and fact, values as exact decimals, absent ones as none."""
    frames = frames_of(reports)
    assert frames.checks.num_rows == sum(len(report.residuals) for report in reports)
    assert frames.cells["value"].to_pylist() == [fact.value for report in reports for fact in report.facts]
    assert frames.checks["left"].type == pa.int64()
    assert frames.reports["report_id"].to_pylist() == [report.report_id for report in reports]


def test_a_side_that_is_no_whole_number_is_refused() -> None:
    """Identities are over counts; cutting off a fraction could turn a failure into a pass."""
    side = Decimal("0.5")
    words = dict.fromkeys(
        ("attribution", "definition", "evidence", "expected", "found", "message_zh", "message_en"), ""
    )
    check = Check(
        report_id="a", agency_id=None, report_year=None, table_key="requests", check_code="R3-ROW",
        severity="statutory", location="req_new", relation="=", left=side, right=Decimal(0), blanks=0, unknowns=0,
        suggested_value=None, **words,
    )  # fmt: skip
    with pytest.raises(MalformedError, match=r"side 0\.5"):
        check_frame([check], {"a": ""})
