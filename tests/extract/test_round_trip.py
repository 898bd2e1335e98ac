"""`read(render(form, numbers, shape)) == numbers`, for every shape, edition and layout."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.forms import load_forms
from extract.read import Reading, read_report
from tests.render import STACKED, STYLES, Key, Layout, addresses, render
from tests.series import examples
from tests.strategies import (
    ABSENCE_SIGNS,
    EDITIONS,
    LOCAL,
    SECTIONED,
    SUMS,
    broken_identities,
    column_types,
    column_units,
    consistent_numbers,
    distinct_numbers,
    layouts,
    spellings,
)
from transform.identities import Operand, residuals
from transform.numbers import parse_number, to_10k

SHAPES = tuple(STYLES)
VARIANTS = [(edition, local) for edition in EDITIONS for local in LOCAL[edition]]

bounded = examples(40)


def read_back(data: bytes) -> Reading:
    """The reading of a page that is in order: a report of which nothing is marked."""
    reading = read_report(data, "page")
    assert (reading.outcome, reading.reason) == ("report", "")
    assert [(issue.code, issue.where, issue.found) for issue in reading.issues] == []
    assert {cell.method for cell in reading.cells} == {"labelled"}
    return reading


def printed_in(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("edition", "local"), VARIANTS, ids=str)
@given(data=st.data())
@bounded
def test_every_printed_cell_comes_back_as_printed_and_as_meant(
    edition: str, local: tuple[str, ...], shape: str, data: st.DataObject
) -> None:
    """Text, place and value of every cell survive, whatever the layout; signs of absence stay absent."""
    numbers = data.draw(consistent_numbers(edition, local))
    printed = data.draw(spellings(edition, numbers))
    layout = data.draw(layouts(shape))
    last = next(reversed(printed))
    if layout.style == STACKED and not printed[last] and edition not in SECTIONED:
        printed[last] = "/"  # blank lines at the end of the only table are not certain to be a cell
    page = render(edition, printed, shape, layout=layout, rng=Random(data.draw(st.integers(0, 2**16))))

    reading = read_back(page)
    assert printed_in(reading) == printed

    types = column_types(edition)
    units = {(cell.indicator_code, cell.applicant_code): cell.unit_printed for cell in reading.cells}
    for key, text in printed.items():
        number = parse_number(text, types[key])
        if text in ABSENCE_SIGNS:
            assert (number.kind, number.value) == (ABSENCE_SIGNS[text], None), key
        elif types[key] == "amount":
            assert number.value is not None
            meant = numbers[key] / 10_000 if column_units(edition)[key] == "元" else numbers[key]
            assert to_10k(number.value, number.unit, units[key], small_agency=False).value == meant, key
        else:
            assert number.value == numbers[key], key


@pytest.mark.parametrize(("edition", "local"), VARIANTS, ids=str)
@given(data=st.data())
@bounded
def test_two_shapes_of_one_report_read_alike(edition: str, local: tuple[str, ...], data: st.DataObject) -> None:
    """As a text export and as a web page, a report gives the same cells in every field but their place."""
    printed = data.draw(spellings(edition, data.draw(consistent_numbers(edition, local))))
    readings = [read_back(render(edition, printed, shape, layout=data.draw(layouts(shape)))) for shape in SHAPES]

    def essence(reading: Reading) -> set[tuple[str, ...]]:
        return {
            (
                c.table,
                c.edition,
                c.indicator_code,
                c.applicant_code,
                c.type,
                c.unit,
                c.printed,
                c.method,
                c.issue,
            )
            for c in reading.cells
        }

    assert essence(readings[0]) == essence(readings[1])


@pytest.mark.parametrize(("shape", "style"), [(shape, style) for shape in SHAPES for style in STYLES[shape]])
@pytest.mark.parametrize(("edition", "local"), VARIANTS, ids=str)
def test_each_style_reads_alike_in_utf_8_and_gb18030(
    edition: str, local: tuple[str, ...], shape: str, style: str
) -> None:
    """The bytes differ, the readings do not, and each tells the encoding it found."""
    printed = {key: str(value) for key, value in distinct_numbers(edition, local).items()}
    readings = {}
    for encoding in ("utf-8", "gb18030"):
        layout = Layout(style=style, encoding=encoding, declared="gb2312" if encoding == "utf-8" else "utf-8")
        readings[encoding] = read_back(render(edition, printed, shape, layout=layout))
        assert readings[encoding].document.encoding == encoding
    assert readings["utf-8"].cells == readings["gb18030"].cells
    assert printed_in(readings["utf-8"]) == printed


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("edition", "local"), VARIANTS, ids=str)
@given(data=st.data())
@bounded
def test_a_consistent_report_passes_and_one_wrong_number_does_not(
    edition: str, local: tuple[str, ...], shape: str, data: st.DataObject
) -> None:
    """The identities computed on what was read fail exactly where the arithmetic of the form says so."""
    numbers = data.draw(consistent_numbers(edition, local))
    sums = [(total, *parts) for total, parts in SUMS.values()]
    in_sums = {line for lines in sums if {(line, "") for line in lines} <= numbers.keys() for line in lines}
    with_identity = sorted(key for key in numbers if key[1] or key[0].startswith(("rev_", "lit_")) or key[0] in in_sums)
    wrong = data.draw(st.none() | st.sampled_from(with_identity))
    if wrong is not None:
        numbers[wrong] += data.draw(st.integers(1, 1000))
    reading = read_back(render(edition, {key: str(value) for key, value in numbers.items()}, shape))
    facts = {}
    for cell in reading.cells:
        number = parse_number(cell.printed, cell.type)
        facts[cell.indicator_code, cell.applicant_code] = Operand(number.value, number.kind, bool(cell.issue))
    found = [r for table in load_forms()[edition].tables.values() for r in residuals(table, facts)]
    assert {(r.check_code, r.location) for r in found if r.unknowns or not r.holds} == broken_identities(numbers)
    assert bool(broken_identities(numbers)) == (wrong is not None)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_form_has_as_many_cells_as_its_notice_prescribes(edition: str) -> None:
    """25 (Shanghai, both vintages); 13 (Fujian, all vintages), 21 (its departments); 58 (2014); 22 + 161 + 15 (2019);
    10 + 175 + 15 (2021).
    """
    cells = {"2004": 25, "fj": 13, "fj_dept": 21, "2014": 58, "2019": 198, "2021": 200}[edition]
    assert len(addresses(edition)) == len(set(addresses(edition))) == cells
    assert all(isinstance(value, Decimal) and value >= 0 for key, value in distinct_numbers(edition).items() if key[1])
