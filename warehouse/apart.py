"""What a question may add up: figures that contain one another, or stand several times in a join, are never added.

A report on a whole area counts what the agencies in it count, a total what its parts do. `schema.yaml` names for each
view the columns that tell such rows apart (`apart`), and those that tell each row from all others (`keys`). A sum has
to keep the first apart, each by GROUP BY or by one value; and a row whose figure it adds stands in a join once, for
what is joined to it is found by a key.

A question is read as DuckDB parses it, SELECT by SELECT. Each hands on which views its rows are of, by what names their
columns go on, and which of these have one value.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from warehouse.schema import kept_apart, row_keys

_Node = Mapping[str, Any]

_SUMS = {"sum", "sum_no_overflow", "fsum", "kahan_sum", "sumkahan"}
# What adds up lists, and what makes the lists it adds up.
_SUMS_OF_LISTS = {
    "list_sum", "list_aggr", "list_aggregate", "array_aggr", "array_aggregate", "aggregate", "list_reduce",
    "array_reduce", "reduce",
}  # fmt: skip
_LISTS = {"list", "array_agg"}
# What makes one row of many without GROUP BY.
_ONE_ROW = {*_SUMS, *_LISTS, "count", "count_star", "min", "max", "avg", "mean", "median", "any_value", "first"}
# What asks by a text, which is not read here.
_HIDDEN = {"query", "query_table", "json_execute_serialized_sql"}
# What does as well: rows of one report, or that no other report counts, are apart whatever their scope and level.
_AS_WELL = {"scope": {"report_id", "counted_in"}, "agency_level": {"report_id", "counted_in", "agency_id"}}
# What tells the cells of a report apart; some tables have no applicants.
_CELL = {"indicator_code", "applicant_code"}
# What an agency is by itself.
_OF_AGENCY = {"agency_level", "agency_type", "province", "prefecture", "county"}
# Of these one value alone keeps rows apart: totals contain one another, a report may have several old versions.
_ONE_VALUE = {"is_total": "false", "is_current": "true"}
# Of these every condition does: it is a choice of what to add.
_CHOSEN = {"indicator_code"}
# What a column is tied to whose values are several, or not told.
_SEVERAL, _SOME = "(several)", "(some)"


class WrongSumError(Exception):
    """A sum that would count twice: what was found, and what to do instead."""

    def __init__(self, found: str, next_step: str) -> None:
        super().__init__(found)
        self.found = found
        self.next_step = next_step


@dataclass(frozen=True)
class _Rows:
    """The rows of a view in a FROM.

    `apart` and `keys` are columns of the view (`keys` None where nothing is known), `fixed` what conditions tie them
    to. `names` are the columns that go by another name here ("" for none of the view's); others are as in the view if
    `is_open`, else unknown here; `chosen` is what a made one was made of alone, by a FILTER: series_code → req_new.
    `columns` are all of the view's, if known. `repeated`: one may stand here several times.
    """

    alias: str
    view: str
    apart: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] | None = None
    columns: frozenset[str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = True
    fixed: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    repeated: bool = False

    def named(self, name: str) -> str:
        """The column of the view that goes by a name here; "" if none does."""
        column = self.names.get(name, name if self.is_open else "")
        return column if self.columns is None or column in self.columns else ""

    def has(self, name: str) -> bool:
        """Whether a column may go by a name here, be it one of the view or made from it."""
        return name in self.names or (self.is_open and (self.columns is None or name in self.columns))

    def fixing(self, conditions: Iterable[_Node]) -> "_Rows":
        """The same rows where conditions hold."""
        found = {self.named(name): value for part in conditions for name, value in _tied(part) if self.named(name)}
        return replace(self, fixed={**self.fixed, **found})

    def is_found_by(self, names: Iterable[str]) -> bool:
        """Whether columns with one value each, by their names here, leave one row at most."""
        given = {self.named(name) for name in names}
        given |= {column for column, value in self.fixed.items() if value != _SEVERAL}
        given |= _OF_AGENCY if "agency_id" in given else set()
        return self.keys is None or any(given.issuperset(key) for key in self.keys)

    def mixed(self, name: str, grouped: Iterable[str], conditions: Iterable[_Node]) -> list[str]:
        """The columns nothing keeps apart in a sum of one: neither its groups nor what holds of the rows it adds."""
        fixed = {**self.fixing(conditions).fixed, **self.chosen.get(name, {})}
        by = {self.named(name) for name in grouped}
        single = by | {column for column, value in fixed.items() if value != _SEVERAL}

        def is_apart(column: str) -> bool:
            if single & _AS_WELL.get(column, set()) or (column == "agency_level" and fixed.get("scope") == "own"):
                return True  # what an office does itself no other office counts
            if column == "is_total" and _CELL & (self.columns or _CELL) <= single:
                return True  # one cell of a report
            if column in _ONE_VALUE:
                return fixed.get(column) == _ONE_VALUE[column]
            return column in single or (column in _CHOSEN and column in fixed)

        return [column for column in self.apart if not is_apart(column)]


_Tables = Mapping[str, Sequence[_Rows]]


def refuse_double_counts(connection: duckdb.DuckDBPyConnection, sql: str, given: Mapping[str, Sequence[str]]) -> None:
    """Raise WrongSumError if a question adds up what it must not; `given` are columns of the user's own tables."""
    quoted = sql.replace("'", "''")  # a parameter would import pandas, which takes longer than all of this
    told = json.loads(connection.execute(f"SELECT json_serialize_sql('{quoted}')").fetchall()[0][0])
    if told["error"]:  # what is no SELECT
        return
    called = {node.get("function_name") for node in _nodes(told["statements"])}
    if not called & (_SUMS | _SUMS_OF_LISTS | _HIDDEN):
        return
    columns: dict[str, set[str]] = {}
    for view, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal"
    ).fetchall():
        columns.setdefault(view, set()).add(column)
    own = {name.lower(): frozenset(map(str.lower, names)) for name, names in given.items()}
    reader = _Reader(_SUMS | (_LISTS if called & _SUMS_OF_LISTS else set()), columns, own)
    for statement in told["statements"]:
        reader.query(statement["node"], {})


