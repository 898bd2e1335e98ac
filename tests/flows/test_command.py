"""The run with Prefect: the whole command in a process of its own, from files and sites to the warehouse, as a person
or a scheduler starts it; and what Prefect is told.
"""

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from random import Random
from threading import Thread

import duckdb
import pytest
import yaml

from flows.prune import prune_prefect
from flows.settings import configure_prefect
from tests.docx import write_docx
from tests.flows.nights import ROOT, command, content, cut, facts, gongkai, night, told, tree
from tests.flows.nights import page as clean
from tests.flows.test_faults import mount
from tests.render import Layout, lay_out, render
from tests.site import Site, page
from tests.strategies import LOCAL, distinct_numbers
from warehouse.lake.errors import StoreError, writing

SAMPLES = ROOT / "data" / "samples"
AGENCY = "江苏省淮安市洪泽区人民政府"
VALUES = {key: str(value) for key, value in distinct_numbers("2021", LOCAL["2021"][0]).items()}
YEARS = range(2021, 2025)


@pytest.fixture(scope="module")
def prefect_server() -> Iterator[str]:
    """The address of one Prefect server: starting it takes longer than most tests, which therefore are in one file."""
    configure_prefect()
    from prefect.settings import PREFECT_API_URL
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield PREFECT_API_URL.value()


# -- the whole command, over files ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sampled:
    """The samples, read by the first command of the README: what it said, its store, how long it took."""

    done: subprocess.CompletedProcess[str]
    store: Path
    seconds: float


@pytest.fixture(scope="module")
def sampled(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    """Read once."""
    store, begun = tmp_path_factory.mktemp("sampled") / "store", time.monotonic()
    done = gongkai("ingest", str(SAMPLES), "--store", str(store), server=prefect_server)
    return Sampled(done, store, time.monotonic() - begun)


def test_samples_make_a_warehouse_that_answers(sampled: Sampled) -> None:
    """Every sample is read, marked as its README says, and can be asked about."""
    assert sampled.done.returncode == 0, sampled.done.stderr
    assert sampled.done.stderr == ""
    assert "7 files found" in sampled.done.stdout
    with duckdb.connect(str(sampled.store / "gongkai.duckdb"), read_only=True) as connection:
        verdicts = dict(connection.execute("SELECT source_name, verdict FROM report").fetchall())
        assert verdicts == {
            "2019-上海市人民政府办公厅.html": "flagged",
            "2020-大兴区.txt": "pass",
            "2020-造甲城镇.txt": "flagged",
            "2021-礼贤镇.txt": "pass",
            "2023-沭阳县发展和改革局.html": "pass",
            "2023-洪泽区.html": "flagged",
        }
        suggestion = connection.execute(
            "SELECT printed, suggested_value FROM fact WHERE agency_id = '120117109000' "
            "AND indicator_code = 'res_total' AND applicant_code = 'total'"
        ).fetchall()
        assert [(printed, int(value)) for printed, value in suggestion] == [("0", 1)]


KILLS = 5


@pytest.mark.turns("a whole with something killed")
def test_killed_at_any_moment_the_next_run_ends_in_the_same_warehouse(
    sampled: Sampled, tmp_path: Path, prefect_server: str, series: Callable[[int], list[int]]
) -> None:
    """SIGKILL at random moments, Prefect and worker processes included (test_faults.py does it without, far more
    often): readers always open a whole warehouse, the rerun repairs everything.
    """
    known, seed = tmp_path / "in", tmp_path / "seed"
    known.mkdir()
    shutil.copy2(SAMPLES / "2020-大兴区.txt", known)
    night([known], seed)
    expected, whole = content(sampled.store), {facts(seed), facts(sampled.store)}

    def survive(number: int) -> None:
        store = tmp_path / f"killed-{number}"
        shutil.copytree(seed, store)
        moment = (number + Random(number).random()) / KILLS * sampled.seconds
        process = start(str(SAMPLES), "--store", str(store), server=prefect_server)
        until = time.monotonic() + moment
        while time.monotonic() < until and process.poll() is None:
            assert facts(store) in whole
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
        assert facts(store) in whole
        again = gongkai("ingest", str(SAMPLES), "--store", str(store), server=prefect_server)
        assert again.returncode == 0, again.stderr
        assert content(store) == expected
        assert not [name for name in tree(store) if ".tmp" in name]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(survive, series(KILLS)))


@pytest.mark.usefixtures("here", "prefect_server")
def test_read_only_store(sampled: Sampled, tmp_path: Path) -> None:
    """Status 3, one message in four parts, no traceback; what is mounted writable is filled by the next run."""
    store = tmp_path / "store"
    store.mkdir()
    mount("-t", "tmpfs", "tmpfs", store)
    try:
        mount("-o", "remount,ro", store)
        done = told("ingest", str(SAMPLES), "--store", str(store))
        assert done.returncode == 3
        assert done.stdout == ""
        assert done.stderr.startswith(f"gongkai: {store}")
        for part in ("cannot be written (Read-only file system)", "; expected a folder this user may fill", "Mount it"):
            assert part in done.stderr
        assert "Traceback" not in done.stderr

        mount("-o", "remount,rw", store)
        night([SAMPLES], store)
        assert content(store) == content(sampled.store)
    finally:
        subprocess.run(["umount", "-l", store], capture_output=True, check=False)


