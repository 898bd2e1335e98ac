"""Long series are drawn, and files that take long come first: the other process has enough beside them to the end."""

from collections.abc import Callable, Iterator

import pytest

from tests import series as long


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of `make night`."""
    parser.addoption("--night", action="store_true", help="run the long series in full")


def pytest_configure(config: pytest.Config) -> None:
    """Before tests are collected."""
    long.play_in_full(config.getoption("night") or any("::" in name for name in config.args))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not drawn."""
    kept = long.combinations(items)
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


@pytest.fixture
def series(request: pytest.FixtureRequest) -> Callable[..., list[int]]:
    """Numbers of the members of a series of so many that this run plays; one in how many may be told."""
    return lambda length, short=long.SHORT: long.drawn(length, request.node.nodeid, short)


@pytest.fixture(scope="session", autouse=True)
def _prepared(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Warehouses are built on a prepared file, but by night."""
    with pytest.MonkeyPatch.context() as patch:
        if not pytestconfig.getoption("night"):
            from tests.prepared import build_on_it

            build_on_it(patch, tmp_path_factory.mktemp("prepared"))
        yield
