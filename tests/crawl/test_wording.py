"""Which words reserve the rights to text and data mining, and which only speak of it."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.wording import LIMIT, may_reserve, one_line, reserves

RESERVING = [
    "Text- und Data-Mining i.S.v. § 44b UrhG bleibt vorbehalten.",
    "Wir behalten uns eine Nutzung unserer Inhalte für kommerzielles Text- und Data-Mining ausdrücklich vor.",
    "Die automatisierte Analyse unserer Werke, um daraus Informationen über Muster zu gewinnen, ist untersagt.",
    "Die automatisierte Analyse ist untersagt.",
    "Alle Rechte vorbehalten, auch die des Text und Data Mining gemäß § 44b UrhG.",
    "Alle Rechte, insbesondere für Text und Data Mining sowie das Training von KI-Modellen, vorbehalten.",
    "Der Verlag behält sich das Text und Data Mining nach § 44 b Abs. 3 UrhG vor.",
    "Das Musterblatt behält sich alle Rechte vor. Text & Data Mining ist nicht gestattet.",
    "Nutzungsvorbehalt gemäß § 44b Abs. 3 UrhG: gilt für alle Seiten dieser Domain.",
    "TDM-Vorbehalt im Sinne des Art. 4 DSM-Richtlinie",
    "Hiermit erklären wir den Nutzungsvorbehalt nach § 44b UrhG.",
    "Einer Nutzung für Text und Data Mining wird ausdrücklich widersprochen.",
    "Wir widersprechen jeder Nutzung dieser Website zum Text- und Datamining.",
    "Die Inhalte dieser Website dürfen nicht zum Training künstlicher Intelligenz verwendet werden.",
    "Eine Verwendung unserer Texte für das Training von Sprachmodellen bedarf der vorherigen schriftlichen Zustimmung.",
    "Data Mining, Scraping und KI-Training nur mit unserer schriftlichen Genehmigung!",
    "Kein Text- und Data-Mining!",
    "Das Auslesen mittels Scraping oder vergleichbarer Technik ist verboten.",
    "Die Nutzung der Inhalte für KI-Systeme ist unzulässig.",
    "Jede weitere Nutzung, insbesondere durch Text und Data Mining, ist ohne Zustimmung untersagt.",
    "Jede andere Nutzung einschließlich Text und Data Mining ist untersagt.",
    "Soweit nicht ausdrücklich gestattet, ist Text und Data Mining untersagt.",
    "Text und Data Mining zu Forschungszwecken ist gestattet, im Übrigen ausgeschlossen.",
    "Text- und Data-Mining nach § 44b UrhG: Dies ist ausdrücklich untersagt.",
    "Wir haben von § 44b Abs. 3 UrhG Gebrauch gemacht. Dem Text und Data Mining wird widersprochen.",
    "Wir untersagen die Nutzung unserer Artikel durch Crawler, die Daten für KI-Training sammeln.",
    "All rights, including text and data mining (Art. 4 Directive (EU) 2019/790), reserved",
    "All rights are reserved, including those for text and data mining, AI training and similar technologies.",
    "Use of this content for training AI models is prohibited",
    "no TDM",
    "No AI training.",
    "Legal notice: Example Media expressly reserves the right to use its content for commercial text and data mining.",
    "We expressly reserve the right to carry out text and data mining.",
    "No part of this publication may be used to train large language models.",
    "The use of robots or other automated means to access this site or collect or mine data is strictly prohibited.",
    "You may not use our articles to train machine learning systems.",
    "Text and data mining is not permitted without prior written consent.",
    "Text and data mining is prohibited unless you have a licence.",
    "Scraping of this website requires our prior written permission.",
    "The publisher has opted out of text and data mining.",
    "We object to any reproduction for the purposes of text and data mining.",
    "This is an express reservation of rights under Article 4(3) of Directive (EU) 2019/790.",
    "Do not use this site for training of artificial intelligence.",
    "Data mining only with the permission of the owner.",
    "§ 44b UrhG: Alle Rechte vorbehalten.",
    "TDM-Reservation: 1",
]

NEUTRAL = [
    "",
    "Text und Data Mining ist erlaubt",
    "We allow text and data mining for research",
    "Lehrstuhl für Data Mining",
    "no restrictions on text and data mining",
    "Alle Rechte vorbehalten.",
    "All rights reserved.",
    "© 2024 Beispiel GmbH. Alle Rechte vorbehalten. Lehrstuhl für Data Mining",
    "Alle Rechte vorbehalten | Data Mining Blog | Impressum",
    "Alle Rechte vorbehalten Data Mining Blog",
    "Text und Data Mining ist ohne Genehmigung erlaubt.",
    "Text and data mining is permitted without further consent.",
    "Text und Data Mining ist erlaubt. Alle anderen Rechte vorbehalten.",
    "Text und Data Mining ist erlaubt, alle anderen Rechte bleiben vorbehalten.",
    "Text and data mining is welcome; all other rights reserved.",
    "Die Rechte zum Text und Data Mining sind nicht vorbehalten.",
    "Text and data mining rights are not reserved.",
    "We do not object to text and data mining.",
    "Nothing in these terms prohibits text and data mining for scientific research.",
    "Nutzungen nach § 44b UrhG sind zulässig, wenn der Rechtsinhaber sich diese nicht vorbehalten hat.",
    "Text und Data Mining ist zulässig, sofern kein Nutzungsvorbehalt erklärt wurde.",
    "Text and data mining is lawful unless the rights are expressly reserved.",
    "Ein Nutzungsvorbehalt nach § 44b UrhG ist nur dann wirksam, wenn er in maschinenlesbarer Form erfolgt.",
    "Verlage können sich Text und Data Mining vorbehalten.",
    "Rightholders can reserve text and data mining.",
    "Ist Text und Data Mining verboten?",
    "Für Text und Data Mining ist keine Zustimmung erforderlich.",
    "No permission is required for text and data mining.",
    "Nicht-kommerzielles Text und Data Mining ist erlaubt.",
    "Kurs Data Mining: Taschenrechner sind nicht erlaubt.",
    "Workshop on Data Mining, all seats reserved",
    "We reserve the right to change our policy on text and data mining.",
    "Änderungen am Programm der Tagung Data Mining vorbehalten.",
    "Dürfen unsere Inhalte zum Training von KI verwendet werden? Ja.",
    "Mit unserem KI-Training lernen Sie, Modelle zu verstehen.",
    "Der Zutritt ist verboten.",
    "Eine automatisierte Auswertung Ihrer Daten ist ausgeschlossen.",
    "ai-train: training or fine-tuning AI models.",
    "ANY RESTRICTIONS EXPRESSED VIA CONTENT SIGNALS ARE EXPRESS RESERVATIONS OF RIGHTS UNDER ARTICLE 4 OF THE "
    "EUROPEAN UNION DIRECTIVE 2019/790 ON COPYRIGHT AND RELATED RIGHTS IN THE DIGITAL SINGLE MARKET.",
    "Bergbau: mining in the Ruhr is prohibited since 2018.",
]


@pytest.mark.parametrize("text", RESERVING)
def test_reserving_words_are_found(text):
    assert reserves(text)


@pytest.mark.parametrize("text", NEUTRAL)
def test_neutral_and_permissive_words_are_not(text):
    assert reserves(text) is None


@pytest.mark.parametrize("text", RESERVING)
def test_line_breaks_and_comment_marks_change_nothing(text):
    assert reserves("# " + text.replace(" ", "\n#   ")) == reserves(text)
    assert reserves("<!-- " + text.replace(" ", " \r\n\t ") + " -->") == reserves(text)


@pytest.mark.parametrize("text", RESERVING)
def test_what_reserves_also_passes_the_test_of_bytes(text):
    for encoding in ("utf-8", "latin-1", "cp1252"):
        assert may_reserve(f"<p>{text}</p>".encode(encoding))
    assert may_reserve(text.encode("ascii", "xmlcharrefreplace"))


def test_only_the_sentence_that_reserves_is_kept():
    text = "Willkommen. Text- und Data-Mining i. S. v. § 44b Abs. 3 UrhG bleibt vorbehalten. Kontakt: Redaktion."
    assert reserves(text) == "Text- und Data-Mining i. S. v. § 44b Abs. 3 UrhG bleibt vorbehalten."


def test_soft_hyphens_do_not_hide_words():
    assert reserves("Text- und Data-Mi\u00adning bleibt vor\u00adbe\u00adhal\u00adten.")


def test_a_long_sentence_is_cut():
    wording = reserves("Text und Data Mining ist untersagt, " + "auch in Teilen, " * 100)
    assert wording is not None
    assert len(wording) == LIMIT
    assert wording.endswith("…")


def test_a_page_about_miners_does_not_pass_the_test_of_bytes():
    assert not may_reserve(b"<p>All rights reserved</p>" + b"<p>Coal and iron.</p>" * 10_000)
    assert not may_reserve(b"<p>Data mining is fun.</p>" + b"x" * 10_000 + b"<p>All rights reserved</p>")


PARTS = st.sampled_from(
    [
        *" .,;:!?#*/|()§",
        "text und data mining",
        "nicht",
        "vorbehalten",
        "behalten uns",
        "vor",
        "reserved",
        "KI",
        "train",
        "wenn",
        "may not",
        "no",
        "automatisierte",
        "Analyse",
        "44b",
        "UrhG",
        "dürfen",
        "\n",
        "alle Rechte",
        "TDM",
        "Ihre",
    ]
)


@given(st.one_of(st.text(), st.lists(PARTS, max_size=60).map(" ".join), st.text(st.characters(codec=None))))
def test_any_text_has_an_answer_that_white_space_does_not_change(text):
    wording = reserves(text)
    assert reserves(re.sub(r"\s+", " \n ", text)) == wording
    if wording is not None:
        assert one_line(wording) == wording
        wording.encode()


@given(st.binary())
def test_any_bytes_have_an_answer(body):
    assert may_reserve(body) in (True, False)


@pytest.mark.parametrize("unit", ["text und data mining ", "behalten uns ", "train ", "nicht ", "nur mit ", "a.", "# "])
def test_long_texts_are_read_in_time(unit):
    text = "TDM " + unit * (20_000 // len(unit))
    started = time.perf_counter()
    reserves(text)
    may_reserve(text.encode())
    assert time.perf_counter() - started < 2
