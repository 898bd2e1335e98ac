"""The questions of docs/cookbook.md, asked of the samples. `python -m docs.make.cookbook` writes the answers anew."""

import re
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from flows.batch import process, settle
from flows.show.screen import plain
from flows.sources.find import find_files
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
    from expectations.docs import DataDocs

    now = datetime(2026, 3, 1)  # noqa: DTZ001 - the store's times are UTC without a zone
    sources, _ = find_files([str(ROOT / "data" / "samples")])
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
        store = samples(Path(folder, "store"))
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
