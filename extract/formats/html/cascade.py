"""What of a page is shown: the cascade of CSS over its elements, for what can hide, strike or raise text.

What is not shown bears the attribute `hidden` afterwards, whatever hides it, or has lost its text where its place
stays; what is struck, raised or may not be seen bears the marks of `extract.shown`. Whoever reads the tree then need
not know of styles. Pages without anything that could matter are left alone: telling that takes less than a walk.

Style sheets that lie outside the page are not known. Where there are some, text in the colour of its ground may stand
on another ground: it is marked, not dropped.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import inf
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from extract.document import UnreadableFileError
from extract.formats.html.styles import (
    INHERITED,
    SIZE,
    TIGHT,
    Declaration,
    Rule,
    applies,
    browser,
    carried_sheet,
    colour,
    declared,
    font_size,
    hints,
    length,
    link_hints,
    meant,
    rules_of,
)
from extract.formats.html.tables import BLOCKS, BREAK, SKIPPED, layout_tables
from extract.shown import DOUBTFUL, TINY, UNSEEN, contrast, dim, is_unclear, raised, struck

# Looks at elements that all selectors of a page may take: some two seconds. A large page with a large sheet takes a
# tenth of it.
MAX_LOOKS = 100_000_000
# Rules that hold of elements, counted once for each.
MAX_MATCHES = 1_000_000

_HINTS = "[bgcolor], [background], font[color], basefont[color], body[text]"
_PX_A_POINT = 96 / 72
# Pixels: what is moved further is off the screen, what is moved less but this much may be.
_FAR, _AWAY = 1000.0, 100.0
_NOTHING = 1.0  # pixels of a side within which nothing shows
_RAISE = 0.15  # of the height of type: what is moved less is aligned
_LESS = 0.85  # of the height of the type around it: type that small beside it is a mark
_CELLS = ("td", "th")
_TABLE = frozenset("table thead tbody tfoot tr td th col colgroup caption".split())
# What nobody sees the text of, and what is drawn from attributes.
_UNPRINTED = SKIPPED - {"select", "svg"}
_DRAWN = frozenset(("input", "select", "img", "svg"))
_BOXES = frozenset(
    "block inline-block flow-root list-item flex inline-flex grid inline-grid table inline-table -webkit-box".split()
)
# Displays of elements, inline by nature, that stand on lines of their own.
_LINES = frozenset(
    "block flow-root list-item flex grid table table-row table-row-group table-caption table-cell -webkit-box".split()
)
_FLEXIBLE = ("flex", "inline-flex", "grid", "inline-grid")
_ALIGNED = frozenset("super sub text-top text-bottom top bottom".split())
_FONT_FEATURES = re.compile(r"[\"'](?:sups|subs|sinf|ordn)[\"'](?!\s*(?:0|off))")
_HARMLESS_FILTER = re.compile(
    r"none|(?:(?:grayscale|drop-shadow|hue-rotate|saturate|sepia)\(.*\)\s*)+|.*(?:alpha|progid).*"
)
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*(?:\([^()]*\)[^()]*)*))?\)")
_LONGEST_VALUE = 500
_STRING = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'|attr\(\s*([\w-]+)[^)]*\)|(counters?)\(")
_CODE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
# What of a selector costs: what is in brackets, how compounds follow on one another, where among its like.
_WITHIN = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]")
_COMBINATOR, _DESCENDANT = re.compile(r"\s*[>+~]\s*|\s+"), re.compile(r"[^\s>+~]\s+[^\s>+~]")
_OWN_NAME, _ORDINAL = re.compile(r"[.#]([\w-]+)"), re.compile(r":(?:nth|last|only|first)")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_WORDS = re.compile(r"[\u4e00-\u9fff]{3}")
_THIN = re.compile(r"(?<![\d.])[0-3](?:\.\d+)?px")
_COUNTLESS = re.compile(r"(?:none|disc|circle|square|disclosure-|url)")
_RUN = re.compile(r"[^\s\u4e00-\u9fff]+")
_ASIDE = 0.3  # of the height of type: what is moved sideways that far stands elsewhere in its number
_COLUMN = 2.0  # the same of a whole cell, or line in it: it may stand in another column
_SEEN, _MAYBE, _GONE = 0, 1, 2
# Pages of these are laid out as ever before there were standards, those of the second kind if they name no grammar.
_DOCTYPE = re.compile(rb"<!doctype[^>]*>", re.IGNORECASE)
_QUIRKY = re.compile(
    rb"-//(?:ietf|w3o|netscape|microsoft|sun|spyglass|softquad|webtechs)//|html [23]\.|html 4\.0 (?:tran|fram)",
    re.IGNORECASE,
)
_QUIRKY_ALONE = re.compile(rb"html 4\.01 (?:transitional|frameset)//[a-z]*[\"']\s*>", re.IGNORECASE)
# What properties are where they are said to be as at the beginning.
_INITIAL = {
    "color": "#000", "visibility": "visible", "font-size": "medium", "display": "inline", "text-indent": "0",
    "direction": "ltr",
}  # fmt: skip

# Where a declaration stands in the cascade, but for the order of sources.
_Weight = tuple[bool, int, tuple[float, ...], tuple[int, int, int]]
_BROWSER, _HINT, _AUTHOR, _INLINE = range(4)
_Ink = tuple[float, float, float, float]


class _State(NamedTuple):
    """What an element hands down to what is in it. Colours are red, green, blue and opacity; sizes pixels.

    `is_known` tells whether the ground is: no picture, no style sheet outside the page. An ink of None is unknown.
    """

    ink: _Ink | None = (0.0, 0.0, 0.0, 1.0)
    ground: _Ink = (1.0, 1.0, 1.0, 1.0)
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


def settle(tree: LexborHTMLParser, rules: list[Rule]) -> None:
    """Mark in the tree what of it is not shown, struck, raised or may not be seen; `rules` are those of its sheets.

    Raises UnreadableFileError for style sheets that take too long to look at.
    """
    _Cascade(tree, rules).apply()


def rules_in(styles: Iterable[LexborNode]) -> list[Rule]:
    """The rules of the sheets of a page, be they elements or addresses of links."""
    return [rule for style in styles for rule in rules_of(_sheet(style))]


def _sheet(style: LexborNode) -> str:
    attributes = style.attributes
    if style.tag == "link":
        kinds = (attributes.get("rel") or "").lower().split()
        css = carried_sheet(attributes.get("href") or "") if "stylesheet" in kinds and "alternate" not in kinds else ""
    else:
        kind = (attributes.get("type") or "text/css").strip().lower()
        css = (style.text() or "") if kind == "text/css" else ""
    return css if applies(attributes.get("media") or "") else ""


def _has_quirks(tree: LexborHTMLParser) -> bool:
    """Whether the page is in quirks mode (HTML standard, 13.2.6.4.1)."""
    node = tree.root.prev if tree.root else None
    while node is not None and node.tag != "-doctype":
        node = node.prev
    kind = _DOCTYPE.search(tree.raw_html)  # the tree does not keep what it says
    return node is None or bool(kind and (_QUIRKY.search(kind[0]) or _QUIRKY_ALONE.search(kind[0])))


# What one rule, attribute or style says of an element: its place in the cascade, and its declarations.
class _Source(NamedTuple):
    origin: int
    layer: tuple[float, ...]
    specificity: tuple[int, int, int]
    declarations: tuple[Declaration, ...]


class _Cascade:
    """The styles of a page, and the walk that brings them to its text."""

    def __init__(self, tree: LexborHTMLParser, rules: list[Rule]) -> None:
        self.tree = tree
        self.layout = layout_tables(tree.css("table"))
        self.sources: list[_Source] = []  # in order
        self.numbers: dict[_Source, int] = {}
        self.found: dict[int, list[int]] = defaultdict(list)  # element -> its sources
        self.put: dict[int, dict[str, list[int]]] = defaultdict(lambda: {"before": [], "after": []})
        self.settled: dict[tuple[tuple[int, ...], _State, str], tuple[str, _State, str]] = {}
        self.withheld: list[tuple[LexborNode, _State]] = []
        self.cell: LexborNode | None = None  # the last one entered
        self.text_of_cell: str | None = None
        self.covered: dict[int, LexborNode] = {}  # cells with something laid over them
        self.shows_table = False
        self.has_quirks = _has_quirks(tree)
        self.ink_of_body: _Ink | None = None
        self.endings = {rule.pseudo[1:]: rule.declarations for rule in rules if rule.pseudo[:1] == "@"}
        self.layers = _order([rule.layer for rule in rules])
        for rule in browser():
            self._match(tree.css(rule.selector), rule, _BROWSER)
        self._take_hints()
        self._match_all([rule for rule in rules if rule.selector])
        for node in tree.css("[style]"):
            if declarations := declared(node.attributes["style"] or ""):
                self._add(node, _Source(_INLINE, (), (0, 0, 0), declarations))
        self.of = {number: tuple(sources) for number, sources in self.found.items()}

    def _take_hints(self) -> None:
        for node in self.tree.css(_HINTS):
            self._add(node, _Source(_HINT, (), (0, 0, 0), hints(node.tag or "", node.attributes)))
        body = self.tree.body
        if body is not None and (links := link_hints("body", body.attributes)):
            for node in self.tree.css("a[href]"):
                self._add(node, _Source(_HINT, (), (0, 0, 0), links))

    def _match_all(self, rules: list[Rule]) -> None:
        if not rules:
            return
        named = self.tree.css("[class], [id]")
        values = (node.attributes.get(name) or "" for node in named for name in ("class", "id"))
        named_so = Counter(name for value in values for name in value.lower().split())
        rules = [rule for rule in rules if rule.names <= named_so.keys()]
        selectors = {rule.selector for rule in rules}
        if selectors and (looks := _Looks(self.tree, named_so).at(selectors)) > MAX_LOOKS:
            found = f"style sheets that ask for {looks} looks at elements"
            raise UnreadableFileError(f"found {found}; expected at most {MAX_LOOKS}", "text/html")
        matched = {selector: self._select(selector) for selector in selectors}
        if sum(len(matched[rule.selector]) for rule in rules) > MAX_MATCHES:
            found = f"style sheets with more than {MAX_MATCHES} rules for elements"
            raise UnreadableFileError(f"found {found}; expected a few for each", "text/html")
        for rule in rules:
            self._match(matched[rule.selector], rule, _AUTHOR)

    def _select(self, selector: str) -> list[LexborNode]:
        try:
            return self.tree.css(selector)
        except SelectolaxError:  # no selector to a browser either
            return []

    def _match(self, nodes: list[LexborNode], rule: Rule, origin: int) -> None:
        source = _Source(origin, self.layers.get(rule.layer, ()), rule.specificity, rule.declarations)
        for node in nodes:
            if rule.pseudo:
                self.put[node.mem_id][rule.pseudo].append(self._number(source))
            else:
                self._add(node, source)

    def _add(self, node: LexborNode, source: _Source) -> None:
        self.found[node.mem_id].append(self._number(source))

    def _number(self, source: _Source) -> int:
        """The number of a source; what says the same at the same place is one."""
        if source not in self.numbers:
            self.numbers[source] = len(self.sources)
            self.sources.append(source._replace(declarations=meant(source.declarations, quirks=self.has_quirks)))
        return self.numbers[source]

    def _own(self, numbers: Sequence[int]) -> dict[str, str]:
        """The declared values that win (CSS Cascade 5, 6.1), and what an animation leaves behind."""
        own: dict[str, tuple[_Weight, str]] = {}
        for number in numbers:
            source = self.sources[number]
            for name, value, important in source.declarations:
                layer = tuple(-rank for rank in source.layer) if important else source.layer
                weight = (important, source.origin, layer, source.specificity)
                if name not in own or own[name][0] <= weight:
                    own[name] = (weight, value)
        values = {name: value for name, (_, value) in own.items()}
        if values.get("animation-fill-mode") in ("forwards", "both"):
            for name, value, _ in self.endings.get(values.get("animation-name", ""), ()):
                if name not in own or not own[name][0][0]:
                    values[name] = value
        return values

    # -- the walk ------------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Settle all of the page. Where all its tables are hidden, a script shows them: then the outermost are."""
        root, body = self.tree.root, self.tree.body
        if root is None or body is None:
            return
        outside = any("stylesheet" in (link.attributes.get("rel") or "").lower() for link in self.tree.css("link[rel]"))
        state = self._enter(root, _State(is_known=not outside)) or _State(is_known=not outside)
        state = self._enter(body, state) or state
        self.ink_of_body = state.ink
        self._walk(body, state)
        while self.withheld and not self.shows_table:
            withheld, self.withheld = self.withheld, []
            for node, around in withheld:
                del node.attrs["hidden"]
                self.of.pop(node.mem_id, None)
                if inner := self._enter(node, around):
                    self._walk(node, inner)
        self._mark_covered()

    def _mark_covered(self) -> None:
        for cell in self.covered.values():
            for node in [one for one in cell.traverse(include_text=True) if one.is_text_node]:
                text = node.text_content or ""
                if text.strip() and not _WORDS.search(text) and not is_unclear(text):
                    node.replace_with(dim(text))

    def _walk(self, top: LexborNode, state: _State) -> None:
        end = top.mem_id
        inside: list[_State] = []
        node = top.child
        while node is not None:
            following, parent = node.next, node.parent  # a text that is replaced has neither
            tag = node.tag or "-"
            inner: _State | None = None
            if tag == "-text":
                self._print(node, state)
            elif tag[0] not in "-!" and tag not in _UNPRINTED:
                inner = self._enter(node, state)
                if inner is not None and tag == "table":
                    self.shows_table = True
                elif inner is not None and tag in _DRAWN:
                    self._draw(node, inner)
            if inner is not None and node.child is not None:
                inside.append(state)
                node, state = node.child, inner
                continue
            while following is None:
                if parent is None or parent.mem_id == end:
                    return
                following, parent, state = parent.next, parent.parent, inside.pop()
            node = following

    def _print(self, node: LexborNode, state: _State) -> None:
        """Let a text say how it is shown."""
        text = node.text_content or ""
        if (shown := _shown(text, state)) != text:
            node.replace_with(shown)

    def _draw(self, node: LexborNode, state: _State) -> None:
        """Let what is drawn instead of text say so: a control its value, a picture that it is not there."""
        value = node.attributes.get("value")
        if _fate(state) == _GONE:
            node.attrs["hidden"] = ""
        elif value and (shown := _shown(value, state)) != value:
            node.attrs["value"] = shown

    def _enter(self, node: LexborNode, state: _State) -> _State | None:
        """The state within an element, None within one that is not shown."""
        tag, number = node.tag or "", node.mem_id
        if tag in _CELLS and not (state.in_cell or state.in_layout):
            state, self.cell, self.text_of_cell = state._replace(in_cell=True), node, None
        if tag == "details" and "open" not in node.attributes:
            _close(node)
        if tag == "table":
            state = self._around_table(node, state)
        if number not in self.of and not (state.makes_boxes or number in self.put or (tag == "li" and state.in_cell)):
            return state
        display, inner, place = self._settled(self.of.get(number, ()), state, tag)
        if display == "none":
            self._hide(node, state)
            return None
        if display and "hidden" in node.attributes:
            del node.attrs["hidden"]
        if inner.is_gone and not state.is_gone and tag not in _TABLE and tag not in ("html", "body"):
            node.attrs["hidden"] = ""
            return None
        return self._in_cell(node, inner, state, display, place) if state.in_cell else inner

    def _in_cell(self, node: LexborNode, inner: _State, state: _State, display: str, place: str) -> _State:
        """The state within an element of a cell: what a browser prints there, and what of it stands elsewhere than the
        order of the text says.
        """
        tag = node.tag or ""
        if node.mem_id in self.put:
            inner = self._put_around(node, inner)
        if tag in _TABLE:
            return inner
        if state.parts_boxes or (display in _LINES and tag not in BLOCKS):
            node.insert_before(BREAK)
            node.insert_after(BREAK)
        if tag == "li" or display == "list-item":
            inner = self._counted(node, inner)
        return self._placed(node, inner, place) if place else inner

    def _counted(self, item: LexborNode, inner: _State) -> _State:
        """Within an item of a list: the number a browser prints before it is no part of the text."""
        if _COUNTLESS.search(inner.marker):
            return inner
        if not (item.text() or "").strip():
            item.insert_child(dim("#"))
        return inner._replace(is_doubtful=True)

    def _placed(self, node: LexborNode, inner: _State, place: str) -> _State:
        """Within an element of a cell that stands elsewhere than the order of the text says."""
        cell = self.cell
        if cell is None or cell.mem_id in self.covered or (place == "beside" and inner.is_doubtful):
            return inner
        text = (node.text() or "").strip()
        if place == "over":
            if not text and self._covers(node):
                self.covered[cell.mem_id] = cell
            return inner
        if self.text_of_cell is None:
            self.text_of_cell = (cell.text() or "").replace(BREAK, "").strip()
        return inner if text in ("", self.text_of_cell) else inner._replace(is_doubtful=True)

    def _covers(self, node: LexborNode) -> bool:
        """Whether something is drawn where an element without text is placed."""
        drawn = node.css_first("hr, svg, img") is not None
        return drawn or _Computed(self._own(self.of.get(node.mem_id, ())), _State(), "").draws_line()

    def _around_table(self, table: LexborNode, state: _State) -> _State:
        """Tables take over neither type nor ink in quirks mode; what columns do to cells is not followed."""
        state = state._replace(in_cell=False, in_layout=table.mem_id in self.layout, is_cut=False, room=inf)
        if self.has_quirks:
            state = state._replace(size=SIZE, ink=self.ink_of_body)
        return state._replace(is_doubtful=True) if self._closes_over_columns(table) else state

    def _closes_over_columns(self, table: LexborNode) -> bool:
        columns = (self.of.get(column.mem_id) for column in table.css("col, colgroup"))
        styles = [_Computed(self._own(numbers), _State(), "col") for numbers in columns if numbers]
        grounds = [colour(style.get("background-color")) for style in styles]
        dark = any(ground and ground[3] and contrast(ground[:3], (0.0, 0.0, 0.0)) < DOUBTFUL for ground in grounds)
        return dark or any(style.get("visibility") == "collapse" for style in styles)

    def _settled(self, numbers: tuple[int, ...], state: _State, tag: str) -> tuple[str, _State, str]:
        key = (numbers, state, tag)
        if key not in self.settled:
            style = _Computed(self._own(numbers), state, tag)
            inner = style.inner()
            display = "none" if style.collapses() else style.get("display")
            display = "block" if display == "none" and inner.is_unsure else display
            self.settled[key] = (display, inner, style.place())
        return self.settled[key]

    def _hide(self, node: LexborNode, state: _State) -> None:
        if node.tag in ("html", "body", "col", "colgroup"):
            return
        node.attrs["hidden"] = ""
        if node.tag == "table" or node.css_first("table") is not None:
            self.withheld.append((node, state))

    def _put_around(self, node: LexborNode, state: _State) -> _State:
        """Print what a style sheet puts before and after the text of an element in a cell, marked: no reader of the
        file finds it in its text.
        """
        for where, numbers in self.put[node.mem_id].items():
            style = _Computed(self._own(numbers), state, "")
            content = style.get("content")
            if not content or content in ("none", "normal") or style.get("display") == "none":
                continue
            text = "".join(_said(node, *found.groups()) for found in _STRING.finditer(content[:_LONGEST_VALUE]))
            inner = style.inner()
            if "\n" in text:
                node.insert_after(BREAK) if where == "after" else node.insert_before(BREAK)
            if text.strip() and _fate(inner) != _GONE and not inner.is_gone:
                if where == "after" or node.child is None:
                    node.insert_child(dim(text))
                else:
                    node.child.insert_before(dim(text))
            elif style.get("position") in ("absolute", "relative") and style.draws_line():
                state = state._replace(is_struck=True)
        return state


