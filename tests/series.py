"""Long series: some of their members in the usual suite, most drawn anew for every commit; all in `make night`.

A member is a moment to kill at, a damaged report, an example of a property, a combination of parameters, a test among
those that take turns. What is drawn are equals: every kind keeps a member. A run that names single tests gets those
whole.
"""

import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

SHORT = 8  # one in so many

_in_full = False


def play_in_full(whole: bool) -> None:
    """Whether this run plays all members of every series; told once, before tests are collected."""
    global _in_full  # noqa: PLW0603 - an option of the command line
    _in_full = whole


@cache
def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def drawn(length: int, name: str, short: int = SHORT) -> list[int]:
    """Numbers of the members of a series that this run plays: all, or one in `short`, at least one."""
    if _in_full:
        return list(range(length))
    return sorted(Random(f"{_commit()} {name}").sample(range(length), max(1, length // short)))


def examples(count: int, **more: Any) -> settings:
    """So many examples of a property in full, else the first part of them; always the same."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    common = {"deadline": None, "database": None, "suppress_health_check": checks, **more}
    return settings(max_examples=count if _in_full else max(2, count // SHORT), derandomize=True, **common)


def played(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Of tests marked `drawn` so few that every value of each of their parameters occurs, or of those that the mark
    names; of those that take `turns` at something, one; all others.
    """
    if _in_full:
        return list(items)
    turns: dict[str, list[str]] = defaultdict(list)
    for name, (item, *_) in _by_name(items):
        if mark := item.get_closest_marker("turns"):
            turns[mark.args[0]].append(name)
    waiting = {
        name for at, names in turns.items() for name in names if name != Random(f"{_commit()} {at}").choice(names)
    }
    kept = {id(item) for name, members in _by_name(items) if name not in waiting for item in _cover(members, name)}
    return [item for item in items if id(item) in kept]


def _by_name(items: Sequence[pytest.Item]) -> Iterator[tuple[str, list[pytest.Item]]]:
    """The tests, each with its combinations of parameters."""
    for name, members in groupby(items, lambda item: item.nodeid.partition("[")[0]):
        yield name, list(members)


def _cover(members: list[pytest.Item], name: str) -> Iterable[pytest.Item]:
    if not (mark := members[0].get_closest_marker("drawn")):
        return members
    values: dict[int, set[tuple[str, object]]] = {}
    for item in members:
        given = item.callspec.params  # type: ignore[attr-defined]
        values[id(item)] = {(key, _told_by(given[key])) for key in mark.args or given}
    shuffled, seen, kept = Random(f"{_commit()} {name}").sample(members, len(members)), set[tuple[str, object]](), []
    for is_wanted in (set.isdisjoint, lambda own, known: not own <= known):  # all of it is new, then any of it
        for item in shuffled:
            if is_wanted(values[id(item)], seen):
                seen |= values[id(item)]
                kept.append(item)
    return kept


def _told_by(value: object) -> object:
    """What tells a value of a parameter from others."""
    return value if isinstance(value, str) else id(value)
