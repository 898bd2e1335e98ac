"""What a file really is: by what it begins with and by its root element, never by its suffix or a word in its head.

Servers put a byte order mark, blank lines or a warning of theirs before a file; the reader gets what follows.
"""

import codecs
import re
from email import message_from_bytes
from importlib import import_module

from extract.document import Document, UnreadableFileError
from extract.encodings import decode
from extract.formats import html
from extract.formats.drawn import image
from extract.formats.html.bundled import page_in
from extract.formats.html.pictures import count_large, held
from extract.formats.text import txt
from extract.recognise import recognise
from extract.vocabulary import vocabulary

# Scanned reports have some ten MB; all readers hold a file and what they make of it in memory.
MAX_BYTES = 64 << 20
# Text without its inline pictures: a long report has two hundred KB.
MAX_TEXT = 2 << 20
MAX_ARCHIVES = 4  # web archives within one another
_PICTURE = re.compile(rb"data:[\w/+.-]{1,60};base64,[A-Za-z0-9+/=]+")
# First bytes and what reads the file they begin; imported when first needed, for each brings its library.
_READERS = (
    (b"%PDF", "extract.formats.drawn.pdf"),
    (b"PK\x03\x04", "extract.formats.package"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "extract.formats.compound"),
    (b"{\\rtf", "extract.formats.word.rtf"),
)
_ARCHIVE = "extract.formats.archive"
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_TAPE, _TAPE_AT = b"ustar", 257  # a .tar says so within its first entry
_PICTURES = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF8", "image/gif"),
)
_SIGNATURES = tuple(entry[0] for entry in (*_READERS, *_PICTURES, (b"<?xml version",)))
# Documents in one XML file: the namespaces of their root element, and what reads them.
_FLAT = (
    (b"http://schemas.microsoft.com/office/word/2003/wordml", "extract.formats.word.docx"),
    (b"http://schemas.microsoft.com/office/2006/xmlPackage", "extract.formats.word.docx"),
    (b"/wordprocessingml/", "extract.formats.word.docx"),
    (b"urn:oasis:names:tc:opendocument:xmlns:office:1.0", "extract.formats.odf"),
)
_FLAT_ROOTS = (b"wordDocument", b"package", b"document")
_BEFORE = 1024  # bytes of what a server may put before a file
_FIELDS = 4096  # of the header of a web archive
_HEAD = 16384
_PROLOG = re.compile(rb"\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?([\w.-]+)([^>]*)>", re.DOTALL)
_PAGE = re.compile(rb"<(?:!doctype|html|head|body|table|script)\b", re.IGNORECASE)
_HEADER = re.compile(
    rb"(?:mime-version|content-type|from|date|subject|snapshot-content-location)[ \t]*:", re.IGNORECASE
)
_VERSION = re.compile(rb"^mime-version[ \t]*:", re.IGNORECASE | re.MULTILINE)
_CONTENT = re.compile(rb"^content-type[ \t]*:\s*(?:multipart/|text/html)", re.IGNORECASE | re.MULTILINE)
_ESCAPED = re.compile(r"(?:\\u003c|&lt;)table\b", re.IGNORECASE)  # in the answer of an interface, in a feed
_IMAGE = re.compile("<img", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:!doctype html|html|head|body|table|div|p|tr|meta|script)\b[^<]*>", re.IGNORECASE)


def parse(data: bytes) -> Document:
    """Bytes to a document.

    Raises UnreadableFileError (with `media_type`) for empty and huge files, types without a reader and undecodable
    bytes.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(
            f"the file has {len(data) >> 20} MB; expected a report of at most {MAX_BYTES >> 20} MB: extract its pages"
        )
    if not data or data.isspace():
        raise UnreadableFileError("the file is empty; expected a report", "text/plain")
    if data.startswith(_ARCHIVES) or data.startswith(_TAPE, _TAPE_AT):
        return _read(_ARCHIVE, "read", data)
    data = unwrapped(data)
    for signature, module in _READERS:
        if data.startswith(signature):
            return _read(module, "read", data)
    if media_type := _picture(data):
        return image.read(data, media_type)
    if module := _flat(data):
        return _read(module, "read_flat", data)
    pictures: list[bytes] = []
    if len(data) > MAX_TEXT:
        pictures = held(data.decode("latin-1"))
        data = _PICTURE.sub(b"", data)
    if len(data) > MAX_TEXT:
        raise UnreadableFileError(
            f"the file has {len(data) >> 20} MB of text; expected a report of at most {MAX_TEXT >> 20} MB", "text/plain"
        )
    text, encoding = decode(data)
    is_page = _MARKUP.search(text[:65536]) or (("\\" in text or "&" in text) and _ESCAPED.search(text))
    document = html.read(text, recognise) if is_page else txt.read(text, vocabulary())
    document.encoding = encoding
    if _IMAGE.search(text):
        document.held = pictures or held(text)
        document.pictures = len(pictures) or count_large(text)
    return document


def _picture(data: bytes) -> str:
    """The media type of a picture, "" for another file."""
    if data.startswith(b"RIFF") and data.startswith(b"WEBP", 8):
        return "image/webp"
    if data.startswith(b"BM") and data.startswith(bytes(4), 6):
        return "image/bmp"
    return next((media_type for signature, media_type in _PICTURES if data.startswith(signature)), "")


def _read(module: str, function: str, data: bytes) -> Document:
    document: Document = getattr(import_module(module), function)(data)
    return document


def unwrapped(data: bytes) -> bytes:
    """The file itself: behind what a server put before it, and the page in a web archive."""
    for _ in range(MAX_ARCHIVES):
        for signature in _SIGNATURES:
            at = data.find(signature, 0, _BEFORE + len(signature))
            if at == 0 or (at > 0 and _is_before(data[:at])):
                return data[at:]
        archive = _web_archive(data)
        if archive is None:
            break
        data = _archived_page(archive)
    return data


def _is_before(said: bytes) -> bool:
    """Whether bytes are what a server puts before a file: a mark, blank lines, a warning in lines of its own."""
    said = said.removeprefix(codecs.BOM_UTF8)
    return not said.strip() or (said[-1:] in b"\r\n>" and not _PAGE.search(said) and b"\x00" not in said)


def _flat(data: bytes) -> str:
    """What reads a document in one XML file, by its root element; "" for another file."""
    head = data[:_HEAD]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in head[:4]:
        head = head[head.find(b"<") :].replace(b"\x00", b"")
    root = _PROLOG.match(head.removeprefix(codecs.BOM_UTF8))
    if root is None or root[1] not in _FLAT_ROOTS:
        return ""
    return next((module for namespace, module in _FLAT if namespace in root[2]), "")


def _web_archive(data: bytes) -> bytes | None:
    """A web archive (MHTML), which browsers and Word save pages as, from its first header on; None for another file."""
    if b"mime-version" not in data[: _BEFORE + _FIELDS].lower():  # soon told of most files
        return None
    first = _HEADER.search(data, 0, _BEFORE)
    if first is None or not _is_before(data[: first.start()]):
        return None
    head = data[first.start() :][:_FIELDS]
    return data[first.start() :] if _VERSION.search(head) and _CONTENT.search(head) else None


def _archived_page(data: bytes) -> bytes:
    """The web page in a web archive."""
    try:
        parts = [part for part in message_from_bytes(data).walk() if not part.is_multipart()]
    except RecursionError as error:
        raise UnreadableFileError(
            "found a web archive of parts within parts without end; expected one of pages", "multipart/related"
        ) from error
    page = page_in(parts)
    if page is None:
        raise UnreadableFileError("found a web archive without a page; expected one", "multipart/related")
    return page
