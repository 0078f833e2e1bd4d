"""What analysis leaves: analyses, mentions, organisations with roles, types with evidence, facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import Analysis, Fact, IncidentType, Mention, Organisation, Span
from pipeline.store.database import writing
from pipeline.store.fetched import content_hash, forget_analysis
from pipeline.store.rows import insert, moment, stamp

_ANALYSED = (
    "select an.*, t.text, coalesce(a.published_at, a.first_seen_at) as published_at from analyses an"
    " join articles a on a.id = an.article_id join article_texts t on t.article_id = an.article_id"
    " and t.content_hash = an.content_hash where an.article_id = ? and an.model <> ''"
)
_NAMES = "select o.id, o.name from mentions m join organisations o on o.id = m.organisation_id where m.article_id = ?"
_FOUND = {
    "mentions": "start, id",
    "article_types": "rank, rowid",
    "article_organisations": "rowid",
    "article_facts": "id",
}


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A text that waits for analysis."""

    article_id: int
    text: str
    content_hash: str
    published_at: datetime | None


def save_types(db: Database, rows: Iterable[Mapping[str, Any]]) -> None:
    """The incident types with their German names."""
    with writing(db):
        db.table("incident_types").upsert_all([dict(row) for row in rows], pk="id")


def save_known(db: Database, known: Iterable[Mapping[str, Any]]) -> None:
    """What is known of organisations that articles name: legal form, Wikidata item, and what became of them."""
    organisations = {row["id"]: row for row in known}
    with writing(db):
        there = [id for (id,) in db.execute("select id from organisations") if id in organisations]
        for id in there:  # what became of an organisation is noted too, and what became of that
            successor = organisations[id]["successor"]
            if successor is not None and successor not in there:
                row = {key: organisations[successor][key] for key in ("id", "name", "sector")}
                db.table("organisations").insert(row)
                there.append(successor)
        db.conn.executemany(
            "update organisations set legal_form = :legal_form, wikidata = :wikidata, successor_id = :successor"
            " where id = :id and (legal_form, wikidata, successor_id) is not (:legal_form, :wikidata, :successor)",
            [{key: organisations[id][key] for key in ("id", "legal_form", "wikidata", "successor")} for id in there],
        )


def unread(db: Database, model: str, limit: int) -> list[Unread]:
    """The oldest texts without an analysis by this model."""
    rows = db.query(
        "select t.article_id, t.text, t.content_hash, coalesce(a.published_at, a.first_seen_at) as at"
        " from article_texts t join articles a on a.id = t.article_id"
        " left join analyses an on an.article_id = t.article_id and an.model = ? and an.content_hash = t.content_hash"
        " where an.article_id is null order by at, t.article_id limit ?",
        [model, limit],
    )
    return [
        Unread(
            article_id=row["article_id"],
            text=row["text"],
            content_hash=row["content_hash"],
            published_at=moment(row["at"]),
        )
        for row in rows
    ]


def save_text(db: Database, article_id: int, url: str, text: str, published_at: datetime | None) -> Unread:
    """A text of no source as an article that waits for analysis; without a date it is older than all others."""
    source = {"id": "", "name": "", "kind": "rss", "url": "", "language": "de", "country": "de", "enabled": 0}
    db.table("sources").insert(source, ignore=True)
    article = {
        "id": article_id,
        "source_id": source["id"],
        "url": url,
        "title": text.partition("\n")[0],
        "published_at": stamp(published_at),
        "first_seen_at": stamp(datetime.min.replace(tzinfo=UTC)),
        "kind": "news",
        "text_state": "full",
        "words": len(text.split()),
    }
    insert(db, "articles", article)
    found = Unread(article_id=article_id, text=text, content_hash=content_hash(text), published_at=published_at)
    insert(db, "article_texts", {"article_id": article_id, "text": text, "content_hash": found.content_hash})
    return found


def again(db: Database, article_id: int | None = None) -> None:
    """Makes an article, or every one, wait for analysis; what was found stays until it is replaced."""
    with writing(db):
        db.execute("update analyses set model = '' where article_id = ? or ? is null", [article_id, article_id])


