"""The paths of a page (ISO 32000-1, 8.5): lines, thin rectangles and outlines become pieces of rulings."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice, repeat

from pypdfium2 import raw

from extract.formats.drawn import pdfium
from extract.formats.drawn.lattice import Ruling
from extract.formats.drawn.lines import Char
from extract.formats.drawn.view import Box, View

_THICK = 4.0  # points; what is filled wider than this is a background, not a ruling
_RECTANGLE = 5  # segments
_BAND = 16.0
_FAR = 15_000.0  # the largest page there is (ISO 32000-1, annex C.2)
_DEPTH = 8  # of form XObjects in each other
_NEIGHBOURS = 8  # edges of one outline looked at for the other side of a ruling


class Drawing:
    """The paths of a page: pieces of rulings, and fills that hide what was printed before them."""

    def __init__(self, page: int, view: View) -> None:
        self.view = view
        self.across: list[Ruling] = []
        self.down: list[Ruling] = []
        self.covers: dict[int, list[tuple[int, float, float, float, float]]] = defaultdict(list)  # by bands of the page
        self.order: dict[int, int] = {}  # of the pieces of text
        self.take(pdfium.count_objects, pdfium.get_object, page, None)
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
        for item, kind in zip(items, map(pdfium.get_type, items), strict=True):
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                self.order[item] = len(self.order)
            elif kind == raw.FPDF_PAGEOBJ_PATH:
                self.add(item, matrix)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
                self.take(pdfium.count_inner_objects, pdfium.get_inner_object, item, _matrix(item, matrix), depth + 1)

    def add(self, path: int, matrix: "_Matrix | None") -> None:
        """Sort one path into rulings and covers."""
        pdfium.get_draw_mode(path, *pdfium.MODES.places)
        fill, stroke = pdfium.MODES.values
        if not (fill or stroke) or not pdfium.get_bounds(path, *pdfium.SIDES.places):
            return
        left, bottom, right, top = pdfium.SIDES.values
        if matrix is not None:
            left, bottom, right, top = *_moved(matrix, left, bottom), *_moved(matrix, right, top)
        x0, y0, x1, y1 = box = self.view.box(left, bottom, right, top)
        if min(x1 - x0, y1 - y0) <= _THICK:
            self.add_line(box)
            return
        segments = pdfium.count_segments(path)
        if stroke or segments > _RECTANGLE:
            across, down = self.edges(path, segments, matrix)
            self.across += across if stroke else between(across)
            self.down += down if stroke else between(down)
        if fill and segments <= _RECTANGLE and self.order and _is_plain(path):
            for band in _bands(y0, y1):
                self.covers[band].append((len(self.order), *box))

    def add_line(self, box: Box) -> None:
        """What is as thin as a ruling; a dot may be a piece of either kind."""
        x0, y0, x1, y1 = box
        if y1 - y0 <= _THICK:
            self.across.append(Ruling((y0 + y1) / 2, x0, x1))
        if x1 - x0 <= _THICK:
            self.down.append(Ruling((x0 + x1) / 2, y0, y1))

    def edges(self, path: int, segments: int, matrix: "_Matrix | None") -> tuple[list[Ruling], list[Ruling]]:
        """The horizontal and the vertical edges of a path."""
        own = _matrix(path, matrix)
        across: list[Ruling] = []
        down: list[Ruling] = []
        start = last = (0.0, 0.0)
        for segment in map(pdfium.get_segment, repeat(path), range(segments)):
            pdfium.get_point(segment, *pdfium.SIDES.places[:2])
            point = _moved(own, *pdfium.SIDES.values[:2])
            kind = pdfium.get_segment_type(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = last = point
                continue
            for here, there in ((last, point), (point, start)) if pdfium.closes(segment) else ((last, point),):
                x0, y0, x1, y1 = self.view.box(*here, *there)
                if kind == raw.FPDF_SEGMENT_LINETO and y1 - y0 <= 1 < x1 - x0:
                    across.append(Ruling((y0 + y1) / 2, x0, x1))
                elif kind == raw.FPDF_SEGMENT_LINETO and x1 - x0 <= 1 < y1 - y0:
                    down.append(Ruling((x0 + x1) / 2, y0, y1))
            last = point
        return across, down

    def cuts(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Whether a vertical ruling runs through a box, or a cover may hide a part of it."""
        if self.covers and self.hides(x0, y0, x1, y1):
            return True
        at = bisect_right(self.columns, x0)
        if at == len(self.columns) or self.columns[at] >= x1 or y1 < self.top or y0 > self.bottom:
            return False
        return any(x0 < ruling.at < x1 and ruling.start < y1 and y0 < ruling.end for ruling in self.down)

    def hides(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Whether a cover lies over a part of a box."""
        return any(
            x0 < right and left < x1 and y0 < bottom and top < y1
            for band in _bands(y0, y1)
            for _, left, top, right, bottom in self.covers.get(band, ())
        )

    def uncovered(self, chars: list[Char], text: int) -> Iterator[Char]:
        """The characters no fill was painted over after they were shown, as over a number corrected by hand."""
        covers, orders = self.covers, self.order
        for char in chars:
            x, y = (char.x0 + char.x1) / 2, (char.y0 + char.y1) / 2
            over = -1
            for order, x0, y0, x1, y1 in covers.get(int(y // _BAND), ()):
                if x0 < x < x1 and y0 < y < y1:
                    over = order
            if over < 0 or orders.get(pdfium.get_text_object(text, char.order) or 0, over) >= over:
                yield char


def _bands(y0: float, y1: float) -> range:
    """The numbers of the bands of a page from one height to another."""
    return range(int(max(y0, -_FAR) // _BAND), int(min(y1, _FAR) // _BAND) + 1)


def _is_plain(path: int) -> bool:
    """Whether a path is painted as it is: nothing shines through, and nothing cuts it."""
    return not pdfium.is_transparent(path) and pdfium.count_clips(pdfium.get_clip(path)) <= 0


_Matrix = tuple[float, float, float, float, float, float]


def _matrix(item: int, outer: _Matrix | None) -> _Matrix:
    pdfium.get_matrix(item, pdfium.MATRIX.places[0])
    a, b, c, d, e, f = pdfium.MATRIX.values
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


def between(edges: list[Ruling]) -> list[Ruling]:
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
