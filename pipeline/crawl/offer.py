"""What a source offers: feed, sitemap or index page -> entries, in the source's order, each address once.

Nothing is lost unseen: every item becomes an entry, or is counted as repeated or filtered.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pipeline.crawl.feed import Feed, digest, read_feed
from pipeline.crawl.index import Block, blocks_of, links_of
from pipeline.crawl.markup import decoded
from pipeline.crawl.sitemap import read_children, read_sitemap, unpacked
from pipeline.crawl.splitting import split
from pipeline.errors import FetchError
from pipeline.records import Entry, Source

__all__ = ["Offer", "read_children", "read_offer"]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a source offers right now, and what it says about when to come back. Hours are UTC, Monday is day 0."""

    entries: tuple[Entry, ...]
    repeated: int = 0  # items left out because their address came before
    filtered: int = 0  # items left out because of `Source.only`
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


def read_offer(source: Source, url: str, body: bytes, headers: Mapping[str, str]) -> Offer:
    """What the source offers; `url` is where the body was found. No item is left out because of its date.

    Raises FetchError: `not_a_feed` if the body is not what the source's kind says, `too_large` or `truncated` if it is
    a gzip file that is.
    """
    body = unpacked(source.url, body)
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if source.kind in ("rss", "atom"):
        feed = read_feed(source, url, body, content_type)
        items: Iterable[Entry] = _told_apart(source, feed)
        if source.split:
            items = (entry for bundle in items for entry in split(bundle))
        return replace(_counted(source, items), ttl=feed.ttl, skip_hours=feed.skip_hours, skip_days=feed.skip_days)
    if source.kind == "sitemap":
        return _counted(source, read_sitemap(source, url, body, content_type))
    return _counted(source, _from_index(source, url, decoded(body, content_type)))


def _counted(source: Source, items: Iterable[Entry]) -> Offer:
    """The items that the source's `only` lets through, each address once."""
    only = re.compile(source.only) if source.only else None
    found: dict[str, Entry] = {}
    repeated = filtered = 0
    for entry in items:
        if only and not only.search(entry.url):
            filtered += 1
        elif entry.url in found:
            repeated += 1
        else:
            found[entry.url] = entry
    return Offer(entries=tuple(found.values()), repeated=repeated, filtered=filtered)


def _told_apart(source: Source, feed: Feed) -> Sequence[Entry]:
    """The items, those that carry their text and share a link under addresses of their own.

    A link is shared if it leads to the feed's or the source's home, or if items with different marks and titles have
    it; the mark is the guid, else the title. All of them get an address made of link and mark, except one whose guid
    is the link. So an address depends neither on the order nor on which others are in the feed, as long as there are
    any. The limit: an item that was alone under its link and is joined by a second one is offered once more.
    """
    if source.text != "entry":
        return feed.items
    homes = {home.rstrip("/") for home in (source.url, source.homepage, feed.home) if home}
    titles, marks = defaultdict(set), defaultdict(set)
    for item in feed.items:
        titles[item.url].add(item.title)
        marks[item.url].add(_mark(item))

    def shared(item: Entry) -> bool:
        return item.url.rstrip("/") in homes or (len(titles[item.url]) > 1 and len(marks[item.url]) > 1)

    return [
        replace(item, url=f"{item.url}#{digest(_mark(item))}") if shared(item) and _mark(item) != item.url else item
        for item in feed.items
    ]


def _mark(item: Entry) -> str:
    """What tells an item from others with the same link."""
    return item.guid or item.title or item.text or ""


def _from_index(source: Source, url: str, page: str) -> Iterator[Entry]:
    if source.text == "entry" and source.select.entry:
        found = blocks_of(page, url, source.select)
    else:
        found = [*links_of(page, url, source.select)]
    if not found:
        raise FetchError(source.url, "no articles found on the index page", outcome="not_a_feed")
    for item in found:
        if isinstance(item, Block):
            yield Entry(
                source_id=source.id,
                url=f"{source.url}#{digest(item.words)}",
                title=item.title or None,
                text=item.html,
                published_at=item.published_at,
            )
        else:
            yield Entry(source_id=source.id, url=item.url, title=item.title, published_at=item.published_at)
