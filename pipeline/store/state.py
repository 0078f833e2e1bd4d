"""What the database tells of the service that works on it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from sqlite_utils.db import Database

from pipeline.health import State
from pipeline.store.jobs import all_jobs
from pipeline.store.rows import moment
from pipeline.store.views import SINCE

_WAITING = """
    select (select count(*) from entries where outcome = 'waiting') as entries,
           (select count(*) from articles) - (select count(*) from analyses)
             + (select count(*) from analyses where model = '') as analyses,
           (select count(*) from analyses where grouped_at is null) as groupings,
           (select count(*) from deliveries where state in ('waiting', 'sending')) as mails"""


def state(connection: sqlite3.Connection, path: Path) -> State:
    """The state of the service, in a few quick questions."""
    db = Database(connection)
    [waiting] = db.query(_WAITING)
    [mails] = db.query("select min(since) as since, error from deliveries where state in ('waiting', 'sending')")
    last = db.query(
        "select date, created_at from digests where kind = 'digest' and selection = '{}' order by date desc, id desc limit 1",
    )
    digest = next(last, None)
    [refused] = db.query("select count(*) as n from subscriptions where paused and refusals >= 3")
    return State(
        jobs=all_jobs(db),
        waiting=waiting,
        mails_since=moment(mails["since"]),
        mail_error=mails["error"],
        digest=digest["date"] if digest else None,
        digest_at=moment(digest["created_at"]) if digest else None,
        polls=_counted(db, "polls", "outcome", 1),
        fetches=_counted(db, "fetches", "outcome", 1),
        deliveries=_counted(db, "deliveries", "state", 7),
        refused=refused["n"],
        free=shutil.disk_usage(path.parent).free,
    )


def _counted(db: Database, table: str, column: str, days: int) -> dict[str, int]:
    sql = f"select {column} as word, count(*) as n from {table} where at >= {SINCE.format(days)} group by {column}"
    return {row["word"]: row["n"] for row in db.query(sql)}
