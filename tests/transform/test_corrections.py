"""Reviewed decisions: what is wrong with an entry is told with file, entry and field, and the rest applies."""

import re
from pathlib import Path

import pytest

from transform.agencies import Directory
from transform.corrections import Corrections, ReportKey, check, load_corrections
from transform.publisher import imprint_of

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


REPORT = ReportKey("aa", "321322000000", 2023, "own")


def load(folder: Path, text: str) -> Corrections:
    """The entries of one file."""
    (folder / "some.yml").write_text(text, encoding="utf-8")
    return load_corrections(folder)


def test_an_entry_concerns_its_report_only(tmp_path: Path) -> None:
    """Agency and year, and the scope if one is named."""
    assert load_corrections(tmp_path / "none") == Corrections()
    found = load(tmp_path, ENTRY)
    assert len(found.concerning(REPORT)) == 1
    assert found.concerning(REPORT._replace(report_year=2022)) == ()
    assert found.digest(REPORT) != ""
    assert found.digest(REPORT._replace(report_year=2022)) == ""


def test_a_digest_changes_with_the_decision_and_not_with_its_place(tmp_path: Path) -> None:
    """A file renamed or a comment added re-reads nothing."""
    before = load(tmp_path, ENTRY).digest(REPORT)
    (tmp_path / "some.yml").rename(tmp_path / "other.yaml")
    assert load_corrections(tmp_path).digest(REPORT) == before
    (tmp_path / "other.yaml").write_text(ENTRY.replace("value: 3", "value: 4"), encoding="utf-8")
    assert load_corrections(tmp_path).digest(REPORT) != before


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
        (("cell: review/rev_total", "cell: review/rev_totl"), "review/rev_totl.*expected table/indicator"),
        (("cell: review/rev_total", "cell: report/agency"), "document"),
        (("- agency", "- document: abc\n  agency"), "document"),
        (("- agency", "agency"), "list"),
        (("  year: 2023", "\tyear: 2023"), "YAML"),
    ],
)
def test_a_wrong_entry_is_named_and_the_rest_applies(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    """File, entry and what is wrong with it; a sound file beside it is used."""
    (tmp_path / "sound.yml").write_text(ENTRY, encoding="utf-8")
    found = load(tmp_path, ENTRY.replace(*change))
    assert [entry.where for entry in found.entries] == ["sound.yml, entry 1"]
    (problem,) = found.problems
    assert re.search(rf"some\.yml.*{named}", problem), problem


def test_of_two_decisions_on_one_place_neither_is_used(tmp_path: Path) -> None:
    """Which one holds would be chance."""
    other = ENTRY.replace("rev_total", "rev_upheld")
    found = load(tmp_path, ENTRY + other + ENTRY)
    assert [entry.cell for entry in found.entries] == ["review/rev_upheld"]
    (problem,) = found.problems
    assert "some.yml, entry 3: decides what some.yml, entry 1 decides" in problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("", ""), ""),
        (("year: 2023", "year: 2032"), "no report of 321322000000 of 2032"),
        (("321322000000", "321399000000"), "found '321399000000' for agency"),
    ],
)
def test_an_entry_without_effect_is_told(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """A typo in agency or year would else be a decision nobody misses."""
    problems = check(load(tmp_path, ENTRY.replace(*change)), Directory.load(), [REPORT])
    assert [problem in text for text in problems] == [True] * bool(problem)


ALIASES = """alias,code,kind,note
县人才办,131125000000-人才工作办公室,agency,asked by telephone
www.pingtan.gov.cn,350000000000-平潭综合实验区管理委员会,site,
"""


def test_names_of_a_store_settle_reports(tmp_path: Path) -> None:
    """A name means what the store says; on a site it owns, a bare name is one of its bodies."""
    (tmp_path / "aliases.csv").write_text(ALIASES, encoding="utf-8")
    found = load_corrections(tmp_path)
    assert found.problems == ()
    directory = Directory.load(found.aliases)
    named = directory.resolve("县人才办").agency
    assert named is not None
    assert named.agency_id == "131125000000-人才工作办公室"
    title = ["财政金融局2020年政府信息公开工作年度报告"]
    imprint = imprint_of(title, source="https://www.pingtan.gov.cn/a.htm", directory=directory)
    assert imprint.agency is not None
    assert imprint.agency.agency_id == "350000000000-平潭综合实验区财政金融局"
    assert imprint_of(title, source="https://www.pingtan.gov.cn/a.htm", directory=Directory.load()).agency is None


def test_a_changed_name_reads_again_what_it_concerns(tmp_path: Path) -> None:
    """Reports without an agency, and those of agencies the names lead to; no others."""
    (tmp_path / "aliases.csv").write_text(ALIASES, encoding="utf-8")
    found = load_corrections(tmp_path)
    assert found.digest(REPORT) == ""
    assert found.digest(REPORT._replace(agency_id=None)) != ""
    assert found.digest(REPORT._replace(agency_id="131125000000-人才工作办公室")) != ""


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("县地震办,131125000000-人才工作办公室", "2 fields"),
        ("县地震办,131125000000-人才工作办公室,nickname,", "kind"),
        ("县地震办,991125000000,agency,", "991125000000"),
        ("www.pingtan.gov.cn,350000000000,site,", "stands there 2 times"),
    ],
)
def test_a_wrong_line_of_names_is_told(tmp_path: Path, line: str, named: str) -> None:
    """File, line and what is wrong; the others are used."""
    (tmp_path / "aliases.csv").write_text(ALIASES + line + "\n", encoding="utf-8")
    found = load_corrections(tmp_path)
    assert [named in problem for problem in found.problems[-1:]] == [True]
    assert "县人才办" in [row.alias for row in found.aliases]
