"""Reviewed decisions about single cells and reports, kept as YAML by whoever owns the data.

Each entry names a report (agency and year, or the SHA-256 of the document), a place in it, what to do and what the page
printed when a person looked: a decision about a source that has changed since is not applied, and says so.
The printed text is always kept; a correction adds a value beside it.
"""

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from transform.numbers import is_storable

# Places that are no cell: what the reading could not tell about the report itself.
OF_REPORT = ("report/agency", "report/year", "report/scope")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class CorrectionError(ValueError):
    """An entry that cannot be used: file and entry, what was found, what was expected."""


class Correction(BaseModel):
    """A reviewed decision about one place of one report, as an entry of a file states it.

    `cell` is table/indicator[/applicant] or one of OF_REPORT. `value` is the number to use (action override) or the
    agency id, year or scope; `expect` is the text printed there when it was reviewed, "" for a blank.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    where: str
    document: str = Field("", pattern="^([0-9a-f]{64})?$")
    agency: str = ""
    year: int | None = None
    scope: Literal["", "own", "area", "system"] = ""
    cell: str = Field(pattern="^[a-z_]+/[a-z0-9_]+(/[a-z_]+)?$")
    action: Literal["override", "blank", "accept"]
    value: str = ""
    expect: str
    reason: Text
    reviewer: Text
    date: datetime.date

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.document) == bool(self.agency and self.year):
            raise ValueError("expected either document, or agency and year")
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

    def concerns(self, document: str, agency: str | None, year: int | None, scope: str) -> bool:
        """Whether this is about that report."""
        if self.document:
            return self.document == document
        return (self.agency, self.year) == (agency, year) and self.scope in ("", scope)

    @property
    def note(self) -> str:
        """The decision as it stands beside the cell: what, why, who, when."""
        return f"{self.action}: {self.reason} ({self.reviewer}, {self.date})"


@dataclass(frozen=True)
class Corrections:
    """All reviewed decisions of a store."""

    entries: tuple[Correction, ...] = ()

    def concerning(self, document: str, agency: str | None, year: int | None, scope: str) -> tuple[Correction, ...]:
        """The decisions about one report."""
        return tuple(entry for entry in self.entries if entry.concerns(document, agency, year, scope))

    def digest(self, document: str, agency: str | None, year: int | None, scope: str) -> str:
        """A digest of the decisions about one report, "" for none; a report is read again when it changes."""
        found = [c.model_dump_json(exclude={"where"}) for c in self.concerning(document, agency, year, scope)]
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
        where = f"{name}, entry {number}"
        try:
            yield Correction.model_validate(entry | {"where": where} if isinstance(entry, dict) else entry)
        except ValidationError as error:
            wrong = [f"{'.'.join(map(str, e['loc'])) or 'entry'}: {e['msg']}" for e in error.errors()]
            raise CorrectionError(f"{where}: {'; '.join(wrong)}") from None
