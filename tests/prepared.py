"""The file of an empty warehouse, made once: what tests build begins as a copy of it.

Reference tables, views and comments are the same in every warehouse, and take longer to make than all a test puts
into one. What comes of it is what a build from nothing gives: `tests/warehouse/test_load.py` builds from nothing and
holds one against the other. Commands in processes of their own, and `make night`, build from nothing, too.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse import load
from warehouse.lake.store import Lake

_connect = Lake.connect
_FOLDER = "GONGKAI_PREPARED"


def build_on_it(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let builds of this process begin with the prepared file, which is kept in a folder."""

    def empty() -> Path:
        file = folder / "empty.duckdb"
        if not file.is_file():  # or this process was forked from one that begins with it, too
            lake, aside = Lake(folder / "store"), folder / f"{os.getpid()}.duckdb"
            with _connect(lake, aside) as connection:
                load._load(connection, lake, [], 0)
                connection.execute("CHECKPOINT")
            aside.rename(file)
        return file

    def connect(lake: Lake, database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
        if database != ":memory:" and not Path(database).is_file():
            shutil.copyfile(empty(), database)
        return _connect(lake, database)

    patch.setattr(Lake, "connect", connect)
    patch.setenv(_FOLDER, str(folder))


def work_in_one_thread(patch: pytest.MonkeyPatch) -> None:
    """Let DuckDB begin no threads: the tests' processes share the processors already, and over rows as few as theirs
    threads wait for one another longer than they work.
    """
    connect = duckdb.connect

    def in_one_thread(database: Path | str = ":memory:", **settings: Any) -> duckdb.DuckDBPyConnection:
        settings["config"] = {"threads": 1, **settings.get("config", {})}
        return connect(database, **settings)

    patch.setattr(duckdb, "connect", in_one_thread)


def judge_directly(patch: pytest.MonkeyPatch) -> None:
    """Hold reports against the suites directly, however many they are: `tests/expectations` holds that against Great
    Expectations, which takes seconds to import and seconds a batch.
    """
    patch.setattr("expectations.judge.FEW", sys.maxsize)


def build_on_it_as_told() -> None:
    """Do as the process does that started this one."""
    if folder := os.environ.get(_FOLDER):
        build_on_it(pytest.MonkeyPatch(), Path(folder))


def build_from_nothing(patch: pytest.MonkeyPatch) -> None:
    """Let them begin without."""
    patch.setattr(Lake, "connect", _connect)
