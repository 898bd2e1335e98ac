"""Each rule has an example that breaks it and one that keeps it, and the table for people is up to date."""

import pytest

from docs.make.rulebook import DOCUMENT, KINDS, examples, markdown, shown
from expectations.comparisons import sides
from expectations.rules import load_rules


def test_every_rule_is_shown_firing_and_not_firing() -> None:
    """A rule without both has not been tried."""
    assert {code: set(both) for code, both in examples().items()} == {code: set(KINDS) for code in load_rules()}


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for code in load_rules() for kind in KINDS])
def test_a_rule_fires_where_it_is_broken_and_only_there(code: str, kind: str) -> None:
    """The example that keeps the rule is really looked at, and passes."""
    example = next(e for e in shown() if (e.code, e.kind) == (code, kind))
    assert ("fail" in example.outcomes, "pass" in example.outcomes or kind == "fires") == (kind == "fires", True)


def test_the_table_of_rules_is_up_to_date() -> None:
    """Written by `python -m docs.make.rulebook`."""
    assert DOCUMENT.read_text(encoding="utf-8") == markdown()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("a >= b", ("a", ">=", "b")),
        ("(x > 0)::INT = (y <= 0)::INT", ("(x > 0)::INT", "=", "(y <= 0)::INT")),
        ("a <= CASE WHEN b >= 3 THEN 1 ELSE 2 END", ("a", "<=", "CASE WHEN b >= 3 THEN 1 ELSE 2 END")),
        ("CASE 'a' WHEN 'b' THEN x ELSE y END <= 1", ("CASE 'a' WHEN 'b' THEN x ELSE y END", "<=", "1")),
    ],
)
def test_a_formula_is_parted_at_its_own_relation(formula: str, expected: tuple[str, str, str]) -> None:
    """Relations inside brackets and cases are part of a side."""
    assert sides(formula) == expected
