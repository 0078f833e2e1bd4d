"""Editions: what became known at the same time, numbered in order, whatever the clocks say.

An edition is closed by whoever wants to tell what is new; every article that was looked at and everything that articles
were the first to say belongs to exactly one, so between two editions nothing is lost and nothing comes twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils.db import Database

from pipeline.store.database import writing
from pipeline.store.rows import insert, stamp

_LOOKED_AT = "exists (select 1 from analyses an where an.article_id = articles.id and an.grouped_at is not null)"
_FRESH = timedelta(days=1)  # what the first of all editions holds apart from what came before


def close_edition(db: Database, now: datetime) -> int:
    """The number of the newest edition, after all that is new has become one."""
    with writing(db):
        newest = latest(db)
        if not newest:  # the archive is old news
            newest = _begin(db, now - _FRESH)
            _take_in(db, newest, "first_seen_at < (select at from editions)")
        if not _is_anything_new(db):
            return newest
        newest = _begin(db, now)
        _take_in(db, newest, "true")
        return newest


def latest(db: Database, before: datetime | None = None) -> int:
    """The number of the newest edition, or of the newest at a time; 0 if there is none."""
    at = stamp(before) or "9"
    [row] = db.query("select coalesce(max(id), 0) as id from editions where at <= ?", [at])
    return int(row["id"])


def _is_anything_new(db: Database) -> bool:
    sql = f"""select exists (select 1 from incident_news where edition_id is null)
              or exists (select 1 from articles where edition_id is null and {_LOOKED_AT}) as new"""
    return bool(next(db.query(sql))["new"])


def _begin(db: Database, at: datetime) -> int:
    return insert(db, "editions", {"at": stamp(at)})


def _take_in(db: Database, edition: int, condition: str) -> None:
    """All that belongs to no edition yet, of articles that fulfil the condition."""
    db.execute(
        f"update articles set edition_id = ? where edition_id is null and {condition} and {_LOOKED_AT}", [edition]
    )
    db.execute(
        "update incident_news set edition_id = ? where edition_id is null"
        f" and article_id in (select id from articles where {condition})",
        [edition],
    )
