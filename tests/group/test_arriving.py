"""The same articles give the same incidents, in whatever order they arrive; numbers stay."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils.db import Database

from pipeline import grouping
from pipeline.records import Case
from pipeline.store import memory_store
from tests.group import cases as c
from tests.group.stored import add, change, incident_of, prepare, together

EVENTS = (c.KUESTE, c.KUESTE_NEXT_DAY, c.KUESTE_FINE, c.KUESTE_LOSS, c.HARZ, c.PROVIDER, c.PROVIDER_SECOND)


@st.composite
def retold(draw: st.DrawFn) -> Case:
    """An article that tells parts of one event or two, on one of few days, by what a model found or missed."""
    told = draw(st.sampled_from(EVENTS))
    others = draw(st.sampled_from(EVENTS)).text.split(". ")
    own = told.text.partition("\n\n")[2].split(". ")
    kept = draw(st.lists(st.sampled_from(own), min_size=1, max_size=4, unique=True))
    body = ". ".join(kept + draw(st.lists(st.sampled_from(others), max_size=2, unique=True)))
    return c.case(
        told.title,
        body,
        day=draw(st.sampled_from((0, 0, 1, 40, 300))),
        types=draw(st.sampled_from((told.types, told.types[:1], ("data_breach",), ()))),
        roles=draw(st.sampled_from((told.roles, ()))),
        affected=draw(st.sampled_from((told.affected, None))),
    )


def found(arriving: list[Case], batches: list[int]) -> set[frozenset[str]]:
    """The incidents that come out if the articles arrive in this order, so many between two rounds."""
    with memory_store() as db:
        prepare(db)
        for number, case in enumerate(arriving, 1):
            add(db, case, number)
            if number in batches:
                grouping.group_round(db)
        grouping.group_round(db)
        check(db)
        return together(db)


def check(db: Database) -> None:
    """Every incident has articles and says how many; nothing is left over of what was given up."""
    [row] = db.query(
        "select (select count(*) from incidents where slug like 'neu-%') as untold,"
        " (select count(*) from incidents i where i.articles <>"
        "   (select count(*) from incident_articles ia where ia.incident_id = i.id)) as miscounted,"
        " (select count(*) from incident_news n where not exists (select 1 from incident_articles ia"
        "   where ia.incident_id = n.incident_id and ia.article_id = n.article_id)) as strange,"
        " (select count(*) from incident_redirects where incident_id in (select id from incidents)) as returned"
    )
    assert row == {"untold": 0, "miscounted": 0, "strange": 0, "returned": 0}
    assert not list(db.query("pragma foreign_key_check"))


@settings(max_examples=60, deadline=None)
@given(
    articles=st.lists(retold(), min_size=2, max_size=9),
    batches=st.lists(st.integers(1, 9), max_size=4),
    data=st.data(),
)
def test_no_order_of_arrival_gives_other_incidents(
    articles: list[Case], batches: list[int], data: st.DataObject
) -> None:
    in_time = sorted(articles, key=lambda case: case.order)
    assert found(data.draw(st.permutations(articles)), batches) == found(in_time, [])


@settings(max_examples=30, deadline=None)
@given(articles=st.lists(retold(), min_size=2, max_size=8), data=st.data())
def test_grouping_again_changes_nothing_and_gives_no_other_number(articles: list[Case], data: st.DataObject) -> None:
    with memory_store() as db:
        prepare(db)
        for number, case in enumerate(articles, 1):
            add(db, case, number)
            grouping.group_round(db)
        before = incident_of(db), list(db.query("select * from incidents")), together(db)
        assert grouping.group_round(db, again=True) == len(articles)
        assert (incident_of(db), list(db.query("select * from incidents")), together(db)) == before
        assert grouping.group_round(db) == 0


@settings(max_examples=40, deadline=None)
@given(articles=st.lists(retold(), min_size=3, max_size=8), data=st.data())
def test_an_article_read_anew_leaves_the_state_of_one_read_so_at_once(
    articles: list[Case], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(articles) - 1))
    types = data.draw(st.sampled_from(((), ("phishing",), ("cyberattack", "ransomware"))))
    anew = replace(articles[place], types=types, roles=data.draw(st.sampled_from(((), c.KUESTE.roles))))
    with memory_store() as db:
        prepare(db)
        for number, case in enumerate(articles, 1):
            add(db, case, number)
        grouping.group_round(db)
        change(db, anew, place + 1)
        grouping.group_round(db)
        check(db)
        now = together(db)
    assert now == found([*articles[:place], anew, *articles[place + 1 :]], [])


@pytest.fixture
def stored(db: Database) -> Database:
    """Two articles on one event and one on another."""
    prepare(db)
    for number, case in enumerate((c.KUESTE, c.KUESTE_NEXT_DAY, c.HARZ), 1):
        add(db, case, number)
    grouping.group_round(db)
    return db


def test_articles_that_come_later_change_no_number(stored: Database) -> None:
    before, slugs = incident_of(stored), list(stored.query("select id, slug from incidents order by id"))
    for number, case in enumerate((c.KUESTE_FINE, c.PROVIDER, c.PROVIDER_SECOND), 4):
        add(stored, case, number)
    grouping.group_round(stored)
    after = incident_of(stored)
    assert {id: after[id] for id in before} == before
    assert after[4] == before[1]
    assert (
        list(stored.query("select id, slug from incidents where id <= ? order by id", [max(before.values())])) == slugs
    )


def test_an_earlier_article_found_late_joins_the_incident_under_its_number(stored: Database) -> None:
    before = incident_of(stored)
    add(stored, replace(c.KUESTE, url="https://erster.example/", published_at=c.DAY_ONE - timedelta(days=1)), 4)
    grouping.group_round(stored)
    assert incident_of(stored) == before | {4: before[1]}
    assert list(stored.query("select * from incident_redirects")) == []


def test_two_incidents_that_turn_out_to_be_one_keep_the_older_number_and_lead_to_it(db: Database) -> None:
    prepare(db)
    apart = replace(c.PARCEL, url=c.KUESTE_NEXT_DAY.url, published_at=c.KUESTE_NEXT_DAY.published_at)
    add(db, apart, 1)
    add(db, c.KUESTE, 2)
    grouping.group_round(db)
    before = incident_of(db)
    assert before[1] != before[2]
    change(db, c.KUESTE_NEXT_DAY, 1)
    grouping.group_round(db)
    older, younger = sorted(before.values())
    assert incident_of(db) == {1: older, 2: older}
    [redirect] = db.query("select incident_id, to_id from incident_redirects")
    assert redirect == {"incident_id": younger, "to_id": older}
    check(db)


def test_an_incident_that_no_article_tells_any_more_is_not_given_its_number_again(stored: Database) -> None:
    before = incident_of(stored)
    change(stored, replace(c.HARZ, types=()), 3)
    grouping.group_round(stored)
    [gone] = stored.query("select incident_id, slug, to_id from incident_redirects")
    assert (gone["incident_id"], gone["to_id"]) == (before[3], None)
    add(stored, c.PROVIDER, 4)
    grouping.group_round(stored)
    assert incident_of(stored)[4] > before[3]


def test_a_round_up_is_marked_and_belongs_to_no_incident(stored: Database) -> None:
    add(stored, c.WEEK, 4)
    grouping.group_round(stored)
    assert 4 not in incident_of(stored)
    assert [row["article_id"] for row in stored.query("select article_id from analyses where roundup")] == [4]


def test_what_each_article_said_first_is_kept(stored: Database) -> None:
    add(stored, c.KUESTE_FINE, 4)
    grouping.group_round(stored)
    told = stored.query("select article_id, kind, value from incident_history where incident_id = 1 order by at, kind")
    assert [(row["article_id"], row["kind"], row["value"]) for row in told if row["article_id"] == 4] == [
        (4, "organisation", "authority"),
        (4, "type", "Bußgeld oder Urteil"),
        (4, "type", "Datenschutzverstoß"),
    ]
    timeline = {
        row["article_id"]: row["news"] for row in stored.query("select article_id, news from incident_timeline")
    }
    assert timeline[2] == 0
    assert timeline[4] == 3
