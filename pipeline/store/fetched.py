"""What fetching leaves: one row per request, articles with their texts and versions, and what became of entries.

`save_fetched` is one transaction for all that it is given: a kill before it changes nothing, after it nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils.db import Database

from pipeline.outcomes import PASSING
from pipeline.records import Article, Fetched
from pipeline.store.crawled import WAITING
from pipeline.store.database import writing
from pipeline.store.rows import article_row, insert, moment, stamp

Same = Callable[[str, str], bool]  # whether two texts say the same

_TRIES = 40  # rounds; over more than a month
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=24)
_AGAIN = (timedelta(hours=2), timedelta(hours=24), timedelta(days=7))  # when an article is looked at once more
_WITHOUT_TEXT = ("empty", "consent", "withheld")
_READ = ("ok", "unchanged")
_NONE: Mapping[str, Mapping[str, Any]] = {}
_UNREAD = {"article_id": None, "etag": None, "last_modified": None}  # an entry that is yet to be written


def save_fetched(
    db: Database,
    results: Iterable[tuple[Fetched, Article | None]],
    same: Same,
    unwritten: Mapping[str, Mapping[str, Any]] = _NONE,
) -> Counter[str]:
    """What became of the entries, in one word each: new, changed, known, waiting or the outcome that ended it.

    `unwritten` are the rows of entries that are yet to be written.
    """
    words: Counter[str] = Counter()
    with writing(db):
        for fetched, article in results:
            words[_save(db, fetched, article, same, unwritten.get(fetched.url))] += 1
        index_texts(db)
    return words


def index_texts(db: Database) -> None:
    """Makes texts found by their words that are not yet: many at once, which costs a third of one after the other."""
    db.execute(
        "insert into article_texts_fts (rowid, text) select article_id, text from article_texts"
        " where article_id > (select coalesce(max(id), 0) from article_texts_fts_docsize)"
    )


def _save(
    db: Database, fetched: Fetched, article: Article | None, same: Same, unwritten: Mapping[str, Any] | None
) -> str:
    row = {**_UNREAD, **unwritten} if unwritten else _entry(db, fetched.url)
    word, article_id = fetched.outcome, row["article_id"]
    if article is not None:
        told, article_id = _save_article(db, article, fetched, same)
        word = told if fetched.outcome in _READ else fetched.outcome
    elif fetched.outcome == "unchanged":
        word = "known"
    _save_fetch(db, fetched, word, article_id)
    if row["outcome"] != WAITING and fetched.outcome not in _READ:
        _leave_for_later(db, row, fetched)  # a second look that failed takes nothing back
        return word
    again = fetched.outcome in PASSING and row["tries"] + 1 < _TRIES
    state = _state(db, row, fetched, WAITING if again else word, article_id)
    if unwritten:
        insert(db, "entries", {**unwritten, **state})
    else:
        changes = ", ".join(f"{name} = ?" for name in state)
        db.execute(f"update entries set {changes} where url = ?", [*state.values(), fetched.url])
    return WAITING if again else word


def _entry(db: Database, url: str) -> dict[str, Any]:
    names = ("outcome", "tries", "article_id", "text", "etag", "last_modified")
    return dict(
        zip(names, db.execute(f"select {', '.join(names)} from entries where url = ?", [url]).fetchone(), strict=True)
    )


def _state(
    db: Database, row: Mapping[str, Any], fetched: Fetched, outcome: str, article_id: int | None
) -> dict[str, Any]:
    """What is on record of an entry from now on."""
    tries = row["tries"] + 1
    wait = max(min(_FIRST_RETRY * 2 ** min(tries - 1, 12), _LONGEST_RETRY), fetched.retry_after or timedelta(0))
    asked = fetched.outcome in _READ and fetched.tries > 0  # a page, not the feed itself
    return {
        "outcome": outcome,
        "tries": tries,
        "next_at": stamp(fetched.at + wait) if outcome == WAITING else None,
        "look_again_at": stamp(look_again(_first_read(db, row, fetched), fetched.at)) if asked else None,
        "article_id": article_id,
        "text": row["text"] if outcome == WAITING else None,  # it stands in article_texts from now on
        "etag": fetched.validators.etag if asked else row["etag"],
        "last_modified": fetched.validators.last_modified if asked else row["last_modified"],
    }


def _leave_for_later(db: Database, row: Mapping[str, Any], fetched: Fetched) -> None:
    again = stamp(look_again(_first_read(db, row, fetched), fetched.at))
    db.execute("update entries set look_again_at = ? where url = ?", [again, fetched.url])


def _first_read(db: Database, row: Mapping[str, Any], fetched: Fetched) -> datetime:
    """When the article of an entry was first stored."""
    sql = "select first_seen_at as at from articles where id = ?"
    stored = next(db.query(sql, [row["article_id"]]), None) if row["article_id"] else None
    return (moment(stored["at"]) if stored else None) or fetched.at


def look_again(first: datetime, now: datetime) -> datetime | None:
    """When an article first read then is looked at once more: after 2 hours, 24 hours and 7 days, then never."""
    return next((first + after for after in _AGAIN if first + after > now), None)


def _save_fetch(db: Database, fetched: Fetched, word: str, article_id: int | None) -> None:
    place = fetched.archive
    row = {
        "article_id": article_id,
        "url": fetched.url,
        "at": stamp(fetched.at),
        "outcome": word,
        "status": fetched.status,
        "bytes": fetched.bytes,
        "seconds": round(fetched.seconds, 3),
        "tries": fetched.tries,
        "error": fetched.error,
        "note": fetched.note,
        "missed": ", ".join(fetched.missed) or None,
        "archive": place.file if place else None,
        "archive_offset": place.offset if place else None,
    }
    insert(db, "fetches", row)


def _save_article(db: Database, article: Article, fetched: Fetched, same: Same) -> tuple[str, int]:
    """New, changed or known, and the article's id."""
    entry_url, at = fetched.url, fetched.at
    old = _stored(db, article.url)
    if old and old["title"] != article.title and not _leads_to(db, entry_url, old["id"]):
        # two pages that claim one canonical address: each keeps its own
        article = replace(article, url=entry_url)
        old = _stored(db, article.url)
    text = article.full_text
    if old is None:
        return "new", _insert(db, article, text, at)
    article_id = int(old["id"])
    lost_text = article.text_state in _WITHOUT_TEXT and old["text_state"] not in _WITHOUT_TEXT
    if lost_text or same(old["text"], text) or _is_older(db, article_id, at):
        return "known", article_id
    _keep_version(db, old)
    index_texts(db)  # of a text that changes the index takes back the old words
    updated = article_row(article) | {"source_id": old["source_id"], "updated_at": stamp(article.updated_at or at)}
    db.table("articles").update(article_id, updated)
    db.table("article_texts").update(article_id, {"text": text, "content_hash": content_hash(text)})
    forget_analysis(db, article_id)
    return "changed", article_id


