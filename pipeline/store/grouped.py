"""What grouping leaves: incidents, their articles, reprints, and the keys by which candidates are found."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Case, Incident
from pipeline.store.rows import fact_of, moment, stamp

_NEIGHBOURS = 200  # articles that are looked at for one, those sharing most keys first
_COMMON = 500  # a key that more articles have tells nothing
_FIRST = 20  # articles of a band: the original is the first of its copies

Row = dict[str, Any]


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
    wanted = list(article_ids)
    listed = json.dumps(wanted)
    among = "in (select value from json_each(?))"
    articles = db.query(
        "select a.id, a.title, coalesce(a.published_at, a.first_seen_at) as at, a.duplicate_of, t.text, an.status"
        " from articles a join article_texts t on t.article_id = a.id join analyses an on an.article_id = a.id"
        f" where a.id {among}",
        [listed],
    )
    types = _by_article(
        db.query(
            f"select article_id, type_id from article_types where article_id {among}"
            " group by article_id, type_id order by min(rank), type_id",
            [listed],
        )
    )
    roles = _by_article(
        db.query(
            f"select article_id, organisation_id, role from article_organisations where article_id {among}"
            " order by mentions desc, start",
            [listed],
        )
    )
    facts = _by_article(db.query(f"select * from article_facts where article_id {among} order by id", [listed]))
    found = {row["id"]: _case(row, types[row["id"]], roles[row["id"]], facts[row["id"]]) for row in articles}
    return [found[id] for id in wanted if id in found]


def _by_article(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["article_id"]].append(row)
    return found


def _case(row: Row, types: list[Row], roles: list[Row], told: list[Row]) -> Case:
    when = moment(row["at"])
    assert when is not None
    facts = tuple(map(fact_of, told))
    return Case(
        article_id=str(row["id"]),
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


def alike(db: Database, article_id: int, bands: Collection[str]) -> list[Case]:
    """The grouped articles that may have the same text: of those with a band in common the first of each band."""
    rows = db.query(
        "select distinct k.article_id from json_each(?) b join article_keys k on k.key = b.value"
        " and k.article_id in (select article_id from article_keys where key = b.value and article_id <> ?"
        f" order by article_id limit {_FIRST})"
        " join analyses an on an.article_id = k.article_id and an.grouped_at is not null",
        [json.dumps(sorted(bands)), article_id],
    )
    return cases(db, [row["article_id"] for row in rows])


def neighbours(db: Database, article_id: int, keys: Collection[str]) -> dict[str, list[Case]]:
    """By incident, the grouped articles that share keys with one; those with most shared keys, in a fixed order."""
    rows = db.query(
        "with rare as (select value as key from json_each(?) where (select count(*) from"
        f" (select 1 from article_keys where key = value limit {_COMMON + 1})) <= {_COMMON})"
        " select k.article_id, ia.incident_id, count(*) as shared from article_keys k join rare on rare.key = k.key"
        " join analyses an on an.article_id = k.article_id and an.grouped_at is not null"
        " join incident_articles ia on ia.article_id = k.article_id"
        f" where k.article_id <> ? group by k.article_id order by shared desc, k.article_id limit {_NEIGHBOURS}",
        [json.dumps(sorted(keys)), article_id],
    )
    incident_of = {row["article_id"]: str(row["incident_id"]) for row in rows}
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases(db, incident_of):
        found[incident_of[int(case.article_id)]].append(case)
    return dict(found)


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


def is_free(db: Database, incident: int) -> bool:
    """Whether none of the incident's articles has been looked at: the first that is may keep it, and its number with it."""
    sql = (
        "select 1 from incident_articles ia join analyses an on an.article_id = ia.article_id"
        " where ia.incident_id = ? and an.grouped_at is not null limit 1"
    )
    return next(db.query(sql, [incident]), None) is None


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
