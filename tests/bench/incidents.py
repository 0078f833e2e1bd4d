"""How fast articles become incidents over five years, and whether that stays so.

    python -m tests.bench.incidents NEWS.jsonl.gz ARTICLES.jsonl [--articles 100000] [--db FILE]

NEWS are texts without labels, JSON lines {text}; ARTICLES are annotated ones, {title, text, types, status, orgs, event}.
From both a stream is made: four of ten articles tell of an incident, one of ten is a reprint, the others are news of
other things. An incident takes the types, roles and a few sentences of an annotated event, organisations of its own
(a few are hit again and again, most once), other long words for half of its, and sentences of news texts of its own,
of which each of its articles tells half; one in four incidents goes on for months. Articles come in order of time, already analysed, and are grouped
by the thousand. Prints one JSON line: articles per second of processor time (one core), the cost of the last tenth
against the first, the peak of memory in MB, and how well the incidents agree with those that the stream was made from.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
import random
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from sqlite_utils.db import Database

from pipeline import grouping
from pipeline.analyse.labels import TYPES
from pipeline.group import score
from pipeline.records import Analysis, Fact, IncidentType, Organisation, Span
from pipeline.store import analysed, open_store, writing
from pipeline.store.incidents import first_articles

START, YEARS = datetime(2021, 1, 1, tzinfo=UTC), timedelta(days=5 * 365)
LONGEST = timedelta(days=200)
ORGANISATIONS = 20_000
BATCH = 1_000
LONG = re.compile(r"\b[A-ZÄÖÜa-zäöüß]{7,}\b")
AT = Span(start=0, end=1)


@dataclass(frozen=True, kw_only=True)
class Written:
    """An article of the stream, with the incident that it was made from."""

    at: datetime
    text: str
    event: str
    analysis: Analysis


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the articles of one incident have in common."""

    models: list[dict]
    own: list[str]
    number: str
    names: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


