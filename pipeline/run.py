"""The flow, each step from the store to the store: `crawling.crawl_round`, `analyse_round`, `grouping.group_round`.

The first and the last have a page of their own: a crawler needs neither model nor incidents, grouping no model. Work
that waits is found by a query, every step is one transaction: a kill at any point loses nothing, and a second run
changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

from spacy.language import Language

from pipeline import analyse as analysing
from pipeline.analyse.labels import TYPES
from pipeline.config import Settings
from pipeline.correcting import decided
from pipeline.crawling import Progress, quiet
from pipeline.errors import AnnotationError
from pipeline.forgetting import Forgotten
from pipeline.group import score
from pipeline.grouping import group_round, never
from pipeline.store import Database, analysed, incidents, memory_store, open_store, searching, writing
from pipeline.wordforms import VERSION, forms_of

_BATCH = 50


def _types() -> Iterator[dict[str, Any]]:
    return (asdict(label) for label in TYPES.values())


@contextmanager
def open_database(settings: Settings, *, create: bool = False) -> Iterator[Database]:
    """The database of the settings, with the vocabulary in it."""
    with open_store(settings.db, create=create) as db:
        analysed.save_types(db, _types())
        yield db


def index_round(db: Database, *, stopped: Callable[[], bool] = never) -> int:
    """How many texts were put into the index of word forms: all that are not in it as they stand."""
    done = last = 0
    while not stopped() and (batch := searching.unindexed(db, VERSION, _BATCH, last)):
        searching.save_forms(db, VERSION, ((one, forms_of(one.title), forms_of(_rest(one))) for one in batch))
        done, last = done + len(batch), batch[-1].article_id
    return done


def _rest(text: searching.Unindexed) -> str:
    return text.text.removeprefix(text.title)


def analyse_round(
    db: Database,
    nlp: Language,
    *,
    again: bool = False,
    archive: Path | None = None,
    most: float = inf,
    progress: Progress = quiet,
    stopped: Callable[[], bool] = never,
) -> int:
    """How many articles were analysed: all that had no analysis by this model, unless stopped between two batches.

    After about `most` of them the others are left to the next round.

    A text that names somebody who is forgotten goes, and its page in the archive. Before that what waits for it is put into the index of the search.
    """
    index_round(db, stopped=stopped)
    forgotten = Forgotten(db, archive)
    if again:
        analysed.again(db)
    model, done = f"{nlp.meta['name']} {nlp.meta['version']}", 0
    while done < most and not stopped() and (batch := analysed.unread(db, model, _BATCH)):
        with nlp.memory_zone():  # else every new word would stay in memory
            found = list(analysing.analyse_many(nlp, ((unread.text, unread.published_at) for unread in batch)))
        for unread, analysis in zip(batch, found, strict=True):
            kept, dead = forgotten.strip(decided(db, unread, analysis))
            with writing(db):
                analysed.save_analysis(db, unread, kept, datetime.now(UTC))
                forgotten.remove(unread.article_id, dead)
            done += 1
            progress("analysed", done, done)
    if done:
        analysed.save_known(db, map(asdict, analysing.known_organisations(nlp)))
    return done


def cluster(nlp: Language, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For every JSON line {id, text, title?, published?} a line {id, incident} or {id, error}, in order.

    An incident bears the id of its first article. The same steps as for stored articles, in a database in memory.
    """
    requests = list(analysing.read_jsonl(lines))
    wanted = [request for request in requests if isinstance(request, analysing.Request)]
    with memory_store() as db:
        analysed.save_types(db, _types())
        analyses = analysing.analyse_many(nlp, ((request.text, request.published) for request in wanted))
        for number, (asked, analysis) in enumerate(zip(wanted, analyses, strict=True)):
            unread = analysed.save_text(db, number, f"{asked.id}#{number}", asked.text, asked.published)
            analysed.save_analysis(db, unread, analysis, datetime.now(UTC))
        group_round(db)
        first_of = incidents.first_articles(db)
    numbers = iter(range(len(wanted)))
    for request in requests:
        if isinstance(request, analysing.Refused):
            yield {"id": request.id, "error": request.error}
        else:
            first = first_of.get(next(numbers))
            yield {"id": request.id, "incident": None if first is None else str(wanted[first].id)}


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
    return score(events, incidents)
