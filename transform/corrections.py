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
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from extract.forms import load_forms
from extract.labels import clean
from transform.agencies import Directory
from transform.numbers import is_storable
from transform.reference import Alias

# Places that are no cell: what the reading could not tell about the report itself.
OF_REPORT = ("report/agency", "report/year", "report/scope")

# Decisions that leave what is printed as it is, and a doubt about it standing.
STANDING = ("told", "confirmed")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


# The file of names, and its columns.
ALIASES = "aliases.csv"
# Names of files that were probably meant to be read.
_NEARLY = re.compile(r"(?i)\.ya?ml|\.(csv|txt|json|xlsx?|et|wps|docx?)$")
_COLUMNS = ["alias", "code", "kind", "note"]


class ReportKey(NamedTuple):
    """What an entry can name a report by. `agency_id` and `report_year` are None where they are not known."""

    document_sha256: str
    agency_id: str | None
    report_year: int | None
    scope: str


class Correction(BaseModel):
    """A reviewed decision about one place of one report, as an entry of a file states it.

    `cell` is table/indicator[/applicant] or one of OF_REPORT; of a document also table/line or table, for what was read
    of a whole line or table. `value` is the number to use (action override) or the agency id, year or scope; `expect`
    is the text printed there when it was reviewed, "" for a blank, a line or a table. What was `told` to the agency, or
    is `confirmed` by it as an error of its own, stays as printed and fails as before; it is no work for a reviewer any
    more until the source changes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    where: str
    document: str = Field(
        "",
        pattern="^([0-9a-f]{16}([0-9a-f]{48})?)?$",
        description="the SHA-256 of the file or the report id, its first 16",
    )
    agency: str = Field("", description="an agency id in quotation marks")
    year: int | None = Field(None, description="the year reported on, such as 2023")
    scope: Literal["", "own", "area", "system"] = Field("", description="own, area or system")
    cell: Text = Field(description="table/indicator or table/indicator/applicant, such as requests/res_total/total")
    action: Literal["override", "blank", "accept", "told", "confirmed"] = Field(
        description="override, blank, accept, told or confirmed"
    )
    value: str = Field("", description="a number, an agency id, a year or a scope")
    expect: str = Field(description='the text printed there, in quotation marks; "" for a blank')
    reason: Text = Field(description="why, in a few words")
    reviewer: Text = Field(description="the name of who decided")
    date: datetime.date = Field(description="the day of the decision, such as 2026-01-31")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.document) == bool(self.agency and self.year):
            given = " and ".join(name for name in ("document", "agency", "year") if getattr(self, name)) or "nothing"
            raise ValueError(f"found {given} to name the report; expected either document, or agency and year")
        if self.cell in OF_REPORT:
            self._settles_a_report()
        elif self.cell in _cells():
            self._settles_a_cell()
        elif self.cell in wide_places():
            if not self.document or self.action not in ("accept", *STANDING) or self.expect:
                expected = 'accept, told or confirmed, of a document, with expect: ""'
                raise ValueError(f"found {self.action} of {self.cell}, more than one cell; expected {expected}")
        else:
            raise ValueError(f"found {self.cell!r} for cell; expected {_likely(self.cell, _all_places())}")
        return self

    def _settles_a_report(self) -> None:
        if self.cell != "report/scope" and not self.document:
            raise ValueError(f"found agency and year for {self.cell}; expected document: they are what is in question")
        if self.action != "override" or not self.value:
            raise ValueError(f"found {self.action} of {self.cell}; expected override with a value")
        fits = {"report/year": r"(19|20)\d\d", "report/scope": "own|area|system"}.get(self.cell, ".+")
        if not re.fullmatch(fits, self.value):
            expected = "own, area or system" if self.cell == "report/scope" else "a year of four digits"
            raise ValueError(f"found {self.value!r} for value of {self.cell}; expected {expected}")

    def _settles_a_cell(self) -> None:
        if self.action != "override" and self.value:
            raise ValueError(f"found value {self.value!r} with {self.action}; expected none, or action: override")
        if self.action == "override" and not self.value:
            raise ValueError("found override without a value; expected the number to use, or action: blank")
        if not self.value:
            return
        try:
            storable = is_storable(Decimal(self.value))
        except InvalidOperation:
            storable = False
        if not storable:
            raise ValueError(f"found {self.value!r} for value; expected a number of at most 12 + 6 digits")

    def concerns(self, report: ReportKey) -> bool:
        """Whether this is about that report."""
        if self.document:
            return report.document_sha256.startswith(self.document)
        named = (self.agency, self.year) == (report.agency_id, report.report_year)
        return named and self.scope in ("", report.scope)

    @property
    def place(self) -> tuple[str, str, int | None, str, str, str]:
        """What the entry decides: report, cell, and the text printed there."""
        return self.document[:16], self.agency, self.year, self.scope, self.cell, clean(self.expect)

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

    @cached_property
    def _by_name(self) -> Mapping[object, Sequence[Correction]]:
        """Entries by what they name their report by."""
        found: dict[object, list[Correction]] = defaultdict(list)
        for entry in self.entries:
            found[entry.document[:16] or (entry.agency, entry.year)].append(entry)
        return found

    def concerning(self, report: ReportKey) -> tuple[Correction, ...]:
        """The decisions about one report, history included."""
        names = (report.document_sha256[:16], (report.agency_id, report.report_year))
        return tuple(entry for name in names for entry in self._by_name.get(name, ()) if entry.concerns(report))

    def counting(self, report: ReportKey) -> tuple[Correction, ...]:
        """The decisions about one report that count: at most one for a cell and what it prints."""
        return tuple(entry for group in self._contended(report) if len(group) == 1 for entry in group)

    def conflicts(self, report: ReportKey) -> list[list[Correction]]:
        """Decisions about one cell of a report that contradict each other; none of them is applied."""
        return [group for group in self._contended(report) if len(group) > 1]

    def _contended(self, report: ReportKey) -> list[list[Correction]]:
        groups = defaultdict(list)
        for entry in self.concerning(report):
            groups[entry.cell, clean(entry.expect)].append(entry)
        return [_standing(group) for group in groups.values()]

    def digest(self, report: ReportKey) -> str:
        """A digest of the decisions about one report, "" for none; a report is read again when it changes."""
        found = {c.model_dump_json(exclude={"where"}) for c in self.concerning(report)}
        if self.aliases and (report.agency_id is None or any(row.code == report.agency_id for row in self.aliases)):
            # Names may settle a report without an agency, and settled those of the agencies they lead to.
            found |= {"\t".join(row) for row in self.aliases}
        return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:8] if found else ""


def load_corrections(folder: Path) -> Corrections:
    """The entries of every `*.yml` and `*.yaml` below a folder, in order of name; none where there is no such folder.

    Never raises for what a file says. Of two entries that decide the same place differently neither is used: which one
    holds would be chance.
    """
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else {}
    found: list[Correction | str] = []
    for within, path in sorted(paths.items()):
        name = within.as_posix()
        if any(part.startswith(".") for part in within.parts):  # of a repository, an editor or a desktop
            continue
        if path.suffix.lower() in (".yml", ".yaml"):
            found += _read(path, name)
        elif name != ALIASES and _NEARLY.search(name):
            found.append(f"{name}: not read; expected a name that ends in .yml or .yaml, or the file {ALIASES}")
    aliases, unusable = _aliases(folder / ALIASES)
    return _together(found, aliases, unusable)


def corrections_in(text: str, name: str, beside: Corrections) -> Corrections:
    """The entries of one text, as of a file of that name beside others. Its problems are those of the text, also where
    it contradicts the others. Never raises for what it says.
    """
    return _together([*beside.entries, *_entries(text, name)], beside.aliases)


def _together(
    found: Sequence[Correction | str], aliases: tuple[Alias, ...] = (), unusable: Sequence[str] = ()
) -> Corrections:
    groups = defaultdict(list)
    for entry in found:
        if isinstance(entry, Correction):
            groups[entry.place].append(entry)
    problems = [entry for entry in found if isinstance(entry, str)]
    used: list[Correction] = []
    for group in groups.values():
        rest = _standing(group)
        problems += [_contradiction(rest[0], other) for other in rest[1:]]
        used += group if len(rest) == 1 else ()
    return Corrections(tuple(used), (*problems, *unusable), aliases)


def _standing(group: Sequence[Correction]) -> list[Correction]:
    """The entries that stand among those about one place: what was told is followed by what came of it, and an entry
    that says the same as another, such as in a file that is there twice, says nothing more.
    """
    after = [entry for entry in group if entry.action != "told"] or group
    return list({(entry.action, entry.value): entry for entry in reversed(after)}.values())[::-1]


def _contradiction(one: Correction, other: Correction) -> str:
    says, said = (f"{entry.action} {entry.value}".strip() for entry in (other, one))
    return f"{other.where}: found {says} for {other.cell}, where {one.where} says {said}; expected one, neither is used"


def check(
    corrections: Corrections, directory: Directory, reports: Iterable[ReportKey], printed: Mapping[tuple[str, str], str]
) -> list[str]:
    """Why entries have no effect on the `reports` of a store, a line each: file and entry, found, expected.

    `printed` has what stands in the cells of the reports concerned, by SHA-256 and place; a cell that is not on the
    page is left out.
    """
    problems = list(corrections.problems)
    about: dict[str, list[ReportKey]] = defaultdict(list)
    for report in reports:
        for entry in corrections.concerning(report):
            about[entry.where].append(report)
        for one, *others in corrections.conflicts(report):
            problems += [_contradiction(one, other) for other in others]
    for entry in corrections.entries:
        problems += _without_effect(entry, directory, about[entry.where], corrections, printed)
    return list(dict.fromkeys(problems))


def _without_effect(
    entry: Correction,
    directory: Directory,
    about: Sequence[ReportKey],
    corrections: Corrections,
    printed: Mapping[tuple[str, str], str],
) -> list[str]:
    """Why an entry has no effect; empty if it has one, or if it is history another entry follows."""
    agency = entry.value if entry.cell == "report/agency" else entry.agency
    if agency and not directory.knows(agency):
        expected = "an agency id: a division code, or one with the name of a department. See: gongkai coverage"
        return [f"{entry.where}: found {agency!r} for agency; expected {expected}"]
    if entry.date > datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1):
        return [f"{entry.where}: found {entry.date} for date, which is to come; expected the day of the decision"]
    if not about:
        named = f"document {entry.document[:16]}…" if entry.document else f"{entry.agency} of {entry.year}"
        scope = f" with scope {entry.scope}" if entry.scope else ""
        return [f"{entry.where}: no report of {named}{scope} in the store; expected one. See: gongkai coverage"]
    if entry.cell not in _cells():
        return []
    there = [printed.get((report.document_sha256, entry.cell)) for report in about]
    if any(text is not None and clean(text) == clean(entry.expect) for text in there):
        return []
    others = (other for report in about for other in corrections.counting(report) if other.cell == entry.cell)
    if any(clean(other.expect) in [clean(text) for text in there if text is not None] for other in others):
        return []
    text = next((text for text in there if text is not None), None)
    if text is None:
        expected = "one its pages print. See: gongkai explain"
        return [f"{entry.where}: the report has no cell {entry.cell}; expected {expected}"]
    expected = f"{entry.expect!r}, as entered. Look at the page again, then renew the entry or take it out"
    return [f"{entry.where}: found {text!r} printed in {entry.cell}; expected {expected}"]


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
def _cells() -> frozenset[str]:
    """The cells of all forms, as `cell` names them."""
    places = set()
    for form in load_forms().values():
        tables = form.tables.values()
        places |= {"/".join(filter(None, (t.key, *key))) for t in tables for key, _, _ in t.meanings.values()}
        places |= {f"{indicator.table}/{indicator.code}" for indicator in form.prose}
    return frozenset(places)


@lru_cache(maxsize=1)
def wide_places() -> Mapping[str, frozenset[str]]:
    """Table, and table/line, of all forms → the cells in it. A line of one cell is that cell."""
    found: dict[str, set[str]] = defaultdict(set)
    for form in load_forms().values():
        for table in form.tables.values():
            for line, addresses in table.addresses.items():
                cells = {"/".join(filter(None, (table.key, *address))) for address in addresses}
                found[table.key] |= cells
                if f"{table.key}/{line.code}" not in _cells():
                    found[f"{table.key}/{line.code}"] |= cells
    return {place: frozenset(cells) for place, cells in found.items()}


def decided_as(where: str) -> str:
    """The place a decision about an issue names, of where the issue is: a cell, a line or, where the form has no such
    place (a row no label places, a header), the table.
    """
    place = where.replace(" / ", "/")
    return place if place in _cells() or place in wide_places() else place.partition("/")[0]


@lru_cache(maxsize=1)
def _all_places() -> tuple[str, ...]:
    return (*OF_REPORT, *sorted(_cells()), *sorted(wide_places()))


def _likely(found: str, known: Iterable[str], otherwise: str = "one a form has. See: gongkai dictionary") -> str:
    """What was probably meant by a word that is not known."""
    near = get_close_matches(found, list(known), 1)
    return f"{near[0]}, perhaps; see gongkai dictionary" if near else otherwise


# The C parser, where PyYAML has it: a night's decisions are read in a moment.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What a file says between two entries at the beginning of a line.
_ENTRY = re.compile(r"(?m)^(?=- )")


def _read(path: Path, name: str) -> Iterator[Correction | str]:
    """The entries of a file, or why it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        yield f"{name}: found bytes that are no UTF-8; expected a file saved as UTF-8"
    except OSError as error:
        yield f"{name}: {error.strerror or error}; expected a file this user may read"
    else:
        yield from _entries(text, name)


