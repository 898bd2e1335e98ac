"""Binary Word documents (.doc, and .wps files with the same inside), after Microsoft's [MS-DOC].

The text is a sequence of UTF-16 code units (character positions) cut into pieces that lie anywhere in the file (2.4.1
Retrieving Text). Tables are no objects: paragraphs say that they end a cell or a row and how deep they are nested
(2.4.3 Overview of Tables), and the mark that ends a row carries the edges of its cells (2.6.3 Table Properties). The
parts of a file have to agree with each other, and are made to: text that is not wholly accounted for is not read.
"""

import re
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from olefile import OleFileIO
from olefile.olefile import DEFECT_INCORRECT

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.labels import clean

MEDIA_TYPE = "application/msword"
MAX_CELLS = 20_000  # as for web pages: a statutory table has a few hundred
MAX_DEPTH = 32  # tables within tables; web pages pasted into Word reach about ten
# Twips (1/1440 inch). Edges nearer than half a millimetre are one line drawn twice: producers round widths differently
# in every row, and some leave columns of a single twip behind. No column of digits is that narrow.
SAME_EDGE = 30

_OTHERS = {  # a stream that tells what an OLE container without a WordDocument is
    "Workbook": ("an Excel workbook (.xls or .et)", "application/vnd.ms-excel"),
    "Book": ("an Excel 5 workbook", "application/vnd.ms-excel"),
    "PowerPoint Document": ("a PowerPoint presentation (.ppt or .dps)", "application/vnd.ms-powerpoint"),
    "EncryptedPackage": ("a document encrypted with a password (.docx or .xlsx)", "application/x-ole-storage"),
    "MatOST": ("a Microsoft Works document (.wps)", "application/vnd.ms-works"),
    "HwpSummaryInformation": ("a Hangul document (.hwp)", "application/x-hwp"),
}
_OPERAND_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # by Sprm.spra (2.2.5.1); 6 is variable
_SHORT_PRMS = {0x18: 0x2416, 0x19: 0x2417, 0x41: 0x0800, 0x5C: 0x083C}  # Prm0.isprm (2.9.215) of what we look at
_HIDING = (0x0800, 0x083C)  # sprmCFRMarkDel, sprmCFVanish
_MARKS = re.compile("[\x07\x0c\r]")
_FIELD_MARKS = re.compile("[\x13-\x15]")
_CONTROLS = re.compile("[\x00-\x06\x08\x0b\x0e-\x1f]")
_NOTHING = "\x00"  # stands where a character is not printed, so that positions do not shift
_PRINTED = {"\x0b": "\n", "\x0e": "\n", "\x1e": "-"}  # line break, column break, non-breaking hyphen


def read(data: bytes) -> Document:
    """Parse a Word 97–2003 file.

    Raises UnreadableFileError for other OLE containers, encrypted and older Word files, and wherever the text, its
    piece table and the paragraph properties do not fit together.
    """
    try:
        return _Builder(_WordFile(_open(data))).build()
    except (struct.error, IndexError) as error:
        raise _damaged("a structure that runs over its end", "all of it") from error


def _damaged(found: str, expected: str) -> UnreadableFileError:
    return UnreadableFileError(f"the Word file is damaged: found {found}; expected {expected}", MEDIA_TYPE)


# -- the container -----------------------------------------------------------------------------------------------------


class _Container(OleFileIO):  # type: ignore[misc]
    """An OLE container whose check for streams sharing a first sector is not quadratic in their number."""

    def _check_duplicate_stream(self, first_sect: int, minifat: bool = False) -> None:
        if not isinstance(self._used_streams_fat, set):
            self._used_streams_fat, self._used_streams_minifat = set(), set()
        used = self._used_streams_minifat if minifat else self._used_streams_fat
        if first_sect in used and first_sect < 0xFFFFFFFA:
            self._raise_defect(DEFECT_INCORRECT, "stream referenced twice")
        used.add(first_sect)


def _open(data: bytes) -> _Container:
    header = struct.unpack_from("<8s22xHH6xI4xI16xI4xI", data.ljust(512, b"\x00"))
    ...