class _Reader:
    """One question: the functions that add up in it, the columns of the warehouse, the user's own tables."""

    def __init__(self, sums: set[str], columns: Mapping[str, set[str]], given: Mapping[str, frozenset[str]]) -> None:
        self.sums = sums
        self.columns = columns
        self.given = given

    def query(self, node: _Node, tables: _Tables) -> list[_Rows]:
        """The rows a SELECT, or several put together, hands on."""
        for entry in node.get("cte_map", {}).get("map", ()):
            name = entry["key"].lower()
            within = {**tables, name: ()}  # where it is recursive
            tables = {**tables, name: self.query(entry["value"]["query"]["node"], within)}
        if node["type"] == "SELECT_NODE":
            return self.select(node, tables)
        sides = [self.query(node[side], tables) for side in ("left", "right") if side in node]
        both = [_merged(side) for side in sides if side]
        return [_united(both)] if both else []

    def select(self, node: _Node, tables: _Tables) -> list[_Rows]:
        """The rows of one SELECT, after a look at its sums."""
        where = [*_conjuncts(node.get("where_clause"))]
        known = [*where, *_one_value_each(node)]
        rows = [each.fixing(where) for each in self.drawn_on(node["from_table"], known, tables)]
        if outside := _from_outside(where, {each.alias for each in rows}):
            rows = [replace(each, fixed={**outside, **each.fixed}) for each in rows]
        parts = ("select_list", "where_clause", "group_expressions", "having", "qualify", "modifiers")
        within = [*_within([node.get(part) for part in parts])]
        self.subqueries(within, tables)
        keys = [*_group_keys(node)]
        self.look_at_sums(within, rows, keys, node.get("group_sets") or [range(len(keys))])
        return [_renamed(each, node["select_list"]) for each in _gathered(rows, node, keys, within)]

    def look_at_sums(
        self, within: Iterable[_Node], rows: Sequence[_Rows], keys: Sequence[set[str]], sets: Iterable[Iterable[int]]
    ) -> None:
        """Look at the sums of one SELECT, each by the columns of its window or by each set of those it groups by."""
        grouped = [set().union(*(keys[place] for place in one)) for one in sets]
        for part in within:
            if part.get("function_name") in self.sums:
                is_windowed = part.get("class") == "WINDOW"
                for columns in [_plain_names(part["partitions"])] if is_windowed else grouped:
                    _look_at(part, rows, columns)

    def subqueries(self, within: Iterable[_Node], tables: _Tables) -> None:
        """Look at the SELECTs that stand in expressions."""
        for part in within:
            if part.get("class") == "SUBQUERY":
                self.query(part["subquery"]["node"], tables)

    def drawn_on(self, node: _Node, where: Sequence[_Node], tables: _Tables) -> list[_Rows]:
        """The rows of a FROM; `where` holds of those that are added together."""
        kind = node["type"]
        if kind == "JOIN":
            return self.joined(node, where, tables)
        if kind == "PIVOT":
            rows = self.pivoted(node, tables)
        elif kind == "SUBQUERY":
            rows = self.query(node["subquery"]["node"], tables)
        elif kind == "BASE_TABLE":
            rows = self.table(node, tables)
        elif kind == "TABLE_FUNCTION":
            rows = self.function(node["function"]["function_name"].lower())
        else:
            rows = []
        alias = (node.get("alias") or node.get("table_name") or (rows[0].alias if rows else "")).lower()
        rows = [replace(each, alias=alias) for each in rows]
        if other := node.get("column_name_alias"):
            rows = [replace(each, names=dict.fromkeys(map(str.lower, other), ""), is_open=False) for each in rows]
        return rows

    def table(self, node: _Node, tables: _Tables) -> list[_Rows]:
        """The rows of a name: of this question, of the user, or of the warehouse."""
        name, schema = node["table_name"].lower(), node.get("schema_name", "")
        if not schema and name in tables:
            return [*tables[name]]
        if not schema and name in self.given:
            return [_Rows(name, name, columns=self.given[name])]
        if schema == "lake":
            return [_Rows(name, name)]
        columns = frozenset(self.columns[name]) if name in self.columns else None
        return [_Rows(name, name, kept_apart(name), row_keys(name), columns)]

    def function(self, name: str) -> list[_Rows]:
        """The rows of a table function: one of the warehouse's, or one that may give any number of them."""
        if name in _HIDDEN:
            raise WrongSumError(f"{name}() asks by a text", "Write the question itself.")
        return [_Rows(name, name, kept_apart(name), row_keys(name) or ())]

    def joined(self, node: _Node, where: Sequence[_Node], tables: _Tables) -> list[_Rows]:
        """The rows of both sides of a join; those of a side are repeated where the other is not found by a key."""
        on = [*_conjuncts(node.get("condition"))]
        left = self.drawn_on(node["left"], where, tables)
        right = self.drawn_on(node["right"], where, tables)
        self.subqueries(_within(on), tables)
        if node["join_type"] in ("SEMI", "ANTI"):
            return left
        if node["ref_type"] in ("REGULAR", "CROSS") and left and right:
            using, equal = {name.lower() for name in node.get("using_columns", ())}, [*on, *where]
            one_left, one_right = _is_found(left, right, using, equal), _is_found(right, left, using, equal)
            left = left if one_right else [replace(each, repeated=True) for each in left]
            right = right if one_left else [replace(each, repeated=True) for each in right]
        if node["join_type"] == "INNER":
            left = [each.fixing(on) for each in left]
        return [*left, *(each.fixing(on) for each in right)]

    def pivoted(self, node: _Node, tables: _Tables) -> list[_Rows]:
        """The rows of a PIVOT, which adds up by its columns and by those named or left; or of an UNPIVOT."""
        rows = self.drawn_on(node["source"], (), tables)
        if made := tuple(name.lower() for pivot in node["pivots"] for name in pivot.get("unpivot_names", ())):
            return [replace(each, apart=each.apart and (*each.apart, *made), keys=(), columns=None) for each in rows]
        groups = {name.lower() for name in node.get("groups", ())}
        by = groups | _plain_names(key for pivot in node["pivots"] for key in pivot["pivot_expressions"])
        for part in _within(node["aggregates"]):
            if part.get("function_name") in self.sums:
                for each in rows:
                    _look_at(part, [each], by if groups else by | _left(each))
        return [replace(each, keys=None) for each in rows]


