"""Decisions of analysts about what stands in articles, as rows."""

from __future__ import annotations

from typing import Any

from sqlite_utils.db import Database

from pipeline.errors import StoreError
from pipeline.records import Correction
from pipeline.store import queries
from pipeline.store.rows import insert, moment, stamp


def save_correction(db: Database, correction: Correction) -> int:
    """Notes a decision in place of an earlier one about the same; returns its number.

    Raises `StoreError` if there is no such article.
    """
    if next(db.query("select 1 from articles where id = ?", [correction.article_id]), None) is None:
        raise StoreError(f"there is no article {correction.article_id}")
    for earlier in corrections(db, correction.article_id):
        if earlier.subject == correction.subject:
            db.execute("delete from corrections where id = ?", [earlier.id])
    row = {
        "article_id": correction.article_id,
        "kind": correction.kind,
        "organisation_id": correction.organisation,
        "value": correction.value,
        "quote": correction.quote,
        "by": correction.by,
        "at": stamp(correction.at),
        "why": correction.why,
    }
    return insert(db, "corrections", row)


def drop_correction(db: Database, id: int) -> int:
    """Takes a decision back; returns the number of its article. Raises `StoreError` if there is none."""
    row = next(db.query("select article_id from corrections where id = ?", [id]), None)
    if row is None:
        raise StoreError(f"there is no correction {id}")
    db.execute("delete from corrections where id = ?", [id])
    return int(row["article_id"])


def corrections(db: Database, article_id: int | None = None) -> list[Correction]:
    """The decisions about an article, or all, in the order in which they were made."""
    if article_id is None:
        return [_correction(row) for row in db.query("select * from corrections order by id")]
    rows = db.query("select * from corrections where article_id = ? order by id", [article_id])
    return [_correction(row) for row in rows]


def organisation_named(db: Database, name: str, id: str) -> str:
    """The id of the organisation that bears a name or an id; one that nobody knows yet is noted under `id`."""
    if known := queries.organisation_named(db, name):
        return known
    db.table("organisations").insert({"id": id, "name": name, "sector": "other"}, ignore=True)
    return id


def _correction(row: dict[str, Any]) -> Correction:
    at = moment(row["at"])
    assert at is not None
    return Correction(
        organisation=row["organisation_id"], **{k: v for k, v in row.items() if k != "organisation_id"} | {"at": at}
    )
