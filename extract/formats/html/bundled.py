"""The page of a web archive (MHTML, RFC 2557) with the style sheets that lie beside it put in their places.

A sheet in another file may hide what it likes. Where the archive holds it, it is read as one of the page's own; where
nobody holds it, the page is read as a browser shows it that could not load the sheet.
"""

import re
from collections.abc import Mapping
from email.message import Message
from html import unescape
from urllib.parse import urljoin

PAGES = ("text/html", "application/xhtml+xml")
MAX_SHEETS = 1 << 20  # bytes; of the sheets of a portal there are some hundred KB

_LINK = re.compile(rb"<link\b[^>]{0,4096}>", re.IGNORECASE)
_IMPORT = re.compile(
    rb"""@import\s+(?:url\()?\s*["']?([^"')\s;]{1,2048})["']?\s*\)?([^;<{}]{0,1024});""", re.IGNORECASE
)
_NESTED = 3  # sheets that import others
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


def page_in(parts: list[Message]) -> bytes | None:
    """The largest page among the parts of an archive, its sheets inside; None where there is none."""
    pages = [part for part in parts if part.get_content_type() in PAGES]
    if not pages:
        return None
    page = max(pages, key=lambda part: len(_content(part)))
    sheets = {name: part for part in parts if part.get_content_type() == "text/css" for name in _names(part)}
    return _with(_content(page), next(iter(_names(page)), ""), sheets) if sheets else _content(page)


def _content(part: Message) -> bytes:
    return bytes(part.get_payload(decode=True) or b"")


def _names(part: Message) -> list[str]:
    """What other parts call a part: its address, its number."""
    number = (part.get("Content-ID") or "").strip().strip("<>")
    return [name for name in ((part.get("Content-Location") or "").strip(), number and f"cid:{number}") if name]


def _with(page: bytes, address: str, sheets: Mapping[str, Message]) -> bytes:
    room = MAX_SHEETS

    def named(name: str, around: str) -> tuple[str, bytes] | None:
        """The address and text of a sheet, as long as there is room for it."""
        nonlocal room
        try:
            whole = urljoin(around, name)
        except ValueError:  # no address
            return None
        sheet = sheets.get(name) or sheets.get(whole)
        text = _content(sheet).replace(b"</", rb"<\/") if sheet is not None else b""
        room -= len(text)
        return (whole, text) if sheet is not None and room >= 0 else None

    def linked(link: re.Match[bytes]) -> bytes:
        found = _ATTRIBUTE.findall(link[0].decode("latin-1"))
        said = {name.lower(): unescape(one or two or three) for name, one, two, three in found}
        kinds = said.get("rel", "").lower().split()
        sheet = named(said.get("href", ""), address) if "stylesheet" in kinds and "alternate" not in kinds else None
        media = said.get("media", "").replace('"', "")
        return f'<style media="{media}">'.encode() + imported(*sheet, 0) + b"</style>" if sheet else link[0]

    def imported(around: str, css: bytes, depth: int) -> bytes:
        """A text with the sheets in it that it imports."""

        def put(found: re.Match[bytes]) -> bytes:
            sheet = named(found[1].decode("latin-1"), around) if depth < _NESTED else None
            if not sheet:
                return found[0]
            text = imported(*sheet, depth + 1)
            return b"@media" + found[2] + b"{" + text + b"}" if found[2].strip() else text

        return _IMPORT.sub(put, css) if b"@import" in css else css

    return imported(address, _LINK.sub(linked, page), 0)
