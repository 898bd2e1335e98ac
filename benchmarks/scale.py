"""A large run over a mixed corpus: ``python -m benchmarks.scale FOLDER [REPORTS] [--json]``.

`FOLDER` holds a corpus of `benchmarks.corpus`; one that is not there is made. Printed are the time of bare reading
(bytes to cells with their fates, of every fiftieth file, one after the other, before the run and again after it, for
machines change their pace; the shorter time counts) and that of the whole run, the seconds of each stage, reports a
second, the peak of memory, and what became of every cell: right, marked, or wrong without a mark.
A cell is marked where it bears an issue, its report is refused or quarantined, or an issue quotes what is printed.
"""

import json
import resource
import statistics
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.corpus import write_corpus
from extract.read import read_report
from flows.settings import configure_prefect
from flows.workers import cores
from warehouse.lake.store import Lake

REPORTS = 100_000
EVERY = 50

_FATES = """
    WITH printed AS (FROM read_parquet('{truth}/*.parquet')),
    read AS (
        SELECT document.document_sha256, document.outcome, document.report_id, report.verdict
        FROM document LEFT JOIN report USING (report_id)
    ),
    said AS (SELECT report_id, string_agg(found, ' | ') AS found FROM quality_issue GROUP BY ALL),
    fate AS (
        SELECT printed.shape, CASE
            WHEN regexp_replace(cell.printed, '\\s', '', 'g') = regexp_replace(printed.printed, '\\s', '', 'g')
                AND cell.kind <> 'missing' THEN 'right'
            WHEN read.outcome IS DISTINCT FROM 'report' OR read.verdict = 'quarantined' OR cell.issue <> ''
                OR contains(said.found, printed.printed) THEN 'marked'
            ELSE 'silent' END AS fate
        FROM printed
        LEFT JOIN read USING (document_sha256)
        LEFT JOIN cell USING (report_id, indicator_code, applicant_code)
        LEFT JOIN said USING (report_id)
    )
    SELECT shape, count(*) AS cells, count(*) FILTER (fate = 'right') AS "right",
        count(*) FILTER (fate = 'marked') AS marked, count(*) FILTER (fate = 'silent') AS silent
    FROM fate GROUP BY ROLLUP (shape) ORDER BY shape NULLS LAST
"""


def bare_seconds(files: list[Path]) -> float:
    """Time of reading one of these files, on average. By the clock, for a PDF is read in a process of its own."""
    read_report(files[0].read_bytes(), files[0].name)
    times = []
    for path in files:
        data = path.read_bytes()
        start = time.perf_counter()
        read_report(data, path.name)
        times.append(time.perf_counter() - start)
    return statistics.fmean(times)


def main() -> None:
    """Read, run, compare with the truth, print."""
    parser = ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("reports", type=int, nargs="?", default=REPORTS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder, reports = asked.folder, asked.reports
    if not (folder / "truth").exists():
        write_corpus(folder, reports)
    files = sorted(path for path in (folder / "in").rglob("*") if path.is_file())
    before = bare_seconds(files[::EVERY])
    configure_prefect()
    from flows.ingest import ingest

    with tempfile.TemporaryDirectory(dir=folder) as store:
        start = time.perf_counter()
        summary = ingest([str(folder / "in")], store)
        elapsed = time.perf_counter() - start
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024
        with duckdb.connect(Lake(Path(store)).warehouse, read_only=True) as warehouse:
            fates = warehouse.execute(_FATES.format(truth=folder / "truth")).fetchall()
            facts, checks = (
                warehouse.execute(f"SELECT count(*) FROM {t}").fetchone() for t in ("fact", "quality_check")
            )
    bare = min(before, bare_seconds(files[::EVERY])) * len(files)
    result = {
        "reports": len(files), "facts": facts[0], "checks": checks[0], "cores": cores(), "elapsed": elapsed,
        "seconds": dict(summary.seconds), "reports_per_second": len(files) / elapsed, "bare_seconds_one_core": bare,
        "of_bare_one_core": bare / elapsed, "of_bare_all_cores": bare / cores() / elapsed, "peak_bytes": peak,
        "cells": [dict(zip(("shape", "cells", "right", "marked", "silent"), row, strict=True)) for row in fates],
    }  # fmt: skip
    if asked.json:
        print(json.dumps(result, indent=1))
        return
    _print(result, fates)


def _print(result: dict[str, object], fates: list[tuple[str | None, int, int, int, int]]) -> None:
    console = Console()
    table = Table("shape", "cells", "right", "marked", "wrong without a mark", box=None)
    for shape, *counts in fates:
        table.add_row(shape or "all", *(f"{count:,}" for count in counts))
    console.print(table)
    seconds = ", ".join(f"{name} {took:.0f} s" for name, took in dict(result["seconds"]).items())  # type: ignore[call-overload]
    console.print(
        f"\n{result['reports']:,} reports in {result['elapsed']:.0f} s on {result['cores']} cores: "
        f"{result['reports_per_second']:.0f} a second. {seconds}. Bare reading takes "
        f"{result['bare_seconds_one_core']:.0f} s on one core: {result['of_bare_one_core']:.2f} of the run, "
        f"{result['of_bare_all_cores']:.2f} if shared among all cores. At most {result['peak_bytes'] / 1e9:.1f} GB "
        "in a process.",
        highlight=False,
    )


if __name__ == "__main__":
    main()
