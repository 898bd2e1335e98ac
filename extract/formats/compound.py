"""OLE containers ([MS-CFB]), which hold the binary formats of Office: opened with care, and read by what is in them."""

import struct
from array import array
from importlib import import_module
from io import BytesIO
from typing import Any

from olefile.olefile import DEFECT_INCORRECT, ENDOFCHAIN, MAGIC, STGTY_STREAM, OleFileIO

from extract.document import Document, UnreadableFileError

MEDIA_TYPE = "application/x-ole-storage"
# The stream that holds the text, and what reads it; a Word file is what is none of the others.
_READERS = {"Workbook": "extract.formats.sheet.biff", "Book": "extract.formats.sheet.biff"}
_WORD = "extract.formats.word.doc"
_LOCKED = "a document locked with a password (.docx or .xlsx)"
_OTHERS = {  # what a container without one of ours is, by a stream it has
    "PowerPoint Document": ("a PowerPoint presentation (.ppt or .dps)", "application/vnd.ms-powerpoint"),
    "EncryptedPackage": (_LOCKED, "application/x-ole-storage"),
    "MatOST": ("a Microsoft Works document (.wps)", "application/vnd.ms-works"),
    "HwpSummaryInformation": ("a Hangul document (.hwp)", "application/x-hwp"),
}


def read(data: bytes) -> Document:
    """Parse a binary file of Office, by the reader of what it holds.

    Raises UnreadableFileError as that reader does.
    """
    container = Compound.of(data)
    held = {"WordDocument": ""} | _READERS
    module = next((held[name] for name in held if container.exists(name)), "")
    document: Document = import_module(module).read(data) if module else import_module(_WORD).read_compound(container)
    return document


class Compound(OleFileIO):  # type: ignore[type-arg]  # generic in its stubs only
    """An OLE container, refused where it breaks [MS-CFB], in time and memory linear in its size."""

    direntries: list[Any]
    fat: "array[int]"  # the sector behind each
    sector_size: int
    minisectorcutoff: int  # bytes; shorter streams lie elsewhere

    def __init__(self, data: bytes) -> None:
        self.first_sectors: set[tuple[int, bool]] = set()
        self.data = data
        super().__init__(BytesIO(data), raise_defects=DEFECT_INCORRECT)

    @classmethod
    def of(cls, data: bytes) -> "Compound":
        """Open a container; raises UnreadableFileError."""
        try:
            if not data.startswith(MAGIC):
                raise ValueError("without its signature")
            shifts = struct.unpack_from("<HH", data, 30)
            counts = struct.unpack_from("<I16xI4xI", data, 44)  # sectors of FAT, mini FAT and DIFAT
            if shifts not in ((9, 6), (12, 6)) or max(counts) > len(data) >> shifts[0]:
                raise ValueError("more sectors than bytes")  # the library would look for them all
            return cls(data)
        except Exception as error:  # the library meets damage with whatever its own code runs into
            raise UnreadableFileError(
                f"the OLE container is damaged ({error}); expected a whole file", MEDIA_TYPE
            ) from error

    def _check_duplicate_stream(self, first_sect: int, minifat: bool = False) -> None:
        """Replaces a search in lists, quadratic in the number of streams."""
        if first_sect < 0xFFFFFFFA and (first_sect, minifat) in self.first_sectors:
            self._raise_defect(DEFECT_INCORRECT, "stream referenced twice")
        self.first_sectors.add((first_sect, minifat))

    def stream(self, name: str) -> bytes:
        """All bytes of a stream; raises UnreadableFileError where it is missing or cut short."""
        try:
            content = self._in_a_row(name)
            if content is None:
                content = self.openstream(name).read()
            declared = self.get_size(name)
        except Exception as error:  # as above
            raise _damaged(f"no readable stream {name} ({error})", "one") from error
        if len(content) != declared:
            raise _damaged(f"{len(content)} bytes in the stream {name}", str(declared))
        return content

    def _in_a_row(self, name: str) -> bytes | None:
        """A stream whose sectors follow one another, as most do; None for another, which is read sector by sector."""
        entry = self.direntries[self._find(name)]
        first, size = entry.isectStart, self.sector_size
        count, at = -(-entry.size // size), (first + 1) * size
        if entry.entry_type != STGTY_STREAM or entry.size < self.minisectorcutoff or at + count * size > len(self.data):
            return None
        if self.fat[first : first + count].tolist() != [*range(first + 1, first + count), ENDOFCHAIN]:
            return None
        return self.data[at : at + entry.size]

    def foreign(self, expected: str) -> UnreadableFileError:
        """What this is instead of what was expected."""
        names = ["/".join(path) for path in self.listdir()]
        found = next((_OTHERS[name] for name in names if name in _OTHERS), None)
        what, media_type = found or (f"an OLE container with the streams {', '.join(names)[:200]!r}", MEDIA_TYPE)
        expected = "one that opens without" if what == _LOCKED else expected
        return UnreadableFileError(f"found {what}; expected {expected}", media_type)


def _damaged(found: str, expected: str) -> UnreadableFileError:
    return UnreadableFileError(f"the OLE container is damaged: found {found}; expected {expected}", MEDIA_TYPE)
