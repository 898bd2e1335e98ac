"""A run whose files are read in the process of the test: what reads in worker processes is tested elsewhere."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from flows import run as runs
from flows.batch import File, Result
from flows.run import Run, perform
from flows.show.summary import Summary
from flows.sources.declared import named_sources


class Here:
    """Stands for the worker processes."""

    def __init__(self, work: Callable[[Sequence[File]], Result], *_: object) -> None:
        self.work = work

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, files: Sequence[File]) -> None:
        """Nothing is read ahead."""

    def results(self, files: Sequence[File], _: object) -> list[Result]:
        """Read."""
        return [self.work(files)]


def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs of this test read in its process."""
    monkeypatch.setattr(runs, "Workers", Here)


def ingest_here(store: Path, *names: str, accept_loss: bool = False) -> Summary:
    """A run over folders and files."""
    return perform(Run(named_sources(list(names)), store, Console(stderr=True), accept_loss=accept_loss))
