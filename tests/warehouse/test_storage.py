"""A lake on object storage: the same commits, the same rows, and one winner of two writers."""

import pickle
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import fsspec
import pytest

from flows.settings import store_path
from tests.objects import endpoint, object_storage
from tests.warehouse.conftest import Store
from warehouse.lake import compaction as log
from warehouse.lake.compaction import clean, compact
from warehouse.lake.errors import StoreError, StoreLockedError
from warehouse.lake.store import Lake, attach

pytest.importorskip("s3fs", reason="the extra cluster is not installed")

CELLS = [("requests", "req_new", "total", "3", 3), ("requests", "res_full", "total", "", "blank")]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Object storage for the module."""
    with object_storage() as url:
        yield url


@pytest.fixture
def far(bucket: str, tmp_path: Path) -> Store:
    """A store whose lake lies on object storage, below a prefix of its own."""
    return Store(attach(tmp_path / "far", f"{bucket}/{tmp_path.name}"))


def beside(far: Store, tmp_path: Path) -> Store:
    """The store of a second machine on the same lake."""
    url = (far.path / "lake.url").read_text().strip()
    return Store(attach(tmp_path / "elsewhere", url))


def objects(far: Store) -> list[str]:
    """Names of all objects of a lake."""
    url = (far.path / "lake.url").read_text().strip()
    here = len(url.removeprefix("s3://")) + 1
    return [name[here:] for name in fsspec.filesystem("s3", use_listings_cache=False).find(url)]


def fill(store: Store) -> None:
    """Two commits and a file."""
    store.add("a", cells=CELLS, checks=[("R3-ROW", "pass")])
    store.commit()
    store.add("b", year=2022, cells=CELLS)
    store.commit("r2")
    store.lake.originals.keep(b"as published")


def test_the_same_commits_make_the_same_warehouse(far, store, bucket):
    """Names of commits and every row are those of a local store; nothing of the lake is local."""
    for one in (far, store):
        fill(one)
        one.build()

    assert [c.name for c in far.lake.commits()] == [c.name for c in store.lake.commits()]
    for view in ("fact", "document", "report", "quality_check"):
        assert far.ask(f"SELECT * FROM {view} ORDER BY ALL") == store.ask(f"SELECT * FROM {view} ORDER BY ALL") != []
    assert {path.name for path in far.path.iterdir()} == {".lock", "lake.url", "gongkai.duckdb", "checked.json"}
    sha256 = far.lake.originals.keep(b"as published")
    assert far.lake.originals.read(sha256) == b"as published"
    assert far.lake.originals.names() == {sha256}
    assert far.lake.originals.has(sha256)
    assert not far.lake.originals.has("0" * 64)
    with pytest.raises(StoreError, match=r"s3://.*no such bucket or object; expected the original file"):
        far.lake.originals.read("0" * 64)
    assert far.lake.documents().equals(store.lake.documents())


def test_any_machine_goes_on_where_another_ended(far, store, tmp_path):
    """The local folder holds nothing that cannot be made again, and a local lake copied there is taken up."""
    fill(far)
    other = beside(far, tmp_path)
    other.add("c", cells=CELLS)
    other.commit("r3")

    assert [c.run["run_id"] for c in far.lake.commits()] == ["r1", "r2", "r3"]
    assert far.lake.reports(["report_id"]).num_rows == 3

    fill(store)
    url = (far.path / "lake.url").read_text().strip() + "-copied"
    fsspec.filesystem("s3").put(str(store.path / "lake"), f"{url}/lake", recursive=True)
    moved = Store(attach(tmp_path / "moved", url))
    moved.add("d", cells=CELLS)
    moved.commit("r3")
    assert [c.name[:8] for c in moved.lake.commits()] == ["00000001", "00000002", "00000003"]


def test_of_two_writers_one_wins(far, tmp_path, monkeypatch):
    """Both have written their parts for one number: the manifest of the first stands, the second is told."""
    other = beside(far, tmp_path)
    far.add("a", cells=CELLS)
    other.add("b", cells=CELLS)
    late = other.take()
    create = type(far.lake.files).create

    def after_the_other(files: object, name: str, data: bytes) -> None:
        monkeypatch.undo()
        far.commit("first")
        create(files, name, data)

    monkeypatch.setattr(type(far.lake.files), "create", after_the_other)
    with pytest.raises(StoreLockedError, match=r"00000001.json: another writer was first; expected no other writer"):
        other.lake.commit(late, other.record("second"))

    assert [c.run["run_id"] for c in other.lake.commits()] == ["first"]
    assert [row["source_name"] for row in other.lake.documents().to_pylist()] == ["a.html"]
    assert clean(other.lake) == 3  # what the second wrote in vain: document, report, cell
    assert clean(far.lake) == 0
    other.lake.commit(late, other.record("second"))
    assert far.lake.documents().num_rows == 2


def test_a_killed_writer_loses_and_invents_nothing(far, monkeypatch):
    """Parts without a manifest count for nothing, stay while they may be another's, go once it is taken."""
    far.add("a", cells=CELLS)
    tables = far.take()

    def dying(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(far.lake.files), "create", dying)
    with pytest.raises(KeyboardInterrupt):
        far.lake.commit(tables, far.record("killed"))
    monkeypatch.undo()

    assert far.lake.commits() == []
    assert far.lake.documents().num_rows == 0
    assert clean(far.lake) == 0
    far.lake.commit(tables, far.record("again"))
    assert clean(far.lake) == 3
    assert len([name for name in objects(far) if name.startswith("lake/") and name.endswith(".parquet")]) == 3
    assert far.lake.documents().num_rows == 1


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda files, name: files.pipe_file(name, b"PAR1"), r"cell/0.*parquet: 4 bytes; expected \d+ bytes"),
        (lambda files, name: files.rm_file(name), r"cell/0.*parquet: missing; expected"),
    ],
)
def test_damage_is_never_read_over(far, harm, message):
    """A lost or damaged part stops every reader and writer and is named."""
    fill(far)
    url = (far.path / "lake.url").read_text().strip()
    (part,) = (name for name in objects(far) if name.startswith("lake/cell/00000001"))
    harm(fsspec.filesystem("s3"), f"{url}/{part}")
    for use in (far.lake.documents, partial(clean, far.lake), far.build, far.commit):
        with pytest.raises(StoreError, match=message):
            use()


