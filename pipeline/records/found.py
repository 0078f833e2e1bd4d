"""What is found in articles: names, incident types, facts, and the incidents that they tell of together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Status = Literal["alleged", "confirmed", "denied", "none"]


@dataclass(frozen=True, kw_only=True)
class Span:
    """A place in a text."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A name in a text. `organisation` is the canonical name, for ORG only."""

    start: int
    end: int
    label: str  # ORG, PER, LOC, MISC
    surface: str
    organisation: str | None = None


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """An organisation with its part in an article, and the clearest place that shows it."""

    id: str  # slug
    name: str
    role: str
    sector: str
    mentions: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class IncidentType:
    """A type that the text supports: score from 0 to 1 and the places that tell it, clearest first."""

    type: str
    score: float
    evidence: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A figure or date with its place; kind is one of affected, fine_eur, ransom_eur, cve, data_category, event_date."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """What the model found in one text."""

    model: str
    status: Status = "none"
    language: str = "de"
    mentions: tuple[Mention, ...] = ()
    types: tuple[IncidentType, ...] = ()  # main type first
    organisations: tuple[Organisation, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def affected(self) -> int | None:
        """The number of people or records affected as the text states it, or None."""
        return max((int(f.value) for f in self.facts if f.kind == "affected"), default=None)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an analysed article says of its incident, without its text."""

    article_id: str
    source_id: str
    url: str
    title: str
    published_at: datetime
    types: tuple[str, ...]  # main type first
    status: Status
    affected: int | None
    roles: tuple[tuple[str, str], ...]  # (organisation id, role)
    facts: tuple[Fact, ...] = ()
    duplicate_of: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Articles come in this order, whenever they were found: by time of publication, then by address."""
        return self.published_at, self.url


@dataclass(frozen=True, kw_only=True)
class Case(Told):
    """An analysed article as grouping sees it."""

    text: str


NoveltyKind = Literal["status", "type", "organisation", "affected", "fine_eur", "ransom_eur", "cve"]


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """Something that an article is the first of its incident to say, or that it changes."""

    article_id: str
    kind: NoveltyKind
    value: str  # the status of the incident from now on, a type, a role, a number or a CVE
    organisation: str | None = None  # whose role it is


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One real-world event, as its articles tell it."""

    id: str
    slug: str
    title: str
    first_seen_at: datetime
    last_seen_at: datetime
    status: Status
    affected: int | None
    main_type: str
    articles: tuple[str, ...]
    sources: int
    news: tuple[Novelty, ...]  # in the order in which it was told
