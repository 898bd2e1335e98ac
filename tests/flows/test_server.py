"""The server a command begins for itself: what it records, and that it never outlives the command."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

SAMPLE = next((Path(__file__).parents[2] / "data" / "samples").glob("*.html"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of Prefect that nobody used before."""
    return tmp_path_factory.mktemp("home")


def start(home: Path, store: Path) -> subprocess.Popen[str]:
    """`gongkai ingest` of a file, with no server around."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    line = [sys.executable, "-m", "flows.cli", "ingest", str(SAMPLE), "--store", str(store)]
    return subprocess.Popen(
        line, env={**environment, "PREFECT_HOME": str(home)}, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def children(process: int) -> list[int]:
    """The processes a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def asked(home: Path, sql: str) -> list[tuple[object, ...]]:
    """What Prefect's database says."""
    with sqlite3.connect(home / "prefect.db") as connection:
        return connection.execute(sql).fetchall()


STATES = "SELECT state_type, count(*) FROM flow_run GROUP BY 1"
STEPS = """
    SELECT substr(name, 1, instr(name || '-', '-') - 1), count(*) FROM task_run
    WHERE state_type = 'COMPLETED' GROUP BY 1
"""
TOLD = "SELECT count(DISTINCT flow_run_id) FROM log UNION ALL SELECT count(*) FROM artifact WHERE key = 'run-summary'"


def test_a_run_is_a_flow_run_of_prefect(home: Path, tmp_path: Path) -> None:
    """The run, its steps, its log and its artifacts are on record; a second run finds the database ready."""
    for runs in (1, 2):
        told, errors = (process := start(home, tmp_path)).communicate(timeout=300)
        assert process.returncode == 0, errors
        assert f"{2 - runs} read" in told
        assert asked(home, STATES) == [("COMPLETED", runs)]
        revision = asked(home, "SELECT version_num FROM alembic_version")[0][0]
        assert (home / "gongkai.ready").read_text().split()[-1] == revision
    steps = dict(asked(home, STEPS))
    assert {name: steps[name] for name in ("find_new", "read_files", "commit", "close")} == {
        "find_new": 2, "read_files": 1, "commit": 1, "close": 2,
    }  # fmt: skip
    assert asked(home, TOLD) == [(2,), (2,)]


def test_the_server_ends_with_a_command_that_is_killed(home: Path, tmp_path: Path) -> None:
    """SIGKILL leaves no server behind."""
    process = start(home, tmp_path)
    until = time.monotonic() + 60
    while not (begun := children(process.pid)) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert begun
    while any(Path(f"/proc/{number}").exists() for number in begun) and time.monotonic() < until + 60:
        time.sleep(0.1)
    assert not any(Path(f"/proc/{number}").exists() for number in begun)
