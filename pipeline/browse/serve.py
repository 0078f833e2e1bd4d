"""A running server: Datasette over one SQLite file, with the descriptions of metadata.yml and our pages."""

from __future__ import annotations

import errno
import socket
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils import BadMetadataError, parse_metadata

import pipeline.browse
from pipeline.browse.correct import Desk
from pipeline.browse.letters import Leaving
from pipeline.errors import LagebildError, SettingsError, StoreError

_TEMPLATES = Path(__file__).parent / "templates"  # before those of other plugins
_NAME = "lagebild"  # under which metadata.yml describes the database
_SETTINGS = {
    "default_page_size": 50,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 2000,
    "num_sql_threads": 4,
    "facet_time_limit_ms": 35,
    "allow_download": False,
    "suggest_facets": False,
    "truncate_cells_html": 400,
}

_VISITED = {"sql_time_limit_ms": 1000, "max_returned_rows": 500}


def application(
    db: Path,
    metadata: Path,
    *,
    public: bool = False,
    analysts: Mapping[str, str] | None = None,
    desk: Desk | None = None,
    leaving: Leaving | None = None,
    secret: str | None = None,
) -> Datasette:
    """Datasette over the database, with our pages and the German descriptions.

    A public one shows visitors what `access` opens; `analysts` sign in at /-/login, by name and hash of a password.
    Corrections are carried out at the `desk`; without one nobody makes any.
    The links in mails lead to `leaving`. Cookies are signed with the `secret`; without one those of an earlier start are
    void.
    """
    _check(db)
    if not any(plugin is pipeline.browse for plugin in pm.get_plugins()):
        pm.register(pipeline.browse, "lagebild")  # run from a checkout that is not installed
    told = described(_read(metadata), db.stem)
    if public:
        told = told | {"plugins": (told.get("plugins") or {}) | _guard(analysts or {})}
    settings = _SETTINGS | (_VISITED if public else {})
    datasette = Datasette([str(db)], metadata=told, settings=settings, template_dir=str(_TEMPLATES), secret=secret)
    datasette.lagebild_desk, datasette.lagebild_leaving = desk, leaving
    return datasette


def _guard(analysts: Mapping[str, str]) -> dict[str, Any]:
    passwords: dict[str, Any] = {f"{name}_password_hash": hash for name, hash in analysts.items()}
    actors = {name: {"id": name} for name in analysts}
    return {"lagebild": {"public": True}, "datasette-auth-passwords": passwords | {"actors": actors}}


async def serve(datasette: Datasette, host: str, port: int) -> None:
    """Serves until it is stopped by a signal."""
    app = datasette.app()
    with closing(_listen(host, port)) as listening:
        config = uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="on")
        await uvicorn.Server(config).serve(sockets=[listening])


def described(metadata: dict[str, Any], name: str) -> dict[str, Any]:
    """The descriptions for a database that is called `name`, as its file is."""
    databases = dict(metadata.get("databases") or {})
    if _NAME in databases:
        databases[name] = databases.pop(_NAME)
    return metadata | {"databases": databases}


def _read(metadata: Path) -> dict[str, Any]:
    try:
        read = parse_metadata(metadata.read_text(encoding="utf-8"))
    except (OSError, BadMetadataError) as exc:
        raise SettingsError(f"{metadata}: cannot be read as metadata: {exc}") from exc
    if not isinstance(read, dict):
        raise SettingsError(f"{metadata}: not a mapping of metadata")
    return read


def _check(db: Path) -> None:
    if not db.is_file():
        raise StoreError(f"{db}: no database there; `lagebild init` makes one")
    try:
        with closing(sqlite3.connect(f"{db.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            known = connection.execute("select 1 from sqlite_master where type = 'table' and name = 'incidents'")
            if known.fetchone() is None:
                raise StoreError(f"{db}: not a database of Lagebild (no table incidents)")
    except sqlite3.Error as exc:
        raise StoreError(f"{db}: cannot be read: {exc}") from exc


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise LagebildError(f"port {port} on {host} is in use by another program; choose one with --port") from exc
        raise LagebildError(f"cannot listen on {host}, port {port}: {exc.strerror or exc}") from exc
