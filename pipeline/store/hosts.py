"""What hosts say: their rules for crawlers, kept for a day, and their reservations against mining, kept for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlite_utils.db import Database

from pipeline.records import Reservation, SiteRules
from pipeline.store.database import writing
from pipeline.store.rows import moment, stamp

_KEPT = timedelta(hours=24)


def known_rules(db: Database, now: datetime) -> Iterator[SiteRules]:
    """What origins said within the last 24 hours."""
    for row in db.query("select * from site_rules where at > ?", [stamp(now - _KEPT)]):
        at = moment(row["at"])
        if at is not None:
            yield SiteRules(origin=row["origin"], at=at, robots=row["robots"], tdmrep=row["tdmrep"])


def save_rules(db: Database, rules: Iterable[SiteRules], now: datetime) -> None:
    """Keeps what origins said; what was said more than a day ago is thrown away."""
    rows = [{"origin": r.origin, "at": stamp(r.at), "robots": r.robots, "tdmrep": r.tdmrep} for r in rules]
    with writing(db):
        db.table("site_rules").upsert_all(rows, pk="origin")
        db.table("site_rules").delete_where("at <= ?", [stamp(now - _KEPT)])


def save_reservations(db: Database, found: Iterable[Reservation], rule: str) -> None:
    """Keeps reservations, each wording of a host once, with when it was first and last seen and the rule applied.

    In the transaction of the caller.
    """
    sql = (
        "insert into reservations (host, first_seen_at, checked_at, found_in, wording, url, rule)"
        " values (:host, :at, :at, :found_in, :wording, :url, :rule)"
        " on conflict (host, found_in, wording) do update set checked_at = :at, url = :url, rule = :rule"
    )
    for reservation in found:
        db.execute(
            sql,
            {
                "host": reservation.host,
                "at": stamp(reservation.at),
                "found_in": reservation.found_in,
                "wording": reservation.wording,
                "url": reservation.url,
                "rule": rule,
            },
        )
