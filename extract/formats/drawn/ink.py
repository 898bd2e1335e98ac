"""Whether the ink of a text is seen: asked of the page itself, drawn with the text and without it.

Its rendering mode may hide a text, transparency, its colour on its ground, a clipping path, optional content that is
switched off, or what is painted over it (ISO 32000-1, 9.3.6, 11, 8.5.4, 8.11, 8.2). Cheap questions to each piece of
text find those that may be hidden; whether they are, the page tells: what changes nothing when it is taken away is not
seen, and the contrast of what is seen is that between the two drawings.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy
from pypdfium2 import raw

from extract.formats.drawn import pdfium
from extract.formats.drawn.paths import Area, Colour, Drawing, bands, clip_box, colour_of, placed
from extract.formats.drawn.view import UPRIGHT, Box
from extract.shown import UNSEEN, contrast

_CLEAR = 3.0  # contrast that needs no look (WCAG 2.2, 1.4.3, asks as much of large print)
_WHITE = (255, 255, 255)
_OPAQUE = 255
_DARK = 100  # of 255, in each part: a contrast of 5.9 with white
_PLAIN_MODES = frozenset((raw.FPDF_TEXTRENDERMODE_FILL, raw.FPDF_TEXTRENDERMODE_FILL_STROKE))
_HAIR = 1.0  # points by which the boxes of a text and of an area may meet
_STRAIGHT = math.sin(math.radians(3))
_DOTS = 2.0  # a point: strokes of small print are about as wide
_GROUPS = 6  # of texts taken away together; those that more lie over stay in doubt
_TILE = 64  # dots
_MOST = 75  # per cent: the rest are dots at the edges of strokes
_SEEN = 0.7  # of the height or the width of a character: where less is seen, it may be another
_EDGE = 2  # dots
_HALF_SEEN = 1.9  # the contrast of such a one: a figure is in doubt, a word is not
_TINT = 40  # of 255: colours that differ so much are told apart where they are as bright


# -- which texts may be hidden -----------------------------------------------------------------------------------------


def suspects(drawing: Drawing, layered: Callable[[], bool]) -> set[int]:
    """The pieces of text that may not be seen; `layered` tells that the file may have optional content."""
    texts, modes = drawing.texts, drawing.modes
    found = set(drawing.veiled)
    if not _PLAIN_MODES.issuperset(modes):
        found.update(item for item, mode in zip(texts, modes, strict=True) if mode not in _PLAIN_MODES)
        clips = (number for number, mode in enumerate(modes) if mode >= raw.FPDF_TEXTRENDERMODE_FILL_CLIP)
        found.update(texts[next(clips, len(texts)) :])  # painted through a text, for all PDFium tells
    found.update(drawing.translucent)
    found.update(_in_layers(drawing.marked))
    found.update(_clipped(texts))
    if drawing.matrices and layered():
        found.update(drawing.matrices)  # a form may be optional content, which PDFium tells nobody
    found.update(_unlike_their_ground(drawing, found))
    return found


def is_clip(item: int) -> bool:
    """Whether a text is none itself, but what others are painted through."""
    return bool(pdfium.get_render_mode(item) >= raw.FPDF_TEXTRENDERMODE_FILL_CLIP)


def blended(drawing: Drawing) -> set[int]:
    """Those that are mixed with what lies under them in a way that PDFium neither tells nor draws."""
    return {item for item in drawing.translucent if _alpha(item) == _OPAQUE}


def _alpha(item: int) -> int:
    pdfium.get_fill_colour(item, *pdfium.COLOUR.places)
    return int(pdfium.COLOUR.values[3])


def marks(texts: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Pieces of text with each of their marks."""
    for item in texts:
        for number in range(pdfium.count_marks(item)):
            yield item, pdfium.get_mark(item, number)


def _in_layers(texts: Iterable[int]) -> Iterator[int]:
    name = lru_cache(maxsize=None)(pdfium.mark_name)
    return (item for item, mark in marks(texts) if name(mark) == "OC")


def _clipped(texts: list[int]) -> Iterator[int]:
    """Those that reach over their clipping path; pieces of text in a row share one."""
    counts = list(map(pdfium.count_clips, map(pdfium.get_clip, texts)))
    seen: dict[tuple[int, int], Box | None] = {}
    for item, paths in zip(texts, counts, strict=True) if max(counts, default=0) > 0 else ():
        if paths <= 0:
            continue
        clip = pdfium.get_clip(item)
        key = paths, pdfium.get_clip_segment(clip, paths - 1, 0)
        if key not in seen:
            seen[key] = clip_box(clip, paths)
        clear = seen[key]
        box = _bounds(item)
        if not clear or not box or not _holds(clear, box):
            yield item


