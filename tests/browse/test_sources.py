import re
from contextlib import closing
from sqlite3 import connect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from pipeline.browse import health
from pipeline.browse.sources import Count, SourceHealth, by_day
from pipeline.store.queries import source_lines

FINE = SourceHealth(
    id="bote",
    name="Bote",
    kind="rss",
    url="https://bote.example/feed",
    enabled=1,
    trouble=None,
    last_poll_at="2026-11-20T08:00:00Z",
    last_success_at="2026-11-20T08:00:00Z",
    last_outcome="unchanged",
    last_error=None,
    next_at="2026-11-20T09:00:00Z",
    articles=7,
    waiting=0,
    short_text_share=0.25,
    last_entry_at="2026-11-20T06:00:00Z",
    per_week=21.0,
    silent_days=0.08,
    silent=0,
    failed_polls_7d=0,
    gaps_7d=0,
    last_gap_at=None,
    select_misses_7d=0,
    last_select_miss_at=None,
    change=None,
    moved_to=None,
)


def but(**values):
    return SourceHealth(**{name: getattr(FINE, name) for name in SourceHealth.__dataclass_fields__} | values)


async def get(datasette, path):
    response = await datasette.client.get(path)
    assert response.status_code == 200, response.text
    return response.text


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("days", "per_week", "told"),
    [
        (9.2, 3.1, "seit 9 Tagen still, sonst 3 pro Woche"),
        (1.6, 14, "seit 2 Tagen still, sonst 2 am Tag"),
        (1.5, 13, "seit 36 Stunden still, sonst 13 pro Woche"),
        (0.04, 70, "seit 1 Stunde still, sonst 10 am Tag"),
        (0.001, 0.5, "seit weniger als einer Stunde still, sonst 2 im Monat"),
        (1200, 0.01, "seit 1.200 Tagen still, sonst 1 im Jahr"),
        (4, None, "seit 4 Tagen still"),
        (None, None, "noch kein Eintrag gesehen"),
    ],
)
def test_a_silence_is_told_beside_the_usual_rhythm(days, per_week, told):
    assert health.silence(days, per_week) == told


@given(st.floats(0, 4000), st.floats(0, 5000))
def test_every_silence_has_whole_numbers_above_zero(days, per_week):
    told = health.silence(days, per_week)
    assert not re.search(r"\b0\b|,\d|-", told.replace(", sonst", ""))


def test_all_is_well_with_a_source_that_answers():
    assert health.state(FINE) == ("unverändert", "good")
    assert health.told(FINE) == ()


def test_what_passes_by_itself_needs_no_remedy():
    [told] = health.told(but(trouble="failed", last_outcome="http_503", last_error="503 Service Unavailable"))
    assert (told.what, told.detail, told.remedy) == (
        "Der letzte Blick ist misslungen: HTTP-Status 503.",
        "503 Service Unavailable",
        "",
    )
    [told] = health.told(but(trouble="failed", last_outcome="http_404"))
    assert told.remedy == "Adresse in der Quellendatei prüfen."


def test_every_reason_is_told_the_gravest_first():
    source = but(
        trouble="failed", last_outcome="timeout", silent=1, silent_days=9, per_week=3.0, gaps_7d=2, select_misses_7d=1
    )
    assert [told.what.split(":")[0].split(",")[0] for told in health.told(source)] == [
        "Der letzte Blick ist misslungen",
        "So lange hat sie in den letzten 180 Tagen nie geschwiegen.",
        "Zwischen zwei Blicken sind vielleicht Einträge gekommen und gegangen",
        "Was die Quellendatei unter select nennt",
    ]


def test_a_move_is_told_until_another_address_is_read():
    moved = but(change="moved", moved_to=FINE.url)
    [told] = health.told(moved)
    assert told.remedy.startswith("Adresse in der Quellendatei ändern")
    assert health.told(but(change="moved", moved_to="https://anderswo.example/")) == ()


