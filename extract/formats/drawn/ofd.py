"""OFD, the national layout format (GB/T 33190-2016): a zip file of XML that draws pages.

Nothing in it says "table": text objects place characters, path objects draw lines, and `extract.formats.drawn.lattice`
makes cells of them. Lengths are millimetres from the top left corner of a page, y pointing down; here they become
points. What is painted later covers what was painted before (8.1).
"""

import math
import posixpath
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

from lxml import etree

from extract.document import Document, UnreadableFileError
from extract.formats.drawn import child, image
from extract.formats.drawn.breaks import drop_furniture, mend_breaks
from extract.formats.drawn.flow import flow, title, to_blocks
from extract.formats.drawn.lattice import Page, Ruling, lay_out
from extract.formats.drawn.lines import NO_SPACE, SPACE, UNCLEAR, Char
from extract.formats.drawn.view import Box
from extract.formats.package import Package, part_name
from extract.formats.text.rows import read_lines
from extract.shown import DIM, DOUBTFUL, SPECK, STRUCK, TINY, UNSEEN, contrast
from extract.vocabulary import vocabulary

MEDIA_TYPE = "application/ofd"
KIND = "an OFD file"
MAX_PAGES = 500
MAX_OBJECTS = 200_000  # of all pages, and as many characters a page at most
MAX_RULINGS = 20_000  # of a page
MAX_DEPTH = 16
LEAST_TEXT = 16  # characters a page: a scan may bear a page number or the mark of its scanner

_POINT = 72 / 25.4
_THICK = 4.0  # points; what is filled wider than this is a background, not a ruling
_ASCENT, _DESCENT = 0.88, 0.12  # of a character's size
_NARROW = 0.5  # the width of a Latin character, for its size
_WIDE_FROM = "\u2e80"
_BAND = 16.0
_LEAST_ROWS = 10  # of a table without rulings: prose may have a line of figures
_STRAIGHT = 1.0  # point a stroke may lean
_SQUARE = 3.0  # degrees a text may lean from the directions of the page
_MM = "mm"
_TIGHT, _LOOSE = 0.75, 1.5  # the width of a character of a word, for its size
_MOST = 21.0  # contrast there is
# Words of ideographs: what may stand in a number is no part of one.
_WORD = re.compile(r"[\u4e00-\u4e06\u4e08-\u4ebe\u4ec0-\u5142\u5144-\u9fff、。；：（）《》“”]{2,}")
_BLANK = re.compile(r"\s")
_UNTOLD = re.compile(r"[\0-\x08\x0e-\x1f\ue000-\uf8ff\U000f0000-\U0010ffff]")  # no font maps it to a character
_LEAST_PICTURE = 1 / 8  # of a page: a smaller one is no page that was scanned
_PNG, _JPEG = b"\x89PNG", b"\xff\xd8\xff"

Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[float, float, float]
_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PATH = re.compile(r"[SMLQBAC]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OPERANDS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


def read(data: bytes) -> Document:
    """Parse an OFD file. Where it draws no table, white space in its lines parts cells; one of pictures is a scan.

    Raises UnreadableFileError where it is damaged, encrypted, scanned while the extra `ocr` is not installed, or larger
    than its limits.
    """
    try:
        answer = child.call(parse, data)
    except UnreadableFileError as error:
        raise UnreadableFileError(str(error), MEDIA_TYPE) from None
    if "scanned" in answer:
        return image.read(data, MEDIA_TYPE, parse_scan)
    document = Document(MEDIA_TYPE, title=answer["title"])
    if answer["lines"]:
        texts, places = zip(*answer["lines"], strict=True)
        document.blocks = read_lines([*texts], [*places], vocabulary())
        if sum(len(grid.rows) for grid in document.grids) >= _LEAST_ROWS:
            document.doubt = "unruled_table"
            return document
    document.blocks = to_blocks(answer["blocks"])
    return document


# -- in the process that opens drawn pages -----------------------------------------------------------------------------


def parse(data: bytes) -> child.Answer:
    """Title, paragraphs and tables; and the bare lines with their places, if there is no table."""
    pages = list(_Package(data).pages())
    if not pages:
        raise UnreadableFileError("an OFD file without a page; expected a report")
    if sum(page.printed for page in pages) < LEAST_TEXT * len(pages) and any(page.pictures for page in pages):
        image.require("a scan without text")
        return {"scanned": True}
    laid_out = [page.lay_out(number) for number, page in enumerate(pages)]
    drop_furniture(laid_out)
    mend_breaks(laid_out)
    lines = []
    if not any(page.tables for page in laid_out):
        lines = [
            (line.text, page.place(number, (line.x0, line.y0, line.x1, line.y1)))
            for number, (page, drawn) in enumerate(zip(pages, laid_out, strict=True), 1)
            for line in drawn.lines
        ]
    blocks = flow(laid_out, lambda page, box: pages[page].place(page + 1, box))
    return {"title": title(laid_out[0]), "blocks": list(blocks), "lines": lines}


def parse_scan(data: bytes) -> child.Answer:
    """What can be recognised in the largest picture of each page that has one."""
    pages = (page for page in _Package(data).pages() if page.pictures)
    return image.recognised(max(page.pictures)[1] for page in islice(pages, image.MAX_PAGES))


# -- the package -------------------------------------------------------------------------------------------------------


def _local(node: etree._Element) -> str:
    """The name of an element: writers use more than one namespace."""
    return _without_space(node.tag)


@lru_cache(maxsize=1024)
def _without_space(tag: str) -> str:
    return tag.rpartition("}")[2]


def _child(node: etree._Element | None, name: str) -> etree._Element | None:
    for part in node if node is not None else ():
        if _without_space(part.tag) == name:
            return part
    return None


def _text(node: etree._Element | None, name: str) -> str:
    found = _child(node, name)
    return (found.text or "").strip() if found is not None else ""


@dataclass(slots=True)
class _Resources:
    """What pages refer to by number."""

    params: dict[str, etree._Element] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)
    units: dict[str, etree._Element] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)


