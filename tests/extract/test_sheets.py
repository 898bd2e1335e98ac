"""Workbooks: what their cells show is read, whoever wrote them; what is hidden, struck or not computed is not."""

import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
import yaml
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from extract.document import Grid, UnreadableFileError
from extract.formats.sheet import biff
from extract.formats.sheet.printed import shown
from extract.formats.sheet.strings import in_pieces, shared
from extract.formats.sheet.workbook import PLAIN
from extract.read import read_report
from extract.shown import is_unclear
from extract.sniff import parse
from tests.docx import archive
from tests.producers import OFFICE, converted
from tests.render import lay_out
from tests.strategies import EDITIONS, distinct_numbers
from tests.workbook import FLAGS, PRODUCERS, BookLayout, by_xlwt

SHAPES = ("xlsx", "xls", "ods")
_SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
needs_office = pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")


def values(edition: str = "2021") -> dict[tuple[str, str], str]:
    """A report with a different number in nearly every cell."""
    return {key: format(value, "f") for key, value in distinct_numbers(edition).items()}


# -- whole reports -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["", *FLAGS])
@pytest.mark.parametrize("edition", EDITIONS)
def test_each_way_of_writing_reads_alike(edition: str, flag: str) -> None:
    """Every cell of a report that is in order, unmarked, with its title and agency."""
    layout = BookLayout(**({flag: flag != "typed"} if flag else {}))
    for produce in PRODUCERS.values():
        reading = read_report(produce(lay_out(edition, values(edition)), layout, Random(1)), "book")
        found = {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells}
        assert {key: text.replace(",", "") for key, text in found.items()} == values(edition)
        assert {cell.issue for cell in reading.cells} == {""}
        assert "示例县人民政府2023年政府信息公开工作年度报告" in reading.document.blocks


# -- what a cell shows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (42.0, "General", "42"), (0.1, "General", "0.1"), (0.30000000000000004, "General", "0.3"),
        (1234567.0, "#,##0", "1,234,567"), (12.345, "0.00", "12.35"), (12.5, "0", "13"), (-12.5, "0", "-13"),
        (0.0, "#,##0.00", "0.00"), (5.0, "0.00##", "5.00"), (5.125, "0.00##", "5.125"), (7.0, "000", "007"),
        (0.25, "0%", "25%"), (3.0, '0"件"', "3件"), (3.0, "0_ ", "3"), (-3.0, "0_);(0)", "(3)"),
        (0.0, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "-"), (9.0, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "9"),
        (0.0, "0;-0;;@", ""), (8.0, ";;;", ""), (12.0, "[Red]0", "12"), (4.0, "[$¥-804]#,##0.00", "¥4.00"),
        ("七", "@", "七"), (None, "0", ""), (True, "General", "TRUE"),
    ],
)  # fmt: skip
def test_a_number_is_printed_as_its_format_prints_it(value: float | str | None, code: str, text: str) -> None:
    """Rounded, with separators, signs and units; nothing where the format shows nothing."""
    assert shown(value, code) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [(3000.0, "0,"), (3.0, "# ?/?"), (3.0, "0.00E+00"), (3.0, "[>100]0;0.0"), (-3.0, "0;[Red]0"), (3.0, "[DBNum1]0"),
     (1e300, "0.00"), (float("inf"), "0"), (float("nan"), "0"), (3.0, "[White]0"),
     (3.0, "yyyy/m/d"), (3.0, ""), (1e15, "General")],
)  # fmt: skip
def test_a_format_that_is_not_understood_marks_its_number(value: float, code: str) -> None:
    """Nobody here can tell what such a cell shows."""
    assert is_unclear(shown(value, code))


ROWS = (
    ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
    ("规章", 11, 15, 27),
    ("行政规范性文件", 19, 43, 51),
    ("行政许可", 1, 2, 3),
)


