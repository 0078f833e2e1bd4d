"""What the start page shows: what is new, counts, sources in trouble; each from a view that anybody can ask."""

from __future__ import annotations

from pipeline.browse.queries import ARTICLE, INCIDENT, Database, rows
from pipeline.browse.shown import ArticleLine, IncidentLine, Start, Totals, Trouble, TypeCount
from pipeline.browse.words import HEALTHY


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
        troubles=await _troubles(db),
    )


async def _troubles(db: Database) -> tuple[Trouble, ...]:
    return await rows(
        db,
        Trouble,
        f"""select s.id, s.name, p.at, p.outcome, p.error from sources s
            left join polls p on p.id = (select id from polls where source_id = s.id order by at desc, id desc limit 1)
            where s.enabled and (p.outcome is null or p.outcome not in {HEALTHY}) order by p.at desc""",
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
