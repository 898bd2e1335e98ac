"""Style sheets: the rules in them that can hide, strike, raise or move text (CSS Syntax, Cascade, Nesting). What can
do so in a way nobody can follow is the declaration `UNSURE`.

Sheets come again from page to page of a site, styles of cells within a page: what was parsed is kept.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import tinycss2

from extract.formats.html.conditions import applies, holds
from extract.formats.html.declarations import (
    HASHLESS,
    SIZE,
    TIGHT,
    UNSURE,
    WIDTH,
    Declaration,
    colour,
    declarations_in,
    font_size,
    length,
)
from extract.formats.html.selectors import is_known, names_asked, selectors_in, specificity, too_deep
from extract.shown import contrast, has_signs

# Ink and ground of a plain page; what contrasts with them so much is read without a further look.
_BLACK, _WHITE, _READABLE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 4.0
_BIG_ENOUGH, _AWAY = 8.0, -100.0
# Attributes that stand for styles, and all that may.
_HINTS = frozenset("bgcolor background color text link popover dir hidden".split())
TELLING = _HINTS | {"style"}
SIGNS = "font[face*=dings i]"  # what may be set in a font of signs by an attribute
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
# A sheet, or a rule of one, without any of these can do nothing of it.
_MATTERS = re.compile(
    r"display|visib|opacity|position|indent|clip|width|height|font|color|background|through|text-decoration|align|content|"
    r"direction|bidi|transform|scale|rotate|translate|filter|mask|blend|spacing|order|z-index|margin|overflow|inset|"
    r"security|shadow|stroke|unsure|zoom|contain|\bsize|grid|justify|gap|list-style|quotes|animation|keyframes|@import|@layer|"
    r"float|\ball\b|--|\\",
    re.IGNORECASE,
)
_DEEPEST_NAME = 8  # layers named at once
_PIECE = re.compile(
    r"/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)|\"(?:\\.|[^\"\\])*(?:\"|\Z)|'(?:\\.|[^'\\])*(?:'|\Z)|url\(\s*[^\s\"'()]*\)|[{};]",
    re.DOTALL | re.IGNORECASE,
)
_STATEMENT = re.compile(r"(?:\s|/\*[^*]*(?:\*(?!/)[^*]*)*\*/|<!--)*+@")
_PSEUDO = re.compile(r"::?(before|after)\s*$|::(marker)\s*$", re.IGNORECASE)
_PART = re.compile(r"::?first-(?:line|letter)\b", re.IGNORECASE)
# Selectors of elements that stand on lines of their own, or are no part of a cell.
_OF_BLOCKS = re.compile(r"(?:^|[\s>+~])(?:html|body|div|p|table|tr|td|th|ul|ol|li|dl|dt|dd|h[1-6]|img)$", re.IGNORECASE)
_DATA = re.compile(r"data:text/css([^,]*),(.*)", re.IGNORECASE | re.DOTALL)


class Rule(NamedTuple):
    """What a sheet declares for the elements of one selector, or for what it puts before or after them (`pseudo`).

    `names` are the classes and ids without which the selector finds nothing, in small letters; `layer` is the path of
    the cascade layer. A rule without declarations only says where in their order a layer stands; one whose `pseudo`
    begins with "@" is the end of the animation of that name.
    """

    selector: str
    pseudo: str
    specificity: tuple[int, int, int]
    names: frozenset[str]
    layer: tuple[str, ...]
    declarations: tuple[Declaration, ...]


class _Around(NamedTuple):
    """What rules are nested in: selectors, layers, and a condition nobody can tell the truth of."""

    selectors: Sequence[str] = ()
    layer: tuple[str, ...] = ()
    unsure: bool = False


@lru_cache(maxsize=64)
def rules_of(css: str) -> tuple[Rule, ...]:
    """The rules of a sheet that apply on a desktop screen and can hide, strike or raise, in order.

    Raises UnreadableFileError for one whose blocks nest deeper than any editor writes.
    """
    css = "".join(piece for piece in _pieces(css) if _MATTERS.search(piece))
    try:
        return tuple(_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), _Around()))
    except RecursionError:
        raise too_deep() from None


def carried_sheet(address: str) -> str:
    """The style sheet that an address itself holds (RFC 2397), "" for any other address."""
    if not (found := _DATA.match(address.strip())):
        return ""
    data = unquote_to_bytes(found[2])
    if found[1].lower().endswith("base64"):
        try:
            data = b64decode(data, validate=False)
        except ValueError:
            return ""
    return data.decode(errors="replace")


@lru_cache(maxsize=4096)
def declared(style: str) -> tuple[Declaration, ...]:
    """The declarations of a style attribute that can hide, strike or raise."""
    if not _MATTERS.search(style):
        return ()
    try:
        return tuple(declarations_in(tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True)))
    except RecursionError:
        raise too_deep() from None


def _pieces(css: str) -> Iterator[str]:
    """A sheet cut behind each of its outermost blocks and statements. What else ends there belongs to the next rule,
    and spoils its selector.
    """
    start = depth = 0
    for mark in _PIECE.finditer(css):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}" and depth:
            depth -= 1
        elif mark[0] != ";" or depth or not _STATEMENT.match(css, start):
            continue
        if not depth and mark[0] != "{":
            yield css[start : mark.end()]
            start = mark.end()
    yield css[start:]


def _rules(nodes: Sequence[Any], around: _Around) -> Iterator[Rule]:
    """The rules among parsed nodes."""
    for node in nodes:
        if node.type == "qualified-rule" and is_known(node.prelude):
            inner = around._replace(selectors=list(selectors_in(node.prelude, around.selectors)))
            content = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            yield from _of(inner, tuple(declarations_in(content)))
            yield from _rules(content, inner)
        elif node.type == "at-rule":
            yield from _at_rule(node, around)


def _at_rule(node: Any, around: _Around) -> Iterator[Rule]:
    keyword = node.lower_at_keyword
    if keyword == "import":
        yield from _imported(node, around)
    elif keyword == "layer" and node.content is None:
        for name in tinycss2.serialize(node.prelude).split(","):
            yield Rule("", "", (0, 0, 0), frozenset(), _within(around.layer, name), ())
    elif keyword.endswith("keyframes") and node.content is not None:
        yield from _animation(node, around)
    elif node.content is not None and holds(node):
        parse = tinycss2.parse_blocks_contents if around.selectors else tinycss2.parse_rule_list
        content = parse(node.content, skip_comments=True, skip_whitespace=True)
        inner = around._replace(unsure=around.unsure or keyword == "container")
        if keyword == "layer":
            name = tinycss2.serialize(node.prelude).strip() or f"{node.source_line}:{node.source_column}"
            inner = inner._replace(layer=_within(around.layer, name))
        yield from _of(inner, tuple(declarations_in(content)))
        yield from _rules(content, inner)


def _within(layer: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The path of a layer by its name in another."""
    return layer + tuple(name.strip().split(".", _DEEPEST_NAME))


