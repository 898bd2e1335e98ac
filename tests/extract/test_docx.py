"""Word files: every way Word, WPS and LibreOffice write the three tables is read; hostile files do no harm."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.document import Cell, Document, UnreadableFileError
from extract.formats.package import MAX_MARKUP
from extract.formats.word import docx
from extract.read import Reading, read_report
from tests.docx import NAMESPACES, TRANSITIONAL, WordLayout, archive, chunked, pack, write_docx
from tests.render import Key, lay_out, render
from tests.series import examples
from tests.strategies import EDITIONS, LOCAL, consistent_numbers, distinct_numbers, spellings

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "docx").glob("*.docx"))
VARIANTS = [(edition, local) for edition in EDITIONS for local in LOCAL[edition]]
FLAGS = (
    "spellings definitions broken split front ragged nested hidden hmerge runs tracked controls phantom boxed".split()
)
PARTS = ("[Content_Types].xml", "_rels/.rels", "word/document.xml", "core.xml")

bounded = examples(40)


@st.composite
def word_layouts(draw: st.DrawFn) -> WordLayout:
    """Any layout of a Word file."""
    flags = {flag: draw(st.booleans()) for flag in FLAGS}
    return WordLayout(padding=draw(st.sampled_from(["", " ", "\xa0", "\u3000"])), **flags)


def word_file(edition: str, printed: dict[Key, str], layout: WordLayout, seed: int = 0) -> bytes:
    """A report as a Word file."""
    return write_docx(lay_out(edition, printed, layout=layout, rng=Random(seed)), layout, Random(seed))


def numbers(edition: str, local: tuple[str, ...] = ()) -> dict[Key, str]:
    """A report with a different number in nearly every cell."""
    return {key: format(value, "f") for key, value in distinct_numbers(edition, local).items()}


def read_back(data: bytes) -> Reading:
    """The reading of a file that is in order: a report of which nothing is marked."""
    reading = read_report(data, "page")
    assert (reading.outcome, reading.reason) == ("report", "")
    assert [(issue.code, issue.where, issue.found) for issue in reading.issues] == []
    return reading


def printed_in(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells}


# -- round trip ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("edition", "local"), VARIANTS, ids=str)
@given(data=st.data())
@bounded
def test_every_cell_comes_back_as_the_text_export_gives_it(
    edition: str, local: tuple[str, ...], data: st.DataObject
) -> None:
    """Text and address of every cell survive, whatever the layout; two shapes differ in the place of a cell only."""
    printed = data.draw(spellings(edition, data.draw(consistent_numbers(edition, local))))
    layout = data.draw(word_layouts())
    reading = read_back(word_file(edition, printed, layout, data.draw(st.integers(0, 2**16))))
    assert printed_in(reading) == printed

    def essence(found: Reading) -> set[tuple[str, ...]]:
        return {
            (c.table, c.edition, c.indicator_code, c.applicant_code, c.type, c.unit, c.printed, c.method, c.issue)
            for c in found.cells
        }

    assert essence(reading) == essence(read_back(render(edition, printed, "txt")))


@pytest.mark.drawn
@pytest.mark.parametrize("flag", ["", *FLAGS])
@pytest.mark.parametrize(("edition", "local"), VARIANTS, ids=str)
def test_each_way_of_writing_reads_alike(edition: str, local: tuple[str, ...], flag: str) -> None:
    """Every option alone, so that a failure names it."""
    printed = numbers(edition, local)
    for seed in range(3):
        layout = WordLayout(**({flag: flag != "front"} if flag else {}))
        assert printed_in(read_back(word_file(edition, printed, layout, seed))) == printed


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_word_document_may_be_one_xml_file(edition: str) -> None:
    """As a flat package, and as Word 2003 wrote it: other names, and sections around the paragraphs."""
    data = word_file(edition, numbers(edition), WordLayout(nested=True))
    body = zipfile.ZipFile(BytesIO(data)).read("word/document.xml").decode().split("?>", 1)[1]
    program = '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
    part = f'<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>{body}</pkg:xmlData></pkg:part>'
    flat = f'{program}<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{part}</pkg:package>'
    old = body.replace(TRANSITIONAL, "http://schemas.microsoft.com/office/word/2003/wordml")
    for new, word in (("vmerge", "vMerge"), ("wordDocument", "document")):
        old = old.replace(f"w:{word}", f"w:{new}")
    hint = 'xmlns:wx="http://schemas.microsoft.com/office/word/2003/auxHint"'
    old = old.replace("<w:body>", f"<w:body><wx:sect {hint}>").replace("</w:body>", "</wx:sect></w:body>")
    for text in (flat, program + old):
        assert printed_in(read_back(text.encode())) == numbers(edition)
        assert read_report(text.encode(), "report.doc").media_type == docx.MEDIA_TYPE
    assert read_report(flat.replace("w:document", "w:styles").encode(), "x").outcome == "unreadable"


def test_a_title_in_a_text_box_is_a_paragraph_of_the_document() -> None:
    """The box stands once in the text, where its anchor is, and agrees with the title among the properties."""
    plain, boxed = (docx.read(word_file("2021", numbers("2021"), WordLayout(boxed=boxed))) for boxed in (False, True))
    assert plain.text == boxed.text
    assert plain.title == boxed.title == "示例县人民政府2023年政府信息公开工作年度报告"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_files_of_another_producer_read_as_printed(path: Path) -> None:
    """LibreOffice writes columns that only overlap, tracked changes and hidden text in its own way."""
    expected = json.loads(path.with_suffix(".json").read_text())
    cells = printed_in(read_back(path.read_bytes()))
    assert {" ".join(key).strip(): printed for key, printed in cells.items()} == expected


def test_there_are_examples() -> None:
    """The test above is not empty."""
    assert len(EXAMPLES) == 2


# -- phenomena -------------------------------------------------------------------------------------


def run(text: str, properties: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(text: str) -> str:
    """A paragraph of one run."""
    return f"<w:p>{run(text)}</w:p>"


def cell(text: str, properties: str = "") -> str:
    """A cell of one paragraph."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    """A table row."""
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    """A table without a grid of its own."""
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def control(inner: str) -> str:
    """A content control around anything."""
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def field(kind: str) -> str:
    """A mark of a complex field: begin, separate or end."""
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def shown(document: Document) -> list[object]:
    """Paragraphs as text, grids as rows of texts."""
    return [b if isinstance(b, str) else [[c.text for c in cells] for cells in b.rows] for b in document.blocks]


CODE = "<w:r><w:instrText> =SUM(ABOVE) 99 </w:instrText></w:r>"
FIELD = f"{field('begin')}{CODE}{field('separate')}{{}}{field('end')}"
LIST = (
    '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="5"/>'
    '<w:listEntry w:val="7"/></w:ddList></w:ffData></w:fldChar></w:r>'
)
OLD, NEW = run("9").replace("w:t", "w:delText"), run("7")
CHOICE = (
    "<mc:AlternateContent><mc:Choice Requires='wps'>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>"
)
BOX = "<w:drawing><w:txbxContent>{}</w:txbxContent></w:drawing>"
BOXED = BOX.format(paragraph("盒"))


@pytest.mark.parametrize(
    ("inner", "lines"),
    [
        (run("1") + run("") + run("2"), ["12"]),
        (f"<w:del>{OLD}</w:del><w:ins>{NEW}</w:ins>", ["7"]),
        (f"<w:moveFrom>{run('9')}</w:moveFrom><w:moveTo>{NEW}</w:moveTo>", ["7"]),
        (f"<w:ins><w:del>{OLD}</w:del></w:ins>{run('7')}", ["7"]),
        (f"<w:smartTag>{run('1')}<w:customXml>{run('2')}</w:customXml></w:smartTag>", ["12"]),
        (f"<w:hyperlink>{run('1')}</w:hyperlink>{control(control(run('2')))}", ["12"]),
        (FIELD.format(run("7")) + run("8"), ["78"]),
        (field("begin") + CODE + FIELD.format(run("9")) + field("separate") + run("7") + field("end"), ["7"]),
        (f"{run('7')}{field('begin')}{run('8')}", ["78"]),
        (LIST + CODE + field("end"), ["7"]),
        (f"{run('7')}{field('end')}{field('separate')}{run('8')}", ["78"]),
        (f'<w:fldSimple w:instr="=SUM(LEFT)">{run("7")}</w:fldSimple>', ["7"]),
        ("<w:r><w:t>结果</w:t><w:br/><w:t>维</w:t><w:cr/><w:t>持</w:t></w:r>", ["结果", "维", "持"]),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t></w:r>", ["a b-c"]),
        ('<w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r>', ["a"]),
        ('<w:r><w:sym w:font="Symbol" w:char="F02D"/><w:t>8</w:t></w:r>', ["-8"]),
        ('<w:r><w:sym w:font="Wingdings" w:char="F038"/></w:r>', ["\uf038"]),
        ('<w:r><w:sym w:font="x" w:char="D800"/><w:sym w:font="x" w:char="?"/></w:r>', ["\ufffd\ufffd"]),
        (run("9", "<w:vanish/>") + run("7", '<w:vanish w:val="0"/>'), ["7"]),
        (run("7", "<w:rPrChange><w:rPr><w:vanish/><w:strike/></w:rPr></w:rPrChange>"), ["7"]),
        (f"<w:ruby><w:rt>{run('9')}</w:rt><w:rubyBase>{run('7')}</w:rubyBase></w:ruby>", ["7"]),
        (run("12", "<w:strike/><w:dstrike/>") + run("15", '<w:strike w:val="false"/>'), ["1\u03362\u033615"]),
        (run("12") + run("1", '<w:vertAlign w:val="superscript"/>'), ["12^1"]),
        (run("12", '<w:vertAlign w:val="baseline"/>') + run(" ", '<w:vertAlign w:val="subscript"/>'), ["12"]),
        ("<m:oMath><m:f><m:r><m:t>1</m:t></m:r><m:r><m:t>2</m:t></m:r></m:f></m:oMath>", ["1 2"]),
        ("<w:r><w:t>1\n\t2</w:t></w:r>", ["1  2"]),
        ("<w:r><w:t>1<!-- 9 -->2<?x 9?>3</w:t></w:r>", ["123"]),
        ("<w:r>" + CHOICE.format("<w:t>7</w:t>", "<w:t>9</w:t>") + "</w:r>", ["7"]),
        (f"<w:r>{CHOICE.format(BOXED, BOXED)}</w:r>{run('文')}", ["文", "盒"]),
        (CHOICE.format(run("9"), run("7")).replace("'wps'", '"z" xmlns:z="urn:z"'), ["7"]),
        (f'<w:fldSimple w:instr=" SYMBOL 57 \\f Arial "/>{run("7")}', ["97"]),
        (f'<w:fldSimple w:instr="SYMBOL 0x37">{run("8")}</w:fldSimple>', ["8"]),
        ('<w:pPr><w:ind w:left="-105" w:hanging="420"/></w:pPr>' + run("7"), ["7"]),
        ("<w:r>" + BOX.format(f"<w:p><w:r>{BOXED}</w:r>{run('文')}</w:p>") + "</w:r>", ["文", "盒"]),
        (f"<w:r>{BOXED}{BOX.format(paragraph('二'))}</w:r>{run('文')}", ["文", "盒", "二"]),
        (f"<w:r><w:rPr><w:vanish/></w:rPr>{BOXED}</w:r>{run('7')}", ["7"]),
    ],
)  # fmt: skip
def test_a_paragraph_shows_what_the_page_shows(inner: str, lines: list[str]) -> None:
    """In the body line by line, in a cell on lines of one text."""
    assert shown(docx.read(pack(f"<w:p>{inner}</w:p>"))) == lines
    in_cell = docx.read(pack(table(row(f"<w:tc><w:p>{inner}</w:p></w:tc>"))))
    assert shown(in_cell) == [[["\n".join(lines)]]]


@pytest.mark.parametrize(
    ("path", "kind", "text", "shown_as"),
    [
        ("/r/a", "", "9", "12"),
        ("/r/a", "", "12", "12"),
        ("/n:r[1]/n:a[1]", "", "9", "12"),
        ("/r/b", "", "9", "9"),
        ("/r/a", '<w:dropDownList><w:listItem w:displayText="7" w:value="12"/></w:dropDownList>', "9", "7"),
        ("//a", "", "9", "9\u0333"),
    ],
)
def test_a_control_bound_to_data_shows_what_they_say(path: str, kind: str, text: str, shown_as: str) -> None:
    """Word puts the data in place of what the control held; a way through them that is not a simple one is in doubt."""
    space = "xmlns:n='urn:n'" if "n:" in path else ""
    binding = f'<w:dataBinding w:prefixMappings="{space}" w:xpath="{path}" w:storeItemID="{{d}}"/>'
    control = f"<w:sdt><w:sdtPr>{binding}{kind}</w:sdtPr><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>"
    data = f"<r {space.replace('xmlns:n', 'xmlns')}><a>12</a></r>"
    found = docx.read(pack(table(row(f"<w:tc><w:p>{control}</w:p></w:tc>")), data=data))
    assert shown(found) == [[[shown_as]]]


@pytest.mark.parametrize(
    "inner", [run("12", "<w:strike/>"), run("12") + run("1", '<w:vertAlign w:val="superscript"/>')]
)
def test_no_struck_or_raised_figure_is_read_as_a_plain_number(inner: str) -> None:
    """A struck number and a number with a raised mark come back with their marks, never as 12 or 121."""
    printed = {**numbers("2021"), ("rev_upheld", ""): "@"}
    data = word_file("2021", printed, WordLayout())
    parts = {name: zipfile.ZipFile(BytesIO(data)).read(name).decode() for name in PARTS}
    parts["word/document.xml"] = re.sub(r"<w:r>(?:(?!<w:r>).)*@</w:t></w:r>", inner, parts["word/document.xml"])
    reading = read_report(archive(parts), "page")
    assert printed_in(reading)["rev_upheld", ""] in ("1\u03362\u0336", "12^1", "")
    assert printed_in(reading)["rev_upheld", ""] or reading.issues


@pytest.mark.parametrize(
    ("properties", "note"),
    [
        ("<w:strike/>", ""),
        ('<w:position w:val="6"/>', ""),
        ('<w:color w:val="EEEEEE"/>', ""),
        ("", run("1", '<w:vertAlign w:val="superscript"/>')),
    ],
)
def test_a_label_that_is_struck_or_bears_a_note_keeps_its_line(properties: str, note: str) -> None:
    """Labels are compared without marks and without references to notes."""
    printed = numbers("2021")
    data = word_file("2021", printed, WordLayout())
    parts = {name: zipfile.ZipFile(BytesIO(data)).read(name).decode() for name in PARTS}
    body = parts["word/document.xml"]
    found = re.search(r"<w:r>(?:(?!<w:r>).)*规章</w:t></w:r>", body)
    assert found
    parts["word/document.xml"] = body.replace(found[0], run("规章", properties) + note)
    assert printed_in(read_back(archive(parts))) == printed


LEFT, RIGHT = '<w:hMerge w:val="restart"/>', "<w:hMerge/>"
TOP, BELOW = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
WIDE = '<w:gridSpan w:val="2"/>'


def spans(found: Cell) -> tuple[str, int, int, int, str]:
    """What the grid says of a cell."""
    return found.text, found.first, found.colspan, found.rowspan, found.place.removeprefix("table[1]/")


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ([row(cell("a", WIDE), cell("b"))], [("a", 0, 2, 1, "tr[1]/tc[1]"), ("b", 2, 1, 1, "tr[1]/tc[2]")]),
        ([row(cell("a", LEFT), cell("", RIGHT), cell("b"))],
         [("a", 0, 2, 1, "tr[1]/tc[1]"), ("b", 2, 1, 1, "tr[1]/tc[3]")]),
        (
            [row(cell("a", TOP + WIDE), cell("b")), row(cell("", BELOW + WIDE), cell("c"))],
            [("a", 0, 2, 2, "tr[1]/tc[1]"), ("b", 2, 1, 1, "tr[1]/tc[2]"), ("c", 2, 1, 1, "tr[2]/tc[2]")],
        ),
        (
            [row(cell("a", TOP + LEFT), cell("", BELOW + RIGHT)), row(cell("", BELOW + LEFT), cell("", BELOW + RIGHT))],
            [("a", 0, 2, 2, "tr[1]/tc[1]")],
        ),
        ([row(cell("a", TOP)), row(cell("9", BELOW))], [("a", 0, 1, 2, "tr[1]/tc[1]")]),
        ([row(cell("", TOP)), row(cell("标签", BELOW))], [("标签", 0, 1, 2, "tr[1]/tc[1]")]),
        ([row(cell("", TOP)), row(cell("9", BELOW))], [("", 0, 1, 2, "tr[1]/tc[1]")]),
        ([row(cell("a", BELOW)), row(cell("", BELOW))], [("a", 0, 1, 2, "tr[1]/tc[1]")]),
        (
            [row(cell("a", TOP + WIDE)), row(cell("7", BELOW), cell("8"))],
            [("a", 0, 2, 1, "tr[1]/tc[1]"), ("7", 0, 1, 1, "tr[2]/tc[1]"), ("8", 1, 1, 1, "tr[2]/tc[2]")],
        ),
        (
            [row(cell("a", TOP)), row(cell("b")), row(cell("7", BELOW))],
            [("a", 0, 1, 1, "tr[1]/tc[1]"), ("b", 0, 1, 1, "tr[2]/tc[1]"), ("7", 0, 1, 1, "tr[3]/tc[1]")],
        ),
        ([row(cell("a"), properties='<w:gridBefore w:val="2"/>')], [("a", 2, 1, 1, "tr[1]/tc[1]")]),
        ([row(cell("a"), properties='<w:gridBefore w:val="0"/>')], [("a", 0, 1, 1, "tr[1]/tc[1]")]),
        ([row(cell("", LEFT), cell("标签", RIGHT))], [("标签", 0, 2, 1, "tr[1]/tc[1]")]),
        ([row(cell("a", '<w:gridSpan w:val="-3"/>'), cell("b", '<w:gridSpan w:val="9999999"/>'))],
         [("a", 0, 1, 1, "tr[1]/tc[1]"), ("b", 1, 1, 1, "tr[1]/tc[2]")]),
        ([row(cell("9"), properties="<w:del/>"), row(cell("9"), properties="<w:hidden/>"), row(cell("a"))],
         [("a", 0, 1, 1, "tr[1]/tc[1]")]),
        ([control(row(control(cell("a")))), f"<w:customXml>{row(cell('b'))}</w:customXml>"],
         [("a", 0, 1, 1, "tr[1]/tc[1]"), ("b", 0, 1, 1, "tr[2]/tc[1]")]),
    ],
)  # fmt: skip
def test_cells_know_their_place_in_the_grid(rows: list[str], cells: list[tuple[str, int, int, int, str]]) -> None:
    """Text, first grid column, spans and place; what is merged away is no cell, what only claims to be is one."""
    (grid,) = docx.read(pack(table(*rows))).grids
    assert [spans(found) for cells_ in grid.rows for found in cells_] == cells
    assert grid.spans_known


FIGURES = table(row(cell("1"), cell("2"), cell("3")))


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        (paragraph("前") + FIGURES + control(paragraph("后")), ["前", [["1", "2", "3"]], "后"]),
        (table(row(f"<w:tc>{paragraph('前')}{FIGURES}{paragraph('后')}</w:tc>")), ["前", [["1", "2", "3"]], "后"]),
        (
            table(row(cell("a"), cell("b"), f"<w:tc>{FIGURES}<w:p/></w:tc>")),
            [[["a", "b", "1\n2\n3"]], [["1", "2", "3"]]],
        ),
        (table(row(cell("a"), cell("b"), f"<w:tc>{table(row(cell('7')))}<w:p/></w:tc>")), [[["a", "b", "7"]]]),
        (f"<w:p><w:r>{BOX.format(FIGURES)}</w:r></w:p>", [[["1", "2", "3"]]]),
        (f"<w:p>{field('begin')}</w:p><w:p>{run('8')}{field('end')}</w:p>", ["8"]),
    ],
)
def test_blocks_stand_in_reading_order(body: str, blocks: list[object]) -> None:
    """Layout tables dissolve; a table within figures follows its table, its text stays in the cell too.

    An unclosed field takes nothing from the next paragraph.
    """
    document = docx.read(pack(body))
    assert shown(document) == blocks
    assert [grid.number for grid in document.grids] == list(range(1, len(document.grids) + 1))


# -- packages --------------------------------------------------------------------------------------


def test_the_main_part_is_found_by_its_relationship_or_content_type() -> None:
    """Whatever its name, in either namespace, with backslashes or other cases in the names of the parts."""
    strict = NAMESPACES.replace(TRANSITIONAL, "http://purl.oclc.org/ooxml/wordprocessingml/main")
    other = pack(paragraph("a"), part="Docs/Main7.xml")
    parts = {
        name: zipfile.ZipFile(BytesIO(other)).read(name).decode() for name in zipfile.ZipFile(BytesIO(other)).namelist()
    }
    files = [
        other,
        pack(paragraph("a"), namespaces=strict),
        archive({name.replace("/", "\\").upper(): content for name, content in parts.items()}),
        archive({name: content for name, content in parts.items() if name != "_rels/.rels"}),
        archive({name: content for name, content in parts.items() if name != "[Content_Types].xml"}),
    ]
    assert [shown(docx.read(data)) for data in files] == [["a"]] * 5


@pytest.mark.parametrize(
    ("title", "found"),
    [("某县2023年年度报告", "某县2023年年度报告"), ("某县2022年年度报告", ""), ("", ""), ("某县", "")],
)
def test_a_title_the_document_does_not_print_is_none(title: str, found: str) -> None:
    """A file made from last year's carries last year's title among its properties."""
    assert docx.read(pack(paragraph("某县2023年") + paragraph("年度报告"), title)).title == found


def refused(data: bytes) -> str:
    """Why a file is not read."""
    with pytest.raises(UnreadableFileError) as error:
        docx.read(data)
    assert error.value.media_type in (docx.MEDIA_TYPE, "application/zip")
    return str(error.value)


def with_header(data: bytes, *changes: tuple[int, bytes]) -> bytes:
    """A zip file with bytes of the main part's local (from 0) and central header (from 1000) changed."""
    found = bytearray(data)
    names = [match.start() for match in re.finditer(rb"word/document\.xml", data)]
    for at, value in changes:
        start = names[1] - 46 + at - 1000 if at >= 1000 else names[0] - 30 + at
        found[start : start + len(value)] = value
    return bytes(found)


