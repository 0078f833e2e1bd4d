"""How well and how fast pages are read, beside plain trafilatura in the same run.

    python tests/bench/extract.py --pages DIR

DIR holds gold.jsonl (file, url, title, authors, published, paragraphs) and the pages, gzipped or not. Prints one JSON line:
body F1 over word 4-shingles (mean over pages), share of exact titles, of right days, of exact author sets, pages per
second. `--failures` lists what went wrong on stderr.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from trafilatura import bare_extraction

from pipeline.errors import ExtractError
from pipeline.extract import extract
from pipeline.extract.clean import line
from pipeline.records import Entry, Page

BERLIN = ZoneInfo("Europe/Berlin")
Gold = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one reader made of one page."""

    title: str = ""
    day: date | None = None
    authors: frozenset[str] = frozenset()
    text: str = ""


def ours(gold: Gold, body: bytes) -> Reading:
    """The reading of the extract stage."""
    url = str(gold["url"])
    page = Page(entry=Entry(source_id="", url=url), url=url, body=body, content_type=None, at=datetime.now(UTC))
    try:
        article = extract(page)
    except ExtractError:
        return Reading()
    day = article.published_at.astimezone(BERLIN).date() if article.published_at else None
    return Reading(title=article.title, day=day, authors=frozenset(article.authors), text=article.text)


def trafilatura(gold: Gold, body: bytes) -> Reading:
    """The reading of trafilatura as it comes."""
    found = bare_extraction(body, url=str(gold["url"]), with_metadata=True)
    if found is None or isinstance(found, dict):
        return Reading()
    day = date.fromisoformat(found.date) if found.date else None
    authors = frozenset(filter(None, (found.author or "").split("; ")))
    return Reading(title=found.title or "", day=day, authors=authors, text=found.text or "")


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The word 4-shingles of a text with their numbers."""
    words = re.findall(r"\w+", text.casefold())
    return Counter(zip(*(words[n:] for n in range(4)), strict=False))


def f1(found: str, expected: str) -> float:
    """The harmonic mean of precision and recall over shingles."""
    one, two = shingles(line(found)), shingles(line(expected))
    if not line(found) and not line(expected):
        return 1.0
    return 2 * (one & two).total() / ((one.total() + two.total()) or 1)


def right(gold: Gold, reading: Reading) -> dict[str, float]:
    """The marks of one reading."""
    paragraphs = gold["paragraphs"]
    assert isinstance(paragraphs, list)
    published = datetime.fromisoformat(str(gold["published"])) if gold["published"] else None
    day = None
    if published:
        day = published.astimezone(BERLIN).date() if published.tzinfo else published.date()
    authors = gold["authors"] or []
    assert isinstance(authors, list)
    return {
        "body_f1": f1(reading.text, "\n".join(paragraphs)),
        "title": float(line(reading.title) == line(str(gold["title"]))),
        "date": float(reading.day == day),
        "authors": float({a.casefold() for a in reading.authors} == {line(a).casefold() for a in authors}),
    }


def measure(
    reader: Callable[[Gold, bytes], Reading], pages: list[tuple[Gold, bytes]], *, failures: bool
) -> dict[str, float]:
    """The mean marks of a reader and its pages per second."""
    started = time.perf_counter()
    readings = [reader(gold, body) for gold, body in pages]
    seconds = time.perf_counter() - started
    marks = [right(gold, reading) for (gold, _), reading in zip(pages, readings, strict=True)]
    if failures:
        for (gold, _), reading, mark in zip(pages, readings, marks, strict=True):
            wrong = [key for key, value in mark.items() if value < (0.95 if key == "body_f1" else 1)]
            if wrong:
                got = (round(mark["body_f1"], 3), reading.title, str(reading.day), sorted(reading.authors))
                print(
                    gold["file"],
                    wrong,
                    got,
                    "expected",
                    gold["title"],
                    gold["published"],
                    gold["authors"],
                    file=sys.stderr,
                )
    means = {key: round(sum(mark[key] for mark in marks) / len(marks), 4) for key in marks[0]}
    return {**means, "pages_per_second": round(len(pages) / seconds, 1)}


def pages_in(folder: Path) -> list[tuple[Gold, bytes]]:
    """The pages of a folder, each with what is right for it."""
    rows = [json.loads(row) for row in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    return [(row, _body(folder / row["file"])) for row in rows]


def _body(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def main() -> None:
    """Prints the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, required=True, help="folder with gold.jsonl and the pages")
    parser.add_argument("--failures", action="store_true", help="list what went wrong on stderr")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = pages_in(options.pages)
    result = {"pages": len(pages), "ours": measure(ours, pages, failures=options.failures)}
    print(json.dumps({**result, "trafilatura": measure(trafilatura, pages, failures=False)}))


if __name__ == "__main__":
    main()
