"""How the real reports beside the project are read: cells right, marked, silently wrong, by shape and edition.

`make scoreboard` prints the table and writes it into README.md; `tests/test_corpus.py` holds the line.
"""

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from expectations.judge import Judged, judge_files
from extract.labels import squeeze

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
README = ROOT / "README.md"
BEGIN, END = "<!-- scoreboard -->\n", "<!-- /scoreboard -->\n"
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


def markdown(rows: list[dict[str, str | int]]) -> str:
    """The board as a table for the README."""
    titles = {"reports": "files", "right": "cells right", "marked": "not right, marked", "silent": "silently wrong"}
    lines = [
        "| " + " | ".join(titles.get(name, name) for name in rows[0]) + " |",
        "|--|--|" + "--:|" * (len(rows[0]) - 2),
    ]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the board and write it into the README."""
    rows = board()
    if not rows:
        sys.exit(f"{SHARED.name}: no such folder beside the project; expected the real reports")
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    README.write_text(before + BEGIN + markdown(rows) + END + rest.split(END)[1], encoding="utf-8")
    sys.stdout.write(markdown(rows))


if __name__ == "__main__":
    main()
