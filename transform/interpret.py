"""A reading becomes a report: who, which year, what cells and prose mean, how its identities stand."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from extract.forms import Indicator, Table, load_forms
from extract.issues import issue_kinds
from extract.labels import clean, squeeze
from extract.read import Issue, ReadCell, Reading, read_report
from extract.reading import Attestation
from extract.recognise import RecognisedTable
from extract.witness import attest
from transform.agencies import Directory
from transform.corrections import STANDING, Correction, Corrections, ReportKey, wide_places
from transform.decode import RAGGED, decoded
from transform.hint import NO_HINT, Hint
from transform.identities import Explanation, Key, Operand, Residual, explain, implied_values, residuals
from transform.metadata import metadata_of
from transform.narrative import Sketch, Statement, fees, sketches, statements
from transform.numbers import is_storable, parse_number, to_10k
from transform.publisher import Imprint, Scope, imprint_of
from transform.scope import stated_scope

# What became of the value of a cell: as numbers reads it; missing on the page; decided by a reviewer.
Kind = Literal[
    "number", "zero", "blank", "dash", "slash", "word", "annotated", "unparsed", "missing", "corrected"
]  # fmt: skip

# The Regulation asks for six chapters; a page with fewer than half of them is a notice of a report or a list of them.
_CHAPTER = re.compile(r"([一二三四五六七八])、")
CHAPTERS = 3

_SCOPES: dict[str, Scope] = {"own": "own", "area": "area", "system": "system"}  # that a reviewer may name
# The issues about the imprint that a decision about agency or year settles.
_SETTLES = {
    "agency": ("agency_not_found", "agency_ambiguous", "agency_hinted", "name_conflict"),
    "year": ("year_not_found", "year_conflict", "year_hinted", "year_inferred", "year_posted"),
    "scope": (),
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

    @property
    def is_settled(self) -> bool:
        """Whether a reviewer lifted the doubt about it; what the agency was told, or confirmed, stays in doubt."""
        return bool(self.correction) and self.correction.partition(":")[0] not in STANDING


@dataclass(frozen=True, slots=True)
class Report:
    """One agency, one year, as one document prints it."""

    report_id: str
    imprint: Imprint
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
    def agency_name(self) -> str:
        """The agency's name, as printed where it is not known."""
        return self.imprint.agency.name if self.imprint.agency else self.imprint.agency_name

    @property
    def lacking(self) -> frozenset[str]:
        """Keys of the tables its editions ask for and it does not print."""
        asked = {key for edition in self.editions for key in load_forms()[edition].required}
        return frozenset(asked.difference(fact.cell.table for fact in self.facts))

    @property
    def published_on(self) -> date | None:
        """The day of publication the page states."""
        return self.imprint.published_on


def read_file(
    data: bytes, name: str, corrections: Corrections | None = None, hint: Hint = NO_HINT
) -> tuple[Reading, Report | None]:
    """Bytes to an interpreted report: all a single file can tell without a store, not judged yet."""
    reading = read_report(data, name)
    directory = Directory.load(corrections.aliases if corrections else ())
    if reading.outcome == "report":
        return reading, interpret(reading, directory, corrections, lambda: data, hint)
    if reading.outcome in ("not_a_report", "report_without_tables"):
        reading.reason = narrative_of(reading, directory) or reading.reason
    return reading, None


def interpret(
    reading: Reading,
    directory: Directory,
    corrections: Corrections | None = None,
    original: Callable[[], bytes] | None = None,
    hint: Hint = NO_HINT,
) -> Report:
    """Give meaning to a reading whose outcome is report. `hint` counts where it is silent about agency or year.

    Missing tables and an agency or year that cannot be told are critical issues, not exceptions. A report that breaks
    an identity is read a second way, to tell whether the page says so, where that was not done yet and `original` gives
    the bytes of the file.
    """
    corrections = corrections or Corrections()
    printed, evidence = _with_scope(imprint_of_reading(reading, directory, hint), reading)
    imprint, decided, settling = _settled(printed, reading, corrections, directory)
    prose = reading.around.lines
    stated = fees(prose)
    facts, doubts = _facts(reading, imprint)
    facts += _fee_facts(reading, stated)
    facts, stale = _corrected(facts, decided)
    facts, splits = _told_apart(reading, facts)
    sums = _computed(reading.tables, _operands(facts))
    is_sound = all(r.holds or r.unknowns for r in sums.residuals)
    return Report(
        report_id=reading.document_sha256[:16],
        imprint=imprint,
        editions=tuple(recognised.table.edition for recognised in reading.tables),
        facts=tuple(_with_suggestions(facts, sums.suggested)),
        residuals=tuple(sums.residuals),
        explanations=tuple(sums.explanations),
        issues=(
            *reading.issues, *_missing_tables(reading), *settling, *imprint.issues, *doubts, *stale, *splits,
        ),
        statements=(
            *statements(prose, imprint.report_year), *(s for s in stated if s.quantity == "split"), *evidence,
        ),
        sketches=tuple(sketches(prose)),
        attestation=Attestation() if is_sound else _attested(reading, original),
        corrections=corrections.digest(_key(reading, imprint)),
    )  # fmt: skip