def _close(details: LexborNode) -> None:
    """Of details that are closed, elements are hidden by the sheet of browsers, but not text."""
    for child in list(details.iter(include_text=True)):
        if child.is_text_node:
            child.replace_with("")


def _order(layers: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[float, ...]]:
    """The places of layers among one another, in the order in which they are first named; what is in none, or in none
    within a layer, comes last (CSS Cascade 5, 6.4.3).
    """
    names = {path[:end] for path in layers for end in range(len(path))}
    first: dict[tuple[str, ...], int] = {}
    for path in layers if names else ():
        for end in range(len(path)):
            first.setdefault(path[: end + 1], len(first))
    return {path: (*(first[path[: end + 1]] for end in range(len(path))), inf) for path in {*layers, ()}}


def _said(node: LexborNode, double: str | None, single: str | None, attribute: str | None, counter: str | None) -> str:
    if counter:
        return "#"
    if attribute:
        return node.attributes.get(attribute) or ""
    return _CODE.sub(lambda m: chr(min(int(m[1], 16), 0x10FFFF)) if m[1] else m[2], double or single or "")


@lru_cache(maxsize=4096)
def _visibility(ink: _Ink | None, ground: _Ink, opacity: float, is_known: bool) -> int:
    """Whether ink is seen on its ground."""
    if ink is None:
        return _MAYBE if opacity else _GONE
    part = ink[3] * opacity
    blend = [part * a + (1 - part) * b for a, b in zip(ink[:3], ground[:3], strict=True)]
    ratio = contrast(blend, ground[:3])
    if part == 0:
        return _GONE
    return _SEEN if ratio >= DOUBTFUL else _GONE if ratio < UNSEEN and is_known else _MAYBE


