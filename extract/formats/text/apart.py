"""Cells put on lines of their own that a text has on one: behind bars, behind their label, or glued to one another."""

import re
from collections.abc import Callable, Iterator

from extract.formats.text.glued import tear
from extract.formats.text.layout import BLANKS, LINES, check_size
from extract.labels import squeeze
from extract.vocabulary import Vocabulary

# No row is as wide as that: section 四 has fifteen columns, and a cell may have a bar before and one behind it.
_WIDEST = 45
# The figures at the end of a line that stand right behind a label.
_GLUED = re.compile(rf"\d(?<=[^\d.,\s]\d)\d*(?:\.\d+)?(?=[{BLANKS}]*+$)", re.MULTILINE)
_GLUED_LINES = 5  # fewer may be prose
_GLUED_LENGTH = 3  # characters of such a line at least
_LABELS = 8  # in a line, parted by blanks: more than any row has
_SHORTEST = 2 * _LABELS - 1  # characters of a line with as many, with as many bars as no row has, or with a table
_NUMBER = re.compile(r"[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）、.．]|其中[:：](?:\d[、.．])?")  # of a label
_ZEROS = re.compile("0+")  # no number begins with several: each is a cell
_Place = tuple[str, str]  # a text and where it stands
_Cells = Callable[[str, int, Vocabulary], Iterator[_Place]]  # of a line and its number


def set_apart(lines: list[str], words: Vocabulary) -> tuple[list[str], list[str], str] | None:
    """(one cell a line, the place of each, the doubt about all) for a text that has them on one line; None for any
    other.

    Raises UnreadableFileError for a text of more cells than reports have.
    """
    cells_of = _way(lines, words)
    if cells_of is None:
        return None
    found = [piece for number, line in enumerate(lines, 1) for piece in cells_of(line, number, words)]
    doubt = "glued_table" if cells_of is _torn else ""
    return [text for text, _ in found], [place for _, place in found], doubt


def _way(lines: list[str], words: Vocabulary) -> _Cells | None:
    """How the cells of lines are set apart; None where they stand apart."""
    long = [line for line in lines if len(line) >= _SHORTEST]
    bars = [line.count("|") for line in long]
    if max(bars, default=0) > _WIDEST:
        check_size(sum(bars))
        return _behind_bars
    if any([_is_one_line(line, words) for line in long]):
        return _behind_blanks
    ended = [line for line in lines if len(line) >= _GLUED_LENGTH and (line[-1].isdecimal() or line[-1] in BLANKS)]
    if len(list(_glued("\n".join(ended), words))) >= _GLUED_LINES:
        return _behind_label
    return _torn if any(tear(line, words) for line in long) else None


def _behind_bars(line: str, number: int, words: Vocabulary) -> Iterator[_Place]:
    """The cells of a line that bars part; headings and captions that stand in front of one are lines of their own."""
    if "|" not in line:
        yield line, f"line {number}"
        return
    at = 0
    for cell in line.split("|"):
        for text in _without_headings(cell, words):
            start = line.find(text, at)
            yield text, f"line {number}, column {start + 1}"
            at = start + len(text)
        at += 1


def _without_headings(cell: str, words: Vocabulary) -> list[str]:
    text = cell.strip(BLANKS)
    if words.kind(text) != "other":
        return [text]
    pieces = text.split()
    kinds = [words.kind(piece) for piece in pieces]
    if not {"section", "caption"} & set(kinds):
        return [text]
    found: list[str] = []
    start = 0
    for at, kind in enumerate(kinds):
        if kind in ("section", "caption"):
            found += [*([_between(text, pieces[start:at])] if at > start else []), pieces[at]]
            start = at + 1
    return [*found, _between(text, pieces[start:])] if start < len(pieces) else found


def _between(text: str, pieces: list[str]) -> str:
    """The part of a text from the first to the last of some of its pieces."""
    start = text.find(pieces[0])
    return text[start : text.find(pieces[-1], start) + len(pieces[-1])]


def _is_one_line(line: str, words: Vocabulary) -> bool:
    pieces = line.split()
    return len(pieces) >= _LABELS and sum(words.kind(piece) in ("label", "caption") for piece in pieces) >= _LABELS


def _behind_blanks(line: str, number: int, words: Vocabulary) -> Iterator[_Place]:
    """The cells of a line that blanks part; a label may have some behind its number."""
    if not _is_one_line(line, words):
        yield line, f"line {number}"
        return
    pieces = line.split()[::-1]
    at = 0
    while pieces:
        text = pieces.pop()
        if _NUMBER.fullmatch(text) and pieces and words.kind(pieces[-1]) in ("label", "either"):
            text = line[(start := line.find(text, at)) : line.find(pieces[-1], start) + len(pieces.pop())]
        start = line.find(text, at)
        yield text, f"line {number}, column {start + 1}"
        at = start + len(text)


def _torn(line: str, number: int, words: Vocabulary) -> Iterator[_Place]:
    """The cells of a line of a table glued whole; of any other line its text."""
    pieces = tear(line, words)
    yield from ((piece.text, f"line {number}, column {piece.start + 1}") for piece in pieces)
    if not pieces:
        yield line, f"line {number}"


def _glued(text: str, words: Vocabulary) -> Iterator[tuple[str, str]]:
    """(label, figures) of the lines that have nothing between them."""
    for found in _GLUED.finditer(text):
        label = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].strip(BLANKS)
        if words.kind(label) in LINES:
            yield label, found[0]


def _behind_label(line: str, number: int, words: Vocabulary) -> Iterator[_Place]:
    """A label and the figures that stand right behind it: one text, unless they can be nothing but zeros. The names of
    columns that ran together are told apart.
    """
    if not (glued := next(_glued(line, words), None)):
        for text in words.column_names(squeeze(line)) or (line,):
            yield text, f"line {number}"
        return
    label, figures = glued
    start = line.find(label) + len(label)
    yield label, f"line {number}"
    for at, text in enumerate(figures if _ZEROS.fullmatch(figures) else [figures]):
        yield text, f"line {number}, column {start + at + 1}"
