"""The questions that the pages ask of the database, one function per page; every one uses an index and has a limit.

Those of the sources' pages stand in `sources`.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from pipeline.browse.arrange import edits, excerpt, fold, grouped, highlights, main_parts, quoted
from pipeline.browse.marks import mark, paragraphs
from pipeline.browse.shown import (
    ArticleHead,
    ArticleLine,
    ArticlePage,
    Beside,
    Event,
    Evidence,
    Fact,
    Figure,
    FoundType,
    IncidentLine,
    IncidentPage,
    Named,
    OrganisationPage,
    Part,
    Predecessor,
    Profile,
    Report,
    Reprint,
    Role,
    Version,
    YearCount,
)
from pipeline.browse.words import FACTS, ROLES, fact

R = TypeVar("R")

REPORTS = 300  # articles on one timeline
RELATED = 8  # incidents, articles or organisations beside what a page is about
_NEAR = 400  # characters read on either side of a place that is quoted

INCIDENT = """
    select i.id, i.slug, i.title, i.type, i.status, i.affected, i.articles, i.sources, i.first_seen_at,
           i.last_seen_at, i.affected_organisations as organisations"""
ARTICLE = """
    select a.id, a.title, coalesce(a.published_at, a.first_seen_at) as at, a.source, a.kind, a.status, a.text_state,
           a.types"""
_PLACE = f"""
    p.article_id, s.name as source, p.start - min(p.start, {_NEAR}) as base,
    substr(t.text, max(1, p.start + 1 - {_NEAR}), p.end - p.start + {2 * _NEAR}) as stretch,
    min(p.start, {_NEAR}) as start, min(p.start, {_NEAR}) + p.end - p.start as end"""
_PLACE_FROM = """
    join articles a on a.id = p.article_id
    join sources s on s.id = a.source_id
    left join article_texts t on t.article_id = p.article_id"""


_HEAD = """
    select a.id, a.title, a.teaser, a.url, s.name as source, a.source_id, a.published_at, a.first_seen_at, a.updated_at,
           a.authors, a.origin, a.kind, a.text_state, a.words, an.status, an.model, an.at as analysed_at,
           a.duplicate_of, o.title as original_title, ia.incident_id, i.slug as incident_slug,
           i.title as incident_title, t.text
    from articles a join sources s on s.id = a.source_id
    left join article_texts t on t.article_id = a.id left join analyses an on an.article_id = a.id
    left join articles o on o.id = a.duplicate_of left join incident_articles ia on ia.article_id = a.id
    left join incidents i on i.id = ia.incident_id where a.id = :id"""
_PROFILE = """
    select o.id, o.name, o.sector, o.legal_form, o.wikidata, o.successor_id, n.name as successor,
           coalesce(c.articles, 0) as articles, coalesce(c.incidents, 0) as incidents,
           (select first_at from organisation_profile p where p.id = :id) as first_at,
           (select last_at from organisation_profile p where p.id = :id) as last_at
    from organisations o left join organisations n on n.id = o.successor_id
    left join organisation_counts c on c.organisation_id = o.id where o.id = :id"""
# Its roles in the incidents that began last, and those in the latest articles.
_ROLES_IN = """
    select * from (select incident_id, value as role from incident_news
      where organisation_id = :id and kind = 'organisation' order by incident_id desc limit 1000)
    union
    select ia.incident_id, l.role from (select article_id, role from article_organisations
      where organisation_id = :id order by article_id desc limit 300) l
    join incident_articles ia on ia.article_id = l.article_id"""


class Database(Protocol):
    """What is asked: Datasette's database with its time limit, read-only."""

    name: str

    async def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> Iterable[sqlite3.Row]: ...


async def incident(db: Database, id: int, whole: bool) -> IncidentPage | None:
    """The page of an incident, or None if there is none with this number; not whole, quotations are short and name nobody."""
    found = await rows(db, IncidentLine, f"{INCIDENT} from incident_list i where i.id = :id", id=id)
    if not found:
        return None
    reports = await rows(
        db,
        Report,
        """select article_id, at, source, title, kind, status, duplicate_of, affected, url from incident_timeline
           where incident_id = :id order by at, article_id limit :limit""",
        id=id,
        limit=REPORTS,
    )
    people = None if whole else await _people(db, id)
    return IncidentPage(
        incident=found[0],
        events=quoted(await _events(db, id), people),
        timeline=fold(reports),
        more=max(0, found[0].articles - len(reports)),
        roles=grouped(quoted(await _parts(db, id), people), lambda q: q.what.role, ROLES),
        figures=grouped(quoted(await _figures(db, id), people), lambda q: q.what.kind, FACTS),
        related=await _related(db, id),
    )


