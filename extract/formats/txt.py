"""Plain text exports of Word files, web pages and sheets.

Three layouts are read. *Tabbed*, as Apache Tika's text handler writes Word tables: a line that begins with TAB opens a
cell, further lines belong to it, a blank line before the next TAB ends the row; merged columns come as one cell,
the continuation of merged rows as an empty one. *Rows*: one row a line, cells parted by "|", by TAB, by commas or by
white space. *Stacked*: one cell a line, with a "|" behind it or not, so that only the labels of the form tell where a
row begins.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.forms import Column, Label, load_forms
from extract.labels import clean, normalise, squeeze
from extract.recognise import looks_like_value

MAX_CELLS = 50_000  # of all tables; a text may hold other tables than those of the form
_HEADING = re.compile(r"^[一二三四五六七八九十]{1,2}、.*(?:情况|事项)$")
_RULER = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)*\s*:?-{3,}:?\s*\|?\s*$")
_BARS = "｜│┃║¦∣"  # printed for "|"
_LINES = ("label", "either")  # the kinds of what may name a line
_PAGE = re.compile(r"[-\u2010-\u2015\u2212]+\d{1,3}[-\u2010-\u2015\u2212]+|第\d{1,3}页(?:共\d{1,3}页)?")
_SENTENCE = re.compile("[。；！？]")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)  # within a cell of Markdown
_BLANKS = " \xa0\u3000\r"
# Bars without blanks between them, behind the one of the last cell or on a line of their own.
_FILLED, _FILL, _FILLING = re.compile(r"[^|\s] ?\| \|{2,}$"), re.compile(r"\| ?\|+$"), re.compile(r"\|{2,}")
_GLUED = re.compile(r"(.*[^\d.,])(\d[\d.,]*)")  # a figure right behind a label
# As many figures in a line as section 三 has columns but one: no line of prose has them.
_FIGURES = 6
_DIGITS = 15  # alone in a line, as many as section 四 has columns
# Lines above and below a row that its label may run over; a row without any of it stands between the halves.
_NEIGHBOURS = ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (3, 0), (0, 3), (2, 2), (0, 4), (0, 5))
_AROUND = ((1, 1), (2, 1), (1, 2), (2, 2))
_ABOVE = ((2, 0), (3, 0), (4, 0), (5, 0))  # of text that keeps the order of cells, not of lines


def read(text: str) -> Document:
    """Parse decoded text. A cell's place is the line it begins on and, where others stand there, too, the character."""
    document = Document("text/plain")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for bar in _BARS:
        text = text.replace(bar, "|")
    lines = text.split("\n")
    if "|" not in text and "\t" not in text and _has_commas_between(lines):
        lines = ["\t".join(next(csv.reader([line]))) if _is_comma_parted(line) else line for line in lines]
    if _has_tabs_between(lines):
        _Rows(document, lines).read(lines, "\t")
    elif "\n\t" in text or text.startswith("\t"):
        _Tabbed(document, lines).read(lines)
    elif _is_stacked(lines):
        _Stacked(document, lines).read(lines)
    else:
        _Rows(document, lines).read(lines, "|")
    return document


def rows(lines: list[str], places: list[str]) -> list[str | Grid]:
    """The blocks of lines whose cells white space parts, each line found at a place."""
    document = Document("")
    layout = _Rows(document, lines, places)
    layout.read(lines, "|")
    return document.blocks


