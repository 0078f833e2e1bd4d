"""A page out of an archive, as if it had just been fetched."""

from __future__ import annotations

from dataclasses import replace

from pipeline.crawl.archive import Archived
from pipeline.crawl.reservations import in_answer, is_noindex
from pipeline.records import Entry, Fetched, Page, Source

TEXTUAL = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")


def is_textual(content_type: str | None) -> bool:
    """Whether an answer may be a page; one that does not say what it is may."""
    return not content_type or content_type.strip().lower().startswith(TEXTUAL)


def replayed(kept: Archived, source: Source, entry: Entry, *, withhold: bool) -> Fetched:
    """How asking for an entry would have ended with this answer."""
    done = Fetched(
        url=entry.url, at=kept.at, outcome="ok", status=kept.status, bytes=len(kept.body), archive=kept.place
    )
    if kept.status >= 300:
        outcome = f"http_{kept.status}" if kept.status >= 400 else "error"
        return replace(done, outcome=outcome, error=f"{kept.url}: HTTP {kept.status}, no page")
    if not is_textual(kept.content_type):
        return replace(done, outcome="not_text", error=f"{kept.url}: is {kept.content_type}, not a page")
    reserved = in_answer(kept.headers, kept.body, url=kept.url, at=kept.at)
    note = "noindex" if is_noindex(kept.headers, kept.body) else None
    withheld = bool(reserved) and withhold
    page = Page(
        entry=entry,
        url=kept.url,
        body=b"" if withheld else kept.body,
        content_type=kept.content_type,
        at=kept.at,
        select=source.select_on_pages,
        withheld=withheld,
    )
    outcome = "reserved" if withheld else "ok"
    return replace(done, outcome=outcome, page=page, note=note, reservations=reserved)
