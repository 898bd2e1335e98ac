"""How the real reports beside the project are read: cells right, marked, silently wrong, by shape and edition; which of
them get in under their own name and year.

`make scoreboard` prints the tables, and what stayed open with the reason, and writes the tables into docs/accuracy.md;
`tests/test_corpus.py` holds the line.
"""

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from expectations.judge import Judged, judge_files
from extract.labels import squeeze

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
PAGE = ROOT / "docs" / "accuracy.md"
BEGIN, END = "<!-- {} -->\n", "<!-- /{} -->\n"
COLUMNS = ("right", "marked", "silent")


@dataclass(frozen=True)
class Case:
    """A real report with its hand-read cells."""

    path: Path
    expected: dict[tuple[str, str], str]


def cases() -> Iterator[Case]:
    """Seeds and corpus, in order of name; nothing where the folder beside the project is absent."""
    for folder in (SHARED / "seeds", SHARED / "corpus"):
        for table in sorted((folder / "expected").glob("*.csv")):
            name = table.name.removesuffix(".csv")
            path = next(p for p in (folder / "files" / name, folder / f"{name}.txt", folder / name) if p.exists())
            with table.open(encoding="utf-8-sig", newline="") as file:
                rows = {(row["indicator_code"], row["applicant_code"]): row["printed"] for row in csv.DictReader(file)}
            yield Case(path, rows)


def score(case: Case, judged: Judged) -> dict[tuple[str, str], str]:
    """right, marked or silent for every expected cell.

    A cell that is not as printed is marked if an issue names it or the report is not loaded at all.
    """
    report = judged.report
    loaded = report is not None and judged.verdict is not None and judged.verdict.verdict != "quarantined"
    facts = {fact.key: fact for fact in report.facts} if report else {}
    found = {}
    for key, printed in case.expected.items():
        fact = facts.get(key)
        if (
            fact is not None
            and fact.kind not in ("missing", "unparsed")
            and squeeze(fact.cell.printed) == squeeze(printed)
        ):
            found[key] = "right"
        else:
            found[key] = "marked" if not loaded or (fact is not None and fact.issue) else "silent"
    return found


@lru_cache(maxsize=1)
def judged_cases() -> list[tuple[Case, Judged]]:
    """Every case read, all judged together."""
    found = list(cases())
    return list(zip(found, judge_files((c.path.read_bytes(), c.path.name) for c in found), strict=True))


def shape(path: Path) -> str:
    """The shape a file has, by its name: the corpus names its files truly."""
    return {".html": "web page", ".pdf": "PDF"}.get(path.suffix, "text")


