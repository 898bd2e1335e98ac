"""The pictures of docs/operations.md, taken anew by `python -m docs.make.prefect_ui`.

The deployment of prefect.yaml runs over data/samples on a server and a worker of its own; headless Chromium looks at
the run, its artifacts and its schedule.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

from flows.settings import configure_prefect

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def prefect(environment: dict[str, str], *arguments: str, cwd: Path | None = None) -> None:
    """A command of Prefect."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    subprocess.run(command, env=environment, cwd=cwd, check=True, stdout=sys.stderr)


@contextmanager
def server(home: Path, port: int, settings: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """A Prefect server with a home and settings of its own; the environment in which it is found, and SERVER_PID."""
    configure_prefect()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "PREFECT_HOME": str(home), "PREFECT_API_URL": f"{address}/api",
        "PREFECT_SERVER_UI_API_URL": f"{address}/api", "PYTHONPATH": str(ROOT), **(settings or {}),
    }  # fmt: skip
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    environment["SERVER_PID"] = str(running.pid)
    try:
        for _ in range(600):
            try:
                if not httpx.get(f"{address}/api/health", trust_env=False).is_server_error:
                    break
            except httpx.HTTPError:
                time.sleep(0.3)
        yield environment
    finally:
        running.terminate()
        running.wait()


def deploy(environment: dict[str, str], folder: Path) -> None:
    """The deployments of prefect.yaml, with a folder for what belongs to the workers' machines."""
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))
    declared["definitions"]["work_pool"]["job_variables"]["working_dir"] = str(folder)
    for deployment in declared["deployments"]:
        deployment["work_pool"]["job_variables"]["working_dir"] = str(folder)
    (folder / "prefect.yaml").write_text(yaml.safe_dump(declared, allow_unicode=True))
    shutil.copytree(ROOT / "data" / "samples", folder / "incoming")
    # One report that needs a person.
    whole = (folder / "incoming" / "2023-洪泽区.html").read_text("utf-8")
    (folder / "incoming" / "cut.html").write_text(whole[: len(whole) * 2 // 3], "utf-8")
    sources = {"sources": [{"name": "what we have", "folders": ["incoming"]}]}
    (folder / "sources.yml").write_text(yaml.safe_dump(sources, allow_unicode=True))
    prefect(environment, "work-pool", "create", "--type", "process", "gongkai")
    prefect(environment, "deploy", "--all", cwd=folder)


def look(pages: dict[str, tuple[str, str]]) -> None:
    """Pictures of pages as a person sees them: by name, the address and the words to wait for."""
    from tests.browser import launched

    with launched() as browser:
        for name, (url, words) in pages.items():
            context = browser.new_context(viewport={"width": 1400, "height": 640}, color_scheme="light")
            page = context.new_page()
            page.goto(url)
            page.get_by_text(words).first.wait_for(timeout=60_000)
            page.wait_for_timeout(3_000)  # it fades in
            page.screenshot(path=PICTURES / f"{name}.png")
            context.close()


def main() -> None:
    """Start, deploy, run, look."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, port = Path(temporary, "gongkai"), free_port()
        folder.mkdir()
        with server(Path(temporary, "home"), port) as environment:
            deploy(environment, folder)
            worker = subprocess.Popen(
                [sys.executable, "-m", "prefect", "worker", "start", "--pool", "gongkai"],
                env=environment, cwd=folder, stdout=sys.stderr,
            )  # fmt: skip
            try:
                prefect(environment, "deployment", "run", "gongkai-ingest/nightly", "--watch")
                address = f"http://127.0.0.1:{port}"
                with httpx.Client(base_url=f"{address}/api", trust_env=False) as api:
                    ended = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
                    (run,) = api.post("/flow_runs/filter", json=ended).json()
                    (summary,) = api.post(
                        "/artifacts/filter", json={"artifacts": {"key": {"any_": ["run-summary"]}}}
                    ).json()
                look({
                    "prefect-run": (f"{address}/runs/flow-run/{run['id']}", "CompletedWithQuarantine"),
                    "prefect-artifacts": (f"{address}/artifacts/artifact/{summary['id']}", "to see to"),
                    "prefect-schedule": (f"{address}/deployments/deployment/{run['deployment_id']}", "auto-scheduled"),
                })  # fmt: skip
            finally:
                worker.terminate()
                worker.wait()


if __name__ == "__main__":
    main()
