"""PDF files of several producers, and drawn by hand: what can be told from rulings and characters, and what cannot."""

import csv
import re
from pathlib import Path

import pytest

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.drawn import child, pdf
from extract.read import read_report
from tests.pdf import Rule, bar, dashes, document, form, show, stroke, table, twice

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "pdf").glob("*.pdf"))


def texts(grid: Grid) -> list[list[str]]:
    """What stands in the rows of a grid."""
    return [[cell.text for cell in row] for row in grid.rows]


def paragraphs(read: Document) -> list[str]:
    """The text outside tables."""
    return [block for block in read.blocks if isinstance(block, str)]


HEAD = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
ROWS = [HEAD, ["规章", "0", "12", "305"], ["行政规范性文件", "7", "", "41"]]
WIDTHS = (120, 90, 90, 90)
TITLE = show("示例县人民政府2023年政府信息公开工作年度报告", 60, 790, 16)


# -- whole reports ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_reports_of_real_producers_are_read_cell_by_cell(path: Path) -> None:
    """Tables over several pages, as browsers and word processors draw them, give every printed cell unmarked."""
    with path.with_suffix(".csv").open(encoding="utf-8") as file:
        expected = {(row["indicator_code"], row["applicant_code"]): row["printed"] for row in csv.DictReader(file)}
    reading = read_report(path.read_bytes(), path.name)
    assert {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells} == expected
    assert [issue.code for issue in reading.issues] == []
    pages = {cell.place.partition(",")[0] for cell in reading.cells}
    assert len(pages) > 2
    assert all(re.fullmatch(r"page \d, box \d+\.\d,\d+\.\d,\d+\.\d,\d+\.\d", cell.place) for cell in reading.cells)


# -- rulings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [stroke, bar, dashes, twice], ids=lambda rule: rule.__name__)
def test_rulings_of_every_kind_make_the_same_cells(rule: Rule) -> None:
    """Lines, thin rectangles, lines with gaps and double lines part the same cells."""
    read = pdf.read(document(TITLE + table(60, 700, ROWS, WIDTHS, rule)))
    assert [texts(grid) for grid in read.grids] == [ROWS]


def test_rulings_in_forms_and_in_one_path_count() -> None:
    """A table inside nested form XObjects with matrices, its inner lines all in one filled path, keeps its cells."""
    lines = "".join(f"60 {y} 390 0.6 re " for y in (700, 680, 660, 640))
    sides = "".join(f"{x} 640 0.6 60 re " for x in (60, 180, 270, 360, 450))
    at = (62, 182, 272, 362)
    words = "".join(show(t, x, 686 - 20 * n) for n, row in enumerate(ROWS) for t, x in zip(row, at, strict=True))
    inner = form(f"{lines}{sides}f {words}", "1 0 0 1 -40 0")
    read = pdf.read(document(TITLE + "q 0.5 0 0 0.5 100 100 cm /X Do Q", objects=(inner,)))
    assert [texts(grid) for grid in read.grids] == [ROWS]
    assert re.match(r"page 1, box 110\.\d,440\.\d,170\.\d,450\.\d$", read.grids[0].rows[0][0].place)


def test_merged_cells_become_spans() -> None:
    """A cell is the largest rectangle that no ruling crosses, with its place in points."""
    lines = [(60, 700, 360, 700), (160, 680, 360, 680), (60, 660, 360, 660), (60, 660, 60, 700), (160, 660, 160, 700)]
    lines += [(260, 660, 260, 680), (360, 660, 360, 700)]
    words = show("行政复议和行政诉讼", 62, 686) + show("结果", 162, 686) + show("12", 162, 666) + show("305", 262, 666)
    read = pdf.read(document(TITLE + "".join(stroke(*line) for line in lines) + words))
    (grid,) = read.grids
    found = [[(c.text, c.row, c.column, c.first, c.colspan, c.rowspan) for c in row] for row in grid.rows]
    assert found == [
        [("行政复议和行政诉讼", 1, 1, 0, 1, 2), ("结果", 1, 2, 1, 2, 1)],
        [("12", 2, 1, 1, 1, 1), ("305", 2, 2, 2, 1, 1)],
    ]
    assert grid.rows[0][1].place == "page 1, box 160.0,680.0,360.0,700.0"


