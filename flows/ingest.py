"""The flow: find what is new, read each file, judge it, store it, load the warehouse."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial, wraps
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
from prefect import Task, flow, task
from prefect.cache_policies import NO_CACHE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from expectations.bounds import load_bounds
from expectations.docs import DataDocs
from flows.compare import compare_counts, compare_new, is_compared
from flows.crawl import READ, Crawl
from flows.delta import count_changes
from flows.settings import bounds_path, corrections_path
from flows.sources import Sources, named_sources
from flows.summary import ReportLine, Summary
from flows.work import Result, Source, digest, fingerprint, lost, process, settle
from transform.corrections import Corrections, load_corrections
from warehouse.lake import Lake
from warehouse.load import build


def stage(act: Callable[["Run"], None]) -> Task[["Run"], None]:
    """A step of the flow that acts on the store, timed. A remembered result would skip the act."""

    @wraps(act)
    def timed(run: "Run") -> None:
        start = time.perf_counter()
        try:
            act(run)
        finally:
            before = run.summary.seconds.get(act.__name__, 0.0)
            run.summary.seconds[act.__name__] = before + time.perf_counter() - start

    return task(cache_policy=NO_CACHE)(timed)


# Files a worker takes at once: enough to make the hand-over cheap, few enough to share the work evenly.
BATCH = 25
# Files between two commits. Three tasks a chunk keep a flow run of a million files below 200 tasks at MAX_CHUNKS.
CHUNK = 2_000
MAX_CHUNKS = 60


class Run:
    """The state of a run that tasks share.

    Not a dataclass on purpose: Prefect looks into dataclasses and lists it is handed, which for a large batch costs
    more than reading it.
    """

    def __init__(self, sources: Sources, store: Path, progress: Console, again: bool) -> None:
        now = datetime.now(UTC)
        self.sources = sources
        self.again = again
        self.lake = Lake(store)
        self.progress = progress
        self.summary = Summary(f"{now:%Y%m%dT%H%M%S%fZ}", store, now, now, fingerprint())
        self.corrections = load_corrections(corrections_path(store))
        self.bounds = load_bounds(bounds_path(store))
        self.files: list[Source] = []
        self.chunk: list[Source] = []
        self.results: list[Result] = []
        self.tables: dict[str, pa.Table] = {}
        self.docs = DataDocs(store / "docs", self.summary.run_id)
        self.workers = Workers(
            partial(process, store=store, now=now, corrections=self.corrections),
            partial(lost, store=store, now=now),
        )

    def chunks(self) -> Iterator[int]:
        """Lay out one part of the work after the other; each is committed as a whole."""
        size = max(CHUNK, -(-len(self.files) // MAX_CHUNKS))
        for start in range(0, len(self.files), size):
            self.chunk = self.files[start : start + size]
            self.results = []
            yield start


@flow(name="gongkai-ingest", description="Fetch what is new, read it, judge it, store it, load the warehouse.")
def ingest(sources: list[str], store: str, declared: str | None = None, again: bool = False) -> Summary:
    """Ingest files, folders and addresses, and what the file `declared` lists, into a store.

    `again` reads what was read before, too. Raises flows.sources.SourceError for what cannot be found or is no list of
    sources, warehouse.lake.StoreError for a store that cannot be used.
    """
    run = Run(named_sources(sources, Path(declared) if declared else None), Path(store), Console(stderr=True), again)
    with run.lake.lock(), run.workers:
        if run.sources.remote:
            fetch_new(run)
        find_new(run)
        for _ in run.chunks():
            read_files(run)
            judge_reports(run)
            commit(run)
        load_warehouse(run)
        compare_reports(run)
        load_warehouse(run)
        run.summary.changes = count_changes(run.lake.store, run.summary.run_id)
        run.summary.docs = run.docs.close()
    run.summary.finished_at = datetime.now(UTC)
    return run.summary


@stage
def fetch_new(run: Run) -> None:
    """Ask every site for what is new; archive what it brings and note every request."""

    def keep(rows: pa.Table) -> None:
        run.summary.finished_at = datetime.now(UTC)
        run.lake.commit({"fetch": rows}, run.summary.record())

    run.summary.fetched = Crawl(run.lake, run.summary.run_id, run.sources, keep, run.again).run()


@stage
def find_new(run: Run) -> None:
    """Lay out the files this code has not read yet."""
    run.lake.clean()
    files, refused = find_files(run.sources.paths)
    files += find_fetched(run.sources, run.lake)
    run.summary.lines.extend(refused)
    run.files = list(select_new(files, run.lake, run.corrections, run.again))
    run.summary.files_found = len(files)
    run.summary.files_unchanged = len(files) - len(run.files)


def find_files(sources: Sequence[str]) -> tuple[list[Source], list[ReportLine]]:
    """Every file named or below a named folder, in order of name, and a line for each folder that cannot be read.

    Hidden files are left out.
    """
    found: list[Source] = []
    refused: list[ReportLine] = []

    def refuse(error: OSError) -> None:
        reason = f"{error.strerror}; expected a folder this user may read"
        refused.append(ReportLine(str(error.filename), "unreadable", reason=reason))

    for source in sources:
        root = Path(source)
        if not root.is_dir():
            found.append(_source(root, root.name))
            continue
        for folder, below, names in os.walk(root, onerror=refuse):
            below[:] = sorted(name for name in below if not name.startswith("."))
            paths = [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
            found.extend(_source(path, path.relative_to(root).as_posix()) for path in paths)
    return found, refused


def _source(path: Path, name: str) -> Source:
    try:
        stat = path.stat()
    except OSError:  # a link that leads nowhere: reading it will say so
        return Source(path, name, 0, 0)
    return Source(path, name, stat.st_size, stat.st_mtime_ns)


def find_fetched(sources: Sources, lake: Lake) -> list[Source]:
    """Every document the sources ever brought, whether or not they could be asked this time, oldest first."""
    names = {source.name for source in sources.remote}
    return [
        Source(lake.path_of(row["document_sha256"]), row["url"], row["bytes"], None, row["document_sha256"])
        for row in lake.fetches().to_pylist()
        if row["document_sha256"] and row["purpose"] in READ and row["source"] in names
    ]


def select_new(files: Iterable[Source], lake: Lake, corrections: Corrections, again: bool = False) -> Iterator[Source]:
    """The files that were not read yet, or not with this code and these reviewed decisions; with `again`, all of them.

    One of known name, size and time of change is not even opened; one with the bytes of another is a duplicate.
    """
    by_stat = set()
    by_content = set()
    decided = _decided(lake, corrections)
    for row in lake.documents().to_pylist() if not again else ():
        if row["fingerprint"] == fingerprint(decided.get(row["document_sha256"], "")):
            by_stat.add((row["source_name"], row["bytes"], row["modified_ns"]))
            by_content.add((row["source_name"], row["document_sha256"]))
    read = {sha256 for _, sha256 in by_content}
    for file in files:
        if file.modified_ns is not None and (file.name, file.size, file.modified_ns) in by_stat:
            continue
        sha256 = digest(file)
        if (file.name, sha256) not in by_content:
            yield replace(file, duplicate=bool(sha256) and sha256 in read)
            read.add(sha256)


def _decided(lake: Lake, corrections: Corrections) -> dict[str, str]:
    """Digest of the decisions about each document that was read as a report."""
    if not corrections.entries:
        return {}
    keys = ("document_sha256", "agency_id", "report_year", "scope")
    return {row[keys[0]]: corrections.digest(*(row[key] for key in keys)) for row in lake.reports().to_pylist()}


@stage
def read_files(run: Run) -> None:
    """Read the chunk in worker processes; progress on the terminal."""
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=run.progress, transient=True, disable=not run.progress.is_terminal) as progress:
        bar = progress.add_task("", total=len(run.chunk))
        run.results = run.workers.map(run.chunk, lambda done: progress.advance(bar, done))


class Workers:
    """Worker processes for a run. A worker that dies costs only the file it died on."""

    def __init__(self, work: Callable[[Sequence[Source]], Result], lost: Callable[[Source], Result]) -> None:
        self.work = work
        self.lost = lost
        self.pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)
            self.pool = None

    def _submit(self, batch: Sequence[Source]) -> "Future[Result]":
        if self.pool is None:
            # Forked workers would inherit Prefect's threads and locks.
            self.pool = ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn"))
        return self.pool.submit(self.work, batch)

    def map(self, files: Sequence[Source], advance: Callable[[int], object]) -> list[Result]:
        """Results of all files, batch by batch, in the order of the files."""
        size = max(1, min(BATCH, -(-len(files) // (os.cpu_count() or 1))))
        batches = [files[start : start + size] for start in range(0, len(files), size)]
        results: dict[int, list[Result]] = {}
        futures = {self._submit(batch): number for number, batch in enumerate(batches)}
        for future in as_completed(futures):
            number = futures[future]
            with suppress(BrokenProcessPool):
                results[number] = [future.result()]
                advance(len(batches[number]))
        for number, batch in enumerate(batches):
            if number not in results:
                self._stop()
                results[number] = [self._alone(file) for file in batch]
                advance(len(batch))
        return [result for number in range(len(batches)) for result in results[number]]

    def _alone(self, file: Source) -> Result:
        try:
            return self._submit([file]).result()
        except BrokenProcessPool:
            self._stop()
            return self.lost(file)


@stage
def judge_reports(run: Run) -> None:
    """Great Expectations over the chunk decides every outcome and every verdict."""
    run.tables = settle(run.results, run.summary.run_id, run.docs)


@stage
def commit(run: Run) -> None:
    """Make the chunk part of the lake, all tables at once."""
    run.summary.lines.extend(line for result in run.results for line in result.lines)
    run.summary.finished_at = datetime.now(UTC)
    run.lake.commit(run.tables, run.summary.record())


@stage
def compare_reports(run: Run) -> None:
    """Hold new reports against their own prose, other years and the agencies around them.

    What a killed run left uncompared is made up for: the last commit that compared is on record.
    """
    if is_compared(run.lake):
        return
    compared, held = 0, None
    for table in compare_new(run.lake, run.summary.run_id, run.docs):
        if held is not None:  # one slice after the other goes to the lake, not all of them at the end
            run.lake.commit({"quality_check": held}, run.summary.record())
        compared, held = compared + run.summary.count_notes(table), table
    tables = [held] if held is not None else []
    if run.bounds:
        tables.append(compare_counts(run.lake, run.bounds, run.summary.run_id, run.docs))
        run.summary.count_lost(tables[-1])
    run.summary.compared = compared
    run.summary.finished_at = datetime.now(UTC)
    run.lake.commit({"quality_check": pa.concat_tables(tables)} if tables else {}, run.summary.record())


@stage
def load_warehouse(run: Run) -> None:
    """Build the DuckDB file aside and swap it in; nothing happens if the lake did not change."""
    build(run.lake.store)
