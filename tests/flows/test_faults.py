"""The fault table: what may go wrong at night, done for real; the next run ends where an undisturbed one does.

Most faults strike a run without Prefect, in a process forked from one that has a night behind it, and with the files
read in that process: so fifty of them cost minutes. The whole command, with Prefect and worker processes,
is killed in test_command.py, and here where the fault concerns them.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor, wait
from datetime import datetime, timedelta, tzinfo
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from flows import run as runs
from flows import workers as readers
from flows.batch import File
from flows.run import Run, Step, StoppedError, perform, plainly
from flows.show.delta import changes_of
from flows.show.morning import tables_of
from flows.sources.declared import named_sources
from tests.flows.nights import content, cut, night, page
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake

KILLS = 50
YEARS = range(2018, 2025)
# Parts of the lake that hold neither a time nor the name of a run.
TIMELESS = ("cell", "quality_issue", "statement", "sketch")

_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.flows.warmed", "tests.flows.test_faults"])


def six_a_commit(source: Path, store: Path, take: Callable[[Step, Run], None] = plainly) -> None:
    """One run over a folder, six files a commit."""
    runs.CHUNK = 6
    night([source], store, take=take)


def asleep(source: Path, store: Path, told: Path, before: str = "", act: Callable[[], object] = int) -> None:
    """A night in a process of its own, which does `act` before a step; what it says at the end goes to a file."""

    def take(step: Step, run: Run) -> None:
        if step.__name__ == before:
            act()
        plainly(step, run)

    try:
        six_a_commit(source, store, take)
        told.write_text("")
    except (StoreError, StoppedError) as error:
        told.write_text(f"{type(error).__name__}: {error}")


def start(source: Path, store: Path, told: Path, before: str = "", act: Callable[[], object] = int) -> BaseProcess:
    """Begin a night in a process of its own."""
    process = _forks.Process(target=asleep, args=(source, store, told, before, act))
    process.start()
    return process


def through(source: Path, store: Path, before: str = "", act: Callable[[], object] = int) -> str:
    """What a night in a process of its own says at its end, "" if nothing was wrong."""
    told = store.with_name(f"{store.name}.told")
    process = start(source, store, told, before, act)
    process.join()
    assert process.exitcode == 0
    return told.read_text()


def lake_of(store: Path) -> dict[str, list[str]]:
    """Digests of the originals, and of the parts of the lake that depend on nothing but the files read."""
    found = {"raw": sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in store.glob("raw/*/*"))}
    for table in TIMELESS:
        parts = (store / "lake" / table).glob("*.parquet")
        found[table] = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in parts)
    return found


def state(store: Path) -> tuple[object, object]:
    """All of a store that depends on nothing but the files read."""
    assert not [path for path in store.rglob("*") if ".tmp" in path.name]
    assert Lake(store).writer() is None
    return lake_of(store), content(store)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten files: reports of one agency, one damaged, one that is none, a copy."""
    folder = tmp_path_factory.mktemp("faults") / "in"
    folder.mkdir()
    for year in YEARS:
        shape = ("html", "txt")[year % 2]
        (folder / f"{year}.{shape}").write_bytes(page(year, shape, agency="四川省攀枝花市盐边县新九镇人民政府"))
    (folder / "copy.html").write_bytes((folder / "2018.html").read_bytes())
    (folder / "cut.html").write_bytes(cut(page(2020)))
    (folder / "news.html").write_text("<html><body><h1>天气</h1><p>今天是晴天。</p></body></html>")
    return folder


@pytest.fixture(scope="module")
def undisturbed(source: Path) -> tuple[Path, float]:
    """The store an undisturbed run leaves, and how long it takes."""
    store = source.parent / "undisturbed"
    first = _forks.Process(target=int)
    first.start()
    first.join()  # the process all others are forked from is there
    begun = time.monotonic()
    assert through(source, store) == ""
    return store, time.monotonic() - begun


