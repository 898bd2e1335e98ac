"""What reviewers decide, from the list of causes to the store that agrees with them."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from python_calamine import CalamineWorkbook
from rich.console import Console

from extract.document import Grid
from extract.sniff import parse
from flows.review import apply, causes, letter, problems
from tests.flows.nights import night
from tests.flows.test_corrections import AGENCY, CODE, ask, page
from transform.corrections import load_corrections
from warehouse.lake.errors import StoreError

pytestmark = pytest.mark.usefixtures("here")

# The grand total says 2 where its parts say 0: one figure explains what fails.
WRONG = {("res_total", "total"): "2"}
CELL = "requests/res_total/total"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with one wrong total, a clean one, and one whose agency nobody knows: files, and the store of them."""
    folder = tmp_path_factory.mktemp("review")
    source = folder / "in"
    source.mkdir()
    (source / "wrong.txt").write_bytes(page(WRONG))
    (source / "clean.txt").write_bytes(page(agency="江苏省宿迁市泗洪县人民政府"))
    (source / "unknown.txt").write_bytes(page(agency="某局"))
    night([source], folder / "store")
    return folder


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    """A copy of it, and of its files."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path / "store"


def decide(store: Path, *entries: dict[str, object]) -> None:
    """Entries as a reviewer keeps them."""
    (store / "corrections").mkdir(exist_ok=True)
    common = {"agency": CODE, "year": 2023, "cell": CELL, "expect": "2", "reason": "asked", "reviewer": "Li"}
    text = [common | {"date": date(2026, 1, 31)} | entry for entry in entries]
    (store / "corrections" / "a.yml").write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")


def listed(store: Path) -> set[tuple[str, str]]:
    """Kind and subject of every cause."""
    return {(row["kind"], row["what"]) for row in causes(store).to_pylist()}


def settle(store: Path) -> list[str]:
    """Apply what was decided; returns the files that were read for it."""
    return [line.source_name for line in apply(store, Console(quiet=True)).lines]


def test_a_suggestion_is_taken_and_the_store_agrees(store: Path) -> None:
    """Only the report concerned is computed, without its file; a second time nothing is left to do."""
    assert listed(store) == {("suggestion", "res_total/total"), ("name", "某局")}
    decide(store, {"action": "override", "value": 0})
    for original in (store / "raw").glob("??/*"):
        original.unlink()
    assert settle(store) == ["wrong.txt"]
    assert listed(store) == {("name", "某局")}
    assert ask(store, f"SELECT verdict, printed, value FROM fact WHERE correction <> '' AND agency_id = '{CODE}'") == [
        ("pass", "2", 0)
    ]
    assert settle(store) == []


@pytest.mark.parametrize("action", ["told", "confirmed"])
def test_an_error_of_the_source_stays_in_the_data_and_leaves_the_list(store: Path, action: str) -> None:
    """It fails as before, in doubt; when the source changes, or the decision is taken back, it returns."""
    before = ask(store, "SELECT verdict, doubt, value FROM fact WHERE indicator_code = 'res_total' AND printed = '2'")
    decide(store, {"action": action})
    settle(store)
    assert listed(store) == {("name", "某局")}
    after = ask(store, "SELECT verdict, doubt, value FROM fact WHERE indicator_code = 'res_total' AND printed = '2'")
    assert after == before
    source = store.parent / "in" / "wrong.txt"
    source.write_bytes(page({("res_total", "total"): "3"}))
    night([source.parent], store)
    assert ("suggestion", "res_total/total") in listed(store)


def test_decisions_without_effect_are_named(store: Path) -> None:
    """A mistyped code, a year without a report, a cell of no form: each in words, the rest applies."""
    decide(
        store,
        {"action": "override", "value": 0},
        {"action": "told", "agency": "321322000001"},
        {"action": "told", "year": 2002},
        {"action": "told", "cell": "requests/no_such_line/total"},
    )
    told = problems(store, load_corrections(store / "corrections"))
    assert [next(word for word in ("321322000001", "2002", "no_such_line") if word in line) for line in told] == [
        "no_such_line",
        "321322000001",
        "2002",
    ]
    assert settle(store) == ["wrong.txt"]


@pytest.mark.parametrize("ending", ["xlsx", "docx"])
def test_a_letter_says_what_is_printed_and_what_should_be(store: Path, tmp_path: Path, ending: str) -> None:
    """One line a figure, with why; an agency without errors gets none, nor does one that confirmed its own."""
    to = tmp_path / f"letter.{ending}"
    assert letter(store, CODE, to) == 1
    if ending == "xlsx":
        (title, *_), names, line = CalamineWorkbook.from_path(to).get_sheet_by_index(0).to_python()
    else:
        document = parse(to.read_bytes())
        (grid,) = (block for block in document.blocks if isinstance(block, Grid))
        title = next(block for block in document.blocks if isinstance(block, str))
        names, line = ([cell.text for cell in row] for row in grid.rows)
    assert AGENCY in title
    said = dict(zip(names, line, strict=True))
    assert (said["报告原文"], str(said["应为"]).removesuffix(".0"), said["申请人"]) == ("2", "0", "总计")
    assert said["说明"].endswith("应当相等")
    for nothing in ("321324000000", "' OR 'a' = 'a"):
        with pytest.raises(StoreError, match="breaks a sum"):
            letter(store, nothing, tmp_path / "none.xlsx")
    with pytest.raises(StoreError, match=r"ends in \.docx or \.xlsx"):
        letter(store, CODE, tmp_path / "letter.pdf")


def test_a_reopened_doubt_is_decided_anew(store: Path) -> None:
    """A source that changes brings back what was told; the new decision stands beside the old one, which is history."""
    decide(store, {"action": "told"})
    settle(store)
    assert ask(store, "SELECT state, reviewer FROM worklist WHERE kind = 'suggestion'") == [("told", "Li")]
    source = store.parent / "in" / "wrong.txt"
    source.write_bytes(page({("res_total", "total"): "3"}))
    night([source.parent], store)
    ((state, decision),) = ask(store, "SELECT state, decision FROM worklist WHERE kind = 'suggestion'")
    assert state == "reopened"
    assert "Li reviewed it on 2026-01-31" in decision
    decide(store, {"action": "told"}, {"action": "confirmed", "expect": "3"})
    settle(store)
    assert ask(store, "SELECT state FROM worklist WHERE kind = 'suggestion'") == [("confirmed",)]
    assert problems(store, load_corrections(store / "corrections")) == []
    assert ask(store, f"SELECT verdict FROM report WHERE is_current AND agency_id = '{CODE}'") == [("flagged",)]


def test_a_damaged_line_is_settled_as_a_whole(tmp_path: Path) -> None:
    """One entry for what was read of a line, one of the table for the row nobody can say the line of."""
    text = page({("res_reject_petition", "total"): "0"}).decode().replace("1.信访举报投诉类申请", "1.信访XX")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(text, encoding="utf-8")
    night([tmp_path / "in"], tmp_path / "store")
    store = tmp_path / "store"
    ((report, place),) = ask(store, "SELECT report_id, place FROM worklist WHERE what = 'missing_cell'")
    assert place == "requests/res_reject_petition"
    accepted = {"agency": "", "year": None, "document": report, "action": "accept", "expect": ""}
    decide(store, accepted | {"cell": place})
    settle(store)
    assert ask(store, "SELECT what, place, state FROM worklist ORDER BY ALL") == [
        ("missing_cell", place, "kept"),
        ("unknown_line", "requests", "open"),
    ]
    decide(store, accepted | {"cell": place}, accepted | {"cell": "requests"})
    settle(store)
    assert ask(store, "SELECT what, state FROM worklist ORDER BY ALL") == [
        ("missing_cell", "kept"),
        ("unknown_line", "kept"),
    ]
    assert ask(store, "SELECT verdict, reason FROM report") == [("pass", "")]