def _imported(node: Any, around: _Around) -> Iterator[Rule]:
    """The rules of a sheet that another one holds within the address it imports."""
    tokens = [token for token in node.prelude if token.type not in ("whitespace", "comment")]
    address = tokens[0] if tokens else None
    if address is not None and address.type == "function" and address.arguments:
        address = address.arguments[0]
    if address is None or address.type not in ("string", "url"):
        return
    css = carried_sheet(address.value)
    if css and applies(tinycss2.serialize(tokens[1:])):
        yield from _rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), around)


def _animation(node: Any, around: _Around) -> Iterator[Rule]:
    """What an animation ends with."""
    name = tinycss2.serialize(node.prelude).strip().strip("\"'")
    for frame in tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True):
        if frame.type == "qualified-rule" and re.search(r"\bto\b|\b100%", tinycss2.serialize(frame.prelude)):
            content = tinycss2.parse_blocks_contents(frame.content, skip_comments=True, skip_whitespace=True)
            yield Rule("", f"@{name}", (0, 0, 0), frozenset(), around.layer, tuple(declarations_in(content)))


def _of(around: _Around, declarations: tuple[Declaration, ...]) -> Iterator[Rule]:
    for selector in around.selectors if declarations else ():
        pseudo = _PSEUDO.search(selector)
        plain = _PSEUDO.sub("", selector).strip() or "*"
        if is_part := bool(_PART.search(plain)):
            plain = _PART.sub("", plain).strip() + ":is(td, th, td *, th *)"
        if (around.unsure or is_part) and not _all_plain(declarations):
            declarations = (UNSURE,)
        if "::" not in plain:
            weight, names = specificity(tinycss2.parse_component_value_list(plain)), names_asked(plain)
            if plain[-1] in ">+~ ":
                plain += "*"
            where = pseudo[1] or "before" if pseudo else ""
            yield Rule(plain, where.lower(), weight, names, around.layer, declarations)


