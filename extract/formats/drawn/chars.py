"""The characters of a page as PDFium tells them, with their boxes: words where they can be taken whole."""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict, deque
from itertools import repeat
from operator import neg
from typing import Any, NamedTuple

import numpy

from extract.formats.drawn import pdfium
from extract.formats.drawn.lattice import Ruling
from extract.formats.drawn.lines import (
    BOTTOM,
    DIGITS,
    GUESSED_SPACE,
    NO_SPACE,
    NUMERALS,
    ORDER,
    SPACE,
    TOP,
    UNCLEAR,
    Char,
)
from extract.formats.drawn.paths import Drawing
from extract.formats.drawn.view import UPRIGHT
from extract.shown import DIM, SPECK, TINY, struck

_HYPHEN = "\x02"  # how PDFium reports a hyphen at the end of a line
_SOFT_HYPHEN = "\xad"
_UNMAPPED = "\ufffe"  # how its text of a page has that, and all it has no character for
_LINE_ENDS = "\r\n"
_BLANK = r"\t\v\f \xa0\xad\u2000-\u200f\u2028\u2029\u3000\ufeff"
_BLANKS = re.compile(f"[{_BLANK}][{_BLANK}{_LINE_ENDS}]*")
_PRINTED = re.compile(f"[^{_BLANK}{_LINE_ENDS}]+")
# Words without digits and Latin letters that neither begin nor end with what may stand beside a digit.
_APART = rf"\0-~０-９\ud800-\udfff{_BLANK}"
_ENDS = f"[^{re.escape(''.join(NUMERALS))}{_APART}]"
_WORDS = re.compile(f"{_ENDS}[^{_APART}]*{_ENDS}")
_NARROW, _WIDE = 0.75, 1.5  # a character, for its height, where a word stands on one line and is not spread out
_CODES = re.compile(r"[\0-\x08\x0e-\x1f\ud800-\udfff]")  # control codes and surrogates
_MIDDLE = 0.2  # of the height of a character, from above and below: a line there runs along it, not through it
_DIGIT = 0.65  # the height of a digit, of its print
_SMALL, _LARGE = 0.7, 1.8  # a digit that may be none of its number or table, for what stands on its page


class Chars(NamedTuple):
    """The characters of a page that are not white, in the order of the file.

    By their numbers there: digits without extent, and those far smaller or larger than what stands on their page.
    """

    chars: list[Char]
    flat: set[int]
    odd_sized: set[int]


