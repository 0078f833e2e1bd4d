"""What is taken away when it is old: see the setting `keep_days`."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils.db import Database

from pipeline.store.database import writing
from pipeline.store.rows import stamp

_BATCH = 5_000  # rows in one transaction, so that nobody waits long
# What of a table is old. The last look at a source says when it is asked again; the last digest of everything, where the
# next one begins; a mail that waits is still to be sent.
_OLD = {
    "polls": "at < ? and id not in (select max(id) from polls group by source_id)",
    "fetches": "at < ?",
    "article_versions": "seen_at < ?",
    "digests": """created_at < ? and id not in (select digest_id from deliveries where state in ('waiting', 'sending'))
                  and id not in (select max(id) from digests where selection = '{}')""",
}
_WITH = {"digests": ("deliveries", "digest_incidents")}  # tables whose rows go with it


def prune(db: Database, table: str, before: datetime) -> int:
    """Takes away the rows of a table that are older than a time; returns how many."""
    done = 0
    while True:
        with writing(db):
            found = db.execute(f"select rowid from {table} where {_OLD[table]} limit {_BATCH}", [stamp(before)])
            ids = [row[0] for row in found]
            for other in _WITH.get(table, ()):
                db.conn.executemany(f"delete from {other} where digest_id = ?", [(id,) for id in ids])
            db.conn.executemany(f"delete from {table} where rowid = ?", [(id,) for id in ids])
        done += len(ids)
        if len(ids) < _BATCH:
            return done
