from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from expectations.checks import Check
from expectations.judge import REASON_LENGTH, Verdict, checks_in, frames_of, judge
from expectations.rules import load_rules
from expectations.suites import comparisons, identities
from extract.forms import load_forms
from extract.read import Issue
from transform.interpret import Report

Reader = Callable[..., Report]

APPLICANTS = ("natural", "org_business", "org_research", "org_ngo", "org_legal", "org_other", "total")


def judged(report: Report) -> tuple[dict[tuple[str, str], Check], Verdict]:
    """The checks that do not pass, by code and location, and the verdict."""
    judgement = judge(frames_of([report]))
    checks = {(c.check_code, c.location): c for c in checks_in(judgement.checks) if c.outcome != "pass"}
    return checks, judgement.verdicts[report.report_id]


def test_every_identity_has_a_rule_and_every_rule_an_identity() -> None:
    """A form cannot state what nobody explains, nor the rules explain what no form states."""
    assert {code for code, _ in (identities() | comparisons())} == set(load_rules())


def test_a_code_belongs_to_one_table() -> None:
    """Outcomes are compared by code and location, without the table."""
    assert len({code for code, _ in identities()}) == len(identities())


def test_rules_that_can_meet_blanks_say_so() -> None:
    """Of the rules a form states only those on single cells do without words for what cannot be evaluated."""
    scopes = {i.code: i.scope for f in load_forms().values() for t in f.tables.values() for i in t.identities}
    assert {code for code, _ in identities() if load_rules()[code].not_evaluable is None} == {
        code for code, scope in scopes.items() if scope == "cells"
    }


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_a_clean_report_passes(report_of: Reader, edition: str) -> None:
    """Nothing to say of a report whose numbers agree."""
    report = report_of(edition=edition)
    judgement = judge(frames_of([report]))
    checks = checks_in(judgement.checks)
    assert len(checks) == len(report.residuals) > 40
    assert {(c.outcome, c.attribution, c.message_zh, c.message_en) for c in checks} == {("pass", "", "", "")}
    assert judgement.verdicts == {report.report_id: Verdict("pass", "")}


def test_one_wrong_total_is_named_with_the_value_that_mends_all(report_of: Reader) -> None:
    """One wrong cell breaks three sums; each says so and which single change would mend them."""
    right = next(f.value for f in report_of().facts if f.key == ("res_total", "total"))
    assert right is not None
    found, verdict = judged(report_of({("res_total", "total"): "1"}))
    assert set(found) == {("R3-ROW", "res_total"), ("R3-BAL", "total"), ("R3-TOT", "total")}
    for check in found.values():
        assert (check.outcome, check.attribution, check.suggested_value) == ("fail", "source", right)
        assert f"(requests/res_total/total) were {right} instead of 1" in check.message_en
        assert f"“（七）总计 / 总计”（requests/res_total/total）由“1”改为{right}" in check.message_zh
    row = found["R3-ROW", "res_total"]
    assert (row.found, row.expected) == (f"sum {right}, total 1", "sum and total equal")
    assert f"Line (7) total: the applicants sum to {right}, the total prints 1" in row.message_en
    assert f"“（七）总计”一行：各类申请人相加为{right}，总计填报1" in row.message_zh
    assert "Column total: the outcomes sum to" in found["R3-TOT", "total"].message_en
    assert verdict.verdict == "flagged"
    assert f"R3-ROW res_total: sum {right}, total 1" in verdict.reason


def test_equally_simple_explanations_are_listed_and_none_is_chosen(report_of: Reader) -> None:
    """A sum of four that is off by one may be wrong in any of its five cells."""
    value = next(f.value for f in report_of().facts if f.key == ("rev_total", ""))
    assert value is not None
    found, _ = judged(report_of({("rev_total", ""): str(value + 1)}))
    check = found["R4-SUM", "rev"]
    assert len(found) == 1
    assert check.suggested_value is None
    for cell in ("upheld", "corrected", "other", "pending", "total"):
        assert f"review/rev_{cell}" in check.message_en
        assert f"review/rev_{cell}" in check.message_zh
    assert "5 equally simple changes" in check.message_en
    assert "有5种同样简单的解释" in check.message_zh
    assert check.message_en.startswith("administrative review: the outcomes sum to")
    assert check.message_zh.startswith("“行政复议”：各种结果相加为")


def test_two_wrong_cells_are_named_together(report_of: Reader) -> None:
    """Where two cells must change at once no single value is suggested, the message names both."""
    values = {f.key: f.value for f in report_of().facts}
    wrong = {("req_new", a): str((values["req_new", a] or 0) + 5) for a in ("natural", "org_ngo")}
    check = judged(report_of(wrong))[0]["R3-ROW", "req_new"]
    assert check.suggested_value is None
    for key, printed in wrong.items():
        assert f"(requests/{'/'.join(key)}) were {values[key]} instead of {printed}" in check.message_en
    assert "(requests/req_new" in check.message_en


