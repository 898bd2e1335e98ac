"""The questions of docs/cookbook.md, asked of the reports of data/gold.

`python -m docs.make.cookbook` writes the answers anew.
"""

import csv
import re
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from flows.batch import process, settle
from flows.show.screen import plain
from flows.sources.find import find_files
from tests.render import Layout, render
from transform.corrections import load_corrections
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.query import query
from warehouse.schema import arrow_schema

ROOT = Path(__file__).parents[2]
COOKBOOK = ROOT / "warehouse" / "cookbook.md"
_QUESTION = re.compile(r"(\d+)\. (.+?)\n.*?```sql\n(.+?)```(.*)", re.S)


def questions() -> list[tuple[str, str, str]]:
    """Title, SQL and answer as printed of every question."""
    _, *parts = re.split(r"^## ", COOKBOOK.read_text("utf-8"), flags=re.M)
    found = [match.groups() for part in parts if (match := _QUESTION.fullmatch(part))]
    assert [int(number) for number, *_ in found] == list(range(1, len(parts) + 1))
    return [(title, sql, answer.strip()) for _, title, sql, answer in found]


def answer(store: Path, sql: str) -> str:
    """What the warehouse answers, as a Markdown table."""
    result = query(store, sql)
    lines = [result.column_names, ["--"] * result.num_columns]
    lines += [["" if value is None else plain(value) for value in row.values()] for row in result.to_pylist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def samples(store: Path) -> Path:
    """A store of data/samples: read, judged and loaded without a flow."""
    return stored([ROOT / "data" / "samples"], store)


# Which samples are reports of data/gold, and what a report says of its scope, in our own words.
_AS_SAMPLES = {
    "002_690b3fd062718acc", "003_1279c9e323f24436", "004_7ce4d319cd6eea24", "hongze_2023", "shuyang_drc_2023",
    "shanghai_office_2019",
}  # fmt: skip
_SAID = {"huaian_2024": "2024年，全市共受理政府信息公开申请3119件。"}


def gold(store: Path) -> Path:
    """A store of the reports of data/gold: six as the files of data/samples, the others written back into pages."""
    pages = store.parent / "gold"
    pages.mkdir()
    values: dict[str, dict[tuple[str, str], str]] = {}
    for cell in _rows("cells"):
        values.setdefault(cell["report"], {})[cell["indicator_code"], cell["applicant_code"]] = cell["printed"]
    for report in _rows("reports"):
        name = report["report"]
        if name not in _AS_SAMPLES:
            said = {"一": _SAID[name]} if name in _SAID else {}
            layout = Layout(agency=report["agency_name"], year=int(report["report_year"]), prose=said)
            page = render(report["edition"], values[name], "html", layout=layout)
            (pages / f"{name.removesuffix('.pdf')}.html").write_bytes(page)
    return stored([ROOT / "data" / "samples", pages], store)


def _rows(table: str) -> list[dict[str, str]]:
    with (ROOT / "data" / "gold" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stored(folders: list[Path], store: Path) -> Path:
    """A store of some folders of files: read, judged and loaded without a flow."""
    from expectations.docs import DataDocs

    now = datetime(2026, 3, 1)  # noqa: DTZ001 - the store's times are UTC without a zone
    sources, _ = find_files([str(folder) for folder in folders])
    result = process(sources, Lake(store), now, load_corrections(store / "none"))
    tables = settle([result], "samples", DataDocs(store / "docs", "samples"))
    run = {**dict.fromkeys(arrow_schema("run").names), "run_id": "samples", "started_at": now, "finished_at": now}
    Lake(store).commit({name: pa.table(rows) for name, rows in tables.items()}, run)
    build(store)
    return store


def main() -> None:
    """Write the answers into the cookbook."""
    text = COOKBOOK.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        store = gold(Path(folder, "store"))
        for title, sql, printed in questions():
            now = answer(store, sql)
            if now != printed:
                sys.stderr.write(f"{title}\n")
            old = f"```sql\n{sql}```\n" + (f"\n{printed}\n" if printed else "")
            assert text.count(old) == 1, title
            text = text.replace(old, f"```sql\n{sql}```\n\n{now}\n")
    COOKBOOK.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
