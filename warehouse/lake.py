"""The lake: original files and Parquet parts in a folder, grown by whole commits.

Layout of a store::

    raw/<aa>/<sha256>                 original bytes, archived before they are read
    lake/<table>/<commit>.parquet     the rows of one commit; a part
    lake/commits/<commit>.json        its manifest, written last: a part without one does not exist
    .lock                             who writes

A commit is named `<sequence of 8 digits>-<digest of its content>`. Nothing is ever changed or removed, except
what a killed run left behind. Later commits supersede earlier ones by the rules in `warehouse/sql/lake`.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.schema import LakeTable, lake_tables

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"(\d{8})-[0-9a-f]{12}")

_RESTORE = "Restore it from a copy of the store."
_DECLARED = "Compare with warehouse/schema.yaml."

_GONE = "See whether its disk or share is mounted, then run the same command again."
# What to do where a file system refuses.
_REMEDY = {
    errno.ENOSPC: "Make room, then run the same command again.",
    errno.EDQUOT: "Make room or raise the quota, then run the same command again.",
    errno.EROFS: "Mount it writable, or name another place for the store.",
    errno.EACCES: "Grant the rights, or name another place for the store.",
    errno.EPERM: "Grant the rights, or name another place for the store.",
    **dict.fromkeys((errno.ENOENT, errno.ESTALE, errno.EIO, errno.ENOTCONN, errno.ENODEV, errno.ETIMEDOUT), _GONE),
}

# Seconds to wait for a lock that is being looked at, not held.
_PATIENCE = 1.0


@dataclass(slots=True)
class _Lock:
    """A lock this process holds: its descriptor, how often it was taken, and the folder it was taken of.

    A flow that holds the store may call what takes the lock itself.
    """

    descriptor: int
    depth: int
    folder: tuple[int, int]


_held: dict[Path, _Lock] = {}
_guard = threading.RLock()


class StoreError(Exception):
    """The store cannot be used; the message says where, what was found, what was expected, and what to do."""

    def __init__(self, where: object, found: str, expected: str, next_step: str) -> None:
        super().__init__(f"{where}: {found}; expected {expected}. {next_step}")
        self.parts = (str(where), found, expected, next_step)

    def __reduce__(self) -> tuple[type["StoreError"], tuple[str, str, str, str]]:
        """Worker processes hand it over."""
        return type(self), self.parts


class StoreLockedError(StoreError):
    """Another process writes to the store."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes to a store, or wrote last and did not end well.

    `failure` says why it gave up; "" with `is_writing` False is one that was killed.
    """

    name: str
    is_writing: bool
    failure: str


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file of a commit as its manifest describes it."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A manifest: the parts by table, and the record of the run that wrote them (JSON values)."""

    name: str
    parts: Mapping[str, Part]
    run: Mapping[str, Any]


