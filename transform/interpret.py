"""A reading becomes a report: who, which year, what cells and prose mean, how its identities stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from extract.document import Grid
from extract.forms import Indicator, Table, load_forms
from extract.labels import clean, squeeze
from extract.read import Issue, ReadCell, Reading
from extract.reading import Severity
from extract.witness import Attestation, attest
from transform.agencies import Directory
from transform.corrections import Correction, Corrections
from transform.decode import RAGGED, decoded
from transform.identities import Explanation, Key, Operand, Residual, explain, implied_values, residuals
from transform.narrative import Sketch, Statement, fees, sketches, statements
from transform.numbers import is_storable, parse_number, to_10k
from transform.publisher import NO_HINT, Hint, Identity, identify

_METADATA = re.compile(
    r"^(标题|名称|信息名称|发布机构|发布单位|公开单位|单位|来源|索引号|公开日期|发布日期|发文日期|成文日期|生成日期)[:：]?$"
)
_METADATA_LINE = re.compile(r"^(标题|名称|信息名称|发布机构|发布单位|公开单位|单位|索引号|公开日期|发布日期)[:：](.+)$")

# The Regulation asks for six chapters; a page with fewer than half of them is a notice of a report or a list of them.
_CHAPTER = re.compile(r"([一二三四五六七八])、")
CHAPTERS = 3

_WHAT_ISSUE_MEANS: dict[str, tuple[Severity, str]] = {
    "unit_inferred": ("heuristic", "an amount with its unit"),
    "unit_unknown": ("statutory", "an amount with its unit"),
    "word_for_number": ("statutory", "digits or an absence sign"),
    "not_a_number": ("statutory", "digits or an absence sign"),
    "unclear": ("statutory", "figures neither struck, raised nor hidden"),
    "negative_count": ("statutory", "a count of 0 or more"),
    "broken_number": ("statutory", "digits without a gap"),
    "number_too_long": ("statutory", "at most twelve digits before the point and six behind it"),
}


class Fact(NamedTuple):
    """A cell with its meaning. `value` is None for what is no number; `unit` is the indicator's own.

    `correction` is the note of the reviewed decision that was applied to it, "" for none.
    """

    cell: ReadCell
    kind: str
    value: Decimal | None
    unit: str
    issue: str
    suggested: Decimal | None = None
    correction: str = ""

    @property
    def key(self) -> Key:
        """(indicator_code, applicant_code)."""
        return self.cell.indicator_code, self.cell.applicant_code


@dataclass(frozen=True, slots=True)
class Report:
    """One agency, one year, as one document prints it."""

    report_id: str
    identity: Identity
    editions: tuple[str, ...]
    facts: tuple[Fact, ...]
    residuals: tuple[Residual, ...]
    explanations: tuple[tuple[Explanation, ...], ...]
    issues: tuple[Issue, ...]
    statements: tuple[Statement, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    attestation: Attestation = field(default_factory=Attestation)
    corrections: str = ""  # a digest of the reviewed decisions about it

    @property
    def edition(self) -> str:
        """The edition of the form; where tables differ, each table's, joined by "/"."""
        return "/".join(dict.fromkeys(self.editions))

    @property
    def lacking(self) -> frozenset[str]:
        """Keys of the tables its editions ask for and it does not print."""
        asked = {key for edition in self.editions for key in load_forms()[edition].required}
        return frozenset(asked.difference(fact.cell.table for fact in self.facts))

    @property
    def published_on(self) -> date | None:
        """The day of publication the page states."""
        return self.identity.published_on


def interpret(
    reading: Reading,
    directory: Directory,
    corrections: Corrections | None = None,
    data: bytes = b"",
    hint: Hint = NO_HINT,
) -> Report:
    """Give meaning to a reading whose outcome is report. `hint` counts where it is silent about agency or year.

    Missing tables and an agency or year that cannot be told are critical issues, not exceptions. With `data`, the bytes
    that were read, a report that breaks an identity is read a second way, to tell whether the page says so.
    """
    corrections = corrections or Corrections()
    identity = identity_of(reading, directory, hint)
    sha256 = reading.document_sha256
    issues = [*reading.issues, *_missing_tables(reading)]
    about_report = [c for c in corrections.concerning(sha256, None, None, "") if c.cell.startswith("report/")]
    identity = _settle(identity, about_report, directory, issues)
    agency_id = identity.agency.agency_id if identity.agency else None
    key = (sha256, agency_id, identity.report_year, identity.scope)
    decided = corrections.concerning(*key)
    identity = _settle(identity, [c for c in decided if c.cell == "report/scope"], directory, issues)
    issues += [Issue(i.code, i.severity, i.where, i.found, i.expected) for i in identity.issues]
    agency = identity.agency
    small = agency is None or agency.level == 4 or agency.type not in ("gov", "zone")
    facts = [_fact(cell, small, issues) for cell in reading.cells]
    stated = fees(reading.prose)
    facts += _fee_facts(reading, stated)
    facts = _correct(facts, [c for c in decided if not c.cell.startswith("report/")], issues)
    if any(cell.issue == RAGGED for cell in reading.cells):
        facts = _decode(reading, facts, issues)
    operands = _operands(facts)
    computed: list[Residual] = []
    explanations: list[tuple[Explanation, ...]] = []
    suggested: dict[Key, Decimal] = {}
    for recognised in reading.tables:
        found = residuals(recognised.table, operands)
        suggested.update(implied_values(found, operands))
        for cluster in explain(found, operands):
            explanations.append(tuple(cluster))
            if len(cluster) == 1:
                suggested.update(cluster[0].cells)
        computed.extend(found)
    suggested = {key: value for key, value in suggested.items() if is_storable(value)}
    if suggested:
        facts = [fact._replace(suggested=suggested[fact.key]) if fact.key in suggested else fact for fact in facts]
    told = [*statements(reading.prose, identity.report_year), *(s for s in stated if s.quantity == "split")]
    return Report(
        sha256[:16],
        identity,
        tuple(recognised.table.edition for recognised in reading.tables),
        tuple(facts),
        tuple(computed),
        tuple(explanations),
        tuple(issues),
        tuple(told),
        tuple(sketches(reading.prose)),
        attest(data, reading) if data and not all(r.holds or r.unknowns for r in computed) else Attestation(),
        corrections.digest(*key),
    )