def test_a_blank_where_a_number_is_needed_gets_the_value_it_implies(report_of: Reader) -> None:
    """Not a failure: the page does not say. What the sum asks for stands beside it."""
    right = next(f.value for f in report_of().facts if f.key == ("res_full", "natural"))
    found, verdict = judged(report_of({("res_full", "natural"): ""}))
    check = found["R3-ROW", "res_full"]
    assert (check.outcome, check.attribution, check.suggested_value) == ("not_evaluable", "source", right)
    assert f"(requests/res_full/natural) is {right}" in check.message_en
    assert f"（requests/res_full/natural）应为{right}" in check.message_zh
    assert check.message_en.startswith("Line (1) granted: a cell prints no number")
    assert check.message_zh.startswith("“（一）予以公开”一行有单元格未填数字")
    assert verdict.verdict == "flagged"
    assert "R3-ROW not evaluable: res_full" in verdict.reason


def test_a_blank_sum_is_implied_though_other_blanks_stand_in_it(report_of: Reader) -> None:
    """Agencies leave zeros and the total blank; the printed parts still say what the total is."""
    changes = {("res_full", "natural"): "7", ("res_full", "org_ngo"): "", ("res_full", "total"): ""}
    check = judged(report_of(changes, zeros=True))[0]["R3-ROW", "res_full"]
    assert (check.outcome, check.suggested_value) == ("not_evaluable", Decimal(7))
    assert "(requests/res_full/total) is 7" in check.message_en


@pytest.mark.parametrize(
    ("blanks", "where"),
    [
        ([("res_full", "natural"), ("res_full", "org_ngo")], ("R3-ROW", "res_full")),
        ([("req_new", "natural"), ("req_carried_in", "natural")], ("R3-BAL", "natural")),
    ],
)
def test_blanks_that_cannot_be_told_apart_get_no_value(
    report_of: Reader, blanks: list[tuple[str, str]], where: tuple[str, str]
) -> None:
    """Two blanks in one sum may share the difference in many ways."""
    check = judged(report_of(dict.fromkeys(blanks, "")))[0][where]
    assert (check.outcome, check.suggested_value) == ("not_evaluable", None)
    assert "If the rule holds" not in check.message_en


def test_a_line_the_page_lacks_leaves_its_sums_unasked_and_is_named(report_of: Reader) -> None:
    """No blank the agency left, no error of its own: the line is missing, and the report says so."""
    found, verdict = judged(report_of({("res_full", applicant): None for applicant in APPLICANTS}))
    assert {(code, check.outcome) for (code, _), check in found.items()} == {("R3-TOT", "not_applicable")}
    assert verdict == Verdict("flagged", "missing cell: res_full")


def test_sums_that_agree_without_a_line_are_asked(report_of: Reader) -> None:
    """Agencies leave out lines of zeros."""
    report = report_of({("res_full", applicant): None for applicant in APPLICANTS}, zeros=True)
    assert judged(report)[0] == {}
    assert sum(residual.check_code == "R3-TOT" for residual in report.residuals) == 7


@pytest.mark.parametrize(
    ("key", "printed", "code", "edition"),
    [
        (("req_new", "natural"), "-3", "R3-NN", "2021"),
        (("rev_corrected", ""), "-1", "R4-NN", "2021"),
        (("licence_items_delta", ""), "1.5", "R2-SIGN", "2019"),
    ],
)
def test_a_cell_that_is_no_count_is_quoted(
    report_of: Reader, key: tuple[str, str], printed: str, code: str, edition: str
) -> None:
    """The message quotes the page and names line and column."""
    found, verdict = judged(report_of({key: printed}, edition=edition))
    check = found[code, "/".join(filter(None, key))]
    assert check.outcome == "fail"
    assert check.found == f'printed "{printed}"'
    assert f"“{printed}”" in check.message_zh
    assert f'"{printed}"' in check.message_en
    assert verdict.verdict == "flagged"


def test_labels_lead_from_the_group_to_the_cell(report_of: Reader) -> None:
    """A reader who never saw the form can find the cell by the words on the page."""
    found, _ = judged(report_of({("res_deny_state_secret", "org_ngo"): "1x"}))
    check = found["R3-NN", "res_deny_state_secret/org_ngo"]
    assert "（三）不予公开 / 1.属于国家秘密 / 法人或其他组织 / 社会公益组织" in check.message_zh
    assert "(3) refused / state secret / legal persons and other organisations / " in check.message_en


def test_fewer_items_than_none_is_told_by_line(report_of: Reader) -> None:
    """The previous year's items and the change cannot leave less than nothing."""
    found, _ = judged(report_of({("penalty_items_prev", ""): "3", ("penalty_items_delta", ""): "-5"}, edition="2019"))
    check = found["R2-ITEMS", "penalty"]
    assert (check.outcome, check.found, check.suggested_value) == ("fail", "-2 items at year end", None)
    assert check.message_en.startswith("Administrative penalties: ")
    assert "“行政处罚”：上一年项目数量加本年增减等于-2" in check.message_zh