class Lake:
    """The lake of the store in a local folder, which the first write creates.

    `warehouse` is where the DuckDB file built from it lies. Raises StoreError for a URL or a file.
    """

    def __init__(self, store: Path) -> None:
        if _URL.match(str(store)):
            raise StoreError(store, "a URL", "a local folder", "Name a folder.")
        if store.is_file():
            raise StoreError(store, "a file", "a folder, or a name not yet taken", "Name another place.")
        self.store = store
        self.warehouse = store / "gongkai.duckdb"
        self._folder = store / "lake"
        self._manifests = self._folder / "commits"
        self._raw = store / "raw"
        self._locked: tuple[int, int] | None = None

    # -- writing ----------------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process that writes, for as long as the block lasts; it may take the lock again.

        Raises StoreLockedError, saying who writes, if another process does. The lock dies with its process; the note
        in it stays, for `writer` to tell.
        """
        with writing(self.store):
            self._folder.mkdir(parents=True, exist_ok=True)
        path = (self.store / ".lock").resolve()
        with _guard:
            held = _held.get(path) or _Lock(_acquire(path), 0, _identity(self.store))
            self._locked = held.folder
            self.still_there()
            held.depth += 1
            _held[path] = held
        failure = "interrupted"
        try:
            yield
            failure = ""
        except Exception as error:
            failure = str(error) or type(error).__name__
            raise
        finally:
            with _guard:
                held.depth -= 1
                if not held.depth:
                    del _held[path]
                    _release(held.descriptor, failure)

    def writer(self) -> Writer | None:
        """Who writes, or why the last one that wrote did not come to its end; None if it did."""
        try:
            descriptor = os.open(self.store / ".lock", os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            name, _, failure = os.read(descriptor, 10_000).decode(errors="replace").partition("\n")
            return Writer(name, not _is_free(descriptor), failure) if name else None
        finally:
            os.close(descriptor)

    def still_there(self) -> None:
        """See that the store is the folder that was locked: what is written where a share was mounted would be lost
        from sight when it comes back. Raises StoreError.
        """
        if self._locked is not None and _identity(self.store) != self._locked:
            raise StoreError(self.store, "no longer the folder that was locked", "the store", _GONE)

    def clean(self) -> int:
        """Remove what killed runs left, half-written files and parts without a manifest; returns how many."""
        with self.lock(), _guard, writing(self.store):
            committed = {commit.name for commit in self.commits()}
            left = [*self._folder.glob("*/.*.tmp"), *self._raw.glob("*/.*.tmp")]
            left += [part for part in self._folder.glob("*/*.parquet") if part.stem not in committed]
            for path in left:
                path.unlink()
            return len(left)

    def archive(self, data: bytes) -> str:
        """Keep the original bytes of a file; returns their SHA-256. Needs no lock: the name is the content.

        A call for bytes already there costs their hash.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self.path_of(digest)
        with writing(self.store):
            if not path.exists():
                self.still_there()
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, data)
        return digest

    def commit(self, tables: Mapping[str, pa.Table], run: Mapping[str, object]) -> str:
        """Add rows to the lake, all or nothing; returns the name of the commit.

        `tables` maps names of lake tables to rows with exactly their declared columns; rows alike count once,
        and equal rows in any order give equal bytes. `run` is a row of the table `run`. Raises StoreError for
        rows that break the declaration.
        """
        declared = lake_tables()
        with self.lock(), _guard, writing(self.store), duckdb.connect() as connection:
            commits = self.commits()
            record = _rows(connection, declared["run"], pa.Table.from_pylist([dict(run)]))
            filled = sorted(name for name, table in tables.items() if table.num_rows)
            rows = {name: _rows(connection, declared[name], tables[name]) for name in filled}
            files = {name: _parquet(table) for name, table in rows.items()}
            parts = {
                name: asdict(Part(rows[name].num_rows, len(data), hashlib.sha256(data).hexdigest()))
                for name, data in files.items()
            }
            body = {"parts": parts, "run": record.to_pylist()[0]}
            text = json.dumps(body, ensure_ascii=False, indent=1, default=_iso).encode()
            name = f"{len(commits) + 1:08d}-{hashlib.sha256(text).hexdigest()[:12]}"
            for table, data in files.items():
                (self._folder / table).mkdir(exist_ok=True)
                _write(self._folder / table / f"{name}.parquet", data)
            self._manifests.mkdir(exist_ok=True)
            self.still_there()
            _write(self._manifests / f"{name}.json", text)
            return name

    # -- reading ----------------------------------------------------------------------------------------

    def path_of(self, sha256: str) -> Path:
        """Where the archived bytes with this SHA-256 lie, if they do."""
        return self._raw / sha256[:2] / sha256

    def original(self, sha256: str) -> bytes:
        """The archived bytes with this SHA-256. Raises StoreError if they are not there or not those."""
        if not _SHA256.fullmatch(sha256):
            raise StoreError(sha256, "no SHA-256", "64 hexadecimal digits", "Look it up in the view document.")
        path = self.path_of(sha256)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(path, str(error.strerror), "the original file", _RESTORE) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(path, "other bytes than archived", "the original file", _RESTORE)
        return data

    def commits(self) -> list[Commit]:
        """All commits, oldest first. Raises StoreError if a manifest or a part is missing or damaged."""
        commits = []
        for number, path in enumerate(sorted(self._manifests.glob("*.json")), start=1):
            found = _COMMIT.fullmatch(path.stem)
            if not found or int(found[1]) != number:
                raise StoreError(path, "out of sequence", f"commit number {number}", _RESTORE)
            try:
                body = json.loads(path.read_bytes())
                parts = {name: Part(**part) for name, part in body["parts"].items()}
                commits.append(Commit(path.stem, parts, body["run"]))
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise StoreError(path, f"unreadable ({error})", "a manifest", _RESTORE) from error
            for name, part in parts.items():
                self._check(self._folder / name / f"{path.stem}.parquet", part)
        return commits

    @staticmethod
    def _check(path: Path, part: Part) -> None:
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            size = -1
        if size != part.bytes:
            found = "missing" if size < 0 else f"{size} bytes"
            raise StoreError(path, found, f"{part.bytes} bytes, as its manifest says", _RESTORE)

    def scan(self, table: str, commits: Sequence[Commit] | None = None) -> str:
        """SQL for the rows that commits, by default all of them, added to a table.

        `commit_seq` is the number of their commit. Parts older than a column show it as null.
        """
        commits = self.commits() if commits is None else commits
        columns = lake_tables()[table].columns
        names = ", ".join(column.name for column in columns)
        nulls = ", ".join(f"NULL::{column.duckdb} AS {column.name}" for column in columns)
        rows = f"SELECT {nulls}, NULL::VARCHAR AS filename WHERE false"
        files = [self._folder / table / f"{c.name}.parquet" for c in commits if table in c.parts]
        if files:
            # DuckDB takes a name for a pattern; a bracketed character stands for itself.
            literal = (re.sub(r"([*?\[])", r"[\1]", str(file)).replace("'", "''") for file in files)
            listed = ", ".join(f"'{name}'" for name in literal)
            options = "union_by_name = true, filename = true"
            rows += f" UNION ALL BY NAME SELECT * FROM read_parquet([{listed}], {options})"  # noqa: S608
        number = "regexp_extract(filename, '([0-9]+)-[^-/]*$', 1)::INTEGER"
        return f"SELECT {names}, {number} AS commit_seq FROM ({rows})"  # noqa: S608

    def documents(self) -> pa.Table:
        """The newest row of every name and content: what was read already, and with which fingerprint.

        `first_seen` is that of the first commit.
        """
        with duckdb.connect() as connection:
            return connection.execute(
                f"""
                SELECT * EXCLUDE commit_seq REPLACE (arg_min(first_seen, commit_seq) OVER same AS first_seen)
                FROM ({self.scan("document")})
                WINDOW same AS (PARTITION BY source_name, document_sha256)
                QUALIFY commit_seq = max(commit_seq) OVER same
                ORDER BY source_name, document_sha256
                """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
            ).to_arrow_table()

    def reports(self) -> pa.Table:
        """The newest row of every report ever read."""
        with duckdb.connect() as connection:
            return connection.execute(
                f"""
                SELECT * EXCLUDE commit_seq FROM ({self.scan("report")})
                QUALIFY row_number() OVER (PARTITION BY report_id ORDER BY commit_seq DESC) = 1
                ORDER BY report_id
                """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
            ).to_arrow_table()

    def fetches(self) -> pa.Table:
        """The newest request of every address for each content it ever had (none counts as one), oldest first."""
        with duckdb.connect() as connection:
            return connection.execute(
                f"""
                SELECT * EXCLUDE commit_seq FROM ({self.scan("fetch")})
                QUALIFY row_number() OVER (PARTITION BY url, document_sha256 ORDER BY commit_seq DESC) = 1
                ORDER BY commit_seq, requested_at, url
                """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
            ).to_arrow_table()

    def runs(self) -> pa.Table:
        """The record of every run, as its last commit states it."""
        table = lake_tables()["run"]
        newest = {commit.run["run_id"]: dict(commit.run) for commit in self.commits()}
        times = [column.name for column in table.columns if column.type == "timestamp"]
        for run in newest.values():
            run.update({name: datetime.fromisoformat(run[name]) for name in times if run[name]})
        return pa.Table.from_pylist(list(newest.values()), schema=table.arrow)


