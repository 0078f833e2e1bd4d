"""What an incident is as a whole, and which articles are copies."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.group import describe, keys, reprint_of
from pipeline.records import Case, Fact, Status, Told
from tests.group import cases as c
from tests.group.cases import hit

COPIES = {
    "word for word": c.KUESTE.text,
    "another headline": "Klinik im Norden gehackt\n\n" + c.KUESTE.text.partition("\n\n")[2],
    "date line and source mark": c.KUESTE.text.replace("\n\n", "\n\nDornum (lni) - ") + "\n\nQuelle: lni, 250303-99-1",
    "another typography": c.KUESTE.text.replace(". ", ".\n\n").replace("Montag", "MONTAG"),
}


def copy_of(text: str, *, day: float = 1, id: str = "90") -> Case:
    """The same text on another page."""
    head = text.partition("\n\n")[0]
    return replace(c.case(head, day=day, roles=c.KUESTE.roles), text=text, article_id=id)


@pytest.mark.parametrize("text", COPIES.values(), ids=COPIES)
def test_a_copy_points_to_the_earliest(text: str) -> None:
    copy = copy_of(text)
    assert reprint_of(copy, [c.HARZ, c.KUESTE_NEXT_DAY, c.KUESTE]) == c.KUESTE.article_id
    assert reprint_of(c.KUESTE, [copy, c.HARZ]) is None
    assert any(key.startswith("minhash:") for key in keys(copy).keys() & keys(c.KUESTE).keys())


def test_an_article_in_its_own_words_is_no_copy() -> None:
    assert reprint_of(c.KUESTE_NEXT_DAY, [c.KUESTE, c.HARZ, c.PROVIDER]) is None


def test_a_quotation_inside_a_long_article_is_no_copy() -> None:
    long = copy_of(c.KUESTE.text + "\n\n" + c.PROVIDER.text + c.PROVIDER_SECOND.text + c.HARZ.text)
    assert reprint_of(long, [c.KUESTE]) is None


def test_equal_headlines_without_a_text_prove_nothing() -> None:
    assert reprint_of(c.case("Hacker greifen Klinik an", day=2), [c.case("Hacker greifen Klinik an")]) is None


@given(days=st.lists(st.integers(0, 5), min_size=2, max_size=6), data=st.data())
def test_all_copies_agree_on_the_original(days: list[int], data: st.DataObject) -> None:
    copies = [copy_of(c.KUESTE.text, day=day, id=str(number)) for number, day in enumerate(days, 8)]
    original = min(copies, key=lambda case: case.order)
    shuffled = data.draw(st.permutations(copies))
    assert {reprint_of(case, shuffled) for case in copies if case != original} == {original.article_id}
    assert reprint_of(original, shuffled) is None


REPRINT = replace(copy_of(c.KUESTE.text, day=2), source_id="nachdruck", duplicate_of=c.KUESTE.article_id)
STORY = [c.KUESTE, c.KUESTE_NEXT_DAY, replace(c.KUESTE_FINE, source_id="amt"), REPRINT]


def test_an_incident_is_described_by_its_articles() -> None:
    incident = describe("5", None, STORY)
    assert incident.id == "5"
    assert incident.title == "Hackerangriff legt Küstenklinik Dornum lahm"
    assert incident.slug == "hackerangriff-legt-kuestenklinik-dornum-lahm"
    assert (incident.first_seen_at, incident.last_seen_at) == (c.KUESTE.published_at, c.KUESTE_FINE.published_at)
    assert incident.affected == 48_300
    assert incident.main_type == "cyberattack"
    assert incident.sources == 2
    assert incident.articles[0] == c.KUESTE.article_id
    assert len(incident.articles) == 4


def test_a_question_is_a_poor_title() -> None:
    asks = c.case("Küstenklinik Dornum gehackt: Was Patienten jetzt wissen müssen?", day=-1, roles=c.KUESTE.roles)
    assert describe("5", None, [asks, *STORY]).title == c.KUESTE.title


def test_a_given_slug_stays() -> None:
    assert describe("5", "klinik-dornum", STORY).slug == "klinik-dornum"


@pytest.mark.parametrize(
    ("told", "now"),
    [
        (["alleged", "confirmed"], "confirmed"),
        (["confirmed", "alleged"], "confirmed"),
        (["alleged", "denied"], "denied"),
        (["confirmed", "denied", "alleged"], "alleged"),
        (["alleged", "none"], "alleged"),
        (["none"], "none"),
    ],
)
def test_the_latest_word_counts_but_what_is_confirmed_stays(told: list[Status], now: Status) -> None:
    cases = [c.case("Angriff auf Klinik", day=day, status=status) for day, status in enumerate(told)]
    assert describe("1", None, cases).status == now


def test_the_newest_number_counts() -> None:
    cases = [c.case("Angriff", day=day, affected=n) for day, n in enumerate([100, 90_000, None, 500, None])]
    assert describe("1", None, cases).affected == 500


def test_a_known_copy_is_no_source_of_its_own() -> None:
    known = c.case("Ganz anders", "Kurz.", duplicate_of=c.KUESTE.article_id, source_id="anzeiger")
    assert describe("1", None, [known, c.KUESTE]).sources == 1
    assert describe("1", None, [known, c.HARZ]).sources == 2


def news_of(told: list[Told]) -> dict[str, list[tuple[str, str, str | None]]]:
    """By article what it was the first to say."""
    found: dict[str, list[tuple[str, str, str | None]]] = {article.article_id: [] for article in told}
    for novelty in describe("1", None, told).news:
        found[novelty.article_id].append((novelty.kind, novelty.value, novelty.organisation))
    return found


def test_each_article_is_credited_with_what_it_said_first() -> None:
    fine = Fact(kind="fine_eur", value="90000", start=0, end=1)
    told = [
        c.case("Klinik angegriffen", status="alleged", roles=hit("klinik"), affected=300_000),
        c.case("Klinik bestätigt", day=2, roles=hit("klinik"), affected=1_200_000),
        c.case("Weiter auf Papier", day=3, roles=hit("klinik", blatt="reporter"), affected=300_000),
        c.case("Aufsicht prüft", day=9, types=("sanction",), roles=hit("klinik", amt="authority"), facts=(fine,)),
    ]
    first, second, third, fourth = (article.article_id for article in told)
    assert news_of(told) == {
        first: [
            ("status", "alleged", None),
            ("type", "cyberattack", None),
            ("organisation", "affected", "klinik"),
            ("affected", "300000", None),
        ],
        second: [("status", "confirmed", None), ("affected", "1200000", None)],
        third: [],
        fourth: [("type", "sanction", None), ("organisation", "authority", "amt"), ("fine_eur", "90000", None)],
    }


def test_a_reprint_says_nothing_new() -> None:
    assert news_of(STORY)[REPRINT.article_id] == []


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Größe & Maß: 3,5 Mio. Café-Gäste", "groesse-mass-3-5-mio-cafe-gaeste"),
        ("???", "vorfall"),
        ("x" * 90, "x" * 60),
        ("Wort " * 30, "wort-" * 11 + "wort"),
    ],
)
def test_slugs_are_ascii_and_short(title: str, slug: str) -> None:
    assert describe("1", None, [c.case(title)]).slug == slug


@settings(max_examples=40, deadline=None)
@given(st.permutations(STORY))
def test_a_description_knows_no_order(shuffled: list[Case]) -> None:
    assert describe("5", None, shuffled) == describe("5", None, STORY)
