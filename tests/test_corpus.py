"""Real reports beside the project: the hand-read cells, agencies, years and findings."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from docs.make.scoreboard import SHARED, Case, cases, identity, judged_cases, named, score
from expectations.judge import Judged, judge_files
from extract.read import ReadCell, read_report
from tests.strategies import broken_identities
from transform.evidence import posted_in

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real reports are not beside this checkout")

_YEAR = re.compile(r"(?:19|20)\d\d[年度〕-]*|二[〇○]\S{2}年")
SEEDS = SHARED / "seeds"
ALL = list(cases())


def judged(path: Path) -> Judged:
    """A real file, read and judged."""
    return next(file for case, file in judged_cases() if case.path == path)


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a hand-made table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.path.name)
def test_no_cell_is_silently_wrong(case: Case) -> None:
    """Every hand-read cell is right, or marked."""
    wrong = [key for key, fate in score(case, judged(case.path)).items() if fate == "silent"]

    assert wrong == []


@pytest.mark.parametrize(
    "case", [c for c in ALL if c.path.parent == SEEDS or c.path.suffix == ".html"], ids=lambda case: case.path.name
)
def test_seeds_and_web_pages_are_read_whole(case: Case) -> None:
    """Every hand-read cell of the seeds and the web pages is right."""
    wrong = [key for key, fate in score(case, judged(case.path)).items() if fate != "right"]

    assert wrong == []


@pytest.mark.parametrize("row", rows(SEEDS / "reports.csv") if SHARED.is_dir() else [], ids=lambda row: row["file"])
def test_seeds_tell_agency_year_and_edition(row: dict[str, str]) -> None:
    """Agency code, report year and edition as listed."""
    report = judged(SEEDS / row["file"]).report

    assert report is not None
    assert report.imprint.agency is not None
    found = (report.imprint.agency.agency_id, str(report.imprint.report_year), report.edition)
    assert found == (row["division_code"], row["report_year"], row["edition"])


def test_findings_are_exactly_those_listed() -> None:
    """The statutory checks that fail or cannot be evaluated, over all files: no more, no fewer."""
    expected = {
        (row["file"], row["check_code"], row["location"], row["outcome"])
        for folder in (SEEDS, SHARED / "corpus")
        for row in rows(folder / "findings.csv")
    }
    found = {
        (case.path.name, check.check_code, check.location, check.outcome)
        for case in ALL
        for check in judged(case.path).checks
        if check.outcome in ("fail", "not_evaluable")
    }

    assert found == expected


def test_the_broken_seed_is_explained_by_its_one_wrong_cell() -> None:
    """Seed 004: a blank, a word, an inferred unit, three failures, one explanation."""
    file = judged(next(SEEDS.glob("004*.txt")))
    assert file.report is not None
    facts = {fact.key: fact for fact in file.report.facts}
    blank = facts["req_carried_in", "org_business"]
    word = facts["penalty_items_delta", ""]
    amount = facts["procure_amount_10k", ""]
    failures = {(c.check_code, c.location, c.suggested_value) for c in file.checks if c.outcome == "fail"}

    assert (blank.kind, blank.value) == ("blank", None)
    assert (word.kind, word.value, word.cell.printed) == ("word", None, "增")
    assert (f"{amount.value:f}", amount.unit, amount.issue) == ("75.7000", "万元", "unit_inferred")
    assert failures == {("R3-ROW", "res_total", 1), ("R3-BAL", "total", 1), ("R3-TOT", "total", 1)}
    assert [
        [(key, int(value)) for explanation in cluster for key, value in explanation.cells]
        for cluster in file.report.explanations
    ] == [[(("res_total", "total"), 1)]]
    assert facts["res_total", "total"].cell.printed == "0"
    assert file.verdict is not None
    assert file.verdict.verdict == "flagged"


def mutants(lines: list[str], cells: list[ReadCell]) -> Iterator[tuple[str, list[str]]]:
    """A seed with one fault: a number gone, two neighbours of a line exchanged, a line's numbers one line down."""
    at = {(c.indicator_code, c.applicant_code): int(c.place.removeprefix("line ").partition(",")[0]) - 1 for c in cells}
    by_line = [list(group) for _, group in groupby(cells, key=lambda c: (c.grid, c.row))]

    def exchange(pairs: Iterable[tuple[ReadCell, ReadCell]]) -> list[str]:
        changed = list(lines)
        for one, other in pairs:
            i, j = (at[c.indicator_code, c.applicant_code] for c in (one, other))
            changed[i], changed[j] = changed[j], changed[i]
        return changed

    for cell in cells:
        index = at[cell.indicator_code, cell.applicant_code]
        yield f"{cell.indicator_code}/{cell.applicant_code} gone", [*lines[:index], "\t", *lines[index + 1 :]]
    for line in by_line:
        for one, other in pairwise(line):
            yield f"{one.indicator_code}: {one.applicant_code} and {other.applicant_code}", exchange([(one, other)])
    for line, below in pairwise(by_line):
        if len(line) == len(below):
            yield f"{line[0].indicator_code} one line down", exchange(zip(line, below, strict=True))


