"""How text looks in binary Word files: property modifiers and the style sheet, after Microsoft's [MS-DOC].

A modifier (2.2.5.1 Sprm) says one thing of a run, a paragraph or a row. The style sheet (STSH) says the same of
all text of a style; a run takes what its paragraph's style says, then its own character style, then its own modifiers.
"""

import re
import struct
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from extract.formats.word.looks import BLACK, WHITE, Colour, Look, is_off, marks, mixed, rgb
from extract.shown import DOUBTFUL, TINY, contrast

_OPERAND_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # by Sprm.spra (2.2.5.1); 6 is a variable size
# Character modifiers (2.6.1): those that switch relative to the style, and those that do not.
_DELETED, _VANISH, _STRIKE = 0x0800, 0x083C, 0x0837
TOGGLES = (_DELETED, _VANISH, _STRIKE)
_DSTRIKE, _WEB, _SPEC, _ISS, _POSITION, _SIZE, _SCALE, _SPACING = (
    0x2A53, 0x0811, 0x0818, 0x2A48, 0x4845, 0x4A43, 0x4852, 0x8840,
)  # fmt: skip
_ICO, _COLOUR, _HIGHLIGHT, _SHADE_80, _SHADE, _LAYOUT, SYMBOL = (
    0x2A42, 0x6870, 0x2A0C, 0x4866, 0xCA71, 0xCA78, 0x6A09,
)  # fmt: skip
_STYLE, _PLAIN, _FONT = 0x4A30, 0x2A33, 0x4A4F
_OF_RUNS = frozenset(
    (*TOGGLES, _DSTRIKE, _WEB, _SPEC, _ISS, _POSITION, _SIZE, _SCALE, _SPACING, _ICO, _COLOUR, _HIGHLIGHT, _SHADE_80,
     _SHADE, _LAYOUT, SYMBOL, _STYLE, _PLAIN, _FONT)
)  # fmt: skip
# Paragraph and table modifiers (2.6.2, 2.6.3) that paint a ground, cut text off or cross it out.
_P_STYLE, _P_LINE, _P_SHADE_80, _P_SHADE, _P_LIST = 0x4600, 0x6412, 0x442D, 0xC64D, 0x460B
# Indents of all lines and of the first one in twips, as Word 97 and later versions say it, and in hundredths of a
# character.
_LEFTS = {0x840F: 1.0, 0x845E: 1.0, 0x4456: 2.1}
_FIRSTS = {0x8411: 1.0, 0x8460: 1.0, 0x4457: 2.1}
_NO_LIST = 0x7FF  # of the numbers of lists, and all above
_T_HEIGHT, _T_SHADES_80, _T_BORDERS, _T_STYLE = 0x9407, 0xD609, 0xD62F, 0x563A
_T_SHADES = {0xD612: 0, 0xD616: 22, 0xD60C: 44}  # each holds the shadings of so many cells
_OF_PARAGRAPHS = frozenset((_P_STYLE, _P_LINE, _P_SHADE_80, _P_SHADE, *_LEFTS, *_FIRSTS))
_OF_ROWS = frozenset((_T_HEIGHT, _T_SHADES_80, _T_BORDERS, _T_STYLE, *_T_SHADES))
_CUT_OFF = int(20 * TINY)  # twips: the height of a line or row that is exact
_DIAGONALS = 0x30  # among the borders a modifier is for

# Bytes that may be a modifier which makes text look other than plain; an ink but black, or any, for painted grounds.
_UNLIKE = (
    rb"[\x00\x11\x18\x37\x3c]\x08|[\x48\x53]\x2a|\x45\x48|\x43\x4a[\x00-\x05]\x00|\x52\x48|\x40\x88.[\x80-\xff]"
    rb"|\x78\xca|\x09\x6a|\x30\x4a"
)
_INK, _COLOURED = rb"\x42\x2a|\x70\x68", rb"\x42\x2a[\x02-\xff]|\x70\x68(?!\x00\x00\x00)"
_PALETTE: tuple[Colour | None, ...] = (
    None, *map(rgb, (0, 0xFF, 0xFFFF, 0xFF00, 0xFF00FF, 0xFF0000, 0xFFFF00, 0xFFFFFF, 0x80, 0x8080, 0x8000, 0x800080,
                     0x800000, 0x808000, 0x808080, 0xC0C0C0)),
)  # fmt: skip
_PERCENT = {1: 100, 2: 5, 3: 10, 4: 20, 5: 25, 6: 30, 7: 40, 8: 50, 9: 60, 10: 70, 11: 75, 12: 80, 13: 90}

