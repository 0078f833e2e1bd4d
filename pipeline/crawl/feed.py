"""RSS, RDF and Atom, however broken: items, and what the feed says about when to come back."""

from __future__ import annotations

import calendar
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.expatreader import ExpatParser

import feedparser
from feedparser import api, mixin

from pipeline.crawl.address import absolute
from pipeline.crawl.dates import plausible, read_date
from pipeline.crawl.markup import decoded, plain, with_absolute_links, without_hidden
from pipeline.errors import FetchError
from pipeline.records import Entry, Source

# What feedparser raises on feeds made to break it is not documented; these are all but MemoryError and OSError.
_BROKEN = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})  # not allowed in XML 1.0, section 2.2
_START = re.compile(r"<\w")
_DECLARATION = re.compile(r"<\?xml[^>]*>\s*", re.I)
_ROOT = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.I)
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.I)
_ENDS = ("</rss>", "</feed>", "</rdf:RDF>")
_REFERENCE = re.compile(r"&#(?:x[0-9a-f]+|[0-9]+);?", re.I)
# feedparser's search for a mail address takes quadratic time for one long word
_LONG_NAME = re.compile(
    r"(<(?:[\w-]+:)?(?:author|creator|managingeditor|webmaster|publisher|name|email)(?:\s[^<>]*)?>)[^<]{2000,}", re.I
)
_TAGS = 1_000_000  # 20,000 items have 400,000 or less; each takes some ten microseconds
_PROLOGUE = 16_384  # characters before the first element that are looked at: a document type is shorter
_HEAD = 65_536  # characters of the channel before its items that are looked at
_SKIP = re.compile(r"<(?:\w+:)?(hour|day)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?\s*(\w{1,9})\s*(?:\]\]>)?\s*</", re.I)
_MAILED = re.compile(r"\s*[^\s()]{1,200}@[^\s()]{1,200}\s*\(([^()]+)\)\s*")
_DATED = re.compile(r"^\s*[0-9]{8}(?:T|\s|$)|[A-Za-z]{3}")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# http://web.resource.org/rss/1.0/modules/syndication/
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}  # minutes


@dataclass(frozen=True, kw_only=True)
class Feed:
    """What stands in a feed, every item of it. Hours are UTC, Monday is day 0."""

    items: tuple[Entry, ...]
    home: str | None = None
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


class _InOnePiece(ExpatParser):
    """A parser that hands on a text at once, not cut at every `&lt;`: feedparser needs half the time with it."""

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]
        self._parser.buffer_size = 65_536  # type: ignore[attr-defined]


def create_parser() -> ExpatParser:
    """What `xml.sax.make_parser` asks a parser's module for."""
    return _InOnePiece()


api.PREFERRED_XML_PARSERS[:] = [__name__]
# feedparser translates every text with a table of 27 characters and pays an exception for any other; this one has all
mixin._cp1252 = "".join(map(chr, range(0x10000))).translate(mixin._cp1252)


def read_feed(source: Source, url: str, body: bytes, content_type: str) -> Feed:
    """The items of a feed, in its order.

    Raises FetchError with outcome `not_a_feed` if there is no RSS, RDF or Atom in the body.
    """
    text = _tidied(decoded(body, content_type))
    if text.count("<") > _TAGS:
        raise FetchError(source.url, f"more than {_TAGS} tags", outcome="too_large")
    try:
        feed, items = _parsed(source, url, text)
    except _BROKEN:
        try:
            feed, items = _parsed(source, url, _REFERENCE.sub("\ufffd", text))
        except _BROKEN as exc:
            why = f"not a feed: {type(exc).__name__} while parsing it"
            raise FetchError(source.url, why, outcome="not_a_feed") from exc
    if not feed.get("version"):
        why = feed.get("bozo_exception") or "no RSS, Atom or RDF in it"
        raise FetchError(source.url, f"not a feed: {' '.join(str(why).split())}", outcome="not_a_feed")
    hours, days = _skips(text)
    channel = feed.feed
    return Feed(items=items, home=dict.get(channel, "link"), ttl=_ttl(channel), skip_hours=hours, skip_days=days)


def _parsed(source: Source, url: str, text: str) -> tuple[Any, tuple[Entry, ...]]:
    told = {"content-type": "application/xml; charset=utf-8"}
    if "xml:base" in text:  # else links are joined to the address here: feedparser joins at every tag
        told["content-location"] = url
    # as a stream: feedparser takes bytes for the name of a file first
    stream = io.BytesIO(text.encode("utf-8", "replace").translate(None, _CONTROLS))
    feed = feedparser.parse(stream, response_headers=told, resolve_relative_uris=False, sanitize_html=False)
    return feed, tuple(_entry(source, url, item) for item in feed.entries)


