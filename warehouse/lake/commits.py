"""What a manifest of a lake says: a commit, or a compaction that put the parts of many together.

Both are numbered from 1 without a gap: whoever creates number n knew all before it. A compaction takes a range of
commits, and what an earlier one took of it. Commits stay what they were, with their names, counts and records; only
where their rows lie changes.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

# What manifests and parts are called: `<number>` or `<number>-<digest>`, those of compactions after a word.
COMPACTED = "compacted-"
STEM = re.compile(rf"(?P<compacted>{COMPACTED})?(?P<number>\d{{8}})(-(?P<digest>[0-9a-f]{{12}}))?")


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file as its manifest describes it."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Parts by table, and the name they share."""

    name: str
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Commit:
    """The parts a commit wrote, by table, and the record of its run (JSON values).

    `compaction` are the parts its rows lie in by now; None while they lie in those of its own.
    """

    name: str
    parts: Mapping[str, Part]
    run: Mapping[str, Any]
    compaction: Stored | None = None

    @property
    def number(self) -> int:
        """Its place in the log."""
        return int(self.name[:8])

    @property
    def stored(self) -> Stored:
        """Where its rows lie."""
        return self.compaction or Stored(self.name, self.parts)

    def body(self) -> dict[str, Any]:
        """What a manifest says of it, apart from its name."""
        return {"parts": _described(self.parts), "run": self.run}

    def manifest(self) -> bytes:
        """The text of its manifest."""
        return _text(self.body())

    @classmethod
    def read(cls, stem: str, data: bytes) -> Self:
        """From a manifest and what it is called. Raises ValueError, KeyError or TypeError."""
        body = json.loads(data)
        name = f"{stem[:8]}-{short(data)}"
        if stem not in (name, name[:8]):
            raise ValueError("other bytes than written")
        return cls(name, _parts(body["parts"]), body["run"])


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

    @property
    def stored(self) -> Stored:
        """Where its rows lie."""
        return Stored(self.name, self.parts)

    def manifest(self) -> bytes:
        """The text of its manifest, with a digest of the rest of it."""
        commits = [{"name": commit.name, **commit.body()} for commit in self.commits]
        body = {"name": self.name, "parts": _described(self.parts), "commits": commits}
        return _text({**body, "digest": short(_text(body))})

    @classmethod
    def read(cls, stem: str, data: bytes) -> Self:
        """From a manifest and what it is called. Raises ValueError, KeyError or TypeError."""
        body = json.loads(data)
        digest = body.pop("digest", None)  # earlier versions wrote none
        name = body["name"]
        if not name.startswith(f"{COMPACTED}{stem}-") or digest not in (None, short(_text(body))):
            raise ValueError("other bytes than written")
        parts = _parts(body["parts"])
        commits = [Commit(c["name"], _parts(c["parts"]), c["run"]) for c in body["commits"]]
        if any(commit.name[9:] != short(commit.manifest()) for commit in commits):
            raise ValueError("other bytes than written")
        stored = Stored(name, parts)
        return cls(name, parts, tuple(replace(commit, compaction=stored) for commit in commits))


def described(data: bytes, rows: int) -> Part:
    """The file with these bytes."""
    return Part(rows, len(data), hashlib.sha256(data).hexdigest())


def short(manifest: bytes) -> str:
    """The digest in the name of a commit."""
    return hashlib.sha256(manifest).hexdigest()[:12]


def _text(body: Mapping[str, Any]) -> bytes:
    """A manifest as it is written; times in ISO 8601."""
    return json.dumps(body, ensure_ascii=False, indent=1, default=lambda time: time.isoformat()).encode()


def _described(parts: Mapping[str, Part]) -> dict[str, Any]:
    return {table: asdict(part) for table, part in parts.items()}


def _parts(body: Mapping[str, Mapping[str, Any]]) -> dict[str, Part]:
    return {table: Part(**part) for table, part in body.items()}
