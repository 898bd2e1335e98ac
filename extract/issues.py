"""The catalogue of issues: every code with its severity, its words in both languages and what to do about it.

Loaded from `issues.yaml`, the only place that states them; readers, the dictionary, pages and the terminal render it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from extract.yaml_data import parsed

Severity = Literal["critical", "statutory", "heuristic"]


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class IssueKind:
    """What an issue of a code is. `expected` is "" where each issue states its own expectation."""

    code: str
    severity: Severity
    title: Words
    means: Words
    next_step: Words
    expected: str = ""


@lru_cache(maxsize=1)
def issue_kinds() -> Mapping[str, IssueKind]:
    """Every kind of issue by its code, in the order of the catalogue."""
    catalogue = parsed((files("extract") / "issues.yaml").read_text(encoding="utf-8"))
    return {
        code: IssueKind(
            code,
            entry["severity"],
            Words(entry["zh"], entry["en"]),
            Words(**entry["means"]),
            Words(**entry["next"]),
            entry.get("expected", ""),
        )
        for code, entry in catalogue.items()
    }
