"""The file of an empty warehouse, made once a process: what tests build begins as a copy of it.

Reference tables, views and comments are the same in every warehouse, and take longer to make than all a test puts
into one. What comes of it is what a build from nothing gives: `tests/warehouse/test_load.py` builds from nothing and
holds one against the other. Other processes, and `make night`, build from nothing, too.
"""

import shutil
from functools import cache
from pathlib import Path

import duckdb
import pytest

from warehouse import load
from warehouse.lake.store import Lake

_connect = Lake.connect


def build_on_it(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let builds of this process begin with the prepared file, which is kept in a folder."""

    @cache
    def empty() -> Path:
        file, lake = folder / "empty.duckdb", Lake(folder / "store")
        with _connect(lake, file) as connection:
            load._load(connection, lake, [], 0)
            connection.execute("CHECKPOINT")
        return file

    def connect(lake: Lake, database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
        if database != ":memory:" and not Path(database).is_file():
            shutil.copyfile(empty(), database)
        return _connect(lake, database)

    patch.setattr(Lake, "connect", connect)


def build_from_nothing(patch: pytest.MonkeyPatch) -> None:
    """Let them begin without."""
    patch.setattr(Lake, "connect", _connect)
