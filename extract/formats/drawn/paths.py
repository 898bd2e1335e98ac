"""What a page paints, in painting order: rulings, areas that may hide a text or be its ground, and pieces of text.

Lines, thin rectangles and outlines become pieces of rulings (ISO 32000-1, 8.5 knows paths only).
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable
from itertools import compress, islice, repeat
from typing import NamedTuple

from pypdfium2 import raw

from extract.formats.drawn import pdfium
from extract.formats.drawn.lattice import Ruling, new_ruling
from extract.formats.drawn.view import Box, View

THICK = 4.0  # points; what is filled wider than this is a background, not a ruling
_RECTANGLE = 5  # segments
_BAND = 16.0
_FAR = 15_000.0  # the largest page there is (ISO 32000-1, annex C.2)
_DEPTH = 8  # of form XObjects in each other
_DARK = 128  # of 255, in one part
_NEIGHBOURS = 8  # edges of one outline looked at for the other side of a ruling

Colour = tuple[int, int, int]  # red, green, blue, from 0 to 255
Matrix = tuple[float, float, float, float, float, float]


class Area(NamedTuple):
    """What is filled, or a picture: how many pieces of text were painted before it, and its one colour, if it has.

    `number` counts the areas of a page.
    """

    number: int
    after: int
    box: Box
    colour: Colour | None


class _Outline(NamedTuple):
    """The edges of a path, level, upright and neither, and the boxes around its pieces."""

    across: list[Ruling]
    down: list[Ruling]
    others: list[Box]
    pieces: list[Box]


class Drawing:
    """The rulings, areas and pieces of text of a page; those within forms with the matrix of the forms around them."""

    def __init__(self, page: int, view: View) -> None:
        self.view = view
        self.across: list[Ruling] = []
        self.down: list[Ruling] = []
        self.texts: list[int] = []
        self.modes: list[int] = []  # how each is painted
        self.matrices: dict[int, Matrix] = {}
        self.veiled: set[int] = set()  # pieces of text in forms that are transparent or clipped as a whole
        self.areas: list[Area] = []
        self.pictures: list[Box] = []
        self.strokes: list[Box] = []  # lines that are neither level nor upright, from a point to another
        self.cut: set[int] = set()  # the numbers of characters that rulings run through
        self.shapes: list[Box] = []  # the boxes around what such lines draw or bound
        self._take(pdfium.count_objects, pdfium.get_object, page, None)
        self.translucent = list(compress(self.texts, map(pdfium.is_transparent, self.texts)))
        self.marked = list(compress(self.texts, map(pdfium.count_marks, self.texts)))
        self.upright = sorted(self.down)
        self.columns = [ruling.at for ruling in self.upright]

    def _take(
        self,
        count: Callable[[int], int],
        get: Callable[[int, int], int],
        container: int,
        matrix: Matrix | None,
        depth: int = 0,
    ) -> None:
        """Everything painted, in painting order; `matrix` is that of the form XObjects around it."""
        items = list(map(get, repeat(container), range(count(container))))
        modes = list(map(pdfium.get_render_mode, items))
        end = 0
        for at in [at for at, mode in enumerate(modes) if mode == raw.FPDF_TEXTRENDERMODE_UNKNOWN]:  # no texts
            if at > end:
                self._take_texts(items[end:at], modes[end:at], matrix)
            item, end = items[at], at + 1
            kind = pdfium.get_type(item)
            if kind == raw.FPDF_PAGEOBJ_PATH:
                self._add(item, matrix)
            elif kind == raw.FPDF_PAGEOBJ_FORM:
                self._take_form(item, matrix, depth + 1)
            elif box := self.box(item, matrix):
                self._add_area(box, None)
                self.pictures.append(box)
        self._take_texts(items[end:], modes[end:], matrix)

    def _take_texts(self, texts: list[int], modes: list[int], matrix: Matrix | None) -> None:
        self.texts += texts
        self.modes += modes
        if matrix is not None:
            self.matrices.update(dict.fromkeys(texts, matrix))

    def _take_form(self, form: int, matrix: Matrix | None, depth: int) -> None:
        """What is in a form, and whether something lies over all of it."""
        first = len(self.texts)
        if depth <= _DEPTH:
            self._take(pdfium.count_inner_objects, pdfium.get_inner_object, form, placed(form, matrix), depth)
        is_mixed = pdfium.is_transparent(form)
        if is_mixed or pdfium.count_clips(pdfium.get_clip(form)) > 0:
            self.veiled.update(self.texts[first:])
        if is_mixed and len(self.texts) == first and (box := self.box(form, matrix)):
            self.shapes.append(box)  # what it shows may be the shape of its mask (ISO 32000-1, 11.5)

    def box(self, item: int, matrix: Matrix | None) -> Box | None:
        """Where something lies, in reading coordinates."""
        if not pdfium.get_bounds(item, *pdfium.SIDES.places):
            return None
        left, bottom, right, top = pdfium.SIDES.values
        if matrix is not None:
            left, bottom, right, top = *moved(matrix, left, bottom), *moved(matrix, right, top)
        return self.view.box(left, bottom, right, top)

    def _add(self, path: int, matrix: Matrix | None) -> None:
        """Sort one path into rulings and areas."""
        pdfium.get_draw_mode(path, *pdfium.MODES.places)
        fill, stroke = pdfium.MODES.values
        if not (fill or stroke) or not (box := self.box(path, matrix)):
            return
        x0, y0, x1, y1 = box
        if x1 - x0 <= THICK or y1 - y0 <= THICK:
            self._add_line(box)
            return
        segments = pdfium.count_segments(path)
        colour = colour_of(path) if fill and segments <= _RECTANGLE and not pdfium.is_transparent(path) else None
        is_outline = stroke or segments > _RECTANGLE or (colour and min(colour) < _DARK)
        filled = self._add_outline(path, segments, matrix, is_stroked=stroke) if is_outline else [box]
        for area in filled if fill else ():
            self._add_fill(area, path, colour, matrix)

    def _add_outline(self, path: int, segments: int, matrix: Matrix | None, *, is_stroked: int) -> list[Box]:
        """Add what the edges of a path draw, by themselves or as the sides of strips; the boxes of its pieces."""
        outline = self._edges(path, segments, matrix)
        self.across += outline.across if is_stroked else _between(outline.across)
        self.down += outline.down if is_stroked else _between(outline.down)
        if outline.others and (is_stroked or _is_dark(path)):
            self.strokes += outline.others
            self.shapes += outline.pieces
        return outline.pieces

    def _add_fill(self, box: Box, path: int, colour: Colour | None, matrix: Matrix | None) -> None:
        """What is left of a filled box by its clipping paths."""
        if (paths := pdfium.count_clips(clip := pdfium.get_clip(path))) > 0:
            left = clip_box(clip, paths)
            if left is None or matrix is not None:
                colour = None
            else:
                x0, y0, x1, y1 = self.view.box(*left)
                box = max(box[0], x0), max(box[1], y0), min(box[2], x1), min(box[3], y1)
        if box[2] - box[0] > THICK and box[3] - box[1] > THICK:
            self._add_area(box, colour)

    def _add_area(self, box: Box, colour: Colour | None) -> None:
        self.areas.append(Area(len(self.areas), len(self.texts), box, colour))

    def _add_line(self, box: Box) -> None:
        """What is as thin as a ruling; a dot may be a piece of either kind."""
        x0, y0, x1, y1 = box
        if y1 - y0 <= THICK:
            self.across.append(new_ruling(((y0 + y1) / 2, x0, x1)))
        if x1 - x0 <= THICK:
            self.down.append(new_ruling(((x0 + x1) / 2, y0, y1)))

    def _edges(self, path: int, segments: int, matrix: Matrix | None) -> "_Outline":
        """The edges of a path, and the boxes of its pieces."""
        own = placed(path, matrix)
        found = _Outline([], [], [], [])
        pieces: list[list[tuple[float, float]]] = []
        last = (0.0, 0.0)
        for segment in map(pdfium.get_segment, repeat(path), range(segments)):
            pdfium.get_point(segment, *pdfium.SIDES.places[:2])
            point = moved(own, *pdfium.SIDES.values[:2])
            kind = pdfium.get_segment_type(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO or not pieces:
                pieces.append([point])
                last = point
                continue
            start = pieces[-1][0]
            pieces[-1].append(point)
            for here, there in ((last, point), (point, start)) if pdfium.closes(segment) else ((last, point),):
                self._add_edge(found, here, there, is_straight=kind == raw.FPDF_SEGMENT_LINETO)
            last = point
        found.pieces.extend(map(self._around, pieces))
        return found

    def _add_edge(
        self, outline: "_Outline", here: tuple[float, float], there: tuple[float, float], *, is_straight: bool
    ) -> None:
        """Sort one edge of a path; a curve is taken for the lines between the points that control it."""
        x0, y0, x1, y1 = self.view.box(*here, *there)
        if is_straight and y1 - y0 <= 1 < x1 - x0:
            outline.across.append(Ruling((y0 + y1) / 2, x0, x1))
        elif is_straight and x1 - x0 <= 1 < y1 - y0:
            outline.down.append(Ruling((x0 + x1) / 2, y0, y1))
        elif x1 - x0 > 1 or y1 - y0 > 1:
            outline.others.append((*self.view.point(*here), *self.view.point(*there)))

    def _around(self, points: list[tuple[float, float]]) -> Box:
        """The box around points of the page."""
        xs, ys = zip(*points, strict=True)
        return self.view.box(min(xs), min(ys), max(xs), max(ys))

    def cuts(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Whether a vertical ruling runs through a box."""
        first, behind = bisect_right(self.columns, x0), bisect_left(self.columns, x1)
        return first < behind and any(start < y1 and y0 < end for _, start, end in self.upright[first:behind])

    def bands(self) -> dict[int, list[Area]]:
        """The areas by the bands of the page they lie in, in painting order."""
        found: dict[int, list[Area]] = defaultdict(list)
        for area in self.areas:
            for band in bands(area.box):
                found[band].append(area)
        return found


