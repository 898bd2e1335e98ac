"""How the cells and strings of an .xlsx look (ECMA-376 Part 1, 18.4 strings, 18.8 styles)."""

import re
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from extract.formats.package import parsed
from extract.formats.sheet.elements import decimal, index, named
from extract.formats.sheet.printed import BUILT_IN, GENERAL, UNKNOWN, on_ground
from extract.formats.sheet.workbook import PLAIN, Style
from extract.shown import DOUBTFUL, SPECK, TINY, UNSEEN, contrast, has_signs

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND = "a workbook"

_THEME = {"0": "FFFFFF", "1": "000000"}  # what every theme has for paper and ink
_INDEXED = {0: "000000", 1: "FFFFFF", 8: "000000", 9: "FFFFFF", 64: "000000", 65: "FFFFFF"}
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_OFF = ("0", "false", "none")
_AS_HELD = ("@", "general")

Colour = tuple[float, float, float]


class _Font(NamedTuple):
    """What of a font tells whether its text is seen and meant; no colour where nobody can tell it."""

    colour: Colour | None = _BLACK
    struck: bool = False
    raised: bool = False
    points: float = 11.0
    signs: bool = False


def _font(node: etree._Element | None, colour: Colour | None = _BLACK) -> _Font:
    font = _Font(colour)
    for part in node if node is not None else ():
        name, value = etree.QName(part).localname, part.get("val")
        if name == "strike":
            font = font._replace(struck=value not in _OFF)
        elif name == "vertAlign":
            font = font._replace(raised=value in ("superscript", "subscript"))
        elif name == "color":
            font = font._replace(colour=_colour(part))
        elif name == "sz":
            font = font._replace(points=decimal(value, font.points))
        elif name in ("name", "rFont"):
            font = font._replace(signs=has_signs(value or ""))
    return font


def _style(font: _Font, ground: Colour | None, code: str = GENERAL) -> Style:
    """How text in a font is seen on a ground."""
    ratio = contrast(font.colour, ground) if font.colour and ground else 21.0
    hidden, doubtful = ratio < UNSEEN or font.points < SPECK, ratio < DOUBTFUL or font.points < TINY or font.signs
    return Style(code, "hidden" if hidden else "dim" if doubtful else "shown", font.struck, font.raised)


def _colour(node: etree._Element | None) -> Colour | None:
    """A colour (18.8.19), with its tint; None where only the theme of the file tells it."""
    if node is None:
        return None
    if (rgb := node.get("rgb")) and re.fullmatch(r"[0-9A-Fa-f]{6,8}", rgb):
        code = rgb[-6:]
    elif node.get("auto") in ("1", "true"):
        code = "000000"
    elif (number := node.get("indexed") or "").isdecimal() and int(number) in _INDEXED:
        code = _INDEXED[int(number)]
    elif node.get("theme") in _THEME:
        code = _THEME[node.get("theme") or "0"]
    else:
        return None
    tint = min(max(decimal(node.get("tint"), 0.0), -1.0), 1.0)
    # Exact for grey, which is what theme and index tell here; other colours come as they are meant.
    red, green, blue = (part * (1 + tint) if tint < 0 else part * (1 - tint) + tint for part in _channels(code))
    return red, green, blue


def _channels(rgb: str) -> Colour:
    """Red, green and blue of a colour, the last six digits of it."""
    red, green, blue = (int(rgb[at:][:2], 16) / 255 for at in (len(rgb) - 6, len(rgb) - 4, len(rgb) - 2))
    return red, green, blue


def _ground(fill: etree._Element | None) -> Colour | None:
    """The colour behind a cell: the paper's where nothing is filled; None where nobody can tell."""
    pattern = next(named(fill, "patternFill"), None) if fill is not None else None
    if fill is None or (pattern is not None and (pattern.get("patternType") or "none") == "none"):
        return _WHITE
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    return _colour(next(named(pattern, "fgColor"), None))


def _crossing(borders: list[etree._Element]) -> set[int]:
    """The borders that draw lines from corner to corner (18.8.4), by their numbers."""
    found = set()
    for number, border in enumerate(borders):
        drawn = any((line.get("style") or "none") != "none" for line in border.iterchildren("{*}diagonal"))
        if drawn and any(border.get(name) in ("1", "true") for name in ("diagonalUp", "diagonalDown")):
            found.add(number)
    return found


