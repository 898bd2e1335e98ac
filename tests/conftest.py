"""Long series are drawn; files that take long come first, so that no process is left alone with one at the end."""

import gc
from collections.abc import Callable, Generator, Iterator

import pytest

from tests import series as long


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of `make night`."""
    parser.addoption("--night", action="store_true", help="run the long series in full")


def pytest_configure(config: pytest.Config) -> None:
    """Before tests are collected."""
    long.play_in_full(config.getoption("night") or any("::" in name for name in config.args))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage, and never look for any among what was collected: it stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)  # as the program does
        gc.enable()


# Files that wait for servers and nights, then the rooms in the order of what a file of theirs takes; the questions of
# researchers, which take long, would else come last.
_FIRST = (
    *("flows/test_serve", "flows/test_command", "flows/test_faults", "flows", "warehouse", "test_questions"),
    "expectations",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not drawn, and put files that take long first."""
    kept = set(long.played(items))
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])

    def place(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(_FIRST) if item.nodeid.startswith(f"tests/{name}")), len(_FIRST))

    items[:] = sorted((item for item in items if item in kept), key=place)


@pytest.fixture
def series(request: pytest.FixtureRequest) -> Callable[..., list[int]]:
    """Numbers of the members of a series of so many that this run plays; one in how many may be told."""
    return lambda length, short=long.SHORT: long.drawn(length, request.node.nodeid, short)


@pytest.fixture(scope="session", autouse=True)
def _prepared(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """By day warehouses are built on a prepared file, by DuckDB in one thread, and reports judged directly."""
    with pytest.MonkeyPatch.context() as patch:
        if not pytestconfig.getoption("night"):
            from tests.prepared import build_on_it, judge_directly, work_in_one_thread

            build_on_it(patch, tmp_path_factory.mktemp("prepared"))
            work_in_one_thread(patch)
            judge_directly(patch)
        yield
