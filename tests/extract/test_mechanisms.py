"""What a format can do to a character before a figure: it is never in the value, and marked where that is unsure."""

import struct
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.make.visibility import DOCUMENT, markdown
from extract.formats.word import docx
from extract.labels import squeeze
from extract.shown import RAISED, is_unclear
from extract.sniff import parse
from tests.docx import NAMESPACES, TRANSITIONAL, pack
from tests.extract.word97 import Run, Word, row_of, style_sheet

MECHANISMS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "mechanisms" / "word.yaml").read_text("utf-8"))
MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
NORMAL = "<w:style w:type='character' w:styleId='plain'/>"
THEME = (
    '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:clrScheme>'
    '<a:dk1><a:sysClr val="windowText" lastClr="000000"/></a:dk1>'
    '<a:lt1><a:sysClr val="window" lastClr="FFFFFF"/></a:lt1>'
    "</a:clrScheme></a:theme>"
)


def docx_body(how: dict[str, Any]) -> str:
    """A table of a label and a figure, with a 9 written so before the 59."""
    text = how.get("text", f"<w:r><w:rPr>{how.get('run', '')}</w:rPr><w:t>9</w:t></w:r>")
    rest = f"<w:r><w:rPr>{how.get('rest', '')}</w:rPr><w:t>59</w:t></w:r>"
    label = f"<w:tc><w:p><w:r><w:rPr>{how.get('rest', '')}</w:rPr><w:t>label</w:t></w:r></w:p></w:tc>"
    paragraph = f"<w:p><w:pPr>{how.get('paragraph', '')}</w:pPr>{text}{rest}</w:p>"
    cell = f"<w:tc><w:tcPr>{how.get('cell', '')}</w:tcPr>{paragraph}</w:tc>"
    row = f"<w:tr><w:trPr>{how.get('row', '')}</w:trPr>{label}{cell}</w:tr>"
    return f"{how.get('before', '')}<w:tbl><w:tblPr>{how.get('table', '')}</w:tblPr>{row}</w:tbl>"


def docx_file(how: dict[str, Any]) -> bytes:
    """As a package."""
    return pack(docx_body(how), styles=how.get("styles", NORMAL), theme=THEME, before=how.get("document", ""))


def word_2003_file(how: dict[str, Any]) -> bytes:
    """As the one XML file of Word 2003."""
    styles = f"<w:styles>{how.get('styles', NORMAL)}</w:styles>"
    spaces = NAMESPACES.replace(TRANSITIONAL, "http://schemas.microsoft.com/office/word/2003/wordml")
    body = f"{how.get('document', '')}{styles}<w:body>{docx_body(how)}</w:body>"
    return f'<?xml version="1.0"?><w:wordDocument {spaces}>{body}</w:wordDocument>'.encode()


def doc_file(how: dict[str, Any]) -> bytes:
    """As a binary file."""

    def bytes_of(name: str) -> bytes:
        return bytes.fromhex(str(how.get(name, "")))

    word = Word()
    style = how.get("style", 0)
    rest = bytes_of("rest")
    papx = struct.pack("<HB", 0x2416, 1) + bytes_of("paragraph")
    word.add(Run("label", rest), papx=papx, mark="\x07", style=style)
    word.add(Run(how.get("text", "9"), bytes_of("run")), Run("59", rest), papx=papx, mark="\x07", style=style)
    word.add_row([], row_of([0, 1000, 2000], [0, 0]) + bytes_of("row"))
    word.add("behind")
    word.fonts, word.drawn = how.get("fonts", []), bytes_of("drawn")
    word.drawings = [tuple(one) for one in how.get("drawings", [])]
    styles = [(kind, base, bytes.fromhex(p), bytes.fromhex(c)) for kind, base, p, c in how.get("styles", [])]
    return word.to_bytes(style=style_sheet(*styles) if styles else b"")


def rtf_file(how: dict[str, Any]) -> bytes:
    """As rich text."""
    row = f"\\trowd{how.get('row', '')}\\cellx900{how.get('cell', '')}\\cellx1800"
    cells = f"\\pard\\intbl label\\cell\\pard\\intbl {how['text']}\\plain 59\\cell"
    return f"{{\\rtf1\\ansi{how.get('head', '')}{row}{cells}\\row\\pard\\par}}".encode()


