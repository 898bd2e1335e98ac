"""The statistical forms of Fujian in their vintages: every row is read or named, the total of all years never taken."""

import csv
import random
from itertools import permutations
from pathlib import Path

import pytest

from expectations.judge import judge_files
from extract.read import Reading, read_report

# Labels as three vintages and the departments print them; figures are invented, no two of a table alike.
VINTAGES = {
    "six channels": (
        ["指标名称", "计量单位", "年末统计"],
        [
            "主动公开信息数", "其中：1．网站公开", "2．政府公报公开", "受理依申请公开信息总数",
            "其中：1．当面申请数", "2．传真申请数", "3．电子邮件申请数", "4. 网上申请数", "5．信函申请数",
            "6．其他形式申请数", "对申请的答复总数", "其中：1．同意公开答复数", "2．同意部分公开答复数",
            "3．否决公开答复总数", "行政复议数", "行政诉讼数", "行政申诉数",
        ],
    ),
    "beside the total of all years": (
        ["指标名称", "计量单位", "2012年度", "历年累计"],
        [
            "主动公开文件数", "其中：1、政府网站公开数", "2、政府公报公开数", "受理政府信息依申请公开总数",
            "其中：1、当面申请数", "2、网上申请数", "3、信函、传真申请数", "对申请的答复数",
            "其中：1、同意公开答复数", "2、同意部分公开答复数", "3、不予公开答复数", "4、其他类型答复数",
            "政府信息公开收费减免金额", "接受行政诉讼、举报数", "行政复议数", "行政诉讼数",
        ],
    ),
    "cut short": (
        ["指标名称", "计量单位", "年末统计"],
        ["主动公开信息数", "其中：1、网站公开", " 2、政府公报公开", "受理依申请公开信息总数", "其中：1、当面申请数"],
    ),
    "departments": (
        ["指 标 名 称", "单位", "数量"],
        [
            "主动公开信息数", "正式受理政府信息公开申请数", "其中：1．在办", "2．办结", "其中：1．同意提供",
            "2．拒绝提供", "其中：1．信息不存在", "2．信息涉密", "3．信息描述不清", "4．超出合理需要",
            "5．第三方不同意", "6．其他", "政府信息公开查询点数", "政府信息公开查询点受理查询数",
            "政府信息咨询数", "其中：1．公开电话", "2．服务窗口", "3．网络信箱（论坛）", "4．其他",
            "受理政府信息公开工作行政复议数", "收到政府信息公开工作行政诉讼数",
        ],
    ),
}  # fmt: skip
SHAPES = ("html", "piped", "tabbed", "spaced", "stacked", "barred")
CORPUS = Path(__file__).parents[3] / "shared" / "corpus2" / "fujian"


def rows_of(vintage: str) -> list[list[str]]:
    """The header and the rows of a vintage: the figures of the year from 11 on, those of all years above 1000."""
    header, labels = VINTAGES[vintage]
    unit = {label: "元" if "金额" in label else "件" if "行政" in label else "条" for label in labels}
    figures = [[str(11 + n), str(1011 + n)][: len(header) - 2] for n in range(len(labels))]
    return [[*header], *([label, unit[label], *figure] for label, figure in zip(labels, figures, strict=True))]


def page(rows: list[list[str]], shape: str, heading: str = "附表", year: str = "2012") -> bytes:
    """A report with such a table, in one of the shapes."""
    title = f"示例县{year}年政府信息公开工作年度报告"
    if shape == "html":
        table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        return f"<html><body><h1>{title}</h1><p>{heading}</p><table>{table}</table></body></html>".encode()
    lines = {
        "piped": ["|" + "|".join(row) + "|" for row in rows],
        "tabbed": ["\t".join(row) for row in rows],
        "spaced": ["  ".join(cell.replace(" ", "") for cell in row) for row in rows],
        "stacked": ["\n\n".join(row) + "\n" for row in rows],
        "barred": ["\n".join(f"{cell} |" for cell in row) for row in rows],
    }[shape]
    return "\n".join([title, "", heading, "", *lines]).encode()


def figures_of(reading: Reading) -> list[str]:
    """What is read with nothing against it, in the order of the page."""
    return [cell.printed for cell in reading.cells if cell.place and not cell.issue]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("vintage", VINTAGES)
