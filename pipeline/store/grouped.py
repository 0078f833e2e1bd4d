"""Articles as grouping sees them: which wait, what they say, which are reprints."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Case, Told
from pipeline.store.rows import fact_of, moment, stamp

Row = dict[str, Any]


def ungrouped(db: Database, limit: int = -1) -> list[int]:
    """The oldest analysed articles that were not looked at for grouping yet; all of them without a limit."""
    rows = db.query(
        "select an.article_id from analyses an join articles a on a.id = an.article_id"
        " join article_texts t on t.article_id = a.id where an.grouped_at is null"
        " order by coalesce(a.published_at, a.first_seen_at), a.url limit ?",
        [limit],
    )
    return [row["article_id"] for row in rows]


def is_grouped(db: Database, article_id: int) -> bool:
    """Whether an article was looked at since it was analysed."""
    sql = "select 1 from analyses where article_id = ? and grouped_at is not null"
    return next(db.query(sql, [article_id]), None) is not None


def tells_of_incident(db: Database, article_id: int) -> bool:
    """Whether an article has a type and is no round-up."""
    sql = (
        "select 1 from article_types t join analyses an on an.article_id = t.article_id"
        " where t.article_id = ? and not an.roundup limit 1"
    )
    return next(db.query(sql, [article_id]), None) is not None


def again(db: Database) -> None:
    """Makes every article wait for grouping, unlike any other; incidents stay until their articles were looked at."""
    for table in ("article_links", "article_keys"):
        db.execute(f"delete from {table}")
    db.execute("update analyses set grouped_at = null")


def save_grouped(db: Database, article_id: int, *, roundup: bool, at: datetime) -> None:
    """Notes that an article was looked at, and whether it collects several events."""
    db.execute(
        "update analyses set grouped_at = ?, roundup = ? where article_id = ?", [stamp(at), int(roundup), article_id]
    )


def save_original(db: Database, article_id: int, original: str | None) -> None:
    """Notes which article one repeats, or that it is an original itself."""
    number = int(original) if original else None
    db.execute(
        "update articles set duplicate_of = ? where id = ? and duplicate_of is not ?", [number, article_id, number]
    )


def cases(db: Database, article_ids: Iterable[int]) -> list[Case]:
    """Articles as grouping compares them, in the order given; those that wait for analysis are left out."""
    return [Case(**values) for values in _analysed(db, article_ids, ", t.text")]


def told(db: Database, article_ids: Iterable[int]) -> list[Told]:
    """What articles say of their incident, in the order given; those that wait for analysis are left out."""
    return [Told(**values) for values in _analysed(db, article_ids, "")]


def _analysed(db: Database, article_ids: Iterable[int], text: str) -> list[Row]:
    wanted = list(article_ids)
    listed = json.dumps(wanted)
    among = "in (select value from json_each(?))"
    articles = db.query(
        "select a.id, a.source_id, a.url, a.title, coalesce(a.published_at, a.first_seen_at) as published_at,"
        f" a.duplicate_of, an.status{text} from articles a join article_texts t on t.article_id = a.id"
        f" join analyses an on an.article_id = a.id where a.id {among}",
        [listed],
    )
    types = _by_article(
        db.query(
            f"select article_id, type_id from article_types where article_id {among}"
            " group by article_id, type_id order by min(rank), type_id",
            [listed],
        )
    )
    roles = _by_article(
        db.query(
            f"select article_id, organisation_id, role from article_organisations where article_id {among}"
            " order by mentions desc, start",
            [listed],
        )
    )
    facts = _by_article(db.query(f"select * from article_facts where article_id {among} order by id", [listed]))
    found = {row["id"]: row | _found(types[row["id"]], roles[row["id"]], facts[row["id"]]) for row in articles}
    return [_values(found[id]) for id in wanted if id in found]


def _by_article(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["article_id"]].append(row)
    return found


def _found(types: list[Row], roles: list[Row], facts: list[Row]) -> Row:
    figures = tuple(map(fact_of, facts))
    return {
        "types": tuple(t["type_id"] for t in types),
        "affected": max((int(f.value) for f in figures if f.kind == "affected"), default=None),
        "roles": tuple((r["organisation_id"], r["role"]) for r in roles),
        "facts": figures,
    }


def _values(row: Row) -> Row:
    original = row["duplicate_of"]
    return {name: value for name, value in row.items() if name != "id"} | {
        "article_id": str(row["id"]),
        "published_at": moment(row["published_at"]),
        "duplicate_of": str(original) if original else None,
    }
