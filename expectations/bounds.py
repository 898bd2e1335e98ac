"""How many reports a store is expected to hold by report year and level of agencies, and what share of them passes.

Bounds are a reviewed file of whoever owns the data: written from what the store holds, read as a diff, kept until the
next review. A year and level that loses its reports then fails, instead of going unnoticed.
"""

import math
from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

_HEAD = """\
# Reports expected by report year and level (0 central, 1 province, 2 prefecture, 3 county, 4 township): at least, at
# most, and the share that passes. Written by `gongkai bounds --write`; review the diff before you keep it.
"""


class BoundsError(ValueError):
    """A bounds file that cannot be used: where, what was found, what was expected."""


class Bound(BaseModel):
    """What is expected of one report year and level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    level: int = Field(ge=0, le=4)
    least: int = Field(ge=0)
    most: int = Field(ge=0)
    share: float = Field(ge=0, le=1)


def load_bounds(path: Path) -> list[Bound]:
    """The bounds of a file, none where there is none. Raises BoundsError for a file that cannot be used."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []
        return TypeAdapter(list[Bound]).validate_python(found or [])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        message = " ".join(str(error).split())
        raise BoundsError(f"{path}: {message}; expected what `gongkai bounds --write` writes") from None


def bounds_text(counts: Iterable[tuple[int, int, int, int]]) -> str:
    """A bounds file for (report_year, agency_level, reports, passed).

    A tenth fewer and half as many more reports are expected, and a share that passes of a tenth below today's.
    """
    lines = [
        f"- {{year: {year}, level: {level}, least: {math.ceil(reports * 0.9)}, most: {math.ceil(reports * 1.5) + 5}, "
        f"share: {max(0.0, math.floor(10 * passed / reports - 1) / 10):.1f}}}"
        for year, level, reports, passed in sorted(counts)
    ]
    return _HEAD + "\n".join(lines) + "\n"
