"""Lines whose values ran together, split by the arithmetic of their table.

`15130000154` in a row of seven columns is seven counts, if just one way of cutting it satisfies every identity of the
form that can be evaluated, along the line and across the others. Any other line stays as it is: unread, and marked.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from extract.forms import Table
from extract.read import ReadCell
from transform.identities import UNKNOWN, Key, Operand, residuals

RAGGED = "ragged_line"
# Digits of a line, and cuts tried before it is given up: fifteen counts of two digits are far below.
_LONGEST = 60
_TRIES = 200_000


class _Equation(NamedTuple):
    """What an identity asks of the values of a line: the sum of coefficient times value over `terms` is `total`."""

    terms: Mapping[int, int]
    total: int
    last: int


def decoded(table: Table, cells: Sequence[ReadCell], operands: Mapping[Key, Operand]) -> dict[Key, Decimal]:
    """The values of the lines of a table that ran together and can be told apart.

    `operands` are all cells of the report. One line is never told apart with the help of another such line.
    """
    ragged = [cell for cell in cells if cell.issue == RAGGED and cell.table == table.key and cell.method == "labelled"]
    found: dict[Key, Decimal] = {}
    for _, group in groupby(ragged, key=lambda cell: (cell.grid, cell.row, cell.column, cell.printed)):
        line = list(group)
        pieces = _digits(line[0].printed)
        keys = [(cell.indicator_code, cell.applicant_code) for cell in line]
        if pieces and all(cell.type == "count" for cell in line):
            equations = _equations(table, keys, operands)
            forced = sum(map(len, pieces)) == len(keys)  # a digit for each
            if _is_checked(table, len(keys), equations, forced=forced):
                ways = _ways(pieces, len(keys), equations)
                if len(ways) == 1:
                    found |= zip(keys, map(Decimal, ways[0]), strict=True)
    return found


def _digits(printed: str) -> list[str]:
    """The runs of digits of a line; none where it holds anything but digits and blanks."""
    pieces = re.split(r"[\s|]+", unicodedata.normalize("NFKC", printed).strip(" |\t\n"))
    sound = all(piece.isascii() and piece.isdigit() for piece in pieces) and sum(map(len, pieces)) <= _LONGEST
    return pieces if sound else []


def _equations(table: Table, keys: Sequence[Key], operands: Mapping[Key, Operand]) -> list[_Equation]:
    """The identities about a line of which nothing else is unknown or in doubt. A blank counts as nothing."""
    place = {key: number for number, key in enumerate(keys)}
    found = []
    for residual in residuals(table, operands):
        terms = {place[key]: coefficient for coefficient, key in residual.terms if key in place}
        others = [operands.get(key) for _, key in residual.terms if key not in place]
        if residual.relation == "=" and terms and all(map(_is_certain, others)):
            total = residual.right - residual.left
            if total == int(total):
                found.append(_Equation(terms, int(total), max(terms)))
    return found


def _is_certain(operand: Operand | None) -> bool:
    return operand is not None and not operand.doubtful and operand.kind not in UNKNOWN


def _is_checked(table: Table, width: int, equations: Sequence[_Equation], *, forced: bool) -> bool:
    """Whether every value is part of a sum along the line and, where the form sums up lines and there is more than one
    way to cut, some are of one across.
    """
    along = {number for equation in equations if len(equation.terms) > 1 for number in equation.terms}
    across = forced or any(len(equation.terms) == 1 for equation in equations)
    return len(along) == width and (across or not any(identity.scope == "columns" for identity in table.identities))


def _ways(pieces: Sequence[str], width: int, equations: Sequence[_Equation]) -> list[tuple[int, ...]]:
    """The ways to cut runs of digits into so many numbers that satisfy all equations; at most two are looked for.

    None where it would take too many tries.
    """
    due: dict[int, list[_Equation]] = {}
    for equation in equations:
        due.setdefault(equation.last, []).append(equation)
    tries = 0
    ways: list[tuple[int, ...]] = []
    waiting: list[tuple[tuple[int, ...], int, int]] = [((), 0, 0)]
    while waiting and len(ways) < 2:
        values, piece, at = waiting.pop()
        tries += 1
        if tries > _TRIES:
            return []
        if len(values) == width:
            ways += [values] if piece == len(pieces) else []
            continue
        for value, after_piece, after in _next(pieces, piece, at, width - len(values)):
            longer = (*values, value)
            if all(sum(c * longer[n] for n, c in e.terms.items()) == e.total for e in due.get(len(values), ())):
                waiting.append((longer, after_piece, after))
    return ways


def _next(pieces: Sequence[str], piece: int, at: int, left: int) -> Iterator[tuple[int, int, int]]:
    """The numbers that may begin at a place, with the place behind them, if `left` numbers are to come."""
    if piece == len(pieces):
        return
    run = pieces[piece]
    rest = sum(map(len, pieces[piece + 1 :]))
    runs = len(pieces) - piece - 1
    for end in range(at + 1, at + 2 if run[at] == "0" else len(run) + 1):
        is_over = end == len(run)
        if runs + (not is_over) <= left - 1 <= rest + len(run) - end:
            yield int(run[at:end]), piece + is_over, 0 if is_over else end
