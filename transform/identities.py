"""The identities a form states, computed on a report's facts: residuals, and the smallest explanation of a failure.

Sources: the note printed in section 三 of the form (first plus second item equal third plus fourth) and the
arithmetic of its rows and columns; the formulas stand in `extract/forms/*.yaml`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import combinations
from operator import itemgetter
from typing import Final, NamedTuple

from extract.forms import Block, Column, Identity, Line, Table, load_forms

Key = tuple[str, str]  # (indicator_code, applicant_code)

# Two wrong cells in one table are explained exactly; for more, several hundred thousand sets would have to be tried
# and chance explanations outnumber the true one.
MAX_EXPLAINED = 2

# Printed, but no number: what the cell means cannot be taken as nothing.
UNKNOWN = ("word", "unparsed")

_TERM = re.compile(r"([+-]?)\s*([a-z_0-9]+)")


class Operand(NamedTuple):
    """What an identity asks of one cell. `value` is None where the page prints no number."""

    value: Decimal | None
    kind: str
    doubtful: bool = False


_NOTHING = Decimal(0)
_ABSENT = Operand(None, "missing")  # a cell the report does not have


class Residual(NamedTuple):
    """One identity at one place, computed: `left` and `right` with absent numbers taken as 0.

    `terms` are (coefficient, cell) of left - right; `blanks` counts operands with nothing printed, `unknowns` those
    that print something which is no number and, where the sides differ, those the page does not have; `doubtful` tells
    that reading, not the source, may be at fault.
    """

    table: str
    check_code: str
    location: str
    relation: str
    left: Decimal
    right: Decimal
    blanks: int
    unknowns: int
    doubtful: bool
    terms: tuple[tuple[int, Key], ...]
    single_left: bool = False

    @property
    def holds(self) -> bool:
        """Whether the identity is true with blanks taken as 0."""
        return self.left == self.right if self.relation == "=" else self.left >= self.right

    @property
    def is_broken(self) -> bool:
        """Whether numbers stand in every cell and the identity is untrue."""
        return not (self.holds or self.unknowns or self.blanks)

    @property
    def is_open(self) -> bool:
        """Whether the identity is untrue only as long as a blank counts as 0."""
        return bool(self.blanks) and not (self.holds or self.unknowns)


@dataclass(frozen=True, slots=True)
class _Term:
    """A cell in a formula; a line that may be printed in parts stands for them where they are printed."""

    coefficient: int
    key: Key
    parts: tuple[Key, ...] = ()

    def resolve(self, facts: Collection[Key]) -> list[tuple[int, Key]]:
        """The cells that stand for the term: its printed parts, else the cell itself."""
        if self.parts and (self.key not in facts or any(part in facts for part in self.parts)):
            return [(self.coefficient, part) for part in self.parts]
        return [(self.coefficient, self.key)]


@dataclass(frozen=True)
class _Template:
    """An identity at one place before it meets a report. `whole` asks for every cell to be printed."""

    code: str
    location: str
    relation: str
    left: tuple[_Term, ...]
    right: tuple[_Term, ...]
    whole: bool

    def met(self, table: str, facts: Collection[Key]) -> "_Place | None":
        """The identity on a report with these cells; None if they hold none of its own, or not all it asks for."""
        left, right = (tuple(cell for term in side for cell in term.resolve(facts)) for side in (self.left, self.right))
        absent = sum(key not in facts for _, key in (*left, *right))
        if absent == len(left) + len(right) or (self.whole and absent):
            return None
        return _Place(table, self.code, self.location, self.relation, left, right, absent)


@dataclass(frozen=True)
class _Place:
    """An identity at one place of a report: the cells of both sides, and how many of them the report does not have."""

    table: str
    code: str
    location: str
    relation: str
    left: tuple[tuple[int, Key], ...]
    right: tuple[tuple[int, Key], ...]
    absent: int

    @cached_property
    def terms(self) -> tuple[tuple[int, Key], ...]:
        """(coefficient, cell) of left - right."""
        return *self.left, *[(-c, key) for c, key in self.right]

    @cached_property
    def operands(self) -> Callable[[Mapping[Key, Operand]], tuple[Operand, ...]]:
        """What looks up all cells at once, where the report has all."""
        keys = [key for _, key in self.terms]
        return itemgetter(*keys) if len(keys) > 1 else lambda facts: (facts[keys[0]],)

    @cached_property
    def coefficients(self) -> tuple[int, ...]:
        """By which each cell counts on its side; empty where all count once."""
        found = tuple(c for c, _ in (*self.left, *self.right))
        return found if set(found) != {1} else ()

    def residual(self, facts: Mapping[Key, Operand]) -> Residual:
        """The identity computed."""
        operands = [facts.get(key) for _, key in self.terms] if self.absent else self.operands(facts)
        words, blanks, doubtful = 0, self.absent, bool(self.absent)
        values = []
        for operand in operands:
            value, kind, in_doubt = operand or _ABSENT
            if value is not None:
                values.append(value)
            else:
                values.append(_NOTHING)
                words, blanks = (words + 1, blanks) if kind in UNKNOWN else (words, blanks + (operand is not None))
            doubtful |= in_doubt
        if self.coefficients:
            values = [c * value for c, value in zip(self.coefficients, values, strict=True)]
        count = len(self.left)
        left, right = sum(values[:count], _NOTHING), sum(values[count:], _NOTHING)
        residual = Residual(
            self.table, self.code, self.location, self.relation, left, right, blanks, words, doubtful, self.terms,
            count == 1,
        )  # fmt: skip
        # A line the page does not have leaves nothing to ask, unless what is there agrees without it.
        return residual if residual.holds else residual._replace(unknowns=words + self.absent)


def residuals(table: Table, facts: Mapping[Key, Operand]) -> list[Residual]:
    """Every identity of a table at every place where the report prints its cells."""
    found = [place.residual(facts) for place in _places(table, frozenset(facts))]
    for identity in table.identities:
        if identity.scope == "cells":
            found.extend(_cell_rule(table, identity, facts))
    return found


@lru_cache(maxsize=256)
def _places(table: Table, printed: frozenset[Key]) -> tuple[_Place, ...]:
    """Where the identities of a table stand in a report that prints these cells: most reports print the same."""
    return tuple(place for template in _templates(table) if (place := template.met(table.key, printed)))


def as_defined(table: Table, residual: Residual, formula: str, facts: Mapping[Key, Operand]) -> Residual | None:
    """The same identity at the same place with another formula, for another meaning its figures may have."""
    for identity in table.identities:
        for template in _rewritten(table, replace(identity, formula=formula)):
            if identity.code == residual.check_code and template.location == residual.location:
                place = template.met(table.key, facts.keys())
                return place.residual(facts) if place else None
    return None


@lru_cache(maxsize=64)
def _rewritten(table: Table, identity: Identity) -> tuple[_Template, ...]:
    return tuple(template for block in table.blocks for template in _of_block(table, block, identity))


def _cell_rule(table: Table, identity: Identity, facts: Mapping[Key, Operand]) -> list[Residual]:
    """A rule on single cells: one row for the table if all keep it, else one for each cell that breaks it; a line whose
    values ran together is one.
    """
    broken = []
    operands = [(key, facts[key]) for key in _cells(table, identity.type) if key in facts]
    ragged = _ragged(table, dict(operands))
    for line, keys in ragged.items():
        terms = tuple((1, key) for key in keys)
        broken.append(
            Residual(table.key, identity.code, line, ">=", Decimal(-1), Decimal(0), 0, 0, doubtful=True, terms=terms)
        )
    told = {key for keys in ragged.values() for key in keys}
    for key, operand in operands:
        if key not in told and _breaks(operand, identity):
            value = Decimal(-1) if operand.value is None else operand.value
            place = "/".join(filter(None, key))
            broken.append(
                Residual(table.key, identity.code, place, ">=", value, Decimal(0), 0, 0, operand.doubtful, ((1, key),))
            )
    if operands and not broken:
        return [Residual(table.key, identity.code, "", ">=", Decimal(0), Decimal(0), 0, 0, False, ())]
    return broken


def _breaks(operand: Operand, identity: Identity) -> bool:
    """Whether a cell breaks a rule on single cells."""
    negative = operand.value is not None and operand.value < 0
    return operand.kind == "unparsed" or (identity.rule == "natural_number" and negative)


def _ragged(table: Table, operands: Mapping[Key, Operand]) -> dict[str, list[Key]]:
    """Line → its cells, for lines of which several cannot be read because reading them is in doubt."""
    if not any(operand.kind == "unparsed" and operand.doubtful for operand in operands.values()):
        return {}
    found = {}
    for line, keys in table.addresses.items():
        lost = [k for k in keys if (o := operands.get(k)) and o.kind == "unparsed" and o.doubtful]
        if len(lost) > 1:
            found[line.code] = lost
    return found


@lru_cache(maxsize=64)
def _cells(table: Table, type_: str) -> tuple[Key, ...]:
    """All cells of a type a table can carry."""
    return tuple(
        table.address(line, column)
        for block in table.blocks
        for line in block.every_line()
        for column in block.leaves
        if table.type_of(line, column) == type_
    )


@lru_cache(maxsize=64)
def _templates(table: Table) -> tuple[_Template, ...]:
    return tuple(template for identity in table.identities for template in _rewritten(table, identity))


def _of_block(table: Table, block: Block, identity: Identity) -> Iterator[_Template]:
    """An identity at every place of a block."""
    if spread := _SPREAD.get(identity.scope):
        yield from spread(table, block, identity)


def _over_lines(table: Table, block: Block, identity: Identity) -> Iterator[_Template]:
    if set(_names(identity.formula)) <= {column.code for column in block.leaves}:
        for line in _printed_lines(block):
            yield _template(identity, line.code, {column.code: _alone(table, line, column) for column in block.leaves})


def _over_columns(table: Table, block: Block, identity: Identity) -> Iterator[_Template]:
    for column in block.leaves:
        terms = {line.code: _with_parts(table, line, column) for line in _printed_lines(block)}
        yield _template(identity, column.code, terms, whole=False)


def _over_table(table: Table, block: Block, identity: Identity) -> Iterator[_Template]:
    (column,) = block.leaves
    sum_of = _names(identity.formula)[0]
    yield _template(identity, sum_of, {line.code: _alone(table, line, column) for line in _printed_lines(block)})


def _over_column_groups(table: Table, block: Block, identity: Identity) -> Iterator[_Template]:
    for group in _groups(block.columns):
        inside = {c.code.removeprefix(f"{group.code}_"): _alone(table, block.lines[0], c) for c in group.columns}
        yield _template(identity, group.code, inside)


def _over_groups(table: Table, block: Block, identity: Identity) -> Iterator[_Template]:
    for line in _printed_lines(block):
        for column in block.leaves if line.parts else ():
            whole = _alone(table, line, column)
            parts = tuple(_with_parts(table, part, column) for part in line.parts)
            yield _Template(identity.code, "/".join(filter(None, whole.key)), "=", (whole,), parts, True)


# How an identity of a scope spreads over a block; that of single cells is `_cell_rule`.
_SPREAD: Final = {
    "lines": _over_lines,
    "columns": _over_columns,
    "table": _over_table,
    "column_groups": _over_column_groups,
    "groups": _over_groups,
}


def _printed_lines(block: Block) -> list[Line]:
    return [line for line in block.every_line() if line.printed != "heading"]


def _alone(table: Table, line: Line, column: Column) -> _Term:
    return _Term(1, table.address(line, column))


def _with_parts(table: Table, line: Line, column: Column) -> _Term:
    """A cell and, where its line is a group, the cells of its leaves that may stand for it."""
    leaves = [part for part in line.every() if not part.parts] if line.parts else []
    return _Term(1, table.address(line, column), tuple(table.address(leaf, column) for leaf in leaves))


def totals(table: Table) -> set[Key]:
    """The cells of a table that are sums of other cells of it: those an equation of the form equals to a sum, and lines
    that stand beside their parts.

    A group that stands for its parts is none: it is a total only where a page prints both (`Table.subtotals`).
    """
    sums = {t.left[0].key for t in _templates(table) if t.relation == "=" and len(t.left) == 1 and len(t.right) > 1}
    beside = {
        table.address(line, column)
        for line, block in table.block_of.items()
        if line.parts and line.printed == "both"
        for column in block.leaves
    }
    return {key for key in sums | beside if key[0] not in table.subtotals}


def _groups(columns: Sequence[Column]) -> list[Column]:
    """Headings whose columns are all values."""
    found = []
    for column in columns:
        if column.columns and not any(c.columns for c in column.columns):
            found.append(column)
        found += _groups(column.columns)
    return found


def _names(formula: str) -> list[str]:
    return [name for _, name in _TERM.findall(formula) if not name.isdigit()]


def _template(identity: Identity, location: str, cells: Mapping[str, _Term], *, whole: bool = True) -> _Template:
    relation = ">=" if ">=" in identity.formula else "="
    left, right = (
        tuple(
            _Term(-1 if sign == "-" else 1, cells[name].key, cells[name].parts)
            for sign, name in _TERM.findall(side)
            if not name.isdigit()
        )
        for side in identity.formula.split(relation)
    )
    return _Template(identity.code, location, relation, left, right, whole)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Cells that, given these values, make every identity of the table hold."""

    cells: tuple[tuple[Key, Decimal], ...]


