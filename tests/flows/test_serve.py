"""Prefect as operators have it: a server, a schedule that fires, a run that is seen."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from docs.make.prefect_ui import ROOT, free_port, server
from tests.browser import MISSING, chromium, launched
from tests.flows.nights import content, cut, facts, night, page
from tests.site import Reply, Site

AGENCY = "四川省攀枝花市盐边县新九镇人民政府"


def incoming(folder: Path) -> Path:
    """A report, one that is cut off, and a file of sources that names their folder."""
    (folder / "incoming").mkdir()
    (folder / "incoming" / "whole.html").write_bytes(page(2022, agency=AGENCY))
    (folder / "incoming" / "cut.html").write_bytes(cut(page(2023, agency=AGENCY)))
    declared = folder / "sources.yml"
    declared.write_text(yaml.safe_dump({"sources": [{"name": "a folder", "folders": ["incoming"]}]}))
    return declared


def until(found: Callable[[], Any], seconds: float) -> Any:
    """What is found, as soon as it is."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
    return result


def post(address: str, path: str, auth: tuple[str, str] | None, **body: object) -> Any:
    """What the server tells who knows its password; nothing while it is not there."""
    try:
        return httpx.post(f"{address}/api/{path}/filter", json=body, timeout=20, trust_env=False, auth=auth).json()
    except httpx.HTTPError:
        return []


def password(store: Path) -> tuple[str, str] | None:
    """What `serve` keeps for its owner alone."""
    file = store / "prefect.auth"
    if not file.exists():
        return None
    assert file.stat().st_mode & 0o777 == 0o600
    name, _, word = file.read_text().split()[-1].partition(":")
    return name, word


TRIED = """async api => {
    const body = '{"name": "mine"}', got = [];
    const ask = async (path, options) => {
        try {
            const answer = await fetch(api + path, {signal: AbortSignal.timeout(20000), ...options});
            got.push(`${path} ${answer.type} ${answer.type == "opaque" ? "" : await answer.text()}`);
        } catch (error) { got.push("blocked"); }
    };
    for (const credentials of ["omit", "include"]) {
        const headers = {"Content-Type": "application/json"};
        await ask("/flow_runs/filter", {method: "POST", headers, body: "{}", credentials});
        await ask("/admin/settings", {credentials});
        await ask("/flows/", {method: "POST", body, mode: "no-cors", credentials});
    }
    const form = document.createElement("form"), frame = document.createElement("iframe");
    frame.name = "there"; form.target = "there"; form.method = "POST"; form.action = `${api}/flows/`;
    form.enctype = "text/plain"; form.innerHTML = `<input name='{"name": "mine", "x": "' value='"}'>`;
    document.body.append(frame, form);
    const came = new Promise(done => frame.onload = done);
    form.submit();
    await came;
    try { got.push(frame.contentDocument.body.innerText); } catch { got.push("blocked"); }
    got.push(await new Promise(done => {
        const socket = new WebSocket(api.replace("http", "ws") + "/events/out", "prefect");
        socket.onopen = () => socket.send('{"type": "auth", "token": null}');
        socket.onmessage = message => JSON.parse(message.data).type == "auth_success" && done(message.data);
        socket.onclose = socket.onerror = () => done("blocked");
    }));
    return got;
}"""


def a_page_of_another_origin_gets_nothing(address: str) -> None:
    """By script, form, frame and socket, from another port and another name of this machine: in a real browser."""
    if not chromium():
        pytest.skip(MISSING)
    with Site() as other, launched() as browser:
        other.pages["/"] = Reply(b"<!doctype html><body>another origin")
        for origin in (other.address, other.address.replace("127.0.0.1", "localhost")):
            page = browser.new_page()
            page.goto(origin)
            got = page.evaluate(TRIED, f"{address}/api")
            assert {answer for answer in got if not answer.startswith("/flows/ opaque")} == {"blocked"}, (origin, got)
            assert page.evaluate("document.cookie") == ""
            page.close()


def is_closed(address: str) -> None:
    """Who does not know the password, and a page of another origin, get nothing and start nothing."""
    assert "www-authenticate" not in httpx.get(f"{address}/api/flows/count", timeout=20, trust_env=False).headers
    for path, body in (
        ("flow_runs/filter", {}), ("deployments/filter", {}), ("block_documents/filter", {"include_secrets": True}),
        ("flows/", {"name": "mine"}), ("deployments/00000000-0000-0000-0000-000000000000/create_flow_run", {}),
    ):  # fmt: skip
        for auth in (None, ("gongkai", "wrong")):
            answer = httpx.post(f"{address}/api/{path}", json=body, timeout=20, trust_env=False, auth=auth)
            assert answer.status_code == httpx.codes.UNAUTHORIZED
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        httpx.options(f"{address}/api/flow_runs/filter", headers=asked, timeout=20, trust_env=False),
        httpx.get(f"{address}/api/health", headers={"Origin": "https://evil.example"}, timeout=20, trust_env=False),
    ):
        assert answer.headers.get("access-control-allow-origin") not in ("*", "https://evil.example")


