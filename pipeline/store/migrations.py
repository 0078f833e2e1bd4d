"""The tables and views of Lagebild, step by step. A step that has landed is never changed.

Imports sqlite-utils and the texts of the views alone, so that `sqlite-utils migrate` can run it as well.
"""

from sqlite_utils import Migrations
from sqlite_utils.db import Database

from pipeline.store.views import (
    CAME_OUT,
    COUNT_TRIGGERS,
    COUNT_VIEWS,
    COUNTED,
    OUTCOME_VIEWS,
    RECENT_VIEWS,
    SELECT_HEALTH,
    STORY_VIEWS,
    VIEWS,
)

migrations = Migrations("lagebild")


def _table(
    db: Database, name: str, columns: str, *, pk: str | tuple[str, ...] = "id", keys: dict[str, str] | None = None
) -> None:
    """A STRICT table; `columns` reads "name TYPE, …", a ! behind the type is NOT NULL; `keys` names foreign tables."""
    pairs = [column.split() for column in columns.split(",")]
    db.table(name).create(
        {column: kind.rstrip("!") for column, kind in pairs},
        pk=pk,
        not_null={column for column, kind in pairs if kind.endswith("!")},
        foreign_keys=[(column, table, "id") for column, table in (keys or {}).items()],
        strict=True,
    )


def _index(db: Database, table: str, *columns: str, unique: bool = False) -> None:
    db.table(table).create_index(columns, unique=unique)


@migrations()
def m001_sources(db: Database) -> None:
    """What is read, and every look at it."""
    _table(
        db,
        "sources",
        "id TEXT, name TEXT!, publisher TEXT, sector TEXT, kind TEXT!, url TEXT!, homepage TEXT, language TEXT!,"
        "country TEXT!, enabled INTEGER!",
    )
    _table(
        db,
        "polls",
        "id INTEGER, source_id TEXT!, at TEXT!, outcome TEXT!, status INTEGER, entries INTEGER!, new_entries INTEGER!,"
        "known_share REAL, seconds REAL!, bytes INTEGER!, error TEXT, etag TEXT, last_modified TEXT, next_at TEXT!",
        keys={"source_id": "sources"},
    )
    _index(db, "polls", "source_id", "at")


@migrations()
def m002_articles(db: Database) -> None:
    """Articles, their texts apart from them, and what stood there before a change."""
    _table(
        db,
        "articles",
        "id INTEGER, source_id TEXT!, url TEXT!, title TEXT!, teaser TEXT, published_at TEXT, first_seen_at TEXT!,"
        "updated_at TEXT, authors TEXT, origin TEXT, kind TEXT!, text_state TEXT!, words INTEGER!, duplicate_of INTEGER",
        keys={"source_id": "sources", "duplicate_of": "articles"},
    )
    _index(db, "articles", "url", unique=True)
    _index(db, "articles", "source_id", "published_at")
    _index(db, "articles", "published_at")
    _index(db, "articles", "first_seen_at")
    _index(db, "articles", "duplicate_of")
    article = {"article_id": "articles"}
    _table(db, "article_texts", "article_id INTEGER, text TEXT!, content_hash TEXT!", pk="article_id", keys=article)
    _index(db, "article_texts", "content_hash")
    db.table("article_texts").enable_fts(
        ["text"], fts_version="FTS5", create_triggers=True, tokenize="unicode61 remove_diacritics 2"
    )
    columns = "article_id INTEGER!, number INTEGER!, seen_at TEXT!, title TEXT!, text TEXT!"
    _table(db, "article_versions", columns, pk=("article_id", "number"), keys=article)


@migrations()
def m003_entries(db: Database) -> None:
    """What sources offered (and what became of it), and one row per request for an article."""
    _table(
        db,
        "entries",
        "url TEXT, source_id TEXT!, guid TEXT, title TEXT, teaser TEXT, text TEXT, published_at TEXT, updated_at TEXT,"
        "authors TEXT, first_seen_at TEXT!, outcome TEXT!, tries INTEGER!, next_at TEXT, article_id INTEGER",
        pk="url",
        keys={"source_id": "sources", "article_id": "articles"},
    )
    _index(db, "entries", "outcome", "next_at")
    _index(db, "entries", "article_id")
    _index(db, "entries", "source_id", "outcome")
    _table(
        db,
        "fetches",
        "id INTEGER, article_id INTEGER, url TEXT!, at TEXT!, outcome TEXT!, status INTEGER, bytes INTEGER!,"
        "seconds REAL!, error TEXT, archive TEXT",
        keys={"article_id": "articles"},
    )
    _index(db, "fetches", "url")
    _index(db, "fetches", "at")
    _index(db, "fetches", "article_id")


