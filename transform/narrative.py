"""What the prose of a report states in figures, and a sketch of its wording.

The words are data (`reference/narrative.yaml`). Only what is certain is taken: a phrase at the start of a clause, its
number right behind or before it, nothing that narrows it down, and no other year named in the sentence before.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from transform.reference import narrative_words

# A sketch keeps this many of the smallest hashes of all runs of four characters; the share two sketches have in common
# estimates how much of their wording two texts share (Broder 1997, On the resemblance and containment of documents).
SKETCH = 64
_RUN = 4
_SHORT = 200  # characters; in a shorter text every agency uses the same words
_WRAPPED = 18  # a line this long that ends without a full stop goes on in the next one

_LISTED = "by_channel"  # the quantity that is a sum over a list
_YEAR = re.compile(r"(20\d\d)年")
_SENTENCE = re.compile(r"[^。;!?]+[。;!?]?")
_DIGIT = re.compile(r"\d")
_HEADING_LENGTH = 30
_WITHOUT = re.compile(r"[\d\W_]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """A figure the prose states: `quantity` is one of narrative.yaml, `quote` the sentence, squeezed.

    `value` is a count or an amount in 元, None where words say that there was none.
    """

    quantity: str
    value: Decimal | None
    quote: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """The wording of a chapter, comparable with another one's: `length` in characters, `hashes` ascending."""

    chapter: str
    length: int
    hashes: tuple[str, ...]


def statements(lines: Sequence[str], report_year: int | None) -> list[Statement]:
    """The figures of the chapter before the tables that can be held against the tables, in order."""
    if report_year is None:
        return []
    found: dict[tuple[str, Decimal | None], Statement] = {}
    sentences = list(_sentences(_overview(lines)))
    asked = _quantities_in("".join(sentences))
    for sentence in sentences:
        for quantity, words, pattern, refused in asked:
            if not any([word in sentence for word in words]):
                continue
            for match in pattern.finditer(sentence):
                before = [int(year) for year in _YEAR.findall(sentence[: match.start()])]
                if (before and before[-1] != report_year) or any(word in match.group() for word in refused):
                    continue
                value = Decimal(match.groupdict().get("n") or 0)
                amount = value if quantity != _LISTED else _channels(sentence[match.end() :])
                if amount is not None:
                    found.setdefault((quantity, amount), Statement(quantity, amount, sentence))
    return list(found.values())


def fees(lines: Sequence[str]) -> list[Statement]:
    """What the report says of information-processing fees: notices, amounts billed and collected in 元.

    The form asks for them in section 六 without a table. A sum over the agencies named one by one has the quantity
    `split`. Amounts in 万元 are turned into 元.
    """
    words = narrative_words()["fees"]
    found: dict[str, Statement] = {}
    for sentence in _sentences(lines):
        if "处理费" not in sentence and "收费通知" not in sentence:
            continue
        if re.search(words["all"]["nothing"], sentence):
            for quantity in _fee_patterns():
                found.setdefault(quantity, Statement(quantity, Decimal(0), sentence))
        for quantity, patterns in _fee_patterns().items():
            match = next((m for pattern in patterns if (m := pattern.search(sentence))), None)
            if match:
                found.setdefault(quantity, Statement(quantity, _amount(match.groupdict()), sentence))
        collected = "infofee_collected_yuan"
        if collected not in found and any(re.search(pattern, sentence) for pattern in words["none"]["patterns"]):
            found[collected] = Statement(collected, None, sentence)
        if split := _split(sentence):
            found.setdefault("split", split)
    return list(found.values())


def sketches(lines: Sequence[str]) -> list[Sketch]:
    """The wording of the chapters before the tables and on problems, numbers left out; short ones have no sketch."""
    chapters = {"overview": _overview(lines), "problems": _problems(lines)}
    return [found for chapter, text in chapters.items() if (found := _sketch(chapter, "".join(map(_fold, text))))]


def _sketch(chapter: str, text: str) -> Sketch | None:
    bare = _WITHOUT.sub("", text)
    if len(bare) < _SHORT:
        return None
    return Sketch(chapter, len(bare), tuple([f"{number:012x}" for number in _hashes(bare)[:SKETCH]]))


def _hashes(text: str) -> list[int]:
    """The 48-bit hashes of all runs of four characters, each once, ascending: their code points, well mixed (the
    finaliser of SplitMix64; Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators).
    """
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    runs = np.zeros(len(points) - _RUN + 1, dtype=np.uint64)
    for at in range(_RUN):
        runs = (runs << np.uint64(16)) ^ points[at : at + len(runs)]
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        runs = (runs ^ (runs >> np.uint64(shift))) * np.uint64(factor)
    hashes: list[int] = np.unique(runs >> np.uint64(16)).tolist()
    return hashes


# -- text ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    """Half width, without white space and thousands separators."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)


