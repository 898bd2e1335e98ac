"""What Prefect is told of a run, and what it does about it."""

import errno
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from tests.flows.nights import cut, page
from warehouse.lake.errors import StoreError, writing

ROOT = Path(__file__).parents[2]


def test_a_share_that_stumbles_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: str
) -> None:
    """A step is taken again where the file system may come back, and not where a person has to act."""
    from flows import ingest, run
    from flows.ingest import ingest as flow

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_bytes(page(2023))
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


def test_a_bad_run_is_told_to_the_block_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: str
) -> None:
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
    (folder / "a.html").write_bytes(page(2023))
    monkeypatch.setenv("GONGKAI_NOTIFY", "custom-webhook/night")
    ingest([str(folder)], str(store))
    assert heard == []
    (folder / "cut.html").write_bytes(cut(page(2022)))
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
