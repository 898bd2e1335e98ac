"""Damaged reports in every shape: nearly every cell right, none wrong without a mark.

`python -m tests.fuzz` does the same with as many reports as time allows, and with the producers that are installed.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from benchmarks.run import corpus
from extract.labels import squeeze
from extract.read import Reading, read_report
from tests.damage import account, damaged
from tests.pdf import PdfLayout, write_pdf
from tests.producers import OFFICE, OWN, PRINTERS, converted, shows_all
from tests.render import Layout, lay_out, write
from tests.strategies import EDITIONS, SECTIONED, distinct_numbers

pytestmark = pytest.mark.slow

Series = Callable[..., list[int]]
REPORTS = {edition: 100 if edition in SECTIONED else 15 for edition in EDITIONS}


@pytest.mark.parametrize("shape", OWN)
def test_damaged_reports_are_read_right_or_marked(shape: str, series: Series) -> None:
    """Two hundred reports and more in each shape: 99.9 of 100 cells right, no silent error. Of a few of them one may
    have lost a line.
    """
    fates: Counter[str] = Counter()
    drawn = [(edition, number) for edition, count in REPORTS.items() for number in series(count)]
    for edition, number in drawn:
        case = damaged(edition, f"{shape} {number}")
        found, _ = account(case, OWN[shape](case.sheets, case.layout, case.rng))
        assert not found["silent"], f"{edition}, {shape} {number}"
        fates += found
    least = 0.999 if len(drawn) == sum(REPORTS.values()) else 0.995
    assert fates["right"] >= least * sum(fates.values()), fates


def test_pages_without_rulings_are_read_and_marked(series: Series) -> None:
    """Columns that only white space tells: most figures come to their cells, and every cell is in doubt."""
    fates: Counter[str] = Counter()
    numbers = series(20)
    for number in numbers:
        case = damaged(SECTIONED[number % 2], f"unruled {number}")
        found, reading = account(case, write_pdf(case.sheets, PdfLayout(rule=lambda *_: "")))
        assert all(cell.issue for cell in reading.cells)
        assert not found["silent"]
        fates += found
    assert fates["right"] > (0.75 if len(numbers) == 20 else 0.5) * sum(fates.values()), fates


def essence(reading: Reading) -> set[tuple[str, ...]]:
    """All of the cells read but their places and the lines their texts are broken over."""
    return {
        (c.table, c.edition, c.indicator_code, c.applicant_code, c.type, c.unit, squeeze(c.printed), c.method, c.issue)
        for c in reading.cells
    }


@pytest.mark.parametrize("edition", EDITIONS)
def test_one_report_gives_the_same_cells_in_every_shape(edition: str, series: Series) -> None:
    """As text, web page, Word files and drawn pages."""
    for number in series(5):
        case = damaged(edition, f"every shape {number}")
        sheets = lay_out(edition, {key: f"{value:f}" for key, value in case.meant.items()}, layout=case.layout)
        read = {shape: read_report(OWN[shape](sheets, case.layout, Random(number)), shape) for shape in OWN}
        assert {shape for shape in OWN if essence(read[shape]) != essence(read["txt"])} == set()
        assert {reading.outcome for reading in read.values()} == {"report"}


@pytest.mark.parametrize("shape", ["docx", "doc", "pdf"])
def test_reports_of_the_usual_weight_are_read_whole(shape: str) -> None:
    """With prose, and with all that Word and LibreOffice put around it: every number, unmarked."""
    for edition, data in zip(SECTIONED, corpus(shape, len(SECTIONED)), strict=True):
        numbers = {key: format(value, "f") for key, value in distinct_numbers(edition).items()}
        cells = read_report(data, shape).cells
        assert {(cell.indicator_code, cell.applicant_code): squeeze(cell.printed) for cell in cells} == numbers
        assert {cell.issue for cell in cells} == {""}


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("shape", ["docx", "doc", "pdf"])
def test_what_libreoffice_makes_of_a_page_is_read_whole(shape: str) -> None:
    """One page of each edition, converted in one run."""
    cases = [damaged(edition, "office") for edition in SECTIONED]
    pages = [write(lay_out(c.edition, c.printed), "html", layout=Layout(thead=True)) for c in cases]
    for case, data in zip(cases, converted(pages, shape), strict=True):
        found = account(case, data)[0]
        if shape == "pdf" and "\ufffd" in read_report(data, "page.pdf").document.text:
            assert not found["silent"]  # this producer left a glyph without its character: marked, never guessed
        else:
            assert set(found) == {"right"}


@pytest.mark.parametrize("printer", PRINTERS)
def test_what_others_print_is_read_right_or_marked(printer: str, series: Series) -> None:
    """Damaged reports on all kinds of paper, their lines cut by page ends: few cells marked, no silent error."""
    numbers = series(8, 4)
    cases = [damaged(edition, f"printed {number}") for number in numbers for edition in SECTIONED]
    fates: Counter[str] = Counter()
    for case, data in zip(cases, PRINTERS[printer]([(case.sheets, case.rng) for case in cases]), strict=True):
        found, _ = account(case, data)
        assert not found["silent"]
        fates += found if shows_all(case.sheets, data) else Counter()
    assert fates["right"] >= (0.995 if len(numbers) == 8 else 0.9) * sum(fates.values()), fates


@pytest.mark.drawn
@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("edition", SECTIONED)
def test_others_print_the_same_cells(edition: str, printer: str) -> None:
    """Over several pages that keep lines whole, every cell is that of the text, to its method and issue."""
    cases = [damaged(edition, f"same {number}") for number in range(3)]
    sheets = [lay_out(edition, {key: f"{value:f}" for key, value in case.meant.items()}) for case in cases]
    reports = [(pages, case.rng) for pages, case in zip(sheets, cases, strict=True)]
    for (pages, rng), data in zip(reports, PRINTERS[printer](reports, whole_rows=True), strict=True):
        if shows_all(pages, data):
            assert essence(read_report(data, "pdf")) == essence(read_report(OWN["txt"](pages, Layout(), rng), "txt"))