class Stream:
    """Writes the same articles for the same seed."""

    def __init__(self, news: list[str], annotated: list[dict], seed: int) -> None:
        self.rng = random.Random(seed)
        self.long = sorted({word for text in news[:2000] for word in LONG.findall(text)})
        self.news = [found for text in news if len(found := sentences(text)) > 8]
        events = defaultdict(list)
        for article in annotated:
            if article["types"]:
                events[article["event"]].append(article)
        self.events = list(events.values())

    def write(self, articles: int) -> list[Written]:
        """About so many articles, in order of time."""
        found: list[Written] = []
        while len(found) < articles * 1.15:  # some lie beyond the borders
            kind = self.rng.random()
            if kind < 0.25:
                found.extend(self.incident(f"event {len(found)}"))
            elif kind < 0.35 and found:
                found.append(self.reprint(self.rng.choice(found)))
            else:
                found.append(self.other(len(found)))
        inside = [one for one in found if START <= one.at < START + YEARS]
        return sorted(self.rng.sample(inside, min(articles, len(inside))), key=lambda written: written.at)

    def incident(self, event: str) -> Iterator[Written]:
        """The articles of one incident."""
        told = Told(
            models=self.rng.choice(self.events),
            own=[self.rng.choice(self.rng.choice(self.news)) for _ in range(16)],
            number=str(self.rng.randrange(300, 2_000_000)),
        )
        begin = START - LONGEST + self.rng.random() * (YEARS + LONGEST)
        length = LONGEST if self.rng.random() < 0.25 else timedelta(days=6)
        for _ in range(min(12, 1 + int(self.rng.expovariate(0.7)))):
            analysis, text = self.tell(self.rng.choice(told.models), told)
            yield Written(at=begin + self.rng.random() * length, text=text, event=event, analysis=analysis)

    def tell(self, model: dict, told: Told) -> tuple[Analysis, str]:
        """One article: what the annotated one says, in other places and words, and half of the incident's own sentences."""
        title, *body = model["text"].split("\n")
        there = sentences(" ".join(body))
        kept = [title, *self.rng.sample(there, k=min(3, len(there)))]
        for name, role in model["orgs"].items():
            hit = role in ("affected", "processor", "attacker")
            told.names.setdefault(name, f"Haus{self.organisation()}" if hit else name)
        for name, other in told.names.items():
            kept = [sentence.replace(name, other) for sentence in kept]
        title, *kept = (LONG.sub(lambda found: self.exchange(found[0], told), sentence) for sentence in kept)
        kept += self.rng.sample(told.own, k=(1 + len(told.own)) // 2)
        parts = {
            told.names[name].lower().replace(" ", "-"): (told.names[name], role) for name, role in model["orgs"].items()
        }
        analysis = Analysis(
            model="bench",
            status=model["status"],
            types=tuple(IncidentType(type=type, score=0.9, evidence=(AT,)) for type in model["types"]),
            organisations=tuple(
                Organisation(id=id, name=name, role=role, sector="other", mentions=1, start=0, end=1)
                for id, (name, role) in parts.items()
            ),
            facts=(Fact(kind="affected", value=told.number, start=0, end=1),) if model["affected"] else (),
        )
        return analysis, f"{title}\n\n{' '.join(kept)} Es geht um {told.number} Fälle."

    def exchange(self, word: str, told: Told) -> str:
        """Half of the long words are others in every incident, else all incidents on one model would be one."""
        if word not in told.words:
            told.words[word] = self.rng.choice(self.long) if self.rng.random() < 0.5 else word
        return told.words[word]

    def organisation(self) -> int:
        """The number of an organisation; the small ones far more often."""
        return int(ORGANISATIONS ** self.rng.random())

    def reprint(self, original: Written) -> Written:
        """The same text elsewhere, up to two days later."""
        later = original.at + self.rng.random() * timedelta(days=2)
        title, _, body = original.text.partition("\n\n")
        return replace(original, at=later, text=f"{title}\n\nBerlin (xyz) - {body}")

    def other(self, number: int) -> Written:
        """News of something else."""
        mixed = [self.rng.choice(self.rng.choice(self.news)) for _ in range(self.rng.randrange(6, 20))]
        at = START + self.rng.random() * YEARS
        return Written(
            at=at,
            text="\n\n".join([mixed[0], " ".join(mixed)]),
            event=f"other {number}",
            analysis=Analysis(model="bench"),
        )


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly."""
    return [one for one in re.split(r"(?<=[.!?])\s+", text) if len(one) > 20]


def measure(batches: Path, path: Path) -> tuple[list[float], int]:
    """Stores the articles and groups them batch by batch; the processor time of each grouping in seconds, the peak in MB."""
    taken = []
    with open_store(path, create=True) as db, batches.open("rb") as file:
        analysed.save_types(db, (asdict(label) for label in TYPES.values()))
        while file.peek(1):
            batch = pickle.load(file)
            with writing(db):
                for number, written in batch:
                    unread = analysed.save_text(db, number, f"u{number:08}", written.text, written.at)
                    analysed.save_analysis(db, unread, written.analysis, START)
            begin = time.process_time()
            grouping.group_round(db)
            taken.append(time.process_time() - begin)
    status = Path(
        "/proc/self/status"
    ).read_text()  # unlike getrusage it knows nothing of the process that began this one
    return taken, int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def agreement(db: Database, articles: list[Written]) -> dict[str, dict[str, float]]:
    """How well the incidents agree with those that the stream was made from."""
    first = first_articles(db)
    events = {str(number): written.event for number, written in enumerate(articles, 1) if written.analysis.types}
    found = score(events, {id: str(first[int(id)]) if int(id) in first else None for id in events})
    return {"b_cubed": found["b_cubed"], "events": found["events"], "incidents": found["incidents"]}


def read(path: Path) -> list[dict]:
    """JSON lines, packed or not."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.splitlines()]


def main() -> None:
    """Reads the arguments, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", type=Path)
    parser.add_argument("annotated", type=Path)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--db", type=Path)
    given = parser.parse_args()
    articles = Stream([row["text"] for row in read(given.news)], read(given.annotated), 7).write(given.articles)
    with tempfile.TemporaryDirectory() as folder:
        path, batches = given.db or Path(folder) / "incidents.db", Path(folder) / "batches"
        with batches.open("wb") as file:
            numbered = enumerate(articles, 1)
            while batch := list(islice(numbered, BATCH)):
                pickle.dump(batch, file)
        with get_context("spawn").Pool(1) as pool:  # a process of its own: the peak is that of grouping
            taken, peak = pool.apply(measure, (batches, path))
        with open_store(path) as db:
            told = agreement(db, articles)
            [size] = db.query("select page_count * page_size / 1e6 as mb from pragma_page_count, pragma_page_size")
            [linked] = db.query("select count(*) as n from article_links")
    tenth = max(1, len(taken) // 10)
    print(
        json.dumps(
            {
                "articles": len(articles),
                "per_second": round(len(articles) / sum(taken)),
                "last_tenth_to_first": round(sum(taken[-tenth:]) / sum(taken[:tenth]), 2),
                "peak_mb": peak,
                "database_mb": round(size["mb"]),
                "links": linked["n"],
                **told,
            }
        )
    )


if __name__ == "__main__":
    main()
