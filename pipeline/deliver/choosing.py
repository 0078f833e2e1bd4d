"""What of all that happened a subscriber wants to be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from pipeline.records import (
    Digest,
    DigestArticle,
    DigestIncident,
    Happened,
    Selection,
    Status,
    Traits,
    TroubledSource,
)

_ARTICLES = 20  # of no incident, in a digest
_ENOUGH: dict[Status, tuple[Status, ...]] = {
    "none": ("none", "alleged", "confirmed", "denied"),
    "alleged": ("alleged", "confirmed", "denied"),
    "confirmed": ("confirmed",),
    "denied": ("denied",),
}


def choose(
    happened: Happened,
    selection: Selection,
    day: date,
    *,
    found: Collection[int] = (),
    troubled: Sequence[TroubledSource] = (),
) -> Digest:
    """The digest for a selection; `found` are the numbers of the articles that its search finds."""
    incidents = [incident for incident in happened.incidents if fits(selection, incident, found)]
    articles = [article.link for article in happened.articles if _is_relevant(selection, article, found)]
    return Digest(
        date=day,
        new=tuple(incident for incident in incidents if incident.news is None),
        changed=tuple(incident for incident in incidents if incident.news is not None),
        articles=tuple(articles[:_ARTICLES]),
        more_articles=max(0, len(articles) - _ARTICLES),
        troubled=tuple(troubled) if selection.operator else (),
    )


def alarm(happened: Happened, selection: Selection, day: date) -> Digest:
    """What is to be told at once: incidents of watched organisations or of the types that are asked for."""
    incidents = [
        incident
        for incident in happened.incidents
        if incident.status in _ENOUGH[selection.minimum_status] and _is_urgent(selection, incident.traits)
    ]
    return Digest(
        date=day,
        alert=True,
        new=tuple(incident for incident in incidents if incident.news is None),
        changed=tuple(incident for incident in incidents if incident.news is not None),
    )


def fits(selection: Selection, incident: DigestIncident, found: Collection[int] = ()) -> bool:
    """Whether an incident is wanted."""
    if incident.status not in _ENOUGH[selection.minimum_status]:
        return False
    traits = incident.traits
    if not traits.organisations.isdisjoint(selection.organisations):
        return True
    filters = _filters(selection, traits, found)
    return all(filters) if filters else not selection.organisations


def _is_relevant(selection: Selection, article: DigestArticle, found: Collection[int]) -> bool:
    """Whether an article of no incident is wanted: one that asks for types or sectors asks for incidents."""
    traits = article.traits
    if not traits.organisations.isdisjoint(selection.organisations):
        return True
    filters = _filters(selection, traits, found)
    return all(filters) if filters else not selection.organisations


def _filters(selection: Selection, traits: Traits, found: Collection[int]) -> list[bool]:
    """For every filter that is set whether it lets something through."""
    wanted = (
        (selection.types, traits.types),
        (selection.sectors, traits.sectors),
        (selection.sources, traits.sources),
    )
    passed = [not had.isdisjoint(asked) for asked, had in wanted if asked]
    return passed + ([not traits.articles.isdisjoint(found)] if selection.search else [])


def _is_urgent(selection: Selection, traits: Traits) -> bool:
    return not (traits.organisations.isdisjoint(selection.organisations) and traits.types.isdisjoint(selection.types))
