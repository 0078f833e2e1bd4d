"""Which of a page's headlines is the article's."""

import json

import pytest
from lxml import html

from pipeline.extract.structured import metas, structured
from pipeline.extract.title import places, site_names, title

SOCIAL, PRINTED, SEARCHED = (
    "So dreist gehen Betrüger jetzt vor",
    "Falsche Briefe im Namen der Kasse",
    "Betrug: Briefe der Kasse",
)


def chosen(body, *, og=None, said=None, name="", site="zeitung.example", entry=""):
    declared = f"<meta property='og:title' content='{og}'>" if og else ""
    told = json.dumps({"@type": "NewsArticle", "headline": said})
    script = f"<script type='application/ld+json'>{told}</script>" if said else ""
    tree = html.document_fromstring(
        f"<html><head><title>{name}</title>{declared}{script}</head><body>{body}</body></html>"
    )
    said, declared = structured(tree), metas(tree)
    return title(tree, places(tree, said, declared), site_names(said, declared, site), entry)


def test_of_two_declared_headlines_the_one_over_the_article_wins():
    body = f"<article><header><h1>{PRINTED}</h1></header></article>"
    assert chosen(body, og=SOCIAL, said=PRINTED, name=PRINTED) == PRINTED
    assert chosen(body, og=PRINTED, said=SOCIAL, name=PRINTED) == PRINTED


def test_a_headline_over_the_article_that_nothing_declares_wins_over_two_that_differ():
    assert chosen(f"<article><h1>{PRINTED}</h1></article>", og=SOCIAL, said=SEARCHED, name=SEARCHED) == PRINTED


@pytest.mark.parametrize("path", ["<ul><li>{}</li></ul>", "<nav>{}</nav>", "<div class='c-breadcrumb'>{}</div>"])
def test_a_heading_in_the_path_to_the_article_is_not_over_it(path):
    body = f"<article>{path.format(f'<h1>{SEARCHED}</h1>')}</article>"
    assert chosen(body, og=PRINTED, said=f"{SEARCHED}", name=f"{SEARCHED}") == PRINTED


def test_a_heading_that_is_marked_as_headline_outvotes_the_logo():
    body = f"<h1>nah am Menschen</h1><h2 itemprop='headline'>{PRINTED}</h2>"
    assert chosen(body, name=f"Klinikum – {PRINTED}", site="klinikum.example") == PRINTED


@pytest.mark.parametrize("around", ["article", "main"])
def test_a_heading_that_the_title_element_repeats_wins_over_what_is_meant_for_sharing(around):
    body = f"<{around}><h1>{PRINTED}</h1></{around}>"
    assert chosen(body, og=SOCIAL, name=f"{PRINTED} | zeitung.example") == PRINTED
    assert chosen(body, og=SOCIAL, said=SOCIAL, name=PRINTED) == PRINTED


def test_the_line_over_the_headline_is_not_part_of_it():
    body = f"<article><header><h1><span>Krankenkassen</span> <span>{PRINTED}</span></h1></header></article>"
    assert chosen(body, og=SOCIAL, said=PRINTED, name=PRINTED) == PRINTED
    lower = body.replace("h1", "h2")
    assert chosen(lower, og=SOCIAL, said=f"Kassen: {PRINTED}", name=SEARCHED) == PRINTED
    assert chosen(lower, og=SOCIAL, said=f"Die Krankenkassen und {PRINTED}", name=SEARCHED) == SOCIAL


def test_a_lower_heading_over_the_text_wins_where_json_ld_calls_it_the_headline():
    body = f"<article><h2>{PRINTED}</h2><p>{'Die Kasse warnt. ' * 20}</p><h2>Was nun?</h2></article>"
    assert chosen(body, og=SOCIAL, said=PRINTED, name=PRINTED) == PRINTED


def test_what_stands_behind_the_headline_in_declarations_only_is_left_out():
    declared = f"{PRINTED} | Presseinformation"
    assert chosen(f"<article><h1>{PRINTED}</h1></article>", og=declared, name=declared) == PRINTED


@pytest.mark.parametrize(
    "part", ["Pressemitteilung", "Aktuelles", "Presse & Aktuelles", "Warn- und Sicherheitsinformationen"]
)
def test_the_heading_of_a_part_of_the_site_is_no_headline(part):
    body = f"<h1>{part}</h1><h2 class='visuallyhidden'>Unternavigation</h2><div><h3>{PRINTED}</h3></div>"
    assert chosen(body, name=f"{part} - Klinikum", site="klinikum.example") == PRINTED
    assert chosen(f"<h1>{part}</h1><td class='titel'>{PRINTED}</td>", name="Detail") == PRINTED
    assert chosen(f"<h1>{part}</h1>", name="Detail", entry=PRINTED) == PRINTED


def test_a_title_that_the_feed_gives_settles_an_even_vote():
    body = f"<h1>{SEARCHED}</h1><h1>{PRINTED}</h1>"
    assert chosen(body, entry=PRINTED) == PRINTED
    assert chosen(body, entry=SEARCHED) == SEARCHED
