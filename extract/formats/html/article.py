"""The article of a page, told from the navigation above it, beside it and the imprint below.

Most of what a page says stands in its article: sentences that are no links, and tables of figures. The article is
therefore the innermost element that holds nearly all of them: one of the containers that content management systems
are known to use (`article.yaml`), else whichever it is. Its title may stand above it: it is told by what the page's
head says the title is.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate, islice
from typing import Any, NamedTuple

from extract.document import Document, Grid
from extract.labels import squeeze
from extract.yaml_data import parsed

# How much of what a page says its article holds at least.
_MOST = 0.85
_LINE = 12  # characters: shorter lines are no sentences
_SENTENCE = re.compile(r"[。；！？;]|，.*，")
_FIGURES, _DAY = 3, 2  # tables with fewer figures lay something out; a calendar has labels of two characters at most
_SHORT_TITLE, _LONG_TITLE = 6, 80
_WEIGHT = 10  # characters of a sentence a cell of a table of figures counts for
_SEPARATOR = re.compile(r"[_|｜–—]|(?<=\S)-(?=\S)|\s-\s|--")
_FLOOR = 0.4  # of the characters of a line: with more in links it leads elsewhere


# What an element is for: it holds the article, leads through the site, says whose that is; "" for nothing it says.
CONTAINER, FURNITURE, IMPRINT = "container", "furniture", "imprint"


class Span(NamedTuple):
    """An element around blocks `start` to `stop` (not included) of a document, and its role."""

    role: str
    start: int
    stop: int


@dataclass(slots=True)
class Outline:
    """What a walk over a page notes beside its blocks: how many characters of each are links, which elements hold
    which.
    """

    links: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    data = parsed((files("extract.formats.html") / "article.yaml").read_text(encoding="utf-8"))
    return {
        "containers": frozenset(
            name for lines in data["containers"].values() for line in lines for name in line.split()
        ),
        FURNITURE: re.compile("|".join(map(re.escape, data["furniture"].split()))),
        IMPRINT: re.compile("|".join(map(re.escape, data["imprints"].split()))),
        "elements": {tag: kind for kind, tags in data["elements"].items() for tag in tags.split()},
        "title": re.compile(data["title"]),
        "trail": tuple(map(squeeze, data["trail"])),
        "after": tuple(map(squeeze, data["after"])),
        "imprint line": re.compile("|".join(map(re.escape, map(squeeze, data["imprint"])))),
    }


def article(document: Document, outline: Outline) -> range | None:
    """Where in the blocks of a page its article stands; None where it has nothing around it that could be told."""
    weights = [_weight(block, links) for block, links in zip(document.blocks, outline.links, strict=True)]
    upto = [0, *accumulate(weights)]
    furnished = {
        index
        for one in outline.spans
        if one.role == IMPRINT or (one.role == FURNITURE and (upto[one.stop] - upto[one.start]) * 2 < upto[-1])
        for index in range(one.start, one.stop)
    }
    if furnished:
        weights = [0 if index in furnished else weight for index, weight in enumerate(weights)]
        upto = [0, *accumulate(weights)]
    page = Span("", 0, len(weights))
    holding = [one for one in [page, *outline.spans] if upto[one.stop] - upto[one.start] >= _MOST * upto[-1]]
    body = min(holding, key=lambda one: (one.role != CONTAINER, one.stop - one.start)) if upto[-1] else page
    heavy = [index for index in range(body.start, body.stop) if weights[index]]
    start = _start(document, outline, furnished, body, heavy)
    if start is None:
        return None
    behind = range(heavy[-1] + 1 if heavy else start + 1, body.stop)
    stop = _last(document.blocks, outline, furnished, behind)
    return None if start == 0 and stop == len(weights) else range(start, stop)


def _start(document: Document, outline: Outline, furnished: set[int], body: Span, heavy: list[int]) -> int | None:
    """The block the article of a body begins with; None where neither a title nor anything of weight tells."""
    start = _title(document, furnished, outline.links, heavy[0] + 1 if heavy else body.stop)
    if start is not None or not heavy:
        return start
    start = _unnamed_title(document.blocks, furnished, outline.links, heavy[0])
    if start is None:
        start = _first(document.blocks, outline.links, furnished, range(body.start, heavy[0]))
    return start


@lru_cache(maxsize=4096)
def role(tag: str, names: str | None, identifier: str | None) -> str:
    """What an element says it is for, by its tag, classes and id."""
    known = _known()
    own = f"{names or ''} {identifier or ''}".split()
    if not known["containers"].isdisjoint(own):
        return CONTAINER
    if tag in known["elements"]:
        return str(known["elements"][tag])
    for kind in (IMPRINT, FURNITURE):
        if any(map(known[kind].search, map(str.lower, own))):
            return kind
    return ""


def sections() -> Collection[str]:
    """The tags of elements that say by them what they are for."""
    tags: dict[str, str] = _known()["elements"]
    return tags


def _weight(block: str | Grid, links: int) -> int:
    """What a block counts for: the characters of its sentences, the cells of a table of figures."""
    if isinstance(block, Grid):
        figures = (cell for row in block.rows for cell in row if cell.text[-1:].isdigit())
        labels = (cell for row in block.rows for cell in row if len(cell.text) > _DAY and not cell.text.isascii())
        says = len(list(islice(figures, _FIGURES))) == _FIGURES and any(labels)
        return _WEIGHT * sum(map(len, block.rows)) if says else 0
    return len(block) if len(block) >= _LINE and links * 2 < len(block) and _SENTENCE.search(block) else 0


def _titles(document: Document) -> Iterator[str]:
    """What the page's head, or its first heading, says the title is; the longest part where a site adds its name."""
    for title in (document.meta.get("articletitle", ""), document.title, document.meta.get("title", "")):
        parts = sorted(map(squeeze, _SEPARATOR.split(title)), key=len)
        for one in dict.fromkeys((squeeze(title), *parts[-1:])):
            if len(one) >= _SHORT_TITLE:
                yield one


