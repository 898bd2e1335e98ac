"""The statistical forms before 2019: each read as itself, beside newer tables too; doubt is marked."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest

from extract.read import Reading, read_report
from tests.render import PAGE, PIPED, TABBED, Box, Key, Layout, Sheet, addresses, lay_out, render, write
from tests.strategies import DINGXI, EDITIONS, PUDONG, SECTIONED, distinct_numbers
from transform.agencies import Directory
from transform.interpret import interpret, read_file

OLDER = tuple(edition for edition in EDITIONS if edition not in SECTIONED)
LINES = {"2004": PUDONG, "2014": ()}
STYLES = (("txt", TABBED), ("txt", PIPED), ("html", PAGE))


def numbers(edition: str) -> dict[Key, str]:
    """A consistent report of an edition, a different number in nearly every cell."""
    return {key: str(value) for key, value in distinct_numbers(edition, LINES.get(edition, ())).items()}


def sheet(edition: str, **layout: object) -> Sheet:
    """The only table of an older edition."""
    (found,) = lay_out(edition, numbers(edition), layout=Layout(year=2016, **layout))  # type: ignore[arg-type]
    return found


def read(sheets: list[Sheet], shape: str = "html", style: str = "") -> Reading:
    """A file of these sheets, read."""
    return read_report(write(sheets, shape, layout=Layout(year=2016, style=style)), "page")


def cells(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read with nothing against it."""
    return {(c.indicator_code, c.applicant_code): c.printed for c in reading.cells if not c.issue}


def silent(reading: Reading, edition: str) -> set[Key]:
    """Cells whose reading differs from what the page prints while no issue names them."""
    if reading.outcome != "report":
        return set()
    named = {issue.indicator_code for issue in reading.issues}
    printed, found = numbers(edition), cells(reading)
    marked = {(c.indicator_code, c.applicant_code) for c in reading.cells if c.issue}
    lost = {key for key in addresses(edition) if key not in found and key not in marked}
    wrong = {key for key, text in found.items() if printed.get(key) != text}
    return {key for key in lost | wrong if key[0] not in named}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(("shape", "style"), STYLES)
def test_each_edition_is_read_as_itself_and_no_other(shape: str, style: str, edition: str) -> None:
    """Labels such as 其他, 总计 or 重复申请 draw no table into another form."""
    reading = read_report(render(edition, numbers(edition), shape, layout=Layout(style=style)), "page")
    assert {found.table.edition for found in reading.tables} == {edition}
    assert {"statistics"} == {f.table.key for f in reading.tables} or edition in SECTIONED


@pytest.mark.parametrize("older", OLDER)
@pytest.mark.parametrize("newer", SECTIONED)
@pytest.mark.parametrize("first", [True, False])
def test_an_older_form_attached_to_newer_tables_is_read_beside_them(first: bool, newer: str, older: str) -> None:
    """Every number keeps its table, every table its edition, and the report lacks none."""
    new, old = lay_out(newer, numbers(newer), layout=Layout(year=2019)), [sheet(older)]
    for shape, style in STYLES:
        sheets = [*old, *new] if first else [*new, *old]
        reading = read_report(write(sheets, shape, layout=Layout(year=2019, style=style)), "page")
        assert reading.issues == []
        assert cells(reading) == numbers(newer) | numbers(older)
        report = interpret(reading, Directory.load())
        assert report.edition == f"{newer}/{older}"
        assert report.lacking == frozenset()


@pytest.mark.parametrize("edition", OLDER)
def test_a_report_lacks_only_what_its_own_edition_asks_for(edition: str) -> None:
    """The three tables of 2019 are not asked of a report of 2016, nor the old one of a report of 2019."""
    for its in (edition, "2019"):
        report = interpret(read_report(render(its, numbers(its), "html"), "page"), Directory.load())
        assert [i for i in report.issues if i.code == "table_missing"] == []
    short = [found for found in lay_out("2019", numbers("2019")) if found.table.key != "review"]
    report = interpret(read([*short, sheet(edition)]), Directory.load())
    assert report.lacking == {"review"}
    assert [(i.where, i.severity) for i in report.issues if i.code == "table_missing"] == [("review", "critical")]


