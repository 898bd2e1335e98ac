"""What real files do, one small example each: exports, pages, bytes, labels and tables that mislead."""

import base64
import quopri
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.document import Document
from extract.encodings import decode
from extract.forms import load_forms
from extract.labels import fold, normalise, squeeze_text, unit_in
from extract.lookalikes import GAMBLING, look_alike
from extract.read import Reading, read_report
from extract.sniff import parse
from tests.render import PIPED, STACKED_PIPED, STYLES, Box, Key, Layout, Sheet, lay_out, render, write
from tests.strategies import distinct_numbers
from transform.numbers import parse_number

MOJIBAKE = "\ufffd"
CONVERTED = [("資訊", "信息"), ("檔案", "文件"), ("專案", "项目")] + [
    (pair[0], pair[1])
    for pair in (
        "規规 範范 製制 發发 廢废 現现 數数 處处 決决 許许 罰罚 強强 業业 費费 額额 "
        "單单 萬万 購购 採采 結结 轉转 續续 繼继 辦办 開开 "
        "區区 計计 這这 種种 "
        "屬属 國国 類类 內内 務务 過过 執执 詢询 無无 機机 關关 補补 後后 確确 訪访 舉举 報报 訴诉 複复 獲获 認认 "
        "總总 維维 糾纠 審审 議议 訟讼 經经 組组 織织 會会 構构 護护 "
        "權权 穩稳 繳缴 納纳 請请 減减 項项 條条 於于 個个 還还 為为 實实"
    ).split()
]


def numbers(edition: str = "2021") -> dict[Key, str]:
    """What the example prints: a consistent report."""
    return {key: format(value, "f") for key, value in distinct_numbers(edition).items()}


def page(edition: str = "2021", shape: str = "html", **layout: object) -> str:
    """A whole report as text, to be changed in one place."""
    return render(edition, numbers(edition), shape, layout=Layout(**layout)).decode()


def read(text: str | bytes) -> Reading:
    """The reading of one file."""
    return read_report(text if isinstance(text, bytes) else text.encode(), "example")


def cells(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells}


def marks(reading: Reading) -> dict[Key, str]:
    """The cells that bear an issue, with its code."""
    return {(c.indicator_code, c.applicant_code): c.issue for c in reading.cells if c.issue}


def codes(reading: Reading) -> set[str]:
    """The codes of all issues."""
    return {issue.code for issue in reading.issues}


def review() -> list[Key]:
    """The fifteen cells of section 四."""
    return [key for key in numbers() if key[0].startswith(("rev_", "lit_"))]


def line_of(code: str) -> set[Key]:
    """The cells of one line of section 三."""
    return {key for key in numbers() if key[0] == code}


def changed(text: str, old: str, new: str, count: int = 1) -> str:
    """The text with a passage replaced; a passage that is not there is a fault of the test."""
    assert old in text
    return text.replace(old, new, count)


def html_row(text: str, label: str) -> str:
    """The line of a page that holds the row with this label."""
    return next(line for line in text.split("\n") if f">{label}<" in line)


def sheets_with(change: Callable[[list[Sheet]], None], edition: str = "2021", shape: str = "html") -> Reading:
    """The reading of a page whose sheets were changed."""
    sheets = lay_out(edition, numbers(edition))
    change(sheets)
    return read(write(sheets, shape))


# -- text exports ----------------------------------------------------------------------------------


def test_a_cell_may_hold_a_blank_line() -> None:
    """Word paragraphs inside a cell come as lines with a blank one between; the row goes on after them."""
    reading = read(changed(page(shape="txt"), "\t（三）不予公开\n", "\t（三）不予\n\n公开\n"))
    assert (cells(reading), reading.issues) == (numbers(), [])


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
def test_a_table_ends_at_the_next_heading_whatever_the_gap(gap: str) -> None:
    """No, one or two blank lines before a heading: it is never taken into the last cell."""
    text = changed(page(shape="txt"), "\n\n\n三、收到", f"{gap}三、收到")
    text = changed(text, "\n\n\n四、政府", f"{gap}四、政府")
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(), [])


@pytest.mark.parametrize("after", ["五、存在的主要问题及改进情况", "（一）存在的问题", "本机关继续改进。"])
@pytest.mark.parametrize("gap", ["\n\n", "\n\n\n"])
def test_prose_after_a_table_is_no_part_of_its_last_cell(after: str, gap: str) -> None:
    """The last number of section 四 stays a number, one blank line behind it or two."""
    text = page(shape="txt", front=False).rstrip("\n") + gap + after + "\n"
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(), [])


def test_several_cells_may_stand_on_one_line() -> None:
    """A TAB inside a line opens a cell as one at its start does."""
    text = page(shape="txt")
    start = text.index("\t一、本年新收")
    end = text.index("\n\n", start)
    reading = read(text[:start] + text[start:end].replace("\n", "") + text[end:])
    assert (cells(reading), reading.issues) == (numbers(), [])


def test_carriage_returns_do_not_matter() -> None:
    """Windows line ends read as the others do."""
    assert cells(read(page(shape="txt").replace("\n", "\r\n"))) == numbers()


def test_word_bookmarks_are_no_part_of_a_cell() -> None:
    """The marks an export leaves in cells and labels are dropped, and only they."""
    text = changed(page(shape="txt"), "\t现行有效件数", "\t[bookmark: _GoBack]现行有效件数")
    text = changed(text, "\t规章\n\t", "\t规章[bookmark: a1]\n\t[bookmark: _GoBack]")
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(), [])


def test_a_missing_tab_does_not_lose_a_line_unseen() -> None:
    """A label run together with its first number leaves the whole line marked."""
    reading = read(changed(page(shape="txt"), "\t1.属于国家秘密\n\t", "\t1.属于国家秘密\n"))
    assert line_of("res_deny_state_secret") <= set(marks(reading))


def test_absence_signs_alone_are_no_ruler() -> None:
    """In a piped table a line of "--" under section 四 is its numbers, not the ruler under a header."""
    values = numbers() | dict.fromkeys(review(), "--")
    reading = read(render("2021", values, "txt", layout=Layout(style=PIPED)))
    assert (cells(reading), reading.issues) == (values, [])


# -- web pages -------------------------------------------------------------------------------------


