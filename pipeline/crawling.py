"""The first half of the flow: from sources to stored articles.

What a source offers is written down before any page is asked for, and every step is one transaction: a kill at any
point loses nothing, and a second round changes nothing.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from math import inf
from types import MappingProxyType

from pipeline import crawl, sources
from pipeline.config import Settings
from pipeline.crawl import Aside, Crawler, Politeness
from pipeline.errors import ExtractError, WorkerError
from pipeline.extract import extract_many, same_text
from pipeline.records import Article, Due, Entry, Fetched, Past, Polled, SiteRules, Source
from pipeline.store import Database, crawled, hosts, writing
from pipeline.store import fetched as fetching
from pipeline.store.tombstones import dead, without_dead
from pipeline.workers import open_workers

Progress = Callable[[str, int, int], None]  # what, done, of how many
Read = tuple[Fetched, Article | None]
FINE = ("ok", "unchanged")
_BATCH = 50
_READERS = 6  # batches under way


def quiet(what: str, done: int, total: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One look at a source: how it ended, how many entries it offered, how many of them were new or changed."""

    source: str
    outcome: str
    entries: int
    new: int
    changed: int
    seconds: float


@dataclass(kw_only=True)
class CrawlReport:
    """How a round of crawling ended: sources and entries by outcome, and a line for everything that went wrong."""

    looks: list[Looked] = field(default_factory=list)
    polls: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    @property
    def all_read(self) -> bool:
        """Whether every source that was asked could be read."""
        return not set(self.polls) - set(FINE)


@asynccontextmanager
async def open_crawler(
    settings: Settings, aside: Aside, known: Iterable[SiteRules] = (), *, archive: bool = False
) -> AsyncIterator[Crawler]:
    """A crawler that behaves as the settings say."""
    politeness = Politeness(
        user_agent=settings.user_agent,
        timeout=settings.timeout,
        max_bytes=settings.max_bytes,
        host_delay=settings.host_delay,
        allow_private=settings.allow_private,
    )
    kept = settings.archive if archive and settings.archive_days else None
    withhold = settings.purpose == "general"
    async with crawl.crawl(politeness, known=known, withhold=withhold, archive=kept, aside=aside) as crawler:
        yield crawler


async def crawl_round(
    db: Database,
    settings: Settings,
    catalogue: Sequence[Source],
    *,
    everything: bool = False,
    only: Collection[str] = (),
    seconds: float = inf,
    progress: Progress = quiet,
) -> CrawlReport:
    """Polls the sources that are due, then fetches, extracts and stores every article that waits.

    With `everything` whether or not their time has come; with `only` those sources alone, also disabled ones. After so
    many seconds no further page is asked for: what is left waits for the next round, so that slow hosts hold up no poll.
    """
    until = time.monotonic() + seconds
    now, everything = datetime.now(UTC), everything or bool(only)
    known = crawled.current(db, catalogue)
    crawled.save_sources(db, known)
    chosen = [source for source in known if (source.id in only if only else source.enabled)]
    offered = chosen if only else [now for now, was in zip(known, catalogue, strict=True) if was.enabled]  # also gone
    due = list(crawled.due(db, chosen, None if everything else now))
    this_round = _Round(
        db=db,
        settings=settings,
        in_file={source.id: source for source in catalogue},
        sources={source.id: source for source in offered},
        due={one.source.id: one for one in due},
        gone=crawled.gone(db),
    )
    async with open_workers() as aside, _remembering(db, settings, aside, now) as crawler:
        async for polled, read in crawl.at_once(partial(this_round.look, crawler, aside), due):
            this_round.note_poll(polled, read)
            progress("sources", this_round.report.polls.total(), len(due))
        await this_round.read_carried(aside, now, everything)
        pages = crawl.in_turns(crawled.waiting_pages(db, offered, now, everything=everything))
        await this_round.fetch(crawler, aside, pages, until, progress)
    fetching.forget_archive(db, crawl.prune(settings.archive, settings.archive_days, now.date()))
    return this_round.report


