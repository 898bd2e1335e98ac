"""The microscope: what it tells programs, and what a person sees in a terminal of 100 columns."""

import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from expectations.judge import judge_files
from flows.cli import app
from flows.show.explain import Target, UnknownTargetError, citation, explanation, narrowed, show_explanation
from tests.flows.nights import told

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
BROKEN = SAMPLES / "2020-造甲城镇.txt"


def explain(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `gongkai explain`."""
    line = [sys.executable, "-m", "flows.cli", "explain", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=False, env={"PATH": "", "PYTHONUTF8": "1"})


def shown(*arguments: str) -> str:
    """What `gongkai explain` prints, in this process: a process of its own imports the judge anew each time."""
    return CliRunner().invoke(app, ["explain", *arguments]).stdout


def test_a_file_is_explained_to_programs_without_a_store() -> None:
    """One object: document, report, every cell with its fate, checks and issues."""
    done = explain(str(BROKEN), "--json")
    said = json.loads(done.stdout)
    cells = {(cell["indicator_code"], cell["applicant_code"]): cell for cell in said["cells"]}
    total = cells["res_total", "total"]

    assert done.returncode == 0
    assert said["document"]["outcome"] == "report"
    assert (said["report"]["agency_id"], said["report"]["report_year"], said["report"]["verdict"]) == (
        "120117109000",
        2020,
        "flagged",
    )
    assert len(cells) == 198
    assert (total["printed"], total["kind"], total["value"], total["suggested_value"]) == ("0", "zero", "0", "1")
    assert total["origin"]["place"].startswith("line ")
    assert cells["req_carried_in", "org_business"]["value"] is None
    assert cells["procure_amount_10k", ""]["value"] == "75.7"
    assert cells["procure_amount_10k", ""]["issue"] == "unit_inferred"
    statutory = {c["check_code"] for c in said["checks"] if c["outcome"] == "fail" and c["severity"] == "statutory"}
    assert statutory == {"R3-ROW", "R3-BAL", "R3-TOT"}
    assert {issue["code"] for issue in said["issues"]} == {"unit_inferred", "word_for_number"}


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_the_screen_fits_100_columns_and_shows_every_cell(sample: Path) -> None:
    """No line is wider than the terminal, Chinese counted double; every printed value stands on the screen."""
    screen = shown(str(sample))
    told = json.loads(shown(str(sample), "--json"))

    assert max(cell_len(line) for line in screen.split("\n")) <= 100
    for cell in told["cells"]:
        assert cell["printed"] in screen


def test_one_cell_is_explained_by_what_concerns_it() -> None:
    """Its table, itself, the identities it takes part in; an address the report does not have is refused."""
    (judged,) = judge_files([(BROKEN.read_bytes(), BROKEN.name)])
    about = narrowed(judged, ("res_total", "total"))
    told = explanation(about)
    console = Console(width=100, file=io.StringIO())
    show_explanation(console, about, ("res_total", "total"))
    screen = console.file.getvalue()

    assert [(cell["indicator_code"], cell["applicant_code"], cell["suggested_value"]) for cell in told["cells"]] == [
        ("res_total", "total", "1")
    ]
    assert {(check["check_code"], check["location"]) for check in told["checks"]} == {
        ("R3-ROW", "res_total"), ("R3-BAL", "total"), ("R3-TOT", "total"),
    }  # fmt: skip
    assert told["issues"] == []
    assert "table 2, row 25, column 9: line " in screen
    assert "0◆" in screen
    assert "行政许可" not in screen
    with pytest.raises(UnknownTargetError, match="has no cell res_totl; expected"):
        narrowed(judged, ("res_totl", ""))


def test_a_citation_says_whose_figure_it_is_where_it_stands_and_whether_it_is_in_doubt() -> None:
    """Agency, year, table, line, place, file, digest, day; the codes of its doubts, also those of the warehouse."""
    (judged,) = judge_files([(BROKEN.read_bytes(), BROKEN.name)])
    digest = hashlib.sha256(BROKEN.read_bytes()).hexdigest()
    target = Target(b"", "https://example.org/a.html", read_on=datetime(2026, 3, 1, tzinfo=UTC), doubts=("RX-DUP",))
    cited = citation(narrowed(judged, ("res_total", "")), target)

    assert cited.startswith("天津市宁河区造甲城镇人民政府, 2020: ")
    assert "Section 三 收到和处理政府信息公开申请情况" in cited
    assert (
        "（七）总计 / 总计: 0 (0 件; in doubt: R3-BAL, R3-ROW, R3-TOT, RX-DUP). Table 2, row 25, column 9 (line "
        in cited
    )
    assert f"https://example.org/a.html, SHA-256 {digest}, read on 2026-03-01. gongkai " in cited
    sure = citation(narrowed(judged, ("req_new", "natural")), Target(b"", BROKEN.name))
    assert "in doubt" not in sure
    assert "read on" not in sure


def test_what_is_no_report_says_so() -> None:
    """A page without statutory tables: outcome and reason, exit status 1, no traceback."""
    done = told("explain", str(SAMPLES / "index.html"))

    assert done.returncode == 1
    assert "not a report" in done.stdout
    assert "Traceback" not in done.stderr
