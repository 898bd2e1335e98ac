"""Web pages: the HTML standard's own tree (lexbor), walked once into paragraphs and grids.

Rows and columns follow the table model of the HTML standard (WHATWG, 4.9.12 "Processing model"): rowspan and colspan
are laid out, so every physical cell knows the grid column it begins in.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.labels import clean

# The standard caps colspan at 1000; no statutory table is wider than 16 columns, and a span bomb must not hang us.
MAX_COLSPAN, MAX_ROWSPAN = 64, 1000
MAX_CELLS = 20_000
# The rules of a page that hide something by a class, and its first tables, are a few; each costs a walk.
MAX_RULES = 50
# The parser's time grows with the square of the depth; no page of a portal is even a hundred elements deep.
MAX_DEPTH = 20_000

# Names of the tags that pages of government must carry (国办发〔2017〕47号), in small letters.
_TAGS = frozenset(
    "sitename sitedomain siteidcode columnname columntype columndescription columnkeywords articletitle pubdate "
    "contentsource keywords author description url".split()
)
_SKIPPED = frozenset("script style noscript template head iframe object svg select".split())  # not shown
# Struck text is printed, but no longer meant: as in Word files each character keeps a stroke, so that a figure with
# struck ones beside it is marked for a reader to judge, neither taken at its word nor silently gone.
_STRUCK, _STRUCK_BY_STYLE = "del, s, strike", "[style*='line-through' i]"
_THROUGH = re.compile("-[tT][hH][rR][oO][uU][gG][hH]")  # to look at every style costs more
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_RAISED = frozenset(("sup", "sub"))
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])(?:font-size|opacity)\s*:\s*0(?:\.0+)?(?:px|pt|r?em|%)?\s*(?=;|!|$)",
    re.IGNORECASE,
)
# Rules of a page's own style sheets, those for print and other widths of the screen left out.
_STYLE_NOTE = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_STYLE_CONDITION = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_STYLE_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASSES = re.compile(r"^[\w-]*(?:\.[\w-]+)+$")
_SHOWN = re.compile(r"display\s*:\s*(?!none)|visibility\s*:\s*visible", re.IGNORECASE)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_IN_STRING = re.compile(r'\\.|"|\n', re.DOTALL)
_STROKE = re.compile(r"(?<=\S)")
_TAG = re.compile(r"<(/?)(?!(?:br|hr|img|input|meta|link|col|wbr|p|td|th|tr|li|option)\b)[a-z]", re.IGNORECASE)
# Elements whose content is not shown as it stands: a table that holds one is not read from its markup.
_OTHERWISE = _SKIPPED | _RAISED | frozenset("input table textarea xmp noembed noframes plaintext".split())
_MARK = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"<(?:/?([a-z][^\s/>]*)|!--.*-->$)", re.DOTALL)
_SPAN = re.compile(r'\s(col|row)span="\s*(\d{1,6})')
_HIDDEN_MARK = re.compile(r"\shidden(?=[\s=>]|$)")
_STYLE = re.compile(r'\sstyle="([^"]*)"')
# What marks mean: a new line (no text holds that character, the parser takes it out), a row.
_BREAK, _ROW = "\0", "\1"
# What the serialiser writes for characters that mean something in markup (HTML standard, 13.3).
_ESCAPED = (("&nbsp;", "\xa0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"))
_SPACES = " \t\r\n\f"
_WHITE = re.compile(f"[{_SPACES}]+")
_LONG = 1024  # characters: cells of prose do not come again


def read(text: str) -> Document:
    """Parse decoded HTML.

    Raises UnreadableFileError for a table larger than `MAX_CELLS` or elements nested deeper than `MAX_DEPTH`.
    """
    if text.count("<") > MAX_DEPTH and (depth := _depth(text)) > MAX_DEPTH:
        found = f"found elements nested {depth} deep"
        raise UnreadableFileError(f"{found}; expected at most {MAX_DEPTH}", "text/html")
    tree = LexborHTMLParser(text)
    document = Document("text/html")
    title = tree.css_first("title")
    heading = tree.css_first("h1")
    named = clean(title.text()) if title else ""
    document.title = clean(heading.text() if heading else "") or named
    document.meta = _tags(tree, named)
    if tree.body is not None:
        _drop_unseen(tree)
        walk = _Walk(document, _struck(tree, _STRUCK_BY_STYLE if _THROUGH.search(text) else ""))
        walk.run(tree.body)
        if not document.grids:
            for markup in _kept_as_text(tree):
                if body := LexborHTMLParser(markup).body:
                    walk.run(body)
    return document


def _tags(tree: LexborHTMLParser, title: str) -> dict[str, str]:
    """What the page says about itself in its head: the first of each known tag that says anything."""
    found = {"title": title} if title else {}
    for meta in tree.css("meta[name][content]"):
        name = (meta.attributes["name"] or "").strip().lower()
        if name in _TAGS and (content := clean(meta.attributes["content"] or "")):
            found.setdefault(name, content)
    return found


def _kept_as_text(tree: LexborHTMLParser) -> Iterator[str]:
    """Markup of tables in text areas and in the strings of scripts: a script is to put it on the page."""
    found = [area.text() or "" for area in tree.css("textarea")]
    for script in tree.css("script"):
        for literal in _strings(script.text() or ""):
            with suppress(ValueError):
                found += [json.loads(literal)] if "table" in literal else []
    yield from (markup for markup in found if "<table" in markup.lower())


def _depth(text: str) -> int:
    """How deep elements may nest at most: tags opened and not closed again."""
    steps = accumulate(-1 if tag.group(1) else 1 for tag in _TAG.finditer(text))
    return max(steps, default=0)


def _hidden(attributes: Mapping[str, str | None]) -> bool:
    return bool(attributes) and ("hidden" in attributes or _hides(attributes.get("style")))


@lru_cache(maxsize=4096)
def _hides(style: str | None) -> bool:
    return bool(style and _HIDDEN.search(style))


def _strings(script: str) -> Iterator[str]:
    """The strings of a script as JSON writes them, on one line and between double quotes."""
    start = -1
    for mark in _IN_STRING.finditer(script):
        if mark.group() == '"' and start >= 0:
            yield script[start : mark.end()]
        start = mark.start() if mark.group() == '"' and start < 0 else start if mark.group().startswith("\\") else -1


def _drop_unseen(tree: LexborHTMLParser) -> None:
    """Mark as hidden what the page's own style sheet hides by a class, unless another class of it shows it.

    Where no table would be left, a script shows what the style sheet hides.
    """
    hidden: list[str] = []
    shown: set[str] = set()
    for style in tree.css("style"):
        rules = _STYLE_CONDITION.sub("", _STYLE_NOTE.sub("", style.text() or ""))
        for selectors, declarations in _STYLE_RULE.findall(rules):
            simple = [one for one in map(str.strip, selectors.split(",")) if _CLASSES.match(one)]
            if _HIDDEN.search(declarations):
                hidden += simple
            elif _SHOWN.search(declarations):
                shown.update(name for one in simple for name in one.split(".")[1:])
    if not hidden:
        return
    hidden = hidden[:MAX_RULES]
    shown -= {name for one in hidden for name in one.split(".")[1:]}
    unseen = [n for n in tree.css(",".join(hidden)) if shown.isdisjoint((n.attributes.get("class") or "").split())]
    within = {node.mem_id for node in unseen}
    tables = tree.css("table")[:MAX_RULES]
    if not tables or not all(_is_within(table, within) for table in tables):
        for node in unseen:
            node.attrs["hidden"] = ""


def _is_within(node: LexborNode | None, found: set[int]) -> bool:
    while node is not None and node.mem_id not in found:
        node = node.parent
    return node is not None


def _struck(tree: LexborHTMLParser, also: str) -> set[int]:
    """All that stands in struck elements; each element is walked once, however deep they nest."""
    found: set[int] = set()
    for node in tree.css(f"{_STRUCK}, {also}" if also else _STRUCK):
        if node.mem_id not in found:
            found.update(piece.mem_id for piece in node.traverse(include_text=True))
    return found


def _text_of(node: LexborNode, struck: set[int]) -> str:
    text = node.text_content or ""
    return _STROKE.sub("\u0336", text) if struck and node.mem_id in struck else text


class _Walk:
    """A depth-first walk without recursion: pages nest deeper than Python's stack."""

    def __init__(self, document: Document, struck: set[int]) -> None:
        self.document = document
        self.struck = struck
        self.tables = 0
        self.buffer: list[str] = []
        self.layout: set[int] = set()
        self.ordinals: dict[int, int] = {}  # of tables, in the order of the page

    def run(self, root: LexborNode) -> None:
        tables = root.css("table")
        self.layout = _layout_tables(tables)
        self.ordinals = {table.mem_id: number for number, table in enumerate(tables, 1)}
        node: LexborNode | None = root.child
        inside: list[tuple[LexborNode, bool]] = []  # the elements around the node, and whether they are blocks
        while node is not None or inside:
            if node is None:
                node, is_block = inside.pop()
                if is_block:
                    self.flush()
                node = node.next
                continue
            tag = node.tag or "-"
            if tag == "-text":
                self.buffer.append(_text_of(node, self.struck))
            elif tag == "table" and node.mem_id not in self.layout:
                self.flush()
                if not _hidden(node.attributes):
                    self.add_grid(node)
            elif tag not in _SKIPPED and tag[0] not in "-!" and not _hidden(node.attributes):
                is_block = tag in _BLOCKS
                if is_block:
                    self.flush()
                if (child := node.child) is not None:
                    inside.append((node, is_block))
                    node = child
                    continue
            node = node.next
        self.flush()

    def flush(self) -> None:
        if self.buffer:
            text = "".join(self.buffer).strip(_SPACES)
            self.buffer.clear()
            if text and (line := clean(_WHITE.sub(" ", text))):
                self.document.blocks.append(line)

    def add_grid(self, table: LexborNode) -> None:
        self.tables += 1
        path = f"((//table)[{self.ordinals[table.mem_id]}]//tr)"
        printed = None if self.struck else _rows_in(table.html or "")
        if rows := _lay_out(printed or _rows_of(table, self.struck), path, None if printed else list(_steps(table))):
            self.document.blocks.append(Grid(self.tables, rows, spans_known=True))


