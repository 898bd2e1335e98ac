"""What the environment may set: where the store is, and how Prefect behaves on a single machine."""

import os
import re
from pathlib import Path

DEFAULT_STORE = Path("data")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.+)")

# A flow without a server starts an embedded one. Its default patience of 20 s fails on a busy machine, and nothing of
# it may call home. An operator's own settings win: these are defaults only.
_PREFECT_DEFAULTS = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # logs go to Prefect, the terminal shows the summary
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_CLI_COLORS": "false",
    "DO_NOT_TRACK": "1",
    "OPENBLAS_NUM_THREADS": "1",  # numpy would begin threads nobody needs
}


def configure_prefect() -> None:
    """Set Prefect's defaults; call before Prefect is imported."""
    for name, value in _PREFECT_DEFAULTS.items():
        os.environ.setdefault(name, value)


def store_path(given: Path | None) -> Path:
    """The folder of the store: as given, else GONGKAI_STORE, else `data/`.

    Where a URL of object storage is given the lake lies there, and what stays local in the folder GONGKAI_LOCAL, by
    default one below `data/` named like the URL. Raises StoreError if that cannot be.
    """
    name = str(given or os.environ.get("GONGKAI_STORE") or DEFAULT_STORE)
    url = _URL.fullmatch(name)  # a path has but one of the slashes
    if not url:
        return Path(name)
    from warehouse.lake.store import attach  # noqa: PLC0415 - slow, and only object storage needs it

    folder = os.environ.get("GONGKAI_LOCAL") or DEFAULT_STORE / url[1] / url[2]
    return attach(Path(folder), f"{url[1]}://{url[2]}")


def corrections_path(store: Path) -> Path:
    """The folder of reviewed decisions: GONGKAI_CORRECTIONS, else `corrections/` in the store."""
    return Path(os.environ.get("GONGKAI_CORRECTIONS") or store / "corrections")


def bounds_path(store: Path) -> Path:
    """The reviewed bounds on counts of reports: `bounds.yml` in the store."""
    return store / "bounds.yml"


def cluster_address() -> str:
    """The Dask scheduler whose workers read, as tcp://host:port: GONGKAI_CLUSTER, else none: this machine reads."""
    return os.environ.get("GONGKAI_CLUSTER", "")


def notification_block() -> str:
    """The Prefect block that is told of bad runs, as <type>/<name>: GONGKAI_NOTIFY, else none."""
    return os.environ.get("GONGKAI_NOTIFY", "")


def ping_address() -> str:
    """The address asked for after every run that came to its end, so that silence is noticed: GONGKAI_PING."""
    return os.environ.get("GONGKAI_PING", "")


def debugging() -> bool:
    """Whether GONGKAI_DEBUG asks for tracebacks."""
    return bool(os.environ.get("GONGKAI_DEBUG"))
