"""The parts of the stage one by one: characters, addresses, dates, names, endings, encodings."""

import json
import unicodedata
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.extract import extract
from pipeline.extract.address import canonical, cleaned
from pipeline.extract.authors import names_in, people_and_houses
from pipeline.extract.clean import joined, line
from pipeline.extract.dates import BERLIN, moment
from pipeline.extract.decode import decode
from pipeline.extract.structured import metas, structured
from pipeline.extract.title import places, site_names, title


@given(st.text())
def test_a_line_is_composed_has_single_spaces_and_stays_as_it_is_when_cleaned_again(text):
    once = line(text)
    assert line(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not set(once) & {"\n", "\xa0", "\xad", "\u200b", "\x00"}
    assert "  " not in once


@given(st.lists(st.text()))
def test_paragraphs_are_separated_by_exactly_one_empty_line(parts):
    text = joined(parts)
    assert "\n\n\n" not in text
    assert joined(text.split("\n\n")) == text


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://a.example/x?utm_source=rss&id=7&fbclid=zz#teil", "https://a.example/x?id=7"),
        ("HTTPS://A.Example:443/Pfad?wt_mc=a.b", "https://a.example/Pfad"),
        ("http://a.example:8080/?gclid=1", "http://a.example:8080/"),
        ("https://a.example/ä b", "https://a.example/%C3%A4%20b"),
        ("https://a.example/f%C3%BCr!5/?q=1,2", "https://a.example/f%C3%BCr!5/?q=1,2"),
        ("https://a.example/?utm=1&empty=", "https://a.example/?utm=1&empty="),
        ("http://[::1", "http://[::1"),
        ("mailto:a@a.example", "mailto:a@a.example"),
    ],
)
def test_an_address_loses_fragment_and_tracking_only(given_url, expected):
    assert cleaned(given_url) == expected


@given(st.text())
def test_an_address_cleaned_twice_is_the_same(text):
    once = cleaned("https://a.example/" + text)
    assert cleaned(once) == once
    assert "#" not in urlsplit(once).path


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ("/neu/artikel.html", "https://www.a.example/neu/artikel.html"),
        ("https://a.example/neu?utm_medium=x", "https://a.example/neu"),
        ("https://www.a.example/", "https://www.a.example/tief/artikel"),
        ("https://www.a.example/tief/", "https://www.a.example/tief/artikel"),
        ("https://b.example/neu", "https://www.a.example/tief/artikel"),
        ("https://www.a.example:8443/neu", "https://www.a.example/tief/artikel"),
        ("javascript:alert(1)", "https://www.a.example/tief/artikel"),
        ("", "https://www.a.example/tief/artikel"),
    ],
)
def test_a_canonical_address_is_believed_on_the_same_site_and_below_its_front_page(claimed, expected):
    tree = html.document_fromstring(f"<html><head><link rel='canonical' href='{claimed}'></head><body>x</body></html>")
    assert canonical(tree, {}, "https://www.a.example/tief/artikel?utm_source=rss#x") == expected


ARTICLE = "https://www.a.example/tief/artikel-123.html"


@pytest.mark.parametrize(
    ("view", "link", "expected"),
    [
        ("https://www.a.example/tief/artikel-123/amp", "/tief/artikel-123", "https://www.a.example/tief/artikel-123"),
        ("https://www.a.example/tief/artikel-123/print/", "", "https://www.a.example/tief/artikel-123"),
        ("https://amp.a.example/tief/artikel-123.html", ARTICLE, ARTICLE),
        ("https://www.a.example/tief/artikel-123.amp.html", "", ARTICLE),
        ("https://www.a.example/amp/tief/artikel-123.html", "", ARTICLE),
        (f"{ARTICLE}?print=true", "", ARTICLE),
        (f"{ARTICLE}?id=7&view=druckansicht", "", f"{ARTICLE}?id=7"),
        (f"{ARTICLE}?view=liste", "", f"{ARTICLE}?view=liste"),
        ("https://www.a.example/angebot/print", "/angebot/print", "https://www.a.example/angebot/print"),
        ("https://www.a.example/amp", "", "https://www.a.example/amp"),
        ("http://[::1", "", "http://[::1"),
    ],
)
def test_views_for_telephones_and_printers_have_the_address_of_the_article(view, link, expected):
    head = f"<link rel='canonical' href='{link}'>" if link else ""
    tree = html.document_fromstring(f"<html><head>{head}</head><body>x</body></html>")
    assert canonical(tree, {}, view) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12. November 2026", "2026-11-12T00:00+00:00"),
        ("Bonn, 9. März 2025, 8:05 Uhr", "2025-03-09T08:05+01:00"),
        ("Stand: 03.11.2026, 10:15 Uhr", "2026-11-03T10:15+01:00"),
        ("03.07.2026 | 10:15", "2026-07-03T10:15+02:00"),
        ("(17.02.10) - Zum Sicherheitsleck", "2010-02-17T00:00+00:00"),
        ("2026-07-01T10:00:00Z", "2026-07-01T10:00+00:00"),
        ("2026-07-01T10:00:00.123+0200", "2026-07-01T10:00+02:00"),
        ("2026-07-01 10:00", "2026-07-01T10:00+02:00"),
        ("Tue, 03 Nov 2026 10:15:00 +0100", "2026-11-03T10:15+01:00"),
        ("Fri Apr 28 19:20:36 CEST 2023", "2023-04-28T19:20:36+02:00"),
    ],
)
def test_a_date_is_read_as_germans_write_it(text, expected):
    found = moment(text)
    assert found is not None
    assert found.at == datetime.fromisoformat(expected)
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "31.02.2026", "Version 10.2.3", "13. Monat 2026", "0.0.0000", "gestern", "1.234.567 Euro"]
)
def test_what_is_no_date_is_none(text):
    assert moment(text) is None


