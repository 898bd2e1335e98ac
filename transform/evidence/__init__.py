"""What a report and its page say about whose it is and of which year: every statement, with its kind.

Nothing is decided here. `transform.publisher` weighs the statements, in the order of `TRUST`. `titles` and `sentences`
read what the report says of itself, `places` where it stands, `address` when it was posted.
"""

from collections.abc import Iterator

from transform.agencies import Directory
from transform.evidence.address import posted_in
from transform.evidence.kinds import TRUST, Evidence, Kind, Trust
from transform.evidence.page import HEAD_LINES, Page, comparable
from transform.evidence.places import credit_code, of_places
from transform.evidence.sentences import odd_period, of_another_year, of_sentences
from transform.evidence.titles import of_titles

__all__ = [
    "HEAD_LINES",
    "TRUST",
    "Evidence",
    "Kind",
    "Page",
    "Trust",
    "collect",
    "comparable",
    "credit_code",
    "odd_period",
    "of_another_year",
    "posted_in",
]


def collect(page: Page, directory: Directory) -> list[Evidence]:
    """Every statement of a page about its agency, year and place, each once, in the order of trust."""
    said = dict.fromkeys(one for one in _statements(page, directory) if one.name or one.years or one.code)
    return sorted(said, key=lambda one: -TRUST[one.kind].weight)


def _statements(page: Page, directory: Directory) -> Iterator[Evidence]:
    yield from of_titles(page, directory)
    yield from of_sentences(page)
    yield Evidence("publisher", page.labelled("meta_publisher"), page.labelled("meta_publisher"))
    for source in dict.fromkeys((page.tag("contentsource"), page.labelled("meta_source"))):
        yield Evidence("source", source, source)
    yield from of_places(page, directory)
    if posted := posted_in(page.source):
        year, month = posted
        yield Evidence("posted", f"{year}-{month:02}", years=(year - 1,))
