"""The statutory forms, one YAML file per edition, loaded into trees of lines and columns.

The YAML files are the one source of labels, codes, order, units and identities; recognition, the warehouse's
dimension rows, the expectation suites and the data dictionary are rendered from what is loaded here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

from extract.forms.inherit import code_of, inherited, join, lineage
from extract.labels import normalise
from extract.yaml_data import parsed

# How a line with parts may be printed, what a value is, what an identity holds for.
Printed = Literal["whole", "parts", "both", "heading"]
ValueType = Literal["count", "delta", "amount", ""]
Scope = Literal["lines", "columns", "column_groups", "groups", "table", "cells"]
_ALSO = "also"  # how else a label may be spelt


@dataclass(frozen=True, eq=False)
class Label:
    """A printed label in both languages, with the other spellings seen in print."""

    zh: str
    en: str
    also: tuple[str, ...] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """Every accepted spelling, normalised."""
        return frozenset(normalise(name) for name in (self.zh, *self.also)) - {""}


@dataclass(frozen=True, eq=False)
class Column:
    """A column, or a heading over several (`columns` not empty). `unit` "" leaves the unit to the line."""

    code: str
    label: Label
    unit: str
    type: ValueType
    columns: tuple["Column", ...]

    def every(self) -> Iterator["Column"]:
        """The column and all columns below it."""
        yield self
        for column in self.columns:
            yield from column.every()

    def leaves(self) -> Iterator["Column"]:
        """The columns that carry values, left to right."""
        if not self.columns:
            yield self
        for column in self.columns:
            yield from column.leaves()


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a table. With `parts` it may be printed as a whole, as its parts, or as both.

    `path` holds the labels from the outermost group to the line itself. `unit` and `type` are "" where the column has
    them; `evidence` says how sure its label is (seen, confirmed, stated, recalled).
    """

    code: str
    path: tuple[Label, ...]
    parts: tuple["Line", ...]
    printed: Printed
    local: str
    unit: str
    type: ValueType
    evidence: str

    @property
    def label(self) -> Label:
        """The line's own label."""
        return self.path[-1]

    def every(self) -> Iterator["Line"]:
        """The line and all lines below it, in printed order."""
        yield self
        for part in self.parts:
            yield from part.every()

    def standard(self) -> Iterator["Line"]:
        """The lines that carry values in the national form."""
        if self.local:
            return
        if not self.parts or self.printed in ("whole", "both"):
            yield self
        if self.printed != "whole":
            for part in self.parts:
                yield from part.standard()


@dataclass(frozen=True, eq=False)
class Block:
    """Lines under one header. A block without line labels (section 四) has a single line with an empty label.

    `beside` are columns that may stand beside those of the form and say nothing about the year: totals of all years,
    remarks.
    """

    number: int
    caption: Label | None
    columns: tuple[Column, ...]
    beside: tuple[Column, ...]
    lines: tuple[Line, ...]

    @cached_property
    def leaves(self) -> tuple[Column, ...]:
        """The value columns in the form's order."""
        return tuple(leaf for column in self.columns for leaf in column.leaves())

    @cached_property
    def headings(self) -> tuple[Column, ...]:
        """All columns a header may name."""
        return self.columns + self.beside

    @property
    def labelled(self) -> bool:
        """Whether lines are found by a label of their own."""
        return bool(self.lines[0].label.names)

    def every_line(self) -> Iterator[Line]:
        """All lines and groups, in printed order."""
        for line in self.lines:
            yield from line.every()


@dataclass(frozen=True)
class Identity:
    """A rule the form states."""

    code: str
    scope: Scope
    formula: str = ""
    type: ValueType = ""
    rule: str = ""


@dataclass(frozen=True)
class Indicator:
    """One row of the indicator dimension."""

    code: str
    table: str
    edition: str
    order: int
    label_zh: str
    label_en: str
    unit: str
    type: ValueType
    local: str
    evidence: str = "seen"


