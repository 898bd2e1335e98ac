"""Tables whose cells ran together on one line, names and figures with nothing between them.

The words of the forms tell where a name ends. A run of figures is one cell under one column; under several it is cut
where there is just one way of cutting it into as many numbers; any other is one text that the reader marks. What was a
blank cell left no trace, so whoever reads such a table puts all of its cells in doubt.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from extract.labels import spellings, squeeze, squeeze_text
from extract.vocabulary import Vocabulary, column_name, year_of

_SHORTEST = 20  # characters of a line that may hold a table
_LEAST = 3  # names and figures of a table
_HAN_NUMBER = "[一二三四五六七八九十]{1,3}"
_NUMBERING = rf"(?:其中:)?(?:\({_HAN_NUMBER}\)|{_HAN_NUMBER}[、.]|\(\d{{1,2}}\)|\d{{1,2}}[、.])?"
_NOTE = rf"(?:\((?!(?:{_HAN_NUMBER}|\d{{1,2}})\))[^()]*\))?"
_OF_YEAR = r"(?:19|20)\d\d年"
_YEAR = rf"{_OF_YEAR}(?:度数?|1-12月)"
_FIGURES = r"[\d.、/+\-\u2010-\u2015\u2212]+"
_RUN = re.compile(rf"{_FIGURES}(?: {_FIGURES})*|无+(?!正)")  # 无正当理由 begins a label
_NUMBERS = re.compile(r"[\d/ ]+")  # whole ones, and strokes for none
_ALIKE = re.compile(r"无+|[-\u2010-\u2015\u2212]+")  # a sign for none in each cell
_NUMBER = re.compile(r" ?(?:其中:)?(\d{1,2})[、.]")
# What may be a figure or a sign for none, neither another ideograph nor punctuation: a line without is prose.
_NONE = sorted(filter("\u4e00".__lt__, spellings("无")))
_FROM, _TO = ["\u4e00", *(chr(ord(sign) + 1) for sign in _NONE)], [*(chr(ord(sign) - 1) for sign in _NONE), "\u9fff"]
_OTHER = re.compile(rf"[^{''.join(map('{}-{}'.format, _FROM, _TO))}\s，。、；：？！“”‘’（）()《》【】…]")
_HEADING = re.compile(rf"{_HAN_NUMBER}、|\({_HAN_NUMBER}\)")


class Piece(NamedTuple):
    """A cell, or the text between tables, and where in its line it begins."""

    text: str
    start: int


def tear(line: str, words: Vocabulary) -> list[Piece]:
    """The cells of the tables glued together in a line, and the text before, between and behind them without its
    blanks; none if the line has no such table, or something parts its figures.
    """
    names = _names(words)
    if len(line) < _SHORTEST or "\t" in line or "|" in line or not _OTHER.search(line):
        return []
    if not names.begin_table(squeeze_text(line)):
        return []
    text, places = _without_blanks(line)
    found: list[Piece] = []
    behind = 0
    for opening in names.opening.finditer(text):
        if opening.start() >= behind and (table := _table(text, opening.start(), names)):
            found += names.headed(text, behind, opening.start())
            found += table.pieces
            behind = table.end
    if not found:
        return []
    return [Piece(piece.text, places[piece.start]) for piece in [*found, *names.headed(text, behind, len(text))]]


def _without_blanks(line: str) -> tuple[str, list[int]]:
    """(a line squeezed, where in it each character stands), with a blank where one stands behind a figure."""
    found: list[tuple[str, int]] = []
    for at, printed in enumerate(line):
        if printed.isspace():
            found += [(" ", at)] if found and found[-1][0].isdigit() else []
        else:
            found += [(char, at) for char in squeeze(printed)]
    return "".join(char for char, _ in found), [at for _, at in found]


def cut(run: str, columns: int) -> list[str]:
    """The numbers of a run of figures, if it can be cut into so many in just one way; else the run itself.

    No number but 0 begins with 0; a blank parts two.
    """
    if _ALIKE.fullmatch(run) and len(run) == columns:
        return list(run)
    if not _NUMBERS.fullmatch(run):
        return [run]
    ways = list(islice(_ways(re.findall(r"/|\d+", run), columns), 2))
    return ways[0] if len(ways) == 1 else [run]


def _ways(pieces: list[str], columns: int) -> Iterator[list[str]]:
    """The ways to cut pieces into so many numbers. Each that is begun can be ended: a digit alone is a number."""
    if not pieces and not columns:
        yield []
    if not pieces:
        return
    first, *others = pieces
    for end in range(1, 2 if first[0] == "0" else len(first) + 1):
        rest = [first[end:], *others] if end < len(first) else others
        if sum(map(_fewest, rest)) <= columns - 1 <= sum(map(len, rest)):
            yield from ([first[:end], *way] for way in _ways(rest, columns - 1))


def _fewest(piece: str) -> int:
    """How many numbers a piece is at least: each zero it begins with, and what follows them."""
    return len(piece) - len(piece.lstrip("0")) + bool(piece.strip("0"))


class _Names:
    """The words of the forms, as patterns over squeezed text."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        open_ended = [re.escape(stub) + r"[^()]*\)" for stub in words.stubs if stub.startswith("(")]
        names = sorted({*words.kinds, *words.stubs}, key=len, reverse=True)
        either = "|".join([*open_ended, *map(re.escape, names)])
        self.name = re.compile(rf' ?{_NUMBERING}(?P<name>{_YEAR}|(?:{_OF_YEAR})?(?:{either}))"?{_NOTE}')
        self.unit = re.compile(rf"(?:{'|'.join(sorted(words.units, key=len, reverse=True))})(?=[\d/\-无])")
        captions = [re.escape(name) for name, kind in words.kinds.items() if kind == "caption"]
        stubs = map(re.escape, sorted(words.stubs, key=len, reverse=True))
        columns = "|".join(re.escape(name) for name in names if words.kinds.get(name) in ("header", "either"))
        first = "".join(sorted({name[0] for name in names}))  # one look at most places of a long line
        self.opening = re.compile(f"(?=[{re.escape(first)}])(?:{'|'.join([*captions, *stubs, f'(?:{columns}){{2}}'])})")
        self.title = re.compile(rf"(?:{_HEADING.pattern})?(?:{'|'.join(map(re.escape, words.by_title))})$")
        self.beginnings = [name for name in names if words.kinds.get(name) != "header"]

    def begin_table(self, text: str) -> bool:
        """Whether names of a header stand in a squeezed text, one of them with a name or a figure right behind it."""
        for opening in self.opening.finditer(text):
            name = self.name.match(text, opening.start())
            if name and (self.name.match(text, name.end()) or _RUN.match(text, name.end())):
                return True
        return False

    def headed(self, text: str, start: int, end: int) -> Iterator[Piece]:
        """The text between two tables, the heading of a section at its end by itself."""
        heading = self.title.search(text, start, end)
        at = heading.start() if heading else end
        yield from (Piece(text[a:b], a) for a, b in ((start, at), (at, end)) if a < b)

    def may_follow(self, text: str, at: int) -> bool:
        """Whether what stands behind a run of figures ends it: a name of the form, the heading of a section, the end of
        the text, perhaps within a name.
        """
        rest = text[at:]
        is_cut = any(name.startswith(rest) for name in self.beginnings)
        return is_cut or rest[0] == " " or bool(self.name.match(text, at) or _HEADING.match(rest))


class _Table:
    """The cells of one table, taken one after the other."""

    def __init__(self, text: str, start: int, names: _Names) -> None:
        self.pieces: list[Piece] = []
        self.end = start
        self.figures = 0
        self._text = text
        self._names = names
        self._columns = 0  # of the header last read
        self._last = ""  # what the last cell was
        self._number = 0  # before the last label that has one

    def take(self) -> bool:
        """Take the next cell; False where the text goes on otherwise."""
        name = self._names.name.match(self._text, self.end)
        is_year = name is not None and year_of(name["name"])
        run = _RUN.match(self._text, self.end) if self._last in ("label", "unit", "header") and not is_year else None
        if run:
            found, follows = self._run(run[0])
            if found or not follows:
                return self._take_run(found)
        if self._last == "label" and (unit := self._names.unit.match(self._text, self.end)):
            return self._take("unit", unit[0])
        return name is not None and self._take_name(name)

    def _take_name(self, name: re.Match[str]) -> bool:
        """A label, or a column, of which the header so far has as many as were taken one after the other."""
        kind: str = self._names.words.kind(name["name"])
        if kind == "either":
            kind = "header" if self._last == "header" else "label"
        if kind == "header":
            before = self._columns if self._last == "header" else 0
            self._columns = before + (column_name(name["name"]) in self._names.words.leaves)
        if number := _NUMBER.match(name[0]):
            self._number = int(number[1])
        return self._take(kind, name[0])

    def _take(self, kind: str, text: str) -> bool:
        self.pieces.append(Piece(text, self.end))
        self.end += len(text)
        self._last = kind
        return True

    def _run(self, run: str) -> tuple[str, bool]:
        """(a run of figures without the number of the label behind it, whether that label follows); "" for one of which
        nobody can say where it ends.
        """
        behind = self.end + len(run)
        if run[-1] not in ".、":
            return run if self._names.may_follow(self._text, behind) else "", False
        label = self._names.name.match(self._text, behind)
        usual = self._names.words.numbers.get(label["name"], frozenset()) if label else frozenset()
        numbers = {*usual, str(self._number + 1)} if label else ()
        tail = next((tail for number in numbers if run.endswith(tail := f"{number}{run[-1]}")), "")
        return (run.removesuffix(tail), True) if tail else ("", False)

    def _take_run(self, run: str) -> bool:
        """The cells of a run of figures."""
        cells = cut(run, self._columns) if run else []
        self.figures += self._last != "header" or len(run) >= self._columns > 1
        for cell in cells:
            self.end += self._text.startswith(" ", self.end)
            self._take("value", cell)
        return bool(run)


def _table(text: str, start: int, names: _Names) -> _Table | None:
    """The table that begins at a place of a text; None if too little of one stands there."""
    table = _Table(text, start, names)
    while table.take():
        pass
    return table if table.figures and len(table.pieces) > _LEAST else None


@lru_cache(maxsize=4)
def _names(words: Vocabulary) -> _Names:
    return _Names(words)
