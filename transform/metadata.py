"""What a portal states about a report beside its text: label and value, in tables and lines above and below it.

Which labels there are, and what each is good for, is data: the kinds `meta_*` of `transform/reference/vocabulary.csv`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from extract.labels import squeeze
from extract.reading import Rows
from transform.reference import vocabulary

_KIND = "meta_"
_BRACKETS = "[]【】()<>:"
# A value in a line of several ends where the next label begins, ours or another (浏览次数：12).
_LABEL = r"[\[【(（]?(?:[\u4e00-\u9fff]{1,8}|(?:[\u4e00-\u9fff]\s){1,6}[\u4e00-\u9fff])[\]】)）]?\s*[:：]"
_NEXT = rf"(?=[\s|]+{_LABEL}|[\s|]*$|\s*\|)"
# A label on a line of its own is followed by its value if that is short enough to be none of the report's sentences.
_LONGEST = 60


def metadata_of(blocks: Sequence[str | Rows]) -> dict[str, str]:
    """The first value of every declared label around the tables, by the label as `vocabulary.csv` spells it."""
    found: dict[str, str] = {}
    for label, value in _pairs(blocks):
        if value.strip():
            found.setdefault(label, value.strip())
    return found


def labels() -> list[str]:
    """All declared labels."""
    return [word for kind, words in vocabulary().items() if kind.startswith(_KIND) for word in words]


def _pairs(blocks: Sequence[str | Rows]) -> Iterator[tuple[str, str]]:
    declared = frozenset(labels())
    waiting = ""
    for block in blocks:
        if not isinstance(block, str):
            waiting = ""
            if not block.statutory:
                yield from _in_rows(block.texts, declared)
            continue
        alone = squeeze(block).strip(_BRACKETS)
        if waiting and len(alone) <= _LONGEST and not _labelled().search(block):
            yield waiting, block
        waiting = alone if alone in declared and alone != squeeze(block) else ""
        if not waiting:
            yield from _in_line(block)


def _in_rows(rows: Sequence[Sequence[str]], declared: Collection[str]) -> Iterator[tuple[str, str]]:
    for cells in rows:
        for key, value in pairwise(cells):
            if (label := squeeze(key).strip(_BRACKETS)) in declared:
                yield label, value
        for cell in cells:
            yield from _in_line(cell)


def _in_line(line: str) -> Iterator[tuple[str, str]]:
    for match in _labelled().finditer(line):
        yield squeeze(match[1]), match[2]


@lru_cache(maxsize=1)
def _labelled() -> re.Pattern[str]:
    """A declared label, its characters spaced or not, with a colon; and what follows up to the next label."""
    words = "|".join(r"\s*".join(label) for label in sorted(labels(), key=len, reverse=True))
    return re.compile(
        rf"(?:^|(?<=[\s|\[【(（]))({words})\s*[\]】)）]?\s*[:：][^\S\n]*(?!{_LABEL})(.*?){_NEXT}", re.MULTILINE
    )
