"""What a store refuses, and what to do about it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GONE = "See whether its disk or share is mounted, then run the same command again."
REPAIR = "Restore it from a copy of the store, or see gongkai verify --repair."
# What to do where a file system refuses.
REMEDY = {
    errno.ENOSPC: "Make room, then run the same command again.",
    errno.EDQUOT: "Make room or raise the quota, then run the same command again.",
    errno.EROFS: "Mount it writable, or name another place for the store.",
    errno.EACCES: "Grant the rights, or name another place for the store.",
    errno.EPERM: "Grant the rights, or name another place for the store.",
    errno.EHOSTDOWN: "See whether the object storage answers, then run the same command again.",
    **dict.fromkeys((errno.ENOENT, errno.ESTALE, errno.EIO, errno.ENOTCONN, errno.ENODEV, errno.ETIMEDOUT), GONE),
}


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


class DamageError(StoreError):
    """A file of the store has other bytes than were written, or is missing."""


class LossError(StoreError):
    """Going on would lose what the store held; a person has to agree."""


@contextmanager
def writing(where: Path) -> Iterator[None]:
    """Say of a file system that refuses what was found, what was expected and what to do. Raises StoreError."""
    try:
        yield
    except OSError as error:
        found = f"cannot be written ({error.strerror or error})"
        next_step = REMEDY.get(error.errno or 0, "Grant the rights or make room, or name another place for the store.")
        raise StoreError(error.filename or where, found, "a folder this user may fill", next_step) from error
