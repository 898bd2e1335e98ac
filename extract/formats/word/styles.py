"""The cascade of WordprocessingML: how a run looks by all the styles and direct formatting that go for it.

After ECMA-376 Part 1, 17.7: defaults of the document, table style with its conditional formats, paragraph style,
character style, direct formatting, each over those before. Hidden and struck text are toggle properties (17.7.3): where
styles of several levels set one, an odd number of them switches it on. The ground of a run is its highlight, else the
shading of the run, of its paragraph, of the cells and tables around it, of the page.
"""

import colorsys
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import methodcaller
from typing import Any, Protocol

from lxml import etree

from extract.formats.word.looks import BLACK, WHITE, Colour, Look, is_off, marks, mixed, rgb
from extract.shown import DIM, DOUBTFUL, STRUCK, TINY, contrast, has_signs

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PLACED = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_WORD_2010 = "http://schemas.microsoft.com/office/word/2010/wordml"
OFF = frozenset(("0", "false", "off"))


def w(names: str) -> tuple[str, ...]:
    """The qualified names of elements or attributes of WordprocessingML."""
    return tuple(f"{{{WORD}}}{name}" for name in names.split())


_P, _TBL, _TR, _TC, _BOX, _R, _BACKGROUND = w("p tbl tr tc txbxContent r background")
_R_PR, _P_PR, _TC_PR, _TBL_PR = w("rPr pPr tcPr tblPr")
_R_STYLE, P_STYLE, _TBL_STYLE, _TBL_LOOK, _MAPPING = w("rStyle pStyle tblStyle tblLook clrSchemeMapping")
_VAL, _LINE, _RULE, _RULE_2003, _HEIGHT_RULE, _HEIGHT_RULE_2003 = w("val line lineRule line-rule hRule h-rule")
_STYLE, _STYLE_ID, _TYPE, _DEFAULT, _BASED_ON, _PART = w("style styleId type default basedOn tblStylePr")
_DEFAULTS, _ROW_BAND, _COLUMN_BAND = w("docDefaults tblStyleRowBandSize tblStyleColBandSize")
_VANISH, _WEB, _SPEC, _STRIKE, _DSTRIKE = w("vanish webHidden specVanish strike dstrike")
_ALIGN, _POSITION, _SIZE, _SCALE, _SPACING, _LAYOUT = w("vertAlign position sz w spacing eastAsianLayout")
_COLOUR, _SHADE, _HIGHLIGHT, _COMBINE, _VERT = w("color shd highlight combine vert")
_HEIGHT, _BIDI, _DOWN, _UP = w("trHeight bdo tl2br tr2bl")
_FONTS, _FIT, _INDENT, _NUM_PR, COUNTED, _ASCII, _ASCII_THEME = w("rFonts fitText ind numPr numId ascii asciiTheme")
_INK = w("val themeColor themeTint themeShade")
_FORE = w("color themeColor themeTint themeShade")
_FILL = w("fill themeFill themeFillTint themeFillShade")
_TEXT_FILL, _SOLID_FILL, _RGB, _SCHEME, _ALPHA, _VAL_2010 = (
    f"{{{_WORD_2010}}}{name}" for name in "textFill solidFill srgbClr schemeClr alpha val".split()
)
_OUTLINE, _SHADOW, _GLOW, _NO_FILL = (f"{{{_WORD_2010}}}{name}" for name in "textOutline shadow glow noFill".split())
_MATH_R, _FORMULA = (f"{{{_MATH}}}{name}" for name in ("r", "oMath"))
_PARTS = tuple(f"{{{_MATH}}}{name}" for name in "e sup sub lim fName deg".split())
_ANCHOR = f"{{{_PLACED}}}anchor"
RUNS = (_R, _MATH_R)

