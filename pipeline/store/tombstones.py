"""What was removed for good and must not come back: of names and addresses a hash alone is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlite_utils.db import Database

from pipeline.records import Polled
from pipeline.store.rows import AMONG, stamp

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


def dead(db: Database, urls: Iterable[str]) -> frozenset[str]:
    """The addresses at which something stood that was removed."""
    if db.execute("select 1 from tombstones limit 1").fetchone() is None:  # as nearly always
        return frozenset()
    hashes = {url: hashed("url", url) for url in urls}
    found = db.execute(f"select hash from tombstones where hash {AMONG}", [json.dumps([*hashes.values()])])
    there = {hash for (hash,) in found}
    return frozenset(url for url, hash in hashes.items() if hash in there)


def without_dead(db: Database, polled: Polled) -> Polled:
    """What a source offers, without what was removed."""
    gone = dead(db, (entry.url for entry in polled.entries))
    left = tuple(entry for entry in polled.entries if entry.url not in gone)
    return replace(polled, entries=left, filtered=polled.filtered + len(polled.entries) - len(left))
