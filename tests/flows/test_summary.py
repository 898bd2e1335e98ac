"""What the terminal and Prefect tell of a run: the gravest first, by cause, on one screen, in both languages."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from flows.show.summary import ReportLine, Summary, by_cause, in_markdown, needing_a_person, show_summary
from flows.show.words import Language, words_in

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REASON = "R3-ROW res_total: sum 1, total 0; R3-BAL total: 1 against 0"


def summary(tmp_path: Path, files: int) -> Summary:
    """A run over so many files, of which a third is flagged, a fifth quarantined, some unreadable."""
    run = Summary("r1", tmp_path, NOW, NOW, "f", files_found=files)
    for number in range(files):
        line = ReportLine(f"{number}.html", "report", f"{number:016x}", "示例县", 2023, "2021", 200, "pass")
        if number % 3 == 0:
            line.verdict, line.reason = "flagged", REASON
            line.findings, line.findings_zh = ["the sum is wrong"], ["合计不符"]
        elif number % 5 == 0:
            line.verdict, line.reason = "quarantined", f"agency not found: 某{number}局 (title)"
        elif number % 7 == 0:
            line.outcome, line.verdict = "unreadable", ""
            line.reason = f"kind {number}: damaged"
        run.lines.append(line)
    return run


def shown(run: Summary, language: Language) -> str:
    """What a terminal of 120 columns prints."""
    out = StringIO()
    show_summary(Console(file=out, width=120, highlight=False, markup=False), run, words_in(language))
    return out.getvalue()


def test_ten_thousand_files_fit_on_one_screen(tmp_path: Path) -> None:
    """Causes instead of files, the gravest first with number, example and next step; how many are left out."""
    text = shown(summary(tmp_path, 10_000), "en")
    lines = text.splitlines()
    assert len(lines) < 40
    assert lines[1].startswith("✗ 1,333 quarantined: agency not found")
    assert "gongkai explain" in lines[1]
    assert any(line.startswith("… and ") and "more causes" in line for line in lines)
    assert "10000 files found" in text


def test_a_few_files_are_told_one_by_one_in_either_language(tmp_path: Path) -> None:
    """A row a file, and what is wrong in words."""
    run = summary(tmp_path, 8)
    english, chinese = shown(run, "en"), shown(run, "zh")
    assert "the sum is wrong" in english
    assert "合计不符" in chinese
    assert "找不到填报机关（某5局，标题）" in chinese
    assert "agency not found: 某5局 (title)" in english
    assert "本次运行：找到 8 个文件" in chinese


def test_causes_are_ordered_by_what_they_keep_back(tmp_path: Path) -> None:
    """Quarantined before unreadable before flagged, then the most frequent; a report with two causes counts in both."""
    causes = [(state, cause, len(files)) for state, cause, files in by_cause(summary(tmp_path, 16).lines)]
    assert causes[0] == ("quarantined", "agency not found", 2)
    assert [state for state, *_ in causes] == sorted(
        (state for state, *_ in causes), key=["quarantined", "unreadable", "flagged"].index
    )
    assert causes[-2:] == [("flagged", "R3-BAL", 6), ("flagged", "R3-ROW", 6)]


def test_prefect_is_told_whose_which_year_what_and_why(tmp_path: Path) -> None:
    """A row a report that needs a person or is flagged; the page of the run counts both."""
    run = summary(tmp_path, 16)
    rows = needing_a_person(run)
    assert list(rows[0]) == [
        "agency", "year", "what", "reason", "next", "name", "report", "document", "reason_zh",
    ]  # fmt: skip
    assert (rows[0]["agency"], rows[0]["year"], rows[0]["what"]) == ("示例县", "2023", "quarantined")
    assert rows[0]["reason_zh"] == "找不到填报机关（某5局，标题）"
    assert [row["what"] for row in rows].count("flagged") == 6
    page = in_markdown(run)
    assert f"**{len(rows) - 6} to see to**, 6 flagged" in page
    assert "各类申请人之和等于总计" in page
    assert "The applicants sum to the total" in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_clean_run_says_so(tmp_path: Path, language: Language) -> None:
    """Nothing to see to."""
    run = summary(tmp_path, 0)
    assert "Nothing to see to." in in_markdown(run)
    assert shown(run, language).count("\n") == 1
