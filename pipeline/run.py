"""The flow on one page: the only place that knows the order of the stages and the store.

Work that waits is found by a query, every step is one transaction: a kill at any point loses nothing, and a second
run changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from spacy.language import Language
from sqlite_utils.db import Database

from pipeline import analyse as analysing
from pipeline import group as grouping
from pipeline.analyse.labels import TYPES
from pipeline.config import Settings
from pipeline.crawl import Crawler, Politeness, crawl
from pipeline.errors import ExtractError
from pipeline.extract import extract
from pipeline.records import Analysis, Article, Case, Fetched, Polled, Source
from pipeline.sources import next_look
from pipeline.store import analysed, crawled, grouped, open_store

Progress = Callable[[str, int, int], None]  # what, done, of how many
_FINE = ("ok", "unchanged")
_BATCH = 50


def quiet(what: str, done: int, total: int) -> None:
    """No progress shown."""


def never() -> bool:
    """Work goes on until nothing waits."""
    return False


@contextmanager
def open_database(settings: Settings, *, create: bool = False) -> Iterator[Database]:
    """The database of the settings, with the vocabulary in it."""
    with open_store(settings.db, create=create) as db:
        analysed.save_types(db, (asdict(label) for label in TYPES.values()))
        yield db


@dataclass(kw_only=True)
class CrawlReport:
    """How a round of crawling ended: sources and entries by outcome, and a line for everything that went wrong."""

    polls: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    @property
    def all_read(self) -> bool:
        """Whether every source that was asked could be read."""
        return not set(self.polls) - set(_FINE)


@asynccontextmanager
async def open_crawler(settings: Settings) -> AsyncIterator[Crawler]:
    """A crawler that behaves as the settings say."""
    politeness = Politeness(
        user_agent=settings.user_agent,
        timeout=settings.timeout,
        max_bytes=settings.max_bytes,
        host_delay=settings.host_delay,
        allow_private=settings.allow_private,
    )
    async with crawl(politeness) as crawler:
        yield crawler


async def crawl_round(
    db: Database,
    settings: Settings,
    sources: Sequence[Source],
    *,
    everything: bool = False,
    progress: Progress = quiet,
) -> CrawlReport:
    """Polls the sources that are due (or all), then fetches, extracts and stores every article that waits."""
    report = CrawlReport()
    now = None if everything else datetime.now(UTC)
    crawled.save_sources(db, sources)
    enabled = [source for source in sources if source.enabled]
    by_id = {source.id: source for source in enabled}
    async with open_crawler(settings) as crawler:
        due = list(crawled.due(db, enabled, now))
        async for polled in crawler.poll(due):
            _note_poll(db, by_id[polled.source_id], polled, report)
            progress("sources", report.polls.total(), len(due))
        waiting = crawled.waiting(db, enabled, now)
        async for fetched in crawler.fetch(waiting):
            await _note_fetched(db, fetched, report)
            progress("articles", report.entries.total(), len(waiting))
    return report


def _note_poll(db: Database, source: Source, polled: Polled, report: CrawlReport) -> None:
    crawled.save_poll(db, polled, next_look(source, polled))
    report.polls[polled.outcome] += 1
    if polled.error:
        report.troubles.append(f"source {source.id}: {polled.error}")


async def _note_fetched(db: Database, fetched: Fetched, report: CrawlReport) -> None:
    article: Article | None = None
    if fetched.page is not None:
        try:
            article = await asyncio.to_thread(extract, fetched.page)
        except ExtractError as exc:
            fetched = replace(fetched, outcome="unreadable", error=str(exc))
    report.entries[crawled.save_fetched(db, fetched, article)] += 1
    if fetched.error:
        report.troubles.append(f"article {fetched.error}")


def analyse_round(
    db: Database,
    nlp: Language,
    *,
    again: bool = False,
    progress: Progress = quiet,
    stopped: Callable[[], bool] = never,
) -> int:
    """How many articles were analysed: all that had no analysis by this model, unless stopped between two batches."""
    if again:
        analysed.again(db)
    model, done = f"{nlp.meta['name']} {nlp.meta['version']}", 0
    while not stopped() and (batch := analysed.unread(db, model, _BATCH)):
        found = analysing.analyse_many(nlp, ((unread.text, unread.published_at) for unread in batch))
        for unread, analysis in zip(batch, found, strict=True):
            analysed.save_analysis(db, unread, analysis, datetime.now(UTC))
            done += 1
            progress("analysed", done, done)
    return done


def group_round(
    db: Database, *, again: bool = False, progress: Progress = quiet, stopped: Callable[[], bool] = never
) -> int:
    """How many articles were looked at: each now belongs to an incident or is known to tell of none."""
    if again:
        grouped.again(db)
    done = 0
    while not stopped() and (batch := grouped.ungrouped(db, _BATCH)):
        for article_id in batch:
            _group_article(db, article_id)
            done += 1
            progress("grouped", done, done)
    return done


def _group_article(db: Database, article_id: int) -> None:
    """Finds the incident of one article and tells that incident, and the one it left, anew."""
    with db.atomic():
        left = grouped.leave(db, article_id)
        case = replace(grouped.cases(db, [article_id])[0], duplicate_of=None)
        keys = grouping.keys(case)
        near = grouped.neighbours(db, article_id, keys)
        case = replace(case, duplicate_of=grouping.reprint_of(case, near.cases))
        incident = None
        if grouping.is_incident(case):
            found = grouping.group(case, near.by_incident)
            incident = int(found) if found else left if left and _is_empty(db, left) else grouped.new_incident(db, case)
        grouped.join(db, case, keys, incident, datetime.now(UTC))
        for number in {n for n in (incident, left) if n is not None}:
            _tell_incident(db, number)


def _is_empty(db: Database, incident: int) -> bool:
    return not grouped.members(db, incident)


def _tell_incident(db: Database, incident: int) -> None:
    sources = grouped.members(db, incident)
    if not sources:
        grouped.drop_incident(db, incident)
        return
    cases = [case for case in grouped.cases(db, sources) if grouping.is_incident(case)]
    if not cases:  # all of them wait for analysis: the incident stays as it was told
        return
    told = grouping.describe(
        str(incident),
        grouped.slug_of(db, incident),
        cases,
        {str(article_id): source for article_id, source in sources.items()},
    )
    grouped.save_incident(db, told)


def cluster(nlp: Language, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For every JSON line {id, text, title?, published?} a line {id, incident} or {id, error}, in order. No database."""
    requests = list(analysing.read_jsonl(lines))
    wanted = [request for request in requests if isinstance(request, analysing.Request)]
    analyses = analysing.analyse_many(nlp, ((request.text, request.published) for request in wanted))
    cases = [_case(str(n), r, a) for n, (r, a) in enumerate(zip(wanted, analyses, strict=True))]
    incident_of = dict(grouping.cluster(cases))
    numbers = iter(range(len(wanted)))
    for request in requests:
        if isinstance(request, analysing.Refused):
            yield {"id": request.id, "error": request.error}
        else:
            incident = incident_of[str(next(numbers))]
            yield {"id": request.id, "incident": None if incident is None else str(wanted[int(incident)].id)}


def _case(number: str, request: analysing.Request, analysis: Analysis) -> Case:
    return Case(
        article_id=number,
        title=request.text.partition("\n")[0],
        text=request.text,
        published_at=request.published or datetime.min.replace(tzinfo=UTC),
        types=tuple(found.type for found in analysis.types),
        status=analysis.status,
        affected=analysis.affected,
        roles=tuple((organisation.id, organisation.role) for organisation in analysis.organisations),
        facts=analysis.facts,
    )
