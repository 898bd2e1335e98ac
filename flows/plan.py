"""What a run has to read, why, and what that will take: laid out before it begins."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from flows.batch import File
from flows.show.summary import ReportLine
from flows.sources.declared import Sources
from flows.sources.find import find_fetched, find_files, select_new, with_members
from flows.standing import Standing
from transform.corrections import Corrections
from warehouse.lake.store import Lake

# A run that read fewer files says nothing of how long many take; only the newest runs are asked.
_ENOUGH, _RUNS = 20, 10


@dataclass(frozen=True, slots=True)
class Plan:
    """The files to read of those found; `again` counts by reason those that were read before. `refused` are folders
    that cannot be read. `seconds` is what earlier runs took for as many files, None where none tells.
    """

    files: list[File]
    found: int
    refused: list[ReportLine] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    seconds: float | None = None

    @property
    def in_words(self) -> list[str]:
        """How many files of which kind and how long they take; then a line a reason."""
        again = self.again.total()
        takes = "" if self.seconds is None else f"; about {self.seconds:,.0f} s"
        counts = f"{len(self.files) - again} new, {again} again, {self.found - len(self.files)} unchanged"
        return [
            f"{self.found} files found: {counts}{takes}",
            *(f"{count} {why}" for why, count in self.again.items()),
        ]

    def as_record(self) -> dict[str, object]:
        """The plan for programs."""
        again = self.again.total()
        return {
            "files_found": self.found,
            "files_new": len(self.files) - again,
            "files_again": again,
            "files_unchanged": self.found - len(self.files),
            "why_again": dict(self.again),
            "seconds": self.seconds,
        }


def lay_out(sources: Sources, lake: Lake, corrections: Corrections, again: bool = False, unpack: bool = True) -> Plan:
    """What is to be read of local files and of what was fetched. Without `unpack` nothing is written, and an archive
    that was not opened yet counts as one file. Raises SourceError, StoreError.
    """
    files, refused = [], []
    for source in sources.sources:
        inside, closed = find_files(source.paths, source.hint)
        files += inside
        refused += closed
    standing = Standing(lake)
    files += find_fetched(sources, lake)
    if unpack:
        files = list(with_members(files, lake, standing))
    wanted = list(select_new(files, lake, corrections, standing, again))
    rate = _seconds_a_file(lake)
    return Plan(wanted, len(files), refused, standing.again, None if rate is None else rate * len(wanted))


def _seconds_a_file(lake: Lake) -> float | None:
    """What a file took in the newest runs that read enough of them; a run is counted as its last commit has it."""
    runs = {str(commit.run["run_id"]): commit.run for commit in lake.commits()}
    seconds = files = 0.0
    for run in list(runs.values())[-_RUNS:]:
        if int(run["files_read"]) >= _ENOUGH:
            begun, ended = (datetime.fromisoformat(str(run[name])) for name in ("started_at", "finished_at"))
            seconds, files = seconds + (ended - begun).total_seconds(), files + int(run["files_read"])
    return seconds / files if files else None
