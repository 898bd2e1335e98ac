"""What a sum must keep apart: rows of the views that contain one another are never added by accident.

A report on a whole area counts what the agencies in it count, a total what its parts do. `schema.yaml` names for each
view the columns that tell such rows apart (`apart`); a sum has to group by them, or to name one value of each.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb

from warehouse.schema import kept_apart

_SUMS = {"sum", "sum_no_overflow", "fsum", "kahan_sum", "sumkahan", "list_sum"}
# What does as well: rows of one report, or that no other report counts, are apart whatever their scope and level.
_AS_WELL = {"scope": {"report_id", "counted_in"}, "agency_level": {"report_id", "counted_in", "agency_id"}}
_TRUE_OR_FALSE = {"is_total", "is_current"}


def mixed(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, list[str]] | None:
    """The first view a question sums without keeping its rows apart, and the columns it should heed; None if none.

    A column is heeded that stands in GROUP BY, PARTITION BY or, with one value of its own, in a condition.
    """
    (tree,) = connection.execute("SELECT json_serialize_sql($1::VARCHAR, skip_empty := true)", [sql]).fetchall()[0]
    told = json.loads(tree)
    if told["error"]:  # what is no plain SELECT
        return None
    nodes = list(_nodes(told["statements"]))
    if not any(node.get("function_name") in _SUMS for node in nodes):
        return None
    fixed = {value for node in nodes for value in _fixed(node)}
    heeded = {name for name, _ in fixed} | {name for node in nodes for name in _grouped(node)}
    if ("scope", "own") in fixed:
        heeded |= {"agency_level"}  # what an office does itself no other office counts
    if {"indicator_code", "applicant_code"} <= heeded:
        heeded |= {"is_total"}  # one cell of a report
    for name in _drawn_on(nodes):
        missing = [column for column in kept_apart(name) if not heeded & ({column} | _AS_WELL.get(column, set()))]
        if missing:
            return name, missing
    return None


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _drawn_on(nodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for node in nodes:
        if node.get("type") == "BASE_TABLE" and node.get("schema_name", "main") in ("", "main"):
            yield node["table_name"].lower()
        elif node.get("type") == "TABLE_FUNCTION":
            yield node["function"]["function_name"].lower()


def _grouped(node: Mapping[str, Any]) -> Iterator[str]:
    """The columns a SELECT groups by, or a window is parted by."""
    listed = node.get("select_list", [])
    by = [*node.get("partitions", [])]
    for key in node.get("group_expressions", []):
        by.append(listed[place - 1] if (place := _place(key)) and place <= len(listed) else key)
    if node.get("aggregate_handling") == "FORCE_AGGREGATES":  # GROUP BY ALL
        by += [key for key in listed if key.get("class") == "COLUMN_REF"]
    yield from (name for key in by for part in _nodes(key) if (name := _column(part)))


def _place(key: Mapping[str, Any]) -> int:
    """The number of the column that a GROUP BY names by its place."""
    value = key.get("value", {}).get("value") if key.get("class") == "CONSTANT" else None
    return value if isinstance(value, int) else 0


def _fixed(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The columns an expression ties to one value: compared with a constant, with null, or true or false themselves."""
    if node.get("type") == "COMPARE_EQUAL":
        for one, other in ((node["left"], node["right"]), (node["right"], node["left"])):
            if (name := _column(one)) and other.get("class") in ("CONSTANT", "SUBQUERY", "CAST"):
                yield name, str(other.get("value", {}).get("value"))
    elif node.get("type") in ("OPERATOR_IS_NULL", "OPERATOR_NOT") or node.get("class") == "CONJUNCTION":
        yield from ((name, "") for child in node["children"] if (name := _column(child)))
    for place in ("where_clause", "filter"):
        if isinstance(condition := node.get(place), dict) and (name := _column(condition)) in _TRUE_OR_FALSE:
            yield name, ""


def _column(node: Mapping[str, Any]) -> str:
    return node["column_names"][-1].lower() if node.get("class") == "COLUMN_REF" else ""
