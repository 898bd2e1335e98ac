"""Text files with one cell a line: what a row is, what a blank cell is, and what is not certain enough to read."""

import re
from collections.abc import Callable

import pytest

from extract.document import Document
from extract.formats.text import txt
from extract.forms import load_forms
from extract.read import Reading, read_report
from extract.vocabulary import vocabulary
from tests.render import MARKDOWN, PIPED, STACKED, STACKED_PIPED, Key, Layout, render
from tests.strategies import EDITIONS, SECTIONED, distinct_numbers

STYLES = (STACKED, STACKED_PIPED)


def numbers(edition: str = "2021", blank: int = 0) -> dict[Key, str]:
    """A consistent report; with `blank` every so many cells are blank."""
    values = {key: format(value, "f") for key, value in distinct_numbers(edition).items()}
    return {key: "" if blank and at % blank == 0 else text for at, (key, text) in enumerate(values.items())}


def page(edition: str = "2021", style: str = STACKED, blank: int = 0, front: bool = True) -> str:
    """A whole report as text, to be changed in one place."""
    return render(edition, numbers(edition, blank), "txt", layout=Layout(style=style, front=front)).decode()


def read(text: str) -> Reading:
    """The reading of one file."""
    return read_report(text.encode(), "example")


def rows(text: str) -> list[list[str]]:
    """The rows of all tables of a file."""
    return [[cell.text for cell in cells] for grid in txt.read(text, vocabulary()).grids for cells in grid.rows]


def cells(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells if cell.place}


def marked(reading: Reading) -> set[Key]:
    """The cells that bear an issue."""
    return {(cell.indicator_code, cell.applicant_code) for cell in reading.cells if cell.issue}


def silent(reading: Reading, printed: dict[Key, str]) -> set[Key]:
    """The cells that are not as printed while nothing says so."""
    if reading.outcome != "report" or len(reading.tables) < 3 or any(i.severity == "critical" for i in reading.issues):
        return set()
    return {key for key in printed if cells(reading).get(key) != printed[key]} - marked(reading)


# A small one: two blocks of section 二, one line of section 三.
SMALL = """示例镇人民政府2020年政府信息公开工作年度报告
本报告由示例镇编制，供公众查阅。
二、主动公开政府信息情况
第二十条第（六）项
信息内容
上一年项目数量
本年增/减
处理决定数量
行政处罚
31
减2
0
行政强制
0
未增未减
0
第二十条第（九）项
信息内容
采购项目数量
采购总金额
政府集中采购
4
18000.5元
三、收到和处理政府信息公开申请情况
一、本年新收政府信息公开申请数量
2
0
0
0
0
0
2
五、存在的主要问题及改进情况
公开得还不够快。
"""
ROWS = [
    ["第二十条第（六）项"],
    ["信息内容", "上一年项目数量", "本年增/减", "处理决定数量"],
    ["行政处罚", "31", "减2", "0"],
    ["行政强制", "0", "未增未减", "0"],
    ["第二十条第（九）项"],
    ["信息内容", "采购项目数量", "采购总金额"],
    ["政府集中采购", "4", "18000.5元"],
    ["一、本年新收政府信息公开申请数量", "2", "0", "0", "0", "0", "0", "2"],
]
PROSE = ["示例镇人民政府2020年政府信息公开工作年度报告", "本报告由示例镇编制，供公众查阅。"]


def in_bars(text: str) -> str:
    """A bar behind every cell, none behind headings and prose."""
    return re.sub(r"^(?!示例镇|本报告|[二三五]、.*情况$|公开得)(.+)$", r"\1 |", text, flags=re.MULTILINE)


def spaced(text: str) -> str:
    """A blank line behind every line."""
    return text.replace("\n", "\n\n")


@pytest.mark.parametrize("shape", [str, in_bars, spaced, lambda text: text.replace("\n", "\r\n")])
def test_rows_are_rebuilt_from_the_labels_of_the_form(shape: Callable[[str], str]) -> None:
    """A label opens a row, words for no change are values, headings and prose stay paragraphs."""
    document = txt.read(shape(SMALL), vocabulary())
    assert rows(shape(SMALL)) == ROWS
    assert [block for block in document.blocks if isinstance(block, str)][:2] == PROSE
    assert document.blocks[-1] == "公开得还不够快。"


def test_a_cell_is_found_at_its_line() -> None:
    """The place of a cell is the number of its line, a blank one's that of the blank line."""
    text = spaced(SMALL).replace("减2\n", "\n")
    (cell,) = [
        c for row in txt.read(text, vocabulary()).grids[0].rows for c in row if row[0].text == "行政处罚" and not c.text
    ]
    assert cell.place == f"line {text.split(chr(10)).index('31') + 3}"