@migrations()
def m004_vocabulary(db: Database) -> None:
    """Organisations with their other names, and incident types."""
    _table(
        db,
        "organisations",
        "id TEXT, name TEXT!, sector TEXT!, legal_form TEXT, wikidata TEXT, successor_id TEXT",
        keys={"successor_id": "organisations"},
    )
    _table(
        db,
        "organisation_aliases",
        "alias TEXT!, organisation_id TEXT!",
        pk=("alias", "organisation_id"),
        keys={"organisation_id": "organisations"},
    )
    _index(db, "organisation_aliases", "organisation_id")
    _table(db, "incident_types", "id TEXT, name_de TEXT!, description_de TEXT!, veris TEXT, rsit TEXT")


@migrations()
def m005_analyses(db: Database) -> None:
    """What the model found: names, organisations with roles, types with evidence, facts."""
    article = {"article_id": "articles"}
    organisation = article | {"organisation_id": "organisations"}
    _table(
        db,
        "analyses",
        "article_id INTEGER, model TEXT!, at TEXT!, status TEXT!, language TEXT!, content_hash TEXT!, grouped_at TEXT",
        pk="article_id",
        keys=article,
    )
    _index(db, "analyses", "grouped_at")
    span = "start INTEGER!, end INTEGER!"
    columns = f"id INTEGER, article_id INTEGER!, {span}, label TEXT!, surface TEXT!, organisation_id TEXT"
    _table(db, "mentions", columns, keys=organisation)
    _index(db, "mentions", "article_id")
    _index(db, "mentions", "organisation_id")
    columns = f"article_id INTEGER!, organisation_id TEXT!, role TEXT!, mentions INTEGER!, {span}"
    _table(db, "article_organisations", columns, pk=("article_id", "organisation_id"), keys=organisation)
    _index(db, "article_organisations", "organisation_id", "role")
    columns = f"article_id INTEGER!, type_id TEXT!, rank INTEGER!, score REAL!, {span}"
    types = article | {"type_id": "incident_types"}
    _table(db, "article_types", columns, pk=("article_id", "type_id", "start"), keys=types)
    _index(db, "article_types", "type_id")
    _table(db, "article_facts", f"id INTEGER, article_id INTEGER!, kind TEXT!, value TEXT!, {span}", keys=article)
    _index(db, "article_facts", "article_id")
    _index(db, "article_facts", "kind", "value")


@migrations()
def m006_incidents(db: Database) -> None:
    """Incidents, the articles that tell of them, and the keys by which articles on the same event are found."""
    _table(
        db,
        "incidents",
        "id INTEGER, slug TEXT!, title TEXT!, first_seen_at TEXT!, last_seen_at TEXT!, status TEXT!, affected INTEGER,"
        "main_type TEXT!, articles INTEGER!, sources INTEGER!",
        keys={"main_type": "incident_types"},
    )
    _index(db, "incidents", "slug", unique=True)
    _index(db, "incidents", "last_seen_at")
    _index(db, "incidents", "main_type")
    _table(
        db,
        "incident_articles",
        "article_id INTEGER, incident_id INTEGER!",
        pk="article_id",
        keys={"article_id": "articles", "incident_id": "incidents"},
    )
    _index(db, "incident_articles", "incident_id")
    keys = {"article_id": "articles"}
    _table(db, "article_keys", "key TEXT!, article_id INTEGER!", pk=("key", "article_id"), keys=keys)
    _index(db, "article_keys", "article_id")


@migrations()
def m007_deliveries(db: Database) -> None:
    """Reservations against text and data mining; who wants the digest, what was put together, what was sent."""
    columns = "id INTEGER, host TEXT!, checked_at TEXT!, found_in TEXT!, wording TEXT, rule TEXT"
    _table(db, "reservations", columns)
    _index(db, "reservations", "host")
    _table(db, "subscriptions", "id INTEGER, address TEXT!, name TEXT, created_at TEXT!, paused INTEGER!")
    _index(db, "subscriptions", "address", unique=True)
    _table(db, "digests", "id INTEGER, date TEXT!, created_at TEXT!, subject TEXT!, text TEXT!, html TEXT!")
    _index(db, "digests", "date", unique=True)
    columns = "id INTEGER, digest_id INTEGER!, subscription_id INTEGER!, state TEXT!, at TEXT!, error TEXT"
    _table(db, "deliveries", columns, keys={"digest_id": "digests", "subscription_id": "subscriptions"})
    _index(db, "deliveries", "digest_id", "subscription_id", unique=True)