class _Layout:
    """Collects rows into grids and text into paragraphs. Lines stand at their `places`, else at their numbers."""

    def __init__(self, document: Document, lines: list[str], places: list[str] | None = None) -> None:
        self.document = document
        self.lines = lines
        self.places = places
        self.rows: list[list[Cell]] = []
        self.cells = self.grids = 0

    def add_row(self, cells: list[tuple[str, int]]) -> None:
        self.cells += len(cells)
        if self.cells > MAX_CELLS:
            raise UnreadableFileError(
                f"the text has more than {MAX_CELLS} cells; expected a report of some hundred", "text/plain"
            )
        number = len(self.rows) + 1
        self.rows.append(
            [
                Cell(clean(text), number, column, place, column - 1)
                for column, ((text, _), place) in enumerate(zip(cells, self._where(cells), strict=True), 1)
            ]
        )

    def _where(self, cells: list[tuple[str, int]]) -> Iterable[str]:
        """The places of the cells of a row: their line; of those that share one, also where in it they begin."""
        apart = len({line for _, line in cells}) == len(cells) and not self.places
        return [f"line {line}" for _, line in cells] if apart else self._where_shared(cells)

    def _where_shared(self, cells: list[tuple[str, int]]) -> Iterator[str]:
        shared, at = 0, 0
        for (text, line), (_, following) in zip(cells, [*cells[1:], ("", 0)], strict=True):
            at = at if line == shared else 0
            if self.places:
                yield self.places[line - 1]
            elif line not in (shared, following):
                yield f"line {line}"
            else:
                first = clean(text).partition("\n")[0]
                at = max(self.lines[line - 1].find(first, at), at)
                yield f"line {line}, column {at + 1}"
                at += max(len(first), 1)
            shared = line

    def end_grid(self) -> None:
        if self.rows:
            self.grids += 1
            self.document.blocks.append(Grid(self.grids, self.rows, spans_known=False))
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
                row += [(text, number) for text in line[1:].split("\t")]
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


class _Entry(NamedTuple):
    """A line of a file that has a row a line: its number, its text, its cells (none where it is no row), and whether
    a separator parts them.
    """

    line: int
    text: str
    cells: tuple[str, ...]
    parted: bool


class _Rows(_Layout):
    """One row a line, its cells parted by a separator. In a line without one white space parts cells, where it leaves
    labels of the form and figures only.
    """

    def read(self, lines: list[str], separator: str) -> None:
        bare = [line.strip(_BLANKS) if separator in line else "" for line in lines]
        bare = _without_fill(bare) if separator == "|" else bare
        bare = _undoubled(bare, separator)
        # Where nearly every row opens or ends with the separator, it parts no blank cell from the others.
        opened = _nearly_all(line.startswith(separator) for line in bare if line)
        closed = _nearly_all(line.endswith(separator) for line in bare if line)
        entries = []
        for number, (line, row) in enumerate(zip(lines, bare, strict=True), 1):
            if row and not _RULER.match(row):
                cells = _between(row, separator, opened=opened, closed=closed)
                entries.append(_Entry(number, line, tuple(cells), parted=True))
            elif not row and line.strip():
                entries.append(_Entry(number, line, _spaced(line), parted=False))
        for entry in _mended(entries):
            if entry.cells and (entry.parted or self.rows or not _may_be_prose(entry.cells)):
                self.add_row([(text, entry.line) for text in entry.cells])
            elif not (self.rows and _is_aside(entry.text)):
                self.add_paragraph(entry.text)
        self.end_grid()


def _may_be_prose(cells: tuple[str, ...]) -> bool:
    """Whether a line, taken for a row, is a label with a figure or two only."""
    return len(cells) <= _FIGURES and looks_like_value(cells[-1])


def _without_fill(lines: list[str]) -> list[str]:
    """Rows without the bars some exports fill short ones up with: they write "0 | ||" where blank and merged cells left
    no trace. So few values, then, stand in a row that nobody can say under which columns; a row without any is blank.
    """
    if not any(map(_FILLED.search, lines)):
        return lines
    return [_FILL.sub("|", line) if any(map(_is_figure, line.split("|"))) else line for line in lines]


def _is_figure(text: str) -> bool:
    return bool(text.strip()) and looks_like_value(text)


def _undoubled(lines: list[str], separator: str) -> list[str]:
    """Rows of exports that write the separator behind a cell and before the next one, too."""
    between = re.compile(rf"(?<=[^{separator}])[{separator}]+(?=[^{separator}])")
    runs = [len(run) for line in lines for run in between.findall(line)]
    return [line.replace(2 * separator, separator) for line in lines] if runs and min(runs) > 1 else lines


def _nearly_all(found: Iterable[bool]) -> bool:
    counts = Counter(found)
    return counts[True] > 10 * counts[False]


