"""Word files (.docx): WordprocessingML reduced to what a reader of the page sees, then laid out into grids.

After ECMA-376: the package (Part 2), the main part (Part 1, 11.3.10), table grid and merges (17.4), runs (17.3),
revisions (17.13.5), fields (17.16.18) and alternate content (Part 3). Tracked changes are read as accepted. Where the
page shows what plain text cannot (struck or raised figures), the text keeps a mark, so that no figure grows a digit.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

from lxml import etree

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.formats.package import ENTRY, Container, Package, parsed, part_name
from extract.formats.word import covers, fields
from extract.formats.word.looks import marked
from extract.formats.word.styles import COUNTED, P_STYLE, WORD, Cascade, w
from extract.labels import clean, squeeze, squeeze_text
from extract.shown import DIM, dim

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KIND = "a Word file"
MAX_CELLS = 20_000
MAX_NESTING = 10

_TRANSITIONAL = WORD.encode()
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_WORD_2003 = b"http://schemas.microsoft.com/office/word/2003/wordml"
_SIGNS = b"dings"  # in the names of fonts that have signs for digits; looked for from the end, which is quickest
_MERGE_2003 = re.compile(rb"<(\w+):([vh])merge\b")  # written otherwise since


_DOCUMENT, _P, _TBL, _TR, CELL, _R, TEXT = w("document p tbl tr tc r t")
_TR_PR, _TC_PR, _GRID_BEFORE, _GRID_SPAN, _V_MERGE, _H_MERGE = w("trPr tcPr gridBefore gridSpan vMerge hMerge")
_BR, _CR, _TAB, _PTAB, _HYPHEN, _SYM, _FIELD = w("br cr tab ptab noBreakHyphen sym fldChar")
_BOX, _CHUNK, _PAGE_NUMBER, _P_PR, _R_PR = w("txbxContent altChunk pgNum pPr rPr")
_CODE, _SIMPLE_FIELD, _INSTRUCTION = w("instrText fldSimple instr")
_NOTES, (_OWN_MARK,) = w("footnoteReference endnoteReference"), w("customMarkFollows")
_RAISING = w("rStyle vertAlign position")
_SDT, _SDT_CONTENT, _BINDING, _STORE, _PATH, _PREFIXES = w(
    "sdt sdtContent dataBinding storeItemID xpath prefixMappings"
)
_LISTS, (_DATE,) = w("dropDownList comboBox"), w("date")
_STEPS = re.compile(r"(?:/@?(?:[\w.-]+:)?[\w.-]+(?:\[\d{1,6}\])?){1,50}")  # of a simple way through data
_SPACE = re.compile(r"""xmlns:([\w.-]+)\s*=\s*["']([^"']*)["']""")
_PROPERTIES = ("/core-properties", "/extended-properties")  # what controls are bound to, too
_ITEM, _SHOWN_AS, _VALUE = w("listItem displayText value")
_STYLES, _SETTINGS = w("styles settings")
_VAL, _CHAR, _FONT, _FIELD_TYPE = w("val char font fldCharType")
_ENTRY, _RESULT, _USUAL, _CONTROL = w("listEntry result default control")
_CHOOSE, _CHOICE, _FALLBACK = (
    f"{{http://schemas.openxmlformats.org/markup-compatibility/2006}}{n}"
    for n in ("AlternateContent", "Choice", "Fallback")
)
_UNDERSTOOD = (
    "http://schemas.microsoft.com/",
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
    "urn:schemas-microsoft-com:",
)
_ANCHOR = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}anchor"
_PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
    _CONTROL,
)
_WORD_ART = "{urn:schemas-microsoft-com:vml}textpath"
_FLOATING = frozenset((*_PICTURES, _WORD_ART))
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"

_BLIP = _PICTURES[0]
_REFERS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_EXTENT = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}extent"
_WIDE = 10 * 360_000  # English Metric Units: ten centimetres

_DOCUMENT_2003 = _DOCUMENT.replace("}document", "}wordDocument")
_SECTIONS_2003 = (f"{{http://schemas.microsoft.com/office/word/2003/auxHint}}{n}" for n in ("sect", "sub-section"))

_BLOCKS = (_P, _TBL, _CHUNK)
_ROWS = (_TR,)
_CELLS = (CELL,)
_WRAPPERS = frozenset(
    (*w("body sdt sdtContent customXml smartTag ins moveTo txbxContent"), _CHOOSE, _CHOICE, _FALLBACK, *_SECTIONS_2003)
)
_DROPPED = w("del moveFrom rt hidden cellDel")  # among the properties of a row or cell they drop the row or cell
_REDUCED = (*_DROPPED, _CHOOSE, _BOX)
_INLINE = (TEXT, _BR, _CR, _TAB, _PTAB, _HYPHEN, _SYM, _FIELD, _MATH)
_CONSTANT = {_BR: "\v", _CR: "\v", _TAB: " ", _PTAB: " ", _HYPHEN: "-"}
_FLATTEN = str.maketrans("\t\r\n", "   ")  # line breaks of the XML source are no line breaks of the page


def read(data: Container) -> Document:
    """Parse a zip container that holds a Word document, whatever its suffix says.

    A file embedded as a piece of the text (w:altChunk, 17.17.2.1) is read by the reader of its kind, and its blocks
    stand where it does.

    Raises UnreadableFileError where the container is damaged, encrypted or no Word document, where a part holds a DTD
    or is larger than the limits above, or where embedded files are not to be read.
    """
    package = _Package(data)
    root = package.shown()
    document = Document(MEDIA_TYPE)
    _Walk(root, document, package.chunks(root)).blocks(root)
    document.title = _title(package, document)
    document.pictures = sum(map(_is_large, root.iter(_EXTENT)))
    document.held = package.pictures(root)
    return document


def _is_large(extent: etree._Element) -> bool:
    """Whether a drawing is as wide as a table (ECMA-376 Part 1, 20.4.2.7)."""
    width = extent.get("cx") or ""
    return width.isascii() and width.isdecimal() and int(width[:12]) >= _WIDE


def read_flat(data: bytes) -> Document:
    """Parse a Word document that is one XML file: of Word 2003, or a package written as one (flat OPC).

    Raises UnreadableFileError as `read` does.
    """
    root = _shown_flat(data)
    document = Document(MEDIA_TYPE)
    if next(root.iter(_CHUNK), None) is not None:
        found = "text kept as an embedded file (w:altChunk)"
        raise _unreadable(f"the XML file: found {found}; expected paragraphs and tables")
    _Walk(root, document, {}).blocks(root)
    return document


def shown(data: bytes) -> etree._Element:
    """What a Word file of either container shows, as a tree: all that is not shown is gone, the unclear is marked.

    Raises UnreadableFileError as `read` does.
    """
    return _Package(data).shown() if data.startswith(ENTRY) else _shown_flat(data)


def _shown_flat(data: bytes) -> etree._Element:
    content = _MERGE_2003.sub(rb"<\1:\2Merge", data.replace(_WORD_2003, _TRANSITIONAL).replace(_STRICT, _TRANSITIONAL))
    root = parsed(content, "the XML file", MEDIA_TYPE, _KIND)
    main = root if root.tag == _DOCUMENT_2003 else next(root.iter(_DOCUMENT), None)
    if main is None:
        raise _unreadable(f"found XML of another kind (<{etree.QName(root).localname}>); expected a Word document")
    _reduce(main, Cascade(next(root.iter(_STYLES), None), lambda: iter((root,))))
    return main


def _unreadable(message: str, media_type: str = MEDIA_TYPE) -> UnreadableFileError:
    return UnreadableFileError(message, media_type)


# -- the package -----------------------------------------------------------------------------------------------------


class _Relationship(NamedTuple):
    """How a part is related to another (ECMA-376 Part 2, 9.3)."""

    number: str
    kind: str
    target: str


class _Package(Package):
    """The parts of a Word file."""

    def __init__(self, data: Container) -> None:
        super().__init__(data, MEDIA_TYPE, _KIND)
        self.known: dict[str, list[_Relationship]] = {}  # relationships by their source

    def shown(self) -> etree._Element:
        """The main part, reduced to what it shows."""
        name = self.main_part()
        content = self.content(name)
        root = self.parsed(name, content)
        if root.tag != _DOCUMENT:
            found = etree.QName(root).localname
            raise _unreadable(f"{name}: found <{found}>; expected a Word document", "application/zip")
        if next(root.iter(_BINDING), None) is not None:
            self.bind(root, name)
        _reduce(root, self.cascade(name, signs=content.rfind(_SIGNS) >= 0 or b"\0" in content[:9]))
        return root

    def chunks(self, root: etree._Element) -> dict[etree._Element, Document]:
        """The files embedded as pieces of the text, by the elements they stand for.

        Raises UnreadableFileError for one that is missing, within a cell, or a Word file that embeds others.
        """
        found = {}
        for node in root.iter(_CHUNK):
            name = next(self._referred(node), "")
            where = f"embedded file (w:altChunk) {name}".rstrip()
            if not name or next(node.iterancestors(CELL), None) is not None:
                raise _unreadable(f"{where}: found none, or one in a cell; expected paragraphs and tables")
            content = self.content(name)
            if content.startswith(ENTRY) and next(_Package(content).shown().iter(_CHUNK), None) is not None:
                raise _unreadable(f"{where}: found a Word file that embeds others; expected its text")
            found[node] = import_module("extract.sniff").parse(content)  # a file of any kind
            for grid in found[node].grids:
                for cell in (cell for row in grid.rows for cell in row):
                    cell.place = f"{name}: {cell.place}"
        return found

    def pictures(self, root: etree._Element) -> list[bytes]:
        """The pictures as wide as a table, as the file holds them; those that are damaged or too large are left out."""
        wide = [node.getparent() for node in root.iter(_EXTENT) if _is_large(node)]
        blips = (blip for drawing in wide if drawing is not None for blip in drawing.iter(_BLIP))
        found = []
        for name in dict.fromkeys(name for blip in blips for name in self._referred(blip)):
            with suppress(UnreadableFileError):
                found.append(self.content(name))
        return found

    def bind(self, root: etree._Element, main: str) -> None:
        """Give the controls bound to data of the file (17.5.2.6 dataBinding) what the data say now, as Word does."""
        known: dict[str, etree._Element] = {}
        for name in self.related("/customXml", main):
            for properties in self.related("/customXmlProps", name):
                number = next((v for k, v in self.tree(properties).attrib.items() if k.endswith("itemID")), "")
                known[number.casefold()] = self.tree(name)
        others = [self.tree(name) for kind in _PROPERTIES for name in self.related(kind)]
        for binding in list(root.iter(_BINDING)):
            control = next(binding.iterancestors(_SDT), None)
            content = control.find(_SDT_CONTENT) if control is not None else None
            if content is not None and next(binding.itersiblings(_DATE), None) is None:  # is written in another way
                store = known.get((binding.get(_STORE) or "").casefold())
                _set(content, _bound(binding, others if store is None else [store]))

    def _referred(self, node: etree._Element) -> Iterator[str]:
        """The parts there are that an element of the main part refers to by their numbers."""
        main = self.main_part()
        numbers = {value for attribute, value in node.attrib.items() if attribute.startswith(_REFERS)}
        for relationship in self._relationships(main) if numbers else ():
            if relationship.number in numbers:
                target = relationship.target.replace("\\", "/")
                if (part := part_name(posixpath.join(posixpath.dirname(main), target))) in self:
                    yield part

    def main_part(self) -> str:
        """The name of the part the package's relationships, or else its content types, name as the document."""
        named = list(self._targets("/officeDocument", ""))
        if "[content_types].xml" in self:
            for override in self.tree("[content_types].xml"):
                if (override.get("ContentType") or "").endswith(".main+xml"):
                    named.append(override.get("PartName") or "")
        names = [part_name(name) for name in named]
        found = next((name for name in names if name in self), "")
        if not found:
            lack = (
                f"no part {' or '.join(names)}" if names else f"{len(self.parts)} entries, none named as the document"
            )
            media_type = MEDIA_TYPE if names else "application/zip"
            raise _unreadable(f"zip container: found {lack}; expected the main part of a Word document", media_type)
        return found

    def related(self, kind: str, source: str = "") -> Iterator[str]:
        """The parts there are among those that a part, or else the package, is related to by a type that ends so.

        Strict and transitional types differ in what stands before.
        """
        for target in self._targets(kind, source):
            name = part_name(posixpath.join(posixpath.dirname(source), target.replace("\\", "/")))
            if name in self:
                yield name

    def _targets(self, kind: str, source: str) -> Iterator[str]:
        return (found.target for found in self._relationships(source) if found.kind.endswith(kind))

    def _relationships(self, source: str) -> list["_Relationship"]:
        """Those of a part, or else of the package."""
        if source not in self.known:
            folder, name = posixpath.split(source)
            part = posixpath.join(folder, "_rels", f"{name}.rels")
            self.known[source] = [
                _Relationship(*(node.get(attribute) or "" for attribute in ("Id", "Type", "Target")))
                for node in (self.tree(part) if part in self else ())
            ]
        return self.known[source]

    def cascade(self, main: str, *, signs: bool) -> Cascade:
        """The styles of the main part."""

        def theme() -> Iterator[etree._Element]:
            for kind in ("/theme", "/settings"):
                yield from (self.tree(name) for name in self.related(kind, main))

        name = next(self.related("/styles", main), "")
        return Cascade(self.content(name) if name else b"", theme, lambda part: self.parsed(name, part), signs=signs)

    def parsed(self, name: str, content: bytes) -> etree._Element:
        """A part as a tree of transitional WordprocessingML, without comments, entities left alone."""
        return super().parsed(name, content.replace(_STRICT, _TRANSITIONAL))


