"""The sample newsroom as a crawler meets it, and the faults it names."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import aiohttp
import feedparser
import pytest
import yaml
from bs4 import BeautifulSoup

from pipeline.analyse.labels import ROLES, TYPES
from pipeline.demo.layout import Block, blocks, lay_out, slug
from pipeline.demo.newsroom import (
    Newsroom,
    ServedNewsroom,
    read_newsroom,
    serve_newsroom,
)
from pipeline.errors import SampleError

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
DAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return read_newsroom(SAMPLE)


@pytest.fixture
async def served() -> AsyncIterator[ServedNewsroom]:
    async with serve_newsroom(SAMPLE, day=DAY) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the newsroom with a single article, to be spoilt or edited."""
    shutil.copytree(SAMPLE / "sites", tmp_path / "sites")
    shutil.copy(SAMPLE / "newsroom.yml", tmp_path)
    (tmp_path / "articles").mkdir()
    shutil.copy(SAMPLE / "articles" / "o-umfrage.md", tmp_path / "articles")
    return tmp_path


def spoil(folder: Path, old: str, new: str) -> None:
    file = folder / "articles" / "o-umfrage.md"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


async def listing(served: ServedNewsroom, browser: aiohttp.ClientSession, site_id: str) -> str:
    site = next(site for site in served.newsroom.sites if site.id == site_id)
    async with browser.get(served.addresses[site_id] + site.listing) as response:
        assert response.status == 200
        return await response.text()


def urls(served: ServedNewsroom, site_id: str) -> set[str]:
    return {served.url(article) for article in served.newsroom.articles if article.site == site_id}


@pytest.mark.parametrize(
    ("written", "laid_out"),
    [
        ("am {d:-9} gemeldet", "am 16. November 2026 gemeldet"),
        ("seit {d:-19}", "seit 6. November 2026"),
        ("{dk:-19}", "06.11.2026"),
        ("am {wd:-9}", "am Montag"),
        ("im {m:-30} {y:-360}", "im Oktober 2025"),
        ("bis {d:+7}, {d:7}", "bis 2. Dezember 2026, 2. Dezember 2026"),
        ("ohne Klammern", "ohne Klammern"),
    ],
)
def test_placeholders_become_german_dates_around_the_day(written: str, laid_out: str) -> None:
    assert lay_out(written, DAY) == laid_out


@pytest.mark.parametrize("wrong", ["{x:-9}", "{d}", "{d:heute}", "{}", "{D:-1}"])
def test_a_placeholder_that_means_nothing_is_refused(wrong: str) -> None:
    with pytest.raises(SampleError, match="unknown placeholder"):
        lay_out(f"am {wrong} gemeldet", DAY)


def test_a_slug_is_plain_and_does_not_move_with_the_day() -> None:
    assert slug("Störung am {d:-3}: „Größter“ Ausfall bei Käthe & Söhnen seit je") == (
        "stoerung-am-groesster-ausfall-bei-kaethe-soehnen"
    )


def test_a_body_becomes_paragraphs_subheads_and_lists() -> None:
    assert blocks("Erster\nAbsatz.\n\n## Titel\nText:\n- eins\n- zwei\n\nSchluss.") == (
        Block(kind="p", text="Erster Absatz."),
        Block(kind="subhead", text="Titel"),
        Block(kind="p", text="Text:"),
        Block(kind="list", items=("eins", "zwei")),
        Block(kind="p", text="Schluss."),
    )


def test_every_site_has_at_least_four_articles_in_addresses_of_their_own(newsroom: Newsroom) -> None:
    assert len(newsroom.sites) == 8
    for site in newsroom.sites:
        articles = newsroom.of(site)
        assert len(articles) >= 4, site.id
        assert len({site.path(article, DAY) for article in articles}) == len(articles)


def test_the_newsroom_holds_the_hard_cases(newsroom: Newsroom) -> None:
    assert {article.state for article in newsroom.articles} == {"full", "paywall", "consent"}
    assert any(article.encoding == "iso-8859-1" for article in newsroom.articles)


def test_what_is_said_to_be_true_uses_the_words_of_the_domain(newsroom: Newsroom) -> None:
    for article in newsroom.articles:
        assert set(article.types) <= set(TYPES), article.id
        assert set(article.orgs.values()) <= set(ROLES), article.id
        assert (article.status == "none") == (not article.types), article.id


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("{d:-9}", "{x:-9}", r"o-umfrage\.md: unknown placeholder \{x:-9\}"),
        ("site: bitwarte", "site: bytewarte", r"o-umfrage\.md: site: 'bytewarte'"),
        ("state: full", "state: half", r"o-umfrage\.md: state: 'half'"),
        ('"12:05"', "12:05", r"o-umfrage\.md: time: 725"),
        ("day: -9", "day: 0", r"o-umfrage\.md: time: on day 0 before 06:00"),
        ("kind: news\n", "", r"o-umfrage\.md: kind: missing"),
        ("kind: news\n", "kind: news\nsort: a\n", r"o-umfrage\.md: sort: unknown key"),
        ("reprint_of: null", "reprint_of: elsewhere", r"o-umfrage\.md: reprint_of: no article 'elsewhere'"),
        ("types: []", "types: [", r"o-umfrage\.md: not YAML"),
        ("---\nid", "id", r"o-umfrage\.md: a header between two --- lines is missing"),
    ],
)
def test_a_faulty_article_is_named_with_its_key(folder: Path, old: str, new: str, complaint: str) -> None:
    spoil(folder, old, new)
    with pytest.raises(SampleError, match=complaint):
        read_newsroom(folder)


