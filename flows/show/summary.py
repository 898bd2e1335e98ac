"""What a run did: its ledger row, and the page a person reads after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.show.delta import in_words
from flows.show.screen import VERDICT_STYLE, printable

# One row a report stays readable up to a few screens; after that only what needs a person is listed.
_LISTED = 60
_FINDINGS = 8
# Of a file that is no report though its name was that of one: the site answers with something else.
REPLACED = "replaced"
# Of a page that calls itself a report and offers it as a file, which was read.
OFFERED = "offered"
# What became of files, in verdicts and outcomes, that only a person can take further.
NEED_A_PERSON = ("quarantined", "unreadable", "report_without_tables", REPLACED)


@dataclass(slots=True)
class ReportLine:
    """What the screen says of one file."""

    source_name: str
    outcome: str
    report_id: str = ""
    agency: str = ""
    year: int | None = None
    edition: str = ""
    cells: int = 0
    verdict: str = ""
    reason: str = ""
    findings: list[str] = field(default_factory=list)
    document_sha256: str = ""


@dataclass(slots=True)
class Tally:
    """What a walk came to: addresses by `new`, `unchanged` and `failed`, and each failure as (address, why)."""

    counts: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def add(self, word: str) -> None:
        """Count an address."""
        self.counts[word] = self.counts.get(word, 0) + 1

    def fail(self, url: str, why: str) -> None:
        """Count a failure."""
        self.add("failed")
        self.failures.append((url, why))


@dataclass(slots=True)
class Summary:
    """What a run did, for the screen and for the store's ledger.

    `seconds` by step; `changes` of facts: how many it added (ADD), changed (MOD) and took back (DEL); `breaches` says
    why reports could not be compared: a bug of ours; `corrections` why reviewed decisions could not be used.
    """

    run_id: str
    store: Path
    started_at: datetime
    finished_at: datetime
    fingerprint: str
    files_found: int = 0
    files_unchanged: int = 0
    compared: int | None = None
    notes: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    breaches: dict[str, str] = field(default_factory=dict)
    corrections: list[str] = field(default_factory=list)
    docs: Path | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    fetched: Tally = field(default_factory=Tally)
    lines: list[ReportLine] = field(default_factory=list)

    def count(self, word: str) -> int:
        """Files of this run with a verdict or an outcome."""
        return sum(word in (line.verdict, line.outcome) for line in self.lines)

    @property
    def needs_a_person(self) -> bool:
        """Whether anything was quarantined, unreadable, not fetched, missing, not compared or not usable."""
        bad = any((line.verdict or line.outcome) in NEED_A_PERSON for line in self.lines)
        return bool(bad or self.fetched.failures or self.lost or self.breaches or self.corrections)

    @property
    def in_short(self) -> str:
        """The counts of the run in a line."""
        counts = ", ".join(
            f"{count} {word.replace('_', ' ')}"
            for word in ("pass", "flagged", *NEED_A_PERSON, "not_a_report", "duplicate")
            if (count := self.count(word))
        )
        seconds = (self.finished_at - self.started_at).total_seconds()
        return (
            f"{self.files_found} files found, {self.files_unchanged} known and unchanged, {len(self.lines)} read"
            f"{': ' + counts if counts else ''} ({seconds:.1f} s)"
        )

    def count_notes(self, table: pa.Table) -> int:
        """Take in which rules failed in a slice of comparisons; returns how many reports it compares."""
        for code in table.filter(pc.equal(table["outcome"], "fail"))["check_code"].to_pylist():
            self.notes[code] = self.notes.get(code, 0) + 1
        return len(pc.unique(table["report_id"]))

    def count_lost(self, table: pa.Table) -> None:
        """Take in which years and levels have fewer reports than the reviewed bounds expect, in words."""
        broken = pc.and_(pc.equal(table["outcome"], "fail"), pc.equal(table["severity"], "critical"))
        self.lost = table.filter(broken)["message_en"].to_pylist()

    def record(self) -> dict[str, object]:
        """The run as a row of the `run` table."""
        return {
            "run_id": self.run_id,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "files_found": self.files_found,
            "files_read": len(self.lines),
            "reports": self.count("report"),
            "passed": self.count("pass"),
            "flagged": self.count("flagged"),
            "quarantined": self.count("quarantined"),
            "not_reports": self.count("not_a_report"),
            "unreadable": self.count("unreadable"),
            "compared": self.compared,
            "fingerprint": self.fingerprint,
        }


def show_summary(console: Console, summary: Summary) -> None:
    """The result of a run: a row a file, then what is wrong in plain words, then the counts."""
    lines = summary.lines
    if len(lines) > _LISTED:
        lines = [line for line in lines if line.verdict != "pass"][:_LISTED]
    if lines:
        console.print(_report_table(lines))
    for line in lines:
        if line.findings or line.outcome != "report" or line.verdict == "quarantined":
            console.print(_findings(line))
    if summary.notes:
        notes = ", ".join(f"{code} {count}" for code, count in sorted(summary.notes.items()))
        ask = "SELECT * FROM quality_check WHERE severity = 'heuristic' AND outcome = 'fail'"
        console.print(f'\n{sum(summary.notes.values())} notes, no faults: {notes}\n  gongkai query "{ask}"')
    for lost in (*summary.lost, *(f"{report_id}: {why}" for report_id, why in summary.breaches.items())):
        console.print(Text(f"\n{lost}", style="red"))
    for problem in summary.corrections:
        console.print(Text(f"correction not used: {problem}", style="red"))
    if summary.docs:
        console.print(f"\nWhat failed, where and with which values: {summary.docs}", soft_wrap=True)
    for url, why in summary.fetched.failures[:_LISTED]:
        console.print(Text(printable(url), style="bold").append(f": {printable(why)}", style="red"))
    if summary.fetched.counts:
        asked = ", ".join(f"{count} {word}" for word, count in sorted(summary.fetched.counts.items()))
        console.print(f"fetched: {asked}", highlight=False)
    if any(summary.changes.values()):
        console.print(f"{in_words(summary.changes)}. See: gongkai delta", highlight=False)
    console.print(summary.in_short, highlight=False)


def needing_a_person(summary: Summary) -> list[dict[str, str]]:
    """A row (`name, report, document, what, reason`) for each file, address and partition a person has to see to."""
    rows = [
        {"name": line.source_name, "report": line.report_id, "document": line.document_sha256,
         "what": word, "reason": line.reason}
        for line in summary.lines
        if (word := line.verdict or line.outcome) in NEED_A_PERSON
    ]  # fmt: skip
    whole = {"name": "", "report": "", "document": ""}
    rows += [whole | {"name": url, "what": "not fetched", "reason": why} for url, why in summary.fetched.failures]
    rows += [whole | {"what": "missing", "reason": lost} for lost in summary.lost]
    rows += [whole | {"what": "correction not used", "reason": problem} for problem in summary.corrections]
    rows += [whole | {"report": key, "what": "not compared", "reason": why} for key, why in summary.breaches.items()]
    return [{name: printable(text) for name, text in row.items()} for row in rows]


def in_markdown(summary: Summary) -> str:
    """The run for a page of Prefect."""
    fetched = ", ".join(f"{count} {word}" for word, count in sorted(summary.fetched.counts.items()))
    facts = {
        "run": f"`{summary.run_id}`", "store": _as_code(str(summary.store)),
        "code and forms": f"`{summary.fingerprint}`",
        "files": summary.in_short, "addresses": fetched or "none asked for",
        "facts": in_words(summary.changes) if any(summary.changes.values()) else "no change",
        "compared": "nothing new" if summary.compared is None else f"{summary.compared} reports",
    }  # fmt: skip
    table = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    wanting = needing_a_person(summary)
    end = f"**{len(wanting)} to see to**: the artifact `issues`, `gongkai status`." if wanting else "Nothing to see to."
    seconds = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary.seconds.items())
    return f"{end}\n\n| | |\n|--|--|\n{table}\n\n{seconds}\n"


def _as_code(text: str) -> str:
    """A text in a cell of a Markdown table, in which nothing of it is markup."""
    return "`" + printable(text).replace("`", "'").replace("|", "\\|") + "`"


def _report_table(lines: Sequence[ReportLine]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (
        ("file", "left"),
        ("agency", "left"),
        ("year", "right"),
        ("edition", "left"),
        ("cells", "right"),
    ):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    table.add_column("verdict")
    for line in lines:
        verdict = line.verdict or line.outcome
        table.add_row(
            printable(line.source_name), printable(line.agency), str(line.year or ""), line.edition,
            str(line.cells or ""),
            Text(verdict.replace("_", " "), style=VERDICT_STYLE[verdict]),
        )  # fmt: skip
    return table


def _findings(line: ReportLine) -> RenderableType:
    head = Text(f"\n{printable(line.source_name)}", style="bold")
    if line.reason and (line.outcome != "report" or line.verdict == "quarantined"):
        head.append(f": {printable(line.reason)}", style="red")
    shown = [Padding(Text(f"· {printable(finding)}"), (0, 0, 0, 2)) for finding in line.findings[:_FINDINGS]]
    if len(line.findings) > _FINDINGS:
        more = f"· and {len(line.findings) - _FINDINGS} more: gongkai explain {line.report_id}"
        shown.append(Padding(Text(more, style="dim"), (0, 0, 0, 2)))
    return Group(head, *shown)
