"""Long series: a few of their moments in the usual suite, others with every commit; all of them in `make night`."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

SHORT = 5  # one in so many


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of `make night`."""
    parser.addoption("--night", action="store_true", help="run the long series in full")


@pytest.fixture(scope="session")
def series(pytestconfig: pytest.Config) -> Callable[[int], list[int]]:
    """Numbers of the moments of a series of so many that this run plays: all by night, else some, drawn by commit."""

    def drawn(length: int) -> list[int]:
        if pytestconfig.getoption("night"):
            return list(range(length))
        return sorted(Random(_commit()).sample(range(length), max(1, length // SHORT)))

    return drawn


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()