def _fate(state: _State) -> int:
    """What becomes of text in a state."""
    if state.is_unsure and not state.is_gone:
        return _MAYBE
    if state.is_gone or not state.is_visible or state.size <= 0 or state.indent <= -_FAR:
        return _GONE
    seen = _visibility(state.ink, state.ground, state.opacity, state.is_known)
    if seen == _GONE and state.is_outlined and state.opacity:
        return _MAYBE
    tiny = state.size < TINY * _PX_A_POINT or abs(state.indent) >= _AWAY or (state.is_cut and state.indent < 0)
    return max(seen, _MAYBE) if tiny or state.is_doubtful else seen


class _Looks:
    """How many looks at elements it takes at most to find those of a selector."""

    def __init__(self, tree: LexborHTMLParser, named_so: Counter[str]) -> None:
        self.named_so = named_so  # how many elements bear a class or id
        self.tags: Counter[str] = Counter()
        depths: dict[int, int] = {}
        children: Counter[int] = Counter()
        for node in tree.root.traverse() if tree.root else ():
            self.tags[node.tag or ""] += 1
            around = node.parent.mem_id if node.parent else 0
            depths[node.mem_id] = depths.get(around, 0) + 1
            children[around] += 1
        self.elements = sum(self.tags.values())
        self.depth = max(depths.values(), default=1)
        self.width = max(children.values(), default=1)

    def at(self, selectors: Iterable[str]) -> int:
        """For all of these together."""
        return sum(map(self._one, selectors))

    def _one(self, selector: str) -> int:
        outside = _WITHIN.sub("", selector)
        *around, subject = _COMBINATOR.split(outside)
        names = [self.named_so[name.lower()] for name in _OWN_NAME.findall(subject)]
        tag = re.match(r"[\w-]+", subject)
        found = min(names) if names else self.tags[tag[0].lower()] if tag else self.elements
        looks = found * len([*around, subject])
        looks *= self.width if "~" in selector or _ORDINAL.search(selector) else 1
        looks *= self.depth if _DESCENDANT.search(selector) else 1
        for _ in range(selector.count(":has")):
            looks *= self.elements
        return self.elements + looks


