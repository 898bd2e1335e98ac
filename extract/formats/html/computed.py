"""The computed styles of an element, what they make of the state around it, and what becomes of text in that state."""

import re
from functools import lru_cache
from math import inf
from typing import NamedTuple

from extract.formats.html.declarations import INHERITED, SIZE, TIGHT, colour, font_size, length
from extract.formats.html.tables import BLOCKS
from extract.shown import DOUBTFUL, TINY, UNSEEN, contrast, dim, has_signs, raised, struck

_PX_A_POINT = 96 / 72
# Pixels: what is moved further is off the screen, what is moved less but this much may be.
_FAR, _AWAY = 1000.0, 100.0
_NOTHING = 1.0  # pixels of a side within which nothing shows
_RAISE = 0.15  # of the height of type: what is moved less is aligned
_LESS = 0.85  # of the height of the type around it: type that small beside it is a mark
CELLS = ("td", "th")
TABLE = frozenset("table thead tbody tfoot tr td th col colgroup caption".split())
DRAWN = frozenset(("input", "select", "img", "svg"))
_BOXES = frozenset(
    "block inline-block flow-root list-item flex inline-flex grid inline-grid table inline-table -webkit-box".split()
)
# Displays of elements, inline by nature, that stand on lines of their own.
LINES = frozenset(
    "block flow-root list-item flex grid table table-row table-row-group table-caption table-cell -webkit-box".split()
)
_FLEXIBLE = ("flex", "inline-flex", "grid", "inline-grid")
_ALIGNED = frozenset("super sub text-top text-bottom top bottom".split())
_FONT_FEATURES = re.compile(r"[\"'](?:sups|subs|sinf|ordn)[\"'](?!\s*(?:0|off))")
_HARMLESS_FILTER = re.compile(
    r"none|(?:(?:grayscale|drop-shadow|hue-rotate|saturate|sepia)\(.*\)\s*)+|.*(?:alpha|progid).*"
)
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*(?:\([^()]*\)[^()]*)*))?\)")
LONGEST_VALUE = 500
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
WORDS = re.compile(r"[\u4e00-\u9fff]{3}")
_THIN = re.compile(r"(?<![\d.])[0-3](?:\.\d+)?px")
_RUN = re.compile(r"[^\s\u4e00-\u9fff]+")
_ASIDE = 0.3  # of the height of type: what is moved sideways that far stands elsewhere in its number
_COLUMN = 2.0  # the same of a whole cell, or line in it: it may stand in another column
_SEEN, _MAYBE, GONE = 0, 1, 2
# What properties are where they are said to be as at the beginning.
_INITIAL = {
    "color": "#000", "visibility": "visible", "font-size": "medium", "display": "inline", "text-indent": "0",
    "direction": "ltr",
}  # fmt: skip
Ink = tuple[float, float, float, float]


class State(NamedTuple):
    """What an element hands down to what is in it. Colours are red, green, blue and opacity; sizes pixels.

    `is_known` tells whether the ground is: no picture, no style sheet outside the page. An ink of None is unknown.
    """

    ink: Ink | None = (0.0, 0.0, 0.0, 1.0)
    ground: Ink = (1.0, 1.0, 1.0, 1.0)
    is_known: bool = True
    opacity: float = 1.0
    size: float = SIZE
    indent: float = 0.0
    is_visible: bool = True
    is_gone: bool = False
    is_doubtful: bool = False
    is_unsure: bool = False  # whatever else is said
    is_outlined: bool = False  # or shadowed, or filled with its ground: seen without ink
    is_cut: bool = False  # by a box within its cell
    room: float = inf  # of the line in that box
    is_struck: bool = False
    is_raised: bool = False
    is_turned: bool = False  # written from right to left against the nature of its characters
    direction: str = "ltr"
    marker: str = "disc"  # of items of a list
    in_cell: bool = False  # that holds no table of several cells
    in_layout: bool = False  # in a cell that does
    makes_boxes: bool = False  # of its children
    parts_boxes: bool = False  # sets them apart, or on lines of their own
    variables: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=4096)
