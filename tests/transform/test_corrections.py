"""Reviewed decisions: what is wrong with an entry is told with file, entry and field, and the rest applies."""

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


REPORT = ReportKey("c" * 64, "321322000000", 2023, "own")
PRINTED = {("c" * 64, "review/rev_total"): "0", ("c" * 64, "review/rev_upheld"): "0"}


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


WRONG = {
    "a value that is no number": (("value: 3", "value: three"), "found 'three' for value; expected a number"),
    "a value too long to keep": (("value: 3", "value: 1234567890123"), "found '1234567890123' for value"),
    "override without a value": (("value: 3", ""), "override without a value"),
    "a value with another action": (("action: override", "action: blank"), "found value '3' with blank"),
    "an action nobody knows": (("action: override", "action: delete"), "found 'delete' for action; expected override"),
    "an action mistyped": (("action: override", "action: overide"), "override, perhaps"),
    "no reviewer": (("  reviewer: me\n", ""), "no reviewer; expected the name"),
    "an empty reason": (("reason: checked", "reason:"), "found '' for reason"),
    "no expected text": (('  expect: "0"\n', ""), "no expect; expected the text printed there"),
    "no day": (("date: 2026-01-31", "date: soon"), "found 'soon' for date; expected the day"),
    "a day no month has": (("date: 2026-01-31", "date: 2026-02-31"), "found '2026-02-31' for date"),
    "a day to come": (("date: 2026-01-31", "date: 2962-01-31"), "2962-01-31 for date, which is to come"),
    "a field mistyped": (("year: 2023", "yaer: 2023"), "found 'yaer', which no entry has; expected year, perhaps"),
    "a field twice": (("  year: 2023", "  year: 2023\n  year: 2022"), "found year twice"),
    "a list for a value": (("value: 3", "value: [3]"), "found a list for value"),
    "a cell without its table": (("cell: review/rev_total", "cell: rev_total"), "review/rev_total, perhaps"),
    "a cell mistyped": (
        ("review/rev_total", "review/rev_totl"),
        "'review/rev_totl' for cell; expected review/rev_total",
    ),
    "a line as if it were a cell": (("review/rev_total", "requests/req_new"), "more than one cell; expected accept"),
    "agency in question by agency": (("cell: review/rev_total", "cell: report/agency"), "expected document"),
    "a year that is none": (
        (
            '- agency: "321322000000"\n  year: 2023\n  cell: review/rev_total',
            f"- document: {'a' * 64}\n  cell: report/year",
        ),
        "found '3' for value of report/year",
    ),
    "a scope that is none": (("year: 2023", "year: 2023\n  scope: all"), "found 'all' for scope"),
    "two names of a report": (("- agency", f"- document: {'a' * 64}\n  agency"), "found document and agency and year"),
    "half a name of a report": (("  year: 2023\n", ""), "found agency to name the report"),
    "no digest": (
        ('agency: "321322000000"\n  year: 2023', "document: 3f9a"),
        "'3f9a' for document; expected the SHA-256",
    ),
    "no list": (("- agency", "  agency"), "found one group of fields; expected a list"),
    "no fields": ((ENTRY, "- override 3\n"), "found 'override 3'; expected fields"),
    "no YAML": (("  year: 2023", "\tyear: 2023"), "line 13: no YAML"),
    "a year without a report": (("year: 2023", "year: 2032"), "no report of 321322000000 of 2032"),
    "a scope without a report": (("year: 2023", "year: 2023\n  scope: system"), "with scope system in the store"),
    "an agency nobody knows": (("321322000000", "321399000000"), "found '321399000000' for agency"),
    "a document nobody has": (
        ('agency: "321322000000"\n  year: 2023', f"document: {'b' * 64}"),
        "no report of document bb",
    ),
    "another text than printed": (
        ('expect: "0"', 'expect: "7"'),
        "found '0' printed in review/rev_total; expected '7'",
    ),
    "a cell the report lacks": (("review/rev_total", "proactive/normdoc_in_force"), "the report has no cell"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_entry_is_named_and_the_rest_applies(tmp_path: Path, kind: str) -> None:
    """File, entry and what is wrong with it, in words; sound entries beside it, in its file too, are used."""
    change, named = WRONG[kind]
    wrong = ENTRY.replace(*change)
    assert wrong != ENTRY
    if kind == "no list":
        (tmp_path / "beside.yml").write_text(ENTRY, encoding="utf-8")
        found = load(tmp_path, wrong)
        assert len(found.entries) == 1
    else:
        found = load(tmp_path, ENTRY.replace("rev_total", "rev_upheld") + wrong)
        assert found.entries[0].where == "some.yml, entry 1 (line 2)"
    (problem,) = check(found, Directory.load(), [REPORT], PRINTED)
    assert problem.startswith("some.yml")
    assert named in problem


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("c.yml.txt", ENTRY.encode(), "ends in .yml"),
        ("c.csv", b"a,b", "or the file aliases.csv"),
        ("gb.yml", ENTRY.replace("checked", "已核对").encode("gb18030"), "saved as UTF-8"),
        ("empty.yml", b"", "nothing in it"),
    ],
)
def test_a_file_that_is_not_read_is_named(tmp_path: Path, name: str, text: bytes, named: str) -> None:
    """What a reviewer put there is never passed over in silence; what a repository keeps there is nobody's concern."""
    (tmp_path / name).write_bytes(text)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.yml").write_bytes(b"[core]")
    (tmp_path / "README.md").write_bytes(b"Ours")
    found = load(tmp_path, ENTRY)
    assert len(found.entries) == 1
    (problem,) = found.problems
    assert problem.startswith(name)
    assert named in problem


def test_of_two_decisions_on_one_place_neither_is_used(tmp_path: Path) -> None:
    """Which one holds would be chance, whether they name the report alike or not."""
    other = ENTRY.replace("rev_total", "rev_upheld")
    found = load(tmp_path, ENTRY + other + ENTRY.replace("value: 3", "value: 4"))
    assert [entry.cell for entry in found.entries] == ["review/rev_upheld"]
    (problem,) = found.problems
    assert "entry 3 (line 22): found override 4 for review/rev_total, where some.yml, entry 1 (line 2) says" in problem

    by_document = ENTRY.replace('agency: "321322000000"\n  year: 2023', f"document: {REPORT.document_sha256}")
    found = load(tmp_path, ENTRY + other + by_document.replace("value: 3", "value: 4"))
    assert [entry.cell for entry in found.counting(REPORT)] == ["review/rev_upheld"]
    (problem,) = check(found, Directory.load(), [REPORT], PRINTED)
    assert all(where in problem for where in ("entry 1 (line 2)", "entry 3 (line 22)", "override 4", "override 3"))


def test_a_decision_has_a_history(tmp_path: Path) -> None:
    """Said twice it is said once; what was told is followed by what came of it; a changed source is decided anew."""
    told = ENTRY.replace("value: 3\n", "\n").replace("override", "told")
    assert len(load(tmp_path, ENTRY + ENTRY).counting(REPORT)) == 1
    assert [entry.action for entry in load(tmp_path, told + told.replace("told", "confirmed")).counting(REPORT)] == [
        "confirmed"
    ]
    changed = load(tmp_path, told.replace('"0"', '"5"') + ENTRY)
    assert changed.problems == ()
    assert check(changed, Directory.load(), [REPORT], PRINTED) == []


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