def _title(package: _Package, document: Document) -> str:
    """The title among the file's properties, if the document prints it: copied files keep the title of their model."""
    name = next(package.related("/core-properties"), "")
    if not name:
        return ""
    title = clean(package.tree(name).findtext("{http://purl.org/dc/elements/1.1/}title") or "")
    head = "".join(block for block in document.blocks[:20] if isinstance(block, str))
    return title if len(title) > 4 and (title in head or squeeze(title) in squeeze_text(head)) else ""


# -- bound content ---------------------------------------------------------------------------------------------------


def _bound(binding: etree._Element, stores: list[etree._Element]) -> str | None:
    """What the data say a control is bound to; "" where they say nothing of it, None where nobody can tell."""
    path = binding.get(_PATH) or ""
    if not _STEPS.fullmatch(path):
        return None
    spaces = dict(_SPACE.findall(binding.get(_PREFIXES) or ""))
    with suppress(etree.XPathError):
        for found in (found for store in stores for found in store.xpath(path, namespaces=spaces or None)):
            text = "".join(found.itertext()) if isinstance(found, etree._Element) else str(found)
            choices = [item for kind in binding.itersiblings(*_LISTS) for item in kind.iterchildren(_ITEM)]
            return next((item.get(_SHOWN_AS) for item in choices if item.get(_VALUE) == text), None) or text
    return ""