def _attested(reading: Reading, original: Callable[[], bytes] | None) -> Attestation:
    """What a second reading confirms; nothing where it was not taken and cannot be."""
    return reading.attestation or (attest(original(), reading) if original else Attestation())


def narrative_of(reading: Reading, directory: Directory) -> str:
    """What a document without statutory tables is, in words, if it is an annual report in prose; "" for any other.

    Most reports of 2008 to 2013 are: title, chapters and nothing else. No figure is taken from them.
    """
    chapters = {match[1] for line in reading.around.lines if (match := _CHAPTER.match(line.strip()))}
    if len(chapters) < CHAPTERS:
        return ""
    imprint = imprint_of_reading(reading, directory)
    if not imprint.title or imprint.agency is None or imprint.report_year is None:
        return ""
    return (
        f"annual report of {imprint.agency.name} for {imprint.report_year} in prose: no statutory table in it, "
        "and no figure is taken from prose"
    )


def imprint_of_reading(reading: Reading, directory: Directory, hint: Hint = NO_HINT) -> Imprint:
    """Whose report a reading is and of which year, as far as it says so; `hint` counts where it is silent."""
    return imprint_of(
        reading.around.article_lines,
        title_hint=reading.document.title,
        metadata=metadata_of(reading.around.blocks),
        tags=reading.document.meta,
        source=reading.source_name,
        directory=directory,
        hint=hint,
        years=_in_force(reading),
    )


def _in_force(reading: Reading) -> range:
    """The years in which all forms of the tables of a reading were prescribed; none where it has no table."""
    years = [load_forms()[recognised.table.edition].years for recognised in reading.tables]
    lasts = [last for _, last in years if last]
    return range(max((first for first, _ in years), default=0), min(lasts, default=date.max.year if years else -1) + 1)


def _with_scope(imprint: Imprint, reading: Reading) -> tuple[Imprint, list[Statement]]:
    """The imprint of a government with the scope its prose states of the table's own figure, and that sentence."""
    if imprint.scope != "unknown" or imprint.agency is None:
        return imprint, []
    taken = {
        cell.indicator_code: parse_number(cell.printed, cell.type).value
        for cell in reading.cells
        if cell.applicant_code == "total" and cell.indicator_code in ("req_new", "req_carried_in")
    }
    new, carried = taken.get("req_new"), taken.get("req_carried_in")
    received = [new] if new is not None else []
    if new is not None and carried is not None:
        received.append(new + carried)
    scope, evidence = stated_scope(statements(reading.around.lines, imprint.report_year), received)
    return replace(imprint, scope=scope), [evidence] if evidence else []


# -- reviewed decisions ----------------------------------------------------------------------------------------


def _settled(
    imprint: Imprint, reading: Reading, corrections: Corrections, directory: Directory
) -> tuple[Imprint, list[Correction], list[Issue]]:
    """The imprint with what was decided about agency, year and scope; the decisions about cells; issues.

    Agency and year are settled by the document they stand in, and first: the other decisions name a report by them.
    """
    nameless = ReportKey(reading.document_sha256, None, None, "")
    of_document = [c for c in corrections.counting(nameless) if c.cell.startswith("report/")]
    imprint, issues = _overruled(imprint, of_document, directory)
    decided = corrections.counting(_key(reading, imprint))
    imprint, more = _overruled(imprint, [c for c in decided if c.cell == "report/scope"], directory)
    return imprint, [c for c in decided if not c.cell.startswith("report/")], [*issues, *more]


