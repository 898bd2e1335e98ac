"""Reviewed decisions about single cells, reports and names, kept as YAML and CSV by whoever owns the data.

Each entry names a report (agency and year, or the SHA-256 of the document), a place in it, what to do and what the page
printed when a person looked: a decision about a source that has changed since is not applied, and says so.
The printed text is always kept; a correction adds a value beside it. An entry that cannot be used is reported and left
out; it never keeps the others from being applied.

`aliases.csv` beside them settles what names mean, for all reports that bear them, and whose a site is.
"""

import csv
import datetime
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from extract.forms import load_forms
from transform.agencies import Directory
from transform.numbers import is_storable
from transform.reference import Alias

# Places that are no cell: what the reading could not tell about the report itself.
OF_REPORT = ("report/agency", "report/year", "report/scope")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


# The file of names, and its columns.
ALIASES = "aliases.csv"
_COLUMNS = ["alias", "code", "kind", "note"]


class ReportKey(NamedTuple):
    """What an entry can name a report by. `agency_id` and `report_year` are None where they are not known."""

    document_sha256: str
    agency_id: str | None
    report_year: int | None
    scope: str


class Correction(BaseModel):
    """A reviewed decision about one place of one report, as an entry of a file states it.

    `cell` is table/indicator[/applicant] or one of OF_REPORT. `value` is the number to use (action override) or the
    agency id, year or scope; `expect` is the text printed there when it was reviewed, "" for a blank. What was `told`
    to the agency, or is `confirmed` by it as an error of its own, stays as printed and fails as before; it is no work
    for a reviewer any more until the source changes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    where: str
    document: str = Field("", pattern="^([0-9a-f]{64})?$")
    agency: str = ""
    year: int | None = None
    scope: Literal["", "own", "area", "system"] = ""
    cell: str = Field(pattern="^[a-z_]+/[a-z0-9_]+(/[a-z_]+)?$")
    action: Literal["override", "blank", "accept", "told", "confirmed"]
    value: str = ""
    expect: str
    reason: Text
    reviewer: Text
    date: datetime.date

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.document) == bool(self.agency and self.year):
            raise ValueError("expected either document, or agency and year")
        if self.cell not in _places():
            raise ValueError(
                f"found {self.cell!r} for cell; expected table/indicator or table/indicator/applicant of a form, or "
                f"one of {', '.join(OF_REPORT)}. See: gongkai dictionary"
            )
        if self.cell in OF_REPORT:
            of_document = self.cell == "report/scope" or self.document
            fits = {"report/year": self.value.isdigit(), "report/scope": self.value in ("own", "area", "system")}
            if self.action != "override" or not self.value or not of_document or not fits.get(self.cell, True):
                raise ValueError("expected override with a value; for agency and year of a report, of a document")
        elif (self.action == "override") != bool(self.value):
            raise ValueError("expected a value with override, and only there")
        elif self.value:
            try:
                storable = is_storable(Decimal(self.value))
            except InvalidOperation:
                storable = False
            if not storable:
                raise ValueError(f"found {self.value!r} for value; expected a number of at most 12 + 6 digits")
        return self

    def concerns(self, report: ReportKey) -> bool:
        """Whether this is about that report."""
        if self.document:
            return self.document == report.document_sha256
        named = (self.agency, self.year) == (report.agency_id, report.report_year)
        return named and self.scope in ("", report.scope)

    @property
    def place(self) -> tuple[str, str, int | None, str, str]:
        """What the entry decides: report and cell."""
        return self.document, self.agency, self.year, self.scope, self.cell

    @property
    def note(self) -> str:
        """The decision as it stands beside the cell: what, why, who, when."""
        return f"{self.action}: {self.reason} ({self.reviewer}, {self.date})"


@dataclass(frozen=True)
class Corrections:
    """All reviewed decisions of a store that can be used; `problems` says in words why others cannot."""

    entries: tuple[Correction, ...] = ()
    problems: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()

    def concerning(self, report: ReportKey) -> tuple[Correction, ...]:
        """The decisions about one report."""
        return tuple(entry for entry in self.entries if entry.concerns(report))

    def digest(self, report: ReportKey) -> str:
        """A digest of the decisions about one report, "" for none; a report is read again when it changes."""
        found = [c.model_dump_json(exclude={"where"}) for c in self.concerning(report)]
        if self.aliases and (report.agency_id is None or any(row.code == report.agency_id for row in self.aliases)):
            # Names may settle a report without an agency, and settled those of the agencies they lead to.
            found += ["\t".join(row) for row in self.aliases]
        return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:8] if found else ""


def load_corrections(folder: Path) -> Corrections:
    """The entries of every `*.yml` and `*.yaml` below a folder, in order of name; none where there is no such folder.

    Never raises for what a file says. Of two entries about the same place neither is used: which one holds would be
    chance.
    """
    files = sorted(path for ending in ("*.yml", "*.yaml") for path in folder.rglob(ending)) if folder.is_dir() else []
    found = [entry for path in files for entry in _entries(path, path.relative_to(folder).as_posix())]
    entries = [entry for entry in found if isinstance(entry, Correction)]
    times = Counter(entry.place for entry in entries)
    first: dict[object, str] = {}
    problems = [entry for entry in found if isinstance(entry, str)]
    for entry in entries:
        other = first.setdefault(entry.place, entry.where)
        if other != entry.where:
            problems.append(f"{entry.where}: decides what {other} decides; neither is used, expected one entry a place")
    aliases, unusable = _aliases(folder / ALIASES)
    used = tuple(entry for entry in entries if times[entry.place] == 1)
    return Corrections(used, (*problems, *unusable), aliases)


def check(corrections: Corrections, directory: Directory, reports: Iterable[ReportKey]) -> list[str]:
    """Why entries have no effect on the current `reports` of a store, a line each: file and entry, found, expected.

    A cell that prints something else by now is not told here: reading its report says so (`correction_stale`).
    """
    known = list(reports)
    problems = list(corrections.problems)
    for entry in corrections.entries:
        agency = entry.value if entry.cell == "report/agency" else entry.agency
        if agency and not directory.knows(agency):
            expected = "an agency id: a division code, or one with the name of a department"
            problems.append(f"{entry.where}: found {agency!r} for agency; expected {expected}")
        elif not any(entry.concerns(report) for report in known):
            named = f"document {entry.document[:16]}…" if entry.document else f"{entry.agency} of {entry.year}"
            problems.append(f"{entry.where}: no report of {named} in the store; expected one. See: gongkai coverage")
    return problems


def _aliases(path: Path) -> tuple[tuple[Alias, ...], list[str]]:
    """The names of a store, and why lines of its file cannot be used. Two lines about one name are both left out."""
    if not path.is_file():
        return (), []
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return (), [f"{path.name}: {error}; expected CSV in UTF-8"]
    if not lines or lines[0] != _COLUMNS:
        return (), [f"{path.name}: found {lines[0] if lines else 'nothing'} as header; expected {','.join(_COLUMNS)}"]
    problems, rows = [], []
    directory = Directory.load()
    times = Counter(line[0] for line in lines[1:] if line)
    for number, line in enumerate(lines[1:], 2):
        where = f"{path.name}, line {number}"
        if not any(line):
            continue
        if len(line) != len(_COLUMNS) or not line[0]:
            problems.append(f"{where}: found {len(line)} fields; expected {', '.join(_COLUMNS)}")
        elif line[2] not in ("agency", "site"):
            problems.append(f"{where}: found {line[2]!r} for kind; expected agency (a name) or site (a site or host)")
        elif not directory.knows(line[1]):
            problems.append(f"{where}: found {line[1]!r} for code; expected an agency id. See: gongkai coverage")
        elif times[line[0]] > 1:
            problems.append(f"{where}: {line[0]} stands there {times[line[0]]} times; expected one line a name")
        else:
            rows.append(Alias(line[0], line[1], line[2], "", "", line[3], ""))
    return tuple(rows), problems


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    """What `cell` may name: the cells of all forms, and what is no cell."""
    places = set(OF_REPORT)
    for form in load_forms().values():
        tables = form.tables.values()
        places |= {"/".join(filter(None, (t.key, *key))) for t in tables for key, _, _ in t.meanings.values()}
        places |= {f"{indicator.table}/{indicator.code}" for indicator in form.prose}
    return frozenset(places)


def _entries(path: Path, name: str) -> Iterator[Correction | str]:
    """The entries of a file, or what is wrong with them."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        yield f"{name}: {' '.join(str(error).split())}; expected a YAML list of entries"
        return
    if not isinstance(found, list):
        yield f"{name}: found {type(found).__name__}; expected a list of entries"
        return
    for number, entry in enumerate(found, 1):
        where = f"{name}, entry {number}"
        try:
            yield Correction.model_validate(entry | {"where": where} if isinstance(entry, dict) else entry)
        except ValidationError as error:
            wrong = [f"{'.'.join(map(str, e['loc'])) or 'entry'}: {e['msg']}" for e in error.errors()]
            yield f"{where}: {'; '.join(wrong)}"
