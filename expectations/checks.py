"""What is wrong with a report, in words: its residuals as checks, and from checks and issues its verdict.

Pure functions on one report, for the worker that has just read it and for a person at a prompt. The words
stand in `rules.yaml`, the labels in the forms; `expectations.judge` has Great Expectations decide the same
outcomes for a whole batch.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from extract.forms import Column, Label, Table, load_forms
from extract.read import Issue
from transform.identities import Explanation, Key, Residual, table_of
from transform.interpret import Fact, Report

# A reason is read in a list of reports: what does not fit is counted, the checks and issues carry it in full.
REASON_LENGTH = 300

# Every kind a cell can be of, and those that carry a value.
NUMERIC = frozenset({"number", "zero", "annotated"})
KINDS = NUMERIC | {"blank", "dash", "slash", "word", "unparsed", "missing"}
# In sections 三 and 四 an identity that holds confirms what a sign of absence means; in 二 nothing does.
_ABSENT = frozenset({"blank", "dash", "slash"})


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    zh: str
    en: str

    def format(self, zh: Mapping[str, object], en: Mapping[str, object]) -> "Text":
        """Both templates filled, each with its own values."""
        return Text(self.zh.format_map(zh), self.en.format_map(en))


@dataclass(frozen=True, slots=True)
class Rule:
    """A check code in words. `not_evaluable` is None for rules on single cells: none waits for a blank."""

    severity: str
    title: Text
    source: Text
    found: str
    expected: str
    fail: Text
    not_evaluable: Text | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a report needs to be loaded."""

    severity: str
    title: Text


