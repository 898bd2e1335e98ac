"""PDF files: tables from the rulings a page draws, text from the boxes of its characters.

Nothing in a PDF says "table" (ISO 32000-1 knows paths, 8.5, and shown text, 9.4), so a grid is rebuilt: lines and thin
rectangles are joined into rulings, rulings that touch make a lattice, and a cell is a rectangle no ruling crosses.
Pages are read by PDFium (its public headers fpdf_edit.h and fpdf_text.h name the calls), in a process of its own: a
hostile file can exhaust that process, not ours.
"""

import ctypes
import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.labels import clean

MAX_BYTES = 50_000_000
MAX_PAGES = 500
MAX_SECONDS = 10  # of processor time, so that a busy machine reads what an idle one reads
MAX_MEMORY = 2_000_000_000
_MEDIA_TYPE = "application/pdf"

# Points. Rulings come in pieces that miss each other by a hair, and pages of tables with spaced cells draw every line
# twice, up to 2.3 apart; the lowest row of print is 6 high.
_SNAP = 3.0
_THICK = 4.0  # a filled shape thicker than this is a background
_SHORT = 5.0
_EM = 0.5  # of a character's height: what stands further off is another line, or another word

_NUMBERED = re.compile(r"^[(（]?[一二三四五六七八九十\d]{1,3}[)）、.．,，]")
_FIGURES = re.compile(r"^[\d.,+\-—–/\\*％%]+$")
_FOLIO = re.compile(r"^[-—–·~第共]*\d{1,3}(?:页|[-—–·~])*(?:[/、第共,，]*\d{1,3}页?)?[-—–·~]*$")


def read(data: bytes) -> Document:
    """Parse a PDF with a text layer.

    Raises UnreadableFileError for what is encrypted, damaged, scanned, or larger than the limits of this module.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(f"{len(data)} bytes; expected at most {MAX_BYTES}", _MEDIA_TYPE)
    answer = _READER.ask(data)
    if "error" in answer:
        raise UnreadableFileError(answer["error"], _MEDIA_TYPE)
    document = Document(_MEDIA_TYPE, title=answer["title"])
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
        self.owner = 0

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
        if self.owner != os.getpid():  # a fork must not talk into its parent's pipes
            self.child = None
        if self.child is None or self.child.poll() is not None:
            code = "import sys; sys.path[:] = sys.argv[1:]; from extract.formats import pdf; pdf._serve()"
            self.child = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", code, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self.owner = os.getpid()
        return self.child

    def stop(self) -> None:
        """End the process, if this one started it."""
        if self.child is not None and self.owner == os.getpid():
            self.child.kill()
            self.child.communicate()
        self.child = None


_READER = _Reader()
atexit.register(_READER.stop)


def _serve() -> None:
    """Answer requests on standard input until it closes, within limits of memory and processor time."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    while header := sys.stdin.buffer.read(8):
        length, seconds = struct.unpack(">II", header)
        limit = int(time.process_time()) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        try:
            answer = _parse(sys.stdin.buffer.read(length))
        except UnreadableFileError as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _parse(data: bytes) -> dict[str, Any]:
    if data.rfind(b"%%EOF") < data.rfind(b"endobj"):
        raise UnreadableFileError("the PDF ends without its end mark (truncated?); expected a whole file")
    try:
        with pdfium.PdfDocument(data) as document:
            if len(document) > MAX_PAGES:
                raise UnreadableFileError(f"the PDF has {len(document)} pages; expected at most {MAX_PAGES}")
            pages = [_read_page(document, index) for index in range(len(document))]
    except pdfium.PdfiumError as error:
        fault = "encrypted" if "assword" in str(error) else "damaged"
        raise UnreadableFileError(f"the PDF is {fault}; expected one that opens without a password") from None
    if sum(page.printed for page in pages) < _LEAST_TEXT * len(pages):
        raise UnreadableFileError("the PDF has no text layer (scanned?); expected text that can be selected")
    _drop_furniture(pages)
    for above, below in pairwise(page.blocks for page in pages):
        if above and below and isinstance(above[-1], _Table) and isinstance(below[0], _Table):
            _mend_break(above[-1], below[0])
    return {"title": _title(pages[0]), "blocks": list(_flow(pages))}


