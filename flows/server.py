"""Prefect's own server for one command: begun beside the imports, for this process only, and ended with it.

Left to itself Prefect imports its server here, starts another Python that imports it again, and asks until it answers.
Here it is forked off as soon as Prefect's client is there, on a socket that listens already: what the command asks
before the server is ready waits in line. It bears a password of its own, has the services a single run needs, and looks
through its database for migrations only where another version of Prefect may have left it.
"""

import asyncio
import atexit
import gc
import os
import secrets
import signal
import socket
import sqlite3
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Flow runs, their logs, artifacts, events and task runs are recorded; nobody schedules, automates or watches.
_SETTINGS = {
    "PREFECT_API_REQUEST_TIMEOUT": "180",  # as long as a busy machine may take to start the server
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PY_KEY_VALUE_DISABLE_BEARTYPE": "true",  # a library of its queue would check types at every call
}
_READY = {"PREFECT_API_DATABASE_MIGRATE_ON_START": "false", "PREFECT_API_BLOCKS_REGISTER_ON_START": "false"}
_MARK = "gongkai.ready"
# Seconds the server has to write down what it was told.
_GRACE = 10.0


def begin() -> AbstractContextManager[None]:
    """Start a server and let Prefect use it; call before Prefect is imported and a thread begun.

    Flows are run in the context it returns. Does nothing where Prefect's active profile names a server.
    """
    if _profile_names_a_server():
        return nullcontext()
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    # asyncio sets it only on sockets that name their protocol; without it an answer waits 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    auth = f"gongkai:{secrets.token_urlsafe(24)}"
    ready = _is_ready()
    for name, value in {**_SETTINGS, **(_READY if ready else {})}.items():
        os.environ.setdefault(name, value)
    os.environ |= {
        "PREFECT_API_URL": f"http://127.0.0.1:{listening.getsockname()[1]}/api",
        "PREFECT_API_AUTH_STRING": auth,
        "PREFECT_SERVER_API_AUTH_STRING": auth,
    }
    gc.disable()  # imports make no garbage: looking for it takes 20 ms
    import fastapi.encoders  # noqa: F401, PLC0415 - what both sides need
    import prefect.flows  # noqa: F401, PLC0415

    gc.freeze()
    gc.enable()
    parent = os.getpid()
    child = os.fork()
    if not child:
        _serve(listening, parent)
    listening.close()  # so that nobody waits for a server that died
    atexit.register(_end, child, parent, None if ready else _home() / _MARK)
    return _without_heartbeats()


@contextmanager
def _without_heartbeats() -> Iterator[None]:
    """Nobody looks for crashed runs on a server that ends with its run; the thread for it ends half a second late."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # its variable takes no such value
        yield


def _serve(listening: socket.socket, parent: int) -> None:
    """Be the server until told to end, or until the parent is gone. Never returns."""
    os.setsid()  # Ctrl-C is for the run; it still has to tell how it ended
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    silent = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(silent, descriptor)
    try:
        gc.disable()
        told = threading.Event()
        server = _server(told)
        signal.signal(signal.SIGUSR1, lambda *_: told.set())
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        gc.freeze()
        gc.enable()
        # uvicorn would take the signals for its own from the main thread
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        thread.join()
    finally:
        os._exit(0)


def _server(told: threading.Event) -> Any:
    """A server that ends at once when told: nobody is connected who has something left to say."""
    import uvicorn  # noqa: PLC0415

    class Server(uvicorn.Server):
        async def main_loop(self) -> None:
            await self.on_tick(0)
            await asyncio.to_thread(told.wait)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await self.lifespan.shutdown()

    config = uvicorn.Config(_app(), log_level="critical", access_log=False, lifespan="on", timeout_keep_alive=60)
    return Server(config)


def _app() -> Any:
    """Prefect's API. A router builds its routes when it is first tried, in order: those a run asks come first.

    To tell its applications apart, and to set up its log, Prefect writes out all settings, 40 ms each time: this
    process has one application, and nobody sees its log.
    """
    server: Any = import_module("prefect.server.api.server")
    settings: Any = import_module("prefect.settings").Settings
    settings.hash_key = lambda of: str(id(of))
    log: Any = import_module("prefect.logging.configuration")
    log.setup_logging = dict
    api = server.api
    asked = [
        part.router
        for part in (api.admin, api.csrf_token, api.flows, api.flow_runs, api.artifacts, api.events, api.logs)
    ]
    server.API_ROUTERS = (*asked, *(router for router in server.API_ROUTERS if router not in asked))
    return server.create_app()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(_GRACE)
    os._exit(1)


def _end(child: int, parent: int, mark: Path | None) -> None:
    """Let the server write down what it was told, and end. What Prefect's threads had to say is said by now."""
    if os.getpid() != parent:
        return
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGUSR1)
    until = time.monotonic() + _GRACE
    with suppress(ChildProcessError):
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.005)
    if mark and (state := _state()):
        with suppress(OSError):
            mark.write_text(state, "utf-8")


# -- its database --------------------------------------------------------------------------------------------------


def _home() -> Path:
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


def _profile_names_a_server() -> bool:
    with suppress(OSError, tomllib.TOMLDecodeError):
        kept = tomllib.loads((_home() / "profiles.toml").read_text("utf-8"))
        name = os.environ.get("PREFECT_PROFILE") or kept.get("active", "")
        return "PREFECT_API_URL" in kept.get("profiles", {}).get(name, {})
    return False


def _is_ready() -> bool:
    """Whether this version of Prefect left the database as it is: nothing is to be migrated or registered."""
    if "PREFECT_API_DATABASE_CONNECTION_URL" in os.environ:
        return False
    with suppress(OSError):
        return bool(state := _state()) and (_home() / _MARK).read_text("utf-8") == state
    return False


def _state() -> str:
    """Prefect's version and the last migration of its database; "" if there is none."""
    database = _home() / "prefect.db"
    if not database.is_file():
        return ""
    with suppress(sqlite3.Error):
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            ((revision,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            return f"{version('prefect')} {revision}"
        finally:
            connection.close()
    return ""
