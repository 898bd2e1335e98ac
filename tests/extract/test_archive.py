"""Archives: every file inside is told, by a name that is safe, or with the reason why it cannot be had."""

import io
import stat
import struct
import tarfile
import zipfile
from binascii import crc32
from contextlib import suppress
from random import Random

import pytest

from extract.document import UnreadableFileError
from extract.formats import archive
from extract.formats.archive import Member, kind_of, members
from extract.read import read_report
from tests.archives import KINDS, gzipped, rar, seven, taped, zipped
from tests.docx import pack
from tests.odf import pack as odt
from tests.render import lay_out
from tests.workbook import PRODUCERS, BookLayout

BOOK = PRODUCERS["openpyxl"](lay_out("2021", {}), BookLayout(), Random(0))
FILES = {"a.txt": b"first", "below/b.txt": b"second" * 99}


def inside(data: bytes, name: str = "bundle") -> list[Member]:
    """What is in an archive."""
    return list(members(data, name))


def reasons(data: bytes) -> dict[str, str]:
    """Why files of an archive cannot be had."""
    return {member.name: member.reason for member in inside(data) if member.reason}


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_there(kind: str) -> None:
    """With its name, its bytes and its size, in their order."""
    data = KINDS[kind](FILES)
    assert kind_of(data)
    assert [(one.name, one.data, one.size, one.reason) for one in inside(data)] == [
        (name, content, len(content), "") for name, content in FILES.items()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_is_no_report_and_says_what_it_holds(kind: str) -> None:
    """As an outcome of its own: nothing of it is lost, and it is no report that could not be read."""
    reading = read_report(KINDS[kind](FILES), f"bundle.{kind}")
    assert reading.outcome == "not_a_report"
    assert reading.reason.startswith("an archive of 2 files")
    assert reading.media_type in archive.MEDIA_TYPES


def test_a_packed_file_bears_the_name_of_its_archive() -> None:
    """Without the suffix; a tape archive inside is the archive that is meant."""
    assert [(one.name, one.data) for one in inside(gzipped(b"text"), "in/report.txt.gz")] == [("report.txt", b"text")]
    assert [one.name for one in inside(taped(FILES), "bundle.tgz")] == list(FILES)


@pytest.mark.parametrize("data", [pack("<w:p/>"), odt("<text:p/>"), BOOK])
def test_a_document_that_is_a_zip_file_is_no_archive(data: bytes) -> None:
    """Word files, workbooks and OpenDocument files."""
    assert kind_of(data) == ""


def test_archives_in_archives_are_opened_twice() -> None:
    """The files of an inner archive come before it; a third one is told and not opened."""
    third = zipped({"c.txt": b"c"})
    found = inside(zipped({"one.zip": seven({"two.zip": third, "b.txt": b"b"}), "a.txt": b"a"}))
    assert [(one.name, bool(one.data), bool(one.reason)) for one in found] == [
        ("one.zip!/two.zip", False, True),
        ("one.zip!/b.txt", True, False),
        ("one.zip", True, False),
        ("a.txt", True, False),
    ]
    assert "in 2 others" in found[0].reason


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("/etc/passwd", "etc/passwd"), ("../../up.txt", "up.txt"), ("a/../../up.txt", "up.txt"),
        ("C:\\reports\\a.txt", "reports/a.txt"), ("\\\\host\\share\\a.txt", "host/share/a.txt"), ("./a.txt", "a.txt"),
        ("a\x1b[2J.txt", "a\ufffd[2J.txt"), ("a\u202etxt.exe", "a\ufffdtxt.exe"),
    ],
)  # fmt: skip
def test_names_lead_nowhere(written: str, shown: str) -> None:
    """No root, drive, way upwards, control character or turned writing."""
    assert [one.name for one in inside(zipped({written: b"x"}))] == [shown]


def test_names_come_in_the_encoding_of_the_machine_that_packed_them() -> None:
    """GBK where a Chinese Windows packed, UTF-8 where others did; twice the same name is two files."""
    name = "兰州市2023年报告.txt"
    for encoding in ("gb18030", "utf-8"):
        assert [one.name for one in inside(zipped({name: b"x"}, encoding))] == [name]
    assert [one.name for one in inside(zipped({"/a.txt": b"1", "a.txt": b"2"}))] == ["a.txt", "a.txt (2)"]