@migrations()
def m008_views(db: Database) -> None:
    """What people and several parts of the program ask again and again."""
    for name, sql in VIEWS.items():
        db.create_view(name, sql)


@migrations()
def m009_outcomes(db: Database) -> None:
    """What became of every entry, when a source is asked again and why, what hosts say, where raw pages lie."""
    _columns(
        db,
        "polls",
        "known_entries INTEGER!, changed_entries INTEGER!, repeated_entries INTEGER!, filtered_entries INTEGER!,"
        "gap INTEGER!, failures INTEGER!, interval INTEGER, usual_gap INTEGER, ttl INTEGER, skip_hours TEXT,"
        "skip_days TEXT, body_hash TEXT, moved_to TEXT, moved_times INTEGER!",
    )
    _columns(db, "entries", "text_hash TEXT, etag TEXT, last_modified TEXT, look_again_at TEXT")
    # few entries wait and few articles are reprints: small indexes find them; some nobody asked
    db.execute("drop index idx_entries_outcome_next_at")
    db.execute("drop index idx_entries_source_id_outcome")
    db.execute("create index entries_waiting on entries (source_id) where outcome = 'waiting'")
    db.execute("create index entries_look_again on entries (look_again_at) where look_again_at is not null")
    db.execute("drop index idx_entries_article_id")
    db.execute("drop index idx_article_texts_content_hash")
    db.execute("drop index idx_articles_duplicate_of")
    db.execute("create index articles_duplicate_of on articles (duplicate_of) where duplicate_of is not null")
    db.execute(f"create index entries_came_out on entries (source_id, {CAME_OUT})")
    db.execute("create index polls_gaps on polls (source_id, at) where gap")
    _columns(db, "fetches", "tries INTEGER!, note TEXT, archive_offset INTEGER")
    _columns(db, "reservations", "url TEXT, first_seen_at TEXT")
    _index(db, "reservations", "host", "found_in", "wording", unique=True)
    columns = "id INTEGER, source_id TEXT!, at TEXT!, change TEXT!, url TEXT!, to_url TEXT"
    _table(db, "source_changes", columns, keys={"source_id": "sources"})
    _index(db, "source_changes", "source_id")
    _table(db, "site_rules", "origin TEXT, at TEXT!, robots TEXT, tdmrep TEXT", pk="origin")
    for name, sql in OUTCOME_VIEWS.items():
        db.create_view(name, sql, replace=True)


@migrations()
def m010_search(db: Database) -> None:
    """New texts are put into the search index by the program, many at once; changed and deleted ones as before."""
    db.execute("drop trigger article_texts_ai")


@migrations()
def m011_select(db: Database) -> None:
    """Pages without what `select` of their source names."""
    _columns(db, "fetches", "missed TEXT")
    db.execute("create index fetches_missed on fetches (at) where missed is not null")
    db.create_view("source_health", SELECT_HEALTH, replace=True)


def _columns(db: Database, table: str, columns: str) -> None:
    """More columns for a table; a ! behind the type is NOT NULL with 0 for the rows that are there."""
    for column, kind in (pair.split() for pair in columns.split(",")):
        db.table(table).add_column(column, kind.rstrip("!"), not_null_default=0 if kind.endswith("!") else None)


@migrations()
def m012_pins(db: Database) -> None:
    """What analysts decided: the incident an article belongs to, or that it belongs to none."""
    columns = "article_id INTEGER, incident_id INTEGER, by TEXT!, at TEXT!, why TEXT"
    keys = {"article_id": "articles", "incident_id": "incidents"}
    _table(db, "incident_pins", columns, pk="article_id", keys=keys)
    _index(db, "incident_pins", "incident_id")