class _Package(Package):
    def __init__(self, data: bytes) -> None:
        super().__init__(data, MEDIA_TYPE, KIND)
        self.objects = 0
        if "Encryptions.xml" in self or any(name.endswith("encryptions.xml") for name in self.parts):
            raise self.refusal("zip container", "encrypted parts", "a file without password")

    def near(self, at: str, path: str) -> str:
        """The name of a part another one names: relative to it, or from the root."""
        path = path.strip().replace("\\", "/")
        if path.startswith("/"):
            return part_name(path)
        folder = posixpath.dirname(at)
        while (name := part_name(f"{folder}/{path}")) not in self.parts and folder:
            folder = posixpath.dirname(folder)  # some writers count from the document or the root
        return name

    def pages(self) -> Iterator["_Page"]:
        """The pages of all documents, painted."""
        count = 0
        for body in self.tree("OFD.xml").iterchildren("{*}DocBody"):
            name = self.near("OFD.xml", _text(body, "DocRoot"))
            root = self.tree(name)
            common = _child(root, "CommonData")
            resources = _Resources()
            for part in common if common is not None else ():
                if _local(part) in ("PublicRes", "DocumentRes"):
                    self.take_resources(self.near(name, part.text or ""), resources)
            templates = {
                part.get("ID"): self.near(name, part.get("BaseLoc") or "")
                for part in (common if common is not None else ())
                if _local(part) == "TemplatePage"
            }
            size = _box_of(_child(common, "PageArea"))
            notes = self.annotations(name, _text(root, "Annotations"))
            pages = _child(root, "Pages")
            for page in pages if pages is not None else ():
                if _local(page) != "Page":
                    continue
                count += 1
                if count > MAX_PAGES:
                    raise self.refusal(name, f"more than {MAX_PAGES} pages", f"at most {MAX_PAGES}")
                at = self.near(name, page.get("BaseLoc") or "")
                yield self.page(at, templates, resources, size, notes.get(page.get("ID") or "", []))

    def take_resources(self, name: str, resources: _Resources) -> None:
        if name not in self.parts:
            return
        root = self.tree(name)
        base = root.get("BaseLoc") or ""
        for part in root.iter():
            kind, number = _local(part), part.get("ID") or ""
            if kind == "DrawParam" and number:
                resources.params[number] = part
            elif kind == "ColorSpace" and number:
                resources.spaces[number] = part.get("Type") or "RGB"
            elif kind == "CompositeGraphicUnit":
                resources.units[number] = part
            elif kind == "MultiMedia":
                path = _text(part, "MediaFile")
                inside = self.near(name, f"{base}/{path}" if base and not path.startswith("/") else path)
                resources.media[number] = inside if inside in self.parts else self.near(name, path)

    def annotations(self, at: str, path: str) -> dict[str, list[str]]:
        """The parts with the annotations of each page, by the page's number."""
        found: dict[str, list[str]] = defaultdict(list)
        if path and (name := self.near(at, path)) in self.parts:
            for page in self.tree(name).iterchildren("{*}Page"):
                part = self.near(name, _text(page, "FileLoc"))
                if part in self.parts:
                    found[page.get("PageID") or ""].append(part)
        return found

    def page(
        self, name: str, templates: dict[str | None, str], resources: _Resources, size: Box | None, notes: list[str]
    ) -> "_Page":
        root = self.tree(name)
        own = replace(
            resources, params=dict(resources.params), spaces=dict(resources.spaces), units=dict(resources.units),
            media=dict(resources.media),
        )  # fmt: skip
        for part in root.iterchildren("{*}PageRes"):
            self.take_resources(self.near(name, part.text or ""), own)
        page = _Page(_box_of(_child(root, "Area")) or size or (0.0, 0.0, 210.0, 297.0))
        painter = _Painter(self, own, page)
        used = [
            (templates[part.get("TemplateID")], part.get("ZOrder") or "Background")
            for part in root.iterchildren("{*}Template")
            if templates.get(part.get("TemplateID")) in self.parts
        ]
        for template in (template for template, order in used if order != "Foreground"):
            painter.paint_content(self.tree(template))
        painter.paint_content(root)
        for template in (template for template, order in used if order == "Foreground"):
            painter.paint_content(self.tree(template))
        for note in notes:
            painter.paint_annotations(self.tree(note))
        page.settle()
        return page