def narrative_of(reading: Reading, directory: Directory) -> str:
    """What a document without statutory tables is, in words, if it is an annual report in prose; "" for any other.

    Most reports of 2008 to 2013 are: title, chapters and nothing else. No figure is taken from them.
    """
    chapters = {match[1] for line in reading.prose if (match := _CHAPTER.match(line.strip()))}
    if len(chapters) < CHAPTERS:
        return ""
    identity = identity_of(reading, directory)
    if not identity.title or identity.agency is None or identity.report_year is None:
        return ""
    return (
        f"annual report of {identity.agency.name} for {identity.report_year} in prose: no statutory table in it, "
        "and no figure is taken from prose"
    )


def identity_of(reading: Reading, directory: Directory, hint: Hint = NO_HINT) -> Identity:
    """Whose report a reading is and of which year, as far as it says so; `hint` counts where it is silent."""
    metadata = dict(_metadata(reading))
    return identify(reading.prose, title_hint=reading.document.title, metadata=metadata, directory=directory, hint=hint)


def _settle(identity: Identity, decided: Sequence[Correction], directory: Directory, issues: list[Issue]) -> Identity:
    """What a reviewer decided about agency, year and scope, where the page says what it said then."""
    for correction in decided:
        what = correction.cell.removeprefix("report/")
        printed = {"agency": identity.agency_name, "year": str(identity.report_year or ""), "scope": identity.scope}[
            what
        ]
        if squeeze(printed) != squeeze(correction.expect):
            issues.append(_stale(correction, printed))
            continue
        rest = tuple(i for i in identity.issues if not i.code.startswith(what) or i.severity != "critical")
        if what == "agency":
            try:
                identity = replace(identity, agency=directory.agency(correction.value), candidates=(), issues=rest)
            except KeyError:
                expected = "an agency id: a division code, or one with the name of a department"
                issues.append(Issue("correction_unknown", "critical", correction.where, correction.value, expected))
        elif what == "year":
            identity = replace(identity, report_year=int(correction.value), issues=rest)
        else:
            identity = replace(identity, scope=correction.value)
    return identity


def _correct(facts: Sequence[Fact], decided: Sequence[Correction], issues: list[Issue]) -> list[Fact]:
    """The facts with reviewed decisions applied; one about a source that has changed since becomes an issue."""
    if not decided:
        return list(facts)
    by_cell = {correction.cell: correction for correction in decided}
    found = []
    for fact in facts:
        correction = by_cell.pop("/".join(filter(None, (fact.cell.table, *fact.key))), None)
        if correction is None:
            found.append(fact)
        elif clean(fact.cell.printed) != clean(correction.expect):
            issues.append(_stale(correction, fact.cell.printed, fact))
            found.append(fact)
        elif correction.action == "override":
            value = Decimal(correction.value)
            found.append(fact._replace(kind="corrected", value=value, issue="", correction=correction.note))
        elif correction.action == "blank":
            found.append(fact._replace(kind="blank", value=None, issue="", correction=correction.note))
        else:
            found.append(fact._replace(issue="", correction=correction.note))
    for correction in by_cell.values():
        issues.append(_stale(correction, ""))
    return found


def _operands(facts: Sequence[Fact]) -> dict[Key, Operand]:
    return {
        (cell.indicator_code, cell.applicant_code): Operand(value, kind, bool(cell.issue))
        for cell, kind, value, *_ in facts
        if kind != "missing"
    }


def _decode(reading: Reading, facts: Sequence[Fact], issues: list[Issue]) -> list[Fact]:
    """The facts with the values of lines that ran together, where they can be told apart. Their issue stays, and an
    issue names each of them.
    """
    operands = _operands(facts)
    values: dict[Key, Decimal] = {}
    for recognised in reading.tables:
        values |= decoded(recognised.table, reading.cells, operands)
    return [_told_apart(f, values[f.key], issues) if f.key in values and not f.correction else f for f in facts]


