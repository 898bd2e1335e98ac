"""Runs as the tests of the flows need them, and what stores look like after them."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import duckdb
from rich.console import Console

from flows.batch import File, Result
from flows.cli import main
from flows.run import Run, Step, perform, plainly
from flows.show.summary import Summary
from flows.sources.declared import named_sources
from tests.render import Layout, render
from tests.strategies import LOCAL, distinct_numbers

ROOT = Path(__file__).parents[2]
# Everything but when and by which run.
CONTENT = {
    "document": "* EXCLUDE first_seen",
    "report": "* EXCLUDE (loaded_at, first_seen)",
    "fact": "*",
    "cell": "*",
    "quality_check": "* EXCLUDE (run_id)",
    "quality_issue": "*",
}


class Here:
    """Stands for the worker processes: reads in this one."""

    def __init__(self, work: Callable[[Sequence[File]], Result], *_: object) -> None:
        self.work = work

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, files: Sequence[File]) -> None:
        """Nothing is read ahead."""

    def results(self, files: Sequence[File], _: object) -> list[Result]:
        return [self.work([file]) for file in files]


@contextmanager
def all_here() -> Iterator[None]:
    """Let runs read in this process, and hold what they read against the suites directly however many reports they
    bring: what comes of it is the same without worker processes and Great Expectations, which take seconds to start.
    """
    with patch("flows.run.Workers", Here), patch("expectations.judge.FEW", sys.maxsize):
        yield


def night(
    names: Sequence[str | Path],
    store: Path,
    declared: Path | None = None,
    *,
    again: bool = False,
    accept_loss: bool = False,
    take: Callable[[Step, Run], None] = plainly,
) -> Summary:
    """A run all in this process, without Prefect."""
    sources = named_sources([str(name) for name in names], declared)
    with all_here():
        return perform(Run(sources, store, Console(quiet=True), again, accept_loss), take)


def page(year: int, shape: str = "html", agency: str = "浙江省温州市乐清市人民政府") -> bytes:
    """A clean report of the edition of 2021."""
    values = {key: str(value) for key, value in distinct_numbers("2021", LOCAL["2021"][0]).items()}
    return render("2021", values, shape, layout=Layout(agency=agency, year=year))


def cut(whole: bytes) -> bytes:
    """The first half of a page, of which tables are missing."""
    return whole[: len(whole) // 2]


def tree(folder: Path) -> dict[str, str]:
    """Digest of every file of a store, but for the note on who holds it."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def content(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the warehouse says, without times."""
    with duckdb.connect(str(store / "gongkai.duckdb"), read_only=True) as connection:
        return {
            view: connection.execute(f"SELECT {columns} FROM {view} ORDER BY ALL").fetchall()
            for view, columns in CONTENT.items()
        }


def facts(store: Path) -> int:
    """The number of facts in the warehouse, opened anew as a reader does."""
    with duckdb.connect(str(store / "gongkai.duckdb"), read_only=True) as connection:
        return len(connection.execute("SELECT report_id FROM fact").fetchall())


def command(*arguments: str, server: str) -> tuple[list[str], dict[str, str]]:
    """The command line in a process of its own, with the tests' Prefect server."""
    return [sys.executable, "-m", "flows.cli", *arguments], {**os.environ, "PREFECT_API_URL": server}


def gongkai(*arguments: str, server: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    line, environment = command(*arguments, server=server)
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


def told(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end in this process: for what it says, where no process is the point."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["gongkai", *arguments]):
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())
