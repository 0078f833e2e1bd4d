"""The pages: a request in, a query, a template out. Unknown ids end in a German 404."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from getpass import getuser
from typing import Any
from urllib.parse import unquote

from datasette import Response

from pipeline.browse import correct, history, queries, situation
from pipeline.browse import search as searching
from pipeline.browse import sources as source_queries
from pipeline.browse.access import is_public, may_see
from pipeline.browse.queries import Database
from pipeline.browse.words import article_path, incident_path
from pipeline.errors import LagebildError
from pipeline.store import finding

RECENT = timedelta(days=7)
# No script, nothing from elsewhere; a page read from the press cannot do more than show itself.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # with none at all a browser would not say where a form comes from
    "X-Content-Type-Options": "nosniff",
}

Page = Callable[..., Awaitable[Any]]


async def find_database(datasette: Any) -> Database | None:
    """The database that holds incidents, or None."""
    for name, db in datasette.databases.items():
        if name != "_internal" and await db.table_exists("incidents"):
            return db  # type: ignore[no-any-return]
    return None


async def start(datasette: Any, request: Any) -> Any:
    """Lage: what is new."""
    db = await find_database(datasette)
    if db is None:
        return await missing(datasette, request, "Keine Datenbank mit Vorfällen. „lagebild init“ legt eine an.")
    since = (datetime.now(UTC) - RECENT).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = await situation.start(db, since)
    news = await history.news(db, (line.id for line in (*page.incidents, *page.earlier)), since)
    return await _page(datasette, request, "start", db=db, page=page, news=news)


async def incident(datasette: Any, request: Any) -> Any:
    """Vorfall: what happened, to whom, and who says so."""
    db, id = await find_database(datasette), _id(request)
    whole = db is not None and await may_see(datasette, request, db.name, "article_texts")
    found = await queries.incident(db, id, whole) if db else None
    if db and found:
        return await _page(datasette, request, "incident", db=db, page=found, history=await history.history(db, id))
    gone = await history.redirect(db, id) if db else None
    if gone and gone.to_id is not None:
        return Response.redirect(datasette.urls.path(incident_path(gone.to_id, gone.slug)), status=301)
    why = "Diesen Vorfall erzählt kein Artikel mehr." if gone else "Diesen Vorfall gibt es nicht."
    return await missing(datasette, request, why)


async def article(datasette: Any, request: Any) -> Any:
    """Artikel: the text with what was found in it."""
    db = await find_database(datasette)
    whole = db is not None and await may_see(datasette, request, db.name, "article_texts")
    found = await queries.article(db, _id(request), whole) if db else None
    if found is None:
        return await missing(datasette, request, "Diesen Artikel gibt es nicht oder nicht mehr.")
    return await _article(datasette, request, db, found, whole=whole)


async def _article(datasette: Any, request: Any, db: Any, found: Any, *, whole: bool, refused: str = "") -> Any:
    may = decider(datasette, request) is not None and whole
    context = {
        "decisions": await correct.decisions(db, found.article.id) if whole else (),
        "choices": await correct.types(db) if may else (),
        "refused": refused,
        "roles_there": [(role.id, role.name) for _, roles in found.roles for role in roles],
    }
    status = 400 if refused else 200
    return await _page(
        datasette, request, "article", status, db=db, page=found, whole=whole, may_correct=may, **context
    )


def decider(datasette: Any, request: Any) -> str | None:
    """Who decides if whoever asks corrects an article; None if they may not."""
    if getattr(datasette, "lagebild_desk", None) is None:
        return None
    if request.actor:
        return str(request.actor.get("id"))
    return None if is_public(datasette) else getuser()


async def correction(datasette: Any, request: Any) -> Any:
    """Berichtigung: a form of the article's page, carried out."""
    db, by = await find_database(datasette), decider(datasette, request) if request.method == "POST" else None
    found = await queries.article(db, _id(request), whole=True) if db and by else None
    if db is None or found is None or by is None or not correct.same_origin(request.headers):
        return await missing(datasette, request, "Hier kann nichts berichtigt werden.", status=403)
    form, id = await request.post_vars(), found.article.id
    refused = await _decide(datasette.lagebild_desk, db, form, found.article, by)
    if refused:
        return await _article(datasette, request, db, found, whole=True, refused=refused)
    return Response.redirect(datasette.urls.path(f"{article_path(id)}#berichtigungen"), status=303)


