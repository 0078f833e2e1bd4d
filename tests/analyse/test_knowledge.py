"""What is known about organisations is free of contradictions, and names lead to them."""

import json
import time
from pathlib import Path

import pytest

from pipeline.analyse import load_knowledge
from pipeline.analyse.knowledge import Register, load_malware
from pipeline.analyse.names import fold, is_abbreviation_of, slug
from pipeline.analyse.sectors import guess_sector
from pipeline.errors import AnnotationError, ModelError

FILE = Path(__file__).parents[2] / "data" / "knowledge" / "organisations.jsonl"


@pytest.fixture(scope="module")
def register():
    return Register(load_knowledge(FILE))


def test_the_shipped_organisations_are_free_of_contradictions():
    known = load_knowledge(FILE)
    assert len({organisation.id for organisation in known}) == len(known) > 1000


def test_the_shipped_organisations_are_read_quickly():
    begun = time.process_time()
    load_knowledge(FILE)
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("BSI", "bsi"),
        ("Bundesamts für Sicherheit in der Informationstechnik", "bsi"),
        ("Bundesdatenschutzbeauftragten", "bfdi"),
        ("GKV-Spitzenverbandes", "gkv-spitzenverband"),
    ],
)
def test_inflected_names_lead_to_their_organisation(register, name, id):
    assert register.find(name).id == id


def test_unknown_names_lead_nowhere(register):
    assert register.find("Papierkontor Versand GmbH") is None


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{"id": "a", "name": "A"}, {"id": "a", "name": "B"}], "key id: a comes twice"),
        ([{"id": "a", "name": "A"}, {"id": "b", "name": "B", "aliases": ["A"]}], "key aliases: 'A' belongs to a and b"),
        ([{"id": "a", "name": "A", "sector": "moon"}], "line 1: key sector: unknown value 'moon'"),
        ([{"id": "a", "name": "A", "colour": "red"}], "line 1: key colour: unknown"),
        ([{"id": "a", "name": "A", "successor": "x"}], "key successor: x of a is unknown"),
        ([{"id": "a"}], "line 1: key name: a name is wanted"),
        ([["a"]], "line 1: an object is wanted"),
    ],
)
def test_contradictions_are_refused_with_their_place(tmp_path, rows, complaint):
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with pytest.raises(AnnotationError) as caught:
        load_knowledge(path)
    assert str(caught.value).startswith(str(path))
    assert complaint in str(caught.value)


def test_a_name_of_two_organisations_is_allowed_where_it_is_ambiguous(tmp_path):
    path = tmp_path / "some.jsonl"
    rows = [{"id": id, "name": id, "aliases": ["Merkur"], "ambiguous": ["Merkur"]} for id in ("one", "two")]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert Register(load_knowledge(path)).find("Merkur") is None


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"gone\.jsonl"):
        load_knowledge(tmp_path / "gone.jsonl")


def test_names_fold_to_one_key():
    assert fold("Telvanta Dialog GmbH & Co. KG") == fold("telvanta dialogs")
    assert fold("Deutscher Bundestag") == fold("Deutschen Bundestages")


def test_identifiers_are_plain():
    assert slug("Bäckerei Müller & Söhne e. V.") == "baeckerei-mueller-soehne"
    assert slug("☃") == "unnamed"


def test_abbreviations_are_told_from_other_names():
    assert is_abbreviation_of("KVH", "Kassenärztliche Vereinigung Hessen")
    assert not is_abbreviation_of("CDU", "Kassenärztliche Vereinigung Hessen")


@pytest.mark.parametrize(
    ("name", "sector"),
    [
        ("Staatsanwaltschaft Moorburg", "law_enforcement"),
        ("Klinikum Sonnenhang gGmbH", "hospital"),
        ("Amtsgericht Moorburg", "court"),
        ("BKK Nordlicht", "statutory_health_insurer"),
        ("Landesbeauftragte für den Datenschutz Moorland", "data_protection_authority"),
        ("Xyzzy", "other"),
    ],
)
def test_names_give_their_sector_away(name, sector):
    assert guess_sector(name) == sector


def test_malware_is_known_by_every_name_that_means_nothing_else(tmp_path):
    path = tmp_path / "malware.jsonl"
    path.write_text(
        '{"name": "Quallenwurm", "aliases": ["Qualle", "QWorm"], "ambiguous": ["Qualle"]}\n\n', encoding="utf-8"
    )
    assert load_malware(path) == {"Quallenwurm", "QWorm"}
    with pytest.raises(ModelError, match=r"gone\.jsonl"):
        load_malware(tmp_path / "gone.jsonl")
    path.write_text("[]\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"malware\.jsonl"):
        load_malware(path)


def test_no_malware_is_listed_twice():
    lines = (FILE.parent / "malware.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    names = [name for row in rows for name in {row["name"], *row.get("aliases", ())} - {*row.get("ambiguous", ())}]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
    assert len(load_malware(FILE.parent / "malware.jsonl")) == len(names) > 400


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Landkreises Oberwerra", "Landkreis Oberwerra"),
        ("Waldegger Boten", "Waldegger Bote"),
        ("Alten Hanse", "Alte Hanse"),
    ],
)
def test_inflected_names_meet(one, other):
    assert fold(one) == fold(other)
