"""Texts as programs extract them from web pages: bars behind cells, rows filled up with bars, blank cells gone.

Many reports are kept as such texts only. Merged cells leave one text and fill the row up at its end; a cell without any
text may leave nothing at all, and then nobody can say under which columns the others of its row stood.
"""

import re
from collections.abc import Callable
from random import Random

import pytest

from extract.read import Reading, read_report
from tests.render import Key, Layout, Sheet, back_matter, front_matter, lay_out
from tests.strategies import SECTIONED, distinct_numbers

Row = list[str]


def numbers(edition: str, blank: int = 0) -> dict[Key, str]:
    """A consistent report; with `blank` one cell in so many is blank, wherever it falls."""
    rng = Random(blank)
    values = {key: format(value, "f") for key, value in distinct_numbers(edition).items()}
    return {key: "" if blank and rng.randrange(blank) == 0 else text for key, text in values.items()}


def read(text: str) -> Reading:
    """The reading of one file."""
    return read_report(text.encode(), "example")


def cells(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells if cell.place}


def silent(reading: Reading, printed: dict[Key, str]) -> set[Key]:
    """The cells that are not as printed while nothing says so."""
    if reading.outcome != "report" or len(reading.tables) < 3 or any(i.severity == "critical" for i in reading.issues):
        return set()
    marked = {(cell.indicator_code, cell.applicant_code) for cell in reading.cells if cell.issue}
    return {key for key in printed if cells(reading).get(key) != printed[key]} - marked


def rows_of(sheet: Sheet, *, dropped: bool) -> list[tuple[Row, int]]:
    """The cells of each row, blank ones dropped or kept, and how many more its table is wide."""
    width = max(sum(box.colspan for box in row) for row in sheet.rows)
    rows = [[box.text for box in row if box.text or not dropped] for row in sheet.rows]
    return [(row, width - len(row)) for row in rows]


def in_rows(row: Row, fill: int) -> str:
    """A row a line."""
    return " | ".join(row) + " | " + "|" * fill


def opened_rows(row: Row, fill: int) -> str:
    """A row a line, a bar before it."""
    return "| " + in_rows(row, fill)


def beside(row: Row, fill: int) -> str:
    """A cell a line with its bar, the row filled up on the line of its last one."""
    return "\n".join(f"{text} |".strip() for text in row) + " " * bool(fill) + "|" * fill


def opened_beside(row: Row, fill: int) -> str:
    """The same with a bar on a line of its own before each row."""
    return "|\n" + beside(row, fill)


def beside_apart(row: Row, fill: int) -> str:
    """A cell a line with its bar, the row filled up on a line of its own."""
    return "\n".join([*(f"{text} |".strip() for text in row), "|" * fill]).strip("\n")


def below(row: Row, fill: int) -> str:
    """A cell a line, its bar on the line below."""
    return "\n".join(f"{text}\n|".strip() for text in row)


def below_filled(row: Row, fill: int) -> str:
    """The same, rows filled up on a line of their own."""
    return "\n".join([below(row, fill), "|" * fill]).strip("\n")


def doubled(row: Row, fill: int) -> str:
    """A row a line, a bar on both sides of each cell."""
    return "".join(f"|{text}|" for text in row)


def doubled_below(row: Row, fill: int) -> str:
    """A cell a line, a bar on the lines before and behind it."""
    return "\n".join(f"|\n{text}\n|".replace("\n\n", "\n") for text in row)


def doubled_tabs(row: Row, fill: int) -> str:
    """A row a line, two TABs between cells."""
    return "\t\t".join(row)


def lines(row: Row, fill: int) -> str:
    """A cell a line, and blank lines behind each row."""
    return "\n".join([*row, "", ""])


def wide_lines(row: Row, fill: int) -> str:
    """A cell a line, four blank lines behind each and more behind a row."""
    return "".join(f"{text}\n\n\n\n\n" for text in row) + "\n"


Write = Callable[[Row, int], str]
WRITERS: list[Write] = [
    in_rows, opened_rows, beside, opened_beside, beside_apart, below, below_filled, doubled, doubled_below,
    doubled_tabs, lines, wide_lines,
]  # fmt: skip


def page(edition: str, values: dict[Key, str], write: Write, *, dropped: bool = False) -> str:
    """A report as such a text."""
    text = [*front_matter(Layout())]
    for sheet in lay_out(edition, values):
        text += [sheet.heading, *(write(row, fill) for row, fill in rows_of(sheet, dropped=dropped) if row)]
    return "\n".join([*text, *back_matter(Layout())])


