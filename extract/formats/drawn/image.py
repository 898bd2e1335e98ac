"""Scans and pictures of pages, by character recognition on this machine: the extra `ocr`.

The rulings are found in the picture, and the text of each cell is recognised line by line, so that no figure is taken
for its neighbour's. What is not read with confidence ends in a mark no number holds. Every cell read this way says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from extract.document import Document, UnreadableFileError
from extract.formats.drawn import child
from extract.formats.drawn.breaks import drop_furniture, mend_breaks
from extract.formats.drawn.flow import flow, title, to_blocks
from extract.formats.drawn.lattice import Page, Ruling, boxes, lay_out
from extract.formats.drawn.lines import NO_SPACE, SPACE, UNCLEAR, Char
from extract.formats.drawn.view import Box

MAX_PAGES = 60
SECONDS_A_PAGE = 30  # of processor time, beyond what every file may take
_DOTS = 200 / 72  # a point of a page
_WIDTH = 595  # points; a picture does not tell how large its paper was
_LEAST_RULING = 13  # points: longer than the strokes of characters
_LEAST_INK = 3  # points, of a line of text
_SKEW = 5  # degrees
_SURE = 0.85


def read(data: bytes, media_type: str, function: child.Function | None = None) -> Document:
    """Read a picture of a page; the pictures in a file by a `function` that hands them to `recognised`.

    Raises UnreadableFileError without the extra, and for what cannot be opened or takes too long.
    """
    try:
        answer = child.call(function or parse, data)
    except UnreadableFileError as error:
        raise UnreadableFileError(str(error), media_type) from None
    return Document(media_type, title=answer["title"], blocks=to_blocks(answer["blocks"]), doubt="read_by_ocr")


def parse(data: bytes) -> child.Answer:
    """Title, paragraphs and tables of a picture."""
    return recognised([data])


def recognised(pictures: Iterable[bytes]) -> child.Answer:
    """Title, paragraphs and tables of pictures, each of a page of the usual width."""
    require("a picture")
    cv2, numpy = import_module("cv2"), import_module("numpy")
    reader = _Reader()
    pages, views = [], []
    for number, data in enumerate(pictures):
        grey = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise UnreadableFileError("the picture is damaged; expected one that can be opened")
        child.allow(SECONDS_A_PAGE)
        dots = grey.shape[1] / _WIDTH
        pages.append(reader.page(number, grey, dots))
        views.append(View(dots, 0))
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
        grey = page.render(scale=_DOTS, grayscale=True).to_numpy().squeeze()
        yield reader.page(number, grey, _DOTS), View(_DOTS, page.get_height()).place


class View(NamedTuple):
    """How points from the top left corner of what was read are told to people."""

    dots: float
    height: float

    def place(self, number: int, box: Box) -> str:
        """A box as any PDF has it, in points from the bottom of the page, and in pixels from the top of a picture."""
        x0, y0, x1, y1 = box
        if self.height:
            return f"page {number}, box {x0:.1f},{self.height - y1:.1f},{x1:.1f},{self.height - y0:.1f}"
        return f"picture, box {','.join(str(round(side * self.dots)) for side in box)} pixels"


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


class _Reader:
    """Finds rulings, cells and lines of text, and has each line recognised."""

    def __init__(self) -> None:
        self.cv2 = import_module("cv2")
        self.numpy = import_module("numpy")
        settings = {"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
        self.engine = import_module("rapidocr").RapidOCR(params=settings)

    def page(self, number: int, grey: Any, dots: float) -> Page:
        """What a page shows whose grey levels these are, so many dots a point."""
        grey = self._upright(grey, dots)
        ink = self._ink(grey, dots)
        least = round(_LEAST_RULING * dots)
        across = self.cv2.morphologyEx(ink, self.cv2.MORPH_OPEN, self.numpy.ones((1, least), self.numpy.uint8))
        down = self.cv2.morphologyEx(ink, self.cv2.MORPH_OPEN, self.numpy.ones((least, 1), self.numpy.uint8))
        lines = self.cv2.dilate(across | down, self.numpy.ones((3, 3), self.numpy.uint8))
        text = ink & ~lines
        level = [Ruling((r.y + r.height / 2) / dots, r.x / dots, (r.x + r.width) / dots) for r in self._parts(across)]
        upright = [Ruling((r.x + r.width / 2) / dots, r.y / dots, (r.y + r.height) / dots) for r in self._parts(down)]
        regions = [
            _Region(*(round(side * dots) for side in (x0, y0, x1, y1))) for x0, y0, x1, y1 in boxes(level, upright)
        ]
        chars: list[Char] = []
        for region in regions:
            chars += self._chars(grey, text, region, dots, len(chars))
        for region in regions:
            text[region.y0 : region.y1, region.x0 : region.x1] = 0
        chars += self._chars(grey, text, _Region(0, 0, grey.shape[1], grey.shape[0]), dots, len(chars))
        return lay_out(number, chars, level, upright)

    def _ink(self, grey: Any, dots: float) -> Any:
        """What is darker than the paper around it, however the light fell."""
        cv2 = self.cv2
        around = round(12 * dots) | 1
        return cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, around, 20)

    def _upright(self, grey: Any, dots: float) -> Any:
        """The page turned so that its rulings run level."""
        cv2, numpy = self.cv2, self.numpy
        long = round(_WIDTH / 4 * dots)
        found = cv2.HoughLinesP(self._ink(grey, dots), 1, numpy.pi / 3600, 200, minLineLength=long, maxLineGap=5)
        if found is None:
            return grey
        x0, y0, x1, y1 = found.reshape(-1, 4).T.astype(float)
        angles = numpy.degrees(numpy.arctan2(y1 - y0, x1 - x0))
        angles = angles[abs(angles) < _SKEW]
        angle = float(numpy.median(angles)) if len(angles) else 0.0
        if abs(angle) < 0.05:
            return grey
        height, width = grey.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
        return cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)

    def _parts(self, mask: Any) -> list[_Part]:
        """The connected parts of a mask."""
        _, _, stats, _ = self.cv2.connectedComponentsWithStats(mask, connectivity=8)
        return [_Part(*map(int, row[:4])) for row in stats[1:]]

    def _chars(self, grey: Any, text: Any, region: _Region, dots: float, count: int) -> Iterator[Char]:
        """The characters in a region, evenly over the ink of each line of text; `count` have been found before."""
        pad = round(dots)
        order = 2 * count
        for x0, y0, x1, y1 in self._lines(text, region, dots):
            order += 1  # what stands in the next line is no part of a number in this one
            words, score = self._recognised(grey[max(y0 - pad, 0) : y1 + pad, max(x0 - pad, 0) : x1 + pad])
            if score < _SURE:
                words += UNCLEAR
            widths = [1 if glyph > "\u2000" else 0.5 for glyph in words]
            step = (x1 - x0) / (sum(widths) or 1)
            x, space = float(x0), NO_SPACE
            for glyph, width in zip(words, widths, strict=True):
                if glyph.isspace():
                    space = SPACE
                else:
                    end = x + step * width
                    yield Char(x / dots, y0 / dots, end / dots, y1 / dots, y1 / dots, glyph, space, order)
                    order, space = order + 1, NO_SPACE
                x += step * width

    def _lines(self, text: Any, region: _Region, dots: float) -> Iterator[_Region]:
        """Runs of rows with ink, each cut to the ink it holds."""
        numpy = self.numpy
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
            if max(bottom - top, right - left) >= _LEAST_INK * dots:
                yield _Region(region.x0 + left, region.y0 + top, region.x0 + right, region.y0 + bottom)

    def _recognised(self, crop: Any) -> tuple[str, float]:
        """(text, confidence) of the picture of a line."""
        found = self.engine(
            self.cv2.cvtColor(crop, self.cv2.COLOR_GRAY2BGR), use_det=False, use_cls=False, use_rec=True
        )
        texts, scores = found.txts or (), found.scores or ()
        return ("".join(texts), min(scores)) if texts and scores else ("", 0.0)
