"""A night's walk over the sources: what is there, what is new, everything archived before it is read.

Every address is asked for once a run, conditionally where it was fetched before. The raw archive and the lake's table
`fetch` are all the state there is: a run that dies is repaired by the next one.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urldefrag, urlsplit

import fsspec
import httpx
import pyarrow as pa
from protego import Protego

from flows.show.summary import Tally
from flows.sources.attachments import attachments
from flows.sources.challenge import challenge_in
from flows.sources.declared import Index, Source, Sources, shapes, without_secrets
from flows.sources.fetch import AGENT, Answer, Fetcher
from flows.sources.links import links
from transform.hint import Hint
from warehouse.lake.errors import DamageError, StoreError
from warehouse.lake.store import Lake
from warehouse.schema import arrow_schema

READ = ("document", "attachment")  # what is read as a report; robots.txt and index pages are kept only
_DIGITS = re.compile(r"\d+")
_HOPS = 5
_DEEP = 2  # a page that shows another in a frame, which offers a file
_NOT_MODIFIED = httpx.codes.NOT_MODIFIED
_ABSENT = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
_COLUMNS = arrow_schema("fetch").names
# What stands on a row about the document itself, and still holds when it is confirmed.
_OF_DOCUMENT = ("document_sha256", "bytes", "etag", "last_modified", "content_type", "charset")
# Sources walked at the same time; each asks no more at once than it declares.
_SOURCES = 64
_ROBOTS_BYTES = 500_000  # as RFC 9309 has it
# Rows go into the lake in as few parts as a night can afford to lose the conditions, not the documents, of.
_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class _Target:
    """An address to ask for: what for, who led there, and for an index page which one it is (`page`, from `first`).

    Of a document and what it offers, `page` is 1 more than of that which led there.
    """

    url: str
    purpose: str
    found_on: str = ""
    year: int | None = None
    index: Index | None = None
    first: str = ""
    page: int = 1
    agency: str | None = None  # whose it is, where the page says so; None is what the source declares
    guessed: bool = False  # made from a pattern: that it is not there is no failure


class Crawl:
    """One walk over all sources that have to be fetched. Once `stop` is set no further address is asked for."""

    def __init__(
        self, lake: Lake, run_id: str, sources: Sources, commit: Callable[[pa.Table], object], again: bool = False,
        stop: threading.Event | None = None,
    ) -> None:  # fmt: skip
        self.lake = lake
        self.run_id = run_id
        self.sources = sources
        self.commit = commit
        self.stop = stop or threading.Event()
        self.tally = Tally()
        self.rows: list[dict[str, Any]] = []
        self.taken: set[str] = set()
        fetches = lake.fetches().to_pylist()
        self.known = {row["url"]: row for row in fetches if row["document_sha256"]}
        self.read = set() if again else set(lake.documents()["document_sha256"].to_pylist())
        self.attached = _attached(fetches)
        self.listing = {row["found_on"] for row in fetches}
        self.robots: dict[str, asyncio.Task[Protego | str]] = {}

    def run(self) -> Tally:
        """Fetch everything; returns what came of it. Raises StoreError only."""
        try:
            asyncio.run(self._run())
        except ExceptionGroup as group:
            raise _first(group) from None
        finally:
            self.flush()
        return self.tally

    async def _run(self) -> None:
        async with Fetcher(self.sources.limits, self.sources.contact) as self.fetcher, asyncio.TaskGroup() as group:
            slots = asyncio.Semaphore(_SOURCES)
            for source in self.sources.remote:
                group.create_task(_Walk(self, source).run(slots))

    def flush(self) -> None:
        """Make the rows so far part of the lake."""
        if self.rows:
            rows, self.rows = self.rows, []
            self.commit(pa.Table.from_pylist(rows, schema=arrow_schema("fetch")))

    async def ask(self, source: Source, target: _Target) -> dict[str, Any] | None:
        """Ask for an address and archive what it brings; returns its row, None if this run has asked for it already.

        Every address has its own row, and so has each one a redirect leads to; the last of them is returned.
        """
        way = {target.url}
        while True:
            if not self.take(target.url):
                return None
            if refusal := await self._refusal(source, target):
                return self.refuse(source, target, refusal)
            known = self.known_of(target.url)
            answer = await self.fetcher.get(target.url, source, known.get("etag", ""), known.get("last_modified", ""))
            if answer.status == _NOT_MODIFIED and not known:
                answer.error = "304 Not Modified, though nothing was known of it"
            if answer.complete and (kind := challenge_in(answer.body, target.url, answer.charset)):
                answer.complete, answer.error = False, f"refused by the site: found {kind}; expected the page"
            leads_to = urldefrag(answer.redirected_to).url
            if leads_to and not source.allows(leads_to):
                answer.error = f"refused: it leads to {leads_to}; expected a host of the source {source.name}"
            elif leads_to in way or len(way) > _HOPS:
                answer.error = f"refused: it leads to {leads_to}; expected a page after at most {_HOPS} redirects"
            row = self.record(source, target, answer, known)
            if not leads_to or answer.error:
                return row
            way.add(leads_to)
            target = replace(target, url=leads_to, found_on=target.url)

    def take(self, url: str) -> bool:
        """Whether this run has not asked for an address yet; from now on it has."""
        fresh = url not in self.taken
        self.taken.add(url)
        return fresh

    def known_of(self, url: str) -> dict[str, Any]:
        """The newest row that brought a document, if the archive still has it; else nothing."""
        row = self.known.get(without_secrets(url))
        return row if row is not None and self.lake.originals.has(row["document_sha256"]) else {}

    def refuse(self, source: Source, target: _Target, why: str) -> dict[str, Any]:
        """Note an address that is not asked for."""
        return self.record(source, target, Answer(target.url, datetime.now(UTC), error=why), {})

    def record(self, source: Source, target: _Target, answer: Answer, known: dict[str, Any]) -> dict[str, Any]:
        """Archive what came, then note it."""
        if answer.status in _ABSENT and (target.guessed or target.purpose == "robots"):
            answer.error = ""
        agency = source.agency if target.agency is None else target.agency
        row = {name: getattr(answer, name) for name in _COLUMNS if hasattr(answer, name)} | {
            "run_id": self.run_id, "source": source.name, "purpose": target.purpose, "found_on": target.found_on,
            "document_sha256": None, "bytes": None, "agency_hint": agency, "year_hint": target.year,
            "licence": source.licence,
        }  # fmt: skip
        row |= {name: without_secrets(row[name]) for name in ("url", "found_on", "redirected_to")}
        row["error"] = row["error"].replace(answer.redirected_to or "\n", row["redirected_to"])
        if answer.complete:
            row |= {"document_sha256": self.lake.originals.keep(answer.body), "bytes": len(answer.body)}
        elif known and not answer.error and not answer.redirected_to:
            row |= {name: row[name] or known[name] for name in _OF_DOCUMENT}
        self._count(target, row)
        if len(self.rows) >= _ROWS:  # this one may still be found to be wrong
            self.flush()
        self.rows.append(row)
        return row

    def _count(self, target: _Target, row: dict[str, Any]) -> None:
        if target.purpose == "robots":
            return
        if row["error"]:
            self.tally.fail(row["url"], row["error"])
        elif row["document_sha256"] and target.purpose in READ:
            known = self.known.get(row["url"])
            is_new = known is None or known["document_sha256"] != row["document_sha256"]
            self.tally.add("new" if is_new else "unchanged")

    # -- robots.txt --------------------------------------------------------------------------------------------

    async def _refusal(self, source: Source, target: _Target) -> str:
        """Why an address must not be asked for; "" if it may."""
        if target.purpose == "robots":
            return ""
        if not source.allows(target.url):
            return f"refused: no host of the source {source.name}; add it to its hosts if it is to be asked"
        parts = urlsplit(target.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.robots:
            self.robots[origin] = asyncio.create_task(self._read_robots(source, f"{origin}/robots.txt"))
        robots = await self.robots[origin]
        if isinstance(robots, str):
            return robots
        return "" if robots.can_fetch(target.url, AGENT) else f"refused: {origin}/robots.txt forbids it"

    async def _read_robots(self, source: Source, url: str) -> Protego | str:
        """The rules of a host as RFC 9309 has it: none where there is no file, the last known ones where the host does
        not say; without any it must not be asked.
        """
        row = await self.ask(source, _Target(url, "robots")) or {"status": 404, "document_sha256": None}
        sha256, status = row["document_sha256"], row["status"] or 0
        # One that is kept elsewhere, on a host that is not to be asked, counts as none.
        is_absent = bool(row.get("redirected_to")) or (400 <= status < 500 and status != httpx.codes.TOO_MANY_REQUESTS)
        if sha256 is None and not is_absent:
            sha256 = self.known_of(url).get("document_sha256")
            if sha256 is None:
                return f"not asked: {url} does not say whether it may be ({row['error']})"
        try:
            rules = self.lake.originals.read(sha256)[:_ROBOTS_BYTES] if sha256 else b""
        except DamageError as error:
            return f"not asked: {error}"
        robots: Protego = Protego.parse(rules.decode("utf-8", errors="replace"))
        delay = robots.crawl_delay(AGENT) or 0.0
        if delay > self.sources.limits.longest_wait:
            limit = self.sources.limits.longest_wait
            return f"not asked: {url} wants {delay:g} s between requests, the limit is {limit:g} s"
        self.fetcher.slow_down(url, delay)
        return robots


def _attached(fetches: list[dict[str, Any]]) -> dict[str, list[_Target]]:
    """The attachments that were found on each page."""
    found: dict[str, dict[str, _Target]] = {}
    for row in fetches:
        if row["purpose"] == "attachment":
            target = _Target(row["url"], "attachment", row["found_on"], row["year_hint"], agency=row["agency_hint"])
            found.setdefault(row["found_on"], {})[row["url"]] = target
    return {page: list(targets.values()) for page, targets in found.items()}


def _first(group: BaseException) -> BaseException:
    return _first(group.exceptions[0]) if isinstance(group, BaseExceptionGroup) else group


class _Walk:
    """The walk over one source: index pages lead to more of them and to documents, documents to attachments."""

    def __init__(self, crawl: Crawl, source: Source) -> None:
        self.crawl = crawl
        self.source = source
        self.lake = crawl.lake
        self.queue: asyncio.Queue[_Target] = asyncio.Queue()
        self.listed: set[str] = set()
        self.seen: dict[str, set[str]] = {}  # links of an index, by its first page
        self.pages = 0
        self.until = 0.0
        self.is_late = False

    async def run(self, slots: asyncio.Semaphore) -> None:
        """Work off everything the source leads to, once there is a slot for it."""
        async with slots:
            self.until = time.monotonic() + 60 * self.crawl.sources.limits.minutes
            await self._run()

    async def _run(self) -> None:
        for target in self._starts():
            self._add(target)
        for pattern in self.source.objects:
            await self._take_objects(pattern)
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work()) for _ in range(self.source.at_once)]
            await self.queue.join()
            for worker in workers:
                worker.cancel()

    def _starts(self) -> Iterator[_Target]:
        years = self.source.report_years(datetime.now(UTC).year - 1)
        only = self.source.hint.year
        for url in self.source.urls:
            yield _Target(url, "document", year=only)
        for index in self.source.index:
            by_year = "{year}" in index.url
            for year in years if by_year else [only]:
                url = index.url.replace("{year}", str(year))
                yield _Target(url, "index", year=year, index=index, first=url, guessed=by_year)

    def _add(self, target: _Target) -> None:
        """Put an address on the list, once."""
        target = replace(target, url=urldefrag(target.url).url)
        if target.url not in self.listed:
            self.listed.add(target.url)
            self.queue.put_nowait(target)

    async def _work(self) -> None:
        while True:
            target = await self.queue.get()
            try:
                if not self.crawl.stop.is_set() and not self._is_over(target):
                    await self._visit(target)
            except DamageError as error:  # what the archive has of it; the next change of the page brings another
                self.crawl.tally.fail(without_secrets(target.url), str(error))
            except StoreError:
                raise
            except Exception as error:
                self.crawl.tally.fail(target.url, f"internal error {type(error).__name__}: {error}; please report it")
            finally:
                self.queue.task_done()

    def _is_over(self, target: _Target) -> bool:
        """Whether the source had its time; what is left of it waits for the next run, which is noted once."""
        if time.monotonic() < self.until:
            return False
        if not self.is_late and self.crawl.take(target.url):
            self.is_late = True
            spent = f"not asked: the source took more than {self.crawl.sources.limits.minutes:g} minutes"
            self.crawl.refuse(self.source, target, f"{spent}; the next run goes on, or raise limits / minutes")
        return True

    async def _visit(self, target: _Target) -> None:
        if target.purpose == "index":
            self.pages += 1
            limit = self.crawl.sources.limits.pages
            if self.pages > limit:
                if self.crawl.take(target.url):
                    why = f"refused: more than {limit} index pages; raise limits / pages if the source has so many"
                    self.crawl.refuse(self.source, target, why)
                return
        row = await self.crawl.ask(self.source, target)
        if row is None or not row["document_sha256"]:
            return
        if target.purpose == "index":
            self._follow_index(target, row)
        elif target.page <= _DEEP:
            for attachment in await asyncio.to_thread(self._attachments, target, row):
                self._add(replace(attachment, page=target.page + 1))

    def _follow_index(self, target: _Target, row: dict[str, Any]) -> None:
        """What an index page leads to; the page after it, as long as each brings links the ones before it had not."""
        assert target.index is not None
        index = target.index
        counted = index.page(target.first, target.page + 1)
        seen = self.seen.setdefault(target.first, set())
        fresh = False
        listed, following = [], []
        for link in links(self.lake.originals.read(row["document_sha256"]), row["url"], row["charset"] or ""):
            # Reports may stand behind a page of news; the numbers of further pages are no news.
            fresh |= link.url not in seen and _DIGITS.sub("", link.url) != _DIGITS.sub("", counted)
            seen.add(link.url)
            further = _Target(link.url, "index", row["url"], target.year, index, link.url)
            if link.is_index or index.leads_on(link.url):
                listed.append(further)
            elif index.lists(link.url, link.words):
                listed.append(_Target(link.url, "document", row["url"], target.year))
            elif re.search(shapes().next, link.words.strip(), re.IGNORECASE):
                following.append(replace(further, first=target.first, page=target.page + 1))
        if not (listed or target.guessed) and row["url"] in self.crawl.listing:
            row["error"] = "lists no report any more; expected links to some, as it had before"
            self.crawl.tally.fail(row["url"], row["error"])
        if fresh and counted:
            following.append(replace(target, url=counted, found_on=row["url"], page=target.page + 1, guessed=True))
        for page in listed + following:
            self._add(page)

    def _attachments(self, target: _Target, row: dict[str, Any]) -> list[_Target]:
        """What a page offers as files; of one that was read before, what it offered then."""
        url, sha256 = row["url"], row["document_sha256"]
        if sha256 in self.crawl.read and self.crawl.known_of(url).get("document_sha256") == sha256:
            return self.crawl.attached.get(url, [])
        declared = Hint(self.source.agency if target.agency is None else target.agency, target.year)
        return [
            _Target(found.url, "attachment", url, found.hint.year, agency=found.hint.agency)
            for found in attachments(
                self.lake.originals.read(sha256), url, row["charset"] or "", declared, self.source.allows
            )
        ]

    # -- object storage ----------------------------------------------------------------------------------------

    async def _take_objects(self, pattern: str) -> None:
        """Every object of a pattern; one is fetched again only if its store says that it changed."""
        try:
            store, path = await asyncio.to_thread(fsspec.url_to_fs, pattern)
            found = await asyncio.to_thread(store.glob, path, detail=True)
        except Exception as error:  # every kind of store has errors of its own
            if self.crawl.take(pattern):
                self.crawl.refuse(self.source, _Target(pattern, "document"), f"{type(error).__name__}: {error}")
            return
        for name in sorted(name for name, about in found.items() if about["type"] == "file"):
            target = _Target(str(store.unstrip_protocol(name)), "document", pattern)
            if not self.crawl.stop.is_set() and self.crawl.take(target.url):
                answer = Answer(target.url, datetime.now(UTC), attempts=1)
                known = self.crawl.known_of(target.url)
                try:
                    await asyncio.to_thread(self._take_object, store, name, answer, known)
                except Exception as error:
                    answer.error = f"{type(error).__name__}: {error}"
                self.crawl.record(self.source, target, answer, known)

    def _take_object(self, store: Any, name: str, answer: Answer, known: dict[str, Any]) -> None:
        answer.etag = str(store.ukey(name))
        if known.get("etag") == answer.etag:
            return
        limit = self.crawl.sources.limits.bytes
        if store.size(name) > limit:
            answer.error = f"refused: more than {limit} bytes"
        else:
            answer.body, answer.complete = store.cat_file(name), True
