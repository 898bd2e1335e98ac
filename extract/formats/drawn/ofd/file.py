"""OFD, the national layout format (GB/T 33190-2016): a zip file of XML that draws pages.

Nothing in it says "table": text objects place characters, path objects draw lines, and `extract.formats.drawn.lattice`
makes cells of them. Lengths are millimetres from the top left corner of a page, y pointing down; here they become
points. What is painted later covers what was painted before (8.1).
"""

import posixpath
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from lxml import etree

from extract.document import Document, UnreadableFileError
from extract.formats.drawn import child, image
from extract.formats.drawn.breaks import drop_furniture, mend_breaks
from extract.formats.drawn.flow import flow, title, to_blocks
from extract.formats.drawn.ofd.markup import Gathered, gathered
from extract.formats.drawn.ofd.page import PaintedPage
from extract.formats.drawn.ofd.painter import Painter, Resources
from extract.formats.drawn.ofd.values import box_of, child_of, local, text_of
from extract.formats.drawn.view import Box
from extract.formats.package import Package, part_name
from extract.formats.text.rows import read_lines
from extract.vocabulary import vocabulary

MEDIA_TYPE = "application/ofd"
KIND = "an OFD file"
MAX_PAGES = 500
LEAST_TEXT = 16  # characters a page: a scan may bear a page number or the mark of its scanner

_LEAST_ROWS = 10  # of a table without rulings: prose may have a line of figures


def read(data: bytes) -> Document:
    """Parse an OFD file. Where it draws no table, white space in its lines parts cells; one of pictures is a scan.

    Raises UnreadableFileError where it is damaged, encrypted, scanned while the extra `ocr` is not installed, or larger
    than its limits.
    """
    try:
        answer = child.call(parse, data)
    except UnreadableFileError as error:
        raise UnreadableFileError(str(error), MEDIA_TYPE) from None
    if "scanned" in answer:
        return image.read(data, MEDIA_TYPE, parse_scan)
    document = Document(MEDIA_TYPE, title=answer["title"])
    if answer["lines"]:
        texts, places = zip(*answer["lines"], strict=True)
        document.blocks = read_lines([*texts], [*places], vocabulary())
        if sum(len(grid.rows) for grid in document.grids) >= _LEAST_ROWS:
            document.doubt = "unruled_table"
            return document
    document.blocks = to_blocks(answer["blocks"])
    return document


def words(data: bytes) -> list[str]:
    """What each text object of the pages shows, in the order in which they are painted.

    Raises UnreadableFileError as `read` does.
    """
    try:
        found: list[str] = child.call(painted, data)["words"]
    except UnreadableFileError as error:
        raise UnreadableFileError(str(error), MEDIA_TYPE) from None
    return found


# -- in the process that opens drawn pages -----------------------------------------------------------------------------


def parse(data: bytes) -> child.Answer:
    """Title, paragraphs and tables; and the bare lines with their places, if there is no table."""
    pages = list(_Package(data).pages())
    if not pages:
        raise UnreadableFileError("an OFD file without a page; expected a report")
    if any(page.pictures for page in pages) and sum(page.printed for page in pages) < LEAST_TEXT * len(pages):
        image.require("a scan without text")
        return {"scanned": True}
    laid_out = [page.lay_out(number) for number, page in enumerate(pages)]
    drop_furniture(laid_out)
    mend_breaks(laid_out)
    lines = []
    if not any(page.tables for page in laid_out):
        lines = [
            (line.text, page.place(number, (line.x0, line.y0, line.x1, line.y1)))
            for number, (page, drawn) in enumerate(zip(pages, laid_out, strict=True), 1)
            for line in drawn.lines
        ]
    blocks = flow(laid_out, lambda page, box: pages[page].place(page + 1, box))
    return {"title": title(laid_out[0]), "blocks": list(blocks), "lines": lines}


def parse_scan(data: bytes) -> child.Answer:
    """What can be recognised in the largest picture of each page that has one."""
    pages = (page for page in _Package(data).pages() if page.pictures)
    return image.read_pictures((max(page.pictures)[1] for page in pages), paper=True)


def painted(data: bytes) -> child.Answer:
    """The words of the text objects."""
    found = []
    for page in _Package(data).pages():
        for _, chars in groupby(page.chars, key=lambda char: char.order):
            found += "".join(f"{' ' if char.space else ''}{char.glyph}" for char in chars).split()
    return {"words": found}


# -- the package -------------------------------------------------------------------------------------------------------


