"""What the attributes and elements of OFD say: numbers, steps, boxes, matrices, colours, paths (GB/T 33190, 7 to 9)."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias

from lxml import etree

from extract.formats.drawn.view import Box

Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[float, float, float]
Stroke = tuple[float, float, float, float]  # from a point to another

POINT = 72 / 25.4  # of a millimetre
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
MAX_STEPS = 200_000

_SQUARE = 3.0  # degrees a text may lean from the directions of the page
_NARROW = 0.5  # the width of a Latin character, for its size
_WIDE_FROM = "\u2e80"
_NARROW_SIGN = re.compile(r"[\0-\u2e7f]")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PATH = re.compile(r"[SMLQBAC]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_HEXADECIMAL = re.compile(r"#[0-9A-Fa-f]{1,2}")
_OPERANDS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


def local(node: etree._Element) -> str:
    """The name of an element: writers use more than one namespace."""
    return _without_space(node.tag)


@lru_cache(maxsize=1024)
def _without_space(tag: str) -> str:
    return tag.rpartition("}")[2]


def child_of(node: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of a name, in whatever namespace."""
    for part in node if node is not None else ():
        if _without_space(part.tag) == name:
            return part
    return None


class Tag:
    """The attributes of an element without children (` ID="1" Name="x"`), asked for as those of a parsed one.

    Raises ValueError where one stands twice.
    """

    __slots__ = ("get",)
    get: Callable[[str], str | None]

    def __init__(self, attributes: str) -> None:
        words = attributes[1:-1].replace('" ', '="').split('="')
        found = dict(zip(words[::2], words[1::2], strict=False))
        if 2 * len(found) < len(words) - 1:
            raise ValueError("an attribute stands twice")
        self.get = found.get

    def __len__(self) -> int:
        return 0


Node: TypeAlias = "etree._Element | Tag"
Parts = Mapping[str, Node]


def parts_of(node: etree._Element) -> dict[str, etree._Element]:
    """The first child of each name, in whatever namespace."""
    parts: dict[str, etree._Element] = {}
    for part in node:
        parts.setdefault(_without_space(part.tag), part)
    return parts


def text_of(node: etree._Element | None, name: str) -> str:
    """The text of the first child of a name, "" for none."""
    found = child_of(node, name)
    return (found.text or "").strip() if found is not None else ""


def box_of(area: etree._Element | None) -> Box | None:
    """The physical box of a page, in millimetres: left, top, right, bottom."""
    numbers = numbers_in(text_of(area, "PhysicalBox"))
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        return None
    x, y, width, height = numbers
    return x, y, x + width, y + height


def numbers_in(text: str) -> tuple[float, ...]:
    """The numbers of a list."""
    try:
        return tuple(map(float, text.split()))
    except ValueError:
        return tuple(map(float, _NUMBER.findall(text)))


@lru_cache(maxsize=4096)
def deltas(text: str, scale: float) -> tuple[float, ...]:
    """The steps between characters, scaled: `g 3 4.5` stands for three of 4.5 (11.3)."""
    words = text.split()
    found: list[float] = []
    at = 0
    try:
        while at < len(words) and len(found) < MAX_STEPS:
            if words[at] == "g":
                found += [scale * float(words[at + 2])] * min(int(words[at + 1]), MAX_STEPS)
                at += 3
            else:
                found.append(scale * float(words[at]))
                at += 1
    except (ValueError, IndexError):
        return ()
    return tuple(found)


def number_or(value: str | None, other: float) -> float:
    """The number an attribute states, or else another."""
    found = to_number(value)
    return other if found is None else found


def to_number(value: str | None) -> float | None:
    """The number an attribute states; some writers put a unit behind it."""
    if not value:
        return None
    try:
        return float(value)
    except ValueError:
        found = _NUMBER.match(value.strip())
        return float(found[0]) if found else None


def alpha(node: Node) -> float:
    """How opaque something is, from 0 to 1 (its attribute counts to 255)."""
    told = node.get("Alpha")
    value = to_number(told) if told else None
    return 1.0 if value is None else min(max(value / 255, 0.0), 1.0)


def placed(node: Node, outer: Matrix) -> Matrix:
    """The matrix within an object: its own, then the corner of its boundary, then the one around it (8.5)."""
    return product(own_matrix(node), shifted(outer, _corner(node.get("Boundary") or "")))


