"""A database of many made-up articles over ten years, to measure pages and searches on.

    python -m tests.bench.archive FILE.db [--articles 1000000]

Not crawled and not analysed: rows are written as the stages leave them. Words come by Zipf's law from a German lexicon
and from compounds of it, organisations likewise: the first is in every tenth incident. A third as many incidents as
articles, most with one or two of them, some with hundreds.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import accumulate, islice
from pathlib import Path

from sqlite_utils.db import Database

from pipeline.analyse.labels import TYPES
from pipeline.store import analysed, open_store
from pipeline.store.fetched import content_hash
from pipeline.wordforms import VERSION, forms

SOURCES, ORGANISATIONS = 200, 20_000
WORDS = 120  # in a text
YEARS = timedelta(days=3652)
STEP = 20_000  # articles in one transaction
SECTORS = ("statutory_health_insurer", "hospital", "it_provider", "authority", "company", "association", "other")
ROLES = ("affected", "affected", "affected", "processor", "authority", "attacker", "reporter", "other")
PARTIES = ("affected", "processor", "authority", "attacker")
NAMES = ("BKK", "Klinikum", "Stadtwerke", "Landesamt", "Kasse", "Rechenzentrum", "Verband")


@dataclass(frozen=True, kw_only=True)
class Event:
    """An incident as it is being filled."""

    number: int
    at: datetime
    type: str
    parties: tuple[tuple[int, str], ...]


class Writer:
    """Makes the same rows for the same seed."""

    def __init__(self, articles: int, seed: int = 7) -> None:
        self.rng = random.Random(seed)
        self.articles = articles
        self.end = datetime.now(UTC)
        self.words = lexicon(self.rng)
        self.shares = list(accumulate(1 / rank for rank in range(3, len(self.words) + 3)))
        self.types = list(TYPES)
        self.type_shares = list(accumulate(1 / rank for rank in range(1, len(self.types) + 1)))

    def events(self) -> Iterator[Event]:
        """The incidents in order of time."""
        number = self.articles * 3 // 10
        begins = sorted(self.rng.random() for _ in range(number))
        for id, begin in enumerate(begins, 1):
            parties = {self.organisation(): self.rng.choice(ROLES) for _ in range(self.rng.randrange(1, 4))}
            [type] = self.rng.choices(self.types, cum_weights=self.type_shares)
            yield Event(number=id, at=self.end - YEARS * (1 - begin), type=type, parties=tuple(parties.items()))

    def reports(self) -> list[tuple[datetime, Event | None]]:
        """When each article appeared and what it tells of, in order of time."""
        found: list[tuple[datetime, Event | None]] = []
        for event in self.events():
            size = 1 + int(self.rng.expovariate(1)) if self.rng.random() > 0.0003 else self.rng.randrange(100, 600)
            span = timedelta(days=4 if self.rng.random() < 0.8 else 150)
            found.extend((min(self.end, event.at + self.rng.random() ** 2 * span), event) for _ in range(size))
        found = found[: self.articles]
        rest = self.articles - len(found)
        found.extend((self.end - YEARS * self.rng.random(), None) for _ in range(rest))
        return sorted(found, key=lambda report: report[0])

    def organisation(self) -> int:
        """The number of an organisation, the small ones far more often."""
        return int(ORGANISATIONS ** self.rng.random())

    def text(self, words: int) -> list[str]:
        """So many words."""
        return self.rng.choices(self.words, cum_weights=self.shares, k=words)


def lexicon(rng: random.Random) -> list[str]:
    """Words with those first that are frequent, and compounds of them."""
    lines = files("pipeline.wordforms").joinpath("compound_parts.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    heads = [word for word, place in rows if place in "hb"]
    modifiers = [word for word, place in rows if place in "mb"]
    compounds = {rng.choice(modifiers) + rng.choice(heads) for _ in range(40_000)}
    return [word for word, _ in rows] + sorted(compounds, key=lambda word: rng.random())


def stamped(at: datetime) -> str:
    """A time as it is stored."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def organisation_name(number: int) -> str:
    """The name of an organisation."""
    return f"{NAMES[number % len(NAMES)]} Beispiel {number}"


