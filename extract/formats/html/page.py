"""A web page: the HTML standard's own tree (lexbor), walked once into paragraphs and grids."""

import re
from collections import defaultdict
from collections.abc import Callable, Container
from contextlib import suppress
from itertools import accumulate

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.html.article import Outline, Span, article, role, sections
from extract.formats.html.carried import answer, carried
from extract.formats.html.cascade import rules_in, settle
from extract.formats.html.selectors import own_names
from extract.formats.html.styles import SIGNS, TELLING, Rule, is_plain, matters, sets_apart, telling_elements
from extract.formats.html.tables import BLOCKS, PICTURE, SKIPPED, SPACES, WHITE, StyledError, lay_out, layout_tables
from extract.labels import clean

# The parser's time grows with the square of the depth; no page of a portal is even a hundred elements deep.
MAX_DEPTH = 20_000

# Cells: a page that shows so many carries no other tables; those of the form have some two hundred.
_PLENTY = 100

# What of a cell a script may write in, and what it calls it.
_NAMED = "td[id], td span[id], td p[id], td div[id]"
_CALLED = re.compile(r"""["'][#]?([\w-]+)["']""")

# Selectors: rather than ask for so many one by one, the cascade is settled.
_MANY = 50

# Names of the tags that pages of government must carry (国办发〔2017〕47号), in small letters.
_TAGS = frozenset(
    "sitename sitedomain siteidcode columnname columntype columndescription columnkeywords articletitle pubdate "
    "contentsource keywords author description url".split()
)
_TAG = re.compile(r"<(/?)(?!(?:br|hr|img|input|meta|link|col|wbr|p|td|th|tr|li|option)\b)[a-z]", re.IGNORECASE)


def _has_tables(document: Document) -> bool:
    return bool(document.grids)


def read(text: str, shows: Callable[[Document], object] = _has_tables) -> Document:
    """Parse decoded HTML, or the answer of an interface (JSON) that holds some.

    What a page carries without showing it (in scripts, templates) is read only if `shows` misses in it what is wanted.

    Raises UnreadableFileError for a table larger than `MAX_CELLS` or elements nested deeper than `MAX_DEPTH`.
    """
    named, answered = answer(text) if text.lstrip()[:1] not in "<" else ("", [])
    text = "\n".join(answered) or text
    if text.count("<") > MAX_DEPTH and (depth := _depth(text)) > MAX_DEPTH:
        found = f"found elements nested {depth} deep"
        raise UnreadableFileError(f"{found}; expected at most {MAX_DEPTH}", "text/html")
    tree = LexborHTMLParser(text)
    document = Document("text/html")
    parts = _parts(tree)
    named = next((clean(title.text()) for title in parts["title"]), named)
    document.title = next((clean(heading.text()) for heading in parts["h1"]), "") or named
    document.meta = _tags(parts["meta"], named)
    if tree.body is not None:
        walk = _Walk(document)
        walk.has_sheets_in_links = "data:text/css" in text
        walk.has_scripts_that_write = "getElementById" in text
        walk.page(tree, parts)
        document.article = article(document, walk.outline)
        if sum(len(row) for grid in document.grids for row in grid.rows) < _PLENTY:
            _add_carried(walk, tree, text, shows)
    return document


def _parts(tree: LexborHTMLParser) -> dict[str, list[LexborNode]]:
    """The elements of a page that are asked for before it is walked, by their tags."""
    parts: dict[str, list[LexborNode]] = defaultdict(list)
    for node in tree.css("title, h1, meta, style, table, " + SIGNS):
        parts[node.tag or ""].append(node)
    return parts


def _mark_filled(tree: LexborHTMLParser, layout: Container[int]) -> None:
    """Mark empty cells that a script calls by name, or a part of which: it may write a figure there."""
    if not (named := [node for node in tree.css(_NAMED) if node.child is None]):
        return
    called = set(_CALLED.findall("".join(node.text() or "" for node in tree.css("script"))))
    for node in named:
        table = node.parent
        while table is not None and table.tag != "table":
            table = table.parent
        if node.attributes["id"] in called and table is not None and table.mem_id not in layout:
            node.insert_child(PICTURE)


def _sets_apart(tree: LexborHTMLParser, rules: list[Rule]) -> bool:
    """Whether any of these rules places a part of a cell elsewhere than its text stands."""
    if not (apart := {rule.selector for rule in rules if sets_apart(rule)}):
        return False
    values = (node.attributes.get(name) or "" for node in tree.css("td [class], td [id]") for name in ("class", "id"))
    named = {name.lower() for value in values for name in value.split()}
    asked = [selector for selector in apart if own_names(selector) <= named]
    return len(asked) > _MANY or any(_is_in_cell(tree, selector) for selector in asked)


def _is_in_cell(tree: LexborHTMLParser, selector: str) -> bool:
    """Whether a selector takes something within a cell, or what it takes cannot be asked here."""
    try:
        return tree.css_first(f"{selector}:is(td *)") is not None
    except SelectolaxError:
        return True


def _tags(metas: list[LexborNode], title: str) -> dict[str, str]:
    """What the page says about itself in its head: the first of each known tag that says anything."""
    found = {"title": title} if title else {}
    for attributes in (meta.attributes for meta in metas):
        name = (attributes.get("name") or "").strip().lower()
        if name in _TAGS and (content := clean(attributes.get("content") or "")):
            found.setdefault(name, content)
    return found


