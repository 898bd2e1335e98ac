"""The main job in one process: what a run makes of its files, and its workers. test_command.py runs it whole."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from tests.flows.nights import ROOT, cut, night, page, told, tree

SAMPLES = ROOT / "data" / "samples"


def test_second_run_reads_nothing_and_changes_no_byte(tmp_path: Path) -> None:
    """A rerun changes nothing unless the input changed; a new file is added, the known ones are left."""
    source, store = tmp_path / "in", tmp_path / "store"
    shutil.copytree(SAMPLES, source)
    night([source], store)
    before = tree(store)
    again = night([source], store)

    assert again.lines == []
    assert again.files_unchanged == again.files_found
    assert tree(store) == before

    (source / "new.html").write_bytes(page(2022))
    os.utime(source / "index.html")  # touched, not changed: found out by its hash
    third = night([source], store)

    assert [line.source_name for line in third.lines] == ["new.html"]


def test_wrong_input_costs_only_itself(tmp_path: Path) -> None:
    """Files that are no reports are recorded with a reason each; the report among them loads."""
    source, store = tmp_path / "in", tmp_path / "store"
    source.mkdir()
    whole = page(2022)
    files = {
        "empty.html": b"",
        "picture.html": b"GIF89a" + bytes(100),
        "news.html": "<html><body><h1>天气</h1><p>今天是晴天。</p></body></html>".encode(),
        "cut.html": cut(whole),
        "good.html": whole,
        "copy.html": whole,
    }
    for name, data in files.items():
        (source / name).write_bytes(data)
    (source / "gone.html").symlink_to(source / "nowhere")
    night([source], store)

    with duckdb.connect(str(store / "gongkai.duckdb"), read_only=True) as connection:
        found = dict(connection.execute("SELECT source_name, outcome FROM document").fetchall())
        reasons = dict(connection.execute("SELECT source_name, reason FROM document").fetchall())
        loaded = connection.execute("SELECT count(*) FROM fact").fetchall()
        verdicts = connection.execute("SELECT verdict FROM report WHERE is_current").fetchall()
        broken = connection.execute("SELECT verdict FROM report WHERE source_name = 'cut.html'").fetchall()
    assert found.pop("copy.html") == "report"  # the first of two names of the same bytes
    assert found == {
        "empty.html": "unreadable",
        "picture.html": "unreadable",
        "news.html": "not_a_report",
        "cut.html": "report",
        "good.html": "duplicate",
        "gone.html": "unreadable",
    }
    assert "empty" in reasons["empty.html"]
    assert "picture" in reasons["picture.html"]
    assert "No such file" in reasons["gone.html"]
    assert broken == [("quarantined",)]
    assert verdicts == [("pass",)]
    assert loaded == [(200,)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ingest", "nowhere", "--store", "{store}"), "no such file or folder"),
        (("ingest", "{samples}", "--store", "{file}"), "expected"),
        (("query", "SELEC 1", "--store", "{file}"), "expected"),
        (("query", "SELECT 1", "--store", "{store}"), "no warehouse"),
        (("explain", "0123456789abcdef", "--store", "{store}"), "no such report"),
        (("frobnicate",), "No such command"),
    ],
)
def test_wrong_usage_is_told_in_one_message(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    """Exit status 2, a sentence that says what was found and expected, no traceback."""
    (tmp_path / "file").write_text("not a folder")
    names = {"store": tmp_path / "store", "file": tmp_path / "file", "samples": SAMPLES}
    done = told(*(argument.format(**names) for argument in arguments))

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_unreadable_folder_is_told_and_the_rest_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is a line on the screen; its neighbours are read."""
    from flows.sources import find

    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("x")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    files, refused = find.find_files([str(tmp_path)])

    assert find.find_files([str(tmp_path / "open" / "a.txt")])[1] == []
    assert [file.name for file in files] == ["open/a.txt"]
    assert [(Path(line.source_name).name, line.outcome) for line in refused] == [("closed", "unreadable")]
    assert "Permission denied" in refused[0].reason


def test_worker_that_dies_costs_one_file(tmp_path: Path) -> None:
    """The file on which a worker process dies is recorded; all others of its batch are read."""
    from flows.batch import File, Result
    from flows.workers import Workers

    for name in ("a", "deadly", "b"):
        (tmp_path / name).write_text(name)
    files = [File(tmp_path / name, name, 1, 0) for name in ("a", "deadly", "b")]
    with Workers(
        _die_on_deadly, lambda file: Result({}, _NOTHING, [file.name + " lost"]), threading.Event()
    ) as workers:
        results = workers.results(files, lambda _: None)

    assert sorted(line for result in results for line in result.lines) == ["a", "b", "deadly lost"]


def test_workers_go_on_while_a_chunk_is_judged(tmp_path: Path) -> None:
    """What was begun is handed over, not read again; what nobody asks for any more is left where it stands."""
    from flows.batch import File
    from flows.workers import BATCH, Workers

    files = [File(tmp_path, f"{number}", 1, 0) for number in range(100 * BATCH)]
    first, second, others = files[:BATCH], files[BATCH : 2 * BATCH], files[2 * BATCH :]
    read: list[int] = []
    with Workers(_slowly, lambda _: None, threading.Event()) as workers:
        workers.results(first, read.append)
        begun = workers.begin(second)
        assert workers.results(second, read.append) is begun.result()
        left = workers.begin(others)

    assert [name for result in begun.result() for name in result] == [file.name for file in second]
    assert read[-1] == 2 * BATCH
    assert workers.read < 20 * BATCH
    assert sum(map(len, left.result())) == workers.read - 2 * BATCH


def test_readers_are_as_many_as_the_cores_the_run_may_use() -> None:
    """A service or a container kept to one core starts one."""
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
        "from flows.workers import cores; print(cores())"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"1\n"


def _slowly(batch: list[object]) -> object:
    time.sleep(0.1)
    return [file.name for file in batch]


_NOTHING = (None, None, None)


def _die_on_deadly(batch: list[object]) -> object:
    from flows.batch import Result

    if any(file.name == "deadly" for file in batch):
        os.kill(os.getpid(), signal.SIGKILL)
    return Result({}, _NOTHING, [file.name for file in batch])
