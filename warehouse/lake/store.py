"""The lake: original files and Parquet parts, grown by whole commits.

Layout of a store::

    raw/<aa>/<sha256>                 original bytes, archived before they are read
    raw/<table>-<commit>-….parquet    under which names and addresses, and when, originals came
    lake/<table>/<commit>.parquet     the rows of one commit; a part
    lake/commits/<commit>.json        its manifest, written last: a part without one does not exist
    lake/<table>/compacted-….parquet  the rows of many commits, which `compact` put together
    lake/compactions/<number>.json    its manifest, written last, in the place of theirs
    lake/copies/<commit>.json         a copy of each manifest, written after it
    checked.json                      which files were held against their hash
    .lock                             who writes
    lake.url                          where raw/ and lake/ lie instead, if on object storage

On object storage a manifest is named by its sequence alone, and created only where none is: of two writers one wins.
A commit is named `<sequence of 8 digits>-<digest of its manifest>`. Nothing is ever changed or lost; removed are only
what a killed run left behind, and parts whose rows a compaction holds, by the next run. Later commits supersede earlier
ones by the rules in `warehouse/sql/documents`.
"""

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.lake.archive import Archive
from warehouse.lake.checked import Checked
from warehouse.lake.commits import Commit, described, short
from warehouse.lake.errors import REPAIR, DamageError, StoreError, StoreLockedError, writing
from warehouse.lake.lock import StoreLock, Writer, guard
from warehouse.lake.log import Log, copy_name, manifest_name, part_name, read_log
from warehouse.lake.storage import Bucket, Folder, Stamp, Storage
from warehouse.schema import LakeTable, lake_tables

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_POINTER = "lake.url"
_DECLARED = "Compare with warehouse/schema.yaml."

# Tables that say under which names and addresses, and when, originals came: they are kept beside those, too.
INDEXED = ("document", "fetch")

# DuckDB would take most of a machine. With 1 GB, loading 60 million cells takes as long as with 2.
_MEMORY = "1GB"
# In a lake of fewer rows, threads wait for one another longer than they work.
_ROWS_FOR_THREADS = 100_000
# The documents with a word of the table `asked` for name, archive or content, and all others with the content of one.
_ASKED = """
    WITH document AS ({rows}),
    wanted AS (
        SELECT source_name, document_sha256 FROM document
        WHERE source_name IN (FROM asked) OR document_sha256 IN (FROM asked)
            OR split_part(source_name, '!/', 1) IN (FROM asked)
    )
    FROM document WHERE source_name IN (SELECT source_name FROM wanted)
        OR document_sha256 IN (SELECT document_sha256 FROM wanted WHERE document_sha256 <> '')
"""


