"""What a source knows of its documents counts where they are silent, and is marked."""

from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from flows.run import Run, perform
from flows.show.explain import find_target
from flows.show.summary import Summary
from flows.sources.declared import Sources
from tests.flows.test_command import AGENCY, report
from transform.interpret import read_file

SILENT = report(2021).replace(AGENCY.encode(), b"").replace("2021年".encode(), b"")


def night(folder: Path, agency: str, years: str) -> Summary:
    """A run over a folder whose source says that much."""
    declared = {"name": "a folder", "agency": agency, "years": years, "folders": [str(folder / "in")]}
    return perform(Run(Sources.model_validate({"sources": [declared]}), folder / "store", Console(quiet=True)))


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """What the warehouse says."""
    with duckdb.connect(str(folder / "store" / "gongkai.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.usefixtures("here")
def test_hints_count_where_a_page_is_silent(tmp_path: Path) -> None:
    """Without a hint the silent page is quarantined; with one it loads and says so; a page that speaks is believed."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "silent.html").write_bytes(SILENT)
    (tmp_path / "in" / "speaks.html").write_bytes(report(2023))
    reports = "SELECT source_name, agency_id, report_year, verdict FROM report ORDER BY source_name"
    hinted = "SELECT code, severity, found FROM quality_issue WHERE code LIKE '%hinted' ORDER BY code"

    assert len(night(tmp_path, "", "").lines) == 2
    assert ask(tmp_path, reports) == [
        ("silent.html", None, None, "quarantined"),
        ("speaks.html", "320813000000", 2023, "pass"),
    ]
    assert [line.source_name for line in night(tmp_path, "江苏省淮安市涟水县人民政府", "2020").lines] == [
        "silent.html",
        "speaks.html",
    ]
    assert ask(tmp_path, reports) == [
        ("silent.html", "320826000000", 2020, "pass"),
        ("speaks.html", "320813000000", 2023, "pass"),
    ]
    assert ask(tmp_path, hinted) == [
        ("agency_hinted", "heuristic", "江苏省淮安市涟水县人民政府"),
        ("year_hinted", "heuristic", "2020"),
    ]
    assert night(tmp_path, "江苏省淮安市涟水县人民政府", "2020").lines == []

    ((report_id,),) = ask(tmp_path, "SELECT report_id FROM report WHERE source_name = 'silent.html'")
    found = find_target(str(report_id), tmp_path / "store")  # the microscope sees what the run knew
    _, explained = read_file(found.data, found.name, None, found.hint)
    assert explained is not None
    assert explained.imprint.agency is not None
    assert (explained.imprint.agency.agency_id, explained.imprint.report_year) == ("320826000000", 2020)
