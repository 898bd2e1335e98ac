"""The suites, rendered from the forms and `rules.yaml`: what has to hold, of which rows, and what it means if not.

Four suites: identities (does what the form states hold), comparisons (does what the rule book adds hold), cells (is
what we store well formed) and reports (may it be loaded, is it free of doubt). They are data. Great Expectations
validates batches against them (`expectations.validate`); a few files are held against the same suites without waiting
for its import (`expectations.direct`).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from expectations.checks import KINDS, NUMERIC
from expectations.rules import load_requirements, load_rules
from extract.forms import load_forms

if TYPE_CHECKING:
    import pandas as pd

CHECK_KEY = ("report_id", "table_key", "check_code", "location")
CHECK_SIDES = ("relation", "left", "right", "blanks", "unknowns")
CELL_KEY = ("report_id", "indicator_code", "applicant_code")
CELL_SAYS = ("edition", "printed", "kind", "value", "method")
REPORT_KEY = ("report_id",)
REPORT_NEEDS = ("agency_id", "critical_issues", "lacking", "doubts")

METHODS = ("", "labelled", "aligned", "decoded", "prose", "ocr")  # "" for a cell the form has and the page does not
_OPEN = "（有空缺时 · where a cell is blank）"
# Failing rows of an expectation that are listed in full for people to read.
LISTED = 200
FIRST_YEAR = 2008  # reports are due since the Regulation of 2007 came into force


# Expectations by the name Great Expectations has for them; the last is ours.
NOT_NULL = "expect_column_values_to_not_be_null"
NULL = "expect_column_values_to_be_null"
IN_SET = "expect_column_values_to_be_in_set"
BETWEEN = "expect_column_values_to_be_between"
UNIQUE = "expect_column_values_to_be_unique"
COMPOUND_UNIQUE = "expect_compound_columns_to_be_unique"
SIDES_AGREE = "expect_sides_to_agree"


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the rows an expectation is about: the value of `column` is (=, >, in) a value."""

    column: str
    relation: str
    value: Any


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to hold of `columns` in the rows that meet every condition of `where`.

    `kind` is one of the names above; `takes` what it takes beside columns (value_set; min_value and max_value). A null
    is left to the expectations that are about nulls.
    """

    kind: str
    columns: tuple[str, ...]
    where: tuple[Where, ...] = ()
    takes: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Expectations by the name of what they are about."""

    name: str
    expectations: tuple[Expectation, ...]


def holds(left: "pd.Series[Any]", right: "pd.Series[Any]", relation: "pd.Series[Any]") -> "pd.Series[bool]":
    """Whether left and right stand in the relation (=, >=, <=) of their row."""
    equal, at_least, at_most = left == right, left >= right, left <= right
    return equal.where(relation == "=", at_least.where(relation == ">=", at_most))


@dataclass(frozen=True, slots=True)
class Finding:
    """An expectation after a run: its `meta`, how many rows it looked at and the positions of those that fail it."""

    meta: dict[str, Any]
    evaluated: int
    failing: list[int]


@dataclass(frozen=True, slots=True)
class Examined:
    """A frame after a suite was run on it: `keys`, what was found, what Great Expectations returned where it ran."""

    name: str
    keys: "pd.DataFrame"
    findings: list[Finding]
    result: object | None = None

    def failing(self, finding: Finding) -> list[tuple[Any, ...]]:
        """The keys of the rows that fail an expectation."""
        return list(self.keys.iloc[finding.failing].itertuples(index=False, name=None))


# Runs a suite on a frame: frame, suite, its key, columns shown of failing rows, columns asked about.
Examine = Callable[["pd.DataFrame", Suite, Sequence[str], Sequence[str], Sequence[str]], Examined]


def identities() -> dict[tuple[str, str], list[str]]:
    """Every (check_code, table_key) the forms state, with the notices that state it."""
    found: dict[tuple[str, str], list[str]] = {}
    for form in load_forms().values():
        for table in form.tables.values():
            for code in dict.fromkeys(identity.code for identity in table.identities):
                found.setdefault((code, table.key), []).append(form.notice)
    return found


def comparisons() -> dict[tuple[str, str], list[str]]:
    """Every (check_code, table_key) the rule book adds; no notice states them."""
    return {(code, rule.table): [] for code, rule in load_rules().items() if rule.comparison}


def identity_suite(asked: Collection[str] | None = None) -> Suite:
    """For each check the forms state: does it hold and, where blanks are open, can it be told.

    `asked` are the codes a frame holds rows of: a rule nobody asks about costs time to find that out.
    """
    return _check_suite("identities", identities(), asked)