DTD = '<!DOCTYPE w:document [<!ENTITY a "9"><!ENTITY b "&a;&a;">]>'
GOOD = pack(paragraph("年度报告"))


ROWS = [["规章", "12"], ["行政规范性文件", "305"]]
HTML = "<table>" + "".join(f"<tr><td>{label}</td><td>{figure}</td></tr>" for label, figure in ROWS) + "</table>"
ARCHIVED = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("chunk.html", f"<html><body>{HTML}</body></html>".encode()),
        ("chunk.mht", f"{ARCHIVED}<html><body>{HTML}</body></html>".encode()),
        ("chunk.docx", pack(table(*(row(*map(cell, texts)) for texts in ROWS)))),
    ],
)
def test_an_embedded_file_is_read_where_it_stands(target: str, content: bytes) -> None:
    """A piece of the text kept as a file of its own (17.17.2.1): a page, a web archive, a Word file."""
    document = docx.read(chunked(target, content))
    assert document.blocks[0] == "前文"
    assert [[[one.text for one in line] for line in grid.rows] for grid in document.grids] == [ROWS]
    assert document.grids[0].rows[0][0].place.startswith(f"word/{target}: ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (chunked("chunk.docx", chunked("a.docx", GOOD)), "embeds others"),
        (GOOD[:-30], "zip container: found damage"),
        (GOOD[:200], "zip container: found damage"),
        (b"PK\x03\x04", "zip container: found damage"),
        (GOOD + b"PK\x01\x02" * 20_001, "more than 20000 entries"),
        (archive({"a.xml": "<a/>"}), "expected the main part of a Word document"),
        (archive({"_rels/.rels": "<a/>", "[Content_Types].xml": "<a/>"}), "expected the main part"),
        (pack("").replace(b"word/document.xml", b"word/document.xmk"), "no part word/document.xml|found damage"),
        (with_header(GOOD, (6, b"\x01"), (1008, b"\x01")), "found an encrypted part"),
        (with_header(GOOD, (8, b"\x0e"), (1010, b"\x0e")), "compression method 14"),
        (with_header(GOOD, (1024, (1 << 30).to_bytes(4, "little"))), "declared size of 1073741824"),
        (with_header(GOOD, (1024, b"\x05\0\0\0"), (22, b"\x05\0\0\0")), "found damage"),
        (with_header(GOOD, (1024, b"\xff\xff\0\0"), (22, b"\xff\xff\0\0")), "found damage|the declared"),
        (pack("<w:p>"), "expected well-formed XML"),
        (pack("<w:altChunk/>"), "altChunk"),
        (pack("<w:sdt>" * 400 + "</w:sdt>" * 400), "depth"),
        (pack("<w:tbl><w:tr><w:tc>" * 40 + FIGURES + "</w:tc></w:tr></w:tbl>" * 40), "inside one another"),
        (pack(table(row("<w:tc/>" * 20_001))), "more than 20000 cells"),
        (pack("<w:p/>" * MAX_MARKUP), "more than 1000000 tags"),
        (pack("\0"), "expected well-formed XML"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    """Damaged, encrypted, foreign and hostile files say what was found and what was expected."""
    assert re.search(reason, refused(data))
    assert "expected" in refused(data)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_every_part(part: str, encoding: str) -> None:
    """No entity is ever expanded, whatever part or encoding it hides in."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(GOOD)) as good, zipfile.ZipFile(target, "w") as bad:
        for name in good.namelist():
            text = re.sub(r"<\?xml.*?\?>", "", good.read(name).decode())
            bad.writestr(name, (DTD + text).encode(encoding) if name == part else text)
    assert "document type" in refused(target.getvalue())


def test_two_main_parts_are_refused() -> None:
    """Which of two parts of one name is shown differs between programs."""
    target = BytesIO(GOOD)
    with zipfile.ZipFile(target, "a") as file:
        file.writestr("WORD/document.xml", "<a/>")
    assert "2 parts of this name" in refused(target.getvalue())


def test_a_workbook_is_called_what_it_is() -> None:
    """A spreadsheet is a package of the same kind."""
    parts = {name: zipfile.ZipFile(BytesIO(GOOD)).read(name).decode() for name in PARTS}
    parts["word/document.xml"] = "<workbook/>"
    assert refused(archive(parts)) == "word/document.xml: found <workbook>; expected a Word document"


@given(data=st.data())
@bounded
def test_damage_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    """Cut anywhere or with bytes changed, a file gives what it gave before or is refused; nothing else is raised."""
    good = EXAMPLES[0].read_bytes()
    whole = shown(docx.read(good))
    bad = bytearray(good[: data.draw(st.just(len(good)) | st.integers(5, len(good)))])
    for at in data.draw(st.lists(st.integers(4, len(bad) - 1), max_size=3)):
        bad[at] ^= data.draw(st.integers(1, 255))
    try:
        document = docx.read(bytes(bad))
    except UnreadableFileError:
        return
    assert shown(document) == whole