def test_layout_boxes_are_no_tables() -> None:
    """A frame around the page, a box around a line and two tables side by side in reading order: two tables remain."""
    frame = stroke(30, 30, 565, 30) + stroke(30, 812, 565, 812) + stroke(30, 30, 30, 812) + stroke(565, 30, 565, 812)
    box = "80 500 200 30 re S\n" + show("这一行在框里", 90, 510)
    content = frame + TITLE + table(60, 700, ROWS, WIDTHS) + box + table(60, 400, [["甲", "1"], ["乙", "2"]], (90, 90))
    read = pdf.read(document(content))
    assert [texts(grid) for grid in read.grids] == [ROWS, [["甲", "1"], ["乙", "2"]]]
    assert paragraphs(read) == ["示例县人民政府2023年政府信息公开工作年度报告", "这一行在框里"]
    assert read.title == "示例县人民政府2023年政府信息公开工作年度报告"


# -- characters ------------------------------------------------------------------------------------------------------


def test_labels_set_upwards_downwards_and_one_below_the_other() -> None:
    """Labels along a side come out in reading order, whichever way they are turned."""
    label = "三、本年度办理结果"
    stacked = "".join(show(char, 65, 680 - 11 * n) for n, char in enumerate(label))
    up = show(label, 95, 602, turn="0 1 -1 0")
    down = show(label, 105, 690, turn="0 -1 1 0")
    rules = "".join(stroke(x, 590, x, 700) for x in (60, 80, 100, 120, 200))
    rules += stroke(60, 590, 200, 590) + stroke(60, 700, 200, 700)
    read = pdf.read(document(TITLE + rules + stacked + up + down + show("12", 130, 640)))
    ((*labels, value),) = texts(read.grids[0])
    assert [re.sub(r"\s", "", text) for text in labels] == [label, label, label]
    assert value == "12"


@pytest.mark.parametrize("turn", ["0 1 -1 0 842 0", "0 -1 1 0 0 842", "-1 0 0 -1 595 842"])
def test_pages_set_sideways_are_read_sideways(turn: str) -> None:
    """A page whose text and table are turned gives the same cells."""
    content = f"q {turn} cm {TITLE}{table(60, 700, ROWS, WIDTHS)} Q"
    read = pdf.read(document(content, extra="/CropBox [-900 -900 1800 1800]"))
    assert [texts(grid) for grid in read.grids] == [ROWS]


def test_text_printed_twice_for_bold_counts_once() -> None:
    """A shadow copy a hair aside is the same digit; two equal digits are two."""
    bold = show("115", 182, 646) + "".join(show(char, 182.5 + 5 * n, 646) for n, char in enumerate("115"))
    read = pdf.read(document(TITLE + table(60, 700, [*ROWS[:2], ["行政规范性文件", "", "", ""]], WIDTHS) + bold))
    assert texts(read.grids[0])[2] == ["行政规范性文件", "115", "", ""]


def test_a_number_under_a_white_patch_is_not_read() -> None:
    """What was painted over is gone, what was printed on the patch counts."""
    patch = "1 g 181 662 60 15 re f 0 g " + show("8", 190, 666)
    read = pdf.read(document(TITLE + table(60, 700, ROWS, WIDTHS) + show("99", 200, 666) + patch))
    assert texts(read.grids[0])[1] == ["规章", "8", "12", "305"]


def test_a_number_printed_over_another_does_not_pass_for_one() -> None:
    """Digits on top of each other cannot be told apart and are no number."""
    read = pdf.read(document(TITLE + table(60, 700, ROWS, WIDTHS) + show("8", 182.5, 666)))
    assert texts(read.grids[0])[1] == ["规章", "0\ufffd8", "12", "305"]


def test_signs_of_absence_are_kept() -> None:
    """A hyphen at the end of a line of print, which PDFium takes for a broken word, is the sign it is."""
    rows = [HEAD, ["规章", "-", "—", "/"], ["行政规范性文件", "-5", "无", "12-"], ["行政许可", "-", "3", "-"]]
    read = pdf.read(document(TITLE + table(60, 700, rows, WIDTHS)))
    assert texts(read.grids[0]) == rows