def implied_values(found: Sequence[Residual], facts: Mapping[Key, Operand]) -> dict[Key, Decimal]:
    """What a blank cell must be for an identity that cannot be evaluated without it.

    Told where only one operand is blank, or where the blank is the sum itself; other blanks count as 0 then. Identities
    that imply different values for a cell imply none.
    """
    implied: dict[Key, set[Decimal]] = {}
    for residual in found:
        if not residual.is_open or residual.relation != "=":
            continue
        blank = [(c, key) for c, key in residual.terms if (o := facts.get(key)) is None or o.value is None]
        total = residual.terms[0] if residual.single_left else None
        if len(blank) == 1 or total in blank:
            coefficient, key = blank[0] if len(blank) == 1 else residual.terms[0]
            implied.setdefault(key, set()).add((residual.right - residual.left) / coefficient)
    return {key: next(iter(values)) for key, values in implied.items() if len(values) == 1 and min(values) >= 0}


def explain(found: Sequence[Residual], facts: Mapping[Key, Operand]) -> list[list[Explanation]]:
    """For each connected cluster of failed identities, all explanations of the smallest size (at most MAX_EXPLAINED).

    An empty list for a cluster means that no small set of cells explains it.
    """
    equations = [r for r in found if r.relation == "=" and not r.unknowns]
    failed = [r for r in equations if r.is_broken]
    return [_smallest(cluster, equations, facts) for cluster in _clusters(failed)]


