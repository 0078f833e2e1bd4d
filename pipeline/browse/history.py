"""What each article of an incident was the first to say, and where an incident went that is no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.browse.queries import Database, rows
from pipeline.browse.words import FACTS, ROLES, STATUSES, fact

_SAID = 1000  # things on one page
_KINDS = ("status", "type", "organisation", "affected", "fine_eur", "ransom_eur", "cve")  # in the order of telling
_NUMBERS = ("affected", "fine_eur", "ransom_eur")


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something that an article was the first of its incident to say."""

    incident_id: int
    article_id: int
    at: str
    source: str
    kind: str
    value: str
    organisation: str | None

    @property
    def words(self) -> str:
        """It in German, in a few words."""
        if self.kind == "status":
            return f"Stand: {STATUSES.get(self.value, self.value)}"
        if self.kind == "organisation":
            return f"{self.organisation} ({ROLES.get(self.value, self.value)})"
        if self.kind == "affected":
            return f"{fact(self.kind, self.value)} Betroffene"
        if self.kind in ("type", "cve"):
            return self.value
        return f"{FACTS.get(self.kind, self.kind)} {fact(self.kind, self.value)}"


@dataclass(frozen=True, kw_only=True)
class History:
    """How an incident unfolded: its status, its numbers, and by article what was new with it."""

    statuses: tuple[Said, ...]
    numbers: tuple[tuple[str, tuple[Said, ...]], ...]  # by kind, in German, only where there is more than one
    new: Mapping[int, tuple[Said, ...]]

    @property
    def latest(self) -> tuple[Said, ...]:
        """What the last article that brought anything brought; nothing if that was the first one."""
        return [*self.new.values()][-1] if len(self.new) > 1 else ()


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """An incident that was given up; `to_id` is the one that it became part of."""

    to_id: int | None
    slug: str | None


async def history(db: Database, incident_id: int) -> History:
    """How an incident unfolded, in order of time."""
    said = await rows(
        db,
        Said,
        "select incident_id, article_id, at, source, kind, value, organisation from incident_history"
        " where incident_id = :id order by at, url, kind, value limit :limit",
        id=incident_id,
        limit=_SAID,
    )
    told = {kind: tuple(one for one in said if one.kind == kind) for kind in _NUMBERS}
    return History(
        statuses=tuple(one for one in said if one.kind == "status"),
        numbers=tuple((FACTS[kind], found) for kind, found in told.items() if len(found) > 1),
        new=_by(said, "article_id"),
    )


async def news(db: Database, incidents: Iterable[int], since: str) -> Mapping[int, tuple[Said, ...]]:
    """What articles since a time were the first to say about incidents that were known before, by incident."""
    listed = ", ".join(str(int(id)) for id in incidents)
    said = await rows(
        db,
        Said,
        "select h.incident_id, h.article_id, h.at, h.source, h.kind, h.value, h.organisation from incident_history h"
        f" join incidents i on i.id = h.incident_id and i.first_seen_at < :since where h.incident_id in ({listed})"
        " and h.at >= :since order by h.at desc, h.url, h.kind, h.value limit :limit",
        since=since,
        limit=_SAID,
    )
    return _by(said, "incident_id")


async def redirect(db: Database, incident_id: int) -> Redirect | None:
    """Where an incident went that is no more; None if there never was one with this number."""
    found = await rows(
        db,
        Redirect,
        "select r.to_id, i.slug from incident_redirects r left join incidents i on i.id = r.to_id"
        " where r.incident_id = :id",
        id=incident_id,
    )
    return found[0] if found else None


def _by(said: Iterable[Said], key: str) -> Mapping[int, tuple[Said, ...]]:
    found: dict[int, list[Said]] = defaultdict(list)
    for one in said:
        found[getattr(one, key)].append(one)
    return {id: tuple(sorted(these, key=lambda one: _KINDS.index(one.kind))) for id, these in found.items()}