class Styles(NamedTuple):
    """The cell formats of a workbook by their numbers, None for one that shows values plainly, the numbers of the
    formats under a condition that may hide or change what a cell shows, how large their type is for the usual one, and
    the colours of their grounds, None where nobody can tell.
    """

    cells: tuple[Style | None, ...] = ()
    conditional: frozenset[int] = frozenset()
    scales: tuple[float, ...] = ()
    grounds: tuple[Colour | None, ...] = ()

    def of(self, number: int) -> tuple[Style | None, float, Colour | None]:
        """The style of a number, the size of its type and its ground; a plain one of a number that is not listed."""
        if number >= len(self.cells):
            return None, 1.0, _WHITE
        return self.cells[number], self.scales[number], self.grounds[number]


@lru_cache(maxsize=64)
def cell_styles(content: bytes) -> Styles:
    """Cell formats (18.8.10) and those under conditions (18.8.14). Files of one producer share them."""
    root = parsed(content, "xl/styles.xml", MEDIA_TYPE, KIND)
    codes = {f.get("numFmtId"): f.get("formatCode") or GENERAL for f in named(root, "numFmt")}
    kinds = ("fonts", "fills", "borders", "cellXfs", "dxfs")
    listed = {name: list(next(root.iterchildren(f"{{*}}{name}"), ())) for name in kinds}
    fonts = dict(enumerate(map(_font, listed["fonts"])))
    grounds = dict(enumerate(map(_ground, listed["fills"])))
    crossing = _crossing(listed["borders"])
    usual = fonts.get(0, _Font()).points
    found: list[Style | None] = []
    scales, behind = [], []
    for xf in listed["cellXfs"]:
        number, font_id, fill, border = (index(xf.get(name)) for name in ("numFmtId", "fontId", "fillId", "borderId"))
        ground, font = grounds.get(fill, _WHITE), fonts.get(font_id, _Font())
        code = on_ground(codes.get(str(number)) or BUILT_IN.get(number, UNKNOWN), ground)
        style = _style(font, ground, GENERAL if code in _AS_HELD else code)
        style = style._replace(struck=style.struck or border in crossing)
        repeated, shrunk = _alignment(xf)
        style = style._replace(ink="dim") if repeated and style.ink == "shown" else style
        found.append(None if style == PLAIN else style)
        behind.append(ground)
        scales.append(0.0 if shrunk else font.points / max(usual, SPECK))
    doubtful = (n for n, dxf in enumerate(listed["dxfs"]) if may_hide(dxf))
    return Styles(tuple(found), frozenset(doubtful), tuple(scales), tuple(behind))


def _alignment(xf: etree._Element) -> tuple[bool, bool]:
    """Whether a text is repeated over the width of its cell, whether it is made to fit in (18.8.1)."""
    said = {name: value for part in xf.iterchildren("{*}alignment") for name, value in part.attrib.items()}
    return said.get("horizontal") == "fill", said.get("shrinkToFit") in ("1", "true")


def is_dark(rgb: bytes) -> bool:
    """Whether ink can hardly be read on a ground of this colour."""
    return contrast(_channels(rgb.decode()), _BLACK) < DOUBTFUL


def may_hide(dxf: etree._Element) -> bool:
    """Whether a format under a condition may hide a value or print it otherwise."""
    if next(dxf.iterchildren("{*}numFmt"), None) is not None:
        return True
    font = next(dxf.iterchildren("{*}font"), None)
    fill = next(dxf.iterchildren("{*}fill"), None)
    ground = _WHITE if fill is None else _colour(next(named(fill, "bgColor"), None))
    return font is not None and _style(_font(font), ground) != PLAIN


@lru_cache(maxsize=1024)
def run_style(markup: bytes, ground: Colour | None) -> Style:
    """How a piece of a string looks on a ground, by the markup of its properties (18.4.7 rPr)."""
    return _style(_font(parsed(markup, "a string", MEDIA_TYPE, KIND), None), ground)
