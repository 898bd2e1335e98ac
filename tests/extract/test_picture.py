"""Pages of a PDF as pictures: what is drawn is where it stands, and what is no PDF is refused."""

import base64
import struct
import zlib

import numpy
import pytest

from extract.document import UnreadableFileError
from extract.formats.drawn.picture import draw
from tests import pdf


def test_a_page_is_drawn_where_its_ink_is() -> None:
    """The second of two pages, with a thick line at its foot: a PNG of the page's shape, dark where the line is."""
    data = pdf.document("", "10 w 100 50 m 500 50 l S")
    assert set(draw(data, [2, 7])) == {2}
    width, height, encoded = draw(data, [2])[2]
    assert (width, height) == (595, 842)
    png = base64.b64decode(encoded)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    columns, lines, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (4, 0)
    assert abs(columns / lines - width / height) < 0.01
    length = struct.unpack(">I", png[33:37])[0]
    rows = numpy.frombuffer(zlib.decompress(png[41 : 41 + length]), numpy.uint8).reshape(lines, -1)[:, 1:]
    dark = numpy.flatnonzero((rows[:, rows.shape[1] // 2] >> 4) < 8)
    assert dark.size
    assert abs(dark.mean() / lines - (1 - 50 / 842)) < 0.01


def test_what_is_no_whole_pdf_is_refused() -> None:
    """As reading refuses it."""
    data = pdf.document("10 w 100 50 m 500 50 l S")
    with pytest.raises(UnreadableFileError):
        draw(data[: len(data) // 2], [1])
