"""OpenDocument texts and spreadsheets (.odt, .ods, and the flat files .fodt, .fods), after ISO 26300 Part 3 (ODF 1.3).

Both hold the same paragraphs and tables. What is shown follows the styles: those of a span over those of its paragraph
over those of its cell, each with its parents and the defaults of its family (16.2). A spreadsheet holds beside every
value the text that its cell shows.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile

from lxml import etree

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.package import ENTRY, Container, Package, parsed
from extract.formats.sheet.layout import MAX_CELLS, Sheet, blocks, check_size, number_of
from extract.formats.sheet.printed import held
from extract.formats.word.covers import Cover, cover, line, under
from extract.formats.word.looks import WHITE, Look, is_off, marked, marks
from extract.formats.word.tables import End, RowShape, build
from extract.labels import clean
from extract.shown import DIM, DOUBTFUL, TINY, contrast, dim, has_signs, raised

TEXT, SHEET = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
KIND = "an OpenDocument file"
MAX_DEPTH = 32
MAX_DRAWN = 200  # on a sheet
_COLUMN = 1_000  # twips; any width parts the columns of a table

_SPACES = {
    prefix: f"urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"
    for prefix, path in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
        "fo": "xsl-fo-compatible", "svg": "svg-compatible", "number": "datastyle", "config": "config",
    }.items()
}  # fmt: skip
_CALC, _OFFICE = (
    f"{{urn:org:documentfoundation:names:experimental:{name}:1.0}}"
    for name in ("calc:xmlns:calcext", "office:xmlns:loext")
)
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
_CONSTANT = {_TAB: " ", _BREAK: "\n"}
_HIDDEN_TEXT, _HIDDEN_PARAGRAPH, _SECTION, _FRAME = _ns(
    "text:hidden-text text:hidden-paragraph text:section draw:frame"
)
_LINK, _ITEM, _LIST, _ROWS_GROUP, _COLUMNS_GROUP = _ns(
    "text:a text:list-item text:list table:table-row-group table:table-column-group"
)
_DRAWN = frozenset(
    _ns(
        "draw:frame draw:custom-shape draw:rect draw:ellipse draw:circle draw:polygon draw:path draw:control draw:g "
        "draw:regular-polygon draw:caption"
    )
)
_LINES = frozenset(_ns("draw:line draw:connector draw:measure"))
# What LibreOffice keeps of a field of a form of Word.
_FORM, _PARAMETER, _OF_FORM, _NAME, _SAID = (
    f"{{urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0}}{name}"
    for name in ("fieldmark", "param", "type", "name", "value")
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
_CORNER = re.compile(r"\.\$?([A-Z]{1,3})\$?(\d{1,7})$")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?$")
_USUAL_SIZE = 10.0  # points, where nothing is said
_FAINT = 50.0  # per cent
_USUAL_WIDTH, _PADDING, _DIGIT = 64.0, 3.0, 0.5  # points of a column and beside its text; of a digit, for its size


def read(data: Container) -> Document:
    """Parse a zip container with an OpenDocument text or spreadsheet.

    Raises UnreadableFileError where it is damaged, encrypted, of another kind or larger than its limits.
    """
    package = Package(data, TEXT, KIND)
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.content("META-INF/manifest.xml"):
        raise package.refusal("META-INF/manifest.xml", "encrypted parts", "a file without password")
    styles, settings = ([package.tree(name)] if name in package else [] for name in ("styles.xml", "settings.xml"))
    return _read(package.tree("content.xml"), styles, settings)


def read_flat(data: bytes) -> Document:
    """Parse an OpenDocument file that is one XML file. Raises UnreadableFileError as `read` does."""
    root = parsed(data.removeprefix(_BOM), "the XML file", TEXT, KIND)
    return _read(root, [], [root])


def cells(data: bytes) -> Iterator[str]:
    """The bare text of each cell that is no part of a merged one, whatever its styles say: for a second reading.

    Raises UnreadableFileError as `read` does.
    """
    if data.startswith(ENTRY):
        root = Package(data, TEXT, KIND).tree("content.xml")
    else:
        root = parsed(data.removeprefix(_BOM), "the XML file", TEXT, KIND)
    for node in list(root.iter(*_SILENT)):
        if (parent := node.getparent()) is not None and not node.tail:
            parent.remove(node)
    for cell in root.iter(_CELL):
        yield "".join("".join(node.itertext()) for node in cell.iter(_P, _H))


def _read(root: etree._Element, others: Iterable[etree._Element], settings: Iterable[etree._Element]) -> Document:
    styles = _Styles([*others, root])
    body = next(root.iterchildren(_n("office:body")), None)
    text = next(body.iterchildren(_n("office:text")), None) if body is not None else None
    sheets = next(body.iterchildren(_n("office:spreadsheet")), None) if body is not None else None
    if text is not None:
        return build(_Text(styles).told(text), TEXT)
    if sheets is not None:
        document = Document(SHEET)
        shows_zeros = all(map(_shows_zeros, settings))
        for table in sheets.iterchildren(_TABLE):
            if styles.of("table", table.get(_n("table:style-name"))).get("display") != "false":
                grids = sum(isinstance(block, Grid) for block in document.blocks)
                document.blocks.extend(blocks(_Sheet(table, styles, shows_zeros).sheet(), grids))
        return document
    kind = ", ".join(etree.QName(part).localname for part in body) if body is not None else etree.QName(root).localname
    raise UnreadableFileError(
        f"found an OpenDocument file of another kind ({kind}); expected text or a spreadsheet", TEXT
    )


def _shows_zeros(settings: etree._Element) -> bool:
    """Whether sheets show zeros: what is set for the view comes before what is set for the document."""
    items = settings.iter(_n("config:config-item"))
    said = next((item.text for item in items if item.get(_n("config:name")) == "ShowZeroValues"), None)
    return said != "false"


# -- styles ------------------------------------------------------------------------------------------------------------


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
        (_n("style:use-window-font-color"), "automatic"), (_n("fo:letter-spacing"), "spacing"),
        (_n("style:font-size-rel"), "size-rel"), (_n("style:text-combine"), "combine"),
        (_n("style:text-rotation-angle"), "rotation"), (_n("style:text-scale"), "scale"),
        (f"{_OFFICE}opacity", "opacity"), (_n("style:font-name"), "font"), (_n("fo:font-family"), "font"),
    )
} | {
    (_n("style:paragraph-properties"), _n("fo:line-height")): "line",
    (_n("style:paragraph-properties"), _n("fo:margin-left")): "left",
    (_n("style:paragraph-properties"), _n("fo:text-indent")): "first",
    (_n("style:table-cell-properties"), _n("style:rotation-angle")): "turned",
    (_n("style:table-cell-properties"), _n("style:repeat-content")): "repeated",
    (_n("style:table-cell-properties"), _n("style:diagonal-tl-br")): "crossed-down",
    (_n("style:table-cell-properties"), _n("style:diagonal-bl-tr")): "crossed-up",
    (_n("style:table-row-properties"), _n("style:row-height")): "height",
    (_n("style:table-column-properties"), _n("style:column-width")): "width",
    (_n("style:graphic-properties"), _n("draw:fill")): "fill",
    (_n("style:graphic-properties"), _n("style:wrap")): "wrap",
    (_n("style:graphic-properties"), _n("style:run-through")): "run-through",
    (_n("style:graphic-properties"), _n("style:vertical-rel")): "vertical-rel",
} | {
    (_n("style:paragraph-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-cell-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-row-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-properties"), _n("fo:background-color")): "ground",
    (_n("style:table-cell-properties"), _n("style:cell-protect")): "protect",
    (_n("style:table-properties"), _n("table:display")): "display",
}  # fmt: skip
_STRIKING = ("through", "through-type", "crossed-down", "crossed-up")
_UNSURE = ("combine", "rotation", "turned", "repeated", "pale", "signs")
_FORMATS = tuple(_n(f"number:{kind}-style") for kind in ("number", "currency", "percentage", "date", "time", "text"))
_MOST_PARENTS = 64


class _Styles:
    """The styles of a document, each with what it inherits."""

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self.own: dict[tuple[str, str], tuple[dict[str, str], str]] = {("graphic", ""): ({"ground": "unknown"}, "")}
        self.defaults: dict[str, dict[str, str]] = {}
        self.mapped: dict[tuple[str, str], list[str]] = {}  # styles a condition may put in its place
        self.known: dict[tuple[str, str], dict[str, str]] = {}
        self.inks: dict[tuple[Layer, ...], str | None] = {}
        self.pale: set[str] = set()  # formats of numbers in the colour of the paper, for some numbers at least
        self.numbered: set[str] = set()  # styles of lists whose items are counted
        self.signs: set[str] = set()  # what the file calls fonts that have signs for digits
        self.backdrop = ""  # the colour of the page, which is shown on screens and seldom printed
        for root in roots:
            self.note_page(root)
            for style in root.iter(*_FORMATS, _n("text:list-style")):
                self.note(style, style.get(_n("style:name")) or "")
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

    def note_page(self, root: etree._Element) -> None:
        """The fonts of signs and the colour of the page."""
        for face in root.iter(_n("style:font-face")):
            if has_signs((face.get(_n("svg:font-family")) or "").strip("'")):
                self.signs.add(face.get(_n("style:name")) or "")
        for page in root.iter(_n("style:page-layout-properties")):
            colour = page.get(_n("fo:background-color")) or ""
            self.backdrop = colour if _colour(colour) not in (None, WHITE) else self.backdrop

    def note(self, style: etree._Element, name: str) -> None:
        """What a format of numbers or a style of lists says."""
        if style.tag == _n("text:list-style"):
            counted = style.iterchildren(_n("text:list-level-style-number"))
            self.numbered |= {name} if any(level.get(_n("style:num-format")) for level in counted) else set()
            return
        colours = [_colour(part.get(_n("fo:color")) or "") for part in style.iterchildren(_n("style:text-properties"))]
        applied = {rule.get(_n("style:apply-style-name")) for rule in style.iterchildren(_n("style:map"))}
        if any(colour and contrast(colour, WHITE) < DOUBTFUL for colour in colours) or applied & self.pale:
            self.pale.add(name)

    def properties(self, style: etree._Element) -> dict[str, str]:
        found = {}
        if data_style := style.get(_n("style:data-style-name")):
            found["format"] = data_style
            found["pale"] = "true" if data_style in self.pale else "false"
        if list_style := style.get(_n("style:list-style-name")):
            found["list"] = list_style
        for part in style:
            if any(picture.attrib for picture in part.iterchildren(_n("style:background-image"))):
                found["ground"] = "unknown"
            for name, value in part.attrib.items():
                if called := _PROPERTIES.get((part.tag, name)):
                    found[called] = value
        if font := found.pop("font", ""):
            found["signs"] = "true" if font in self.signs or has_signs(font) else "false"
        if "colour" in found:
            found.setdefault("automatic", "false")  # a colour that is set ends the automatic one
            found.setdefault("opacity", "100%")
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

    def show(self, text: str, *layers: Layer) -> str:
        """A text as it is shown in these styles, with its marks."""
        ink = self.ink(*layers)
        return "" if ink is None else marked(text, ink)

    def ink(self, *layers: Layer) -> str | None:
        """How characters are seen in these styles, the innermost last: defaults give way to whatever is set."""
        if layers not in self.inks:
            merged: dict[str, str] = {"backdrop": self.backdrop}
            for family, _ in layers:
                merged |= self.defaults.get(family, {})
            for layer in layers:
                merged |= {
                    called: value
                    for called, value in self.of(*layer).items()
                    if called != "ground" or value != "transparent"  # shows the one behind it
                }
            self.inks[layers] = _marks(merged)
        return self.inks[layers]

    def may_hide(self, name: str | None, family: str = "table-cell") -> bool:
        """Whether a style a condition applies shows values otherwise than plainly."""
        return "format" in self.of(family, name) or self.ink((family, name)) != ""

    def is_conditional(self, name: str | None, family: str = "table-cell") -> bool:
        """Whether a condition may hide what stands in this style."""
        at = name or ""
        for _ in range(_MOST_PARENTS if self.mapped.get((family, at)) is not None else 0):
            if any(self.may_hide(applied, family) for applied in self.mapped.get((family, at), ())):
                return True
            if (family, at) not in self.own:
                return False
            at = self.own[family, at][1]
        return False


def _marks(said: dict[str, str]) -> str | None:
    """The marks of characters with these properties, None where nobody sees them."""
    automatic = said.get("automatic") == "true"
    ink = None if automatic else _colour(said.get("colour", "#000000"))
    # What is painted is the ground; the page's own colour is one on screens only.
    backdrop = _colour(said.get("backdrop", "")) if said.get("ground", "transparent") == "transparent" else None
    # Offices call the automatic colour transparent.
    opacity = 100.0 if automatic else _percent(said.get("opacity", ""))
    alike = ink is not None and backdrop is not None and contrast(ink, backdrop) < DOUBTFUL
    return marks(
        Look(
            hidden=said.get("hides") == "none" or said.get("protect") == "hidden-and-protected" or opacity == 0,
            struck=any(said.get(name, "none") != "none" for name in _STRIKING),
            raised=_is_raised(said.get("position", "")),
            unsure=alike or opacity < _FAINT or _is_unsure(said),
            size=_size(said),
            scale=int(_percent(said["scale"])) if "scale" in said else 100,
            spacing=_points(said.get("spacing", "")) or 0.0,
            ink=ink,
            ground=None if backdrop else _colour(said.get("ground", "#ffffff")),
        )
    )


def _is_raised(position: str) -> bool:
    found = re.match(r"(super|sub|-?[\d.]+)%?", position)
    return found is not None and (found[1] in ("super", "sub") or float(found[1]) != 0)


def _is_unsure(said: dict[str, str]) -> bool:
    """Whether a condition may hide text, it is turned or in signs, its lines are cut off or indented off the page."""
    line = _points(said.get("line", ""))
    left, first = (20 * (_points(said.get(name, "")) or 0.0) for name in ("left", "first"))
    return (
        said.get("hides") == "condition"
        or any(said.get(name, "none") not in ("none", "0", "0deg", "false", "") for name in _UNSURE)
        or (line is not None and line < TINY)
        or is_off(left, first)
    )


def _size(said: dict[str, str]) -> float:
    """The size of characters, in points: a share, or what is added, goes for the usual size."""
    size = said.get("size", "")
    points = _USUAL_SIZE * _percent(size) / 100 if size.endswith("%") else _points(size)
    return (_USUAL_SIZE if points is None else points) + (_points(said.get("size-rel", "")) or 0.0)


def _percent(share: str) -> float:
    return float(share[:-1]) if re.fullmatch(r"-?\d+(?:\.\d+)?%", share) else 100.0


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
    drawn: list[etree._Element] = field(default_factory=list)
    hidden: bool = False

    def walk(self, node: etree._Element, layers: tuple[Layer, ...]) -> None:
        self.say(node.text, layers)
        for child in node:
            self.child(child, layers)
            self.say(child.tail, layers)

    def say(self, text: str | None, layers: tuple[Layer, ...]) -> None:
        if text:
            self.pieces.append(self.styles.show(_WHITE_SPACE.sub(" ", text), *layers))

    def child(self, node: etree._Element, layers: tuple[Layer, ...]) -> None:
        tag = node.tag
        if tag in (_SPAN, _LINK):
            self.walk(node, (*layers, ("text", node.get(_STYLE_NAME))))
        elif tag == _S:
            self.pieces.append(" " * min(int(node.get(_n("text:c")) or 1), 100))
        elif tag in _CONSTANT:
            self.pieces.append(_CONSTANT[tag])
        elif tag == _NOTE:
            self.pieces.append(raised("".join(citation.text or "" for citation in node.iterchildren(_CITATION))))
        elif tag == _HIDDEN_PARAGRAPH:
            self.hidden |= node.get(_IS_HIDDEN) == "true"
        elif tag == _BOX:
            self.boxes.append(node)
        elif tag in _DRAWN or tag in _LINES:
            self.drawn.append(node)
            self.within(node, layers)
        elif tag == _FORM:
            self.pieces.append(_form(node, layers))
        elif tag in _SILENT or node.get(_DISPLAY) == "none":
            return
        elif tag == _HIDDEN_TEXT:
            if node.get(_IS_HIDDEN) != "true":
                self.walk(node, layers)
        else:
            self.walk(node, layers)

    def within(self, drawn: etree._Element, layers: tuple[Layer, ...]) -> None:
        """What is drawn may hold text: a box of it, or paragraphs of a shape's own."""
        if next(drawn.iterchildren(_P), None) is None:
            self.walk(drawn, layers)
        else:
            self.boxes.append(drawn)


