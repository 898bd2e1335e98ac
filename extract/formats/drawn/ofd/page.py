"""What was painted on a page, and what of it is shown: characters, the lines between them, what lies under and over."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import sub
from typing import NamedTuple

import numpy

from extract.formats.drawn.lattice import Page, Ruling, lay_out, new_ruling
from extract.formats.drawn.lines import BOTTOM, TOP, UNCLEAR, Char
from extract.formats.drawn.ofd.values import BLACK, POINT, WHITE, Colour, Stroke
from extract.formats.drawn.view import Box, grown
from extract.shown import DIM, DOUBTFUL, SPECK, STRUCK, TINY, UNSEEN, contrast

_char = partial(tuple.__new__, Char)  # from its fields in a tuple
_ASCENT, _DESCENT = 0.88, 0.12  # of a character's size
_BAND = 16.0  # points
_TIGHT, _LOOSE = 0.75, 1.5  # the width of a character of a word, for its size
_COPIED = 0.25  # of a character's size: what follows so closely may be printed over the one before
_HAIR = 1.0  # points
_MOST = 21.0  # contrast there is
# Words of ideographs: what may stand in a number is no part of one.
_WORD = re.compile(r"[\u4e00-\u4e06\u4e08-\u4ebe\u4ec0-\u5142\u5144-\u9fff、。；：（）《》“”]{2,}")


class Run(NamedTuple):
    """Characters placed by one piece of text, in points of the unturned page: where each begins on its base line and
    how wide it is. `spaces` tells the white space before each, `ink` is None for one nobody knows.
    """

    text: str
    xs: list[float]
    ys: list[float]
    widths: list[float]
    spaces: list[int]
    reach: Box  # around the points where they begin
    size: float
    angle: int  # quarter turns clockwise; -1 for any other
    order: int
    ink: Colour | None
    opacity: float
    watermark: bool
    clip: Box | None = None  # what shows of it; `UNKNOWN` where nobody can tell


UNKNOWN: Box = (0.0, 0.0, 0.0, 0.0)


class Fill(NamedTuple):
    """An area that is painted: with what, and when; no colour where nobody knows it."""

    order: int
    box: Box
    colour: Colour | None
    opaque: bool


@dataclass(slots=True)
class PaintedPage:
    """What a page shows: its box in millimetres, and what was painted on it in points."""

    box: Box
    runs: list[Run] = field(default_factory=list)
    strokes: dict[Stroke, None] = field(default_factory=dict)  # each once
    fills: list[Fill] = field(default_factory=list)
    pictures: list[tuple[float, bytes]] = field(default_factory=list)  # those that may be a scan, by their area
    turn: int = 0
    chars: list[Char] = field(default_factory=list)
    placed: int = 0  # characters
    edges: Box = field(init=False)  # its box in points

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box
        self.edges = left * POINT, top * POINT, right * POINT, bottom * POINT

    @property
    def printed(self) -> int:
        """How many characters it shows, once it is settled."""
        return sum(len(char.glyph) for char in self.chars if char.glyph != UNCLEAR and not char.glyph.endswith(DIM))

    def settle(self) -> None:
        """Decide which characters are shown, once all is painted."""
        turns: Counter[int] = Counter()
        for run in self.runs:
            turns[run.angle] += len(run.text)
        del turns[-1]
        self.turn = turns.most_common(1)[0][0] if turns else 0
        grounds = _Grounds(self.fills)
        lines = _Lines(self.strokes)
        for run in self.runs:
            self.chars += self.shown(run, grounds, lines)

    def shown(self, run: Run, grounds: "_Grounds", lines: "_Lines") -> list[Char]:
        """The characters of a run in reading direction, marked where they may not be seen. Words that hold no digit,
        on which nothing is painted and which no ruling cuts, are taken whole.
        """
        _, _, _, _, _, _, size, angle, _, ink, opacity, watermark, clip = run
        if size < SPECK or opacity <= 0:
            return []
        is_plain = angle == self.turn == 0 and not watermark and clip is None and size >= TINY
        is_black = ink == BLACK and opacity == 1.0  # as nearly all is
        if is_plain and (is_black or _is_clear(ink, opacity)) and grounds.are_plain(run) and self.holds(run):
            return self.plain(run, lines)
        chars = (self.char(run, number, grounds) for number in range(len(run.text)))
        return [char for char in chars if char is not None]

    def plain(self, run: Run, lines: "_Lines") -> list[Char]:
        """The characters of a run of which nothing is to be told but their places; words in one piece, where they are
        one on the page.
        """
        text, xs, ys, widths, spaces, _, size, _, order, _, _, _, _ = run
        if text.isascii():  # no ideograph
            return _singly(run, 0, len(text))
        up, low, tight, loose = _ASCENT * size, _DESCENT * size, _TIGHT * size, _LOOSE * size
        found: list[Char] = []
        number = 0
        for word in _WORD.finditer(text):
            start, end = word.span()
            x0, x1, y = xs[start], xs[end - 1] + widths[end - 1], ys[start]
            if ys[end - 1] != y or not tight < (x1 - x0) / (end - start) < loose:
                continue
            if (between := lines.between(x0, x1)) and (
                lines.touch(between, y - up, y + low) or not _is_one(run, start, end)
            ):
                continue
            if number < start:
                found += _singly(run, number, start)
            found.append(_char((x0, y - up, x1, y + low, y, word[0], spaces[start], order)))
            number = end
        if number < len(text):
            found += _singly(run, number, len(text))
        return found

    def holds(self, run: Run) -> bool:
        """Whether a run lies on the paper."""
        left, top, right, bottom = self.edges
        x0, y0, x1, y1 = run.reach
        return left <= x0 and x1 + run.size <= right and top <= y0 and y1 <= bottom

    def char(self, run: Run, number: int, grounds: "_Grounds") -> Char | None:
        """A character in reading direction, marked where it may not be seen; None for one that is not."""
        text = run.text[number]
        if run.angle != self.turn or run.watermark:
            # Over the figures of a table, but not of it. In labels set upright each character is turned.
            if text.isdigit():
                text = UNCLEAR
            elif run.angle < 0 or run.watermark:
                return None
        at_x, at_y = run.xs[number], run.ys[number]
        box = _char_box(at_x, at_y, run.size, run.widths[number], run.angle)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        left, top, right, bottom = self.edges
        if not (left <= x <= right and top <= y <= bottom) or not _is_within(x, y, run.clip):
            return None
        ground, covered, hazy = grounds.at(x, y, run.order)
        ratio = _ratio(run.ink, ground, run.opacity)
        if covered or ratio < UNSEEN:
            return None
        if text != UNCLEAR and (ratio < DOUBTFUL or run.size < TINY or hazy or run.clip == UNKNOWN or run.ink is None):
            text += DIM
        x0, y0, x1, y1 = self.turned(box)
        _, base, _, _ = self.turned((at_x, at_y, at_x, at_y))
        return Char(x0, y0, x1, y1, base, text, run.spaces[number], run.order)

    def turned(self, box: Box) -> Box:
        """A box of the page as it is read."""
        if not self.turn:
            return box
        x0, y0, x1, y1 = box
        return (box, (y0, -x1, y1, -x0), (-x1, -y1, -x0, -y0), (-y1, x0, -y0, x1))[self.turn]

    def place(self, number: int, box: Box) -> str:
        """Where a box as it is read lies on its page, in millimetres from the top left corner."""
        x0, y0, x1, y1 = box
        if self.turn:
            x0, y0, x1, y1 = (box, (-y1, x0, -y0, x1), (-x1, -y1, -x0, -y0), (y0, -x1, y1, -x0))[self.turn]
        sides = _millimetres(x0), _millimetres(y0), _millimetres(x1), _millimetres(y1)
        return f"page {number}, box {','.join(sides)} mm"

    def lay_out(self, number: int) -> Page:
        """Lines and tables."""
        strokes = [*map(self.turned, self.strokes)] if self.turn else self.strokes
        across = [new_ruling(((y0 + y1) / 2, x0, x1)) for x0, y0, x1, y1 in strokes if y1 - y0 <= x1 - x0]
        down = [new_ruling(((x0 + x1) / 2, y0, y1)) for x0, y0, x1, y1 in strokes if not y1 - y0 <= x1 - x0]
        chars, across = _struck(self.chars, across)
        page = lay_out(number, chars, across, down)
        page.doubt_cut(self.turned(self.edges))
        return page


class _Lines:
    """Where lines run that may part a word or strike it."""

    def __init__(self, strokes: Iterable[Stroke]) -> None:
        self.upright = sorted([(x0, y0, y1) for x0, y0, x1, y1 in strokes if y1 - y0 > x1 - x0])
        self.ats = [x for x, _, _ in self.upright]
        self.levels = sorted({y0 for x0, y0, x1, y1 in strokes if y1 - y0 <= x1 - x0})

    def between(self, x0: float, x1: float) -> list[tuple[float, float, float]]:
        """The upright lines between two places, at whatever height."""
        return self.upright[bisect_right(self.ats, x0) : bisect_left(self.ats, x1)]

    def touch(self, upright: list[tuple[float, float, float]], top: float, bottom: float) -> bool:
        """Whether one of some upright lines comes near to what lies between two heights, or a level one runs there."""
        at = bisect_right(self.levels, top - _HAIR)
        if at < len(self.levels) and self.levels[at] < bottom:
            return True
        above, below = top - _BAND, bottom + _BAND
        return any([y0 < below and above < y1 for _, y0, y1 in upright])


def _is_one(run: Run, start: int, end: int) -> bool:
    """Whether characters follow one another so closely that nobody sees a blank between them, and none over another."""
    xs, spaces = run.xs[start:end], run.spaces[start + 1 : end]
    steps = list(map(sub, xs[1:], xs))
    return _COPIED * run.size < min(steps) and max(steps) < _LOOSE * run.size and not any(spaces)


@lru_cache(maxsize=8192)
def _millimetres(points: float) -> str:
    """A coordinate as places name it: kept, for the cells of a table share their sides."""
    return f"{points / POINT:.1f}"


def _singly(run: Run, start: int, end: int) -> list[Char]:
    """Characters of a level run, one by one."""
    text, xs, ys, widths, spaces, _, size, _, order, _, _, _, _ = run
    if end - start < len(text):
        text, spaces = text[start:end], spaces[start:end]
        xs, ys, widths = xs[start:end], ys[start:end], widths[start:end]
    up, low = _ASCENT * size, _DESCENT * size
    return [
        _char((x, y - up, x + width, y + low, y, glyph, space, order))
        for x, y, width, glyph, space in zip(xs, ys, widths, text, spaces, strict=True)
    ]


def _is_within(x: float, y: float, clip: Box | None) -> bool:
    """Whether a point may show through a clip."""
    return clip is None or clip == UNKNOWN or (clip[0] <= x <= clip[2] and clip[1] <= y <= clip[3])


def _char_box(x: float, y: float, size: float, width: float, angle: int) -> Box:
    up, low = _ASCENT * size, _DESCENT * size
    if angle <= 0:
        return x, y - up, x + width, y + low
    return ((x - low, y, x + up, y + width), (x - width, y - low, x, y + up), (x - up, y - width, x + low, y))[
        angle - 1
    ]


@lru_cache(maxsize=4096)
def _ratio(ink: Colour | None, ground: Colour | None, opacity: float) -> float:
    """The contrast of ink that is so opaque on its ground; the largest where one of them is not known."""
    if ink is None or ground is None:
        return _MOST
    red, green, blue = (opacity * i + (1 - opacity) * g for i, g in zip(ink, ground, strict=True))
    return contrast((red, green, blue), ground)


def _is_clear(ink: Colour | None, opacity: float) -> bool:
    """Whether ink is known and seen on paper."""
    return ink is not None and _ratio(ink, WHITE, opacity) >= DOUBTFUL


class _Grounds:
    """What lies under and over a point, by bands of the page."""

    def __init__(self, fills: Iterable[Fill]) -> None:
        self.bands: dict[int, list[Fill]] = defaultdict(list)
        for fill in fills:
            for band in range(int(fill.box[1] // _BAND), int(fill.box[3] // _BAND) + 1):
                self.bands[band].append(fill)

    def are_plain(self, run: Run) -> bool:
        """Whether nothing is painted where a run stands."""
        if not self.bands:
            return True
        left, top, right, bottom = grown(run.reach, run.size)
        return not any(
            x0 < right and left < x1 and y0 < bottom and top < y1
            for band in range(int(top // _BAND), int(bottom // _BAND) + 1)
            for _, (x0, y0, x1, y1), _, _ in self.bands.get(band, ())
        )

    def at(self, x: float, y: float, order: int) -> tuple[Colour | None, bool, bool]:
        """(the colour under what is painted at a point then, whether it is covered later, whether by something of which
        nobody knows how dense it is).
        """
        ground: Colour | None = WHITE
        covered = hazy = False
        for fill in self.bands.get(int(y // _BAND), ()):
            x0, y0, x1, y1 = fill.box
            if not (x0 < x < x1 and y0 < y < y1):
                continue
            if fill.order > order:
                covered |= fill.opaque
                hazy |= fill.colour is None
            elif fill.opaque or fill.colour is None:
                ground = fill.colour
        return ground, covered, hazy


def _struck(chars: list[Char], across: list[Ruling]) -> tuple[list[Char], list[Ruling]]:
    """Characters with a line through them, marked, and the rulings without such lines."""
    if not across:
        return chars, across
    levels = sorted(across)
    ats = [ruling.at for ruling in levels]
    tops, bottoms = (numpy.fromiter(map(side, chars), float, len(chars)) for side in (TOP, BOTTOM))
    quarters = (bottoms - tops) / 4
    firsts = numpy.searchsorted(ats, tops + quarters, "right")
    lasts = numpy.searchsorted(ats, bottoms - quarters)
    through: dict[Ruling, list[int]] = defaultdict(list)
    for number in numpy.flatnonzero(firsts < lasts).tolist():
        char = chars[number]
        quarter = (char.x1 - char.x0) / 4
        for ruling in levels[firsts[number] : lasts[number]]:
            # Where a line runs through its middle, over most of its width.
            if ruling.start < char.x0 + quarter and char.x1 - quarter < ruling.end:
                through[ruling].append(number)
    strikes = {
        ruling: numbers
        for ruling, numbers in through.items()
        if _is_strike(ruling, [chars[number] for number in numbers])
    }
    for number in {number for numbers in strikes.values() for number in numbers}:
        chars[number] = chars[number]._replace(glyph=chars[number].glyph + STRUCK)
    return chars, [ruling for ruling in across if ruling not in strikes] if strikes else across


def _is_strike(ruling: Ruling, chars: list[Char]) -> bool:
    """Whether a line is no longer than the characters it runs through."""
    size = max(char.y1 - char.y0 for char in chars)
    return min(char.x0 for char in chars) - ruling.start < size and ruling.end - max(char.x1 for char in chars) < size
