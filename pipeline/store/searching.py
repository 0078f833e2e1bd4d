"""The index of word forms by which articles are found, whatever the inflection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils.db import Database

from pipeline.store.database import writing


@dataclass(frozen=True, kw_only=True)
class Unindexed:
    """A text that is not in the index as it stands."""

    article_id: int
    content_hash: str
    title: str
    text: str


def unindexed(db: Database, version: int, limit: int, after: int) -> list[Unindexed]:
    """The next texts after a number that are not in the index, have changed, or were indexed by other forms."""
    rows = db.query(
        "select t.article_id, t.content_hash, a.title, t.text from article_texts t join articles a on a.id = t.article_id"
        " left join search_documents d on d.article_id = t.article_id and d.content_hash = t.content_hash"
        "  and d.version = ?"
        " where d.id is null and t.article_id > ? order by t.article_id limit ?",
        [version, after, limit],
    )
    return [Unindexed(**row) for row in rows]


def save_forms(db: Database, version: int, found: Iterable[tuple[Unindexed, str, str]]) -> None:
    """Puts texts into the index, each with the forms of its headline and of the rest."""
    with writing(db):
        [last] = db.query("select coalesce(max(id), 0) as id from search_forms_docsize")
        for number, (text, title, rest) in enumerate(found, last["id"] + 1):
            db.execute("insert into search_forms (rowid, title, text) values (?, ?, ?)", [number, title, rest])
            db.execute(
                "insert into search_documents (id, article_id, content_hash, version) values (?, ?, ?, ?)"
                " on conflict (article_id) do update set id = excluded.id, content_hash = excluded.content_hash,"
                " version = excluded.version",
                [number, text.article_id, text.content_hash, version],
            )
