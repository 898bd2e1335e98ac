"""Characters become lines of text: those on one base line, from left to right, with the white space between them.

All coordinates are points in reading direction: x to the right, y down.
"""

from itertools import islice
from operator import attrgetter
from string import ascii_letters, digits
from typing import NamedTuple

from extract.labels import clean

NUMERALS = frozenset("0123456789０１２３４５６７８９.,．，+-－万亿元")
_LATIN = frozenset(digits + ascii_letters)
NO_SPACE, GUESSED_SPACE, SPACE = range(3)
UNCLEAR = "\ufffd"  # stands for what cannot be told: it must never pass for a digit


class Char(NamedTuple):
    """What is shown at a place: its box, its base line, the white space before it, the place in the file."""

    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    glyph: str  # a character, or a word without digits that no ruling cuts
    space: int  # NO_SPACE, GUESSED_SPACE, SPACE
    order: int


class TextLine(NamedTuple):
    """Characters on one base line."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


def text_lines(chars: list[Char]) -> list[TextLine]:
    """Characters by base line, each line by x."""
    if len(chars) < 2:
        return [_line(chars)] if chars else []
    chars = sorted(chars, key=attrgetter("base"))
    if chars[0].base == chars[-1].base:
        return [_line(sorted(chars))]
    group = [chars[0]]
    groups = [group]
    base, height = chars[0].base, chars[0].y1 - chars[0].y0
    for char in chars[1:]:
        _, top, _, bottom, at, _, _, _ = char
        if (size := bottom - top) > height:
            height = size
        if at - base > height / 2:
            group = []
            groups.append(group)
            base, height = at, size
        group.append(char)
    return [_line(sorted(group)) for group in groups]


def _line(chars: list[Char]) -> TextLine:
    if len(chars) == 1:
        x0, y0, x1, y1, _, glyph, _, _ = chars[0]
        return TextLine(glyph, x0, y0, x1, y1)
    lefts, tops, rights, bottoms, *_ = zip(*chars, strict=True)
    y0, y1 = min(tops), max(bottoms)
    height = y1 - y0
    narrow, wide, gaping = 0.1 * height, 0.6 * height, 1.5 * height
    left, _, right, _, _, before, _, _ = chars[0]  # the last one that counts
    text = [before]
    for x0, top, x1, bottom, _, glyph, space, _ in islice(chars, 1, None):
        if glyph == before and x0 - left < max(x1 - x0, bottom - top) / 4:
            continue  # printed twice to look bold
        gap = x0 - right
        if not 0 <= gap <= narrow:
            if glyph in _LATIN and before in _LATIN:
                if -gap > min(x1 - x0, right - left) / 2:
                    text.append(UNCLEAR)  # one number printed over another
                elif gap > (narrow if space else wide):
                    text.append(" ")
            elif gap > (narrow if space == SPACE else gaping):
                text.append(" ")
        text.append(glyph)
        left, right, before = x0, x1, glyph
    return TextLine("".join(text), lefts[0], y0, max(rights), y1)


def cell_text(chars: list[Char]) -> str:
    """What the characters in a cell say, a line below the other."""
    if not chars:
        return ""
    lines = text_lines(chars)
    if len(lines) == 1:
        return clean(lines[0].text)
    if len(lines) > 2 and all(len(line.text) == 1 for line in lines):
        order = [char.order for char in sorted(chars, key=attrgetter("base"))]
        if order == sorted(order, reverse=True):  # turned to be read from below
            lines.reverse()
    return clean("\n".join(line.text for line in lines))
