"""What the start page shows: what is new, counts, sources in trouble; each from a view that anybody can ask."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.browse.queries import ARTICLE, INCIDENT, Database, rows
from pipeline.browse.shown import ArticleLine, IncidentLine, TypeCount
from pipeline.browse.sources import SourceHealth, troubled


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The figures at the head of the start page."""

    sources: int
    articles: int
    recent_articles: int
    incidents: int
    recent_incidents: int


@dataclass(frozen=True, kw_only=True)
class Start:
    """The start page."""

    totals: Totals
    since: str
    incidents: tuple[IncidentLine, ...]  # of the last 24 hours
    earlier: tuple[IncidentLine, ...]  # of the days before
    types: tuple[TypeCount, ...]
    sectors: tuple[TypeCount, ...]
    days: tuple[TypeCount, ...]  # of a month, each with the incidents first told of on it
    articles: tuple[ArticleLine, ...]
    troubles: tuple[SourceHealth, ...]

    @property
    def busiest(self) -> int:
        """The most incidents that a day brought."""
        return max((day.count for day in self.days), default=0)


async def start(db: Database, since: str) -> Start:
    """The start page: the incidents told of in the last 24 hours and in the days before, since a time."""
    incidents = await rows(db, IncidentLine, f"{INCIDENT} from recent_incidents i where i.today limit 60")
    earlier = await rows(db, IncidentLine, f"{INCIDENT} from recent_incidents i where not i.today limit 40")
    articles = await rows(
        db, ArticleLine, f"{ARTICLE} from article_list a order by a.first_seen_at desc, a.id desc limit 12"
    )
    return Start(
        totals=await _totals(db, since),
        since=since,
        incidents=incidents,
        earlier=earlier,
        types=await rows(db, TypeCount, "select type as name, incidents as count from recent_types"),
        sectors=await rows(db, TypeCount, "select sector as name, incidents as count from recent_sectors"),
        days=await rows(db, TypeCount, "select day as name, incidents as count from recent_days"),
        articles=articles,
        troubles=await troubled(db),
    )


async def _totals(db: Database, since: str) -> Totals:
    found = await rows(
        db,
        Totals,
        """select (select count(*) from sources) as sources, (select count(*) from articles) as articles,
                  (select count(*) from articles where first_seen_at >= :since) as recent_articles,
                  (select count(*) from incidents) as incidents,
                  (select count(*) from incidents where last_seen_at >= :since) as recent_incidents""",
        since=since,
    )
    return found[0]