def _bounds(item: int) -> Box | None:
    if not pdfium.get_bounds(item, *pdfium.SIDES.places):
        return None
    left, bottom, right, top = pdfium.SIDES.values
    return left, bottom, right, top


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer[0] <= inner[0] + _HAIR
        and outer[1] <= inner[1] + _HAIR
        and outer[2] >= inner[2] - _HAIR
        and outer[3] >= inner[3] - _HAIR
    )


def _unlike_their_ground(drawing: Drawing, known: set[int]) -> Iterator[int]:
    """Those whose colour is not certain to stand out from what lies under them, or that something may lie over."""
    areas = drawing.bands()
    if not areas and _all_dark(drawing.texts):
        return
    for number, item in enumerate(drawing.texts):
        if item in known:
            continue
        ink, box = colour_of(item), drawing.box(item, drawing.matrices.get(item))
        if ink is None:
            yield item
        elif box:
            under = {area: None for band in bands(box) for area in areas.get(band, ()) if _meet(area.box, box)}
            ground = _ground(ink, number, box, sorted(under, key=attrgetter("number")))
            if ground is None or _contrast(ink, ground) < _CLEAR:
                yield item


def _all_dark(texts: list[int]) -> bool:
    """Whether all texts are as dark as is clear on white paper."""
    places = pdfium.COLOURS.places
    for start in range(0, len(texts), pdfium.BLOCK):
        block = texts[start : start + pdfium.BLOCK]
        told = map(pdfium.get_fill_colour, block, *(places[part : 4 * len(block) : 4] for part in range(4)))
        if not all(told):
            return False
        colours = numpy.frombuffer(pdfium.COLOURS.values, numpy.uint32, 4 * len(block)).reshape(-1, 4)
        if colours[:, :3].max() > _DARK:
            return False
    return True


def _ground(ink: Colour, number: int, box: Box, areas: list[Area]) -> Colour | None:
    """The colour under a text of this number; None where there may be several, or something is painted over it."""
    ground = _WHITE
    for area in areas:
        if area.after > number or area.colour is None:
            return None
        if _holds(area.box, box):
            ground = area.colour
        elif _contrast(ink, area.colour) < _CLEAR:
            return None
    return ground


def _meet(area: Box, box: Box) -> bool:
    return (
        area[0] + _HAIR < box[2] and box[0] + _HAIR < area[2] and area[1] + _HAIR < box[3] and box[1] + _HAIR < area[3]
    )


@lru_cache(maxsize=4096)
def _contrast(ink: Colour, ground: Colour) -> float:
    return contrast([part / 255 for part in ink], [part / 255 for part in ground])


def turned(drawing: Drawing) -> tuple[set[int], set[int]]:
    """The pieces of text set at an angle to their page, and those set across it, by quarters or upside down."""
    askew: set[int] = set()
    across: set[int] = set()
    for item in drawing.texts if drawing.view is not UPRIGHT or drawing.matrices else _turned(drawing.texts):
        a, b, *_ = placed(item, drawing.matrices.get(item))
        x, y = drawing.view.a * a + drawing.view.b * b, drawing.view.c * a + drawing.view.d * b
        length = math.hypot(x, y)
        if length and min(abs(x), abs(y)) > _STRAIGHT * length:
            askew.add(item)
        elif length and x < abs(y):
            across.add(item)
    return askew, across


_MATRICES = pdfium.MATRICES.places[::6]


def _turned(texts: list[int]) -> Iterator[int]:
    """Those whose own matrix turns them."""
    for start in range(0, len(texts), pdfium.BLOCK):
        block = texts[start : start + pdfium.BLOCK]
        deque(map(pdfium.get_matrix, block, _MATRICES), maxlen=0)
        matrices = numpy.frombuffer(pdfium.MATRICES.values, numpy.float32, 6 * len(block)).reshape(-1, 6)
        odd = numpy.flatnonzero((matrices[:, 0] <= 0) | (matrices[:, 1] != 0)).tolist()
        yield from map(block.__getitem__, odd)


# -- which are ---------------------------------------------------------------------------------------------------------


