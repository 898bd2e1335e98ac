"""What a report counts, as its own prose says: the whole area, or one office of the government.

The heading rarely tells. Where a sentence names who received the requests, and its figure is that of the table, the
table counts what the sentence does.
"""

import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Literal

from transform.narrative import Statement
from transform.reference import narrative_words

_DIGITS = re.compile(r"\d[\d,]*")


def stated_scope(
    said: Iterable[Statement], received: Collection[Decimal]
) -> tuple[Literal["area", "own", "unknown"], Statement | None]:
    """The scope the prose states, and the sentence it rests on as a statement of its own; unknown where it states none.

    `received` are the figures of the table that may be meant: requests received, with and without those carried in.
    """
    words = narrative_words()["scope"]
    for statement in said:
        if statement.quantity != "received" or not statement.value or statement.value not in received:
            continue
        subject = _before(statement.quote, statement.value)
        named = [scope for scope in ("area", "own") if re.search(words[scope], subject)]
        if len(named) == 1:
            evidence = Statement("scope", statement.value, statement.quote)
            return ("area" if named == ["area"] else "own"), evidence
    return "unknown", None


def _before(quote: str, value: Decimal) -> str:
    """What stands between a figure of a sentence and the figure before it that is no year."""
    start = 0
    for match in _DIGITS.finditer(quote):
        if Decimal(match[0].replace(",", "")) == value and quote[match.end() : match.end() + 1] != "年":
            return quote[start : match.start()]
        if quote[match.end() : match.end() + 1] not in ("年", "月", "日"):
            start = match.end()
    return ""
