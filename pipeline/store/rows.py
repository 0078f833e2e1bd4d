"""Between records and rows: times as text, authors in one cell, sources and entries read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.records import Article, Entry, Fact, Source

BETWEEN_AUTHORS = "; "


def stamp(when: datetime | None) -> str | None:
    """A time as it is stored: UTC, ISO 8601, to the second, with Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def moment(stored: str | None) -> datetime | None:
    """A stored time as a record carries it."""
    return datetime.fromisoformat(stored) if stored else None


def source_row(source: Source) -> dict[str, Any]:
    """The row of a source."""
    names = ("id", "name", "publisher", "sector", "kind", "url", "homepage", "language", "country")
    return {name: getattr(source, name) for name in names} | {"enabled": int(source.enabled)}


def entry_row(entry: Entry) -> dict[str, Any]:
    """The row of an entry, without what became of it."""
    return {
        "url": entry.url,
        "source_id": entry.source_id,
        "guid": entry.guid,
        "title": entry.title,
        "teaser": entry.teaser,
        "text": entry.text,
        "published_at": stamp(entry.published_at),
        "updated_at": stamp(entry.updated_at),
        "authors": BETWEEN_AUTHORS.join(entry.authors) or None,
    }


def entry_of(row: Mapping[str, Any]) -> Entry:
    """The entry in a row."""
    return Entry(
        source_id=row["source_id"],
        url=row["url"],
        title=row["title"],
        teaser=row["teaser"],
        text=row["text"],
        published_at=moment(row["published_at"]),
        updated_at=moment(row["updated_at"]),
        authors=tuple((row["authors"] or "").split(BETWEEN_AUTHORS)) if row["authors"] else (),
        guid=row["guid"],
    )


def article_row(article: Article) -> dict[str, Any]:
    """The row of an article, without id, first_seen_at and duplicate_of."""
    return {
        "source_id": article.source_id,
        "url": article.url,
        "title": article.title,
        "teaser": article.teaser,
        "published_at": stamp(article.published_at),
        "updated_at": stamp(article.updated_at),
        "authors": BETWEEN_AUTHORS.join(article.authors) or None,
        "origin": article.origin,
        "kind": article.kind,
        "text_state": article.text_state,
        "words": len(article.text.split()),
    }


def fact_of(row: Mapping[str, Any]) -> Fact:
    """The fact in a row."""
    return Fact(kind=row["kind"], value=row["value"], start=row["start"], end=row["end"])
