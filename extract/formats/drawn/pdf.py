"""PDF files: tables from the rulings a page draws, text from the boxes of its characters.

Nothing in a PDF says "table" (ISO 32000-1 knows paths, 8.5, and shown text, 9.4), so a grid is rebuilt:
lines, thin rectangles and outlines become pieces of rulings, and `extract.formats.drawn.lattice` makes cells of them.
Pages are read by PDFium (its public headers fpdf_edit.h and fpdf_text.h name the calls), in a process of its own: a
hostile file can exhaust that process, not ours.
"""

import atexit
import ctypes
import gc
import json
import math
import os
import re
import resource
import struct
import subprocess
import sys
import threading
import time
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from itertools import islice, repeat
from operator import and_, attrgetter, lt, neg
from typing import Any, NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.formats.drawn import image
from extract.formats.drawn.box_font import BoxFont
from extract.formats.drawn.lattice import (
    GUESSED_SPACE,
    NO_SPACE,
    NUMERALS,
    SPACE,
    UNCLEAR,
    Box,
    Char,
    Line,
    Page,
    Ruling,
    Table,
    drop_furniture,
    flow,
    lay_out,
    mend_breaks,
    title,
)
from extract.formats.text.rows import read_lines
from extract.vocabulary import vocabulary

MAX_BYTES = 50_000_000
MAX_PAGES = 500
MAX_SECONDS = 10  # of processor time, so that a busy machine reads what an idle one reads
MAX_MEMORY = 2_000_000_000
LEAST_TEXT = 16  # characters a page: a scan may bear a page number or the mark of its scanner

_LEAST_ROWS = 10  # of a table without rulings: prose may have a line of figures

_MEDIA_TYPE = "application/pdf"
_THICK = 4.0  # points; what is filled wider than this is a background, not a ruling
_RECTANGLE = 5  # segments
_AT_EDGE = 2.0  # points; no printer reaches there
_BAND = 16.0
_OBJECTS = 100_000  # no document of ours has cycles worth a look for them every few hundred characters
_FAR = 15_000.0  # the largest page there is (ISO 32000-1, annex C.2)
_DEPTH = 8  # of form XObjects in each other
_NEIGHBOURS = 8  # edges of one outline looked at for the other side of a ruling
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


def read(data: bytes) -> Document:
    """Parse a PDF. Where it draws no table, white space in its lines parts cells.

    One without a text layer is read by what can be recognised in its pictures (`extract.formats.drawn.image`).

    Raises UnreadableFileError for what is encrypted, damaged, scanned while the extra `ocr` is not installed, or larger
    than the limits of this module.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(f"{len(data)} bytes; expected at most {MAX_BYTES}", _MEDIA_TYPE)
    answer = _READER.ask(data)
    if "error" in answer:
        raise UnreadableFileError(answer["error"], _MEDIA_TYPE)
    if "scanned" in answer:
        return image.read(data, _MEDIA_TYPE)
    document = Document(_MEDIA_TYPE, title=answer["title"])
    if answer["lines"]:
        texts, places = zip(*answer["lines"], strict=True)
        document.blocks = read_lines([*texts], [*places], vocabulary())
        if sum(len(grid.rows) for grid in document.grids) >= _LEAST_ROWS:
            document.doubt = "unruled_table"
            return document
        document.blocks.clear()
    for block in answer["blocks"]:
        if isinstance(block, str):
            document.blocks.append(block)
        else:
            rows = [[Cell(*cell) for cell in row] for row in block]
            document.blocks.append(Grid(len(document.grids) + 1, rows, spans_known=True))
    return document


# -- the reading process -------------------------------------------------------------------------------------------


class _Reader:
    """The process that holds PDFium: one request at a time, started when first needed, replaced when it dies."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None

    def ask(self, data: bytes) -> dict[str, Any]:
        """What `_serve` answers: JSON, so that a process a file has taken over can tell lies but not run code here."""
        with self.lock:
            child = self._running()
            assert child.stdin
            assert child.stdout
            try:
                child.stdin.write(struct.pack(">II", len(data), MAX_SECONDS) + data)
                child.stdin.flush()
                answer: dict[str, Any] = json.loads(child.stdout.readline())
            except (OSError, ValueError):
                self.stop()
                raise UnreadableFileError(
                    f"PDFium gave up on the PDF; expected one it reads in {MAX_SECONDS} s and {MAX_MEMORY} bytes",
                    _MEDIA_TYPE,
                ) from None
            return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self.child is None or self.child.poll() is not None:
            self.stop()
            code = "import sys; sys.path[:] = sys.argv[1:]; from extract.formats.drawn import pdf; pdf._serve()"
            self.child = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", code, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self.child

    def stop(self) -> None:
        """End the process."""
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
            self.child = None


