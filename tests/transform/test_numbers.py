"""What a printed cell means: the table of spellings, and the unit of money an amount is in."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transform.numbers import is_storable, parse_number, to_10k

ALPHABET = "0123456789,.+-/（）()元万件项增减无一 \n①²Ａ０"
NUMBERS = [
    # printed, type, kind, value, unit, issue
    ("12", "count", "number", "12", "", ""),
    ("0", "count", "zero", "0", "", ""),
    ("-0", "delta", "zero", "0", "", ""),
    (" 12\xa0", "count", "number", "12", "", ""),
    ("１２", "count", "number", "12", "", ""),
    ("1,204", "count", "number", "1204", "", ""),
    ("1，204，000", "count", "number", "1204000", "", ""),
    ("3.0", "count", "number", "3", "", ""),
    ("5件", "count", "number", "5", "", ""),
    ("5 项", "count", "number", "5", "", ""),
    ("12人次", "count", "number", "12", "", ""),
    ("3篇", "count", "number", "3", "", ""),
    ("3万人次", "count", "unparsed", None, "", "not_a_number"),
    ("22（其中修订16件）", "count", "annotated", "22", "", ""),
    ("+19", "delta", "number", "19", "", ""),
    ("＋8", "delta", "number", "8", "", ""),
    ("-15", "delta", "number", "-15", "", ""),
    ("－7363", "delta", "number", "-7363", "", ""),
    ("−3", "delta", "number", "-3", "", ""),
    ("减3", "delta", "number", "-3", "", ""),
    ("减少3项", "delta", "number", "-3", "", ""),
    ("增5", "delta", "number", "5", "", ""),
    ("增加5", "delta", "number", "5", "", ""),
    ("43.788万元", "amount", "number", "43.788", "万元", ""),
    ("184719元", "amount", "number", "184719", "元", ""),
    ("28,130.0902", "amount", "number", "28130.0902", "", ""),
    ("149.673874", "amount", "number", "149.673874", "", ""),
    ("零", "count", "zero", "0", "", ""),
    ("〇", "count", "zero", "0", "", ""),
    # signs of absence are never 0
    ("", "count", "blank", None, "", ""),
    (" \xa0\u3000\n", "count", "blank", None, "", ""),
    ("-", "count", "dash", None, "", ""),
    ("—", "delta", "dash", None, "", ""),
    ("——", "amount", "dash", None, "", ""),
    ("－", "count", "dash", None, "", ""),
    ("–", "count", "dash", None, "", ""),
    ("/", "count", "slash", None, "", ""),
    ("／", "amount", "slash", None, "", ""),
    ("无", "count", "word", None, "", "word_for_number"),
    ("增", "delta", "word", None, "", "word_for_number"),
    ("未增未减", "delta", "word", None, "", "word_for_number"),
    ("不涉及", "count", "word", None, "", "word_for_number"),
    # what looks like a number and may be two, or half of one
    ("00", "count", "unparsed", None, "", "not_a_number"),
    ("0\n0", "count", "unparsed", None, "", "not_a_number"),
    ("012", "count", "unparsed", None, "", "not_a_number"),
    ("1,20", "count", "unparsed", None, "", "not_a_number"),
    ("1204,000", "count", "unparsed", None, "", "not_a_number"),
    ("1、2", "count", "unparsed", None, "", "not_a_number"),
    ("1/2", "count", "unparsed", None, "", "not_a_number"),
    ("3.5", "count", "unparsed", None, "", "not_a_number"),
    ("1.204", "delta", "unparsed", None, "", "not_a_number"),
    ("1.2.3", "amount", "unparsed", None, "", "not_a_number"),
    ("１２三", "count", "unparsed", None, "", "not_a_number"),
    ("12%", "count", "unparsed", None, "", "not_a_number"),
    ("O", "count", "unparsed", None, "", "not_a_number"),
    ("l2", "count", "unparsed", None, "", "not_a_number"),
    ("1e3", "count", "unparsed", None, "", "not_a_number"),
    ("5件", "amount", "unparsed", None, "", "not_a_number"),
    ("5万元", "count", "unparsed", None, "", "not_a_number"),
    ("减3", "count", "unparsed", None, "", "not_a_number"),
    ("+", "delta", "unparsed", None, "", "not_a_number"),
    # read, but marked
    ("-3", "count", "number", "-3", "", "negative_count"),
    ("-3.5", "amount", "number", "-3.5", "", "negative_count"),
    ("1 204", "count", "number", "1204", "", "broken_number"),
    ("1\n2", "count", "number", "12", "", "broken_number"),
]


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: f"{case[0]!r} {case[1]}")
def test_a_printed_cell_has_one_meaning(case: tuple[str, str, str, str | None, str, str]) -> None:
    """Kind, exact value, unit in the cell and what is doubtful about it."""
    printed, type_, kind, value, unit, issue = case
    number = parse_number(printed, type_)
    expected = None if value is None else Decimal(value)
    assert (number.kind, number.value, number.unit, number.issue) == (kind, expected, unit, issue)


@pytest.mark.parametrize("printed", ["3①", "3²", "3¹", "3₂", "3⒈"])
def test_a_small_figure_behind_a_number_is_no_digit_of_it(printed: str) -> None:
    """Footnote marks become plain digits under NFKC; the value is 3 or none, never 31."""
    number = parse_number(printed, "count")
    assert number.value in (None, Decimal(3))
    assert number.value is not None or number.issue


@given(printed=st.text(alphabet=ALPHABET, max_size=8), type_=st.sampled_from(["count", "delta", "amount"]))
@settings(max_examples=400, deadline=None, derandomize=True, database=None)
def test_whatever_is_printed_has_a_value_a_sign_of_absence_or_an_issue(printed: str, type_: str) -> None:
    """Nothing raises; no value without digits; what is neither number nor absence sign carries an issue."""
    number = parse_number(printed, type_)
    if number.value is None:
        assert (number.kind in ("blank", "dash", "slash") and not number.issue) or number.issue
    else:
        assert any(c.isdigit() for c in printed)
        assert number.kind in ("zero", "number", "annotated")
        assert (number.kind == "zero") <= (number.value == 0)
        assert number.value == number.value.to_integral_value() or type_ == "amount"


@given(st.decimals(0, 10**9, places=6), st.sampled_from(["count", "delta", "amount"]))
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_plain_digits_keep_their_exact_value(value: Decimal, type_: str) -> None:
    """No digit is lost to floating point, whatever the size."""
    exact = value if type_ == "amount" else value.to_integral_value()
    assert parse_number(format(exact, "f"), type_).value == exact
    assert parse_number(f"{exact:,f}", type_).value == exact


AMOUNTS = [
    # printed value, unit in the cell, unit in the header, small agency, in 万元, issue
    ("757000", "", "", True, "75.7", "unit_inferred"),  # a township cannot buy for 7.5 billion yuan
    ("757000", "", "", False, "757000", "unit_unknown"),
    ("1035000", "", "", True, "103.5", "unit_inferred"),
    ("184719", "元", "", False, "18.4719", ""),
    ("251000", "元", "", False, "25.1", ""),
    ("79000.1", "元", "", True, "7.90001", ""),
    ("43.788", "万元", "", True, "43.788", ""),
    ("258.5", "亿元", "", False, "2585000", ""),
    ("12", "千元", "", True, "1.2", ""),
    ("941.4649", "", "万元", True, "941.4649", ""),
    ("757000", "", "万元", True, "757000", ""),  # the page says so
    ("757000", "", "元", False, "75.7", ""),
    ("149.673874", "", "", True, "149.673874", "unit_inferred"),  # yuan have two decimals
    ("28130.0902", "", "", False, "28130.0902", "unit_inferred"),
    ("100000", "", "", True, "10", "unit_inferred"),
    ("99999.9", "", "", True, "99999.9", "unit_unknown"),
    ("12.5", "", "", True, "12.5", "unit_unknown"),
    ("0", "", "", True, "0", ""),
    ("0.00", "", "", True, "0", ""),
    ("0", "元", "", True, "0", ""),
]


@pytest.mark.parametrize("case", AMOUNTS, ids=str)
def test_an_amount_comes_in_10000_yuan(case: tuple[str, str, str, bool, str, str]) -> None:
    """Rule U-1: a stated unit is taken at its word, an inferred or assumed one is told."""
    value, cell, header, small, expected, issue = case
    amount = to_10k(Decimal(value), cell, header, small_agency=small)
    assert (amount.value, amount.issue) == (Decimal(expected), issue)


@pytest.mark.parametrize(
    ("value", "storable"),
    [
        ("999999999999.999999", True),
        ("1000000000000", False),
        ("-" + "9" * 25, False),
        ("1.1234567", False),
        ("0", True),
    ],
)
def test_what_the_lake_cannot_hold_is_told(value: str, storable: bool) -> None:
    """Rounding a figure, or failing on it, would both break the promise."""
    assert is_storable(Decimal(value)) is storable