def test_every_row_of_a_vintage_is_read(vintage: str, shape: str) -> None:
    """Whatever the layout; a table that is cut short lacks its other lines, and says so."""
    rows = rows_of(vintage)
    reading = read_report(page(rows, shape), "page")
    assert (reading.outcome, reading.reason) == ("report", "")
    assert {cell.edition for cell in reading.cells} == {"fj_dept" if vintage == "departments" else "fj"}
    assert figures_of(reading) == [row[2] for row in rows[1:]]
    assert {issue.code for issue in reading.issues} == ({"missing_cell"} if vintage == "cut short" else set())


@pytest.mark.parametrize("heading", ["七、示例县政府信息公开情况统计表", "七、政府信息公开情况统计表", "附表：", ""])
def test_the_name_in_a_heading_makes_no_difference(heading: str) -> None:
    """The table is read alike under any heading."""
    rows = rows_of("beside the total of all years")
    assert figures_of(read_report(page(rows, "html", heading), "page")) == [row[2] for row in rows[1:]]


def test_figures_of_two_years_are_nobody_s() -> None:
    """Which of two columns of years is the report's is not told by the table: no figure passes unmarked."""
    rows = rows_of("beside the total of all years")
    rows[0][2:] = ["2011年度", "2012年度"]
    assert figures_of(read_report(page(rows, "html"), "page")) == []


def test_a_column_of_another_year_is_marked() -> None:
    """A form copied from last year's report: whether the heading or the figures are old, nobody can tell."""
    rows = rows_of("beside the total of all years")
    rows[0][2] = "2011年度"
    reading = read_report(page(rows, "html"), "page")
    assert figures_of(reading) == []
    assert {issue.code for issue in reading.issues} == {"column_year"}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus2")
@pytest.mark.parametrize("shape", SHAPES)
def test_tables_in_print_are_read_row_by_row(shape: str) -> None:
    """Those at hand, of 2010 to 2017."""
    for path in sorted(CORPUS.glob("*.csv")):
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        reading = read_report(page(rows, shape, year=path.stem[-4:]), path.name)
        assert figures_of(reading) == [row[2] for row in rows[1:]], path.name


# How else offices word lines of the form and the heads of its columns.
WORDINGS = {
    "主动公开信息数": ["主动公开政府信息总数", "主动公开信息条数", "一、主动公开信息数"],
    "其中：1．网站公开": ["其中：1.政府网站", "其中：门户网站公开", "其中:1.政府网站公开信息数"],
    "2．政府公报公开": ["2.政府公报", "2、公报公开", "政府公报公开信息数"],
    "受理依申请公开信息总数": ["受理依申请公开政府信息数", "依申请公开信息总数", "收到依申请公开信息总数"],
    "其中：1．当面申请数": ["1、当面申请", "其中：1.现场申请数"],
    "5．信函申请数": ["信函申请", "5.邮寄申请数"],
    "对申请的答复总数": ["本年度对申请的答复总数", "三、对申请的答复总数"],
    "3．否决公开答复总数": ["3.否决公开数", "3、不同意公开答复数"],
    "行政复议数": ["行政复议件数", "被申请行政复议数", "四、行政复议数"],
    "行政申诉数": ["行政申诉、举报数", "行政申诉件数"],
    "年末统计": ["2012年度数", "2012年1-12月", "本年度数", "2012  年度"],
}


@pytest.mark.parametrize(("usual", "other"), [(usual, other) for usual, many in WORDINGS.items() for other in many])
def test_a_line_in_other_words_is_that_line(usual: str, other: str) -> None:
    """Also in another order: 诉讼 before 复议."""
    rows = rows_of("six channels")
    rows = [[other if cell == usual else cell for cell in row] for row in [*rows[:15], rows[16], rows[15], *rows[17:]]]
    reading = read_report(page(rows, "html"), "page")
    assert {cell.printed for cell in reading.cells if cell.place and not cell.issue} == {row[2] for row in rows[1:]}
    assert reading.issues == []


# What stands behind the label of a line, in any order; a code may stand before it.
ORDERS = [("label", *rest) for size in (3, 4) for rest in permutations(("unit", "code", "figure", "total")[:size])]
ORDERS += [("code", "label", *rest) for rest in permutations(("unit", "figure", "total"))]
ORDERS += [("label", "code", "figure"), ("code", "label", "figure"), ("label", "figure", "code")]


