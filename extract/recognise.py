"""Which rows of which grid are a statutory table, and of which edition.

Recognition goes by structure only: captions, header labels and line labels. The report year is never asked: agencies
kept the form of 2019 up to 2024, and some print two editions in one report.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from extract.document import Cell, Document, Grid
from extract.forms import Table, load_forms
from extract.labels import normalise, squeeze
from extract.vocabulary import DATA_WIDTH, TableWords, column_name, looks_like_value, vocabulary

# What a row is to its table; "" where nothing of the table is seen.
Role = Literal["caption", "header", "line", "data", "other", ""]

# A paragraph that may be the heading of a section; a longer one is prose.
_SECTION = re.compile(r"^[一二三四五六七八九十]{1,2}、")
_TITLE_LENGTH = 60
# A report may show a few figures of the statistical forms in a small table of its own; that many lines are a form, and
# fewer, if it has no other table and the header of such a form.
STATISTICS_LINES, SHORT_STATISTICS = 8, 4
# Rows that differ in their figures only are alike, and most reports print the same rows.
FIGURE = "0"


@dataclass(slots=True, eq=False)
class Row:
    """A grid row with what the vocabulary of one table makes of it: `role` is caption, header, line, data or other;
    `texts` are those of its cells, normalised, and `FIGURE` for a figure.
    """

    grid: Grid
    cells: list[Cell]
    texts: tuple[str, ...]
    role: Role
    label_at: int = -1


@dataclass(slots=True, eq=False)
class RecognisedTable:
    """All rows of one statutory table of a document, over page breaks and split sub-tables, in reading order."""

    table: Table
    rows: list[Row] = field(default_factory=list)


def _classify(
    words: TableWords, texts: tuple[str, ...], values: int, *, current: bool, after_header: bool
) -> tuple[Role, int]:
    """(role, index of the label cell) of a row in one table.

    `texts` are those of a `Row`, `values` tells how many cells may be values. `current` tells that the rows before are
    of this table, `after_header` that the last one was its header.
    """
    printed = [text for text in texts if text]
    if len(printed) == 1 and printed[0] in words.captions:
        return "caption", -1
    if not values and _is_header(words, printed, after_header):
        return "header", -1
    if not words.lines.isdisjoint(printed):
        label_at = max([index for index, text in enumerate(texts) if text in words.lines])
        if label_at < len(texts) - 1:
            return "line", label_at
    # Without line labels a row of numbers is known by its width; a blank one only right under the header.
    numbers = 2 * values > len(printed) or (after_header and not printed)
    if current and not words.labelled and len(texts) >= DATA_WIDTH and numbers:
        return "data", -1
    return "", -1


def _is_header(words: TableWords, printed: list[str], after_header: bool) -> bool:
    """Whether a row without values names columns; a word that is also a line's counts where a header is likely."""
    headings = sum(text in words.columns for text in printed)
    stubs = sum(text in words.units or text.startswith(words.stubs) for text in printed)
    if not headings + stubs or 2 * (headings + stubs) < len(printed):
        return False
    alone_and_line = len(printed) == 1 and printed[0] in words.lines
    return bool(stubs) or headings >= 2 or (not alone_and_line and (after_header or not words.labelled))


def _holds_figures(words: TableWords, cells: list[Cell]) -> bool:
    """Whether a row has nothing but values, as many as the table has columns: its label is printed elsewhere."""
    printed = [cell.text for cell in cells if cell.text]
    return len(cells) in words.widths and len(printed) * 2 > len(cells) and all(map(looks_like_value, printed))


def recognise(document: Document) -> list[RecognisedTable]:
    """The statutory tables of a document, at most one of a kind.

    A region runs from the first row of a table to the first row of another one or the end of its grid, so that lines
    with damaged labels stay inside; regions of one table are joined in reading order. Under the title of a table a row
    of figures alone is of that table as well, and one line there is enough to be sure of it.
    """
    regions = _Regions()
    for block in document.blocks:
        if isinstance(block, str):
            regions.pass_paragraph(block)
        else:
            regions.add_grid(block)
    evident: list[tuple[list[Table], list[Row]]] = []
    for words in vocabulary().tables:  # the statistical forms last
        rows = regions.rows[words.key]
        if words.key in regions.sure or _is_evident(words, rows, alone=not evident):
            evident.append((_fitting(words, rows), rows))
    told = _told([editions for editions, _ in evident])
    return [
        RecognisedTable(next((table for table in editions if table.edition == told), editions[0]), rows)
        for editions, rows in evident
    ]


def _told(found: list[list[Table]]) -> str:
    """The edition that one of the tables tells, for those that may be of several (section 四 never changed); "" if none
    does.

    Where nothing new is printed of an edition that is based on another one, it is that other one.
    """
    forms = load_forms()
    for editions in found:
        if len(editions) == 1:
            return editions[0].edition
    for editions in found:
        older = {table.edition for table in editions}
        alone = [table for table in editions if older.isdisjoint(forms[table.edition].lineage[1:])]
        if len(alone) == 1:
            return alone[0].edition
    return ""