_PARAGRAPH, _TABLE = 1, 3  # kinds of styles (StdfBase.stk)

Said = dict[int, bytes]


def modifiers(prls: bytes, wanted: Container[int]) -> Iterator[tuple[int, bytes]]:
    """(sprm, operand) of the property modifiers that are wanted; one cut short ends the list."""
    at = 0
    length = len(prls)
    while at + 3 <= length:
        sprm = prls[at] | prls[at + 1] << 8
        at += 2
        size = _OPERAND_SIZES[sprm >> 13]
        if sprm == 0xD608:  # sprmTDefTable: two bytes of size, which is one too high
            size = int.from_bytes(prls[at : at + 2], "little") - 1
            at += 2
        elif not size and sprm == 0xC615 and prls[at] == 255:  # sprmPChgTabs: too long for its size
            size = 2 + 4 * prls[at + 1]
            size += 1 + 3 * prls[at + size] if at + size < length else 0
        elif not size:
            size = prls[at]
            at += 1
        if size < 0 or at + size > length:
            return
        if sprm in wanted:
            yield sprm, prls[at : at + size]
        at += size


class Setting(NamedTuple):
    """Where a run stands: the style of its paragraph, its ground, the marks its line, cell and row give it."""

    style: int = 0
    ground: Colour | None = WHITE
    marks: str = ""


@dataclass(slots=True)
class _Style:
    kind: int
    based_on: int
    runs: bytes = b""
    paragraphs: bytes = b""


@dataclass(slots=True)
class StyleSheet:
    """The styles of a file by their numbers, and what they make of text together with its own modifiers."""

    styles: dict[int, _Style] = field(default_factory=dict)
    chains: dict[int, Said] = field(default_factory=dict)
    known: dict[tuple[bytes, int], tuple[Said, bool]] = field(default_factory=dict)
    lists: bool = False  # whether a style may make paragraphs part of a list
    signs: frozenset[int] = frozenset()  # the fonts of signs
    backdrop: Colour | None = None  # of the page, which is shown on screens and seldom printed

    @classmethod
    def of(cls, stored: bytes) -> "StyleSheet":
        """Read a style sheet (STSH). A style that does not fit its length ends it."""
        found = cls()
        (size,) = struct.unpack_from("<H", stored)
        if size < 4:
            return found
        count, base = struct.unpack_from("<HH", stored, 2)
        at = 2 + size
        for number in range(count):
            if at + 2 > len(stored):
                break
            (length,) = struct.unpack_from("<H", stored, at)
            if length > base:
                style = found.styles[number] = _style(stored[at + 2 : at + 2 + length], base)
                found.lists |= _names_list(style.paragraphs)
            at += 2 + length + length % 2
        return found

    def is_unlike(self, number: int) -> bool:
        """Whether a table's style makes text look other than plain: under which condition is not asked."""
        style = self.styles.get(number)
        return style is not None and style.kind == _TABLE and marks(self.look(b"", Setting(number))) != ""

    def are_telling(self, *, painted: bool) -> bool:
        """Whether a style of paragraphs makes text look other than plain by itself, or may on a painted ground."""
        test = telling(painted=painted, signs=self.signs)
        for number, style in self.styles.items():
            if style.kind == _TABLE and self.is_unlike(number):
                return True
            if style.kind != _PARAGRAPH:
                continue
            if any(placing(style.paragraphs)):
                return True
            if test(style.runs) and (painted or marks(self.look(b"", Setting(number))) != ""):
                return True
        return False

    def paragraphs(self, number: int) -> bytes:
        """The modifiers of paragraphs of a style with all it is based on, those that go over others last."""
        return b"".join(style.paragraphs for style in self._line(number))

    def counts(self, number: int, prls: bytes) -> bool:
        """Whether a number is counted for a paragraph of a style with these modifiers (2.6.2 sprmPIlfo)."""
        if not self.lists and not _names_list(prls):
            return False
        lists = [operand for _, operand in modifiers(self.paragraphs(number) + prls, (_P_LIST,))]
        return bool(lists) and 0 < int.from_bytes(lists[-1], "little") < _NO_LIST

    def _line(self, number: int) -> list[_Style]:
        found: list[_Style] = []
        seen: set[int] = set()
        while number in self.styles and number not in seen:
            seen.add(number)
            found.insert(0, self.styles[number])
            number = self.styles[number].based_on
        return found

    def _chain(self, number: int) -> Said:
        """What a style with all it is based on says of runs; switches resolved."""
        if number not in self.chains:
            said: Said = {}
            for style in self._line(number):
                own = dict(modifiers(style.runs, _OF_RUNS))
                said |= own | {t: bytes([_switched(own[t], said.get(t))]) for t in TOGGLES if t in own}
            self.chains[number] = said
        return self.chains[number]

    def look(self, prls: bytes, setting: Setting) -> Look:
        """How a run looks that has these modifiers."""
        key = prls, setting.style
        if key not in self.known:
            self.known[key] = self._resolved(prls, setting.style)
        said, unsure = self.known[key]
        ink = _ink(said)
        ground = _palette(_number(said, _HIGHLIGHT)) or _shade(said, _SHADE_80, _SHADE) or setting.ground
        return Look(
            hidden=not unsure and (_is_on(said, _DELETED) or _is_on(said, _VANISH)),
            struck=_is_on(said, _STRIKE) or _is_on(said, _DSTRIKE),
            raised=_number(said, _ISS) in (1, 2) or abs(_number(said, _POSITION)) > 1,
            unsure=unsure or self._is_doubtful(said, ink, ground),
            size=_number(said, _SIZE, 20) / 2,
            scale=_number(said, _SCALE, 100) or 100,
            spacing=_number(said, _SPACING) / 20,
            ink=ink,
            ground=ground,
        )

    def _is_doubtful(self, said: Said, ink: Colour | None, ground: Colour | None) -> bool:
        """Whether one of the format's own means is said that not every program shows."""
        if _FONT in said and _number(said, _FONT) in self.signs:
            return True
        if ink and self.backdrop and not ground and contrast(ink, self.backdrop) < DOUBTFUL:
            return True
        return bool(_number(said, _WEB) or _number(said, _SPEC)) or any(said.get(_LAYOUT, b"")[:2])

    def _resolved(self, prls: bytes, style: int) -> tuple[Said, bool]:
        """(what goes for a run, whether that cannot be told): a modifier that differs from "the style" leaves open
        which one is meant where paragraph and character style differ.
        """
        said = current = of_paragraph = self._chain(style)
        unsure = False
        for sprm, operand in modifiers(prls, _OF_RUNS):
            if sprm == _STYLE:
                own = self._chain(int.from_bytes(operand, "little"))
                unsure |= any(_is_on(own, toggle) and _is_on(of_paragraph, toggle) for toggle in TOGGLES)
                said = current = of_paragraph | own
            elif sprm == _PLAIN:
                said = current
            elif sprm in TOGGLES:
                now = _switched(operand, current.get(sprm))
                unsure |= now != _switched(operand, of_paragraph.get(sprm))
                said = said | {sprm: bytes([now])}
            else:
                said = said | {sprm: operand}
        return said, unsure


