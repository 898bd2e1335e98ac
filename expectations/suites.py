"""The Great Expectations suites, rendered from the forms and `rules.yaml`, and how a suite is run on a frame.

Four suites: identities (does what the form states hold), comparisons (does what the rule book adds hold), cells (is
what we store well formed) and reports (may it be loaded, is it free of doubt). All ceremony of Great Expectations 1.24
stands here.
"""

import gc
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from expectations.checks import KINDS, NUMERIC
from expectations.rules import load_requirements, load_rules
from extract.forms import load_forms

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult

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


@dataclass(frozen=True, slots=True)
class Finding:
    """An expectation after a run: its `meta`, how many rows it looked at and the positions of those that fail it."""

    meta: dict[str, Any]
    evaluated: int
    failing: list[int]


@dataclass(frozen=True, slots=True)
class Examined:
    """A frame after a suite was run on it: its `keys`, what was found, and what Great Expectations returned."""

    name: str
    keys: "pd.DataFrame"
    findings: list[Finding]
    result: "ExpectationSuiteValidationResult"

    def failing(self, finding: Finding) -> list[tuple[Any, ...]]:
        """The keys of the rows that fail an expectation."""
        return list(self.keys.iloc[finding.failing].itertuples(index=False, name=None))


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


def identity_suite(asked: Collection[str] | None = None) -> "ExpectationSuite":
    """For each check the forms state: does it hold and, where blanks are open, can it be told.

    `asked` are the codes a frame holds rows of: a rule nobody asks about costs time to find that out.
    """
    return _check_suite("identities", identities(), asked)


def comparison_suite(asked: Collection[str] | None = None) -> "ExpectationSuite":
    """For each check the rule book adds, as far as it is `asked`: does it hold."""
    return _check_suite("comparisons", comparisons(), asked)


def _check_suite(
    name: str, found: dict[tuple[str, str], list[str]], asked: Collection[str] | None
) -> "ExpectationSuite":
    """`meta["outcome"]` is the outcome of the rows that fail an expectation; rows that fail none pass.

    Expectations without an outcome are about the frame itself, see `expectations.checks.Check`.
    """
    gxe, column = _gx().expectations, _gx().expectations.row_conditions.Column
    numbers, printed, open_ = column("unknowns") == 0, column("blanks") == 0, column("blanks") > 0
    tables = sorted({table for _, table in found})
    expectations = [
        gxe.ExpectCompoundColumnsToBeUnique(column_list=[*CHECK_KEY]),
        gxe.ExpectColumnValuesToBeInSet(column="relation", value_set=["=", ">=", "<="]),
        gxe.ExpectColumnValuesToBeInSet(column="table_key", value_set=tables),
        gxe.ExpectColumnValuesToBeInSet(
            column="unknowns", value_set=[0], meta={"outcome": "not_applicable", "name": "numbers"}
        ),
    ]
    for table in tables:
        codes = [code for code, its_table in found if its_table == table]
        here = column("table_key") == table
        expectations.append(gxe.ExpectColumnValuesToBeInSet(column="check_code", value_set=codes, row_condition=here))
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
        here = column("check_code") == code
        rows = here if rule.comparison else here & numbers & printed
        outcomes = {"fail": rows} | ({"not_evaluable": here & numbers & open_} if rule.not_evaluable else {})
        for outcome, condition in outcomes.items():
            expectations.append(
                _expect_sides_to_agree()(
                    column_list=["left", "right", "relation"],
                    row_condition=condition,
                    description=f"{code} {rule.title.zh} · {rule.title.en}{_OPEN if outcome != 'fail' else ''}",
                    meta={**meta, "outcome": outcome},
                )
            )
    return _suite(name, expectations)


def cell_suite() -> "ExpectationSuite":
    """What every stored cell keeps to; a failing row is a fault of ours, never of a report.

    Columns: report_id, edition, indicator_code, applicant_code, printed, kind, value, method.
    """
    gxe, column = _gx().expectations, _gx().expectations.row_conditions.Column
    indicators = sorted({indicator.code for form in load_forms().values() for indicator in form.indicators()})
    present = ("report_id", "edition", "indicator_code", "applicant_code", "printed", "kind", "method")
    numeric, empty = (column("kind").is_in(sorted(kinds)) for kinds in (NUMERIC, KINDS - NUMERIC))
    return _suite(
        "cells",
        [
            *(gxe.ExpectColumnValuesToNotBeNull(column=name) for name in present),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=[*CELL_KEY]),
            gxe.ExpectColumnValuesToBeInSet(column="edition", value_set=[*load_forms()]),
            gxe.ExpectColumnValuesToBeInSet(column="indicator_code", value_set=indicators),
            gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=sorted(KINDS)),
            gxe.ExpectColumnValuesToBeInSet(column="method", value_set=[*METHODS]),
            gxe.ExpectColumnValuesToNotBeNull(column="value", row_condition=numeric),
            gxe.ExpectColumnValuesToBeNull(column="value", row_condition=empty),
        ],
    )


