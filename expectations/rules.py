"""The rule book: every check by its code, with severity, source, exceptions and words, loaded from `rules.yaml`.

Statutory rules are identities the forms state (`extract/forms`); the book gives them words. Heuristic rules carry a
formula of their own over indicator codes, computed in `expectations.comparisons`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from extract.yaml_data import parsed


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    zh: str
    en: str

    def format(self, zh: Mapping[str, object], en: Mapping[str, object]) -> "Text":
        """Both templates filled, each with its own values."""
        return Text(self.zh.format_map(zh), self.en.format_map(en))


@dataclass(frozen=True, slots=True)
class Definition:
    """A meaning a figure may have: its name and the formula that gives its value."""

    name: str
    title: Text
    formula: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a heuristic rule compares, in SQL over indicator codes (see `expectations.comparisons`).

    `kind` is report (a row a report and value of `each`), statements (a row a figure the prose states), children (a
    row a cell of a parent), twins (a row a cell that a parent and an agency below both print) or partitions (a row a
    report year and level). `formula` is `left relation right`; it is computed where `when` holds.
    """

    kind: str
    at: str
    when: str
    formula: str
    each: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check code in words. `not_evaluable` is None for rules that no blank can leave open.

    `grade` tells strong heuristics from weak ones, "" for statutory rules. `definitions` are other meanings a figure
    may have: for a rule on statements by the quantity stated, else under "". `attribution` is whose a failure is where
    the reading is not in doubt: source, or definition for a rule between figures that are defined differently.
    """

    code: str
    severity: str
    grade: str
    title: Text
    source: Text
    exceptions: Text
    found: str
    expected: str
    fail: Text
    not_evaluable: Text | None
    table: str = ""
    editions: tuple[str, ...] = ()
    comparison: Comparison | None = None
    definitions: Mapping[str, tuple[Definition, ...]] = field(default_factory=dict)
    quantities: Mapping[str, Text] = field(default_factory=dict)
    attribution: str = "source"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a report needs: `critical` to be loaded, `statutory` to pass."""

    severity: str
    title: Text


@lru_cache(maxsize=1)
def load_rules() -> dict[str, Rule]:
    """Every rule by its check code, in the order of the book."""
    return {code: _rule(code, entry) for code, entry in _book()["rules"].items()}


def _rule(code: str, entry: dict[str, Any]) -> Rule:
    comparison = None
    if "compare" in entry:
        compare = entry["compare"]
        comparison = Comparison(
            compare.get("kind", "report"), compare.get("at", ""), compare.get("when", "true"),
            compare["formula"], compare.get("each", {}),
        )  # fmt: skip
    stated = entry.get("statements", {})
    definitions = {name: _definitions(quantity["definitions"]) for name, quantity in stated.items()}
    if "definitions" in entry:
        definitions[""] = _definitions(entry["definitions"])
    return Rule(
        code=code,
        severity=entry["severity"],
        grade=entry.get("grade", ""),
        title=Text(**entry["title"]),
        source=Text(**entry["source"]),
        exceptions=Text(**entry.get("exceptions", {"zh": "", "en": ""})),
        found=entry["found"],
        expected=entry["expected"],
        fail=Text(**entry["fail"]),
        not_evaluable=Text(**entry["not_evaluable"]) if "not_evaluable" in entry else None,
        table=entry.get("table", ""),
        editions=tuple(entry.get("editions", ())),
        comparison=comparison,
        definitions=definitions,
        quantities={name: Text(quantity["zh"], quantity["en"]) for name, quantity in stated.items()},
        attribution=entry.get("attribution", "source"),
    )


def _definitions(entries: Mapping[str, Mapping[str, str]]) -> tuple[Definition, ...]:
    return tuple(Definition(name, Text(e["zh"], e["en"]), e["formula"]) for name, e in entries.items())


@lru_cache(maxsize=1)
def load_requirements() -> dict[str, Requirement]:
    """What every report needs, by name."""
    return {
        name: Requirement(entry["severity"], Text(entry["zh"], entry["en"]))
        for name, entry in _book()["reports"].items()
    }


def hint(name: str) -> Text:
    """A sentence that follows a rule's own message."""
    return Text(**_book()["hints"][name])


@lru_cache(maxsize=1)
def _book() -> dict[str, Any]:
    source = files(__package__).joinpath("rules.yaml")
    book: dict[str, Any] = parsed(source.read_text(encoding="utf-8"))
    return book


def words(identifier: str) -> str:
    """An identifier as words."""
    return identifier.replace("_", " ")
