"""What the index pages of declared sources say when they are asked once: whether they answer and list reports.

Nothing is stored. The pace of a source and robots.txt hold as in a crawl.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pyarrow as pa
from protego import Protego

from flows.sources.declared import Index, Source, Sources, path_of, shapes
from flows.sources.fetch import AGENT, Answer, Fetcher
from flows.sources.links import Link, links

_HOPS = 5
_ROBOTS_BYTES = 500_000  # as RFC 9309 has it
# Sources asked at the same time; each asks no more at once than it declares.
_SOURCES = 16


@dataclass(frozen=True, slots=True)
class Page:
    """What one index page said.

    `reports` counts the links a crawl would take for reports, `further` those to more index pages; `platform` is the
    one whose pattern fits most links that name a report, "" for none. `problem` is "" where nothing is wrong.
    """

    source: str
    url: str
    status: int | None
    reports: int
    further: int
    platform: str
    problem: str


def platform_of(addresses: Iterable[str]) -> str:
    """The platform whose patterns fit most of these addresses; the first in the file of equals, "" for none."""
    paths = list(map(path_of, addresses))
    fits = {
        name: sum(any(re.search(pattern, path) for pattern in platform.documents) for path in paths)
        for name, platform in shapes().platforms.items()
    }
    best = max(fits, key=lambda name: fits[name])
    return best if fits[best] else ""


def check(sources: Sources) -> list[Page]:
    """Every index page of the sources, in their order."""
    return asyncio.run(_check(sources))


def as_table(pages: Iterable[Page]) -> pa.Table:
    """Pages as rows, for a screen."""
    columns = ("source", "url", "status", "reports", "further", "platform", "problem")
    numbers = ("status", "reports", "further")
    schema = pa.schema([(name, pa.int64() if name in numbers else pa.string()) for name in columns])
    return pa.Table.from_pylist(list(map(asdict, pages)), schema=schema)


async def _check(sources: Sources) -> list[Page]:
    slots = asyncio.Semaphore(_SOURCES)
    async with Fetcher(sources.limits, sources.contact) as fetcher:
        asked = _Asked(fetcher, sources)

        async def of(source: Source) -> list[Page]:
            async with slots:
                return [
                    await asked.page(source, index, url) for index in source.index for url in _addresses(source, index)
                ]

        found = await asyncio.gather(*map(of, sources.sources))
    return [page for pages in found for page in pages]


def _addresses(source: Source, index: Index) -> list[str]:
    """The addresses of an index: one for each year where it has them."""
    if "{year}" not in index.url:
        return [index.url]
    return [index.url.replace("{year}", str(year)) for year in source.report_years(datetime.now(UTC).year - 1)]


class _Asked:
    """Asks for pages, once it knows that it may."""

    def __init__(self, fetcher: Fetcher, sources: Sources) -> None:
        self.fetcher = fetcher
        self.longest_wait = sources.limits.longest_wait
        self.robots: dict[str, asyncio.Task[Protego | str]] = {}

    async def page(self, source: Source, index: Index, url: str) -> Page:
        """What an index page says."""
        answer = await self._get(source, url)
        if not answer.complete:
            return Page(source.name, url, answer.status, 0, 0, "", answer.error)
        listed = links(answer.body, answer.url, answer.charset)
        named = [link.url for link in listed if _names_report(link, index)]
        reports = sum(index.lists(link.url, link.words) for link in listed if not index.leads_on(link.url))
        further = sum(link.is_index or index.leads_on(link.url) for link in listed)
        platform = platform_of(named)
        problem = _problem(index, len(named), reports, further, platform)
        return Page(source.name, url, answer.status, reports, further, platform, problem)

    async def _get(self, source: Source, url: str) -> Answer:
        """The page an address leads to, or why it was not asked for or did not come."""
        for _ in range(_HOPS + 1):
            if refusal := await self._refusal(source, url):
                return Answer(url, datetime.now(UTC), error=refusal)
            answer = await self.fetcher.get(url, source)
            if not answer.redirected_to:
                return answer
            url = answer.redirected_to
        answer.error = f"refused: it leads to {url}; expected a page after at most {_HOPS} redirects"
        return answer

    async def _refusal(self, source: Source, url: str) -> str:
        if not source.allows(url):
            return f"refused: it leads to {url}, no host of the source {source.name}"
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.robots:
            self.robots[origin] = asyncio.create_task(self._read_robots(source, f"{origin}/robots.txt"))
        robots = await self.robots[origin]
        if isinstance(robots, str):
            return robots
        return "" if robots.can_fetch(url, AGENT) else f"refused: {origin}/robots.txt forbids it"

    async def _read_robots(self, source: Source, url: str) -> Protego | str:
        """The rules of a host as RFC 9309 has it; why it must not be asked where it does not say."""
        answer = await self.fetcher.get(url, source)
        status = answer.status or 0
        is_absent = bool(answer.redirected_to) or (400 <= status < 500 and status != httpx.codes.TOO_MANY_REQUESTS)
        if not (answer.complete or is_absent):
            return f"not asked: {url} does not say whether it may be ({answer.error})"
        robots: Protego = Protego.parse(answer.body[:_ROBOTS_BYTES].decode("utf-8", errors="replace"))
        delay = robots.crawl_delay(AGENT) or 0.0
        if delay > self.longest_wait:
            return f"not asked: {url} wants {delay:g} s between requests, the limit is {self.longest_wait:g} s"
        self.fetcher.slow_down(url, delay)
        return robots


def _names_report(link: Link, index: Index) -> bool:
    return bool(re.search(index.titles or shapes().titles, link.words))


def _problem(index: Index, named: int, reports: int, further: int, platform: str) -> str:
    """What is wrong with a page that answered, and what to do."""
    if reports or further:
        return ""
    if named:
        fitting = f"platform: {platform}" if platform else "documents: with a pattern of their addresses"
        return f"{named} links name an annual report, none fits its patterns; expected {fitting}"
    return "no link names an annual report; expected the address of the page that lists them"
