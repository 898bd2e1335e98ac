"""A second reading of a file, by other means than the first, to tell the source's errors from ours.

Where a report breaks an identity, the question is whether the page says so or we misread it. The second reading knows
no tables and no labels: it takes the bare text of the file, by another parser where there is one, and asks whether the
figures of a line stand there in a row, in the order in which the first reading placed them.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

import olefile
from lxml import html

from extract.formats.drawn import pdf
from extract.formats.word import docx
from extract.labels import squeeze
from extract.read import ReadCell, Reading
from extract.sniff import decode

Key = tuple[str, str]

_WORD_CELL = re.compile(rb"<w:tc[ >].*?</w:tc>", re.DOTALL)
_WORD_TEXT = re.compile(rb"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_ENTITIES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&amp;", b"&"))
_BETWEEN_CELLS = re.compile(r"[\t\n\r|\x07\x0b\x0c]+")


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a second reading confirms: the cells whose line it found, and how it read, in words."""

    cells: frozenset[Key] = frozenset()
    how: str = ""


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
        seen = "\x1f".join(["", *filter(None, map(squeeze, texts(data, reading))), ""])
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


def _html(data: bytes, reading: Reading) -> Iterator[str]:
    page = html.document_fromstring(decode(data)[0])
    for cell in page.iter("td", "th"):
        if cell.find(".//table") is None:
            yield cell.text_content()


def _docx(data: bytes, _: Reading) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("word/document.xml")
    for cell in _WORD_CELL.findall(body):
        text = b"".join(_WORD_TEXT.findall(cell))
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
        yield text.decode("utf-8", "replace")


def _doc(data: bytes, _: Reading) -> Iterator[str]:
    with olefile.OleFileIO(io.BytesIO(data)) as compound:
        stream = compound.openstream("WordDocument").read()
    # Pieces of text are stored in one of two codings; the wrong one yields no figures in a row.
    yield from _BETWEEN_CELLS.split(stream.decode("utf-16-le", "replace"))
    yield from _BETWEEN_CELLS.split(stream[1:].decode("utf-16-le", "replace"))
    yield from _BETWEEN_CELLS.split(stream.decode("cp1252", "replace"))


def _pdf(data: bytes, _: Reading) -> Iterator[str]:
    yield from pdf.words(data)


def _txt(data: bytes, reading: Reading) -> Iterator[str]:
    yield from _BETWEEN_CELLS.split(decode(data)[0])


_WAYS: dict[str, tuple[str, Callable[[bytes, Reading], Iterator[str]]]] = {
    "text/html": ("cells of the page by another parser", _html),
    docx.MEDIA_TYPE: ("cells of the raw document part", _docx),
    "application/msword": ("the raw text stream", _doc),
    pdf.MEDIA_TYPE: ("running text of the pages", _pdf),
    "text/plain": ("the bare lines of the file", _txt),
}
