"""The run as a Prefect flow: its steps are tasks, its outcome a named state, its story artifacts and logs."""

import errno
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect import State, Task, flow, get_run_logger, runtime, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.blocks.core import Block
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import FlowRun
from prefect.flows import Flow
from prefect.states import Completed, Failed
from rich.console import Console

from expectations.bounds import BoundsError
from flows.run import Run, Step, StoppedError, commit, perform
from flows.settings import notification_block, ping_address
from flows.show.screen import printable
from flows.show.summary import Summary, in_markdown, needing_a_person
from flows.sources.declared import SourceError, named_sources
from flows.workers import ClusterError
from warehouse.lake.errors import StoreError

# What a run ends with for a reason a person is told in words.
EXPECTED = (SourceError, StoreError, BoundsError, ClusterError, StoppedError)
# States of a run that ended, beside Prefect's own.
WITH_QUARANTINE = "CompletedWithQuarantine"
WITH_WARNINGS = "CompletedWithWarnings"
# What a network share may answer while it is not itself.
_PASSING = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY, errno.EHOSTDOWN, errno.ENOTCONN}
_ATTEMPTS = 3
_SECONDS_BETWEEN = 10
# Rows of the table of issues, and reports named in the log.
_LISTED = 200
# Sources a run is named after.
_NAMED = 2


def _is_passing(_: object, __: object, state: State[Any]) -> bool:
    """Whether a step is worth taking again."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, StoreError) and getattr(error.__cause__, "errno", None) in _PASSING


def _notify(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Tell whoever is to be told of a run that did not simply end well."""
    name = notification_block()
    if name and state.name != "Completed":
        block: Any = Block.load(name)
        block.notify(f"{flow_run.name}: {state.message or state.name}", f"{flow.name}: {state.name}")


def _named() -> str:
    """What a run is called: when it began, and what it was asked to read."""
    asked = runtime.flow_run.parameters
    narrowed = [*(asked.get("only") or ()), *(asked.get("agencies") or ())]
    what = narrowed or asked.get("names") or [asked.get("declared") or ""]
    names = [printable(str(name)).rstrip("/").rpartition("/")[2] for name in what]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} {', '.join(names[:_NAMED])}{more}".rstrip()


@flow(
    name="gongkai-ingest",
    flow_run_name=_named,
    description="Fetch what is new, read it, judge it, store it, load the warehouse.",
    on_completion=[_notify],
    on_failure=[_notify],
    on_crashed=[_notify],
)
def ingest(
    names: list[str],
    store: str,
    declared: str | None = None,
    again: bool = False,
    only: list[str] | None = None,
    agencies: list[str] | None = None,
    years: str = "",
    accept_loss: bool = False,
) -> Summary:
    """Ingest files, folders and addresses, and what the file `declared` lists, into a store.

    `again` reads what was read before, too. `only` (names of sources), `agencies` (as sources declare them) and `years`
    (2023 or 2019-2021) narrow what is declared. `accept_loss` lets a run go on that would lose documents or many facts.
    Raises SourceError for what cannot be found or is no
    list of sources, StoreError for a store that cannot be used, flows.run.StoppedError on SIGTERM.
    """
    log = get_run_logger()
    try:
        sources = named_sources(names, Path(declared) if declared else None)
        sources = sources.narrowed(only or (), agencies or (), years)
        run = Run(sources, Path(store), Console(stderr=True), again, accept_loss)
        summary = perform(run, _Story(log))
    except EXPECTED as error:
        log.error("%s", printable(str(error)))
        return Failed(message=str(error), data=error)  # type: ignore[return-value]
    _tell(log, summary)
    _ping(log)
    if not summary.needs_a_person:
        return summary
    name = WITH_QUARANTINE if summary.count("quarantined") else WITH_WARNINGS
    return Completed(name=name, message=summary.in_short, data=summary)  # type: ignore[return-value]


class _Story:
    """Takes the steps of a run as tasks, and says how far it is."""

    def __init__(self, log: Any) -> None:
        self.log = log
        self.tasks: dict[str, Task[[Run], None]] = {}
        self.progress: UUID | None = None

    def __call__(self, step: Step, run: Run) -> None:
        name = getattr(step, "__name__", "step")
        if name not in self.tasks:
            # A remembered result would skip the act.
            self.tasks[name] = task(
                name=name, cache_policy=NO_CACHE, retries=_ATTEMPTS - 1, retry_delay_seconds=_SECONDS_BETWEEN,
                retry_condition_fn=_is_passing,
            )(step)  # fmt: skip
        self.tasks[name](run)
        if step is commit:
            self.say_progress(100 * run.stored / len(run.files))

    def say_progress(self, percent: float) -> None:
        """Percent of the new files that are stored."""
        if self.progress is None:
            self.progress = _try(self.log, lambda: create_progress_artifact(percent, "progress", "new files stored"))
        else:
            artifact = self.progress
            _try(self.log, lambda: update_progress_artifact(artifact, percent))


def _tell(log: Any, summary: Summary) -> None:
    """The artifacts of a run, and a line of log for each report and address that needs a person."""
    wanting = needing_a_person(summary)
    grave = [row for row in wanting if row["what"] != "flagged"]
    for row in grave[:_LISTED]:
        log.warning(
            "%s: %s (report %s, document %s)", row["name"], row["reason"], row["report"] or "-", row["document"] or "-"
        )
    if len(grave) > _LISTED:
        log.warning("and %d more: see gongkai status", len(grave) - _LISTED)
    log.info("%s", summary.in_short)
    _try(log, lambda: create_markdown_artifact(in_markdown(summary), "run-summary", "what the run did"))
    if wanting:
        _try(log, lambda: create_table_artifact(wanting[:_LISTED], "issues", "what needs a person or is flagged"))


def _ping(log: Any) -> None:
    """Let a monitoring system know that a run came to its end: it raises the alarm when this stays out."""
    if address := ping_address():
        try:
            httpx.get(address, timeout=10).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("the address of GONGKAI_PING does not answer (%s)", type(error).__name__)


def _try(log: Any, tell: Callable[[], Any]) -> Any:
    """What cannot be told costs no run: the data is stored."""
    try:
        return tell()
    except Exception as error:
        log.warning("the Prefect server does not take an artifact (%s); the run goes on", error)
        return None