def test_two_numbers_in_a_cell_stay_two() -> None:
    """A missing ruling leaves the gap between its numbers, and numbers below each other their line break."""
    cells = show("12", 182, 646) + show("3", 200, 646) + show("4", 272, 650, 5) + show("5", 272, 642, 5)
    read = pdf.read(document(TITLE + table(60, 700, [*ROWS[:2], ["行政规范性文件", "", "", ""]], WIDTHS) + cells))
    assert texts(read.grids[0])[2] == ["行政规范性文件", "12 3", "4\n5", ""]


def test_a_number_that_runs_across_a_ruling_unites_the_cells() -> None:
    """Which cell owns it cannot be told: the line comes out short of a cell, so the reading marks it."""
    rows = [HEAD, ["规章", "12345678", "", "41"]]
    read = pdf.read(document(TITLE + table(60, 700, rows, (120, 30, 30, 90))))
    assert texts(read.grids[0])[1] == ["规章", "12345678", "41"]


def test_a_number_that_runs_out_of_its_table_is_in_doubt() -> None:
    """On either side: what is left of it in its cell is not the number."""
    rows = [HEAD, ["规章", "12", "3", "12345678"]]
    (grid,) = pdf.read(document(TITLE + table(60, 700, rows, (120, 60, 60, 30)))).grids
    assert texts(grid)[1] == ["规章", "12", "3", "123456\ufffd"]
    (grid,) = pdf.read(document(TITLE + table(60, 700, ROWS, WIDTHS) + show("987", 50, 646))).grids
    assert "\ufffd" in texts(grid)[2][0]


def test_glyphs_without_meaning_are_no_digits() -> None:
    """A glyph its font does not name is printed but unknown; it must not vanish from a number or pass for one."""
    read = pdf.read(document(TITLE + table(60, 700, ROWS, WIDTHS) + show("123", 190, 646, font="U")))
    assert texts(read.grids[0])[2][1] != "713"
    assert "\ufffd" in texts(read.grids[0])[2][1]


def test_filled_in_fields_are_printed() -> None:
    """The value of a form field or note stands in no content stream but is on the page."""
    note = b"<< /Type /Annot /Subtype /FreeText /F 4 /Rect [285 642 315 656] /Contents (88) /AP << /N %d 0 R >> >>"
    content = show("88", 2, 2)
    look = (
        "<< /Type /XObject /Subtype /Form /BBox [0 0 30 14] /Resources << /Font 3 0 R >>"
        f" /Length {len(content)} >> stream\n{content}\nendstream"
    ).encode()
    content = TITLE + table(60, 700, ROWS, WIDTHS)
    read = pdf.read(document(content, extra="/Annots [{first} 0 R]", objects=(note % 7, look)))
    assert texts(read.grids[0])[2] == ["行政规范性文件", "7", "88", "41"]


# -- page breaks -----------------------------------------------------------------------------------------------------

RESULT_WIDTHS = (90, 150, 40, 40, 40)


def broken(above: list[list[str]], below: list[list[str]]) -> list[list[str]]:
    """The rows of a table whose halves stand on two pages with headers and page numbers between."""
    furniture = show("政府信息公开年度报告汇编", 200, 810, 8) + show("- {} -", 290, 30)
    first = furniture.replace(show("- {} -", 290, 30), show("- 1 -", 290, 30))
    second = furniture.replace(show("- {} -", 290, 30), show("- 2 -", 290, 30))
    read = pdf.read(
        document(first + TITLE + table(60, 200, above, RESULT_WIDTHS), second + table(60, 780, below, RESULT_WIDTHS))
    )
    assert paragraphs(read) == ["示例县人民政府2023年政府信息公开工作年度报告"]
    (grid,) = read.grids
    assert [cell.row for row in grid.rows for cell in row] == [n for n, row in enumerate(grid.rows, 1) for _ in row]
    return texts(grid)


def test_a_group_label_cut_by_the_page_is_joined() -> None:
    """The halves of a label become one, its rows stay apart, and nothing between the halves of the table is kept."""
    above = [["（四）无", "1.本机关不掌握相关政府信息", "10", "0", "10"]]
    below = [["法提供", "2.没有现成信息需要另行制作", "3", "0", "3"]]
    assert broken(above, below) == [["（四）无\n法提供", *above[0][1:]], ["", *below[0][1:]]]