def _between(line: str, separator: str = "|", *, opened: bool = True, closed: bool = True) -> list[str]:
    line = line.strip(_BLANKS)
    line = line.removeprefix(separator) if opened else line
    cells = (line.removesuffix(separator) if closed else line).split(separator)
    return [_BREAK.sub("\n", cell) for cell in cells] if "<" in line else cells


def _is_comma_parted(line: str) -> bool:
    """Whether a line may be a row of a sheet saved with commas; a sentence is none."""
    return "," in line and not _SENTENCE.search(line)


def _has_commas_between(lines: list[str]) -> bool:
    """Whether commas part the label of a line from figures, as in a sheet saved as text."""
    rows = [line.split(",") for line in lines if _is_comma_parted(line)]
    return sum(_kind(row[0]) in _LINES and any(map(looks_like_value, row[1:])) for row in rows) > 1


def _has_tabs_between(lines: list[str]) -> bool:
    """Whether TAB parts the cells of rows that begin with their label, as in what is copied from a page or a sheet."""
    rows = [line.split("\t") for line in lines if "\t" in line and not line.startswith("\t")]
    named = [next((at for at, cell in enumerate(row) if _kind(cell) in _LINES), len(row)) for row in rows]
    return sum(any(map(clean, row[at + 1 :])) for row, at in zip(rows, named, strict=True)) > 1


def _spaced(line: str) -> tuple[str, ...]:
    """The cells of a row parted by white space: a caption; columns, perhaps run together; a label and its figures.

    A blank cell leaves no trace, so that such a row is as long as the table is wide, or it is marked. Before the label
    may stand a piece of that of its group, which is printed downwards over several rows.
    """
    words = line.split()
    first = next((n for n in range(len(words), 0, -1) if not looks_like_value(words[n - 1])), 0)
    before, values = words[:first], words[first:]
    if before and (glued := _GLUED.fullmatch(before[-1])) and _kind(glued[1]) in _LINES:
        before[-1], values = glued[1], [glued[2], *values]
    if not values:
        return (line,) if _kind(line) == "caption" else _columns(squeeze(line))
    for start in range(first):
        label, above = " ".join(before[start:]), " ".join(before[:start])
        if _kind(label) in _LINES and (_kind(above) == "label" or all(squeeze(w) in _groups() for w in before[:start])):
            return (*filter(None, (above, label)), *values)
    ran_together = not before and len(values) == 1 and len(line.strip(_BLANKS)) >= _DIGITS and values[0].isdigit()
    return (*([" ".join(before)] if before else []), *values) if len(values) >= _FIGURES or ran_together else ()


@lru_cache(maxsize=1)
def _groups() -> str:
    """The labels of all groups of lines, as one text that any piece of one is in."""
    blocks = (block for form in load_forms().values() for table in form.tables.values() for block in table.blocks)
    lines = (line for block in blocks for line in block.every_line() if line.parts)
    return " ".join(squeeze(line.label.zh) for line in lines)


@lru_cache(maxsize=1)
def _headings() -> re.Pattern[str]:
    kinds, _, stubs = _labels()
    names = [*stubs, *(name for name, kind in kinds.items() if kind in ("header", "either"))]
    return re.compile(rf"(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?:\([^()]*\))?")


def _columns(text: str) -> tuple[str, ...]:
    """The names of columns that make up a text, two at least, else none."""
    found = _headings().findall(text)
    return tuple(found) if len(found) > 1 and not _headings().sub("", text) else ()


def _mended(entries: list[_Entry]) -> list[_Entry]:
    """Labels broken over lines put together, where that makes them labels of the form to the letter.

    Between their halves may stand a piece of the label of their group, or the number of a page.
    """
    found: list[_Entry] = []
    rest = entries[::-1]
    while rest:
        entry = rest.pop()
        while entry.parted and rest and (whole := _joined(entry, rest[-1])):
            entry = whole
            rest.pop()
        at = next((n for n, cell in enumerate(entry.cells) if looks_like_value(cell)), len(entry.cells))
        if len(entry.cells) - at >= _FIGURES and (not at or _kind(entry.cells[at - 1]) == "other"):
            own = entry.cells[at - 1] if at else ""
            patterns = _NEIGHBOURS if own else _AROUND if entry.parted else (*_AROUND, *_ABOVE)
            for (above, below), passing in product(patterns, (False, True)):
                up, down = _beside(found, above, passing=passing), _beside(rest, below, passing=passing)
                if len(up) + len(down) < above + below:
                    continue
                texts = [*(found[n].text for n in reversed(up)), *(rest[n].text for n in down)]
                group, texts[0] = _behind_group(texts[0]) if above else ("", texts[0])
                label = "".join([*texts[:above], own, *texts[above:]])
                if _kind(label) == "label":
                    for lines, numbers in ((found, up), (rest, down)):
                        for number in numbers:
                            del lines[number]
                    before = (*entry.cells[: max(at - 1, 0)], *filter(None, (group, label)))
                    entry = entry._replace(cells=(*before, *entry.cells[at:]))
                    break
        found.append(entry)
    return found