def comparison_suite(asked: Collection[str] | None = None) -> Suite:
    """For each check the rule book adds, as far as it is `asked`: does it hold."""
    return _check_suite("comparisons", comparisons(), asked)


def _check_suite(name: str, found: dict[tuple[str, str], list[str]], asked: Collection[str] | None) -> Suite:
    """`meta["outcome"]` is the outcome of the rows that fail an expectation; rows that fail none pass.

    Expectations without an outcome are about the frame itself, see `expectations.checks.Check`.
    """
    numbers, printed, open_ = Where("unknowns", "=", 0), Where("blanks", "=", 0), Where("blanks", ">", 0)
    tables = sorted({table for _, table in found})
    expectations = [
        Expectation(COMPOUND_UNIQUE, CHECK_KEY),
        _one_of("relation", ["=", ">=", "<="]),
        _one_of("table_key", tables),
        _one_of("unknowns", [0], {"outcome": "not_applicable", "name": "numbers"}),
    ]
    for table in tables:
        codes = [code for code, its_table in found if its_table == table]
        here = (Where("table_key", "=", table),)
        expectations.append(Expectation(IN_SET, ("check_code",), here, {"value_set": codes}))
    for (code, table), notices in found.items():
        if asked is not None and code not in asked:
            continue
        rule = load_rules()[code]
        meta = {
            "name": code,
            "table_key": table,
            "severity": rule.severity,
            "title_zh": rule.title.zh,
            "title_en": rule.title.en,
            "source_zh": rule.source.zh,
            "source_en": rule.source.en,
            "notices": notices,
        }
        # Every clause costs four looks at all rows. A code is of one table, a comparison has neither blanks nor words.
        of_code = Where("check_code", "=", code)
        outcomes = {"fail": (of_code,) if rule.comparison else (of_code, numbers, printed)}
        if rule.not_evaluable:
            outcomes["not_evaluable"] = (of_code, numbers, open_)
        for outcome, where in outcomes.items():
            open_words = _OPEN if outcome != "fail" else ""
            expectations.append(
                Expectation(
                    SIDES_AGREE,
                    ("left", "right", "relation"),
                    where,
                    meta={**meta, "outcome": outcome},
                    description=f"{code} {rule.title.zh} · {rule.title.en}{open_words}",
                )
            )
    return Suite(name, tuple(expectations))


def _one_of(column: str, values: Sequence[object], meta: dict[str, Any] | None = None) -> Expectation:
    return Expectation(IN_SET, (column,), takes={"value_set": [*values]}, meta=meta or {})


def cell_suite() -> Suite:
    """What every stored cell keeps to; a failing row is a fault of ours, never of a report.

    Columns: report_id, edition, indicator_code, applicant_code, printed, kind, value, method.
    """
    indicators = sorted({indicator.code for form in load_forms().values() for indicator in form.indicators()})
    present = ("report_id", "edition", "indicator_code", "applicant_code", "printed", "kind", "method")
    numeric, empty = ((Where("kind", "in", sorted(kinds)),) for kinds in (NUMERIC, KINDS - NUMERIC))
    return Suite(
        "cells",
        (
            *(Expectation(NOT_NULL, (name,)) for name in present),
            Expectation(COMPOUND_UNIQUE, CELL_KEY),
            _one_of("edition", [*load_forms()]),
            _one_of("indicator_code", indicators),
            _one_of("kind", sorted(KINDS)),
            _one_of("method", [*METHODS]),
            Expectation(NOT_NULL, ("value",), numeric),
            Expectation(NULL, ("value",), empty),
        ),
    )


def report_suite(last_year: int) -> Suite:
    """What a report needs to be loaded, and to pass.

    Columns: report_id, agency_id, report_year, critical_issues, lacking, doubts.
    """
    years = {"first": FIRST_YEAR, "last": last_year}
    metas = {}
    for name, requirement in load_requirements().items():
        title = requirement.title.format(years, years)
        metas[name] = {
            "name": name, "severity": requirement.severity, "title_zh": title.zh, "title_en": title.en,
        }  # fmt: skip
    return Suite(
        "reports",
        (
            Expectation(UNIQUE, ("report_id",)),
            Expectation(NOT_NULL, ("agency_id",), meta=metas["agency_known"]),
            Expectation(NOT_NULL, ("report_year",), meta=metas["year_known"]),
            Expectation(
                BETWEEN,
                ("report_year",),
                takes={"min_value": FIRST_YEAR, "max_value": last_year},
                meta=metas["year_plausible"],
            ),
            _one_of("critical_issues", [0], metas["nothing_critical"]),
            _one_of("lacking", [0], metas["tables_complete"]),
            _one_of("doubts", [0], metas["cells_certain"]),
        ),
    )
