"""Atom feeds (RFC 4287): of all incidents, of one type, of an organisation, of a search; of digests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from datasette import Response

from pipeline.browse.access import may_see
from pipeline.browse.pages import PAGE_HEADERS, find_database, missing
from pipeline.browse.queries import INCIDENT, Database, rows
from pipeline.browse.search import search
from pipeline.browse.shown import IncidentLine
from pipeline.browse.words import STATUSES, article_path, counted, incident_path, number

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRIES = 50
_DIGESTS = 14
_NEVER = "1970-01-01T00:00:00Z"  # of a feed without entries
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a feed tells of an incident or an article; `path` is the page's and, by its number, the identity."""

    identity: str
    path: str
    title: str
    updated: str
    summary: str
    html: str | None = None  # the whole of it


async def incidents(datasette: Any, request: Any) -> Any:
    """Feed of all incidents, those told of last first."""
    db = await find_database(datasette)
    return (
        await _of_incidents(datasette, request, db, "Vorfälle", "true", "") if db else await missing(datasette, request)
    )


async def of_type(datasette: Any, request: Any) -> Any:
    """Feed of the incidents of a type, also where it is not the main one."""
    db, id = await find_database(datasette), unquote(request.url_vars["id"])
    name = await _name(db, "select name_de from incident_types where id = :id", id) if db else None
    if db is None or name is None:
        return await missing(datasette, request, "Diese Art gibt es nicht.")
    condition = "i.id in (select incident_id from incident_news where kind = 'type' and value = :id)"
    return await _of_incidents(datasette, request, db, f"Vorfälle: {name}", condition, id)


async def of_organisation(datasette: Any, request: Any) -> Any:
    """Feed of the incidents in which an organisation has a part."""
    db, id = await find_database(datasette), unquote(request.url_vars["id"])
    name = await _name(db, "select name from organisations where id = :id", id) if db else None
    if db is None or name is None:
        return await missing(datasette, request, "Diese Organisation ist nicht bekannt.")
    condition = """i.id in (select ia.incident_id from article_organisations ao
                       join incident_articles ia on ia.article_id = ao.article_id where ao.organisation_id = :id)"""
    return await _of_incidents(datasette, request, db, f"Vorfälle: {name}", condition, id)


async def of_search(datasette: Any, request: Any) -> Any:
    """Feed of the articles that a search finds, best first as on its page."""
    db, typed = await find_database(datasette), request.args.get("q") or ""
    if db is None:
        return await missing(datasette, request)
    whole = await may_see(datasette, request, db.name, "article_texts")
    found = await search(db, typed, 1, snippets=whole)
    entries = [
        Entry(
            identity=article_path(hit.what.id),
            path=article_path(hit.what.id),
            title=hit.what.title,
            updated=hit.what.at,
            summary=": ".join(filter(None, (hit.what.source, "".join(piece.text for piece in hit.quote)))),
        )
        for hit in found.hits
    ]
    return _feed(datasette, request, f"Suche: {typed}", f"/suche?q={quote(typed)}", entries)


async def of_digests(datasette: Any, request: Any) -> Any:
    """Feed of the digests of everything, the latest first."""
    db = await find_database(datasette)
    if db is None:
        return await missing(datasette, request)
    sql = f"""select date, created_at, subject, incidents, html from digests
              where kind = 'digest' and selection = '{{}}' order by date desc limit {_DIGESTS}"""
    entries = [
        Entry(
            identity=f"/tagesmeldung/{row['date']}",
            path=f"/tagesmeldung/{row['date']}",
            title=row["subject"],
            updated=row["created_at"],
            summary=counted(row["incidents"], "Vorfall", "Vorfälle"),
            html=row["html"],
        )
        for row in await db.execute(sql)
    ]
    return _feed(datasette, request, "Tagesmeldungen", "/", entries)


async def _of_incidents(datasette: Any, request: Any, db: Database, title: str, condition: str, id: str) -> Any:
    lines = await rows(
        db,
        IncidentLine,
        f"{INCIDENT} from incident_list i where {condition} order by i.last_seen_at desc, i.id desc limit {_ENTRIES}",
        id=id,
    )
    return _feed(datasette, request, title, "/", [_incident(line) for line in lines])


def told(line: IncidentLine) -> str:
    """What is known of an incident, in one line."""
    said = [line.type, STATUSES.get(line.status, line.status)]
    said += [line.organisations] if line.organisations else []
    said += [f"{number(line.affected)} Betroffene"] if line.affected else []
    said += [f"{counted(line.articles, 'Artikel', 'Artikel')} aus {counted(line.sources, 'Quelle', 'Quellen')}"]
    return " · ".join(said)


def _incident(line: IncidentLine) -> Entry:
    return Entry(
        identity=incident_path(line.id),
        path=incident_path(line.id, line.slug),
        title=line.title,
        updated=line.last_seen_at,
        summary=told(line),
    )


async def _name(db: Database, sql: str, id: str) -> str | None:
    found = next(iter(await db.execute(sql, {"id": id})), None)
    return None if found is None else str(found[0])


def _feed(datasette: Any, request: Any, title: str, page: str, entries: Iterable[Entry]) -> Any:
    def absolute(path: str) -> str:
        return str(datasette.absolute_url(request, datasette.urls.path(path)))

    all_entries = list(entries)
    feed = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": "de"})
    _add(feed, "id", absolute(request.full_path))
    _add(feed, "title", f"Lagebild – {title}")
    _add(feed, "updated", max((entry.updated for entry in all_entries), default=_NEVER))
    _add(feed, "link", rel="self", type="application/atom+xml", href=absolute(request.full_path))
    _add(feed, "link", rel="alternate", type="text/html", href=absolute(page))
    _add(_add(feed, "author"), "name", "Lagebild")
    for entry in all_entries:
        element = _add(feed, "entry")
        _add(element, "id", absolute(entry.identity))
        _add(element, "title", entry.title)
        _add(element, "updated", entry.updated)
        _add(element, "link", rel="alternate", type="text/html", href=absolute(entry.path))
        _add(element, "summary", entry.summary)
        if entry.html is not None:
            _add(element, "content", entry.html, type="html")
    text = ElementTree.tostring(feed, encoding="unicode", xml_declaration=True)
    return Response(text, headers=PAGE_HEADERS, content_type="application/atom+xml; charset=utf-8")


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name, attributes)
    element.text = None if text is None else _FORBIDDEN.sub("\ufffd", text)
    return element


ROUTES = (
    (r"^/feed/vorfaelle\.atom$", incidents),
    (r"^/feed/art/(?P<id>[^/]+)\.atom$", of_type),
    (r"^/feed/organisation/(?P<id>[^/]+)\.atom$", of_organisation),
    (r"^/feed/suche\.atom$", of_search),
    (r"^/feed/tagesmeldungen\.atom$", of_digests),
)
