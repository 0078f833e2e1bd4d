from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.extract import same_text
from pipeline.records import (
    Article,
    Due,
    Entry,
    Fetched,
    Page,
    Past,
    Place,
    Polled,
    Reservation,
    SiteRules,
    Source,
    Validators,
)
from pipeline.store import crawled, hosts
from pipeline.store import fetched as fetching

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
SOURCE = Source(id="amt", name="Amt", kind="rss", url="https://amt.example/feed")
OTHER = Source(id="bote", name="Bote", kind="rss", url="https://bote.example/feed")
ENTRY = Entry(source_id="amt", url="https://amt.example/1", title="Meldung", published_at=NOW)
ARTICLE = Article(source_id="amt", url="https://amt.example/1", title="Meldung", text="Ein Satz.", authors=("A", "B"))


@pytest.fixture
def db(db):
    crawled.save_sources(db, [SOURCE, OTHER])
    return db


def polled(*entries, at=NOW, **changes):
    values = {"source_id": "amt", "at": at, "outcome": "ok", "entries": entries, "validators": Validators(etag='"1"')}
    return Polled(**values | changes)


def fetched(entry=ENTRY, outcome="ok", at=NOW, **changes):
    page = Page(entry=entry, url=entry.url, body=b"", content_type=None, at=at) if outcome == "ok" else None
    return Fetched(**{"url": entry.url, "at": at, "outcome": outcome, "page": page, "tries": 1} | changes)


def look(db, done, next_at=NOW):
    """Writes a look down; what of its entries was new, changed, known."""
    with db.atomic():
        seen = crawled.save_entries(db, done)
        crawled.save_poll(db, done, seen, Past(interval=timedelta(hours=1)), next_at=next_at, gap=False)
    return len(seen.new), len(seen.changed), seen.known


def store(db, done, article=None):
    [word] = fetching.save_fetched(db, [(done, article)], same_text)
    return word


def waiting(db, now=NOW, *, everything=False, sources=(SOURCE,)):
    return crawled.waiting_pages(db, sources, now, everything=everything)


def rows(db, table):
    return list(db.table(table).rows)


def test_an_entry_waits_from_the_poll_on_until_it_is_fetched(db):
    assert look(db, polled(ENTRY)) == (1, 0, 0)
    assert waiting(db) == [ENTRY.url]
    assert store(db, fetched(), ARTICLE) == "new"
    assert waiting(db) == []
    [article] = rows(db, "articles")
    assert (article["authors"], article["words"], article["first_seen_at"]) == ("A; B", 2, "2026-11-20T08:00:00Z")
    assert rows(db, "article_texts")[0]["text"] == "Meldung\n\nEin Satz."


def test_a_second_round_adds_nothing(db):
    for _ in range(2):
        seen = look(db, polled(ENTRY))
    assert seen == (0, 0, 1)
    assert rows(db, "polls")[1]["known_share"] == 1.0
    store(db, fetched(), ARTICLE)
    look(db, polled(ENTRY))
    assert waiting(db, everything=True) == []


def test_a_source_is_due_when_its_time_has_come_and_is_asked_with_what_its_server_gave(db):
    assert list(crawled.due(db, [SOURCE], NOW)) == [Due(source=SOURCE)]
    look(db, polled(), NOW + timedelta(minutes=30))
    assert list(crawled.due(db, [SOURCE], NOW)) == []
    expected = [Due(source=SOURCE, validators=Validators(etag='"1"'), past=Past(interval=timedelta(hours=1)))]
    assert list(crawled.due(db, [SOURCE], NOW + timedelta(minutes=30))) == expected
    assert list(crawled.due(db, [SOURCE], None)) == expected


def test_what_passes_is_tried_again_later_and_what_does_not_is_final(db):
    look(db, polled(ENTRY))
    assert store(db, fetched(outcome="http_503")) == "waiting"
    assert waiting(db) == []
    assert waiting(db, NOW + timedelta(minutes=5)) == [ENTRY.url]
    assert store(db, fetched(outcome="http_404")) == "http_404"
    assert waiting(db, everything=True) == []
    assert [row["outcome"] for row in rows(db, "fetches")] == ["http_503", "http_404"]


def test_even_what_passes_ends_after_forty_rounds(db):
    look(db, polled(ENTRY))
    words = [store(db, fetched(outcome="timeout")) for _ in range(40)]
    assert words == ["waiting"] * 39 + ["timeout"]


