"""Reading on a Dask cluster beside reading on this machine: `python -m benchmarks.cluster [REPORTS]`.

A made-up corpus of all shapes is ingested by the processes of an ordinary run, then by 1, 2 and 4 Dask workers on
loopback, then by two of which one is killed as soon as its first batch is back. Every run fills a store of its own;
every row of its warehouse must be that of the ordinary run. Shown are reports read a second, and by the whole run.
Scheduler, workers and the run share the cores of this machine: more workers than cores gain nothing here.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.corpus import write_corpus
from flows.workers import cores
from tests.flows.nights import content
from tests.flows.test_cluster import night

REPORTS = 2_000
WORKERS = (1, 2, 4)


def timed(source: Path, store: Path, cluster: str = "", meanwhile: Callable[[], object] = int) -> dict[str, Any]:
    """Seconds of a run and of its reading; `meanwhile` is done when the first batch is back."""
    run = night(source, store, cluster, meanwhile)
    seconds = run.summary.seconds
    whole = sum(seconds.values())
    return {
        "reports": run.stored, "read_seconds": seconds["read_files"], "whole_seconds": whole,
        "read_per_second": run.stored / seconds["read_files"], "per_second": run.stored / whole,
    }  # fmt: skip


def clustered(source: Path, store: Path, count: int, *, kill: bool = False) -> dict[str, Any]:
    """The same by so many Dask workers."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=count, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as cluster:
        victim = next(iter(cluster.workers.values()))
        strike: Callable[[], object] = (lambda: os.kill(victim.pid, signal.SIGKILL)) if kill else int
        return timed(source, store, cluster.scheduler_address, strike)


def show(results: list[dict[str, Any]]) -> Table:
    """The results as a table."""
    table = Table("readers", "reports", "read/s", "speed-up", "whole run/s", "same rows")
    for result in results:
        numbers = (f"{result[name]:.2f}" for name in ("read_per_second", "speed_up", "per_second"))
        table.add_row(result["readers"], str(result["reports"]), *numbers, "yes" if result["same_rows"] else "NO")
    return table


def main() -> None:
    """Make up, measure, print."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS
    with tempfile.TemporaryDirectory() as temporary:
        folder, results = Path(temporary), []
        write_corpus(folder, reports)
        ways: list[tuple[str, Callable[[Path], dict[str, Any]]]] = [
            (f"this machine, {cores()} processes", lambda store: timed(folder / "in", store))
        ]
        for count in WORKERS:
            name = f"{count} Dask worker{'s' if count > 1 else ''}"
            ways.append((name, lambda store, count=count: clustered(folder / "in", store, count)))  # type: ignore[misc]
        ways.append(("2 Dask workers, one killed", lambda store: clustered(folder / "in", store, 2, kill=True)))
        for number, (name, way) in enumerate(ways):
            store = folder / f"store-{number}"
            result = {"readers": name, **way(store)}
            first = results[0] if results else result
            result["speed_up"] = result["read_per_second"] / first["read_per_second"]
            result["same_rows"] = content(store) == content(folder / "store-0")
            results.append(result)
    Console().print(show(results))
    print(json.dumps(results, indent=1, ensure_ascii=False))
    if not all(result["same_rows"] for result in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
