"""The tables and views of Lagebild, step by step. A step that has landed is never changed.

Imports sqlite-utils, how tables are made and the texts of the views alone, so that `sqlite-utils migrate` can run it as well.
"""

from sqlite_utils import Migrations
from sqlite_utils.db import Database

from pipeline.store.tables import add_columns, add_index, add_table
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


@migrations()
def m001_sources(db: Database) -> None:
    """What is read, and every look at it."""
    add_table(
        db,
        "sources",
        "id TEXT, name TEXT!, publisher TEXT, sector TEXT, kind TEXT!, url TEXT!, homepage TEXT, language TEXT!,"
        "country TEXT!, enabled INTEGER!",
    )
    add_table(
        db,
        "polls",
        "id INTEGER, source_id TEXT!, at TEXT!, outcome TEXT!, status INTEGER, entries INTEGER!, new_entries INTEGER!,"
        "known_share REAL, seconds REAL!, bytes INTEGER!, error TEXT, etag TEXT, last_modified TEXT, next_at TEXT!",
        keys={"source_id": "sources"},
    )
    add_index(db, "polls", "source_id", "at")


@migrations()
def m002_articles(db: Database) -> None:
    """Articles, their texts apart from them, and what stood there before a change."""
    add_table(
        db,
        "articles",
        "id INTEGER, source_id TEXT!, url TEXT!, title TEXT!, teaser TEXT, published_at TEXT, first_seen_at TEXT!,"
        "updated_at TEXT, authors TEXT, origin TEXT, kind TEXT!, text_state TEXT!, words INTEGER!, duplicate_of INTEGER",
        keys={"source_id": "sources", "duplicate_of": "articles"},
    )
    add_index(db, "articles", "url", unique=True)
    add_index(db, "articles", "source_id", "published_at")
    add_index(db, "articles", "published_at")
    add_index(db, "articles", "first_seen_at")
    add_index(db, "articles", "duplicate_of")
    article = {"article_id": "articles"}
    add_table(db, "article_texts", "article_id INTEGER, text TEXT!, content_hash TEXT!", pk="article_id", keys=article)
    add_index(db, "article_texts", "content_hash")
    db.table("article_texts").enable_fts(
        ["text"], fts_version="FTS5", create_triggers=True, tokenize="unicode61 remove_diacritics 2"
    )
    columns = "article_id INTEGER!, number INTEGER!, seen_at TEXT!, title TEXT!, text TEXT!"
    add_table(db, "article_versions", columns, pk=("article_id", "number"), keys=article)


@migrations()
def m003_entries(db: Database) -> None:
    """What sources offered (and what became of it), and one row per request for an article."""
    add_table(
        db,
        "entries",
        "url TEXT, source_id TEXT!, guid TEXT, title TEXT, teaser TEXT, text TEXT, published_at TEXT, updated_at TEXT,"
        "authors TEXT, first_seen_at TEXT!, outcome TEXT!, tries INTEGER!, next_at TEXT, article_id INTEGER",
        pk="url",
        keys={"source_id": "sources", "article_id": "articles"},
    )
    add_index(db, "entries", "outcome", "next_at")
    add_index(db, "entries", "article_id")
    add_index(db, "entries", "source_id", "outcome")
    add_table(
        db,
        "fetches",
        "id INTEGER, article_id INTEGER, url TEXT!, at TEXT!, outcome TEXT!, status INTEGER, bytes INTEGER!,"
        "seconds REAL!, error TEXT, archive TEXT",
        keys={"article_id": "articles"},
    )
    add_index(db, "fetches", "url")
    add_index(db, "fetches", "at")
    add_index(db, "fetches", "article_id")


@migrations()
def m004_vocabulary(db: Database) -> None:
    """Organisations with their other names, and incident types."""
    add_table(
        db,
        "organisations",
        "id TEXT, name TEXT!, sector TEXT!, legal_form TEXT, wikidata TEXT, successor_id TEXT",
        keys={"successor_id": "organisations"},
    )
    add_table(
        db,
        "organisation_aliases",
        "alias TEXT!, organisation_id TEXT!",
        pk=("alias", "organisation_id"),
        keys={"organisation_id": "organisations"},
    )
    add_index(db, "organisation_aliases", "organisation_id")
    add_table(db, "incident_types", "id TEXT, name_de TEXT!, description_de TEXT!, veris TEXT, rsit TEXT")


