"""Subscriptions as rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils.db import Database

from pipeline.errors import SubscriptionError
from pipeline.records import Alerts, Rhythm, Selection, Subscription
from pipeline.store.database import writing
from pipeline.store.editions import latest
from pipeline.store.rows import moment, stamp

_FIRST_DIGEST = timedelta(days=1)  # that the first digest looks back
_LISTS = ("sectors", "types", "sources", "organisations")
UNSUBSCRIBED = "unsubscribed"


def subscriptions(db: Database, *, active: bool = False) -> list[Subscription]:
    """All subscriptions in the order in which they came, or those alone that are not paused."""
    rows = db.query("select * from subscriptions where not (? and paused) order by id", [int(active)])
    return [_of(row) for row in rows]


def subscription(db: Database, address: str) -> Subscription:
    """The subscription of an address. Raises `SubscriptionError` if there is none."""
    row = next(db.query("select * from subscriptions where address = ? collate nocase", [address]), None)
    if row is None:
        raise SubscriptionError(f"{address}: no such subscriber; `lagebild subscribers list` shows all")
    return _of(row)


def by_number(db: Database, id: int) -> Subscription | None:
    """The subscription of a number, or None if there is none."""
    row = next(db.query("select * from subscriptions where id = ?", [id]), None)
    return _of(row) if row else None


def is_there(db: Database, address: str) -> bool:
    """Whether an address has a subscription."""
    return next(db.query("select 1 from subscriptions where address = ? collate nocase", [address]), None) is not None


def save_subscription(db: Database, wanted: Subscription) -> int:
    """Writes a subscription; a new one (id 0) begins with the news of the last day. Returns its number."""
    row = _row(wanted)
    with writing(db):
        if wanted.id:
            db.table("subscriptions").update(wanted.id, row)
            return wanted.id
        added = row | {
            "created_at": stamp(wanted.created_at),
            "language": "de",
            "edition_id": latest(db, wanted.created_at - _FIRST_DIGEST),
            "alert_edition_id": latest(db),
        }
        return int(db.table("subscriptions").insert(added).last_pk)  # type: ignore[arg-type]


def pause(db: Database, id: int, why: str) -> None:
    """Nothing is sent to a subscriber from now on; what waits for them is given up."""
    with writing(db):
        db.execute("update subscriptions set paused = 1, paused_why = ? where id = ?", [why, id])
        db.execute(
            "update deliveries set state = 'given_up', error = ? where subscription_id = ? and state = 'waiting'",
            [why, id],
        )


def resume(db: Database, id: int) -> None:
    """A subscriber gets mail again, beginning with what became known since their last digest."""
    with writing(db):
        db.execute("update subscriptions set paused = 0, paused_why = null, refusals = 0 where id = ?", [id])


def remove(db: Database, id: int) -> None:
    """Takes away a subscription and the record of what was sent to it."""
    with writing(db):
        db.execute("delete from deliveries where subscription_id = ?", [id])
        db.execute("delete from subscriptions where id = ?", [id])


def served(db: Database, id: int, edition: int, moment: datetime) -> None:
    """Notes that the digest for a moment, up to an edition, is on its way to a subscriber."""
    db.execute("update subscriptions set edition_id = ?, served_at = ? where id = ?", [edition, stamp(moment), id])


def alerted(db: Database, ids: Iterable[int], edition: int) -> None:
    """Notes that everything up to an edition was looked at for alerts."""
    db.conn.executemany("update subscriptions set alert_edition_id = ? where id = ?", [(edition, id) for id in ids])


def _of(row: dict[str, Any]) -> Subscription:
    lists = {name: tuple((row[name] or "").split()) for name in _LISTS}
    created = moment(row["created_at"])
    assert created is not None
    return Subscription(
        id=row["id"],
        address=row["address"],
        name=row["name"],
        selection=Selection(
            **lists,
            search=row["search"],
            minimum_status=row["minimum_status"] or "none",
            operator=bool(row["operator"]),
        ),
        rhythm=Rhythm(
            frequency=row["frequency"] or "daily",
            weekday=row["weekday"],
            hour=7 if row["hour"] is None else row["hour"],
        ),
        alerts=Alerts(a_day=row["alerts_a_day"], quiet_from=row["quiet_from"], quiet_until=row["quiet_until"]),
        empty=bool(row["empty"]),
        paused_why=(row["paused_why"] or "paused") if row["paused"] else None,
        created_at=created,
        served_at=moment(row["served_at"]),
        edition=row["edition_id"],
        alert_edition=row["alert_edition_id"],
        refusals=row["refusals"],
    )


def _row(wanted: Subscription) -> dict[str, Any]:
    lists = {name: " ".join(getattr(wanted.selection, name)) or None for name in _LISTS}
    return {
        "address": wanted.address,
        "name": wanted.name,
        **lists,
        "search": wanted.selection.search,
        "minimum_status": wanted.selection.minimum_status,
        "operator": int(wanted.selection.operator),
        "frequency": wanted.rhythm.frequency,
        "weekday": wanted.rhythm.weekday,
        "hour": wanted.rhythm.hour,
        "empty": int(wanted.empty),
        "alerts_a_day": wanted.alerts.a_day,
        "quiet_from": wanted.alerts.quiet_from,
        "quiet_until": wanted.alerts.quiet_until,
        "paused": int(wanted.paused_why is not None),
        "paused_why": wanted.paused_why,
    }
