"""What polling leaves: sources with their changes, polls, and the entries that were offered.

A poll and its entries are written in one transaction of the caller: a kill before it changes nothing, after it nothing
is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Due, Entry, Past, Polled, Source
from pipeline.store.database import writing
from pipeline.store.rows import due_of, entry_of, entry_row, insert, moment, poll_row, source_row, stamp
from pipeline.store.views import CAME_OUT

_CLOCKS_DIFFER = timedelta(hours=1)
_LONGEST_WAIT = timedelta(days=8)
WAITING = "waiting"
_RHYTHM = 50  # publications of which the usual gap is taken
_AGAIN = timedelta(hours=1)  # the soonest after a request that a change in the feed leads to another


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What of the entries of a poll was new, changed or known; together all of them.

    `unwritten`: the rows of those that are new and were read already, by their addresses.
    """

    new: frozenset[str]
    changed: frozenset[str]
    known: int
    unwritten: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def known_share(self) -> float | None:
        """The share of those that were not new; None if nothing was offered."""
        count = len(self.new) + len(self.changed) + self.known
        return 1 - len(self.new) / count if count else None


def save_sources(db: Database, sources: Iterable[Source]) -> None:
    """Sources as they are now; what was read from others stays."""
    with writing(db):
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


def gone(db: Database) -> frozenset[str]:
    """The ids of the sources that were noted as gone last, not as back."""
    sql = "select source_id, change from source_changes where change <> 'moved' order by id"
    return frozenset(source for source, change in dict(db.execute(sql).fetchall()).items() if change == "gone")


def note_change(db: Database, source: Source, change: str, at: datetime, to_url: str | None = None) -> None:
    """Notes that a source has `moved`, is `gone` or is `back`; `source` is as the sources file has it."""
    with writing(db):
        db.table("source_changes").insert(
            {"source_id": source.id, "at": stamp(at), "change": change, "url": source.url, "to_url": to_url}
        )
        db.table("sources").upsert_all([source_row(now) for now in current(db, [source])], pk="id")


def due(db: Database, sources: Iterable[Source], now: datetime | None) -> Iterator[Due]:
    """The sources whose time has come (all, if `now` is None), with what the last look left for the next."""
    polls = db.query(
        "select p.* from sources s join polls p on p.id ="
        " (select id from polls where source_id = s.id order by id desc limit 1)"
    )
    wrong = stamp(now + _CLOCKS_DIFFER) if now else ""  # written while the clock was ahead
    last = {row["source_id"]: row for row in polls}
    for source in sources:
        if (row := last.get(source.id)) is None:
            yield Due(source=source)
        elif now is None or row["next_at"] <= (stamp(now) or "") or row["at"] > (wrong or ""):
            yield due_of(source, row)


def is_unread(db: Database, entry: Entry) -> bool:
    """Whether an entry is new, or changed by the source that offered it first."""
    known = _known(db, entry.url)
    return known is None or (known["source_id"] == entry.source_id and _has_changed(known, _row(entry)))


def save_entries(db: Database, polled: Polled, read: Collection[str] = ()) -> Seen:
    """Writes down what a source offers: what is new waits from now on, as does what the source has changed.

    The text of those that were `read` already is not kept, and the new ones among them are left to be written with
    their articles.
    """
    new: dict[str, dict[str, Any]] = {}
    changed: set[str] = set()
    for entry in polled.entries:
        row, known = _row(entry), _known(db, entry.url)
        if entry.url in read:
            row["text"] = None
        if known is None:
            new[entry.url] = row | {"first_seen_at": stamp(polled.at), "outcome": WAITING, "tries": 0}
            if entry.url not in read:
                insert(db, "entries", new[entry.url])
        elif known["source_id"] == entry.source_id and _has_changed(known, row):
            _wait_again(db, row, polled.at, at_once=entry.text is not None)
            changed.add(entry.url)
    known_count = len(polled.entries) - len(new) - len(changed)
    unwritten = {url: new[url] for url in new.keys() & set(read)}
    return Seen(new=frozenset(new), changed=frozenset(changed), known=known_count, unwritten=unwritten)