_TOGGLES = {_VANISH: "vanish", _STRIKE: "strike"}
_SWITCHES = {**_TOGGLES, _DSTRIKE: "dstrike", _WEB: "web", _SPEC: "spec"}
_NUMBERS = {_POSITION: "position", _SIZE: "size", _SCALE: "scale", _SPACING: "spacing"}
# What says how all lines and the first one are indented (17.3.1.12), in twips for one; characters go before twips.
_CHARACTER = 2.1  # twips of a hundredth of a character
_LEFTS = dict(zip(w("startChars leftChars start left"), (_CHARACTER, _CHARACTER, 1.0, 1.0), strict=True))
_FIRSTS = dict(
    zip(w("hangingChars firstLineChars hanging firstLine"), (-_CHARACTER, _CHARACTER, -1.0, 1.0), strict=True)
)
_FITTED = 100  # twips: the room below which text that is fitted to it cannot be read
_CUT_OFF = int(20 * TINY)  # twips: the height of a line or row that is exact
_SEEN_THROUGH = 80_000  # thousandths of a percent
_HIGHLIGHTS = {
    "black": 0, "blue": 0xFF, "cyan": 0xFFFF, "green": 0xFF00, "magenta": 0xFF00FF, "red": 0xFF0000,
    "yellow": 0xFFFF00, "white": 0xFFFFFF, "darkBlue": 0x80, "darkCyan": 0x8080, "darkGreen": 0x8000,
    "darkMagenta": 0x800080, "darkRed": 0x800000, "darkYellow": 0x808000, "darkGray": 0x808080, "lightGray": 0xC0C0C0,
}  # fmt: skip
_THEME = {  # names of the theme's colours (17.18.97) and of the slots they are mapped to (17.15.1.20)
    "background1": "bg1", "text1": "t1", "background2": "bg2", "text2": "t2", "tx1": "t1", "tx2": "t2",
    "dark1": "dk1", "light1": "lt1", "dark2": "dk2", "light2": "lt2", "hyperlink": "hlink",
    "followedHyperlink": "folHlink",
}  # fmt: skip
_SLOTS = {"bg1": "light1", "t1": "dark1", "bg2": "light2", "t2": "dark2"}
_HEX = re.compile(r"#?([0-9A-Fa-f]{6})$")
_CONDITIONS = {"firstRow": 0x20, "lastRow": 0x40, "firstColumn": 0x80, "lastColumn": 0x100, "noHBand": 0x200,
               "noVBand": 0x400}  # fmt: skip
# What in a part of styles can make text look otherwise whatever stands around it, and what may by its value.
_TELLING = (
    b"vanish", b"webHidden", b"specVanish", b"trike", b"vertAlign", b"position", b"eastAsianLayout", b"textFill",
    b"highlight", b"fitText", b"=\"Wingdings", b"=\"Webdings", b":w ", b"<w ", b"&#", b"\x00",
)  # fmt: skip
_SMALL = re.compile(
    rb"sz\s[^>]*\bval\s*=\s*[\"'][0-5][\"']|spacing\s[^>]*(?:val\s*=\s*[\"']-|line\s*=\s*[\"']\d\d?[\"'])"
    rb"|ind\s[^>]*[\"'](?:-\d{4}|-?\d{5})"
)
_NUMBERING = b"numId"
_INKS, _SHADES = re.compile(rb"\bcolor\s[^>]*"), re.compile(rb"\bshd\s[^>]*")
_ATTRIBUTE = re.compile(rb"(\w+)\s*=\s*[\"']([^\"']*)")

Properties = dict[str, Any]


class _Attributes(Protocol):
    """What attributes are asked of: an element, or a mapping."""

    def get(self, key: str, /) -> str | None: ...


@dataclass(slots=True)
class _Style:
    """What a style says of runs, of paragraphs, of cells; a table's style also under which condition."""

    kind: str = ""
    based_on: str = ""
    says: tuple[Properties, ...] = field(default_factory=lambda: ({}, {}, {}))
    under: dict[str, tuple[Properties, ...]] = field(default_factory=dict)
    bands: dict[str, int] = field(default_factory=dict)

    def add(self, other: "_Style") -> None:
        self.says = _over(self.says, other.says)
        for condition, says in other.under.items():
            self.under[condition] = _over(self.under.get(condition, ({}, {}, {})), says)
        self.bands |= other.bands


