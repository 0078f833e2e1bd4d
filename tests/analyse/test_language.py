import pytest

from pipeline.analyse import analyse
from pipeline.analyse.language import language_of

ENGLISH = """Insurer confirms data breach

Hackers broke into the servers of Northfield Health Insurance in March and copied the records of 40,000 customers, the company said on Tuesday. The regulator has been informed."""
FRENCH = """Fuite de données

Les données de santé de quarante mille patients de la clinique Beauval ont été volées lors d'une attaque informatique, a annoncé mardi la direction de l'établissement."""
SWISS = """Datenabfluss bei der Krankenkasse Birsegg

Unbekannte haben bei der Krankenkasse Birsegg Daten von 40 000 Versicherten erbeutet, wie diese am Dienstag mitteilte."""


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (FRENCH, "fr"), (SWISS, "de")])
def test_the_language_of_a_text_is_recognised(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text", ["", "LockBit", "Microsoft Exchange Server Remote Code Execution", "\x00" * 500, "\u202e" * 90]
)
def test_what_leaves_the_language_open_counts_as_german(text):
    assert language_of(text) == "de"


def test_a_text_in_another_language_is_left_unanalysed(nlp):
    analysis = analyse(nlp, ENGLISH)
    assert analysis.language == "en"
    assert (analysis.mentions, analysis.types, analysis.organisations, analysis.facts) == ((), (), (), ())
    assert analysis.status == "none"


def test_german_with_english_names_is_analysed(nlp):
    analysis = analyse(nlp, SWISS)
    assert analysis.language == "de"
    assert [mention for mention in analysis.mentions if "Birsegg" in mention.surface]
    assert "data_breach" in [found.type for found in analysis.types]
