"""Pages that are reports get in, as far as they can be told; what is none, or cannot be read, says so honestly."""

import re

import pytest

from extract.formats.text.glued import cut
from extract.read import Reading, read_report
from tests.render import PIPED, STACKED, STACKED_PIPED, Key, Layout, lay_out, render, write
from tests.strategies import distinct_numbers
from transform.numbers import parse_number

TITLE = "示例县2021年政府信息公开工作年度报告"


def numbers(edition: str = "2021") -> dict[Key, str]:
    """A consistent report, a different number in nearly every cell."""
    return {key: str(value) for key, value in distinct_numbers(edition).items()}


def read(text: str) -> Reading:
    """A text file, read."""
    return read_report(text.encode(), "report.txt")


def cells(reading: Reading) -> dict[Key, str]:
    """What is read with nothing against it."""
    return {(c.indicator_code, c.applicant_code): c.printed for c in reading.cells if c.place and not c.issue}


# -- labels and headers ----------------------------------------------------------------------------------------------

NOTED = {
    "规章": "规章（设区的市、自治州人民政府应提供相关数据）",
    "规范性文件": "规范性文件（行政机关发布的决定、公告、通告，以及标题用“办法”“细则”字样的公文）",
    "行政许可": "行政许可（含初审）",
}


@pytest.mark.parametrize(("shape", "style"), [("html", ""), ("txt", ""), ("txt", PIPED), ("txt", STACKED)])
def test_a_label_with_a_bracket_behind_is_that_label(shape: str, style: str) -> None:
    """Some offices explain a line in its label, at a length no label has."""
    sheets = lay_out("2019", numbers("2019"))
    for box in (box for sheet in sheets for row in sheet.rows for box in row if box.kind == "label"):
        box.text = NOTED.get(box.text, box.text)
    reading = read_report(write(sheets, shape, layout=Layout(style=style)), "page")
    assert (reading.issues, cells(reading)) == ([], numbers("2019"))


@pytest.mark.parametrize("cut", ["本年增/", "本年增", "本年增＼减", "本年增\\减", "本年度增"])
@pytest.mark.parametrize(("shape", "style"), [("html", ""), ("txt", PIPED), ("txt", STACKED)])
def test_a_cut_name_of_a_column_is_read_where_one_fits(shape: str, style: str, cut: str) -> None:
    """本年增/ begins one column only."""
    sheets = lay_out("2019", numbers("2019"))
    for box in (box for sheet in sheets for row in sheet.rows for box in row if box.text == "本年增/减"):
        box.text = cut
    reading = read_report(write(sheets, shape, layout=Layout(style=style)), "page")
    assert (reading.issues, cells(reading)) == ([], numbers("2019"))


def test_a_cut_name_that_begins_two_columns_is_marked() -> None:
    """本年新 may be 本年新制作数量 or 本年新公开数量: no cell below passes unmarked, no other is in doubt."""
    sheets = lay_out("2019", numbers("2019"))
    for box in (box for sheet in sheets for row in sheet.rows for box in row if box.text.startswith("本年新制")):
        box.text = "本年新"
    for box in (box for sheet in sheets for row in sheet.rows for box in row if box.text.startswith("本年新公")):
        box.text = "本年新"
    reading = read_report(write(sheets, "html", layout=Layout()), "page")
    assert {issue.code for issue in reading.issues} == {"header_damaged"}
    assert {key[0] for key in numbers("2019").keys() - cells(reading).keys()} == {
        f"{line}_{column}" for line in ("rules", "normdoc") for column in ("made", "published", "public_total")
    }


def test_a_change_may_stand_in_brackets() -> None:
    """+（0） is no change, and a label to no layout."""
    printed = numbers("2019") | {("licence_items_delta", ""): "+（0）", ("penalty_items_delta", ""): "-（3）"}
    for style in (PIPED, STACKED):
        reading = read_report(render("2019", printed, "txt", layout=Layout(style=style)), "page")
        assert cells(reading) == printed
    assert [parse_number(printed[f"{line}_items_delta", ""], "delta").value for line in ("licence", "penalty")] == [
        0,
        -3,
    ]