@dataclass(frozen=True, slots=True)
class Check:
    """One identity at one place of a report.

    `outcome` is pass, fail, not_evaluable or not_applicable; `location` as in the residual. `attribution`
    (source or reading) and the messages are "" unless the outcome is fail or not_evaluable.
    """

    check_code: str
    severity: str
    outcome: str
    attribution: str
    location: str
    expected: str
    found: str
    suggested_value: Decimal | None
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`verdict` is pass, flagged or quarantined; `reason` says why in one line, "" for pass."""

    verdict: str
    reason: str


@lru_cache(maxsize=1)
def load_rules() -> dict[str, Rule]:
    """Every rule by its check code."""
    return {
        code: Rule(
            rule["severity"], Text(**rule["title"]), Text(**rule["source"]), rule["found"], rule["expected"],
            Text(**rule["fail"]), Text(**rule["not_evaluable"]) if "not_evaluable" in rule else None,
        )
        for code, rule in _words()["rules"].items()
    }  # fmt: skip


@lru_cache(maxsize=1)
def load_requirements() -> dict[str, Requirement]:
    """What every report needs to be loaded, by name."""
    return {
        name: Requirement(entry["severity"], Text(entry["zh"], entry["en"]))
        for name, entry in _words()["reports"].items()
    }


def checks_of(report: Report) -> list[Check]:
    """A check for each residual of the report, in its order.

    A failure that changing exactly one cell explains carries that cell's value as `suggested_value`; where a
    single blank is open, the value the identity implies. Nothing is corrected.
    """
    facts = {fact.key: fact for fact in report.facts}
    editions = {fact.cell.table: fact.cell.edition for fact in report.facts}
    return [
        _check(residual, table_of(editions[residual.table], residual.table), facts, report.explanations)
        for residual in report.residuals
    ]


def verdict_of(report: Report, checks: Sequence[Check]) -> Verdict:
    """Whether a report may be shown: quarantined, flagged (shown with a mark) or pass."""
    if reasons := list(_against_loading(report)):
        return Verdict("quarantined", _join(reasons))
    if reasons := list(_doubts(report, checks)):
        return Verdict("flagged", _join(reasons))
    return Verdict("pass", "")


def _check(
    residual: Residual, table: Table, facts: Mapping[Key, Fact], explanations: Sequence[Sequence[Explanation]]
) -> Check:
    rule = load_rules()[residual.check_code]
    values = {
        "location": residual.location,
        "left": _number(residual.left),
        "right": _number(residual.right),
        "printed": _printed(facts, residual.terms[0][1]) if residual.terms else "",
    }
    attribution, suggested, message = "", None, Text("", "")
    if template := {"fail": rule.fail, "not_evaluable": rule.not_evaluable}.get(residual.outcome):
        attribution = "reading" if residual.doubtful else "source"
        label = _labels(table)[residual.location]
        explain = _explained if residual.outcome == "fail" else _implied
        suggested, hint = explain(residual, facts, explanations)
        message = template.format({**values, "label": label.zh}, {**values, "label": label.en})
        message = Text(message.zh + hint.zh, f"{message.en} {hint.en}".rstrip())
    return Check(
        check_code=residual.check_code,
        severity=rule.severity,
        outcome=residual.outcome,
        attribution=attribution,
        location=residual.location,
        expected=rule.expected,
        found=rule.found.format_map(values) if residual.terms else "",
        suggested_value=suggested,
        message_zh=message.zh,
        message_en=message.en,
    )


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
    number = len(cluster)
    hint = _hint("explained" if number == 1 else "alternatives")
    text = hint.format({"changes": changes.zh, "number": number}, {"changes": changes.en, "number": number})
    if number == len(cluster[0].cells) == 1:
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
    values = {"cell": _cell(facts, fact.key), "value": _number(fact.suggested)}
    return fact.suggested, _hint("implied").format(values, values)


def _change(key: Key, value: Decimal, facts: Mapping[Key, Fact]) -> Text:
    values = {"cell": _cell(facts, key), "value": _number(value), "printed": _printed(facts, key)}
    return _hint("change").format(values, values)


def _join_texts(texts: Sequence[Text], by: str) -> Text:
    word = _hint(by)
    return Text(word.zh.join(text.zh for text in texts), word.en.join(text.en for text in texts))


# -- verdicts ------------------------------------------------------------------------------------------------


def _against_loading(report: Report) -> Iterator[str]:
    """Agency and year first: without them there is nobody to ask about the rest."""
    critical = [issue for issue in report.issues if issue.severity == "critical"]
    codes = {issue.code.partition("_")[0] for issue in critical}
    if report.identity.agency is None and "agency" not in codes:
        yield "agency not known"
    if report.identity.report_year is None and "year" not in codes:
        yield "report year not known"
    for issue in sorted(critical, key=_is_in_table):
        yield f"{_spaced(issue.code)}: {_clip(issue.found) or 'nothing found'} ({issue.where})"


def _doubts(report: Report, checks: Sequence[Check]) -> Iterator[str]:
    """Each failure; then what cannot be told and what is wrong with cells, by kind and the first place.

    A heuristic issue is a note on its cell, no doubt about the report.
    """
    notes = {issue.code for issue in report.issues if issue.severity == "heuristic"}
    for check in checks:
        if check.outcome == "fail":
            yield f"{check.check_code} {check.location}: {check.found}"
    places: dict[str, dict[str, None]] = defaultdict(dict)  # without repetition, in order
    for check in checks:
        if check.outcome == "not_evaluable":
            places[f"{check.check_code} not evaluable"][check.location] = None
    for issue in report.issues:
        if _is_in_table(issue) and issue.code not in notes:
            place = _path(issue.indicator_code, issue.applicant_code) or issue.where
            places[_spaced(issue.code)][place] = None
    told = {issue.code for issue in report.issues}
    for fact in report.facts:
        if fact.issue in notes:
            continue
        if fact.issue and fact.issue not in told:
            places[_spaced(fact.issue)][_path(*fact.key)] = None
        elif (
            not fact.issue and fact.kind not in NUMERIC and (fact.kind not in _ABSENT or fact.cell.table == "proactive")
        ):
            places[f"{fact.kind} where a number belongs"][_path(*fact.key)] = None
    for doubt, found in places.items():
        yield f"{doubt}: {next(iter(found))}" + (f" (+{len(found) - 1})" if len(found) > 1 else "")


def _is_in_table(issue: Issue) -> bool:
    """Whether an issue is about a statutory table, its lines or cells, rather than about agency and year."""
    table = issue.where.partition(" / ")[0]
    return any(table in form.tables for form in load_forms().values())


def _join(reasons: Sequence[str]) -> str:
    """As many reasons as fit, and how many more there are."""
    for shown in range(len(reasons), 0, -1):
        rest = len(reasons) - shown
        text = "; ".join(reasons[:shown]) + (f"; …(+{rest})" if rest else "")
        if len(text) < REASON_LENGTH:
            return text
    return _clip(reasons[0], REASON_LENGTH - 10) + (f"; …(+{len(reasons) - 1})" if len(reasons) > 1 else "")


# -- words ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    source = files(__package__).joinpath("rules.yaml")
    words: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return words


def _hint(name: str) -> Text:
    return Text(**_words()["hints"][name])


@lru_cache(maxsize=64)
def _labels(table: Table) -> dict[str, Text]:
    """What each location of a residual is called: a line, a column, a group of columns, a cell, the table."""
    labels = {"": Text(table.label.zh, table.label.en)}
    for block in table.blocks:
        columns = list(_with_paths(block.columns, ()))
        for column, path in columns:
            labels[column.code] = _title(path)
        for line in block.every_line():
            # A heading such as 三、本年度办理结果 stands over all of its lines and tells none apart.
            headings = {above.label for above in block.every_line() if above.printed == "heading"}
            path = tuple(label for label in line.path if label not in headings)
            if line.code:
                labels[line.code] = _title(path)
            for column, column_path in columns:
                labels[_path(*table.address(line, column))] = _title((*path, *column_path))
    return labels


def _with_paths(columns: Sequence[Column], above: tuple[Label, ...]) -> Iterator[tuple[Column, tuple[Label, ...]]]:
    for column in columns:
        path = (*above, column.label)
        yield column, path
        yield from _with_paths(column.columns, path)


def _title(path: Sequence[Label]) -> Text:
    named = [label for label in path if label.zh]
    return Text(" / ".join(label.zh for label in named), " / ".join(label.en for label in named))


def _cell(facts: Mapping[Key, Fact], key: Key) -> str:
    return _path(facts[key].cell.table, *key)


def _path(*codes: str) -> str:
    return "/".join(filter(None, codes))


def _printed(facts: Mapping[Key, Fact], key: Key) -> str:
    return _clip(facts[key].cell.printed) if key in facts else ""


def _clip(text: str, length: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _spaced(code: str) -> str:
    return code.replace("_", " ")


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
