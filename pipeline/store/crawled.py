"""What polling leaves: sources with their changes, polls, and the entries that were offered.

Each function is one transaction: a kill before it changes nothing, after it nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Due, Entry, Polled, Source
from pipeline.store.rows import due_of, entry_of, entry_row, moment, poll_row, seconds, source_row, stamp

WAITING = "waiting"
_RHYTHM = 50  # publications of which the usual gap is taken
_AGAIN = timedelta(hours=1)  # the soonest after a request that a change in the feed leads to another


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What of the entries of a poll was new, changed or known; together all of them."""

    new: frozenset[str]
    changed: int
    known: int

    @property
    def known_share(self) -> float | None:
        """The share of those that were not new; None if nothing was offered."""
        count = len(self.new) + self.changed + self.known
        return 1 - len(self.new) / count if count else None


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What is on record of earlier looks at a source, newest first."""

    interval: timedelta | None
    failures: int  # in a row, up to the last look
    read_before: bool
    published: tuple[datetime, ...]
    moved_to: tuple[str | None, ...]  # of the last looks that went well
    gone: bool


def save_sources(db: Database, sources: Iterable[Source]) -> None:
    """Sources as they are now; what was read from others stays."""
    with db.atomic():
        db.table("sources").upsert_all([source_row(source) for source in sources], pk="id")


def current(db: Database, sources: Iterable[Source]) -> list[Source]:
    """Sources with what their servers have told since: at another address if it has moved, disabled if it is gone.

    A change counts for the address that the sources file had then; who edits the file has the last word.
    """
    changes: dict[tuple[str, str], dict[str, str | None]] = {}
    for row in db.query("select source_id, url, change, to_url from source_changes order by id"):
        change = changes.setdefault((row["source_id"], row["url"]), {})
        if row["change"] == "moved":
            change["url"] = row["to_url"]
        else:
            change["state"] = row["change"]
    found = []
    for source in sources:
        change = changes.get((source.id, source.url), {})
        enabled = source.enabled and change.get("state") != "gone"
        found.append(replace(source, url=change.get("url") or source.url, enabled=enabled))
    return found


def note_change(db: Database, source: Source, change: str, at: datetime, to_url: str | None = None) -> None:
    """Notes that a source has `moved`, is `gone` or is `back`; `source` is as the sources file has it."""
    with db.atomic():
        db.table("source_changes").insert(
            {"source_id": source.id, "at": stamp(at), "change": change, "url": source.url, "to_url": to_url}
        )


def due(db: Database, sources: Iterable[Source], now: datetime | None) -> Iterator[Due]:
    """The sources whose time has come (all, if `now` is None), with what the last look left for the next."""
    for source in sources:
        last = next(
            db.query("select * from polls where source_id = ? order by at desc, id desc limit 1", [source.id]), None
        )
        if last is None:
            yield Due(source=source)
        elif now is None or last["next_at"] <= (stamp(now) or ""):
            yield due_of(source, last)


def save_entries(db: Database, polled: Polled) -> Seen:
    """Writes down what a source offers: what is new waits from now on, as does what the source has changed."""
    new: set[str] = set()
    changed = 0
    with db.atomic():
        for entry in polled.entries:
            row = entry_row(entry) | {"text_hash": text_hash(entry.text)}
            known = _known(db, entry.url)
            if known is None:
                _insert(db, row | {"first_seen_at": stamp(polled.at), "outcome": WAITING, "tries": 0})
                new.add(entry.url)
            elif known["source_id"] == entry.source_id and _has_changed(known, row):
                _wait_again(db, row, polled.at)
                changed += 1
    return Seen(new=frozenset(new), changed=changed, known=len(polled.entries) - len(new) - changed)


def _known(db: Database, url: str) -> dict[str, Any] | None:
    sql = "select source_id, title, updated_at, text_hash from entries where url = ?"
    return next(db.query(sql, [url]), None)


def _insert(db: Database, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    db.execute(f"insert into entries ({names}) values ({', '.join('?' * len(row))})", list(row.values()))


def _has_changed(known: dict[str, Any], row: dict[str, Any]) -> bool:
    return any(row[key] and row[key] != known[key] for key in ("title", "updated_at", "text_hash"))


def _wait_again(db: Database, row: dict[str, Any], at: datetime) -> None:
    """Some feeds call everything changed at every look: their pages are not asked for more than once an hour."""
    last = next(db.query("select max(at) as at from fetches where url = ?", [row["url"]]))["at"]
    again = (moment(last) or at) + _AGAIN if last else at
    carries = row["text"] is not None  # then nothing is asked for
    state = {"outcome": WAITING, "tries": 0, "next_at": None if carries or again <= at else stamp(again)}
    db.table("entries").update(row["url"], row | state)


def looks(db: Database, source_id: str) -> Looks:
    """What is on record of earlier looks."""
    last = next(
        db.query("select * from polls where source_id = ? order by at desc, id desc limit 1", [source_id]), None
    )
    well = list(
        db.query(
            "select moved_to from polls where source_id = ? and outcome in ('ok', 'unchanged')"
            " order by at desc, id desc limit 3",
            [source_id],
        )
    )
    published = db.query(
        "select published_at as at from entries where source_id = ? and published_at is not null"
        f" order by published_at desc limit {_RHYTHM}",
        [source_id],
    )
    sql = "select change from source_changes where source_id = ? and change <> 'moved' order by id desc limit 1"
    state = next(db.query(sql, [source_id]), None)
    return Looks(
        interval=seconds(last["interval"]) if last else None,
        failures=last["failures"] if last else 0,
        read_before=bool(well),
        published=tuple(when for row in published if (when := moment(row["at"]))),
        moved_to=tuple(row["moved_to"] for row in well),
        gone=state is not None and state["change"] == "gone",
    )


def save_poll(
    db: Database, polled: Polled, seen: Seen, *, next_at: datetime, interval: timedelta, failures: int, gap: bool
) -> None:
    """Writes down how a look at a source ended."""
    row = poll_row(polled) | {
        "new_entries": len(seen.new),
        "changed_entries": seen.changed,
        "known_entries": seen.known,
        "known_share": seen.known_share,
        "next_at": stamp(next_at),
        "interval": int(interval.total_seconds()),
        "failures": failures,
        "gap": int(gap),
    }
    with db.atomic():
        db.table("polls").insert(row)


def waiting_carried(
    db: Database, sources: Iterable[Source], now: datetime, *, everything: bool, size: int
) -> Iterator[list[Entry]]:
    """The entries whose text the feed carried and that are still to be read, in batches.

    With `everything` also those that wait for a later time.
    """
    ids = [source.id for source in sources if source.text == "entry"]
    rows = db.execute(
        "select rowid from entries where outcome = ? and text is not null and (? or next_at is null or next_at <= ?)"
        f" and source_id in ({', '.join('?' * len(ids))})",
        [WAITING, everything, stamp(now), *ids],
    )
    numbers = [row[0] for row in rows]
    for start in range(0, len(numbers), size):
        batch = numbers[start : start + size]
        yield [
            entry_of(row)
            for row in db.query(f"select * from entries where rowid in ({', '.join('?' * len(batch))})", batch)
        ]


def waiting_pages(db: Database, sources: Iterable[Source], now: datetime, *, everything: bool) -> list[str]:
    """The addresses of the entries whose page is to be asked for, oldest first, then those to be looked at again.

    With `everything` also those that wait for a later time; none is looked at again before its time.
    """
    by_id = {source.id: source for source in sources}
    rows = db.query(
        "select url, source_id, text is not null as carries from entries"
        " where outcome = :waiting and (:everything or next_at is null or next_at <= :now)"
        " union all select url, source_id, 0 from entries where look_again_at <= :now and outcome <> :waiting",
        {"waiting": WAITING, "everything": everything, "now": stamp(now)},
    )
    return [
        row["url"]
        for row in rows
        if (source := by_id.get(row["source_id"])) and not (source.text == "entry" and row["carries"])
    ]


def entry(db: Database, url: str) -> Entry:
    """What is on record of an entry."""
    return entry_of(db.table("entries").get(url))


def text_hash(text: str | None) -> str | None:
    """The fingerprint of the text that an entry carries."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] if text else None
