"""Whole reports the way sites and offices print them: one phenomenon each, read without a mark.

Each takes a report in order and writes it as seen in print; every number is still there and has only one place.
"""

import json
import re
from collections.abc import Callable
from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.formats import html
from extract.read import Reading, read_report
from tests.render import COPIED, SPACED, Box, Key, Layout, Sheet, lay_out, render, write
from tests.series import examples
from tests.strategies import SECTIONED, distinct_numbers, layouts
from transform.numbers import parse_number

Change = Callable[[list[Sheet]], None]


def numbers(edition: str) -> dict[Key, str]:
    """A report with a different number in nearly every cell."""
    return {key: format(value, "f") for key, value in distinct_numbers(edition).items()}


def values(reading: Reading) -> dict[Key, object]:
    """What the cells read mean."""
    cells = [cell for cell in reading.cells if cell.place]
    return {(c.indicator_code, c.applicant_code): parse_number(c.printed, c.type).value for c in cells}


def meant(edition: str) -> dict[Key, object]:
    """What the report says."""
    return dict(distinct_numbers(edition))


def is_read_whole(edition: str, data: str) -> None:
    """Every cell, unmarked."""
    reading = read_report(data.encode(), "example")
    assert (reading.outcome, reading.reason) == ("report", "")
    assert [(issue.code, issue.where) for issue in reading.issues] == []
    assert values(reading) == meant(edition)
    assert {cell.method for cell in reading.cells} == {"labelled"}


# -- tables set otherwise ----------------------------------------------------------------------------------------------


def title_in_table(sheets: list[Sheet]) -> None:
    """The section heading is the first row of its table."""
    for sheet in sheets:
        sheet.rows.insert(0, [Box(sheet.heading, "title", colspan=sum(box.colspan for box in sheet.rows[0]))])


def one_table(sheets: list[Sheet]) -> None:
    """All three tables are one, headings as rows between."""
    title_in_table(sheets)
    sheets[0].rows = [row for sheet in sheets for row in sheet.rows]
    del sheets[1:]


def remarks(sheets: list[Sheet]) -> None:
    """A column for remarks, blank or not."""
    for sheet in sheets[:2]:
        for number, row in enumerate(sheet.rows):
            if any(box.kind == "value" for box in row):
                row.append(Box("含转办件" if sheet.table.applicants and number % 3 else "", "remark"))
            elif stubs := [box for box in row if box.kind == "stub"]:
                row.append(Box("备注", "stub", rowspan=max(box.rowspan for box in stubs)))


def serial_numbers(sheets: list[Sheet]) -> None:
    """A first column that counts the lines."""
    for sheet in sheets[:2]:
        for number, row in enumerate(sheet.rows):
            if any(box.kind == "value" for box in row):
                row.insert(0, Box(str(number), "number"))
            elif stubs := [box for box in row if box.kind == "stub"]:
                row.insert(0, Box("序号", "stub", rowspan=max(box.rowspan for box in stubs)))


def captions_beside(sheets: list[Sheet]) -> None:
    """第二十条第（一）项 stands left of its block, merged over its rows."""
    sheet = sheets[0]
    rows: list[list[Box]] = []
    for start, end in zip(sheet.starts, [*sheet.starts[1:], len(sheet.rows)], strict=True):
        (caption,), *block = sheet.rows[start:end]
        block[0].insert(0, replace(caption, colspan=1, rowspan=len(block)))
        rows += block
    sheet.rows = rows


def is_total(box: Box) -> bool:
    """Whether a box belongs to the column 总计 of section 三."""
    return (box.kind, box.code) == ("header", "total") or (box.key is not None and box.key[1] == "total")


def total_first(sheets: list[Sheet]) -> None:
    """总计 is the first column of section 三."""
    for row in sheets[1].rows:
        for box in [box for box in row if is_total(box)]:
            row.remove(box)
            row.insert(next(at for at, other in enumerate(row) if other.kind in ("header", "value")), box)


