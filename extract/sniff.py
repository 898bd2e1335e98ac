"""What a file really is: type by content, never by suffix; text by trial, never by the charset a page declares.

The order BOM, strict UTF-8, GB18030 decoded every one of a hundred real pages right where their meta tags did not;
GB18030 is a superset of the GB2312 and GBK those tags name.
"""

import codecs
import re
from importlib import import_module

from extract.document import Document, UnreadableFileError
from extract.formats import html, txt

# Scanned reports have some ten MB; all readers hold a file and what they make of it in memory.
MAX_BYTES = 64 << 20
# Text without its inline pictures: a long report has two hundred KB.
MAX_TEXT = 2 << 20
_PICTURE = re.compile(rb"data:[\w/+.-]{1,60};base64,[A-Za-z0-9+/=]+")
# First bytes and the module that reads what they begin; imported when first needed, for each brings its library.
_READERS = (
    (b"%PDF", "extract.formats.pdf"),
    (b"PK\x03\x04", "extract.formats.docx"),
    (b"\xd0\xcf\x11\xe0", "extract.formats.doc"),
)
_OTHERS = (
    (b"\x89PNG", "image/png", "a PNG image"),
    (b"\xff\xd8\xff", "image/jpeg", "a JPEG image"),
    (b"GIF8", "image/gif", "a GIF image"),
    (b"{\\rtf", "application/rtf", "an RTF file"),
)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
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
    if not data.strip():
        raise UnreadableFileError("the file is empty; expected a report", "text/plain")
    for signature, module in _READERS:
        if data.startswith(signature):
            document: Document = import_module(module).read(data)
            return document
    for signature, media_type, name in _OTHERS:
        if data.startswith(signature):
            raise UnreadableFileError(
                f"found {name}; expected a web page, a Word file, a PDF or a text export", media_type
            )
    data = _PICTURE.sub(b"", data) if len(data) > MAX_TEXT else data
    if len(data) > MAX_TEXT:
        raise UnreadableFileError(
            f"the file has {len(data) >> 20} MB of text; expected a report of at most {MAX_TEXT >> 20} MB", "text/plain"
        )
    text, encoding = decode(data)
    document = html.read(text) if _MARKUP.search(text[:65536]) else txt.read(text)
    document.encoding = encoding
    return document


def decode(data: bytes) -> tuple[str, str]:
    """(text, encoding). Raises UnreadableFileError where neither UTF-8 nor GB18030 fits."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace"), encoding
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.count("\x00") * 20 > len(text):
            break
        return text, encoding
    raise UnreadableFileError(
        "the bytes are neither UTF-8 nor GB18030 text; expected a report", "application/octet-stream"
    )
