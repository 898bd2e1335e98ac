"""A report made ready for matching, and the ways of comparing text."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from transform.agencies import simplified
from transform.reference import vocabulary

HEAD_LINES = 15
NAME_LENGTH = 40
_INVISIBLE = re.compile(r"\[bookmark:[^\]]*\]|[\s\u200b\ufeff]")
# 二〇二三 and how else its zero is typed.
_HAN_YEAR = re.compile(r"二[〇○◯零Oo0][〇○◯零Oo0一二三四五六七八九]{2}(?=年)")
_HAN_DIGITS = str.maketrans("〇○◯零Oo一二三四五六七八九", "000000123456789")
CHAPTER_ONE = re.compile(r"(?:一|1)[、.](?!.*(?:报告|年报)$)|总体情况$")
CHAPTER_TWO = re.compile(r"(?:[二2][、.])?主动公开政府信息")


class Page(NamedTuple):
    """A report made ready for matching: its lines as printed without white space, and as compared; the labels of its
    portal; the tags of its page; its title; the name or address it came by; of its lines those before chapter two.
    """

    printed: Sequence[str]
    text: Sequence[str]
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    title: str
    source: str
    overview: Sequence[str]

    @classmethod
    def of(
        cls, lines: Sequence[str], title: str, metadata: Mapping[str, str], tags: Mapping[str, str], source: str
    ) -> "Page":
        """From raw lines; nothing of them is lost but white space and marks nobody sees."""
        printed = [line for line in map(plain, lines) if line]
        said = {comparable(plain(label)).rstrip(":"): plain(value) for label, value in metadata.items()}
        text = [comparable(line) for line in printed]
        overview = list(takewhile(lambda line: not CHAPTER_TWO.match(line), text))
        return cls(printed, text, said, tags, plain(title), source, overview)

    def labelled(self, kind: str) -> str:
        """What the portal states under the labels of a kind of `vocabulary.csv`, "" for nothing."""
        return next((self.metadata[label] for label in vocabulary()[kind] if self.metadata.get(label)), "")

    def tag(self, name: str) -> str:
        """A tag of the page, "" for none."""
        return plain(self.tags.get(name, ""))


class _HalfWidth(dict[int, str]):
    """Character by character NFKC that keeps the length of a text; filled as characters come."""

    def __missing__(self, code: int) -> str:
        half = unicodedata.normalize("NFKC", chr(code))
        self[code] = half if len(half) == 1 else chr(code)
        return self[code]


_HALF_WIDTH = _HalfWidth()


def plain(text: str) -> str:
    """``text`` without white space and extraction marks."""
    return _INVISIBLE.sub("", text)


def comparable(text: str) -> str:
    """``text`` for matching, as long as it was: simplified script, half width, years in digits."""
    folded = unicodedata.normalize("NFKC", text)
    if len(folded) != len(text):
        folded = text.translate(_HALF_WIDTH)
    same = simplified(folded)
    folded = same if len(same) == len(folded) else folded
    return in_digits(folded)


def in_digits(text: str) -> str:
    """Years in Chinese digits as 2023."""
    return _HAN_YEAR.sub(lambda match: "2" + match[0][1:].translate(_HAN_DIGITS), text)


def is_label(text: str) -> bool:
    """Whether a line is a label of the portal with what it states (发布机构:…), but not one of the title."""
    label, colon, _ = text.partition(":")
    return bool(colon) and label in _labels()


@lru_cache(maxsize=1)
def _labels() -> frozenset[str]:
    words = vocabulary()
    return frozenset(
        word for kind in words if kind.startswith("meta_") and kind != "meta_title" for word in words[kind]
    )
