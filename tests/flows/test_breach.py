"""A promise of ours that one report breaks costs that report, never the night."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from expectations.docs import DataDocs
from expectations.judge import Frames, MalformedError, frames_of
from flows import batch, compare
from flows.batch import Result, process, settle
from flows.sources.find import find_files
from tests.flows.nights import night, page
from tests.render import Layout, render
from tests.strategies import LOCAL, distinct_numbers
from transform.corrections import Corrections
from transform.interpret import Report
from warehouse.lake.store import Lake
from warehouse.query import query
from warehouse.schema import arrow_schema

pytestmark = pytest.mark.usefixtures("here")


def read(folder: Path) -> tuple[Lake, Result]:
    """Two clean reports, read as a worker does."""
    (folder / "in").mkdir()
    for year in (2022, 2023):
        (folder / "in" / f"{year}.html").write_bytes(page(year))
    lake = Lake(folder / "store")
    files, _ = find_files([str(folder / "in")])
    return lake, process(files, lake, datetime.now(UTC), Corrections())


def verdicts(folder: Path, lake: Lake, result: Result) -> dict[int, tuple[str, str]]:
    """Verdict and reason by year, after all tables were stored."""
    tables = settle([result], "r", DataDocs(folder / "docs", "r"))
    assert set(tables["cell"]["report_id"].to_pylist()) == {
        row["report_id"] for row in tables["report"].to_pylist() if row["verdict"] != "quarantined"
    }
    lake.commit(tables, {**dict.fromkeys(arrow_schema("run").names), "run_id": "r"})
    assert {line.year: line.verdict for line in result.lines} == {
        row["report_year"]: row["verdict"] for row in tables["report"].to_pylist()
    }
    return {row["report_year"]: (row["verdict"], row["reason"]) for row in tables["report"].to_pylist()}


def test_a_cell_no_form_has(tmp_path: Path) -> None:
    """Found by the judge: the report is quarantined with the reason, its cells stay out of the lake."""
    lake, result = read(tmp_path)
    rows = result.frames.cells.to_pylist()
    rows[0]["indicator_code"] = "no_such_indicator"
    cells = pa.Table.from_pylist(rows, schema=result.frames.cells.schema)
    result.frames = replace(result.frames, cells=cells)
    found = verdicts(tmp_path, lake, result)

    assert found[2023] == ("pass", "")
    assert found[2022][0] == "quarantined"
    assert "internal error MalformedError" in found[2022][1]
    assert "no_such_indicator" in found[2022][1]
    assert "please report it" in found[2022][1]


def test_frames_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the worker: the same."""

    def frames(reports: Iterable[Report]) -> Frames:
        reports = list(reports)
        if any(report.imprint.report_year == 2022 for report in reports):
            raise MalformedError("an identity over counts has the side 0.5")
        return frames_of(reports)

    monkeypatch.setattr(batch, "frames_of", frames)
    found = verdicts(tmp_path, *read(tmp_path))

    assert found[2023] == ("pass", "")
    assert found[2022][0] == "quarantined"
    assert "side 0.5; please report it" in found[2022][1]


def test_a_comparison_nobody_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparisons of that report are left out and it is named; the others are judged."""
    row = {
        "report_id": "sound", "agency_id": "1", "report_year": 2023, "table_key": "requests", "check_code": "R5-COPY",
        "location": "x", "unknowns": 0,
    }  # fmt: skip
    judged: list[list[str]] = []

    def judge(checks: pd.DataFrame) -> object:
        judged.append(checks["report_id"].to_list())
        if "broken" in judged[-1]:
            raise MalformedError("comparisons: nobody looks at R9", ["broken"])
        return "judgement"

    monkeypatch.setattr(compare, "judge_comparisons", judge)
    judgement, breaches = compare.judge_sound(pd.DataFrame([row, row | {"report_id": "broken"}]))

    assert (judgement, judged[-1]) == ("judgement", ["sound"])
    assert breaches == {"broken": "internal error MalformedError: comparisons: nobody looks at R9; please report it"}


def test_a_negative_count_is_compared_with_nothing(tmp_path: Path) -> None:
    """It has no logarithm: the change to and from that year is left out, the night goes on."""
    source, store = tmp_path / "in", tmp_path / "store"
    source.mkdir()
    for year, licences in ((2021, "-500"), (2022, "300"), (2023, "-1"), (2024, "90000"), (2025, "900")):
        numbers = distinct_numbers("2021", LOCAL["2021"][0])
        values = {key: str(value) for key, value in numbers.items()} | {("licence_decisions", ""): licences}
        layout = Layout(agency="浙江省温州市乐清市人民政府", year=year)
        (source / f"{year}.html").write_bytes(render("2021", values, "html", layout=layout))
    summary = night([source], store)

    assert [line.outcome for line in summary.lines] == ["report"] * 5
    sql = """
        SELECT report_year, outcome FROM quality_check
        WHERE check_code = 'RX-JUMP' AND location = 'licence_decisions' AND outcome <> 'not_applicable'
    """
    assert query(store, sql).to_pylist() == [{"report_year": 2025, "outcome": "fail"}]
