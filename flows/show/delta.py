"""What a run changed among the facts, on the screen."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.text import Text

from flows.show.screen import plain
from warehouse.lake.store import Lake
from warehouse.query import query

_LISTED = 20


class UnknownRunError(ValueError):
    """No run of that name; the message says where it was looked for."""


def changes_of(store: Path, run: str = "") -> tuple[str, pa.Table]:
    """A run, by default the last one that stored something, and its rows of `fact_delta`.

    Raises UnknownRunError, and StoreError where there is no warehouse.
    """
    sql = "SELECT run_id FROM lake.commit GROUP BY run_id ORDER BY max(commit_seq)"  # a clock may be set back
    runs = query(store, sql)["run_id"].to_pylist()
    if not runs or run not in ("", *runs):
        found = f"{len(runs)} runs, none of them {run!r}" if runs else "no run yet"
        raise UnknownRunError(f"{store}: {found}; expected a run of this store. See: gongkai status")
    run = run or runs[-1]
    order = "agency_id, report_year, scope, indicator_code, applicant_code"
    return run, query(store, f"FROM fact_delta('{run}') ORDER BY {order}")


def count_changes(lake: Lake, run: str) -> dict[str, int]:
    """How many facts a run added (ADD), changed (MOD) and took back (DEL)."""
    sql = f"SELECT change, count(*) FROM fact_delta('{run}') GROUP BY change"  # noqa: S608 - our own run id
    with lake.connect_to_warehouse() as connection:  # after a run that read all again, two sides of all facts are held
        counted = connection.execute("USE warehouse").execute(sql).fetchall()
    return dict.fromkeys(("ADD", "MOD", "DEL"), 0) | dict(counted)


def in_words(counts: Mapping[str, int]) -> str:
    """Counts of changes as a person reads them."""
    return f"{counts['ADD']} facts added, {counts['MOD']} changed, {counts['DEL']} taken back"


def show_changes(console: Console, run: str, changes: pa.Table) -> None:
    """How many facts were added, changed and taken back; then the first of those that are not new, with their doubt."""
    counts = Counter(changes["change"].to_pylist())
    console.print(f"run {run}: {in_words(counts)}")
    altered = [row for row in changes.to_pylist() if row["change"] != "ADD"]
    for row in altered[:_LISTED]:
        cell = "/".join(part for part in (row["indicator_code"], row["applicant_code"]) if part)
        old, new = (_shown(row, when) for when in ("old", "new"))
        doubt = f"  ({row['doubt']})" if row["doubt"] else ""
        console.print(Text(f"{row['change']}  {row['agency_name']} {row['report_year']}  {cell}: {old} → {new}{doubt}"))
    if len(altered) > _LISTED:
        console.print(f"and {len(altered) - _LISTED} more; --to FILE writes them all")


def _shown(row: dict[str, object], when: str) -> str:
    value, kind = row[f"{when}_value"], row[f"{when}_kind"]
    return "nothing" if kind is None else str(kind) if value is None else plain(value)