def book(put: Callable[[Worksheet], None]) -> bytes:
    """A small table in the first worksheet, with something done to its cell B3 (19)."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in ROWS:
        sheet.append(row)
    put(sheet)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def look(**style: object) -> Callable[[Worksheet], None]:
    """B3 with this font, fill or number format."""

    def put(sheet: Worksheet) -> None:
        for name, value in style.items():
            setattr(sheet["B3"], name, value)

    return put


def rich(sheet: Worksheet) -> None:
    """A raised 1 behind the figure."""
    sheet["B3"] = CellRichText("19", TextBlock(InlineFont(vertAlign="superscript"), "1"))


def struck_piece(sheet: Worksheet) -> None:
    """A struck 9 before it."""
    sheet["B3"] = CellRichText(TextBlock(InlineFont(strike=True), "9"), "19")


def white_piece(sheet: Worksheet) -> None:
    """A white 9 before it."""
    sheet["B3"] = CellRichText(TextBlock(InlineFont(color="FFFFFFFF"), "9"), "19")


def covered(sheet: Worksheet) -> None:
    """The figure in a part of a merged cell that is not its first."""
    sheet["A3"], sheet["B3"] = None, 19
    sheet.merge_cells("A2:B3")


def condition(sheet: Worksheet) -> None:
    """White if it is large."""
    rule = CellIsRule(operator="greaterThan", formula=["10"], font=Font(color="FFFFFFFF"))
    sheet.conditional_formatting.add("B3:C3", rule)


def attribute(name: str, value: object) -> Callable[[Worksheet], None]:
    """A dimension of the row or column of B3 set."""

    def put(sheet: Worksheet) -> None:
        target = sheet.row_dimensions[3] if name.startswith("row") else sheet.column_dimensions["B"]
        setattr(target, name.partition(" ")[2], value)

    return put


def hidden_zero(sheet: Worksheet) -> None:
    """A sheet that does not show zeros."""
    sheet["B3"] = 0
    sheet.sheet_view.showZeros = False


NOT_SHOWN: dict[str, Callable[[Worksheet], None]] = {
    "white": look(font=Font(color="FFFFFFFF")),
    "white by theme": look(font=Font(color=openpyxl.styles.Color(theme=0))),
    "its fill's colour": look(font=Font(color="FF336699"), fill=PatternFill("solid", fgColor="FF336699")),
    "a format that shows nothing": look(number_format=";;;"),
    "zeros are not shown": hidden_zero,
    "row hidden": attribute("row hidden", True),
    "column hidden": attribute("column hidden", True),
    "under a merged cell": covered,
}
UNCLEAR: dict[str, Callable[[Worksheet], None]] = {
    "struck": look(font=Font(strike=True)),
    "raised": look(font=Font(vertAlign="superscript")),
    "lowered": look(font=Font(vertAlign="subscript")),
    "faint": look(font=Font(color="FFEEEEEE")),
    "in a font of signs": look(font=Font(name="Wingdings")),
    "crossed out": look(border=Border(diagonal=Side("thin"), diagonalUp=True, diagonalDown=True)),
    "a raised piece": rich,
    "a struck piece": struck_piece,
    "white under a condition": condition,
    "never computed": lambda sheet: sheet.__setitem__("B3", "=B2+8"),
    "a format not understood": look(number_format="# ?/?"),
}


def cells(data: bytes) -> list[str]:
    """All texts of all grids and paragraphs."""
    found = []
    for block in parse(data).blocks:
        found += [cell.text for row in block.rows for cell in row] if isinstance(block, Grid) else [block]
    return found


@pytest.mark.parametrize("how", NOT_SHOWN)
def test_what_a_sheet_does_not_show_is_no_part_of_it(how: str) -> None:
    """The 19 is nowhere; the figures around it stay."""
    found = cells(book(NOT_SHOWN[how]))
    assert not any("19" in text for text in found)
    assert "27" in found


@pytest.mark.parametrize("how", UNCLEAR)
def test_what_may_not_be_meant_is_marked(how: str) -> None:
    """The text of B3 bears a mark, so that it is no number."""
    found = cells(book(UNCLEAR[how]))
    assert any(is_unclear(text) or "\ufffd" in text for text in found)
    assert "19" not in found
    assert {"11", "27", "3"} <= set(found)


def test_white_on_a_dark_ground_is_shown() -> None:
    """As headers are."""
    style = look(font=Font(color="FFFFFFFF"), fill=PatternFill("solid", fgColor="FF1F4E79"))
    assert "19" in cells(book(style))


def test_a_white_piece_is_no_part_of_a_number() -> None:
    """9 in white before 19."""
    assert "19" in cells(book(white_piece))


LOST = {"raised", "lowered", "never computed", "a format not understood"}


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("shape", ["xls", "ods"])
@pytest.mark.parametrize("how", sorted({*NOT_SHOWN, *UNCLEAR} - LOST))
def test_the_other_shapes_show_the_same(how: str, shape: str, office: dict[tuple[str, str], bytes]) -> None:
    """Converted by LibreOffice, which computes what was not computed and knows no whole cells that are raised."""
    found = cells(office[how, shape])
    assert "19" not in found
    assert "27" in found


@pytest.fixture(scope="session")
def office() -> dict[tuple[str, str], bytes]:
    """Every book of this file in the other shapes."""
    names = [*NOT_SHOWN, *UNCLEAR]
    books = [book((NOT_SHOWN | UNCLEAR)[name]) for name in names]
    return {
        (name, shape): data
        for shape in ("xls", "ods")
        for name, data in zip(names, converted(books, shape, suffix=".xlsx"), strict=True)
    }


def test_a_formula_is_its_last_result_unless_the_file_says_it_is_stale() -> None:
    """XlsxWriter writes 0 for every formula, and asks for all to be computed when the file is opened."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["规章", 11, 15])
        sheet.write_formula(0, 3, "=B1+C1")
    assert cells(target.getvalue())[:3] == ["规章", "11", "15"]
    assert cells(target.getvalue())[3] not in ("0", "26")


