"""Which rows of which grid are a statutory table, and of which edition.

Recognition goes by structure only: captions, header labels and line labels. The report year is never asked: agencies
kept the form of 2019 up to 2024, and some print two editions in one report.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

from extract.document import Cell, Document, Grid
from extract.forms import Line, Table, load_forms
from extract.labels import normalise, squeeze

# The units figures are printed with in their cells.
UNITS = "万元|亿元|千元|元|件|项|条|个|次|宗|份|篇|人次|人"
# What may stand in a value cell: digits with signs, separators, units and notes; signs and words for nothing or for
# a change. Deliberately wide: it tells values from labels, the number itself is parsed in transform/numbers.py.
_VALUE = re.compile(
    rf"^(?:[+\-\u2212~约共]?[\d.,、]+(?:{UNITS})?(?:\(.*\))?"
    r"|[-\u2010-\u2015\u2212_/\\*]+|无|零|〇|○|空|(?:无|未|不)(?:增减?|变化|变动|涉及|适用).*|未增未减|持平|不变"
    r"|(?:新?增加?|减少?|增|减)[\d.]*(?:件|项|条|个)?)$"
)

# A paragraph that may be the heading of a section; a longer one is prose.
_SECTION = re.compile(r"^[一二三四五六七八九十]{1,2}、")
_TITLE_LENGTH = 60
# Section 四 has fifteen columns; a row of numbers far narrower is none of its.
DATA_WIDTH = 12
# A report may show a few figures of the statistical forms in a small table of its own; that many lines are a form.
STATISTICS_LINES = 8
# Rows that differ in their figures only are alike, and most reports print the same rows.
FIGURE = "0"


@lru_cache(maxsize=65536)
def looks_like_value(text: str) -> bool:
    """Whether a printed text can be the content of a value cell (blank is not asked here)."""
    return bool(_VALUE.match(squeeze(text)))


@dataclass(slots=True, eq=False)
class Row:
    """A grid row with what the vocabulary of one table makes of it: `role` is caption, header, line, data or other;
    `texts` are those of its cells, normalised, and `FIGURE` for a figure.
    """

    grid: Grid
    cells: list[Cell]
    texts: tuple[str, ...]
    role: str
    label_at: int = -1


@dataclass(slots=True, eq=False)
class RecognisedTable:
    """All rows of one statutory table of a document, over page breaks and split sub-tables, in reading order."""

    table: Table
    rows: list[Row] = field(default_factory=list)


class _Vocabulary:
    """The labels of one statutory table over all editions."""

    def __init__(self, tables: list[Table]) -> None:
        self.key = tables[0].key
        self.tables = tables
        self.labelled = all(block.labelled for table in tables for block in table.blocks)
        self.statistics = tables[0].unit_column is not None
        self.lines: set[str] = set()
        self.headings: set[str] = set()
        self.stubs = tuple({stub for table in tables for stub in table.stubs})
        self.units = {name for table in tables if table.unit_column for name in table.unit_column.names}
        self.columns: set[str] = set()
        self.captions: set[str] = set()
        self.titles = frozenset(name for table in tables for name in table.label.names)
        for table in tables:
            for block in table.blocks:
                if block.caption:
                    self.captions |= block.caption.names
                for line in block.every_line():
                    self.lines |= line.label.names
                    self.headings |= line.label.names if line.printed == "heading" else set()
                for heading in block.headings:
                    self.columns |= {name for column in heading.every() for name in column.label.names}

    def classify(self, texts: tuple[str, ...], values: int, *, current: bool, after_header: bool) -> tuple[str, int]:
        """(role, index of the label cell) of a row; role "" where nothing of this table is seen.

        `texts` are those of a `Row`, `values` tells how many cells may be values. `current` tells that the rows before
        are of this table, `after_header` that the last one was its header.
        """
        printed = [text for text in texts if text]
        if len(printed) == 1 and printed[0] in self.captions:
            return "caption", -1
        if not values and self._is_header(printed, after_header):
            return "header", -1
        if not self.lines.isdisjoint(printed):
            label_at = max([index for index, text in enumerate(texts) if text in self.lines])
            if label_at < len(texts) - 1:
                return "line", label_at
        # Without line labels a row of numbers is known by its width; a blank one only right under the header.
        numbers = 2 * values > len(printed) or (after_header and not printed)
        if current and not self.labelled and len(texts) >= DATA_WIDTH and numbers:
            return "data", -1
        return "", -1

    def _is_header(self, printed: list[str], after_header: bool) -> bool:
        """Whether a row without values names columns; a word that is also a line's counts where a header is likely."""
        headings = sum(text in self.columns for text in printed)
        stubs = sum(text in self.units or text.startswith(self.stubs) for text in printed)
        if not headings + stubs or 2 * (headings + stubs) < len(printed):
            return False
        alone_and_line = len(printed) == 1 and printed[0] in self.lines
        return bool(stubs) or headings >= 2 or (not alone_and_line and (after_header or not self.labelled))

    def holds_figures(self, cells: list[Cell]) -> bool:
        """Whether a row has nothing but values, as many as the table has columns: its label is printed elsewhere."""
        printed = [cell.text for cell in cells if cell.text]
        widths = {len(block.leaves) for table in self.tables for block in table.blocks if len(block.leaves) > 2}
        return len(cells) in widths and len(printed) * 2 > len(cells) and all(map(looks_like_value, printed))


