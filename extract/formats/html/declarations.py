"""Declarations: the properties that can hide, strike, raise or move text, and what their values mean.

A value is kept as it is written, if browsers take it; lengths and colours are told where the element is known.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import tinycss2
import tinycss2.color4

from extract.shown import has_signs

# A desktop screen and its type, in pixels.
WIDTH, HEIGHT = 1440, 900
SIZE = 16.0
TIGHT = -0.3  # of the height of type: characters that close stand on one another
# Sizes by name relative to medium (CSS Fonts 4, 2.5); a step up or down.
_SIZES = {
    "xx-small": 0.6, "x-small": 0.75, "small": 8 / 9, "medium": 1.0, "large": 1.2, "x-large": 1.5, "xx-large": 2.0,
    "xxx-large": 3.0,
}  # fmt: skip
_STEPS = {"smaller": 1 / 1.2, "larger": 1.2}
# The properties that can, and the shorthands that set them.
_TRACKED = frozenset(
    "display visibility opacity content-visibility position top right bottom left margin-left margin-top text-indent "
    "clip clip-path width height max-width max-height overflow line-height font-size color background-color "
    "background-image text-decoration-line vertical-align content direction unicode-bidi transform scale rotate "
    "translate filter mask-image mix-blend-mode letter-spacing float flex-direction order z-index "
    "font-variant-position font-feature-settings -webkit-text-fill-color -webkit-text-security border "
    "box-shadow text-shadow -webkit-text-stroke background-clip zoom font-size-adjust contain grid-column "
    "justify-content gap list-style-type quotes background-size animation-name animation-fill-mode "
    "font-family -unsure".split()
)
_SAME = {
    "text-decoration": "text-decoration-line", "overflow-x": "overflow", "overflow-y": "overflow",
    "-webkit-clip-path": "clip-path", "-webkit-transform": "transform", "-webkit-filter": "filter",
    "-webkit-mask-image": "mask-image", "mask": "mask-image", "-webkit-mask": "mask-image",
    "flex-flow": "flex-direction", "border-top": "border", "border-bottom": "border", "inset-inline-start": "left",
    "inset-inline-end": "right", "inset-block-start": "top", "inset-block-end": "bottom", "inline-size": "width",
    "block-size": "height", "max-inline-size": "max-width", "max-block-size": "max-height",
    "overflow-inline": "overflow", "overflow-block": "overflow",
    "margin-inline-start": "margin-left", "margin-block-start": "margin-top",
    "text-security": "-webkit-text-security", "-webkit-background-clip": "background-clip", "column-gap": "gap",
    "-webkit-text-stroke-width": "-webkit-text-stroke", "grid-area": "grid-column", "grid-column-start": "grid-column",
    "grid-row": "grid-column", "grid-row-start": "grid-column", "list-style": "list-style-type",
    "-webkit-animation-name": "animation-name", "-webkit-animation-fill-mode": "animation-fill-mode",
}  # fmt: skip
_SIDES = ("top", "right", "bottom", "left")
_LENGTHS = frozenset(
    "top right bottom left margin-left margin-top text-indent width height max-width max-height font-size".split()
)
_COLOURS = frozenset(("color", "background-color", "-webkit-text-fill-color"))
_GLOBAL = frozenset("inherit initial unset revert revert-layer".split())
# Properties that an element takes over from the one around it: unset, they are as if nothing were said.
INHERITED = frozenset(
    "visibility color font-size font-family text-indent line-height direction letter-spacing list-style-type "
    "quotes".split()
)
# The values browsers take of properties that name them; functions that compute one, or a colour nobody here can.
_NUMERAL = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_VALUES = {
    name: re.compile(values)
    for name, values in {
        "visibility": "visible|hidden|collapse", "opacity": _NUMERAL + "%?", "order": r"[-+]?\d+",
        "position": "static|relative|absolute|fixed|(?:-webkit-)?sticky", "z-index": r"auto|[-+]?\d+",
        "float": "none|left|right|inline-start|inline-end", "direction": "ltr|rtl",
        "zoom": f"normal|reset|{_NUMERAL}%?",
        "overflow": "(?:(?:visible|hidden|clip|scroll|auto|overlay) ?){1,2}",
        "content-visibility": "visible|auto|hidden",
    }.items()
}  # fmt: skip
_COMPUTED = re.compile(r"(?:var|env|calc|min|max|clamp|attr|if|round|abs|sign)\(")
_FUNCTIONS_OF_COLOUR = re.compile(
    r"(?:color-mix|light-dark|contrast-color|rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|device-cmyk)\("
)
_SYSTEM_COLOURS = {
    "canvas": "#fff", "field": "#fff", "window": "#fff", "canvastext": "#000", "fieldtext": "#000",
    "windowtext": "#000", "buttontext": "#000", "graytext": "#808080", "linktext": "#00e", "buttonface": "#f0f0f0",
}  # fmt: skip
# What only pages in quirks mode may write (Quirks Mode Standard, 3.1, 3.2).
HASHLESS, _UNITLESS = re.compile(r"[0-9a-f]{3}(?:[0-9a-f]{3})?"), re.compile(_NUMERAL)
LENGTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)([a-z]*|%)$", re.IGNORECASE)
_UNITS = frozenset("px pt pc in cm mm q em rem ex ch ic lh rlh vw vh vmin vmax svw svh lvw lvh dvw dvh %".split())
_WORDS = frozenset(
    "auto none inherit initial unset revert revert-layer normal thin xx-small x-small small medium large x-large "
    "xx-large xxx-large smaller larger min-content max-content fit-content stretch math each-line hanging".split()
)
_DISPLAYS = frozenset(
    "none contents block inline inline-block flow flow-root list-item flex inline-flex grid inline-grid ruby table "
    "inline-table table-cell table-row table-row-group table-header-group table-footer-group table-column "
    "table-column-group table-caption -webkit-box -webkit-inline-box run-in math inherit initial unset revert".split()
)
_IMAGE = re.compile(r"\burl\(|gradient\(|\bimage|\belement\(|\bcross-fade\(", re.IGNORECASE)


class Declaration(NamedTuple):
    """A property with its value, as written but for comments."""

    name: str
    value: str
    important: bool


UNSURE = Declaration("-unsure", "1", important=True)


def declarations_in(nodes: Sequence[Any]) -> Iterator[Declaration]:
    """The declarations among parsed nodes, in longhands."""
    for node in nodes:
        if node.type == "declaration":
            tokens = [token for token in node.value if token.type != "comment"]
            value = tinycss2.serialize(tokens).strip()
            name = node.name if node.name.startswith("--") else node.lower_name
            for longhand, meant in _longhands(name, value, tokens):
                if longhand.startswith("--") or (longhand in _TRACKED and is_valid(longhand, meant)):
                    yield Declaration(longhand, meant, node.important)


_OF_ANIMATIONS = frozenset(
    "ease linear ease-in ease-out ease-in-out step-start step-end infinite normal reverse alternate alternate-reverse "
    "none forwards backwards both running paused auto".split()
)


def _longhands(name: str, value: str, tokens: Sequence[Any]) -> Iterator[tuple[str, str]]:
    if name == "font":
        yield "font-size", next((size for token in tokens if (size := _font_size(token))), value)
        first = value.partition(",")[0].split()
        yield "font-family", next((word for word in first if has_signs(word)), first[-1] if first else "")
    elif name == "background":
        colours = [tinycss2.serialize([token]) for token in tokens if colour(tinycss2.serialize([token])) is not None]
        yield "background-color", value if "var(" in value else colours[-1] if colours else "transparent"
        yield "background-size", value.partition("/")[2].strip()
        yield "background-image", "gradient()" if "gradient(" in value else "url()" if _IMAGE.search(value) else "none"
    elif name == "all":
        yield from ((each, value.lower()) for each in _TRACKED - {"direction", "unicode-bidi"})
    elif name.endswith("animation"):
        words = value.split()
        yield (
            "animation-name",
            next((word for word in reversed(words) if word not in _OF_ANIMATIONS and word[0].isalpha()), "none"),
        )
        yield "animation-fill-mode", next((word for word in words if word in ("forwards", "both")), "none")
    elif name in ("inset-block", "inset-inline", "margin-inline", "margin-block"):
        yield _SAME[f"{name}-start"], value.split(maxsplit=1)[0] if value else ""
    elif name in ("inset", "margin"):
        parts = value.split()
        for side, at in zip(_SIDES, ((0,), (1, 0), (2, 0), (3, 1, 0)), strict=True):
            part = next((parts[index] for index in at if index < len(parts)), "auto")
            yield (side if name == "inset" else f"margin-{side}"), part
    else:
        yield _SAME.get(name, name), value


def _font_size(token: Any) -> str:
    text: str = tinycss2.serialize([token])
    if token.type in ("dimension", "percentage") or (token.type == "number" and token.value == 0):
        return text
    return text if token.type == "ident" and token.lower_value in _WORDS - {"normal", "none", "auto"} else ""


def is_valid(name: str, value: str) -> bool:
    """Whether a browser takes the value, or drops the declaration."""
    text = value.lower()
    if text in _GLOBAL:
        return True
    if name in _COLOURS:
        return _is_colour(text)
    if "(" in text and (_COMPUTED.search(text) or (name not in _VALUES and name != "display")):
        return True  # functions are looked at where they are used
    if name in _LENGTHS:
        found = LENGTH.match(text)
        return text in _WORDS or bool(found and (not found[2] or found[2] in _UNITS))
    if name in _VALUES:
        return bool(_VALUES[name].fullmatch(text))
    return text.partition(" ")[0] in _DISPLAYS if name == "display" else bool(text)


def _is_colour(text: str) -> bool:
    known = colour(text) is not None or "var(" in text or text == "currentcolor"
    return known or bool(_FUNCTIONS_OF_COLOUR.match(text) or HASHLESS.fullmatch(text))


def meant(declarations: tuple[Declaration, ...], *, quirks: bool) -> tuple[Declaration, ...]:
    """Declarations as a page takes them that is, or is not, in quirks mode: colours without a number sign, lengths
    without a unit.
    """
    taken = []
    for one in declarations:
        value = one.value.lower()
        hashless = one.name in _COLOURS and HASHLESS.fullmatch(value)
        unitless = one.name in _LENGTHS and _UNITLESS.fullmatch(value) and float(value)
        if quirks or not (hashless or unitless):
            taken.append(one._replace(value=f"#{value}") if hashless else one)
    return tuple(taken)


@lru_cache(maxsize=4096)
def colour(value: str) -> tuple[float, float, float, float] | None:
    """Red, green, blue and opacity of a colour, from 0 to 1 each; None for what is none or stays unknown."""
    try:
        parsed = tinycss2.color4.parse_color(_SYSTEM_COLOURS.get(value, value))
        if parsed is None or isinstance(parsed, str):
            return None
        red, green, blue = (min(max(part or 0.0, 0.0), 1.0) for part in parsed.to("srgb").coordinates)
    except (NotImplementedError, ValueError, TypeError, AttributeError):
        return None
    return red, green, blue, parsed.alpha


def font_size(value: str, around: float) -> float | None:
    """Pixels of a size of type within type of `around` pixels; None for an unknown one."""
    if value in _SIZES:
        return SIZE * _SIZES[value]
    return around * _STEPS[value] if value in _STEPS else length(value, around, around)


def length(value: str, size: float, whole: float) -> float | None:
    """Pixels of a length, where type is `size` pixels high and 100 % are `whole`; None for what is none or unknown."""
    found = LENGTH.match(value)
    if not found:
        return _computed(value, size, whole) if "(" in value else None
    unit = found[2].lower()
    factors = {
        "": 1, "px": 1, "pt": 96 / 72, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54,
        "rem": 16, "em": size, "ex": size / 2, "ch": size / 2, "ic": size, "lh": size * 1.2, "rlh": 19.2,
        "%": whole / 100,
    }  # fmt: skip
    if unit not in factors:
        return float(found[1]) * (HEIGHT if unit.endswith(("h", "min")) else WIDTH) / 100
    return float(found[1]) * factors[unit]


def _computed(value: str, size: float, whole: float) -> float | None:
    """A length by the functions of mathematics that sheets use (CSS Values 4, 10.1 to 10.3)."""
    try:
        return _sum(tinycss2.parse_component_value_list(value, skip_comments=True), size, whole)
    except (RecursionError, ValueError, ZeroDivisionError):
        return None


def _sum(tokens: Sequence[Any], size: float, whole: float) -> float | None:
    """Terms with signs between them, of factors."""
    terms: list[float] = []
    sign = "+"
    for token in (one for one in tokens if one.type != "whitespace"):
        if token.type == "literal":
            sign = token.value
            continue
        value = _factor(token, size, whole)
        if value is None or sign not in tuple("+-*/") or (sign in "*/" and not terms):
            return None
        if sign in "*/":
            value = terms.pop() * value if sign == "*" else terms.pop() / value
        terms.append(-value if sign == "-" else value)
        sign = ""
    return sum(terms) if terms else None


def _factor(token: Any, size: float, whole: float) -> float | None:
    if token.type in ("dimension", "percentage", "number"):
        return length(tinycss2.serialize([token]), size, whole)
    if token.type == "() block":
        return _sum(token.content, size, whole)
    if token.type != "function":
        return None
    found = [_sum(part, size, whole) for part in by_commas(token.arguments)]
    known = [one for one in found if one is not None]
    if len(known) < len(found) or token.lower_name not in _OF_LENGTHS:
        return None
    return _OF_LENGTHS[token.lower_name](known)


_OF_LENGTHS: dict[str, Callable[[list[float]], float]] = {
    "calc": lambda given: given[0], "min": min, "max": max,
    "clamp": lambda given: max(given[0], min(given[1:])),
}  # fmt: skip


def by_commas(tokens: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """What stands between the commas of a list."""
    commas = [index for index, one in enumerate(tokens) if one.type == "literal" and one.value == ","]
    for begin, end in pairwise([-1, *commas, len(tokens)]):
        yield tokens[begin + 1 : end]