def _box_of(area: etree._Element | None) -> Box | None:
    """The physical box of a page, in millimetres: left, top, right, bottom."""
    numbers = _numbers(_text(area, "PhysicalBox"))
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        return None
    x, y, width, height = numbers
    return x, y, x + width, y + height


@lru_cache(maxsize=4096)
def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, text.split()))
    except ValueError:
        return tuple(map(float, _NUMBER.findall(text)))


@lru_cache(maxsize=4096)
def _deltas(text: str) -> tuple[float, ...]:
    """The steps between characters: `g 3 4.5` stands for three of 4.5 (11.3)."""
    words = text.split()
    found: list[float] = []
    at = 0
    try:
        while at < len(words) and len(found) < MAX_OBJECTS:
            if words[at] == "g":
                found += [float(words[at + 2])] * min(int(words[at + 1]), MAX_OBJECTS)
                at += 3
            else:
                found.append(float(words[at]))
                at += 1
    except (ValueError, IndexError):
        return ()
    return tuple(found)


# -- painting ----------------------------------------------------------------------------------------------------------


class _Run(NamedTuple):
    """Characters placed by one piece of text, in points of the unturned page: where each begins on its base line and
    how wide it is. `spaces` tells the white space before each, `ink` is None for one nobody knows.
    """

    text: str
    xs: list[float]
    ys: list[float]
    widths: list[float]
    spaces: list[int]
    size: float
    angle: int  # quarter turns clockwise; -1 for any other
    order: int
    ink: Colour | None
    opacity: float
    watermark: bool


class _Fill(NamedTuple):
    """An area that is painted: with what, and when; no colour where nobody knows it."""

    order: int
    box: Box
    colour: Colour | None
    opaque: bool


