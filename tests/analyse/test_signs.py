"""What classifiers look at: written-down wordings, how an organisation stands, how sure an article is."""

import re

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Span

from pipeline.analyse import cues
from pipeline.analyse.certainty import status_features
from pipeline.analyse.labels import TYPES
from pipeline.analyse.organisations import Resolver
from pipeline.analyse.standing import standings
from pipeline.analyse.weighing import Weighing, learn_weighing


def test_every_type_has_wordings_that_name_themselves():
    for type, pattern, wordings in cues._patterns():
        assert wordings, type
        assert pattern.groups == len(wordings), f"{type}: a wording has a capturing group"
        for wording in wordings:
            re.compile(wording)


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("Der Trojaner  Verschlüsselte Server.", "malware"),
        ("Ein Bußgeld wurde\nverhängt", "sanction"),
        ("Kundendaten sind im Darknet", "data_breach"),
        ("Ein DDoS-Angriff", "ddos"),
    ],
)
def test_wordings_are_found_whatever_case_and_blanks(text, type):
    assert type in {cue.type for cue in cues.find_cues(text)}


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_searched(text):
    assert {cue.type for cue in cues.find_cues(text)} <= set(TYPES)


def test_how_an_organisation_stands_in_its_article():
    doc = spacy.blank("de").make_doc("Angriff auf Tefra . Nordwerk half . Daten der Tefra sind im Darknet .")
    for token in doc:
        token.is_sent_start = token.i in (0, 4, 7)
    doc.set_ents([Span(doc, i, i + 1, label="ORG") for i in (2, 4, 9)])
    doc = Resolver().settle(doc)
    tefra, nordwerk = standings(doc)
    assert (tefra.headline, tefra.sentence, tefra.order, tefra.share, tefra.early) == ("only", 0, 0, 2 / 3, True)
    assert (nordwerk.headline, nordwerk.sentence, nordwerk.order) == ("none", 1, 1)
    assert tefra.cues["data_breach"] == 0.5
    assert nordwerk.with_cue == 0
    assert [sentence.start for sentence in tefra.sentences] == [0, 7]


def test_hedges_count_with_their_place():
    doc = spacy.blank("de").make_doc("Vorwürfe gegen Tefra . Ermittler prüfen , ob Daten abflossen .")
    for token in doc:
        token.is_sent_start = token.i in (0, 4)
    seen = status_features(doc)
    assert {"hedged in headline", "hedged in lead", "hedged: vorwürfe", "hedged: prüfen"} <= set(seen)
    assert not [feature for feature in seen if feature.startswith("denied")]


def test_a_weighing_learns_what_no_single_sign_tells_and_survives_storing():
    random = np.random.default_rng(3)
    signs = random.choice([0.0, 1.0], size=(400, 2)).astype(np.float32)
    both_or_none = (signs[:, :1] == signs[:, 1:]).astype(np.float32)
    weighing = learn_weighing(signs, both_or_none, decay=0.01)
    right = [
        (weighing.chances(sign)[0] > 0.5) == bool(wanted[0]) for sign, wanted in zip(signs, both_or_none, strict=True)
    ]
    assert np.mean(right) > 0.95
    stored = Weighing.of_arrays(weighing.arrays())
    assert np.allclose(stored.chances(signs[0]), weighing.chances(signs[0]))
    again = learn_weighing(signs, both_or_none, decay=0.01)
    assert np.array_equal(again.inner, weighing.inner)