async def _people(db: Database, incident_id: int) -> Mapping[int, list[tuple[int, int]]]:
    """Where the articles of an incident name people."""
    found = await db.execute(
        """select m.article_id, m.start, m.end from incident_articles ia join mentions m on m.article_id = ia.article_id
           where ia.incident_id = :id and m.label = 'PER'""",
        {"id": incident_id},
    )
    people: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for article_id, start, end in found:
        people[article_id].append((start, end))
    return people


async def _related(db: Database, incident_id: int) -> tuple[IncidentLine, ...]:
    """Other incidents that hit the same organisations or came through them, the latest first."""
    return await rows(
        db,
        IncidentLine,
        f"""{INCIDENT} from (
              select distinct o.incident_id from incident_news n
              join incident_news o on o.kind = 'organisation' and o.value in ('affected', 'processor')
                and o.organisation_id = n.organisation_id and o.incident_id <> n.incident_id
              where n.incident_id = :id and n.kind = 'organisation' and n.value in ('affected', 'processor') limit 500) r
            join incident_list i on i.id = r.incident_id order by i.last_seen_at desc, i.id limit {RELATED}""",
        id=incident_id,
    )


async def _events(db: Database, incident_id: int) -> tuple[Event, ...]:
    return await rows(
        db,
        Event,
        f"""{_best("article_types", "score", "type_id")}
            select n.name_de as name, p.count, {_PLACE} from best p join incident_types n on n.id = p.type_id {_PLACE_FROM}
            join incidents i on i.id = :id order by p.type_id = i.main_type desc, p.count desc, name""",
        id=incident_id,
    )


async def _parts(db: Database, incident_id: int) -> tuple[Part, ...]:
    parts = await rows(
        db,
        Part,
        f"""{_best("article_organisations", "mentions", "organisation_id", "role")}
            select o.id, o.name, o.sector, p.role, p.count, {_PLACE}
            from best p join organisations o on o.id = p.organisation_id {_PLACE_FROM}
            order by p.count desc limit 100""",
        id=incident_id,
    )
    return main_parts(parts)


async def _figures(db: Database, incident_id: int) -> tuple[Figure, ...]:
    return await rows(
        db,
        Figure,
        f"""{_best("article_facts", "-start", "kind", "value")}
            select p.kind, p.value, p.count, {_PLACE} from best p {_PLACE_FROM}
            order by p.count desc, p.value limit 60""",
        id=incident_id,
    )


def _best(table: str, weight: str, *keys: str) -> str:
    """`best`: per keys how many articles of an incident say it, and the weightiest place, in an original if there is one.

    Beside max() SQLite takes the other columns from the row that has the maximum.
    """
    columns, same = ", ".join(keys), ", ".join(f"f.{key}" for key in keys)
    return f"""
        with found as (
          select article_id, {columns}, max({weight}) as weight, start, end
          from {table} where article_id in (select article_id from incident_articles where incident_id = :id)
          group by article_id, {columns}),
        ranked as (
          select f.*, count(*) over same as count,
                 row_number() over (same order by a.duplicate_of is not null, f.weight desc, f.article_id) as rank
          from found f join articles a on a.id = f.article_id
          window same as (partition by {same})),
        best as (select * from ranked where rank = 1)"""


async def article(db: Database, id: int, whole: bool) -> ArticlePage | None:
    """The page of an article, or None if there is none with this number; not whole, it has no text and no people."""
    found = await rows(db, ArticleHead, _HEAD, id=id)
    if not found:
        return None
    head = found[0]
    names = await rows(
        db,
        Named,
        """select m.start, m.end, m.label, m.organisation_id, ao.role from mentions m
           left join article_organisations ao
             on ao.article_id = m.article_id and ao.organisation_id = m.organisation_id
           where m.article_id = :id order by m.start limit 2000""",
        id=id,
    )
    evidence = await rows(
        db,
        Evidence,
        """select at.type_id, t.name_de as name, at.score, at.start, at.end from article_types at
           join incident_types t on t.id = at.type_id where at.article_id = :id order by at.rank, at.start""",
        id=id,
    )
    facts = await rows(
        db, Fact, "select kind, value, start, end from article_facts where article_id = :id order by start", id=id
    )
    page = await _article_page(db, head, names, evidence, facts)
    return page if whole else excerpt(page, evidence, names)


