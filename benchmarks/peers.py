"""`make peers`: general tools on the same files as our readers, by time and by share of cells right.

The files are undamaged reports of `benchmarks.corpus`. The tools run in `.venv-peers`, from benchmarks/peers.txt;
binary Word files go through LibreOffice, where it is installed. The comparison is kind to them: see `peer_tools.share`.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.corpus import Made, make
from extract.read import read_report

FILES = 10
SHAPES = ("html", "docx", "doc", "pdf")
PEERS = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"


def main() -> None:
    """Write the files, read them with everything, print a table; --json for programs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reports = {shape: chosen(shape) for shape in SHAPES}
        lines = {made.name.rpartition("/")[2]: as_lines(made) for found in reports.values() for made in found}
        for found in reports.values():
            for made in found:
                (folder / made.name.rpartition("/")[2]).write_bytes(made.data)
        conversion = convert(folder) if shutil.which("soffice") else None
        truth = {"files": lines, "conversion_ms": conversion or 0}
        (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")
        rows = [ours(shape, reports[shape]) for shape in track(SHAPES, "reading", console=Console(stderr=True))]
        tools = Path(__file__).with_name("peer_tools.py")
        if PEERS.exists():
            done = subprocess.run([PEERS, tools, folder], capture_output=True, text=True, check=True)
            rows += json.loads(done.stdout)
    rows.sort(key=lambda row: (SHAPES.index(row["shape"]), row["tool"] != "gongkai", row["ms"] or 1e9))
    if "--json" in sys.argv:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        show(rows)


def chosen(shape: str) -> list[Made]:
    """The first undamaged reports of a shape."""
    found: list[Made] = []
    number = 0
    while len(found) < FILES:
        made = make(number, seed=2024)
        if made.shape == shape and not made.damage:
            found.append(made)
        number += 1
    return found


def as_lines(made: Made) -> list[list[object]]:
    """Label and values of each line, as printed."""
    rows = [row for sheet in made.sheets for row in sheet.rows if any(box.key for box in row)]
    return [
        [next((box.text for box in reversed(row) if box.kind == "label"), ""), [box.text for box in row if box.key]]
        for row in rows
    ]


def convert(folder: Path) -> float:
    """Make .docx of all .doc in one call; milliseconds a file."""
    files = sorted(folder.glob("*.doc"))
    start = time.perf_counter()
    command = ["soffice", "--headless", "--convert-to", "docx", "--outdir", folder, *files]
    subprocess.run(command, capture_output=True, check=True)
    return (time.perf_counter() - start) * 1000 / len(files)


def ours(shape: str, reports: list[Made]) -> dict[str, object]:
    """The same figures of our own reader, which is also asked for the right indicator and applicant."""
    times, right, total = [], 0, 0
    for made in reports:
        read_report(made.data, made.name)
        start = time.perf_counter()
        reading = read_report(made.data, made.name)
        times.append((time.perf_counter() - start) * 1000)
        read = {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells}
        right += sum(read.get(key) == text for key, text in made.printed.items())
        total += len(made.printed)
    ms = statistics.median(times)
    return {"shape": shape, "tool": "gongkai", "ms": ms, "right": right, "cells": total, "gave_up": ""}


def show(rows: list[dict[str, object]]) -> None:
    """A table for people."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("shape", "tool", "ms a file", "cells right"):
        table.add_column(name, justify="right" if name[0] in "mc" else "left")
    for row in rows:
        ms = f"{row['ms']:.1f}" if row["ms"] else ""
        table.add_row(str(row["shape"]), str(row["tool"]), ms, f"{row['right']}/{row['cells']} {row['gave_up']}")
    Console().print(table)


if __name__ == "__main__":
    main()