def test_headings_and_prose_are_paragraphs() -> None:
    """Whether merged over the table or in the first cell of their row."""
    for unmerged in (True, False):
        data = PRODUCERS["openpyxl"](lay_out("2021", values()), BookLayout(unmerged=unmerged), Random(0))
        document = parse(data)
        assert "二、主动公开政府信息情况" in document.blocks
        assert [block for block in document.blocks if isinstance(block, str)][-1] == "2024年1月15日"
        assert len(document.grids) == 3


# -- what is no workbook of a report -----------------------------------------------------------------------------------


def changed(data: bytes, **parts: str) -> bytes:
    """A workbook with parts replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].removesuffix(".xml"), old.read(name)))
    return target.getvalue()


def worksheet(*places: str) -> str:
    """A sheet with a figure in these cells."""
    rows = "".join(f'<row><c r="{place}"><v>1</v></c></row>' for place in places)
    return f'<worksheet xmlns="{_SPACE}"><sheetData>{rows}</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"sheet1": worksheet("A1", "XFD1")}, "columns"),
        ({"sheet1": worksheet("A1", "AA1048576")}, "cells"),
        ({"styles": "<!DOCTYPE d [<!ENTITY e 'a'>]><styleSheet>&e;</styleSheet>"}, "document type"),
        ({"workbook": "<workbook"}, "damage"),
        ({"workbook.xml.rels": "<Relationships/>"}, "no content of the sheet"),
        ({"sheet1": worksheet("A1").replace("<row>", "<row><row>")}, "damage"),
        ({"sheet1": worksheet("A1").replace('r="A1"', 'r="1A"')}, "a cell at 1A"),
        ({"sheet1": worksheet("A1").replace("<c ", '<c t="s" ')}, "shared string 1"),
        ({"sheet1": worksheet("A1").replace("<c ", '<c t="s" ').replace("<v>", "<v>-")}, "shared string -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_reason(parts: dict[str, str], reason: str) -> None:
    """A field without end, a document type, damage."""
    with pytest.raises(UnreadableFileError, match=reason):
        parse(changed(book(look()), **parts))


class PanicException(BaseException):
    """What a library in Rust raises where it runs over the end of something."""


def test_damage_on_which_the_library_panics_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason, and no exception of another language; what is none of the library's is let through."""

    data = by_xlwt(lay_out("2021", values()), BookLayout(), Random(0))

    def panics(error: BaseException) -> None:
        library = SimpleNamespace(from_filelike=lambda file: (_ for _ in ()).throw(error))
        monkeypatch.setattr(biff, "CalamineWorkbook", library)

    panics(PanicException("range end index 124 out of range"))
    with pytest.raises(UnreadableFileError, match="damage"):
        biff.parse(data)
    panics(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        biff.parse(data)


def test_a_sheet_that_says_it_is_endless_costs_the_process_that_reads_it() -> None:
    """Four milliards of rows in a record: refused with a reason; the next file is read as any."""
    whole = by_xlwt(lay_out("2021", values()), BookLayout(), Random(0))
    at = whole.index(struct.pack("<HH", 0x200, 14))
    with pytest.raises(UnreadableFileError, match=r"gave up|memory|damage"):
        parse(whole[: at + 4] + struct.pack("<IIHH", 0, 0xFFFFFFF0, 0, 0xFFF0) + whole[at + 16 :])
    assert len(parse(whole).grids) == 3


# -- the ways of writing XML -------------------------------------------------------------------------------------------


def prefixed(xml: str) -> str:
    """Every element in a namespace with a prefix, as the SDK of Open XML writes them."""
    return re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml).replace("xmlns=", "xmlns:x=")