def board() -> list[dict[str, str | int]]:
    """A row for each shape and edition, and one for the sum."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case, judged in judged_cases():
        edition = judged.report.edition if judged.report else "not read"
        for group in ((shape(case.path), edition), ("all", "")):
            counts[group].update(score(case, judged).values())
            counts[group]["reports"] += 1
    names = sorted(counts, key=lambda group: (group[0] == "all", group))
    return [
        {"shape": s, "edition": e, "reports": counts[s, e]["reports"], **{c: counts[s, e][c] for c in COLUMNS}}
        for s, e in names
    ]


@dataclass(frozen=True)
class Named:
    """A real report and what a person reads of whose it is: agency id and year, "" where the text does not tell."""

    path: Path
    source: str  # the address it was found at, its name where none is known
    is_report: bool  # hand-read cells exist: it must be admitted
    is_lookalike: bool
    agency_id: str
    is_open: bool  # nobody can tell the agency from the text
    year: str


def named() -> Iterator[Named]:
    """The reports whose identity was read by hand; nothing where the folder beside the project is absent."""
    folder = SHARED / "corpus2"
    if not folder.is_dir():
        return
    with (folder / "reports.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            path = folder / "files" / row["file"]
            if path.exists():
                yield Named(
                    path,
                    source=row["url"] or path.name,
                    is_report=(folder / "expected" / f"{path.name}.csv").exists(),
                    is_lookalike="look-alike" in row["agency_printed"],
                    agency_id=row["agency_id"].removeprefix("branch"),
                    is_open=row["agency_open"] == "yes" or row["agency_id"] == "branch",
                    year=row["report_year"] if row["report_year"].isdigit() else "",
                )


class Fate(NamedTuple):
    """What became of one question about one report: admitted, agency or year; right, open or wrong; and why."""

    question: str
    outcome: str
    why: str


def fates(one: Named, judged: Judged) -> Iterator[Fate]:
    """Whether a report got in, under its own name and for its own year."""
    reading, report = judged.reading, judged.report
    if one.is_lookalike:
        yield Fate("look-alike kept out", "wrong" if report else "right", reading.reason)
    if one.is_report:
        yield Fate("admitted", "right" if report else "open", f"{reading.outcome}: {reading.reason}")
    if not report:
        return
    agency = report.imprint.agency.agency_id if report.imprint.agency else ""
    why = "; ".join(f"{issue.code} ({issue.where}): {issue.found}" for issue in report.imprint.issues)
    if one.agency_id or one.is_open:
        # A code cut short stands for a place whose unit a person cannot tell.
        is_right = agency == one.agency_id or (0 < len(one.agency_id) < 12 and agency.startswith(one.agency_id))
        outcome = "right" if is_right else "wrong" if agency else "open"
        yield Fate("agency", outcome, f"found {agency or 'none'}, expected {one.agency_id or 'none'}; {why}")
    if one.year:
        year = str(report.imprint.report_year or "")
        outcome = "right" if year == one.year else "wrong" if year else "open"
        yield Fate("year", outcome, f"found {year or 'none'}, expected {one.year}; {why}")


@lru_cache(maxsize=1)
def judged_names() -> list[tuple[Named, tuple[Fate, ...]]]:
    """Every report of known identity, read and judged."""
    found = list(named())
    judged = judge_files((one.path.read_bytes(), one.source) for one in found)
    return [(one, tuple(fates(one, result))) for one, result in zip(found, judged, strict=True)]


def identity() -> list[dict[str, str | int]]:
    """A row for each question: how many reports, and the answers."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for _, answers in judged_names():
        for question, outcome, _ in answers:
            counts[question][outcome] += 1
    return [
        {"question": question, "files": answers.total(), **{name: answers[name] for name in ("right", "open", "wrong")}}
        for question, answers in counts.items()
    ]


def unsettled() -> Iterator[str]:
    """A line for each question that was not answered rightly, with the reason."""
    for one, answers in judged_names():
        for question, outcome, why in answers:
            if outcome != "right":
                yield f"{one.path.name}: {question} {outcome}: {why}"


def markdown(rows: list[dict[str, str | int]]) -> str:
    """The board as a table for the page."""
    titles = {"reports": "files", "marked": "not right, marked", "silent": "silently wrong"}
    titles |= {"right": "cells right"} if "marked" in rows[0] else {}
    lines = [
        "| " + " | ".join(titles.get(name, name) for name in rows[0]) + " |",
        "|" + "".join("--|" if isinstance(value, str) else "--:|" for value in rows[0].values()),
    ]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the boards, write them into the page, and name what stayed open."""
    boards = {"scoreboard": board(), "identity": identity()}
    if not all(boards.values()):
        sys.exit(f"{SHARED.name}: no such folder beside the project; expected the real reports")
    text = PAGE.read_text(encoding="utf-8")
    for name, rows in boards.items():
        before, rest = text.split(BEGIN.format(name))
        text = before + BEGIN.format(name) + markdown(rows) + END.format(name) + rest.split(END.format(name))[1]
        sys.stdout.write(markdown(rows) + "\n")
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.writelines(f"{line}\n" for line in unsettled())


if __name__ == "__main__":
    main()