def _set(content: etree._Element, value: str | None) -> None:
    """Give the content of a control the text it is bound to, if that is another; mark in a cell what is not known."""
    texts = list(content.iter(TEXT))
    if value is None and next(content.iterancestors(CELL), None) is not None:
        for text in texts:
            text.text = dim(text.text or "")
    elif value and squeeze(value) != squeeze("".join(text.text or "" for text in texts)):
        for text in texts:
            text.text = ""
        run = next(content.iter(_R), None)
        if texts:
            texts[0].text = value
        elif run is not None:
            etree.SubElement(run, TEXT).text = value


# -- what is printed -------------------------------------------------------------------------------------------------


def _reduce(root: etree._Element, cascade: Cascade) -> None:
    """Take away what the page does not show, mark what it shows otherwise, put text boxes behind their paragraphs."""
    boxes: list[etree._Element] = []
    for node in list(root.iter(*_REDUCED)):
        parent = node.getparent()
        if node.tag == _BOX:
            boxes.append(node)
        elif node.tag == _CHOOSE:
            shown = next(filter(_is_understood, node), None)
            for branch in [child for child in node if child is not shown]:
                node.remove(branch)
        elif parent is not None:
            _remove(parent.getparent() if parent.tag in (_TR_PR, _TC_PR) else node)
    for run, marks in cascade.marks(root).items():
        if marks is None:
            _remove(run)
        else:
            _mark(run, marks)
    for box in reversed(boxes):
        holder = next(box.iterancestors(_P), None)
        if holder is not None:
            holder.addnext(box)
    _fill_fields(root)
    for paragraph in _without_text(root, cascade):
        sign = etree.Element(_R)
        etree.SubElement(sign, TEXT).text = DIM
        paragraph.insert(int(paragraph.find(_P_PR) is not None), sign)
    covers.mark(root)