def _style(std: bytes, base: int) -> _Style:
    """A style (STD): behind its name the modifiers of paragraphs and of runs, in an order by its kind."""
    kind, counts = struct.unpack_from("<HH", std, 2)
    found = _Style(kind & 15, kind >> 4)
    (length,) = struct.unpack_from("<H", std, base)
    at = base + 2 * length + 4
    holds = {_PARAGRAPH: "pc", 2: "c", _TABLE: "tpc", 4: "p"}.get(kind & 15, "")
    for what in holds[: counts & 15]:
        if at + 2 > len(std):
            break
        (size,) = struct.unpack_from("<H", std, at)
        prls = std[at + 2 : at + 2 + size]
        if what == "c":
            found.runs = prls
        elif what == "p":
            found.paragraphs = prls[2:]  # behind the number of the style itself
        at += 2 + size + size % 2
    return found


def _is_on(said: Said, sprm: int) -> bool:
    return said.get(sprm, b"\0") != b"\0"


def _switched(operand: bytes, style: bytes | None) -> int:
    """A switch (2.9.327 ToggleOperand): off, on, as the style has it, as it has it not."""
    in_style = style is not None and style != b"\0"
    value = operand[0] if operand else 0
    return int(value == 1 or (value == 0x80 and in_style) or (value == 0x81 and not in_style))


def _number(said: Said, sprm: int, usual: int = 0) -> int:
    operand = said.get(sprm)
    return usual if operand is None else int.from_bytes(operand, "little", signed=sprm in (_POSITION, _SPACING))


def _palette(number: int) -> Colour | None:
    return _PALETTE[number] if number < len(_PALETTE) else None


def _ink(said: Said) -> Colour | None:
    stored = said.get(_COLOUR)
    return _colour(stored) if stored else _palette(_number(said, _ICO))


def _colour(stored: bytes) -> Colour | None:
    """A COLORREF: red, green, blue, and whether it is the automatic one."""
    red, green, blue, automatic = stored[:4].ljust(4, b"\0")
    return None if automatic else rgb(red << 16 | green << 8 | blue)