def own_matrix(node: Node) -> Matrix:
    """The matrix an object states."""
    own = node.get("CTM")
    numbers = numbers_in(own) if own else ()
    if len(numbers) != 6:
        return 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def shifted(outer: Matrix, boundary: Sequence[float]) -> Matrix:
    """A matrix from the corner of a boundary, if it has one."""
    if len(boundary) < 2:
        return outer
    a, b, c, d, e, f = outer
    x, y = boundary[:2]
    return a, b, c, d, a * x + c * y + e, b * x + d * y + f


def _corner(boundary: str) -> tuple[float, ...]:
    """The first two numbers of a box, if it has so many."""
    try:
        x, y, _ = boundary.split(None, 2)
        return float(x), float(y)
    except ValueError:
        return numbers_in(boundary)[:2]


def product(first: Matrix, then: Matrix) -> Matrix:
    """Two matrices, one after the other."""
    a, b, c, d, e, f = first
    a2, b2, c2, d2, e2, f2 = then
    return (
        a * a2 + b * c2, a * b2 + b * d2, c * a2 + d * c2, c * b2 + d * d2, e * a2 + f * c2 + e2, e * b2 + f * d2 + f2,
    )  # fmt: skip


def moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point behind a matrix."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def quarters(degrees: float) -> int:
    """Quarter turns clockwise, -1 for an angle in between."""
    turns = degrees / 90
    return round(turns) % 4 if abs(turns - round(turns)) * 90 <= _SQUARE else -1


@lru_cache(maxsize=1024)
def colour_of(value: str, space: str) -> Colour | None:
    """A colour in grey, RGB or CMYK; None in a space nobody knows."""
    parts = [
        int(word[1:], 16) if re.fullmatch(r"#[0-9A-Fa-f]{1,2}", word) else to_number(word) for word in value.split()
    ]
    levels = [min(max((part or 0) / 255, 0.0), 1.0) for part in parts]
    if len(levels) == 1 and space.upper() in ("GRAY", ""):
        return levels[0], levels[0], levels[0]
    if len(levels) == 3:
        return levels[0], levels[1], levels[2]
    if len(levels) == 4:
        cyan, magenta, yellow, black = levels
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    return BLACK if not levels else None


def glyph_places(
    text: str, x: float, y: float, size: float, steps: tuple[float, ...], falls: tuple[float, ...]
) -> tuple[list[float], list[float], list[float], bool]:
    """Where the characters of a run begin that begins at a point, and their widths, all in one unit; whether none
    begins left of the one before.
    """
    count = len(text)
    narrow = size * _NARROW
    if not _NARROW_SIGN.search(text):
        least, natural = size, [size] * count
    elif text.isascii():
        least, natural = narrow, [narrow] * count
    else:
        least, natural = size, [size if glyph >= _WIDE_FROM else narrow for glyph in text]
    # Without a step a character stands where the one before does, if it falls; else as far on as that is wide.
    rest = natural[len(steps) :] if not falls else [0.0] * (count - len(steps))
    taken = [*steps[:count], *rest]
    xs = list(accumulate(taken, initial=x))
    xs.pop()  # where the last one ends
    ys = list(accumulate([*falls, *[0.0] * count][: count - 1], initial=y)) if falls else [y] * count
    shortest = min(taken)
    if shortest >= least:  # as in most lines, nothing is narrower than it is wide
        return xs, ys, natural, shortest >= 0
    widths = [step if 0 < step < own else own for own, step in zip(natural, taken, strict=True)]
    return xs, ys, widths, shortest >= 0


_Point = tuple[float, float]


@lru_cache(maxsize=4096)
def segments(data: str) -> tuple[tuple[tuple[float, float, float, float], ...], bool]:
    """(the straight pieces of a path, whether it has only such and is a box)."""
    words = _PATH.findall(data)
    lines: list[tuple[float, float, float, float]] = []
    start = last = (0.0, 0.0)
    straight, at = True, 0
    while at < len(words):
        kind = words[at]
        operands = words[at + 1 : at + 1 + _OPERANDS.get(kind, 0)]
        if kind not in _OPERANDS or len(operands) < _OPERANDS[kind] or any(word in _OPERANDS for word in operands):
            break  # what follows a damaged piece nobody draws
        at += 1 + len(operands)
        point = start if kind == "C" else (float(operands[-2]), float(operands[-1]))
        if kind in "SM":
            start = point
        elif kind in "LC":
            if point != last:
                lines.append((*last, *point))
        else:
            straight = False
        last = point
    xs, ys = {x for line in lines for x in line[::2]}, {y for line in lines for y in line[1::2]}
    return tuple(lines), straight and len(xs) <= 2 and len(ys) <= 2
