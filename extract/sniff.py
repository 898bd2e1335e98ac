"""What a file really is: type by content, never by suffix; text by trial, never by the charset a page declares.

The order byte order mark, strict UTF-8, GB18030 decoded every one of a hundred real pages right where their meta tags
did not; GB18030 is a superset of the GB2312 and GBK those tags name.
"""

import codecs
import re
from contextlib import suppress
from email import message_from_bytes
from importlib import import_module

from extract.document import Document, UnreadableFileError
from extract.formats import html
from extract.formats.drawn import image
from extract.formats.text import txt
from extract.vocabulary import vocabulary

# Scanned reports have some ten MB; all readers hold a file and what they make of it in memory.
MAX_BYTES = 64 << 20
# Text without its inline pictures: a long report has two hundred KB.
MAX_TEXT = 2 << 20
_PICTURE = re.compile(rb"data:[\w/+.-]{1,60};base64,[A-Za-z0-9+/=]+")
# First bytes and what reads the file they begin; imported when first needed, for each brings its library.
_READERS = (
    (b"%PDF", "extract.formats.drawn.pdf", "read"),
    (b"PK\x03\x04", "extract.formats.package", "read"),
    (b"\xd0\xcf\x11\xe0", "extract.formats.compound", "read"),
    (b"{\\rtf", "extract.formats.word.rtf", "read"),
    (b"Rar!\x1a\x07", "extract.formats.archive", "read"),
    (b"7z\xbc\xaf\x27\x1c", "extract.formats.archive", "read"),
    (b"\x1f\x8b", "extract.formats.archive", "read"),
)
_FLAT = ("extract.formats.word.docx", "read_flat")  # a Word document in one XML file
_FLAT_ODF = ("extract.formats.odf", "read_flat")
_TAPE = ["extract.formats.archive", "read"]  # a .tar says so within its first entry
_OTHERS = ((b"GIF8", "image/gif", "a GIF image"),)
_PICTURES = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_HEAD = 4096
_WORD_XML = re.compile(rb"<\?mso-application\s+progid=.word\.document|<\w+:worddocument\b|<pkg:package\b")
_ODF_XML = re.compile(rb"<office:document\b")
_WEB_ARCHIVE = (b"mime-version:", b"multipart/related")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LOST, _FEW = "\ufffd", 20
_CHINESE = re.compile("公开|公開|政府")  # in every report, and in no text decoded wrongly
# Where Windows prints characters for the control codes of Latin-1.
_C1 = {ord(bytes([code]).decode("cp1252", "ignore") or chr(code)): code for code in range(0x80, 0xA0)}
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
    head = data[:_HEAD].lower()
    known = next((names for signature, *names in _READERS if data.startswith(signature)), None)
    known = known or (_TAPE if data[257:262] == b"ustar" else None)
    is_flat = _WORD_XML.search(head), _ODF_XML.search(head)
    if known or any(is_flat):
        module, function = known or (_FLAT if is_flat[0] else _FLAT_ODF)
        document: Document = getattr(import_module(module), function)(data)
        return document
    for signature, media_type in _PICTURES:
        if data.startswith(signature):
            return image.read(data, media_type)
    if head[:1].isalpha() and all(word in head for word in _WEB_ARCHIVE):
        data = _archived_page(data)
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
    document = html.read(text) if _MARKUP.search(text[:65536]) else txt.read(text, vocabulary())
    document.encoding = encoding
    return document


def _archived_page(data: bytes) -> bytes:
    """The web page in a web archive (MHTML), which browsers and Word save pages as."""
    parts = message_from_bytes(data).walk()
    pages = [bytes(p.get_payload(decode=True) or b"") for p in parts if p.get_content_type() == "text/html"]
    if not pages:
        raise UnreadableFileError("found a web archive without a page; expected one", "multipart/related")
    return max(pages, key=len)


def decode(data: bytes) -> tuple[str, str]:
    """(text, encoding), "utf-8 as latin-1" where a wrong conversion was undone.

    A wrong conversion is undone only where no character was lost in it. Raises UnreadableFileError where neither UTF-8
    nor GB18030 fits, but for a broken character here and there, or where characters are lost.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace"), encoding
    for encoding, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        if data[at:2000:2].count(0) > 100 and _CHINESE.search(text := data.decode(encoding, errors="replace")):
            return text, encoding
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.count("\x00") * 20 > len(text):
            break
        return (text, encoding) if text.isascii() or _CHINESE.search(text) else _restored(text, encoding)
    found = [(data.decode(encoding, errors="replace"), encoding) for encoding in ("utf-8", "gb18030")]
    text, encoding = min(found, key=lambda one: one[0].count(_LOST))
    if _CHINESE.search(text) and not _is_lost(text):
        return text, encoding
    raise UnreadableFileError(
        "the bytes are neither UTF-8 nor GB18030 text; expected a report", "application/octet-stream"
    )


def _restored(text: str, encoding: str) -> tuple[str, str]:
    """Text whose bytes were once taken for another encoding, as it was before; text that is no such as it stands."""
    for wrong in ("latin-1", "cp1252", "gb18030"):
        for right in ("utf-8", "gb18030"):
            with suppress(UnicodeError):
                data = text.translate(_C1).encode("latin-1") if wrong == "cp1252" else text.encode(wrong)
                if _CHINESE.search(before := data.decode(right)):
                    return before, f"{right} as {wrong}"
    if _is_lost(text):
        raise UnreadableFileError(
            "characters were lost in a conversion from another encoding; expected the text as published", "text/plain"
        )
    return text, encoding


def _is_lost(text: str) -> bool:
    """Whether more than a few characters beyond ASCII are replaced by marks for what could not be decoded."""
    lost = text.count(_LOST) + text.count("\u951f\u65a4\u62f7")
    return lost > _FEW and lost * 10 > sum(not char.isascii() for char in text)
