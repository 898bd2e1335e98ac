"""Tables whose cells ran together on one line, names and figures with nothing between them.

The words of the forms tell where a name ends. A run of figures is one cell under one column, and a cell each where it
has as many characters as there are columns; any other is one text that the reader marks. What was a blank cell left no
trace, so whoever reads such a table puts all of its cells in doubt.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from extract.labels import squeeze, squeeze_text
from extract.vocabulary import Vocabulary, column_name

_SHORTEST = 20  # characters of a line that may hold a table
_LEAST = 3  # names and figures of a table
_HAN_NUMBER = "[一二三四五六七八九十]{1,3}"
_NUMBERING = rf"(?:其中:)?(?:\({_HAN_NUMBER}\)|{_HAN_NUMBER}[、.]|\(\d{{1,2}}\)|\d{{1,2}}[、.])?"
_NOTE = rf"(?:\((?!(?:{_HAN_NUMBER}|\d{{1,2}})\))[^()]*\))?"
_YEAR = r"(?:(?:19|20)\d\d年(?:度数?|1-12月|(?=统计|年)))"
_RUN = re.compile(r"[\d.、/+\-\u2010-\u2015\u2212]+|无+(?!正)")  # 无正当理由 begins a label
_ALONE = re.compile(r"[\d/]+|无+|[-\u2010-\u2015\u2212]+")  # characters that may each be the whole of a cell
_PARTED = re.compile(r"[\t|]|\d\s+\d|[^\S\n]{2}")  # by something
_HEADING = re.compile(rf"{_HAN_NUMBER}、")


class Piece(NamedTuple):
    """A cell, or the text between tables, and where in its line it begins."""

    text: str
    start: int


def tear(line: str, words: Vocabulary) -> list[Piece]:
    """The cells of the tables glued together in a line, and the text before, between and behind them without its
    blanks; none if the line has no such table, or something parts its figures.
    """
    names = _names(words)
    if len(line) < _SHORTEST or _PARTED.search(line) or not names.opening.search(squeeze_text(line)):
        return []
    squeezed = [(char, at) for at, printed in enumerate(line) for char in squeeze(printed)]
    text = "".join(char for char, _ in squeezed)
    places = [at for _, at in squeezed]
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


class _Names:
    """The words of the forms, as patterns over squeezed text."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        open_ended = [re.escape(stub) + r"[^()]*\)" for stub in words.stubs if stub.startswith("(")]
        names = sorted({*words.kinds, *words.stubs}, key=len, reverse=True)
        either = "|".join([*open_ended, *map(re.escape, names)])
        self.name = re.compile(rf'{_NUMBERING}(?P<name>{_YEAR}?(?:{either})|{_YEAR})"?{_NOTE}')
        self.unit = re.compile(rf"(?:{'|'.join(sorted(words.units, key=len, reverse=True))})(?=[\d/\-无])")
        captions = [re.escape(name) for name, kind in words.kinds.items() if kind == "caption"]
        stubs = map(re.escape, sorted(words.stubs, key=len, reverse=True))
        columns = "|".join(re.escape(name) for name in names if words.kinds.get(name) in ("header", "either"))
        self.opening = re.compile("|".join([*captions, *stubs, f"(?:{columns}){{2}}"]))
        self.title = re.compile(rf"(?:{_HEADING.pattern})?(?:{'|'.join(map(re.escape, words.by_title))})$")
        self.beginnings = [name for name in names if words.kinds.get(name) != "header"]

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
        return is_cut or bool(self.name.match(text, at) or _HEADING.match(rest))


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

    def take(self) -> bool:
        """Take the next cell; False where the text goes on otherwise."""
        if self._last in ("label", "unit", "header") and (run := _RUN.match(self._text, self.end)):
            found, follows = self._run(run[0])
            if found or not follows:
                return self._take_run(found)
        if self._last == "label" and (unit := self._names.unit.match(self._text, self.end)):
            return self._take("unit", unit[0])
        if name := self._names.name.match(self._text, self.end):
            kind: str = self._names.words.kind(name["name"])
            if kind == "either":
                kind = "header" if self._last == "header" else "label"
            if kind == "header":
                before = self._columns if self._last == "header" else 0
                self._columns = before + (column_name(name["name"]) in self._names.words.leaves)
            return self._take(kind, name[0])
        return False

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
        numbers = self._names.words.numbers.get(label["name"], ()) if label else ()
        tail = next((tail for number in numbers if run.endswith(tail := f"{number}{run[-1]}")), "")
        return (run.removesuffix(tail), True) if tail else ("", False)

    def _take_run(self, run: str) -> bool:
        """The cells of a run of figures."""
        is_each = 1 < self._columns == len(run) and _ALONE.fullmatch(run)
        self.figures += bool(is_each) or self._last != "header"
        for text in run if is_each else filter(None, [run]):
            self._take("value", text)
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