def contrasts(page: int, chars: dict[int, list[tuple[int, Box]]]) -> dict[int, float]:
    """How clearly characters are seen: by number, their contrast with what is there without them.

    `chars` gives for each piece of text the numbers and boxes, in points of the page, of its characters.
    """
    canvas = pdfium.Canvas(page, _DOTS)
    spots = {item: {n: _area(canvas, box) for n, box in boxes} for item, boxes in chars.items() if boxes}
    if not spots:
        return {}
    part = _union([area for areas in spots.values() for area in areas.values()], canvas)
    before = canvas.draw(part)
    found: dict[int, float] = {}
    for group in _apart(spots):
        for item in group:
            pdfium.set_active(item, 0)
        after = canvas.draw(part)
        for item in group:
            pdfium.set_active(item, 1)
            found |= {n: _contrast_at(before, after, area, part) for n, area in spots.pop(item).items()}
    return found | {n: UNSEEN for areas in spots.values() for n in areas}


_Area = tuple[int, int, int, int]  # left, top, right, bottom, in dots


def _area(canvas: pdfium.Canvas, box: Box) -> _Area:
    (x0, y0), (x1, y1) = canvas.dot(box[0], box[1]), canvas.dot(box[2], box[3])
    return min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1) + 2, max(y0, y1) + 2


def _union(areas: list[_Area], canvas: pdfium.Canvas) -> _Area:
    lefts, tops, rights, bottoms = zip(*areas, strict=True)
    left, top = max(0, min(lefts)), max(0, min(tops))
    return left, top, max(left + 1, min(canvas.width, max(rights))), max(top + 1, min(canvas.height, max(bottoms)))


def _apart(spots: dict[int, dict[int, _Area]]) -> list[list[int]]:
    """The pieces of text in groups that have no two over each other; what fits into none of so many is left out."""
    groups: list[list[int]] = [[] for _ in range(_GROUPS)]
    taken: list[dict[tuple[int, int], list[_Area]]] = [defaultdict(list) for _ in range(_GROUPS)]
    for item, areas in spots.items():
        tiles = [(tile, area) for area in areas.values() for tile in _tiles(area)]
        for group, others in zip(groups, taken, strict=True):
            if not any(_overlap(area, other) for tile, area in tiles for other in others.get(tile, ())):
                group.append(item)
                for tile, area in tiles:
                    others[tile].append(area)
                break
    return [group for group in groups if group]


def _tiles(area: _Area) -> Iterator[tuple[int, int]]:
    for column in range(area[0] // _TILE, area[2] // _TILE + 1):
        for row in range(area[1] // _TILE, area[3] // _TILE + 1):
            yield column, row


def _overlap(area: _Area, other: _Area) -> bool:
    return area[0] < other[2] and other[0] < area[2] and area[1] < other[3] and other[1] < area[3]


def _contrast_at(before: Any, after: Any, area: _Area, part: _Area) -> float:
    """The contrast between two drawings of a part of a page within an area: 1 where nothing changes."""
    rows = slice(max(0, area[1] - part[1]), max(0, area[3] - part[1]))
    columns = slice(max(0, area[0] - part[0]), max(0, area[2] - part[0]))
    old, new = before[rows, columns, :3], after[rows, columns, :3]
    changed = (old != new).any(axis=2)
    if not changed.any():
        return 1.0
    lights = _luminance(old[changed]), _luminance(new[changed])
    ratio = (numpy.maximum(*lights) + 0.05) / (numpy.minimum(*lights) + 0.05)
    tint = int(numpy.abs(old.astype(numpy.int16) - new).max())
    if ratio.max() < UNSEEN and tint <= _TINT:
        return float(ratio.max())
    # Where a text runs over a line, a few dots change much; most tell how it stands out from its ground.
    clear = max(UNSEEN, float(numpy.percentile(ratio, _MOST)))
    return clear if _is_whole(changed) else min(clear, _HALF_SEEN)


def _is_whole(changed: Any) -> bool:
    """Whether a character is seen over most of the height and the width of its box; at the edges others may be."""
    inner = changed[_EDGE:-_EDGE, _EDGE:-_EDGE]
    spans = (numpy.flatnonzero(inner.any(axis=axis)) for axis in (0, 1))
    return all(
        seen.size and seen[-1] - seen[0] + 1 >= _SEEN * (size - 1)
        for seen, size in zip(spans, inner.shape[::-1], strict=True)
        if size > _EDGE
    )


_LINEAR = numpy.array(
    [c / 255 / 12.92 if c <= 0.04045 * 255 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in range(256)], numpy.float32
)
_WEIGHTS = numpy.array([0.0722, 0.7152, 0.2126], numpy.float32)  # blue, green, red


def _luminance(picture: Any) -> Any:
    """Relative luminance as WCAG 2.2 defines it, of each dot."""
    return _LINEAR[picture] @ _WEIGHTS
