"""Whatever comes, there is an article or an ExtractError, and no markup in the text."""

import random
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ExtractError
from pipeline.extract import extract, extract_many

WORDS = b"Das ist ein Satz, der sich oft wiederholt und kein Ende findet. "
HOSTILE = {
    "nul bytes": b"<p>Eins\0zwei</p>\0" * 50,
    "five megabytes": b"<p>" + WORDS * 80_000 + b"</p>",
    "one hundred thousand nested elements": b"<div>" * 100_000 + WORDS,
    "nested inline elements": b"<p>" + b"<b>" * 50_000 + WORDS,
    "nested tables": b"<table><tr><td>" * 20_000 + WORDS,
    "nested lists": b"<ul><li>" * 20_000 + WORDS,
    "thirty thousand elements": b"<p>Wort <a href=x>x</a></p>" * 15_000,
    "nested JSON": b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>Text</p>",
    "JSON of wrong types": b'<script type="application/ld+json">{"@type": ["Article", 3, null], "headline": {"a": [1]}, '
    b'"author": [[[{"name": {"name": 1}}]], 5], "datePublished": 20261103, "publisher": ["x"], '
    b'"isAccessibleForFree": []}</script><p>Text</p>',
    "a title of separators": b"<title>" + b"a - " * 100_000 + b"</title><h1>" + b"| " * 50_000 + b"</h1>",
    "open brackets": b"<" * 300_000,
    "unknown charset": b'<meta charset="unicode_escape"><p>\\N{x} \xff</p>',
    "dates out of range": b'<time datetime="9999-99-99T99:99">31.02.2026, 25:61 Uhr</time><h1>x</h1><p>0000-00-00</p>',
    "random bytes": b"<p>" + random.Random(7).randbytes(50_000).replace(b"\x1f\x8b", b""),
    "a broken address": b'<link rel="canonical" href="http://[::1"><p>Text</p>',
}
ELEMENT = re.compile(
    r"</?(?:p|div|span|b|a|ul|li|table|tr|td|script|style|article|h1|br|item|head|hi|lb|cell|row)\b[^<>]*>"
)


def article_or_none(given_page):
    try:
        return extract(given_page)
    except ExtractError:
        return None


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_is_an_article_or_an_extract_error(body, page):
    article = article_or_none(page(body))
    if article is not None:
        assert article.title
        assert "\0" not in article.full_text
        assert not ELEMENT.search(article.text)


BITS = [
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<h1>",
    "</h1>",
    "<table><tr><td>",
    "</table>",
    "<li>",
    "<br>",
    "<br/>",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<",
    "&",
    "&shy;",
    "\x00",
]
WORDINGS = [
    "Über uns",
    "Quelle: dpa",
    "(Kasse: ra)",
    "Pressekontakt",
    "Lesen Sie auch:",
    "Ein Satz. ",
    "\n\n",
    "3.11.2026",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(st.sampled_from([*BITS, *WORDINGS]), st.text(max_size=8)), max_size=40),
    st.sampled_from([None, "text/plain", "text/html; entry"]),
)
def test_any_soup_is_an_article_with_clean_paragraphs(page, bits, content_type):
    article = article_or_none(page("".join(bits).encode("utf-8", "replace"), content_type=content_type))
    if article is None:
        return
    assert "\n\n\n" not in article.text
    assert article.text == article.text.strip()
    assert "\xad" not in article.text
    assert article.title


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_an_article_or_an_extract_error(page, body):
    article = article_or_none(page(body))
    assert article is None or article.title


def test_a_page_that_breaks_a_parser_in_an_unforeseen_way_is_one_page_that_cannot_be_read(page, monkeypatch):
    def broken(*_):
        raise KeyError("odd")

    monkeypatch.setattr("pipeline.extract.article.parse", broken)
    pages = [page(b"<html><body><p>Text</p></body></html>"), replace(page(b""), withheld=True)]
    failed, fine = extract_many(pages)
    assert isinstance(failed, ExtractError)
    assert "cannot be read: KeyError" in str(failed)
    assert fine.text_state == "withheld"


def test_entries_that_share_a_link_stay_apart(page):
    url = "https://amt.example/aktuelles#0123456789abcdef"
    shared = replace(page(b"<p>Ein Satz.</p>"), url=url, content_type="text/html; entry")
    assert extract(shared).url == url