def analysis_of(db: Database, article_id: int) -> tuple[Unread, Analysis, datetime] | None:
    """The text of an article, what was found in it and when; None if it waits for analysis."""
    row = next(db.query(_ANALYSED, [article_id]), None)
    if row is None:
        return None
    found = {
        table: list(db.query(f"select * from {table} where article_id = ? order by {order}", [article_id]))
        for table, order in _FOUND.items()
    }
    names = dict(db.execute(_NAMES, [article_id]))
    published_at, at = moment(row["published_at"]), moment(row["at"])
    assert at is not None
    unread = Unread(
        article_id=article_id, text=row["text"], content_hash=row["content_hash"], published_at=published_at
    )
    analysis = Analysis(
        model=row["model"],
        status=row["status"],
        language=row["language"],
        mentions=tuple(_mention(m, names) for m in found["mentions"]),
        types=tuple(_types(found["article_types"])),
        organisations=tuple(_organisations(db, found["article_organisations"])),
        facts=tuple(
            Fact(kind=f["kind"], value=f["value"], start=f["start"], end=f["end"]) for f in found["article_facts"]
        ),
    )
    return unread, analysis, at


def _mention(row: dict[str, Any], names: Mapping[str, str]) -> Mention:
    kept = {key: row[key] for key in ("start", "end", "label", "surface")}
    return Mention(organisation=names.get(row["organisation_id"]), **kept)


def _types(rows: list[dict[str, Any]]) -> Iterator[IncidentType]:
    for (type, score), places in groupby(rows, key=lambda row: (row["type_id"], row["score"])):
        evidence = tuple(Span(start=place["start"], end=place["end"]) for place in places)
        yield IncidentType(type=type, score=score, evidence=evidence)


def names_of(db: Database, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Name and sector of organisations."""
    sql = "select name, sector from organisations where id = ?"
    return {id: (row["name"], row["sector"]) for id in ids for row in db.query(sql, [id])}


def _organisations(db: Database, rows: list[dict[str, Any]]) -> Iterator[Organisation]:
    known = names_of(db, (row["organisation_id"] for row in rows))
    for row in rows:
        name, sector = known[row["organisation_id"]]
        kept = {key: row[key] for key in ("role", "mentions", "start", "end")}
        yield Organisation(id=row["organisation_id"], name=name, sector=sector, **kept)


def save_analysis(db: Database, unread: Unread, analysis: Analysis, at: datetime) -> None:
    """Puts an analysis in the place of any earlier one; the article waits for grouping."""
    key = {"article_id": unread.article_id}
    with writing(db):
        forget_analysis(db, unread.article_id)
        _save_organisations(db, analysis)
        db.table("analyses").insert(
            key
            | {
                "model": analysis.model,
                "at": stamp(at),
                "status": analysis.status,
                "language": analysis.language,
                "content_hash": unread.content_hash,
            }
        )
        for table, rows in _found(analysis):
            db.table(table).insert_all(key | row for row in rows)


def _found(analysis: Analysis) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    by_name = {organisation.name: organisation.id for organisation in analysis.organisations}
    yield (
        "mentions",
        [
            {"start": m.start, "end": m.end, "label": m.label, "surface": m.surface}
            | {"organisation_id": by_name.get(m.organisation or "")}
            for m in analysis.mentions
        ],
    )
    yield (
        "article_organisations",
        [
            {"organisation_id": o.id, "role": o.role, "mentions": o.mentions, "start": o.start, "end": o.end}
            for o in analysis.organisations
        ],
    )
    yield (
        "article_types",
        [
            {"type_id": t.type, "rank": rank, "score": round(t.score, 4), "start": span.start, "end": span.end}
            for rank, t in enumerate(analysis.types, 1)
            for span in t.evidence
        ],
    )
    yield (
        "article_facts",
        [{"kind": f.kind, "value": f.value, "start": f.start, "end": f.end} for f in analysis.facts],
    )


def _save_organisations(db: Database, analysis: Analysis) -> None:
    rows = [{"id": o.id, "name": o.name, "sector": o.sector} for o in analysis.organisations]
    db.table("organisations").insert_all(rows, pk="id", ignore=True)
    by_name = {organisation.name: organisation.id for organisation in analysis.organisations}
    aliases = {(m.surface, by_name[m.organisation]) for m in analysis.mentions if m.organisation in by_name}
    db.table("organisation_aliases").insert_all(
        [{"alias": alias, "organisation_id": owner} for alias, owner in sorted(aliases)], ignore=True
    )
