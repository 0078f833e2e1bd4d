"""What analysts correct is carried out at once, outlives every later analysis, and can be trained with."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pipeline import correcting, grouping
from pipeline.analyse.corpus import read_rows
from pipeline.correcting import corrected
from pipeline.errors import StoreError
from pipeline.records import Analysis, Correction, IncidentType, Mention, Organisation, Span
from pipeline.store import analysed, corrections
from tests.group.stored import incident_of, prepare

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
TEXT = "Klinik Auental meldet Panne\n\nDie Klinik Auental hat Befunde verschickt. Die Rundschau Celle berichtet."
KNOWN = {
    "klinik-auental": ("Klinik Auental", "hospital"),
    "klinikum-auental": ("Klinikum Auental gGmbH", "hospital"),
    "rundschau-celle": ("Rundschau Celle", "media"),
    "befunde": ("Befunde", "other"),
}


def span(words):
    start = TEXT.index(words)
    return Span(start=start, end=start + len(words))


def named(id, role, words):
    place = span(words)
    name, sector = KNOWN[id]
    return Organisation(id=id, name=name, role=role, sector=sector, mentions=1, start=place.start, end=place.end)


def mention(words, name):
    place = span(words)
    return Mention(start=place.start, end=place.end, label="ORG", surface=words, organisation=name)


FOUND = Analysis(
    model="m 1",
    status="alleged",
    types=(IncidentType(type="ransomware", score=0.8, evidence=(span("Panne"),)),),
    organisations=(
        named("klinik-auental", "affected", "Klinik Auental"),
        named("rundschau-celle", "affected", "Rundschau Celle"),
    ),
    mentions=(mention("Klinik Auental", "Klinik Auental"), mention("Rundschau Celle", "Rundschau Celle")),
)


def decision(kind, value, **more):
    return Correction(article_id=1, kind=kind, value=value, by="Ada", at=NOW, **more)


def roles(analysis):
    return {o.id: o.role for o in analysis.organisations}


def test_a_role_is_as_decided():
    after = corrected(FOUND, TEXT, [decision("role", "reporter", organisation="rundschau-celle")], KNOWN)
    assert roles(after) == {"klinik-auental": "affected", "rundschau-celle": "reporter"}


def test_what_is_no_organisation_has_no_part_and_no_name():
    after = corrected(FOUND, TEXT, [decision("role", "none", organisation="rundschau-celle")], KNOWN)
    assert roles(after) == {"klinik-auental": "affected"}
    assert [m.organisation for m in after.mentions] == ["Klinik Auental", None]


def test_an_organisation_that_was_missed_is_found_where_the_text_names_it():
    after = corrected(FOUND, TEXT, [decision("role", "other", organisation="befunde")], KNOWN)
    assert after.organisations[-1] == named("befunde", "other", "Befunde")
    gone = corrected(FOUND, "Ein anderer Text", [decision("role", "other", organisation="befunde")], KNOWN)
    assert roles(gone) == roles(FOUND)


def test_an_organisation_is_really_another():
    after = corrected(FOUND, TEXT, [decision("organisation", "klinikum-auental", organisation="klinik-auental")], KNOWN)
    assert roles(after) == {"klinikum-auental": "affected", "rundschau-celle": "affected"}
    assert after.organisations[0].name == "Klinikum Auental gGmbH"
    assert after.mentions[0].organisation == "Klinikum Auental gGmbH"


def test_two_organisations_that_are_one_are_counted_together():
    after = corrected(FOUND, TEXT, [decision("organisation", "klinik-auental", organisation="rundschau-celle")], KNOWN)
    assert [(o.id, o.mentions) for o in after.organisations] == [("klinik-auental", 2)]
    assert {m.organisation for m in after.mentions} == {"Klinik Auental"}


def test_a_role_may_be_given_to_what_an_organisation_really_is_whatever_was_decided_first():
    both = [
        decision("role", "processor", organisation="klinikum-auental"),
        decision("organisation", "klinikum-auental", organisation="klinik-auental"),
    ]
    assert roles(corrected(FOUND, TEXT, both, KNOWN))["klinikum-auental"] == "processor"


def test_types_come_with_their_place_and_go():
    both = [decision("no_type", "ransomware"), decision("type", "accidental_disclosure", quote="Befunde verschickt")]
    [type] = corrected(FOUND, TEXT, both, KNOWN).types
    assert (type.type, type.evidence) == ("accidental_disclosure", (span("Befunde verschickt"),))
    edited = corrected(FOUND, "Neue Fassung\n\nAnders.", both, KNOWN).types[0]
    assert edited.evidence == (Span(start=0, end=len("Neue Fassung")),)


def test_the_status_is_as_decided():
    assert corrected(FOUND, TEXT, [decision("status", "denied")], KNOWN).status == "denied"


@pytest.fixture
def db(db):
    """One analysed and grouped article."""
    prepare(db)
    unread = analysed.save_text(db, 1, "https://amt.example/1", TEXT, NOW)
    analysed.save_analysis(db, unread, FOUND, NOW)
    grouping.group_round(db)
    return db


def test_a_correction_is_carried_out_at_once_and_outlives_a_new_analysis(db):
    number = correcting.correct(db, decision("role", "reporter", organisation="Rundschau Celle", why="its own report"))
    unread, analysis, at = analysed.analysis_of(db, 1)
    assert roles(analysis) == {"klinik-auental": "affected", "rundschau-celle": "reporter"}
    assert (at, analysis.model) == (NOW, "m 1")
    analysed.save_analysis(db, unread, correcting.decided(db, unread, FOUND), NOW)
    assert roles(analysed.analysis_of(db, 1)[1])["rundschau-celle"] == "reporter"
    [stored] = corrections.corrections(db)
    assert (stored.id, stored.by, stored.why, stored.organisation) == (
        number,
        "Ada",
        "its own report",
        "rundschau-celle",
    )


def test_what_is_stored_is_read_back_as_it_was(db):
    _, analysis, _ = analysed.analysis_of(db, 1)
    assert analysis == FOUND


def test_without_an_incident_type_the_article_leaves_its_incident(db):
    assert incident_of(db) == {1: 1}
    correcting.correct(db, decision("no_type", "ransomware"))
    assert incident_of(db) == {}
    correcting.correct(db, decision("type", "ransomware", quote="Panne"))
    assert len(incident_of(db)) == 1
    [stored] = corrections.corrections(db)
    assert stored.kind == "type"


def test_a_later_decision_takes_the_place_of_an_earlier_one(db):
    for role in ("reporter", "none", "expert"):
        correcting.correct(db, decision("role", role, organisation="rundschau-celle"))
    assert [one.value for one in corrections.corrections(db)] == ["expert"]


def test_an_organisation_that_nobody_knew_is_noted(db):
    correcting.correct(db, decision("organisation", "Klinikum Auental gGmbH", organisation="klinik-auental"))
    assert "klinikum-auental-ggmbh" in roles(analysed.analysis_of(db, 1)[1])


def test_a_withdrawn_correction_leaves_the_article_to_the_model(db):
    number = correcting.correct(db, decision("status", "denied"))
    assert correcting.withdraw(db, number) == 1
    assert [unread.article_id for unread in analysed.unread(db, "m 1", 9)] == [1]
    with pytest.raises(StoreError, match="no correction"):
        correcting.withdraw(db, number)


def test_an_article_that_waits_for_analysis_is_corrected_when_it_is_read(db):
    analysed.again(db)
    correcting.correct(db, decision("status", "denied"))
    [unread] = analysed.unread(db, "m 1", 9)
    assert correcting.decided(db, unread, FOUND).status == "denied"


def test_nobody_corrects_an_article_that_does_not_exist(db):
    with pytest.raises(StoreError, match="no article 9"):
        correcting.correct(db, Correction(article_id=9, kind="status", value="denied", by="Ada", at=NOW))
    assert corrections.corrections(db) == []


def test_corrected_articles_can_be_trained_with(db, tmp_path):
    analysed.save_text(db, 2, "https://amt.example/2", "Nichts", NOW + timedelta(days=1))
    correcting.correct(db, decision("role", "reporter", organisation="rundschau-celle"))
    path = tmp_path / "corrected.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in correcting.exported(db)), encoding="utf-8")
    [row] = read_rows(path)
    assert (row.id, row.event, row.types, row.status) == ("article-1", "incident-1", ("ransomware",), "alleged")
    assert dict(row.orgs) == {"Klinik Auental": "affected", "Rundschau Celle": "reporter"}
    assert row.evidence == ((span("Panne").start, span("Panne").end, "ransomware"),)
    assert [label for *_, label in row.spans] == ["ORG", "ORG"]
