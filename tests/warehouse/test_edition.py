"""A further edition of the form is one YAML file: read, judged, in the views, the series and the dictionary."""

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Run in a process of its own, in which nothing of the forms was loaded before the new one lies beside them.
_SCRIPT = """
import json, sys
from pathlib import Path
import extract.forms
forms, store = Path(sys.argv[1]), Path(sys.argv[2])
extract.forms.files = lambda package: forms

from datetime import datetime
import pyarrow as pa
from expectations.docs import DataDocs
from flows.batch import process, settle
from flows.sources.find import find_files
from tests.render import Layout, addresses, render
from transform.corrections import load_corrections
from warehouse.dictionary import dictionary
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.query import query
from warehouse.schema import arrow_schema

values = dict.fromkeys(addresses("2025"), "0")
values |= {("guides_issued", ""): "7", ("req_new", "natural"): "5", ("req_new", "total"): "5"}
values |= {("res_deny_process_info", c): "3" for c in ("natural", "total")}
values |= {("res_total", c): "3" for c in ("natural", "total")}
values |= {("req_carried_out", c): "1" for c in ("natural", "total")}
page = render("2025", values, "html", layout=Layout(agency="河北省石家庄市正定县人民政府", year=2025))
(store / "in").mkdir(parents=True)
(store / "in" / "new.html").write_bytes(page)
lake, now = Lake(store), datetime(2026, 3, 1)
sources, _ = find_files([str(store / "in")])
result = process(sources, lake, now, load_corrections(store / "none"))
tables = settle([result], "r", DataDocs(store / "docs", "r"))
run = {**dict.fromkeys(arrow_schema("run").names), "run_id": "r", "started_at": now, "finished_at": now}
lake.commit({name: pa.table(rows) for name, rows in tables.items()}, run)
build(store)
from transform.interpret import read_file
from flows.compare import compare_alone
compared = compare_alone([read_file(page, "new.html")]).checks
asked = sorted(set(compared["check_code"][compared["outcome"] != "not_applicable"]))
ask = lambda sql: [tuple(row.values()) for row in query(store, sql).to_pylist()]
print(json.dumps({
    "reports": ask("SELECT edition, report_year FROM report"),
    "fact": ask("SELECT edition, value::INT FROM fact WHERE indicator_code = 'guides_issued'"),
    "failed": ask("SELECT DISTINCT check_code FROM quality_check WHERE outcome = 'fail' AND severity = 'statutory'"),
    "wide": ask("SELECT guides_issued::INT, normdoc_issued::INT FROM disclosure_summary"),
    "refused": ask("SELECT res_deny::INT FROM request_summary"),
    "series": ask("SELECT series_code, edition, grade, complete FROM series ORDER BY ALL"),
    "asked": asked,
    "told": [e.name for e in dictionary() if e.edition == "2025" and e.kind == "indicator" and "guides" in e.name],
}))
"""


@pytest.fixture(scope="module")
def further(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[object]]]:
    """What becomes of a report of an edition that is a copy of 2021 with one further line, and nothing else new."""
    folder = tmp_path_factory.mktemp("forms")
    for form in Path(str(files("extract.forms"))).glob("*.yaml"):
        shutil.copy(form, folder)
    text = (folder / "2021.yaml").read_text(encoding="utf-8")
    text = text.replace('edition: "2021"', 'edition: "2025"\nbased_on: "2021"').replace("years: [2021", "years: [2025")
    line = re.search(r"( +)- \{key: normdoc, .*\n", text)
    assert line
    further = line[0] + f"{line[1]}- {{key: guides, zh: 政策问答, en: Questions and answers}}\n"
    (folder / "2025.yaml").write_text(text.replace(line[0], further), encoding="utf-8")
    command = [sys.executable, "-c", _SCRIPT, str(folder), str(tmp_path_factory.mktemp("store"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[list[object]]] = json.loads(done.stdout)
    return found


def test_a_further_edition_is_read_and_judged(further: dict[str, list[list[object]]]) -> None:
    """Its tables are recognised by the further line, its identities are those it is based on."""
    assert further["reports"] == [["2025", 2025]]
    assert further["fact"] == [["2025", 7]]
    assert further["failed"] == [["R3-BAL"]]  # 5 came in, 3 were refused and 1 carried over
    assert {"R2-FORCE", "R2-MAG"} <= set(further["asked"])  # of the edition it is based on alone
    assert "R2-DEC" not in further["asked"]  # of an older one


def test_a_further_edition_is_in_views_and_dictionary(further: dict[str, list[list[object]]]) -> None:
    """The line is a column of the wide view, its group sums as ever, and the dictionary tells of it."""
    assert further["wide"] == [[7, 0]]
    assert further["refused"] == [[3]]
    assert further["told"] == ["guides_issued", "guides_repealed", "guides_in_force"]


def test_a_further_edition_goes_on_every_series(further: dict[str, list[list[object]]]) -> None:
    """Every series that runs to 2021 goes on, as the same quantity."""
    from warehouse.schema import series_texts

    going = sorted(code for code, series in series_texts().items() if "2021" in series["editions"])
    found = {str(code): rest for code, *rest in further["series"]}
    assert sorted(found) == going
    assert {tuple(rest[1:]) for rest in found.values()} == {("A", True)}
