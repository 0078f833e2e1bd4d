"""The tables and views of Lagebild, step by step. A step that has landed is never changed.

Imports nothing but sqlite-utils, so that `sqlite-utils migrate` can run it as well.
"""

from typing import Any

from sqlite_utils import Migrations
from sqlite_utils.db import Database

migrations = Migrations("lagebild")


def _table(db: Database, name: str, columns: dict[str, Any], **options: Any) -> None:
    db.table(name).create(columns, strict=True, **options)


@migrations()
def m001_sources(db: Database) -> None:
    """What is read, every look at it, what it offered and every request for an article."""
    text, number, real = str, int, float
    _table(
        db,
        "sources",
        dict.fromkeys(("id", "name", "publisher", "sector", "kind", "url", "homepage", "language", "country"), text)
        | {"enabled": number},
        pk="id",
        not_null={"name", "kind", "url", "language", "country", "enabled"},
    )
    _table(
        db,
        "polls",
        {
            "id": number,
            "source_id": text,
            "at": text,
            "outcome": text,
            "status": number,
            "entries": number,
            "new_entries": number,
            "known_share": real,
            "seconds": real,
            "bytes": number,
            "error": text,
            "etag": text,
            "last_modified": text,
            "next_at": text,
        },
        pk="id",
        not_null={"source_id", "at", "outcome", "entries", "new_entries", "seconds", "bytes", "next_at"},
        foreign_keys=[("source_id", "sources", "id")],
    )
    db.table("polls").create_index(["source_id", "at"])


@migrations()
def m002_articles(db: Database) -> None:
    """Articles, their texts apart from them, and what stood there before a change."""
    _table(
        db,
        "articles",
        {
            "id": int,
            "source_id": str,
            "url": str,
            "title": str,
            "teaser": str,
            "published_at": str,
            "first_seen_at": str,
            "updated_at": str,
            "authors": str,
            "origin": str,
            "kind": str,
            "text_state": str,
            "words": int,
            "duplicate_of": int,
        },
        pk="id",
        not_null={"source_id", "url", "title", "first_seen_at", "kind", "text_state", "words"},
        foreign_keys=[("source_id", "sources", "id"), ("duplicate_of", "articles", "id")],
    )
    db.table("articles").create_index(["url"], unique=True)
    db.table("articles").create_index(["source_id", "published_at"])
    db.table("articles").create_index(["published_at"])
    db.table("articles").create_index(["first_seen_at"])
    _table(
        db,
        "article_texts",
        {"article_id": int, "text": str, "content_hash": str},
        pk="article_id",
        not_null={"text", "content_hash"},
        foreign_keys=[("article_id", "articles", "id")],
    )
    db.table("article_texts").create_index(["content_hash"])
    db.table("article_texts").enable_fts(
        ["text"], fts_version="FTS5", create_triggers=True, tokenize="unicode61 remove_diacritics 2"
    )
    _table(
        db,
        "article_versions",
        {"article_id": int, "number": int, "seen_at": str, "title": str, "text": str},
        pk=("article_id", "number"),
        not_null={"seen_at", "title", "text"},
        foreign_keys=[("article_id", "articles", "id")],
    )


@migrations()
def m003_entries(db: Database) -> None:
    """What sources offered (and what became of it), and one row per request for an article."""
    _table(
        db,
        "entries",
        {
            "url": str,
            "source_id": str,
            "guid": str,
            "title": str,
            "teaser": str,
            "text": str,
            "published_at": str,
            "updated_at": str,
            "authors": str,
            "first_seen_at": str,
            "outcome": str,
            "tries": int,
            "next_at": str,
            "article_id": int,
        },
        pk="url",
        not_null={"source_id", "first_seen_at", "outcome", "tries"},
        foreign_keys=[("source_id", "sources", "id"), ("article_id", "articles", "id")],
    )
    db.table("entries").create_index(["outcome", "next_at"])
    db.table("entries").create_index(["article_id"])
    _table(
        db,
        "fetches",
        {
            "id": int,
            "article_id": int,
            "url": str,
            "at": str,
            "outcome": str,
            "status": int,
            "bytes": int,
            "seconds": float,
            "error": str,
            "archive": str,
        },
        pk="id",
        not_null={"url", "at", "outcome", "bytes", "seconds"},
        foreign_keys=[("article_id", "articles", "id")],
    )
    db.table("fetches").create_index(["url"])
    db.table("fetches").create_index(["at"])
    db.table("fetches").create_index(["article_id"])


