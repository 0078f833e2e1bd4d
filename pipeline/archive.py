"""From an archive instead of the web: the pages of a WARC file, ours or Common Crawl's, become stored articles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import crawl
from pipeline.config import Settings
from pipeline.crawl import Archived, Damaged
from pipeline.crawling import CrawlReport, Progress, Read, quiet, read_pages, store_fetched
from pipeline.records import Entry, Polled, Source
from pipeline.store import Database, crawled, writing
from pipeline.workers import open_workers

_BATCH = 20
_READERS = 4  # batches under way


async def read_archive(
    db: Database, settings: Settings, catalogue: Sequence[Source], path: Path, *, progress: Progress = quiet
) -> CrawlReport:
    """Stores the articles on the pages of a WARC file; what was read later than the file was written stays as it is.

    A page belongs to the source that offered its address, else to one of the same host, else to a source made for it.
    Raises LagebildError if the file cannot be read.
    """
    report, shelf = CrawlReport(), _Shelf(db, crawled.current(db, catalogue))
    withhold = settings.purpose == "general"
    async with open_workers() as aside:

        async def read(kept: list[Archived]) -> list[Read]:
            with writing(db):
                placed = [(page, *shelf.place(page)) for page in kept]
            return await read_pages(aside, [crawl.replayed(*place, withhold=withhold) for place in placed])

        records = crawl.read(path, max_bytes=settings.max_bytes)
        pages = _told(records, path, report)
        async for results in crawl.at_once(read, iter(lambda: list(islice(pages, _BATCH)), []), _READERS):
            store_fetched(db, settings, results, report)
            progress("pages", report.entries.total(), report.entries.total())
    return report


def _told(records: Iterable[Archived | Damaged], path: Path, report: CrawlReport) -> Iterator[Archived]:
    """The pages; what is damaged is counted and told."""
    for record in records:
        if isinstance(record, Archived):
            yield record
        else:
            report.entries["unreadable"] += 1
            report.troubles.append(f"{path}, byte {record.place.offset}: {record.why}")


class _Shelf:
    """Where the pages of an archive belong."""

    def __init__(self, db: Database, sources: Sequence[Source]) -> None:
        self._db = db
        self._sources = {source.id: source for source in sources}
        self._by_host: dict[str, Source] = {}
        for source in sorted(sources, key=lambda source: not source.enabled):
            for address in (source.homepage, source.url):
                self._by_host.setdefault(_host(address or ""), source)
        crawled.save_sources(db, sources)

    def place(self, page: Archived) -> tuple[Source, Entry]:
        """The source and the entry of a page; one that no source has offered is written down as if one had."""
        known = crawled.find_entry(self._db, page.url)
        if known is not None:
            return self._sources.get(known.source_id) or self._made_for(page), known
        source = self._by_host.get(_host(page.url)) or self._made_for(page)
        entry = Entry(source_id=source.id, url=page.url)
        crawled.save_entries(self._db, Polled(source_id=source.id, at=page.at, outcome="ok", entries=(entry,)))
        return source, entry

    def _made_for(self, page: Archived) -> Source:
        host = _host(page.url)
        if host not in self._by_host:
            name = re.sub(r"[^a-z0-9]+", "-", host).strip("-")
            parts = urlsplit(page.url)
            url = f"{parts.scheme}://{parts.netloc}/"
            source = Source(id=f"archive-{name}", name=host, kind="html_index", url=url, enabled=False)
            crawled.save_sources(self._db, [source])
            self._by_host[host] = source
        return self._by_host[host]


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")
