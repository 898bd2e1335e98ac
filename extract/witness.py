"""A second reading of a file, by other means than the first, to tell the source's errors from ours.

Where a report breaks an identity, the question is whether the page says so or we misread it. The second reading knows
no tables and no labels: it takes the bare text of the file, by another parser where there is one, and asks whether the
figures of a line stand there in a row, in the order in which the first reading placed them. It goes into a file through
the reader's own guards, and what the page does not show is none of its text either.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from lxml import html
from selectolax.lexbor import LexborHTMLParser

from extract.encodings import decode
from extract.formats import odf
from extract.formats.drawn import pdf
from extract.formats.drawn.ofd import file as ofd
from extract.formats.html.cascade import rules_in, settle
from extract.formats.html.tables import BREAK, SKIPPED
from extract.formats.sheet import bare, styles
from extract.formats.word import doc, docx, rtf
from extract.labels import squeeze
from extract.reading import Attestation, ReadCell, Reading
from extract.sniff import unwrapped

_BETWEEN_CELLS = re.compile(r"[\t\n\r|\x07\x0b\x0c]+")


def attest(data: bytes, reading: Reading) -> Attestation:
    """Read the file a second way and confirm, line by line, what the first reading says.

    A line counts as confirmed if the figures it prints stand next to one another and in order; what fails to be read
    the second way confirms nothing.
    """
    way = _WAYS.get(reading.media_type)
    if way is None:
        return Attestation(how="no second way to read this kind of file")
    how, texts = way
    try:
        seen = "\x1f".join(["", *filter(None, map(squeeze, texts(unwrapped(data)))), ""])
    except Exception as error:  # a parser that fails on what the first one read is no witness
        return Attestation(how=f"the second reading failed: {type(error).__name__}")
    confirmed = {
        (cell.indicator_code, cell.applicant_code)
        for line in _lines(reading.cells)
        if (printed := "\x1f".join(filter(None, (squeeze(cell.printed) for cell in line))))
        if f"\x1f{printed}\x1f" in seen
        for cell in line
    }
    return Attestation(frozenset(confirmed), f"read a second way ({how}): the same figures in the same order")


def _lines(cells: list[ReadCell]) -> Iterator[list[ReadCell]]:
    placed = [cell for cell in cells if cell.place]
    for _, line in groupby(placed, key=lambda cell: (cell.table, cell.grid, cell.row)):
        yield list(line)


def _html(data: bytes) -> Iterator[str]:
    """By the tree of another parser; what is not shown in it is the cascade's to say."""
    tree = LexborHTMLParser(decode(data)[0])
    settle(tree, rules_in(tree.css("style, link")))
    page = html.document_fromstring((tree.html or "").replace(BREAK, "\n"))
    for node in page.xpath(f"//*[@hidden or self::{' or self::'.join(SKIPPED)}]"):
        node.drop_tree()
    for cell in page.iter("td", "th"):
        if cell.find(".//table") is None:
            yield cell.text_content()


def _docx(data: bytes) -> Iterator[str]:
    """By all text between the beginning and the end of a cell, however cells are merged."""
    for cell in docx.shown(data).iter(docx.CELL):
        yield "".join(text.text or "" for text in cell.iter(docx.TEXT))


def _doc(data: bytes) -> Iterator[str]:
    """By the marks in the text, whatever the properties of its paragraphs say."""
    yield from _BETWEEN_CELLS.split(doc.shown(data))


def _rtf(data: bytes) -> Iterator[str]:
    """By the ends of cells in the text, whatever rows define."""
    cell = ""
    for text, end in rtf.shown(data):
        cell += text
        if end.ends_cell or not end.depth:
            yield cell
            cell = ""


def _pdf(data: bytes) -> Iterator[str]:
    yield from pdf.words(data)


def _txt(data: bytes) -> Iterator[str]:
    yield from _BETWEEN_CELLS.split(decode(data)[0])


_WAYS: dict[str, tuple[str, Callable[[bytes], Iterable[str]]]] = {
    "text/html": ("cells of the page by another parser", _html),
    docx.MEDIA_TYPE: ("all text of each cell", _docx),
    doc.MEDIA_TYPE: ("the text between the ends of cells", _doc),
    rtf.MEDIA_TYPE: ("the text between the ends of cells", _rtf),
    pdf.MEDIA_TYPE: ("running text of the pages", _pdf),
    ofd.MEDIA_TYPE: ("the text objects of the pages in the order they are painted", ofd.words),
    styles.MEDIA_TYPE: ("cells of the sheets by their XML alone", bare.cells),
    odf.TEXT: ("bare text of each cell", odf.cells),
    odf.SHEET: ("bare text of each cell", odf.cells),
    "text/plain": ("the bare lines of the file", _txt),
}
