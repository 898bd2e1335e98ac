"""One row a line, its cells parted by "|", by TAB, by commas or by white space."""

import re
from collections import Counter
from collections.abc import Iterable

from extract.document import Document, Grid
from extract.formats.text.layout import BLANKS, FILL, FILLED, LINES, Layout, between
from extract.formats.text.mending import FIGURES, Entry, is_aside, mended
from extract.labels import clean, squeeze
from extract.vocabulary import Vocabulary, looks_like_value

_RULER = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)*\s*:?-{3,}:?\s*\|?\s*$")
_SENTENCE = re.compile("[。；！？]")
_GLUED = re.compile(r"(.*[^\d.,])(\d[\d.,]*)")  # a figure right behind a label
_DIGITS = 15  # alone in a line, as many as section 四 has columns


def read_lines(lines: list[str], places: list[str], words: Vocabulary) -> list[str | Grid]:
    """The blocks of lines whose cells white space parts, each line found at a place."""
    document = Document("")
    layout = Rows(document, lines, words, places)
    layout.read(lines, "|")
    return document.blocks


class Rows(Layout):
    """One row a line, its cells parted by a separator. In a line without one white space parts cells, where it leaves
    labels of the form and figures only.
    """

    def read(self, lines: list[str], separator: str) -> None:
        """Add what the lines hold to the document."""
        for entry in mended(self._entries(lines, separator), self.words):
            if entry.cells and (entry.parted or self.rows or not _may_be_prose(entry.cells)):
                self.add_row([(text, entry.line) for text in entry.cells])
            elif not (self.rows and is_aside(entry.text, self.words)):
                self.add_paragraph(entry.text)
        self.end_grid()

    def _entries(self, lines: list[str], separator: str) -> list[Entry]:
        """The lines with text, and the cells of each."""
        bare = [line.strip(BLANKS) if separator in line else "" for line in lines]
        bare = _without_fill(bare) if separator == "|" else bare
        bare = _undoubled(bare, separator)
        # Where nearly every row opens or ends with the separator, it parts no blank cell from the others.
        opened = _nearly_all(line.startswith(separator) for line in bare if line)
        closed = _nearly_all(line.endswith(separator) for line in bare if line)
        entries = []
        for number, (line, row) in enumerate(zip(lines, bare, strict=True), 1):
            if row and not _RULER.match(row):
                cells = between(row, separator, opened=opened, closed=closed)
                entries.append(Entry(number, line, tuple(cells), parted=True))
            elif not row and line.strip():
                entries.append(Entry(number, line, spaced(line, self.words), parted=False))
        return entries


def _may_be_prose(cells: tuple[str, ...]) -> bool:
    """Whether a line, taken for a row, is a label with a figure or two only."""
    return len(cells) <= FIGURES and looks_like_value(cells[-1])


def _without_fill(lines: list[str]) -> list[str]:
    """Rows without the bars some exports fill short ones up with: they write "0 | ||" where blank and merged cells left
    no trace. So few values, then, stand in a row that nobody can say under which columns; a row without any is blank.
    """
    if not any(map(FILLED.search, lines)):
        return lines
    return [FILL.sub("|", line) if any(map(_is_figure, line.split("|"))) else line for line in lines]


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


def is_comma_parted(line: str) -> bool:
    """Whether a line may be a row of a sheet saved with commas; a sentence is none."""
    return "," in line and not _SENTENCE.search(line)


def has_commas_between(lines: list[str], words: Vocabulary) -> bool:
    """Whether commas part the label of a line from figures, as in a sheet saved as text."""
    rows = [line.split(",") for line in lines if is_comma_parted(line)]
    return sum(words.kind(row[0]) in LINES and any(map(looks_like_value, row[1:])) for row in rows) > 1


def has_tabs_between(lines: list[str], words: Vocabulary) -> bool:
    """Whether TAB parts the cells of rows that begin with their label, as in what is copied from a page or a sheet."""
    rows = [line.split("\t") for line in lines if line.find("\t") > 0]
    named = [next((at for at, cell in enumerate(row) if words.kind(cell) in LINES), len(row)) for row in rows]
    return sum(any(map(clean, row[at + 1 :])) for row, at in zip(rows, named, strict=True)) > 1


def spaced(line: str, words: Vocabulary) -> tuple[str, ...]:
    """The cells of a row parted by white space: a caption; columns, perhaps run together; a label and its figures.

    A blank cell leaves no trace, so that such a row is as long as the table is wide, or it is marked. Before the label
    may stand a piece of that of its group, which is printed downwards over several rows.
    """
    before, values = _label_and_values(line.split(), words)
    if not values:
        return (line,) if words.kind(line) == "caption" else words.column_names(squeeze(line))
    for start in range(len(before)):
        label, above = " ".join(before[start:]), " ".join(before[:start])
        if words.kind(label) in LINES and _is_group(before[:start], words):
            return (*filter(None, (above, label)), *values)
    ran_together = not before and len(values) == 1 and len(line.strip(BLANKS)) >= _DIGITS and values[0].isdigit()
    if len(values) < FIGURES and not ran_together:
        return ()
    return (" ".join(before), *values) if before else tuple(values)


def _label_and_values(pieces: list[str], words: Vocabulary) -> tuple[list[str], list[str]]:
    """The pieces of a line up to the last that is no value, and those behind it; a unit belongs to the values."""
    behind = [looks_like_value(piece) or squeeze(piece) in words.units for piece in pieces]
    first = next((n for n in range(len(pieces), 0, -1) if not behind[n - 1]), 0)
    before, values = pieces[:first], pieces[first:]
    while len(before) > 1 and values and (squeeze(before[-1]) in words.units or looks_like_value(before[-1])):
        values.insert(0, before.pop())
    if before and (glued := _GLUED.fullmatch(before[-1])) and words.kind(glued[1]) in LINES:
        before[-1] = glued[1]
        values.insert(0, glued[2])
    return (before, values) if any(map(looks_like_value, values)) else (pieces, [])


def _is_group(pieces: list[str], words: Vocabulary) -> bool:
    """Whether pieces before a label are, or are of, the label of its group, or its number."""
    if len(pieces) == 1 and pieces[0].isdigit():
        return True  # the number of the line
    return words.kind(" ".join(pieces)) == "label" or all(squeeze(piece) in words.group_labels for piece in pieces)