def _is_understood(branch: etree._Element) -> bool:
    """Whether a branch of alternate content is for programs that know what Word knows (Part 3, 7.6): the fallback is,
    and a choice that requires namespaces of Office only.
    """
    if branch.tag != _CHOICE:
        return bool(branch.tag == _FALLBACK)
    spaces = branch.nsmap
    required = [spaces.get(prefix, "") for prefix in (branch.get("Requires") or "").split()]
    return all([space.startswith(_UNDERSTOOD) for space in required])


def _fill_fields(root: etree._Element) -> None:
    """Put in what fields show that keep no result."""
    for field in list(root.iter(_SIMPLE_FIELD)):
        if not any((text.text or "").strip() for text in field.iter(TEXT)):
            _fill(etree.SubElement(field, _R), field.get(_INSTRUCTION) or "")
    if next(root.iter(_CODE), None) is not None:
        _fill_complex(root)


def _fill_complex(root: etree._Element) -> None:
    """The same of those between characters (17.16.18 fldChar)."""
    waiting: list[list[str] | None] = []  # the instructions of open fields, None for those with a result
    for node in list(root.iter(_CODE, _FIELD, TEXT)):
        kind = node.get(_FIELD_TYPE)
        if node.tag == TEXT and (node.text or "").strip():
            waiting = [None] * len(waiting)
        elif node.tag == _CODE and waiting and waiting[-1] is not None:
            waiting[-1].append(node.text or "")
        elif kind == "begin":
            waiting.append(None if _chosen(node) else [])
        elif kind == "end" and waiting and (instruction := waiting.pop()):
            _fill(node, "".join(instruction))


