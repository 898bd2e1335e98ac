"""Every rule of the book shown twice, firing and not firing; and the table of rules for people.

`python -m docs.make.rulebook` writes docs/rules.md from the rule book and the examples in tests/examples/rules.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from expectations.checks import Check
from expectations.comparisons import compare_partitions
from expectations.judge import checks_in, frames_of, judge, judge_comparisons
from expectations.rules import Rule, load_rules
from extract.forms import load_forms
from extract.issues import issue_kinds
from extract.read import Reading
from flows.compare import compare_alone
from tests.render import Key, Layout, addresses, render
from transform.interpret import Report, read_file
from transform.reference import divisions

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "examples" / "rules" / "examples.yaml"
DOCUMENT = ROOT / "docs" / "rules.md"
KINDS = ("fires", "holds")

HEAD = """# The rule book · 规则手册

Made from `expectations/rules.yaml`, the forms and `tests/examples/rules` by `python -m docs.make.rulebook`.

A **statutory** rule is stated by the form itself: where it fails, the report is loaded and flagged. A **heuristic**
rule says what is likely (H1 strong, H2 weak): where it fails, the report is loaded and the failure noted. A blank that
leaves a statutory rule open makes it *not evaluable*, never failed. Every failure is attributed: *source* (a second
reading of the file confirms the figures), *reading* (our doubt) or *definition* (another meaning fits, and which).
Failures of one table that hang together are explained by the smallest set of cells that mends them all (R3-COLALL of
the data dictionary); it is suggested, never applied.
"""
ISSUES = """## Issues · 问题代码

