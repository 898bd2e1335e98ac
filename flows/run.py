"""A run: its state, its steps, and their order. Knows nothing of Prefect; flows/ingest.py makes a flow of it."""

import ctypes
import os
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial, wraps
from itertools import chain, pairwise
from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from expectations.bounds import load_bounds
from expectations.docs import DataDocs
from flows.batch import File, Result, lost, process, settle
from flows.compare import compare_counts, compare_new, is_compared
from flows.fingerprint import fingerprint
from flows.heartbeat import DONE, FAILED, LOSS, beat
from flows.plan import lay_out
from flows.settings import bounds_path, cluster_address, corrections_path
from flows.show.delta import count_changes
from flows.show.screen import printable
from flows.show.summary import LISTED, OFFERED, Summary
from flows.sources.crawl import Crawl
from flows.sources.declared import Sources
from flows.sources.find import select_decided, with_transcripts
from flows.standing import Standing
from flows.workers import Workers
from transform.corrections import load_corrections
from warehouse.lake.compaction import clean, compact
from warehouse.lake.errors import LossError, StoreError, writing
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.query import query

# Files between two commits. Three tasks a chunk keep a flow run of a million files below 200 tasks at MAX_CHUNKS.
CHUNK = 7_000
MAX_CHUNKS = 60


class StoppedError(Exception):
    """The run was told to stop; what it had in hand is stored."""


