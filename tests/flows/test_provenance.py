"""Every cell of every shape can be walked back: `explain` says where it stands, and there stands what it prints."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pypdfium2 as pdfium
import pytest
from lxml import etree, html
from selectolax.lexbor import LexborHTMLParser

from expectations.judge import judge_files
from extract.encodings import decode
from extract.labels import squeeze
from flows.show.explain import explanation
from tests.docx import WordLayout, write_docx
from tests.producers import OWN
from tests.render import STYLES, Layout, lay_out, write
from tests.strategies import LOCAL, distinct_numbers

EXAMPLES = Path(__file__).parents[1] / "examples"
SAMPLES = Path(__file__).parents[2] / "data" / "samples"
VALUES = {key: str(value) for key, value in distinct_numbers("2021", LOCAL["2021"][0]).items()}
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

Found = list[tuple[dict[str, Any], str]]  # cells that print something, and their places


def places(data: bytes, name: str = "file") -> Found:
    """What `explain --json` tells of a file."""
    (judged,) = judge_files([(data, name)])
    told = explanation(judged)["cells"]
    found = [(cell, cell["origin"]["place"]) for cell in told if cell["printed"] and cell["method"] != "prose"]
    assert len(found) > 30
    return found


def rendered(shape: str, **layout: Any) -> bytes:
    """A report of distinct numbers in a shape, plain or in a layout."""
    made = Layout(**layout)
    sheets = lay_out("2021", VALUES, layout=made, rng=Random(0))
    if shape == "docx":
        return write_docx(sheets, WordLayout(**layout), Random(0))
    return write(sheets, shape, layout=made) if shape in STYLES else OWN[shape](sheets, made, Random(0))


def at_line(data: bytes) -> Callable[[str], str]:
    """What a text says from a line and character on."""
    lines = data.decode().splitlines()

    def find(place: str) -> str:
        match = re.fullmatch(r"line (\d+)(?:, column (\d+))?", place)
        assert match, place
        return lines[int(match[1]) - 1][int(match[2] or 1) - 1 :].strip()

    return find


@pytest.mark.parametrize("style", STYLES["txt"])
def test_text_by_line_and_column(style: str) -> None:
    """The line and, where it holds several cells, the character it begins at."""
    data = rendered("txt", style=style)
    find = at_line(data)
    found = places(data)
    assert all(find(place).startswith(cell["printed"]) for cell, place in found)
    assert len({place for _, place in found}) == len(found)


@pytest.mark.parametrize(
    "data",
    [
        rendered("html"),
        rendered("html", nested=True, chrome=True, hidden=True, thead=True),
        *(path.read_bytes() for path in sorted(SAMPLES.glob("20*.html"))),
    ],
)
def test_web_pages_by_a_path_in_the_document(data: bytes) -> None:
    """An XPath of the document as browsers build it leads to the cell, and `table`, `row`, `column` count its kind."""
    page = html.fromstring(LexborHTMLParser(decode(data)[0]).html or "")
    for cell, place in places(data):
        (node,) = page.xpath(place)
        assert squeeze(cell["printed"]) in squeeze(node.text_content())
        assert node.tag in ("td", "th")
        assert cell["origin"]["column"] == len(node.xpath("preceding-sibling::*[self::td or self::th]")) + 1


def test_word_files_by_table_row_and_cell() -> None:
    """The tables, their rows and cells as the file holds them."""
    data = rendered("docx")
    body = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml"))
    for cell, place in places(data):
        match = re.fullmatch(r"table\[(\d+)\]/tr\[(\d+)\]/tc\[(\d+)\]", place)
        assert match, place
        table, row, column = (int(number) - 1 for number in match.groups())
        node = body.findall(f".//{WORD}tbl")[table].findall(f"{WORD}tr")[row].findall(f"{WORD}tc")[column]
        assert squeeze(cell["printed"]) == squeeze("".join(text.text or "" for text in node.iter(f"{WORD}t")))


def test_binary_word_files_as_the_same_in_xml() -> None:
    """Both kinds of Word files name the same places."""
    old, new = (
        {(c["indicator_code"], c["applicant_code"]): p for c, p in places(rendered(s))} for s in ("doc", "docx")
    )
    assert old == new


@pytest.mark.parametrize("path", sorted((EXAMPLES / "pdf").glob("*.pdf")), ids=lambda path: path.stem)
def test_pdfs_by_page_and_box(path: Path) -> None:
    """In the box on the page stands what the cell prints, and nothing else."""
    data = path.read_bytes()
    with pdfium.PdfDocument(data) as document:
        texts = [page.get_textpage() for page in document]
        for cell, place in places(data):
            match = re.fullmatch(r"page (\d+), box ([-\d.]+),([-\d.]+),([-\d.]+),([-\d.]+)", place)
            assert match, place
            page, box = texts[int(match[1]) - 1], [float(side) for side in match.groups()[1:]]
            assert squeeze(page.get_text_bounded(*box)) == squeeze(cell["printed"])
