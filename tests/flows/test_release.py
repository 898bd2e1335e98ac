"""The commands that tell what the store holds: coverage, delta, dictionary, export."""

import io
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

from docs.make.cookbook import samples
from flows.cli import app
from flows.show.delta import show_changes


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of the samples."""
    return str(samples(tmp_path_factory.mktemp("release") / "store"))


def run(*arguments: str, status: int = 0) -> str:
    """What a command prints; it must end as expected."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == status, done.output
    return done.output


def test_coverage(store: str) -> None:
    """Counts by province, year and level, and the list of who is missing."""
    rows = json.loads(run("coverage", "--store", store, "--year", "2023", "--json"))
    assert {row["report_year"] for row in rows} == {2023}
    assert sum(row["received"] for row in rows) == 2
    missing = json.loads(run("coverage", "--store", store, "--year", "2023", "--missing", "--json"))
    assert {row["agency_name"] for row in missing} >= {"北京市大兴区人民政府", "上海市人民政府办公厅"}
    assert len(missing) == 4
    assert "province" in run("coverage", "--store", store)


def test_delta(store: str, tmp_path: Path) -> None:
    """The first run adds every fact; the file has a row each. A run nobody made is told."""
    assert "run samples: 1" in run("delta", "--store", store, "--to", str(tmp_path / "delta.parquet"))
    changes = pq.read_table(tmp_path / "delta.parquet")
    assert set(changes["change"].to_pylist()) == {"ADD"}
    facts = json.loads(run("query", "SELECT count(*) AS n FROM fact", "--store", store, "--format", "json"))[0]["n"]
    assert changes.num_rows == facts > 1000
    assert "none of them 'x'" in run("delta", "x", "--store", store, status=2)


def test_a_changed_figure_in_doubt_says_so() -> None:
    """On the screen, beside what it was and is."""
    row = {"change": "MOD", "agency_name": "甲县", "report_year": 2023, "indicator_code": "req_new"}
    row |= {"applicant_code": "total", "doubt": "identity"}
    for side, value in (("old", 1), ("new", 2)):
        row |= {f"{side}_value": Decimal(value), f"{side}_printed": str(value), f"{side}_kind": "number"}
    console = Console(file=io.StringIO(), width=200)
    show_changes(console, "r", pa.Table.from_pylist([row, {**row, "doubt": ""}]))
    lines = console.file.getvalue().splitlines()
    assert [line.endswith("(identity)") for line in lines] == [False, True, False]


def test_dictionary() -> None:
    """One code on the screen with article and caveat; Markdown and CSV of it; an unknown name is told."""
    screen = run("dictionary", "fee_amount_10k")
    assert "Regulation, article 20(8)" in screen
    assert "切勿相连" in screen
    assert "null if none is here: what is null may be added up\n" in run("dictionary", "counted_in")  # not folded
    assert run("dictionary", "coverage_summary", "--format", "markdown").startswith("# 数据字典")
    assert run("dictionary", "fee_amount_10k", "--format", "csv").startswith("kind,name,of,zh,en")
    assert "no view, column or code" in run("dictionary", "nothing_of_it", status=2)


def test_export(store: str, tmp_path: Path) -> None:
    """A release is written once; a second into the same folder is refused, as is a bad condition."""
    to = str(tmp_path / "out")
    assert "start with" in run("export", "--to", to, "--store", store)
    assert "something is there" in run("export", "--to", to, "--store", store, status=2)
    assert "DESCRIBE report" in run(
        "export", "--to", str(tmp_path / "b"), "--store", store, "--where", "x = 1", status=2
    )