@pytest.mark.parametrize("edition", OLDER)
@pytest.mark.parametrize(("shape", "style"), STYLES)
def test_the_total_of_all_years_is_not_the_years_figure(shape: str, style: str, edition: str) -> None:
    """Of the columns 2016年度 and 历年累计 the first is read, the second left alone."""
    reading = read([sheet(edition, all_years=True)], shape, style)
    assert reading.issues == []
    assert cells(reading) == numbers(edition)
    assert "987654" not in {cell.printed for cell in reading.cells}


@pytest.mark.parametrize("edition", OLDER)
@pytest.mark.parametrize("headings", [["2015年", "2016年"], ["县政府统计数", "县直统计数"], ["历年累计"], ["本期数"]])
@pytest.mark.parametrize(("shape", "style"), STYLES)
def test_a_column_that_cannot_be_told_is_never_the_years_figure(
    shape: str, style: str, headings: list[str], edition: str
) -> None:
    """Two years, two bodies, the total of all years alone: no figure is read that is not marked."""
    found = sheet(edition)
    for row in found.rows:
        kinds = [box.kind for box in row]
        if "header" in kinds:
            row[kinds.index("header") :] = [Box(text, "header") for text in headings]
        elif "value" in kinds and len(headings) > 1:
            row.append(Box("987654", "value"))
        else:
            row.extend(Box("", "stub") for _ in headings[1:])
    reading = read([found], shape, style)
    assert cells(reading) == {}


@pytest.mark.parametrize("edition", ["2004", "2014"])
def test_a_figure_in_another_unit_is_marked_or_converted(edition: str) -> None:
    """万人次 is no 人次; an amount in 元 under 万元 counts as such, in a cell of its own or in brackets."""
    count, amount = ("sh_06", "sh_52") if edition == "2004" else ("lg_trainees", "lg_budget_10k")
    for where in ("cell", "label"):
        found = sheet(edition)
        for row in found.rows:
            for label, unit in pairwise(row):
                if label.code == count:
                    unit.text = "万人次"
                if label.code == amount:
                    unit.text = "元" if where == "cell" else ""
                    label.text += "（元）" if where == "label" else ""
        report = interpret(read([found]), Directory.load())
        facts = {fact.cell.indicator_code: fact for fact in report.facts}
        assert facts[count].issue == "unit_differs"
        assert facts[amount].value == Decimal(numbers(edition)[amount, ""]) / 10_000


def test_fees_of_the_older_form_are_in_yuan() -> None:
    """12.5 under 元 is 12.5元, 0.5万元 in the cell is 5,000元; nothing is inferred from the size."""
    values = numbers("2004") | {("sh_39", ""): "12.5", ("sh_40", ""): "0.5万元", ("sh_41", ""): "250000"}
    report = interpret(read_report(render("2004", values, "html"), "page"), Directory.load())
    facts = {fact.cell.indicator_code: (fact.value, fact.unit, fact.issue) for fact in report.facts}
    assert facts["sh_39"] == (Decimal("12.5"), "元", "")
    assert facts["sh_40"] == (Decimal(5000), "元", "")
    assert facts["sh_41"] == (Decimal(250_000), "元", "")


@pytest.mark.parametrize(("shape", "style"), STYLES)
def test_codes_of_lines_and_figures_of_a_period_are_left_alone(shape: str, style: str) -> None:
    """As in Dingxi: 代码, 本期实际 and 本年累计, with a row of letters under the header."""
    found = sheet("2004")
    for number, row in enumerate(found.rows):
        at = next(place for place, box in enumerate(row) if box.kind in ("header", "value"))
        if row[at].kind == "header":
            row[at:] = [Box("代码", "header"), Box("本期实际", "header"), Box("本年累计", "header")]
        else:
            row[at:at] = [Box(f"{number:02}", "stub"), Box("77", "stub")]
    found.rows.insert(1, [Box(text, "stub") for text in ("甲", "乙", "丙", "1", "2")])
    reading = read([found], shape, style)
    assert (cells(reading), reading.issues) == (numbers("2004"), [])


