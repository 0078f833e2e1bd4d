"""When a page says it was published, and when changed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract import extract
from pipeline.extract.dates import BERLIN, ago

AT = datetime(2026, 11, 15, 12, tzinfo=UTC)  # 13:00 in Berlin
PROSE = "<p>Die Kasse hat den Vorfall am Freitag gemeldet und alle Zugänge zum Portal gesperrt.</p>" * 4


def read(page, line, **entry):
    found = extract(page(f"<html><body><h1>Vorfall bei einer Kasse</h1>{line}{PROSE}</body></html>", at=AT, **entry))
    return tuple(when and when.astimezone(BERLIN).isoformat()[:16] for when in (found.published_at, found.updated_at))


@pytest.mark.parametrize(
    ("line", "published", "updated"),
    [
        ("<p>03.11.2026, 17:20 Uhr</p>", "2026-11-03T17:20", None),
        ("<p>Veröffentlicht: 03.11.2026 | Aktualisiert: 04.11.2026, 9.05 Uhr</p>", "2026-11-03T01:00", "2026-11-04T09:05"),
        ("<p>Aktualisiert am 4. November 2026 – veröffentlicht am 3. November 2026</p>", "2026-11-03T01:00", "2026-11-04T01:00"),
        ("<p><span>Aktualisiert:</span> <span>04.11.2026</span></p><p>03.11.2026</p>", "2026-11-03T01:00", "2026-11-04T01:00"),
        ("<p>Aktualisiert <time datetime='2026-11-04T08:00:00Z'>gestern</time></p><p>3.11.26</p>", "2026-11-03T01:00", None),
        ("<p>Gedruckt am 12.11.2026</p><p>Pressemitteilung vom 3. Nov. 2026</p>", "2026-11-03T01:00", None),
        ("<p>Stand: 03.11.2026</p>", "2026-11-03T01:00", None),
        ("<p>Jänner 2026 war ruhig.</p><p>Wien, 3. Jänner 2026</p>", "2026-01-03T01:00", None),
        ("<p>vor 3 Stunden</p>", "2026-11-15T10:00", None),
        ("<p>gestern, 18:05 Uhr</p>", "2026-11-14T18:05", None),
        ("<p>Aktualisiert: vor 2 Tagen</p><p>10.11.2026</p>", "2026-11-10T01:00", "2026-11-13T01:00"),
        ("<p>16.11.2026</p><p>03.11.2026</p>", "2026-11-03T01:00", None),
        ("<p>01.02.1985</p>", None, None),
    ],
)  # fmt: skip
def test_published_and_updated_are_told_apart(page, line, published, updated):
    assert read(page, line) == (published, updated)


def test_a_date_that_may_be_the_day_of_a_change_gives_way_to_the_printed_one(page):
    head = "<head><meta name='date' content='2026-11-10T08:12:44+01:00'></head>"
    told = (
        f"<html>{head}<body><h1>Vorfall bei einer Kasse</h1><p>Pressemitteilung vom 03.11.2026</p>{PROSE}</body></html>"
    )
    assert extract(page(told, at=AT)).published_at == datetime(2026, 11, 3, tzinfo=UTC)
    alone = told.replace("<p>Pressemitteilung vom 03.11.2026</p>", "")
    assert extract(page(alone, at=AT)).published_at == datetime(2026, 11, 10, 7, 12, 44, tzinfo=UTC)


def test_the_dates_of_other_articles_in_a_list_beside_are_not_taken(page):
    others = "<aside><ul><li><time>01.10.2026</time> Anderes</li><li><time>02.10.2026</time> Drittes</li></ul></aside>"
    told = f"<main><p>4. November 2026, 10:12</p><h1>Vorfall bei einer Kasse</h1>{PROSE}{others}</main>"
    assert extract(page(told, at=AT)).published_at == datetime(2026, 11, 4, 9, 12, tzinfo=UTC)


def test_a_date_that_markup_calls_updated_is_no_day_of_publication(page):
    told = f"<h1>Vorfall bei einer Kasse</h1><span class='updated hidden'>2026-11-05T09:10</span><span>30. Oktober 2026</span>{PROSE}"
    found = extract(page(told, at=AT))
    assert (found.published_at, found.updated_at) == (
        datetime(2026, 10, 30, tzinfo=UTC),
        datetime(2026, 11, 5, 8, 10, tzinfo=UTC),
    )


def test_the_headline_near_which_dates_are_looked_for_is_the_article_s(page):
    menu = "".join(f"<p>Punkt {n}</p>" for n in range(60))
    told = f"<meta property='og:title' content='Vorfall bei einer Kasse'><h1>Amt für Sicherheit</h1>{menu}<h2>Vorfall bei einer Kasse</h2><p>15.09.2026 - Letzte Woche</p>{PROSE}"
    changed = "<p>Letzte Änderung 22.09.2026</p>"
    assert extract(page(told + changed, at=AT)).published_at == datetime(2026, 9, 15, tzinfo=UTC)


def test_a_day_in_the_address_is_taken_where_nothing_else_gives_one(page):
    body = f"<html><body><h1>Vorfall bei einer Kasse</h1>{PROSE}</body></html>"
    dated = page(body, url="https://zeitung.example/2026/11/03/vorfall.html", at=AT)
    assert extract(dated).published_at == datetime(2026, 11, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "offset"), [("2026-03-29", 2), ("2026-03-28", 1), ("2026-10-24", 2), ("2026-10-25", 1), ("2026-07-01", 2)]
)
def test_summer_time_in_berlin_is_counted_where_no_zone_is_given(page, day, offset):
    found = extract(page(f"<h1>Vorfall</h1><time datetime='{day}T12:00'>x</time>{PROSE}", at=AT))
    assert found.published_at == datetime.fromisoformat(f"{day}T12:00+0{offset}:00")


@pytest.mark.parametrize(
    "text", ["vor 3 Jahren", "vor 3 Stunden brach ein Feuer aus", "heute ist ein guter Tag", "gestern Nacht", "vor"]
)
def test_prose_is_no_date(text):
    assert ago(text, AT) is None


@given(st.integers(0, 999), st.sampled_from(["Minuten", "Stunden", "Tagen", "Wochen"]))
def test_an_age_never_lies_in_the_future(number, unit):
    found = ago(f"vor {number} {unit}", AT)
    assert found is not None
    assert found.at <= AT


@given(st.text())
def test_no_text_breaks_the_reading_of_ages(text):
    ago(text, AT)
