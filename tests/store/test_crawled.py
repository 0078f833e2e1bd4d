from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.records import Article, Entry, Fetched, Page, Polled, Source, Validators
from pipeline.store import crawled

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


def fetched(entry=ENTRY, outcome="ok", at=NOW):
    page = Page(entry=entry, url=entry.url, body=b"", content_type=None, at=at) if outcome == "ok" else None
    return Fetched(url=entry.url, at=at, outcome=outcome, page=page)


def rows(db, table):
    return list(db.table(table).rows)


def test_an_entry_waits_from_the_poll_on_until_it_is_fetched(db):
    assert crawled.save_poll(db, polled(ENTRY), NOW) == 1
    assert crawled.waiting(db, [SOURCE], NOW) == [(SOURCE, ENTRY)]
    assert crawled.save_fetched(db, fetched(), ARTICLE) == "new"
    assert crawled.waiting(db, [SOURCE], NOW) == []
    [article] = rows(db, "articles")
    assert (article["authors"], article["words"], article["first_seen_at"]) == ("A; B", 2, "2026-11-20T08:00:00Z")
    assert rows(db, "article_texts")[0]["text"] == "Meldung\n\nEin Satz."


def test_a_second_round_adds_nothing(db):
    for _ in range(2):
        new = crawled.save_poll(db, polled(ENTRY), NOW)
    assert new == 0
    assert rows(db, "polls")[1]["known_share"] == 1.0
    crawled.save_fetched(db, fetched(), ARTICLE)
    crawled.save_poll(db, polled(ENTRY), NOW)
    assert crawled.waiting(db, [SOURCE], None) == []


def test_a_source_is_due_when_its_time_has_come_and_is_asked_with_what_its_server_gave(db):
    assert list(crawled.due(db, [SOURCE], NOW)) == [(SOURCE, Validators())]
    crawled.save_poll(db, polled(), NOW + timedelta(minutes=30))
    assert list(crawled.due(db, [SOURCE], NOW)) == []
    expected = [(SOURCE, Validators(etag='"1"'))]
    assert list(crawled.due(db, [SOURCE], NOW + timedelta(minutes=30))) == expected
    assert list(crawled.due(db, [SOURCE], None)) == expected


def test_what_passes_is_tried_again_later_and_what_does_not_is_final(db):
    crawled.save_poll(db, polled(ENTRY), NOW)
    assert crawled.save_fetched(db, fetched(outcome="http_503"), None) == "waiting"
    assert crawled.waiting(db, [SOURCE], NOW) == []
    assert crawled.waiting(db, [SOURCE], NOW + timedelta(minutes=5)) == [(SOURCE, ENTRY)]
    assert crawled.save_fetched(db, fetched(outcome="http_404"), None) == "http_404"
    assert crawled.waiting(db, [SOURCE], None) == []
    assert [row["outcome"] for row in rows(db, "fetches")] == ["http_503", "http_404"]


def test_even_what_passes_ends_after_twelve_tries(db):
    crawled.save_poll(db, polled(ENTRY), NOW)
    words = [crawled.save_fetched(db, fetched(outcome="timeout"), None) for _ in range(12)]
    assert words == ["waiting"] * 11 + ["timeout"]


def test_an_edited_article_becomes_a_version_and_waits_for_analysis(db):
    crawled.save_poll(db, polled(ENTRY), NOW)
    crawled.save_fetched(db, fetched(), ARTICLE)
    edited = replace(ENTRY, title="Meldung, ergänzt")
    crawled.save_poll(db, polled(edited), NOW)
    assert crawled.waiting(db, [SOURCE], NOW) == [(SOURCE, edited)]
    later = NOW + timedelta(hours=2)
    change = replace(ARTICLE, title="Meldung, ergänzt", text="Zwei Sätze. Wirklich.")
    assert crawled.save_fetched(db, fetched(at=later), change) == "changed"
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
    crawled.save_poll(db, polled(ENTRY), NOW)
    crawled.save_fetched(db, fetched(), ARTICLE)
    assert crawled.save_fetched(db, fetched(), replace(ARTICLE, text="", text_state="consent")) == "known"
    assert rows(db, "article_texts")[0]["text"] == "Meldung\n\nEin Satz."


def test_two_pages_that_claim_one_canonical_address_are_both_kept(db):
    second = replace(ENTRY, url="https://amt.example/2", title="Andere Meldung")
    crawled.save_poll(db, polled(ENTRY, second), NOW)
    crawled.save_fetched(db, fetched(), ARTICLE)
    crawled.save_fetched(db, fetched(second), replace(ARTICLE, title="Andere Meldung", text="Anderer Satz."))
    assert [row["url"] for row in rows(db, "articles")] == ["https://amt.example/1", "https://amt.example/2"]


def test_one_article_behind_two_addresses_is_stored_once(db):
    second = replace(ENTRY, url="https://amt.example/1?utm_source=rss")
    crawled.save_poll(db, polled(ENTRY, second), NOW)
    assert crawled.save_fetched(db, fetched(), ARTICLE) == "new"
    assert crawled.save_fetched(db, fetched(second), ARTICLE) == "known"
    assert [row["article_id"] for row in rows(db, "entries")] == [1, 1]


def test_the_search_index_follows_the_text(db):
    crawled.save_poll(db, polled(ENTRY), NOW)
    crawled.save_fetched(db, fetched(), ARTICLE)
    crawled.save_fetched(db, fetched(), replace(ARTICLE, text="Ganz neu."))
    found = [len(list(db.table("article_texts").search(word))) for word in ("satz", "neu")]
    assert found == [0, 1]
