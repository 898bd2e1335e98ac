"""Style sheets: the rules and declarations in them that can hide, strike, raise or move text (CSS Syntax, Cascade,
Nesting). What can do so in a way nobody can follow is the declaration `UNSURE`.

Sheets come again from page to page of a site, styles of cells within a page: what was parsed is kept.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import tinycss2
import tinycss2.color4

from extract.document import UnreadableFileError
from extract.shown import contrast

# A desktop screen and its type, in pixels.
WIDTH, HEIGHT = 1440, 900
SIZE = 16.0
# Sizes by name relative to medium (CSS Fonts 4, 2.5); a step up or down.
_SIZES = {
    "xx-small": 0.6, "x-small": 0.75, "small": 8 / 9, "medium": 1.0, "large": 1.2, "x-large": 1.5, "xx-large": 2.0,
    "xxx-large": 3.0,
}  # fmt: skip
_STEPS = {"smaller": 1 / 1.2, "larger": 1.2}
# Ink and ground of a plain page; what contrasts with them so much is read without a further look.
_BLACK, _WHITE, _READABLE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 4.0
_BIG_ENOUGH, _AWAY = 8.0, -100.0
TIGHT = -0.3  # of the height of type: characters that close stand on one another

# The properties that can, and the shorthands that set them.
_TRACKED = frozenset(
    "display visibility opacity content-visibility position top right bottom left margin-left margin-top text-indent "
    "clip clip-path width height max-width max-height overflow line-height font-size color background-color "
    "background-image text-decoration-line vertical-align content direction unicode-bidi transform scale rotate "
    "translate filter mask-image mix-blend-mode letter-spacing float flex-direction order z-index "
    "font-variant-position font-feature-settings -webkit-text-fill-color -webkit-text-security border "
    "box-shadow text-shadow -webkit-text-stroke background-clip zoom font-size-adjust contain grid-column "
    "justify-content gap list-style-type quotes background-size animation-name animation-fill-mode -unsure".split()
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
# Attributes that stand for styles, and all that may.
_HINTS = frozenset("bgcolor background color text link popover dir hidden".split())
TELLING = _HINTS | {"style"}
_SIDES = ("top", "right", "bottom", "left")
_LENGTHS = frozenset(
    "top right bottom left margin-left margin-top text-indent width height max-width max-height font-size".split()
)
_COLOURS = frozenset(("color", "background-color", "-webkit-text-fill-color"))
_GLOBAL = frozenset("inherit initial unset revert revert-layer".split())
# Properties that an element takes over from the one around it: unset, they are as if nothing were said.
INHERITED = frozenset(
    "visibility color font-size text-indent line-height direction letter-spacing list-style-type quotes".split()
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
_HASHLESS, _UNITLESS = re.compile(r"[0-9a-f]{3}(?:[0-9a-f]{3})?"), re.compile(_NUMERAL)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_LENGTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)([a-z]*|%)$", re.IGNORECASE)
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
# A sheet, or a rule of one, without any of these can do nothing of it.
_MATTERS = re.compile(
    r"display|visib|opacity|position|indent|clip|width|height|font|color|background|through|text-decoration|align|content|"
    r"direction|bidi|transform|scale|rotate|translate|filter|mask|blend|spacing|order|z-index|margin|overflow|inset|"
    r"security|shadow|stroke|unsure|zoom|contain|\bsize|grid|justify|gap|list-style|quotes|animation|keyframes|@import|@layer|"
    r"float|\ball\b|--|\\",
    re.IGNORECASE,
)
_DEEPEST_NAME = 8  # layers named at once
_LONGEST_SELECTOR = 20_000  # characters; each level of nesting writes out those above it
_PIECE = re.compile(
    r"/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)|\"(?:\\.|[^\"\\])*(?:\"|\Z)|'(?:\\.|[^'\\])*(?:'|\Z)|url\(\s*[^\s\"'()]*\)|[{};]",
    re.DOTALL | re.IGNORECASE,
)
_STATEMENT = re.compile(r"(?:\s|/\*[^*]*(?:\*(?!/)[^*]*)*\*/|<!--)*+@")
_PSEUDO = re.compile(r"::?(before|after)\s*$|::(marker)\s*$", re.IGNORECASE)
_PART = re.compile(r"::?first-(?:line|letter)\b", re.IGNORECASE)
# The pseudo-classes and pseudo-elements of today's browsers: a list of selectors with any other holds of nothing.
_PSEUDOS = frozenset(
    "active any any-link autofill buffering checked current default defined dir disabled empty enabled first "
    "first-child first-of-type focus focus-visible focus-within fullscreen future has has-slotted host host-context "
    "hover in-range indeterminate invalid is lang last-child last-of-type left link modal muted not nth-child "
    "nth-last-child nth-last-of-type nth-of-type only-child only-of-type open optional out-of-range past paused "
    "picture-in-picture placeholder-shown playing popover-open read-only read-write required right root scope seeking "
    "stalled state target target-current user-invalid user-valid valid visited volume-locked where xr-overlay "
    "after backdrop before cue details-content file-selector-button first-letter first-line grammar-error highlight "
    "marker part placeholder selection slotted spelling-error target-text view-transition view-transition-group "
    "view-transition-image-pair view-transition-new view-transition-old".split()
)
# Pseudo-classes the parser does not know, as attributes say them.
_LANG, _DIR = (
    re.compile(r":lang\(\s*[\"']?([\w-]+)[\"']?\s*\)", re.IGNORECASE),
    re.compile(r":dir\(\s*(ltr|rtl)\s*\)", re.I),
)
# Others hold of no element of a page just opened, or of every one; what stands for them weighs as much.
_NEVER = re.compile(
    r":(?:target|target-current|focus-visible|focus-within|visited|fullscreen|-webkit-full-screen|modal|autofill|"
    r"-webkit-autofill|popover-open|picture-in-picture|user-valid|user-invalid)(?![\w(-])",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r":defined(?![\w-])", re.IGNORECASE)
_RTL = ':is([dir="rtl" i], [dir="rtl" i] *)'
# Selectors of elements that stand on lines of their own, or are no part of a cell.
_OF_BLOCKS = re.compile(r"(?:^|[\s>+~])(?:html|body|div|p|table|tr|td|th|ul|ol|li|dl|dt|dd|h[1-6]|img)$", re.IGNORECASE)
_DATA = re.compile(r"data:text/css([^,]*),(.*)", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"([.#])([\w\u0080-\uffff-]+)")
_MEDIA_NOT = re.compile(r"\s*(?:only\s+|(not)\s+)?(all|screen|print|[\w-]+)?\s*(?:and\s*)?", re.IGNORECASE)
_FEATURE = re.compile(r"\(\s*([\w-]+)\s*(?::\s*([^()]+?))?\s*\)")
_DECLARED = re.compile(r"\(\s*([\w-]+)\s*:([^()]*(?:\([^()]*\)[^()]*)*)\)")
_FOREIGN = ("-ms-", "-moz-", "-o-")
_RANGE = re.compile(r"\(\s*(?:([\d.]+\w*)\s*(<=?|>=?)\s*)?(width|height)\s*(?:(<=?|>=?)\s*([\d.]+\w*)\s*)?\)")


class Declaration(NamedTuple):
    """A property with its value, as written but for comments."""

    name: str
    value: str
    important: bool


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


UNSURE = Declaration("-unsure", "1", important=True)


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
        raise _too_deep() from None


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
        return tuple(_declarations(tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True)))
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> UnreadableFileError:
    return UnreadableFileError(
        "found style sheets whose blocks nest without end; expected some three levels of them", "text/html"
    )


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
        if node.type == "qualified-rule" and _is_known(node.prelude):
            inner = around._replace(selectors=list(_selectors(node.prelude, around.selectors)))
            content = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            yield from _of(inner, tuple(_declarations(content)))
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
    elif node.content is not None and _holds(node):
        parse = tinycss2.parse_blocks_contents if around.selectors else tinycss2.parse_rule_list
        content = parse(node.content, skip_comments=True, skip_whitespace=True)
        inner = around._replace(unsure=around.unsure or keyword == "container")
        if keyword == "layer":
            name = tinycss2.serialize(node.prelude).strip() or f"{node.source_line}:{node.source_column}"
            inner = inner._replace(layer=_within(around.layer, name))
        yield from _of(inner, tuple(_declarations(content)))
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
            yield Rule("", f"@{name}", (0, 0, 0), frozenset(), around.layer, tuple(_declarations(content)))


def _of(around: _Around, declarations: tuple[Declaration, ...]) -> Iterator[Rule]:
    for selector in around.selectors if declarations else ():
        pseudo = _PSEUDO.search(selector)
        plain = _PSEUDO.sub("", selector).strip() or "*"
        if is_part := bool(_PART.search(plain)):
            plain = _PART.sub("", plain).strip() + ":is(td, th, td *, th *)"
        if (around.unsure or is_part) and not _all_plain(declarations):
            declarations = (UNSURE,)
        if "::" not in plain:
            outside = re.sub(r"\([^()]*\)|\[[^\]]*\]", "", plain)
            names = frozenset(name.lower() for _, name in _NAME.findall(outside))
            weight = _specificity(tinycss2.parse_component_value_list(plain))
            if plain[-1] in ">+~ ":
                plain += "*"
            where = pseudo[1] or "before" if pseudo else ""
            yield Rule(plain, where.lower(), weight, names, around.layer, declarations)


def _is_known(prelude: Sequence[Any]) -> bool:
    """Whether browsers know all pseudo-classes and pseudo-elements of a list of selectors."""
    before = ""
    for token in prelude:
        if before == ":" and token.type in ("ident", "function"):
            name = token.lower_value if token.type == "ident" else token.lower_name
            if name not in _PSEUDOS and not name.startswith("-webkit-"):
                return False
        before = token.value if token.type == "literal" else ""
    return True


def _selectors(prelude: Sequence[Any], parents: Sequence[str]) -> Iterator[str]:
    """The selectors of a rule, those nested in others written out."""
    around = f":is({', '.join(parents)})" if parents else ""
    if len(around) > _LONGEST_SELECTOR:
        raise _too_deep()
    for tokens in _by_commas(prelude):
        if text := tinycss2.serialize([token for token in tokens if token.type != "comment"]).strip():
            text = _written_out(text) if ":" in text else text
            inner = text.replace("&", around) if "&" in text else f"{around} {text}"
            yield (inner if around else text).strip()


def _written_out(selector: str) -> str:
    """A selector without the pseudo-classes that the parser does not know."""
    selector = _LANG.sub(r':is([lang|="\1" i], [lang|="\1" i] *)', selector)
    selector = _DIR.sub(lambda m: _RTL if m[1].lower() == "rtl" else f":not({_RTL})", selector)
    return _ALWAYS.sub(":is(*, :root)", _NEVER.sub(":root:not(*)", selector))


def _specificity(tokens: Sequence[Any]) -> tuple[int, int, int]:
    """The specificity of a selector (Selectors, 17): ids, classes and their like, elements."""
    ids = classes = elements = 0
    before = ""
    for token in tokens:
        if token.type == "hash":
            ids += 1
        elif token.type == "[] block":
            classes += 1
        elif token.type == "function":
            inner = (0, 1, 0)
            if token.lower_name in ("is", "not", "has"):
                inner = max(map(_specificity, _by_commas(token.arguments)), default=(0, 0, 0))
            elif token.lower_name == "where":
                inner = (0, 0, 0)
            ids, classes, elements = ids + inner[0], classes + inner[1], elements + inner[2]
        elif token.type == "ident":
            if before in (".", ":"):
                classes += 1
            else:
                elements += 1
        before = token.value if token.type == "literal" else ""
    return ids, classes, elements


def _by_commas(tokens: Sequence[Any]) -> Iterator[Sequence[Any]]:
    commas = [index for index, one in enumerate(tokens) if one.type == "literal" and one.value == ","]
    for begin, end in pairwise([-1, *commas, len(tokens)]):
        yield tokens[begin + 1 : end]


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
def own_names(selector: str) -> frozenset[str]:
    """The classes and ids, in small letters, that a selector asks of its elements themselves."""
    *_, subject = re.split(r"[\s>+~]+", selector)
    return frozenset(name.lower() for _, name in _NAME.findall(re.sub(r"\(.*|\[.*", "", subject)))


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
    return tuple(Declaration(name, value, False) for name, value in found if name[-1] == "e" or colour(value))


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
        shade = colour(f"#{value}" if _HASHLESS.fullmatch(value) else value)
        if shade is None or not shade[3]:
            return name != "color"
        return shade[3] == 1 and contrast(shade[:3], _WHITE if name == "color" else _BLACK) >= _READABLE
    if name == "font-size":
        size = font_size(value, SIZE)
        return size is not None and size >= _BIG_ENOUGH and not value.endswith(("em", "%"))
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
    if name == "letter-spacing":
        return (length(value, SIZE, SIZE) or 0.0) > TIGHT * SIZE
    if name in ("list-style-type", "quotes"):
        return not re.search(r"[\"'][^\"']*\d", value)
    return name in _PLAIN_ALONE or value in plain.get(name, ())


# -- conditions --------------------------------------------------------------------------------------------------------


def _holds(node: Any) -> bool:
    """Whether the rules within an at-rule apply."""
    prelude = tinycss2.serialize([t for t in node.prelude if t.type != "comment"]).strip()
    if node.lower_at_keyword == "media":
        return applies(prelude)
    if node.lower_at_keyword == "supports":
        return supported(prelude)
    return node.lower_at_keyword in ("layer", "container", "scope")


def applies(media: str) -> bool:
    """Whether a list of media queries (Media Queries 4) is true of a desktop screen."""
    return not media.strip() or any(map(_query, media.lower().split(",")))


def _query(query: str) -> bool:
    head = _MEDIA_NOT.match(query)
    negated, kind = (head[1], head[2]) if head else (None, None)
    holds = kind in (None, "all", "screen")
    rest = query[head.end() :] if head else query
    features = [*(_feature(*one) for one in _FEATURE.findall(rest)), *(_range(*one) for one in _RANGE.findall(rest))]
    if re.search(r"\bnot\s*\(", rest):
        features = [not any(features)]
    holds = holds and (any(features) if re.search(r"\)\s*or\s*\(", rest) else all(features))
    return not holds if negated else holds


def _feature(name: str, value: str) -> bool:
    if name in ("width", "height") and not value:
        return True
    kind, _, side = name.partition("-")
    if side in ("width", "height", "device-width", "device-height") and kind in ("min", "max"):
        pixels = _pixels(value)
        have = WIDTH if side.endswith("width") else HEIGHT
        return pixels is not None and (have >= pixels if kind == "min" else have <= pixels)
    if name.endswith(("resolution", "pixel-ratio")):
        ratio = _LENGTH.match(value.strip())
        least, most = (1.0, 9.0) if "max" in name else (0.0, 1.0) if "min" in name else (1.0, 1.0)
        return not ratio or least <= float(ratio[1]) <= most
    known = {
        "orientation": "landscape", "hover": "hover", "any-hover": "hover", "pointer": "fine", "any-pointer": "fine",
        "prefers-color-scheme": "light", "prefers-reduced-motion": "no-preference", "prefers-contrast": "no-preference",
        "scripting": "enabled", "update": "fast", "display-mode": "browser", "forced-colors": "none",
    }  # fmt: skip
    return value in ("", known[name]) if name in known else name == "color"


def _range(low: str, below: str, side: str, above: str, high: str) -> bool:
    have = WIDTH if side == "width" else HEIGHT
    first, second = _pixels(low), _pixels(high)
    holds = True
    if first is not None:
        holds = first <= have if below.startswith("<") else first >= have
    if second is not None:
        holds = holds and (have <= second if above.startswith("<") else have >= second)
    return holds


def _pixels(value: str) -> float | None:
    found = _LENGTH.match(value.strip())
    return float(found[1]) * {"em": 16, "rem": 16}.get(found[2], 1) if found else None


def supported(condition: str) -> bool:
    """Whether a condition of @supports is true of today's browsers: of any declaration without a foreign prefix."""
    text = re.sub(r"selector\([^()]*(?:\([^()]*\))*[^()]*\)", "(a:b)", condition.lower())
    text = _DECLARED.sub(lambda m: "01"[not m[1].startswith(_FOREIGN) and _is_valid(m[1], m[2].strip())], text)
    for _ in range(10):
        shorter = re.sub(r"\bnot\s*([01])", lambda m: "10"[int(m[1])], text)
        shorter = re.sub(r"([01])\s*and\s*([01])", lambda m: str(int(m[1]) & int(m[2])), shorter)
        shorter = re.sub(r"([01])\s*or\s*([01])", lambda m: str(int(m[1]) | int(m[2])), shorter)
        shorter = re.sub(r"\(\s*([01])\s*\)", r"\1", shorter).strip()
        if shorter == text:
            break
        text = shorter
    return text != "0"