@migrations()
def m004_analyses(db: Database) -> None:
    """What the model found: names, organisations with roles, types with evidence, facts."""
    _table(
        db,
        "organisations",
        dict.fromkeys(("id", "name", "sector", "legal_form", "wikidata", "successor_id"), str),
        pk="id",
        not_null={"name", "sector"},
        foreign_keys=[("successor_id", "organisations", "id")],
    )
    _table(
        db,
        "organisation_aliases",
        {"alias": str, "organisation_id": str},
        pk=("alias", "organisation_id"),
        foreign_keys=[("organisation_id", "organisations", "id")],
    )
    _table(
        db,
        "incident_types",
        dict.fromkeys(("id", "name_de", "description_de", "veris", "rsit"), str),
        pk="id",
        not_null={"name_de", "description_de"},
    )
    article = ("article_id", "articles", "id")
    organisation = ("organisation_id", "organisations", "id")
    span = {"start": int, "end": int}
    _table(
        db,
        "analyses",
        {"article_id": int, "model": str, "at": str, "status": str, "language": str, "content_hash": str}
        | {"grouped_at": str},
        pk="article_id",
        not_null={"model", "at", "status", "language", "content_hash"},
        foreign_keys=[article],
    )
    db.table("analyses").create_index(["grouped_at"])
    _table(
        db,
        "mentions",
        {"id": int, "article_id": int} | span | {"label": str, "surface": str, "organisation_id": str},
        pk="id",
        not_null={"article_id", "start", "end", "label", "surface"},
        foreign_keys=[article, organisation],
    )
    _table(
        db,
        "article_organisations",
        {"article_id": int, "organisation_id": str, "role": str, "mentions": int} | span,
        pk=("article_id", "organisation_id"),
        not_null={"role", "mentions", "start", "end"},
        foreign_keys=[article, organisation],
    )
    _table(
        db,
        "article_types",
        {"article_id": int, "type_id": str, "score": float} | span,
        pk=("article_id", "type_id", "start"),
        not_null={"score", "end"},
        foreign_keys=[article, ("type_id", "incident_types", "id")],
    )
    _table(
        db,
        "article_facts",
        {"id": int, "article_id": int, "kind": str, "value": str} | span,
        pk="id",
        not_null={"article_id", "kind", "value", "start", "end"},
        foreign_keys=[article],
    )
    for table, columns in (
        ("mentions", ["article_id"]),
        ("mentions", ["organisation_id"]),
        ("article_organisations", ["organisation_id", "role"]),
        ("article_types", ["type_id"]),
        ("article_facts", ["article_id"]),
        ("article_facts", ["kind", "value"]),
    ):
        db.table(table).create_index(columns)


@migrations()
def m005_incidents(db: Database) -> None:
    """Incidents, the articles that tell of them, and the keys by which articles on the same event are found."""
    _table(
        db,
        "incidents",
        {
            "id": int,
            "slug": str,
            "title": str,
            "first_seen_at": str,
            "last_seen_at": str,
            "status": str,
            "affected": int,
            "main_type": str,
            "articles": int,
            "sources": int,
        },
        pk="id",
        not_null={"slug", "title", "first_seen_at", "last_seen_at", "status", "main_type", "articles", "sources"},
        foreign_keys=[("main_type", "incident_types", "id")],
    )
    db.table("incidents").create_index(["slug"], unique=True)
    db.table("incidents").create_index(["last_seen_at"])
    db.table("incidents").create_index(["main_type"])
    _table(
        db,
        "incident_articles",
        {"article_id": int, "incident_id": int},
        pk="article_id",
        not_null={"incident_id"},
        foreign_keys=[("article_id", "articles", "id"), ("incident_id", "incidents", "id")],
    )
    db.table("incident_articles").create_index(["incident_id"])
    _table(
        db,
        "article_keys",
        {"key": str, "article_id": int},
        pk=("key", "article_id"),
        foreign_keys=[("article_id", "articles", "id")],
    )
    db.table("article_keys").create_index(["article_id"])


@migrations()
def m006_deliveries(db: Database) -> None:
    """Reservations against text and data mining; who wants the digest, what was put together, what was sent."""
    _table(
        db,
        "reservations",
        {"id": int} | dict.fromkeys(("host", "checked_at", "found_in", "wording", "rule"), str),
        pk="id",
        not_null={"host", "checked_at", "found_in"},
    )
    _table(
        db,
        "subscriptions",
        {"id": int, "address": str, "name": str, "created_at": str, "paused": int},
        pk="id",
        not_null={"address", "created_at", "paused"},
    )
    db.table("subscriptions").create_index(["address"], unique=True)
    _table(
        db,
        "digests",
        {"id": int, "date": str, "created_at": str, "subject": str, "text": str, "html": str},
        pk="id",
        not_null={"date", "created_at", "subject", "text", "html"},
    )
    db.table("digests").create_index(["date"], unique=True)
    _table(
        db,
        "deliveries",
        {"id": int, "digest_id": int, "subscription_id": int, "state": str, "at": str, "error": str},
        pk="id",
        not_null={"digest_id", "subscription_id", "state", "at"},
        foreign_keys=[("digest_id", "digests", "id"), ("subscription_id", "subscriptions", "id")],
    )
    db.table("deliveries").create_index(["digest_id", "subscription_id"], unique=True)


