"""Asking every source of the catalogue, without a database, what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.config import Settings
from pipeline.crawl import at_once
from pipeline.crawling import open_crawler
from pipeline.records import Due, Polled, Source

VERDICTS = {
    "works": "offers entries",
    "moved": "offers entries at another address: the sources file should name it",
    "empty": "is what it should be and offers nothing",
    "not_a_feed": "answers with something that is no feed, sitemap or index page",
    "refused_robots": "robots.txt does not allow it",
    "certificate": "its certificate is not valid",
    "gone": "is not there any more (404, 410)",
    "refused": "the server refuses it (another status from 400 to 499)",
    "broken": "the server has trouble (500 and above)",
    "unreachable": "no connection or no answer in time",
    "error": "anything else; the detail says what",
}
GIVING = ("works", "moved", "empty")  # the others give nothing


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What is to be said of a source: one of VERDICTS, how many entries it offers, the newest, and what went wrong."""

    source: Source
    verdict: str
    entries: int = 0
    newest: datetime | None = None
    detail: str | None = None


async def check_sources(settings: Settings, sources: Sequence[Source]) -> AsyncIterator[Checked]:
    """One result per source, in the order in which they answer."""
    by_id = {source.id: source for source in sources}
    async with open_crawler(settings, asyncio.to_thread) as crawler:
        async for polled in at_once(crawler.poll, (Due(source=source) for source in sources)):
            yield checked(by_id[polled.source_id], polled)


def checked(source: Source, polled: Polled) -> Checked:
    """What a look at a source says about it."""
    newest = max((entry.published_at for entry in polled.entries if entry.published_at), default=None)
    found = _verdict(polled)
    detail = f"moved to {polled.moved_to}" if polled.moved_to and not polled.error else polled.error
    return Checked(source=source, verdict=found, entries=len(polled.entries), newest=newest, detail=detail)


def _verdict(polled: Polled) -> str:
    outcome, status = polled.outcome, polled.status or 0
    if outcome == "ok":
        return "moved" if polled.moved_to else "works" if polled.entries else "empty"
    if outcome in VERDICTS:
        return outcome
    if outcome in ("http_404", "http_410"):
        return "gone"
    if outcome in ("timeout", "truncated"):
        return "unreachable"
    return "refused" if 400 <= status < 500 else "broken" if status >= 500 else "error"