def _key(reading: Reading, imprint: Imprint) -> ReportKey:
    agency_id = imprint.agency.agency_id if imprint.agency else None
    return ReportKey(reading.document_sha256, agency_id, imprint.report_year, imprint.scope)


def _overruled(imprint: Imprint, decided: Sequence[Correction], directory: Directory) -> tuple[Imprint, list[Issue]]:
    """The imprint with decisions applied, where the page says what it said when they were made."""
    issues = []
    said = {"agency": imprint.agency_name, "year": str(imprint.report_year or ""), "scope": imprint.scope}
    holding = {c.cell for c in decided if squeeze(said[c.cell.removeprefix("report/")]) == squeeze(c.expect)}
    for correction in decided:
        what = correction.cell.removeprefix("report/")
        if squeeze(said[what]) != squeeze(correction.expect):
            issues += [] if correction.cell in holding else [_stale(correction, said[what])]
            continue
        rest = tuple(i for i in imprint.issues if i.code not in _SETTLES[what] or i.severity != "critical")
        if what == "agency" and not directory.knows(correction.value):
            expected = "an agency id: a division code, or one with the name of a department"
            issues.append(Issue("correction_unknown", correction.where, correction.value, expected))
        elif what == "agency":
            agency = directory.agency(correction.value)
            imprint = replace(imprint, agency=agency, candidates=(), issues=rest)
        elif what == "year":
            imprint = replace(imprint, report_year=int(correction.value), issues=rest)
        else:
            imprint = replace(imprint, scope=_SCOPES[correction.value])
    return imprint, issues


def _corrected(facts: Sequence[Fact], decided: Sequence[Correction]) -> tuple[list[Fact], list[Issue]]:
    """The facts with reviewed decisions applied; one about a source that has changed since becomes an issue."""
    if not decided:
        return list(facts), []
    wide = {place: c for c in decided for place in wide_places().get(c.cell, ())}
    waiting: dict[str, list[Correction]] = {}
    for correction in decided:
        if correction.cell not in wide_places():
            waiting.setdefault(correction.cell, []).append(correction)
    found, issues = [], []
    for fact in facts:
        place = "/".join(filter(None, (fact.cell.table, *fact.key)))
        about = waiting.pop(place, [])
        holding = [c for c in about if clean(fact.cell.printed) == clean(c.expect)]
        if about and not holding:
            issues.append(_stale(about[-1], fact.cell.printed, fact))
        applied = holding[0] if holding else wide.get(place)
        found.append(_as_decided(fact, applied) if applied else fact)
    return found, [*issues, *(_stale(about[-1], "") for about in waiting.values())]


def _as_decided(fact: Fact, correction: Correction) -> Fact:
    if correction.action == "override":
        fact = fact._replace(kind="corrected", value=Decimal(correction.value))
    elif correction.action == "blank":
        fact = fact._replace(kind="blank", value=None)
    elif correction.action in STANDING:
        return fact._replace(correction=correction.note)
    return fact._replace(issue="", correction=correction.note)


def _stale(correction: Correction, printed: str, fact: Fact | None = None) -> Issue:
    reviewed = f"as when {correction.reviewer} reviewed it on {correction.date} ({correction.where})"
    where = correction.cell.replace("/", " / ")
    indicator, applicant = fact.key if fact else ("", "")
    return Issue("correction_stale", where, printed, f"{correction.expect!r}, {reviewed}", indicator, applicant)


# -- lines that ran together, and sums -------------------------------------------------------------------------


def _operands(facts: Sequence[Fact]) -> dict[Key, Operand]:
    return {
        (cell.indicator_code, cell.applicant_code): Operand(value, kind, bool(cell.issue))
        for cell, kind, value, *_ in facts
        if kind != "missing"
    }


def _told_apart(reading: Reading, facts: list[Fact]) -> tuple[list[Fact], list[Issue]]:
    """The facts with the values of lines that ran together, where they can be told apart. Their issue stays, and an
    issue names each of them.
    """
    if not any(cell.issue == RAGGED for cell in reading.cells):
        return facts, []
    operands = _operands(facts)
    values: dict[Key, Decimal] = {}
    for recognised in reading.tables:
        values |= decoded(recognised.table, reading.cells, operands)
    split = {fact.key for fact in facts if fact.key in values and not fact.correction}
    issues = [_is_split(fact, values[fact.key]) for fact in facts if fact.key in split]
    return [_decoded(fact, values[fact.key]) if fact.key in split else fact for fact in facts], issues