@pytest.fixture(scope="module")
def whole(undisturbed: tuple[Path, float]) -> tuple[object, object]:
    """The state it leaves."""
    return state(undisturbed[0])


def test_killed_at_any_moment(
    source: Path,
    undisturbed: tuple[Path, float],
    whole: tuple[object, object],
    tmp_path: Path,
    series: Callable[..., list[int]],
) -> None:
    """SIGKILL while finding, reading, judging, storing, loading, comparing, and while repairing after a kill: nothing
    stored is lost, readers always open a whole warehouse, and a run that is let through ends as an undisturbed one.
    """
    _, lasts = undisturbed
    commits: set[int] = set()

    def strike(moments: list[int], store: Path) -> None:
        """Kills one night after the other, most of which repair what the one before left."""
        stored: dict[Path, bytes] = {}
        for moment in moments:
            process = start(source, store, store.with_suffix(".told"))
            process.join((moment + 0.5) / KILLS * 1.2 * lasts)
            if process.exitcode is not None:  # the moment lay behind the end of the night
                assert state(store) == whole
                shutil.rmtree(store)
                stored = {}
                continue
            process.kill()
            process.join()
            assert all(path.read_bytes() == data for path, data in stored.items())
            stored = {path: path.read_bytes() for path in store.glob("lake/commits/*.json")}
            commits.add(len(stored))
            if (store / "gongkai.duckdb").exists():
                with duckdb.connect(str(store / "gongkai.duckdb"), read_only=True) as connection:
                    connection.execute("SELECT count(*) FROM fact")
        assert through(source, store) == ""
        assert state(store) == whole

    moments = series(KILLS, 16)
    halves = (moments[::2], moments[1::2])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(strike, halves, (tmp_path / "even", tmp_path / "odd")))
    if len(moments) == KILLS:
        assert commits >= {0, 1, 2}  # before the first, between two, after all chunks


# -- the store ---------------------------------------------------------------------------------------------------------


def mount(*arguments: object) -> None:
    """Mount something, or skip the test."""
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting needs root: {done.stderr.strip()}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """A folder to mount something on."""
    folder = tmp_path / "store"
    folder.mkdir()
    yield folder
    subprocess.run(["umount", "-l", folder], capture_output=True, check=False)


@pytest.mark.parametrize("size", ["200k", "1m", "6m"])  # while archiving, while loading, while judging the load
def test_disk_full(size: str, source: Path, whole: tuple[object, object], store: Path) -> None:
    """It is told where, what and what to do; with room again the next run ends as if nothing had been."""
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", store)
    told = through(source, store)
    assert told.startswith(f"StoreError: {store}")
    assert "o space left" in told
    assert "make room" in told.lower()
    writer = Lake(store).writer()
    assert writer is None or "o space left" in writer.failure

    mount("-o", "remount,size=200m", store)
    assert through(source, store) == ""
    assert state(store) == whole


@pytest.mark.parametrize("step", ["commit", "compare_reports"])
def test_mount_vanishes(step: str, source: Path, whole: tuple[object, object], store: Path) -> None:
    """The folder below the mount is not filled; mounted again, the next run repairs."""
    share = store.with_name("share")
    share.mkdir()
    mount("--bind", share, store)
    told = through(source, store, step, partial(subprocess.run, ["umount", "-l", str(store)], check=True))
    assert "no longer the folder that was locked; expected the store. See whether its disk or share is mounted" in told
    assert list(store.iterdir()) == []

    mount("--bind", share, store)
    assert through(source, store) == ""
    assert state(store) == whole