def no_heading_over_organisations(sheets: list[Sheet]) -> None:
    """All seven applicants in one row of headings, 法人或其他组织 left out."""
    header = [box for row in sheets[1].rows[:3] for box in row if box.kind == "header" and box.code != "org"]
    order = {column.code: at for at, column in enumerate(sheets[1].table.blocks[0].leaves)}
    stub = sheets[1].rows[0][0]
    row = [replace(stub, rowspan=1), *(replace(box, rowspan=1) for box in sorted(header, key=lambda b: order[b.code]))]
    sheets[1].rows[:3] = [row]


def blank_form_first(sheets: list[Sheet]) -> None:
    """The blank form stands on the page before the one filled in."""
    blank = lay_out(sheets[0].table.edition, dict.fromkeys(numbers(sheets[0].table.edition), ""))
    sheets[:0] = blank


def notes_below(sheets: list[Sheet]) -> None:
    """A note in the last row of a table, and who filled it in."""
    for sheet in sheets:
        width = sum(box.colspan for box in sheet.rows[0])
        sheet.rows.append([Box("注：本表数据由各科室报送，2023年起按新口径统计。", "note", width)])


CHANGES: list[Change] = [
    title_in_table, one_table, remarks, serial_numbers, captions_beside, total_first, no_heading_over_organisations,
    blank_form_first, notes_below,
]  # fmt: skip


@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("style", ["", COPIED])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_tables_set_otherwise_are_read_whole(change: Change, style: str, edition: str) -> None:
    """As a web page, and as it is copied from one into a text."""
    sheets = lay_out(edition, numbers(edition))
    change(sheets)
    is_read_whole(edition, write(sheets, "txt" if style else "html", layout=Layout(style=style)).decode())


@pytest.mark.parametrize("edition", SECTIONED)
def test_a_column_that_is_not_printed_is_missing_and_no_other_is_in_doubt(edition: str) -> None:
    """Without 总计 the six applicants are read; the totals are named as missing."""
    sheets = lay_out(edition, numbers(edition))
    for row in sheets[1].rows:
        row[:] = [box for box in row if not is_total(box)]
    reading = read_report(write(sheets, "html"), "example")
    assert values(reading) == {key: value for key, value in meant(edition).items() if key[1] != "total"}
    assert {(c.applicant_code, c.issue) for c in reading.cells if c.issue} == {("total", "missing_cell")}


# -- markup ------------------------------------------------------------------------------------------------------------


def numbers_as(replacement: str) -> Callable[[str], str]:
    """Every number of a page in other markup."""
    return lambda page: re.sub(r"<td>(\d)(\d*)</td>", replacement, page)


def article(page: str) -> str:
    """The part of a page that holds the report."""
    return page[page.index('<div class="article">') : page.index("</body>")]


def within(before: str, after: str) -> Callable[[str], str]:
    """The report between other markup."""
    return lambda page: page.replace(article(page), f"{before}{article(page)}{after}")


def with_hidden_class(page: str) -> str:
    """A copy with other numbers in a tab that a style sheet hides; for print it hides the article."""
    style = "<style>.tab{display:none} .tab.on{display:block} @media print{.article{display:none}}</style>"
    copy = re.sub(r"<td>\d", "<td>9", article(page))
    return page.replace(article(page), f"{style}<div class=tab>{copy}</div><div class='tab on'>{article(page)}</div>")


def shown_by_script(page: str) -> str:
    """All content hidden until a script shows it."""
    return within("<style>.body{display:none}</style><div class=body>", "</div>")(page)


def with_ruler_row(page: str) -> str:
    """The row Word writes for misaligned columns."""
    row = "<![if !supportMisalignedColumns]><tr height=0>" + "<td width=45></td>" * 11 + "</tr><![endif]>"
    return page.replace("</table>", f"{row}</table>")


def in_data_of_a_script(page: str) -> str:
    """The report as text in the page's data, put on the page by a script."""
    return page.replace(article(page), f"<script>var page = {json.dumps({'id': 7, 'body': article(page)})};</script>")