@asynccontextmanager
async def _remembering(db: Database, settings: Settings, aside: Aside, now: datetime) -> AsyncIterator[Crawler]:
    """A crawler that knows what hosts said in earlier rounds, and keeps what they say in this one."""
    async with open_crawler(settings, aside, hosts.known_rules(db, now), archive=True) as crawler:
        try:
            yield crawler
        finally:
            hosts.save_rules(db, crawler.learned, now)


@dataclass(frozen=True, kw_only=True)
class _Round:
    """One round: where it writes, which sources it asks and what it reports."""

    db: Database
    settings: Settings
    in_file: dict[str, Source]
    sources: dict[str, Source]
    due: dict[str, Due]
    gone: frozenset[str]
    report: CrawlReport = field(default_factory=CrawlReport)

    async def look(self, crawler: Crawler, aside: Aside, due: Due) -> tuple[Polled, list[Read]]:
        """What a source offers, and the articles that it carries itself, as far as they are new or changed."""
        polled = await crawler.poll(due)
        if due.source.text == "page":
            return polled, []
        carrying = (entry for entry in polled.entries if entry.text is not None)
        first = due.past.interval is None
        unread = [entry for entry in carrying if first or crawled.is_unread(self.db, entry)]
        return polled, await read_pages(aside, [crawl.carried(due.source, entry, polled.at) for entry in unread])

    def note_poll(self, polled: Polled, read: Sequence[Read]) -> None:
        """Writes down what a source offers, how the look ended and when the next one is; stores what was read."""
        source = self.sources[polled.source_id]
        with writing(self.db):
            polled = without_dead(self.db, polled)
            seen = crawled.save_entries(self.db, polled, frozenset(done.url for done, _ in read))
            fresh = [(done, article) for done, article in read if done.url in seen.new | seen.changed]
            if fresh:
                store_fetched(self.db, self.settings, fresh, self.report, seen.unwritten)
            past = sources.after(polled, self.due[source.id].past)
            if polled.outcome == "ok":
                past = replace(past, usual_gap=sources.usual_gap(crawled.came_out(self.db, source.id)))
            upcoming = sources.next_look(source, polled, seen.known_share, past, random.random())
            past = replace(past, interval=upcoming.interval)
            gap = sources.possible_gap(polled.entries, seen.new) and crawled.was_read(self.db, source.id)
            crawled.save_poll(self.db, polled, seen, past, next_at=upcoming.at, gap=gap)
            note_reservations(self.db, self.settings, [polled])
        looked = Looked(
            source=source.id,
            outcome=polled.outcome,
            entries=len(polled.entries),
            new=len(seen.new),
            changed=len(seen.changed),
            seconds=round(polled.seconds, 2),
        )
        self.report.looks.append(looked)
        self.report.polls[polled.outcome] += 1
        self.report.entries += Counter(known=seen.known, repeated=polled.repeated, filtered=polled.filtered)
        if polled.error:
            self.report.troubles.append(f"source {source.id}: {polled.error}")
        if gap:
            self.report.troubles.append(f"source {source.id}: possible gap: its oldest entry is new")
        self._note_changes(source, polled, past)

    def _note_changes(self, source: Source, polled: Polled, past: Past) -> None:
        """A source that has moved for good is asked there from now on; one that is gone no more."""
        in_file = self.in_file[source.id]
        if polled.outcome == "http_410":
            crawled.note_change(self.db, in_file, "gone", polled.at)
            self.report.troubles.append(f"source {source.id}: gone (410), not asked any more; see the sources file")
        elif polled.outcome in FINE and source.id in self.gone:
            crawled.note_change(self.db, in_file, "back", polled.at)
        if polled.outcome in FINE and sources.has_moved(past):
            crawled.note_change(self.db, in_file, "moved", polled.at, past.moved_to)
            self.report.troubles.append(f"source {source.id}: moved to {past.moved_to}, asked there from now on")

    async def read_carried(self, aside: Aside, now: datetime, everything: bool) -> None:
        """Reads and stores the articles that the feeds themselves carried."""

        async def read(entries: list[Entry]) -> list[Read]:
            return await read_pages(aside, [crawl.carried(self.sources[e.source_id], e, now) for e in entries])

        batches = crawled.waiting_carried(self.db, self.sources.values(), now, everything=everything, size=_BATCH)
        async for results in crawl.at_once(read, batches, _READERS):
            store_fetched(self.db, self.settings, results, self.report)

    async def fetch(self, crawler: Crawler, aside: Aside, pages: list[str], until: float, progress: Progress) -> None:
        """Asks for pages, reads them and stores their articles."""

        async def read(item: tuple[Source, Entry]) -> list[Read]:
            return await read_pages(aside, [await crawler.fetch(*item)])

        number = 0
        asked = takewhile(lambda _: time.monotonic() < until, pages)
        async for results in crawl.at_once(read, self._entries(asked)):
            store_fetched(self.db, self.settings, results, self.report)
            number += 1
            progress("articles", number, len(pages))

    def _entries(self, urls: Iterable[str]) -> Iterator[tuple[Source, Entry]]:
        """The entries one after the other, read when it is their turn."""
        for url in urls:
            entry = crawled.entry(self.db, url)
            yield self.sources[entry.source_id], entry


