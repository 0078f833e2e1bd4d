"""Polling and fetching over a faulty web: how everything ends in one word, and what is kept of it."""

import asyncio
import re
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl import Politeness, at_once, crawl, in_turns
from pipeline.crawl.address import host_of
from pipeline.crawl.archive import read_at
from pipeline.errors import LagebildError, WorkerError
from pipeline.outcomes import OUTCOMES
from pipeline.records import Due, Entry, Hints, Source, Validators
from tests.faults import cut, drip, flood, packed, page, raw, redirect, reset, stall, status

TEXT = "<html><head><title>Meldung</title></head><body><p>Täglich grüßt das Amt.</p></body></html>"
FEED = (
    "<rss version='2.0'><channel><title>Amt</title><item><title>Meldung</title><link>/a</link>"
    "<description>{teaser}</description></item></channel></rss>"
)
DATE = "Mon, 02 Nov 2026 08:00:00 GMT"
# How a request may fail, and the word for it, be it for a feed or for a page.
FAULTS = {
    "http_400": status(400),
    "http_403": status(403),
    "http_404": status(404),
    "http_410": status(410),
    "http_429": status(429),
    "http_451": status(451),
    "http_500": status(500),
    "http_502": status(502),
    "http_503": status(503, retry_after=7200),
    "http_504": status(504),
    "unreachable": reset,
    "timeout": stall,
    "timeout (drips)": drip,
    "truncated": cut(TEXT, "length"),
    "truncated (chunked)": cut(TEXT, "chunked"),
    "truncated (gzip)": cut(TEXT, "gzip"),
    "truncated (not gzip)": page(TEXT, Content_Encoding="gzip"),
    "too_large": flood,
    "too_large (packed)": packed(bytes(3_000_000), "br"),
    "too_many_redirects": redirect("/a"),
    "too_many_redirects (no target)": status(302),
    "refused_address": redirect("file:///etc/passwd"),
    "refused_address (credentials)": redirect("http://a:b@127.0.0.2/"),
    "refused_robots": redirect("/geheim"),
    "error": raw(b"HTTP/1.1 200 OK\r\nContent-Length: viel\r\n\r\n"),
    "error (300)": status(300),
    "error (304)": status(304),
}


def polite(**changes):
    usual = {"user_agent": "Test/1", "allow_private": True, "timeout": 5.0, "pause": 0.001, "max_bytes": 1_000_000}
    return Politeness(**usual | changes)


def source(url, **changes):
    return Source(**{"id": "amt", "name": "Amt", "kind": "rss", "url": url} | changes)


async def poll(url, *, validators=None, hints=None, withhold=False, aside=asyncio.to_thread, **changes):
    async with crawl(polite(**changes), withhold=withhold, aside=aside) as crawler:
        due = Due(source=source(url), validators=validators or Validators(), hints=hints or Hints())
        return await crawler.poll(due)


async def fetch(url, *, validators=None, withhold=False, archive=None, **changes):
    entry = Entry(source_id="amt", url=url, validators=validators or Validators())
    async with crawl(polite(**changes), withhold=withhold, archive=archive) as crawler:
        return await crawler.fetch(source("http://amt.example/feed"), entry)


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_of_a_feed_and_of_a_page_ends_in_its_word(faulty, fault):
    faulty.robots("User-agent: *\nDisallow: /geheim")
    url, word = faulty.on("/a", FAULTS[fault]), fault.split(" ")[0]
    timeout = 0.12 if word == "timeout" else 5.0
    polled = await poll(url, timeout=timeout)
    fetched = await fetch(url, timeout=timeout)
    assert word in OUTCOMES or re.fullmatch("http_[45][0-9]{2}", word)
    assert [polled.outcome, fetched.outcome] == [word, word]
    for ended in (polled, fetched):
        assert ": " in ended.error
        assert "\n" not in ended.error
        assert ended.status == (int(word[5:]) if word.startswith("http") else ended.status)
    assert (polled.entries, fetched.page, fetched.archive) == ((), None, None)


async def test_how_long_a_server_wants_to_be_left_alone_is_told(faulty):
    url = faulty.on("/a", status(503, retry_after=7200))
    hints = Hints(ttl=timedelta(minutes=60), skip_hours=frozenset({3}))
    polled, fetched = await poll(url, hints=hints), await fetch(url)
    for told in (polled.hints.retry_after, fetched.retry_after):
        assert timedelta(minutes=119) < told <= timedelta(minutes=120)
    assert (polled.hints.ttl, polled.hints.skip_hours) == (hints.ttl, hints.skip_hours)
    assert (await poll(faulty.on("/b", status(404)))).hints.retry_after is None


# feeds