What came up in reading a file or in giving meaning to what was read; from `extract/issues.yaml`. A critical issue keeps
a report out, a statutory one flags it, a heuristic one is noted.
"""
COLUMNS = ("code", "rule", "severity", "holds for", "source", "may rightly fail", "fires", "does not fire")

_YEARS = {"2004": 2010, "fj": 2012, "fj_dept": 2013, "2014": 2016, "2019": 2020, "2021": 2023}
_WHOLE_AREA = "本报告汇总了全县各部门、各乡镇的数据。"


@dataclass(frozen=True)
class Shown:
    """An example after judging: the outcomes of the rule in the report it is about."""

    code: str
    kind: str
    say: str
    outcomes: frozenset[str]


def examples() -> dict[str, dict[str, dict[str, Any]]]:
    """Rule → fires or holds → the example."""
    found: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def shown() -> list[Shown]:
    """Every example read from a page of its own and judged, all in one batch."""
    counties = _counties()
    cases = [(code, kind, example) for code, both in examples().items() for kind, example in both.items()]
    pages = {
        (code, kind): list(_reports(example, next(counties)))
        for code, kind, example in cases
        if "partition" not in example
    }
    files = [file for page in pages.values() for file in page]
    checks = checks_in(judge(frames_of(report for _, report in files)).checks)
    checks += checks_in(compare_alone(files).checks)
    partitions = {(code, kind): example["partition"] for code, kind, example in cases if "partition" in example}
    partition_checks = _partition_checks(list(partitions.values()))

    def outcomes(code: str, kind: str) -> frozenset[str]:
        if (code, kind) in partitions:
            place = f"{list(partitions).index((code, kind))}/3"
            return frozenset(c.outcome for c in partition_checks if (c.check_code, c.location) == (code, place))
        report_id = pages[code, kind][0][1].report_id
        return frozenset(c.outcome for c in checks if (c.check_code, c.report_id) == (code, report_id))

    return [Shown(code, kind, example["say"], outcomes(code, kind)) for code, kind, example in cases]


def _partition_checks(partitions: list[dict[str, Any]]) -> list[Check]:
    """Partitions in their order, each in a year of its own."""
    rows = [{"report_year": year, "agency_level": 3} | found for year, found in enumerate(partitions)]
    with duckdb.connect() as connection:
        connection.register("partition", pa.Table.from_pylist(rows))
        return checks_in(judge_comparisons(compare_partitions(connection)).checks)


def _counties() -> Iterator[str]:
    """Governments of counties under their full names, each once, so that no example meets another."""
    names = {division.code: division.name for division in divisions() if division.level < 4}
    for code, name in names.items():
        upper = (names.get(f"{code[:2]}0000000000", ""), names.get(f"{code[:4]}00000000", ""))
        if name.endswith("县") and all(upper) and code[:2] in ("13", "41", "43", "62"):
            yield f"{''.join(upper)}{name}人民政府"


def _reports(example: Mapping[str, Any], county: str) -> Iterator[tuple[Reading, Report]]:
    """The report an example is about, then those it is compared with."""
    edition = example.get("edition", "2021")
    year = example.get("year", _YEARS[edition])
    agency = example.get("agency", county)
    overview = (_WHOLE_AREA if example.get("area") else "") + example.get("prose", "")
    prose = {number: text for number, text in (("一", overview), ("六", example.get("section_six", ""))) if text}
    signed = {name: example[name] for name in ("period", "signature", "published") if name in example}
    yield _report(edition, example.get("cells", {}), Layout(agency=agency, year=year, prose=prose, **signed))
    if "last_year" in example:
        before = {"一": example["last_prose"]} if "last_prose" in example else {}
        layout = Layout(agency=agency, year=year - 1, prose=before)
        yield _report(example.get("last_edition", edition), example["last_year"], layout)
    for below in example.get("below", ()):
        name = agency.removesuffix("人民政府") + below["agency"]
        yield _report(edition, below["cells"], Layout(agency=name, year=year))


def _report(edition: str, cells: Mapping[str, object], layout: Layout) -> tuple[Reading, Report]:
    changed: dict[Key, str] = {}
    for place, text in cells.items():
        indicator, _, applicant = str(place).partition("/")
        changed[indicator, applicant] = str(text)
    values = dict.fromkeys(addresses(edition), "0") | changed
    reading, report = read_file(render(edition, values, "txt", layout=layout), "example.txt")
    assert report is not None, reading.reason
    return reading, report


# -- the table for people ------------------------------------------------------------------------------------


def markdown() -> str:
    """docs/rules.md."""
    lines = [HEAD, "| " + " | ".join(COLUMNS) + " |", "|" + "--|" * len(COLUMNS)]
    said = examples()
    for code, rule in load_rules().items():
        grade = f" {rule.grade}" if rule.grade else ""
        told = said[code]
        row = [
            f"`{code}`", _both(rule.title.zh, rule.title.en), f"{rule.severity}{grade}", _scope(rule),
            _both(rule.source.zh, rule.source.en), _both(rule.exceptions.zh, rule.exceptions.en),
            told["fires"]["say"], told["holds"]["say"],
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    lines += ["", ISSUES, "| code | issue | severity | what it tells | next step |", "|--|--|--|--|--|"]
    for kind in issue_kinds().values():
        words = (_both(text.zh, text.en) for text in (kind.title, kind.means, kind.next_step))
        title, means, next_step = (text.replace("|", "\\|") for text in words)
        lines.append(f"| `{kind.code}` | {title} | {kind.severity} | {means} | {next_step} |")
    return "\n".join(lines) + "\n"


def _both(zh: str, en: str) -> str:
    return f"{zh}<br>{en}" if zh else ""


def _scope(rule: Rule) -> str:
    """Where a rule holds: the formula, from the form for a statutory rule, and the editions."""
    if rule.comparison:
        formulas = [rule.comparison.formula]
        of_table = tuple(edition for edition, form in load_forms().items() if rule.table in form.tables)
        editions = rule.editions or of_table or tuple(load_forms())
    else:
        stated = [
            (edition, identity.formula or identity.rule or "parts = whole")
            for edition, form in load_forms().items()
            for table in form.tables.values()
            for identity in table.identities
            if identity.code == rule.code
        ]
        formulas = list(dict.fromkeys(formula for _, formula in stated))
        editions = tuple(dict.fromkeys(edition for edition, _ in stated))
    return "<br>".join(f"`{' '.join(formula.split())}`" for formula in formulas) + f"<br>{', '.join(editions)}"


def main() -> None:
    """Write the table."""
    DOCUMENT.write_text(markdown(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)}: {len(load_rules())} rules\n")


if __name__ == "__main__":
    main()