def test_mount_vanishes_at_any_moment(
    source: Path,
    undisturbed: tuple[Path, float],
    whole: tuple[object, object],
    store: Path,
    series: Callable[[int], list[int]],
) -> None:
    """In the middle of a step, too."""
    share = store.with_name("share")
    share.mkdir()
    for number in series(4):
        mount("--bind", share, store)
        process = start(source, store, store.with_name("told"))
        process.join((number + 0.5) / 4 * undisturbed[1])
        subprocess.run(["umount", "-l", store], check=True)
        process.join()
        shutil.rmtree(store)
        store.mkdir()
    mount("--bind", share, store)
    assert through(source, store) == ""
    assert state(store) == whole


# -- processes and clocks ----------------------------------------------------------------------------------------------


def test_told_to_stop(source: Path, whole: tuple[object, object], tmp_path: Path) -> None:
    """SIGTERM lets the batch in hand be judged and stored; the rest is left for the next run."""
    store = tmp_path / "store"
    told = through(source, store, "judge_reports", be_told_to_stop)
    assert told.startswith("StoppedError: told to stop: what was in hand is stored; 4 files are left")
    assert len(Lake(store).commits()) == 1
    assert Lake(store).writer().failure.startswith("told to stop")
    assert through(source, store) == ""
    assert state(store) == whole


def be_told_to_stop() -> None:
    """As a service manager does."""
    os.kill(os.getpid(), signal.SIGTERM)


def children(process: int) -> list[int]:
    """The processes a process has started."""
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(number) for path in found for number in path.read_text().split()]


def reading(process: int) -> list[int]:
    """Its worker processes that have begun."""
    begun = []
    for number in children(process):
        line = Path(f"/proc/{number}/cmdline")
        if line.exists() and b"spawn_main" in line.read_bytes():
            begun.append(number)
    return begun


def status(process: BaseProcess, seconds: float) -> int | None:
    """How a process ended in time; None if it did not, and is ended now."""
    process.join(seconds)
    ended = process.exitcode
    process.kill()
    return ended


def with_workers(source: Path, store: Path) -> None:
    """A night that reads in worker processes."""
    from rich.console import Console

    runs.CHUNK = 6
    with patch("expectations.judge.FEW", sys.maxsize):
        perform(Run(named_sources([str(source)]), store, Console(stderr=True)))


def test_worker_processes_killed(source: Path, whole: tuple[object, object], tmp_path: Path) -> None:
    """One that dies is replaced and its files are read; when the run is killed they do not outlive it."""
    for victim in ("worker", "run"):
        store = tmp_path / victim
        process = _forks.Process(target=with_workers, args=(source, store))
        process.start()
        until = time.monotonic() + 60
        while not (workers := reading(process.pid)) and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(workers[0] if victim == "worker" else process.pid, signal.SIGKILL)
        assert status(process, 120) == (0 if victim == "worker" else -signal.SIGKILL)
        if victim == "run":
            until = time.monotonic() + 30
            while any(Path(f"/proc/{number}").exists() for number in workers) and time.monotonic() < until:
                time.sleep(0.1)
            assert not [number for number in workers if Path(f"/proc/{number}").exists()]
            assert through(source, store) == ""
        assert state(store) == whole


def ends_or_answers_at_length(batch: Sequence[File]) -> bytes:
    """Work that kills its process over one file and, meanwhile, makes more of another than a pipe holds."""
    if batch[0].name == "deadly":
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(1)
    return bytes(1 << 22)


def at_work_when_another_dies() -> None:
    """Workers that read both files at once, which takes two of them."""
    readers.cores = lambda: 2
    files = [File(None, name, 0, None) for name in ("deadly", "long")]
    with readers.Workers(ends_or_answers_at_length, lambda file: file.name, threading.Event()) as pool:
        assert pool.results(files, lambda _: None) == ["deadly", bytes(1 << 22)]


def test_a_worker_with_much_to_say_when_another_dies() -> None:
    """It is ended with the pool, which takes nothing any more; its files are read again, and the night goes on."""
    process = _forks.Process(target=at_work_when_another_dies)
    process.start()
    assert status(process, 60) == 0


def names_of(batch: Sequence[File]) -> str:
    """Work that tells what it was given."""
    return " ".join(file.name for file in batch)