def _fill(node: etree._Element, instruction: str) -> None:
    """Put what a field shows into a run, or behind what ends the field in one: what no file tells only in a cell, where
    it may be a figure.
    """
    text = fields.shown(instruction)
    if text and (text != DIM or next(node.iterancestors(CELL), None) is not None):
        shown = etree.SubElement(node, TEXT) if node.tag == _R else etree.Element(TEXT)
        shown.text = text
        if node.tag != _R:
            node.addnext(shown)


def _mark(run: etree._Element, marks: str) -> None:
    """Mark the text of a run, but not that of boxes it holds."""
    for piece in run.iterchildren(TEXT, _SYM, _MATH):
        text = _symbol(piece) if piece.tag == _SYM else piece.text or ""
        piece.tag = TEXT if piece.tag == _SYM else piece.tag
        piece.text = marked(text, marks)


def _remove(node: etree._Element | None) -> None:
    if node is not None and (parent := node.getparent()) is not None:
        parent.remove(node)


def _children(node: etree._Element, wanted: Collection[str]) -> Iterator[etree._Element]:
    """Children of these names, also those inside content controls and other wrappers that print nothing."""
    waiting = [iter(node)]
    while waiting:
        for child in waiting[-1]:
            if child.tag in wanted:
                yield child
            elif child.tag in _WRAPPERS:
                waiting.append(iter(child))
                break
        else:
            waiting.pop()


