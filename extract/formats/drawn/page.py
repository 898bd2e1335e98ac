"""A page of a PDF: the words and characters it shows, and the rulings between them."""

import ctypes
import math
import re
from array import array
from collections import Counter, deque
from itertools import repeat
from operator import and_, attrgetter, lt, neg

from pypdfium2 import raw

from extract.formats.drawn import pdfium
from extract.formats.drawn.lattice import Page, lay_out
from extract.formats.drawn.lines import GUESSED_SPACE, NO_SPACE, NUMERALS, SPACE, UNCLEAR, Char
from extract.formats.drawn.paths import Drawing
from extract.formats.drawn.view import UPRIGHT, VIEWS, Box, View

_AT_EDGE = 2.0  # points; no printer reaches there
_HYPHEN = "\x02"  # how PDFium reports a hyphen at the end of a line
_UNMAPPED = "\ufffe"  # how its text of a page has that, and all it has no character for
_LINE_ENDS = "\r\n"
_BLANK = r"\t\v\f \xa0\xad\u2000-\u200f\u2028\u2029\u3000\ufeff"
_BLANKS = re.compile(f"[{_BLANK}][{_BLANK}{_LINE_ENDS}]*")
_PRINTED = re.compile(f"[^{_BLANK}{_LINE_ENDS}]+")
_LETTERS = "@"  # the first sign that is no digit's neighbour
# Words without digits and Latin letters that neither begin nor end with what may stand beside a digit.
_APART = rf"\0-~０-９\ud800-\udfff{_BLANK}"
_ENDS = f"[^{re.escape(''.join(NUMERALS))}{_APART}]"
_WORDS = re.compile(f"{_ENDS}[^{_APART}]*{_ENDS}")
_NARROW, _WIDE = 0.75, 1.5  # a character, for its height, where a word stands on one line and is not spread out
_SIGNS = re.compile(r"[\0-\x08\x0e-\x1f!-?\ud800-\udfff]")  # control codes, signs, digits, surrogates


def read_page(document: int, index: int) -> tuple[Page, View, int]:
    """A page, the way it is turned, and how many characters it shows."""
    page = text = 0
    try:
        page = pdfium.loaded(pdfium.load_page, document, index)
        if _has_fields(page):  # filled-in fields and notes are printed too: make them page content
            pdfium.flatten(page, raw.FLAT_NORMALDISPLAY)
            pdfium.close_page(page)
            page = 0
            page = pdfium.loaded(pdfium.load_page, document, index)
        text = pdfium.loaded(pdfium.load_text, page)
        view = VIEWS[_turn(text)]
        drawing = Drawing(page, view)
        chars = _chars(text, drawing)
        if drawing.covers:
            chars = list(drawing.uncovered(chars, text))
        pdfium.get_page_box(page, pdfium.SIDES.places[0])
        left, top, right, bottom = pdfium.SIDES.values
    finally:
        pdfium.close_text(text)
        pdfium.close_page(page)
    laid_out = lay_out(index, chars, drawing.across, drawing.down)
    _doubt_cut(laid_out, view.box(left, bottom, right, top))
    return laid_out, view, sum(len(char.glyph) for char in chars)


def _doubt_cut(page: Page, sides: Box) -> None:
    """Mark the figures of cells that reach the edge of the paper: a table wider than it is cut there."""
    for cell in (cell for table in page.tables for row in table.rows for cell in row):
        at_edge = cell.box[0] < sides[0] + _AT_EDGE or cell.box[2] > sides[2] - _AT_EDGE
        if at_edge and (not cell.text or any(map(str.isdigit, cell.text))):
            cell.text += UNCLEAR


def _has_fields(page: int) -> bool:
    for number in range(pdfium.count_annotations(page)):
        annotation = pdfium.get_annotation(page, number)
        kind = pdfium.get_subtype(annotation)
        pdfium.close_annotation(annotation)
        if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
            return True
    return False