def serve(folder: Path, store: Path, port: int, cron: str, log: str) -> subprocess.Popen[bytes]:
    """Start the command; what it says goes to a file of the folder."""
    line = [sys.executable, "-m", "flows.cli", "serve", "--sources", str(folder / "sources.yml"), "--store", str(store)]
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    environment |= {"PREFECT_HOME": str(folder / "home"), "PREFECT_TEST_MODE": "false"}
    with (folder / log).open("wb") as said:
        return subprocess.Popen([*line, "--cron", cron, "--port", str(port)], env=environment, cwd=ROOT, stderr=said)


@dataclass(frozen=True)
class Served:
    """A server in the place of one that was killed; `kept` is the password of that."""

    folder: Path
    store: Path
    address: str
    kept: tuple[str, str] | None

    def said(self, log: str) -> str:
        """What a start said."""
        return (self.folder / log).read_text()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`gongkai serve` with a second one beside it, killed, and started again: with a run every minute."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    incoming(folder)
    store, address = folder / "store", f"http://127.0.0.1:{port}"
    first = serve(folder, store, port, "0 2 * * *", "first.log")
    until(lambda: "schedule is kept" in (folder / "first.log").read_text(), 200)
    kept = password(store)
    assert serve(folder, store, port, "0 2 * * *", "beside.log").wait(120) == 3
    first.kill()
    first.wait()
    assert not httpx.get(f"{address}/api/health", timeout=20, trust_env=False).is_server_error
    second = serve(folder, store, port, "* * * * *", "second.log")
    try:
        until(lambda: "schedule is kept" in (folder / "second.log").read_text(), 200)
        yield Served(folder, store, address, kept)
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(60)
    assert post(address, "flow_runs", kept) == []


def test_a_killed_serve_leaves_nothing_in_the_way(served: Served) -> None:
    """SIGKILL leaves its server; the next start ends that and no other, and a second one beside it is refused."""
    assert "another gongkai serve keeps the schedule" in served.said("beside.log")
    assert "ended the server of a start that was killed" in served.said("second.log")
    assert password(served.store) == served.kept
    assert isinstance(post(served.address, "deployments", served.kept), list)


def test_schedule_fires_and_the_run_is_seen(served: Served) -> None:
    """No server to install: a run nobody started, its state and log; closed to strangers."""
    address, auth = served.address, served.kept
    ended = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
    run, *_ = until(lambda: post(address, "flow_runs", auth, sort="START_TIME_ASC", **ended), 600)  # the first of them
    assert (run["state_name"], run["auto_scheduled"]) == ("CompletedWithQuarantine", True)
    assert "1 quarantined" in run["state"]["message"]
    of_run = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    artifacts = {row["key"]: row["data"] for row in post(address, "artifacts", auth, **of_run)}
    assert set(artifacts) == {"progress", "run-summary", "issues"}
    assert artifacts["progress"] == 100
    assert "**1 to see to**" in artifacts["run-summary"]
    assert '"cut.html"' in artifacts["issues"]
    warnings = until(lambda: post(address, "logs", auth, logs={"level": {"ge_": 30}}), 30)
    assert any("cut.html: " in row["message"] and "document " in row["message"] for row in warnings)
    assert httpx.get(address, trust_env=False, follow_redirects=True).is_success
    assert facts(served.store) == 200
    is_closed(address)
    a_page_of_another_origin_gets_nothing(address)
    assert [row["name"] for row in post(address, "flows", auth)] == ["gongkai-ingest"]


def documented() -> dict[str, str]:
    """The settings of a team's server by docs/operations.md, with a password, and what its clients tell it."""
    told = (ROOT / "docs" / "operations.md").read_text("utf-8")
    settings = dict(re.findall(r'^export (PREFECT_SERVER_(?:API|CORS)\w+)="?([^\s"]+)', told, re.MULTILINE))
    assert set(settings) == {"PREFECT_SERVER_API_AUTH_STRING", "PREFECT_SERVER_CORS_ALLOWED_ORIGINS"}
    assert "export PREFECT_API_AUTH_STRING=" in told
    auth = settings["PREFECT_SERVER_API_AUTH_STRING"].partition(":")[0] + ":word"
    return settings | {"PREFECT_SERVER_API_AUTH_STRING": auth, "PREFECT_API_AUTH_STRING": auth}


@pytest.mark.turns("a whole with something killed")
def test_server_restarted_in_the_middle(tmp_path: Path) -> None:
    """A team's server as documented, closed to strangers: the run goes on, whatever Prefect complains of; the next one
    ends where an undisturbed one does.
    """
    declared, store, whole, port = incoming(tmp_path), tmp_path / "store", tmp_path / "whole", free_port()
    night([], whole, declared)
    line = [sys.executable, "-m", "flows.cli", "ingest", "--sources", str(declared), "--store", str(store)]
    with server(tmp_path / "home", port, documented()) as environment:
        is_closed(f"http://127.0.0.1:{port}")
        a_page_of_another_origin_gets_nothing(f"http://127.0.0.1:{port}")
        process = subprocess.Popen(
            line, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        until((store / ".lock").exists, 120)
    with server(tmp_path / "home", port, documented()):
        told, complaint = process.communicate()
    assert process.returncode == 1, complaint
    assert "1 quarantined" in told
    assert "Traceback" not in told + complaint
    assert content(store) == content(whole)
    assert night([], store, declared).lines == []
    assert content(store) == content(whole)
