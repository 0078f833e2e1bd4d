"""Removing what somebody may ask to have removed, and seeing to it that it does not come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import crawl, grouping
from pipeline.config import Settings
from pipeline.records import Analysis
from pipeline.store import Database, forgotten, incidents, queries
from pipeline.store.tombstones import Kind, entomb, hashed, tombstones
from pipeline.wordforms import forms_of


def forget(db: Database, settings: Settings, kind: Kind, value: str, *, really: bool) -> dict[str, int]:
    """What was removed, or would be, in numbers; all in one transaction, archived pages just before its end.

    Raises LagebildError if an archived page cannot be written over; then everything stays.
    """
    db.conn.execute("begin immediate")
    try:
        gone = _url(db, settings, value, really) if kind == "url" else _name(db, settings, kind, value, really)
        if really:
            db.conn.commit()
        return gone
    finally:
        if db.conn.in_transaction:
            db.conn.rollback()


class Forgotten:
    """Names that must not come back, as a new analysis meets them."""

    def __init__(self, db: Database, archive: Path | None) -> None:
        self._db, self._archive = db, archive
        self._people = tombstones(db, "person")
        self._organisations = tombstones(db, "organisation")

    def strip(self, analysis: Analysis) -> tuple[Analysis, tuple[str, ...]]:
        """What was found without forgotten organisations, and the names for which the text has to go."""
        if not (self._people or self._organisations):
            return analysis, ()
        named = [
            mention.surface
            for mention in analysis.mentions
            if (mention.label == "PER" and hashed("person", mention.surface) in self._people)
            or (mention.label == "ORG" and self._is_dead(mention.surface, mention.organisation or ""))
        ]
        left = tuple(one for one in analysis.organisations if not self._is_dead(one.id, one.name))
        return replace(analysis, organisations=left), tuple(dict.fromkeys(named))

    def remove(self, article: int, names: Iterable[str]) -> None:
        """Takes the text of an article away, within the transaction that stores its analysis."""
        for name in names:
            if self._archive is not None:
                _erase(self._db, self._archive, article)
            _remove_text(self._db, article, name)
            forgotten.remove_name(self._db, name)

    def _is_dead(self, *names: str) -> bool:
        return any(hashed("organisation", name) in self._organisations for name in names)


def _url(db: Database, settings: Settings, url: str, really: bool) -> dict[str, int]:
    article = forgotten.article_at(db, url)
    urls = {url, *(forgotten.addresses(db, article) if article is not None else ())}
    entomb(db, "url", urls, datetime.now(UTC))
    erased = 0
    if article is not None:
        erased = _erase(db, settings.archive, article, really=really)
        with grouping.removing(db, article):
            forgotten.remove_article(db, article, forms_of)
    else:
        db.execute("delete from entries where url = ?", [url])
    return {
        "articles": int(article is not None),
        "addresses that will not be read again": len(urls),
        "archived pages": erased,
    }


def _name(db: Database, settings: Settings, kind: Kind, name: str, really: bool) -> dict[str, int]:
    known = queries.organisation_named(db, name) if kind == "organisation" else None
    names = list(dict.fromkeys([name, *(forgotten.names_of(db, known) if known else [])]))
    gone: Counter[str] = Counter({"texts": 0, "archived pages": 0})
    touched: set[int] = set()
    for one in names:
        for article in forgotten.naming(db, one):
            gone["archived pages"] += _erase(db, settings.archive, article, really=really)
            _remove_text(db, article, one)
            gone["texts"] += 1
            if incident := incidents.incident_of(db, article):
                touched.add(incident)
        gone.update(forgotten.remove_name(db, one))
    if known:
        forgotten.remove_organisation(db, known)
        gone["organisations"] = 1
    entomb(db, kind, [*names, *([known] if known else [])], datetime.now(UTC))
    grouping.tell_again(db, touched)
    return dict(gone)


def _remove_text(db: Database, article: int, name: str) -> None:
    """Takes the text away; its page is not read again, which would bring it back."""
    forgotten.remove_text(db, article, name, forms_of)
    entomb(db, "url", forgotten.addresses(db, article), datetime.now(UTC))


def _erase(db: Database, archive: Path, article: int, *, really: bool = True) -> int:
    """Writes over the archived pages of an article; returns how many."""
    found = forgotten.places(db, article)
    for place in found:
        if really:
            crawl.erase(archive, place)
        forgotten.forget_place(db, place)
    return len(found)