def _title(document: Document, furnished: set[int], links: list[int], stop: int) -> int | None:
    """The block before `stop` at which the title begins: the last that is no link, for a trail may end in it."""
    blocks = [squeeze(b) if isinstance(b, str) and len(b) <= _LONG_TITLE else "" for b in document.blocks[:stop]]
    for title in dict.fromkeys(_titles(document)):
        found = [
            index
            for index, block in enumerate(blocks)
            if len(block) > 1 and title.startswith(block) and "".join(blocks[index : index + 4]).startswith(title)
        ]
        free = [i for i in found if i not in furnished and not links[i]]
        if found:
            return (free or found)[-1]
    return None


def _unnamed_title(blocks: Sequence[str | Grid], furnished: set[int], links: list[int], stop: int) -> int | None:
    """The last block before `stop` that reads as the title of a report, alone or with the next."""
    known = _known()["title"]
    behind = ""
    for index in range(stop - 1, -1, -1):
        block = blocks[index]
        line = squeeze(block) if isinstance(block, str) and index not in furnished and not links[index] else ""
        if len(line) <= _LONG_TITLE and (known.fullmatch(line) or (line and known.fullmatch(line + behind))):
            return index
        behind = line
    return None


def _first(blocks: Sequence[str | Grid], links: list[int], furnished: set[int], before: range) -> int:
    """The first block of the article where no title is known: behind the last that leads through the site."""
    begin = before.start
    for index in before:
        block = blocks[index]
        if (
            index in furnished
            or _leads(block, links[index])
            or (isinstance(block, str) and squeeze(block).startswith(_known()["trail"]))
        ):
            begin = index + 1
    return begin


def _last(blocks: Sequence[str | Grid], outline: Outline, furnished: set[int], behind: range) -> int:
    """Behind the last block of the article: before the first after its text that is none of it."""
    for index in behind:
        block = blocks[index]
        if index in furnished or _leads(block, outline.links[index]):
            return index
        line = squeeze(block) if isinstance(block, str) else ""
        if _known()["imprint line"].search(line):
            around = (one.start for one in outline.spans if behind.start <= one.start <= index < one.stop)
            return min(around, default=index)
        if line.startswith(_known()["after"]):
            return index
    return behind.stop


def _leads(block: str | Grid, links: int) -> bool:
    """Whether a block is mostly links."""
    return isinstance(block, str) and links > _FLOOR * len(block)
