"""The digest in words."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records import Digest, DigestLink, DigestOrganisation, News
from tests.deliver.samples import EMPTY, FULL, KASSE, KLINIK, PAGES, render

HOSTILE = [
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://a.example/" onclick="alert(1)',
    "https://a.example/\r\nBcc: x@y.example",
    "https://bank.example@evil.example/",
    "https://",
    "//a.example/",
    "https://[::1",
]


class Links(HTMLParser):
    """Collects tags, attributes and addresses."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.addresses = set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name in ("href", "src")]


def text_of(digest):
    return render(digest, browse_url=PAGES).text


def too_wide(text):
    return [line for line in text.splitlines() if len(line) > 72 and not re.fullmatch(r" *https?://\S+", line)]


def test_the_text_reads_well():
    assert text_of(FULL) == (
        """\
Lagebild, Freitag, 6. November 2026

1 neuer Vorfall, Neues zu 1 bekannten Vorfall und 1 weitere Meldung.

NEUE VORFÄLLE
=============

1. Hackerangriff legt Küstenklinik Dornum lahm, Notaufnahme bleibt bis
   auf Weiteres abgemeldet
   Ransomware · bestätigt · 340.000 Betroffene · 4 Quellen
   Küstenklinik Dornum gGmbH (betroffen), Ostwerk Rechenzentrum
   (Dienstleister), Staatsanwaltschaft Aurach (Strafverfolgung)
   – Dornumer Bote: Klinik nach Angriff auf Papier
     https://bote.example/klinik?a=1&b=2
   – Küstenklinik Dornum: Information für Patienten
     https://klinik.example/info
   https://lage.example/vorfall/12

NEUES ZU BEKANNTEN VORFÄLLEN
============================

1. Merkur BKK: Daten bei Dienstleister abgeflossen
   Datenabfluss · bestätigt · 12.750 Betroffene · 1 Quelle
   Merkur BKK (betroffen)
   Neu: jetzt bestätigt (vorher behauptet); jetzt 12.750 Betroffene
        (vorher 5.000); Bußgeld 90.000 €; auch betroffen: Saturn BKK und
        Venus BKK; eingeschaltet: Landesaufsicht Nord; neu genannt:
        Ostwerk (Dienstleister); hinzugekommen: Erpressung;
        CVE-2026-31337
   – Kassenblatt: Auch Saturn BKK betroffen
     https://blatt.example/2
   https://lage.example/vorfall/9

WEITERE MELDUNGEN
=================

– Amtsblatt: Neue Hinweise zur Meldepflicht
  https://amt.example/3

QUELLEN MIT STÖRUNG
===================

– Ärzteblatt Nordmoor: HTTP-Status 503 seit 04.11.2026
– Stadt Lindhagen: keine Antwort in der Zeit

--\x20
Maschinell zusammengestellt; maßgeblich sind die verlinkten Artikel.
Alle Vorfälle: https://lage.example
Abbestellen: https://lage.example/abmelden
"""
    )


def test_an_empty_day_says_so_in_one_line():
    rendered = render(EMPTY, browse_url=PAGES)
    assert rendered.subject == "Lagebild 07.11.2026: keine neuen Vorfälle"
    assert "\nKeine neuen Vorfälle und nichts Neues zu bekannten.\n" in rendered.text
    assert "Keine neuen Vorfälle und nichts Neues zu bekannten." in rendered.html
    assert "===" not in rendered.text


@pytest.mark.parametrize(
    ("digest", "subject"),
    [
        (replace(FULL, new=()), "Lagebild 06.11.2026: Merkur BKK: Daten bei Dienstleister abgeflossen"),
        (
            replace(FULL, new=(KASSE,), changed=(KASSE, KASSE)),
            "Lagebild 06.11.2026: Merkur BKK: Daten bei Dienstleister abgeflossen und 2 weitere",
        ),
        (replace(FULL, new=(), changed=()), "Lagebild 06.11.2026: 1 Meldung, keine neuen Vorfälle"),
    ],
)
def test_the_subject_names_date_and_top_incident(digest, subject):
    assert render(digest, browse_url=PAGES).subject == subject


def test_a_digest_is_the_same_every_time():
    assert render(FULL, browse_url=PAGES) == render(FULL, browse_url=PAGES + "/")


