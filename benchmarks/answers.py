"""What an analyst waits for: large answers of `gongkai query`, ``python -m benchmarks.answers FOLDER [REPORTS]``.

A store of made-up reports is generated and loaded in FOLDER, unless one is there: 3,000 have 600,000 facts. Every
question is asked five times by a command started anew; medians of seconds, and the most memory.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.lake import generate
from warehouse.load import build
from warehouse.query import query

TIMES = 5
# A command started in the background of a shell hears no interrupt.
HEARING = ("env", "--default-signal=INT")
REPORTS = 3_000
ALL = "SELECT * FROM fact"
ENDLESS = "SELECT count(*) FROM fact AS a, fact AS b, fact AS c WHERE a.value + b.value + c.value = 7.5"
_THEN = "FROM fact_as_of(TIMESTAMP '2100-01-01')"
SUM_THEN = f"SELECT sum(value) {_THEN} WHERE indicator_code = 'req_new' AND applicant_code = 'total' AND scope = 'own'"
# Name, the statement and its format, and what is asked of it: seconds, megabytes. An interrupted one is timed from the
# signal on.
_ASKED: tuple[tuple[str, str, str, float | None, float | None], ...] = (
    ("the first rows of all facts", ALL, "table", 2, 300),
    ("all facts as CSV", ALL, "csv", 3, None),
    ("all facts as JSON", ALL, "json", None, None),
    ("all facts as Parquet", ALL, "parquet", None, None),
    ("Ctrl-C in a triple cross join", ENDLESS, "table", 2, None),
    ("what was believed on a day: a sum", SUM_THEN, "table", None, None),
    ("what was believed on a day: everything", f"SELECT count(*), max(doubt) {_THEN}", "table", None, None),
)  # fmt: skip


def answers(store: Path, times: int = TIMES) -> list[dict[str, Any]]:
    """A row a question: question, seconds, megabytes, and what is `asked` of both."""
    found = []
    for name, sql, fmt, seconds, megabytes in _ASKED:
        line = [sys.executable, "-m", "flows.cli", "query", sql, "--store", str(store), "--format", fmt]
        taken = [_interrupted(line) if sql is ENDLESS else _taken(line) for _ in range(times)]
        found.append(
            {
                "question": name,
                "seconds": round(median(wall for wall, _ in taken), 2),
                "megabytes": round(max(memory for _, memory in taken)),
                "asked": (seconds, megabytes),
            }
        )
    return found


# A process begins with the weight of the one that started it: so a light one does.
_WEIGHED = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _taken(line: list[str]) -> tuple[float, float]:
    """Seconds and megabytes of a command."""
    start = time.perf_counter()
    told = subprocess.run([sys.executable, "-S", "-c", _WEIGHED, *line], capture_output=True, text=True, check=True)
    taken = time.perf_counter() - start
    status, kilobytes = map(int, told.stdout.split())
    if status:
        raise RuntimeError(f"{' '.join(line)}: status {status}")
    return taken, kilobytes / 1024


def _interrupted(line: list[str]) -> tuple[float, float]:
    """Seconds of a command from its interrupt on; it is not weighed."""
    command = subprocess.Popen([*HEARING, *line], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(4)
    start = time.perf_counter()
    command.send_signal(signal.SIGINT)
    command.wait()
    return time.perf_counter() - start, 0


def main() -> None:
    """Make what is missing, measure, print."""
    store, reports = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else REPORTS
    if not (store / "lake" / "commits").exists():
        generate(store, reports)
    build(store)
    facts = query(store, "SELECT count(*) AS facts FROM fact").to_pylist()[0]["facts"]
    print(json.dumps({"facts": facts, "answers": answers(store)}, indent=1))


if __name__ == "__main__":
    main()