def ordered(vintage: str, order: tuple[str, ...], names: dict[str, str]) -> tuple[list[list[str]], list[str]]:
    """(the rows of a vintage with its columns in an order, codes as the third edition prints them; its figures)."""
    labels = VINTAGES[vintage][1]
    head = {"label": "指标名称", "unit": "计量单位", "code": "代码", "figure": "2012年度", "total": "历年累计"} | names
    rows = [[head[column] for column in order]]
    for n, label in enumerate(labels, 1):
        unit = "元" if "金额" in label else "件" if "行政" in label else "条"
        cell = {"label": label, "unit": unit, "code": f"{n:02}", "figure": str(10 + n), "total": str(1010 + n)}
        rows.append([cell[column] for column in order])
    return rows, [str(10 + n) for n in range(1, len(labels) + 1)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_columns_may_stand_in_any_order(order: tuple[str, ...], shape: str) -> None:
    """代码 before the label, before the unit or behind the figure; the total of all years on either side."""
    for vintage in ("six channels", "beside the total of all years", "departments"):
        rows, figures = ordered(vintage, order, {})
        assert figures_of(read_report(page(rows, shape), "page")) == figures


@pytest.mark.parametrize("name", ["序号", "行次", "行号", "编号", "指标代码"])
@pytest.mark.parametrize("order", [("code", "label", "unit", "figure"), ("label", "code", "unit", "figure")])
def test_the_column_of_codes_has_many_names(order: tuple[str, ...], name: str) -> None:
    """指标代码 is a column, 指标 heads the labels."""
    for shape in SHAPES:
        rows, figures = ordered("departments", order, {"code": name})
        assert figures_of(read_report(page(rows, shape), "page")) == figures


@pytest.mark.parametrize("name", ["上年度", "上年同期", "备注"])
def test_last_year_beside_this_one_is_not_this_year(name: str) -> None:
    """Whatever its place and the layout."""
    for order in (("label", "unit", "total", "figure"), ("label", "unit", "figure", "total")):
        for shape in SHAPES:
            rows, figures = ordered("departments", order, {"total": name})
            assert figures_of(read_report(page(rows, shape), "page")) == figures


def test_a_short_table_without_units_is_one() -> None:
    """Five lines under a header of the form, where a report prints no other table."""
    rows, figures = ordered("cut short", ("label", "figure"), {})
    assert figures_of(read_report(page(rows, "html"), "page")) == figures


@pytest.mark.parametrize("seed", range(300))
def test_no_figure_stands_under_another_line_or_year(seed: int) -> None:
    """Made-up tables with codes left out, blank figures, columns no form knows: read, or marked, never wrong."""
    rng = random.Random(seed)
    vintage, order, shape = rng.choice([*VINTAGES]), rng.choice(ORDERS), rng.choice(SHAPES)
    usual, figures = ordered(vintage, ("label", "unit", "figure"), {})
    lines = {c.printed: c.indicator_code for c in read_report(page(usual, "html"), "page").cells if c.place}
    names = {
        "total": rng.choice(["历年累计", "上年同期", "2011年度", "备注", "增幅"]),
        "code": rng.choice(["代码", "行次"]),
    }
    rows, _ = ordered(vintage, order, names)
    expected = {}
    for n, row in enumerate(rows[1:]):
        small = "" if rng.random() < 0.1 else str(rng.choice([0, 0, n + 1, n + 2, rng.randint(0, 999)]))
        expected[lines[figures[n]]] = row[order.index("figure")] = small
        if "code" in order and rng.random() < 0.3:
            row[order.index("code")] = ""
    rows = [[cell for cell in row if cell] for row in rows] if shape == "spaced" else rows
    reading = read_report(page(rows, shape), "page")
    found = {cell.indicator_code: cell.printed for cell in reading.cells if cell.place and not cell.issue}
    assert {line: (printed, expected[line]) for line, printed in found.items() if printed != expected[line]} == {}


@pytest.mark.parametrize(("lines", "verdict"), [(5, "flagged"), (7, "flagged"), (4, "quarantined"), (17, "pass")])
def test_a_short_vintage_is_loaded_and_flagged(lines: int, verdict: str) -> None:
    """One that ends among the requests: what it does not print is marked as missing; fewer lines are cut off."""
    rows = rows_of("six channels")[: lines + 1]
    for row in rows[1:]:
        row[2] = "0"
    body = page(rows, "html").decode().replace("示例县", "平潭县")
    (judged,) = judge_files([(body.encode(), "page.html")])
    assert judged.verdict is not None
    assert judged.verdict.verdict == verdict
