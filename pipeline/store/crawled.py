"""What crawling leaves: sources, polls, entries with what became of them, fetches, articles and their versions.

Each function is one transaction: a kill before it changes nothing, after it nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import PASSING, Article, Entry, Fetched, Polled, Source, Validators
from pipeline.store.rows import article_row, entry_of, entry_row, source_row, stamp

WAITING = "waiting"
_TRIES = 12  # over about four days
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=24)
_WITHOUT_TEXT = ("empty", "consent", "withheld")


def save_sources(db: Database, sources: Iterable[Source]) -> None:
    """Sources as the file names them now; what was read from others stays."""
    with db.atomic():
        db.table("sources").upsert_all([source_row(source) for source in sources], pk="id")


def due(db: Database, sources: Iterable[Source], now: datetime | None) -> Iterator[tuple[Source, Validators]]:
    """The sources whose time has come (all, if `now` is None), with what their server gave to ask politely."""
    for source in sources:
        last = next(
            db.query(
                "select etag, last_modified, next_at from polls where source_id = ? order by at desc, id desc limit 1",
                [source.id],
            ),
            None,
        )
        if last is None:
            yield source, Validators()
        elif now is None or last["next_at"] <= (stamp(now) or ""):
            yield source, Validators(etag=last["etag"], last_modified=last["last_modified"])


def save_poll(db: Database, polled: Polled, next_at: datetime) -> int:
    """How many entries are new after this poll; those wait from now on, as do those that the source has changed."""
    with db.atomic():
        new = sum(_save_entry(db, entry, polled.at) for entry in polled.entries)
        count = len(polled.entries)
        db.table("polls").insert(
            {
                "source_id": polled.source_id,
                "at": stamp(polled.at),
                "outcome": polled.outcome,
                "status": polled.status,
                "entries": count,
                "new_entries": new,
                "known_share": (count - new) / count if count else None,
                "seconds": round(polled.seconds, 3),
                "bytes": polled.bytes,
                "error": polled.error,
                "etag": polled.validators.etag,
                "last_modified": polled.validators.last_modified,
                "next_at": stamp(next_at),
            }
        )
    return new


def _save_entry(db: Database, entry: Entry, at: datetime) -> bool:
    """Whether the entry is new."""
    row = entry_row(entry)
    known = next(db.query("select * from entries where url = ?", [entry.url]), None)
    if known is None:
        db.table("entries").insert(row | {"first_seen_at": stamp(at), "outcome": WAITING, "tries": 0})
        return True
    if known["source_id"] == entry.source_id and _has_changed(known, row):
        row |= {"outcome": WAITING, "tries": 0, "next_at": None}
        db.table("entries").update(entry.url, row)
    return False


def _has_changed(known: dict[str, Any], row: dict[str, Any]) -> bool:
    return any(row[key] and row[key] != known[key] for key in ("title", "updated_at", "text"))


def waiting(db: Database, sources: Sequence[Source], now: datetime | None) -> list[tuple[Source, Entry]]:
    """The entries whose article is still to be fetched, oldest first; with `now` those whose time has come."""
    by_id = {source.id: source for source in sources}
    rows = db.query(
        "select * from entries where outcome = :waiting and (:now is null or next_at is null or next_at <= :now)"
        " order by first_seen_at, published_at",
        {"waiting": WAITING, "now": stamp(now)},
    )
    return [(by_id[row["source_id"]], entry_of(row)) for row in rows if row["source_id"] in by_id]


def save_fetched(db: Database, fetched: Fetched, article: Article | None) -> str:
    """What became of the entry, in one word: new, changed, known, waiting or the outcome that ended it."""
    with db.atomic():
        row = db.table("entries").get(fetched.url)
        word, article_id = fetched.outcome, row["article_id"]
        if article is not None:
            word, article_id = _save_article(db, article, fetched.url, fetched.at)
        tries = row["tries"] + 1
        again = fetched.outcome in PASSING and tries < _TRIES
        db.table("entries").update(
            fetched.url,
            {
                "outcome": WAITING if again else fetched.outcome,
                "tries": tries,
                "next_at": stamp(fetched.at + min(_FIRST_RETRY * 2 ** (tries - 1), _LONGEST_RETRY)) if again else None,
                "article_id": article_id,
            },
        )
        _save_fetch(db, fetched, article_id)
    return WAITING if again else word


def _save_fetch(db: Database, fetched: Fetched, article_id: int | None) -> None:
    db.table("fetches").insert(
        {
            "article_id": article_id,
            "url": fetched.url,
            "at": stamp(fetched.at),
            "outcome": fetched.outcome,
            "status": fetched.status,
            "bytes": fetched.bytes,
            "seconds": round(fetched.seconds, 3),
            "error": fetched.error,
        }
    )


def _save_article(db: Database, article: Article, entry_url: str, at: datetime) -> tuple[str, int]:
    """New, changed or known, and the article's id."""
    old = _stored(db, article.url)
    if old and old["title"] != article.title and not _leads_to(db, entry_url, old["id"]):
        # two pages that claim one canonical address: each keeps its own
        article = replace(article, url=entry_url)
        old = _stored(db, article.url)
    text, digest = article.full_text, content_hash(article.full_text)
    if old is None:
        row = article_row(article) | {"first_seen_at": stamp(at)}
        article_id = int(db.table("articles").insert(row).last_pk)  # type: ignore[arg-type]
        db.table("article_texts").insert({"article_id": article_id, "text": text, "content_hash": digest})
        return "new", article_id
    article_id = int(old["id"])
    lost_text = article.text_state in _WITHOUT_TEXT and old["text_state"] not in _WITHOUT_TEXT
    if old["content_hash"] == digest or lost_text:
        return "known", article_id
    _keep_version(db, old)
    updated = article_row(article) | {"source_id": old["source_id"], "updated_at": stamp(article.updated_at or at)}
    db.table("articles").update(article_id, updated)
    db.table("article_texts").update(article_id, {"text": text, "content_hash": digest})
    forget_analysis(db, article_id)
    return "changed", article_id


def _stored(db: Database, url: str) -> dict[str, Any] | None:
    sql = (
        "select a.*, t.text, t.content_hash from articles a join article_texts t on t.article_id = a.id where a.url = ?"
    )
    return next(db.query(sql, [url]), None)


def _leads_to(db: Database, entry_url: str, article_id: int) -> bool:
    sql = "select 1 from entries where article_id = ? and url = ?"
    return next(db.query(sql, [article_id, entry_url]), None) is not None


def _keep_version(db: Database, old: dict[str, Any]) -> None:
    kept = next(db.query("select count(*) as n from article_versions where article_id = ?", [old["id"]]))["n"]
    db.table("article_versions").insert(
        {
            "article_id": old["id"],
            "number": kept + 1,
            "seen_at": old["first_seen_at"] if not kept else old["updated_at"] or old["first_seen_at"],
            "title": old["title"],
            "text": old["text"],
        }
    )


def forget_analysis(db: Database, article_id: int) -> None:
    """Takes away what was found in a text that no longer stands there; the article waits for analysis."""
    for table in ("mentions", "article_organisations", "article_types", "article_facts", "analyses"):
        db.table(table).delete_where("article_id = ?", [article_id])


def content_hash(text: str) -> str:
    """The fingerprint of a text, blanks aside."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