@lru_cache(maxsize=1)
def _vocabularies() -> list[_Vocabulary]:
    tables: dict[str, list[Table]] = defaultdict(list)
    for form in load_forms().values():
        for key, table in form.tables.items():
            tables[key].append(table)
    # What two tables share (重复申请) is the newer form's, unless the older one is being read.
    return [_Vocabulary(f) for f in sorted(tables.values(), key=lambda found: found[-1].edition, reverse=True)]


def recognise(document: Document) -> list[RecognisedTable]:
    """The statutory tables of a document, at most one of a kind.

    A region runs from the first row of a table to the first row of another one or the end of its grid, so that lines
    with damaged labels stay inside; regions of one table are joined in reading order. Under the title of a table a row
    of figures alone is of that table as well, and one line there is enough to be sure of it.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    current: _Vocabulary | None = None
    previous = ""
    titled: _Vocabulary | None = None
    sure: set[str] = set()
    for block in document.blocks:
        if isinstance(block, str):
            current, previous = None, ""
            titled = _titled(block, titled) if len(block) <= _TITLE_LENGTH else titled
            continue
        inside = False  # a table goes on in the next grid only if a row there says so
        for cells in block.rows:
            said = tuple([_said(cell.text) for cell in cells])
            texts, (vocabulary, role, label_at) = _find(said, current, previous == "header")
            if not role and titled and (current is titled or not inside) and titled.holds_figures(cells):
                vocabulary, role = titled, "other" if titled.labelled else "data"
            if vocabulary is not None and vocabulary is titled and role in ("line", "data"):
                sure.add(vocabulary.key)
            if vocabulary is not None:
                current, inside = vocabulary, True
            if current is not None and inside:
                rows[current.key].append(Row(block, cells, texts, role or "other", label_at))
                previous = role or (previous if previous == "header" else "")
    recognised = []
    chosen = ""
    for vocabulary in _vocabularies():
        found = rows.get(vocabulary.key, [])
        if vocabulary.key in sure or _is_evident(vocabulary, found):
            table = _choose_edition(vocabulary, found, chosen)
            chosen = chosen or table.edition
            recognised.append(RecognisedTable(table, found))
    return recognised


@lru_cache(maxsize=8192)
def _titled(paragraph: str, before: _Vocabulary | None) -> _Vocabulary | None:
    """The table in whose section the text behind a short paragraph stands."""
    name = normalise(paragraph)
    named = _by_title().get(name)
    ends = named is None and _SECTION.match(squeeze(paragraph)) and not (before and name in before.lines)
    return named or (None if ends else before)


@lru_cache(maxsize=1)
def _by_title() -> dict[str, _Vocabulary]:
    return {title: vocabulary for vocabulary in reversed(_vocabularies()) for title in vocabulary.titles}


@lru_cache(maxsize=65536)
def _said(text: str) -> tuple[str, bool]:
    """The text of a cell, as in a `Row`, and whether it can be a value."""
    if text.isdigit() and text.isascii():
        return FIGURE, True
    name, is_value = normalise(text), looks_like_value(text)
    return FIGURE if is_value and name and name not in labels() else name, is_value


@lru_cache(maxsize=1)
def labels() -> frozenset[str]:
    """Every label of the statutory tables: lines, columns and captions, normalised."""
    return frozenset(word for v in _vocabularies() for word in v.lines | v.columns | v.captions)


# What a row is to the table it speaks of: the table, None for none; its role there; the index of its label.
_Found = tuple[_Vocabulary | None, str, int]


@lru_cache(maxsize=8192)
def _find(
    said: tuple[tuple[str, bool], ...], current: _Vocabulary | None, after_header: bool
) -> tuple[tuple[str, ...], _Found]:
    """(the texts of a row, what it is to which table), from what its cells say."""
    texts = tuple([text for text, _ in said])
    return texts, _found(texts, sum([is_value for _, is_value in said]), current, after_header)


def _found(texts: tuple[str, ...], values: int, current: _Vocabulary | None, after_header: bool) -> _Found:
    """The table a row speaks of; the one being read has the first say, for labels such as 总计 are shared."""
    if current is not None:
        role, label_at = current.classify(texts, values, current=True, after_header=after_header)
        if role:
            return current, role, label_at
    for vocabulary in _vocabularies():
        if vocabulary is not current:
            role, label_at = vocabulary.classify(texts, values, current=False, after_header=False)
            if role and not (role == "line" and _is_weak(texts[label_at])):
                return vocabulary, role, label_at
    return None, "", -1


def _is_weak(label: str) -> bool:
    """A label as common as 其他 or 总计 opens no table by itself."""
    return len(label) <= 2 and label != "规章"


def _is_evident(vocabulary: _Vocabulary, rows: list[Row]) -> bool:
    """Enough of the table to be sure of it: two lines under a header or caption; for section 四 most of its header; of
    the statistical forms, which share words with what reports say of themselves, many lines.
    """
    roles = [row.role for row in rows]
    if not vocabulary.labelled:
        seen = sum(text in vocabulary.columns for row in rows if row.role == "header" for text in row.texts)
        return seen >= 8
    labels = {row.texts[row.label_at] for row in rows if row.role == "line"}
    if vocabulary.statistics:
        return len(labels - vocabulary.headings) >= STATISTICS_LINES
    return len(labels) >= 2 and (
        "header" in roles or "caption" in roles or len(labels) >= 4 or vocabulary.key == "requests"
    )


def _choose_edition(vocabulary: _Vocabulary, rows: list[Row], preferred: str) -> Table:
    """The edition whose standard lines and columns cover most of what is printed.

    A tie (section 四 never changed) goes to the edition of the table recognised before it.
    """
    headers = {text for row in rows if row.role == "header" for text in row.texts}
    labels = {text for row in rows if row.role == "line" for text in row.texts[: row.label_at + 1]}

    def score(table: Table) -> tuple[int, bool]:
        columns, lines = table.spellings
        seen = sum([not names.isdisjoint(headers) for names in columns])
        return seen + sum([not names.isdisjoint(labels) for names in lines]), table.edition == preferred

    return max(vocabulary.tables, key=score)


def printed_labels(document: Document) -> set[str]:
    """Labels of the statutory tables that stand alone in a paragraph or cell, whatever their place."""
    texts = {normalise(text) for text in document.text.replace("|", "\n").split("\n") if len(text) < 80}
    texts |= {normalise(cell.text) for grid in document.grids for row in grid.rows for cell in row}
    found: set[str] = set()
    for v in _vocabularies():  # headings (主动公开情况) and columns (数量) of the statistical forms are plain words
        found |= texts & (v.lines - v.headings if v.statistics else v.lines | v.columns | v.captions)
    return found


@lru_cache(maxsize=64)
def lines_by_name(table: Table) -> dict[str, list[Line]]:
    """Normalised label → the lines that bear it; more than one only in different groups."""
    found: dict[str, list[Line]] = defaultdict(list)
    for block in table.blocks:
        for line in block.every_line():
            for name in line.label.names:
                found[name].append(line)
    return dict(found)