@given(st.builds(datetime.combine, st.dates(date(1990, 1, 2), date(2100, 1, 1)), st.times(), st.just(BERLIN)))
def test_a_written_date_is_read_back_to_the_minute(value):
    value = value.replace(second=0, microsecond=0, fold=0)
    expected = value.astimezone(UTC)
    for pattern in ("%d.%m.%Y, %H:%M Uhr", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"):
        found = moment(value.strftime(pattern))
        assert found is not None
        assert (found.at, found.exact) == (expected, True)


@given(st.dates(min_value=date(1990, 1, 2), max_value=date(2100, 1, 1)))
def test_a_day_is_the_same_day_in_utc_and_in_berlin(day):
    found = moment(f"{day.day}.{day.month}.{day.year}")
    assert found is not None
    assert found.at.date() == found.at.astimezone(BERLIN).date() == day


@given(st.text())
def test_no_text_breaks_the_reading_of_dates(text):
    moment(text)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Von Eva Muster und Jan Beispiel"], ("Eva Muster", "Jan Beispiel")),
        (["Eva Muster, dpa", "eva muster"], ("Eva Muster", "dpa")),
        (["Autorin: Eva Muster (Redaktion)", "redaktion@zeitung.example"], ("Eva Muster",)),
        (["https://social.example/zeitung", "", "Text: Jan Beispiel"], ("Jan Beispiel",)),
        (["Eva Muster und Jan Beispiel, Wiesbaden"], ("Eva Muster", "Jan Beispiel")),
        (["Kurier-Redakteurin Eva Muster", "webadmin"], ("Eva Muster",)),
    ],
)
def test_names_are_told_from_what_stands_around_them(texts, expected):
    assert names_in(texts) == expected


def test_people_are_told_from_the_houses_that_publish():
    names = ("Eva Muster", "Auenkasse", "Verband der Auenkassen", "Klinikum Nord gGmbH", "Dr. Jan van Beispiel")
    people, houses = people_and_houses(names, frozenset({"auenkasse"}))
    assert people == ("Eva Muster", "Dr. Jan van Beispiel")
    assert houses == ("Auenkasse", "Verband der Auenkassen", "Klinikum Nord gGmbH")


def test_an_author_that_json_ld_only_points_to_is_found_in_the_graph():
    people = [
        {"@type": "Person", "@id": "#a", "name": "Eva Muster"},
        {"@type": "Person", "@id": "#b", "name": "Jan Beispiel"},
    ]
    article = {"@type": "NewsArticle", "headline": "Vorfall", "author": [{"@id": "#a"}, {"@id": "#b"}, {"@id": "#c"}]}
    script = f"<script type='application/ld+json'>{json.dumps({'@graph': [article, *people]})}</script>"
    assert structured(html.document_fromstring(script)).authors == ("Eva Muster", "Jan Beispiel")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("„Öffnung“ – für alle".encode("cp1252"), "text/html; charset=ISO-8859-1"),
        ("<meta charset='latin1'>„Öffnung“ – für alle".encode("cp1252"), None),
        ("„Öffnung“ – für alle".encode("cp1252"), "text/html; charset=utf-8"),
        ("„Öffnung“ – für alle".encode(), "text/html; charset=ISO-8859-1"),
        ("„Öffnung“ – für alle".encode("utf-16"), "text/html"),
        ("„Öffnung“ – für alle".encode("utf-8-sig"), None),
        ("„Öffnung“ – für alle".encode("cp1252"), "text/html; charset=hex"),
    ],
)
def test_umlauts_and_quotes_survive_every_usual_mislabelling(body, content_type):
    assert decode(body, content_type).endswith("„Öffnung“ – für alle")


def test_numbers_of_characters_are_read_as_browsers_do(page):
    body = "<h1>&#132;Panne&#148; &#150; die &#x4b;asse&#1; warnt&#xFFFE;&#xD800;</h1><p>Ein&#0; Satz &#228;.</p>"
    article = extract(page(body))
    assert article.title == "„Panne” – die Kasse warnt"
    assert article.text == "Ein Satz ä."


def test_the_name_of_the_site_is_no_part_of_the_title():
    tree = html.document_fromstring(
        "<html><head><title>Angriff auf Klinik - Tageblatt.example</title></head><body>x</body>"
    )
    said, declared = structured(tree), metas(tree)
    names = site_names(said, declared, "tageblatt.example")
    assert title(tree, places(tree, said, declared), names) == "Angriff auf Klinik"
