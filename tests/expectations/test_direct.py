"""What is judged without Great Expectations is judged as it judges."""

from collections.abc import Callable

import pandas as pd
import pytest

from expectations.direct import hold
from expectations.judge import frames_of, judge
from expectations.suites import (
    CELL_KEY,
    CELL_SAYS,
    CHECK_KEY,
    CHECK_SIDES,
    REPORT_KEY,
    REPORT_NEEDS,
    Suite,
    cell_suite,
    comparison_suite,
    comparisons,
    report_suite,
)
from expectations.validate import validate
from transform.interpret import Report

pytestmark = pytest.mark.slow

Reader = Callable[..., Report]


def test_batches_are_judged_alike(report_of: Reader) -> None:
    """Outcomes, verdicts with their reasons, and what each expectation found are the same."""
    reports = [
        report_of(),
        report_of({("res_total", "total"): "1"}),
        report_of({("res_full", "total"): ""}, edition="2019"),
        report_of({("licence_items_delta", ""): "增"}, edition="2019"),
        report_of(agency="某某委员会"),
    ]
    frames = frames_of({report.report_id: report for report in reports}.values())
    direct, validated = judge(frames, hold), judge(frames, validate)
    pd.testing.assert_frame_equal(direct.checks, validated.checks)
    pd.testing.assert_frame_equal(direct.statistics, validated.statistics)
    assert direct.verdicts == validated.verdicts
    assert {verdict.verdict for verdict in direct.verdicts.values()} == {"pass", "flagged", "quarantined"}
    assert (len(direct.results), len(validated.results)) == (0, 3)


def test_frames_that_break_every_promise_are_found_out_alike() -> None:
    """Nulls, doubles, values out of bounds and sides of every relation: each expectation finds the same rows."""
    cells = pd.DataFrame(
        [
            ["r1", "res_total", "total", "2021", "1", "number", 1.0, "labelled"],
            ["r1", "res_total", "total", "2021", "1", "number", None, "labelled"],
            ["r1", "no_such", "", "1999", "", "blank", 2.0, "guessed"],
            [None, None, None, None, None, None, None, None],
            [None, None, None, "2021", None, "strange", 3.0, ""],
        ],
        columns=[*CELL_KEY, *CELL_SAYS],
    )
    reports = pd.DataFrame(
        [
            ["r1", "a", 0, 0, 0, 2020],
            ["r1", None, 1, 0, 2, 1999],
            ["r2", "b", 0, 3, 0, None],
            [None, "c", 0, 0, 0, 2031],
        ],
        columns=[*REPORT_KEY, *REPORT_NEEDS, "report_year"],
    ).astype({"report_year": "Int64"})
    (code, table), *_ = comparisons()
    sides = [(left, right, relation) for left in (1, 2, 3) for right in (2,) for relation in ("=", ">=", "<=", "<>")]
    checks = pd.DataFrame(
        [
            ["r", table, code, f"{at}", relation, left, right, 0, at % 2]
            for at, (left, right, relation) in enumerate(sides)
        ],
        columns=[*CHECK_KEY, *CHECK_SIDES],
    )
    checks.loc[len(checks)] = checks.iloc[0].to_dict() | {"check_code": "unknown"}
    checks.loc[len(checks)] = checks.iloc[0].to_dict() | {"table_key": "nowhere"}
    checks.loc[len(checks)] = checks.iloc[0].to_dict()
    suites: list[tuple[pd.DataFrame, Suite, tuple[str, ...], tuple[str, ...]]] = [
        (cells, cell_suite(), CELL_KEY, CELL_SAYS),
        (reports, report_suite(2030), REPORT_KEY, (*REPORT_NEEDS, "report_year")),
        (checks, comparison_suite({code}), CHECK_KEY, CHECK_SIDES),
    ]
    for frame, suite, key, asked in suites:
        direct, validated = hold(frame, suite, key, (), asked), validate(frame, suite, key, (), asked)
        assert [(f.meta, f.evaluated, f.failing) for f in direct.findings] == [
            (f.meta, f.evaluated, f.failing) for f in validated.findings
        ]
        assert len([finding for finding in direct.findings if finding.failing]) > 3
