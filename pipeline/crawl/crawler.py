"""Polling sources and fetching articles, many at a time; how each ended is a value."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, zip_longest
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from pipeline.crawl.address import host_of
from pipeline.crawl.archive import Archive
from pipeline.crawl.hints import fresh_for
from pipeline.crawl.offer import Offer, read_children, read_offer
from pipeline.crawl.replay import is_textual
from pipeline.crawl.reservations import in_answer, in_headers, is_noindex
from pipeline.crawl.rules import origin_of
from pipeline.crawl.web import Answer, Politeness, Web, open_web
from pipeline.errors import FetchError, LagebildError
from pipeline.records import (
    Due,
    Entry,
    Fetched,
    Hints,
    Page,
    Place,
    Polled,
    SiteRules,
    Source,
    Validators,
)

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class Aside(Protocol):
    """Runs a function elsewhere than in the event loop."""

    def __call__(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """What the function returns."""


FROM_ENTRY = "text/html; entry"  # content type of a page that the feed itself carried
_WORKERS = 64
_TEASER = 500  # characters that a feed's teaser may have where the text itself is reserved


class Crawler:
    """Polls and fetches with one session.

    `withhold`: where the rights to mine a text are reserved, it is neither asked for nor kept. `archive`: raw pages are
    kept there. `aside` runs a function elsewhere, so that reading a feed does not hold up the others.
    """

    def __init__(self, web: Web, *, withhold: bool, archive: Archive | None, aside: Aside) -> None:
        self._web, self._withhold, self._archive, self._aside = web, withhold, archive, aside

    @property
    def learned(self) -> tuple[SiteRules, ...]:
        """What hosts said in this round, to be known in the next."""
        return tuple(self._web.rules.learned)

    async def poll(self, due: Due) -> Polled:
        """How a look at a source ended, and what it offers."""
        at, started = _now(), time.monotonic()
        polled = Polled(source_id=due.source.id, at=at, outcome="ok", validators=due.validators, hints=due.hints)
        try:
            polled = await self._look(due, polled)
        except FetchError as exc:
            polled = replace(
                polled,
                outcome=exc.outcome,
                status=exc.status,
                error=str(exc),
                hints=replace(due.hints, retry_after=exc.retry_after, fresh_for=Hints().fresh_for),
            )
        return replace(polled, seconds=time.monotonic() - started)

    async def _look(self, due: Due, polled: Polled) -> Polled:
        source = due.source
        reserved = await self._web.reservations(source.url)
        answer = await self._web.get(source.url, due.validators.headers)
        reserved += in_headers(answer.headers, url=answer.url, at=polled.at)
        fresh = fresh_for(answer.headers, polled.at)
        validators = _validators(answer, due.validators)
        unchanged = answer.status == 304 or validators.body_hash == due.validators.body_hash
        polled = replace(
            polled,
            outcome="unchanged" if unchanged else "ok",
            status=answer.status,
            bytes=len(answer.body),
            moved_to=answer.moved_to,
            validators=validators,
            reservations=reserved,
            hints=replace(due.hints, fresh_for=fresh, retry_after=None),
        )
        if unchanged:
            return polled
        children: list[str] = []
        if source.kind == "sitemap":
            children = await self._read(source, read_children, source, answer.url, answer.body)
        if children:  # an index of sitemaps may stay as it is while they change
            offer, validators = await self._offer_of_all(source, children), Validators()
        else:
            offer = await self._read(source, read_offer, source, answer.url, answer.body, dict(answer.headers))
        entries = offer.entries
        if reserved and self._withhold:
            entries = tuple(_withheld(entry) for entry in entries)
        return replace(
            polled,
            validators=validators,
            hints=Hints(fresh_for=fresh, ttl=offer.ttl, skip_hours=offer.skip_hours, skip_days=offer.skip_days),
            entries=entries,
            repeated=offer.repeated,
            filtered=offer.filtered,
        )

    async def _read(self, source: Source, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await self._aside(work, *args, **kwargs)
        except LagebildError as exc:
            raise exc if isinstance(exc, FetchError) else FetchError(source.url, str(exc)) from exc
        except Exception as exc:  # whatever a feed does to the parsers, it is one feed
            raise FetchError(source.url, f"cannot be read: {type(exc).__name__}: {exc}") from exc

    async def _offer_of_all(self, source: Source, children: Iterable[str]) -> Offer:
        """What the sitemaps of an index offer, each address once."""
        found: dict[str, Entry] = {}
        repeated = filtered = 0
        for child in children:
            inner = await self._web.get(child)
            offer = await self._read(source, read_offer, source, inner.url, inner.body, dict(inner.headers))
            before = len(found)
            found = {entry.url: entry for entry in offer.entries} | found
            repeated += offer.repeated + len(offer.entries) - (len(found) - before)
            filtered += offer.filtered
        return Offer(entries=tuple(found.values()), repeated=repeated, filtered=filtered)

    async def fetch(self, source: Source, entry: Entry) -> Fetched:
        """How asking for the page behind an entry ended."""
        at, started = _now(), time.monotonic()
        if entry.url.startswith(f"{source.url}#"):
            error = f"{entry.url}: the entry names no page and carries no text"
            return Fetched(url=entry.url, at=at, outcome="no_address", error=error)
        fetched = Fetched(url=entry.url, at=at, outcome="ok")
        try:
            fetched = await self._article(source, entry, fetched)
        except FetchError as exc:
            fetched = replace(
                fetched,
                outcome=exc.outcome,
                status=exc.status,
                tries=exc.tries,
                error=str(exc) if exc.url == entry.url else f"{entry.url}: leads to {exc}",
                retry_after=exc.retry_after,
            )
        return replace(fetched, seconds=time.monotonic() - started)

    async def _article(self, source: Source, entry: Entry, fetched: Fetched) -> Fetched:
        page = Page(
            entry=entry,
            url=entry.url,
            body=b"",
            content_type=None,
            at=fetched.at,
            select=source.select_on_pages,
            withheld=True,
        )
        reserved = await self._web.reservations(entry.url)
        if reserved and self._withhold:
            return replace(fetched, outcome="reserved", page=page, reservations=reserved)
        answer = await self._web.get(entry.url, entry.validators.headers)
        fetched = replace(fetched, status=answer.status, tries=answer.tries, bytes=len(answer.body))
        fetched = replace(fetched, validators=_validators(answer, entry.validators))
        if answer.status == 304:
            return replace(fetched, outcome="unchanged", reservations=reserved)
        kind = answer.headers.get("Content-Type", "")
        if not is_textual(kind):
            raise FetchError(entry.url, f"is {kind}, not a page", outcome="not_text", status=answer.status)
        if origin_of(answer.url) != origin_of(entry.url):
            reserved += await self._web.reservations(answer.url)
        reserved += await asyncio.to_thread(in_answer, answer.headers, answer.body, url=answer.url, at=fetched.at)
        note = "noindex" if is_noindex(answer.headers, answer.body) else None
        fetched = replace(fetched, reservations=reserved, note=note)
        if reserved and self._withhold:
            return replace(fetched, outcome="reserved", page=replace(page, url=answer.url))
        page = replace(page, url=answer.url, body=answer.body, content_type=kind or None, withheld=False)
        return replace(fetched, page=page, archive=await self._kept(answer, fetched.at))

    async def _kept(self, answer: Answer, at: datetime) -> Place | None:
        if self._archive is None:
            return None
        return await asyncio.to_thread(self._archive.keep, answer.url, at, answer.status, answer.headers, answer.body)


def carried(source: Source, entry: Entry, at: datetime) -> Fetched:
    """An article whose text the feed itself carries: there is nothing to ask for."""
    body = (entry.text or "").encode()
    page = Page(entry=entry, url=entry.url, body=body, content_type=FROM_ENTRY, at=at)
    return Fetched(url=entry.url, at=at, outcome="ok", page=page)


@asynccontextmanager
async def crawl(
    politeness: Politeness,
    *,
    known: Iterable[SiteRules] = (),
    withhold: bool = False,
    archive: Path | None = None,
    aside: Aside = asyncio.to_thread,
) -> AsyncIterator[Crawler]:
    """A crawler whose connections end with the block; `known` is what hosts said in earlier rounds."""
    async with open_web(politeness, known) as web:
        yield Crawler(web, withhold=withhold, archive=Archive(archive) if archive else None, aside=aside)


async def at_once(work: Callable[[T], Awaitable[R]], items: Iterable[T], workers: int = _WORKERS) -> AsyncIterator[R]:
    """The results of many pieces of work as they end; so many are under way, and no more than that wait here."""
    todo: Iterator[T] = iter(items)
    results: asyncio.Queue[R | None] = asyncio.Queue(workers)
    failed: list[Exception] = []

    async def worker() -> None:
        try:
            for item in todo:
                await results.put(await work(item))
        except Exception as exc:  # handed on to whoever waits for the results
            failed.append(exc)
        await results.put(None)

    tasks = [asyncio.create_task(worker()) for _ in range(workers)]
    ended = 0
    try:
        while ended < workers:
            result = await results.get()
            if failed:
                raise failed[0]
            if result is None:
                ended += 1
            else:
                yield result
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def in_turns(urls: Iterable[str]) -> list[str]:
    """The same addresses with the hosts taking turns, so that a slow one does not hold up the others."""
    hosts: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        hosts[host_of(url)].append(url)
    return [url for url in chain.from_iterable(zip_longest(*hosts.values())) if url is not None]


def _withheld(entry: Entry) -> Entry:
    """What may be kept of an entry whose text is reserved: title, link, date and the feed's own teaser."""
    teaser = entry.teaser
    if teaser and len(teaser) > _TEASER:
        teaser = teaser[:_TEASER].rsplit(" ", 1)[0] + " …"
    return replace(entry, text=None, teaser=teaser)


def _validators(answer: Answer, before: Validators) -> Validators:
    if answer.status == 304:  # the headers that it repeats are the newer ones (RFC 9110, section 15.4.5)
        etag = answer.headers.get("ETag", before.etag)
        last_modified = answer.headers.get("Last-Modified", before.last_modified)
        return replace(before, etag=etag, last_modified=last_modified)
    return Validators(
        etag=answer.headers.get("ETag"),
        last_modified=answer.headers.get("Last-Modified"),
        body_hash=hashlib.sha256(answer.body).hexdigest(),
    )


def _now() -> datetime:
    return datetime.now(UTC)