def _identity(folder: Path) -> tuple[int, int]:
    """Which folder stands at a path, (0, 0) for none."""
    try:
        stat = folder.stat()
    except OSError:
        return 0, 0
    return stat.st_dev, stat.st_ino


def _acquire(path: Path) -> int:
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    until = time.monotonic() + _PATIENCE
    while not _is_free(descriptor, fcntl.LOCK_EX):
        if time.monotonic() > until:
            holder = os.read(descriptor, 1000).decode(errors="replace") or "a process that has just begun"
            os.close(descriptor)
            found = f"the store is being written by {holder}"
            raise StoreLockedError(path, found, "no other writer", "Wait for it to end, or stop it.")
        time.sleep(_PATIENCE / 20)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    try:
        with writing(path):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()} since {now}".encode())
    except StoreError:
        os.close(descriptor)
        raise
    return descriptor


def _is_free(descriptor: int, mode: int = fcntl.LOCK_SH) -> bool:
    """Take a lock if nobody holds it."""
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _release(descriptor: int, failure: str) -> None:
    """Give a lock back; its note is emptied, or says why."""
    with suppress(OSError):  # a full disk or a lost share: whoever holds the lock has been told already
        if failure:
            os.write(descriptor, f"\n{failure}".encode())
        else:
            os.ftruncate(descriptor, 0)
    os.close(descriptor)


