"""The flow on one page, each step from the store to the store: `crawling.crawl_round`, `analyse_round`, `group_round`.

The first has a page of its own, `pipeline.crawling`, because a crawler needs neither model nor incidents. Work that
waits is found by a query, every step is one transaction: a kill at any point loses nothing, and a second
run changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from spacy.language import Language
from sqlite_utils.db import Database

from pipeline import analyse as analysing
from pipeline import group as grouping
from pipeline.analyse.labels import TYPES
from pipeline.config import Settings
from pipeline.crawling import Progress, quiet
from pipeline.errors import AnnotationError
from pipeline.records import Analysis, Case
from pipeline.store import analysed, grouped, open_store, pins

_BATCH = 50


def never() -> bool:
    """Work goes on until nothing waits."""
    return False


@contextmanager
def open_database(settings: Settings, *, create: bool = False) -> Iterator[Database]:
    """The database of the settings, with the vocabulary in it."""
    with open_store(settings.db, create=create) as db:
        analysed.save_types(db, (asdict(label) for label in TYPES.values()))
        yield db


def analyse_round(
    db: Database,
    nlp: Language,
    *,
    again: bool = False,
    progress: Progress = quiet,
    stopped: Callable[[], bool] = never,
) -> int:
    """How many articles were analysed: all that had no analysis by this model, unless stopped between two batches."""
    if again:
        analysed.again(db)
    model, done = f"{nlp.meta['name']} {nlp.meta['version']}", 0
    while not stopped() and (batch := analysed.unread(db, model, _BATCH)):
        found = analysing.analyse_many(nlp, ((unread.text, unread.published_at) for unread in batch))
        for unread, analysis in zip(batch, found, strict=True):
            analysed.save_analysis(db, unread, analysis, datetime.now(UTC))
            done += 1
            progress("analysed", done, done)
    return done


def group_round(
    db: Database, *, again: bool = False, progress: Progress = quiet, stopped: Callable[[], bool] = never
) -> int:
    """How many articles were looked at: each now belongs to an incident or is known to tell of none."""
    if again:
        grouped.again(db)
    done = 0
    while not stopped() and (batch := grouped.ungrouped(db, _BATCH)):
        for article_id in batch:
            _group_article(db, article_id)
            done += 1
            progress("grouped", done, done)
    return done


def _group_article(db: Database, article_id: int) -> None:
    """Finds the incident of one article and tells that incident, and the one it left, anew."""
    with db.atomic():
        left = grouped.leave(db, article_id)
        case = replace(grouped.cases(db, [article_id])[0], duplicate_of=None)
        keys = grouping.keys(case)
        alike = grouped.alike(db, article_id, grouping.bands(case))
        case = replace(case, duplicate_of=grouping.reprint_of(case, alike))
        pinned = pins.pin_of(db, article_id)
        incident = pinned.incident_id if pinned else _incident_for(db, case, keys, left)
        grouped.join(db, case, keys, incident, datetime.now(UTC))
        for number in {n for n in (incident, left) if n is not None}:
            _tell_incident(db, number)


def _incident_for(db: Database, case: Case, keys: frozenset[str], left: int | None) -> int | None:
    """The incident that an article belongs to: a known one, else the one it left if that is free, else a new one."""
    if not grouping.is_incident(case):
        return None
    found = grouping.group(case, grouped.neighbours(db, int(case.article_id), keys))
    if found:
        return int(found)
    return left if left and grouped.is_free(db, left) else grouped.new_incident(db, case)


def pin(db: Database, article_id: int, incident_id: int | None, *, by: str, why: str | None) -> None:
    """Puts an article into an incident, or out of any, for good: grouping keeps to it. Raises `StoreError`."""
    with db.atomic():
        pins.pin(db, article_id, incident_id, by=by, why=why, at=datetime.now(UTC))
        _group_article(db, article_id)


def unpin(db: Database, article_id: int) -> None:
    """Lets grouping decide again about an article. Raises `StoreError` if nobody had decided."""
    with db.atomic():
        pins.unpin(db, article_id)
        _group_article(db, article_id)


def _tell_incident(db: Database, incident: int) -> None:
    sources = grouped.members(db, incident)
    if not sources:
        if not pins.is_pinned_to(db, incident):
            grouped.drop_incident(db, incident)
        return
    cases = [case for case in grouped.cases(db, sources) if grouping.is_incident(case)]
    if not cases:  # all of them wait for analysis: the incident stays as it was told
        return
    told = grouping.describe(
        str(incident),
        grouped.slug_of(db, incident),
        cases,
        {str(article_id): source for article_id, source in sources.items()},
    )
    grouped.save_incident(db, told)


def cluster(nlp: Language, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For every JSON line {id, text, title?, published?} a line {id, incident} or {id, error}, in order. No database."""
    requests = list(analysing.read_jsonl(lines))
    wanted = [request for request in requests if isinstance(request, analysing.Request)]
    analyses = analysing.analyse_many(nlp, ((request.text, request.published) for request in wanted))
    cases = [_case(str(n), r, a) for n, (r, a) in enumerate(zip(wanted, analyses, strict=True))]
    incident_of = dict(grouping.cluster(cases))
    numbers = iter(range(len(wanted)))
    for request in requests:
        if isinstance(request, analysing.Refused):
            yield {"id": request.id, "error": request.error}
        else:
            incident = incident_of[str(next(numbers))]
            yield {"id": request.id, "incident": None if incident is None else str(wanted[int(incident)].id)}


def score_clusters(nlp: Language, lines: Iterable[str]) -> dict[str, Any]:
    """How well articles with their event, JSON lines {id, text, published?, event}, become incidents: see `group.score`.

    An article of no event (`none`) stands for itself. Raises `AnnotationError` for the first line that cannot be read.
    """
    kept = [line for line in lines if line.strip()]
    events: dict[str, str] = {}
    incidents: dict[str, str | None] = {}
    for line, found in zip(kept, cluster(nlp, kept), strict=True):
        if "error" in found:
            raise AnnotationError(found["error"])
        id, event = str(found["id"]), json.loads(line).get("event", "none")
        events[id] = f"alone {id}" if event == "none" else str(event)
        incidents[id] = found["incident"]
    return grouping.score(events, incidents)


def _case(number: str, request: analysing.Request, analysis: Analysis) -> Case:
    return Case(
        article_id=number,
        title=request.text.partition("\n")[0],
        text=request.text,
        published_at=request.published or datetime.min.replace(tzinfo=UTC),
        types=tuple(found.type for found in analysis.types),
        status=analysis.status,
        affected=analysis.affected,
        roles=tuple((organisation.id, organisation.role) for organisation in analysis.organisations),
        facts=analysis.facts,
    )
