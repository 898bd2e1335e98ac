"""The words of the terminal and of Prefect's pages in a language, and what the program said of reports in it."""

from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from expectations.rules import load_rules
from extract.issues import issue_kinds
from transform.words import Chinese

Language = Literal["en", "zh"]


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((files("flows.show") / "texts.yaml").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=2)
def words_in(language: Language) -> "Words":
    """The words of a language."""
    return Words(language)


class Words:
    """Texts in a language: fixed ones by their key, {names} filled in, and those stored in English."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.chinese = Chinese({code: rule.title.zh for code, rule in load_rules().items()})

    def __call__(self, key: str, **values: object) -> str:
        """A text by its key, `a.b` for one of a group."""
        found: Any = _texts()
        for part in key.split("."):
            found = found[part]
        return str(found[1 if self.language == "en" else 0]).format_map(values)

    def state(self, word: str) -> str:
        """A verdict or an outcome."""
        return self(f"state.{word.replace(' ', '_')}")

    def said(self, text: str) -> str:
        """A reason or another text of the program."""
        return text if self.language == "en" else self.chinese(text)

    def title(self, code: str) -> str:
        """What a rule or an issue is called, with its code; anything else as it is said."""
        if rule := load_rules().get(code):
            return f"{code} {rule.title.en if self.language == 'en' else rule.title.zh}"
        if kind := issue_kinds().get(code.replace(" ", "_")):
            return kind.title.en if self.language == "en" else kind.title.zh
        return self.said(code)
