from collections.abc import Iterator

import pytest

from tests.flows.nights import all_here


@pytest.fixture
def here() -> Iterator[None]:
    """Runs that a test has begun by the program itself read and judge in the process of the test, too."""
    with all_here():
        yield
