"""Processes that read files, beside the one that runs the night: on this machine, or on those of a Dask cluster."""

import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import suppress
from dataclasses import replace
from multiprocessing import active_children, parent_process
from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from flows.batch import File, Result
from flows.fingerprint import fingerprint

# Files a worker takes at once: enough to make the hand-over cheap, few enough to share the work evenly.
BATCH = 25
# Batches handed out for each worker: one it reads, one that waits for it.
_IN_HAND = 2
# Seconds to wait for a cluster that does not answer, or has no worker, before giving up.
PATIENCE = 60

Work = Callable[[Sequence[File]], Result]


class ClusterError(Exception):
    """The cluster cannot read the files; the message says where, what was found, what was expected, what to do."""


class _Pool(Protocol):
    """Where batches are read. The result of a batch whose worker died is a BrokenExecutor."""

    def width(self) -> int:
        """How many batches are read at once."""

    def submit(self, work: Work, batch: Sequence[File]) -> "Future[Result]":
        """Hand a batch to a worker."""

    def watch(self) -> None:
        """Called every second while nothing comes back. Raises ClusterError if nothing ever will."""

    def end(self, *, is_broken: bool) -> None:
        """Let the workers go; where one of them broke the pool, whatever they are doing."""


class Workers:
    """Worker processes for a run. A worker that dies costs only the file it died on.

    `cluster` is the address of a Dask scheduler; "" for processes on this machine.
    """

    def __init__(self, work: Work, lost: Callable[[File], Result], stop: threading.Event, cluster: str = "") -> None:
        self.work = work
        self.lost = lost
        self.stop = stop
        self.cluster = cluster
        self.pool: _Pool | None = None
        self._is_broken = False
        self.read = 0  # files so far
        self._thread = ThreadPoolExecutor(1, "reading")
        self._ahead: tuple[Sequence[File], Future[list[Result]]] | None = None
        self._tell: Callable[[int], object] = _nobody
        self._leaving = threading.Event()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._thread.shutdown()
        self._end()

    def _end(self) -> None:
        if self.pool is not None:
            self.pool.end(is_broken=self._is_broken)
            self.pool, self._is_broken = None, False

    def _begun(self) -> _Pool:
        if self.pool is None:
            self.pool = _Cluster(self.cluster) if self.cluster else _ready.pop() if _ready else _Machine()
        return self.pool

    def _submit(self, batch: Sequence[File]) -> "Future[Result]":
        try:
            return self._begun().submit(self.work, batch)
        except BrokenExecutor:  # it broke over an earlier batch
            self._is_broken = True
            self._end()
            return self._begun().submit(self.work, batch)

    def begin(self, files: Sequence[File]) -> "Future[list[Result]]":
        """Have files read while the caller goes on. `results` asked for the same list waits for them."""
        if self._ahead is None or self._ahead[0] is not files:
            self._ahead = files, self._thread.submit(self._map, files)
        return self._ahead[1]

    def results(self, files: Sequence[File], tell: Callable[[int], object]) -> list[Result]:
        """Results of all files, batch by batch, in the order of the files; `tell` hears how many were read so far.

        Once `stop` is set the batches in hand are finished and no other is begun. Raises ClusterError.
        """
        self._tell = tell
        tell(self.read)
        try:
            return self.begin(files).result()
        finally:
            self._ahead, self._tell = None, _nobody

    def _map(self, files: Sequence[File]) -> list[Result]:
        width = self._begun().width()
        size = max(1, min(BATCH, -(-len(files) // width)))
        batches = [files[start : start + size] for start in range(0, len(files), size)]
        results: dict[int, list[Result]] = {}
        broken: list[int] = []
        in_hand: dict[Future[Result], int] = {}
        left = iter(range(len(batches)))
        while True:
            while len(in_hand) < _IN_HAND * width and not self._is_told_to_stop():
                if (number := next(left, None)) is None:
                    break
                in_hand[self._submit(batches[number])] = number
            if not in_hand:
                break
            done, _ = wait(in_hand, timeout=1, return_when=FIRST_COMPLETED)
            if not done:
                self._begun().watch()
            for future in done:
                number = in_hand.pop(future)
                try:
                    results[number] = [future.result()]
                    self._count(batches[number])
                except BrokenExecutor:
                    self._is_broken = True
                    broken.append(number)
        for number in sorted(broken):
            if not self._is_told_to_stop():
                results[number] = [self._alone(file) for file in batches[number]]
                self._count(batches[number])
        return [result for number in sorted(results) for result in results[number]]

    def _count(self, batch: Sequence[File]) -> None:
        self.read += len(batch)
        self._tell(self.read)

    def _is_told_to_stop(self) -> bool:
        return self.stop.is_set() or self._leaving.is_set()

    def _alone(self, file: File) -> Result:
        future = self._submit([file])
        while not future.done():
            self._begun().watch()
            wait([future], timeout=1)
        try:
            return future.result()
        except BrokenExecutor:
            self._is_broken = True
            return self.lost(file)


def _nobody(_: int) -> None:
    """Hears how many files were read while nobody asks."""


# -- this machine --------------------------------------------------------------------------------------------------


def cores() -> int:
    """How many cores of this machine the process may use: a container or a service may be kept to some of them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Killed(BaseProcess):
    """A worker that the pool can end although it ignores SIGTERM (`_begin`).

    When one dies the pool terminates the others and waits for them, and no longer takes what they send: one with a
    result longer than a pipe holds would wait, too.
    """

    def terminate(self) -> None:
        self.kill()


class _Spawned(_Killed, SpawnProcess):
    """Begun as a new program."""


class _Spawn(SpawnContext):
    Process = _Spawned


class _Forked(_Killed, ForkProcess):
    """Begun as a copy of one that is ready."""


class _Fork(ForkContext):
    Process = _Forked


class _Machine:
    """A process for each core of this machine."""

    def __init__(self, context: SpawnContext | ForkContext | None = None) -> None:
        # Workers forked later would inherit Prefect's threads and locks.
        self.pool = ProcessPoolExecutor(cores(), context or _Spawn(), _begin)

    def width(self) -> int:
        return cores()

    def submit(self, work: Work, batch: Sequence[File]) -> "Future[Result]":
        try:
            return self.pool.submit(work, batch)
        except OSError as error:
            if error.errno is None:  # a worker died, and the pool closed its pipes, while it began another
                raise BrokenExecutor(str(error)) from error
            raise

    def watch(self) -> None:
        """A process that ended breaks the pool, which looks for one when it is handed work. Of the process begun last
        it may know nothing yet, and one killed while it waited for work keeps the others from theirs.
        """
        with suppress(BrokenExecutor):
            self.submit(_at_once, ())

    def end(self, *, is_broken: bool) -> None:
        if is_broken:  # it ended the processes it had, but not one it was just beginning, and would wait for that
            for process in active_children():
                if isinstance(process, _Killed):
                    process.kill()
        self.pool.shutdown(wait=True, cancel_futures=True)


_ready: list[_Machine] = []


def make_ready() -> None:
    """Fork the workers of the next run, where that is safe: on Linux, while Python has no other thread.

    They have imported what they need. Those that take the place of dead ones are started as new processes.
    """
    if sys.platform == "linux" and threading.active_count() == 1:
        machine = _Machine(_Fork())
        machine.submit(_at_once, ())
        _ready.append(machine)


def _at_once(_: Sequence[File]) -> Any:
    """Nothing to read: the first work handed over has all workers begin."""


def _begin() -> None:
    """Leave it to the run to say when to stop: a service manager tells every process. End with it if it is killed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    collect_seldom()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def collect_seldom() -> None:
    """A batch makes fifty thousand cells and no cycles: to look for some every few hundred objects costs a tenth."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


# -- a cluster -----------------------------------------------------------------------------------------------------


class _Cluster:
    """The workers of a Dask scheduler. A batch whose worker dies is read again by another.

    Only one over which several workers died (`distributed.scheduler.allowed-failures`) is broken.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415 - an extra, and slow
        except ImportError as error:
            raise self._refusal(address, str(error), "the extra cluster", "pip install 'gongkai[cluster]'") from error
        self.address = address
        self.seen = time.monotonic()
        try:
            self.client = distributed.Client(address, timeout=PATIENCE, set_as_default=False, name="gongkai")
        except (OSError, ValueError, TimeoutError) as error:
            raise self._refusal(
                address, f"no answer ({error})", "a Dask scheduler", "Start it, or unset GONGKAI_CLUSTER."
            ) from error
        self.executor = self.client.get_executor(pure=False)

    @staticmethod
    def _refusal(address: str, found: str, expected: str, next_step: str) -> ClusterError:
        return ClusterError(f"{address}: {found}; expected {expected}. {next_step}")

    def width(self) -> int:
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            self._check()
        return max(1, len(self.client.nthreads()))

    def submit(self, work: Work, batch: Sequence[File]) -> "Future[Result]":
        here = [replace(file, path=file.path and file.path.absolute()) for file in batch]
        theirs: Future[Result] = self.executor.submit(_there, work, fingerprint(), here)
        told: Future[Result] = Future()
        theirs.add_done_callback(lambda done: self._tell(done, told))
        return told

    def _tell(self, done: "Future[Result]", told: "Future[Result]") -> None:
        """Hand over a result; a batch that killed its workers as a broken pool does."""
        from distributed import KilledWorker  # noqa: PLC0415

        if done.cancelled():
            error: BaseException | None = CancelledError()
        else:
            error = done.exception()
        if error is None:
            told.set_result(done.result())
        elif isinstance(error, KilledWorker):
            told.set_exception(BrokenExecutor(str(error)))
        elif isinstance(error, CancelledError):
            told.set_exception(self._refusal(self.address, "the scheduler went away", "an answer", _AGAIN))
        else:
            told.set_exception(error)

    def watch(self) -> None:
        self._check()

    def _check(self) -> None:
        """Raise ClusterError if there has been no worker for as long as one is waited for."""
        if self.client.status == "running" and self.client.nthreads():
            self.seen = time.monotonic()
        elif time.monotonic() > self.seen + PATIENCE:
            raise self._refusal(self.address, f"no worker for {PATIENCE} s", "a worker at least", _AGAIN)

    def end(self, *, is_broken: bool) -> None:
        self.client.close()


_AGAIN = "What was read is stored: start dask worker processes, then run the same command again."
_turn = threading.Lock()


def _there(work: Work, code: str, batch: Sequence[File]) -> Result:
    """Read a batch in a worker of the cluster, one at a time: threads of a process share its interpreter."""
    here = fingerprint()
    if here != code:
        where = socket.gethostname()
        raise ClusterError(f"{where}: readers {here}; expected {code}. Install the same version of gongkai there.")
    with _turn:
        return work(batch)
