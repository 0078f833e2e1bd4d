"""Which of a page's headlines is the article's."""

import json

import pytest
from lxml import html

from pipeline.extract.structured import metas, structured
from pipeline.extract.title import title

SOCIAL, PRINTED, SEARCHED = (
    "So dreist gehen Betrüger jetzt vor",
    "Falsche Briefe im Namen der Kasse",
    "Betrug: Briefe der Kasse",
)


def chosen(body, *, og=None, said=None, name="", site="zeitung.example"):
    declared = f"<meta property='og:title' content='{og}'>" if og else ""
    told = json.dumps({"@type": "NewsArticle", "headline": said})
    script = f"<script type='application/ld+json'>{told}</script>" if said else ""
    tree = html.document_fromstring(
        f"<html><head><title>{name}</title>{declared}{script}</head><body>{body}</body></html>"
    )
    return title(tree, structured(tree), metas(tree), site)


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
