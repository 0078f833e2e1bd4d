"""Names are completed and corrected by what is known and by what stands elsewhere in the text."""

import pytest
import spacy
from spacy.tokens import Doc

from pipeline.analyse.completing import Completer
from pipeline.analyse.knowledge import KnownOrganisation

KNOWN = (
    KnownOrganisation(id="birke", name="Birkenklinik", aliases=("Klinik an der Birke",), ambiguous=()),
    KnownOrganisation(id="linde", name="Linde", ambiguous=("Linde",)),
)


@pytest.fixture(scope="module")
def german():
    return spacy.blank("de")


def completed(german, text, *found):
    """The mentions of a text after names were found in it, each as (words, label)."""
    doc: Doc = german.make_doc(text)
    spans = [doc.char_span(text.index(words), text.index(words) + len(words), label=label) for words, label in found]
    doc.set_ents(spans)
    Completer(KNOWN, {"Quallenwurm", "Wurm"}).complete(doc)
    return [(span.text, span.label_) for span in doc.ents]


@pytest.mark.parametrize(
    ("text", "found", "wanted"),
    [
        ("Die Birkenklinik schweigt.", [], [("Birkenklinik", "ORG")]),
        ("Die Birkenklinik schweigt.", [("Birkenklinik", "PER")], [("Birkenklinik", "ORG")]),
        ("Die Birkenklinik schweigt.", [("Birkenklinik", "MISC")], [("Birkenklinik", "MISC")]),
        ("Die Linde blüht.", [], []),
        ("Die Klinik an der Birke schweigt.", [("Birke", "LOC")], [("Klinik an der Birke", "ORG")]),
        ("Der Quallenwurm frisst Dateien.", [("Quallenwurm", "ORG")], [("Quallenwurm", "MISC")]),
        (
            "Eva Lohmann sprach. Lohmanns Antwort war kurz, Lohmann ging.",
            [("Eva Lohmann", "PER")],
            [("Eva Lohmann", "PER"), ("Lohmanns", "PER"), ("Lohmann", "PER")],
        ),
        ("Tefra meldet Verluste. Bei Tefra ist Ruhe.", [("Tefra", "ORG")], [("Tefra", "ORG"), ("Tefra", "ORG")]),
        ("Ulm feiert. In Ulm ist Ruhe.", [("Ulm", "LOC")], [("Ulm", "LOC")]),
        (
            "Die Wert 5 Pflege GmbH schweigt.",
            [("Wert 5", "ORG"), ("Pflege GmbH", "ORG")],
            [("Wert 5 Pflege GmbH", "ORG")],
        ),
        (
            "Vor Tefra Nordwerk liegt Schnee.",
            [("Tefra", "ORG"), ("Nordwerk", "ORG")],
            [("Tefra", "ORG"), ("Nordwerk", "ORG")],
        ),
    ],
)
def test_names_are_completed(german, text, found, wanted):
    assert completed(german, text, *found) == wanted
