"""Files made to stop a reader: each is read or refused within ten seconds of processor time and a gigabyte."""

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests import archives, odf, ofd
from tests.docx import WordLayout, archive, pack, write_docx
from tests.extract.word97 import of_sheets
from tests.pdf import PdfLayout, document, stroke, write_pdf
from tests.render import Layout, lay_out, render
from tests.strategies import distinct_numbers
from tests.workbook import PRODUCERS, BookLayout, by_xlwt

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECONDS, MEMORY = 10, 1 << 30
VALUES = {key: format(value, "f") for key, value in distinct_numbers("2021").items()}
PAGE = render("2021", VALUES, "html").decode()


def in_head(markup: str) -> bytes:
    """A report with something before it."""
    return PAGE.replace("<body>", f"<body>{markup}").encode()


def word_file() -> bytes:
    """A report as a Word file."""
    return write_docx(lay_out("2021", VALUES), WordLayout(), Random(0))


def book() -> bytes:
    """A report as a workbook."""
    return PRODUCERS["openpyxl"](lay_out("2021", VALUES), BookLayout(), Random(0))


def odt() -> bytes:
    """A report as an OpenDocument text."""
    return odf.write_odt(lay_out("2021", VALUES), LAYOUT, Random(9))


def with_document(content: str) -> bytes:
    """A Word file with this as its main part."""
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": '<Relationships><Relationship Type="/officeDocument" Target="d.xml"/></Relationships>',
            "d.xml": content,
        }
    )


ANCHOR = '<w:r><w:drawing><wp:anchor><wp:extent cy="999999999"/><wp:wrapNone/></wp:anchor></w:drawing></w:r>'


def binary_book() -> bytes:
    """A report as a workbook of Excel 97."""
    return by_xlwt(lay_out("2021", VALUES), BookLayout(), Random(0))


def dimensions(data: bytes) -> bytes:
    """The record of a sheet that says how large its field is ([MS-XLS] 2.4.90)."""
    at = data.index(struct.pack("<HH", 0x200, 14))
    return data[at : at + 16]


