"""One cell a line with bars behind the cells, which tell where blank cells stand."""

from dataclasses import dataclass
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
    found = [_Barred("", 0, [])]
    for number, line in enumerate(lines, 1):
        if line == "|":
            found[-1].bars.append(number)
        elif FILLING.fullmatch(line):
            found[-1].fill += len(line)
        elif line:
            text = FILL.sub("|", line) if filled else line
            found.append(_Barred(text, number, [number] if "|" in text else [], len(line) - len(text)))
    cells = _whole_labels(found[1:], words)
    _drop_openers(cells, words, is_beside=is_beside)
    tokens = []
    kinds = [kind_within(cell.text, words) for cell in cells]
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


def _drop_openers(cells: list[_Barred], words: Vocabulary, *, is_beside: bool) -> None:
    """Leave out the bars that stand before each row or, where two part the cells of headers, before each cell.

    Where a bar stands before the first cell of a table, the last one may have none behind it.
    """
    kinds = [kind_within(cell.text, words) for cell in cells]
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
            if bars and after in CELLS and (after != "value" or cell.fill):
                cell.bars.pop()
