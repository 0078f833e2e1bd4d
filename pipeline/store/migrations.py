"""The tables and views of Lagebild, step by step. A step that has landed is never changed.

Imports nothing but sqlite-utils, so that `sqlite-utils migrate` can run it as well.
"""

from sqlite_utils import Migrations
from sqlite_utils.db import Database

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
    for name, sql in _VIEWS.items():
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
    for name, sql in _OUTCOME_VIEWS.items():
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
    db.create_view("source_health", _SELECT_HEALTH, replace=True)


def _columns(db: Database, table: str, columns: str) -> None:
    """More columns for a table; a ! behind the type is NOT NULL with 0 for the rows that are there."""
    for column, kind in (pair.split() for pair in columns.split(",")):
        db.table(table).add_column(column, kind.rstrip("!"), not_null_default=0 if kind.endswith("!") else None)


_VIEWS = {
    "article_list": """
        select a.id, a.title, a.published_at, s.name as source, a.source_id, a.kind, an.status,
               (select group_concat(name_de, ', ') from (
                  select t.name_de from article_types at join incident_types t on t.id = at.type_id
                  where at.article_id = a.id group by t.id order by min(at.rank))) as types,
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

# When an entry came out, or was first seen if that is earlier: feeds announce and err.
CAME_OUT = "min(coalesce(published_at, first_seen_at), first_seen_at)"

_OUTCOME_VIEWS = {
    # Rhythm: of the last 200 times of entries in 180 days; a silence is odd if it is longer than any of them.
    "source_health": f"""
        with rhythms as (
          select s.id as source_id,
                 (select json_array(max(at), max(gap), avg(gap) filter (where gap > 0), sum(gap)) from (
                    select at, julianday(at) - julianday(lag(at) over (order by at)) as gap from (
                      select {CAME_OUT} as at from entries e
                      where e.source_id = s.id
                        and {CAME_OUT} > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-180 days')
                      order by {CAME_OUT} desc limit 200))) as told
          from sources s),
        rhythm as (
          select source_id, json_extract(told, '$[0]') as last_at, json_extract(told, '$[1]') as longest,
                 json_extract(told, '$[2]') as usual, json_extract(told, '$[3]') as span,
                 julianday('now') - julianday(json_extract(told, '$[0]')) as silent
          from rhythms)
        select s.id, s.name, s.kind, s.enabled, p.at as last_poll_at,
               (select at from polls p where p.source_id = s.id and p.outcome in ('ok', 'unchanged')
                order by at desc limit 1) as last_success_at,
               p.outcome as last_outcome, p.error as last_error, p.next_at,
               (select count(*) from articles a where a.source_id = s.id) as articles,
               (select max(first_seen_at) from articles a where a.source_id = s.id) as last_article_at,
               (select count(*) from entries e indexed by entries_waiting
                where e.source_id = s.id and e.outcome = 'waiting') as waiting,
               (select round(avg(a.text_state <> 'full'), 2) from articles a where a.source_id = s.id)
                 as short_text_share,
               r.last_at as last_entry_at, round(7 / r.usual, 2) as per_week, round(r.silent, 2) as silent_days,
               coalesce(r.silent > max(1.5 * r.longest, 3 * r.usual) + iif(r.span < 14, 3, 0.5), 0) as silent,
               (select count(*) from polls p where p.source_id = s.id and p.outcome not in ('ok', 'unchanged')
                 and p.at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')) as failed_polls_7d,
               (select count(*) from polls p where p.source_id = s.id and p.gap
                 and p.at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')) as gaps_7d,
               (select max(at) from polls p where p.source_id = s.id and p.gap) as last_gap_at,
               (select change from source_changes c where c.source_id = s.id order by id desc limit 1) as change,
               (select to_url from source_changes c where c.source_id = s.id order by id desc limit 1) as moved_to
        from sources s
        left join polls p on p.id = (select id from polls where source_id = s.id order by at desc, id desc limit 1)
        left join rhythm r on r.source_id = s.id""",
    # Entries that were known as they are get no row in fetches; polls count them.
    "entry_outcomes": """
        select source_id, date(at) as day, 'known' as outcome, sum(known_entries) as entries
        from polls group by source_id, day having sum(known_entries)
        union all
        select source_id, date(at), 'repeated', sum(repeated_entries)
        from polls group by source_id, date(at) having sum(repeated_entries)
        union all
        select source_id, date(at), 'filtered', sum(filtered_entries)
        from polls group by source_id, date(at) having sum(filtered_entries)
        union all
        select e.source_id, date(f.at), f.outcome, count(*)
        from fetches f join entries e on e.url = f.url group by e.source_id, date(f.at), f.outcome""",
}

_SELECT_HEALTH = f"""
    select h.*,
           (select count(*) from fetches f join entries e on e.url = f.url
            where f.missed is not null and f.at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')
              and e.source_id = h.id) as select_misses_7d,
           (select max(f.at) from fetches f join entries e on e.url = f.url
            where f.missed is not null and e.source_id = h.id) as last_select_miss_at
    from ({_OUTCOME_VIEWS["source_health"]}) h"""


@migrations()
def m012_pins(db: Database) -> None:
    """What analysts decided: the incident an article belongs to, or that it belongs to none."""
    columns = "article_id INTEGER, incident_id INTEGER, by TEXT!, at TEXT!, why TEXT"
    keys = {"article_id": "articles", "incident_id": "incidents"}
    _table(db, "incident_pins", columns, pk="article_id", keys=keys)
    _index(db, "incident_pins", "incident_id")