def _lines(root: etree._Element) -> dict[etree._Element, list[str]]:
    """The printed lines of every paragraph, blank ones left out."""
    found = _pieces(root)
    for paragraph, pieces in found.items():
        if len(pieces) > 1 or not all(map(str.isalnum, pieces)):  # most cells print one word or figure
            found[paragraph] = _split("".join(pieces))
    return found


def _pieces(root: etree._Element) -> dict[etree._Element, list[str]]:
    """The text of every paragraph in pieces, as its runs print it.

    One pass over the tree: once text boxes are out of the way, a piece of text belongs to the paragraph opened last.
    """
    found: dict[etree._Element, list[str]] = {}
    pieces: list[str] = []
    fields: list[int] = []  # for each open field where its instruction began, -1 once its result has begun
    for node in root.iter(_P, *_INLINE):
        tag = node.tag
        if tag == TEXT:
            pieces.append(node.text or "")
        elif tag == _P:
            pieces = found[node] = []
            fields.clear()
        elif tag in _CONSTANT:
            pieces.append(_CONSTANT[tag])
        elif tag == _SYM:
            pieces.append(_symbol(node))
        elif tag == _MATH:  # parted: a fraction must not read as one number
            pieces.append(f" {node.text or ''}")
        elif node.get(_FIELD_TYPE) == "begin":
            pieces.append(_chosen(node))
            fields.append(len(pieces))
        elif fields:
            begun = fields.pop()
            if begun >= 0:
                del pieces[begun:]
            if node.get(_FIELD_TYPE) == "separate":
                fields.append(-1)
    return found


def _texts(lines: Mapping[etree._Element, list[str]]) -> dict[etree._Element, list[str]]:
    """The printed lines of every cell that has any, without those of tables within it."""
    found: dict[etree._Element, list[str]] = defaultdict(list)
    for paragraph, printed in lines.items():
        if not printed:
            continue
        parent = paragraph.getparent()
        cell = parent if parent is not None and parent.tag == CELL else next(paragraph.iterancestors(CELL), None)
        if cell is not None:
            found[cell] += printed
    return found


def _without_text(root: etree._Element, cascade: Cascade) -> set[etree._Element]:
    """The paragraphs in cells that print what is no text of the file: a number Word counts for a list, a page or a
    note, a picture, a control. A picture that floats stands somewhere else, if the paragraph has text of its own.
    """
    found: set[etree._Element] = set()
    nodes = list(root.iter(COUNTED, P_STYLE, _PAGE_NUMBER, *_NOTES, *_PICTURES, _WORD_ART))
    styled = cascade.counted({node.get(_VAL) or "" for node in nodes if node.tag == P_STYLE})
    for node in nodes:
        paragraph = next(node.iterancestors(_P), None)
        if paragraph is None or next(paragraph.iterancestors(CELL), None) is None:
            continue
        floats = node.tag in _FLOATING and next(node.iterancestors(_ANCHOR), None) is not None
        if _prints(node, styled) and not (floats and next(paragraph.iter(TEXT), None) is not None):
            found.add(paragraph)
    return found