@migrations()
def m007_views(db: Database) -> None:
    """What people and several parts of the program ask again and again."""
    for name, sql in _VIEWS.items():
        db.create_view(name, sql)


_VIEWS = {
    "article_list": """
        select a.id, a.title, a.published_at, s.name as source, a.source_id, a.kind, an.status,
               (select group_concat(name_de, ', ') from (
                  select t.name_de from article_types at join incident_types t on t.id = at.type_id
                  where at.article_id = a.id group by t.id order by max(at.score) desc)) as types,
               (select group_concat(name, ', ') from (
                  select o.name from article_organisations ao join organisations o on o.id = ao.organisation_id
                  where ao.article_id = a.id and ao.role = 'affected' order by ao.mentions desc)) as affected_organisations,
               ia.incident_id, i.title as incident, a.duplicate_of, a.text_state, a.words, a.first_seen_at, a.url
        from articles a
        join sources s on s.id = a.source_id
        left join analyses an on an.article_id = a.id
        left join incident_articles ia on ia.article_id = a.id
        left join incidents i on i.id = ia.incident_id""",
    "incident_list": """
        select i.id, i.title, i.slug, t.name_de as type, i.main_type, i.status, i.affected, i.articles, i.sources,
               i.first_seen_at, i.last_seen_at,
               (select group_concat(name, ', ') from (
                  select o.name from incident_articles ia
                  join article_organisations ao on ao.article_id = ia.article_id and ao.role = 'affected'
                  join organisations o on o.id = ao.organisation_id
                  where ia.incident_id = i.id group by o.id order by count(*) desc limit 5)) as affected_organisations
        from incidents i join incident_types t on t.id = i.main_type""",
    "incident_timeline": """
        select ia.incident_id, i.slug, a.id as article_id, coalesce(a.published_at, a.first_seen_at) as at,
               s.name as source, a.source_id, a.title, a.kind, an.status, a.duplicate_of,
               (select max(cast(f.value as integer)) from article_facts f
                where f.article_id = a.id and f.kind = 'affected') as affected, a.url
        from incident_articles ia
        join incidents i on i.id = ia.incident_id
        join articles a on a.id = ia.article_id
        join sources s on s.id = a.source_id
        left join analyses an on an.article_id = a.id""",
    "organisation_profile": """
        select o.id, o.name, o.sector, count(*) as articles,
               count(distinct ia.incident_id) as incidents,
               sum(ao.role = 'affected') as as_affected, sum(ao.role = 'processor') as as_processor,
               sum(ao.role = 'attacker') as as_attacker, sum(ao.role = 'authority') as as_authority,
               min(coalesce(a.published_at, a.first_seen_at)) as first_at,
               max(coalesce(a.published_at, a.first_seen_at)) as last_at
        from article_organisations ao
        join organisations o on o.id = ao.organisation_id
        join articles a on a.id = ao.article_id
        left join incident_articles ia on ia.article_id = ao.article_id
        group by o.id""",
    "source_health": """
        select s.id, s.name, s.kind, s.enabled,
               (select max(at) from polls p where p.source_id = s.id) as last_poll_at,
               (select max(at) from polls p where p.source_id = s.id and p.outcome in ('ok', 'unchanged'))
                 as last_success_at,
               (select outcome from polls p where p.source_id = s.id order by at desc, id desc limit 1) as last_outcome,
               (select error from polls p where p.source_id = s.id order by at desc, id desc limit 1) as last_error,
               (select next_at from polls p where p.source_id = s.id order by at desc, id desc limit 1) as next_at,
               (select count(*) from articles a where a.source_id = s.id) as articles,
               (select max(first_seen_at) from articles a where a.source_id = s.id) as last_article_at,
               (select count(*) from entries e where e.source_id = s.id and e.outcome = 'waiting') as waiting,
               (select round(avg(a.text_state <> 'full'), 2) from articles a where a.source_id = s.id)
                 as short_text_share
        from sources s""",
    "daily_counts": """
        select date(coalesce(a.published_at, a.first_seen_at)) as day, count(*) as articles,
               count(ia.incident_id) as incident_articles, count(distinct ia.incident_id) as incidents
        from articles a left join incident_articles ia on ia.article_id = a.id
        group by day""",
}