@pytest.mark.parametrize("style", [PIPED, STACKED, STACKED_PIPED])
def test_readings_behind_characters_are_passed_over(style: str) -> None:
    """Some mirrors convert to Traditional characters and print how a character is read behind it."""
    text = render("2021", numbers(), "txt", layout=Layout(style=style)).decode()
    for plain, mirrored in (("项", "項(xiàng)"), ("数", "數(shù)"), ("动", "動(dòng)"), ("计", "計(jì)"), ("没", "沒")):
        text = text.replace(plain, mirrored)
    assert cells(read(text)) == numbers()


# -- layouts of text -------------------------------------------------------------------------------------------------


def test_a_blank_cell_may_be_one_further_line_only() -> None:
    """Where rows are then as wide as their table, and are not if a blank cell adds its own blank line as well."""
    blank = {("req_new", "org_ngo"), ("res_full", "natural"), ("res_full", "org_business"), ("res_total", "org_other")}
    text = render("2021", numbers() | dict.fromkeys(blank, "BLANK"), "txt", layout=Layout(style=STACKED)).decode()
    reading = read(text.replace("BLANK\n\n", "\n"))
    assert (reading.issues, cells(reading)) == ([], numbers() | dict.fromkeys(blank, ""))


def one_line(separator: str) -> str:
    """A report whose cells all stand on one line, its headings among them."""
    text = render("2021", numbers(), "txt", layout=Layout(style=STACKED)).decode()
    return separator.join(filter(None, (line.strip() for line in text.split("\n"))))


@pytest.mark.parametrize("separator", [" | ", "|", " "])
def test_all_cells_on_one_line_are_told_apart(separator: str) -> None:
    """By bars, or by blanks where no cell has any."""
    reading = read(one_line(separator))
    assert reading.outcome == "report"
    assert cells(reading) == numbers()


def test_headings_between_bars_are_no_part_of_a_cell() -> None:
    """A heading and the caption behind it may stand before the same bar."""
    text = one_line(" | ").replace("情况 | 第二十条", "情况 第二十条")
    assert cells(read(text)) == numbers()


def test_a_cell_of_one_line_is_found_at_its_character() -> None:
    """So that every number can be walked back to the file."""
    text = one_line(" | ")
    for cell in read(text).cells:
        line, column = map(int, re.findall(r"\d+", cell.place))
        assert (line, text[column - 1 :].startswith(cell.printed)) == (1, True)


def glued(values: dict[Key, str]) -> str:
    """A text whose figures stand right behind their label, one row a line."""
    lines = [TITLE]
    for sheet in lay_out("2021", values):
        for row in sheet.rows:
            texts = [box.text for box in row if box.kind != "value"]
            figures = "".join(box.text for box in row if box.kind == "value")
            lines += [*texts[:-1], texts[-1] + figures] if texts else [figures]
    return "\n".join(lines)


def test_zeros_behind_a_label_are_a_cell_each() -> None:
    """规章000 can be nothing else."""
    zeros = dict.fromkeys(numbers(), "0")
    reading = read(glued(zeros))
    found = cells(reading)
    assert {key[0] for key in zeros.keys() - found.keys()} <= {
        key[0] for key in zeros if key[0].startswith(("rev", "lit"))
    }
    assert set(found.values()) == {"0"}


def test_other_figures_behind_a_label_are_marked() -> None:
    """规章123 may be three numbers or fewer, and nothing tells which."""
    printed = numbers()
    reading = read(glued(printed))
    assert cells(reading).items() <= printed.items()
    ragged = {issue.indicator_code for issue in reading.issues if issue.code == "ragged_line"}
    assert {"rules", "normdoc", "req_new", "res_total"} <= ragged