def test_a_faulty_site_is_named_with_its_key(folder: Path) -> None:
    file = folder / "newsroom.yml"
    file.write_text(file.read_text("utf-8").replace("kind: atom", "kind: gopher", 1), "utf-8")
    with pytest.raises(SampleError, match=r"newsroom\.yml: bitwarte: kind: 'gopher'"):
        read_newsroom(folder)


async def test_every_article_stands_at_its_address(served: ServedNewsroom, browser: aiohttp.ClientSession) -> None:
    for article in served.newsroom.articles:
        async with browser.get(served.url(article)) as response:
            assert response.status == 200
            assert response.charset == article.encoding
            soup = BeautifulSoup(await response.text(), "lxml")
        seen = " ".join(soup.get_text(" ").split())
        paragraphs = [block.text for block in blocks(lay_out(article.versions[0].body, DAY)) if block.kind == "p"]
        assert "{" not in seen, article.id
        assert (paragraphs[0] in seen) == (article.state != "consent"), article.id
        assert (paragraphs[-1] in seen) == (article.state == "full"), article.id


async def test_no_page_loads_anything_from_elsewhere(served: ServedNewsroom, browser: aiohttp.ClientSession) -> None:
    pages = [served.url(article) for article in served.newsroom.articles]
    pages += [f"{base}{path}" for base in served.addresses.values() for path in ("/", "/impressum", "/intern/abo")]
    for page in pages:
        async with browser.get(page) as response:
            soup = BeautifulSoup(await response.text(), "lxml")
        assert not soup.select("[src]"), page
        links = [link["href"] for link in soup.select("[href]") if link.get("rel") != ["canonical"]]
        assert all(str(link).startswith(("/", "#")) for link in links), page


@pytest.mark.parametrize(
    "site_id", ["mgd-mittelrhein", "mittelrheiner-bote", "bitwarte", "dmr-ticker", "cert-mittelrhein"]
)
async def test_a_feed_holds_every_article_of_its_site(
    served: ServedNewsroom, browser: aiohttp.ClientSession, site_id: str
) -> None:
    feed = feedparser.parse(await listing(served, browser, site_id))
    assert not feed.bozo
    assert {entry.link for entry in feed.entries} == urls(served, site_id)
    assert all(entry.published_parsed and entry.title and entry.summary for entry in feed.entries)


async def test_the_advisories_feed_carries_the_text_itself(
    served: ServedNewsroom, browser: aiohttp.ClientSession
) -> None:
    feed = feedparser.parse(await listing(served, browser, "cert-mittelrhein"))
    for entry in feed.entries:
        assert entry.content[0].value.count("<p>") >= 2
        assert not entry.guidislink


async def test_the_sitemap_lists_every_article(served: ServedNewsroom, browser: aiohttp.ClientSession) -> None:
    soup = BeautifulSoup(await listing(served, browser, "kasse-und-recht"), "xml")
    assert {loc.text for loc in soup.select("url > loc")} == urls(served, "kasse-und-recht")
    assert len(soup.find_all("news:publication_date")) == len(urls(served, "kasse-und-recht"))


@pytest.mark.parametrize("site_id", ["bkk-ahornwerk", "lfd-mittelrhein"])
async def test_an_index_page_links_every_article(
    served: ServedNewsroom, browser: aiohttp.ClientSession, site_id: str
) -> None:
    soup = BeautifulSoup(await listing(served, browser, site_id), "lxml")
    links = {served.addresses[site_id] + str(link["href"]) for link in soup.select("a[href]")}
    assert urls(served, site_id) <= links


async def test_the_selectors_of_an_index_page_find_exactly_its_articles(
    served: ServedNewsroom, browser: aiohttp.ClientSession
) -> None:
    site = next(site for site in served.newsroom.sites if site.select)
    soup = BeautifulSoup(await listing(served, browser, site.id), "lxml")
    entries = soup.select(site.select["entry"])
    found = {served.addresses[site.id] + str(entry.select(site.select["link"])[0]["href"]) for entry in entries}
    assert found == urls(served, site.id)
    assert all(re.fullmatch(r"\d\d\.\d\d\.\d{4}", entry.select(site.select["date"])[0].text) for entry in entries)


