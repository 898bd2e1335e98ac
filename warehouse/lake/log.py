"""The commit log: which commits and compactions there are, read from their manifests.

Every manifest has a copy in `lake/copies`, written after it: one that is lost is noticed there, and comes back from it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from warehouse.lake.commits import STEM, Commit, Compaction
from warehouse.lake.errors import REMEDY, REPAIR, DamageError, StoreError
from warehouse.lake.storage import Stamp, Storage

_Manifest = TypeVar("_Manifest")
COPIES = "lake/copies/"


@dataclass(slots=True)
class Log:
    """The compactions that stand, all commits, those they hold first, and the files of the lake when they were read."""

    compactions: list[Compaction]
    commits: list[Commit]
    files: dict[str, Stamp]

    @property
    def own(self) -> list[Commit]:
        """The commits with parts of their own."""
        return [commit for commit in self.commits if commit.compaction is None]

    @property
    def stands(self) -> list[Commit | Compaction]:
        """Whatever has parts of its own that count."""
        return [*self.compactions, *self.own]


def read_log(files: Storage) -> Log:
    """The log of a lake. Raises StoreError if a manifest or a part is missing or damaged."""
    try:
        found = files.stamps("lake")
        compactions = standing(_manifests(files, "compactions", found, Compaction.read))
        commits = [commit for compaction in compactions for commit in compaction.commits]
        commits += _manifests(files, "commits", found, Commit.read, len(commits))
    except (OSError, ValueError) as error:
        where = getattr(error, "filename", None) or files.where("lake")
        next_step = REMEDY.get(getattr(error, "errno", None) or 0, REPAIR)
        raise StoreError(where, f"unreadable ({error})", "manifests", next_step) from error
    log = Log(compactions, commits, found)
    for name in lost_manifests(files, log):
        raise DamageError(files.where(name), "missing", "the manifest of what was committed", REPAIR)
    for source in log.stands:
        for table, part in source.parts.items():
            name = part_name(table, source.name)
            if (stamp := found.get(name)) is None or stamp.bytes != part.bytes:
                says = "missing" if stamp is None else f"{stamp.bytes} bytes"
                expected = f"{part.bytes} bytes, as its manifest says"
                raise DamageError(files.where(name), says, expected, REPAIR)
    return log


def standing(log: Iterable[Compaction]) -> list[Compaction]:
    """The compactions of a log no later one took up. Raises ValueError where commits are left out between two."""
    stands: list[Compaction] = []
    for compaction in log:
        first = compaction.commits[0].number
        while stands and stands[-1].commits[0].number >= first:
            stands.pop()
        expected = stands[-1].commits[-1].number + 1 if stands else 1
        if first != expected:
            raise ValueError(f"{compaction.name} begins with commit {first}, not {expected}")
        stands.append(compaction)
    return stands


def lost_manifests(files: Storage, log: Log) -> list[str]:
    """Manifests that must have been there, after the last of those that are.

    A copy is written after its manifest. Parts of commit n + 1 are written once there is a commit n, those of a
    compaction from commits whose parts go only once its manifest is there.
    """
    last = len(log.commits)
    compacted = log.compactions[-1].number if log.compactions else 0
    lost = set()
    for name in log.files:
        folder, _, file = name.rpartition("/")
        stem, _, kind = file.rpartition(".")
        known = STEM.fullmatch(stem)
        if not known or kind not in ("json", "parquet"):
            continue
        number, is_copy = int(known["number"]), f"{folder}/" == COPIES
        if known["compacted"]:
            gone = number > compacted and (is_copy or not log.own)
            folder, stem = "compactions", f"{number:08d}"
        else:
            # On object storage another writer may be ahead of what is read here.
            gone = number > last + (not is_copy) and (is_copy or not files.shared)
            folder, stem = "commits", f"{number:08d}" if files.shared or not is_copy else stem
        if gone:
            lost.add(manifest_name(folder, stem))
    return sorted(lost)


def _manifests(
    files: Storage, folder: str, found: Mapping[str, Stamp], read: Callable[[str, bytes], _Manifest], after: int = 0
) -> Iterator[_Manifest]:
    """What the manifests of a folder say, in their sequence, leaving out the first `after`."""
    place, kind = f"lake/{folder}/", ".json"
    names = sorted(name for name in found if name.startswith(place) and name.endswith(kind))
    numbers = {name: int(known["number"]) for name in names if (known := STEM.fullmatch(name[len(place) : -len(kind)]))}
    names = [name for name in names if numbers.get(name, after + 1) > after]
    for number, (name, data) in enumerate(zip(names, files.read_all(names), strict=True), start=after + 1):
        if numbers.get(name) != number:
            raise DamageError(files.where(name), "out of sequence", f"{folder[:-1]} number {number}", REPAIR)
        try:
            yield read(name[len(place) : -len(kind)], data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamageError(files.where(name), f"unreadable ({error})", "a manifest", REPAIR) from error


def part_name(table: str, name: str) -> str:
    """Where a part lies in the store."""
    return f"lake/{table}/{name}.parquet"


def manifest_name(folder: str, stem: str) -> str:
    """Where a manifest lies in the store; `folder` is commits or compactions."""
    return f"lake/{folder}/{stem}.json"


def copy_name(name: str) -> str:
    """Where the copy of the manifest of a commit or compaction lies, by its name."""
    return f"{COPIES}{name}.json"
