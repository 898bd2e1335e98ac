"""Plain text exports of Word files, web pages and sheets.

Three layouts are read. *Tabbed*, as Apache Tika's text handler writes Word tables: a line that begins with TAB opens a
cell, further lines belong to it, a blank line before the next TAB ends the row; merged columns come as one cell,
the continuation of merged rows as an empty one. *Rows*: one row a line, cells parted by "|", by TAB, by commas or by
white space. *Stacked*: one cell a line, with a "|" behind it or not, so that only the labels of the form tell where a
row begins; so is a text with all cells on one line, or with figures right behind their label, once they are set apart.
"""

import csv

from extract.document import Document
from extract.formats.text.apart import set_apart
from extract.formats.text.rows import Rows, has_commas_between, has_tabs_between, is_comma_parted
from extract.formats.text.stacked import Stacked, is_stacked
from extract.formats.text.tabbed import Tabbed
from extract.vocabulary import Vocabulary

_BARS = "｜│┃║¦∣"  # printed for "|"


def read(text: str, words: Vocabulary) -> Document:
    """Parse decoded text. A cell's place is the line it begins on and, where others stand there, too, the character."""
    document = Document("text/plain")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for bar in _BARS:
        text = text.replace(bar, "|")
    lines = text.split("\n")
    if "|" not in text and "\t" not in text and has_commas_between(lines, words):
        lines = ["\t".join(next(csv.reader([line]))) if is_comma_parted(line) else line for line in lines]
    if apart := set_apart(lines, words):
        cells, places, document.doubt = apart
        Stacked(document, cells, words, places).read(cells)
    elif has_tabs_between(lines, words):
        Rows(document, lines, words).read(lines, "\t")
    elif "\n\t" in text or text.startswith("\t"):
        Tabbed(document, lines, words).read(lines)
    elif is_stacked(lines, words):
        Stacked(document, lines, words).read(lines)
    else:
        Rows(document, lines, words).read(lines, "|")
    return document
