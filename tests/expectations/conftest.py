from collections.abc import Callable, Mapping
from typing import Any

import pytest

from extract.read import read_report
from tests.render import Key, Layout, addresses, render
from tests.strategies import column_types, complete, distinct_numbers
from transform.agencies import Directory
from transform.interpret import Report, interpret

TOWN = "北京市大兴区庞各庄镇人民政府"
YEARS = {"2019": 2020, "2021": 2023}

Reader = Callable[..., Report]


@pytest.fixture(scope="session")
def report_of() -> Reader:
    """A report read from a page in order but for `changes`; None for every cell of a line leaves it out."""

    def read(
        changes: Mapping[Key, str | None] | None = None,
        edition: str = "2021",
        zeros: bool = False,
        **layout: Any,
    ) -> Report:
        numbers = complete(dict.fromkeys(addresses(edition), 0)) if zeros else distinct_numbers(edition)
        types = column_types(edition)
        units = {"amount": "万元"}  # the header states none, and a guessed unit is marked
        printed: dict[Key, str | None] = {k: f"{v:f}{units.get(types[k], '')}" for k, v in numbers.items()}
        printed.update(changes or {})
        values = {key: text for key, text in printed.items() if text is not None}
        page = render(edition, values, "txt", layout=Layout(**{"agency": TOWN, "year": YEARS[edition], **layout}))
        return interpret(read_report(page, "example.txt"), Directory.load(), original=lambda: page)

    return read