def test_an_edited_article_becomes_a_version_and_waits_for_analysis(db):
    look(db, polled(ENTRY))
    store(db, fetched(), ARTICLE)
    edited = replace(ENTRY, title="Meldung, ergänzt")
    look(db, polled(edited))
    assert waiting(db) == []  # at most once an hour
    assert waiting(db, NOW + timedelta(hours=1)) == [ENTRY.url]
    assert crawled.entry(db, ENTRY.url).title == "Meldung, ergänzt"
    later = NOW + timedelta(hours=2)
    change = replace(ARTICLE, title="Meldung, ergänzt", text="Zwei Sätze. Wirklich.")
    assert store(db, fetched(at=later), change) == "changed"
    assert rows(db, "article_versions") == [
        {
            "article_id": 1,
            "number": 1,
            "seen_at": "2026-11-20T08:00:00Z",
            "title": "Meldung",
            "text": "Meldung\n\nEin Satz.",
        }
    ]
    assert rows(db, "article_texts")[0]["text"] == "Meldung, ergänzt\n\nZwei Sätze. Wirklich."
    assert rows(db, "articles")[0]["updated_at"] == "2026-11-20T10:00:00Z"


def test_a_text_is_not_lost_to_a_consent_page(db):
    look(db, polled(ENTRY))
    store(db, fetched(), ARTICLE)
    assert store(db, fetched(), replace(ARTICLE, text="", text_state="consent")) == "known"
    assert rows(db, "article_texts")[0]["text"] == "Meldung\n\nEin Satz."


def test_two_pages_that_claim_one_canonical_address_are_both_kept(db):
    second = replace(ENTRY, url="https://amt.example/2", title="Andere Meldung")
    look(db, polled(ENTRY, second))
    store(db, fetched(), ARTICLE)
    store(db, fetched(second), replace(ARTICLE, title="Andere Meldung", text="Anderer Satz."))
    assert [row["url"] for row in rows(db, "articles")] == ["https://amt.example/1", "https://amt.example/2"]


def test_one_article_behind_two_addresses_is_stored_once(db):
    second = replace(ENTRY, url="https://amt.example/1?utm_source=rss")
    look(db, polled(ENTRY, second))
    assert store(db, fetched(), ARTICLE) == "new"
    assert store(db, fetched(second), ARTICLE) == "known"
    assert [row["article_id"] for row in rows(db, "entries")] == [1, 1]


def test_the_search_index_follows_the_text(db):
    look(db, polled(ENTRY))
    store(db, fetched(), ARTICLE)
    store(db, fetched(), replace(ARTICLE, text="Ganz neu."))
    found = [len(list(db.table("article_texts").search(word))) for word in ("satz", "neu")]
    assert found == [0, 1]


def test_the_search_index_is_whole_where_a_text_comes_and_changes_at_once(db):
    second = replace(ENTRY, url="https://amt.example/1?utm_source=rss")
    look(db, polled(ENTRY, second))
    read = [(fetched(), ARTICLE), (fetched(second), replace(ARTICLE, text="Ganz neu."))]
    assert fetching.save_fetched(db, read, same_text) == {"new": 1, "changed": 1}
    db.execute("insert into article_texts_fts (article_texts_fts, rank) values ('integrity-check', 1)")
    found = [len(list(db.table("article_texts").search(word))) for word in ("satz", "neu")]
    assert found == [0, 1]


def test_an_article_is_looked_at_again_after_two_hours_a_day_and_a_week(db):
    look(db, polled(ENTRY))
    store(db, fetched(validators=Validators(etag='"a"')), ARTICLE)
    assert waiting(db, everything=True) == []
    times = []
    for hours in range(1, 24 * 9):
        now = NOW + timedelta(hours=hours)
        if waiting(db, now):
            assert crawled.entry(db, ENTRY.url).validators.etag == '"a"'
            times.append(hours)
            unchanged = fetched(outcome="unchanged", at=now, validators=Validators(etag='"a"'))
            assert store(db, unchanged) == "known"
    assert times == [2, 24, 168]


def test_a_second_look_that_fails_takes_nothing_back(db):
    look(db, polled(ENTRY))
    store(db, fetched(), ARTICLE)
    later = NOW + timedelta(hours=3)
    assert store(db, fetched(outcome="http_404", at=later)) == "http_404"
    assert (rows(db, "entries")[0]["outcome"], rows(db, "articles")[0]["title"]) == ("new", "Meldung")
    assert waiting(db, NOW + timedelta(hours=23)) == []
    assert waiting(db, NOW + timedelta(hours=24)) == [ENTRY.url]


