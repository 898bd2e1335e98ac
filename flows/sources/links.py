"""Where a page leads: the links of a web page, a sitemap or a JSON list."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import etree
from selectolax.lexbor import LexborHTMLParser, LexborNode

from extract.document import UnreadableFileError
from extract.encodings import decode

_GZIP = b"\x1f\x8b"
_FILES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MAX_UNPACKED = 64_000_000
_SITEMAP = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?(?:urlset|sitemapindex)\b", re.DOTALL)
_TITLES = ("title", "name")


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute web address, and the words it stands under; `is_index` where the page says it lists others,
    `is_shown` where the page shows or leads to it by itself: a frame, a refresh, a script.
    """

    url: str
    words: str = ""
    is_index: bool = False
    is_shown: bool = False


def links(data: bytes, base: str, charset: str = "") -> list[Link]:
    """The links of a page in its order, each address once with all its words. Empty for what is no such page."""
    if data.startswith(_FILES):
        return []
    if data.startswith(_GZIP):
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, _MAX_UNPACKED)
        except zlib.error:
            return []
    text = text_of(data, charset)
    if _SITEMAP.match(text):
        found = _of_sitemap(text)
    elif text.lstrip()[:1] in ("{", "["):
        found = _of_json(text)
    else:
        found = _of_html(text)
    same: dict[str, list[Link]] = {}
    for link in found:
        if url := _absolute(base, link.url):
            same.setdefault(url, []).append(link)
    return [_as_one(url, of) for url, of in same.items()]


def _as_one(url: str, of: list[Link]) -> Link:
    words = dict.fromkeys(" ".join(link.words.split()) for link in of)
    shown = any(link.is_shown for link in of)
    return Link(url, " ".join(filter(None, words)), any(link.is_index for link in of), shown)


def text_of(data: bytes, charset: str) -> str:
    """The text of a page, by its own bytes, else by the charset its server names."""
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


# Where a page leads by its own scripts, and by a refresh.
_BY_SCRIPT = re.compile(
    r"(?:location(?:\.href)?\s*=|(?:location\.(?:assign|replace)|window\.open|PDFObject\.embed)\s*\()\s*"
    r"[\"'`]([^\"'`<>\s]+)[\"'`]"
)
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]\s*(?:url\s*=)?\s*[\"']?([^\"'\s]+)", re.IGNORECASE)
# The parameter by which the viewers of pdf.js and of office files are told what to show.
_VIEWED = re.compile(r"[?&](?:file|src|url|fileurl)=([^&#]+)", re.IGNORECASE)
_NODES = (
    "a[href], area[href], iframe[src], frame[src], embed[src], object[data], [data-url], [data-href], [onclick], "
    "meta[http-equiv][content], script"
)


# Elements that show something else in their place, or lead away from the page by themselves.
_SHOWING = ("iframe", "frame", "embed", "object", "meta")
_UNSEEN = ["script", "style", "noscript", "template", "title"]
_BARE = 100  # characters; the scripts of a page that shows no more are what it is for


def _of_html(text: str) -> Iterator[Link]:
    tree = LexborHTMLParser(text)
    root = tree.css_first("base[href]")
    base = (root.attributes.get("href") or "") if root is not None else ""
    showing = (*_SHOWING, "script") if len(shown_in(text)) < _BARE else _SHOWING
    for node in tree.css(_NODES):
        words = "" if node.tag == "script" else f"{node.text()} {node.attributes.get('title') or ''}"
        for address in _addresses(node):
            yield Link(urljoin(base, address.replace("\\", "/")), words, is_shown=node.tag in showing)


def shown_in(text: str) -> str:
    """The characters a web page shows, without spaces; also those a style sheet hides."""
    tree = LexborHTMLParser(text)
    tree.strip_tags(_UNSEEN)
    return "".join(tree.root.text().split()) if tree.root is not None else ""


def _addresses(node: LexborNode) -> Iterator[str]:
    """Where an element leads: to what a viewer shows rather than to the viewer."""
    attributes = node.attributes
    if node.tag == "script":
        yield from _BY_SCRIPT.findall(node.text())
        return
    if node.tag == "meta":
        if (attributes.get("http-equiv") or "").lower() == "refresh":
            yield from _REFRESH.findall(attributes.get("content") or "")
        return
    yield from _BY_SCRIPT.findall(attributes.get("onclick") or "")
    for name in ("href", "src", "data", "data-url", "data-href"):
        if address := attributes.get(name):
            viewed = _VIEWED.search(address)
            yield unquote(viewed[1]) if viewed and _names_a_file(viewed[1]) else address
            return


def _names_a_file(address: str) -> bool:
    return "." in unquote(address).rpartition("/")[2]


def _of_sitemap(text: str) -> Iterator[Link]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(text.encode(), parser)
    if root is not None:
        is_index = etree.QName(root).localname == "sitemapindex"
        for place in root.iter("{*}loc"):
            yield Link(place.text or "", is_index=is_index)


def _of_json(text: str) -> Iterator[Link]:
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
            yield from (Link(address, said) for address in addresses)
            waiting.extend(reversed([item for item in value.values() if isinstance(item, dict | list)]))


def _is_address(value: str) -> bool:
    return value.startswith(("http://", "https://", "/")) and not re.search(r"\s", value)
