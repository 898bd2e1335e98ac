"""A page of a PDF: the words and characters it shows, and the rulings between them."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import lru_cache
from itertools import repeat
from statistics import median
from typing import NamedTuple

from pypdfium2 import raw

from extract.formats.drawn import ink, loose, pdfium
from extract.formats.drawn.chars import loose_box, read_chars
from extract.formats.drawn.lattice import LatticeCell, Page, lay_out
from extract.formats.drawn.lines import DIGITS, GLYPH, NUMERALS, ORDER, UNCLEAR, Char, cell_text
from extract.formats.drawn.paths import THICK, Drawing
from extract.formats.drawn.view import UPRIGHT, VIEWS, Box
from extract.labels import squeeze
from extract.shown import DIM, DOUBTFUL, STRUCK, UNSEEN

LEAST_TEXT = 16  # characters: a scan may bear a page number or the mark of its scanner
_SAMPLE = 32  # characters asked for their fonts
_GARBLED = 0.2  # of them without a character, where the font of a text has no map
_UNTOLD = 10  # cells without a character: so many are no accident, if they are more than those with figures
_PAPER = 0.4  # of a page that a picture takes if it is the page
# A digit that is none of its number, for the tallest there (digits of one size are as little as two thirds of others
# in fonts where they hang), and one that is none of its table, for those there.
_SMALL, _LARGE = 0.62, 1.8
_SMALLER, _KNOWN = 0.85, 3  # the same, of digits that are there so often that the usual height of each is known
_COPIED = 0.5  # of a character, that lies under its copy
_FAINT = 2.0  # contrast of figures that may be those of a watermark
_SIGNS_OF_ABSENCE = frozenset("-—–/无零〇○")


class Kind(Enum):
    """What a page is made of: text, a picture with invisible text somebody recognised in it, or a picture alone."""

    TEXT = auto()
    LAYER = auto()
    PICTURE = auto()


class Found(NamedTuple):
    """A page as read: how it is turned, what it is made of, and how many characters it shows."""

    page: Page
    place: Callable[[int, Box], str]
    kind: Kind
    printed: int


def read_page(document: int, index: int, layered: Callable[[], bool]) -> Found:
    """A page of a document; `layered` tells that there may be optional content."""
    page = text = 0
    try:
        page = pdfium.loaded(pdfium.load_page, document, index)
        own = None
        notes, undrawn = _notes(page)
        if notes is not Notes.NONE:  # filled-in fields and notes are printed too: make them page content
            own = len(Drawing(page, UPRIGHT).texts)
            pdfium.flatten(page, raw.FLAT_NORMALDISPLAY)
            pdfium.close_page(page)
            page = 0
            page = pdfium.loaded(pdfium.load_page, document, index)
        text = pdfium.loaded(pdfium.load_text, page)
        drawing = Drawing(page, VIEWS[_turn(text)])
        text, renamed = _by_glyphs(page, text, drawing)
        noted = set() if own is None else set(drawing.texts[own:])
        doubtful = renamed | (noted if notes is Notes.LAYERED else set()) | ink.blended(drawing)
        suspects = ink.suspects(drawing, layered)
        shown = _Shown(page, text, drawing, suspects=suspects, doubtful=doubtful, noted=noted)
        garbled = _is_garbled(text)
        pdfium.get_page_box(page, pdfium.SIDES.places[0])
        left, top, right, bottom = pdfium.SIDES.values
    finally:
        pdfium.close_text(text)
        pdfium.close_page(page)
    sides = drawing.view.box(left, bottom, right, top)
    printed = sum(map(len, map(GLYPH, shown.chars)))
    kind = Kind.PICTURE if garbled else _kind(printed, len(shown.hidden), _is_paper(drawing.pictures, sides))
    chars = sorted([*shown.chars, *shown.hidden], key=ORDER) if kind is Kind.LAYER else shown.chars
    laid_out = lay_out(index, chars, drawing.across, drawing.down)
    _doubt_digits(laid_out, shown.notes, shown.odd_sized)
    loose.doubt(laid_out, _ink(drawing, chars, undrawn))
    if kind is Kind.TEXT and _lacks_figures(laid_out):
        kind = Kind.PICTURE
    laid_out.doubt_cut(sides)
    return Found(laid_out, drawing.view.place, kind, printed)


def _kind(printed: int, hidden: int, is_paper: bool) -> Kind:
    """What a page is made of that shows and hides so many characters."""
    if is_paper and hidden >= max(printed, LEAST_TEXT):
        return Kind.LAYER
    return Kind.PICTURE if is_paper and printed < LEAST_TEXT else Kind.TEXT


def _is_paper(pictures: list[Box], sides: Box) -> bool:
    """Whether a picture takes so much of a page that it is the page."""
    whole = (sides[2] - sides[0]) * (sides[3] - sides[1])
    shown = ((min(b[2], sides[2]) - max(b[0], sides[0]), min(b[3], sides[3]) - max(b[1], sides[1])) for b in pictures)
    return sum(max(0.0, width) * max(0.0, height) for width, height in shown) > _PAPER * whole


def _is_garbled(text: int) -> bool:
    """Whether the fonts of a page do not tell which characters they show."""
    count = pdfium.count_chars(text)
    sample = range(0, count, max(1, count // _SAMPLE))
    faults = list(map(pdfium.is_unmapped, repeat(text), sample)).count(1)
    own = len([code for code in map(pdfium.get_unicode, repeat(text), sample) if 0xE000 <= code < 0xF900])
    return bool(faults + own > max(2, _GARBLED * len(sample)))


def _lacks_figures(page: Page) -> bool:
    """Whether the font of the figures alone does not tell which they are: its labels are of no use then."""
    cells = [cell.text for table in page.tables for row in table.rows for cell in row]
    untold = sum(UNCLEAR in text for text in cells)
    return untold >= _UNTOLD and untold > sum(any(map(str.isdigit, text)) for text in cells)


def _turn(text: int) -> int:
    """Quarter turns of most of the text on a page: a table set sideways is read sideways."""
    count = pdfium.count_chars(text)
    angles = list(map(pdfium.get_angle, repeat(text), range(0, count, max(1, count // 50))))
    if not any(angles):
        return 0
    turns = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def _doubt_digits(page: Page, notes: set[int], odd_sized: set[int]) -> None:
    """Mark the digits of notes beside those of the page, and those far smaller or larger than others."""
    for table in page.tables if notes or odd_sized else ():
        cells = [cell for row in table.rows for cell in row]
        digits = [char for cell in cells for char in _digits(cell)]
        most = _LARGE * median(map(_height, digits)) if digits else 0.0
        usual = _usual_heights(digits)
        for cell in cells:
            if odd := _odd_digits(_digits(cell), most, usual, notes):
                cell.chars = [_dim(char) if char in odd else char for char in cell.chars]
                cell.text = cell_text(cell.chars)


def _usual_heights(digits: list[Char]) -> dict[str, float]:
    """The height of each digit in its table, where that can be told: in some fonts not all of one size are as high."""
    heights: dict[str, list[float]] = defaultdict(list)
    for char in digits:
        heights[char.glyph].append(_height(char))
    known = {glyph: median(found) for glyph, found in heights.items() if len(found) >= _KNOWN}
    if known and min(known.values()) > _SMALLER * max(known.values()):
        return dict.fromkeys(heights, median(known.values())) | known
    return known


def _odd_digits(digits: list[Char], most: float, usual: dict[str, float], notes: set[int]) -> set[Char]:
    """The digits of a cell that may be none of its number."""
    least = _SMALL * max(map(_height, digits), default=0.0)
    sizes = {char: _height(char) / usual[char.glyph] for char in digits if usual.get(char.glyph)}
    small = _SMALLER * max(sizes.values(), default=0.0)
    odd = {char for char in digits if not least <= _height(char) <= most or sizes.get(char, small) < small}
    written = {char for char in digits if char.order in notes}
    return odd | written if len(written) < len(digits) else odd


def _digits(cell: LatticeCell) -> list[Char]:
    return [char for char in cell.chars if char.glyph in DIGITS]


def _height(char: Char) -> float:
    return char.y1 - char.y0


# -- notes and spoken text ---------------------------------------------------------------------------------------------


class Notes(Enum):
    """What annotations show on a page: nothing, something, or something in layers that may be off."""

    NONE = auto()
    SHOWN = auto()
    LAYERED = auto()


def _notes(page: int) -> tuple[Notes, list[loose.Note]]:
    """What annotations show, and those that nobody drew; those that are only printed are hidden for good."""
    found = Notes.NONE
    undrawn: list[loose.Note] = []
    for number in range(pdfium.count_annotations(page)):
        annotation = pdfium.get_annotation(page, number)
        if (kind := pdfium.get_subtype(annotation)) not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
            if pdfium.has_key(annotation, b"OC"):
                found = Notes.LAYERED
            elif found is Notes.NONE:
                found = Notes.SHOWN
            flags = pdfium.get_flags(annotation)
            if flags & raw.FPDF_ANNOT_FLAG_NOVIEW:
                pdfium.set_flags(annotation, flags := flags | raw.FPDF_ANNOT_FLAG_HIDDEN)
            if not flags & raw.FPDF_ANNOT_FLAG_HIDDEN and not pdfium.has_key(annotation, b"AP"):
                undrawn += _undrawn(annotation, kind)
        pdfium.close_annotation(annotation)
    return found, undrawn


_TEXTS = {raw.FPDF_ANNOT_FREETEXT: (b"Contents",), raw.FPDF_ANNOT_WIDGET: (b"V", b"Parent")}
_AREAS = frozenset((raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE))
_LINES = frozenset(
    (
        raw.FPDF_ANNOT_LINE,
        raw.FPDF_ANNOT_POLYGON,
        raw.FPDF_ANNOT_POLYLINE,
        raw.FPDF_ANNOT_STRIKEOUT,
        raw.FPDF_ANNOT_INK,
    )
)


def _undrawn(annotation: int, kind: int) -> Iterator[loose.Note]:
    """An annotation without an appearance, if viewers draw text, a filled area or lines for it.

    A field may have its value from its parent (ISO 32000-1, 12.5.6 and 12.7.3.1).
    """
    writes = any(pdfium.has_text(annotation, key) for key in _TEXTS.get(kind, ()))
    if writes or kind in _LINES or (kind in _AREAS and pdfium.has_key(annotation, b"IC")):
        pdfium.get_note_box(annotation, pdfium.SIDES.places[0])
        left, top, right, bottom = pdfium.SIDES.values
        yield loose.Note((left, bottom, right, top), writes)


def _is_struck_digit(char: Char) -> bool:
    return char.glyph[:1] in DIGITS and char.glyph[1:] == STRUCK


def _ink(drawing: Drawing, chars: list[Char], notes: list[loose.Note]) -> loose.Ink:
    """What a page draws beside texts and rulings."""
    thin = [(x0, y := (y0 + y1) / 2, x1, y) for x0, y0, x1, y1 in drawing.pictures if y1 - y0 <= THICK]
    cut = [char[:4] for char in chars if char.order in drawing.cut and _is_struck_digit(char)] if drawing.cut else []
    seen = [note._replace(box=drawing.view.box(*note.box)) for note in notes]
    return loose.Ink(drawing.strokes + thin, drawing.shapes + drawing.pictures, cut, seen)


def _by_glyphs(page: int, text: int, drawing: Drawing) -> tuple[int, set[int]]:
    """The text of a page by what its glyphs show, and the pieces of it that a mark names as other figures.

    A mark may replace a text for reading aloud (ActualText); what it says of figures is not taken for granted. Words
    are better told by it, for fonts confuse characters that look alike.
    """
    named = lru_cache(maxsize=None)(pdfium.has_actual_text)
    spoken = [(item, mark) for item, mark in ink.marks(drawing.marked) if named(mark)]
    if not spoken:
        return text, set()
    before = {item: squeeze(pdfium.object_text(item, text)) for item, _ in spoken}
    for item, mark in spoken:
        pdfium.remove_mark(item, mark)
    bare = pdfium.loaded(pdfium.load_text, page)
    after = {item: squeeze(pdfium.object_text(item, bare)) for item in before}
    renamed = {item for item in before if before[item] != after[item] and _has_figures(before[item] + after[item])}
    if not renamed:
        pdfium.close_text(bare)
        return text, set()
    pdfium.close_text(text)
    return bare, renamed


def _has_figures(text: str) -> bool:
    return any(sign in NUMERALS or sign in _SIGNS_OF_ABSENCE for sign in text)


# -- what is shown -----------------------------------------------------------------------------------------------------


class _Shown:
    """What becomes of the characters of a page: those it shows, and those it hides.

    `notes` and `odd_sized` are the numbers of characters that annotations write, and of digits of another size.
    """

    def __init__(
        self, page: int, text: int, drawing: Drawing, *, suspects: set[int], doubtful: set[int], noted: set[int]
    ) -> None:
        askew, across = ink.turned(drawing)
        odd = suspects | askew | across | doubtful | noted
        self.chars, flat, self.odd_sized = read_chars(text, drawing, by_word=drawing.view is UPRIGHT and not odd)
        self.hidden: list[Char] = []
        self.notes: set[int] = set()
        if not (odd or flat):
            return
        owners = {char.order: pdfium.get_text_object(text, char.order) or 0 for char in self.chars}
        suspects.update(map(owners.__getitem__, flat))
        contrasts = ink.contrasts(page, _boxes_of(suspects, owners, text))
        doubtful |= across
        read, self.chars = self.chars, []
        for char in read:
            item, contrast = owners[char.order], contrasts.get(char.order, _FAINT)
            if contrast < UNSEEN and not ink.is_clip(item):
                self.hidden.append(char)
            elif _is_doubtful(char, contrast, listed=item in doubtful):
                self.chars.append(_dim(char))
            elif item not in askew:
                self.chars.append(char)
        self.notes.update(order for order, item in owners.items() if item in noted)
        if self.hidden:
            self._doubt_hidden(drawing, set(drawing.texts).difference(owners.values()))

    def _doubt_hidden(self, drawing: Drawing, untold: set[int]) -> None:
        """Show the hidden figures over which a text is painted that PDFium tells nothing of, taking it for a copy."""
        boxes = loose.Boxes([box for item in untold if (box := drawing.box(item, drawing.matrices.get(item)))])
        again = {
            char
            for char in self.hidden
            if char.glyph in DIGITS and any(loose.common(char[:4], box) > _COPIED for box in boxes.near(char[:4]))
        }
        if again:
            self.chars = sorted([*self.chars, *map(_dim, again)], key=ORDER)
            self.hidden = [char for char in self.hidden if char not in again]


def _is_doubtful(char: Char, contrast: float, *, listed: bool) -> bool:
    """Whether a character may not be seen, or is of a figure that may be none."""
    return contrast < DOUBTFUL or ((listed or contrast < _FAINT) and _has_figures(char.glyph))


def _boxes_of(items: set[int], owners: dict[int, int], text: int) -> dict[int, list[tuple[int, Box]]]:
    """The characters of some pieces of text, with their boxes on the page."""
    found: dict[int, list[tuple[int, Box]]] = defaultdict(list)
    for order, item in owners.items():
        if item in items:
            found[item].append((order, _page_box(text, order)))
    return found


def _dim(char: Char) -> Char:
    return char._replace(glyph=char.glyph + DIM)


def _page_box(text: int, number: int) -> Box:
    """The box of a character in points of its page."""
    pdfium.get_box(text, number, *pdfium.MEASURES.places[:4])
    left, right, bottom, top, *_ = pdfium.MEASURES.values
    return (left, bottom, right, top) if left < right and bottom < top else loose_box(text, number)