def _form(field: etree._Element, layers: tuple[Layer, ...]) -> str:
    """What a field of a form shows: the entry of its list that is chosen; in cells the mark of one nobody can tell."""
    said = [(one.get(_NAME) or "", one.get(_SAID) or "") for one in field.iterchildren(_PARAMETER)]
    entries = [value for name, value in said if name == "Dropdown_ListEntry"]
    chosen = dict(said).get("Dropdown_Selected", "")
    if chosen.isdecimal() and int(chosen[:6]) < len(entries):
        return entries[int(chosen[:6])]
    is_drawn = (field.get(_OF_FORM) or "").rpartition(".")[2] in ("FORMDROPDOWN", "FORMCHECKBOX")
    return DIM if is_drawn and any(family == "table-cell" for family, _ in layers) else ""


def _paragraph(node: etree._Element, styles: _Styles, layers: tuple[Layer, ...] = ()) -> tuple[str, _Inline]:
    """(the shown text of a paragraph, what else is in it)."""
    inline = _Inline(styles, [], [])
    name = node.get(_STYLE_NAME)
    inline.walk(node, (*layers, ("paragraph", name)))
    text = "" if inline.hidden else "".join(inline.pieces)
    if styles.is_conditional(name, "paragraph"):
        text = dim(text)
    if any(family == "table-cell" for family, _ in layers) and (
        _is_counted(node, styles) or any(_is_figure(drawn, text) for drawn in inline.drawn)
    ):
        text = DIM + text  # a number that is counted, a picture or a control is printed, and is no text of the file
    return text, inline


