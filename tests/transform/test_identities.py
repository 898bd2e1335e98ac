"""The arithmetic the form states, its residuals, and the smallest explanation of what does not add up."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.forms import load_forms
from tests.render import Key, addresses
from tests.series import examples
from tests.strategies import broken_identities, consistent_numbers, distinct_numbers
from transform.identities import Operand, Residual, explain, implied_values, residuals, table_of

bounded = examples(60)


def operands(numbers: Mapping[Key, Decimal | int | None]) -> dict[Key, Operand]:
    """Facts as reading gives them; None is a blank cell."""
    return {
        key: Operand(None, "blank") if value is None else Operand(Decimal(value), "number" if value else "zero")
        for key, value in numbers.items()
    }


def compute(facts: Mapping[Key, Operand], edition: str = "2021") -> list[Residual]:
    """The residuals of all tables."""
    return [r for table in load_forms()[edition].tables.values() for r in residuals(table, facts)]


def state(residual: Residual) -> str:
    """How an identity stands: it holds, is broken, open for a blank, or cannot be asked for a word."""
    if residual.unknowns:
        return "unknown"
    return "holds" if residual.holds else "broken" if residual.is_broken else "open"


def stand(found: list[Residual], *wanted: str) -> set[tuple[str, str]]:
    """(check, place) of the residuals that stand in one of these ways."""
    return {(r.check_code, r.location) for r in found if state(r) in wanted}


def zeros(edition: str = "2021") -> dict[Key, Decimal | int | None]:
    """A report of nothing but zeros."""
    return dict.fromkeys(addresses(edition), 0)


def in_sums(numbers: Iterable[Key]) -> list[Key]:
    """The cells of sections 三 and 四, each part of a sum."""
    return [key for key in numbers if key[1] or key[0].startswith(("rev_", "lit_"))]


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_every_identity_is_computed_at_every_place(edition: str) -> None:
    """All lines and columns of section 三, all groups of section 四: a consistent report passes each."""
    found = compute(operands(distinct_numbers(edition)), edition)
    assert stand(found, "broken", "open", "unknown") == set()
    places = {
        code: {r.location for r in found if r.check_code == code} for code in ("R3-ROW", "R3-BAL", "R3-TOT", "R4-SUM")
    }
    lines = {line for line, applicant in addresses(edition) if applicant}
    applicants = {applicant for _, applicant in addresses(edition) if applicant}
    assert places == {
        "R3-ROW": lines,
        "R3-BAL": applicants,
        "R3-TOT": applicants,
        "R4-SUM": {"rev", "lit_direct", "lit_after_rev"},
    }


def test_one_total_left_0_is_three_failures_and_one_explanation() -> None:
    """One request, and 0 where the totals of line and column meet: 1 is the only way out."""
    one = [("req_new", "natural"), ("req_new", "total"), ("res_deny_internal_affairs", "natural")]
    one += [("res_deny_internal_affairs", "total"), ("res_total", "natural")]
    facts = operands(zeros("2019") | dict.fromkeys(one, 1))
    found = compute(facts, "2019")
    assert stand(found, "broken") == {("R3-ROW", "res_total"), ("R3-TOT", "total"), ("R3-BAL", "total")}
    by_place = {(r.check_code, r.location): (r.left, r.right) for r in found}
    assert by_place["R3-ROW", "res_total"] == (0, 1)
    assert by_place["R3-BAL", "total"] == (1, 0)
    assert [[e.cells for e in cluster] for cluster in explain(found, facts)] == [
        [((("res_total", "total"), Decimal(1)),)]
    ]


def test_the_blank_in_a_sum_that_holds_is_no_failure() -> None:
    """Blank is taken as 0 to let an identity hold: a blank beside zeros needs no remark."""
    facts = operands(zeros() | {("req_carried_in", "org_business"): None})
    found = compute(facts)
    assert stand(found, "broken", "open") == set()
    assert implied_values(found, facts) == {}


def test_blank_totals_are_not_evaluable_and_imply_their_sums() -> None:
    """An office fills the applicants and leaves 总计 blank, beside blanks for zeros: each sum is implied."""
    numbers: dict[Key, Decimal | int | None] = dict.fromkeys(addresses("2019"))
    numbers |= {("res_full", "natural"): 258, ("res_full", "org_business"): 12, ("res_full", "org_legal"): 1}
    numbers |= {("res_full", "org_other"): 1, ("res_partial", "natural"): 3}
    facts = operands(numbers)
    found = compute(facts, "2019")
    assert stand(found, "broken") == set()
    assert stand(found, "open") >= {("R3-ROW", "res_full"), ("R3-ROW", "res_partial")}
    implied = implied_values(found, facts)
    assert implied["res_full", "total"] == 272
    assert implied["res_partial", "total"] == 3
    assert explain(found, facts) == []


def test_the_only_blank_of_a_sum_is_implied_wherever_it_stands() -> None:
    """Not only totals: one blank part follows from the total and the other parts."""
    numbers = dict(distinct_numbers("2021"))
    missing = ("res_partial", "org_ngo")
    facts = operands(numbers | {missing: None})
    found = compute(facts)
    assert stand(found, "open") == {("R3-ROW", "res_partial"), ("R3-TOT", "org_ngo")}
    assert implied_values(found, facts) == {missing: numbers[missing]}


def test_identities_that_imply_different_values_imply_none() -> None:
    """Line and column disagree about a blank: nothing is suggested."""
    numbers = dict(distinct_numbers("2021"))
    numbers["res_full", "org_ngo"] += 5
    facts = operands(numbers | {("res_partial", "org_ngo"): None})
    assert ("res_partial", "org_ngo") not in implied_values(compute(facts), facts)


def test_a_negative_value_is_never_implied() -> None:
    """A blank that would have to be -3 is no blank sum but another error."""
    facts = operands(zeros() | {("rev_upheld", ""): 5, ("rev_other", ""): None, ("rev_total", ""): 2})
    found = compute(facts)
    assert stand(found, "open") == {("R4-SUM", "rev")}
    assert implied_values(found, facts) == {}


@pytest.mark.parametrize("kind", ["word", "unparsed"])
def test_an_identity_with_a_word_in_it_is_not_applicable(kind: str) -> None:
    """Neither pass nor fail nor a suggestion where something stands that is no number."""
    facts = operands(distinct_numbers("2021")) | {("res_full", "natural"): Operand(None, kind)}
    found = compute(facts)
    assert stand(found, "unknown") == {("R3-ROW", "res_full"), ("R3-TOT", "natural")}
    assert ("res_full", "natural") not in implied_values(found, facts)


@pytest.mark.parametrize("kind", ["dash", "slash"])
def test_signs_of_absence_count_as_blank(kind: str) -> None:
    """- and / are not evaluable where a number is needed, and no matter where 0 fits."""
    facts = operands(distinct_numbers("2021")) | {("res_full", "natural"): Operand(None, kind)}
    assert stand(compute(facts), "open") == {("R3-ROW", "res_full"), ("R3-TOT", "natural")}
    quiet = operands(zeros()) | {("res_full", "natural"): Operand(None, kind)}
    assert stand(compute(quiet), "broken", "open", "unknown") == set()


def test_a_doubtful_operand_makes_its_residuals_doubtful() -> None:
    """Where the reading is in doubt, the source is not to blame."""
    numbers = distinct_numbers("2021")
    doubted = ("res_full", "natural")
    facts = operands(numbers) | {doubted: Operand(numbers[doubted] + 1, "number", doubtful=True)}
    doubtful = {(r.check_code, r.location) for r in compute(facts) if r.doubtful}
    assert doubtful == {("R3-ROW", "res_full"), ("R3-TOT", "natural")}


def test_two_errors_apart_are_explained_apart() -> None:
    """Two cells that share no identity: two clusters, each with its own single cell."""
    numbers = distinct_numbers("2021")
    wrong = {
        ("res_full", "org_legal"): numbers["res_full", "org_legal"] + 3,
        ("req_new", "org_ngo"): numbers["req_new", "org_ngo"] + 2,
    }
    facts = operands(numbers | wrong)
    explanations = explain(compute(facts), facts)
    assert sorted(cluster[0].cells for cluster in explanations if len(cluster) == 1) == sorted(
        ((key, numbers[key]),) for key in wrong
    )
    assert len(explanations) == 2


def test_all_explanations_of_one_size_are_listed() -> None:
    """2 + 1 against a total of 4: any of the five cells may be the wrong one, so all five are told."""
    facts = operands(zeros() | {("rev_upheld", ""): 2, ("rev_corrected", ""): 1, ("rev_total", ""): 4})
    (cluster,) = explain(compute(facts), facts)
    assert {explanation.cells for explanation in cluster} == {
        ((("rev_upheld", ""), Decimal(3)),),
        ((("rev_corrected", ""), Decimal(2)),),
        ((("rev_other", ""), Decimal(1)),),
        ((("rev_pending", ""), Decimal(1)),),
        ((("rev_total", ""), Decimal(3)),),
    }


def test_a_total_left_0_over_large_parts_has_one_explanation() -> None:
    """10 + 1 against 0: lowering a part would make it negative, so the total it is."""
    facts = operands(zeros() | {("rev_upheld", ""): 10, ("rev_corrected", ""): 1})
    (cluster,) = explain(compute(facts), facts)
    assert [e.cells for e in cluster] == [((("rev_total", ""), Decimal(11)),)]


def test_two_numbers_exchanged_in_a_line_are_seen_though_the_line_adds_up() -> None:
    """The sum of the line holds; the columns do not."""
    numbers = dict(distinct_numbers("2021"))
    one, other = ("res_full", "natural"), ("res_full", "org_research")
    numbers[one], numbers[other] = numbers[other], numbers[one]
    assert stand(compute(operands(numbers)), "broken") == {("R3-TOT", "natural"), ("R3-TOT", "org_research")}


def test_an_unsplit_line_counts_once_in_the_total() -> None:
    """（六） printed as one line in a form of 2021, with its parts absent or with its parts beside it."""
    numbers = dict(distinct_numbers("2021", ("res_other",)))
    assert stand(compute(operands(numbers)), "broken", "open") == set()
    both = dict(distinct_numbers("2021"))
    parts = ("res_other_no_correction", "res_other_no_payment", "res_other_misc")
    applicants = {applicant for _, applicant in both if applicant}
    both |= {("res_other", a): sum(both[part, a] for part in parts) for a in applicants}
    found = compute(operands(both))
    assert stand(found, "broken", "open") == set()
    assert {r.location for r in found if r.check_code == "R3-SUB"} == {f"res_other/{a}" for a in applicants}
    both["res_other", "total"] += 1
    assert ("R3-SUB", "res_other/total") in stand(compute(operands(both)), "broken")


@pytest.mark.parametrize(
    ("previous", "delta", "expected"),
    [(7630, -7363, "holds"), (5, -5, "holds"), (5, -8, "broken"), (None, -8, "open"), (5, None, "holds")],
)
def test_no_more_items_are_dropped_than_there_were(previous: int | None, delta: int | None, expected: str) -> None:
    """R2-ITEMS: last year's items and this year's change leave none below 0."""
    facts = operands(zeros("2019") | {("licence_items_prev", ""): previous, ("licence_items_delta", ""): delta})
    found = {
        r.location: state(r) for r in residuals(table_of("2019", "proactive"), facts) if r.check_code == "R2-ITEMS"
    }
    assert found["licence"] == expected
    assert set(found) == {"licence", "other_mgmt", "penalty", "coercion", "fee"}


def test_a_whole_equals_its_sub_rows_where_both_are_printed() -> None:
    """R2-OTHER: only then is there anything to compare."""
    numbers: dict[Key, Decimal | int | None] = zeros("2019") | {("other_mgmt_decisions", ""): 7}
    table = table_of("2019", "proactive")
    assert not [r for r in residuals(table, operands(numbers)) if r.check_code == "R2-OTHER"]
    numbers |= {("other_mgmt_inspection_decisions", ""): 4, ("other_mgmt_confirmation_decisions", ""): 2}
    (found,) = [r for r in residuals(table, operands(numbers)) if r.check_code == "R2-OTHER"]
    assert (found.left, found.right, state(found)) == (7, 6, "broken")


def test_negative_and_unreadable_counts_break_the_rule_on_cells() -> None:
    """R3-NN and R4-NN name the very cell."""
    facts = operands(zeros() | {("req_new", "natural"): -1, ("req_new", "total"): -1})
    facts["rev_upheld", ""] = Operand(None, "unparsed")
    found = compute(facts)
    assert {p for p in stand(found, "broken") if p[0].endswith("-NN")} == {
        ("R3-NN", "req_new/natural"),
        ("R3-NN", "req_new/total"),
        ("R4-NN", "rev_upheld"),
    }


@given(data=st.data())
@bounded
def test_residuals_agree_with_the_arithmetic_of_the_form(data: st.DataObject) -> None:
    """Any cells changed in any way: the failures are those the form's sums, written out apart, find."""
    edition = data.draw(st.sampled_from(["2019", "2021"]))
    numbers = data.draw(consistent_numbers(edition))
    for key in data.draw(st.lists(st.sampled_from(in_sums(numbers)), max_size=4)):
        numbers[key] = Decimal(data.draw(st.integers(0, 500)))
    found = compute(operands(numbers), edition)
    assert stand(found, "broken") == broken_identities(numbers)


