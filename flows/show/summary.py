"""What a run did: its ledger row, and the page a person reads after it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.show.delta import in_words
from flows.show.screen import VERDICT_STYLE, printable
from flows.show.words import Words, words_in
from warehouse.lake.errors import StoreError
from warehouse.query import QueryError, query

# A row a file is read up to a screen; of more files their causes are told, the gravest first.
LISTED = 20
_CAUSES = 18
_IN_MARKDOWN = 10
_FINDINGS = 8
# Of a file that is no report though its name was that of one: the site answers with something else.
REPLACED = "replaced"
# Of a page that calls itself a report and offers it as a file, which was read.
OFFERED = "offered"
_CODE = re.compile(r"[A-Z][A-Z0-9]*-[A-Z0-9-]+")
_SIGN = {"flagged": "!"}
# What became of files, in verdicts and outcomes, that only a person can take further.
NEED_A_PERSON = ("quarantined", "unreadable", "report_without_tables", REPLACED)
_RANK = (*NEED_A_PERSON, "flagged")


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
    findings_zh: list[str] = field(default_factory=list)
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
        return self.told(words_in("en"))

    def told(self, words: Words) -> str:
        """The counts of the run in a line, in a language."""
        known = ("pass", "flagged", *NEED_A_PERSON, "not_a_report", "duplicate")
        counts = _counted([(word, self.count(word)) for word in known], words)
        seconds = f"{(self.finished_at - self.started_at).total_seconds():.1f}"
        return words(
            "run", found=self.files_found, unchanged=self.files_unchanged, read=len(self.lines),
            counts=f": {counts}" if counts else "", seconds=seconds,
        )  # fmt: skip

    def count_notes(self, table: pa.Table) -> int:
        """Take in which rules failed in a slice of comparisons; returns how many reports it compares."""
        import pyarrow.compute as pc  # noqa: PLC0415 - slow, and who only shows a summary needs it not

        for code in table.filter(pc.equal(table["outcome"], "fail"))["check_code"].to_pylist():
            self.notes[code] = self.notes.get(code, 0) + 1
        return len(table["report_id"].unique())

    def count_lost(self, table: pa.Table) -> None:
        """Take in which years and levels have fewer reports than the reviewed bounds expect, in words."""
        import pyarrow.compute as pc  # noqa: PLC0415 - slow, and who only shows a summary needs it not

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


def show_summary(console: Console, summary: Summary, words: Words | None = None) -> None:
    """The result of a run: of a few files a row each and what is wrong in plain words, of many the causes; then the
    counts of the run and those of the store, which are what counts.
    """
    words = words or words_in("en")
    lines = summary.lines
    if len(lines) <= LISTED:
        if lines:
            console.print(_report_table(lines, words))
        for line in lines:
            if line.findings or line.outcome != "report" or line.verdict == "quarantined":
                console.print(_findings(line, words))
    else:
        _show_causes(console, lines, words)
    if summary.notes:
        notes = ", ".join(f"{code} {count}" for code, count in Counter(summary.notes).most_common(_FINDINGS))
        more = ", …" if len(summary.notes) > _FINDINGS else ""
        ask = "SELECT * FROM quality_check WHERE severity = 'heuristic' AND outcome = 'fail'"
        told = words("notes", n=sum(summary.notes.values()), list=notes + more)
        console.print(f'\n{told}\n  gongkai query "{ask}"')
    wrong = [*map(words.said, summary.lost), *(f"{key}: {why}" for key, why in summary.breaches.items())]
    wrong += [words("correction", problem=problem) for problem in summary.corrections]
    wrong += [f"{printable(url)}: {printable(why)}" for url, why in summary.fetched.failures]
    for text in wrong[:LISTED]:
        console.print(Text(text, style="red"))
    if len(wrong) > LISTED:
        console.print(words("more_files", n=len(wrong) - LISTED))
    if summary.docs:
        console.print("\n" + words("docs", place=summary.docs), soft_wrap=True)
    if summary.fetched.counts:
        asked = ", ".join(f"{count} {word}" for word, count in sorted(summary.fetched.counts.items()))
        console.print(words("fetched", list=asked), highlight=False)
    if any(summary.changes.values()):
        console.print(words("changes", list=in_words(summary.changes)), highlight=False)
    console.print(summary.told(words), highlight=False)
    with suppress(StoreError, QueryError):
        if held := holds(summary.store, words):
            console.print(words("store", counts=held), highlight=False)


def holds(store: Path, words: Words) -> str:
    """What the store holds, the gravest first, in a line: every version of every report, and files that are none."""
    sql = """
        SELECT verdict AS state, count(*) AS n FROM report GROUP BY 1
        UNION ALL
        SELECT outcome, count(*) FROM document WHERE outcome IN ('unreadable', 'report_without_tables') GROUP BY 1
    """
    found = {row["state"]: row["n"] for row in query(store, sql).to_pylist()}
    return _counted([(word, found.get(word, 0)) for word in (*_RANK, "pass")], words)


def _counted(counts: Sequence[tuple[str, int]], words: Words) -> str:
    return ", ".join(f"{count:,} {words.state(word)}" for word, count in counts if count)


def causes_of(line: ReportLine) -> Iterator[str]:
    """Why a file is no report that passes: codes of rules, else the kind of reason, without places and values."""
    for part in line.reason.split("; ") if line.verdict == "flagged" else [line.reason]:
        code = _CODE.match(part)
        yield code[0] if code else re.split(r": | \(", part, maxsplit=1)[0]


def by_cause(lines: Sequence[ReportLine]) -> list[tuple[str, str, list[ReportLine]]]:
    """(verdict or outcome, cause, files) of what does not pass: the gravest first, then what occurs most."""
    found: dict[tuple[str, str], list[ReportLine]] = defaultdict(list)
    for line in lines:
        state = line.verdict or line.outcome
        if state in _RANK:
            for cause in dict.fromkeys(causes_of(line)):
                found[state, cause].append(line)
    ordered = sorted(found.items(), key=lambda item: (_RANK.index(item[0][0]), -len(item[1]), item[0][1]))
    return [(state, cause, files) for (state, cause), files in ordered]


def _show_causes(console: Console, lines: Sequence[ReportLine], words: Words) -> None:
    causes = by_cause(lines)
    if causes:
        console.print(Text(words("by_cause"), style="bold"))
    for state, cause, found in causes[:_CAUSES]:
        first = found[0]
        told = words(
            "cause_line", sign=_SIGN.get(state, "✗"), count=f"{len(found):,}", state=words.state(state),
            cause=words.title(cause), name=printable(first.source_name),
            next=f"gongkai explain {first.report_id or first.document_sha256[:16]}",
        )  # fmt: skip
        console.print(Text(printable(told), style=VERDICT_STYLE[state]), no_wrap=True, overflow="ellipsis")
    if len(causes) > _CAUSES:
        console.print(words("more_causes", n=len(causes) - _CAUSES))


def needing_a_person(summary: Summary) -> list[dict[str, str]]:
    """A row (`agency, year, what, reason, reason_zh, next, name, report, document`) for each file, address and
    partition a person has to see to, and for each report that is flagged; the gravest first.
    """
    chinese = words_in("zh")
    lines = [line for line in summary.lines if (line.verdict or line.outcome) in _RANK]
    rows = [
        {"agency": line.agency, "year": str(line.year or ""), "what": line.verdict or line.outcome,
         "reason": line.reason, "next": f"gongkai explain {line.report_id or line.document_sha256[:16]}",
         "name": line.source_name, "report": line.report_id, "document": line.document_sha256}
        for line in sorted(lines, key=lambda line: _RANK.index(line.verdict or line.outcome))
    ]  # fmt: skip
    whole = dict.fromkeys(("agency", "year", "what", "reason", "next", "name", "report", "document"), "")
    other = [whole | {"name": url, "what": "not fetched", "reason": why} for url, why in summary.fetched.failures]
    other += [whole | {"what": "missing", "reason": lost} for lost in summary.lost]
    other += [whole | {"what": "correction not used", "reason": problem} for problem in summary.corrections]
    other += [whole | {"report": key, "what": "not compared", "reason": why} for key, why in summary.breaches.items()]
    return [
        {name: printable(text) for name, text in (row | {"reason_zh": chinese.said(row["reason"])}).items()}
        for row in (*other, *rows)
    ]


def in_markdown(summary: Summary) -> str:
    """The run for a page of Prefect: what a person has to see to, what is flagged, and why, in both languages."""
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
    flagged = sum(row["what"] == "flagged" for row in wanting)
    end = f"**{len(wanting) - flagged} to see to**, {flagged} flagged" if wanting else "Nothing to see to."
    end += ": the artifact `issues`, `gongkai status`." if wanting else ""
    seconds = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary.seconds.items())
    return f"{end}\n\n{_causes_in_markdown(summary.lines)}| | |\n|--|--|\n{table}\n\n{seconds}\n"


def _causes_in_markdown(lines: Sequence[ReportLine]) -> str:
    zh, en = words_in("zh"), words_in("en")
    rows = []
    for state, cause, found in by_cause(lines)[:_IN_MARKDOWN]:
        what = f"{_as_code(zh.title(cause))} {_as_code(en.title(cause))}"
        first = _as_code(f"{found[0].agency or found[0].source_name} {found[0].year or ''}".strip())
        rows.append(f"| {zh.state(state)} {en.state(state)} | {len(found)} | {what} | {first} |")
    head = "| 状态 state | 份数 reports | 原因 cause | 例 such as |\n|--|--|--|--|\n"
    return head + "\n".join(rows) + "\n\n" if rows else ""


def _as_code(text: str) -> str:
    """A text in a cell of a Markdown table, in which nothing of it is markup."""
    return "`" + printable(text).replace("`", "'").replace("|", "\\|") + "`"


def _report_table(lines: Sequence[ReportLine], words: Words) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (
        ("file", "left"),
        ("agency", "left"),
        ("year", "right"),
        ("edition", "left"),
        ("cells", "right"),
    ):
        table.add_column(words(name), justify="right" if justify == "right" else "left", overflow="fold")
    table.add_column(words("verdict"))
    for line in lines:
        verdict = line.verdict or line.outcome
        table.add_row(
            printable(line.source_name), printable(line.agency), str(line.year or ""), line.edition,
            str(line.cells or ""),
            Text(words.state(verdict), style=VERDICT_STYLE[verdict]),
        )  # fmt: skip
    return table


def _findings(line: ReportLine, words: Words) -> RenderableType:
    head = Text(f"\n{printable(line.source_name)}", style="bold")
    if line.reason and (line.outcome != "report" or line.verdict == "quarantined"):
        head.append(f": {printable(words.said(line.reason))}", style="red")
    found = line.findings if words.language == "en" else line.findings_zh
    shown = [Padding(Text(f"· {printable(finding)}"), (0, 0, 0, 2)) for finding in found[:_FINDINGS]]
    if len(found) > _FINDINGS:
        more = f"· {words('more_findings', n=len(found) - _FINDINGS, report=line.report_id)}"
        shown.append(Padding(Text(more, style="dim"), (0, 0, 0, 2)))
    return Group(head, *shown)