@migrations()
def m013_stories(db: Database) -> None:
    """What each article was first to say, incidents that became part of others, and which articles are alike.

    All articles are grouped anew; numbers and slugs of incidents stay.
    """
    columns = "id INTEGER, incident_id INTEGER!, article_id INTEGER!, kind TEXT!, value TEXT!, organisation_id TEXT"
    keys = {"incident_id": "incidents", "article_id": "articles", "organisation_id": "organisations"}
    _table(db, "incident_news", columns, keys=keys)
    for column in keys:
        _index(db, "incident_news", column)
    _index(db, "incident_news", "kind", "value", "organisation_id", "incident_id", "article_id")
    columns = "incident_id INTEGER, slug TEXT!, to_id INTEGER, at TEXT!"
    _table(db, "incident_redirects", columns, pk="incident_id", keys={"to_id": "incidents"})
    _index(db, "incident_redirects", "to_id")
    _columns(db, "analyses", "roundup INTEGER!")
    db.table("article_keys").drop()
    # The two tables with most rows: the rows are the index, which sqlite-utils cannot say. A key is a hash, `at` seconds.
    db.execute(
        "create table article_keys (key INTEGER NOT NULL, at INTEGER NOT NULL, article_id INTEGER NOT NULL"
        " references articles(id), primary key (key, at, article_id)) strict, without rowid"
    )
    _index(db, "article_keys", "article_id")
    db.execute(
        "create table article_links (article_id INTEGER NOT NULL references articles(id), earlier_id INTEGER NOT NULL"
        " references articles(id), likeness REAL NOT NULL, primary key (article_id, earlier_id)) strict, without rowid"
    )
    _index(db, "article_links", "earlier_id")
    db.execute("update analyses set grouped_at = null")
    for name, sql in STORY_VIEWS.items():
        db.create_view(name, sql, replace=True)


@migrations()
def m014_forms(db: Database) -> None:
    """Texts by the stems of their words and of the parts of compounds; places that texts name.

    The index keeps no texts. A row of it is never changed: an article that is indexed anew gets a new one.
    """
    columns = "id INTEGER, article_id INTEGER!, content_hash TEXT!, version INTEGER!"
    _table(db, "search_documents", columns, keys={"article_id": "articles"})
    _index(db, "search_documents", "article_id", unique=True)
    db.execute("create virtual table search_forms using fts5 (title, text, content='')")
    db.execute("create index mentions_places on mentions (surface collate nocase, article_id) where label = 'LOC'")
    for name, sql in RECENT_VIEWS.items():
        db.create_view(name, sql, replace=True)


@migrations()
def m015_corrections(db: Database) -> None:
    """What analysts decided about what stands in articles."""
    columns = "id INTEGER, article_id INTEGER!, kind TEXT!, organisation_id TEXT, value TEXT!, quote TEXT"
    keys = {"article_id": "articles", "organisation_id": "organisations"}
    _table(db, "corrections", f"{columns}, by TEXT!, at TEXT!, why TEXT", keys=keys)
    _index(db, "corrections", "article_id")


@migrations()
def m016_large(db: Database) -> None:
    """Counts of organisations that are kept up, and indexes and views for a million articles."""
    counts = "articles INTEGER!, incidents INTEGER!, as_affected INTEGER!, as_processor INTEGER!, as_attacker INTEGER!"
    _table(
        db,
        "organisation_counts",
        "organisation_id TEXT",
        pk="organisation_id",
        keys={"organisation_id": "organisations"},
    )
    _columns(db, "organisation_counts", f"{counts}, as_authority INTEGER!")
    db.execute(COUNTED)
    for name, sql in COUNT_TRIGGERS.items():
        db.execute(f"create trigger {name} {sql}")
    _index(db, "organisation_counts", "articles")
    _index(db, "organisation_counts", "incidents")
    _index(db, "article_organisations", "organisation_id", "article_id")
    _index(db, "articles", "source_id", "first_seen_at", "text_state")
    db.execute("drop index idx_articles_source_id_published_at")
    for column in ("status", "affected", "first_seen_at"):
        _index(db, "incidents", column)
    db.execute("create index incidents_years on incidents (substr(first_seen_at, 1, 4), main_type, status)")
    _index(db, "incident_news", "organisation_id", "kind", "incident_id", "value")
    _index(db, "incident_news", "incident_id", "kind")
    for column in ("organisation_id", "incident_id"):
        db.execute(f"drop index idx_incident_news_{column}")
    _index(db, "incidents", "main_type", "last_seen_at")
    db.execute("drop index idx_incidents_main_type")
    _index(db, "article_versions", "article_id", "seen_at")
    db.execute("create index analyses_roundups on analyses (article_id) where roundup")
    changed = {name: VIEWS[name] for name in ("article_list", "incident_list")} | {"source_health": SELECT_HEALTH}
    for name, sql in (changed | COUNT_VIEWS | RECENT_VIEWS).items():
        db.create_view(name, sql, replace=True)


@migrations()
def m017_trouble(db: Database) -> None:
    """Why a source needs attention, where anybody can ask for it."""
    db.create_view("source_health", SELECT_HEALTH, replace=True)
