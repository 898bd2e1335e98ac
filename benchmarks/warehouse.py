"""A run at the size of all agencies and years, from cells read before; then the cookbook's questions, a day's news.

Run ``python -m benchmarks.warehouse FOLDER [REPORTS]``; a million reports take about half an hour on two cores and
6 GB of disk. Parts that are there already (a lake, a file built from it) are used as they are. The steps are those of
a run that come after reading and judging, which know a chunk and never the whole store.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from rich.console import Console

from benchmarks.lake import COMMITS, generate
from docs.make.cookbook import questions
from flows.run import Run, close, compare_reports, load_warehouse
from flows.sources.declared import Sources
from warehouse.lake.store import Lake
from warehouse.load import build

NEWS = 100
MEMORY = "16GB"

# Questions as one would ask the lake's Parquet without a warehouse: newest readings only, one version a report.
_RAW = {
    "Request volume and refusal rate by province and year": """
        SELECT province, report_year, sum(value) FILTER (indicator_code = 'req_new') AS req_new,
            sum(value) FILTER (starts_with(indicator_code, 'res_deny_')) AS res_deny
        FROM read_parquet('{lake}/cell/*.parquet') JOIN read_parquet('{lake}/report/*.parquet') USING (report_id)
        WHERE applicant_code = 'total' GROUP BY ALL""",
    "Which governments were overturned most in review?": """
        SELECT agency_name, report_year, max(value) AS rev_corrected
        FROM read_parquet('{lake}/cell/*.parquet') JOIN read_parquet('{lake}/report/*.parquet') USING (report_id)
        WHERE indicator_code = 'rev_corrected' AND agency_type = 'gov' GROUP BY ALL ORDER BY 3 DESC LIMIT 10""",
    "Where on the page does this number stand?": """
        SELECT printed, value, place
        FROM read_parquet('{lake}/cell/*.parquet') JOIN read_parquet('{lake}/report/*.parquet') USING (report_id)
        WHERE agency_id = '320813000000' AND report_year = 2023 AND indicator_code = 'rev_corrected'""",
}


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Generate what is missing, measure, print."""
    store = Path(sys.argv[1])
    reports = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if not (store / "lake" / "commits").exists():
        print(f"made up in {seconds(lambda: generate(store, reports)):.0f} s")
    # Without sources: what is new is in the lake already.
    run = Run(Sources.model_construct(sources=[]), store, Console(stderr=True))
    with run.lake.lock():
        for step in (load_warehouse, compare_reports, load_warehouse, close):
            took = seconds(lambda step=step: step(run))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            print(f"{step.__name__} {took:.0f} s, at most {peak:.1f} GB of memory", flush=True)
    print(f"the file of the warehouse has {run.lake.warehouse.stat().st_size / 1e9:.1f} GB")
    with duckdb.connect(Lake(store).warehouse, read_only=True) as warehouse, duckdb.connect() as raw:
        for connection in (warehouse, raw):
            connection.execute(f"SET threads = 2; SET memory_limit = '{MEMORY}'")
        for number, (title, sql, _) in enumerate(questions(), start=1):
            took = seconds(lambda sql=sql: warehouse.execute(sql).fetchall())
            ratio = ""
            if beside := next((text for name, text in _RAW.items() if title.startswith(name)), ""):
                beside = beside.format(lake=store / "lake")
                slow = seconds(lambda sql=beside: raw.execute(sql).fetchall())
                ratio = f"  raw Parquet {slow:.1f} s, {slow / took:.0f} ×"
            print(f"{number:3} {took:5.2f} s  {title}{ratio}")
    commits = len(Lake(store).commits())
    generate(store, NEWS, first=commits + 1, skip=reports + (commits - COMMITS) * NEWS, commits=1)
    print(f"{NEWS} more reports visible in {seconds(lambda: build(store)):.0f} s")


if __name__ == "__main__":
    main()
