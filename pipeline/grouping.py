"""The flow of grouping: articles that wait -> keys, links to those that are alike -> incidents -> what they tell.

An article belongs where those before it in time put it, whenever it was found: one that comes late may move later ones.
So the incidents are the same for the same articles, in whatever order they arrived, up to their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush

from pipeline import group
from pipeline.crawling import Progress, quiet
from pipeline.records import Case
from pipeline.store import Database, candidates, grouped, incidents, pins, writing

_ASKED = 2_000  # articles for which is asked at once
_BATCH = 200  # articles in one transaction


@dataclass(frozen=True, kw_only=True)
class _Changes:
    """What a transaction leaves to be done at its end."""

    touched: set[int] = field(default_factory=set)  # incidents to be told anew
    followed: dict[int, int] = field(default_factory=dict)  # where the first article of an incident went from it


def never() -> bool:
    """Work goes on until nothing waits."""
    return False


def group_round(
    db: Database, *, again: bool = False, progress: Progress = quiet, stopped: Callable[[], bool] = never
) -> int:
    """How many articles were looked at: each now belongs to an incident or is known to tell of none.

    `again` looks at all articles in one transaction: until its end the old state stands, and other writers wait.
    """
    if again:
        with writing(db):
            grouped.again(db)
            return _group(db, grouped.ungrouped(db), progress)
    done = 0
    while waiting := grouped.ungrouped(db, _ASKED):
        for begin in range(0, len(waiting), _BATCH):
            if stopped():
                return done
            with writing(db):
                done = _group(db, waiting[begin : begin + _BATCH], progress, done)
    return done


def pin(db: Database, article_id: int, incident_id: int | None, *, by: str, why: str | None) -> None:
    """Puts an article into an incident, or out of any, for good: grouping keeps to it. Raises `StoreError`."""
    with writing(db):
        pins.pin(db, article_id, incident_id, by=by, why=why, at=datetime.now(UTC))
        group_articles(db, [article_id])


def unpin(db: Database, article_id: int) -> None:
    """Lets grouping decide again about an article. Raises `StoreError` if nobody had decided."""
    with writing(db):
        pins.unpin(db, article_id)
        changes = _Changes()
        left = incidents.incident_of(db, article_id)  # the one it was pinned to, if to any
        if left is not None:
            incidents.move(db, article_id, None)
            changes.touched.add(left)
        _place(db, article_id, changes)
        now = incidents.incident_of(db, article_id)
        if left is not None and now is not None:
            changes.followed.setdefault(left, now)
        _close(db, changes)


@contextmanager
def removing(db: Database, article_id: int) -> Iterator[None]:
    """Takes an article out of its incident, within a transaction; others settle anew once it is gone."""
    changes = _Changes()
    left = incidents.incident_of(db, article_id)
    moved = candidates.forget_links(db, article_id)
    if left is not None:
        incidents.move(db, article_id, None)
        changes.touched.add(left)
    yield
    _settle(db, moved - {article_id}, changes)
    _close(db, changes)


def tell_again(db: Database, numbers: Iterable[int]) -> None:
    """Tells incidents as their articles do now."""
    for number in numbers:
        _tell(db, number)


def group_articles(db: Database, article_ids: Sequence[int]) -> None:
    """Looks at some articles now, in one transaction."""
    with writing(db):
        _group(db, article_ids, quiet)


def _group(db: Database, batch: Sequence[int], progress: Progress, before: int = 0) -> int:
    changes = _Changes()
    for done, article_id in enumerate(batch, before + 1):
        _place(db, article_id, changes)
        progress("grouped", done, done)
    _close(db, changes)
    return before + len(batch)


def _place(db: Database, article_id: int, changes: _Changes) -> None:
    """Finds what an article is like, and settles where it and the later ones that it bears on belong."""
    case = next(iter(grouped.cases(db, [article_id])), None)
    if case is None:  # its text has changed since: it waits for analysis again
        return
    pinned = pins.pin_of(db, article_id)
    joins = pinned.incident_id is not None if pinned else group.is_incident(case)
    keys = group.keys(case) if joins else dict.fromkeys(group.bands(case), 0)
    candidates.save_keys(db, case, keys)
    moved = {article_id} | candidates.forget_links(db, article_id)
    if joins:
        _link(db, case, candidates.neighbours(db, case, keys, group.WINDOW))
    grouped.save_grouped(db, article_id, roundup=group.is_roundup(case), at=datetime.now(UTC))
    _note_originals(db, case, changes)
    _settle(db, moved, changes)


def _link(db: Database, case: Case, others: Iterable[Case]) -> None:
    found = []
    for other in others:
        likeness = group.likeness(case, other)
        if likeness >= group.LEAST:
            earlier, later = sorted((case, other), key=lambda one: one.order)
            found.append((int(later.article_id), int(earlier.article_id), likeness))
    candidates.save_links(db, found)


def _note_originals(db: Database, case: Case, changes: _Changes) -> None:
    """Notes what an article repeats, and for those that may repeat it what they do now."""
    alike = candidates.alike(db, int(case.article_id), group.bands(case))
    grouped.save_original(db, int(case.article_id), group.reprint_of(case, alike))
    later = {int(other.article_id) for other in alike if other.order > case.order}
    for other in grouped.cases(db, sorted(later | set(candidates.copies(db, int(case.article_id))))):
        id = int(other.article_id)
        grouped.save_original(db, id, group.reprint_of(other, candidates.alike(db, id, group.bands(other))))
        if incident := incidents.incident_of(db, id):
            changes.touched.add(incident)


def _settle(db: Database, moved: set[int], changes: _Changes) -> None:
    """Decides anew about articles in their order, and about each later one for which something changed by that."""
    waiting = [(incidents.order_of(db, id), id) for id in moved]
    heapify(waiting)
    settled: set[int] = set()
    while waiting:
        _, id = heappop(waiting)
        if id in settled or not grouped.is_grouped(db, id):
            continue
        settled.add(id)
        before = incidents.incident_of(db, id)
        now = _incident_for(db, id, before)
        if now != before:
            _move(db, id, before, now, changes)
        elif now is not None:
            changes.touched.add(now)
        if now != before or id in moved:
            for later in candidates.later(db, id):
                heappush(waiting, (incidents.order_of(db, later), later))


def _incident_for(db: Database, article_id: int, before: int | None) -> int | None:
    """What an analyst decided; else what those before it say; else its own incident, which it keeps or begins."""
    if pinned := pins.pin_of(db, article_id):
        return pinned.incident_id
    if not grouped.tells_of_incident(db, article_id):
        return None
    found = group.belongs(candidates.earlier(db, article_id))
    if found is not None:
        return found
    if before is not None and incidents.is_first(db, article_id, before):
        return before
    return incidents.new_incident(db, grouped.told(db, [article_id])[0])


def _move(db: Database, article_id: int, before: int | None, now: int | None, changes: _Changes) -> None:
    """Puts an article elsewhere. An incident whose first article goes to one that has just begun goes on as that."""
    if before is not None and now is not None and incidents.is_first(db, article_id, before):
        if incidents.is_new(db, now):
            incidents.move_all(db, now, before)
            incidents.drop_incident(db, now, None, datetime.now(UTC))
            changes.touched.discard(now)
            now = before
        else:
            changes.followed[before] = now
    incidents.move(db, article_id, now)
    changes.touched.update(incident for incident in (before, now) if incident is not None)


def _close(db: Database, changes: _Changes) -> None:
    """Takes away the incidents that became empty and tells the others anew; of two that became one the older stays."""
    now = datetime.now(UTC)
    for incident in sorted(changes.touched):
        given_up = incident not in changes.touched
        if given_up or incidents.members(db, incident) or pins.is_pinned_to(db, incident):
            continue
        into = _followed(db, incident, changes)
        if into is not None and incident < into and not pins.is_pinned_to(db, into):
            incidents.move_all(db, into, incident)
            changes.followed[into] = incident
            changes.touched.discard(into)
            incidents.drop_incident(db, into, incident, now)
        else:
            incidents.drop_incident(db, incident, into, now)
            changes.touched.discard(incident)
    for incident in sorted(changes.touched):
        _tell(db, incident)


def _followed(db: Database, incident: int, changes: _Changes) -> int | None:
    """The incident with articles in which one went on, over several steps."""
    seen = {incident}
    while (into := changes.followed.get(incident)) is not None and into not in seen:
        if incidents.members(db, into):
            return into
        seen.add(into)
        incident = into
    return None


def _tell(db: Database, incident: int) -> None:
    told = grouped.told(db, incidents.members(db, incident))
    if any(article.types for article in told):  # else all of them wait for analysis: it stays as it was told
        incidents.save_incident(db, group.describe(str(incident), incidents.slug_of(db, incident), told))
