"""What of all that happened a subscriber is told."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deliver import Choosing, alarm
from pipeline.records import DigestArticle, DigestLink, Happened, Selection, Traits, TroubledSource
from tests.deliver.samples import KASSE, KLINIK

DAY = date(2026, 11, 20)
TRAITS = Traits(
    types=frozenset({"ransomware", "outage"}),
    sectors=frozenset({"hospital"}),
    organisations=frozenset({"klinik", "rechenzentrum"}),
    sources=frozenset({"bote"}),
    articles=frozenset({3, 4}),
)
INCIDENT = replace(KLINIK, traits=TRAITS)

ENOUGH = {
    "none": {"none", "alleged", "confirmed", "denied"},
    "alleged": {"alleged", "confirmed", "denied"},
    "confirmed": {"confirmed"},
    "denied": {"denied"},
}


def choose(happened, *told, **more):
    return Choosing(happened).choose(*told, **more)


def fits(selection, incident, found=()):
    """Whether an incident is wanted, by the rule said plainly, and as the choosing for many finds it."""
    had = incident.traits
    filters = [
        not told.isdisjoint(asked)
        for asked, told in (
            (selection.types, had.types),
            (selection.sectors, had.sectors),
            (selection.sources, had.sources),
        )
        if asked
    ]
    filters += [not had.articles.isdisjoint(found)] if selection.search else []
    watched = not had.organisations.isdisjoint(selection.organisations)
    wanted = watched or (all(filters) if filters else not selection.organisations)
    expected = wanted and incident.status in ENOUGH[selection.minimum_status]
    alone = choose(Happened(incidents=(incident,)), selection, DAY, found=found)
    assert bool(alone.new or alone.changed) is expected
    return expected


some = st.lists(st.sampled_from("abc"), unique=True).map(tuple)
selections = st.builds(Selection, sectors=some, types=some, sources=some, organisations=some)
traits = st.builds(
    Traits,
    types=some.map(frozenset),
    sectors=some.map(frozenset),
    sources=some.map(frozenset),
    organisations=some.map(frozenset),
)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), True),
        (Selection(types=("outage",)), True),
        (Selection(types=("phishing",)), False),
        (Selection(types=("outage",), sectors=("retail",)), False),
        (Selection(types=("outage",), sectors=("retail", "hospital"), sources=("bote",)), True),
        (Selection(sources=("amt",)), False),
        (Selection(organisations=("rechenzentrum",)), True),
        (Selection(organisations=("andere",)), False),
        (Selection(organisations=("andere",), sectors=("hospital",)), True),
        (Selection(organisations=("klinik",), sectors=("retail",)), True),
        (Selection(search="etwas"), True),
        (Selection(search="etwas", types=("phishing",)), False),
        (Selection(minimum_status="confirmed"), True),
    ],
)
def test_filters_hold_together_and_the_watch_list_goes_beside_them(selection, expected):
    assert fits(selection, INCIDENT, found={4, 9}) is expected


@pytest.mark.parametrize(
    ("least", "status", "expected"),
    [
        ("none", "none", True),
        ("alleged", "none", False),
        ("alleged", "alleged", True),
        ("alleged", "denied", True),
        ("confirmed", "alleged", False),
        ("confirmed", "denied", False),
        ("confirmed", "confirmed", True),
        ("denied", "denied", True),
    ],
)
def test_the_least_status_holds_also_for_the_watch_list(least, status, expected):
    selection = Selection(minimum_status=least, organisations=("klinik",))
    assert fits(selection, replace(INCIDENT, status=status)) is expected


@given(selection=selections, had=traits)
def test_more_alternatives_never_take_anything_away(selection, had):
    incident = replace(INCIDENT, traits=had)
    for name in ("sectors", "types", "sources"):
        if getattr(selection, name):
            wider = replace(selection, **{name: (*getattr(selection, name), "new")})
            assert fits(wider, incident) >= fits(selection, incident)


@given(
    wanted=selections,
    had=st.lists(traits, max_size=6),
    status=st.sampled_from(["none", "alleged", "confirmed", "denied"]),
)
def test_choosing_for_many_is_the_same_as_asking_one_by_one(wanted, had, status):
    wanted = replace(wanted, minimum_status=status, search="x" if len(had) % 2 else None)
    incidents = tuple(
        replace(
            KLINIK,
            id=n,
            status=("none", "alleged", "confirmed", "denied")[n % 4],
            traits=replace(one, articles=frozenset({n})),
        )
        for n, one in enumerate(had)
    )
    digest = choose(Happened(incidents=incidents), wanted, DAY, found={0, 2, 4})
    assert digest.new == tuple(one for one in incidents if fits(wanted, one, {0, 2, 4}))


def test_new_and_known_incidents_articles_and_troubles_come_in_their_places():
    articles = tuple(
        DigestArticle(link=DigestLink(source="Amt", title=f"Nummer {n}", url=f"https://amt.example/{n}"))
        for n in range(23)
    )
    happened = Happened(incidents=(KASSE, INCIDENT), articles=articles)
    troubled = (TroubledSource(name="Amt", outcome="timeout"),)
    digest = choose(happened, Selection(operator=True), DAY, troubled=troubled)
    assert (digest.new, digest.changed) == ((INCIDENT,), (KASSE,))
    assert (len(digest.articles), digest.more_articles) == (20, 3)
    assert digest.troubled == troubled
    assert choose(happened, Selection(), DAY, troubled=troubled).troubled == ()
    assert choose(happened, Selection(types=("outage",)), DAY).articles == ()
    assert not choose(Happened(), Selection(), DAY)


def test_an_alert_is_for_watched_organisations_and_types_alone():
    happened = Happened(incidents=(INCIDENT,))
    assert alarm(happened, Selection(types=("outage",)), DAY).new == (INCIDENT,)
    assert alarm(happened, Selection(organisations=("klinik",), types=("phishing",)), DAY).new == (INCIDENT,)
    assert not alarm(happened, Selection(types=("phishing",), sectors=("hospital",)), DAY)
    assert not alarm(happened, Selection(), DAY)