def _decoded(fact: Fact, value: Decimal) -> Fact:
    return fact._replace(
        cell=fact.cell._replace(method="decoded"), kind="number" if value else "zero", value=value
    )  # fmt: skip


def _is_split(fact: Fact, value: Decimal) -> Issue:
    where = " / ".join(filter(None, (fact.cell.table, *fact.key)))
    expected = f"a cell of its own; taken as {value:f}, for no other split satisfies the sums of the table"
    return Issue("decoded", where, fact.cell.printed, expected, *fact.key)


class _Sums(NamedTuple):
    """The identities of a report computed; the explanations of each cluster that fails; values of single cells that
    would make them hold.
    """

    residuals: list[Residual]
    explanations: list[tuple[Explanation, ...]]
    suggested: dict[Key, Decimal]


def _computed(tables: Sequence[RecognisedTable], operands: Mapping[Key, Operand]) -> _Sums:
    sums = _Sums([], [], {})
    for recognised in tables:
        found = residuals(recognised.table, operands)
        clusters = [tuple(cluster) for cluster in explain(found, operands)]
        sums.residuals.extend(found)
        sums.explanations.extend(clusters)
        sums.suggested.update(implied_values(found, operands))
        sums.suggested.update(pair for cluster in clusters if len(cluster) == 1 for pair in cluster[0].cells)
    return sums


def _with_suggestions(facts: list[Fact], suggested: Mapping[Key, Decimal]) -> list[Fact]:
    fitting = {key: value for key, value in suggested.items() if is_storable(value)}
    if not fitting:
        return facts
    return [fact._replace(suggested=fitting[fact.key]) if fact.key in fitting else fact for fact in facts]


# -- what cells mean -------------------------------------------------------------------------------------------


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


def _required(reading: Reading) -> dict[str, Table]:
    """The tables a report must have, by key: those that each edition it prints asks for, in the edition it prints."""
    read = {recognised.table.key: recognised.table for recognised in reading.tables}
    forms = [load_forms()[table.edition] for table in read.values()]
    return {key: read.get(key) or form.tables[key] for form in forms for key in form.required}


def _missing_tables(reading: Reading) -> Iterator[Issue]:
    """A report without one of its statutory tables, or with less of it than any vintage has, is not one to load."""
    read = {recognised.table.key: recognised.table for recognised in reading.tables}
    for key, table in _required(reading).items():
        cells = [cell for cell in reading.cells if cell.table == key]
        absent = sum(cell.issue == "missing_cell" for cell in cells)
        if key not in read:
            found = "no such table"
        elif len(cells) - absent < (load_forms()[table.edition].least or len(cells) / 2):
            found = f"{len(cells) - absent} of its {len(cells)} cells"
        else:
            continue
        title = f"{table.section} {table.label.zh} ({table.label.en})"
        yield Issue("table_missing", key, found, f"the table of section {title}")


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


def _facts(reading: Reading, imprint: Imprint) -> tuple[list[Fact], list[Issue]]:
    """A fact a cell, and an issue for each that is no plain figure."""
    agency = imprint.agency
    small = agency is None or agency.level == 4 or agency.type not in ("gov", "zone")
    found = [_fact(cell, small) for cell in reading.cells]
    return [fact for fact, _ in found], [issue for _, issue in found if issue]


def _fact(cell: ReadCell, small: bool) -> tuple[Fact, Issue | None]:
    if cell.issue == "missing_cell":
        return Fact(cell, "missing", None, cell.unit, cell.issue), None
    if cell.issue == RAGGED:
        return Fact(cell, "unparsed", None, cell.unit, cell.issue), None
    kind, value, issue = _meaning(cell.printed, cell.type, cell.unit, cell.unit_printed, small)
    fact = Fact(cell, kind, value, cell.unit, cell.issue or issue)
    return fact, _doubt(fact, issue) if issue else None


def _doubt(fact: Fact, code: str) -> Issue:
    expected = issue_kinds()[code].expected
    if fact.value is not None and code.startswith("unit_"):
        expected = f"{expected}; taken as {fact.value.normalize():f} {fact.unit}"
    where = " / ".join(filter(None, (fact.cell.table, *fact.key)))
    return Issue(code, where, fact.cell.printed, expected, *fact.key)
