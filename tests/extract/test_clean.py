"""Text in the one form that is stored."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract import extract
from pipeline.extract.clean import joined, without_markup

TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>Wichtig</b>: <a href='x'>mehr</a>", "Wichtig: mehr"),
        ("<p>Eins.</p><p>Zwei.</p>", "Eins.\nZwei."),
        ("Das <script>-Element ist gefährlich.", "Das script-Element ist gefährlich."),
        ("Die Angreifer setzen „<iframe>“ ein.", "Die Angreifer setzen „iframe“ ein."),
        ("Fragen an <presse@kasse.example> richten", "Fragen an presse@kasse.example richten"),
        ("5 < 7 und 9 > 8", "5 < 7 und 9 > 8"),
        ("Ein Ende <p>", "Ein Ende"),
        ("wenn x<y ist", "wenn x< y ist"),
        ("<!-- Anfang -->Text<?php echo 1 ?>", "Text"),
        ("<<b>p>doppelt", "doppelt"),
    ],
)
def test_markup_that_stands_in_a_text_as_characters_is_taken_out(text, plain):
    assert joined([text]) == plain


@given(
    st.lists(st.sampled_from(["<", ">", "</", "p", "b", " ", "!--", "script", "x='<'", "Wort", "\n", "/"])).map("".join)
)
def test_no_tag_is_left_whatever_the_brackets(text):
    assert not TAG.search(without_markup(text) + ">")


def test_a_page_that_swallows_its_own_markup_has_none_in_title_teaser_and_text(page):
    swallowed = "<h1>Kasse warnt</h1><p>Die Kasse warnt vor <b>falschen</b> Briefen, die seit Montag ankommen.</p>"
    head = (
        "<title>Kasse warnt &lt;em&gt;heute&lt;/em&gt;</title><meta name=description content='&lt;p>Die Kasse&lt;/p>'>"
    )
    escaped = swallowed.replace("<", "&lt;")
    for body in (f"<textarea>{swallowed}", f"<div>{escaped}</div>", f"<div>{escaped.replace('&', '&amp;')}</div>"):
        article = extract(page(f"<html><head>{head}</head><body>{body}</body></html>"))
        for text in (article.title, article.teaser or "", article.text):
            assert not TAG.search(text)