def _is_counted(paragraph: etree._Element, styles: _Styles) -> bool:
    """Whether a program puts a number before a paragraph."""
    item = paragraph.getparent()
    if item is None or item.tag != _ITEM or item[0] is not paragraph:
        return False
    names = {node.get(_STYLE_NAME) for node in item.iterancestors(_LIST)}
    return (
        not names.isdisjoint(styles.numbered)
        or styles.of("paragraph", paragraph.get(_STYLE_NAME)).get("list") in styles.numbered
    )


def _is_figure(drawn: etree._Element, text: str) -> bool:
    """Whether what is drawn may stand for a figure; what floats beside text stands somewhere else."""
    pictured = (
        drawn.tag == _n("draw:control") or next(drawn.iter(_n("draw:image"), _n("draw:object")), None) is not None
    )
    return pictured and (drawn.get(_n("text:anchor-type")) == "as-char" or not text.strip())


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
        self.count = 0  # paragraphs told
        self.covers: list[Cover] = []

    def told(self, text: etree._Element) -> Iterator[tuple[str, End]]:
        """All of them, those marked that something lies on."""
        found = list(self.paragraphs(text))
        return under(found, self.covers) if self.covers else iter(found)

    def lay(self, drawn: etree._Element) -> None:
        """Note what lies in front of the text and lets none flow around it (20.231 style:run-through)."""
        look = self.styles.of("graphic", drawn.get(_n("draw:style-name")))
        if look.get("wrap") != "run-through" or drawn.get(_n("text:anchor-type")) == "as-char":
            return
        near = look.get("vertical-rel", "paragraph").startswith("paragraph")
        found = None
        if drawn.tag in _LINES:
            ends = [_measure(drawn, name) for name in ("svg:y1", "svg:y2")]
            found = line(self.count, min(ends) if near else None, max(ends) - min(ends))
        elif look.get("run-through") != "background" and (drawn.tag == _FRAME or look.get("fill", "solid") != "none"):
            top = _measure(drawn, "svg:y") if near else None
            found = cover(self.count, top, _measure(drawn, "svg:height"))
        if found:
            self.covers.append(found)

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
                text, inline = _paragraph(node, self.styles, layers)
                for drawn in inline.drawn:
                    self.lay(drawn)
                self.count += 1
                yield text, End(depth)
                for box in inline.boxes:
                    yield from self.paragraphs(box, depth, (_BOXED,))

    def table(self, table: etree._Element, depth: int, layers: tuple[Layer, ...]) -> Iterator[tuple[str, End]]:
        hanging: dict[int, tuple[int, int]] = {}  # column -> (columns, rows) still taken by a cell from above
        layers = (*layers, ("table", table.get(_n("table:style-name"))))
        for row in _within(table, (_ROW,)):
            if _is_hidden_row(row, self.styles):
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
                    self.count += 1
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
        self.count += 1
        yield "", End(depth, ends_row=True, shape=RowShape(tuple(edges), (False,) * len(down), tuple(down)))

    def cell(self, cell: etree._Element, depth: int, layers: tuple[Layer, ...]) -> Iterator[tuple[str, End]]:
        yield from self.paragraphs(cell, depth, (*layers, ("table-cell", cell.get(_n("table:style-name")))))
        self.count += 1
        yield "", End(depth, ends_cell=True)


