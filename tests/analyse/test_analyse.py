"""A text goes in, an analysis with places comes out, whatever the text is."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.analyse import analyse, analyse_many, annotation, load
from pipeline.analyse.labels import MENTIONS, ROLES, SECTORS, STATUSES, TYPES
from pipeline.errors import ModelError


def check(text, analysis):
    """Every label is of the vocabulary and every place lies in the text."""
    assert analysis.status in STATUSES
    assert (analysis.status == "none") == (not analysis.types)
    for mention in analysis.mentions:
        assert mention.label in MENTIONS
        assert text[mention.start : mention.end] == mention.surface != ""
    for found in analysis.types:
        assert found.type in TYPES
        assert 0 <= found.score <= 1
        assert found.evidence
        assert all(0 <= place.start < place.end <= len(text) for place in found.evidence)
    for organisation in analysis.organisations:
        assert organisation.role in ROLES
        assert organisation.sector in SECTORS
        assert organisation.mentions >= 1
        assert 0 <= organisation.start < organisation.end <= len(text)
    assert all(0 <= fact.start < fact.end <= len(text) for fact in analysis.facts)
    assert len({organisation.id for organisation in analysis.organisations}) == len(analysis.organisations)


def test_an_article_is_understood(nlp, article):
    text = article["klinik"]["text"]
    analysis = analyse(nlp, text)
    check(text, analysis)
    assert analysis.model == f"{nlp.meta['name']} {nlp.meta['version']}"
    assert "ransomware" in {found.type for found in analysis.types}
    assert ("LockBit", "attacker") in {(o.name, o.role) for o in analysis.organisations}
    assert [fact.value for fact in analysis.facts if fact.kind == "ransom_eur"] == ["2000000"]


def test_an_article_without_incident_has_neither_types_nor_affected_people(nlp, article):
    analysis = analyse(nlp, article["messe"]["text"])
    assert (analysis.types, analysis.status, analysis.affected) == ((), "none", None)


def test_short_and_long_forms_are_one_organisation(nlp):
    text = (
        "Daten der Telvanta Dialog GmbH gestohlen\n\nDie Telvanta Dialog GmbH in Köln meldet einen Hackerangriff. "
        "Telvanta arbeitet für Krankenkassen. Das Bundesamt für Sicherheit in der Informationstechnik (BSI) hilft. "
        "Das BSI rät der Telvanta Dialog GmbH zu neuen Passwörtern."
    )
    organisations = {o.id: o for o in analyse(nlp, text).organisations}
    assert organisations["telvanta-dialog"].mentions >= 3
    assert organisations["bsi"].mentions >= 2
    assert not {"telvanta", "bundesamt-fuer-sicherheit-in-der-informationstechnik"} & set(organisations)


def test_many_texts_come_back_in_order(nlp, article):
    texts = [row["text"] for row in article.values()]
    many = list(analyse_many(nlp, [*texts, ("", datetime(2025, 1, 1, tzinfo=UTC))]))
    assert many[:-1] == [analyse(nlp, text) for text in texts]
    assert many[-1].mentions == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n\t ",
        "\x00\x01\x1f\x7f",
        "🏥🔓 Klinik 👩‍⚕️ gehackt 🤷🏽‍♀️",
        "\ud800 Server \udfff verschlüsselt",
        "a" * 60_000,
        "((((((" * 3_000,
        "AOK Bayern\u200b\u200b\u00a0meldet\u2028Datenleck\r\n\r\nEnde",
        "http://" + "x." * 3_000,
    ],
    ids=["empty", "blank", "control", "emoji", "surrogates", "one word", "brackets", "odd blanks", "address"],
)
def test_odd_texts_are_answered(nlp, text):
    check(text, analyse(nlp, text))


def test_a_long_text_is_answered_with_places_in_the_whole_text(nlp, article):
    part = article["stick"]["text"] + "\n\n"
    text = part * (200_000 // len(part))
    analysis = analyse(nlp, text)
    check(text, analysis)
    assert analysis.mentions[-1].start > 190_000
    assert analysis.affected == 12_400


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(), max_size=400))
def test_any_text_is_answered(nlp, text):
    check(text, analyse(nlp, text))


def test_an_annotation_is_what_the_command_prints(nlp, article):
    line = annotation(7, analyse(nlp, article["stick"]["text"]))
    assert list(line) == ["id", "language", "mentions", "types", "status", "affected", "facts", "organisations"]
    assert line["id"] == 7
    assert line["affected"] == 12_400
    assert set(line["mentions"][0]) == {"start", "end", "label", "organisation"}
    assert set(line["types"][0]) == {"type", "score", "evidence"}
    assert set(line["organisations"][0]) == {"name", "role", "sector"}


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"gone: there is no model"):
        load(tmp_path / "gone")


def test_a_folder_that_is_no_model_is_named(tmp_path):
    with pytest.raises(ModelError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: the model cannot be loaded")
    assert "\n" not in str(caught.value)


def test_a_foreign_model_is_refused(tmp_path):
    import spacy

    spacy.blank("de").to_disk(tmp_path / "foreign")
    with pytest.raises(ModelError, match="does not fit this program: it lacks lagebild_sentences"):
        load(tmp_path / "foreign")
