"""Numbers too wide for their column: a page shows signs in their place, or rounds them (ECMA-376 Part 1, 18.3.1.13).

A width counts digits of the usual type of a workbook, and some room beside them. Text flows over or is broken over
lines; a number never is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from extract.formats.sheet.printed import Value

At = tuple[int, int]  # row and column, from 0

USUAL = 9.14  # characters, room included: of a column nothing is said of
_ROOM = 0.2  # characters: what fonts differ by
_NARROW = frozenset(".,:;'|!() ")  # half as wide as a digit
_WIDE = "\u2e7f"  # from here on twice


@dataclass(slots=True)
class Widths:
    """How wide the columns of a sheet are, and how large type is in its cells, the usual as 1; 0 where it is made to
    fit. `largest` is the largest there.
    """

    usual: float = USUAL
    columns: dict[int, float] = field(default_factory=dict)
    largest: float = 1.0
    scale: Callable[[At], float] = lambda at: 1.0

    def too_wide(
        self, texts: list[list[str]], values: Sequence[Sequence[Value]], merges: Sequence[tuple[int, int, int, int]]
    ) -> Iterator[At]:
        """The numbers that do not fit, but for merged cells, which have the room of several columns."""
        merged = {(top, left) for top, left, _, right in merges if right > left}
        for row, line in enumerate(values):
            for column in [column for column, value in enumerate(line) if type(value) is float or type(value) is int]:
                text, room = texts[row][column], self.columns.get(column, self.usual) - _ROOM
                if not 0 < room < len(text) * 2 * self.largest or (row, column) in merged:
                    continue
                if room < _width(text) * self.scale((row, column)):
                    yield row, column


def _width(text: str) -> float:
    return sum(2 if char > _WIDE else 0.5 if char in _NARROW else 1 for char in text)
