"""Reading on a Dask cluster: the same lake as on one machine, whatever happens to its workers."""

import hashlib
import os
import re
import signal
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from rich.console import Console

from benchmarks.corpus import Made, make
from flows import workers
from flows.batch import File, Result
from flows.run import Run, perform
from flows.sources.declared import named_sources
from flows.workers import ClusterError, Workers
from tests.flows.nights import content, night
from tests.flows.test_ingest import _NOTHING, _die_on_deadly
from tests.objects import object_storage
from warehouse.lake.store import Lake, attach

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")

OF_EACH_SHAPE = 4  # together more than workers have in hand, four a batch


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Object storage for the module."""
    with object_storage() as url:
        yield url


@pytest.fixture(scope="module")
def cluster(bucket: str) -> Iterator[Any]:
    """A scheduler and two worker processes on loopback, which know the bucket; a worker that dies is replaced."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
        ) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports in all shapes, some damaged; one file that is none, one that is a copy."""
    folder = tmp_path_factory.mktemp("cluster") / "in"
    folder.mkdir()
    of_shape: dict[str, list[Made]] = defaultdict(list)
    for made in map(make, range(48)):
        of_shape[made.shape].append(made)
    for shape, group in of_shape.items():
        for number, made in enumerate(sorted(group, key=lambda made: not made.damage)[:OF_EACH_SHAPE]):
            (folder / f"{number}.{shape}").write_bytes(made.data)
    (folder / "copy.html").write_bytes(make(0).data)
    (folder / "news.html").write_text("<html><body><h1>天气</h1><p>今天是晴天。</p></body></html>")
    return folder


def clustered(source: Path, store: Path, cluster: str, meanwhile: Callable[[], object] = int) -> None:
    """A run over a folder, read on a cluster; `meanwhile` is done as soon as the first batch is back."""
    run = Run(named_sources([str(source)]), store, Console(stderr=True))
    run.workers.cluster = cluster
    results, told = run.workers.results, threading.Event()

    def tell(read: int) -> None:
        if read and not told.is_set():
            told.set()
            meanwhile()

    run.workers.results = lambda files, _: results(files, tell)  # type: ignore[method-assign]
    with patch("expectations.judge.FEW", sys.maxsize):
        perform(run)
    assert run.stored == sum(path.is_file() for path in source.rglob("*"))


@pytest.fixture(scope="module")
def embedded(source: Path) -> dict[str, Any]:
    """What the warehouse says after a run in this process alone."""
    store = source.parent / "embedded"
    night([source], store)
    return content(store)


@pytest.mark.turns("a whole with something killed")
def test_a_cluster_makes_the_same_lake_though_a_worker_is_killed(
    source: Path, embedded: dict[str, Any], cluster: Any, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL of one of two workers while both have batches in hand, the lake on object storage: every row is as
    without, and every file is archived.
    """
    monkeypatch.setattr(workers, "BATCH", 4)
    (victim, _), killed = cluster.workers.values(), []

    def kill() -> None:
        killed.append(victim.pid)
        os.kill(victim.pid, signal.SIGKILL)

    store = attach(tmp_path / "store", f"{bucket}/killed")
    clustered(source, store, cluster.scheduler_address, kill)

    assert killed
    assert content(store) == embedded
    assert Lake(store).originals.names() == {hashlib.sha256(path.read_bytes()).hexdigest() for path in source.iterdir()}
    assert not (store / "raw").exists()


def test_workers_elsewhere_find_a_store_named_from_here(
    source: Path, embedded: dict[str, Any], cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and store by relative paths, which mean something else to a worker."""
    monkeypatch.chdir(tmp_path)
    clustered(Path(os.path.relpath(source)), Path("store"), cluster.scheduler_address)

    assert content(tmp_path / "store") == embedded


def test_a_file_that_kills_every_worker_costs_itself(cluster: Any, tmp_path: Path) -> None:
    """The file is given up after some workers died over it; all others of its batch are read."""
    files = [File(tmp_path / name, name, 1, 0) for name in ("a", "deadly", "b")]
    lost: Callable[[File], Any] = lambda file: Result({}, _NOTHING, [f"{file.name} lost"])  # type: ignore # noqa: E731
    with Workers(_die_on_deadly, lost, threading.Event(), cluster.scheduler_address) as pool:  # type: ignore
        results = pool.results(files, lambda _: None)

    assert sorted(line for result in results for line in result.lines) == ["a", "b", "deadly lost"]


def test_a_run_told_to_stop_stores_what_is_in_hand(
    source: Path, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches that a worker has are finished; no other is begun."""
    monkeypatch.setattr(workers, "BATCH", 1)
    files, stop = [File(source / f"{n}", f"{n}", 1, 0) for n in range(40)], threading.Event()
    with Workers(_die_on_deadly, _never, stop, cluster.scheduler_address) as pool:  # type: ignore[arg-type]
        results = pool.results(files, lambda read: read and stop.set())

    assert 1 <= len(results) <= 8
    assert [line for result in results for line in result.lines] == [f"{n}" for n in range(len(results))]


def _never(file: File) -> Result:
    raise AssertionError(file)


def test_a_worker_with_other_readers_is_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of one lake are read by one code: the worker's machine is named."""
    monkeypatch.setattr(workers, "fingerprint", lambda: "another")
    with (
        Workers(_die_on_deadly, _never, threading.Event(), cluster.scheduler_address) as pool,  # type: ignore[arg-type]
        pytest.raises(ClusterError, match=r"readers \w+; expected another\. Install the same version"),
    ):
        pool.results([File(Path("a"), "a", 1, 0)], lambda _: None)


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where, found, expected, next step."""
    monkeypatch.setattr(workers, "PATIENCE", 0.5)
    address = "tcp://127.0.0.1:9"
    with (
        Workers(_die_on_deadly, _never, threading.Event(), address) as pool,  # type: ignore[arg-type]
        pytest.raises(ClusterError, match=re.escape(address) + ".*expected a Dask scheduler.*GONGKAI_CLUSTER"),
    ):
        pool.results([File(Path("a"), "a", 1, 0)], lambda _: None)