# A cell as printed: its text, its colspan, its rowspan.
_Printed = tuple[str, int, int]


def _lay_out(printed: Iterable[list[_Printed]], path: str, steps: list[list[str]] | None) -> list[list[Cell]]:
    """Cells on their columns; `steps` lead from `path` to each of them where some of the table is not shown."""
    rows: list[list[Cell]] = []
    hanging: dict[int, int] = {}  # grid column -> rows it is still taken by a cell from above
    total = 0
    for number, row in enumerate(printed, 1):
        total += sum([colspan for _, colspan, _ in row])
        if total > MAX_CELLS:
            raise UnreadableFileError(
                f"{path} has more than {MAX_CELLS} cells; expected a statutory table of at most a few hundred"
            )
        cells: list[Cell] = []
        column = 0
        taken = hanging
        hanging = {at: left - 1 for at, left in taken.items() if left > 1} if taken else {}
        begin = f"{path}[{number}]/*["
        for ordinal, (text, colspan, rowspan) in enumerate(row, 1):
            while column in taken:
                column += 1
            place = path + steps[number - 1][ordinal - 1] if steps else f"{begin}{ordinal}]"
            cells.append(Cell(text, number, ordinal, place, column, colspan, rowspan))
            if rowspan > 1:
                hanging.update(dict.fromkeys(range(column, column + colspan), rowspan - 1))
            column += colspan
        rows.append(cells)
    return rows