# -- over a site ------------------------------------------------------------------------------------------------------


def report(year: int) -> bytes:
    """A clean report as a web page."""
    return render("2021", VALUES, "html", layout=Layout(agency=AGENCY, year=year))


@pytest.fixture
def site() -> Iterator[Site]:
    """An index of four reports, one of them attached to its page, and an address that leads nowhere."""
    layout = Layout(agency=AGENCY, year=2024)
    word = write_docx(lay_out("2021", VALUES, layout=layout), layout, Random(0))
    links = "".join(f'<a href="/info/1/{year}.htm">{year}年度报告</a>' for year in YEARS)
    with Site() as running:
        running.pages |= {f"/info/1/{year}.htm": page(report(year)) for year in YEARS}
        running.pages |= {
            "/robots.txt": page("User-agent: *\nDisallow:\n", "text/plain"),
            "/nb.html": page(f'{links}<a href="/info/1/9.htm">2020年度报告</a>'),
            "/info/1/2024.htm": page('<h1>2024年度报告</h1><a href="/2024.docx">附件</a>'),
            "/2024.docx": page(word, "application/msword"),
        }
        yield running


def declare(site: Site, folder: Path) -> Path:
    """A file of sources for the site."""
    path = folder / "sources.yml"
    source = {
        "name": "洪泽区", "agency": AGENCY, "private": ["127.0.0.1"], "delay": 0.15,
        "index": [{"url": f"{site.address}/nb.html", "platform": "vsb"}],
    }  # fmt: skip
    path.write_text(yaml.safe_dump({"limits": {"backoff": 0.05}, "sources": [source]}, allow_unicode=True))
    return path


