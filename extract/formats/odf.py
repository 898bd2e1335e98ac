"""OpenDocument texts and spreadsheets (.odt, .ods, and the flat files .fodt, .fods), after ISO 26300 Part 3 (ODF 1.3).

Both hold the same paragraphs and tables. What is shown follows the styles: those of a span over those of its paragraph
over those of its cell, each with its parents and the defaults of its family (16.2). A spreadsheet holds beside every
value the text that its cell shows.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.package import Package, parsed
from extract.formats.sheet.layout import MAX_CELLS, Sheet, blocks, check_size, number_of
from extract.formats.sheet.printed import held
from extract.formats.word.tables import End, RowShape, build
from extract.labels import clean
from extract.shown import DOUBTFUL, SPECK, TINY, UNSEEN, contrast, dim, raised, struck

TEXT, SHEET = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
KIND = "an OpenDocument file"
MAX_DEPTH = 32
_COLUMN = 1_000  # twips; any width parts the columns of a table

_SPACES = {
    prefix: f"urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"
    for prefix, path in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
        "fo": "xsl-fo-compatible",
    }.items()
}  # fmt: skip
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_BOM = b"\xef\xbb\xbf"


def _n(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


def _ns(names: str) -> tuple[str, ...]:
    return tuple(map(_n, names.split()))


_P, _H, _SPAN, _TABLE, _ROW, _CELL, _COVERED = _ns(
    "text:p text:h text:span table:table table:table-row table:table-cell table:covered-table-cell"
)
_S, _TAB, _BREAK, _NOTE, _CITATION, _BOX, _COLUMNS = _ns(
    "text:s text:tab text:line-break text:note text:note-citation draw:text-box table:table-column"
)
_HIDDEN_TEXT, _HIDDEN_PARAGRAPH, _SECTION, _FRAME = _ns(
    "text:hidden-text text:hidden-paragraph text:section draw:frame"
)
_STYLE_NAME, _IS_HIDDEN, _DISPLAY, _VISIBILITY = _ns("text:style-name text:is-hidden text:display table:visibility")
# What prints nothing where it stands.
_SILENT = frozenset(
    _ns(
        "text:tracked-changes office:annotation text:ruby-text office:forms text:note-body text:script table:shapes "
        "text:sequence-decls text:variable-decls text:user-field-decls draw:object office:event-listeners"
    )
)
_WHITE_SPACE = re.compile(r"[ \t\r\n]+")
_LENGTH = re.compile(r"(-?[\d.]+)(pt|cm|mm|in|pc|px)$")
_POINTS = {"pt": 1.0, "cm": 28.35, "mm": 2.835, "in": 72.0, "pc": 12.0, "px": 0.75}
_ADDRESS = re.compile(r"\.\$?([A-Z]{1,3})\$?(\d{1,7})(?::(?:[^.\s]*\.)?\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?$")
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


def read(data: bytes) -> Document:
    """Parse a zip container with an OpenDocument text or spreadsheet.

    Raises UnreadableFileError where it is damaged, encrypted, of another kind or larger than its limits.
    """
    package = Package(data, TEXT, KIND)
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.content("META-INF/manifest.xml"):
        raise package.refusal("META-INF/manifest.xml", "encrypted parts", "a file without password")
    styles = [package.tree("styles.xml")] if "styles.xml" in package else []
    return _read(package.tree("content.xml"), styles)


def read_flat(data: bytes) -> Document:
    """Parse an OpenDocument file that is one XML file. Raises UnreadableFileError as `read` does."""
    return _read(parsed(data.removeprefix(_BOM), "the XML file", TEXT, KIND), [])


def _read(root: etree._Element, others: Iterable[etree._Element]) -> Document:
    styles = _Styles([*others, root])
    body = next(root.iterchildren(_n("office:body")), None)
    text = next(body.iterchildren(_n("office:text")), None) if body is not None else None
    sheets = next(body.iterchildren(_n("office:spreadsheet")), None) if body is not None else None
    if text is not None:
        return build(_Text(styles).paragraphs(text), TEXT)
    if sheets is not None:
        document = Document(SHEET)
        for table in sheets.iterchildren(_TABLE):
            if styles.of("table", table.get(_n("table:style-name"))).get("display") != "false":
                grids = sum(isinstance(block, Grid) for block in document.blocks)
                document.blocks.extend(blocks(_Sheet(table, styles).sheet(), grids))
        return document
    kind = ", ".join(etree.QName(part).localname for part in body) if body is not None else etree.QName(root).localname
    raise UnreadableFileError(
        f"found an OpenDocument file of another kind ({kind}); expected text or a spreadsheet", TEXT
    )


# -- styles ------------------------------------------------------------------------------------------------------------


class Ink(NamedTuple):
    """How characters are seen; `ink` is shown, dim or hidden."""

    ink: str = "shown"
    struck: bool = False
    raised: bool = False

    def apply(self, text: str) -> str:
        """The text as it is shown, with its marks."""
        if self.ink == "hidden" or not text:
            return ""
        text = dim(text) if self.ink == "dim" else text
        text = struck(text) if self.struck else text
        return raised(text) if self.raised else text


Layer = tuple[str, str | None]  # the family and the name of a style
_BOXED: Layer = ("graphic", "")  # whatever fills a text box is its ground

# What of the properties of a style is looked at, and what it is called here: `ground` of characters, paragraphs and
# cells is called by its own name, for the innermost counts.
_PROPERTIES = {
    (_n("style:text-properties"), name): called
    for name, called in (
        (_n("text:display"), "hides"), (_n("fo:color"), "colour"), (_n("fo:background-color"), "ground"),
        (_n("style:text-line-through-style"), "through"), (_n("style:text-line-through-type"), "through-type"),
        (_n("style:text-position"), "position"), (_n("fo:font-size"), "size"),
        (_n("style:use-window-font-color"), "automatic"),
    )
} | {
    (_n("style:paragraph-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-cell-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-row-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-cell-properties"), _n("style:cell-protect")): "protect",
    (_n("style:table-properties"), _n("table:display")): "display",
}  # fmt: skip
_MOST_PARENTS = 64


class _Styles:
    """The styles of a document, each with what it inherits."""

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self.own: dict[tuple[str, str], tuple[dict[str, str], str]] = {("graphic", ""): ({"ground": "unknown"}, "")}
        self.defaults: dict[str, dict[str, str]] = {}
        self.mapped: dict[tuple[str, str], list[str]] = {}  # styles a condition may put in its place
        self.known: dict[tuple[str, str], dict[str, str]] = {}
        self.inks: dict[tuple[Layer, ...], Ink] = {}
        for root in roots:
            for style in root.iter(_n("style:style"), _n("style:default-style")):
                family, name = style.get(_n("style:family")) or "", style.get(_n("style:name")) or ""
                found = self.properties(style)
                if style.tag == _n("style:default-style"):
                    self.defaults[family] = found
                else:
                    self.own[family, name] = found, style.get(_n("style:parent-style-name")) or ""
                    self.mapped[family, name] = [
                        applied
                        for rule in style.iterchildren(_n("style:map"))
                        if (applied := rule.get(_n("style:apply-style-name")))
                    ]

    @staticmethod
    def properties(style: etree._Element) -> dict[str, str]:
        found = {}
        if data_style := style.get(_n("style:data-style-name")):
            found["format"] = data_style
        for part in style:
            for name, value in part.attrib.items():
                if called := _PROPERTIES.get((part.tag, name)):
                    found[called] = value
        if "colour" in found:
            found.setdefault("automatic", "false")  # a colour that is set ends the automatic one
        return found

    def of(self, family: str, name: str | None) -> dict[str, str]:
        """The properties of a style with those of its parents, without the defaults of its family."""
        key = family, name or ""
        if key not in self.known:
            chain: list[dict[str, str]] = []
            at = key[1]
            while (family, at) in self.own and len(chain) < _MOST_PARENTS:
                own, at = self.own[family, at]
                chain.append(own)
            self.known[key] = {called: value for own in reversed(chain) for called, value in own.items()}
        return self.known[key]

    def ink(self, *layers: Layer) -> Ink:
        """How characters are seen in these styles, the innermost last: defaults give way to whatever is set."""
        if layers not in self.inks:
            merged: dict[str, str] = {}
            for family, _ in layers:
                merged |= self.defaults.get(family, {})
            for layer in layers:
                merged |= {
                    called: value
                    for called, value in self.of(*layer).items()
                    if called != "ground" or value != "transparent"  # shows the one behind it
                }
            self.inks[layers] = _ink(merged)
        return self.inks[layers]

    def may_hide(self, name: str | None) -> bool:
        """Whether a cell style a condition applies shows values otherwise than plainly."""
        own = self.of("table-cell", name)
        return "format" in own or self.ink(("table-cell", name)) != Ink()

    def is_conditional(self, name: str | None) -> bool:
        """Whether a condition may hide what stands in cells of this style."""
        at = name or ""
        for _ in range(_MOST_PARENTS):
            if any(map(self.may_hide, self.mapped.get(("table-cell", at), ()))):
                return True
            if ("table-cell", at) not in self.own:
                return False
            at = self.own["table-cell", at][1]
        return False


def _ink(properties: dict[str, str]) -> Ink:
    if properties.get("hides") == "none" or properties.get("protect") == "hidden-and-protected":
        return Ink("hidden")
    ink = "dim" if properties.get("hides") == "condition" else "shown"
    through = (properties.get("through", "none"), properties.get("through-type", "none"))
    position = re.match(r"(super|sub|-?[\d.]+)%?", properties.get("position", ""))
    colour = _BLACK if properties.get("automatic") == "true" else _colour(properties.get("colour", "#000000"))
    ground = _colour(properties.get("ground", "#ffffff"))
    if properties.get("automatic") != "true" and colour and ground:
        ratio = contrast(colour, ground)
        ink = "hidden" if ratio < UNSEEN else "dim" if ratio < DOUBTFUL else ink
    size = _points(properties.get("size", ""))
    if size is not None and size < TINY:
        ink = "hidden" if size < SPECK else "dim"
    is_raised = position is not None and (position[1] in ("super", "sub") or float(position[1]) != 0)
    return Ink(ink, any(value != "none" for value in through), is_raised)


def _colour(code: str) -> tuple[float, float, float] | None:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", code):
        return None
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _points(length: str) -> float | None:
    found = _LENGTH.match(length)
    return float(found[1]) * _POINTS[found[2]] if found else None


# -- paragraphs --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Inline:
    """Collects the text of one paragraph; text boxes in it wait until it ends."""

    styles: _Styles
    pieces: list[str]
    boxes: list[etree._Element]
    hidden: bool = False

    def walk(self, node: etree._Element, layers: tuple[Layer, ...]) -> None:
        self.say(node.text, layers)
        for child in node:
            self.child(child, layers)
            self.say(child.tail, layers)

    def say(self, text: str | None, layers: tuple[Layer, ...]) -> None:
        if text:
            self.pieces.append(self.styles.ink(*layers).apply(_WHITE_SPACE.sub(" ", text)))

    def child(self, node: etree._Element, layers: tuple[Layer, ...]) -> None:
        tag = node.tag
        if tag == _SPAN:
            self.walk(node, (*layers, ("text", node.get(_STYLE_NAME))))
        elif tag == _S:
            self.pieces.append(" " * min(int(node.get(_n("text:c")) or 1), 100))
        elif tag == _TAB:
            self.pieces.append(" ")
        elif tag == _BREAK:
            self.pieces.append("\n")
        elif tag == _NOTE:
            self.pieces.append(raised("".join(citation.text or "" for citation in node.iterchildren(_CITATION))))
        elif tag == _HIDDEN_PARAGRAPH:
            self.hidden |= node.get(_IS_HIDDEN) == "true"
        elif tag == _BOX:
            self.boxes.append(node)
        elif tag in _SILENT or node.get(_DISPLAY) == "none":
            return
        elif tag == _HIDDEN_TEXT:
            if node.get(_IS_HIDDEN) != "true":
                self.walk(node, layers)
        else:
            self.walk(node, layers)


def _paragraph(
    node: etree._Element, styles: _Styles, layers: tuple[Layer, ...] = ()
) -> tuple[str, list[etree._Element]]:
    """(the shown text of a paragraph, the text boxes in it)."""
    inline = _Inline(styles, [], [])
    inline.walk(node, (*layers, ("paragraph", node.get(_STYLE_NAME))))
    return ("" if inline.hidden else "".join(inline.pieces)), inline.boxes


def _repeated(node: etree._Element, what: str) -> int:
    return _count(node.get(_n(f"table:number-{what}-repeated")))


def _count(value: str | None) -> int:
    return max(int(value), 1) if value and value.isascii() and value.isdecimal() and len(value) < 9 else 1


def _within(node: etree._Element, wanted: tuple[str, ...], depth: int = 0) -> Iterator[etree._Element]:
    """Children of these names, also those in groups, header rows, lists and sections that are shown."""
    if depth > MAX_DEPTH:
        raise UnreadableFileError(f"found more than {MAX_DEPTH} groups inside one another; expected a report", TEXT)
    for child in node:
        if child.tag in wanted:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _SILENT and child.tag not in (_P, _H, _TABLE):
            is_hidden = child.tag == _SECTION and (
                child.get(_DISPLAY) == "none"
                or (child.get(_DISPLAY) == "condition" and child.get(_IS_HIDDEN) != "false")
            )
            if not is_hidden:
                yield from _within(child, wanted, depth + 1)


# -- texts -------------------------------------------------------------------------------------------------------------


class _Text:
    """Goes through a text and tells its paragraphs, and where cells and rows end, as `tables.build` wants them."""

    def __init__(self, styles: _Styles) -> None:
        self.styles = styles
        self.cells = 0

    def paragraphs(
        self, parent: etree._Element, depth: int = 0, layers: tuple[Layer, ...] = ()
    ) -> Iterator[tuple[str, End]]:
        if depth > MAX_DEPTH:
            raise UnreadableFileError(f"found more than {MAX_DEPTH} tables inside one another; expected a report", TEXT)
        for node in _within(parent, (_P, _H, _TABLE, _BOX)):
            if node.tag == _TABLE:
                yield from self.table(node, depth + 1, layers)
            elif node.tag == _BOX:
                yield from self.paragraphs(node, depth, (_BOXED,))
            else:
                text, boxes = _paragraph(node, self.styles, layers)
                yield text, End(depth)
                for box in boxes:
                    yield from self.paragraphs(box, depth, (_BOXED,))

    def table(self, table: etree._Element, depth: int, layers: tuple[Layer, ...]) -> Iterator[tuple[str, End]]:
        hanging: dict[int, tuple[int, int]] = {}  # column -> (columns, rows) still taken by a cell from above
        layers = (*layers, ("table", table.get(_n("table:style-name"))))
        for row in _within(table, (_ROW,)):
            if row.get(_VISIBILITY) in ("collapse", "filter"):
                continue
            inside = (*layers, ("table-row", row.get(_n("table:style-name"))))
            for _ in range(min(_repeated(row, "rows"), 100)):
                yield from self.row(row, depth, hanging, inside)

    def row(
        self, row: etree._Element, depth: int, hanging: dict[int, tuple[int, int]], layers: tuple[Layer, ...]
    ) -> Iterator[tuple[str, End]]:
        edges, down = [0], []
        column = 0
        for cell in row.iterchildren(_CELL, _COVERED):
            for _ in range(min(_repeated(cell, "columns"), 256)):
                self.cells += 1
                if self.cells > MAX_CELLS:
                    raise UnreadableFileError(f"found more than {MAX_CELLS} cells; expected a report", TEXT)
                if column < edges[-1] // _COLUMN:  # beside or below the cell it is merged with
                    column += 1
                    continue
                if cell.tag == _COVERED and column in hanging:
                    width, left = hanging.pop(column)
                    if left > 1:
                        hanging[column] = width, left - 1
                    down.append(1)
                    yield "", End(depth, ends_cell=True)
                else:
                    width = min(_count(cell.get(_n("table:number-columns-spanned"))), 256)
                    rows = _count(cell.get(_n("table:number-rows-spanned")))
                    if rows > 1:
                        hanging[column] = width, rows - 1
                    down.append(3 if rows > 1 else 0)
                    yield from self.cell(cell, depth, layers)
                column += 1
                edges.append((column - 1 + width) * _COLUMN)
        yield "", End(depth, ends_row=True, shape=RowShape(tuple(edges), (False,) * len(down), tuple(down)))

    def cell(self, cell: etree._Element, depth: int, layers: tuple[Layer, ...]) -> Iterator[tuple[str, End]]:
        yield from self.paragraphs(cell, depth, (*layers, ("table-cell", cell.get(_n("table:style-name")))))
        yield "", End(depth, ends_cell=True)


# -- spreadsheets ------------------------------------------------------------------------------------------------------


class _Sheet:
    def __init__(self, table: etree._Element, styles: _Styles) -> None:
        self.table, self.styles = table, styles
        self.name = table.get(_n("table:name")) or "sheet"
        self.conditions = self.under_conditions()

    def sheet(self) -> Sheet:
        columns, hidden_columns = self.columns()
        texts: list[list[str]] = []
        merges: list[tuple[int, int, int, int]] = []
        hidden_rows: set[int] = set()
        waiting = 0  # blank rows that count only if something follows
        for row in _within(self.table, (_ROW,)):
            times = _repeated(row, "rows")
            cells = list(self.cells(row, columns))
            if not any(text for text, *_ in cells) and not any(rows > 1 or across > 1 for _, _, across, rows in cells):
                if row.get(_VISIBILITY) in ("collapse", "filter"):
                    at = len(texts) + waiting
                    hidden_rows.update(range(at, at + min(times, MAX_CELLS)))
                waiting += times
                continue
            check_size(self.name, len(texts) + waiting + times, max(map(len, texts), default=1), SHEET)
            texts += [[] for _ in range(waiting)]
            waiting = 0
            for _ in range(times):
                at = len(texts)
                if row.get(_VISIBILITY) in ("collapse", "filter"):
                    hidden_rows.add(at)
                texts.append([])
                for text, column, across, rows in cells:
                    texts[at] += [""] * (column + 1 - len(texts[at]))
                    texts[at][column] = self.doubted(text, at, column)
                    if across > 1 or rows > 1:
                        merges.append((at, column, at + rows - 1, column + across - 1))
                check_size(self.name, len(texts), len(texts[at]), SHEET)
        return Sheet(self.name, texts, merges, frozenset(hidden_rows), frozenset(hidden_columns))

    def columns(self) -> tuple[list[str | None], set[int]]:
        """The default cell style of each column, and which are hidden."""
        found: list[str | None] = []
        hidden: set[int] = set()
        for column in _within(self.table, (_COLUMNS,)):
            for _ in range(min(_repeated(column, "columns"), 1_024 - len(found))):
                if column.get(_VISIBILITY) in ("collapse", "filter"):
                    hidden.add(len(found))
                found.append(column.get(_n("table:default-cell-style-name")))
        return found, hidden

    def cells(self, row: etree._Element, columns: list[str | None]) -> Iterator[tuple[str, int, int, int]]:
        """(text, column, columns, rows) of the cells of a row that hold anything or are merged."""
        at = 0
        by_row = row.get(_n("table:default-cell-style-name"))
        for cell in row.iterchildren(_CELL, _COVERED):
            times = _repeated(cell, "columns")
            across = _count(cell.get(_n("table:number-columns-spanned")))
            rows = _count(cell.get(_n("table:number-rows-spanned")))
            style = cell.get(_n("table:style-name")) or by_row
            style = style or (columns[at] if at < len(columns) else None)
            text = self.text(cell, style) if cell.tag == _CELL else ""
            if text or across > 1 or rows > 1:
                check_size(self.name, 1, at + times, SHEET)
                for number in range(times):
                    yield text, at + number, across, rows
            at += times

    def text(self, cell: etree._Element, style: str | None) -> str:
        """What a cell shows: its paragraphs, or the value where it has none."""
        layers = (("table-cell", style),)
        lines = [_paragraph(node, self.styles, layers)[0] for node in _within(cell, (_P, _H))]
        text = clean("\n".join(filter(None, map(clean, lines))))
        value = cell.get(_n("office:value"))
        if value is None or cell.get(_n("office:value-type")) != "float":
            return self.conditional(text or clean(cell.get(_n("office:string-value")) or ""), style)
        try:
            number = float(value)
        except ValueError:
            return dim(text or value)
        if not lines:
            printed = self.styles.ink(*layers).apply(held(number))
            return dim(printed) if "format" in self.styles.of("table-cell", style) else self.conditional(printed, style)
        if _PLAIN_NUMBER.match(text):
            decimals = len(text.partition(".")[2])
            if abs(float(text) - number) > 0.51 * 10**-decimals:
                return dim(text)  # programs that compute the sheet anew show the value
        return self.conditional(text, style)

    def conditional(self, text: str, style: str | None) -> str:
        return dim(text) if text and self.styles.is_conditional(style) else text

    def under_conditions(self) -> list[tuple[int, int, int, int]]:
        """The fields of cells that a condition of LibreOffice may hide: (row, column, last row, last column)."""
        found = []
        for rule in self.table.iter(f"{_CALC}conditional-format"):
            applied = [part.get(f"{_CALC}apply-style-name") for part in rule.iter(f"{_CALC}condition")]
            if any(map(self.styles.may_hide, applied)):
                for left, top, right, bottom in _ADDRESS.findall(rule.get(f"{_CALC}target-range-address") or ""):
                    first = int(top) - 1, number_of(left)
                    found.append((*first, int(bottom or top) - 1, number_of(right or left)))
        return found

    def doubted(self, text: str, row: int, column: int) -> str:
        if text and any(t <= row <= b and left <= column <= right for t, left, b, right in self.conditions):
            return dim(text)
        return text
