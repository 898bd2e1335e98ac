"""Data Docs: readable offline by somebody who has never heard of the project."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from expectations import docs
from expectations.docs import DataDocs
from expectations.judge import Verdict, frames_of, judge
from expectations.validate import validate
from transform.interpret import Report

pytestmark = pytest.mark.slow

Reader = Callable[..., Report]


@pytest.fixture(scope="module")
def site(report_of: Reader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a run over a clean report, a broken one under a hostile name and one of nobody."""
    broken = report_of({("res_total", "total"): "1"})
    agency = broken.imprint.agency
    assert agency is not None
    hostile = replace(broken.imprint, agency=replace(agency, name="<script>alert(1)</script>"))
    pages = DataDocs(tmp_path_factory.mktemp("docs"), "run")
    pages.add(judge(frames_of([report_of(), replace(broken, imprint=hostile), report_of(front=False)]), validate))
    front = pages.close()
    assert front is not None
    return front


def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    """No address, no script; a policy forbids what might slip in."""
    for page in site.parent.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"https?://|<script|<link|<img|@import|url\(", text), page.name
        assert "default-src 'none'" in text


def test_the_front_page_says_what_failed_where_and_with_which_values(site: Path) -> None:
    """In both languages, the offender by name and year, markup in a name as text."""
    text = site.read_text(encoding="utf-8")
    assert "新收加结转等于办理加结转下年" in text
    assert "Requests taken in equal requests dealt with" in text
    assert re.search(r"&lt;script&gt;alert\(1\)&lt;/script&gt;(</a>)? 2023</td>", text)
    assert 'href="../../dashboard/rule.html#code=R3-BAL"' in text
    assert "应当相等" in text
    assert "agency not" in text
    assert re.search(r'href="../../dashboard/report.html#at=none/\d+&amp;id=[0-9a-f]{16}"', text)
    assert "找不到填报机关" in text
    assert '"../../dashboard/reports.html#run=run&amp;verdict=quarantined"><b>1</b>隔离 · quarantined' in text
    assert '"../../dashboard/rule.html#code=R3-BAL&amp;run=run&amp;kind=fail">1</a>' in text


def test_pages_of_great_expectations_are_linked_and_whole(site: Path) -> None:
    """One a suite, with the rules' titles and the offending rows."""
    links = re.findall(r'href="([a-z]+-\d+\.html)"', site.read_text(encoding="utf-8"))
    assert sorted(set(links)) == ["cells-1.html", "identities-1.html", "reports-1.html"]
    text = (site.parent / "identities-1.html").read_text(encoding="utf-8")
    assert "R3-TOT 各种办理结果之和等于总计 · The outcomes sum to their total" in text
    assert "机关 · agency" in text
    assert "res_total" in text


def test_old_runs_are_pruned(report_of: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are kept."""
    monkeypatch.setattr(docs, "KEPT", 2)
    judgement = judge(frames_of([report_of()]), validate)
    for run in ("1", "2", "3"):
        pages = DataDocs(tmp_path, run)
        pages.add(judgement)
        pages.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3", "index.html", "index.json"]
    told = json.loads((tmp_path / "index.json").read_text("utf-8"))
    assert [(run["run_id"], run["verdicts"]) for run in told] == [("3", {"pass": 1}), ("2", {"pass": 1})]
    assert DataDocs(tmp_path, "4").close() is None


def test_a_run_of_thousands_fits_on_a_few_screens(report_of: Reader, tmp_path: Path) -> None:
    """However many reports fail, the front page tells ten causes and leads to the rest."""
    judgement = judge(frames_of([report_of({("res_total", "total"): "1"}), report_of(front=False)]))
    pages = DataDocs(tmp_path, "20260301T020000")
    many = {f"{number:016x}": verdict for number in range(1500) for verdict in judgement.verdicts.values()}
    rows = pd.concat([judgement.checks.assign(report_id=f"{number:016x}") for number in range(300)])
    pages.add(replace(judgement, checks=rows, verdicts=many | {"q" * 16: Verdict("quarantined", "agency not known")}))
    front = pages.close()
    assert front is not None
    text = front.read_text(encoding="utf-8")
    assert len(text) < 200_000
    shown = text.partition("<details>")[0]
    assert shown.count("<tr>") <= 2 * (docs.TOP + 1)
    assert "2026-03-01 02:00 UTC" in text
