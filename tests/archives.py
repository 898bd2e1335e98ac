"""Archives of every kind around given files, the same bytes on every day."""

import binascii
import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping

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


KINDS = {"zip": zipped, "tar.gz": taped, "tar": lambda files: taped(files, "w"), "7z": seven, "rar": rar}