def _gathered(rows: list[_Rows], node: _Node, keys: Sequence[set[str]], within: Iterable[_Node]) -> list[_Rows]:
    """The rows after GROUP BY, DISTINCT or QUALIFY."""
    if not rows:
        return []
    if keys or any(part.get("function_name") in _ONE_ROW and part.get("class") == "FUNCTION" for part in within):
        one = _merged(rows)
        key = tuple(one.named(name) or name for names in keys for name in names)
        return [replace(one, keys=(key,), repeated=False)]
    if node.get("qualify") or any(part["type"] == "DISTINCT_MODIFIER" for part in node.get("modifiers", ())):
        return [replace(each, keys=None, repeated=False) for each in rows]
    return rows


def _left(rows: _Rows) -> set[str]:
    """The columns by which a PIVOT groups that does not say by which."""
    return {*(rows.columns or rows.apart if rows.is_open else ()), *rows.names}


def _look_at(added: _Node, rows: Sequence[_Rows], grouped: Iterable[str]) -> None:
    """Raise WrongSumError if one sum, grouped by some columns, adds rows that it must not."""
    conditions = [*_conditions(added)]
    for alias, name in dict.fromkeys(_figures(added["children"])):
        of = [each for each in rows if alias in ("", each.alias) and (name == "*" or each.has(name))]
        if of and all(each.repeated for each in of):
            found = f"a sum over {of[0].view}, whose rows stand in the join several times"
            raise WrongSumError(found, "Join by what tells rows apart; or add up first, and join what comes of it.")
        for each in of:
            if missing := each.mixed(name, grouped, conditions):
                mixed = f"nothing keeps {', '.join(missing)} apart"
                raise WrongSumError(
                    f"a sum over {each.view} of rows that contain one another: {mixed}",
                    "Group by these columns, or give each one value in WHERE; counted_in IS NULL leaves what no other "
                    "report counts, fact_detail has no totals.",
                )
            if added.get("distinct") and each.apart:
                raise WrongSumError(f"a sum of DISTINCT {name}, which adds equal figures once", "Leave out DISTINCT.")


