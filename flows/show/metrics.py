"""What `gongkai status` shows, for a monitoring system: OpenMetrics text."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path

import pyarrow as pa
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest

from flows.heartbeat import DONE, LOSS, free_bytes, last_beat, sizes
from flows.show.morning import DAMAGED, Trouble

_OUTCOMES = ("passed", "flagged", "quarantined", "not_reports", "unreadable")


def metrics_text(store: Path, tables: Mapping[str, pa.Table], troubles: Sequence[Trouble]) -> str:
    """What `status` says as gauges: times in seconds since 1970, counts and bytes as they are.

    What the last run left word of, sizes and free room are there though the store be damaged.
    """
    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"gongkai_{name}", text, labels, registry=registry)

    gauge("store_damaged", "Whether the lake or the warehouse cannot be read or is not what was written").set(
        any(trouble.what == DAMAGED for trouble in troubles)
    )
    if last := last_beat(store):
        gauge("last_finish_timestamp_seconds", "When the last run ended, in whatever way").set(last.finished_at)
        gauge("last_success_timestamp_seconds", "When a run last came to its end").set(last.succeeded_at)
        gauge("last_run_duration_seconds", "How long the last run took").set(last.finished_at - last.started_at)
        gauge("last_run_failed", "Whether the last run did not come to its end").set(last.outcome != DONE)
        gauge("last_run_refused_loss", "Whether the last run stopped rather than lose data").set(last.outcome == LOSS)
    held = gauge("store_bytes", "Bytes of the store on this machine", "what")
    for what, size in sizes(store).items():
        held.labels(what).set(size)
    if (free := free_bytes(store)) is not None:
        gauge("disk_free_bytes", "Room left on the disk of the store").set(free)

    documents = gauge("documents", "Documents the store holds, by verdict or outcome", "state")
    gauge("troubles", "Kinds of trouble that need a person").set(len(troubles))
    for row in tables["holds"].to_pylist() if "holds" in tables else ():
        documents.labels(row["state"]).set(row["documents"])
    failures = gauge("fetch_failures", "Addresses of a source that failed in the last night", "source", "cause")
    for row in tables["night"].to_pylist()[1:] if "night" in tables else ():
        failures.labels(row["source"], row["what"]).set(row["addresses"])
    for last in tables["runs"].to_pylist()[:1] if "runs" in tables else ():
        files = gauge("run_files", "Files of the last run that stored something, by what became of them", "outcome")
        for name in _OUTCOMES:
            files.labels(name).set(last[name] or 0)
        if last["started_at"]:
            started = gauge("run_started_timestamp_seconds", "When the last run that stored something began")
            started.set(last["started_at"].replace(tzinfo=UTC).timestamp())
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()