def _visibility(ink: Ink | None, ground: Ink, opacity: float, is_known: bool) -> int:
    """Whether ink is seen on its ground."""
    if ink is None:
        return _MAYBE if opacity else GONE
    part = ink[3] * opacity
    blend = [part * a + (1 - part) * b for a, b in zip(ink[:3], ground[:3], strict=True)]
    ratio = contrast(blend, ground[:3])
    if part == 0:
        return GONE
    return _SEEN if ratio >= DOUBTFUL else GONE if ratio < UNSEEN and is_known else _MAYBE


def fate_of(state: State) -> int:
    """What becomes of text in a state."""
    if state.is_unsure and not state.is_gone:
        return _MAYBE
    if state.is_gone or not state.is_visible or state.size <= 0 or state.indent <= -_FAR:
        return GONE
    seen = _visibility(state.ink, state.ground, state.opacity, state.is_known)
    if seen == GONE and state.is_outlined and state.opacity:
        return _MAYBE
    tiny = state.size < TINY * _PX_A_POINT or abs(state.indent) >= _AWAY or (state.is_cut and state.indent < 0)
    return max(seen, _MAYBE) if tiny or state.is_doubtful else seen


def as_shown(text: str, state: State) -> str:
    """A text as it is shown in a state: with marks, or not at all."""
    if not text.strip():
        return text
    fate = fate_of(state)
    if fate == GONE:
        return ""
    if (fate == _MAYBE or _is_cut_off(text, state)) and state.in_cell and not WORDS.search(text):
        text = dim(text)
    if state.is_struck:
        text = struck(text)
    return raised(text) if state.is_raised else text


def _is_cut_off(text: str, state: State) -> bool:
    """Whether only a part of a text may be seen, or its characters in another order."""
    return (state.is_turned and len(text.strip()) > 1) or (state.room < inf and _breadth(text, state.size) > state.room)


def _breadth(text: str, size: float) -> float:
    """Pixels a text needs in a line at least: digits are half as broad as they are high."""
    return max((len(run) for run in _RUN.findall(text)), default=0) * size / 2


