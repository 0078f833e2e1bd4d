import gzip
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.crawl.offer import read_children, read_offer
from pipeline.crawl.splitting import split
from pipeline.errors import FetchError
from pipeline.records import Entry, Select
from tests.crawl.feeds import URL, item, offer, rss, source

HOST = "https://amt.example"
NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'


def urls(found):
    return [entry.url for entry in found.entries]


def test_a_feed_becomes_entries_with_absolute_addresses_and_plain_words():
    fields = {"title": "Erste & wichtigste", "link": "/eins", "guid": "1", "description": "<p>Ein Satz.</p>"}
    [entry] = offer(
        rss(item(pubDate="Tue, 03 Nov 2026 10:00:00 +0100", author="amt@amt.example (Amt)", **fields))
    ).entries
    assert entry == Entry(
        source_id="amt",
        url=f"{HOST}/eins",
        title="Erste & wichtigste",
        teaser="Ein Satz.",
        text="<p>Ein Satz.</p>",
        published_at=datetime(2026, 11, 3, 9, tzinfo=UTC),
        authors=("Amt",),
        guid="1",
    )


def test_the_name_of_a_header_may_be_written_in_any_case():
    found = read_offer(
        source(), URL, rss(item(title="Łódź")).encode("iso-8859-2"), {"content-type": "text/xml; charset=iso-8859-2"}
    )
    assert found.entries[0].title == "Łódź"


def test_a_feed_says_when_to_come_back():
    hours = "<skipHours><hour>0</hour><hour> 23 </hour><hour>24</hour><hour>-1</hour><hour>x</hour></skipHours>"
    days = "<skipDays><day>Saturday</day><day><![CDATA[sunday]]></day><day>Feiertag</day></skipDays>"
    found = offer(rss(item(inner="<hour>5</hour>"), channel=f"<ttl>90</ttl>{hours}{days}<!-- <hour>7</hour> -->"))
    assert (found.ttl, found.skip_hours, found.skip_days) == (timedelta(minutes=90), {0, 23}, {5, 6})


