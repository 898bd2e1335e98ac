"""The archived files as inert data: paragraphs and grids as read, for a page to show beside the statutory tables.

Nothing of a file reaches a browser but its text.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from extract.document import Grid, UnreadableFileError
from extract.formats.drawn.picture import draw
from extract.sniff import parse
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake

# Characters of prose that are shown of a file; its grids are shown whole.
PROSE = 20_000
# Fewer files are read faster than processes start.
_FEW = 60
_BATCH = 200


def documents(store: Path, digests: Iterable[str]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """(SHA-256, document) in the order asked for; None where the store has no readable file of that hash."""
    digests = iter(digests)
    batch = list(islice(digests, _FEW))
    yield from _read(store, batch)
    if len(batch) < _FEW:
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        while batches := [batch for _ in range(8) if (batch := list(islice(digests, _BATCH)))]:
            for read in pool.map(_read, [store] * len(batches), batches):
                yield from read


def pictures(store: Path, asked: Sequence[tuple[str, list[int]]]) -> Iterator[dict[int, tuple[float, float, str]]]:
    """Pages of PDFs as `draw` gives them, in the order asked for; nothing where the store has no such file."""
    if len(asked) < _FEW:
        yield from (_pictures(store, *one) for one in asked)
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield from pool.map(_pictures, [store] * len(asked), *zip(*asked, strict=True), chunksize=8)


def _pictures(store: Path, digest: str, pages: list[int]) -> dict[int, tuple[float, float, str]]:
    try:
        return draw(Lake(store).originals.read(digest), pages)
    except (StoreError, UnreadableFileError):
        return {}


@lru_cache(maxsize=1)
def reader() -> str:
    """A digest of the code that makes a document of bytes: where it changes, all files are read again."""
    digest = hashlib.sha256()
    for folder in (
        "extract",
        "extract.formats",
        "extract.formats.word",
        "extract.formats.drawn",
        "extract.formats.text",
        "warehouse.dashboard",
    ):
        for file in sorted(files(folder).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(store: Path, digests: list[str]) -> list[tuple[str, dict[str, Any] | None]]:
    return [(digest, _document(store, digest)) for digest in digests]


def _document(store: Path, digest: str) -> dict[str, Any] | None:
    try:
        document = parse(Lake(store).originals.read(digest))
    except (StoreError, UnreadableFileError):
        return None
    left = PROSE
    blocks: list[Any] = []
    for block in document.blocks:
        if isinstance(block, Grid):
            rows = [
                [(cell.text, cell.row, cell.column, cell.first, cell.colspan, cell.rowspan, cell.place) for cell in row]
                for row in block.rows
            ]
            blocks.append({"grid": block.number, "rows": rows})
        elif left > 0:
            blocks.append(block[:left])
            left -= len(block)
    return {"media_type": document.media_type, "blocks": blocks, "cut": left < 0}