@dataclass(slots=True)
class _Page:
    """What a page shows: its box in millimetres, and what was painted on it in points."""

    box: Box
    runs: list[_Run] = field(default_factory=list)
    strokes: list[tuple[float, float, float, float]] = field(default_factory=list)
    fills: list[_Fill] = field(default_factory=list)
    pictures: list[tuple[float, bytes]] = field(default_factory=list)  # those that may be a scan, by their area
    turn: int = 0
    chars: list[Char] = field(default_factory=list)
    placed: int = 0  # characters

    @property
    def edges(self) -> Box:
        """Its box in points."""
        left, top, right, bottom = self.box
        return left * _POINT, top * _POINT, right * _POINT, bottom * _POINT

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
        down = sorted({x0 for x0, y0, x1, y1 in self.strokes if y1 - y0 > x1 - x0})
        for run in self.runs:
            self.chars += self.shown(run, grounds, down)

    def shown(self, run: _Run, grounds: "_Grounds", down: list[float]) -> Iterator[Char]:
        """The characters of a run in reading direction, marked where they may not be seen. Words that hold no digit,
        on which nothing is painted and which no ruling cuts, are taken whole.
        """
        if run.size < SPECK or run.opacity <= 0:
            return
        if run.angle == self.turn == 0 and not run.watermark and run.size >= TINY and grounds.are_plain(run):
            ratio = _ratio(run.ink, _WHITE, run.opacity)
            if ratio >= DOUBTFUL and self.holds(run):
                yield from self.plain(run, down)
                return
        for number in range(len(run.text)):
            if (char := self.char(run, number, grounds)) is not None:
                yield char

    def plain(self, run: _Run, down: list[float]) -> Iterator[Char]:
        """The characters of a run of which nothing is to be told but their places; words in one piece."""
        text, xs, ys, widths, spaces, size, _, order, _, _, _ = run
        number = 0
        up, low = _ASCENT * size, _DESCENT * size
        for found in _WORD.finditer(text):
            start, end = found.span()
            if word := self.word(run, start, end, down):
                for n in range(number, start):
                    x, y = xs[n], ys[n]
                    yield Char(x, y - up, x + widths[n], y + low, y, text[n], spaces[n], order)
                yield word
                number = end
        for n in range(number, len(text)):
            x, y = xs[n], ys[n]
            yield Char(x, y - up, x + widths[n], y + low, y, text[n], spaces[n], order)

    def word(self, run: _Run, start: int, end: int, down: list[float]) -> Char | None:
        """A word in one piece; None where it is not one on the page."""
        x0, x1, y = run.xs[start], run.xs[end - 1] + run.widths[end - 1], run.ys[start]
        even = run.ys[end - 1] == y and _TIGHT * run.size < (x1 - x0) / (end - start) < _LOOSE * run.size
        at = bisect_right(down, x0)
        if not even or (at < len(down) and down[at] < x1):
            return None
        top, bottom = y - _ASCENT * run.size, y + _DESCENT * run.size
        return Char(x0, top, x1, bottom, y, run.text[start:end], run.spaces[start], run.order)

    def holds(self, run: _Run) -> bool:
        """Whether a run lies on the paper."""
        left, top, right, bottom = self.edges
        xs, ys = run.xs, run.ys
        return left <= min(xs) and max(xs) + run.size <= right and top <= min(ys) and max(ys) <= bottom

    def char(self, run: _Run, number: int, grounds: "_Grounds") -> Char | None:
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
        if not (left <= x <= right and top <= y <= bottom):
            return None
        ground, covered, hazy = grounds.at(x, y, run.order)
        ratio = _ratio(run.ink, ground, run.opacity)
        if covered or ratio < UNSEEN:
            return None
        if text != UNCLEAR and (ratio < DOUBTFUL or run.size < TINY or hazy):
            text += DIM
        x0, y0, x1, y1 = self.turned(box)
        _, base, _, _ = self.turned((at_x, at_y, at_x, at_y))
        return Char(x0, y0, x1, y1, base, text, run.spaces[number], run.order)

    def turned(self, box: Box) -> Box:
        """A box of the page as it is read."""
        x0, y0, x1, y1 = box
        return (box, (y0, -x1, y1, -x0), (-x1, -y1, -x0, -y0), (-y1, x0, -y0, x1))[self.turn]

    def place(self, number: int, box: Box) -> str:
        """Where a box as it is read lies on its page, in millimetres from the top left corner."""
        x0, y0, x1, y1 = box
        back = (box, (-y1, x0, -y0, x1), (-x1, -y1, -x0, -y0), (y0, -x1, y1, -x0))[self.turn]
        return f"page {number}, box {','.join(f'{side / _POINT:.1f}' for side in back)} {_MM}"

    def lay_out(self, number: int) -> Page:
        """Lines and tables."""
        across: list[Ruling] = []
        down: list[Ruling] = []
        for stroke in self.strokes:
            x0, y0, x1, y1 = self.turned(stroke)
            if y1 - y0 <= x1 - x0:
                across.append(Ruling((y0 + y1) / 2, x0, x1))
            else:
                down.append(Ruling((x0 + x1) / 2, y0, y1))
        chars, across = _struck(self.chars, across)
        return lay_out(number, chars, across, down)


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


