"""The originals: every file as it came, by the hash of its bytes."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from warehouse.lake.errors import REPAIR, DamageError, StoreError, writing
from warehouse.lake.lock import StoreLock

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Archive:
    """The files below `raw/`. Keeping one needs no lock: its name is its content."""

    def __init__(self, lock: StoreLock) -> None:
        self._lock = lock
        self._files = lock.files

    def keep(self, data: bytes) -> str:
        """Keep the original bytes of a file; returns their SHA-256. A call for bytes already there costs their hash."""
        with self.keeping() as keep:
            return keep(data)

    @contextmanager
    def keeping(self) -> Iterator[Callable[[bytes], str]]:
        """`keep` for many files: the block is given what takes them, and all are kept when it ends."""
        with writing(self._lock.store), self._files.keeping() as keep:

            def take(data: bytes) -> str:
                digest = hashlib.sha256(data).hexdigest()
                self._lock.still_there()
                keep(place(digest), data)
                return digest

            yield take

    def replace(self, data: bytes) -> None:
        """Put the right bytes in the place of damaged ones."""
        with writing(self._lock.store):
            self._lock.still_there()
            self._files.write(place(hashlib.sha256(data).hexdigest()), data)

    def has(self, sha256: str) -> bool:
        """Whether the bytes with this SHA-256 are archived."""
        return self._files.has(place(sha256))

    def names(self) -> set[str]:
        """The SHA-256 of everything archived."""
        names = (name.rpartition("/")[2] for name in self._files.names("raw"))
        return {name for name in names if _SHA256.fullmatch(name)}

    def read(self, sha256: str) -> bytes:
        """The archived bytes with this SHA-256. Raises StoreError if they are not there or not those."""
        if not _SHA256.fullmatch(sha256):
            raise StoreError(sha256, "no SHA-256", "64 hexadecimal digits", "Look it up in the view document.")
        where = self._files.where(place(sha256))
        try:
            data = self._files.read(place(sha256))
        except OSError as error:
            raise DamageError(where, str(error.strerror), "the original file", REPAIR) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DamageError(where, "other bytes than archived", "the original file", REPAIR)
        return data


def place(sha256: str) -> str:
    """Where an original lies in the store."""
    return f"raw/{sha256[:2]}/{sha256}"
