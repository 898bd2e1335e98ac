"""Plain text exports of Word files and web pages.

Two layouts are read. *Tabbed*, as Apache Tika's text handler writes Word tables: a line that begins with TAB opens a
cell, further lines belong to it, a blank line before the next TAB ends the row; merged columns come as one cell,
the continuation of merged rows as an empty one. *Piped*: one row a line, cells parted by "|".
"""

import re

from extract.document import Cell, Document, Grid
from extract.labels import clean, squeeze

_HEADING = re.compile(r"^[一二三四五六七八九十]{1,2}、.*(?:情况|事项)$")
_RULER = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)*\s*:?-{3,}:?\s*\|?\s*$")


def read(text: str) -> Document:
    """Parse decoded text. Every cell's place is the number of the line it begins on."""
    document = Document("text/plain")
    reader = _Tabbed(document) if "\n\t" in text or text.startswith("\t") else _Piped(document)
    reader.read(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
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
                cells = line.strip().removeprefix("|").removesuffix("|").split("|")
                self.add_row([(text, number) for text in cells])
        self.end_grid()
