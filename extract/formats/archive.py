"""Archives (.zip, .rar, .7z, .tar, .gz): what is inside, file by file, within limits.

Nothing is unpacked to disk: a name in an archive is a name, never a path. What cannot be had (encrypted, too large, a
link) is told with its reason, so that no file of a bundle is lost without a word.
"""

import gzip
import io
import posixpath
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import IO, Any, NoReturn

from extract.document import ArchiveError, UnreadableFileError
from extract.formats.package import ENTRY, ENTRY_IN_LIST, MEDIA_TYPE, is_document

# A folder of reports of a county has some hundred files; a report some ten MB, all readers hold it in memory.
MAX_FILES = 2_000
MAX_FILE = 64 << 20
MAX_UNPACKED = 512 << 20
MAX_RATIO = 200  # of a file larger than a MB: text shrinks to a tenth, pages of one colour to a hundredth
MAX_DEPTH = 2  # archives in each other
INSIDE = "!/"  # between the name of an archive and that of a file in it

_SMALL = 1 << 20
_TAR_MAGIC = 257
_KINDS = (
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
)
_TAR = "application/x-tar"
MEDIA_TYPES = frozenset((MEDIA_TYPE, _TAR, *(media_type for _, media_type in _KINDS)))
HEAD = _TAR_MAGIC + 8  # bytes of a file that tell an archive, but for a zip file, which may be a document
_ERRORS = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, ValueError, MemoryError,
    NotImplementedError, LookupError,
)  # fmt: skip
# What systems put into an archive beside the files a person put there.
_FURNITURE = re.compile(r"(?:^|/)(?:__MACOSX/|\.[^/]*$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DRIVE = re.compile(r"^(?:[A-Za-z]:)?/*")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: `inner.zip!/name` for one in an archive in it; `reason` says why it cannot be had."""

    name: str
    data: bytes = b""
    size: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file as its archive lists it, and what reads it; `reason` where nothing does."""

    name: str
    size: int
    packed: int
    read: Callable[[], bytes]
    reason: str = ""


def kind_of(data: bytes) -> str:
    """The media type of an archive, "" for what is none: a zip file that is a document of Office is none."""
    if data.startswith((ENTRY, b"PK\x05\x06", b"PK\x07\x08")):
        return "" if is_document(data) else MEDIA_TYPE
    if _is_tape(data):
        return _TAR
    return next((media_type for magic, media_type in _KINDS if data.startswith(magic)), "")


def may_be_archive(head: bytes) -> bool:
    """Whether a file that begins so may be an archive."""
    return head.startswith((b"PK", *(magic for magic, _ in _KINDS))) or head[_TAR_MAGIC:].startswith(b"ustar")


def read(data: bytes) -> NoReturn:
    """Raise ArchiveError, for an archive is no document; UnreadableFileError for one that cannot be opened."""
    media_type = kind_of(data)
    entries = _entries(data, "", media_type)
    names = ", ".join(_clean(entry.name) for entry in entries[:3])
    more = ", …" if len(entries) > 3 else ""
    files = "file" if len(entries) == 1 else "files"
    raise ArchiveError(f"an archive of {len(entries)} {files}, each a document of its own ({names}{more})", media_type)


def members(data: bytes, name: str) -> Iterator[Member]:
    """The files in an archive of this name, those in archives in it behind their archive.

    Raises UnreadableFileError for an archive that cannot be opened or lists more than `MAX_FILES`.
    """
    yield from _members(data, name, 1, _Budget(MAX_FILES, MAX_UNPACKED))


@dataclass(slots=True)
class _Budget:
    """What all archives in each other may take together."""

    files: int
    room: int

    def refusal(self, entry: _Entry) -> str:
        """Why a file is not unpacked; "" if it may be."""
        if entry.reason:
            return entry.reason
        if entry.size > MAX_FILE:
            return f"a file of {entry.size >> 20} MB in an archive; expected at most {MAX_FILE >> 20} MB"
        if entry.size > _SMALL and entry.size > MAX_RATIO * max(entry.packed, 1):
            return f"{entry.packed} bytes that unpack to {entry.size}; expected at most {MAX_RATIO} times as many"
        if entry.size > self.room:
            return f"the archive unpacks to more than {MAX_UNPACKED >> 20} MB; expected less: unpack it by hand"
        return ""


def _members(data: bytes, name: str, depth: int, budget: _Budget) -> Iterator[Member]:
    entries = _entries(data, name, kind_of(data))
    if len(entries) > budget.files:
        raise UnreadableFileError(
            f"an archive of more than {MAX_FILES} files; expected fewer: unpack it by hand", kind_of(data)
        )
    budget.files -= len(entries)
    used: set[str] = set()
    for entry in entries:
        shown = _unused(_clean(entry.name), used)
        reason = budget.refusal(entry)
        content = b""
        if not reason:
            try:
                content = entry.read()
            except _ERRORS as error:
                reason = f"found damage in the archive ({_words(error)}); expected a whole file"
        if not reason and len(content) != entry.size and entry.size >= 0:
            reason = f"{len(content)} bytes in the archive; expected the declared {entry.size}"
        if reason:
            yield Member(shown, b"", max(entry.size, 0), reason)
            continue
        budget.room -= len(content)
        yield from _with_inner(Member(shown, content, len(content)), depth, budget)


def _with_inner(member: Member, depth: int, budget: _Budget) -> Iterator[Member]:
    """A file of an archive, and before it those in it if it is an archive itself."""
    if kind_of(member.data):
        if depth >= MAX_DEPTH:
            reason = f"an archive in {MAX_DEPTH} others; expected at most that: unpack it by hand"
            yield Member(member.name, b"", member.size, reason)
            return
        try:
            for inner in _members(member.data, member.name, depth + 1, budget):
                yield Member(f"{member.name}{INSIDE}{inner.name}", inner.data, inner.size, inner.reason)
        except UnreadableFileError as error:
            yield Member(member.name, b"", member.size, str(error))
            return
    yield member


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


# -- names -------------------------------------------------------------------------------------------------------------


def _clean(name: str) -> str:
    """A name without drive, root, way upwards and characters that hide or turn others."""
    path = posixpath.normpath(_DRIVE.sub("/", name.replace("\\", "/")))
    return _CONTROL.sub("\ufffd", posixpath.normpath(f"/{path}").lstrip("/")) or "file"


def _unused(name: str, used: set[str]) -> str:
    """The name, or with a number where the archive has it twice."""
    found, number = name, 1
    while found in used:
        number += 1
        found = f"{name} ({number})"
    used.add(found)
    return found


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. Without its UTF-8 flag it is in the encoding of the machine that packed it (APPNOTE, D)."""
    if entry.flag_bits & 0x800:
        return entry.orig_filename
    try:
        raw = entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.orig_filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.orig_filename


# -- formats -----------------------------------------------------------------------------------------------------------


def _entries(data: bytes, name: str, media_type: str) -> list[_Entry]:
    """The files an archive lists. Raises UnreadableFileError."""
    listing = {MEDIA_TYPE: _zip, _TAR: _tar, "application/vnd.rar": _rar, "application/x-7z-compressed": _seven}
    if not media_type:
        raise UnreadableFileError("found no archive; expected .zip, .rar, .7z, .tar or .gz")
    try:
        if media_type == "application/gzip":
            return _gzip(data, name)
        return [entry for entry in listing[media_type](data) if not _FURNITURE.search(entry.name)]
    except _ERRORS as error:
        message = f"found damage in the archive ({_words(error)}); expected a whole one"
        raise UnreadableFileError(message, media_type) from error


def _zip(data: bytes) -> list[_Entry]:
    if data.count(ENTRY_IN_LIST) > 10 * MAX_FILES:
        raise ValueError(f"more than {10 * MAX_FILES} entries")
    archive = zipfile.ZipFile(io.BytesIO(data))

    def entry(info: zipfile.ZipInfo) -> _Entry:
        reason = ""
        if info.flag_bits & 1:
            reason = "an encrypted file in an archive; expected one without password"
        elif stat.S_ISLNK(info.external_attr >> 16):
            reason = "a link in an archive; expected a file"
        return _Entry(_decoded(info), info.file_size, info.compress_size, lambda: _bounded(archive.open(info)), reason)

    return [entry(info) for info in archive.infolist() if not info.is_dir() and not info.filename.endswith("\\")]


def _bounded(file: IO[bytes]) -> bytes:
    with file:
        return file.read(MAX_FILE + 1)


def _tar(data: bytes) -> list[_Entry]:
    archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:")  # noqa: SIM115 - entries are read from it later
    found = []
    for info in archive:
        if info.isdir():
            continue
        reason = "" if info.isfile() else "a link or device in an archive; expected a file"
        found.append(_Entry(info.name, info.size, info.size, partial(_from_tar, archive, info), reason))
        if len(found) > MAX_FILES:
            break
    return found


def _from_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(info)
    return file.read(MAX_FILE + 1) if file else b""


def _gzip(data: bytes, name: str) -> list[_Entry]:
    """A tape archive inside is the archive that is meant; anything else is the one file."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        content = file.read(MAX_FILE + 1)
        if len(content) > MAX_FILE and _is_tape(content):
            content += file.read(MAX_UNPACKED - len(content))
    if _is_tape(content):
        return [entry for entry in _tar(content) if not _FURNITURE.search(entry.name)]
    inner = re.sub(r"\.(?:gz|gzip)$", "", name.rpartition("/")[2], flags=re.IGNORECASE) or "file"
    return [_Entry(inner, len(content), len(data), lambda: content)]


def _is_tape(data: bytes) -> bool:
    return data[_TAR_MAGIC : _TAR_MAGIC + 5] == b"ustar"


def _seven(data: bytes) -> list[_Entry]:
    py7zr = import_module("py7zr")
    try:
        with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
            listed = [info for info in archive.list() if not info.is_directory]
            locked = bool(archive.needs_password())
    except py7zr.exceptions.PasswordRequired as error:
        raise ValueError("its list of files is encrypted") from error
    except Exception as error:  # decompressors fail in ways of their own, and the list of files is packed, too
        raise ValueError(_words(error)) from error
    total = sum(info.uncompressed or 0 for info in listed)
    packed = len(data)
    unpacked: dict[str, bytes] = {}

    def content(name: str) -> bytes:
        """One file; all are unpacked at once, for they are packed as one."""
        if not unpacked:
            factory = import_module("py7zr.io").BytesIOFactory(MAX_FILE + 1)
            try:
                with py7zr.SevenZipFile(io.BytesIO(data), max_extract_size=MAX_UNPACKED) as archive:
                    archive.extractall(factory=factory)  # noqa: S202 - to memory
            except Exception as error:  # as above
                raise ValueError(_words(error)) from error
            for key, product in factory.products.items():
                product.seek(0)
                unpacked[key] = product.read()
        return unpacked[name]

    def reason(info: Any) -> str:
        if locked:
            return "an encrypted file in an archive; expected one without password"
        if info.is_symlink:
            return "a link in an archive; expected a file"
        if total > MAX_UNPACKED or (total > _SMALL and total > MAX_RATIO * packed):
            return f"{packed} bytes that unpack to {total}; expected at most {MAX_RATIO} times as many"
        return ""

    # How much a file takes within the archive is not told: the ratio is that of all of them.
    return [
        _Entry(i.filename, i.uncompressed or 0, i.uncompressed or 0, partial(content, i.filename), reason(i))
        for i in listed
    ]


def _rar(data: bytes) -> list[_Entry]:
    rarfile = import_module("rarfile")
    try:
        archive = rarfile.RarFile(io.BytesIO(data))
    except rarfile.Error as error:
        raise ValueError(_words(error)) from error
    if archive.needs_password() and not archive.infolist():
        raise ValueError("its list of files is encrypted")

    def content(info: Any) -> bytes:
        try:
            with archive.open(info) as file:
                found: bytes = file.read(MAX_FILE + 1)
                return found
        except rarfile.RarCannotExec as error:
            raise ValueError("no program to unpack it: install libarchive-tools (bsdtar) or unrar") from error
        except rarfile.Error as error:
            raise ValueError(_words(error)) from error

    def entry(info: Any) -> _Entry:
        reason = ""
        if info.needs_password():
            reason = "an encrypted file in an archive; expected one without password"
        elif info.is_symlink():
            reason = "a link in an archive; expected a file"
        return _Entry(info.filename, info.file_size, info.compress_size, partial(content, info), reason)

    return [entry(info) for info in archive.infolist() if not info.is_dir()]
