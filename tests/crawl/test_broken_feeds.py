"""Feeds as they are, not as they should be: what is odd about each, and what must come out of it."""

import gzip
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.crawl.dates import read_date
from pipeline.errors import FetchError
from tests.crawl.feeds import URL, atom, item, offer, rss

HOST = "https://amt.example"
TITLE = "Bürgeramt meldet Störung – „größere“ Lücke"
PLAIN = "Bürgeramt meldet Störung"
XML = '<?xml version="1.0" encoding="{}"?>'
ENTITY = '<?xml version="1.0"?><!DOCTYPE rss [{}]>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))


def one(title=PLAIN, **fields):
    return rss(item(title=title, link=f"{HOST}/a", **fields))


def said(encoding, text, written=None):
    return (XML.format(encoding) + text).encode(written or encoding)


# name, body, Content-Type, and the titles that must come out
WORDS = [
    ("utf-8", said("utf-8", one(TITLE)), "", [TITLE]),
    ("a byte order mark", b"\xef\xbb\xbf" + said("utf-8", one(TITLE)), "", [TITLE]),
    ("a byte order mark twice", b"\xef\xbb\xbf" * 2 + said("utf-8", one(TITLE)), "", [TITLE]),
    ("no declaration", one(TITLE).encode(), "", [TITLE]),
    ("latin-1 declared as utf-8", said("utf-8", one(), "latin-1"), "", [PLAIN]),
    ("utf-8 declared as latin-1", said("iso-8859-1", one(TITLE), "utf-8"), "", [TITLE]),
    ("utf-8 served as latin-1", one(TITLE).encode(), "text/xml; charset=iso-8859-1", [TITLE]),
    ("utf-8 as text/xml, which once meant us-ascii", one(TITLE).encode(), "text/xml", [TITLE]),
    ("windows-1252 undeclared", one(TITLE).encode("cp1252"), "", [TITLE]),
    ("windows-1252 declared as latin-1", said("iso-8859-1", one(TITLE), "cp1252"), "", [TITLE]),
    ("the encoding in the header only", one("Łódź").encode("iso-8859-2"), 'text/xml; charset="ISO-8859-2"', ["Łódź"]),
    ("the encoding in the declaration only", said("iso-8859-2", one("Łódź")), "application/xml", ["Łódź"]),
    ("an encoding that does not exist", said("x-unknown", one(), "cp1252"), "", [PLAIN]),
    ("utf-16 with a mark", said("utf-16", one(TITLE)), "", [TITLE]),
    ("utf-16 without a mark", said("utf-16", one(TITLE), "utf-16-le"), "", [TITLE]),
    ("utf-16 declared, utf-8 written", said("utf-16", one(TITLE), "utf-8"), "", [TITLE]),
    ("one broken byte in utf-8", said("utf-8", one(TITLE + "@")).replace(b"@", b"\xe4"), "", [TITLE + "ä"]),
    ("entities of HTML", rss("<item><title>St&ouml;rung&nbsp;im Amt &ndash; heute</title></item>"), "", ["Störung im Amt – heute"]),
    ("entities escaped twice", one("St&amp;ouml;rung &amp;amp; mehr"), "", ["Störung & mehr"]),
    ("a bare ampersand", rss("<item><title>Müller & Söhne</title></item>"), "", ["Müller & Söhne"]),
    ("markup in a title", one("<b>Neue</b> Lücke<br/>im <i>Amt</i>"), "", ["Neue Lücke im Amt"]),
    ("a title about markup", one("XSS durch <script> in Foo, wenn 3 < 4"), "", ["XSS durch <script> in Foo, wenn 3 < 4"]),
    ("CDATA", rss("<item><title><![CDATA[Müller & <b>Söhne</b>]]></title></item>"), "", ["Müller & Söhne"]),
    ("blanks in a title", one("  Neue\n\t Lücke  "), "", ["Neue Lücke"]),
    ("control characters", one("Neue\x00 \x0bLücke\x1b"), "", ["Neue Lücke"]),
    ("references to no character", rss("<item><title>A&#99999999999;B &#xd800;</title></item>"), "", ["A\ufffdB \ufffd"]),
    ("blank lines before the declaration", b"\r\n\n  " + said("utf-8", one(TITLE)), "", [TITLE]),
    ("100,000 blank lines", "<?xml version='1.0'?>" + "\n" * 100_000 + one(), "", [PLAIN]),
    ("a warning of PHP", "<br />\n<b>Warning</b>: x in <b>y.php</b><br />\n" + XML.format("utf-8") + one(), "", [PLAIN]),
    ("a warning after the end", one() + "\n<br />\n<b>Notice</b>: Undefined & unclosed <b>", "", [PLAIN]),
    ("truncated in the second item", rss(item(title="Eins"), item(title="Zwei", description="xyz"))[:-40], "", ["Eins", "Zwei"]),
    ("truncated in a tag", one().removesuffix("itle></item></channel></rss>"), "", [PLAIN]),
    ("truncated in CDATA", rss("<item><title>Eins</title><description><![CDATA[<p>Da"), "", ["Eins"]),
    ("unclosed tags", "<rss version='2.0'><channel><item><title>Eins</title><item><title>Zwei</title>", "", ["Eins", "Zwei"]),
    ("an undeclared prefix", rss("<item><title>Eins</title><foo:bar>x</foo:bar></item>"), "", ["Eins"]),
    ("capital letters", one().replace("title>", "TITLE>").replace("item>", "ITEM>"), "", [PLAIN]),
    ("a picture with a title", rss(item(title="Eins", inner="<media:content><media:title>Bild</media:title></media:content>")), "", ["Eins"]),
    ("no titles", rss(item(link=f"{HOST}/a"), item(title="", link=f"{HOST}/b")), "", [None, None]),
    ("code in a feed that is cut off", rss(item(title="Eins", description="</rss>"), item(title="Zwei"))[:-17], "", ["Eins", "Zwei"]),
    ("an empty channel", rss(), "", []),
    ("an empty feed", atom(), "", []),
    ("gzip that nobody told of", gzip.compress(one().encode()), "", [PLAIN]),
    ("served as a page", one(), "text/html", [PLAIN]),
    ("a billion laughs", ENTITY.format(LAUGHS) + rss("<item><title>Ha&l11;</title></item>"), "", ["Ha&l11;"]),
    ("an outer entity", ENTITY.format('<!ENTITY x SYSTEM "file:///etc/hostname">') + rss("<item><title>A&x;</title></item>"), "", ["A&x;"]),
    ("its own entity", ENTITY.format('<!ENTITY nbsp "&#160;">') + rss("<item><title>A&nbsp;B</title></item>"), "", ["A B"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "titles"), [c[1:] for c in WORDS], ids=[c[0] for c in WORDS])
def test_the_words_come_out_right(body, kind, titles):
    assert [entry.title for entry in offer(body, content_type=kind).entries] == titles


def linked(inner, **fields):
    return rss(item(title="T", inner=inner, **fields))


# name, body, and the addresses that must come out, without the host
LINKS = [
    ("a relative link", linked("<link>../a</link>"), ["/a"]),
    ("a link to a folder", linked("<link>/a/</link>"), ["/a/"]),
    ("blanks around a link", linked("<link>\n   https://amt.example/a\n  </link>"), ["/a"]),
    ("a link over two lines", linked("<link>https://amt.example/\n      a</link>"), ["/a"]),
    ("a blank in a link", linked("<link>https://amt.example/a b</link>"), ["/a%20b"]),
    ("a link in CDATA", linked("<link><![CDATA[https://amt.example/a?b=1&c=2]]></link>"), ["/a?b=1&c=2"]),
    ("a bare ampersand in a link", linked("<link>https://amt.example/a?b=1&c=2</link>"), ["/a?b=1&c=2"]),
    ("a fragment", linked("<link>https://amt.example/a#b</link>"), ["/a"]),
    ("a permalink as guid", linked("<guid>https://amt.example/a</guid>"), ["/a"]),
    ("an address that is no permalink", linked("<guid isPermaLink='false'>https://amt.example/a</guid>"), ["/a"]),
    ("an empty link and a permalink", linked("<link/><guid>https://amt.example/a</guid>"), ["/a"]),
    ("the same guid twice, two links", rss(item(link="/a", guid="1"), item(link="/b", guid="1")), ["/a", "/b"]),
    ("a second link of Atom", linked("<link>/a</link><atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='self' href='/x'/>"), ["/a"]),
    ("several relations", atom("<link rel='self' href='/s'/><link rel='alternate' href='/a'/><link rel='replies' href='/r'/><link rel='enclosure' href='/e'/>"), ["/a"]),
    ("several languages", atom("<link rel='alternate' hreflang='de-DE' href='/a'/><link rel='alternate' hreflang='en' href='/en'/>"), ["/a"]),
    ("a link to a file", atom("<link rel='alternate' type='application/pdf' href='/a.pdf'/>"), ["/a.pdf"]),
    ("a base", atom("<link href='a'/>", attributes="xml:base='https://amt.example/x/'"), ["/x/a"]),
    ("a podcast", linked("<link>/a</link><enclosure url='https://amt.example/a.mp3' type='audio/mpeg' length='1'/>"), ["/a"]),
    ("RDF", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>A</title></channel><item rdf:about="x"><title>T</title><link>https://amt.example/a</link></item></rdf:RDF>', ["/a"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "paths"), [c[1:] for c in LINKS], ids=[c[0] for c in LINKS])
def test_the_links_come_out_right(body, paths):
    assert [entry.url.removeprefix(HOST) for entry in offer(body).entries] == paths


@pytest.mark.parametrize(
    "body",
    [
        linked(""),
        linked("<guid isPermaLink='false'>tag:amt,1</guid>"),
        linked("<enclosure url='https://amt.example/a.mp3' type='audio/mpeg' length='1'/>"),
    ],
    ids=["nothing", "a guid that is no address", "an enclosure only"],
)
def test_an_item_that_names_no_page_has_an_address_of_its_own_that_stays(body):
    [first], [again] = offer(body).entries, offer(body).entries
    assert first.url == again.url
    assert first.url.startswith(f"{URL}#")


# what is written, and the moment in UTC that it means
DATES = [
    ("Tue, 03 Nov 2026 10:00:00 +0100", "2026-11-03T09:00"),
    ("Tue, 03 Nov 2026 10:00:00 GMT", "2026-11-03T10:00"),
    ("Tue, 03 Nov 2026 10:00:00", "2026-11-03T09:00"),
    ("Tue, 03 Nov 2026 10:00", "2026-11-03T09:00"),
    ("Di, 03 Nov 2026 10:00:00 +0100", "2026-11-03T09:00"),
    ("Di, 03 Nov 2026", "2026-11-03T12:00"),
    ("Mi, 15 Jul 2026 10:00:00", "2026-07-15T08:00"),
    ("Tue, 03 Nov 2026 10:00:00 MEZ", "2026-11-03T09:00"),
    ("Wed, 15 Jul 2026 10:00:00 MESZ", "2026-07-15T08:00"),
    ("Wed, 15 Jul 2026 10:00:00 CEST", "2026-07-15T08:00"),
    ("Tue, 03 Nov 2026 10:00:00 CET", "2026-11-03T09:00"),
    ("Tue, 03 Nov 2026 10:00:00 GMT+0100", "2026-11-03T09:00"),
    ("Tue, 03 Nov 2026 10:00:00 +01:00", "2026-11-03T09:00"),
    ("Tue, 03 Nov 2026 10:00:00 +9900", "2026-11-03T09:00"),
    ("Tue, 03 Nov 2026 10:00:00 EST", "2026-11-03T15:00"),
    ("Tue, 03 Nov 26 10:00:00 +0100", "2026-11-03T09:00"),
    ("3. November 2026, 10:00 Uhr", "2026-11-03T09:00"),
    ("3. November 2026 um 10.30 Uhr", "2026-11-03T09:30"),
    ("3. März 2026 - 10 Uhr", "2026-03-03T09:00"),
    ("Dienstag, 3. November 2026", "2026-11-03T12:00"),
    ("November 3, 2026 4:05 PM", "2026-11-03T15:05"),
    ("03.11.2026", "2026-11-03T12:00"),
    ("03.11.2026 10:00", "2026-11-03T09:00"),
    ("2026-11-03T10:00:00Z", "2026-11-03T10:00"),
    ("2026-11-03T10:00:00.123+01:00", "2026-11-03T09:00"),
    ("2026-11-03 10:00:00", "2026-11-03T09:00"),
    ("2026-11-03", "2026-11-03T12:00"),
    ("20261103T100000Z", "2026-11-03T10:00"),
    ("Tue, 03 Nov 2026 25:61:00 +0100", "2026-11-03T12:00"),
    ("Tue, 03 Nov 2026 23:59:60 GMT", "2026-11-03T23:59"),
    ("0000-00-00 00:00:00", None),
    ("0001-01-01T00:00:00Z", None),
    ("9999-12-31T23:59:59-12:00", None),
    ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    ("1234567890", None),
    ("31.02.2026", None),
    ("gestern", None),
    ("-", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), DATES)
def test_dates_are_read_as_meant_and_no_item_is_dropped_for_its_date(written, meant):
    [entry] = offer(rss(item(title="T", pubDate=written))).entries
    expected = datetime.fromisoformat(meant).replace(tzinfo=UTC) if meant else None
    assert (entry.published_at.replace(second=0) if entry.published_at else None) == expected


def test_a_date_can_stand_in_dublin_core_or_as_an_update():
    [first] = offer(rss(item(**{"dc:date": "2026-11-03T10:00:00+01:00"}))).entries
    [second] = offer(atom("<updated>2026-11-03T10:00:00+01:00</updated>")).entries
    assert first.published_at == second.published_at == second.updated_at == datetime(2026, 11, 3, 9, tzinfo=UTC)


def test_the_longest_text_is_kept():
    fields = {"description": "Kurz.", "content:encoded": "<p>Lang <a href=\"b.html\">b</a> <img src='/c.png'> ganz</p>"}
    [entry] = offer(rss(item(link=f"{HOST}/presse/a/", **fields))).entries
    assert entry.teaser == "Kurz."
    assert entry.text == fields["content:encoded"]


def test_the_xhtml_of_atom_is_text_and_its_base_holds_where_a_bundle_is_split():
    content = '<content type="xhtml" xml:base="https://b.example/x/"><div xmlns="http://www.w3.org/1999/xhtml"><p>Ein <a href="y">Y</a> &amp; Z</p></div></content>'
    [entry] = offer(atom(f'<title type="html">A &amp;amp; B</title><link href="/a"/>{content}')).entries
    assert (entry.title, entry.text) == ("A & B", '<p>Ein <a href="y">Y</a> &amp; Z</p>')
    bundle = atom(f'<title type="html">A &amp;amp; B</title><link href="/a"/>{content}')
    assert [entry.url for entry in offer(bundle, split=True).entries] == ["https://b.example/x/y"]


def test_scripts_and_comments_are_no_words():
    hidden = "<script>var a = 1;</script>Ein<!-- kein --> Satz<style>p {}</style>. <!-- offen"
    [entry] = offer(rss(item(description=hidden))).entries
    assert entry.teaser == "Ein Satz . <!-- offen"


NO_FEEDS = [
    ("an empty body", b""),
    ("blanks", b" \n "),
    ("a page", b"<!DOCTYPE html><html><head><title>Wartung</title></head><body><p>Wartung</p></body></html>"),
    ("JSON", json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": []}).encode()),
    ("a name of a file", b"/etc/hostname"),
    ("an address", b"https://amt.example/feed"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00"),
    ("zeros", b"\x00" * 1000),
    ("a sitemap", b"<urlset><url><loc>https://amt.example/a</loc></url></urlset>"),
    ("what only looks like gzip", b"\x1f\x8b garbage"),
]


@pytest.mark.parametrize("body", [c[1] for c in NO_FEEDS], ids=[c[0] for c in NO_FEEDS])
def test_what_is_no_feed_is_told_with_the_address(body):
    with pytest.raises(FetchError, match=URL) as told:
        offer(body)
    assert told.value.outcome == "not_a_feed"
    assert "\n" not in str(told.value)


def test_half_a_gzip_file_is_told_as_truncated():
    with pytest.raises(FetchError) as told:
        offer(gzip.compress(one().encode())[:-9])
    assert told.value.outcome == "truncated"


@pytest.mark.parametrize(
    "body",
    [
        "<rss version='2.0'><channel>" + "<item>" * 10_000,
        rss(item(inner="<description>" + "<div>" * 10_000 + "</div>" * 10_000 + "</description>")),
        rss(item(description="<div>" * 10_000)),
        atom("<content type='xhtml'>" + "<div>" * 10_000 + "</div>" * 10_000 + "</content>"),
        rss(item(author="a." * 100_000 + "@")),
        rss(item(title="<a " * 50_000 + "<!--" * 50_000 + "&" * 50_000)),
    ],
    ids=["items", "elements", "escaped", "xhtml", "author", "title"],
)
def test_nesting_and_length_do_no_harm(body):
    started = time.monotonic()
    assert offer(body, split=True, text="entry").entries
    assert time.monotonic() - started < 20


def test_more_tags_than_any_feed_has_are_refused():
    with pytest.raises(FetchError) as told:
        offer("<rss>" + "<a>" * 1_000_001)
    assert told.value.outcome == "too_large"


def test_a_malformed_feed_of_20000_items_is_read_whole():
    items = (f"<item><title>{n}&nbsp;</title><link>{HOST}/{n}</link></item>" for n in range(20_000))
    assert len(offer(rss(*items)).entries) == 20_000


PIECES = st.sampled_from(
    b"<rss version='2.0'>|<channel>|<item>|</item>|<title>|</title>|<link>|/a|<guid>|<entry>|<content type='xhtml'>|]]>|&#|"
    b"<feed xmlns='http://www.w3.org/2005/Atom'>|<![CDATA[|<pubDate>|2026-11-03|<!DOCTYPE x [|<!ENTITY|&ouml;|\xff|\xe4|"
    b"<a href='|<svg>|<source url='x'>|<author>|<image>|<url>|<loc>|<urlset>|<textinput>|xml:base='//['|<ttl>|9|<!--".split(
        b"|"
    )
)
SOUP = st.lists(PIECES | st.binary(max_size=4), max_size=30).map(b"".join)


@pytest.mark.parametrize("kind", ["rss", "atom", "sitemap", "html_index"])
@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=200) | SOUP | SOUP.map(lambda soup: b"<rss version='2.0'><channel><item>" + soup))
def test_any_bytes_are_entries_or_told_as_none(kind, body):
    try:
        found = offer(body, kind=kind, text="entry", split=True)
    except FetchError as told:
        outcome = told.outcome
    else:
        outcome = "ok" if all(entry.url for entry in found.entries) else "an entry without address"
    assert outcome in ("ok", "not_a_feed", "truncated")


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text):
    assert read_date(text) is None or read_date(text).tzinfo is UTC


@given(st.integers(0, 3_000_000_000))
def test_every_moment_is_read_as_it_is_written(seconds):
    exact = datetime(1999, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert read_date(exact.isoformat()) == read_date(f"{exact:%a, %d %b %Y %H:%M:%S} +0000") == exact