FILES = {"docx": docx_file, "word 2003": word_2003_file, "doc": doc_file, "rtf": rtf_file}
CASES = [
    pytest.param(shape, how, id=f"{shape} {how['what']}")
    for shape in FILES
    for how in MECHANISMS["docx" if shape == "word 2003" else shape]["mechanisms"]
    if shape != "word 2003" or how.get("word_2003", True)
]


@pytest.mark.parametrize(("shape", "how"), CASES)
def test_a_further_character_is_gone_or_marked(shape: str, how: dict[str, Any]) -> None:
    """What is not shown is no part of the text; what may not be meant bears its mark."""
    (grid,) = parse(FILES[shape](how)).grids
    label, figure = (cell.text for cell in grid.rows[0])
    assert squeeze(label).replace(RAISED, "") == "label"
    if how["fate"] == "gone":
        assert figure == "59"
    else:
        assert is_unclear(figure)
        assert squeeze(figure).replace(RAISED, "") in ("959", "59")


@pytest.mark.parametrize("shape", FILES)
def test_plain_text_is_as_plain(shape: str) -> None:
    """What the table of mechanisms adds to a file marks nothing by itself."""
    how = {"text": {"docx": None, "word 2003": None, "doc": "9", "rtf": "9"}[shape]}
    (grid,) = parse(FILES[shape]({k: v for k, v in how.items() if v})).grids
    assert [cell.text for cell in grid.rows[0]] == ["label", "959"]


WHITE, DARK = '<w:color w:val="FFFFFF"/>', '<w:shd w:val="clear" w:fill="1F3864"/>'
HIDDEN = '<w:style w:type="{}" w:styleId="{}"><w:rPr><w:vanish/></w:rPr></w:style>'.format
BANNER = (
    '<w:style w:type="table" w:styleId="t"><w:tblStylePr w:type="firstRow">'
    f"<w:rPr>{WHITE}</w:rPr><w:tcPr>{DARK}</w:tcPr></w:tblStylePr></w:style>"
)
SEEN = [
    ("docx", {"run": WHITE, "rest": WHITE, "table": DARK}),
    ("docx", {"run": WHITE, "cell": '<w:shd w:val="clear" w:fill="auto"/>', "table": DARK}),
    ("docx", {"table": '<w:tblStyle w:val="t"/><w:tblLook w:val="0020"/>', "styles": BANNER}),
    ("docx", {"cell": '<w:shd w:val="clear" w:fill="000000"/>'}),
    ("docx", {"run": '<w:rStyle w:val="h"/><w:vanish w:val="0"/>', "styles": HIDDEN("character", "h")}),
    (
        "docx",
        {
            "run": '<w:rStyle w:val="h"/>',
            "paragraph": '<w:pStyle w:val="p"/>',
            "rest": '<w:vanish w:val="0"/>',
            "styles": HIDDEN("character", "h") + HIDDEN("paragraph", "p"),
        },
    ),
    ("doc", {"run": "7068ffffff00", "row": "12d614 000000ff 00000000 0000 000000ff 00000000 0000"}),
    (
        "rtf",
        {
            "text": "{\\cf2 9}",
            "cell": "\\clcbpat1",
            "head": "{\\colortbl;\\red0\\green0\\blue0;\\red255\\green255\\blue255;}",
        },
    ),
]


@pytest.mark.parametrize(("shape", "how"), SEEN)
def test_what_is_seen_is_read(shape: str, how: dict[str, Any]) -> None:
    """White on a dark ground, black of the automatic kind on black, two toggles that undo each other."""
    (grid,) = parse(FILES[shape](how)).grids
    assert grid.rows[0][1].text == "959"


def floating(wrap: str = "None", behind: int = 0, height: int = 300_000, fill: str = "<a:solidFill/>") -> str:
    """A floating shape of a docx."""
    return (
        f'<w:drawing><wp:anchor behindDoc="{behind}"><wp:positionV relativeFrom="paragraph"><wp:posOffset>0'
        f"</wp:posOffset></wp:positionV>"
        f'<wp:extent cx="900000" cy="{height}"/><wp:wrap{wrap}/><a:graphic xmlns:a="{MAIN}"><wps:wsp>'
        f"<wps:spPr>{fill}</wps:spPr></wps:wsp></a:graphic></wp:anchor></w:drawing>"
    )


