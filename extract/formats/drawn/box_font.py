"""A stand-in for every font that a PDF names but does not carry.

PDFium measures such text with whatever fonts the machine has, and drops characters it finds no glyph for: the same
file would read differently, even lose a printed 无, on a server without Chinese fonts. This font has one glyph, a box,
for all characters (OpenType specification, cmap subtable format 13), so that the file alone decides what is read.
"""

import ctypes
import struct
from typing import Any

from pypdfium2 import PdfSysfontBase

_EM = 1000
_BOX = (50, 0, 450, 700)  # narrow enough for the digits of a Chinese font


def _font() -> bytes:
    """The smallest TrueType file PDFium's FreeType accepts."""
    x0, y0, x1, y1 = _BOX
    outline = struct.pack(">5h 2H 4B 8h 2x", 1, *_BOX, 3, 0, 1, 1, 1, 1, x0, 0, x1 - x0, 0, y0, y1 - y0, 0, y0 - y1)
    tables = {
        b"cmap": struct.pack(">2H 2HI 2H3I 3I", 0, 1, 3, 10, 12, 13, 0, 28, 0, 1, 0x21, 0x2FFFF, 1),
        b"glyf": outline * 2,
        b"head": struct.pack(">4I 2H 16x 4h 2H 3h", 0x10000, 0, 0, 0x5F0F3CF5, 0, _EM, *_BOX, 0, 8, 2, 1, 0),
        b"hhea": struct.pack(">I 3h H 11h H", 0x10000, 880, -120, 0, _EM, x0, _EM - x1, x1, 1, *(0,) * 7, 1),
        b"hmtx": struct.pack(">H 2h", _EM, x0, x0),
        b"loca": struct.pack(">3I", 0, len(outline), 2 * len(outline)),
        b"maxp": struct.pack(">I 14H", 0x10000, 2, 4, 1, 0, 0, 2, *(0,) * 8),
    }
    directory, body = struct.pack(">I4H", 0x10000, len(tables), 64, 2, 48), b""
    for tag, table in tables.items():
        directory += struct.pack(">4s3I", tag, 0, 12 + 16 * len(tables) + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return directory + body


class BoxFont(PdfSysfontBase):  # type: ignore[misc]
    """PDFium's window on the fonts of the system, with this one font behind it; `setup()` opens it."""

    data = _font()

    def MapFont(self, *_: Any) -> int:  # noqa: N802 - the names are PDFium's (fpdf_sysfontinfo.h)
        """A handle for any font asked for."""
        return 1

    def GetFont(self, *_: Any) -> int:  # noqa: N802
        """A handle for any font asked for by its name."""
        return 1

    def GetFontData(self, _: Any, __: Any, table: int, buffer: Any, size: int) -> int:  # noqa: N802
        """Copy the file, if there is room for it; tables are not served one by one."""
        if table:
            return 0
        if buffer and size >= len(self.data):
            ctypes.memmove(buffer, self.data, len(self.data))
        return len(self.data)

    def GetFaceName(self, *_: Any) -> int:  # noqa: N802
        """No name."""
        return 0

    def GetFontCharset(self, *_: Any) -> int:  # noqa: N802
        """Any character set (DEFAULT_CHARSET)."""
        return 1

    def DeleteFont(self, *_: Any) -> None:  # noqa: N802
        """Nothing was allocated."""