def _depth(text: str) -> int:
    """How deep elements may nest at most: tags opened and not closed again."""
    steps = accumulate(-1 if tag.group(1) else 1 for tag in _TAG.finditer(text))
    return max(steps, default=0)


def _add_carried(walk: "_Walk", tree: LexborHTMLParser, text: str, shows: Callable[[Document], object]) -> None:
    """Where a page shows no statutory table, add what it carries, if that holds one."""
    document = walk.document
    blocks = document.blocks
    begin = len(blocks)
    for markup in carried(tree, text):
        if shows(document):
            return
        tables = walk.tables
        for one in markup:
            held = LexborHTMLParser(one)
            if held.body is not None:
                walk.page(held, _parts(held))
        if shows(document):
            shown = document.article or range(begin)
            blocks[shown.stop :] = [*blocks[begin:], *blocks[shown.stop : begin]]
            document.article = range(shown.start, shown.stop + len(blocks) - begin)
            return
        del blocks[begin:]
        walk.tables = tables


class _Walk:
    """A depth-first walk without recursion: pages nest deeper than Python's stack."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.outline = Outline()
        self.tables = 0
        self.buffer: list[str] = []
        self.linked = 0  # characters of the buffer that are links
        self.layout: set[int] = set()
        self.ordinals: dict[int, int] = {}  # of tables, in the order of the page
        self.has_sheets_in_links = False
        self.has_scripts_that_write = False

    def page(self, tree: LexborHTMLParser, parts: dict[str, list[LexborNode]]) -> None:
        """Add what a page shows to the document.

        Most pages have no style that could matter; that shows on the way, and costs nothing. Others are walked anew.
        """
        self.layout = layout_tables(parts["table"])
        self.ordinals = {table.mem_id: number for number, table in enumerate(parts["table"], 1)}
        if self.has_scripts_that_write:
            _mark_filled(tree, self.layout)
        rules = rules_in(tree.css("style, link") if self.has_sheets_in_links else parts["style"])
        if not parts["font"] and all(map(is_plain, rules)) and not _sets_apart(tree, rules):
            blocks, spans, tables = len(self.document.blocks), len(self.outline.spans), self.tables
            with suppress(StyledError):
                self.walk(tree, settled=False)
                return
            del self.document.blocks[blocks:], self.outline.links[blocks:], self.outline.spans[spans:]
            self.tables, self.linked = tables, 0
            self.buffer.clear()
        settle(tree, rules)
        self.walk(tree, settled=True)

    def walk(self, tree: LexborHTMLParser, *, settled: bool) -> None:  # noqa: PLR0912 (a call an element costs a tenth)
        """Add the blocks of a page; raises StyledError at what matters where that is not `settled`."""
        if tree.body is None or tree.root is None:
            return
        if not settled and any(matters(node.tag or "", node.attributes) for node in (tree.root, tree.body)):
            raise StyledError
        node: LexborNode | None = tree.body.child
        # The elements around the node: whether they are blocks, what for, and the number of the first block in them.
        inside: list[tuple[LexborNode, bool, str, int]] = []
        blocks = self.document.blocks
        links = 0  # of the elements around
        telling, watched, named_by_tag = telling_elements(), TELLING, sections()
        while node is not None or inside:
            if node is None:
                node, is_block, own, begin = inside.pop()
                if is_block:
                    self.flush()
                if own or len(blocks) > begin + 1:
                    self.outline.spans.append(Span(own, begin, len(blocks)))
                links -= node.tag == "a"
                node = node.next
                continue
            tag = node.tag or "-"
            if tag == "-text":
                self.buffer.append(piece := node.text_content or "")
                self.linked += len(piece) if links else 0
            elif tag not in SKIPPED and tag[0] not in "-!":
                attributes = node.attributes
                if not settled and (tag in telling or not watched.isdisjoint(attributes)) and matters(tag, attributes):
                    raise StyledError
                if "hidden" not in attributes:
                    if is_block := tag in BLOCKS:
                        self.flush()
                    if tag == "table" and node.mem_id not in self.layout:
                        self.add_grid(node, settled=settled)
                    elif (child := node.child) is not None:
                        named = "class" in attributes or "id" in attributes or tag in named_by_tag
                        own = role(tag, attributes.get("class"), attributes.get("id")) if named else ""
                        inside.append((node, is_block, own, len(blocks)))
                        links += tag == "a"
                        node = child
                        continue
            node = node.next
        self.flush()

    def flush(self) -> None:
        """End a line of text."""
        if self.buffer:
            text = "".join(self.buffer).strip(SPACES)
            self.buffer.clear()
            if "\n" in text or "  " in text or "\t" in text:
                text = WHITE.sub(" ", text)
            if text and (line := clean(text)):
                self.document.blocks.append(line)
                self.outline.links.append(self.linked)
            self.linked = 0

    def add_grid(self, table: LexborNode, *, settled: bool) -> None:
        """Add a table."""
        self.tables += 1
        if rows := lay_out(table, f"((//table)[{self.ordinals[table.mem_id]}]//tr)", settled=settled):
            self.document.blocks.append(Grid(self.tables, rows, spans_known=True))
            self.outline.links.append(0)
