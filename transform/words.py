"""The program's own English in Chinese: reasons, evidence, what was found and expected.

A reason is stored in English, with codes in it; here it is put into words from the catalogues: titles of rules and
issues, labels of the form, and the sentences of `reference/words.yaml`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from extract.issues import issue_kinds
from extract.places import place_labels
from transform.reference import sentences

_RULE = re.compile(r"([A-Z][A-Z0-9]*-[A-Z0-9-]+) ([^ :]+): (.+)")
_KIND = re.compile("|".join(re.escape(code.replace("_", " ")) + ": " for code in issue_kinds()) + "|.+ not evaluable: ")
_ISSUE = re.compile(r"([a-z][a-z ]+): (.+?)(?: \(([^()]+)\))?")


class Chinese:
    """Puts texts of the program into Chinese; what it does not know stays as it is. `rules` are titles by code."""

    def __init__(self, rules: Mapping[str, str]) -> None:
        self.rules = rules
        self.known: dict[str, str] = {}

    def __call__(self, text: str | None) -> str:
        """A text in Chinese."""
        if not text:
            return ""
        if text not in self.known:
            self.known[text] = self._reasons(text) or self._whole(text) or self._parts(text) or text
        return self.known[text]

    def _reasons(self, text: str) -> str:
        """Reasons of a verdict, one behind the other; "" if there is one only, or it is something else."""
        first, *others = text.split("; ")
        if not others or not (_RULE.fullmatch(first) or _KIND.match(first)):
            return ""
        return "；".join(map(self, (first, *others)))

    def _whole(self, text: str) -> str:
        """A text that is one piece: a code, a place, a rule at a place, an issue, a sentence; "" if it is none."""
        if text in self.rules:
            return self.rules[text]
        if text in place_labels():
            return place_labels()[text].zh
        if found := _RULE.fullmatch(text):
            code, place, rest = found.groups()
            if code in self.rules:
                return f"{self.rules[code]}（{self(place)}：{self(rest)}）"
        exact, patterns = _sentences()
        if text in exact:
            return exact[text]
        if found := _ISSUE.fullmatch(text):
            words, rest, where = found.groups()
            kind = issue_kinds().get(words.replace(" ", "_"))
            if kind:
                return f"{kind.title.zh}（{self(rest)}{'，' + self(where) if where else ''}）"
        for pattern, template in patterns:
            if found := pattern.fullmatch(text):
                return template.format_map({name: self(value) for name, value in found.groupdict().items()})
        return ""

    def _parts(self, text: str) -> str:
        """Reasons one behind the other, or the parts of a place, each in Chinese; "" if it is neither."""
        for parted_by, joined_by in (("; ", "；"), (" / ", " / "), (", ", "、")):
            if parted_by in text:
                return joined_by.join(map(self, text.split(parted_by)))
        return ""


@lru_cache(maxsize=1)
def _sentences() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Sentences without a gap, and those with gaps as patterns, the longest first: they say most."""
    exact, patterns = {}, []
    for en, zh in sorted(sentences(), key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0]))):
        if "{" not in en:
            exact[en] = zh
        else:
            parts = re.split(r"\{(\w+)\}", en)
            gaps = [f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
            patterns.append((re.compile("".join(gaps), re.DOTALL), zh))
    return exact, patterns
