"""Functions stay short in branches, or CONTRIBUTING says why they do not."""

import re
from collections.abc import Iterator
from pathlib import Path

from radon.complexity import cc_visit
from radon.visitors import Class, Function

HOUSE = Path(__file__).parents[1]
ROOMS = ("flows", "extract", "transform", "expectations", "warehouse", "docs/make")
MOST = 15  # branches, with those of comprehensions and the operands of boolean operators


def test_functions_of_many_branches_are_those_contributing_names() -> None:
    """None is added unseen, none stays on the list that got simpler."""
    found = {
        f"{path.relative_to(HOUSE)}:{name}"
        for room in ROOMS
        for path in (HOUSE / room).rglob("*.py")
        for name, branches in _functions(path.read_text(encoding="utf-8"))
        if branches > MOST
    }
    text = (HOUSE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {
        f"{path}:{name}"
        for path, names in re.findall(r"^\| `([\w/]+\.py)` \| (.*?) \|", text, re.M)
        for name in re.findall(r"`(\w+)`", names)
    }
    assert found == named


def _functions(source: str) -> Iterator[tuple[str, int]]:
    for block in cc_visit(source):
        members = block.methods if isinstance(block, Class) else [block]
        for function in members:
            assert isinstance(function, Function)
            yield function.name, function.complexity