@pytest.mark.parametrize(
    ("channel", "minutes"),
    [
        ("<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 60),
        ("<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 30),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 10_080),
        ("<sy:updateFrequency>4</sy:updateFrequency>", 360),
        ("<sy:updatePeriod>immer</sy:updatePeriod>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 60),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<ttl>bald</ttl>", None),
        ("", None),
    ],
)
def test_how_long_a_feed_stays_as_it_is(channel, minutes):
    assert offer(rss(channel=channel)).ttl == (timedelta(minutes=minutes) if minutes else None)


def test_only_lets_through_the_german_half_of_a_bilingual_feed():
    items = (item(title="T", link=f"{HOST}/{language}/{n}") for n in range(3) for language in ("DE", "EN"))
    found = offer(rss(*items), only="/DE/")
    assert urls(found) == [f"{HOST}/DE/{n}" for n in range(3)]
    assert (found.filtered, found.repeated) == (3, 0)


SHARED = [item(title=f"Warnung {n}", link="/warnungen", guid=f"w{n}", description=f"Text {n}") for n in range(3)]


def test_pages_are_offered_once():
    found = offer(rss(*SHARED))
    assert (urls(found), found.entries[0].title, found.repeated) == ([f"{HOST}/warnungen"], "Warnung 0", 2)


def test_items_that_share_a_link_are_kept_where_the_feed_carries_the_text():
    found = offer(rss(*SHARED), text="entry")
    assert (len(set(urls(found))), found.repeated) == (3, 0)
    assert all(url.startswith(f"{HOST}/warnungen#") and len(url.partition("#")[2]) == 16 for url in urls(found))


def test_their_addresses_depend_neither_on_the_order_nor_on_one_that_left():
    whole = {e.title: e.url for e in offer(rss(*SHARED), text="entry").entries}
    later = {e.title: e.url for e in offer(rss(*SHARED[:0:-1]), text="entry").entries}
    assert later == {title: url for title, url in whole.items() if title != "Warnung 0"}


def test_what_links_to_the_home_of_its_feed_has_an_address_of_its_own_even_when_alone():
    alone, pair = (
        offer(rss(*(item(title=f"W{n}", link=f"{HOST}/", guid=f"g{n}") for n in range(count))), text="entry")
        for count in (1, 2)
    )
    assert urls(alone) == urls(pair)[:1]
    assert urls(alone)[0].startswith(f"{HOST}/#")


@pytest.mark.parametrize(
    "items",
    [
        [item(title="A", link="/a", guid="1"), item(title="A", link="/a", guid="2")],
        [item(title="A", link="/a", guid="1"), item(title="B", link="/a", guid="1")],
        [item(title="A", link="/a"), item(title="A", link="/a")],
    ],
    ids=["same title", "same guid", "same title, no guid"],
)
def test_the_same_item_twice_is_repeated(items):
    found = offer(rss(*items), text="entry")
    assert (urls(found), found.repeated) == ([f"{HOST}/a"], 1)


def test_an_item_whose_guid_is_its_link_keeps_it():
    items = [item(title="A", link=f"{HOST}/a", guid=f"{HOST}/a"), item(title="B", link=f"{HOST}/a", guid="b")]
    assert urls(offer(rss(*items), text="entry"))[0] == f"{HOST}/a"


def test_a_bundle_is_split_into_what_it_links_to():
    bundle = '<ul><li><a href="/x">Eine <b>Lücke</b></a></li><li><a href="#oben">Oben</a><a href="mailto:a@b">Mail</a></li></ul>'
    found = offer(
        rss(item(title="Tagesbericht", link="/t", description=bundle), item(title="Leer", link="/leer")), split=True
    )
    assert [(e.url, e.title) for e in found.entries] == [(f"{HOST}/x", "Eine Lücke"), (f"{HOST}/leer", "Leer")]


LINKS = st.sampled_from(["/DE/a", "/EN/a", "/DE/b", f"{HOST}/", "", "/DE/a#x"])
WORDS = st.sampled_from(["", "eins", "zwei", "<a href='/DE/c'>drei</a> <a href='/EN/c'>vier</a>"])
ITEMS = st.lists(
    st.builds(
        lambda *f: item(**dict(zip(("link", "guid", "title", "description"), f, strict=True))),
        LINKS,
        WORDS,
        WORDS,
        WORDS,
    ),
    max_size=12,
)


@settings(deadline=None)
@given(ITEMS, st.sampled_from([None, "/DE/", "x"]), st.sampled_from(["page", "entry"]), st.booleans())
def test_every_item_is_offered_or_counted(items, only, text, splits):
    found = offer(rss(*items), only=only, text=text, split=splits)
    plain = [offer(rss(one), text="entry").entries[0] for one in items]
    expected = sum(len(list(split(entry))) for entry in plain) if splits else len(items)
    assert len(found.entries) + found.repeated + found.filtered == expected
    assert len(set(urls(found))) == len(found.entries)


@settings(deadline=None)
@given(ITEMS)
def test_the_order_of_the_items_changes_no_address(items):
    there, back = (offer(rss(*order), text="entry") for order in (items, items[::-1]))
    assert set(urls(there)) == set(urls(back))


def sitemap(*rows):
    return f"<?xml version='1.0'?><urlset {NEWS}>{''.join(f'<url>{row}</url>' for row in rows)}</urlset>"


ROW = (
    f"<loc>\n{HOST}/a?b=1&amp;c=2</loc><lastmod>2026-11-04</lastmod><image:image xmlns:image='i'><image:title>Bild</image:title>"
    "</image:image><n:news><n:publication_date>2026-11-03T10:00:00+01:00</n:publication_date><n:title>Überschrift</n:title></n:news>"
)


@pytest.mark.parametrize(
    "body",
    [
        sitemap(ROW),
        sitemap(ROW).replace("&amp;", "&"),
        sitemap(ROW).removesuffix("</url></urlset>"),
        sitemap(ROW, "<loc><b></loc>").replace("<loc><b>", "<lastmod><b>"),
        "\n\n" + sitemap(ROW),
        gzip.compress(sitemap(ROW).encode()),
        gzip.compress(sitemap(ROW)[:99].encode()) + gzip.compress(sitemap(ROW)[99:].encode()),
        sitemap(ROW).encode("utf-16"),
    ],
    ids=["well-formed", "bare ampersand", "truncated", "mismatched", "blank lines", "gzip", "gzip in two", "utf-16"],
)
def test_a_news_sitemap_is_read_also_when_it_is_broken(body):
    [entry] = offer(body, kind="sitemap").entries
    assert (entry.url, entry.title) == (f"{HOST}/a?b=1&c=2", "Überschrift")
    assert entry.published_at == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 11, 4, 12, tzinfo=UTC)


def test_a_sitemap_of_50000_addresses_takes_seconds():
    body = gzip.compress(
        sitemap(*(f"<loc>{HOST}/{n}</loc><lastmod>2026-11-04</lastmod>" for n in range(50_000))).encode()
    )
    started = time.monotonic()
    assert len(offer(body, kind="sitemap").entries) == 50_000
    assert time.monotonic() - started < 15


def test_a_sitemap_that_unpacks_to_more_than_50_mb_is_refused():
    packer = zlib.compressobj(wbits=31)
    body = b"".join(packer.compress(b"<url>" * 1_048_576) for _ in range(11)) + packer.flush()
    with pytest.raises(FetchError) as told:
        offer(body, kind="sitemap")
    assert told.value.outcome == "too_large"


@pytest.mark.parametrize(
    "body",
    ["", "<html><body>Wartung</body></html>", rss(), sitemap(ROW).replace("?>", "?><!DOCTYPE x [<!ENTITY a 'b'>]>")],
    ids=["empty", "page", "feed", "entities"],
)
def test_what_is_no_sitemap_is_told(body):
    with pytest.raises(FetchError, match=URL) as told:
        offer(body, kind="sitemap")
    assert told.value.outcome == "not_a_feed"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_newest_sitemaps_of_an_index_come_first(pack):
    rows = "".join(f"<sitemap><loc>/{n}.xml</loc><lastmod>2026-11-{n:02}</lastmod></sitemap>" for n in range(1, 13))
    body = pack(f"<sitemapindex {NEWS}>{rows}</sitemapindex>".encode())
    assert read_children(source(kind="sitemap"), URL, body) == [f"{HOST}/{n}.xml" for n in range(12, 2, -1)]
    assert read_children(source(), URL, body) == []


def test_a_page_whose_articles_have_no_addresses_is_offered_block_by_block():
    page = "<main><h2>3. November 2026</h2><p>Falsche Mails der <a href='/sparkasse'>Sparkasse</a>.</p><h2>2. November 2026</h2><p>Eine SMS.</p></main>"
    select = Select(entry="main h2")
    found = offer(page, kind="html_index", text="entry", select=select)
    assert [e.title for e in found.entries] == ["3. November 2026", "2. November 2026"]
    assert all(e.url.startswith(f"{URL}#") for e in found.entries)
    assert found.entries[
        0
    ].text == f"<h2>3. November 2026</h2><p>Falsche Mails der <a href='{HOST}/sparkasse'>Sparkasse</a>.</p>".replace(
        "'", '"'
    )
    changed = offer(page.replace("Eine SMS", "Zwei SMS"), kind="html_index", text="entry", select=select)
    assert urls(changed)[0] == urls(found)[0]
    assert urls(changed)[1] != urls(found)[1]


def test_a_page_under_a_fixed_address_is_new_when_its_words_are():
    first, same, other = (
        offer(f"<main>{words}</main>", kind="html_index", text="entry", select=Select(entry="main"))
        for words in ("<h1>Lage</h1><p>Ruhig.", "<h1>Lage</h1>\n<p class='x'>Ruhig.", "<h1>Lage</h1><p>Unruhig.")
    )
    assert urls(first) == urls(same) != urls(other)


def test_a_page_without_articles_is_told():
    with pytest.raises(FetchError, match="no articles"):
        offer("<p>Wartung", kind="html_index", text="entry", select=Select(entry="h2"))
