"""A damaged store is made good: from its own copies, from where originals came, or from the originals alone."""

import asyncio
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console

from flows.batch import File
from flows.fingerprint import hint_in
from flows.run import Run, close, commit, compare_reports, judge_reports, load_warehouse, read_files
from flows.sources.declared import Source, Sources
from flows.sources.fetch import Fetcher
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake, read_index
from warehouse.lake.verify import Verified, verify
from warehouse.load import build
from warehouse.schema import arrow_schema

_ASIDE = ".rebuilt"


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found and mended; `before` is where a lake that had to be built anew lies now, `unread` what is lost."""

    verified: Verified
    before: Path | None = None
    unread: tuple[str, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether something is damaged still."""
        if self.before is not None:
            return bool(self.unread)
        return any(not damage.mended for damage in self.verified.all)


def repair(store: Path, deep: bool, sources: Sources | None, progress: Console) -> Repaired:
    """Mend what can be mended of a store. Raises StoreError.

    Originals come anew from the folders and addresses of `sources`, and from the addresses on record. A lake that its
    own copies do not make whole is built anew from the originals, aside, and takes the place of the other, which stays.
    """
    lake = Lake(store)
    with lake.lock():
        verified = verify(lake, deep=deep, mend=True, source=_Origins(lake, sources).bring)
        if not verified.needs_rebuild:
            build(store, accept_loss=True)
            return Repaired(verified)
        if lake.files.shared:
            where = lake.files.where("lake")
            raise StoreError(where, "damaged", "a lake that can be mended", "Restore it from a copy.")
        unread = _rebuild(lake, progress)
        return Repaired(verified, _swap(store), unread)


class _Origins:
    """Where originals once came from: folders on this machine, and addresses."""

    def __init__(self, lake: Lake, sources: Sources | None) -> None:
        self.lake = lake
        self.sources = sources
        self._files: dict[int, list[Path]] | None = None
        self._rows: list[dict[str, Any]] | None = None

    def bring(self, sha256: str) -> bytes | None:
        """The bytes with a hash; None if they are nowhere any more."""
        if self._rows is None:
            self._rows = list(_index_rows(self.lake, "document")) + list(_index_rows(self.lake, "fetch"))
        known = [row for row in self._rows if row["document_sha256"] == sha256]
        for row in known:
            for path in self._of_size(row["bytes"]):
                data = path.read_bytes()
                if hashlib.sha256(data).hexdigest() == sha256:
                    return data
        for url in dict.fromkeys(row["url"] for row in known if row.get("url", "").startswith(("http:", "https:"))):
            data = asyncio.run(self._fetched(url))
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        return None

    def _of_size(self, size: int) -> list[Path]:
        if self._files is None:
            self._files = {}
            for root in map(Path, self.sources.paths if self.sources else ()):
                for path in root.rglob("*") if root.is_dir() else [root]:
                    if path.is_file():
                        self._files.setdefault(path.stat().st_size, []).append(path)
        return self._files.get(size, [])

    async def _fetched(self, url: str) -> bytes:
        limits = self.sources.limits if self.sources else Sources.model_fields["limits"].default
        declared = self.sources.sources if self.sources else []
        source = next((one for one in declared if one.allows(url)), None) or Source(name=url, urls=[url])
        async with Fetcher(limits) as fetcher:
            return (await fetcher.get(url, source)).body


def _index_rows(lake: Lake, table: str) -> Iterator[dict[str, Any]]:
    """What lies beside the originals of their names, addresses and times, oldest first; `commit` is the number of the
    commit a row came with.
    """
    for number, rows in read_index(lake.files, table):
        yield from (row | {"commit": number} for row in rows.to_pylist())


def _rebuild(lake: Lake, progress: Console) -> tuple[str, ...]:
    """Build a store aside from the originals; returns the names of those that could not be read again.

    What came with one commit comes with one again, so that what is newer stays newer.
    """
    aside = lake.store / _ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    (aside / "raw").mkdir(parents=True, mode=0o700)
    for folder in (lake.store / "raw").iterdir():
        if folder.is_dir():
            (aside / "raw" / folder.name).symlink_to(folder.absolute())
    for name in ("corrections", "bounds.yml"):
        if (lake.store / name).exists():
            (aside / name).symlink_to((lake.store / name).absolute())
    documents: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    seen: set[tuple[str, str]] = set()
    for row in _index_rows(lake, "document"):
        if (key := (row["source_name"], row["document_sha256"])) not in seen:
            seen.add(key)
            documents.setdefault(row["commit"], {})[key] = row
    fetches: dict[int, list[dict[str, Any]]] = {}
    for row in _index_rows(lake, "fetch"):
        fetches.setdefault(row.pop("commit"), []).append(row)
    run = Run(Sources.model_construct(sources=[]), aside, progress)
    with run.lake.lock(), run.workers:
        for number in sorted({*documents, *fetches}):
            if rows := fetches.get(number):
                record = run.summary.record() | {"run_id": rows[0]["run_id"], "finished_at": rows[-1]["requested_at"]}
                run.lake.commit({"fetch": pa.Table.from_pylist(rows, schema=arrow_schema("fetch"))}, record)
            run.chunk = [_file(row) for row in documents.get(number, {}).values() if row["document_sha256"]]
            for step in (read_files, judge_reports, commit) if run.chunk else ():
                step(run)
        for step in (load_warehouse, compare_reports, load_warehouse, close):
            step(run)
    lines = run.summary.lines
    return tuple(line.source_name for line in lines if line.outcome == "unreadable" and "Restore it" in line.reason)


def _file(row: dict[str, Any]) -> File:
    hint = hint_in(row["fingerprint"] or "")
    return File(
        None, row["source_name"], row["bytes"], row["modified_ns"], row["document_sha256"],
        duplicate=row["outcome"] == "duplicate", hint=hint, first_seen=row["first_seen"],
    )  # fmt: skip


def _swap(store: Path) -> Path:
    """Put a lake that was built aside in the place of the damaged one; returns where that lies now."""
    aside, before = store / _ASIDE, store / f"lake.before-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    before.mkdir(mode=0o700)
    for pattern in ("lake", "raw/*.parquet", "gongkai.duckdb", "checked.json"):
        for old in list(store.glob(pattern)):
            old.rename(before / old.name)
        for new in list(aside.glob(pattern)):
            new.rename(store / new.relative_to(aside))
    shutil.rmtree(aside)
    return before
