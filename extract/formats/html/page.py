"""A web page: the HTML standard's own tree (lexbor), walked once into paragraphs and grids."""

import re
from contextlib import suppress
from itertools import accumulate
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.html.article import Outline, Span, article, role
from extract.formats.html.carried import answer, carried
from extract.formats.html.cascade import rules_in, settle
from extract.formats.html.styles import matters
from extract.formats.html.tables import BLOCKS, SKIPPED, SPACES, WHITE, StyledError, lay_out, layout_tables
from extract.labels import clean
from extract.recognise import recognise

# The parser's time grows with the square of the depth; no page of a portal is even a hundred elements deep.
MAX_DEPTH = 20_000

# Names of the tags that pages of government must carry (国办发〔2017〕47号), in small letters.
_TAGS = frozenset(
    "sitename sitedomain siteidcode columnname columntype columndescription columnkeywords articletitle pubdate "
    "contentsource keywords author description url".split()
)
_TAG = re.compile(r"<(/?)(?!(?:br|hr|img|input|meta|link|col|wbr|p|td|th|tr|li|option)\b)[a-z]", re.IGNORECASE)


def read(text: str) -> Document:
    """Parse decoded HTML, or the answer of an interface (JSON) that holds some.

    Raises UnreadableFileError for a table larger than `MAX_CELLS` or elements nested deeper than `MAX_DEPTH`.
    """
    named, answered = answer(text) if text.lstrip()[:1] not in "<" else ("", [])
    text = "\n".join(answered) or text
    if text.count("<") > MAX_DEPTH and (depth := _depth(text)) > MAX_DEPTH:
        found = f"found elements nested {depth} deep"
        raise UnreadableFileError(f"{found}; expected at most {MAX_DEPTH}", "text/html")
    tree = LexborHTMLParser(text)
    document = Document("text/html")
    title = tree.css_first("title")
    heading = tree.css_first("h1")
    named = clean(title.text()) if title else named
    document.title = clean(heading.text() if heading else "") or named
    document.meta = _tags(tree, named)
    if tree.body is not None:
        walk = _Walk(document)
        walk.page(tree)
        document.article = article(document, walk.outline)
        _add_carried(walk, tree, text)
    return document


def _tags(tree: LexborHTMLParser, title: str) -> dict[str, str]:
    """What the page says about itself in its head: the first of each known tag that says anything."""
    found = {"title": title} if title else {}
    for meta in tree.css("meta[name][content]"):
        name = (meta.attributes["name"] or "").strip().lower()
        if name in _TAGS and (content := clean(meta.attributes["content"] or "")):
            found.setdefault(name, content)
    return found


def _depth(text: str) -> int:
    """How deep elements may nest at most: tags opened and not closed again."""
    steps = accumulate(-1 if tag.group(1) else 1 for tag in _TAG.finditer(text))
    return max(steps, default=0)


def _add_carried(walk: "_Walk", tree: LexborHTMLParser, text: str) -> None:
    """Where a page shows no statutory table, add what it carries, if that holds one."""
    document = walk.document
    begin = len(document.blocks)
    for markup in carried(tree, text):
        if begin == len(document.blocks) and recognise(document):
            return
        tables = walk.tables
        for one in markup:
            held = LexborHTMLParser(one)
            if held.body is not None:
                walk.page(held)
        if recognise(document):
            document.article = range(document.article.start if document.article else 0, len(document.blocks))
            return
        del document.blocks[begin:]
        walk.tables = tables


class _Open(NamedTuple):
    """An element the walk is in; `begin` is the number of the first block in it."""

    node: LexborNode
    is_block: bool
    role: str
    begin: int


class _Walk:
    """A depth-first walk without recursion: pages nest deeper than Python's stack."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.outline = Outline()
        self.tables = 0
        self.buffer: list[str] = []
        self.linked = 0  # characters of the buffer that are links
        self.links = 0  # the links the walk is in
        self.inside: list[_Open] = []
        self.layout: set[int] = set()
        self.ordinals: dict[int, int] = {}  # of tables, in the order of the page

    def page(self, tree: LexborHTMLParser) -> None:
        """Add what a page shows to the document.

        Most pages have no style that could matter; that shows on the way, and costs nothing. Others are walked anew.
        """
        rules = rules_in(tree)
        if not rules:
            blocks, spans, tables = len(self.document.blocks), len(self.outline.spans), self.tables
            with suppress(StyledError):
                self.walk(tree, settled=False)
                return
            del self.document.blocks[blocks:], self.outline.links[blocks:], self.outline.spans[spans:]
            self.tables, self.linked, self.links = tables, 0, 0
            self.buffer.clear()
            self.inside.clear()
        settle(tree, rules)
        self.walk(tree, settled=True)

    def walk(self, tree: LexborHTMLParser, *, settled: bool) -> None:
        """Add the blocks of a page; raises StyledError at what matters where that is not `settled`."""
        if tree.body is None or tree.root is None:
            return
        if not settled and any(matters("", node.attributes) for node in (tree.root, tree.body)):
            raise StyledError
        tables = tree.body.css("table")
        self.layout = layout_tables(tables)
        self.ordinals = {table.mem_id: number for number, table in enumerate(tables, 1)}
        node: LexborNode | None = tree.body.child
        while node is not None or self.inside:
            if node is None:
                node = self.leave().next
            elif (tag := node.tag or "-") == "-text":
                piece = node.text_content or ""
                self.buffer.append(piece)
                if self.links:
                    self.linked += len(piece)
                node = node.next
            elif tag not in SKIPPED and tag[0] not in "-!" and self.enter(node, tag, settled=settled):
                node = node.child
            else:
                node = node.next
        self.flush()

    def enter(self, node: LexborNode, tag: str, *, settled: bool) -> bool:
        """Begin an element; whether to go on with what is in it."""
        attributes = node.attributes
        if not settled and matters(tag, attributes):
            raise StyledError
        if "hidden" in attributes:
            return False
        is_block = tag in BLOCKS
        if is_block:
            self.flush()
        if tag == "table" and node.mem_id not in self.layout:
            self.add_grid(node, settled=settled)
            return False
        if node.child is None:
            return False
        self.links += tag == "a"
        own = role(tag, attributes.get("class"), attributes.get("id")) if attributes and tag != "a" else ""
        self.inside.append(_Open(node, is_block, own, len(self.document.blocks)))
        return True

    def leave(self) -> LexborNode:
        """End the innermost element."""
        node, is_block, own, begin = self.inside.pop()
        if is_block:
            self.flush()
        if is_block or own:
            self.outline.spans.append(Span(own, begin, len(self.document.blocks)))
        elif node.tag == "a":
            self.links -= 1
        return node

    def flush(self) -> None:
        """End a line of text."""
        if self.buffer:
            text = "".join(self.buffer).strip(SPACES)
            self.buffer.clear()
            if text and (line := clean(WHITE.sub(" ", text))):
                self.document.blocks.append(line)
                self.outline.links.append(self.linked)
            self.linked = 0

    def add_grid(self, table: LexborNode, *, settled: bool) -> None:
        """Add a table."""
        self.tables += 1
        if rows := lay_out(table, f"((//table)[{self.ordinals[table.mem_id]}]//tr)", settled=settled):
            self.document.blocks.append(Grid(self.tables, rows, spans_known=True))
            self.outline.links.append(0)
