"""Paints the objects of a page in their order: text, paths, pictures, and what is composed of them (GB/T 33190, 8)."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy
from lxml import etree

from extract.formats.drawn.ofd.markup import GATHERED, THIN, Code, Gathered
from extract.formats.drawn.ofd.page import UNKNOWN, Fill, PaintedPage, Run
from extract.formats.drawn.ofd.setting import Setting
from extract.formats.drawn.ofd.values import (
    BLACK,
    POINT,
    Colour,
    Matrix,
    Node,
    Parts,
    Stroke,
    Tag,
    alpha,
    child_of,
    colour_of,
    local,
    moved,
    number_or,
    numbers_in,
    parts_of,
    placed,
    segments,
    text_of,
    to_number,
)
from extract.formats.drawn.view import Box, grown
from extract.formats.package import Package
from extract.shown import has_signs

MAX_OBJECTS = 200_000  # of a page, and as many characters at most
MAX_RULINGS = 20_000  # of a page
MAX_DEPTH = 16

_THICK = 4.0  # points; what is filled wider than this is a background, not a ruling
_STRAIGHT = 1.0  # point a stroke may lean
_run = partial(tuple.__new__, Run)  # from its fields in a tuple
_BLANK = re.compile(r"\s")
_UNTOLD = re.compile(r"[\0-\x08\x0e-\x1f\ue000-\uf8ff\U000f0000-\U0010ffff]")  # no font maps it to a character
_LEAST_PICTURE = 1 / 8  # of a page: a smaller one is no page that was scanned
_LAYERS = {"Background": 0, "Body": 1, "Foreground": 2}  # from the lowest to the highest, wherever they stand (7.7)
_DENSE = 0.5  # what covers so much of a text leaves a doubt
_WIDE_LINE = 0.353  # millimetres, of a line nothing is said of (8.2)
_PNG, _JPEG = b"\x89PNG", b"\xff\xd8\xff"


@dataclass(slots=True)
class Resources:
    """What pages refer to by number."""

    params: dict[str, etree._Element] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)
    units: dict[str, etree._Element] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    signs: set[str] = field(default_factory=set)  # fonts that have small pictures in the places of digits

    def take_font(self, number: str, font: etree._Element) -> None:
        """Note a font, by its name or that of its family (11.1)."""
        if any(has_signs(font.get(name) or "") for name in ("FontName", "FamilyName")):
            self.signs.add(number)


class _State(NamedTuple):
    """How what is painted comes to the page: its matrix, how opaque it is, and the drawing parameters it inherits."""

    matrix: Matrix = (POINT, 0.0, 0.0, POINT, 0.0, 0.0)
    opacity: float = 1.0
    param: str = ""
    watermark: bool = False
    depth: int = 0


class Painter:
    """Paints the objects of a page in their order."""

    def __init__(self, package: Package, resources: Resources, page: PaintedPage) -> None:
        self.package, self.resources, self.page = package, resources, page
        self.order = 0
        self.objects = 0
        self.gathered: list[Gathered] = []

    def paint_content(self, root: etree._Element, gathered: list[Gathered]) -> None:
        """The layers of a page or of its template; `gathered` are the objects its markup is without."""
        self.gathered = gathered
        layers = [layer for content in root.iterchildren("{*}Content") for layer in content if local(layer) == "Layer"]
        for layer in sorted(layers, key=lambda layer: _LAYERS.get(layer.get("Type") or "", 1)):
            if layer.get("Visible") != "false":
                self.paint(layer, _State(param=layer.get("DrawParam") or ""))

    def paint_annotations(self, root: etree._Element) -> None:
        """The looks of notes that are shown."""
        for note in root.iter("{*}Annot"):
            look = child_of(note, "Appearance")
            if look is not None and note.get("Visible") != "false":
                state = _State(watermark=note.get("Type") == "Watermark")
                self.paint(look, state._replace(matrix=placed(look, state.matrix)))

    def paint(self, parent: etree._Element, state: _State) -> None:
        """What an element holds."""
        if state.depth > MAX_DEPTH:
            raise self.package.refusal("a page", f"more than {MAX_DEPTH} blocks inside one another", "a report")
        for node in parent:
            kind = local(node)
            if node.get("Visible") == "false":
                continue
            self.objects += 1
            if self.objects > MAX_OBJECTS:
                raise self.package.refusal("a page", f"more than {MAX_OBJECTS} objects", "a report")
            if kind == GATHERED:
                self.run(node, state)
            elif kind == "PathObject":
                self.path(node, state)
            elif kind == "TextObject":
                self.text(node, state)
            elif kind == "ImageObject":
                self.image(node, state)
            elif kind == "CompositeObject":
                unit = self.resources.units.get(node.get("ResourceID") or "")
                inside = state._replace(
                    matrix=placed(node, state.matrix), opacity=state.opacity * alpha(node),
                    param=node.get("DrawParam") or state.param, depth=state.depth + 1,
                )  # fmt: skip
                for content in unit.iterchildren("{*}Content") if unit is not None else ():
                    self.paint(content, inside)
            elif kind in ("PageBlock", "Layer", "Content"):
                self.paint(node, state._replace(depth=state.depth + 1))

    def colour(
        self, node: Node, parts: Parts, name: str, state: _State, default: Colour | None
    ) -> tuple[Colour | None, float]:
        """(colour, opacity) of what an object of such parts fills or strokes; no colour for a pattern or shading, or
        nothing.
        """
        opacity = state.opacity * alpha(node)
        found = parts.get(name)
        param = node.get("DrawParam") or state.param
        if found is None and not param:  # a path is filled with nothing (8.4)
            return default, opacity if default else 0.0
        seen = set[str]()
        while found is None and param in self.resources.params and param not in seen:
            seen.add(param)
            found = child_of(self.resources.params[param], name)
            param = self.resources.params[param].get("Relative") or ""
        if found is None:
            return default, opacity if default else 0.0
        opacity *= alpha(found)
        if len(found):
            return None, opacity
        return colour_of(
            found.get("Value") or "", self.resources.spaces.get(found.get("ColorSpace") or "", "")
        ), opacity

    # -- text ----------------------------------------------------------------------------------------------------------

    def text(self, node: etree._Element, state: _State) -> None:
        """A text object as it is parsed."""
        parts = parts_of(node)
        setting = self.setting(node, parts, state)
        boundary = numbers_in(node.get("Boundary") or "")
        clip = _clip(node, parts, setting.matrix(boundary)) if setting else None
        self.set(setting, boundary, _codes(node), clip)

    def setting(self, node: Node, parts: Parts, state: _State) -> Setting | None:
        """How a text object sets its characters; None if it shows none."""
        inks = self.inks(node, parts, state)
        if inks and node.get("Font") in self.resources.signs:
            inks = None, inks[1]  # nobody can tell what it prints
        setting = Setting(node, inks, state.matrix, watermark=state.watermark) if inks else None
        return setting if setting and setting.squeezed > 0 else None

    def set(self, setting: Setting | None, boundary: Sequence[float], codes: Sequence[Code], clip: Box | None) -> None:
        """The characters of a text object."""
        self.order += 1
        page = self.page
        for run in setting.runs(boundary, codes, clip, self.order) if setting else ():
            page.placed += len(run.text)
            if page.placed > MAX_OBJECTS:
                raise self.package.refusal("a page", f"more than {MAX_OBJECTS} characters", "a report")
            page.runs.append(run)

    def inks(self, node: Node, parts: Parts, state: _State) -> tuple[Colour | None, float] | None:
        """(colour, opacity) of a text; no colour where its outline has another than its inside; None for no paint."""
        fills, strokes = node.get("Fill") != "false", node.get("Stroke") == "true"
        filled = self.colour(node, parts, "FillColor", state, BLACK) if fills else None
        if not strokes:
            return filled
        drawn = self.colour(node, parts, "StrokeColor", state, BLACK)
        if not filled or not filled[1]:
            return drawn
        return filled if filled == drawn else (None, max(filled[1], drawn[1]))

    # -- paths and pictures --------------------------------------------------------------------------------------------

    def path(self, node: etree._Element, state: _State) -> None:
        """A path object: strokes, or a filled box."""
        self.order += 1
        parts = parts_of(node)
        data = parts.get("AbbreviatedData")
        lines, straight = segments(data.text or "") if data is not None else ((), False)
        if not lines:
            return
        a, b, c, d, e, f = placed(node, state.matrix)
        moved = [
            (a * x0 + c * y0 + e, b * x0 + d * y0 + f, a * x1 + c * y1 + e, b * x1 + d * y1 + f)
            for x0, y0, x1, y1 in lines
        ]
        if node.get("Fill") == "true":
            self.fill(node, parts, state, moved, straight)
        if node.get("Stroke") != "false":
            colour, opacity = self.colour(node, parts, "StrokeColor", state, BLACK)
            width = self.line_width(node, state) * math.sqrt(abs(a * d - b * c)) if opacity > 0 else 0.0
            for x0, y0, x1, y1 in moved if opacity > 0 else ():
                if -_STRAIGHT <= x1 - x0 <= _STRAIGHT or -_STRAIGHT <= y1 - y0 <= _STRAIGHT:
                    box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
                    if width > _THICK:
                        self.cover(grown(box, width / 2), colour, opacity, state)
                    else:
                        self.stroke(*box)

    def line_width(self, node: etree._Element, state: _State) -> float:
        """How wide a line is, in the units of its object: its own width, or that of its drawing parameters (8.2)."""
        told = node.get("LineWidth")
        param = node.get("DrawParam") or state.param
        seen = set[str]()
        while told is None and param in self.resources.params and param not in seen:
            seen.add(param)
            told = self.resources.params[param].get("LineWidth")
            param = self.resources.params[param].get("Relative") or ""
        return number_or(told, _WIDE_LINE)

    def run(self, node: etree._Element, state: _State) -> None:
        """Objects taken from the markup, where they were."""
        number = to_number(node.get("at"))
        run = self.gathered[int(number)] if number is not None and 0 <= number < len(self.gathered) else Gathered()
        self.objects += len(run.coloured) + len(run.texts)
        colour, opacity = self.colour(node, {}, "StrokeColor", state, BLACK)
        # They are thin, but parameters of their layer or a matrix may broaden them.
        a, b, c, d, _, _ = state.matrix
        width = max(THIN, self.line_width(node, state)) * math.sqrt(abs(a * d - b * c))
        boxes = _lines_of(run.strokes, state.matrix)
        if not opacity > 0:
            shown = state.opacity > 0
            boxes = [
                box if is_coloured and shown else None for box, is_coloured in zip(boxes, run.coloured, strict=True)
            ]
        if width <= _THICK:
            self.page.strokes |= dict.fromkeys(filter(None, boxes))
            self.check_strokes()
        settings: dict[tuple[Tag, Tag | None], tuple[Setting | None, Box | None]] = {}
        painted = 0
        for after, tag, boundary, ink, codes in run.texts:
            if width > _THICK:
                self.broad(boxes[painted:after], width, colour, opacity, state)
                painted = after
            if tag.get("Visible") == "false":
                continue
            if (tag, ink) not in settings:
                parts: Parts = {} if ink is None else {"FillColor": ink}
                settings[tag, ink] = self.setting(tag, parts, state), None if _keeps_order(tag, parts) else UNKNOWN
            setting, clip = settings[tag, ink]
            self.set(setting, boundary, codes, clip)
        if width > _THICK:
            self.broad(boxes[painted:], width, colour, opacity, state)

    def broad(
        self, boxes: Iterable[Box | None], width: float, colour: Colour | None, opacity: float, state: _State
    ) -> None:
        """Lines so wide that they cover what lies under them."""
        for box in filter(None, boxes):
            self.cover(grown(box, width / 2), colour, opacity, state)

    def fill(self, node: etree._Element, parts: Parts, state: _State, lines: list[Stroke], straight: bool) -> None:
        """What is thin is a ruling, a box the ground of what comes and the cover of what was; of other shapes nobody
        tells what they leave free.
        """
        colour, opacity = self.colour(node, parts, "FillColor", state, None)
        if opacity <= 0:
            return
        boxes = [bounds(lines)] if straight else [bounds(piece) for piece in _pieces(lines)]
        wide = [box for box in boxes if min(box[2] - box[0], box[3] - box[1]) > _THICK]
        for box in boxes:
            if box not in wide:
                self.stroke(*box)
        if straight:
            for box in wide:
                self.cover(box, colour, opacity, state)
        elif len(wide) == 1:
            self.cover(wide[0], None, opacity, state)

    def cover(self, box: Box, colour: Colour | None, opacity: float, state: _State) -> None:
        """An area that is painted: the ground of what comes and the cover of what was."""
        if _DENSE < opacity < 1 and not state.watermark:
            colour = None  # what is under it is seen, but not as it was printed
        if colour or opacity > _DENSE:
            self.page.fills.append(Fill(self.order, box, colour, opacity >= 1 and bool(colour) and not state.watermark))

    def stroke(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A straight line along one axis. Cells that share a side both draw it: it is one."""
        self.page.strokes[x0, y0, x1, y1] = None
        self.check_strokes()

    def check_strokes(self) -> None:
        """Raise UnreadableFileError for more lines than a report has."""
        if len(self.page.strokes) > MAX_RULINGS:
            raise self.package.refusal("a page", f"more than {MAX_RULINGS} lines", "the lines of a few tables")

    def image(self, node: etree._Element, state: _State) -> None:
        """A picture fills the square of one unit that its matrix places."""
        self.order += 1
        matrix, opacity = placed(node, state.matrix), state.opacity * alpha(node)
        if opacity <= 0:
            return
        corners = [moved(matrix, x, y) for x, y in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))]
        xs, ys = zip(*corners, strict=True)
        box = min(xs), min(ys), max(xs), max(ys)
        name = self.resources.media.get(node.get("ResourceID") or "", "")
        picture = self.package.content(name) if name in self.package.parts else b""
        # A seal lets through what is under it; of other kinds nobody can tell.
        if not _is_seen_through(picture):
            opaque = picture.startswith((_JPEG, _PNG)) and opacity >= 1 and not node.get("BlendMode")
            self.page.fills.append(Fill(self.order, box, None, opaque and node.get("ImageMask") is None))
        left, top, right, bottom = self.page.edges
        area = (box[2] - box[0]) * (box[3] - box[1])
        if picture and area > _LEAST_PICTURE * (right - left) * (bottom - top):
            self.page.pictures.append((area, picture))


