"""How the XML of workbooks is looked at: by its names alone, in whatever namespace, and by searches that take no longer
for what is not well-formed.
"""

import re
from collections.abc import Iterator

from lxml import etree

FOREIGN = re.compile(rb' (?!xml:)[\w.-]+:[\w.-]+="[^"]*"')  # attributes whose names the root of the part explains
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*\bencoding=["'](?!utf-8["'])""", re.IGNORECASE)


def is_utf8(xml: bytes) -> bool:
    """Whether XML is in the encoding of most, as its declaration says."""
    return _ENCODING.match(xml) is None


def inside(name: bytes) -> bytes:
    """A pattern for all up to the end of an element, or to where another of that name begins: what has no end is not
    looked through anew from each of them.
    """
    return rb"[^<]*+(?:<(?!/?" + name + rb"\b)[^<]*+)*+"


def named(node: etree._Element, name: str) -> Iterator[etree._Element]:
    """Elements of a name in any namespace: strict and transitional workbooks differ in theirs."""
    yield from node.iter(f"{{*}}{name}")


def drop_namespaces(root: etree._Element) -> None:
    """Call elements by their names alone."""
    for node in root.iter():
        node.tag = etree.QName(node).localname
    etree.cleanup_namespaces(root)


def index(value: str | None) -> int:
    """The number an attribute states; 0 where it states none."""
    return int(value) if value and value.isascii() and value.isdecimal() else 0


def decimal(value: str | None, other: float) -> float:
    """The number an attribute states, or else another."""
    return float(value) if value and re.fullmatch(r"-?\d+(?:\.\d+)?", value) else other