@given(data=st.data())
@bounded
def test_one_wrong_number_is_among_the_explanations_and_all_of_them_hold(data: st.DataObject) -> None:
    """The true value is never missed; every set of cells proposed makes all identities of its table hold."""
    numbers = data.draw(consistent_numbers("2021"))
    wrong = data.draw(st.sampled_from(in_sums(numbers)))
    facts = operands(numbers | {wrong: numbers[wrong] + data.draw(st.integers(1, 1000))})
    table = table_of("2021", "requests" if wrong[1] else "review")
    (cluster,) = explain(residuals(table, facts), facts)
    assert ((wrong, numbers[wrong]),) in {explanation.cells for explanation in cluster}
    for explanation in cluster:
        repaired = facts | {key: Operand(value, "number") for key, value in explanation.cells}
        assert stand(residuals(table, repaired), "broken") == set()


def test_a_line_whose_values_ran_together_fails_once() -> None:
    """Not once for each of its seven columns; single cells that are no numbers still fail alone."""
    facts = operands(zeros())
    line = [key for key in facts if key[0] == "req_new"]
    facts |= dict.fromkeys(line, Operand(None, "unparsed", doubtful=True))
    facts["res_full", "natural"] = Operand(None, "unparsed")
    broken = [r.location for r in compute(facts) if r.check_code == "R3-NN"]
    assert broken == ["req_new", "res_full/natural"]