def test_a_number_split_over_spans_is_one_number() -> None:
    """Editors cut text into spans at will; pieces of one line belong together."""
    text = page()
    row = html_row(text, "规章")
    value = numbers()["rules_issued", ""]
    split = changed(row, f">{value}<", "><span>" + "</span><span>".join(value) + "</span><o:p></o:p><")
    assert cells(read(changed(text, row, split))) == numbers()


@pytest.mark.parametrize("inner", ["0<br>0", "<p>0</p><p>0</p>", "0<p>0</p>", "<p>1</p>2", "<p>1</p><p>2</p>"])
def test_two_numbers_in_one_cell_stay_two_lines(inner: str) -> None:
    """Neither 00 nor 12 nor 0: the printed text keeps the break."""
    text = page()
    row = html_row(text, "规章")
    value = numbers()["rules_issued", ""]
    printed = cells(read(changed(text, row, changed(row, f">{value}<", f">{inner}<"))))["rules_issued", ""]
    assert len(printed.split("\n")) == 2


def test_hidden_rows_and_cells_are_not_printed() -> None:
    """What a browser does not show is not there."""
    text = page()
    row = html_row(text, "规章")
    hidden = changed(row, "<tr>", '<tr style="DISPLAY : none">').replace("<td>1", "<td>9")
    reading = read(changed(text, row, f"{hidden}\n{changed(row, '</tr>', '<td hidden>5</td></tr>')}"))
    assert (cells(reading), reading.issues) == (numbers(), [])


def test_tables_used_for_layout_are_looked_through() -> None:
    """A portal that lays out its page with tables prints the report in the innermost ones."""
    for depth in (1, 3):
        body = "<table><tr><td>导航</td><td>" * depth + page(front=False) + "</td></tr></table>" * depth
        reading = read(f"<html><body>{body}</body></html>")
        assert (reading.outcome, cells(reading), reading.issues) == ("report", numbers(), [])


@pytest.mark.parametrize("closed", [False, True])
def test_elements_nested_without_end_are_refused_at_once(closed: bool) -> None:
    """The parser would take minutes; a page whose tags are merely left open is none of these."""
    deep = "<b>" * 200_000 + "</b>" * 200_000 * closed
    assert "nested 200" in read(f"<html><body>{deep}</body></html>").reason
    loose = page().replace("</body>", "<p>又及" * 30_000 + "</body>")
    assert read(loose).outcome == "report"


@pytest.mark.parametrize(
    "bomb",
    [
        '<table><tr><td colspan="1000000">1</td><td>2</td></tr></table>',
        "<table>" + '<tr><td colspan="1000" rowspan="65534">1</td></tr>' * 2000 + "</table>",
        "<table><tr>" + "<td>1</td>" * 30_000 + "</tr></table>",
        "<table>" + "<tr><td>1</td></tr>" * 30_000 + "</table>",
    ],
    ids=["one wide cell", "wide and tall cells", "many columns", "many rows"],
)
def test_a_span_bomb_is_refused(bomb: str) -> None:
    """A table no agency prints ends in an outcome with a reason, or is passed over."""
    alone = read(f"<html><body>{bomb}</body></html>")
    assert (alone.outcome in ("unreadable", "not_a_report"), bool(alone.reason), alone.cells) == (
        True,
        True,
        [],
    )
    beside = read(page().replace("<body>", f"<body>{bomb}"))
    assert (beside.outcome == "unreadable" and beside.reason) or cells(beside) == numbers()


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["div", "span", "table><tr><td", "b", "ul><li"])
def test_deep_nesting_does_not_end_the_program(tag: str) -> None:
    """Ten thousand open elements are read to the end, or refused with a reason."""
    closing = "".join(f"</{name.strip('<>')}>" for name in reversed(tag.split("><")))
    reading = read(f"<html><body>{f'<{tag}>' * 10_000}x{closing * 10_000}{page(front=False)}</body></html>")
    assert (reading.outcome == "report" and cells(reading) == numbers()) or (
        reading.outcome == "unreadable" and reading.reason
    )


def test_prose_between_the_tables_is_kept_in_order() -> None:
    """Title, sections and signature come out, numbers of the statutory tables do not."""
    prose = read(page(chrome=True, agency="示例市统计局", year=2022)).around.lines
    assert prose.index("示例市统计局2022年政府信息公开工作年度报告") < prose.index("示例市统计局")
    assert "三、收到和处理政府信息公开申请情况" in prose
    assert not any(numbers()["res_total", "total"] in line for line in prose)
    assert not any("count" in line or "color" in line for line in prose), "scripts and styles are not printed"


def test_a_number_merged_over_two_lines_is_not_copied_down() -> None:
    """One 0 for two lines: it may be the number of either, so both say so; the second has a cell too few besides."""

    def merge(sheets: list[Sheet]) -> None:
        rows = sheets[1].rows
        first = next(n for n, row in enumerate(rows) if any(box.code == "req_new" for box in row))
        rows[first][3].rowspan = 2
        del rows[first + 1][3]

    reading = sheets_with(merge)
    assert set(marks(reading)) == line_of("req_carried_in") | {("req_new", "org_research")}
    assert cells(reading)["req_new", "org_research"] == numbers()["req_new", "org_research"]


@pytest.mark.parametrize("below", ["", "<tr></tr>", "<tr><td></td></tr>"])
def test_a_number_merged_over_nothing_is_certain(below: str) -> None:
    """A span that reaches past the table, or over rows without cells or text, is only the height of the line."""
    text = page()
    row = html_row(text, "行政强制")
    value = numbers()["coercion_decisions", ""]
    tall = row.replace(">行政强制<", " rowspan='2'>行政强制<") if below else row
    reading = read(changed(text, row, changed(tall, f">{value}<", f" rowspan='2'>{value}<") + below))
    assert cells(reading) == numbers()
    assert not below or reading.issues == []


def test_a_number_merged_over_two_columns_is_not_copied_right() -> None:
    """One 0 for two applicants leaves the line marked."""

    def merge(sheets: list[Sheet]) -> None:
        row = next(row for row in sheets[1].rows if any(box.code == "req_new" for box in row))
        row[1].colspan = 2
        del row[2]

    assert line_of("req_new") <= set(marks(sheets_with(merge)))


