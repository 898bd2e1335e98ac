"""`make bench`: what reading costs over the bare parser, and what the pipeline costs over reading.

Absolute times depend on the machine; the ratios are measured in one run, floor and reader in turn, and the median of
the pairs is printed. Garbage is collected as seldom as in a worker. Every run measures the same work: web pages and
texts are rendered anew from seeded numbers; Word files and PDFs are two reports of the weight people read
(`benchmarks.weight`): with lean ones, what it costs to begin would count for more than the reading.
"""

import io
import json
import os
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import olefile
import pypdfium2 as pdfium
from lxml import etree
from python_calamine import CalamineWorkbook
from rich.console import Console
from rich.table import Table
from selectolax.lexbor import LexborHTMLParser

from benchmarks.weight import EDITIONS, FILES, layout_file, prose, web_page, word_report, workbook
from extract.encodings import decode
from extract.read import read_report
from flows.settings import configure_prefect
from flows.workers import collect_seldom, cores
from tests.render import Layout, render
from tests.strategies import LOCAL, distinct_numbers
from transform.agencies import Directory
from transform.interpret import read_file
from transform.reference import divisions
from warehouse.query import query

ROUNDS = 40
REPORTS = 1_000

LAYOUTS = {
    "html": (
        Layout(wrap="p", chrome=True),
        Layout(wrap="spans", nbsp=True, thead=True),
        Layout(encoding="gb18030"),
    ),
    "txt": (Layout(), Layout(padding="\u00a0", broken=True)),
}


def corpus(shape: str, count: int) -> list[bytes]:
    """Reports of both editions: rendered in the usual layouts of a shape, or of its usual weight, in turn."""
    if shape not in LAYOUTS:
        written = {"docx": word_report, "xlsx": workbook, "ofd": layout_file}
        heavy = [written[shape](e) if shape in written else (FILES / f"{e}.{shape}").read_bytes() for e in EDITIONS]
        return [heavy[number % len(heavy)] for number in range(count)]
    rng = Random(f"{shape} 2024")
    files = []
    for number, town in enumerate(rng.sample(_towns(), count)):
        edition = ("2019", "2021")[number % 2]
        layout = replace(LAYOUTS[shape][number % len(LAYOUTS[shape])], agency=town, year=int(edition))
        numbers = distinct_numbers(edition, LOCAL[edition][0])
        values = {key: str(value) for key, value in numbers.items()}
        layout = replace(layout, prose=prose(rng))
        file = render(edition, values, shape, layout=layout, rng=rng)
        files.append(web_page(file.decode(layout.encoding)).encode(layout.encoding) if shape == "html" else file)
    return files


def milliseconds(works: Sequence[Callable[[bytes], object]], data: bytes) -> list[float]:
    """Time of each work on a file, in turn; the best of three, so that a hiccup of the machine is not measured."""
    rounds = [[_timed(work, data) * 1000 for work in works] for _ in range(3)]
    return [min(times) for times in zip(*rounds, strict=True)]


def _timed(work: Callable[[bytes], object], data: bytes) -> float:
    start = time.perf_counter()
    work(data)
    return time.perf_counter() - start


@cache
def _towns() -> list[str]:
    """Towns that exist, so that agencies are resolved as in real reports."""
    named = [division for division in divisions() if division.level == 4 and division.name[-1] in "镇乡"]
    return [Directory.load().agency(division.code).name for division in named]


def _unzip_and_parse(data: bytes) -> object:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [etree.fromstring(archive.read(name)) for name in archive.namelist()]


def _text_of_pages(data: bytes) -> object:
    with pdfium.PdfDocument(data) as document:
        return [page.get_textpage().get_text_range() for page in document]


def _streams(data: bytes) -> object:
    with olefile.OleFileIO(io.BytesIO(data)) as compound:
        return [compound.openstream(name).read() for name in compound.listdir()]


def _sheets(data: bytes) -> object:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        return [book.get_sheet_by_index(number).to_python() for number in range(len(book.sheet_names))]