def test_what_systems_put_beside_the_files_is_left_out() -> None:
    """As hidden files of folders are."""
    extra = {"__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "below/Thumbs.db": b"x"}
    assert [one.name for one in inside(zipped(FILES | extra))] == list(FILES)


def test_what_cannot_be_had_is_told_with_its_reason() -> None:
    """Encrypted files, links, files that are damaged, each beside those that are in order."""
    data = bytearray(zipped(FILES))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    assert {"a.txt"} == set(found := reasons(bytes(data)))
    assert "encrypted" in found["a.txt"]
    assert all("encrypted" in why for why in reasons(seven(FILES, "secret")).values())
    assert all("encrypted" in why for why in reasons(rar(FILES, encrypted=True)).values())

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    assert "link" in reasons(target.getvalue())["link"]
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tape:
        device = tarfile.TarInfo("device")
        device.type = tarfile.CHRTYPE
        tape.addfile(device)
    assert "device" in reasons(target.getvalue())["device"]

    broken = bytearray(zipped({"a.txt": bytes(range(256)) * 9}))
    broken[60] ^= 0xFF
    assert "damage" in reasons(bytes(broken))["a.txt"]


def test_a_rar_without_a_program_to_unpack_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And names what is to be installed."""
    import rarfile

    def none(*_: object, **__: object) -> None:
        raise rarfile.RarCannotExec("no tool")

    monkeypatch.setattr(rarfile, "tool_setup", none)
    packed = bytearray(rar(FILES))
    for at in range(len(packed)):  # stored files need no program: say they are packed
        if packed[at : at + 2] == b"\x14\x30":
            packed[at + 1] = 0x33
            size = struct.unpack_from("<H", packed, at - 19)[0]
            head = bytes(packed[at - 22 : at - 24 + size])
            struct.pack_into("<H", packed, at - 24, crc32(head) & 0xFFFF)
    assert all("bsdtar" in why for why in reasons(bytes(packed)).values())


# -- bounds ------------------------------------------------------------------------------------------------------------


def test_bombs_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what is declared, and by what comes; those beside them are read."""
    zeros = bytes(8 << 20)
    data = zipped({"bomb": zeros, "a.txt": b"a"})
    assert "times as many" in reasons(data)["bomb"]
    assert [one.name for one in inside(data) if not one.reason] == ["a.txt"]
    assert "times as many" in reasons(seven({"bomb": zeros}))["bomb"]
    monkeypatch.setattr(archive, "MAX_FILE", 1 << 10)
    noise = Random(0).randbytes(5 << 10)
    assert "expected at most" in reasons(zipped({"large": noise}))["large"]
    assert "expected at most" in reasons(taped({"large": noise}))["large"]
    assert inside(gzipped(noise))[0].reason
    monkeypatch.setattr(archive, "MAX_FILE", 1 << 20)
    monkeypatch.setattr(archive, "MAX_UNPACKED", 8 << 10)
    assert list(reasons(zipped({"one": noise, "two": noise}))) == ["two"]


def test_a_declared_size_that_is_a_lie_is_told() -> None:
    """The bytes are not taken for the file."""
    data = bytearray(zipped({"a.txt": b"text" * 50}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 100)
    assert reasons(bytes(data))


def test_more_files_than_a_bundle_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also over archives in each other."""
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(UnreadableFileError, match="more than 3 files"):
        inside(zipped(dict.fromkeys("abcd", b"x")))


@pytest.mark.parametrize("kind", KINDS)
def test_half_an_archive_is_refused_or_its_files_are_told(kind: str) -> None:
    """Whatever is left of it."""
    data = KINDS[kind]({"a.txt": Random(1).randbytes(4_000), "b.txt": Random(2).randbytes(4_000)})
    for end in range(16, len(data), 997):
        with suppress(UnreadableFileError):
            assert all(one.reason or one.data for one in inside(data[:end]))


@pytest.mark.parametrize("kind", KINDS)
def test_damage_anywhere_is_refused_or_told(kind: str) -> None:
    """A byte changed in the list of files as in the files, which some kinds pack alike."""
    whole = KINDS[kind]({f"{n}.txt": b"text" for n in range(20)})
    for at in range(8, len(whole), 7):
        data = bytearray(whole)
        data[at] ^= 0x55
        with suppress(UnreadableFileError):
            assert all(one.reason or one.data or not one.size for one in inside(bytes(data)))
