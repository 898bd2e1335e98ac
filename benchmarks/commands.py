"""What a person waits for: every command started anew, `python -m benchmarks.commands [TIMES]`.

Medians over TIMES; processor time is that of the command and all of its processes. The import of Great Expectations is
measured beside it: the slowest of the libraries, and a measure of the machine.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

TIMES = 5
SAMPLES = Path(__file__).parents[1] / "data" / "samples"
# Name, arguments, and what is asked of it in seconds: waiting, processor time.
_COMMANDS: tuple[tuple[str, str, float, float | None], ...] = (
    ("one file into a new store", "ingest {file} --store {new}", 5, 5),
    ("one file into a known store", "ingest {other} --store {new}", 4, None),
    ("nothing new", "ingest {file} --store {known}", 2, None),
    ("explain FILE --json", "explain {file} --json", 1.2, None),
    ("status", "status --store {known}", 0.5, None),
    ("query", "query --store {known} {sql}", 0.5, None),
    ("coverage", "coverage --store {known}", 0.5, None),
    ("--help", "--help", 0.15, None),
)


def commands(times: int = TIMES) -> list[dict[str, Any]]:
    """A row a command: command, seconds, processor_seconds, and what is `asked` of both."""
    file, other = sorted(SAMPLES.glob("*.html"))[:2]
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        known = Path(temporary, "known")
        _taken([sys.executable, "-m", "flows.cli", "ingest", str(file), "--store", str(known)])
        for number in range(times):
            given = {"file": file, "other": other, "known": known, "new": Path(temporary, f"new-{number}")}
            for name, arguments, *_ in _COMMANDS:
                words = [word.format(**given, sql="SELECT count(*) FROM fact") for word in arguments.split()]
                found.setdefault(name, []).append(_taken([sys.executable, "-m", "flows.cli", *words]))
            library = [sys.executable, "-c", "import great_expectations"]
            found.setdefault("(import great_expectations)", []).append(_taken(library))
    asked = {name: (wall, processor) for name, _, wall, processor in _COMMANDS}
    return [
        {
            "command": name,
            "seconds": median(wall for wall, _ in taken),
            "processor_seconds": median(used for _, used in taken),
            "asked": asked.get(name, (None, None)),
        }
        for name, taken in found.items()
    ]


def _taken(line: list[str]) -> tuple[float, float]:
    """Seconds and processor seconds of a command."""
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    print(json.dumps(commands(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES), indent=1))
