"""When a run last ended, and how: what a monitoring system asks first, and what stands though the store be damaged."""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.lake.lock import StoreLock
from warehouse.lake.storage import Folder
from warehouse.lake.store import Lake

DONE, FAILED, LOSS = "done", "failed", "loss refused"


@dataclass(frozen=True, slots=True)
class Beat:
    """The last run of a store: times in seconds since 1970, `succeeded_at` of the last one that ended well (0: none).

    `outcome` is DONE, FAILED or LOSS (it stopped because documents or many facts would have been lost).
    """

    started_at: float
    finished_at: float
    succeeded_at: float
    outcome: str
    message: str = ""


def last_beat(store: Path) -> Beat | None:
    """The last run on record; None if there is none that can be read."""
    try:
        return Beat(**json.loads(StoreLock(store, Folder(store)).left()))
    except (ValueError, TypeError):
        return None


def beat(lake: Lake, started_at: datetime, outcome: str, message: str = "") -> None:
    """Leave word that a run ends, in the lock of the store, which it holds."""
    before, now = last_beat(lake.store), datetime.now(UTC).timestamp()
    succeeded = now if outcome == DONE else before.succeeded_at if before else 0.0
    lake.writer_lock.leave(json.dumps(asdict(Beat(started_at.timestamp(), now, succeeded, outcome, message[:1000]))))


def sizes(store: Path) -> dict[str, int]:
    """Bytes on this machine by what they are for: raw, lake, warehouse, docs, dashboard, other."""
    kinds = dict.fromkeys(("raw", "lake", "warehouse", "docs", "dashboard", "other"), 0)
    for folder, _, names in os.walk(store):
        top = Path(folder).relative_to(store).parts
        kind = top[0] if top and top[0] in kinds else "other"
        for name in names:
            with suppress(OSError):
                size = os.lstat(f"{folder}/{name}").st_size
                kinds["warehouse" if not top and name.startswith("gongkai.duckdb") else kind] += size
    return kinds


def free_bytes(store: Path) -> int | None:
    """Room left on the disk of a store; None if it is not there."""
    try:
        return shutil.disk_usage(store).free
    except OSError:
        return None