def _pattern(fore: Colour | None, back: Colour | None, pattern: int) -> Colour | None:
    return mixed(fore or BLACK, back or WHITE, _PERCENT.get(pattern, 50)) if pattern else back


def _shade_80(stored: bytes) -> Colour | None:
    """The shading of Word 97 (Shd80)."""
    value = int.from_bytes(stored[:2], "little")
    return None if value == 0xFFFF else _pattern(_palette(value & 31), _palette(value >> 5 & 31), value >> 10)


def _shading(stored: bytes) -> Colour | None:
    """A shading (Shd): its foreground, its background, the pattern they make."""
    pattern = int.from_bytes(stored[8:10], "little")
    return None if pattern == 0xFFFF else _pattern(_colour(stored[:4]), _colour(stored[4:8]), pattern)


def _shade(said: Said, old: int, new: int) -> Colour | None:
    if new in said:
        return _shading(said[new])
    return _shade_80(said[old]) if old in said else None


@lru_cache(maxsize=4096)
def of_paragraph(prls: bytes) -> tuple[Colour | None, bool, int | None]:
    """(ground, whether its lines are cut off or off the page, style it is given) of a paragraph by its modifiers."""
    said = dict(modifiers(prls, _OF_PARAGRAPHS))
    line = said.get(_P_LINE, b"")
    height = int.from_bytes(line[:2], "little", signed=True)
    style = int.from_bytes(said[_P_STYLE], "little") if _P_STYLE in said else None
    is_gone = -_CUT_OFF < height < 0 or is_off(_indent(said, _LEFTS), _indent(said, _FIRSTS))
    return _shade(said, _P_SHADE_80, _P_SHADE), is_gone, style


def _indent(said: Said, units: dict[int, float]) -> float:
    """The last of these indents that is said, in twips."""
    found = [int.from_bytes(said[sprm], "little", signed=True) * unit for sprm, unit in units.items() if sprm in said]
    return next(filter(None, reversed(found)), 0.0)


def _names_list(prls: bytes) -> bool:
    """Whether modifiers may make a paragraph part of a list."""
    return _P_LIST.to_bytes(2, "little") in prls


@lru_cache(maxsize=4096)
def of_row(prls: bytes) -> tuple[dict[int, Colour], frozenset[int], bool, int]:
    """(grounds of cells, cells crossed out, whether the row is cut off, the style of its table) by the modifiers of a
    row.
    """
    grounds: dict[int, Colour] = {}
    crossed: set[int] = set()
    height, style = 0, 0
    for sprm, operand in modifiers(prls, _OF_ROWS):
        if sprm == _T_STYLE:
            style = int.from_bytes(operand, "little")
        elif sprm == _T_HEIGHT:
            height = int.from_bytes(operand, "little", signed=True)
        elif sprm == _T_SHADES_80:
            _paint(grounds, 0, map(_shade_80, _parts(operand, 2)))
        elif sprm in _T_SHADES:
            _paint(grounds, _T_SHADES[sprm], map(_shading, _parts(operand, 10)))
        elif len(operand) > 2 and operand[2] & _DIAGONALS and any(operand[3:]):
            crossed |= set(range(operand[0], operand[1]))
    return grounds, frozenset(crossed), -_CUT_OFF < height < 0, style


def _parts(operand: bytes, size: int) -> Iterator[bytes]:
    return (operand[at : at + size] for at in range(0, len(operand) - size + 1, size))


def _paint(grounds: dict[int, Colour], first: int, shades: Iterable[Colour | None]) -> None:
    for number, shade in enumerate(shades, first):
        if shade:
            grounds[number] = shade
        else:
            grounds.pop(number, None)


@lru_cache(maxsize=64)
def telling(*, painted: bool, signs: frozenset[int] = frozenset()) -> Callable[[bytes], object]:
    """A test of modifiers: whether they may make text look other than plain, if grounds are `painted` or if not, and
    fonts with these numbers are of signs.
    """
    fonts = [re.escape(struct.pack("<HH", _FONT, number)) for number in sorted(signs)]
    return re.compile(rb"|".join((_UNLIKE, _INK if painted else _COLOURED, *fonts)), re.DOTALL).search


@lru_cache(maxsize=4096)
def placing(prls: bytes) -> tuple[bool, bool]:
    """(whether modifiers cut lines or a row off or cross cells out, whether they paint a ground)."""
    grounds, crossed, is_low, _ = of_row(prls)
    ground, is_cut, _ = of_paragraph(prls)
    return bool(crossed) or is_low or is_cut, bool(grounds) or ground is not None