def bare(xml: str) -> str:
    """Cells and rows that do not say where they stand."""
    return re.sub(r'<(row|c) r="\w+"', r"<\1", xml)


OTHERWISE: dict[str, Callable[[str], str]] = {
    "prefixes": prefixed,
    "no places": bare,
    "apostrophes": lambda xml: re.sub(r'(\w+)="([^"<]*)"', r"\1='\2'", xml),
    "blanks around the sign of equality": lambda xml: re.sub(r'(\w+)="', r'\1 = "', xml),
    "lines of their own": lambda xml: re.sub(r"(?<=>)(?=<(?!/?t\b))", "\n  ", xml),
    "comments": lambda xml: re.sub(r"(<c |<v>\d)", r"<!-- <c r='A9'><v>7</v></c> -->\1<!-- 7 -->", xml).replace(
        "<c <!-- 7 -->", "<c "
    ),
    "sections of characters": lambda xml: re.sub(r"<v>([^<]*)</v>", r"<v><![CDATA[\1]]></v>", xml),
    "attributes in another order": lambda xml: re.sub(r'<c (r="\w+")([^>/]*)', r"<c\2 \1", xml),
    "more within a cell": lambda xml: xml.replace("</c>", '<extLst><ext uri="a"><c/></ext></extLst></c>'),
    "characters by their numbers": lambda xml: re.sub(r"<v>(\d)", lambda found: f"<v>&#{ord(found[1])};", xml),
}


