"""Reports as OFD files as offices print them, beside `tests.ofd`: their own pages, lines and XML.

Cells are set in the middle; a change of script begins another object, with another font; boundaries are those of the
page, of the cell or of the print; sizes are in points or in ems, behind a matrix; rulings are bars around every cell,
one path for all, or boxes. Fonts and colours are resources of the document, under any prefix, headers have a ground.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import accumulate
from random import Random

from tests.render import Box, Layout, Sheet, back_matter, front_matter, padded, pieces_of

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "http://www.ofdspec.org/2016"
_POINT = 25.4 / 72
_EDGE = 18.0  # millimetres around a page
_INSET, _LINE = 0.8, 1.25  # millimetres beside text in a cell; the height of a line, for its size
_ROOM = 14.0  # millimetres at the foot of a page
_SCRIPTS = re.compile(r"[\x20-\u2e7f]+|[^\x20-\u2e7f]+")
_WORDS = re.compile(r"[\x21-\u2e7f]+|.", re.DOTALL)

Lines = list[str]


@dataclass(frozen=True)
class _Ways:
    """How one office writes."""

    rng: Random
    prefix: str
    width: float
    height: float
    size: float  # of text in tables, in millimetres
    bounds: str
    unit: float  # millimetres in one of the units behind the matrix of a text
    each: bool  # a piece of text for every character
    glyphs: bool  # the numbers of glyphs beside characters
    rules: str
    grounds: bool
    again: bool  # header rows on every page
    spread: float  # how much wider than itself a character may be set


def write_ofd(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    """The OFD file that prints these sheets. The same arguments give the same bytes."""
    wide, high = rng.choice(((297.0, 210.0), (297.0, 210.0), (210.0, 297.0), (420.0, 297.0)))
    ways = _Ways(
        rng, rng.choice(("ofd:", "o:", "")), wide, high, rng.choice((2.5, 2.8, 3.17)),
        rng.choice(("page", "cell", "print")), rng.choice((1.0, _POINT, 4.2)), rng.random() < 0.3, rng.random() < 0.4,
        rng.choice(("bars", "path", "boxes", "strokes")), rng.random() < 0.5, rng.random() < 0.5,
        rng.choice((0.0, 0.0, 0.03)),
    )  # fmt: skip
    book = _Book(ways)
    for line in front_matter(layout):
        book.paragraph(line)
    for sheet in sheets:
        book.paragraph(sheet.heading)
        for rows in pieces_of(sheet, layout):
            book.table(_slots(rows, layout, ways))
    for line in back_matter(layout):
        book.paragraph(line)
    return book.to_bytes()


@dataclass
class _Slot:
    """A cell: its first row and column, those behind its last, and what it says."""

    top: int
    left: int
    bottom: int
    right: int
    text: str
    kind: str
    lines: Lines = field(default_factory=list)


def _slots(rows: list[list[Box]], layout: Layout, ways: _Ways) -> list[_Slot]:
    taken: set[tuple[int, int]] = set()
    found = []
    for number, row in enumerate(rows):
        at = 0
        for box in row:
            while (number, at) in taken:
                at += 1
            bottom, right = min(number + box.rowspan, len(rows)), at + box.colspan
            taken.update((r, c) for r in range(number, bottom) for c in range(at, right))
            text = "\n".join(padded(line, layout, ways.rng) for line in box.text.split("\n"))
            found.append(_Slot(number, at, bottom, right, text, box.kind))
            at = right
    return found


def _wide(glyph: str, size: float) -> float:
    return size if glyph > "\u2e7f" else size / 2


def _wrapped(text: str, room: float, size: float) -> Lines:
    """Lines that fit; a figure stays in one."""
    lines = []
    for part in text.split("\n"):
        line = ""
        for word in _WORDS.findall(part):
            if line.strip() and sum(_wide(glyph, size) for glyph in line + word) > room:
                lines.append(line)
                line = ""
            line += word
        lines.append(line)
    return [line for line in lines if line.strip()]


class _Book:
    """The pages as they grow, in millimetres from the top left corner; those of one page in layers."""

    def __init__(self, ways: _Ways) -> None:
        self.ways = ways
        self.pages: list[tuple[list[str], list[str]]] = []
        self.number = 100
        self.turn()

    def turn(self) -> None:
        self.pages.append(([], []))
        self.y = _EDGE

    def identity(self) -> int:
        self.number += 1
        return self.number

    # -- text ----------------------------------------------------------------------------------------------------------

    def paragraph(self, text: str) -> None:
        size = 3.7
        for line in _wrapped(text, self.ways.width - 2 * _EDGE, size):
            if self.y + 2 * size > self.ways.height - _ROOM:
                self.turn()
            self.line(line, _EDGE, self.y, size, (_EDGE, self.y, self.ways.width - 2 * _EDGE, 1.3 * size))
            self.y += 1.6 * size
        self.y += 1.5

    def line(self, text: str, x: float, top: float, size: float, cell: tuple[float, float, float, float]) -> None:
        """A line of text, an object for each script in it."""
        step = 1 + self.ways.spread
        for part in _SCRIPTS.findall(text):
            steps = [_wide(glyph, size) * step for glyph in part]
            self.object(part, x, top + 0.86 * size, size, steps, cell)
            x += sum(steps)

    def object(
        self, text: str, x: float, base: float, size: float, steps: list[float], cell: tuple[float, float, float, float]
    ) -> None:
        ways, p = self.ways, self.ways.prefix
        unit = ways.unit if ways.unit < 2 else size
        box = {
            "page": (0.0, 0.0, ways.width, ways.height),
            "cell": cell,
            "print": (x, base - 0.86 * size, sum(steps), size * 1.05),
        }[ways.bounds]
        inner = self.codes(text, (x - box[0]) / unit, (base - box[1]) / unit, [step / unit for step in steps])
        if ways.glyphs:
            numbers = " ".join(str(ord(glyph) % 9973) for glyph in text)
            counts = f'CodeCount="{len(text)}" GlyphCount="{len(text)}"'
            inner = (
                f'<{p}CGTransform CodePosition="0" {counts}><{p}Glyphs>{numbers}</{p}Glyphs></{p}CGTransform>{inner}'
            )
        matrix = "" if unit == 1 else f' CTM="{unit:.6f} 0 0 {unit:.6f} 0 0"'
        font = 11 if text[0] > "\u2e7f" else 12
        bounds = " ".join(f"{side:.4f}" for side in box)
        self.pages[-1][1].append(
            f'<{p}TextObject ID="{self.identity()}" Boundary="{bounds}"{matrix} Font="{font}" Size="{size / unit:.4f}">'
            f'<{p}FillColor ColorSpace="4" Value="0"/>{inner}</{p}TextObject>'
        )

    def codes(self, text: str, x: float, y: float, steps: Sequence[float]) -> str:
        p = self.ways.prefix
        if self.ways.each:
            places = accumulate(steps[:-1], initial=x)
            return "".join(
                f'<{p}TextCode X="{at:.4f}" Y="{y:.4f}">{escape(glyph)}</{p}TextCode>'
                for glyph, at in zip(text, places, strict=True)
                if not glyph.isspace()
            )
        told = [f"{step:.4f}" for step in steps[:-1]]
        even = len(told) > 1 and len(set(told)) == 1
        delta = f' DeltaX="{f"g {len(told)} {told[0]}" if even else " ".join(told)}"' if told else ""
        return f'<{p}TextCode X="{x:.4f}" Y="{y:.4f}"{delta}>{escape(text)}</{p}TextCode>'

    # -- tables --------------------------------------------------------------------------------------------------------

    def table(self, slots: list[_Slot]) -> None:
        """A table, its columns as wide as what they say asks for; cells go on where a page ends."""
        ways = self.ways
        edges = list(accumulate(_widths(slots, ways), initial=_EDGE))
        heights = [ways.size * _LINE + 2 * _INSET] * max(slot.bottom for slot in slots)
        for slot in sorted(slots, key=lambda slot: slot.bottom - slot.top):
            slot.lines = _wrapped(slot.text, edges[slot.right] - edges[slot.left] - 2 * _INSET, ways.size)
            need = len(slot.lines) * ways.size * _LINE + 2 * _INSET
            heights[slot.bottom - 1] += max(0.0, need - sum(heights[slot.top : slot.bottom]))
        head = next((slot.top for slot in slots if slot.kind in ("value", "label")), 0)
        again = [slot for slot in slots if slot.bottom <= head] if ways.again else []
        start = 0
        while start < len(heights):
            repeated = again if start > head else []
            room = ways.height - _ROOM - self.y - (sum(heights[:head]) if repeated else 0)
            end = start
            while end < len(heights) and sum(heights[start : end + 1]) <= room:
                end += 1
            if end == start and self.y > _EDGE:
                self.turn()
                continue
            end = max(end, start + 1)
            if repeated:
                self.rows([_Slot(**vars(slot)) for slot in repeated], edges, heights, 0, head)
            self.rows(slots, edges, heights, start, end)
            start = end
            if start < len(heights):
                self.turn()
        self.y += 4

    def rows(self, slots: list[_Slot], edges: list[float], heights: list[float], first: int, last: int) -> None:
        """The rows from `first` to before `last`."""
        tops = dict(enumerate(accumulate(heights[first:last], initial=self.y), first))
        size, sides = self.ways.size, []
        for slot in slots:
            top, bottom = max(slot.top, first), min(slot.bottom, last)
            if top >= bottom:
                continue
            x0, x1, y0, y1 = edges[slot.left], edges[slot.right], tops[top], tops[bottom]
            sides.append((x0, y0, x1, y1))
            if self.ways.grounds and slot.kind == "header":
                self.fill(x0, y0, x1, y1, "230")
            fits = len(slot.lines) if slot.bottom <= last else int((y1 - y0 - 2 * _INSET + 0.01) // (size * _LINE))
            shown, rest = slot.lines[:fits], slot.lines[fits:]
            under = (y1 - y0 - len(shown) * size * _LINE) / 2
            for number, line in enumerate(shown):
                wide = sum(_wide(glyph, size) for glyph in line) * (1 + self.ways.spread)
                at = x0 + max((x1 - x0 - wide) / 2, _INSET)
                self.line(line, at, y0 + under + number * size * _LINE, size, (x0, y0, x1 - x0, y1 - y0))
            if slot.bottom > last:
                slot.lines = rest
        self.rules(sides)
        self.y = tops[last]

    def fill(self, x0: float, y0: float, x1: float, y1: float, grey: str) -> None:
        p = self.ways.prefix
        path = f"M 0 0 L {x1 - x0:.4f} 0 L {x1 - x0:.4f} {y1 - y0:.4f} L 0 {y1 - y0:.4f} C"
        self.pages[-1][0].append(
            f'<{p}PathObject ID="{self.identity()}" Boundary="{x0:.4f} {y0:.4f} {x1 - x0:.4f} {y1 - y0:.4f}"'
            f' Stroke="false" Fill="true"><{p}FillColor ColorSpace="4" Value="{grey}"/>'
            f"<{p}AbbreviatedData>{path}</{p}AbbreviatedData></{p}PathObject>"
        )

    def rules(self, sides: list[tuple[float, float, float, float]]) -> None:
        if self.ways.rules == "bars":
            for x0, y0, x1, y1 in sides:
                for bar in (
                    (x0 - 0.09, y0 - 0.09, x1 + 0.09, y0 + 0.09), (x0 - 0.09, y1 - 0.09, x1 + 0.09, y1 + 0.09),
                    (x0 - 0.09, y0 - 0.09, x0 + 0.09, y1 + 0.09), (x1 - 0.09, y0 - 0.09, x1 + 0.09, y1 + 0.09),
                ):  # fmt: skip
                    self.fill(*bar, "0")
            return
        if self.ways.rules == "strokes":
            lines = dict.fromkeys(
                f"M {a:.4f} {b:.4f} L {c:.4f} {d:.4f}"
                for x0, y0, x1, y1 in sides
                for a, b, c, d in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1))
            )
            self.paths(list(lines))
            return
        boxes = [
            f"M {x0:.4f} {y0:.4f} L {x1:.4f} {y0:.4f} L {x1:.4f} {y1:.4f} L {x0:.4f} {y1:.4f} C"
            for x0, y0, x1, y1 in sides
        ]
        self.paths(boxes if self.ways.rules == "boxes" else [" ".join(boxes)])

    def paths(self, data: list[str]) -> None:
        """Paths in the lengths of the page."""
        p = self.ways.prefix
        bounds = f'Boundary="0 0 {self.ways.width} {self.ways.height}"'
        self.pages[-1][0].extend(
            f'<{p}PathObject ID="{self.identity()}" {bounds} DrawParam="5">'
            f"<{p}AbbreviatedData>{one}</{p}AbbreviatedData></{p}PathObject>"
            for one in data
        )

    # -- the file ------------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        p, ways = self.ways.prefix, self.ways
        space = f'xmlns{":" if p else ""}{p.rstrip(":")}="{_SPACE}"'
        box = f"0 0 {ways.width} {ways.height}"
        area = f"<{p}PhysicalBox>{box}</{p}PhysicalBox><{p}ApplicationBox>{box}</{p}ApplicationBox>"
        parts = {
            "OFD.xml": f'<{p}OFD {space} Version="1.0" DocType="OFD"><{p}DocBody><{p}DocInfo><{p}DocID>1</{p}DocID>'
            f"</{p}DocInfo><{p}DocRoot>Doc_0/Document.xml</{p}DocRoot></{p}DocBody></{p}OFD>",
            "Doc_0/PublicRes.xml": f'<{p}Res {space} BaseLoc="Res"><{p}ColorSpaces><{p}ColorSpace ID="4" Type="GRAY"/>'
            f'</{p}ColorSpaces></{p}Res>',
            "Doc_0/DocumentRes.xml": f'<{p}Res {space} BaseLoc="Res"><{p}DrawParams>'
            f'<{p}DrawParam ID="5" LineWidth="0.18">'
            f'<{p}StrokeColor ColorSpace="4" Value="0"/></{p}DrawParam></{p}DrawParams><{p}Fonts><{p}Font ID="11"'
            f' FontName="SimSun"/><{p}Font ID="12" FontName="TimesNewRoman"/></{p}Fonts></{p}Res>',
        }  # fmt: skip
        for number, (under, over) in enumerate(self.pages):
            layers = (
                f'<{p}Layer ID="{number * 2 + 20}" Type="Background">{"".join(under)}</{p}Layer>',
                f'<{p}Layer ID="{number * 2 + 21}" Type="Body">{"".join(over)}</{p}Layer>',
            )
            parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
                f"<{p}Page {space}><{p}Content>{''.join(layers)}</{p}Content></{p}Page>"
            )
        listed = "".join(
            f'<{p}Page ID="{number + 10000}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
            for number in range(len(self.pages))
        )
        parts["Doc_0/Document.xml"] = (
            f"<{p}Document {space}><{p}CommonData><{p}MaxUnitID>{self.number}</{p}MaxUnitID><{p}PageArea>{area}"
            f"</{p}PageArea><{p}PublicRes>PublicRes.xml</{p}PublicRes><{p}DocumentRes>DocumentRes.xml"
            f"</{p}DocumentRes></{p}CommonData><{p}Pages>{listed}</{p}Pages></{p}Document>"
        )
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(zipfile.ZipInfo(name), _HEAD + content, zipfile.ZIP_DEFLATED)
        return target.getvalue()


def _widths(slots: list[_Slot], ways: _Ways) -> Iterator[float]:
    """Every column as wide as its longest figure or a few characters, the rest where labels are long."""
    count = max(slot.right for slot in slots)
    least = [2 * ways.size + 2 * _INSET] * count
    wish = [1.0] * count
    for slot in slots:
        if slot.right - slot.left == 1:
            figures = max((len(word) for word in re.findall(r"[\x21-\u2e7f]+", slot.text)), default=0)
            least[slot.left] = max(least[slot.left], (figures / 2 + 1) * ways.size + 2 * _INSET)
            wish[slot.left] = max(wish[slot.left], min(len(slot.text), 24))
    room = max(ways.width - 2 * _EDGE - sum(least), 0.0)
    return (own + room * more / sum(wish) for own, more in zip(least, wish, strict=True))