def in_a_text_area(page: str) -> str:
    """The report as escaped markup in a hidden field."""
    escaped = article(page).replace("&", "&amp;").replace("<", "&lt;")
    return page.replace(article(page), f"<textarea style='display:none'>{escaped}</textarea><div id=shown></div>")


MARKUP: dict[str, Callable[[str], str]] = {
    "numbers in frames": numbers_as(r"<td><table><tr><td>\1\2</td></tr></table></td>"),
    "numbers in fields": numbers_as(r'<td><input type="text" value="\1\2"><input type="hidden" value="7"></td>'),
    "invisible joiners": numbers_as("<td>\u200e\\1\u200d\\2\u2060</td>"),
    "soft hyphens": numbers_as(r"<td>&shy;\1&shy;\2</td>"),
    "hidden figures": numbers_as(r"<td>\1<span style='display: none'>5</span>\2<b style='font-size:0px'>8</b></td>"),
    "Word's runs": numbers_as(
        r"<td width=66><p class=MsoNormal><span lang=EN-US><span>\1</span><span>\2</span><o:p></o:p></span></p></td>"
    ),
    "comments": numbers_as(r"<td>\1<!-- 99 -->\2</td>"),
    "commented cells": numbers_as(r"<!-- <td>7</td> --><td>\1\2</td><!--<td>--><!-- > -->"),
    "markup in attributes": numbers_as(
        r"""<td title="</td><td>5</td>" data-colspan="2">\1<b title='1>"0"'>\2</b></td>"""
    ),
    "a hidden cell": numbers_as(r"<td hidden>5</td><td style='DISPLAY:none'>6</td><td>\1\2</td>"),
    "a script in a cell": numbers_as(r"<td>\1<script>var other = '<td>5</td>';</script>\2</td>"),
    "references": numbers_as(r"<td>&#x2002;\1&#8203;\2&nbsp;&ensp;</td>"),
    "blank paragraphs": numbers_as(r"<td><p>&nbsp;</p><p>&ensp;\1\2&#8203;</p></td>"),
    "a ruler row": with_ruler_row,
    "three columns of a page": within("<table><tr><td>首页<br>年报</td><td>", "</td><td>友情链接</td></tr></table>"),
    "frames in frames": within("<table><tr><td><table><tr><td>", "</td></tr></table></td></tr></table>"),
    "a hidden class": with_hidden_class,
    "shown by a script": shown_by_script,
    "data of a script": in_data_of_a_script,
    "a text area": in_a_text_area,
    "nothing closed": lambda page: page.replace("</td>", "").replace("</tr>", ""),
    "units": lambda page: page.replace("<table ", "<p>单位：件</p><table "),
}


@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("markup", MARKUP.values(), ids=MARKUP)
def test_markup_of_all_kinds_is_read_whole(markup: Callable[[str], str], edition: str) -> None:
    """Whatever wraps, hides or doubles a number, the page shows one."""
    page = render(edition, numbers(edition), "html").decode()
    assert markup(page) != page
    is_read_whole(edition, markup(page))


