"""What analysts decided about articles and incidents: it wins over what grouping finds, always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils.db import Database

from pipeline.errors import StoreError
from pipeline.store.rows import stamp


@dataclass(frozen=True, kw_only=True)
class Pin:
    """An article's incident, or that it belongs to none, as somebody decided."""

    article_id: int
    incident_id: int | None
    by: str
    at: str
    why: str | None


def pin(db: Database, article_id: int, incident_id: int | None, *, by: str, why: str | None, at: datetime) -> None:
    """Notes the decision in place of an earlier one. Raises `StoreError` if article or incident do not exist."""
    _exists(db, "analyses", "article_id", article_id, "analysed article")
    if incident_id is not None:
        _exists(db, "incidents", "id", incident_id, "incident")
    row = {"article_id": article_id, "incident_id": incident_id, "by": by, "at": stamp(at), "why": why}
    db.table("incident_pins").upsert(row, pk="article_id")


def unpin(db: Database, article_id: int) -> None:
    """Takes the decision back. Raises `StoreError` if there is none."""
    _exists(db, "incident_pins", "article_id", article_id, "pin for article")
    db.table("incident_pins").delete(article_id)


def pin_of(db: Database, article_id: int) -> Pin | None:
    """What was decided about an article."""
    row = next(db.query("select * from incident_pins where article_id = ?", [article_id]), None)
    return Pin(**row) if row else None


def pins(db: Database) -> list[Pin]:
    """All decisions, the latest first."""
    return [Pin(**row) for row in db.query("select * from incident_pins order by at desc, article_id")]


def is_pinned_to(db: Database, incident_id: int) -> bool:
    """Whether any article is pinned to an incident: such a one is kept, also while it is empty."""
    return next(db.query("select 1 from incident_pins where incident_id = ? limit 1", [incident_id]), None) is not None


def _exists(db: Database, table: str, column: str, id: int, what: str) -> None:
    if next(db.query(f"select 1 from {table} where {column} = ?", [id]), None) is None:
        raise StoreError(f"there is no {what} {id}")