class Computed:
    """The styles of one element, and what they make of the state around it."""

    def __init__(self, own: dict[str, str], state: State, tag: str) -> None:
        self.state, self.tag = state, tag
        self.variables = dict(state.variables) | {name: value for name, value in own.items() if name.startswith("--")}
        self.values = {name: text for name, value in own.items() if (text := self._meant(name, value))}
        self.size = state.size

    def get(self, name: str) -> str:
        """The value of a property in small letters, "" for none."""
        return self.values.get(name, "")

    def _meant(self, name: str, value: str) -> str:
        for _ in range(10):
            if "var(" not in value or len(value) > LONGEST_VALUE:
                break
            value = _VARIABLE.sub(lambda m: self.variables.get(m[1], m[2] or "\0")[:LONGEST_VALUE], value)
        if "\0" in value or "var(" in value:
            return ""
        value = value if name == "content" or name.startswith("--") else value.strip().lower()
        if value == "initial" or (value == "unset" and name not in INHERITED):
            return _INITIAL.get(name, "")
        if value == "inherit" and name == "display":
            return "block"  # around what is shown
        return "" if value in ("inherit", "unset", "revert", "revert-layer") else value

    def pixels(self, name: str, whole: float = 0.0) -> float | None:
        """A length in pixels; None for none, or one that cannot be told."""
        return length(self.get(name), self.size, whole) if self.get(name) else None

    def inner(self) -> State:
        """The state within the element."""
        state = self.state
        size = font_size(self.get("font-size"), state.size) if self.get("font-size") else state.size
        self.size = state.size if size is None else size
        has_box = self._has_box()
        fate = max(
            self._clipped(), self._shrunk(has_box), self._moved(has_box), self._transformed(has_box), self._filtered()
        )
        indent = self.pixels("text-indent", _FAR)
        is_unsure = state.is_unsure or self._is_unsure()
        state = self._cut(self._coloured(state), has_box)
        return state._replace(
            size=self.size,
            indent=state.indent if indent is None else indent,
            is_visible=self.get("visibility") == "visible" if self.get("visibility") else state.is_visible,
            is_gone=state.is_gone or (fate == GONE and not is_unsure),
            is_unsure=is_unsure,
            is_doubtful=state.is_doubtful or fate == _MAYBE or size is None,
            is_struck=state.is_struck or "line-through" in self.get("text-decoration-line"),
            is_raised=state.is_raised or self._is_raised(),
            direction=self.get("direction") or state.direction,
            marker=self.get("list-style-type") or state.marker,
            is_turned=self._is_turned(),
            makes_boxes=self.get("display") in _FLEXIBLE,
            parts_boxes=self._parts_boxes(),
            variables=tuple(self.variables.items()),
        )

    def place(self) -> str:
        """Whether an element of a cell stands "beside" its place in the text, afloat or small in a box, or may lie
        "over" what is around it.
        """
        if not self.state.in_cell or self.tag in TABLE:
            return ""
        is_box = self.state.makes_boxes or self.get("display").startswith("inline-")
        small = is_box and self.size < _LESS * self.state.size
        if small or self.get("float") not in ("", "none") or self.get("grid-column"):
            return "beside"
        return "over" if self.get("position") in ("absolute", "fixed", "relative", "sticky") else ""

    def _is_unsure(self) -> bool:
        """Whether nobody can tell what hides the element, or shows it."""
        computed = any("(" in self.get(name) for name in ("display", "visibility", "opacity", "zoom"))
        zoom, adjusted = (_NUMBER.match(self.get(name)) for name in ("zoom", "font-size-adjust"))
        small = zoom and float(zoom[0]) < (50 if "%" in self.get("zoom") else 0.5)
        return bool(self.get("-unsure")) or computed or bool(small or (adjusted and float(adjusted[0]) < 0.2))

    def _parts_boxes(self) -> bool:
        display = self.get("display")
        apart = self.get("justify-content").startswith("space-") or self.get("gap") not in ("", "normal", "0", "0px")
        stacked = self.get("flex-direction").startswith("column") or display.endswith("grid")
        return display in _FLEXIBLE and (apart or stacked)

    def _cut(self, state: State, has_box: bool) -> State:
        """The state within a box in a cell that hides what goes beyond it."""
        if not state.in_cell or not (self.tag == "input" or (has_box and self._hides_rest())):
            return state
        sides = [self.pixels(name) for name in ("width", "max-width") if not self.get(name).endswith("%")]
        return state._replace(is_cut=True, room=min(state.room, *(side for side in sides if side is not None), inf))

    def _hides_rest(self) -> bool:
        return self.get("overflow").split(" ")[0] in ("hidden", "clip", "scroll", "auto")

    def draws_line(self) -> bool:
        """Whether an empty box has an edge or a ground that may strike the text behind it."""
        drawn = ("border", "background-color", "background-image", "box-shadow")
        return any(self.get(name) not in ("", "0", "0px", "none", "transparent") for name in drawn)

    def collapses(self) -> bool:
        """Whether it is a row, or rows, that the table closes over."""
        return self.get("visibility") == "collapse" and self.tag in ("tr", "thead", "tbody", "tfoot")

    def _has_box(self) -> bool:
        """Whether width, height and overflow mean anything to the element: not to inline ones and parts of tables."""
        display = self.get("display")
        taken_out = self.get("position") in ("absolute", "fixed") or self.get("float") not in ("", "none")
        if display in _BOXES or taken_out or self.state.makes_boxes:
            return True
        return not display and self.tag in BLOCKS - TABLE

    def _coloured(self, state: State) -> State:
        ground = colour(self.get("background-color")) if self.get("background-color") else None
        if ground and ground[3]:
            if ground[3] < 1:
                blend = [ground[3] * a + (1 - ground[3]) * b for a, b in zip(ground[:3], state.ground[:3], strict=True)]
                ground = (blend[0], blend[1], blend[2], 1.0)
            state = state._replace(ground=ground, is_known=True)
        if self.get("background-image") not in ("", "none"):
            state = state._replace(is_known=False)
        if any(self.get(name) not in ("", "none", "0", "0px") for name in ("text-shadow", "-webkit-text-stroke")):
            state = state._replace(is_outlined=True)
        if "text" in self.get("background-clip"):
            state = state._replace(is_outlined=True)
        opacity = _NUMBER.match(self.get("opacity"))
        if opacity:
            part = float(opacity[0]) / (100 if "%" in self.get("opacity") else 1)
            state = state._replace(opacity=state.opacity * min(max(part, 0.0), 1.0))
        for name in ("color", "-webkit-text-fill-color"):
            if self.get(name) not in ("", "currentcolor"):
                state = state._replace(ink=colour(self.get(name)))
        return state

    def _clipped(self) -> int:
        clip, path = self.get("clip"), self.get("clip-path")
        if self.get("content-visibility") == "hidden":
            return GONE
        if clip.startswith("rect") and self.get("position") in ("absolute", "fixed"):
            return self._clipped_to_rectangle(clip)
        return _clipped_by(path) if path and path != "none" else _SEEN

    def _clipped_to_rectangle(self, clip: str) -> int:
        sides = [length(one, self.size, 0) for one in re.split(r"[,\s]+", clip[5:].strip(" ()"))]
        top, right, bottom, left = [*sides, None, None, None, None][:4]
        flat = top is not None and bottom is not None and bottom - top <= _NOTHING
        narrow = left is not None and right is not None and right - left <= _NOTHING
        return GONE if flat or narrow else _MAYBE

    def _shrunk(self, has_box: bool) -> int:
        """Boxes of no size that hide what does not fit in."""
        if has_box and re.search("strict|size", self.get("contain")) and not self.get("height"):
            return _MAYBE
        if not has_box or not self._hides_rest():
            return _SEEN
        sides = [self.pixels(side, _FAR) for side in ("width", "height", "max-width", "max-height")]
        least = min((side for side in sides if side is not None), default=_FAR)
        line = _NUMBER.match(self.get("line-height"))
        if least <= _NOTHING or (line and float(line[0]) == 0 and sides[1] is None):
            return GONE
        return _MAYBE if least < self.size / 2 else _SEEN

    def _moved(self, has_box: bool) -> int:
        """Text off the screen, or taken out of its cell."""
        position = self.get("position")
        fate = _MAYBE if position in ("absolute", "fixed") or self.get("z-index").startswith("-") else _SEEN
        moves = []
        if position and position != "static":
            # From the right edge of what it is placed in, or from where it would stand.
            sign = -1 if position == "relative" else 1
            moves = [self.pixels("left", _FAR), self.pixels("top", _FAR)]
            moves += [sign * move for side in ("right", "bottom") if (move := self.pixels(side, _FAR)) is not None]
        moves += [self.pixels("margin-left"), self.pixels("margin-top") if has_box else None]
        known = [move for move in moves if move is not None]
        if any(move <= -_FAR for move in known):
            return GONE
        if self.state.in_cell and self._moved_aside(position):
            return _MAYBE
        sides = ("left", "top", "right", "bottom", "margin-left", "margin-top")
        unknown = any("(" in self.get(side) and self.pixels(side, _FAR) is None for side in sides)
        return _MAYBE if unknown or any(abs(move) >= _AWAY for move in known) else fate

    def _moved_aside(self, position: str) -> bool:
        """Whether it stands elsewhere in its number, or beside its cell."""
        is_inline = self.tag not in BLOCKS and self.get("display") not in LINES
        least = (_ASIDE if is_inline or self.state.is_cut else _COLUMN) * self.size
        moves = [self.pixels(side, _FAR) or 0.0 for side in ("left", "right")] if position == "relative" else []
        if is_inline or self.state.is_cut:
            moves.append(min(self.pixels("margin-left") or 0.0, 0.0))
        return any(abs(move) >= least > 0 for move in moves)

    def _transformed(self, has_box: bool) -> int:
        scale, transform = self.get("scale"), self.get("transform")
        if not has_box:
            return _SEEN
        if re.match(r"0(?:\.0+)?(?:\s|$)", scale) or re.search(
            r"scale(?:x|y|3d)?\(\s*0(?:\.0+)?\s*[,)]|matrix\(\s*0\s*,", transform
        ):
            return GONE
        shifts = [
            length(one.strip(), self.size, _FAR) or 0.0 for one in re.findall(r"translate\w*\(([^),]*)", transform)
        ]
        shifts += [
            length(one.strip(), self.size, _FAR) or 0.0
            for one in re.findall(r"translate\w*\([^),]*,([^),]*)", transform)
        ]
        shifts += [length(one, self.size, _FAR) or 0.0 for one in self.get("translate").split()]
        if any(abs(shift) >= _FAR for shift in shifts):
            return GONE
        turned = transform not in ("", "none") and not re.fullmatch(r"(?:translate\w*\([^)]*\)\s*)+", transform)
        other = scale not in ("", "none", "1") or self.get("rotate") not in ("", "none", "0deg")
        return _MAYBE if turned or other or any(abs(shift) > _RAISE * self.size for shift in shifts) else _SEEN

    def _filtered(self) -> int:
        """What else may make text unreadable, or print it in another order."""
        filters = self.get("filter")
        if filters and not _HARMLESS_FILTER.fullmatch(filters):
            return GONE if re.search(r"opacity\(\s*0(?:\.0+)?%?\s*\)", filters) else _MAYBE
        spacing = self.pixels("letter-spacing", self.size)
        tight = spacing is not None and spacing <= TIGHT * self.size
        covers = ("-webkit-text-security", "mask-image", "mix-blend-mode")
        covered = any(self.get(name) not in ("", "none", "normal") for name in covers)
        quoted = bool(re.search(r"[\"'][^\"']*\d", self.get("quotes")))
        struck_by_ground = "gradient(" in self.get("background-image") and (
            self.tag not in TABLE | BLOCKS or bool(_THIN.search(self.get("background-size")))
        )
        unread = covered or quoted or has_signs(self.get("font-family"))
        return _MAYBE if tight or unread or self._reordered() or struck_by_ground else _SEEN

    def _reordered(self) -> bool:
        """Whether boxes stand in another order than their text: those in it, or itself among others."""
        cells = self.tag in CELLS and bool(self.get("grid-column"))
        return cells or "reverse" in self.get("flex-direction") or self.get("order") not in ("", "0")

    def _is_raised(self) -> bool:
        """Whether an inline element stands above or below the line it is in."""
        if self.tag in TABLE | DRAWN or (self.tag in BLOCKS and not self.get("display").startswith("inline")):
            return False
        align = self.get("vertical-align")
        shift = length(align, self.size, 1.2 * self.size) or 0.0
        if self.get("position") in ("relative", "sticky"):
            shift += sum(length(self.get(side), self.size, 0) or 0.0 for side in ("top", "bottom") if self.get(side))
        small = self.size < _LESS * self.state.size
        special = self.get("font-variant-position") not in ("", "normal") or _FONT_FEATURES.search(
            self.get("font-feature-settings")
        )
        named = align in ("super", "sub") or (align in _ALIGNED and small)
        return named or bool(special) or abs(shift) >= _RAISE * max(self.size, self.state.size) > 0

    def _is_turned(self) -> bool:
        bidi = self.get("unicode-bidi")
        if not bidi:
            return self.state.is_turned
        return "override" in bidi and (self.get("direction") or self.state.direction) == "rtl"


def _clipped_by(path: str) -> int:
    """What a clip path leaves of a text (CSS Masking 5)."""
    numbers = [float(one) for one in _NUMBER.findall(path)]
    if path.startswith("inset"):
        return GONE if "%" in path and numbers and numbers[0] >= 50 else _MAYBE
    dot = path.startswith(("circle", "ellipse", "polygon")) and numbers and len(set(numbers[:6])) == 1 != numbers[0]
    point = path.startswith(("circle(0", "ellipse(0")) or (path.startswith("polygon") and len(set(numbers)) == 1)
    return GONE if dot or point else _MAYBE
