"""Digests as they were put together, and what became of the mail to each subscriber.

A delivery is `waiting` (with the time of the next try), `sending` (from just before the mail is handed over until the
answer), or ended: `sent`, `refused` (the server wants it never), `expired` (it would not take it for a day), `unclear`
(nobody knows whether it arrived) or `given_up` (the subscriber was paused).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlite_utils.db import Database

from pipeline.records import RenderedDigest
from pipeline.store.database import writing
from pipeline.store.rows import insert, moment, stamp

Key = tuple[str, int, str, date]
Ended = Literal["sent", "refused", "expired", "unclear"]
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=4)
_TRIED = timedelta(hours=24)
_REFUSALS = 3  # in a row, until an address is paused


@dataclass(frozen=True, kw_only=True)
class StoredDigest:
    """A digest as it was put together."""

    id: int
    date: date
    created_at: datetime
    kind: Literal["digest", "alert"]
    edition: int
    selection: str  # JSON; {} is everything
    incidents: int
    rendered: RenderedDigest


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A mail that is to be sent now."""

    delivery: int
    digest: StoredDigest
    subscription: int
    address: str


def made(db: Database, edition: int) -> dict[Key, int]:
    """The numbers of the digests up to an edition, by what sets them apart: kind, edition after which, selection, day."""
    rows = db.query("select id, kind, since_id, selection, date from digests where edition_id = ?", [edition])
    return {
        (row["kind"], row["since_id"], row["selection"], date.fromisoformat(row["date"])): row["id"] for row in rows
    }


def save_digest(
    db: Database,
    rendered: RenderedDigest,
    *,
    kind: Literal["digest", "alert"],
    day: date,
    at: datetime,
    since: int,
    edition: int,
    selection: str,
    incidents: Iterable[int],
) -> int:
    """Keeps a digest, with the incidents that it tells; returns its number."""
    told = list(incidents)
    row = {
        "date": day.isoformat(),
        "created_at": stamp(at),
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "kind": kind,
        "since_id": since,
        "edition_id": edition,
        "selection": selection,
        "incidents": len(told),
    }
    number = insert(db, "digests", row)
    db.conn.executemany(
        "insert into digest_incidents (digest_id, incident_id) values (?, ?)", [(number, id) for id in told]
    )
    return number


def digest(db: Database, id: int) -> StoredDigest:
    """The digest of a number."""
    return _digest(db.table("digests").get(id))


def digests_of(db: Database, day: date) -> list[StoredDigest]:
    """The digests of a day, that of everything first."""
    rows = db.query(
        "select * from digests where date = ? and kind = 'digest' order by selection <> '{}', id", [day.isoformat()]
    )
    return [_digest(row) for row in rows]


def save_delivery(db: Database, digest: int, subscription: int, at: datetime) -> None:
    """Notes that a digest is to be sent to a subscriber."""
    row = {
        "digest_id": digest,
        "subscription_id": subscription,
        "state": "waiting",
        "at": stamp(at),
        "since": stamp(at),
        "next_at": stamp(at),
    }
    db.table("deliveries").insert(row, ignore=True)


def readers(db: Database, digest: int) -> list[tuple[str, str]]:
    """To whom a digest was or will be sent, and what became of that."""
    rows = db.query(
        "select s.address, d.state from deliveries d join subscriptions s on s.id = d.subscription_id"
        " where d.digest_id = ? order by s.id",
        [digest],
    )
    return [(row["address"], row["state"]) for row in rows]


def waiting(db: Database, now: datetime) -> list[Waiting]:
    """The mails whose time has come, those that wait longest first.

    A time that lies further ahead than the longest wait was written while the clock was wrong: it has come too.
    """
    rows = list(
        db.query(
            "select d.id as delivery, d.digest_id, d.subscription_id, s.address from deliveries d"
            " join subscriptions s on s.id = d.subscription_id where d.state = 'waiting' and not s.paused"
            " and (d.next_at <= ? or d.next_at > ?) order by d.since, d.id",
            [stamp(now), stamp(now + _LONGEST_RETRY)],
        )
    )
    known = {id: digest(db, id) for id in {row["digest_id"] for row in rows}}
    return [
        Waiting(
            delivery=row["delivery"],
            digest=known[row["digest_id"]],
            subscription=row["subscription_id"],
            address=row["address"],
        )
        for row in rows
    ]


def still_waits(db: Database, delivery: int) -> bool:
    """Whether a mail is still to be sent; its reader may have been paused since."""
    row = next(db.query("select state from deliveries where id = ?", [delivery]), None)
    return row is not None and row["state"] == "waiting"


