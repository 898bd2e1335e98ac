"""Plain text exports of Word files and web pages.

Three layouts are read. *Tabbed*, as Apache Tika's text handler writes Word tables: a line that begins with TAB opens a
cell, further lines belong to it, a blank line before the next TAB ends the row; merged columns come as one cell,
the continuation of merged rows as an empty one. *Piped*: one row a line, cells parted by "|". *Stacked*: one
cell a line, with a "|" behind it or not, so that only the labels of the form tell where a row begins.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from extract.document import Cell, Document, Grid
from extract.forms import Column, load_forms
from extract.labels import clean, normalise, squeeze

_HEADING = re.compile(r"^[一二三四五六七八九十]{1,2}、.*(?:情况|事项)$")
_RULER = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)*\s*:?-{3,}:?\s*\|?\s*$")


def read(text: str) -> Document:
    """Parse decoded text. Every cell's place is the number of the line it begins on."""
    document = Document("text/plain")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if "\n\t" in text or text.startswith("\t"):
        _Tabbed(document).read(lines)
    elif _is_stacked(lines):
        _Stacked(document).read(lines)
    else:
        _Piped(document).read(lines)
    return document


class _Layout:
    """Collects rows into grids and text into paragraphs."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.rows: list[list[Cell]] = []

    def add_row(self, cells: list[tuple[str, int]]) -> None:
        number = len(self.rows) + 1
        self.rows.append(
            [
                Cell(clean(text), number, column, f"line {line}", column - 1)
                for column, (text, line) in enumerate(cells, 1)
            ]
        )

    def end_grid(self) -> None:
        if self.rows:
            self.document.blocks.append(Grid(len(self.document.grids) + 1, self.rows, spans_known=False))
            self.rows = []

    def add_paragraph(self, line: str) -> None:
        self.end_grid()
        if text := clean(line):
            self.document.blocks.append(text)


class _Tabbed(_Layout):
    def read(self, lines: list[str]) -> None:
        row: list[tuple[str, int]] = []
        blanks = 0
        for number, line in enumerate(lines, 1):
            if line.startswith("\t"):
                if blanks and row:
                    self.add_row(row)
                    row = []
                row.extend((text, number) for text in line[1:].split("\t"))
            elif not line.strip():
                blanks += 1
                continue
            elif row and self._continues(lines, number - 1, blanks):
                row[-1] = (f"{row[-1][0]}\n{line}", row[-1][1])
            else:
                if row:
                    self.add_row(row)
                    row = []
                self.add_paragraph(line)
            blanks = 0
        if row:
            self.add_row(row)
        self.end_grid()

    @staticmethod
    def _continues(lines: list[str], index: int, blanks: int) -> bool:
        """Whether a text line goes on in the open cell.

        After no blank line it does unless it is a section heading (an export may drop the blank). After one, only if
        the text runs straight into the next TAB: a cell may hold an empty paragraph. Two blank lines end a table.
        """
        if blanks > 1 or _HEADING.match(squeeze(lines[index])):
            return False
        if not blanks:
            return True
        after = next((line for line in lines[index:] if line.startswith("\t") or not line.strip()), "")
        return after.startswith("\t")


class _Piped(_Layout):
    def read(self, lines: list[str]) -> None:
        for number, line in enumerate(lines, 1):
            if "|" not in line:
                if line.strip():
                    self.add_paragraph(line)
            elif not _RULER.match(line):
                self.add_row([(text, number) for text in _between_bars(line)])
        self.end_grid()


def _between_bars(line: str) -> list[str]:
    return line.strip().removeprefix("|").removesuffix("|").split("|")


# -- one cell a line -----------------------------------------------------------------------------------------------

# Fewer labels on lines of their own are the headings of prose; a text longer than this is no label.
_LABELS, _LABEL_LENGTH = 5, 60
# No words but those for nothing or for a change, and perhaps a note behind: no label looks so, however damaged.
_VALUE = re.compile(r"(?:[^\u4e00-\u9fff]|[无零空未不没新增加减少持平变动化涉及适用万亿千元件项条个次宗约共])+(?:\(.*\))?")
_CELLS = {"caption", "header", "label", "either", "value"}
_ENDS = {"value": "", "label": "row", "either": "row", "header": "block", "caption": "block"}  # what ends before it

_Token = tuple[str, int, str]  # the text of a line, its number, the kind of its only cell


@dataclass(frozen=True)
class _Words:
    """The labels of all tables and editions: a column with the headings it stands under, a line with its groups."""

    captions: set[str]
    stubs: set[str]
    columns: dict[str, set[str]]
    lines: dict[str, set[str]]

    def kind(self, text: str) -> str:
        """caption, header, label, either (总计 is a column and a line), section, value, blank or other."""
        name, squeezed = normalise(text), squeeze(text)
        if name in self.captions:
            return "caption"
        if name in self.columns or name.startswith(tuple(self.stubs)):
            return "either" if name in self.lines else "header"
        if name in self.lines:
            return "label"
        if not squeezed or _HEADING.match(squeezed):
            return "section" if squeezed else "blank"
        return "value" if len(squeezed) <= _LABEL_LENGTH and _VALUE.fullmatch(squeezed) else "other"


@lru_cache(maxsize=1)
def _words() -> _Words:
    words = _Words(set(), set(), defaultdict(set), defaultdict(set))

    def add(columns: Iterable[Column], above: frozenset[str]) -> None:
        for column in columns:
            for name in column.label.names:
                words.columns[name] |= above
            add(column.columns, column.label.names)

    for table in (table for form in load_forms().values() for table in form.tables.values()):
        words.stubs.update(table.stubs)
        for block in table.blocks:
            words.captions.update(block.caption.names if block.caption else ())
            add(block.columns, frozenset())
            for line in block.every_line():
                for name in line.label.names:
                    words.lines[name].update(*(group.names for group in line.path[:-1]))
    return words


def _is_stacked(lines: list[str]) -> bool:
    """Whether labels of the form stand alone on their lines, and more often so than in rows.

    A form repeats headers and totals. Where no line is printed twice the export kept only the first of equal ones, and
    with the others the place of every number is lost.
    """
    printed = [line for line in lines if line.strip()]
    if len(set(printed)) == len(printed):
        return False
    cells = [(text, len(row) == 1) for row in map(_between_bars, lines) for text in row]
    found = Counter(alone for text, alone in cells if _words().kind(text) in ("caption", "label"))
    return found[True] >= _LABELS and found[True] > found[False]


def _tokens(lines: list[str]) -> list[_Token]:
    """Every line that holds a cell ("row" one that holds several), or prose.

    Where most labels have bars, a line without one is prose and a blank cell has its bar. Where they have none, blank
    cells are told by blank lines.
    """
    tokens = []
    for number, line in enumerate(lines[:-1] if not lines[-1] else lines, 1):
        cells = _between_bars(line)
        kind = "row" if len(cells) > 1 else _words().kind(cells[0])
        tokens.append((line if kind == "row" else clean(cells[0]), number, kind))
    bars = Counter("|" in lines[number - 1] for _, number, kind in tokens if kind in ("caption", "label"))
    if bars[True] <= bars[False]:
        return _with_blanks(tokens)
    kept = [token for token in tokens if token[0] or "|" in lines[token[1] - 1]]
    return [(text, number, kind if "|" in lines[number - 1] else "prose") for text, number, kind in kept]


def _with_blanks(tokens: list[_Token]) -> list[_Token]:
    """Blank lines as blank cells: n of them are n cells; 1 + 2n are n where a blank line stands behind every cell.

    At the end of a row, block or table there may be more, and a value may be lost. There they are cells only if another
    row, block or table ends without any, or if the file has no value whose place could be mistaken.
    """
    runs: list[tuple[str, list[_Token], _Token]] = []
    blanks: list[_Token] = []
    before = ""
    for token in [*tokens, ("", 0, "prose")]:
        kind = token[2]
        if kind == "blank":
            blanks.append(token)
            continue
        end = _ENDS.get(kind, "table") if before in ("label", "value") else ""
        runs.append((end, blanks, token))
        blanks, before = [], kind
    inner = [len(run) for end, run, (_, _, kind) in runs if not end and kind in _CELLS]
    spaced = 2 * inner.count(0) < len(inner)
    values = any(kind == "value" for _, _, kind in tokens)
    shortest = {end: min(len(run) for other, run, _ in runs if other == end) for end in {end for end, _, _ in runs}}
    certain = {"", *(end for end, length in shortest.items() if length == spaced or not values)}
    cells = [(run[1:-1:2] if spaced else run) if end in certain else [] for end, run, _ in runs]
    return [cell for found, (_, _, token) in zip(cells, runs, strict=True) for cell in (*found, token)]


class _Stacked(_Layout):
    """A caption is a row; column labels of one level are a row; the label of a line, with the groups printed right
    before it, opens a row that takes every cell up to the next label.

    Cells are not counted here: a row with too few or too many stays as found, and the reader marks it.
    """

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.row: list[tuple[str, int]] = []
        self.holds = ""  # the kind of the last cell of the open row, "" without one
        self.inside = False  # whether a cell of a table was seen since the last section heading
        self.values: list[str] = []  # all values of the grid, blank ones too

    def read(self, lines: list[str]) -> None:
        tokens = _tokens(lines)
        ahead = [""]  # for each token from the last one on, the kind of the next one that prints something
        for text, _, kind in reversed(tokens):
            ahead.append(kind if text else ahead[-1])
        for token, following in zip(tokens, ahead[-2::-1], strict=True):
            self._take(token, following)
        self._end_row()
        self.end_grid()

    def _take(self, token: _Token, ahead: str) -> None:
        text, number, kind = token
        if kind == "either":
            kind = "header" if self.holds == "header" else "label"
        elif kind == "blank":
            kind = "header" if self.holds == "header" and ahead in ("header", "either") else "value"
        elif kind == "other":  # a damaged label, a line of an agency's own, or prose
            is_label = self.inside and len(text) <= _LABEL_LENGTH and ahead in _CELLS - {"caption"}
            kind = "label" if is_label else "prose"
        if kind == "row":
            self._end_row()
            self.values += _between_bars(text)
            self.add_row([(cell, number) for cell in _between_bars(text)])
        elif kind in ("section", "prose") or (kind == "value" and not self.inside):
            self._end_row()
            self.add_paragraph(text)
            self.inside = self.inside and kind != "section"
        elif text or self.holds:
            joins = self._joins(text, kind)
            if not joins:
                self._end_row()
            if not (joins and self.holds == "caption"):
                self.holds = kind
            self.values += [text] if kind == "value" else []
            self.row.append((text, number))
            self.inside = True

    def _joins(self, text: str, kind: str) -> bool:
        """Whether a cell goes on in the open row."""
        name = normalise(text)
        names = {normalise(other) for other, _ in self.row}
        if kind == "header":  # what stands under one of these headings is of the next level
            return self.holds == "header" and not names & _words().columns.get(name, set())
        if kind == "label":
            return self.holds == "label" and bool(names & _words().lines.get(name, set()))
        return kind == "value" and (self.holds in ("label", "value") or (self.holds == "caption" and not text))

    def _end_row(self) -> None:
        if self.row:
            self.add_row(self.row)
        self.row, self.holds = [], ""

    def end_grid(self) -> None:
        """Keep what was gathered as a grid if it has values; not if most are blank and no text is printed twice, for
        then equal lines of this table may have been blanked.
        """
        texts = [cell.text for row in self.rows for cell in row if cell.text]
        doubtful = any(self.values) and 2 * self.values.count("") > len(self.values) and len(set(texts)) == len(texts)
        if self.values and not doubtful:
            super().end_grid()
        elif self.rows:
            self.document.blocks.extend(texts)
        self.rows, self.values = [], []
