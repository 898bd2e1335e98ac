"""The means by which formats keep a character from being read as what it is, as a table for people.

`python -m docs.make.visibility` writes docs/visibility.md from tests/extract/mechanisms, where each is tried.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
MECHANISMS = ROOT / "tests" / "extract" / "mechanisms"
DOCUMENT = ROOT / "docs" / "visibility.md"
HEAD = """# What is shown · 显示的才算数

Made from `tests/extract/mechanisms` by `python -m docs.make.visibility`; every line is tried by a test.

A value is what a person sees on the page. Each reader settles from its format's own cascade whether a character is
seen. **Gone**: nobody sees it, and it is no part of the text. **Marked**: it is printed, but may not be meant (struck,
raised, lowered), or nobody can tell from the file whether it is seen; it stays in the text, bears a mark, and the value
is `unclear`. Labels are compared without marks.

A style sheet of a web page that lies in another file is read where the page was saved together with it, in one web
archive (.mht, .mhtml). Where nobody has it, the page is read as a browser shows it that could not load the sheet:
nearly every page of a portal names some, and to mark all figures of all pages would say nothing of any.
"""


def markdown() -> str:
    """The document."""
    return "\n".join([HEAD, *_tables()])


def _tables() -> Iterator[str]:
    for path in sorted(MECHANISMS.glob("*.yaml")):
        for found in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            yield f"## {found['title']}\n\nAfter {found['specification']}.\n"
            yield "| what | where the specification says it | what becomes of it |\n|--|--|--|"
            yield from map(_row, found["mechanisms"])
            yield ""


def _row(mechanism: dict[str, Any]) -> str:
    return f"| {mechanism['what']} | {mechanism['where']} | {mechanism['fate']} |"


if __name__ == "__main__":
    DOCUMENT.write_text(markdown(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}\n")