def _shown(text: str, state: _State) -> str:
    """A text as it is shown in a state: with marks, or not at all."""
    if not text.strip():
        return text
    fate = _fate(state)
    if fate == _GONE:
        return ""
    if (fate == _MAYBE or _is_cut_off(text, state)) and state.in_cell and not _WORDS.search(text):
        text = dim(text)
    if state.is_struck:
        text = struck(text)
    return raised(text) if state.is_raised else text


def _is_cut_off(text: str, state: _State) -> bool:
    """Whether only a part of a text may be seen, or its characters in another order."""
    return (state.is_turned and len(text.strip()) > 1) or (state.room < inf and _breadth(text, state.size) > state.room)


def _breadth(text: str, size: float) -> float:
    """Pixels a text needs in a line at least: digits are half as broad as they are high."""
    return max((len(run) for run in _RUN.findall(text)), default=0) * size / 2


class _Computed:
    """The styles of one element, and what they make of the state around it."""

    def __init__(self, own: dict[str, str], state: _State, tag: str) -> None:
        self.state, self.tag = state, tag
        self.variables = dict(state.variables) | {name: value for name, value in own.items() if name.startswith("--")}
        self.values = {name: text for name, value in own.items() if (text := self._meant(name, value))}
        self.size = state.size

    def get(self, name: str) -> str:
        """The value of a property in small letters, "" for none."""
        return self.values.get(name, "")

    def _meant(self, name: str, value: str) -> str:
        for _ in range(10):
            if "var(" not in value or len(value) > _LONGEST_VALUE:
                break
            value = _VARIABLE.sub(lambda m: self.variables.get(m[1], m[2] or "\0")[:_LONGEST_VALUE], value)
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

    def inner(self) -> _State:
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
            is_gone=state.is_gone or (fate == _GONE and not is_unsure),
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
        if not self.state.in_cell or self.tag in _TABLE:
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

    def _cut(self, state: _State, has_box: bool) -> _State:
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
        return not display and self.tag in BLOCKS - _TABLE

    def _coloured(self, state: _State) -> _State:
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
            return _GONE
        if clip.startswith("rect") and self.get("position") in ("absolute", "fixed"):
            return self._clipped_to_rectangle(clip)
        return _clipped_by(path) if path and path != "none" else _SEEN

    def _clipped_to_rectangle(self, clip: str) -> int:
        sides = [length(one, self.size, 0) for one in re.split(r"[,\s]+", clip[5:].strip(" ()"))]
        top, right, bottom, left = [*sides, None, None, None, None][:4]
        flat = top is not None and bottom is not None and bottom - top <= _NOTHING
        narrow = left is not None and right is not None and right - left <= _NOTHING
        return _GONE if flat or narrow else _MAYBE

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
            return _GONE
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
            return _GONE
        if self.state.in_cell and self._moved_aside(position):
            return _MAYBE
        unknown = any("(" in self.get(side) for side in ("left", "top", "right", "bottom", "margin-left", "margin-top"))
        return _MAYBE if unknown or any(abs(move) >= _AWAY for move in known) else fate

    def _moved_aside(self, position: str) -> bool:
        """Whether it stands elsewhere in its number, or beside its cell."""
        is_inline = self.tag not in BLOCKS and self.get("display") not in _LINES
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
            return _GONE
        shifts = [
            length(one.strip(), self.size, _FAR) or 0.0 for one in re.findall(r"translate\w*\(([^),]*)", transform)
        ]
        shifts += [
            length(one.strip(), self.size, _FAR) or 0.0
            for one in re.findall(r"translate\w*\([^),]*,([^),]*)", transform)
        ]
        shifts += [length(one, self.size, _FAR) or 0.0 for one in self.get("translate").split()]
        if any(abs(shift) >= _FAR for shift in shifts):
            return _GONE
        turned = transform not in ("", "none") and not re.fullmatch(r"(?:translate\w*\([^)]*\)\s*)+", transform)
        other = scale not in ("", "none", "1") or self.get("rotate") not in ("", "none", "0deg")
        return _MAYBE if turned or other or any(abs(shift) > _RAISE * self.size for shift in shifts) else _SEEN

    def _filtered(self) -> int:
        """What else may make text unreadable, or print it in another order."""
        filters = self.get("filter")
        if filters and not _HARMLESS_FILTER.fullmatch(filters):
            return _GONE if re.search(r"opacity\(\s*0(?:\.0+)?%?\s*\)", filters) else _MAYBE
        spacing = self.pixels("letter-spacing", self.size)
        tight = spacing is not None and spacing <= TIGHT * self.size
        covers = ("-webkit-text-security", "mask-image", "mix-blend-mode")
        covered = any(self.get(name) not in ("", "none", "normal") for name in covers)
        quoted = bool(re.search(r"[\"'][^\"']*\d", self.get("quotes")))
        struck_by_ground = "gradient(" in self.get("background-image") and (
            self.tag not in _TABLE | BLOCKS or bool(_THIN.search(self.get("background-size")))
        )
        return _MAYBE if tight or covered or quoted or self._reordered() or struck_by_ground else _SEEN

    def _reordered(self) -> bool:
        """Whether boxes stand in another order than their text: those in it, or itself among others."""
        cells = self.tag in _CELLS and bool(self.get("grid-column"))
        return cells or "reverse" in self.get("flex-direction") or self.get("order") not in ("", "0")

    def _is_raised(self) -> bool:
        """Whether an inline element stands above or below the line it is in."""
        if self.tag in _TABLE | _DRAWN or (self.tag in BLOCKS and not self.get("display").startswith("inline")):
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
        return _GONE if "%" in path and numbers and numbers[0] >= 50 else _MAYBE
    dot = path.startswith(("circle", "ellipse", "polygon")) and numbers and len(set(numbers[:6])) == 1 != numbers[0]
    point = path.startswith(("circle(0", "ellipse(0")) or (path.startswith("polygon") and len(set(numbers)) == 1)
    return _GONE if dot or point else _MAYBE