def _row(entry: Entry) -> dict[str, Any]:
    return entry_row(entry) | {"text_hash": text_hash(entry.text)}


def _known(db: Database, url: str) -> dict[str, Any] | None:
    names = ("source_id", "title", "updated_at", "text_hash")
    row = db.execute(f"select {', '.join(names)} from entries where url = ?", [url]).fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def _has_changed(known: dict[str, Any], row: dict[str, Any]) -> bool:
    return any(row[key] and row[key] != known[key] for key in ("title", "updated_at", "text_hash"))


def _wait_again(db: Database, row: dict[str, Any], at: datetime, *, at_once: bool) -> None:
    """Some feeds call everything changed at every look: their pages are not asked for more than once an hour.

    `at_once`: where the feed carries the text nothing is asked for.
    """
    last = next(db.query("select max(at) as at from fetches where url = ?", [row["url"]]))["at"]
    again = (moment(last) or at) + _AGAIN if last else at
    state = {"outcome": WAITING, "tries": 0, "next_at": None if at_once or again <= at else stamp(again)}
    db.table("entries").update(row["url"], row | state)


def came_out(db: Database, source_id: str) -> list[datetime]:
    """When the latest entries of a source were published; when they were first seen, where that is not told."""
    rows = db.execute(
        f"select {CAME_OUT} as at from entries where source_id = ? order by {CAME_OUT} desc limit {_RHYTHM}",
        [source_id],
    )
    return [when for (at,) in rows if (when := moment(at))]


def was_read(db: Database, source_id: str) -> bool:
    """Whether a look at the source has gone well before."""
    sql = "select 1 from polls where source_id = ? and outcome in ('ok', 'unchanged') limit 1"
    return db.execute(sql, [source_id]).fetchone() is not None


def save_poll(db: Database, polled: Polled, seen: Seen, past: Past, *, next_at: datetime, gap: bool) -> None:
    """Writes down how a look at a source ended; `past` counts it."""
    row = poll_row(polled, past) | {
        "new_entries": len(seen.new),
        "changed_entries": len(seen.changed),
        "known_entries": seen.known,
        "known_share": seen.known_share,
        "next_at": stamp(next_at),
        "gap": int(gap),
    }
    insert(db, "polls", row)


def waiting_carried(
    db: Database, sources: Iterable[Source], now: datetime, *, everything: bool, size: int
) -> Iterator[list[Entry]]:
    """The entries whose text the feed carried and that are still to be read, in batches.

    With `everything` also those that wait for a later time. None waits for longer than eight days: such a time was
    written while the clock was wrong.
    """
    ids = [source.id for source in sources if source.text == "entry"]
    rows = db.execute(
        "select rowid from entries where outcome = 'waiting' and text is not null"
        " and (? or next_at is null or next_at <= ? or next_at > ?)"
        f" and +source_id in ({', '.join('?' * len(ids))})",  # the plus: by the index of those that wait
        [everything, stamp(now), stamp(now + _LONGEST_WAIT), *ids],
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
        " where outcome = 'waiting' and (:everything or next_at is null or next_at <= :now or next_at > :wrong)"
        " union all select url, source_id, 0 from entries where look_again_at <= :now and outcome <> 'waiting'",
        {"everything": everything, "now": stamp(now), "wrong": stamp(now + _LONGEST_WAIT)},
    )
    return [
        row["url"]
        for row in rows
        if (source := by_id.get(row["source_id"])) and not (source.text == "entry" and row["carries"])
    ]


def entry(db: Database, url: str) -> Entry:
    """What is on record of an entry."""
    return entry_of(db.table("entries").get(url))


def find_entry(db: Database, url: str) -> Entry | None:
    """What is on record of an address; None if no source has offered it."""
    row = next(db.query("select * from entries where url = ?", [url]), None)
    return entry_of(row) if row else None


def text_hash(text: str | None) -> str | None:
    """The fingerprint of the text that an entry carries."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] if text else None