def sheets_changed(data: bytes, change: Callable[[str], str], encoding: str = "utf-8") -> bytes:
    """A workbook whose worksheets and strings are written otherwise."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if "worksheets/sheet" in name or "sharedStrings" in name:
                xml = re.sub(r"^\s*<\?xml[^>]*>\s*", "", content.decode())
                head = "" if encoding == "utf-8" else f'<?xml version="1.0" encoding="{encoding}"?>'
                content = (head + change(xml)).encode(encoding)
            new.writestr(name, content)
    return target.getvalue()


def placed(data: bytes) -> list[str | list[tuple[str, str, int]]]:
    """Every paragraph and cell, with the place of a cell and its columns."""
    return [
        block if isinstance(block, str) else [(c.place, c.text, c.colspan) for row in block.rows for c in row]
        for block in parse(data).blocks
    ]


@pytest.mark.parametrize("how", OTHERWISE)
def test_a_sheet_written_otherwise_reads_alike(how: str) -> None:
    """Whatever XML allows: the same cells at the same places, hidden ones and marks included."""
    shown_ = [look(), rich, struck_piece, covered, condition, attribute("row hidden", True), hidden_zero]
    for put in shown_ if how != "no places" else shown_[:1]:
        data = book(put)
        assert placed(sheets_changed(data, OTHERWISE[how])) == placed(data)


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_a_sheet_in_another_encoding_reads_alike(encoding: str) -> None:
    """As its declaration says."""
    data = book(rich)
    assert cells(sheets_changed(data, lambda xml: xml, encoding)) == cells(data)


STRINGS = {
    "<si><t>a&amp;b&#20013;</t></si>": "a&b中",
    "<si><t>x_x4E2D__x005F_y</t></si>": "x中_y",
    "<si><r><t>1 </t></r><r><t>2</t></r></si>": "12",
    '<si><r><t xml:space="preserve">1 </t></r><r><rPr><b/></rPr><t>2</t></r></si>': "1 2",
    '<si><t>數</t><rPh sb="0" eb="1"><t>shù</t></rPh><phoneticPr fontId="1"/></si>': "數",
    "<si><r><rPr><strike/></rPr><t>1</t></r><r><t>9</t></r></si>": "1\u03369",
}


def test_strings_are_told_by_search_and_by_tree_alike() -> None:
    """Entities, codes, blanks, pieces and readings; the tree is asked where a comment stands somewhere."""
    xml = f'<sst xmlns="{_SPACE}">{"".join(STRINGS)}</sst>'
    for written in (xml, xml.replace("</sst>", "<!-- --></sst>"), prefixed(xml)):
        found = shared(written.encode(), "strings")
        texts = [one if isinstance(one, str) else in_pieces(one, (1.0, 1.0, 1.0), PLAIN) for one in found]
        assert texts == list(STRINGS.values())


def white_on_dark(sheet: Worksheet) -> None:
    """19 in two white pieces on a dark fill, as headers are."""
    white = InlineFont(color="FFFFFFFF")
    sheet["B3"] = CellRichText(TextBlock(white, "1"), TextBlock(white, "9"))
    sheet["B3"].fill = PatternFill("solid", fgColor="FF1F4E79")


def black_on_black(sheet: Worksheet) -> None:
    """A black 9 before a white 19 on a black fill."""
    black, white = InlineFont(color="FF000000"), InlineFont(color="FFFFFFFF")
    sheet["B3"] = CellRichText(TextBlock(black, "9"), TextBlock(white, "19"))
    sheet["B3"].fill = PatternFill("solid", fgColor="FF000000")


PIECES = (white_on_dark, black_on_black)


@pytest.mark.parametrize("put", PIECES)
def test_pieces_are_seen_on_the_ground_of_their_cell(put: Callable[[Worksheet], None]) -> None:
    """White on a dark ground is there, ink on ink is not."""
    assert "19" in cells(book(put))


@needs_office
@pytest.mark.slow
def test_pieces_of_an_xls_are_seen_on_the_ground_of_their_cell() -> None:
    """The same, converted by LibreOffice."""
    for data in converted([book(put) for put in PIECES], "xls", suffix=".xlsx"):
        assert "19" in cells(data)


def test_parts_are_where_the_package_says() -> None:
    """A workbook whose parts have other names and folders than Excel's."""
    moved = {"xl/worksheets/sheet1": "data/page", "xl/sharedStrings": "texts", "xl/styles": "looks", "xl/": ""}
    data = laid_over(lambda sheet: sheet.write_string("B3", "19"))
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode().replace('Target="', 'Target="/xl/').replace("/xl/xl/", "/xl/")
            for before, after in moved.items():
                content = content.replace(f'"/{before}', f'"/{after}')
            new.writestr(next((name.replace(*pair) for pair in moved.items() if pair[0] in name), name), content)
    assert "xl/workbook.xml" not in zipfile.ZipFile(target).namelist()
    assert placed(target.getvalue()) == placed(data)


