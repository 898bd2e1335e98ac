"""What the manifests of a lake say: commits, and the compactions that put the parts of many together.

Both are logs, numbered from 1 without a gap: whoever creates number n knew all before it. A compaction takes a range
of commits, and what an earlier one took of it. Commits stay what they were, with their names, counts and records; only
where their rows lie changes.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

# Commits with parts of their own, from how many on they are put together.
WAITING = 32
# Bytes of a file below which a compaction is taken up by the next, and beyond which none grows.
SMALL, LARGE = 64 << 20, 256 << 20

# What manifests and parts are called: `<number>` or `<number>-<digest>`, parts of compactions after a word.
COMPACTED = "compacted-"
STEM = re.compile(rf"(?P<compacted>{COMPACTED})?(?P<number>\d{{8}})(-(?P<digest>[0-9a-f]{{12}}))?")


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file as its manifest describes it."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Commit:
    """The parts a commit wrote, by table, and the record of its run (JSON values).

    `compaction` names the one its rows lie in by now; "" while they lie in parts of their own.
    """

    name: str
    parts: Mapping[str, Part]
    run: Mapping[str, Any]
    compaction: str = ""

    @property
    def number(self) -> int:
        """Its place in the log."""
        return int(self.name[:8])

    def manifest(self) -> dict[str, Any]:
        """What a manifest says of it, apart from its name."""
        return {"parts": {table: asdict(part) for table, part in self.parts.items()}, "run": self.run}

    @classmethod
    def read(cls, stem: str, data: bytes) -> Self:
        """From a manifest and what it is called. Raises ValueError, KeyError or TypeError."""
        body = json.loads(data)
        return cls(stem if "-" in stem else f"{stem}-{short(data)}", _parts(body["parts"]), body["run"])


@dataclass(frozen=True, slots=True)
class Compaction:
    """Parts that hold the rows of a range of commits, with the number of the commit as `commit_seq`."""

    name: str
    parts: Mapping[str, Part]
    commits: tuple[Commit, ...]

    @property
    def number(self) -> int:
        """Its place in the log."""
        return int(self.name.removeprefix(COMPACTED)[:8])

    def manifest(self) -> bytes:
        """The text of its manifest."""
        commits = [{"name": commit.name, **commit.manifest()} for commit in self.commits]
        return text(
            {"name": self.name, "parts": {t: asdict(part) for t, part in self.parts.items()}, "commits": commits}
        )

    @classmethod
    def read(cls, stem: str, data: bytes) -> Self:
        """From a manifest and what it is called. Raises ValueError, KeyError or TypeError."""
        body = json.loads(data)
        name = body["name"]
        if not name.startswith(f"{COMPACTED}{stem}-"):
            raise ValueError(f"the manifest of {name}")
        commits = (Commit(c["name"], _parts(c["parts"]), c["run"], name) for c in body["commits"])
        return cls(name, _parts(body["parts"]), tuple(commits))


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


def described(data: bytes, rows: int) -> Part:
    """The file with these bytes."""
    return Part(rows, len(data), hashlib.sha256(data).hexdigest())


def text(body: Mapping[str, Any]) -> bytes:
    """A manifest as it is written; times in ISO 8601."""
    return json.dumps(body, ensure_ascii=False, indent=1, default=lambda time: time.isoformat()).encode()


def short(manifest: bytes) -> str:
    """The digest in the name of a commit."""
    return hashlib.sha256(manifest).hexdigest()[:12]


def _parts(body: Mapping[str, Mapping[str, Any]]) -> dict[str, Part]:
    return {table: Part(**part) for table, part in body.items()}