def _prints(node: etree._Element, styled: set[str]) -> bool:
    """Whether an element prints something that is not in the file; `styled` are styles that count paragraphs."""
    if node.tag == P_STYLE:
        properties = node.getparent()
        holder = properties.getparent() if properties is not None else None
        is_now = holder is not None and holder.tag == _P  # and no style it had before a change
        return is_now and node.get(_VAL) in styled and next(properties.iter(COUNTED), None) is None
    if node.tag in _NOTES:  # a number that is raised, as nearly all are, is no digit of the figure before
        run = node.getparent()
        properties = run.find(_R_PR) if run is not None else None
        return node.get(_OWN_MARK) is None and (properties is None or next(properties.iter(*_RAISING), None) is None)
    return bool(node.get("string")) if node.tag == _WORD_ART else node.get(_VAL) != "0"


def _chosen(field: etree._Element) -> str:
    """What the list of a form field shows (17.16.9 ddList): the entry chosen, else the usual one, else the first."""
    entries = [node.get(_VAL) or "" for node in field.iter(_ENTRY)]
    chosen = [next((node.get(_VAL) for node in field.iter(tag)), None) for tag in (_RESULT, _USUAL)]
    number = next((value for value in chosen if value), "0")
    return entries[int(number)] if number.isdecimal() and int(number) < len(entries) else ""


def _split(text: str) -> list[str]:
    if text.isprintable():
        line = clean(text)
        return [line] if line else []
    return [line for line in map(clean, text.translate(_FLATTEN).split("\v")) if line]


def _symbol(node: etree._Element) -> str:
    """A w:sym. The Symbol font keeps digits and signs at their ASCII places, shifted into the private use area."""
    code = node.get(_CHAR) or ""
    number = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,4}", code) else 0
    if node.get(_FONT) == "Symbol" and 0xF020 <= number < 0xF040:
        number -= 0xF000
    return chr(number) if number and not 0xD800 <= number < 0xE000 else "\ufffd"


# -- paragraphs and grids --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Merge:
    """How a cell lies in the grid: its columns, and its part in merges: "", restart or continue."""

    span: int = 1
    down: str = ""
    across: str = ""


_PLAIN = _Merge()


def _merges(root: etree._Element) -> dict[etree._Element, _Merge]:
    """The cells that say how they lie in the grid, and the rows that begin later (gridBefore), by their elements."""
    found: dict[etree._Element, _Merge] = {}
    for node in root.iter(_GRID_SPAN, _V_MERGE, _H_MERGE, _GRID_BEFORE):
        parent = node.getparent()
        owner = parent.getparent() if parent is not None else None
        if owner is None:
            continue
        merge = found.get(owner) or found.setdefault(owner, _Merge())
        value = node.get(_VAL) or ""
        if node.tag == _V_MERGE:
            merge.down = value or "continue"
        elif node.tag == _H_MERGE:
            merge.across = value or "continue"
        else:
            number = int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else 0
            merge.span = number if node.tag == _GRID_BEFORE else max(number, 1)
    return found


