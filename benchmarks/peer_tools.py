"""What general tools make of the files `benchmarks.peers` wrote. Runs in their own environment; needs nothing of ours.

``python peer_tools.py FOLDER`` reads `FOLDER/truth.json` and the files beside it and prints JSON: for every shape and
tool, milliseconds a file and the share of cells right, or why the tool gave up.
"""

import importlib
import io
import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

Rows = list[list[str]]
_GAPS = re.compile(r"\s+")


def share(rows: Rows, truth: list[list[Any]]) -> tuple[int, int]:
    """(cells right, cells) of a file: for each line, the best of the rows that bear its label, its last cells compared.

    More lenient than any use of such rows could be: nothing is asked of tables, columns or groups of lines.
    """
    squeezed = [[_GAPS.sub("", cell) for cell in row] for row in rows]
    right = total = 0
    for label, values in truth:
        wanted = [_GAPS.sub("", value) for value in values]
        name = _GAPS.sub("", label)
        bearing = [row for row in squeezed if not name or name in row]
        right += max(
            (sum(a == b for a, b in zip(row[-len(wanted) :], wanted, strict=False)) for row in bearing), default=0
        )
        total += len(wanted)
    return right, total


def _markdown(text: str) -> Rows:
    lines = (line.strip() for line in text.split("\n"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def _pandas(path: Path) -> Rows:
    pandas = importlib.import_module("pandas")
    data = path.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    frames = pandas.read_html(io.StringIO(text), header=None, converters=None)
    return [[str(cell) for cell in row] for frame in frames for row in frame.astype(object).fillna("").values.tolist()]


def _python_docx(path: Path) -> Rows:
    tables = importlib.import_module("docx").Document(str(path)).tables
    return [[cell.text for cell in row.cells] for table in tables for row in table.rows]


def _pdfplumber(path: Path) -> Rows:
    with importlib.import_module("pdfplumber").open(path) as document:
        return [
            [cell or "" for cell in row] for page in document.pages for table in page.extract_tables() for row in table
        ]


def _camelot(path: Path) -> Rows:
    tables = importlib.import_module("camelot").read_pdf(str(path), pages="all", flavor="lattice")
    return [[str(cell) for cell in row] for table in tables for row in table.df.values.tolist()]


def _kreuzberg(path: Path) -> Rows:
    found = importlib.import_module("kreuzberg").extract_file_sync(str(path))
    cells = [row for table in found.tables for row in table.cells]
    return [[str(cell) for cell in row] for row in cells] or _markdown(found.content)


@lru_cache(maxsize=1)
def _converter() -> Any:
    return importlib.import_module("markitdown").MarkItDown()


def _markitdown(path: Path) -> Rows:
    return _markdown(_converter().convert(str(path)).text_content)


@lru_cache(maxsize=1)
def _docling_converter() -> Any:
    return importlib.import_module("docling.document_converter").DocumentConverter()


def _docling(path: Path) -> Rows:
    document = _docling_converter().convert(path).document
    return [[cell.text for cell in row] for table in document.tables for row in table.data.grid]


TOOLS: dict[str, dict[str, Callable[[Path], Rows]]] = {
    "html": {
        "pandas.read_html": _pandas, "kreuzberg": _kreuzberg, "markitdown": _markitdown, "docling": _docling,
    },
    "docx": {
        "python-docx": _python_docx, "kreuzberg": _kreuzberg, "markitdown": _markitdown, "docling": _docling,
    },
    "pdf": {
        "pdfplumber": _pdfplumber, "camelot": _camelot, "kreuzberg": _kreuzberg, "markitdown": _markitdown,
        "docling": _docling,
    },
    # What LibreOffice makes of a binary Word file; its own time is added.
    "doc": {"LibreOffice and python-docx": _python_docx},
}  # fmt: skip


def main() -> None:
    """Read every file with every tool of its shape."""
    folder = Path(sys.argv[1])
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    rows = []
    for shape, tools in TOOLS.items():
        files = {name: lines for name, lines in truth["files"].items() if name.endswith(f".{shape}")}
        for tool, read in tools.items():
            times, right, total, reason = [], 0, 0, ""
            for name, lines in files.items():
                path = folder / (f"{name}x" if shape == "doc" else name)
                try:
                    read(path)  # once for what is loaded late
                    start = time.perf_counter()
                    found = read(path)
                    times.append(
                        (time.perf_counter() - start) * 1000 + (truth["conversion_ms"] if shape == "doc" else 0)
                    )
                except Exception as error:
                    reason = f"{type(error).__name__}: {error}".split("\n")[0][:80]
                    break
                good, cells = share(found, lines)
                right, total = right + good, total + cells
            read_ms = statistics.median(times) if times else None
            rows.append(
                {"shape": shape, "tool": tool, "ms": read_ms, "right": right, "cells": total, "gave_up": reason}
            )
    json.dump(rows, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
