"""Where the files of a lake lie: below a local folder, or below a prefix on object storage.

Both keep files by names with slashes, and write a file whole or not at all. What they refuse is an OSError that names
the file.
"""

import errno
import hashlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol
from uuid import uuid4

import duckdb

# Which folder stands at a path: host, device, inode; None for none. A place on object storage is always itself.
FolderId = tuple[str, int, int] | None


class Stamp(NamedTuple):
    """How large a file is, and what changes when it is written again; "" if nothing tells."""

    bytes: int
    mark: str


# Takes a file by name and bytes.
Keep = Callable[[str, bytes], object]

# Files on their way to object storage at a time.
_AT_ONCE = 4


class Storage(Protocol):
    """The files of a lake."""

    shared: bool  # whether writers on other machines may be at work, whom no local lock keeps out

    def where(self, name: str) -> str:
        """The path or URL of a file, as DuckDB opens it."""

    def has(self, name: str) -> bool:
        """Whether a file is there."""

    def read(self, name: str) -> bytes:
        """The bytes of a file."""

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        """The bytes of some files, in their order."""

    def names(self, folder: str) -> Iterable[str]:
        """Every file in a folder and the folders in it, hidden ones too."""

    def stamps(self, folder: str) -> dict[str, Stamp]:
        """The same with their stamps."""

    def stamp(self, name: str) -> Stamp:
        """The stamp of a file."""

    def sha256(self, name: str) -> str:
        """The SHA-256 of the bytes of a file."""

    def write(self, name: str, data: bytes) -> None:
        """Put a whole file in its place durably, or nothing."""

    def keeping(self) -> AbstractContextManager[Keep]:
        """A block that is given many files, of names that stand for their bytes. What is there already is left alone;
        all are in their places durably when it ends. That takes less time than one after the other.
        """

    def create(self, name: str, data: bytes) -> None:
        """Write a file that is not there yet; FileExistsError if another writer of a shared storage was first."""

    def remove(self, name: str) -> None:
        """Take a file away."""

    def folder_id(self) -> FolderId:
        """What tells this place from another that is found in its stead."""

    def show(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB open what `where` names."""


class Folder:
    """Files below a local folder. Its one writer is whoever holds the lock of the store."""

    shared = False

    def __init__(self, root: Path) -> None:
        self.root = root

    def __getstate__(self) -> dict[str, Path]:
        """A worker on another machine works in another folder."""
        return {"root": self.root.absolute()}

    def __setstate__(self, state: dict[str, Path]) -> None:
        self.root = state["root"]

    def where(self, name: str) -> str:
        return str(self.root / name)

    def has(self, name: str) -> bool:
        return (self.root / name).exists()

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        return map(self.read, names)

    def names(self, folder: str) -> Iterable[str]:
        for below in self.root.glob(f"{folder}/*"):
            if not below.is_dir():
                yield f"{folder}/{below.name}"
                continue
            for name in os.listdir(below):  # noqa: PTH208 - of a million names no million paths
                yield f"{folder}/{below.name}/{name}"

    def stamps(self, folder: str) -> dict[str, Stamp]:
        found = {}
        for name in self.names(folder):
            with suppress(FileNotFoundError):  # half-written when listed, in its place by now
                found[name] = self.stamp(name)
        return found

    def stamp(self, name: str) -> Stamp:
        stat = (self.root / name).stat()
        # The time of the inode, which nobody can set, is there for files whose time was put back.
        return Stamp(stat.st_size, f"{stat.st_ino}-{stat.st_mtime_ns}-{stat.st_ctime_ns}")

    def sha256(self, name: str) -> str:
        with (self.root / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def write(self, name: str, data: bytes) -> None:
        with self._writing() as write:
            write(name, data)

    @contextmanager
    def keeping(self) -> Iterator[Keep]:
        with self._writing() as write:
            yield lambda name, data: self.has(name) or write(name, data)

    @contextmanager
    def _writing(self) -> Iterator[Keep]:
        """Files are written beside their places and saved while the next are on their way; then all are put there.

        All stay open until then: a block is for tens of files, not thousands.
        """
        beside: dict[Path, Path] = {}
        files: list[BinaryIO] = []
        saved: list[Future[None]] = []

        def write(name: str, data: bytes) -> None:
            path = self.root / name
            if path in beside:
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            beside[path] = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
            files.append(beside[path].open("wb"))
            files[-1].write(data)
            files[-1].flush()
            saved.append(thread.submit(os.fsync, files[-1].fileno()))

        try:
            with ThreadPoolExecutor(1, "saving") as thread:
                yield write
            for one in saved:
                one.result()
            for path, written in beside.items():
                written.replace(path)
            for folder in {path.parent for path in beside}:
                _save(folder)
        except Exception:  # of the file system or of who gave the files: it goes on to them, and no half file stays
            for written in beside.values():
                with suppress(OSError):
                    written.unlink()
            raise
        finally:
            for file in files:
                file.close()

    create = write

    def remove(self, name: str) -> None:
        (self.root / name).unlink()

    def folder_id(self) -> FolderId:
        try:
            stat = self.root.stat()
        except OSError:
            return None
        return socket.gethostname(), stat.st_dev, stat.st_ino

    def show(self, connection: duckdb.DuckDBPyConnection) -> None:
        pass


def _save(folder: Path) -> None:
    """See that what was put into a folder stays there."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Bucket:
    """Files below a URL that fsspec knows, such as s3://bucket/prefix; settings and keys come from its environment."""

    shared = True

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def __getstate__(self) -> dict[str, str]:
        """Each process makes connections of its own."""
        return {"url": self.url}

    @cached_property
    def _files(self) -> Any:
        with _answering(self.url):
            import fsspec  # noqa: PLC0415 - slow, and of no use to a local store

            files, _ = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
            return files

    def where(self, name: str) -> str:
        return f"{self.url}/{name}"

    def has(self, name: str) -> bool:
        try:
            with _answering(self.where(name)):
                self._files.info(self.where(name))
        except FileNotFoundError:
            return False
        return True

    def read(self, name: str) -> bytes:
        with _answering(self.where(name)):
            data: bytes = self._files.cat_file(self.where(name))
            return data

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        with _answering(self.url):
            paths = [self._files._strip_protocol(self.where(name)) for name in names]
            found = self._files.cat(paths) if paths else {}  # many at once
        return (found[path] for path in paths)

    def names(self, folder: str) -> Iterable[str]:
        return self.stamps(folder)

    def stamps(self, folder: str) -> dict[str, Stamp]:
        with _answering(self.where(folder)):
            here = len(self._files._strip_protocol(self.url)) + 1
            found = self._files.find(self.where(folder), detail=True)
        return {path[here:]: _stamp(known) for path, known in found.items()}

    def stamp(self, name: str) -> Stamp:
        with _answering(self.where(name)):
            return _stamp(self._files.info(self.where(name)))

    def sha256(self, name: str) -> str:
        return hashlib.sha256(self.read(name)).hexdigest()

    def write(self, name: str, data: bytes) -> None:
        with _answering(self.where(name)):
            self._files.pipe_file(self.where(name), data)

    @contextmanager
    def keeping(self) -> Iterator[Keep]:
        def keep(name: str, data: bytes) -> None:
            if not self.has(name):
                self.write(name, data)

        # Each takes milliseconds, in which who reads them goes on.
        with ThreadPoolExecutor(_AT_ONCE, "keeping") as threads:
            kept: list[Future[None]] = []
            yield lambda name, data: kept.append(threads.submit(keep, name, data))
        for one in kept:
            one.result()

    def create(self, name: str, data: bytes) -> None:
        with _answering(self.where(name)):
            self._files.pipe_file(self.where(name), data, mode="create")

    def remove(self, name: str) -> None:
        with _answering(self.where(name)):
            self._files.rm_file(self.where(name))

    def folder_id(self) -> FolderId:
        return None

    def show(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.register_filesystem(self._files)


def _stamp(known: Mapping[str, Any]) -> Stamp:
    return Stamp(known["size"], str(known.get("ETag") or known.get("etag") or ""))


@contextmanager
def _answering(where: str) -> Iterator[None]:
    """What object storage refuses, as a file system would say it: the libraries of clouds raise what they like."""
    try:
        yield
    except FileExistsError:
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "no such bucket or object", where) from error
    except PermissionError as error:
        raise PermissionError(errno.EACCES, str(error), where) from error
    except Exception as error:
        raise OSError(errno.EHOSTDOWN, str(error) or type(error).__name__, where) from error
