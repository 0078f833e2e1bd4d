"""What was removed for good and must not come back: of names and addresses a hash alone is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlite_utils.db import Database

from pipeline.records import Polled
from pipeline.store.rows import stamp

Kind = Literal["person", "organisation", "url"]


def hashed(kind: Kind, value: str) -> str:
    """What is kept of a name or an address: it says whether something is the same, and nothing else."""
    return sha256(f"{kind} {' '.join(value.split()).casefold()}".encode()).hexdigest()


def tombstones(db: Database, kind: Kind) -> frozenset[str]:
    """The hashes of what was removed."""
    return frozenset(row["hash"] for row in db.query("select hash from tombstones where kind = ?", [kind]))


def entomb(db: Database, kind: Kind, values: Iterable[str], at: datetime) -> None:
    """Notes that something was removed and must not come back."""
    for value in values:
        db.table("tombstones").insert({"hash": hashed(kind, value), "kind": kind, "at": stamp(at)}, ignore=True)


def is_dead(db: Database, url: str) -> bool:
    """Whether what stood at an address was removed."""
    if db.execute("select 1 from tombstones limit 1").fetchone() is None:  # as nearly always
        return False
    return db.execute("select 1 from tombstones where hash = ?", [hashed("url", url)]).fetchone() is not None


def without_dead(db: Database, polled: Polled) -> Polled:
    """What a source offers, without what was removed."""
    left = tuple(entry for entry in polled.entries if not is_dead(db, entry.url))
    if len(left) == len(polled.entries):
        return polled
    return replace(polled, entries=left, filtered=polled.filtered + len(polled.entries) - len(left))
