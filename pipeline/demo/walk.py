"""From the newsroom to digest and pages: the real flow, over sites that are served on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from spacy.language import Language

from pipeline import crawling, digest, grouping, run, sending, sources
from pipeline.config import Settings
from pipeline.demo.newsroom import ServedNewsroom
from pipeline.store import delivered, queries

READER = "leserin@example.org"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the walk found."""

    troubles: tuple[str, ...]
    outcomes: Mapping[str, int]
    tables: Mapping[str, int]
    incidents: tuple[queries.IncidentLine, ...]
    digest: tuple[Path, ...]


async def walk(
    newsroom: ServedNewsroom,
    settings: Settings,
    nlp: Language,
    day: date,
    *,
    progress: crawling.Progress = crawling.quiet,
) -> Findings:
    """What is in the database after two rounds of crawling, the second after an article was edited."""
    catalogue = sources.parse(newsroom.sources_yaml(), "the sample newsroom")
    outcomes: Counter[str] = Counter()
    troubles: list[str] = []
    with run.open_database(settings, create=True) as db:
        for number in range(2):
            if number:
                newsroom.second_round()
            report = await crawling.crawl_round(db, settings, catalogue, everything=True, progress=progress)
            outcomes += report.entries
            troubles += report.troubles
            run.analyse_round(db, nlp, progress=progress)
            grouping.group_round(db, progress=progress)
        digest.put_together(db, settings, datetime.now(UTC), day)
        [told, *_] = delivered.digests_of(db, day)
        files = sending.write(settings, told, READER, settings.db.parent, f"digest-{day}")
        return Findings(
            troubles=tuple(troubles),
            outcomes=outcomes,
            tables=queries.counts(db),
            incidents=tuple(queries.incident_lines(db)),
            digest=files,
        )
