"""How the web is asked: tries, pauses, robots.txt, redirects."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from aiohttp import web as server
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl import address
from pipeline.crawl.web import open_web, pause_before
from pipeline.errors import FetchError
from pipeline.records import SiteRules
from tests.crawl.asking import TEXT, get, polite, refused
from tests.faults import (
    cut,
    drip,
    open_faulty_web,
    page,
    raw,
    redirect,
    reset,
    stall,
    status,
)

GOOD = page(TEXT)
TRUNCATED = {how: cut(TEXT, how) for how in ("length", "chunked", "gzip")}
PASSING = {
    "http_429": status(429),
    "http_502": status(502),
    "http_503": status(503),
    "http_504": status(504),
    "unreachable": reset,
    "timeout": stall,
    "truncated": TRUNCATED["length"],
    "truncated chunked": TRUNCATED["chunked"],
    "truncated gzip": TRUNCATED["gzip"],
}
CLOSED = "User-agent: *\nDisallow: /zu"


@pytest.mark.parametrize("fault", PASSING)
async def test_what_may_pass_is_tried_three_times_and_no_more(faulty, fault):
    url = faulty.on("/a", PASSING[fault])
    error = await refused(url, timeout=0.15 if fault == "timeout" else 5.0)
    assert (error.outcome, error.tries) == (fault.split()[0], 3)
    assert faulty.requests[url] == 3


@pytest.mark.parametrize("faults", [1, 2])
@pytest.mark.parametrize("fault", PASSING)
async def test_the_second_or_third_try_may_succeed(faulty, fault, faults):
    answer = await get(faulty.on("/a", *[PASSING[fault]] * faults, GOOD), timeout=0.15 if fault == "timeout" else 5.0)
    assert (answer.status, answer.body.decode(), answer.tries) == (200, TEXT, faults + 1)


@pytest.mark.parametrize("code", [300, 400, 401, 403, 404, 408, 410, 425, 451, 500, 501, 505])
async def test_other_refusals_are_not_tried_again_at_once(faulty, code):
    url = faulty.on("/a", status(code))
    error = await refused(url)
    assert (error.outcome, error.status, error.tries) == (f"http_{code}" if code >= 400 else "error", code, 1)
    assert faulty.requests[url] == 1


@given(st.integers(2, 3), st.floats(0.001, 100), st.floats(0, 1))
def test_the_pause_grows_fourfold_by_a_quarter_more_or_less(number, base, chance):
    usual = base * 4 ** (number - 2)
    assert 0.74 * usual <= pause_before(number, None, base, chance) <= 1.26 * usual


@given(st.integers(2, 3), st.floats(0, 10), st.floats(0, 1), st.integers(0, 10**6))
def test_a_pause_that_a_server_asks_for_is_kept_to_the_second(number, base, chance, asked):
    assert pause_before(number, timedelta(seconds=asked), base, chance) == asked


async def test_a_short_retry_after_is_waited_for_in_seconds_and_as_a_date(faulty):
    urls = [faulty.on("/a", status(503, retry_after=1), GOOD)]
    urls += [faulty.on("/a", status(429, retry_after=timedelta(seconds=2)), GOOD, host=2)]  # a date has whole seconds
    answers = await asyncio.gather(*map(get, urls))
    assert [answer.tries for answer in answers] == [2, 2]
    first, second = (faulty.times[url][1] - faulty.times[url][0] for url in urls)
    assert 0.95 <= first <= 1.7
    assert 0.7 <= second <= 2.7


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("asked", [3600, timedelta(hours=1)])
async def test_a_long_retry_after_ends_the_round_for_the_whole_host(faulty, code, asked):
    first, second = faulty.on("/a", status(code, retry_after=asked)), faulty.on("/b", GOOD)
    elsewhere = faulty.on("/c", GOOD, host=2)
    async with open_web(polite()) as web:
        for url in (first, second, first):
            with pytest.raises(FetchError) as caught:
                await web.get(url)
            error = caught.value
            assert (error.outcome, error.status, error.url) == (f"http_{code}", code, url)
            assert timedelta(minutes=59) < error.retry_after <= timedelta(hours=1)
        assert (await web.get(elsewhere)).status == 200
    assert faulty.asked_of(1) == faulty.requests[first] == 1


@pytest.mark.parametrize("told", ["bald", "-5", "", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 400, "1e3"])
async def test_an_odd_retry_after_does_not_harm(faulty, told):
    url = faulty.on("/a", status(503, retry_after=told), GOOD)
    assert (await get(url)).tries == 2


async def test_a_host_that_is_down_is_left_alone_after_nine_failures(faulty):
    urls = [faulty.on(f"/{n}", stall) for n in range(6)]
    async with open_web(polite(timeout=0.08)) as web:
        errors = []
        for url in urls:
            with pytest.raises(FetchError) as caught:
                await web.get(url)
            errors.append(caught.value)
    assert [error.outcome for error in errors] == ["timeout"] * 6
    assert [url for url in urls if faulty.requests[url]] == urls[:3]
    assert "left alone" in str(errors[-1])


@pytest.mark.parametrize("sign_of_life", [GOOD, status(404)], ids=["page", "404"])
async def test_a_host_that_answers_in_between_is_not_down(faulty, sign_of_life):
    dead = [faulty.on(f"/{n}", stall) for n in range(4)]
    alive = faulty.on("/lebt", sign_of_life)
    async with open_web(polite(timeout=0.08)) as web:
        for url in (dead[0], dead[1], alive, dead[2], dead[3]):
            await asyncio.gather(web.get(url), return_exceptions=True)
    assert [faulty.requests[url] for url in dead] == [3] * 4


async def test_at_most_two_at_a_time_per_host_and_64_in_all():
    full = asyncio.Event()
    async with open_faulty_web(hosts=40) as faulty:

        async def held(request):
            """Answers when as much is under way as there can be."""
            if faulty.now[""] == 64:
                full.set()
            async with asyncio.timeout(5):
                await full.wait()
            await asyncio.sleep(0.01)
            return server.Response(text="Text")

        urls = [faulty.on(f"/{n}", held, host=host) for n in range(3) for host in range(1, 41)]
        async with open_web(polite(timeout=10.0)) as web:
            answers = await asyncio.gather(*map(web.get, urls))
    assert len(answers) == 120
    assert faulty.most.pop("") == 64
    assert set(faulty.most.values()) == {2}


async def test_a_crawl_delay_lies_between_any_two_requests(faulty):
    faulty.robots("User-agent: *\nCrawl-delay: 0.1")
    urls = [faulty.on(f"/{n}", GOOD) for n in range(4)]
    async with open_web(polite()) as web:
        await asyncio.gather(*map(web.get, urls))
    times = sorted(faulty.times[url][0] for url in urls)
    assert all(later - earlier >= 0.08 for earlier, later in pairwise(times))


@pytest.mark.parametrize("told", ["nan", "-3", "bald", "", "1e-9"])
async def test_an_odd_crawl_delay_does_not_harm(faulty, told):
    faulty.robots(f"User-agent: *\nCrawl-delay: {told}")
    assert (await get(faulty.on("/a", GOOD))).status == 200


async def test_the_usual_delay_holds_for_a_name(monkeypatch, faulty):
    url = faulty.on("/a", GOOD).replace("127.0.0.1", "localhost")
    started = time.monotonic()
    async with open_web(polite(host_delay=0.1)) as web:
        answers = [await web.get(url) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert time.monotonic() - started >= 0.3  # robots.txt, tdmrep.json, page, page


# robots.txt


@pytest.mark.parametrize("robots", [status(c) for c in (400, 401, 403, 404, 410, 451)] + [redirect("/robots.txt")])
async def test_a_host_without_rules_may_be_asked(faulty, robots):
    faulty.robots(robots)
    assert (await get(faulty.on("/zu", GOOD))).status == 200


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (status(500), "http_500"),
        (status(503), "http_503"),
        (status(429), "http_429"),
        (reset, "unreachable"),
        (stall, "timeout"),
        (drip, "timeout"),
        (cut("User-agent: *", "length"), "truncated"),
    ],
)
async def test_a_host_whose_rules_cannot_be_read_is_not_asked_for_pages(faulty, robots, outcome):
    asked = faulty.robots(robots)
    url = faulty.on("/a", GOOD)
    error = await refused(url, timeout=0.15 if outcome == "timeout" else 5.0)
    assert (error.outcome, error.url) == (outcome, url)
    assert "robots.txt" in str(error)
    assert faulty.asked_of(1) == 0
    assert faulty.requests[asked] <= 3


async def test_rules_are_asked_for_once_tried_again_and_learned(faulty):
    asked = faulty.robots(status(503), CLOSED)
    urls = [faulty.on(path, GOOD) for path in ("/zu/a", "/zu/b", "/auf")]
    async with open_web(polite()) as web:
        ends = await asyncio.gather(*map(web.get, urls), return_exceptions=True)
        [learned] = web.rules.learned
    assert [getattr(end, "outcome", None) for end in ends] == ["refused_robots", "refused_robots", None]
    assert faulty.requests[asked] == 2
    assert (learned.origin, learned.robots, learned.tdmrep) == (faulty.url(), CLOSED, None)


@pytest.mark.parametrize(("hours", "outcome", "requests"), [(23, "refused_robots", 0), (25, None, 1)])
async def test_rules_known_from_earlier_hold_for_24_hours(faulty, hours, outcome, requests):
    asked = faulty.robots("User-agent: *\nAllow: /")
    url = faulty.on("/zu", GOOD)
    known = SiteRules(origin=faulty.url(), at=datetime.now(UTC) - timedelta(hours=hours), robots=CLOSED)
    async with open_web(polite(), [known]) as web:
        [end] = await asyncio.gather(web.get(url), return_exceptions=True)
        assert getattr(end, "outcome", None) == outcome
        assert len(web.rules.learned) == requests
    assert faulty.requests[asked] == requests


async def test_rules_for_our_name_go_before_those_for_all(faulty):
    faulty.robots("User-agent: *\nDisallow: /\n\nUser-agent: Test\nDisallow: /zu")
    assert (await get(faulty.on("/auf", GOOD))).status == 200
    assert (await refused(faulty.on("/zu", GOOD))).outcome == "refused_robots"


async def test_rules_of_500_kibibytes_are_read(faulty):
    rules = f"User-agent: *\n{'#' * (500 * 1024 - 28)}\nDisallow: /zu"  # RFC 9309, section 2.5
    faulty.robots(rules)
    assert len(rules) == 512_000
    assert (await refused(faulty.on("/zu", GOOD))).outcome == "refused_robots"


async def test_larger_rules_count_up_to_the_limit(faulty):
    faulty.robots(f"{CLOSED}\n#" + "x" * 600_000)
    assert (await get(faulty.on("/auf", GOOD))).status == 200
    assert (await refused(faulty.on("/zu", GOOD))).outcome == "refused_robots"


@pytest.mark.parametrize("path", ["/\udce4", "/%", "/%zz?ä=\u20ac", "/" + "a" * 3000, "/?" + "&" * 500, "/%00"])
async def test_an_odd_path_raises_nothing_but_our_error(faulty, path):
    faulty.robots("User-agent: *\nDisallow: /zu*ä$\nAllow: /%C3")
    async with open_web(polite()) as web:
        [end] = await asyncio.gather(web.get(faulty.url(path)), return_exceptions=True)
    assert isinstance(end, FetchError)


# redirects


@pytest.mark.parametrize(
    ("codes", "moved"),
    [
        ((301,), 1),
        ((308,), 1),
        ((301, 308, 301), 3),
        ((302,), None),
        ((303,), None),
        ((307,), None),
        ((302, 301), None),
        ((301, 302), 1),
        ((301, 307, 308), 1),
    ],
)
async def test_a_move_is_told_as_far_as_every_step_is_for_good(faulty, codes, moved):
    for number, code in enumerate(codes):
        faulty.on(f"/{number}", redirect(f"/{number + 1}", code))
    target = faulty.on(f"/{len(codes)}", GOOD)
    answer = await get(faulty.url("/0"))
    assert (answer.url, answer.moved_to) == (target, moved and faulty.url(f"/{moved}"))


async def test_a_redirect_leads_to_another_host_whose_rules_hold_there(faulty):
    faulty.robots(CLOSED, host=2)
    closed, opened = faulty.on("/zu", GOOD, host=2), faulty.on("/auf", GOOD, host=2)
    assert (await get(faulty.on("/a", redirect(opened, 302)))).url == opened
    error = await refused(faulty.on("/b", redirect(closed, 302)))
    assert (error.outcome, faulty.requests[closed]) == ("refused_robots", 0)


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("file:///etc/passwd", "refused_address"),
        ("javascript:alert(1)", "refused_address"),
        ("http://user:pass@127.0.0.2/", "refused_address"),
        ("http://[broken/", "refused_address"),
        ("ftp://127.0.0.1/", "refused_address"),
        ("//", "too_many_redirects"),
        ("/a", "too_many_redirects"),
        ("", "too_many_redirects"),
        ("#oben", "too_many_redirects"),
    ],
)
async def test_a_redirect_that_leads_nowhere_good_is_refused(faulty, target, outcome):
    assert (await refused(faulty.on("/a", redirect(target)))).outcome == outcome


@pytest.mark.parametrize("code", [301, 302, 307])
async def test_a_redirect_without_a_target_is_refused(faulty, code):
    assert (await refused(faulty.on("/a", status(code)))).outcome == "too_many_redirects"


async def test_a_redirect_to_a_private_address_is_refused_and_not_asked(faulty, monkeypatch):
    monkeypatch.setattr(address, "is_public", lambda ip: ip == "127.0.0.1")
    private = faulty.on("/geheim", GOOD, host=2)
    hops = [faulty.on("/a", redirect(private)), faulty.on("/b", redirect(faulty.url("/a"))), private]
    for url in hops:
        assert (await refused(url, allow_private=False)).outcome == "refused_address"
    assert faulty.asked_of(2) == 0


@pytest.mark.parametrize("location", [b"/\xe4", "/ä".encode(), b"/%E4", b"/a b"])
async def test_a_redirect_to_a_path_with_odd_signs_does_not_harm(faulty, location):
    faulty.robots(CLOSED)
    url = faulty.on(
        "/a", raw(b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location)
    )
    assert (await refused(url)).outcome in ("http_404", "error", "refused_address")
