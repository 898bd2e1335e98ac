"""How text objects set their characters (GB/T 33190, 11): what is alike in all objects that are written alike is found
out once, then each is set where its boundary is.
"""

import math
import re
from collections.abc import Iterator, Sequence
from functools import partial

from extract.formats.drawn.lines import NO_SPACE, SPACE, UNCLEAR
from extract.formats.drawn.ofd.markup import Code
from extract.formats.drawn.ofd.page import UNKNOWN, Run
from extract.formats.drawn.ofd.values import (
    Colour,
    Matrix,
    Node,
    deltas,
    glyph_places,
    number_or,
    own_matrix,
    product,
    quarters,
    to_number,
)
from extract.formats.drawn.view import Box

_run = partial(tuple.__new__, Run)  # from its fields in a tuple
_BLANK = re.compile(r"\s")
_UNTOLD = re.compile(r"[\0-\x08\x0e-\x1f\ue000-\uf8ff\U000f0000-\U0010ffff]")  # no font maps it to a character


class Setting:
    """How characters are set: in which ink, how high, how wide, how turned; inside which matrix."""

    def __init__(self, node: Node, inks: tuple[Colour | None, float], outer: Matrix, *, watermark: bool) -> None:
        self.inks, self.outer, self.watermark = inks, outer, watermark
        a, b, c, d, e, f = product(own_matrix(node), outer)
        self.turn, self.origin = (a, b, c, d), (e, f)
        self.is_level = b == c == 0 < a
        self.squeezed = number_or(node.get("HScale"), 1.0)
        size, turned = to_number(node.get("Size")) or 0.0, to_number(node.get("CharDirection")) or 0.0
        self.width = size * self.squeezed * (a if self.is_level else 1.0)
        if self.is_level and not turned:
            self.points, self.angle = size * abs(d), 0
        else:
            self.points = size * math.hypot(c, d)
            self.angle = quarters(math.degrees(math.atan2(b, a)) + turned)

    def matrix(self, boundary: Sequence[float]) -> Matrix:
        """The matrix within an object of this boundary."""
        e, f = self.origin
        if len(boundary) >= 2:
            x, y = boundary[0], boundary[1]
            a, b, c, d, _, _ = self.outer
            e, f = e + a * x + c * y, f + b * x + d * y
        return *self.turn, e, f

    def runs(self, boundary: Sequence[float], codes: Sequence[Code], clip: Box | None, order: int) -> Iterator[Run]:
        """The characters of an object, those of each code together."""
        matrix, room = self.matrix(boundary), self._room(boundary)
        x = y = 0.0
        space = NO_SPACE
        for at_x, at_y, steps, falls, told in codes:
            x, y = x if at_x is None else at_x, y if at_y is None else at_y
            if not told:
                continue
            text, has_blanks = _readable(told)
            xs, ys, widths, ascends = self._places(matrix, text, x, y, steps or "", falls or "")
            spaces = [NO_SPACE] * len(text)
            spaces[0], space = space, NO_SPACE
            if has_blanks:
                text, spaces, xs, ys, widths, space = _without_blanks(text, spaces, xs, ys, widths)
                if not text:
                    continue
            left, right = (xs[0], xs[-1]) if ascends else (min(xs), max(xs))
            top, bottom = (min(ys), max(ys)) if falls or not self.is_level else (ys[0], ys[0])
            reach = left, top, right, bottom
            clear = clip if clip or room is None or _is_inside(reach, room) else UNKNOWN
            ink, opacity = self.inks
            yield _run(
                (
                    text, xs, ys, widths, spaces, reach, self.points, self.angle, order, ink, opacity, self.watermark,
                    clear,
                )
            )  # fmt: skip

    def _places(
        self, matrix: Matrix, text: str, x: float, y: float, steps: str, falls: str
    ) -> tuple[list[float], list[float], list[float], bool]:
        """Where characters begin on the page, and their widths there; whether they surely go to the right. Level text
        is placed there at once, other text first in the units of its object.
        """
        a, b, c, d, e, f = matrix
        if self.is_level:
            down = deltas(falls, d) if falls else ()
            return glyph_places(text, a * x + e, d * y + f, self.width, deltas(steps, a), down)
        at_x, at_y, widths, _ = glyph_places(text, x, y, self.width, deltas(steps, 1.0), deltas(falls, 1.0))
        xs = [a * px + c * py + e for px, py in zip(at_x, at_y, strict=True)]
        ys = [b * px + d * py + f for px, py in zip(at_x, at_y, strict=True)]
        scale = math.hypot(a, b)
        return xs, ys, [width * scale for width in widths], False

    def _room(self, boundary: Sequence[float]) -> Box | None:
        """Where characters may begin that stand within the boundary of their object, beyond which nothing of it is
        drawn (8.5); None if it has none. Writers are careless by the height of a line.
        """
        if len(boundary) != 4 or boundary[2] <= 0 or boundary[3] <= 0:
            return None
        x0, y0, width, height = boundary
        x1, y1 = x0 + width, y0 + height
        a, b, c, d, e, f = self.outer
        slack = 1.5 * self.points
        if b == c == 0 < min(a, d):
            return a * x0 + e - slack, d * y0 + f - slack, a * x1 + e + slack, d * y1 + f + slack
        xs = a * x0 + c * y0 + e, a * x0 + c * y1 + e, a * x1 + c * y0 + e, a * x1 + c * y1 + e
        ys = b * x0 + d * y0 + f, b * x0 + d * y1 + f, b * x1 + d * y0 + f, b * x1 + d * y1 + f
        return min(xs) - slack, min(ys) - slack, max(xs) + slack, max(ys) + slack


def _readable(told: str) -> tuple[str, bool]:
    """A text without what no font tells, and whether it has blanks. What can be printed, as most can, holds nothing
    untold, and no blank but spaces.
    """
    if told.isprintable():
        return told, " " in told
    text = _UNTOLD.sub(UNCLEAR, told)
    return text, _BLANK.search(text) is not None


def _without_blanks(
    text: str, spaces: list[int], *rows: list[float]
) -> tuple[str, list[int], list[float], list[float], list[float], int]:
    """The characters of a text that are not white, with the space before each, what the rows tell of them, and the
    space behind the last.
    """
    before = [spaces[0], *(SPACE if glyph.isspace() else NO_SPACE for glyph in text)]
    seen = [n for n, glyph in enumerate(text) if not glyph.isspace()]
    xs, ys, widths = ([row[n] for n in seen] for row in rows)
    return "".join([text[n] for n in seen]), [before[n] for n in seen], xs, ys, widths, before[-1]


def _is_inside(inner: Box, outer: Box) -> bool:
    return outer[0] < inner[0] and outer[1] < inner[1] and inner[2] < outer[2] and inner[3] < outer[3]