def _conditions(added: _Node) -> Iterator[_Node]:
    """What holds of the rows an aggregate is made of: its FILTER, the condition of a CASE that else gives nothing."""
    yield from _conjuncts(added.get("filter") or added.get("filter_expr"))
    for child in added["children"]:
        if child.get("class") == "CASE" and len(child["case_checks"]) == 1 and not [*_figures(child["else_expr"])]:
            yield from _conjuncts(child["case_checks"][0]["when_expr"])


def _is_found(rows: Sequence[_Rows], others: Sequence[_Rows], using: set[str], conditions: Sequence[_Node]) -> bool:
    """Whether a join finds at most one of the rows for each of the others."""
    aliases = {each.alias for each in others}
    for each in rows:
        names = set(using)
        for one, other in (pair for part in conditions for pair in _equal(part)):
            alias, name = _shifted(one)
            beside = {alias for alias, _ in _figures(other)} - {""}
            if alias in ("", each.alias) and each.named(name) and beside <= aliases:
                names.add(name)
        if not each.repeated and each.is_found_by(names):
            return True
    return False


def _merged(rows: Sequence[_Rows]) -> _Rows:
    """The rows of a join as one, as after GROUP BY: whatever keeps some of them apart is to be heeded."""
    telling = [each for each in rows if each.apart] or list(rows)
    names: dict[str, str] = {}
    for each in telling:
        names |= {name: column for name, column in each.names.items() if column or name not in names}
    return replace(
        telling[0], apart=_apart(telling), fixed=_common(each.fixed for each in telling), names=names,
        columns=None, is_open=any(each.is_open for each in telling),
    )  # fmt: skip


