"""Workbooks of Excel and WPS (.xlsx, .xls, .et) through calamine, and what their cells show.

calamine gives values, merges and which sheets are hidden; how a value is shown (its number format, its font, hidden
rows and columns) is read beside it, by `ooxml` from the parts of an .xlsx and by `biff` from the records of an .xls.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.sheet.layout import Sheet, blocks, check_size
from extract.formats.sheet.narrow import At, Widths
from extract.formats.sheet.printed import GENERAL, Value, shown
from extract.shown import dim, raised, struck

MAX_SHEETS = 256
MAX_COVERED = 1_000_000  # a sheet has a fifth of that at most, and a report hardly anything that lies on its cells
_PANIC = "PanicException"  # of a library in Rust, which is no Exception and has no name to import


class Style(NamedTuple):
    """How the cells of a style show their values; `ink` is shown, dim or hidden."""

    code: str = GENERAL
    ink: str = "shown"
    struck: bool = False
    raised: bool = False

    def doubted(self) -> "Style":
        """The same where nobody can tell what is seen."""
        return self if self.ink == "hidden" else self._replace(ink="dim")

    def apply(self, value: Value) -> str:
        """The text of a value in this style."""
        if self.ink == "hidden":
            return ""
        text = shown(value, self.code)
        if self.ink == "shown" and not (self.struck or self.raised):
            return text
        text = dim(text) if self.ink == "dim" else text
        text = struck(text) if self.struck else text
        return raised(text) if self.raised else text


PLAIN = Style()


@dataclass(slots=True)
class Look:
    """How a sheet shows its cells, beyond their values: only what differs from the plain is listed.

    `rows` and `columns` count the field in use. `texts` replaces the text of cells, `unsure` are cells whose result
    the file does not hold.
    """

    rows: int = 0
    columns: int = 0
    styles: dict[At, Style] = field(default_factory=dict)
    texts: dict[At, str] = field(default_factory=dict)
    unsure: frozenset[At] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    shows_zeros: bool = True
    widths: Widths = field(default_factory=Widths)
    covered: int = 0  # cells, as often as something lies on them

    def cover(self, rows: range, columns: range) -> None:
        """Mark the cells of a field, of which nobody can tell what they show."""
        self.covered += len(rows) * len(columns)
        if self.covered > MAX_COVERED:
            raise UnreadableFileError(f"found things over more than {MAX_COVERED} cells; expected a report")
        for at in ((row, column) for row in rows for column in columns):
            self.styles[at] = self.styles.get(at, PLAIN).doubted()


def build(data: bytes, media_type: str, looks: Callable[[], Iterator[tuple[str, Look]]]) -> Document:
    """The document of a workbook; `looks` are those of its worksheets, by their names.

    Raises UnreadableFileError for what is damaged, protected by a password or larger than the limits.
    """
    document = Document(media_type)
    found = dict(looks())
    if len(found) > MAX_SHEETS:
        raise UnreadableFileError(f"found {len(found)} sheets; expected at most {MAX_SHEETS}", media_type)
    for name, look in found.items():
        check_size(name, look.rows, look.columns, media_type)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            for number, meta in enumerate(workbook.sheets_metadata):
                if meta.typ is not SheetTypeEnum.WorkSheet or meta.visible is not SheetVisibleEnum.Visible:
                    continue
                if meta.name not in found:
                    raise ValueError(f"no content of the sheet {meta.name}")
                look, sheet = found[meta.name], workbook.get_sheet_by_index(number)
                rows: Sequence[Sequence[Value]] = sheet.to_python(skip_empty_area=False)
                merges = [(*start, *end) for start, end in sheet.merged_cell_ranges or ()]
                texts = _texts(rows, look)
                for row, column in look.widths.too_wide(texts, rows, merges):
                    texts[row][column] = dim(texts[row][column])
                shown_sheet = Sheet(meta.name, texts, merges, look.hidden_rows, look.hidden_columns)
                grids = sum(isinstance(block, Grid) for block in document.blocks)
                document.blocks.extend(blocks(shown_sheet, grids))
    except PasswordError as error:
        raise UnreadableFileError("found a workbook with a password; expected one without", media_type) from error
    except (CalamineError, ValueError, OSError) as error:
        raise UnreadableFileError(f"found damage ({error}); expected a whole workbook", media_type) from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise UnreadableFileError(f"found damage ({error}); expected a whole workbook", media_type) from None
    return document


def _texts(rows: Sequence[Sequence[Value]], look: Look) -> list[list[str]]:
    """What the cells show. Most are strings, or numbers in a plain style."""
    styles = look.styles
    texts = [[value if type(value) is str else shown(value, GENERAL) for value in values] for values in rows]
    for (row, column), style in styles.items():
        if row < len(rows) and column < len(rows[row]):
            texts[row][column] = style.apply(rows[row][column])
    for (row, column), text in look.texts.items():
        if row < len(texts) and column < len(texts[row]):
            texts[row][column] = styles.get((row, column), PLAIN).apply(text)
    for row, column in look.unsure:
        texts += [[] for _ in range(row + 1 - len(texts))]
        texts[row] += [""] * (column + 1 - len(texts[row]))
        texts[row][column] = dim(texts[row][column]) or "\ufffd"
    if not look.shows_zeros:
        texts = [
            [
                "" if type(value) in (int, float) and not value else text
                for text, value in zip(line, values, strict=False)
            ]
            for line, values in zip(texts, rows, strict=False)
        ]
    return texts