def _turn(text: int) -> int:
    """Quarter turns of most of the text on a page: a table set sideways is read sideways."""
    count = pdfium.count_chars(text)
    angles = list(map(pdfium.get_angle, repeat(text), range(0, count, max(1, count // 50))))
    if not any(angles):
        return 0
    turns = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def _chars(text: int, drawing: Drawing) -> list[Char]:
    """The characters that are not white, with their boxes."""
    glyphs = _glyphs(text, pdfium.count_chars(text))
    told, spaces = _told(text, glyphs), _spaces(text, glyphs)
    words, seen = _words(text, glyphs, drawing, spaces)
    x0, x1, y0, y1, x, y = _measured(text, seen)
    shown, gaps = map(told.__getitem__, seen), map(spaces.__getitem__, seen)
    view = drawing.view
    if view is not UPRIGHT:
        return [
            Char(*view.box(*sides), view.c * x + view.d * y, sign, gap, at)
            for *sides, x, y, sign, gap, at in zip(x0, y0, x1, y1, x, y, shown, gaps, seen, strict=True)
        ]
    # Nothing is turned, but y points down.
    chars = zip(x0, map(neg, y1), x1, map(neg, y0), map(neg, y), shown, gaps, seen, strict=True)
    words += map(tuple.__new__, repeat(Char), chars)  # Char._make, twice as fast
    return sorted(words, key=attrgetter("order"))


def _told(text: int, glyphs: str) -> list[str]:
    """The characters as they may be read; what its font names no certain sign for is unclear."""
    told = list(glyphs)
    signs = [found.start() for found in _SIGNS.finditer(glyphs)]
    for at, fault in zip(signs, map(pdfium.is_unmapped, repeat(text), signs), strict=True):
        if fault == 1 or not " " <= told[at] < _LETTERS:
            told[at] = "-" if told[at] == _HYPHEN else UNCLEAR
    return told


def _spaces(text: int, glyphs: str) -> list[int]:
    """The white space before each character, and whether the file holds it."""
    spaces = [NO_SPACE] * (len(glyphs) + 1)
    for found in _BLANKS.finditer(glyphs):
        real = any(pdfium.is_generated(text, at) != 1 for at in range(*found.span()) if glyphs[at] not in _LINE_ENDS)
        spaces[found.end()] = SPACE if real else GUESSED_SPACE
    return spaces


def _measured(text: int, seen: list[int]) -> "list[array[float]]":
    """Left, right, lower and upper sides of characters, and where they begin on their base line."""
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
    for n, extends in enumerate(map(and_, map(lt, x0, x1), map(lt, y0, y1))):
        if not extends:
            x0[n], y0[n], x1[n], y1[n] = _loose_box(text, seen[n])
    return fields


def _words(text: int, glyphs: str, drawing: Drawing, spaces: list[int]) -> tuple[list[Char], list[int]]:
    """Words that can be taken whole, which is most of a page in a few calls, and the numbers of all other characters.

    They hold no digit, stand upright on one line, and nothing is drawn through them.
    """
    words: list[Char] = []
    others: list[str] = []
    end = 0
    for found in _WORDS.finditer(glyphs) if drawing.view is UPRIGHT else ():
        first, behind = found.span()
        rectangles = [
            tuple(pdfium.SIDES_OF_WORD.values)
            for number in range(pdfium.count_rectangles(text, first, behind - first))
            if pdfium.get_rectangle(text, number, *pdfium.SIDES_OF_WORD.places)
        ]
        if not rectangles:
            continue
        lefts, tops, rights, bottoms = zip(*rectangles, strict=True)
        x0, y0, x1, y1 = min(lefts), -max(tops), max(rights), -min(bottoms)
        size = (behind - first) * (y1 - y0)
        if _NARROW * size < x1 - x0 < _WIDE * size and not drawing.cuts(x0, y0, x1, y1):
            pdfium.get_origin(text, first, *pdfium.MEASURES.places[:2])
            word = (x0, y0, x1, y1, -pdfium.MEASURES.values[1], found[0], spaces[first], first)
            words.append(tuple.__new__(Char, word))
            others += glyphs[end:first], " " * (behind - first)
            end = behind
    others.append(glyphs[end:])
    return words, [at for found in _PRINTED.finditer("".join(others)) for at in range(*found.span())]


def _glyphs(text: int, count: int) -> str:
    """The characters of a page by their numbers.

    PDFium's text of a page is without those it takes for no characters; where it has as many as it counts, one call
    tells them all.
    """
    units = (ctypes.c_ushort * (2 * count + 1))()
    pdfium.get_text(text, 0, count, units)
    glyphs = bytes(units)[: 2 * count].decode("utf-16-le", "replace")
    if len(glyphs) == count and _UNMAPPED not in glyphs and UNCLEAR not in glyphs:
        return glyphs
    return "".join(chr(max(0, code)) for code in map(pdfium.get_unicode, repeat(text), range(count)))


def _loose_box(text: int, index: int) -> tuple[float, float, float, float]:
    """The box of a glyph without extent, which still has its place."""
    pdfium.get_loose_box(text, index, pdfium.SIDES.places[0])
    left, top, right, bottom = pdfium.SIDES.values
    return left, bottom, right, top
