"""The right reader by the right sign, and text in whatever encodings a page is put together from."""

import base64
import codecs
import json
import zipfile
from html import escape
from io import BytesIO
from random import Random

import pytest

from extract.document import UnreadableFileError
from extract.encodings import decode
from extract.read import Reading, read_report
from extract.sniff import parse
from tests.docx import WordLayout, archive, write_docx
from tests.extract.test_rtf import rich_text
from tests.extract.word97 import of_sheets
from tests.pdf import PdfLayout, write_pdf
from tests.render import Key, lay_out, render
from tests.strategies import distinct_numbers

VALUES: dict[Key, str] = {key: format(value, "f") for key, value in distinct_numbers("2021").items()}
PAGE = render("2021", VALUES, "html").decode()
BOM, LINES = codecs.BOM_UTF8, b"\r\n\r\n"
WARNING = b"<br />\n<b>Warning</b>:  date(): It is not safe in <b>/www/down.php</b> on line <b>7</b><br />\n"


def cells(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells if cell.place}


def is_read(data: bytes) -> bool:
    """Whether a file is read as the report it holds, nothing of it marked."""
    reading = read_report(data, "report.doc")
    return (reading.outcome, cells(reading), reading.issues) == ("report", VALUES, [])


def mhtml(page: bytes, kind: str = "text/html") -> bytes:
    """A page as Word and browsers save it in a single file."""
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n\xb5\xa5\xb8\xf6\r\n'
    part = f"--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    return head + part + base64.encodebytes(page) + b"\r\n--b--\r\n"


def word_xml() -> bytes:
    """A Word document in one XML file."""
    data = write_docx(lay_out("2021", VALUES), WordLayout(), Random(0))
    body = zipfile.ZipFile(BytesIO(data)).read("word/document.xml").decode().split("?>", 1)[1]
    package = '<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
    part = f'<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>{body}</pkg:xmlData></pkg:part></pkg:package>'
    return f'<?xml version="1.0"?><?mso-application progid="Word.Document"?>{package}{part}'.encode()


FILES = {
    "html": PAGE.encode(),
    "mhtml": mhtml(PAGE.encode("gb18030")),
    "docx": write_docx(lay_out("2021", VALUES), WordLayout(), Random(0)),
    "doc": of_sheets(lay_out("2021", VALUES)).to_bytes(),
    "rtf": rich_text("2021", VALUES).encode(),
    "pdf": write_pdf(lay_out("2021", VALUES), PdfLayout()),
    "xml": word_xml(),
}


@pytest.mark.parametrize(
    "before", [b"", BOM, LINES, BOM + LINES, WARNING], ids=["", "mark", "lines", "both", "warning"]
)
@pytest.mark.parametrize("shape", FILES)
def test_what_a_server_puts_before_a_file_hides_nothing(shape: str, before: bytes) -> None:
    """A byte order mark, blank lines, a warning: the file is read by what follows."""
    assert is_read(before + FILES[shape])


ISLAND = "<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View></w:WordDocument></xml><![endif]-->"
SPACES = 'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"'


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("<head>", f"<head>{ISLAND}"),
        PAGE.replace("<html", f"<html {SPACES}").replace("<head>", "<head><xml><w:WordDocument/></xml>"),
        PAGE.replace("<body>", f"<body><div>{ISLAND}<?xml:namespace prefix = o /></div>"),
        f"<!-- saved by Word --><?xml version='1.0'?>{PAGE}",
    ],
)
def test_a_page_is_a_page_whatever_it_says_of_word(page: str) -> None:
    """What Word leaves in a page it saved, or a portal in one somebody pasted into, is no root element."""
    assert is_read(page.encode())
    assert is_read(mhtml(page.encode()))


def test_a_page_that_speaks_of_other_files_is_a_page() -> None:
    """The signature of a file in the text of a page begins none."""
    assert is_read(PAGE.replace("<body>", "<body><p>\n%PDF-1.4\n{\\rtf1 PK\x03\x04</p>").encode())


