"""Pages of a PDF as pictures, for people to look at beside what was read of them."""

import base64
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy

from extract.formats.drawn import child, pdfium

MAX_PAGES = 60
# Dots a point: small print stays legible, a page stays below some 60 kB.
_SCALE = 1.4
_GREYS = 16


def draw(data: bytes, pages: Sequence[int]) -> dict[int, tuple[float, float, str]]:
    """Pages, counted from 1, as (width and height in points, PNG in base64); drawn in another process.

    Raises UnreadableFileError for what is no PDF that can be opened.
    """
    asked = ",".join(map(str, pages)).encode() + b"\n" + data
    return {int(number): tuple(page) for number, page in child.call(drawn, asked, looking=True)["pages"].items()}


def drawn(asked: bytes) -> child.Answer:
    """The pages asked for, in the process that opens drawn pages: their numbers, a line's end, then the file."""
    numbers, _, data = asked.partition(b"\n")
    found: dict[str, Any] = {}
    with pdfium.opened(data, MAX_PAGES, own_fonts=False) as document:
        for number in map(int, numbers.split(b",")):
            if 0 < number <= len(document):
                page = document[number - 1]
                picture = page.render(scale=_SCALE, grayscale=True).to_numpy()
                png = base64.b64encode(_png(picture.reshape(picture.shape[:2]))).decode()
                found[str(number)] = (page.get_width(), page.get_height(), png)
    return {"pages": found}


def _png(grey: Any) -> bytes:
    """Grey levels of a picture, 0 to 255 (height, width), as a PNG of sixteen."""
    height, width = grey.shape
    levels = (grey // (256 // _GREYS)).astype(numpy.uint8)
    if width % 2:
        levels = numpy.pad(levels, ((0, 0), (0, 1)))
    rows = (levels[:, ::2] << 4) | levels[:, 1::2]
    lines = numpy.pad(rows, ((0, 0), (1, 0))).tobytes()  # each line begins with its filter: none
    head = struct.pack(">IIBBBBB", width, height, 4, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