def clip_of(clips: etree._Element, matrix: Matrix) -> Box:
    """What clips (8.5.3) leave of an object placed by a matrix, if they are boxes along the page; else `UNKNOWN`."""
    left, top, right, bottom = -math.inf, -math.inf, math.inf, math.inf
    for clip in clips:
        areas = [area for area in clip if local(area) == "Area"]
        path = child_of(areas[0], "Path") if len(areas) == 1 else None
        lines, straight = segments(text_of(path, "AbbreviatedData"))
        if path is None or not lines or not straight:
            return UNKNOWN
        inner = placed(path, placed(areas[0], matrix))
        if inner[1] or inner[2]:
            return UNKNOWN
        xs, ys = zip(*(moved(inner, x, y) for x0, y0, x1, y1 in lines for x, y in ((x0, y0), (x1, y1))), strict=True)
        left, top, right, bottom = max(left, min(xs)), max(top, min(ys)), min(right, max(xs)), min(bottom, max(ys))
    return left, top, right, bottom


def bounds(lines: list[Stroke]) -> Box:
    """The box around lines."""
    lefts, tops, rights, bottoms = zip(*lines, strict=True)
    return min(*lefts, *rights), min(*tops, *bottoms), max(*lefts, *rights), max(*tops, *bottoms)