# -- what can matter ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def browser() -> tuple[Rule, ...]:
    """The style sheet of browsers themselves."""
    return rules_of((files("extract.formats.html") / "browser.css").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def telling_elements() -> frozenset[str]:
    """Elements that browsers themselves hide, strike or raise."""
    return frozenset(
        found[0] for rule in browser() if not is_plain(rule) and (found := re.match(r"[a-z-]+", rule.selector))
    )


def matters(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element, by itself, can do more to text than set it in readable type, dark on a light ground."""
    if tag in telling_elements():
        return True
    if not attributes:
        return False
    style = attributes.get("style")
    if style and _style_matters(style):
        return True
    if _HINTS.isdisjoint(attributes):
        return False
    return not {"popover", "dir", "hidden"}.isdisjoint(attributes) or not _all_plain(
        hints(tag, attributes) + link_hints(tag, attributes)
    )


@lru_cache(maxsize=4096)
def _style_matters(style: str) -> bool:
    return "&" in style or not _all_plain(declared(style))


@lru_cache(maxsize=4096)
def is_plain(rule: Rule) -> bool:
    """Whether a rule does no more than set readable type, dark on a light ground."""
    return rule.pseudo[:1] in ("", "@") and _all_plain(rule.declarations)


@lru_cache(maxsize=4096)
def sets_apart(rule: Rule) -> bool:
    """Whether a plain rule may place its elements elsewhere than their text stands."""
    return _any_apart(rule.declarations) and not _OF_BLOCKS.search(rule.selector)


@lru_cache(maxsize=4096)
def styled_apart(style: str) -> bool:
    """The same of a style attribute."""
    return _any_apart(declared(style))


def _any_apart(declarations: Sequence[Declaration]) -> bool:
    return any(
        (one.name == "display" and one.value.lower() != "inline")
        or (one.name == "float" and one.value.lower() != "none")
        or (one.name == "margin-left" and one.value.startswith("-"))
        for one in declarations
    )


def _all_plain(declarations: Sequence[Declaration]) -> bool:
    return all(_sets_plain(one.name, one.value.lower()) for one in declarations)


def hints(tag: str, attributes: Mapping[str, str | None]) -> tuple[Declaration, ...]:
    """Attributes that stand for styles (HTML standard, 15.2)."""
    found = []
    if ground := attributes.get("bgcolor"):
        found.append(("background-color", _legacy(ground)))
    if ink := attributes.get("text" if tag == "body" else "color"):
        found.append(("color", _legacy(ink)))
    if attributes.get("background"):
        found.append(("background-image", "url()"))
    if tag == "font" and has_signs(face := attributes.get("face") or ""):
        found.append(("font-family", face))
    any_value = ("background-image", "font-family")
    return tuple(Declaration(name, value, False) for name, value in found if name in any_value or colour(value))


def link_hints(tag: str, attributes: Mapping[str, str | None]) -> tuple[Declaration, ...]:
    """What the body of a page says of its links."""
    ink = _legacy(attributes.get("link") or "") if tag == "body" else ""
    return (Declaration("color", ink, False),) if ink else ()


@lru_cache(maxsize=1024)
def _legacy(value: str) -> str:
    """A colour of an attribute, where nearly anything is one (HTML standard, 2.3.6); "" for none."""
    value = value.strip().lower()
    if value in ("", "transparent") or re.fullmatch("#[0-9a-f]{3}", value) or (value.isalpha() and colour(value)):
        return "" if value == "transparent" else value
    digits = re.sub("[^0-9a-f]", "0", re.sub("[\U00010000-\U0010ffff]", "00", value)[:128].removeprefix("#"))
    size = max(-(-len(digits) // 3), 1)
    digits = digits.ljust(3 * size, "0")
    parts = [digits[at : at + size][-8:] for at in (0, size, 2 * size)]
    while len(parts[0]) > 2 and all(part[0] == "0" for part in parts):
        parts = [part[1:] for part in parts]
    return "#" + "".join(part[:2].zfill(2) for part in parts)


# What can only do anything beside what is not plain itself.
_PLAIN_ALONE = frozenset(
    "line-height border box-shadow order text-shadow -webkit-text-stroke background-clip grid-column justify-content "
    "gap background-size animation-name animation-fill-mode".split()
)


def _sets_plain(name: str, value: str) -> bool:
    if name in ("color", "background-color"):
        shade = colour(f"#{value}" if HASHLESS.fullmatch(value) else value)
        if shade is None or not shade[3]:
            return name != "color"
        return shade[3] == 1 and contrast(shade[:3], _WHITE if name == "color" else _BLACK) >= _READABLE
    if name == "font-size":
        size = font_size(value, SIZE)
        return size is not None and size >= _BIG_ENOUGH and not value.endswith(("em", "%", ")"))
    if name in ("width", "height", "max-width", "max-height"):
        return (length(value, SIZE, WIDTH) or SIZE) >= SIZE / 2
    if name in ("margin-left", "margin-top", "text-indent"):
        return (length(value, SIZE, 0) or 0.0) > _AWAY
    if name in ("zoom", "font-size-adjust"):
        number = _NUMBER.match(value)
        return number is None or float(number[0]) >= (50 if "%" in value else 0.5)
    plain = {
        "display": ("block", "inline", "inline-block", "table", "table-cell", "table-row"), "visibility": ("visible",),
        "opacity": ("1",), "position": ("static",), "float": ("none", "left", "right"), "overflow": ("visible",),
        "vertical-align": ("middle", "top", "bottom", "baseline"), "direction": ("ltr",), "background-image": ("none",),
        "text-decoration-line": ("none", "underline"), "z-index": ("auto",), "font-variant-position": ("normal",),
        "transform": ("none",), "filter": ("none",), "clip-path": ("none",),
        "contain": ("none", "layout", "paint", "style"),
    }  # fmt: skip
    if name == "font-family":
        return not has_signs(value)
    if name == "letter-spacing":
        return (length(value, SIZE, SIZE) or 0.0) > TIGHT * SIZE
    if name in ("list-style-type", "quotes"):
        return not re.search(r"[\"'][^\"']*\d", value)
    return name in _PLAIN_ALONE or value in plain.get(name, ())