_READER = _Reader()
atexit.register(_READER.stop)
# A fork must neither talk into the pipes of its parent nor wait for a lock its parent's threads held.
os.register_at_fork(after_in_child=_READER.__init__)  # type: ignore[misc]


def _serve() -> None:
    """Answer requests on standard input until it closes, within limits of memory and processor time."""
    _limit(resource.RLIMIT_AS, MAX_MEMORY)
    BoxFont().setup()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    while header := sys.stdin.buffer.read(8):
        length, seconds = struct.unpack(">II", header)
        _limit(resource.RLIMIT_CPU, int(time.process_time()) + seconds + 1)
        try:
            answer = _parse(sys.stdin.buffer.read(length))
        except UnreadableFileError as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _parse(data: bytes) -> dict[str, Any]:
    if data.rfind(b"%%EOF") < data.rfind(b"endobj"):
        raise UnreadableFileError("the PDF ends without its end mark (truncated?); expected a whole file")
    try:
        with pdfium.PdfDocument(data) as document:
            if len(document) > MAX_PAGES:
                raise UnreadableFileError(f"the PDF has {len(document)} pages; expected at most {MAX_PAGES}")
            handle = ctypes.cast(document.raw, ctypes.c_void_p).value or 0
            found = [_read_page(handle, index) for index in range(len(document))]
    except pdfium.PdfiumError as error:
        fault = "encrypted" if "assword" in str(error) else "damaged"
        raise UnreadableFileError(f"the PDF is {fault}; expected one that opens without a password") from None
    if sum(printed for _, _, printed in found) < LEAST_TEXT * len(found):
        return {"scanned": True}
    pages = [page for page, _, _ in found]
    drop_furniture(pages)
    mend_breaks(pages)
    drawn = [(number, block) for number, page in enumerate(pages) for block in page.blocks]
    lines = []
    if not any(isinstance(block, Table) for _, block in drawn):
        views = [view for _, view, _ in found]
        lines = [(b.text, views[n].place(n + 1, (b.x0, b.y0, b.x1, b.y1))) for n, b in drawn if isinstance(b, Line)]
    blocks = flow(pages, lambda page, box: found[page][1].place(page + 1, box))
    return {"title": title(pages[0]), "blocks": list(blocks), "lines": lines}


# -- PDFium by plain addresses -----------------------------------------------------------------------------------------
#
# A page takes thousands of calls. Handles go in and out of them as integers, which is several times as fast as an
# object around each, and numbers are written to places made once. The lock of the interpreter is kept: the reading
# process has one thread.