def begin(db: Database, delivery: int, now: datetime) -> bool:
    """Notes, just before a mail is handed over, that it is; False if it no longer waits."""
    changed = db.execute(
        "update deliveries set state = 'sending', at = ? where id = ? and state = 'waiting'", [stamp(now), delivery]
    )
    return changed.rowcount == 1


def end(db: Database, delivery: int, outcome: Ended, error: str | None, now: datetime) -> None:
    """Notes how a delivery ended; who is refused three times in a row is paused."""
    with writing(db):
        db.execute(
            "update deliveries set state = ?, at = ?, error = ?, next_at = null where id = ?",
            [outcome, stamp(now), error, delivery],
        )
        of = "id = (select subscription_id from deliveries where id = ?)"
        if outcome == "sent":
            db.execute(f"update subscriptions set refusals = 0 where {of} and refusals", [delivery])
        elif outcome == "refused":
            db.execute(f"update subscriptions set refusals = refusals + 1 where {of}", [delivery])
            db.execute(
                f"update subscriptions set paused = 1, paused_why = ? where {of} and refusals >= {_REFUSALS}",
                [error, delivery],
            )
            db.execute(
                "update deliveries set state = 'given_up' where state = 'waiting' and subscription_id in"
                " (select s.id from subscriptions s join deliveries d on d.subscription_id = s.id where d.id = ? and s.paused)",
                [delivery],
            )


def put_off(db: Database, delivery: int, error: str, now: datetime, *, without_end: bool = False) -> None:
    """Notes that a mail is tried again later: after 5 minutes, 10 and so on, for a day or, if told so, without end."""
    with writing(db):
        row = db.table("deliveries").get(delivery)
        tries, since = row["tries"] + 1, moment(row["since"]) or now
        wait = min(_FIRST_RETRY * 2 ** min(tries - 1, 10), _LONGEST_RETRY)
        if not without_end and now + wait > since + _TRIED:
            end(db, delivery, "expired", error, now)
            return
        db.execute(
            "update deliveries set state = 'waiting', at = ?, error = ?, tries = ?, next_at = ? where id = ?",
            [stamp(now), error, tries, stamp(now + wait), delivery],
        )


def settle(db: Database, policy: Literal["at_most_once", "at_least_once"], now: datetime) -> int:
    """What becomes of mails under way whose sender is gone: unclear, or once more; returns how many there were."""
    state = "unclear" if policy == "at_most_once" else "waiting"
    why = "the program ended before the answer of the mail server"
    with writing(db):
        return db.execute(
            "update deliveries set state = ?, at = ?, next_at = ?, error = ? where state = 'sending'",
            [state, stamp(now), stamp(now), why],
        ).rowcount


def alerts_since(db: Database, subscription: int, since: datetime) -> int:
    """How many alerts a subscriber got since a time."""
    sql = (
        "select count(*) as n from deliveries d join digests g on g.id = d.digest_id"
        " where d.subscription_id = ? and g.kind = 'alert' and g.created_at >= ?"
    )
    return int(next(db.query(sql, [subscription, stamp(since)]))["n"])


def told_at_once(db: Database, subscription: int, since: int) -> dict[int, int]:
    """Up to which edition, if later than the given one, a subscriber was told of incidents in alerts."""
    rows = db.query(
        "select di.incident_id, max(g.edition_id) as edition from deliveries d"
        " join digests g on g.id = d.digest_id and g.kind = 'alert' and g.edition_id > ?"
        " join digest_incidents di on di.digest_id = g.id where d.subscription_id = ?"
        " and d.state in ('waiting', 'sending', 'sent', 'unclear') group by di.incident_id",
        [since, subscription],
    )
    return {row["incident_id"]: row["edition"] for row in rows}


def _digest(row: dict[str, Any]) -> StoredDigest:
    created = moment(row["created_at"])
    assert created is not None
    return StoredDigest(
        id=row["id"],
        date=date.fromisoformat(row["date"]),
        created_at=created,
        kind=row["kind"],
        edition=row["edition_id"],
        selection=row["selection"],
        incidents=row["incidents"],
        rendered=RenderedDigest(subject=row["subject"], text=row["text"], html=row["html"]),
    )


def last_of_everything(db: Database, before: date = date.max) -> StoredDigest | None:
    """The latest digest of all that happened, or the latest before a day; it is put together whoever reads it."""
    sql = "select * from digests where kind = 'digest' and selection = '{}' and date < ? order by date desc, id desc"
    row = next(db.query(f"{sql} limit 1", [before.isoformat()]), None)
    return _digest(row) if row else None
