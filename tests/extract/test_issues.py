"""The catalogue of issues holds every code that is used, and none that is not."""

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from extract.issues import issue_kinds

ROOT = Path(str(files("extract"))).parent
# What makes an issue, or puts its code on a cell: the code is the first argument.
_MAKERS = {"Issue", "add_issue", "mark"}


def _codes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _MAKERS and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def _trees() -> list[ast.AST]:
    sources = [path for room in ("extract", "transform") for path in (ROOT / room).rglob("*.py")]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sources]


def test_every_code_that_is_used_is_in_the_catalogue() -> None:
    """A code without an entry has no severity, no words and no next step."""
    used = {code for tree in _trees() for code in _codes_in(tree)}
    assert len(used) > 15
    assert used <= issue_kinds().keys()


def test_every_code_of_the_catalogue_is_used() -> None:
    """What no code bears any more has no place in the catalogue."""
    texts = {n.value for t in _trees() for n in ast.walk(t) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert issue_kinds().keys() <= texts


def test_every_kind_of_issue_has_its_words() -> None:
    """Both languages, for the name, the meaning and the next step."""
    for kind in issue_kinds().values():
        words = (kind.title, kind.means, kind.next_step)
        assert all(text.zh and text.en for text in words), kind.code
        assert kind.severity in ("critical", "statutory", "heuristic"), kind.code
