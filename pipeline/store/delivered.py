"""What delivery needs and leaves: what a day brought, subscriptions, digests, deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlite_utils.db import Database

from pipeline.records import DigestLink, DigestOrganisation, TroubledSource
from pipeline.store.database import writing
from pipeline.store.rows import moment, stamp

_LINKS = 3  # to articles, per incident
_ORGANISATIONS = 5
_ARTICLES = 20


@dataclass(frozen=True, kw_only=True)
class Window:
    """The time that a digest looks back on: after `since`, up to `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Touched:
    """An incident with new articles in a window, and those it had before."""

    id: int
    slug: str
    type_name: str
    before: tuple[int, ...]
    new: tuple[int, ...]


def touched(db: Database, window: Window) -> list[Touched]:
    """The incidents with articles first seen in the window, those with most sources first.

    An article that waits for analysis, having been edited, is left out until it is done.
    """
    found: list[Touched] = []
    incidents = db.query(
        "select i.id, i.slug, t.name_de from incidents i join incident_types t on t.id = i.main_type"
        " where exists (select 1 from incident_articles ia join articles a on a.id = ia.article_id"
        "  where ia.incident_id = i.id and a.first_seen_at > :since and a.first_seen_at <= :until)"
        " order by i.sources desc, i.articles desc, i.last_seen_at desc, i.id",
        _stamps(window),
    )
    for row in incidents:
        seen = list(
            db.query(
                "select a.id, a.first_seen_at from incident_articles ia join articles a on a.id = ia.article_id"
                " where ia.incident_id = ? and a.first_seen_at <= ?"
                " and exists (select 1 from article_types at where at.article_id = a.id) order by a.id",
                [row["id"], stamp(window.until)],
            )
        )
        since = stamp(window.since) or ""
        before = tuple(a["id"] for a in seen if a["first_seen_at"] <= since)
        if new := tuple(a["id"] for a in seen if a["first_seen_at"] > since):
            found.append(Touched(id=row["id"], slug=row["slug"], type_name=row["name_de"], before=before, new=new))
    return found


def organisations(db: Database, article_ids: Iterable[int]) -> tuple[DigestOrganisation, ...]:
    """Who takes part, the most named first; of authorities and reporters none."""
    marks, ids = _marks(article_ids)
    rows = db.query(
        f"select o.name, ao.role, sum(ao.mentions) as n from article_organisations ao"
        f" join organisations o on o.id = ao.organisation_id where ao.article_id in ({marks})"
        " and ao.role in ('affected', 'processor', 'attacker')"
        " group by o.id, ao.role order by n desc, o.name",
        ids,
    )
    first: dict[str, DigestOrganisation] = {}
    for row in rows:
        first.setdefault(row["name"], DigestOrganisation(name=row["name"], role=row["role"]))
    return tuple(first.values())[:_ORGANISATIONS]


def type_names(db: Database, article_ids: Iterable[int]) -> tuple[str, ...]:
    """The German names of the types that articles carry."""
    marks, ids = _marks(article_ids)
    rows = db.query(
        "select distinct t.name_de from article_types at join incident_types t on t.id = at.type_id"
        f" where at.article_id in ({marks}) order by t.name_de",
        ids,
    )
    return tuple(row["name_de"] for row in rows)


def links(db: Database, article_ids: Iterable[int]) -> tuple[DigestLink, ...]:
    """The articles to read first: originals, one per source, the latest first."""
    marks, ids = _marks(article_ids)
    rows = db.query(
        "select s.name as source, a.title, a.url from articles a join sources s on s.id = a.source_id"
        f" where a.id in ({marks}) order by a.duplicate_of is not null, coalesce(a.published_at, a.first_seen_at) desc",
        ids,
    )
    first: dict[str, DigestLink] = {}
    for row in rows:
        first.setdefault(row["source"], DigestLink(**row))
    return tuple(first.values())[:_LINKS]


def other_articles(db: Database, window: Window) -> tuple[DigestLink, ...]:
    """The latest articles of the window that tell of no incident, reprints and empty pages aside."""
    rows = db.query(
        "select s.name as source, a.title, a.url from articles a join sources s on s.id = a.source_id"
        " where a.first_seen_at > :since and a.first_seen_at <= :until and a.duplicate_of is null"
        " and a.text_state not in ('consent', 'empty')"
        " and a.id not in (select article_id from incident_articles)"
        f" order by coalesce(a.published_at, a.first_seen_at) desc, a.id limit {_ARTICLES}",
        _stamps(window),
    )
    return tuple(DigestLink(**row) for row in rows)


def troubled(db: Database) -> tuple[TroubledSource, ...]:
    """The sources whose last look failed, that are silent for longer than ever or may have lost entries.

    Those that are gone are told for a week: nobody looks at them again.
    """
    rows = db.query(
        "select name, last_outcome, trouble, case trouble when 'failed' then last_success_at when 'gone' then last_poll_at"
        "  when 'silent' then last_entry_at else last_gap_at end as since"
        " from source_health where trouble in ('failed', 'silent', 'gap')"
        " or trouble = 'gone' and last_poll_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days') order by name"
    )
    return tuple(
        TroubledSource(
            name=row["name"],
            outcome=row["last_outcome"],
            trouble=row["trouble"],
            since=when.date() if (when := moment(row["since"])) else None,
        )
        for row in rows
    )


def last_before(db: Database, day: date) -> datetime | None:
    """When the digest before that of a day was put together."""
    row = next(
        db.query("select created_at from digests where date < ? order by date desc limit 1", [day.isoformat()]), None
    )
    return moment(row["created_at"]) if row else None


def stored_digest(db: Database, day: date) -> dict[str, str] | None:
    """The digest of a day as it was put together: id, created_at, subject, text, html."""
    return next(db.query("select * from digests where date = ?", [day.isoformat()]), None)


def save_digest(db: Database, day: date, at: datetime, subject: str, text: str, html: str) -> None:
    """Keeps the digest of a day; what was put together once stays as it is."""
    row = {"date": day.isoformat(), "created_at": stamp(at), "subject": subject, "text": text, "html": html}
    with writing(db):
        db.table("digests").insert(row, ignore=True)


def open_deliveries(db: Database, day: date, addresses: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The addresses that have not got the digest of a day, each with the delivery to note the end of.

    The delivery is written down before the address is handed out: a kill in between sends at most once.
    """
    digest = stored_digest(db, day)
    if digest is None:
        return
    for address in addresses:
        with writing(db):
            delivery = _open_delivery(db, int(digest["id"]), address)
        if delivery is not None:
            yield address, delivery


def _open_delivery(db: Database, digest: int, address: str) -> int | None:
    now = stamp(datetime.now(UTC))
    subscriber = {"address": address, "created_at": now, "paused": 0}
    db.table("subscriptions").insert(subscriber, ignore=True)
    reader = next(db.query("select id, paused from subscriptions where address = ?", [address]))
    if reader["paused"]:
        return None
    key = [digest, reader["id"]]
    known = next(db.query("select id, state from deliveries where digest_id = ? and subscription_id = ?", key), None)
    if known is None:
        row = {"digest_id": digest, "subscription_id": reader["id"], "state": "sending", "at": now}
        return int(db.table("deliveries").insert(row).last_pk)  # type: ignore[arg-type]
    if known["state"] != "failed":
        return None
    db.table("deliveries").update(known["id"], {"state": "sending", "at": now})
    return int(known["id"])


def close_delivery(db: Database, delivery: int, error: str | None) -> None:
    """Notes how a delivery ended."""
    state = "failed" if error else "sent"
    with writing(db):
        db.table("deliveries").update(delivery, {"state": state, "at": stamp(datetime.now(UTC)), "error": error})


def _stamps(window: Window) -> dict[str, str | None]:
    return {"since": stamp(window.since), "until": stamp(window.until)}


def _marks(article_ids: Iterable[int]) -> tuple[str, list[int]]:
    ids = list(article_ids)
    return ", ".join("?" * len(ids)), ids
