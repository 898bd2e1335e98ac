"""Every question of the cookbook gets the answer printed below it."""

from pathlib import Path

import pytest

from docs.make.cookbook import answer, gold, questions

QUESTIONS = questions()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of data/gold."""
    return gold(tmp_path_factory.mktemp("cookbook") / "store")


@pytest.mark.parametrize(("title", "sql", "printed"), QUESTIONS, ids=[title for title, *_ in QUESTIONS])
def test_question(asked: Path, title: str, sql: str, printed: str) -> None:
    """The answer on data/gold is the printed one."""
    assert printed, f"{title}: no answer; run python -m docs.make.cookbook and look at it"
    assert answer(asked, sql) == printed


def test_there_are_questions_enough() -> None:
    """At least twenty, and most of them with something to show."""
    assert len(QUESTIONS) >= 20
    assert sum(printed.count("\n") > 1 for _, _, printed in QUESTIONS) >= 20
