import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.index import Block, Link, blocks_of, links_of
from pipeline.crawl.markup import decoded
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
    links = links_of(PAGE, URL, Select())
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
    assert links_of(PAGE, URL, select)[0].title == "Kasse senkt Beitrag"


def test_a_wrong_selector_is_told():
    with pytest.raises(FetchError, match="select"):
        links_of(PAGE, URL, Select(entry="li[["))


def blocks(page, **select):
    return blocks_of(page, URL, Select(**select))


def test_a_heading_stands_for_all_up_to_the_next_also_when_it_is_boxed():
    box = "<div class='k'><h3>{}</h3></div>"
    page = f"<main>{box.format('Eins')}<p>a</p>Text &amp; mehr<!-- nichts --><p>b</p>{box.format('Zwei')}<p>c</p></main><p>Ende</p>"
    first, second = blocks(page, entry=".k h3")
    assert (first.title, first.words) == ("Eins", "Eins a Text & mehr b")
    assert first.html == "<h3>Eins</h3><p>a</p>Text &amp; mehr<p>b</p>"
    assert second.words == "Zwei c"


def test_the_last_heading_does_not_swallow_what_follows_its_box():
    page = "<section><h2>Eins</h2><p>a</p><h2>Zwei</h2></section><p>Ende</p>"
    assert [block.words for block in blocks(page, entry="h2")] == ["Eins a", "Zwei"]


def test_a_block_has_the_date_of_its_heading_before_one_in_its_text():
    page = "<article><h2>Stand: 3.11.2026</h2><p>Seit 1.1.2020.</p></article><article><p>Am 2.11.2026 kam es.</p></article>"
    assert [block.published_at.day for block in blocks(page, entry="article")] == [3, 2]


def test_a_block_with_a_link_of_its_own_is_a_link():
    page = """<article><header><h2><a href="/eins">Eine Meldung hier</a></h2></header></article>
    <article><h2>Zwei <a href="#zwei">¶</a></h2><p><a href="/anders">mehr</a></article>
    <article><a class="ziel" href="/drei">Drei</a></article>"""
    assert [type(item) for item in blocks(page, entry="article")] == [Link, Block, Block]
    assert [type(item) for item in blocks(page, entry="article", link=".ziel")] == [Block, Block, Link]


def test_a_wrong_selector_of_blocks_is_told():
    with pytest.raises(FetchError, match="select"):
        blocks(PAGE, entry="li", link="a[[")


def test_an_index_of_20000_links_takes_seconds():
    rows = "".join(f"<li><a href='/presse/{n}'>Eine Meldung der Kasse {n}</a></li>" for n in range(20_000))
    assert len(links_of(f"<main><ul>{rows}</ul></main>", URL, Select())) == 20_000


@given(st.binary(max_size=400))
def test_any_bytes_give_links_or_none(body):
    page = decoded(b"<main><a href='" + body + b"'>Vier Worte sind genug</a>" + body)
    links_of(page, URL, Select())
    blocks_of(page, URL, Select(entry="a, main, p"))
