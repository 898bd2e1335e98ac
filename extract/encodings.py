"""Bytes to text, by trial: the charset a page declares is not believed.

The order byte order mark, strict UTF-8, GB18030 decoded every one of a hundred real pages right where their meta tags
did not; GB18030 is a superset of the GB2312 and GBK those tags name. Pages are put together from files of different
encodings: what does not fit the rest is decoded block by block, so that a footer never costs the tables.
"""

import codecs
import re
from contextlib import suppress
from html import unescape

from extract.document import UnreadableFileError

_BOMS = (  # the longer first: that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# Encodings of several bytes a character, and where in each the zero bytes of plain markup stand.
_WIDE = (("utf-32-le", 4, 3), ("utf-32-be", 4, 0), ("utf-16-le", 2, 1), ("utf-16-be", 2, 0))
_ZEROS = 2000  # bytes looked at
_LOST, _FEW = "\ufffd", 20
_CHINESE = re.compile("公开|公開|政府")  # in every report, and in no text decoded wrongly
# Where Windows prints characters for the control codes of Latin-1.
_C1 = {ord(bytes([code]).decode("cp1252", "ignore") or chr(code)): code for code in range(0x80, 0xA0)}
# Ideographs in UTF-8: by chance no text of another encoding has as many in a row.
_UTF_8 = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){4}")
# What one encoding goes for at least: from a character beyond ASCII to the end of the text or tag it is in.
_BLOCK = re.compile(rb"[\x80-\xff][^<>\r\n]*")
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_TABLES = re.compile("<table.*</table", re.IGNORECASE | re.DOTALL)


def decode(data: bytes) -> tuple[str, str]:
    """(text, encoding), "utf-8 as latin-1" where a wrong conversion was undone.

    A wrong conversion is undone only where no character was lost in it. Raises UnreadableFileError where no encoding
    fits, but for a broken character here and there, or where characters are lost.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            if encoding != "utf-8-sig":
                return data.decode(encoding, errors="replace"), encoding
            data = data.removeprefix(bom)
            break
    for wide, size, at in _WIDE:
        if data[at:_ZEROS:size].count(0) * 2 * size > min(len(data), _ZEROS):
            text = data.decode(wide, errors="replace")
            if _CHINESE.search(text):
                return text, wide
    return _narrow(data)


def _narrow(data: bytes) -> tuple[str, str]:
    """Text in an encoding that keeps ASCII."""
    mixed = False
    with suppress(UnicodeDecodeError):
        text = data.decode()
        if not _is_binary(text):
            return (text, "utf-8") if _CHINESE.search(text) else _of_ascii(data) or _restored(text, "utf-8")
        mixed = True
    if not mixed and not _UTF_8.search(data):
        with suppress(UnicodeDecodeError):
            text = data.decode("gb18030")
            if not _is_binary(text):
                return (text, "gb18030") if _CHINESE.search(text) else _big5(data) or _restored(text, "gb18030")
    as_utf_8 = data.decode(errors="replace")
    encoding = "utf-8" if len(_IDEOGRAPH.findall(as_utf_8)) > as_utf_8.count(_LOST) else "gb18030"
    text = _BLOCK.sub(lambda block: _block(block[0], encoding).encode(), data).decode(errors="replace")
    if _CHINESE.search(text) and not _is_lost(text):
        return text, encoding
    if big5 := _big5(data):
        return big5
    if _CHINESE.search(unescape(text)):  # spelt in references: only quotation marks and the like are bytes
        return data.decode("cp1252", errors="replace"), "cp1252"
    raise UnreadableFileError(
        "the bytes are neither UTF-8 nor GB18030 text; expected a report", "application/octet-stream"
    )


def _is_binary(text: str) -> bool:
    return text.count("\x00") * 20 > len(text)


def _block(raw: bytes, encoding: str) -> str:
    """A block of a page that is mostly in `encoding`, in the one of two it fits."""
    with suppress(UnicodeDecodeError):
        text = raw.decode()
        if encoding == "utf-8" or len(_IDEOGRAPH.findall(text)) > 1:
            return text
    with suppress(UnicodeDecodeError):
        text = raw.decode("utf-8", "surrogatepass")  # CESU-8: pairs of surrogates, each written as a character
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = raw.decode(errors="replace")
    if encoding == "utf-8" and text.count(_LOST) < sum(char > "\x7f" and char != _LOST for char in text):
        return text  # a broken character or two
    return raw.decode("gb18030", errors="replace")


def _of_ascii(data: bytes) -> tuple[str, str] | None:
    """Text that spells other characters in ASCII: HZ (RFC 1843), UTF-7 (RFC 2152)."""
    for encoding, sign in (("hz", b"~{"), ("utf-7", b"+")):
        if sign in data and data.isascii():
            text = data.decode(encoding, errors="replace")
            if _CHINESE.search(text) and not _is_lost(text):
                return text, encoding
    return None


def _big5(data: bytes) -> tuple[str, str] | None:
    text = data.decode("big5hkscs", errors="replace")
    return (text, "big5hkscs") if _CHINESE.search(text) and not _is_lost(text) else None


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
    """Whether more than a few characters beyond ASCII are replaced by marks for what could not be decoded: in the
    tables of a page, for what stands around them is no figure.
    """
    tables = _TABLES.search(text)
    text = tables[0] if tables else text
    lost = text.count(_LOST) + text.count("\u951f\u65a4\u62f7")
    return lost > _FEW and lost * 10 > sum(not char.isascii() for char in text)
