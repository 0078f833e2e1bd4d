"""Removing for good: an article with all that belongs to it, a text, a name, an organisation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Place
from pipeline.store.fetched import content_hash, index_texts
from pipeline.vocabulary import UNNAMED

_OF_ARTICLE = (
    "mentions",
    "article_organisations",
    "article_types",
    "article_facts",
    "analyses",
    "article_keys",
    "incident_news",
    "incident_articles",
    "incident_pins",
    "corrections",
    "fetches",
    "article_versions",
    "search_documents",
    "article_texts",
)
_PLACED = ("article_types", "article_organisations", "article_facts")


def pattern(name: str) -> re.Pattern[str]:
    """A name in a text, in any case of letters, also in the genitive and over a line break."""
    words = r"\s+".join(map(re.escape, name.split()))
    return re.compile(rf"(?<!\w){words}(?:s|[’'])?(?!\w)", re.IGNORECASE)


def naming(db: Database, name: str) -> list[int]:
    """The articles that name somebody: in text, headline, teaser, authors or an earlier version."""
    index_texts(db)
    words = re.findall(r"\w+", name)
    phrase, like = '"' + " ".join(words) + '" *', "%" + "%".join(words) + "%"
    rows = db.query(
        "select rowid as id from article_texts_fts where article_texts_fts match :phrase"
        " union select id from articles where title like :like or teaser like :like or authors like :like"
        " union select article_id from article_versions where title like :like or text like :like order by 1",
        {"phrase": phrase, "like": like},
    )
    found, shape = [row["id"] for row in rows], pattern(name)
    return [id for id in found if any(shape.search(text) for text in _texts(db, id))]


def remove_text(db: Database, id: int, name: str, forms: Callable[[str], str]) -> None:
    """Leaves of an article its headline without a name, and what was found in it, without places."""
    index_texts(db)
    _remove_forms(db, id, forms)
    shape = pattern(name)
    row = db.table("articles").get(id)
    title, teaser, authors = (
        shape.sub(UNNAMED, row[key]) if row[key] else row[key] for key in ("title", "teaser", "authors")
    )
    changed = {
        "title": title,
        "teaser": teaser,
        "authors": authors,
        "text_state": "withheld",
        "words": len(title.split()),
    }
    db.table("articles").update(id, changed)
    hash_ = content_hash(title)
    db.execute(
        "update analyses set content_hash = ? where article_id = ?"
        " and content_hash = (select content_hash from article_texts where article_id = ?)",
        [hash_, id, id],
    )
    db.table("article_texts").update(id, {"text": title, "content_hash": hash_})
    for table in ("article_versions", "mentions"):
        db.execute(f"delete from {table} where article_id = ?", [id])
    db.execute(
        "delete from article_types where article_id = ? and rowid not in"
        " (select min(rowid) from article_types where article_id = ? group by type_id)",
        [id, id],
    )
    for table in _PLACED:
        db.execute(f"update {table} set start = 0, end = ? where article_id = ?", [len(title), id])
    db.execute(
        "update entries set look_again_at = null, next_at = null,"
        " outcome = case outcome when 'waiting' then 'filtered' else outcome end where article_id = ?",
        [id],
    )
    db.execute("update corrections set quote = null where article_id = ?", [id])


def remove_name(db: Database, name: str) -> dict[str, int]:
    """Takes a name out of entries, digests and the names of incidents; returns how many of each it was in."""
    shape, like = pattern(name), "%" + "%".join(re.findall(r"\w+", name)) + "%"
    places: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("entries", ("title", "teaser", "text", "authors")),
        ("digests", ("subject", "text", "html")),
        ("incidents", ("title",)),
    )
    done = {}
    for table, columns in places:
        found = " or ".join(f"{column} like :like" for column in columns)
        rows = list(
            db.query(f"select rowid as number, {', '.join(columns)} from {table} where {found}", {"like": like})
        )
        for row in rows:
            values = [shape.sub(UNNAMED, row[column]) if row[column] else row[column] for column in columns]
            assigned = ", ".join(f"{column} = ?" for column in columns)
            db.execute(f"update {table} set {assigned} where rowid = ?", [*values, row["number"]])
        done[table] = len(rows)
    return done


def remove_organisation(db: Database, id: str) -> None:
    """Takes an organisation out of all tables; articles and incidents stay."""
    db.execute("update mentions set organisation_id = null where organisation_id = ?", [id])
    db.execute("update organisations set successor_id = null where successor_id = ?", [id])
    for table in (
        "article_organisations",
        "incident_news",
        "organisation_aliases",
        "corrections",
        "organisation_counts",
    ):
        db.execute(f"delete from {table} where organisation_id = ?", [id])
    db.execute("delete from organisations where id = ?", [id])


def names_of(db: Database, id: str) -> list[str]:
    """All names of an organisation."""
    rows = db.query(
        "select name from organisations where id = ? union select alias from organisation_aliases where organisation_id = ?",
        [id, id],
    )
    return [row["name"] for row in rows]


def addresses(db: Database, article: int) -> list[str]:
    """All addresses that lead to an article."""
    rows = db.query(
        "select url from articles where id = ? union select url from entries where article_id = ?", [article] * 2
    )
    return [row["url"] for row in rows]


def article_at(db: Database, url: str) -> int | None:
    """The article at an address, its own or that of an entry."""
    row = next(
        db.query(
            "select id from articles where url = ? union select article_id from entries where url = ? and article_id > 0",
            [url, url],
        ),
        None,
    )
    return row["id"] if row else None


def remove_article(db: Database, id: int, forms: Callable[[str], str]) -> None:
    """Takes an article out of all tables; it belongs to no incident any more."""
    index_texts(db)
    _remove_forms(db, id, forms)
    db.execute("delete from article_links where article_id = ? or earlier_id = ?", [id, id])
    db.execute("update articles set duplicate_of = null where duplicate_of = ?", [id])
    db.execute("delete from fetches where url in (select url from entries where article_id = ?)", [id])
    db.execute("delete from entries where article_id = ?", [id])
    for table in _OF_ARTICLE:
        db.execute(f"delete from {table} where article_id = ?", [id])
    db.execute("delete from articles where id = ?", [id])


def places(db: Database, article: int) -> list[Place]:
    """Where the raw pages of an article lie."""
    rows = db.query(
        "select distinct archive, archive_offset from fetches where archive is not null and (article_id = ?"
        " or url in (select url from entries where article_id = ?))",
        [article, article],
    )
    return [Place(file=row["archive"], offset=row["archive_offset"]) for row in rows]


def forget_place(db: Database, place: Place) -> None:
    """Takes away the pointers to a raw page."""
    db.execute(
        "update fetches set archive = null, archive_offset = null where archive = ? and archive_offset = ?",
        [place.file, place.offset],
    )


def _texts(db: Database, id: int) -> Iterable[str]:
    rows: list[dict[str, Any]] = [
        *db.query(
            "select a.title, a.teaser, a.authors, t.text from articles a join article_texts t on t.article_id = a.id where a.id = ?",
            [id],
        ),
        *db.query("select title, text from article_versions where article_id = ?", [id]),
    ]
    return (value for row in rows for value in row.values() if value)


def _remove_forms(db: Database, id: int, forms: Callable[[str], str]) -> None:
    """Takes the words of a text out of the index of word forms, which has to be told them once more."""
    row = next(
        db.query(
            "select d.id, a.title, t.text from search_documents d join articles a on a.id = d.article_id"
            " join article_texts t on t.article_id = d.article_id and t.content_hash = d.content_hash where d.article_id = ?",
            [id],
        ),
        None,
    )
    if row is not None:
        told = forms(row["title"]), forms(row["text"].removeprefix(row["title"]))
        db.execute(
            "insert into search_forms (search_forms, rowid, title, text) values ('delete', ?, ?, ?)", [row["id"], *told]
        )
    db.execute("delete from search_documents where article_id = ?", [id])
