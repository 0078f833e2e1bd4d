"""How long it takes to find what an article copies among a million.

    python -m tests.bench.copies [--articles 1000000] [--asked 2000] [--db FILE]

Fills a database (FILE is kept and taken again) with articles that have keys as real ones do: ten bands of MinHash,
organisations, telling words, the frequent and the rare. Some texts are whole; a changed copy of each is looked up:
another headline, a date line in front, a source behind, every fortieth word changed or the last seventh cut. Prints
one JSON line: milliseconds to look up one article (reading its candidates from the database and comparing texts
included), and which share of the copies was found. Half of what is looked up is no copy.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from sqlite_utils.db import Database

from pipeline import group
from pipeline.group.words import _shares as shares
from pipeline.records import Case
from pipeline.store import candidates, open_store

START = datetime(2021, 1, 1, tzinfo=UTC)
WHOLE = 1_000  # texts of which there are copies
ORGANISATIONS, NAMES = 20_000, 2_000_000


class Writer:
    """Writes texts and keys as German news has them, always the same ones."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.words = list(shares())
        self.weights = list(accumulate(shares().values()))
        self.rare = [word for word, share in shares().items() if share < 0.01]

    def text(self) -> str:
        """About 250 words."""
        words = self.rng.choices(self.words, cum_weights=self.weights, k=self.rng.randrange(120, 400))
        for _ in range(len(words) // 8):
            words[self.rng.randrange(len(words))] = f"Name{self.rare_number(NAMES)}"
        return " ".join(words)

    def rare_number(self, most: int) -> int:
        """A number up to most; the small ones far more often."""
        return int(most ** self.rng.random())

    def keys(self) -> Iterator[str]:
        """The keys of an article without a text."""
        for band in range(10):
            yield f"minhash:{band}-{self.rng.getrandbits(32):08x}"
        for _ in range(3):
            yield f"org:{self.rare_number(ORGANISATIONS)}"
        for _ in range(5):
            yield f"word:{self.rng.choice(self.rare)}"
        for _ in range(8):
            yield f"word:name{self.rare_number(NAMES)}"


def case(number: int, title: str, text: str) -> Case:
    """An article without findings."""
    at = START + timedelta(minutes=2 * number)
    nothing = {"types": (), "status": "none", "affected": None, "roles": ()}
    place = {"article_id": str(number), "source_id": "a", "url": f"u{number}", "published_at": at}
    return Case(title=title, text=f"{title}\n\n{text}", **place, **nothing)


def copy_of(text: str, rng: random.Random) -> str:
    """The text as another house prints it."""
    words = text.split()
    if rng.random() < 0.5:
        words[20::40] = [f"anders{n}" for n in range(len(words[20::40]))]
    else:
        words = words[: int(len(words) * 0.85)]
    return f"Berlin (dpa) – {' '.join(words)} Quelle: dpa"


def fill(path: Path, articles: int, writer: Writer) -> None:
    """A database of so many articles, all of them grouped; the first ones have whole texts."""
    with open_store(path, create=True):
        pass
    db = sqlite3.connect(path)
    db.executescript("pragma synchronous = off; pragma journal_mode = memory; pragma cache_size = -2000000")
    db.execute(
        "insert into sources (id, name, kind, url, language, country, enabled) values ('a','A','rss','u','de','de',1)"
    )
    whole = {number: case(number, f"Meldung {number}", writer.text()) for number in range(1, WHOLE + 1)}
    numbers = range(1, articles + 1)
    stamp = "2026-01-01T00:00:00Z"
    texts = ((n, whole[n].text if n in whole else f"Artikel {n}", str(n)) for n in numbers)
    rows = ((n, "a", f"u{n}", f"Meldung {n}", stamp, case(n, "", "").published_at.isoformat()) for n in numbers)
    db.executemany(
        "insert into articles (id, source_id, url, title, first_seen_at, published_at, kind, text_state, words)"
        " values (?, ?, ?, ?, ?, ?, 'news', 'full', 200)",
        rows,
    )
    db.executemany("insert into article_texts (article_id, text, content_hash) values (?, ?, ?)", texts)
    db.executemany(
        "insert into analyses (article_id, model, at, status, language, content_hash, grouped_at)"
        " values (?, 'm', '', 'none', 'de', ?, ?)",
        ((n, str(n), stamp) for n in numbers),
    )
    keys = (
        (candidates.hashed(key), n)
        for n in numbers
        for key in (group.keys(whole[n]) if n in whole else set(writer.keys()))
    )
    db.execute("create temp table k (key integer, article_id integer)")
    db.executemany("insert into k values (?, ?)", keys)
    db.execute(
        "insert into article_keys select distinct k.key, cast(strftime('%s', a.published_at) as integer), k.article_id"
        " from k join articles a on a.id = k.article_id order by 1, 2, 3"
    )
    db.commit()
    db.close()


def asked(number: int, articles: int, db: sqlite3.Connection, writer: Writer) -> Iterator[tuple[Case, int | None]]:
    """Articles that are looked up, each with the number of the one that it copies."""
    for n in range(number):
        original = None if n % 2 else writer.rng.randrange(1, WHOLE + 1)
        if original is None:
            text = writer.text()
        else:
            [text] = db.execute("select text from article_texts where article_id = ?", [original]).fetchone()
            text = copy_of(text.partition("\n\n")[2], writer.rng)
        yield case(articles + n + 1, f"Andere Überschrift {n}", text), original


def look_up(db: Database, one: Case) -> str | None:
    """What grouping does to find the original."""
    return group.reprint_of(one, candidates.alike(db, int(one.article_id), group.bands(one)))


def main() -> None:
    """Reads the arguments, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=2_000)
    parser.add_argument("--db", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.db or Path(folder) / "copies.db"
        if not path.exists():
            part = path.with_name(f"{path.name}.part")
            fill(part, given.articles, Writer(random.Random(7)))
            part.rename(path)
        with open_store(path) as db:
            wanted = list(asked(given.asked, given.articles, db.conn, Writer(random.Random(8))))
            times, found, wrong = [], 0, 0
            for one, original in wanted:
                started = time.perf_counter()
                answer = look_up(db, one)
                times.append(1000 * (time.perf_counter() - started))
                found += original is not None and answer == str(original)
                wrong += answer not in (None, str(original))
    times.sort()
    copies = sum(original is not None for _, original in wanted)
    result = {
        "articles": given.articles,
        "ms_mean": round(sum(times) / len(times), 2),
        "ms_p95": round(times[int(0.95 * len(times))], 2),
        "ms_longest": round(times[-1], 2),
        "copies_found": round(found / copies, 4),
        "wrongly_found": wrong,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