class _Grounds:
    """What lies under and over a point, by bands of the page."""

    def __init__(self, fills: Iterable[_Fill]) -> None:
        self.bands: dict[int, list[_Fill]] = defaultdict(list)
        for fill in fills:
            for band in range(int(fill.box[1] // _BAND), int(fill.box[3] // _BAND) + 1):
                self.bands[band].append(fill)

    def are_plain(self, run: _Run) -> bool:
        """Whether nothing is painted where a run stands."""
        top, bottom = min(run.ys) - run.size, max(run.ys) + run.size
        left, right = min(run.xs) - run.size, max(run.xs) + run.size
        return not any(
            x0 < right and left < x1 and y0 < bottom and top < y1
            for band in range(int(top // _BAND), int(bottom // _BAND) + 1)
            for _, (x0, y0, x1, y1), _, _ in self.bands.get(band, ())
        )

    def at(self, x: float, y: float, order: int) -> tuple[Colour | None, bool, bool]:
        """(the colour under what is painted at a point then, whether it is covered later, whether by something of which
        nobody knows how dense it is).
        """
        ground: Colour | None = _WHITE
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
    bands: dict[int, list[tuple[float, float, float, float, int]]] = defaultdict(list)
    for number, char in enumerate(chars):
        height, quarter = (char.y1 - char.y0) / 4, (char.x1 - char.x0) / 4
        # Where a line runs through its middle, over most of its width.
        hit = char.y0 + height, char.y1 - height, char.x0 + quarter, char.x1 - quarter, number
        for band in range(int(char.y0 // _BAND), int(char.y1 // _BAND) + 1):
            bands[band].append(hit)
    marked: set[int] = set()
    kept = []
    for ruling in across:
        at, start, end = ruling
        numbers = [
            number
            for low, high, left, right, number in bands.get(int(at // _BAND), ())
            if low < at < high and start < left and right < end
        ]
        through = [chars[number] for number in numbers]
        size = max((char.y1 - char.y0 for char in through), default=0.0)
        if (
            through
            and min(char.x0 for char in through) - start < size
            and end - max(char.x1 for char in through) < size
        ):
            marked.update(numbers)
        else:
            kept.append(ruling)
    found = [c._replace(glyph=c.glyph + STRUCK) if n in marked else c for n, c in enumerate(chars)] if marked else chars
    return found, kept


class _State(NamedTuple):
    """How what is painted comes to the page: its matrix, how opaque it is, and the drawing parameters it inherits."""

    matrix: Matrix = (_POINT, 0.0, 0.0, _POINT, 0.0, 0.0)
    opacity: float = 1.0
    param: str = ""
    watermark: bool = False
    depth: int = 0


class _Painter:
    """Paints the objects of a page in their order."""

    def __init__(self, package: _Package, resources: _Resources, page: _Page) -> None:
        self.package, self.resources, self.page = package, resources, page
        self.order = 0

    def paint_content(self, root: etree._Element) -> None:
        for layer in (layer for content in root.iterchildren("{*}Content") for layer in content):
            if _local(layer) == "Layer" and layer.get("Visible") != "false":
                self.paint(layer, _State(param=layer.get("DrawParam") or ""))

    def paint_annotations(self, root: etree._Element) -> None:
        for note in root.iter("{*}Annot"):
            look = _child(note, "Appearance")
            if look is not None and note.get("Visible") != "false":
                state = _State(watermark=note.get("Type") == "Watermark")
                self.paint(look, state._replace(matrix=_placed(look, state.matrix)))

    def paint(self, parent: etree._Element, state: _State) -> None:
        if state.depth > MAX_DEPTH:
            raise self.package.refusal("a page", f"more than {MAX_DEPTH} blocks inside one another", "a report")
        for node in parent:
            kind = _local(node)
            if not kind or node.get("Visible") == "false":
                continue
            self.package.objects += 1
            if self.package.objects > MAX_OBJECTS:
                raise self.package.refusal("a page", f"more than {MAX_OBJECTS} objects", "a report")
            if kind == "PathObject":
                self.path(node, state)
            elif kind == "TextObject":
                self.text(node, state)
            elif kind == "ImageObject":
                self.image(node, state)
            elif kind == "CompositeObject":
                unit = self.resources.units.get(node.get("ResourceID") or "")
                inside = state._replace(
                    matrix=_placed(node, state.matrix), opacity=state.opacity * _alpha(node),
                    param=node.get("DrawParam") or state.param, depth=state.depth + 1,
                )  # fmt: skip
                for content in unit.iterchildren("{*}Content") if unit is not None else ():
                    self.paint(content, inside)
            elif kind in ("PageBlock", "Layer", "Content"):
                self.paint(node, state._replace(depth=state.depth + 1))

    def colour(
        self, node: etree._Element, name: str, state: _State, default: Colour | None
    ) -> tuple[Colour | None, float]:
        """(colour, opacity) of what an object fills or strokes; no colour for a pattern or shading, or nothing."""
        opacity = state.opacity * _alpha(node)
        found = _child(node, name)
        param = node.get("DrawParam") or state.param
        if found is None and not param:  # a path is filled with nothing (8.4)
            return default, opacity if default else 0.0
        seen = set[str]()
        while found is None and param in self.resources.params and param not in seen:
            seen.add(param)
            found = _child(self.resources.params[param], name)
            param = self.resources.params[param].get("Relative") or ""
        if found is None:
            return default, opacity if default else 0.0
        opacity *= _alpha(found)
        if len(found):
            return None, opacity
        return _colour(found.get("Value") or "", self.resources.spaces.get(found.get("ColorSpace") or "", "")), opacity

    # -- text ----------------------------------------------------------------------------------------------------------

    def text(self, node: etree._Element, state: _State) -> None:
        self.order += 1
        if node.get("Fill") != "false":
            ink, opacity = self.colour(node, "FillColor", state, _BLACK)
        elif node.get("Stroke") == "true":
            ink, opacity = self.colour(node, "StrokeColor", state, _BLACK)
        else:
            return
        a, b, c, d, e, f = _placed(node, state.matrix)
        size = _float(node.get("Size")) or 0.0
        turned = _float(node.get("CharDirection")) or 0.0
        if b == c == turned == 0 < a:
            points, wide, angle = size * abs(d), a, 0
        else:
            points, wide = size * math.hypot(c, d), math.hypot(a, b)
            angle = _quarters(math.degrees(math.atan2(b, a)) + turned)
        stretch = _float(node.get("HScale")) or 1.0
        x = y = 0.0
        space = NO_SPACE
        for code in node.iterchildren("{*}TextCode"):
            x, y = _or(code.get("X"), x), _or(code.get("Y"), y)
            text = _UNTOLD.sub(UNCLEAR, code.text or "")
            at_x, at_y, widths = _placed_glyphs(text, x, y, size * stretch, code)
            if _BLANK.search(text):
                spaces = [SPACE if before.isspace() else NO_SPACE for before in f"{' ' if space else ''}{text}"[:-1]]
                spaces = spaces if space else [NO_SPACE, *spaces]
                seen = [n for n, glyph in enumerate(text) if not glyph.isspace()]
                space = SPACE if text[-1].isspace() else NO_SPACE
                text = "".join([text[n] for n in seen])
                at_x, at_y, widths = ([row[n] for n in seen] for row in (at_x, at_y, widths))
                spaces = [spaces[n] for n in seen]
            else:
                spaces = [space, *[NO_SPACE] * (len(text) - 1)]
                space = NO_SPACE
            if not text:
                continue
            self.page.placed += len(text)
            if self.page.placed > MAX_OBJECTS:
                raise self.package.refusal("a page", f"more than {MAX_OBJECTS} characters", "a report")
            if b == c == 0:
                xs, ys = [a * px + e for px in at_x], [d * py + f for py in at_y]
            else:
                xs = [a * px + c * py + e for px, py in zip(at_x, at_y, strict=True)]
                ys = [b * px + d * py + f for px, py in zip(at_x, at_y, strict=True)]
            widths = [width * wide for width in widths]
            self.page.runs.append(
                _Run(text, xs, ys, widths, spaces, points, angle, self.order, ink, opacity, state.watermark)
            )

    # -- paths and pictures --------------------------------------------------------------------------------------------

    def path(self, node: etree._Element, state: _State) -> None:
        self.order += 1
        lines, straight = _segments(_text(node, "AbbreviatedData"))
        if not lines:
            return
        a, b, c, d, e, f = _placed(node, state.matrix)
        moved = [
            (a * x0 + c * y0 + e, b * x0 + d * y0 + f, a * x1 + c * y1 + e, b * x1 + d * y1 + f)
            for x0, y0, x1, y1 in lines
        ]
        if node.get("Fill") == "true":
            self.fill(node, state, moved, straight)
        if node.get("Stroke") != "false" and self.colour(node, "StrokeColor", state, _BLACK)[1] > 0:
            for x0, y0, x1, y1 in moved:
                if abs(x1 - x0) <= _STRAIGHT or abs(y1 - y0) <= _STRAIGHT:
                    self.stroke(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def fill(
        self, node: etree._Element, state: _State, lines: list[tuple[float, float, float, float]], straight: bool
    ) -> None:
        """What is thin is a ruling, a box the ground of what comes and the cover of what was."""
        lefts, tops, rights, bottoms = zip(*lines, strict=True)
        box = min(*lefts, *rights), min(*tops, *bottoms), max(*lefts, *rights), max(*tops, *bottoms)
        colour, opacity = self.colour(node, "FillColor", state, None)
        if opacity <= 0:
            return
        if min(box[2] - box[0], box[3] - box[1]) <= _THICK:
            self.stroke(*box)
        elif straight:
            self.page.fills.append(_Fill(self.order, box, colour, opacity >= 1 and not state.watermark))

    def stroke(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.page.strokes.append((x0, y0, x1, y1))
        if len(self.page.strokes) > MAX_RULINGS:
            raise self.package.refusal("a page", f"more than {MAX_RULINGS} lines", "the lines of a few tables")

    def image(self, node: etree._Element, state: _State) -> None:
        """A picture fills the square of one unit that its matrix places."""
        self.order += 1
        matrix, opacity = _placed(node, state.matrix), state.opacity * _alpha(node)
        if opacity <= 0:
            return
        corners = [_moved(matrix, x, y) for x, y in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))]
        xs, ys = zip(*corners, strict=True)
        box = min(xs), min(ys), max(xs), max(ys)
        name = self.resources.media.get(node.get("ResourceID") or "", "")
        picture = self.package.content(name) if name in self.package.parts else b""
        # A seal lets through what is under it; of other kinds nobody can tell.
        if not _is_seen_through(picture):
            opaque = picture.startswith((_JPEG, _PNG)) and opacity >= 1 and not node.get("BlendMode")
            self.page.fills.append(_Fill(self.order, box, None, opaque and node.get("ImageMask") is None))
        left, top, right, bottom = self.page.edges
        area = (box[2] - box[0]) * (box[3] - box[1])
        if picture and area > _LEAST_PICTURE * (right - left) * (bottom - top):
            self.page.pictures.append((area, picture))


def _is_seen_through(picture: bytes) -> bool:
    """Whether a picture says that parts of it are transparent (PNG, 11.2.2 and 11.3.1)."""
    return picture.startswith(_PNG) and (picture[25:26] in b"\x04\x06" or b"tRNS" in picture[:4096])


def _or(value: str | None, other: float) -> float:
    found = _float(value)
    return other if found is None else found


def _float(value: str | None) -> float | None:
    if not value:
        return None
    try:
        return float(value)
    except ValueError:
        found = _NUMBER.match(value.strip())
        return float(found[0]) if found else None


def _alpha(node: etree._Element) -> float:
    told = node.get("Alpha")
    value = _float(told) if told else None
    return 1.0 if value is None else min(max(value / 255, 0.0), 1.0)


def _placed(node: etree._Element, outer: Matrix) -> Matrix:
    """The matrix within an object: its own, then the corner of its boundary, then the one around it (8.5)."""
    corner = _numbers(node.get("Boundary") or "")
    own = node.get("CTM")
    if len(corner) < 2:
        matrix = outer
    else:
        a, b, c, d, e, f = outer
        x, y = corner[:2]
        matrix = a, b, c, d, a * x + c * y + e, b * x + d * y + f
    numbers = _numbers(own) if own else ()
    if len(numbers) != 6:
        return matrix
    return _product((numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]), matrix)


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    a2, b2, c2, d2, e2, f2 = then
    return (
        a * a2 + b * c2, a * b2 + b * d2, c * a2 + d * c2, c * b2 + d * d2, e * a2 + f * c2 + e2, e * b2 + f * d2 + f2,
    )  # fmt: skip


def _moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _quarters(degrees: float) -> int:
    """Quarter turns clockwise, -1 for an angle in between."""
    turns = degrees / 90
    return round(turns) % 4 if abs(turns - round(turns)) * 90 <= _SQUARE else -1


@lru_cache(maxsize=1024)
def _colour(value: str, space: str) -> Colour | None:
    parts = [int(word[1:], 16) if re.fullmatch(r"#[0-9A-Fa-f]{1,2}", word) else _float(word) for word in value.split()]
    levels = [min(max((part or 0) / 255, 0.0), 1.0) for part in parts]
    if len(levels) == 1 and space.upper() in ("GRAY", ""):
        return levels[0], levels[0], levels[0]
    if len(levels) == 3:
        return levels[0], levels[1], levels[2]
    if len(levels) == 4:
        cyan, magenta, yellow, black = levels
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    return _BLACK if not levels else None


def _placed_glyphs(
    text: str, x: float, y: float, size: float, code: etree._Element
) -> tuple[list[float], list[float], list[float]]:
    """Where the characters of a run begin, and their widths, in the units of its object."""
    steps, falls = _deltas(code.get("DeltaX") or ""), _deltas(code.get("DeltaY") or "")
    natural = [size if glyph >= _WIDE_FROM else size * _NARROW for glyph in text]
    count = len(text)
    # Without a step a character stands where the one before does, if it falls; else as far on as that is wide.
    rest = natural[len(steps) :] if not falls else [0.0] * (count - len(steps))
    taken = [*steps[:count], *rest[: max(count - len(steps), 0)]]
    xs = list(accumulate(taken[: count - 1], initial=x)) if count else []
    ys = list(accumulate([*falls, *[0.0] * count][: count - 1], initial=y)) if falls and count else [y] * count
    widths = [min(own, step) if step > 0 else own for own, step in zip(natural, taken, strict=True)]
    return xs, ys, widths


_Point = tuple[float, float]


@lru_cache(maxsize=4096)
def _segments(data: str) -> tuple[tuple[tuple[float, float, float, float], ...], bool]:
    """(the straight pieces of a path, whether it has only such and is a box)."""
    words = _PATH.findall(data)
    lines: list[tuple[float, float, float, float]] = []
    start = last = (0.0, 0.0)
    straight, at = True, 0
    while at < len(words):
        kind = words[at]
        operands = words[at + 1 : at + 1 + _OPERANDS.get(kind, 0)]
        if kind not in _OPERANDS or len(operands) < _OPERANDS[kind] or any(word in _OPERANDS for word in operands):
            break  # what follows a damaged piece nobody draws
        at += 1 + len(operands)
        point = start if kind == "C" else (float(operands[-2]), float(operands[-1]))
        if kind in "SM":
            start = point
        elif kind in "LC":
            if point != last:
                lines.append((*last, *point))
        else:
            straight = False
        last = point
    xs, ys = {x for line in lines for x in line[::2]}, {y for line in lines for y in line[1::2]}
    return tuple(lines), straight and len(xs) <= 2 and len(ys) <= 2