# -- what cannot be read, what is no report --------------------------------------------------------------------------

NOTICE = "根据国办公开办函〔2021〕30号文件编制。"
GLUED = (
    "二、主动公开政府信息情况第二十条第（一）项信息内容本年制发件数本年废止件数现行有效件数规章000行政规范性文件6126"
    "第二十条第（五）项信息内容本年处理决定数量行政许可5"
)


def test_tables_glued_whole_on_a_web_page_are_unreadable() -> None:
    """Not a blank form, although the preamble cites the notice, and not prose."""
    reading = read(f"<html><head><title>{TITLE}</title></head><body><p>{NOTICE}{GLUED}</p></body></html>")
    assert reading.outcome == "unreadable"
    assert "ran together" in reading.reason


def run_together(edition: str, values: dict[Key, str], between: str) -> str:
    """A text without anything between the cells of its tables, and `between` two tables."""
    headings = [
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况",
        "四、政府信息公开行政复议、行政诉讼情况",
    ]
    sheets = lay_out(edition, values)
    named = zip(headings if len(sheets) > 1 else ["附表"], sheets, strict=True)
    tables = ["".join([heading, *(box.text for row in sheet.rows for box in row)]) for heading, sheet in named]
    return f"{TITLE}一、总体情况工作有序，规章和规范性文件均已公开。{between.join(tables)}五、存在的主要问题"


EDITIONS = ("2004", "2014", "2019", "2021", "fj", "fj_dept")


