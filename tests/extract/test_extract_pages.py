"""Stored page beside expected record."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ExtractError
from pipeline.extract import extract
from pipeline.records import Select

PAGES = Path(__file__).parent.parent / "data" / "extract"


@pytest.fixture
def stored(page):
    return lambda name: read(page, name)


def read(page, name):
    expected = json.loads((PAGES / f"{name}.json").read_text("utf-8"))
    told = expected["page"]
    body = (PAGES / f"{name}.html").read_bytes()
    return page(body, url=told["url"], content_type=told["content_type"], **told["entry"]), expected["article"]


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
def test_a_stored_page_becomes_the_record_beside_it(name, stored):
    given, expected = stored(name)
    article = extract(given)
    found = {key: getattr(article, key) for key in expected if key != "paragraphs"}
    found["authors"] = list(article.authors)
    found |= {key: found[key] and found[key].isoformat() for key in ("published_at", "updated_at")}
    found["paragraphs"] = article.text.split("\n\n") if article.text else []
    assert found == expected
    assert article.source_id == "probe"


def test_extracting_twice_gives_the_same_article(stored):
    given, _ = stored("news_json_ld")
    assert extract(given) == extract(given)


def test_what_a_page_declares_goes_before_what_the_feed_said(stored):
    given, expected = stored("news_json_ld")
    entry = replace(given.entry, title="Anders", published_at=datetime(2020, 1, 1, tzinfo=UTC), authors=("Wer Anders",))
    assert extract(replace(given, entry=entry)).title == expected["title"]
    assert extract(replace(given, entry=entry)).authors == tuple(expected["authors"])


def test_the_part_that_a_source_names_is_the_text(page):
    body = (
        "<h1>Titel der Meldung</h1><div class='a'>Dies nicht.</div><div class='b'><p>Nur dies.</p><p>Und das.</p></div>"
    )
    assert extract(page(body, select={"body": "div.b"})).text == "Nur dies.\n\nUnd das."


@pytest.mark.parametrize("selector", ["div.gibtesnicht", "div[[", ":::"])
def test_a_selector_that_finds_nothing_leaves_the_page_to_the_usual_way(selector, stored):
    given, expected = stored("text_date")
    article = extract(replace(given, select=Select(body=selector)))
    assert article.missed == ("body",)
    assert article.text.split("\n\n") == expected["paragraphs"]


CHOOSING = """
<html><head><title>Falscher Titel</title><meta property="article:published_time" content="2026-11-03T08:00:00Z"></head>
<body><h1>Falscher Titel der Seite</h1><b class="t"> Richtiger&nbsp;<i>Titel</i> </b><i class="d">Redaktion</i>
<i class="d">5. November 2026, 9.30 Uhr</i><time class="e" datetime="2026-11-06T07:00:00+01:00">heute</time>
<div class="s"><p>Nur dies ist der Text der Meldung.</p></div></body></html>"""


@pytest.mark.parametrize(
    ("select", "field", "told"),
    [
        ({"title": ".t"}, "title", "Richtiger Titel"),
        ({"date": ".d"}, "published_at", datetime(2026, 11, 5, 8, 30, tzinfo=UTC)),
        ({"date": ".e"}, "published_at", datetime(2026, 11, 6, 6, tzinfo=UTC)),
        ({"body": ".s"}, "text", "Nur dies ist der Text der Meldung."),
    ],
)
def test_what_a_source_selects_wins(page, select, field, told):
    article = extract(page(CHOOSING, select=select))
    assert getattr(article, field) == told
    assert article.missed == ()
    assert getattr(extract(page(CHOOSING)), field) != told


def test_what_a_source_selects_in_vain_is_named_and_read_as_usual(page):
    selects = {"title": ".x", "date": ".t", "body": "td"}  # a title is no date
    article, usual = extract(page(CHOOSING, select=selects)), extract(page(CHOOSING))
    assert article.missed == ("title", "date", "body")
    assert replace(article, missed=()) == usual


def test_subheads_and_lists_between_paragraphs_are_kept(page):
    prose = "".join(
        f"<p>Satz {n} erklärt ausführlich, was die Kasse nach dem Vorfall getan hat und warum.</p>" for n in range(4)
    )
    facts = "<h3>Erste Maßnahmen</h3><ul><li>Der Zugang ist gesperrt.</li><li>Fachleute prüfen Protokolle.</li></ul>"
    adverts = "<ul><li><b>Fristen</b><br>Ein Zwischenruf zur Sprache der Verwaltung und zu Belehrungen.</li></ul>"
    html = f"<div><h1>Vorfall bei einer Kasse</h1><div>{prose}{facts}{prose}</div><div>{adverts * 3}</div></div>"
    text = extract(page(html)).text
    assert "\n\nErste Maßnahmen\n\nDer Zugang ist gesperrt.\nFachleute prüfen Protokolle.\n\n" in text


def test_a_page_built_of_boxes_is_read_from_the_first_to_the_last(page):
    def prose(n):
        return f"<p>Satz {n} erklärt ausführlich, was die Kasse nach dem Vorfall getan hat, warum und mit wem.</p>"

    boxes = [prose(1) + prose(2), f"<h3>Erste Maßnahmen</h3>{prose(3)}", prose(4), prose(5)]
    advert = (
        "<div class='box'><a href='/x'>Ein anderer Artikel über einen anderen Vorfall in einer anderen Stadt</a></div>"
    )
    body = "".join(f"<div class='box'><div class='text'>{box}</div></div>" for box in boxes)
    text = extract(page(f"<main><h1>Vorfall bei einer Kasse</h1><div>{body}{advert}</div></main>")).text
    assert [text.find(f"Satz {n} ") >= 0 for n in range(1, 6)] == [True] * 5
    assert "\n\nErste Maßnahmen\n\nSatz 3" in text
    assert "anderer Artikel" not in text


def test_names_of_files_and_accounts_do_not_break_a_sentence(page):
    listed = (
        "<ul><li>Konten <code>svc_a</code> und <code>svc_b</code></li><li>Dateien unter <code>/tmp/x</code></li></ul>"
    )
    prose = "<p>Wer den Port <kbd>9443</kbd> offen hat, soll ihn schließen und die Protokolle der letzten Wochen prüfen.</p>"
    text = extract(page(f"<article><h1>Lücke in einem Server</h1>{prose * 3}{listed}{prose}</article>")).text
    assert "Konten svc_a und svc_b\nDateien unter /tmp/x" in text
    assert "Port 9443 offen" in text


def test_whoever_sends_a_release_is_its_origin_and_not_its_author(page):
    head = "<head><meta name='author' content='Auenkasse'></head>"
    prose = (
        "<p>Die Auenkasse hat alle Versicherten angeschrieben und ihnen erklärt, welche Daten betroffen sind.</p>" * 4
    )
    contact = "<p>Pressekontakt: Eva Muster, Telefon 0000 12345</p>"
    body = f"<html>{head}<body><h1>Vorfall bei der Auenkasse</h1><p>Pressemitteilung</p>{prose}{contact}</body></html>"
    article = extract(page(body, url="https://auenkasse.example/presse/pressemitteilungen/vorfall"))
    assert (article.kind, article.authors, article.origin) == ("press_release", (), "Auenkasse")


def test_plain_text_becomes_an_article(page):
    body = "Störung im Rechenzentrum\r\n\r\nDas Rechenzentrum war zwei Stunden\r\nnicht erreichbar.\r\n\r\nUrsache war ein Brand."
    article = extract(page(body, content_type="text/plain; charset=utf-8"))
    assert article.title == "Störung im Rechenzentrum"
    assert article.text == "Das Rechenzentrum war zwei Stunden\nnicht erreichbar.\n\nUrsache war ein Brand."


def test_an_entry_that_breaks_off_is_a_teaser(page):
    article = extract(page("<p>Die Kasse meldet einen Vorfall …</p>", content_type="text/html; entry", title="Vorfall"))
    assert (article.text_state, article.text) == ("teaser", "Die Kasse meldet einen Vorfall …")


def test_a_walled_page_with_its_whole_text_is_full(stored):
    given, _ = stored("news_json_ld")
    walled = given.body.replace(b'"isAccessibleForFree": true', b'"isAccessibleForFree": false')
    long = walled.replace(b"<p>(dpa)</p>", b"<p>" + b"Dazu kommt noch ein weiterer Satz. " * 60 + b"</p>")
    assert extract(replace(given, body=walled)).text_state == "paywall"
    assert extract(replace(given, body=long)).text_state == "full"


def test_news_about_a_press_release_stays_news(page):
    text = "<p>Der Verband teilte in einer Pressemitteilung mit, dass die Systeme wieder laufen und keine Daten fehlen.</p>"
    assert extract(page(f"<h1>Systeme laufen wieder</h1>{text * 3}")).kind == "news"


@pytest.mark.parametrize("body", [b"", b"   \n", b"<html></html>", b"<!-- nichts -->", b"<script>var a = 1;</script>"])
def test_a_page_without_text_is_an_empty_article_under_the_title_of_its_entry(body, page):
    article = extract(page(body, title="Was der Feed sagt"))
    assert (article.title, article.text, article.text_state) == ("Was der Feed sagt", "", "empty")


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7 \x00\x01", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08\x00", bytes(range(1, 9)) * 50]
)
def test_a_body_that_is_no_text_is_an_error_that_names_the_address(body, page):
    with pytest.raises(ExtractError, match=r"^https://zeitung\.example/a/1: "):
        extract(page(body))