async def _article_page(
    db: Database, head: ArticleHead, names: tuple[Named, ...], evidence: tuple[Evidence, ...], facts: tuple[Fact, ...]
) -> ArticlePage:
    roles = await rows(
        db,
        Role,
        """select o.id, o.name, ao.role, ao.mentions from article_organisations ao
           join organisations o on o.id = ao.organisation_id where ao.article_id = :id order by ao.mentions desc""",
        id=head.id,
    )
    versions = await rows(
        db,
        Version,
        "select number, seen_at, title, text from article_versions where article_id = :id order by number",
        id=head.id,
    )
    shown = paragraphs(head.text or "", highlights(names, evidence, facts))
    titled = bool(shown) and "".join(piece.text for piece in shown[0]) == head.title
    return ArticlePage(
        article=head,
        headline=shown[0] if titled else mark(head.title, ()),
        body=shown[1:] if titled else shown,
        types=tuple(dict.fromkeys(FoundType(id=place.type_id, name=place.name) for place in evidence)),
        roles=grouped(roles, lambda r: r.role, ROLES),
        facts=tuple(
            (kind, tuple(dict.fromkeys(fact(kind, f.value) for f in found)))
            for kind, found in grouped(facts, lambda f: f.kind, FACTS)
        ),
        reprints=await _reprints(db, head.id),
        elsewhere=await _elsewhere(db, head),
        edits=edits(head, versions),
    )


async def _reprints(db: Database, article_id: int) -> tuple[Reprint, ...]:
    return await rows(
        db,
        Reprint,
        """select a.id, s.name as source from articles a join sources s on s.id = a.source_id
           where a.duplicate_of = :id order by a.id limit 50""",
        id=article_id,
    )


async def _elsewhere(db: Database, head: ArticleHead) -> tuple[ArticleLine, ...]:
    """The other originals of the same incident, the latest first."""
    return await rows(
        db,
        ArticleLine,
        f"""{ARTICLE} from incident_articles ia join article_list a on a.id = ia.article_id
            where ia.incident_id = :incident and a.id <> :id and a.duplicate_of is null order by at desc limit {RELATED}""",
        id=head.id,
        incident=head.incident_id,
    )


async def organisation(db: Database, id: str) -> OrganisationPage | None:
    """The page of an organisation, or None if there is none of this name."""
    found = await rows(db, Profile, _PROFILE, id=id)
    if not found:
        return None
    aliases = await db.execute(
        "select alias from organisation_aliases where organisation_id = :id order by alias limit 40", {"id": id}
    )
    incidents = await rows(
        db,
        IncidentLine,
        f"""{INCIDENT}, r.role from (
              select r.*, x.last_seen_at from ({_ROLES_IN}) r cross join incidents x on x.id = r.incident_id
              order by x.last_seen_at desc limit 200) r
            join incident_list i on i.id = r.incident_id order by i.last_seen_at desc""",
        id=id,
    )
    articles = await rows(
        db,
        ArticleLine,
        f"""{ARTICLE}, r.role from (
              select article_id, role from article_organisations
              where organisation_id = :id order by article_id desc limit 25) r
            join article_list a on a.id = r.article_id order by at desc""",
        id=id,
    )
    return OrganisationPage(
        organisation=found[0],
        predecessors=await rows(
            db, Predecessor, "select id, name from organisations where successor_id = :id order by name limit 30", id=id
        ),
        years=await _years(db, id),
        beside=await _beside(db, id),
        aliases=tuple(row["alias"] for row in aliases if row["alias"] != found[0].name),
        incidents=grouped(incidents, lambda i: i.role or "other", ROLES),
        articles=articles,
    )


async def _years(db: Database, id: str) -> tuple[YearCount, ...]:
    return await rows(
        db,
        YearCount,
        """select substr(i.first_seen_at, 1, 4) as year, n.value as role, count(distinct i.id) as count
           from incident_news n join incidents i on i.id = n.incident_id
           where n.organisation_id = :id and n.kind = 'organisation' group by year, role order by year desc, count desc""",
        id=id,
    )


async def _beside(db: Database, id: str) -> tuple[Beside, ...]:
    return await rows(
        db,
        Beside,
        f"""select o.id, o.name, count(distinct b.incident_id) as count
            from (select distinct incident_id from incident_news where organisation_id = :id limit 2000) theirs
            cross join incident_news b on b.incident_id = theirs.incident_id and b.organisation_id <> :id
            join organisations o on o.id = b.organisation_id group by o.id order by count desc, o.name limit {RELATED}""",
        id=id,
    )


async def rows(db: Database, kind: type[R], sql: str, **params: Any) -> tuple[R, ...]:
    """What a question finds, each row as a record whose fields are the columns."""
    return tuple(kind(**dict(row)) for row in await db.execute(sql, params))
