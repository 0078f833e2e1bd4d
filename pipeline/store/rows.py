"""Between records and rows: times as text, authors in one cell, sources and entries read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Article, Due, Entry, Hints, Past, Polled, Source, Validators

AMONG = "in (select value from json_each(?))"  # one of the values of a JSON list
BETWEEN_AUTHORS = "; "


@lru_cache(maxsize=4096)  # a round writes the same few times again and again
def stamp(when: datetime | None) -> str | None:
    """A time as it is stored: UTC, ISO 8601, to the second, with Z."""
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z" if when else None


def moment(stored: str | None) -> datetime | None:
    """A stored time as a record carries it."""
    return datetime.fromisoformat(stored) if stored else None


def insert(db: Database, table: str, row: Mapping[str, Any]) -> int:
    """Writes a row and returns its rowid; for tables that get thousands of rows in a round."""
    sql = f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})"
    return int(db.execute(sql, [*row.values()]).lastrowid or 0)


def source_row(source: Source) -> dict[str, Any]:
    """The row of a source."""
    names = ("id", "name", "publisher", "sector", "kind", "url", "homepage", "language", "country")
    return {name: getattr(source, name) for name in names} | {"enabled": int(source.enabled)}


def poll_row(polled: Polled, past: Past) -> dict[str, Any]:
    """The row of a poll, without what became of its entries and when the next one is."""
    hints, validators = polled.hints, polled.validators
    return {
        "source_id": polled.source_id,
        "at": stamp(polled.at),
        "outcome": polled.outcome,
        "status": polled.status,
        "entries": len(polled.entries),
        "repeated_entries": polled.repeated,
        "filtered_entries": polled.filtered,
        "seconds": round(polled.seconds, 3),
        "bytes": polled.bytes,
        "error": polled.error,
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "body_hash": validators.body_hash,
        "ttl": whole_seconds(hints.ttl),
        "skip_hours": numbers(hints.skip_hours),
        "skip_days": numbers(hints.skip_days),
        "interval": whole_seconds(past.interval),
        "usual_gap": whole_seconds(past.usual_gap),
        "failures": past.failures,
        "moved_to": past.moved_to,
        "moved_times": past.moved_times,
    }


def due_of(source: Source, row: Mapping[str, Any]) -> Due:
    """What the row of the last poll leaves for the next one."""
    return Due(
        source=source,
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"], body_hash=row["body_hash"]),
        hints=Hints(
            ttl=seconds(row["ttl"]),
            skip_hours=frozenset(map(int, (row["skip_hours"] or "").split())),
            skip_days=frozenset(map(int, (row["skip_days"] or "").split())),
        ),
        past=Past(
            interval=seconds(row["interval"]),
            usual_gap=seconds(row["usual_gap"]),
            failures=row["failures"],
            moved_to=row["moved_to"],
            moved_times=row["moved_times"],
        ),
    )


def numbers(values: Iterable[int]) -> str | None:
    """Numbers in one cell, blanks between them."""
    return " ".join(map(str, sorted(values))) or None


def whole_seconds(span: timedelta | None) -> int | None:
    """A time span as it is stored."""
    return None if span is None else int(span.total_seconds())


def seconds(value: int | None) -> timedelta | None:
    """A stored time span as a record carries it."""
    return None if value is None else timedelta(seconds=value)


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
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
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
