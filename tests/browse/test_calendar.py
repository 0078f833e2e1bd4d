"""The calendar of incidents as a calendar program reads it."""

from datetime import datetime

from icalendar import Calendar

from pipeline.browse.words import BERLIN
from tests.browse.situation import ago


async def test_every_incident_stands_on_the_day_of_its_first_article(datasette):
    answer = await datasette.client.get("/feed/vorfaelle.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert max(map(len, answer.content.split(b"\r\n"))) <= 75
    events = {str(event["uid"]).partition("@")[0]: event for event in Calendar.from_ical(answer.text).walk("VEVENT")}
    assert set(events) == {"vorfall-1", "vorfall-2", "vorfall-3"}
    first = events["vorfall-1"]
    assert first["summary"] == "BKK Ahornwerk: Daten von 48.000 Versicherten abgeflossen"
    assert first["dtstart"].dt == datetime.fromisoformat(ago(hours=48)).astimezone(BERLIN).date()
    assert "48.000 Betroffene" in first["description"]
    assert str(first["url"]).endswith("/vorfall/1-vorfall-1")
    assert events["vorfall-2"]["summary"] == '<script>alert("Titel")</script> & Co. zahlt Bußgeld'


async def test_a_calendar_without_incidents_is_one(empty):
    answer = await empty.client.get("/feed/vorfaelle.ics")
    assert Calendar.from_ical(answer.text).walk("VEVENT") == []
