from collections.abc import Iterator

import pytest

from flows.settings import configure_prefect
from tests.flows.nights import all_here


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The address of one Prefect server for all flow tests: starting it takes longer than most of them."""
    configure_prefect()
    from prefect.settings import PREFECT_API_URL
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield PREFECT_API_URL.value()


@pytest.fixture
def here() -> Iterator[None]:
    """Runs that a test has begun by the program itself read and judge in the process of the test, too."""
    with all_here():
        yield
