"""Which files of a store were held against their hash, so that it need not be done again while they stand."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from warehouse.lake.errors import REPAIR, DamageError
from warehouse.lake.pieces import digest
from warehouse.lake.storage import Folder, Stamp, Storage

NAME = "checked.json"
_NEXT = ".next"


class Checked:
    """The record in the local folder of a store: files by name, with the hash and the stamp they had.

    A file of another stamp is hashed anew; without the record, all are. `files` may lie elsewhere than the record. What
    is built, gigabytes, has the `digest` of its pieces for a hash.
    """

    def __init__(self, store: Path) -> None:
        self._path = store / NAME
        self._known: dict[str, tuple[str, Stamp]] | None = None
        self._news: dict[str, tuple[str, Stamp] | None] = {}  # since the last time it was saved; None for files gone

    @property
    def known(self) -> dict[str, tuple[str, Stamp]]:
        """What the record says; nothing if it is damaged."""
        if self._known is None:
            self._known = self._read()
        return self._known

    def _read(self) -> dict[str, tuple[str, Stamp]]:
        try:
            body = json.loads(self._path.read_bytes())
            return {name: (sha256, Stamp(size, mark)) for name, (sha256, size, mark) in body.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def check(self, files: Storage, name: str, sha256: str, stamp: Stamp | None = None, *, anew: bool = False) -> None:
        """See that a file has the bytes with this hash. Raises DamageError, OSError."""
        stamp = stamp or files.stamp(name)
        if not anew and stamp.mark and self.known.get(name) == (sha256, stamp):
            return
        if files.sha256(name) != sha256:
            raise DamageError(files.where(name), "other bytes than written", "those of its manifest", REPAIR)
        self.note(name, sha256, stamp)

    def note(self, name: str, sha256: str, stamp: Stamp) -> None:
        """Take in that a file of this stamp has this hash."""
        if self.known.get(name) != (sha256, stamp):
            self.known[name] = self._news[name] = sha256, stamp

    def is_as_built(self, file: Path, found: str = "", *, anew: bool = False) -> bool:
        """Whether a file that was built has the `digest` it was built with; also one of which none is known.

        `found` is its digest, if that was computed already.
        """
        known = [self.known[name] for name in (file.name, f"{file.name}{_NEXT}") if name in self.known]
        files = Folder(file.parent)
        stamp = files.stamp(file.name)
        if not known or (not (anew or found) and stamp == known[0][1]):
            return True
        found = found or digest(file)
        if found in [built for built, _ in known]:
            self.note(file.name, found, stamp)
            return True
        return False

    def put(self, built: Path, file: Path) -> None:
        """Put a file that was built aside in its place. Killed at any instant, the one that stands is known."""
        files = Folder(file.parent)
        found = digest(built)
        self.note(f"{file.name}{_NEXT}", found, files.stamp(built.name))
        self.save()
        built.replace(file)
        self.forget([f"{file.name}{_NEXT}"])
        self.note(file.name, found, files.stamp(file.name))
        self.save()

    def forget(self, names: Iterable[str]) -> None:
        """Let go of files that are no more."""
        for name in names:
            if self.known.pop(name, None) is not None:
                self._news[name] = None

    def save(self) -> None:
        """Write the record, if there is news; whoever does holds the lock. Half of it, or none, costs time only.

        The news are added to what stands there: another part of the same run may have written since this was read.
        """
        if self._news:
            whole = {**self._read(), **self._news}
            self._known = {name: entry for name, entry in sorted(whole.items()) if entry is not None}
            body = {name: [sha256, stamp.bytes, stamp.mark] for name, (sha256, stamp) in self._known.items()}
            with suppress(OSError):
                self._path.write_text(json.dumps(body, indent=0), "utf-8")
            self._news = {}