@pytest.mark.parametrize(
    ("given_by_server", "kept"),
    [
        ({"ETag": '"1"'}, Validators(etag='"1"')),
        ({"Last_Modified": DATE}, Validators(last_modified=DATE)),
        ({"ETag": 'W/"1"', "Last_Modified": DATE}, Validators(etag='W/"1"', last_modified=DATE)),
    ],
)
async def test_a_feed_is_asked_for_with_what_its_server_gave(faulty, given_by_server, kept):
    url = faulty.on("/feed", page(FEED, **given_by_server))
    first = await poll(url)
    assert (first.validators.etag, first.validators.last_modified) == (kept.etag, kept.last_modified)
    second = await poll(url, validators=first.validators)
    assert (second.outcome, second.status, second.bytes, second.entries) == ("unchanged", 304, 0, ())
    assert second.validators == first.validators
    assert kept.headers.items() <= dict(faulty.headers[url][1]).items()


async def test_the_same_feed_without_a_word_of_that_is_unchanged_as_well(faulty):
    url = faulty.on("/feed", page(FEED), packed(FEED, "gzip"), page(FEED.replace("Meldung", "Anderes")))
    first = await poll(url)
    second = await poll(url, validators=first.validators)
    third = await poll(url, validators=first.validators)
    assert [p.outcome for p in (first, second, third)] == ["ok", "unchanged", "ok"]
    assert second.bytes == len(FEED)


async def test_freshness_and_a_move_are_told_by_an_unchanged_feed_too(faulty):
    feed = page(FEED, ETag='"1"', Cache_Control="max-age=600")
    target = faulty.on("/neu", feed, host=2)
    url = faulty.on("/feed", redirect(target, 308))
    first = await poll(url)
    second = await poll(url, validators=first.validators)
    assert [p.outcome for p in (first, second)] == ["ok", "unchanged"]
    assert first.hints.fresh_for == timedelta(minutes=10)
    assert first.moved_to == second.moved_to == target


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (TEXT, "text/html"),
        ("", "application/rss+xml"),
        (b"%PDF-1.7", "application/pdf"),
        (bytes(range(256)), "image/png"),
        ('{"items": []}', "application/json"),
    ],
)
async def test_what_is_no_feed_is_called_so(faulty, body, kind):
    assert (await poll(faulty.on("/feed", page(body, content_type=kind)))).outcome == "not_a_feed"


async def test_a_worker_that_dies_costs_only_the_source_that_it_read(faulty):
    async def aside(work, *args):
        raise WorkerError("a process has died")

    polled = await poll(faulty.on("/feed", page(FEED)), aside=aside)
    assert (polled.outcome, polled.status, polled.entries) == ("error", None, ())
    assert "has died" in polled.error


# pages


async def test_a_page_that_has_not_changed_is_not_sent_again(faulty):
    url = faulty.on("/a", page(TEXT, ETag='"1"'))
    first = await fetch(url)
    second = await fetch(url, validators=first.validators)
    assert (first.outcome, first.bytes, first.tries) == ("ok", len(TEXT.encode()), 1)
    assert (second.outcome, second.status, second.bytes, second.page) == ("unchanged", 304, 0, None)
    assert second.validators == first.validators


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "IMAGE/JPEG", "application/json", "video/mp4", "x"])
async def test_what_is_no_text_is_no_page(faulty, kind):
    fetched = await fetch(faulty.on("/a", page(b"%PDF-1.7", content_type=kind)))
    assert (fetched.outcome, fetched.status, fetched.page) == ("not_text", 200, None)


@pytest.mark.parametrize("kind", ["text/html", "TEXT/HTML;charset=x", "text/plain", "application/xhtml+xml", ""])
async def test_a_page_is_handed_on_as_it_came_whatever_its_charset(faulty, kind):
    body = TEXT.encode("latin-1")
    fetched = await fetch(faulty.on("/a", page(body, content_type=kind)))
    assert (fetched.outcome, fetched.page.body, fetched.page.content_type or "") == ("ok", body, kind)


async def test_a_page_tells_where_it_was_found_and_its_tries(faulty):
    target = faulty.on("/neu", status(503), status(503), page(TEXT), host=2)
    fetched = await fetch(faulty.on("/a", redirect(target, 302)))
    assert (fetched.url, fetched.page.url, fetched.tries) == (faulty.url("/a"), target, 3)


@pytest.mark.parametrize(
    "told",
    [
        page(TEXT, X_Robots_Tag="noindex"),
        page(TEXT.replace("<head>", "<head><meta name='robots' content='NoIndex, follow'>")),
    ],
)
async def test_a_page_that_wants_no_index_is_kept_with_a_note(faulty, told):
    fetched = await fetch(faulty.on("/a", told))
    assert (fetched.outcome, fetched.note) == ("ok", "noindex")


# reservations


def in_header(faulty):
    return page(TEXT, tdm_reservation="1")


def in_meta(faulty):
    return page(TEXT.replace("<head>", "<head><meta name='tdm-reservation' content='1'>"))


def in_tdmrep(faulty):
    rules = '[{"location": "/a", "tdm-reservation": 1}]'
    faulty.on("/.well-known/tdmrep.json", page(rules, content_type="application/json"))
    return page(TEXT)