class _Regions:
    """The rows of each table, by its key, as a document is read from top to bottom.

    `sure` are the keys of tables with a line under their own title, `_current` is the table being read, `_titled` the
    one whose section it is, `_previous` the role of the row before.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.sure: set[str] = set()
        self._current: TableWords | None = None
        self._titled: TableWords | None = None
        self._previous: Role = ""

    def pass_paragraph(self, text: str) -> None:
        """A paragraph ends every table; it may be the title of the next one."""
        self._current, self._previous = None, ""
        if len(text) <= _TITLE_LENGTH:
            self._titled = _titled(text, self._titled)

    def add_grid(self, grid: Grid) -> None:
        """A table goes on in the next grid only if a row there says so."""
        inside = False
        for cells in grid.rows:
            said = tuple([_said(cell.text) for cell in cells])
            texts, (words, role, label_at) = _find(said, self._current, self._previous == "header")
            titled = self._titled
            if not role and titled and (self._current is titled or not inside) and _holds_figures(titled, cells):
                words, role = titled, "other" if titled.labelled else "data"
            if words is not None:
                if words is titled and role in ("line", "data"):
                    self.sure.add(words.key)
                self._current, inside = words, True
            if self._current is not None and inside:
                self.rows[self._current.key].append(Row(grid, cells, texts, role or "other", label_at))
                self._previous = role or ("header" if self._previous == "header" else "")


@lru_cache(maxsize=8192)
def _titled(paragraph: str, before: TableWords | None) -> TableWords | None:
    """The table in whose section the text behind a short paragraph stands."""
    name = normalise(paragraph)
    named = vocabulary().by_title.get(name)
    ends = named is None and _SECTION.match(squeeze(paragraph)) and not (before and name in before.lines)
    return named or (None if ends else before)


@lru_cache(maxsize=65536)
def _said(text: str) -> tuple[str, bool]:
    """The text of a cell, as in a `Row`, and whether it can be a value."""
    if text.isdigit() and text.isascii():
        return FIGURE, True
    words = vocabulary()
    name, is_value = words.name(text), looks_like_value(text)
    return FIGURE if is_value and name and name not in words.words else name, is_value


# What a row is to the table it speaks of: the table, None for none; its role there; the index of its label.
_Found = tuple[TableWords | None, Role, int]


@lru_cache(maxsize=8192)
def _find(
    said: tuple[tuple[str, bool], ...], current: TableWords | None, after_header: bool
) -> tuple[tuple[str, ...], _Found]:
    """(the texts of a row, what it is to which table), from what its cells say."""
    texts = tuple([text for text, _ in said])
    return texts, _found(texts, sum([is_value for _, is_value in said]), current, after_header)


def _found(texts: tuple[str, ...], values: int, current: TableWords | None, after_header: bool) -> _Found:
    """The table a row speaks of; the one being read has the first say, for labels such as 总计 are shared."""
    if current is not None:
        role, label_at = _classify(current, texts, values, current=True, after_header=after_header)
        if role:
            return current, role, label_at
    for words in vocabulary().tables:
        if words is not current:
            role, label_at = _classify(words, texts, values, current=False, after_header=False)
            if role and not (role == "line" and _is_weak(texts[label_at])):
                return words, role, label_at
    return None, "", -1


def _is_weak(label: str) -> bool:
    """A label as common as 其他 or 总计 opens no table by itself."""
    return len(label) <= 2 and label != "规章"


def _is_evident(words: TableWords, rows: list[Row], *, alone: bool) -> bool:
    """Enough of the table to be sure of it: two lines under a header or caption; for section 四 most of its header; of
    the statistical forms, which share words with what reports say of themselves, many lines; `alone` tells that the
    document has no other table.
    """
    roles = [row.role for row in rows]
    if not words.labelled:
        seen = sum(text in words.columns for row in rows if row.role == "header" for text in row.texts)
        return seen >= 8
    labels = {row.texts[row.label_at] for row in rows if row.role == "line"}
    if words.statistics:
        headed = any(row.role == "header" and _is_of_statistics(words, row.texts) for row in rows)
        return len(labels - words.headings) >= (SHORT_STATISTICS if alone and headed else STATISTICS_LINES)
    return len(labels) >= 2 and ("header" in roles or "caption" in roles or len(labels) >= 4 or words.key == "requests")


def _is_of_statistics(words: TableWords, texts: tuple[str, ...]) -> bool:
    """Whether a header is of a statistical form: it names the column of units, or that of the lines beside another."""
    named = any(text.startswith(words.stubs) for text in texts) and not words.columns.isdisjoint(
        map(column_name, texts)
    )
    return named or not words.units.isdisjoint(texts)


def _fitting(words: TableWords, rows: list[Row]) -> list[Table]:
    """The editions whose standard lines and columns cover most of what is printed, the oldest first."""
    headers = frozenset([text for row in rows if row.role == "header" for text in row.texts])
    labels = frozenset([text for row in rows if row.role == "line" for text in row.texts[: row.label_at + 1]])
    return _covering(words, headers, labels)


@lru_cache(maxsize=1024)
def _covering(words: TableWords, headers: frozenset[str], labels: frozenset[str]) -> list[Table]:
    """The editions whose standard lines and columns cover most of some labels, the oldest first."""
    scores = []
    for table in words.tables:
        columns, lines = table.spellings
        seen = sum([not names.isdisjoint(headers) for names in columns])
        scores.append(seen + sum([not names.isdisjoint(labels) for names in lines]))
    return [table for table, score in zip(words.tables, scores, strict=True) if score == max(scores)]


def printed_labels(document: Document) -> set[str]:
    """Labels of the statutory tables that stand alone in a paragraph or cell, whatever their place."""
    texts = {normalise(text) for text in document.text.replace("|", "\n").split("\n") if len(text) < 80}
    texts |= {normalise(cell.text) for grid in document.grids for row in grid.rows for cell in row}
    found: set[str] = set()
    for v in vocabulary().tables:  # headings (主动公开情况) and columns (数量) of the statistical forms are plain words
        found |= texts & (v.lines - v.headings if v.statistics else v.lines | v.columns | v.captions)
    return found