def _beside(entries: list[_Entry], count: int, *, passing: bool) -> list[int]:
    """The numbers of so many lines without cells at the end of a list, nearest first, or of fewer; with `passing`, what
    says nothing of its own is passed over.
    """
    found: list[int] = []
    for number in range(len(entries) - 1, -1, -1):
        if len(found) == count or entries[number].cells:
            break
        if not (passing and _is_aside(entries[number].text)):
            found.append(number)
    return found


@lru_cache(maxsize=4096)
def _is_aside(text: str) -> bool:
    """Whether a line says nothing of its own: a piece of the label of a group, the number of a page."""
    return bool(_PAGE.fullmatch(squeeze(text))) or (squeeze(text) in _groups() and _kind(text) == "other")


def _behind_group(text: str) -> tuple[str, str]:
    """The label of a group, if a text begins with one, and the rest."""
    head, *rest = text.split(maxsplit=1)
    return (head, rest[0]) if rest and _kind(head) == "label" else ("", text)


def _joined(entry: _Entry, after: _Entry) -> _Entry | None:
    """Two lines as one row, if the last cell of one and the first of the other are halves of a label."""
    last, (first, *others) = entry.cells[-1], after.cells or (after.text,)
    whole = clean(last) and clean(first) and _kind(last + first) in ("header", "label", "either")
    if not whole or _kind(last) != "other" or _kind(first) != "other":
        return None
    return entry._replace(cells=(*entry.cells[:-1], f"{last}\n{first}", *others))


# -- one cell a line -----------------------------------------------------------------------------------------------

# Fewer labels on lines of their own are headings of prose; a longer text is no label.
_LABELS, _LABEL_LENGTH = 5, 60
_PIECES = 8  # lines a label is broken over; 三、本年度办理结果 printed downwards has as many
# No words but those for nothing or for a change, and perhaps a note behind: no label looks so, however damaged.
_VALUE = re.compile(
    r"(?:[^\u4e00-\u9fff]|[无零空未不没新增加减少持平变动化涉及适用万亿千元件项条个次宗约共])+(?:\(.*\))?"
)
# The kinds of cells, and what ends before one of them if a value or the label of a line stands before it.
_CELLS = {"value": "", "label": "row", "either": "row", "header": "block", "caption": "block"}


class _Token(NamedTuple):
    """A line of a stacked file and the kind of its only cell, "row" for a line of several, "prose" for none."""

    text: str
    line: int
    kind: str


@lru_cache(maxsize=1)
def _labels() -> tuple[dict[str, str], dict[str, set[str]], tuple[str, ...]]:
    """Over all tables and editions: the kind of each label, the labels it may stand under, how stubs begin."""
    kinds: dict[str, str] = {}
    above: dict[str, set[str]] = defaultdict(set)
    tables = [table for form in load_forms().values() for table in form.tables.values()]
    for block in (block for table in tables for block in table.blocks):
        kinds |= dict.fromkeys(block.caption.names if block.caption else (), "caption")
        headers = [("header", path) for path in _paths(block.columns)]
        for kind, path in [*headers, *(("label", line.path) for line in block.every_line())]:
            for name in path[-1].names:
                kinds[name] = kind if kinds.get(name, kind) == kind else "either"
                above[name].update(*(label.names for label in path[:-1]))
    return kinds, dict(above), tuple({stub for table in tables for stub in table.stubs})


