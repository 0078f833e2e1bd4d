"""What several parts ask of the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils.db import Database

from pipeline.store.views import CAME_OUT as CAME_OUT

_COUNTED = ("sources", "articles", "article_versions", "mentions", "organisations", "incidents", "incident_articles")


@dataclass(frozen=True, kw_only=True)
class IncidentLine:
    """An incident in one line."""

    id: int
    title: str
    type: str
    status: str
    affected: int | None
    articles: int
    sources: int
    affected_organisations: str | None


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """A source in one line: how it does, and its trouble (gone, unread, failed, silent, gap, select) if any."""

    id: str
    name: str
    trouble: str | None
    last_success_at: str | None
    last_outcome: str | None
    last_error: str | None
    next_at: str | None
    articles: int
    waiting: int
    per_week: float | None  # entries
    silent_days: float | None  # since the last entry
    silent: int  # 1 if that is longer than ever before
    failed_polls_7d: int
    gaps_7d: int
    select_misses_7d: int  # pages without what `select` names
    short_text_share: float | None
    change: str | None  # moved, gone, back: the last one
    moved_to: str | None


def counts(db: Database) -> dict[str, int]:
    """How many rows the tables have that people ask for."""
    return {name: db.table(name).count for name in _COUNTED}


def incident_lines(db: Database) -> list[IncidentLine]:
    """All incidents, the latest first."""
    names = ", ".join(IncidentLine.__dataclass_fields__)
    rows = db.query(f"select {names} from incident_list order by last_seen_at desc, id")
    return [IncidentLine(**row) for row in rows]


def source_lines(db: Database) -> list[SourceLine]:
    """The enabled sources and those that are gone, those that need attention first."""
    names = ", ".join(SourceLine.__dataclass_fields__)
    rows = db.query(
        f"select {names} from source_health where enabled or trouble is not null"
        " order by trouble is null, last_success_at, id"
    )
    return [SourceLine(**row) for row in rows]


def is_source(db: Database, id: str) -> bool:
    """Whether there is such a source."""
    return next(db.query("select 1 from sources where id = ?", [id]), None) is not None


def organisation_named(db: Database, name: str) -> str | None:
    """The id of the organisation with this id, name or other name, in any case of letters."""
    row = next(
        db.query(
            "select id from organisations where id = :name union all"
            " select id from organisations where name = :name collate nocase union all"
            " select organisation_id from organisation_aliases where alias = :name collate nocase limit 1",
            {"name": name},
        ),
        None,
    )
    return row["id"] if row else None
