"""The digest from the database to the mailbox: what became known, told to each reader once, and sent once."""

import asyncio
import os
import socket
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline import grouping, run
from pipeline.config import load_settings
from pipeline.digest import alert, digests_of, put_together
from pipeline.errors import SettingsError
from pipeline.extract import same_text
from pipeline.records import (
    Analysis,
    Article,
    Entry,
    Fact,
    Fetched,
    IncidentType,
    Mention,
    Organisation,
    Polled,
    Source,
    Span,
)
from pipeline.sending import send_waiting
from pipeline.store import analysed, crawled, delivered, editions, leases, queries, subscribed
from pipeline.store.fetched import forget_analysis, save_fetched
from pipeline.subscribing import Subscribing
from tests.deliver.sink import free_port

DAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 5, tzinfo=UTC)
SEVEN = datetime(2026, 11, 20, 6, 0, 5, tzinfo=UTC)  # in Berlin
BODY = (
    "Unbekannte haben in der Nacht die Server der Stadtwerke Lindhafen verschlüsselt. Nach Angaben des Unternehmens "
    "sind die Daten von {number} Kunden betroffen. Die Polizei Auenstadt ermittelt wegen Erpressung."
)
FOUND = Analysis(
    model="test 1",
    status="alleged",
    types=(IncidentType(type="ransomware", score=0.9, evidence=(Span(start=0, end=5),)),),
    organisations=(
        Organisation(
            id="stadtwerke-lindhafen",
            name="Stadtwerke Lindhafen",
            role="affected",
            sector="industry",
            mentions=1,
            start=0,
            end=5,
        ),
    ),
    facts=(Fact(kind="affected", value="12000", start=0, end=5),),
)


@pytest.fixture
def told(db):
    """A function that stores an analysed article as if it had been crawled then."""
    source = Source(id="bote", name="Bote", kind="rss", url="https://bote.example/feed")
    crawled.save_sources(db, [source])
    analysed.save_types(db, [{"id": "ransomware", "name_de": "Ransomware", "description_de": "Verschlüsselung"}])

    def tell(number, at, analysis=FOUND, title="Hacker legen Stadtwerke Lindhafen lahm", body=BODY):
        url = f"https://bote.example/{number}"
        entry = Entry(source_id="bote", url=url, title=title)
        crawled.save_entries(db, Polled(source_id="bote", at=at, outcome="ok", entries=(entry,)))
        text = body.format(number=f"{12 + number}.000")
        article = Article(source_id="bote", url=url, title=title, text=text, published_at=at)
        save_fetched(db, [(Fetched(url=url, at=at, outcome="ok"), article)], same_text)
        [unread] = analysed.unread(db, "test 1", 10)
        analysed.save_analysis(db, unread, analysis, at)
        grouping.group_round(db)

    return tell


@pytest.fixture
def settings(tmp_path, sink):
    """Settings with a mail server that notes what it gets."""
    return load_settings(
        db=tmp_path / "lagebild.db", smtp_host="127.0.0.1", smtp_port=sink.port, smtp_starttls=False, timeout=0.5
    )


@pytest.fixture
def reader(db, settings):
    """A function that adds a subscriber as of the day before."""

    def add(address, **wishes):
        given = {name.replace("_", "-"): value for name, value in wishes.items()}
        added = Subscribing(db=db, settings=settings).add(address, given)
        db.execute("update subscriptions set created_at = ? where id = ?", ["2026-11-19T12:00:00Z", added.id])
        db.conn.commit()
        return added.id

    return add


def text_for(db, address):
    """The words of all digests and alerts for a reader, in order."""
    rows = db.query(
        "select g.subject, g.text from deliveries d join digests g on g.id = d.digest_id join subscriptions s"
        " on s.id = d.subscription_id where s.address = ? order by g.id",
        [address],
    )
    return [row["subject"] + "\n" + row["text"] for row in rows]