# -- bytes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_unreadable(data: bytes) -> None:
    """Nothing, blanks or a lone byte order mark: an outcome with a reason."""
    reading = read(data)
    assert (reading.outcome in ("unreadable", "not_a_report"), bool(reading.reason), reading.cells) == (
        True,
        True,
        [],
    )


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n" + bytes(65 << 20), b"<html><body>" + b"<p>x" * (1 << 20), b"0\n" * (2 << 20)]
)
def test_a_huge_file_is_refused_by_its_size(data: bytes) -> None:
    """No report is as long: it is refused before a reader spends minutes on it."""
    reading = read(data)
    assert (reading.outcome, "MB" in reading.reason) == ("unreadable", True)


def test_inline_pictures_do_not_count_as_text() -> None:
    """A page with the scan of its seal in it is read."""
    text = changed(page(), "</body>", f"<img src='data:image/png;base64,{'iVBORw0K' * (1 << 19)}'></body>")
    assert (cells(read(text)), read(text).issues) == (numbers(), [])


def test_the_type_is_told_by_content_not_by_name() -> None:
    """A picture saved under the name of a page is called a picture."""
    reading = read_report(b"GIF89a\x01\0\x01\0" + bytes(200), "nianbao.html")
    assert (reading.outcome, reading.media_type, "picture" in reading.reason) == ("unreadable", "image/gif", True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be-bom", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("shape", ["txt", "html"])
def test_encodings_are_told_by_trial_not_by_declaration(encoding: str, shape: str) -> None:
    """A page that calls itself utf-8 and is not reads all the same."""
    text = page(shape=shape, declared="utf-8")
    data = b"\xfe\xff" + text.encode("utf-16-be") if encoding == "utf-16-be-bom" else text.encode(encoding)
    assert cells(read(data)) == numbers()


def test_a_wrong_declaration_gb2312_over_utf_8_is_not_believed() -> None:
    """The reverse: UTF-8 bytes under a GB2312 meta tag."""
    assert decode(page(declared="gb2312").encode())[1] == "utf-8"
    assert cells(read(page(declared="gb2312"))) == numbers()


def test_a_broken_character_costs_a_label_not_a_number() -> None:
    """With a stray byte, or half a character lost, numbers are right or marked, never gone unseen."""
    data = page().encode()
    at = data.index("行政处罚".encode()) + 1
    for broken in (data[:at] + b"\xff" + data[at + 1 :], data[:at] + data[at + 1 :]):
        reading = read(broken)
        if reading.outcome == "report":
            silent = {k for k, v in numbers().items() if cells(reading).get(k) != v} - set(marks(reading))
            assert silent == set()
        assert reading.outcome == "report" or reading.reason


@pytest.mark.parametrize("coding", ["quoted-printable", "base64"])
def test_a_web_archive_holds_a_page(coding: str) -> None:
    """What browsers and Word save as a single file, pictures beside the page."""
    data = page(declared="gb2312").encode("gb18030")
    body = quopri.encodestring(data) if coding == "quoted-printable" else base64.encodebytes(data)
    head = 'From: a browser\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary="--b"\r\n'
    parts = [f"Content-Type: text/html\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode() + body]
    parts.append(b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n")
    reading = read(head.encode() + b"".join(b"\r\n----b\r\n" + part for part in parts) + b"\r\n----b--\r\n")
    assert (cells(reading), reading.issues) == (numbers(), [])
    assert read(head.encode()).outcome == "unreadable"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_few_broken_characters_cost_no_report(encoding: str) -> None:
    """A character cut in half by a site's own software, a footer in another encoding."""
    data = page().encode(encoding)
    words, footer = (
        "年度报告".encode(encoding),
        "主办：示例县人民政府".encode("gb18030" if encoding == "utf-8" else "utf-8"),
    )
    for broken in (data.replace(words, words[:-1] + b"<", 1), data.replace(b"</body>", footer + b"</body>")):
        reading = read(broken)
        assert (cells(reading), reading.issues) == (numbers(), [])
        assert reading.document.encoding == encoding


@pytest.mark.parametrize("right", ["utf-8", "gb18030"])
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_a_wrong_conversion_is_undone_where_nothing_was_lost(right: str, wrong: str) -> None:
    """Bytes taken for another encoding and stored again: every character has kept its bytes."""
    bytes_ = [bytes([byte]) for byte in page().encode(right)]
    taken = "".join((byte.decode("cp1252", "ignore") if wrong == "cp1252" else "") or chr(byte[0]) for byte in bytes_)
    reading = read(taken.encode())
    assert (cells(reading), reading.issues) == (numbers(), [])
    assert reading.document.encoding.startswith(f"{right} as ")


def test_a_text_whose_characters_are_lost_is_unreadable() -> None:
    """UTF-8 taken for GBK, with marks for what that could not be."""
    reading = read(page().encode().decode("gbk", errors="replace").encode())
    assert (reading.outcome, "lost" in reading.reason) == ("unreadable", True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_characters_need_no_mark(encoding: str) -> None:
    """Pages saved as Unicode by old Windows programs, without the mark at the beginning."""
    assert cells(read(page().encode(encoding))) == numbers()


def test_bytes_that_are_no_text_are_refused() -> None:
    """Neither UTF-8 nor GB18030: a reason, not a page of replacement characters."""
    reading = read(bytes(range(128, 256)) * 20)
    assert (reading.outcome, bool(reading.reason)) == ("unreadable", True)
    assert MOJIBAKE not in reading.document.text


def test_a_page_about_markup_is_still_told_from_plain_text() -> None:
    """A text export is not taken for a web page because a sentence holds a < sign."""
    text = changed(page(shape="txt"), "本机关按时", "按 <附件> 与 1 < 2 的要求，本机关按时")
    assert parse(text.encode()).media_type == "text/plain"
    assert cells(read(text)) == numbers()


@pytest.mark.parametrize("mark", ["<sup>1</sup>", "<sup>[1]</sup>", "①", "²", "*", "<del>1</del>", "<s>1</s>"])
def test_a_footnote_mark_or_struck_digit_is_no_digit(mark: str) -> None:
    """What follows the number leaves it what it is, or marks it; it is never ten times as large."""
    text = page()
    row = html_row(text, "规章")
    value = numbers()["rules_issued", ""]
    reading = read(changed(text, row, changed(row, f">{value}<", f">{value}{mark}<")))
    number = parse_number(cells(reading)["rules_issued", ""], "count")
    assert number.value in (None, Decimal(value)) or number.issue or marks(reading)


@pytest.mark.parametrize(
    "opening",
    [
        "<s>",
        "<del>",
        "<strike>",
        "<span style='text-decoration: Line-Through'>",
        "<td style='text-decoration:line-through'>",
    ],
)
def test_a_struck_number_keeps_its_stroke(opening: str) -> None:
    """As in Word files: the number is kept with a stroke through every character, and is no number."""
    text = page()
    row = html_row(text, "规章")
    value = numbers()["rules_issued", ""]
    if opening.startswith("<td"):
        struck = changed(row, f"<td>{value}<", f"{opening}{value}<")
    else:
        closing = f"</{re.findall('[a-z]+', opening)[0]}>"
        struck = changed(row, f">{value}<", f">{opening}{value}{closing}<")
    printed = cells(read(changed(text, row, struck)))["rules_issued", ""]
    assert printed == "".join(f"{digit}\u0336" for digit in value)
    assert parse_number(printed, "count").value is None


# -- what is no report -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["txt", "html"])
def test_a_page_without_the_form_is_no_report(shape: str) -> None:
    """News, with a table of its own, ends as not_a_report with a reason."""
    text = "关于召开会议的通知\n\n\t序号\n\t单位\n\n\t1\n\t示例县\n\n" if shape == "txt" else (
        "<html><body><p>通知</p><table><tr><td>序号</td><td>单位</td></tr><tr><td>1</td><td>示例县</td></tr></table></body></html>"
    )  # fmt: skip
    reading = read(text)
    assert (reading.outcome, bool(reading.reason), reading.cells) == ("not_a_report", True, [])


def test_prose_about_the_form_is_no_report() -> None:
    """A narrative that names rows and columns gives no cell, whatever numbers it holds."""
    prose = (
        "示例县2023年政府信息公开工作年度报告。本年新收政府信息公开申请数量12件，其中自然人10件、商业企业2件，"
        "予以公开8件，行政许可56件，行政处罚3件，规范性文件5件，总计12件。"
    )
    for text in (
        prose,
        f"<html><body><p>{prose}</p></body></html>",
        f"<table><tr><td>{prose}</td></tr></table>",
    ):
        reading = read(text)
        assert (reading.outcome in ("not_a_report", "unreadable"), bool(reading.reason), reading.cells) == (
            True,
            True,
            [],
        )


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("shape", ["txt", "html"])
def test_a_blank_form_is_no_report_of_zeros(edition: str, shape: str) -> None:
    """The form as sent out to be filled in: said to be blank, no number anywhere."""
    reading = read(render(edition, dict.fromkeys(numbers(edition), ""), shape))
    assert reading.outcome == "not_a_report" or "no_figures" in {issue.code for issue in reading.issues}
    assert not any(cell.printed for cell in reading.cells)


def test_labels_without_numbers_are_unreadable_not_zeros() -> None:
    """An export that lost every repeated line has labels left, but nothing to put beside them."""
    lines = list(dict.fromkeys(page("2019", "txt", front=False).replace("\t", "").split("\n")))
    reading = read("\n".join(lines))
    assert (reading.outcome in ("not_a_report", "unreadable"), bool(reading.reason), reading.cells) == (
        True,
        True,
        [],
    )


def titled(title: str, shape: str = "html", edition: str = "2021", values: dict[Key, str] | None = None) -> str:
    """A page with this title, and figures as in a report unless others are given."""
    text = render(edition, numbers(edition) if values is None else values, shape).decode()
    return text.replace("示例县人民政府2023年政府信息公开工作年度报告", title)


@pytest.mark.parametrize("shape", ["txt", "html"])
@pytest.mark.parametrize(
    "title",
    [
        "示例县2023年第三季度政府信息公开统计表",
        "示例县2023年上半年政府信息公开工作情况",
        "2023年1-6月示例县政府信息公开数据",
        "示例县2023年一季度政府信息公开工作报告",
    ],
)
def test_statistics_of_a_part_of_a_year_are_no_report(title: str, shape: str) -> None:
    """The same tables with figures of a quarter or half a year: the reason says so."""
    reading = read(titled(title, shape))
    assert (reading.outcome, "part of a year" in reading.reason) == ("not_a_report", True)


@pytest.mark.parametrize("shape", ["txt", "html"])
@pytest.mark.parametrize(
    "title",
    [
        "示例县2023年政府信息公开工作年度报告",
        "示例县2023年1-12月政府信息公开工作报告",
        "示例县2023年政府信息公开年报",
        "示例县公安局关于打击赌博、六合彩的2023年政府信息公开工作年度报告",
        "2023年第一季度政府信息公开统计\n示例县2023年政府信息公开工作年度报告",
        "示例县考核办公室2023年政府信息公开工作年度报告",
    ],
)
def test_a_report_of_a_year_is_not_refused_for_its_words(title: str, shape: str) -> None:
    """Months that make a year, a link to a quarter beside the title, an agency whose name holds such a word."""
    lines = title.replace("\n", "</p><p>" if shape == "html" else "\n\n")
    text = titled(lines, shape).replace("本机关按时", "上半年组织自查，第三季度制定填报说明，本机关按时")
    assert (read(text).outcome, read(text).reason) == ("report", "")


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("shape", ["txt", "html"])
def test_the_notice_of_the_form_and_a_blank_form_are_called_so(edition: str, shape: str) -> None:
    """No figure in either; the notice has its number or its filling notes."""
    blank = dict.fromkeys(numbers(edition), "")
    for title, word in [
        ("关于政府信息公开工作年度报告有关事项的通知（国办公开办函〔2021〕30号）", "notice"),
        ("政府信息公开工作年度报告填报说明", "notice"),
        ("××单位政府信息公开工作年度报告", "blank form"),
    ]:
        reading = read(titled(title, shape, edition, blank))
        assert (reading.outcome, word in reading.reason) == ("not_a_report", True), reading.reason


@pytest.mark.parametrize("shape", ["txt", "html"])
def test_a_report_of_a_year_without_figures_is_not_one_to_load(shape: str) -> None:
    """An agency and a year in the title, nothing in the cells: they are read as blank, and the report is critical."""
    blank = dict.fromkeys(numbers(), "")
    reading = read(titled("示例县2023年政府信息公开工作年度报告", shape, values=blank))
    assert (reading.outcome, cells(reading)) == ("report", blank)
    assert [(issue.code, issue.severity) for issue in reading.issues] == [("no_figures", "critical")]


def test_figures_lost_with_equal_lines_are_not_called_a_blank_form() -> None:
    """A text with bars that kept only the first of equal lines: what is left is unreadable, not blank."""
    lines = page("2021", "txt", style=STACKED_PIPED, front=False).split("\n")
    kept = list(dict.fromkeys(line for line in lines if line and not re.match(r"-?[\d.]+ *\|", line)))
    reading = read("\n".join(kept))
    assert (reading.outcome, "blank form" in reading.reason) == ("unreadable", False)


def test_a_hijacked_page_is_no_report() -> None:
    """Advertisements of gambling between the figures: whatever they are, they are not the agency's."""
    text = changed(page(), "</body>", "<p>百家乐 时时彩 老虎机 开户送彩金</p></body>")
    reading = read(text)
    assert (reading.outcome, "gambling" in reading.reason) == ("not_a_report", True)


def test_any_three_words_of_gambling_tell_a_hijacked_page() -> None:
    """However they are spaced; two of them may stand in any report."""
    for words in combinations(GAMBLING, 3):
        spaced = Document("text/html", blocks=[" ".join("\u3000".join(word) for word in words)])
        assert look_alike(spaced, [], figures=True).startswith("found gambling")
    for words in combinations(GAMBLING, 2):
        assert not look_alike(Document("text/html", blocks=["、".join(words)]), [], figures=True)


def test_an_index_and_a_self_check_are_called_so() -> None:
    """Pages of the same column of a site, without a statutory table."""
    links = "".join(f"<li><a href='{y}.html'>示例县{y}年政府信息公开工作年度报告</a></li>" for y in range(2015, 2024))
    index = read(f"<html><body><ul>{links}</ul></body></html>")
    assert (index.outcome, "index of 9" in index.reason) == ("not_a_report", True)
    check = read("<html><body><h1>示例县2023年政府信息公开工作自查情况</h1><p>一、基本情况</p></body></html>")
    assert (check.outcome, "self-check" in check.reason) == ("not_a_report", True)


# -- labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "core"),
    [
        ("（三）不予\n公开", "不予公开"),
        ("总\xa0\u3000计", "总计"),
        ("８．属于行政查询事项", "属于行政查询事项"),
        ("1、属于国家秘密", "属于国家秘密"),
        ("危及「三安全一稳定」", '危及"三安全一稳定'),
        ("本年收费金额（单位：万元）", "本年收费金额"),
        ("规范性文件（指本机关制定的）", "规范性文件"),
        ("自然人：", "自然人"),
        ("第二十条第(一)项", "第二十条第(一)项"),
        ("本年增/减", "本年增/减"),
        ("2019年", "2019年"),
    ],
)
def test_labels_are_compared_by_their_core(printed: str, core: str) -> None:
    """Width, blanks, numbering, definitions and units do not tell labels apart; everything else does."""
    assert normalise(printed) == core


@pytest.mark.parametrize(
    ("printed", "simplified"),
    [
        ("行政規範性檔案", "行政规范性文件"),
        ("本年製發件數", "本年制发件数"),
        ("三、本年度辦理結果", "本年度办理结果"),
        ("2.其他法律行政法規禁止公開", "其他法律行政法规禁止公开"),
        ("5.屬於三類內部事務資訊", "属于三类内部事务信息"),
        ("1.本機關不掌握相關政府資訊", "本机关不掌握相关政府信息"),
        ("未經復議直接起訴", "未经复议直接起诉"),
        ("複議後起訴", "复议后起诉"),
        (
            "申請人逾期未按收費通知要求繳納費用、行政機關不再處理其政府資訊公開申請",
            "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        ),
        ("社會公益組織", "社会公益组织"),
        ("採購專案數量", "采购项目数量"),
        ("尚未審結", "尚未审结"),
        ("⾏政许可", "行政许可"),
        ("危及“三安全⼀稳定”", '危及"三安全一稳定'),
        ("⻓⺠⻅⻋⻔⻚", "长民见车门页"),
    ],
)
def test_labels_in_other_characters_are_the_same_labels(printed: str, simplified: str) -> None:
    """Traditional script, converted words, radicals of a PDF: compared as the form has them."""
    assert normalise(printed) == simplified


@given(
    st.text(
        st.sampled_from("公開资讯資訊萬⻓⾏（，：．Ａ１①…½ｶﾞé\u0301\u0327e \u3000\xa0\u200b\n12一") | st.characters()
    )
)
def test_a_text_is_folded_as_a_whole(text: str) -> None:
    """NFKC joins characters to those before them, never to an ideograph: between those it may go piece by piece."""
    assert fold(text) == fold(unicodedata.normalize("NFKC", text))
    assert squeeze_text(text) == squeeze_text(fold(text))


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_a_mirror_in_traditional_script_is_read(edition: str) -> None:
    """The whole page converted, words and all."""
    text = page(edition)
    for traditional, simplified in CONVERTED:
        text = text.replace(simplified, traditional)
    assert "資訊" in text
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(edition), [])


@pytest.mark.parametrize(("printed", "value"), [("減3", -3), ("減少3項", -3), ("增加3個", 3), ("３項", 3)])
def test_a_change_may_be_printed_in_traditional_script(printed: str, value: int) -> None:
    """The word tells the sign."""
    assert parse_number(printed, "delta").value == value


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("采购总金额", ""),
        ("采购总金额（万元，保留四位小数）", "万元"),
        ("采购总金额(元)", "元"),
        ("本年收费金额（单位：万元）", "万元"),
        ("本年收费金额（单位:亿元）", "亿元"),
        ("本年收费金额（指实际收取的）", ""),
    ],
)
def test_a_header_states_a_unit_or_does_not(header: str, unit: str) -> None:
    """Only a unit in brackets is one."""
    assert unit_in(header) == unit


def test_the_unit_of_a_header_goes_with_the_cell_below() -> None:
    """(元) over 采购总金额 is kept with the amount, and with no other cell."""
    reading = read(changed(page("2019"), ">采购总金额<", ">采购总金额（元）<"))
    units = {(c.indicator_code, c.unit_printed) for c in reading.cells if c.unit_printed}
    assert units == {("procure_amount_10k", "元")}


def test_a_typo_in_a_label_is_aligned_and_marked() -> None:
    """One damaged label between two certain ones: its numbers are read, each with the mark."""
    for edition in ("2019", "2021"):
        reading = read(changed(page(edition), "其他法律行政法规禁止公开", "其他法律行政止公开法"))
        assert cells(reading) == numbers(edition)
        marked = {key for key in numbers(edition) if key[0] == "res_deny_law_prohibited"}
        assert set(marks(reading)) == marked
        assert {c.method for c in reading.cells if (c.indicator_code, c.applicant_code) in marked} == {"aligned"}


@pytest.mark.parametrize("label", ["1.属于国家秘密", "1.信访举报投诉类申请"])
def test_a_typo_in_the_first_label_of_a_group_does_not_hand_its_numbers_to_the_group(label: str) -> None:
    """The group label stands in the same row; it must not take the numbers of the damaged label beside it."""
    reading = read(changed(page(), label, label.replace("属于国家", "属十国冢").replace("信访举报", "信坊举报")))
    code = "res_deny_state_secret" if "国家" in label else "res_reject_petition"
    assert line_of(code) <= set(marks(reading))
    assert all(cells(reading)[key] == numbers()[key] for key in line_of(code)) or codes(reading) & {
        "unknown_line",
        "missing_cell",
    }


@pytest.mark.parametrize("above", [True, False])
def test_figures_in_a_row_of_their_own_put_the_blank_line_beside_them_in_doubt(above: bool) -> None:
    """A row cut in two by a page: its number and figures here, its words and blank cells there."""
    text = page()
    row = html_row(text, "2.重复申请")
    figures = re.sub(r"2\.重复申请", "2.", row)
    words = re.sub(r"<td>\d+</td>", "<td></td>", row).replace("2.重复", "重复")
    reading = read(changed(text, row, f"{figures}\n{words}" if above else f"{words}\n{figures}"))
    assert line_of("res_reject_duplicate") <= set(marks(reading))
    assert {key: t for key, t in cells(reading).items() if key[0] != "res_reject_duplicate"} == {
        key: t for key, t in numbers().items() if key[0] != "res_reject_duplicate"
    }


@pytest.mark.parametrize("header_again", [False, True])
def test_digits_in_a_row_of_their_own_put_the_line_above_in_doubt(*, header_again: bool) -> None:
    """Numbers broken over two lines where the page ends: their last digits stand alone at the head of the next one, or
    under the header once more.
    """
    text = page()
    row = html_row(text, "2.重复申请")
    header = "".join(html_row(text, name) for name in ("申请人情况", "自然人", "商业企业")) if header_again else ""
    blank = re.sub(r"<td[^>]*>[^<]*</td>", "<td></td>", row)
    reading = read(changed(text, row, f"{row}\n{header}{blank.replace('<td></td></tr>', '<td>7</td></tr>')}"))
    assert line_of("res_reject_duplicate") <= set(marks(reading))


def test_an_unknown_line_is_reported_with_its_numbers() -> None:
    """A line of an agency's own is no statutory cell, yet it does not vanish; the others are not touched."""
    text = page()
    row = html_row(text, "行政强制")
    reading = read(changed(text, row, f"{row}\n<tr><td>行政奖励</td><td colspan='3'>31</td></tr>"))
    assert cells(reading) == numbers()
    assert [i.code for i in reading.issues] == ["unknown_line"]
    assert "行政奖励" in reading.issues[0].found
    assert "31" in reading.issues[0].found


def test_a_line_of_the_other_edition_is_reported_not_fatal() -> None:
    """Forms get mixed: a line only the older edition has stands in a table of the newer one."""
    text = page()
    row = html_row(text, "行政事业性收费")
    extra = "<tr><td>政府集中采购</td><td colspan='3'>31</td></tr>"
    reading = read(changed(text, row, f"{row}\n{extra}"))
    assert {key: text for key, text in cells(reading).items() if key in numbers()} == numbers()
    assert any("31" in issue.found for issue in reading.issues)


def test_a_damaged_header_marks_every_number_under_it() -> None:
    """Columns that cannot be named are not guessed unmarked."""
    reading = read(changed(page(), ">商业企业<", ">企业<"))
    requests = {key for key in numbers() if key[1]}
    assert requests <= set(marks(reading))


def test_exchanged_columns_follow_their_headers() -> None:
    """科研机构 before 商业企业: the numbers go with the names, not with the usual order."""
    text = changed(page(), ">商业企业<", ">X<")
    text = changed(changed(text, ">科研机构<", ">商业企业<"), ">X<", ">科研机构<")
    reading = read(text)
    other = {"org_business": "org_research", "org_research": "org_business"}
    assert cells(reading) == {(line, a): numbers()[line, other.get(a, a)] for line, a in numbers()}


def test_the_total_line_and_the_total_column_are_kept_apart() -> None:
    """（七）总计 is a line, 总计 a column; so are （六）/其他 and the applicant 其他."""
    values = dict.fromkeys(numbers(), "0")
    values |= {("res_total", "natural"): "4", ("res_total", "total"): "9", ("res_full", "total"): "5"}
    values |= {
        ("res_other_misc", "org_other"): "7",
        ("res_other_misc", "natural"): "8",
        ("res_full", "org_other"): "6",
    }
    for shape in ("txt", "html"):
        reading = read(render("2021", values, shape))
        assert (cells(reading), reading.issues) == (values, [])


def test_a_line_label_without_its_number_and_bracket_is_no_column() -> None:
    """（七）总计 and 3.其他 printed as bare 总计 and 其他 still are lines of section 三."""
    reading = read(changed(changed(page(), ">（七）总计<", ">总计<"), ">3.其他<", ">其他<"))
    wrong = {key for key, text in numbers().items() if cells(reading).get(key) != text}
    assert wrong - set(marks(reading)) == set()


@pytest.mark.parametrize("own_cell", [r"\d\.", r"\d"])
@pytest.mark.parametrize("shape", ["txt", "html"])
def test_numbering_in_a_cell_of_its_own_loses_no_line(own_cell: str, shape: str) -> None:
    """1. | 属于国家秘密 | 0 …: read or marked cell by cell; the groups do not swallow the lines."""

    def part(sheets: list[Sheet]) -> None:
        for row in sheets[1].rows:
            for at, box in reversed(list(enumerate(row))):
                if box.kind == "label" and (found := re.match(own_cell, box.text)):
                    row.insert(at, Box(found.group(), "label"))
                    box.text = box.text[found.end() :].lstrip(".")

    reading = sheets_with(part, shape=shape)
    wrong = {key for key, text in numbers().items() if cells(reading).get(key) != text}
    assert wrong - set(marks(reading)) == set()


@pytest.mark.parametrize("total", ["printed", "blank"])
@pytest.mark.parametrize("style", STYLES["txt"])
def test_a_merged_label_followed_by_empty_cells_does_not_shift_its_numbers(style: str, total: str) -> None:
    """An export writes a label over three columns as a label and two empty cells; 总计 may be blank."""
    values = numbers() if total == "printed" else numbers() | {key: "" for key in numbers() if key[1] == "total"}
    sheets = lay_out("2021", values)
    for row in sheets[1].rows:
        at = next((n for n, box in enumerate(row) if box.kind == "value"), 0)
        row[at:at] = [Box("", "label")] * (row[at - 1].colspan - 1 if at else 0)
    reading = read(write(sheets, "txt", layout=Layout(style=style)))
    wrong = {key for key, text in values.items() if cells(reading).get(key) != text}
    assert wrong - set(marks(reading)) == set()


@pytest.mark.parametrize("style", STYLES["txt"])
def test_an_empty_cell_before_the_numbers_of_section_4_does_not_shift_them(style: str) -> None:
    """Blank first cell, blank last total: sixteen cells for fifteen columns, the extra one at either end."""
    values = numbers() | {("lit_after_rev_total", ""): ""}
    sheets = lay_out("2021", values)
    sheets[2].rows[-1].insert(0, Box("", "label"))
    reading = read(write(sheets, "txt", layout=Layout(style=style)))
    wrong = {key for key, text in values.items() if cells(reading).get(key) != text}
    assert wrong - set(marks(reading)) == set()


# -- tables printed more than once -----------------------------------------------------------------


@pytest.mark.parametrize("shape", ["txt", "html"])
def test_tables_printed_twice_alike_count_once(shape: str) -> None:
    """A page with a copy of its own tables is one report without a mark."""
    sheets = lay_out("2021", numbers())
    reading = read(write([*sheets, *sheets], shape))
    assert (cells(reading), reading.issues) == (numbers(), [])


@pytest.mark.parametrize("shape", ["txt", "html"])
@pytest.mark.parametrize("key", [("rules_issued", ""), ("req_new", "total"), ("rev_upheld", "")], ids=str)
def test_tables_printed_twice_with_different_numbers_are_a_conflict(shape: str, key: Key) -> None:
    """Two agencies in one file, or a correction beside the original: critical, either may hold."""
    other = lay_out("2021", numbers() | {key: "77777"})
    reading = read(write([*lay_out("2021", numbers()), *other], shape))
    assert any(issue.severity == "critical" for issue in reading.issues)


@pytest.mark.parametrize("shape", ["txt", "html"])
def test_a_second_row_of_numbers_in_section_4_is_a_conflict(shape: str) -> None:
    """Two rows under the header of section 四: the first may not pass for the only one."""

    def add(sheets: list[Sheet]) -> None:
        sheets[2].rows.append([Box("5", "value") for _ in sheets[2].rows[-1]])

    reading = sheets_with(add, shape=shape)
    assert any(issue.severity == "critical" for issue in reading.issues) or set(review()) <= set(marks(reading))


@pytest.mark.parametrize("shape", ["txt", "html"])
@pytest.mark.parametrize("blank", [1, 11, 14, 15])
def test_a_blank_row_of_section_4_is_read(shape: str, blank: int) -> None:
    """Blank cells among the fifteen numbers are blank, not missing."""
    values = numbers() | dict.fromkeys(review()[:blank], "")
    reading = read(render("2021", values, shape))
    assert (cells(reading), reading.issues) == (values, [])


def test_a_table_cut_by_a_page_break_goes_on_under_a_repeated_header_or_none() -> None:
    """Word files saved as pages split long tables; the columns are still those of the header above."""
    for again in (True, False):
        sheets = lay_out("2021", numbers())
        rows = sheets[1].rows
        cut = next(n for n, row in enumerate(rows) if any(box.code == "req_carried_out" for box in row))
        tail = Sheet(sheets[1].table, [*(rows[:3] if again else []), *rows[cut:]])
        del rows[cut:]
        reading = read(write([*sheets[:2], tail, sheets[2]], "html"))
        assert (cells(reading), reading.issues) == (numbers(), [])


@pytest.mark.parametrize("at", [12, 20, 25])
def test_the_note_on_the_sums_may_be_cut_by_a_page_break(at: int) -> None:
    """The second half of the note stands in a cell of its own: the header still names every column."""

    def cut(sheets: list[Sheet]) -> None:
        note = next(box for box in sheets[1].rows[0] if "勾稽" in box.text)
        sheets[1].rows[1].insert(0, replace(note, text=note.text[at:], rowspan=note.rowspan - 1))
        note.text, note.rowspan = note.text[:at], 1

    reading = sheets_with(cut)
    assert (cells(reading), reading.issues) == (numbers(), [])


@pytest.mark.parametrize(("proactive", "requests"), [("2021", "2019"), ("2019", "2021")])
def test_a_report_may_mix_the_editions(proactive: str, requests: str) -> None:
    """Section 二 of one edition, section 三 of the other: every number keeps the code of its table."""
    sheets = {edition: lay_out(edition, numbers(edition)) for edition in ("2019", "2021")}
    reading = read(write([sheets[proactive][0], sheets[requests][1], sheets["2021"][2]], "html"))
    printed = {key: text for key, text in numbers(proactive).items() if not key[1] and key not in review()}
    printed |= {key: text for key, text in numbers(requests).items() if key[1]}
    assert {key: text for key, text in cells(reading).items() if key not in review()} == printed
    assert reading.issues == []
    assert {cell.edition for cell in reading.cells if cell.table == "proactive"} == {proactive}


@pytest.mark.parametrize("shape", ["txt", "html"])
def test_the_edition_is_told_although_the_line_that_tells_it_is_lost(shape: str) -> None:
    """Without （六） a table of 2019 stays one; the applicant 其他 is not the line 3.其他 of 2021."""
    for label in ("（六）囗他处理", "（六）"):
        text = changed(page("2019", shape), "（六）其他处理", label)
        reading = read(text)
        assert {cell.edition for cell in reading.cells if cell.table == "requests"} == {"2019"}
        assert {key for key in numbers("2019") if key[0] == "res_other"} <= set(marks(reading))


def test_a_part_alone_under_what_may_be_the_label_of_its_group_is_in_doubt() -> None:
    """One row 其它 where three parts are due: the third of them, or （六）其他处理 as a whole."""
    lines = page(shape="txt", style=PIPED).split("\n")
    kept = [line for line in lines if "逾期不补正" not in line and "逾期未按收费通知" not in line]
    reading = read("\n".join(kept).replace("3.其他", "其它"))
    last = {key for key in cells(reading) if key[0] == "res_other_misc"}
    assert len(lines) - len(kept) == 2
    assert len(last) == 7
    assert {marks(reading).get(key) for key in last} == {"unknown_line"}


@pytest.mark.parametrize("cut_at", ["req_carried_out", "res_total"])
def test_a_table_split_without_a_word_between_goes_on(cut_at: str) -> None:
    """The head of the second half may be a line with a label as common as 总计."""
    sheets = lay_out("2021", numbers())
    rows = sheets[1].rows
    cut = next(n for n, row in enumerate(rows) if any(box.code == cut_at for box in row))
    tail = Sheet(sheets[1].table, rows[cut:])
    del rows[cut:]
    text = write([*sheets[:2], tail, sheets[2]], "html").decode()
    first, second = text.rsplit(f"<p><strong>{tail.heading}</strong></p>", 1)
    reading = read(first + second)
    assert (cells(reading), reading.issues) == (numbers(), [])


def test_a_blank_row_above_the_numbers_of_section_4_is_passed_over() -> None:
    """A ruler of fifteen empty cells is not the line; the numbers below it are."""

    def add(sheets: list[Sheet]) -> None:
        sheets[2].rows.insert(-1, [Box("", "value") for _ in sheets[2].rows[-1]])

    reading = sheets_with(add)
    assert (cells(reading), reading.issues) == (numbers(), [])


# -- tables known by the title of their section ----------------------------------------------------


def apart(lost: int = 0) -> str:
    """Section 三 as some exports print it: the grid cut up, the first line of each piece without its label, which
    stands in the text before it; `lost` pieces come without that line.
    """
    rows = [
        [numbers()[code, column.code] for column in load_forms()["2021"].tables["requests"].blocks[0].leaves]
        for code in dict.fromkeys(line for line, applicant in numbers() if applicant)
    ]
    labels = [line.label.zh for _, line in load_forms()["2021"].tables["requests"].standard_lines]
    parts = ["三、收到和处理政府信息公开申请情况\n"]
    for at, (label, row) in enumerate(zip(labels, rows, strict=True)):
        opens = at % 4 == 2
        parts += [f"\n{label[: len(label) // 2]}\n{label[len(label) // 2 :]}\n"] if opens else []
        if not (opens and at // 4 < lost):
            parts.append(" | ".join([*([] if opens else [label]), *row]) + " |\n")
    return "".join(parts)


def test_figures_apart_from_their_labels_are_aligned_where_their_number_fits() -> None:
    """As many rows of figures as lines between two certain ones: each has its line, and the mark that says how."""
    reading = read(apart())
    requests = {key: text for key, text in numbers().items() if key[1]}
    found = {cell: text for cell, text in cells(reading).items() if cell in requests}
    assert found == requests
    methods = {(c.indicator_code, c.applicant_code): c.method for c in reading.cells}
    assert {methods[key] for key in requests} == {"aligned"}
    assert requests.keys() <= marks(reading).keys()


def test_a_row_of_figures_too_few_is_a_line_missing_in_its_place_only() -> None:
    """Where a row is lost with its label, what is left is still right or marked."""
    for lost in (1, 3):
        reading = read(apart(lost))
        wrong = {key for key, text in cells(reading).items() if key[1] and text != numbers()[key]}
        assert wrong <= marks(reading).keys()


@pytest.mark.parametrize("title", ["四、政府信息公开行政复议、行政诉讼情况", "三、政府信息公开行政复议、行政诉讼情况"])
def test_fifteen_figures_under_the_title_of_section_4_are_its_line(title: str) -> None:
    """The header is lost: the numbers are read in the order of the form, each marked."""
    row = " | ".join(numbers()[key] for key in review())
    reading = read(f"{title}\n行政复议行政诉讼\n| {row} |\n")
    assert {key: cells(reading)[key] for key in review()} == {key: numbers()[key] for key in review()}
    assert set(marks(reading)) == set(review())


@pytest.mark.parametrize(
    "before",
    [
        "各科室经费统计",
        "四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况",
        "四、政府信息公开行政复议、行政诉讼情况\n六、下一步打算",
    ],
)
def test_fifteen_figures_elsewhere_are_none_of_section_4(before: str) -> None:
    """Without the title, or behind the next heading, they are another table's."""
    assert not any(cell.printed for cell in read(f"{before}\n| {' | '.join('1' * 15)} |\n").cells)


@pytest.mark.parametrize("width", [14, 16])
def test_more_or_fewer_figures_under_the_title_of_section_4_are_not_placed(width: int) -> None:
    """Only fifteen are the fifteen cells of the form."""
    reading = read(f"四、政府信息公开行政复议、行政诉讼情况\n| {' | '.join('1' * width)} |\n")
    assert reading.outcome != "report"
