"""Which articles belong to one event."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.group import belongs, is_incident, is_roundup, keys, likeness
from pipeline.records import Case, Fact
from tests.group import cases as c
from tests.group.cases import hit

SAME = {
    "next day, same organisation and figure": (c.KUESTE, c.KUESTE_NEXT_DAY),
    "a fine nine months later": (c.KUESTE, c.KUESTE_FINE),
    "another insurer hit through the same provider": (c.PROVIDER, c.PROVIDER_SECOND),
}
ALL = [value for value in vars(c).values() if isinstance(value, Case)]
DIFFERENT = {
    "another hospital, told in the same words": (c.KUESTE, c.HARZ),
    "same hospital, a lost disk more than a year later": (c.KUESTE, c.KUESTE_LOSS),
    "same hospital, another kind of event": (c.KUESTE, c.KUESTE_BILLING),
    "a round-up that only names the place": (c.KUESTE_NEXT_DAY, c.WEEK),
    "two phishing warnings": (c.PARCEL, c.BANK_MAIL),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_articles_on_one_event_are_joined(pair: tuple[Case, Case]) -> None:
    first, second = pair
    assert belongs([(7, likeness(first, second))]) == 7
    assert keys(first).keys() & keys(second).keys()


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_articles_on_two_events_stay_apart(pair: tuple[Case, Case]) -> None:
    first, second = pair
    assert belongs([(7, likeness(first, second))]) is None


@pytest.mark.parametrize("one", ALL)
@pytest.mark.parametrize("other", ALL)
def test_likeness_is_mutual(one: Case, other: Case) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 < likeness(one, other) < 1


def test_the_likelier_of_two_incidents_is_chosen_and_the_earlier_of_equals() -> None:
    assert belongs([(1, 0.6), (2, 0.9), (3, 0.7)]) == 2
    assert belongs([(2, 0.9), (1, 0.9)]) == 2
    assert belongs([]) is None


def test_articles_of_an_incident_that_are_unlike_hold_it_back() -> None:
    assert belongs([(1, 0.4)]) == 1
    assert belongs([(1, 0.4), (1, 0.1), (1, 0.1)]) is None


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(0, 1)), max_size=12))
def test_an_article_joins_only_what_it_is_like(links: list[tuple[int, float]]) -> None:
    found = belongs(links)
    if found is None:
        assert all(like < 0.5 for incident, like in links if [i for i, _ in links].count(incident) == 1)
    else:
        assert max(like for incident, like in links if incident == found) >= 0.35


def test_an_article_tells_of_an_incident_if_it_has_a_type_and_is_no_round_up() -> None:
    assert is_incident(c.KUESTE)
    assert not is_incident(c.case("So schützen Sie Ihr Konto", types=()))
    assert not is_incident(c.WEEK)
    assert is_roundup(c.WEEK)
    assert is_roundup(c.case("Jahresbericht: 4.812 Eingaben, weniger Verfahren"))
    assert not is_roundup(c.case("Tätigkeitsbericht: Klinik Dornum löschte nichts", roles=hit("klinik-dornum")))


def test_a_cve_is_a_key_and_evidence() -> None:
    fact = Fact(kind="cve", value="CVE-2025-31337", start=0, end=14)
    flaw = c.case("Lücke in Filebarge geschlossen", types=("vulnerability",), facts=(fact,))
    used = c.case("Angriffe über Filebarge gemeldet", types=("vulnerability",), facts=(fact,), day=3)
    assert "cve:CVE-2025-31337" in keys(flaw).keys() & keys(used).keys()
    assert belongs([(1, likeness(flaw, used))]) == 1


def test_authorities_and_reporters_are_no_keys() -> None:
    roles = (("amt", "authority"), ("blatt", "reporter"), ("polizei", "law_enforcement"), ("firma", "affected"))
    assert {key for key in keys(c.case("Titel", roles=roles)) if key.startswith("org:")} == {"org:firma"}


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=400),
    orgs=st.lists(st.text(min_size=1, max_size=8), max_size=60),
    cves=st.lists(st.from_regex(r"CVE-20\d\d-\d{4,6}", fullmatch=True), max_size=30),
)
def test_keys_are_few_whatever_the_article(text: str, orgs: list[str], cves: list[str]) -> None:
    facts = tuple(Fact(kind="cve", value=v, start=0, end=1) for v in cves)
    odd = c.case(text[:60], text, roles=tuple((o, "affected") for o in orgs), facts=facts)
    assert len(keys(odd)) <= 40
    assert keys(odd) == keys(odd)
