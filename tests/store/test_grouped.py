"""By which articles a copy and an incident are looked for."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline import group
from pipeline.analyse.labels import TYPES
from pipeline.records import Source
from pipeline.store import analysed, candidates, crawled, grouped, incidents
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
    """Looks at an article without comparing it, as if it were like no other."""
    [case] = grouped.cases(db, [number])
    candidates.save_keys(db, case, group.keys(case))
    incidents.move(db, number, incident)
    return case


def originals(db, number):
    [case] = grouped.cases(db, [number])
    return group.reprint_of(case, candidates.alike(db, number, group.bands(case)))


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
    incident = incidents.new_incident(db, grouped.told(db, [1])[0])
    join(db, 1, incident)
    join(db, 2)
    [case] = grouped.cases(db, [3])
    found = candidates.neighbours(db, case, group.keys(case), group.WINDOW)
    assert [case.article_id for case in found] == ["1"]
    assert candidates.neighbours(db, case, {}, group.WINDOW) == []


def test_of_many_neighbours_those_that_share_most_are_compared_and_then_the_nearest(db):
    with db.atomic():
        for number in range(1, 102):
            add(db, number, types=["ransomware"])
        incident = incidents.new_incident(db, grouped.told(db, [1])[0])
        for number in range(1, 102):
            [case] = grouped.cases(db, [number])
            candidates.save_keys(db, case, {"org:a", "cve:x"} if number == 70 else {"org:a"})
            incidents.move(db, number, incident)
    [case] = grouped.cases(db, [90])
    found = [int(c.article_id) for c in candidates.neighbours(db, case, {"org:a": 3, "cve:x": 3}, group.WINDOW)]
    assert len(found) == 8
    assert found[0] == 70
    assert {abs(number - 90) for number in found[1:]} == set(range(1, 5))


def test_articles_long_before_or_after_are_no_neighbours(db):
    for number in (1, 2):
        add(db, number, types=["ransomware"])
    incident = incidents.new_incident(db, grouped.told(db, [1])[0])
    join(db, 1, incident)
    [case] = grouped.cases(db, [2])
    far = replace(case, published_at=case.published_at + group.WINDOW + timedelta(hours=1))
    assert candidates.neighbours(db, far, group.keys(case), group.WINDOW) == []
    assert (
        candidates.neighbours(db, replace(case, published_at=datetime.min.replace(tzinfo=UTC)), {"a": 1}, group.WINDOW)
        == []
    )