@pytest.mark.parametrize(("reserving", "found_in"), [(in_header, "header"), (in_meta, "meta"), (in_tdmrep, "tdmrep")])
async def test_a_reserved_text_is_withheld_or_kept_for_research(faulty, reserving, found_in, tmp_path):
    url = faulty.on("/a", reserving(faulty))
    withheld = await fetch(url, withhold=True, archive=tmp_path)
    asked = faulty.requests[url]
    kept = await fetch(url, withhold=False)
    assert (withheld.outcome, withheld.page.withheld, withheld.page.body) == ("reserved", True, b"")
    assert withheld.archive is None
    assert list(tmp_path.iterdir()) == []
    assert (kept.outcome, kept.page.withheld, "Täglich" in kept.page.body.decode()) == ("ok", False, True)
    for fetched in (withheld, kept):
        assert {(r.host, r.found_in) for r in fetched.reservations} == {(host_of(url), found_in)}
    assert asked == (0 if found_in == "tdmrep" else 1)


async def test_the_reservation_of_the_host_to_which_a_page_has_moved_counts(faulty):
    rules = page('[{"location": "/", "tdm-reservation": 1}]', content_type="application/json")
    faulty.on("/.well-known/tdmrep.json", rules, host=2)
    fetched = await fetch(faulty.on("/a", redirect(faulty.on("/neu", page(TEXT), host=2))), withhold=True)
    assert (fetched.outcome, fetched.page.body) == ("reserved", b"")


@pytest.mark.parametrize("told", [status(500), status(403), reset, page("{"), page("[1, null]"), page(b"\xff\xfe\x00")])
async def test_a_tdmrep_that_cannot_be_read_reserves_nothing(faulty, told):
    faulty.on("/.well-known/tdmrep.json", told)
    assert (await fetch(faulty.on("/a", page(TEXT)), withhold=True)).outcome == "ok"


async def test_a_reserving_feed_keeps_its_teasers_and_not_its_texts(faulty):
    feed = FEED.format(teaser="Wort " * 300)
    url = faulty.on("/feed", page(feed, tdm_reservation="1"))
    polled = await poll(url, withhold=True)
    [entry] = polled.entries
    assert polled.outcome == "ok"
    assert len(entry.teaser) <= 502
    assert entry.text is None
    assert [r.found_in for r in polled.reservations] == ["header"]
    [entry] = (await poll(url)).entries
    assert len(entry.teaser) > 1000


# archive


async def test_a_page_lies_in_the_archive_as_it_came_unpacked(faulty, tmp_path):
    target = faulty.on("/neu", packed(TEXT, "zstd"))
    fetched = await fetch(faulty.on("/a", redirect("/neu")), archive=tmp_path)
    found = read_at(tmp_path, fetched.archive)
    assert (found.url, found.status, found.body.decode()) == (target, 200, TEXT)
    assert found.at == fetched.at


async def test_an_archive_that_cannot_be_written_stops_the_crawl(faulty, tmp_path):
    (tmp_path / "archiv").write_text("keine Mappe")
    with pytest.raises(LagebildError, match="archiv"):
        await fetch(faulty.on("/a", page(TEXT)), archive=tmp_path / "archiv")


# many at a time


async def test_the_results_come_as_they_end_and_no_more_than_so_many_are_under_way():
    under_way = most = 0

    async def work(seconds):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(seconds)
        under_way -= 1
        return seconds

    waits = [0.05, 0.01, 0.03, 0.02, 0.04, 0.001]
    found = [seconds async for seconds in at_once(work, waits, 3)]
    assert sorted(found) == sorted(waits)
    assert found[0] == 0.01
    assert most == 3


async def test_an_error_in_one_piece_of_work_ends_all_and_is_raised():
    async def work(number):
        if number == 5:
            raise LagebildError("voll")
        await asyncio.sleep(0.001)

    with pytest.raises(LagebildError, match="voll"):
        [done async for done in at_once(work, range(1000), 4)]
    assert len(asyncio.all_tasks()) == 1


async def test_who_stops_listening_stops_the_work():
    async def work(number):
        await asyncio.sleep(0.001)
        return number

    results = at_once(work, iter(range(10**9)), 4)
    assert await anext(results) in range(4)
    await results.aclose()
    assert len(asyncio.all_tasks()) == 1


@given(st.lists(st.builds("http://{}.example/{}".format, st.sampled_from("abc"), st.integers(0, 50)), max_size=40))
def test_hosts_take_turns_and_keep_their_order(urls):
    found = in_turns(urls)
    assert sorted(found) == sorted(urls)
    for host in {host_of(url) for url in urls}:
        assert [url for url in found if host_of(url) == host] == [url for url in urls if host_of(url) == host]
    left = {host: sum(host_of(url) == host for url in urls) for host in map(host_of, urls)}
    for url, after in pairwise(found):
        left[host_of(url)] -= 1
        others = any(n for host, n in left.items() if host != host_of(url))
        assert not others or host_of(after) != host_of(url)
