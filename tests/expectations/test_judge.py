from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.checks import checks_of
from expectations.judge import (
    JudgementDisagreesError,
    MalformedError,
    confirm,
    frames_of,
    judge,
    residual_frame,
)
from expectations.suites import identities
from extract.read import Issue
from transform.identities import Residual
from transform.interpret import Report

Reader = Callable[..., Report]
Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def check_frame(reports: Sequence[Report]) -> pd.DataFrame:
    """What the workers decided."""
    rows = [(r.report_id, c.check_code, c.location, c.outcome) for r in reports for c in checks_of(r)]
    return pd.DataFrame(rows, columns=["report_id", "check_code", "location", "outcome"])


def failing(outcomes: pd.DataFrame, outcome: str) -> list[tuple[str, str, str]]:
    """(report_id, check_code, location) of an outcome."""
    rows = outcomes[outcomes["outcome"] == outcome]
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


def test_great_expectations_decides_every_outcome(reports: list[Report]) -> None:
    """Fail, not evaluable and not applicable come from the suites; both judges agree."""
    _, wrong, blank, word = (report.report_id for report in reports)
    judgement = judge(*frames_of(reports))
    assert sorted(failing(judgement.outcomes, "fail")) == [
        (wrong, "R3-BAL", "total"),
        (wrong, "R3-ROW", "res_total"),
        (wrong, "R3-TOT", "total"),
    ]
    assert sorted(failing(judgement.outcomes, "not_evaluable")) == [
        (blank, "R3-ROW", "res_full"),
        (blank, "R3-TOT", "total"),
    ]
    assert failing(judgement.outcomes, "not_applicable") == [(word, "R2-ITEMS", "licence")]
    assert len(judgement.outcomes) == sum(len(report.residuals) for report in reports)
    assert judgement.unfit == {}
    confirm(judgement, check_frame(reports))
    rows = judgement.statistics.set_index(["name", "outcome"])
    items = sum(r.check_code == "R2-ITEMS" for report in reports for r in report.residuals)
    assert rows.loc[("R2-ITEMS", "fail"), "evaluated"] == items - 1
    assert rows.loc[("R3-TOT", "fail"), "unexpected"] == 1
    assert rows.loc[("R3-TOT", "fail"), "evaluated"] == 7 * len(reports) - 1
    assert rows.loc[("R3-TOT", "not_evaluable"), "evaluated"] == 1


@pytest.mark.parametrize("spoil", ["outcome", "absent", "surplus"])
def test_judges_that_disagree_raise(reports: list[Report], spoil: str) -> None:
    """A changed outcome, a check less or a check more: none goes unseen."""
    judgement = judge(*frames_of(reports[:1]))
    checks = check_frame(reports[:1])
    place = f"{reports[0].report_id} / R3-ROW / req_new"
    at = checks.index[(checks["check_code"] == "R3-ROW") & (checks["location"] == "req_new")]
    if spoil == "outcome":
        checks.loc[at, "outcome"] = "fail"
    elif spoil == "absent":
        checks = checks.drop(at)
    else:
        checks = pd.concat([checks, checks.loc[at].assign(location="req_new/more")])
    with pytest.raises(JudgementDisagreesError, match=place):
        confirm(judgement, checks)


CODES = sorted(identities())
SIDES = st.integers(-3, 3) | st.integers(-(10**25), 10**25)