@migrations()
def m005_analyses(db: Database) -> None:
    """What the model found: names, organisations with roles, types with evidence, facts."""
    article = {"article_id": "articles"}
    organisation = article | {"organisation_id": "organisations"}
    add_table(
        db,
        "analyses",
        "article_id INTEGER, model TEXT!, at TEXT!, status TEXT!, language TEXT!, content_hash TEXT!, grouped_at TEXT",
        pk="article_id",
        keys=article,
    )
    add_index(db, "analyses", "grouped_at")
    span = "start INTEGER!, end INTEGER!"
    columns = f"id INTEGER, article_id INTEGER!, {span}, label TEXT!, surface TEXT!, organisation_id TEXT"
    add_table(db, "mentions", columns, keys=organisation)
    add_index(db, "mentions", "article_id")
    add_index(db, "mentions", "organisation_id")
    columns = f"article_id INTEGER!, organisation_id TEXT!, role TEXT!, mentions INTEGER!, {span}"
    add_table(db, "article_organisations", columns, pk=("article_id", "organisation_id"), keys=organisation)
    add_index(db, "article_organisations", "organisation_id", "role")
    columns = f"article_id INTEGER!, type_id TEXT!, rank INTEGER!, score REAL!, {span}"
    types = article | {"type_id": "incident_types"}
    add_table(db, "article_types", columns, pk=("article_id", "type_id", "start"), keys=types)
    add_index(db, "article_types", "type_id")
    add_table(db, "article_facts", f"id INTEGER, article_id INTEGER!, kind TEXT!, value TEXT!, {span}", keys=article)
    add_index(db, "article_facts", "article_id")
    add_index(db, "article_facts", "kind", "value")


@migrations()
def m006_incidents(db: Database) -> None:
    """Incidents, the articles that tell of them, and the keys by which articles on the same event are found."""
    add_table(
        db,
        "incidents",
        "id INTEGER, slug TEXT!, title TEXT!, first_seen_at TEXT!, last_seen_at TEXT!, status TEXT!, affected INTEGER,"
        "main_type TEXT!, articles INTEGER!, sources INTEGER!",
        keys={"main_type": "incident_types"},
    )
    add_index(db, "incidents", "slug", unique=True)
    add_index(db, "incidents", "last_seen_at")
    add_index(db, "incidents", "main_type")
    add_table(
        db,
        "incident_articles",
        "article_id INTEGER, incident_id INTEGER!",
        pk="article_id",
        keys={"article_id": "articles", "incident_id": "incidents"},
    )
    add_index(db, "incident_articles", "incident_id")
    keys = {"article_id": "articles"}
    add_table(db, "article_keys", "key TEXT!, article_id INTEGER!", pk=("key", "article_id"), keys=keys)
    add_index(db, "article_keys", "article_id")


@migrations()
def m007_deliveries(db: Database) -> None:
    """Reservations against text and data mining; who wants the digest, what was put together, what was sent."""
    columns = "id INTEGER, host TEXT!, checked_at TEXT!, found_in TEXT!, wording TEXT, rule TEXT"
    add_table(db, "reservations", columns)
    add_index(db, "reservations", "host")
    add_table(db, "subscriptions", "id INTEGER, address TEXT!, name TEXT, created_at TEXT!, paused INTEGER!")
    add_index(db, "subscriptions", "address", unique=True)
    add_table(db, "digests", "id INTEGER, date TEXT!, created_at TEXT!, subject TEXT!, text TEXT!, html TEXT!")
    add_index(db, "digests", "date", unique=True)
    columns = "id INTEGER, digest_id INTEGER!, subscription_id INTEGER!, state TEXT!, at TEXT!, error TEXT"
    add_table(db, "deliveries", columns, keys={"digest_id": "digests", "subscription_id": "subscriptions"})
    add_index(db, "deliveries", "digest_id", "subscription_id", unique=True)


@migrations()
def m008_views(db: Database) -> None:
    """What people and several parts of the program ask again and again."""
    for name, sql in VIEWS.items():
        db.create_view(name, sql)


@migrations()
def m009_outcomes(db: Database) -> None:
    """What became of every entry, when a source is asked again and why, what hosts say, where raw pages lie."""
    add_columns(
        db,
        "polls",
        "known_entries INTEGER!, changed_entries INTEGER!, repeated_entries INTEGER!, filtered_entries INTEGER!,"
        "gap INTEGER!, failures INTEGER!, interval INTEGER, usual_gap INTEGER, ttl INTEGER, skip_hours TEXT,"
        "skip_days TEXT, body_hash TEXT, moved_to TEXT, moved_times INTEGER!",
    )
    add_columns(db, "entries", "text_hash TEXT, etag TEXT, last_modified TEXT, look_again_at TEXT")
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
    add_columns(db, "fetches", "tries INTEGER!, note TEXT, archive_offset INTEGER")
    add_columns(db, "reservations", "url TEXT, first_seen_at TEXT")
    add_index(db, "reservations", "host", "found_in", "wording", unique=True)
    columns = "id INTEGER, source_id TEXT!, at TEXT!, change TEXT!, url TEXT!, to_url TEXT"
    add_table(db, "source_changes", columns, keys={"source_id": "sources"})
    add_index(db, "source_changes", "source_id")
    add_table(db, "site_rules", "origin TEXT, at TEXT!, robots TEXT, tdmrep TEXT", pk="origin")
    for name, sql in OUTCOME_VIEWS.items():
        db.create_view(name, sql, replace=True)


