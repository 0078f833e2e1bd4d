import pytest

from pipeline.browse import words


def test_times_are_shown_in_german_time_summer_and_winter():
    assert words.moment("2026-11-12T09:15:00Z") == "12.11.2026, 10:15 Uhr"
    assert words.moment("2026-07-12T09:15:00Z") == "12.07.2026, 11:15 Uhr"
    assert words.moment("2026-12-31T23:30:00Z") == "01.01.2027, 00:30 Uhr"
    assert words.moment(None) == "unbekannt"
    assert words.moment("gestern") == "gestern"


def test_days_and_numbers_are_german():
    assert words.day("2026-11-12") == "12.11.2026"
    assert words.day("2026-13-77") == "2026-13-77"
    assert (words.number(1500000), words.number(0.25), words.number(3.0)) == ("1.500.000", "0,25", "3")
    assert words.fact("fine_eur", "1240000") == "1.240.000 €"
    assert words.fact("affected", "viele") == "viele"
    assert words.fact("event_date", "2026-11-12") == "12.11.2026"
    assert (words.outcome("http_503"), words.outcome(None)) == ("HTTP-Status 503", "noch nie gelesen")


@pytest.mark.parametrize(
    "bad",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "data:text/html,x",
        "//example.com/x",
        "ftp://x.de",
        "https://",
        "http://[",
        "",
        None,
    ],
)
def test_only_web_addresses_become_links(bad):
    assert words.web_address(bad) is None


def test_a_web_address_is_kept():
    assert words.web_address(" https://bote.example/a?b=c ") == "https://bote.example/a?b=c"


def test_every_category_of_data_that_the_model_finds_has_a_german_name():
    from pipeline.analyse.facts import _CATEGORIES
    from pipeline.vocabulary import DATA_CATEGORIES

    assert DATA_CATEGORIES.keys() == _CATEGORIES.keys()
    assert words.fact("data_category", "bank") == "Bankdaten"
