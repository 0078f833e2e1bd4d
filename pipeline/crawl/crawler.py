"""Polling sources and fetching articles, many at a time; how each ended is a value."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import chain, zip_longest
from typing import TypeVar

from pipeline.crawl.address import host_of
from pipeline.crawl.offer import read_children, read_entries
from pipeline.crawl.web import Answer, Politeness, Web, open_web
from pipeline.errors import FetchError
from pipeline.records import Entry, Fetched, Page, Polled, Source, Validators

T = TypeVar("T")
R = TypeVar("R")

FROM_ENTRY = "text/html; entry"  # content type of a page that the feed itself carried
_WORKERS = 64
_TEXTUAL = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")


class Crawler:
    """Polls and fetches with one session."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def poll(self, due: Iterable[tuple[Source, Validators]]) -> AsyncIterator[Polled]:
        """One result per source, in the order in which they answer."""

        async def one(item: tuple[Source, Validators]) -> Polled:
            return await self._poll(*item)

        async for polled in _at_once(one, list(due)):
            yield polled

    async def fetch(self, waiting: Iterable[tuple[Source, Entry]]) -> AsyncIterator[Fetched]:
        """One result per entry, in the order in which they answer; hosts take turns."""

        async def one(item: tuple[Source, Entry]) -> Fetched:
            return await self._fetch(*item)

        async for fetched in _at_once(one, _in_turns(waiting)):
            yield fetched

    async def _poll(self, source: Source, validators: Validators) -> Polled:
        at, started = _now(), time.monotonic()
        try:
            answer = await self._web.get(source.url, _conditions(validators))
            entries: tuple[Entry, ...] = ()
            if answer.status != 304:
                entries = await self._entries(source, answer)
        except FetchError as exc:
            return Polled(
                source_id=source.id,
                at=at,
                outcome=exc.outcome,
                status=exc.status,
                seconds=time.monotonic() - started,
                error=str(exc),
                validators=validators,
            )
        unchanged = answer.status == 304
        return Polled(
            source_id=source.id,
            at=at,
            outcome="unchanged" if unchanged else "ok",
            status=answer.status,
            seconds=time.monotonic() - started,
            bytes=len(answer.body),
            validators=_validators(answer, validators if unchanged else Validators()),
            entries=entries,
        )

    async def _entries(self, source: Source, answer: Answer) -> tuple[Entry, ...]:
        """What a source offers; a sitemap index is followed one level down."""
        children = await asyncio.to_thread(read_children, source, answer.url, answer.body)
        if not children:
            return await asyncio.to_thread(read_entries, source, answer.url, answer.body, answer.headers)
        found: dict[str, Entry] = {}
        for child in children:
            inner = await self._web.get(child)
            for entry in await asyncio.to_thread(read_entries, source, inner.url, inner.body, inner.headers):
                found.setdefault(entry.url, entry)
        return tuple(found.values())

    async def _fetch(self, source: Source, entry: Entry) -> Fetched:
        at, started = _now(), time.monotonic()
        if source.text == "entry" and entry.text:
            return Fetched(url=entry.url, at=at, outcome="ok", page=_carried(source, entry, at))
        if entry.url.startswith(f"{source.url}#"):
            error = f"{entry.url}: the entry names no page and carries no text"
            return Fetched(url=entry.url, at=at, outcome="no_address", error=error)
        try:
            answer = await self._web.get(entry.url)
            kind = answer.headers.get("Content-Type", "")
            if kind and not kind.lower().startswith(_TEXTUAL):
                raise FetchError(entry.url, f"is {kind}, not a page", outcome="not_text", status=answer.status)
        except FetchError as exc:
            seconds = time.monotonic() - started
            return Fetched(
                url=entry.url, at=at, outcome=exc.outcome, status=exc.status, seconds=seconds, error=str(exc)
            )
        page = Page(
            entry=entry, url=answer.url, body=answer.body, content_type=kind or None, at=at, select=source.select
        )
        return Fetched(
            url=entry.url,
            at=at,
            outcome="ok",
            status=answer.status,
            seconds=time.monotonic() - started,
            bytes=len(answer.body),
            page=page,
        )


@asynccontextmanager
async def crawl(politeness: Politeness) -> AsyncIterator[Crawler]:
    """A crawler whose connections end with the block."""
    async with open_web(politeness) as web:
        yield Crawler(web)


async def _at_once(work: Callable[[T], Awaitable[R]], items: Sequence[T]) -> AsyncIterator[R]:
    """The results of many pieces of work as they end; at most 64 are under way, and no more than that wait here."""
    results: asyncio.Queue[R] = asyncio.Queue(maxsize=_WORKERS)
    todo = iter(items)

    async def worker() -> None:
        for item in todo:
            await results.put(await work(item))

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(worker()) for _ in range(min(_WORKERS, len(items)))]
        try:
            for _ in range(len(items)):
                yield await results.get()
        finally:
            for task in workers:
                task.cancel()


def _in_turns(waiting: Iterable[tuple[Source, Entry]]) -> list[tuple[Source, Entry]]:
    """The same work with the hosts taking turns, so that a slow one does not hold up the others."""
    hosts: dict[str, list[tuple[Source, Entry]]] = defaultdict(list)
    for item in waiting:
        hosts[host_of(item[1].url)].append(item)
    rounds = zip_longest(*hosts.values())
    return [item for item in chain.from_iterable(rounds) if item is not None]


def _carried(source: Source, entry: Entry, at: datetime) -> Page:
    body = (entry.text or "").encode()
    return Page(entry=entry, url=entry.url, body=body, content_type=FROM_ENTRY, at=at, select=source.select)


def _conditions(validators: Validators) -> dict[str, str]:
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value}


def _validators(answer: Answer, before: Validators) -> Validators:
    headers: Mapping[str, str] = answer.headers
    return Validators(
        etag=headers.get("ETag", before.etag), last_modified=headers.get("Last-Modified", before.last_modified)
    )


def _now() -> datetime:
    return datetime.now(UTC)
