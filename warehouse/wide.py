"""Wide tables: the indicators of a statutory table as columns, rendered from the forms.

A line that an edition adds to the form is a column of the tables and views made of it, without a word elsewhere.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from extract.forms import Line, Table, load_forms, subtotals

# Where a file of SQL asks for the columns of a statutory table: {figures requests} out of figures, {parts requests} of
# its groups out of the wide table, {sum of parts requests} over its groups.
_ASKED = re.compile(r"\{(figures|parts|sum of parts|sum of parts_printed) ([a-z]+)\}")
_SHARED = re.compile(r"^\{(versions|reports|doubts|counted|best)\}\n", re.M)
_TYPES = {"count": "BIGINT", "delta": "BIGINT", "amount": "DECIMAL(18,6)"}


def rendered(sql: str) -> str:
    """SQL with what it asks for in its place: columns out of figures (`transform.figures`), pieces several share."""
    sql = _ASKED.sub(lambda found: _filled(*found.groups()), sql)
    return _SHARED.sub(lambda found: _shared(found[1]), sql)


@lru_cache(maxsize=8)
def _shared(name: str) -> str:
    """A piece of SQL that stands in several files, or several times in one."""
    lines = (files("warehouse") / "sql" / "shared" / f"{name}.sql").read_text("utf-8").splitlines(keepends=True)
    return rendered("".join(line for line in lines if not line.startswith("--")))


def _filled(what: str, table: str) -> str:
    if what == "figures":
        return ",\n    ".join(_figures(table))
    groups = [code for code in wide_types(table) if code in subtotals()]
    if what == "parts":
        return ", ".join(f"{code}_{name}" for code in groups for name in ("parts", "parts_printed"))
    return " + ".join(f"coalesce({code}_{what.removeprefix('sum of ')}, 0)" for code in groups)


def _figures(table: str) -> list[str]:
    columns = []
    for code, type_ in wide_types(table).items():
        here = f"FILTER (indicator_code = '{code}')"
        columns.append(f"TRY_CAST(max(value) {here} AS {_TYPES[type_]}) AS {code}")
        if code in subtotals():
            columns += [f"max({name}) {here} AS {code}_{name}" for name in ("parts", "parts_printed")]
    return columns


@lru_cache(maxsize=8)
def wide_types(table: str) -> dict[str, str]:
    """The indicators that are columns: those of the national form in any edition, groups behind their parts.

    Indicator → count, delta or amount. One that a later edition adds stands behind the one it follows there.
    """
    types: dict[str, str] = {}
    order: list[str] = []
    for form in load_forms().values():
        before = ""
        for code, type_ in _of_form(form.tables[table]) if table in form.tables else ():
            if code not in types:
                order.insert(order.index(before) + 1 if before else len(order), code)
            types[code] = type_
            before = code
    return {code: types[code] for code in order}


def _of_form(table: Table) -> Iterator[tuple[str, str]]:
    for block in table.blocks:
        for line in block.lines:
            for each in _parts_first(line):
                for column in block.leaves:
                    if not (table.applicants and column is not block.leaves[0]):
                        yield table.address(each, column)[0], table.type_of(each, column)


def _parts_first(line: Line) -> Iterator[Line]:
    """The lines of the national form that carry values, each behind its parts."""
    if line.local:
        return
    for part in line.parts:
        yield from _parts_first(part)
    if line.printed != "heading":
        yield line