async def test_a_page_in_iso_8859_1_says_so_twice_and_loses_no_character(
    served: ServedNewsroom, browser: aiohttp.ClientSession
) -> None:
    for article in served.newsroom.articles:
        if article.encoding != "iso-8859-1":
            continue
        async with browser.get(served.url(article)) as response:
            raw = await response.read()
        assert response.headers["Content-Type"] == "text/html; charset=iso-8859-1"
        assert re.search(rb'<meta [^>]*charset="?iso-8859-1"', raw)
        with pytest.raises(UnicodeDecodeError):
            raw.decode("utf-8")
        assert lay_out(article.versions[0].title, DAY) in BeautifulSoup(raw, "lxml").get_text()


async def test_what_is_known_is_not_sent_again(served: ServedNewsroom, browser: aiohttp.ClientSession) -> None:
    address = served.addresses["bitwarte"] + "/atom.xml"
    async with browser.get(address) as first:
        validators = first.headers
    for known in (
        {"If-None-Match": validators["ETag"]},
        {"If-Modified-Since": validators["Last-Modified"]},
        {"If-None-Match": validators["ETag"], "If-Modified-Since": validators["Last-Modified"]},
    ):
        async with browser.get(address, headers=known) as again:
            assert (again.status, await again.read()) == (304, b"")
    async with browser.get(address, headers={"If-None-Match": '"other"'}) as changed:
        assert changed.status == 200
    assert served.requests["bitwarte/atom.xml"] == 5


async def test_the_second_round_shows_edited_articles_in_their_second_version(
    folder: Path, browser: aiohttp.ClientSession
) -> None:
    file = folder / "articles" / "o-umfrage.md"
    file.write_text(
        file.read_text("utf-8") + "\n=== zweite Fassung ===\ntitle: Neue Zahlen\nNur noch 12 Prozent.\n",
        "utf-8",
    )
    async with serve_newsroom(folder, day=DAY) as served:
        (article,) = served.newsroom.articles
        before = feedparser.parse(await listing(served, browser, "bitwarte"))
        address = served.url(article)
        async with browser.get(address) as response:
            first, tag = await response.text(), response.headers["ETag"]
        served.second_round()
        after = feedparser.parse(await listing(served, browser, "bitwarte"))
        async with browser.get(address, headers={"If-None-Match": tag}) as response:
            second = await response.text()
    assert served.url(article) == address == before.entries[0].link == after.entries[0].link
    assert "Nur noch 12 Prozent." not in first
    assert "Nur noch 12 Prozent." in second
    assert after.entries[0].title == "Neue Zahlen"
    assert before.entries[0].updated == before.entries[0].published == after.entries[0].published
    assert after.entries[0].updated == "2026-11-25T06:00:00+01:00"


async def test_the_second_round_changes_nothing_else(served: ServedNewsroom, browser: aiohttp.ClientSession) -> None:
    tags = {}
    for article in served.newsroom.articles:
        async with browser.get(served.url(article)) as response:
            tags[article.id] = response.headers["ETag"]
    edited = {article.site for article in served.newsroom.articles if len(article.versions) > 1}
    served.second_round()
    for article in served.newsroom.articles:
        async with browser.get(served.url(article), headers={"If-None-Match": tags[article.id]}) as response:
            assert response.status == (200 if len(article.versions) > 1 else 304) or article.site in edited


async def test_robots_may_not_enter_the_internal_part(served: ServedNewsroom, browser: aiohttp.ClientSession) -> None:
    for base in served.addresses.values():
        async with browser.get(f"{base}/robots.txt") as response:
            assert "Disallow: /intern/" in await response.text()
        async with browser.get(f"{base}/") as response:
            assert 'href="/intern/' in await response.text()
    async with browser.get(served.addresses["dmr-ticker"] + "/gibt-es-nicht") as response:
        assert response.status == 404
    assert served.requests["dmr-ticker/robots.txt"] == served.requests["dmr-ticker/gibt-es-nicht"] == 1


async def test_the_sources_file_says_how_each_site_is_read(served: ServedNewsroom) -> None:
    entries = {entry["id"]: entry for entry in yaml.safe_load(served.sources_yaml())}
    assert list(entries) == [site.id for site in served.newsroom.sites]
    assert entries["kasse-und-recht"]["url"] == served.addresses["kasse-und-recht"] + "/sitemap.xml"
    assert entries["cert-mittelrhein"]["text"] == "entry"
    assert set(entries["lfd-mittelrhein"]["select"]) == {"entry", "link", "date"}
    assert "select" not in entries["bkk-ahornwerk"]


async def test_a_port_that_is_taken_is_named(served: ServedNewsroom) -> None:
    port = int(served.addresses["dmr-ticker"].rpartition(":")[2])
    with pytest.raises(SampleError, match=f"mgd-mittelrhein cannot be served on port {port}"):
        async with serve_newsroom(SAMPLE, day=DAY, port=port):
            pass
