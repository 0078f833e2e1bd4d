"""What became known, told to each reader once, in digests and alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline import grouping, run
from pipeline.digest import alert, digests_of, put_together
from pipeline.extract import same_text
from pipeline.records import (
    Analysis,
    Article,
    Entry,
    Fact,
    Fetched,
    Mention,
    Organisation,
    Polled,
)
from pipeline.store import analysed, crawled, editions, queries
from pipeline.store.fetched import forget_analysis, save_fetched
from tests.digest.told import BODY, DAY, FOUND, MORNING, ORDINARY, SEVEN, text_for


def test_a_new_incident_stands_first_and_other_articles_after_it(db, told, settings, reader):
    reader("a@amt.example")
    told(1, MORNING)
    told(2, MORNING, Analysis(model="test 1"), title="Stadtrat beschließt neuen Radweg", body=ORDINARY)
    put_together(db, settings, SEVEN)
    [text] = text_for(db, "a@amt.example")
    assert text.startswith("Lagebild 20.11.2026: Hacker legen Stadtwerke Lindhafen lahm\n")
    assert "Ransomware · behauptet · 12.000 Betroffene · 1 Quelle" in text
    assert "Stadtwerke Lindhafen (betroffen)" in text
    assert f"{settings.browse_url}/vorfall/1\n" in text
    assert text.index("– Bote: Stadtrat beschließt neuen Radweg") > text.index("WEITERE MELDUNGEN")


def test_what_is_new_about_a_known_incident_is_told_and_nothing_twice(db, told, settings, reader):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    authority = Organisation(
        id="aufsicht",
        name="Aufsicht Nord",
        role="authority",
        sector="supervisory_authority",
        mentions=1,
        start=0,
        end=5,
    )
    confirmed = replace(
        FOUND,
        status="confirmed",
        facts=(Fact(kind="affected", value="40000", start=0, end=5),),
        organisations=(*FOUND.organisations, authority),
    )
    told(2, MORNING + timedelta(hours=20), confirmed, title="Stadtwerke Lindhafen bestätigen Angriff auf ihre Server")
    assert len(queries.incident_lines(db)) == 1
    put_together(db, settings, SEVEN + timedelta(days=1))
    told(3, MORNING + timedelta(hours=30), confirmed, title="Stadtwerke Lindhafen: Server noch immer verschlüsselt")
    put_together(db, settings, SEVEN + timedelta(days=2))
    _, second, third = text_for(db, "a@amt.example")
    assert "NEUE VORFÄLLE" not in second
    assert "Neu: jetzt bestätigt (vorher behauptet); jetzt 40.000 Betroffene" in second
    assert "eingeschaltet: Aufsicht Nord" in " ".join(second.split())
    assert "Keine neuen Vorfälle und nichts Neues zu bekannten." in third


def test_an_article_that_is_looked_at_only_after_the_digest_is_in_the_next_one(db, told, settings, reader):
    """Its time of crawling lies before the digest: a digest by times would never tell of it."""
    reader("a@amt.example")
    put_together(db, settings, SEVEN)
    told(1, MORNING)
    put_together(db, settings, SEVEN + timedelta(days=1))
    first, second = text_for(db, "a@amt.example")
    assert "keine neuen Vorfälle" in first
    assert "Hacker legen Stadtwerke Lindhafen lahm" in second


def test_a_clock_that_goes_backwards_neither_loses_nor_repeats(db, told, settings, reader):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    told(
        2,
        MORNING,
        title="Klinik Auenstadt verschlüsselt",
        body=BODY.replace("Stadtwerke Lindhafen", "Klinik Auenstadt"),
    )
    assert put_together(db, settings, SEVEN - timedelta(hours=30)) == []
    put_together(db, settings, SEVEN + timedelta(days=1))
    texts = text_for(db, "a@amt.example")
    assert len(texts) == 2
    assert sum("Hacker legen Stadtwerke Lindhafen lahm" in text for text in texts) == 1


def test_days_that_were_missed_are_made_up_once(db, told, settings, reader):
    reader("a@amt.example")
    told(1, MORNING)
    late = SEVEN + timedelta(days=3, hours=5)
    put_together(db, settings, late)
    assert put_together(db, settings, late + timedelta(minutes=1)) == []
    [text] = text_for(db, "a@amt.example")
    assert text.startswith("Lagebild 23.11.2026: Hacker legen")


def test_headlines_name_no_people(db, told, settings, reader):
    reader("a@amt.example")
    named = replace(FOUND, mentions=(Mention(start=0, end=9, label="PER", surface="Ida Brand"),))
    told(1, MORNING, named, title="Ida Brand: Hacker haben die Stadtwerke Lindhafen lahmgelegt")
    ordinary = replace(named, types=(), organisations=(), facts=(), status="none")
    told(2, MORNING, ordinary, title="Ida Brand eröffnet den Radweg", body=ORDINARY)
    put_together(db, settings, SEVEN)
    [text] = text_for(db, "a@amt.example")
    assert "Brand" not in text
    assert "N. N. eröffnet den Radweg" in text


def test_an_organisation_that_the_model_took_for_one_names_no_person_either(db, told, settings, reader):
    reader("a@amt.example")
    people = tuple(
        replace(FOUND.organisations[0], id=id, name=name) for id, name in (("ib", "Dr. Ida Brand"), ("b", "Ida Brand"))
    )
    named = replace(
        FOUND,
        mentions=(Mention(start=90, end=99, label="PER", surface="Ida Brand"),),
        organisations=(*FOUND.organisations, *people),
    )
    told(1, MORNING, named)
    put_together(db, settings, SEVEN)
    [text] = text_for(db, "a@amt.example")
    assert "Dr. N. N. (betroffen)" in text
    assert "Stadtwerke Lindhafen (betroffen)" in text
    assert "Brand" not in text


def test_each_reader_gets_what_they_asked_for(db, told, settings, reader):
    reader("alles@amt.example")
    reader("klinik@amt.example", sectors="hospital")
    reader("industrie@amt.example", sectors="industry", types="ransomware")
    reader("wache@amt.example", organisations="Stadtwerke Lindhafen; Klinik Irgendwo")
    reader("sicher@amt.example", min_status="confirmed")
    reader("suche@amt.example", search="Polizei Erpressungen")
    reader("nichts@amt.example", search="Radwege", empty="skip")
    reader("woche@amt.example", frequency="weekly", weekday="monday")
    told(1, MORNING)
    run.index_round(db)
    made = put_together(db, settings, SEVEN)
    for who, expected in {"alles": 1, "klinik": 0, "industrie": 1, "wache": 1, "sicher": 0, "suche": 1}.items():
        [text] = text_for(db, f"{who}@amt.example")
        assert text.count("/vorfall/1\n") == expected, who
    assert text_for(db, "nichts@amt.example") == text_for(db, "woche@amt.example") == []
    assert len(made) == 6  # the one of everything is the same as that of alles
    put_together(db, settings, datetime(2026, 11, 23, 7, tzinfo=UTC))  # a Monday
    assert "/vorfall/1\n" in text_for(db, "woche@amt.example")[0]


async def test_an_alert_comes_at_once_is_not_repeated_and_what_is_quiet_waits_for_the_digest(
    db, told, settings, reader
):
    reader("a@amt.example", organisations="Stadtwerke Lindhafen", alerts="2", quiet="22-7")
    editions.close_edition(db, MORNING - timedelta(hours=20))
    evening = datetime(2026, 11, 19, 17, tzinfo=UTC)
    told(1, evening)
    assert len(alert(db, settings, evening)) == 1
    assert alert(db, settings, evening + timedelta(minutes=1)) == []
    confirmed = replace(FOUND, status="confirmed")
    told(2, evening + timedelta(hours=5), confirmed, title="Stadtwerke Lindhafen bestätigen Angriff auf ihre Server")
    assert alert(db, settings, evening + timedelta(hours=5)) == []  # 23 o'clock
    put_together(db, settings, SEVEN)
    first, second = text_for(db, "a@amt.example")
    assert first.startswith("Lagebild Eilmeldung 19.11.2026: Hacker legen")
    assert "NEUE VORFÄLLE" not in second
    assert "jetzt bestätigt (vorher behauptet)" in second


def test_of_too_many_alerts_the_rest_goes_to_the_digest(db, told, settings, reader):
    reader("a@amt.example", types="ransomware", alerts="1")
    editions.close_edition(db, MORNING - timedelta(hours=20))
    clinic = "Ein Trojaner hat am Sonntag Röntgengeräte und Bettenplanung lahmgelegt, sagt die Geschäftsführerin."
    town = "Bürgerbüro, Standesamt und Kasse bleiben geschlossen, seit Erpresser sämtliche Akten gesperrt haben."
    happened = (
        ("Stadtwerke Lindhafen", "Hacker legen Stadtwerke Lindhafen lahm", BODY),
        ("Klinik Ostheim", "Röntgen in der Klinik Ostheim ausgefallen", clinic),
        ("Rathaus Moorburg", "Moorburger Bürgerbüro macht zu", town),
    )
    for number, (who, title, body) in enumerate(happened):
        id, at = who.lower().replace(" ", "-"), MORNING - timedelta(minutes=30 - number)
        found = replace(FOUND, facts=(), organisations=(replace(FOUND.organisations[0], id=id, name=who),))
        told(number, at, found, title=title, body=body)
        alert(db, settings, at)
    put_together(db, settings, SEVEN)
    first, second = text_for(db, "a@amt.example")
    assert "Hacker legen Stadtwerke Lindhafen lahm" in first
    assert "Hacker legen Stadtwerke Lindhafen lahm" not in second
    assert "Röntgen in der Klinik Ostheim ausgefallen" in second
    assert "Moorburger Bürgerbüro macht zu" in second


def test_the_digests_of_a_past_day_are_as_they_were_and_looking_at_them_writes_nothing(db, told, settings, reader):
    reader("a@amt.example", sectors="industry")
    told(1, MORNING)
    would_be = digests_of(db, settings, DAY, MORNING)
    assert [digest.incidents for digest, _ in would_be] == [1, 1]
    assert would_be[1][1] == [("a@amt.example", "waiting")]
    assert (db.table("digests").count, db.table("deliveries").count, db.table("editions").count) == (0, 0, 1)
    put_together(db, settings, SEVEN)
    before = digests_of(db, settings, DAY, SEVEN)
    told(2, MORNING + timedelta(hours=1), title="Noch mehr Ärger in Lindhafen")
    put_together(db, settings, SEVEN + timedelta(days=1))
    assert digests_of(db, settings, DAY, SEVEN + timedelta(days=1)) == before


async def test_an_edited_article_that_waits_for_analysis_stops_neither_grouping_nor_digest(db, told, settings):
    told(1, MORNING)
    forget_analysis(db, 1)
    confirmed = replace(FOUND, status="confirmed")
    url = "https://bote.example/2"
    entry = Entry(source_id="bote", url=url, title="Stadtwerke Lindhafen bestätigen Angriff auf ihre Server")
    crawled.save_entries(db, Polled(source_id="bote", at=MORNING, outcome="ok", entries=(entry,)))
    article = Article(source_id="bote", url=url, title=entry.title, text=BODY.format(number=9), published_at=MORNING)
    save_fetched(db, [(Fetched(url=url, at=MORNING, outcome="ok"), article)], same_text)
    put_together(db, settings, SEVEN)
    waiting = analysed.unread(db, "test 1", 10)
    analysed.save_analysis(db, waiting[1], confirmed, MORNING)
    grouping.group_round(db)
    grouping.group_round(db, again=True)
    analysed.save_analysis(db, waiting[0], FOUND, MORNING)
    grouping.group_round(db)
    [line] = queries.incident_lines(db)
    assert (line.articles, line.status) == (2, "confirmed")


def test_grouping_everything_again_is_no_news(db, told, settings, reader):
    reader("a@amt.example")
    told(1, MORNING)
    told(2, MORNING + timedelta(minutes=9), title="Stadtwerke Lindhafen nach Angriff noch offline")
    put_together(db, settings, SEVEN)
    grouping.group_round(db, again=True)
    put_together(db, settings, SEVEN + timedelta(days=1))
    assert "Keine neuen Vorfälle und nichts Neues zu bekannten." in text_for(db, "a@amt.example")[1]