def _pieces(lines: list[Stroke]) -> list[list[Stroke]]:
    """The lines of a path by the pieces that are drawn without a break."""
    pieces: list[list[Stroke]] = []
    end = None
    for line in lines:
        if line[:2] != end:
            pieces.append([])
        pieces[-1].append(line)
        end = line[2:]
    return pieces


def _codes(node: etree._Element) -> list[Code]:
    """The codes of a text object."""
    return [
        (to_number(code.get("X")), to_number(code.get("Y")), code.get("DeltaX"), code.get("DeltaY"), code.text or "")
        for code in node
        if local(code) == "TextCode"
    ]


def _clip(node: Node, parts: Parts, matrix: Matrix) -> Box | None:
    """What shows of a text; `UNKNOWN` where nobody can tell, or which characters its glyphs are."""
    if not _keeps_order(node, parts):
        return UNKNOWN
    return clip_of(parts["Clips"], matrix) if "Clips" in parts else None


def _keeps_order(node: Node, parts: Parts) -> bool:
    """Whether characters stand as they are read, and a glyph for each (11.2, 11.4)."""
    if node.get("ReadDirection") in ("180", "270"):
        return False
    changes = node.iterchildren("{*}CGTransform") if isinstance(node, etree._Element) and "CGTransform" in parts else ()
    return all((one.get("CodeCount") or "1") == (one.get("GlyphCount") or "1") for one in changes)


