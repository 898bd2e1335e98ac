"""Great Expectations runs the suites: they are rendered into its own, and it decides. All its ceremony stands here.

Written for 1.24.
"""

import copy
import gc
import importlib.util
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, reduce
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from itertools import count
from operator import and_
from typing import TYPE_CHECKING, Any

from expectations.suites import (
    COMPOUND_UNIQUE,
    LISTED,
    SIDES_AGREE,
    Examined,
    Expectation,
    Finding,
    Suite,
    Where,
    holds,
)

if TYPE_CHECKING:
    import pandas as pd

# One expectation about distributions draws these in, a third of the whole import; none of ours asks for it.
_ON_DEMAND = ("altair", "scipy.stats")
# What it does without where it is not installed: frames come from neither databases nor object storage.
_LEFT_OUT = ("boto3", "botocore", "sqlalchemy")
_POSITION = "position"


def validate(
    frame: "pd.DataFrame",
    suite: Suite,
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
    result = _validated(frame.astype(dict.fromkeys(texts, "category")), suite)
    findings = []
    for run in sorted(result.results, key=_position):  # it groups them by column
        name, found = run.expectation_config.type, run.result.get("unexpected_index_list") or []
        if run.result.get("unexpected_count") != len(found):
            raise RuntimeError(f"{name} could not be evaluated on the {suite.name}: {run.exception_info}")
        # Asked for columns of the rows, it looks them up one by one, which takes most of its time.
        rows = frame.iloc[found[:LISTED]]
        about = [column for column in _about(run.expectation_config.kwargs) if column in asked]
        run.result["unexpected_index_list"] = rows[[*about, *key, *shown]].to_dict("records")
        run.result["unexpected_index_column_names"] = [*key, *shown]
        meta = suite.expectations[_position(run)].meta
        findings.append(Finding({"name": name, **meta}, run.result["element_count"], found))
    return Examined(suite.name, frame[[*key]], findings, result)


def _position(run: Any) -> int:
    return int(run.expectation_config.meta[_POSITION])


def _about(kwargs: Mapping[str, Any]) -> Sequence[str]:
    """The columns an expectation looks at."""
    return kwargs.get("column_list") or [kwargs["column"]]


def _validated(frame: "pd.DataFrame", suite: Suite) -> Any:
    gx = load()
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas(name="frames").add_dataframe_asset(name=suite.name)
    batch = asset.add_batch_definition_whole_dataframe(suite.name).get_batch({"dataframe": frame})
    rendered = gx.ExpectationSuite(name=suite.name, expectations=[*map(_rendered, count(), suite.expectations)])
    result = batch.validate(rendered, result_format="COMPLETE")
    # What it computed, a mask of all rows for every condition, stands in cycles: hundreds of MB nobody looks for.
    del context, asset, batch
    gc.collect()
    return result


def _rendered(position: int, expectation: Expectation) -> Any:
    """An expectation as one of Great Expectations, which keeps its position in the suite."""
    kind = expectation.kind
    make = (
        _expect_sides_to_agree() if kind == SIDES_AGREE else getattr(load().expectations, kind.title().replace("_", ""))
    )
    several = kind in (SIDES_AGREE, COMPOUND_UNIQUE)
    takes: dict[str, Any] = {"column_list": [*expectation.columns]} if several else {"column": expectation.columns[0]}
    takes |= {**expectation.takes, "meta": {**expectation.meta, _POSITION: position}}
    if expectation.where:
        takes["row_condition"] = reduce(and_, map(_condition, expectation.where))
    if expectation.description:
        takes["description"] = expectation.description
    return make(**takes)


def _condition(where: Where) -> Any:
    column = load().expectations.row_conditions.Column(where.column)
    if where.relation == "in":
        return column.is_in(where.value)
    return column == where.value if where.relation == "=" else column > where.value


@lru_cache(maxsize=1)
def load() -> Any:
    """Great Expectations, imported late: it takes half a second, and who only reads files never needs it."""
    with _imported_lightly():
        module = import_module("great_expectations")
    # This module raises its own level to report every temporary folder.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    gc.freeze()  # modules do not become garbage: looking through them takes longer than all the rest
    return module


class _Sparing(MetaPathFinder):
    """Finds what is loaded at first use only, as the lazy modules of the standard library, and what is left out."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        if name in _LEFT_OUT:
            raise ModuleNotFoundError(f"{name} is left out", name=name)
        if name not in _ON_DEMAND:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@contextmanager
def _imported_lightly() -> Iterator[None]:
    """Import without what no expectation of ours asks for, and with classes that are made faster.

    Pydantic copies the fields of each of some 300 classes from its bases, down to the last default: a third of the
    import. Here a field is copied, not what it holds.
    """
    models: Any = import_module("pydantic.v1.main")
    finder, copy_all = _Sparing(), models.smart_deepcopy
    models.smart_deepcopy = lambda fields: {name: copy.copy(field) for name, field in fields.items()}
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        models.smart_deepcopy = copy_all


@lru_cache(maxsize=1)
def _expect_sides_to_agree() -> Any:
    """The expectation that left and right stand in the relation of their row; its metric registers once."""
    gx = load()
    metrics = gx.expectations.metrics.map_metric_provider
    provider: Any = metrics.MulticolumnMapMetricProvider
    expectation: Any = gx.expectations.expectation.MulticolumnMapExpectation
    on_frames = metrics.multicolumn_condition_partial(engine=gx.execution_engine.PandasExecutionEngine)

    def agree(_: object, sides: "pd.DataFrame", **__: object) -> "pd.Series[bool]":
        return holds(sides["left"], sides["right"], sides["relation"])

    class SidesAgree(provider):  # type: ignore[misc]
        condition_metric_name = "multicolumn_values.sides_agree"
        _pandas = on_frames(agree)

    class ExpectSidesToAgree(expectation):  # type: ignore[misc]
        """Expect `left` and `right` to stand in the `relation` of their row."""

        map_metric = SidesAgree.condition_metric_name

    return ExpectSidesToAgree