def _is_zero(cell: etree._Element) -> bool:
    value = cell.get(_n("office:value")) or ""
    return bool(re.fullmatch(r"-?0*\.?0+", value))


def _covers_value(part: etree._Element) -> bool:
    """Whether a part of a condition puts a bar or a sign in place of a value, or paints its ground as dark as ink."""
    colour = _colour(part.get(f"{_CALC}color") or part.get(f"{_CALC}positive-color") or "")
    is_dark = colour is not None and contrast(colour, (0.0, 0.0, 0.0)) < DOUBTFUL
    return part.get(f"{_CALC}show-value") == "false" or is_dark


def _measure(drawn: etree._Element, name: str) -> float:
    return _points(drawn.get(_n(name)) or "") or 0.0


def _is_hidden_row(row: etree._Element, styles: _Styles) -> bool:
    height = _points(styles.of("table-row", row.get(_n("table:style-name"))).get("height", ""))
    grouped = (group for group in row.iterancestors(_ROWS_GROUP, _TABLE))
    return (
        row.get(_VISIBILITY) in ("collapse", "filter")
        or height == 0
        or any(group.get(_n("table:display")) == "false" for group in takewhile(lambda one: one.tag != _TABLE, grouped))
    )


# -- spreadsheets ------------------------------------------------------------------------------------------------------


