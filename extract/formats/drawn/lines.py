"""Characters become lines of text: those on one base line, from left to right, with the white space between them.

All coordinates are points in reading direction: x to the right, y down.
"""

from collections import Counter
from itertools import islice
from operator import itemgetter
from string import ascii_letters, digits
from typing import NamedTuple

from extract.labels import clean
from extract.shown import raised

NUMERALS = frozenset("0123456789０１２３４５６７８９.,．，+-－万亿元")
DIGITS = frozenset(digits + "０１２３４５６７８９")
_LATIN = frozenset(digits + ascii_letters)
NO_SPACE, GUESSED_SPACE, SPACE = range(3)
_RISE, _RISEN = 0.5, 0.06  # points, and of the height of a digit: the least a raised one is raised by
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


TOP, BOTTOM, BASE, GLYPH, ORDER = (
    itemgetter(Char._fields.index(name)) for name in ("y0", "y1", "base", "glyph", "order")
)


class TextLine(NamedTuple):
    """Characters on one base line."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


def text_lines(chars: list[Char]) -> list[TextLine]:
    """Characters by base line, each line by x."""
    return list(map(_line, _grouped(chars)))


def _grouped(chars: list[Char]) -> list[list[Char]]:
    """The characters of each line, from left to right."""
    if len(chars) < 2:
        return [chars] if chars else []
    chars = sorted(chars, key=BASE)
    if chars[0].base == chars[-1].base:
        return [sorted(chars)]
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
    return list(map(sorted, groups))


def _with_raised(chars: list[Char]) -> list[Char]:
    """The characters of a line, those digits marked that stand higher or lower than the others."""
    digits = [char for char in chars if char.glyph in DIGITS]
    if len(digits) < 2:
        return chars
    tallest = max(char.y1 - char.y0 for char in digits)
    slack = max(_RISE, _RISEN * tallest)
    bases = Counter(round(char.base, 1) for char in digits)
    base = max(digits, key=lambda char: bases[round(char.base, 1)]).base
    return [
        char._replace(glyph=raised(char.glyph)) if char.glyph in DIGITS and abs(char.base - base) > slack else char
        for char in chars
    ]


def _line(chars: list[Char]) -> TextLine:
    if len(chars) == 1:
        x0, y0, x1, y1, _, glyph, _, _ = chars[0]
        return TextLine(glyph, x0, y0, x1, y1)
    lefts, tops, rights, bottoms, *_ = zip(*chars, strict=True)
    return TextLine(_text(chars), lefts[0], min(tops), max(rights), max(bottoms))


def _spaced(chars: list[Char], height: float) -> str:
    """The characters of a line of this height, with the white space between them."""
    narrow, wide, gaping = 0.1 * height, 0.6 * height, 1.5 * height
    left, _, right, _, _, before, _, _ = chars[0]  # the last one that counts
    text = [before]
    again = 0
    for x0, top, x1, bottom, _, glyph, space, _ in islice(chars, 1, None):
        if glyph == before and x0 - left < max(x1 - x0, bottom - top) / 4:
            again += 1
            continue  # printed twice to look bold
        gap = x0 - right
        if gap > narrow:
            in_word = glyph in _LATIN and before in _LATIN
            if gap > ((narrow if space else wide) if in_word else (narrow if space == SPACE else gaping)):
                text.append(" ")
        elif gap < 0 and -gap > min(x1 - x0, right - left) / 3 and glyph in _LATIN and before in _LATIN:
            text.append(UNCLEAR)  # one number printed over another
        text.append(glyph)
        left, right, before = x0, x1, glyph
    if again:
        text += _doubt_copies(text, again)
    return "".join(text)


def _doubt_copies(text: list[str], again: int) -> str:
    """The mark of a number of which some signs were printed again, and not all as often: one may be in it twice."""
    count = len(text) - text.count(" ")
    return UNCLEAR if again % count and NUMERALS.issuperset("".join(text).replace(" ", "")) else ""


def cell_text(chars: list[Char]) -> str:
    """What the characters in a cell say, a line below the other."""
    if len(chars) < 2:
        return clean(chars[0].glyph) if chars else ""
    if len(set(map(BASE, chars))) == 1:  # as in most cells
        return clean(_text(sorted(chars)))
    return clean("\n".join(_lines_of_cell(chars)))


def _text(chars: list[Char]) -> str:
    """The characters of a line, with the white space between them."""
    if len(chars) == 1:
        return chars[0].glyph
    return _spaced(chars, max(map(BOTTOM, chars)) - min(map(TOP, chars)))


def _lines_of_cell(chars: list[Char]) -> list[str]:
    lines = [_text(group if group[0].base == group[-1].base else _with_raised(group)) for group in _grouped(chars)]
    if len(lines) > 2 and all(len(line) == 1 for line in lines):
        order = [char.order for char in sorted(chars, key=BASE)]
        if order == sorted(order, reverse=True):  # turned to be read from below
            lines.reverse()
    return lines
