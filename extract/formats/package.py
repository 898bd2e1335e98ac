"""Documents that are a zip file of XML parts: the container, its limits, and which reader its parts are for.

Office Open XML (ECMA-376 Part 2), OpenDocument (ISO 26300 Part 2) and OFD (GB/T 33190, 6) share the container; each
tells itself by the parts it has.
"""

import io
import posixpath
import re
import zipfile
import zlib
from functools import lru_cache
from importlib import import_module

from lxml import etree

from extract.document import Document, UnreadableFileError

# A report's main part is below 1 MB; the limits keep what a hostile file can cost to seconds and some hundred MB.
MAX_PART = 64 << 20
MAX_UNPACKED = 256 << 20
MAX_MARKUP = 1_000_000  # tags and attributes of a part together; a report has some ten thousand
MAX_ENTRIES = 20_000

MEDIA_TYPE = "application/zip"
ENTRY, ENTRY_IN_LIST = b"PK\x03\x04", b"PK\x01\x02"
Container = bytes | zipfile.ZipFile  # a file, or one that was opened to see what it is
# A part no other container has, and what reads one that has it; OFD is opened anew in a process of its own.
_OFD = "extract.formats.drawn.ofd.file"
_WORD, _EXCEL = "extract.formats.word.docx", "extract.formats.sheet.ooxml"
_READERS = (
    ("ofd.xml", _OFD),
    ("xl/workbook.xml", _EXCEL),
    ("xl/workbook.bin", _EXCEL),
    ("content.xml", "extract.formats.odf"),
    ("word/document.xml", _WORD),
)
_OFFICE = ("[content_types].xml", "_rels/.rels")  # of every package of Office, whatever its parts are called
_WORKBOOK = re.compile(rb"(?:spreadsheetml|ms-excel)\.[\w.]{0,60}main\+xml")  # a type of content
_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


def read(data: bytes) -> Document:
    """Parse a zip file that is a document, by the reader its parts are for; a damaged one as a Word file.

    Raises UnreadableFileError as that reader does, ArchiveError for one that is an archive of files.
    """
    container: Container = data
    try:
        container = _opened(data)
        module = _reader(container)
    except _ERRORS:
        module = _WORD
    reader = import_module(module or "extract.formats.archive")
    document: Document = reader.read(data if module in ("", _OFD) else container)
    return document


def is_document(data: bytes) -> bool:
    """Whether a zip file is one document, and no archive of several; one too damaged to tell counts as such."""
    try:
        return bool(_reader(_opened(data)))
    except _ERRORS:
        return True


def _reader(archive: zipfile.ZipFile) -> str:
    """The module that reads a zip file with such parts, "" for an archive."""
    names = frozenset(map(part_name, archive.namelist()))
    if module := next((module for part, module in _READERS if part in names), ""):
        return module
    if names.isdisjoint(_OFFICE):
        return ""
    types = Package(archive, MEDIA_TYPE, "a document").content(_OFFICE[0]) if _OFFICE[0] in names else b""
    return _EXCEL if _WORKBOOK.search(types) else _WORD


def _opened(data: bytes) -> zipfile.ZipFile:
    if data.count(ENTRY_IN_LIST) > MAX_ENTRIES:
        raise ValueError(f"more than {MAX_ENTRIES} entries")
    return zipfile.ZipFile(io.BytesIO(data))


@lru_cache(maxsize=4096)
def part_name(path: str) -> str:
    """A part's name as it is compared: from the root, without regard to case; some writers use backslashes."""
    return posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/").lower()


class Package:
    """The parts of a container, by name without regard to case. `kind` names its documents in messages.

    Raises UnreadableFileError for what is damaged, encrypted or larger than the limits above.
    """

    def __init__(self, data: Container, media_type: str, kind: str) -> None:
        self.media_type, self.kind = media_type, kind
        self.unpacked = 0
        try:
            self.archive = _opened(data) if isinstance(data, bytes) else data
        except _ERRORS as error:
            raise self.refusal("zip container", f"damage ({error})", "a whole file") from error
        self.parts: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in self.archive.infolist():
            self.parts.setdefault(part_name(entry.filename), []).append(entry)

    def refusal(self, where: str, found: str, expected: str) -> UnreadableFileError:
        """What is raised for a part that cannot be used."""
        return UnreadableFileError(f"{where}: found {found}; expected {expected}", self.media_type)

    def __contains__(self, name: str) -> bool:
        return part_name(name) in self.parts

    def content(self, name: str) -> bytes:
        """The bytes of a part."""
        found = self.parts.get(part_name(name), [])
        if len(found) != 1:
            raise self.refusal(name, f"{len(found)} parts of this name", f"one, as in {self.kind}")
        (entry,) = found
        if entry.flag_bits & 1:
            raise self.refusal(name, "an encrypted part", "a file without password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.refusal(name, f"compression method {entry.compress_type}", "0 or 8")
        self.unpacked += entry.file_size
        if entry.file_size > MAX_PART or self.unpacked > MAX_UNPACKED:
            raise self.refusal(name, f"a declared size of {entry.file_size} bytes", f"at most {MAX_PART}")
        try:
            with self.archive.open(entry) as part:
                content = part.read(MAX_PART + 1)
        except _ERRORS as error:
            raise self.refusal(name, f"damage ({error})", "a whole part") from error
        if len(content) != entry.file_size:
            raise self.refusal(name, f"{len(content)} bytes", f"the declared {entry.file_size}")
        return content

    def tree(self, name: str) -> etree._Element:
        """A part as a tree, without comments, entities left alone."""
        return self.parsed(name, self.content(name))

    def parsed(self, name: str, content: bytes) -> etree._Element:
        """XML as a tree, within the limits."""
        return parsed(content, name, self.media_type, self.kind)


# Nobody asks for an element by its id: without a table of those a thirtieth of the time is saved.
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
)


def parsed(content: bytes, name: str, media_type: str, kind: str) -> etree._Element:
    """XML as a tree, without comments, entities left alone.

    Raises UnreadableFileError for what is not well-formed, holds a document type or more markup than a report.
    """
    if len(content) > MAX_MARKUP and content.count(b"<") + content.count(b"=") > MAX_MARKUP:
        message = f"{name}: found more than {MAX_MARKUP} tags and attributes; expected {kind} of a report"
        raise UnreadableFileError(message, media_type)
    try:
        root = etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        message = f"{name}: found damage ({error}); expected well-formed XML"
        raise UnreadableFileError(message, media_type) from error
    if root.getroottree().docinfo.internalDTD is not None:
        message = f"{name}: found a document type declaration; expected none, as in {kind}"
        raise UnreadableFileError(message, media_type)
    return root
