"""The words of the statutory forms over all editions, and what a value looks like in print.

Both are rendered once, from `extract/forms/` and `extract/values.yaml`. Recognition, the reading of cells and the
parsing of numbers ask here; a format that needs to know a label when it sees one is handed a `Vocabulary`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

from extract.forms import Column, Form, Label, Line, Table, load_forms
from extract.labels import normalise, squeeze
from extract.shown import RAISED
from extract.yaml_data import parsed

_VALUES = parsed((files("extract") / "values.yaml").read_text(encoding="utf-8"))
# Units of money, each with the factor to 万元 as text.
MONEY: dict[str, str] = _VALUES["money"]
MANY: tuple[str, ...] = tuple(_VALUES["many"])


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


# Patterns of what stands around the digits of a value, longest words first: a unit, a word for more or for less.
UNITS = _either([*MONEY, *_VALUES["counts"]])
ADDED, REMOVED = _either(_VALUES["added"]), _either(_VALUES["removed"])
_ABOUT, _NOTHING = _either(_VALUES["about"]), _either(_VALUES["nothing"])
_DENIES, _DENIED = _either(_VALUES["denies"]), _either(_VALUES["denied"])

# What may stand in a value cell: digits with signs, separators, units and notes, in brackets behind a sign, or behind
# the mark of a lost character; signs and words for nothing or for a change. Deliberately wide: it tells values from
# labels, the number itself is parsed in transform/numbers.py.
_VALUE = re.compile(
    rf"(?:[+\-\u2212~?]|{_ABOUT})?[\d.,、]+(?:{UNITS})?(?:\(.*\))?|[+\-\u2212]\(\d+\)"
    rf"|[-\u2010-\u2015\u2212_/\\\u2044\u2215*]+|{_NOTHING}|(?:{_DENIES})(?:{_DENIED}).*"
    rf"|(?:{ADDED}|{REMOVED})[\d.]*(?:{UNITS})?"
)
# No Chinese characters but those of such words and units, perhaps a note behind: no label looks so, however damaged.
_NO_LABEL = re.compile(
    "(?:[^\u4e00-\u9fff]|["
    + "".join(sorted(set("".join(word for words in _VALUES.values() for word in words))))
    + r"])+(?:\(.*\))?"
)
_SECTION = re.compile(r"^[一二三四五六七八九十]{1,2}、.*(?:情况|事项)$")
# A column of the year (2009年度, 2009年度数, 2009年1-12月) is the form's column of this year, 2009年统计数 its 统计数.
_YEAR = re.compile(r"^(?:19|20)\d\d年度?(?:数$|1-12月$)?")
_NUMBER = re.compile(r"^(?:其中:)?(\d{1,2})[、.]")  # before the name of a line
CUT_LENGTH = 3  # fewer characters do not tell what a label begins with
LABEL_LENGTH = 60  # a longer text is no label
# Section 四 has fifteen columns; a row of numbers far narrower is none of its.
DATA_WIDTH = 12

# What a text says by itself: a caption, a column, the label of a line, either of these two (总计), the heading of a
# section, a value, nothing, anything else.
Kind = Literal["caption", "header", "label", "either", "section", "value", "blank", "other"]


@lru_cache(maxsize=65536)
def looks_like_value(text: str) -> bool:
    """Whether a printed text can be the content of a value cell (blank is not asked here)."""
    return _VALUE.fullmatch(squeeze(text).replace(RAISED, "")) is not None


@lru_cache(maxsize=4096)
def year_of(text: str) -> str:
    """The year a printed name of a column begins with, "" for none."""
    found = _YEAR.match(squeeze(text))
    return found[0][:4] if found else ""


def column_name(name: str) -> str:
    """A label as labels are compared; a column of a year (2009年度) is the forms' column of this year."""
    return (_YEAR.sub("", name) or "本年度") if _YEAR.match(name) else name


def is_section_heading(text: str) -> bool:
    """Whether a printed text is the numbered heading of a section (二、主动公开政府信息情况)."""
    return _SECTION.match(squeeze(text)) is not None


