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

    def put(link: re.Match[bytes]) -> bytes:
        nonlocal room
        found = _ATTRIBUTE.findall(link[0].decode("latin-1"))
        said = {name.lower(): unescape(one or two or three) for name, one, two, three in found}
        kinds = said.get("rel", "").lower().split()
        sheet = sheets.get(said.get("href", "")) or sheets.get(urljoin(address, said.get("href", "")))
        if sheet is None or "stylesheet" not in kinds or "alternate" in kinds:
            return link[0]
        text = _content(sheet).replace(b"</", rb"<\/")
        room -= len(text)
        media = said.get("media", "").replace('"', "")
        return link[0] if room < 0 else f'<style media="{media}">'.encode() + text + b"</style>"

    return _LINK.sub(put, page)