def _united(sides: Sequence[_Rows]) -> _Rows:
    """The rows of several SELECTs put together: what is one value in each need not be one in all."""
    telling = [each for each in sides if each.apart] or list(sides)
    names = {
        name: column if all(each.named(name) == column for each in telling) else ""
        for name, column in sides[0].names.items()
    }
    return replace(
        telling[0], apart=_apart(telling), fixed=_common(each.fixed for each in telling), names=names, keys=None,
        columns=None, is_open=all(each.is_open for each in telling), repeated=any(each.repeated for each in sides),
    )  # fmt: skip


def _apart(rows: Iterable[_Rows]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column for each in rows for column in each.apart))


def _common(fixed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    first, *others = fixed
    return {c: value for c, value in first.items() if all(other.get(c) == value for other in others)}


def _renamed(rows: _Rows, listed: Sequence[_Node]) -> _Rows:
    """The rows as a list of columns hands them on."""
    names: dict[str, str] = {}
    chosen: dict[str, Mapping[str, str]] = {}
    is_open = False
    for item in listed:
        if item.get("class") == "STAR":
            is_open = rows.is_open
            names |= rows.names
            chosen |= rows.chosen
        else:
            (column, *more) = _plain(item) or [""]
            name = (item.get("alias") or column).lower()
            names[name] = "" if more else rows.named(column)
            made_of = replace(rows, fixed=rows.chosen.get(column, {}))
            chosen[name] = made_of.fixing(_conditions(item) if "children" in item else ()).fixed
    return replace(rows, names=names, is_open=is_open, chosen=chosen)


# --- the tree of a question ----------------------------------------------------------------------------------


def _nodes(value: Any) -> Iterator[_Node]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _within(value: Any) -> Iterator[_Node]:
    """The nodes of expressions, those of a SELECT within them left out."""
    if isinstance(value, dict):
        yield value
        value = [part for name, part in value.items() if name != "subquery"]
    if isinstance(value, list):
        for part in value:
            yield from _within(part)


def _conjuncts(condition: _Node | None) -> Iterator[_Node]:
    """The conditions that all hold where one does."""
    if condition and condition.get("type") == "CONJUNCTION_AND":
        for part in condition["children"]:
            yield from _conjuncts(part)
    elif condition:
        yield condition


def _equal(part: _Node) -> list[tuple[_Node, _Node]]:
    """Both sides of an equation, both ways."""
    if part.get("type") not in ("COMPARE_EQUAL", "COMPARE_NOT_DISTINCT_FROM"):
        return []
    return [(part["left"], part["right"]), (part["right"], part["left"])]


def _tied(part: _Node) -> Iterator[tuple[str, str]]:
    """The columns a condition ties down, and to what: a constant, null, true or false, several or some value."""
    kind = part.get("type")
    children = part.get("children", ())
    for one, other in _equal(part):
        if not [*_figures(other)]:
            yield from ((name, _told(other)) for name in _plain(one))
    if kind == "OPERATOR_IS_NULL":
        yield from ((name, "null") for name in _plain(children[0]))
    elif kind == "OPERATOR_NOT":
        yield from ((name, "false") for name in _plain(children[0]))
    elif kind == "COMPARE_IN":
        value = _told(children[1]) if len(children) == 2 else _SEVERAL
        yield from ((name, value) for name in _plain(children[0]))
    elif part.get("class") == "FUNCTION" and children:  # LIKE, starts_with and such
        yield from ((name, _SEVERAL) for name in _plain(children[0]))
    else:
        yield from ((name, "true") for name in _plain(part))


def _from_outside(conditions: Iterable[_Node], aliases: set[str]) -> dict[str, str]:
    """The columns of a subquery that conditions tie to a column of the SELECT around it."""
    return {
        name: _SOME
        for part in conditions
        for one, other in _equal(part)
        if (beside := {alias for alias, _ in _figures(other)}) and not beside & (aliases | {""})
        for name in _plain(one)
    }


def _told(node: _Node) -> str:
    """The value of a constant, as text."""
    if node.get("class") == "CAST":
        told = _told(node["child"])
        return {"t": "true", "f": "false"}.get(told, told)
    return str(node["value"].get("value")).lower() if node.get("class") == "CONSTANT" else _SOME


def _group_keys(node: _Node) -> Iterator[set[str]]:
    """The columns behind each expression a SELECT groups by; an empty set for what is more than a column."""
    listed = node.get("select_list", [])
    called = {item["alias"].lower(): item for item in listed if item.get("alias")}
    for key in node.get("group_expressions", []):
        place = key["value"].get("value") if key.get("class") == "CONSTANT" else None
        if isinstance(place, int) and 0 < place <= len(listed):
            yield set(_plain(listed[place - 1]))
        else:
            names = set(_plain(key))
            yield names.union(*(_plain(called[name]) for name in names if name in called))
    if node.get("aggregate_handling") == "FORCE_AGGREGATES":  # GROUP BY ALL
        yield from ({*_plain(item)} for item in listed if _plain(item))


def _one_value_each(node: _Node) -> Iterator[_Node]:
    """The columns a SELECT groups by, as conditions: within a group each has one value."""
    listed = node.get("select_list", [])
    keys = node.get("group_expressions", []) if len(node.get("group_sets", [])) == 1 else []
    if node.get("aggregate_handling") == "FORCE_AGGREGATES":
        keys = listed
    for key in keys:
        place = key["value"].get("value") if key.get("class") == "CONSTANT" else None
        column = listed[place - 1] if isinstance(place, int) and 0 < place <= len(listed) else key
        if column.get("class") == "COLUMN_REF":
            yield {"type": "COMPARE_EQUAL", "left": column, "right": {"class": "CONSTANT", "value": {}}}


def _plain_names(nodes: Iterable[_Node]) -> set[str]:
    return {name for node in nodes for name in _plain(node)}


def _plain(node: _Node) -> list[str]:
    """The columns whose values an expression tells apart as they are: a column, cast or with nulls replaced; a row."""
    if node.get("class") == "COLUMN_REF":
        return [node["column_names"][-1].lower()]
    if node.get("class") == "CAST":
        return _plain(node["child"])
    if node.get("type") == "OPERATOR_COALESCE":
        return _plain(node["children"][0])
    if node.get("function_name") == "row":
        return [name for child in node["children"] for name in _plain(child)]
    return []


def _shifted(node: _Node) -> tuple[str, str]:
    """Alias and name of a column, or of one a constant is added to or taken from."""
    while node.get("function_name") in ("+", "-") and node["children"][-1].get("class") == "CONSTANT":
        node = node["children"][0]
    names = node["column_names"] if node.get("class") == "COLUMN_REF" else [""]
    return (names[-2].lower() if len(names) > 1 else "", names[-1].lower())


def _figures(value: Any) -> Iterator[tuple[str, str]]:
    """Alias and name of the columns whose values go into an expression; those of conditions do not."""
    if isinstance(value, dict):
        if value.get("class") == "COLUMN_REF":
            yield _shifted(value)
        if value.get("class") == "STAR":
            yield "", "*"
        if value.get("class") in ("COMPARISON", "CONJUNCTION", "SUBQUERY") or value.get("type") == "COMPARE_IN":
            return
        value = [part for name, part in value.items() if name not in ("when_expr", "filter", "filter_expr")]
    if isinstance(value, list):
        for part in value:
            yield from _figures(part)