def rule(kind: int, parameters: bytes) -> set[tuple[int, int]]:
    """The cells that a rule of Excel 2007 over B2:C2 puts in doubt in an .xls."""
    records = (
        (0x809, struct.pack("<HH", 0x600, 0x10) + bytes(12)),
        (0x203, struct.pack("<HHHd", 1, 1, 0, 59.0)),
        (0x879, bytes(12) + struct.pack("<HH8xH4H", 1, 0, 1, 1, 1, 1, 2)),
        (0x87A, bytes(12) + struct.pack("<BBHHI2xH", kind, 0, 0, 0, 0, 0) + bytes(22) + parameters),
        (0x0A, b""),
    )
    stream = b"".join(struct.pack("<HH", name, len(content)) + content for name, content in records)
    return biff._look(stream, 0, biff._Globals(), [], []).look.doubted


def test_bars_and_signs_of_an_xls_in_place_of_values_put_them_in_doubt() -> None:
    """Those behind or beside a value do not; a rule that ends early is not trusted."""
    assert rule(4, bytes([0, 0, 0, 0, 10, 90])) == rule(6, bytes([0, 0, 0, 3, 0, 1])) == {(1, 1)}
    assert rule(4, bytes([0, 0, 0, 2, 10, 90])) == rule(6, bytes([0, 0, 0, 3, 0, 4])) == set()
    assert rule(6, b"") == {(1, 1)}


def test_strings_that_are_counted_wrongly_are_read() -> None:
    """An .xls that says it has a hundred strings, with one whose 1 is struck."""
    old = xlwt.Workbook()
    page = old.add_sheet("a")
    page.write(0, 0, "label")
    page.write_rich_text(0, 1, [("1", xlwt.easyfont("struck_out true")), "9"])
    target = io.BytesIO()
    old.save(target)
    data = target.getvalue()
    counts = struct.pack("<II", 2, 2)
    assert data.count(counts) == 1
    for written in (data, data.replace(counts, struct.pack("<II", 100, 100))):
        assert cells(written) == ["label", "1\u03369"]


def test_an_error_is_no_blank_cell() -> None:
    """What a cell shows of a division by nothing is its text, in both kinds of workbooks."""
    sheet = worksheet("A1").replace('<c r="A1"><v>1', '<c r="B1" t="e"><v>#DIV/0!</v></c><c r="A1"><v>1')
    assert cells(changed(book(look()), sheet1=sheet)) == ["1", "#DIV/0!"]
    old = xlwt.Workbook()
    page = old.add_sheet("a")
    page.write(0, 0, 1)
    page.row(0).set_cell_error(1, "#DIV/0!")
    target = io.BytesIO()
    old.save(target)
    assert cells(target.getvalue()) == ["1", "#DIV/0!"]


@pytest.mark.parametrize(("first", "serial"), [("", 45_292), ('<workbookPr date1904="1"/>', 45_292 - 1_462)])
def test_a_number_in_a_format_of_dates_is_the_day_it_shows(first: str, serial: int) -> None:
    """From 1900 or from 1904 on; a time of a day is not told."""
    data = written(
        {
            "format": "yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;",
            "cell": f"<v>{serial}</v>",
            "column": 'width="20"',
        }
    )
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        workbook = file.read("xl/workbook.xml").decode().replace("<sheets>", f"{first}<sheets>")
    assert "2024年1月1日" in cells(changed(data, workbook=workbook))
    assert is_unclear(shown(0.5, "h:mm"))


# -- the mechanisms of the specification -------------------------------------------------------------------------------

