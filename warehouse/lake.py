"""The lake: original files and Parquet parts, grown by whole commits.

Layout of a store::

    raw/<aa>/<sha256>                 original bytes, archived before they are read
    lake/<table>/<commit>.parquet     the rows of one commit; a part
    lake/commits/<commit>.json        its manifest, written last: a part without one does not exist
    .lock                             who writes
    lake.url                          where raw/ and lake/ lie instead, if on object storage

On object storage a manifest is named by its sequence alone, and created only where none is: of two writers one wins.
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
from warehouse.storage import Bucket, Folder, Identity, Storage

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_POINTER = "lake.url"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"(\d{8})(-[0-9a-f]{12})?")

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
    errno.EHOSTDOWN: "See whether the object storage answers, then run the same command again.",
    **dict.fromkeys((errno.ENOENT, errno.ESTALE, errno.EIO, errno.ENOTCONN, errno.ENODEV, errno.ETIMEDOUT), _GONE),
}

# DuckDB would take most of a machine. With this much, loading 20 million cells takes a tenth longer.
_MEMORY = "2GB"

# Seconds to wait for a lock that is being looked at, not held.
_PATIENCE = 1.0


@dataclass(slots=True)
class _Lock:
    """A lock this process holds: its descriptor, how often it was taken, and what it was taken of.

    A flow that holds the store may call what takes the lock itself.
    """

    descriptor: int
    depth: int
    place: Identity


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

    `warehouse` is where the DuckDB file built from it lies. Raises StoreError for a URL (`attach` gives it a folder) or
    a file.
    """

    def __init__(self, store: Path) -> None:
        if _URL.match(str(store)):
            raise StoreError(store, "a URL", "a local folder", "Name a folder.")
        if store.is_file():
            raise StoreError(store, "a file", "a folder, or a name not yet taken", "Name another place.")
        self.store = store
        self.warehouse = store / "gongkai.duckdb"
        self._files: Storage = _storage(store)
        self._locked: Identity = None

    # -- writing ----------------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process that writes, for as long as the block lasts; it may take the lock again.

        Raises StoreLockedError, saying who writes, if another process does. The lock dies with its process; the note
        in it stays, for `writer` to tell.
        """
        with writing(self.store):
            (self.store if self._files.shared else self.store / "lake").mkdir(parents=True, exist_ok=True)
        path = (self.store / ".lock").resolve()
        with _guard:
            held = _held.get(path) or _Lock(_acquire(path), 0, self._files.identity())
            self._locked = held.place
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
        if self._locked is None:
            return
        host, device, folder = self._locked
        now = self._files.identity()
        # Another machine numbers its devices otherwise; the folder of a share it knows by the same number.
        if now is None or now[2] != folder or (now[0] == host and now[1] != device):
            raise StoreError(self.store, "no longer the folder that was locked", "the store", _GONE)

    def clean(self) -> int:
        """Remove what killed runs left, half-written files and parts without a manifest; returns how many.

        Of a shared lake a part stays as long as its writer may still commit it.
        """
        with self.lock(), _guard, writing(self.store):
            commits = self.commits()
            committed = {commit.name for commit in commits}
            left = []
            for name in self._files.names("lake"):
                stem, _, kind = name.rpartition("/")[2].rpartition(".")
                number = _COMMIT.fullmatch(stem)
                dead = not self._files.shared or (number is not None and int(number[1]) <= len(commits))
                if kind == "tmp" or (kind == "parquet" and stem not in committed and dead):
                    left.append(name)
            if not self._files.shared:  # on object storage nothing is half-written
                left += [name for name in self._files.names("raw") if name.endswith(".tmp")]
            for name in left:
                self._files.remove(name)
            return len(left)

    def archive(self, data: bytes) -> str:
        """Keep the original bytes of a file; returns their SHA-256. Needs no lock: the name is the content.

        A call for bytes already there costs their hash.
        """
        digest = hashlib.sha256(data).hexdigest()
        with writing(self.store):
            if not self.has_original(digest):
                self.still_there()
                self._files.write(_raw(digest), data)
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
            number = f"{len(commits) + 1:08d}"
            name = f"{number}-{_short(text)}"
            for table, data in files.items():
                self.still_there()
                self._files.write(_part(table, name), data)
            self.still_there()
            manifest = _manifest(number if self._files.shared else name)
            try:
                self._files.create(manifest, text)
            except FileExistsError as error:
                where, found = self._files.where(manifest), "another writer was first"
                raise StoreLockedError(where, found, "no other writer", "Run the same command again.") from error
            return name

    # -- reading ----------------------------------------------------------------------------------------

    def has_original(self, sha256: str) -> bool:
        """Whether the bytes with this SHA-256 are archived."""
        return self._files.has(_raw(sha256))

    def originals(self) -> set[str]:
        """The SHA-256 of everything archived."""
        names = (name.rpartition("/")[2] for name in self._files.names("raw"))
        return {name for name in names if _SHA256.fullmatch(name)}

    def archived(self, sha256: str) -> bytes:
        """The archived bytes with this SHA-256, as they are. Raises OSError."""
        return self._files.read(_raw(sha256))

    def original(self, sha256: str) -> bytes:
        """The archived bytes with this SHA-256. Raises StoreError if they are not there or not those."""
        if not _SHA256.fullmatch(sha256):
            raise StoreError(sha256, "no SHA-256", "64 hexadecimal digits", "Look it up in the view document.")
        where = self._files.where(_raw(sha256))
        try:
            data = self.archived(sha256)
        except OSError as error:
            raise StoreError(where, str(error.strerror), "the original file", _RESTORE) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(where, "other bytes than archived", "the original file", _RESTORE)
        return data

    def commits(self) -> list[Commit]:
        """All commits, oldest first. Raises StoreError if a manifest or a part is missing or damaged."""
        commits = []
        name = _manifest("*")
        try:
            sizes = self._files.sizes("lake")
            names = sorted(name for name in sizes if name.startswith("lake/commits/") and name.endswith(".json"))
            for number, (name, data) in enumerate(zip(names, self._files.read_all(names), strict=True), start=1):
                where, stem = self._files.where(name), name[len("lake/commits/") : -len(".json")]
                found = _COMMIT.fullmatch(stem)
                if not found or int(found[1]) != number:
                    raise StoreError(where, "out of sequence", f"commit number {number}", _RESTORE)
                body = json.loads(data)
                parts = {table: Part(**part) for table, part in body["parts"].items()}
                commits.append(Commit(stem if found[2] else f"{stem}-{_short(data)}", parts, body["run"]))
                for table, part in parts.items():
                    self._check(_part(table, commits[-1].name), part, sizes)
        except (OSError, ValueError, KeyError, TypeError) as error:
            where = getattr(error, "filename", None) or self._files.where(name)
            next_step = _REMEDY.get(getattr(error, "errno", None) or 0, _RESTORE)
            raise StoreError(where, f"unreadable ({error})", "a manifest", next_step) from error
        return commits

    def _check(self, name: str, part: Part, sizes: Mapping[str, int]) -> None:
        size = sizes.get(name)
        if size != part.bytes:
            found = "missing" if size is None else f"{size} bytes"
            raise StoreError(self._files.where(name), found, f"{part.bytes} bytes, as its manifest says", _RESTORE)

    def connect(self, database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
        """A connection that can run what `scan` says. What it cannot keep in memory goes to the disk of the store."""
        spilled = self.warehouse.with_name(f"{self.warehouse.name}.{os.getpid()}.spilled.tmp")  # `build` removes it
        connection = duckdb.connect(database, config={"memory_limit": _MEMORY, "temp_directory": str(spilled)})
        self._files.show(connection)
        return connection

    def scan(self, table: str, commits: Sequence[Commit] | None = None) -> str:
        """SQL for the rows that commits, by default all of them, added to a table; `connect` gives a place to run it.

        `commit_seq` is the number of their commit. Parts older than a column show it as null.
        """
        commits = self.commits() if commits is None else commits
        columns = lake_tables()[table].columns
        names = ", ".join(column.name for column in columns)
        nulls = ", ".join(f"NULL::{column.duckdb} AS {column.name}" for column in columns)
        rows = f"SELECT {nulls}, NULL::VARCHAR AS filename WHERE false"
        files = [self._files.where(_part(table, c.name)) for c in commits if table in c.parts]
        if files:
            # DuckDB takes a name for a pattern; a bracketed character stands for itself.
            literal = (re.sub(r"([*?\[])", r"[\1]", file).replace("'", "''") for file in files)
            listed = ", ".join(f"'{name}'" for name in literal)
            options = "union_by_name = true, filename = true"
            rows += f" UNION ALL BY NAME SELECT * FROM read_parquet([{listed}], {options})"  # noqa: S608
        number = "regexp_extract(filename, '([0-9]+)-[^-/]*$', 1)::INTEGER"
        return f"SELECT {names}, {number} AS commit_seq FROM ({rows})"  # noqa: S608

    def documents(self) -> pa.Table:
        """The newest row of every name and content: what was read already, and with which fingerprint.

        `first_seen` is that of the first commit.
        """
        with self.connect() as connection:
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
        with self.connect() as connection:
            return connection.execute(
                f"""
                SELECT * EXCLUDE commit_seq FROM ({self.scan("report")})
                QUALIFY row_number() OVER (PARTITION BY report_id ORDER BY commit_seq DESC) = 1
                ORDER BY report_id
                """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
            ).to_arrow_table()

    def fetches(self) -> pa.Table:
        """The newest request of every address for each content it ever had (none counts as one), oldest first."""
        with self.connect() as connection:
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


def attach(store: Path, url: str) -> Path:
    """Let the lake of the store in a local folder lie on object storage; returns the folder, which holds the rest.

    Raises StoreError if the folder has another lake, or if the storage cannot be written or lets two writers win.
    """
    pointer = store / _POINTER
    url = url.rstrip("/")
    known = pointer.read_text("utf-8").strip() if pointer.is_file() else ""
    if known == url:
        return store
    if known or (store / "lake").exists():
        raise StoreError(store, f"the lake {known or store / 'lake'}", url, "Name another folder by GONGKAI_LOCAL.")
    files, probe = Bucket(url), f"lake/.{uuid4().hex}"
    with writing(store):
        try:
            files.create(probe, b"")
            files.create(probe, b"")
        except FileExistsError:
            files.remove(probe)
        else:
            files.remove(probe)
            raise StoreError(url, "an object can be created twice", "conditional writes", "Use S3 or its like.")
        Folder(store).write(_POINTER, f"{url}\n".encode())
    return store


def _storage(store: Path) -> Storage:
    try:
        return Bucket((store / _POINTER).read_text("utf-8").strip())
    except (FileNotFoundError, NotADirectoryError):
        return Folder(store)


def _raw(sha256: str) -> str:
    return f"raw/{sha256[:2]}/{sha256}"


def _part(table: str, commit: str) -> str:
    return f"lake/{table}/{commit}.parquet"


def _manifest(name: str) -> str:
    return f"lake/commits/{name}.json"


def _short(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:12]


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
    connection.register("given", rows)
    once = "(SELECT DISTINCT * FROM given)"
    if key:
        absent = " OR ".join(f"{column} IS NULL" for column in table.key)
        twice = f"SELECT {key} FROM {{}} GROUP BY ALL HAVING count(*) > 1 OR {absent} LIMIT 1"  # noqa: S608
        if not connection.execute(twice.format("given")).fetchone():
            once = "given"  # no key stands twice, so no row does: looking for rows alike takes as long as the rest
        elif bad := connection.execute(twice.format(once)).fetchone():
            found = f"({key}) = {bad} is null or stands on rows that differ"
            raise StoreError(where, found, "one row a key", _DECLARED)
    ordered = connection.execute(f"SELECT * FROM {once} ORDER BY {key or 'ALL'}").to_arrow_table()  # noqa: S608
    return ordered.cast(table.arrow).combine_chunks()


def _parquet(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _iso(value: datetime) -> str:
    return value.isoformat()
