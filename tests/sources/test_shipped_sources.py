"""The sources that come with the program: what the file promises in its first lines is so."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from pipeline.config import resources
from pipeline.crawl.address import check
from pipeline.sources import load

FILE = resources() / "data" / "sources.yml"
SOURCES = {source.id: source for source in load(FILE)}
SECTORS = {
    "security",
    "data_protection",
    "health_insurance",
    "authority",
    "health_press",
    "insurance_press",
    "general_news",
}
# Ids that databases already hold.
FIRST = """
    bsi-newsfeed bsi-presse certbund-buergercert heise-security golem-security netzpolitik security-insider borncity
    cert-at-warnings tarnkappe-it-sicherheit egovernment-de bfdi baylfd-presse noyb-de dr-datenschutz
    datenschutz-notizen gkv-spitzenverband vdek tk-presseportal barmer-presseportal aok-bv-presseportal
    dak-presseportal presseportal-krankenkasse bmg-presse bmi aerzteblatt kma-online e-health-com healthcare-digital
    versicherungsbote it-finanzmagazin tagesschau-inland spiegel-netzwelt mdr-nachrichten hessenschau correctiv
"""
TWINS = [
    ("heise-security", "heise-security-feed"),
    ("cert-at-warnings", "cert-at-all"),
    ("noyb-de", "noyb-en"),
    ("vz-phishing-radar", "vz-phishing-archiv"),
    ("netzpolitik", "netzpolitik-sitemap"),
    ("lto", "lto-sitemap"),
    ("ntv", "ntv-sitemap"),
]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_tells_where_it_comes_from_and_how_sure_it_is(source):
    assert source.evidence
    assert source.confidence
    assert source.publisher
    assert source.homepage
    assert source.sector in SECTORS
    assert timedelta(minutes=15) <= source.every <= timedelta(days=1)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_address_may_be_asked(source):
    check(source.url, allow_private=False)
    check(source.homepage, allow_private=False)


@pytest.mark.parametrize("source", [s for s in SOURCES.values() if s.enabled], ids=lambda s: s.id)
def test_what_is_enabled_is_sure_and_in_german(source):
    assert source.confidence == "high"
    assert source.language == "de"


def test_what_is_sure_but_disabled_says_why():
    silent = [s.id for s in SOURCES.values() if not s.enabled and s.confidence == "high" and "Disabled:" not in s.notes]
    assert silent == []


def test_no_two_sources_share_an_address():
    bare = Counter(source.url.removesuffix("/") for source in SOURCES.values())
    assert [url for url, times in bare.items() if times > 1] == []


def test_ids_are_permanent():
    assert set(FIRST.split()) <= set(SOURCES)


def test_what_was_read_before_is_read_still():
    assert [id for id in FIRST.split() if not SOURCES[id].enabled] == []


@pytest.mark.parametrize(("enabled", "twin"), TWINS)
def test_of_twins_one_is_enabled(enabled, twin):
    assert SOURCES[enabled].enabled
    assert not SOURCES[twin].enabled


@pytest.mark.parametrize("id", ["computerwoche", "rki-neue-dokumente"])
def test_feeds_that_robots_txt_closes_are_disabled(id):
    assert not SOURCES[id].enabled


@pytest.mark.parametrize("id", ["presseportal-polizei", "presseportal-alle", "heise-sitemap", "zeit-sitemap"])
def test_what_would_drown_the_rest_is_disabled(id):
    assert not SOURCES[id].enabled


@pytest.mark.parametrize(
    "id", ["certbund-wid", "certbund-buergercert", "cert-at-warnings", "cert-at-blog", "cert-at-current"]
)
def test_feeds_that_carry_the_text_are_taken_at_their_word(id):
    assert SOURCES[id].text == "entry"
    assert SOURCES[id].enabled


def test_only_the_daily_report_is_split_and_into_pages():
    assert [source.id for source in SOURCES.values() if source.split] == ["cert-at-daily"]
    assert SOURCES["cert-at-daily"].text == "page"


@pytest.mark.parametrize(
    ("id", "wanted", "unwanted"),
    [
        (
            "bfdi",
            "https://www.bfdi.bund.de/SharedDocs/Pressemitteilungen/DE/2026/09.html",
            "https://www.bfdi.bund.de/SharedDocs/Pressemitteilungen/EN/2026/09.html",
        ),
        (
            "wdr",
            "https://www1.wdr.de/nachrichten/klinik-100.html",
            "https://www1.wdr.de/mediathek/video/lokal-100.html",
        ),
        ("noyb-en", "https://noyb.eu/en/a-new-complaint", "https://noyb.eu/en/support-us"),
        ("mdr-sitemap", "https://www.mdr.de/nachrichten/klinik-100.html", "https://www.mdr.de/video/klinik-100.html"),
        ("heise-sitemap", "https://www.heise.de/news/Luecke-1.html", "https://www.heise.de/ratgeber/Luecke-1.html"),
    ],
)
def test_only_keeps_what_is_wanted(id, wanted, unwanted):
    assert re.search(SOURCES[id].only, wanted)
    assert not re.search(SOURCES[id].only, unwanted)


def test_the_phishing_radar_is_a_rolling_page_cut_at_its_dates():
    radar = SOURCES["vz-phishing-radar"]
    assert (radar.kind, radar.text, radar.enabled) == ("html_index", "entry", True)
    page = """<h1>Phishing-Radar: Aktuelle Warnungen</h1><h2>Das Wichtigste in Kürze</h2>
        <h2>11. September 2026: Angebliche Mail der Krankenkasse</h2><p>Text, zuletzt am 9. Mai 2026.</p>
        <h3>2. März 2026: Paket</h3><p>Text</p><h3>Mehr zum Thema</h3>"""
    found = [heading.get_text() for heading in BeautifulSoup(page, "lxml").select(radar.select.entry)]
    assert found == ["11. September 2026: Angebliche Mail der Krankenkasse", "2. März 2026: Paket"]


def test_a_rolling_page_without_a_selector_is_disabled():
    rolling = [s for s in SOURCES.values() if s.kind == "html_index" and s.text == "entry"]
    assert [s.id for s in rolling if s.enabled and not s.select.entry] == []


def test_every_selector_can_be_read():
    tree = BeautifulSoup("<p>", "lxml")
    for source in SOURCES.values():
        for css in (source.select.entry, source.select.link, source.select.date, source.select.body):
            if css:
                tree.select(css)


def test_the_watchlist_offers_warnings_and_not_its_own_pages():
    page = """<a href="/phishing/paket-sms/">Paket</a><a href="/phishing-alarm/page-2/">2</a>
        <a href="https://www.watchlist-internet.at/phishing/bank-mail/">Bank</a><a href="/themen/phishing/">Thema</a>"""
    found = BeautifulSoup(page, "lxml").select(SOURCES["watchlist-internet"].select.entry)
    assert [link.get_text() for link in found] == ["Paket", "Bank"]


def test_evidence_makes_sense_without_an_index_of_numbers():
    assert re.findall(r"\b\d{11}\b|\bfile id\b", FILE.read_text(encoding="utf-8")) == []
