"""What grouping leaves: incidents, their articles, reprints, and the keys by which candidates are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils.db import Database

from pipeline.records import Case, Incident
from pipeline.store.rows import fact_of, moment, stamp

_NEIGHBOURS = 200  # articles that are looked at for one, those sharing most keys first
_COMMON = 500  # a key that so many articles have tells nothing


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The articles that share keys with one, and those of them that belong to incidents, by incident."""

    cases: tuple[Case, ...]
    by_incident: dict[str, list[Case]]


def ungrouped(db: Database, limit: int) -> list[int]:
    """The oldest analysed articles that were not looked at for grouping yet."""
    rows = db.query(
        "select an.article_id from analyses an join articles a on a.id = an.article_id where an.grouped_at is null"
        " order by coalesce(a.published_at, a.first_seen_at), an.article_id limit ?",
        [limit],
    )
    return [row["article_id"] for row in rows]


def again(db: Database) -> None:
    """Makes every article wait for grouping; incidents stay until their articles have been looked at."""
    with db.atomic():
        db.execute("update analyses set grouped_at = null")


def cases(db: Database, article_ids: Iterable[int]) -> list[Case]:
    """Articles as grouping sees them, in the order given; those that wait for analysis are left out."""
    return [case for article_id in article_ids if (case := _case(db, article_id)) is not None]


def _case(db: Database, article_id: int) -> Case | None:
    row = next(
        db.query(
            "select a.title, coalesce(a.published_at, a.first_seen_at) as at, a.duplicate_of, t.text, an.status"
            " from articles a join article_texts t on t.article_id = a.id join analyses an on an.article_id = a.id"
            " where a.id = ?",
            [article_id],
        ),
        None,
    )
    if row is None:
        return None
    types = db.query(
        "select type_id from article_types where article_id = ? group by type_id order by min(rank), type_id",
        [article_id],
    )
    roles = db.query(
        "select organisation_id, role from article_organisations where article_id = ? order by mentions desc, start",
        [article_id],
    )
    facts = tuple(fact_of(f) for f in db.query("select * from article_facts where article_id = ?", [article_id]))
    when = moment(row["at"])
    assert when is not None
    return Case(
        article_id=str(article_id),
        title=row["title"],
        text=row["text"],
        published_at=when,
        types=tuple(t["type_id"] for t in types),
        status=row["status"],
        affected=max((int(f.value) for f in facts if f.kind == "affected"), default=None),
        roles=tuple((r["organisation_id"], r["role"]) for r in roles),
        facts=facts,
        duplicate_of=str(row["duplicate_of"]) if row["duplicate_of"] else None,
    )


def neighbours(db: Database, article_id: int, keys: Collection[str]) -> Neighbours:
    """The grouped articles that share keys with one; those with most shared keys, in a fixed order."""
    marks = ", ".join("?" * len(keys))
    rows = db.query(
        f"with rare as (select key from article_keys where key in ({marks}) group by key having count(*) <= {_COMMON})"
        " select k.article_id, ia.incident_id, count(*) as shared from article_keys k join rare on rare.key = k.key"
        " join analyses an on an.article_id = k.article_id and an.grouped_at is not null"
        " left join incident_articles ia on ia.article_id = k.article_id"
        f" where k.article_id <> ? group by k.article_id order by shared desc, k.article_id limit {_NEIGHBOURS}",
        [*sorted(keys), article_id],
    )
    incident_of = {row["article_id"]: row["incident_id"] for row in rows}
    found = cases(db, incident_of)
    by_incident: dict[str, list[Case]] = defaultdict(list)
    for case in found:
        if (incident := incident_of[int(case.article_id)]) is not None:
            by_incident[str(incident)].append(case)
    return Neighbours(cases=tuple(found), by_incident=dict(by_incident))


def leave(db: Database, article_id: int) -> int | None:
    """The incident that an article belonged to until now; it no longer does."""
    row = next(db.query("select incident_id from incident_articles where article_id = ?", [article_id]), None)
    db.table("incident_articles").delete_where("article_id = ?", [article_id])
    return row["incident_id"] if row else None


def join(db: Database, case: Case, keys: Collection[str], incident: int | None, at: datetime) -> None:
    """Notes where an article belongs (an incident or none), its keys and whether it is a reprint."""
    article_id = int(case.article_id)
    db.table("article_keys").delete_where("article_id = ?", [article_id])
    db.table("article_keys").insert_all({"key": key, "article_id": article_id} for key in sorted(keys))
    duplicate = int(case.duplicate_of) if case.duplicate_of else None
    db.table("articles").update(article_id, {"duplicate_of": duplicate})
    if incident is not None:
        db.table("incident_articles").insert({"article_id": article_id, "incident_id": incident})
    db.table("analyses").update(article_id, {"grouped_at": stamp(at)})


def new_incident(db: Database, case: Case) -> int:
    """The id of a fresh incident, to be described before the transaction ends."""
    row = {
        "slug": f"neu-{case.article_id}",
        "title": case.title,
        "first_seen_at": stamp(case.published_at),
        "last_seen_at": stamp(case.published_at),
        "status": case.status,
        "main_type": case.types[0],
        "articles": 0,
        "sources": 0,
    }
    return int(db.table("incidents").insert(row).last_pk)  # type: ignore[arg-type]


def members(db: Database, incident: int) -> dict[int, str]:
    """The articles of an incident and the source of each."""
    rows = db.query(
        "select a.id, a.source_id from incident_articles ia join articles a on a.id = ia.article_id"
        " where ia.incident_id = ? order by a.id",
        [incident],
    )
    return {row["id"]: row["source_id"] for row in rows}


def slug_of(db: Database, incident: int) -> str | None:
    """The slug that an incident has, or None while it is new."""
    slug = str(db.table("incidents").get(incident)["slug"])
    return None if slug.startswith("neu-") else slug


def save_incident(db: Database, incident: Incident) -> None:
    """An incident as its articles tell it now; its slug is made unique."""
    number = int(incident.id)
    taken = next(db.query("select 1 from incidents where slug = ? and id <> ?", [incident.slug, number]), None)
    db.table("incidents").update(
        number,
        {
            "slug": f"{incident.slug}-{number}" if taken else incident.slug,
            "title": incident.title,
            "first_seen_at": stamp(incident.first_seen_at),
            "last_seen_at": stamp(incident.last_seen_at),
            "status": incident.status,
            "affected": incident.affected,
            "main_type": incident.main_type,
            "articles": len(incident.articles),
            "sources": incident.sources,
        },
    )


def drop_incident(db: Database, incident: int) -> None:
    """Takes away an incident that no article belongs to."""
    db.table("incidents").delete(incident)
