"""When a run last ended, and how: what a monitoring system asks first, and what stands though the store be damaged."""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

NAME = "last-run.json"
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
        return Beat(**json.loads((store / NAME).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def beat(store: Path, started_at: datetime, outcome: str, message: str = "") -> None:
    """Note that a run ended. What cannot be noted costs no run."""
    before, now = last_beat(store), datetime.now(UTC).timestamp()
    succeeded = now if outcome == DONE else before.succeeded_at if before else 0.0
    body = asdict(Beat(started_at.timestamp(), now, succeeded, outcome, message))
    aside = store / f".{NAME}.tmp"
    with suppress(OSError):
        aside.write_text(json.dumps(body, ensure_ascii=True, indent=1), "utf-8")
        aside.replace(store / NAME)


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