def states(db):
    rows = db.query("select s.address, d.state from deliveries d join subscriptions s on s.id = d.subscription_id")
    return {row["address"]: row["state"] for row in rows}


def time_goes_on(db, **delta):
    """Whatever waits for another try has waited long enough."""
    db.execute("update deliveries set next_at = '2020-01-01T00:00:00Z' where state = 'waiting'")
    db.conn.commit()


ORDINARY = "Der Stadtrat hat am Abend beschlossen, den Radweg am Ufer zu verlängern. Der Bau beginnt im Frühjahr."


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


async def test_every_reader_gets_the_digest_once_and_a_refused_one_is_marked(db, told, settings, reader, sink):
    for who in "abcd":
        reader(f"{who}@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    db.execute("update deliveries set since = ?", [f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"])
    sink.refuses, sink.puts_off = {"b@amt.example"}, {"d@amt.example"}
    first = await send_waiting(db, settings)
    assert (first.sent, len(first.troubles)) == (2, 2)
    assert states(db) == dict(
        zip([f"{w}@amt.example" for w in "abcd"], ["sent", "refused", "sent", "waiting"], strict=True)
    )
    assert (await send_waiting(db, settings)).sent == 0  # not before its time
    sink.puts_off = set()
    time_goes_on(db)
    assert (await send_waiting(db, settings)).sent == 1
    assert sorted(to for _, [to], _ in sink.got) == ["a@amt.example", "c@amt.example", "d@amt.example"]


async def test_who_is_refused_three_times_is_paused_and_one_mail_in_between_counts_anew(
    db, told, settings, reader, sink
):
    id = reader("b@amt.example")
    for day, refused in enumerate((True, True, False, True, True, True)):
        sink.refuses = {"b@amt.example"} if refused else set()
        put_together(db, settings, SEVEN + timedelta(days=day))
        await send_waiting(db, settings)
        assert bool(subscribed.subscription(db, "b@amt.example").paused_why) is (day == 5)
    assert "no such user" in subscribed.subscription(db, "b@amt.example").paused_why
    put_together(db, settings, SEVEN + timedelta(days=7))
    assert len(text_for(db, "b@amt.example")) == 6
    subscribed.resume(db, id)
    put_together(db, settings, SEVEN + timedelta(days=8))
    assert len(text_for(db, "b@amt.example")) == 7


async def test_what_waits_for_an_address_that_is_refused_is_given_up(db, settings, reader, sink):
    reader("b@amt.example")
    sink.refuses = {"b@amt.example"}
    for day in range(5):
        put_together(db, settings, SEVEN + timedelta(days=day))
    await send_waiting(db, settings)
    assert [row["state"] for row in db.table("deliveries").rows] == ["refused"] * 3 + ["given_up"] * 2


async def test_a_mail_that_is_put_off_for_a_day_expires(db, settings, reader):
    reader("a@amt.example")
    put_together(db, settings, SEVEN)
    [one] = delivered.waiting(db, SEVEN)
    now, tries = SEVEN, 0
    while states(db)["a@amt.example"] == "waiting":
        delivered.put_off(db, one.delivery, "451 later", now)
        row = db.table("deliveries").get(one.delivery)
        now, tries = datetime.fromisoformat(row["next_at"] or row["at"]), tries + 1
    assert states(db) == {"a@amt.example": "expired"}
    assert 8 <= tries <= 15
    assert now - SEVEN <= timedelta(hours=24)