def test_a_source_that_is_gone_has_a_remedy_and_one_with_a_new_address_is_as_any_other():
    gone = but(enabled=0, trouble="gone", last_outcome="http_410", change="gone")
    assert health.state(gone) == ("gibt es nicht mehr", "bad")
    assert "Adresse in der Quellendatei ändern" in health.told(gone)[0].remedy
    assert health.told(but(change="gone")) == ()
    assert health.state(but(enabled=0)) == ("abgeschaltet", "off")


def test_days_come_latest_first_and_outcomes_in_the_order_of_the_vocabulary():
    counts = (
        Count(day="2026-11-19", outcome="http_404", entries=1),
        Count(day="2026-11-19", outcome="new", entries=2),
        Count(day="2026-11-20", outcome="known", entries=3),
    )
    assert by_day(counts) == (("2026-11-20", counts[2:]), ("2026-11-19", (counts[1], counts[0])))


async def test_sources_that_need_attention_come_first_with_the_reason(datasette):
    page = plain(await get(datasette, "/quellen"))
    troubled, well = page.split("Werden gelesen")
    well, off = well.split("Abgeschaltet 1 Quelle")
    assert "Brauchen Aufmerksamkeit 6 Quellen" in troubled
    for words in (
        "HTTP-Status 503",
        "noch nie gelesen",
        "seit 10 Tagen still, sonst 4 pro Woche",
        "Einträge gekommen und gegangen: 1 Mal in 7 Tagen, zuletzt am",
        "fehlt auf 6 Seiten in 7 Tagen, zuletzt am",
        "select in der Quellendatei an die Seiten anpassen.",
        "nicht mehr gibt (410); sie wird nicht mehr gelesen. Adresse in der Quellendatei ändern",
    ):
        assert words in troubled
    assert "Umgezogen nach https://umzug.example/" in well
    assert "Abgeschaltete Quelle" in off
    assert well.index("Umgezogene Kammer") < well.index("BKK Ahornwerk Presse")


async def test_the_page_of_a_source_shows_its_rhythm(datasette):
    page = await get(datasette, "/quelle/umzug")
    bars = re.findall(r"<title>Woche ab ([\d.]+): (\d+)</title>", page)
    assert len(bars) == 26
    assert sum(int(entries) for _, entries in bars) == 20
    assert "Rhythmus" not in await get(datasette, "/quelle/neu")


async def test_the_page_of_a_source_shows_its_looks_and_what_became_of_its_entries(datasette):
    page = plain(await get(datasette, "/quelle/umzug"))
    assert "1 neu, 2 geändert, 4 bekannt" in page
    assert re.search(r"Tag Einträge \d\d\.\d\d\.\d{4} 4 bekannt|1 neu · 4 bekannt", page)
    assert "1,2 Sekunden 48.000 Bytes" in page
    assert "umgezogen" in page
    assert "Amt für &lt;Stille&gt;" in await get(datasette, "/quelle/amt")
    assert "Noch keiner." in await get(datasette, "/quelle/neu")


async def test_tables_lead_to_the_page_of_a_source(datasette):
    assert '<a href="/quelle/amt">' in await get(datasette, "/lagebild/source_health")
    page = await get(datasette, "/lagebild/source_changes")
    assert "gibt es nicht mehr" in page
    assert '<a href="https://umzug.example/' in page
    assert ">bekannt</td>" in await get(datasette, "/lagebild/entry_outcomes")


def test_the_command_line_gets_those_that_need_attention_first(lagebild):
    with closing(connect(lagebild)) as connection:
        lines = source_lines(Database(connection))
    assert [line.trouble is None for line in lines] == [False] * 6 + [True] * 3
    by_id = {line.id: line for line in lines}
    assert {id: by_id[id].trouble for id in ("weg", "neu", "dmr", "amt", "flut", "umbau")} == {
        "weg": "gone",
        "neu": "unread",
        "dmr": "failed",
        "amt": "silent",
        "flut": "gap",
        "umbau": "select",
    }
    assert by_id["umzug"].moved_to.startswith("https://umzug.example/")
    assert "aus" not in by_id