def damages(found: Sheet) -> Iterator[tuple[str, Box, str]]:
    """Each label of a form garbled, lost or exchanged for the next one's."""
    labels = found.boxes("label")
    for box, other in zip(labels, [*labels[1:], labels[0]], strict=True):
        for text in ("锟斤拷烫烫烫", "", other.text, box.text[: len(box.text) // 2]):
            yield f"{box.code} as {text!r}", box, text


@pytest.mark.parametrize("edition", OLDER)
@pytest.mark.parametrize(("shape", "style"), [("txt", TABBED), ("html", PAGE)])
def test_a_damaged_label_gives_no_figure_to_another_line_unmarked(shape: str, style: str, edition: str) -> None:
    """Labels that several groups share (被依法纠错数, 邮寄费) keep to the group they are printed in."""
    found = sheet(edition)
    for what, box, text in list(damages(found))[::3]:
        before, box.text = box.text, text
        reading = read([found], shape, style)
        if text not in {other.text for other in found.boxes("label") if other is not box}:
            assert silent(reading, edition) == set(), what
        assert box.code not in {key[0] for key in cells(reading)} or reading.issues or text == before, what
        box.text = before


@pytest.mark.parametrize("edition", OLDER)
@pytest.mark.parametrize(("shape", "style"), [("txt", TABBED), ("html", PAGE)])
def test_a_lost_line_is_missing_and_moves_no_other(shape: str, style: str, edition: str) -> None:
    """Row by row out of the table."""
    whole = sheet(edition)
    for at in range(1, len(whole.rows), 2):
        found = Sheet(whole.table, [row for number, row in enumerate(whole.rows) if number != at], [0])
        lost = {(box.code, "") for box in whole.rows[at] if box.kind == "label"}
        reading = read([found], shape, style)
        assert {key: text for key, text in numbers(edition).items() if key not in lost} == cells(reading)


@pytest.mark.parametrize("edition", OLDER)
def test_who_filled_it_in_is_no_line_of_the_form(edition: str) -> None:
    """Names, telephone and date below the table."""
    found = sheet(edition)
    found.rows.append([Box("单位负责人：张三", "stub"), Box("审核人：李四", "stub"), Box("填报人：王五", "stub")])
    found.rows.append([Box("联系电话", "stub"), Box("84389000", "stub"), Box("2017.1.10", "stub")])
    for shape, style in STYLES:
        reading = read([found], shape, style)
        assert (cells(reading), reading.issues) == (numbers(edition), [])


def test_the_older_vintage_counts_refusals_in_its_own_way() -> None:
    """否决公开答复总数 of Dingxi is not 不予公开答复总数 of Pudong."""
    values = {key: str(value) for key, value in distinct_numbers("2004", DINGXI).items()}
    report = interpret(read_report(render("2004", values, "html"), "page"), Directory.load())
    read_codes = {fact.cell.indicator_code for fact in report.facts}
    assert "sh_refused" in read_codes
    assert "sh_27" not in read_codes
    assert {r.check_code for r in report.residuals} == {"SH-REQ", "SH-ANS-OLD", "SH-REFUSE-OLD", "SH-NN"}
    assert all(r.holds for r in report.residuals)


def test_a_small_table_of_figures_in_a_report_is_no_form() -> None:
    """A few channels in a table of their own beside the tables of 2019: those are read, the others left alone."""
    few = sheet("2014")
    few.rows = [few.rows[0], *(row for row in few.rows if row[0].code.startswith("lg_req_"))]
    reading = read([few, *lay_out("2019", numbers("2019"))])
    assert {found.table.key for found in reading.tables} == {"proactive", "requests", "review"}
    assert cells(reading) == numbers("2019")


NARRATIVE = """示例县2010年政府信息公开工作年度报告
本报告由洪泽县人民政府编制。本报告所列数据的统计期限自2010年1月1日起至2010年12月31日止。
一、概述
本年度主动公开政府信息1234条，收到申请56件。
二、主动公开政府信息情况
全年公开1234条。
三、依申请公开政府信息情况
收到申请56件，答复56件。
四、存在的主要问题和改进措施
内容还不够细。
"""


def test_a_report_in_prose_is_recorded_as_such_without_a_figure() -> None:
    """Its agency and year are told, no number is taken from it; a notice about reports is no report at all."""
    text = NARRATIVE.replace("示例县", "江苏省淮安市洪泽区").replace("洪泽县", "洪泽区")
    reading, report = read_file(text.encode(), "report.txt")
    assert (reading.outcome, report, reading.cells) == ("report_without_tables", None, [])
    assert "洪泽区" in reading.reason
    assert "2010 in prose" in reading.reason
    notice, _ = read_file("关于做好2010年政府信息公开工作年度报告的通知\n一、时间\n二、要求\n三、其他\n".encode(), "n")
    assert (notice.outcome, "in prose" in notice.reason) == ("not_a_report", False)
