"""The small parts of many commits become few large ones, and what nothing refers to any more goes."""

from collections import Counter
from collections.abc import Sequence, Set
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.lake.commits import COMPACTED, STEM, Commit, Compaction, described
from warehouse.lake.errors import REPAIR, LossError, StoreError, writing
from warehouse.lake.lock import guard
from warehouse.lake.log import COPIES, Log, manifest_name, part_name
from warehouse.lake.store import Lake, index_names, lost_by_index
from warehouse.schema import lake_tables

# Commits with parts of their own, from how many on they are put together.
WAITING = 32
_INSIST = f"{REPAIR} If it is meant, run again with --accept-loss."
# Bytes of a file below which a compaction is taken up by the next, and beyond which none grows.
SMALL, LARGE = 64 << 20, 256 << 20


def compact(lake: Lake) -> int:
    """Put the parts of commits together in few large ones, where many wait for it; returns how many commits.

    What the lake says stays as it is. The parts put together go when it is cleaned next: readers at work may hold
    their names. Raises StoreError if one of them is damaged.
    """
    done = 0
    with lake.lock(), guard, writing(lake.store), lake.connect() as connection:
        while sources := ripe((log := lake.log()).compactions, log.own):
            done += len(_put_together(lake, connection, log, sources))
            lake.forget_log()
    return done


def ripe(compactions: Sequence[Compaction], own: Sequence[Commit]) -> list[Compaction | Commit]:
    """What is to be put together next, in order; [] if too few wait. `own` are the commits with parts of their own.

    The last compaction is taken up again if its files are SMALL, and of the commits as many as make none LARGE.
    """
    if len(own) < WAITING:
        return []
    taken: list[Compaction | Commit] = [
        last for last in compactions[-1:] if all(part.bytes < SMALL for part in last.parts.values())
    ]
    sizes: Counter[str] = Counter()
    for source in (*taken, *own):
        sizes.update({table: part.bytes for table, part in source.parts.items()})
        if source not in (*taken, own[0]) and max(sizes.values()) > LARGE:
            break
        if isinstance(source, Commit):
            taken.append(source)
    return taken


def _put_together(
    lake: Lake, connection: duckdb.DuckDBPyConnection, log: Log, sources: Sequence[Compaction | Commit]
) -> list[Commit]:
    chosen = [c for source in sources for c in (source.commits if isinstance(source, Compaction) else [source])]
    number = f"{log.compactions[-1].number + 1 if log.compactions else 1:08d}"
    name = f"{COMPACTED}{number}-{uuid4().hex[:12]}"
    parts = {}
    for table in sorted({table for source in sources for table in source.parts}):
        data, rows = _rows_of(connection, lake.stored(table, chosen), lake_tables()[table].group)
        parts[table] = described(data, rows)
        if rows != sum(source.parts[table].rows for source in sources if table in source.parts):
            where, found = lake.files.where(f"lake/{table}"), f"{rows} rows"
            raise StoreError(where, found, "as many as were committed", REPAIR)
        lake.still_there()
        lake.files.write(part_name(table, name), data)
    lake.create(manifest_name("compactions", number), name, Compaction(name, parts, tuple(chosen)).manifest())
    return chosen


def _rows_of(connection: duckdb.DuckDBPyConnection, sql: str, group: int) -> tuple[bytes, int]:
    """A Parquet file of the rows a question brings, in their order, and how many; `group` are in memory at once."""
    reader = connection.execute(sql).to_arrow_reader(group)
    sink, rows = pa.BufferOutputStream(), 0
    with pq.ParquetWriter(sink, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch, group)
            rows += batch.num_rows
    return sink.getvalue().to_pybytes(), rows


def clean(lake: Lake, *, accept_loss: bool = False) -> int:
    """Remove what killed runs left, half-written files and parts without a manifest, and what compactions hold;
    returns how many. Of a shared lake a part stays as long as its writer may still commit it.

    Raises LossError where manifests are lost, so that what looks like a killed run's may be what was committed;
    `accept_loss` is for a person who knows.
    """
    with lake.lock(), guard, writing(lake.store):
        log = lake.log()
        lost = _lost(lake, log)
        if accept_loss:
            _give_up(lake, lost)
        else:
            refuse_loss(lake, log)
            if lost:
                found, expected = f"{len(log.commits)} commits, without {lost[0]}", "all that originals came with"
                raise LossError(lake.files.where("lake/commits"), found, expected, _INSIST)
        left = _dead(lake, log)
        for name in left:
            lake.files.remove(name)
            log.files.pop(name, None)
        return len(left)


def refuse_loss(lake: Lake, log: Log) -> None:
    """Raise LossError where the warehouse was built from commits the lake does not have, or where there are parts and
    no commits, though the last writer came to its end.
    """
    names = [commit.name for commit in log.commits]
    loaded = lake.loaded()
    if loaded and loaded not in names:
        found = f"{len(names)} commits, without {loaded}"
        raise LossError(lake.files.where("lake/commits"), found, "all the warehouse was built from", _INSIST)
    held = lake.writer_lock.held
    if not names and held and held.before is None and any(name.endswith(".parquet") for name in log.files):
        raise LossError(lake.files.where("lake/commits"), "parts and no commits", "their manifests", _INSIST)


def _lost(lake: Lake, log: Log) -> list[str]:
    """Commits originals came with that the lake has no more. On object storage another writer may just be ahead."""
    return [] if lake.files.shared else lost_by_index(lake.files, [commit.name for commit in log.commits])


def _give_up(lake: Lake, lost: Sequence[str]) -> None:
    """What originals came with in lost commits counts as come before all others, should the lake be built anew."""
    for name in index_names(lake.files):
        for commit in lost:
            if commit in name:
                lake.files.write(name.replace(commit, f"{0:08d}{commit[8:]}"), lake.files.read(name))
                lake.files.remove(name)


def _dead(lake: Lake, log: Log) -> list[str]:
    """The files of a lake nothing refers to."""
    stands = {source.name for source in log.stands}
    left = [name for name in lake.files.names("lake") if _is_dead(name, stands, log, shared=lake.files.shared)]
    if not lake.files.shared:  # on object storage nothing is half-written
        left += [name for name in lake.files.names("raw") if name.endswith(".tmp")]
    return left


def _is_dead(name: str, stands: Set[str], log: Log, *, shared: bool) -> bool:
    """Whether nothing refers to a file of the lake, nor will."""
    taken = log.compactions[-1].number if log.compactions else 0
    compacted = len(log.commits) - len(log.own)
    folder, _, file = name.rpartition("/")
    stem, _, kind = file.rpartition(".")
    known = STEM.fullmatch(stem)
    number = int(known["number"]) if known else 0
    of_compaction = bool(known and known["compacted"])
    if kind == "json" and f"{folder}/" == COPIES:
        return stem not in stands and 0 < number <= (taken if of_compaction else compacted)
    if kind == "json":
        return folder == "lake/commits" and 0 < number <= compacted
    if kind == "parquet" and of_compaction:
        return stem not in stands and number <= taken
    if kind == "parquet":
        return stem not in stands and (0 < number <= len(log.commits) or not shared)
    return kind == "tmp"
