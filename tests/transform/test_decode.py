"""Values that ran together: told apart exactly, or left unread; never wrong, and never without an issue."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.read import read_report
from tests.damage import numbers
from tests.render import Box, Key, Layout, Sheet, lay_out, write
from tests.series import examples
from tests.strategies import complete
from transform.agencies import Directory
from transform.interpret import Fact, Report, interpret

bounded = examples(40)

Meant = dict[Key, Decimal]


def join(row: list[Box], start: int, end: int, between: str = "") -> set[Key]:
    """Let some neighbouring values of a row run together into one cell; returns all values of the row."""
    values = [box for box in row if box.kind == "value"]
    at = row.index(values[start])
    run = values[start:end]
    row[at : at + len(run)] = [Box(between.join(box.text for box in run), "value", colspan=len(run), key=run[0].key)]
    return {box.key for box in values if box.key}


def lines(sheet: Sheet) -> list[list[Box]]:
    """The rows of a sheet that print values."""
    return [row for row in sheet.rows if sum(box.kind == "value" for box in row) > 1]


def read(sheets: list[Sheet]) -> Report:
    """What the page says of them."""
    data = write(sheets, "html", layout=Layout())
    return interpret(read_report(data, "page.html"), Directory.load(), original=lambda: data)


def facts_of(report: Report) -> dict[Key, Fact]:
    """Its facts by cell."""
    return {fact.key: fact for fact in report.facts}


def in_sums(fact: Fact) -> bool:
    """Whether it stands in a table that adds up."""
    return fact.cell.table in ("requests", "review")


def laid_out(edition: str, meant: Meant) -> list[Sheet]:
    """A report that prints these numbers."""
    return lay_out(edition, {key: f"{value:f}" for key, value in meant.items()}, layout=Layout(), rng=Random(0))


def joined(
    edition: str, meant: Meant, table: int, row: int, between: str = "", end: int = 99
) -> tuple[dict[Key, Fact], set[Key]]:
    """The facts of a report whose values up to `end` of one line ran together, and the cells of that line."""
    sheets = laid_out(edition, meant)
    keys = join(lines(sheets[table])[row], 0, end, between)
    return facts_of(read(sheets)), keys


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("between", ["", " "])
@pytest.mark.parametrize(("table", "row", "end"), [(1, 0, 99), (1, 5, 99), (1, 1, 4), (-1, 0, 4)])
def test_one_line_is_told_apart_by_the_sums(edition: str, table: int, row: int, end: int, between: str) -> None:
    """A first line, parts, and some of the line of section 四; each cell is marked and says what was printed."""
    meant = complete({key: value % 3 for key, value in numbers(edition, Random(5)).items()})
    facts, keys = joined(edition, meant, table, row, between, end)
    values = [f"{meant[key]:f}" for key in facts if key in keys]
    run = " | ".join([between.join(values[:end]), *values[end:]])
    assert len(keys) in (7, 15)
    for key in keys:
        fact = facts[key]
        assert (fact.value, fact.cell.method, fact.issue) == (meant[key], "decoded", "ragged_line")
        assert fact.cell.printed == run
    assert all(fact.value == meant[key] for key, fact in facts.items() if in_sums(fact) and key not in keys)


@given(st.sampled_from(["2019", "2021"]), st.integers(0, 2**32), st.integers(1, 3))
@bounded
def test_whatever_runs_together_is_right_or_unread(edition: str, seed: int, count: int) -> None:
    """Runs of values in some lines of reports that add up: a value of such a line is the true one or none."""
    rng = Random(seed)
    meant = numbers(edition, rng)
    sheets = laid_out(edition, meant)
    damaged: set[Key] = set()
    rows = [row for sheet in sheets[1:] for row in lines(sheet)]
    for row in rng.sample(rows, k=count):
        width = sum(box.kind == "value" for box in row)
        start = rng.randrange(width - 1)
        damaged |= join(row, start, rng.randrange(start + 2, width + 1), rng.choice(("", "", " ")))
    for key, fact in facts_of(read(sheets)).items():
        if key in damaged:
            assert fact.value in (None, meant[key])
            assert fact.issue  # a mark in any case
        elif in_sums(fact):
            assert fact.value == meant[key]


def test_a_line_that_breaks_its_sums_is_left_unread() -> None:
    """No split satisfies what the page itself does not."""
    meant = complete({key: value % 3 for key, value in numbers("2021", Random(5)).items()})
    meant["req_new", "total"] += 1
    facts, keys = joined("2021", meant, 1, 0)
    assert {facts[key].value for key in keys} == {None}
    assert {facts[key].issue for key in keys} == {"ragged_line"}


def test_two_lines_of_one_sum_are_left_unread() -> None:
    """What one of them must be depends on the other."""
    meant = complete({key: value % 30 for key, value in numbers("2021", Random(5)).items()})
    sheets = laid_out("2021", meant)
    keys = join(lines(sheets[1])[5], 0, 99) | join(lines(sheets[1])[6], 0, 99)
    facts = facts_of(read(sheets))
    assert {facts[key].value for key in keys} == {None}


def test_what_is_no_digit_is_not_cut() -> None:
    """Signs and words between figures say nothing certain of where one ends."""
    meant = complete({key: value % 3 for key, value in numbers("2021", Random(5)).items()})
    for between in (",", "/", "件"):
        facts, keys = joined("2021", meant, 1, 0, between)
        assert {facts[key].value for key in keys} == {None}


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("between", ["", " "])
def test_a_line_run_together_in_its_first_cell_is_told_apart(edition: str, between: str) -> None:
    """The other cells of the row are there and blank: no figure of that many digits is one number."""
    meant = complete({key: value % 3 for key, value in numbers(edition, Random(5)).items()})
    sheets = laid_out(edition, meant)
    for table, row in ((1, 5), (-1, 0)):
        values = [box for box in lines(sheets[table])[row] if box.kind == "value"]
        keys = {box.key for box in values if box.key}
        values[0].text = between.join(box.text for box in values)
        for box in values[1:]:
            box.text = ""
        facts = facts_of(read(sheets))
        assert {facts[key].issue for key in keys} == {"ragged_line"}
        if table == 1 or between:
            assert {key: facts[key].value for key in keys} == {key: meant[key] for key in keys}


@pytest.mark.parametrize("cells", [1, 3])
@pytest.mark.parametrize("zero", [True, False])
def test_section_4_in_few_cells_is_told_apart_or_left_unread(cells: int, *, zero: bool) -> None:
    """Fifteen digits can be cut in one way only; more, in one that holds its sums or not at all."""
    meant = complete({key: value % 3 for key, value in numbers("2021", Random(5)).items()})
    meant = {key: Decimal() if zero and key[0].startswith(("rev_", "lit_")) else value for key, value in meant.items()}
    sheets = laid_out("2021", meant)
    row = lines(sheets[-1])[0]
    keys = {box.key for box in row if box.key}
    texts = [box.text for box in row]
    width = 15 // cells
    row[:] = [Box("".join(texts[at : at + width]), "value", colspan=width) for at in range(0, 15, width)]
    facts = facts_of(read(sheets))
    for key in keys:
        assert facts[key].issue
        assert facts[key].value in ((meant[key],) if zero else (None, meant[key]))


def test_seven_digits_in_a_line_of_seven_columns_are_told_apart_without_other_lines() -> None:
    """There is one way only, and it has to hold the sum of the line: all lines may have run together."""
    meant = dict.fromkeys(numbers("2021", Random(5)), Decimal())
    meant |= dict.fromkeys([("req_new", "natural"), ("req_new", "total"), ("res_full", "natural")], Decimal(1))
    meant |= {("res_full", "total"): Decimal(2)}
    sheets = laid_out("2021", meant)
    keys = {key for row in lines(sheets[1]) for key in join(row, 0, 99)}
    facts = facts_of(read(sheets))
    assert {facts[key].value for key in keys if key[0] == "res_full"} == {None}
    assert all(facts[key].value == meant[key] for key in keys if key[0] != "res_full")