async def read_pages(aside: Aside, fetched: Sequence[Fetched]) -> list[Read]:
    """The articles on the pages that came; a page that cannot be read ends in an outcome of its own."""
    pages = [done.page for done in fetched if done.page]
    try:
        found = iter(await aside(extract_many, pages) if pages else [])
    except WorkerError as exc:
        if len(fetched) > 1:  # only one of them is to blame
            return [read for done in fetched for read in await read_pages(aside, [done])]
        return [(replace(done, outcome="error", error=f"{done.url}: {exc}"), None) for done in fetched]
    return [_with(done, next(found)) if done.page else (done, None) for done in fetched]


def _with(done: Fetched, found: Article | ExtractError) -> Read:
    if isinstance(found, Article):
        return replace(done, missed=found.missed), found
    return replace(done, outcome="unreadable", error=str(found)), None


def store_fetched(
    db: Database,
    settings: Settings,
    results: Sequence[Read],
    report: CrawlReport,
    unwritten: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
) -> None:
    """Stores articles, what became of their entries and what is reserved, in one transaction, and reports it.

    `unwritten` are the rows of entries that are yet to be written.
    """
    done = [result for result, _ in results]
    with writing(db):
        results = _without_dead(db, settings, results)
        report.entries.update(fetching.save_fetched(db, results, same_text, unwritten))
        note_reservations(db, settings, done)
    report.troubles += [f"article {result.error}" for result in done if result.error]
    missing = ((result.url, ", ".join(result.missed)) for result in done if result.missed)
    report.troubles += [f"article {url}: `select` finds no {names} there" for url, names in missing]


def _without_dead(db: Database, settings: Settings, results: Sequence[Read]) -> Sequence[Read]:
    """What was read, without articles that were removed and that another address led to; nor are their pages kept."""
    gone = dead(db, (article.url for _, article in results if article))
    if not gone:
        return results
    left: list[Read] = []
    for result, article in results:
        if article and article.url in gone:
            if result.archive:
                crawl.erase(settings.archive, result.archive)
            result, article = replace(result, outcome="filtered"), None  # noqa: PLW2901
        left.append((result, article))
    return left


def note_reservations(db: Database, settings: Settings, told: Iterable[Polled | Fetched]) -> None:
    """Keeps what is reserved, with the rule that the purpose of the settings asks for."""
    rule = "withheld" if settings.purpose == "general" else "kept for research"
    hosts.save_reservations(db, (found for result in told for found in result.reservations), rule)
