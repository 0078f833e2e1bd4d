"""By which articles a copy and an incident are looked for."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from pipeline import group
from pipeline.analyse.labels import TYPES
from pipeline.records import Source
from pipeline.store import analysed, crawled, grouped
from pipeline.store.rows import stamp

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
BODY = " ".join(f"Wort{n}" for n in range(80))


@pytest.fixture
def db(db):
    crawled.save_sources(db, [Source(id="amt", name="Amt", kind="rss", url="https://amt.example/feed")])
    analysed.save_types(db, (asdict(label) for label in TYPES.values()))
    return db


def add(db, number, body=BODY, *, types=()):
    """An analysed article that waits for grouping."""
    title = f"Überschrift {number}"
    row = {"id": number, "source_id": "amt", "url": f"https://amt.example/{number}", "title": title, "words": 1}
    times = {"published_at": stamp(NOW + timedelta(minutes=number)), "first_seen_at": stamp(NOW)}
    db.table("articles").insert(row | times | {"kind": "news", "text_state": "full"})
    text = {"article_id": number, "text": f"{title}\n\n{body}", "content_hash": str(number)}
    db.table("article_texts").insert(text)
    state = {"article_id": number, "model": "m", "at": stamp(NOW), "status": "none", "language": "de"}
    db.table("analyses").insert(state | {"content_hash": str(number)})
    for name in types:
        found = {"article_id": number, "type_id": name, "rank": 1, "score": 1.0, "start": 0, "end": 1}
        db.table("article_types").insert(found)


def join(db, number, incident=None):
    [case] = grouped.cases(db, [number])
    grouped.join(db, case, group.keys(case), incident, NOW)
    return case


def originals(db, number):
    [case] = grouped.cases(db, [number])
    return group.reprint_of(case, grouped.alike(db, number, group.bands(case)))


def test_a_copy_under_another_headline_is_found_among_others(db):
    for number in range(1, 40):
        add(db, number, " ".join(f"Anders{number}x{n}" for n in range(80)) if number != 7 else BODY)
        join(db, number)
    add(db, 50, f"Berlin (dpa) - {BODY} Quelle: dpa")
    assert originals(db, 50) == "7"
    assert originals(db, 7) is None


def test_the_original_of_a_thousand_copies_is_found(db):
    with db.atomic():
        for number in range(1, 1002):
            add(db, number)
            join(db, number)
    assert originals(db, 1001) == "1"


def test_an_article_that_waits_is_no_original(db):
    add(db, 1)
    add(db, 2)
    assert originals(db, 2) is None


def test_cases_come_in_the_order_asked_for_with_what_belongs_to_each(db):
    add(db, 1, types=["ransomware", "data_breach"])
    add(db, 2, types=["phishing"])
    found = grouped.cases(db, [2, 99, 1])
    assert [(case.article_id, sorted(case.types)) for case in found] == [
        ("2", ["phishing"]),
        ("1", ["data_breach", "ransomware"]),
    ]


def test_neighbours_are_the_articles_of_incidents_that_share_keys(db):
    for number in (1, 2, 3):
        add(db, number, types=["ransomware"])
    incident = grouped.new_incident(db, grouped.cases(db, [1])[0])
    join(db, 1, incident)
    join(db, 2)
    case = grouped.cases(db, [3])[0]
    found = grouped.neighbours(db, 3, group.keys(case))
    assert {id: [case.article_id for case in cases] for id, cases in found.items()} == {str(incident): ["1"]}
    assert grouped.neighbours(db, 3, []) == {}
