"""What is read: sources, what they offer, pages, articles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

SourceKind = Literal["rss", "atom", "sitemap", "html_index"]
ArticleKind = Literal["press_release", "news", "advisory"]
TextState = Literal["full", "teaser", "paywall", "consent", "withheld", "empty"]


@dataclass(frozen=True, kw_only=True)
class Select:
    """CSS where the defaults fail: entry, link and date on an index page; title, date and body on an article page."""

    entry: str | None = None
    link: str | None = None
    title: str | None = None
    date: str | None = None
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that is read again and again."""

    id: str
    name: str
    kind: SourceKind
    url: str
    sector: str | None = None
    publisher: str | None = None
    homepage: str | None = None
    language: str = "de"
    country: str = "de"
    every: timedelta = timedelta(minutes=30)
    text: Literal["page", "entry"] = "page"
    split: bool = False
    only: str | None = None  # a regular expression that the address of an entry must contain
    select: Select = field(default_factory=Select)
    enabled: bool = True
    confidence: Literal["high", "medium", "low"] | None = None  # in the address
    evidence: str | None = None  # where the address was found
    notes: str | None = None  # what a maintainer should know

    @property
    def select_on_pages(self) -> Select:
        """The CSS for the pages of its articles; `date` is for the index page where there is one."""
        found = self.select
        return Select(title=found.title, date=None if self.kind == "html_index" else found.date, body=found.body)


@dataclass(frozen=True, kw_only=True)
class Validators:
    """What a server gave to ask again politely, and the SHA-256 of the body it sent."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a conditional request."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One item that a source offers, as the source itself tells it."""

    source_id: str
    url: str
    title: str | None = None
    teaser: str | None = None
    text: str | None = None  # HTML that the feed itself carries
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    guid: str | None = None
    validators: Validators = field(default_factory=Validators)  # of its page, when it was last fetched


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What a server and its feed say about when to come back. Hours are UTC, Monday is day 0."""

    fresh_for: timedelta = timedelta(0)  # Cache-Control: max-age, Expires
    retry_after: timedelta | None = None
    ttl: timedelta | None = None  # RSS ttl, syndication module
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """A place that reserves the rights to text and data mining (§ 44b UrhG), in its own words."""

    host: str
    at: datetime
    found_in: Literal["robots", "tdmrep", "header", "meta", "text"]
    wording: str
    url: str  # where it stands


@dataclass(frozen=True, kw_only=True)
class SiteRules:
    """What an origin says to crawlers; None where it has no such file."""

    origin: str  # scheme and host
    at: datetime
    robots: str | None = None
    tdmrep: str | None = None


@dataclass(frozen=True, kw_only=True)
class Past:
    """What earlier looks at a source have shown, up to the last one."""

    interval: timedelta | None = None  # that its rhythm asked for; None before the first look
    usual_gap: timedelta | None = None  # between two publications
    failures: int = 0  # looks in a row that failed
    moved_to: str | None = None  # where permanent redirects led
    moved_times: int = 0  # looks in a row that were sent there


@dataclass(frozen=True, kw_only=True)
class Due:
    """A source whose time has come, with what earlier looks left for the next one."""

    source: Source
    validators: Validators = field(default_factory=Validators)
    hints: Hints = field(default_factory=Hints)
    past: Past = field(default_factory=Past)


@dataclass(frozen=True, kw_only=True)
class Polled:
    """One look at a source: how it ended and what was offered."""

    source_id: str
    at: datetime
    outcome: str
    status: int | None = None
    seconds: float = 0.0
    bytes: int = 0
    error: str | None = None
    validators: Validators = field(default_factory=Validators)
    moved_to: str | None = None  # where permanent redirects lead
    hints: Hints = field(default_factory=Hints)
    entries: tuple[Entry, ...] = ()
    repeated: int = 0  # entries left out because their address came before
    filtered: int = 0  # entries left out because of `Source.only`
    reservations: tuple[Reservation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """What stands behind an entry: raw bytes as they came, decompressed."""

    entry: Entry
    url: str  # where it was found after redirects
    body: bytes
    content_type: str | None
    at: datetime
    select: Select = field(default_factory=Select)
    withheld: bool = False  # the text is reserved and was not asked for: the entry alone tells of the article


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the raw page lies in the archive: a file and the offset of its record in bytes."""

    file: str
    offset: int


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """One request for an article, its retries included: how it ended, and the page if it ended well."""

    url: str  # of the entry
    at: datetime
    outcome: str  # "ok" and "unchanged" become new, changed or known when the article is stored
    status: int | None = None
    seconds: float = 0.0
    bytes: int = 0
    tries: int = 0  # requests
    error: str | None = None
    note: str | None = None  # noindex
    missed: tuple[str, ...] = ()  # keys of `select` with which its source finds nothing on the page
    page: Page | None = None
    validators: Validators = field(default_factory=Validators)
    retry_after: timedelta | None = None
    archive: Place | None = None
    reservations: tuple[Reservation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Article:
    """A page understood: paragraphs are separated by one empty line."""

    source_id: str
    url: str  # canonical
    title: str
    teaser: str | None = None
    text: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    origin: str | None = None  # who is quoted as the source of a reprint
    kind: ArticleKind = "news"
    text_state: TextState = "full"
    missed: tuple[str, ...] = ()  # keys of `select` with which its source finds nothing on the page

    @property
    def full_text(self) -> str:
        """Headline, an empty line, text: what is stored, analysed and shown; all offsets count in it."""
        return f"{self.title}\n\n{self.text}" if self.text else self.title
