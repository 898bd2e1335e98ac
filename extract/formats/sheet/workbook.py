"""Workbooks of Excel and WPS (.xlsx, .xls, .et): what their cells show of the values they hold.

`ooxml` reads values and looks from the parts of an .xlsx; for an .xls, calamine reads the values and `biff` the looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.sheet.layout import Sheet, blocks
from extract.formats.sheet.narrow import At, Widths
from extract.formats.sheet.printed import GENERAL, Value, shown
from extract.shown import DIM, dim, raised, struck

MAX_SHEETS = 256
MAX_COVERED = 1_000_000  # a sheet has a fifth of that at most, and a report hardly anything that lies on its cells


class Style(NamedTuple):
    """How the cells of a style show their values; `ink` is shown, dim or hidden."""

    code: str = GENERAL
    ink: str = "shown"
    struck: bool = False
    raised: bool = False

    def apply(self, value: Value) -> str:
        """The text of a value in this style."""
        return self.print(shown(value, self.code))

    def print(self, text: str) -> str:
        """A text in the ink of this style."""
        if self.ink == "hidden":
            return ""
        if self.ink == "shown" and not (self.struck or self.raised):
            return text
        text = dim(text) if self.ink == "dim" else text
        text = struck(text) if self.struck else text
        return raised(text) if self.raised else text


PLAIN = Style()


@dataclass(slots=True)
class Look:
    """How a sheet shows its cells, beyond their styles. `rows` and `columns` count the field in use; of the cells in
    `doubted` nobody can tell what they show, and of those in `unsure` the file does not hold the result.
    """

    rows: int = 0
    columns: int = 0
    doubted: set[At] = field(default_factory=set)
    unsure: list[At] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    shows_zeros: bool = True
    widths: Widths = field(default_factory=Widths)
    covered: int = 0  # cells, as often as something lies on them

    def cover(self, top: int, left: int, bottom: int, right: int) -> None:
        """Doubt the cells of a field, its last row and column included."""
        rows, columns = range(top, min(bottom + 1, self.rows)), range(left, min(right + 1, self.columns))
        self.covered += len(rows) * len(columns)
        if self.covered > MAX_COVERED:
            raise UnreadableFileError(f"found things over more than {MAX_COVERED} cells; expected a report")
        self.doubted.update((row, column) for row in rows for column in columns)

    def text(self, value: Value, style: Style | None) -> str:
        """What a cell shows of its value; most are strings, or numbers in a plain style."""
        if not self.shows_zeros and not value and type(value) in (int, float):
            return ""
        if style is not None:
            return style.apply(value)
        return value if isinstance(value, str) else shown(value, GENERAL)


class Content(NamedTuple):
    """A worksheet that is shown: what its cells show, row by row, by their columns and in their order, from 0; the long
    numbers among them, which may not fit; those that are merged (row, column, last row, last column); how it looks.
    """

    name: str
    texts: list[dict[int, str]]
    long: list[At]
    merges: list[tuple[int, int, int, int]]
    look: Look


def check_sheets(count: int, media_type: str) -> None:
    """Raise UnreadableFileError for a workbook of more sheets than a report has."""
    if count > MAX_SHEETS:
        raise UnreadableFileError(f"found {count} sheets; expected at most {MAX_SHEETS}", media_type)


def build(contents: Iterable[Content], media_type: str) -> Document:
    """The document of a workbook."""
    document = Document(media_type)
    grids = 0
    for name, texts, long, merges, look in contents:
        merged = {(top, left) for top, left, _, right in merges if right > left}
        doubted = [at for at in long if at not in merged and look.widths.is_too_wide(at, texts[at[0]][at[1]])]
        for row, column in (*look.doubted.union(doubted), *look.unsure):
            if row < len(texts) and (text := texts[row].get(column)):
                texts[row][column] = dim(text) if DIM not in text else text
        for row, column in look.unsure:
            texts[row][column] = texts[row][column] or "\ufffd"
        found = list(blocks(Sheet(name, texts, merges, look.hidden_rows, look.hidden_columns), grids))
        grids += sum(isinstance(block, Grid) for block in found)
        document.blocks.extend(found)
    return document
