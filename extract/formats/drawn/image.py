"""Scans and pictures of pages, by character recognition on this machine: the extra `ocr`.

The rulings are found in the picture, and the text of each cell is recognised line by line, so that no figure is taken
for its neighbour's. What is not read with confidence ends in a mark no number holds. Every cell read this way says so.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any, NamedTuple

import numpy

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.drawn import child
from extract.formats.drawn.breaks import drop_furniture, mend_breaks
from extract.formats.drawn.cleaning import darkened, without_seals, without_stamps
from extract.formats.drawn.flow import flow, title, to_blocks
from extract.formats.drawn.lattice import SNAP, Page, Ruling, boxes, join, lay_out
from extract.formats.drawn.lines import NO_SPACE, SPACE, UNCLEAR, Char
from extract.formats.drawn.recognise import Recogniser
from extract.formats.drawn.upright import Matrix, before, to_upright
from extract.formats.drawn.view import Box

MAX_PAGES = 60
SECONDS_A_PAGE = 30  # of processor time, beyond what every file may take
_DOTS = 200 / 72  # a point of a page
_WIDTH = 595  # points; a picture does not tell how large its paper was
_LEAST_RULING = 13  # points: longer than the strokes of characters
_LONG = 60  # points: more than the rim of a stamp is straight
_LEAST_INK = 3  # points, of a line of text
_SPECK = 1  # points: smaller than a decimal point
_THIN = 2  # points: what runs so flat along a ruling is its frayed edge
_THICK = 2.2  # points: thicker than a ruling that is lighter than ink, thinner than the rim of a seal
_LEAST_PALE = 30  # points: the same of one that is lighter than ink
_GRAIN = 1  # points along a ruling in which it is as dark as it is in the mean
_PALE = 16  # of 255: what is less dark than its sides is no ruling
_WORD = re.compile("[\u4e00-\u9fff].*[\u4e00-\u9fff]")
_SURE = 0.85
_GAP = 4  # times the shortest ruling: what a seal hides of one at most


def parse(data: bytes) -> child.Answer:
    """Title, paragraphs and tables of a picture."""
    return read_pictures([data], paper=False)


def read(data: bytes, media_type: str, function: child.Function = parse) -> Document:
    """Read a picture of a page, or by another function the pictures in a file.

    Raises UnreadableFileError without the extra, and for what cannot be opened or takes too long.
    """
    try:
        answer = child.call(function, data)
    except UnreadableFileError as error:
        raise UnreadableFileError(str(error), media_type) from None
    return Document(media_type, title=answer["title"], blocks=to_blocks(answer["blocks"]), doubt="read_by_ocr")


def add_pictures(document: Document) -> None:
    """Add what can be recognised in the pictures a document holds in place of its tables, behind its own blocks.

    Raises UnreadableFileError as `read` does.
    """
    several = b"".join(struct.pack(">I", len(picture)) + picture for picture in document.held)
    blocks = to_blocks(child.call(parse_several, several)["blocks"])
    for number, grid in enumerate((block for block in blocks if isinstance(block, Grid)), len(document.grids) + 1):
        grid.number = number
    document.blocks += blocks
    document.article = None
    document.doubt = "read_by_ocr"


def parse_several(data: bytes) -> child.Answer:
    """The same as `parse`, of several pictures: the bytes of each behind their number."""

    def pictures() -> Iterator[bytes]:
        at = 0
        while at < len(data):
            (length,) = struct.unpack_from(">I", data, at)
            yield data[at + 4 : at + 4 + length]
            at += 4 + length

    return read_pictures(pictures(), paper=False)


def read_pictures(pictures: Iterable[bytes], *, paper: bool) -> child.Answer:
    """Title, paragraphs and tables of the pictures of pages; with `paper`, places are told in points of a page."""
    require("a picture")
    cv2 = import_module("cv2")
    reader = _Reader()
    pages: list[Page] = []
    views: list[View] = []
    for number, data in enumerate(islice(pictures, MAX_PAGES)):
        colours = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_COLOR)
        if colours is None:
            raise UnreadableFileError("the picture is damaged; expected one that can be opened")
        child.allow(SECONDS_A_PAGE)
        height, width, _ = colours.shape
        dots = width / _WIDTH
        page, turn = reader.page(number, colours, dots)
        pages.append(page)
        views.append(View(dots, height / dots if paper else 0, turn))
    drop_furniture(pages)
    mend_breaks(pages)
    blocks = flow(pages, lambda page, box: views[page].place(page + 1, box))
    return {"title": title(pages[0]), "blocks": list(blocks)}


def require(found: str) -> None:
    """Raise UnreadableFileError, with the reason needs_ocr, where the extra is not installed."""
    if not is_there():
        raise UnreadableFileError(
            f"needs_ocr: {found}; expected text that can be selected, or the extra for recognition: "
            "pip install 'gongkai[ocr]'"
        )


def is_there() -> bool:
    """Whether the extra is installed."""
    return bool(find_spec("rapidocr") and find_spec("cv2"))


def read_scans(document: Any, numbers: Sequence[int]) -> Iterator[tuple[Page, Callable[[int, Box], str]]]:
    """Pages of an open PDF (numbers from 0), by what can be recognised in them as they are drawn.

    Raises UnreadableFileError for more pages than anybody waits for.
    """
    if len(numbers) > MAX_PAGES:
        raise UnreadableFileError(f"the scan has {len(numbers)} pages; expected at most {MAX_PAGES}")
    reader = _Reader()
    for number in numbers:
        child.allow(SECONDS_A_PAGE)
        page = document[number]
        read, turn = reader.page(number, page.render(scale=_DOTS).to_numpy()[:, :, :3], _DOTS)
        yield read, View(_DOTS, page.get_height(), turn).place


class View(NamedTuple):
    """How points from the top left corner of what was read are told to people: where they are before it was turned."""

    dots: float
    height: float
    turn: Matrix | None = None

    def place(self, number: int, box: Box) -> str:
        """A box as any PDF has it, in points from the bottom of the page, and in pixels from the top of a picture."""
        x0, y0, x1, y1 = box if self.turn is None else before(box, self.turn, self.dots)
        if self.height:
            return f"page {number}, box {x0:.1f},{self.height - y1:.1f},{x1:.1f},{self.height - y0:.1f}"
        which = f"picture {number}" if number > 1 else "picture"
        return f"{which}, box {','.join(str(round(side * self.dots)) for side in box)} pixels"


def _level(length: int) -> Any:
    return numpy.ones((1, length), numpy.uint8)


class _Region(NamedTuple):
    """A rectangle of dots."""

    x0: int
    y0: int
    x1: int
    y1: int


class _Part(NamedTuple):
    """A connected part of a mask, in dots."""

    x: int
    y: int
    width: int
    height: int


def _held(level: list[Ruling], upright: list[Ruling]) -> tuple[list[Ruling], list[Ruling]]:
    """The rulings that end at others, as those of cells do, or are long: the rim of a stamp does and is not."""

    def ends(ruling: Ruling, others: list[Ruling]) -> bool:
        def meets(at: float) -> bool:
            return any(
                abs(other.at - at) <= SNAP and other.start - SNAP <= ruling.at <= other.end + SNAP for other in others
            )

        return ruling.end - ruling.start > _LONG or (meets(ruling.start) and meets(ruling.end))

    return [r for r in level if ends(r, upright)], [r for r in upright if ends(r, level)]


class _Reader:
    """Finds rulings, cells and lines of text, and has each line recognised."""

    def __init__(self) -> None:
        self.cv2 = import_module("cv2")
        self.recogniser = Recogniser()

    def page(self, number: int, colours: Any, dots: float) -> tuple[Page, Matrix | None]:
        """What a page shows (blue, green, red) with so many dots a point, and how it was turned for that."""
        grey, stamps = without_stamps(colours, dots)
        turn = to_upright(grey, self._ink(grey, dots), dots)
        if turn is not None:
            grey, stamps = self._turned(grey, turn, self.cv2.INTER_CUBIC), self._turned(stamps, turn)
        whole = darkened(grey, dots)
        grey, seals = without_seals(whole, dots)
        ink, seals = self._ink(grey, dots), stamps | seals
        across = self._rulings(ink, whole, seals, dots)
        down = self._rulings(ink.T, whole.T, seals.T, dots).T
        lines = self.cv2.dilate(across | down, numpy.ones((3, 3), numpy.uint8))
        text = self._without_specks(ink & ~lines, dots)
        level = [Ruling((r.y + r.height / 2) / dots, r.x / dots, (r.x + r.width) / dots) for r in self._parts(across)]
        upright = [Ruling((r.x + r.width / 2) / dots, r.y / dots, (r.y + r.height) / dots) for r in self._parts(down)]
        level, upright = _held(join(level), join(upright))
        regions = [
            _Region(*(round(side * dots) for side in (x0, y0, x1, y1))) for x0, y0, x1, y1 in boxes(level, upright)
        ]
        lines = [line for region in regions for line in self._lines(text, region, dots)]
        for region in regions:
            text[region.y0 : region.y1, region.x0 : region.x1] = 0
        lines += self._lines(text, _Region(0, 0, grey.shape[1], grey.shape[0]), dots)
        return lay_out(number, list(self._chars(grey, lines, dots)), level, upright), turn

    def _rulings(self, ink: Any, grey: Any, seals: Any, dots: float) -> Any:
        """What is straight level lines of ink, or lighter than ink.

        Under seals short pieces count, and where nothing shows the line goes on to its next piece.
        """
        cv2 = self.cv2
        least = round(_LEAST_RULING * dots)
        depth = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, numpy.ones((round(_THICK * dots), 1), numpy.uint8))
        pale = cv2.compare(cv2.blur(depth, (round(_GRAIN * dots), 1)), _PALE, cv2.CMP_GT)
        lines = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _level(least))
        thin = cv2.morphologyEx(pale, cv2.MORPH_OPEN, _level(round(_LEAST_PALE * dots)))
        if not seals.any():
            return lines | thin
        beside = cv2.dilate(seals, _level(2 * least))
        thin |= cv2.morphologyEx(pale, cv2.MORPH_OPEN, _level(least)) & beside
        lines |= self._reaching_out(thin, seals)
        hidden = seals | (ink | pale) & beside
        return lines | (cv2.morphologyEx(lines, cv2.MORPH_CLOSE, _level(_GAP * least)) & hidden)

    def _reaching_out(self, lines: Any, seals: Any) -> Any:
        """The connected parts of a mask that do not end with the seal they lie under, as its own edges do."""
        _, numbers = self.cv2.connectedComponents(lines)
        bare = self.cv2.dilate(seals, numpy.ones((5, 5), numpy.uint8)) == 0
        reaches = numpy.bincount(numbers[bare], minlength=int(numbers.max()) + 1) > 0
        reaches[0] = False
        return numpy.where(reaches, 255, 0).astype(numpy.uint8)[numbers]

    def _turned(self, grey: Any, turn: Matrix, how: int = 0) -> Any:
        """A picture turned, what lay outside it as its rim."""
        size = (grey.shape[1], grey.shape[0])
        return self.cv2.warpPerspective(grey, turn, size, flags=how, borderMode=self.cv2.BORDER_REPLICATE)

    def _ink(self, grey: Any, dots: float) -> Any:
        """What is darker than the paper around it, however the light fell."""
        cv2 = self.cv2
        around = round(12 * dots) | 1
        return cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, around, 20)

    def _without_specks(self, text: Any, dots: float) -> Any:
        """A mask without what is smaller than a point of print."""
        _, numbers, stats, _ = self.cv2.connectedComponentsWithStats(text)
        keeps = stats[:, 2:4].max(axis=1) >= _SPECK * dots
        keeps[0] = False
        return numpy.where(keeps, 255, 0).astype(numpy.uint8)[numbers]

    def _parts(self, mask: Any) -> list[_Part]:
        """The connected parts of a mask."""
        _, _, stats, _ = self.cv2.connectedComponentsWithStats(mask, connectivity=8)
        return [_Part(*map(int, row[:4])) for row in stats[1:]]

    def _chars(self, grey: Any, lines: list[_Region], dots: float) -> Iterator[Char]:
        """The characters in lines of text, each where it was found; a line not read with confidence ends in a mark."""
        pad = round(dots)
        pictures = [grey[max(y0 - pad, 0) : y1 + pad, max(x0 - pad, 0) : x1 + pad] for x0, y0, x1, y1 in lines]
        order = 0
        for (x0, y0, x1, y1), glyphs in zip(lines, self.recogniser.lines(pictures), strict=True):
            order += 1  # what stands in the next line is no part of a number in this one
            half = (y1 - y0) / 4
            space = NO_SPACE
            for sign, at, _ in glyphs:
                if sign.isspace():
                    space = SPACE
                else:
                    x = min(max(x0 - pad + at * (x1 - x0 + 2 * pad), x0), x1)
                    left, right = (x - half) / dots, (x + half) / dots
                    yield Char(left, y0 / dots, right, y1 / dots, y1 / dots, sign, space, order)
                    order, space = order + 1, NO_SPACE
            # A label that is not read right is not found in the form; a figure is not missed by anybody.
            words = _WORD.search("".join(glyph.sign for glyph in glyphs))
            if not words and min((glyph.score for glyph in glyphs), default=0.0) < _SURE:
                yield Char(x1 / dots, y0 / dots, x1 / dots, y1 / dots, y1 / dots, UNCLEAR, NO_SPACE, order)
                order += 1

    def _lines(self, text: Any, region: _Region, dots: float) -> Iterator[_Region]:
        """Runs of rows with ink, each cut to the ink it holds."""
        part = text[region.y0 : region.y1, region.x0 : region.x1]
        inked = numpy.concatenate(([0], (part.sum(axis=1, dtype=numpy.int64) > 255).astype(numpy.int8), [0]))
        starts, ends = numpy.flatnonzero(numpy.diff(inked) == 1), numpy.flatnonzero(numpy.diff(inked) == -1)
        runs: list[list[int]] = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if runs and start - runs[-1][1] <= round(1.2 * dots) and end - runs[-1][0] < 16 * dots:
                runs[-1][1] = end  # a character in two halves, such as 二
            else:
                runs.append([start, end])
        for top, bottom in runs:
            columns = numpy.flatnonzero(part[top:bottom].any(axis=0))
            left, right = int(columns[0]), int(columns[-1]) + 1
            edge = min(_LONG * dots, 0.8 * (region.x1 - region.x0))
            if bottom - top < _THIN * dots and right - left > edge:
                continue
            if max(bottom - top, right - left) >= _LEAST_INK * dots:
                yield _Region(region.x0 + left, region.y0 + top, region.x0 + right, region.y0 + bottom)
