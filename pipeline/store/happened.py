"""What became known between two editions, as readers are told of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils.db import Database

from pipeline.records import (
    DigestArticle,
    DigestIncident,
    DigestLink,
    DigestOrganisation,
    Happened,
    News,
    Status,
    Traits,
    TroubledSource,
)
from pipeline.store import finding
from pipeline.store.rows import AMONG, moment
from pipeline.vocabulary import UNNAMED
from pipeline.wordforms import read

_LINKS = 3  # to articles, per incident
_ORGANISATIONS = 5
_ARTICLES = 5_000
_TAKING_PART = ("affected", "processor", "attacker")  # are named with every incident; the others when they are new

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the database holds of some incidents, by their numbers."""

    incidents: dict[int, Row]
    news: dict[int, list[Row]]  # in the order in which it was told
    articles: dict[int, list[Row]]  # originals first, the latest first
    people: dict[int, list[str]]  # by article


def happened(db: Database, since: int, until: int, only: Iterable[int] | None = None) -> Happened:
    """All that became known after an edition and up to another; or that of some incidents alone, without articles."""
    window = "edition_id > ? and edition_id <= ?"
    if only is None:
        found = db.execute(f"select distinct incident_id from incident_news where {window}", [since, until])
        ids = [id for (id,) in found]
    else:
        ids = list(only)
    known = _known(db, ids)
    told = (_incident(known, id, since, until) for id in known.incidents)
    articles = () if only is not None else _articles(db, since, until)
    return Happened(incidents=tuple(incident for incident in told if incident), articles=articles)


def found_by(db: Database, typed: str) -> frozenset[int]:
    """The numbers of the latest articles that a search finds; of none if it asks for nothing."""
    asked = read(typed)
    if not asked:
        return frozenset()
    sql, values = finding.question(asked)
    return frozenset(row[0] for row in db.execute(sql, values))


def troubled(db: Database) -> tuple[TroubledSource, ...]:
    """The sources whose last look failed, that are silent for longer than ever or may have lost entries.

    Those that are gone are told for a week: nobody looks at them again.
    """
    rows = db.query(
        "select name, last_outcome, trouble, case trouble when 'failed' then last_success_at when 'gone' then last_poll_at"
        "  when 'silent' then last_entry_at else last_gap_at end as since"
        " from source_health where trouble in ('failed', 'silent', 'gap')"
        " or trouble = 'gone' and last_poll_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days') order by name"
    )
    return tuple(
        TroubledSource(
            name=row["name"],
            outcome=row["last_outcome"],
            trouble=row["trouble"],
            since=when.date() if (when := moment(row["since"])) else None,
        )
        for row in rows
    )


def unnamed(title: str, people: Iterable[str]) -> str:
    """The headline without the names of people."""
    for name in sorted(people, key=len, reverse=True):
        title = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", UNNAMED, title)
    return title


def _known(db: Database, ids: Sequence[int]) -> _Known:
    listed = [json.dumps(list(ids))]
    incidents = db.query(
        "select i.*, t.name_de as type_name from incidents i join incident_types t on t.id = i.main_type"
        f" where i.id {AMONG} order by i.sources desc, i.articles desc, i.last_seen_at desc, i.id",
        listed,
    )
    news = db.query(
        "select n.*, o.name, o.sector, t.name_de as type_name from incident_news n join articles a on a.id = n.article_id"
        " left join organisations o on o.id = n.organisation_id"
        f" left join incident_types t on n.kind = 'type' and t.id = n.value where n.incident_id {AMONG}"
        " order by coalesce(a.published_at, a.first_seen_at), a.url, n.id",
        listed,
    )
    articles = db.query(
        "select ia.incident_id, a.id, a.title, a.url, a.source_id, s.name as source from incident_articles ia"
        f" join articles a on a.id = ia.article_id join sources s on s.id = a.source_id where ia.incident_id {AMONG}"
        " order by a.duplicate_of is not null, coalesce(a.published_at, a.first_seen_at) desc, a.id",
        listed,
    )
    grouped = _by(articles, "incident_id")
    return _Known(
        incidents={row["id"]: row for row in incidents},
        news=_by(news, "incident_id"),
        articles=grouped,
        people=_people(db, [row["id"] for rows in grouped.values() for row in rows]),
    )


def _people(db: Database, articles: Sequence[int]) -> dict[int, list[str]]:
    """The people whom the headlines of articles name, and those with more than one name anywhere in their texts."""
    rows = db.query(
        "select distinct m.article_id, m.surface from mentions m join articles a on a.id = m.article_id where m.label = 'PER'"
        f" and (m.end <= length(a.title) or instr(trim(m.surface), ' ')) and m.article_id {AMONG}",
        [json.dumps(list(articles))],
    )
    return {article: [row["surface"] for row in found] for article, found in _by(rows, "article_id").items()}


