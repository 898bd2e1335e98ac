"""Damage to any statutory cell, label or line is read as the page prints it, or is marked.

Each damage changes the sheets (or the finished file) and tells what the page prints then. A cell is
silently wrong if its reading differs from that while nothing names it: no issue of its own, none of
its line, no quarantine. A second property covers what the page itself says wrongly: where a damage
breaks an identity, the residuals must show it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from extract.forms import Block, load_forms
from extract.read import Reading, read_report
from tests.damage import is_marked, is_quoted
from tests.docx import write_docx
from tests.render import (
    COPIED,
    MARKDOWN,
    PIPED,
    SPACED,
    STACKED,
    STACKED_PIPED,
    Box,
    Key,
    Layout,
    Sheet,
    addresses,
    lay_out,
    write,
)
from tests.strategies import broken_identities, column_types, distinct_numbers
from transform.identities import Operand, residuals
from transform.numbers import parse_number

pytestmark = pytest.mark.slow

Printed = dict[Key, str]
SPLIT = ("other_mgmt_inspection", "other_mgmt_confirmation")


@dataclass(frozen=True)
class Page:
    """A report in order, to be damaged; `step` takes every n-th place of a damage."""

    edition: str
    shape: str
    layout: Layout = field(default_factory=Layout)
    local: tuple[str, ...] = ()
    step: int = 1

    def printed(self) -> Printed:
        return {key: format(value, "f") for key, value in distinct_numbers(self.edition, self.local).items()}

    def sheets(self) -> list[Sheet]:
        return lay_out(self.edition, self.printed(), layout=self.layout)

    def bytes(self, sheets: list[Sheet]) -> bytes:
        if self.shape == "docx":
            return write_docx(sheets, self.layout, Random(0))
        return write(sheets, self.shape, layout=self.layout)


PAGES = {
    "2019 tabbed": Page("2019", "txt"),
    "2021 html": Page("2021", "html"),
    "2021 tabbed": Page("2021", "txt", step=7),
    "2019 html ragged": Page("2019", "html", Layout(ragged=True, nbsp=True), step=7),
    "2019 html sub-rows": Page("2019", "html", Layout(thead=True, split=True), SPLIT, step=7),
    "2021 piped unsplit": Page("2021", "txt", Layout(style=PIPED), ("res_other",), step=7),
    "2019 markdown extra row": Page("2019", "txt", Layout(style=MARKDOWN), ("other_docs",), step=7),
    "2019 stacked": Page("2019", "txt", Layout(style=STACKED), step=7),
    "2021 stacked": Page("2021", "txt", Layout(style=STACKED, front=False), step=7),
    "2019 stacked piped": Page("2019", "txt", Layout(style=STACKED_PIPED), step=7),
    "2021 stacked piped": Page("2021", "txt", Layout(style=STACKED_PIPED), step=7),
    "2021 copied": Page("2021", "txt", Layout(style=COPIED), step=7),
    "2019 spaced": Page("2019", "txt", Layout(style=SPACED), step=7),
    "2021 docx": Page("2021", "docx", step=7),
    "2021 stacked unsplit": Page("2021", "txt", Layout(style=STACKED), ("res_other",), step=7),
}
NATIONAL = {name: page for name, page in PAGES.items() if not page.local and page.shape != "docx"}  # lines of text
Damage = Iterator[tuple[str, list[Sheet], Printed]]  # what was done, the damaged sheets, what they print

# -- the judge -------------------------------------------------------------------------------------


def read_cells(reading: Reading) -> Printed:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells}


def silent_errors(edition: str, reading: Reading, printed: Printed) -> list[tuple[Key, str | None, str | None]]:
    """(cell, read, printed) of all cells that are wrong or lost while nothing says so.

    `printed` is everything the page prints; a cell of the national form it does not print must be said
    to be missing, unless a local line stands in its place.
    """
    read = read_cells(reading)
    if len(reading.tables) < 3:
        return []  # a report without one of its tables is quarantined
    national = addresses(edition)
    wrong = []
    for key in dict.fromkeys([*national, *printed, *read]):
        if read.get(key) == printed.get(key) and (key in read or key not in national or stands_in(printed, key)):
            continue
        if not is_marked(reading, key) and not (key not in national and is_quoted(reading, printed.get(key, "?"))):
            wrong.append((key, read.get(key), printed.get(key)))
    return wrong


def stands_in(printed: Printed, key: Key) -> bool:
    """Whether local lines stand in place of a national one: sub-rows, or the whole for its parts."""
    lines = {line for line, _ in printed}
    if key[0].startswith("other_mgmt_"):
        return any(line.startswith(SPLIT) for line in lines)
    return key[0].startswith("res_other_") and "res_other" in lines


def judge(page: Page, data: bytes, printed: Printed, what: str) -> None:
    """Both properties for one damaged file."""
    reading = read_report(data, "damaged")
    assert silent_errors(page.edition, reading, printed) == [], what
    if reading.outcome == "report" and not reading.issues:
        types = column_types(page.edition)
        numbers = {key: parse_number(text, types[key]) for key, text in printed.items()}
        broken = broken_identities({key: number.value for key, number in numbers.items()})
        unparsed = any(number.kind == "unparsed" for number in numbers.values())
        assert broken <= failing(page, reading) if unparsed else broken == failing(page, reading), what


def failing(page: Page, reading: Reading) -> set[tuple[str, str]]:
    """(check, place) of the sums of sections 三 and 四 that do not pass."""
    facts = {}
    for cell in reading.cells:
        number = parse_number(cell.printed, cell.type)
        facts[cell.indicator_code, cell.applicant_code] = Operand(number.value, number.kind, bool(cell.issue))
    tables = load_forms()[page.edition].tables
    found = [r for key in ("requests", "review") for r in residuals(tables[key], facts)]
    return {(r.check_code, r.location) for r in found if r.relation == "=" and (r.unknowns or not r.holds)}


def run(page: Page, damage: Callable[[Page], Damage]) -> None:
    """Judge every n-th place of a damage; a damage without any place is a fault of the test."""
    done = 0
    for number, (what, sheets, printed) in enumerate(damage(page)):
        if number % page.step == 0:
            judge(page, page.bytes(sheets), printed, what)
            done += 1
    assert done


# -- moving about on a sheet -----------------------------------------------------------------------


def copies(sheets: list[Sheet]) -> list[Sheet]:
    """Sheets to damage, box by box new."""
    return [Sheet(s.table, [[replace(box) for box in row] for row in s.rows], list(s.starts)) for s in sheets]


def value_rows(sheets: list[Sheet]) -> list[tuple[int, int]]:
    """(sheet, row) of every row that prints values."""
    return [(s, r) for s, sheet in enumerate(sheets) for r, row in enumerate(sheet.rows) if values_of(row)]


def values_of(row: list[Box]) -> list[Box]:
    """The boxes of a row that hold values."""
    return [box for box in row if box.kind == "value"]


def label_of(row: list[Box]) -> Box | None:
    """The label right before the values."""
    labels = [box for box in row if box.kind == "label"]
    return labels[-1] if labels and values_of(row) else None


def block_of(sheet: Sheet, row: int) -> int:
    """The number of the block a row belongs to."""
    return sum(start <= row for start in sheet.starts) - 1


def stretch(rows: list[list[Box]], row: int, by: int) -> None:
    """Lengthen the merged cells that reach over a row; those that begin in it hand over when it goes."""
    for number in range(row + 1):
        for box in rows[number]:
            if box.rowspan > row - number and box.rowspan > 1:
                box.rowspan += by


def each_value(page: Page) -> Iterator[tuple[list[Sheet], list[list[Box]], int, int, Printed]]:
    """Every value box: fresh sheets, the rows of its sheet, its row, its place in it, what is printed."""
    original = page.sheets()
    for s, r in value_rows(original):
        for c, box in enumerate(original[s].rows[r]):
            if box.kind == "value":
                sheets = copies(original)
                yield sheets, sheets[s].rows, r, c, page.printed()


# -- damage to numbers -----------------------------------------------------------------------------


def blank_cell(page: Page) -> Damage:
    """A number gone, its cell left."""
    for sheets, rows, r, c, printed in each_value(page):
        box = rows[r][c]
        box.text = printed[box.key] = ""
        yield f"blank {box.key}", sheets, printed


def drop_cell(page: Page) -> Damage:
    """A cell gone with its number: the others move up."""
    for sheets, rows, r, c, printed in each_value(page):
        box = rows[r].pop(c)
        del printed[box.key]
        yield f"drop {box.key}", sheets, printed


def drop_blank_cells(page: Page) -> Damage:
    """As exports do that lose empty cells: only the first and last number of a row are left."""
    original = page.sheets()
    for s, r in value_rows(original):
        sheets, printed = copies(original), page.printed()
        for box in values_of(sheets[s].rows[r])[1:-1]:
            sheets[s].rows[r].remove(box)
            del printed[box.key]
        if printed != page.printed():
            yield f"only ends of row {r}", sheets, printed


def change_digit(page: Page) -> Damage:
    """The last digit of a number another one."""
    for sheets, rows, r, c, printed in each_value(page):
        box = rows[r][c]
        box.text = printed[box.key] = re.sub(r"\d$", lambda d: str((int(d.group()) + 1) % 10), box.text)
        yield f"digit of {box.key}", sheets, printed


def double_number(page: Page) -> Damage:
    """Two numbers run into one cell, its neighbour blank."""
    for sheets, rows, r, c, printed in each_value(page):
        if c + 1 < len(rows[r]):
            left, right = rows[r][c], rows[r][c + 1]
            left.text = printed[left.key] = (
                f"{left.text}\n{right.text}" if page.layout.style == "" else left.text + right.text
            )
            right.text = printed[right.key] = ""
            yield f"{left.key} holds two", sheets, printed


def insert_blank_cell(page: Page) -> Damage:
    """A blank cell too many anywhere in a line, behind its label and at its end too; the last number may be blank."""
    for sheets, rows, r, c, printed in each_value(page):
        last = values_of(rows[r])[-1]
        for at in {c, len(rows[r])}:
            more = copies(sheets)
            row = next(sheet.rows for sheet, old in zip(more, sheets, strict=True) if old.rows is rows)[r]
            row.insert(at, Box("", "value"))
            yield f"a blank cell before {at} of row {r}", more, printed
        if page.layout.style in (STACKED, STACKED_PIPED) or page.shape != "txt":
            continue  # where the grid tells columns, the numbers stand where they are printed
        last.text = printed[last.key] = ""
        first = rows[r][c]
        if first is not last:
            first.text = printed[first.key] = ""
        rows[r].insert(c, Box("", "value"))
        yield f"a blank cell before {first.key}, it and the last number blank", sheets, printed


def merge_right(page: Page) -> Damage:
    """A number in a cell of two columns: it says for which of them it speaks to nobody."""
    for sheets, rows, r, c, printed in each_value(page):
        if c + 1 < len(rows[r]):
            gone = rows[r].pop(c + 1)
            rows[r][c].colspan += gone.colspan
            del printed[rows[r][c].key], printed[gone.key]
            yield f"{rows[r][c].key} merged right", sheets, printed
            if page.shape != "txt":  # a text export does not tell the numbers from one blank at its end
                more = copies(sheets)
                row = next(sheet.rows for sheet, old in zip(more, sheets, strict=True) if old.rows is rows)[r]
                row.append(Box("", "value"))
                yield f"{rows[r][c].key} merged right, a blank cell at the end", more, printed


def merge_down(page: Page) -> Damage:
    """A number in a cell of two lines; a text export does not tell, it has a blank cell in the second."""
    for sheets, rows, r, c, printed in each_value(page):
        below = values_of(rows[r + 1]) if r + 1 < len(rows) else []
        place = len(rows[r]) - c
        if len(below) == len(values_of(rows[r])) and rows[r][c].rowspan == below[-place].rowspan == 1:
            box, gone = rows[r][c], below[-place]
            box.rowspan = 2
            rows[r + 1].remove(gone)
            if page.shape == "txt":
                printed[gone.key] = ""
            else:
                del printed[box.key], printed[gone.key]
            yield f"{box.key} merged down", sheets, printed


def swap_right(page: Page) -> Damage:
    """Two numbers of a line exchanged."""
    for sheets, rows, r, c, printed in each_value(page):
        if c + 1 < len(rows[r]):
            yield swap(rows[r][c], rows[r][c + 1], printed), sheets, printed


def swap_down(page: Page) -> Damage:
    """Two numbers of a column exchanged."""
    for sheets, rows, r, c, printed in each_value(page):
        column = c - len(rows[r])  # counted from the right, for labels differ in number
        below = next((row for row in rows[r + 1 :] if values_of(row)), [])
        if len(values_of(below)) >= -column:
            yield swap(rows[r][c], below[column], printed), sheets, printed


def swap(one: Box, other: Box, printed: Printed) -> str:
    """Exchange the texts of two boxes, and what they print."""
    one.text, other.text = other.text, one.text
    printed[one.key], printed[other.key] = one.text, other.text
    return f"swap {one.key} {other.key}"


def shift_rows_down(page: Page) -> Damage:
    """From some line on, the numbers of a line stand beside the next label."""
    original = page.sheets()
    for s, r in value_rows(original):
        sheets, printed = copies(original), page.printed()
        rows = [row for row in sheets[s].rows[r:] if len(values_of(row)) == len(values_of(sheets[s].rows[r]))]
        if len(rows) < 2:
            continue
        texts = [[box.text for box in values_of(row)] for row in rows]
        for row, moved in zip(rows, [[""] * len(texts[0]), *texts], strict=False):
            for box, text in zip(values_of(row), moved, strict=True):
                box.text = printed[box.key] = text
        yield f"rows from {r} one down", sheets, printed


def shift_columns(page: Page) -> Damage:
    """The numbers of a line one column to the right: within the line, or out over its end."""
    original = page.sheets()
    for s, r in value_rows(original):
        sheets, printed = copies(original), page.printed()
        boxes = values_of(sheets[s].rows[r])
        texts = ["", *(box.text for box in boxes)]
        for box, text in zip(boxes, texts, strict=False):
            box.text = printed[box.key] = text
        yield f"row {r} one column right", sheets, printed
        if sheets[s].table.key == "review" or page.layout.style == SPACED:
            continue  # without line labels, a blank first cell of sixteen is a label column as well
        longer = copies(sheets)
        longer[s].rows[r].append(Box(texts[-1], "value"))
        yield (
            f"row {r} one column right and beyond",
            longer,
            {k: v for k, v in printed.items() if k not in {b.key for b in boxes}},
        )


# -- damage to labels ------------------------------------------------------------------------------


def swap_columns(page: Page) -> Damage:
    """Two headers exchanged: the numbers below follow their headers."""
    original = page.sheets()
    for s, sheet in enumerate(original):
        headers = [(r, c) for r, row in enumerate(sheet.rows) for c, box in enumerate(row) if box.kind == "header"]
        for (r1, c1), (r2, c2) in pairwise(headers):
            sheets, printed = copies(original), page.printed()
            one, other = sheets[s].rows[r1][c1], sheets[s].rows[r2][c2]
            if r1 != r2 or (sheet.table.key != "proactive" and one.colspan != other.colspan):
                continue  # not of one level, or headings over unequal numbers of columns
            one.text, other.text = other.text, one.text
            block = sheet.table.blocks[block_of(sheet, r1)]
            for s2, r in value_rows(original):
                if s2 == s and block_of(sheet, r) == block.number:
                    exchange(printed, block, values_of(sheet.rows[r]), one.code, other.code)
            yield f"headers {one.code} {other.code}", sheets, printed


def exchange(printed: Printed, block: Block, boxes: list[Box], one: str, other: str) -> None:
    """What a line prints once two headers, of single columns or of as many, have changed places."""
    under = [
        [n for n, leaf in enumerate(block.leaves) if f"{leaf.code}_".startswith(f"{code}_")] for code in (one, other)
    ]
    for left, right in zip(*under, strict=True):
        printed[boxes[left].key], printed[boxes[right].key] = boxes[right].text, boxes[left].text


def swap_lines(page: Page) -> Damage:
    """Two labels exchanged: the numbers beside them follow; what then fits no header must be marked."""
    original = page.sheets()
    for s, sheet in enumerate(original):
        rows = [r for r, row in enumerate(sheet.rows) if label_of(row)]
        for r1, r2 in pairwise(rows):
            sheets, printed = copies(original), page.printed()
            one, other = label_of(sheets[s].rows[r1]), label_of(sheets[s].rows[r2])
            one.text, other.text = other.text, one.text
            first, second = values_of(sheet.rows[r1]), values_of(sheet.rows[r2])
            same = [
                a.key[0].removeprefix(one.code) == b.key[0].removeprefix(other.code)
                for a, b in zip(first, second, strict=False)
            ]
            if len(first) == len(second) and all(same):
                for a, b in zip(first, second, strict=True):
                    printed[a.key], printed[b.key] = b.text, a.text
            else:
                for box in (*first, *second):
                    del printed[box.key]
            yield f"labels {one.code} {other.code}", sheets, printed


def copy_label(page: Page) -> Damage:
    """A label printed twice, the one it replaces nowhere: neither line is certain."""
    original = page.sheets()
    for s, sheet in enumerate(original):
        rows = [r for r, row in enumerate(sheet.rows) if label_of(row)]
        for r1, r2 in pairwise(rows):
            sheets, printed = copies(original), page.printed()
            label_of(sheets[s].rows[r2]).text = label_of(sheets[s].rows[r1]).text
            for box in (*values_of(sheet.rows[r1]), *values_of(sheet.rows[r2])):
                del printed[box.key]
            yield f"label of row {r1} again at {r2}", sheets, printed


def damage_labels(change: Callable[[str], str]) -> Callable[[Page], Damage]:
    """Every label, header and caption changed by itself; the numbers stay what they were."""

    def damage(page: Page) -> Damage:
        original = page.sheets()
        for s, sheet in enumerate(original):
            for r, row in enumerate(sheet.rows):
                for c, box in enumerate(row):
                    if box.kind != "value":
                        sheets = copies(original)
                        sheets[s].rows[r][c].text = change(box.text)
                        yield f"{box.kind} {box.text!r} now {change(box.text)!r}", sheets, page.printed()

    return damage


def typo(text: str) -> str:
    """A wrong character in the middle."""
    middle = len(text) // 2
    return f"{text[:middle]}囗{text[middle + 1 :]}"


def lost_character(text: str) -> str:
    """The character in the middle gone."""
    return text[: len(text) // 2] + text[len(text) // 2 + 1 :]


def lost_start(text: str) -> str:
    """Only the second half left."""
    return text[len(text) // 2 :]


def lost_end(text: str) -> str:
    """Only the first half left."""
    return text[: max(2, len(text) // 2)]


# -- damage to lines -------------------------------------------------------------------------------


def drop_row(page: Page) -> Damage:
    """A row of any kind gone, merged cells closed up over it."""
    original = page.sheets()
    for s, sheet in enumerate(original):
        for r, row in enumerate(sheet.rows):
            sheets, printed = copies(original), page.printed()
            rows = sheets[s].rows
            stretch(rows, r, -1)
            heads = [box for box in rows[r] if box.kind == "label" and row[rows[r].index(box)].rowspan > 1]
            del rows[r]
            if heads:
                rows[r] = [*heads, *rows[r]]
            sheets[s].starts = [start - (start > r) for start in sheets[s].starts]
            for box in values_of(row):
                del printed[box.key]
            yield f"row {r} of {sheet.table.key} gone", sheets, printed


def repeat_row(other: bool) -> Callable[[Page], Damage]:
    """A line printed twice, with the same numbers or with others."""

    def damage(page: Page) -> Damage:
        original = page.sheets()
        for s, r in value_rows(original):
            sheets, printed = copies(original), page.printed()
            rows = sheets[s].rows
            again = [replace(box) for box in rows[r] if box.rowspan == 1]
            stretch(rows, r, 1)
            if other:
                values_of(again)[-1].text += "1"
                for box in values_of(again):
                    del printed[box.key]
            rows.insert(r + 1, again)
            sheets[s].starts = [start + (start > r) for start in sheets[s].starts]
            yield f"row {r} of {sheets[s].table.key} twice", sheets, printed

    return damage


def strange_row(page: Page) -> Damage:
    """A line of numbers the form does not know: it must be accounted for, and leave the others alone."""
    original = page.sheets()
    for s, r in value_rows(original):
        sheets = copies(original)
        row = [Box("另行统计的数量", "label", sum(b.colspan for b in sheets[s].rows[r] if b.kind == "label"))]
        row += [Box("3", "value", box.colspan) for box in values_of(sheets[s].rows[r])]
        stretch(sheets[s].rows, r, 1)
        sheets[s].rows.insert(r + 1, row)
        sheets[s].starts = [start + (start > r) for start in sheets[s].starts]
        yield f"strange row after {r} of {sheets[s].table.key}", sheets, page.printed()


SHEET_DAMAGES: dict[str, Callable[[Page], Damage]] = {
    "blank a number": blank_cell,
    "drop a cell": drop_cell,
    "drop all cells but the ends": drop_blank_cells,
    "change a digit": change_digit,
    "two numbers in a cell": double_number,
    "insert a blank cell": insert_blank_cell,
    "merge with the right neighbour": merge_right,
    "merge with the cell below": merge_down,
    "swap with the right neighbour": swap_right,
    "swap with the cell below": swap_down,
    "shift rows down": shift_rows_down,
    "shift a row right": shift_columns,
    "swap column headers": swap_columns,
    "swap line labels": swap_lines,
    "copy a label": copy_label,
    "typo in a label": damage_labels(typo),
    "character lost from a label": damage_labels(lost_character),
    "first half of a label lost": damage_labels(lost_start),
    "second half of a label lost": damage_labels(lost_end),
    "label lost": damage_labels(lambda text: ""),
    "drop a row": drop_row,
    "row twice": repeat_row(other=False),
    "row twice with another number": repeat_row(other=True),
    "strange row": strange_row,
}


@pytest.mark.drawn
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("damage", SHEET_DAMAGES.values(), ids=SHEET_DAMAGES)
def test_a_damaged_table_is_read_as_printed_or_marked(page: Page, damage: Callable[[Page], Damage]) -> None:
    """No damage to a cell, label or line of a table makes a silent error, or breaks an identity unseen."""
    run(page, damage)


# -- damage to the file ----------------------------------------------------------------------------


def without_line(lines: list[str], at: int) -> list[str]:
    """A line of the file gone."""
    return lines[:at] + lines[at + 1 :]


def line_twice(lines: list[str], at: int) -> list[str]:
    """A line of the file twice."""
    return lines[: at + 1] + lines[at:]


def blank_line(lines: list[str], at: int) -> list[str]:
    """A blank line before one."""
    return [*lines[:at], "", *lines[at:]]


def lost_tab(lines: list[str], at: int) -> list[str]:
    """The mark that opens a cell gone."""
    return [*lines[:at], lines[at].lstrip("\t").lstrip("|"), *lines[at + 1 :]]


def cut(lines: list[str], at: int) -> list[str]:
    """The file ends before a line."""
    return lines[:at]


FILE_DAMAGES = {f.__name__.replace("_", " "): f for f in (without_line, line_twice, blank_line, lost_tab, cut)}


@pytest.mark.drawn
@pytest.mark.parametrize("page", NATIONAL.values(), ids=NATIONAL)
@pytest.mark.parametrize("damage", FILE_DAMAGES.values(), ids=FILE_DAMAGES)
def test_a_damaged_file_is_read_as_printed_or_marked(page: Page, damage: Callable[[list[str], int], list[str]]) -> None:
    """Lines of the file lost, doubled, split or cut off: each number stays where it belongs, or is marked."""
    lines = page.bytes(page.sheets()).decode().split("\n")
    for at in range(1, len(lines), page.step):
        reading = read_report("\n".join(damage(lines, at)).encode(), "damaged")
        assert silent_errors(page.edition, reading, page.printed()) == [], f"line {at + 1}: {lines[at]!r}"


def test_the_judge_sees_a_silent_error() -> None:
    """The properties above can fail: a reading held against another page is wrong in that very cell."""
    page = PAGES["2021 html"]
    reading = read_report(page.bytes(page.sheets()), "whole")
    printed = page.printed() | {("req_new", "natural"): "0"}
    wrong = silent_errors(page.edition, reading, printed)
    assert [key for key, _, _ in wrong] == [("req_new", "natural")]
    assert broken_identities({key: Decimal(text) for key, text in printed.items()}) == {
        ("R3-ROW", "req_new"),
        ("R3-BAL", "natural"),
    }
