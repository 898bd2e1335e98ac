"""What `gongkai status` shows, for a monitoring system: OpenMetrics text."""

from collections.abc import Mapping, Sequence
from datetime import UTC

import pyarrow as pa
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest

from flows.show.morning import Trouble

_OUTCOMES = ("passed", "flagged", "quarantined", "not_reports", "unreadable")


def metrics_text(tables: Mapping[str, pa.Table], troubles: Sequence[Trouble]) -> str:
    """What `status` says as gauges: times in seconds since 1970, counts as they are."""
    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"gongkai_{name}", text, labels, registry=registry)

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
