"""The Great Expectations suites, rendered from the forms and `rules.yaml`; nothing about a table is restated here.

Three suites: the residuals (does each identity hold), the cells (is what we store well formed) and the reports (is it
fit to show). All ceremony of Great Expectations 1.24 stands in this module; its import takes seconds, so it happens
inside the functions.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from expectations.checks import load_report_rules, load_rules
from extract.forms import Form, load_forms

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations import ExpectationSuite

RESIDUAL_KEY = ("report_id", "table_key", "check_code", "location")
CELL_KEY = ("report_id", "indicator_code", "applicant_code")
REPORT_KEY = ("report_id",)

FIRST_YEAR = 2008  # the first year reports were due: Regulation of 2007, article 31

_NUMERIC = ["number", "zero", "annotated"]
_NO_NUMBER = ["blank", "dash", "slash", "word", "unparsed", "missing"]
# What a failing row of an expectation means where it is not a check's outcome.
MALFORMED = "malformed"
UNFIT = "unfit"


def identities() -> dict[tuple[str, str], list[Form]]:
    """Every (check_code, table) of the forms, with the editions that state it."""
    found: dict[tuple[str, str], list[Form]] = {}
    for form in load_forms().values():
        for table in form.tables.values():
            for code in dict.fromkeys(identity.code for identity in table.identities):
                found.setdefault((code, table.key), []).append(form)
    return found


def residual_suite() -> "ExpectationSuite":
    """Per check code and table: does it hold, can it be told, is every operand a number.

    `meta["outcome"]` of an expectation is the outcome of the rows that fail it; rows that fail none pass. Frame:
    report_id, table_key, check_code, location, relation, left, right, blanks, unknowns.
    """
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    expect_identity_to_hold = _identity_expectation()
    expectations: list[Any] = [
        gxe.ExpectCompoundColumnsToBeUnique(column_list=[*RESIDUAL_KEY], meta={"outcome": MALFORMED}),
        gxe.ExpectColumnPairValuesToBeInSet(
            column_A="check_code", column_B="table_key", value_pairs_set=[*identities()], meta={"outcome": MALFORMED}
        ),
        gxe.ExpectColumnValuesToBeInSet(column="relation", value_set=["=", ">="], meta={"outcome": MALFORMED}),
    ]
    for (code, table), forms in identities().items():
        rule = load_rules()[code]
        meta = {
            "check_code": code, "table_key": table, "severity": rule.severity,
            "title_zh": rule.title.zh, "title_en": rule.title.en,
            "source_zh": rule.source.zh, "source_en": rule.source.en, "notices": [form.notice for form in forms],
        }  # fmt: skip
        here = (Column("check_code") == code) & (Column("table_key") == table)
        numbers = here & (Column("unknowns") == 0)
        described = {"description": f"{rule.title.zh} / {rule.title.en}"}
        sides = {"column_list": ["left", "right", "relation"], **described}
        expectations += [
            expect_identity_to_hold(
                **sides, row_condition=numbers & (Column("blanks") == 0), meta={**meta, "outcome": "fail"}
            ),
            expect_identity_to_hold(
                **sides, row_condition=numbers & (Column("blanks") > 0), meta={**meta, "outcome": "not_evaluable"}
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="unknowns", value_set=[0], row_condition=here, **described,
                meta={**meta, "outcome": "not_applicable"},
            ),
        ]  # fmt: skip
    return _suite("residuals", expectations)
