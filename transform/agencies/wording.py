"""The words names of bodies are made of (`vocabulary.csv`), and what they make of a name."""

import re
from collections.abc import Iterable
from functools import lru_cache

from opencc import OpenCC

from transform.reference import vocabulary

MASKED = re.compile(r"[某×*]|(?i:xx)")  # a name made unreadable on purpose
_IN_BOTH = set("乾著藉夥覆")
_GENERIC = {"街道", "地区", "苏木", "办事处"}
# A second name of the same body: 财政局(国资办). A branch is another body: 规划局(大兴分局).
SECOND_NAME = re.compile(r"(?<=.)\([^()]*(?:(?<!分)局|委|办|厅|委员会|办公室|中心|开发区|管委会)\)")
_UNKNOWN_PLACE = re.compile(r"[^局委办厅院队]{0,6}?(?:[区县市旗镇乡]|街道|苏木).")

UNIT_SUFFIX = re.compile(r"(?<=.)(?:街道|地区|镇|乡|苏木)$")


class Wording:
    """The rules of agency names that need no place."""

    def __init__(self) -> None:
        self.words = vocabulary()
        self.is_department = suffix(self.words["department"])
        whole = "|".join(self.words["whole_department"])
        self.two_departments = re.compile(rf".+(?:{whole}).+(?<!分)(?:{whole}|委)$")
        self.not_department = suffix(self.words["not_department"])
        self.zone_name = suffix(self.words["zone"])
        self.managed = suffix(self.words["management"])
        self.zone_head = re.compile("|".join(self.words["zone_head"]))
        self._not_a_place = re.compile("|".join(self.words["not_a_place"]))
        self.head = re.compile(f"({'|'.join(self.words['head'])})?(.+)")
        shorts = self.words["zone_short"]
        self.zone_full = {short: full for full, short in shorts.items() if list(shorts.values()).count(short) == 1}
        # One name is asked about for every place it may begin with.
        self.unit_forms = lru_cache(maxsize=4096)(self._unit_forms)

    def body_name(self, rest: str) -> str:
        """The name of a department, office or zone as its id carries it, '' when ``rest`` is none."""
        if rest in self.words["office"]:
            return self.words["office"][rest]
        if rest in self.words["stem_body"] or rest in self.words["whole_body"]:
            return rest
        if self.not_department.search(rest) or _UNKNOWN_PLACE.match(self._not_a_place.sub("", rest)):
            return ""
        if (
            self.two_departments.match(rest)
            or MASKED.search(rest)
            or any(word in rest for word in self.words["furniture"])
        ):
            return ""  # two names run together, or words of a site
        zone = self.managed.sub("", rest)
        if self.zone_name.search(zone):
            for short, full in self.zone_full.items():
                zone = zone.removesuffix(short) + full if zone.endswith(short) else zone
            return simplified(zone) + next(iter(self.words["management"]))
        if self.is_department.search(rest):
            return simplified(self.with_full_zone(rest))
        return ""

    def with_full_zone(self, rest: str) -> str:
        """An organ of a zone by the zone's full name: 高新区财政局 is 高新技术产业开发区财政局."""
        for short, full in self.zone_full.items():
            if rest.startswith(short):
                return full + rest.removeprefix(short)
        return rest

    def _unit_forms(self, rest: str) -> tuple[tuple[str, int], ...]:
        """``rest`` as a unit may be listed, most literal first. 街道办事处 is never dropped as one suffix."""
        bare = [rest]
        for word in (*self.words["government"], "办事处", *self.words["management"]):
            if rest.endswith(word) and rest != word:
                bare.append(rest.removesuffix(word))
        if rest.endswith("街道办"):
            bare.append(rest.removesuffix("办"))
        found = []
        for form in bare:
            if form in _GENERIC or len(form) < 2:
                continue
            length = len(form)
            found.append((form, length))
            if form.endswith("街"):
                found.append((form + "道", length))
            if rest == form + "办事处" and not UNIT_SUFFIX.search(form):
                found.append((form + "街道", length))
        return tuple(found)


@lru_cache(maxsize=4096)
def simplified(text: str) -> str:
    """``text`` in simplified script, for comparing only; what a report prints is never changed.

    A text whose only characters to convert are in use in both scripts (乾安县) is in simplified script already.
    """
    converted: str = _to_simplified().convert(text)
    if len(converted) == len(text) and {a for a, b in zip(text, converted, strict=True) if a != b} <= _IN_BOTH:
        return text
    return converted


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def suffix(words: Iterable[str]) -> re.Pattern[str]:
    """Any of some words at the end of a name."""
    return re.compile(f"(?<=.)(?:{'|'.join(sorted(words, key=len, reverse=True))})$")


def stem(name: str) -> str:
    """A division's name without its kind, kept whole where fewer than two characters would remain."""
    return re.sub(r"(?<=..)(?:自治区|地区|[省市区县州盟旗])$", "", name)