class Lake:
    """The lake of the store in a local folder, which the first write creates.

    `originals` are the files as they came; `warehouse` is where the DuckDB file built from the lake lies. Raises
    StoreError for a URL (`attach` gives it a folder) or a file.
    """

    def __init__(self, store: Path) -> None:
        if _URL.match(str(store)):
            raise StoreError(store, "a URL", "a local folder", "Name a folder.")
        if store.is_file():
            raise StoreError(store, "a file", "a folder, or a name not yet taken", "Name another place.")
        self.store = store
        self.warehouse = store / "gongkai.duckdb"
        self.files = _storage(store)
        self.writer_lock = StoreLock(store, self.files)
        self.originals = Archive(self.writer_lock)
        self.checked = Checked(store)
        self._sound: set[str] = set()

    # -- writing ----------------------------------------------------------------------------------------

    def lock(self) -> AbstractContextManager[None]:
        """Be the one process that writes, for as long as the block lasts. Raises StoreLockedError."""
        return self.writer_lock.hold()

    def writer(self) -> Writer | None:
        """Who writes, or why the last one that wrote did not come to its end; None if it did."""
        return self.writer_lock.writer()

    def still_there(self) -> None:
        """See that the store is the folder that was locked. Raises StoreError."""
        self.writer_lock.still_there()

    def commit(self, tables: Mapping[str, pa.Table], run: Mapping[str, object]) -> str:
        """Add rows to the lake, all or nothing; returns the name of the commit.

        `tables` maps names of lake tables to rows with exactly their declared columns; rows alike count once,
        and equal rows in any order give equal bytes. `run` is a row of the table `run`. Raises StoreError for
        rows that break the declaration.
        """
        declared = lake_tables()
        with self.lock(), guard, writing(self.store), duckdb.connect() as connection:
            log = self.log()
            record = _rows(connection, declared["run"], pa.Table.from_pylist([dict(run)]))
            filled = sorted(name for name, table in tables.items() if table.num_rows)
            rows = {name: _rows(connection, declared[name], tables[name]) for name in filled}
            files = {name: _parquet(table, declared[name].group) for name, table in rows.items()}
            parts = {name: described(data, rows[name].num_rows) for name, data in files.items()}
            manifest = Commit("", parts, record.to_pylist()[0]).manifest()
            number = f"{len(log.commits) + 1:08d}"
            name = f"{number}-{short(manifest)}"
            for table, data in files.items():
                self.still_there()
                self.files.write(part_name(table, name), data)
            self.create(manifest_name("commits", number if self.files.shared else name), name, manifest)
            log.commits.append(Commit.read(name, manifest))
            for table in INDEXED:
                if table in files:
                    self.files.write(index_name(table, name, parts[table].sha256), files[table])
            return name

    def create(self, manifest: str, name: str, data: bytes) -> None:
        """Make a manifest, and so what it lists, then its copy. StoreLockedError if another machine was first."""
        self.still_there()
        try:
            self.files.create(manifest, data)
        except FileExistsError as error:
            self.forget_log()
            where, found = self.files.where(manifest), "another writer was first"
            raise StoreLockedError(where, found, "no other writer", "Run the same command again.") from error
        self.files.write(copy_name(name), data)

    # -- reading ----------------------------------------------------------------------------------------

    def log(self) -> Log:
        """The commit log; read once for as long as this process holds the lock.

        Raises StoreError if a manifest or a part is missing or damaged.
        """
        held = self.writer_lock.held
        if held is None:
            return read_log(self.files)
        if held.log is None:
            held.log = read_log(self.files)
        return held.log

    def forget_log(self) -> None:
        """Have the log read again: it was changed otherwise than by `commit`."""
        if (held := self.writer_lock.held) is not None:
            held.log = None

    def commits(self) -> list[Commit]:
        """All commits, oldest first. Raises StoreError if a manifest or a part is missing or damaged."""
        return list(self.log().commits)

    def sound_warehouse(self) -> Path:
        """The DuckDB file, seen to be what was built. Raises StoreError if there is none, DamageError if it is not."""
        if not self.warehouse.is_file():
            found = f"no warehouse at {self.warehouse}"
            raise StoreError(self.store, found, "a built one", "Run gongkai ingest first.")
        if not self.checked.is_as_built(self.warehouse):
            next_step = "Run gongkai ingest: it is built anew from the lake."
            raise DamageError(self.warehouse, "other bytes than were built", "the file as it was built", next_step)
        return self.warehouse

    def loaded(self) -> str:
        """The last commit the warehouse was built from; "" if there is none, or it cannot be read."""
        return str(self.meta().get("last_commit", ""))

    def meta(self) -> Mapping[str, Any]:
        """What the warehouse says of how it was built, the columns of `meta`; nothing if it cannot be read."""
        with suppress(duckdb.Error, OSError):
            return _meta(self.warehouse, Folder(self.store).stamp(self.warehouse.name))
        return {}

    def check(self, table: str, commits: Sequence[Commit], *, anew: bool = False) -> None:
        """See that the parts of a table that hold rows of commits have the bytes that were written.

        What was found good is not read again while its size, times and inode stand, unless it is to be looked at
        `anew`. Raises DamageError.
        """
        held = self.writer_lock.held
        listed = held.log.files if held and held.log and not anew else {}
        for stored in {commit.stored.name: commit.stored for commit in commits if table in commit.parts}.values():
            name = part_name(table, stored.name)
            if anew or name not in self._sound:
                self._check_part(name, stored.parts[table].sha256, listed.get(name), anew=anew)
        if held and held.log:
            self.checked.save()

    def check_all(self) -> None:
        """See that every part has the bytes that were written; those known to be good are not read, as `check` has it.

        Raises StoreError if a manifest or a part is missing or damaged.
        """
        log = self.log()
        for source in log.stands:
            for table, part in source.parts.items():
                name = part_name(table, source.name)
                self._check_part(name, part.sha256, log.files.get(name))
        if self.writer_lock.held:
            self.checked.save()

    def _check_part(self, name: str, sha256: str, stamp: Stamp | None, *, anew: bool = False) -> None:
        try:
            self.checked.check(self.files, name, sha256, stamp, anew=anew)
        except FileNotFoundError as error:
            raise DamageError(self.files.where(name), "missing", "the part of its manifest", REPAIR) from error
        self._sound.add(name)

    def connect(self, database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
        """A connection that can run what `scan` says. What it cannot keep in memory goes to the disk of the store."""
        spilled = self.warehouse.with_name(f"{self.warehouse.name}.{os.getpid()}.spilled.tmp")  # `build` removes it
        connection = duckdb.connect(database, config={"memory_limit": _MEMORY, "temp_directory": str(spilled)})
        if sum(part.rows for commit in self.commits() for part in commit.parts.values()) < _ROWS_FOR_THREADS:
            connection.execute("SET threads = 1")
        self.files.show(connection)
        return connection

    def connect_to_warehouse(self) -> duckdb.DuckDBPyConnection:
        """A connection as bounded as those of `connect`, whose catalogue `warehouse` is the DuckDB file, read only."""
        connection = self.connect()
        connection.execute(f"ATTACH {_quoted(str(self.warehouse))} AS warehouse (READ_ONLY)")
        return connection

    def scan(self, table: str, commits: Sequence[Commit] | None = None) -> str:
        """SQL for the rows that commits added to a table, whose parts are seen to be sound; `connect` runs it.

        `commits` follow each other; by default they are all. `commit_seq` is the number of a row's commit. Rows older
        than a column show it as null. Raises StoreError.
        """
        columns = lake_tables()[table].columns
        names = ", ".join(column.name for column in columns)
        nulls = ", ".join(f"NULL::{column.duckdb} AS {column.name}" for column in columns)
        rows = f"SELECT {nulls}, NULL::INTEGER AS commit_seq WHERE false"
        if stored := self.stored(table, self.commits() if commits is None else commits):
            rows += f" UNION ALL BY NAME {stored}"
        return f"SELECT {names}, commit_seq FROM ({rows})"  # noqa: S608

    def stored(self, table: str, commits: Sequence[Commit]) -> str:
        """SQL for the rows as they are stored, in parts seen to be sound; "" for none. Raises StoreError."""
        self.check(table, commits)
        holding = [commit for commit in commits if table in commit.parts]
        own = [commit.name for commit in holding if commit.compaction is None]
        compacted = list(dict.fromkeys(commit.compaction.name for commit in holding if commit.compaction))
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
        files = (re.sub(r"([*?\[])", r"[\1]", self.files.where(part_name(table, name))) for name in names)
        return "[{}]".format(", ".join(_quoted(file) for file in files))

    def documents(self, asked: Iterable[str] | None = None) -> pa.Table:
        """The newest row of every name and content: what was read already, and with which fingerprint.

        `first_seen` is that of the first commit. Of those `asked` by their name, that of their archive, or their
        SHA-256, and of all with the content of one; by default of all.
        """
        rows = self.scan("document")
        with self.connect() as connection:
            if asked is not None:
                connection.register("asked", pa.table({"word": pa.array(asked, pa.string())}))
                rows = _ASKED.format(rows=rows)
            return connection.execute(
                f"""
                SELECT * EXCLUDE commit_seq REPLACE (arg_min(first_seen, commit_seq) OVER same AS first_seen)
                FROM ({rows})
                WINDOW same AS (PARTITION BY source_name, document_sha256)
                QUALIFY commit_seq = max(commit_seq) OVER same
                ORDER BY source_name, document_sha256
                """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
            ).to_arrow_table()

    def reports(self, columns: Sequence[str]) -> pa.Table:
        """Some columns of the newest row of every report ever read."""
        row = ", ".join(f"{name} := {name}" for name in columns)
        with self.connect() as connection:
            return connection.execute(
                f"""
                SELECT unnest(arg_max(struct_pack({row}), commit_seq)) FROM ({self.scan("report")})
                GROUP BY report_id ORDER BY report_id
                """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
            ).to_arrow_table()

    def transcripts(self, documents: Sequence[str]) -> dict[str, str]:
        """What documents say by their digests, as it was read last."""
        with self.connect() as connection:
            found = connection.execute(
                f"""
                SELECT document_sha256, arg_max(transcript, commit_seq) FROM ({self.scan("transcript")})
                WHERE document_sha256 IN (SELECT unnest(?)) GROUP BY document_sha256
                """,  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
                [list(documents)],
            ).fetchall()
        return dict(found)

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

    def runs(self, commits: Sequence[Commit] | None = None) -> pa.Table:
        """The record of every run, as its last commit states it; `commits` are all of them by default."""
        table = lake_tables()["run"]
        newest = {commit.run["run_id"]: dict(commit.run) for commit in (self.commits() if commits is None else commits)}
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


@lru_cache(maxsize=4)
def _meta(warehouse: Path, _: Stamp) -> Mapping[str, Any]:
    """The row of `meta` in a file of this stamp, asked for once: to open a warehouse takes some 20 ms."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        rows = connection.execute("FROM meta").to_arrow_table().to_pylist()
    return MappingProxyType(rows[0] if rows else {})


def _storage(store: Path) -> Storage:
    try:
        return Bucket((store / _POINTER).read_text("utf-8").strip())
    except (FileNotFoundError, NotADirectoryError):
        return Folder(store)


def index_name(table: str, commit: str, sha256: str) -> str:
    """Where the rows of a commit that say whence its originals came lie beside those; the name tells their hash."""
    return f"raw/{table}-{commit}-{sha256[:16]}.parquet"


def read_index(files: Storage, table: str) -> Iterator[tuple[int, pa.Table]]:
    """What lies beside the originals: the rows of each commit, with its number, oldest first. Damaged ones are left
    out.
    """
    for name in (name for name in index_names(files) if name.startswith(f"raw/{table}-")):
        data = files.read(name)
        if name.removesuffix(".parquet").endswith(f"-{hashlib.sha256(data).hexdigest()[:16]}"):
            yield int(name.removeprefix(f"raw/{table}-")[:8]), pq.read_table(pa.BufferReader(data))


def index_names(files: Storage) -> list[str]:
    """The files with such rows, in the order of their names."""
    return sorted(name for name in files.names("raw") if name.startswith("raw/") and name.endswith(".parquet"))


def lost_by_index(files: Storage, known: Collection[str]) -> list[str]:
    """The commits that such rows name and that come after all that are known: they are written after the manifest."""
    found = (
        re.fullmatch(r"raw/[a-z]+-(\d{8}-[0-9a-f]{12})-[0-9a-f]{16}\.parquet", name) for name in index_names(files)
    )
    return sorted({name[1] for name in found if name and name[1] not in known and int(name[1][:8]) > len(known)})


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


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


def _parquet(rows: pa.Table, group: int) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd", row_group_size=group)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]
