"""Reviewed decisions: applied visibly, guarded by what the page printed, and effective on the next run."""

import hashlib
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.flows.nights import night
from tests.render import Key, Layout, addresses, render

AGENCY = "江苏省宿迁市沭阳县人民政府"
CODE = "321322000000"


def page(changes: dict[Key, str] | None = None, agency: str = AGENCY) -> bytes:
    """A quiet report of 2023."""
    values = dict.fromkeys(addresses("2021"), "0") | (changes or {})
    return render("2021", values, "txt", layout=Layout(agency=agency))


def decide(store: Path, *entries: dict[str, object]) -> None:
    """Put decisions into the store, as a reviewer keeps them."""
    folder = store / "corrections"
    folder.mkdir(parents=True, exist_ok=True)
    common = {"reason": "checked against the paper copy", "reviewer": "a reviewer"}
    text = [{**common, "date": date(2026, 1, 31), **entry} for entry in entries]
    (folder / "decisions.yml").write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")


def ask(store: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of a query on the warehouse."""
    with duckdb.connect(str(store / "gongkai.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A folder for reports and a store."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in", tmp_path / "store"


def test_a_quarantined_report_loads_on_the_next_run_once_it_is_settled(folders: tuple[Path, Path]) -> None:
    """Critical: never a fact, visible with its reason; a reviewer names the agency, and the next run loads it."""
    source, store = folders
    data = page({("licence_decisions", ""): "7"}, agency="某局")
    (source / "a.txt").write_bytes(data)
    assert night([source], store).count("quarantined") == 1
    assert ask(store, "SELECT count(*) FROM fact") == [(0,)]
    ((verdict, reason, current),) = ask(store, "SELECT verdict, reason, is_current FROM report")
    assert (verdict, current) == ("quarantined", False)
    assert "agency" in str(reason)

    sha256 = hashlib.sha256(data).hexdigest()
    decide(store, {"document": sha256, "cell": "report/agency", "action": "override", "value": CODE, "expect": "某局"})
    again = night([source], store)
    assert [(line.source_name, line.verdict) for line in again.lines] == [("a.txt", "pass")]
    found = ask(store, "SELECT agency_id, value FROM fact WHERE indicator_code = 'licence_decisions'")
    assert found == [(CODE, 7)]
    assert night([source], store).lines == []  # a decision taken in once changes nothing more


def test_a_corrected_cell_keeps_what_is_printed(folders: tuple[Path, Path]) -> None:
    """The reviewer's value stands beside the printed text, with who decided it and why; identities use the value."""
    source, store = folders
    (source / "a.txt").write_bytes(page({("rev_upheld", ""): "3"}))
    assert night([source], store).count("flagged") == 1
    decide(
        store,
        {"agency": CODE, "year": 2023, "cell": "review/rev_total", "action": "override", "value": 3, "expect": "0"},
    )
    assert night([source], store).count("pass") == 1
    sql = "SELECT printed, kind, value FROM fact WHERE indicator_code = 'rev_total'"
    assert ask(store, sql) == [("0", "corrected", 3)]
    ((note,),) = ask(store, "SELECT correction FROM cell WHERE indicator_code = 'rev_total'")
    assert note == "override: checked against the paper copy (a reviewer, 2026-01-31)"

    (store / "corrections" / "decisions.yml").unlink()
    assert night([source], store).count("flagged") == 1  # taken back
    assert ask(store, sql) == [("0", "zero", 0)]


def test_a_decision_does_not_outlive_the_text_it_was_made_for(folders: tuple[Path, Path]) -> None:
    """The source was mended since: the decision is not applied, and an issue says so."""
    source, store = folders
    decide(
        store,
        {"agency": CODE, "year": 2023, "cell": "review/rev_total", "action": "override", "value": 3, "expect": "0"},
    )
    (source / "a.txt").write_bytes(page({("rev_upheld", ""): "4", ("rev_total", ""): "4"}))
    assert night([source], store).count("flagged") == 1
    assert ask(store, "SELECT value, kind FROM fact WHERE indicator_code = 'rev_total'") == [(4, "number")]
    ((found, expected),) = ask(store, "SELECT found, expected FROM quality_issue WHERE code = 'correction_stale'")
    assert found == "4"
    assert "'0'" in str(expected)
    assert "a reviewer" in str(expected)


def test_a_doubt_can_be_settled_without_another_number(folders: tuple[Path, Path]) -> None:
    """Accept keeps the reading and lifts the doubt; blank says that no number stands there."""
    source, store = folders
    printed = {("procure_projects", ""): "1", ("procure_amount_10k", ""): "757000"}
    values, actions = dict.fromkeys(addresses("2019"), "0") | printed, {2019: "accept", 2020: "blank"}
    for year in actions:
        layout = Layout(agency=AGENCY, year=year)
        (source / f"{year}.txt").write_bytes(render("2019", values, "txt", layout=layout))
    common = {"agency": CODE, "cell": "proactive/procure_amount_10k", "expect": "757000"}
    decide(store, *({**common, "year": year, "action": action} for year, action in actions.items()))
    night([source], store)
    sql = """
        SELECT report_year, kind, printed, issue FROM cell WHERE indicator_code = 'procure_amount_10k' ORDER BY 1
    """
    assert ask(store, sql) == [(2019, "number", "757000", ""), (2020, "blank", "757000", "")]