def _call(function: Any, *more: Any, result: Any = ctypes.c_int) -> Callable[..., Any]:
    """A function of PDFium that takes a handle; what follows it are C ints and places, unless said otherwise."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    return ctypes.PYFUNCTYPE(result, ctypes.c_void_p, *more)(address or 0)


class _Numbers:
    """An array PDFium writes into; `places` are the addresses of its numbers."""

    def __init__(self, kind: Any, count: int) -> None:
        self.values: array[Any] = array(kind._type_, bytes(ctypes.sizeof(kind) * count))
        target = (kind * count).from_buffer(self.values)
        self.places = [ctypes.byref(target, ctypes.sizeof(kind) * number) for number in range(count)]


_BLOCK = 1024  # characters measured at a time
_MEASURES = _Numbers(ctypes.c_double, 6 * _BLOCK)
_SIDES = _Numbers(ctypes.c_float, 4)
_SIDES_OF_WORD = _Numbers(ctypes.c_double, 4)
_MODES = _Numbers(ctypes.c_int, 2)
_MATRIX = _Numbers(ctypes.c_float, 6)

_load_page = _call(raw.FPDF_LoadPage, result=ctypes.c_void_p)
_close_page = _call(raw.FPDF_ClosePage, result=None)
_get_page_box = _call(raw.FPDF_GetPageBoundingBox)
_count_annotations = _call(raw.FPDFPage_GetAnnotCount)
_get_annotation = _call(raw.FPDFPage_GetAnnot, result=ctypes.c_void_p)
_get_subtype = _call(raw.FPDFAnnot_GetSubtype)
_close_annotation = _call(raw.FPDFPage_CloseAnnot, result=None)
_flatten = _call(raw.FPDFPage_Flatten)
_load_text = _call(raw.FPDFText_LoadPage, result=ctypes.c_void_p)
_close_text = _call(raw.FPDFText_ClosePage, result=None)
_count_chars = _call(raw.FPDFText_CountChars)
_get_text = _call(raw.FPDFText_GetText)
_get_unicode = _call(raw.FPDFText_GetUnicode)
_is_unmapped = _call(raw.FPDFText_HasUnicodeMapError)
_is_generated = _call(raw.FPDFText_IsGenerated)
_get_angle = _call(raw.FPDFText_GetCharAngle, result=ctypes.c_float)
_get_box = _call(raw.FPDFText_GetCharBox)
_get_loose_box = _call(raw.FPDFText_GetLooseCharBox)
_get_origin = _call(raw.FPDFText_GetCharOrigin)
_count_rectangles = _call(raw.FPDFText_CountRects)
_get_rectangle = _call(raw.FPDFText_GetRect)
_get_text_object = _call(raw.FPDFText_GetTextObject, result=ctypes.c_void_p)
_count_objects = _call(raw.FPDFPage_CountObjects)
_get_object = _call(raw.FPDFPage_GetObject, result=ctypes.c_void_p)
_count_inner_objects = _call(raw.FPDFFormObj_CountObjects)
_get_inner_object = _call(raw.FPDFFormObj_GetObject, ctypes.c_ulong, result=ctypes.c_void_p)
_get_type = _call(raw.FPDFPageObj_GetType)
_get_matrix = _call(raw.FPDFPageObj_GetMatrix)
_get_bounds = _call(raw.FPDFPageObj_GetBounds)
_get_clip = _call(raw.FPDFPageObj_GetClipPath, result=ctypes.c_void_p)
_count_clips = _call(raw.FPDFClipPath_CountPaths)
_is_transparent = _call(raw.FPDFPageObj_HasTransparency)
_get_draw_mode = _call(raw.FPDFPath_GetDrawMode)
_count_segments = _call(raw.FPDFPath_CountSegments)
_get_segment = _call(raw.FPDFPath_GetPathSegment, result=ctypes.c_void_p)
_get_point = _call(raw.FPDFPathSegment_GetPoint)
_get_segment_type = _call(raw.FPDFPathSegment_GetType)
_closes = _call(raw.FPDFPathSegment_GetClose)


# -- pages ----------------------------------------------------------------------------------------------------------


class _View(NamedTuple):
    """The quarter turn between page coordinates (origin bottom left) and reading coordinates, y pointing down."""

    a: int
    b: int
    c: int
    d: int

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        left, right = self.a * x0 + self.b * y0, self.a * x1 + self.b * y1
        top, bottom = self.c * x0 + self.d * y0, self.c * x1 + self.d * y1
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)

    def place(self, page: int, box: Box) -> str:
        """Where a box in reading coordinates lies on its page."""
        x0, y0, x1, y1 = box
        if self is _UPRIGHT:
            y0, y1 = 0.0 - y1, 0.0 - y0
        else:
            x0, y0, x1, y1 = _BACK[self].box(*box)
        return f"page {page}, box {x0:.1f},{y0:.1f},{x1:.1f},{y1:.1f}"


_UPRIGHT = _View(1, 0, 0, -1)
_VIEWS = (_UPRIGHT, _View(0, -1, -1, 0), _View(-1, 0, 0, 1), _View(0, 1, 1, 0))  # PDFium turns clockwise
_BACK = {view: _View(view.a, view.c, view.b, view.d) for view in _VIEWS}


def _read_page(document: int, index: int) -> tuple[Page, _View, int]:
    """A page, the way it is turned, and how many characters it shows."""
    page = text = 0
    try:
        page = _loaded(_load_page, document, index)
        if _has_fields(page):  # filled-in fields and notes are printed too: make them page content
            _flatten(page, raw.FLAT_NORMALDISPLAY)
            _close_page(page)
            page = 0
            page = _loaded(_load_page, document, index)
        text = _loaded(_load_text, page)
        view = _VIEWS[_turn(text)]
        drawing = _Drawing(page, view)
        chars = _chars(text, drawing)
        if drawing.covers:
            chars = list(drawing.uncovered(chars, text))
        _get_page_box(page, _SIDES.places[0])
        left, top, right, bottom = _SIDES.values
    finally:
        _close_text(text)
        _close_page(page)
    laid_out = lay_out(index, chars, drawing.across, drawing.down)
    _doubt_cut(laid_out, view.box(left, bottom, right, top))
    return laid_out, view, sum(len(char.glyph) for char in chars)


def _loaded(load: Callable[..., int | None], *arguments: int) -> int:
    handle = load(*arguments)
    if handle is None:
        raise pdfium.PdfiumError("a page cannot be loaded")
    return handle


def _doubt_cut(page: Page, sides: Box) -> None:
    """Mark the figures of cells that reach the edge of the paper: a table wider than it is cut there."""
    for part in (part for block in page.blocks if isinstance(block, Table) for row in block.rows for part in row):
        at_edge = part.box[0] < sides[0] + _AT_EDGE or part.box[2] > sides[2] - _AT_EDGE
        if at_edge and (not part.text or any(map(str.isdigit, part.text))):
            part.text += UNCLEAR


def _has_fields(page: int) -> bool:
    for number in range(_count_annotations(page)):
        annotation = _get_annotation(page, number)
        kind = _get_subtype(annotation)
        _close_annotation(annotation)
        if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
            return True
    return False


def _turn(text: int) -> int:
    """Quarter turns of most of the text on a page: a table set sideways is read sideways."""
    count = _count_chars(text)
    angles = list(map(_get_angle, repeat(text), range(0, count, max(1, count // 50))))
    if not any(angles):
        return 0
    turns = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def _chars(text: int, drawing: "_Drawing") -> list[Char]:
    """The characters that are not white, with their boxes."""
    total = _count_chars(text)
    glyphs = _glyphs(text, total)
    told = list(glyphs)
    signs = [found.start() for found in _SIGNS.finditer(glyphs)]
    for at, fault in zip(signs, map(_is_unmapped, repeat(text), signs), strict=True):
        if fault == 1 or not " " <= told[at] < _LETTERS:
            told[at] = "-" if told[at] == _HYPHEN else UNCLEAR
    spaces = [NO_SPACE] * (total + 1)
    for found in _BLANKS.finditer(glyphs):
        real = any(_is_generated(text, at) != 1 for at in range(*found.span()) if glyphs[at] not in _LINE_ENDS)
        spaces[found.end()] = SPACE if real else GUESSED_SPACE
    words, seen = _words(text, glyphs, drawing, spaces)
    x0, x1, y0, y1, x, y = fields = [array("d") for _ in range(6)]
    for start in range(0, len(seen), _BLOCK):
        block = seen[start : start + _BLOCK]
        places = [_MEASURES.places[n : n + len(block)] for n in range(0, 6 * _BLOCK, _BLOCK)]
        deque(map(_get_box, repeat(text), block, *places[:4]), maxlen=0)
        deque(map(_get_origin, repeat(text), block, *places[4:]), maxlen=0)
        for field, first in zip(fields, range(0, 6 * _BLOCK, _BLOCK), strict=True):
            field.extend(_MEASURES.values[first : first + len(block)])
    for n, extends in enumerate(map(and_, map(lt, x0, x1), map(lt, y0, y1))):
        if not extends:
            x0[n], y0[n], x1[n], y1[n] = _loose_box(text, seen[n])
    shown, gaps = map(told.__getitem__, seen), map(spaces.__getitem__, seen)
    view = drawing.view
    if view is not _UPRIGHT:
        return [
            Char(*view.box(*sides), view.c * x + view.d * y, sign, gap, at)
            for *sides, x, y, sign, gap, at in zip(x0, y0, x1, y1, x, y, shown, gaps, seen, strict=True)
        ]
    # Nothing is turned, but y points down.
    chars = zip(x0, map(neg, y1), x1, map(neg, y0), map(neg, y), shown, gaps, seen, strict=True)
    words += map(tuple.__new__, repeat(Char), chars)  # Char._make, twice as fast
    return sorted(words, key=attrgetter("order"))


def _words(text: int, glyphs: str, drawing: "_Drawing", spaces: list[int]) -> tuple[list[Char], list[int]]:
    """Words that can be taken whole, which is most of a page in a few calls, and the numbers of all other characters.

    They hold no digit, stand upright on one line, and nothing is drawn through them.
    """
    words: list[Char] = []
    others: list[str] = []
    end = 0
    for found in _WORDS.finditer(glyphs) if drawing.view is _UPRIGHT else ():
        first, behind = found.span()
        rectangles = [
            tuple(_SIDES_OF_WORD.values)
            for number in range(_count_rectangles(text, first, behind - first))
            if _get_rectangle(text, number, *_SIDES_OF_WORD.places)
        ]
        if not rectangles:
            continue
        lefts, tops, rights, bottoms = zip(*rectangles, strict=True)
        x0, y0, x1, y1 = min(lefts), -max(tops), max(rights), -min(bottoms)
        size = (behind - first) * (y1 - y0)
        if _NARROW * size < x1 - x0 < _WIDE * size and not drawing.cuts(x0, y0, x1, y1):
            _get_origin(text, first, *_MEASURES.places[:2])
            word = (x0, y0, x1, y1, -_MEASURES.values[1], found[0], spaces[first], first)
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
    _get_text(text, 0, count, units)
    glyphs = bytes(units)[: 2 * count].decode("utf-16-le", "replace")
    if len(glyphs) == count and _UNMAPPED not in glyphs and UNCLEAR not in glyphs:
        return glyphs
    return "".join(chr(max(0, code)) for code in map(_get_unicode, repeat(text), range(count)))


def _loose_box(text: int, index: int) -> tuple[float, float, float, float]:
    """The box of a glyph without extent, which still has its place."""
    _get_loose_box(text, index, _SIDES.places[0])
    left, top, right, bottom = _SIDES.values
    return left, bottom, right, top


class _Drawing:
    """The paths of a page: pieces of rulings, and fills that hide what was printed before them."""

    def __init__(self, page: int, view: _View) -> None:
        self.view = view
        self.across: list[Ruling] = []
        self.down: list[Ruling] = []
        self.covers: dict[int, list[tuple[int, float, float, float, float]]] = defaultdict(list)  # by bands of the page
        self.order: dict[int, int] = {}  # of the pieces of text
        self.take(_count_objects, _get_object, page, None)
        self.columns = sorted({ruling.at for ruling in self.down})
        self.top = min((ruling.start for ruling in self.down), default=_FAR)
        self.bottom = max((ruling.end for ruling in self.down), default=-_FAR)

    def take(
        self,
        count: Callable[[int], int],
        get: Callable[[int, int], int],
        container: int,
        matrix: "_Matrix | None",
        depth: int = 0,
    ) -> None:
        """Everything painted, in painting order; `matrix` is that of the form XObjects around it."""
        items = list(map(get, repeat(container), range(count(container))))
        for item, kind in zip(items, map(_get_type, items), strict=True):
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                self.order[item] = len(self.order)
            elif kind == raw.FPDF_PAGEOBJ_PATH:
                self.add(item, matrix)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
                self.take(_count_inner_objects, _get_inner_object, item, _matrix(item, matrix), depth + 1)

    def add(self, path: int, matrix: "_Matrix | None") -> None:
        """Sort one path into rulings and covers."""
        _get_draw_mode(path, *_MODES.places)
        fill, stroke = _MODES.values
        if not (fill or stroke) or not _get_bounds(path, *_SIDES.places):
            return
        left, bottom, right, top = _SIDES.values
        if matrix is not None:
            left, bottom, right, top = *_moved(matrix, left, bottom), *_moved(matrix, right, top)
        x0, y0, x1, y1 = self.view.box(left, bottom, right, top)
        if x1 - x0 <= _THICK or y1 - y0 <= _THICK:
            if y1 - y0 <= _THICK:
                self.across.append(Ruling((y0 + y1) / 2, x0, x1))
            if x1 - x0 <= _THICK:
                self.down.append(Ruling((x0 + x1) / 2, y0, y1))
            return
        segments = _count_segments(path)
        if stroke or segments > _RECTANGLE:
            across, down = self.edges(path, segments, matrix)
            self.across += across if stroke else _between(across)
            self.down += down if stroke else _between(down)
        is_plain = fill and segments <= _RECTANGLE and not _is_transparent(path) and _count_clips(_get_clip(path)) <= 0
        if is_plain and self.order:
            for band in range(int(max(y0, -_FAR) // _BAND), int(min(y1, _FAR) // _BAND) + 1):
                self.covers[band].append((len(self.order), x0, y0, x1, y1))

    def edges(self, path: int, segments: int, matrix: "_Matrix | None") -> tuple[list[Ruling], list[Ruling]]:
        """The horizontal and the vertical edges of a path."""
        own = _matrix(path, matrix)
        across: list[Ruling] = []
        down: list[Ruling] = []
        start = last = (0.0, 0.0)
        for segment in map(_get_segment, repeat(path), range(segments)):
            _get_point(segment, *_SIDES.places[:2])
            point = _moved(own, *_SIDES.values[:2])
            kind = _get_segment_type(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = last = point
                continue
            for here, there in ((last, point), (point, start)) if _closes(segment) else ((last, point),):
                x0, y0, x1, y1 = self.view.box(*here, *there)
                if kind == raw.FPDF_SEGMENT_LINETO and y1 - y0 <= 1 < x1 - x0:
                    across.append(Ruling((y0 + y1) / 2, x0, x1))
                elif kind == raw.FPDF_SEGMENT_LINETO and x1 - x0 <= 1 < y1 - y0:
                    down.append(Ruling((x0 + x1) / 2, y0, y1))
            last = point
        return across, down

    def cuts(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Whether a vertical ruling runs through a box, or a cover may hide a part of it."""
        if self.covers and any(
            x0 < right and left < x1 and y0 < bottom and top < y1
            for band in range(int(y0 // _BAND), int(y1 // _BAND) + 1)
            for _, left, top, right, bottom in self.covers.get(band, ())
        ):
            return True
        at = bisect_right(self.columns, x0)
        if at == len(self.columns) or self.columns[at] >= x1 or y1 < self.top or y0 > self.bottom:
            return False
        return any(x0 < ruling.at < x1 and ruling.start < y1 and y0 < ruling.end for ruling in self.down)

    def uncovered(self, chars: list[Char], text: int) -> Iterator[Char]:
        """The characters no fill was painted over after they were shown, as over a number corrected by hand."""
        covers, orders = self.covers, self.order
        for char in chars:
            x, y = (char.x0 + char.x1) / 2, (char.y0 + char.y1) / 2
            over = -1
            for order, x0, y0, x1, y1 in covers.get(int(y // _BAND), ()):
                if x0 < x < x1 and y0 < y < y1:
                    over = order
            if over < 0 or orders.get(_get_text_object(text, char.order) or 0, over) >= over:
                yield char


_Matrix = tuple[float, float, float, float, float, float]


def _matrix(item: int, outer: _Matrix | None) -> _Matrix:
    _get_matrix(item, _MATRIX.places[0])
    a, b, c, d, e, f = _MATRIX.values
    if outer is None:
        return a, b, c, d, e, f
    a2, b2, c2, d2, e2, f2 = outer
    return (
        a * a2 + b * c2, a * b2 + b * d2, c * a2 + d * c2, c * b2 + d * d2, e * a2 + f * c2 + e2, e * b2 + f * d2 + f2,
    )  # fmt: skip


def _moved(matrix: _Matrix | None, x: float, y: float) -> tuple[float, float]:
    if matrix is None:
        return x, y
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _between(edges: list[Ruling]) -> list[Ruling]:
    """The rulings that a filled outline draws: the strips between edges that run close together."""
    edges = sorted(edges)
    found = []
    for number, edge in enumerate(edges):
        for other in islice(edges, number + 1, number + 1 + _NEIGHBOURS):
            if other.at - edge.at > _THICK:
                break
            start, end = max(edge.start, other.start), min(edge.end, other.end)
            if start < end:
                found.append(Ruling((edge.at + other.at) / 2, start, end))
    return found
