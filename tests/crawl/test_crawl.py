import asyncio
import gzip
from collections import Counter
from datetime import UTC, datetime

import pytest
from aiohttp import web

from pipeline.crawl import Politeness, at_once, carried, crawl
from pipeline.outcomes import OUTCOMES
from pipeline.records import Due, Entry, Source, Validators

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Amt</title><link>{base}/</link>
<item><title>Erste &amp; wichtigste Meldung</title><link>/eins</link><guid isPermaLink="false">1</guid>
<pubDate>Tue, 03 Nov 2026 10:00:00 +0100</pubDate><description>&lt;p&gt;Ein Satz.&lt;/p&gt;</description></item>
<item><title>Zweite Meldung</title><link>{base}/zwei#oben</link><guid>2</guid></item></channel></rss>"""


def politeness(**changes):
    usual = {"user_agent": "Test/1 (+test@example.org)", "allow_private": True, "timeout": 5.0, "pause": 0.01}
    return Politeness(**usual | changes)


def source(site, path="/feed", **changes):
    return Source(**{"id": "amt", "name": "Amt", "kind": "rss", "url": site.base + path} | changes)


async def poll(*sources, validators=None, **changes):
    async with crawl(politeness(**changes)) as crawler:
        due = [Due(source=s, validators=validators or Validators()) for s in sources]
        return [polled async for polled in at_once(crawler.poll, due)]


async def fetch(*entries, of, **changes):
    async with crawl(politeness(**changes)) as crawler:
        return [fetched async for fetched in at_once(lambda entry: crawler.fetch(of, entry), entries)]


async def test_a_feed_becomes_entries_with_absolute_addresses_and_plain_words(site):
    site.page("/feed", RSS.format(base=site.base), Content_Type="application/rss+xml", ETag='"1"')
    [polled] = await poll(source(site))
    first, second = polled.entries
    assert (polled.outcome, polled.validators.etag) == ("ok", '"1"')
    assert (first.url, first.title, first.teaser) == (f"{site.base}/eins", "Erste & wichtigste Meldung", "Ein Satz.")
    assert first.published_at.isoformat() == "2026-11-03T09:00:00+00:00"
    assert second.url == f"{site.base}/zwei"


async def test_an_unchanged_feed_is_not_sent_again(site):
    site.page("/feed", RSS.format(base=site.base), ETag='"1"')
    [polled] = await poll(source(site), validators=Validators(etag='"1"'))
    assert (polled.outcome, polled.entries, polled.validators.etag) == ("unchanged", (), '"1"')


async def test_one_broken_source_does_not_stop_the_others(site):
    site.page("/feed", RSS.format(base=site.base))
    site.page("/html", "<html><body>Wartung</body></html>")
    site.page("/down", "", status=503)
    broken = [source(site, p, id=p.strip("/")) for p in ("/html", "/down", "/gone")]
    unreachable = source(site, id="aus", url="http://127.0.0.1:9/feed")
    results = {p.source_id: p for p in await poll(source(site), *broken, unreachable)}
    assert {name: p.outcome for name, p in results.items()} == {
        "amt": "ok",
        "html": "not_a_feed",
        "down": "http_503",
        "gone": "http_404",
        "aus": "unreachable",
    }
    for name in ("html", "down", "gone", "aus"):
        assert "http://127.0.0.1" in results[name].error
        assert "\n" not in results[name].error


async def test_robots_txt_is_obeyed_and_asked_for_once(site):
    site.page("/robots.txt", "User-agent: *\nDisallow: /geheim/", Content_Type="text/plain")
    site.page("/offen", "<p>Text")
    entries = [Entry(source_id="amt", url=site.base + p) for p in ("/geheim/a", "/offen", "/geheim/b")]
    outcomes = Counter(f.outcome for f in await fetch(*entries, of=source(site)))
    assert outcomes == {"refused_robots": 2, "ok": 1}
    assert site.requests == {"/robots.txt": 1, "/.well-known/tdmrep.json": 1, "/offen": 1}


async def test_a_host_whose_robots_txt_fails_is_left_alone(site):
    site.page("/robots.txt", "", status=500)
    [fetched] = await fetch(Entry(source_id="amt", url=f"{site.base}/a"), of=source(site))
    assert fetched.outcome == "http_500"
    assert "/a" not in site.requests


async def test_the_crawler_says_who_it_is(site):
    site.page("/a", "<p>Text")
    await fetch(Entry(source_id="amt", url=f"{site.base}/a"), of=source(site))
    assert site.headers_of["/a"]["User-Agent"] == "Test/1 (+test@example.org)"


