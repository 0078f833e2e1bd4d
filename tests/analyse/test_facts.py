"""Figures and identifiers are read as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analyse.facts import find_facts
from pipeline.records import Span


def values(text, kind):
    return [fact.value for fact in find_facts(text) if fact.kind == kind]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Betroffen sind 1,5 Millionen Versicherte.", 1_500_000),
        ("Abgeflossen sind Daten von rund 300 000 Kunden.", 300_000),
        ("Daten von 1.500.000 Menschen standen offen.", 1_500_000),
        ("Daten von fünfzigtausend Patientinnen und Patienten standen offen.", 50_000),
        ("Im Netz fanden sich 2.340 Datensätze.", 2_340),
        ("Angaben zu etwa drei Millionen Kundinnen und Kunden wurden gestohlen.", 3_000_000),
        ("Betroffen ist eine halbe Million Nutzer.", 500_000),
        ("Es geht um die Adressen von 450'000 Personen.", 450_000),
    ],
)
def test_affected_people_are_counted(text, number):
    assert values(text, "affected") == [str(number)]


@pytest.mark.parametrize(
    "text",
    [
        "Im Jahr 2021 Kunden zu gewinnen war schwer.",
        "Die Kasse versichert rund 24.000 Menschen.",
        "Die Firma hat 412 Beschäftigte.",
        "Der Beitrag steigt um 2,9 Prozent.",
    ],
)
def test_other_numbers_are_no_affected_people(text):
    assert values(text, "affected") == []


def test_people_count_before_records():
    text = "Daten von drei Millionen Kunden waren offen, dazu neun Millionen Verträge."
    assert values(text, "affected") == ["3000000"]


def test_money_is_a_fine_or_a_ransom_by_its_sentence():
    text = "Die Behörde verhängte ein Bußgeld von 1,24 Millionen Euro. Die Täter verlangen 50.000 Euro Lösegeld. Der Umbau kostet 9 Euro."
    assert (values(text, "fine_eur"), values(text, "ransom_eur")) == (["1240000"], ["50000"])


def test_vulnerability_numbers_and_kinds_of_data_are_found():
    text = "Über cve-2024-12345 kamen Bankdaten und Diagnosen ins Netz."
    assert values(text, "cve") == ["CVE-2024-12345"]
    assert sorted(values(text, "data_category")) == ["bank", "health"]


def test_a_day_without_a_year_lies_before_publication():
    text = "Am 28. Dezember drangen Unbekannte ein. Am 3. Mai war Markt."
    facts = find_facts(text, [Span(start=18, end=30)], datetime(2025, 1, 4, tzinfo=UTC))
    assert [(f.kind, f.value) for f in facts] == [("event_date", "2024-12-28")]


@given(
    st.text(
        alphabet=st.sampled_from("0123456789.,'  MillionenTausendfünfeinhalbKundenEuroBußgeld€\n") | st.characters()
    )
)
def test_any_text_gives_facts_within_it(text):
    for fact in find_facts(text, [Span(start=0, end=len(text))]):
        assert 0 <= fact.start < fact.end <= len(text)
        if fact.kind in ("affected", "fine_eur", "ransom_eur"):
            assert int(fact.value) >= 0


@given(st.integers(min_value=10, max_value=10**9), st.sampled_from([".", " ", "\u202f", "'"]))
def test_grouped_digits_give_their_number(number, gap):
    written = f"{number:,}".replace(",", gap)
    if number < 1000 or not 1900 <= number <= 2100:
        assert values(f"Betroffen sind {written} Patienten.", "affected") == [str(number)]