def name(write: Write) -> str:
    """The name of a writer."""
    return write.__name__


@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("write", WRITERS, ids=name)
def test_a_report_without_blank_cells_is_read_whole(write: Write, edition: str) -> None:
    """Whatever stands between and behind the cells."""
    reading = read(page(edition, numbers(edition), write))
    assert (cells(reading), reading.issues) == (numbers(edition), [])


@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("write", [beside, opened_beside, below, doubled], ids=name)
def test_blank_cells_with_bars_of_their_own_are_read(write: Write, edition: str) -> None:
    """A bar behind nothing is a blank cell; a bar before a row or more bars behind it are none."""
    values = numbers(edition, 6)
    reading = read(page(edition, values, write))
    assert (cells(reading), reading.issues) == (values, [])


@pytest.mark.drawn
@pytest.mark.parametrize("blank", [2, 6, 30])
@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("dropped", [True, False], ids=["dropped", "kept"])
@pytest.mark.parametrize("write", WRITERS, ids=name)
def test_blank_cells_never_move_their_neighbours_unmarked(
    write: Write, edition: str, blank: int, *, dropped: bool
) -> None:
    """Where a blank cell left no trace, its row is marked."""
    values = numbers(edition, blank)
    assert silent(read(page(edition, values, write, dropped=dropped)), values) == set()


@pytest.mark.parametrize("write", [in_rows, opened_rows, beside, beside_apart], ids=name)
def test_a_row_filled_up_without_a_value_is_blank(write: Write) -> None:
    """No cell of it has any text; every other row is read as it stands."""
    values = {key: "" if key[0].startswith("res_deny_") else text for key, text in numbers("2021").items()}
    reading = read(page("2021", values, write, dropped=True))
    assert (cells(reading), reading.issues) == (values, [])


@pytest.mark.parametrize("edition", SECTIONED)
def test_the_last_bar_of_a_table_may_be_gone(edition: str) -> None:
    """The bar before the last cell tells that it is one."""
    text = re.sub(r"\n\|(?=\n[三四五]、)", "", page(edition, numbers(edition), doubled_below))
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(edition), [])


@pytest.mark.parametrize("write", [beside, below, below_filled], ids=name)
def test_a_label_over_several_lines_has_its_bar_behind_the_last(write: Write) -> None:
    """Its halves are no prose."""
    text = page("2021", numbers("2021"), write)
    broken = re.sub(r"(?m)^(商业|科研|2\.没有现成|第二十条)", r"\1\n", text)
    assert broken.count("\n") == text.count("\n") + 7
    reading = read(broken)
    assert (cells(reading), reading.issues) == (numbers("2021"), [])


def spread(sheet: Sheet, *, downwards: bool) -> list[Row]:
    """The rows of a sheet, a blank cell for every column a cell is merged over and, `downwards`, for every row."""
    rows: list[Row] = []
    hanging: dict[int, int] = {}
    for boxes in sheet.rows:
        row: Row = []
        after = {at: left - 1 for at, left in hanging.items() if left > 1}
        at = 0
        for box in boxes:
            while at in hanging:
                row += [""] * downwards
                at += 1
            row += [box.text, *[""] * (box.colspan - 1)]
            after |= dict.fromkeys(range(at, at + box.colspan), box.rowspan - 1) if box.rowspan > 1 else {}
            at += box.colspan
        row += [""] * (downwards * sum(column >= at for column in hanging))
        rows.append(row)
        hanging = after
    return rows


@pytest.mark.parametrize("blank", [0, 2, 6])
@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("downwards", [True, False])
def test_merged_cells_printed_as_blank_ones_are_told_from_blank_values(
    edition: str, blank: int, *, downwards: bool
) -> None:
    """As in tables of Markdown: every label leaves as many blank cells as there are levels below its own."""
    values = numbers(edition, blank)
    text = [*front_matter(Layout())]
    for sheet in lay_out(edition, values):
        rows = spread(sheet, downwards=downwards)
        ruler = "|" + " --- |" * len(rows[0])
        text += [f"**{sheet.heading}**", "", ruler.replace("---", "   "), ruler]
        text += ["| " + " | ".join(row) + " |" for row in rows]
    reading = read("\n".join([*text, "", *back_matter(Layout())]))
    assert (cells(reading), reading.issues) == (values, [])