def _paths(columns: Iterable[Column], above: tuple[Label, ...] = ()) -> Iterator[tuple[Label, ...]]:
    for column in columns:
        yield (path := (*above, column.label))
        yield from _paths(column.columns, path)


def _kind(text: str) -> str:
    """caption, header, label, either (总计 is a column and a line), section, value, blank or other."""
    kinds, _, stubs = _labels()
    name, squeezed = normalise(text), squeeze(text)
    if name in kinds or name.startswith(stubs):
        return kinds.get(name, "header")
    if not squeezed or _HEADING.match(squeezed):
        return "section" if squeezed else "blank"
    value = _VALUE.fullmatch(squeezed) or squeezed in _units()
    return "value" if len(squeezed) <= _LABEL_LENGTH and value else "other"


@lru_cache(maxsize=1)
def _units() -> frozenset[str]:
    """The units forms print in a cell of their own."""
    return frozenset().union(*(table.units for form in load_forms().values() for table in form.tables.values()))


def _is_stacked(lines: list[str]) -> bool:
    """Whether labels of the form stand alone on their lines, and more often so than in rows.

    A form repeats headers and totals. Where no line is printed twice, the export kept only the first of equal ones,
    and with the others the place of every number is lost.
    """
    printed = [line for line in lines if line.strip()]
    if len(set(map(squeeze, printed))) == len(printed):
        return False
    rows = [_between(line) if "|" in line else _spaced(line) or (line,) for line in printed]
    cells = [(text, len(row) == 1) for row in rows for text in row]
    found = Counter(alone for text, alone in cells if _kind(text) in ("caption", "label"))
    return found[True] >= _LABELS and found[True] > found[False]


def _tokens(lines: list[str]) -> list[_Token]:
    """The lines of a stacked file, blank ones where they are blank cells.

    Where most labels have a bar behind them, on their line or on the next, so has a blank cell.
    """
    bare = [line.strip(_BLANKS) for line in (lines if lines[-1] else lines[:-1])]
    tokens = [_Token("|".join(_between(line)), number, _kind_within(line)) for number, line in enumerate(bare, 1)]
    labels = [token.line for token in tokens if token.kind in ("caption", "label")]
    beside = sum("|" in bare[number - 1] for number in labels)
    below = sum(bare[number : number + 1] == ["|"] for number in labels)
    if 2 * (beside + below) <= len(labels):
        return _with_blanks(_joined_lines(tokens))
    return _with_bars(bare, is_beside=beside > below)


def _joined_lines(tokens: list[_Token]) -> list[_Token]:
    """Labels broken over lines put together, where that makes them labels of the form; numbers of pages left out."""
    found: list[_Token] = []
    ends_page = False
    for token in tokens:
        if _PAGE.fullmatch(squeeze(token.text)) or (ends_page and token.kind == "blank"):
            while found and found[-1].kind == "blank":
                found.pop()
            ends_page = True
            continue
        ends_page = False
        found.append(token)
        at, text = len(found) - 1, token.text
        for _ in range(1, _PIECES if token.kind != "blank" else 0):
            at = next((before for before in range(at - 1, -1, -1) if found[before].kind != "blank"), -1)
            text = f"{found[at].text}\n{text}"
            if at < 0 or found[at].kind in ("value", "section") or len(text) > _LABEL_LENGTH:
                break
            if "other" in (token.kind, found[at].kind) and _is_listed(text):
                found[at:] = [_Token(text, found[at].line, _kind(text))]
                break
    return found


def _is_listed(text: str) -> bool:
    """Whether a text is a label of the form, not only one that opens like its notes."""
    kinds, _, stubs = _labels()
    return (name := normalise(text)) in kinds or name in stubs


@dataclass(slots=True)
class _Barred:
    """A line with text, the lines of the bars behind it, one a cell, and how many more fill its row up."""

    text: str
    line: int
    bars: list[int]
    fill: int = 0


