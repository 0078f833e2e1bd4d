"""Where an article begins and ends, and what in between is not its own."""

import pytest

from pipeline.extract.ending import trimmed

PROSE = "Die Kasse hat alle Versicherten angeschrieben und ihnen erklärt, welche Daten betroffen sind. " * 4


@pytest.mark.parametrize(
    ("last", "origin"),
    [
        ("(Kasse Nord: ra)", "Kasse Nord"),
        ("Quelle: Ministerium für Gesundheit", "Ministerium für Gesundheit"),
        ("Originaltext: Auenkasse", "Auenkasse"),
        ("Original-Content von: Auenkasse, übermittelt durch Dienst aktuell", "Auenkasse"),
        ("(dpa)", "dpa"),
    ],
)
def test_a_source_mark_ends_the_article_and_becomes_its_origin(last, origin):
    found = trimmed([PROSE, PROSE, last, "Ein anderer Artikel beginnt hier."], frozenset())
    assert (found.paragraphs, found.origin) == ((PROSE, PROSE), origin)


@pytest.mark.parametrize(
    "heading",
    [
        "Pressekontakt",
        "Pressekontakt:",
        "Über die Auenkasse",
        "Mehr zum Thema",
        "Meldungen: Kommentare und Meinungen",
        "Das könnte Sie auch interessieren",
        "Ansprechpartner für die Presse",
        "Weitere Meldungen",
        "Lesen Sie auch:",
        "Adresse für Rückfragen",
        "Informationsquelle(n):",
        "Bei Nachfragen wenden Sie sich bitte an:",
        "Weitere Nachrichten aus der Region",
        "Letzte Änderung: 12.11.2026",
    ],
)
def test_what_stands_behind_an_article_is_cut(heading):
    assert trimmed([PROSE, PROSE, heading], frozenset()).paragraphs == (PROSE, PROSE)


def test_a_pointer_in_the_middle_does_not_end_an_article():
    assert trimmed([PROSE, "Lesen Sie auch: Mehr Angriffe", PROSE], frozenset()).paragraphs == (PROSE, PROSE)


def test_headline_and_byline_are_not_repeated_in_the_text():
    beginning = ["Cyberangriff auf Kasse", "Von Eva Muster", "12. November 2026"]
    assert trimmed([*beginning, PROSE], frozenset({"cyberangriff auf kasse"})).paragraphs == (PROSE,)


def test_a_profile_is_cut_and_a_subhead_that_begins_alike_is_not():
    profile = ["Über die Auenkasse", "Die Auenkasse versichert 1,2 Millionen Menschen in vier Ländern. " * 4]
    assert trimmed([PROSE, PROSE, *profile], frozenset()).paragraphs == (PROSE, PROSE)
    story = ["Über Umwege ins Netz", PROSE, PROSE]
    assert trimmed([PROSE, *story], frozenset()).paragraphs == (PROSE, *story)


def test_a_heading_of_sources_ends_the_article_only_where_hardly_any_prose_follows():
    assert trimmed([PROSE, PROSE, "Quellen", "Bericht des Landesamts"], frozenset()).paragraphs == (PROSE, PROSE)
    assert trimmed([PROSE, "Quellen", PROSE, PROSE], frozenset()).paragraphs == (PROSE, "Quellen", PROSE, PROSE)


@pytest.mark.parametrize(
    "between",
    [
        "Das Rathaus am Morgen nach dem Angriff. Foto: Eva Muster",
        "Das Rathaus am Morgen nach dem Angriff. (Symbolbild: Agentur Bildwerk)",
        "© Eva Muster",
        "Artikel anhören",
        "Teilen | Drucken | Merken",
        "Jetzt unseren täglichen Newsletter abonnieren",
        "Jetzt spenden",
        "Ich bin damit einverstanden, dass mir externe Inhalte angezeigt werden.",
        "Dieser Beitrag wurde mithilfe maschineller Unterstützung erstellt.",
    ],
)
def test_captions_controls_and_adverts_are_no_text(between):
    assert trimmed([PROSE, between, PROSE], frozenset()).paragraphs == (PROSE, PROSE)


@pytest.mark.parametrize(
    "between",
    [
        "Der Strom fiel um drei Uhr aus. Erst am Mittag liefen die Rechner wieder. Verletzt wurde niemand. © Bildwerk",
        "Den Newsletter der Kasse hatten 40.000 Menschen bestellt; ihre Adressen standen eine Woche lang offen im Netz, wie "
        "die Aufsicht nach einer ersten Prüfung der Protokolle am Freitag mitteilte.",
        "Teilen wollte die Klinik ihre Erkenntnisse zunächst nicht.",
    ],
)
def test_sentences_that_only_sound_alike_stay(between):
    assert between in trimmed([PROSE, between, PROSE], frozenset()).paragraphs