def bands(box: Box) -> range:
    """The numbers of the bands of a page that a box lies in."""
    return range(int(max(box[1], -_FAR) // _BAND), int(min(box[3], _FAR) // _BAND) + 1)


def clip_box(clip: int, paths: int) -> Box | None:
    """What clipping paths leave, in points of the page, if they are rectangles."""
    left, bottom, right, top = -math.inf, -math.inf, math.inf, math.inf
    for path in range(paths):
        count = pdfium.count_clip_segments(clip, path)
        if not 4 <= count <= 5:
            return None
        xs, ys = set(), set()
        for number in range(count):
            pdfium.get_point(pdfium.get_clip_segment(clip, path, number), *pdfium.SIDES.places[:2])
            x, y, *_ = pdfium.SIDES.values
            xs.add(round(x, 2))
            ys.add(round(y, 2))
        if len(xs) != 2 or len(ys) != 2:
            return None
        left, right = max(left, min(xs)), min(right, max(xs))
        bottom, top = max(bottom, min(ys)), min(top, max(ys))
    return left, bottom, right, top


def colour_of(item: int) -> Colour | None:
    """The colour something is filled with, if it is one."""
    if not pdfium.get_fill_colour(item, *pdfium.COLOUR.places):
        return None
    red, green, blue, _ = pdfium.COLOUR.values
    return red, green, blue


def _is_dark(path: int) -> bool:
    """Whether what a path fills stands out from white paper."""
    colour = colour_of(path)
    return colour is not None and min(colour) < _DARK


def placed(item: int, outer: Matrix | None) -> Matrix:
    """The matrix of something within others."""
    pdfium.get_matrix(item, pdfium.MATRIX.places[0])
    a, b, c, d, e, f = pdfium.MATRIX.values
    if outer is None:
        return a, b, c, d, e, f
    a2, b2, c2, d2, e2, f2 = outer
    return (
        a * a2 + b * c2, a * b2 + b * d2, c * a2 + d * c2, c * b2 + d * d2, e * a2 + f * c2 + e2, e * b2 + f * d2 + f2,
    )  # fmt: skip


def moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point after its matrix."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _between(edges: list[Ruling]) -> list[Ruling]:
    """The rulings that a filled outline draws: the strips between edges that run close together."""
    edges = sorted(edges)
    found = []
    for number, edge in enumerate(edges):
        for other in islice(edges, number + 1, number + 1 + _NEIGHBOURS):
            if other.at - edge.at > THICK:
                break
            start, end = max(edge.start, other.start), min(edge.end, other.end)
            if start < end:
                found.append(Ruling((edge.at + other.at) / 2, start, end))
    return found