def _by(rows: Iterable[Row], key: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _incident(known: _Known, id: int, since: int, until: int) -> DigestIncident | None:
    """What a reader is told of an incident; None if nothing is new about it."""
    before: list[Row] = []
    new: list[Row] = []
    for row in known.news[id]:
        if row["edition_id"] is not None and row["edition_id"] <= until:
            (before if row["edition_id"] <= since else new).append(row)
    incident, articles = known.incidents[id], known.articles[id]
    if not new or not articles:
        return None
    named = {name for article in articles for name in known.people.get(article["id"], ()) if " " in name}
    tellers = {row["article_id"] for row in new}
    first = sorted(articles, key=lambda article: before != [] and article["id"] not in tellers)
    return DigestIncident(
        id=id,
        title=_title(incident["title"], articles, known.people),
        type_name=incident["type_name"],
        status=incident["status"],
        affected=incident["affected"],
        sources=incident["sources"],
        organisations=_organisations([*before, *new], _TAKING_PART, named)[:_ORGANISATIONS],
        news=_news(before, new, incident, named) if before else None,
        links=_links(first, known.people),
        traits=_traits([*before, *new], articles),
    )


def _title(title: str, articles: Sequence[Row], people: dict[int, list[str]]) -> str:
    """The title of an incident; if it names somebody another headline that does not, or the title without the name."""
    named = {name for article in articles for name in people.get(article["id"], ())}
    without = unnamed(title, named)
    if without == title:
        return title
    return next((a["title"] for a in articles if unnamed(a["title"], named) == a["title"]), without)


def _news(before: Sequence[Row], new: Sequence[Row], incident: Row, people: Iterable[str]) -> News:
    """What is new about an incident that readers know."""
    known_status: Status = next((row["value"] for row in reversed(before) if row["kind"] == "status"), "none")
    known_number = next((int(row["value"]) for row in reversed(before) if row["kind"] == "affected"), None)
    told = {row["kind"] for row in new}
    values = {kind: [row["value"] for row in new if row["kind"] == kind] for kind in ("fine_eur", "ransom_eur", "cve")}
    return News(
        status_before=known_status if "status" in told and known_status != incident["status"] else None,
        affected_before=known_number,
        affected_new="affected" in told and known_number != incident["affected"],
        organisations=_organisations(new, None, people),
        types=tuple(row["type_name"] for row in new if row["kind"] == "type"),
        fines=tuple(int(value) for value in values["fine_eur"]),
        ransoms=tuple(int(value) for value in values["ransom_eur"]),
        cves=tuple(values["cve"]),
    )


def _organisations(
    news: Iterable[Row], roles: Sequence[str] | None, people: Iterable[str]
) -> tuple[DigestOrganisation, ...]:
    """The organisations that news name, in the order of roles, each once, and without what is the name of a person."""
    named = [row for row in news if row["kind"] == "organisation" and (roles is None or row["value"] in roles)]
    if roles is not None:
        named.sort(key=lambda row: roles.index(row["value"]))
    first = {row["organisation_id"]: row for row in reversed(named)}
    each = ((unnamed(row["name"], people), row["value"]) for row in named if first[row["organisation_id"]] is row)
    return tuple(DigestOrganisation(name=name, role=role) for name, role in each if name != UNNAMED)


def _links(articles: Iterable[Row], people: dict[int, list[str]]) -> tuple[DigestLink, ...]:
    """The articles to read first, one per source."""
    first: dict[str, Row] = {}
    for article in articles:
        first.setdefault(article["source"], article)
    return tuple(_link(article, people) for article in [*first.values()][:_LINKS])


def _link(article: Row, people: dict[int, list[str]]) -> DigestLink:
    title = unnamed(article["title"], people.get(article["id"], ()))
    return DigestLink(source=article["source"], title=title, url=article["url"])


def _traits(news: Iterable[Row], articles: Iterable[Row]) -> Traits:
    rows, told = list(news), list(articles)
    return Traits(
        types=frozenset(row["value"] for row in rows if row["kind"] == "type"),
        sectors=frozenset(
            row["sector"] for row in rows if row["kind"] == "organisation" and row["value"] == "affected"
        ),
        organisations=frozenset(row["organisation_id"] for row in rows if row["kind"] == "organisation"),
        sources=frozenset(row["source_id"] for row in told),
        articles=frozenset(row["id"] for row in told),
    )


def _articles(db: Database, since: int, until: int) -> tuple[DigestArticle, ...]:
    """The latest articles that tell of no incident, reprints and empty pages aside."""
    rows = list(
        db.query(
            "select a.id, s.name as source, a.source_id, a.title, a.url from articles a join sources s on s.id = a.source_id"
            " where a.edition_id > ? and a.edition_id <= ? and a.duplicate_of is null"
            " and a.text_state not in ('consent', 'empty')"
            " and not exists (select 1 from incident_articles ia where ia.article_id = a.id)"
            " order by coalesce(a.published_at, a.first_seen_at) desc, a.id limit ?",
            [since, until, _ARTICLES],
        )
    )
    ids = [row["id"] for row in rows]
    people = _people(db, ids)
    named = _by(
        db.query(
            f"select article_id, organisation_id from article_organisations where article_id {AMONG}",
            [json.dumps(ids)],
        ),
        "article_id",
    )
    return tuple(
        DigestArticle(
            link=_link(row, people),
            traits=Traits(
                organisations=frozenset(one["organisation_id"] for one in named.get(row["id"], ())),
                sources=frozenset([row["source_id"]]),
                articles=frozenset([row["id"]]),
            ),
        )
        for row in rows
    )