def _rows_of(table: LexborNode, struck: set[int]) -> Iterator[list[_Printed]]:
    """The cells of a table, walked node by node."""
    for tr in _rows(table):
        yield [
            (_cell_text(td, struck), _span(attributes.get("colspan"), MAX_COLSPAN), _span(attributes.get("rowspan")))
            for td, attributes in _children(tr, ("td", "th"))
        ]


def _steps(table: LexborNode) -> Iterator[list[str]]:
    """The steps of XPath to the shown cells of each shown row, from all rows of a table."""
    numbers = {tr.mem_id: number for number, tr in enumerate(table.css("tr"), 1)}
    for tr in _rows(table):
        within = [child.mem_id for child in tr.iter() if child.is_element_node]
        ordinals = {mem_id: ordinal for ordinal, mem_id in enumerate(within, 1)}
        shown = _children(tr, ("td", "th"))
        yield [f"[{numbers[tr.mem_id]}]/*[{ordinals[td.mem_id]}]" for td, _ in shown]


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    for part, _ in _children(table, ("tr", "thead", "tbody", "tfoot")):
        if part.tag == "tr":
            yield part
        else:
            yield from (row for row, _ in _children(part, ("tr",)))


def _children(node: LexborNode, tags: tuple[str, ...]) -> Iterator[tuple[LexborNode, Mapping[str, str | None]]]:
    """The children of these tags that are shown, with their attributes: getting those costs most."""
    child = node.child
    while child is not None:
        if child.tag in tags and not _hidden(attributes := child.attributes):
            yield child, attributes
        child = child.next


@lru_cache(maxsize=1024)
def _span(value: str | None, most: int = MAX_ROWSPAN) -> int:
    digits = re.match(r"\s*(\d{1,6})", value or "")
    return min(max(int(digits.group(1)), 1), most) if digits else 1