def _with_bars(lines: list[str], *, is_beside: bool) -> list[_Token]:
    """The cells of lines with bars behind them: further ones on lines of their own are blank cells.

    A line without a bar is prose or, if the next ones make it a label, the first half of that. A bar may also stand
    before each row, or before each cell.
    """
    filled = any(_FILLED.search(line) or _FILLING.fullmatch(line) for line in lines)
    found = [_Barred("", 0, [])]
    for number, line in enumerate(lines, 1):
        if line == "|":
            found[-1].bars.append(number)
        elif _FILLING.fullmatch(line):
            found[-1].fill += len(line)
        elif line:
            text = _FILL.sub("|", line) if filled else line
            found.append(_Barred(text, number, [number] if "|" in text else [], len(line) - len(text)))
    cells = _whole_labels(found[1:])
    _drop_openers(cells, is_beside=is_beside)
    tokens = []
    kinds = [_kind_within(cell.text) for cell in cells]
    inner = any(len(cell.bars) > 1 and after == "value" for cell, after in zip(cells, kinds[1:], strict=False))
    for cell, kind, after in zip(cells, kinds, [*kinds[1:], ""], strict=True):
        closed = "|" in cell.text or (cell.bars and not is_beside)
        kept = kind if closed or kind == "section" else "prose"
        tokens.append(_Token("|".join(_between(cell.text)), cell.line, kept))
        blanks = cell.bars[1:] if inner or not filled else []
        if (
            kind in _LINES and cell.fill and not blanks and after != "value"
        ):  # no value stands in the row: all are blank
            blanks = [cell.line] * cell.fill
        tokens += [_Token("", number, "blank") for number in blanks]
    return tokens


def _kind_within(line: str) -> str:
    """The kind of a line with bars, "row" if it is several cells."""
    cells = _between(line)
    return "row" if len(cells) > 1 else _kind(cells[0])


def _whole_labels(cells: list[_Barred]) -> list[_Barred]:
    """Cells with the lines of a label put together that has its bar behind the last of them only."""
    found: list[_Barred] = []
    for cell in cells:
        found.append(cell)
        for size in (2, 3, 4):
            lines = found[-size:]
            text = "\n".join(line.text for line in lines)
            if cell.bars and not any(line.bars for line in lines[:-1]) and _kind_within(text) in _CELLS:
                found[-size:] = [_Barred(text, lines[0].line, cell.bars, cell.fill)]
                break
    return found


