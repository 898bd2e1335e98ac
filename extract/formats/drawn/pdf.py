"""PDF files: tables from the rulings a page draws, text from the boxes of its characters.

Nothing in a PDF says "table" (ISO 32000-1 knows paths, 8.5, and shown text, 9.4), so a grid is rebuilt: pieces of lines
become rulings (`paths`), characters come as words (`page`), `lattice` makes cells of both, and `breaks` joins what
pages part. PDFium opens the file, in a process of its own (`child`).
"""

from extract.document import Document, UnreadableFileError
from extract.formats.drawn import child, image, pdfium
from extract.formats.drawn.breaks import drop_furniture, mend_breaks
from extract.formats.drawn.flow import flow, title, to_blocks
from extract.formats.drawn.page import read_page
from extract.formats.text.rows import read_lines
from extract.vocabulary import vocabulary

MAX_BYTES = 50_000_000
MAX_PAGES = 500
LEAST_TEXT = 16  # characters a page: a scan may bear a page number or the mark of its scanner

_LEAST_ROWS = 10  # of a table without rulings: prose may have a line of figures

MEDIA_TYPE = "application/pdf"


def read(data: bytes) -> Document:
    """Parse a PDF. Where it draws no table, white space in its lines parts cells.

    One without a text layer is read by what can be recognised in its pictures (`extract.formats.drawn.image`).

    Raises UnreadableFileError for what is encrypted, damaged, scanned while the extra `ocr` is not installed, or larger
    than the limits of this module.
    """
    answer = _ask(parse, data)
    if "scanned" in answer:
        return image.read(data, MEDIA_TYPE)
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
    """Title, paragraphs and tables; and the bare lines with their places, if there is no table."""
    with pdfium.opened(data, MAX_PAGES) as document:
        found = [read_page(pdfium.address(document), index) for index in range(len(document))]
    if sum(printed for _, _, printed in found) < LEAST_TEXT * len(found):
        return {"scanned": True}
    pages = [page for page, _, _ in found]
    drop_furniture(pages)
    mend_breaks(pages)
    lines = []
    if not any(page.tables for page in pages):
        lines = [
            (line.text, view.place(number, (line.x0, line.y0, line.x1, line.y1)))
            for number, (page, view, _) in enumerate(found, 1)
            for line in page.lines
        ]
    blocks = flow(pages, lambda page, box: found[page][1].place(page + 1, box))
    return {"title": title(pages[0]), "blocks": list(blocks), "lines": lines}


def running_text(data: bytes) -> child.Answer:
    """The words of the running text."""
    with pdfium.opened(data, MAX_PAGES) as document:
        return {"words": [word for page in document for word in page.get_textpage().get_text_range().split()]}
