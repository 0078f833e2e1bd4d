import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract import same_text

TEXT = "Angriff auf die Kasse\n\nBetroffen sind 300.000 Versicherte.\n\nDie Polizei ermittelt."


@pytest.mark.parametrize(
    "line",
    [
        "12 Kommentare",
        "Kommentare (12)",
        "1.204 Aufrufe",
        "Lesezeit: ca. 3 Minuten",
        "4 Min. Lesezeit",
        "vor 3 Stunden",
        "Anzeige",
        "Stand: 20.11.2026, 14:30 Uhr",
        "Zuletzt aktualisiert am 20.11.2026 um 8:15 Uhr",
        "17 Personen gefällt das",
        "· 3 Reaktionen ·",
    ],
)
def test_counters_ages_and_adverts_make_no_new_version(line):
    assert same_text(TEXT, TEXT.replace("\n\nDie", f"\n\n{line}\n\nDie"))
    assert same_text(TEXT + f"\n\n{line}", TEXT + f"\n\n{line.replace('3', '8').replace('12', '13')}")


def test_signs_and_blanks_make_no_new_version():
    assert same_text('Er sagte: "Nein" - und ging.', "Er  sagte: „Nein“ –\nund gi\u00adng.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("300.000 Versicherte", "1,2 Millionen Versicherte"),
        ("300.000", "300.001"),
        ("Die Polizei ermittelt.", "Die Polizei ermittelt nicht."),
        ("Angriff auf die Kasse", "Angriff auf die AOK"),
        ("ermittelt.", "ermittelt.\n\nNachtrag: Auch die Bank ist betroffen."),
        ("ermittelt.", "ermittelt.\n\nDas Update auf 3 Servern wurde vor 3 Tagen eingespielt."),
    ],
)
def test_what_is_said_differently_is_another_version(old, new):
    assert not same_text(TEXT, TEXT.replace(old, new))


@given(st.text())
def test_every_text_says_what_it_says(text):
    assert same_text(text, text)
    assert same_text(text, f"  {text}\n")
