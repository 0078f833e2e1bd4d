"""What a visitor may see of an instance that serves others: figures, findings and short evidence, no texts, no people.

Closed are full texts and their versions, all names in texts, authors, entries, polls and whoever gets mail; so are the
shadow tables of the search and SQL of one's own. Whoever has signed in sees everything.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

QUOTED = 160  # characters of a text that a visitor sees as evidence
TEASER = 300  # characters
OPEN = frozenset(
    [
        "sources",
        "organisations",
        "organisation_aliases",
        "incident_types",
        "incidents",
        "incident_articles",
        "incident_news",
        "incident_redirects",
        "article_organisations",
        "article_types",
        "article_facts",
        "article_list",
        "incident_list",
        "incident_timeline",
        "incident_history",
        "organisation_profile",
        "source_health",
        "daily_counts",
        "entry_outcomes",
        "recent_incidents",
        "recent_types",
        "recent_sectors",
        "recent_days",
    ]
)
# Pages of Datasette about itself; the first tells the hashes of passwords.
_ITSELF = ("/-/metadata", "/-/allow-debug", "/-/permissions", "/-/threads", "/-/settings", "/-/databases", "/-/plugins")
_ROBOTS = b"User-agent: *\nDisallow: /\n"
# These ask about tables behind the one that is shown, without asking whether those may be seen.
_BEHIND = ("_through",)

_LETTER = re.compile(r"\w")

Scope = Mapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]


def is_public(datasette: Any) -> bool:
    """Whether the instance serves others."""
    return bool((datasette.plugin_config("lagebild") or {}).get("public"))


def may(actor: Mapping[str, Any] | None, action: str, resource: Any) -> bool | None:
    """Whether somebody may do something on a public instance; None leaves it to the metadata."""
    if actor:
        return True if action == "execute-sql" else None
    if action == "view-table":
        return None if resource[1] in OPEN else False
    if action in ("view-instance", "view-database", "view-query"):
        return None
    return False


async def may_see(datasette: Any, request: Any, database: str, table: str) -> bool:
    """Whether whoever asks may see a table, and so what pages show of it."""
    return bool(await datasette.permission_allowed(request.actor, "view-table", (database, table), default=True))


def masked(text: str, people: Iterable[tuple[int, int]]) -> str:
    """The text with the names of people blacked out, letter by letter, so that all places stay."""
    for start, end in people:
        text = text[:start] + _LETTER.sub("█", text[start:end]) + text[end:]
    return text


def guarded(app: App) -> App:
    """A public instance stays out of search engines, and tells nothing of itself or of tables behind others."""

    async def answer(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"] == "/robots.txt":
            await _send(send, 200, _ROBOTS)
        elif scope["path"].startswith(_ITSELF):
            await _send(send, 403, b"Diese Seite ist hier geschlossen.\n")
        elif any(key in _BEHIND for key, _ in parse_qsl(scope.get("query_string", b"").decode("latin-1"))):
            await _send(send, 403, b"Diese Frage ist hier nicht erlaubt.\n")
        else:
            await app(scope, receive, _unlisted(send))

    return answer


def _unlisted(send: Any) -> Any:
    async def told(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (b"x-robots-tag", b"noindex, nofollow")]
            message = message | {"headers": headers}
        await send(message)

    return told


async def _send(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-robots-tag", b"noindex, nofollow")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