@contextmanager
def writing(where: Path) -> Iterator[None]:
    """Say of a file system that refuses what was found, what was expected and what to do. Raises StoreError."""
    try:
        yield
    except OSError as error:
        found = f"cannot be written ({error.strerror or error})"
        next_step = _REMEDY.get(error.errno or 0, "Grant the rights or make room, or name another place for the store.")
        raise StoreError(error.filename or where, found, "a folder this user may fill", next_step) from error


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in its place, or nothing."""
    beside = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()  # on a full disk half a file is in the way
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _rows(connection: duckdb.DuckDBPyConnection, table: LakeTable, rows: pa.Table) -> pa.Table:
    """The rows in declared columns and types, each once, in the order of the key."""
    where = f"rows for the table {table.name}"
    names = table.arrow.names
    if set(rows.column_names) != set(names):
        differ = ", ".join(sorted(set(rows.column_names) ^ set(names)))
        raise StoreError(where, f"too many or missing: {differ}", ", ".join(names), _DECLARED)
    try:
        rows = rows.select(names).cast(table.arrow)
    except pa.ArrowException as error:
        raise StoreError(where, str(error), "the declared types", _DECLARED) from error
    key = ", ".join(table.key)
    connection.register("rows", rows)
    distinct = f"SELECT DISTINCT * FROM rows ORDER BY {key or 'ALL'}"  # noqa: S608
    once = connection.execute(distinct).to_arrow_table()
    if key:
        connection.register("once", once)
        absent = " OR ".join(f"{column} IS NULL" for column in table.key)
        twice = f"SELECT {key} FROM once GROUP BY ALL HAVING count(*) > 1 OR {absent} LIMIT 1"  # noqa: S608
        if bad := connection.execute(twice).fetchone():
            found = f"({key}) = {bad} is null or stands on rows that differ"
            raise StoreError(where, found, "one row a key", _DECLARED)
    return once.cast(table.arrow).combine_chunks()


def _parquet(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _iso(value: datetime) -> str:
    return value.isoformat()
