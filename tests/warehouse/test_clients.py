"""The Python of docs/clients.md, as it stands there."""

import re
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from warehouse.export import export

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.+?)```", PAGE, re.S)
MONEY = Decimal("24252.311082")


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippet(store, tmp_path, monkeypatch, snippet):
    """Each runs, and what it reads keeps every digit of money and tells null from 0."""
    if "polars" in snippet:
        pytest.importorskip("polars", reason="polars is not among the project's own dependencies")
    store.add("a", cells=[
        ("proactive", "fee_amount_10k", "", str(MONEY), MONEY), ("proactive", "rules_issued", "", "", "blank"),
    ])  # fmt: skip
    store.commit()
    store.build()
    (tmp_path / "store").rename(tmp_path / "data")
    if "DIR" in snippet:
        export(tmp_path / "data", tmp_path / "DIR")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(snippet, names)
    if "rows" in names:
        assert names["rows"] == [("示例县", MONEY)]
    elif isinstance(frame := names.get("frame", names.get("facts")), pd.DataFrame):
        assert (frame["fee_amount_10k"][0], frame["rules_issued"].isna()[0]) == (MONEY, True)
    elif "facts" in names:
        found = names["facts"].collect()
        assert (found["value"].to_list(), found["report_year"].to_list()) == ([MONEY, None], [2023, 2023])
    else:
        assert (frame["fee_amount_10k"][0], frame["rules_issued"][0]) == (MONEY, None)


def test_every_client_is_tried():
    """The page has snippets for Python, pandas, polars and the exported files."""
    assert len(SNIPPETS) == 4