MECHANISMS = yaml.safe_load((Path(__file__).parent / "mechanisms" / "sheets.yaml").read_text(encoding="utf-8"))["xlsx"]
_DRAWN = (("a", "main"), ("xdr", "spreadsheetDrawing"))
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def written(how: dict[str, str]) -> bytes:
    """A workbook with a label in A2 and 59 in B2, written so; of a string in pieces the first is a 9."""
    code = (
        f'<numFmts><numFmt numFmtId="164" formatCode="{how.get("format", "")}"/></numFmts>' if "format" in how else ""
    )
    xf = f'numFmtId="{164 if code else 0}" fontId="1" fillId="1" borderId="1"'
    styles = (
        f'<styleSheet xmlns="{_SPACE}">{code}<fonts><font/><font>{how.get("font", "")}</font></fonts>'
        f'<fills><fill><patternFill patternType="none"/></fill><fill>{how.get("fill", "<patternFill/>")}</fill></fills>'
        f"<borders><border/>{how.get('border', '<border/>')}</borders>"
        f"<cellXfs><xf/><xf {xf}><alignment {how.get('alignment', '')}/>"
        f"</xf></cellXfs><dxfs><dxf>{how.get('dxf', '')}</dxf></dxfs></styleSheet>"
    )
    figure = f'<c r="B2" s="1">{how.get("cell", "<v>59</v>")}</c>'
    if "piece" in how:
        pieces = f"<r><rPr>{how['piece']}</rPr><t>9</t></r><r><t>59</t></r>"
        figure = f'<c r="B2" s="1" t="inlineStr"><is>{pieces}</is></c>'
    label = '<c r="{}" t="inlineStr"><is><t>label</t></is></c>'
    columns = f'<cols><col min="2" max="2" {how["column"]}/></cols>' if "column" in how else ""
    sheet = (
        f'<worksheet xmlns="{_SPACE}"><sheetViews><sheetView workbookViewId="0" {how.get("view", "")}/></sheetViews>'
        f"{columns}<sheetData>"
        f'<row r="1">{label.format("A1")}<c r="B1"><v>27</v></c><c r="C1"><v>3</v></c></row>'
        f'<row r="2" {how.get("row", "")}>{label.format("A2")}{figure}'
        f'<c r="C2"><v>4</v></c></row></sheetData>{how.get("behind", "")}'
        f"{'<drawing/>' if 'drawing' in how else '<legacyDrawing/>' if 'vml' in how else ''}</worksheet>"
    )
    state = how.get("sheet", "")
    book_ = (
        f'<workbook xmlns="{_SPACE}" xmlns:r="{_RELATIONS}"><bookViews><workbookView {how.get("window", "")}/>'
        f'</bookViews><sheets><sheet name="a" sheetId="1" {state} r:id="s"/>'
        '<sheet name="b" sheetId="2" r:id="t"/></sheets></workbook>'
    )
    related = "".join(
        f'<Relationship Id="{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, kind, target in (
            ("s", "worksheet", "worksheets/sheet1.xml"), ("t", "worksheet", "worksheets/sheet2.xml"),
            ("y", "styles", "styles.xml"),
        )
    )  # fmt: skip
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    default = f'<Default Extension="xml" ContentType="{kind}"/>'
    main = f'<Relationship Id="m" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">{default}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">{main}</Relationships>',
        "xl/workbook.xml": book_,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}</Relationships>',
        "xl/styles.xml": styles,
        "xl/worksheets/sheet1.xml": sheet,
        "xl/worksheets/sheet2.xml": worksheet("A1"),
    }
    if "drawing" in how:
        names = {
            name: f'xmlns:{name}="http://schemas.openxmlformats.org/drawingml/2006/{path}"' for name, path in _DRAWN
        }
        relation = f'<Relationship Id="d" Type="{_RELATIONS}/drawing" Target="../drawings/drawing1.xml"/>'
        parts |= {
            "xl/worksheets/_rels/sheet1.xml.rels": f'<Relationships xmlns="{package}/relationships">{relation}'
            "</Relationships>",
            "xl/drawings/drawing1.xml": f"<xdr:wsDr {' '.join(names.values())}>{how['drawing']}</xdr:wsDr>",
        }
    if "vml" in how:
        relation = f'<Relationship Id="d" Type="{_RELATIONS}/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/>'
        client = f"<x:ClientData {how['vml']}</x:ClientData>"
        parts |= {
            "xl/worksheets/_rels/sheet1.xml.rels": f'<Relationships xmlns="{package}/relationships">{relation}'
            "</Relationships>",
            "xl/drawings/vmlDrawing1.vml": f'<xml xmlns:x="urn:schemas-microsoft-com:office:excel"><br>{client}</xml>',
        }
    return archive({name: f'<?xml version="1.0" encoding="UTF-8"?>{part}' for name, part in parts.items()})