def read_chars(text: int, drawing: Drawing, *, by_word: bool) -> Chars:
    """All characters of a text that are not white; singly, where not `by_word`.

    Those a line runs through are marked as struck, and the line is no ruling of the drawing any more. Digits too small
    to be seen are left out, those that may be are marked.
    """
    glyphs = _glyphs(text, pdfium.count_chars(text))
    spaces = _spaces(text, glyphs)
    words, seen = _words(text, glyphs, drawing, spaces) if by_word else ([], _printed(glyphs))
    singly, flat = _singly(text, drawing, seen, _told(text, glyphs, seen), spaces)
    chars = sorted(words + singly, key=ORDER)
    if not chars:
        return Chars([], flat, set())
    tops, bottoms = (numpy.fromiter(map(side, chars), float, len(chars)) for side in (TOP, BOTTOM))
    heights = bottoms - tops
    in_order = numpy.sort(heights)
    least, usual = in_order[0], in_order[len(chars) // 2]
    odd = numpy.flatnonzero((heights > _LARGE * usual) | (heights < _SMALL * usual)).tolist()
    odd_sized = {chars[n].order for n in odd if chars[n].glyph in DIGITS}
    if drawing.across:
        _mark_struck(chars, tops + _MIDDLE * heights, bottoms - _MIDDLE * heights, drawing)
    if least < _DIGIT * TINY:
        chars = _without_specks(chars, numpy.flatnonzero(heights < _DIGIT * TINY).tolist(), flat)
    return Chars(chars, flat, odd_sized)


def _singly(
    text: int, drawing: Drawing, seen: list[int], shown: list[str], spaces: list[int]
) -> tuple[list[Char], set[int]]:
    """The characters of these numbers that show this, and which of them are digits without extent."""
    (x0, x1, y0, y1, x, y), flat = _measured(text, seen)
    gaps = map(spaces.__getitem__, seen)
    flat_digits = {seen[n] for n in flat if shown[n] in DIGITS}
    view = drawing.view
    if view is not UPRIGHT:
        turned = [
            Char(*view.box(*sides), view.c * x + view.d * y, sign, gap, at)
            for *sides, x, y, sign, gap, at in zip(x0, y0, x1, y1, x, y, shown, gaps, seen, strict=True)
        ]
        return turned, flat_digits
    # Nothing is turned, but y points down.
    chars = zip(x0, map(neg, y1), x1, map(neg, y0), map(neg, y), shown, gaps, seen, strict=True)
    return list(map(tuple.__new__, repeat(Char), chars)), flat_digits  # Char._make, twice as fast


def _without_specks(chars: list[Char], small: list[int], flat: set[int]) -> list[Char]:
    """The characters, those digits marked that may be too small to be seen, without those that are."""
    for n in small:
        char = chars[n]
        if char.glyph in DIGITS and char.order not in flat:
            speck = char.y1 - char.y0 < _DIGIT * SPECK
            chars[n] = char._replace(glyph="" if speck else char.glyph + DIM)
    return [char for char in chars if char.glyph]


def _mark_struck(chars: list[Char], highest: Any, lowest: Any, drawing: Drawing) -> None:
    """Mark what lines run through between two heights of each character; lines as long as that are no rulings."""
    levels = sorted(drawing.across)
    ats = [ruling.at for ruling in levels]
    through: dict[Ruling, list[Char]] = defaultdict(list)
    for n in numpy.flatnonzero(numpy.searchsorted(ats, highest) < numpy.searchsorted(ats, lowest)).tolist():
        char = chars[n]
        for ruling in levels[bisect_left(ats, highest[n]) : bisect_left(ats, lowest[n])]:
            if 2 * (min(char.x1, ruling.end) - max(char.x0, ruling.start)) > char.x1 - char.x0:
                through[ruling].append(char)
                chars[n] = char._replace(glyph=struck(char.glyph))
    strikes = {ruling for ruling, over in through.items() if _is_strike(ruling, over)}
    drawing.cut = {char.order for ruling in through.keys() - strikes for char in through[ruling]}
    if strikes:
        drawing.across = [ruling for ruling in drawing.across if ruling not in strikes]


def _is_strike(ruling: Ruling, chars: list[Char]) -> bool:
    """Whether a line is no longer than the characters it runs through."""
    slack = max(char.y1 - char.y0 for char in chars)
    return ruling.start > min(char.x0 for char in chars) - slack and ruling.end < max(char.x1 for char in chars) + slack


def _told(text: int, glyphs: str, seen: list[int]) -> list[str]:
    """The characters of these numbers as they may be read; signs and digits of which their font does not surely tell
    that they are such are unclear.
    """
    told = list(map(glyphs.__getitem__, seen))
    signs = [n for n, glyph in enumerate(told) if "!" <= glyph <= "?"]
    faults = map(pdfium.is_unmapped, repeat(text), map(seen.__getitem__, signs))
    for n in [n for n, fault in zip(signs, faults, strict=True) if fault == 1]:
        told[n] = UNCLEAR
    if _CODES.search(glyphs):
        return [("-" if glyph == _HYPHEN else UNCLEAR) if _CODES.match(glyph) else glyph for glyph in told]
    return told


def _spaces(text: int, glyphs: str) -> list[int]:
    """The white space before each character, and whether the file holds it."""
    spaces = [NO_SPACE] * (len(glyphs) + 1)
    for found in _BLANKS.finditer(glyphs):
        first, behind = found.span()
        real = pdfium.is_generated(text, first) != 1
        if not real and behind - first > 1:
            rest = [at for at in range(first + 1, behind) if glyphs[at] not in _LINE_ENDS]
            real = any(pdfium.is_generated(text, at) != 1 for at in rest)
        spaces[behind] = SPACE if real else GUESSED_SPACE
    return spaces


def _measured(text: int, seen: list[int]) -> tuple["list[array[float]]", list[int]]:
    """Left, right, lower and upper sides of characters, and where they begin on their line; those without extent."""
    fields = [array("d") for _ in range(6)]
    firsts = range(0, 6 * pdfium.BLOCK, pdfium.BLOCK)
    for start in range(0, len(seen), pdfium.BLOCK):
        block = seen[start : start + pdfium.BLOCK]
        places = [pdfium.MEASURES.places[first : first + len(block)] for first in firsts]
        deque(map(pdfium.get_box, repeat(text), block, *places[:4]), maxlen=0)
        deque(map(pdfium.get_origin, repeat(text), block, *places[4:]), maxlen=0)
        for field, first in zip(fields, firsts, strict=True):
            field.extend(pdfium.MEASURES.values[first : first + len(block)])
    x0, x1, y0, y1, _, _ = fields
    left, right, lower, upper = map(numpy.frombuffer, (x0, x1, y0, y1)) if seen else [numpy.empty(0)] * 4
    flat = numpy.flatnonzero((left >= right) | (lower >= upper)).tolist()
    for n in flat:
        x0[n], y0[n], x1[n], y1[n] = loose_box(text, seen[n])
    return fields, flat


def _words(text: int, glyphs: str, drawing: Drawing, spaces: list[int]) -> tuple[list[Char], list[int]]:
    """Words that can be taken whole, which is most of a page in a few calls, and the numbers of all other characters.

    They hold no digit, stand upright on one line, and nothing is drawn through them.
    """
    words: list[Char] = []
    others: list[str] = []
    end = 0
    count_rectangles, get_rectangle = pdfium.count_rectangles, pdfium.get_rectangle
    sides, places = pdfium.SIDES_OF_WORD.values, pdfium.SIDES_OF_WORD.places
    origin, place_of_origin = pdfium.MEASURES.values, pdfium.MEASURES.places[:2]
    for found in _WORDS.finditer(glyphs):
        first, behind = found.span()
        count = count_rectangles(text, first, behind - first)
        if count < 1:
            continue
        get_rectangle(text, 0, *places)
        x0, top, x1, bottom = sides
        for number in range(1, count):
            get_rectangle(text, number, *places)
            left, upper, right, lower = sides
            x0 = left if left < x0 else x0
            top = upper if upper > top else top
            x1 = right if right > x1 else x1
            bottom = lower if lower < bottom else bottom
        y0, y1 = -top, -bottom
        size = (behind - first) * (y1 - y0)
        if _NARROW * size < x1 - x0 < _WIDE * size and not drawing.cuts(x0, y0, x1, y1):
            pdfium.get_origin(text, first, *place_of_origin)
            word = (x0, y0, x1, y1, -origin[1], found[0], spaces[first], first)
            words.append(tuple.__new__(Char, word))
            others += glyphs[end:first], " " * (behind - first)
            end = behind
    others.append(glyphs[end:])
    return words, _printed("".join(others))


def _printed(glyphs: str) -> list[int]:
    """The numbers of the characters that are not white."""
    return [at for found in _PRINTED.finditer(glyphs) for at in range(*found.span())]


def _glyphs(text: int, count: int) -> str:
    """The characters of a page by their numbers.

    PDFium's text of a page is without those it takes for no characters; where it has as many as it counts, one call
    tells them all.
    """
    units, place = pdfium.buffer_of(4 * count + 2)
    pdfium.get_text(text, 0, count, place)
    glyphs = units[: 2 * count].decode("utf-16-le", "replace")
    if len(glyphs) == count and _UNMAPPED not in glyphs and UNCLEAR not in glyphs:
        return _with_hyphens(text, glyphs)
    return "".join(chr(max(0, code)) for code in map(pdfium.get_unicode, repeat(text), range(count)))


def _with_hyphens(text: int, glyphs: str) -> str:
    """The same; what a font names a soft hyphen and prints is a hyphen."""
    at = glyphs.find(_SOFT_HYPHEN)
    while at >= 0:
        pdfium.get_box(text, at, *pdfium.MEASURES.places[:4])
        x0, x1, *_ = pdfium.MEASURES.values
        if x0 < x1:
            glyphs = f"{glyphs[:at]}{_HYPHEN}{glyphs[at + 1 :]}"
        at = glyphs.find(_SOFT_HYPHEN, at + 1)
    return glyphs


def loose_box(text: int, index: int) -> tuple[float, float, float, float]:
    """The box of a glyph without extent, which still has its place."""
    pdfium.get_loose_box(text, index, pdfium.SIDES.places[0])
    left, top, right, bottom = pdfium.SIDES.values
    return left, bottom, right, top
