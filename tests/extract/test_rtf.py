"""Rich text: the tables of the form as offices save them, and what must not be taken for the page."""

from collections.abc import Callable

import pytest

from extract.read import Reading, read_report
from extract.sniff import parse
from tests.render import Key, Layout, Sheet, back_matter, front_matter, lay_out
from tests.strategies import SECTIONED, distinct_numbers

WIDTH = 900  # of a column, in twips


def numbers(edition: str = "2021", blank: int = 0) -> dict[Key, str]:
    """A consistent report; with `blank` every so many cells are blank."""
    values = {key: format(value, "f") for key, value in distinct_numbers(edition).items()}
    return {key: "" if blank and at % blank == 0 else text for at, (key, text) in enumerate(values.items())}


def unicode(text: str) -> str:
    """Characters by their numbers, with what an old program shows instead."""
    units = [
        int.from_bytes(text.encode("utf-16-le")[at : at + 2], "little", signed=True)
        for at in range(0, 2 * len(text), 2)
    ]
    return "".join(chr(unit) if 0 < unit < 128 else f"\\u{unit}\\'3f" for unit in units)


def code_page(text: str) -> str:
    """Characters by their bytes in code page 936, the second one plain where it is a letter."""
    coded = ""
    for char in text:
        lead, *trail = char.encode("gb18030")
        plain = trail and chr(trail[0]).isalnum() and trail[0] < 128
        coded += char if lead < 128 else f"\\'{lead:02x}" + (chr(trail[0]) if plain else f"\\'{trail[0]:02x}")
    return coded


Coding = Callable[[str], str]


def table(sheet: Sheet, coding: Coding) -> str:
    """A sheet as rows of rich text: a cell merged downwards goes on as a blank one that says so."""
    lines = []
    hanging: dict[int, tuple[int, int]] = {}  # column -> width, rows left
    for boxes in sheet.rows:
        defined, printed = "", ""
        after: dict[int, tuple[int, int]] = {}
        at = 0
        waiting = list(boxes)
        while waiting or at in hanging:
            if at in hanging:
                (width, left), text, merge = hanging[at], "", "\\clvmrg"
            else:
                box = waiting.pop(0)
                width, left, text = box.colspan, box.rowspan, box.text
                merge = "\\clvmgf" if left > 1 else ""
            if left > 1:
                after[at] = (width, left - 1)
            at += width
            defined += f"{merge}\\clbrdrt\\brdrs\\cellx{at * WIDTH - 108}"
            printed += f"\\pard\\intbl {{\\f1\\fs21 {coding(text)}}}\\cell\n"
        lines.append(f"\\trowd\\trgaph108\\trleft-108{defined}\n{printed}\\row\n")
        hanging = after
    return "".join(lines)


def rich_text(edition: str, values: dict[Key, str], coding: Coding = unicode) -> str:
    """A report as rich text."""
    fonts = "{\\fonttbl{\\f0\\fcharset0 Times New Roman;}{\\f1\\fnil\\fcharset134 \\'cb\\'ce\\'cc\\'e5;}}"
    parts = ["{\\rtf1\\ansi\\ansicpg936\\deff0", fonts, "{\\*\\generator Example;}{\\info{\\title 2019}}\n"]
    for text in front_matter(Layout()):
        parts.append(f"\\pard\\plain {{\\f1 {coding(text)}}}\\par\n")
    for sheet in lay_out(edition, values):
        parts.append(f"\\pard {{\\f1 {coding(sheet.heading)}}}\\par\n{table(sheet, coding)}")
    parts += [f"\\pard {{\\f1 {coding(text)}}}\\par\n" for text in back_matter(Layout())]
    return "".join(parts) + "}"


def read(text: str) -> Reading:
    """The reading of one file, saved under another name."""
    return read_report(text.encode("ascii"), "report.doc")


def cells(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells if cell.place}


@pytest.mark.parametrize("coding", [unicode, code_page], ids=lambda coding: coding.__name__)
@pytest.mark.parametrize("blank", [0, 3])
@pytest.mark.parametrize("edition", SECTIONED)
def test_a_report_is_read_whole(edition: str, blank: int, coding: Coding) -> None:
    """Merged cells, blank cells, characters by number or by code page."""
    values = numbers(edition, blank)
    reading = read(rich_text(edition, values, coding))
    assert (reading.outcome, reading.media_type) == ("report", "application/rtf")
    assert (cells(reading), reading.issues) == (values, [])
    assert reading.document.blocks[0] == "示例县人民政府2023年政府信息公开工作年度报告"


def test_a_table_as_word_writes_it_is_read() -> None:
    """Some control words have capitals."""
    text = rich_text("2021", numbers())
    text = text.replace("\\trowd", "\\trowd\\irow0\\trftsWidth1\\trftsWidthB3\\trpaddfl3\\tblind0\\tblindtype3 ")
    text = text.replace("\\cellx", "\\clftsWidth3\\clwWidth900\\clNoWrap\\clhidemark\\cellx")
    assert cells(read(text)) == numbers()


