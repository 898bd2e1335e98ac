"""A large run: `python -m benchmarks.scale [reports]` renders that many pages and ingests them.

Printed are reports a second, the seconds of each stage, judging and comparing as a share of reading, and the peak of
memory. The numbers are those of `benchmarks.judgement`, clean or with an error, over five years of each agency.
"""

import json
import resource
import sys
import tempfile
from pathlib import Path

from rich.progress import track

from benchmarks.judgement import cases
from flows.settings import configure_prefect
from warehouse.query import query

REPORTS = 100_000
YEARS = range(2021, 2026)  # 30,000 towns do not make 100,000 reports in two years


def main() -> None:
    """Render, ingest, print JSON."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS
    configure_prefect()
    from flows.ingest import ingest

    with tempfile.TemporaryDirectory() as folder:
        source, store = Path(folder, "in"), Path(folder, "store")
        source.mkdir()
        agencies = reports // len(YEARS)
        for number, case in enumerate(track(cases(agencies), "rendering", total=agencies)):
            for year in YEARS:
                page = case.page(year, case.printed if year % 2 else case.before)
                (source / f"{number:06}-{year}.txt").write_bytes(page)
        summary = ingest([str(source)], str(store))
        sql = "SELECT count(*) AS facts FROM fact UNION ALL SELECT count(*) FROM quality_check"
        facts, checks = (row["facts"] for row in query(store, sql).to_pylist())
    seconds = dict(summary.seconds)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024
    judged = seconds["judge_reports"] + seconds["compare_reports"]
    result = {
        "reports": len(summary.lines), "facts": facts, "checks": checks, "seconds": seconds,
        "reports_per_second": len(summary.lines) / sum(seconds.values()),
        "judging_to_reading": judged / seconds["read_files"], "peak_bytes": peak,
    }  # fmt: skip
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
