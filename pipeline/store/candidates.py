"""Which articles may tell of the same event: keys by which they are found, and links between those that are alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlite_utils.db import Database

from pipeline.records import Case
from pipeline.store.grouped import cases

_PROPOSED = 8  # articles that are compared with one
_PER_KEY = (10, 25)  # articles that are looked up by a key that tells little or much, on either side in time
_FIRST = 20  # articles of a band: the original is the first of its copies

_ROWS = (
    "select k.article_id, k.at from article_keys k join incident_articles ia on ia.article_id = k.article_id"
    " where k.key = :key and k.article_id <> :id and k.at"
)
# The articles of incidents with a key, the nearest in time on either side.
_WITH_KEY = (
    f"select * from ({_ROWS} between :since and :at order by k.at desc limit :most)"
    f" union all select * from ({_ROWS} > :at and k.at <= :until order by k.at limit :most)"
)


def save_keys(db: Database, case: Case, keys: Iterable[str]) -> None:
    """The keys by which later ones find an article, in the place of those it had."""
    forget_keys(db, int(case.article_id))
    at = _seconds(case.published_at)
    rows = [(key, at, int(case.article_id)) for key in sorted(map(hashed, keys))]
    db.conn.executemany("insert into article_keys (key, at, article_id) values (?, ?, ?)", rows)


def hashed(key: str) -> int:
    """A key as it is stored: 63 bits, of which a million articles share none by chance."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def _seconds(when: datetime) -> int:
    return int(when.timestamp())


def forget_keys(db: Database, article_id: int) -> None:
    """Takes an article out of what is proposed."""
    db.execute("delete from article_keys where article_id = ?", [article_id])


def alike(db: Database, article_id: int, bands: Iterable[str]) -> list[Case]:
    """The articles that may have the same text: of those with a band in common the earliest of each band."""
    rows = db.query(
        "select distinct k.article_id from json_each(?) b join article_keys k on k.key = b.value"
        " and k.article_id in (select article_id from article_keys where key = b.value and article_id <> ?"
        f" order by at, article_id limit {_FIRST})",
        [json.dumps(sorted(map(hashed, bands))), article_id],
    )
    found = [row["article_id"] for row in rows]
    return cases(db, found) if found else []


def copies(db: Database, article_id: int) -> list[int]:
    """The articles that are noted as reprints of one."""
    return [row["id"] for row in db.query("select id from articles where duplicate_of = ?", [article_id])]


def neighbours(db: Database, case: Case, keys: Mapping[str, int], window: timedelta) -> list[Case]:
    """The articles of incidents that share most keys with one, each key as much as it tells; the nearest in time first."""
    at, span = _seconds(case.published_at), int(window.total_seconds())
    near = {"id": int(case.article_id), "at": at, "since": at - span, "until": at + span}
    shared: Counter[int] = Counter()
    when: dict[int, int] = {}
    for key, told in keys.items():
        for article_id, published in db.execute(_WITH_KEY, near | {"key": hashed(key), "most": _PER_KEY[told > 1]}):
            shared[article_id] += told
            when[article_id] = published
    best = sorted(shared, key=lambda id: (-shared[id], abs(when[id] - at), id))[:_PROPOSED]
    return cases(db, best) if best else []


def save_links(db: Database, later_earlier: Iterable[tuple[int, int, float]]) -> None:
    """How alike two articles are, the later one first."""
    db.conn.executemany(
        "insert into article_links (article_id, earlier_id, likeness) values (?, ?, ?)",
        [(later, earlier, round(likeness, 4)) for later, earlier, likeness in later_earlier],
    )


def forget_links(db: Database, article_id: int) -> set[int]:
    """Takes away all links of an article; returns the later ones that it bore on."""
    bore_on = set(later(db, article_id))
    for end in ("article_id", "earlier_id"):
        db.execute(f"delete from article_links where {end} = ?", [article_id])
    return bore_on


def later(db: Database, article_id: int) -> list[int]:
    """The later articles that an article bears on."""
    return [
        r["article_id"] for r in db.query("select article_id from article_links where earlier_id = ?", [article_id])
    ]


def earlier(db: Database, article_id: int) -> list[tuple[int, float]]:
    """The incident of each earlier article that is like this one, and how like it is, in the order of the articles."""
    rows = db.query(
        "select ia.incident_id, l.likeness from article_links l join incident_articles ia on ia.article_id = l.earlier_id"
        " join articles a on a.id = l.earlier_id where l.article_id = ?"
        " order by coalesce(a.published_at, a.first_seen_at), a.url",
        [article_id],
    )
    return [(row["incident_id"], row["likeness"]) for row in rows]
