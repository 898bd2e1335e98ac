"""What Prefect costs: `python -m benchmarks.orchestration [REPORTS]`, part of `make bench`.

Reports are ingested by the whole command against a running server. Outside its steps a run starts Python, imports, and
keeps Prefect informed; importing the steps alone is measured beside it. The server is another process on the same
cores: what it uses of them counts as well.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.run import corpus
from docs.make.prefect_ui import free_port, server
from flows.workers import cores

REPORTS = 10_000


def used(process: int) -> float:
    """Seconds of processor time a process and its children have used."""
    seconds = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = stat.read_text().rpartition(")")[2].split()
        if process in (int(stat.parent.name), int(fields[1])):
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


def timed(line: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Seconds a command takes, and what it prints."""
    start = time.perf_counter()
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return time.perf_counter() - start, done.stdout


def main() -> None:
    """Render, ingest, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS
    with tempfile.TemporaryDirectory() as temporary:
        folder, port = Path(temporary, "in"), free_port()
        folder.mkdir()
        for shape in ("html", "txt"):
            for number, data in enumerate(corpus(shape, count // 2)):
                (folder / f"{number:05}.{shape}").write_bytes(data)
        with server(Path(temporary, "home"), port) as environment:
            pid = int(environment["SERVER_PID"])
            before = used(pid)
            line = [sys.executable, "-m", "flows.cli", "ingest", str(folder), "--store", f"{temporary}/store", "--json"]
            whole, told = timed(line, environment)
            of_server = used(pid) - before
        bare, _ = timed([sys.executable, "-c", "import flows.run"], dict(os.environ))
    steps = json.loads(told)["seconds"]
    outside = whole - sum(steps.values()) - bare
    result = {
        "reports": count, "seconds": whole, "steps": steps, "start_without_prefect": bare,
        "outside_the_steps": outside, "processor_seconds_of_the_server": of_server,
        "share": (outside + of_server / cores()) / whole,
    }  # fmt: skip
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
