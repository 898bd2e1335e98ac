"""Archives of every kind around given files: by libraries, and as the tools of this machine pack them."""

import binascii
import gzip
import io
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import py7zr

Files = Mapping[str, bytes]


def zipped(files: Files, encoding: str = "") -> bytes:
    """A .zip; with an `encoding` names are written in it and without the flag for UTF-8."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, data) in enumerate(files.items()):
            written = f"{number:0{len(name.encode(encoding))}}" if encoding else name
            archive.writestr(zipfile.ZipInfo(written), data, zipfile.ZIP_DEFLATED)
    found = target.getvalue()
    for number, name in enumerate(files if encoding else ()):
        raw = name.encode(encoding)
        found = found.replace(f"{number:0{len(raw)}}".encode(), raw)
    return found


def taped(files: Files, mode: str = "w:gz") -> bytes:
    """A .tar, packed unless the mode is `w`."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def seven(files: Files, password: str | None = None) -> bytes:
    """A .7z."""
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", password=password) as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return target.getvalue()


def gzipped(data: bytes) -> bytes:
    """A .gz."""
    return gzip.compress(data, mtime=0)


def rar(files: Files, *, encrypted: bool = False) -> bytes:
    """A .rar of the third version that stores its files as they are (RAR technote, "Archive header", "File header")."""

    def block(kind: int, flags: int, body: bytes) -> bytes:
        head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", binascii.crc32(head) & 0xFFFF) + head

    found = b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6))
    for name, data in files.items():
        raw = name.encode("ascii")
        body = struct.pack(
            "<IIBIIBBHI", len(data), len(data), 3, binascii.crc32(data), 0x5A21_0000, 20, 0x30, len(raw), 0o100644
        )
        found += block(0x74, 0x8000 | 4 * encrypted, body + raw) + data
    return found + block(0x7B, 0x4000, b"")


def rar5(files: Files) -> bytes:
    """A .rar of the fifth version, the names in UTF-8 (RAR 5.0 archive format, "General archive block format")."""

    def number(value: int) -> bytes:
        found = b""
        while value > 0x7F:
            found += bytes([value & 0x7F | 0x80])
            value >>= 7
        return found + bytes([value])

    def block(*fields: int, rest: bytes = b"") -> bytes:
        body = b"".join(map(number, fields)) + rest
        sized = number(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized

    found = b"Rar!\x1a\x07\x01\x00" + block(1, 0, 0)
    for name, data in files.items():
        raw = name.encode()
        rest = struct.pack("<I", zlib.crc32(data)) + number(0) + number(1) + number(len(raw)) + raw
        found += block(2, 2, len(data), 4, len(data), 0o100644, rest=rest) + data
    return found + block(5, 0, 0)


def by_tool(*command: str) -> Callable[[Files], bytes]:
    """What a command makes of the files in its folder: it writes the file it is given last before their names."""

    def pack(files: Files) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            inside = Path(folder, "inside")
            inside.mkdir()
            for name, data in files.items():
                (inside / name).write_bytes(data)
            subprocess.run([*command, "../packed", *files], cwd=inside, check=True, capture_output=True)
            return next(Path(folder).glob("packed*")).read_bytes()

    return pack


# The tools that are installed, by the kind they pack.
_TOOLS = {
    "zip": (("zip", "-q"), ("bsdtar", "--options", "hdrcharset=UTF-8", "--format", "zip", "-cf")),
    "7z": (("bsdtar", "--format", "7zip", "-cf"),),
    "tar": (("tar", "-cf"), ("bsdtar", "-cf")),
    "tar.gz": (("tar", "-czf"), ("bsdtar", "-czf")),
}
TOOLS = {
    f"{kind} by {command[0]}": by_tool(*command)
    for kind, commands in _TOOLS.items()
    for command in commands
    if shutil.which(command[0])
}


def gzipped_by_tool(name: str, data: bytes) -> bytes:
    """A .gz by gzip(1), which keeps the name."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(data)
        return subprocess.run(["gzip", "-c", name], cwd=folder, check=True, capture_output=True).stdout


KINDS = {"zip": zipped, "tar.gz": taped, "tar": lambda files: taped(files, "w"), "7z": seven, "rar": rar, "rar5": rar5}