def test_counters_and_adverts_make_no_version(db):
    look(db, polled(ENTRY))
    store(db, fetched(), ARTICLE)
    assert store(db, fetched(), replace(ARTICLE, text="Ein Satz.\n\n12 Kommentare")) == "known"
    assert rows(db, "article_versions") == []


def test_a_page_out_of_an_archive_takes_nothing_back(db):
    look(db, polled(ENTRY))
    store(db, fetched(), ARTICLE)
    older = fetched(at=NOW - timedelta(days=3), tries=0)
    assert store(db, older, replace(ARTICLE, text="Älterer Satz.")) == "known"
    assert rows(db, "article_texts")[0]["text"] == "Meldung\n\nEin Satz."


def test_the_text_of_an_entry_is_kept_only_while_it_waits_and_a_changed_one_waits_again(db):
    source = replace(SOURCE, text="entry")
    carried = replace(ENTRY, text="<p>Ein Satz.</p>")

    def batches():
        return list(crawled.waiting_carried(db, [source], NOW, everything=False, size=10))

    look(db, polled(carried))
    assert batches() == [[carried]]
    store(db, fetched(carried, tries=0), ARTICLE)
    assert rows(db, "entries")[0]["text"] is None
    assert look(db, polled(carried)) == (0, 0, 1)
    assert batches() == []
    assert look(db, polled(replace(carried, text="<p>Zwei Sätze.</p>"))) == (0, 1, 0)
    assert [entry.text for [entry] in batches()] == ["<p>Zwei Sätze.</p>"]


def test_a_source_that_has_moved_or_is_gone_is_so_until_the_sources_file_says_otherwise(db):
    crawled.note_change(db, SOURCE, "moved", NOW, "https://amt.example/neu")
    assert crawled.current(db, [SOURCE, OTHER]) == [replace(SOURCE, url="https://amt.example/neu"), OTHER]
    crawled.note_change(db, SOURCE, "gone", NOW)
    assert [source.enabled for source in crawled.current(db, [SOURCE, OTHER])] == [False, True]
    edited = replace(SOURCE, url="https://amt.example/anders")
    assert crawled.current(db, [edited]) == [edited]
    crawled.note_change(db, SOURCE, "back", NOW)
    assert crawled.current(db, [SOURCE]) == [replace(SOURCE, url="https://amt.example/neu")]


def test_a_request_is_found_in_the_archive_until_its_file_is_thrown_away(db):
    look(db, polled(ENTRY))
    store(db, fetched(archive=Place(file="a.warc.gz", offset=7)), ARTICLE)
    assert (rows(db, "fetches")[0]["archive"], rows(db, "fetches")[0]["archive_offset"]) == ("a.warc.gz", 7)
    fetching.forget_archive(db, ["a.warc.gz"])
    assert rows(db, "fetches")[0]["archive"] is None


def test_what_hosts_say_is_known_for_a_day_and_reservations_for_good(db):
    rules = SiteRules(origin="https://amt.example", at=NOW, robots="User-agent: *", tdmrep=None)
    hosts.save_rules(db, [rules], NOW)
    assert list(hosts.known_rules(db, NOW + timedelta(hours=23))) == [rules]
    assert list(hosts.known_rules(db, NOW + timedelta(hours=24))) == []
    found = Reservation(host="amt.example", at=NOW, found_in="meta", wording="tdm-reservation: 1", url=ENTRY.url)
    hosts.save_reservations(db, [found], "withheld")
    hosts.save_reservations(db, [replace(found, at=NOW + timedelta(days=9))], "withheld")
    [row] = rows(db, "reservations")
    assert (row["first_seen_at"], row["checked_at"]) == ("2026-11-20T08:00:00Z", "2026-11-29T08:00:00Z")


def test_source_health_tells_a_silence_that_is_longer_than_usual(db):
    def entries(source, ages):
        now = datetime.now(UTC)
        found = [Entry(source_id=source, url=f"{source}{age}", published_at=now - timedelta(days=age)) for age in ages]
        look(db, polled(*found, source_id=source, at=now))

    entries("amt", range(40, 9, -2))  # every second day, then nothing for ten
    entries("bote", range(40, 1, -2))
    health = {row["id"]: row for row in db.query("select * from source_health")}
    assert (health["amt"]["silent"], health["bote"]["silent"]) == (1, 0)
    assert health["amt"]["per_week"] == pytest.approx(3.5)
    assert health["amt"]["silent_days"] == pytest.approx(10, abs=0.1)