# -- a page: what it shows and draws, in reading coordinates (x to the right, y down) --------------------------------


class _Char(NamedTuple):
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    glyph: str
    spaced: bool  # the file has white space before it
    index: int


class _Ruling(NamedTuple):
    at: float
    start: float
    end: float


class _Line(NamedTuple):
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    height: float


@dataclass(slots=True, eq=False)
class _Part:
    """A cell: the grid lines on its four sides, the characters in it."""

    top: int
    left: int
    bottom: int
    right: int
    x0: float = 0.0
    x1: float = 0.0
    chars: list[_Char] = field(default_factory=list)
    text: str = ""
    place: str = ""


@dataclass(slots=True, eq=False)
class _Table:
    y0: float
    y1: float
    rows: list[list[_Part]]


@dataclass(slots=True, eq=False)
class _Page:
    printed: int
    blocks: "list[_Line | _Table]"


class _View(NamedTuple):
    """The quarter turn between page coordinates (origin bottom left) and reading coordinates, y pointing down."""

    a: int
    b: int
    c: int
    d: int

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        left, right = self.a * x0 + self.b * y0, self.a * x1 + self.b * y1
        top, bottom = self.c * x0 + self.d * y0, self.c * x1 + self.d * y1
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)

    def place(self, page: int, box: tuple[float, float, float, float]) -> str:
        back = _View(self.a, self.c, self.b, self.d).box(*box)
        return f"page {page}, box " + ",".join(f"{value:.1f}" for value in back)


_VIEWS = (_View(1, 0, 0, -1), _View(0, 1, 1, 0), _View(-1, 0, 0, 1), _View(0, -1, -1, 0))


def _read_page(document: Any, index: int) -> _Page:
    page = document[index]
    if _has_fields(page):  # filled-in fields and notes are printed too: make them page content
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        page.close()
        page = document[index]
    text = page.get_textpage()
    try:
        view = _VIEWS[_turn(text)]
        drawing = _Drawing(page, view)
        chars = list(_chars(text, view, drawing))
        printed = len(chars)
    finally:
        text.close()
        page.close()
    tables: list[_Lattice] = []
    for lattice in sorted(_lattices(_join(drawing.across), _join(drawing.down)), key=lambda lattice: lattice.area):
        rest = lattice.fill(chars)
        # A box around a text, a line or a table is layout: what it holds is offered to the next larger one.
        if sum(bool(part.chars) for part in lattice.parts) > 1 and not any(map(lattice.frames, tables)):
            tables.append(lattice)
            chars = rest
    blocks = [*_lines(chars), *(lattice.table(view, index + 1) for lattice in tables)]
    return _Page(printed, sorted(blocks, key=lambda block: block.y0))


def _has_fields(page: Any) -> bool:
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
            return True
    return False


