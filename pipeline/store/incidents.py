"""Incidents and the articles that belong to them; a number that was shown once is never given to another incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Incident, Novelty, Told
from pipeline.store.rows import stamp

_NEW = "neu-"  # the slug of an incident that has not been told yet


def incident_of(db: Database, article_id: int) -> int | None:
    """The incident that an article belongs to."""
    return _one(db, "select incident_id from incident_articles where article_id = ?", article_id)


def move(db: Database, article_id: int, incident: int | None) -> None:
    """Puts an article into an incident, or out of any."""
    if incident is None:
        db.execute("delete from incident_articles where article_id = ?", [article_id])
    else:
        db.execute(
            "insert into incident_articles (article_id, incident_id) values (?, ?)"
            " on conflict (article_id) do update set incident_id = excluded.incident_id",
            [article_id, incident],
        )


def move_all(db: Database, incident: int, to: int) -> None:
    """Puts all articles of an incident into another."""
    db.execute("update incident_articles set incident_id = ? where incident_id = ?", [to, incident])


def new_incident(db: Database, article: Told) -> int:
    """The number of a fresh incident, to be told before the transaction ends."""
    number = _one(
        db,
        "select 1 + max(coalesce((select max(id) from incidents), 0),"
        " coalesce((select max(incident_id) from incident_redirects), 0))",
    )
    row = {
        "id": number,
        "slug": f"{_NEW}{article.article_id}",
        "title": article.title,
        "first_seen_at": stamp(article.published_at),
        "last_seen_at": stamp(article.published_at),
        "status": article.status,
        "main_type": article.types[0],
        "articles": 0,
        "sources": 0,
    }
    db.table("incidents").insert(row)
    return int(number or 1)


def is_new(db: Database, incident: int) -> bool:
    """Whether an incident has not been told yet, and so was never seen."""
    return slug_of(db, incident) is None


def is_first(db: Database, article_id: int, incident: int) -> bool:
    """Whether no earlier article has been found to belong to an incident: it began with this one."""
    sql = (
        "select 1 from articles this join incident_articles ia on ia.incident_id = ?"
        " join articles a on a.id = ia.article_id and a.id <> this.id"
        " join analyses an on an.article_id = a.id and an.grouped_at is not null"
        " left join incident_pins p on p.article_id = a.id where p.article_id is null and this.id = ?"
        " and (coalesce(a.published_at, a.first_seen_at), a.url)"
        " < (coalesce(this.published_at, this.first_seen_at), this.url) limit 1"
    )
    return _one(db, sql, incident, article_id) is None


def order_of(db: Database, article_id: int) -> tuple[str, str]:
    """Where an article stands among others: by time of publication, then by address."""
    sql = "select coalesce(published_at, first_seen_at) as at, url from articles where id = ?"
    row = next(db.query(sql, [article_id]))
    return row["at"], row["url"]


def members(db: Database, incident: int) -> list[int]:
    """The articles of an incident."""
    rows = db.query("select article_id from incident_articles where incident_id = ? order by article_id", [incident])
    return [row["article_id"] for row in rows]


def first_articles(db: Database) -> dict[int, int]:
    """For every article of an incident the first one of that incident."""
    rows = db.query(
        "select ia.article_id, first_value(ia.article_id) over (partition by ia.incident_id"
        "  order by coalesce(a.published_at, a.first_seen_at), a.url) as first"
        " from incident_articles ia join articles a on a.id = ia.article_id"
    )
    return {row["article_id"]: row["first"] for row in rows}


def slug_of(db: Database, incident: int) -> str | None:
    """The slug that an incident has, or None while it is new."""
    slug = str(db.table("incidents").get(incident)["slug"])
    return None if slug.startswith(_NEW) else slug


def save_incident(db: Database, incident: Incident) -> None:
    """An incident as its articles tell it now; its slug is made unique."""
    number = int(incident.id)
    taken = _one(db, "select 1 from incidents where slug = ? and id <> ?", incident.slug, number)
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
    _save_news(db, number, incident.news)


def _save_news(db: Database, number: int, news: tuple[Novelty, ...]) -> None:
    """Only what differs is written: an incident gains little with each article.

    What another article is the first to say now is no news again: it stays in the edition in which it was.
    """
    wanted = [(int(n.article_id), n.kind, n.value, n.organisation) for n in news]
    rows = db.query("select * from incident_news where incident_id = ? order by id desc", [number])
    stored = {(r["article_id"], r["kind"], r["value"], r["organisation_id"]): r for r in rows}
    gone = [stored[said] for said in stored.keys() - set(wanted)]
    db.conn.executemany("delete from incident_news where id = ?", [(row["id"],) for row in gone])
    told: dict[tuple[str, str, str | None], list[int]] = {}
    for row in gone:
        if row["edition_id"] is not None:
            told.setdefault((row["kind"], row["value"], row["organisation_id"]), []).append(row["edition_id"])
    editions = [told.get(said[1:]) if said not in stored else None for said in wanted]
    db.conn.executemany(
        "insert into incident_news (incident_id, article_id, kind, value, organisation_id, edition_id)"
        " values (?, ?, ?, ?, ?, ?)",
        [
            (number, *said, known.pop(known.index(min(known))) if known else None)
            for said, known in zip(wanted, editions, strict=True)
            if said not in stored
        ],
    )


def drop_incident(db: Database, incident: int, to: int | None, at: datetime) -> None:
    """Takes away an incident without articles; whoever asks for it later is led to the one that it became part of."""
    slug = slug_of(db, incident)
    db.execute("update incident_redirects set to_id = ? where to_id = ?", [to, incident])
    if slug is not None:
        row = {"incident_id": incident, "slug": slug, "to_id": to, "at": stamp(at)}
        db.table("incident_redirects").insert(row)
    if to is not None:
        _hand_over(db, incident, to)
    db.execute("delete from incident_news where incident_id = ?", [incident])
    db.table("incidents").delete(incident)


def _hand_over(db: Database, incident: int, to: int) -> None:
    """What was known of an incident, and told to readers, counts for the one that it became part of."""
    db.execute(
        "insert into incident_news (incident_id, article_id, kind, value, organisation_id, edition_id)"
        " select ?, article_id, kind, value, organisation_id, edition_id from incident_news where incident_id = ?",
        [to, incident],
    )
    db.execute("update or ignore digest_incidents set incident_id = ? where incident_id = ?", [to, incident])


def _one(db: Database, sql: str, *values: Any) -> int | None:
    row = next(iter(db.execute(sql, values)), None)
    return row[0] if row else None
