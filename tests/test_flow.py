"""The whole flow, from the sample newsroom to mail and web page."""

import email
import email.policy
from collections import defaultdict
from datetime import datetime

import pytest
import pytest_asyncio

from pipeline import analyse, crawling, grouping, run
from pipeline.browse.serve import application
from pipeline.config import load_settings, resources
from pipeline.demo import serve_newsroom, walk
from pipeline.demo.newsroom import read_newsroom
from pipeline.schedule import BERLIN
from pipeline.store import open_store

TODAY = datetime.now(BERLIN).date()
SAMPLE = resources() / "data" / "sample"


@pytest.fixture(scope="module")
def nlp():
    return analyse.load(load_settings().model)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(tmp_path_factory, nlp):
    """The demo, done once: settings, findings, and what the newsroom was asked for."""
    folder = tmp_path_factory.mktemp("demo")
    settings = load_settings(db=folder / "lagebild.db", archive=folder / "archive", allow_private=True)
    async with serve_newsroom(SAMPLE, day=TODAY) as newsroom:
        findings = await walk(newsroom, settings, nlp, TODAY)
        before = newsroom.requests.copy()
        with run.open_database(settings) as db:
            again = await crawling.crawl_round(db, settings, _sources(newsroom), everything=True)
            run.analyse_round(db, nlp)
            grouping.group_round(db)
        urls = {article.id: newsroom.url(article) for article in read_newsroom(SAMPLE).articles}
        yield settings, findings, again, newsroom.requests - before, urls


def _sources(newsroom):
    from pipeline.sources import parse

    return parse(newsroom.sources_yaml(), "newsroom")


def _query(settings, sql, *args):
    with open_store(settings.db) as db:
        return list(db.query(sql, args))


def test_every_article_of_the_newsroom_is_stored_once(walked):
    settings, _, _, _, urls = walked
    stored = [row["url"] for row in _query(settings, "select url from articles")]
    assert len(stored) == len(set(stored)) == len(urls) == 50


def test_every_entry_ended_in_one_outcome_that_is_found_in_fetches(walked):
    settings, _, _, _, _ = walked
    lost = _query(settings, "select url from entries where url not in (select url from fetches)")
    assert lost == []
    outcomes = {r["outcome"]: r["n"] for r in _query(settings, "select outcome, count(*) n from entries group by 1")}
    assert outcomes == {"new": 49, "changed": 1, "refused_robots": 1}


def test_what_robots_txt_closes_was_not_asked_for(walked):
    assert not [path for path in walked[3] if "/intern" in path]


def test_a_further_round_adds_nothing_and_asks_for_no_article(walked):
    _, _, again, asked, _ = walked
    assert set(again.entries) <= {"known"}
    assert not [path for path in asked if any(word in path for word in ("artikel", "news/", "meldung"))]


def test_the_edited_article_has_two_versions(walked):
    settings, _, _, _, urls = walked
    [version] = _query(
        settings, "select a.url, v.number from article_versions v join articles a on a.id = v.article_id"
    )
    assert version == {"url": urls["rechenwerk-edited-a"], "number": 1}


def test_paywall_consent_and_old_encoding_are_understood(walked):
    settings, _, _, _, urls = walked
    rows = {row["url"]: row for row in _query(settings, "select * from articles join article_texts on article_id = id")}
    assert rows[urls["o-theater"]]["text_state"] == "paywall"
    assert rows[urls["o-gesundheitsladen"]]["text_state"] == "consent"
    old = rows[urls["o-beitragsurteil"]]["text"]
    assert "ä" in old
    assert "Ã" not in old
    assert "\N{REPLACEMENT CHARACTER}" not in old


def test_dates_and_titles_are_those_of_the_newsroom(walked):
    settings, _, _, _, urls = walked
    rows = {row["url"]: row for row in _query(settings, "select url, title, published_at from articles")}
    wrong = []
    for article in read_newsroom(SAMPLE).articles:
        row = rows[urls[article.id]]
        day = row["published_at"] and datetime.fromisoformat(row["published_at"]).astimezone(BERLIN).date()
        if article.state != "consent" and day != article.published(TODAY).date():
            wrong.append((article.id, row["published_at"]))
    assert wrong == []


def test_offsets_point_at_what_they_say(walked):
    settings = walked[0]
    rows = _query(settings, "select m.*, t.text from mentions m join article_texts t using (article_id)")
    assert len(rows) > 200
    assert all(row["text"][row["start"] : row["end"]] == row["surface"] for row in rows)


def test_every_story_is_one_incident_with_all_its_articles_and_nothing_else(walked):
    settings, _, _, _, urls = walked
    rows = _query(
        settings, "select a.url, ia.incident_id from articles a left join incident_articles ia on ia.article_id = a.id"
    )
    incident_of = {row["url"]: row["incident_id"] for row in rows}
    stories, found = defaultdict(set), defaultdict(set)
    for article in read_newsroom(SAMPLE).articles:
        if article.story:
            stories[article.story].add(article.id)
        if incident := incident_of[urls[article.id]]:
            found[incident].add(article.id)
    assert [sorted(articles) for articles in stories.values() if articles not in found.values()] == []


def test_round_ups_belong_to_no_incident(walked):
    settings, _, _, _, urls = walked
    marked = _query(settings, "select a.url from analyses an join articles a on a.id = an.article_id where an.roundup")
    assert {row["url"] for row in marked} == {urls["o-taetigkeitsbericht"]}


def test_reprints_are_known_as_such(walked):
    settings, _, _, _, urls = walked
    rows = _query(settings, "select a.url, o.url as original from articles a join articles o on o.id = a.duplicate_of")
    expected = {urls[a.id]: urls[a.reprint_of] for a in read_newsroom(SAMPLE).articles if a.reprint_of}
    assert {row["url"]: row["original"] for row in rows} == expected


def test_the_digest_is_a_mail_that_names_an_incident(walked):
    _, findings, *_ = walked
    eml, html = sorted(findings.digest)
    mail = email.message_from_bytes(eml.read_bytes(), policy=email.policy.default)
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == "leserin@example.org"
    assert any(line.title[:30] in text.replace("\n", " ") for line in findings.incidents)
    assert "<html" in html.read_text(encoding="utf-8")


@pytest.mark.asyncio(loop_scope="module")
async def test_the_pages_show_what_was_found(walked):
    settings, findings, *_ = walked
    ds = application(settings.db, resources() / "metadata.yml")
    await ds.invoke_startup()
    try:
        start = await ds.client.get("/")
        assert start.status_code == 200
        incident = findings.incidents[0]
        page = await ds.client.get(f"/vorfall/{incident.id}-x", follow_redirects=True)
        assert page.status_code == 200
        article = await ds.client.get("/artikel/1")
        assert "<mark" in article.text
    finally:
        for database in ds.databases.values():
            database.close()
