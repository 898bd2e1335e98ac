"""What an operator is told in the morning."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.flows.nights import told
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.schema import arrow_schema


def night(lake: Lake, day: int, rows: list[dict[str, object]]) -> None:
    """Requests of a night in January, as (source, path, …)."""
    run = {
        **dict.fromkeys(arrow_schema("run").names),
        "run_id": f"r{day}",
        "started_at": datetime(2026, 1, day, tzinfo=UTC),
    }
    usual = {
        "run_id": f"r{day}",
        "purpose": "document",
        "requested_at": datetime(2026, 1, day, tzinfo=UTC),
        "attempts": 1,
        "error": "",
    }
    filled = [{**usual, **row, "url": f"https://{row['source']}.example{row['url']}"} for row in rows]
    lake.commit({"fetch": pa.Table.from_pylist(filled, schema=arrow_schema("fetch"))}, run)


def status(store: Path, *more: str) -> str:
    """What `gongkai status` prints."""
    done = told("status", "--store", str(store), *more)
    done.check_returncode()
    return done.stdout


def test_ten_lines_tell_what_happened_and_what_to_do(tmp_path: Path) -> None:
    """Totals of the last night, then each cause with its count, an example and the next step, frequent ones first."""
    lake = Lake(tmp_path)
    night(lake, 1, [{"source": "a", "url": "/1", "document_sha256": "1" * 64}])
    silent = [
        {"source": "a", "url": f"/{n}", "error": "not asked: the host left 5 requests unanswered"} for n in range(7)
    ]
    night(lake, 3, [
        {"source": "b", "url": "/1", "document_sha256": "2" * 64},
        {"source": "b", "url": "/2", "error": "404 Not Found", "status": 404},
        {"source": "b", "url": "/3", "error": "refused: it leads to https://c.example/9; expected a host"},
        {"source": "b", "url": "/robots.txt", "purpose": "robots", "error": "503"},
        *silent,
    ])  # fmt: skip
    build(tmp_path)
    totals, *causes = json.loads(status(tmp_path, "--json"))["night"]

    assert (totals["addresses"], totals["what"]) == (10, "asked for; documents: 1 new, 0 unchanged; 9 failed")
    assert [(row["source"], row["addresses"]) for row in causes] == [("a", 7), ("b", 1), ("b", 1)]
    assert "last success 2026-01-01" in causes[0]["what_to_do"]
    assert "found_on" in causes[1]["what_to_do"]
    assert "add the host" in causes[2]["what_to_do"]
    assert causes[0]["example"] == "https://a.example/0"
    families = {family.name: family for family in text_string_to_metric_families(status(tmp_path, "--metrics"))}
    assert {(s.labels["source"], s.value) for s in families["gongkai_fetch_failures"].samples} == {("a", 7), ("b", 1)}
    started = families["gongkai_run_started_timestamp_seconds"].samples[0].value
    assert started == datetime(2026, 1, 3, tzinfo=UTC).timestamp()
    assert len(status(tmp_path).split("\n\n")[0].splitlines()) <= 10


def test_bad_nights_of_every_kind(tmp_path: Path) -> None:
    """A killed run, a failed one, quarantined and unreadable files and many sources that failed: ten lines, the gravest
    first, each with what to do; a store without a warehouse says why there is none.
    """
    lake, sha = Lake(tmp_path), "1" * 64
    killed = "process 7 on night since 2026-01-03 02:00:00 UTC"
    with lake.lock():
        pass
    (tmp_path / ".lock").write_text(
        f"{killed}\n/data: cannot be written (No space left on device); expected room. Make room."
    )
    (failed,) = json.loads(status(tmp_path, "--json"))["troubles"]
    assert failed["what"] == "the last run failed"
    assert "Make room" in failed["what_to_do"]

    run = {**dict.fromkeys(arrow_schema("run").names), "run_id": "r1", "started_at": datetime(2026, 1, 3, tzinfo=UTC)}
    run |= {"finished_at": datetime(2026, 1, 3, tzinfo=UTC), "files_found": 3, "files_read": 3, "quarantined": 2}
    documents = [
        {"document_sha256": sha, "source_name": "a.html", "outcome": "report", "report_id": "a"},
        {
            "document_sha256": "2" * 64,
            "source_name": "b.html",
            "outcome": "report",
            "report_id": "b",
            "fingerprint": "f",
        },
        {"document_sha256": "3" * 64, "source_name": "c.pdf", "outcome": "unreadable", "reason": "a scan"},
    ]
    reports = [
        {"report_id": name, "document_sha256": digest, "verdict": "quarantined", "reason": "agency not known"}
        for name, digest in (("a", sha), ("b", "2" * 64))
    ]
    first_seen = {"first_seen": datetime(2026, 1, 3, tzinfo=UTC)}
    rows = {"document": [row | first_seen for row in documents], "report": reports}
    rows["fetch"] = [
        {"run_id": "r1", "source": f"s{n}", "url": f"https://s{n}.example/1", "purpose": "document", "attempts": 1,
         "requested_at": datetime(2026, 1, 3, tzinfo=UTC), "error": "503 Service Unavailable"}
        for n in range(20)
    ]  # fmt: skip
    lake.commit({name: pa.Table.from_pylist(of, schema=arrow_schema(name)) for name, of in rows.items()}, run)
    build(tmp_path)
    lake.commit({}, run | {"run_id": "r2"})  # stored, and killed before it was loaded
    (tmp_path / ".lock").write_text(killed)

    lines = status(tmp_path).split("\n\n")[0].splitlines()
    assert len(lines) == 10
    assert lines[0] == "the store: 2 quarantined, 1 unreadable"
    assert "2 quarantined" in lines[1]
    assert "20 failed" in lines[2]
    assert killed in lines[3]
    assert "run gongkai ingest again: it repairs" in lines[3]
    assert "commits of the lake not in the warehouse (1)" in lines[4]
    assert lines[5].startswith("✗ quarantined: agency not known (2): gongkai explain a")
    assert lines[6].startswith("✗ unreadable: a scan (1): ")
    assert "c.pdf" in lines[6]
    assert lines[9] == "✗ and 18 more: gongkai status --json"
    families = {family.name: family for family in text_string_to_metric_families(status(tmp_path, "--metrics"))}
    assert families["gongkai_troubles"].samples[0].value == 24


def test_a_store_that_never_fetched_has_no_night(tmp_path: Path) -> None:
    """No line of zeros."""
    Lake(tmp_path).commit({}, {**dict.fromkeys(arrow_schema("run").names), "run_id": "r1"})
    build(tmp_path)

    assert json.loads(status(tmp_path, "--json"))["night"] == []
