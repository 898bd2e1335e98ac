"""A further edition is one YAML file: what it does not say, it takes from the one it is based on."""

import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

import extract
from extract.forms.inherit import inherited, lineage

ROOT = Path(extract.__file__).parent.parent
FURTHER = """
edition: "2030"
based_on: "2021"
years: [2030, null]
tables:
  requests:
    add:
      res_deny_admin_query:
        - {key: invented, zh: 9.属于虚构事项, en: invented}
"""
# A report of each edition in each shape; what is read of it, with what is doubtful.
READ = """
import json, sys
from extract.forms import load_forms
from extract.read import read_report
from tests.render import PIPED, STACKED, Layout, addresses, render
found = {}
for edition in ("2021", "2030"):
    printed = {key: str(number) for number, key in enumerate(addresses(edition), 11)}
    for shape, style in (("html", ""), ("txt", ""), ("txt", PIPED), ("txt", STACKED)):
        reading = read_report(render(edition, printed, shape, layout=Layout(style=style)), "page")
        right = {(c.indicator_code, c.applicant_code): c.printed for c in reading.cells if not c.issue} == printed
        found[f"{edition} {shape} {style}"] = [right, sorted({cell.edition for cell in reading.cells})]
print(json.dumps([found, load_forms()["2030"].lineage]))
"""


def test_a_further_edition_is_one_file(tmp_path: Path) -> None:
    """Nothing else of the room is touched: pages of it are read whole and as its own, those of 2021 as before."""
    copytree(ROOT / "extract", tmp_path / "extract", ignore=ignore_patterns("__pycache__"))
    (tmp_path / "extract/forms/2030.yaml").write_text(FURTHER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n{READ}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found, of = json.loads(done.stdout)
    assert of == ["2030", "2021"]
    assert {name: value for name, value in found.items() if value != [True, [name[:4]]]} == {}


SOURCES: dict[str, Any] = {
    "a": {"title": "old", "tables": {"t": {"blocks": [{"lines": [{"key": "x", "lines": [{"key": "y"}]}]}], "n": 1}}},
    "b": {"based_on": "a", "title": "new"},
    "c": {
        "based_on": "b",
        "tables": {"t": {"replace": {"x_y": {"key": "y", "zh": "v"}}, "add": {"x": [{"key": "z"}]}}},
    },
}


def test_an_edition_takes_what_it_does_not_say_over_several_steps() -> None:
    """Lines are replaced and added by their codes; the table of the older edition stays as it was."""
    whole = inherited("c", SOURCES)
    assert (whole["title"], whole["tables"]["t"]["n"]) == ("new", 1)
    (block,) = whole["tables"]["t"]["blocks"]
    assert block["lines"] == [{"key": "x", "lines": [{"key": "y", "zh": "v"}]}, {"key": "z"}]
    assert inherited("a", SOURCES)["tables"] == SOURCES["a"]["tables"]
    assert [*lineage("c", SOURCES)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"based_on": "d"}, "d based on d"),
        ({"based_on": "x"}, "d based on x"),
        ({"based_on": "a", "tables": {"t": {"add": {"nowhere": []}}}}, "nowhere"),
    ],
)
def test_a_form_that_cannot_be_settled_says_so(wrong: dict[str, Any], said: str) -> None:
    """A circle, an edition that is not there, a line that is not there."""
    with pytest.raises(ValueError, match=said):
        inherited("d", SOURCES | {"d": wrong})