@pytest.mark.parametrize("how", MECHANISMS["mechanisms"], ids=lambda how: how["what"])
def test_every_mechanism_is_gone_or_marked(how: dict[str, str]) -> None:
    """What a workbook does not show is no part of it; what may not be meant bears its mark."""
    found = cells(written(how))
    assert "959" not in found
    if how["fate"] == "gone":
        assert ("59" in found) == ("piece" in how)
        assert not any(map(is_unclear, found))
    else:
        assert "59" not in found
        assert any(is_unclear(text) or "\ufffd" in text for text in found)


UNMARKED = {
    "a format in white on a dark fill": {
        "format": "[White]0",
        "fill": '<patternFill patternType="solid"><fgColor rgb="FF1F4E79"/></patternFill>',
    },
    "a column wide enough": {"column": 'width="2.7" customWidth="1"'},
    "a type that is made to fit": {"column": 'width="1.2" customWidth="1"', "alignment": 'shrinkToFit="1"'},
    "a shape that is not filled": {
        "drawing": "<xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:row>1</xdr:row></xdr:from><xdr:to>"
        "<xdr:col>3</xdr:col><xdr:row>3</xdr:row></xdr:to><xdr:sp><xdr:spPr><a:noFill/></xdr:spPr></xdr:sp>"
        "</xdr:twoCellAnchor>"
    },
    "a note that opens under the pointer": {"vml": 'ObjectType="Note"><x:Anchor>1, 15, 1, 2, 2, 15, 2, 4</x:Anchor>'},
    "bars behind the value": {
        "behind": '<conditionalFormatting sqref="B2"><cfRule type="dataBar" priority="1"><dataBar><cfvo type="min"/>'
        '<cfvo type="max"/><color rgb="FF638EC6"/></dataBar></cfRule></conditionalFormatting>'
    },
    "a picture beside": {
        "drawing": "<xdr:twoCellAnchor><xdr:from><xdr:col>2</xdr:col><xdr:row>2</xdr:row></xdr:from><xdr:to>"
        "<xdr:col>3</xdr:col><xdr:row>3</xdr:row></xdr:to><xdr:pic/></xdr:twoCellAnchor>"
    },
}


@pytest.mark.parametrize("how", UNMARKED)
def test_what_hides_nothing_marks_nothing(how: str) -> None:
    """Widths that suffice, and what is drawn elsewhere or lets through what is under it."""
    assert "59" in cells(written(UNMARKED[how]))


BITMAP = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 2835, 2835, 0, 0) + bytes(4)
LAID_OVER: dict[str, Callable[[Any], object]] = {
    "a picture": lambda sheet: sheet.insert_image("B3", "a.bmp", {"image_data": io.BytesIO(BITMAP)}),
    "a text box": lambda sheet: sheet.insert_textbox("B3", "", {"width": 30, "height": 12}),
    "a narrow column": lambda sheet: sheet.set_column(1, 1, 0.8),
}


def laid_over(put: Callable[[Any], object]) -> bytes:
    """A workbook of XlsxWriter with something drawn over B3."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
        put(sheet)
    return target.getvalue()


def test_what_lies_over_a_cell_is_told_by_workbooks_of_xlsxwriter() -> None:
    """The figure bears a mark, others do not; without anything all are plain."""
    assert "19" in cells(laid_over(lambda sheet: None))
    for put in LAID_OVER.values():
        found = cells(laid_over(put))
        assert "19" not in found
        assert "27" in found


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("shape", ["xls", "ods"])
def test_what_lies_over_a_cell_is_told_by_the_other_shapes(shape: str) -> None:
    """Converted by LibreOffice, in one run."""
    plain, *others = converted(
        [laid_over(lambda sheet: None), *map(laid_over, LAID_OVER.values())], shape, suffix=".xlsx"
    )
    assert "19" in cells(plain)
    for how, data in zip(LAID_OVER, others, strict=True):
        assert "19" not in cells(data), how


def test_nothing_of_that_marks_by_itself() -> None:
    """The workbook of the table of mechanisms without any is read whole."""
    assert cells(written({}))[:6] == ["label", "27", "3", "label", "59", "4"]
