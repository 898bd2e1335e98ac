"""A night in which hardly anything is new: `python -m benchmarks.night [DOCUMENTS]`.

The store is made up (`benchmarks.lake`): so many reports, all of them archived from a site; beside it as many files in
a folder, recorded as read. Timed is the whole command, from its start to its end, with the Prefect server it starts
itself: over the archive, over the folder, and over the archive with a hundred new pages, which a site on this machine
lists and serves without delay.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import yaml

from benchmarks.lake import generate
from benchmarks.run import corpus
from flows.fingerprint import fingerprint
from flows.sources.find import find_files
from tests.site import Site, page
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.schema import arrow_schema

DOCUMENTS = 100_000
NEWS = 100


def archived(lake: Lake) -> pa.Table:
    """Requests that brought every document of the lake."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"""
            SELECT 'made up' AS run_id, 'a site' AS source, source_name AS url, 'document' AS purpose, document_sha256,
                first_seen AS requested_at, bytes, 1 AS attempts, 200 AS status, '' AS error
            FROM ({lake.scan("document")})
            """
        ).to_arrow_table()
    nulls = {name: pa.nulls(len(rows), arrow_schema("fetch").field(name).type) for name in arrow_schema("fetch").names}
    return pa.table(nulls | {name: rows[name] for name in rows.column_names}).cast(arrow_schema("fetch"))


def read(folder: Path) -> pa.Table:
    """Records of every file in a folder, as read and found to be no report."""
    schema = arrow_schema("document")
    files, _ = find_files([str(folder)])
    rows = [
        {
            "document_sha256": f"{number:064x}", "source_name": file.name, "bytes": file.size,
            "modified_ns": file.modified_ns, "outcome": "not_a_report", "reason": "made up", "media_type": "text/plain",
            "first_seen": datetime.now(UTC), "fingerprint": fingerprint(),
        }
        for number, file in enumerate(files)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def night(store: Path, *arguments: str) -> dict[str, object]:
    """Seconds the command takes, processor seconds of all its processes, and what it says."""
    line = [sys.executable, "-m", "flows.cli", "ingest", "--store", str(store), "--json", *arguments]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(line, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout)
    said = {name: told[name] for name in ("files_found", "files_read", "seconds")}
    return {"whole_seconds": seconds, "processor_seconds": used, "addresses": told["fetched"]["counts"], **said}


def main() -> None:
    """Make up, measure, print."""
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    count = numbers[0] if numbers else DOCUMENTS
    run = {**dict.fromkeys(arrow_schema("run").names), "run_id": "made up", "files_read": 0}
    with tempfile.TemporaryDirectory() as temporary, Site() as site:
        folder, store, lake = Path(temporary, "in"), Path(temporary, "store"), Lake(Path(temporary, "store"))
        generate(store, count, fingerprint=fingerprint())
        lake.commit({"fetch": archived(lake)}, run)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:06}.txt").write_text(f"{number}")
        lake.commit({"document": read(folder)}, run | {"compared": 0})
        build(store)
        site.pages["/robots.txt"] = page("User-agent: *\nDisallow:\n", "text/plain")
        site.pages["/nb.html"] = page("<p>nothing yet</p>")
        source = {
            "name": "a site", "private": ["127.0.0.1"], "delay": 0, "at_once": 4,
            "index": [{"url": f"{site.address}/nb.html", "documents": ["/info/"]}],
        }  # fmt: skip
        declared = Path(temporary, "sources.yml")
        declared.write_text(yaml.safe_dump({"sources": [source]}))
        result = {"documents": count}
        night(store, "--sources", str(declared))  # the index for the first time
        result["archive"] = night(store, "--sources", str(declared))
        result["folder"] = night(store, str(folder))
        for number, data in enumerate(corpus("html", NEWS)):
            site.pages[f"/info/{number}.html"] = page(data)
        links = "".join(f'<a href="/info/{number}.html">2024年度报告</a>' for number in range(NEWS))
        site.pages["/nb.html"] = page(links)
        result["news"] = night(store, "--sources", str(declared))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