async def test_without_a_connection_nobody_is_lost_however_long_it_takes(db, told, settings, reader, sink):
    reader("a@amt.example")
    reader("b@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    nowhere = settings.model_copy(update={"smtp_port": free_port()})
    db.execute("update deliveries set since = '2020-01-01T00:00:00Z'")
    db.conn.commit()
    report = await send_waiting(db, nowhere)
    assert report.sent == 0
    assert f"127.0.0.1:{nowhere.smtp_port}" in report.troubles[0]
    time_goes_on(db)
    assert (await send_waiting(db, settings)).sent == 2


@pytest.mark.parametrize(("policy", "sent"), [("at_most_once", 0), ("at_least_once", 1)])
async def test_a_kill_after_the_mail_and_before_the_answer_is_settled_as_the_setting_says(
    db, told, settings, reader, sink, policy, sent
):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    [one] = delivered.waiting(db, datetime.now(UTC))
    assert delivered.begin(db, one.delivery, datetime.now(UTC))  # then killed
    db.conn.commit()
    report = await send_waiting(db, settings.model_copy(update={"delivery": policy}))
    assert report.sent == sent
    assert "1 mails were under way" in report.troubles[0]
    assert states(db) == {"a@amt.example": "sent" if sent else "unclear"}


async def test_a_server_that_does_not_answer_after_the_mail_gets_it_once(db, told, settings, reader, sink):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    sink.hangs_after_data = {"a@amt.example"}
    report = await send_waiting(db, settings)
    assert "no answer after the mail" in report.troubles[0]
    sink.hangs_after_data = set()
    await send_waiting(db, settings)
    assert len(sink.got) == 1
    assert states(db) == {"a@amt.example": "unclear"}


async def test_two_processes_never_send_at_once(db, told, settings, reader, sink):
    reader("a@amt.example")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    now = datetime.now(UTC)
    assert leases.take(db, "sending", now, "elsewhere 1 other") is None
    report = await send_waiting(db, settings)
    assert (report.sent, report.troubles) == (0, ["mails are being sent by another process (elsewhere 1 other)"])
    db.execute("update leases set until = ?", [f"{now - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"])
    db.conn.commit()
    assert (await send_waiting(db, settings)).sent == 1
    assert db.table("leases").count == 0


def test_the_lease_of_a_process_that_is_gone_or_of_a_wrong_clock_is_free(db):
    here, now = socket.gethostname(), datetime.now(UTC)
    assert leases.take(db, "sending", now, f"{here} 4194999 gone") is None
    assert leases.take(db, "sending", now, f"{here} {os.getpid()} alive") is None
    assert leases.take(db, "sending", now, "other 1 late") == f"{here} {os.getpid()} alive"
    assert leases.take(db, "sending", now - timedelta(hours=2), "other 1 late") is None


async def test_a_reader_without_a_mail_server_is_a_fault_of_the_settings(db, settings, reader):
    reader("a@amt.example")
    put_together(db, settings, SEVEN)
    with pytest.raises(SettingsError, match="smtp_host"):
        await send_waiting(db, settings.model_copy(update={"smtp_host": ""}))
    assert states(db) == {"a@amt.example": "waiting"}


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


async def test_a_bad_address_does_not_keep_the_digest_from_others(db, told, settings, reader, sink):
    reader("b@amt.example")
    reader("a@amt.example")
    db.execute("update subscriptions set address = 'no address' where address = 'b@amt.example'")
    told(1, MORNING)
    put_together(db, settings, SEVEN)
    report = await send_waiting(db, settings)
    assert report.sent == 1
    assert "no address" in report.troubles[0]


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


async def test_two_commands_at_the_same_time_send_every_mail_once(db, told, settings, sink, tmp_path):
    for number in range(60):
        Subscribing(db=db, settings=settings).add(f"leser{number}@amt.example", {})
    db.close()
    environment = os.environ | {
        "LAGEBILD_DB": str(settings.db),
        "LAGEBILD_SMTP_HOST": "127.0.0.1",
        "LAGEBILD_SMTP_PORT": str(sink.port),
        "LAGEBILD_SMTP_STARTTLS": "0",
    }
    command = [sys.executable, "-m", "pipeline.cli", "digest"]
    both = [
        await asyncio.create_subprocess_exec(*command, cwd=tmp_path, env=environment, stderr=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    told = [(await one.communicate())[1].decode() for one in both]
    assert not any("Traceback" in one for one in told)
    assert sorted(to for _, [to], _ in sink.got) == sorted(f"leser{number}@amt.example" for number in range(60))
