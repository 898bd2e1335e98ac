"""The lake: original files and Parquet parts, grown by whole commits.

Layout of a store::

    raw/<aa>/<sha256>                 original bytes, archived before they are read
    lake/<table>/<commit>.parquet     the rows of one commit; a part
    lake/commits/<commit>.json        its manifest, written last: a part without one does not exist
    lake/<table>/compacted-….parquet  the rows of many commits, which `compact` put together
    lake/compactions/<number>.json    its manifest, written last, in the place of theirs
    .lock                             who writes
    lake.url                          where raw/ and lake/ lie instead, if on object storage

On object storage a manifest is named by its sequence alone, and created only where none is: of two writers one wins.
A commit is named `<sequence of 8 digits>-<digest of its content>`. Nothing is ever changed or lost; removed are only
what a killed run left behind, and parts whose rows a compaction holds, by the next run. Later commits supersede earlier
ones by the rules in `warehouse/sql/lake`.
"""

import errno
import fcntl
import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.lake.commits import COMPACTED, STEM, Commit, Compaction, described, ripe, short, standing, text
from warehouse.lake.storage import Bucket, Folder, Identity, Storage
from warehouse.schema import LakeTable, lake_tables

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_POINTER = "lake.url"
_SHA256 = re.compile(r"[0-9a-f]{64}")

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

# DuckDB would take most of a machine. With 1 GB, loading 60 million cells takes as long as with 2.
_MEMORY = "1GB"

# Rows in memory at once where parts are put together.
_SLICE = 1 << 20

