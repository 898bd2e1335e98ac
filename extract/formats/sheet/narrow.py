"""Numbers too wide for their column: a page shows signs in their place, or rounds them (ECMA-376 Part 1, 18.3.1.13).

A width counts digits of the usual type of a workbook, and some room beside them. Text flows over or is broken over
lines; a number never is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

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

    @property
    def fitting(self) -> int:
        """How many characters fit into any of the columns."""
        rooms = [width for width in (self.usual, *self.columns.values()) if width > _ROOM]
        return int((min(rooms, default=USUAL) - _ROOM) / 2 / max(self.largest, 1e-9))

    def is_too_wide(self, at: At, text: str) -> bool:
        """Whether a number does not fit into its column; a merged cell has the room of several."""
        room = self.columns.get(at[1], self.usual) - _ROOM
        return 0 < room < _width(text) * self.scale(at)


def _width(text: str) -> float:
    return sum(2 if char > _WIDE else 0.5 if char in _NARROW else 1 for char in text)
