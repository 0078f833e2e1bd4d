"""Articles of the tests of grouping in a database, as if they had been crawled and analysed."""

from dataclasses import asdict
from datetime import UTC, datetime

from sqlite_utils.db import Database

from pipeline.analyse.labels import TYPES
from pipeline.records import Analysis, Case, Fact, IncidentType, Organisation, Span
from pipeline.store import analysed
from pipeline.store.fetched import index_texts

_NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
_AT = Span(start=0, end=1)


def prepare(db: Database) -> Database:
    """The vocabulary, without which nothing can be stored."""
    analysed.save_types(db, (asdict(label) for label in TYPES.values()))
    return db


def add(db: Database, case: Case, number: int) -> None:
    """Stores an article under a number of its own; it waits for grouping."""
    unread = analysed.save_text(db, number, case.url, case.text, case.published_at)
    analysed.save_analysis(db, unread, analysis_of(case), _NOW)
    index_texts(db)


def change(db: Database, case: Case, number: int) -> None:
    """Puts another text and analysis in the place of an article's."""
    db.execute("update articles set title = ? where id = ?", [case.title, number])
    db.execute("update article_texts set text = ? where article_id = ?", [case.text, number])
    unread = analysed.Unread(article_id=number, text=case.text, content_hash="", published_at=case.published_at)
    analysed.save_analysis(db, unread, analysis_of(case), _NOW)


def analysis_of(case: Case) -> Analysis:
    """What a model would have found in an article."""
    told = [Fact(kind="affected", value=str(case.affected), start=0, end=1)] if case.affected is not None else []
    return Analysis(
        model="m 1",
        status=case.status,
        types=tuple(IncidentType(type=name, score=0.9, evidence=(_AT,)) for name in case.types),
        organisations=tuple(
            Organisation(id=id, name=id, role=role, sector="other", mentions=1, start=0, end=1)
            for id, role in case.roles
        ),
        facts=(*case.facts, *told),
    )


def together(db: Database) -> set[frozenset[str]]:
    """Which articles form an incident, by their addresses."""
    rows = db.query(
        "select group_concat(a.url, ' ') as urls from incident_articles ia join articles a on a.id = ia.article_id"
        " group by ia.incident_id"
    )
    return {frozenset(row["urls"].split()) for row in rows}


def incident_of(db: Database) -> dict[int, int]:
    """The incident of every article that has one."""
    return {row["article_id"]: row["incident_id"] for row in db.query("select * from incident_articles")}