LOOP = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >> /Length 5 >>"
LOOP += b" stream\n/X Do\nendstream"
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
LAYOUT = Layout()
FIRST = '<row r="1"><c r="A1"><v>1</v></c></row>'
ROW = '<table:table-row table:number-rows-repeated="1000"><table:table-cell table:number-columns-repeated="1000">'
ROW += "<text:p>1</text:p></table:table-cell></table:table-row>"
STYLE = '<style:style style:name="S{}" style:family="text" style:parent-style-name="S{}"/>'
COMPOSITE = '<ofd:CompositeObject ResourceID="9" Boundary="0 0 9 9"/>'
STEPS = '<ofd:TextObject Size="3"><ofd:TextCode DeltaX="g 999999999 1">1</ofd:TextCode></ofd:TextObject>'
UNIT = f'<ofd:CompositeGraphicUnit ID="9"><ofd:Content>{COMPOSITE * 9}</ofd:Content></ofd:CompositeGraphicUnit>'
PEN = ofd.Pen()
HOSTILE: dict[str, dict[str, Callable[[], bytes]]] = {
    "elements of a page": {
        "columns without end": lambda: PAGE.replace("<td>", '<td colspan="1000000">').encode(),
        "rows without end": lambda: PAGE.replace("<td>", '<td rowspan="1000000">').encode(),
        "tables in tables": lambda: in_head("<table><tr><td>1</td><td>" * 10_000),
        "hidden in hidden": lambda: in_head("<style>.x{display:none}</style>" + "<div class=x>" * 19_000),
        "struck in struck": lambda: in_head("<s>" * 19_000),
        "strings of a script": lambda: in_head(f"<script>{chr(34)}{chr(92) * 900_000}{chr(34) * 900_000}</script>"),
        "text areas": lambda: b"<html>" + b"<textarea>&lt;table>" * 90_000,
        "one line": lambda: b"<html>" + b"a" * (1 << 26),
    },
    "styles of a page": {
        "rules of a style sheet": lambda: in_head(f"<style>{'.ab{display:none}' * 40_000}</style>"),
        "a style sheet of braces": lambda: in_head(f"<style>{'@media x{.a,' * 90_000}</style>"),
        "selectors that look everywhere": lambda: in_head(
            f"<style>{''.join(f'p:nth-child({n}) ~ p{{display:none}}' for n in range(1000))}</style>"
            + "<p>公开" * 8_000
        ),
        "rules for the same elements": lambda: in_head(
            f"<style>{''.join(f'.a{{--v{n}:1}}' for n in range(20_000))}</style>" + "<p class=a>公开" * 45
        ),
        "styles nested in styles": lambda: in_head(f"<style>{'.a,.b{color:red;' * 30}</style>"),
        "brackets of a style": lambda: in_head(f"<p style='color:{'(' * 100_000}'>公开"),
        "variables of variables": lambda: in_head(
            f"<style>:root{{{''.join(f'--a{n}:var(--a{n + 1}) var(--a{n + 1});' for n in range(50))}}}"
            ".a{display:var(--a0)}</style><p class=a>公开"
        ),
        "text before every cell": lambda: in_head(
            f"<style>.a::before{{content:'{'9' * 100_000}'}}</style><table><tr>" + "<td class=a>1" * 9_000
        ),
    },
    "text": {
        "figures without end": lambda: b"1 " * 900_000,
        "bars without end": lambda: b"|" * 1_900_000,
        "rows of a text": lambda: "规章 1 2 3\n".encode() * 90_000,
        "halves of labels": lambda: "不再处理其\n政府信息公开申请 1 2 3 4 5 6 7\n".encode() * 30_000,
        "wrongly converted": lambda: "ä¸\xad".encode() * 300_000,
    },
    "rich text": {
        "groups of rich text": lambda: b"{\\rtf1" + b"{" * 5_000_000,
        "signs of rich text": lambda: b"{\\rtf1" + b"\\'d5" * 3_000_000,
        "a row of rich text": lambda: b"{\\rtf1\\trowd" + b"\\cellx1" * 90_000 + b"\\intbl" + b"\\cell" * 90_000,
    },
    "Word": {
        "entities of entities": lambda: with_document(f'<!DOCTYPE d [<!ENTITY e0 "a">{ENTITIES}]><d>&e11;</d>'),
        "an entity outside": lambda: with_document('<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d>&e;</d>'),
        "a part that unpacks without end": lambda: pack("<w:p/>" + " " * (70 << 20)),
        "markup without end": lambda: pack("<w:p/>" * 2_000_000),
        "half a Word file": lambda: word_file()[: len(word_file()) // 2],
        "half a binary Word file": lambda: (data := of_sheets(lay_out("2021", VALUES)).to_bytes())[: len(data) // 2],
        "shapes in front of rows": lambda: pack(
            f"<w:p>{ANCHOR * 20_000}</w:p>" + "<w:tbl><w:tr><w:tc/></w:tr></w:tbl>" * 9_000
        ),
    },
    "PDF": {
        "half a PDF": lambda: (data := write_pdf(lay_out("2021", VALUES), PdfLayout()))[: len(data) // 2],
        "a form within itself": lambda: document("/X Do", objects=(LOOP,)),
        "rulings without end": lambda: document(
            "".join(stroke(0, n, 500, n) + stroke(n, 0, n, 800) for n in range(6_000))
        ),
    },
    "sheets": {
        "drawings on a sheet": lambda: odf.pack(
            f"<table:table><table:table-row><table:table-cell>{'<draw:frame/>' * 90_000}</table:table-cell>"
            "</table:table-row></table:table>",
            media_type=odf.SHEET,
        ),
        "half a binary workbook": lambda: (data := binary_book())[: len(data) // 2],
        "a binary sheet without end": lambda: (data := binary_book()).replace(
            (record := dimensions(data)), record[:4] + bytes(4) + b"\xf0" * 8
        ),
        "half a workbook": lambda: (data := book())[: len(data) // 2],
        "a cell at the end of a sheet": lambda: sheet('<row r="1"><c r="XFD1048576"><v>1</v></c></row>'),
        "cells without end": lambda: sheet("<row>" + "<c><v>1</v></c>" * 900_000 + "</row>"),
        "merged cells without end": lambda: sheet(FIRST, '<mergeCell ref="A1:XFD1048576"/>' * 20_000),
        "strings without end": lambda: sheet(FIRST, strings="<si><t>a</t></si>" * 900_000),
        "conditions without end": lambda: sheet(FIRST, '<conditionalFormatting sqref="A1:XFD99999"/>' * 90_000),
        "strings that do not end": lambda: sheet(FIRST, strings="<si>" * 900_000),
        "pieces that do not end": lambda: sheet(FIRST, strings=f"<si>{'<r><rPr>' * 300_000}</si>"),
        "cells that do not end": lambda: sheet('<row r="1">' + '<c r="A1"><is>' * 300_000 + "</row>"),
        "conditions that do not end": lambda: sheet(FIRST, '<conditionalFormatting sqref="A1">' * 90_000),
        "formats that do not end": lambda: sheet(
            FIRST, f'<conditionalFormatting sqref="A1">{"<x:dxf>" * 300_000}</conditionalFormatting>'
        ),
        "views that do not end": lambda: sheet(FIRST, above="<sheetView " * 300_000),
        "repeated rows of a sheet": lambda: odf.pack(f"<table:table>{ROW * 999}</table:table>", media_type=odf.SHEET),
    },
    "OpenDocument": {
        "half an OpenDocument text": lambda: (data := odt())[: len(data) // 2],
        "repeated rows": lambda: odf.pack(f"<table:table>{ROW * 999}</table:table>"),
        "spans in spans": lambda: odf.pack("<text:p>" + "<text:span>" * 90_000),
        "styles after each other": lambda: odf.pack(
            "<text:p/>", "".join(STYLE.format(n, n + 1) for n in range(60_000))
        ),
    },
    "OFD": {
        "half an OFD file": lambda: (data := ofd.write_ofd(lay_out("2021", VALUES), LAYOUT))[: len(data) // 2],
        "steps without end": lambda: ofd.document([STEPS * 999]),
        "rulings of an OFD file": lambda: ofd.document(
            ["".join(PEN.rule(0, n, 500, n) + PEN.rule(n, 0, n, 500) for n in range(6_000))]
        ),
        "blocks in blocks": lambda: ofd.document(["<ofd:PageBlock>" * 200 + "</ofd:PageBlock>" * 200]),
        "a composite of itself": lambda: ofd.document([COMPOSITE], resources=UNIT),
    },
    "archives": {
        "half an archive": lambda: (data := archives.zipped({"a.html": PAGE.encode()}))[: len(data) // 2],
        "a bomb": lambda: archives.zipped({"bomb": bytes(300 << 20)}),
        "a bomb of seven": lambda: archives.seven({"bomb": bytes(300 << 20)}),
        "a bomb of one file": lambda: archives.gzipped(bytes(300 << 20)),
        "a bomb on a tape": lambda: archives.taped({"bomb": bytes(300 << 20)}),
        "archives in archives": lambda: nested(archives.zipped({"a.txt": b"a"}), 30),
        "files without end": lambda: archives.zipped({f"{n}.txt": b"" for n in range(30_000)}),
    },
    "anything": {
        "nothing": lambda: b"",
        "noise": lambda: Random(1).randbytes(1 << 20),
    },
}  # fmt: skip


def sheet(rows: str, below: str = "", strings: str = "", above: str = "") -> bytes:
    """A workbook whose one sheet has these rows, what stands above and below them, and these shared strings."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(io.BytesIO(book())) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = f"<worksheet {space}>{above}<sheetData>{rows}</sheetData>{below}</worksheet>"
    parts["xl/sharedStrings.xml"] = f"<sst {space}>{strings}</sst>"
    return odf.archive(parts)


def nested(data: bytes, depth: int) -> bytes:
    """An archive in an archive in an archive."""
    for number in range(depth):
        data = archives.zipped({f"{number}.zip": data})
    return data


# Imports the readers once; then for each file it is told forks a process within bounds, and tells how that ended.
READER = f"""
import os, resource, sys, traceback
from pathlib import Path
from extract.formats.archive import kind_of, members
from extract.read import read_report

def read(path):
    os.dup2(os.open(path + ".told", os.O_CREAT | os.O_WRONLY), 2)
    resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
    resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
    data = Path(path).read_bytes()
    found = read_report(data, "hostile")
    if found.outcome == "not_a_report" and kind_of(data):
        list(members(data, "hostile"))
    assert found.outcome == "report" or found.reason

read_report(b"", "nothing")
for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            read(line.rstrip())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def reader() -> Iterator[subprocess.Popen[str]]:
    """A process that has the readers in memory."""
    with subprocess.Popen(
        [sys.executable, "-c", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        yield process
        process.stdin.close()


@pytest.mark.drawn("kind")
@pytest.mark.parametrize(
    ("kind", "make"),
    [pytest.param(kind, make, id=name) for kind, made in HOSTILE.items() for name, make in made.items()],
)
def test_a_hostile_file_costs_little(
    kind: str, make: Callable[[], bytes], reader: subprocess.Popen[str], tmp_path: Path
) -> None:
    """A process that may use ten seconds and a gigabyte comes back, with a reason for what it does not read."""
    file = tmp_path / "hostile"
    file.write_bytes(make())
    print(file, file=reader.stdin, flush=True)
    status, told = reader.stdout.readline(), file.with_suffix(".told").read_text("utf-8")
    assert (status, told[-500:]) == ("0\n", ""), kind
