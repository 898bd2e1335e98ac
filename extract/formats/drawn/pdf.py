"""PDF files: tables from the rulings a page draws, text from the boxes of its characters.

Nothing in a PDF says "table" (ISO 32000-1 knows paths, 8.5, and shown text, 9.4), so a grid is rebuilt: pieces of lines
become rulings (`paths`), characters come as words (`page`), `lattice` makes cells of both, and `breaks` joins what
pages part. PDFium opens the file, in a process of its own (`child`).
"""

from collections.abc import Iterator
from functools import cache

from extract.document import Document, UnreadableFileError
from extract.formats.drawn import child, image, pdfium
from extract.formats.drawn.breaks import drop_furniture, mend_breaks
from extract.formats.drawn.flow import flow, title, to_blocks
from extract.formats.drawn.page import LEAST_TEXT, Found, Kind, read_page
from extract.formats.text.rows import read_lines
from extract.vocabulary import vocabulary

MAX_BYTES = 50_000_000
MAX_PAGES = 500

_LEAST_ROWS = 10  # of a table without rulings: prose may have a line of figures

# How a file says that it has optional content, unless it says so where one cannot look (ISO 32000-1, 7.5.7 and 8.11).
_LAYERS = (b"/OCProperties", b"/ObjStm")

MEDIA_TYPE = "application/pdf"


def read(data: bytes) -> Document:
    """Parse a PDF. Where it draws no table, white space in its lines parts cells.

    Pages without text, or with none that can be told, are read by what can be recognised in them
    (`extract.formats.drawn.image`); a text that somebody else recognised counts only where that is not installed.

    Raises UnreadableFileError for what is encrypted, damaged, scanned while the extra `ocr` is not installed (then the
    reason begins with needs_ocr), or larger than the limits of this module.
    """
    answer = _ask(parse, data)
    document = Document(MEDIA_TYPE, title=answer["title"], doubt=answer["doubt"])
    if answer["lines"]:
        texts, places = zip(*answer["lines"], strict=True)
        document.blocks = read_lines([*texts], [*places], vocabulary())
        if sum(len(grid.rows) for grid in document.grids) >= _LEAST_ROWS:
            document.doubt = "unruled_table"
            return document
    document.blocks = to_blocks(answer["blocks"])
    return document


def words(data: bytes) -> list[str]:
    """What PDFium itself takes for the words of the pages, in the order of the file.

    Raises UnreadableFileError as `read` does.
    """
    found: list[str] = _ask(running_text, data)["words"]
    return found


def _ask(function: child.Function, data: bytes) -> child.Answer:
    try:
        if len(data) > MAX_BYTES:
            raise UnreadableFileError(f"{len(data)} bytes; expected at most {MAX_BYTES}")
        return child.call(function, data)
    except UnreadableFileError as error:
        raise UnreadableFileError(str(error), MEDIA_TYPE) from None


# -- in the process that opens drawn pages -----------------------------------------------------------------------------


def parse(data: bytes) -> child.Answer:
    """Title, paragraphs and tables; the bare lines with their places, if there is no table; doubt about all of it."""
    layered = cache(lambda: any(sign in data for sign in _LAYERS))
    with pdfium.opened(data, MAX_PAGES) as document:
        found = [read_page(pdfium.address(document), index, layered) for index in range(len(document))]
        scans = _scans(found)
        if any(found[n].kind is not Kind.LAYER for n in scans):
            image.require(f"page {scans[0] + 1} has no text, or none whose fonts tell the characters")
        if scans and image.is_there():
            for n, (page, place) in zip(scans, image.read_scans(document, scans), strict=True):
                found[n] = found[n]._replace(page=page, place=place)
    pages = [page.page for page in found]
    tables = {n for n, page in enumerate(pages) if page.tables}
    drop_furniture(pages)
    mend_breaks(pages)
    lines = [] if tables else list(_bare_lines(found))
    blocks = flow(pages, lambda page, box: found[page].place(page + 1, box))
    doubt = "read_by_ocr" if scans and (not tables or tables.intersection(scans)) else ""
    return {"title": title(pages[0]), "blocks": list(blocks), "lines": lines, "doubt": doubt}


def _bare_lines(found: list[Found]) -> Iterator[tuple[str, str]]:
    """The lines of the pages, each with its place."""
    for number, page in enumerate(found, 1):
        for line in page.page.lines:
            yield line.text, page.place(number, (line.x0, line.y0, line.x1, line.y1))


def _scans(found: list[Found]) -> list[int]:
    """The pages that have to be recognised: those that are pictures, and all where hardly any text is."""
    bare = sum(page.printed for page in found) < LEAST_TEXT * len(found)
    return [n for n, page in enumerate(found) if page.kind is not Kind.TEXT or (bare and page.printed < LEAST_TEXT)]


def running_text(data: bytes) -> child.Answer:
    """The words of the running text."""
    with pdfium.opened(data, MAX_PAGES) as document:
        return {"words": [word for page in document for word in page.get_textpage().get_text_range().split()]}
