"""The schedule on a single machine: Prefect's packaged server and the runs it fires, in one command."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

# A server that sets up its database on a busy machine takes its time.
_PATIENCE = 180.0


class ServeError(Exception):
    """The schedule cannot be kept; the message says what was found and what to do."""


def serve(sources: Path, store: Path, cron: str, timezone: str, port: int) -> None:
    """Run the flow on a schedule until told to stop. Uses the server PREFECT_API_URL names; without one, starts one.

    Raises ServeError.
    """
    if "PREFECT_API_URL" in os.environ:
        _keep(sources, store, cron, timezone)
        return
    with _server(port) as api:
        os.environ["PREFECT_API_URL"] = api  # before Prefect is imported
        _keep(sources, store, cron, timezone)


def _keep(sources: Path, store: Path, cron: str, timezone: str) -> None:
    from prefect.schedules import Cron  # noqa: PLC0415 - reads the environment
    from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415

    from flows.ingest import ingest  # noqa: PLC0415

    ingest.serve(
        name="nightly",
        schedule=Cron(cron, timezone=timezone),
        parameters={"names": [], "store": str(store.resolve()), "declared": str(sources.resolve())},
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
        entrypoint_type=EntrypointType.MODULE_PATH,  # by file, flows/ would go on the path and hide packages
    )


@contextmanager
def _server(port: int) -> Iterator[str]:
    """The packaged server on this machine only, for as long as the block lasts; the address of its API."""
    address = f"http://127.0.0.1:{port}"
    if answers(f"{address}/api"):
        raise ServeError(
            f"port {port}: a Prefect server answers already; expected a free port. "
            f"Set PREFECT_API_URL={address}/api to use that server, or choose another --port"
        )
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "PREFECT_SERVER_UI_API_URL": f"{address}/api"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    try:
        until = time.monotonic() + _PATIENCE
        while not answers(f"{address}/api"):
            if server.poll() is not None or time.monotonic() > until:
                raise ServeError(
                    f"port {port}: Prefect's server does not start; expected a free port and a writable home of "
                    "Prefect. Its own words: prefect server start"
                )
            time.sleep(0.2)
        sys.stderr.write(f"gongkai: the schedule is kept; runs and artifacts: {address}\n")
        yield f"{address}/api"
    finally:
        server.terminate()
        server.wait()


def answers(api: str) -> bool:
    """Whether a Prefect server answers at the address of an API."""
    try:
        return httpx.get(f"{api}/health", timeout=10, trust_env=False).status_code < httpx.codes.INTERNAL_SERVER_ERROR
    except httpx.HTTPError:
        return False