async def _decide(desk: correct.Desk, db: Database, form: Any, article: Any, by: str) -> str | None:
    """Carries out a form; returns in German why that cannot be done."""
    try:
        if form.get("withdraw") == "incident":
            await to_thread(desk.unplace, article.id)
        elif (number := _number(form.get("withdraw", ""))) >= 0:
            await to_thread(desk.withdraw, number)
        else:
            now, known = datetime.now(UTC), await correct.types(db)
            told = correct.read(form, article.text or "", article_id=article.id, known=known, by=by, at=now)
            if isinstance(told, correct.Refused):
                return told.why
            if isinstance(told, correct.Placement):
                why = " ".join(form.get("why", "").split()) or None
                await to_thread(partial(desk.place, article.id, told.incident_id, by=by, why=why))
            else:
                await to_thread(desk.correct, told)
    except LagebildError as exc:
        return f"Das ging nicht: {exc}"
    return None


async def organisation(datasette: Any, request: Any) -> Any:
    """Organisation: in which incidents, in which role."""
    db = await find_database(datasette)
    found = await queries.organisation(db, unquote(request.url_vars["id"])) if db else None
    if found is None:
        return await missing(datasette, request, "Diese Organisation ist nicht bekannt.")
    return await _page(datasette, request, "organisation", db=db, page=found)


async def sources(datasette: Any, request: Any) -> Any:
    """Quellen: how every source is doing."""
    db = await find_database(datasette)
    if db is None:
        return await missing(datasette, request, "Keine Datenbank mit Quellen. „lagebild init“ legt eine an.")
    return await _page(datasette, request, "sources", db=db, sources=await source_queries.sources(db))


async def source(datasette: Any, request: Any) -> Any:
    """Quelle: its last looks, and what became of its entries."""
    db = await find_database(datasette)
    found = await source_queries.source(db, unquote(request.url_vars["id"])) if db else None
    if found is None:
        return await missing(datasette, request, "Diese Quelle gibt es nicht.")
    looks = db is not None and await may_see(datasette, request, db.name, "polls")
    return await _page(datasette, request, "source", db=db, page=found, looks=looks)


async def search(datasette: Any, request: Any) -> Any:
    """Suche: articles whose text holds all that is asked."""
    db = await find_database(datasette)
    if db is None:
        return await missing(datasette, request, "Keine Datenbank zum Durchsuchen. „lagebild init“ legt eine an.")
    typed, page = request.args.get("q") or "", request.args.get("seite") or "1"
    wanted = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    whole = await may_see(datasette, request, db.name, "article_texts")
    found = await searching.search(db, typed, wanted, snippets=whole)
    return await _page(datasette, request, "search", db=db, page=found, most=finding.MOST)


# The number decides; what is written after it is for people and may be wrong.
ROUTES: tuple[tuple[str, Page], ...] = (
    (r"^/$", start),
    (r"^/vorfall/(?P<id>[0-9]{1,15})(?:-[^/]*)?$", incident),
    (r"^/vorfall/(?P<id>[^/]+)$", incident),
    (r"^/artikel/(?P<id>[^/]+)$", article),
    (r"^/artikel/(?P<id>[^/]+)/berichtigen$", correction),
    (r"^/organisation/(?P<id>[^/]+)$", organisation),
    (r"^/quellen$", sources),
    (r"^/quelle/(?P<id>[^/]+)$", source),
    (r"^/suche$", search),
)


def _id(request: Any) -> int:
    return _number(request.url_vars["id"])


def _number(text: str) -> int:
    """The number that a text is, or -1 if it is none that could be one of a row."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else -1


async def _page(datasette: Any, request: Any, name: str, status: int = 200, **context: Any) -> Any:
    html = await datasette.render_template(f"lagebild/{name}.html", context, request=request)
    return Response.html(html, status=status, headers=PAGE_HEADERS)


async def missing(
    datasette: Any, request: Any, why: str = "Keine Datenbank mit Vorfällen.", *, status: int = 404
) -> Any:
    """A German page that says why there is nothing."""
    html = await datasette.render_template("404.html", {"why": why}, request=request)
    return Response.html(html, status=status, headers=PAGE_HEADERS)