@pytest.mark.parametrize("number", ["1.", "1", "（1）"])
def test_the_number_of_a_line_is_the_first_half_of_its_label(number: str) -> None:
    """The page ends between the number and the words; the figures stand above, blank cells below."""
    above = [["（五）不予处理", number, "10", "0", "10"]]
    below = [["", "信访举报投诉类申请" if number != "1" else ".信访举报投诉类申请", "", "", ""]]
    rows = broken(above, [*below, ["", "2.重复申请", "3", "0", "3"]])
    assert rows[0] == ["（五）不予处理", f"{number}\n{below[0][1]}", "10", "0", "10"]


def test_figures_cut_with_the_number_of_their_line_are_in_doubt() -> None:
    """Digits wrapped in narrow cells stand on both pages: below, beside the whole label, they would pass for whole."""
    above = [["（五）不予处理", "8", "127", "0", "12766"]]
    below = [["", "属于行政查询事项", "", "", "99"], ["", "（七）总计", "127", "0", "1276699"]]
    rows = broken(above, below)
    assert rows == [["（五）不予处理", "8\n属于行政查询事项", "127", "0", "12766\n99"], below[1]]


@pytest.mark.parametrize("values_below", [False, True])
def test_a_line_cut_by_the_page_is_one_line(values_below: bool) -> None:
    """A label on both pages with its figures on either is one row; a figure keeps the place where it is printed."""
    values, blank = ["3", "0", "3"], ["", "", ""]
    above = [["（五）", "1.信访举报投诉类申请", "1", "1", "2"]]
    above.append(["", "5.要求行政机关确认或", *(blank if values_below else values)])
    below = [["", "重新出具已获取信息", *(values if values_below else blank)], ["", "（七）总计", "4", "1", "5"]]
    rows = broken(above, below)
    assert rows == [above[0], ["", "5.要求行政机关确认或\n重新出具已获取信息", *values], below[1]]


def test_figures_come_to_their_label_over_the_break() -> None:
    """A label alone at the foot and figures alone at the head of the next page are one row."""
    above = [["（五）", "1.信访举报投诉类申请", "1", "1", "2"], ["", "2.重复申请", "", "", ""]]
    below = [["", "", "3", "0", "3"], ["", "（七）总计", "4", "1", "5"]]
    assert broken(above, below) == [above[0], ["", "2.重复申请", "3", "0", "3"], below[1]]


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        (["5.要求行政机关确认或", "508218", "0", ""], ["重新出具已获取信息", "6", "", "3"], ["508218\n6", "0", "3"]),
        (["4.无正当理由大量反复申请", "8342", "3", "15"], ["", "30", "1件", "7"], ["8342\n30", "3\n1件", "15\n7"]),
        (["", "10", "3", "13"], ["", "件", "", ""], ["10\n件", "3", "13"]),
        (["3.要求提供乚开", "10", "3", "13"], ["出版物", "", "", ""], ["10", "3", "13"]),
    ],
)
def test_figures_go_on_over_the_break(above: list[str], below: list[str], joined: list[str]) -> None:
    """The rest of a line has the rest of its label or none; figures keep the line break, which marks them."""
    named, last = ["（五）不予处理", "2.重复申请", "3", "0", "3"], ["", "（七）总计", "4", "1", "5"]
    label = "\n".join(filter(None, (above[0], below[0])))
    assert broken([named, ["", *above]], [["", *below], last]) == [named, ["", label, *joined], last]


def test_a_cell_with_room_left_does_not_go_on() -> None:
    """A row without a label under one whose cells have room for more lines is a line of its own."""
    rows = [["2.重复申请", "3", "0", "3"], ["3.要求提供公开出版物", "1", "2", "3"], ["", "1", "1", "2"]]
    edges = (60, 210, 250, 290, 330)
    tall = stroke(60, 80, 330, 80) + "".join(stroke(x, 80, x, 180) for x in edges)
    tall += "".join(show(text, x + 2, 168) for text, x in zip(rows[1], edges, strict=False))
    widths = (150, 40, 40, 40)
    read = pdf.read(document(TITLE + table(60, 200, rows[:1], widths) + tall, table(60, 780, rows[2:], widths)))
    assert [texts(grid) for grid in read.grids] == [rows]


