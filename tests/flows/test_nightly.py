"""The nightly run from a file of sources to the warehouse, as a scheduler starts it."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import duckdb
import pytest
import yaml

from flows.prune import prune_prefect
from tests.docx import write_docx
from tests.flows.nights import night
from tests.render import Layout, lay_out, render
from tests.site import Site, page
from tests.strategies import LOCAL, distinct_numbers

AGENCY = "江苏省淮安市洪泽区人民政府"
VALUES = {key: str(value) for key, value in distinct_numbers("2021", LOCAL["2021"][0]).items()}
YEARS = range(2021, 2025)


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


def start(sources: Path, store: Path, server: str) -> subprocess.Popen[str]:
    """The command of a scheduler, in a process of its own."""
    line = [sys.executable, "-m", "flows.cli", "ingest", "--sources", str(sources), "--store", str(store), "--json"]
    environment = {**os.environ, "PREFECT_API_URL": server}
    return subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_nights(site: Site, tmp_path: Path, prefect_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("moment", [fetched_some, fetched_all])
def test_killed_while_fetching_nothing_archived_is_lost_and_the_next_night_repairs(
    moment: Callable[[Site, Path], bool], site: Site, tmp_path: Path, prefect_server: str
) -> None:
    """SIGKILL between two requests, and between fetching and reading."""
    sources, store, whole = declare(site, tmp_path), tmp_path / "store", tmp_path / "whole"
    night([], whole, sources)
    site.log.clear()
    process = start(sources, store, prefect_server)
    until = time.monotonic() + 120
    while not moment(site, store) and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
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


def test_one_address_on_the_command_line(site: Site, tmp_path: Path, prefect_server: str) -> None:
    """A private address is refused unless a source says so, in one line that tells how."""
    line = [sys.executable, "-m", "flows.cli", "ingest", f"{site.address}/info/1/2021.htm", "--store", str(tmp_path)]
    done = subprocess.run(
        line, env={**os.environ, "PREFECT_API_URL": prefect_server}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert site.log == []
    assert "not public" in done.stdout
    assert "`private`" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
