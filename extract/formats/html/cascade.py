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
from math import inf
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from extract.document import UnreadableFileError
from extract.formats.html.computed import (
    CELLS,
    DRAWN,
    GONE,
    LINES,
    LONGEST_VALUE,
    TABLE,
    WORDS,
    Computed,
    Ink,
    State,
    as_shown,
    fate_of,
)
from extract.formats.html.conditions import applies
from extract.formats.html.declarations import SIZE, Declaration, colour, meant
from extract.formats.html.selectors import Looks
from extract.formats.html.styles import SIGNS, Rule, browser, carried_sheet, declared, hints, link_hints, rules_of
from extract.formats.html.tables import BLOCKS, BREAK, SKIPPED, layout_tables
from extract.shown import DOUBTFUL, contrast, dim, is_unclear

# Looks at elements that all selectors of a page may take: some two seconds. A large page with a large sheet takes a
# tenth of it.
MAX_LOOKS = 100_000_000
# Rules that hold of elements, counted once for each.
MAX_MATCHES = 1_000_000
_HINTS = "[bgcolor], [background], font[color], basefont[color], body[text], " + SIGNS
# What nobody sees the text of, and what is drawn from attributes.
_UNPRINTED = SKIPPED - {"select", "svg"}
_STRING = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'|attr\(\s*([\w-]+)[^)]*\)|(counters?)\(")
_CODE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_COUNTLESS = re.compile(r"(?:none|disc|circle|square|disclosure-|url)")
# Pages of these are laid out as ever before there were standards, those of the second kind if they name no grammar.
_DOCTYPE = re.compile(rb"<!doctype[^>]*>", re.IGNORECASE)
_QUIRKY = re.compile(
    rb"-//(?:ietf|w3o|netscape|microsoft|sun|spyglass|softquad|webtechs)//|html [23]\.|html 4\.0 (?:tran|fram)",
    re.IGNORECASE,
)
_QUIRKY_ALONE = re.compile(rb"html 4\.01 (?:transitional|frameset)//[a-z]*[\"']\s*>", re.IGNORECASE)
# Where a declaration stands in the cascade, but for the order of sources.
_Weight = tuple[bool, int, tuple[float, ...], tuple[int, int, int]]
_BROWSER, _HINT, _AUTHOR, _INLINE = range(4)


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
        self.settled: dict[tuple[tuple[int, ...], State, str], tuple[str, State, str]] = {}
        self.withheld: list[tuple[LexborNode, State]] = []
        self.cell: LexborNode | None = None  # the last one entered
        self.text_of_cell: str | None = None
        self.covered: dict[int, LexborNode] = {}  # cells with something laid over them
        self.shows_table = False
        self.has_quirks = _has_quirks(tree)
        self.ink_of_body: Ink | None = None
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
        if selectors and (looks := Looks(self.tree, named_so).at(selectors)) > MAX_LOOKS:
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
        state = self._enter(root, State(is_known=not outside)) or State(is_known=not outside)
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
                if text.strip() and not WORDS.search(text) and not is_unclear(text):
                    node.replace_with(dim(text))

    def _walk(self, top: LexborNode, state: State) -> None:
        end = top.mem_id
        inside: list[State] = []
        node = top.child
        while node is not None:
            following, parent = node.next, node.parent  # a text that is replaced has neither
            tag = node.tag or "-"
            inner: State | None = None
            if tag == "-text":
                self._print(node, state)
            elif tag[0] not in "-!" and tag not in _UNPRINTED:
                inner = self._enter(node, state)
                if inner is not None and tag == "table":
                    self.shows_table = True
                elif inner is not None and tag in DRAWN:
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

    def _print(self, node: LexborNode, state: State) -> None:
        """Let a text say how it is shown."""
        text = node.text_content or ""
        if (shown := as_shown(text, state)) != text:
            node.replace_with(shown)

    def _draw(self, node: LexborNode, state: State) -> None:
        """Let what is drawn instead of text say so: a control its value, a picture that it is not there."""
        value = node.attributes.get("value")
        if fate_of(state) == GONE:
            node.attrs["hidden"] = ""
        elif value and (shown := as_shown(value, state)) != value:
            node.attrs["value"] = shown

    def _enter(self, node: LexborNode, state: State) -> State | None:
        """The state within an element, None within one that is not shown."""
        tag, number = node.tag or "", node.mem_id
        if tag in CELLS and not (state.in_cell or state.in_layout):
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
        if inner.is_gone and not state.is_gone and tag not in TABLE and tag not in ("html", "body"):
            node.attrs["hidden"] = ""
            return None
        return self._in_cell(node, inner, state, display, place) if state.in_cell else inner

    def _in_cell(self, node: LexborNode, inner: State, state: State, display: str, place: str) -> State:
        """The state within an element of a cell: what a browser prints there, and what of it stands elsewhere than the
        order of the text says.
        """
        tag = node.tag or ""
        if node.mem_id in self.put:
            inner = self._put_around(node, inner)
        if tag in TABLE:
            return inner
        if state.parts_boxes or (display in LINES and tag not in BLOCKS):
            node.insert_before(BREAK)
            node.insert_after(BREAK)
        if tag == "li" or display == "list-item":
            inner = self._counted(node, inner)
        return self._placed(node, inner, place) if place else inner

    def _counted(self, item: LexborNode, inner: State) -> State:
        """Within an item of a list: the number a browser prints before it is no part of the text."""
        if _COUNTLESS.search(inner.marker):
            return inner
        if not (item.text() or "").strip():
            item.insert_child(dim("#"))
        return inner._replace(is_doubtful=True)

    def _placed(self, node: LexborNode, inner: State, place: str) -> State:
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
        return drawn or Computed(self._own(self.of.get(node.mem_id, ())), State(), "").draws_line()

    def _around_table(self, table: LexborNode, state: State) -> State:
        """Tables take over neither type nor ink in quirks mode; what columns do to cells is not followed."""
        state = state._replace(in_cell=False, in_layout=table.mem_id in self.layout, is_cut=False, room=inf)
        if self.has_quirks:
            state = state._replace(size=SIZE, ink=self.ink_of_body)
        return state._replace(is_doubtful=True) if self._closes_over_columns(table) else state

    def _closes_over_columns(self, table: LexborNode) -> bool:
        columns = (self.of.get(column.mem_id) for column in table.css("col, colgroup"))
        styles = [Computed(self._own(numbers), State(), "col") for numbers in columns if numbers]
        grounds = [colour(style.get("background-color")) for style in styles]
        dark = any(ground and ground[3] and contrast(ground[:3], (0.0, 0.0, 0.0)) < DOUBTFUL for ground in grounds)
        return dark or any(style.get("visibility") == "collapse" for style in styles)

    def _settled(self, numbers: tuple[int, ...], state: State, tag: str) -> tuple[str, State, str]:
        key = (numbers, state, tag)
        if key not in self.settled:
            style = Computed(self._own(numbers), state, tag)
            inner = style.inner()
            display = "none" if style.collapses() else style.get("display")
            display = "block" if display == "none" and inner.is_unsure else display
            self.settled[key] = (display, inner, style.place())
        return self.settled[key]

    def _hide(self, node: LexborNode, state: State) -> None:
        if node.tag in ("html", "body", "col", "colgroup"):
            return
        node.attrs["hidden"] = ""
        if node.tag == "table" or node.css_first("table") is not None:
            self.withheld.append((node, state))

    def _put_around(self, node: LexborNode, state: State) -> State:
        """Print what a style sheet puts before and after the text of an element in a cell, marked: no reader of the
        file finds it in its text.
        """
        for where, numbers in self.put[node.mem_id].items():
            style = Computed(self._own(numbers), state, "")
            content = style.get("content")
            if not content or content in ("none", "normal") or style.get("display") == "none":
                continue
            text = "".join(_said(node, *found.groups()) for found in _STRING.finditer(content[:LONGEST_VALUE]))
            inner = style.inner()
            if "\n" in text:
                node.insert_after(BREAK) if where == "after" else node.insert_before(BREAK)
            if text.strip() and fate_of(inner) != GONE and not inner.is_gone:
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
