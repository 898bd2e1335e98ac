"""The dashboard at size: seconds and bytes to build it, and until a page of it can be used.

Run ``python -m benchmarks.dashboard [FOLDER]``; stores that lie there already are used as they are. Reports are made up
(`benchmarks.lake`) and have no archived files; what rendering those costs is measured on rendered reports, apart.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from benchmarks.lake import generate
from benchmarks.run import corpus
from expectations.rules import load_rules
from tests.browser import chromium, launched
from warehouse.dashboard import Server
from warehouse.dashboard import build as build_site
from warehouse.dashboard.pages import PAGES
from warehouse.dashboard.source import documents
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.query import query

SIZES = (10_000, 100_000)
LOADS = 5
DOCUMENTS = 40


# Until when a page is waited for: the worklist shows its first doubt, too.
READY = "main[aria-busy=false] h1"
FIRST_DOUBT = "#detail[aria-busy=false][data-doubt]"


def addresses(row: dict[str, Any]) -> dict[str, str]:
    """What is asked of each page: of those about one thing, that of a report."""
    agency, year = row["agency_id"], row["report_year"]
    return {
        "report": f"#at={agency[:6]}/{year}&id={row['report_id']}",
        "agency": f"#a={agency}",
        "rule": "#code=R3-ROW",
        "search": f"#q={quote(row['agency_name'])}",
    }


def pages(folder: Path, asked: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Page → seconds until it is drawn, the median of some loads, and megabytes loaded until then."""
    server = Server(folder, folder / "none", lambda: None, folder / "none")
    threading.Thread(target=server.serve, daemon=True).start()
    found = {}
    with launched() as browser:
        for name in PAGES:
            times, loaded = [], 0
            for _ in range(LOADS):
                page = browser.new_page()
                start = time.perf_counter()
                page.goto(f"{server.address}{name}.html{asked.get(name, '')}")
                page.wait_for_selector(FIRST_DOUBT if name == "worklist" else READY)
                times.append(time.perf_counter() - start)
                loaded = page.evaluate("performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)")
                page.close()
            found[name] = (sorted(times)[LOADS // 2], loaded / 1e6)
    server.shutdown()
    return found


def milliseconds_a_document() -> float:
    """What it costs to make a web page of a report inert."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        digests = [lake.originals.keep(data) for data in corpus("html", DOCUMENTS)]
        start = time.perf_counter()
        assert all(found for _, found in documents(Path(folder), digests))
        return (time.perf_counter() - start) / DOCUMENTS * 1000


def main() -> None:
    """Measure and print."""
    kept = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    titles = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}
    size = Table("reports", "build s", "of processors s", "MB", "files", "MB a report page", box=None)
    use = Table("reports", *(f"{name} s (MB)" for name in PAGES), box=None)
    with tempfile.TemporaryDirectory() as scratch:
        for reports in SIZES:
            store = (kept or Path(scratch)) / str(reports)
            if not (store / "lake" / "commits").exists():
                generate(store, reports)
            build(store)
            start, busy = time.perf_counter(), time.process_time()
            site = build_site(store, store / "dashboard", titles)
            seconds, busy = time.perf_counter() - start, time.process_time() - busy
            rows = query(
                store, "SELECT agency_id, agency_name, report_year, report_id FROM report ORDER BY report_id LIMIT 1000"
            )
            row = Random("page").choice(rows.to_pylist())
            at = f"{row['agency_id'][:6]}/{row['report_year']}"
            shard = (site.folder / "data" / "report" / f"{at}.js").stat().st_size / 1e6
            size.add_row(
                f"{reports}",
                f"{seconds:.0f}",
                f"{busy:.0f}",
                f"{site.bytes / 1e6:.0f}",
                f"{site.files}",
                f"{shard:.2f}",
            )
            if chromium():
                drawn = pages(site.folder, addresses(row))
                use.add_row(f"{reports}", *(f"{s:.2f} ({mb:.1f})" for s, mb in drawn.values()))
    console = Console(width=140)
    console.print(size)
    console.print(use)
    console.print(f"A web page of a report is made inert in {milliseconds_a_document():.1f} ms.", highlight=False)


if __name__ == "__main__":
    main()
