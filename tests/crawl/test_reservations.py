"""Where reservations of mining rights are found: robots.txt, tdmrep.json, headers and pages."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.reservations import in_answer, in_headers, in_page, in_robots, in_site, in_tdmrep, is_noindex
from pipeline.crawl.wording import LIMIT
from pipeline.records import Reservation, SiteRules

AT = datetime(2025, 3, 1, tzinfo=UTC)
ORIGIN = "https://blatt.example"
PAGE = f"{ORIGIN}/artikel/1"
RESERVED = "Text- und Data-Mining i.S.v. § 44b UrhG bleibt vorbehalten."


def robots(text, url=PAGE):
    return [r.wording for r in in_robots(text, url=f"{ORIGIN}/robots.txt", at=AT).for_url(url)]


def tdmrep(rules, url=PAGE):
    text = rules if isinstance(rules, str) else json.dumps(rules)
    return [r.wording for r in in_tdmrep(text, url=f"{ORIGIN}/.well-known/tdmrep.json", at=AT).for_url(url)]


def headers(**said):
    return [r.wording for r in in_headers({k.replace("_", "-"): v for k, v in said.items()}, url=PAGE, at=AT)]


def page(html):
    body = html if isinstance(html, bytes) else html.encode()
    return [(r.found_in, r.wording) for r in in_page(body, url=PAGE, at=AT)]


def test_a_reservation_names_its_host_and_where_it_stands():
    site = in_site(SiteRules(origin=ORIGIN, at=AT, robots=f"# {RESERVED}"))
    assert site.for_url(PAGE) == (
        Reservation(host="blatt.example", at=AT, found_in="robots", wording=RESERVED, url=f"{ORIGIN}/robots.txt"),
    )


def test_a_site_without_files_reserves_nothing():
    assert in_site(SiteRules(origin=ORIGIN, at=AT)).for_url(PAGE) == ()


def test_both_files_of_a_site_count():
    site = in_site(
        SiteRules(
            origin=ORIGIN,
            at=AT,
            robots="User-agent: GPTBot\nDisallow: /",
            tdmrep='[{"location": "/", "tdm-reservation": 1}]',
        )
    )
    assert [r.found_in for r in site.for_url(PAGE)] == ["robots", "tdmrep"]


def test_words_in_comments_of_robots_txt_reserve_across_lines():
    text = "User-agent: *\nAllow: /\n\n# Legal notice: Blatt Media expressly reserves\n# the right to use its content\n"
    text += "# for commercial text and data mining.\n\nSitemap: https://blatt.example/s.xml\n"
    assert robots(text) == [
        "Legal notice: Blatt Media expressly reserves the right to use its content for commercial text and data mining."
    ]
    assert robots(f"User-agent: *  # {RESERVED}\nDisallow:\n") == [RESERVED]
    assert robots(f"{RESERVED}\nUser-agent: *\nDisallow:\n") == [RESERVED]
    assert robots("# Data mining: see below\nUser-agent: x\nDisallow: /\n# All rights reserved\n") == []


def test_an_agent_for_mining_that_is_barred_by_name_reserves():
    assert robots("User-agent: GPTBot\nDisallow: /") == ["User-agent: GPTBot / Disallow: /"]
    text = "User-agent: Googlebot\nUser-agent: GPTBot\nuser-agent: ccbot/2.0\nCrawl-delay: 1\nDisallow: /artikel\nAllow: /x"
    assert robots(text) == ["User-agent: GPTBot / User-agent: ccbot/2.0 / Disallow: /artikel / Allow: /x"]


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /",
        "User-agent: AhrefsBot\nDisallow: /",
        "User-agent: GPTBot\nDisallow:",
        "User-agent: GPTBot\nDisallow: /suche",
        "User-agent: GPTBot\nDisallow: /\nAllow: /artikel/",
        "User-agent: GPTBot\nAllow: /\n\nUser-agent: *\nDisallow: /",
        "User-agent: ChatGPT-User\nDisallow: /",
        "# User-agent: GPTBot\n# Disallow: /",
        "Disallow: /",
        "",
    ],
)
def test_other_rules_of_robots_txt_do_not_reserve(text):
    assert robots(text) == []


def test_groups_for_the_same_agent_are_one():
    text = (
        "User-agent: GPTBot\nDisallow: /suche\n\nUser-agent: *\nDisallow: /x\n\nUser-agent: gptbot\nDisallow: /artikel"
    )
    assert robots(text) == ["User-agent: GPTBot / Disallow: /suche / Disallow: /artikel"]


def test_many_agents_with_the_same_rules_are_told_once_and_briefly():
    names = ["GPTBot", "CCBot", "Google-Extended", "anthropic-ai", "ClaudeBot", "Bytespider", "Amazonbot", "Diffbot"]
    apart = "\n".join(f"User-agent: {name}\nDisallow: /\n" for name in names)
    assert robots(apart) == [" / ".join([*(f"User-agent: {name}" for name in names), "Disallow: /"])]
    more = [f"{name}/{n}" for n in range(10) for name in names]
    assert robots("\n".join(f"User-agent: {name}" for name in more) + "\nDisallow: /") == [
        "User-agent: GPTBot/0 / Disallow: /"
    ]


@pytest.mark.parametrize(
    ("line", "reserved"),
    [
        ("Content-Signal: search=yes, ai-train=no", True),
        ("Content-Usage: train-ai=n", True),
        ("Content-Usage: / train-ai=n", True),
        ("DisallowAITraining: /", True),
        ("TDM-Reservation: 1", True),
        ("Content-Signal: search=no, ai-train=yes", False),
        ("Content-Usage: train-ai=y", False),
        ("TDM-Reservation: 0", False),
    ],
)
def test_signals_to_all_agents_reserve(line, reserved):
    comment = "# ai-train: training or fine-tuning AI models.\n# If a signal = no, you may not collect content.\n"
    comment += "# ANY RESTRICTIONS EXPRESSED VIA CONTENT SIGNALS ARE EXPRESS RESERVATIONS OF RIGHTS UNDER ARTICLE 4\n"
    comment += "# OF THE EUROPEAN UNION DIRECTIVE 2019/790 ON COPYRIGHT.\n"
    assert robots(f"{comment}User-agent: *\n{line}\nAllow: /") == ([line] if reserved else [])


def test_the_first_rule_of_tdmrep_that_matches_decides():
    rules = [
        {"location": "/artikel/frei/", "tdm-reservation": 0},
        {"location": "/artikel/", "tdm-reservation": 1, "tdm-policy": "https://blatt.example/p.json", "more": 1},
        {"location": "/artikel/1", "tdm-reservation": 0},
    ]
    wording = '{"location": "/artikel/", "tdm-reservation": 1, "tdm-policy": "https://blatt.example/p.json"}'
    assert tdmrep(rules) == [wording]
    assert tdmrep(rules, f"{ORIGIN}/artikel/frei/1") == []
    assert tdmrep(rules, f"{ORIGIN}/sonst") == []


@pytest.mark.parametrize(
    ("location", "path", "matches"),
    [
        ("/", "/a", True),
        ("/", "", True),
        ("*", "/a", True),
        ("/a", "/ab", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/A", "/a", False),
        ("/*.pdf$", "/x/y.pdf", True),
        ("/*.pdf$", "/x/y.pdf?z", False),
        ("/*.pdf", "/x/y.pdf?z", True),
        ("/a/*/b", "/a/x/y/bcd", True),
        ("/a/*/b$", "/a/x/b/b", True),
        ("/a*a$", "/a", False),
        ("/foo-%24", "/foo-$", True),
        ("/gr%C3%BC%c3%9fe", "/grüße", True),
        ("/%7Ename", "/~name", True),
        ("/a%2Fb", "/a/b", False),
        ("https://blatt.example/a", "/ab", True),
        ("a", "/ab", True),
    ],
)
def test_locations_of_tdmrep_match_like_rules_of_robots_txt(location, path, matches):
    assert bool(tdmrep([{"location": location, "tdm-reservation": 1}], ORIGIN + path)) is matches


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "null",
        "[1, null, []]",
        '[{"tdm-reservation": 1}]',
        '[{"location": 1, "tdm-reservation": 1}]',
        '[{"location": "/", "tdm-reservation": 2}]',
        '[{"location": "/"}]',
        '[{"location": " ", "tdm-reservation": 1}]',
    ],
)
def test_a_broken_tdmrep_reserves_nothing(text):
    assert tdmrep(text) == []


def test_a_single_rule_and_a_number_as_text_are_understood():
    assert tdmrep('\ufeff{"location": "/", "tdm-reservation": "1"}')


def test_headers_reserve():
    assert headers(TDM_Reservation="1") == ["TDM-Reservation: 1"]
    assert headers(tdm_reservation="1", tdm_policy="https://x.example/p") == [
        "tdm-reservation: 1, tdm-policy: https://x.example/p"
    ]
    assert headers(X_Robots_Tag="noindex, NoAI, noimageai") == ["X-Robots-Tag: noindex, NoAI, noimageai"]
    assert headers(x_robots_tag="otherbot: noai") == ["x-robots-tag: otherbot: noai"]
    assert headers(Content_Usage="train-ai=n") == ["Content-Usage: train-ai=n"]


def test_other_headers_do_not_reserve():
    assert headers(tdm_reservation="0") == []
    assert headers(tdm_policy="https://x.example/p", X_Robots_Tag="noimageai, noindex", Server="noai") == []


def test_meta_elements_reserve():
    assert page("<META CONTENT='1' NAME=TDM-Reservation><meta name=tdm-policy content=https://x.example/p>") == [
        ("meta", "tdm-reservation: 1, tdm-policy: https://x.example/p")
    ]
    assert page('<meta name="robots" content="index, noai">') == [("meta", "robots: index, noai")]
    for name in ("rights", "copyright", "DCTERMS.rights", "dc.Rights"):
        assert page(f'<meta name="{name}" content="© Blatt. {RESERVED.replace("§", "&sect;")}">') == [
            ("meta", RESERVED)
        ]
    assert page(f'<meta property="dcterms:rights" content="{RESERVED}">'.encode("latin-1")) == [("meta", RESERVED)]


def test_other_meta_elements_do_not_reserve():
    assert page('<meta name="tdm-reservation" content="0"><meta name="robots" content="noimageai, noindex">') == []
    assert (
        page(f'<meta name="description" content="{RESERVED}"><meta name="copyright" content="Alle Rechte vorbehalten">')
        == []
    )
    assert page('<!-- <meta name="tdm-reservation" content="1"> -->') == []


def test_the_page_itself_lifts_the_reservation_of_its_header():
    free = b'<meta name="tdm-reservation" content="0">'
    assert in_answer({"TDM-Reservation": "1"}, free, url=PAGE, at=AT) == ()
    assert len(in_answer({"TDM-Reservation": "1"}, b"", url=PAGE, at=AT)) == 1
    assert len(in_answer({"TDM-Reservation": "1", "X-Robots-Tag": "noai"}, free, url=PAGE, at=AT)) == 1
    assert len(in_answer({"TDM-Reservation": "0"}, free.replace(b"0", b"1"), url=PAGE, at=AT)) == 1


@pytest.mark.parametrize(
    "around",
    [
        "<footer><p>Kontakt</p><p>{}</p></footer>",
        "<footer><p>© Blatt.<br>{}</p></footer>",
        "<div role=contentinfo>{}</div>",
        "<div class='page-footer dark'><span>{}</span></div>",
        "<div id=siteFooter>{}</div>",
        "<article><h1>Titel</h1><p>Text</p><p class=copyright>© dpa. {}</p></article>",
        "<section id=impressum>{}</section>",
        "<div class='legal-notice'>{}</div>",
    ],
)
def test_words_in_footers_and_legal_notices_reserve(around):
    whole = f"<html><body><main><p>Ein Artikel.</p></main>{around.format(RESERVED)}</body></html>"
    for encoding in ("utf-8", "latin-1"):
        html = f"<meta charset={encoding}>{whole}".encode(encoding)
        assert page(html) == [("text", RESERVED)]
    assert page("<?xml version='1.0'?>" + whole.replace("§", "&#167;")) == [("text", RESERVED)]


ABOUT = [
    "Das Landgericht entschied, dass Text und Data Mining nach § 44b UrhG nicht verboten war.",
    "Der Verlag behält sich das Text- und Data-Mining ausdrücklich vor, sagte eine Sprecherin.",
    "Text und Data Mining ist untersagt, wenn der Rechtsinhaber sich dies vorbehalten hat. So steht es im Gesetz.",
    "The publisher expressly reserves the right to text and data mining under Art. 4 of Directive (EU) 2019/790.",
    "Scraping and the training of AI models is prohibited by the new terms, the court heard.",
]


@pytest.mark.parametrize("text", ABOUT)
@pytest.mark.parametrize(
    "around",
    [
        "<body class='has-footer single-post'><article class='post tag-copyright category-legal'><h1>T</h1><p>{}</p></article>",
        "<main id=content><div class=text><p>{}</p></div></main>",
        "<article><p>Anfang</p><footer>Lesen Sie auch: {}</footer></article>",
        "<div class='page with-sticky-footer'><p>{}</p></div>",
        "<div class='footer-fixed'><h1>Titel</h1><p>{}</p></div>",
        "<aside><footer>{}</footer></aside>",
    ],
)
def test_an_article_about_mining_does_not_reserve(text, around):
    end = "<footer><p>© Blatt. Alle Rechte vorbehalten</p><p>Dossier Data Mining</p></footer>"
    assert page(around.replace("{}", text) + end) == []


def test_blocks_of_a_footer_are_read_apart():
    assert page("<footer><p>Kopieren verboten</p><ul><li>Data Mining</li><li>Impressum</li></ul></footer>") == []


def test_noindex_is_told_by_headers_and_page():
    assert is_noindex({"X-Robots-Tag": "noindex"}, b"")
    assert is_noindex({"x-robots-tag": "unavailable_after: 25 Jun 2030 15:00:00 PST, none"}, b"")
    assert is_noindex({"x-robots-tag": "googlebot: nofollow, noindex"}, b"")
    assert is_noindex({}, b'<meta name="robots" content="nofollow,NOINDEX">')
    assert is_noindex({}, b'<meta content="none" name="googlebot">')
    assert not is_noindex({"x-robots-tag": "otherbot: noindex"}, b"")
    assert not is_noindex({}, b'<meta name="robots" content="index, noimageindex"><meta name="x" content="noindex">')
    assert not is_noindex({}, b"<p>noindex</p>")


def test_asking_about_an_address_takes_microseconds():
    plain = in_site(SiteRules(origin=ORIGIN, at=AT, robots="User-agent: *\nDisallow: /suche\n" * 500))
    barred = "".join(f"User-agent: {name}\nDisallow: /intern\n" for name in ("GPTBot", "CCBot", "ClaudeBot", "Diffbot"))
    some = in_site(SiteRules(origin=ORIGIN, at=AT, robots=barred, tdmrep='[{"location":"/x","tdm-reservation":1}]'))
    for site, limit in ((plain, 20e-6), (some, 200e-6)):
        started = time.perf_counter()
        for _ in range(1000):
            assert site.for_url(PAGE) == ()
        assert time.perf_counter() - started < 1000 * limit


def test_a_large_page_without_such_words_is_not_parsed():
    body = b"<html><body>" + b"<div class='teaser'><p>Artificial intelligence rides trains.</p></div>" * 4000
    body += b"<p>Sport.</p>" * 200 + b"<footer>All rights reserved</footer></body></html>"
    assert len(body) > 280_000
    started = time.perf_counter()
    for _ in range(3):
        assert in_answer({}, body, url=PAGE, at=AT) == ()
    assert time.perf_counter() - started < 0.3


HTML = st.lists(
    st.sampled_from(
        [
            "<footer>",
            "</footer>",
            "<div class=legal>",
            "</div>",
            "<p>",
            "<!--",
            "-->",
            "<?xml ?>",
            "data mining",
            "reserved",
            "<meta name=rights content='",
            "'>",
            "TDM",
            "§ 44b UrhG",
            "vorbehalten",
            "\x00",
            "&#xD800;",
            "<",
            "<![CDATA[",
        ]
    ),
    max_size=25,
).map(" ".join)
ANY = st.one_of(st.text(), st.text(st.characters(codec=None)))


@given(
    st.one_of(st.binary(), HTML.map(str.encode), HTML.map(lambda t: t.encode("utf-16"))), st.dictionaries(ANY, ANY), ANY
)
def test_any_answer_can_be_read(body, said, url):
    is_noindex(said, body)
    for reservation in in_answer(said, body, url=url, at=AT):
        assert_storable(reservation)


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["User-agent: GPTBot", "User-agent: *", "Disallow: /", "Allow: /a", f"# {RESERVED}", ":", "\x85"]
        ),
        ANY,
    )
).map("\n".join)


@given(LINES, ANY)
def test_any_robots_txt_can_be_read(text, url):
    site = in_robots(text, url=f"{ORIGIN}/robots.txt", at=AT)
    for reservation in site.for_url(url) + site.for_url("http://[/robots.txt") + site.for_url(PAGE):
        assert_storable(reservation)


JSON = st.recursive(
    st.one_of(st.none(), st.integers(), ANY, st.sampled_from(["/", "*", "/*a*$", "1", 1, True])),
    lambda inner: st.one_of(
        st.lists(inner),
        st.dictionaries(st.one_of(ANY, st.sampled_from(["location", "tdm-reservation", "tdm-policy"])), inner),
    ),
)


@given(st.one_of(ANY, JSON.map(json.dumps)), ANY)
def test_any_tdmrep_can_be_read(text, url):
    site = in_tdmrep(text, url=f"{ORIGIN}/.well-known/tdmrep.json", at=AT)
    for reservation in site.for_url(url) + site.for_url(PAGE):
        assert_storable(reservation)


def assert_storable(reservation):
    reservation.wording.encode()
    assert 0 < len(reservation.wording) <= LIMIT
    assert reservation.wording.isprintable()