def test_an_incident_with_nothing_known_is_still_told():
    bare = replace(KLINIK, status="none", affected=None, organisations=(), links=(), sources=1)
    text = text_of(Digest(date=date(2026, 1, 2), new=(bare,)))
    assert "   Ransomware · 1 Quelle\n   https://lage.example/vorfall/12" in text


def test_the_first_number_has_no_before():
    told = replace(KASSE, affected=0, news=News(affected_new=True))
    assert "Neu: jetzt 0 Betroffene\n" in text_of(replace(FULL, changed=(told,)))


def test_foreign_text_stays_text():
    evil = '<script>alert("1")</script><img src=x onerror=alert(1)>'
    digest = replace(
        FULL,
        new=(
            replace(
                KLINIK,
                title=evil,
                type_name=evil,
                organisations=(DigestOrganisation(name=evil, role=evil),),
                links=(DigestLink(source=evil, title=evil, url="https://a.example/"),),
            ),
        ),
        troubled=(replace(FULL.troubled[0], name=evil, outcome=evil),),
    )
    html = render(digest, browse_url=PAGES).html
    links = Links(html)
    assert not links.tags & {"script", "img", "iframe", "link"}
    assert "onerror" not in links.attributes
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_never_becomes_a_link(url):
    link = DigestLink(source="Blatt", title="Titel", url=url)
    rendered = render(Digest(date=date(2026, 1, 2), new=(replace(KLINIK, links=(link,)),)), browse_url=PAGES)
    assert Links(rendered.html).addresses == [f"{PAGES}/vorfall/12", PAGES, f"{PAGES}/abmelden"]
    assert "onclick" not in Links(rendered.html).attributes
    assert "Blatt: Titel" in rendered.text
    assert url.strip() not in rendered.text.replace(PAGES, "")


def test_a_hostile_address_of_the_pages_never_becomes_a_link():
    rendered = render(replace(FULL, new=(), articles=()), browse_url="javascript:alert(1)//")
    assert all(address.startswith("https://blatt") for address in Links(rendered.html).addresses)


def test_the_page_loads_nothing_and_carries_its_styles():
    html = render(FULL, browse_url=PAGES).html
    assert not Links(html).tags & {"img", "link", "script"}
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html
    assert html.index("<meta charset") < 200
    assert re.search(r'<td class="bar" style="[^"]*background-color: #0f4c81', html)


@settings(max_examples=60, deadline=None)
@given(title=st.text(max_size=300), name=st.text(max_size=200), number=st.integers(0, 10**10))
def test_whatever_the_words_no_line_is_wider_than_72(title, name, number):
    told = replace(
        KLINIK,
        title=title,
        affected=number,
        organisations=(DigestOrganisation(name=name, role="affected"),),
        links=(DigestLink(source=name, title=title, url="https://a.example/"),),
    )
    rendered = render(replace(FULL, new=(told,)), browse_url=PAGES)
    assert not too_wide(rendered.text)
    assert len(rendered.subject.splitlines()) == 1
    rendered.html.encode()


def test_of_very_many_incidents_the_first_are_told_whole_and_the_others_in_a_line_each():
    many = tuple(replace(KLINIK, id=number, title=f"Vorfall Nummer {number}") for number in range(200))
    rendered = render(Digest(date=date(2026, 1, 2), new=many, changed=(KASSE,)), browse_url=PAGES)
    for number in range(160):
        assert f"Vorfall Nummer {number}" in rendered.text
        assert f"{PAGES}/vorfall/{number}\n" in rendered.text
        assert f'{PAGES}/vorfall/{number}"' in rendered.html
    assert "Vorfall Nummer 160" not in rendered.text
    assert "– und 41 weitere auf den Seiten" in rendered.text
    assert len(rendered.html.encode()) < 102_000  # Gmail shows no more of a mail
    assert not too_wide(rendered.text)


def test_an_alert_says_that_it_is_one():
    rendered = render(Digest(date=date(2026, 1, 2), alert=True, changed=(KASSE,)), browse_url=PAGES)
    assert rendered.subject == "Lagebild Eilmeldung 02.01.2026: Merkur BKK: Daten bei Dienstleister abgeflossen"
    assert "Neues zu 1 bekannten Vorfall." in rendered.text
    assert "kein neuer" not in rendered.text