@dataclass(frozen=True, eq=False)
class TableWords:
    """What one statutory table prints, over all editions; `tables` are its editions, oldest first.

    `headings` are those of the `lines` that have no figure; `stubs` open the headers that name no column; `units` name
    the column of units; `titles` are those of its section.
    """

    key: str
    tables: tuple[Table, ...]

    @cached_property
    def labelled(self) -> bool:
        """Whether all of its lines are found by a label of their own."""
        return all(block.labelled for table in self.tables for block in table.blocks)

    @cached_property
    def statistics(self) -> bool:
        """Whether it is a statistical form: one table with a unit and a figure a line."""
        return self.tables[0].unit_column is not None

    @cached_property
    def _lines(self) -> list[Line]:
        return [line for table in self.tables for line in table.block_of]

    @cached_property
    def lines(self) -> frozenset[str]:
        """The labels of all lines and groups."""
        return frozenset(name for line in self._lines for name in line.label.names)

    @cached_property
    def headings(self) -> frozenset[str]:
        """The labels of groups on which no number may stand."""
        return frozenset(name for line in self._lines if line.printed == "heading" for name in line.label.names)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names of all columns, those beside the columns of the form too."""
        blocks = (block for table in self.tables for block in table.blocks)
        columns = (column for block in blocks for heading in block.headings for column in heading.every())
        return frozenset(name for column in columns for name in column.label.names)

    @cached_property
    def captions(self) -> frozenset[str]:
        """The captions of its blocks."""
        return frozenset().union(*(table.captions for table in self.tables))

    @cached_property
    def titles(self) -> frozenset[str]:
        """The titles of the section it stands in."""
        return frozenset(name for table in self.tables for name in table.label.names)

    @cached_property
    def stubs(self) -> tuple[str, ...]:
        """How the headers begin that name no column."""
        return tuple({stub for table in self.tables for stub in table.stubs})

    @cached_property
    def units(self) -> frozenset[str]:
        """The names of the column that prints the unit of each line."""
        return frozenset(name for table in self.tables if table.unit_column for name in table.unit_column.names)

    @cached_property
    def widths(self) -> frozenset[int]:
        """How many columns its blocks have, where a row of that many figures tells something."""
        counts = {len(block.leaves) for table in self.tables for block in table.blocks}
        return frozenset(count for count in counts if count > 2)


class Vocabulary:
    """The words of the tables of some forms, oldest first, normalised as labels are compared (`extract.labels`)."""

    def __init__(self, forms: Sequence[Form]) -> None:
        editions = [form.edition for form in forms]
        self._tables = [table for form in forms for table in form.tables.values()]
        found: dict[str, list[Table]] = defaultdict(list)
        for table in self._tables:
            found[table.key].append(table)
        # What two tables share (重复申请) is the newer form's, unless the older one is being read.
        newest = sorted(found.items(), key=lambda one: editions.index(one[1][-1].edition), reverse=True)
        self.tables = tuple(TableWords(key, tuple(tables)) for key, tables in newest)
        self.stubs = tuple({stub for table in self._tables for stub in table.stubs})
        self.units = frozenset[str]().union(*(table.units for table in self._tables))
        self.kinds: dict[str, Kind] = {}
        self.above: dict[str, frozenset[str]] = {}
        self._sort_labels()

    def _sort_labels(self) -> None:
        """Fill `kinds` (label → what it names) and `above` (label → the labels it may stand under)."""
        above: dict[str, set[str]] = defaultdict(set)
        for block in (block for table in self._tables for block in table.blocks):
            self.kinds |= dict.fromkeys(block.caption.names if block.caption else (), "caption")
            named: list[tuple[Kind, tuple[Label, ...]]] = [("header", path) for path in _paths(block.headings)]
            named += [("label", line.path) for line in block.every_line()]
            for kind, path in named:
                for name in path[-1].names:
                    self.kinds[name] = kind if self.kinds.get(name, kind) == kind else "either"
                    above[name].update(*(label.names for label in path[:-1]))
        for table in self._tables:
            for name in table.unit_column.names if table.unit_column else ():
                self.kinds.setdefault(name, "header")
        self.above = {name: frozenset(names) for name, names in above.items()}

    def name(self, text: str) -> str:
        """A printed label as labels are compared, without a bracket behind it that no form prints."""
        name = normalise(text)
        if name.endswith(")") and name not in self.words:
            core = normalise(name.partition("(")[0])
            return core if core in self.words else name
        return name

    def is_cut_column(self, text: str) -> bool:
        """Whether a text may be what a page left of the name of a column (本年增/)."""
        name = normalise(text)
        return len(name) >= CUT_LENGTH and any(
            kind == "header" and column.startswith(name) for column, kind in self.kinds.items()
        )

    def kind(self, text: str) -> Kind:
        """What a printed text says by itself."""
        if not text:  # most cells of a text with bars
            return "blank"
        name, squeezed = column_name(self.name(text)), squeeze(text)
        if name in self.kinds or name.startswith(self.stubs):
            return self.kinds.get(name, "header")
        if not squeezed:
            return "blank"
        if is_section_heading(text):
            return "section"
        value = _NO_LABEL.fullmatch(squeezed) or squeezed in self.units
        return "value" if len(squeezed) <= LABEL_LENGTH and value else "other"

    def is_listed(self, text: str) -> bool:
        """Whether a text is a label of the forms, not only one that opens like their notes."""
        return (name := normalise(text)) in self.kinds or name in self.stubs

    def column_names(self, text: str) -> tuple[str, ...]:
        """The names of columns that make up a text, two at least, else none."""
        found = self._column_names.findall(text)
        return tuple(found) if len(found) > 1 and not self._column_names.sub("", text) else ()

    @cached_property
    def _column_names(self) -> re.Pattern[str]:
        names = [*self.stubs, *(name for name, kind in self.kinds.items() if kind in ("header", "either"))]
        return re.compile(
            rf"(?:19|20)\d\d年度?(?:数|1-12月|(?<=度))|(?:(?:19|20)\d\d年)?(?:{_either(names)})(?:\([^()]*\))?"
        )

    @cached_property
    def run_of_columns(self) -> re.Pattern[str]:
        """Two columns that stand beside each other, with nothing between their names."""
        pairs = (pair for table in self._tables for block in table.blocks for pair in pairwise(block.leaves))
        runs = {one + other for left, right in pairs for one in left.label.names for other in right.label.names}
        runs |= {stub + name for table in self.tables for stub in table.stubs for name in table.units}
        return re.compile(_either(runs))

    @cached_property
    def run_of_figures(self) -> re.Pattern[str]:
        """The label of a line, perhaps its unit, and a figure right behind it; the label is its only group."""
        return re.compile(rf"({_either(self.line_names)})(?:\([^()]*\))?(?:{_either(self.units)})?[+-]?\d")

    def names_lines(self, name: str) -> bool:
        """Whether a normalised text heads the column of the labels of a statistical form (指标名称)."""
        return any(table.unit_column and table.names_lines(name) for table in self._tables)

    @cached_property
    def leaves(self) -> frozenset[str]:
        """The names of the columns that carry values, those beside the columns of the form too."""
        blocks = (block for table in self._tables for block in table.blocks)
        columns = (leaf for block in blocks for heading in block.headings for leaf in heading.leaves())
        return frozenset(name for column in columns for name in column.label.names)

    @cached_property
    def numbers(self) -> dict[str, frozenset[str]]:
        """The name of a line → the Arabic numbers the forms print before it."""
        found: dict[str, set[str]] = defaultdict(set)
        for line in (line for table in self._tables for line in table.block_of):
            if number := _NUMBER.match(squeeze(line.label.zh)):
                for name in line.label.names:
                    found[name].add(number[1])
        return {name: frozenset(numbers) for name, numbers in found.items()}

    @cached_property
    def group_labels(self) -> str:
        """The labels of all groups of lines, as one text that any piece of one is in."""
        groups = (line for table in self._tables for line in table.block_of if line.parts)
        return " ".join(squeeze(line.label.zh) for line in groups)

    @cached_property
    def labels(self) -> frozenset[str]:
        """The labels of lines and columns, and the stubs."""
        return frozenset(self._line_labels | self._column_labels)

    @cached_property
    def line_names(self) -> frozenset[str]:
        """The labels that name lines and no column."""
        return frozenset(self._line_labels - self._column_labels)

    @cached_property
    def _line_labels(self) -> set[str]:
        return {name for table in self._tables for line in table.block_of for name in line.label.names}

    @cached_property
    def _column_labels(self) -> set[str]:
        # The columns of the statistical forms (数量) are words that also end the headers of the others.
        blocks = (block for table in self._tables if table.unit_column is None for block in table.blocks)
        paths = (path for block in blocks for path in _paths(block.columns))
        return {name for path in paths for name in path[-1].names} | set(self.stubs)

    @cached_property
    def words(self) -> frozenset[str]:
        """All labels of lines, columns and blocks, those beside the columns of the form too."""
        return frozenset(word for table in self.tables for word in table.lines | table.columns | table.captions)

    @cached_property
    def by_title(self) -> dict[str, TableWords]:
        """Title of a section → its table, the newer form's where two share it."""
        return {title: words for words in reversed(self.tables) for title in words.titles}


def _paths(columns: Iterable[Column], above: tuple[Label, ...] = ()) -> Iterator[tuple[Label, ...]]:
    for column in columns:
        yield (path := (*above, column.label))
        yield from _paths(column.columns, path)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words of all editions of the form."""
    return Vocabulary([*load_forms().values()])


@lru_cache(maxsize=64)
def lines_by_name(table: Table) -> dict[str, list[Line]]:
    """Normalised label → the lines that bear it; more than one only in different groups."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in table.block_of:
        for name in line.label.names:
            found[name].append(line)
    return dict(found)