def _entries(text: str, name: str) -> Iterator[Correction | str]:
    """The entries of a text, or what is wrong with them. Text that is no YAML costs the entry it stands in."""
    number, line = 0, 1
    try:
        yaml.compose(text, _LOADER)
        parts = [text]
    except yaml.YAMLError:
        parts = _ENTRY.split(text)
    for part in parts:
        try:
            root = yaml.compose(part, _LOADER)
        except yaml.YAMLError as error:
            number += 1
            mark = getattr(error, "problem_mark", None)
            what = " ".join(str(getattr(error, "problem", None) or error).split())
            at = line + (mark.line if mark else 0)
            yield f"{name}, line {at}: no YAML ({what}); expected an entry as in docs/review.md"
        else:
            if root is not None and not isinstance(root, yaml.SequenceNode):
                yield f"{name}: found {_kind(root)}; expected a list of entries, each beginning with a dash"
            for node in root.value if isinstance(root, yaml.SequenceNode) else ():
                number += 1
                yield _entry(node, f"{name}, entry {number} (line {line + node.start_mark.line})")
        line += part.count("\n")
    if not text.strip():
        yield f"{name}: nothing in it; expected a list of entries"


def _entry(node: yaml.Node, where: str) -> Correction | str:
    if not isinstance(node, yaml.MappingNode):
        return f"{where}: found {_kind(node)}; expected fields, such as cell: requests/res_total/total"
    names = Counter(str(key.value) for key, _ in node.value)
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        return f"{where}: found {', '.join(twice)} twice; expected each field once"
    for key, value in node.value:
        if not isinstance(value, yaml.ScalarNode):
            return f"{where}: found {_kind(value)} for {key.value}; expected one value"
    given = {str(key.value): _value(key.value, value) for key, value in node.value}
    if "where" in given:
        return f"{where}: found 'where', which no entry has; expected it left out"
    try:
        return Correction.model_validate(given | {"where": where})
    except ValidationError as error:
        return f"{where}: {'; '.join(_in_words(one) for one in error.errors())}"


def _value(name: str, node: yaml.ScalarNode) -> str | None:
    """The text of a field; None where nothing is given for one that has a default."""
    empty = node.tag == "tag:yaml.org,2002:null"
    return None if empty and name == "year" else "" if empty else str(node.value)


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"{node.value[:40]!r}"
    return "a list" if isinstance(node, yaml.SequenceNode) else "one group of fields"


def _in_words(error: Any) -> str:
    """An error of a field: found, expected."""
    name, kind = str(error["loc"][0]) if error["loc"] else "", error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "extra_forbidden":
        known = [field for field in Correction.model_fields if field != "where"]
        return f"found {name!r}, which no entry has; expected {_likely(name, known, 'one of ' + ', '.join(known))}"
    expected = Correction.model_fields[name].description or ""
    if kind == "missing":
        return f"no {name}; expected {expected}"
    near = (
        get_close_matches(str(error["input"]), ["override", "blank", "accept", *STANDING], 1)
        if name == "action"
        else ()
    )
    return f"found {error['input']!r} for {name}; expected {expected}{f' ({near[0]}, perhaps)' if near else ''}"
