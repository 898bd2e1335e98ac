"""PDF files: tables from the rulings a page draws, text from the boxes of its characters.

Nothing in a PDF says "table" (ISO 32000-1 knows paths, 8.5, and shown text, 9.4), so a grid is rebuilt: lines and thin
rectangles are joined into rulings, rulings that touch make a lattice, and a cell is a rectangle no ruling crosses.
Pages are read by PDFium (its public headers fpdf_edit.h and fpdf_text.h name the calls), in a process of its own: a
hostile file can exhaust that process, not ours.
"""

import ctypes
import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, BinaryIO, NamedTuple

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from extract.document import Cell, Document, Grid, UnreadableFileError
from extract.labels import clean, squeeze

MAX_BYTES = 50_000_000
MAX_PAGES = 500
MAX_SECONDS = 10  # of processor time, so that a busy machine reads what an idle one reads
MAX_MEMORY = 2_000_000_000
_MEDIA_TYPE = "application/pdf"

# Points. Rulings come in pieces that miss each other by a hair, and pages of tables with spaced cells draw every line
# twice, up to 2.3 apart; the lowest row of print is 6 high.
_SNAP = 3.0
_THICK = 4.0  # a filled shape thicker than this is a background
_SHORT = 5.0
_EM = 0.5  # of a character's height: what stands further off is another line, or another word

_NUMBERED = re.compile(r"^[(（]?[一二三四五六七八九十\d]{1,3}[)）、.．,，]")
_FIGURES = re.compile(r"^[\d.,+\-—–/\\*％%]+$")
_FOLIO = re.compile(r"^[-—–·~第共]*\d{1,3}(?:页|[-—–·~])*(?:[/、第共,，]*\d{1,3}页?)?[-—–·~]*$")


def read(data: bytes) -> Document:
    """Parse a PDF with a text layer.

    Raises UnreadableFileError for what is encrypted, damaged, scanned, or larger than the limits of this module.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(f"{len(data)} bytes; expected at most {MAX_BYTES}", _MEDIA_TYPE)
    answer = _READER.ask(data)
    if "error" in answer:
        raise UnreadableFileError(answer["error"], _MEDIA_TYPE)
    document = Document(_MEDIA_TYPE, title=answer["title"])
    for block in answer["blocks"]:
        if isinstance(block, str):
            document.blocks.append(block)
        else:
            rows = [[Cell(*cell) for cell in row] for row in block]
            document.blocks.append(Grid(len(document.grids) + 1, rows, spans_known=True))
    return document


# -- the reading process -------------------------------------------------------------------------------------------


class _Reader:
    """The process that holds PDFium: one request at a time, started when first needed, replaced when it dies."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None
        self.owner = 0

    def ask(self, data: bytes) -> dict[str, Any]:
        """What `_serve` answers. JSON, so that a process a file has taken over can only tell lies, not run code."""
        with self.lock:
            child = self._running()
            assert child.stdin and child.stdout
            try:
                child.stdin.write(struct.pack(">II", len(data), MAX_SECONDS) + data)
                child.stdin.flush()
                answer: dict[str, Any] = json.loads(child.stdout.readline())
            except (OSError, ValueError):
                self.stop()
                raise UnreadableFileError(
                    f"PDFium gave up; expected a file it reads within {MAX_SECONDS} s and {MAX_MEMORY} bytes",
                    _MEDIA_TYPE,
                ) from None
            return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self.owner != os.getpid():  # a fork shares its parent's pipes and must not talk into them
            self.child = None
        if self.child is None or self.child.poll() is not None:
            code = "import sys; sys.path[:] = sys.argv[1:]; from extract.formats import pdf; pdf._serve()"
            self.child = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", code, *sys.path],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            self.owner = os.getpid()
            atexit.register(self.stop)
        return self.child

    def stop(self) -> None:
        """End the process, if it is ours."""
        if self.child is not None and self.owner == os.getpid():
            self.child.kill()
            self.child.communicate()
            self.child = None


_READER = _Reader()