@st.composite
def made_residuals(draw: st.DrawFn) -> list[tuple[str, Residual]]:
    """Residuals as no report would hold them: any sides, any number of blanks and words."""
    found = []
    for place in range(draw(st.integers(40, 120))):
        code, table = draw(st.sampled_from(CODES))
        left, right = Decimal(draw(SIDES)), Decimal(draw(SIDES))
        cell_rule = code in ("R2-SIGN", "R3-NN", "R4-NN")
        blanks = 0 if cell_rule else draw(st.integers(0, 2))
        unknowns = draw(st.sampled_from([0, 0, 0, 1]))
        relation = draw(st.sampled_from(["=", ">="]))
        residual = Residual(table, code, f"place {place}", relation, left, right, blanks, unknowns, False, ())
        found.append((draw(st.sampled_from("ab")), residual))
    return found


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(made=made_residuals())
def test_both_judges_agree_on_any_residuals(clean: Frames, made: list[tuple[str, Residual]]) -> None:
    """What one computes a report at a time and the other by columns is the same."""
    judgement = judge(residual_frame(made), *clean[1:])
    assert list(judgement.outcomes["outcome"]) == [residual.outcome for _, residual in made]


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
    rows = clean[1].astype(object).to_dict("records")
    assert rows[0]["indicator_code"] == "rules_issued"
    rows[0].update(change)
    with pytest.raises(MalformedError, match=f"cells: .*{rows[0]['report_id']} / {named}"):
        judge(clean[0], pd.DataFrame(rows), clean[2])


@pytest.mark.parametrize("change", [{"check_code": "R9-NEW"}, {"table_key": "review"}, {"relation": "<"}])
def test_a_residual_no_expectation_looks_at_raises(clean: Frames, change: dict[str, str]) -> None:
    """A check nobody judges must not count as passed."""
    rows = clean[0].astype(object).to_dict("records")
    rows[0].update(change)
    with pytest.raises(MalformedError, match="residuals: "):
        judge(pd.DataFrame(rows), *clean[1:])


def test_unfit_reports_are_named_with_what_they_lack(reports: list[Report]) -> None:
    """Agency, year, critical issues and tables are judged report by report."""
    report = reports[0]
    identity = report.identity
    critical = Issue("conflicting_line", "critical", "requests / req_new", "1", "2")
    batch = [
        replace(report, report_id="fit"),
        replace(report, report_id="nobody", identity=replace(identity, agency=None)),
        replace(report, report_id="timeless", identity=replace(identity, report_year=None)),
        replace(report, report_id="early", identity=replace(identity, report_year=2007)),
        replace(report, report_id="late", identity=replace(identity, report_year=2099)),
        replace(report, report_id="critical", issues=(critical,)),
        replace(
            report,
            report_id="short",
            facts=tuple(fact for fact in report.facts if fact.cell.table != "review"),
            residuals=tuple(residual for residual in report.residuals if residual.table != "review"),
        ),
    ]
    unfit = judge(*frames_of(batch)).unfit
    assert set(unfit) == {report.report_id for report in batch} - {"fit"}
    assert unfit["nobody"] == "unmet: the agency is known"
    assert unfit["timeless"] == "unmet: the report year is known"
    assert "lies between 2008 and" in unfit["early"]
    assert "lies between 2008 and" in unfit["late"]
    assert unfit["critical"] == "unmet: nothing critical came up in reading"
    assert unfit["short"] == "unmet: all three statutory tables are present"


def test_a_batch_without_reports_is_judged(clean: Frames) -> None:
    """A night without anything new is no error."""
    judgement = judge(*frames_of([]))
    assert judgement.outcomes.empty
    assert judgement.unfit == {}


def test_frames_keep_every_residual_and_cell(reports: list[Report]) -> None:
    """A row per residual and fact, values as exact decimals, absent ones as none."""
    residuals, cells, rows = frames_of(reports)
    assert len(residuals) == sum(len(report.residuals) for report in reports)
    assert list(cells["value"]) == [fact.value for report in reports for fact in report.facts]
    assert residuals["left"].dtype == "int64"
    assert list(rows["report_id"]) == [report.report_id for report in reports]


def test_a_side_that_is_no_whole_number_is_refused() -> None:
    """Identities are over counts; cutting off a fraction could turn a failure into a pass."""
    residual = Residual("requests", "R3-ROW", "req_new", "=", Decimal("0.5"), Decimal(0), 0, 0, False, ())
    with pytest.raises(MalformedError, match=r"side 0\.5"):
        residual_frame([("a", residual)])