@pytest.mark.parametrize("name", ["000", "001", "002", "003"])
def test_no_fault_that_breaks_an_identity_passes(name: str, series: Callable[[int], list[int]]) -> None:
    """Every cell of a seed is made wrong in turn; where the arithmetic of the form breaks, the verdict is not pass."""
    path = next(SEEDS.glob(f"{name}*.txt"))
    lines = path.read_text(encoding="utf-8").split("\n")
    cells = [cell for cell in judged(path).reading.cells if cell.table != "proactive"]
    broken = 0
    every = list(mutants(lines, cells))
    changes = [every[number] for number in series(len(every))]
    files = judge_files(("\n".join(changed).encode(), path.name) for _, changed in changes)
    for (what, _), file in zip(changes, files, strict=True):
        assert file.report is not None
        assert file.verdict is not None
        values = {fact.key: fact.value for fact in file.report.facts if fact.cell.table != "proactive"}
        if broken_identities(values):
            broken += 1
            assert file.verdict.verdict != "pass", what
    assert broken > 10 or len(changes) < len(every)  # of a few drawn ones none may break anything


@pytest.mark.slow
def test_reports_get_in_under_their_own_name_and_year() -> None:
    """Nothing is wrong; what stays open are few."""
    for row in identity():
        allowed = {"admitted": 0.02, "agency": 0.4, "year": 0.01, "look-alike kept out": 0}[str(row["question"])]
        assert row["wrong"] == 0, row
        assert int(row["open"]) <= allowed * int(row["files"]), row


def test_an_address_never_tells_another_year() -> None:
    """Files whose address has a day in it, with every year taken out of their text: the year right, or open."""
    dated = [one for one in named() if one.year and posted_in(one.source)]
    silent = [(_YEAR.sub("", one.path.read_text(encoding="utf-8")).encode(), one.source) for one in dated]
    found = [judged.report and judged.report.imprint.report_year for judged in judge_files(silent)]
    assert [year for year, one in zip(found, dated, strict=True) if year not in (None, int(one.year))] == []
    assert sum(year is not None for year in found) > len(dated) / 2


def test_a_text_with_glued_tables_reads_as_its_page() -> None:
    """Plain texts of pages, their tables run together: what is read is what the page prints, every cell is marked."""
    pages = sorted((SHARED / "corpus2" / "files").glob("pt_*.html"))
    glued = 0
    for page in pages:
        text = page.with_suffix(".txt")
        of_page, of_text = (read_report(path.read_bytes(), path.name) for path in (page, text))
        printed = {(c.indicator_code, c.applicant_code): c.printed for c in of_page.cells if c.place}
        found = [c for c in of_text.cells if c.place and c.issue != "ragged_line"]
        assert [c for c in found if c.printed != printed.get((c.indicator_code, c.applicant_code))] == [], text.name
        glued += of_text.document.doubt == "glued_table"
    assert glued >= 12
