"""Articles as grouping sees them: which wait, what they say, which are reprints."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Case, Fact, Told
from pipeline.store.rows import AMONG, moment, stamp

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
    wanted = list(article_ids)
    texts = dict(
        db.execute(f"select article_id, text from article_texts where article_id {AMONG}", [json.dumps(wanted)])
    )
    return [Case(**values, text=texts[id]) for id, values in _analysed(db, wanted) if id in texts]


def told(db: Database, article_ids: Iterable[int]) -> list[Told]:
    """What articles say of their incident, in the order given; those that wait for analysis are left out."""
    return [Told(**values) for _, values in _analysed(db, list(article_ids))]


def _analysed(db: Database, wanted: list[int]) -> Iterator[tuple[int, Row]]:
    listed = [json.dumps(wanted)]
    articles = db.execute(
        "select a.id, a.source_id, a.url, a.title, coalesce(a.published_at, a.first_seen_at), a.duplicate_of, an.status"
        f" from articles a join analyses an on an.article_id = a.id where a.id {AMONG}",
        listed,
    )
    types = _by_article(
        db.execute(
            f"select article_id, type_id from article_types where article_id {AMONG}"
            " group by article_id, type_id order by min(rank), type_id",
            listed,
        )
    )
    roles = _by_article(
        db.execute(
            f"select article_id, organisation_id, role from article_organisations where article_id {AMONG}"
            " order by mentions desc, start",
            listed,
        )
    )
    facts = _by_article(
        db.execute(
            f"select article_id, kind, value, start, end from article_facts where article_id {AMONG} order by id",
            listed,
        )
    )
    found = {row[0]: row for row in articles}
    for id in wanted:
        if id in found:
            yield id, _values(found[id], types[id], roles[id], facts[id])


def _by_article(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for article_id, *values in rows:
        found[article_id].append(tuple(values))
    return found


def _values(
    row: tuple[Any, ...], types: list[tuple[Any, ...]], roles: list[tuple[Any, ...]], facts: list[tuple[Any, ...]]
) -> Row:
    id, source_id, url, title, published_at, duplicate_of, status = row
    figures = tuple(Fact(kind=kind, value=value, start=start, end=end) for kind, value, start, end in facts)
    return {
        "article_id": str(id),
        "source_id": source_id,
        "url": url,
        "title": title,
        "published_at": moment(published_at),
        "types": tuple(type for (type,) in types),
        "status": status,
        "affected": max((int(f.value) for f in figures if f.kind == "affected"), default=None),
        "roles": tuple(roles),
        "facts": figures,
        "duplicate_of": str(duplicate_of) if duplicate_of else None,
    }
