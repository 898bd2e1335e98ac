"""What a printed value cell means: its kind and, where it is a number, its exact value.

A blank, a dash, a slash or a word is never turned into 0: the value stays None and the kind says why.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from extract.labels import SPACE, clean, fold
from extract.shown import is_unclear
from extract.vocabulary import ADDED, MONEY, REMOVED, UNITS

# Factors to 万元, the unit the form prescribes for amounts.
_TO_10K = {unit: Decimal(factor) for unit, factor in MONEY.items()}

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMBER = re.compile(rf"^(?P<sign>[+\-\u2212])?(?P<digits>{_DIGITS})(?P<unit>{UNITS})?(?P<note>\(.*\))?$")
_CHANGE = re.compile(rf"^(?:{ADDED}|(?P<removed>{REMOVED}))(?P<digits>{_DIGITS})(?P<unit>{UNITS})?$")
_BRACKETED = re.compile(r"^(?P<sign>[+\-\u2212])\((?P<digits>\d+)\)$")  # +(0), as some print a change
_DASH = re.compile(r"^[-\u2010-\u2015\u2212_ー一]+$")
_SLASH = re.compile(r"^[/\\\u2044\u2215]+$")  # also as fonts of PDFs give it
_ZERO_WORD = re.compile(r"^[零〇○]$")
_WORD = re.compile(r"^[\u4e00-\u9fff、,。]+$")
_BROKEN = re.compile(r"\d\s+[\d.]")
# Footnote marks such as ² and ①: NFKC would make them digits of the number before them.
_MARKS = ("<super>", "<sub>", "<circle>", "<fraction>")


# What the lake can hold without rounding (DECIMAL(18, 6)); no figure an agency means is longer.
_DECIMALS = Decimal("0.000001")
_LIMIT = Decimal(10) ** 12


def is_storable(value: Decimal) -> bool:
    """Whether a value has at most twelve digits before the point and six behind it."""
    return abs(value) < _LIMIT and value == value.quantize(_DECIMALS)


@lru_cache(maxsize=65536)
def plain(value: Decimal) -> str:
    """A number as a person writes it, without zeros behind it."""
    return f"{value.normalize():f}"


class Number(NamedTuple):
    """`kind`: number, zero, blank, dash, slash, word, annotated or unparsed. `unit` is the unit of money printed in
    the cell itself, "" for none. `issue` is "" or the code of what is doubtful.
    """

    kind: str
    value: Decimal | None
    unit: str
    issue: str


@lru_cache(maxsize=65536)
def parse_number(printed: str, type_: str) -> Number:
    """Parse one cell. `type_` is the indicator's: count, delta (signed) or amount (decimals and units of money)."""
    if is_unclear(printed):
        return Number("unparsed", None, "", "unclear")
    if any(unicodedata.decomposition(char).startswith(_MARKS) for char in printed):
        return Number("unparsed", None, "", "not_a_number")
    text = SPACE.sub("", fold(printed))
    if not text:
        return Number("blank", None, "", "")
    if _DASH.match(text):
        return Number("dash", None, "", "")
    if _SLASH.match(text):
        return Number("slash", None, "", "")
    if _ZERO_WORD.match(text):
        return Number("zero", Decimal(0), "", "")
    if found := _NUMBER.match(text) or (type_ == "delta" and _BRACKETED.match(text)):
        return _from_digits(found.group("sign") in ("-", "\u2212"), found, printed, type_)
    if type_ == "delta" and (found := _CHANGE.match(text)):
        return _from_digits(bool(found.group("removed")), found, printed, type_)
    if _WORD.match(text):
        return Number("word", None, "", "word_for_number")
    return Number("unparsed", None, "", "not_a_number")


def _from_digits(negative: bool, found: re.Match[str], printed: str, type_: str) -> Number:
    digits = found.group("digits").replace(",", "")
    unit = found.groupdict().get("unit") or ""
    whole, _, fraction = digits.partition(".")
    money = unit in _TO_10K
    two_in_one = len(whole) > 1 and whole.startswith("0")  # 00 is two cells in one
    wrong_unit = bool(unit) and money != (type_ == "amount")  # 5元 is no count, 5件 no amount
    if two_in_one or wrong_unit:
        return Number("unparsed", None, "", "not_a_number")
    if type_ != "amount" and fraction.strip("0"):
        return Number("unparsed", None, "", "not_a_number")
    value = Decimal(digits)
    if negative:
        value = -value
    if type_ != "amount":
        value = value.to_integral_value()
    issue = "negative_count" if negative and value and type_ != "delta" else ""
    if _BROKEN.search(unicodedata.normalize("NFKC", clean(printed))):
        issue = "broken_number"
    kind = "annotated" if found.groupdict().get("note") else "number" if value else "zero"
    return Number(kind, value, unit if money else "", issue)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in 万元. `issue` is unit_inferred where the unit follows from rule U-1, unit_unknown where it is
    taken at face value as the form's own unit.
    """

    value: Decimal
    issue: str


def to_10k(value: Decimal, unit_in_cell: str, unit_in_header: str, *, small_agency: bool) -> Amount:
    """Normalise an amount to 万元 (rule U-1): the unit in the cell, else the header's, else what the digits allow.

    The common form prints no unit over 采购总金额. More than two decimals cannot be yuan; 100,000 or more with at most
    one decimal is no plausible amount in 万元 below the prefecture (`small_agency`: a township, street or department).
    """
    unit = unit_in_cell or unit_in_header
    if unit or not value:
        return Amount((value * _TO_10K[unit]) if unit else value, "")
    exponent = value.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    if decimals > 2:
        return Amount(value, "unit_inferred")
    if small_agency and value >= 100_000 and decimals <= 1:
        return Amount(value * _TO_10K["元"], "unit_inferred")
    return Amount(value, "unit_unknown")
