"""What small files cost, and what putting them together does: ``python -m benchmarks.compaction FOLDER [NIGHTS]``.

A lake of many nights with 100 new reports each is made up in `FOLDER` (`benchmarks.lake`), unless it is there. Timed
are the things a night does with the lake, and a build of the whole warehouse: from the parts of every commit, then,
after `compact` and `clean`, from those put together. Both builds must give the same facts.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.lake import generate
from warehouse.lake.compaction import clean, compact
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.query import query

NIGHTS, REPORTS = 1_000, 100


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Make up what is missing, measure a copy of it, print."""
    made, nights = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else NIGHTS
    if not (made / "lake" / "commits").exists():
        generate(made, nights * REPORTS, commits=nights)
    with tempfile.TemporaryDirectory(dir=made) as copy:
        shutil.copytree(made / "lake", Path(copy, "lake"), copy_function=os.link)
        measure(Path(copy), nights)


def measure(store: Path, nights: int) -> None:
    """Print what the lake of a store costs before and after its parts are put together."""
    lake = Lake(store)
    sums, columns, took = [], [], 0.0
    for _ in range(2):
        lake.warehouse.unlink(missing_ok=True)
        columns.append(
            {
                "files": sum(1 for path in (store / "lake").rglob("*") if path.is_file()),
                "MB of the largest": max(path.stat().st_size for path in (store / "lake").rglob("*.parquet")) / 1e6,
                "read the manifests, s": seconds(lake.commits),
                "what is read already, s": seconds(lake.documents),
                "build the warehouse, s": seconds(lambda: build(store)),
            }
        )
        sums.append(query(store, "SELECT count(*), bit_xor(hash(f)) FROM fact AS f").to_pylist())
        took += seconds(lambda: compact(lake))  # the second time nothing waits
        clean(lake)
    if sums[0] != sums[1]:
        raise SystemExit(f"{store}: {sums[1]} after putting the parts together, {sums[0]} before")
    table = Table("", "a part a night", "put together", "times less", title=f"{nights} nights of {REPORTS} reports")
    for what, before in columns[0].items():
        after = columns[1][what]
        digits = 0 if what == "files" else 2
        less = f"{before / after:.1f}" if before > after else ""
        table.add_row(what, f"{before:,.{digits}f}", f"{after:,.{digits}f}", less)
    Console().print(table)
    print(f"putting them together took {took:.1f} s")


if __name__ == "__main__":
    main()
