"""Reviewed decisions about single cells and reports, kept as YAML by whoever owns the data.

Each entry names a report (agency and year, or the SHA-256 of the document), a place in it, what to do and what the page
printed when a person looked: a decision about a source that has changed since is not applied, and says so.
The printed text is always kept; a correction adds a value beside it.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

ACTIONS = ("override", "blank", "accept")
# Places that are no cell: what the reading could not tell about the report itself.
OF_REPORT = ("report/agency", "report/year", "report/scope")

_FIELDS = {"agency", "year", "scope", "document", "cell", "action", "value", "expect", "reason", "reviewer", "date"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CELL = re.compile(r"[a-z_]+/[a-z0-9_]+(?:/[a-z_]+)?")
_SCOPES = ("own", "area", "system")


class CorrectionError(ValueError):
    """An entry that cannot be used: file and entry, what was found, what was expected."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A reviewed decision. `cell` is table/indicator[/applicant] or one of OF_REPORT.

    `value` is the number to use (override of a cell) or the agency id, year or scope; `expect` is the text printed when
    it was reviewed.
    """

    where: str
    document: str
    agency: str
    year: int | None
    scope: str
    cell: str
    action: str
    value: str
    expect: str
    reason: str
    reviewer: str
    reviewed: date

    def concerns(self, document: str, agency: str | None, year: int | None, scope: str) -> bool:
        """Whether this is about that report."""
        if self.document:
            return self.document == document
        return (self.agency, self.year) == (agency, year) and self.scope in ("", scope)

    @property
    def note(self) -> str:
        """The decision as it stands beside the cell: what, why, who, when."""
        return f"{self.action}: {self.reason} ({self.reviewer}, {self.reviewed})"


@dataclass(frozen=True)
class Corrections:
    """All reviewed decisions of a store."""

    entries: tuple[Correction, ...] = ()

    def concerning(self, document: str, agency: str | None, year: int | None, scope: str) -> tuple[Correction, ...]:
        """The decisions about one report."""
        return tuple(entry for entry in self.entries if entry.concerns(document, agency, year, scope))

    def digest(self, document: str, agency: str | None, year: int | None, scope: str) -> str:
        """A digest of the decisions about one report, "" for none; a report is read again when it changes."""
        found = [repr(replace(c, where="")) for c in self.concerning(document, agency, year, scope)]
        return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:8] if found else ""


def load_corrections(folder: Path) -> Corrections:
    """The entries of every `*.yml` and `*.yaml` below a folder, in order of name; none where there is no such folder.

    Raises CorrectionError for a file or entry that cannot be used, or two entries about the same place.
    """
    entries: list[Correction] = []
    files = sorted(path for ending in ("*.yml", "*.yaml") for path in folder.rglob(ending)) if folder.is_dir() else []
    for path in files:
        entries.extend(_entries(path, path.relative_to(folder).as_posix()))
    seen: dict[tuple[object, ...], str] = {}
    for entry in entries:
        place = (entry.document, entry.agency, entry.year, entry.scope, entry.cell)
        if place in seen:
            raise CorrectionError(f"{entry.where}: decides what {seen[place]} decides; expected one entry a place")
        seen[place] = entry.where
    return Corrections(tuple(entries))


def _entries(path: Path, name: str) -> Iterator[Correction]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CorrectionError(f"{name}: {' '.join(str(error).split())}; expected a YAML list of entries") from None
    if not isinstance(found, list):
        raise CorrectionError(f"{name}: found {type(found).__name__}; expected a list of entries")
    for number, entry in enumerate(found, 1):
        yield _entry(entry, f"{name}, entry {number}")


def _entry(entry: Any, where: str) -> Correction:
    if not isinstance(entry, Mapping):
        raise CorrectionError(f"{where}: found {entry!r}; expected a mapping of {_listed(_FIELDS)}")
    fields = {str(key): "" if value is None else value for key, value in entry.items()}

    def need(holds: bool, found: object, expected: str) -> None:
        if not holds:
            raise CorrectionError(f"{where}: found {found}; expected {expected}")

    unknown = set(fields) - _FIELDS
    need(not unknown, f"the field {_listed(unknown)}", f"only {_listed(_FIELDS)}")
    text = {name: str(fields.get(name, "")).strip() for name in _FIELDS}
    need(bool(text["document"]) != bool(text["agency"] and text["year"]), "both or neither of them", "document, or agency and year")  # fmt: skip
    need(not text["document"] or bool(_SHA256.fullmatch(text["document"])), text["document"], "the document's SHA-256")
    need(not text["year"] or text["year"].isdigit(), text["year"], "a year")
    need(text["scope"] in ("", *_SCOPES), text["scope"], f"a scope: {', '.join(_SCOPES)}")
    cell = text["cell"]
    need(cell in OF_REPORT or bool(_CELL.fullmatch(cell)), cell or "no cell", "table/indicator/applicant, or report/agency, report/year, report/scope")  # fmt: skip
    need(text["action"] in ACTIONS, text["action"] or "no action", f"one of {', '.join(ACTIONS)}")
    need("expect" in fields, "no expect", "the text the page prints there ('' for a blank)")
    for name in ("reason", "reviewer"):
        need(bool(text[name]), f"no {name}", f"a {name}")
    need(isinstance(fields.get("date"), date), fields.get("date", "no date"), "a date such as 2026-01-31")
    if cell in OF_REPORT:
        need(text["action"] == "override", text["action"], "override: what is known of a report is set, not accepted")
        need(bool(text["document"]) or cell == "report/scope", "agency and year", "document: agency and year are in question")  # fmt: skip
        need(cell != "report/scope" or text["value"] in _SCOPES, text["value"], f"a scope: {', '.join(_SCOPES)}")
        need(cell != "report/year" or text["value"].isdigit(), text["value"], "a year")
        need(bool(text["value"]), "no value", "a value")
    elif text["action"] == "override":
        need(_is_number(text["value"]), text["value"] or "no value", "the number to use")
    else:
        need(not text["value"], text["value"], f"no value with {text['action']}")
    return Correction(
        where, text["document"], text["agency"], int(text["year"]) if text["year"] else None, text["scope"], cell,
        text["action"], text["value"], str(fields["expect"]), text["reason"], text["reviewer"], fields["date"],
    )  # fmt: skip


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