def test_a_word_makes_an_identity_inapplicable_and_marks_the_report(report_of: Reader) -> None:
    """A word is neither 0 nor a blank: the check is off, the cell is marked."""
    found, verdict = judged(report_of({("req_new", "natural"): "无"}))
    assert {check.outcome for check in found.values()} == {"not_applicable"}
    assert {check.message_en for check in found.values()} == {""}
    assert verdict.verdict == "flagged"
    assert "req_new/natural" in verdict.reason


@pytest.mark.parametrize("sign", ["", "-", "/"])
def test_absence_in_section_2_is_flagged(report_of: Reader, sign: str) -> None:
    """Nothing confirms what a blank means there."""
    _, verdict = judged(report_of({("fee_amount_10k", ""): sign}, zeros=True))
    assert verdict.verdict == "flagged"
    assert "fee_amount_10k" in verdict.reason


@pytest.mark.parametrize("sign", ["", "-", "/"])
def test_absence_in_section_3_that_a_sum_confirms_passes(report_of: Reader, sign: str) -> None:
    """The identities hold with the blank as 0, so nothing is open."""
    report = report_of({("res_full", "natural"): sign, ("rev_upheld", ""): sign}, zeros=True)
    assert {fact.value for fact in report.facts} == {Decimal(0), None}
    assert judged(report) == ({}, Verdict("pass", ""))


def test_without_agency_and_year_a_report_is_quarantined(report_of: Reader) -> None:
    """Its cells read, but nobody knows whose they are."""
    report = report_of(front=False)
    _, verdict = judged(report)
    assert verdict.verdict == "quarantined"
    assert "agency not" in verdict.reason
    assert "year not" in verdict.reason
    table = Issue("table_missing", "review", "no such table", "the table of section 四")
    reason = judged(replace(report, issues=(table, *report.issues)))[1].reason
    assert reason.endswith("table missing: no such table (review)")
    _, bare = judged(replace(report, issues=()))
    assert bare == Verdict("quarantined", "agency not known; report year not known")


def test_a_missing_table_quarantines_and_is_named(report_of: Reader) -> None:
    """A report without section 四 is not loaded as if it had none."""
    columns = load_forms()["2021"].tables["review"].blocks[0].leaves
    report = report_of({(column.code, ""): None for column in columns})
    _, verdict = judged(report)
    assert verdict.verdict == "quarantined"
    assert "table missing" in verdict.reason
    assert "(review)" in verdict.reason


def test_an_issue_flags_only_if_it_is_about_a_table(report_of: Reader) -> None:
    """A remark on title or signature is no doubt about a number."""
    report = report_of()
    line = Issue("unknown_line", "requests / row 7", "1 | 2", "a line of the form")
    remark = Issue("name_differs", "signature", "another name", "the name in the title")
    assert judged(replace(report, issues=(remark,)))[1].verdict == "pass"
    assert judged(replace(report, issues=(line,)))[1] == Verdict("flagged", "unknown line: requests / row 7")


def test_a_cell_marked_by_the_reading_flags_without_an_issue_that_says_so(report_of: Reader) -> None:
    """No mark on a cell is lost on the way."""
    report = report_of({("licence_decisions", ""): "无"})
    assert judged(replace(report, issues=()))[1] == Verdict("flagged", "word for number: licence_decisions")


def test_a_reason_is_short_and_counts_the_rest(report_of: Reader) -> None:
    """Twenty broken sums fit on one line, the first in full."""
    lines = [line.code for _, line in load_forms()["2021"].tables["requests"].standard_lines]
    found, verdict = judged(report_of({(code, "total"): "0" for code in lines}))
    assert len(found) > 20
    assert len(verdict.reason) < REASON_LENGTH
    assert verdict.reason.startswith("R3-ROW req_new: sum")
    shown = verdict.reason.count("; ")
    assert verdict.reason.endswith(f"; …(+{len(found) - shown})")


@pytest.mark.parametrize("printed", ["1" * 25, "9" * 19, "-99999999999999999999", "999999999999"])
def test_a_number_too_long_is_marked_and_never_a_crash(report_of: Reader, printed: str) -> None:
    """Digits of several cells run together: no figure, and its sums are not applicable."""
    report = report_of({("req_new", "natural"): printed, ("fee_amount_10k", ""): printed}, zeros=True)
    found, verdict = judged(report)
    facts = {fact.key: fact for fact in report.facts}
    assert verdict.verdict == "flagged"
    assert (facts["req_new", "natural"].value is None) == (len(printed) > 12)
    assert found["R3-ROW", "req_new"].outcome == ("not_applicable" if len(printed) > 12 else "fail")