def fill(db: Database, articles: int) -> None:
    """Writes everything into an empty database."""
    writer = Writer(articles)
    for pragma in ("synchronous = off", "cache_size = -400000", "foreign_keys = off"):
        db.conn.execute(f"pragma {pragma}")
    analysed.save_types(db, (asdict(label) for label in TYPES.values()))
    now = stamped(writer.end)
    save(
        db,
        "sources",
        (
            (f"q{n}", f"Quelle {n}", None, None, "rss", f"https://q{n}.example/feed", None, "de", "de", 1)
            for n in range(SOURCES)
        ),
    )
    save(
        db,
        "organisations",
        ((f"o{n}", organisation_name(n), SECTORS[n % 7], None, None, None) for n in range(1, ORGANISATIONS + 1)),
    )
    save(db, "organisation_aliases", ((organisation_name(n), f"o{n}") for n in range(1, ORGANISATIONS + 1)))
    reports = enumerate(writer.reports(), 1)
    told: dict[int, list[tuple[int, datetime, str]]] = {}
    events: dict[int, Event] = {}
    while batch := list(islice(reports, STEP)):
        events.update((event.number, event) for _, (_, event) in batch if event)
        save_articles(db, writer, batch, told)
        db.conn.commit()
    save_incidents(db, events, told)
    save_polls(db, writer, now)
    db.conn.execute("insert into article_texts_fts (article_texts_fts) values ('rebuild')")
    db.conn.commit()
    db.conn.execute("analyze")
    db.conn.execute("pragma wal_checkpoint(truncate)")


def save(db: Database, table: str, rows: Iterable[Sequence[object]], columns: str = "") -> None:
    """Writes rows of a table, all of its columns in order or those that are named."""
    rows = list(rows)
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        db.conn.executemany(f"insert into {table} {columns} values ({marks})", rows)


def save_articles(db: Database, writer: Writer, batch: list, told: dict) -> None:
    """A batch of articles with all that hangs on them."""
    rng = writer.rng
    rows: dict[str, list[tuple]] = {}

    def add(table: str, *values: object) -> None:
        rows.setdefault(table, []).append(values)

    for number, (at, event) in batch:
        stamp, source = stamped(at), f"q{int(SOURCES ** rng.random())}"
        title, words = " ".join(writer.text(7)).capitalize(), writer.text(WORDS)
        parties = event.parties if event else ()
        head = f"{title}\n\n" + " ".join(f"{organisation_name(o)} teilt mit." for o, _ in parties) + " "
        text = f"{head}{' '.join(words)}. Etwa {number % 90_000} Fälle in Bonn."
        hash, url = content_hash(text), f"https://{source}.example/{number}"
        teaser = " ".join(words[:20])
        kind, copied = (
            rng.choice(("news", "news", "news", "press_release", "advisory")),
            number - 1 if number % 15 == 0 else None,
        )
        add(
            "articles",
            number,
            source,
            url,
            title,
            teaser,
            stamp,
            stamp,
            None,
            None,
            None,
            kind,
            "full",
            WORDS,
            copied,
            None,
        )
        if number % 50 == 0:
            add("article_versions", number, 1, stamp, title, head)
        add("article_texts", number, text, hash)
        add(
            "entries",
            url,
            source,
            url,
            title,
            teaser,
            None,
            stamp,
            None,
            None,
            stamp,
            "new",
            1,
            None,
            number,
            None,
            None,
            None,
            None,
        )
        add("fetches", None, number, url, stamp, "new", 200, 20_000, 0.2, None, None, 1, None, None, None)
        status = "none" if not event else ("confirmed" if rng.random() < 0.7 else "alleged")
        add("analyses", number, "bench 1", stamp, status, "de", hash, stamp, int(not event and number % 60 == 0))
        add("search_documents", number, number, hash, VERSION)
        form_words = " ".join(form for word in words for form in forms(word))
        add(
            "search_forms", number, " ".join(form for word in title.lower().split() for form in forms(word)), form_words
        )
        add("mentions", None, number, len(text) - 5, len(text) - 1, "LOC", "Bonn", None)
        if event:
            tell(add, number, stamp, event, title, text, told)
    for table, found in rows.items():
        save(db, table, found, "(rowid, title, text)" if table == "search_forms" else "")