def _tidied(text: str) -> str:
    """The feed without what stands before and after it: warnings, blank lines, the declaration of its encoding."""
    start = text.find("<?xml", 0, _PROLOGUE)
    if start > 0 and not _ROOT.search(text, 0, start):
        text = text[start:]
    text = text.lstrip("\ufeff \t\r\n\0")
    if declaration := _DECLARATION.match(text):
        text = text[declaration.end() :]
    if element := _START.search(text):
        before = text[: element.start()]
        # feedparser takes quadratic time for blank lines and for entities here
        lines = [line.strip() for line in before.splitlines()] if len(before) <= _PROLOGUE else []
        text = "\n".join([*filter(None, lines), text[element.start() :]])
    end = max((at + len(word) for word in _ENDS if (at := text.rfind(word)) >= 0), default=len(text))
    return _LONG_NAME.sub(r"\1", text if _ITEM.search(text, end) else text[:end])


def _entry(source: Source, url: str, item: Any) -> Entry:
    # dict.get: feedparser's own answers for `updated` with `published` and warns about it
    summary, title, guid = dict.get(item, "summary"), dict.get(item, "title"), dict.get(item, "id")
    parts = [*(dict.get(item, "content") or []), {"value": summary or ""} | (dict.get(item, "summary_detail") or {})]
    part = max(parts, key=lambda part: len(part.get("value") or ""))
    text = part.get("value") or ""
    link = _link(source, item)
    address = absolute(url, link) if link else _own_address(source, guid, title, text)
    if source.split:  # whoever reads only the words needs no links
        base = part.get("base") or url
        text = with_absolute_links(text, address if base == url else base)
    return Entry(
        source_id=source.id,
        url=address,
        title=plain(title),
        teaser=plain(summary),
        text=text or None,
        published_at=_time(item, "published") or _time(item, "updated") or _time(item, "created"),
        updated_at=_time(item, "updated"),
        authors=_authors(item),
        guid=guid or None,
    )


def _link(source: Source, item: Any) -> str | None:
    """Where an item leads: in the language of the source, if it leads to several pages; an enclosure is no page."""
    links = [link for link in dict.get(item, "links") or [] if link.get("rel") == "alternate" and link.get("href")]
    pages = [link for link in links if "html" in link.get("type", "html")]
    own = [link["href"] for link in pages if str(link.get("hreflang", "")).lower().startswith(source.language)]
    guid = str(dict.get(item, "id"))
    named = [guid] if guid.startswith(("http://", "https://")) else []
    found = next(filter(None, [*own, dict.get(item, "link"), *(link["href"] for link in links), *named]), "")
    # an address wrapped over lines carries the indentation in it
    return re.sub(r"\s{2,}|[\r\n\t]", "", found.strip()).replace(" ", "%20") or None


def _authors(item: Any) -> tuple[str, ...]:
    """The names of the authors; of `mail (name)`, as RSS wants it, the name, which feedparser cuts wrongly."""
    found = dict.get(item, "authors") or []
    if len(found) == 1 and (match := _MAILED.fullmatch(dict.get(item, "author") or "")):
        return (match[1].strip(),)
    return tuple(name for author in found if (name := plain(author.get("name"))))


def _own_address(source: Source, guid: str | None, title: str | None, text: str | None) -> str:
    """An address for an entry that has none: the source's own with a mark that stays the same."""
    words = guid or f"{title}\n{text}"
    return f"{source.url}#{digest(words)}"


def digest(words: str) -> str:
    """A mark of 16 hexadecimal digits for some words."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:16]


def _time(item: Any, name: str) -> datetime | None:
    """A date of an item: read here first, since feedparser takes MEZ, CET and a missing zone for UTC."""
    written = dict.get(item, name)
    if moment := read_date(written):
        return moment
    # without day and month feedparser takes those of today
    parsed = dict.get(item, f"{name}_parsed") if _DATED.search(written or "") else None
    try:
        return plausible(datetime.fromtimestamp(calendar.timegm(parsed), UTC)) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _ttl(channel: Any) -> timedelta | None:
    """How long the feed says that it stays as it is: `ttl` in minutes, else by the syndication module."""
    if minutes := _number(dict.get(channel, "ttl")):
        return timedelta(minutes=minutes)
    frequency = dict.get(channel, "sy_updatefrequency")
    name = dict.get(channel, "sy_updateperiod") or ("daily" if frequency else "")
    if period := _PERIODS.get(str(name).strip().lower()):
        return timedelta(minutes=period / (_number(frequency) or 1))
    return None


def _number(value: object) -> int | None:
    """A number from 1 to 999,999, else None."""
    text = str(value).strip()
    return (int(text) or None) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _skips(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """The hours and days on which the feed is not to be asked; feedparser keeps only the last of each."""
    first = _ITEM.search(text, 0, _HEAD)
    head = without_hidden(text[: first.start() if first else _HEAD])
    hours, days = set(), set()
    for kind, value in _SKIP.findall(head):
        if kind.lower() == "hour" and re.fullmatch(r"[0-9]{1,2}", value) and int(value) < 24:
            hours.add(int(value))
        elif kind.lower() == "day" and value.lower() in _DAYS:
            days.add(_DAYS.index(value.lower()))
    return frozenset(hours), frozenset(days)
