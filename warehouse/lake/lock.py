"""The one writer of a store: a lock that dies with its process, and a note of who holds it or held it last.

The file says who writes, in a line; below it why that one gave up. A line after # is what the last run left word of.
"""

import fcntl
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.lake.errors import GONE, StoreError, StoreLockedError, writing
from warehouse.lake.log import Log
from warehouse.lake.storage import FolderId, Storage

# Seconds to wait for a lock that is being looked at, not held.
_PATIENCE = 1.0
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes to a store, or wrote last and did not end well.

    `failure` says why it gave up; "" with `is_writing` False is one that was killed.
    """

    name: str
    is_writing: bool
    failure: str


@dataclass(slots=True)
class Held:
    """A lock this process holds, and what is known for as long as it does.

    `depth` counts how often it was taken: a flow that holds the store may call what takes the lock itself. `before` is
    the writer before this one, None if it ended well; `word` what is left for who asks later. `log` is the commit log,
    which nobody else changes meanwhile.
    """

    descriptors: list[int]
    depth: int
    folder: FolderId
    before: Writer | None
    word: str
    log: Log | None = None


_held: dict[Path, Held] = {}
guard = threading.RLock()


class StoreLock:
    """The lock of the store in a local folder, whose files may lie elsewhere. Worker processes get a copy."""

    def __init__(self, store: Path, files: Storage) -> None:
        self.store = store
        self.files = files
        self.folder: FolderId = None

    @property
    def path(self) -> Path:
        """The file that is locked, and holds the note."""
        return self.store / ".lock"

    @property
    def held(self) -> Held | None:
        """What this process knows of the store while it holds it."""
        return _held.get(self.path.resolve())

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the one process that writes, for as long as the block lasts; it may take the lock again.

        A new store is its owner's alone (mode 0700); one that stands keeps its mode. Raises StoreLockedError, saying
        who writes, if another process does.
        """
        with writing(self.store):
            if not self.store.exists():
                self.store.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.files.shared:
                (self.store / "lake").mkdir(exist_ok=True)
        path = self.path.resolve()
        with guard:
            held = _held.get(path) or self._acquire()
            self.folder = held.folder
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
            with guard:
                held.depth -= 1
                if not held.depth:
                    del _held[path]
                    _release(held, failure)

    def leave(self, word: str) -> None:
        """Leave a line for `left`, instead of the last one. This process holds the lock."""
        if (held := self.held) is not None:
            held.word = word.replace("\n", " ")

    def left(self) -> str:
        """The line that was left last, "" for none."""
        try:
            return _word(_lines(self.path.read_bytes()))
        except OSError:
            return ""

    def writer(self) -> Writer | None:
        """Who writes, or why the last one that wrote did not come to its end; None if it did."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            return _noted(descriptor, is_writing=not _is_free(descriptor))
        finally:
            os.close(descriptor)

    def still_there(self) -> None:
        """See that the store is the folder that was locked, and the lock the file that was: what is written where a
        share was mounted would be lost from sight when it comes back. Raises StoreError.
        """
        held = self.held
        if held is not None:
            try:
                same = os.path.samestat(self.path.stat(), os.fstat(held.descriptors[0]))
            except OSError:
                same = False
            if not same and self.path.parent.exists() and self.files.folder_id() == held.folder:
                raise StoreError(self.path, "taken away or replaced", "the lock of this process", "Run it again.")
        if self.folder is None:
            return
        host, device, folder = self.folder
        now = self.files.folder_id()
        # Another machine numbers its devices otherwise; the folder of a share it knows by the same number.
        if now is None or now[2] != folder or (now[0] == host and now[1] != device):
            raise StoreError(self.store, "no longer the folder that was locked", "the store", GONE)

    def _acquire(self) -> Held:
        """Lock the file, and the folder it is in: the file may be taken away, and another come in its place."""
        with writing(self.path):
            descriptors = [os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)]
        try:
            with writing(self.path):
                descriptors.append(os.open(self.store, os.O_RDONLY | os.O_DIRECTORY))
            for descriptor in descriptors:
                self._wait_for(descriptor, descriptors[0])
            before = _noted(descriptors[0], is_writing=False)
            word = _word(_lines(os.pread(descriptors[0], _LONGEST, 0)))
            now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
            with writing(self.path):
                os.ftruncate(descriptors[0], 0)
                note = f"process {os.getpid()} on {socket.gethostname()} since {now}"
                os.pwrite(descriptors[0], (f"{note}\n#{word}" if word else note).encode(), 0)
        except StoreError:
            for descriptor in descriptors:
                os.close(descriptor)
            raise
        return Held(descriptors, 0, self.files.folder_id(), before, word)

    def _wait_for(self, descriptor: int, note: int) -> None:
        until = time.monotonic() + _PATIENCE
        while not _is_free(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > until:
                holder = _noted(note, is_writing=True)
                name = holder.name if holder else "a process whose lock file was taken away, or that has just begun"
                found = f"the store is being written by {name}"
                raise StoreLockedError(self.path, found, "no other writer", "Wait for it to end, or stop it.")
            time.sleep(_PATIENCE / 20)


def _noted(descriptor: int, *, is_writing: bool) -> Writer | None:
    name, *failure = [line for line in _lines(os.pread(descriptor, _LONGEST, 0)) if not line.startswith("#")] or [""]
    return Writer(name, is_writing, "\n".join(failure)) if name else None


def _lines(note: bytes) -> list[str]:
    return note.decode(errors="replace").split("\n")


def _word(lines: list[str]) -> str:
    return next((line[1:] for line in lines if line.startswith("#")), "")


def _is_free(descriptor: int, mode: int = fcntl.LOCK_SH) -> bool:
    """Take a lock if nobody holds it. Where a folder cannot be locked (NFS) the file alone has to do."""
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _release(held: Held, failure: str) -> None:
    """Give a lock back; its note is emptied, or says why."""
    note = held.descriptors[0]
    with suppress(OSError):  # a full disk or a lost share: whoever holds the lock has been told already
        name = _lines(os.pread(note, _LONGEST, 0))[0]
        lines = [*([name, failure] if failure else []), *([f"#{held.word}"] if held.word else [])]
        os.ftruncate(note, 0)
        os.pwrite(note, "\n".join(lines).encode(errors="backslashreplace"), 0)
    for descriptor in held.descriptors:
        os.close(descriptor)
