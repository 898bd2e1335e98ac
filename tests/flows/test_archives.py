"""Archives in a run: each file in them is a document of its own, once, wherever it comes from."""

import os
import shutil
from pathlib import Path
from random import Random

import pytest

from flows.show.explain import UnknownTargetError, find_target
from flows.sources import find
from flows.standing import Standing
from tests.archives import gzipped, seven, zipped
from tests.flows.nights import night, page, tree
from warehouse.lake.store import Lake
from warehouse.query import query


def outcomes(store: Path) -> dict[str, str]:
    """Name → outcome of every document."""
    rows = query(store, "SELECT source_name, outcome FROM document").to_pylist()
    return {row["source_name"]: row["outcome"] for row in rows}


def kept(store: Path) -> dict[str, str]:
    """All files of a store but the note on its last run."""
    return {name: digest for name, digest in tree(store).items() if name != "last-run.json"}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two reports, one of them in an archive of its own, and something locked; and its store."""
    folder = tmp_path_factory.mktemp("archives")
    locked = seven({"locked.html": page(2021)}, "secret")
    data = zipped({"a/2022.html": page(2022), "inner.7z": seven({"2023.html": page(2023)}), "locked.7z": locked})
    (folder / "in").mkdir()
    (folder / "in" / "bundle.zip").write_bytes(data)
    night([folder / "in"], folder / "store")
    return folder


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    """A copy of it, and of the folder with the archive."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path / "store"


@pytest.fixture
def bundle(store: Path) -> Path:
    """The folder with the archive."""
    return store.parent / "in"


def test_every_file_of_an_archive_is_a_document_of_its_own(store: Path) -> None:
    """Reports are loaded under their names; the archives are counted as no reports; what is locked says so."""
    assert outcomes(store) == {
        "bundle.zip": "not_a_report",
        "bundle.zip!/a/2022.html": "report",
        "bundle.zip!/inner.7z": "not_a_report",
        "bundle.zip!/inner.7z!/2023.html": "report",
        "bundle.zip!/locked.7z": "not_a_report",
        "bundle.zip!/locked.7z!/locked.html": "unreadable",
    }
    reports = query(store, "SELECT source_name, report_year, document_sha256 FROM report ORDER BY 2").to_pylist()
    assert [(r["source_name"], r["report_year"]) for r in reports] == [
        ("bundle.zip!/a/2022.html", 2022), ("bundle.zip!/inner.7z!/2023.html", 2023),
    ]  # fmt: skip
    assert Lake(store).originals.read(reports[0]["document_sha256"]) == page(2022)
    assert find_target(reports[0]["document_sha256"], store).name == "bundle.zip!/a/2022.html"


def test_a_second_run_opens_no_archive_and_changes_no_byte(
    bundle: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is inside is known from the store."""
    night([bundle], store)  # a store that was copied is checked once
    before = kept(store)
    monkeypatch.setattr(find, "members", lambda *_: pytest.fail("an archive was opened"))
    again = night([bundle], store)
    assert (again.lines, again.files_unchanged, again.files_found) == ([], 6, 6)
    assert kept(store) == before


def test_what_was_read_is_not_looked_into_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a page asked every night whether it is an archive: that would read the whole store."""
    source, store = tmp_path / "in", tmp_path / "store"
    source.mkdir()
    (source / "2022.html").write_bytes(page(2022))
    night([source], store)
    monkeypatch.setattr(find, "_is_archive", lambda *_: pytest.fail("a file was looked into"))
    assert night([source], store).files_unchanged == 1


def test_an_archive_that_changes_brings_what_is_new(bundle: Path, store: Path) -> None:
    """The files it had are known by their bytes."""
    (bundle / "bundle.zip").write_bytes(zipped({"a/2022.html": page(2022), "2024.html": page(2024)}))
    os.utime(bundle / "bundle.zip", ns=(1, 1))
    again = night([bundle], store)
    assert sorted(line.source_name for line in again.lines) == ["bundle.zip", "bundle.zip!/2024.html"]


def test_a_file_that_is_there_packed_and_unpacked_counts_once(tmp_path: Path) -> None:
    """The second is a duplicate."""
    source, store = tmp_path / "in", tmp_path / "store"
    source.mkdir()
    (source / "a.html").write_bytes(page(2022))
    (source / "a.html.gz").write_bytes(gzipped(page(2022)))
    night([source], store)
    assert sorted(outcomes(store).values()) == ["duplicate", "not_a_report", "report"]


def test_a_run_killed_within_an_archive_loses_nothing(bundle: Path, tmp_path: Path) -> None:
    """The archive comes last: what was not read of it is read by the next run."""
    lake = Lake(tmp_path / "new")
    files, _ = find.find_files([str(bundle)])
    names = [file.name for file in find.with_members(files, lake, Standing(lake))]
    assert names[-1] == "bundle.zip"
    assert all(names.index(name) < names.index(name.rpartition("!/")[0]) for name in names[:-1])


def test_damage_is_told_of_the_archive(tmp_path: Path) -> None:
    """One that cannot be opened is a document that cannot be read."""
    source, store = tmp_path / "in", tmp_path / "store"
    source.mkdir()
    (source / "broken.7z").write_bytes(seven({"a": Random(0).randbytes(999)})[:200])
    night([source], store)
    assert outcomes(store) == {"broken.7z": "unreadable"}


def test_a_file_in_an_archive_is_explained_without_a_store(bundle: Path, tmp_path: Path) -> None:
    """By its name behind that of the archive; one that is not there is told."""
    found = find_target(f"{bundle}/bundle.zip!/inner.7z!/2023.html", tmp_path / "none")
    assert (found.data, found.name) == (page(2023), "bundle.zip!/inner.7z!/2023.html")
    with pytest.raises(UnknownTargetError, match="no file b"):
        find_target(f"{bundle}/bundle.zip!/b", tmp_path)
    with pytest.raises(UnknownTargetError, match="encrypted"):
        find_target(f"{bundle}/bundle.zip!/locked.7z!/locked.html", tmp_path)