_Log = TypeVar("_Log")

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
        """Remove what killed runs left, half-written files and parts without a manifest, and what compactions hold;
        returns how many. Of a shared lake a part stays as long as its writer may still commit it.
        """
        with self.lock(), _guard, writing(self.store):
            compactions, commits = self._read()
            stands = {commit.compaction or commit.name for commit in commits}
            taken = compactions[-1].number if compactions else 0
            compacted = sum(len(compaction.commits) for compaction in compactions)
            left = []
            for name in self._files.names("lake"):
                folder, _, file = name.rpartition("/")
                stem, _, kind = file.rpartition(".")
                known = STEM.fullmatch(stem)
                number = int(known["number"]) if known else 0
                if kind == "json":
                    dead = folder == "lake/commits" and 0 < number <= compacted
                elif kind == "parquet" and known and known["compacted"]:
                    dead = stem not in stands and number <= taken
                elif kind == "parquet":
                    dead = stem not in stands and (0 < number <= len(commits) or not self._files.shared)
                else:
                    dead = kind == "tmp"
                if dead:
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
        with self.archiving() as archive:
            return archive(data)

    @contextmanager
    def archiving(self) -> Iterator[Callable[[bytes], str]]:
        """`archive` for many files: the block is given what takes them, and all are kept when it ends."""
        with writing(self.store), self._files.keeping() as keep:

            def archive(data: bytes) -> str:
                digest = hashlib.sha256(data).hexdigest()
                self.still_there()
                keep(_raw(digest), data)
                return digest

            yield archive

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
            parts = {name: described(data, rows[name].num_rows) for name, data in files.items()}
            manifest = text(Commit("", parts, record.to_pylist()[0]).manifest())
            number = f"{len(commits) + 1:08d}"
            name = f"{number}-{short(manifest)}"
            for table, data in files.items():
                self.still_there()
                self._files.write(_part(table, name), data)
            self._create(_manifest("commits", number if self._files.shared else name), manifest)
            return name

    def compact(self) -> int:
        """Put the parts of commits together in few large ones, where many wait for it; returns how many commits.

        What the lake says stays as it is. The parts put together go when it is cleaned next: readers at work may hold
        their names. Raises StoreError if one of them is damaged.
        """
        done = 0
        with self.lock(), _guard, writing(self.store), self.connect() as connection:
            while True:
                compactions, commits = self._read()
                sources = ripe(compactions, [commit for commit in commits if not commit.compaction])
                if not sources:
                    return done
                chosen = [
                    c for source in sources for c in (source.commits if isinstance(source, Compaction) else [source])
                ]
                number = f"{compactions[-1].number + 1 if compactions else 1:08d}"
                name = f"{COMPACTED}{number}-{uuid4().hex[:12]}"
                parts = {}
                for table in sorted({table for source in sources for table in source.parts}):
                    for source in sources:
                        self._verify(table, source)
                    data, rows = self._together(connection, table, chosen)
                    parts[table] = described(data, rows)
                    if rows != sum(source.parts[table].rows for source in sources if table in source.parts):
                        where, found = self._files.where(f"lake/{table}"), f"{rows} rows"
                        raise StoreError(where, found, "as many as were committed", _RESTORE)
                    self.still_there()
                    self._files.write(_part(table, name), data)
                self._create(_manifest("compactions", number), Compaction(name, parts, tuple(chosen)).manifest())
                done += len(chosen)

    def _verify(self, table: str, source: Commit | Compaction) -> None:
        """See that a part, if there is one, has the bytes that were written. Raises StoreError."""
        if table in source.parts:
            name = _part(table, source.name)
            if hashlib.sha256(self._files.read(name)).hexdigest() != source.parts[table].sha256:
                raise StoreError(self._files.where(name), "other bytes than written", "those of its manifest", _RESTORE)

    def _together(
        self, connection: duckdb.DuckDBPyConnection, table: str, commits: Sequence[Commit]
    ) -> tuple[bytes, int]:
        """A Parquet file of the rows of some commits, one commit after the other; and how many rows."""
        reader = connection.execute(self._stored(table, commits)).to_arrow_reader(_SLICE)
        sink, rows = pa.BufferOutputStream(), 0
        with pq.ParquetWriter(sink, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch, _SLICE)
                rows += batch.num_rows
        return sink.getvalue().to_pybytes(), rows

    def _create(self, manifest: str, data: bytes) -> None:
        """Make a manifest, and so what it lists; StoreLockedError if another machine was first."""
        self.still_there()
        try:
            self._files.create(manifest, data)
        except FileExistsError as error:
            where, found = self._files.where(manifest), "another writer was first"
            raise StoreLockedError(where, found, "no other writer", "Run the same command again.") from error

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
        return self._read()[1]

    def _read(self) -> tuple[list[Compaction], list[Commit]]:
        """The compactions that stand, and all commits, those they hold first."""
        try:
            sizes = self._files.sizes("lake")
            compactions = standing(self._log("compactions", sizes, Compaction.read))
            commits = [commit for compaction in compactions for commit in compaction.commits]
            own = list(self._log("commits", sizes, Commit.read, len(commits)))
        except (OSError, ValueError) as error:
            where = getattr(error, "filename", None) or self._files.where("lake")
            next_step = _REMEDY.get(getattr(error, "errno", None) or 0, _RESTORE)
            raise StoreError(where, f"unreadable ({error})", "manifests", next_step) from error
        sources: list[Commit | Compaction] = [*compactions, *own]
        for source in sources:
            for table, part in source.parts.items():
                name = _part(table, source.name)
                if (size := sizes.get(name)) != part.bytes:
                    found = "missing" if size is None else f"{size} bytes"
                    expected = f"{part.bytes} bytes, as its manifest says"
                    raise StoreError(self._files.where(name), found, expected, _RESTORE)
        # Files are put together from commits with parts of their own; where there is none, they are all that is left.
        number = compactions[-1].number + 1 if compactions else 1
        begun = f"{COMPACTED}{number:08d}"
        if not own and any(name.rpartition("/")[2].startswith(begun) for name in sizes):
            where = self._files.where(_manifest("compactions", f"{number:08d}"))
            raise StoreError(where, "missing", f"the manifest of {begun}-…", _RESTORE)
        return compactions, commits + own

    def _log(
        self, folder: str, sizes: Mapping[str, int], read: Callable[[str, bytes], _Log], after: int = 0
    ) -> Iterator[_Log]:
        """What the manifests of a folder say, in their sequence, leaving out the first `after`."""
        place, kind = f"lake/{folder}/", ".json"
        names = sorted(name for name in sizes if name.startswith(place) and name.endswith(kind))
        numbers = {
            name: int(known["number"]) for name in names if (known := STEM.fullmatch(name[len(place) : -len(kind)]))
        }
        names = [name for name in names if numbers.get(name, after + 1) > after]
        for number, (name, data) in enumerate(zip(names, self._files.read_all(names), strict=True), start=after + 1):
            if numbers.get(name) != number:
                raise StoreError(self._files.where(name), "out of sequence", f"{folder[:-1]} number {number}", _RESTORE)
            try:
                yield read(name[len(place) : -len(kind)], data)
            except (ValueError, KeyError, TypeError) as error:
                raise StoreError(self._files.where(name), f"unreadable ({error})", "a manifest", _RESTORE) from error

    def connect(self, database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
        """A connection that can run what `scan` says. What it cannot keep in memory goes to the disk of the store."""
        spilled = self.warehouse.with_name(f"{self.warehouse.name}.{os.getpid()}.spilled.tmp")  # `build` removes it
        connection = duckdb.connect(database, config={"memory_limit": _MEMORY, "temp_directory": str(spilled)})
        self._files.show(connection)
        return connection

    def scan(self, table: str, commits: Sequence[Commit] | None = None) -> str:
        """SQL for the rows that commits added to a table; `connect` gives a place to run it.

        `commits` follow each other; by default they are all. `commit_seq` is the number of a row's commit. Rows older
        than a column show it as null.
        """
        columns = lake_tables()[table].columns
        names = ", ".join(column.name for column in columns)
        nulls = ", ".join(f"NULL::{column.duckdb} AS {column.name}" for column in columns)
        rows = f"SELECT {nulls}, NULL::INTEGER AS commit_seq WHERE false"
        if stored := self._stored(table, self.commits() if commits is None else commits):
            rows += f" UNION ALL BY NAME {stored}"
        return f"SELECT {names}, commit_seq FROM ({rows})"  # noqa: S608

    def _stored(self, table: str, commits: Sequence[Commit]) -> str:
        """SQL for the rows as they are stored; "" for none."""
        holding = [commit for commit in commits if table in commit.parts]
        own = [commit.name for commit in holding if not commit.compaction]
        compacted = list(dict.fromkeys(commit.compaction for commit in holding if commit.compaction))
        stored = []
        if compacted:
            asked = f"commit_seq BETWEEN {holding[0].number} AND {holding[-1].number}"
            files = self._listed(table, compacted)
            stored.append(f"SELECT * FROM read_parquet({files}, union_by_name = true) WHERE {asked}")  # noqa: S608
        if own:
            number = "regexp_extract(filename, '([0-9]+)-[^-/]*$', 1)::INTEGER AS commit_seq"
            files = f"read_parquet({self._listed(table, own)}, union_by_name = true, filename = true)"
            stored.append(f"SELECT * EXCLUDE filename, {number} FROM {files}")  # noqa: S608
        return " UNION ALL BY NAME ".join(stored)

    def _listed(self, table: str, names: Sequence[str]) -> str:
        """Parts as a list in SQL. DuckDB takes a name for a pattern; a bracketed character stands for itself."""
        files = (re.sub(r"([*?\[])", r"[\1]", self._files.where(_part(table, name))) for name in names)
        return "[{}]".format(", ".join(_quoted(file) for file in files))

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


def _manifest(folder: str, name: str) -> str:
    return f"lake/{folder}/{name}.json"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


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
