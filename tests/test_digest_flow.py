"""The digest from the database to the mailbox: what is new, sent once, tried again where it was refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline import grouping
from pipeline.config import load_settings
from pipeline.digest import digest_round, put_together
from pipeline.errors import SettingsError
from pipeline.extract import same_text
from pipeline.records import Analysis, Article, Entry, Fact, Fetched, IncidentType, Organisation, Polled, Source, Span
from pipeline.store import analysed, crawled, queries
from pipeline.store.fetched import forget_analysis, save_fetched
from tests.deliver.sink import free_port

DAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 5, tzinfo=UTC)
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


def settings(sink=None, *to):
    reached = {"smtp_host": "127.0.0.1", "smtp_port": sink.port} if sink else {}
    return load_settings(digest_to=to, smtp_starttls=False, **reached)


def test_a_new_incident_stands_first_and_other_articles_after_it(db, told):
    told(1, MORNING)
    ordinary = "Der Stadtrat hat am Abend beschlossen, den Radweg am Ufer zu verlängern. Der Bau beginnt im Frühjahr."
    told(2, MORNING, Analysis(model="test 1"), title="Stadtrat beschließt neuen Radweg", body=ordinary)
    digest = put_together(db, DAY)
    [incident] = digest.new
    assert (incident.title, incident.affected, incident.sources) == ("Hacker legen Stadtwerke Lindhafen lahm", 12000, 1)
    assert incident.path == "/vorfall/1-hacker-legen-stadtwerke-lindhafen-lahm"
    assert [organisation.name for organisation in incident.organisations] == ["Stadtwerke Lindhafen"]
    assert [link.title for link in digest.articles] == ["Stadtrat beschließt neuen Radweg"]


async def test_what_is_new_about_a_known_incident_is_told_and_nothing_twice(db, told, sink):
    told(1, MORNING)
    await digest_round(db, settings(), DAY)
    db.execute("update digests set created_at = ?", ["2026-11-20T06:00:00Z"])
    db.conn.commit()
    confirmed = replace(FOUND, status="confirmed", facts=(Fact(kind="affected", value="40000", start=0, end=5),))
    told(2, MORNING + timedelta(hours=20), confirmed, title="Stadtwerke Lindhafen bestätigen Angriff auf ihre Server")
    assert len(queries.incident_lines(db)) == 1
    digest = put_together(db, DAY + timedelta(days=1))
    assert digest.new == ()
    [incident] = digest.changed
    assert (incident.news.articles, incident.news.status_before, incident.status) == (1, "alleged", "confirmed")
    assert (incident.news.affected_before, incident.affected) == (12000, 40000)


async def test_every_reader_gets_the_digest_once_and_a_refused_one_is_tried_again(db, told, sink):
    told(1, MORNING)
    sink.refuses = {"b@amt.example"}
    first = await digest_round(db, settings(sink, "a@amt.example", "b@amt.example", "c@amt.example"), DAY)
    assert (first.sent, len(first.troubles)) == (2, 1)
    assert "b@amt.example" in first.troubles[0]
    sink.refuses = set()
    second = await digest_round(db, settings(sink, "a@amt.example", "b@amt.example", "c@amt.example"), DAY)
    assert (second.sent, second.troubles) == (1, ())
    assert sorted(to for _, [to], _ in sink.got) == ["a@amt.example", "b@amt.example", "c@amt.example"]


async def test_without_a_connection_nobody_is_lost(db, told, sink):
    told(1, MORNING)
    nowhere = load_settings(
        digest_to=("a@amt.example", "b@amt.example"), smtp_host="127.0.0.1", smtp_port=free_port(), smtp_starttls=False
    )
    report = await digest_round(db, nowhere, DAY)
    assert report.sent == 0
    assert f"127.0.0.1:{nowhere.smtp_port}" in report.troubles[0]
    assert (await digest_round(db, settings(sink, "a@amt.example", "b@amt.example"), DAY)).sent == 2


async def test_a_kill_between_note_and_mail_sends_at_most_once(db, told, sink):
    told(1, MORNING)
    await digest_round(db, settings(), DAY)
    from pipeline.store import delivered

    assert [to for to, _ in delivered.open_deliveries(db, DAY, ["a@amt.example"])] == ["a@amt.example"]  # then killed
    assert (await digest_round(db, settings(sink, "a@amt.example", "b@amt.example"), DAY)).sent == 1
    assert [to for _, [to], _ in sink.got] == ["b@amt.example"]


async def test_the_digest_of_a_past_day_is_made_again_as_it_was(db, told, tmp_path):
    told(1, MORNING)
    await digest_round(db, settings(), DAY)
    before = await digest_round(db, settings(), DAY, dry_run=True, folder=tmp_path / "a")
    told(2, MORNING + timedelta(hours=1), title="Noch mehr Ärger in Lindhafen")
    after = await digest_round(db, settings(), DAY, dry_run=True, folder=tmp_path / "b")
    assert [p.read_bytes() for p in before.files][1] == [p.read_bytes() for p in after.files][1]
    assert after.subject == before.subject


async def test_readers_without_a_mail_server_are_a_fault_of_the_settings(db):
    with pytest.raises(SettingsError, match="smtp_host"):
        await digest_round(db, settings(None, "a@amt.example"), DAY)


async def test_a_bad_address_does_not_keep_the_digest_from_others(db, told, sink):
    told(1, MORNING)
    report = await digest_round(db, settings(sink, "no address", "a@amt.example"), DAY)
    assert report.sent == 1
    assert "no address" in report.troubles[0]


async def test_an_edited_article_that_waits_for_analysis_stops_neither_grouping_nor_digest(db, told):
    told(1, MORNING)
    forget_analysis(db, 1)
    confirmed = replace(FOUND, status="confirmed")
    url = "https://bote.example/2"
    entry = Entry(source_id="bote", url=url, title="Stadtwerke Lindhafen bestätigen Angriff auf ihre Server")
    crawled.save_entries(db, Polled(source_id="bote", at=MORNING, outcome="ok", entries=(entry,)))
    article = Article(source_id="bote", url=url, title=entry.title, text=BODY.format(number=9), published_at=MORNING)
    save_fetched(db, [(Fetched(url=url, at=MORNING, outcome="ok"), article)], same_text)
    assert put_together(db, DAY).new == ()  # its only article waits; nothing can be said of it
    waiting = analysed.unread(db, "test 1", 10)
    analysed.save_analysis(db, waiting[1], confirmed, MORNING)
    grouping.group_round(db)
    grouping.group_round(db, again=True)
    analysed.save_analysis(db, waiting[0], FOUND, MORNING)
    grouping.group_round(db)
    [line] = queries.incident_lines(db)
    assert (line.articles, line.status) == (2, "confirmed")