def ask(store: Path, sql: str) -> list[tuple]:
    """What the warehouse says."""
    with duckdb.connect(str(store / "gongkai.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


FACTS = "SELECT * FROM fact ORDER BY ALL"
DOCUMENTS = "SELECT * EXCLUDE first_seen FROM document ORDER BY ALL"


def start(*arguments: str, server: str) -> subprocess.Popen[bytes]:
    """`gongkai ingest` in a process of its own, as a scheduler starts it."""
    line, environment = command("ingest", *arguments, server=server)
    return subprocess.Popen(
        line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@pytest.mark.usefixtures("here", "prefect_server")
def test_nights(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first night loads every report under its address; the second asks what changed and reads nothing; a page that
    changed is a new version; `again` reads all that was ever brought. Whoever waits for a sign of life gets one.
    """
    from flows.ingest import ingest

    declared, store = str(declare(site, tmp_path)), tmp_path / "store"
    site.pages["/ping"] = page("")
    monkeypatch.setenv("GONGKAI_PING", f"{site.address}/ping")
    first = ingest([], str(store), declared)
    assert len(site.asked("/ping")) == 1
    assert prune_prefect(90) == 0
    assert prune_prefect(0) >= 1
    assert prune_prefect(0) == 0

    assert first.fetched.counts == {"new": 5, "failed": 1}
    assert [(url.removeprefix(site.address), why) for url, why in first.fetched.failures] == [
        ("/info/1/9.htm", "404 Not Found")
    ]
    names = dict(ask(store, "SELECT report_year, source_name FROM report WHERE is_current"))
    assert names == {year: f"{site.address}/info/1/{year}.htm" for year in (2021, 2022, 2023)} | {
        2024: f"{site.address}/2024.docx"
    }
    assert ask(store, "SELECT found_on FROM lake.fetch JOIN report ON url = source_name WHERE report_year = 2024") == [
        (f"{site.address}/info/1/2024.htm",)
    ]
    facts, documents = ask(store, FACTS), ask(store, DOCUMENTS)

    site.log.clear()
    second = night([], store, Path(declared))
    assert second.lines == []
    assert second.fetched.counts == {"unchanged": 5, "failed": 1}
    assert {request.path for request in site.log if not request.is_conditional} == {"/info/1/9.htm"}
    assert (ask(store, FACTS), ask(store, DOCUMENTS)) == (facts, documents)

    site.pages["/info/1/2021.htm"] = page(report(2021).replace("按时公开".encode(), "及时公开".encode()))
    third = night([], store, Path(declared))
    assert [line.source_name for line in third.lines] == [f"{site.address}/info/1/2021.htm"]
    versions = ask(store, "SELECT version, is_current FROM report WHERE report_year = 2021 ORDER BY version")
    assert versions == [(1, False), (2, True)]

    site.pages = {}
    fourth = night([], store, Path(declared), again=True)
    assert len(fourth.lines) == 6
    assert ask(store, "SELECT count(*) FROM report") == [(5,)]


def fetched_some(site: Site, _: Path) -> bool:
    """In the middle of fetching."""
    return len(site.log) >= 4


def fetched_all(_: Site, store: Path) -> bool:
    """When everything is archived and nothing read."""
    return any((store / "lake" / "commits").glob("*.json"))


@pytest.mark.turns("a whole with something killed")
@pytest.mark.parametrize("moment", [fetched_some, fetched_all])
def test_killed_while_fetching_nothing_archived_is_lost_and_the_next_night_repairs(
    moment: Callable[[Site, Path], bool], site: Site, tmp_path: Path, prefect_server: str
) -> None:
    """SIGKILL between two requests, and between fetching and reading."""
    sources, store, whole = declare(site, tmp_path), tmp_path / "store", tmp_path / "whole"
    night([], whole, sources)
    site.log.clear()
    process = start("--sources", str(sources), "--store", str(store), "--json", server=prefect_server)
    until = time.monotonic() + 120
    while not moment(site, store) and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    archived = {path.name: path.read_bytes() for path in store.glob("raw/*/*") if not path.name.startswith(".")}
    assert archived
    assert not (store / "gongkai.duckdb").exists()

    site.log.clear()
    again = night([], store, sources)
    assert again.fetched.counts["failed"] == 1  # the address that leads nowhere
    assert {name: hashlib.sha256(data).hexdigest() for name, data in archived.items()} == {n: n for n in archived}
    assert all((store / "raw" / name[:2] / name).read_bytes() == data for name, data in archived.items())
    assert not list(store.rglob("*.tmp"))
    assert (ask(store, FACTS), ask(store, DOCUMENTS)) == (ask(whole, FACTS), ask(whole, DOCUMENTS))
    if moment is fetched_all:
        assert {request.path for request in site.log if not request.is_conditional} == {"/info/1/9.htm"}


@pytest.mark.usefixtures("here", "prefect_server")
def test_one_address_on_the_command_line(site: Site, tmp_path: Path) -> None:
    """A private address is refused unless a source says so, in one line that tells how."""
    done = told("ingest", f"{site.address}/info/1/2021.htm", "--store", str(tmp_path))

    assert done.returncode == 1
    assert site.log == []
    assert "not public" in done.stdout
    assert "`private`" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


# -- what Prefect is told ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here", "prefect_server")
def test_a_share_that_stumbles_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step is taken again where the file system may come back, and not where a person has to act."""
    from flows import ingest, run
    from flows.ingest import ingest as flow

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_bytes(clean(2023))
    monkeypatch.setattr(ingest, "_SECONDS_BETWEEN", 0)
    build, calls = run.build, []

    def stumble(store: Path, **_: object) -> object:
        calls.append(errno.EIO)
        if len(calls) == 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return build(store)

    monkeypatch.setattr(run, "build", stumble)
    summary = flow([str(tmp_path / "in")], str(tmp_path / "store"))
    assert (summary.count("pass"), len(calls)) == (1, 3)

    def full(_: Path, **__: object) -> object:
        calls.append(errno.ENOSPC)
        with writing(tmp_path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run, "build", full)
    calls.clear()
    state = flow([str(tmp_path / "in")], str(tmp_path / "store"), again=True, return_state=True)
    assert state.is_failed()
    assert "No space left on device); expected a folder this user may fill. Make room" in state.message
    assert calls == [errno.ENOSPC]
    with pytest.raises(StoreError, match="Make room"):
        state.result()


@pytest.mark.usefixtures("here", "prefect_server")
def test_a_bad_run_is_told_to_the_block_the_settings_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook on this machine hears of the quarantined report, and nothing of a run that ended well."""
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    from flows.ingest import ingest

    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    CustomWebhookNotificationBlock(name="night", url=url, json_data={"text": "{{subject}}: {{body}}"}).save("night")
    folder, store = tmp_path / "in", tmp_path / "store"
    folder.mkdir()
    (folder / "a.html").write_bytes(clean(2023))
    monkeypatch.setenv("GONGKAI_NOTIFY", "custom-webhook/night")
    ingest([str(folder)], str(store))
    assert heard == []
    (folder / "cut.html").write_bytes(cut(clean(2022)))
    state = ingest([str(folder)], str(store), return_state=True)
    assert state.name == "CompletedWithQuarantine"
    assert len(heard) == 1
    assert "1 quarantined" in heard[0]
    server.shutdown()


def test_deployments_fit_the_flow() -> None:
    """What prefect.yaml declares is there: the flow by module, its parameters, a schedule by the clock of Shanghai."""
    from prefect.flows import load_flow_from_entrypoint

    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))
    nightly, back_fill = declared["deployments"]
    for deployment in (nightly, back_fill):
        flow = load_flow_from_entrypoint(deployment["entrypoint"])
        flow.validate_parameters(deployment["parameters"] | {"years": "2019-2021", "only": ["a"], "agencies": ["b"]})
    assert nightly["schedules"] == [{"cron": "0 2 * * *", "timezone": "Asia/Shanghai"}]
    assert "schedules" not in back_fill
