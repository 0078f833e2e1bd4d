"""What digests bring to the pages: each of them as a page, and the end of a subscription with one click (RFC 8058)."""

from __future__ import annotations

from asyncio import to_thread
from typing import Any, Protocol

from datasette import Response

from pipeline.browse.pages import PAGE_HEADERS, find_database, missing
from pipeline.errors import LagebildError

UNSUBSCRIBE = "/abmelden"
# A digest carries its styles in itself, as mails do.
_MAIL_HEADERS = PAGE_HEADERS | {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
}


class Leaving(Protocol):
    """Who ends subscriptions."""

    def address(self, token: str) -> str | None:
        """The address of the subscription that a link is for, or None if the link is not ours."""

    def leave(self, token: str) -> str | None:
        """Ends the subscription; returns its address, or None if the link is not ours. Raises LagebildError."""


async def digest(datasette: Any, request: Any) -> Any:
    """Tagesmeldung: the digest of everything of a day, as it was sent."""
    db = await find_database(datasette)
    sql = "select html from digests where date = :day and kind = 'digest' and selection = '{}' order by id desc limit 1"
    found = next(iter(await db.execute(sql, {"day": request.url_vars["day"]})), None) if db else None
    if found is None:
        return await missing(datasette, request, "Von diesem Tag gibt es keine Tagesmeldung.")
    return Response.html(found["html"], headers=_MAIL_HEADERS)


async def unsubscribe(datasette: Any, request: Any) -> Any:
    """Abmelden: asks once more, for programs that open every link; a form or a mail program then ends it."""
    leaving: Leaving | None = getattr(datasette, "lagebild_leaving", None)
    token = request.args.get("t") or ""
    if leaving is None or not token:
        return await missing(datasette, request, "Zum Abbestellen bitte den Link in der eigenen Tagesmeldung öffnen.")
    try:
        address = await to_thread(leaving.leave if request.method == "POST" else leaving.address, token)
    except LagebildError as exc:
        return await missing(datasette, request, f"Das ging gerade nicht: {exc}", status=503)
    if address is None:
        return await missing(datasette, request, "Dieser Link gilt nicht oder nicht mehr.")
    context = {"address": address, "done": request.method == "POST", "token": token}
    html = await datasette.render_template("lagebild/unsubscribe.html", context, request=request)
    return Response.html(html, headers=PAGE_HEADERS | {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})


ROUTES = (
    (r"^/tagesmeldung/(?P<day>\d{4}-\d\d-\d\d)$", digest),
    (rf"^{UNSUBSCRIBE}$", unsubscribe),
)