@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("style", STYLES)
def test_headers_of_three_levels_are_rows_again(style: str, edition: str) -> None:
    """Headings in one row, what stands under them in the next: the columns are certain, not assumed."""
    headers = [row for row in rows(page(edition, style)) if row[0] in ("行政复议", "结果维持")]
    assert [len(row) for row in headers] == [2, 7, 10]
    assert headers[1][-2:] == ["未经复议直接起诉", "复议后起诉"]
    assert read(page(edition, style)).issues == []


def test_groups_stand_in_the_row_of_their_first_line() -> None:
    """三、本年度办理结果 and （三）不予公开 are no rows of their own."""
    found = [row for row in rows(page()) if row[0].startswith(("三、", "（三）", "2.其他法律"))]
    assert [row[:-7] for row in found] == [
        ["三、本年度办理结果", "（一）予以公开"],
        ["（三）不予公开", "1.属于国家秘密"],
        ["2.其他法律行政法规禁止公开"],
    ]


@pytest.mark.parametrize("blank", [2, 3, 4])
@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("shape", ["bars", "a blank line behind each cell", "no blank line behind a cell"])
def test_blank_cells_are_read_where_the_layout_shows_them(shape: str, edition: str, blank: int) -> None:
    """A bar alone is a blank cell; so are two blank lines among cells parted by one, and one among cells not parted."""
    text = page(edition, STACKED_PIPED if shape == "bars" else STACKED, blank)
    reading = read(text.replace("\n\n", "\n") if shape.startswith("no") else text)
    assert (cells(reading), reading.issues) == (numbers(edition, blank), [])


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("shape", ["a blank line behind each cell", "no blank line behind a cell"])
def test_blank_cells_at_every_end_are_not_certain(shape: str, edition: str) -> None:
    """Where each block and table ends in blank lines, they may be its gap: the line is marked, not filled up."""
    tables = load_forms()[edition].tables.values()
    last = [
        (table, block, [line for b, line in table.standard_lines if b is block][-1])
        for table in tables
        for block in table.blocks
    ]
    ends = {table.address(line, block.leaves[-1]) for table, block, line in last}
    values = numbers(edition) | dict.fromkeys(ends, "")
    text = render(edition, values, "txt", layout=Layout(style=STACKED)).decode()
    reading = read(text.replace("\n\n", "\n") if shape.startswith("no") else text)
    assert ends <= marked(reading)
    assert silent(reading, values) == set()


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
@pytest.mark.parametrize("lost", ["normdoc_in_force", "fee_amount_10k", "lit_after_rev_total"])
def test_the_gap_behind_a_table_is_no_blank_cell(lost: str, gap: str) -> None:
    """More blank lines behind blocks and tables than behind cells: a last number that is lost stays lost."""
    text = re.sub(r"\n(?=第二十条|[三四五]、.*情况\n)", f"\n{gap}", page())
    assert cells(read(text)) == numbers()
    value = numbers()[lost, ""]
    for cell in (f"\n{value}\n", f"\n{value}\n\n"):
        head, tail = text.rsplit(cell, 1)
        reading = read(f"{head}\n{tail}")
        assert (lost, "") in marked(reading) or reading.outcome != "report"
        assert silent(reading, numbers()) == set()


@pytest.mark.drawn
@pytest.mark.parametrize("blank", [0, 3])
@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("style", STYLES)
def test_a_lost_cell_never_moves_its_neighbours_unmarked(style: str, edition: str, blank: int) -> None:
    """Cell by cell out of the file, with the blank line behind it: right or marked."""
    text = page(edition, style, blank)
    behind = "\n" if style == STACKED else " |"
    for found in list(re.finditer(rf"(?m)^\d*{re.escape(behind)}\n", text))[::5]:
        reading = read(text[: found.start()] + text[found.end() :])
        assert silent(reading, numbers(edition, blank)) == set(), text[: found.start()].count("\n")


def test_a_row_with_a_cell_too_few_stays_as_found_and_is_marked() -> None:
    """Nothing is filled up, and the rows around are not touched."""
    value = numbers()["rules_repealed", ""]
    reading = read(page().replace(f"\n{value}\n\n", "\n", 1))
    assert marked(reading) == {(code, "") for code in ("rules_issued", "rules_repealed", "rules_in_force")}
    assert silent(reading, numbers()) == set()


