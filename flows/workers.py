"""Processes that read files, beside the one that runs the night."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process

from flows.work import File, Result

# Files a worker takes at once: enough to make the hand-over cheap, few enough to share the work evenly.
BATCH = 25


class Workers:
    """Worker processes for a run. A worker that dies costs only the file it died on."""

    def __init__(
        self, work: Callable[[Sequence[File]], Result], lost: Callable[[File], Result], stop: threading.Event
    ) -> None:
        self.work = work
        self.lost = lost
        self.stop = stop
        self.pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)
            self.pool = None

    def _submit(self, batch: Sequence[File]) -> "Future[Result]":
        if self.pool is None:
            # Forked workers would inherit Prefect's threads and locks.
            self.pool = ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn"), _begin)
        return self.pool.submit(self.work, batch)

    def map(self, files: Sequence[File], advance: Callable[[int], object]) -> list[Result]:
        """Results of all files, batch by batch, in the order of the files.

        Once `stop` is set the batches in hand are finished and no other is begun.
        """
        size = max(1, min(BATCH, -(-len(files) // (os.cpu_count() or 1))))
        batches = [files[start : start + size] for start in range(0, len(files), size)]
        results: dict[int, list[Result]] = {}
        broken: list[int] = []
        futures = {self._submit(batch): number for number, batch in enumerate(batches)}
        for future in as_completed(futures):
            number = futures[future]
            if self.stop.is_set():
                for waiting in futures:
                    waiting.cancel()
            if future.cancelled():
                continue
            try:
                results[number] = [future.result()]
                advance(len(batches[number]))
            except BrokenProcessPool:
                broken.append(number)
        for number in sorted(broken):
            if not self.stop.is_set():
                self._end()
                results[number] = [self._alone(file) for file in batches[number]]
                advance(len(batches[number]))
        return [result for number in sorted(results) for result in results[number]]

    def _alone(self, file: File) -> Result:
        try:
            return self._submit([file]).result()
        except BrokenProcessPool:
            self._end()
            return self.lost(file)


def _begin() -> None:
    """Leave it to the run to say when to stop: a service manager tells every process. End with it if it is killed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)
