"""What of all that happened a subscriber wants to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from pipeline.records import (
    Digest,
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


class Choosing:
    """Chooses for many subscribers out of what happened, by who has which trait."""

    def __init__(self, happened: Happened) -> None:
        self._happened = happened
        self._incidents = _Index([incident.traits for incident in happened.incidents])
        self._articles = _Index([article.traits for article in happened.articles])
        self._enough = {
            least: frozenset(n for n, incident in enumerate(happened.incidents) if incident.status in enough)
            for least, enough in _ENOUGH.items()
        }

    def choose(
        self,
        selection: Selection,
        day: date,
        *,
        found: Collection[int] = (),
        troubled: Sequence[TroubledSource] = (),
    ) -> Digest:
        """The digest for a selection; `found` are the numbers of the articles that its search finds."""
        wanted = self._incidents.wanted(selection, found) & self._enough[selection.minimum_status]
        incidents = [self._happened.incidents[n] for n in sorted(wanted)]
        articles = [self._happened.articles[n].link for n in sorted(self._articles.wanted(selection, found))]
        return replace(
            _told(incidents, day),
            articles=tuple(articles[:_ARTICLES]),
            more_articles=max(0, len(articles) - _ARTICLES),
            troubled=tuple(troubled) if selection.operator else (),
        )


class _Index:
    """The numbers of those that have a trait; `wanted` gives those that a selection asks for, whatever their status."""

    def __init__(self, traits: Sequence[Traits]) -> None:
        self._all = frozenset(range(len(traits)))
        self._having: dict[tuple[str, str | int], set[int]] = {}
        for number, had in enumerate(traits):
            for name in ("types", "sectors", "organisations", "sources", "articles"):
                for value in getattr(had, name):
                    self._having.setdefault((name, value), set()).add(number)

    def wanted(self, selection: Selection, found: Collection[int]) -> frozenset[int]:
        filters = [
            self._with(name, getattr(selection, name))
            for name in ("types", "sectors", "sources")
            if getattr(selection, name)
        ]
        filters += [self._with("articles", found)] if selection.search else []
        watched = self._with("organisations", selection.organisations)
        if not filters:
            return frozenset(watched) if selection.organisations else self._all
        return frozenset(set.intersection(*filters) | watched)

    def _with(self, name: str, values: Iterable[str | int]) -> set[int]:
        return set().union(*(self._having.get((name, value), ()) for value in values))


def alarm(happened: Happened, selection: Selection, day: date) -> Digest:
    """What is to be told at once: incidents of watched organisations or of the types that are asked for."""
    incidents = [
        incident
        for incident in happened.incidents
        if incident.status in _ENOUGH[selection.minimum_status] and _is_urgent(selection, incident.traits)
    ]
    return replace(_told(incidents, day), alert=True)


def _told(incidents: Sequence[DigestIncident], day: date) -> Digest:
    return Digest(
        date=day,
        new=tuple(incident for incident in incidents if incident.news is None),
        changed=tuple(incident for incident in incidents if incident.news is not None),
    )


def _is_urgent(selection: Selection, traits: Traits) -> bool:
    return not (traits.organisations.isdisjoint(selection.organisations) and traits.types.isdisjoint(selection.types))
