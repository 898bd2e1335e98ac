"""What would be wrong with a report, in words: a check for each identity, and what is in doubt about its cells.

Pure functions on one report, for the worker that has just read it. They decide nothing: whether a check fails is for
Great Expectations to say (`expectations.judge`); the words for that case are laid out here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from expectations.rules import Definition, Rule, Text, hint, load_rules, words
from extract.forms import Table, load_forms
from extract.places import labels_of
from extract.read import Issue
from transform.corrections import decided_as, wide_places
from transform.identities import Explanation, Key, Operand, Residual, as_defined, table_of
from transform.interpret import Fact, Report
from transform.numbers import is_storable, plain

# Every kind a cell can be of, and those that carry a value.
NUMERIC = frozenset({"number", "zero", "annotated", "corrected"})
KINDS = NUMERIC | {"blank", "dash", "slash", "word", "unparsed", "missing"}
# In sections 三 and 四 an identity that holds confirms what a sign of absence means; in 二 nothing does.
_ABSENT = frozenset({"blank", "dash", "slash"})


class Check(NamedTuple):
    """A rule at one place of a report: its two sides, and what there is to say if they do not stand in `relation`.

    `left` and `right` count cells that print no number as 0, `blanks` and `unknowns` tell how many there are. `outcome`
    is pass, fail, not_evaluable or not_applicable, "" before it is judged. `attribution` is source, reading or
    definition (then `definition` names the meaning that fits); `evidence` tells on what grounds. `cells` are those of
    the report it rests on, each indicator[/applicant], separated by spaces; "*" is all of them.
    """

    report_id: str
    agency_id: str | None
    report_year: int | None
    table_key: str
    check_code: str
    severity: str
    location: str
    relation: str
    left: Decimal
    right: Decimal
    blanks: int
    unknowns: int
    attribution: str
    definition: str
    evidence: str
    expected: str
    found: str
    suggested_value: Decimal | None
    message_zh: str
    message_en: str
    cells: str = ""
    outcome: str = ""


# The columns of a frame of checks; the outcome is what judging adds.
CHECK_COLUMNS = tuple(name for name in Check._fields if name != "outcome")


def checks_of(report: Report) -> list[Check]:
    """A check for each residual of the report, in its order.

    A failure that changing exactly one cell explains carries that cell's value as `suggested_value`; where a
    single blank is open, the value the identity implies. Nothing is corrected.
    """
    facts = {fact.key: fact for fact in report.facts}
    editions = {fact.cell.table: fact.cell.edition for fact in report.facts}
    agency = report.imprint.agency.agency_id if report.imprint.agency else None
    return [
        _check(residual, table_of(editions[residual.table], residual.table), facts, report, agency)
        for residual in report.residuals
    ]


def _check(residual: Residual, table: Table, facts: Mapping[Key, Fact], report: Report, agency: str | None) -> Check:
    rule = load_rules()[residual.check_code]
    values = {
        "location": residual.location,
        "left": plain(residual.left),
        "right": plain(residual.right),
        "printed": _printed(facts, residual.terms[0][1]) if residual.terms else "",
    }
    attribution = definition = evidence = ""
    suggested, message = None, Text("", "")
    if not (residual.holds or residual.unknowns):
        label = labels_of(table)[residual.location]
        template, explain = (rule.not_evaluable, _implied) if residual.blanks else (rule.fail, _explained)
        suggested, remark = explain(residual, facts, report.explanations)
        filled = (template or rule.fail).format({**values, "label": label.zh}, {**values, "label": label.en})
        message = Text(filled.zh + remark.zh, f"{filled.en} {remark.en}".rstrip())
        attribution, definition, evidence = _attribution(residual, rule, table, facts, report)
    return Check(
        report_id=report.report_id,
        agency_id=agency,
        report_year=report.imprint.report_year,
        table_key=residual.table,
        check_code=residual.check_code,
        severity=rule.severity,
        location=residual.location,
        relation=residual.relation,
        left=residual.left,
        right=residual.right,
        blanks=residual.blanks,
        unknowns=residual.unknowns,
        attribution=attribution,
        definition=definition,
        evidence=evidence,
        expected=rule.expected,
        found=rule.found.format_map(values) if residual.terms else "",
        suggested_value=suggested,
        message_zh=message.zh,
        message_en=message.en,
        cells=_addresses(tuple(key for _, key in residual.terms)),
    )


@lru_cache(maxsize=4096)
def _addresses(cells: tuple[Key, ...]) -> str:
    """Cells as the column `cells` lists them."""
    return " ".join(_path(*key) for key in cells)


def _attribution(
    residual: Residual, rule: Rule, table: Table, facts: Mapping[Key, Fact], report: Report
) -> tuple[str, str, str]:
    """(attribution, definition, evidence) of an identity that does not hold.

    Our own doubt comes first; then another meaning under which the printed figures agree; only what a second reading of
    the file confirms is laid at the source's door without reserve.
    """
    cells = [key for _, key in residual.terms]
    doubtful = [key for key in cells if key not in facts or facts[key].cell.issue]
    if residual.doubtful or doubtful:
        return "reading", "", f"not certain: {', '.join(_path(*key) for key in doubtful[:3])}"
    if definition := _other_definition(residual, rule, table, facts):
        return "definition", definition.name, definition.title.en
    if all(key in report.attestation.cells for key in cells if facts[key].cell.printed):
        return "source", "", report.attestation.how
    return "reading", "", f"not confirmed by a second reading; {report.attestation.how}"


def _other_definition(residual: Residual, rule: Rule, table: Table, facts: Mapping[Key, Fact]) -> Definition | None:
    """Another meaning of the cells of an identity under which the printed figures agree."""
    if not rule.definitions:
        return None
    operands = {key: Operand(fact.value, fact.kind) for key, fact in facts.items() if fact.kind != "missing"}
    for definition in rule.definitions.get("", ()):
        other = as_defined(table, residual, definition.formula, operands)
        if other is not None and other.holds and not (other.blanks or other.unknowns):
            return definition
    return None


# -- what would put it right ---------------------------------------------------------------------------------


def _explained(
    residual: Residual, facts: Mapping[Key, Fact], explanations: Sequence[Sequence[Explanation]]
) -> tuple[Decimal | None, Text]:
    """The smallest changes that mend a failure and all that hang together with it; a value if it is one."""
    cells = {key for _, key in residual.terms}
    # Clusters of failures share no cell, so the one that touches this residual is its own.
    cluster = next((c for c in explanations if any(key in cells for e in c for key, _ in e.cells)), ())
    if not cluster:
        return None, Text("", "")
    options = [_join_texts([_change(key, value, facts) for key, value in e.cells], "and") for e in cluster]
    changes = _join_texts(options, "or")
    count = len(cluster)
    template = hint("explained" if count == 1 else "alternatives")
    text = template.format({"changes": changes.zh, "number": count}, {"changes": changes.en, "number": count})
    if count == len(cluster[0].cells) == 1 and is_storable(cluster[0].cells[0][1]):
        return cluster[0].cells[0][1], text
    return None, text


def _implied(
    residual: Residual, facts: Mapping[Key, Fact], _: Sequence[Sequence[Explanation]]
) -> tuple[Decimal | None, Text]:
    """What a blank must be for the identity to hold: the only one, or the sum (as `implied_values` tells)."""
    blanks = [key for _, key in residual.terms if key not in facts or facts[key].value is None]
    if len(blanks) > 1 and residual.single_left:
        blanks = [key for key in blanks if key == residual.terms[0][1]]
    fact = facts.get(blanks[0]) if len(blanks) == 1 else None
    if fact is None or fact.suggested is None:
        return None, Text("", "")
    zh, en = _cell(facts, fact.key)
    value = plain(fact.suggested)
    return fact.suggested, hint("implied").format({"cell": zh, "value": value}, {"cell": en, "value": value})


def _change(key: Key, value: Decimal, facts: Mapping[Key, Fact]) -> Text:
    zh, en = _cell(facts, key)
    values = {"value": plain(value), "printed": _printed(facts, key)}
    return hint("change").format({**values, "cell": zh}, {**values, "cell": en})


def _join_texts(texts: Sequence[Text], by: str) -> Text:
    word = hint(by)
    return Text(word.zh.join(text.zh for text in texts), word.en.join(text.en for text in texts))


# -- doubts --------------------------------------------------------------------------------------------------


def reasons_against(report: Report) -> list[str]:
    """Why a report cannot be loaded, as far as its reading tells.

    Agency and year first: without them there is nobody to ask about the rest.
    """
    critical = [issue for issue in report.issues if issue.severity == "critical"]
    codes = {issue.code.partition("_")[0] for issue in critical}
    reasons = []
    if report.imprint.agency is None and "agency" not in codes:
        reasons.append("agency not known")
    if report.imprint.report_year is None and "year" not in codes:
        reasons.append("report year not known")
    for issue in sorted(critical, key=_is_in_table):
        reasons.append(f"{words(issue.code)}: {clip(issue.found) or 'nothing found'} ({issue.where})")
    return reasons


def doubts_of(report: Report) -> list[str]:
    """What is wrong with cells, by kind and with the first place.

    A heuristic issue is a note on its cell, no doubt about the report; what a reviewer settled is none either.
    """
    notes = {issue.code for issue in report.issues if issue.severity == "heuristic"}
    settled = _settled_by_reviewers(report)
    places: dict[str, dict[str, None]] = defaultdict(dict)  # without repetition, in order
    for issue in report.issues:
        key = (issue.indicator_code, issue.applicant_code)
        if issue.code not in notes and decided_as(issue.where) not in settled and _is_doubt(issue):
            places[words(issue.code)][_path(*key) or issue.where] = None
    told = {issue.code for issue in report.issues}
    for fact in report.facts:
        if fact.issue not in notes and not fact.is_settled and (doubt := _doubt_of(fact, told)):
            places[doubt][_path(*fact.key)] = None
    return [in_short(doubt, list(found)) for doubt, found in places.items()]


def _doubt_of(fact: Fact, told: Set[str]) -> str:
    """What is wrong with a cell that no issue of the report tells."""
    if fact.cell.method == "prose" or fact.issue in told:
        return ""
    if fact.issue:
        return words(fact.issue)
    belongs = fact.kind in NUMERIC or (fact.kind in _ABSENT and fact.cell.table != "proactive")
    return "" if belongs else f"{fact.kind} where a number belongs"


def _settled_by_reviewers(report: Report) -> set[str]:
    """The places reviewers settled: cells, and the tables and lines all of whose cells they did."""
    settled = {_path(f.cell.table, *f.key) for f in report.facts if f.is_settled}
    if not settled:
        return set()
    there = {_path(f.cell.table, *f.key) for f in report.facts if f.kind != "missing"}
    whole = {place for place, cells in wide_places().items() if settled & cells and not (there & cells) - settled}
    return settled | whole


def in_short(what: str, places: Sequence[str]) -> str:
    """A kind of doubt with its first place and how many more there are."""
    return f"{what}: {places[0]}" + (f" (+{len(places) - 1})" if len(places) > 1 else "")


def _is_doubt(issue: Issue) -> bool:
    """Whether an issue puts figures, or the year they are of, in doubt; one that is critical keeps the report out."""
    return _is_in_table(issue) or issue.severity == "statutory"


def _is_in_table(issue: Issue) -> bool:
    """Whether an issue is about a statutory table, its lines or cells, rather than about agency and year."""
    table = issue.where.partition(" / ")[0]
    return any(table in form.tables for form in load_forms().values())


# -- words ---------------------------------------------------------------------------------------------------


def _cell(facts: Mapping[Key, Fact], key: Key) -> tuple[str, str]:
    """A cell in Chinese and English: its label, and the key a reviewed decision names it by."""
    cell = facts[key].cell
    label, path = labels_of(table_of(cell.edition, cell.table))[_path(*key)], _path(cell.table, *key)
    return f"“{label.zh}”（{path}）", f"{label.en} ({path})"


def _path(*codes: str) -> str:
    return "/".join(filter(None, codes))


def _printed(facts: Mapping[Key, Fact], key: Key) -> str:
    return clip(facts[key].cell.printed) if key in facts else ""


def clip(text: str, length: int = 40) -> str:
    """A text on one line, cut at a length."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