def test_a_worker_needs_no_local_folder(far):
    """What is handed to another machine is the URL."""
    with far.lake.lock():
        lake = pickle.loads(pickle.dumps(far.lake))
        (far.path / "lake.url").unlink()
        sha256 = lake.originals.keep(b"read there")
    assert f"raw/{sha256[:2]}/{sha256}" in objects_of(lake)


def objects_of(lake: Lake) -> set[str]:
    """Names of all originals."""
    return {name for name in lake.files.names("raw") if not name.endswith(".parquet")}


def test_storage_that_goes_away_is_told(bucket, tmp_path):
    """Where, found, expected, next step; nothing is written in the folder."""
    told = r"s3://gone.*Could not connect.*expected .*See whether the object storage answers"
    with endpoint("http://127.0.0.1:9"), pytest.raises(StoreError, match=told):
        attach(tmp_path / "store", "s3://gone/lake")
    assert not (tmp_path / "store").exists()


def test_the_setting_is_a_url_or_a_folder(bucket, tmp_path, monkeypatch):
    """GONGKAI_STORE may be either; the local part of the former has a place of its own, and one lake."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GONGKAI_STORE", f"{bucket}/{tmp_path.name}-set")
    local = Path("data", "s3", bucket.removeprefix("s3://"), f"{tmp_path.name}-set")
    assert store_path(None) == local
    assert store_path(None) == local
    monkeypatch.setenv("GONGKAI_LOCAL", "here")
    assert store_path(None) == Path("here")
    with pytest.raises(StoreError, match=r"here: the lake s3://.*; expected s3://.*/other.*GONGKAI_LOCAL"):
        store_path(Path(f"{bucket}/other"))
    assert store_path(Path("local")) == Path("local")
    (tmp_path / "old" / "lake").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"the lake old.lake; expected"):
        attach(Path("old"), f"{bucket}/new")


def test_storage_that_lets_two_writers_win_is_refused(tmp_path, monkeypatch):
    """It is asked before anything is trusted to it."""
    from warehouse.lake.storage import Bucket

    monkeypatch.setattr(Bucket, "create", Bucket.write)
    with pytest.raises(StoreError, match=r"memory://.*created twice; expected conditional writes"):
        attach(tmp_path / "store", f"memory://{tmp_path.name}")


def test_of_two_that_compact_one_wins(far, tmp_path, monkeypatch):
    """The rows stay the same for both; what the second wrote in vain and the small parts go."""
    monkeypatch.setattr(log, "WAITING", 2)
    fill(far)
    other = beside(far, tmp_path)
    before = far.lake.documents()
    create = type(far.lake.files).create

    def after_the_other(files: object, name: str, data: bytes) -> None:
        monkeypatch.setattr(type(far.lake.files), "create", create)
        assert compact(far.lake) == 2
        create(files, name, data)

    monkeypatch.setattr(type(far.lake.files), "create", after_the_other)
    with pytest.raises(StoreLockedError, match=r"compactions/00000001.json: another writer was first"):
        compact(other.lake)

    assert other.lake.documents().equals(before)
    assert clean(other.lake) == 4 + 7 + 4  # manifests and copies, parts of commits, what the second wrote
    assert far.lake.documents().equals(before)
    far.add("c", cells=CELLS)
    far.commit("r3")
    assert [c.run["run_id"] for c in other.lake.commits()] == ["r1", "r2", "r3"]
    far.build()
    assert far.ask("SELECT count(*) FROM report") == [(3,)]
