"""Drills: a copy taken while a run is at work, and a store lost in part or but for its originals, brought back."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from flows.repair import Repaired, repair
from flows.run import Run, Step
from flows.sources.declared import named_sources
from tests.flows.nights import CONTENT, content, cut, night, page
from warehouse.lake.backup import backup
from warehouse.lake.errors import LossError, StoreError
from warehouse.lake.store import Lake
from warehouse.lake.verify import verify
from warehouse.load import build
from warehouse.query import query

pytestmark = pytest.mark.usefixtures("here")

AGENCY = "四川省攀枝花市盐边县新九镇人民政府"
DOCUMENTS = "SELECT document_sha256, source_name, outcome, reason, first_seen, report_id FROM document ORDER BY ALL"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two nights: the second brings a new version, a copy, a damaged file and no report."""
    folder, store = tmp_path_factory.mktemp("drill") / "in", tmp_path_factory.mktemp("drill") / "store"
    folder.mkdir()
    for year in (2021, 2022):
        (folder / f"{year}.html").write_bytes(page(year, agency=AGENCY))
    night([folder], store)
    revised = (folder / "2022.html").read_bytes().replace("按时公开".encode(), "及时公开".encode())
    (folder / "2022.html").write_bytes(revised)
    (folder / "copy.html").write_bytes((folder / "2021.html").read_bytes())
    (folder / "cut.html").write_bytes(cut(page(2023, agency=AGENCY)))
    (folder / "news.html").write_text("<html><body><h1>天气</h1><p>今天是晴天。</p></body></html>")
    night([folder], store)
    return store


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    """A copy of it to harm."""
    shutil.copytree(original, tmp_path / "store")
    return tmp_path / "store"


def mended(store: Path, *names: str) -> Repaired:
    """Repair, and look whether all is well."""
    done = repair(store, True, named_sources(list(names)) if names else None, Console(stderr=True))
    assert not verify(Lake(store), deep=True).all
    return done


def told(store: Path) -> object:
    """All that depends on nothing but the files read. Versions that were superseded are not compared once more."""
    said = content(store)
    said["quality_check"] = [row for row in said["quality_check"] if "heuristic" not in row]
    for view, judged in (("cell", ("verdict", "doubt")), ("report", ("verdict", "reason"))):
        unless = ", ".join(f"CASE WHEN is_current THEN {column} END AS {column}" for column in judged)
        rows = query(store, f"SELECT {CONTENT[view]} REPLACE ({unless}) FROM {view} ORDER BY ALL")
        said[view] = [tuple(row.values()) for row in rows.to_pylist()]
    return said, query(store, DOCUMENTS).to_pylist()


@pytest.fixture(scope="module")
def said(original: Path) -> object:
    """What it tells."""
    return told(original)