def _insert(db: Database, article: Article, text: str, at: datetime) -> int:
    article_id = insert(db, "articles", article_row(article) | {"first_seen_at": stamp(at)})
    insert(db, "article_texts", {"article_id": article_id, "text": text, "content_hash": content_hash(text)})
    return article_id


def _is_older(db: Database, article_id: int, at: datetime) -> bool:
    """Whether the article has been read since then: a page out of an archive takes nothing back."""
    sql = "select 1 from fetches where article_id = ? and outcome in ('new', 'changed', 'known') and at > ? limit 1"
    return next(db.query(sql, [article_id, stamp(at)]), None) is not None


def _stored(db: Database, url: str) -> dict[str, Any] | None:
    if db.execute("select 1 from articles where url = ?", [url]).fetchone() is None:
        return None
    sql = (
        "select a.*, t.text, t.content_hash from articles a join article_texts t on t.article_id = a.id where a.url = ?"
    )
    return next(db.query(sql, [url]))


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


def forget_archive(db: Database, files: Iterable[str]) -> None:
    """Takes away the pointers into archive files that are no longer there."""
    with writing(db):
        for name in files:
            db.execute("update fetches set archive = null, archive_offset = null where archive = ?", [name])


def forget_analysis(db: Database, article_id: int) -> None:
    """Takes away what was found in a text that no longer stands there; the article waits for analysis."""
    for table in ("mentions", "article_organisations", "article_types", "article_facts", "analyses"):
        db.table(table).delete_where("article_id = ?", [article_id])


def content_hash(text: str) -> str:
    """The fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
