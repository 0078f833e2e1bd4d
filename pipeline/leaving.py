"""Ending a subscription with the link that stands in every mail."""

from __future__ import annotations

from pathlib import Path

from pipeline import signing
from pipeline.records import Subscription
from pipeline.store import Database, open_store, subscribed


class Leaving:
    """Knows to whom a link was sent, and ends that subscription."""

    def __init__(self, db: Path) -> None:
        self._path = db

    def address(self, token: str) -> str | None:
        """The address of the subscription that a link is for, or None if the link is not ours."""
        with open_store(self._path) as db:
            found = self._find(db, token)
        return found.address if found else None

    def leave(self, token: str) -> str | None:
        """Sends nothing to the subscriber any more; returns the address, or None if the link is not ours."""
        with open_store(self._path) as db:
            found = self._find(db, token)
            if found is not None:
                subscribed.pause(db, found.id, subscribed.UNSUBSCRIBED)
        return found.address if found else None

    def _find(self, db: Database, token: str) -> Subscription | None:
        number = token.partition(".")[0]
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            return None
        found = subscribed.by_number(db, int(number))
        key = signing.signing_key(self._path)
        return found if found and signing.is_unsubscribe_token(key, token, found.address) else None