def _over(below: tuple[Properties, ...], above: tuple[Properties, ...]) -> tuple[Properties, ...]:
    return tuple(one | other for one, other in zip(below, above, strict=True))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a cell stands in its table, counted from 0, among so many."""

    row: int
    rows: int
    column: int
    columns: int


class Cascade:
    """The styles of a document.

    `styles` holds them, or is their part (b"" for none) which `parse` makes a tree of where anything in it can matter.
    `theme` finds the elements that give the colours of the theme and their mapping, when they are first asked for.
    `signs` says whether the document may name a font of signs.
    """

    def __init__(
        self,
        styles: etree._Element | bytes | None,
        theme: Callable[[], Iterator[etree._Element]],
        parse: Callable[[bytes], etree._Element] = etree.fromstring,
        *,
        signs: bool = True,
    ) -> None:
        self.theme, self.parse = theme, parse
        self.part = styles if isinstance(styles, bytes) else b""
        self.scheme: dict[str, Colour] | None = None
        self.styles: dict[str, _Style] = {}
        self.usual: dict[str, str] = {}  # kind of style -> the one that goes where none is named
        self.defaults: tuple[Properties, ...] = ({}, {})
        self.chains: dict[str, _Style] = {}
        self.around: dict[etree._Element, tuple[Properties, Properties, Colour | None]] = {}
        self.places: dict[etree._Element, dict[etree._Element, _Place]] = {}
        self.page: Colour | None = WHITE
        self.backdrop: Colour | None = None  # of the page, which is shown on screens and seldom printed
        self.signs = signs
        if styles is not None and not isinstance(styles, bytes):
            self._collect(styles)

    def _are_telling(self, grounds: set[Colour]) -> bool:
        """Whether the part of styles can make text look other than plain in a document of these grounds."""
        if any([name in self.part for name in _TELLING]) or _SMALL.search(self.part):
            return True
        if any(self._shade(_attributes(said)) not in (None, WHITE) for said in set(_SHADES.findall(self.part))):
            return True
        inks = {self._colour(_attributes(said), _INK) for said in set(_INKS.findall(self.part))} - {None}
        return any(contrast(ink, ground) < DOUBTFUL for ink in inks if ink for ground in grounds)

    def _collect(self, styles: etree._Element) -> None:
        for node in styles.iterchildren(_DEFAULTS):
            runs, paragraphs = next(node.iter(_R_PR), None), next(node.iter(_P_PR), None)
            self.defaults = self._of_runs(runs), self._of_paragraphs(paragraphs)
        for node in styles.iterchildren(_STYLE):
            name, based_on = node.get(_STYLE_ID) or "", node.find(_BASED_ON)
            above = (based_on.get(_VAL) or "") if based_on is not None else ""
            found = _Style(node.get(_TYPE) or "paragraph", above, self._said(node))
            for part in node.iterchildren(_PART):
                found.under[part.get(_TYPE) or ""] = self._said(part)
            for size in node.iter(_ROW_BAND, _COLUMN_BAND):
                found.bands[size.tag] = max(_number(size.get(_VAL)), 1)
            self.styles[name] = found
            if (node.get(_DEFAULT) or "0") not in OFF:
                self.usual[node.get(_TYPE) or "paragraph"] = name

    def _said(self, node: etree._Element) -> tuple[Properties, ...]:
        cells = self._of_cells(node.find(_TBL_PR)) | self._of_cells(node.find(_TC_PR))
        return self._of_runs(node.find(_R_PR)), self._of_paragraphs(node.find(_P_PR)), cells

    # -- what properties say ---------------------------------------------------------------------------------------

    def _of_runs(self, node: etree._Element | None) -> Properties:
        found: Properties = {}
        for child in () if node is None else node:
            tag = child.tag
            if tag in _SWITCHES:
                found[_SWITCHES[tag]] = child.get(_VAL) not in OFF
            elif tag in _NUMBERS:
                found[_NUMBERS[tag]] = _number(child.get(_VAL))
            elif tag in _ANSWERS:
                name, answer = _ANSWERS[tag]
                found[name] = answer(child)
            elif tag == _COLOUR:
                found["ink"] = self._colour(child, _INK)
            elif tag == _SHADE:
                found["shade"] = self._shade(child)
            elif tag == _LAYOUT:
                found["combined"] = (child.get(_COMBINE) or "0") not in OFF
                found["turned"] = (child.get(_VERT) or "0") not in OFF
            elif tag == _TEXT_FILL:
                found["filled"] = self._filling(child)
        return found

    def _of_paragraphs(self, node: etree._Element | None) -> Properties:
        found: Properties = {}
        for child in () if node is None else node.iterchildren(_SHADE, _SPACING, _INDENT, _NUM_PR):
            if child.tag == _SHADE:
                found["shade"] = self._shade(child)
            elif child.tag == _INDENT:
                found["off"] = _is_off(child)
            elif child.tag == _NUM_PR:
                found["counted"] = any(number.get(_VAL) != "0" for number in child.iterchildren(COUNTED))
            elif child.get(_LINE):
                found["cut"] = _is_cut(child)
        return found

    def _of_cells(self, node: etree._Element | None) -> Properties:
        shading = node.find(_SHADE) if node is not None else None
        return {} if shading is None else {"shade": self._shade(shading)}

    def _colour(self, node: _Attributes, names: tuple[str, ...]) -> Colour | None:
        """A colour by its value or its place in the theme, lightened or darkened; None for the automatic one."""
        value, themed, tint, shade = map(node.get, names)
        if themed and themed != "none":
            base = self._scheme().get(themed)
            if base is not None:
                return _toned(base, tint, shade)
        found = _HEX.match(value or "")
        return rgb(int(found[1], 16)) if found else None

    def _scheme(self) -> dict[str, Colour]:
        if self.scheme is None:
            self.scheme = _scheme_of(self.theme())
        return self.scheme

    def _shade(self, node: _Attributes) -> Colour | None:
        """The colour of a shading (17.3.5), None where nothing is painted."""
        pattern, fill = node.get(_VAL) or "clear", self._colour(node, _FILL)
        if pattern in ("clear", "nil"):
            return fill if pattern == "clear" else None
        percent = 100 if pattern == "solid" else _number(pattern[3:]) if pattern.startswith("pct") else 50
        return mixed(self._colour(node, _FORE) or BLACK, fill or WHITE, percent)

    def _filling(self, node: etree._Element) -> Colour | str | None:
        """What fills characters since Word 2010: a colour; "none" where what is behind can be seen; None for no matter.

        Programs of other make print the colour of the run instead.
        """
        solid = node.find(_SOLID_FILL)
        if solid is None:
            return "none"
        if any(_number(alpha.get(_VAL_2010)) > _SEEN_THROUGH for alpha in solid.iter(_ALPHA)):
            return "none"
        for colour in solid.iterchildren(_RGB, _SCHEME):
            value = colour.get(_VAL_2010) or ""
            found = _HEX.match(value)
            return rgb(int(found[1], 16)) if found else self._scheme().get(value)
        return None

    # -- styles ----------------------------------------------------------------------------------------------------

    def _chain(self, name: str) -> _Style:
        """A style with all it is based on (17.7.4.3)."""
        if name not in self.chains:
            names: list[str] = []
            at = name
            while at in self.styles and at not in names:
                names.append(at)
                at = self.styles[at].based_on
            whole = self.chains[name] = _Style()
            for each in reversed(names):
                whole.add(self.styles[each])
        return self.chains[name]

    def _named(self, properties: etree._Element | None, tag: str, kind: str) -> _Style:
        """The style that properties name, or else the usual one of its kind."""
        node = properties.find(tag) if properties is not None else None
        name = node.get(_VAL) if node is not None else None
        named = self.styles.get(name or "")
        return self._chain(name if name and named and named.kind == kind else self.usual.get(kind, ""))

    def counted(self, names: set[str]) -> set[str]:
        """Those of the styles of paragraphs that put a number before each (17.3.1.19 numPr), by themselves or by what
        they are based on.
        """
        if not names or (self.part and _NUMBERING not in self.part):
            return set()
        if self.part and not self.styles:
            self._collect(self.parse(self.part))
        return {name for name in names if self._chain(name).says[1].get("counted")}

    # -- how a run looks -------------------------------------------------------------------------------------------

    def _look(self, run: etree._Element) -> Look:
        properties = run.find(_R_PR)
        direct = self._of_runs(properties)
        character = self._named(properties, _R_STYLE, "character").says[0]
        of_table, of_paragraph, ground = self._around(next(run.iterancestors(_P), None))
        found = self.defaults[0] | of_table | of_paragraph | character | direct
        for name in _TOGGLES.values():
            if name not in direct:
                odd = sum(level.get(name, False) for level in (of_table, of_paragraph, character)) % 2
                found[name] = self.defaults[0].get(name) or bool(odd)
        look = _as_look(found, ground)
        alike = look.ink and self.backdrop and not look.ground and contrast(look.ink, self.backdrop) < DOUBTFUL
        return look._replace(unsure=True) if alike else look

    def _around(self, paragraph: etree._Element | None) -> tuple[Properties, Properties, Colour | None]:
        """(what goes for the runs of a paragraph by its table, what by the paragraph, the ground they stand on)."""
        if paragraph is None:
            return {}, {}, self.page
        if paragraph not in self.around:
            properties = paragraph.find(_P_PR)
            (of_runs, of_lines, _), ground = self._in_tables(paragraph)
            runs, lines, _ = self._named(properties, P_STYLE, "paragraph").says
            lines = self.defaults[1] | of_lines | lines | self._of_paragraphs(properties)
            self.around[paragraph] = of_runs, runs | _of_lines(lines), lines.get("shade") or ground
        return self.around[paragraph]

    def _in_tables(self, paragraph: etree._Element) -> tuple[tuple[Properties, ...], Colour | None]:
        """(what the innermost table around a paragraph says, the first ground painted by one around it)."""
        innermost: tuple[Properties, ...] | None = None
        ground: Colour | None = None
        cell = paragraph
        for node in paragraph.iterancestors(_TC, _TBL, _BOX):
            if node.tag == _BOX:  # its filling is drawn, not shaded
                return innermost or ({}, {}, {}), ground
            if node.tag == _TC:
                cell = node
                continue
            said = self._in_cell(cell, node)
            innermost = innermost or said
            ground = ground or self._of_cells(cell.find(_TC_PR)).get("shade") or said[2].get("shade")
        return innermost or ({}, {}, {}), ground or self.page

    def _in_cell(self, cell: etree._Element, table: etree._Element) -> tuple[Properties, ...]:
        properties = table.find(_TBL_PR)
        style = self._named(properties, _TBL_STYLE, "table")
        said = style.says
        for condition in self._conditions(cell, table, properties, style) if style.under else ():
            if condition in style.under:
                said = _over(said, style.under[condition])
        return said[0], said[1], self._of_cells(properties) | {k: v for k, v in said[2].items() if v}

    def _conditions(
        self, cell: etree._Element, table: etree._Element, properties: etree._Element | None, style: _Style
    ) -> Iterator[str]:
        """The conditions a cell meets (17.7.6.6 tblStylePr), those that override others last."""
        if table not in self.places:
            self.places[table] = dict(_places(table))
        at = self.places[table].get(cell)
        if at is None:
            return
        asked = _conditions_asked(properties)
        yield "wholeTable"
        first_row, first_column = "firstRow" in asked, "firstColumn" in asked
        if "noVBand" not in asked:
            yield f"band{(at.column - first_column) // style.bands.get(_COLUMN_BAND, 1) % 2 + 1}Vert"
        if "noHBand" not in asked:
            yield f"band{(at.row - first_row) // style.bands.get(_ROW_BAND, 1) % 2 + 1}Horz"
        top, bottom = first_row and not at.row, "lastRow" in asked and at.row == at.rows - 1
        left, right = first_column and not at.column, "lastColumn" in asked and at.column == at.columns - 1
        named = {"firstRow": top, "lastRow": bottom, "firstCol": left, "lastCol": right, "nwCell": top and left,
                 "neCell": top and right, "swCell": bottom and left, "seCell": bottom and right}  # fmt: skip
        yield from (name for name, holds in named.items() if holds)

    # -- the runs that do not look plain ---------------------------------------------------------------------------

    def marks(self, root: etree._Element) -> dict[etree._Element, str | None]:
        """The marks (`extract.shown`) of all runs that are not plain, None for those nobody sees."""
        background = root.find(_BACKGROUND)
        self.backdrop = self._colour(background, _FORE) if background is not None else None
        runs = self._striking(root)
        if runs and (background is not None or any(map(_is_behind, root.iter(_ANCHOR)))):
            self.page = None
        found = {run: marks(self._look(run)) for run in runs}
        for run, mark in _of_places(root):
            before = found.get(run, "")
            found[run] = None if before is None else before + mark
        return {run: mark for run, mark in found.items() if mark != ""}

    def _striking(self, root: etree._Element) -> dict[etree._Element, None]:
        """The runs whose look has to be asked: what is said of all others, alone or together, makes none unlike."""
        said: dict[str, list[etree._Element]] = defaultdict(list)
        for node in root.iter(_SHADE, _HIGHLIGHT, *_STRIKING):
            said[node.tag].append(node)
        shades = {*map(self._shade, said[_SHADE]), *map(_highlight, said[_HIGHLIGHT])}
        grounds = {WHITE, *filter(None, (*shades, self.backdrop))}
        if self.part and self._are_telling(grounds):
            self._collect(self.parse(self.part))
        grounds.update(self._grounds())
        striking = list(self._direct(root, said, grounds))  # runs, and paragraphs and tables of whose runs that holds
        if self._all_matter(grounds):
            striking.append(root)
        named: dict[str, list[etree._Element]] = defaultdict(list)
        for node in root.iter(*_NAMED) if self.styles else ():
            named[node.get(_VAL) or ""].append(node)
        for name, nodes in named.items():
            if self._matters(self._chain(name), grounds):
                striking += map(_holder, nodes)
        holders = [holder for holder in striking if holder is not None and (holder.tag in _HOLDERS or holder is root)]
        return {run: None for holder in holders for run in holder.iter(*RUNS)}

    def _direct(
        self, root: etree._Element, said: Mapping[str, list[etree._Element]], grounds: set[Colour]
    ) -> Iterator[etree._Element | None]:
        """What direct formatting goes for that can make a run unlike; `said` are seldom elements, by their names."""
        for tag, strikes in _STRIKING.items():
            yield from map(_holder, filter(strikes, said.get(tag, ())))
        if self.signs:
            yield from map(_holder, filter(_names_signs, root.iter(_FONTS)))
        # A report says the same few sizes and colours of all its runs: two or more characters, none of them faint.
        values = {*chain.from_iterable(map(_VALUES, root.iter(_SIZE, _COLOUR)))}
        if min(map(len, values), default=2) < 2:
            yield from (_holder(node) for node in root.iter(_SIZE) if len(node.get(_VAL, "")) < 2)
        faint = self._faint_inks(root, values, grounds)
        if faint:
            yield from (_holder(node) for node in root.iter(_COLOUR) if self._colour(node, _INK) in faint)

    def _faint_inks(self, root: etree._Element, values: set[str], grounds: set[Colour]) -> set[Colour]:
        """The colours text may have that do not stand out from all grounds; `values` are those of sizes, too."""
        said: Iterable[_Attributes] = ({_VAL: value} for value in values)
        if not all(map(_PLAIN.match, values)):
            said = map(dict, {*map(tuple, map(_ITEMS, root.iter(_COLOUR)))})
        inks = {self._colour(each, _INK) for each in said}
        return {ink for ink in inks if ink and any(contrast(ink, ground) < DOUBTFUL for ground in grounds)}

    def _grounds(self) -> Iterator[Colour]:
        for style in self.styles.values():
            for says in (style.says, *style.under.values()):
                yield from (each[name] for each in says for name in ("shade", "highlight") if each.get(name))

    def _all_matter(self, grounds: set[Colour]) -> bool:
        """Whether what goes for all text, if nothing else is said, makes any unlike plain text."""
        usual = [self._chain(name) for name in self.usual.values()]
        return any(self._matters(style, grounds) for style in (_Style(says=(*self.defaults, {})), *usual))

    @staticmethod
    def _matters(style: _Style, grounds: set[Colour]) -> bool:
        return any(
            marks(_as_look(runs | _of_lines(lines), ground)) != ""
            for runs, lines, _ in (style.says, *style.under.values())
            for ground in grounds
        )


def _as_look(found: Properties, ground: Colour | None) -> Look:
    """How a run looks of which this is said, on a ground of tables and paragraphs."""
    behind = found.get("highlight") or found.get("shade") or ground
    filled, ink = found.get("filled"), found.get("ink")
    unseen = filled == "none" or (isinstance(filled, tuple) and _is_faint(filled, behind))
    if found.get("drawn") and ink and _is_faint(ink, behind):  # its edge or shadow may be seen
        behind, unseen = None, True
    return Look(
        hidden=found.get("vanish", False),
        struck=any(map(found.get, _STRUCK)),
        raised=any(map(found.get, _RAISED)) or abs(found.get("position", 0)) > 1,
        unsure=unseen or any(map(found.get, _UNSURE)),
        size=found.get("size", 20) / 2,
        scale=found.get("scale") or 100,
        spacing=found.get("spacing", 0) / 20,
        ink=ink,
        ground=behind,
    )


def _is_faint(ink: Colour, ground: Colour | None) -> bool:
    return contrast(ink, ground or WHITE) < DOUBTFUL


def _of_lines(said: Properties) -> Properties:
    """What a paragraph says that its runs do not: where its lines stand."""
    return {name: said.get(name) for name in ("cut", "off")}


def _attributes(said: bytes) -> dict[str, str]:
    """The attributes of a tag that is not parsed."""
    return {f"{{{WORD}}}{name.decode()}": value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(said)}


def _holder(node: etree._Element) -> etree._Element | None:
    """What a property goes for: the parent of the properties it is among."""
    parent = node.getparent()
    return parent.getparent() if parent is not None else None


def _number(value: str | None) -> int:
    found = re.match(r"-?\d{1,9}", value or "")
    return int(found[0]) if found else 0


def _highlight(node: etree._Element) -> Colour | None:
    number = _HIGHLIGHTS.get(node.get(_VAL) or "")
    return None if number is None else rgb(number)


def _is_cut(node: etree._Element) -> bool:
    """Whether lines are exactly so high that nothing can be seen of them."""
    exact = (node.get(_RULE) or node.get(_RULE_2003)) == "exact"
    return exact and abs(_number(node.get(_LINE))) < _CUT_OFF


def _is_off(node: etree._Element) -> bool:
    """Whether indents lead off the page."""
    if max(map(len, node.attrib.values()), default=0) < 4:
        return False
    return is_off(_indent(node, _LEFTS), _indent(node, _FIRSTS))


def _indent(node: etree._Element, names: dict[str, float]) -> float:
    """The first of these indents that is one, in twips."""
    return next((found for name, unit in names.items() if (found := _number(node.get(name)) * unit)), 0.0)


def _names_signs(node: etree._Element) -> bool:
    """Whether digits are printed in a font of signs; a font of the theme goes over one that is named (17.3.2.26)."""
    return has_signs(node.get(_ASCII) or "") and not node.get(_ASCII_THEME)


def _is_behind(anchor: etree._Element) -> bool:
    """Whether a drawing lies behind the text."""
    return (anchor.get("behindDoc") or "0") not in OFF


def _toned(base: Colour, tint: str | None, shade: str | None) -> Colour:
    """A colour of the theme, lightened or darkened by a share of 255 (17.3.2.6)."""
    hue, light, saturation = colorsys.rgb_to_hls(*base)
    if shade:
        light *= _share(shade)
    if tint:
        light = light * _share(tint) + 1 - _share(tint)
    return colorsys.hls_to_rgb(hue, light, saturation)


def _share(value: str) -> float:
    return int(value, 16) / 255 if re.fullmatch("[0-9A-Fa-f]{1,2}", value) else 1


def _scheme_of(parts: Iterator[etree._Element]) -> dict[str, Colour]:
    """The colours of a theme by all the names documents call them."""
    slots: dict[str, Colour] = {}
    mapping = dict(_SLOTS)
    for part in parts:
        for scheme in part.iter(f"{{{_DRAWING}}}clrScheme"):
            for slot in scheme:
                for colour in slot:
                    if found := _HEX.match(colour.get("lastClr") or colour.get("val") or ""):
                        slots[etree.QName(slot).localname] = rgb(int(found[1], 16))
        for node in part.iter(_MAPPING):
            mapping |= {etree.QName(name).localname: value for name, value in node.attrib.items()}
    named = {name: slots.get(_THEME.get(place, place)) for name, place in mapping.items()}
    found_by = {name: named.get(slot) or slots.get(slot) for name, slot in _THEME.items()}
    return slots | {name: colour for name, colour in (named | found_by).items() if colour}


def _conditions_asked(properties: etree._Element | None) -> set[str]:
    """The conditional formats a table asks for (17.4.55 tblLook), and the bands it does without."""
    look = properties.find(_TBL_LOOK) if properties is not None else None
    if look is None:
        return {"noHBand", "noVBand"}
    value = look.get(_VAL) or ""
    bits = int(value, 16) if re.fullmatch("[0-9A-Fa-f]{1,8}", value) else 0
    found = {name for name, bit in _CONDITIONS.items() if bits & bit}
    for name in _CONDITIONS:
        said = look.get(f"{{{WORD}}}{name}")
        if said is not None:
            found = found - {name} if said in OFF else found | {name}
    return found


def _places(table: etree._Element) -> Iterator[tuple[etree._Element, _Place]]:
    rows = [row for row in table.iter(_TR) if next(row.iterancestors(_TBL), None) is table]
    for number, row in enumerate(rows):
        cells = [cell for cell in row.iter(_TC) if next(cell.iterancestors(_TR), None) is row]
        for column, cell in enumerate(cells):
            yield cell, _Place(number, len(rows), column, len(cells))


# -- where text stands -------------------------------------------------------------------------------------------------


def _of_places(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """(run, mark) of text that is plain where it stands in a place that is not."""
    for node in root.iter(_HEIGHT, _BIDI, _DOWN, _UP):
        holder, mark = _place_of(node)
        for run in holder.iter(*RUNS) if holder is not None else ():
            yield run, mark
    # What a structure draws around its parts, or strikes, is no text (22.1); those of a fraction are kept apart.
    for part in (part for formula in root.iter(_FORMULA) for part in formula.iter(*_PARTS)):
        for run in part.iter(_MATH_R):
            yield run, DIM


def _place_of(node: etree._Element) -> tuple[etree._Element | None, str]:
    """(what an element makes look otherwise, how): rows of no height, cells crossed out, digits in reverse order."""
    if node.tag == _HEIGHT:
        exact = (node.get(_HEIGHT_RULE) or node.get(_HEIGHT_RULE_2003)) == "exact"
        return (next(node.iterancestors(_TR), None) if exact and _number(node.get(_VAL)) < _CUT_OFF else None), DIM
    if node.tag == _BIDI:
        return (node if node.get(_VAL) == "rtl" else None), DIM
    return (next(node.iterancestors(_TC), None) if node.get(_VAL) not in ("nil", "none", None) else None), STRUCK


_STRUCK, _RAISED = ("strike", "dstrike"), ("aligned", "combined")
_UNSURE = ("web", "spec", "turned", "cut", "off", "fitted", "signs")
_ANSWERS: dict[str, tuple[str, Callable[[etree._Element], Any]]] = {  # what a property says, and how it is read
    _ALIGN: ("aligned", lambda node: node.get(_VAL) in ("superscript", "subscript")),
    _HIGHLIGHT: ("highlight", _highlight),
    _FIT: ("fitted", lambda node: _number(node.get(_VAL)) < _FITTED),
    _FONTS: ("signs", _names_signs),
    **dict.fromkeys((_OUTLINE, _SHADOW, _GLOW), ("drawn", lambda node: node.find(_NO_FILL) is None)),
}
_HOLDERS = frozenset((*RUNS, _P, _TBL))
_NAMED = (_R_STYLE, P_STYLE, _TBL_STYLE)
_VALUES, _ITEMS = methodcaller("values"), methodcaller("items")
_PLAIN = re.compile(r"auto$|[0-9A-Fa-f]{6}$|\d{1,3}$")  # a size, or a colour that is no place in the theme
_STRIKING: dict[str, Callable[[etree._Element], bool]] = {  # when what a run or paragraph seldom says makes it unlike
    **dict.fromkeys((*_SWITCHES, _LAYOUT, _TEXT_FILL), lambda _: True),
    _ALIGN: lambda node: node.get(_VAL, "") != "baseline",
    _POSITION: lambda node: node.get(_VAL, "") != "0",
    _SCALE: lambda node: len(node.get(_VAL, "")) < 2,
    _FIT: lambda node: len(node.get(_VAL, "")) < 3,
    _SPACING: lambda node: _is_cut(node) or node.get(_VAL, "").startswith("-"),
    _INDENT: _is_off,
}
