"""Objects taken from the markup of a page before it is parsed: a page of a table has a thousand strokes and texts.

What follows one another becomes one element, so that it keeps its place between the other objects, inside its layer and
blocks. Taken are paths that are one stroke, and texts of plain characters; what is written otherwise stays as it is,
and so does a page in which anything is amiss.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import compress, starmap
from typing import NamedTuple

from extract.formats.drawn.ofd.values import Tag
from extract.formats.drawn.view import Box

GATHERED = "gathered"  # the element in place of objects; `at` is their number among the runs
MAX_BYTES = 1_000_000  # of a page worth the effort

THIN = 1.0  # millimetres: only lines thinner than this are taken
_POINT, _VALUE = r"([-\d.]++) ([-\d.]++)", r'="[\w.# -]*+"'
_OTHERS = rf'(?: (?:(?:ID|Join|Cap|MiterLimit){_VALUE}|LineWidth="0?\.\d++"))*+'
_ATTRIBUTES = r"""(?: (?!Boundary=)[A-Z]\w*+="[ !#-%'-;=-~]*+")*+"""
_CHARACTERS = r"[^<>&\r\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*+"
_PREFIX = re.compile(rb"<(\w+:|)Page[ >]")
_OTHER_ENCODING = re.compile(rb"""<\?xml [^>]*encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)


# What a code says of X, Y, DeltaX and DeltaY, and its characters (11.3).
Code = tuple[float | None, float | None, str | None, str | None, str]


class Text(NamedTuple):
    """A text object: how many strokes of its run stand before it, its attributes but for number and boundary (one of
    all objects that have the same), its boundary, its colour, its codes.
    """

    after: int
    tag: Tag
    boundary: Box
    colour: Tag | None
    codes: list[Code]


_text = partial(tuple.__new__, Text)  # from its fields in a tuple


@dataclass(slots=True)
class Gathered:
    """Objects that follow one another. Six rows of numbers tell the strokes: the corners of the boundaries of their
    paths, their ends within; `coloured` those whose object says its colour.
    """

    strokes: list[list[float]] = field(default_factory=lambda: [[] for _ in range(6)])
    coloured: list[bool] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


@lru_cache(maxsize=16)
def _patterns(prefix: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """An object that is taken, and a code of a text."""

    def tag(name: str, attributes: str = "") -> str:
        return rf"[\n\t ]*+<{prefix}{name}{attributes}"

    def end(name: str) -> str:
        return rf"</{prefix}{name}>"

    path = (
        rf'PathObject{_OTHERS} Boundary="{_POINT} [\d. -]*+"{_OTHERS}>'
        rf"({tag('StrokeColor')} Value{_VALUE} ?/>)?+"
        rf"{tag('AbbreviatedData')}>M {_POINT} L {_POINT} ?{end('AbbreviatedData')}[\n\t ]*+{end('PathObject')}"
    )

    def code(group: str) -> str:
        told = "".join(rf'(?: {name}="{group}[-\d. g]*+)")?+' for name in ("X", "Y", "DeltaX", "DeltaY"))
        return rf"{tag('TextCode', told)}>{group}{_CHARACTERS}){end('TextCode')}"

    text = (
        rf'TextObject( ID="\w*+")?+({_ATTRIBUTES}) Boundary="{_POINT} {_POINT}"({_ATTRIBUTES})>'
        rf"(?:{tag('FillColor', f'({_ATTRIBUTES})')} ?/>)?+"
        rf"{code('(')}((?:{code('(?:')})*+)[\n\t ]*+{end('TextObject')}"
    )
    return re.compile(rf"<{prefix}(?:{path}|{text})[\n\t\r ]*+", re.ASCII), re.compile(code("("), re.ASCII)


def gathered(content: bytes) -> tuple[bytes, list[Gathered]]:
    """(the markup of a page with an element in place of objects that follow one another, those objects)."""
    root = _PREFIX.search(content)
    if root is None or len(content) > MAX_BYTES or _OTHER_ENCODING.match(content):
        return content, []
    try:
        rest, runs = _taken(content.decode(), *_patterns(root[1].decode()))
    except ValueError:
        return content, []
    is_bare = "<!" not in rest and rest.count("<?") <= 1  # what stands in comments is no object
    return (rest.encode(), runs) if is_bare else (content, [])


def _taken(content: str, taken: re.Pattern[str], codes_of: re.Pattern[str]) -> tuple[str, list[Gathered]]:
    """The same; raises ValueError for numbers, attributes and encodings that are none."""
    pieces = taken.split(content)
    columns = [pieces[at :: taken.groups + 1] for at in range(1, taken.groups + 2)]
    corners, colours, ends = columns[:2], columns[2], columns[3:7]  # of strokes, None in those of a text
    strokes = [[*map(float, filter(None, column))] for column in (*corners, *ends)]
    coloured = [colour is not None for colour in compress(colours, corners[0])]
    rest = [pieces[0]]
    runs = [Gathered()]
    tags: dict[tuple[str, str], Tag] = {}
    first = texts = 0  # the first stroke of the run; texts so far
    boundaries = zip(*(map(float, filter(None, column)) for column in columns[9:13]), strict=True)
    rows = zip(*columns[7:9], *columns[13:], strict=True)
    for at, (number, before, after, fill, x, y, steps, falls, said, more, behind) in enumerate(rows):
        if before is not None:
            if (look := (before, after)) not in tags:
                tags[look] = Tag(f"{number or ''}{before}{after}")
            ink = None if fill is None else _colour(fill)
            codes = [_code(x, y, steps, falls, said)]
            if more:
                codes += starmap(_code, codes_of.findall(more))
            runs[-1].texts.append(_text((at - texts - first, tags[look], next(boundaries), ink, codes)))
            texts += 1
        if behind:
            last = at + 1 - texts
            runs[-1].strokes = [row[first:last] for row in strokes]
            runs[-1].coloured = coloured[first:last]
            rest += f'<{GATHERED} at="{len(runs) - 1}"/>', behind
            runs.append(Gathered())
            first = last
    return "".join(rest), runs


def _code(x: str, y: str, steps: str, falls: str, said: str) -> Code:
    return float(x) if x else None, float(y) if y else None, steps, falls, said


_colour = lru_cache(maxsize=256)(Tag)