def report_suite(last_year: int) -> "ExpectationSuite":
    """What a report needs to be loaded, and to pass.

    Columns: report_id, agency_id, report_year, critical_issues, lacking, doubts.
    """
    gxe = _gx().expectations
    years = {"first": FIRST_YEAR, "last": last_year}
    metas = {}
    for name, requirement in load_requirements().items():
        title = requirement.title.format(years, years)
        metas[name] = {
            "name": name, "severity": requirement.severity, "title_zh": title.zh, "title_en": title.en,
        }  # fmt: skip
    return _suite(
        "reports",
        [
            gxe.ExpectColumnValuesToBeUnique(column="report_id"),
            gxe.ExpectColumnValuesToNotBeNull(column="agency_id", meta=metas["agency_known"]),
            gxe.ExpectColumnValuesToNotBeNull(column="report_year", meta=metas["year_known"]),
            gxe.ExpectColumnValuesToBeBetween(
                column="report_year", min_value=FIRST_YEAR, max_value=last_year, meta=metas["year_plausible"]
            ),
            gxe.ExpectColumnValuesToBeInSet(column="critical_issues", value_set=[0], meta=metas["nothing_critical"]),
            gxe.ExpectColumnValuesToBeInSet(column="lacking", value_set=[0], meta=metas["tables_complete"]),
            gxe.ExpectColumnValuesToBeInSet(column="doubts", value_set=[0], meta=metas["cells_certain"]),
        ],
    )


def examine(
    frame: "pd.DataFrame",
    suite: "ExpectationSuite",
    key: Sequence[str],
    shown: Sequence[str] = (),
    asked: Sequence[str] = (),
) -> Examined:
    """Run a suite on a frame. What Great Expectations returns lists the first failing rows: `key` and what is `shown`.

    It copies the frame for every condition, so it gets no more than those and the columns `asked` about, and texts that
    come back as numbers for them. Raises RuntimeError if an expectation could not be evaluated.
    """
    frame = frame[[*key, *shown, *asked]].reset_index(drop=True)
    texts = [name for name in frame.columns if frame[name].dtype == "str"]
    result = _validate(frame.astype(dict.fromkeys(texts, "category")), suite)
    findings = []
    for run in result.results:
        name, found = run.expectation_config.type, run.result.get("unexpected_index_list") or []
        if run.result.get("unexpected_count") != len(found):
            raise RuntimeError(f"{name} could not be evaluated on the {suite.name}: {run.exception_info}")
        # Asked for columns of the rows, it looks them up one by one, which takes most of its time.
        rows = frame.iloc[found[:LISTED]]
        about = [column for column in _about(run.expectation_config.kwargs) if column in asked]
        run.result["unexpected_index_list"] = rows[[*about, *key, *shown]].to_dict("records")
        run.result["unexpected_index_column_names"] = [*key, *shown]
        findings.append(Finding({"name": name, **run.expectation_config.meta}, run.result["element_count"], found))
    return Examined(suite.name, frame[[*key]], findings, result)


def _about(kwargs: Mapping[str, Any]) -> Sequence[str]:
    """The columns an expectation looks at."""
    return kwargs.get("column_list") or [kwargs["column"]]


def _validate(frame: "pd.DataFrame", suite: "ExpectationSuite") -> Any:
    context = _gx().get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas(name="frames").add_dataframe_asset(name=suite.name)
    batch = asset.add_batch_definition_whole_dataframe(suite.name).get_batch({"dataframe": frame})
    result = batch.validate(suite, result_format="COMPLETE")
    # What it computed, a mask of all rows for every condition, stands in cycles: hundreds of MB nobody looks for.
    del context, asset, batch
    gc.collect()
    return result


@lru_cache(maxsize=1)
def _gx() -> Any:
    """Great Expectations, imported late: it takes seconds, and workers that only read files never need it."""
    module = import_module("great_expectations")
    # This module raises its own level to report every temporary folder.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    gc.freeze()  # modules do not become garbage: looking through them takes longer than all the rest
    return module


def _suite(name: str, expectations: Sequence[Any]) -> "ExpectationSuite":
    suite: ExpectationSuite = _gx().ExpectationSuite(name=name, expectations=[*expectations])
    return suite


def _holds(_: object, sides: "pd.DataFrame", **__: object) -> "pd.Series[bool]":
    left, right, relation = sides["left"], sides["right"], sides["relation"]
    equal, at_least, at_most = left == right, left >= right, left <= right
    return equal.where(relation == "=", at_least.where(relation == ">=", at_most))


@lru_cache(maxsize=1)
def _expect_sides_to_agree() -> Any:
    """The expectation that left and right stand in the relation of their row; its metric registers once."""
    gx = _gx()
    metrics = gx.expectations.metrics.map_metric_provider
    provider: Any = metrics.MulticolumnMapMetricProvider
    expectation: Any = gx.expectations.expectation.MulticolumnMapExpectation
    on_frames = metrics.multicolumn_condition_partial(engine=gx.execution_engine.PandasExecutionEngine)

    class SidesAgree(provider):  # type: ignore[misc]
        condition_metric_name = "multicolumn_values.sides_agree"
        _pandas = on_frames(_holds)

    class ExpectSidesToAgree(expectation):  # type: ignore[misc]
        """Expect `left` and `right` to stand in the `relation` of their row."""

        map_metric = SidesAgree.condition_metric_name

    return ExpectSidesToAgree