class _Walk:
    """Goes through a reduced tree and adds its blocks to a document, tables within tables after their table."""

    def __init__(self, root: etree._Element, document: Document, chunks: Mapping[etree._Element, Document]) -> None:
        self.document = document
        self.chunks = chunks
        self.lines = _lines(root)
        self.texts = _texts(self.lines)
        self.merges = _merges(root)
        self.tables = 0
        self.holders: set[etree._Element] = set()  # cells with tables in them

    def blocks(self, parent: etree._Element, depth: int = 0) -> None:
        for node in _children(parent, _BLOCKS):
            if node.tag == _P:
                self.document.blocks.extend(self.lines[node])
            elif node.tag == _CHUNK:
                self.chunk(self.chunks[node])
            else:
                self.table(node, depth + 1)

    def chunk(self, embedded: Document) -> None:
        """The blocks of an embedded file, its tables counted with those around it."""
        for grid in embedded.grids:
            self.tables += 1
            grid.number = self.tables
        self.document.blocks += embedded.blocks
        self.document.doubt = self.document.doubt or embedded.doubt
        self.document.held += embedded.held

    def table(self, table: etree._Element, depth: int) -> None:
        """A table as a grid; one that only arranges others on the page as the paragraphs and grids in it."""
        if depth > MAX_NESTING:
            raise _unreadable(
                f"table[{self.tables + 1}]: found more than {MAX_NESTING} tables inside one another; expected a report"
            )
        inner_tables = list(table.iterdescendants(_TBL))
        self.holders.update(cell for inner in inner_tables for cell in inner.iterancestors(CELL))
        nested = [inner for inner in inner_tables if _has_two_cells(inner)]
        if nested and self.is_layout(table):
            for row in _children(table, _ROWS):
                for cell in _children(row, _CELLS):
                    self.blocks(cell, depth)
            return
        self.tables += 1
        rows = self.lay_out(table, f"table[{self.tables}]")
        if rows:
            self.document.blocks.append(Grid(self.tables, rows, spans_known=True))
        for inner in nested:
            if next(inner.iterancestors(_TBL), None) is table:
                self.table(inner, depth + 1)

    def is_layout(self, table: etree._Element) -> bool:
        """Whether no row prints more than two cells: margins and columns of the page, not figures."""
        rows = _children(table, _ROWS)
        return all(sum(bool(self.text(cell)) for cell in _children(row, _CELLS)) <= 2 for row in rows)

    def text(self, cell: etree._Element) -> str:
        """What a cell prints, tables within it included."""
        if cell in self.holders:
            return "\n".join([line for paragraph in cell.iter(_P) for line in self.lines[paragraph]])
        return "\n".join(self.texts.get(cell, ()))

    def lay_out(self, table: etree._Element, path: str) -> list[list[Cell]]:
        """Rows of printed cells with their grid columns (17.4.17 gridSpan, 17.4.84 vMerge, 17.4.22 hMerge)."""
        rows: list[list[Cell]] = []
        above: dict[int, Cell] = {}  # grid column -> the cell merged downwards that begins there
        total = 0
        for number, row in enumerate(_children(table, _ROWS), 1):
            cells: list[Cell] = []
            place = f"{path}/tr[{number}]/tc"
            below: dict[int, Cell] = {}
            column = self.merges[row].span if row in self.merges else 0
            left: Cell | None = None  # the cell merged to the right that is still open
            for ordinal, node in enumerate(_children(row, _CELLS), 1):
                total += 1
                if total > MAX_CELLS:
                    raise _unreadable(
                        f"{path} has more than {MAX_CELLS} cells; expected a statutory table of some hundred"
                    )
                merge = self.merges.get(node, _PLAIN)
                text = self.text(node)
                upper = above.get(column) if merge.down == "continue" else None
                if upper is not None and text and not merge.across and merge.span != upper.colspan:
                    upper = None  # edges that differ merge nothing: the text is printed
                if merge.across == "continue" and left is not None:
                    if left.row == number:
                        left.colspan += merge.span
                    _adopt(left, text)
                elif upper is not None:
                    left = below[column] = upper
                    upper.rowspan += 1
                    _adopt(upper, text)
                else:
                    left = Cell(text, number, ordinal, f"{place}[{ordinal}]", column, merge.span)
                    cells.append(left)
                    if merge.down:
                        below[column] = left
                if not merge.across:
                    left = None
                column += merge.span
            rows.append(cells)
            above = below
        return rows


def _has_two_cells(table: etree._Element) -> bool:
    cells = table.iter(CELL)
    return next(cells, None) is not None and next(cells, None) is not None


def _adopt(head: Cell, text: str) -> None:
    """Word hides what is left in merged-away cells. A label is taken up if its head is blank, a figure never."""
    if text and not head.text and not re.search(r"\d", text):
        head.text = text
