"""`python -m benchmarks.performance RUN.json…` writes docs/performance.md: what readers and whole runs cost.

Each `RUN.json` is what `python -m benchmarks.scale FOLDER --json` printed. Readers and commands are measured anew.
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.commands import commands
from benchmarks.run import readers

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_STEPS = {
    "find_new": "finding", "read_files": "reading", "judge_reports": "judging", "commit": "storing",
    "load_warehouse": "loading", "compare_reports": "comparing", "close": "closing",
}  # fmt: skip
_BAR = 40  # characters

_OPENING = """# Performance

Written by `python -m benchmarks.performance`. Times are those of the machine that wrote it; ratios hold better.

## Reading

From bytes to cells with their fates (`extract.read.read_report`), on one core, floor and reader in turn, median of
the pairs.

| shape | floor | floor, ms | read, ms | read and interpret, ms | read / floor | asked |
|--|--|--:|--:|--:|--:|--:|
"""

_STARTING = """
## Starting

Every command started anew (`benchmarks.commands`), medians of five; processor time is that of all its processes. What
is asked holds for two quiet cores, on which the import of Great Expectations takes 2.6 s.

| command | seconds | asked | processor seconds | asked |
|--|--:|--:|--:|--:|
"""

_RUNS = """
## Whole runs

A made-up corpus of all shapes, editions and kinds of damage (`benchmarks.corpus`), from files to a warehouse with its
checks and comparisons (`benchmarks.scale`). *Bare reading* is the time reading alone takes on one core, summed over
all reports; beside it, its share of the run as it is, and if all cores shared it.

| reports | cores | seconds | reports a second | bare reading, s | of the run | shared | largest process, GB |
|--:|--:|--:|--:|--:|--:|--:|--:|
"""


def main() -> None:
    """Measure the readers, lay out the runs, write the page."""
    runs = sorted((json.loads(Path(name).read_text()) for name in sys.argv[1:]), key=lambda run: run["reports"])
    parts = [_OPENING, *map(_reader, readers()), _STARTING, *map(_command, commands()), _RUNS, *map(_run, runs)]
    PAGE.write_text("".join([*parts, *_largest(runs)]), "utf-8")


def _reader(row: dict[str, Any]) -> str:
    return (
        f"| {row['shape']} | {row['floor']} | {row['floor_ms']:.2f} | {row['read_ms']:.2f} "
        f"| {row['interpret_ms']:.2f} | {row['read_ratio']:.1f} × | {row['most']:g} × |\n"
    )


def _command(row: dict[str, Any]) -> str:
    wall, processor = ("" if asked is None else f"{asked:g}" for asked in row["asked"])
    return f"| {row['command']} | {row['seconds']:.2f} | {wall} | {row['processor_seconds']:.2f} | {processor} |\n"


def _run(run: dict[str, Any]) -> str:
    return (
        f"| {run['reports']:,} | {run['cores']} | {run['elapsed']:.0f} | {run['reports_per_second']:.0f} | "
        f"{run['bare_seconds_one_core']:.0f} | {run['of_bare_one_core']:.2f} | {run['of_bare_all_cores']:.2f} | "
        f"{run['peak_bytes'] / 1e9:.1f} |\n"
    )


def _largest(runs: list[dict[str, Any]]) -> list[str]:
    """Where the time of the largest run went, and what became of its cells."""
    if not runs:
        return []
    run = runs[-1]
    seconds = {name: run["seconds"].get(step, 0.0) for step, name in _STEPS.items()}
    longest = max(seconds.values())
    bars = [f"{name:10} {'█' * round(_BAR * took / longest):{_BAR}} {took:6.0f} s\n" for name, took in seconds.items()]
    cells = [
        f"| {one['shape'] or 'all'} | {one['cells']:,} | {one['right']:,} | {one['marked']:,} | {one['silent']:,} |\n"
        for one in run["cells"]
    ]
    return [
        f"\nThe steps of the run over {run['reports']:,} reports; workers read on while one chunk is judged:\n",
        "\n```text\n", *bars, "```\n",
        f"\nIts {run['facts']:,} facts and {run['checks']:,} checks against the truth, cell by cell:\n",
        "\n| shape | cells | right | marked | wrong without a mark |\n|--|--:|--:|--:|--:|\n", *cells,
    ]  # fmt: skip


if __name__ == "__main__":
    main()