@dataclass(frozen=True, eq=False)
class Table:
    """A statutory table of one edition.

    `unit_column` names the column in which a table prints the unit of each line, None for a table without one;
    `units` are the words it may hold. `notes` open the rows that are no lines: who filled it in, letters of columns.
    """

    key: str
    edition: str
    section: str
    label: Label
    stubs: tuple[str, ...]
    applicants: bool
    unit_column: Label | None
    units: frozenset[str]
    notes: tuple[str, ...]
    blocks: tuple[Block, ...]
    identities: tuple[Identity, ...]

    def is_stub(self, text: str) -> bool:
        """Whether a normalised text opens like a heading that names no column (信息内容, the note on the sums).

        So does a piece of one, for a page may break within it, and a caption set beside its block.
        """
        if text in self.captions:
            return True
        if self.unit_column is not None and text in self.unit_column.names:
            return True
        return self.names_lines(text) or any(len(text) > 2 and text in stub for stub in self.stubs)

    def names_lines(self, text: str) -> bool:
        """Whether a normalised text heads the labels of the lines. That of a statistical form is no longer than a stub:
        指标代码 is a column.
        """
        if self.unit_column is None:
            return text.startswith(self.stubs)
        return text.partition("(")[0] in self.stubs

    @cached_property
    def captions(self) -> frozenset[str]:
        """The captions of the blocks, normalised."""
        return frozenset(name for block in self.blocks if block.caption for name in block.caption.names)

    def address(self, line: Line, column: Column) -> tuple[str, str]:
        """(indicator_code, applicant_code) of the cell where a line and a column meet."""
        if self.applicants:
            return line.code, column.code
        return join(line.code, column.code), ""

    def unit_of(self, line: Line, column: Column) -> str:
        """The unit of the cell where a line and a column meet."""
        return line.unit or column.unit

    def type_of(self, line: Line, column: Column) -> ValueType:
        """count, delta or amount, of the cell where a line and a column meet."""
        return line.type or column.type

    @cached_property
    def meanings(self) -> dict[tuple[Line, Column], tuple[tuple[str, str], ValueType, str]]:
        """(address, type, unit) of every cell, by line and column."""
        return {
            (line, column): (self.address(line, column), self.type_of(line, column), self.unit_of(line, column))
            for block in self.blocks
            for line in block.every_line()
            for column in block.leaves
        }

    @cached_property
    def addresses(self) -> dict[Line, tuple[tuple[str, str], ...]]:
        """(indicator_code, applicant_code) of the cells of every line, in the form's order of columns."""
        return {line: tuple(self.address(line, c) for c in block.leaves) for line, block in self.block_of.items()}

    @cached_property
    def printed_order(self) -> dict[str, int]:
        """Line code → its place in the printed order, groups and local lines included."""
        lines = (line for block in self.blocks for line in block.every_line())
        return {line.code: number for number, line in enumerate(lines)}

    @cached_property
    def block_of(self) -> dict[Line, Block]:
        """The block of each line, groups and local lines included."""
        return {line: block for block in self.blocks for line in block.every_line()}

    @cached_property
    def group_of(self) -> dict[Line, Line]:
        """The group each part stands in."""
        return {part: line for line in self.block_of for part in line.parts}

    @cached_property
    def _levels(self) -> int:
        return max(len(line.path) for line in self.block_of)

    def levels_below(self, line: Line) -> int:
        """How many levels of lines there are below that of a line, in its own group or in another."""
        return self._levels - len(line.path)

    @cached_property
    def standard_lines(self) -> tuple[tuple[Block, Line], ...]:
        """The lines of the national form in printed order."""
        return tuple((block, leaf) for block in self.blocks for line in block.lines for leaf in line.standard())

    @cached_property
    def standard_addresses(self) -> frozenset[tuple[str, str]]:
        """(indicator_code, applicant_code) of the cells of the national form."""
        return frozenset(address for _, line in self.standard_lines for address in self.addresses[line])

    @cached_property
    def spellings(self) -> tuple[tuple[frozenset[str], ...], tuple[frozenset[str], ...]]:
        """The accepted spellings of every column or heading over columns, and of every line that carries values."""
        columns = (column for block in self.blocks for heading in block.headings for column in heading.every())
        return (
            tuple(column.label.names for column in columns),
            tuple(line.label.names for line in self._carrying),
        )

    @cached_property
    def subtotals(self) -> dict[str, tuple[str, ...]]:
        """Indicator codes of the groups that stand for their parts, with the indicator codes of these.

        Such a group is printed as a whole or in parts; one that a form prints beside its parts stands for itself.
        """
        return {
            self.address(line, column)[0]: tuple(
                self.address(leaf, column)[0] for leaf in line.every() if not leaf.parts
            )
            for line, block in self.block_of.items()
            if line.parts and line.printed in ("whole", "parts")
            for column in block.leaves
        }

    @cached_property
    def _carrying(self) -> tuple[Line, ...]:
        standard = {line for _, line in self.standard_lines}
        return tuple(line for line in self.block_of if line in standard or line.local)

    @cached_property
    def parts_of(self) -> dict[Line, frozenset[str]]:
        """The codes of all lines below each line that has parts."""
        return {line: frozenset(p.code for p in line.every()) - {line.code} for line in self.block_of if line.parts}

    def indicators(self) -> Iterator[Indicator]:
        """Every indicator the table can carry, local ones and printed group totals included."""
        order = 0
        for block in self.blocks:
            for line in block.every_line():
                if line.printed == "heading":
                    continue
                for column in block.leaves:
                    code, applicant = self.address(line, column)
                    if applicant and column is not block.leaves[0]:
                        continue
                    order += 1
                    column_path = () if applicant or not column.code else _path_to(block.columns, column)
                    path = (block.caption, *line.path, *(c.label for c in column_path))
                    labels = [label for label in path if label is not None and label.zh]
                    yield Indicator(
                        code, self.key, self.edition, order,
                        " / ".join(label.zh for label in labels), " / ".join(label.en for label in labels),
                        self.unit_of(line, column), self.type_of(line, column), line.local, line.evidence,
                    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Form:
    """One edition of the statutory form.

    `lineage` are the edition and those it is based on as a whole, the nearest first: a series or a rule of one of them
    holds for it. `required` are the keys of the tables a report of this edition must have, half of
    the cells of each or, for a form with short vintages, `least` of them.
    """

    edition: str
    lineage: tuple[str, ...]
    title: Label
    notice: str
    years: tuple[int, int | None]
    required: tuple[str, ...]
    least: int | None
    tables: dict[str, Table]
    prose: tuple[Indicator, ...]

    def indicators(self) -> Iterator[Indicator]:
        """Every indicator of the form: those of its tables, then those it asks for in prose."""
        for table in self.tables.values():
            yield from table.indicators()
        yield from self.prose


def _path_to(columns: tuple[Column, ...], leaf: Column) -> tuple[Column, ...]:
    for column in columns:
        if column is leaf:
            return (column,)
        if deeper := _path_to(column.columns, leaf):
            return (column, *deeper)
    return ()


def _label(entry: dict[str, Any]) -> Label:
    return Label(entry["zh"], entry["en"], tuple(entry.get(_ALSO, ())))


def _one_of(value: str, allowed: Any, where: str) -> Any:
    """A word of a form that stands for one of a few; raises ValueError for any other."""
    if value not in get_args(allowed):
        expected = ", ".join(filter(None, get_args(allowed)))
        raise ValueError(f"extract/forms: {where}: found {value!r}; expected one of {expected}")
    return value


def _column(entry: dict[str, Any], prefix: str = "") -> Column:
    code = join(prefix, entry["key"])
    below = tuple(_column(column, code) for column in entry.get("columns", ()))
    type_: ValueType = _one_of(entry.get("type", "count"), ValueType, f"type of column {code}")
    return Column(code, _label(entry), entry.get("unit", "件"), type_, below)


def _line(entry: dict[str, Any], prefix: str = "", path: tuple[Label, ...] = ()) -> Line:
    code = code_of(entry, prefix)
    path = (*path, _label(entry))
    parts = tuple(_line(part, code, path) for part in entry.get("lines", ()))
    printed: Printed = _one_of(entry.get("printed", "whole"), Printed, f"printed of line {code}")
    type_: ValueType = _one_of(entry.get("type", ""), ValueType, f"type of line {code}")
    return Line(
        code, path, parts, printed, entry.get("local", ""), entry.get("unit", ""), type_, entry.get("evidence", "seen")
    )


def _table(key: str, edition: str, entry: dict[str, Any]) -> Table:
    blocks = tuple(
        Block(
            number,
            _label(block["caption"]) if "caption" in block else None,
            tuple(_column(column) for column in block["columns"]),
            tuple(_column(column) for column in block.get("beside", ())),
            tuple(_line(line) for line in block["lines"]),
        )
        for number, block in enumerate(entry["blocks"])
    )
    units = entry.get("unit_column")
    return Table(
        key, edition, entry["section"], _label(entry["title"]), tuple(map(normalise, entry["stubs"])),
        entry.get("columns_are") == "applicants", _label(units) if units else None,
        frozenset(units["units"] if units else ()), tuple(entry.get("notes", ())), blocks,
        tuple(map(_identity, entry["identities"])),
    )  # fmt: skip


def _identity(entry: dict[str, Any]) -> Identity:
    scope: Scope = _one_of(entry["for"], Scope, f"for of identity {entry['code']}")
    type_: ValueType = _one_of(entry.get("type", ""), ValueType, f"type of identity {entry['code']}")
    return Identity(entry["code"], scope, entry.get("formula", ""), type_, entry.get("rule", ""))


def _prose(edition: str, entry: dict[str, Any]) -> Iterator[Indicator]:
    for key, section in entry.items():
        for order, found in enumerate(section["indicators"], 1):
            yield Indicator(
                found["key"], key, edition, order, f"{section['title']['zh']} / {found['zh']}",
                f"{section['title']['en']} / {found['en']}", found["unit"], found["type"], "",
            )  # fmt: skip


@lru_cache(maxsize=1)
def sources() -> dict[str, dict[str, Any]]:
    """What the file of each edition says, by its code; nobody changes it."""
    found = {f.name[:-5]: f.read_text(encoding="utf-8") for f in files(__name__).iterdir() if f.name.endswith(".yaml")}
    return {edition: parsed(text) for edition, text in found.items()}


def apart_from_spellings(form: Any) -> tuple[Any, list[tuple[str, str]]]:
    """(what the file of an edition says but for further spellings of labels, those: each with its label)."""
    spelt: list[tuple[str, str]] = []

    def without(entry: Any) -> Any:
        if isinstance(entry, list):
            return [without(one) for one in entry]
        if not isinstance(entry, dict):
            return entry
        spelt.extend((str(entry.get("zh")), spelling) for spelling in entry.get(_ALSO, ()))
        return {name: without(value) for name, value in entry.items() if name != _ALSO}

    return without(form), spelt


@lru_cache(maxsize=1)
def load_forms() -> dict[str, Form]:
    """All editions by their code, in the order of the first year they are for."""
    entries = sources()
    forms = (_form(edition, inherited(edition, entries), tuple(lineage(edition, entries))) for edition in entries)
    return {form.edition: form for form in sorted(forms, key=lambda form: (form.years[0], form.edition))}


def _form(edition: str, entry: dict[str, Any], based_on: tuple[str, ...]) -> Form:
    return Form(
        edition,
        based_on,
        _label(entry["title"]),
        entry["notice"]["number"],
        (entry["years"][0], entry["years"][1]),
        tuple(entry["required"]),
        entry.get("least"),
        {key: _table(key, edition, table) for key, table in entry["tables"].items()},
        tuple(_prose(edition, entry.get("prose", {}))),
    )


@lru_cache(maxsize=1)
def subtotals() -> dict[str, tuple[str, ...]]:
    """`Table.subtotals` over all tables and editions: the parts any edition gives a group."""
    found: dict[str, dict[str, None]] = {}
    for form in load_forms().values():
        for table in form.tables.values():
            for whole, parts in table.subtotals.items():
                found.setdefault(whole, {}).update(dict.fromkeys(parts))
    return {whole: tuple(parts) for whole, parts in found.items()}
