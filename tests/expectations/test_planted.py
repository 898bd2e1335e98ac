"""Planted errors of every kind are found by the right rule, without a false alarm (`make judgement` at full size)."""

import pytest

from benchmarks.judgement import Found, measure

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    """480 reports of 240 agencies."""
    return measure(480)


def test_every_break_of_a_statutory_identity_is_found(found: dict[str, Found]) -> None:
    """At least 99 in 100, whatever the error."""
    for kind, result in found.items():
        assert result.planted >= 25, kind
        assert result.told >= 0.99 * result.breaking, kind
    assert sum(result.breaking for result in found.values()) >= 100


def test_clean_reports_raise_no_alarm(found: dict[str, Found]) -> None:
    """None statutory, and none heuristic either."""
    assert (found["clean"].flagged, found["clean"].breaking, dict(found["clean"].noted)) == (0, 0, {})


def test_the_true_value_of_a_single_wrong_cell_is_suggested(found: dict[str, Found]) -> None:
    """In at least 95 of 100 cases of section 三."""
    determined = sum(result.determined for result in found.values())
    assert determined > 40
    assert sum(result.suggested for result in found.values()) >= 0.95 * determined


@pytest.mark.parametrize(
    ("kind", "rule"), [("unit slip", "RX-JUMP"), ("copied year", "RX-DUP"), ("carry-over break", "RX-CARRY")]
)
def test_what_no_identity_tells_is_noted_by_its_rule(found: dict[str, Found], kind: str, rule: str) -> None:
    """Consistent in itself, wrong beside last year's report."""
    assert found[kind].breaking == 0
    assert found[kind].noted[rule] == found[kind].planted