def _drop_openers(cells: list[_Barred], *, is_beside: bool) -> None:
    """Leave out the bars that stand before each row or, where two part the cells of headers, before each cell.

    Where a bar stands before the first cell of a table, the last one may have none behind it.
    """
    kinds = [_kind_within(cell.text) for cell in cells]
    if not is_beside:
        opened = any(cell.bars and kind == "section" for cell, kind in zip(cells, kinds, strict=True))
        counts = [len(cell.bars) for cell in cells]
        between = []
        for at in range(1, len(cells)):
            between += [counts[at - 1]] if kinds[at - 1] == kinds[at] == "header" else []
            if opened and counts[at - 1] and not counts[at] and kinds[at] == "value":
                cells[at].bars.append(cells[at].line)
        if between and min(between) > 1:
            for cell in cells:
                del cell.bars[(len(cell.bars) + 1) // 2 :]
        return
    alone = [len(cell.bars) - ("|" in cell.text) for cell in cells]
    captions = [bars for bars, after in zip(alone, kinds[1:], strict=False) if after == "caption"]
    if captions and all(captions):
        for cell, bars, after in zip(cells, alone, kinds[1:], strict=False):
            if bars and after in _CELLS and (after != "value" or cell.fill):
                cell.bars.pop()


def _with_blanks(tokens: list[_Token]) -> list[_Token]:
    """Blank lines as blank cells: behind every cell stand as many as part the cells of headers, which are never blank,
    and a blank cell adds a line of its own.

    At the end of a row, block or table there may be more, and a value may be lost. There they are cells only if another
    row, block or table ends without any, or if the file has no value whose place could be mistaken.
    """
    runs: list[tuple[str, list[_Token], _Token]] = []
    blanks: list[_Token] = []
    parting: Counter[int] = Counter()
    names: set[str] = set()
    before = ""
    for token in [*tokens, _Token("", 0, "prose")]:
        if token.kind == "blank":
            blanks.append(token)
            continue
        kind = token.kind if token.kind != "either" else "header" if before == "header" else "label"
        parting[len(blanks)] += before in ("caption", "header")
        end = _CELLS.get(kind, "table") if before in ("label", "value") else ""
        if before == "label" and not names.isdisjoint(_labels()[1].get(normalise(token.text), ())):
            end = ""  # a part behind its group goes on in its row
        elif before == "header" and kind in ("label", "value"):
            end = "header"
        runs.append((end, blanks, token))
        blanks, before, names = [], kind, {normalise(token.text)}
    gap = max(parting, key=lambda size: parting[size])
    lengths: dict[str, set[int]] = defaultdict(set)
    for end, run, _ in runs:
        lengths[end].add(len(run))
    has_values = any(token.kind == "value" for token in tokens)
    certain = {"", *(end for end in lengths if min(lengths[end]) == gap or not has_values)}
    cells = [run[gap : len(run) - gap : gap + 1] if end in certain else [] for end, run, _ in runs]
    return [cell for found, (_, _, token) in zip(cells, runs, strict=True) for cell in (*found, token)]


class _Stacked(_Layout):
    """A caption is a row; column labels of one level are a row; the label of a line, with the groups printed right
    before it, opens a row that takes every cell up to the next label.

    Cells are not counted here: a row with too few or too many stays as found, and the reader marks it.
    """

    def __init__(self, document: Document, lines: list[str]) -> None:
        super().__init__(document, lines)
        self.row: list[tuple[str, int]] = []
        self.names: set[str] = set()  # what the cells of the open row say, as labels are compared
        self.holds = ""  # the kind of the last cell of the open row, "" without one
        self.inside = False  # whether a cell of a table was seen since the last section heading
        self.values: list[str] = []  # of the grid, blank ones too

    def read(self, lines: list[str]) -> None:
        tokens = _tokens(lines)
        ahead = [""]  # from the last token on, the kind of the next one that prints something
        for token in reversed(tokens):
            ahead.append(token.kind if clean(token.text) else ahead[-1])
        for token, following in zip(tokens, ahead[-2::-1], strict=True):
            self._take(token, following)
        self._end_row()
        self.end_grid()

    def _take(self, token: _Token, ahead: str) -> None:
        text, number, kind = clean(token.text), token.line, token.kind
        if kind == "either":
            kind = "header" if self.holds == "header" else "label"
        elif kind == "blank":
            kind = "header" if self.holds == "header" and ahead in ("header", "either") else "value"
        elif kind == "other":  # a damaged label, a line of an agency's own, or prose
            is_label = self.inside and len(text) <= _LABEL_LENGTH and ahead in _CELLS and ahead != "caption"
            kind = "label" if is_label else "prose"
        if kind == "row":
            self._end_row()
            self.values += token.text.split("|")
            self.add_row([(cell, number) for cell in token.text.split("|")])
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
            self.row.append((text, number))
            self.names.add(normalise(text))
            self.values += [text] if kind == "value" else []
            self.inside = True

    def _joins(self, text: str, kind: str) -> bool:
        """Whether a cell goes on in the open row."""
        if kind == "value":  # behind a caption, only the blank cells it is merged over
            return self.holds in ("label", "value") or (self.holds == "caption" and not text)
        under = not self.names.isdisjoint(_labels()[1].get(normalise(text), ()))
        # The columns under a heading are a row of their own, the lines of a group begin in its row.
        return self.holds == kind and kind != "caption" and under == (kind == "label")

    def _end_row(self) -> None:
        if self.row:
            self.add_row(self.row)
        self.row, self.names, self.holds = [], set(), ""

    def end_grid(self) -> None:
        """Keep what was gathered as a grid if it has values. Where most are blank and no text is printed twice, equal
        lines of this table may have been blanked, and it is kept as text only.
        """
        texts = [cell.text for row in self.rows for cell in row if cell.text]
        printed = [value for value in self.values if value]
        doubtful = printed and 2 * len(printed) < len(self.values) and len(set(texts)) == len(texts)
        if self.values and not doubtful:
            super().end_grid()
        elif self.rows:
            self.document.blocks.extend(texts)
        self.rows, self.values = [], []
