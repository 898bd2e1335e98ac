"""Files copied and hashed by pieces."""

from pathlib import Path

import pytest

from warehouse.lake import pieces


@pytest.mark.parametrize("size", [0, 9, 10, 95])
def test_a_copy_is_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """A copy has the bytes and the digest of its file, however long the last piece is."""
    monkeypatch.setattr(pieces, "_PIECE", 10)
    file, to = tmp_path / "file", tmp_path / "copy"
    file.write_bytes(bytes(range(size)))
    assert pieces.copy(file, to) == pieces.digest(file) == pieces.digest(to)
    assert to.read_bytes() == file.read_bytes()


def test_a_digest_tells_files_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other bytes, other lengths and pieces in another order have other digests."""
    monkeypatch.setattr(pieces, "_PIECE", 4)
    file = tmp_path / "file"
    digests = set()
    for data in (b"aaaabbbb", b"bbbbaaaa", b"aaaabbbc", b"aaaabbb", b"aaaabbbb\0"):
        file.write_bytes(data)
        digests.add(pieces.digest(file))
    assert len(digests) == 5