def _told_apart(fact: Fact, value: Decimal, issues: list[Issue]) -> Fact:
    where = " / ".join(filter(None, (fact.cell.table, *fact.key)))
    expected = f"a cell of its own; taken as {value:f}, for no other split satisfies the sums of the table"
    issues.append(Issue("decoded", "statutory", where, fact.cell.printed, expected, *fact.key))
    kind = "number" if value else "zero"
    return fact._replace(cell=fact.cell._replace(method="decoded"), kind=kind, value=value)


def _stale(correction: Correction, printed: str, fact: Fact | None = None) -> Issue:
    expected = f"{correction.expect!r}, as when {correction.reviewer} reviewed it ({correction.where})"
    where = correction.cell.replace("/", " / ")
    indicator, applicant = fact.key if fact else ("", "")
    return Issue("correction_stale", "statutory", where, printed, expected, indicator, applicant)


def _fee_facts(reading: Reading, stated: Sequence[Statement]) -> Iterator[Fact]:
    """What section 六 says of fees, in the editions that ask for it. The sentence is the printed text."""
    asked: dict[str, Indicator] = {}
    for recognised in reading.tables:
        asked |= {i.code: i for i in load_forms()[recognised.table.edition].prose}
    for statement in stated:
        if indicator := asked.get(statement.quantity):
            cell = ReadCell(
                indicator.table, indicator.edition, indicator.code, "", indicator.type, indicator.unit, statement.quote,
                "prose", "", "", 0, 0, 0, "prose",
            )  # fmt: skip
            kind = "word" if statement.value is None else "number" if statement.value else "zero"
            yield Fact(cell, kind, statement.value, indicator.unit, "")


def _metadata(reading: Reading) -> Iterator[tuple[str, str]]:
    """Key and value pairs of the tables and lines portals print around a report."""
    in_table = {row.grid.number for recognised in reading.tables for row in recognised.rows}
    for block in reading.document.blocks:
        if isinstance(block, Grid):
            for cells in block.rows if block.number not in in_table else ():
                for key, value in pairwise(cells):
                    if found := _METADATA.match(squeeze(key.text)):
                        yield found.group(1), value.text
        elif found := _METADATA_LINE.match(squeeze(block)):
            yield found.group(1), found.group(2)


def _required(reading: Reading) -> dict[str, Table]:
    """The tables a report must have, by key: those that each edition it prints asks for, in the edition it prints."""
    read = {recognised.table.key: recognised.table for recognised in reading.tables}
    forms = [load_forms()[table.edition] for table in read.values()]
    return {key: read.get(key) or form.tables[key] for form in forms for key in form.required}


def _missing_tables(reading: Reading) -> Iterator[Issue]:
    """A report without one of its statutory tables, or with less than half of its lines, is not one to load."""
    read = {recognised.table.key: recognised.table for recognised in reading.tables}
    for key, table in _required(reading).items():
        cells = [cell for cell in reading.cells if cell.table == key]
        absent = sum(cell.issue == "missing_cell" for cell in cells)
        if key not in read:
            found = "no such table"
        elif 2 * absent > len(cells):
            found = f"{len(cells) - absent} of its {len(cells)} cells"
        else:
            continue
        title = f"{table.section} {table.label.zh} ({table.label.en})"
        yield Issue("table_missing", "critical", key, found, f"the table of section {title}")


@lru_cache(maxsize=65536)
def _meaning(printed: str, type_: str, unit: str, unit_printed: str, small: bool) -> tuple[str, Decimal | None, str]:
    """(kind, value in its unit, issue) of what a cell prints, for a `small` agency or a large one."""
    number = parse_number(printed, type_)
    kind, value, issue = number.kind, number.value, number.issue
    if type_ == "amount" and value is not None:
        amount = to_10k(value, number.unit, unit_printed, small_agency=small)
        value, issue = amount.value, issue or amount.issue
        value = value * 10_000 if unit == "元" else value
    if value is not None and not is_storable(value):
        return "unparsed", None, "number_too_long"
    return kind, value, issue


def _fact(cell: ReadCell, small: bool, issues: list[Issue]) -> Fact:
    if cell.issue == "missing_cell":
        return Fact(cell, "missing", None, cell.unit, cell.issue)
    if cell.issue == RAGGED:
        return Fact(cell, "unparsed", None, cell.unit, cell.issue)
    kind, value, issue = _meaning(cell.printed, cell.type, cell.unit, cell.unit_printed, small)
    if issue:
        severity, expected = _WHAT_ISSUE_MEANS[issue]
        if value is not None and issue.startswith("unit_"):
            expected = f"{expected}; taken as {value.normalize():f} {cell.unit}"
        where = " / ".join(filter(None, (cell.table, cell.indicator_code, cell.applicant_code)))
        issues.append(Issue(issue, severity, where, cell.printed, expected, cell.indicator_code, cell.applicant_code))
    return Fact(cell, kind, value, cell.unit, cell.issue or issue)
