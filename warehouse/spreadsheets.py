"""Files that are opened in spreadsheets: no text of a report may become a formula, a number or a date there."""

from collections.abc import Mapping
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

# How a formula begins, and what begins so and is none: a negative number, dashes. Both as RE2 has it.
_FORMULA, _NO_FORMULA = r"^\s*[=+@＝＋－＠-]", r"^-[0-9]+([.][0-9]+)?$|^[+＋－-]+$"
# What a spreadsheet would take for a number or a date, and change: long ids, leading zeros, exponents, days and times.
_CHANGED = (
    r"^\s*([0-9]{12,}|0[0-9]+|[0-9]+([.][0-9]*)?[eE][+-]?[0-9]+|[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4})?"
    r"|[0-9]+:[0-9]{2}(:[0-9]{2})?)\s*$"
)


def inert(table: pa.Table) -> pa.Table:
    """Rows in which no text becomes a formula in a spreadsheet: what begins like one gets an apostrophe before it."""
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            texts = table[column.name]
            if not pc.any(pc.is_in(pc.utf8_slice_codeunits(texts, 0, 1), value_set=_starts())).as_py():
                continue  # of most columns this is quickly said
            is_formula = pc.and_not(
                pc.match_substring_regex(texts, _FORMULA), pc.match_substring_regex(texts, _NO_FORMULA)
            )
            table = table.set_column(
                place, column.name, pc.if_else(is_formula, pc.binary_join_element_wise("'", texts, ""), texts)
            )
    return table


@lru_cache(maxsize=1)
def _starts() -> pa.Array:
    """The characters a formula may begin with. Making an array imports pandas, which an answer on a screen does not."""
    return pa.array(list("=+@＝＋－＠- \t\n\f\r"))


def inert_sql(types: Mapping[str, str]) -> str:
    """SQL for columns, by name with their DuckDB types: as in `inert`, and no text that a spreadsheet would change."""
    formula = f"regexp_matches(NAME, '{_FORMULA}') AND NOT regexp_matches(NAME, '{_NO_FORMULA}')"
    text = f"CASE WHEN {formula} OR regexp_matches(NAME, '{_CHANGED}') THEN chr(39) || NAME ELSE NAME END AS NAME"
    return ", ".join(text.replace("NAME", name) if kind == "VARCHAR" else name for name, kind in types.items())
