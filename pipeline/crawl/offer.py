"""What a source offers: feed, news sitemap or index page -> entries, in the source's order, each address once."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser
from bs4 import BeautifulSoup

from pipeline.crawl.address import absolute
from pipeline.crawl.index import links_of
from pipeline.errors import FetchError
from pipeline.records import Entry, Source

_CHILDREN = 10  # sitemaps of an index that are read, newest first
_TAG = re.compile(r"<[^>]*>")


def read_entries(source: Source, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[Entry, ...]:
    """What the source offers.

    Raises FetchError with outcome `not_a_feed` if the body is not what the source's kind says.
    """
    entries: Iterable[Entry]
    if source.kind in ("rss", "atom"):
        entries = _from_feed(source, url, body, headers)
    elif source.kind == "sitemap":
        entries = _from_sitemap(source, url, body)
    else:
        entries = _from_index(source, url, body)
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry.url, entry)
    return tuple(found.values())


def read_children(source: Source, url: str, body: bytes) -> list[str]:
    """The addresses of the newest sitemaps, if the body is an index of sitemaps; else none."""
    if source.kind != "sitemap" or b"<sitemapindex" not in body[:2000]:
        return []
    rows = _xml(body).find_all("sitemap")
    dated = [(_child(row, "lastmod") or "", _child(row, "loc")) for row in rows]
    return [absolute(url, loc) for _, loc in sorted(dated, key=lambda d: d[0], reverse=True)[:_CHILDREN] if loc]


def _from_feed(source: Source, url: str, body: bytes, headers: Mapping[str, str]) -> Iterator[Entry]:
    told = {"content-location": url, "content-type": headers.get("Content-Type", "application/xml")}
    feed = feedparser.parse(body, response_headers=told, sanitize_html=False)
    if not feed.get("version"):
        why = feed.get("bozo_exception") or "no RSS, Atom or RDF in it"
        raise FetchError(source.url, f"not a feed: {' '.join(str(why).split())}", outcome="not_a_feed")
    for item in feed.entries:
        entry = _entry(source, url, item)
        yield from _split(entry, url) if source.split else (entry,)


def _entry(source: Source, url: str, item: Any) -> Entry:
    # dict.get: feedparser's own answers for `updated` with `published` and warns about it
    content = dict.get(item, "content") or []
    summary = dict.get(item, "summary")
    text = max((part.get("value", "") for part in content), key=len, default="") or summary
    title, guid = dict.get(item, "title"), dict.get(item, "id")
    link = dict.get(item, "link") or (guid if str(guid).startswith(("http://", "https://")) else None)
    return Entry(
        source_id=source.id,
        url=absolute(url, link) if link else _own_address(source, guid, title, text),
        title=_plain(title),
        teaser=_plain(summary),
        text=text or None,
        published_at=_time(dict.get(item, "published_parsed") or dict.get(item, "updated_parsed")),
        updated_at=_time(dict.get(item, "updated_parsed")),
        authors=tuple(name for a in dict.get(item, "authors") or [] if (name := _plain(a.get("name")))),
        guid=guid,
    )


def _own_address(source: Source, guid: str | None, title: str | None, text: str | None) -> str:
    """An address for an entry that has none: the source's own with a mark that stays the same."""
    key = guid or f"{title}\n{text}"
    return f"{source.url}#{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _split(bundle: Entry, url: str) -> Iterator[Entry]:
    """The entries that a bundle links to; the bundle itself if it links to nothing."""
    links = BeautifulSoup(bundle.text or "", "lxml").find_all("a", href=True)
    found = False
    for link in links:
        target = absolute(bundle.url or url, str(link["href"]))
        if target.startswith(("http://", "https://")):
            found = True
            yield Entry(
                source_id=bundle.source_id,
                url=target,
                title=_plain(link.get_text(" ")),
                published_at=bundle.published_at,
                updated_at=bundle.updated_at,
                authors=bundle.authors,
            )
    if not found:
        yield bundle


def _from_sitemap(source: Source, url: str, body: bytes) -> Iterator[Entry]:
    tree = _xml(body)
    if tree.find("urlset") is None:
        raise FetchError(source.url, "not a sitemap: no urlset in it", outcome="not_a_feed")
    for row in tree.find_all("url"):
        if not (loc := _child(row, "loc")):
            continue
        yield Entry(
            source_id=source.id,
            url=absolute(url, loc),
            title=_child(row, "title"),
            published_at=_iso(_child(row, "publication_date") or _child(row, "lastmod")),
            updated_at=_iso(_child(row, "lastmod")),
        )


def _from_index(source: Source, url: str, body: bytes) -> Iterable[Entry]:
    links = links_of(body, url, source.select)
    if not links:
        raise FetchError(source.url, "no links to articles found on the index page", outcome="not_a_feed")
    for link in links:
        yield Entry(source_id=source.id, url=link.url, title=link.title, published_at=link.published_at)


def _xml(body: bytes) -> BeautifulSoup:
    return BeautifulSoup(body, "lxml-xml")


def _child(row: Any, name: str) -> str | None:
    """The text of a child element, whatever its namespace prefix."""
    for element in row.find_all(True):
        if element.name.rpartition(":")[2] == name:
            return element.get_text(strip=True) or None
    return None


def _plain(value: str | None) -> str | None:
    """A feed's title or summary without markup, blanks folded."""
    if not value:
        return None
    text = BeautifulSoup(value, "lxml").get_text(" ") if "<" in value or "&" in value else value
    return " ".join(_TAG.sub(" ", text).split()) or None


def _time(parsed: Any) -> datetime | None:
    if not parsed:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(value: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
