"""A calendar (RFC 5545) of incidents, each on the day on which it was first told of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from datasette import Response
from icalendar import Calendar, Event

from pipeline.browse.feeds import told
from pipeline.browse.pages import PAGE_HEADERS, find_database, missing
from pipeline.browse.queries import INCIDENT, rows
from pipeline.browse.shown import IncidentLine
from pipeline.browse.words import BERLIN, incident_path

_EVENTS = 500


async def incidents(datasette: Any, request: Any) -> Any:
    """The incidents that were told of last, as days of a calendar."""
    db = await find_database(datasette)
    if db is None:
        return await missing(datasette, request)
    lines = await rows(
        db,
        IncidentLine,
        f"{INCIDENT} from incident_list i order by i.last_seen_at desc, i.id desc limit {_EVENTS}",
    )
    calendar = Calendar()
    calendar.add("prodid", "-//Lagebild//DE")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Lagebild: Vorfälle")
    for line in lines:
        path = datasette.urls.path(incident_path(line.id, line.slug))
        calendar.add_component(_event(line, request.host, datasette.absolute_url(request, path)))
    return Response(calendar.to_ical().decode(), headers=PAGE_HEADERS, content_type="text/calendar; charset=utf-8")


def _event(line: IncidentLine, host: str, address: str) -> Event:
    day = datetime.fromisoformat(line.first_seen_at).astimezone(BERLIN).date()
    event = Event()
    event.add("uid", f"vorfall-{line.id}@{host}")
    event.add("dtstamp", datetime.fromisoformat(line.last_seen_at))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", line.title)
    event.add("description", told(line))
    event.add("url", address)
    event.add("transp", "TRANSPARENT")
    return event


ROUTES = ((r"^/feed/vorfaelle\.ics$", incidents),)