def _overview(lines: Sequence[str]) -> list[str]:
    end = narrative_words()["chapters"]["overview"]["until"]
    for number, line in enumerate(lines):
        if _is_heading(line, end):
            return list(lines[:number])
    return list(lines)


def _problems(lines: Sequence[str]) -> list[str]:
    words = narrative_words()["chapters"]["problems"]
    starts = [number for number, line in enumerate(lines) if _is_heading(line, words["from"])]
    if not starts:
        return []
    behind = lines[starts[-1] + 1 :]
    end = next((number for number, line in enumerate(behind) if _is_heading(line, words["until"])), len(behind))
    return list(behind[:end])


def _is_heading(line: str, pattern: str) -> bool:
    folded = _fold(line)
    return len(folded) <= _HEADING_LENGTH and bool(re.search(f"(?:{pattern})$", folded))


def _sentences(lines: Iterable[str]) -> Iterator[str]:
    """Sentences over lines: a long line without a full stop at its end goes on in the next one."""
    nothing = narrative_words()["nothing"]
    text = ""
    for line in map(_fold, lines):
        text += line
        if len(line) < _WRAPPED or text.endswith(("。", ";", ":", "!", "?")):
            text += "。"
    for sentence in _SENTENCE.findall(text):
        if _DIGIT.search(sentence) or any(word in sentence for word in nothing):
            yield sentence


# -- patterns ------------------------------------------------------------------------------------------------


def _compile(pattern: str, *, anywhere: bool) -> re.Pattern[str]:
    words = narrative_words()
    number = r"(?<!\d)(?P<n>\d{1,12})" + rf"(?:{words['units']})(?!次?行政)"
    money = r"(?<!\d)(?P<m>\d{1,8}(?:\.\d{1,2})?)(?P<unit>万元|元)"
    body = pattern.replace("~", r"[^\d,:、()。;]{0,12}?").replace("N", number).replace("M", money)
    start = "" if anywhere else rf"(?:^|(?<=[,:、()])|(?:{words['lead']}))"
    return re.compile(f"{start}(?:{body})")


_Quantity = tuple[str, tuple[str, ...], re.Pattern[str], tuple[str, ...]]


def _quantities_in(text: str) -> list[_Quantity]:
    """Those of which a word stands in a text: most have none there."""
    return [one for one in _quantities() if any([word in text for word in one[1]])]


@lru_cache(maxsize=1)
def _quantities() -> list[_Quantity]:
    """(quantity, words of which a sentence holds one, pattern, words that refuse a match); who received nothing may be
    named by what it counts a part of otherwise (公民、法人).
    """
    found = []
    for quantity, entry in narrative_words()["quantities"].items():
        words, refused = tuple(entry["with"]), tuple(entry.get("not", ()))
        anywhere = entry.get("anywhere", False)
        found += [(quantity, words, _compile(pattern, anywhere=anywhere), refused) for pattern in entry["patterns"]]
        if "none" in entry:
            found.append((quantity, words, _compile(entry["none"], anywhere=True), ()))
    return found


@lru_cache(maxsize=1)
def _fee_patterns() -> dict[str, list[re.Pattern[str]]]:
    entries: dict[str, Any] = narrative_words()["fees"]
    return {
        quantity: [_compile(pattern, anywhere=True) for pattern in entry["patterns"]]
        for quantity, entry in entries.items()
        if quantity.startswith("infofee_")
    }


def _amount(found: Mapping[str, str | None]) -> Decimal:
    if amount := found.get("m"):
        return Decimal(amount) * (10_000 if found.get("unit") == "万元" else 1)
    return Decimal(found.get("n") or 0)


def _channels(behind: str) -> Decimal | None:
    """The sum over the channels named one by one right behind a number; None for fewer than two, or other things."""
    words = narrative_words()
    opened = re.match(r"[,、(]?其中[,:]?", behind)
    end = r"[^\d,。;、]{0,4}(?:[,、和及]+|(?=[。;)]|$))"
    part = re.compile(rf"{words['quantities'][_LISTED]['listed']}(\d{{1,9}})(?:{words['units']}){end}")
    amounts, at = [], opened.end() if opened else len(behind)
    while found := part.match(behind, at):
        amounts.append(Decimal(found[1]))
        at = found.end()
    is_whole = behind[at : at + 1] in ("", "。", ";", ")")
    return sum(amounts, Decimal(0)) if len(amounts) > 1 and is_whole else None


def _split(sentence: str) -> Statement | None:
    """The sum of what single agencies collected, where a sentence lists at least two."""
    words = narrative_words()["fees"]["split"]
    before, _, listed = sentence.partition(words["after"])
    amounts = re.findall(r"(\d+(?:\.\d+)?)元", listed)
    if words["within"] not in before or len(amounts) < 2 or "万元" in listed:
        return None
    return Statement("split", sum(map(Decimal, amounts), Decimal(0)), sentence)