@given(st.data())
@examples(60)
def test_tables_are_read_from_markup_as_from_nodes(data: st.DataObject) -> None:
    """A struck letter anywhere on a page makes the reader look at each node; nothing else may differ."""
    edition = data.draw(st.sampled_from(SECTIONED))
    layout = replace(data.draw(layouts("html")), encoding="utf-8")
    page = MARKUP[data.draw(st.sampled_from(sorted(MARKUP)))](
        render(edition, numbers(edition), "html", layout=layout).decode()
    )
    grids = [[[astuple(cell) for cell in row] for row in grid.rows] for grid in html.read(page).grids]
    nodes = html.read(page.replace("</body>", "<div><s>a</s></div></body>"))
    assert grids == [[[astuple(cell) for cell in row] for row in grid.rows] for grid in nodes.grids]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1 &lt; 2 &amp;lt; 3", "1 < 2 &lt; 3"),
        ("12<sup>①</sup>", "12^①"),
        ("12<sup>3</sup>", "12^3"),
        ("<p>12</p>\n<p> 3</p>", "12\n3"),
        ("12<br>3", "12\n3"),
        ("12\n  3", "12 3"),
        ("<b>1</b><!-- 5 --><i>2</i>", "12"),
        ("a\0b", "ab"),
        ("1<select><option>5</select>2", "15\u03332"),
        ("<div title='>'>12</div>", "12"),
    ],
)
@pytest.mark.parametrize("elsewhere", ["", "<s>a</s>"])
def test_text_of_a_cell(cell: str, text: str, elsewhere: str) -> None:
    """Lines as they are shown, whichever way the table is read."""
    (grid,) = html.read(f"<table><tr><td>1<td>2<tr><td>{cell}<td>3</table>{elsewhere}").grids
    assert [cell.text for cell in grid.rows[1]] == [text, "3"]


# -- text --------------------------------------------------------------------------------------------------------------


def text(edition: str, style: str) -> str:
    """A report with a row a line."""
    return render(edition, numbers(edition), "txt", layout=Layout(style=style)).decode()


def broken(page: str) -> str:
    """Long labels run over two lines, the figures behind the second half."""
    return re.sub(r"(这一|信息需|信息公开申请数|不再处理其)", r"\1\n", page)


def around(page: str) -> str:
    """The figures stand between the two halves of a label, as where a label is centred beside them."""
    return re.sub(r"(?m)^(2\.没有现成信息)(需要另行制作)  (.*)$", r"\1\n\3\n\2", page)


TEXTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "TAB between": (COPIED, str),
    "TAB behind": (COPIED, lambda page: re.sub(r"(?m)(?<=\t)(.*)$", r"\1\t", page)),
    "labels over two lines": (COPIED, broken),
    "columns over two lines": (
        COPIED,
        lambda page: page.replace("本年制发", "本年制\n发").replace("对外公开", "对外\n公开"),
    ),
    "full-width bars": (COPIED, lambda page: page.replace("\t", " ｜ ")),
    "drawn bars": (COPIED, lambda page: re.sub(r"(?m)^(.*\t.*)$", r"│\1│", page).replace("\t", "│")),
    "blanks between": (SPACED, str),
    "one blank between": (SPACED, lambda page: page.replace("  ", " ")),
    "wide blanks": (SPACED, lambda page: page.replace("  ", "\u3000")),
    "blanks, labels over two lines": (SPACED, broken),
    "figures between the halves of a label": (SPACED, around),
    "figures right behind labels": (SPACED, lambda page: re.sub(r"(?m)^(.*[^\s\d])  (?=\d)", r"\1", page)),
    "columns run together": (SPACED, lambda page: re.sub(r"(?m)^\D*$", lambda line: line[0].replace("  ", ""), page)),
}


@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize(("style", "change"), TEXTS.values(), ids=TEXTS)
def test_texts_with_a_row_a_line_are_read_whole(style: str, change: Callable[[str], str], edition: str) -> None:
    """TAB, bars and white space part cells; labels may run over lines."""
    is_read_whole(edition, change(text(edition, style)))


def test_a_line_of_prose_is_no_row() -> None:
    """A label with a figure behind it, outside the tables, is no line of them."""
    page = text("2021", SPACED).replace("本机关按时公开了应当公开的内容。", "主要数据\n行政许可  3\n行政处罚  4件")
    is_read_whole("2021", page)


def test_a_blank_cell_that_left_no_trace_is_marked() -> None:
    """Six figures for seven columns: which one is blank cannot be told."""
    page = text("2021", SPACED)
    line = next(line for line in page.split("\n") if line.startswith("2.重复申请"))
    reading = read_report(page.replace(line, line.rsplit("  ", 1)[0]).encode(), "example")
    assert {c.issue for c in reading.cells if c.indicator_code == "res_reject_duplicate"} == {"ragged_line"}