def _clusters(failed: list[Residual]) -> list[list[Residual]]:
    clusters: list[list[Residual]] = []
    for residual in failed:
        cells = {key for _, key in residual.terms}
        touching = [c for c in clusters if any(key in cells for r in c for _, key in r.terms)]
        clusters = [c for c in clusters if c not in touching] + [[*(r for c in touching for r in c), residual]]
    return clusters


def _smallest(cluster: list[Residual], equations: list[Residual], facts: Mapping[Key, Operand]) -> list[Explanation]:
    candidates = sorted({key for r in cluster for _, key in r.terms if (o := facts.get(key)) and o.value is not None})
    for size in range(1, MAX_EXPLAINED + 1):
        explanations = []
        for cells in combinations(candidates, size):
            if all(any(key in cells for _, key in r.terms) for r in cluster):
                changed = _solve(cells, equations, facts)
                if changed is not None:
                    explanations.append(Explanation(changed))
        if explanations:
            return explanations
    return []


def _solve(
    cells: tuple[Key, ...], equations: list[Residual], facts: Mapping[Key, Operand]
) -> tuple[tuple[Key, Decimal], ...] | None:
    """New values for `cells` that satisfy every equation they stand in; None if there are none or not just one."""
    rows = []
    for residual in equations:
        coefficients = [Decimal(sum(c for c, key in residual.terms if key == cell)) for cell in cells]
        if any(coefficients):
            if residual.blanks and not residual.holds:
                return None
            rows.append([*coefficients, residual.right - residual.left])
    changes = _eliminate(rows, len(cells))
    if changes is None or not all(changes):
        return None
    values = [(facts[cell].value or Decimal(0)) + change for cell, change in zip(cells, changes, strict=True)]
    if any(value < 0 or value != value.to_integral_value() for value in values):
        return None
    return tuple(zip(cells, values, strict=True))


def _eliminate(rows: list[list[Decimal]], unknowns: int) -> list[Decimal] | None:
    """Gauss-Jordan; None unless the system has exactly one solution."""
    for column in range(unknowns):
        pivot = next((i for i in range(column, len(rows)) if rows[i][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for i, row in enumerate(rows):
            if i != column and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[column], strict=True)]
    if any(row[-1] for row in rows[unknowns:]):
        return None
    return [row[-1] for row in rows[:unknowns]]


def table_of(edition: str, key: str) -> Table:
    """The statutory table of an edition."""
    return load_forms()[edition].tables[key]