class Run:
    """The state of a run that its steps share.

    Not a dataclass on purpose: Prefect looks into dataclasses and lists it is handed, which for a large batch costs
    more than reading it.
    """

    def __init__(
        self, sources: Sources, store: Path, progress: Console, again: bool = False, accept_loss: bool = False
    ) -> None:
        now = datetime.now(UTC)
        self.sources = sources
        self.again = again
        self.accept_loss = accept_loss
        self.lake = Lake(store)
        self.progress = progress
        self.summary = Summary(f"{now:%Y%m%dT%H%M%S%fZ}", store, now, now, fingerprint())
        self.corrections = load_corrections(corrections_path(store))
        self.summary.corrections = list(self.corrections.problems)
        self.bounds = load_bounds(bounds_path(store))
        self.files: list[File] = []
        self.chunk: list[File] = []
        self.following: list[File] = []
        self.results: list[Result] = []
        self.stored = 0
        self.tables: dict[str, pa.Table] = {}
        self.docs = DataDocs(store / "docs", self.summary.run_id)
        self.stop = threading.Event()
        self.workers = Workers(
            partial(process, lake=self.lake, now=now, corrections=self.corrections),
            partial(lost, lake=self.lake, now=now),
            self.stop,
            cluster_address(),
        )

    def chunks(self) -> Iterator[None]:
        """Lay out one part of the work after the other; each is committed as a whole."""
        size = max(CHUNK, -(-len(self.files) // MAX_CHUNKS))
        parts = (self.files[start : start + size] for start in range(0, len(self.files), size))
        for self.chunk, self.following in pairwise(chain((with_transcripts(part, self.lake) for part in parts), [[]])):
            yield


Step = Callable[[Run], None]


def plainly(step: Step, run: Run) -> None:
    """Take a step as it is."""
    step(run)


def perform(run: Run, take: Callable[[Step, Run], None] = plainly, find: Step | None = None) -> Summary:
    """All steps of a run in their order, each taken by `take`; `find` lays out the files, by default all that are new.

    SIGTERM lets the batch in hand be finished and stored. Raises StoppedError then; StoreError if the
    store cannot be used.
    """
    with run.lake.lock(), rights_of(run.lake.store), _noting_the_end(run), run.workers, _heeding_sigterm(run):
        take(clean_lake, run)
        if run.sources.remote:
            take(fetch_new, run)
        take(find or find_new, run)
        for _ in run.chunks():
            for step in (read_files, judge_reports, commit):
                take(step, run)
        for step in (load_warehouse, compare_reports, load_warehouse, close):
            take(step, run)
    return run.summary


@contextmanager
def rights_of(store: Path) -> Iterator[None]:
    """What is made in the store, here and in worker processes, is for whom the folder is; a new one is its owner's."""
    mode = stat.S_IMODE(store.stat().st_mode) if store.exists() else 0o700
    before = os.umask(~mode & 0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _noting_the_end(run: Run) -> Iterator[None]:
    """Leave word of how the run ended, for `gongkai status` and monitoring systems."""
    try:
        yield
    except Exception as error:
        outcome = LOSS if isinstance(error, LossError) else FAILED
        beat(run.lake, run.summary.started_at, outcome, str(error))
        raise
    beat(run.lake, run.summary.started_at, DONE)


@contextmanager
def _heeding_sigterm(run: Run) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: run.stop.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _step(act: Step) -> Step:
    """A step, timed. It is not begun once the run was told to stop, unless it stores what is in hand."""

    @wraps(act)
    def timed(run: Run) -> None:
        if run.stop.is_set() and act.__name__ not in ("judge_reports", "commit"):
            left = f"; {len(run.files) - run.stored} files are left for the next run" if run.files else ""
            raise StoppedError(f"told to stop: what was in hand is stored{left}. Run the same command again to go on")
        start = time.perf_counter()
        try:
            with writing(run.lake.store):
                run.lake.still_there()
                act(run)
        finally:
            run.summary.finished_at = datetime.now(UTC)
            before = run.summary.seconds.get(act.__name__, 0.0)
            run.summary.seconds[act.__name__] = before + time.perf_counter() - start

    return timed


@_step
def clean_lake(run: Run) -> None:
    """See that all parts are sound, remove what killed runs left, put small parts together; refuse to go on where
    commits are lost.
    """
    run.lake.check_all()
    clean(run.lake, accept_loss=run.accept_loss)
    compact(run.lake)


@_step
def fetch_new(run: Run) -> None:
    """Ask every site for what is new; archive what it brings and note every request."""

    def keep(rows: pa.Table) -> None:
        run.summary.finished_at = datetime.now(UTC)
        run.lake.commit({"fetch": rows}, run.summary.record())

    run.summary.fetched = Crawl(run.lake, run.summary.run_id, run.sources, keep, run.again, run.stop).run()


@_step
def find_new(run: Run) -> None:
    """Lay out the files that are new, and those whose reading a change of code or data concerns; say so before."""
    plan = lay_out(run.sources, run.lake, run.corrections, run.again)
    Standing(run.lake).note()
    if plan.again:
        for line in plan.in_words:
            run.progress.print(printable(line), soft_wrap=True)
    run.files = plan.files
    run.summary.lines = plan.refused
    run.summary.files_found = plan.found
    run.summary.files_unchanged = plan.found - len(plan.files)


@_step
def find_decided(run: Run) -> None:
    """Lay out the documents whose reviewed decisions changed since they were read, as they lie in the archive."""
    run.files = list(select_decided(run.lake, run.corrections, Standing(run.lake)))
    Standing(run.lake).note()
    run.summary.files_found = len(run.files)


@_step
def read_files(run: Run) -> None:
    """Read the chunk in worker processes; progress on the terminal. They go on with the next while this one is judged
    and stored.
    """
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=run.progress, transient=True, disable=not run.progress.is_terminal) as progress:
        bar = progress.add_task("", total=len(run.files))
        run.results = run.workers.results(run.chunk, lambda read: progress.update(bar, completed=read))
    if run.following:
        run.workers.begin(run.following)


@_step
def judge_reports(run: Run) -> None:
    """Great Expectations over the chunk decides every outcome and every verdict."""
    run.tables = settle(run.results, run.summary.run_id, run.docs) if run.results else {}


@_step
def commit(run: Run) -> None:
    """Make the chunk part of the lake, all tables at once."""
    lines = [line for result in run.results for line in result.lines]
    if not lines:
        return
    known = run.summary.lines
    run.summary.lines = [*known, *lines]
    if len(run.summary.lines) > LISTED:  # of so many files causes are told, and --json lists what was found in English
        for line in lines:
            line.findings_zh = []
    run.summary.finished_at = datetime.now(UTC)
    try:
        run.lake.commit(run.tables, run.summary.record())
    except StoreError:
        run.summary.lines = known  # nothing of it is stored; the step may be taken again
        raise
    run.stored += len(lines)
    run.results, run.tables = [], {}  # the next chunk needs the room


@_step
def load_warehouse(run: Run) -> None:
    """Build the DuckDB file aside and swap it in; nothing happens if the lake did not change."""
    _give_back()
    build(run.lake.store, accept_loss=run.accept_loss)


def _give_back() -> None:
    """Hand the memory of the last chunk back to the system: Arrow and C keep it, DuckDB has an allocator of its own.

    Not after every chunk: the next one wants as much again.
    """
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError):  # of the GNU C library
        ctypes.CDLL(None).malloc_trim(0)


@_step
def compare_reports(run: Run) -> None:
    """Hold new reports against their own prose, other years and the agencies around them.

    What a killed run left uncompared is made up for: the last commit that compared is on record.
    """
    if is_compared(run.lake):
        return
    compared, held = 0, None
    for table, breaches in compare_new(run.lake, run.summary.run_id, run.docs):
        run.summary.breaches |= breaches
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


@_step
def close(run: Run) -> None:
    """Count what changed among the facts, write the front page of what was judged."""
    _note_offered(run)
    mine = [commit for commit in run.lake.commits() if commit.run["run_id"] == run.summary.run_id]
    if any(commit.parts.keys() - {"fetch"} for commit in mine):  # what was asked of a site is no fact
        run.summary.changes = count_changes(run.lake, run.summary.run_id)
    run.summary.docs = run.docs.close()


def _note_offered(run: Run) -> None:
    """A page without tables needs nobody if what it offers as a file was read as its report."""
    pages = [line for line in run.summary.lines if line.outcome == "report_without_tables"]
    if not pages:
        return
    found = query(run.lake.store, "SELECT DISTINCT found_on FROM attachment WHERE report_id IS NOT NULL")
    offering = set(found["found_on"].to_pylist())
    for line in pages:
        if line.source_name in offering:
            line.verdict, line.reason = OFFERED, "the report is in what it offers"
