"""What the search finds and what it does not, and that nothing that is typed breaks it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from pipeline.browse.search import search, snippet
from pipeline.run import index_round
from pipeline.store.migrations import migrations
from pipeline.wordforms import read
from tests.browse.situation import add_article

NOW = datetime(2026, 11, 27, tzinfo=UTC)
# number: headline, text, days ago
ARTICLES = {
    1: ("Krankenkassen melden Datenleck", "Bei drei Häusern sind Adressen weg, sagt die Sprecherin.", 10),
    2: ("Betriebskrankenkasse Ahornwerk warnt", "Gefälschte Briefe sind in Lindhafen im Umlauf.", 20),
    3: ("Krankenkassendaten im Netz", "Die Ärztekammer prüft. Zwei Millionen Datensätze standen offen.", 30),
    4: ("Aerztekammer Nord zieht um", "Das neue Haus steht an der Strasse am Hafen.", 400),
    5: ("Landesärztekammer verliert Akten", "Die Straße vor dem Archiv war nass, die Akten auch.", 800),
    6: ("Bußgeld für Spedition", "Die Datenschutzbeauftragte verhängte 40.000 Euro. Keine Daten abgeflossen.", 50),
    7: ("Bussgelder auf Rekordhöhe", "Der Bericht nennt 31 Fälle. Daten sind in keinem abgeflossen.", 60),
    8: ("Sicherheitslücke in Filebarge", "Angreifer nutzen CVE-2026-31337 aus, warnt das Amt.", 3),
    9: ("Stadt hat sich verschätzt", "Die Sache zog sich hin. Es blieb ein Rätsel der Zeit.", 5),
    10: ("Müller-Klinik verschlüsselt", "Unbekannte verlangen Lösegeld von der Klinik in Sankt Auen.", 2),
    11: ("Kliniken unter Druck", "Die Krankenhäuser sparen. Eine Zeitung berichtete.", 1),
    12: ("Datenlecks häufen sich", "Das Wort fiel im Ausschuss drei Mal: Datenleck, Datenleck, Datenleck.", 900),
    13: ("Universitätsklinikum Brückau offline", "Ein Verschlüsselungstrojaner legte das Labor lahm.", 15),
    14: ("Versicherte erhalten Post", "Die Kasse schreibt allen Versicherten der Merkur BKK.", 25),
}
FINDS = [  # what is typed, what must be found, what must not
    ("Krankenkasse", {1, 2, 3}, {4, 11}),
    ("Krankenkassen", {1, 2, 3}, {4}),
    ("krankenkasse", {1, 2, 3}, {4}),
    ("KRANKENKASSE", {1, 2, 3}, set()),
    ("Kasse", {1, 2, 3, 14}, {4}),
    ("Betriebskrankenkasse", {2}, {1, 3}),
    ("Betriebskrankenkassen", {2}, {1}),
    ("Krankenkassendaten", {3}, {1, 2}),
    ("Daten", {1, 3, 6, 7, 12}, {2, 4}),
    ("Ärztekammer", {3, 4, 5}, {1}),
    ("Aerztekammer", {3, 4, 5}, {1}),
    ("Arztekammer", {3, 4, 5}, {1}),
    ("Ärztekammern", {3, 4, 5}, {1}),
    ("Landesärztekammer", {5}, {3, 4}),
    ("Kammer", {3, 4, 5}, {1}),
    ("Straße", {4, 5}, {3}),
    ("Strasse", {4, 5}, {3}),
    ("Straßen", {4, 5}, {3}),
    ("Bußgeld", {6, 7}, {1}),
    ("Bussgeld", {6, 7}, {1}),
    ("Bußgelder", {6, 7}, {1}),
    ("Geld", {6, 7}, {1}),
    ("Datenschutz", {6}, {3, 7}),
    ("Datenschutzbeauftragter", {6}, {7}),
    ("Beauftragte", {6}, {7}),
    ("Sicherheitslücken", {8}, {9}),
    ("Sicherheitsluecke", {8}, {9}),
    ("Lücke", {8}, {1}),
    ("Sicherheit", {8}, {9}),
    ("sich", {9, 12}, {8}),
    ("Zeit", {9}, {11}),
    ("Zeitung", {11}, {9}),
    ("CVE-2026-31337", {8}, {6}),
    ("31337", {8}, {7}),
    ("Müller", {10}, {11}),
    ("Mueller", {10}, {11}),
    ("Muller", {10}, {11}),
    ("Müller-Klinik", {10}, {11}),
    ("Klinik", {10, 11}, {1}),
    ("Kliniken", {10, 11}, {1}),
    ("Klinikum", {13}, {10}),
    ("Trojaner", {13}, {10}),
    ("Krankenhaus", {11}, {1, 2, 3}),
    ("Häuser", {1, 4, 11}, {2}),
    ("Versicherte", {14}, {1}),
    ("versicherten", {14}, {1}),
    ("Datenleck", {1, 12}, {3}),
    ("Leck", {1, 12}, {3}),
    ("Datenleck Krankenkasse", {1}, {12, 2, 3}),
    ("Krankenkasse Datensatz", {3}, {1, 2}),
    ('"keine Daten abgeflossen"', {6}, {7}),
    ("„Keine Daten abgeflossen“", {6}, {7}),
    ('"Daten" abgeflossen', {6, 7}, {1, 3}),
    ('"Krankenkasse"', set(), {1, 2, 3}),
    ("Datenl*", {1, 12}, {3}),
    ("Verschlüssel*", {10, 13}, {1}),
    ("Krankenkasse Lindhafen", {2}, {1, 3}),
    ("Lösegeld", {10}, {6}),
    ("Loesegeld", {10}, {6}),
    ("40.000", {6}, {7}),
    ("Datenleck seit:2025", {1}, {12}),
    ("Datenleck bis:2025", {12}, {1}),
    ("Ärztekammer seit:2025-06 bis:28.10.2026", {3, 4}, {5}),
    ("Kasse ort:Lindhafen", {2}, {1}),
    ("typ:ransomware", {10, 13}, {1}),
    ("Klinik typ:Erpressungstrojaner", {10}, {13, 11}),
    ("typ:ransomware typ:sanction", {6, 10, 13}, {1}),
    ("organisation:merkur", {14}, {1}),
    ('organisation:"Merkur BKK"', {14}, {1}),
    ("quelle:bote Kasse", {1, 2, 3, 14}, {4}),
    ("quelle:anzeiger Kasse", set(), {1}),
    ("stand:bestätigt", {10}, {13}),
    ("Datenleck seit:gestern", {1, 12}, set()),
    ("Kasse: warnt!", {2}, {1}),
    ("(Datenleck OR AND NOT)", set(), {1}),
]


@pytest.fixture(scope="module")
def found_in(tmp_path_factory):
    path = tmp_path_factory.mktemp("suche") / "suche.db"
    with closing(sqlite3.connect(path)) as connection:
        fill(Database(connection))
        connection.commit()
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    yield Asking(connection)
    connection.close()


class Asking:
    """A database as Datasette lets us ask it."""

    name = "suche"

    def __init__(self, connection):
        self.connection = connection

    async def execute(self, sql, params=None):
        return self.connection.execute(sql, params or {}).fetchall()


def fill(db):
    migrations.apply(db)
    source = {"id": "bote", "name": "Bote", "kind": "rss", "url": "u", "language": "de", "country": "de", "enabled": 1}
    db.table("sources").insert(source)
    for id, name in (("ransomware", "Erpressungstrojaner"), ("sanction", "Bußgeld oder Urteil")):
        db.table("incident_types").insert({"id": id, "name_de": name, "description_de": "."})
    db.table("organisations").insert({"id": "merkur-bkk", "name": "Merkur BKK", "sector": "statutory_health_insurer"})
    for id, (title, text, days) in ARTICLES.items():
        add_article(db, id, "bote", title, text, (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    place = {"start": 0, "end": 1}
    for id, status, kind in (
        (10, "confirmed", "ransomware"),
        (13, "alleged", "ransomware"),
        (6, "alleged", "sanction"),
    ):
        state = {"article_id": id, "model": "m", "at": "", "status": status, "language": "de", "content_hash": ""}
        db.table("analyses").insert(state)
        db.table("article_types").insert({"article_id": id, "type_id": kind, "rank": 1, "score": 1.0} | place)
    db.table("mentions").insert({"article_id": 2, "label": "LOC", "surface": "Lindhafen"} | place)
    part = {"article_id": 14, "organisation_id": "merkur-bkk", "role": "affected", "mentions": 1}
    db.table("article_organisations").insert(part | place)
    index_round(db)


@pytest.mark.parametrize(("typed", "wanted", "unwanted"), FINDS, ids=[typed for typed, *_ in FINDS])
async def test_a_search_finds_what_it_must_and_nothing_that_it_must_not(found_in, typed, wanted, unwanted):
    page = await search(found_in, typed, 1)
    hits = {hit.what.id for hit in page.hits}
    assert wanted <= hits
    assert not unwanted & hits
    assert page.total == len(hits)


async def test_a_headline_weighs_more_and_a_fresh_article_a_little(found_in):
    order = [hit.what.id for hit in (await search(found_in, "Datenleck", 1)).hits]
    assert order == [1, 12]
    assert [hit.what.id for hit in (await search(found_in, "Krankenhaus", 1)).hits] == [11]
    assert (await search(found_in, "Ärztekammer", 1)).hits[0].what.id in (4, 5)


async def test_what_is_not_understood_is_said(found_in):
    page = await search(found_in, "Datenleck seit:gestern typ:-", 1)
    assert page.strange == ("seit:gestern", "typ:-")


async def test_every_hit_shows_where_it_says_so(found_in):
    for typed, shown in (
        ("Kammern Datensatz", ["Ärztekammer", "Datensätze"]),
        ('"Millionen Datensätze"', ["Millionen", "Datensätze"]),
        ("Umla*", ["Umlauf"]),
        ("Trojaner", ["Verschlüsselungstrojaner"]),
        ("Aerztekammer", ["Ärztekammer"]),
    ):
        page = await search(found_in, typed, 1)
        marked = [piece.text for hit in page.hits for piece in hit.quote if piece.evidence]
        assert marked == shown


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    typed=st.text(max_size=60)
    | st.text(alphabet="\"'*-+^:(){}NEAR AORNDT„“\0äß", max_size=40)
    | st.lists(
        st.sampled_from(["typ:", "seit:", "ort:x", '"', "a*", "*", "bis:2026-99-99", "Daten", "-", "quelle:%"])
    ).map(" ".join)
)
async def test_nothing_that_is_typed_breaks_the_search(found_in, typed):
    page = await search(found_in, typed, 1)
    assert page.total >= len(page.hits)


def test_without_a_word_nothing_is_asked():
    assert not any(read(typed) for typed in ("", "  ", "*", '"-"', "(((", "typ:--"))


def test_a_snippet_shows_the_place_where_most_stands_together_and_stays_text():
    text = "Daten " + "x " * 60 + "<b>Daten</b> der\n\nKasse weg. " + "y " * 60
    pieces = snippet(text, read("Kasse Daten"))
    whole = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.evidence] == ["Daten", "Kasse"]
    assert "<b>Daten</b> der  Kasse weg" in whole
    assert whole.startswith("… ")
    assert whole.endswith(" …")
    assert snippet("", read("Daten")) == ()


async def test_a_changed_text_is_found_by_its_new_words_alone(tmp_path):
    with closing(sqlite3.connect(tmp_path / "l.db")) as connection:
        connection.row_factory = sqlite3.Row
        db = Database(connection)
        fill(db)
        db.execute(
            "update article_texts set text = 'Neu\n\nDer Leuchtturm steht.', content_hash = 'neu' where article_id = 1"
        )
        assert index_round(db) == 1
        assert index_round(db) == 0
        assert [hit.what.id for hit in (await search(Asking(connection), "Leuchttürme", 1)).hits] == [1]
        assert 1 not in [hit.what.id for hit in (await search(Asking(connection), "Sprecherin", 1)).hits]
