"""A page as it lies straight under the eye: scans are laid askew, and for a telephone one side is further away.

The angle is that at which rows of dots are as unlike as they can be: then lines of text run level. The rest is told by
long straight lines. Those that are level on paper meet in one point of the picture, those that are upright in another;
the map of the plane that sends both to infinity, each along its axis, shows the page from above (Hartley & Zisserman,
Multiple View Geometry, 2004, 2.7).
"""

import math
from importlib import import_module
from typing import Any

import numpy

from extract.formats.drawn.view import Box

_SKEW = 5  # degrees
_COARSE = 1.0  # dots a point, to tell the skew by
_FINE = 1.4  # dots a point, to find long lines
_LONG = 30  # points: longer than a stroke of a character is straight
_TILT = math.tan(math.radians(8))  # the most a line leans after the page was turned
_LEEWAYS = (0.02, 0.01, 0.005, 0.003, 0.003, 0.003)  # the slope a line may differ by from the rest, step by step
_PRIOR = 0.002  # page widths of lines that would say that nothing is to be mended
_NOTHING = 0.7  # dots: less is not mended

Matrix = Any  # of three rows and columns: a map of the plane of dots (x, y, 1)


def to_upright(grey: Any, ink: Any, dots: float) -> Matrix | None:
    """The map from dots of a picture to those of the page as it lies straight; None where it does.

    `grey` are its grey levels, `ink` is what is print, with so many dots a point.
    """
    height, width = grey.shape
    # From the middle of the page, in page widths.
    inward = numpy.array([[1 / width, 0, -0.5], [0, 1 / width, -height / width / 2], [0, 0, 1]])
    angle = math.radians(_skew(ink, dots))
    turn = numpy.array([[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0], [0, 0, 1]])
    ends = _lines(grey, dots) @ (turn @ inward).T
    whole = numpy.linalg.inv(inward) @ _from_above(ends[:, :, :2]) @ turn @ inward
    corners = numpy.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]])
    moved = corners @ whole.T
    shift = numpy.abs(moved[:, :2] / moved[:, 2:] - corners[:, :2]).max()
    return whole if shift > _NOTHING else None


def before(box: Box, turn: Matrix, dots: float) -> Box:
    """Where a box of the page as it lies straight was in the picture, in points: as far as its corners reached."""
    x0, y0, x1, y1 = (side * dots for side in box)
    corners = numpy.array([[x0, y0, 1], [x1, y0, 1], [x1, y1, 1], [x0, y1, 1]]) @ numpy.linalg.inv(turn).T
    x, y = (corners[:, :2] / corners[:, 2:]).T / dots
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _skew(ink: Any, dots: float) -> float:
    """Degrees by which a page is to be turned."""
    cv2 = import_module("cv2")
    small = cv2.resize(ink, None, fx=_COARSE / dots, fy=_COARSE / dots, interpolation=cv2.INTER_AREA)
    height, width = small.shape

    def unlike(angle: float) -> tuple[float, float]:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
        rows = cv2.warpAffine(small, turn, (width, height)).sum(axis=1, dtype=numpy.float64)
        return float((numpy.diff(rows) ** 2).sum()), -abs(angle)  # an empty page lies as it does

    angle = max(numpy.arange(-_SKEW, _SKEW + 0.1, 0.25).tolist(), key=unlike)
    fine: list[float] = numpy.arange(angle - 0.25, angle + 0.26, 0.05).tolist()
    return max(fine, key=unlike)


def _lines(grey: Any, dots: float) -> Any:
    """Both ends (x, y, 1) of each long straight line, in dots."""
    cv2 = import_module("cv2")
    small = cv2.resize(grey, None, fx=_FINE / dots, fy=_FINE / dots, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(small)[0]
    ends = numpy.empty((0, 2, 2)) if found is None else found.reshape(-1, 2, 2).astype(numpy.float64)
    ends = ends[numpy.linalg.norm(ends[:, 0] - ends[:, 1], axis=1) > _LONG * _FINE] * (dots / _FINE)
    return numpy.dstack((ends, numpy.ones(ends.shape[:2])))


def _from_above(ends: Any) -> Matrix:
    """The map that makes lines level and upright that nearly are, from their ends (line, end, x or y).

    It takes (x, y) to (x + s y, r x + y) / (1 + g x + h y). Both ends of a level line get one y, those of an upright
    one get one x: two equations for r and p = g - r h, and for s and q = h - s g, each linear.
    """
    (x0, y0), (x1, y1) = ends[:, 0].T, ends[:, 1].T
    across, down = x1 - x0, y1 - y0
    cross = x0 * y1 - x1 * y0
    level, upright = abs(down) < _TILT * abs(across), abs(across) < _TILT * abs(down)
    r, p = _agreed(across[level], cross[level], -down[level])
    s, q = _agreed(down[upright], -cross[upright], -across[upright])
    g, h = (p + r * q) / (1 - r * s), (q + s * p) / (1 - r * s)
    return numpy.array([[1, s, 0], [r, 1, 0], [g, h, 1]])


def _agreed(along: Any, cross: Any, aside: Any) -> tuple[float, float]:
    """The (a, b) for which most lines have `a * along + b * cross = aside`, each as heavy as it is long."""
    length = numpy.abs(along)
    weight = numpy.ones(len(along))
    terms = numpy.stack((along, cross), axis=1) / length[:, None]
    found = numpy.zeros(2)
    for leeway in _LEEWAYS:
        off = (terms @ found - aside / length) / leeway
        weight = length / (1 + off**2)
        matrix = terms.T @ (terms * weight[:, None]) + _PRIOR * numpy.eye(2)
        found = numpy.linalg.solve(matrix, terms.T @ (weight * aside / length))
    return float(found[0]), float(found[1])
