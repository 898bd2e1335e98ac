"""The schedule on a single machine: Prefect's packaged server and the runs it fires, in one command.

The server asks everybody for a password, pages of other origins get nothing from it, and it is known by a mark in its
environment: one whose parent was killed is ended by the next start, and no other process is.
"""

import fcntl
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

# A server that sets up its database on a busy machine takes its time.
_PATIENCE = 180.0
_PASSWORD = "prefect.auth"  # noqa: S105 - the name of a file
_MARK = "GONGKAI_SERVER"
# Seconds to wait for an orphan to end before it is killed.
_GRACE = 30.0


class ServeError(Exception):
    """The schedule cannot be kept; the message says what was found and what to do."""


def serve(sources: Path, store: Path, cron: str, timezone: str, port: int) -> None:
    """Run the flow on a schedule until told to stop. Uses the server PREFECT_API_URL names; without one, starts one.

    Raises ServeError, OSError.
    """
    if "PREFECT_API_URL" in os.environ:
        _keep(sources, store, cron, timezone)
        return
    signal.signal(signal.SIGTERM, _leave)  # until Prefect's runner heeds it, which begins after its import
    auth = _password(store)
    with _one_a_store(store), _server(port, auth, store) as api:
        os.environ["PREFECT_API_AUTH_STRING"] = auth
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


def _leave(*_: object) -> None:
    sys.exit(0)


def use_server_of(store: Path) -> None:
    """Let this process ask the server `serve` keeps for a store, if it is there."""
    try:
        address, auth = (store / _PASSWORD).read_text("utf-8").split()
    except (OSError, ValueError):
        return
    if answers(address):
        os.environ |= {"PREFECT_API_URL": address, "PREFECT_API_AUTH_STRING": auth}


def _password(store: Path) -> str:
    """Name and password of the server: those of PREFECT_SERVER_API_AUTH_STRING, else of a file of the store only its
    owner may read, made and told on the first start.
    """
    if given := os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        return given
    file = store / _PASSWORD
    with suppress(OSError, IndexError):
        return file.read_text("utf-8").split()[-1]
    auth = f"gongkai:{secrets.token_urlsafe(24)}"
    _write(file, auth)
    sys.stderr.write(f"gongkai: the server asks for {auth} (kept in {file})\n")
    return auth


def _write(file: Path, text: str) -> None:
    """Write a file only its owner may read."""
    if not file.parent.exists():
        file.parent.mkdir(mode=0o700, parents=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(f"{text}\n")


@contextmanager
def _one_a_store(store: Path) -> Iterator[None]:
    """Be the only one that keeps the schedule of a store: whatever bears its mark before this is an orphan."""
    descriptor = os.open(store / ".serve", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        found = "another gongkai serve keeps the schedule of this store; expected none"
        raise ServeError(f"{store}: {found}. Stop it, or leave it") from error
    finally:
        os.close(descriptor)


def _end_orphans(mark: str) -> bool:
    """End what an earlier start for this store left behind, whose environment says so; whether there was any.

    Only Linux tells the environment of a process; elsewhere nothing is found.
    """
    found = list(_marked(mark))
    for number, wait in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, 5.0)):
        until = time.monotonic() + wait
        for process in _marked(mark):
            with suppress(OSError):
                os.kill(process, number)
        while list(_marked(mark)) and time.monotonic() < until:
            time.sleep(0.2)
    return bool(found)


def _marked(mark: str) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{_MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


@contextmanager
def _server(port: int, auth: str, store: Path) -> Iterator[str]:
    """The packaged server on this machine only, for as long as the block lasts; the address of its API."""
    address = f"http://127.0.0.1:{port}"
    mark = hashlib.sha256(f"{auth} {store.resolve()}".encode()).hexdigest()
    if answers(f"{address}/api") and _end_orphans(mark):
        sys.stderr.write("gongkai: ended the server of a start that was killed\n")
    if answers(f"{address}/api"):
        raise ServeError(
            f"port {port}: a Prefect server answers already; expected a free port. "
            f"Set PREFECT_API_URL={address}/api to use that server, or choose another --port"
        )
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    environment = {
        **os.environ, _MARK: mark, "PREFECT_SERVER_UI_API_URL": f"{address}/api",
        "PREFECT_SERVER_API_AUTH_STRING": auth, "PREFECT_API_AUTH_STRING": auth,
    }  # fmt: skip
    environment.setdefault("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", address)
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
        if "PREFECT_SERVER_API_AUTH_STRING" not in os.environ:
            _write(store / _PASSWORD, f"{address}/api {auth}")
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
