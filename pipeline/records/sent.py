"""What a digest says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pipeline.records.found import Status


@dataclass(frozen=True, kw_only=True)
class DigestOrganisation:
    """Who takes part in an incident, by name, and as what."""

    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class DigestLink:
    """An article elsewhere."""

    source: str
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class News:
    """What has become known about an incident since a reader was last told of it; None where nothing has."""

    status_before: Status | None = None
    affected_before: int | None = None
    affected_new: bool = False  # there is a number now, or another one than `affected_before`
    organisations: tuple[DigestOrganisation, ...] = ()
    types: tuple[str, ...] = ()  # names in German
    fines: tuple[int, ...] = ()  # euros
    ransoms: tuple[int, ...] = ()  # euros
    cves: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Traits:
    """By what subscribers choose: ids of types, of sectors and organisations, of sources, numbers of articles."""

    types: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()  # of organisations that are affected
    organisations: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    articles: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class DigestIncident:
    """An incident as the digest tells it."""

    id: int
    title: str
    type_name: str
    status: Status
    affected: int | None
    sources: int
    organisations: tuple[DigestOrganisation, ...] = ()
    news: News | None = None  # None: the incident itself is new
    links: tuple[DigestLink, ...] = ()
    traits: Traits = field(default_factory=Traits)


@dataclass(frozen=True, kw_only=True)
class DigestArticle:
    """An article that tells of no incident."""

    link: DigestLink
    traits: Traits = field(default_factory=Traits)


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Everything that became known after one edition and up to another, the most important first."""

    incidents: tuple[DigestIncident, ...] = ()
    articles: tuple[DigestArticle, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TroubledSource:
    """A source that needs attention and why, how the last look ended, and since when."""

    name: str
    outcome: str
    trouble: Literal["failed", "gone", "silent", "gap"] = "failed"
    since: date | None = None  # the last good look, the last look, the last entry or the last gap


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a reader is told at once; the most important first."""

    date: date
    alert: bool = False
    new: tuple[DigestIncident, ...] = ()
    changed: tuple[DigestIncident, ...] = ()
    articles: tuple[DigestLink, ...] = ()
    more_articles: int = 0  # that are left out
    troubled: tuple[TroubledSource, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.new or self.changed or self.articles or self.troubled)


@dataclass(frozen=True, kw_only=True)
class RenderedDigest:
    """A digest in words."""

    subject: str
    text: str
    html: str