@migrations()
def m010_search(db: Database) -> None:
    """New texts are put into the search index by the program, many at once; changed and deleted ones as before."""
    db.execute("drop trigger article_texts_ai")


@migrations()
def m011_select(db: Database) -> None:
    """Pages without what `select` of their source names."""
    add_columns(db, "fetches", "missed TEXT")
    db.execute("create index fetches_missed on fetches (at) where missed is not null")
    db.create_view("source_health", SELECT_HEALTH, replace=True)


@migrations()
def m012_pins(db: Database) -> None:
    """What analysts decided: the incident an article belongs to, or that it belongs to none."""
    columns = "article_id INTEGER, incident_id INTEGER, by TEXT!, at TEXT!, why TEXT"
    keys = {"article_id": "articles", "incident_id": "incidents"}
    add_table(db, "incident_pins", columns, pk="article_id", keys=keys)
    add_index(db, "incident_pins", "incident_id")


@migrations()
def m013_stories(db: Database) -> None:
    """What each article was first to say, incidents that became part of others, and which articles are alike.

    All articles are grouped anew; numbers and slugs of incidents stay.
    """
    columns = "id INTEGER, incident_id INTEGER!, article_id INTEGER!, kind TEXT!, value TEXT!, organisation_id TEXT"
    keys = {"incident_id": "incidents", "article_id": "articles", "organisation_id": "organisations"}
    add_table(db, "incident_news", columns, keys=keys)
    for column in keys:
        add_index(db, "incident_news", column)
    add_index(db, "incident_news", "kind", "value", "organisation_id", "incident_id", "article_id")
    columns = "incident_id INTEGER, slug TEXT!, to_id INTEGER, at TEXT!"
    add_table(db, "incident_redirects", columns, pk="incident_id", keys={"to_id": "incidents"})
    add_index(db, "incident_redirects", "to_id")
    add_columns(db, "analyses", "roundup INTEGER!")
    db.table("article_keys").drop()
    # The two tables with most rows: the rows are the index, which sqlite-utils cannot say. A key is a hash, `at` seconds.
    db.execute(
        "create table article_keys (key INTEGER NOT NULL, at INTEGER NOT NULL, article_id INTEGER NOT NULL"
        " references articles(id), primary key (key, at, article_id)) strict, without rowid"
    )
    add_index(db, "article_keys", "article_id")
    db.execute(
        "create table article_links (article_id INTEGER NOT NULL references articles(id), earlier_id INTEGER NOT NULL"
        " references articles(id), likeness REAL NOT NULL, primary key (article_id, earlier_id)) strict, without rowid"
    )
    add_index(db, "article_links", "earlier_id")
    db.execute("update analyses set grouped_at = null")
    for name, sql in STORY_VIEWS.items():
        db.create_view(name, sql, replace=True)


@migrations()
def m014_forms(db: Database) -> None:
    """Texts by the stems of their words and of the parts of compounds; places that texts name.

    The index keeps no texts. A row of it is never changed: an article that is indexed anew gets a new one.
    """
    columns = "id INTEGER, article_id INTEGER!, content_hash TEXT!, version INTEGER!"
    add_table(db, "search_documents", columns, keys={"article_id": "articles"})
    add_index(db, "search_documents", "article_id", unique=True)
    db.execute("create virtual table search_forms using fts5 (title, text, content='')")
    db.execute("create index mentions_places on mentions (surface collate nocase, article_id) where label = 'LOC'")
    for name, sql in RECENT_VIEWS.items():
        db.create_view(name, sql, replace=True)


@migrations()
def m015_corrections(db: Database) -> None:
    """What analysts decided about what stands in articles."""
    columns = "id INTEGER, article_id INTEGER!, kind TEXT!, organisation_id TEXT, value TEXT!, quote TEXT"
    keys = {"article_id": "articles", "organisation_id": "organisations"}
    add_table(db, "corrections", f"{columns}, by TEXT!, at TEXT!, why TEXT", keys=keys)
    add_index(db, "corrections", "article_id")