def at_work_when_a_pool_closes_its_pipes() -> None:
    """A pool that was broken by a death between its last look and the process it begins."""
    with readers.Workers(names_of, lambda file: "lost", threading.Event()) as workers:
        workers.pool = readers._Machine()
        workers.pool.pool._call_queue._reader.close()
        assert workers.results([File(None, "one", 0, None)], lambda _: None) == ["one"]


def test_a_death_while_a_worker_begins_ends_no_run() -> None:
    """The pool says no more than that a handle is closed; another takes its place."""
    process = _forks.Process(target=at_work_when_a_pool_closes_its_pipes)
    process.start()
    assert status(process, 60) == 0


def asleep_when_another_dies_unseen() -> None:
    """A worker that would read for minutes, and one the pool began after it last looked at them."""
    pool = readers._Machine()
    reading = pool.submit(lying_long, ())
    known = set(pool.pool._processes)
    pool.pool._spawn_process()
    (unseen,) = set(pool.pool._processes) - known
    os.kill(unseen, signal.SIGKILL)
    wait([reading], timeout=2)
    pool.watch()
    with pytest.raises(BrokenExecutor):
        reading.result(timeout=30)
    pool.end(is_broken=True)


def lying_long(_: Sequence[File]) -> None:
    """Work for minutes."""
    time.sleep(300)


def test_a_worker_that_dies_unseen_is_found_by_watching() -> None:
    """Of the process it began last a pool may know nothing; if that one waited for work, the others never get any."""
    process = _forks.Process(target=asleep_when_another_dies_unseen)
    process.start()
    assert status(process, 60) == 0


def at_work_when_a_pool_breaks_that_forgets_them() -> None:
    """A worker that would read for minutes, in a pool that breaks and does not end it."""
    readers.cores = lambda: 2
    readers._Killed.terminate = lambda _: None
    pool = readers._Machine()
    pool.submit(lying_long, ())
    deadly = pool.submit(killing_itself, ())
    while not wait([deadly], timeout=1).done:
        pool.watch()
    with pytest.raises(BrokenExecutor):
        deadly.result()
    pool.end(is_broken=True)


def killing_itself(_: Sequence[File]) -> None:
    """Work that ends its process."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_pool_that_broke_lets_no_worker_keep_it() -> None:
    """One that was just begun when another died."""
    process = _forks.Process(target=at_work_when_a_pool_breaks_that_forgets_them)
    process.start()
    assert status(process, 60) == 0


class SetBack(datetime):
    """A clock that went back by more than a year."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "SetBack":
        return datetime.now(tz) - timedelta(days=400)  # type: ignore[return-value]


def in_the_past(source: Path, store: Path) -> None:
    """A night by that clock."""
    runs.datetime = SetBack
    six_a_commit(source, store)


def test_clock_set_back(source: Path, undisturbed: tuple[Path, float], tmp_path: Path) -> None:
    """What came later is newer, whatever the clock says: the version, the last run, the delta."""
    files, stores = tmp_path / "in", {}
    shutil.copytree(source, files)
    revised = (files / "2022.html").read_bytes().replace("按时公开".encode(), "及时公开".encode())
    assert revised != (files / "2022.html").read_bytes()
    (files / "2022.html").write_bytes(revised)
    for name, clock in (("true", six_a_commit), ("set back", in_the_past)):
        store = tmp_path / name
        shutil.copytree(undisturbed[0], store)
        process = _forks.Process(target=clock, args=(files, store))
        process.start()
        process.join()
        assert process.exitcode == 0
        stores[name] = content(store)
        last = tables_of(store)["runs"].to_pylist()[0]
        assert last["files_read"] == 1
        assert changes_of(store)[0] == last["run_id"]
        assert [path.name for path in (store / "docs").iterdir() if path.name == last["run_id"]]
    assert stores["true"] == stores["set back"]
