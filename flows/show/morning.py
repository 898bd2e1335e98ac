"""What an operator is told in the morning: what the last run met with and what to do about it, in ten lines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.text import Text

from flows.fingerprint import fingerprint
from flows.heartbeat import free_bytes, last_beat, sizes
from flows.show.screen import printable
from flows.show.words import Words
from flows.standing import Standing
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.query import QueryError, query, query_all

LINES = 10
# A run a day, which may begin late or take longer than the one before.
_HOURS = 26
DAMAGED = "the store is damaged"
STATES = ("quarantined", "unreadable")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that needs a person: what, how often, for example, and the next step."""

    what: str
    count: int
    example: str
    what_to_do: str


def tables_of(store: Path) -> dict[str, pa.Table]:
    """The answers of `status/`, by name. Raises StoreError without a warehouse."""
    names = ("night", "wanting", "names", "runs", "holds")
    asked = {name: (files("flows.show") / "status" / f"{name}.sql").read_text("utf-8") for name in names}
    return query_all(store, asked)


def troubles_of(store: Path, tables: Mapping[str, pa.Table]) -> list[Trouble]:
    """What went wrong, the gravest first: the run itself, the reports it read, the addresses it asked for."""
    found = [*_of_run(Lake(store), tables)]
    found += [Trouble(**row) for row in tables["wanting"].to_pylist()] if "wanting" in tables else []
    for row in tables["night"].to_pylist()[1:] if "night" in tables else []:
        found.append(Trouble(f"{row['source']}: {row['what']}", row["addresses"], row["example"], row["what_to_do"]))
    return found


def _of_run(lake: Lake, tables: Mapping[str, pa.Table]) -> list[Trouble]:
    found = []
    writer = lake.writer()
    if writer and writer.is_writing:
        found.append(Trouble("a run is at work", 1, writer.name, "wait for its end"))
    elif writer and writer.failure:
        found.append(Trouble("the last run failed", 1, writer.name, writer.failure))
    elif writer:
        found.append(Trouble("the last run was killed", 1, writer.name, "run gongkai ingest again: it repairs"))
    loaded = tables["runs"].to_pylist()[0]["commits"] if "runs" in tables and len(tables["runs"]) else 0
    try:
        waiting = len(lake.commits()) - loaded
        lake.check_all()
        if lake.warehouse.is_file():
            lake.sound_warehouse()
    except StoreError as error:
        where, what_is, _, next_step = error.parts
        return [Trouble(DAMAGED, 1, f"{where}: {what_is}", next_step), *found]
    if waiting > 0 and not (writer and writer.is_writing):
        what = "commits of the lake not in the warehouse"
        found.append(Trouble(what, waiting, str(lake.warehouse), "run gongkai ingest again: it loads them"))
    return found


def too_long_ago(store: Path) -> list[Trouble]:
    """A trouble if no run has ended for longer than a night and its delays."""
    last = last_beat(store)
    hours = (datetime.now(UTC).timestamp() - last.finished_at) / 3600 if last else 0
    if hours < _HOURS:
        return []
    return [Trouble("no run ended", 1, f"{hours:.0f} hours ago", "look at the schedule: gongkai serve, or the timer")]


def show_room(console: Console, store: Path) -> None:
    """What the store takes on this machine, what room is left, and what the next run does again and why."""
    held = ", ".join(f"{what} {size / 1e6:,.1f} MB" for what, size in sizes(store).items() if size)
    free = free_bytes(store)
    console.print(f"{held}; free: {'unknown' if free is None else f'{free / 1e9:,.1f} GB'}")
    with suppress(StoreError, QueryError):
        sql = f"SELECT count(*) AS n FROM lake.document WHERE NOT starts_with(fingerprint, '{fingerprint()}')"  # noqa: S608 - a digest
        if not query(store, sql).to_pylist()[0]["n"]:
            return
        standing = Standing(Lake(store))
        again = Counter(map(standing.why_not, standing.lake.documents().to_pylist()))
        del again[""]
        for reason, count in again.items():
            console.print(f"by the next run {count} documents are {reason}", soft_wrap=True)


def show_morning(
    console: Console, tables: Mapping[str, pa.Table], troubles: Sequence[Trouble], words: Words, held: str = ""
) -> None:
    """At most ten lines: what the store holds, the last run, the addresses it asked for, then a line a trouble."""
    lines = [words("store", counts=held)] if held else []
    for row in tables["runs"].to_pylist()[:1] if "runs" in tables else []:
        counts = {"pass": row["passed"], **{state: row[state] for state in ("flagged", *STATES)}}
        shown = ", ".join(f"{count} {words.state(state)}" for state, count in counts.items() if count)
        told = {"run": row["run_id"], "hours": row["hours_ago"], "found": row["files_found"], "read": row["files_read"]}
        lines.append(words("last_run", **told) + (f": {shown}" if shown else ""))
    for row in tables["night"].to_pylist()[:1] if "night" in tables else []:
        lines.append(f"{row['source']}, {row['addresses']} addresses {row['what']}")
    room = LINES - len(lines)
    shown_troubles = troubles if len(troubles) <= room else troubles[: room - 1]
    lines += [f"✗ {_what(t.what, words)} ({t.count}): {t.what_to_do} · {t.example}" for t in shown_troubles]
    if len(troubles) > len(shown_troubles):
        lines.append(words("more_troubles", n=len(troubles) - len(shown_troubles)))
    if not troubles:
        lines.append(words("fine"))
    for line in lines:
        style = "red" if line.startswith("✗") else "green" if line.startswith("✓") else ""
        whole = not console.is_terminal  # in a log nothing is cut off
        text = Text(printable(" ".join(line.split())), style=style)
        console.print(text, no_wrap=True, overflow="ignore" if whole else "ellipsis", crop=not whole)
    console.print()


def _what(text: str, words: Words) -> str:
    """A trouble in a language: a kind with its cause, or a sentence."""
    kind, _, cause = text.partition(": ")
    if words.language == "en" or not cause:
        return words.said(text)
    return f"{words.state(kind) if kind in STATES else words.said(kind)}：{words.title(cause)}"
