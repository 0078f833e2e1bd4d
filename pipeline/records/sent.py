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
    """What has changed about a known incident since the last digest; None where nothing has."""

    articles: int = 0
    status_before: Status | None = None
    affected_before: int | None = None
    affected_new: bool = False  # there is a number now, or another one than `affected_before`
    organisations: tuple[str, ...] = ()
    types: tuple[str, ...] = ()  # names in German


@dataclass(frozen=True, kw_only=True)
class DigestIncident:
    """An incident as the digest tells it."""

    title: str
    path: str  # of its page, below the address of the pages
    type_name: str
    status: Status
    affected: int | None
    sources: int
    organisations: tuple[DigestOrganisation, ...] = ()
    news: News = field(default_factory=News)
    links: tuple[DigestLink, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TroubledSource:
    """A source that needs attention and why, how the last look ended, and since when."""

    name: str
    outcome: str
    trouble: Literal["failed", "gone", "silent", "gap"] = "failed"
    since: date | None = None  # the last good look, the last look, the last entry or the last gap


@dataclass(frozen=True, kw_only=True)
class Digest:
    """All that a day brought; the most important first."""

    date: date
    new: tuple[DigestIncident, ...] = ()
    changed: tuple[DigestIncident, ...] = ()
    articles: tuple[DigestLink, ...] = ()
    troubled: tuple[TroubledSource, ...] = ()
