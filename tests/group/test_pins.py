"""What analysts decide about an article wins over grouping, also when all is grouped again."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest

from pipeline import grouping
from pipeline.analyse.labels import TYPES
from pipeline.errors import StoreError
from pipeline.records import Source
from pipeline.store import analysed, crawled, pins
from pipeline.store.rows import stamp

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
TEXTS = (
    "Klinik Auental verschlüsselt\n\nUnbekannte haben die Server der Klinik Auental verschlüsselt.",
    "Bußgeld gegen Versandhaus Birkmann\n\nDas Versandhaus Birkmann zahlt nach einer Panne 40.000 Euro.",
    "Leitstelle Celle ausgefallen\n\nIn Celle war der Notruf am Morgen zwei Stunden lang gestört.",
)
FOUND = ("ransomware", "sanction", "outage")


@pytest.fixture
def db(db):
    """Three articles about three incidents."""
    crawled.save_sources(db, [Source(id="amt", name="Amt", kind="rss", url="https://amt.example/feed")])
    analysed.save_types(db, (asdict(label) for label in TYPES.values()))
    for number, (text, name) in enumerate(zip(TEXTS, FOUND, strict=True), 1):
        add(db, number, text, name)
    grouping.group_round(db)
    return db


def add(db, number, text, found):
    """An analysed article that waits for grouping."""
    row = {"id": number, "source_id": "amt", "url": f"https://amt.example/{number}", "words": 9, "kind": "news"}
    times = {"published_at": stamp(NOW + timedelta(days=number)), "first_seen_at": stamp(NOW)}
    db.table("articles").insert(row | times | {"title": text.split("\n")[0], "text_state": "full"})
    db.table("article_texts").insert({"article_id": number, "text": text, "content_hash": str(number)})
    state = {"article_id": number, "model": "m", "at": stamp(NOW), "status": "confirmed", "language": "de"}
    db.table("analyses").insert(state | {"content_hash": str(number)})
    types = {"article_id": number, "type_id": found, "rank": 1, "score": 1.0, "start": 0, "end": 1}
    db.table("article_types").insert(types)


def incident_of(db):
    return {row["article_id"]: row["incident_id"] for row in db.query("select * from incident_articles")}


def test_a_pin_holds_when_all_is_grouped_again(db):
    before = incident_of(db)
    assert len(set(before.values())) == 3
    grouping.pin(db, 2, before[1], by="Ada", why="same case")
    grouping.pin(db, 3, None, by="Ada", why=None)
    for _ in range(2):
        assert incident_of(db) == {1: before[1], 2: before[1]}
        assert db.table("incidents").get(before[1])["articles"] == 2
        assert db.table("incidents").count == 1
        grouping.group_round(db, again=True)


def test_a_pin_taken_back_lets_grouping_decide(db):
    before = incident_of(db)
    grouping.pin(db, 2, before[1], by="Ada", why=None)
    grouping.unpin(db, 2)
    assert incident_of(db)[2] != before[1]
    assert pins.pins(db) == []


def test_an_incident_that_only_pins_hold_stays(db):
    before = incident_of(db)
    db.execute("update analyses set status = 'none' where article_id = 2")
    db.execute("delete from article_types where article_id = 2")
    grouping.pin(db, 2, before[2], by="Ada", why="it is one")
    grouping.group_round(db, again=True)
    assert incident_of(db)[2] == before[2]
    assert db.table("incidents").get(before[2])["title"]


def test_what_does_not_exist_cannot_be_pinned(db):
    for article, incident, words in ((99, None, "article 99"), (1, 99, "incident 99")):
        with pytest.raises(StoreError, match=words):
            grouping.pin(db, article, incident, by="Ada", why=None)
    with pytest.raises(StoreError, match="pin for article 1"):
        grouping.unpin(db, 1)
    assert pins.pins(db) == []


def test_a_later_decision_takes_the_place_of_an_earlier_one(db):
    grouping.pin(db, 3, None, by="Ada", why="no incident")
    grouping.pin(db, 3, incident_of(db)[1], by="Bo", why="the same cable")
    assert [(pin.article_id, pin.by, pin.why) for pin in pins.pins(db)] == [(3, "Bo", "the same cable")]
    assert incident_of(db)[3] == incident_of(db)[1]


def test_numbers_and_slugs_outlive_grouping_again(db):
    add(db, 4, f"{TEXTS[0]} Die Klinik nimmt keine Notfälle auf.", "ransomware")
    grouping.group_round(db)
    slugs = [(row["id"], row["slug"]) for row in db.query("select id, slug from incidents")]
    before = incident_of(db)
    assert before[1] == before[4]
    grouping.group_round(db, again=True)
    assert incident_of(db) == before
    assert [(row["id"], row["slug"]) for row in db.query("select id, slug from incidents")] == slugs


def test_a_decision_that_cannot_be_carried_out_is_not_noted(db, monkeypatch):
    before = incident_of(db)
    monkeypatch.setattr(grouping.grouped, "save_grouped", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        grouping.pin(db, 2, before[1], by="Ada", why=None)
    assert pins.pins(db) == []
    assert incident_of(db) == before
