"""What a report counts, from the sentence that states the table's own figure."""

from decimal import Decimal

import pytest

from transform.narrative import Statement, statements
from transform.scope import stated_scope


@pytest.mark.parametrize(
    ("sentence", "scope"),
    [
        ("2020年，全区新受理依申请公开政府信息12件。", "area"),
        ("2020年，全县共收到政府信息公开申请1,012件，其中县政府办公室收到申请3件。", "unknown"),  # another figure
        ("2020年全市各级行政机关共受理政府信息公开申请12件。", "area"),
        ("2020年，市政府办公室收到政府信息公开申请12件。", "own"),
        ("2020年，全市收到政府信息公开申请512件，市政府办公室收到申请12件。", "own"),
        ("2020年，全市共收到政府信息公开申请12件，其中市政府办公室收到申请5件。", "area"),
        ("2020年，收到政府信息公开申请12件。", "unknown"),
        ("2020年，全市及市政府办公室收到政府信息公开申请12件。", "unknown"),
        ("2020年，全区新受理依申请公开政府信息15件。", "area"),  # with those carried in
    ],
)
def test_the_subject_of_the_tables_figure_tells_the_scope(sentence: str, scope: str) -> None:
    """Only where it is the figure of the table, and only one subject stands before it."""
    said = statements(["一、总体情况", sentence, "二、主动公开政府信息情况"], 2020)
    found, evidence = stated_scope(said, [Decimal(12), Decimal(15)])
    assert found == scope
    assert (evidence is None) == (scope == "unknown")
    if evidence:
        assert (evidence.quantity, evidence.quote[-1]) == ("scope", "。")


def test_a_figure_of_nothing_tells_nothing() -> None:
    """Every office may have received none."""
    said = [Statement("received", Decimal(0), "全市收到申请0件。")]
    assert stated_scope(said, [Decimal(0)]) == ("unknown", None)