@pytest.mark.parametrize("between", ["", "\n", "\n我局工作。"])
@pytest.mark.parametrize("edition", EDITIONS)
def test_tables_glued_whole_are_read_where_one_split_fits(edition: str, between: str) -> None:
    """As many characters as columns have one split. A blank cell would have left no trace, so every cell is marked."""
    zeros = dict.fromkeys(numbers(edition), "0")
    reading = read(run_together(edition, zeros, between))
    assert reading.outcome == "report"
    assert {(c.indicator_code, c.applicant_code): c.printed for c in reading.cells if c.place} == zeros
    assert {cell.issue for cell in reading.cells if cell.place} == {"glued_table"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_of_tables_glued_whole_nothing_is_guessed(edition: str) -> None:
    """A figure alone under its column is that figure; those of several columns stay unread, unless a digit is each."""
    printed = numbers(edition)
    reading = read(run_together(edition, printed, ""))
    assert reading.outcome == "report"
    read_ones = {(c.indicator_code, c.applicant_code): c for c in reading.cells if c.place and c.issue == "glued_table"}
    assert {key: cell.printed for key, cell in read_ones.items()}.items() <= printed.items()
    assert {cell.issue for cell in reading.cells if cell.place} <= {"glued_table", "ragged_line"}


@pytest.mark.parametrize(
    ("run", "columns", "cells"),
    [
        ("000", 3, "0 0 0"),
        ("303", 3, "3 0 3"),
        ("0012", 3, "0 0 12"),
        ("0 0 0 0 0 00", 7, "0 0 0 0 0 0 0"),
        ("12 0 0 0 0 012", 7, "12 0 0 0 0 0 12"),
        ("0/0", 3, "0 / 0"),
        ("无无", 2, "无 无"),
        ("5949.09", 1, "5949.09"),
        ("141414", 3, ""),
        ("1 0 0 0 0 110", 7, ""),
        ("2424", 2, ""),
        ("12-35", 3, ""),
        ("1" * 60, 15, ""),
        ("12", 3, ""),
    ],
)
def test_a_run_is_cut_where_one_way_fits(run: str, columns: int, cells: str) -> None:
    """No number but 0 begins with 0, and a blank parts two; else the run stays one text."""
    assert cut(run, columns) == (cells.split() or [run])


def test_the_number_of_a_label_is_no_figure() -> None:
    """002、网上申请数 behind 1、当面申请数 is 0, 0 and the second label; 003、 there may be anything."""
    rows = "主动公开信息数条24受理依申请公开信息总数条0其中：1、当面申请数条02、网上申请数条03、信函、传真申请数条0"
    head = "指标名称计量单位2012年度"
    for text, last in ((rows, "fj_req_letter_fax"), (rows.replace("02、", "04、"), "fj_req_in_person")):
        found = {c.indicator_code: c.printed for c in read(f"{TITLE}\n{head}{text}\n").cells if c.place}
        assert {"fj_pub": "24", "fj_req": "0", last: "0"}.items() <= found.items()
    assert {cell.issue for cell in read(f"{TITLE}\n{head}{rows}\n").cells if cell.place} == {"glued_table"}


def test_blanks_between_figures_are_never_lost() -> None:
    """规章1 2 3 among glued names is no 规章123."""
    reading = read(f"{TITLE}\n{GLUED.replace('规章000', '规章1 2 3')}\n")
    assert [cell.printed for cell in reading.cells if cell.indicator_code.startswith("rules")] == ["1", "2", "3"]


@pytest.mark.parametrize("behind", ["2021年我局继续努力", "、另有说明", ".5", "件", ""])
def test_a_glued_figure_ends_where_the_form_goes_on(behind: str) -> None:
    """行政许可5 before 2021年 may be 52021 or 5: what ends a figure is a word of the form, a heading, the end."""
    reading = read(f"{TITLE}\n{GLUED}{behind}\n")
    found = {cell.indicator_code: cell.printed for cell in reading.cells if cell.place and cell.issue != "ragged_line"}
    assert found.get("licence_decisions") == {"": "5", ".5": "5.5", "件": "5件"}.get(behind)
    assert [found[f"rules_{column}"] for column in ("issued", "repealed", "in_force")] == ["0"] * 3


@pytest.mark.parametrize(
    "text",
    [
        f"{TITLE}\n",
        f"{TITLE}\n{NOTICE}\n一、总体情况\n工作有序。\n",
        "示例局\n本年度报告中所列数据的统计期限为2021年1月1日至2021年12月31日。\n一、总体情况\n二、主动公开政府信息情况\n",
        "<html><head><meta name='ArticleTitle' content='示例县2021年政府信息公开年报'></head><p>见附件</p>",
    ],
)
def test_a_report_without_its_tables_is_received_as_such(text: str) -> None:
    """By its title or by what it says of itself; the reason names what was expected."""
    reading = read(text)
    assert reading.outcome == "report_without_tables"
    assert reading.reason.endswith("二, 三 or 四")


@pytest.mark.parametrize(
    "text",
    [
        f"关于编制2021年政府信息公开工作年度报告的通知\n{NOTICE}\n一、要求\n",
        "示例县2021年政府信息公开工作年度报告解读\n一、总体情况\n工作有序。\n",
        "示例县举行消防演练\n各单位参加了演练。\n",
        "\n".join(f"示例县{year}年政府信息公开工作年度报告" for year in range(2016, 2023)),
    ],
)
def test_what_is_about_reports_is_none(text: str) -> None:
    """A notice, an explanation, news, an index."""
    assert read(text).outcome == "not_a_report"


def test_the_numbers_of_lines_are_no_figures() -> None:
    """A blank form that prints the code of each line."""
    labels = """主动公开信息数 提供服务类信息数 网站专栏页面访问量 现场接待人数 网上咨询数 咨询电话接听数
        依申请公开信息目录数 申请总数 对申请的答复总数 行政复议数 行政诉讼数 行政申诉数""".split()
    rows = [["指标名称", "计量单位", "代码"], *([label, "条", f"{n:02}"] for n, label in enumerate(labels, 1))]
    for text in ("\n".join("|".join(row) for row in rows), "\n\n".join("\n\n".join(row) for row in rows)):
        reading = read(f"示例县2010年政府信息公开年度报告\n附表\n{text}\n")
        assert reading.outcome == "not_a_report"
        assert "numbers of its lines" in reading.reason
