"""Which articles belong to one event."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.group import cluster, group, is_incident, keys
from pipeline.records import Case, Fact
from tests.group import cases as c

SAME = {
    "next day, same organisation and figure": (c.KUESTE, c.KUESTE_NEXT_DAY),
    "a fine nine months later": (c.KUESTE, c.KUESTE_FINE),
    "another insurer hit through the same provider": (c.PROVIDER, c.PROVIDER_SECOND),
}
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
    assert group(second, {"7": [first]}) == "7"
    assert keys(first) & keys(second)


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_articles_on_two_events_stay_apart(pair: tuple[Case, Case]) -> None:
    first, second = pair
    assert group(second, {"7": [first]}) is None


def test_the_likelier_of_two_incidents_is_chosen() -> None:
    assert group(c.KUESTE_NEXT_DAY, {"1": [c.HARZ], "2": [c.KUESTE], "3": [c.PROVIDER]}) == "2"


def test_an_article_is_not_compared_with_itself() -> None:
    assert group(c.KUESTE, {"1": [c.KUESTE]}) is None


def test_without_candidates_or_types_nothing_is_joined() -> None:
    advice = c.case("So schützen Sie Ihr Konto", types=())
    assert group(c.KUESTE, {}) is None
    assert group(c.KUESTE, {"1": []}) is None
    assert not is_incident(advice)
    assert group(advice, {"1": [c.KUESTE]}) is None


def test_a_cve_is_a_key_and_evidence() -> None:
    fact = Fact(kind="cve", value="CVE-2025-31337", start=0, end=14)
    flaw = c.case("Lücke in Filebarge geschlossen", types=("vulnerability",), facts=(fact,))
    used = c.case("Angriffe über Filebarge gemeldet", types=("vulnerability",), facts=(fact,), day=3)
    assert "cve:CVE-2025-31337" in keys(flaw) & keys(used)
    assert group(used, {"1": [flaw]}) == "1"


def test_authorities_and_reporters_are_no_keys() -> None:
    roles = (("amt", "authority"), ("blatt", "reporter"), ("polizei", "law_enforcement"), ("firma", "affected"))
    assert {key for key in keys(c.case("Titel", roles=roles)) if key.startswith("org:")} == {"org:firma"}


def test_clustering_names_an_incident_after_its_first_article() -> None:
    advice = c.case("So schützen Sie Ihr Konto", types=(), day=2)
    found = dict(cluster([advice, c.KUESTE_FINE, c.HARZ, c.KUESTE, c.KUESTE_NEXT_DAY]))
    first = c.KUESTE.article_id
    assert found == {
        c.KUESTE.article_id: first,
        c.KUESTE_NEXT_DAY.article_id: first,
        c.KUESTE_FINE.article_id: first,
        c.HARZ.article_id: c.HARZ.article_id,
        advice.article_id: None,
    }


def test_an_incident_silent_for_too_long_is_not_proposed() -> None:
    late = c.case(c.KUESTE.title, c.KUESTE.text, day=900, roles=c.KUESTE.roles)
    assert dict(cluster([c.KUESTE, late]))[late.article_id] == late.article_id


ALL = [value for value in vars(c).values() if isinstance(value, Case)]


@settings(max_examples=30, deadline=None)
@given(st.permutations(ALL))
def test_clustering_knows_no_order_of_input(shuffled: list[Case]) -> None:
    assert list(cluster(shuffled)) == list(cluster(ALL))
    assert [a <= b for a, b in pairwise(_published(shuffled))]


def _published(cases: list[Case]) -> list[str]:
    return [id for id, _ in cluster(cases)]


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
    assert list(cluster([odd])) == [(odd.article_id, odd.article_id)]
