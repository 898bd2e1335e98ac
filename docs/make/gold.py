"""The open data set of hand-read reports, data/gold, made from the real reports beside the project.

`python -m docs.make.gold` writes it: what a person read on each page, cell by cell, and where the page was found. Only
complete reports are taken: of an excerpt one cannot say what it leaves out.
"""

import csv
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from docs.make.scoreboard import ROOT, SHARED
from extract.forms import load_forms
from transform.numbers import parse_number

GOLD = ROOT / "data" / "gold"
REPORT = ("report", "agency_id", "agency_name", "report_year", "edition", "cells", "url", "sha256")
CELL = ("report", "indicator_code", "applicant_code", "printed", "value")


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def reports() -> Iterator[tuple[dict[str, str], list[dict[str, str]], Path]]:
    """Each complete report: what is known of it, its hand-read cells, the file."""
    for folder in ("seeds", "corpus", "corpus2"):
        for row in rows(SHARED / folder / "reports.csv"):
            named = [SHARED / folder / "expected" / f"{name}.csv" for name in (row["file"], Path(row["file"]).stem)]
            expected = next((path for path in named if path.exists()), None)
            places = (SHARED / folder / row["file"], SHARED / folder / "files" / row["file"])
            original = next((path for path in places if path.exists()), None)
            if original and expected and not row.get("cut_off") and not row.get("not_visible"):
                yield row, rows(expected), original


def codes() -> dict[str, str]:
    """Agency ids by printed name, as a person looked them up."""
    return {row["name"]: row["division_code"] for row in rows(SHARED / "corpus" / "agencies.csv")}


def types() -> Mapping[str, str]:
    """The type of every indicator: count, delta or amount."""
    return {i.code: i.type for form in load_forms().values() for i in form.indicators()}


def cells(report: str, expected: Iterable[Mapping[str, str]], kinds: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Rows of cells.csv; `value` is empty for a blank and for what is no number."""
    for cell in expected:
        value = parse_number(cell["printed"], kinds.get(cell["indicator_code"], "count")).value
        yield {
            "report": report,
            **{name: cell[name] for name in ("indicator_code", "applicant_code", "printed")},
            "value": "" if value is None else f"{value:f}",
        }


def _edition(expected: Iterable[Mapping[str, str]]) -> str:
    """The edition whose indicators are those of the hand-read cells, most of them."""
    seen = {cell["indicator_code"] for cell in expected}
    forms = load_forms()
    return max(forms, key=lambda edition: len(seen & {i.code for i in forms[edition].indicators()}))


def write(path: Path, names: tuple[str, ...], found: Iterable[Mapping[str, str]]) -> None:
    """A CSV file with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def main() -> None:
    """Write both tables."""
    if not SHARED.is_dir():
        sys.exit(f"{SHARED.name}: no such folder beside the project; expected the real reports")
    kinds, known_codes = types(), codes()
    found: list[dict[str, str]] = []
    printed: list[dict[str, str]] = []
    for row, expected, original in reports():
        name = Path(row["file"]).stem
        agency = row.get("agency_name") or row["agency_printed"]
        found.append(
            {
                "report": name,
                "agency_id": row.get("agency_id") or row.get("division_code") or known_codes.get(agency, ""),
                "agency_name": agency,
                "report_year": row["report_year"],
                "edition": row["edition"] or _edition(expected),
                "cells": str(len(expected)),
                "url": row.get("url", ""),
                "sha256": hashlib.sha256(original.read_bytes()).hexdigest(),
            }
        )
        printed += cells(name, expected, kinds)
    write(GOLD / "reports.csv", REPORT, found)
    write(GOLD / "cells.csv", CELL, printed)
    sys.stdout.write(f"{len(found)} reports, {len(printed)} cells\n")


if __name__ == "__main__":
    main()
