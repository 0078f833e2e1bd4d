"""What the pages show: one frozen record per kind of row, and one per page. The fields are the columns of the queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.browse.changes import Passage
from pipeline.browse.marks import Piece

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class IncidentLine:
    """An incident in a list."""

    id: int
    slug: str
    title: str
    type: str
    status: str
    affected: int | None
    articles: int
    sources: int
    first_seen_at: str
    last_seen_at: str
    organisations: str | None
    role: str | None = None


@dataclass(frozen=True, kw_only=True)
class ArticleLine:
    """An article in a list."""

    id: int
    title: str
    at: str
    source: str
    kind: str
    status: str | None
    text_state: str
    types: str | None
    role: str | None = None


@dataclass(frozen=True, kw_only=True)
class TypeCount:
    """How many incidents or articles there are of something."""

    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """An article of an incident, on its timeline."""

    article_id: int
    at: str
    source: str
    title: str
    kind: str
    status: str | None
    duplicate_of: int | None
    affected: int | None
    url: str


@dataclass(frozen=True, kw_only=True)
class Moment:
    """An original article on the timeline, with its reprints folded under it."""

    report: Report
    reprints: tuple[Report, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stretch of an article's text around a place; start and end count in the stretch."""

    article_id: int
    source: str
    base: int  # where in the text the stretch begins
    stretch: str | None
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Part(Place):
    """An organisation's part in an incident in one role, with the place that shows it best."""

    id: str
    name: str
    sector: str
    role: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Event(Place):
    """What happened in an incident, by type, with the place that tells it best."""

    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Figure(Place):
    """A fact of an incident, with a place that states it."""

    kind: str
    value: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Quoted(Generic[T]):
    """Something found in a text, with the sentence that says so."""

    what: T
    quote: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class IncidentPage:
    """The page of an incident."""

    incident: IncidentLine
    events: tuple[Quoted[Event], ...]
    timeline: tuple[Moment, ...]
    more: int
    roles: tuple[tuple[str, tuple[Quoted[Part], ...]], ...]
    figures: tuple[tuple[str, tuple[Quoted[Figure], ...]], ...]
    related: tuple[IncidentLine, ...]


@dataclass(frozen=True, kw_only=True)
class ArticleHead:
    """What is known about an article beside its text."""

    id: int
    title: str
    teaser: str | None
    url: str
    source: str
    source_id: str
    published_at: str | None
    first_seen_at: str
    updated_at: str | None
    authors: str | None
    origin: str | None
    kind: str
    text_state: str
    words: int
    status: str | None
    model: str | None
    analysed_at: str | None
    duplicate_of: int | None
    original_title: str | None
    incident_id: int | None
    incident_slug: str | None
    incident_title: str | None
    text: str | None


@dataclass(frozen=True, kw_only=True)
class Named:
    """A name in an article."""

    start: int
    end: int
    label: str
    organisation_id: str | None
    role: str | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A place that tells an incident type."""

    type_id: str
    name: str
    score: float
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class FoundType:
    """An incident type of an article."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A fact with its place."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Role:
    """An organisation with its role in an article."""

    id: str
    name: str
    role: str
    mentions: int


@dataclass(frozen=True, kw_only=True)
class Reprint:
    """An article that repeats another."""

    id: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Version:
    """What stood in an article before a change."""

    number: int
    seen_at: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Edit:
    """An earlier version and what became different after it."""

    version: Version
    passages: tuple[Passage, ...]


@dataclass(frozen=True, kw_only=True)
class ArticlePage:
    """The page of an article."""

    article: ArticleHead
    headline: tuple[Piece, ...]
    body: tuple[tuple[Piece, ...], ...]
    types: tuple[FoundType, ...]
    roles: tuple[tuple[str, tuple[Role, ...]], ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    reprints: tuple[Reprint, ...]
    elsewhere: tuple[ArticleLine, ...]  # of the same incident
    edits: tuple[Edit, ...]
    evidence: tuple[tuple[str, tuple[Piece, ...]], ...] = ()  # by type, where the text is not shown


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An organisation."""

    id: str
    name: str
    sector: str
    legal_form: str | None
    wikidata: str | None
    successor_id: str | None
    successor: str | None
    articles: int
    incidents: int
    first_at: str | None
    last_at: str | None


@dataclass(frozen=True, kw_only=True)
class Predecessor:
    """An organisation that became part of another."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class YearCount:
    """In how many incidents of a year an organisation had a role."""

    year: str
    role: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Beside:
    """An organisation that has a part in the same incidents as another."""

    id: str
    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class OrganisationPage:
    """The page of an organisation."""

    organisation: Profile
    predecessors: tuple[Predecessor, ...]
    years: tuple[YearCount, ...]
    beside: tuple[Beside, ...]
    aliases: tuple[str, ...]
    incidents: tuple[tuple[str, tuple[IncidentLine, ...]], ...]
    articles: tuple[ArticleLine, ...]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An article found, with the beginning of its text."""

    id: int
    title: str
    at: str
    source: str
    text: str
    incident_id: int | None
    incident_slug: str | None
    incident_title: str | None
    total: int  # of all that were found


@dataclass(frozen=True, kw_only=True)
class OrganisationHit:
    """An organisation whose name holds what is searched."""

    id: str
    name: str
    sector: str


@dataclass(frozen=True, kw_only=True)
class Search:
    """The result of a search, one page of it."""

    q: str
    page: int
    pages: int
    total: int
    hits: tuple[Quoted[Hit], ...]
    organisations: tuple[OrganisationHit, ...]
    strange: tuple[str, ...] = ()  # what was typed and says nothing
