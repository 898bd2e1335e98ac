"""What may go after a while, and does not go by itself."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.heartbeat import sizes
from warehouse.lake.store import Lake

_AT_ONCE = 200


def prune_store(store: Path, days: int) -> tuple[int, int]:
    """Remove lakes that `gongkai verify --repair` put aside; how many, and how many bytes. Raises StoreError."""
    lake, oldest = Lake(store), datetime.now(UTC).timestamp() - days * 86_400
    found = freed = 0
    with lake.lock():
        for before in store.glob("lake.before-*"):
            if before.stat().st_mtime < oldest:
                freed += sum(sizes(before).values())
                shutil.rmtree(before)
                found += 1
    return found, freed


def prune_prefect(days: int) -> int:
    """Remove runs of the flow that ended so long ago from the database of the Prefect server; how many.

    Their tasks, logs and artifacts go with them.
    """
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - reads the environment
    from prefect.client.schemas.filters import (  # noqa: PLC0415
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterEndTime,
    )

    until, found = datetime.now(UTC) - timedelta(days=days), 0
    with get_client(sync_client=True) as client:
        while runs := client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=["gongkai-ingest"])),
            flow_run_filter=FlowRunFilter(end_time=FlowRunFilterEndTime.model_validate({"before_": until})),
            limit=_AT_ONCE,
        ):
            for run in runs:
                client.delete_flow_run(run.id)
            found += len(runs)
    return found
