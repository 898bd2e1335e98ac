"""One vocabulary: every unit and every word of the forms means the same to each reader."""

from decimal import Decimal

import pytest
import yaml

from extract import vocabulary as module
from extract.forms import load_forms
from extract.labels import normalise
from extract.read import read_report
from extract.vocabulary import ADDED, REMOVED, UNITS, looks_like_value, vocabulary
from tests.render import PIPED, STACKED, STACKED_PIPED, TABBED, Layout, render
from tests.strategies import distinct_numbers
from transform.numbers import parse_number

COUNTED = [unit for unit in UNITS.split("|") if unit not in module.MONEY]
KEY = ("req_new", "natural")


@pytest.mark.parametrize("unit", COUNTED)
@pytest.mark.parametrize("style", [TABBED, PIPED, STACKED, STACKED_PIPED])
def test_a_figure_with_any_unit_is_a_value_to_every_layout(style: str, unit: str) -> None:
    """No layout loses a line to a unit."""
    printed = {key: format(value, "f") for key, value in distinct_numbers("2021").items()}
    printed[KEY] = f"{printed[KEY]}{unit}"
    reading = read_report(render("2021", printed, "txt", layout=Layout(style=style)), "page")
    found = {(cell.indicator_code, cell.applicant_code): cell for cell in reading.cells}
    assert found[KEY].printed == printed[KEY]
    assert not found[KEY].issue
    assert len(found) == len(printed)


@pytest.mark.parametrize("unit", COUNTED)
def test_a_unit_changes_no_count(unit: str) -> None:
    """2笔 are two."""
    assert parse_number(f"2{unit}", "count").value == Decimal(2)


@pytest.mark.parametrize("word", [*ADDED.split("|"), *REMOVED.split("|")])
def test_a_change_in_words_has_a_sign(word: str) -> None:
    """Of more or of less, whatever unit stands behind."""
    number = parse_number(f"{word}4笔", "delta")
    assert looks_like_value(f"{word}4笔")
    assert number.value == Decimal(-4 if word in REMOVED.split("|") else 4)


def test_every_label_of_the_forms_is_known() -> None:
    """No label is lost between the forms and the vocabulary, and none of them passes for a value."""
    words = vocabulary()
    for form in load_forms().values():
        for table in form.tables.values():
            labels = [line.label for line in table.block_of if line.label.names]
            labels += [c.label for block in table.blocks for h in block.columns for c in h.every()]
            for label in labels:
                for printed in (label.zh, *label.also):
                    assert normalise(printed) in words.words
                    assert words.kind(printed) in ("label", "header", "either")
                    assert not looks_like_value(printed)


def test_every_word_for_a_value_is_one() -> None:
    """The data of values stands for something: each word makes a value, alone or beside a figure."""
    data = yaml.safe_load((module.files("extract") / "values.yaml").read_text(encoding="utf-8"))
    assert all(looks_like_value(f"{word}3") for word in data["about"])
    assert all(looks_like_value(word) for word in (*data["added"], *data["removed"], *data["nothing"]))
    assert all(looks_like_value(denies + denied) for denies in data["denies"] for denied in data["denied"])
    assert all(looks_like_value(f"3{unit}") for unit in (*data["money"], *data["counts"]))
