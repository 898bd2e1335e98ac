"""Pictures of pages without what is not print: seals are taken off, in red or in the grey of a copy; faint print is
made as dark as any.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy

Grey = Any  # an array of dots, from 0 for black to 255
Mask = Any  # an array of dots, 255 where something is

_COARSE = 1.0  # dots a point, to tell the light of the paper by
_RED = 45  # of 255: what is redder than it is green or blue by so much is ink of a stamp
_TORN = 3  # points: parts of a stamp that are as near are one
_NEAR = 12  # points: its ink is alike there
_PURE = 0.85  # of the redness of its ink: what is paler is half paper; of its light: what is darker is print
# Of a seal in the grey of a copy: the part of the way from print to paper its ink is at least, the most of 255 it is,
# how wide some of its strokes are and how far they reach at least, in points.
_PALE, _PALEST, _BROAD, _SEAL = 0.35, 217, 2, 25
_CUT = 8  # points: parts of a seal that are as near are one, whatever print lies between
_NARROW = 1.5  # points: wider than the pale edge of print, and most rulings
_STRAIGHT = 60  # points: more than its rim is straight
_INKED = 20  # per cent of what is darker than paper; the darkest of it is print
_FAINT = 115  # of 255, on white paper: print as pale as that is the last of the toner


def without_stamps(colours: Any, dots: float) -> tuple[Grey, Mask]:
    """Grey levels of a picture (blue, green, red) with so many dots a point: what is printed under red stamps and not
    the stamps; and where they are.

    What is red and no larger than words is print of that colour.
    """
    cv2 = import_module("cv2")
    blue, green, red = cv2.split(colours)
    others = cv2.max(blue, green)
    redness = cv2.subtract(red, others)
    reddish = cv2.compare(redness, _RED, cv2.CMP_GT)
    if not reddish.any():
        return red, reddish
    stamps = _large(cv2.dilate(reddish, _square(_TORN * dots)), numpy.min, _SEAL * dots) & reddish
    grey = numpy.where(reddish & ~stamps, others, red)
    if not stamps.any():
        return grey, stamps
    # In red light its ink is as bright all over, darker only where there is print under it.
    around = _square(_NEAR * dots)
    pure = cv2.compare(redness, cv2.convertScaleAbs(cv2.dilate(redness & stamps, around), alpha=_PURE), cv2.CMP_GE)
    ink = cv2.dilate(red & stamps & pure, around)
    bare = cv2.multiply(cv2.divide(red, ink, scale=255 / _PURE), _light(grey, dots), scale=1 / 255)
    stamps = cv2.dilate(stamps, _square(_TORN * dots))
    return numpy.where(stamps, bare, grey), stamps


def darkened(grey: Grey, dots: float) -> Grey:
    """Faint print as dark as any, its grain smoothed; other pages as they are."""
    cv2 = import_module("cv2")
    share = cv2.divide(grey, _light(grey, dots), scale=255)
    print_ = _print(share)
    if print_ <= _FAINT:
        return grey
    even = 255 - (255 - share.astype(numpy.float32)) * (255 / (255 - print_))
    return cv2.GaussianBlur(numpy.clip(even, 0, 255).astype(numpy.uint8), (3, 3), 0)


def without_seals(grey: Grey, dots: float) -> tuple[Grey, Mask]:
    """A page without seals in the grey of a copy, and where they were."""
    cv2 = import_module("cv2")
    paper = _light(grey, dots)
    share = cv2.divide(grey, paper, scale=255)
    print_ = _print(share)
    pale = cv2.compare(share, round(print_ + _PALE * (255 - print_)), cv2.CMP_GT)
    faded = pale & cv2.compare(share, _PALEST, cv2.CMP_LT)
    if not _broad(faded, dots).any():
        return grey, numpy.zeros_like(grey)
    faded &= ~(_ruled(faded, dots) | _ruled(faded.T, dots).T)
    narrow = _square(_NARROW * dots)
    seals = cv2.morphologyEx(faded, cv2.MORPH_OPEN, narrow) & _broad(faded, dots)
    seals = cv2.dilate(seals, _square(2 * _NARROW * dots))
    return numpy.where(seals & pale, paper, grey), seals


def _broad(faded: Mask, dots: float) -> Mask:
    """What lies about broad strokes of something larger than a character."""
    cv2 = import_module("cv2")
    broad = cv2.morphologyEx(faded, cv2.MORPH_OPEN, _square(_BROAD * dots))
    return _large(cv2.dilate(broad, _square(_CUT * dots)), numpy.max, (_SEAL + _CUT) * dots)


def _ruled(faded: Mask, dots: float) -> Mask:
    """What of a mask is level and no seal: pale rulings, and cells on a ground of their own."""
    cv2 = import_module("cv2")

    def holds(mask: Mask, wide: float, high: float) -> Mask:
        return cv2.morphologyEx(mask, cv2.MORPH_OPEN, numpy.ones((max(1, round(high)), round(wide)), numpy.uint8))

    long = _STRAIGHT * dots
    thin = holds(faded, long, 1) & ~holds(faded, 1, _BROAD * dots + 2)
    return holds(thin, long / 2, 1) | holds(faded, long, 3 * _BROAD * dots)


def _print(share: Grey) -> float:
    """How bright print is, of 255 for the paper under it; 0 where nothing is printed."""
    inked = share[share < _PALEST]
    return float(numpy.percentile(inked, _INKED)) if inked.size else 0.0


def _light(grey: Grey, dots: float) -> Grey:
    """How bright the paper is around each dot."""
    cv2 = import_module("cv2")
    coarse = cv2.resize(grey, None, fx=_COARSE / dots, fy=_COARSE / dots, interpolation=cv2.INTER_AREA)
    light = cv2.blur(cv2.dilate(cv2.medianBlur(coarse, 3), _square(15)), (15, 15))
    return cv2.resize(light, (grey.shape[1], grey.shape[0]))


def _large(mask: Mask, side: Callable[..., Any], least: float) -> Mask:
    """The connected parts of a mask whose shorter (numpy.min) or longer side (numpy.max) is this long."""
    _, numbers, stats, _ = import_module("cv2").connectedComponentsWithStats(mask)
    is_large = side(stats[:, 2:4], axis=1) >= least
    is_large[0] = False  # the ground
    return numpy.where(is_large, 255, 0).astype(numpy.uint8)[numbers]


def _square(side: float) -> Any:
    return numpy.ones((round(side),) * 2, numpy.uint8)