@pytest.mark.parametrize(
    "head",
    [
        "\\ansi\\ansicpg1252\\deff1{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset134 a;}}",
        "\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0\\cpg936 a;}}",
        "\\ansi\\deflangfe2052{\\fonttbl{\\f0 a;}}",
        "\\ansi{\\fonttbl{\\f0 a;}}",
        "\\ansi\\ansicpg54936{\\fonttbl{\\f0 a;}}",
    ],
)
def test_the_code_page_of_text_is_found(head: str) -> None:
    """In the usual font, in the table of fonts, by the language, or by trial; bytes plain or coded."""
    row = "\\trowd\\cellx900\\cellx1800\\pard\\plain\\intbl {}\\cell\\pard\\intbl 5\\cell\\row\\pard\\par"
    words = "丂年度{信息}开發圓乗"
    for coded in (code_page(words).replace("{", "\\{").replace("}", "\\}"), code_page("年度公开")):
        (grid,) = parse(f"{{\\rtf1{head}{row.format(coded)}}}".encode()).grids
        assert grid.rows[0][0].text in (words, "年度公开")


def test_bytes_of_a_code_page_may_be_signs_of_the_format() -> None:
    """A double-byte character may end with a backslash or a brace."""
    words = "燶爗瓅"  # each ends so in code page 936
    assert {char.encode("gbk")[1:] for char in words} & {b"\\", b"{", b"}"}
    data = b"{\\rtf1\\ansi\\ansicpg936\\deff0 " + words.encode("gbk") + b"\\par}"
    assert parse(data).blocks == [words]


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("1{\\v 9}2", "12"),
        ("1{\\deleted 9}2", "12"),
        ("{\\*\\unknown 9}12", "12"),
        ("1{\\footnote\\pard\\plain 9\\par}2", "12"),
        ("1{\\pict\\pngblip\n89504e47}2", "1\u03332"),
        ("1{\\pict\\bin4 {9}}}2", "1\u03332"),
        ("{\\field{\\*\\fldinst PAGE 9}{\\fldrslt 12}}", "12"),
        ("12{\\super 3}", "12^3"),
        ("{\\upr{9}{\\*\\ud{12}}}", "12"),
        ("12{\\up0 3}{\\highlight0 4}", "1234"),
        ("1{\\strike 2}", "12\u0336"),
        ("1\\uc2\\u25105 \\'ce\\'d22", "1我2"),
        ("\\u-10179?\\u-8704?", "\U0001f600"),
        ("1\\line 2", "1\n2"),
        ("1\\par 2", "1\n2"),
        ("1\\~\\-2", "1\xa02"),
        ("{{\\b 1}}{2", "12"),
        ('{\\field{\\*\\fldinst SYMBOL 57 \\\\f "Arial"}{\\fldrslt}}12', "912"),
        ("{\\field{\\*\\fldinst SYMBOL 57}{\\fldrslt 1}}2", "12"),
        ("{\\field{\\*\\fldinst{FORMDROPDOWN{\\*\\formfield{\\fftype2\\ffres1{\\*\\ffl 9}{\\*\\ffl 12}}}}}}", "12"),
        ("{\\field{\\*\\fldinst{FORMDROPDOWN{\\*\\formfield{\\ffres25\\ffdefres1{\\*\\ffl 9}{\\*\\ffl 12}}}}}}", "12"),
        ("{\\object\\objemb{\\*\\objdata 0105}{\\result 12}}", "12"),
        ("{\\shp{\\*\\shpinst{\\sp{\\sn shapeType}{\\sv 202}}{\\shptxt \\pard 12\\par}}}", "12"),
        ("{\\shp{\\*\\shpinst{\\shptxt \\pard 1\\par}}{\\shprslt 7}}2", "1\n2"),
        ("\\uc1\\u49\\bin2 }}2", "12"),
        ("{\\listtext 1}\\ls1 2", "1\u03332"),
        ("\\li-200\\fi400 12", "12"),
    ],
)
def test_text_of_a_cell(printed: str, text: str) -> None:
    """What the page shows, and no more."""
    closed = "}" * (printed.count("{") - printed.count("}"))
    row = f"\\trowd\\cellx900\\cellx1800\\pard\\intbl {printed}{closed}\\cell\\pard\\intbl 5\\cell\\row\\pard\\par"
    (grid,) = parse(f"{{\\rtf1\\ansi{row}}}".encode()).grids
    assert [cell.text for cell in grid.rows[0]] == [text, "5"]


def test_a_title_in_a_box_is_text_of_the_page() -> None:
    """The box stands for itself; what an old program would draw in its place is not read again."""
    box = "{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv 7}}{\\shptxt \\pard 2023\\par}}{\\shprslt 2023}}"
    assert parse(f"{{\\rtf1\\ansi{box}\\pard end\\par}}".encode()).blocks == ["2023", "end"]


@pytest.mark.parametrize("damage", [("\\row\n", ""), ("\\cell\n", ""), ("\\cellx792", "")])
def test_a_damaged_table_is_unreadable_or_marked(damage: tuple[str, str]) -> None:
    """An end of a cell or row that is lost once moves nothing unseen."""
    text = rich_text("2021", numbers())
    for at in range(0, text.count(damage[0]), 7):
        parts = text.split(damage[0])
        reading = read(damage[0].join(parts[: at + 1]) + damage[0].join(["", *parts[at + 1 :]])[len(damage[0]) :])
        marked = {(cell.indicator_code, cell.applicant_code) for cell in reading.cells if cell.issue}
        wrong = {key for key, value in numbers().items() if cells(reading).get(key) != value}
        assert reading.outcome == "unreadable" or len(reading.tables) < 3 or wrong <= marked


def test_an_unknown_code_page_is_said() -> None:
    """Its bytes mean nothing."""
    reading = read("{\\rtf1\\ansi\\ansicpg99999 a}")
    assert (reading.outcome, "99999" in reading.reason) == ("unreadable", True)