def _cell_text(td: LexborNode, struck: set[int]) -> str:
    """Text of a cell: inline pieces joined as they stand, blocks and <br> on lines of their own."""
    child = td.child
    if child is None:
        return ""
    if child.next is None and child.tag == "-text":
        return _in_lines(_text_of(child, struck))
    pieces: list[str] = []
    node: LexborNode | None = child
    end = td.mem_id
    while node is not None:
        tag = node.tag or ""
        before = node.prev
        if tag in _BLOCKS or (before is not None and before.tag in _BLOCKS):
            pieces.append(_BREAK)
        if tag == "-text":
            pieces.append(_text_of(node, struck))
        elif tag in _RAISED:
            # A footnote mark must not become a digit of the number before it.
            pieces.append((node.text() or "").translate(_SUPERSCRIPTS))
        elif tag == "input":
            if (node.attributes.get("type") or "").lower() != "hidden":
                pieces.append(node.attributes.get("value") or "")
        elif node.child is not None and tag not in _SKIPPED and not _hidden(node.attributes):
            node = node.child
            continue
        while node is not None and node.next is None:
            node = node.parent
            if node is not None and node.mem_id == end:
                node = None
        node = node.next if node is not None else None
    return _in_lines("".join(pieces))


def _in_lines(text: str) -> str:
    """A text as a cell shows it: white space as one blank, also across inline elements, and a line for each break."""
    text = clean(_WHITE.sub(" ", text).strip(_BREAK))
    return "\n".join(filter(None, map(clean, text.split(_BREAK)))) if _BREAK in text else text


def _layout_tables(tables: list[LexborNode]) -> set[int]:
    """The tables that hold others: they lay out the page. A table of a single cell is a frame around its text."""
    found: set[int] = set()
    for table in tables:
        if not _has_two_cells(table):
            continue
        node = table.parent
        while node is not None and node.mem_id not in found:
            if node.tag == "table":
                found.add(node.mem_id)
            node = node.parent
    return found


def _has_two_cells(table: LexborNode) -> bool:
    cells = (node for node in table.traverse() if node.tag in ("td", "th"))
    return next(cells, None) is not None and next(cells, None) is not None


# -- tables from markup ----------------------------------------------------------------------------------------------
# Most tables hold nothing but shown text in lines. The parser writes such a one out whole (HTML standard, 13.3: names
# in small letters, values in double quotes, every cell closed) in a tenth of the time a walk over its nodes takes.


class _OddMarkupError(Exception):
    """What the markup prints, only its nodes tell."""


def _rows_in(markup: str) -> list[list[_Printed]] | None:
    """The cells of a table, as `_rows_of` gives them, from its markup; None where that holds anything unusual."""
    _, _, content = markup.partition(">")
    *before_ends, rest = content.replace("</th>", "</td>").split("</td>")
    printed: list[list[_Printed]] = []
    try:
        for piece in before_ends:
            rows, cell = _piece(piece) if len(piece) < _LONG else _piece.__wrapped__(piece)
            if rows:
                printed += [[] for _ in range(rows)]
            printed[-1].append(cell)
        printed += [[] for _ in range(_piece(rest + "<td>")[0])]  # rows without a cell
    except _OddMarkupError:
        return None
    return printed


@lru_cache(maxsize=8192)
def _piece(markup: str) -> tuple[int, _Printed]:
    """What stands between the ends of two cells: how many rows begin, and a cell. Most are printed again and again."""
    _, *marked = _MARK.split(markup)
    rows, spans, text = 0, (1, 1), "<"  # odd, unless a cell begins
    for mark, after in zip(marked[::2], marked[1::2], strict=True):
        meaning = _meaning(mark)
        if isinstance(meaning, tuple):
            spans, text = meaning, after
        elif meaning == _ROW:
            rows += 1
        else:  # what stands between cells is begun anew with the next
            text += meaning + after
    return rows, (_text_in(text), *spans)


@lru_cache(maxsize=8192)
def _meaning(mark: str) -> str | tuple[int, int]:
    """What a tag or comment is: (colspan, rowspan) where a cell begins, a row, a break in the text, or nothing ("").

    Raises _OddMarkupError for one that does more than that, and for one cut off within a value.
    """
    found = _NAME.match(mark)
    name = found.group(1) if found else ""
    opens = name and not mark.startswith("</")
    if not found or (name and mark.count('"') % 2) or (opens and (name in _OTHERWISE or _hides_itself(mark))):
        raise _OddMarkupError
    if name in ("td", "th"):
        spans = dict(_SPAN.findall(mark))
        return _span(spans.get("col"), MAX_COLSPAN), _span(spans.get("row"))
    if name == "tr":
        return _ROW if opens else _BREAK
    return _BREAK if name in _BLOCKS else ""


def _text_in(markup: str) -> str:
    if "<" in markup or ">" in markup:  # of an attribute or a comment
        raise _OddMarkupError
    if "&" in markup:
        for written, meant in _ESCAPED:
            markup = markup.replace(written, meant)
    return _in_lines(markup)


def _hides_itself(attributes: str) -> bool:
    style = _STYLE.search(attributes)
    return bool(_HIDDEN_MARK.search(attributes)) or _hides(style and style.group(1))
