"""Where a page leads: the links of a web page, a sitemap or a JSON list."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from extract.document import UnreadableFileError
from extract.encodings import decode

_GZIP = b"\x1f\x8b"
_FILES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MAX_UNPACKED = 64_000_000
_SITEMAP = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?(?:urlset|sitemapindex)\b", re.DOTALL)
_TITLES = ("title", "name")


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute web address, and the words it stands under; `is_index` where the page says it lists others."""

    url: str
    words: str = ""
    is_index: bool = False


def links(data: bytes, base: str, charset: str = "") -> list[Link]:
    """The links of a page in its order, each address once with all its words. Empty for what is no such page."""
    if data.startswith(_FILES):
        return []
    if data.startswith(_GZIP):
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, _MAX_UNPACKED)
        except zlib.error:
            return []
    text = _text(data, charset)
    if _SITEMAP.match(text):
        found = _of_sitemap(text)
    elif text.lstrip()[:1] in ("{", "["):
        found = _of_json(text)
    else:
        found = _of_html(text)
    words: dict[str, list[str]] = {}
    lists: set[str] = set()
    for address, said, is_index in found:
        url = _absolute(base, address)
        if url:
            words.setdefault(url, []).append(" ".join(said.split()))
            lists.update({url} if is_index else ())
    return [Link(url, " ".join(filter(None, dict.fromkeys(said))), url in lists) for url, said in words.items()]


def _text(data: bytes, charset: str) -> str:
    try:
        return decode(data)[0]
    except UnreadableFileError:
        try:
            return data.decode(charset or "utf-8", errors="replace")
        except LookupError:
            return data.decode("utf-8", errors="replace")


def _absolute(base: str, address: str) -> str:
    """The address in full, without a fragment; "" for what is not on the web, or carries a password."""
    try:
        url = urldefrag(urljoin(base, address.strip())).url
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
    except ValueError:
        return ""
    return url if is_web else ""


def _of_html(text: str) -> Iterator[tuple[str, str, bool]]:
    tree = LexborHTMLParser(text)
    root = tree.css_first("base[href]")
    base = (root.attributes.get("href") or "") if root is not None else ""
    for node in tree.css("a[href], area[href], iframe[src], embed[src], object[data]"):
        attributes = node.attributes
        address = attributes.get("href") or attributes.get("src") or attributes.get("data") or ""
        yield urljoin(base, address), f"{node.text()} {attributes.get('title') or ''}", False


def _of_sitemap(text: str) -> Iterator[tuple[str, str, bool]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(text.encode(), parser)
    if root is not None:
        is_index = etree.QName(root).localname == "sitemapindex"
        for place in root.iter("{*}loc"):
            yield place.text or "", "", is_index


def _of_json(text: str) -> Iterator[tuple[str, str, bool]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    waiting: list[Any] = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            said = " ".join(str(value[name]) for name in _TITLES if isinstance(value.get(name), str))
            addresses = [item for item in value.values() if isinstance(item, str) and _is_address(item)]
            yield from ((address, said, False) for address in addresses)
            waiting.extend(reversed([item for item in value.values() if isinstance(item, dict | list)]))


def _is_address(value: str) -> bool:
    return value.startswith(("http://", "https://", "/")) and not re.search(r"\s", value)
