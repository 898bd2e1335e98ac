"""One cell a line with bars behind the cells, which tell where blank cells stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from extract.formats.text.layout import FILL, FILLED, FILLING, LINES, between
from extract.vocabulary import Kind, Vocabulary

# The kinds of cells, and what ends before one of them if a value or the label of a line stands before it.
CELLS: Final = {"value": "", "label": "row", "either": "row", "header": "block", "caption": "block"}


class Token(NamedTuple):
    """A line of a stacked file and the kind of its only cell, "row" for a line of several, "prose" for none."""

    text: str
    line: int
    kind: Kind | Literal["row", "prose"]


@dataclass(slots=True)
class _Barred:
    """A line with text, the lines of the bars behind it, one a cell, and how many more fill its row up."""

    text: str
    line: int
    bars: list[int]
    fill: int = 0


def with_bars(lines: list[str], words: Vocabulary, *, is_beside: bool) -> list[Token]:
    """The cells of lines with bars behind them: further ones on lines of their own are blank cells.

    A line without a bar is prose or, if the next ones make it a label, the first half of that. A bar may also stand
    before each row, or before each cell.
    """
    filled = any(FILLED.search(line) or FILLING.fullmatch(line) for line in lines)
    cells = _whole_labels(_barred(lines, filled=filled), words)
    kinds = [kind_within(cell.text, words) for cell in cells]
    if is_beside:
        _drop_row_openers(cells, kinds)
    else:
        _drop_cell_openers(cells, kinds)
    tokens = []
    inner = any(len(cell.bars) > 1 and after == "value" for cell, after in zip(cells, kinds[1:], strict=False))
    for cell, kind, after in zip(cells, kinds, [*kinds[1:], ""], strict=True):
        closed = "|" in cell.text or (cell.bars and not is_beside)
        kept = kind if closed or kind == "section" else "prose"
        tokens.append(Token("|".join(between(cell.text)), cell.line, kept))
        blanks = cell.bars[1:] if inner or not filled else []
        if kind in LINES and cell.fill and not blanks and after != "value":  # no value stands in the row: all are blank
            blanks = [cell.line] * cell.fill
        tokens += [Token("", number, "blank") for number in blanks]
    return tokens


def kind_within(line: str, words: Vocabulary) -> Kind | Literal["row"]:
    """The kind of a line with bars, "row" if it is several cells."""
    cells = between(line)
    return "row" if len(cells) > 1 else words.kind(cells[0])


def _barred(lines: list[str], *, filled: bool) -> list[_Barred]:
    """The lines with text and the bars behind each; `filled` if bars fill short rows up."""
    found = [_Barred("", 0, [])]
    for number, line in enumerate(lines, 1):
        if line == "|":
            found[-1].bars.append(number)
        elif FILLING.fullmatch(line):
            found[-1].fill += len(line)
        elif line:
            text = FILL.sub("|", line) if filled else line
            found.append(_Barred(text, number, [number] if "|" in text else [], len(line) - len(text)))
    return found[1:]


def _whole_labels(cells: list[_Barred], words: Vocabulary) -> list[_Barred]:
    """Cells with the lines of a label put together that has its bar behind the last of them only."""
    found: list[_Barred] = []
    for cell in cells:
        found.append(cell)
        for size in (2, 3, 4):
            lines = found[-size:]
            text = "\n".join(line.text for line in lines)
            if cell.bars and not any(line.bars for line in lines[:-1]) and kind_within(text, words) in CELLS:
                found[-size:] = [_Barred(text, lines[0].line, cell.bars, cell.fill)]
                break
    return found


def _drop_cell_openers(cells: list[_Barred], kinds: Sequence[str]) -> None:
    """Leave out the bars that stand before each cell: two part the cells of headers there.

    Where a bar stands before the first cell of a table, the last one may have none behind it.
    """
    opened = any(cell.bars and kind == "section" for cell, kind in zip(cells, kinds, strict=True))
    counts = [len(cell.bars) for cell in cells]
    in_headers = [bars for bars, pair in zip(counts, pairwise(kinds), strict=False) if pair == ("header", "header")]
    for at in range(1, len(cells) if opened else 0):
        if counts[at - 1] and not counts[at] and kinds[at] == "value":
            cells[at].bars.append(cells[at].line)
    if in_headers and min(in_headers) > 1:
        for cell in cells:
            del cell.bars[(len(cell.bars) + 1) // 2 :]


def _drop_row_openers(cells: list[_Barred], kinds: Sequence[str]) -> None:
    """Leave out the bars that stand before each row, if they do so before every caption."""
    alone = [len(cell.bars) - ("|" in cell.text) for cell in cells]
    captions = [bars for bars, after in zip(alone, kinds[1:], strict=False) if after == "caption"]
    if captions and all(captions):
        for cell, bars, after in zip(cells, alone, kinds[1:], strict=False):
            if bars and after in CELLS and (after != "value" or cell.fill):
                cell.bars.pop()