def _lines_of(strokes: list[list[float]], matrix: Matrix) -> list[Box | None]:
    """The box of each stroke that runs along the page, None for another."""
    a, b, c, d, e, f = matrix
    x, y, x0, y0, x1, y1 = numpy.array(strokes)
    at_x, at_y = a * x + c * y + e, b * x + d * y + f
    left, right = a * x0 + c * y0 + at_x, a * x1 + c * y1 + at_x
    top, bottom = b * x0 + d * y0 + at_y, b * x1 + d * y1 + at_y
    wide, high = numpy.abs(right - left), numpy.abs(bottom - top)
    straight = ((wide > 0) | (high > 0)) & ((wide <= _STRAIGHT) | (high <= _STRAIGHT))
    sides = (
        numpy.minimum(left, right),
        numpy.minimum(top, bottom),
        numpy.maximum(left, right),
        numpy.maximum(top, bottom),
    )
    boxes = zip(*(side.tolist() for side in sides), strict=True)
    return [*boxes] if straight.all() else [box if along else None for box, along in zip(boxes, straight, strict=True)]


def _is_seen_through(picture: bytes) -> bool:
    """Whether a picture says that parts of it are transparent (PNG, 11.2.2 and 11.3.1)."""
    return picture.startswith(_PNG) and (picture[25:26] in b"\x04\x06" or b"tRNS" in picture[:4096])
