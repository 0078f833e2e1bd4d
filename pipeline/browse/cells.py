"""How Datasette's tables show a cell: ids as links to our pages, times as German dates, words instead of codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from pipeline.browse.health import CHANGES
from pipeline.browse.words import (
    ARTICLE_KINDS,
    FACTS,
    MENTIONS,
    ROLES,
    SECTORS,
    SOURCE_KINDS,
    STATUSES,
    TEXT_STATES,
    article_path,
    day,
    fact,
    incident_path,
    is_time,
    moment,
    number,
    organisation_path,
    outcome,
    source_path,
    web_address,
)

# Which page a column leads to; `id` leads there only in the tables named below.
_PAGES: dict[str, Callable[[Any], str]] = {
    "incident_id": incident_path,
    "article_id": article_path,
    "duplicate_of": article_path,
    "organisation_id": organisation_path,
    "successor_id": organisation_path,
    "source_id": source_path,
}
_IDS = {
    "incidents": "incident_id",
    "incident_list": "incident_id",
    "articles": "article_id",
    "article_list": "article_id",
    "organisations": "organisation_id",
    "organisation_profile": "organisation_id",
    "sources": "source_id",
    "source_health": "source_id",
}
_WORDS: dict[str, Mapping[str, str]] = {
    "status": STATUSES,
    "text_state": TEXT_STATES,
    "role": ROLES,
    "label": MENTIONS,
    "sector": SECTORS,
    "change": CHANGES,
    "kind": ARTICLE_KINDS | SOURCE_KINDS | FACTS,
}
_ADDRESSES = ("url", "homepage", "moved_to", "to_url")
_FIGURES = (
    *("affected", "words", "bytes", "articles", "incidents", "mentions", "fine_eur"),
    *("entries", "known_entries", "interval", "usual_gap", "ttl", "archive_offset", "per_week", "silent_days"),
)
_YES_NO = ("enabled", "paused", "gap", "silent")


def cell(row: Mapping[str, Any], value: Any, column: str, table: str | None, path: Callable[[str], str]) -> str | None:
    """The HTML of a cell, or None where Datasette's own is right."""
    label, plain = (value["label"], value["value"]) if isinstance(value, dict) else (value, value)
    if plain is None or plain == "":
        return None
    target = _target(row, plain, column, table)
    if target is not None:
        return Markup('<a href="{}">{}</a>').format(path(target), label)
    if column == "wikidata":
        return Markup('<a href="https://www.wikidata.org/wiki/{}" rel="noopener noreferrer">{}</a>').format(
            plain, plain
        )
    if column in _YES_NO:
        return "ja" if plain else "nein"
    if column in _FIGURES and isinstance(plain, int | float):
        return number(plain)
    return _text(row, str(plain), column) if isinstance(plain, str) and label == plain else None


def _target(row: Mapping[str, Any], value: Any, column: str, table: str | None) -> str | None:
    own = _PAGES.get(_IDS.get(table or "", ""))
    if own and column == "id":
        return own(value)
    if own and column in ("title", "name"):
        return own(row["id"]) if "id" in row.keys() else None  # noqa: SIM118  a row iterates over its values
    return _PAGES[column](value) if column in _PAGES else None


def _text(row: Mapping[str, Any], value: str, column: str) -> str | None:
    if column in _ADDRESSES:
        address = web_address(value)
        link = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
        return link.format(address, _short(value)) if address else Markup("{}").format(value)
    if is_time(value):
        return Markup('<time datetime="{}">{}</time>').format(value, moment(value))
    if column in ("outcome", "last_outcome"):
        return outcome(value)
    if column == "day":
        return day(value)
    if column == "status" and value in STATUSES:
        return Markup('<span class="status {}">{}</span>').format(value, STATUSES[value])
    if column == "value" and "kind" in row.keys():  # noqa: SIM118  a row iterates over its values
        return fact(row["kind"], value)
    return _WORDS.get(column, {}).get(value)


def _short(address: str) -> str:
    return address if len(address) <= 60 else f"{address[:59]}…"