class _Package(Package):
    def __init__(self, data: bytes) -> None:
        super().__init__(data, MEDIA_TYPE, KIND)
        if "Encryptions.xml" in self or any(name.endswith("encryptions.xml") for name in self.parts):
            raise self.refusal("zip container", "encrypted parts", "a file without password")

    def near(self, at: str, path: str) -> str:
        """The name of a part another one names: relative to it, or from the root."""
        path = path.strip().replace("\\", "/")
        if path.startswith("/"):
            return part_name(path)
        folder = posixpath.dirname(at)
        while (name := part_name(f"{folder}/{path}")) not in self.parts and folder:
            folder = posixpath.dirname(folder)  # some writers count from the document or the root
        return name

    def pages(self) -> Iterator["PaintedPage"]:
        """The pages of all documents, painted."""
        count = 0
        for body in self.tree("OFD.xml").iterchildren("{*}DocBody"):
            name = self.near("OFD.xml", text_of(body, "DocRoot"))
            root = self.tree(name)
            common = child_of(root, "CommonData")
            resources = Resources()
            for part in common if common is not None else ():
                if local(part) in ("PublicRes", "DocumentRes"):
                    self.take_resources(self.near(name, part.text or ""), resources)
            templates = {
                part.get("ID"): self.near(name, part.get("BaseLoc") or "")
                for part in (common if common is not None else ())
                if local(part) == "TemplatePage"
            }
            size = box_of(child_of(common, "PageArea"))
            notes = self.annotations(name, text_of(root, "Annotations"))
            pages = child_of(root, "Pages")
            for page in pages if pages is not None else ():
                if local(page) != "Page":
                    continue
                count += 1
                if count > MAX_PAGES:
                    raise self.refusal(name, f"more than {MAX_PAGES} pages", f"at most {MAX_PAGES}")
                at = self.near(name, page.get("BaseLoc") or "")
                yield self.page(at, templates, resources, size, notes.get(page.get("ID") or "", []))

    def take_resources(self, name: str, resources: Resources) -> None:
        if name not in self.parts:
            return
        root = self.tree(name)
        base = root.get("BaseLoc") or ""
        for part in root.iter():
            kind, number = local(part), part.get("ID") or ""
            if kind == "DrawParam" and number:
                resources.params[number] = part
            elif kind == "ColorSpace" and number:
                resources.spaces[number] = part.get("Type") or "RGB"
            elif kind == "Font":
                resources.take_font(number, part)
            elif kind == "CompositeGraphicUnit":
                resources.units[number] = part
            elif kind == "MultiMedia":
                resources.media[number] = self.medium(name, base, text_of(part, "MediaFile"))

    def medium(self, name: str, base: str, path: str) -> str:
        """The part of a picture: its path begins at the folder of its resources, or at what they call their base."""
        inside = self.near(name, f"{base}/{path}" if base and not path.startswith("/") else path)
        return inside if inside in self.parts else self.near(name, path)

    def annotations(self, at: str, path: str) -> dict[str, list[str]]:
        """The parts with the annotations of each page, by the page's number."""
        found: dict[str, list[str]] = defaultdict(list)
        if path and (name := self.near(at, path)) in self.parts:
            for page in self.tree(name).iterchildren("{*}Page"):
                part = self.near(name, text_of(page, "FileLoc"))
                if part in self.parts:
                    found[page.get("PageID") or ""].append(part)
        return found

    def page(
        self, name: str, templates: dict[str | None, str], resources: Resources, size: Box | None, notes: list[str]
    ) -> "PaintedPage":
        root, objects = self.painted(name)
        own = replace(
            resources, params=dict(resources.params), spaces=dict(resources.spaces), units=dict(resources.units),
            media=dict(resources.media), signs=set(resources.signs),
        )  # fmt: skip
        for part in root.iterchildren("{*}PageRes"):
            self.take_resources(self.near(name, part.text or ""), own)
        page = PaintedPage(box_of(child_of(root, "Area")) or size or (0.0, 0.0, 210.0, 297.0))
        painter = Painter(self, own, page)
        used = [
            (templates[part.get("TemplateID")], part.get("ZOrder") or "Background")
            for part in root.iterchildren("{*}Template")
            if templates.get(part.get("TemplateID")) in self.parts
        ]
        for template in (template for template, order in used if order != "Foreground"):
            painter.paint_content(*self.painted(template))
        painter.paint_content(root, objects)
        for template in (template for template, order in used if order == "Foreground"):
            painter.paint_content(*self.painted(template))
        for note in notes:
            painter.paint_annotations(self.tree(note))
        page.settle()
        return page

    def painted(self, name: str) -> tuple[etree._Element, list[Gathered]]:
        """A page or template as a tree, the objects its markup is without."""
        content = self.content(name)
        rest, objects = gathered(content)
        try:
            return self.parsed(name, rest), objects
        except UnreadableFileError:
            return self.parsed(name, content), []  # or this says where the damage is