@migrations()
def m016_large(db: Database) -> None:
    """Counts of organisations that are kept up, and indexes and views for a million articles."""
    counts = "articles INTEGER!, incidents INTEGER!, as_affected INTEGER!, as_processor INTEGER!, as_attacker INTEGER!"
    add_table(
        db,
        "organisation_counts",
        "organisation_id TEXT",
        pk="organisation_id",
        keys={"organisation_id": "organisations"},
    )
    add_columns(db, "organisation_counts", f"{counts}, as_authority INTEGER!")
    db.execute(COUNTED)
    for name, sql in COUNT_TRIGGERS.items():
        db.execute(f"create trigger {name} {sql}")
    add_index(db, "organisation_counts", "articles")
    add_index(db, "organisation_counts", "incidents")
    add_index(db, "article_organisations", "organisation_id", "article_id")
    add_index(db, "articles", "source_id", "first_seen_at", "text_state")
    db.execute("drop index idx_articles_source_id_published_at")
    for column in ("status", "affected", "first_seen_at"):
        add_index(db, "incidents", column)
    db.execute("create index incidents_years on incidents (substr(first_seen_at, 1, 4), main_type, status)")
    add_index(db, "incident_news", "organisation_id", "kind", "incident_id", "value")
    add_index(db, "incident_news", "incident_id", "kind")
    for column in ("organisation_id", "incident_id"):
        db.execute(f"drop index idx_incident_news_{column}")
    add_index(db, "incidents", "main_type", "last_seen_at")
    db.execute("drop index idx_incidents_main_type")
    add_index(db, "article_versions", "article_id", "seen_at")
    db.execute("create index analyses_roundups on analyses (article_id) where roundup")
    changed = {name: VIEWS[name] for name in ("article_list", "incident_list")} | {"source_health": SELECT_HEALTH}
    for name, sql in (changed | COUNT_VIEWS | RECENT_VIEWS).items():
        db.create_view(name, sql, replace=True)


@migrations()
def m017_trouble(db: Database) -> None:
    """Why a source needs attention, where anybody can ask for it."""
    db.create_view("source_health", SELECT_HEALTH, replace=True)


@migrations()
def m018_editions(db: Database) -> None:
    """What became known when, who wants what of it, and how each mail went.

    What was told in digests before counts as the first edition.
    """
    add_table(db, "editions", "id INTEGER, at TEXT!")
    db.execute("insert into editions select 1, max(created_at) from digests having count(*)")
    seen = {"articles": "first_seen_at", "incident_news": "select first_seen_at from articles where id = article_id"}
    for name, at in seen.items():
        db.execute(f"alter table {name} add column edition_id INTEGER references editions(id)")
        db.execute(f"update {name} set edition_id = 1 where ({at}) <= (select at from editions)")
    add_index(db, "articles", "edition_id")
    add_index(db, "incident_news", "edition_id", "incident_id")
    selection = "sectors TEXT, types TEXT, sources TEXT, search TEXT, organisations TEXT, minimum_status TEXT, operator INTEGER!"
    rhythm = "frequency TEXT, weekday INTEGER!, hour INTEGER, empty INTEGER!, language TEXT, served_at TEXT, edition_id INTEGER!"
    alerts = "alerts_a_day INTEGER!, quiet_from INTEGER, quiet_until INTEGER, alert_edition_id INTEGER!"
    add_columns(db, "subscriptions", f"{selection},{rhythm},{alerts},paused_why TEXT, refusals INTEGER!")
    db.execute(
        "update subscriptions set minimum_status = 'none', frequency = 'daily', hour = 7, empty = 1, language = 'de',"
        " operator = 1, served_at = (select max(created_at) from digests), edition_id = (select count(*) from editions)"
    )
    db.execute("drop index idx_digests_date")
    add_columns(db, "digests", "kind TEXT, since_id INTEGER!, edition_id INTEGER!, selection TEXT, incidents INTEGER!")
    db.execute("update digests set kind = 'digest', selection = '{}', edition_id = 1")
    add_index(db, "digests", "date")
    add_index(db, "digests", "edition_id", "since_id")
    told = "digest_id INTEGER, incident_id INTEGER"
    add_table(db, "digest_incidents", told, pk=("digest_id", "incident_id"), keys={"digest_id": "digests"})
    add_index(db, "digest_incidents", "incident_id")
    add_columns(db, "deliveries", "tries INTEGER!, since TEXT, next_at TEXT")
    db.execute("update deliveries set state = 'waiting', since = at, next_at = at where state = 'failed'")
    db.execute("create index deliveries_open on deliveries (next_at) where state in ('waiting', 'sending')")
    add_table(db, "leases", "name TEXT, holder TEXT!, until TEXT!", pk="name")


@migrations()
def m019_service(db: Database) -> None:
    """How the jobs of the service went, and what must never come back."""
    add_table(db, "jobs", "name TEXT, began_at TEXT!, ended_at TEXT, well_at TEXT, error TEXT", pk="name")
    add_table(db, "tombstones", "hash TEXT, kind TEXT!, at TEXT!", pk="hash")
    add_index(db, "polls", "at", "outcome")
    add_index(db, "polls", "source_id")
    add_index(db, "deliveries", "at", "state")
    db.execute("create index analyses_again on analyses (article_id) where model = ''")
