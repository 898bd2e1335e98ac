"""Reviewed bounds: a year and level that loses its reports fails the run."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from expectations.bounds import BoundsError, load_bounds
from flows.cli import app
from tests.flows.nights import night
from tests.flows.test_corrections import ask, page

AGENCIES = ("江苏省宿迁市沭阳县人民政府", "江苏省宿迁市泗洪县人民政府", "江苏省淮安市盱眙县人民政府")


def test_bounds_are_written_reviewed_and_kept(tmp_path: Path) -> None:
    """The command shows the diff, --write keeps it; later a partition that lost its reports is told and recorded."""
    source, store = tmp_path / "in", tmp_path / "store"
    source.mkdir()
    for number, agency in enumerate(AGENCIES[:2]):
        (source / f"{number}.txt").write_bytes(page(agency=agency))
    assert night([source], store).lost == []

    shown = CliRunner().invoke(app, ["bounds", "--store", str(store)])
    assert "+- {year: 2023, level: 3, least: 2, most: 8, share: 0.9}" in shown.stdout
    assert not (store / "bounds.yml").exists()
    CliRunner().invoke(app, ["bounds", "--store", str(store), "--write"])
    assert [(b.year, b.level, b.least) for b in load_bounds(store / "bounds.yml")] == [(2023, 3, 2)]
    assert CliRunner().invoke(app, ["bounds", "--store", str(store)]).stdout == ""

    with (store / "bounds.yml").open("a", encoding="utf-8") as file:
        file.write("- {year: 2022, level: 3, least: 40, most: 90, share: 0.9}\n")
    (source / "3.txt").write_bytes(page(agency=AGENCIES[2]))
    again = night([source], store)
    assert again.lost == ["2022/3 (year/level): 0 reports, fewer than the 40 expected at least."]
    sql = "SELECT location, outcome FROM quality_history WHERE check_code = 'P-MIN' ORDER BY location"
    assert ask(store, sql) == [("2022/3", "fail"), ("2023/3", "pass")]


@pytest.mark.parametrize(
    "text", ["- {year: 2023}", "year: 2023", "- [", "- {year: 2023, level: 9, least: 1, most: 2, share: 1}"]
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    """Where, what, and what was expected."""
    path = tmp_path / "bounds.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BoundsError, match=r"bounds\.yml: .*expected what `gongkai bounds --write` writes"):
        load_bounds(path)