CIRCLE = '<w:style w:type="character" w:styleId="{}"><w:basedOn w:val="{}"/><w:rPr><w:strike/></w:rPr></w:style>'.format
CIRCLES = [
    ("docx", {"run": '<w:rStyle w:val="a"/>', "styles": CIRCLE("a", "b") + CIRCLE("b", "a")}),
    ("doc", {"run": "304a0100", "styles": [[1, 4095, "", ""], [2, 2, "", "370801"], [2, 1, "", ""]]}),
    ("rtf", {"text": "{\\cs1 9}", "head": "{\\stylesheet{\\*\\cs1\\sbasedon2\\strike a;}{\\*\\cs2\\sbasedon1 b;}}"}),
]


@pytest.mark.parametrize(("shape", "how"), CIRCLES)
def test_styles_based_on_each_other_end(shape: str, how: dict[str, Any]) -> None:
    """A circle of styles is walked once."""
    (grid,) = parse(FILES[shape](how)).grids
    assert grid.rows[0][1].text == "9\u033659"


FRONT = 0x70 | 2 << 3  # no wrap, by the text
AWAY = [
    ("docx", {"before": "<w:p><w:r>{}</w:r></w:p>".format(floating(wrap="None", height=120_000)) + "<w:p/>" * 3}),
    ("docx", {"text": f"<w:r>{floating(wrap='Square')}<w:t>9</w:t></w:r>"}),
    ("docx", {"text": f"<w:r>{floating(behind=1)}<w:t>9</w:t></w:r>"}),
    ("docx", {"text": f"<w:r>{floating(fill='<a:noFill/>')}<w:t>9</w:t></w:r>"}),
    ("docx", {"text": f"<w:r>{floating(height=9000)}<w:t>9</w:t></w:r>"}),
    ("doc", {"text": "9", "drawings": [[5, 0, 400, 0x4000 | FRONT]]}),
    ("doc", {"text": "9", "drawings": [[5, 0, 400, 2 << 5 | 2 << 3]]}),
    ("doc", {"text": "9", "drawings": [[12, 200, 400, FRONT]]}),
    ("rtf", {"text": "{\\header{\\shp{\\*\\shpinst\\shptop0\\shpbottom400\\shpwr3\\shpfblwtxt0}}}9"}),
    ("rtf", {"text": "{\\shp{\\*\\shpinst\\shptop100\\shpbottom100\\shpwr2{\\sp{\\sn shapeType}{\\sv 20}}}}9"}),
    ("rtf", {"text": "{\\shp{\\*\\shpinst\\shptop0\\shpbottom400\\shpwr2\\shpfblwtxt0}}9"}),
    ("rtf", {"text": "{\\shp{\\*\\shpinst\\shptop0\\shpbottom400\\shpwr3\\shpfblwtxt1}}9"}),
]


@pytest.mark.parametrize(("shape", "how"), AWAY)
def test_what_text_flows_around_or_lies_over_hides_nothing(shape: str, how: dict[str, Any]) -> None:
    """Nor does what is a line, is not filled, or stands too far off."""
    (grid,) = parse(FILES[shape](how)).grids
    assert grid.rows[0][1].text == "959"


def test_the_title_of_a_dark_box_is_read() -> None:
    """What fills a box is drawn, and cannot be told: a title is in doubt there, not gone."""
    title = f"<w:p><w:r><w:rPr>{WHITE}</w:rPr><w:t>年度报告</w:t></w:r></w:p>"
    boxed = f"<w:p><w:r><w:drawing><w:txbxContent>{title}</w:txbxContent></w:drawing></w:r></w:p>"
    (title,) = docx.read(pack(boxed)).blocks
    assert isinstance(title, str)
    assert squeeze(title) == "年度报告"


def test_the_table_of_mechanisms_is_current() -> None:
    """Written by `python -m docs.make.visibility`."""
    assert DOCUMENT.read_text(encoding="utf-8") == markdown()