class _Sheet:
    def __init__(self, table: etree._Element, styles: _Styles, shows_zeros: bool) -> None:
        self.table, self.styles, self.shows_zeros = table, styles, shows_zeros
        self.name = table.get(_n("table:name")) or "sheet"
        self.conditions = self.under_conditions()
        self.widths: list[float] = []  # of the columns, in points
        self.drawn = list(islice(self.under_drawings(), MAX_DRAWN + 1))
        if len(self.drawn) > MAX_DRAWN:
            raise UnreadableFileError(f"found more than {MAX_DRAWN} drawings on a sheet; expected a report", SHEET)

    def sheet(self) -> Sheet:
        columns, hidden_columns = self.columns()
        texts: list[dict[int, str]] = []
        width = 1
        merges: list[tuple[int, int, int, int]] = []
        hidden_rows: set[int] = set()
        waiting = 0  # blank rows that count only if something follows
        for row in _within(self.table, (_ROW,)):
            times = _repeated(row, "rows")
            is_hidden = _is_hidden_row(row, self.styles)
            cells = list(self.cells(row, columns))
            if not any(text for text, *_ in cells) and not any(rows > 1 or across > 1 for _, _, across, rows in cells):
                if is_hidden:
                    at = len(texts) + waiting
                    hidden_rows.update(range(at, at + min(times, MAX_CELLS)))
                waiting += times
                continue
            check_size(self.name, len(texts) + waiting + times, width, SHEET)
            texts += [{} for _ in range(waiting)]
            waiting = 0
            for _ in range(times):
                at = len(texts)
                if is_hidden:
                    hidden_rows.add(at)
                texts.append({})
                for text, column, across, rows in cells:
                    width = max(width, column + 1)
                    texts[at][column] = clean(self.doubted(text, at, column))
                    if across > 1 or rows > 1:
                        merges.append((at, column, at + rows - 1, column + across - 1))
                check_size(self.name, len(texts), width, SHEET)
        return Sheet(self.name, texts, merges, frozenset(hidden_rows), frozenset(hidden_columns))

    def columns(self) -> tuple[list[str | None], set[int]]:
        """The default cell style of each column, and which are hidden."""
        found: list[str | None] = []
        hidden: set[int] = set()
        for column in _within(self.table, (_COLUMNS,)):
            width = self.width_of(column)
            grouped = any(group.get(_n("table:display")) == "false" for group in column.iterancestors(_COLUMNS_GROUP))
            for _ in range(min(_repeated(column, "columns"), 1_024 - len(found))):
                if column.get(_VISIBILITY) in ("collapse", "filter") or grouped or width == 0:
                    hidden.add(len(found))
                self.widths.append(width)
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
            text = self.text(cell, style) if cell.tag == _CELL and (self.shows_zeros or not _is_zero(cell)) else ""
            if across == 1 and cell.get(_n("office:value-type")) == "float" and self.is_too_wide(text, at, style):
                text = dim(text)
            if text or across > 1 or rows > 1:
                check_size(self.name, 1, at + times, SHEET)
                for number in range(times):
                    yield text, at + number, across, rows
            at += times

    def width_of(self, column: etree._Element) -> float:
        told = _points(self.styles.of("table-column", column.get(_n("table:style-name"))).get("width", ""))
        return _USUAL_WIDTH if told is None else told

    def is_too_wide(self, text: str, column: int, style: str | None) -> bool:
        """Whether a number has no room in its column: signs stand for it."""
        room = (self.widths[column] if column < len(self.widths) else _USUAL_WIDTH) - _PADDING
        return (
            0
            < room
            < len(text)
            * _DIGIT
            * _size(self.styles.defaults.get("table-cell", {}) | self.styles.of("table-cell", style))
        )

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
            printed = self.styles.show(held(number), *layers)
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
            if any(map(self.styles.may_hide, applied)) or any(map(_covers_value, rule.iterdescendants())):
                for left, top, right, bottom in _ADDRESS.findall(rule.get(f"{_CALC}target-range-address") or ""):
                    first = int(top) - 1, number_of(left)
                    found.append((*first, int(bottom or top) - 1, number_of(right or left)))
        return found

    def under_drawings(self) -> Iterator[tuple[int, int, int, int]]:
        """The fields of cells under pictures and filled shapes; where they end by the sheet, all of it."""
        down = 0
        for row in _within(self.table, (_ROW,)) if next(self.table.iter(*_DRAWN), None) is not None else ():
            column = 0
            for cell in row.iterchildren(_CELL, _COVERED):
                for drawn in (one for one in cell.iterchildren(*_DRAWN) if self.is_filled(one)):
                    end = _CORNER.search(drawn.get(_n("table:end-cell-address")) or "")
                    yield down, column, int(end[2]) - 1 if end else down, number_of(end[1]) if end else column
                column += _repeated(cell, "columns")
            down += _repeated(row, "rows")
        for shapes in self.table.iterchildren(_n("table:shapes")):
            if any(map(self.is_filled, shapes)):
                yield 0, 0, MAX_CELLS, MAX_CELLS

    def is_filled(self, drawn: etree._Element) -> bool:
        """Whether something drawn covers what is under it: pictures do, shapes unless they say so."""
        look = self.styles.of("graphic", drawn.get(_n("draw:style-name")))
        return drawn.tag in _DRAWN and (drawn.tag == _FRAME or look.get("fill", "solid") != "none")

    def doubted(self, text: str, row: int, column: int) -> str:
        fields = (*self.conditions, *self.drawn)
        if text and any(t <= row <= b and left <= column <= right for t, left, b, right in fields):
            return dim(text)
        return text