def test_one_line_with_a_cell_too_many_is_no_habit() -> None:
    """Where the other lines leave none, a blank cell before the values is a doubt."""
    text = page("2021", numbers("2021"), in_rows).replace("（七）总计 |", "（七）总计 | |")
    reading = read(text)
    assert {issue.code for issue in reading.issues} == {"column_doubt"}
    assert silent(reading, numbers("2021")) == set()


@pytest.mark.parametrize("blank", [0, 3])
@pytest.mark.parametrize("edition", SECTIONED)
def test_a_sheet_saved_with_commas_is_read_whole(edition: str, blank: int) -> None:
    """Merged cells leave blank ones, a cell with a comma is quoted, prose may hold commas."""
    values = numbers(edition, blank)
    text = ["示例县人民政府2023年政府信息公开工作年度报告,,,", "公开,就是让人看见。"]
    for sheet in lay_out(edition, values):
        text += [sheet.heading, *(",".join(row) for row in spread(sheet, downwards=True))]
    reading = read("\n".join(text).replace("2.其他法律行政法规禁止公开", '"2.其他法律,行政法规禁止公开"'))
    assert (cells(reading), reading.issues) == (values, [])


# -- text layers of PDFs -----------------------------------------------------------------------------------------------


def bare_lines(row: Row, fill: int) -> str:
    """A cell a line."""
    return "\n".join(row)


def bare_rows(row: Row, fill: int) -> str:
    """A row a line, blanks between its cells."""
    return "  ".join(row)


def narrow(text: str) -> str:
    """Labels broken over lines as in narrow columns, that of a group downwards, and the page within a group."""
    text = re.sub(r"(商业企|科研机|社会公益|法律服务|这一情|逾期不补|需要另)", r"\1\n", text)
    text = re.sub(r"(逾期未按)(收费通知要求)", r"\1\n\2\n", text)
    return text.replace("三、本年度办理结果", "\n".join("三、 本 年 度 办 理 结 果".split()))


def paged(text: str) -> str:
    """The number of a page within a table."""
    return re.sub(r"(?m)^(?=2\.重复申请|行政强制)", "- 5 -\n", text)


@pytest.mark.parametrize("edition", SECTIONED)
@pytest.mark.parametrize("between", ["\n", "\n\n"], ids=["close", "apart"])
def test_a_cell_a_line_with_labels_broken_over_lines_is_read_whole(edition: str, between: str) -> None:
    """Halves of a label are put together, with blank lines between all lines or without."""
    text = paged(narrow(page(edition, numbers(edition), bare_lines))).replace("\n", between)
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(edition), [])


@pytest.mark.parametrize("edition", SECTIONED)
def test_a_row_a_line_behind_a_label_broken_over_lines_is_read_whole(edition: str) -> None:
    """The label of a group runs down beside its lines, a piece on a line of its own or before the label of a line."""
    text = paged(page(edition, numbers(edition), bare_rows))
    text = re.sub(r"(?m)^三、本年度办理结果  ", "三、\n本\n", text)
    text = re.sub(r"(?m)^（三）不予公开  1", "（三）不\n1", text)
    text = re.sub(r"(?m)^(2\.其他法律)", r"年\n予公开 \1", text)
    text = re.sub(r"(?m)^(3\.危及)", r"度 （三）不 \1", text)
    text = re.sub(r"(?m)^(5\.要求行政机关确认或重新出)(具已获取信息)  (.*)$", r"\1\n办\n\2\n\3", text)
    reading = read(text)
    assert (cells(reading), reading.issues) == (numbers(edition), [])


@pytest.mark.parametrize("blank", [2, 6, 30])
@pytest.mark.parametrize("write", [bare_lines, bare_rows], ids=name)
def test_blank_cells_of_a_text_layer_never_move_their_neighbours_unmarked(write: Write, blank: int) -> None:
    """They leave no trace."""
    values = numbers("2021", blank)
    text = paged(narrow(page("2021", values, write, dropped=True)))
    assert silent(read(text), values) == set()


def test_a_line_break_in_a_cell_of_markdown_parts_no_digits() -> None:
    """Labels are put together, numbers are not."""
    text = (
        page("2021", numbers("2021"), opened_rows)
        .replace("商业企业", "商业<br>企业")
        .replace("行政处罚", "行政<br/>处罚")
    )
    assert cells(read(text)) == numbers("2021")
    reading = read(text.replace(numbers("2021")["penalty_decisions", ""], "1<br>2"))
    assert cells(reading)["penalty_decisions", ""] == "1\n2"
