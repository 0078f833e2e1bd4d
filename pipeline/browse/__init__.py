"""The pages of Lagebild, as a Datasette plugin: entry point `lagebild`, templates and static files beside this file.

pages      request            -> response          the eight pages
queries    database, id       -> one frozen page   all SQL but that of
sources    database, id       -> one frozen page   how sources are doing
health     a source           -> German words      what is wrong with it and what to do
marks      text, highlights   -> pieces            names and evidence in a text
changes    old and new text   -> passages          what an edit changed
history    database, id       -> what was new when  how an incident unfolded
search     database, typed    -> hits              the best first, with snippets
feeds      request            -> Atom
calendar   request            -> iCalendar
letters    request            -> a digest as a page, the end of a subscription
correct    a form             -> a decision, or what is wrong with it
watch      request            -> is the service well, figures for Prometheus
access     who asks           -> what may be seen
cells      a cell of a table  -> link, date, word
serve      database, port     -> a running server

Datasette imports this module while it is being imported itself, so `serve` is not imported here.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pluggy import HookimplMarker

from pipeline.browse import access, health, words
from pipeline.browse.cells import cell

hookimpl = HookimplMarker("datasette")

_CACHE = 32_000  # KiB of pages per connection, of which there are a few; a search over a million texts reads that much
_STATIC = Path(__file__).parent / "static"
# Whose mail the digest goes to is nobody's business on a web page, whatever SQL is typed there.
_PRIVATE = {("subscriptions", "address"), ("subscriptions", "name"), ("deliveries", "error")}


@hookimpl
def register_routes(datasette: Any) -> list[Any]:
    """Our pages, before Datasette's own."""
    from pipeline.browse import calendar, feeds, letters, pages, watch

    return [*pages.ROUTES, *feeds.ROUTES, *calendar.ROUTES, *letters.ROUTES, *watch.ROUTES]


@hookimpl
def skip_csrf(scope: Any) -> bool:
    """Mail programs end a subscription without a cookie; the signed link says that they may."""
    return bool(scope["path"].endswith("/abmelden"))


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> str | None:
    """A cell as a German reader wants it."""
    return None if database == "_internal" else cell(row, value, column, table, datasette.urls.path)


@hookimpl
def permission_allowed(datasette: Any, actor: Any, action: str, resource: Any) -> bool | None:
    """What a visitor of a public instance may see."""
    return access.may(actor, action, resource) if access.is_public(datasette) else None


@hookimpl
def asgi_wrapper(datasette: Any) -> Any:
    """A public instance stays out of search engines."""
    return access.guarded if access.is_public(datasette) else lambda app: app


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """A connection that keeps what it has read, and reads the addresses of subscribers as null."""
    conn.execute(f"pragma cache_size = -{_CACHE}")
    conn.set_authorizer(_authorize)


@hookimpl
def prepare_jinja2_environment(env: Any, datasette: Any) -> Any:
    """The German words and forms for the templates, and where the navigation leads."""

    async def prepare() -> None:
        from pipeline.browse.pages import find_database

        db = await find_database(datasette)
        names = [name for name in datasette.databases if name != "_internal"]
        env.globals.update(
            words=words,
            health=health,
            public=access.is_public(datasette),
            database_name=db.name if db else names[0],
            static=lambda file: datasette.urls.path(_static(file)),
        )
        env.filters.update(moment=words.moment, day=words.day, number=words.number)

    return prepare


def _authorize(action: int, table: str | None, column: str | None, database: str | None, within: str | None) -> int:
    private = action == sqlite3.SQLITE_READ and (table, column) in _PRIVATE
    return sqlite3.SQLITE_IGNORE if private else sqlite3.SQLITE_OK


@cache
def _static(file: str) -> str:
    """The path of a static file, with its content in the address so that a new one is never taken from a cache."""
    from datasette.plugins import get_plugins

    # With the entry point the plugin is called after the distribution, without it after the module.
    name = next(plugin["name"] for plugin in get_plugins() if plugin["static_path"] == str(_STATIC))
    return f"/-/static-plugins/{name}/{file}?{sha256((_STATIC / file).read_bytes()).hexdigest()[:8]}"
