"""How a page is held: from its own coordinates to those it is read in."""

from functools import lru_cache
from typing import NamedTuple

Box = tuple[float, float, float, float]  # left, top, right, bottom


def grown(box: Box, by: float) -> Box:
    """A box that reaches farther on all sides."""
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


class View(NamedTuple):
    """The quarter turn between page coordinates (origin bottom left) and reading coordinates, y pointing down."""

    a: int
    b: int
    c: int
    d: int

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """A rectangle of the page in reading coordinates."""
        if self is UPRIGHT and x0 <= x1 and y0 <= y1:  # as nearly all are
            return x0 + 0.0, 0.0 - y1, x1 + 0.0, 0.0 - y0
        left, right = self.a * x0 + self.b * y0, self.a * x1 + self.b * y1
        top, bottom = self.c * x0 + self.d * y0, self.c * x1 + self.d * y1
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page in reading coordinates."""
        return self.a * x + self.b * y, self.c * x + self.d * y

    def place(self, page: int, box: Box) -> str:
        """Where a box in reading coordinates lies on its page."""
        if self is UPRIGHT:
            x0, y0, x1, y1 = box
            return f"page {page}, box {tenths(x0)},{tenths(0.0 - y1)},{tenths(x1)},{tenths(0.0 - y0)}"
        x0, y0, x1, y1 = _BACK[self].box(*box)
        return f"page {page}, box {x0:.1f},{y0:.1f},{x1:.1f},{y1:.1f}"


@lru_cache(maxsize=8192)
def tenths(number: float) -> str:
    """A coordinate as places name it: kept, for the cells of a table share their sides. None is a negative zero."""
    return f"{number:.1f}"


UPRIGHT = View(1, 0, 0, -1)
VIEWS = (UPRIGHT, View(0, -1, -1, 0), View(-1, 0, 0, 1), View(0, 1, 1, 0))  # PDFium turns clockwise
_BACK = {view: View(view.a, view.c, view.b, view.d) for view in VIEWS}
