"""The file format of reviewed decisions: what is wrong is told with file, entry and field."""

from pathlib import Path

import pytest

from transform.corrections import CorrectionError, load_corrections

ENTRY = """
- agency: "321322000000"
  year: 2023
  cell: review/rev_total
  action: override
  value: 3
  expect: "0"
  reason: checked
  reviewer: me
  date: 2026-01-31
"""


def load(folder: Path, text: str) -> object:
    """The entries of one file."""
    (folder / "some.yml").write_text(text, encoding="utf-8")
    return load_corrections(folder)


def test_an_entry_concerns_its_report_only(tmp_path: Path) -> None:
    """Agency and year, and the scope if one is named."""
    found = load_corrections(tmp_path / "none")
    assert found.entries == ()
    load(tmp_path, ENTRY)
    found = load_corrections(tmp_path)
    assert len(found.concerning("aa", "321322000000", 2023, "own")) == 1
    assert found.concerning("aa", "321322000000", 2022, "own") == ()
    assert found.digest("aa", "321322000000", 2023, "own") != ""
    assert found.digest("aa", "321322000000", 2022, "own") == ""


def test_a_digest_changes_with_the_decision_and_not_with_its_place(tmp_path: Path) -> None:
    """A file renamed or a comment added re-reads nothing."""
    load(tmp_path, ENTRY)
    key = ("aa", "321322000000", 2023, "own")
    before = load_corrections(tmp_path).digest(*key)
    (tmp_path / "some.yml").rename(tmp_path / "other.yaml")
    assert load_corrections(tmp_path).digest(*key) == before
    (tmp_path / "other.yaml").write_text(ENTRY.replace("value: 3", "value: 4"), encoding="utf-8")
    assert load_corrections(tmp_path).digest(*key) != before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("value: 3", "value: three"), "three"),
        (("value: 3", ""), "value"),
        (("action: override", "action: delete"), "action"),
        (("  reviewer: me\n", ""), "reviewer"),
        (('  expect: "0"\n', ""), "expect"),
        (("date: 2026-01-31", "date: soon"), "date"),
        (("year: 2023", "yaer: 2023"), "yaer"),
        (("cell: review/rev_total", "cell: rev_total"), "cell"),
        (("cell: review/rev_total", "cell: report/agency"), "document"),
        (("- agency", "- document: abc\n  agency"), "document"),
        (("- agency", "agency"), "list"),
        (("  year: 2023", "\tyear: 2023"), "YAML"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    """File, entry and what is wrong with it."""
    with pytest.raises(CorrectionError, match=rf"some\.yml.*{named}"):
        load(tmp_path, ENTRY.replace(*change))


def test_two_decisions_on_one_place_are_refused(tmp_path: Path) -> None:
    """Which one holds would be chance."""
    with pytest.raises(CorrectionError, match=r"some\.yml, entry 2: decides what some\.yml, entry 1 decides"):
        load(tmp_path, ENTRY + ENTRY)
