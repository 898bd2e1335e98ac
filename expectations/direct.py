"""The suites held directly against a few files: what Great Expectations finds, without its import.

`tests/expectations/test_direct.py` holds the two against each other.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_

import numpy as np
import pandas as pd

from expectations.suites import (
    BETWEEN,
    COMPOUND_UNIQUE,
    IN_SET,
    NOT_NULL,
    NULL,
    SIDES_AGREE,
    UNIQUE,
    Examined,
    Expectation,
    Finding,
    Suite,
    Where,
    holds,
)


def hold(
    frame: pd.DataFrame, suite: Suite, key: Sequence[str], shown: Sequence[str] = (), asked: Sequence[str] = ()
) -> Examined:
    """Hold a frame against a suite; see `expectations.validate.validate`, which takes and gives the same.

    Raises RuntimeError if an expectation is about a column that is not there.
    """
    frame = frame[[*key, *shown, *asked]].reset_index(drop=True)
    findings = []
    for expectation in suite.expectations:
        name = expectation.kind
        conditions = [_met(frame, where) for where in expectation.where]
        rows = frame[reduce(and_, conditions)] if conditions else frame
        try:
            failing = rows.index[_fails(rows, expectation).to_numpy(bool)]
        except KeyError as error:
            raise RuntimeError(f"{name} could not be evaluated on the {suite.name}: no column {error}") from error
        findings.append(Finding({"name": name, **expectation.meta}, len(rows), failing.tolist()))
    return Examined(suite.name, frame[[*key]], findings)


def _met(frame: pd.DataFrame, where: Where) -> "pd.Series[bool]":
    column, value = frame[where.column], where.value
    if where.relation == "in":
        return column.isin(value)
    return column.eq(value) if where.relation == "=" else column.gt(value)


def _fails(rows: pd.DataFrame, expectation: Expectation) -> "pd.Series[bool]":
    """Which of the rows fail an expectation."""
    kind, takes = expectation.kind, expectation.takes
    if kind == SIDES_AGREE:
        return ~holds(rows["left"], rows["right"], rows["relation"])
    if kind == COMPOUND_UNIQUE:
        columns = [*expectation.columns]
        return rows.duplicated(columns, keep=False) & ~rows[columns].isna().all(axis=1)
    column = rows[expectation.columns[0]]
    given = column.notna()
    if kind == NOT_NULL:
        return ~given
    if kind == NULL:
        return given
    if kind == IN_SET:
        return given & ~column.isin(takes["value_set"])
    if kind == UNIQUE:
        return given & column.duplicated(keep=False)
    if kind == BETWEEN:
        within = column.between(takes["min_value"], takes["max_value"])
        return given & ~within.fillna(value=True).astype(np.bool_)
    raise ValueError(f"{kind}: no such expectation")