def test_a_web_archive_in_a_web_archive_is_opened_so_many_times() -> None:
    """One within another is read; parts within parts without end are refused with a reason."""
    assert is_read(mhtml(mhtml(PAGE.encode()), "text/html"))
    endless = b"MIME-Version: 1.0\r\n" + b"".join(
        b'Content-Type: multipart/related; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(2_000)
    )
    with pytest.raises(UnreadableFileError, match="web archive"):
        parse(endless)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "hz"],
)
def test_any_encoding_of_chinese_is_told(encoding: str) -> None:
    """With a mark or without."""
    page = PAGE.replace("－", "-") if encoding == "hz" else PAGE
    assert is_read(page.encode(encoding, "xmlcharrefreplace"))


def test_traditional_text_in_big5_is_told() -> None:
    """Decoded as GB18030 it would be nonsense without a broken character."""
    text = "<html><body><p>本機關主動公開政府信息公開年度報告</p></body></html>"
    assert decode(text.encode("big5")) == (text, "big5hkscs")


FOOTER = "版权所有：示例县人民政府办公室，地址：示例路一号，邮政编码见网站说明，技术支持：示例公司"


@pytest.mark.parametrize(("main", "other"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
@pytest.mark.parametrize("times", [1, 400])
def test_a_block_in_another_encoding_costs_nothing(main: str, other: str, times: int) -> None:
    """A footer pasted in by a site, short or longer than the tables. A sign of two bytes is what it is in most text."""
    head, tail = PAGE.split("</body>")
    footer = "".join(f"<p>{FOOTER}</p>" for _ in range(times)).encode(other)
    data = head.encode(main) + "<p>©</p>".encode(main) + footer + f"</body>{tail}".encode(main)
    assert is_read(data)
    text, encoding = decode(data)
    assert FOOTER in text
    assert times > 1 or (encoding, "©" in text) == (main, True)


def test_surrogates_written_one_by_one_are_one_character() -> None:
    """CESU-8, as some databases export it."""
    pair = b"".join(chr(unit).encode("utf-8", "surrogatepass") for unit in (0xD842, 0xDFB7))
    assert "𠮷" in decode(PAGE.encode() + pair)[0]


def test_a_page_that_spells_its_text_in_references_is_read() -> None:
    """Then only quotation marks and the like are bytes of an encoding, be it one of the West."""
    spelt = PAGE.encode("ascii", "xmlcharrefreplace").replace(b"<body>", b"<body><p>\x93a\x94 \x97 \x80 \xe9</p>")
    text, encoding = decode(spelt)
    assert encoding == "cp1252"
    assert "\u201ca\u201d" in text
    assert repr(parse(spelt).grids) == repr(parse(PAGE.encode()).grids)


def test_bytes_that_are_no_text_in_a_footer_cost_no_table() -> None:
    """What stands around the tables is no figure."""
    data = PAGE.encode().replace(b"</body>", b"<p>" + bytes(range(128, 256)) * 40 + b"</p></body>")
    assert cells(read_report(data, "page")) == VALUES


def test_other_xml_is_no_word_file() -> None:
    """A feed or a data island is read as the page it holds, if any."""
    data = b'<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata/></package>'
    assert read_report(data, "book.xml").outcome == "not_a_report"
    assert read_report(archive({"a.txt": "a"}), "a.zip").outcome == "not_a_report"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"data": {"content": PAGE}}, ensure_ascii=False).replace("<", "\\u003c"),
        f"<rss><channel><item><description>{escape(PAGE)}</description></item></channel></rss>",
    ],
    ids=["answer of an interface", "feed"],
)
def test_markup_that_is_written_escaped_is_a_page(text: str) -> None:
    """Not a text without tables."""
    cells = read_report(text.encode(), "answer").cells
    assert {(cell.indicator_code, cell.applicant_code): cell.printed for cell in cells} == VALUES
