"""Reference data: division codes to township level, aliases of agencies, the words agency names are made of.

Everything here is data beside this file; its README states where each file comes from.
"""

import csv
import gzip
from collections.abc import Iterator
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any, NamedTuple

from extract.yaml_data import parsed

_HERE = files(__name__)


class Division(NamedTuple):
    """One row of the division table (GB/T 2260 codes to county level, statistical codes below)."""

    code: str
    name: str
    level: int  # 1 province, 2 prefecture, 3 county, 4 township
    parent: str


_division = partial(tuple.__new__, Division)  # from its fields in a tuple


class Alias(NamedTuple):
    """One hand-kept name. ``code`` is a division code or an agency id; years are report years, '' is open.

    ``former_code`` is the code a `merged` place had of its own, '' where it is not known.
    """

    alias: str
    code: str
    kind: str
    valid_from: str
    valid_to: str
    source: str
    former_code: str


class Zone(NamedTuple):
    """A zone or new area that has an administration, and no statistical code of its own.

    ``zone`` is its name without the place it is not known without, ``code`` the division whose government it is under,
    ``level`` its rank as a division's (2 prefecture, 3 county), ``short`` its other names. ``unit`` is the unit below a
    county as which the statistical table lists it all the same, '' for none: its names then mean that one.
    """

    zone: str
    code: str
    level: int
    short: tuple[str, ...]
    valid_from: str
    kind: str
    unit: str

    @property
    def address(self) -> tuple[str, str]:
        """(the code it is found under, its name there, '' where the code is its own)."""
        return (self.unit, "") if self.unit else (self.code, self.zone)


class Rename(NamedTuple):
    """A body that bears another name since a reform, wherever it has one: 卫生和计划生育局, 卫生健康局.

    ``last_year`` is the last report year of the former name. ``how`` tells whether it is the same body ("renamed") or
    was put together with others ("merged").
    """

    former: str
    successor: str
    last_year: int
    how: str
    source: str


def divisions_csv() -> bytes:
    """All 44,699 divisions in code order, parents before children: code, name, level, parent, without quotes."""
    return gzip.decompress((_HERE / "divisions.csv.gz").read_bytes())


def divisions() -> Iterator[Division]:
    """The rows of `divisions_csv`."""
    for line in divisions_csv().decode().splitlines()[1:]:
        code, name, level, parent = line.split(",")
        yield _division((code, name, int(level), parent))


def aliases() -> list[Alias]:
    """The rows of ``aliases.csv``."""
    return [Alias(*row) for row in _rows("aliases.csv")]


def zones() -> Iterator[Zone]:
    """The rows of ``zones.csv``."""
    for zone, code, level, short, valid_from, kind, unit in _rows("zones.csv"):
        yield Zone(zone, code, int(level), tuple(short.split()), valid_from, kind, unit)


def renames() -> list[Rename]:
    """The rows of ``renames.csv``, the likelier name of a successor first."""
    return [Rename(former, to, int(year), how, source) for former, to, year, how, source in _rows("renames.csv")]


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, dict[str, str]]:
    """The words of ``vocabulary.csv``: kind → word → what it stands for (itself unless stated)."""
    words: dict[str, dict[str, str]] = {}
    for kind, word, means in _rows("vocabulary.csv"):
        words.setdefault(kind, {})[word] = means or word
    return words


@lru_cache(maxsize=1)
def narrative_words() -> dict[str, Any]:
    """The contents of ``narrative.yaml``: how the prose of a report states figures."""
    words: dict[str, Any] = parsed((_HERE / "narrative.yaml").read_text(encoding="utf-8"))
    return words


@lru_cache(maxsize=1)
def sentences() -> list[tuple[str, str]]:
    """The program's own sentences, English and Chinese; {name} stands for a part that varies."""
    found = parsed((_HERE / "words.yaml").read_text(encoding="utf-8"))
    return [(str(en), str(zh)) for en, zh in found]


def _rows(name: str) -> list[list[str]]:
    lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    return list(csv.reader(lines))[1:]
