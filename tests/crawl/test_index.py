import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.index import links_of
from pipeline.errors import FetchError
from pipeline.records import Select

URL = "https://kasse.example/presse/"
PAGE = """<html><body><header><a href="/">Zur Startseite der schönen Kasse</a></header>
<nav><a href="/leistungen">Alle unsere Leistungen für Sie</a></nav>
<main><h1>Presse</h1><ul class="liste">
<li><span>12. November 2026</span> <a href="/presse/eins">Kasse senkt Beitrag</a></li>
<li><time datetime="2026-11-03T09:30:00+01:00">3.11.</time> <h3>Neue Vorsitzende gewählt</h3>
    <a href="zwei.html">Mehr lesen</a></li>
<li><span>01.10.2026</span> <a href="/presse/drei#kontakt">Bilanz</a> <a href="/presse/drei">mehr</a></li>
</ul><a href="?seite=2">Weitere Meldungen der Kasse anzeigen</a><a href="/presse/bild.pdf">Ein Bild zum Herunterladen</a>
<a href="https://anders.example/werbung">Diese Anzeige führt ganz woanders hin</a></main>
<footer><a href="/impressum">Impressum und viele weitere Angaben</a></footer></body></html>"""


def test_the_articles_are_found_without_navigation_adverts_and_files():
    links = links_of(PAGE.encode(), URL, Select())
    assert [(link.url, link.title) for link in links] == [
        ("https://kasse.example/presse/eins", "Kasse senkt Beitrag"),
        ("https://kasse.example/presse/zwei.html", "Neue Vorsitzende gewählt"),
        ("https://kasse.example/presse/drei", "Bilanz"),
    ]
    assert [link.published_at.isoformat() for link in links] == [
        "2026-11-12T12:00:00+00:00",
        "2026-11-03T08:30:00+00:00",
        "2026-10-01T12:00:00+00:00",
    ]


def test_select_wins_over_the_guess():
    select = Select(entry="ul.liste li", link="a", date="span")
    assert links_of(PAGE.encode(), URL, select)[0].title == "Kasse senkt Beitrag"


def test_a_wrong_selector_is_told():
    with pytest.raises(FetchError, match="select"):
        links_of(PAGE.encode(), URL, Select(entry="li[["))


@given(st.binary(max_size=400))
def test_any_bytes_give_links_or_none(body):
    links_of(b"<main><a href='" + body + b"'>Vier Worte sind genug</a>" + body, URL, Select())