def lose(*patterns: str) -> Callable[[Path], None]:
    """Files and folders go."""

    def harm(store: Path) -> None:
        for path in [path for pattern in patterns for path in store.glob(pattern)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return harm


def lose_manifest(place: int, *folders: str) -> Callable[[Path], None]:
    """The manifest of one commit goes, by its place among all; also its copy, if that folder is named."""

    def harm(store: Path) -> None:
        name = sorted(path.name for path in (store / "lake" / "commits").iterdir())[place]
        for folder in folders:
            (store / "lake" / folder / name).unlink()

    return harm


# What may be lost, by the name docs/operations.md gives the drill.
DRILLS = {
    "last": lose_manifest(-1, "commits"),
    "first": lose_manifest(0, "commits"),
    "middle": lose_manifest(1, "commits"),
    "all": lose("lake/commits/*"),
    "copies": lose("lake/copies/*"),
    "documents": lose("lake/document/*"),
    "index": lose("raw/*.parquet"),
    "warehouse": lose("gongkai.duckdb", "checked.json"),
    "last-and-copy": lose_manifest(-1, "commits", "copies"),
    "first-and-copy": lose_manifest(0, "commits", "copies"),
    "middle-and-copy": lose_manifest(1, "commits", "copies"),
    "all-and-copies": lose("lake/commits/*", "lake/copies/*"),
    "table": lose("lake/cell/*"),
    "all-but-raw": lose("lake", "gongkai.duckdb", "checked.json", ".lock"),
}


def kind_of(drill: str) -> str:
    """Whether the lake is built `anew` from the originals after it; else whether a run is `stopped` by it, or is
    `unharmed`, for nothing it needs is lost.
    """
    if drill.endswith("-copy") or drill in ("all-and-copies", "table", "all-but-raw"):
        return "anew"
    return "unharmed" if drill in ("copies", "index", "warehouse") else "stopped"


@pytest.mark.drawn("kind")
@pytest.mark.parametrize(("kind", "drill"), [(kind_of(drill), drill) for drill in DRILLS])
def test_drill(kind: str, drill: str, store: Path, said: object) -> None:
    """A run stops at what is lost and yesterday's warehouse answers; after `gongkai verify --repair` every row is what
    it was, with versions and times of receipt.
    """
    facts = query(store, "FROM fact ORDER BY ALL")
    DRILLS[drill](store)
    assert verify(Lake(store)).needs_rebuild == (kind == "anew")
    if kind != "unharmed":
        with pytest.raises(StoreError, match="verify --repair"):
            night([store / "docs"], store)
        if drill != "all-but-raw":
            assert query(store, "FROM fact ORDER BY ALL") == facts
    done = mended(store)
    assert (done.before is not None) == (kind == "anew")
    assert not done.needs_a_person
    assert told(store) == said


def test_originals_come_from_where_they_came(store: Path, said: object, tmp_path: Path) -> None:
    """From a folder that is named, whatever they are called there; else it is said which reports rest on them."""
    victims = sorted(store.glob("raw/??/*"))[:2]
    kept = {path: path.read_bytes() for path in victims}
    victims[0].unlink()
    victims[1].write_bytes(b"rotten")
    done = repair(store, True, None, Console(stderr=True))
    assert done.needs_a_person
    assert {damage.file.rpartition("/")[2] for damage in done.verified.all} == {path.name for path in victims}
    (tmp_path / "found").mkdir()
    for number, data in enumerate(kept.values()):
        (tmp_path / "found" / f"{number}.bin").write_bytes(data)
    assert not mended(store, str(tmp_path / "found")).needs_a_person
    assert {path: path.read_bytes() for path in victims} == kept
    assert told(store) == said


def test_a_copy_taken_during_a_run_is_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before every step; each is whole and goes on. The next copy brings only what is new."""
    folder, store = tmp_path / "in", tmp_path / "store"
    folder.mkdir()
    for year in (2021, 2022, 2023):
        (folder / f"{year}.html").write_bytes(page(year, agency=AGENCY))
    copies: list[Path] = []

    def take(step: Step, run: Run) -> None:
        copies.append(tmp_path / f"copy-{len(copies)}")
        backup(run.lake, copies[-1])
        step(run)

    monkeypatch.setattr("flows.run.CHUNK", 2)
    night([folder], store, take=take)
    assert len(copies) > 8
    for copy in (copies[0], copies[len(copies) // 2], copies[-1]):
        assert not [damage for damage in verify(Lake(copy), deep=True).all if damage.file != "lake/commits"]
        night([folder], copy)
        assert content(copy) == content(store)
        assert copy.stat().st_mode & 0o777 == 0o700
    assert backup(Lake(store), tmp_path / "again") > 5
    assert backup(Lake(store), tmp_path / "again") == len(Lake(store).log().own)
    build(tmp_path / "again")
    assert content(tmp_path / "again") == content(store)
    with pytest.raises(StoreError, match="something else is there"):
        backup(Lake(store), folder)


def test_a_partial_restore_is_refused(store: Path) -> None:
    """The run says so, in words, and yesterday's warehouse answers; a person may go on."""
    facts = query(store, "SELECT count(*) AS n FROM fact").to_pylist()
    newest = sorted(path.name for path in (store / "lake" / "commits").iterdir())[-1]
    lose(f"lake/commits/{newest}", f"lake/copies/{newest}")(store)
    (store / "in").mkdir()
    (store / "in" / "new.html").write_bytes(page(2024, agency=AGENCY))
    with pytest.raises(LossError, match=r"commits, without .*--accept-loss"):
        night([store / "in"], store)
    assert query(store, "SELECT count(*) AS n FROM fact").to_pylist() == facts
    assert night([store / "in"], store, accept_loss=True).count("report") == 1