# -- declarations ------------------------------------------------------------------------------------------------------


def _declarations(nodes: Sequence[Any]) -> Iterator[Declaration]:
    for node in nodes:
        if node.type == "declaration":
            tokens = [token for token in node.value if token.type != "comment"]
            value = tinycss2.serialize(tokens).strip()
            name = node.name if node.name.startswith("--") else node.lower_name
            for longhand, meant in _longhands(name, value, tokens):
                if longhand.startswith("--") or (longhand in _TRACKED and _is_valid(longhand, meant)):
                    yield Declaration(longhand, meant, node.important)


_OF_ANIMATIONS = frozenset(
    "ease linear ease-in ease-out ease-in-out step-start step-end infinite normal reverse alternate alternate-reverse "
    "none forwards backwards both running paused auto".split()
)


def _longhands(name: str, value: str, tokens: Sequence[Any]) -> Iterator[tuple[str, str]]:
    if name == "font":
        yield "font-size", next((size for token in tokens if (size := _font_size(token))), value)
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


def _is_valid(name: str, value: str) -> bool:
    """Whether a browser takes the value, or drops the declaration."""
    text = value.lower()
    if text in _GLOBAL:
        return True
    if name in _COLOURS:
        return _is_colour(text)
    if "(" in text and (_COMPUTED.search(text) or (name not in _VALUES and name != "display")):
        return True  # functions are looked at where they are used
    if name in _LENGTHS:
        found = _LENGTH.match(text)
        return text in _WORDS or bool(found and (not found[2] or found[2] in _UNITS))
    if name in _VALUES:
        return bool(_VALUES[name].fullmatch(text))
    return text.partition(" ")[0] in _DISPLAYS if name == "display" else bool(text)


def _is_colour(text: str) -> bool:
    known = colour(text) is not None or "var(" in text or text == "currentcolor"
    return known or bool(_FUNCTIONS_OF_COLOUR.match(text) or _HASHLESS.fullmatch(text))


def meant(declarations: tuple[Declaration, ...], *, quirks: bool) -> tuple[Declaration, ...]:
    """Declarations as a page takes them that is, or is not, in quirks mode: colours without a number sign, lengths
    without a unit.
    """
    taken = []
    for one in declarations:
        value = one.value.lower()
        hashless = one.name in _COLOURS and _HASHLESS.fullmatch(value)
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
    found = _LENGTH.match(value)
    if not found:
        return None
    unit = found[2].lower()
    factors = {
        "": 1, "px": 1, "pt": 96 / 72, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54,
        "rem": 16, "em": size, "ex": size / 2, "ch": size / 2, "ic": size, "lh": size * 1.2, "rlh": 19.2,
        "%": whole / 100,
    }  # fmt: skip
    if unit not in factors:
        return float(found[1]) * (HEIGHT if unit.endswith(("h", "min")) else WIDTH) / 100
    return float(found[1]) * factors[unit]
