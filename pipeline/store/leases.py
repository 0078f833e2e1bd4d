"""Leases: what one process alone may do at a time, in the database, so that it holds wherever the processes run."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

from sqlite_utils.db import Database

from pipeline.store.database import writing
from pipeline.store.rows import moment, stamp

LENGTH = timedelta(minutes=5)


@cache
def holder() -> str:
    """The name of this process: host, number, and a word that no other process has."""
    return f"{socket.gethostname()} {os.getpid()} {uuid4().hex[:8]}"


def take(db: Database, name: str, now: datetime, by: str) -> str | None:
    """Takes or renews a lease; returns who else holds it, or None if it is ours now.

    One that has run out, was written while the clock was wrong or whose holder, on this host, is gone may be taken.
    """
    with writing(db):
        row = next(db.query("select holder, until from leases where name = ?", [name]), None)
        if row is not None and row["holder"] != by:
            until = moment(row["until"]) or now
            if now < until <= now + LENGTH and _lives(row["holder"]):
                return str(row["holder"])
        lease = {"name": name, "holder": by, "until": stamp(now + LENGTH)}
        db.table("leases").upsert(lease, pk="name")
    return None


def give_back(db: Database, name: str, by: str) -> None:
    """Ends a lease, if it is still ours."""
    with writing(db):
        db.execute("delete from leases where name = ? and holder = ?", [name, by])


def _lives(named: str) -> bool:
    """Whether a holder may still be at work; of other hosts nobody knows."""
    host, number, _ = named.split()
    if host != socket.gethostname() or not Path("/proc/self").exists():
        return True
    return Path(f"/proc/{number}").exists()