async def test_at_most_two_requests_at_a_time_per_host(site):
    now, most = 0, 0

    async def slow(request):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        return web.Response(text="<p>Text", content_type="text/html")

    for number in range(8):
        site.pages[f"/{number}"] = slow
    entries = [Entry(source_id="amt", url=f"{site.base}/{n}") for n in range(8)]
    assert len(await fetch(*entries, of=source(site))) == 8
    assert most == 2


async def test_a_body_over_the_limit_is_refused_also_when_it_is_packed(site):
    site.page("/bomb", gzip.compress(b"0" * 5_000_000), Content_Encoding="gzip")
    [fetched] = await fetch(Entry(source_id="amt", url=f"{site.base}/bomb"), of=source(site), max_bytes=1_000_000)
    assert (fetched.outcome, fetched.page) == ("too_large", None)


async def test_a_slow_answer_is_cut_off(site):
    async def stall(request):
        await asyncio.sleep(1)
        return web.Response()

    site.pages["/slow"] = stall
    [fetched] = await fetch(Entry(source_id="amt", url=f"{site.base}/slow"), of=source(site), timeout=0.2)
    assert fetched.outcome == "timeout"


async def test_redirects_are_followed_five_times_and_checked_each_time(site):
    for number in range(7):
        site.page(f"/{number}", "", status=301, Location=f"/{number + 1}")
    site.page("/7", "<p>Ziel")
    site.page("/leak", "", status=302, Location="http://user:pass@127.0.0.1/")
    entries = [Entry(source_id="amt", url=site.base + p) for p in ("/0", "/2", "/leak")]
    results = {f.url.removeprefix(site.base): f for f in await fetch(*entries, of=source(site))}
    assert {path: f.outcome for path, f in results.items()} == {
        "/0": "too_many_redirects",
        "/2": "ok",
        "/leak": "refused_address",
    }
    assert results["/2"].page.url == f"{site.base}/7"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "http://user:pass@example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://[broken/",
    ],
)
async def test_private_and_odd_addresses_are_refused(url, site):
    [fetched] = await fetch(Entry(source_id="amt", url=url), of=source(site), allow_private=False)
    assert fetched.outcome == "refused_address"


async def test_what_is_no_page_is_refused(site):
    site.page("/bild", b"\x89PNG", Content_Type="image/png")
    [fetched] = await fetch(Entry(source_id="amt", url=f"{site.base}/bild"), of=source(site))
    assert (fetched.outcome, fetched.error) == ("not_text", f"{site.base}/bild: is image/png, not a page")


def test_text_can_come_from_the_feed_itself_without_a_request():
    entry = Entry(source_id="amt", url="https://amt.example/a", text="<p>Alles hier.</p>")
    source = Source(id="amt", name="Amt", kind="rss", url="https://amt.example/feed", text="entry")
    done = carried(source, entry, datetime.now(UTC))
    assert (done.outcome, done.tries, done.page.body) == ("ok", 0, b"<p>Alles hier.</p>")


async def test_an_entry_without_address_and_text_is_counted_not_lost(site):
    site.page("/feed", "<rss version='2.0'><channel><item><title>Nur ein Titel</title></item></channel></rss>")
    [polled] = await poll(source(site))
    [fetched] = await fetch(*polled.entries, of=source(site))
    assert fetched.outcome == "no_address"


async def test_a_bundle_is_split_into_what_it_links_to(site):
    bundle = f"<ul><li><a href='{site.base}/x'>Eine Lücke</a></li><li><a href='/y'>Noch eine</a></li></ul>"
    feed = f"<rss version='2.0'><channel><item><title>Tagesbericht</title><link>{site.base}/t</link>"
    site.page("/feed", f"{feed}<description><![CDATA[{bundle}]]></description></item></channel></rss>")
    [polled] = await poll(source(site, split=True))
    assert [(e.url, e.title) for e in polled.entries] == [
        (f"{site.base}/x", "Eine Lücke"),
        (f"{site.base}/y", "Noch eine"),
    ]


async def test_a_news_sitemap_and_an_index_of_sitemaps_are_read(site):
    space = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    site.page("/all.xml", f"<sitemapindex {space}><sitemap><loc>{site.base}/news.xml</loc></sitemap></sitemapindex>")
    site.page(
        "/news.xml",
        f"<urlset {space}><url><loc>{site.base}/a</loc><n:news><n:publication_date>2026-11-03T10:00:00+01:00"
        "</n:publication_date><n:title>Überschrift</n:title></n:news></url></urlset>",
    )
    [polled] = await poll(source(site, "/all.xml", kind="sitemap"))
    [entry] = polled.entries
    assert (entry.url, entry.title) == (f"{site.base}/a", "Überschrift")
    assert entry.published_at.isoformat() == "2026-11-03T09:00:00+00:00"


def test_every_outcome_is_a_word_that_can_be_a_column_value():
    assert all(word.replace("_", "").isalpha() for word in OUTCOMES)