def tell(add, number: int, stamp: str, event: Event, title: str, text: str, told: dict) -> None:
    """What an article says of its incident."""
    told.setdefault(event.number, []).append((number, stamp, title))
    add("incident_articles", number, event.number)
    add("article_types", number, event.type, 1, 0.9, 0, len(title))
    at = len(title) + 2
    for organisation, role in event.parties:
        name = organisation_name(organisation)
        add("mentions", None, number, at, at + len(name), "ORG", name, f"o{organisation}")
        add("article_organisations", number, f"o{organisation}", role, 1, at, at + len(name))
        at += len(name) + len(" teilt mit. ")
    if number % 4 == 0:
        place = text.rindex(" Fälle")
        add("article_facts", None, number, "affected", str(number % 90_000), place - 2, place)
    if number % 40 == 0:
        add("article_facts", None, number, "fine_eur", str(number % 70 * 1000), 0, 5)
    if number % 90 == 0:
        add("article_facts", None, number, "ransom_eur", str(number % 50 * 10_000), 0, 5)
    if number % 25 == 0:
        add("article_facts", None, number, "cve", f"CVE-2026-{number % 5000}", 0, 5)


def save_incidents(db: Database, events: dict[int, Event], told: dict) -> None:
    """The incidents as their articles told them."""
    incidents, news = [], []
    for id, event in sorted(events.items()):
        articles = told[id]
        (first, begin, title), (last, end, _) = articles[0], articles[-1]
        affected = first % 90_000 if first % 4 == 0 else None
        status = ("denied", "alleged", *["confirmed"] * 8)[id % 10]
        sources = min(len(articles), 40)
        row = (id, f"vorfall-{id}", title, begin, end, status, affected, event.type, len(articles), sources)
        incidents.append(row)
        said = [("type", event.type, None), *(("organisation", r, f"o{o}") for o, r in event.parties if r in PARTIES)]
        said += [("affected", str(affected), None)] if affected is not None else []
        said += [("fine_eur", str(id % 70 * 1000), None)] if id % 30 == 0 else []
        said += [("ransom_eur", str(id % 50 * 10_000), None)] if id % 70 == 0 else []
        said += [("cve", f"CVE-2026-{id % 5000}", None)] if id % 25 == 0 else []
        news.append((None, id, first, "status", "alleged" if last > first else status, None))
        news.extend((None, id, first, *one) for one in said)
        if last > first:
            news.append((None, id, last, "status", status, None))
            news.extend([(None, id, last, "affected", str(affected + 7), None)] if affected and id % 3 == 0 else [])
    save(db, "incidents", incidents)
    save(db, "incident_news", news, "(id, incident_id, article_id, kind, value, organisation_id)")
    db.conn.commit()


def save_polls(db: Database, writer: Writer, now: str) -> None:
    """Three months of looks at each source, one every hour."""
    columns = "(source_id, at, outcome, entries, new_entries, seconds, bytes, next_at)"
    rows = (
        (
            f"q{n}",
            stamped(writer.end - timedelta(hours=hours)),
            "ok" if (n + hours) % 50 else "timeout",
            30,
            1,
            0.3,
            9_000,
            now,
        )
        for n in range(SOURCES)
        for hours in range(2_000)
    )
    save(db, "polls", rows, columns)
    db.conn.commit()


def main() -> None:
    """Reads the arguments, writes the database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("db", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    given = parser.parse_args()
    with open_store(given.db, create=True) as db:
        fill(db, given.articles)


if __name__ == "__main__":
    main()
