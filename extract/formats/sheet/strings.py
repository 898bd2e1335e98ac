"""The strings of an .xlsx (ECMA-376 Part 1, 18.4): shared by its sheets, or within a cell.

As with cells, one search finds the strings of most producers; those written otherwise are told from their tree. What
stands above a text to say how it is read is no part of it.
"""

import re
from functools import lru_cache

from lxml import etree

from extract.formats.package import parsed
from extract.formats.sheet.elements import FOREIGN, drop_namespaces, inside, is_utf8
from extract.formats.sheet.styles import KIND, MEDIA_TYPE, Colour, run_style
from extract.formats.sheet.workbook import Style
from extract.labels import clean

_LONG = 512  # bytes: labels and figures come again and again, longer texts do not
_SHARED = re.compile(rb'<si>(?:<t(?: xml:space="preserve")?>([^<]*)</t>|(' + inside(b"si") + rb"))</si>")
_RUN = re.compile(rb"<r>(?:(<rPr>" + inside(b"rPr") + rb'</rPr>)|<rPr/>)?<t( xml:space="preserve")?>([^<]*)</t></r>')
_ROOT = re.compile(rb"<sst\b[^<>]*[^</>]>")
_END = b"</sst>"
_ESCAPED = re.compile(r"_x((?![dD][89A-Fa-f]|[fF]{3}[eEfF])[0-9A-Fa-f]{4})_")  # none of no character
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def shared(xml: bytes, name: str) -> list[str | bytes]:
    """The shared strings (18.4.9): their texts, and the markup of those in pieces, for on which ground they are seen is
    for their cells to say; `name` is their part's.
    """
    root = _ROOT.search(xml)
    if root and b"<!" not in xml and is_utf8(xml):
        split = _SHARED.split(xml[root.end() : xml.rfind(_END)])
        if not b"".join(split[::3]).strip():
            found = zip(split[1::3], split[2::3], strict=True)
            return [text_of(plain) if plain is not None else inner for plain, inner in found]
    tree = parsed(xml, name, MEDIA_TYPE, KIND)
    drop_namespaces(tree)
    return [b"".join(etree.tostring(part, encoding="utf-8") for part in item) for item in tree.iterchildren("si")]


def in_pieces(inner: bytes, ground: Colour | None, cell: Style) -> str:
    """The text of a string by what stands in it (18.4.8), in a cell of a style; pieces that say nothing of themselves
    look like it.
    """
    split = _RUN.split(inner)
    pieces = []
    if b"".join(split[::4]).strip():
        item = parsed(b"<si>" + FOREIGN.sub(b"", inner) + b"</si>", "a string", MEDIA_TYPE, KIND)
        for part in item.iterchildren("t", "r"):
            looks = part.find("rPr")
            style = _of_run(etree.tostring(looks, with_tail=False), ground, cell) if looks is not None else cell
            pieces.append(style.print("".join(map(_text, [part] if part.tag == "t" else part.iterchildren("t")))))
    for markup, keeps_blanks, written in zip(split[1::4], split[2::4], split[3::4], strict=True) if not pieces else ():
        text = _unescaped(characters(written))
        style = _of_run(FOREIGN.sub(b"", markup), ground, cell) if markup else cell
        pieces.append(style.print(text if keeps_blanks else text.strip()))
    return clean("".join(pieces))


def _of_run(markup: bytes, ground: Colour | None, cell: Style) -> Style:
    """How a piece with properties of its own looks; what strikes its cell strikes it."""
    style = run_style(markup, ground)
    return style._replace(struck=style.struck or cell.struck, raised=style.raised or cell.raised)


def _text(node: etree._Element) -> str:
    """Characters (18.4.12): blanks around them count only where the markup says so."""
    text = node.text or ""
    return _unescaped(text if node.get(_SPACE) == "preserve" else text.strip())


def text_of(written: bytes) -> str:
    """The text of a string (22.9.2.19) without the blanks around it; for some characters only their codes stand."""
    return _kept(written) if len(written) < _LONG else _kept.__wrapped__(written)


@lru_cache(maxsize=8192)
def _kept(written: bytes) -> str:
    return clean(_unescaped(characters(written)))


def characters(written: bytes) -> str:
    """The text that stands between tags; of characters written by their numbers a parser says what they are."""
    if b"&" in written or b"\r" in written:
        return parsed(b"<t>" + written + b"</t>", "a string", MEDIA_TYPE, KIND).text or ""
    return written.decode("utf-8", "replace")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