# The least anything that reads such a file has to do, and what the ratio to it is to be at most.
FLOORS: dict[str, tuple[str, float, Callable[[bytes], object]]] = {
    "html": ("decode and lexbor parse", 6, lambda data: LexborHTMLParser(decode(data)[0])),
    "docx": ("unzip and lxml parse", 3, _unzip_and_parse),
    "pdf": ("pypdfium2 text", 2.5, _text_of_pages),
    "doc": ("OLE streams", 8, _streams),
    "xlsx": ("calamine's own parse", 3, _sheets),
    "ofd": ("unzip and lxml parse", 6, _unzip_and_parse),
    "txt": ("read and split", 30, lambda data: [line.split("\t") for line in data.decode().split("\n")]),
}


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and those it starts, on one core: what is handed to another process is paid for, too."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@one_core()
def readers() -> list[dict[str, object]]:
    """A row a shape: floor, reading and interpreting in milliseconds a report, and their ratios."""
    collect_seldom()
    rows = []
    for shape, (name, most, floor) in FLOORS.items():
        files = corpus(shape, ROUNDS)
        read = lambda data: read_report(data, "bench")  # noqa: E731
        interpret = lambda data: read_file(data, "bench")  # noqa: E731
        for work in (floor, read, interpret):
            work(files[0])
        floors, reads, interpreted = zip(*(milliseconds((floor, read, interpret), data) for data in files), strict=True)
        rows.append(
            {
                "shape": shape,
                "floor": name,
                "floor_ms": statistics.median(floors),
                "read_ms": statistics.median(reads),
                "interpret_ms": statistics.median(interpreted),
                "most": most,
                "read_ratio": statistics.median(r / f for r, f in zip(reads, floors, strict=True)),
            }
        )
    return rows


def end_to_end() -> dict[str, object]:
    """The flow over many reports: throughput, and the share of time that is not reading and judging."""
    configure_prefect()
    from flows.ingest import ingest

    with tempfile.TemporaryDirectory() as folder:
        source, one, store = Path(folder, "in"), Path(folder, "one"), Path(folder, "store")
        files = [*corpus("html", REPORTS // 2), *corpus("txt", REPORTS // 2)]
        for place in (source, one):
            place.mkdir()
        for number, data in enumerate(files):
            (source / f"{number:05}.html").write_bytes(data)
        (one / "0.html").write_bytes(files[0])
        # The first run of a process starts Prefect's server and imports Great Expectations: the price of any run.
        start = _timed(lambda _: ingest([str(one)], str(Path(folder, "first"))), b"")
        running = _timed(lambda _: ingest([str(source)], str(store)), b"")
        again = _timed(lambda _: ingest([str(source)], str(store)), b"")
        facts = query(store, "SELECT count(*) AS facts FROM fact").to_pylist()[0]["facts"]
    bare = sum(_timed(lambda data: read_file(data, "bench"), data) for data in files)
    return {
        "reports": len(files),
        "facts": facts,
        "start_seconds": start,
        "seconds": running,
        "seconds_nothing_new": again,
        "reports_per_second": len(files) / running,
        "cores": cores(),
        "bare_seconds_one_core": bare,
        "overhead_share": max(0.0, 1 - bare / cores() / running),
    }


def main() -> None:
    """Measure, print a table for people or JSON (--json)."""
    result = {"readers": readers(), "flow": end_to_end()}
    if "--json" in sys.argv:
        print(json.dumps(result, indent=1))
        return
    console = Console()
    table = Table("shape", "floor", "floor ms", "read ms", "read + interpret ms", "read / floor", "at most", box=None)
    for row in result["readers"]:
        table.add_row(
            row["shape"], row["floor"], f"{row['floor_ms']:.2f}", f"{row['read_ms']:.2f}", f"{row['interpret_ms']:.2f}",
            f"{row['read_ratio']:.1f} ×", f"{row['most']:g} ×",
        )  # fmt: skip
    console.print(table)
    flow = result["flow"]
    console.print(
        f"\nThe flow reads, judges, stores and loads {flow['reports']} reports ({flow['facts']} facts) in "
        f"{flow['seconds']:.1f} s: {flow['reports_per_second']:.0f} a second on {flow['cores']} cores. Bare reading "
        f"and judging takes {flow['bare_seconds_one_core']:.1f} s on one core, so {flow['overhead_share']:.0%} of the "
        f"time is not spent on it. Starting costs {flow['start_seconds']:.1f} s, a run with nothing new "
        f"{flow['seconds_nothing_new']:.1f} s.",
        highlight=False,
    )


if __name__ == "__main__":
    main()