def test_a_damaged_label_opens_a_row_of_its_own() -> None:
    """Its numbers are aligned and marked; those of the line before it keep their places."""
    reading = read(page().replace("行政规范性文件", "行政规囗性文件"))
    assert cells(reading) == numbers()
    assert marked(reading) == {(code, "") for code in ("normdoc_issued", "normdoc_repealed", "normdoc_in_force")}


@pytest.mark.parametrize("style", STYLES)
def test_a_line_of_the_agency_s_own_is_no_part_of_the_line_before(style: str) -> None:
    """An unknown label with a number is named in an issue."""
    text = page(style=style)
    behind = "\n" if style == STACKED else " |"
    reading = read(text.replace("第二十条第（八）项", f"行政奖励{behind}\n31{behind}\n第二十条第（八）项", 1))
    assert cells(reading) == numbers()
    assert [issue.code for issue in reading.issues] == ["unknown_line"]


@pytest.mark.parametrize("shape", [str, in_bars, spaced])
def test_only_the_first_of_equal_lines_kept_is_unreadable(shape: Callable[[str], str]) -> None:
    """Labels are left, numbers are lost: never read, whether the lines went or became blank."""
    for edition in EDITIONS:
        lines = shape(page(edition, STACKED_PIPED).replace(" |", "")).split("\n")
        seen: set[str] = set()
        blanked = ["" if line in seen or seen.add(line) else line for line in lines]
        for text in ("\n".join(dict.fromkeys(lines)), "\n".join(blanked)):
            reading = read(text)
            assert (reading.outcome, set(cells(reading).values())) == ("unreadable", set())
            assert reading.reason


def test_equal_lines_blanked_in_one_table_are_not_blank_cells() -> None:
    """Where most values of a table are gone and none is there twice, the table is not read."""
    zeros = dict.fromkeys(numbers(), "0")
    text = render("2021", zeros, "txt", layout=Layout(style=STACKED)).decode()
    at = text.index("三、收到")
    end = text.index("四、政府")
    first, rest = text[at:end].split("\n0\n", 1)
    reading = read(f"{text[:at]}{first}\n0\n{rest.replace('0', '')}{text[end:]}")
    assert [recognised.table.key for recognised in reading.tables] == ["proactive", "review"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("edition", SECTIONED)
def test_a_report_not_filled_in_keeps_its_blank_cells(edition: str, style: str) -> None:
    """Every cell is there, none has a number, and no such report is loaded."""
    values = dict.fromkeys(numbers(edition), "")
    reading = read(render(edition, values, "txt", layout=Layout(style=style)).decode())
    assert (reading.outcome, cells(reading)) == ("report", values)
    assert [(issue.code, issue.severity) for issue in reading.issues] == [("no_figures", "critical")]


def test_labels_named_in_prose_make_no_table() -> None:
    """A narrative with labels as its headings has no rows, whatever numbers stand in it."""
    heads = ["行政许可", "行政处罚", "行政强制", "（一）予以公开", "（二）部分公开", "其他", "总计", "行政许可"]
    text = "\n".join(f"{head}\n本年{head}的情况较好，共办理12件。" for head in heads)
    document: Document = txt.read(text, vocabulary())
    assert document.grids == []
    assert read(text).outcome in ("not_a_report", "unreadable")


def test_a_table_of_rows_beside_loose_labels_stays_piped() -> None:
    """Captions alone on their lines do not turn a piped file into a stacked one."""
    text = render("2021", numbers(), "txt", layout=Layout(style=PIPED)).decode()
    text = re.sub(r"(第二十条第（.）项) \| ", r"\1", text)
    assert cells(read(text)) == numbers()


def test_a_row_of_several_cells_may_stand_among_stacked_ones() -> None:
    """A caption with the bars of the columns it is merged over, or a whole row, is a row as it stands."""
    text = page(style=STACKED_PIPED).replace("第二十条第（五）项 |", "第二十条第（五）项 | | |")
    text = re.sub(r"行政强制 \|\n(\d+) \|\n", r"行政强制 | \1 |\n", text)
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(), [])


@pytest.mark.parametrize("style", [PIPED, MARKDOWN])
@pytest.mark.parametrize("blank", [("rev_upheld", ""), ("lit_after_rev_total", "")], ids=str)
def test_a_bar_at_the_start_or_end_of_a_row_may_part_a_blank_cell(style: str, blank: Key) -> None:
    """Rows that all open with a bar have no cell before it; section 四 has no label before its first number."""
    values = numbers() | {blank: ""}
    reading = read(render("2021", values, "txt", layout=Layout(style=style)).decode())
    assert (cells(reading), reading.issues) == (values, [])