def _turn(text: Any) -> int:
    """Quarter turns of most of the text on a page: a table set sideways is read sideways."""
    count = raw.FPDFText_CountChars(text)
    angles = (raw.FPDFText_GetCharAngle(text, at) for at in range(0, count, max(1, count // 50)))
    turns = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def _chars(text: Any, view: _View, drawing: "_Drawing") -> Iterator[_Char]:
    """The characters one can see, with their boxes."""
    handle = text.raw
    box = [ctypes.c_double() for _ in range(4)]
    x0, x1, y0, y1 = box
    x, y = ctypes.c_double(), ctypes.c_double()
    box_references, origin_references = [ctypes.byref(side) for side in box], (ctypes.byref(x), ctypes.byref(y))
    get_unicode, get_box, get_origin = raw.FPDFText_GetUnicode, raw.FPDFText_GetCharBox, raw.FPDFText_GetCharOrigin
    upright = view is _VIEWS[0]
    spaced = False
    for index in range(raw.FPDFText_CountChars(handle)):
        code = get_unicode(handle, index)
        if code in _WHITE:
            spaced = spaced or code not in _LINE_ENDS
            continue
        get_box(handle, index, *box_references)
        get_origin(handle, index, *origin_references)
        glyph = "-" if code == _HYPHEN else chr(code)
        if code < _FIRST_LETTER and raw.FPDFText_HasUnicodeMapError(handle, index) == 1:
            glyph = "\ufffd"  # a shape without a meaning: whatever PDFium guesses, it must not pass for a digit
        if upright:
            sides = x0.value, -y1.value, x1.value, -y0.value
            base = -y.value
        else:
            sides = view.box(x0.value, y0.value, x1.value, y1.value)
            base = view.c * x.value + view.d * y.value
        if not (drawing.covers and drawing.is_covered(handle, index, sides)):
            yield _Char(*sides, base, glyph, spaced, index)
        spaced = False


class _Drawing:
    """The paths of a page: pieces of rulings, and fills that hide what was printed before them."""

    def __init__(self, page: Any, view: _View) -> None:
        self.view = view
        self.across: list[_Ruling] = []
        self.down: list[_Ruling] = []
        self.covers: list[tuple[int, float, float, float, float]] = []
        self.shown: list[tuple[int, Any]] = []
        self.order: dict[int, int] = {}
        self.sides = [ctypes.c_float() for _ in range(4)]
        self.references = [ctypes.byref(side) for side in self.sides]
        objects = _objects(raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, page.raw, None)
        for order, (item, kind, matrix) in enumerate(objects):
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                self.shown.append((order, item))
            elif kind == raw.FPDF_PAGEOBJ_PATH:
                self.add(order, item, matrix)

    def add(self, order: int, path: Any, matrix: "_Matrix | None") -> None:
        """Sort one path into rulings and covers."""
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(path, fill, stroke)
        if not (fill.value or stroke.value) or not raw.FPDFPageObj_GetBounds(path, *self.references):
            return
        left, bottom, right, top = (side.value for side in self.sides)
        x0, y0, x1, y1 = self.view.box(*_moved(matrix, left, bottom), *_moved(matrix, right, top))
        if x1 - x0 <= _THICK or y1 - y0 <= _THICK:
            if y1 - y0 <= _THICK:
                self.across.append(_Ruling((y0 + y1) / 2, x0, x1))
            if x1 - x0 <= _THICK:
                self.down.append(_Ruling((x0 + x1) / 2, y0, y1))
            return
        segments = raw.FPDFPath_CountSegments(path)
        if stroke.value or segments > _RECTANGLE:
            across, down = self.edges(path, segments, matrix)
            self.across += across if stroke.value else _between(across)
            self.down += down if stroke.value else _between(down)
        if fill.value and self.shown and segments <= _RECTANGLE and not raw.FPDFPageObj_HasTransparency(path):
            clip = raw.FPDFPageObj_GetClipPath(path)
            if raw.FPDFClipPath_CountPaths(clip) <= 0:
                self.covers.append((order, x0, y0, x1, y1))

    def edges(self, path: Any, segments: int, matrix: "_Matrix | None") -> tuple[list[_Ruling], list[_Ruling]]:
        """The horizontal and the vertical edges of a path."""
        own = _matrix(path, matrix)
        across: list[_Ruling] = []
        down: list[_Ruling] = []
        x, y = ctypes.c_float(), ctypes.c_float()
        start = last = (0.0, 0.0)
        for number in range(segments):
            segment = raw.FPDFPath_GetPathSegment(path, number)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = _moved(own, x.value, y.value)
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = last = point
                continue
            for here, there in (
                ((last, point), (point, start)) if raw.FPDFPathSegment_GetClose(segment) else ((last, point),)
            ):
                x0, y0, x1, y1 = self.view.box(*here, *there)
                if kind == raw.FPDF_SEGMENT_LINETO and y1 - y0 <= 1 < x1 - x0:
                    across.append(_Ruling((y0 + y1) / 2, x0, x1))
                elif kind == raw.FPDF_SEGMENT_LINETO and x1 - x0 <= 1 < y1 - y0:
                    down.append(_Ruling((x0 + x1) / 2, y0, y1))
            last = point
        return across, down

    def is_covered(self, text: Any, index: int, sides: tuple[float, float, float, float]) -> bool:
        """Whether a fill was painted over a character after it was shown: a number corrected by hand."""
        x, y = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
        over = max((order for order, x0, y0, x1, y1 in self.covers if x0 < x < x1 and y0 < y < y1), default=-1)
        if over < 0:
            return False
        if not self.order:
            self.order = {ctypes.addressof(item.contents): order for order, item in self.shown}
        item = raw.FPDFText_GetTextObject(text, index)
        return bool(item) and self.order.get(ctypes.addressof(item.contents), over) < over


_Matrix = tuple[float, float, float, float, float, float]


def _objects(
    count: Callable[[Any], int], get: Callable[[Any, int], Any], container: Any, matrix: _Matrix | None, depth: int = 0
) -> Iterator[tuple[Any, int, _Matrix | None]]:
    """Everything painted, in painting order, with the matrix of the form XObjects it sits in."""
    for number in range(count(container)):
        item = get(container, number)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
            inner = _matrix(item, matrix)
            yield from _objects(raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, item, inner, depth + 1)
        else:
            yield item, kind, matrix


def _matrix(item: Any, outer: _Matrix | None) -> _Matrix:
    found = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, found)
    a, b, c, d, e, f = found.a, found.b, found.c, found.d, found.e, found.f
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


def _between(edges: list[_Ruling]) -> list[_Ruling]:
    """The rulings that a filled outline draws: the strips between edges that run close together."""
    edges = sorted(edges)
    found = []
    for number, edge in enumerate(edges):
        for other in islice(edges, number + 1, number + 1 + _NEIGHBOURS):
            if other.at - edge.at > _THICK:
                break
            start, end = max(edge.start, other.start), min(edge.end, other.end)
            if start < end:
                found.append(_Ruling((edge.at + other.at) / 2, start, end))
    return found


def _join(pieces: list[_Ruling]) -> list[_Ruling]:
    """Whole rulings from pieces that are nearly in line and nearly touch."""
    pieces = sorted(pieces)
    found: list[_Ruling] = []
    first = 0
    for last in range(1, len(pieces) + 1):
        if last < len(pieces) and pieces[last].at - pieces[first].at <= _SNAP:
            continue
        group = sorted(pieces[first:last], key=lambda piece: piece.start)
        at = sum(piece.at for piece in group) / len(group)
        start, end = group[0].start, group[0].end
        for piece in group[1:]:
            if piece.start > end + _SNAP:
                found.append(_Ruling(at, start, end))
                start, end = piece.start, piece.end
            end = max(end, piece.end)
        found.append(_Ruling(at, start, end))
        first = last
    return [ruling for ruling in found if ruling.end - ruling.start >= _SHORT]


# -- lattices --------------------------------------------------------------------------------------------------------


def _lattices(across: list[_Ruling], down: list[_Ruling]) -> Iterator["_Lattice"]:
    """Rulings that hang together, directly or through others."""
    touching: dict[int, list[int]] = defaultdict(list)  # down as -1, -2, ...
    for i, (y, x0, x1) in enumerate(across):
        for j, (x, y0, y1) in enumerate(down):
            if x0 - _SNAP <= x <= x1 + _SNAP and y0 - _SNAP <= y <= y1 + _SNAP:
                touching[i].append(~j)
                touching[~j].append(i)
    seen: set[int] = set()
    for start in list(touching):
        if start not in seen:
            seen.add(start)
            group = [start]
            for member in group:
                group += (fresh := [other for other in touching[member] if other not in seen])
                seen.update(fresh)
            lattice = _Lattice([across[i] for i in group if i >= 0], [down[~i] for i in group if i < 0])
            if len(lattice.parts) > 1:
                yield lattice


class _Lattice:
    """A grid of rulings and the cells in it. Sides the page leaves open, at a page break or by design, are closed."""

    def __init__(self, across: list[_Ruling], down: list[_Ruling]) -> None:
        self.xs = _levels([r.at for r in down], [r.start for r in across], [r.end for r in across])
        self.ys = _levels([r.at for r in across], [r.start for r in down], [r.end for r in down])
        self.x0, self.x1, self.y0, self.y1 = self.xs[0], self.xs[-1], self.ys[0], self.ys[-1]
        self.area = (self.x1 - self.x0) * (self.y1 - self.y0)
        columns, rows = len(self.xs) - 1, len(self.ys) - 1
        if columns * rows > MAX_CELLS:
            raise UnreadableFileError(f"a table has more than {MAX_CELLS} cells; expected a few hundred")
        right, below = _walls(down, self.xs, self.ys), _walls(across, self.ys, self.xs)
        self.owner: list[list[_Part | None]] = [[None] * columns for _ in range(rows)]
        self.parts: list[_Part] = []
        for top in range(rows):
            for left in range(columns):
                if self.owner[top][left] is None:
                    part = _Part(top, left, top + 1, left + 1)
                    while part.right < columns and not self.owner[top][part.right] and (part.right, top) not in right:
                        part.right += 1
                    span = range(left, part.right)
                    while (
                        part.bottom < rows
                        and not any(
                            (part.bottom, column) in below or self.owner[part.bottom][column] for column in span
                        )
                        and not any((column, part.bottom) in right for column in span[1:])
                    ):
                        part.bottom += 1
                    for row in range(top, part.bottom):
                        self.owner[row][left : part.right] = [part] * len(span)
                    self.parts.append(part)

    def frames(self, other: "_Lattice") -> bool:
        """Whether one of the cells holds a whole other table."""
        return any(
            self.xs[p.left] < other.x0
            and other.x1 < self.xs[p.right]
            and self.ys[p.top] < other.y0
            and other.y1 < self.ys[p.bottom]
            for p in self.parts
        )

    def fill(self, chars: list[_Char]) -> list[_Char]:
        """Put characters into the cells that hold their middle; the others are returned."""
        rest = []
        for char in chars:
            x, y = (char.x0 + char.x1) / 2, (char.y0 + char.y1) / 2
            if not (self.x0 < x < self.x1 and self.y0 < y < self.y1):
                rest.append(char)
                continue
            row, column = bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1
            part = self.owner[row][column]
            assert part is not None
            part.chars.append(char)
            slack = (char.x1 - char.x0) / 4
            if (
                char.glyph.isdigit()
                and not self.xs[part.left] - slack < char.x0 < char.x1 < self.xs[part.right] + slack
            ):
                self.crossed.append((row, char))
        return rest

    def table(self, view: _View, page: int) -> _Table:
        """The cells with their text, in rows of those that begin at the same height."""
        self.heal()
        rows: dict[int, list[_Part]] = defaultdict(list)
        for part in self.parts:
            box = self.xs[part.left], self.ys[part.top], self.xs[part.right], self.ys[part.bottom]
            part.x0, part.x1 = box[0], box[2]
            part.place = view.place(page, box)
            part.text = clean("\n".join(line.text for line in _lines(part.chars)))
            rows[part.top].append(part)
        return _Table(self.y0, self.y1, [sorted(rows[top], key=lambda part: part.left) for top in sorted(rows)])