@pytest.mark.parametrize(
    ("above", "below", "doubt"), [("—/无", "314", ""), ("1 1", "31 ", ""), ("1 1", "314", "\ufffd")]
)
def test_figures_go_on_from_figures_only(above: str, below: str, doubt: str) -> None:
    """Not from signs or blank cells, for a line may have lost its label; where neither is certain, none is a figure."""
    rows = [["", "2.重复申请", *above], ["", "", *below]]
    rows = [[text.strip() for text in row] for row in rows]
    found = [[*row[:2], *(text + doubt for text in row[2:])] for row in rows]
    assert broken(rows[:1], rows[1:]) == found


def test_figures_above_their_label_are_in_doubt() -> None:
    """The label on the next page may be theirs, or the next line's: its figures may lack their first digits."""
    rows = [
        ["（五）", "2.重复申请", "1", "0", "1"],
        ["", "", "5", "3", "8"],
        ["", "3.要求提供公开出版物", "1", "", "1"],
    ]
    found = [[*row[:2], *(text + "\ufffd" for text in row[2:])] for row in rows[1:]]
    assert broken(rows[:2], rows[2:]) == [rows[0], *found]


def test_a_line_over_three_pages_has_its_whole_label() -> None:
    """Its parts alone are no labels, and its figures go on from page to page."""
    named = ["（五）不予处理", "4.无正当理由大量反复申请", "3", "0", "3"]
    last = ["（六）其他处理", "1.无正当理由不补正", "4", "1", "5"]
    cut = [["", "5.", "5", "3", "8"], ["", "要求行政机关确认或", "1", "", ""], ["", "重新出具已获取信息", "2", "", "7"]]
    pages = (
        table(60, 100, [named, cut[0]], RESULT_WIDTHS),
        *(table(60, 780, rows, RESULT_WIDTHS) for rows in ([cut[1]], [cut[2], last])),
    )
    (grid,) = pdf.read(document(*pages)).grids
    whole = ["", "5.\n要求行政机关确认或\n重新出具已获取信息", "5\n1\n2", "3", "8\n7"]
    assert texts(grid) == [named, whole, last]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (["", "1.属于国家秘密", "", "", ""], ["", "2.其他法律行政法规禁止公开", "3", "0", "3"]),
        (["", "1.属于国家秘密", "1", "0", ""], ["", "2.其他法律行政法规禁止公开", "0", "0", "无"]),
        (["（四）无法提供", "1.本机关不掌握", "1", "0", "1"], ["（五）不予处理", "2.重复申请", "2", "0", "2"]),
    ],
)
def test_rows_that_are_two_stay_two(above: list[str], below: list[str]) -> None:
    """A blank row above a full one, words in value cells, another group: nothing is moved."""
    assert broken([above], [below]) == [above, below]


# -- what cannot be read ---------------------------------------------------------------------------------------------

GOOD = document(TITLE + table(60, 700, ROWS, WIDTHS))
LOCKED = f"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'ab' * 32}> /U <{'cd' * 32}> >>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[: len(GOOD) // 2], "truncated"),
        (document(TITLE, trailer=LOCKED), "encrypted"),
        (b"%PDF-1.7 this is no document\n%%EOF", "damaged"),
        (document(*["" for _ in range(pdf.MAX_PAGES + 1)]), "pages"),
        (b"%PDF-1.7" + bytes(pdf.MAX_BYTES), "bytes"),
    ],
    ids=["truncated", "encrypted", "damaged", "pages", "bytes"],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    """Scans, truncated, encrypted, damaged and oversized files raise and say why."""
    with pytest.raises(UnreadableFileError, match=reason) as caught:
        pdf.read(data)
    assert caught.value.media_type == "application/pdf"


def test_a_file_that_never_ends_is_given_up_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A content stream of hundreds of megabytes costs its reading process, not ours."""
    endless = document("1 0 0 1 0 0 cm 1 1 m 2 2 l S\n" * 8_000_000)
    assert len(endless) < 1_500_000
    monkeypatch.setattr(child, "MAX_SECONDS", 0)
    with pytest.raises(UnreadableFileError, match="gave up"):
        pdf.read(endless)
    assert texts(pdf.read(GOOD).grids[0]) == ROWS


def test_a_table_wider_than_the_paper_has_no_certain_figures_at_its_edge() -> None:
    """Digits beyond the edge are not printed: what is left of a number is not one."""
    (grid,) = pdf.read(document(TITLE + table(60, 700, ROWS, (120, 200, 200, 90)))).grids
    assert texts(grid)[1] == ["规章", "0", "12", "305\ufffd"]
